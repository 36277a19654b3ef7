// metrics -- queues, functions and mappings by CloudWatch's names (section 7 of the rules), as
// Prometheus text or as JSON.
#ifndef EMULATOR_METRICS_H
#define EMULATOR_METRICS_H

#include "queue/base/buffer.h"

struct world;

// The text format 0.0.4: one family per metric, one sample per queue, function or mapping. Counters
// count since the start.
void metrics_append_text(const struct world *world, struct buffer *buffer);
// {"queues":[{"QueueName":...}],"functions":[{"FunctionName":...}],"mappings":[{"EventSourceMappingUUID":...}],
// "emf":[{"Namespace":...}]}, the same numbers.
void metrics_append_json(const struct world *world, struct buffer *buffer);

// The at-th row of the tables, and the list that it stands in. False behind the last.
bool metrics_name(size_t at, struct text *ret_list, struct text *ret_name);

#endif
