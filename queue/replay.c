// replay -- the index in memory, built again from the journal's rows.
//
// Rows come in no useful order, so messages are collected first and admitted to their queues in the
// order of their sequence: then every list is appended to and every heap insert is cheap. What
// ended while the process was down, delay or lease, is visible when it is admitted; what has yet to
// end keeps its instant.
#include "queue/replay.h"

#include "queue/group.h"
#include "queue/move.h"
#include "queue/queue.h"
#include "queue/redrive.h"
#include "queue/tag.h"

struct replay {
    struct journal_visitor visitor;
    struct commons *commons;
    void (*record)(void *context, struct text kind, struct text key, struct text bytes);
    void *context;
    struct message **messages; // owned
    size_t message_count;
    size_t message_capacity;
};

static struct replay *replay_of(struct journal_visitor *visitor)
{
    return list_entry(visitor, struct replay, visitor);
}

static struct queue *replay_queue_of(struct replay *replay, uint64_t number)
{
    struct queue *queue = number_map_find(&replay->commons->queues_by_number, number);
    if (queue == NULL)
        journal_fail_damaged(replay->commons->journal,
                             "it names queue %llu, which it does not hold",
                             (unsigned long long)number);
    return queue;
}

static void replay_queue(struct journal_visitor *visitor, const struct journal_queue *row)
{
    struct replay *replay = replay_of(visitor);
    if (queue_find(replay->commons, &row->key) != NULL)
        journal_fail_damaged(replay->commons->journal, "it holds two queues of one name");
    queue_new(replay->commons, row);
}

static void replay_message(struct journal_visitor *visitor, const struct journal_message *row,
                           const struct journal_state *state)
{
    struct replay *replay = replay_of(visitor);
    if (state->phase > MESSAGE_IN_FLIGHT)
        journal_fail_damaged(replay->commons->journal, "a message is in no phase of its life");
    if (replay->message_count == replay->message_capacity) {
        replay->message_capacity = replay->message_capacity * 2 + 64;
        replay->messages =
            reallocate(replay->messages, sizeof(struct message *) * replay->message_capacity);
    }
    replay->messages[replay->message_count++] =
        message_replay(replay_queue_of(replay, state->queue), row, state);
}

static void replay_deduplication(struct journal_visitor *visitor,
                                 const struct journal_deduplication *row)
{
    struct replay *replay = replay_of(visitor);
    struct queue *queue = replay_queue_of(replay, row->queue);
    if (text_map_find(&queue->windows, row->key) != NULL)
        journal_fail_damaged(replay->commons->journal, "it holds one deduplication id twice");
    window_replay(queue, row);
}

static void replay_record(struct journal_visitor *visitor, struct text kind, struct text key,
                          struct text bytes)
{
    struct replay *replay = replay_of(visitor);
    struct commons *commons = replay->commons;
    if (origin_replay_record(commons, kind, key, bytes) ||
        windows_replay_scope(commons, kind, key, bytes) ||
        move_replay_record(commons, kind, key, bytes) ||
        tags_replay_record(commons, kind, key, bytes))
        return;
    if (replay->record)
        replay->record(replay->context, kind, key, bytes);
}

static int compare_available(const void *left, const void *right)
{
    const struct message *a = *(struct message *const *)left;
    const struct message *b = *(struct message *const *)right;
    if (a->available_at_ms != b->available_at_ms)
        return a->available_at_ms < b->available_at_ms ? -1 : 1;
    return a->sequence < b->sequence ? -1 : a->sequence > b->sequence;
}

static int compare_sequence(const void *left, const void *right)
{
    const struct message *a = *(struct message *const *)left;
    const struct message *b = *(struct message *const *)right;
    return a->sequence < b->sequence ? -1 : a->sequence > b->sequence;
}

// Turns are not stored: messages that became available within one millisecond take theirs in the
// order of sending.
static void admit_all(struct replay *replay)
{
    struct commons *commons = replay->commons;
    struct message **messages = replay->messages;
    size_t count = replay->message_count;
    if (count == 0)
        return;
    qsort(messages, count, sizeof(struct message *), compare_available);
    for (size_t i = 0; i < count; i++)
        messages[i]->turn = ++commons->turn;
    qsort(messages, count, sizeof(struct message *), compare_sequence);
    for (size_t i = 0; i < count; i++)
        queue_admit(messages[i]->queue, messages[i]);
}

void replay(struct commons *commons,
            void (*record)(void *context, struct text kind, struct text key, struct text bytes),
            void *context, int64_t *ret_now_ms)
{
    struct replay state = {
        .visitor = {.queue = replay_queue,
                    .message = replay_message,
                    .deduplication = replay_deduplication,
                    .record = replay_record},
        .commons = commons,
        .record = record,
        .context = context,
    };
    commons->journal->replay(commons->journal, &state.visitor, ret_now_ms, &commons->queue_number,
                             &commons->row, &commons->sequence);
    origins_finish(commons);
    admit_all(&state);
    free(state.messages);
}
