// mapping -- states and their transitions, admission in the order of AWS, the record in the journal.
#include "esm/mapping.h"

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

// ---- states ----

START_TEST(states_pass_through_the_ones_in_between)
{
    RULES("L-42 L-43 L-44 L-45 L-46 L-47 L-52 L-55");
    ESM_WORLD(world);
    make_queue(&world, "orders", 30);
    struct mapping_settings settings = esm_world_settings(&world, "orders");
    struct mapping *mapping;
    struct mapping_detail detail;
    ck_assert_int_eq(esm_create_mapping(world.esm, &settings, &mapping, &detail), MAPPING_OK);
    ck_assert_int_eq(state_of(mapping), MAPPING_CREATING);
    ck_assert_int_eq(esm_update_mapping(world.esm, mapping, &settings, false, &detail),
                     MAPPING_IN_USE);
    ck_assert_int_eq(esm_delete_mapping(world.esm, mapping), MAPPING_IN_USE);
    esm_world_turn(&world);
    ck_assert_int_eq(state_of(mapping), MAPPING_ENABLED);

    settings.batch_size = 5;
    esm_world_advance(&world, 1000);
    ck_assert_int_eq(esm_update_mapping(world.esm, mapping, &settings, false, &detail), MAPPING_OK);
    ck_assert_int_eq(state_of(mapping), MAPPING_UPDATING);
    ck_assert_int_eq(mapping_modified_at_ms(mapping), WORLD_START_MS + 1000);
    esm_world_turn(&world);
    ck_assert_int_eq(state_of(mapping), MAPPING_ENABLED);

    settings.enabled = false;
    ck_assert_int_eq(esm_update_mapping(world.esm, mapping, &settings, false, &detail), MAPPING_OK);
    ck_assert_int_eq(state_of(mapping), MAPPING_DISABLING);
    esm_world_turn(&world);
    ck_assert_int_eq(state_of(mapping), MAPPING_DISABLED);
    settings.batch_size = 6;
    ck_assert_int_eq(esm_update_mapping(world.esm, mapping, &settings, false, &detail), MAPPING_OK);
    ck_assert_int_eq(state_of(mapping), MAPPING_DISABLED);
    esm_world_send(&world, "orders", NULL, "a");
    ck_assert_uint_eq(world.call_count, 0);

    settings.enabled = true;
    ck_assert_int_eq(esm_update_mapping(world.esm, mapping, &settings, false, &detail), MAPPING_OK);
    ck_assert_int_eq(state_of(mapping), MAPPING_ENABLING);
    esm_world_turn(&world);
    ck_assert_int_eq(state_of(mapping), MAPPING_ENABLED);
    ck_assert_uint_eq(world.call_count, 1);
    esm_world_advance(&world, 10);

    ck_assert_int_eq(esm_delete_mapping(world.esm, mapping), MAPPING_OK);
    ck_assert_int_eq(state_of(mapping), MAPPING_DELETING);
    esm_world_turn(&world);
    ck_assert_ptr_null(esm_next_mapping(world.esm, NULL));
}
END_TEST

START_TEST(a_state_in_between_lasts_as_long_as_it_is_told_to)
{
    RULES("L-46 L-47 L-52 lambda-mistake-36");
    ESM_WORLD(world);
    make_queue(&world, "orders", 30);
    world.esm = esm_free(world.esm);
    world.options.transition_ms = 2500;
    world.esm = esm_new(&world.options);
    struct mapping_settings settings = esm_world_settings(&world, "orders");
    struct mapping *mapping;
    struct mapping_detail detail;
    ck_assert_int_eq(esm_create_mapping(world.esm, &settings, &mapping, &detail), MAPPING_OK);
    esm_world_send(&world, "orders", NULL, "a");
    esm_world_advance(&world, 2499);
    ck_assert_int_eq(state_of(mapping), MAPPING_CREATING);
    ck_assert_int_eq(esm_update_mapping(world.esm, mapping, &settings, false, &detail),
                     MAPPING_IN_USE);
    ck_assert_uint_eq(world.call_count, 0);
    esm_world_advance(&world, 1);
    ck_assert_int_eq(state_of(mapping), MAPPING_ENABLED);
    ck_assert_uint_eq(world.call_count, 1);

    settings.enabled = false;
    ck_assert_int_eq(esm_update_mapping(world.esm, mapping, &settings, false, &detail), MAPPING_OK);
    esm_world_advance(&world, 2499);
    ck_assert_int_eq(state_of(mapping), MAPPING_DISABLING);
    ck_assert_int_eq(esm_delete_mapping(world.esm, mapping), MAPPING_IN_USE);
    esm_world_advance(&world, 1);
    ck_assert_int_eq(state_of(mapping), MAPPING_DISABLED);
    settings.enabled = true;
    ck_assert_int_eq(esm_update_mapping(world.esm, mapping, &settings, false, &detail), MAPPING_OK);
    ck_assert_int_eq(state_of(mapping), MAPPING_ENABLING);
    esm_world_restart(&world); // nobody waits for what a former process began
    esm_world_turn(&world);
    mapping = esm_next_mapping(world.esm, NULL);
    ck_assert_int_eq(state_of(mapping), MAPPING_ENABLED);
    ck_assert_int_eq(esm_delete_mapping(world.esm, mapping), MAPPING_OK);
    esm_world_advance(&world, 2499);
    ck_assert_ptr_nonnull(esm_next_mapping(world.esm, NULL));
    esm_world_advance(&world, 1);
    ck_assert_ptr_null(esm_next_mapping(world.esm, NULL));

    settings.enabled = false; // what polls nothing is gone at once
    ck_assert_int_eq(esm_create_mapping(world.esm, &settings, &mapping, &detail), MAPPING_OK);
    ck_assert_int_eq(esm_delete_mapping(world.esm, mapping), MAPPING_OK);
    esm_world_turn(&world);
    ck_assert_ptr_null(esm_next_mapping(world.esm, NULL));
}
END_TEST

START_TEST(a_mapping_created_disabled_is_disabled_at_once)
{
    RULES("L-43");
    ESM_WORLD(world);
    make_queue(&world, "orders", 30);
    struct mapping_settings settings = esm_world_settings(&world, "orders");
    settings.enabled = false;
    struct mapping *mapping;
    struct mapping_detail detail;
    ck_assert_int_eq(esm_create_mapping(world.esm, &settings, &mapping, &detail), MAPPING_OK);
    ck_assert_int_eq(state_of(mapping), MAPPING_DISABLED);
    ck_assert_ptr_eq(esm_find_mapping(world.esm, mapping_uuid(mapping)), mapping);
}
END_TEST

START_TEST(disabling_lets_an_invocation_in_flight_acknowledge)
{
    RULES("L-50");
    ESM_WORLD(world);
    make_queue(&world, "orders", 30);
    struct mapping *mapping = esm_world_map(&world, "orders", false, 10);
    esm_world_answer(&world, (struct fake_answer){.hold = true});
    esm_world_send(&world, "orders", NULL, "a");
    struct mapping_settings settings = *mapping_settings(mapping);
    settings.enabled = false;
    struct mapping_detail detail;
    ck_assert_int_eq(esm_update_mapping(world.esm, mapping, &settings, false, &detail), MAPPING_OK);
    esm_world_turn(&world);
    ck_assert_int_eq(state_of(mapping), MAPPING_DISABLED);
    esm_world_send(&world, "orders", NULL, "b");
    esm_world_release(&world, INVOCATION_RESPONDED, "{}");
    esm_world_advance(&world, 100);
    ck_assert_uint_eq(world.call_count, 1);
    ck_assert_str_eq(counts(&world, "orders"), "1/0/0");
}
END_TEST

START_TEST(deleting_waits_for_an_invocation_in_flight)
{
    RULES("L-46 L-50");
    ESM_WORLD(world);
    make_queue(&world, "orders", 30);
    struct mapping *mapping = esm_world_map(&world, "orders", false, 10);
    esm_world_answer(&world, (struct fake_answer){.hold = true});
    esm_world_send(&world, "orders", NULL, "a");
    ck_assert_int_eq(esm_delete_mapping(world.esm, mapping), MAPPING_OK);
    esm_world_turn(&world);
    ck_assert_int_eq(state_of(mapping), MAPPING_DELETING);
    esm_world_release(&world, INVOCATION_RESPONDED, "{}");
    esm_world_advance(&world, 1);
    ck_assert_ptr_null(esm_next_mapping(world.esm, NULL));
    ck_assert_str_eq(counts(&world, "orders"), "0/0/0");
}
END_TEST

START_TEST(disabling_gives_a_throttled_batch_up)
{
    ESM_WORLD(world);
    make_queue(&world, "orders", 30);
    struct mapping *mapping = esm_world_map(&world, "orders", false, 10);
    world.function->reserved_concurrency = 0;
    esm_world_send(&world, "orders", NULL, "a");
    esm_world_advance(&world, 1000);
    struct mapping_settings settings = *mapping_settings(mapping);
    settings.enabled = false;
    struct mapping_detail detail;
    ck_assert_int_eq(esm_update_mapping(world.esm, mapping, &settings, false, &detail), MAPPING_OK);
    esm_world_turn(&world);
    ck_assert_uint_eq(world.engine_world.kind_counts[TRACE_ABANDONED], 1);
    esm_world_advance(&world, 60000);
    ck_assert_str_eq(counts(&world, "orders"), "1/0/0");
}
END_TEST

START_TEST(a_queue_that_disappears_leaves_the_mapping_enabled)
{
    RULES("L-51");
    ESM_WORLD(world);
    make_queue(&world, "orders", 30);
    struct mapping *mapping = esm_world_map(&world, "orders", false, 10);
    engine_delete_queue(world.engine_world.engine, world_find(&world.engine_world, "orders"));
    esm_world_advance(&world, 100000);
    ck_assert_int_eq(state_of(mapping), MAPPING_ENABLED);
    make_queue(&world, "orders", 30);
    esm_queues_changed(world.esm);
    esm_world_turn(&world);
    esm_world_send(&world, "orders", NULL, "a");
    ck_assert_uint_eq(world.call_count, 1);
}
END_TEST

START_TEST(a_queue_deleted_during_an_invocation_is_no_harm)
{
    ESM_WORLD(world);
    make_queue(&world, "orders", 30);
    esm_world_map(&world, "orders", false, 10);
    esm_world_answer(&world, (struct fake_answer){.hold = true});
    esm_world_send(&world, "orders", NULL, "a");
    engine_delete_queue(world.engine_world.engine, world_find(&world.engine_world, "orders"));
    esm_world_release(&world, INVOCATION_RESPONDED, "{}");
    esm_world_advance(&world, 1000);
    ck_assert_str_eq(world_last(&world.engine_world, TRACE_VERDICT)->reason,
                     "could not be deleted: its queue is gone");
}
END_TEST

// Instant here.
START_TEST(an_update_takes_effect_on_pollers_in_line)
{
    RULES("L-48");
    ESM_WORLD(world);
    make_queue(&world, "orders", 30);
    struct mapping *mapping = esm_world_map(&world, "orders", false, 10);
    struct mapping_settings settings = *mapping_settings(mapping);
    settings.batch_size = 1;
    struct mapping_detail detail;
    ck_assert_int_eq(esm_update_mapping(world.esm, mapping, &settings, false, &detail), MAPPING_OK);
    esm_world_turn(&world);
    esm_world_put(&world, "orders", "a");
    esm_world_put(&world, "orders", "b");
    esm_world_turn(&world);
    esm_world_advance(&world, 10);
    ck_assert_uint_eq(world.call_count, 2);
    ck_assert_str_eq(world.calls[0].bodies, "a");
}
END_TEST

// ---- admission ----

static enum mapping_error create(struct esm_world *world, struct mapping_settings settings,
                                 struct mapping_detail *ret_detail)
{
    struct mapping *mapping;
    return esm_create_mapping(world->esm, &settings, &mapping, ret_detail);
}

START_TEST(admission_refuses_in_the_order_of_aws)
{
    RULES("L-17 L-18 L-19 L-21 L-23 L-32 L-33");
    ESM_WORLD(world);
    make_queue(&world, "orders", 2);
    make_queue(&world, "orders.fifo", 30);
    struct mapping_detail detail = {0};
    struct mapping_settings settings = esm_world_settings(&world, "missing");
    settings.function_name = TEXT("nobody");
    settings.batch_size = 100;
    settings.event_source_arn = TEXT("");
    ck_assert_int_eq(create(&world, settings, &detail), MAPPING_SOURCE_UNRECOGNIZED);
    settings.event_source_arn = TEXT("arn:aws:kinesis:us-east-1:000000000000:stream/s");
    ck_assert_int_eq(create(&world, settings, &detail), MAPPING_SOURCE_UNRECOGNIZED);
    settings.event_source_arn = TEXT("arn:aws:sqs:us-east-1:000000000000:missing");
    ck_assert_int_eq(create(&world, settings, &detail), MAPPING_FUNCTION_MISSING);
    settings.function_name = TEXT("worker");
    settings.qualifier = TEXT("live");
    ck_assert_int_eq(create(&world, settings, &detail), MAPPING_FUNCTION_MISSING);
    settings.qualifier = TEXT("$LATEST");
    ck_assert_int_eq(create(&world, settings, &detail), MAPPING_WINDOW_REQUIRED);
    settings.batch_size = 10;
    ck_assert_int_eq(create(&world, settings, &detail), MAPPING_QUEUE_MISSING);
    settings = esm_world_settings(&world, "orders");
    ck_assert_int_eq(create(&world, settings, &detail), MAPPING_VISIBILITY_TOO_SHORT);
    ck_assert_int_eq(detail.visibility_timeout_seconds, 2);
    ck_assert_int_eq(detail.function_timeout_seconds, 3);
    world.function->timeout_seconds = 2; // equal is accepted
    ck_assert_int_eq(create(&world, settings, &detail), MAPPING_OK);
    ck_assert_int_eq(create(&world, settings, &detail), MAPPING_EXISTS);
    ck_assert(text_equal(text_from(detail.uuid, UUID_TEXT_BYTES),
                         mapping_uuid(esm_next_mapping(world.esm, NULL))));
    settings.qualifier = TEXT("$LATEST"); // another reference, another target
    ck_assert_int_eq(create(&world, settings, &detail), MAPPING_OK);
}
END_TEST

START_TEST(fifo_takes_no_window_and_no_large_batch)
{
    RULES("L-23 L-24 L-25");
    ESM_WORLD(world);
    make_queue(&world, "orders.fifo", 30);
    struct mapping_detail detail;
    struct mapping_settings settings = esm_world_settings(&world, "orders.fifo");
    settings.batch_size = 11;
    ck_assert_int_eq(create(&world, settings, &detail), MAPPING_WINDOW_REQUIRED);
    settings.batching_window_seconds = 1;
    ck_assert_int_eq(create(&world, settings, &detail), MAPPING_FIFO_WINDOW);
    settings.batch_size = 10;
    ck_assert_int_eq(create(&world, settings, &detail), MAPPING_FIFO_WINDOW);
}
END_TEST

START_TEST(provisioned_pollers_are_checked)
{
    RULES("L-26 L-27 L-28 L-38");
    ESM_WORLD(world);
    make_queue(&world, "orders", 30);
    static const struct {
        const char *config;
        int64_t maximum_concurrency;
        enum mapping_error error;
    } cases[] = {
        {"{}", 0, MAPPING_POLLERS_MISSING},
        {"{\"MinimumPollers\":1}", 0, MAPPING_POLLERS_RANGE},
        {"{\"MinimumPollers\":201}", 0, MAPPING_POLLERS_RANGE},
        {"{\"MinimumPollers\":5,\"MaximumPollers\":4}", 0, MAPPING_POLLERS_RANGE},
        {"{\"MaximumPollers\":10001}", 0, MAPPING_POLLERS_RANGE},
        {"{\"MaximumPollers\":1}", 0, MAPPING_POLLERS_RANGE},
        {"{\"MaximumPollers\":10}", 5, MAPPING_POLLERS_WITH_CONCURRENCY},
        {"{\"MaximumPollers\":10000}", 0, MAPPING_OK},
        {"{\"MinimumPollers\":200}", 0, MAPPING_EXISTS},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct mapping_detail detail;
        struct mapping_settings settings = esm_world_settings(&world, "orders");
        settings.provisioned_poller_config = text_of(cases[i].config);
        settings.maximum_concurrency = cases[i].maximum_concurrency;
        ck_assert_msg(create(&world, settings, &detail) == cases[i].error, "case %zu", i);
    }
}
END_TEST

START_TEST(filters_are_checked)
{
    RULES("L-30 L-31");
    ESM_WORLD(world);
    make_queue(&world, "orders", 30);
#define FILTER(pattern) "{\"Filters\":[{\"Pattern\":" pattern "}]}"
    static const struct {
        const char *criteria;
        enum mapping_error error;
    } cases[] = {
        {FILTER("null"), MAPPING_FILTER_INVALID},
        {FILTER("\"\\\"text\\\"\""), MAPPING_FILTER_INVALID},
        {FILTER("\"{\\\"eventSource\\\":\\\"aws:sqs\\\"}\""), MAPPING_FILTER_INVALID},
        {FILTER("\"{\\\"eventSource\\\":[]}\""), MAPPING_FILTER_INVALID},
        {FILTER("\"{\\\"body\\\":[{\\\"like\\\":\\\"x\\\"}]}\""), MAPPING_FILTER_INVALID},
        {FILTER("\"not json\""), MAPPING_FILTER_INVALID},
        {FILTER("\"{\\\"body\\\":{\\\"a\\\":[1,{\\\"prefix\\\":\\\"x\\\"}]}}\""), MAPPING_OK},
        {"{\"Filters\":[{},{},{},{},{},{}]}", MAPPING_FILTERS_TOO_MANY},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct mapping_detail detail;
        struct mapping_settings settings = esm_world_settings(&world, "orders");
        settings.filter_criteria = text_of(cases[i].criteria);
        ck_assert_msg(create(&world, settings, &detail) == cases[i].error, "case %zu", i);
    }
}
END_TEST

START_TEST(a_refused_update_changes_nothing)
{
    RULES("L-21 L-22 L-55 L-56");
    ESM_WORLD(world);
    struct queue *queue = make_queue(&world, "orders", 30);
    struct mapping *mapping = esm_world_map(&world, "orders", false, 10);
    esm_world_advance(&world, 1000);
    struct mapping_detail detail;
    struct mapping_settings settings = *mapping_settings(mapping);
    settings.batch_size = 11;
    ck_assert_int_eq(esm_update_mapping(world.esm, mapping, &settings, false, &detail),
                     MAPPING_WINDOW_REQUIRED);
    ck_assert_int_eq(state_of(mapping), MAPPING_ENABLED);
    ck_assert_int_eq(mapping_modified_at_ms(mapping), WORLD_START_MS);
    ck_assert_int_eq(mapping_settings(mapping)->batch_size, 10);

    struct queue_settings shorter = *queue_settings(queue);
    shorter.visibility_timeout_seconds = 1;
    engine_change_settings(world.engine_world.engine, queue, &shorter); // Not checked again
    settings.batch_size = 5;
    ck_assert_int_eq(esm_update_mapping(world.esm, mapping, &settings, true, &detail),
                     MAPPING_VISIBILITY_TOO_SHORT);
    ck_assert_int_eq(esm_update_mapping(world.esm, mapping, &settings, false, &detail), MAPPING_OK);
}
END_TEST

START_TEST(an_update_after_the_function_went_says_so)
{
    RULES("L-18 L-49");
    ESM_WORLD(world);
    make_queue(&world, "orders", 30);
    struct mapping *mapping = esm_world_map(&world, "orders", false, 10);
    functions_remove(world.functions, world.function);
    esm_functions_changed(world.esm);
    struct mapping_detail detail;
    ck_assert_int_eq(
        esm_update_mapping(world.esm, mapping, mapping_settings(mapping), false, &detail),
        MAPPING_FUNCTION_MISSING);
}
END_TEST

// ---- the journal ----

START_TEST(mappings_outlive_the_process)
{
    ESM_WORLD(world);
    make_queue(&world, "orders", 30);
    make_queue(&world, "other", 30);
    make_queue(&world, "third", 30);
    struct mapping_settings settings = esm_world_settings(&world, "orders");
    settings.report_batch_item_failures = true;
    settings.batch_size = 7;
    settings.maximum_concurrency = 3;
    settings.metrics_config = TEXT("{\"Metrics\":[\"EventCount\"]}");
    settings.kms_key_arn = TEXT("arn:aws:kms:us-east-1:000000000000:key/1");
    settings.qualifier = TEXT("$LATEST");
    struct mapping *mapping;
    struct mapping_detail detail;
    ck_assert_int_eq(esm_create_mapping(world.esm, &settings, &mapping, &detail), MAPPING_OK);
    struct mapping_settings second = esm_world_settings(&world, "other");
    second.enabled = false;
    ck_assert_int_eq(esm_create_mapping(world.esm, &second, &mapping, &detail), MAPPING_OK);
    struct mapping *gone = esm_world_map(&world, "third", false, 1);
    ck_assert_int_eq(esm_delete_mapping(world.esm, gone), MAPPING_OK);
    esm_world_turn(&world);

    esm_world_restart(&world);
    size_t count = 0;
    for (mapping = esm_next_mapping(world.esm, NULL); mapping != NULL;
         mapping = esm_next_mapping(world.esm, mapping)) {
        count++;
        const struct mapping_settings *restored = mapping_settings(mapping);
        if (!restored->enabled) {
            ck_assert_int_eq(state_of(mapping), MAPPING_DISABLED);
            continue;
        }
        ck_assert_int_eq(state_of(mapping), MAPPING_ENABLED);
        ck_assert(restored->report_batch_item_failures);
        ck_assert_int_eq(restored->batch_size, 7);
        ck_assert_int_eq(restored->maximum_concurrency, 3);
        ck_assert(text_equal(restored->metrics_config, settings.metrics_config));
        ck_assert(text_equal(restored->kms_key_arn, settings.kms_key_arn));
        ck_assert(text_equal(restored->qualifier, settings.qualifier));
        ck_assert_int_eq(mapping_modified_at_ms(mapping), WORLD_START_MS);
    }
    ck_assert_uint_eq(count, 2);
    esm_world_turn(&world);
    esm_world_send(&world, "orders", NULL, "a");
    ck_assert_uint_eq(world.call_count, 1);
    esm_reset(world.esm);
    ck_assert(world.calls[0].cancelled);
    esm_world_restart(&world);
    ck_assert_ptr_null(esm_next_mapping(world.esm, NULL));
}
END_TEST

#define RECORD_KEY "10f6f7c2-9c8a-4a2b-8c5e-111111111111"
#define RECORD_NUMBERS "\"BatchSize\":1,\"MaximumBatchingWindowInSeconds\":0,"
#define RECORD_SOURCE "\"EventSourceArn\":\"arn:aws:sqs:us-east-1:000000000000:orders\","

// The last of a repeated name counts, so the first row is a good one and the others spoil it.
static const struct {
    const char *key;
    const char *more;
} records[] = {
    {RECORD_KEY, "\"Tags\":\"\""},
    {"orders", "\"Tags\":\"\""},
    {RECORD_KEY, "\"EventSourceArn\":\"orders\""},
    {RECORD_KEY, "\"FilterCriteria\":\"{\""},
    {RECORD_KEY, "\"FilterCriteria\":\"{\\\"Filters\\\":[{\\\"Pattern\\\":\\\"{\\\"}]}\""},
    {RECORD_KEY, "\"BatchSize\":\"1\""},
    {RECORD_KEY, "\"MaximumConcurrency\":null"},
    {RECORD_KEY, "\"State\":\"Asleep\""},
    {RECORD_KEY, "\"ModifiedAtMs\":1.5"},
};

static void restore_record(size_t row)
{
    ESM_WORLD(world);
    make_queue(&world, "orders", 30);
    cleanup(buffer_deinit) struct buffer bytes = {0};
    buffer_print(&bytes,
                 "{" RECORD_SOURCE RECORD_NUMBERS
                 "\"FunctionName\":\"worker\",\"Enabled\":true,\"MaximumConcurrency\":0,"
                 "\"State\":\"Enabled\",\"ModifiedAtMs\":7,%s}",
                 records[row].more);
    struct journal *journal = world.engine_world.journal;
    journal->put_record(journal, TEXT("mapping"), text_of(records[row].key), buffer_text(&bytes));
    esm_world_restart(&world);
    esm_world_send(&world, "orders", NULL, "a");
    ck_assert_uint_eq(world.call_count, 1);
}

START_TEST(a_record_is_a_mapping_again)
{
    restore_record(0);
}
END_TEST

// 3 is the status of fail().
START_TEST(a_record_that_no_redrive_wrote_fails)
{
    restore_record((size_t)_i);
}
END_TEST

static Suite *mapping_suite(void)
{
    Suite *suite = suite_create("mapping");
    TCase *states = tcase_create("states");
    tcase_add_test(states, states_pass_through_the_ones_in_between);
    tcase_add_test(states, a_state_in_between_lasts_as_long_as_it_is_told_to);
    tcase_add_test(states, a_mapping_created_disabled_is_disabled_at_once);
    tcase_add_test(states, disabling_lets_an_invocation_in_flight_acknowledge);
    tcase_add_test(states, deleting_waits_for_an_invocation_in_flight);
    tcase_add_test(states, disabling_gives_a_throttled_batch_up);
    tcase_add_test(states, a_queue_that_disappears_leaves_the_mapping_enabled);
    tcase_add_test(states, a_queue_deleted_during_an_invocation_is_no_harm);
    tcase_add_test(states, an_update_takes_effect_on_pollers_in_line);
    suite_add_tcase(suite, states);
    TCase *admission = tcase_create("admission");
    tcase_add_test(admission, admission_refuses_in_the_order_of_aws);
    tcase_add_test(admission, fifo_takes_no_window_and_no_large_batch);
    tcase_add_test(admission, provisioned_pollers_are_checked);
    tcase_add_test(admission, filters_are_checked);
    tcase_add_test(admission, a_refused_update_changes_nothing);
    tcase_add_test(admission, an_update_after_the_function_went_says_so);
    suite_add_tcase(suite, admission);
    TCase *journal = tcase_create("journal");
    tcase_add_test(journal, mappings_outlive_the_process);
    tcase_add_test(journal, a_record_is_a_mapping_again);
    tcase_add_loop_exit_test(journal, a_record_that_no_redrive_wrote_fails, 3, 1,
                             sizeof(records) / sizeof(records[0]));
    suite_add_tcase(suite, journal);
    return suite;
}

CHECK_MAIN(mapping_suite)
