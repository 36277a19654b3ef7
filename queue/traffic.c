// traffic -- what is asked of a queue for its metrics (L-267 to L-270).
//
// The counters are raised where the thing happens, in engine.c; here stands what would be too dear to keep up to date for something
// that is read every few seconds at most: the oldest message and the busy groups are looked for when somebody asks.
#include "queue/group.h"
#include "queue/queue.h"

#include <assert.h>

#define RECEIVES_CONSIDERED_MAX 3 // L-270

struct queue_traffic queue_traffic(const struct queue *queue)
{
    return queue->traffic;
}

// Since when it could be received here. A message that was received no longer says when its delay ended, but its queue does; one that
// was dead-lettered says when it was received last.
static int64_t available_since_ms(const struct queue *queue, const struct message *message)
{
    if (message->queue_receive_count == 0)
        return message->available_at_ms;
    if (message->origin != NULL)
        return message->received_at_ms;
    int64_t delay_end_ms = message->enqueued_at_ms + queue->settings.delay_seconds * 1000;
    return delay_end_ms < message->first_received_at_ms ? delay_end_ms
                                                        : message->first_received_at_ms;
}

static void consider(const struct queue *queue, const struct message *message, bool of_quiet_only,
                     int64_t *least_ms)
{
    if (message->phase == MESSAGE_DELAYED || message->queue_receive_count > RECEIVES_CONSIDERED_MAX)
        return;
    int64_t since_ms = available_since_ms(queue, message);
    if (since_ms >= *least_ms)
        return;
    if (of_quiet_only && message->tenant && tenant_is_noisy(queue, message->tenant))
        return;
    *least_ms = since_ms;
}

static int64_t oldest_age_ms(const struct queue *queue, bool of_quiet_only)
{
    int64_t now_ms = commons_now_ms(queue->commons);
    int64_t least_ms = now_ms;
    for (uint32_t i = 0; i < queue->strays.count; i++)
        consider(queue, queue->strays.entries[i].item, of_quiet_only, &least_ms);
    list_for_each (node, &queue->by_age) {
        const struct message *message = list_entry(node, struct message, age);
        if (message->enqueued_at_ms >= least_ms)
            break;
        consider(queue, message, of_quiet_only, &least_ms);
    }
    return now_ms - least_ms;
}

int64_t queue_oldest_age_ms(const struct queue *queue)
{
    return oldest_age_ms(queue, false);
}

struct queue_quiet queue_quiet(const struct queue *queue)
{
    struct queue_quiet quiet = {.counts = queue_counts(queue)};
    const struct tenant *tenant;
    size_t at = 0;
    assert(!queue->settings.fifo);
    while ((tenant = text_map_next(&queue->fairness.tenants, &at)) != NULL) {
        if (!tenant_is_noisy(queue, tenant))
            continue;
        quiet.noisy_groups++;
        quiet.counts.visible -= tenant->visible_count;
        quiet.counts.in_flight -= tenant->in_flight_count;
        quiet.counts.delayed -=
            tenant->held_count - tenant->visible_count - tenant->in_flight_count;
    }
    quiet.oldest_age_ms = oldest_age_ms(queue, true);
    return quiet;
}

static bool group_is_in_flight(const struct group *group)
{
    list_for_each (node, &group->messages) {
        if (list_entry(node, struct message, link)->phase == MESSAGE_IN_FLIGHT)
            return true;
    }
    return false;
}

size_t queue_groups_in_flight(const struct queue *queue)
{
    size_t count = 0;
    size_t at = 0;
    const struct group *group;
    while ((group = text_map_next(&queue->groups, &at)) != NULL)
        count += group_is_in_flight(group) ? 1 : 0;
    return count;
}
