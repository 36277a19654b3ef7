// journal_database -- one SQLite connection on a redrive database: its lock, its statements, and
// the one way it fails.
#ifndef QUEUE_JOURNAL_DATABASE_H
#define QUEUE_JOURNAL_DATABASE_H

#include "queue/base/arena.h"
#include "queue/base/own.h"
#include "queue/journal.h"
#include "queue/journal_schema.h"

#include <sqlite3.h>

#define DATABASE_PAGE_BYTES 4096 // of a file
#define DATABASE_VFS "unix-excl" // of every connection on it

struct database;

// Opens or creates the database at path, or a private one in memory (NULL), with every statement
// prepared. False with one sentence in the arena when it cannot be had; nothing stays open then.
bool database_open(const char *path, enum journal_sync sync, struct arena *arena,
                   struct database **ret_database, struct text *ret_reason);
// Rolls back what was not committed, moves the log into the file, closes, and gives up the lock.
// Takes NULL; returns NULL.
struct database *database_free(struct database *database);
DEFINE_CLEANUP(database_free, struct database *)

sqlite3 *database_handle(struct database *database);
// The path as SQLite was given it; NULL in memory.
const char *database_path(const struct database *database);
// The path as the user wrote it, for sentences.
const char *database_name(const struct database *database);
// The statement, ready to be bound; it is the database's.
sqlite3_stmt *database_statement(struct database *database, enum statement statement);
// A statement of its own for a single use; end it with sqlite3_finalize.
sqlite3_stmt *database_prepare(struct database *database, const char *text);
// True with a row, false at the end; anything else fails.
bool database_step(struct database *database, sqlite3_stmt *statement);
// Runs a statement that gives no rows, and resets it.
void database_run(struct database *database, sqlite3_stmt *statement);
// Binds bytes that stay where they are until the statement was run; an empty text is empty, never
// NULL.
void database_bind_text(sqlite3_stmt *statement, int parameter, struct text text);
void database_bind_bytes(sqlite3_stmt *statement, int parameter, const void *bytes, size_t length);
// The bytes of a column, of either kind; valid until the statement moves.
struct text database_column(sqlite3_stmt *statement, int column);
// Ends the process with a sentence that names the file and what SQLite said last.
__attribute__((noreturn)) void database_fail(struct database *database);
// The same for rows that SQLite reads well and that cannot be ours.
__attribute__((noreturn)) void database_fail_damaged(struct database *database);

#endif
