// journal_recent -- the messages that were inserted last, as they were: for the delivery that soon
// follows the send.
#ifndef QUEUE_JOURNAL_RECENT_H
#define QUEUE_JOURNAL_RECENT_H

#include "queue/base/own.h"
#include "queue/journal.h"

struct recent;

// Remembers up to bytes_max bytes of messages; memory is touched as it fills.
struct recent *recent_new(size_t bytes_max);
// Takes NULL; returns NULL.
struct recent *recent_free(struct recent *recent);
DEFINE_CLEANUP(recent_free, struct recent *)
// Copies the message; the oldest are forgotten for it. One that is very large is not remembered.
void recent_put(struct recent *recent, const struct journal_message *message);
// The message of that row, its texts in the arena; false when it is not, or no longer, remembered.
bool recent_get(const struct recent *recent, uint64_t row, struct arena *arena,
                struct journal_message *ret_message);
// Bytes taken so far.
size_t recent_bytes(const struct recent *recent);

#endif
