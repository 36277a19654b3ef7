// fail_test -- status 3, one sentence on standard error, no cleanup.
#include "queue/base/fail.h"
#include "queue/base/own.h"
#include "tests/support/check_main.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void leave_a_trace(void)
{
    fputs("handlers ran\n", stderr);
}

START_TEST(fail_prints_one_sentence_and_ends_with_status_3)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        atexit(leave_a_trace);
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        fail("%s cannot be written: %d", "orders.db", 28);
    }
    close(ends[1]);
    char said[200] = {0};
    size_t length = 0;
    ssize_t got;
    while ((got = read(ends[0], said + length, sizeof(said) - 1 - length)) > 0)
        length += (size_t)got;
    close(ends[0]);
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 3);
    ck_assert_str_eq(said, "redrive: orders.db cannot be written: 28\n");
}
END_TEST

// The address sanitizer, where it is on, must answer like malloc() instead of ending the process
// itself; it asks for its options by this name.
const char *__asan_default_options(void); // NOLINT(bugprone-reserved-identifier)
const char *__asan_default_options(void)  // NOLINT(bugprone-reserved-identifier)
{
    return "allocator_may_return_null=1";
}

// More than any address space holds; volatile, so that the compiler does not refuse it first.
static volatile size_t impossible_bytes = PTRDIFF_MAX;

START_TEST(memory_that_cannot_be_had_ends_the_process)
{
    allocate(impossible_bytes);
}
END_TEST

START_TEST(growth_that_cannot_be_had_ends_the_process)
{
    reallocate(NULL, impossible_bytes);
}
END_TEST

static Suite *fail_suite(void)
{
    Suite *suite = suite_create("fail");
    TCase *ends = tcase_create("fail");
    tcase_add_test(ends, fail_prints_one_sentence_and_ends_with_status_3);
    tcase_add_exit_test(ends, memory_that_cannot_be_had_ends_the_process, 3);
    tcase_add_exit_test(ends, growth_that_cannot_be_had_ends_the_process, 3);
    suite_add_tcase(suite, ends);
    return suite;
}

CHECK_MAIN(fail_suite)
