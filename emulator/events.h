// events -- trace points told to whoever listens, as server-sent events, when they are committed.
#ifndef EMULATOR_EVENTS_H
#define EMULATOR_EVENTS_H

#include "queue/base/text.h"

struct events;
struct request;
struct world;

#define EVENTS_STREAMS_MAX 32
#define EVENTS_HEARTBEAT_MS 15000

// Which points; all that is empty lets every point through.
struct event_filter {
    struct text queue;
    const uint8_t *message; // 16 bytes, or NULL
    uint64_t kinds;         // bit 1 << enum trace_kind; 0: every kind
};

struct events *events_new(struct world *world);
// No stream may be open any more. Takes NULL; returns NULL.
struct events *events_free(struct events *events);
// Streams say that it was the last, and end: before the server closes.
void events_end(struct events *events);
// The write phase, after COMMIT: what the trace holds now may be told.
void events_committed(struct events *events);
// Every stream that has nothing to say says so, so that a dead connection is found out. The events' own
// timer calls it every EVENTS_HEARTBEAT_MS of real time.
void events_beat(struct events *events);
// Number of the next point that will be committed.
uint64_t events_next(const struct events *events);
// Gives the request a stream of the points from number next on, and its reply's head; the caller finishes it.
// The filter's texts live as long as the request. False if EVENTS_STREAMS_MAX are open.
bool events_open(struct events *events, struct request *request, const struct event_filter *filter,
                 uint64_t next);

#endif
