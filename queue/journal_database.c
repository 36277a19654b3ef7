// journal_database -- one SQLite connection on a redrive database: its lock, its statements, and
// the one way it fails.
//
// Opening goes: lock file, connection, pragmas, what is it, tables, statements. Every step can say
// no with one sentence that tells the user what to do next; after the last one nothing says no any
// more, it fails.
//
// The lock is an open-file-description lock on "<path>.lock": SQLite's own locks vanish when any
// descriptor of the file is closed. The kernel frees ours when the process ends, however it ends.
// The file is never unlinked: who unlinks a lock file lets two processes lock two files of one name.
//
// Nobody else has the file open, so both of our connections, this one and the checkpointer's, take
// SQLite's VFS for one process (DATABASE_VFS): it locks the file once and keeps the index of the log
// in memory, where the usual one takes and releases six locks for every commit. What it costs: no
// other program can look into the file while redrive runs.
#include "queue/journal_database.h"

#include "queue/base/fail.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// The checkpointer holds its locks for milliseconds; this long only a foreign program does.
#define BUSY_WAIT_MS 10000
// Without a log to write pages into, larger ones cost less; 16 KiB and more cost small turns.
#define MEMORY_PAGE_BYTES 8192
#define CACHE_KIB 4096          // four times as much measured the same, at a million messages too
#define LOG_KEPT_BYTES 67108864 // a log that was once longer is cut to this when it begins anew
#define NUMBER(constant) NUMBER_TEXT(constant)
#define NUMBER_TEXT(constant) #constant

struct database {
    sqlite3 *handle;
    bool opened; // it is ours and whole; else it must stay as it is
    sqlite3_stmt *statements[STATEMENT_COUNT];
    char *path;          // what SQLite was given; NULL in memory
    char *path_lock;     // NULL in memory
    const char *name;    // for sentences: the path as the user wrote it, a part of path
    int lock_descriptor; // -1: none
};

// SQLite takes ":memory:" and "" for databases of its own and "file:" for a URI; behind "./" a name
// is a name.
static void name_files(struct database *database, const char *path)
{
    const char *before = path[0] == '/' ? "" : "./";
    size_t size = strlen(path) + sizeof("./") + sizeof(".lock");
    database->path = allocate(size);
    database->path_lock = allocate(size);
    snprintf(database->path, size, "%s%s", before, path);
    snprintf(database->path_lock, size, "%s%s.lock", before, path);
    database->name = database->path + strlen(before);
}

static bool take_lock(struct database *database, struct arena *arena, struct text *ret_reason)
{
    database->lock_descriptor =
        open(database->path_lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
    if (database->lock_descriptor < 0) {
        *ret_reason = arena_print(arena,
                                  "database %s cannot be opened: %s.lock: %s; mend that or name "
                                  "another file with --db",
                                  database->name, database->name, strerror(errno));
        return false;
    }
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(database->lock_descriptor, F_OFD_SETLK, &lock) == 0)
        return true;
    if (errno == EAGAIN || errno == EACCES)
        *ret_reason = arena_print(
            arena,
            "database %s is in use by another redrive; stop it or name another file with --db",
            database->name);
    else
        *ret_reason =
            arena_print(arena, "database %s cannot be locked: %s; name another file with --db",
                        database->name, strerror(errno));
    return false;
}

static struct text read_only(const struct database *database, struct arena *arena)
{
    return arena_print(arena,
                       "database %s is read-only; make it writable or name another file with --db",
                       database->name);
}

// What SQLite said last, as a sentence for somebody who has to decide what to do with the file.
static struct text explain(struct database *database, struct arena *arena)
{
    int error = sqlite3_errcode(database->handle);
    const char *said = sqlite3_errmsg(database->handle);
    if (error == SQLITE_NOTADB)
        return arena_print(arena, "%s is not a redrive database; name another file with --db",
                           database->name);
    // A statement of ours that is wrong: a table or a column is not there.
    if (error == SQLITE_CORRUPT || error == SQLITE_ERROR)
        return arena_print(
            arena, "database %s is damaged (%s); restore a copy or name another file with --db",
            database->name, said);
    // Everything that is unique in the schema is unique in what redrive writes.
    if (error == SQLITE_CONSTRAINT)
        return arena_print(arena,
                           "database %s is damaged (a row is there twice); restore a copy or name "
                           "another file with --db",
                           database->name);
    if (error == SQLITE_READONLY)
        return read_only(database, arena);
    if (error == SQLITE_FULL)
        return arena_print(arena,
                           "database %s cannot grow: %s; make room or name another file with --db",
                           database->name, said);
    int system = sqlite3_system_errno(database->handle);
    if ((error == SQLITE_CANTOPEN || error == SQLITE_IOERR) && system != 0)
        return arena_print(arena,
                           "database %s cannot be used: %s (%s); mend that or name another file "
                           "with --db",
                           database->name, said, strerror(system));
    return arena_print(arena,
                       "database %s cannot be used: %s; mend that or name another file with --db",
                       database->name, said);
}

static bool explained(struct database *database, struct arena *arena, struct text *ret_reason)
{
    *ret_reason = explain(database, arena);
    return false;
}

static bool execute(struct database *database, const char *script)
{
    return sqlite3_exec(database->handle, script, NULL, NULL, NULL) == SQLITE_OK;
}

// The first column of the first row. False on an error.
static bool query_integer(struct database *database, const char *query, int64_t *ret_value)
{
    sqlite3_stmt *statement = NULL;
    bool found = sqlite3_prepare_v2(database->handle, query, -1, &statement, NULL) == SQLITE_OK &&
                 sqlite3_step(statement) == SQLITE_ROW;
    int64_t value = found ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    if (found)
        *ret_value = value;
    return found;
}

static bool open_handle(struct database *database, struct arena *arena, struct text *ret_reason)
{
    const char *path = database->path != NULL ? database->path : ":memory:";
    int mode = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &database->handle, mode, DATABASE_VFS) != SQLITE_OK) {
        if (database->handle == NULL)
            fail("out of memory");
        return explained(database, arena, ret_reason);
    }
    if (sqlite3_db_readonly(database->handle, "main") == 1) {
        *ret_reason = read_only(database, arena);
        return false;
    }
    sqlite3_busy_timeout(database->handle, BUSY_WAIT_MS);
    return true;
}

// Whose file it is. A file without tables and without an identity is new.
static bool check_identity(struct database *database, struct arena *arena, bool *ret_new,
                           struct text *ret_reason)
{
    int64_t application = 0;
    int64_t version = 0;
    int64_t tables = 0;
    if (!query_integer(database, "PRAGMA application_id", &application) ||
        !query_integer(database, "PRAGMA user_version", &version) ||
        !query_integer(database, "SELECT count(*) FROM sqlite_schema", &tables))
        return explained(database, arena, ret_reason);
    *ret_new = application == 0 && version == 0 && tables == 0;
    if (*ret_new)
        return true;
    if (application != SCHEMA_APPLICATION_ID) {
        *ret_reason = arena_print(
            arena, "%s is another program's database; name another file with --db", database->name);
        return false;
    }
    if (version > SCHEMA_VERSION) {
        *ret_reason = arena_print(
            arena,
            "database %s was written by a newer redrive (schema %lld, this one knows %d); "
            "use that one or name another file with --db",
            database->name, (long long)version, SCHEMA_VERSION);
        return false;
    }
    return true;
}

// A database in memory is never rolled back: what fails ends the process, and what is not committed
// when it is closed goes with it. So it needs no journal of SQLite's own.
static bool set_memory_pragmas(struct database *database)
{
    return execute(database,
                   "PRAGMA page_size = " NUMBER(MEMORY_PAGE_BYTES) ";"
                                                                   "PRAGMA secure_delete = OFF;"
                                                                   "PRAGMA temp_store = MEMORY;"
                                                                   "PRAGMA journal_mode = OFF;");
}

// Settings of the connection, not of the file; page_size counts for a new file alone.
static bool set_file_pragmas(struct database *database)
{
    return execute(database,
                   "PRAGMA page_size = " NUMBER(
                       DATABASE_PAGE_BYTES) ";"
                                            "PRAGMA cache_size = -" NUMBER(
                                                CACHE_KIB) ";"
                                                           "PRAGMA secure_delete = OFF;"
                                                           "PRAGMA temp_store = MEMORY;"
                                                           "PRAGMA journal_mode = WAL;"
                                                           "PRAGMA wal_autocheckpoint = 0;"
                                                           "PRAGMA journal_size_limit = " NUMBER(
                                                               LOG_KEPT_BYTES) ";");
}

static bool set_pragmas(struct database *database)
{
    return database->path == NULL ? set_memory_pragmas(database) : set_file_pragmas(database);
}

static bool set_synchronous(struct database *database, enum journal_sync sync)
{
    return execute(database, sync == JOURNAL_SYNC_FULL ? "PRAGMA synchronous = FULL"
                                                       : "PRAGMA synchronous = NORMAL");
}

// To make a file takes six waits for the disk, most of the time of such a start. A file that need not
// survive a power cut goes without them; the first checkpoint waits for all of it.
static bool set_synchronous_for_new(struct database *database, enum journal_sync sync)
{
    return sync == JOURNAL_SYNC_FULL ? set_synchronous(database, sync)
                                     : execute(database, "PRAGMA synchronous = OFF");
}

static bool prepare_statements(struct database *database)
{
    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
        if (sqlite3_prepare_v3(database->handle, schema_statements[i], -1,
                               SQLITE_PREPARE_PERSISTENT, &database->statements[i],
                               NULL) != SQLITE_OK)
            return false;
    }
    return true;
}

static bool set_up(struct database *database, enum journal_sync sync, struct arena *arena,
                   struct text *ret_reason)
{
    bool new = false;
    if (!check_identity(database, arena, &new, ret_reason))
        return false;
    if ((new && !set_synchronous_for_new(database, sync)) || !set_pragmas(database) ||
        (new && !execute(database, schema_script)) || !set_synchronous(database, sync) ||
        !prepare_statements(database))
        return explained(database, arena, ret_reason);
    return true;
}

bool database_open(const char *path, enum journal_sync sync, struct arena *arena,
                   struct database **ret_database, struct text *ret_reason)
{
    cleanup(database_free) struct database *database = allocate(sizeof *database);
    database->lock_descriptor = -1;
    database->name = "(in memory)";
    if (path != NULL) {
        name_files(database, path);
        if (!take_lock(database, arena, ret_reason))
            return false;
    }
    if (!open_handle(database, arena, ret_reason) || !set_up(database, sync, arena, ret_reason))
        return false;
    database->opened = true;
    *ret_database = take(&database);
    return true;
}

// Another program's database, a newer redrive's or a damaged one may have a log too, which the last
// connection would move into the file.
static void leave_as_it_is(struct database *database)
{
    sqlite3_db_config(database->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

// A checkpoint that does not succeed here is no loss: the next open finds the log and reads it.
struct database *database_free(struct database *database)
{
    if (database == NULL)
        return NULL;
    for (size_t i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(database->statements[i]);
    if (database->handle != NULL && !database->opened)
        leave_as_it_is(database);
    if (database->opened && database->path != NULL) {
        if (!sqlite3_get_autocommit(database->handle))
            execute(database, "ROLLBACK");
        sqlite3_wal_checkpoint_v2(database->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    }
    sqlite3_close(database->handle);
    if (database->lock_descriptor >= 0)
        close(database->lock_descriptor);
    free(database->path);
    free(database->path_lock);
    free(database);
    return NULL;
}

sqlite3 *database_handle(struct database *database)
{
    return database->handle;
}

const char *database_path(const struct database *database)
{
    return database->path;
}

const char *database_name(const struct database *database)
{
    return database->name;
}

sqlite3_stmt *database_statement(struct database *database, enum statement statement)
{
    return database->statements[statement];
}

sqlite3_stmt *database_prepare(struct database *database, const char *text)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(database->handle, text, -1, &statement, NULL) != SQLITE_OK)
        database_fail(database);
    return statement;
}

bool database_step(struct database *database, sqlite3_stmt *statement)
{
    int result = sqlite3_step(statement);
    if (result != SQLITE_ROW && result != SQLITE_DONE)
        database_fail(database);
    return result == SQLITE_ROW;
}

void database_run(struct database *database, sqlite3_stmt *statement)
{
    bool row = database_step(database, statement);
    assert(!row);
    (void)row;
    sqlite3_reset(statement);
}

void database_bind_text(sqlite3_stmt *statement, int parameter, struct text text)
{
    const char *bytes = text.length > 0 ? text.bytes : "";
    int result =
        sqlite3_bind_text64(statement, parameter, bytes, text.length, SQLITE_STATIC, SQLITE_UTF8);
    assert(result == SQLITE_OK);
    (void)result;
}

void database_bind_bytes(sqlite3_stmt *statement, int parameter, const void *bytes, size_t length)
{
    int result =
        sqlite3_bind_blob64(statement, parameter, length > 0 ? bytes : "", length, SQLITE_STATIC);
    assert(result == SQLITE_OK);
    (void)result;
}

// sqlite3_column_blob gives a TEXT as it lies on the page; sqlite3_column_text would copy it to
// terminate it.
struct text database_column(sqlite3_stmt *statement, int column)
{
    const void *bytes = sqlite3_column_blob(statement, column);
    return text_from(bytes, (size_t)sqlite3_column_bytes(statement, column));
}

void database_fail(struct database *database)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    struct text sentence = explain(database, arena);
    fail("%.*s", TEXT_ARGUMENTS(sentence));
}

void database_fail_damaged(struct database *database)
{
    fail("database %s is damaged (a row that redrive cannot have written); restore a copy or name "
         "another file with --db",
         database->name);
}
