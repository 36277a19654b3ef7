// sqs_attributes -- queue attributes between the wire's maps of strings and struct queue_settings.
#ifndef EMULATOR_API_SQS_ATTRIBUTES_H
#define EMULATOR_API_SQS_ATTRIBUTES_H

#include "emulator/api/sqs.h"
#include "emulator/api/sqs_shapes.h"

// Puts the given attributes of the queue that key names over settings, whose fifo says what type of
// queue it is; all are checked, and settings is written only if none is wrong (S-111, S-128 to
// S-132, S-248). fifo_settable: CreateQueue.
struct fault attributes_apply(struct sqs_call *call, const struct pair_list *attributes,
                              const struct queue_key *key, struct queue_settings *settings);
// Whether CreateQueue asks for a FIFO queue. FAULT_ATTRIBUTE_VALUE if FifoQueue is neither true nor
// false (S-112).
struct fault attributes_read_fifo(const struct sqs_call *call, const struct pair_list *attributes,
                                  bool *ret_fifo);
// The name of the first given attribute whose value in wanted differs from current's; the empty
// text if none does (S-113).
struct text attributes_first_difference(struct arena *arena, const struct pair_list *attributes,
                                        const struct queue_settings *wanted,
                                        const struct queue_settings *current);

#endif
