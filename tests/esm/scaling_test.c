// scaling -- the back-off of throttled batches and the number of pollers.
#include "esm/scaling.h"

#include "esm/esm.h"
#include "tests/support/check_main.h"

START_TEST(delays_double_from_half_a_second_to_twenty) // L-168
{
    static const int64_t longest_ms[] = {500, 1000, 2000, 4000, 8000, 16000, 20000, 20000, 20000};
    for (uint64_t seed = 1; seed < 50; seed++) {
        struct random random;
        random_init(&random, seed);
        struct backoff backoff = {0};
        for (size_t i = 0; i < sizeof(longest_ms) / sizeof(longest_ms[0]); i++) {
            int64_t delay_ms = backoff_next_ms(&backoff, &random);
            ck_assert_int_le(delay_ms, longest_ms[i]);
            ck_assert_int_ge(delay_ms, longest_ms[i] * 3 / 4);
        }
    }
}
END_TEST

START_TEST(maximum_concurrency_caps_pollers_and_never_adds_any) // L-122, L-125
{
    struct mapping_settings settings = {0};
    ck_assert_uint_eq(scaling_pollers_wanted(&settings, 5), 5);
    settings.maximum_concurrency = 2;
    ck_assert_uint_eq(scaling_pollers_wanted(&settings, 5), 2);
    ck_assert_uint_eq(scaling_pollers_wanted(&settings, 1), 1);
    settings.maximum_concurrency = 1000;
    ck_assert_uint_eq(scaling_pollers_wanted(&settings, 5), 5);
}
END_TEST

static Suite *scaling_suite(void)
{
    Suite *suite = suite_create("scaling");
    TCase *rules = tcase_create("rules");
    tcase_add_test(rules, delays_double_from_half_a_second_to_twenty);
    tcase_add_test(rules, maximum_concurrency_caps_pollers_and_never_adds_any);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(scaling_suite)
