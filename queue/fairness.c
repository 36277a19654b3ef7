// fairness -- quiet tenants first, when others are noisy.
//
//     queue->backlog          messages without a group  -.
//                                                         >-- the least sequence --> a receive
//     quiet (heap)            [ A: 3 7 9 ] [ B: 5 6 ]   -'                               ^
//           |    ^                                                                       |
//           |    '- nothing visible, or nothing in flight for 5 minutes                  |
//           v                                                                            |
//     noisy (heap)            [ C: 1 2 4 8 ] ------------------- when there is no other -'
//
// Nobody watches the thresholds. A tenant is looked at when it is its turn, and that is the only
// moment at which it matters whether it is noisy: so nothing is recomputed when something else in
// the queue changes its share, and no timer runs. To change its rank moves one tenant from heap to
// heap; its messages stay where they are, however many wait. A receive costs O(log tenants) for each
// message, and what has no group costs a comparison.
//
// Not taken: a share that is smoothed with every event, as networks do it. It needs no minutes, but
// nobody can say from the outside why a group is noisy; a minute of the timeline can be counted.
#include "queue/fairness.h"

#include "queue/queue.h"

#include <assert.h>

#define SHARE_PARTS 10 // more than one of so many parts is too much
#define MINUTE_MS ((int64_t)60000)
#define IDLE_MS (5 * MINUTE_MS)
#define SEQUENCE_BITS 43 // beside them there is room for a million messages in flight

// ---- processing time ----

static int64_t *minute_of(struct meter *meter, int64_t at_ms)
{
    return &meter->spent_ms[at_ms / MINUTE_MS % METER_MINUTES];
}

// Counts what in_flight_count messages spent since the meter was read last.
static void meter_run(struct meter *meter, size_t in_flight_count, int64_t now_ms)
{
    int64_t oldest_ms = (now_ms / MINUTE_MS - METER_MINUTES + 1) * MINUTE_MS;
    int64_t at_ms = meter->counted_to_ms;
    if (at_ms < oldest_ms) {
        memset(meter->spent_ms, 0, sizeof(meter->spent_ms));
        at_ms = oldest_ms;
    }
    while (at_ms < now_ms) {
        int64_t minute_end_ms = (at_ms / MINUTE_MS + 1) * MINUTE_MS;
        int64_t end_ms = minute_end_ms < now_ms ? minute_end_ms : now_ms;
        *minute_of(meter, at_ms) += (int64_t)in_flight_count * (end_ms - at_ms);
        at_ms = end_ms;
        if (at_ms == minute_end_ms)
            *minute_of(meter, at_ms) = 0;
    }
    meter->counted_to_ms = now_ms;
}

static int64_t meter_recent_ms(const struct meter *meter, size_t in_flight_count, int64_t now_ms)
{
    struct meter copy = *meter;
    int64_t spent_ms = 0;
    meter_run(&copy, in_flight_count, now_ms);
    for (size_t i = 0; i < METER_MINUTES; i++)
        spent_ms += copy.spent_ms[i];
    return spent_ms;
}

// ---- thresholds ----

static bool has_share_of_flight(const struct queue *queue, const struct tenant *tenant)
{
    size_t in_flight_min = queue->commons->noisy_in_flight_min;
    return tenant->in_flight_count >= in_flight_min &&
           tenant->in_flight_count * SHARE_PARTS > queue->phase_counts[MESSAGE_IN_FLIGHT];
}

static bool has_share_of_time(const struct queue *queue, const struct tenant *tenant)
{
    int64_t now_ms = commons_now_ms(queue->commons);
    int64_t spent_ms = meter_recent_ms(&tenant->meter, tenant->in_flight_count, now_ms);
    if (spent_ms < queue->commons->noisy_spent_min_ms)
        return false;
    return spent_ms * SHARE_PARTS >
           meter_recent_ms(&queue->fairness.meter, queue->phase_counts[MESSAGE_IN_FLIGHT], now_ms);
}

static bool is_over(const struct queue *queue, const struct tenant *tenant)
{
    return has_share_of_flight(queue, tenant) || has_share_of_time(queue, tenant);
}

static bool is_noisy(const struct tenant *tenant)
{
    return tenant->noisy != HEAP_NOWHERE;
}

static bool was_idle(const struct tenant *tenant, int64_t now_ms)
{
    return tenant->in_flight_count == 0 && tenant->idle_at_ms + IDLE_MS <= now_ms;
}

bool tenant_is_noisy(const struct queue *queue, const struct tenant *tenant)
{
    if (tenant->visible_count == 0)
        return false;
    if (is_noisy(tenant) && !was_idle(tenant, commons_now_ms(queue->commons)))
        return true;
    return is_over(queue, tenant);
}

// ---- rank ----

static void list_in(struct heap *heap, struct tenant *tenant, int64_t key)
{
    if (heap_contains(heap, tenant))
        heap_change(heap, tenant, key);
    else
        heap_insert(heap, tenant, key);
}

static void unlist(struct heap *heap, struct tenant *tenant)
{
    if (heap_contains(heap, tenant))
        heap_remove(heap, tenant);
}

// Its places are those of its rank, its first message and what it has in flight.
static void refresh(struct fairness *fairness, struct tenant *tenant)
{
    const struct message *first = backlog_first(&tenant->backlog);
    if (first == NULL) {
        unlist(&fairness->quiet, tenant);
        unlist(&fairness->noisy, tenant);
        unlist(&fairness->idle, tenant);
        return;
    }
    if (!is_noisy(tenant)) {
        list_in(&fairness->quiet, tenant, (int64_t)first->sequence);
        return;
    }
    list_in(&fairness->noisy, tenant,
            ((int64_t)tenant->in_flight_count << SEQUENCE_BITS) + (int64_t)first->sequence);
    if (tenant->in_flight_count == 0)
        list_in(&fairness->idle, tenant, tenant->idle_at_ms);
    else
        unlist(&fairness->idle, tenant);
}

static void make_noisy(struct fairness *fairness, struct tenant *tenant)
{
    heap_remove(&fairness->quiet, tenant);
    heap_insert(&fairness->noisy, tenant, 0);
    refresh(fairness, tenant);
}

static void make_quiet(struct fairness *fairness, struct tenant *tenant)
{
    heap_remove(&fairness->idle, tenant);
    heap_remove(&fairness->noisy, tenant);
    refresh(fairness, tenant);
}

// ---- life ----

void fairness_init(struct fairness *fairness)
{
    heap_init(&fairness->quiet, offsetof(struct tenant, quiet));
    heap_init(&fairness->noisy, offsetof(struct tenant, noisy));
    heap_init(&fairness->idle, offsetof(struct tenant, idle));
}

void fairness_deinit(struct fairness *fairness)
{
    assert(fairness->tenants.count == 0);
    text_map_deinit(&fairness->tenants);
    heap_deinit(&fairness->quiet);
    heap_deinit(&fairness->noisy);
    heap_deinit(&fairness->idle);
}

static struct tenant *tenant_new(struct queue *queue, struct text id)
{
    struct fairness *fairness = &queue->fairness;
    int64_t now_ms = commons_now_ms(queue->commons);
    struct tenant *tenant = allocate(sizeof(*tenant) + id.length);
    memcpy(tenant->bytes, id.bytes, id.length);
    tenant->id = text_from(tenant->bytes, id.length);
    tenant->meter.counted_to_ms = now_ms;
    tenant->idle_at_ms = now_ms;
    backlog_init(&tenant->backlog);
    if (fairness->tenants.count == 0)
        fairness->meter = (struct meter){.counted_to_ms = now_ms};
    text_map_insert(&fairness->tenants, tenant->id, tenant);
    return tenant;
}

struct tenant *tenant_hold(struct queue *queue, struct text group_id)
{
    if (group_id.length == 0)
        return NULL;
    struct tenant *tenant = text_map_find(&queue->fairness.tenants, group_id);
    if (tenant == NULL)
        tenant = tenant_new(queue, group_id);
    tenant->held_count++;
    return tenant;
}

void tenant_release(struct queue *queue, struct tenant *tenant)
{
    if (tenant == NULL || --tenant->held_count > 0)
        return;
    assert(tenant->in_flight_count == 0);
    backlog_deinit(&tenant->backlog);
    text_map_remove(&queue->fairness.tenants, tenant->id);
    free(tenant);
}

// ---- messages come and go ----

// Counts up to now, before the counts of what is in flight change.
static void run_meters(struct queue *queue, struct tenant *tenant)
{
    int64_t now_ms = commons_now_ms(queue->commons);
    if (queue->fairness.tenants.count > 0)
        meter_run(&queue->fairness.meter, queue->phase_counts[MESSAGE_IN_FLIGHT], now_ms);
    if (tenant)
        meter_run(&tenant->meter, tenant->in_flight_count, now_ms);
}

void fairness_place(struct queue *queue, struct message *message)
{
    struct tenant *tenant = message->tenant;
    if (message->phase == MESSAGE_IN_FLIGHT)
        run_meters(queue, tenant);
    if (tenant == NULL) {
        if (message->phase == MESSAGE_VISIBLE)
            backlog_add(&queue->backlog, message);
        return;
    }
    if (message->phase == MESSAGE_VISIBLE) {
        backlog_add(&tenant->backlog, message);
        tenant->visible_count++;
    } else if (message->phase == MESSAGE_IN_FLIGHT) {
        tenant->in_flight_count++;
    }
    refresh(&queue->fairness, tenant);
}

void fairness_displace(struct queue *queue, struct message *message)
{
    struct tenant *tenant = message->tenant;
    if (message->phase == MESSAGE_IN_FLIGHT)
        run_meters(queue, tenant);
    if (tenant == NULL) {
        if (message->phase == MESSAGE_VISIBLE)
            backlog_remove(&queue->backlog, message);
        return;
    }
    if (message->phase == MESSAGE_VISIBLE) {
        backlog_remove(&tenant->backlog, message);
        tenant->visible_count--;
    } else if (message->phase == MESSAGE_IN_FLIGHT) {
        tenant->in_flight_count--;
        tenant->idle_at_ms = commons_now_ms(queue->commons);
    }
    refresh(&queue->fairness, tenant);
}

// ---- who is next ----

// The noisy tenant with the fewest in flight. One whose first message came back during this receive
// has no other.
static struct message *next_noisy(const struct fairness *fairness, uint64_t limit)
{
    const struct tenant *tenant = heap_least(&fairness->noisy, NULL);
    if (tenant == NULL)
        return NULL;
    struct message *message = backlog_first(&tenant->backlog);
    if (message->sequence <= limit)
        return message;
    int64_t least = INT64_MAX;
    message = NULL;
    for (uint32_t i = 0; i < fairness->noisy.count; i++) {
        struct message *first =
            backlog_first(&((struct tenant *)fairness->noisy.entries[i].item)->backlog);
        if (first->sequence > limit || fairness->noisy.entries[i].key >= least)
            continue;
        least = fairness->noisy.entries[i].key;
        message = first;
    }
    return message;
}

struct message *fairness_next(struct queue *queue, uint64_t limit)
{
    struct fairness *fairness = &queue->fairness;
    struct message *message = backlog_first(&queue->backlog);
    struct tenant *tenant;
    int64_t sequence;
    int64_t now_ms = commons_now_ms(queue->commons);
    while ((tenant = heap_least(&fairness->idle, NULL)) != NULL && was_idle(tenant, now_ms))
        make_quiet(fairness, tenant);
    if (message && message->sequence > limit)
        message = NULL;
    while ((tenant = heap_least(&fairness->quiet, &sequence)) != NULL &&
           (uint64_t)sequence <= limit &&
           (message == NULL || (uint64_t)sequence < message->sequence)) {
        if (!is_over(queue, tenant))
            return backlog_first(&tenant->backlog);
        make_noisy(fairness, tenant);
    }
    return message ? message : next_noisy(fairness, limit);
}

struct message *fairness_first_sent(const struct queue *queue, uint64_t sequence_max)
{
    const struct fairness *fairness = &queue->fairness;
    struct message *message = backlog_first(&queue->backlog);
    const struct tenant *tenant = heap_least(&fairness->quiet, NULL);
    for (uint32_t i = 0; tenant != NULL || i < fairness->noisy.count; tenant = NULL) {
        if (tenant == NULL)
            tenant = fairness->noisy.entries[i++].item;
        struct message *first = backlog_first(&tenant->backlog);
        if (message == NULL || first->sequence < message->sequence)
            message = first;
    }
    return message && message->sequence <= sequence_max ? message : NULL;
}
