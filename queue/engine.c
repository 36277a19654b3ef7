// engine -- the public face: the map of queues, the line, the turn.
//
//     engine_receive --> arrivals --settle--> done, or the queue's line --settle, when the queue is
//     dirty--> done
//
// engine_settle() serves in three passes: receives whose queue was deleted, then the lines of
// queues in which something became servable ("dirty"), then what arrived since the last settle. A
// receive that joins inside a done() is an arrival of the next settle, so one settle ends however
// eagerly callers come back. A settle costs only what moved: parked receives of quiet queues are
// not looked at.
//
// Not taken: letting engine_receive() answer at once when there are messages. It saves one list,
// and costs the rule that done() never comes from inside the call that started the operation, on
// which every caller relies.
#include "queue/engine.h"

#include "queue/attempt.h"
#include "queue/group.h"
#include "queue/move.h"
#include "queue/queue.h"
#include "queue/receipt.h"
#include "queue/redrive.h"
#include "queue/replay.h"
#include "queue/tag.h"
#include "queue/witness.h"

#include <assert.h>

// How many deleted queues are remembered, for the rule of 60 seconds (S-116).
#define DELETIONS_MAX 10000

// What receive->outcome says while the receive is in a list.
enum receive_kind {
    RECEIVE_SHORT,
    RECEIVE_LONG
};

struct deletion {
    struct list_node link; // by instant
    int64_t at_ms;
    struct text packed_key;
    char bytes[]; // of packed_key
};

struct engine {
    struct commons *commons;
    struct queue **sorted; // by account, region, name
    size_t queue_count;
    size_t queue_capacity;
    struct list_node arrivals;
    struct list_node arriving; // the arrivals that the present settle goes through
    struct list_node orphans;  // receives whose queue was deleted
    struct list_node ending;   // the orphans that the present settle goes through
    struct queue *serving;     // whose line is being served, NULL if it was deleted meanwhile
    struct arena *arena;       // of the deliveries of one done()
    struct text_map deletions;
    struct list_node deletions_by_instant;
    bool closing;
};

struct engine *engine_new(const struct engine_options *options)
{
    assert(options->in_flight_max >= 1 && options->in_flight_max <= IN_FLIGHT_MAX);
    struct engine *engine = allocate(sizeof(*engine));
    struct commons *commons = allocate(sizeof(*commons));
    engine->commons = commons;
    commons->timeline = options->timeline;
    commons->random = options->random;
    commons->journal = options->journal;
    commons->tracer = options->tracer;
    commons->in_flight_max = (size_t)options->in_flight_max;
    commons->noisy_in_flight_min = NOISY_IN_FLIGHT_MIN;
    commons->noisy_spent_min_ms = NOISY_SPENT_MIN_MS;
    if (options->noisy_in_flight_min > 0)
        commons->noisy_in_flight_min = (size_t)options->noisy_in_flight_min;
    if (options->noisy_spent_min_ms > 0)
        commons->noisy_spent_min_ms = options->noisy_spent_min_ms;
    commons->duplicate_share = options->duplicate_share;
    pool_init(&commons->messages, sizeof(struct message));
    list_init(&commons->dirty);
    list_init(&commons->overtakings);
    list_init(&engine->arrivals);
    list_init(&engine->arriving);
    list_init(&engine->orphans);
    list_init(&engine->ending);
    list_init(&engine->deletions_by_instant);
    engine->arena = arena_new();
    return engine;
}

// ---- queues ----

static int compare_keys(const struct queue_key *left, const struct queue_key *right)
{
    int order = text_compare(left->account, right->account);
    if (order == 0)
        order = text_compare(left->region, right->region);
    if (order == 0)
        order = text_compare(left->name, right->name);
    return order;
}

// Where the key stands, or would stand, in the sorted array.
static size_t sorted_place(const struct engine *engine, const struct queue_key *key)
{
    size_t low = 0;
    size_t high = engine->queue_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare_keys(&engine->sorted[middle]->key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void sorted_insert(struct engine *engine, struct queue *queue)
{
    size_t place = sorted_place(engine, &queue->key);
    if (engine->queue_count == engine->queue_capacity) {
        engine->queue_capacity = engine->queue_capacity * 2 + 8;
        engine->sorted =
            reallocate(engine->sorted, sizeof(struct queue *) * engine->queue_capacity);
    }
    memmove(engine->sorted + place + 1, engine->sorted + place,
            sizeof(struct queue *) * (engine->queue_count - place));
    engine->sorted[place] = queue;
    engine->queue_count++;
}

static void sorted_remove(struct engine *engine, const struct queue *queue)
{
    size_t place = sorted_place(engine, &queue->key);
    assert(place < engine->queue_count && engine->sorted[place] == queue);
    engine->queue_count--;
    memmove(engine->sorted + place, engine->sorted + place + 1,
            sizeof(struct queue *) * (engine->queue_count - place));
}

struct queue *engine_find_queue(const struct engine *engine, const struct queue_key *key)
{
    return queue_find(engine->commons, key);
}

static void put_queue(const struct queue *queue)
{
    struct journal *journal = queue->commons->journal;
    struct journal_queue row = {
        .number = queue->number,
        .key = queue->key,
        .created_at_ms = queue->created_at_ms,
        .modified_at_ms = queue->modified_at_ms,
        .settings = queue->settings,
    };
    journal->put_queue(journal, &row);
}

struct queue *engine_create_queue(struct engine *engine, const struct queue_key *key,
                                  const struct queue_settings *settings)
{
    struct commons *commons = engine->commons;
    int64_t now_ms = commons_now_ms(commons);
    assert(queue_find(commons, key) == NULL);
    struct journal_queue row = {
        .number = ++commons->queue_number,
        .key = *key,
        .created_at_ms = now_ms,
        .modified_at_ms = now_ms,
        .settings = *settings,
    };
    struct queue *queue = queue_new(commons, &row);
    sorted_insert(engine, queue);
    put_queue(queue);
    return queue;
}

// What is visible and stays so keeps its turn; what is delayed no longer becomes available now.
static void change_delay(void *context, struct message *message)
{
    (void)context;
    int64_t now_ms = commons_now_ms(message->queue->commons);
    int64_t delay_ms = message->queue->settings.delay_seconds * 1000;
    int64_t available_at_ms = message->enqueued_at_ms + delay_ms;
    bool was_received = message->receive_count > 0 || message->origin != NULL;
    bool is_visible = message->phase == MESSAGE_VISIBLE;
    if (was_received || (is_visible && available_at_ms <= now_ms))
        return;
    message_change_delay(message, available_at_ms > now_ms ? available_at_ms : now_ms);
}

void engine_change_settings(struct engine *engine, struct queue *queue,
                            const struct queue_settings *settings)
{
    int64_t delay_seconds = queue->settings.delay_seconds;
    assert(settings->fifo == queue->settings.fifo);
    queue_set_settings(queue, settings);
    queue->modified_at_ms = commons_now_ms(engine->commons);
    put_queue(queue);
    windows_note_scope(queue);
    queue_expire(queue);
    queue_watch_expiry(queue);
    if (queue->settings.fifo && queue->settings.delay_seconds != delay_seconds)
        queue_for_each(queue, change_delay, NULL);
}

static void forget_deletion(struct engine *engine, struct deletion *deletion)
{
    text_map_remove(&engine->deletions, deletion->packed_key);
    list_remove(&deletion->link);
    free(deletion);
}

static void remember_deletion(struct engine *engine, const struct queue *queue)
{
    struct text key = queue->packed_key;
    struct deletion *deletion = text_map_find(&engine->deletions, key);
    if (deletion)
        forget_deletion(engine, deletion);
    struct list_node *oldest = list_first(&engine->deletions_by_instant);
    if (oldest && engine->deletions.count == DELETIONS_MAX)
        forget_deletion(engine, list_entry(oldest, struct deletion, link));
    deletion = allocate(sizeof(*deletion) + key.length);
    memcpy(deletion->bytes, key.bytes, key.length);
    deletion->packed_key = text_from(deletion->bytes, key.length);
    deletion->at_ms = commons_now_ms(engine->commons);
    text_map_insert(&engine->deletions, deletion->packed_key, deletion);
    list_append(&engine->deletions_by_instant, &deletion->link);
}

static struct receive *receive_at(struct list_node *link)
{
    return list_entry(link, struct receive, link);
}

static void orphan(struct engine *engine, struct receive *receive)
{
    timeline_cancel(engine->commons->timeline, &receive->timer);
    list_remove(&receive->link);
    receive->queue = NULL;
    list_append(&engine->orphans, &receive->link);
}

static void orphan_list(struct engine *engine, struct list_node *list, const struct queue *queue)
{
    list_for_each (node, list) {
        if (receive_at(node)->queue == queue)
            orphan(engine, receive_at(node));
    }
}

static void drop_message(void *context, struct message *message)
{
    (void)context;
    message_drop(message);
}

void engine_delete_queue(struct engine *engine, struct queue *queue)
{
    struct commons *commons = engine->commons;
    orphan_list(engine, &queue->line, queue);
    orphan_list(engine, &engine->arriving, queue);
    orphan_list(engine, &engine->arrivals, queue);
    if (engine->serving == queue)
        engine->serving = NULL;
    remember_deletion(engine, queue);
    origin_retire(queue);
    windows_forget_scope(queue);
    moves_forget(queue);
    if (queue->tag_count > 0)
        tags_forget(queue);
    commons->journal->delete_queue(commons->journal, queue->number);
    queue_for_each(queue, drop_message, NULL);
    sorted_remove(engine, queue);
    queue_free(queue);
}

static void purge_message(void *context, struct message *message)
{
    (void)context;
    message_purge(message);
}

void engine_purge_queue(struct engine *engine, struct queue *queue)
{
    queue->purged_at_ms = commons_now_ms(engine->commons);
    queue_for_each(queue, purge_message, NULL);
    windows_clear(queue);
    attempts_clear(queue);
}

struct queue *engine_next_queue(const struct engine *engine, const struct queue *after)
{
    size_t place = after ? sorted_place(engine, &after->key) + 1 : 0;
    return place < engine->queue_count ? engine->sorted[place] : NULL;
}

int64_t engine_deleted_at_ms(const struct engine *engine, const struct queue_key *key)
{
    const struct text packed = queue_key_pack(&engine->commons->scratch, key);
    const struct deletion *deletion = text_map_find(&engine->deletions, packed);
    return deletion ? deletion->at_ms : 0;
}

void engine_open(struct engine *engine,
                 void (*record)(void *context, struct text kind, struct text key,
                                struct text bytes),
                 void *context, int64_t *ret_now_ms)
{
    struct commons *commons = engine->commons;
    struct queue *queue;
    size_t at = 0;
    assert(engine->queue_count == 0 && commons->row == 0);
    replay(commons, record, context, ret_now_ms);
    while ((queue = number_map_next(&commons->queues_by_number, &at)) != NULL)
        sorted_insert(engine, queue);
    for (size_t i = 0; i < engine->queue_count; i++)
        queue_expire(engine->sorted[i]);
}

// ---- send ----

static void count_sent(struct queue *queue, const struct send *send)
{
    queue->traffic.sent++;
    queue->traffic.sent_bytes += send->body.length + send->attributes.length;
}

void engine_send(struct engine *engine, struct queue *queue, const struct send *send,
                 struct sent *ret_sent)
{
    (void)engine;
    char computed[SHA256_HEX_BYTES];
    struct text deduplication_id = send->deduplication_id;
    assert(send->body.length > 0 && send->delay_ms >= -1);
    if (!queue->settings.fifo) {
        assert(deduplication_id.length == 0);
        message_send(queue, send, deduplication_id, ret_sent);
        count_sent(queue, send);
        return;
    }
    assert(send->group_id.length > 0 && send->delay_ms <= 0);
    if (deduplication_id.length == 0) {
        assert(queue->settings.content_based_deduplication);
        digest_sha256_hex(send->body, computed);
        deduplication_id = text_from(computed, sizeof(computed));
    }
    const struct window *window = window_find(queue, send->group_id, deduplication_id);
    if (window == NULL) {
        const struct message *message = message_send(queue, send, deduplication_id, ret_sent);
        window_open(queue, send->group_id, deduplication_id, message);
        count_sent(queue, send);
        return;
    }
    queue->traffic.deduplicated++;
    message_duplicate(queue, window->id, send->group_id);
    uuid_format(window->id, ret_sent->message_id);
    digest_md5_hex(send->body, ret_sent->body_md5);
    ret_sent->sequence = window->sequence;
    ret_sent->duplicate = true;
}

// ---- receive ----

void engine_receive(struct engine *engine, struct queue *queue, struct receive *receive)
{
    int64_t wait_ms = receive->wait_ms;
    assert(!receive_is_waiting(receive) && !engine->closing);
    assert(receive->messages_max >= 1 && receive->messages_max <= MESSAGES_MAX);
    assert(receive->visibility_ms >= -1 && receive->visibility_ms <= VISIBILITY_TOTAL_MS);
    if (wait_ms < 0)
        wait_ms = queue->settings.receive_wait_seconds * 1000;
    receive->queue = queue;
    receive->outcome = wait_ms == 0 ? RECEIVE_SHORT : RECEIVE_LONG;
    receive->timer = (struct timer){.due_ms = commons_now_ms(engine->commons) + wait_ms};
    list_append(&engine->arrivals, &receive->link);
}

// Out of whatever list it is in; idle afterwards.
static void receive_leave(struct receive *receive)
{
    struct queue *queue = receive->queue;
    list_remove(&receive->link);
    receive->queue = NULL;
    if (queue == NULL)
        return;
    timeline_cancel(queue->commons->timeline, &receive->timer);
    queue_line_changed(queue);
}

static void receive_end(struct receive *receive, enum engine_error error)
{
    receive_leave(receive);
    receive->done(receive, error, NULL, 0);
}

static void receive_timer_fire(struct timer *timer)
{
    struct receive *receive = list_entry(timer, struct receive, timer);
    receive->queue->traffic.empty_receives++;
    receive_end(receive, ENGINE_OK);
}

void engine_cancel_receive(struct engine *engine, struct receive *receive)
{
    (void)engine;
    if (receive_is_waiting(receive))
        receive_leave(receive);
}

bool receive_is_waiting(const struct receive *receive)
{
    return list_is_linked(&receive->link);
}

static void write_receipt(struct arena *arena, const struct message *message,
                          struct delivery *delivery)
{
    char *handle = arena_allocate(arena, RECEIPT_TEXT_BYTES);
    receipt_write(
        &(struct receipt){
            .queue = message->queue->number,
            .row = message->row,
            .receive = message->receive_count,
        },
        handle);
    delivery->receipt = text_from(handle, RECEIPT_TEXT_BYTES);
}

// Hands out what the queue has for this receive; false if that is nothing.
static bool serve(struct engine *engine, struct queue *queue, struct receive *receive)
{
    struct message *taken[MESSAGES_MAX];
    struct delivery deliveries[MESSAGES_MAX];
    size_t count = queue_take(queue, receive, taken);
    if (count == 0)
        return false;
    for (size_t i = 0; i < count; i++) {
        message_describe(taken[i], engine->arena, &deliveries[i]);
        write_receipt(engine->arena, taken[i], &deliveries[i]);
    }
    queue->traffic.received += count;
    receive_leave(receive);
    receive->done(receive, ENGINE_OK, deliveries, count);
    arena_reset(engine->arena);
    return true;
}

// First come, first served (S-186), until the queue has nothing more. done() may delete the queue.
static bool serve_line(struct engine *engine, struct queue *queue)
{
    bool moved = false;
    struct list_node *first;
    list_remove(&queue->dirty);
    engine->serving = queue;
    while (engine->serving && (first = list_first(&queue->line)) != NULL &&
           serve(engine, queue, receive_at(first)))
        moved = true;
    engine->serving = NULL;
    return moved;
}

static bool serve_arrival(struct engine *engine, struct receive *receive)
{
    struct queue *queue = receive->queue;
    // Who waits already goes first; inside done() something may have become visible again.
    if (list_is_linked(&queue->dirty)) {
        list_prepend(&engine->arriving, &receive->link);
        return serve_line(engine, queue);
    }
    if (serve(engine, queue, receive))
        return true;
    if (receive->outcome == RECEIVE_SHORT) {
        bool over_limit = !queue->settings.fifo && queue_is_full(queue);
        queue->traffic.empty_receives += over_limit ? 0 : 1;
        receive_end(receive, over_limit ? ENGINE_OVER_LIMIT : ENGINE_OK);
        return true;
    }
    list_append(&queue->line, &receive->link);
    receive->timer.fire = receive_timer_fire;
    timeline_schedule(engine->commons->timeline, &receive->timer, receive->timer.due_ms);
    queue_line_changed(queue);
    // A message that is its own queue's dead letter was not for this attempt, but it is for the next (S-200).
    if (queue_is_servable(queue))
        queue_wake(queue);
    return false;
}

// Gives the nodes of one list to another, which is empty.
static void list_give(struct list_node *from, struct list_node *to)
{
    assert(list_is_empty(to));
    list_for_each (node, from) {
        list_remove(node);
        list_append(to, node);
    }
}

static bool end_orphans(struct engine *engine)
{
    bool moved = false;
    struct list_node *first;
    list_give(&engine->orphans, &engine->ending);
    while ((first = list_first(&engine->ending)) != NULL) {
        receive_end(receive_at(first), ENGINE_QUEUE_DELETED);
        moved = true;
    }
    return moved;
}

bool engine_settle(struct engine *engine)
{
    struct commons *commons = engine->commons;
    struct list_node *first;
    struct list_node dirty;
    bool moved = end_orphans(engine);
    list_init(&dirty);
    list_give(&commons->dirty, &dirty);
    list_give(&engine->arrivals, &engine->arriving);
    while ((first = list_first(&dirty)) != NULL)
        moved |= serve_line(engine, list_entry(first, struct queue, dirty));
    while ((first = list_first(&engine->arriving)) != NULL) {
        list_remove(first);
        moved |= serve_arrival(engine, receive_at(first));
    }
    return moved || !list_is_empty(&commons->dirty) || !list_is_empty(&engine->arrivals) ||
           !list_is_empty(&engine->orphans);
}

// ---- delete, change visibility ----

// The message of a handle. ENGINE_OK and NULL: it is gone, or it has moved on to another queue.
static enum engine_error find_message(const struct queue *queue, struct text handle,
                                      struct message **ret_message)
{
    struct receipt receipt;
    if (!receipt_read(handle, &receipt))
        return ENGINE_RECEIPT_INVALID;
    if (receipt.queue != queue->number)
        return ENGINE_RECEIPT_OF_OTHER_QUEUE;
    struct message *message = number_map_find(&queue->commons->messages_by_row, receipt.row);
    if (message == NULL || message->queue != queue) {
        *ret_message = NULL;
        return ENGINE_OK;
    }
    // FIFO: only the handle of the last receive counts, and only while its lease lasts (S-172);
    // with visibility timeout 0 that is the millisecond of the receive (S-175).
    bool is_leased =
        message->phase == MESSAGE_IN_FLIGHT ||
        (message->received_at_ms == commons_now_ms(queue->commons) && !message->released);
    if (queue->settings.fifo && (receipt.receive != message->receive_count || !is_leased))
        return ENGINE_RECEIPT_EXPIRED;
    *ret_message = message;
    return ENGINE_OK;
}

// end: message_delete or message_discard.
static enum engine_error delete_by(struct queue *queue, struct text receipt, struct text actor,
                                   void (*end)(struct message *message, struct text actor))
{
    struct message *message;
    enum engine_error error = find_message(queue, receipt, &message);
    if (error == ENGINE_OK && message != NULL)
        end(message, actor);
    queue->traffic.deleted += error == ENGINE_OK ? 1 : 0;
    return error;
}

enum engine_error engine_delete(struct engine *engine, struct queue *queue, struct text receipt,
                                struct text actor)
{
    (void)engine;
    return delete_by(queue, receipt, actor, message_delete);
}

enum engine_error engine_discard(struct engine *engine, struct queue *queue, struct text receipt,
                                 struct text actor)
{
    (void)engine;
    return delete_by(queue, receipt, actor, message_discard);
}

void engine_fail(struct queue *queue, struct text receipt)
{
    struct message *message;
    if (find_message(queue, receipt, &message) == ENGINE_OK && message != NULL)
        message_fail(message);
}

enum engine_error engine_change_visibility(struct engine *engine, struct queue *queue,
                                           struct text receipt, int64_t visibility_ms,
                                           struct text actor)
{
    struct message *message;
    assert(visibility_ms >= 0 && visibility_ms <= VISIBILITY_TOTAL_MS);
    enum engine_error error = find_message(queue, receipt, &message);
    if (error != ENGINE_OK)
        return error;
    if (message == NULL)
        return ENGINE_MESSAGE_GONE;
    int64_t until_ms = commons_now_ms(engine->commons) + visibility_ms;
    if (until_ms > message->received_at_ms + VISIBILITY_TOTAL_MS)
        return ENGINE_VISIBILITY_TOO_LONG;
    message_change_visibility(message, visibility_ms, actor);
    return ENGINE_OK;
}

// ---- looking without receiving ----

// The first messages in the order of sending: twice as many as asked for are kept, and cut to the
// lesser half when full.
struct selection {
    struct message **messages; // owned
    size_t count;
    size_t wanted;
    uint64_t sequence_max; // what comes later than this is not among the first
};

static int compare_sequence(const void *left, const void *right)
{
    const struct message *a = *(struct message *const *)left;
    const struct message *b = *(struct message *const *)right;
    return a->sequence < b->sequence ? -1 : a->sequence > b->sequence;
}

static void selection_cut(struct selection *selection)
{
    qsort(selection->messages, selection->count, sizeof(struct message *), compare_sequence);
    if (selection->count < selection->wanted)
        return;
    selection->count = selection->wanted;
    selection->sequence_max = selection->messages[selection->wanted - 1]->sequence;
}

static void select_message(void *context, struct message *message)
{
    struct selection *selection = context;
    if (message->sequence > selection->sequence_max)
        return;
    selection->messages[selection->count++] = message;
    if (selection->count == 2 * selection->wanted)
        selection_cut(selection);
}

void engine_peek(struct engine *engine, struct queue *queue, size_t messages_max,
                 void (*look)(void *context, const struct peeked *peeked), void *context)
{
    (void)engine;
    size_t present = queue_message_count(queue);
    struct selection selection = {
        .wanted = messages_max < present ? messages_max : present,
        .sequence_max = UINT64_MAX,
    };
    if (selection.wanted == 0)
        return;
    cleanup(arena_free) struct arena *arena = arena_new();
    cleanup_free struct message **messages =
        allocate(sizeof(struct message *) * 2 * selection.wanted);
    selection.messages = messages;
    queue_for_each(queue, select_message, &selection);
    selection_cut(&selection);
    for (size_t i = 0; i < selection.count; i++) {
        struct peeked peeked = {
            .phase = messages[i]->phase,
            .available_at_ms = messages[i]->available_at_ms,
        };
        message_describe(messages[i], arena, &peeked.delivery);
        look(context, &peeked);
        arena_reset(arena);
    }
}

// ---- move tasks, tags ----

enum move_error engine_start_move(struct engine *engine, struct queue *source,
                                  const struct queue *destination, int64_t messages_per_second,
                                  uint8_t ret_id[UUID_BYTES])
{
    (void)engine;
    return move_start(source, destination, messages_per_second, ret_id);
}

size_t engine_list_moves(const struct engine *engine, const struct queue *source,
                         size_t results_max, struct move_task *ret_tasks)
{
    (void)engine;
    return moves_list(source, results_max, ret_tasks);
}

enum move_error engine_cancel_move(struct engine *engine, struct queue *source,
                                   const uint8_t id[UUID_BYTES], size_t *ret_moved)
{
    (void)engine;
    return move_cancel(source, id, ret_moved);
}

void engine_set_tags(struct engine *engine, struct queue *queue, const struct queue_tag *tags,
                     size_t count)
{
    (void)engine;
    tags_set(queue, tags, count);
}

// ---- the turn ----

void engine_commit(struct engine *engine)
{
    struct commons *commons = engine->commons;
    commons->journal->commit(commons->journal, commons_now_ms(commons));
}

void engine_keep_now(struct engine *engine)
{
    struct journal *journal = engine->commons->journal;
    journal->keep_now(journal);
}

bool engine_outside_lease(const struct engine *engine, struct text *ret_queue_name,
                          int64_t *ret_until_ms, size_t *ret_count)
{
    bool found = false;
    for (size_t i = 0; i < engine->queue_count; i++) {
        const struct queue *queue = engine->sorted[i];
        if (queue->outside_lease_count == 0)
            continue;
        int64_t until_ms = queue_outside_until_ms(queue);
        if (found && until_ms <= *ret_until_ms)
            continue;
        found = true;
        *ret_until_ms = until_ms;
        *ret_queue_name = queue->key.name;
        *ret_count = queue->outside_lease_count;
    }
    return found;
}

size_t engine_message_count(const struct engine *engine)
{
    return engine->commons->messages_by_row.count;
}

// ---- end ----

// The journal's rows stay, so nothing is told and nothing is written.
static void forget_message(void *context, struct message *message)
{
    struct commons *commons = context;
    queue_dismiss(message);
    number_map_remove(&commons->messages_by_row, message->row);
    pool_give(&commons->messages, message);
}

static void commons_free(struct commons *commons)
{
    pool_deinit(&commons->messages);
    number_map_deinit(&commons->messages_by_row);
    text_map_deinit(&commons->queues);
    number_map_deinit(&commons->queues_by_number);
    origins_deinit(commons);
    witness_deinit(commons);
    buffer_deinit(&commons->scratch);
    free(commons);
}

struct engine *engine_free(struct engine *engine)
{
    if (engine == NULL)
        return NULL;
    list_for_each (node, &engine->arrivals) {
        orphan(engine, receive_at(node));
    }
    for (size_t i = 0; i < engine->queue_count; i++)
        orphan_list(engine, &engine->sorted[i]->line, engine->sorted[i]);
    engine->closing = true;
    end_orphans(engine);
    for (size_t i = 0; i < engine->queue_count; i++) {
        queue_for_each(engine->sorted[i], forget_message, engine->commons);
        queue_free(engine->sorted[i]);
    }
    list_for_each (node, &engine->deletions_by_instant) {
        forget_deletion(engine, list_entry(node, struct deletion, link));
    }
    text_map_deinit(&engine->deletions);
    commons_free(engine->commons);
    arena_free(engine->arena);
    free(engine->sorted);
    free(engine);
    return NULL;
}
