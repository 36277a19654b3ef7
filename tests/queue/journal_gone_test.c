// The list of deleted rows that still lie in the tables.
#include "queue/journal_gone.h"

#include "tests/support/check_main.h"

START_TEST(a_full_list_says_so)
{
    struct gone gone = {0};
    for (uint64_t row = 1; row <= GONE_ROWS_MAX; row++) {
        ck_assert(!gone_is_full(&gone));
        gone_add(&gone, row);
    }
    ck_assert(gone_is_full(&gone));
}
END_TEST

START_TEST(a_sorted_list_finds_its_rows_and_no_others)
{
    struct gone gone = {0};
    for (uint64_t i = 0; i < 100; i++)
        gone_add(&gone, 1 + i * 37 % 101 * 2);
    gone_sort(&gone);
    size_t found = 0;
    for (uint64_t row = 0; row <= 300; row++)
        found += gone_contains(&gone, row);
    ck_assert_uint_eq(found, 100);
    ck_assert(gone_contains(&gone, 1));
    ck_assert(!gone_contains(&gone, 2));
}
END_TEST

START_TEST(the_list_comes_back_from_its_bytes)
{
    struct gone gone = {0};
    struct gone read = {.count = 5};
    ck_assert(gone_from_bytes(gone_bytes(&gone), &read));
    ck_assert_uint_eq(read.count, 0);
    gone_add(&gone, UINT64_C(0x7fffffffffffffff));
    gone_add(&gone, 3);
    ck_assert(gone_from_bytes(gone_bytes(&gone), &read));
    ck_assert_uint_eq(read.count, 2);
    ck_assert_uint_eq(read.rows[0], UINT64_C(0x7fffffffffffffff));
    ck_assert_uint_eq(read.rows[1], 3);
}
END_TEST

START_TEST(bytes_that_are_no_list_are_refused)
{
    static char bytes[(GONE_ROWS_MAX + 1) * sizeof(uint64_t)];
    struct gone gone = {.count = 5};
    ck_assert(!gone_from_bytes(text_from(bytes, 7), &gone));
    ck_assert(!gone_from_bytes(text_from(bytes, sizeof bytes), &gone));
    ck_assert_uint_eq(gone.count, 5);
}
END_TEST

static void execute(struct database *database, const char *script)
{
    ck_assert_int_eq(sqlite3_exec(database_handle(database), script, NULL, NULL, NULL), SQLITE_OK);
}

static void expect_rows(struct database *database, const char *query, const char *rows)
{
    sqlite3_stmt *statement = database_prepare(database, query);
    ck_assert(database_step(database, statement));
    ck_assert_str_eq((const char *)sqlite3_column_text(statement, 0), rows);
    sqlite3_finalize(statement);
}

// Runs of neighbours go as ranges, and what lies between them stays.
START_TEST(a_sweep_takes_the_rows_of_the_list_and_no_others)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    cleanup(database_free) struct database *database = NULL;
    struct text reason;
    ck_assert(database_open(NULL, JOURNAL_SYNC_NORMAL, arena, &database, &reason));
    execute(database,
            "WITH RECURSIVE row(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM row WHERE id < 12)"
            " INSERT INTO message SELECT id, 1, 1, 1, 1, 1, 1, x'', x'', '', '', '', '', x'', ''"
            " FROM row");
    execute(database, "INSERT INTO receive_state SELECT id, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0"
                      " FROM message");
    struct gone gone = {0};
    static const uint64_t rows[] = {7, 2, 11, 6, 3, 4, 9};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        gone_add(&gone, rows[i]);
    gone_sweep(&gone, database);
    ck_assert_uint_eq(gone.count, 0);
    expect_rows(database, "SELECT group_concat(id) FROM message", "1,5,8,10,12");
    expect_rows(database, "SELECT group_concat(id) FROM receive_state", "1,5,8,10,12");
    gone_sweep(&gone, database); // nothing
    expect_rows(database, "SELECT count(*) FROM message", "5");
}
END_TEST

static Suite *journal_gone_suite(void)
{
    Suite *suite = suite_create("journal_gone");
    TCase *cases = tcase_create("gone");
    tcase_add_test(cases, a_full_list_says_so);
    tcase_add_test(cases, a_sorted_list_finds_its_rows_and_no_others);
    tcase_add_test(cases, the_list_comes_back_from_its_bytes);
    tcase_add_test(cases, bytes_that_are_no_list_are_refused);
    tcase_add_test(cases, a_sweep_takes_the_rows_of_the_list_and_no_others);
    suite_add_tcase(suite, cases);
    return suite;
}

CHECK_MAIN(journal_gone_suite)
