// loop -- one thread, one epoll, one turn after another; the picture stands in loop.h.
//
// Everything that a turn learns is acted on before its COMMIT, and everything that it says leaves
// after it: so one commit pays for all requests that came together, and nothing is acknowledged
// that a kill could take back. The order of the phases is the whole of this file. Measured and not
// taken: a second thread for HTTP (no more throughput, a quarter more latency), a commit on a timer
// instead of per turn (half the throughput of a lone client).
#include "emulator/loop.h"

#include "emulator/asynchronous.h"
#include "emulator/clock.h"
#include "emulator/events.h"
#include "emulator/request.h"
#include "emulator/router.h"
#include "emulator/server.h"
#include "emulator/world.h"
#include "queue/base/fail.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define EVENTS_MAX 128

struct loop {
    struct world *world;
    int epoll_fd;
    struct heap timers; // by real microseconds
    struct list_node requests;
    struct list_node tasks;
    struct list_node tasks_end; // in tasks while they run: what stands behind it came meanwhile
    struct epoll_event
        events[EVENTS_MAX]; // of this turn; data.ptr NULL: its watch was removed meanwhile
    int event_count;
    bool turning; // a turn never runs inside a turn
    bool again;
    bool stopped;
    int status;
    struct loop_watch signals;
    void (*take_signal)(void *context, int number, bool from_terminal); // NULL: they stop the loop
    void *signal_context;
};

struct loop *loop_new(struct world *world)
{
    struct loop *loop = allocate(sizeof(*loop));
    loop->world = world;
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd < 0)
        fail("epoll_create1: %s", strerror(errno));
    heap_init(&loop->timers, offsetof(struct loop_timer, position));
    list_init(&loop->requests);
    list_init(&loop->tasks);
    return loop;
}

struct loop *loop_free(struct loop *loop)
{
    if (loop == NULL)
        return NULL;
    assert(loop->timers.count == 0);
    assert(list_is_empty(&loop->requests) && list_is_empty(&loop->tasks));
    heap_deinit(&loop->timers);
    close(loop->epoll_fd);
    free(loop);
    return NULL;
}

static void control(struct loop *loop, int operation, struct loop_watch *watch, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};
    if (epoll_ctl(loop->epoll_fd, operation, watch->fd, &event) != 0)
        fail("epoll_ctl: %s", strerror(errno));
}

void loop_watch_add(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
    assert(!watch->added && watch->ready != NULL);
    control(loop, EPOLL_CTL_ADD, watch, events);
    watch->added = true;
}

void loop_watch_change(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
    assert(watch->added);
    control(loop, EPOLL_CTL_MOD, watch, events);
}

void loop_watch_remove(struct loop *loop, struct loop_watch *watch)
{
    if (!watch->added)
        return;
    // Whoever closed it before has taken it out already.
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL) != 0 && errno != ENOENT &&
        errno != EBADF)
        fail("epoll_ctl: %s", strerror(errno));
    watch->added = false;
    for (int index = 0; index < loop->event_count; index++) {
        if (loop->events[index].data.ptr == watch)
            loop->events[index].data.ptr = NULL;
    }
}

void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t after_ms)
{
    assert(timer->fire != NULL && after_ms >= 0);
    int64_t due_us = clock_real_us() + after_ms * 1000;
    if (heap_contains(&loop->timers, timer))
        heap_change(&loop->timers, timer, due_us);
    else
        heap_insert(&loop->timers, timer, due_us);
}

void loop_timer_cancel(struct loop *loop, struct loop_timer *timer)
{
    if (heap_contains(&loop->timers, timer))
        heap_remove(&loop->timers, timer);
}

void loop_act(struct loop *loop, struct request *request)
{
    list_append(&loop->requests, &request->link);
}

bool loop_has_requests(const struct loop *loop)
{
    return !list_is_empty(&loop->requests);
}

void loop_after_commit(struct loop *loop, struct loop_task *task)
{
    assert(task->run != NULL);
    list_append(&loop->tasks, &task->link);
}

void loop_task_cancel(struct loop_task *task)
{
    list_remove(&task->link);
}

void loop_again(struct loop *loop)
{
    loop->again = true;
}

// -1 is for ever.
static int64_t sooner_ms(int64_t left_ms, int64_t right_ms)
{
    if (left_ms < 0)
        return right_ms;
    return right_ms < 0 || left_ms < right_ms ? left_ms : right_ms;
}

static int64_t timers_wait_ms(const struct loop *loop)
{
    int64_t due_us;
    if (heap_least(&loop->timers, &due_us) == NULL)
        return -1;
    int64_t left_us = due_us - clock_real_us();
    return left_us <= 0 ? 0 : (left_us + 999) / 1000;
}

static int64_t wait_ms(const struct loop *loop)
{
    const struct world *world = loop->world;
    if (loop->again || !list_is_empty(&loop->requests) || !list_is_empty(&loop->tasks))
        return 0;
    int64_t clock_ms = clock_wait_ms(world->clock);
    int64_t server_ms = world->server != NULL ? server_wait_ms(world->server) : -1;
    int64_t doors_ms = world->doors != NULL ? server_wait_ms(world->doors) : -1;
    return sooner_ms(sooner_ms(clock_ms, sooner_ms(server_ms, doors_ms)), timers_wait_ms(loop));
}

static void wait_for_events(struct loop *loop, int64_t wait_ms_max)
{
    int64_t sleep_ms = sooner_ms(wait_ms(loop), wait_ms_max);
    if (sleep_ms > INT_MAX)
        sleep_ms = INT_MAX;
    loop->again = false;
    loop->event_count = epoll_wait(loop->epoll_fd, loop->events, EVENTS_MAX, (int)sleep_ms);
    if (loop->event_count < 0) {
        if (errno != EINTR)
            fail("epoll_wait: %s", strerror(errno));
        loop->event_count = 0;
    }
}

static void dispatch_events(struct loop *loop)
{
    for (int index = 0; index < loop->event_count; index++) {
        struct loop_watch *watch = loop->events[index].data.ptr;
        if (watch != NULL)
            watch->ready(watch, loop->events[index].events);
    }
    loop->event_count = 0;
}

static void fire_timers(struct loop *loop)
{
    int64_t due_us;
    struct loop_timer *timer = heap_least(&loop->timers, &due_us);
    if (timer == NULL)
        return;
    // One look at the clock: what a timer sets for now waits for the next turn.
    int64_t now_us = clock_real_us();
    while (timer != NULL && due_us <= now_us) {
        heap_remove(&loop->timers, timer);
        timer->fire(timer);
        timer = heap_least(&loop->timers, &due_us);
    }
}

static void act(struct loop *loop)
{
    struct list_node *node;
    while ((node = list_first(&loop->requests)) != NULL) {
        list_remove(node);
        router_act(list_entry(node, struct request, link));
    }
}

static void run_tasks(struct loop *loop)
{
    // Only what is there now: a task may ask for another, which waits for the next turn's COMMIT.
    if (list_is_empty(&loop->tasks))
        return;
    list_append(&loop->tasks, &loop->tasks_end);
    for (struct list_node *node = loop->tasks.next; node != &loop->tasks_end;
         node = loop->tasks.next) {
        list_remove(node);
        struct loop_task *task = list_entry(node, struct loop_task, link);
        task->run(task);
    }
    list_remove(&loop->tasks_end);
}

void loop_settle(struct world *world)
{
    world_settle(world);
    engine_commit(world->engine);
}

void loop_turn(struct loop *loop, int64_t wait_ms_max)
{
    struct world *world = loop->world;
    assert(!loop->turning);
    loop->turning = true;
    wait_for_events(loop, wait_ms_max);
    if (clock_turn(world->clock))
        loop->again = true;

    dispatch_events(loop);
    fire_timers(loop);
    if (world->server != NULL)
        server_read(world->server);
    if (world->doors != NULL)
        server_read(world->doors);
    act(loop);
    loop_settle(world);
    events_committed(world->events);

    esm_start_invocations(world->esm);
    asynchronous_start(world->asynchronous);
    run_tasks(loop);
    if (world->server != NULL)
        server_write(world->server);
    if (world->doors != NULL)
        server_write(world->doors);
    if (world->journal->maintain != NULL)
        world->journal->maintain(world->journal);
    loop->turning = false;
}

static void signal_ready(struct loop_watch *watch, uint32_t events)
{
    (void)events;
    struct loop *loop = list_entry(watch, struct loop, signals);
    struct signalfd_siginfo info;
    if (read(watch->fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
        return;
    if (loop->take_signal != NULL)
        loop->take_signal(loop->signal_context, (int)info.ssi_signo, info.ssi_code == SI_KERNEL);
    else
        loop_stop(loop, 0);
}

void loop_take_signals(struct loop *loop,
                       void (*take)(void *context, int number, bool from_terminal), void *context)
{
    loop->take_signal = take;
    loop->signal_context = context;
}

int loop_run(struct loop *loop)
{
    sigset_t signals;
    sigset_t before;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, &before);
    loop->signals = (struct loop_watch){.ready = signal_ready,
                                        .fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK)};
    if (loop->signals.fd < 0)
        fail("signalfd: %s", strerror(errno));
    loop_watch_add(loop, &loop->signals, EPOLLIN);

    while (!loop->stopped)
        loop_turn(loop, -1);
    loop->stopped = false;

    loop_watch_remove(loop, &loop->signals);
    close(loop->signals.fd);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return loop->status;
}

void loop_stop(struct loop *loop, int status)
{
    loop->stopped = true;
    loop->status = status;
}
