// snowball -- the formulas beside the measured curves (L-286, L-287).
#include "cli/snowball.h"

#include "tests/support/check_main.h"

static void expect_near(double actual, double expected)
{
    double off = actual - expected;
    ck_assert_msg(off < 1e-9 && off > -1e-9, "%.12g is not %.12g", actual, expected);
}

START_TEST(poison_leads_after_a_time_that_knows_no_arrivals)
{
    RULES("L-286");
    struct snowball_wishes wishes = {.poison_share = 0.01, .visibility_seconds = 180};
    for (wishes.arrivals = 1; wishes.arrivals < 1000; wishes.arrivals *= 10)
        expect_near(snowball_model_seconds(&wishes), 17640);
    wishes.poison_share = 0.6; // leads from the beginning
    expect_near(snowball_model_seconds(&wishes), 0);
}
END_TEST

START_TEST(a_dead_letter_queue_bounds_the_share_of_poison)
{
    RULES("L-287");
    struct snowball_wishes wishes = {.poison_share = 0.01, .receives_max = 5};
    expect_near(snowball_model_share(&wishes), 0.05 / 1.04);
    wishes.receives_max = 1;
    expect_near(snowball_model_share(&wishes), 0.01);
}
END_TEST

static Suite *snowball_suite(void)
{
    Suite *suite = suite_create("snowball");
    TCase *rules = tcase_create("rules");
    tcase_add_test(rules, poison_leads_after_a_time_that_knows_no_arrivals);
    tcase_add_test(rules, a_dead_letter_queue_bounds_the_share_of_poison);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(snowball_suite)
