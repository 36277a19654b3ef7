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
// A reader's place in the ring, which takes no memory of the ring's: what it is too slow for is
// overwritten, and it is told so.
struct trace_cursor {
    uint64_t next;   // number of the point to be read next
    size_t last_at;  // the trace's own: where the point before it stands
    uint64_t resets; // the trace's own
};
enum trace_step {
    TRACE_STEP_POINT,
    TRACE_STEP_END,  // there is no further point below until
    TRACE_STEP_LOST, // points were overwritten before they were read; the cursor stands behind them
    TRACE_STEP_RESET, // numbers began anew; the cursor stands at the first
};
// A place before the point of this number, which may be one that was overwritten or is still to come.
struct trace_cursor trace_cursor_at(const struct trace *trace, uint64_t next);
// Reads the next point whose number is below until, and goes on behind it. The point's texts live until
// the next one is told. ret_lost: the number of points, with TRACE_STEP_LOST.
enum trace_step trace_read(const struct trace *trace, struct trace_cursor *cursor, uint64_t until,
                           struct trace_point *ret_point, uint64_t *ret_lost);
// One point as a JSON object: number, at, atMs, kind, queue, messageId, groupId, receiveCount, until,
// other, actor, requestId, reason, output; members that are empty are left out. Used by the file, the API and the
// event stream alike.
void trace_append_json(struct buffer *buffer, uint64_t number, const struct trace_point *point);

#endif
