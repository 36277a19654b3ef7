// loop -- the only epoll. One thread, one turn after another; one turn is one transaction.
//
//     wait      epoll_wait(until the next thing due by the clock in force; 0 if work is queued)
//     time      the clock moves the timeline, each instant settled before the next
//     read      libmicrohttpd collects complete requests, curl moves its transfers, watches fire
//     act       the collected requests are routed
//     settle    engine_settle and esm_settle until neither moved
//     commit    one transaction for the whole turn
//     write     invocations start, replies leave; libmicrohttpd runs again
#ifndef EMULATOR_LOOP_H
#define EMULATOR_LOOP_H

#include "queue/base/heap.h"
#include "queue/base/list.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct request;
struct world;

// A file descriptor that somebody watches. Owned by the caller; must not move while added.
struct loop_watch {
    // EPOLL... bits. It may remove itself or any other watch.
    void (*ready)(struct loop_watch *watch, uint32_t events);
    int fd;
    // the loop's own
    bool added;
};

// Real time (monotonic), for the outside world's time-outs only: curl's deadline, a process's
// grace. Never for queues.
struct loop_timer {
    void (*fire)(struct loop_timer *timer);
    // the loop's own
    uint32_t position;
};

// Something to do in the write phase, once, after the turn's COMMIT. Must not move until it has
// run.
struct loop_task {
    void (*run)(struct loop_task *task); // the task is idle again when it is called
    struct list_node link;               // the loop's own
};

struct loop *loop_new(struct world *world);
struct loop *loop_free(struct loop *loop);
void loop_watch_add(struct loop *loop, struct loop_watch *watch, uint32_t events);
void loop_watch_change(struct loop *loop, struct loop_watch *watch, uint32_t events);
void loop_watch_remove(struct loop *loop, struct loop_watch *watch);
// Fires once, after_ms from now (rescheduling an active timer moves it).
void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t after_ms);
void loop_timer_cancel(struct loop *loop, struct loop_timer *timer);
// A complete request: routed in the next act phase. Whose connection ends before that takes it out
// again by its link.
void loop_act(struct loop *loop, struct request *request);
// True while such requests wait.
bool loop_has_requests(const struct loop *loop);
void loop_after_commit(struct loop *loop, struct loop_task *task);
// An idle task stays idle.
void loop_task_cancel(struct loop_task *task);
// There is work: the next turn does not wait.
void loop_again(struct loop *loop);
// One whole turn.
void loop_turn(struct loop *loop, int64_t wait_ms_max);
// Turns until loop_stop; SIGINT and SIGTERM (signalfd) stop it with status 0. Returns the status.
int loop_run(struct loop *loop);
void loop_stop(struct loop *loop, int status);
// From now on SIGINT and SIGTERM are told instead of stopping it; take NULL: they stop it again.
// from_terminal: the user's key, which every process of the foreground gets by itself.
void loop_take_signals(struct loop *loop,
                       void (*take)(void *context, int number, bool from_terminal), void *context);
// settle and commit, as within a turn: for callers between turns.
void loop_settle(struct world *world);

#endif
