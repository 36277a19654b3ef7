// journal_fixture -- a directory for one test, the journal in it, and a first message.
#ifndef TESTS_QUEUE_JOURNAL_FIXTURE_H
#define TESTS_QUEUE_JOURNAL_FIXTURE_H

#include "queue/base/own.h"
#include "queue/journal.h"
#include "tests/crash/journal_operations.h"
#include "tests/support/check_main.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

DEFINE_CLEANUP(journal_free, struct journal *)

static char directory[64];
static char path[96];

static inline void make_directory(void)
{
    strcpy(directory, "/tmp/redrive-journal-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/orders.db", directory);
}

static inline void remove_directory(void)
{
    static const char *const names[] = {"orders.db",      "orders.db-wal", "orders.db-shm",
                                        "orders.db.lock", "copy.db",       "copy.db-wal",
                                        "copy.db-shm",    "copy.db.lock"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s/%s", directory, names[i]);
        unlink(name);
    }
    rmdir(directory);
}

static inline struct journal *open_file(const char *name)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    struct journal *journal = NULL;
    struct text reason = {0};
    bool opened = journal_sqlite_open(name, JOURNAL_SYNC_NORMAL, arena, &journal, &reason);
    ck_assert_msg(opened, "%.*s", TEXT_ARGUMENTS(reason));
    return journal;
}

static inline bool dump_has(const struct buffer *dump, const char *part)
{
    return text_find(buffer_text(dump), text_of(part), NULL);
}

static inline void insert(struct journal *journal, uint64_t row, uint64_t queue, struct text body)
{
    struct journal_message message = {.row = row, .queue = queue, .sent_at_ms = 1, .body = body};
    struct journal_state state = {.row = row,
                                  .queue = queue,
                                  .sequence = row * 10,
                                  .enqueued_at_ms = 20,
                                  .available_at_ms = 25,
                                  .phase = 1};
    journal->insert_message(journal, &message, &state);
}

#endif
