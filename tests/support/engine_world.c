// engine_world -- an engine without sockets.
//
// Everything is copied out of done(), because what it hands over ends with it, and a test wants to
// look afterwards.
#include "tests/support/engine_world.h"

#include "queue/base/own.h"

#include <assert.h>
#include <stdio.h>

static void copy_text(char *to, size_t to_bytes, struct text text)
{
    size_t length = text.length < to_bytes - 1 ? text.length : to_bytes - 1;
    if (length > 0)
        memcpy(to, text.bytes, length);
    to[length] = '\0';
}

#define COPY(field, text) copy_text(field, sizeof(field), text)

// FNV-1a: the same points give the same number.
static void hash_bytes(struct engine_world *world, const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < length; i++)
        world->point_hash = (world->point_hash ^ at[i]) * 0x100000001b3u;
}

static void hash_text(struct engine_world *world, struct text text)
{
    hash_bytes(world, &text.length, sizeof(text.length));
    hash_bytes(world, text.bytes, text.length);
}

static void record_point(struct tracer *tracer, const struct trace_point *point)
{
    struct engine_world *world = list_entry(tracer, struct engine_world, tracer);
    struct world_point *kept = &world->points[world->point_count++ % WORLD_POINTS_KEPT];
    *kept = (struct world_point){
        .kind = point->kind,
        .at_ms = point->at_ms,
        .until_ms = point->until_ms,
        .receive_count = point->receive_count,
    };
    if (point->message)
        memcpy(kept->message, point->message, UUID_BYTES);
    COPY(kept->queue, point->queue);
    COPY(kept->other, point->other);
    COPY(kept->actor, point->actor);
    COPY(kept->group, point->group);
    COPY(kept->reason, point->reason);
    world->kind_counts[point->kind]++;
    hash_bytes(world, &point->kind, sizeof(point->kind));
    hash_bytes(world, &point->at_ms, sizeof(point->at_ms));
    hash_bytes(world, &point->until_ms, sizeof(point->until_ms));
    hash_bytes(world, &point->receive_count, sizeof(point->receive_count));
    hash_bytes(world, kept->message, UUID_BYTES);
    hash_text(world, point->queue);
    hash_text(world, point->other);
    hash_text(world, point->reason);
    if (world->listen)
        world->listen(world, point);
}

void world_open(struct engine_world *world)
{
    struct engine_options options = {
        .timeline = world->timeline,
        .random = &world->random,
        .journal = world->journal,
        .tracer = &world->tracer,
        .in_flight_max = world->in_flight_max,
        .noisy_in_flight_min = world->noisy_in_flight_min,
        .noisy_spent_min_ms = world->noisy_spent_min_ms,
        .duplicate_share = world->duplicate_share,
    };
    int64_t now_ms;
    world->engine = engine_new(&options);
    engine_open(world->engine, NULL, NULL, &now_ms);
    assert(now_ms <= timeline_now_ms(world->timeline));
}

void world_init(struct engine_world *world, uint64_t seed, struct journal *journal)
{
    *world = (struct engine_world){
        .tracer = {.point = record_point},
        .point_hash = 0xcbf29ce484222325u,
        .in_flight_max = IN_FLIGHT_MAX,
    };
    world->timeline = timeline_new(WORLD_START_MS);
    world->journal = journal ? journal : journal_none_new();
    random_init(&world->random, seed);
    world_open(world);
}

void world_deinit(struct engine_world *world)
{
    world->engine = engine_free(world->engine);
    world->journal = journal_free(world->journal);
    world->timeline = timeline_free(world->timeline);
}

void world_reopen(struct engine_world *world)
{
    engine_commit(world->engine);
    world->engine = engine_free(world->engine);
    world_open(world);
}

struct queue_key world_key(const char *name)
{
    return (struct queue_key){
        .account = TEXT("000000000000"),
        .region = TEXT("us-east-1"),
        .name = text_of(name),
    };
}

struct queue_settings world_settings(bool fifo)
{
    struct queue_settings settings;
    settings_init(&settings);
    settings.fifo = fifo;
    settings.content_based_deduplication = fifo;
    return settings;
}

struct queue_settings world_redrive(bool fifo, const char *dead_letter, int64_t receive_count_max)
{
    struct queue_settings settings = world_settings(fifo);
    settings.dead_letter = world_key(dead_letter);
    settings.receive_count_max = receive_count_max;
    return settings;
}

struct queue *world_create(struct engine_world *world, const char *name,
                           const struct queue_settings *settings)
{
    struct queue_settings defaults = world_settings(text_ends_with(text_of(name), TEXT(".fifo")));
    struct queue_key key = world_key(name);
    return engine_create_queue(world->engine, &key, settings ? settings : &defaults);
}

struct queue *world_find(struct engine_world *world, const char *name)
{
    struct queue_key key = world_key(name);
    return engine_find_queue(world->engine, &key);
}

static struct sent send_and_settle(struct engine_world *world, struct queue *queue,
                                   struct send send)
{
    struct sent sent;
    send.sender_id = TEXT("AIDATEST");
    engine_send(world->engine, queue, &send, &sent);
    world_settle(world);
    return sent;
}

struct sent world_send_delayed(struct engine_world *world, struct queue *queue, const char *body,
                               int64_t delay_ms)
{
    return send_and_settle(world, queue,
                           (struct send){.body = text_of(body), .delay_ms = delay_ms});
}

struct sent world_send(struct engine_world *world, struct queue *queue, const char *body)
{
    return world_send_delayed(world, queue, body, -1);
}

struct sent world_send_group(struct engine_world *world, struct queue *queue, const char *group_id,
                             const char *deduplication_id, const char *body)
{
    return send_and_settle(world, queue,
                           (struct send){.body = text_of(body),
                                         .group_id = text_of(group_id),
                                         .deduplication_id = text_of(deduplication_id),
                                         .delay_ms = -1});
}

static void append_body(char *bodies, size_t bodies_bytes, const char *body)
{
    size_t length = strlen(bodies);
    snprintf(bodies + length, bodies_bytes - length, "%s%s", length > 0 ? "," : "", body);
}

static void copy_delivery(struct got_message *got, const struct delivery *delivery)
{
    COPY(got->message_id, delivery->message_id);
    COPY(got->receipt, delivery->receipt);
    COPY(got->body, delivery->body);
    COPY(got->body_md5, delivery->body_md5);
    COPY(got->group_id, delivery->group_id);
    COPY(got->deduplication_id, delivery->deduplication_id);
    COPY(got->dead_letter_source, delivery->dead_letter_source);
    COPY(got->trace_header, delivery->trace_header);
    COPY(got->sender_id, delivery->sender_id);
    got->attributes_bytes = delivery->attributes.length;
    got->sequence = delivery->sequence;
    got->sent_at_ms = delivery->sent_at_ms;
    got->first_received_at_ms = delivery->first_received_at_ms;
    got->visible_at_ms = delivery->visible_at_ms;
    got->receive_count = delivery->receive_count;
}

static void parked_done(struct receive *receive, enum engine_error error,
                        const struct delivery *deliveries, size_t count)
{
    struct parked *parked = list_entry(receive, struct parked, receive);
    parked->got.done_count++;
    parked->got.error = error;
    parked->got.at_ms = world_now_ms(parked->world);
    parked->got.count = count;
    parked->got.bodies[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        copy_delivery(&parked->got.messages[i], &deliveries[i]);
        append_body(parked->got.bodies, sizeof(parked->got.bodies), parked->got.messages[i].body);
    }
}

void world_prepare(struct engine_world *world, struct parked *parked, size_t messages_max,
                   int64_t wait_ms, int64_t visibility_ms)
{
    *parked = (struct parked){
        .receive = {.done = parked_done,
                    .messages_max = messages_max,
                    .wait_ms = wait_ms,
                    .visibility_ms = visibility_ms,
                    .actor = TEXT("client"),
                    .outside = true},
        .world = world,
    };
}

void world_park(struct engine_world *world, struct queue *queue, struct parked *parked,
                size_t messages_max, int64_t wait_ms, int64_t visibility_ms)
{
    world_prepare(world, parked, messages_max, wait_ms, visibility_ms);
    engine_receive(world->engine, queue, &parked->receive);
    world_settle(world);
}

struct got world_receive(struct engine_world *world, struct queue *queue, size_t messages_max,
                         int64_t visibility_ms)
{
    struct parked parked;
    world_park(world, queue, &parked, messages_max, 0, visibility_ms);
    assert(parked.got.done_count == 1);
    return parked.got;
}

enum engine_error world_delete(struct engine_world *world, struct queue *queue, const char *receipt)
{
    enum engine_error error = engine_delete(world->engine, queue, text_of(receipt), TEXT("client"));
    world_settle(world);
    return error;
}

enum engine_error world_change(struct engine_world *world, struct queue *queue, const char *receipt,
                               int64_t visibility_ms)
{
    enum engine_error error = engine_change_visibility(world->engine, queue, text_of(receipt),
                                                       visibility_ms, TEXT("client"));
    world_settle(world);
    return error;
}

void world_settle(struct engine_world *world)
{
    while (engine_settle(world->engine))
        continue;
}

void world_advance(struct engine_world *world, int64_t span_ms)
{
    int64_t to_ms = world_now_ms(world) + span_ms;
    while (timeline_step(world->timeline, to_ms))
        world_settle(world);
    world_settle(world);
}

int64_t world_now_ms(const struct engine_world *world)
{
    return timeline_now_ms(world->timeline);
}

static void show_peeked(void *context, const struct peeked *peeked)
{
    struct engine_world *world = context;
    char body[WORLD_TEXT_BYTES];
    COPY(body, peeked->delivery.body);
    append_body(world->shown, sizeof(world->shown), body);
}

const char *world_peek_bodies(struct engine_world *world, struct queue *queue, size_t messages_max)
{
    world->shown[0] = '\0';
    engine_peek(world->engine, queue, messages_max, show_peeked, world);
    return world->shown;
}

const char *world_counts(struct engine_world *world, const struct queue *queue)
{
    struct queue_counts now = queue_counts(queue);
    snprintf(world->shown, sizeof(world->shown), "%zu/%zu/%zu", now.visible, now.in_flight,
             now.delayed);
    return world->shown;
}

const struct world_point *world_last(const struct engine_world *world, enum trace_kind kind)
{
    uint64_t kept = world->point_count < WORLD_POINTS_KEPT ? world->point_count : WORLD_POINTS_KEPT;
    uint64_t back = 1;
    while (back <= kept &&
           world->points[(world->point_count - back) % WORLD_POINTS_KEPT].kind != kind)
        back++;
    assert(back <= kept);
    return &world->points[(world->point_count - back) % WORLD_POINTS_KEPT];
}

void world_print_points(const struct engine_world *world, size_t points_max)
{
    uint64_t kept = world->point_count < WORLD_POINTS_KEPT ? world->point_count : WORLD_POINTS_KEPT;
    if (kept > points_max)
        kept = points_max;
    for (uint64_t back = kept; back > 0; back--) {
        const struct world_point *point =
            &world->points[(world->point_count - back) % WORLD_POINTS_KEPT];
        char id[UUID_TEXT_BYTES + 1] = {0};
        uuid_format(point->message, id);
        fprintf(stderr, "%+lld ms %.*s %s %s count %u until %+lld %s %s\n",
                (long long)(point->at_ms - WORLD_START_MS),
                TEXT_ARGUMENTS(trace_kind_text(point->kind)), point->queue, id,
                point->receive_count,
                point->until_ms ? (long long)(point->until_ms - point->at_ms) : 0LL, point->other,
                point->reason);
    }
}
