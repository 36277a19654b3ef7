// clock -- how real time moves the timeline: real, manual or leap; and the commands that move it by
// hand.
//
//     real    now = anchor + what the machine's clock has passed since        (never stands still)
//     manual  now stands until a command moves it
//     leap    as real, but frozen while a real invocation runs; and when the world is quiet, now
//             jumps to the next motive instant
//
// The anchor is a pair (machine's clock, timeline): it is set where real speed begins, so a jump, a
// freeze or a change of mode only sets another anchor, and time can never go back. All ways of
// moving go through pass(), which steps from instant to instant, settles each before the next, and
// on manual and leap starts the invocations of an instant before it leaves it.
//
// A list of future instants of its own was not taken: the timeline knows which timers are motive,
// and that is all a leap asks.
#include "emulator/clock.h"

#include "emulator/asynchronous.h"
#include "emulator/log.h"
#include "emulator/loop.h"
#include "emulator/server.h"
#include "emulator/world.h"
#include "esm/invoker.h"
#include "queue/base/map.h"

#include <time.h>

#define SLICE_INSTANTS_MAX 1000
#define SLICE_US_MAX 2000
#define CALM_US 5000 // of real time after the last disturbing request
#define DELIVERIES_PER_SECOND_MAX 100000
#define QUEUES_WATCHED_MAX 10000
#define PEEKED_MAX 10000

// How often a queue delivered, by its name: for the livelock stop and the horizon's sentence.
struct delivered {
    struct text name; // owned
    int64_t second;
    int64_t count;      // in that second
    int64_t last_at_ms; // of the last delivery to a mapping
};

struct clock {
    struct world *world;
    enum clock_mode mode;
    int64_t anchor_us;
    int64_t anchor_ms;
    int64_t disturbed_at_us;
    struct clock_command *commands;
    struct clock_command **commands_end;
    bool livelock_told;
    bool horizon_told;
    int64_t horizon_told_at_ms; // what changed_at_ms was then
    struct tracer tracer;
    struct tracer *listener; // who is told every point; may be NULL
    struct text_map delivered;
    struct delivered *delivered_last;
    struct delivered
        *livelocked; // more deliveries within the present virtual second than can be meant
};

// One time phase: what it may still do.
struct slice {
    int instants;
    int64_t ends_at_us;
};

enum passage {
    PASSAGE_ARRIVED,
    PASSAGE_SLICE,
    PASSAGE_FROZEN,
    PASSAGE_LIVELOCK
};

int64_t clock_real_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_real_ms(const struct clock *clock)
{
    (void)clock;
    return clock_real_us() / 1000;
}

static int64_t now_ms(const struct clock *clock)
{
    return timeline_now_ms(clock->world->timeline);
}

static void anchor(struct clock *clock)
{
    clock->anchor_us = clock_real_us();
    clock->anchor_ms = now_ms(clock);
}

// Where the timeline stands at real speed.
static int64_t real_speed_ms(const struct clock *clock, int64_t real_us)
{
    return clock->anchor_ms + (real_us - clock->anchor_us) / 1000;
}

// ---- counting deliveries ----

static struct delivered *delivered_of(struct clock *clock, struct text name)
{
    struct delivered *last = clock->delivered_last;
    if (last != NULL && text_equal(last->name, name))
        return last;
    struct delivered *delivered = text_map_find(&clock->delivered, name);
    if (delivered == NULL && clock->delivered.count < QUEUES_WATCHED_MAX) {
        delivered = allocate(sizeof(*delivered));
        delivered->name = text_from(duplicate(name.bytes, name.length), name.length);
        text_map_insert(&clock->delivered, delivered->name, delivered);
    }
    if (delivered != NULL)
        clock->delivered_last = delivered;
    return delivered;
}

static void count_delivery(struct tracer *tracer, const struct trace_point *point)
{
    struct clock *clock = list_entry(tracer, struct clock, tracer);
    if (clock->listener != NULL)
        clock->listener->point(clock->listener, point);
    if (point->kind != TRACE_RECEIVED)
        return;
    struct delivered *delivered = delivered_of(clock, point->queue);
    if (delivered == NULL)
        return;
    int64_t second = point->at_ms / 1000;
    if (second != delivered->second) {
        delivered->second = second;
        delivered->count = 0;
    }
    delivered->last_at_ms = point->at_ms;
    if (++delivered->count > DELIVERIES_PER_SECOND_MAX)
        clock->livelocked = delivered;
}

static bool is_livelocked(const struct clock *clock)
{
    return clock->livelocked != NULL && clock->livelocked->second == now_ms(clock) / 1000;
}

struct tracer *clock_tracer(struct clock *clock, struct tracer *listener)
{
    clock->listener = listener;
    return &clock->tracer;
}

// ---- quiet ----

enum obstacle {
    OBSTACLE_NONE,
    OBSTACLE_REQUESTS,
    OBSTACLE_INVOCATIONS,
    OBSTACLE_LEASE,
    OBSTACLE_CALM,
    OBSTACLE_LIVELOCK,
};

// own: requests that are not counted, because they ask for it.
static enum obstacle obstacle_of(const struct clock *clock, size_t own)
{
    const struct world *world = clock->world;
    struct text queue_name;
    int64_t until_ms;
    size_t count;
    if (world_running(world) > 0)
        return OBSTACLE_INVOCATIONS;
    if ((world->server != NULL && server_busy(world->server) > own) ||
        loop_has_requests(world->loop))
        return OBSTACLE_REQUESTS;
    if (engine_outside_lease(world->engine, &queue_name, &until_ms, &count))
        return OBSTACLE_LEASE;
    if (clock_real_us() - clock->disturbed_at_us < CALM_US)
        return OBSTACLE_CALM;
    return is_livelocked(clock) ? OBSTACLE_LIVELOCK : OBSTACLE_NONE;
}

static int64_t horizon_at_ms(const struct clock *clock)
{
    return clock->world->changed_at_ms + clock->world->options->horizon_ms;
}

// The next motive instant that a leap may jump to; TIMELINE_NEVER if there is none before the
// horizon.
static int64_t leap_target_ms(const struct clock *clock)
{
    int64_t motive_ms = timeline_next_motive_ms(clock->world->timeline);
    return motive_ms <= horizon_at_ms(clock) ? motive_ms : TIMELINE_NEVER;
}

// ---- sentences ----

static void look_for_cycling(void *context, const struct peeked *peeked)
{
    size_t *count = context;
    if (peeked->delivery.receive_count > 1)
        ++*count;
}

// "1 message cycles for ever in orders", for each queue that was delivered from in the second half
// of the span.
static void append_cycling(struct clock *clock, struct buffer *buffer)
{
    struct world *world = clock->world;
    const char *separator = ": ";
    for (struct queue *queue = engine_next_queue(world->engine, NULL); queue != NULL;
         queue = engine_next_queue(world->engine, queue)) {
        struct delivered *delivered = text_map_find(&clock->delivered, queue_key(queue)->name);
        if (delivered == NULL ||
            delivered->last_at_ms < horizon_at_ms(clock) - world->options->horizon_ms / 2)
            continue;
        size_t count = 0;
        engine_peek(world->engine, queue, PEEKED_MAX, look_for_cycling, &count);
        if (count == 0)
            continue;
        buffer_print(buffer, "%s%zu message%s for ever in %.*s", separator, count,
                     count == 1 ? " cycles" : "s cycle", TEXT_ARGUMENTS(queue_key(queue)->name));
        separator = ", ";
    }
}

static void append_horizon(struct clock *clock, struct buffer *buffer)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    struct text span = duration_format(arena, clock->world->options->horizon_ms);
    buffer_print(buffer, "stopped at the horizon, %.*s of virtual time after the last change",
                 TEXT_ARGUMENTS(span));
    append_cycling(clock, buffer);
}

static void append_livelock(const struct clock *clock, struct buffer *buffer)
{
    buffer_print(buffer,
                 "stopped: %.*s delivered more than 100,000 messages within one virtual second; is "
                 "its visibility timeout 0?",
                 TEXT_ARGUMENTS(clock->livelocked->name));
}

// The leap clock goes on at real speed: said once.
static void tell_livelock(struct clock *clock)
{
    if (clock->livelock_told)
        return;
    clock->livelock_told = true;
    cleanup(buffer_deinit) struct buffer buffer = {0};
    append_livelock(clock, &buffer);
    log_line("livelock reason=\"%.*s\" clock=\"goes on at real speed\"", (int)buffer.length,
             buffer.bytes);
}

// The leap clock cannot leap any more and goes on at real speed: said once.
static void tell_horizon(struct clock *clock)
{
    if (clock->horizon_told && clock->horizon_told_at_ms == clock->world->changed_at_ms)
        return;
    int64_t motive_ms = timeline_next_motive_ms(clock->world->timeline);
    if (motive_ms == TIMELINE_NEVER || motive_ms <= horizon_at_ms(clock))
        return;
    clock->horizon_told = true;
    clock->horizon_told_at_ms = clock->world->changed_at_ms;
    cleanup(buffer_deinit) struct buffer buffer = {0};
    append_horizon(clock, &buffer);
    log_line("horizon reason=\"%.*s\" clock=\"goes on at real speed\"", (int)buffer.length,
             buffer.bytes);
}

// ---- moving ----

// On manual and leap, and while a command moves time, nothing passes while a handler is at work.
static bool stands_still(const struct clock *clock)
{
    return world_running(clock->world) > 0;
}

// What an instant decided begins before time leaves it.
static void start_invocations(struct world *world)
{
    if (esm_running(world->esm) == 0 && !asynchronous_is_ready(world->asynchronous))
        return;
    engine_commit(world->engine);
    esm_start_invocations(world->esm);
    asynchronous_start(world->asynchronous);
}

// To to_ms, instant by instant. What is due at the present instant fires in any case: it takes no
// time.
static enum passage pass(struct clock *clock, struct slice *slice, int64_t to_ms, bool exact)
{
    struct world *world = clock->world;
    for (;;) {
        if (slice->instants == 0 || clock_real_us() >= slice->ends_at_us)
            return PASSAGE_SLICE;
        slice->instants--;
        bool overdue = timeline_next_due_ms(world->timeline) <= now_ms(clock);
        if (exact && !overdue && to_ms > now_ms(clock) && stands_still(clock))
            return PASSAGE_FROZEN;
        if (!timeline_step(world->timeline, to_ms))
            return PASSAGE_ARRIVED;
        world_settle(world);
        if (exact)
            start_invocations(world);
        if (exact && is_livelocked(clock))
            return PASSAGE_LIVELOCK;
    }
}

static bool real_turn(struct clock *clock, struct slice *slice)
{
    return pass(clock, slice, real_speed_ms(clock, clock_real_us()), false) == PASSAGE_SLICE;
}

static bool manual_turn(struct clock *clock, struct slice *slice)
{
    return pass(clock, slice, now_ms(clock), true) == PASSAGE_SLICE;
}

static bool leap_turn(struct clock *clock, struct slice *slice)
{
    enum passage passage = PASSAGE_ARRIVED;
    if (stands_still(clock)) {
        passage = pass(clock, slice, now_ms(clock), true);
        anchor(clock);
        return passage == PASSAGE_SLICE;
    }
    int64_t to_ms = real_speed_ms(clock, clock_real_us());
    bool leapt = false;
    for (;;) {
        passage = pass(clock, slice, to_ms, true);
        if (passage != PASSAGE_ARRIVED || obstacle_of(clock, 0) != OBSTACLE_NONE)
            break;
        to_ms = leap_target_ms(clock);
        if (to_ms == TIMELINE_NEVER)
            break;
        leapt = true;
    }
    if (passage == PASSAGE_LIVELOCK)
        tell_livelock(clock);
    // What was seen after a jump stays seen, though nothing else may be written in it.
    if (leapt)
        engine_keep_now(clock->world->engine);
    // A slice that ended on the way has not reached real speed's instant; only a jump or a freeze
    // sets a new anchor.
    if (leapt || passage == PASSAGE_FROZEN || passage == PASSAGE_LIVELOCK)
        anchor(clock);
    return passage == PASSAGE_SLICE;
}

// ---- commands ----

static void command_end(struct clock *clock, enum clock_stop stop)
{
    struct clock_command *command = clock->commands;
    clock->commands = command->next;
    if (clock->commands == NULL)
        clock->commands_end = &clock->commands;
    command->next = NULL;
    anchor(clock);
    engine_keep_now(clock->world->engine);
    clock->world->changed_at_ms =
        stop == CLOCK_HORIZON ? clock->world->changed_at_ms : now_ms(clock);

    cleanup(buffer_deinit) struct buffer reason = {0};
    cleanup(arena_free) struct arena *arena = arena_new();
    if (stop == CLOCK_HORIZON)
        append_horizon(clock, &reason);
    else if (stop == CLOCK_LIVELOCK)
        append_livelock(clock, &reason);
    else if (stop == CLOCK_LIMIT)
        buffer_print(&reason, "stopped after %.*s, the limit of this run",
                     TEXT_ARGUMENTS(duration_format(arena, command->advance_ms)));
    loop_again(clock->world->loop);
    command->done(command, stop, buffer_text(&reason));
}

static enum passage advance(struct clock *clock, struct slice *slice, enum clock_stop *ret_stop)
{
    enum passage passage = pass(clock, slice, clock->commands->until_ms, true);
    *ret_stop = passage == PASSAGE_LIVELOCK ? CLOCK_LIVELOCK : CLOCK_ARRIVED;
    return passage;
}

static enum passage run_until_idle(struct clock *clock, struct slice *slice,
                                   enum clock_stop *ret_stop)
{
    const struct clock_command *command = clock->commands;
    for (;;) {
        // What is due now may set more in motion.
        enum passage passage = pass(clock, slice, now_ms(clock), true);
        if (passage == PASSAGE_LIVELOCK)
            *ret_stop = CLOCK_LIVELOCK;
        if (passage != PASSAGE_ARRIVED)
            return passage;
        if (stands_still(clock))
            return PASSAGE_FROZEN;
        int64_t to_ms = timeline_next_motive_ms(clock->world->timeline);
        *ret_stop = CLOCK_ARRIVED;
        if (to_ms == TIMELINE_NEVER)
            return PASSAGE_ARRIVED;
        bool limited = to_ms > command->until_ms;
        if (!limited && to_ms > horizon_at_ms(clock)) {
            *ret_stop = CLOCK_HORIZON;
            return PASSAGE_ARRIVED;
        }
        passage = pass(clock, slice, limited ? command->until_ms : to_ms, true);
        if (passage == PASSAGE_LIVELOCK)
            *ret_stop = CLOCK_LIVELOCK;
        if (limited && passage == PASSAGE_ARRIVED)
            *ret_stop = CLOCK_LIMIT;
        if (limited || passage != PASSAGE_ARRIVED)
            return passage;
    }
}

static void command_begin(struct clock *clock, struct clock_command *command)
{
    bool unlimited = command->until_idle && command->advance_ms == 0;
    int64_t begin_ms = now_ms(clock);
    command->until_ms = unlimited || command->advance_ms > TIMELINE_NEVER - 1 - begin_ms
                            ? TIMELINE_NEVER - 1
                            : begin_ms + command->advance_ms;
    clock->world->changed_at_ms = begin_ms;
    clock->livelocked = NULL;
    // What was asked for between turns belongs to the instant at which the command begins.
    world_settle(clock->world);
    start_invocations(clock->world);
}

static bool command_turn(struct clock *clock, struct slice *slice)
{
    if (clock->commands->until_ms < 0)
        command_begin(clock, clock->commands);
    enum clock_stop stop = CLOCK_ARRIVED;
    enum passage passage = clock->commands->until_idle ? run_until_idle(clock, slice, &stop)
                                                       : advance(clock, slice, &stop);
    anchor(clock);
    switch (passage) {
    case PASSAGE_SLICE:
        return true;
    case PASSAGE_FROZEN:
        return false;
    case PASSAGE_ARRIVED:
    case PASSAGE_LIVELOCK:
        command_end(clock, stop);
        return clock->commands != NULL;
    }
    return false;
}

void clock_command(struct clock *clock, struct clock_command *command)
{
    assert(command->done != NULL && command->advance_ms >= 0);
    command->until_ms = -1;
    command->next = NULL;
    *clock->commands_end = command;
    clock->commands_end = &command->next;
    loop_again(clock->world->loop);
}

void clock_command_cancel(struct clock *clock, struct clock_command *command)
{
    struct clock_command **at = &clock->commands;
    while (*at != NULL && *at != command)
        at = &(*at)->next;
    if (*at == NULL)
        return;
    *at = command->next;
    if (*at == NULL)
        clock->commands_end = at;
    command->next = NULL;
    anchor(clock);
}

// ---- the loop's side ----

bool clock_turn(struct clock *clock)
{
    struct slice slice = {.instants = SLICE_INSTANTS_MAX,
                          .ends_at_us = clock_real_us() + SLICE_US_MAX};
    // While a command waits for a handler the real clock goes on at its own speed.
    if (clock->commands != NULL && !(clock->mode == CLOCK_REAL && stands_still(clock)))
        return command_turn(clock, &slice);
    switch (clock->mode) {
    case CLOCK_REAL:
        return real_turn(clock, &slice);
    case CLOCK_MANUAL:
        return manual_turn(clock, &slice);
    case CLOCK_LEAP:
        break;
    }
    bool more = leap_turn(clock, &slice);
    if (!more)
        tell_horizon(clock);
    return more;
}

// Real ms until an instant at real speed.
static int64_t real_speed_wait_ms(const struct clock *clock, int64_t due_ms)
{
    if (due_ms == TIMELINE_NEVER)
        return -1;
    int64_t left_us = (due_ms - clock->anchor_ms) * 1000 - (clock_real_us() - clock->anchor_us);
    return left_us <= 0 ? 0 : (left_us + 999) / 1000;
}

int64_t clock_wait_ms(const struct clock *clock)
{
    int64_t due_ms = timeline_next_due_ms(clock->world->timeline);
    if (due_ms <= now_ms(clock))
        return 0;
    bool frozen = stands_still(clock);
    if (clock->commands != NULL && !frozen)
        return 0;
    if (clock->commands != NULL && clock->mode != CLOCK_REAL)
        return -1;
    switch (clock->mode) {
    case CLOCK_REAL:
        return real_speed_wait_ms(clock, due_ms);
    case CLOCK_MANUAL:
        return -1;
    case CLOCK_LEAP:
        break;
    }
    if (frozen)
        return -1;
    int64_t wait_ms = real_speed_wait_ms(clock, due_ms);
    if (leap_target_ms(clock) == TIMELINE_NEVER)
        return wait_ms;
    enum obstacle obstacle = obstacle_of(clock, 0);
    if (obstacle == OBSTACLE_NONE)
        return 0;
    if (obstacle == OBSTACLE_CALM) {
        int64_t calm_ms = (clock->disturbed_at_us + CALM_US - clock_real_us()) / 1000 + 1;
        return calm_ms < wait_ms ? calm_ms : wait_ms;
    }
    return wait_ms;
}

void clock_disturbed(struct clock *clock)
{
    clock->disturbed_at_us = clock_real_us();
}

// Nothing but an order from outside, or a handler that may be the one who waits, would end the standstill.
int64_t clock_done_at_ms(const struct clock *clock, struct invocation *invocation,
                         int64_t end_at_ms)
{
    invocation->ahead_ms = 0;
    if (!invocation->awaited || end_at_ms <= now_ms(clock))
        return end_at_ms;
    bool moves_alone = clock->mode != CLOCK_MANUAL;
    bool held = (clock->mode == CLOCK_LEAP || clock->commands != NULL) && stands_still(clock);
    if (moves_alone && !held)
        return end_at_ms;
    invocation->ahead_ms = end_at_ms - now_ms(clock);
    return now_ms(clock);
}

void clock_append_obstacle(const struct clock *clock, struct buffer *buffer)
{
    const struct world *world = clock->world;
    switch (obstacle_of(clock, 1)) {
    case OBSTACLE_NONE:
        break;
    case OBSTACLE_REQUESTS:
        buffer_append(buffer, TEXT("a request is being read or answered"));
        break;
    case OBSTACLE_INVOCATIONS: {
        size_t running = world_running(world);
        buffer_print(buffer, "%zu handler%s", running,
                     running == 1 ? " is at work" : "s are at work");
        break;
    }
    case OBSTACLE_LEASE: {
        struct text queue_name = TEXT("");
        int64_t until_ms = 0;
        size_t count = 0;
        engine_outside_lease(world->engine, &queue_name, &until_ms, &count);
        char until[24];
        instant_format(until_ms, until);
        buffer_print(buffer, "a client holds %zu lease%s in %.*s until %.24s", count,
                     count == 1 ? "" : "s", TEXT_ARGUMENTS(queue_name), until);
        break;
    }
    case OBSTACLE_CALM:
        buffer_append(buffer,
                      TEXT("a request that may have changed something came less than 5 ms ago"));
        break;
    case OBSTACLE_LIVELOCK:
        append_livelock(clock, buffer);
        break;
    }
}

struct clock *clock_new(struct world *world, enum clock_mode mode)
{
    struct clock *clock = allocate(sizeof(*clock));
    clock->world = world;
    clock->mode = mode;
    clock->commands_end = &clock->commands;
    clock->disturbed_at_us = clock_real_us() - CALM_US;
    clock->tracer.point = count_delivery;
    anchor(clock);
    return clock;
}

struct clock *clock_free(struct clock *clock)
{
    if (clock == NULL)
        return NULL;
    assert(clock->commands == NULL);
    size_t at = 0;
    struct delivered *delivered;
    while ((delivered = text_map_next(&clock->delivered, &at)) != NULL) {
        cleanup_free const char *name = delivered->name.bytes;
        (void)name;
        free(delivered);
    }
    text_map_deinit(&clock->delivered);
    free(clock);
    return NULL;
}

enum clock_mode clock_mode(const struct clock *clock)
{
    return clock->mode;
}

void clock_set_mode(struct clock *clock, enum clock_mode mode)
{
    clock->mode = mode;
    anchor(clock);
}

struct text clock_mode_text(enum clock_mode mode)
{
    switch (mode) {
    case CLOCK_REAL:
        return TEXT("real");
    case CLOCK_MANUAL:
        return TEXT("manual");
    case CLOCK_LEAP:
        return TEXT("leap");
    }
    return TEXT("");
}
