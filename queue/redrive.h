// redrive -- the dead-letter hand-over: which message must go, where to, and where it came from.
// Private to queue/.
#ifndef QUEUE_REDRIVE_H
#define QUEUE_REDRIVE_H

#include "queue/message.h"

// A queue that messages were dead-lettered from: its ARN outlives it (S-203).
struct origin {
    uint64_t number;
    struct text arn; // owned
    size_t message_count;
    bool retired; // the queue is gone; the ARN stands in a record of the journal
};

// Moves the message if this receive would be one too many (S-198); false if it may be handed out:
// it has receives left, or its dead-letter queue is gone (S-207).
bool redrive_moved(struct message *message);
// One more message with this origin.
struct origin *origin_hold(struct queue *queue);
// One less; NULL is none.
void origin_release(struct commons *commons, struct origin *origin);
// The queue is about to be deleted: what it dead-lettered keeps its ARN.
void origin_retire(struct queue *queue);

// Replay: messages come before the queues' names are complete.
struct origin *origin_replay(struct commons *commons, uint64_t number);
// True if the record is an origin's.
bool origin_replay_record(struct commons *commons, struct text kind, struct text key,
                          struct text bytes);
// Gives origins of living queues their ARN. Nothing is missing then (or the database is damaged).
void origins_finish(struct commons *commons);
// Frees them all; the journal's records stay.
void origins_deinit(struct commons *commons);

#endif
