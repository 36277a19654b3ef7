// message -- the arrows of the life cycle that message.h draws, one function each.
//
// Every function follows one order: take the message out of its place, change it, put it where it
// belongs now, write the row, tell the tracer. Whoever wants to know when a message changes state
// reads this file and no other.
//
// Not taken: a `phase` that is derived from the clock whenever somebody asks. It saves the timers,
// but then nothing happens AT the instant a lease ends: no line is woken, nothing is told, and
// counters must be recomputed by walking.
#include "queue/message.h"

#include "queue/attribute.h"
#include "queue/group.h"
#include "queue/queue.h"
#include "queue/redrive.h"
#include "queue/witness.h"

#include <assert.h>
#include <stdio.h>

#define GROUP_ID_BYTES_MAX 128 // S-56
#define SHARE_STEPS 1000000

static struct text group_id_of(const struct message *message)
{
    if (message->queue->settings.fifo)
        return message->group != NULL ? message->group->id : (struct text){0};
    return message->tenant != NULL ? message->tenant->id : (struct text){0};
}

static void tell(const struct message *message, struct trace_point point)
{
    struct commons *commons = message->queue->commons;
    if (commons->tracer == NULL)
        return;
    point.at_ms = commons_now_ms(commons);
    if (point.queue.length == 0)
        point.queue = message->queue->key.name;
    point.message = message->id;
    if (point.group.length == 0)
        point.group = group_id_of(message);
    point.receive_count = message->receive_count;
    commons->tracer->point(commons->tracer, &point);
}

static struct journal_state state_of(const struct message *message)
{
    return (struct journal_state){
        .row = message->row,
        .queue = message->queue->number,
        .sequence = message->sequence,
        .enqueued_at_ms = message->enqueued_at_ms,
        .available_at_ms = message->available_at_ms,
        .received_at_ms = message->received_at_ms,
        .first_received_at_ms = message->first_received_at_ms,
        .receive_count = message->receive_count,
        .queue_receive_count = message->queue_receive_count,
        .phase = message->phase,
        .leased_outside = message->leased_outside,
        .dead_letter_source = message->origin ? message->origin->number : 0,
    };
}

static void write_state(const struct message *message)
{
    struct journal *journal = message->queue->commons->journal;
    struct journal_state state = state_of(message);
    journal->put_state(journal, &state);
}

// In flight, delayed or visible by its instant; what becomes visible now takes its turn behind all
// that is visible already.
static void settle_phase(struct message *message, enum message_phase hidden)
{
    struct commons *commons = message->queue->commons;
    bool is_hidden = message->available_at_ms > commons_now_ms(commons);
    message->phase = (uint8_t)(is_hidden ? hidden : MESSAGE_VISIBLE);
    if (!is_hidden)
        message->turn = ++commons->turn;
}

// What is sent and what is moved come into a queue in the same way; point says who and why.
static struct message *enqueue(struct queue *queue, const struct send *send,
                               struct text deduplication_id, struct trace_point point,
                               struct sent *ret_sent)
{
    struct commons *commons = queue->commons;
    struct message *message = pool_take(&commons->messages);
    int64_t now_ms = commons_now_ms(commons);
    int64_t queue_delay_ms = queue->settings.delay_seconds * 1000;
    bool has_own_delay = send->delay_ms >= 0 && !queue->settings.fifo;
    struct journal_message row = {
        .queue = queue->number,
        .sent_at_ms = now_ms,
        .sender_id = send->sender_id,
        .trace_header = send->trace_header,
        .group_id = send->group_id,
        .deduplication_id = deduplication_id,
        .attributes = send->attributes,
        .body = send->body,
    };
    random_uuid(commons->random, message->id);
    message->row = row.row = ++commons->row;
    memcpy(row.message_id, message->id, sizeof(row.message_id));
    digest_md5(send->body, row.body_md5);
    message->queue = queue;
    message->sequence = ++commons->sequence;
    message->enqueued_at_ms = now_ms;
    message->available_at_ms = now_ms + (has_own_delay ? send->delay_ms : queue_delay_ms);
    settle_phase(message, MESSAGE_DELAYED);
    if (queue->settings.fifo)
        message->group = group_of(queue, send->group_id);
    else
        message->tenant = tenant_hold(queue, send->group_id);
    number_map_insert(&commons->messages_by_row, message->row, message);
    queue_admit(queue, message);

    struct journal_state state = state_of(message);
    commons->journal->insert_message(commons->journal, &row, &state);
    bool is_delayed = message->phase == MESSAGE_DELAYED;
    point.kind = TRACE_SENT;
    point.until_ms = is_delayed ? message->available_at_ms : 0;
    point.group = send->group_id;
    tell(message, point);
    uuid_format(message->id, ret_sent->message_id);
    hex_encode(row.body_md5, MD5_BYTES, ret_sent->body_md5);
    ret_sent->sequence = queue->settings.fifo ? message->sequence : 0;
    ret_sent->duplicate = false;
    return message;
}

struct message *message_send(struct queue *queue, const struct send *send,
                             struct text deduplication_id, struct sent *ret_sent)
{
    return enqueue(queue, send, deduplication_id, (struct trace_point){.actor = TEXT("client")},
                   ret_sent);
}

void message_duplicate(struct queue *queue, const uint8_t id[UUID_BYTES], struct text group_id)
{
    struct message message = {.queue = queue};
    memcpy(message.id, id, UUID_BYTES);
    tell(&message,
         (struct trace_point){.kind = TRACE_DUPLICATE,
                              .group = group_id,
                              .actor = TEXT("client"),
                              .reason = TEXT("its deduplication id was sent within five minutes")});
}

void message_become_visible(struct message *message)
{
    bool was_delayed = message->phase == MESSAGE_DELAYED;
    assert(message->phase != MESSAGE_VISIBLE);
    if (!was_delayed)
        message_fail(message);
    queue_displace(message);
    settle_phase(message, MESSAGE_IN_FLIGHT);
    assert(message->phase == MESSAGE_VISIBLE);
    queue_place(message);
    if (was_delayed)
        tell(message, (struct trace_point){.kind = TRACE_DELAY_ENDED});
    else
        tell(message, (struct trace_point){.kind = TRACE_VISIBLE_AGAIN,
                                           .reason = TEXT("its visibility timeout passed")});
}

void message_receive(struct message *message, int64_t visibility_ms, bool outside,
                     struct text actor)
{
    int64_t now_ms = commons_now_ms(message->queue->commons);
    assert(message->phase == MESSAGE_VISIBLE);
    queue_displace(message);
    message->receive_count++;
    message->queue_receive_count++;
    message->received_at_ms = now_ms;
    if (message->first_received_at_ms == 0)
        message->first_received_at_ms = now_ms;
    message->leased_outside = outside;
    message->released = false;
    message->failed = false;
    message->available_at_ms = now_ms + visibility_ms;
    settle_phase(message, MESSAGE_IN_FLIGHT);
    write_state(message);
    tell(message, (struct trace_point){.kind = TRACE_RECEIVED,
                                       .until_ms = message->available_at_ms,
                                       .actor = actor});
    if (visibility_ms == 0)
        tell(message,
             (struct trace_point){.kind = TRACE_VISIBLE_AGAIN,
                                  .actor = actor,
                                  .reason = TEXT("it was received with visibility timeout 0")});
}

// What every change of the instant has in common; the reason belongs to the trace.
static void change_available(struct message *message, int64_t available_at_ms,
                             enum message_phase hidden)
{
    queue_displace(message);
    message->available_at_ms = available_at_ms;
    settle_phase(message, hidden);
    queue_place(message);
    write_state(message);
}

void message_receive_again(struct message *message, int64_t visibility_ms, struct text actor)
{
    int64_t now_ms = commons_now_ms(message->queue->commons);
    assert(message->phase == MESSAGE_IN_FLIGHT);
    message->received_at_ms = now_ms;
    change_available(message, now_ms + visibility_ms, MESSAGE_IN_FLIGHT);
    tell(message, (struct trace_point){.kind = TRACE_VISIBILITY_CHANGED,
                                       .until_ms = message->available_at_ms,
                                       .actor = actor,
                                       .reason = TEXT("the same receive attempt was repeated")});
}

void message_change_visibility(struct message *message, int64_t visibility_ms, struct text actor)
{
    int64_t now_ms = commons_now_ms(message->queue->commons);
    bool was_visible = message->phase == MESSAGE_VISIBLE;
    assert(message->phase != MESSAGE_DELAYED);
    assert(now_ms + visibility_ms <= message->received_at_ms + VISIBILITY_TOTAL_MS);
    message->released = visibility_ms == 0;
    if (visibility_ms == 0)
        message_fail(message);
    if (visibility_ms == 0 && was_visible)
        return;
    change_available(message, now_ms + visibility_ms, MESSAGE_IN_FLIGHT);
    if (visibility_ms == 0)
        tell(message, (struct trace_point){.kind = TRACE_VISIBLE_AGAIN,
                                           .actor = actor,
                                           .reason = TEXT("its visibility timeout was set to 0")});
    else
        tell(message,
             (struct trace_point){.kind = TRACE_VISIBILITY_CHANGED,
                                  .until_ms = message->available_at_ms,
                                  .actor = actor,
                                  .reason = was_visible ? TEXT("it was visible and is hidden again")
                                                        : TEXT("")});
}

void message_change_delay(struct message *message, int64_t available_at_ms)
{
    static const struct text reason = TEXT("the queue's DelaySeconds was changed");
    assert(message->receive_count == 0);
    change_available(message, available_at_ms, MESSAGE_DELAYED);
    if (message->phase == MESSAGE_DELAYED)
        tell(message, (struct trace_point){.kind = TRACE_VISIBILITY_CHANGED,
                                           .until_ms = available_at_ms,
                                           .reason = reason});
    else
        tell(message, (struct trace_point){.kind = TRACE_DELAY_ENDED, .reason = reason});
}

void message_dead_letter(struct message *message, struct queue *target)
{
    struct queue *source = message->queue;
    struct commons *commons = source->commons;
    struct origin *before = message->origin;
    struct group *group = NULL;
    struct tenant *tenant = NULL;
    char reason[80];
    int length =
        snprintf(reason, sizeof(reason), "received %u times, maxReceiveCount is %lld",
                 message->queue_receive_count, (long long)source->settings.receive_count_max);
    message->origin = origin_hold(source);
    origin_release(commons, before);
    // Its own queue's group outlives the dismissal, because a receive is going on in it.
    if (target->settings.fifo)
        group = group_of(target, message->group->id);
    else if (message->tenant)
        tenant = tenant_hold(target, message->tenant->id);
    queue_dismiss(message);
    if (target->settings.fifo)
        message->group = group;
    else
        message->tenant = tenant;
    message->queue = target;
    message->sequence = ++commons->sequence;
    message->available_at_ms = commons_now_ms(commons);
    if (target->settings.fifo)
        message->enqueued_at_ms = message->available_at_ms;
    message->queue_receive_count = 0;
    message->leased_outside = false;
    message->released = true;
    message->failed = false;
    settle_phase(message, MESSAGE_IN_FLIGHT);
    queue_admit(target, message);
    write_state(message);
    tell(message, (struct trace_point){.kind = TRACE_DEAD_LETTERED,
                                       .queue = source->key.name,
                                       .other = target->key.name,
                                       .reason = text_from(reason, (size_t)length)});
}

static void message_end(struct message *message, const struct trace_point *point)
{
    struct commons *commons = message->queue->commons;
    char group[GROUP_ID_BYTES_MAX];
    struct trace_point told = *point;
    if (message->queue->settings.fifo)
        witness_forget(message);
    told.group = text_head(group_id_of(message), sizeof(group));
    if (told.group.length > 0) { // it may go with its last message
        memcpy(group, told.group.bytes, told.group.length);
        told.group.bytes = group;
    }
    queue_dismiss(message);
    message->group = NULL; // and the tenant
    number_map_remove(&commons->messages_by_row, message->row);
    if (point->kind != TRACE_QUEUE_DELETED)
        commons->journal->delete_message(commons->journal, message->row);
    tell(message, told);
    origin_release(commons, message->origin);
    pool_give(&commons->messages, message);
}

void message_fail(struct message *message)
{
    if (!message->queue->settings.fifo)
        return;
    message->failed = true;
    witness_failure(message);
}

// Some server of SQS's may have missed the deletion, and its copy comes once more: after the least
// time that this can take, so that whoever waits for it need not wait long.
static bool reappears(struct message *message, struct text actor)
{
    struct commons *commons = message->queue->commons;
    if (message->queue->settings.fifo || message->duplicated || commons->duplicate_share <= 0 ||
        (double)random_below(commons->random, SHARE_STEPS) >=
            commons->duplicate_share * SHARE_STEPS)
        return false;
    tell(message, (struct trace_point){.kind = TRACE_DELETED, .actor = actor});
    message->duplicated = true;
    message->queue->traffic.duplicated++;
    change_available(message, commons_now_ms(commons), MESSAGE_IN_FLIGHT);
    tell(message, (struct trace_point){.kind = TRACE_VISIBLE_AGAIN,
                                       .reason = TEXT("duplicate on purpose: delivery is "
                                                      "at least once, also after a deletion")});
    return true;
}

void message_delete(struct message *message, struct text actor)
{
    if (reappears(message, actor))
        return;
    if (message->queue->settings.fifo)
        witness_success(message, actor);
    message_discard(message, actor);
}

void message_discard(struct message *message, struct text actor)
{
    message_end(message, &(struct trace_point){.kind = TRACE_DELETED, .actor = actor});
}

void message_expire(struct message *message)
{
    message_end(message,
                &(struct trace_point){.kind = TRACE_EXPIRED,
                                      .reason = TEXT("its MessageRetentionPeriod passed")});
}

void message_purge(struct message *message)
{
    message_end(message, &(struct trace_point){.kind = TRACE_PURGED, .actor = TEXT("client")});
}

void message_drop(struct message *message)
{
    message_end(message,
                &(struct trace_point){.kind = TRACE_QUEUE_DELETED, .actor = TEXT("client")});
}

void message_move(struct message *message, struct queue *target)
{
    struct sent sent;
    struct delivery old;
    char reason[160];
    cleanup(arena_free) struct arena *arena = arena_new();
    message_describe(message, arena, &old);
    int length = snprintf(reason, sizeof(reason), "moved from %.*s, where it was %.*s",
                          TEXT_ARGUMENTS(message->queue->key.name), TEXT_ARGUMENTS(old.message_id));
    enqueue(target,
            &(struct send){.body = old.body,
                           .attributes = old.attributes,
                           .sender_id = old.sender_id,
                           .trace_header = old.trace_header,
                           .group_id = old.group_id,
                           .delay_ms = -1},
            old.deduplication_id,
            (struct trace_point){.actor = TEXT("move task"),
                                 .reason = text_from(reason, (size_t)length)},
            &sent);
    length = snprintf(reason, sizeof(reason), "it goes on as the new message %.*s", UUID_TEXT_BYTES,
                      sent.message_id);
    message_end(message, &(struct trace_point){.kind = TRACE_MOVED,
                                               .other = target->key.name,
                                               .actor = TEXT("move task"),
                                               .reason = text_from(reason, (size_t)length)});
}

struct message *message_replay(struct queue *queue, const struct journal_message *row,
                               const struct journal_state *state)
{
    struct commons *commons = queue->commons;
    struct message *message = pool_take(&commons->messages);
    memcpy(message->id, row->message_id, UUID_BYTES);
    message->row = state->row;
    message->queue = queue;
    message->sequence = state->sequence;
    message->enqueued_at_ms = state->enqueued_at_ms;
    message->available_at_ms = state->available_at_ms;
    message->received_at_ms = state->received_at_ms;
    message->first_received_at_ms = state->first_received_at_ms;
    message->receive_count = state->receive_count;
    message->queue_receive_count = state->queue_receive_count;
    message->leased_outside = state->leased_outside;
    message->released = true;
    // What was hidden until an instant that has passed became visible while nobody looked.
    message->phase = state->phase;
    if (state->available_at_ms <= commons_now_ms(commons))
        message->phase = MESSAGE_VISIBLE;
    if (queue->settings.fifo)
        message->group = group_of(queue, row->group_id);
    else
        message->tenant = tenant_hold(queue, row->group_id);
    message->failed = message->phase == MESSAGE_VISIBLE && message->queue_receive_count > 0;
    if (state->dead_letter_source != 0)
        message->origin = origin_replay(commons, state->dead_letter_source);
    number_map_insert(&commons->messages_by_row, message->row, message);
    return message;
}

static struct text in_arena(struct arena *arena, size_t length, char **ret_bytes)
{
    *ret_bytes = arena_allocate(arena, length);
    return text_from(*ret_bytes, length);
}

void message_describe(const struct message *message, struct arena *arena,
                      struct delivery *ret_delivery)
{
    struct journal *journal = message->queue->commons->journal;
    bool fifo = message->queue->settings.fifo;
    struct journal_message row;
    char *bytes;
    journal->read_message(journal, message->row, arena, &row);
    if (!attributes_are_packed(row.attributes))
        journal_fail_damaged(journal, "the attributes of a message cannot be read");
    struct text message_id = in_arena(arena, UUID_TEXT_BYTES, &bytes);
    uuid_format(message->id, bytes);
    struct text body_md5 = in_arena(arena, MD5_HEX_BYTES, &bytes);
    hex_encode(row.body_md5, MD5_BYTES, bytes);
    // In a dead-letter queue the message's own id takes the place of the deduplication id (S-205).
    struct text deduplication_id = message->origin ? message_id : row.deduplication_id;
    struct text source = {0};
    if (message->origin)
        source = arena_copy(arena, message->origin->arn);
    *ret_delivery = (struct delivery){
        .message_id = message_id,
        .body = row.body,
        .body_md5 = body_md5,
        .attributes = row.attributes,
        .sender_id = row.sender_id,
        .trace_header = row.trace_header,
        .group_id = row.group_id,
        .deduplication_id = fifo ? deduplication_id : (struct text){0},
        .dead_letter_source = source,
        .sequence = fifo ? message->sequence : 0,
        .sent_at_ms = row.sent_at_ms,
        .first_received_at_ms = message->first_received_at_ms,
        .visible_at_ms = message->available_at_ms,
        .receive_count = message->receive_count,
    };
}
