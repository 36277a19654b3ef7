// engine_world -- an engine without sockets: timeline, seeded random, a journal that forgets, a
// tracer that remembers; and helpers that do one thing, settle, and return plain structs. For tests
// of queue/ and of what stands on it.
#ifndef TESTS_SUPPORT_ENGINE_WORLD_H
#define TESTS_SUPPORT_ENGINE_WORLD_H

#include "queue/engine.h"
#include "queue/journal.h"

#define WORLD_START_MS 1767225600000LL // 2026-01-01T00:00:00Z
#define WORLD_TEXT_BYTES 160
#define WORLD_POINTS_KEPT 64

// A copy of a trace point, with the texts cut.
struct world_point {
    enum trace_kind kind;
    int64_t at_ms;
    int64_t until_ms;
    uint32_t receive_count;
    uint8_t message[UUID_BYTES];
    char queue[WORLD_TEXT_BYTES];
    char other[WORLD_TEXT_BYTES];
    char actor[WORLD_TEXT_BYTES];
    char group[WORLD_TEXT_BYTES];
    char reason[WORLD_TEXT_BYTES];
};

struct engine_world {
    struct timeline *timeline;
    struct random random;
    struct journal *journal;
    struct engine *engine;
    struct tracer tracer;
    struct world_point points[WORLD_POINTS_KEPT]; // the last ones, in a ring
    uint64_t point_count;                         // of all
    uint64_t point_hash;                          // over all points
    size_t kind_counts[TRACE_KINDS];
    // Hears of each point, if it is not NULL.
    void (*listen)(struct engine_world *world, const struct trace_point *point);
    void *context; // the listener's
    int64_t in_flight_max;
    int64_t noisy_in_flight_min; // 0, like the next: as usual
    int64_t noisy_spent_min_ms;
    double duplicate_share; // counts from the next world_reopen() on
    char shown[8192];       // what world_peek_bodies() or world_counts() showed last
};

// What a receive got, with the texts copied (and cut).
struct got_message {
    char message_id[UUID_TEXT_BYTES + 1];
    char receipt[RECEIPT_BYTES_MAX + 1];
    char body[WORLD_TEXT_BYTES];
    char body_md5[MD5_HEX_BYTES + 1];
    char group_id[WORLD_TEXT_BYTES];
    char deduplication_id[WORLD_TEXT_BYTES];
    char dead_letter_source[WORLD_TEXT_BYTES];
    char trace_header[WORLD_TEXT_BYTES];
    char sender_id[WORLD_TEXT_BYTES];
    size_t attributes_bytes;
    uint64_t sequence;
    int64_t sent_at_ms;
    int64_t first_received_at_ms;
    int64_t visible_at_ms;
    uint32_t receive_count;
};

struct got {
    int done_count; // how often done() was called
    enum engine_error error;
    int64_t at_ms;
    size_t count;
    struct got_message messages[MESSAGES_MAX];
    char bodies[MESSAGES_MAX * WORLD_TEXT_BYTES]; // in order, joined by commas
};

// A receive with what it got. It must not move while it waits.
struct parked {
    struct receive receive;
    struct engine_world *world;
    struct got got;
};

// journal: NULL for journal_none. The world owns it.
void world_init(struct engine_world *world, uint64_t seed, struct journal *journal);
void world_deinit(struct engine_world *world);
// Opens an engine on the journal; there is none.
void world_open(struct engine_world *world);
// The engine is freed and opened again on the same journal.
void world_reopen(struct engine_world *world);

// Account 000000000000, region us-east-1. settings NULL: the defaults.
struct queue_key world_key(const char *name);
struct queue *world_create(struct engine_world *world, const char *name,
                           const struct queue_settings *settings);
struct queue *world_find(struct engine_world *world, const char *name);
// The defaults, for FIFO with content-based deduplication on.
struct queue_settings world_settings(bool fifo);
// A queue whose dead-letter queue has the given name.
struct queue_settings world_redrive(bool fifo, const char *dead_letter, int64_t receive_count_max);

struct sent world_send(struct engine_world *world, struct queue *queue, const char *body);
struct sent world_send_delayed(struct engine_world *world, struct queue *queue, const char *body,
                               int64_t delay_ms);
// deduplication_id NULL: none.
struct sent world_send_group(struct engine_world *world, struct queue *queue, const char *group_id,
                             const char *deduplication_id, const char *body);
// A short poll, settled at once. visibility_ms -1: the queue's.
struct got world_receive(struct engine_world *world, struct queue *queue, size_t messages_max,
                         int64_t visibility_ms);
// A receive of an outside client that has yet to join, for what the other helpers do not set.
void world_prepare(struct engine_world *world, struct parked *parked, size_t messages_max,
                   int64_t wait_ms, int64_t visibility_ms);
// Joins the line and settles. wait_ms as in struct receive.
void world_park(struct engine_world *world, struct queue *queue, struct parked *parked,
                size_t messages_max, int64_t wait_ms, int64_t visibility_ms);
// By the handle as text; settles.
enum engine_error world_delete(struct engine_world *world, struct queue *queue,
                               const char *receipt);
enum engine_error world_change(struct engine_world *world, struct queue *queue, const char *receipt,
                               int64_t visibility_ms);
void world_settle(struct engine_world *world);
// Steps through every instant up to now + span_ms and settles each.
void world_advance(struct engine_world *world, int64_t span_ms);
int64_t world_now_ms(const struct engine_world *world);
// Bodies in order, joined by commas; valid until the next call of this or world_counts().
const char *world_peek_bodies(struct engine_world *world, struct queue *queue, size_t messages_max);
// "visible/in flight/delayed".
const char *world_counts(struct engine_world *world, const struct queue *queue);
// The last point of this kind (there is one), and how many there were.
const struct world_point *world_last(const struct engine_world *world, enum trace_kind kind);
// Prints the last points to standard error, oldest first.
void world_print_points(const struct engine_world *world, size_t points_max);

#endif
