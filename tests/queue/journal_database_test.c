// journal_database_test -- what every connection on a database is set to.
#include "queue/journal_database.h"

#include "tests/queue/journal_fixture.h"

static struct database *open_database(const char *name, enum journal_sync sync)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    struct database *database = NULL;
    struct text reason = {0};
    ck_assert_msg(database_open(name, sync, arena, &database, &reason), "%.*s",
                  TEXT_ARGUMENTS(reason));
    return database;
}

static int64_t number_of(struct database *database, const char *query)
{
    sqlite3_stmt *statement = database_prepare(database, query);
    ck_assert(database_step(database, statement));
    int64_t number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

// A power cut takes nothing that was acknowledged, if that is wished; else the file is whole, which
// takes fewer waits for the disk.
START_TEST(a_commit_waits_for_the_disk_if_it_is_told_to)
{
    cleanup(database_free) struct database *full = open_database(path, JOURNAL_SYNC_FULL);
    ck_assert_int_eq(number_of(full, "PRAGMA synchronous"), 2);
    database_free(full);
    full = open_database(path, JOURNAL_SYNC_NORMAL); // an old file
    ck_assert_int_eq(number_of(full, "PRAGMA synchronous"), 1);
    database_free(full);
    remove_directory();
    make_directory();
    full = open_database(path, JOURNAL_SYNC_NORMAL); // a new one
    ck_assert_int_eq(number_of(full, "PRAGMA synchronous"), 1);
}
END_TEST

START_TEST(a_file_has_a_log_that_the_journal_moves_itself)
{
    cleanup(database_free) struct database *database = open_database(path, JOURNAL_SYNC_NORMAL);
    ck_assert_int_eq(number_of(database, "PRAGMA page_size"), DATABASE_PAGE_BYTES);
    ck_assert_int_eq(number_of(database, "PRAGMA journal_mode = WAL"), 0); // the text "wal"
    ck_assert_int_eq(number_of(database, "PRAGMA wal_autocheckpoint"), 0);
    ck_assert_int_eq(number_of(database, "PRAGMA temp_store"), 2);
    ck_assert_str_eq(database_path(database), path);
    ck_assert_str_eq(database_name(database), path);
}
END_TEST

START_TEST(a_database_in_memory_has_no_path)
{
    cleanup(database_free) struct database *database = open_database(NULL, JOURNAL_SYNC_NORMAL);
    ck_assert_ptr_null(database_path(database));
    ck_assert_int_eq(number_of(database, "PRAGMA temp_store"), 2);
    ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

static Suite *journal_database_suite(void)
{
    Suite *suite = suite_create("journal_database");
    TCase *tcase = tcase_create("journal_database");
    tcase_add_checked_fixture(tcase, make_directory, remove_directory);
    tcase_add_test(tcase, a_commit_waits_for_the_disk_if_it_is_told_to);
    tcase_add_test(tcase, a_file_has_a_log_that_the_journal_moves_itself);
    tcase_add_test(tcase, a_database_in_memory_has_no_path);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(journal_database_suite)
