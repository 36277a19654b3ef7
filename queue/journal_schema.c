// journal_schema -- what a redrive database looks like from inside.
//
//   queue --< queue_attribute      a queue, and its settings under AWS's names
//     |
//     +--< message                 what never changes
//     |      |
//     |      +--- receive_state    what a receive, a lease or a move changes
//     |
//     +--< deduplication           windows of accepted ids
//
//   record                         functions, mappings, move tasks: opaque bytes of other rooms
//   dropped                        queues that are deleted and whose messages are not all taken out
//   meta                           one row: the last instant, the greatest numbers ever used,
//                                  both as far as rows do not say more (journal_replay.c);
//                                  the messages that are deleted and not yet taken out
//
// A message that was only sent is one row: message carries the state that a send gives it (queue,
// sequence, instants, phase). The first receive or change adds a row to receive_state, which from
// then on holds all of the state. So a receive writes some sixty bytes and never touches the page
// of the body. There is no secondary index: the engine knows every row by its key. The body is the
// last column, so that replay reads a row's head and not its tail.
//
// Foreign keys were not taken: the engine keeps the promises, and each check would be a look-up on
// the hot path.
#include "queue/journal_schema.h"

const char schema_script[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE meta ("
    "  id INTEGER PRIMARY KEY CHECK (id = 1),"
    "  now_ms INTEGER NOT NULL,"       // the instant of the last commit that wrote this row
    "  queue_number INTEGER NOT NULL," // the greatest ever used, also by rows that are gone
    "  message_row INTEGER NOT NULL,"
    "  sequence INTEGER NOT NULL,"
    "  gone BLOB NOT NULL" // see journal_gone.c
    ") STRICT;"
    "INSERT INTO meta VALUES (1, 0, 0, 0, 0, x'');"
    "CREATE TABLE queue ("
    "  number INTEGER PRIMARY KEY,"
    "  account TEXT NOT NULL,"
    "  region TEXT NOT NULL,"
    "  name TEXT NOT NULL,"
    "  created_at_ms INTEGER NOT NULL,"
    "  modified_at_ms INTEGER NOT NULL"
    ") STRICT;"
    "CREATE TABLE queue_attribute ("
    "  queue INTEGER NOT NULL,"
    "  name TEXT NOT NULL,"
    "  value TEXT NOT NULL,"
    "  PRIMARY KEY (queue, name)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE dropped ("
    "  queue INTEGER PRIMARY KEY" // deleted, and some of its messages may still lie in the tables
    ") STRICT;"
    "CREATE TABLE message ("
    "  id INTEGER PRIMARY KEY,"
    "  queue INTEGER NOT NULL," // it was sent to
    "  sequence INTEGER NOT NULL,"
    "  sent_at_ms INTEGER NOT NULL,"
    "  enqueued_at_ms INTEGER NOT NULL,"
    "  available_at_ms INTEGER NOT NULL,"
    "  phase INTEGER NOT NULL,"
    "  message_id BLOB NOT NULL,"
    "  body_md5 BLOB NOT NULL,"
    "  sender_id TEXT NOT NULL,"
    "  trace_header TEXT NOT NULL,"
    "  group_id TEXT NOT NULL,"
    "  deduplication_id TEXT NOT NULL,"
    "  attributes BLOB NOT NULL,"
    "  body TEXT NOT NULL"
    ") STRICT;"
    "CREATE TABLE receive_state ("
    "  id INTEGER PRIMARY KEY,"
    "  queue INTEGER NOT NULL," // it is in now
    "  sequence INTEGER NOT NULL,"
    "  enqueued_at_ms INTEGER NOT NULL,"
    "  available_at_ms INTEGER NOT NULL,"
    "  phase INTEGER NOT NULL,"
    "  received_at_ms INTEGER NOT NULL,"
    "  first_received_at_ms INTEGER NOT NULL,"
    "  receive_count INTEGER NOT NULL,"
    "  queue_receive_count INTEGER NOT NULL,"
    "  leased_outside INTEGER NOT NULL,"
    "  dead_letter_source INTEGER NOT NULL"
    ") STRICT;"
    "CREATE TABLE deduplication ("
    "  queue INTEGER NOT NULL,"
    "  key BLOB NOT NULL,"
    "  until_ms INTEGER NOT NULL,"
    "  message_id BLOB NOT NULL,"
    "  sequence INTEGER NOT NULL,"
    "  PRIMARY KEY (queue, key)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE record ("
    "  kind TEXT NOT NULL,"
    "  key TEXT NOT NULL,"
    "  bytes BLOB NOT NULL,"
    "  PRIMARY KEY (kind, key)"
    ") STRICT, WITHOUT ROWID;"
    "PRAGMA application_id = 1919185526;"
    "PRAGMA user_version = 1;"
    "COMMIT;";

_Static_assert(SCHEMA_APPLICATION_ID == 1919185526, "the script says the same");
_Static_assert(SCHEMA_VERSION == 1, "the script says the same");

const char *const schema_statements[STATEMENT_COUNT] = {
    [STATEMENT_BEGIN] = "BEGIN",
    [STATEMENT_COMMIT] = "COMMIT",
    [STATEMENT_PUT_META] = "UPDATE meta SET now_ms = ?1, queue_number = ?2, message_row = ?3, "
                           "sequence = ?4, gone = ?5 "
                           "WHERE id = 1",
    [STATEMENT_PUT_QUEUE] = "INSERT OR REPLACE INTO queue VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [STATEMENT_DELETE_QUEUE] = "DELETE FROM queue WHERE number = ?1",
    [STATEMENT_PUT_ATTRIBUTE] = "INSERT INTO queue_attribute VALUES (?1, ?2, ?3)",
    [STATEMENT_DELETE_ATTRIBUTES] = "DELETE FROM queue_attribute WHERE queue = ?1",
    [STATEMENT_PUT_DROPPED] = "INSERT OR REPLACE INTO dropped VALUES (?1)",
    // A message is in the queue of its receive_state, or, without one, in the queue it was sent to.
    [STATEMENT_SWEEP_DROPPED_MESSAGES] =
        "DELETE FROM message WHERE id BETWEEN ?1 AND ?2 AND coalesce("
        "(SELECT s.queue FROM receive_state s WHERE s.id = message.id), message.queue) "
        "IN (SELECT queue FROM dropped)",
    [STATEMENT_SWEEP_DROPPED_STATES] = "DELETE FROM receive_state WHERE id BETWEEN ?1 AND ?2 "
                                       "AND queue IN (SELECT queue FROM dropped)",
    [STATEMENT_DELETE_DROPPED] = "DELETE FROM dropped",
    [STATEMENT_DELETE_QUEUE_DEDUPLICATIONS] = "DELETE FROM deduplication WHERE queue = ?1",
    [STATEMENT_INSERT_MESSAGE] = "INSERT INTO message VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
                                 "?10, ?11, ?12, ?13, ?14, ?15)",
    [STATEMENT_SWEEP_MESSAGES] = "DELETE FROM message WHERE id BETWEEN ?1 AND ?2",
    [STATEMENT_SWEEP_STATES] = "DELETE FROM receive_state WHERE id BETWEEN ?1 AND ?2",
    [STATEMENT_READ_MESSAGE] =
        "SELECT queue, sent_at_ms, message_id, body_md5, sender_id, trace_header, group_id, "
        "deduplication_id, attributes, body FROM message WHERE id = ?1",
    [STATEMENT_PUT_STATE] = "INSERT OR REPLACE INTO receive_state VALUES (?1, ?2, ?3, ?4, ?5, ?6, "
                            "?7, ?8, ?9, ?10, ?11, ?12)",
    [STATEMENT_PUT_DEDUPLICATION] =
        "INSERT OR REPLACE INTO deduplication VALUES (?1, ?2, ?3, ?4, ?5)",
    [STATEMENT_DELETE_DEDUPLICATION] = "DELETE FROM deduplication WHERE queue = ?1 AND key = ?2",
    [STATEMENT_PUT_RECORD] = "INSERT OR REPLACE INTO record VALUES (?1, ?2, ?3)",
    [STATEMENT_DELETE_RECORD] = "DELETE FROM record WHERE kind = ?1 AND key = ?2",
};
