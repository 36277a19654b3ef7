// journal_replay -- everything a redrive database holds, told to a visitor.
//
// Two cursors walk in step, one over message and one over receive_state, both in the order of their
// keys; a message that has no row in the second is as its send left it. A join in SQL was not
// taken: it looks up every state from the root, and a walk finds it as the next row. Bodies and
// attributes stand last in the row and are not read, so what does not fit on the row's own page is
// never fetched.
//
// SQLite has no checksums. A flipped bit in a body is delivered as it is; one that makes a row
// impossible ends the process.
#include "queue/journal_replay.h"

#include "queue/journal_attribute.h"

#include "queue/base/buffer.h"

#include <stdlib.h>
#include <string.h>

// A number that must not be negative.
static uint64_t column_number(struct database *database, sqlite3_stmt *statement, int column)
{
    int64_t value = sqlite3_column_int64(statement, column);
    if (value < 0)
        database_fail_damaged(database);
    return (uint64_t)value;
}

// A number that must not be above most.
static uint64_t column_bounded(struct database *database, sqlite3_stmt *statement, int column,
                               uint64_t most)
{
    uint64_t value = column_number(database, statement, column);
    if (value > most)
        database_fail_damaged(database);
    return value;
}

// The key of the row at hand, which is greater than that of the row before. A page in another's place
// shows itself so: no key is there twice.
static uint64_t column_key(struct database *database, sqlite3_stmt *statement, uint64_t *key_before)
{
    uint64_t key = column_number(database, statement, 0);
    if (key <= *key_before)
        database_fail_damaged(database);
    *key_before = key;
    return key;
}

static void column_digest(struct database *database, sqlite3_stmt *statement, int column,
                          uint8_t ret_bytes[16])
{
    struct text bytes = database_column(statement, column);
    if (bytes.length != 16)
        database_fail_damaged(database);
    memcpy(ret_bytes, bytes.bytes, 16);
}

static void meta_read_row(struct database *database, struct journal_meta *ret_meta)
{
    sqlite3_stmt *rows = database_prepare(
        database,
        "SELECT now_ms, queue_number, message_row, sequence, gone FROM meta WHERE id = 1");
    if (!database_step(database, rows))
        database_fail_damaged(database);
    ret_meta->now_ms = sqlite3_column_int64(rows, 0);
    ret_meta->queue_number = column_number(database, rows, 1);
    ret_meta->row = column_number(database, rows, 2);
    ret_meta->sequence = column_number(database, rows, 3);
    if (!gone_from_bytes(database_column(rows, 4), &ret_meta->gone))
        database_fail_damaged(database);
    sqlite3_finalize(rows);
}

// What a later transaction put into rows alone: its row, sequence and instant.
static void meta_raise(struct database *database, const char *query, struct journal_meta *meta)
{
    sqlite3_stmt *rows = database_prepare(database, query);
    if (database_step(database, rows)) {
        uint64_t row = column_number(database, rows, 0);
        uint64_t sequence = column_number(database, rows, 1);
        int64_t at_ms = sqlite3_column_int64(rows, 2);
        meta->row = row > meta->row ? row : meta->row;
        meta->sequence = sequence > meta->sequence ? sequence : meta->sequence;
        meta->now_ms = at_ms > meta->now_ms ? at_ms : meta->now_ms;
    }
    sqlite3_finalize(rows);
}

// Rows of messages ascend in all three; states do not, and are small enough to be walked.
void journal_meta_read(struct database *database, struct journal_meta *ret_meta)
{
    meta_read_row(database, ret_meta);
    meta_raise(database, "SELECT id, sequence, sent_at_ms FROM message ORDER BY id DESC LIMIT 1",
               ret_meta);
    meta_raise(database, "SELECT 0, max(sequence), max(received_at_ms) FROM receive_state",
               ret_meta);
}

static void read_settings(struct database *database, sqlite3_stmt *attributes, struct arena *arena,
                          struct journal_queue *queue)
{
    settings_init(&queue->settings);
    sqlite3_bind_int64(attributes, 1, (int64_t)queue->number);
    while (database_step(database, attributes)) {
        struct text name = database_column(attributes, 0);
        struct text value = database_column(attributes, 1);
        if (!journal_attribute_read(arena, name, value, &queue->settings))
            database_fail_damaged(database);
    }
    sqlite3_reset(attributes);
}

static void replay_queues(struct database *database, struct journal_visitor *visitor)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    sqlite3_stmt *rows =
        database_prepare(database, "SELECT number, account, region, name, created_at_ms, "
                                   "modified_at_ms FROM queue ORDER BY number");
    sqlite3_stmt *attributes = database_prepare(
        database, "SELECT name, value FROM queue_attribute WHERE queue = ?1 ORDER BY name");
    uint64_t number = 0;
    while (database_step(database, rows)) {
        struct journal_queue queue = {
            .number = column_key(database, rows, &number),
            .key = {.account = database_column(rows, 1),
                    .region = database_column(rows, 2),
                    .name = database_column(rows, 3)},
            .created_at_ms = sqlite3_column_int64(rows, 4),
            .modified_at_ms = sqlite3_column_int64(rows, 5),
        };
        read_settings(database, attributes, arena, &queue);
        visitor->queue(visitor, &queue);
        arena_reset(arena);
    }
    sqlite3_finalize(attributes);
    sqlite3_finalize(rows);
}

// What a send leaves: nobody has received it.
static struct journal_state state_as_sent(struct database *database, sqlite3_stmt *messages)
{
    return (struct journal_state){
        .row = column_number(database, messages, 0),
        .queue = column_number(database, messages, 1),
        .sequence = column_number(database, messages, 2),
        .enqueued_at_ms = sqlite3_column_int64(messages, 4),
        .available_at_ms = sqlite3_column_int64(messages, 5),
        .phase = (uint8_t)column_bounded(database, messages, 6, UINT8_MAX),
    };
}

static struct journal_state state_as_kept(struct database *database, sqlite3_stmt *states)
{
    return (struct journal_state){
        .row = column_number(database, states, 0),
        .queue = column_number(database, states, 1),
        .sequence = column_number(database, states, 2),
        .enqueued_at_ms = sqlite3_column_int64(states, 3),
        .available_at_ms = sqlite3_column_int64(states, 4),
        .phase = (uint8_t)column_bounded(database, states, 5, UINT8_MAX),
        .received_at_ms = sqlite3_column_int64(states, 6),
        .first_received_at_ms = sqlite3_column_int64(states, 7),
        .receive_count = (uint32_t)column_bounded(database, states, 8, UINT32_MAX),
        .queue_receive_count = (uint32_t)column_bounded(database, states, 9, UINT32_MAX),
        .leased_outside = column_bounded(database, states, 10, 1) == 1,
        .dead_letter_source = column_number(database, states, 11),
    };
}

static void replay_message(struct database *database, sqlite3_stmt *messages,
                           const struct journal_state *state, struct journal_visitor *visitor)
{
    struct journal_message message = {
        .row = state->row,
        .queue = column_number(database, messages, 1),
        .sent_at_ms = sqlite3_column_int64(messages, 3),
        .sender_id = database_column(messages, 9),
        .trace_header = database_column(messages, 10),
        .group_id = database_column(messages, 11),
        .deduplication_id = database_column(messages, 12),
    };
    column_digest(database, messages, 7, message.message_id);
    column_digest(database, messages, 8, message.body_md5);
    visitor->message(visitor, &message, state);
}

bool journal_has_dropped(struct database *database)
{
    sqlite3_stmt *rows = database_prepare(database, "SELECT 1 FROM dropped LIMIT 1");
    bool found = database_step(database, rows);
    sqlite3_finalize(rows);
    return found;
}

// The numbers of deleted queues whose messages may still lie in the tables, ascending.
static void read_dropped(struct database *database, struct buffer *ret_queues)
{
    sqlite3_stmt *rows = database_prepare(database, "SELECT queue FROM dropped ORDER BY queue");
    while (database_step(database, rows)) {
        uint64_t queue = column_number(database, rows, 0);
        buffer_append_bytes(ret_queues, &queue, sizeof queue);
    }
    sqlite3_finalize(rows);
}

static int compare_numbers(const void *left, const void *right)
{
    const uint64_t *first = left;
    const uint64_t *second = right;
    return *first < *second ? -1 : *first > *second;
}

static bool contains(const struct buffer *queues, uint64_t queue)
{
    return queues->length > 0 && bsearch(&queue, queues->bytes, queues->length / sizeof queue,
                                         sizeof queue, compare_numbers) != NULL;
}

static bool next_state(struct database *database, sqlite3_stmt *states, uint64_t *row)
{
    bool found = database_step(database, states);
    if (found)
        column_key(database, states, row);
    return found;
}

// A state without a message cannot be: both go in one transaction.
static void replay_messages(struct database *database, const struct gone *gone,
                            struct journal_visitor *visitor)
{
    cleanup(buffer_deinit) struct buffer dropped = {0};
    read_dropped(database, &dropped);
    sqlite3_stmt *messages = database_prepare(
        database, "SELECT id, queue, sequence, sent_at_ms, enqueued_at_ms, available_at_ms, phase, "
                  "message_id, body_md5, "
                  "sender_id, trace_header, group_id, deduplication_id FROM message ORDER BY id");
    sqlite3_stmt *states = database_prepare(
        database,
        "SELECT id, queue, sequence, enqueued_at_ms, available_at_ms, phase, received_at_ms, "
        "first_received_at_ms, receive_count, queue_receive_count, leased_outside, "
        "dead_letter_source "
        "FROM receive_state ORDER BY id");
    uint64_t row = 0;
    uint64_t state_row = 0;
    bool kept = next_state(database, states, &state_row);
    while (database_step(database, messages)) {
        column_key(database, messages, &row);
        struct journal_state state = state_as_sent(database, messages);
        if (kept && state_row == row) {
            state = state_as_kept(database, states);
            kept = next_state(database, states, &state_row);
        }
        if (!gone_contains(gone, state.row) && !contains(&dropped, state.queue))
            replay_message(database, messages, &state, visitor);
    }
    if (kept)
        database_fail_damaged(database);
    sqlite3_finalize(states);
    sqlite3_finalize(messages);
}

static void replay_deduplications(struct database *database, struct journal_visitor *visitor)
{
    sqlite3_stmt *rows = database_prepare(
        database, "SELECT queue, key, until_ms, message_id, sequence FROM deduplication "
                  "ORDER BY until_ms, queue, key");
    while (database_step(database, rows)) {
        struct journal_deduplication deduplication = {
            .queue = column_number(database, rows, 0),
            .key = database_column(rows, 1),
            .until_ms = sqlite3_column_int64(rows, 2),
            .sequence = column_number(database, rows, 4),
        };
        column_digest(database, rows, 3, deduplication.message_id);
        visitor->deduplication(visitor, &deduplication);
    }
    sqlite3_finalize(rows);
}

// True if kind and key are greater than those before, which they then are.
static bool record_ascends(struct buffer *kind_before, struct buffer *key_before, struct text kind,
                           struct text key)
{
    int order = text_compare(kind, buffer_text(kind_before));
    if (order < 0 || (order == 0 && text_compare(key, buffer_text(key_before)) <= 0))
        return false;
    buffer_clear(kind_before);
    buffer_append(kind_before, kind);
    buffer_clear(key_before);
    buffer_append(key_before, key);
    return true;
}

static void replay_records(struct database *database, struct journal_visitor *visitor)
{
    cleanup(buffer_deinit) struct buffer kind_before = {0};
    cleanup(buffer_deinit) struct buffer key_before = {0};
    sqlite3_stmt *rows =
        database_prepare(database, "SELECT kind, key, bytes FROM record ORDER BY kind, key");
    while (database_step(database, rows)) {
        struct text kind = database_column(rows, 0);
        struct text key = database_column(rows, 1);
        if (!record_ascends(&kind_before, &key_before, kind, key))
            database_fail_damaged(database);
        visitor->record(visitor, kind, key, database_column(rows, 2));
    }
    sqlite3_finalize(rows);
}

void journal_replay(struct database *database, const struct gone *gone,
                    struct journal_visitor *visitor)
{
    replay_queues(database, visitor);
    replay_messages(database, gone, visitor);
    replay_deduplications(database, visitor);
    replay_records(database, visitor);
}
