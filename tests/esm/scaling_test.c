// scaling -- the back-off of throttled batches and the number of pollers.
#include "esm/scaling.h"

#include "esm/esm.h"
#include "tests/support/check_main.h"
#include "tests/support/esm_world.h"

#include <stdio.h>

START_TEST(delays_double_from_half_a_second_to_a_minute)
{
    RULES("L-168");
    static const int64_t longest_ms[] = {500, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};
    for (uint64_t seed = 1; seed < 50; seed++) {
        struct random random;
        random_init(&random, seed);
        struct backoff backoff = {0};
        for (size_t i = 0; i < sizeof(longest_ms) / sizeof(longest_ms[0]); i++) {
            int64_t delay_ms = backoff_next_ms(&backoff, &random);
            ck_assert_int_le(delay_ms, longest_ms[i]);
            ck_assert_int_ge(delay_ms, longest_ms[i] * 15 / 16);
        }
    }
}
END_TEST

static struct scaling_limits limits_of(int64_t maximum_concurrency, const char *provisioned,
                                       enum scaling_profile profile, bool fifo)
{
    struct mapping_settings settings = {.maximum_concurrency = maximum_concurrency,
                                        .provisioned_poller_config = text_of(provisioned)};
    return scaling_limits_of(&settings, profile, 3, fifo);
}

START_TEST(the_deterministic_profile_stands_still)
{
    RULES("L-141");
    struct scaling_limits limits = limits_of(0, "", SCALING_DETERMINISTIC, false);
    struct scaling scaling = {0};
    ck_assert_uint_eq(scaling_wanted(&scaling, &limits), 3);
    for (int64_t now_ms = 0; now_ms < 60000; now_ms += 1000)
        scaling_received(&scaling, &limits, now_ms, true, true);
    ck_assert_uint_eq(scaling_wanted(&scaling, &limits), 3);
    scaling_received_nothing(&scaling, &limits);
    scaling_invoked(&scaling, &limits, true);
    ck_assert_uint_eq(scaling_wanted(&scaling, &limits), 3);
    // Caps hold there, too; and the number is back when a cap goes.
    struct scaling_limits capped = limits_of(2, "", SCALING_DETERMINISTIC, false);
    ck_assert_uint_eq(scaling_wanted(&scaling, &capped), 2);
    ck_assert_uint_eq(scaling_wanted(&scaling, &limits), 3);
}
END_TEST

START_TEST(five_at_first_and_three_hundred_more_a_minute)
{
    RULES("L-122 L-123");
    struct scaling_limits limits = limits_of(0, "", SCALING_AWS, false);
    struct scaling scaling = {0};
    ck_assert_uint_eq(scaling_wanted(&scaling, &limits), 5);
    for (int64_t now_ms = 0; now_ms <= 60000; now_ms += 100)
        scaling_received(&scaling, &limits, now_ms, true, true);
    ck_assert_uint_eq(scaling_wanted(&scaling, &limits), 305);
    for (int64_t now_ms = 60100; now_ms <= 600000; now_ms += 100)
        scaling_received(&scaling, &limits, now_ms, true, true);
    ck_assert_uint_eq(scaling_wanted(&scaling, &limits), 1250);
}
END_TEST

// Five more with every full second of backlog: the sixtieth time after sixty of them, no earlier.
START_TEST(growth_keeps_its_pace_over_a_minute)
{
    RULES("L-123");
    struct scaling_limits limits = limits_of(0, "", SCALING_AWS, false);
    struct scaling scaling = {0};
    scaling_wanted(&scaling, &limits);
    for (int64_t now_ms = 0; now_ms < 60000; now_ms += 500)
        scaling_received(&scaling, &limits, now_ms, true, true);
    scaling_received(&scaling, &limits, 59999, true, true);
    ck_assert_uint_eq(scaling_wanted(&scaling, &limits), 300);
    scaling_received(&scaling, &limits, 60000, true, true);
    ck_assert_uint_eq(scaling_wanted(&scaling, &limits), 305);
}
END_TEST

START_TEST(no_growth_without_a_backlog)
{
    RULES("L-123");
    struct scaling_limits limits = limits_of(0, "", SCALING_AWS, false);
    struct scaling scaling = {0};
    scaling_wanted(&scaling, &limits);
    for (int64_t now_ms = 0; now_ms <= 60000; now_ms += 100) {
        scaling_received(&scaling, &limits, now_ms, true, false); // others wait
        scaling_received(&scaling, &limits, now_ms, false, true); // not full
    }
    ck_assert_uint_eq(scaling_wanted(&scaling, &limits), 5);
}
END_TEST

START_TEST(empty_receives_shrink_to_two_and_a_backlog_brings_five_back)
{
    RULES("L-124");
    struct scaling_limits limits = limits_of(0, "", SCALING_AWS, false);
    struct scaling scaling = {0};
    scaling_wanted(&scaling, &limits);
    for (int i = 0; i < 20; i++)
        scaling_received_nothing(&scaling, &limits);
    ck_assert_uint_eq(scaling_wanted(&scaling, &limits), 2);
    scaling_received(&scaling, &limits, 0, true, true);
    ck_assert_uint_eq(scaling_wanted(&scaling, &limits), 5);
    // With MaximumConcurrency five stay.
    struct scaling_limits capped = limits_of(100, "", SCALING_AWS, false);
    for (int i = 0; i < 20; i++)
        scaling_received_nothing(&scaling, &capped);
    ck_assert_uint_eq(scaling_wanted(&scaling, &capped), 5);
}
END_TEST

START_TEST(maximum_concurrency_caps_the_pollers)
{
    RULES("L-125");
    struct scaling_limits limits = limits_of(7, "", SCALING_AWS, false);
    struct scaling scaling = {0};
    ck_assert_uint_eq(scaling_wanted(&scaling, &limits), 5);
    for (int64_t now_ms = 0; now_ms <= 60000; now_ms += 100)
        scaling_received(&scaling, &limits, now_ms, true, true);
    ck_assert_uint_eq(scaling_wanted(&scaling, &limits), 7);
    struct scaling_limits two = limits_of(2, "", SCALING_AWS, false);
    ck_assert_uint_eq(scaling_wanted(&scaling, &two), 2);
}
END_TEST

START_TEST(errors_take_pollers_away_and_successes_bring_them_back)
{
    RULES("L-127");
    struct scaling_limits limits = limits_of(0, "", SCALING_AWS, false);
    struct scaling scaling = {0};
    scaling_wanted(&scaling, &limits);
    size_t before = 5;
    for (int i = 0; i < 10; i++) {
        scaling_invoked(&scaling, &limits, true);
        size_t wanted = scaling_wanted(&scaling, &limits);
        ck_assert(wanted < before || wanted == 1);
        before = wanted;
        scaling_received(&scaling, &limits, i * 1000, true, true); // no growth meanwhile
    }
    ck_assert_uint_eq(scaling_wanted(&scaling, &limits), 1);
    for (int i = 0; i < 5; i++)
        scaling_invoked(&scaling, &limits, false);
    ck_assert_uint_eq(scaling_wanted(&scaling, &limits), 5);
}
END_TEST

START_TEST(after_the_errors_it_grows_again)
{
    RULES("L-123 L-127");
    struct scaling_limits limits = limits_of(0, "", SCALING_AWS, false);
    struct scaling scaling = {0};
    ck_assert_uint_eq(scaling_wanted(&scaling, &limits), 5);
    scaling_invoked(&scaling, &limits, true);
    ck_assert_uint_eq(scaling_wanted(&scaling, &limits), 4);
    scaling_invoked(&scaling, &limits, false);
    ck_assert_uint_eq(scaling_wanted(&scaling, &limits), 5);
    for (int64_t now_ms = 0; now_ms <= 10000; now_ms += 100)
        scaling_received(&scaling, &limits, now_ms, true, true);
    ck_assert_uint_gt(scaling_wanted(&scaling, &limits), 5);
}
END_TEST

// One success brings one poller back, not all of them.
START_TEST(after_errors_each_success_brings_one_back)
{
    RULES("L-127");
    struct scaling_limits limits = limits_of(0, "", SCALING_AWS, false);
    struct scaling scaling = {0};
    ck_assert_uint_eq(scaling_wanted(&scaling, &limits), 5);
    for (int i = 0; i < 10; i++)
        scaling_invoked(&scaling, &limits, true);
    for (size_t wanted = 1; wanted < 5; wanted++) {
        ck_assert_uint_eq(scaling_wanted(&scaling, &limits), wanted);
        scaling_invoked(&scaling, &limits, false);
    }
    ck_assert_uint_eq(scaling_wanted(&scaling, &limits), 5);
}
END_TEST

START_TEST(fifo_grows_with_its_groups)
{
    RULES("L-131 L-133");
    struct scaling_limits limits = limits_of(0, "", SCALING_AWS, true);
    struct scaling scaling = {0};
    scaling_wanted(&scaling, &limits);
    for (int i = 0; i < 40; i++)
        scaling_received(&scaling, &limits, 0, false, true);
    ck_assert_uint_eq(scaling_wanted(&scaling, &limits), 45);
    struct scaling_limits capped = limits_of(10, "", SCALING_AWS, true);
    ck_assert_uint_eq(scaling_wanted(&scaling, &capped), 10);
}
END_TEST

START_TEST(provisioned_pollers_are_ten_invocations_each)
{
    RULES("L-38 L-134 L-135 L-139 L-136");
    struct scaling_limits limits =
        limits_of(0, "{\"MinimumPollers\":3,\"MaximumPollers\":4}", SCALING_AWS, false);
    struct scaling scaling = {0};
    ck_assert_uint_eq(scaling_wanted(&scaling, &limits), 30);
    for (int i = 0; i < 100; i++)
        scaling_received_nothing(&scaling, &limits);
    ck_assert_uint_eq(scaling_wanted(&scaling, &limits), 30);
    for (int64_t now_ms = 0; now_ms <= 60000; now_ms += 100)
        scaling_received(&scaling, &limits, now_ms, true, true);
    ck_assert_uint_eq(scaling_wanted(&scaling, &limits), 40);
    int64_t minimum, maximum;
    ck_assert(provisioned_pollers_read(TEXT("{\"MaximumPollers\":9}"), &minimum, &maximum));
    ck_assert(minimum == 2 && maximum == 9);
    ck_assert(provisioned_pollers_read(TEXT("{\"MinimumPollers\":9}"), &minimum, &maximum));
    ck_assert(minimum == 9 && maximum == 200);
    ck_assert(!provisioned_pollers_read(TEXT("{}"), &minimum, &maximum));
    ck_assert(!provisioned_pollers_read(TEXT("{\"MinimumPollers\":1.5}"), &minimum, &maximum));
}
END_TEST

// ---- whole mappings ----

#define SCALING_WORLD(world)                                \
    cleanup(esm_world_deinit) struct esm_world world = {0}; \
    scaling_world_init(&world)

static void scaling_world_init(struct esm_world *world)
{
    esm_world_init(world, NULL, 1);
    esm_free(world->esm);
    world->options.profile = SCALING_AWS;
    world->esm = esm_new(&world->options);
}

static void make_queue(struct esm_world *world, const char *name)
{
    struct queue_settings settings = world_settings(text_ends_with(text_of(name), TEXT(".fifo")));
    settings.visibility_timeout_seconds = 600;
    world_create(&world->engine_world, name, &settings);
}

static struct mapping *map(struct esm_world *world, const char *queue, bool report,
                           int64_t maximum_concurrency)
{
    struct mapping_settings settings = esm_world_settings(world, queue);
    settings.batch_size = 1;
    settings.report_batch_item_failures = report;
    settings.maximum_concurrency = maximum_concurrency;
    struct mapping *mapping = NULL;
    struct mapping_detail detail;
    ck_assert_int_eq(esm_create_mapping(world->esm, &settings, &mapping, &detail), MAPPING_OK);
    esm_world_turn(world);
    return mapping;
}

START_TEST(a_backlog_makes_a_mapping_grow_and_an_empty_queue_makes_it_shrink)
{
    RULES("L-122 L-123 L-124");
    SCALING_WORLD(world);
    make_queue(&world, "orders");
    esm_world_answer(&world, (struct fake_answer){.response = "{}", .duration_ms = 10000});
    world.function->duration_ms = 10000;
    for (int i = 0; i < 100; i++)
        esm_world_put(&world, "orders", "m");
    struct mapping *mapping = map(&world, "orders", false, 0);
    ck_assert_uint_eq(world.call_count, 5);
    esm_world_advance(&world, 9999);
    ck_assert_uint_eq(world.call_count, 5);
    esm_world_advance(&world, 1); // ten seconds of growth
    ck_assert_uint_eq(world.call_count, 5 + 55);
    esm_world_advance(&world, 30000);
    ck_assert_uint_eq(world.call_count, 100);
    esm_world_advance(&world, 10 * 60000);
    ck_assert_uint_eq(mapping_pollers(mapping), 2);
}
END_TEST

START_TEST(maximum_concurrency_holds_pollers_back_before_they_receive)
{
    RULES("L-125");
    SCALING_WORLD(world);
    make_queue(&world, "orders");
    esm_world_answer(&world, (struct fake_answer){.response = "{}", .duration_ms = 1000});
    world.function->duration_ms = 1000;
    for (int i = 0; i < 40; i++)
        esm_world_put(&world, "orders", "m");
    map(&world, "orders", false, 8);
    for (int second = 0; second < 4; second++) {
        struct queue_counts counts = queue_counts(world_find(&world.engine_world, "orders"));
        ck_assert_uint_le(counts.in_flight, 8);
        ck_assert_int_le(world.function->running, 8);
        esm_world_advance(&world, 1000);
    }
}
END_TEST

START_TEST(fifo_runs_as_many_as_there_are_groups_and_never_two_of_one)
{
    RULES("L-131");
    SCALING_WORLD(world);
    make_queue(&world, "orders.fifo");
    esm_world_answer(&world, (struct fake_answer){.hold = true});
    map(&world, "orders.fifo", false, 0);
    for (int i = 0; i < 60; i++) {
        char group[16], body[32];
        snprintf(group, sizeof(group), "g%d", i % 20);
        snprintf(body, sizeof(body), "%s-%d", group, i);
        esm_world_send(&world, "orders.fifo", group, body);
    }
    ck_assert_uint_eq(world.call_count, 20);
    for (size_t i = 0; i < 20; i++) {
        for (size_t j = 0; j < i; j++)
            ck_assert_msg(strncmp(world.calls[i].bodies, world.calls[j].bodies,
                                  strcspn(world.calls[i].bodies, "-") + 1) != 0,
                          "%s and %s", world.calls[i].bodies, world.calls[j].bodies);
    }
}
END_TEST

START_TEST(with_reporting_on_failures_do_not_slow_the_polling)
{
    RULES("L-127");
    for (int report = 0; report < 2; report++) {
        SCALING_WORLD(world);
        make_queue(&world, "orders");
        esm_world_answer(&world, (struct fake_answer){.end = INVOCATION_FUNCTION_ERROR});
        struct mapping *mapping = map(&world, "orders", report == 1, 0);
        for (int i = 0; i < 40; i++)
            esm_world_send(&world, "orders", NULL, "m");
        esm_world_advance(&world, 1000);
        ck_assert_uint_eq(world.call_count, 40);
        if (report == 1)
            ck_assert_uint_ge(mapping_pollers(mapping), 5);
        else
            ck_assert_uint_lt(mapping_pollers(mapping), 5);
    }
}
END_TEST

START_TEST(the_accounts_concurrency_throttles_without_a_reservation)
{
    RULES("L-73 L-126 L-261");
    SCALING_WORLD(world);
    make_queue(&world, "orders");
    struct function *other = functions_add(world.functions, TEXT("other"));
    other->reserved_concurrency = ACCOUNT_CONCURRENCY;
    struct mapping *mapping = map(&world, "orders", false, 0);
    esm_world_send(&world, "orders", NULL, "m");
    esm_world_advance(&world, 1);
    ck_assert_uint_eq(world.call_count, 0);
    ck_assert_uint_eq(mapping_counts(mapping).failed, 1);
    other->reserved_concurrency = FUNCTION_UNRESERVED;
    esm_world_advance(&world, 1000);
    ck_assert_uint_eq(world.call_count, 1);
    world.function->reserved_concurrency = 1; // its own, whatever the others do
    other->reserved_concurrency = ACCOUNT_CONCURRENCY;
    esm_world_send(&world, "orders", NULL, "m");
    ck_assert_uint_eq(world.call_count, 2);
}
END_TEST

START_TEST(a_small_account_is_shared_by_its_functions)
{
    RULES("L-73 L-126 L-261");
    SCALING_WORLD(world);
    functions_set_account_concurrency(world.functions, 10);
    ck_assert_int_eq(functions_account_concurrency(world.functions), 10);
    ck_assert_int_eq(functions_unreserved_min(world.functions), 10);
    make_queue(&world, "orders");
    struct function *other = functions_add(world.functions, TEXT("other"));
    for (int i = 0; i < 10; i++)
        function_begin(other);
    struct mapping *mapping = map(&world, "orders", false, 0);
    esm_world_send(&world, "orders", NULL, "m");
    esm_world_advance(&world, 1);
    ck_assert_uint_eq(world.call_count, 0);
    ck_assert_uint_eq(mapping_counts(mapping).throttled, 1);
    functions_end(world.functions, other);
    esm_world_advance(&world, 1000);
    ck_assert_uint_eq(world.call_count, 1);
    for (int i = 0; i < 9; i++)
        functions_end(world.functions, other);
}
END_TEST

static Suite *scaling_suite(void)
{
    Suite *suite = suite_create("scaling");
    TCase *rules = tcase_create("rules");
    tcase_add_test(rules, delays_double_from_half_a_second_to_a_minute);
    tcase_add_test(rules, the_deterministic_profile_stands_still);
    tcase_add_test(rules, five_at_first_and_three_hundred_more_a_minute);
    tcase_add_test(rules, growth_keeps_its_pace_over_a_minute);
    tcase_add_test(rules, no_growth_without_a_backlog);
    tcase_add_test(rules, empty_receives_shrink_to_two_and_a_backlog_brings_five_back);
    tcase_add_test(rules, maximum_concurrency_caps_the_pollers);
    tcase_add_test(rules, errors_take_pollers_away_and_successes_bring_them_back);
    tcase_add_test(rules, after_the_errors_it_grows_again);
    tcase_add_test(rules, after_errors_each_success_brings_one_back);
    tcase_add_test(rules, fifo_grows_with_its_groups);
    tcase_add_test(rules, provisioned_pollers_are_ten_invocations_each);
    suite_add_tcase(suite, rules);
    TCase *mappings = tcase_create("mappings");
    tcase_add_test(mappings, a_backlog_makes_a_mapping_grow_and_an_empty_queue_makes_it_shrink);
    tcase_add_test(mappings, maximum_concurrency_holds_pollers_back_before_they_receive);
    tcase_add_test(mappings, fifo_runs_as_many_as_there_are_groups_and_never_two_of_one);
    tcase_add_test(mappings, with_reporting_on_failures_do_not_slow_the_polling);
    tcase_add_test(mappings, the_accounts_concurrency_throttles_without_a_reservation);
    tcase_add_test(mappings, a_small_account_is_shared_by_its_functions);
    suite_add_tcase(suite, mappings);
    return suite;
}

CHECK_MAIN(scaling_suite)
