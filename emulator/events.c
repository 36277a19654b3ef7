// events -- streams that read the trace's ring, each at its own pace.
//
//     id: 57                                                a point; its id is its number
//     data: {"number":57,"at":"...","kind":"received",...}
//
//     id: 99                                                points 58 to 99 were overwritten before
//     event: gap                                            this stream had read them
//     data: {"lost":42,"from":58,"to":99}
//
//     id: -1                                                numbers began anew (reset, another redrive)
//     event: reset
//     data: {}
//
//     event: end                                            redrive shuts down
//     data: {}
//
//     : still here                                          heartbeat, in real time
//     id: 99                                                resume from here: no point until then was missed
//
// A stream holds a place in the ring and the few events that it is about to write, never a list of what it
// has not read: a slow reader takes no memory, it falls behind, and if the ring overtakes it, it is told how
// much it lost. A queue for each stream was not taken for that reason.
//
// Points are told after the COMMIT of their turn: who saw one can rely on it. A filter that lets little
// through reads a slice of the ring in each turn, so that no turn is long.
#include "emulator/events.h"

#include "emulator/loop.h"
#include "emulator/request.h"
#include "emulator/world.h"

#include <assert.h>
#include <string.h>

#define PENDING_BYTES 8192u // enough events for one write
#define POINTS_PER_TURN 4096u

struct events {
    struct world *world;
    struct list_node streams;
    size_t count;
    uint64_t committed; // points of a lower number may be told
    bool ending;
    struct loop_timer heartbeat;
};

// In its request's arena.
struct event_stream {
    struct stream stream; // first: the stream is the event stream
    struct events *events;
    struct request *request;
    struct event_filter filter;
    struct trace_cursor cursor;
    struct buffer pending;
    size_t sent;  // of pending
    bool waiting; // the server waits to be woken
    bool ended;   // the end was said
    struct list_node link;
};

static bool filter_admits(const struct event_filter *filter, const struct trace_point *point)
{
    if (filter->kinds != 0 && (filter->kinds & UINT64_C(1) << point->kind) == 0)
        return false;
    if (filter->message != NULL &&
        (point->message == NULL || memcmp(point->message, filter->message, 16) != 0))
        return false;
    return filter->queue.length == 0 || text_equal(point->queue, filter->queue);
}

static void append_id(struct event_stream *stream)
{
    buffer_print(&stream->pending, "id: %lld\n", (long long)stream->cursor.next - 1);
}

static void append_point(struct event_stream *stream, const struct trace_point *point)
{
    append_id(stream);
    buffer_append(&stream->pending, TEXT("data: "));
    trace_append_json(&stream->pending, stream->cursor.next - 1, point);
    buffer_append(&stream->pending, TEXT("\n\n"));
}

static void append_gap(struct event_stream *stream, uint64_t lost)
{
    uint64_t next = stream->cursor.next;
    append_id(stream);
    buffer_print(&stream->pending,
                 "event: gap\ndata: {\"lost\":%llu,\"from\":%llu,\"to\":%llu}\n\n",
                 (unsigned long long)lost, (unsigned long long)(next - lost),
                 (unsigned long long)(next - 1));
}

static void append_reset(struct event_stream *stream)
{
    append_id(stream);
    buffer_append(&stream->pending, TEXT("event: reset\ndata: {}\n\n"));
}

// Reads on until there is enough for one write, or nothing more, or this turn has done enough.
static void fill(struct event_stream *stream)
{
    struct events *events = stream->events;
    const struct trace *trace = events->world->trace;
    for (size_t looked = 0; looked < POINTS_PER_TURN; looked++) {
        struct trace_point point;
        uint64_t lost;
        switch (trace_read(trace, &stream->cursor, events->committed, &point, &lost)) {
        case TRACE_STEP_POINT:
            if (filter_admits(&stream->filter, &point))
                append_point(stream, &point);
            break;
        case TRACE_STEP_LOST:
            append_gap(stream, lost);
            break;
        case TRACE_STEP_RESET:
            append_reset(stream);
            break;
        case TRACE_STEP_END:
            if (events->ending && !stream->ended) {
                buffer_append(&stream->pending, TEXT("event: end\ndata: {}\n\n"));
                stream->ended = true;
            }
            return;
        }
        if (stream->pending.length >= PENDING_BYTES)
            return;
    }
    loop_again(events->world->loop);
}

static size_t stream_read(struct stream *base, char *bytes, size_t room)
{
    struct event_stream *stream = (struct event_stream *)(void *)base;
    if (stream->sent == stream->pending.length) {
        buffer_clear(&stream->pending);
        stream->sent = 0;
        fill(stream);
    }
    size_t length = stream->pending.length - stream->sent;
    if (length > room)
        length = room;
    if (length > 0)
        memcpy(bytes, stream->pending.bytes + stream->sent, length);
    stream->sent += length;
    stream->waiting = length == 0;
    return length;
}

static void stream_closed(struct stream *base)
{
    struct event_stream *stream = (struct event_stream *)(void *)base;
    struct events *events = stream->events;
    list_remove(&stream->link);
    events->count--;
    if (events->count == 0)
        loop_timer_cancel(events->world->loop, &events->heartbeat);
    buffer_deinit(&stream->pending);
}

// Of a waiting stream.
static void wake_if_any(struct event_stream *stream)
{
    if (stream->pending.length == stream->sent)
        return;
    stream->waiting = false;
    stream->request->wake(stream->request);
}

static void beat_is_due(struct loop_timer *timer)
{
    struct events *events = list_entry(timer, struct events, heartbeat);
    events_beat(events);
    loop_timer_set(events->world->loop, &events->heartbeat, EVENTS_HEARTBEAT_MS);
}

struct events *events_new(struct world *world)
{
    struct events *events = allocate(sizeof(*events));
    events->world = world;
    events->heartbeat.fire = beat_is_due;
    list_init(&events->streams);
    return events;
}

struct events *events_free(struct events *events)
{
    if (events == NULL)
        return NULL;
    assert(events->count == 0 && list_is_empty(&events->streams));
    free(events);
    return NULL;
}

void events_end(struct events *events)
{
    events->ending = true;
    events_committed(events);
}

void events_committed(struct events *events)
{
    events->committed = trace_count(events->world->trace);
    list_for_each (node, &events->streams) {
        struct event_stream *stream = list_entry(node, struct event_stream, link);
        // Without a waiting server the bytes are asked for when the client takes them.
        if (!stream->waiting)
            continue;
        buffer_clear(&stream->pending);
        stream->sent = 0;
        fill(stream);
        wake_if_any(stream);
    }
}

void events_beat(struct events *events)
{
    list_for_each (node, &events->streams) {
        struct event_stream *stream = list_entry(node, struct event_stream, link);
        if (!stream->waiting)
            continue;
        buffer_append(&stream->pending, TEXT(": still here\n"));
        append_id(stream);
        buffer_append_byte(&stream->pending, '\n');
        wake_if_any(stream);
    }
}

uint64_t events_next(const struct events *events)
{
    return events->committed;
}

bool events_open(struct events *events, struct request *request, const struct event_filter *filter,
                 uint64_t next)
{
    if (events->count == EVENTS_STREAMS_MAX)
        return false;
    struct event_stream *stream = arena_allocate(request->arena, sizeof(*stream));
    *stream = (struct event_stream){
        .stream = {.read = stream_read, .closed = stream_closed},
        .events = events,
        .request = request,
        .filter = *filter,
        .cursor = trace_cursor_at(events->world->trace, next),
    };
    // A point that this ring never saw: it was told by one that began anew.
    if (next > events->committed) {
        stream->cursor = trace_cursor_at(events->world->trace, 0);
        append_reset(stream);
    }
    buffer_append(&stream->pending, TEXT("retry: 1000\n"));
    append_id(stream);
    buffer_append_byte(&stream->pending, '\n');
    if (events->count == 0)
        loop_timer_set(events->world->loop, &events->heartbeat, EVENTS_HEARTBEAT_MS);
    list_append(&events->streams, &stream->link);
    events->count++;
    request->stream = &stream->stream;
    request->reply.status = 200;
    reply_header(request, TEXT("Content-Type"), TEXT("text/event-stream"));
    reply_header(request, TEXT("Cache-Control"), TEXT("no-store"));
    return true;
}
