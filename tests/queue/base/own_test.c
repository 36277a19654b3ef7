// own_test -- locals that clean up after themselves, and giving away.
#include "queue/base/own.h"
#include "tests/support/check_main.h"

static int freed;

static int *counter_free(int *counter)
{
    (*counter)++;
    return NULL;
}
DEFINE_CLEANUP(counter_free, int *)

static void number_deinit(int *number)
{
    freed += *number;
}
DEFINE_DEINIT_CLEANUP(number_deinit, int)

START_TEST(a_local_is_freed_at_the_end_of_its_block)
{
    freed = 0;
    {
        cleanup(counter_free) int *counter = &freed;
        cleanup(counter_free) int *nothing = NULL;
        cleanup(number_deinit) int number = 10;
        ck_assert_int_eq(*counter + number, 10);
        ck_assert_ptr_null(nothing);
    }
    ck_assert_int_eq(freed, 11);
}
END_TEST

START_TEST(what_is_taken_is_not_freed)
{
    freed = 0;
    int *kept;
    {
        cleanup(counter_free) int *counter = &freed;
        kept = take(&counter);
        ck_assert_ptr_null(counter);
    }
    ck_assert_ptr_eq(kept, &freed);
    ck_assert_int_eq(freed, 0);
}
END_TEST

START_TEST(allocated_memory_is_zeroed_and_can_grow)
{
    cleanup_free char *memory = allocate(100);
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(memory[i], 0);
    memory[0] = 'a';
    memory = reallocate(memory, 100000);
    ck_assert_int_eq(memory[0], 'a');
    cleanup_free void *nothing = allocate(0);
    ck_assert_ptr_nonnull(nothing);
}
END_TEST

START_TEST(a_duplicate_is_terminated)
{
    cleanup_free char *copy = duplicate("abcdef", 3);
    ck_assert_str_eq(copy, "abc");
    cleanup_free char *empty = duplicate(NULL, 0);
    ck_assert_str_eq(empty, "");
}
END_TEST

static Suite *own_suite(void)
{
    Suite *suite = suite_create("own");
    TCase *owning = tcase_create("own");
    tcase_add_test(owning, a_local_is_freed_at_the_end_of_its_block);
    tcase_add_test(owning, what_is_taken_is_not_freed);
    tcase_add_test(owning, allocated_memory_is_zeroed_and_can_grow);
    tcase_add_test(owning, a_duplicate_is_terminated);
    suite_add_tcase(suite, owning);
    return suite;
}

CHECK_MAIN(own_suite)
