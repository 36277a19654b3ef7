// journal_gone -- the messages that are deleted for everybody and still lie in the tables.
#ifndef QUEUE_JOURNAL_GONE_H
#define QUEUE_JOURNAL_GONE_H

#include "queue/journal_database.h"

#define GONE_ROWS_MAX 256 // their numbers stay within one page

// Zeroed it is empty.
struct gone {
    size_t count;
    uint64_t rows[GONE_ROWS_MAX]; // in the order of deletion
};

// The list is not full.
void gone_add(struct gone *gone, uint64_t row);
bool gone_is_full(const struct gone *gone);
void gone_sort(struct gone *gone);
// In a list that gone_sort sorted.
bool gone_contains(const struct gone *gone, uint64_t row);
// Takes the rows out of message and receive_state, inside the caller's transaction, and empties the
// list.
void gone_sweep(struct gone *gone, struct database *database);
// The list as the bytes of a column, and back; false when they cannot be one.
struct text gone_bytes(const struct gone *gone);
bool gone_from_bytes(struct text bytes, struct gone *ret_gone);

#endif
