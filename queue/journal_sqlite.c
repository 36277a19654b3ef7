// journal_sqlite -- a journal in a SQLite database: rows by key, written as they change, durable at
// commit.
//
//   first write of a turn     BEGIN
//   every write               one statement, prepared once
//   every 256 deletes         the rows leave the tables together (journal_gone.c)
//   commit(now)               UPDATE meta if it must be, COMMIT; then the loop answers its clients
//   every 1,000 pages of log  wake the checkpointer: it copies them into the file beside us
//   delete of a queue         its messages leave the tables in slices, by maintain()
//   maintain()                above 64 MiB of log: checkpoint here and begin the log anew
//
// meta holds the instant, the rows that are deleted, and the greatest numbers ever used, which must
// not be given out again when the rows that had them are gone. A turn that only sends or receives
// does not write it, which saves one page of the two that such a commit would write: what meta
// would say can be read from the rows (journal_meta_read). The turn must have put the instant of its
// commit into a row itself, because a row of an earlier turn may be written over; and the newest row
// must have the greatest numbers, because it alone is looked at.
//
// Everything that SQLite refuses ends the process (journal_database.c): a statement that did not
// happen cannot be answered.
#include "queue/journal.h"

#include "queue/checkpoint.h"
#include "queue/journal_attribute.h"
#include "queue/journal_database.h"
#include "queue/journal_recent.h"
#include "queue/journal_replay.h"

#include "queue/base/fail.h"

#include <assert.h>
#include <string.h>

#define RECENT_BYTES_MAX (2u << 20)
#define GONE_BYTES_MAX (8u << 20) // about as much may lie in the tables deleted
#define DROPPED_ROWS_PER_TURN 512 // some milliseconds when all of them go
#define LOG_PAGES_PER_CHECKPOINT 1000
#define LOG_BYTES_MAX (64 << 20) // above this the log begins anew between turns

struct journal_sqlite {
    struct journal journal; // first: the engine holds a pointer to it
    struct database *database;
    struct checkpoint *checkpoint; // NULL in memory
    struct recent *recent;         // what was inserted last
    struct journal_meta meta;      // as it will be written
    bool dropping;                 // the table dropped has rows
    uint64_t dropped_row;          // the next that may be of a deleted queue
    size_t body_bytes_max;         // the longest body met so far
    bool begun;                    // a transaction is open
    bool written;                  // and something was written in it
    bool meta_due;                 // and it is something that the rows do not say
    int64_t sent_at_ms;            // of the last insert in it, and the greatest receive put in it:
    int64_t received_at_ms;        // what the rows will say of its instant
    int log_pages;                 // in the log after the last commit
    int log_pages_woken;           // when the checkpointer was last woken
};

static struct journal_sqlite *sqlite_of(struct journal *journal)
{
    return (struct journal_sqlite *)(void *)((char *)journal -
                                             offsetof(struct journal_sqlite, journal));
}

static uint64_t greater(uint64_t left, uint64_t right)
{
    return left > right ? left : right;
}

static void bind_number(sqlite3_stmt *statement, int parameter, uint64_t number)
{
    assert(number <= INT64_MAX);
    sqlite3_bind_int64(statement, parameter, (int64_t)number);
}

static void run(struct journal_sqlite *sqlite, enum statement statement)
{
    database_run(sqlite->database, database_statement(sqlite->database, statement));
}

// A read begins a transaction too: alone it would take and release the locks of the file for
// itself.
static void begin(struct journal_sqlite *sqlite)
{
    if (!sqlite->begun)
        run(sqlite, STATEMENT_BEGIN);
    sqlite->begun = true;
}

static void begin_write(struct journal_sqlite *sqlite)
{
    begin(sqlite);
    sqlite->written = true;
}

// For what the rows do not say.
static void begin_write_meta(struct journal_sqlite *sqlite)
{
    begin_write(sqlite);
    sqlite->meta_due = true;
}

// The statement, ready to be bound, inside a transaction.
static sqlite3_stmt *writing(struct journal_sqlite *sqlite, enum statement statement)
{
    begin_write(sqlite);
    return database_statement(sqlite->database, statement);
}

static void run_for_number(struct journal_sqlite *sqlite, enum statement statement, uint64_t number)
{
    sqlite3_stmt *prepared = writing(sqlite, statement);
    bind_number(prepared, 1, number);
    database_run(sqlite->database, prepared);
}

static void sqlite_put_queue(struct journal *journal, const struct journal_queue *queue)
{
    struct journal_sqlite *sqlite = sqlite_of(journal);
    assert(queue->number > 0);
    begin_write_meta(sqlite);
    sqlite3_stmt *statement = writing(sqlite, STATEMENT_PUT_QUEUE);
    bind_number(statement, 1, queue->number);
    database_bind_text(statement, 2, queue->key.account);
    database_bind_text(statement, 3, queue->key.region);
    database_bind_text(statement, 4, queue->key.name);
    sqlite3_bind_int64(statement, 5, queue->created_at_ms);
    sqlite3_bind_int64(statement, 6, queue->modified_at_ms);
    database_run(sqlite->database, statement);
    run_for_number(sqlite, STATEMENT_DELETE_ATTRIBUTES, queue->number);
    journal_attributes_write(sqlite->database, queue->number, &queue->settings);
    sqlite->meta.queue_number = greater(sqlite->meta.queue_number, queue->number);
}

// The messages of a queue have no index, so to find them is to walk the table: in slices, between
// turns. Until then replay passes over them.
static void sqlite_delete_queue(struct journal *journal, uint64_t queue)
{
    struct journal_sqlite *sqlite = sqlite_of(journal);
    begin_write_meta(sqlite);
    run_for_number(sqlite, STATEMENT_PUT_DROPPED, queue);
    run_for_number(sqlite, STATEMENT_DELETE_QUEUE_DEDUPLICATIONS, queue);
    run_for_number(sqlite, STATEMENT_DELETE_ATTRIBUTES, queue);
    run_for_number(sqlite, STATEMENT_DELETE_QUEUE, queue);
    sqlite->dropping = true;
    sqlite->dropped_row = 1;
}

static void put_state(struct journal_sqlite *sqlite, const struct journal_state *state)
{
    sqlite3_stmt *statement = writing(sqlite, STATEMENT_PUT_STATE);
    bind_number(statement, 1, state->row);
    bind_number(statement, 2, state->queue);
    bind_number(statement, 3, state->sequence);
    sqlite3_bind_int64(statement, 4, state->enqueued_at_ms);
    sqlite3_bind_int64(statement, 5, state->available_at_ms);
    sqlite3_bind_int64(statement, 6, state->phase);
    sqlite3_bind_int64(statement, 7, state->received_at_ms);
    sqlite3_bind_int64(statement, 8, state->first_received_at_ms);
    sqlite3_bind_int64(statement, 9, state->receive_count);
    sqlite3_bind_int64(statement, 10, state->queue_receive_count);
    sqlite3_bind_int64(statement, 11, state->leased_outside);
    bind_number(statement, 12, state->dead_letter_source);
    database_run(sqlite->database, statement);
    sqlite->meta.sequence = greater(sqlite->meta.sequence, state->sequence);
    if (sqlite->received_at_ms < state->received_at_ms)
        sqlite->received_at_ms = state->received_at_ms;
}

// True if the row of message says all of it.
static bool is_as_sent(const struct journal_message *message, const struct journal_state *state)
{
    return state->queue == message->queue && state->received_at_ms == 0 &&
           state->first_received_at_ms == 0 && state->receive_count == 0 &&
           state->queue_receive_count == 0 && !state->leased_outside &&
           state->dead_letter_source == 0;
}

static void sqlite_insert_message(struct journal *journal, const struct journal_message *message,
                                  const struct journal_state *state)
{
    struct journal_sqlite *sqlite = sqlite_of(journal);
    assert(message->row > 0 && message->row == state->row);
    sqlite3_stmt *statement = writing(sqlite, STATEMENT_INSERT_MESSAGE);
    bind_number(statement, 1, message->row);
    bind_number(statement, 2, message->queue);
    bind_number(statement, 3, state->sequence);
    sqlite3_bind_int64(statement, 4, message->sent_at_ms);
    sqlite3_bind_int64(statement, 5, state->enqueued_at_ms);
    sqlite3_bind_int64(statement, 6, state->available_at_ms);
    sqlite3_bind_int64(statement, 7, state->phase);
    database_bind_bytes(statement, 8, message->message_id, sizeof message->message_id);
    database_bind_bytes(statement, 9, message->body_md5, sizeof message->body_md5);
    database_bind_text(statement, 10, message->sender_id);
    database_bind_text(statement, 11, message->trace_header);
    database_bind_text(statement, 12, message->group_id);
    database_bind_text(statement, 13, message->deduplication_id);
    database_bind_bytes(statement, 14, message->attributes.bytes, message->attributes.length);
    database_bind_text(statement, 15, message->body);
    database_run(sqlite->database, statement);
    if (message->row <= sqlite->meta.row || state->sequence <= sqlite->meta.sequence)
        sqlite->meta_due = true;
    sqlite->sent_at_ms = message->sent_at_ms;
    sqlite->meta.row = greater(sqlite->meta.row, message->row);
    sqlite->meta.sequence = greater(sqlite->meta.sequence, state->sequence);
    if (!is_as_sent(message, state))
        put_state(sqlite, state);
    recent_put(sqlite->recent, message);
    sqlite->body_bytes_max = greater(sqlite->body_bytes_max, message->body.length);
}

static void sqlite_put_state(struct journal *journal, const struct journal_state *state)
{
    put_state(sqlite_of(journal), state);
}

static void sqlite_delete_message(struct journal *journal, uint64_t row)
{
    struct journal_sqlite *sqlite = sqlite_of(journal);
    assert(row > 0 && row <= sqlite->meta.row);
    begin_write_meta(sqlite);
    gone_add(&sqlite->meta.gone, row);
    if (gone_is_full(&sqlite->meta.gone) ||
        sqlite->meta.gone.count * sqlite->body_bytes_max > GONE_BYTES_MAX)
        gone_sweep(&sqlite->meta.gone, sqlite->database);
}

static void read_digest(struct journal_sqlite *sqlite, struct text bytes, uint8_t ret_bytes[16])
{
    if (bytes.length != 16)
        database_fail_damaged(sqlite->database);
    memcpy(ret_bytes, bytes.bytes, 16);
}

static void sqlite_read_message(struct journal *journal, uint64_t row, struct arena *arena,
                                struct journal_message *ret_message)
{
    struct journal_sqlite *sqlite = sqlite_of(journal);
    if (recent_get(sqlite->recent, row, arena, ret_message))
        return;
    begin(sqlite);
    sqlite3_stmt *statement = database_statement(sqlite->database, STATEMENT_READ_MESSAGE);
    bind_number(statement, 1, row);
    // It was there at replay; a page on the way to it may be damaged.
    if (!database_step(sqlite->database, statement))
        database_fail_damaged(sqlite->database);
    ret_message->row = row;
    ret_message->queue = (uint64_t)sqlite3_column_int64(statement, 0);
    ret_message->sent_at_ms = sqlite3_column_int64(statement, 1);
    read_digest(sqlite, database_column(statement, 2), ret_message->message_id);
    read_digest(sqlite, database_column(statement, 3), ret_message->body_md5);
    ret_message->sender_id = arena_copy(arena, database_column(statement, 4));
    ret_message->trace_header = arena_copy(arena, database_column(statement, 5));
    ret_message->group_id = arena_copy(arena, database_column(statement, 6));
    ret_message->deduplication_id = arena_copy(arena, database_column(statement, 7));
    ret_message->attributes = arena_copy(arena, database_column(statement, 8));
    ret_message->body = arena_copy(arena, database_column(statement, 9));
    sqlite3_reset(statement);
    sqlite->body_bytes_max = greater(sqlite->body_bytes_max, ret_message->body.length);
}

static void sqlite_put_deduplication(struct journal *journal,
                                     const struct journal_deduplication *deduplication)
{
    struct journal_sqlite *sqlite = sqlite_of(journal);
    sqlite3_stmt *statement = writing(sqlite, STATEMENT_PUT_DEDUPLICATION);
    bind_number(statement, 1, deduplication->queue);
    database_bind_bytes(statement, 2, deduplication->key.bytes, deduplication->key.length);
    sqlite3_bind_int64(statement, 3, deduplication->until_ms);
    database_bind_bytes(statement, 4, deduplication->message_id, sizeof deduplication->message_id);
    bind_number(statement, 5, deduplication->sequence);
    database_run(sqlite->database, statement);
    if (deduplication->sequence > sqlite->meta.sequence)
        sqlite->meta_due = true;
    sqlite->meta.sequence = greater(sqlite->meta.sequence, deduplication->sequence);
}

static void sqlite_delete_deduplication(struct journal *journal, uint64_t queue, struct text key)
{
    struct journal_sqlite *sqlite = sqlite_of(journal);
    sqlite3_stmt *statement = writing(sqlite, STATEMENT_DELETE_DEDUPLICATION);
    bind_number(statement, 1, queue);
    database_bind_bytes(statement, 2, key.bytes, key.length);
    database_run(sqlite->database, statement);
}

static void sqlite_put_record(struct journal *journal, struct text kind, struct text key,
                              struct text bytes)
{
    struct journal_sqlite *sqlite = sqlite_of(journal);
    sqlite3_stmt *statement = writing(sqlite, STATEMENT_PUT_RECORD);
    database_bind_text(statement, 1, kind);
    database_bind_text(statement, 2, key);
    database_bind_bytes(statement, 3, bytes.bytes, bytes.length);
    database_run(sqlite->database, statement);
}

static void sqlite_delete_record(struct journal *journal, struct text kind, struct text key)
{
    struct journal_sqlite *sqlite = sqlite_of(journal);
    sqlite3_stmt *statement = writing(sqlite, STATEMENT_DELETE_RECORD);
    database_bind_text(statement, 1, kind);
    database_bind_text(statement, 2, key);
    database_run(sqlite->database, statement);
}

static void write_meta(struct journal_sqlite *sqlite, int64_t now_ms)
{
    sqlite3_stmt *statement = writing(sqlite, STATEMENT_PUT_META);
    sqlite3_bind_int64(statement, 1, now_ms);
    bind_number(statement, 2, sqlite->meta.queue_number);
    bind_number(statement, 3, sqlite->meta.row);
    bind_number(statement, 4, sqlite->meta.sequence);
    struct text gone = gone_bytes(&sqlite->meta.gone);
    database_bind_bytes(statement, 5, gone.bytes, gone.length);
    database_run(sqlite->database, statement);
}

static void sqlite_keep_now(struct journal *journal)
{
    begin_write_meta(sqlite_of(journal));
}

static int64_t log_bytes(const struct journal_sqlite *sqlite)
{
    return (int64_t)sqlite->log_pages * DATABASE_PAGE_BYTES;
}

static void wake_checkpointer(struct journal_sqlite *sqlite)
{
    if (sqlite->checkpoint == NULL)
        return;
    const char *error = checkpoint_error(sqlite->checkpoint);
    if (error != NULL)
        fail("database %s cannot be used: %s; mend that or name another file with --db",
             database_name(sqlite->database), error);
    if (sqlite->log_pages < sqlite->log_pages_woken)
        sqlite->log_pages_woken = 0;
    if (sqlite->log_pages - sqlite->log_pages_woken < LOG_PAGES_PER_CHECKPOINT ||
        log_bytes(sqlite) >= LOG_BYTES_MAX)
        return;
    sqlite->log_pages_woken = sqlite->log_pages;
    checkpoint_wake(sqlite->checkpoint);
}

static void sqlite_commit(struct journal *journal, int64_t now_ms)
{
    struct journal_sqlite *sqlite = sqlite_of(journal);
    if (!sqlite->begun)
        return;
    bool said = sqlite->sent_at_ms == now_ms || sqlite->received_at_ms == now_ms;
    if (sqlite->written && (sqlite->meta_due || !said))
        write_meta(sqlite, now_ms);
    if (sqlite->written)
        sqlite->meta.now_ms = now_ms;
    run(sqlite, STATEMENT_COMMIT);
    sqlite->begun = false;
    sqlite->written = false;
    sqlite->meta_due = false;
    sqlite->sent_at_ms = 0;
    sqlite->received_at_ms = 0;
    wake_checkpointer(sqlite);
}

static void sqlite_replay(struct journal *journal, struct journal_visitor *visitor,
                          int64_t *ret_now_ms, uint64_t *ret_queue_number, uint64_t *ret_row,
                          uint64_t *ret_sequence)
{
    struct journal_sqlite *sqlite = sqlite_of(journal);
    assert(!sqlite->begun);
    gone_sort(&sqlite->meta.gone);
    journal_replay(sqlite->database, &sqlite->meta.gone, visitor);
    *ret_now_ms = sqlite->meta.now_ms;
    *ret_queue_number = sqlite->meta.queue_number;
    *ret_row = sqlite->meta.row;
    *ret_sequence = sqlite->meta.sequence;
}

static size_t sqlite_memory_bytes(struct journal *journal)
{
    int now_bytes = 0;
    int most_bytes = 0;
    sqlite3_db_status(database_handle(sqlite_of(journal)->database), SQLITE_DBSTATUS_CACHE_USED,
                      &now_bytes, &most_bytes, 0);
    return (size_t)now_bytes + recent_bytes(sqlite_of(journal)->recent);
}

static int64_t sqlite_last_at_ms(const struct journal *journal)
{
    return ((const struct journal_sqlite *)(const void *)((const char *)journal -
                                                          offsetof(struct journal_sqlite, journal)))
        ->meta.now_ms;
}

// Takes the messages of deleted queues out of the next rows; a transaction of its own.
static void sweep_dropped(struct journal_sqlite *sqlite)
{
    static const enum statement sweeps[] = {STATEMENT_SWEEP_DROPPED_MESSAGES,
                                            STATEMENT_SWEEP_DROPPED_STATES};
    run(sqlite, STATEMENT_BEGIN);
    for (size_t i = 0; i < sizeof(sweeps) / sizeof(sweeps[0]); i++) {
        sqlite3_stmt *statement = database_statement(sqlite->database, sweeps[i]);
        bind_number(statement, 1, sqlite->dropped_row);
        bind_number(statement, 2, sqlite->dropped_row + DROPPED_ROWS_PER_TURN - 1);
        database_run(sqlite->database, statement);
    }
    sqlite->dropped_row += DROPPED_ROWS_PER_TURN;
    if (sqlite->dropped_row > sqlite->meta.row) {
        run(sqlite, STATEMENT_DELETE_DROPPED);
        sqlite->dropping = false;
    }
    run(sqlite, STATEMENT_COMMIT);
}

// While the checkpointer is at work, SQLite refuses a second checkpoint without waiting; then the
// next turn tries again, and the thread is not woken meanwhile. At twice the length the loop waits
// for it.
static void restart_log(struct journal_sqlite *sqlite)
{
    if (log_bytes(sqlite) >= 2 * LOG_BYTES_MAX)
        checkpoint_wait(sqlite->checkpoint);
    int result = sqlite3_wal_checkpoint_v2(database_handle(sqlite->database), NULL,
                                           SQLITE_CHECKPOINT_RESTART, NULL, NULL);
    if (result != SQLITE_OK && result != SQLITE_BUSY)
        database_fail(sqlite->database);
    if (result == SQLITE_OK)
        sqlite->log_pages = 0;
}

static void sqlite_maintain(struct journal *journal)
{
    struct journal_sqlite *sqlite = sqlite_of(journal);
    if (sqlite->begun)
        return;
    if (sqlite->dropping)
        sweep_dropped(sqlite);
    if (log_bytes(sqlite) >= LOG_BYTES_MAX)
        restart_log(sqlite);
}

// Uncommitted writes are rolled back, as by a kill. The thread ends first: the last connection
// moves the log into the file.
static void sqlite_free(struct journal *journal)
{
    struct journal_sqlite *sqlite = sqlite_of(journal);
    checkpoint_free(sqlite->checkpoint);
    database_free(sqlite->database);
    recent_free(sqlite->recent);
    free(sqlite);
}

// SQLite calls this inside a COMMIT that wrote to the log.
static int note_log(void *context, sqlite3 *handle, const char *schema, int pages)
{
    struct journal_sqlite *sqlite = context;
    (void)handle;
    (void)schema;
    sqlite->log_pages = pages;
    return SQLITE_OK;
}

static const struct journal sqlite_functions = {
    .put_queue = sqlite_put_queue,
    .delete_queue = sqlite_delete_queue,
    .insert_message = sqlite_insert_message,
    .put_state = sqlite_put_state,
    .delete_message = sqlite_delete_message,
    .read_message = sqlite_read_message,
    .put_deduplication = sqlite_put_deduplication,
    .delete_deduplication = sqlite_delete_deduplication,
    .put_record = sqlite_put_record,
    .delete_record = sqlite_delete_record,
    .keep_now = sqlite_keep_now,
    .commit = sqlite_commit,
    .replay = sqlite_replay,
    .memory_bytes = sqlite_memory_bytes,
    .maintain = sqlite_maintain,
    .last_at_ms = sqlite_last_at_ms,
    .free = sqlite_free,
};

bool journal_sqlite_open(const char *path, enum journal_sync sync, struct arena *arena,
                         struct journal **ret_journal, struct text *ret_reason)
{
    struct database *database = NULL;
    if (!database_open(path, sync, arena, &database, ret_reason))
        return false;
    struct journal_sqlite *sqlite = allocate(sizeof *sqlite);
    sqlite->journal = sqlite_functions;
    sqlite->journal.name = database_name(database);
    sqlite->database = database;
    sqlite->recent = recent_new(RECENT_BYTES_MAX);
    journal_meta_read(database, &sqlite->meta);
    sqlite->dropping = journal_has_dropped(database);
    sqlite->dropped_row = 1;
    if (path != NULL) {
        sqlite3_wal_hook(database_handle(database), note_log, sqlite);
        sqlite->checkpoint = checkpoint_new(database_path(database));
    }
    *ret_journal = &sqlite->journal;
    return true;
}
