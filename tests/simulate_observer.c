// simulate_observer -- the rules between trace points that concern messages.
//
// Whether a message is visible is not told but computed from the instants that were told, the way
// the program does NOT do it: so a delivery while a lease runs, a count that jumps, a message that
// is deleted by nobody or lost without a word shows itself at the point where it happens, and what
// is told is compared with what is there between any two steps.
#include "tests/simulate_observer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define CLIENT TEXT("client")
#define LEAP_MS_MIN 1500

// ---- broken ----

struct show {
    uint64_t from;
};

static bool show_point(void *context, uint64_t number, const struct trace_point *point)
{
    const struct show *show = context;
    cleanup(buffer_deinit) struct buffer line = {0};
    if (number < show->from)
        return true;
    trace_append_json(&line, number, point);
    fprintf(stderr, "%.*s\n", (int)line.length, line.bytes);
    return true;
}

void observer_broken(struct observer *observer, const char *format, ...)
{
    uint64_t count = trace_count(observer->world->trace);
    struct show show = {.from = count > WHOLE_POINTS_SHOWN ? count - WHOLE_POINTS_SHOWN : 0};
    va_list arguments;
    va_start(arguments, format);
    fflush(stdout);
    fprintf(stderr, "simulate: seed %" PRIu64 " (--whole): ", observer->seed);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n%.*s\n", (int)observer->settings.length, observer->settings.bytes);
    va_end(arguments);
    trace_walk(observer->world->trace, NULL, TEXT(""), show.from, show_point, &show);
    exit(1);
}

// ---- looking up ----

int64_t observer_now_ms(const struct observer *observer)
{
    return timeline_now_ms(observer->world->timeline);
}

const char *fact_name(const struct whole_fact *fact)
{
    return fact->body;
}

struct whole_fact *observer_fact(struct observer *observer, const uint8_t *id)
{
    struct whole_fact *fact = NULL;
    if (id != NULL)
        fact = text_map_find(&observer->by_id, text_from((const char *)id, UUID_BYTES));
    if (fact == NULL)
        observer_broken(observer, "a point names a message that was never sent");
    return fact;
}

size_t observer_queue(struct observer *observer, struct text name)
{
    for (size_t i = 0; i < WHOLE_QUEUES; i++) {
        if (text_equal(text_of(observer->queues[i].name), name))
            return i;
    }
    observer_broken(observer, "a point names the queue %.*s", TEXT_ARGUMENTS(name));
}

struct whole_mapping *observer_mapping(struct observer *observer, struct text uuid)
{
    for (size_t i = 0; i < observer->mapping_count; i++) {
        struct whole_mapping *mapping = &observer->mappings[i];
        if (mapping->is_known && text_equal(text_from(mapping->uuid, UUID_TEXT_BYTES), uuid))
            return mapping;
    }
    struct whole_mapping *created = observer->client.mapping;
    if (created == NULL || created->is_known || uuid.length != UUID_TEXT_BYTES)
        return NULL;
    memcpy(created->uuid, uuid.bytes, UUID_TEXT_BYTES);
    created->is_known = true;
    return created;
}

// ---- what is known of a message ----

bool fact_is_hidden(const struct observer *observer, const struct whole_fact *fact)
{
    return fact->until_ms > observer_now_ms(observer);
}

bool fact_is_deletable(const struct observer *observer, const struct whole_fact *fact, size_t queue,
                       uint32_t count)
{
    if (fact->gone != GONE_NOT || fact->queue != queue)
        return false;
    if (!observer->queues[queue].fifo)
        return true;
    return count == fact->count && !fact->is_released && fact_is_hidden(observer, fact);
}

// The client has a handle of it that still deletes, in the millisecond of a receive with visibility
// timeout 0 too (S-175).
static bool client_may_delete(const struct observer *observer, const struct whole_fact *fact)
{
    const struct whole_client *client = &observer->client;
    for (size_t i = 0; i < client->id_count; i++) {
        bool is_same = memcmp(client->ids[i], fact->id, UUID_BYTES) == 0;
        bool is_fresh = fact->received_at_ms == observer_now_ms(observer) && !fact->is_released &&
                        client->counts[i] == fact->count;
        if (is_same &&
            (is_fresh || fact_is_deletable(observer, fact, fact->queue, client->counts[i])))
            return true;
    }
    return false;
}

static bool client_named(const struct observer *observer, const struct whole_fact *fact)
{
    for (size_t i = 0; i < observer->client.id_count; i++) {
        if (memcmp(observer->client.ids[i], fact->id, UUID_BYTES) == 0)
            return true;
    }
    return false;
}

// An outside lease must not end sooner in real time than in the queue's, unless somebody commands
// the clock. A machine that stalled lets the clock catch up, in slices, while the lease begins: that
// must pass; a leap over a lease is 2 s at least.
static void guard_leases(struct observer *observer)
{
    if (!observer->guards_leases)
        return;
    int64_t now_ms = observer_now_ms(observer);
    int64_t real_us = clock_real_us();
    for (size_t i = 0; i < observer->fact_count; i++) {
        const struct whole_fact *fact = &observer->facts[i];
        if (fact->gone != GONE_NOT || !fact->is_clients || fact->until_ms <= observer->last_at_ms)
            continue;
        int64_t real_ms = (real_us - fact->leased_real_us) / 1000;
        if (now_ms - fact->leased_at_ms > real_ms + LEAP_MS_MIN)
            observer_broken(observer, "time leapt while a client held %s: %lld ms of %lld",
                            fact_name(fact), (long long)(now_ms - fact->leased_at_ms),
                            (long long)real_ms);
    }
}

// ---- points of messages ----

static void hear_sent(struct observer *observer, const struct trace_point *point)
{
    struct whole_client *client = &observer->client;
    size_t queue = observer_queue(observer, point->queue);
    if (client->asks != CLIENT_SENDS || client->message_at == client->message_count ||
        client->queue != queue)
        observer_broken(observer, "%s: nobody has sent this message", observer->queues[queue].name);
    struct whole_fact *fact = &observer->facts[observer->fact_count++];
    *fact = client->messages[client->message_at++];
    memcpy(fact->id, point->message, UUID_BYTES);
    fact->queue = queue;
    fact->order = ++observer->order;
    fact->enqueued_at_ms = point->at_ms;
    fact->until_ms = point->until_ms;
    text_map_insert(&observer->by_id, text_from((const char *)fact->id, UUID_BYTES), fact);
    observer->queues[queue].sent++;
    if (point->receive_count != 0)
        observer_broken(observer, "%s begins with %u receives", fact_name(fact),
                        point->receive_count);
}

static void check_group_order(struct observer *observer, const struct whole_fact *fact,
                              const struct trace_point *point)
{
    for (size_t i = 0; i < observer->fact_count; i++) {
        const struct whole_fact *other = &observer->facts[i];
        if (other->gone != GONE_NOT || other->queue != fact->queue || other->group != fact->group ||
            other->order >= fact->order || other->received_at_ms == point->at_ms)
            continue;
        observer_broken(observer, "%s of group %c was received, and %s stands before it (S-229)",
                        fact_name(fact), fact->group, fact_name(other));
    }
}

static void check_received_by(struct observer *observer, struct whole_fact *fact,
                              const struct trace_point *point)
{
    const struct whole_mapping *mapping = NULL;
    size_t *gatherer = &fact->gatherers[point->receive_count % WHOLE_GATHERERS];
    fact->is_clients = text_equal(point->actor, CLIENT);
    *gatherer = NO_QUEUE;
    fact->leased_real_us = observer->client.asked_real_us;
    fact->leased_at_ms = point->at_ms;
    if (fact->is_clients)
        return;
    mapping = observer_mapping(observer, point->actor);
    if (mapping == NULL || mapping->is_gone || !mapping->is_enabled ||
        mapping->queue != fact->queue)
        observer_broken(observer, "%s was received by nobody who may", fact_name(fact));
    *gatherer = (size_t)(mapping - observer->mappings);
    int64_t lease_ms = observer->queues[fact->queue].visibility_seconds * 1000;
    if (point->until_ms != point->at_ms + lease_ms)
        observer_broken(observer, "%s: a mapping's lease of %lld ms instead of %lld (L-108)",
                        fact_name(fact), (long long)(point->until_ms - point->at_ms),
                        (long long)lease_ms);
}

static void hear_received(struct observer *observer, struct whole_fact *fact,
                          const struct trace_point *point)
{
    const struct whole_queue *queue = &observer->queues[fact->queue];
    if (fact_is_hidden(observer, fact))
        observer_broken(observer, "%s was received while it was invisible", fact_name(fact));
    if (point->receive_count != fact->count + 1)
        observer_broken(observer, "%s: receive count %u after %u", fact_name(fact),
                        point->receive_count, fact->count);
    if (queue->receive_count_max > 0 && fact->queue_count >= queue->receive_count_max)
        observer_broken(observer, "%s was received once too often: maxReceiveCount is %lld (S-198)",
                        fact_name(fact), (long long)queue->receive_count_max);
    if (queue->fifo)
        check_group_order(observer, fact, point);
    check_received_by(observer, fact, point);
    fact->count++;
    fact->queue_count++;
    fact->received_at_ms = point->at_ms;
    fact->until_ms = point->until_ms;
    fact->is_released = false;
}

static void hear_visible(struct observer *observer, struct whole_fact *fact,
                         const struct trace_point *point)
{
    if (point->actor.length == 0) {
        if (fact->until_ms != point->at_ms)
            observer_broken(observer, "%s is visible %lld ms before its lease ends",
                            fact_name(fact), (long long)(fact->until_ms - point->at_ms));
        return;
    }
    bool received_so = fact->received_at_ms == point->at_ms && fact->until_ms == point->at_ms;
    bool changed = observer->client.asks == CLIENT_CHANGES && client_named(observer, fact);
    if (!text_equal(point->actor, CLIENT) || !(received_so || changed))
        observer_broken(observer, "%s was made visible by %.*s (L-145)", fact_name(fact),
                        TEXT_ARGUMENTS(point->actor));
    fact->is_released = changed || fact->is_released;
    fact->until_ms = point->at_ms;
}

static void hear_changed(struct observer *observer, struct whole_fact *fact,
                         const struct trace_point *point)
{
    bool is_delay = point->actor.length == 0 && fact->queue_count == 0 &&
                    observer->client.asks == CLIENT_SETS_DELAY;
    bool is_change = text_equal(point->actor, CLIENT) && observer->client.asks == CLIENT_CHANGES &&
                     client_named(observer, fact);
    if (!is_delay && !is_change)
        observer_broken(observer, "the visibility of %s was changed by %.*s (L-145)",
                        fact_name(fact), TEXT_ARGUMENTS(point->actor));
    fact->until_ms = point->until_ms;
    fact->is_released = false;
    fact->leased_real_us = observer->client.asked_real_us;
    fact->leased_at_ms = point->at_ms;
}

static void hear_delay_ended(struct observer *observer, struct whole_fact *fact,
                             const struct trace_point *point)
{
    if (fact->until_ms > point->at_ms && observer->client.asks != CLIENT_SETS_DELAY)
        observer_broken(observer, "the delay of %s ended too early", fact_name(fact));
    fact->until_ms = point->at_ms;
}

static void hear_dead_letter(struct observer *observer, struct whole_fact *fact,
                             const struct trace_point *point)
{
    struct whole_queue *source = &observer->queues[fact->queue];
    size_t target = observer_queue(observer, point->other);
    if (source->receive_count_max == 0 || source->dead_letter != target)
        observer_broken(observer, "%s went to a wrong dead-letter queue", fact_name(fact));
    if (fact->queue_count < source->receive_count_max || fact_is_hidden(observer, fact))
        observer_broken(observer, "%s was dead-lettered after %u of %lld receives (S-198)",
                        fact_name(fact), fact->queue_count, (long long)source->receive_count_max);
    if (point->receive_count != fact->count)
        observer_broken(observer, "%s: the dead-letter queue counts otherwise", fact_name(fact));
    source->left++;
    observer->queues[target].came++;
    fact->queue = target;
    fact->queue_count = 0;
    fact->order = ++observer->order;
    fact->until_ms = point->at_ms;
    fact->is_clients = false;
    fact->is_released = true;
    if (observer->queues[target].fifo)
        fact->enqueued_at_ms = point->at_ms;
}

static void check_deleted_in_order(struct observer *observer, const struct whole_fact *fact)
{
    struct whole_queue *queue = &observer->queues[fact->queue];
    size_t group = (size_t)(fact->group - 'a');
    if (!queue->is_ordered)
        return;
    if (fact->order < queue->order_deleted[group])
        observer_broken(observer, "%s of group %c succeeded after one that was sent later (L-171)",
                        fact_name(fact), fact->group);
    queue->order_deleted[group] = fact->order;
}

static bool was_deleted_by_script(struct observer *observer, const struct whole_fact *fact,
                                  const struct trace_point *point)
{
    for (size_t i = 0; i < observer->batch_count; i++) {
        const struct whole_batch *batch = &observer->batches[i];
        const struct whole_function *function = &observer->functions[batch->function];
        if (batch->phase != BATCH_RUNNING || batch->invoked_at_ms != point->at_ms ||
            !text_equal(text_of(function->name), point->actor))
            continue;
        for (size_t j = 0; j < batch->count; j++) {
            if (batch->entries[j].fact == fact && batch->records[j].is_deleted_by_script)
                return true;
        }
    }
    return false;
}

static void hear_deleted(struct observer *observer, struct whole_fact *fact,
                         const struct trace_point *point)
{
    const struct whole_mapping *mapping = observer_mapping(observer, point->actor);
    if (mapping != NULL) {
        if (observer->awaited != fact ||
            observer->awaited_mapping != (size_t)(mapping - observer->mappings))
            observer_broken(observer, "%s was deleted by a mapping without a verdict",
                            fact_name(fact));
        check_deleted_in_order(observer, fact);
        observer->awaited = NULL;
        return;
    }
    bool asked = text_equal(point->actor, CLIENT) && observer->client.asks == CLIENT_DELETES &&
                 client_may_delete(observer, fact);
    if (!asked && !was_deleted_by_script(observer, fact, point))
        observer_broken(observer, "%s was deleted by %.*s, who was not asked to", fact_name(fact),
                        TEXT_ARGUMENTS(point->actor));
}

static void hear_end(struct observer *observer, struct whole_fact *fact,
                     const struct trace_point *point)
{
    struct whole_queue *queue = &observer->queues[fact->queue];
    enum client_asks asks = observer->client.asks;
    enum whole_gone gone = GONE_DELETED;
    if (point->kind == TRACE_DELETED) {
        hear_deleted(observer, fact, point);
    } else if (point->kind == TRACE_EXPIRED) {
        gone = GONE_EXPIRED;
        if (point->at_ms < fact->enqueued_at_ms + queue->retention_seconds * 1000)
            observer_broken(observer, "%s expired too early (S-181)", fact_name(fact));
    } else {
        gone = point->kind == TRACE_PURGED ? GONE_PURGED : GONE_DROPPED;
        if (asks != (gone == GONE_PURGED ? CLIENT_PURGES : CLIENT_DROPS) ||
            observer->client.queue != fact->queue)
            observer_broken(observer, "%s was purged without a purge", fact_name(fact));
    }
    fact->gone = gone;
    queue->gone[gone]++;
}

static void hear_message(struct observer *observer, const struct trace_point *point)
{
    struct whole_fact *fact = observer_fact(observer, point->message);
    if (fact->gone != GONE_NOT)
        observer_broken(observer, "%s is gone already", fact_name(fact));
    if (observer_queue(observer, point->queue) != fact->queue)
        observer_broken(observer, "%s is not in %.*s", fact_name(fact),
                        TEXT_ARGUMENTS(point->queue));
    static void (*const hearers[TRACE_KINDS])(struct observer *, struct whole_fact *,
                                              const struct trace_point *) = {
        [TRACE_DELAY_ENDED] = hear_delay_ended,
        [TRACE_RECEIVED] = hear_received,
        [TRACE_VISIBILITY_CHANGED] = hear_changed,
        [TRACE_VISIBLE_AGAIN] = hear_visible,
        [TRACE_DELETED] = hear_end,
        [TRACE_DEAD_LETTERED] = hear_dead_letter,
        [TRACE_EXPIRED] = hear_end,
        [TRACE_PURGED] = hear_end,
        [TRACE_QUEUE_DELETED] = hear_end,
    };
    if (hearers[point->kind] == NULL)
        observer_broken(observer, "nobody asked for this: %.*s",
                        TEXT_ARGUMENTS(trace_kind_text(point->kind)));
    hearers[point->kind](observer, fact, point);
}

// ---- mappings ----

// The settings in force change at the point that tells of the transition.
static void hear_mapping(struct observer *observer, const struct trace_point *point)
{
    struct whole_mapping *mapping = observer_mapping(observer, point->actor);
    struct whole_client *client = &observer->client;
    if (mapping == NULL)
        observer_broken(observer, "a mapping that nobody created");
    if (client->mapping != mapping)
        return;
    struct whole_mapping before = *mapping;
    *mapping = client->wanted;
    memcpy(mapping->uuid, before.uuid, UUID_TEXT_BYTES);
    mapping->is_known = true;
    mapping->running = before.running;
    if (before.batch_size > mapping->batch_size_max)
        mapping->batch_size_max = before.batch_size;
    if (before.window_seconds > mapping->window_seconds_max)
        mapping->window_seconds_max = before.window_seconds;
    client->mapping = NULL;
}

// ---- the tracer ----

static uint64_t fold_bytes(uint64_t hash, const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ at[i]) * 0x100000001b3u; // NOLINT: whoever folds has written them
    return (hash ^ length) * 0x100000001b3u;
}

static void fold(struct observer *observer, const struct trace_point *point)
{
    const struct text texts[] = {point->queue, point->other, point->actor, point->request,
                                 point->reason};
    const int64_t numbers[] = {(int64_t)point->kind, point->at_ms, point->receive_count,
                               point->until_ms};
    uint64_t hash = fold_bytes(observer->hash, numbers, sizeof(numbers));
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        hash = fold_bytes(hash, texts[i].bytes, texts[i].length);
    if (point->message != NULL)
        hash = fold_bytes(hash, point->message, UUID_BYTES);
    observer->hash = hash;
    if (++observer->points == observer->points_expected)
        observer->hash_expected = hash;
}

// Told beside what happens: the later one may be gone, or go next; the earlier one failed, and is there.
static void hear_order(struct observer *observer, const struct trace_point *point)
{
    const struct whole_fact *fact = observer_fact(observer, point->message);
    if (point->kind == TRACE_OVERTAKEN &&
        (fact->gone != GONE_NOT || observer_queue(observer, point->queue) != fact->queue))
        observer_broken(observer, "%s is overtaken and not there", fact_name(fact));
}

static void hear(struct observer *observer, const struct trace_point *point)
{
    const struct whole_fact *awaited = observer->awaited;
    fold(observer, point);
    if (point->at_ms < observer->last_at_ms)
        observer_broken(observer, "time went back by %lld ms",
                        (long long)(observer->last_at_ms - point->at_ms));
    observer->last_at_ms = point->at_ms;
    if (point->kind == TRACE_OVERTOOK || point->kind == TRACE_OVERTAKEN) {
        hear_order(observer, point);
        return;
    }
    bool is_deletion = point->kind == TRACE_DELETED && awaited != NULL &&
                       observer_fact(observer, point->message) == awaited;
    if (awaited != NULL && observer->awaited_must_come && !is_deletion)
        observer_broken(observer, "%s was to be deleted and is not", fact_name(awaited));
    if (!is_deletion)
        observer->awaited = NULL;
    if (point->kind == TRACE_SENT)
        hear_sent(observer, point);
    else if (point->kind == TRACE_MAPPING)
        hear_mapping(observer, point);
    else if (point->kind == TRACE_DUPLICATE)
        observer_broken(observer, "no deduplication id was used twice");
    else if (point->kind >= TRACE_BATCHED && point->kind != TRACE_FILTERED)
        batches_hear(observer, point);
    else
        hear_message(observer, point);
}

static void hear_live(struct tracer *tracer, const struct trace_point *point)
{
    struct observer *observer = list_entry(tracer, struct observer, tracer);
    struct tracer *trace = trace_tracer(observer->world->trace);
    trace->point(trace, point);
    if (point->at_ms != observer_now_ms(observer))
        observer_broken(observer, "a point of another instant");
    guard_leases(observer);
    hear(observer, point);
}

static bool hear_old(void *context, uint64_t number, const struct trace_point *point)
{
    (void)number;
    hear(context, point);
    return true;
}

void observer_init(struct observer *observer, uint64_t seed)
{
    *observer = (struct observer){
        .tracer.point = hear_live,
        .seed = seed,
        .facts = allocate(sizeof(struct whole_fact) * WHOLE_FACTS_MAX),
        .batches = allocate(sizeof(struct whole_batch) * WHOLE_BATCHES_MAX),
        .hash = 0xcbf29ce484222325u,
    };
}

void observer_deinit(struct observer *observer)
{
    text_map_deinit(&observer->by_id);
    buffer_deinit(&observer->settings);
    free(observer->facts);
    free(observer->batches);
}

void observer_attach(struct observer *observer, struct world *world)
{
    observer->world = world;
    trace_walk(world->trace, NULL, TEXT(""), 0, hear_old, observer);
    struct tracer *tracer = clock_tracer(world->clock, &observer->tracer);
    (void)tracer; // the engine and the mappings have it already
}

void observer_detach(struct observer *observer)
{
    observer->batch_count = 0;
    observer->awaited = NULL;
    for (size_t i = 0; i < observer->function_count; i++)
        observer->functions[i].running = 0;
    for (size_t i = 0; i < observer->mapping_count; i++)
        observer->mappings[i].running = 0;
    for (size_t i = 0; i < observer->fact_count; i++) {
        for (size_t j = 0; j < WHOLE_GATHERERS; j++)
            observer->facts[i].gatherers[j] = NO_QUEUE;
    }
}

// ---- what is there ----

struct comparison {
    struct observer *observer;
    size_t queue;
    size_t seen;
};

static enum message_phase fact_phase(const struct observer *observer, const struct whole_fact *fact)
{
    if (!fact_is_hidden(observer, fact))
        return MESSAGE_VISIBLE;
    return fact->count == 0 ? MESSAGE_DELAYED : MESSAGE_IN_FLIGHT;
}

static void compare_message(void *context, const struct peeked *peeked)
{
    struct comparison *comparison = context;
    struct observer *observer = comparison->observer;
    uint8_t id[UUID_BYTES];
    if (!uuid_from_text(peeked->delivery.message_id, id))
        observer_broken(observer, "a MessageId that is none");
    const struct whole_fact *fact = observer_fact(observer, id);
    comparison->seen++;
    if (fact->gone != GONE_NOT || fact->queue != comparison->queue)
        observer_broken(observer, "%s is in %s, where it cannot be", fact_name(fact),
                        observer->queues[comparison->queue].name);
    if (!text_equal(peeked->delivery.body, text_of(fact->body)))
        observer_broken(observer, "%s has another body", fact_name(fact));
    if (peeked->delivery.receive_count != fact->count ||
        peeked->phase != fact_phase(observer, fact))
        observer_broken(observer, "%s: receive count %u and phase %d instead of %u and %d",
                        fact_name(fact), peeked->delivery.receive_count, (int)peeked->phase,
                        fact->count, (int)fact_phase(observer, fact));
    if (peeked->phase != MESSAGE_VISIBLE && peeked->available_at_ms != fact->until_ms)
        observer_broken(observer, "%s is hidden until another instant", fact_name(fact));
}

// S-182, S-181: in-flight and delayed messages expire too.
static void check_age(struct observer *observer, const struct whole_fact *fact)
{
    int64_t end_ms = fact->enqueued_at_ms + observer->queues[fact->queue].retention_seconds * 1000;
    if (end_ms < observer_now_ms(observer))
        observer_broken(observer, "%s is older than its retention period", fact_name(fact));
}

static void compare_queue(struct observer *observer, size_t index, bool thorough)
{
    struct world *world = observer->world;
    const struct whole_queue *queue = &observer->queues[index];
    struct queue_key key = {.account = world->options->account,
                            .region = world->options->region,
                            .name = text_of(queue->name)};
    struct queue *engine = engine_find_queue(world->engine, &key);
    if (engine == NULL)
        observer_broken(observer, "%s is not there", queue->name);
    size_t phases[3] = {0};
    for (size_t i = 0; i < observer->fact_count; i++) {
        const struct whole_fact *fact = &observer->facts[i];
        if (fact->gone != GONE_NOT || fact->queue != index)
            continue;
        check_age(observer, fact);
        phases[fact_phase(observer, fact)]++;
    }
    struct queue_counts counts = queue_counts(engine);
    size_t present = counts.visible + counts.in_flight + counts.delayed;
    if (counts.visible != phases[MESSAGE_VISIBLE] ||
        counts.in_flight != phases[MESSAGE_IN_FLIGHT] || counts.delayed != phases[MESSAGE_DELAYED])
        observer_broken(observer, "%s counts %zu/%zu/%zu instead of %zu/%zu/%zu", queue->name,
                        counts.visible, counts.in_flight, counts.delayed, phases[MESSAGE_VISIBLE],
                        phases[MESSAGE_IN_FLIGHT], phases[MESSAGE_DELAYED]);
    if (queue->sent + queue->came != queue->left + queue->gone[GONE_DELETED] +
                                         queue->gone[GONE_EXPIRED] + queue->gone[GONE_PURGED] +
                                         queue->gone[GONE_DROPPED] + present)
        observer_broken(observer, "%s: what came is not what left and what is there", queue->name);
    struct comparison comparison = {.observer = observer, .queue = index};
    if (thorough)
        engine_peek(world->engine, engine, WHOLE_FACTS_MAX, compare_message, &comparison);
    if (thorough && comparison.seen != present)
        observer_broken(observer, "%s shows %zu of %zu messages", queue->name, comparison.seen,
                        present);
}

void observer_compare(struct observer *observer, bool thorough)
{
    int64_t now_ms = observer_now_ms(observer);
    if (now_ms < observer->last_at_ms)
        observer_broken(observer, "time went back");
    observer->last_at_ms = now_ms;
    guard_leases(observer);
    if (observer->awaited != NULL && observer->awaited_must_come)
        observer_broken(observer, "%s was to be deleted and is not", fact_name(observer->awaited));
    for (size_t i = 0; i < WHOLE_QUEUES; i++)
        compare_queue(observer, i, thorough);
    batches_check(observer);
}

void observer_compare_idle(struct observer *observer)
{
    if (observer->batch_count > 0)
        observer_broken(observer, "the world is idle, and a batch is under way");
    for (size_t i = 0; i < observer->mapping_count; i++) {
        const struct whole_mapping *mapping = &observer->mappings[i];
        if (!mapping->is_known || mapping->is_gone || !mapping->is_enabled)
            continue;
        for (size_t j = 0; j < observer->fact_count; j++) {
            const struct whole_fact *fact = &observer->facts[j];
            if (fact->gone == GONE_NOT && fact->queue == mapping->queue)
                observer_broken(observer, "the world is idle, and %s is in %s, which is mapped",
                                fact_name(fact), observer->queues[mapping->queue].name);
        }
    }
}
