// journal_schema -- the tables of a redrive database, and every statement that is ever run on them,
// as text.
#ifndef QUEUE_JOURNAL_SCHEMA_H
#define QUEUE_JOURNAL_SCHEMA_H

// "rdrv" in the header of the file, so that no other program's database is taken for one of ours.
#define SCHEMA_APPLICATION_ID 0x72647276
// Raised by one with every change of the tables; an older redrive refuses a newer file.
#define SCHEMA_VERSION 1

enum statement {
    STATEMENT_BEGIN,
    STATEMENT_COMMIT,
    STATEMENT_PUT_META,
    STATEMENT_PUT_QUEUE,
    STATEMENT_DELETE_QUEUE,
    STATEMENT_PUT_ATTRIBUTE,
    STATEMENT_DELETE_ATTRIBUTES,
    STATEMENT_PUT_DROPPED,
    STATEMENT_SWEEP_DROPPED_MESSAGES,
    STATEMENT_SWEEP_DROPPED_STATES,
    STATEMENT_DELETE_DROPPED,
    STATEMENT_DELETE_QUEUE_DEDUPLICATIONS,
    STATEMENT_INSERT_MESSAGE,
    STATEMENT_SWEEP_MESSAGES,
    STATEMENT_SWEEP_STATES,
    STATEMENT_READ_MESSAGE,
    STATEMENT_PUT_STATE,
    STATEMENT_PUT_DEDUPLICATION,
    STATEMENT_DELETE_DEDUPLICATION,
    STATEMENT_PUT_RECORD,
    STATEMENT_DELETE_RECORD,
    STATEMENT_COUNT,
};

// Creates the tables of a new database, in one script.
extern const char schema_script[];
// By enum statement; what a parameter is stands beside the text.
extern const char *const schema_statements[STATEMENT_COUNT];

#endif
