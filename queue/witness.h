// witness -- sees the order of a FIFO group being lost: a later message succeeds although an earlier
// one of its group failed (L-170, L-171). Private to queue/.
//
//     the later one is deleted, and the earlier one ...
//         has failed already            told at once
//         is still being worked on      remembered; told when it fails, forgotten when it succeeds
//
// Told is each pair once: a point about each of the two, and one more in the queue's traffic. SQS and
// Lambda do not prevent it, and count nothing; so nothing here changes what happens.
#ifndef QUEUE_WITNESS_H
#define QUEUE_WITNESS_H

#include "queue/message.h"

// Pairs that are remembered at once, of all queues; the oldest make room.
#define OVERTAKINGS_MAX 1000

// A message of a FIFO queue succeeds: it is about to be deleted, and still in its group.
void witness_success(const struct message *message, struct text actor);
// It failed: whoever overtook it meanwhile is told.
void witness_failure(const struct message *message);
// It ends: nobody waits for its failure any more.
void witness_forget(const struct message *message);
void witness_deinit(struct commons *commons);

#endif
