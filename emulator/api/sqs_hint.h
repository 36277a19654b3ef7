// sqs_hint -- where the queue is that a client looked for in the wrong place.
#ifndef EMULATOR_API_SQS_HINT_H
#define EMULATOR_API_SQS_HINT_H

#include "emulator/api/sqs.h"

// One sentence for a queue that does not exist: the region or the account where one of this name
// does, else the nearest name in the same place; the empty text if there is neither. In the arena.
struct text sqs_hint(struct arena *arena, const struct engine *engine,
                     const struct queue_key *missing);
// QueueDoesNotExist with the hint, which travels in the header x-redrive-hint.
struct fault sqs_no_queue(const struct sqs_call *call, const struct queue_key *missing);

#endif
