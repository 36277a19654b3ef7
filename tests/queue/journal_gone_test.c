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

static Suite *journal_gone_suite(void)
{
    Suite *suite = suite_create("journal_gone");
    TCase *cases = tcase_create("gone");
    tcase_add_test(cases, a_full_list_says_so);
    tcase_add_test(cases, a_sorted_list_finds_its_rows_and_no_others);
    tcase_add_test(cases, the_list_comes_back_from_its_bytes);
    tcase_add_test(cases, bytes_that_are_no_list_are_refused);
    suite_add_tcase(suite, cases);
    return suite;
}

CHECK_MAIN(journal_gone_suite)
