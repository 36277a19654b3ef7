// delivery -- what arrives at the function over the life of a message: the record of each delivery,
// which batch it comes in, and what its handler may do with it meanwhile.
#include "esm/esm.h"

#include "esm/json.h"
#include "tests/support/check_main.h"
#include "tests/support/esm_world.h"

#include <stdio.h>

#define ESM_WORLD(world, pollers)                           \
    cleanup(esm_world_deinit) struct esm_world world = {0}; \
    esm_world_init(&world, NULL, pollers)

static struct queue *make_queue(struct esm_world *world, const char *name,
                                int64_t visibility_timeout_seconds)
{
    struct queue_settings settings = world_settings(text_ends_with(text_of(name), TEXT(".fifo")));
    settings.visibility_timeout_seconds = visibility_timeout_seconds;
    return world_create(&world->engine_world, name, &settings);
}

static void expect_counts(struct esm_world *world, const char *queue, const char *expected)
{
    ck_assert_str_eq(world_counts(&world->engine_world, world_find(&world->engine_world, queue)),
                     expected);
}

static void fail_with(struct esm_world *world, enum invocation_end end)
{
    esm_world_answer(world, (struct fake_answer){.end = end, .response = "{}"});
}

static void succeed(struct esm_world *world)
{
    esm_world_answer(world, (struct fake_answer){.response = "{}"});
}

// A record of an event; the tree must be freed.
static cJSON *event_of(const struct esm_world *world, size_t call)
{
    ck_assert_uint_lt(call, world->call_count);
    cJSON *event = json_parse(world->calls[call].payload, NULL);
    ck_assert_ptr_nonnull(event);
    return event;
}

static const cJSON *record_of(const cJSON *event, int index)
{
    const cJSON *record = cJSON_GetArrayItem(json_member(event, "Records"), index);
    ck_assert_ptr_nonnull(record);
    return record;
}

static const char *attribute_of(const cJSON *record, const char *name)
{
    const cJSON *value = json_member(json_member(record, "attributes"), name);
    return cJSON_IsString(value) ? value->valuestring : "(none)";
}

static const char *member_of(const cJSON *record, const char *name)
{
    const cJSON *value = json_member(record, name);
    return cJSON_IsString(value) ? value->valuestring : "(none)";
}

// Two objects are equal but for these members.
static void expect_equal_but(const cJSON *left, const cJSON *right, const char *const *names)
{
    ck_assert_int_eq(cJSON_GetArraySize(left), cJSON_GetArraySize(right));
    const cJSON *member;
    cJSON_ArrayForEach(member, left)
    {
        bool differs = false;
        for (size_t i = 0; names[i] != NULL; i++)
            differs = differs || strcmp(names[i], member->string) == 0;
        bool equal = cJSON_Compare(member, json_member(right, member->string), true);
        ck_assert_msg(equal != differs, "%s", member->string);
    }
}

START_TEST(a_redelivery_differs_in_its_handle_and_its_count_alone)
{
    RULES("L-91 L-94 L-95 L-96 L-102 lambda-mistake-14 lambda-mistake-16 lambda-mistake-17");
    ESM_WORLD(world, 1);
    make_queue(&world, "orders", 30);
    esm_world_map(&world, "orders", false, 10);
    esm_world_advance(&world, 1500);
    fail_with(&world, INVOCATION_FUNCTION_ERROR);
    esm_world_send(&world, "orders", NULL, "a");
    esm_world_advance(&world, 40000);
    cleanup(json_tree_free) cJSON *first = event_of(&world, 0);
    cleanup(json_tree_free) cJSON *second = event_of(&world, 1);
    const cJSON *one = record_of(first, 0);
    const cJSON *two = record_of(second, 0);
    expect_equal_but(one, two, (const char *const[]){"receiptHandle", "attributes", NULL});
    expect_equal_but(json_member(one, "attributes"), json_member(two, "attributes"),
                     (const char *const[]){"ApproximateReceiveCount", NULL});
    ck_assert_str_eq(attribute_of(one, "ApproximateReceiveCount"), "1");
    ck_assert_str_eq(attribute_of(two, "ApproximateReceiveCount"), "2");
    ck_assert_str_eq(attribute_of(two, "SentTimestamp"), "1767225601500");
    ck_assert_str_eq(attribute_of(two, "ApproximateFirstReceiveTimestamp"), "1767225601500");
    ck_assert_str_eq(attribute_of(two, "SenderId"), "AIDATEST"); // who sent it, no account
    ck_assert_int_eq(cJSON_GetArraySize(json_member(two, "attributes")), 4);
    ck_assert_str_ne(world.calls[0].request_id, world.calls[1].request_id);
}
END_TEST

START_TEST(a_dead_letter_keeps_its_identity_and_tells_its_source)
{
    RULES("L-93 L-151 L-173 L-295");
    ESM_WORLD(world, 1);
    make_queue(&world, "dead", 30);
    struct queue_settings settings = world_redrive(false, "dead", 1);
    world_create(&world.engine_world, "orders", &settings);
    esm_world_map(&world, "orders", false, 10);
    fail_with(&world, INVOCATION_FUNCTION_ERROR);
    succeed(&world);
    esm_world_send(&world, "orders", NULL, "a");
    esm_world_advance(&world, 40000);
    expect_counts(&world, "dead", "1/0/0");
    esm_world_map(&world, "dead", false, 10);
    esm_world_advance(&world, 10);
    ck_assert_uint_eq(world.call_count, 2);
    cleanup(json_tree_free) cJSON *first = event_of(&world, 0);
    cleanup(json_tree_free) cJSON *second = event_of(&world, 1);
    const cJSON *one = record_of(first, 0);
    const cJSON *two = record_of(second, 0);
    ck_assert_str_eq(member_of(one, "messageId"), member_of(two, "messageId"));
    ck_assert_str_eq(attribute_of(one, "SentTimestamp"), attribute_of(two, "SentTimestamp"));
    ck_assert_str_eq(attribute_of(one, "ApproximateFirstReceiveTimestamp"),
                     attribute_of(two, "ApproximateFirstReceiveTimestamp"));
    ck_assert_str_eq(attribute_of(two, "ApproximateReceiveCount"), "2");
    ck_assert_str_eq(attribute_of(one, "DeadLetterQueueSourceArn"), "(none)");
    ck_assert_str_eq(attribute_of(two, "DeadLetterQueueSourceArn"),
                     "arn:aws:sqs:us-east-1:000000000000:orders");
    ck_assert_str_eq(member_of(two, "eventSourceARN"), "arn:aws:sqs:us-east-1:000000000000:dead");
}
END_TEST

START_TEST(a_fifo_batch_holds_several_groups_each_in_order)
{
    RULES("L-92 L-101 L-120 L-121 L-175 lambda-mistake-15 lambda-mistake-25");
    ESM_WORLD(world, 5);
    make_queue(&world, "orders.fifo", 30);
    static const char *const bodies[] = {"a1", "b1", "a2", "b2"};
    for (int i = 0; i < 4; i++)
        esm_world_send(&world, "orders.fifo", i % 2 == 0 ? "a" : "b", bodies[i]);
    esm_world_map(&world, "orders.fifo", true, 10);
    esm_world_advance(&world, 10);
    ck_assert_uint_eq(world.call_count, 1);
    cleanup(json_tree_free) cJSON *event = event_of(&world, 0);
    char last[2][32] = {"", ""};
    for (int i = 0; i < 4; i++) {
        const cJSON *record = record_of(event, i);
        const char *group = attribute_of(record, "MessageGroupId");
        const char *sequence = attribute_of(record, "SequenceNumber");
        ck_assert_uint_eq(strlen(sequence), 20);
        ck_assert_uint_eq(strlen(attribute_of(record, "MessageDeduplicationId")), 64);
        char *before = last[group[0] == 'a' ? 0 : 1];
        ck_assert_int_lt(strcmp(before, sequence), 0);
        snprintf(before, sizeof(last[0]), "%s", sequence);
    }
}
END_TEST

START_TEST(a_failed_batch_holds_up_its_own_groups_alone)
{
    RULES("L-132 L-170 L-174");
    ESM_WORLD(world, 1);
    make_queue(&world, "orders.fifo", 30);
    esm_world_send(&world, "orders.fifo", "a", "a1");
    esm_world_send(&world, "orders.fifo", "b", "b1");
    fail_with(&world, INVOCATION_FUNCTION_ERROR);
    succeed(&world);
    esm_world_map(&world, "orders.fifo", true, 10);
    esm_world_advance(&world, 10);
    esm_world_send(&world, "orders.fifo", "a", "a2");
    esm_world_send(&world, "orders.fifo", "c", "c1");
    esm_world_advance(&world, 20000);
    ck_assert_uint_eq(world.call_count, 2);
    ck_assert_str_eq(world.calls[1].bodies, "c1");
    esm_world_advance(&world, 10000);
    ck_assert_uint_eq(world.call_count, 3);
    ck_assert_int_ge(world.calls[2].at_ms, 30000);
    ck_assert_str_eq(world.calls[2].counts, "2,1,2"); // a1, a2 behind it, b1
    ck_assert_str_eq(world.calls[2].bodies, "a1,a2,b1");
}
END_TEST

START_TEST(a_visibility_timeout_that_the_handler_changes_stays_changed)
{
    RULES("L-108 L-145 L-146 L-148 lambda-mistake-5 lambda-mistake-6");
    ESM_WORLD(world, 1);
    struct queue *queue = make_queue(&world, "orders", 30);
    esm_world_map(&world, "orders", false, 10);
    esm_world_answer(&world, (struct fake_answer){.hold = true});
    succeed(&world);
    esm_world_send(&world, "orders", NULL, "a");
    ck_assert_int_eq(world_change(&world.engine_world, queue, world.calls[0].receipts[0], 5000),
                     ENGINE_OK);
    esm_world_release(&world, INVOCATION_FUNCTION_ERROR, "{}");
    esm_world_advance(&world, 4998);
    ck_assert_uint_eq(world.call_count, 1);
    esm_world_advance(&world, 10);
    ck_assert_uint_eq(world.call_count, 2);
    ck_assert_str_eq(world.calls[1].counts, "2");
    // Only the handler asked for a change, ever.
    ck_assert_uint_eq(world.engine_world.kind_counts[TRACE_VISIBILITY_CHANGED], 1);
}
END_TEST

START_TEST(without_reporting_a_report_is_not_read)
{
    RULES("L-142 L-143 lambda-mistake-4");
    ESM_WORLD(world, 1);
    make_queue(&world, "orders", 30);
    esm_world_map(&world, "orders", false, 10);
    esm_world_answer(&world,
                     (struct fake_answer){
                         .response = "{\"batchItemFailures\":[{\"itemIdentifier\":\"$ID1\"}]}"});
    for (int i = 0; i < 25; i++)
        esm_world_put(&world, "orders", "a");
    esm_world_turn(&world);
    esm_world_advance(&world, 100);
    ck_assert_uint_ge(world.call_count, 3); // ten at a time, all deleted
    expect_counts(&world, "orders", "0/0/0");
    ck_assert_uint_gt(world.warning_count, 0);
}
END_TEST

START_TEST(what_could_not_be_deleted_comes_again_and_is_not_counted)
{
    RULES("L-153 L-154 L-155 lambda-mistake-35");
    ESM_WORLD(world, 1);
    make_queue(&world, "orders.fifo", 30);
    struct mapping *mapping = esm_world_map(&world, "orders.fifo", false, 10);
    world.function->timeout_seconds = 60;
    esm_world_answer(&world, (struct fake_answer){.response = "{}", .duration_ms = 31000});
    succeed(&world);
    esm_world_send(&world, "orders.fifo", "g", "a");
    esm_world_advance(&world, 30999);
    ck_assert_uint_eq(mapping_counts(mapping).deleted, 0);
    esm_world_advance(&world, 10);
    ck_assert_uint_eq(world.call_count, 2);
    ck_assert_str_eq(world.calls[1].counts, "2");
    esm_world_advance(&world, 10);
    ck_assert_uint_eq(mapping_counts(mapping).deleted, 1); // once, though two runs succeeded
    expect_counts(&world, "orders.fifo", "0/0/0");
}
END_TEST

START_TEST(messages_are_polled_for_however_they_came)
{
    RULES("L-108 L-110 lambda-mistake-26 lambda-mistake-27");
    ESM_WORLD(world, 1);
    struct queue *queue = make_queue(&world, "orders", 30);
    esm_world_put(&world, "orders", "old");
    esm_world_put(&world, "orders", "older");
    world_send_delayed(&world.engine_world, queue, "delayed", 20000);
    esm_world_advance(&world, 5000);
    esm_world_map(&world, "orders", false, 10);
    esm_world_advance(&world, 10);
    ck_assert_uint_eq(world.call_count, 1); // both in one batch
    ck_assert_str_eq(world.calls[0].bodies, "old,older");
    esm_world_advance(&world, 30000);
    ck_assert_uint_eq(world.call_count, 2);
    ck_assert_str_eq(world.calls[1].bodies, "delayed");
    ck_assert_int_ge(world.calls[1].at_ms, 20000);
}
END_TEST

START_TEST(a_disabled_mapping_receives_nothing)
{
    RULES("L-50 lambda-mistake-29");
    ESM_WORLD(world, 1);
    make_queue(&world, "orders", 30);
    struct mapping_settings settings = esm_world_settings(&world, "orders");
    settings.enabled = false;
    struct mapping *mapping = NULL;
    struct mapping_detail detail;
    ck_assert_int_eq(esm_create_mapping(world.esm, &settings, &mapping, &detail), MAPPING_OK);
    esm_world_send(&world, "orders", NULL, "a");
    esm_world_advance(&world, 100000);
    ck_assert_uint_eq(world.call_count, 0);
    expect_counts(&world, "orders", "1/0/0");
    ck_assert_uint_eq(mapping_counts(mapping).polled, 0);
}
END_TEST

START_TEST(a_slow_function_does_not_hold_up_another_mapping)
{
    RULES("L-33 L-122 lambda-mistake-23");
    ESM_WORLD(world, 2);
    make_queue(&world, "orders", 30);
    make_queue(&world, "other", 30);
    esm_world_map(&world, "orders", false, 10);
    esm_world_map(&world, "other", false, 10);
    esm_world_answer(&world, (struct fake_answer){.hold = true});
    esm_world_answer(&world, (struct fake_answer){.hold = true});
    succeed(&world);
    esm_world_send(&world, "orders", NULL, "slow");
    esm_world_send(&world, "orders", NULL, "slow too"); // by the mapping's other poller
    esm_world_send(&world, "other", NULL, "quick");
    esm_world_advance(&world, 10);
    ck_assert_uint_eq(world.call_count, 3);
    expect_counts(&world, "other", "0/0/0");
    expect_counts(&world, "orders", "0/2/0");
    esm_world_release(&world, INVOCATION_RESPONDED, "{}");
}
END_TEST

START_TEST(an_operator_that_the_guide_does_not_list_is_warned_of)
{
    RULES("L-193");
    static const struct {
        const char *pattern;
        const char *names; // NULL: no warning
    } cases[] = {
        {"{\\\"body\\\":{\\\"a\\\":[null,\\\"\\\",\\\"x\\\",{\\\"equals-ignore-case\\\":\\\"x\\\"},"
         "{\\\"anything-but\\\":[\\\"x\\\"]},{\\\"numeric\\\":[\\\">\\\",1]},{\\\"exists\\\":true},"
         "{\\\"prefix\\\":\\\"x\\\"},{\\\"suffix\\\":\\\"x\\\"}]}}",
         NULL},
        {"{\\\"body\\\":{\\\"$or\\\":[{\\\"a\\\":[1]},{\\\"b\\\":[{\\\"wildcard\\\":\\\"x*\\\"},"
         "{\\\"cidr\\\":\\\"10.0.0.0/8\\\"},{\\\"wildcard\\\":\\\"*x\\\"}]}]}}",
         "wildcard, cidr"},
        {"{\\\"body\\\":{\\\"a\\\":[{\\\"prefix\\\":{\\\"equals-ignore-case\\\":\\\"x\\\"}},"
         "{\\\"anything-but\\\":{\\\"suffix\\\":\\\"x\\\"}}]}}",
         "prefix with equals-ignore-case, anything-but with suffix"},
    };
    ESM_WORLD(world, 1);
    make_queue(&world, "orders", 30);
    char criteria[1024];
    snprintf(criteria, sizeof(criteria), "{\"Filters\":[{\"Pattern\":\"%s\"}]}", cases[_i].pattern);
    struct mapping_settings settings = esm_world_settings(&world, "orders");
    settings.filter_criteria = text_of(criteria);
    struct mapping *mapping = NULL;
    struct mapping_detail detail;
    ck_assert_int_eq(esm_create_mapping(world.esm, &settings, &mapping, &detail), MAPPING_OK);
    esm_world_turn(&world);
    ck_assert_uint_eq(world.warning_count, cases[_i].names == NULL ? 0 : 1);
    if (cases[_i].names != NULL) {
        char warning[256];
        snprintf(warning, sizeof(warning), "the filter uses %s, which", cases[_i].names);
        ck_assert_msg(strncmp(world.warning, warning, strlen(warning)) == 0, "%s", world.warning);
    }
    settings = *mapping_settings(mapping); // nothing new, nothing to say
    ck_assert_int_eq(esm_update_mapping(world.esm, mapping, &settings, false, &detail), MAPPING_OK);
    ck_assert_uint_eq(world.warning_count, cases[_i].names == NULL ? 0 : 1);
}
END_TEST

static Suite *delivery_suite(void)
{
    Suite *suite = suite_create("delivery");
    TCase *rules = tcase_create("rules");
    tcase_add_test(rules, a_redelivery_differs_in_its_handle_and_its_count_alone);
    tcase_add_test(rules, a_dead_letter_keeps_its_identity_and_tells_its_source);
    tcase_add_test(rules, a_fifo_batch_holds_several_groups_each_in_order);
    tcase_add_test(rules, a_failed_batch_holds_up_its_own_groups_alone);
    tcase_add_test(rules, a_visibility_timeout_that_the_handler_changes_stays_changed);
    tcase_add_test(rules, without_reporting_a_report_is_not_read);
    tcase_add_test(rules, what_could_not_be_deleted_comes_again_and_is_not_counted);
    tcase_add_test(rules, messages_are_polled_for_however_they_came);
    tcase_add_test(rules, a_disabled_mapping_receives_nothing);
    tcase_add_test(rules, a_slow_function_does_not_hold_up_another_mapping);
    tcase_add_loop_test(rules, an_operator_that_the_guide_does_not_list_is_warned_of, 0, 3);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(delivery_suite)
