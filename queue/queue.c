// queue -- where each message of a queue stands, and who is served next.
//
// Nothing here decides what becomes of a message: message.c changes states and calls
// queue_displace() and queue_place() around the change; this file only knows where a message of a
// given phase belongs, and keeps counters and timers right as a consequence. A timer per message
// was not taken: it costs 40 bytes each and a heap of all messages of all queues.
#include "queue/queue.h"

#include "queue/attempt.h"
#include "queue/group.h"
#include "queue/move.h"
#include "queue/redrive.h"

#include <assert.h>

static struct message *message_at(struct list_node *link)
{
    return list_entry(link, struct message, link);
}

static struct message *message_by_age(struct list_node *age)
{
    return list_entry(age, struct message, age);
}

struct text queue_key_pack(struct buffer *scratch, const struct queue_key *key)
{
    buffer_clear(scratch);
    buffer_append(scratch, key->account);
    buffer_append_byte(scratch, 0);
    buffer_append(scratch, key->region);
    buffer_append_byte(scratch, 0);
    buffer_append(scratch, key->name);
    return buffer_text(scratch);
}

// ---- timers ----

static void watch_leases(struct queue *queue)
{
    struct timeline *timeline = queue->commons->timeline;
    int64_t due_ms;
    if (heap_least(&queue->due, &due_ms) == NULL)
        timeline_cancel(timeline, &queue->lease_timer);
    else if (!timer_is_scheduled(&queue->lease_timer) || queue->lease_timer.due_ms != due_ms)
        timeline_schedule(timeline, &queue->lease_timer, due_ms);
}

static int compare_due(const void *left, const void *right)
{
    const struct message *a = *(struct message *const *)left;
    const struct message *b = *(struct message *const *)right;
    if (a->available_at_ms != b->available_at_ms)
        return a->available_at_ms < b->available_at_ms ? -1 : 1;
    return a->sequence < b->sequence ? -1 : a->sequence > b->sequence;
}

// What ends at one instant becomes visible in the order of sending.
static void lease_timer_fire(struct timer *timer)
{
    struct queue *queue = list_entry(timer, struct queue, lease_timer);
    int64_t now_ms = commons_now_ms(queue->commons);
    size_t count = heap_collect(&queue->due, now_ms, NULL);
    cleanup_free void **ended = allocate(sizeof(*ended) * (count + 1));
    heap_collect(&queue->due, now_ms, ended);
    qsort(ended, count, sizeof(*ended), compare_due);
    for (size_t i = 0; i < count; i++)
        message_become_visible(ended[i]);
    watch_leases(queue);
}

static struct message *oldest(const struct queue *queue)
{
    struct list_node *first = list_first(&queue->by_age);
    struct message *message = first ? message_by_age(first) : NULL;
    int64_t stray_at_ms;
    struct message *stray = heap_least(&queue->strays, &stray_at_ms);
    if (stray && (message == NULL || stray_at_ms < message->enqueued_at_ms))
        return stray;
    return message;
}

static int64_t retention_ms(const struct queue *queue)
{
    return queue->settings.message_retention_seconds * 1000;
}

void queue_watch_expiry(struct queue *queue)
{
    const struct message *message = oldest(queue);
    if (message == NULL)
        return;
    int64_t due_ms = message->enqueued_at_ms + retention_ms(queue);
    if (!timer_is_scheduled(&queue->expiry_timer) || due_ms < queue->expiry_timer.due_ms)
        timeline_schedule(queue->commons->timeline, &queue->expiry_timer, due_ms);
}

bool queue_expire(struct queue *queue)
{
    int64_t until_ms = commons_now_ms(queue->commons) - retention_ms(queue);
    bool expired = false;
    struct message *message;
    while ((message = oldest(queue)) != NULL && message->enqueued_at_ms <= until_ms) {
        message_expire(message);
        expired = true;
    }
    return expired;
}

static void expiry_timer_fire(struct timer *timer)
{
    struct queue *queue = list_entry(timer, struct queue, expiry_timer);
    queue_expire(queue);
    queue_watch_expiry(queue);
}

// ---- life ----

struct queue *queue_new(struct commons *commons, const struct journal_queue *row)
{
    struct queue *queue = allocate(sizeof(*queue));
    cleanup(buffer_deinit) struct buffer arn = {0};
    queue->commons = commons;
    queue->number = row->number;
    queue->created_at_ms = row->created_at_ms;
    queue->modified_at_ms = row->modified_at_ms;
    queue->names = arena_new();
    queue->key.account = arena_copy(queue->names, row->key.account);
    queue->key.region = arena_copy(queue->names, row->key.region);
    queue->key.name = arena_copy(queue->names, row->key.name);
    queue->packed_key = arena_copy(queue->names, queue_key_pack(&commons->scratch, &row->key));
    queue_key_append_arn(&row->key, &arn);
    queue->arn = arena_copy(queue->names, buffer_text(&arn));
    queue->windows_per_group = row->settings.deduplication_per_group;
    queue_set_settings(queue, &row->settings);

    backlog_init(&queue->backlog);
    fairness_init(&queue->fairness);
    heap_init(&queue->due, offsetof(struct message, place));
    list_init(&queue->by_age);
    heap_init(&queue->strays, offsetof(struct message, stray));
    heap_init(&queue->ready, offsetof(struct group, position));
    list_init(&queue->windows_by_end);
    list_init(&queue->attempts_by_end);
    list_init(&queue->line);
    list_init(&queue->moves);
    queue->lease_timer.fire = lease_timer_fire;
    queue->expiry_timer.fire = expiry_timer_fire;
    text_map_insert(&commons->queues, queue->packed_key, queue);
    number_map_insert(&commons->queues_by_number, queue->number, queue);
    return queue;
}

void queue_free(struct queue *queue)
{
    struct commons *commons = queue->commons;
    assert(list_is_empty(&queue->line) && queue_message_count(queue) == 0);
    assert(queue->groups.count == 0 && queue->outside_lease_count == 0);
    text_map_remove(&commons->queues, queue->packed_key);
    number_map_remove(&commons->queues_by_number, queue->number);
    timeline_cancel(commons->timeline, &queue->lease_timer);
    timeline_cancel(commons->timeline, &queue->expiry_timer);
    list_remove(&queue->dirty);
    windows_deinit(queue);
    attempts_clear(queue);
    moves_deinit(queue);
    backlog_deinit(&queue->backlog);
    fairness_deinit(&queue->fairness);
    heap_deinit(&queue->due);
    heap_deinit(&queue->strays);
    heap_deinit(&queue->ready);
    text_map_deinit(&queue->groups);
    text_map_deinit(&queue->windows);
    text_map_deinit(&queue->attempts);
    arena_free(queue->tags_arena);
    arena_free(queue->settings_arena);
    arena_free(queue->names);
    free(queue);
}

struct queue *queue_find(struct commons *commons, const struct queue_key *key)
{
    return text_map_find(&commons->queues, queue_key_pack(&commons->scratch, key));
}

void queue_set_settings(struct queue *queue, const struct queue_settings *settings)
{
    // The new ones may point into the old ones.
    struct arena *old = queue->settings_arena;
    queue->settings_arena = arena_new();
    settings_copy(queue->settings_arena, settings, &queue->settings);
    arena_free(old);
}

// ---- places ----

void queue_place(struct message *message)
{
    struct queue *queue = message->queue;
    if (!queue->settings.fifo)
        fairness_place(queue, message);
    queue->phase_counts[message->phase]++;
    if (message->phase == MESSAGE_IN_FLIGHT && message->leased_outside)
        queue->outside_lease_count++;
    if (message->phase != MESSAGE_VISIBLE) {
        heap_insert(&queue->due, message, message->available_at_ms);
        watch_leases(queue);
    } else if (!queue->settings.fifo) {
        queue_wake(queue);
    }
    if (queue->settings.fifo)
        group_refresh(queue, message->group);
}

void queue_displace(struct message *message)
{
    struct queue *queue = message->queue;
    // A free place in flight is news for a line that waits for one (S-84).
    if (message->phase == MESSAGE_IN_FLIGHT && queue_is_full(queue))
        queue_wake(queue);
    if (!queue->settings.fifo)
        fairness_displace(queue, message);
    queue->phase_counts[message->phase]--;
    if (message->phase == MESSAGE_IN_FLIGHT && message->leased_outside)
        queue->outside_lease_count--;
    if (message->phase != MESSAGE_VISIBLE) {
        heap_remove(&queue->due, message);
        watch_leases(queue);
    }
}

void queue_admit(struct queue *queue, struct message *message)
{
    message->queue = queue;
    bool is_youngest =
        list_is_empty(&queue->by_age) ||
        message_by_age(queue->by_age.previous)->enqueued_at_ms <= message->enqueued_at_ms;
    if (is_youngest)
        list_append(&queue->by_age, &message->age);
    else
        heap_insert(&queue->strays, message, message->enqueued_at_ms);
    if (queue->settings.fifo)
        group_append(message);
    queue_place(message);
    queue_watch_expiry(queue);
}

void queue_dismiss(struct message *message)
{
    struct queue *queue = message->queue;
    queue_displace(message);
    if (queue->settings.fifo)
        group_remove(message);
    else
        tenant_release(queue, message->tenant);
    if (message->stray != HEAP_NOWHERE)
        heap_remove(&queue->strays, message);
    else
        list_remove(&message->age);
}

void queue_for_each(struct queue *queue, void (*act)(void *context, struct message *message),
                    void *context)
{
    // A copy, because a heap fills the gap that an ended item leaves with another one.
    cleanup_free struct message **strays = allocate(sizeof(struct message *) * queue->strays.count);
    size_t stray_count = queue->strays.count;
    for (size_t i = 0; i < stray_count; i++)
        strays[i] = queue->strays.entries[i].item;
    for (size_t i = 0; i < stray_count; i++)
        act(context, strays[i]);
    list_for_each (node, &queue->by_age) {
        act(context, message_by_age(node));
    }
}

// ---- the line ----

bool queue_is_full(const struct queue *queue)
{
    return queue->phase_counts[MESSAGE_IN_FLIGHT] >= queue->commons->in_flight_max;
}

bool queue_is_servable(const struct queue *queue)
{
    size_t count = queue->settings.fifo ? queue->ready.count : queue->phase_counts[MESSAGE_VISIBLE];
    return count > 0 && !queue_is_full(queue);
}

void queue_wake(struct queue *queue)
{
    if (!list_is_empty(&queue->line) && !list_is_linked(&queue->dirty))
        list_append(&queue->commons->dirty, &queue->dirty);
}

void queue_line_changed(struct queue *queue)
{
    bool motive = !list_is_empty(&queue->line);
    if (queue->lease_timer.motive != motive)
        timeline_set_motive(queue->commons->timeline, &queue->lease_timer, motive);
}

struct message *queue_first_visible(const struct queue *queue, uint64_t sequence_max)
{
    struct message *first = NULL;
    if (!queue->settings.fifo)
        return fairness_first_sent(queue, sequence_max);
    const struct group *longest = heap_least(&queue->ready, NULL);
    if (longest == NULL || message_at(longest->messages.next)->sequence <= sequence_max)
        return longest ? message_at(longest->messages.next) : NULL;
    for (uint32_t i = 0; i < queue->ready.count; i++) {
        const struct group *group = queue->ready.entries[i].item;
        struct message *head = message_at(group->messages.next);
        if (head->sequence <= sequence_max && (first == NULL || head->sequence < first->sequence))
            first = head;
    }
    return first;
}

static int64_t visibility_of(const struct queue *queue, const struct receive *receive)
{
    if (receive->visibility_ms >= 0)
        return receive->visibility_ms;
    return queue->settings.visibility_timeout_seconds * 1000;
}

static size_t take_standard(struct queue *queue, const struct receive *receive, size_t count_max,
                            struct message *ret_taken[MESSAGES_MAX])
{
    // A message that is its own queue's dead letter comes back with a greater sequence: not for
    // this receive (S-193).
    uint64_t limit = queue->commons->sequence;
    int64_t visibility_ms = visibility_of(queue, receive);
    size_t count = 0;
    struct message *message;
    while (count < count_max && (message = fairness_next(queue, limit)) != NULL) {
        if (redrive_moved(message))
            continue;
        message_receive(message, visibility_ms, receive->outside, receive->actor);
        ret_taken[count++] = message;
    }
    for (size_t i = 0; i < count; i++)
        queue_place(ret_taken[i]);
    return count;
}

size_t queue_take(struct queue *queue, const struct receive *receive,
                  struct message *ret_taken[MESSAGES_MAX])
{
    queue_expire(queue);
    if (queue->settings.fifo && receive->attempt.length > 0) {
        size_t count = attempt_repeat(queue, receive, visibility_of(queue, receive), ret_taken);
        if (count > 0)
            return count;
    }
    if (queue_is_full(queue))
        return 0;
    size_t room = queue->commons->in_flight_max - queue->phase_counts[MESSAGE_IN_FLIGHT];
    size_t count_max = receive->messages_max < room ? receive->messages_max : room;
    if (!queue->settings.fifo)
        return take_standard(queue, receive, count_max, ret_taken);
    int64_t visibility_ms = visibility_of(queue, receive);
    size_t count = groups_take(queue, receive, visibility_ms, count_max, ret_taken);
    if (receive->attempt.length > 0 && count > 0 && visibility_ms > 0)
        attempt_remember(queue, receive->attempt, ret_taken, count);
    return count;
}

// ---- looking ----

size_t queue_message_count(const struct queue *queue)
{
    return queue->phase_counts[MESSAGE_VISIBLE] + queue->phase_counts[MESSAGE_DELAYED] +
           queue->phase_counts[MESSAGE_IN_FLIGHT];
}

int64_t queue_outside_until_ms(const struct queue *queue)
{
    int64_t until_ms = 0;
    assert(queue->outside_lease_count > 0);
    for (uint32_t i = 0; i < queue->due.count; i++) {
        const struct message *message = queue->due.entries[i].item;
        if (message->phase == MESSAGE_IN_FLIGHT && message->leased_outside &&
            message->available_at_ms > until_ms)
            until_ms = message->available_at_ms;
    }
    return until_ms;
}

const struct queue_key *queue_key(const struct queue *queue)
{
    return &queue->key;
}

const struct queue_settings *queue_settings(const struct queue *queue)
{
    return &queue->settings;
}

struct queue_counts queue_counts(const struct queue *queue)
{
    return (struct queue_counts){
        .visible = queue->phase_counts[MESSAGE_VISIBLE],
        .in_flight = queue->phase_counts[MESSAGE_IN_FLIGHT],
        .delayed = queue->phase_counts[MESSAGE_DELAYED],
    };
}

uint64_t queue_number(const struct queue *queue)
{
    return queue->number;
}

struct text queue_arn(const struct queue *queue)
{
    return queue->arn;
}

int64_t queue_created_at_ms(const struct queue *queue)
{
    return queue->created_at_ms;
}

int64_t queue_modified_at_ms(const struct queue *queue)
{
    return queue->modified_at_ms;
}

int64_t queue_purged_at_ms(const struct queue *queue)
{
    return queue->purged_at_ms;
}

const struct queue_tag *queue_tags(const struct queue *queue, size_t *ret_count)
{
    *ret_count = queue->tag_count;
    return queue->tags;
}
