// journal_operations -- an endless, seeded sequence of journal operations, and a journal's whole
// content as bytes.
#include "tests/crash/journal_operations.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define BODY_BYTES_MAX 3000
#define LARGE_BODY_BYTES 100000

static char
    noise[LARGE_BODY_BYTES + 256]; // filled by operations_init; every byte value, NUL included

struct dump {
    struct journal_visitor visitor;
    struct buffer *buffer;
    struct buffer rows; // uint64_t
};

void operations_init(struct operations *operations, uint64_t seed, bool large)
{
    memset(operations, 0, sizeof *operations);
    random_init(&operations->random, seed);
    operations->now_ms = 1767225600000;
    operations->large = large;
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)(i * 7 + i / 256);
}

static uint64_t below(struct operations *operations, uint64_t bound)
{
    return random_below(&operations->random, bound);
}

// Bytes of any value.
static struct text any_text(struct operations *operations, size_t length_max)
{
    size_t length = (size_t)below(operations, length_max + 1);
    return text_from(noise + below(operations, 256), length);
}

static void put_queue(struct operations *operations, struct journal *journal)
{
    size_t place = (size_t)below(operations, OPERATION_QUEUES);
    if (operations->queues[place] == 0)
        operations->queues[place] = ++operations->queue_number;
    struct journal_queue queue = {
        .number = operations->queues[place],
        .key = {.account = TEXT("000000000000"),
                .region = TEXT("eu-west-1"),
                .name = TEXT("orders.fifo")},
        .created_at_ms = operations->now_ms,
        .modified_at_ms = operations->now_ms + 5,
    };
    settings_init(&queue.settings);
    queue.settings.delay_seconds = (int64_t)below(operations, 901);
    queue.settings.fifo = below(operations, 2) == 1;
    queue.settings.policy = any_text(operations, 40);
    queue.settings.receive_count_max = (int64_t)below(operations, 3);
    if (queue.settings.receive_count_max > 0)
        queue.settings.dead_letter = (struct queue_key){
            .account = TEXT("000000000000"), .region = TEXT("eu-west-1"), .name = TEXT("dead")};
    journal->put_queue(journal, &queue);
}

static void delete_queue(struct operations *operations, struct journal *journal)
{
    size_t place = (size_t)below(operations, OPERATION_QUEUES);
    uint64_t queue = operations->queues[place];
    if (queue == 0 || below(operations, 16) != 0)
        return;
    journal->delete_queue(journal, queue);
    operations->queues[place] = 0;
    size_t kept = 0;
    for (size_t i = 0; i < operations->row_count; i++) {
        if (operations->rows[i].queue != queue)
            operations->rows[kept++] = operations->rows[i];
    }
    operations->row_count = kept;
}

// Its number, or 0: there is none in that place.
static uint64_t any_queue(struct operations *operations)
{
    return operations->queues[below(operations, OPERATION_QUEUES)];
}

// A third of the messages begin as a move would leave them, the others as a send does.
static void insert_message(struct operations *operations, struct journal *journal)
{
    if (operations->row_count == OPERATION_ROWS_MAX)
        return;
    uint64_t queue = any_queue(operations);
    if (queue == 0)
        return;
    uint64_t row = ++operations->row;
    bool large = operations->large && below(operations, 50) == 0;
    struct journal_message message = {
        .row = row,
        .queue = queue,
        .sent_at_ms = operations->now_ms,
        .sender_id = TEXT("AIDAREDRIVE"),
        .trace_header = any_text(operations, 20),
        .group_id = any_text(operations, 10),
        .deduplication_id = any_text(operations, 10),
        .attributes = any_text(operations, 60),
        .body = large ? text_from(noise, LARGE_BODY_BYTES) : any_text(operations, BODY_BYTES_MAX),
    };
    random_uuid(&operations->random, message.message_id);
    random_uuid(&operations->random, message.body_md5);
    struct journal_state state = {
        .row = row,
        .queue = queue,
        .sequence = ++operations->sequence,
        .enqueued_at_ms = operations->now_ms,
        .available_at_ms = operations->now_ms + (int64_t)below(operations, 900000),
        .phase = (uint8_t)below(operations, 3),
        .receive_count = below(operations, 3) == 0 ? 2 : 0,
    };
    journal->insert_message(journal, &message, &state);
    operations->rows[operations->row_count++] = (struct operation_row){.row = row, .queue = queue};
}

static void put_state(struct operations *operations, struct journal *journal)
{
    if (operations->row_count == 0)
        return;
    struct operation_row *place = &operations->rows[below(operations, operations->row_count)];
    uint64_t target = any_queue(operations);
    if (target != 0 && below(operations, 8) == 0)
        place->queue = target;
    struct journal_state state = {
        .row = place->row,
        .queue = place->queue,
        .sequence = ++operations->sequence,
        .enqueued_at_ms = operations->now_ms,
        .available_at_ms = operations->now_ms + 30000,
        .received_at_ms = operations->now_ms,
        .first_received_at_ms = operations->now_ms,
        .receive_count = (uint32_t)below(operations, 1000),
        .queue_receive_count = (uint32_t)below(operations, 10),
        .phase = (uint8_t)below(operations, 3),
        .leased_outside = below(operations, 2) == 1,
        .dead_letter_source = below(operations, 3),
    };
    journal->put_state(journal, &state);
}

static void delete_message(struct operations *operations, struct journal *journal)
{
    if (operations->row_count == 0)
        return;
    struct operation_row *place = &operations->rows[below(operations, operations->row_count)];
    journal->delete_message(journal, place->row);
    *place = operations->rows[--operations->row_count];
}

static void write_deduplication(struct operations *operations, struct journal *journal)
{
    uint64_t queue = any_queue(operations);
    if (queue == 0)
        return;
    struct text key = text_from(noise + below(operations, 32), 12);
    if (below(operations, 3) == 0) {
        journal->delete_deduplication(journal, queue, key);
        return;
    }
    struct journal_deduplication deduplication = {.queue = queue,
                                                  .key = key,
                                                  .until_ms = operations->now_ms + 300000,
                                                  .sequence = operations->sequence};
    random_uuid(&operations->random, deduplication.message_id);
    journal->put_deduplication(journal, &deduplication);
}

static void write_record(struct operations *operations, struct journal *journal)
{
    struct text kind = below(operations, 2) == 0 ? TEXT("function") : TEXT("mapping");
    struct text key = text_from(noise + below(operations, 16), 8);
    if (below(operations, 3) == 0)
        journal->delete_record(journal, kind, key);
    else
        journal->put_record(journal, kind, key, any_text(operations, 300));
}

static void operate(struct operations *operations, struct journal *journal)
{
    static void (*const all[])(struct operations *, struct journal *) = {
        insert_message, insert_message, insert_message, put_state,
        put_state,      delete_message, delete_message, write_deduplication,
        write_record,   put_queue,      delete_queue,
    };
    all[below(operations, sizeof all / sizeof all[0])](operations, journal);
}

void operations_write(struct operations *operations, struct journal *journal)
{
    uint64_t count = 1 + below(operations, 8);
    for (uint64_t i = 0; i < count; i++)
        operate(operations, journal);
}

void operations_turn(struct operations *operations, struct journal *journal)
{
    if (below(operations, 2) == 0)
        operations->now_ms += (int64_t)below(operations, 1000);
    operations_write(operations, journal);
    if (below(operations, 4) == 0)
        operations->now_ms += (int64_t)below(operations, 1000);
    journal->commit(journal, operations->now_ms);
}

static struct dump *dump_of(struct journal_visitor *visitor)
{
    return (struct dump *)(void *)((char *)visitor - offsetof(struct dump, visitor));
}

static void dump_number(struct buffer *buffer, const char *name, uint64_t value)
{
    buffer_print(buffer, " %s=%llu", name, (unsigned long long)value);
}

static void dump_text(struct buffer *buffer, const char *name, struct text value)
{
    buffer_print(buffer, " %s=%zu:", name, value.length);
    buffer_append(buffer, value);
}

static void dump_bytes(struct buffer *buffer, const char *name, const uint8_t bytes[16])
{
    dump_text(buffer, name, text_from((const char *)bytes, 16));
}

static void dump_key(struct buffer *buffer, const struct queue_key *key)
{
    dump_text(buffer, "account", key->account);
    dump_text(buffer, "region", key->region);
    dump_text(buffer, "name", key->name);
}

static void dump_settings(struct buffer *buffer, const struct queue_settings *settings)
{
    dump_number(buffer, "delay", (uint64_t)settings->delay_seconds);
    dump_number(buffer, "bytes", (uint64_t)settings->maximum_message_bytes);
    dump_number(buffer, "retention", (uint64_t)settings->message_retention_seconds);
    dump_number(buffer, "wait", (uint64_t)settings->receive_wait_seconds);
    dump_number(buffer, "visibility", (uint64_t)settings->visibility_timeout_seconds);
    dump_number(buffer, "fifo", settings->fifo);
    dump_number(buffer, "content", settings->content_based_deduplication);
    dump_number(buffer, "scope", settings->deduplication_per_group);
    dump_number(buffer, "throughput", settings->throughput_per_group);
    dump_number(buffer, "sse", settings->sqs_managed_sse);
    dump_number(buffer, "reuse", (uint64_t)settings->kms_data_key_reuse_seconds);
    dump_number(buffer, "count_max", (uint64_t)settings->receive_count_max);
    if (settings->receive_count_max > 0)
        dump_key(buffer, &settings->dead_letter);
    dump_number(buffer, "allow", settings->redrive_allow_set);
    dump_number(buffer, "permission", settings->redrive_permission);
    for (size_t i = 0; i < settings->redrive_source_count; i++)
        dump_text(buffer, "source", settings->redrive_source_arns[i]);
    dump_text(buffer, "policy", settings->policy);
    dump_text(buffer, "kms", settings->kms_master_key_id);
}

static void dump_queue(struct journal_visitor *visitor, const struct journal_queue *queue)
{
    struct buffer *buffer = dump_of(visitor)->buffer;
    buffer_print(buffer, "queue");
    dump_number(buffer, "number", queue->number);
    dump_key(buffer, &queue->key);
    dump_number(buffer, "created", (uint64_t)queue->created_at_ms);
    dump_number(buffer, "modified", (uint64_t)queue->modified_at_ms);
    dump_settings(buffer, &queue->settings);
    buffer_append_byte(buffer, '\n');
}

static void dump_head(struct buffer *buffer, const struct journal_message *message)
{
    dump_number(buffer, "row", message->row);
    dump_number(buffer, "sent_to", message->queue);
    dump_bytes(buffer, "id", message->message_id);
    dump_number(buffer, "sent", (uint64_t)message->sent_at_ms);
    dump_bytes(buffer, "md5", message->body_md5);
    dump_text(buffer, "sender", message->sender_id);
    dump_text(buffer, "trace", message->trace_header);
    dump_text(buffer, "group", message->group_id);
    dump_text(buffer, "deduplication", message->deduplication_id);
    dump_text(buffer, "attributes", message->attributes);
    dump_text(buffer, "body", message->body);
}

static void dump_message(struct journal_visitor *visitor, const struct journal_message *message,
                         const struct journal_state *state)
{
    struct dump *dump = dump_of(visitor);
    struct buffer *buffer = dump->buffer;
    buffer_append_bytes(&dump->rows, &message->row, sizeof message->row);
    buffer_print(buffer, "message");
    dump_head(buffer, message);
    dump_number(buffer, "state", state->row);
    dump_number(buffer, "queue", state->queue);
    dump_number(buffer, "sequence", state->sequence);
    dump_number(buffer, "enqueued", (uint64_t)state->enqueued_at_ms);
    dump_number(buffer, "available", (uint64_t)state->available_at_ms);
    dump_number(buffer, "received", (uint64_t)state->received_at_ms);
    dump_number(buffer, "first", (uint64_t)state->first_received_at_ms);
    dump_number(buffer, "count", state->receive_count);
    dump_number(buffer, "queue_count", state->queue_receive_count);
    dump_number(buffer, "phase", state->phase);
    dump_number(buffer, "outside", state->leased_outside);
    dump_number(buffer, "source", state->dead_letter_source);
    buffer_append_byte(buffer, '\n');
}

static void dump_deduplication(struct journal_visitor *visitor,
                               const struct journal_deduplication *deduplication)
{
    struct buffer *buffer = dump_of(visitor)->buffer;
    buffer_print(buffer, "deduplication");
    dump_number(buffer, "queue", deduplication->queue);
    dump_text(buffer, "key", deduplication->key);
    dump_number(buffer, "until", (uint64_t)deduplication->until_ms);
    dump_bytes(buffer, "id", deduplication->message_id);
    dump_number(buffer, "sequence", deduplication->sequence);
    buffer_append_byte(buffer, '\n');
}

static void dump_record(struct journal_visitor *visitor, struct text kind, struct text key,
                        struct text bytes)
{
    struct buffer *buffer = dump_of(visitor)->buffer;
    buffer_print(buffer, "record");
    dump_text(buffer, "kind", kind);
    dump_text(buffer, "key", key);
    dump_text(buffer, "bytes", bytes);
    buffer_append_byte(buffer, '\n');
}

static void dump_bodies(struct journal *journal, const struct dump *dump)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    for (size_t at = 0; at < dump->rows.length; at += sizeof(uint64_t)) {
        uint64_t row;
        memcpy(&row, dump->rows.bytes + at, sizeof row);
        struct journal_message message;
        journal->read_message(journal, row, arena, &message);
        buffer_print(dump->buffer, "read");
        dump_head(dump->buffer, &message);
        buffer_append_byte(dump->buffer, '\n');
        arena_reset(arena);
    }
}

void journal_dump(struct journal *journal, struct buffer *ret_dump)
{
    struct dump dump = {
        .visitor = {.queue = dump_queue,
                    .message = dump_message,
                    .deduplication = dump_deduplication,
                    .record = dump_record},
        .buffer = ret_dump,
    };
    int64_t now_ms = 0;
    uint64_t queue_number = 0;
    uint64_t row = 0;
    uint64_t sequence = 0;
    buffer_clear(ret_dump);
    journal->replay(journal, &dump.visitor, &now_ms, &queue_number, &row, &sequence);
    buffer_print(ret_dump, "meta");
    dump_number(ret_dump, "now", (uint64_t)now_ms);
    dump_number(ret_dump, "queue_number", queue_number);
    dump_number(ret_dump, "row", row);
    dump_number(ret_dump, "sequence", sequence);
    buffer_append_byte(ret_dump, '\n');
    dump_bodies(journal, &dump);
    // Ends the transaction that the reads began; nothing was written.
    journal->commit(journal, now_ms);
    buffer_deinit(&dump.rows);
}
