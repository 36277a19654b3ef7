// GetQueueAttributes and SetQueueAttributes: sections 2.8, 5.6 and 6 of the reference. Every test
// runs in both protocols.
#include "tests/support/api_world.h"
#include "tests/support/check_main.h"

#include <string.h>

static struct api_world world;

static void begin(void)
{
    api_world_begin(&world);
    api_create_queue(&world, "q", "");
    api_create_queue(&world, "f.fifo", "'Attributes':{'FifoQueue':'true'}");
}

static void end(void)
{
    api_world_end(&world);
}

static struct api_answer *get(int protocol, const char *queue, const char *names)
{
    return api_call(&world, protocol, "GetQueueAttributes",
                    "{'QueueUrl':'%s','AttributeNames':[%s]}", queue, names);
}

static struct api_answer *set(int protocol, const char *queue, const char *attributes)
{
    return api_call(&world, protocol, "SetQueueAttributes", "{'QueueUrl':'%s','Attributes':{%s}}",
                    queue, attributes);
}

START_TEST(everything_of_a_standard_queue)
{
    RULES("S-247");
    api_advance(&world, 61999);
    api_create_queue(&world, "n", "");
    struct api_answer *answer = get(_i, "n", "'All'");
    api_expect_text(
        &world, answer, "Attributes",
        "{\"ApproximateNumberOfMessages\":\"0\","
        "\"ApproximateNumberOfMessagesNotVisible\":\"0\","
        "\"ApproximateNumberOfMessagesDelayed\":\"0\","
        "\"CreatedTimestamp\":\"1767225661\",\"LastModifiedTimestamp\":\"1767225661\","
        "\"QueueArn\":\"" API_ARN(
            "n") "\",\"DelaySeconds\":\"0\","
                 "\"MaximumMessageSize\":\"1048576\",\"MessageRetentionPeriod\":\"345600\","
                 "\"ReceiveMessageWaitTimeSeconds\":\"0\",\"VisibilityTimeout\":\"30\","
                 "\"SqsManagedSseEnabled\":\"true\"}");
    ck_assert(answer->request.quiet);
}
END_TEST

START_TEST(everything_of_a_fifo_queue)
{
    RULES("S-247");
    struct api_answer *answer = get(_i, "f.fifo", "'All'");
    api_expect_text(&world, answer, "Attributes.FifoQueue", "true");
    api_expect_text(&world, answer, "Attributes.ContentBasedDeduplication", "false");
    api_expect_text(&world, answer, "Attributes.DeduplicationScope", "queue");
    api_expect_text(&world, answer, "Attributes.FifoThroughputLimit", "perQueue");
}
END_TEST

START_TEST(names_that_are_asked_for)
{
    RULES("S-125 S-126 S-127");
    api_expect_text(&world, get(_i, "q", ""), "Attributes", NULL);
    api_expect_text(&world, api_call(&world, _i, "GetQueueAttributes", "{'QueueUrl':'q'}"),
                    "Attributes", NULL);
    api_expect_text(&world,
                    get(_i, "q",
                        "'DelaySeconds','Policy','RedrivePolicy','KmsMasterKeyId',"
                        "'RedriveAllowPolicy','KmsDataKeyReusePeriodSeconds','FifoQueue',"
                        "'DeduplicationScope'"),
                    "Attributes", "{\"DelaySeconds\":\"0\"}");
    api_expect_text(&world, get(_i, "q", "'Policy'"), "Attributes", NULL);
    api_expect_fault(get(_i, "q", "'All','Foobar'"), API_ATTRIBUTE_NAME,
                     "Unknown Attribute Foobar.");
    api_expect_fault(get(WIRE_JSON, "q", "''"), API_ATTRIBUTE_NAME, "Unknown Attribute .");
}
END_TEST

START_TEST(counters_of_messages)
{
    RULES("S-249");
    for (int i = 0; i < 4; i++)
        api_send(&world, "q", "m");
    api_expect_ok(
        api_call(&world, _i, "SendMessage", "{'QueueUrl':'q','MessageBody':'m','DelaySeconds':9}"));
    api_receive(&world, "q");
    struct api_answer *answer =
        get(_i, "q",
            "'ApproximateNumberOfMessages','ApproximateNumberOfMessagesNotVisible',"
            "'ApproximateNumberOfMessagesDelayed'");
    api_expect_text(&world, answer, "Attributes",
                    "{\"ApproximateNumberOfMessages\":\"3\","
                    "\"ApproximateNumberOfMessagesNotVisible\":\"1\","
                    "\"ApproximateNumberOfMessagesDelayed\":\"1\"}");
}
END_TEST

START_TEST(unknown_and_read_only)
{
    RULES("S-128");
    const char *const names[] = {"Foo",
                                 "QueueArn",
                                 "CreatedTimestamp",
                                 "LastModifiedTimestamp",
                                 "ApproximateNumberOfMessages",
                                 "ApproximateNumberOfMessagesDelayed",
                                 "delayseconds",
                                 "All"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *message = arena_print(world.arena, "Unknown Attribute %s.", names[i]).bytes;
        api_expect_fault(set(_i, "q", arena_print(world.arena, "'%s':'1'", names[i]).bytes),
                         API_ATTRIBUTE_NAME, message);
        api_expect_fault(api_call(&world, _i, "CreateQueue",
                                  "{'QueueName':'n','Attributes':{'%s':'1'}}", names[i]),
                         API_ATTRIBUTE_NAME, message);
    }
}
END_TEST

START_TEST(numbers_out_of_range)
{
    RULES("S-40 S-129");
    const struct {
        const char *name;
        long long least;
        long long most;
    } rows[] = {
        {"DelaySeconds", 0, 900},
        {"MaximumMessageSize", 1024, 1048576},
        {"MessageRetentionPeriod", 60, 1209600},
        {"ReceiveMessageWaitTimeSeconds", 0, 20},
        {"VisibilityTimeout", 0, 43200},
        {"KmsDataKeyReusePeriodSeconds", 60, 86400},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = world.arena;
        const char *name = rows[i].name;
        const char *message = arena_print(arena, "Invalid value for the parameter %s.", name).bytes;
        const char *const wrong[] = {
            arena_print(arena, "'%s':'%lld'", name, rows[i].least - 1).bytes,
            arena_print(arena, "'%s':'%lld'", name, rows[i].most + 1).bytes,
            arena_print(arena, "'%s':'x'", name).bytes,
            arena_print(arena, "'%s':''", name).bytes,
            arena_print(arena, "'%s':'1.5'", name).bytes,
        };
        for (size_t j = 0; j < sizeof(wrong) / sizeof(wrong[0]); j++)
            api_expect_fault(set(_i, "q", wrong[j]), API_ATTRIBUTE_VALUE, message);
        api_expect_ok(set(_i, "q", arena_print(arena, "'%s':'%lld'", name, rows[i].least).bytes));
        api_expect_ok(set(_i, "q", arena_print(arena, "'%s':'%lld'", name, rows[i].most).bytes));
    }
    ck_assert_str_eq(api_attribute(&world, "q", "VisibilityTimeout"), "43200");
}
END_TEST

START_TEST(all_or_nothing_is_set)
{
    RULES("S-130");
    api_expect_fault(set(_i, "q", "'DelaySeconds':'5','VisibilityTimeout':'x'"),
                     API_ATTRIBUTE_VALUE, "Invalid value for the parameter VisibilityTimeout.");
    ck_assert_str_eq(api_attribute(&world, "q", "DelaySeconds"), "0");
}
END_TEST

START_TEST(attributes_to_set_are_required)
{
    RULES("S-46");
    const struct api_refusal refusals[] = {
        {"SetQueueAttributes", "{'QueueUrl':'q'}", API_PARAMETER_MISSING,
         "The request must contain the parameter Attribute.Name."},
        {"SetQueueAttributes", "{'QueueUrl':'q','Attributes':{}}", API_PARAMETER_MISSING,
         "The request must contain the parameter Attribute.Name."},
    };
    API_REFUSE(&world, _i, refusals);
}
END_TEST

START_TEST(type_never_changes)
{
    RULES("S-131 S-219");
    api_expect_fault(set(_i, "q", "'FifoQueue':'true'"), API_ATTRIBUTE_NAME,
                     "Unknown Attribute FifoQueue.");
    api_expect_fault(set(_i, "q", "'FifoQueue':'false'"), API_ATTRIBUTE_NAME,
                     "Unknown Attribute FifoQueue.");
    api_expect_ok(set(_i, "f.fifo", "'FifoQueue':'true'"));
    api_expect_fault(set(_i, "f.fifo", "'FifoQueue':'false'"), API_ATTRIBUTE_VALUE,
                     "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is "
                     "not supported.");
}
END_TEST

// Seconds of a queue and milliseconds of a message, without a fraction.
START_TEST(instants_of_queues_and_messages)
{
    RULES("S-250");
    api_advance(&world, 1999);
    api_create_queue(&world, "late", "");
    api_send(&world, "late", "m");
    api_advance(&world, 2);
    api_expect_ok(set(_i, "late", "'DelaySeconds':'5'"));
    ck_assert_str_eq(api_attribute(&world, "late", "CreatedTimestamp"), "1767225601");
    ck_assert_str_eq(api_attribute(&world, "late", "LastModifiedTimestamp"), "1767225602");
    struct api_answer *answer =
        api_call(&world, _i, "ReceiveMessage", "{'QueueUrl':'late','AttributeNames':['All']}");
    api_expect_text(&world, answer, "Messages.0.Attributes.SentTimestamp", "1767225601999");
    api_expect_text(&world, answer, "Messages.0.Attributes.ApproximateFirstReceiveTimestamp",
                    "1767225602001");
}
END_TEST

START_TEST(modified_timestamp)
{
    RULES("S-133");
    api_advance(&world, 5000);
    api_expect_ok(set(_i, "q", "'DelaySeconds':'5'"));
    ck_assert_str_eq(api_attribute(&world, "q", "CreatedTimestamp"), "1767225600");
    ck_assert_str_eq(api_attribute(&world, "q", "LastModifiedTimestamp"), "1767225605");
}
END_TEST

START_TEST(throughput_per_group_needs_deduplication_per_group)
{
    RULES("S-243");
    const char *message = "The perMessageGroupId value is allowed only when the value for "
                          "DeduplicationScope is messageGroup";
    api_expect_fault(set(_i, "f.fifo", "'FifoThroughputLimit':'perMessageGroupId'"),
                     API_PARAMETER_VALUE, message);
    api_expect_ok(set(_i, "f.fifo",
                      "'FifoThroughputLimit':'perMessageGroupId',"
                      "'DeduplicationScope':'messageGroup'"));
    ck_assert_str_eq(api_attribute(&world, "f.fifo", "FifoThroughputLimit"), "perMessageGroupId");
    api_expect_fault(set(_i, "f.fifo", "'DeduplicationScope':'queue'"), API_PARAMETER_VALUE,
                     message);
    api_expect_fault(set(_i, "f.fifo", "'DeduplicationScope':'group'"), API_ATTRIBUTE_VALUE,
                     "Invalid value for the parameter DeduplicationScope.");
    api_expect_fault(set(_i, "f.fifo", "'ContentBasedDeduplication':'maybe'"), API_ATTRIBUTE_VALUE,
                     "Invalid value for the parameter ContentBasedDeduplication.");
}
END_TEST

// Booleans lower case, numbers canonical.
START_TEST(values_are_reported_canonically)
{
    RULES("S-251");
    api_expect_ok(set(_i, "q", "'DelaySeconds':'007','SqsManagedSseEnabled':'FALSE'"));
    ck_assert_str_eq(api_attribute(&world, "q", "DelaySeconds"), "7");
    ck_assert_str_eq(api_attribute(&world, "q", "SqsManagedSseEnabled"), "false");
}
END_TEST

START_TEST(one_kind_of_encryption)
{
    RULES("S-248");
    api_expect_ok(
        set(_i, "q", "'KmsMasterKeyId':'testKeyId','KmsDataKeyReusePeriodSeconds':'6000'"));
    ck_assert_str_eq(api_attribute(&world, "q", "SqsManagedSseEnabled"), "false");
    ck_assert_str_eq(api_attribute(&world, "q", "KmsMasterKeyId"), "testKeyId");
    ck_assert_str_eq(api_attribute(&world, "q", "KmsDataKeyReusePeriodSeconds"), "6000");
    api_expect_ok(set(_i, "q", "'KmsMasterKeyId':'','KmsDataKeyReusePeriodSeconds':'300'"));
    ck_assert_ptr_null(api_attribute(&world, "q", "KmsMasterKeyId"));
    ck_assert_ptr_null(api_attribute(&world, "q", "KmsDataKeyReusePeriodSeconds"));
    ck_assert_str_eq(api_attribute(&world, "q", "SqsManagedSseEnabled"), "false");
    api_expect_fault(set(_i, "q", "'KmsMasterKeyId':'k','SqsManagedSseEnabled':'true'"),
                     API_ATTRIBUTE_NAME,
                     "You can use one type of server-side encryption (SSE) at one time. You can "
                     "either enable KMS SSE or SQS SSE.");
    api_expect_ok(set(_i, "q", "'KmsMasterKeyId':'k','SqsManagedSseEnabled':'false'"));
    api_expect_ok(set(_i, "q", "'SqsManagedSseEnabled':'true'"));
    ck_assert_ptr_null(api_attribute(&world, "q", "KmsMasterKeyId"));
}
END_TEST

START_TEST(a_policy_is_kept_as_given)
{
    RULES("S-132 S-253");
    api_expect_ok(set(_i, "q", "'Policy':'{ \\u0022Version\\u0022: \\u00222012-10-17\\u0022 }'"));
    ck_assert_str_eq(api_attribute(&world, "q", "Policy"), "{ \"Version\": \"2012-10-17\" }");
    api_expect_fault(set(_i, "q", "'Policy':'x'"), API_ATTRIBUTE_VALUE,
                     "Invalid value for the parameter Policy.");
    api_expect_fault(set(_i, "q", "'Policy':'[]'"), API_ATTRIBUTE_VALUE,
                     "Invalid value for the parameter Policy.");
    api_expect_ok(set(_i, "q", "'Policy':''"));
    ck_assert_ptr_null(api_attribute(&world, "q", "Policy"));
}
END_TEST

static Suite *sqs_attributes_suite(void)
{
    Suite *suite = suite_create("sqs_attributes");
    TCase *rules = tcase_create("rules");
    tcase_add_checked_fixture(rules, begin, end);
    tcase_add_loop_test(rules, everything_of_a_standard_queue, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, everything_of_a_fifo_queue, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, names_that_are_asked_for, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, counters_of_messages, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, unknown_and_read_only, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, numbers_out_of_range, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, all_or_nothing_is_set, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, attributes_to_set_are_required, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, type_never_changes, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, instants_of_queues_and_messages, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, modified_timestamp, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, throughput_per_group_needs_deduplication_per_group, 0,
                        API_PROTOCOLS);
    tcase_add_loop_test(rules, values_are_reported_canonically, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, one_kind_of_encryption, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, a_policy_is_kept_as_given, 0, API_PROTOCOLS);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(sqs_attributes_suite)
