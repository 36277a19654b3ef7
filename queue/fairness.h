// fairness -- the groups of a standard queue, each a tenant, and who of them is noisy (S-245).
// Private to queue/.
//
// A tenant is over the threshold when one of these holds:
//
//     share of flight   it holds more than a tenth of the queue's messages in flight, and at least
//                       30 of them
//     share of time     its messages took more than a tenth of the recent processing time of the
//                       queue's messages, and at least 4 minutes of it
//
// PROCESSING TIME is what a queue can see of it: each message counts from its receive until it is
// deleted, or its lease ends, as long as it is in flight now; ten messages in flight for one second
// are ten seconds. RECENT is the running minute of the timeline and the four before it. AWS names
// neither a span nor a least amount. Without the least amount three groups of one message each would
// all be noisy, because each has a third of the time; 4 minutes are what one message takes that is
// in flight all through the span, so that a tenant must have kept one consumer to itself.
//
// It becomes NOISY when a receive finds one of its messages next in line while it is over the
// threshold, and is QUIET again when no message of it is visible any more, or none was in flight for
// 5 minutes on end. A receive gets the messages of quiet tenants first, in the order of sending; then
// those of the noisy tenant with the fewest messages in flight. What is in flight counts as it was
// when the receive began. A message without a group is its own tenant and never noisy: it cannot
// have a backlog.
//
// Nothing of this is in the journal: after a replay every tenant is quiet until a receive finds it
// over the threshold again, for which what is in flight counts as before, and time spent only since
// then. A tenant is forgotten, and its time with it, with its last message in the queue.
#ifndef QUEUE_FAIRNESS_H
#define QUEUE_FAIRNESS_H

#include "queue/backlog.h"

#define METER_MINUTES 5

// Milliseconds that messages spent in flight, by minute of the timeline.
struct meter {
    int64_t spent_ms[METER_MINUTES];
    int64_t counted_to_ms;
};

struct tenant {
    struct text id;
    struct backlog backlog;
    uint32_t quiet;    // place in fairness->quiet
    uint32_t noisy;    // place in fairness->noisy
    uint32_t idle;     // place in fairness->idle
    size_t held_count; // messages, and what holds it while one comes
    size_t visible_count;
    size_t in_flight_count;
    int64_t idle_at_ms; // since when nothing is in flight; meaningful while nothing is
    struct meter meter;
    char bytes[]; // of id
};

struct fairness {
    struct text_map tenants;
    struct heap quiet;  // tenants with something visible, by the sequence of their first
    struct heap noisy;  // likewise, by messages in flight, then by that sequence
    struct heap idle;   // the noisy ones with nothing in flight, by the instant since when
    struct meter meter; // of the whole queue, while it has tenants
};

struct queue;

void fairness_init(struct fairness *fairness);
// No tenant is left (asserted).
void fairness_deinit(struct fairness *fairness);

// The tenant of this group in a standard queue, made if need be, and held for one message: set
// message->tenant. NULL without a group.
struct tenant *tenant_hold(struct queue *queue, struct text group_id);
// The message has left the queue. Takes messages without a tenant.
void tenant_release(struct queue *queue, struct tenant *tenant);
// A visible message, or one that goes into flight, comes to its tenant or leaves it; the others
// change nothing here. The queue's own count of messages in flight changes AFTER these. They take
// messages without a tenant.
void fairness_place(struct queue *queue, struct message *message);
void fairness_displace(struct queue *queue, struct message *message);

// The next message for a receive, if it was there when the receive began (sequence at most limit).
struct message *fairness_next(struct queue *queue, uint64_t limit);
// The message sent first of all that are visible, with a sequence of at most sequence_max: fairness
// is for receives only. May cost a look at every noisy tenant.
struct message *fairness_first_sent(const struct queue *queue, uint64_t sequence_max);
// Noisy now, or as soon as the next receive looks at it.
bool tenant_is_noisy(const struct queue *queue, const struct tenant *tenant);

#endif
