// timeline -- now, and what is due. The only clock the program has.
//
// The engine has no clock; it is told the time. A timeline holds *now* and the ordered future as
// timers; time moves in timeline_step() and nowhere else, from instant to instant, so that
// everything due at one instant has happened before the next begins. Timers due at the same instant
// fire in the order in which they were scheduled.
//
// A timer is MOTIVE if its firing sets something in motion inside redrive's own world (a lease or a
// delay ends for which somebody stands in line, a batch window closes, a retry is due, a scripted
// function ends); all others (retention, the end of an empty long poll ...) are PASSIVE. A leaping
// clock and a run until idle jump to motive instants only, and pass the passive ones that lie
// before, in order. See docs/time.md.
#ifndef QUEUE_BASE_TIMELINE_H
#define QUEUE_BASE_TIMELINE_H

#include "queue/base/own.h"

#include <stdbool.h>
#include <stdint.h>

#define TIMELINE_NEVER INT64_MAX

struct timeline;

// Embedded in what waits. Zeroed it is idle; set fire and motive before the first schedule. It must
// not move or be freed while scheduled.
struct timer {
    void (*fire)(
        struct timer *timer); // called by timeline_step with the timer idle; may schedule it again
    int64_t due_ms;           // epoch milliseconds; meaningful while scheduled
    uint64_t sequence;        // the timeline's
    uint32_t position;        // the timeline's; 0 while idle
    bool motive;              // change through timeline_set_motive while scheduled
};

// A timeline that stands at now_ms (epoch milliseconds). The caller owns it.
struct timeline *timeline_new(int64_t now_ms);
// Asserts that nothing is scheduled. Takes NULL; returns NULL.
struct timeline *timeline_free(struct timeline *timeline);
DEFINE_CLEANUP(timeline_free, struct timeline *)

int64_t timeline_now_ms(const struct timeline *timeline);
// The earliest instant of all timers, or of the motive ones alone; TIMELINE_NEVER if there is none.
int64_t timeline_next_due_ms(const struct timeline *timeline);
int64_t timeline_next_motive_ms(const struct timeline *timeline);
// Schedules, or reschedules, the timer. An instant in the past is due at once (at the next step, at
// the present instant). TIMELINE_NEVER cancels. A timer that is already scheduled for that instant
// keeps its place.
void timeline_schedule(struct timeline *timeline, struct timer *timer, int64_t due_ms);
// O(log n). Works on idle timers too.
void timeline_set_motive(struct timeline *timeline, struct timer *timer, bool motive);
// An idle timer stays idle.
void timeline_cancel(struct timeline *timeline, struct timer *timer);
bool timer_is_scheduled(const struct timer *timer);
// Moves now to the next due instant that is not after to_ms and fires everything that was due at it
// and was scheduled before the step began; what those schedule for the same instant waits for the
// next step. Without such an instant now becomes to_ms and the answer is false. Time never goes
// back: a to_ms before now changes nothing, and fires what is overdue.
bool timeline_step(struct timeline *timeline, int64_t to_ms);

#endif
