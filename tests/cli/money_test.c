// money -- the bill by AWS's public prices (L-278, L-279).
#include "cli/money.h"

#include "tests/support/check_main.h"

static void expect_near(double actual, double expected)
{
    double off = actual - expected;
    ck_assert_msg(off < 1e-9 && off > -1e-9, "%.12g is not %.12g", actual, expected);
}

START_TEST(a_million_requests_are_forty_cents)
{
    RULES("L-278");
    expect_near(bill_dollars(&(struct bill){.sqs_requests = 1000000}), 0.40);
}
END_TEST

START_TEST(a_function_costs_by_invocation_and_by_gigabyte_second)
{
    RULES("L-279");
    expect_near(bill_dollars(&(struct bill){.invocations = 1000000}), 0.20);
    struct bill bill = {.function_ms = 1000000, .memory_mb = 512};
    expect_near(bill_gb_seconds(&bill), 500);
    expect_near(bill_dollars(&bill), 500 * 0.0000166667);
}
END_TEST

static Suite *money_suite(void)
{
    Suite *suite = suite_create("money");
    TCase *rules = tcase_create("rules");
    tcase_add_test(rules, a_million_requests_are_forty_cents);
    tcase_add_test(rules, a_function_costs_by_invocation_and_by_gigabyte_second);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(money_suite)
