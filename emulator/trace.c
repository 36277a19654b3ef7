// trace -- a ring of packed points, and the file that may stream them.
//
//     bytes:  | 57 | 58 | 59 | free ... |W| 41 | 42 | ... | 56 | unused |
//                            ^ next        ^ oldest           ^ wrap mark (size 0)
//
// A point is its fixed part, the message's id if it has one, and its texts behind each other; it
// never crosses the end of the ring. A new point overwrites as many of the oldest as stand in its
// way. Numbers are not stored: the oldest point's is how many were overwritten, and each next one's
// is one more.
//
// An index by message was not taken: it would cost as much memory as the points, and a walk over a
// full ring of 16 MiB takes a few milliseconds, when a person asks. Nothing is allocated per point,
// and the memory of a ring that was never filled is never touched.
#include "emulator/trace.h"

#include "emulator/log.h"
#include "emulator/options.h"
#include "esm/json.h"
#include "queue/base/random.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define RING_BYTES_MIN 16384u
#define TEXT_BYTES_MAX 512u // of each text in a point; a queue's name has 80, a reason a sentence
#define OUTPUT_BYTES_MAX 12288u // of what a function wrote
#define TEXTS 7
#define OUTPUT (TEXTS - 1) // the last text
#define ALIGNMENT 8u
#define MESSAGE_BYTES 16u

struct packed {
    uint32_t
        size_bytes; // with everything behind it, a multiple of ALIGNMENT; 0: go on at the start
    uint8_t kind;
    uint8_t message_bytes; // 0 or MESSAGE_BYTES
    uint16_t lengths[TEXTS];
    uint32_t receive_count;
    int64_t at_ms;
    int64_t until_ms;
};

struct trace {
    struct tracer tracer;
    unsigned char *bytes; // owned
    size_t capacity;
    size_t oldest;
    size_t next;     // where the next point goes
    size_t youngest; // the point before it
    size_t used_max; // bytes that were ever touched
    uint64_t count;
    uint64_t overwritten;
    uint64_t resets;
    FILE *file;         // owned, may be NULL
    struct buffer line; // of the file
    bool file_is_broken;
};

static struct packed packed_read(const struct trace *trace, size_t at)
{
    struct packed packed;
    memcpy(&packed, trace->bytes + at, sizeof(packed));
    return packed;
}

// True if there is no point between at and the end of the ring.
static bool is_wrap_mark(const struct trace *trace, size_t at)
{
    uint32_t size_bytes;
    if (trace->capacity - at < sizeof(struct packed))
        return true;
    memcpy(&size_bytes, trace->bytes + at, sizeof(size_bytes));
    return size_bytes == 0;
}

static size_t after(const struct trace *trace, size_t at, uint32_t size_bytes)
{
    at += size_bytes;
    return is_wrap_mark(trace, at) ? 0 : at;
}

static bool is_empty(const struct trace *trace)
{
    return trace->count == trace->overwritten;
}

static void drop_oldest(struct trace *trace)
{
    struct packed packed = packed_read(trace, trace->oldest);
    trace->overwritten++;
    // The youngest point has nothing behind it but what is being written.
    trace->oldest = is_empty(trace) ? trace->next : after(trace, trace->oldest, packed.size_bytes);
}

// Ends the ring at next, so that it goes on at the start; what stood behind next is dropped.
static void wrap(struct trace *trace)
{
    while (!is_empty(trace) && trace->oldest >= trace->next && trace->oldest > 0)
        drop_oldest(trace);
    if (trace->capacity - trace->next >= sizeof(struct packed)) {
        uint32_t mark = 0;
        memcpy(trace->bytes + trace->next, &mark, sizeof(mark));
    }
    trace->next = 0;
    if (is_empty(trace))
        trace->oldest = 0;
}

// Makes room for size_bytes at next, without a gap to the end of the ring.
static unsigned char *make_room(struct trace *trace, size_t size_bytes)
{
    assert(size_bytes <= trace->capacity);
    if (size_bytes > trace->capacity - trace->next)
        wrap(trace);
    size_t end = trace->next + size_bytes;
    while (!is_empty(trace) && trace->oldest >= trace->next && trace->oldest < end)
        drop_oldest(trace);
    if (is_empty(trace))
        trace->oldest = trace->next;
    if (end > trace->used_max)
        trace->used_max = end;
    return trace->bytes + trace->next;
}

// At most bytes_max bytes, never half a character.
static uint16_t clipped_length(struct text text, size_t bytes_max)
{
    size_t length = text.length;
    if (length > bytes_max) {
        length = bytes_max;
        while (length > 0 && ((unsigned char)text.bytes[length] & 0xc0) == 0x80)
            length--;
    }
    return (uint16_t)length;
}

static void ring_append(struct trace *trace, const struct trace_point *point)
{
    const struct text texts[TEXTS] = {point->queue,  point->other, point->actor, point->request,
                                      point->reason, point->group, point->output};
    struct packed packed = {
        .kind = (uint8_t)point->kind,
        .message_bytes = point->message == NULL ? 0 : MESSAGE_BYTES,
        .receive_count = point->receive_count,
        .at_ms = point->at_ms,
        .until_ms = point->until_ms,
    };
    size_t size_bytes = sizeof(packed) + packed.message_bytes;
    for (size_t i = 0; i < TEXTS; i++) {
        packed.lengths[i] =
            clipped_length(texts[i], i == OUTPUT ? OUTPUT_BYTES_MAX : TEXT_BYTES_MAX);
        size_bytes += packed.lengths[i];
    }
    size_bytes = (size_bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    packed.size_bytes = (uint32_t)size_bytes;

    unsigned char *to = make_room(trace, size_bytes);
    memcpy(to, &packed, sizeof(packed));
    to += sizeof(packed);
    if (packed.message_bytes > 0)
        memcpy(to, point->message, MESSAGE_BYTES);
    to += packed.message_bytes;
    for (size_t i = 0; i < TEXTS; i++) {
        if (packed.lengths[i] > 0)
            memcpy(to, texts[i].bytes, packed.lengths[i]);
        to += packed.lengths[i];
    }
    trace->youngest = trace->next;
    trace->next += size_bytes;
    trace->count++;
}

static void file_append(struct trace *trace, const struct trace_point *point)
{
    buffer_clear(&trace->line);
    trace_append_json(&trace->line, trace->count, point);
    buffer_append_byte(&trace->line, '\n');
    size_t written = fwrite(trace->line.bytes, 1, trace->line.length, trace->file);
    if (written == trace->line.length || trace->file_is_broken)
        return;
    // The trace is an aid, not a promise: the emulator goes on without it.
    trace->file_is_broken = true;
    log_line("trace-file-broken reason=\"%s\"", strerror(errno));
}

// Nothing else tells of a lost order: no error is counted, and no message is missing.
static void log_overtaken(const struct trace_point *point)
{
    char earlier[UUID_TEXT_BYTES];
    uuid_format(point->message, earlier);
    log_line("order-violation queue=%.*s group=%.*s succeeded=%.*s before=%.*s reason=\"a later "
             "message of the group succeeded before an earlier one, which failed\"",
             TEXT_ARGUMENTS(point->queue), TEXT_ARGUMENTS(point->group),
             TEXT_ARGUMENTS(point->other), UUID_TEXT_BYTES, earlier);
}

static void trace_point_told(struct tracer *tracer, const struct trace_point *point)
{
    struct trace *trace = (struct trace *)(void *)tracer;
    if (point->kind == TRACE_OVERTAKEN)
        log_overtaken(point);
    if (trace->file != NULL)
        file_append(trace, point);
    ring_append(trace, point);
}

struct trace *trace_new(size_t bytes_max, const char *file, struct text *ret_reason)
{
    FILE *opened = NULL;
    if (file != NULL) {
        opened = fopen(file, "we");
        if (opened == NULL) {
            *ret_reason = text_of(strerror(errno));
            return NULL;
        }
        // A line at a time, so that somebody can follow the file.
        setvbuf(opened, NULL, _IOLBF, 1 << 16);
    }
    struct trace *trace = allocate(sizeof(*trace));
    trace->tracer.point = trace_point_told;
    trace->capacity =
        bytes_max > RING_BYTES_MIN ? bytes_max / ALIGNMENT * ALIGNMENT : RING_BYTES_MIN;
    trace->bytes = allocate(trace->capacity);
    trace->file = opened;
    return trace;
}

struct trace *trace_free(struct trace *trace)
{
    if (trace == NULL)
        return NULL;
    if (trace->file != NULL)
        fclose(trace->file);
    buffer_deinit(&trace->line);
    free(trace->bytes);
    free(trace);
    return NULL;
}

struct tracer *trace_tracer(struct trace *trace)
{
    return &trace->tracer;
}

void trace_reset(struct trace *trace)
{
    trace->oldest = 0;
    trace->next = 0;
    trace->count = 0;
    trace->overwritten = 0;
    trace->resets++;
}

uint64_t trace_count(const struct trace *trace)
{
    return trace->count;
}

uint64_t trace_overwritten(const struct trace *trace)
{
    return trace->overwritten;
}

size_t trace_memory_bytes(const struct trace *trace)
{
    return sizeof(*trace) + trace->used_max;
}

// The point at this place, its texts in the ring.
static struct trace_point point_at(const struct trace *trace, size_t at,
                                   const struct packed *packed)
{
    const unsigned char *from = trace->bytes + at + sizeof(*packed);
    const uint8_t *message = packed->message_bytes > 0 ? from : NULL;
    from += packed->message_bytes;
    struct text texts[TEXTS];
    for (size_t i = 0; i < TEXTS; i++) {
        texts[i] = text_from((const char *)from, packed->lengths[i]);
        from += packed->lengths[i];
    }
    return (struct trace_point){
        .kind = (enum trace_kind)packed->kind,
        .at_ms = packed->at_ms,
        .queue = texts[0],
        .message = message,
        .receive_count = packed->receive_count,
        .until_ms = packed->until_ms,
        .other = texts[1],
        .actor = texts[2],
        .request = texts[3],
        .reason = texts[4],
        .group = texts[5],
        .output = texts[OUTPUT],
    };
}

static bool point_matches(const struct trace_point *point, const uint8_t *message,
                          struct text queue)
{
    if (message != NULL &&
        (point->message == NULL || memcmp(point->message, message, MESSAGE_BYTES) != 0))
        return false;
    return queue.length == 0 || text_equal(point->queue, queue);
}

void trace_walk(const struct trace *trace, const uint8_t *message, struct text queue,
                uint64_t first,
                bool (*look)(void *context, uint64_t number, const struct trace_point *point),
                void *context)
{
    size_t at = trace->oldest;
    for (uint64_t number = trace->overwritten; number < trace->count; number++) {
        struct packed packed = packed_read(trace, at);
        if (number >= first) {
            struct trace_point point = point_at(trace, at, &packed);
            if (point_matches(&point, message, queue) && !look(context, number, &point))
                return;
        }
        at = after(trace, at, packed.size_bytes);
    }
}

struct trace_cursor trace_cursor_at(const struct trace *trace, uint64_t next)
{
    struct trace_cursor cursor = {
        .next = next, .last_at = trace->youngest, .resets = trace->resets};
    if (next <= trace->overwritten || next >= trace->count)
        return cursor;
    cursor.last_at = trace->oldest;
    for (uint64_t number = trace->overwritten; number + 1 < next; number++)
        cursor.last_at =
            after(trace, cursor.last_at, packed_read(trace, cursor.last_at).size_bytes);
    return cursor;
}

enum trace_step trace_read(const struct trace *trace, struct trace_cursor *cursor, uint64_t until,
                           struct trace_point *ret_point, uint64_t *ret_lost)
{
    if (cursor->resets != trace->resets) {
        *cursor = (struct trace_cursor){.resets = trace->resets};
        return TRACE_STEP_RESET;
    }
    if (cursor->next < trace->overwritten) {
        *ret_lost = trace->overwritten - cursor->next;
        cursor->next = trace->overwritten;
        return TRACE_STEP_LOST;
    }
    if (cursor->next >= until || cursor->next >= trace->count)
        return TRACE_STEP_END;
    // The point before it may have been overwritten, and then it is the oldest.
    size_t at = cursor->next == trace->overwritten
                    ? trace->oldest
                    : after(trace, cursor->last_at, packed_read(trace, cursor->last_at).size_bytes);
    struct packed packed = packed_read(trace, at);
    *ret_point = point_at(trace, at, &packed);
    cursor->last_at = at;
    cursor->next++;
    return TRACE_STEP_POINT;
}

static void append_instant(struct buffer *buffer, struct text name, int64_t at_ms)
{
    char instant[24];
    instant_format(at_ms, instant);
    json_append_member_string(buffer, name, text_from(instant, sizeof(instant)));
}

static void append_text(struct buffer *buffer, struct text name, struct text value)
{
    if (value.length > 0)
        json_append_member_string(buffer, name, value);
}

void trace_append_json(struct buffer *buffer, uint64_t number, const struct trace_point *point)
{
    buffer_append_byte(buffer, '{');
    json_append_member_integer(buffer, TEXT("number"), (int64_t)number);
    append_instant(buffer, TEXT("at"), point->at_ms);
    json_append_member_integer(buffer, TEXT("atMs"), point->at_ms);
    json_append_member_string(buffer, TEXT("kind"), trace_kind_text(point->kind));
    append_text(buffer, TEXT("queue"), point->queue);
    if (point->message != NULL) {
        char uuid[UUID_TEXT_BYTES];
        uuid_format(point->message, uuid);
        json_append_member_string(buffer, TEXT("messageId"), text_from(uuid, sizeof(uuid)));
    }
    append_text(buffer, TEXT("groupId"), point->group);
    if (point->receive_count > 0)
        json_append_member_integer(buffer, TEXT("receiveCount"), point->receive_count);
    if (point->until_ms > 0)
        append_instant(buffer, TEXT("until"), point->until_ms);
    append_text(buffer, TEXT("other"), point->other);
    append_text(buffer, TEXT("actor"), point->actor);
    append_text(buffer, TEXT("requestId"), point->request);
    append_text(buffer, TEXT("reason"), point->reason);
    append_text(buffer, TEXT("output"), point->output);
    buffer_append_byte(buffer, '}');
}
