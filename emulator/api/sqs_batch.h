// sqs_batch -- what the three batch actions share: checks on the whole request, and an answer entry
// by entry.
#ifndef EMULATOR_API_SQS_BATCH_H
#define EMULATOR_API_SQS_BATCH_H

#include "emulator/api/sqs.h"
#include "emulator/api/sqs_shapes.h"

#define BATCH_ENTRIES_MAX 10

// Any of these fails the whole request, in this order (S-63): no entry, too many, an Id missing or
// malformed, an Id twice. entry_name: as in the texts, "DeleteMessageBatchRequestEntry";
// empty_name: as in EmptyBatchRequest's text.
struct fault batch_check(struct sqs_call *call, struct text entry_name, struct text empty_name);
// Acts on each entry and fills in Successful and Failed, each in the order of the request (S-75).
// act fills in its zeroed result of result_bytes, or returns the fault of this entry alone.
void batch_act(struct sqs_call *call, size_t result_bytes,
               struct fault (*act)(struct sqs_call *call, size_t index, const void *entry,
                                   void *result));
// An entry lacks a member: `The request must contain the parameter <entry_name>.<n>.<member>.`
struct fault batch_missing(struct sqs_call *call, struct text entry_name, size_t index,
                           struct text member);
// The shape of an entry, for its stride.
const struct wire_shape *batch_entry_shape(const struct sqs_call *call);

#endif
