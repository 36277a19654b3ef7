// commons -- what all queues of one engine share: the lent services, the index of messages by row,
// the numbers that only grow. Private to queue/: nobody outside the room includes it.
#ifndef QUEUE_COMMONS_H
#define QUEUE_COMMONS_H

#include "queue/base/map.h"
#include "queue/engine.h"
#include "queue/journal.h"
#include "queue/pool.h"

struct commons {
    struct timeline *timeline; // lent, like the next three
    struct random *random;
    struct journal *journal;
    struct tracer *tracer; // NULL: nobody listens
    size_t in_flight_max;
    size_t noisy_in_flight_min; // fairness.h, like the next
    int64_t noisy_spent_min_ms;
    double duplicate_share; // of deletions (engine.h)
    struct pool messages;
    struct number_map messages_by_row;
    struct text_map queues; // by the packed key
    struct number_map queues_by_number;
    struct number_map origins; // by number of the queue that messages were dead-lettered from
    uint64_t queue_number;     // the greatest ever used, like the next three
    uint64_t row;
    uint64_t sequence;
    int64_t turn;                 // counts moments at which a FIFO message became available
    struct list_node dirty;       // queues whose line may be served
    struct list_node overtakings; // FIFO messages that may have been overtaken (queue/witness.h)
    size_t overtaking_count;
    struct buffer scratch; // for keys that are looked up
};

static inline int64_t commons_now_ms(const struct commons *commons)
{
    return timeline_now_ms(commons->timeline);
}

#endif
