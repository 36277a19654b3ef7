// journal_replay -- everything a redrive database holds, told to a visitor.
#ifndef QUEUE_JOURNAL_REPLAY_H
#define QUEUE_JOURNAL_REPLAY_H

#include "queue/journal_database.h"

// The row of meta: the last instant and the greatest numbers ever used.
struct journal_meta {
    int64_t now_ms;
    uint64_t queue_number;
    uint64_t row;
    uint64_t sequence;
};

void journal_meta_read(struct database *database, struct journal_meta *ret_meta);
// Queues by number, messages by row, deduplications and records by key. Fails on a row that redrive cannot have written.
void journal_replay(struct database *database, struct journal_visitor *visitor);

#endif
