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

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct world;

// A file descriptor that somebody watches. Owned by the caller; must not move while added.
struct loop_watch {
    void (*ready)(struct loop_watch *watch, uint32_t events); // EPOLL... bits; may remove itself or any other watch
    int fd;
    // the loop's own
    bool added;
};

// Real time (monotonic), for the outside world's time-outs only: curl's deadline, a process's grace. Never for queues.
struct loop_timer {
    void (*fire)(struct loop_timer *timer);
    // the loop's own
    uint32_t position;
};

struct loop *loop_new(struct world *world);
struct loop *loop_free(struct loop *loop);
void loop_watch_add(struct loop *loop, struct loop_watch *watch, uint32_t events);
void loop_watch_change(struct loop *loop, struct loop_watch *watch, uint32_t events);
void loop_watch_remove(struct loop *loop, struct loop_watch *watch);
// Fires once, after_ms from now (rescheduling an active timer moves it).
void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t after_ms);
void loop_timer_cancel(struct loop *loop, struct loop_timer *timer);
// There is work: the next turn does not wait.
void loop_again(struct loop *loop);
// One whole turn.
void loop_turn(struct loop *loop, int64_t wait_ms_max);
// Turns until loop_stop; SIGINT and SIGTERM (signalfd) stop it with status 0. Returns the status.
int loop_run(struct loop *loop);
void loop_stop(struct loop *loop, int status);
// settle and commit, as within a turn: for callers between turns.
void loop_settle(struct world *world);

#endif
