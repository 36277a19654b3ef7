// group -- FIFO groups and deduplication windows.
//
// A receive drains one group's prefix after the other, beginning with the group whose head has been
// available longest: this one rule gives every order that was recorded from AWS (S-234). "Longest"
// is counted in turns, not milliseconds, so that a clock which stands still while a test sends and
// receives orders groups as a running one does.
//
// While a receive drains groups, they are TAKEN: out of the heap and left alone by group_refresh(),
// so that the messages that it receives do not block those behind them (S-233), and so that one
// received with visibility timeout 0 is not met twice.
#include "queue/group.h"

#include "queue/queue.h"
#include "queue/redrive.h"

#include <assert.h>

#define WINDOW_MS (5 * 60 * 1000)

// ---- groups ----

static struct message *message_at(struct list_node *link)
{
    return list_entry(link, struct message, link);
}

struct group *group_of(struct queue *queue, struct text id)
{
    struct group *group = text_map_find(&queue->groups, id);
    if (group)
        return group;
    group = allocate(sizeof(*group) + id.length);
    if (id.length > 0)
        memcpy(group->bytes, id.bytes, id.length);
    group->id = text_from(group->bytes, id.length);
    list_init(&group->messages);
    text_map_insert(&queue->groups, group->id, group);
    return group;
}

static void group_free(struct queue *queue, struct group *group)
{
    if (group->position != HEAP_NOWHERE)
        heap_remove(&queue->ready, group);
    text_map_remove(&queue->groups, group->id);
    free(group);
}

void group_append(struct message *message)
{
    struct group *group = message->group;
    assert(list_is_empty(&group->messages) ||
           message_at(group->messages.previous)->sequence < message->sequence);
    list_append(&group->messages, &message->link);
}

void group_remove(struct message *message)
{
    list_remove(&message->link);
    group_refresh(message->queue, message->group);
}

void group_refresh(struct queue *queue, struct group *group)
{
    if (group->is_taken)
        return;
    struct list_node *first = list_first(&group->messages);
    if (first == NULL) {
        group_free(queue, group);
        return;
    }
    const struct message *head = message_at(first);
    bool is_listed = group->position != HEAP_NOWHERE;
    if (head->phase != MESSAGE_VISIBLE) {
        if (is_listed)
            heap_remove(&queue->ready, group);
        return;
    }
    if (is_listed)
        heap_change(&queue->ready, group, head->turn);
    else
        heap_insert(&queue->ready, group, head->turn);
    queue_wake(queue);
}

// Receives the group's visible prefix, as far as the receive has room; what is due for the
// dead-letter queue is moved, and the walk goes on behind it (S-257).
static size_t group_drain(struct group *group, const struct receive *receive, int64_t visibility_ms,
                          uint64_t limit, size_t count_max, struct message **ret_taken)
{
    size_t count = 0;
    list_for_each (node, &group->messages) {
        struct message *message = message_at(node);
        if (count == count_max || message->phase != MESSAGE_VISIBLE || message->sequence > limit)
            break;
        if (redrive_moved(message))
            continue;
        message_receive(message, visibility_ms, receive->outside, receive->actor);
        ret_taken[count++] = message;
    }
    return count;
}

size_t groups_take(struct queue *queue, const struct receive *receive, int64_t visibility_ms,
                   size_t count_max, struct message *ret_taken[MESSAGES_MAX])
{
    // A message that is its own queue's dead letter comes back with a greater sequence: not for
    // this receive (S-193).
    uint64_t limit = queue->commons->sequence;
    struct list_node taken;
    struct group *group;
    size_t count = 0;
    list_init(&taken);
    while (count < count_max && (group = heap_least(&queue->ready, NULL)) != NULL) {
        heap_remove(&queue->ready, group);
        group->is_taken = true;
        list_append(&taken, &group->taken);
        count +=
            group_drain(group, receive, visibility_ms, limit, count_max - count, ret_taken + count);
    }
    for (size_t i = 0; i < count; i++)
        queue_place(ret_taken[i]);
    list_for_each (node, &taken) {
        group = list_entry(node, struct group, taken);
        list_remove(node);
        group->is_taken = false;
        group_refresh(queue, group);
    }
    return count;
}

// ---- deduplication windows ----

static struct window *window_at(struct list_node *link)
{
    return list_entry(link, struct window, link);
}

// The scope is the one that the queue was created with (S-223). A group id has at most 128 bytes,
// so one byte holds its length.
static struct text window_key(struct queue *queue, struct text group_id,
                              struct text deduplication_id)
{
    struct buffer *key = &queue->commons->scratch;
    if (!queue->windows_per_group)
        return deduplication_id;
    buffer_clear(key);
    buffer_append_byte(key, (char)(uint8_t)group_id.length);
    buffer_append(key, group_id);
    buffer_append(key, deduplication_id);
    return buffer_text(key);
}

static struct window *window_add(struct queue *queue, struct text key, int64_t until_ms,
                                 const uint8_t id[UUID_BYTES], uint64_t sequence)
{
    struct window *window = allocate(sizeof(*window) + key.length);
    memcpy(window->bytes, key.bytes, key.length);
    memcpy(window->id, id, UUID_BYTES);
    window->key = text_from(window->bytes, key.length);
    window->until_ms = until_ms;
    window->sequence = sequence;
    text_map_insert(&queue->windows, window->key, window);
    // Windows open in the order in which they end; only replay brings another order.
    struct list_node *place = &queue->windows_by_end;
    while (place->previous != &queue->windows_by_end &&
           window_at(place->previous)->until_ms > until_ms)
        place = place->previous;
    list_insert_before(place, &window->link);
    return window;
}

static void window_drop(struct queue *queue, struct window *window)
{
    text_map_remove(&queue->windows, window->key);
    list_remove(&window->link);
    free(window);
}

static void window_forget(struct queue *queue, struct window *window)
{
    struct journal *journal = queue->commons->journal;
    journal->delete_deduplication(journal, queue->number, window->key);
    window_drop(queue, window);
}

const struct window *window_find(struct queue *queue, struct text group_id,
                                 struct text deduplication_id)
{
    int64_t now_ms = commons_now_ms(queue->commons);
    struct list_node *first;
    while ((first = list_first(&queue->windows_by_end)) != NULL &&
           window_at(first)->until_ms <= now_ms)
        window_forget(queue, window_at(first));
    return text_map_find(&queue->windows, window_key(queue, group_id, deduplication_id));
}

void window_open(struct queue *queue, struct text group_id, struct text deduplication_id,
                 const struct message *message)
{
    struct journal *journal = queue->commons->journal;
    struct text key = window_key(queue, group_id, deduplication_id);
    struct window *window = window_add(queue, key, commons_now_ms(queue->commons) + WINDOW_MS,
                                       message->id, message->sequence);
    struct journal_deduplication row = {
        .queue = queue->number,
        .key = window->key,
        .until_ms = window->until_ms,
        .sequence = window->sequence,
    };
    memcpy(row.message_id, window->id, UUID_BYTES);
    journal->put_deduplication(journal, &row);
}

void window_replay(struct queue *queue, const struct journal_deduplication *row)
{
    window_add(queue, row->key, row->until_ms, row->message_id, row->sequence);
}

void windows_clear(struct queue *queue)
{
    list_for_each (node, &queue->windows_by_end) {
        window_forget(queue, window_at(node));
    }
}

void windows_deinit(struct queue *queue)
{
    list_for_each (node, &queue->windows_by_end) {
        window_drop(queue, window_at(node));
    }
}

// ---- the scope at creation ----

static const struct text scope_kind = TEXT("deduplication-scope");
static const struct text scope_per_group = TEXT("messageGroup");
static const struct text scope_per_queue = TEXT("queue");

static struct text scope_key(struct queue *queue)
{
    struct buffer *scratch = &queue->commons->scratch;
    buffer_clear(scratch);
    buffer_append_integer(scratch, (int64_t)queue->number);
    return buffer_text(scratch);
}

void windows_note_scope(struct queue *queue)
{
    struct journal *journal = queue->commons->journal;
    if (queue->windows_per_group == queue->settings.deduplication_per_group)
        windows_forget_scope(queue);
    else
        journal->put_record(journal, scope_kind, scope_key(queue),
                            queue->windows_per_group ? scope_per_group : scope_per_queue);
}

void windows_forget_scope(struct queue *queue)
{
    struct journal *journal = queue->commons->journal;
    if (queue->settings.fifo)
        journal->delete_record(journal, scope_kind, scope_key(queue));
}

bool windows_replay_scope(struct commons *commons, struct text kind, struct text key,
                          struct text bytes)
{
    int64_t number;
    if (!text_equal(kind, scope_kind))
        return false;
    struct queue *queue = NULL;
    if (text_to_integer(key, &number))
        queue = number_map_find(&commons->queues_by_number, (uint64_t)number);
    if (queue)
        queue->windows_per_group = text_equal(bytes, scope_per_group);
    return true;
}
