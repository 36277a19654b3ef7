// backlog_test -- the first is always the one that was sent first, whatever comes back.
#include "queue/backlog.h"
#include "tests/support/check_main.h"

#define COUNT 200

START_TEST(what_comes_in_order_goes_in_order)
{
    struct backlog backlog;
    struct message messages[3] = {{.sequence = 1}, {.sequence = 2}, {.sequence = 5}};
    backlog_init(&backlog);
    ck_assert_ptr_null(backlog_first(&backlog));
    for (int i = 0; i < 3; i++)
        backlog_add(&backlog, &messages[i]);
    ck_assert_uint_eq(backlog.returned.count, 0);
    for (int i = 0; i < 3; i++) {
        ck_assert_ptr_eq(backlog_first(&backlog), &messages[i]);
        backlog_remove(&backlog, &messages[i]);
    }
    backlog_deinit(&backlog);
}
END_TEST

START_TEST(what_comes_back_is_before_what_was_sent_later)
{
    RULES("S-189");
    struct backlog backlog;
    struct message messages[COUNT] = {0};
    backlog_init(&backlog);
    for (int i = 0; i < COUNT; i++) {
        messages[i].sequence = (uint64_t)i + 1;
        backlog_add(&backlog, &messages[i]);
    }
    // Every third leaves, and comes back in another order than it left.
    for (int i = 0; i < COUNT; i += 3)
        backlog_remove(&backlog, &messages[i]);
    for (int i = (COUNT - 1) / 3 * 3; i >= 0; i -= 3)
        backlog_add(&backlog, &messages[i]);
    for (int i = 0; i < COUNT; i++) {
        ck_assert_ptr_eq(backlog_first(&backlog), &messages[i]);
        backlog_remove(&backlog, &messages[i]);
    }
    ck_assert_ptr_null(backlog_first(&backlog));
    backlog_deinit(&backlog);
}
END_TEST

static Suite *backlog_suite(void)
{
    Suite *suite = suite_create("backlog");
    TCase *tests = tcase_create("backlog");
    tcase_add_test(tests, what_comes_in_order_goes_in_order);
    tcase_add_test(tests, what_comes_back_is_before_what_was_sent_later);
    suite_add_tcase(suite, tests);
    return suite;
}

CHECK_MAIN(backlog_suite)
