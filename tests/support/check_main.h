// check_main -- the main() of every unit test: one suite, one process per test, TAP on standard
// output.
#ifndef TESTS_SUPPORT_CHECK_MAIN_H
#define TESTS_SUPPORT_CHECK_MAIN_H

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// An old name of libcheck's for ck_abort_msg, which is ours (queue/base/fail.h).
#undef fail

// The rules that a test pins, as its metadata: RULES("S-198 S-202"); is the first line of its body.
// It reports them beside the test's result as a TAP comment (written past stdio, because a forked
// test shares its parent's buffer); docs/fidelity.md is made from a run's results.
// A number may be narrowed to a part of its rule: "S-234-b", "L-157-row-19".
#define RULES(numbers) rules_report(__func__, "" numbers)

// libcheck calls the function of a test as the test is called, newer ones with "_fn" behind it.
static inline void rules_report(const char *function, const char *numbers)
{
    size_t length = strlen(function);
    if (length > 3 && strcmp(function + length - 3, "_fn") == 0)
        length -= 3;
    dprintf(STDOUT_FILENO, "# rules %.*s: %s\n", (int)length, function, numbers);
}

// Makes and runs the suite. libcheck forks for every test unless CK_FORK=no stands in the
// environment (for a debugger). The time limit of a test is generous, because a sanitizer on a busy
// machine is slow; CK_DEFAULT_TIMEOUT overrides it. libcheck reads it when a suite is made, hence
// the function.
static inline int check_main(Suite *(*make_suite)(void))
{
    setenv("CK_DEFAULT_TIMEOUT", "60", 0);
    SRunner *runner = srunner_create(make_suite());
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    int failed_count = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed_count == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

// The whole main() of a test file, whose function makes the suite: CHECK_MAIN(heap_suite)
#define CHECK_MAIN(suite_function)         \
    int main(void)                         \
    {                                      \
        return check_main(suite_function); \
    }

#endif
