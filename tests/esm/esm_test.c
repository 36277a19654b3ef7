// esm -- batches, outcomes and throttles on a virtual timeline; the recorded runs stand in golden_test.c.
#include "esm/esm.h"

#include "tests/support/check_main.h"
#include "tests/support/esm_world.h"

#define ESM_WORLD(world)                                    \
    cleanup(esm_world_deinit) struct esm_world world = {0}; \
    esm_world_init(&world, NULL, 1)

static struct queue *make_queue(struct esm_world *world, const char *name,
                                int64_t visibility_timeout_seconds)
{
    struct queue_settings settings = world_settings(text_ends_with(text_of(name), TEXT(".fifo")));
    settings.visibility_timeout_seconds = visibility_timeout_seconds;
    return world_create(&world->engine_world, name, &settings);
}

static const char *counts(struct esm_world *world, const char *queue)
{
    return world_counts(&world->engine_world, world_find(&world->engine_world, queue));
}

static enum mapping_state state_of(const struct mapping *mapping)
{
    return mapping_state(mapping);
}

START_TEST(throttling_alone_sends_good_messages_to_the_dead_letter_queue)
{
    RULES("L-126 L-169");
    ESM_WORLD(world);
    make_queue(&world, "dead", 30);
    struct queue_settings settings = world_redrive(false, "dead", 2);
    world_create(&world.engine_world, "orders", &settings);
    esm_world_map(&world, "orders", false, 10);
    world.function->reserved_concurrency = 0;
    esm_world_send(&world, "orders", NULL, "good");
    esm_world_advance(&world, 61000);
    ck_assert_uint_eq(world.call_count, 0);
    ck_assert_str_eq(counts(&world, "dead"), "1/0/0");
}
END_TEST

// Disabled or deleted while the function works: a throttle then is the end, not a reason to try again.
START_TEST(who_no_longer_polls_does_not_try_again)
{
    RULES("L-50 L-165");
    for (int deleted = 0; deleted <= 1; deleted++) {
        ESM_WORLD(world);
        make_queue(&world, "orders", 30);
        struct mapping *mapping = esm_world_map(&world, "orders", false, 10);
        esm_world_answer(&world, (struct fake_answer){.hold = true});
        esm_world_send(&world, "orders", NULL, "a");
        ck_assert_uint_eq(world.call_count, 1);
        struct mapping_settings settings = esm_world_settings(&world, "orders");
        struct mapping_detail detail;
        settings.enabled = false;
        ck_assert_int_eq(deleted
                             ? esm_delete_mapping(world.esm, mapping)
                             : esm_update_mapping(world.esm, mapping, &settings, false, &detail),
                         MAPPING_OK);
        esm_world_turn(&world);
        esm_world_release(&world, INVOCATION_THROTTLED, "");
        esm_world_advance(&world, 1);
        const struct world_point *end = world_last(&world.engine_world, TRACE_ABANDONED);
        ck_assert_msg(strstr(end->reason, "; and the mapping no") != NULL, "%s", end->reason);
        esm_world_advance(&world, 29000 - 1);
        ck_assert_uint_eq(world.call_count, 1);
        ck_assert_str_eq(counts(&world, "orders"), "0/1/0");
    }
}
END_TEST

// ---- batches ----

START_TEST(a_batch_is_what_one_receive_gives)
{
    RULES("L-108 L-110 L-114 lambda-mistake-27");
    ESM_WORLD(world);
    make_queue(&world, "orders", 30);
    for (int i = 0; i < 7; i++)
        esm_world_send(&world, "orders", NULL, "a");
    esm_world_map(&world, "orders", false, 5);
    esm_world_advance(&world, 10);
    ck_assert_uint_eq(world.call_count, 2);
    ck_assert_uint_eq(world.calls[0].count, 5);
    ck_assert_uint_eq(world.calls[1].count, 2);
    ck_assert_int_ge(world.calls[1].at_ms,
                     1); // no invocation ends at the instant at which it began
}
END_TEST

START_TEST(invocations_of_several_pollers_overlap_by_the_declared_duration)
{
    cleanup(esm_world_deinit) struct esm_world world = {0};
    esm_world_init(&world, NULL, 2);
    make_queue(&world, "orders", 30);
    world.function->duration_ms = 1000;
    for (int i = 0; i < 3; i++)
        esm_world_send(&world, "orders", NULL, "a");
    esm_world_map(&world, "orders", false, 1);
    ck_assert_uint_eq(world.call_count, 2);
    ck_assert_int_eq(world.function->running, 2);
    esm_world_advance(&world, 999);
    ck_assert_uint_eq(world.call_count, 2);
    esm_world_advance(&world, 1);
    ck_assert_uint_eq(world.call_count, 3);
    ck_assert_int_eq(world.calls[2].at_ms, 1000);
    esm_world_advance(&world, 1000);
    ck_assert_int_eq(world.function->running, 0);
    ck_assert_str_eq(counts(&world, "orders"), "0/0/0");
}
END_TEST

START_TEST(a_timeout_takes_effect_at_the_functions_timeout)
{
    RULES("L-157-row-27");
    ESM_WORLD(world);
    make_queue(&world, "orders", 30);
    world.function->duration_ms = 50;
    esm_world_map(&world, "orders", true, 10);
    esm_world_answer(&world, (struct fake_answer){.end = INVOCATION_TIMED_OUT, .response = "{}"});
    esm_world_send(&world, "orders", NULL, "a");
    esm_world_advance(&world, 2999);
    ck_assert_int_eq(world.function->running, 1);
    esm_world_advance(&world, 1);
    ck_assert_int_eq(world.function->running, 0);
    ck_assert_str_eq(counts(&world, "orders"), "0/1/0");
    ck_assert_int_eq(world_last(&world.engine_world, TRACE_VERDICT)->until_ms,
                     WORLD_START_MS + 30000);
}
END_TEST

START_TEST(maximum_concurrency_caps_the_pollers)
{
    RULES("L-125 lambda-mistake-23");
    cleanup(esm_world_deinit) struct esm_world world = {0};
    esm_world_init(&world, NULL, 5);
    make_queue(&world, "orders", 30);
    for (int i = 0; i < 5; i++)
        esm_world_send(&world, "orders", NULL, "a");
    world.function->duration_ms = 1000;
    struct mapping_settings settings = esm_world_settings(&world, "orders");
    settings.batch_size = 1;
    settings.maximum_concurrency = 2;
    struct mapping *mapping;
    struct mapping_detail detail;
    ck_assert_int_eq(esm_create_mapping(world.esm, &settings, &mapping, &detail), MAPPING_OK);
    esm_world_turn(&world);
    ck_assert_uint_eq(world.call_count, 2);
    ck_assert_str_eq(counts(&world, "orders"), "3/2/0"); // what cannot run is not received either
}
END_TEST

START_TEST(an_event_over_6_mb_is_cut_before_the_record_that_crosses)
{
    RULES("L-104 L-105 lambda-mistake-34");
    ESM_WORLD(world);
    make_queue(&world, "orders", 30);
    cleanup_free char *body = allocate(1000001);
    memset(body, 'x', 1000000);
    for (int i = 0; i < 8; i++)
        esm_world_put(&world, "orders", body);
    esm_world_map(&world, "orders", false, 10);
    esm_world_advance(&world, 10);
    ck_assert_uint_eq(world.call_count, 2);
    ck_assert_uint_eq(world.calls[0].count, 6);
    ck_assert_uint_eq(world.calls[1].count, 2);
    ck_assert_uint_le(world.calls[0].payload_bytes, 6291456);
    ck_assert_str_eq(counts(&world, "orders"), "0/0/0");
}
END_TEST

START_TEST(an_event_over_6_mb_of_one_group_is_cut_in_order)
{
    RULES("L-104 L-131 L-132");
    ESM_WORLD(world);
    struct queue *queue = make_queue(&world, "orders.fifo", 30);
    cleanup_free char *body = allocate(1000001);
    memset(body, 'x', 1000000);
    for (int i = 0; i < 8; i++) {
        body[0] = (char)('0' + i);
        world_send_group(&world.engine_world, queue, "g", "", body);
    }
    // The first part fails once, so the second must wait for it; then both succeed.
    esm_world_answer(&world, (struct fake_answer){.end = INVOCATION_FUNCTION_ERROR});
    esm_world_answer(&world, (struct fake_answer){.response = "{}", .duration_ms = 5000});
    world.function->timeout_seconds = 10;
    esm_world_map(&world, "orders.fifo", false, 10);
    esm_world_advance(&world, 29999);
    ck_assert_uint_eq(world.call_count, 1);
    ck_assert_uint_eq(world.calls[0].count, 6);
    esm_world_advance(&world, 4000);
    ck_assert_uint_eq(world.call_count, 2);
    ck_assert_uint_eq(world.calls[1].count, 6);
    esm_world_advance(&world, 60000);
    ck_assert_uint_eq(world.call_count, 3);
    ck_assert_int_eq(world.calls[2].at_ms, 35000);
    ck_assert(world.calls[2].bodies[0] == '6');
    ck_assert_str_eq(counts(&world, "orders.fifo"), "0/0/0");
}
END_TEST

START_TEST(a_large_batch_is_gathered_from_many_receives)
{
    RULES("L-109 L-111 lambda-mistake-10 lambda-mistake-11");
    ESM_WORLD(world);
    make_queue(&world, "orders", 30);
    for (int i = 0; i < 250; i++)
        esm_world_put(&world, "orders", "a");
    struct mapping_settings settings = esm_world_settings(&world, "orders");
    settings.batch_size = 200;
    settings.batching_window_seconds = 5;
    struct mapping *mapping;
    struct mapping_detail detail;
    ck_assert_int_eq(esm_create_mapping(world.esm, &settings, &mapping, &detail), MAPPING_OK);
    esm_world_turn(&world);
    ck_assert_uint_eq(world.call_count, 1); // full before the window is over
    ck_assert_uint_eq(world.calls[0].count, 200);
    esm_world_advance(&world, 5010);
    ck_assert_uint_eq(world.call_count, 2);
    ck_assert_uint_eq(world.calls[1].count, 50);
    ck_assert_int_ge(world.calls[1].at_ms, 5000);
}
END_TEST

// The shortest window there is: a trickle comes into one batch, whoever of the pollers is idle.
START_TEST(a_window_of_one_second_gathers_a_trickle_in_one_batch)
{
    RULES("L-111");
    cleanup(esm_world_deinit) struct esm_world world = {0};
    esm_world_init(&world, NULL, 3);
    make_queue(&world, "orders", 30);
    struct mapping_settings settings = esm_world_settings(&world, "orders");
    settings.batching_window_seconds = 1;
    struct mapping *mapping;
    struct mapping_detail detail;
    ck_assert_int_eq(esm_create_mapping(world.esm, &settings, &mapping, &detail), MAPPING_OK);
    esm_world_answer(&world, (struct fake_answer){.hold = true});
    esm_world_turn(&world);
    for (int i = 0; i < 6; i++) {
        esm_world_send(&world, "orders", NULL, "a");
        esm_world_advance(&world, 100);
    }
    ck_assert_uint_eq(world.call_count, 0);
    esm_world_advance(&world, 1000);
    ck_assert_uint_eq(world.call_count, 1);
    ck_assert_uint_eq(world.calls[0].count, 6);
    // Nor does a poller that becomes idle step between the one that gathers now and the queue.
    for (int i = 0; i < 6; i++) {
        esm_world_send(&world, "orders", NULL, "b");
        esm_world_advance(&world, 100);
        if (i == 0)
            esm_world_release(&world, INVOCATION_RESPONDED, "{}");
    }
    esm_world_advance(&world, 1000);
    ck_assert_uint_eq(world.call_count, 2);
    ck_assert_uint_eq(world.calls[1].count, 6);
}
END_TEST

START_TEST(an_idle_poller_polls_for_ever_and_passively)
{
    RULES("L-128");
    ESM_WORLD(world);
    make_queue(&world, "orders", 30);
    esm_world_map(&world, "orders", false, 10);
    ck_assert_int_eq(timeline_next_motive_ms(world.engine_world.timeline), TIMELINE_NEVER);
    esm_world_advance(&world, 3600000);
    ck_assert_int_eq(timeline_next_motive_ms(world.engine_world.timeline), TIMELINE_NEVER);
    esm_world_send(&world, "orders", NULL, "a");
    ck_assert_uint_eq(world.call_count, 1);
}
END_TEST

START_TEST(a_slow_answer_deletes_late_on_a_standard_queue)
{
    RULES("S-89 L-155 lambda-mistake-35");
    ESM_WORLD(world);
    make_queue(&world, "orders", 3);
    world.function->duration_ms = 4000; // longer than the lease
    struct mapping *mapping = esm_world_map(&world, "orders", false, 10);
    esm_world_send(&world, "orders", NULL, "a");
    esm_world_advance(&world, 60000);
    ck_assert_str_eq(counts(&world, "orders"), "0/0/0");
    ck_assert_uint_eq(mapping_counts(mapping).deleted, 1);
}
END_TEST

START_TEST(a_slow_answer_cannot_delete_on_a_fifo_queue)
{
    RULES("L-153 L-155");
    ESM_WORLD(world);
    make_queue(&world, "orders.fifo", 3);
    world.function->duration_ms = 4000;
    struct mapping *mapping = esm_world_map(&world, "orders.fifo", false, 10);
    esm_world_send(&world, "orders.fifo", "g", "a");
    esm_world_advance(&world, 4000);
    ck_assert_uint_eq(mapping_counts(mapping).deleted, 0);
    ck_assert_str_eq(world_last(&world.engine_world, TRACE_VERDICT)->reason,
                     "could not be deleted: its lease had ended before the function answered, so "
                     "it is delivered again");
}
END_TEST

// ---- functions that come and go ----

START_TEST(a_missing_function_stops_the_polling_until_it_is_back)
{
    RULES("L-49 L-157-row-32");
    ESM_WORLD(world);
    make_queue(&world, "orders", 30);
    struct mapping *mapping = esm_world_map(&world, "orders", false, 10);
    functions_remove(world.functions, world.function);
    esm_functions_changed(world.esm);
    esm_world_send(&world, "orders", NULL, "a");
    esm_world_advance(&world, 100000);
    ck_assert_str_eq(counts(&world, "orders"), "1/0/0");
    ck_assert_int_eq(state_of(mapping), MAPPING_ENABLED);
    world.function = functions_add(world.functions, TEXT("worker"));
    world.function->invoker = &world.invoker;
    esm_functions_changed(world.esm);
    esm_world_advance(&world, 10);
    ck_assert_uint_eq(world.call_count, 1);
    ck_assert_str_eq(world.calls[0].counts, "1");
}
END_TEST

START_TEST(a_function_removed_while_it_runs_still_acknowledges)
{
    ESM_WORLD(world);
    make_queue(&world, "orders", 30);
    esm_world_map(&world, "orders", false, 10);
    esm_world_answer(&world, (struct fake_answer){.hold = true});
    esm_world_send(&world, "orders", NULL, "a");
    functions_remove(world.functions, world.function);
    esm_functions_changed(world.esm);
    esm_world_turn(&world);
    esm_world_release(&world, INVOCATION_RESPONDED, "{}");
    esm_world_advance(&world, 1);
    ck_assert_str_eq(counts(&world, "orders"), "0/0/0");
}
END_TEST

START_TEST(unavailable_and_refused_are_retried_inside_the_lease)
{
    RULES("L-157-row-31 L-157-row-33");
    static const enum invocation_end ends[] = {INVOCATION_UNAVAILABLE, INVOCATION_REFUSED,
                                               INVOCATION_THROTTLED};
    ESM_WORLD(world);
    make_queue(&world, "orders", 30);
    esm_world_map(&world, "orders", false, 10);
    esm_world_answer(&world, (struct fake_answer){.end = ends[_i]});
    esm_world_answer(&world, (struct fake_answer){.end = ends[_i]});
    esm_world_answer(&world, (struct fake_answer){.response = "null"});
    esm_world_send(&world, "orders", NULL, "a");
    esm_world_advance(&world, 10000);
    ck_assert_uint_eq(world.call_count, 3);
    ck_assert_str_eq(world.calls[2].counts, "1");
    ck_assert_str_eq(world.calls[2].receipts[0], world.calls[0].receipts[0]); // the same batch
    ck_assert_str_eq(counts(&world, "orders"), "0/0/0");
}
END_TEST

// ---- words ----

START_TEST(a_group_whose_order_the_handler_loses_is_told)
{
    RULES("L-171");
    ESM_WORLD(world);
    struct queue *queue = make_queue(&world, "orders.fifo", 30);
    esm_world_answer(&world,
                     (struct fake_answer){
                         .response = "{\"batchItemFailures\":[{\"itemIdentifier\":\"$ID1\"}]}"});
    esm_world_answer(&world, (struct fake_answer){.response = "{}"});
    world_send_group(&world.engine_world, queue, "g", "a", "a");
    world_send_group(&world.engine_world, queue, "g", "b", "b");
    esm_world_map(&world, "orders.fifo", true, 10);
    esm_world_advance(&world, 1);
    const size_t *kinds = world.engine_world.kind_counts;
    ck_assert_uint_eq(kinds[TRACE_OVERTOOK], 1);
    ck_assert_uint_eq(kinds[TRACE_OVERTAKEN], 1);
    ck_assert_str_eq(world_last(&world.engine_world, TRACE_BATCHED)->group, "g");
    ck_assert_str_eq(world_last(&world.engine_world, TRACE_VERDICT)->group, "g");
    esm_world_advance(&world, 60000);
    ck_assert_uint_eq(kinds[TRACE_OVERTAKEN], 1);
    ck_assert_uint_eq(queue_traffic(queue).overtaken, 1);
}
END_TEST

START_TEST(a_handler_that_deletes_by_itself_is_witnessed_too)
{
    RULES("L-171");
    ESM_WORLD(world);
    struct queue *queue = make_queue(&world, "orders.fifo", 30);
    esm_world_answer(&world, (struct fake_answer){.hold = true});
    world_send_group(&world.engine_world, queue, "g", "a", "a");
    world_send_group(&world.engine_world, queue, "g", "b", "b");
    esm_world_map(&world, "orders.fifo", true, 10);
    ck_assert_int_eq(world_delete(&world.engine_world, queue, world.calls[0].receipts[1]),
                     ENGINE_OK);
    ck_assert_uint_eq(world.engine_world.kind_counts[TRACE_OVERTAKEN], 0);
    esm_world_release(&world, INVOCATION_FUNCTION_ERROR, "{}");
    esm_world_advance(&world, 1);
    ck_assert_uint_eq(world.engine_world.kind_counts[TRACE_OVERTAKEN], 1);
}
END_TEST

START_TEST(freeing_cancels_what_runs)
{
    ESM_WORLD(world);
    make_queue(&world, "orders", 30);
    esm_world_map(&world, "orders", true, 10);
    esm_world_answer(&world, (struct fake_answer){.hold = true});
    esm_world_send(&world, "orders", NULL, "a");
    world.real_running = 1;
    ck_assert_uint_eq(esm_running(world.esm), 1);
    world.real_running = 0;
    ck_assert_uint_eq(esm_running(world.esm), 0); // a scripted function stands on the timeline
    world.esm = esm_free(world.esm);
    ck_assert(world.calls[0].cancelled);
    ck_assert_int_eq(world.function->running, 0);
}
END_TEST

static Suite *esm_suite(void)
{
    Suite *suite = suite_create("esm");
    TCase *throttling = tcase_create("throttling");
    tcase_add_test(throttling, throttling_alone_sends_good_messages_to_the_dead_letter_queue);
    tcase_add_test(throttling, who_no_longer_polls_does_not_try_again);
    suite_add_tcase(suite, throttling);
    TCase *batches = tcase_create("batches");
    tcase_add_test(batches, a_batch_is_what_one_receive_gives);
    tcase_add_test(batches, invocations_of_several_pollers_overlap_by_the_declared_duration);
    tcase_add_test(batches, a_timeout_takes_effect_at_the_functions_timeout);
    tcase_add_test(batches, maximum_concurrency_caps_the_pollers);
    tcase_add_test(batches, an_event_over_6_mb_is_cut_before_the_record_that_crosses);
    tcase_add_test(batches, an_event_over_6_mb_of_one_group_is_cut_in_order);
    tcase_add_test(batches, a_large_batch_is_gathered_from_many_receives);
    tcase_add_test(batches, a_window_of_one_second_gathers_a_trickle_in_one_batch);
    tcase_add_test(batches, an_idle_poller_polls_for_ever_and_passively);
    tcase_add_test(batches, a_slow_answer_deletes_late_on_a_standard_queue);
    tcase_add_test(batches, a_slow_answer_cannot_delete_on_a_fifo_queue);
    tcase_add_test(batches, a_missing_function_stops_the_polling_until_it_is_back);
    tcase_add_test(batches, a_function_removed_while_it_runs_still_acknowledges);
    tcase_add_loop_test(batches, unavailable_and_refused_are_retried_inside_the_lease, 0, 3);
    suite_add_tcase(suite, batches);
    TCase *rest = tcase_create("words");
    tcase_add_test(rest, a_group_whose_order_the_handler_loses_is_told);
    tcase_add_test(rest, a_handler_that_deletes_by_itself_is_witnessed_too);
    tcase_add_test(rest, freeing_cancels_what_runs);
    suite_add_tcase(suite, rest);
    return suite;
}

CHECK_MAIN(esm_suite)
