// journal_replay -- everything a redrive database holds, told to a visitor.
#ifndef QUEUE_JOURNAL_REPLAY_H
#define QUEUE_JOURNAL_REPLAY_H

#include "queue/journal_database.h"
#include "queue/journal_gone.h"

// The last instant, the greatest numbers ever used, the rows that are deleted and not yet taken
// out: what the row of meta says, and what was said since by the rows of messages alone.
struct journal_meta {
    int64_t now_ms;
    uint64_t queue_number;
    uint64_t row;
    uint64_t sequence;
    struct gone gone;
};

void journal_meta_read(struct database *database, struct journal_meta *ret_meta);
// True if there are deleted queues whose messages may still lie in the tables.
bool journal_has_dropped(struct database *database);
// Queues by number, messages by row, deduplications by their end, records by key. Fails on a row that redrive
// cannot have written. The list of rows that are gone is sorted.
void journal_replay(struct database *database, const struct gone *gone,
                    struct journal_visitor *visitor);

#endif
