// golden -- the ten runs that were recorded against AWS (L-183), replayed on the virtual clock.
//
// What AWS promises is asserted: how often a message is received, in which order, and before which
// instant nothing may happen. When a throttled batch is tried again is AWS's own affair (L-168), so
// each run with a throttle is played with many seeds and must end like the recording with all.
#include "esm/esm.h"

#include "tests/support/check_main.h"
#include "tests/support/esm_world.h"

#define SEEDS 50
#define REPORT(items) "{\"batchItemFailures\":[" items "]}"
#define ITEM(id) "{\"itemIdentifier\":\"" id "\"}"

#define GOLDEN_WORLD(world, pollers)                        \
    cleanup(esm_world_deinit) struct esm_world world = {0}; \
    esm_world_init(&world, NULL, pollers)

static void make_queue(struct esm_world *world, const char *name,
                       int64_t visibility_timeout_seconds)
{
    struct queue_settings settings = world_settings(text_ends_with(text_of(name), TEXT(".fifo")));
    settings.visibility_timeout_seconds = visibility_timeout_seconds;
    world_create(&world->engine_world, name, &settings);
}

static void make_queue_with_dead_letters(struct esm_world *world, const char *name,
                                         const char *dead, int max_receive_count)
{
    bool fifo = text_ends_with(text_of(name), TEXT(".fifo"));
    make_queue(world, dead, 30);
    struct queue_settings settings = world_redrive(fifo, dead, max_receive_count);
    world_create(&world->engine_world, name, &settings);
}

static void expect_counts(struct esm_world *world, const char *queue, const char *expected)
{
    ck_assert_str_eq(world_counts(&world->engine_world, world_find(&world->engine_world, queue)),
                     expected);
}

static struct mapping *map_with(struct esm_world *world, const struct mapping_settings *settings)
{
    struct mapping *mapping = NULL;
    struct mapping_detail detail;
    ck_assert_int_eq(esm_create_mapping(world->esm, settings, &mapping, &detail), MAPPING_OK);
    esm_world_turn(world);
    return mapping;
}

static void send_all(struct esm_world *world, const char *queue, const char *group,
                     const char *const *bodies, int count)
{
    for (int i = 0; i < count; i++)
        esm_world_send(world, queue, group, bodies[i]);
}

static const char *const numbers[] = {"1", "2", "3", "4", "5"};

START_TEST(a_failed_batch_comes_again_when_its_lease_ends)
{
    RULES("L-183-G1 L-108 L-144 L-145 L-102 lambda-mistake-5 lambda-mistake-6");
    GOLDEN_WORLD(world, 1);
    make_queue(&world, "orders", 60);
    esm_world_map(&world, "orders", false, 10);
    esm_world_answer(&world,
                     (struct fake_answer){.end = INVOCATION_FUNCTION_ERROR, .response = "{}"});
    esm_world_answer(&world, (struct fake_answer){.response = "null"});
    esm_world_send(&world, "orders", NULL, "a");
    esm_world_advance(&world, 59999);
    ck_assert_uint_eq(world.call_count, 1); // nothing in between
    expect_counts(&world, "orders", "0/1/0");
    esm_world_advance(&world, 1000);
    ck_assert_uint_eq(world.call_count, 2);
    ck_assert_int_ge(world.calls[1].at_ms, 60000);
    ck_assert_str_eq(world.calls[0].counts, "1");
    ck_assert_str_eq(world.calls[1].counts, "2");
    ck_assert_str_ne(world.calls[0].receipts[0], world.calls[1].receipts[0]);
    ck_assert_str_ne(world.calls[0].request_id, world.calls[1].request_id);
    expect_counts(&world, "orders", "0/0/0");
}
END_TEST

START_TEST(a_reported_message_comes_back_by_its_own_lease)
{
    RULES("L-183-G2 L-111 L-112 L-147 L-161 lambda-mistake-1 lambda-mistake-12");
    GOLDEN_WORLD(world, 1);
    make_queue(&world, "orders", 33);
    struct mapping_settings settings = esm_world_settings(&world, "orders");
    settings.report_batch_item_failures = true;
    settings.batching_window_seconds = 20;
    struct mapping *mapping = map_with(&world, &settings);
    esm_world_answer(&world, (struct fake_answer){.response = REPORT(ITEM("$ID1"))});
    esm_world_answer(&world, (struct fake_answer){.response = "{}"});
    send_all(&world, "orders", NULL, numbers, 4);
    esm_world_advance(&world, 19999);
    ck_assert_uint_eq(world.call_count, 0);
    esm_world_advance(&world, 100);
    ck_assert_uint_eq(world.call_count, 1);
    ck_assert_str_eq(world.calls[0].bodies, "1,2,3,4");
    expect_counts(&world, "orders", "0/1/0");
    struct mapping_counts counts = mapping_counts(mapping);
    ck_assert_uint_eq(counts.polled, 4);
    ck_assert_uint_eq(counts.invoked, 4);
    ck_assert_uint_eq(counts.failed, 1);
    ck_assert_uint_eq(counts.deleted, 3);
    esm_world_advance(&world, 60000);
    ck_assert_uint_eq(world.call_count, 2);
    // Received again at 33 s, not 33 s after the report; then its own window.
    ck_assert_int_ge(world.calls[1].at_ms, 53000);
    ck_assert_int_lt(world.calls[1].at_ms, 53100);
    ck_assert_str_eq(world.calls[1].bodies, "1");
    ck_assert_str_eq(world.calls[1].counts, "2");
    ck_assert_uint_eq(mapping_counts(mapping).deleted, 4);
}
END_TEST

// A message is there, the function has no concurrency, and gets some after this long.
static struct mapping *throttle(struct esm_world *world, uint64_t seed,
                                int64_t visibility_timeout_seconds, int64_t freed_after_ms)
{
    random_init(&world->engine_world.random, seed);
    make_queue(world, "orders", visibility_timeout_seconds);
    struct mapping *mapping = esm_world_map(world, "orders", false, 10);
    world->function->reserved_concurrency = 0;
    esm_world_send(world, "orders", NULL, "a");
    esm_world_advance(world, freed_after_ms);
    ck_assert_uint_eq(world->call_count, 0);
    world->function->reserved_concurrency = 1;
    return mapping;
}

START_TEST(capacity_that_is_freed_soon_is_used_inside_the_lease)
{
    RULES("L-183-G3 L-164 L-167 L-168 lambda-mistake-28");
    GOLDEN_WORLD(world, 1);
    struct mapping *mapping = throttle(&world, (uint64_t)_i + 1, 120, 10000);
    esm_world_advance(&world, 100000);
    ck_assert_uint_eq(world.call_count, 1);
    ck_assert_int_ge(world.calls[0].at_ms, 10000);
    ck_assert_int_lt(world.calls[0].at_ms, 20000);
    ck_assert_str_eq(world.calls[0].counts, "1");
    expect_counts(&world, "orders", "0/0/0");
    struct mapping_counts counts = mapping_counts(mapping);
    ck_assert_uint_eq(counts.polled, 1);
    ck_assert_uint_ge(counts.invoked, 2);
    ck_assert_uint_eq(counts.failed, counts.invoked - 1);
    ck_assert_uint_eq(counts.deleted, 1);
    ck_assert_uint_eq(world.function->counts.throttles, counts.failed);
    ck_assert_uint_eq(world.function->counts.invocations, 1);
    ck_assert_uint_eq(world.function->counts.errors, 0);
}
END_TEST

START_TEST(capacity_that_is_freed_late_waits_for_the_next_lease)
{
    RULES("L-183-G4 L-165 L-166 L-168");
    GOLDEN_WORLD(world, 1);
    throttle(&world, (uint64_t)_i + 1, 60, 33000);
    esm_world_advance(&world, 26999); // the back-off has grown beyond what is left of the lease
    ck_assert_uint_eq(world.call_count, 0);
    expect_counts(&world, "orders", "0/1/0"); // neither deleted nor made visible
    esm_world_advance(&world, 1000);
    ck_assert_uint_eq(world.call_count, 1);
    ck_assert_int_ge(world.calls[0].at_ms, 60000);
    ck_assert_str_eq(world.calls[0].counts, "2");
    expect_counts(&world, "orders", "0/0/0");
}
END_TEST

START_TEST(two_throttled_leases_make_the_count_three)
{
    RULES("L-183-G5 L-165");
    GOLDEN_WORLD(world, 1);
    throttle(&world, (uint64_t)_i + 1, 60, 119500);
    esm_world_advance(&world, 1000);
    ck_assert_uint_eq(world.call_count, 1);
    ck_assert_int_ge(world.calls[0].at_ms, 120000);
    ck_assert_str_eq(world.calls[0].counts, "3");
}
END_TEST

START_TEST(a_poison_message_is_seen_max_receive_count_times)
{
    RULES("L-183-G6 L-149 L-150 L-157-row-14 lambda-mistake-2 lambda-mistake-7 lambda-mistake-8");
    GOLDEN_WORLD(world, 1);
    make_queue_with_dead_letters(&world, "orders", "dead", 2);
    esm_world_map(&world, "orders", true, 10);
    esm_world_answer(&world, (struct fake_answer){.response = REPORT("{\"foo\":\"notvalid\"}")});
    esm_world_send(&world, "orders", NULL, "poison");
    esm_world_advance(&world, 29000);
    ck_assert_uint_eq(world.call_count, 1);
    expect_counts(&world, "dead", "0/0/0");
    esm_world_advance(&world, 30000); // 59 s: failed twice, and still not moved
    ck_assert_uint_eq(world.call_count, 2);
    ck_assert_str_eq(world.calls[0].counts, "1");
    ck_assert_str_eq(world.calls[1].counts, "2");
    expect_counts(&world, "dead", "0/0/0");
    esm_world_advance(&world, 2000);
    expect_counts(&world, "dead", "1/0/0");
    expect_counts(&world, "orders", "0/0/0");
    ck_assert_uint_eq(world.call_count, 2);
}
END_TEST

START_TEST(a_fifo_group_is_retried_in_order_until_its_last_is_a_dead_letter)
{
    RULES("L-183-G7 L-132 L-170 L-172 L-173");
    GOLDEN_WORLD(world, 1);
    make_queue_with_dead_letters(&world, "orders.fifo", "dead.fifo", 3);
    send_all(&world, "orders.fifo", "g", numbers, 4);
    esm_world_answer(
        &world,
        (struct fake_answer){.response = REPORT(ITEM("$ID2") "," ITEM("$ID3") "," ITEM("$ID4"))});
    esm_world_answer(&world, (struct fake_answer){.response = REPORT(ITEM("$ID3"))});
    esm_world_answer(&world, (struct fake_answer){.response = REPORT(ITEM("$ID1"))});
    esm_world_map(&world, "orders.fifo", true, 10);
    esm_world_advance(&world, 100000);
    ck_assert_uint_eq(world.call_count, 3);
    ck_assert_str_eq(world.calls[0].bodies, "1,2,3,4");
    ck_assert_str_eq(world.calls[0].counts, "1,1,1,1");
    ck_assert_str_eq(world.calls[1].bodies, "2,3,4");
    ck_assert_str_eq(world.calls[1].counts, "2,2,2");
    ck_assert_str_eq(world.calls[2].bodies, "4");
    ck_assert_str_eq(world.calls[2].counts, "3");
    expect_counts(&world, "dead.fifo", "1/0/0");
    expect_counts(&world, "orders.fifo", "0/0/0");
    esm_world_answer(&world, (struct fake_answer){.response = "{}"});
    esm_world_send(&world, "orders.fifo", "g", "5"); // the group goes on
    esm_world_advance(&world, 10);
    ck_assert_str_eq(world.calls[3].bodies, "5");
}
END_TEST

START_TEST(one_group_runs_strictly_one_after_the_other)
{
    RULES("L-183-G8 L-120 L-131 lambda-mistake-24");
    GOLDEN_WORLD(world, 5);
    make_queue(&world, "orders.fifo", 30);
    send_all(&world, "orders.fifo", "g", numbers, 5);
    esm_world_answer(&world, (struct fake_answer){.response = "{}", .duration_ms = 5000});
    world.function->timeout_seconds = 30;
    esm_world_map(&world, "orders.fifo", true, 1);
    esm_world_advance(&world, 30000);
    ck_assert_uint_eq(world.call_count, 5);
    for (int i = 0; i < 5; i++) {
        ck_assert_str_eq(world.calls[i].bodies, numbers[i]);
        ck_assert_int_ge(world.calls[i].at_ms, i * 5000);
    }
    ck_assert_int_eq(world.function->counts.concurrent_max, 1); // one environment is enough
    expect_counts(&world, "orders.fifo", "0/0/0");
}
END_TEST

START_TEST(what_the_filter_refuses_is_deleted_and_counted)
{
    RULES("L-183-G9 L-119 L-156 L-187 lambda-mistake-20");
    GOLDEN_WORLD(world, 1);
    make_queue_with_dead_letters(&world, "orders", "dead", 2);
    struct mapping_settings settings = esm_world_settings(&world, "orders");
    settings.filter_criteria =
        TEXT("{\"Filters\":[{\"Pattern\":\"{\\\"body\\\":{\\\"kind\\\":[\\\"new\\\"]}}\"}]}");
    struct mapping *mapping = map_with(&world, &settings);
    static const char *const bodies[] = {"{\"kind\":\"old\"}", "{\"kind\": \"new\"}", "plain"};
    send_all(&world, "orders", NULL, bodies, 3);
    esm_world_advance(&world, 100000);
    ck_assert_uint_eq(world.call_count, 1);
    ck_assert_str_eq(world.calls[0].bodies, "{\"kind\": \"new\"}"); // as it was sent
    expect_counts(&world, "orders", "0/0/0");
    expect_counts(&world, "dead", "0/0/0");
    struct mapping_counts counts = mapping_counts(mapping);
    ck_assert_uint_eq(counts.polled, 3);
    ck_assert_uint_eq(counts.filtered, 2);
    ck_assert_uint_eq(counts.invoked, 1);
    ck_assert_uint_eq(counts.deleted, 3);
}
END_TEST

START_TEST(an_empty_object_is_success)
{
    RULES("L-183-G10 L-157-row-3");
    GOLDEN_WORLD(world, 1);
    make_queue_with_dead_letters(&world, "orders", "dead", 2);
    esm_world_map(&world, "orders", true, 10);
    esm_world_send(&world, "orders", NULL, "a");
    esm_world_advance(&world, 100000);
    ck_assert_uint_eq(world.call_count, 1);
    expect_counts(&world, "orders", "0/0/0");
    expect_counts(&world, "dead", "0/0/0");
    ck_assert_uint_eq(world.warning_count, 0);
}
END_TEST

static Suite *golden_suite(void)
{
    Suite *suite = suite_create("golden");
    TCase *runs = tcase_create("runs");
    tcase_add_test(runs, a_failed_batch_comes_again_when_its_lease_ends);
    tcase_add_test(runs, a_reported_message_comes_back_by_its_own_lease);
    tcase_add_loop_test(runs, capacity_that_is_freed_soon_is_used_inside_the_lease, 0, SEEDS);
    tcase_add_loop_test(runs, capacity_that_is_freed_late_waits_for_the_next_lease, 0, SEEDS);
    tcase_add_loop_test(runs, two_throttled_leases_make_the_count_three, 0, SEEDS);
    tcase_add_test(runs, a_poison_message_is_seen_max_receive_count_times);
    tcase_add_test(runs, a_fifo_group_is_retried_in_order_until_its_last_is_a_dead_letter);
    tcase_add_test(runs, one_group_runs_strictly_one_after_the_other);
    tcase_add_test(runs, what_the_filter_refuses_is_deleted_and_counted);
    tcase_add_test(runs, an_empty_object_is_success);
    suite_add_tcase(suite, runs);
    return suite;
}

CHECK_MAIN(golden_suite)
