// move -- a move task takes what is visible in a dead-letter queue, message by message, to one
// destination, or each to the queue that it came from (S-213).
//
//      start            nothing visible is left
//     ------> RUNNING --------------------------> COMPLETED
//                |  |   no destination, or none can be told
//         cancel |  '---------------------------> FAILED
//                v          the next step
//            CANCELLING ------------------------> CANCELLED
//
// A motive timer steps the task: at most ten times a second, each time with as many messages as its
// pace allows by then. What is in flight or delayed is left alone (S-218), as is what a message in
// flight blocks in a FIFO queue; and what came into the queue after the start is another task's: a
// poison message that comes back while the task runs must not keep it running for ever.
//
// The task is a record of the journal, written with every step in the same transaction as the
// messages that it moved, so that after a restart it goes on where it stood. Not taken: receiving
// and deleting through the public face, as AWS does; it would count receives and hold leases that
// nobody asked for.
#include "queue/move.h"

#include "queue/redrive.h"

#include <assert.h>

#define STEP_MS 100
#define PACE_DEFAULT 500 // messages per second, when none was given
#define KEPT_MAX 10      // tasks per source: no more can be listed (S-215)
#define FIELDS 9

static const struct text move_kind = TEXT("move-task");

struct move {
    struct list_node link; // in source->moves, newest first
    struct timer timer;
    struct queue *source;
    uint64_t serial; // among the moves of its source
    uint8_t id[UUID_BYTES];
    enum move_status status;
    enum move_failure failure;
    int64_t messages_per_second; // 0: not given
    int64_t started_at_ms;
    uint64_t sequence_max; // what has a greater one came later
    size_t moved;
    size_t to_move;
    // What the pace counts from: the start, or the restart of the process.
    int64_t paced_at_ms;
    size_t paced_moved;
    struct queue_key destination; // views into the ARN
    struct text destination_arn;  // empty: each message's own source
    char bytes[];                 // of destination_arn
};

static struct move *move_at(struct list_node *link)
{
    return list_entry(link, struct move, link);
}

static bool is_active(const struct move *move)
{
    return move->status == MOVE_RUNNING || move->status == MOVE_CANCELLING;
}

struct text move_status_text(enum move_status status)
{
    static const struct text names[] = {
        [MOVE_RUNNING] = TEXT("RUNNING"),     [MOVE_COMPLETED] = TEXT("COMPLETED"),
        [MOVE_FAILED] = TEXT("FAILED"),       [MOVE_CANCELLING] = TEXT("CANCELLING"),
        [MOVE_CANCELLED] = TEXT("CANCELLED"),
    };
    return names[status];
}

// ---- the record ----

// "<source's number>.<serial>", in the scratch buffer.
static struct text record_key(const struct move *move)
{
    struct buffer *scratch = &move->source->commons->scratch;
    buffer_clear(scratch);
    buffer_append_integer(scratch, (int64_t)move->source->number);
    buffer_append_byte(scratch, '.');
    buffer_append_integer(scratch, (int64_t)move->serial);
    return buffer_text(scratch);
}

static void write_record(const struct move *move)
{
    struct journal *journal = move->source->commons->journal;
    cleanup(buffer_deinit) struct buffer bytes = {0};
    char id[UUID_TEXT_BYTES];
    uuid_format(move->id, id);
    buffer_append_bytes(&bytes, id, sizeof(id));
    buffer_print(&bytes, " %d %d %lld %lld %llu %zu %zu ", (int)move->status, (int)move->failure,
                 (long long)move->messages_per_second, (long long)move->started_at_ms,
                 (unsigned long long)move->sequence_max, move->moved, move->to_move);
    buffer_append(&bytes, move->destination_arn);
    journal->put_record(journal, move_kind, record_key(move), buffer_text(&bytes));
}

static void delete_record(const struct move *move)
{
    struct journal *journal = move->source->commons->journal;
    journal->delete_record(journal, move_kind, record_key(move));
}

// ---- life ----

static struct move *move_new(struct queue *source, uint64_t serial, struct text destination_arn)
{
    struct move *move = allocate(sizeof(*move) + destination_arn.length);
    if (destination_arn.length > 0)
        memcpy(move->bytes, destination_arn.bytes, destination_arn.length);
    move->destination_arn = text_from(move->bytes, destination_arn.length);
    queue_key_from_arn(move->destination_arn, &move->destination);
    move->source = source;
    move->serial = serial;
    if (serial > source->move_serial)
        source->move_serial = serial;
    return move;
}

static void move_free(struct move *move)
{
    timeline_cancel(move->source->commons->timeline, &move->timer);
    list_remove(&move->link);
    free(move);
}

// Behind all that are newer.
static void move_list(struct move *move)
{
    struct list_node *place = move->source->moves.next;
    while (place != &move->source->moves && move_at(place)->serial > move->serial)
        place = place->next;
    list_insert_before(place, &move->link);
}

static int64_t pace_of(const struct move *move)
{
    return move->messages_per_second > 0 ? move->messages_per_second : PACE_DEFAULT;
}

static void schedule(struct move *move)
{
    int64_t now_ms = commons_now_ms(move->source->commons);
    int64_t pace = pace_of(move);
    int64_t next = (int64_t)move->paced_moved + 1;
    int64_t due_ms = move->paced_at_ms + (next * 1000 + pace - 1) / pace;
    if (due_ms < now_ms + STEP_MS)
        due_ms = now_ms + STEP_MS;
    timeline_schedule(move->source->commons->timeline, &move->timer, due_ms);
}

// ---- steps ----

// Where this message goes; NULL with the reason.
static struct queue *destination_of(const struct move *move, const struct message *message,
                                    enum move_failure *ret_failure)
{
    struct commons *commons = move->source->commons;
    struct queue_key key = move->destination;
    bool is_known = move->destination_arn.length > 0 ||
                    (message->origin && queue_key_from_arn(message->origin->arn, &key));
    struct queue *destination = is_known ? queue_find(commons, &key) : NULL;
    if (destination && destination->settings.fifo == move->source->settings.fifo)
        return destination;
    *ret_failure = is_known ? MOVE_NO_QUEUE : MOVE_NO_SOURCE;
    return NULL;
}

// As many messages as the pace allows by now; says what the task is afterwards.
static enum move_status step(struct move *move)
{
    struct commons *commons = move->source->commons;
    int64_t passed_ms = commons_now_ms(commons) - move->paced_at_ms;
    int64_t allowed = passed_ms * pace_of(move) / 1000;
    struct message *message;
    queue_expire(move->source);
    while ((message = queue_first_visible(move->source, move->sequence_max)) != NULL) {
        if ((int64_t)move->paced_moved >= allowed)
            return MOVE_RUNNING;
        struct queue *destination = destination_of(move, message, &move->failure);
        if (destination == NULL)
            return MOVE_FAILED;
        message_move(message, destination);
        move->moved++;
        move->paced_moved++;
    }
    return MOVE_COMPLETED;
}

static bool is_over_age(const struct move *move)
{
    return commons_now_ms(move->source->commons) - move->started_at_ms >= MOVE_LASTS_MS_MAX;
}

static void timer_fire(struct timer *timer)
{
    struct move *move = list_entry(timer, struct move, timer);
    if (is_over_age(move))
        move->status = MOVE_CANCELLING;
    move->status = move->status == MOVE_CANCELLING ? MOVE_CANCELLED : step(move);
    write_record(move);
    if (is_active(move))
        schedule(move);
}

static void resume(struct move *move)
{
    move->timer = (struct timer){.fire = timer_fire, .motive = true};
    move->paced_at_ms = commons_now_ms(move->source->commons);
    move->paced_moved = 0;
    schedule(move);
}

// ---- the public face ----

// Of every queue in the account and region of this one.
static size_t count_active(const struct queue *queue)
{
    const struct commons *commons = queue->commons;
    struct queue *other;
    size_t count = 0;
    size_t at = 0;
    while ((other = text_map_next(&commons->queues, &at)) != NULL) {
        struct list_node *newest = list_first(&other->moves);
        if (newest != NULL && is_active(move_at(newest)) &&
            text_equal(other->key.account, queue->key.account) &&
            text_equal(other->key.region, queue->key.region))
            count++;
    }
    return count;
}

enum move_error move_start(struct queue *source, const struct queue *destination,
                           int64_t messages_per_second, uint8_t ret_id[UUID_BYTES])
{
    struct commons *commons = source->commons;
    struct list_node *newest = list_first(&source->moves);
    assert(destination != source && messages_per_second >= 0);
    if (newest && is_active(move_at(newest)))
        return MOVE_ACTIVE;
    if (count_active(source) >= MOVES_ACTIVE_MAX)
        return MOVE_TOO_MANY;
    struct move *move =
        move_new(source, source->move_serial + 1, destination ? destination->arn : TEXT(""));
    random_uuid(commons->random, move->id);
    move->status = MOVE_RUNNING;
    move->messages_per_second = messages_per_second;
    move->started_at_ms = commons_now_ms(commons);
    move->sequence_max = commons->sequence;
    move->to_move = source->phase_counts[MESSAGE_VISIBLE];
    move_list(move);
    write_record(move);
    resume(move);
    size_t kept = 0;
    list_for_each (node, &source->moves) {
        if (++kept <= KEPT_MAX)
            continue;
        delete_record(move_at(node));
        move_free(move_at(node));
    }
    memcpy(ret_id, move->id, UUID_BYTES);
    return MOVE_OK;
}

size_t moves_list(const struct queue *source, size_t results_max, struct move_task *ret_tasks)
{
    size_t count = 0;
    list_for_each (node, &source->moves) {
        const struct move *move = move_at(node);
        if (count == results_max)
            break;
        ret_tasks[count] = (struct move_task){
            .status = move->status,
            .failure = move->failure,
            .messages_per_second = move->messages_per_second,
            .destination_arn = move->destination_arn,
            .started_at_ms = move->started_at_ms,
            .moved = move->moved,
            .to_move = move->to_move,
        };
        memcpy(ret_tasks[count++].id, move->id, UUID_BYTES);
    }
    return count;
}

enum move_error move_cancel(struct queue *source, const uint8_t id[UUID_BYTES], size_t *ret_moved)
{
    list_for_each (node, &source->moves) {
        struct move *move = move_at(node);
        if (memcmp(move->id, id, UUID_BYTES) != 0)
            continue;
        if (move->status != MOVE_RUNNING)
            return MOVE_ENDED;
        move->status = MOVE_CANCELLING;
        write_record(move);
        *ret_moved = move->moved;
        return MOVE_OK;
    }
    return MOVE_UNKNOWN;
}

void moves_forget(struct queue *source)
{
    list_for_each (node, &source->moves) {
        delete_record(move_at(node));
    }
}

void moves_deinit(struct queue *source)
{
    list_for_each (node, &source->moves) {
        move_free(move_at(node));
    }
}

// ---- replay ----

// The fields before the destination: an id, then numbers. False if it is not such a record.
static bool read_fields(struct text bytes, uint8_t id[UUID_BYTES], int64_t numbers[FIELDS - 2],
                        struct text *ret_destination_arn)
{
    struct text field;
    struct text rest = bytes;
    if (!text_cut(rest, ' ', &field, &rest) || !uuid_from_text(field, id))
        return false;
    for (size_t i = 0; i < FIELDS - 2; i++) {
        if (!text_cut(rest, ' ', &field, &rest) || !text_to_integer(field, &numbers[i]))
            return false;
    }
    *ret_destination_arn = rest;
    return numbers[0] >= 0 && numbers[0] <= MOVE_CANCELLED && numbers[1] >= 0 &&
           numbers[1] <= MOVE_NO_SOURCE;
}

bool move_replay_record(struct commons *commons, struct text kind, struct text key,
                        struct text bytes)
{
    int64_t number;
    int64_t serial;
    int64_t numbers[FIELDS - 2];
    uint8_t id[UUID_BYTES];
    struct text left;
    struct text right;
    struct text destination_arn;
    if (!text_equal(kind, move_kind))
        return false;
    if (!text_cut(key, '.', &left, &right) || !text_to_integer(left, &number) ||
        !text_to_integer(right, &serial) || !read_fields(bytes, id, numbers, &destination_arn))
        return true;
    struct queue *source = number_map_find(&commons->queues_by_number, (uint64_t)number);
    if (source == NULL)
        return true;
    struct move *move = move_new(source, (uint64_t)serial, destination_arn);
    memcpy(move->id, id, UUID_BYTES);
    move->status = (enum move_status)numbers[0];
    move->failure = (enum move_failure)numbers[1];
    move->messages_per_second = numbers[2];
    move->started_at_ms = numbers[3];
    move->sequence_max = (uint64_t)numbers[4];
    move->moved = (size_t)numbers[5];
    move->to_move = (size_t)numbers[6];
    move_list(move);
    if (is_active(move))
        resume(move);
    return true;
}
