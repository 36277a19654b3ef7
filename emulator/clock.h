// clock -- how real time moves the timeline: real, manual or leap. The only file that reads the
// machine's clock (with queue/base/random.c the two doors). The rules stand in docs/time.md.
#ifndef EMULATOR_CLOCK_H
#define EMULATOR_CLOCK_H

#include "emulator/options.h"
#include "queue/base/buffer.h"

struct clock;
struct invocation;
struct tracer;
struct world;

struct clock *clock_new(struct world *world, enum clock_mode mode);
struct clock *clock_free(struct clock *clock);
enum clock_mode clock_mode(const struct clock *clock);
// Time never goes back; a change of mode keeps now.
void clock_set_mode(struct clock *clock, enum clock_mode mode);
struct text clock_mode_text(enum clock_mode mode);

// The loop's time phase: moves the timeline as far as this clock allows, settling each instant
// before the next, in a slice of at most 1,000 instants or 2 ms. True if it stopped because the
// slice was used up: come back at once.
bool clock_turn(struct clock *clock);
// How long the loop may sleep, in real ms; -1: until something happens.
int64_t clock_wait_ms(const struct clock *clock);
// An outside request that could change something was acted on: leaping waits until 5 ms of real
// time after the last one.
void clock_disturbed(struct clock *clock);
// Real milliseconds, monotonic: for time-outs of the outside world.
int64_t clock_real_ms(const struct clock *clock);
// Real microseconds, monotonic.
int64_t clock_real_us(void);
// Wall-clock epoch milliseconds.
int64_t clock_wall_ms(void);

// A command from outside (POST /_redrive/api/clock) or from a demo. done() exactly once, in a later
// turn.
enum clock_stop {
    CLOCK_ARRIVED,  // advance: the instant is reached; run: the world is idle
    CLOCK_HORIZON,  // run: stopped at the horizon; reason says which messages cycle
    CLOCK_LIVELOCK, // more than 100,000 deliveries of one queue within one virtual second
    CLOCK_LIMIT,    // run: the caller's own limit was reached
};
struct clock_command {
    void (*done)(struct clock_command *command, enum clock_stop stop, struct text reason);
    bool until_idle;    // run; else advance
    int64_t advance_ms; // advance: how far; run: at most so far (0: the horizon)
    // the clock's own
    int64_t until_ms;
    struct clock_command *next;
};
void clock_command(struct clock *clock, struct clock_command *command);
void clock_command_cancel(struct clock *clock, struct clock_command *command);
// The tracer to hand to the engine: counts deliveries for the livelock stop and tells listener (may
// be NULL) every point.
struct tracer *clock_tracer(struct clock *clock, struct tracer *listener);
// The instant at which done() is to come of an invocation that ends at end_at_ms by what its function
// declares. That instant; or now, with ahead_ms set, if the invocation is awaited and time stands still.
int64_t clock_done_at_ms(const struct clock *clock, struct invocation *invocation,
                         int64_t end_at_ms);
// Appends what prevents quiet now, as a sentence ("a client holds 1 lease in orders-dlq until
// ..."); nothing if it is quiet.
void clock_append_obstacle(const struct clock *clock, struct buffer *buffer);

#endif
