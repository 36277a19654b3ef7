// journal_operations -- an endless, seeded sequence of journal operations, and a journal's whole
// content as bytes.
//
// The same sequence runs on the journal under test and on journal_none, which serves as the model:
// after the same number of commits both must hold the same.
#ifndef TESTS_CRASH_JOURNAL_OPERATIONS_H
#define TESTS_CRASH_JOURNAL_OPERATIONS_H

#include "queue/base/buffer.h"
#include "queue/base/random.h"
#include "queue/journal.h"

#define OPERATION_ROWS_MAX 256
#define OPERATION_QUEUES 4

struct operation_row {
    uint64_t row;
    uint64_t queue; // number of the queue it is in
};

// Plain data: a copy continues as the original would.
struct operations {
    struct random random;
    size_t row_count;
    struct operation_row rows[OPERATION_ROWS_MAX];
    uint64_t queues[OPERATION_QUEUES]; // numbers; 0: there is none
    uint64_t queue_number;
    uint64_t row;
    uint64_t sequence;
    int64_t now_ms;
    bool large; // now and then a body of many pages
};

void operations_init(struct operations *operations, uint64_t seed, bool large);
// Up to eight operations, without a commit.
void operations_write(struct operations *operations, struct journal *journal);
// operations_write, and the commit.
void operations_turn(struct operations *operations, struct journal *journal);
// Everything replay tells of a journal, and every message as read_message gives it, as readable
// bytes. sqlite journals must have nothing uncommitted.
void journal_dump(struct journal *journal, struct buffer *ret_dump);

#endif
