// sqs_tags -- the tags of a queue: checked here, kept by the engine.
#ifndef EMULATOR_API_SQS_TAGS_H
#define EMULATOR_API_SQS_TAGS_H

#include "emulator/api/sqs.h"
#include "emulator/api/sqs_shapes.h"

// Adds the given tags to those that the queue has, and overwrites (S-138); queue NULL: one that is
// to be created. Nothing changes: the sum, ordered as given, stands in ret_tags (room for
// QUEUE_TAGS_MAX). S-139 says what is refused.
struct fault tags_add(struct sqs_call *call, const struct queue *queue, struct text queue_name,
                      const struct pair_list *given, struct queue_tag ret_tags[QUEUE_TAGS_MAX],
                      size_t *ret_count);

#endif
