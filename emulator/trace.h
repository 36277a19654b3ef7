// trace -- remembers what happened: a ring of trace points in memory (16 MiB by default), and, if
// asked, every point as a JSON line in a file. Not persisted otherwise; what was overwritten is
// said so.
#ifndef EMULATOR_TRACE_H
#define EMULATOR_TRACE_H

#include "queue/base/arena.h"
#include "queue/base/buffer.h"
#include "queue/tracer.h"

struct trace;

// file: NULL or a path to write JSON lines to; NULL is returned with a sentence in ret_reason if it
// cannot be opened.
struct trace *trace_new(size_t bytes_max, const char *file, struct text *ret_reason);
struct trace *trace_free(struct trace *trace);
struct tracer *trace_tracer(struct trace *trace);
void trace_reset(struct trace *trace);
// Points ever told, and how many of them were overwritten.
uint64_t trace_count(const struct trace *trace);
uint64_t trace_overwritten(const struct trace *trace);
size_t trace_memory_bytes(const struct trace *trace);
// Walks the points that are still there, oldest first: those of one message (16 bytes, or NULL for
// all), those of one queue (empty for all); from point number first on. look returns false to stop.
// The point's texts live during the call.
void trace_walk(const struct trace *trace, const uint8_t *message, struct text queue,
                uint64_t first,
                bool (*look)(void *context, uint64_t number, const struct trace_point *point),
                void *context);
// One point as a JSON object: number, at, atMs, kind, queue, messageId, groupId, receiveCount, until,
// other, actor, requestId, reason, output; members that are empty are left out. Used by the file, the API and the
// event stream alike.
void trace_append_json(struct buffer *buffer, uint64_t number, const struct trace_point *point);

#endif
