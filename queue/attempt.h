// attempt -- ReceiveRequestAttemptId: a FIFO receive that is repeated within five minutes gets the
// same messages with the same handles (S-242). Private to queue/.
#ifndef QUEUE_ATTEMPT_H
#define QUEUE_ATTEMPT_H

#include "queue/message.h"

// The messages of the earlier receive with this id, leased anew, or 0: there was none, it is too
// long ago, or one of its messages was deleted, received again, became visible or had its
// visibility changed.
size_t attempt_repeat(struct queue *queue, const struct receive *receive, int64_t visibility_ms,
                      struct message *ret_taken[MESSAGES_MAX]);
void attempt_remember(struct queue *queue, struct text id, struct message *const *taken,
                      size_t count);
void attempts_clear(struct queue *queue);

#endif
