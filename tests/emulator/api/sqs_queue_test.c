// CreateQueue, GetQueueUrl, ListQueues, DeleteQueue, PurgeQueue and ListDeadLetterSourceQueues:
// sections 2.6, 2.7, 2.9, 2.12 and 5.1 of the reference. Every test runs in both protocols.
#include "tests/support/api_world.h"
#include "tests/support/check_main.h"

#include <string.h>

static struct api_world world;

static void begin(void)
{
    api_world_begin(&world);
}

static void end(void)
{
    api_world_end(&world);
}

static const char *repeated(char byte, size_t count)
{
    char *bytes = arena_allocate(world.arena, count + 1);
    memset(bytes, byte, count);
    return bytes;
}

static struct api_answer *create(int protocol, const char *name, const char *attributes)
{
    return api_call(&world, protocol, "CreateQueue", "{'QueueName':'%s','Attributes':{%s}}", name,
                    attributes);
}

#define NAME_TEXT \
    "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
#define FIFO_NAME_TEXT                                                                             \
    "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, " \
    "must end with .fifo suffix and be 1 to 80 in length."
#define NO_NAME_TEXT "Value for parameter QueueName is invalid. Reason: Must specify a queue name."

START_TEST(names_taken_and_refused)
{
    RULES("S-46 S-108");
    const struct api_refusal refusals[] = {
        {"CreateQueue", "{}", API_PARAMETER_VALUE, NO_NAME_TEXT},
        {"CreateQueue", "{'QueueName':''}", API_PARAMETER_VALUE, "Queue name cannot be empty"},
        {"CreateQueue", "{'QueueName':'','Attributes':{'FifoQueue':'true'}}", API_PARAMETER_VALUE,
         "Queue name cannot be empty"},
        {"GetQueueUrl", "{}", API_PARAMETER_VALUE, NO_NAME_TEXT},
        {"CreateQueue", "{'QueueName':'a b'}", API_PARAMETER_VALUE, NAME_TEXT},
        {"CreateQueue", "{'QueueName':'a/b'}", API_PARAMETER_VALUE, NAME_TEXT},
        {"CreateQueue", "{'QueueName':'\u00e9'}", API_PARAMETER_VALUE, NAME_TEXT},
    };
    API_REFUSE(&world, _i, refusals);
    api_expect_ok(create(_i, "aZ_-9", ""));
    api_expect_ok(create(_i, repeated('n', 80), ""));
    api_expect_fault(create(_i, repeated('n', 81), ""), API_PARAMETER_VALUE, NAME_TEXT);
}
END_TEST

// The suffix does not make a queue FIFO.
START_TEST(names_of_fifo_queues)
{
    RULES("S-109 S-110 S-219 sqs-mistake-23");
    api_expect_fault(create(_i, "a.fifo", ""), API_PARAMETER_VALUE, NAME_TEXT);
    api_expect_fault(create(_i, "a", "'FifoQueue':'true'"), API_PARAMETER_VALUE, FIFO_NAME_TEXT);
    api_expect_fault(create(_i, ".fifo", "'FifoQueue':'true'"), API_PARAMETER_VALUE,
                     FIFO_NAME_TEXT);
    api_expect_fault(create(_i, "a.b.fifo", "'FifoQueue':'true'"), API_PARAMETER_VALUE,
                     FIFO_NAME_TEXT);
    const char *longest = arena_print(world.arena, "%s.fifo", repeated('n', 75)).bytes;
    const char *too_long = arena_print(world.arena, "%s.fifo", repeated('n', 76)).bytes;
    api_expect_ok(create(_i, longest, "'FifoQueue':'true'"));
    api_expect_fault(create(_i, too_long, "'FifoQueue':'true'"), API_PARAMETER_VALUE,
                     FIFO_NAME_TEXT);
}
END_TEST

START_TEST(fifo_attributes)
{
    RULES("S-111 S-112 sqs-mistake-23");
    const struct api_refusal refusals[] = {
        {"CreateQueue", "{'QueueName':'a','Attributes':{'FifoQueue':'false'}}", API_ATTRIBUTE_NAME,
         "Unknown Attribute FifoQueue."},
        {"CreateQueue", "{'QueueName':'a','Attributes':{'ContentBasedDeduplication':'true'}}",
         API_ATTRIBUTE_NAME, "Unknown Attribute ContentBasedDeduplication."},
        {"CreateQueue", "{'QueueName':'a','Attributes':{'DeduplicationScope':'queue'}}",
         API_ATTRIBUTE_NAME,
         "You can specify the DeduplicationScope only when FifoQueue is set to true."},
        {"CreateQueue", "{'QueueName':'a','Attributes':{'FifoThroughputLimit':'perQueue'}}",
         API_ATTRIBUTE_NAME,
         "You can specify the FifoThroughputLimit only when FifoQueue is set to true."},
        {"CreateQueue", "{'QueueName':'a.fifo','Attributes':{'FifoQueue':'maybe'}}",
         API_ATTRIBUTE_VALUE, "Invalid value for the parameter FifoQueue."},
    };
    API_REFUSE(&world, _i, refusals);
    api_expect_ok(create(_i, "a.fifo", "'FifoQueue':'True'"));
    ck_assert_str_eq(api_attribute(&world, "a.fifo", "FifoQueue"), "true");
}
END_TEST

static void expect_conflict(const struct api_answer *answer, const char *attribute)
{
    api_expect_fault(answer, 400, "QueueAlreadyExists", "QueueNameExists",
                     arena_print(world.arena,
                                 "A queue already exists with the same name and a different value "
                                 "for attribute %s",
                                 attribute)
                         .bytes);
}

START_TEST(a_queue_that_exists)
{
    RULES("S-113 sqs-mistake-22");
    api_expect_ok(create(_i, "q", "'DelaySeconds':'5','VisibilityTimeout':'7'"));
    struct api_answer *again = create(_i, "q", "");
    api_expect_text(&world, again, "QueueUrl", API_URL("q"));
    api_expect_ok(create(_i, "q", "'DelaySeconds':'5'"));
    // A default value equals the unset attribute; numbers are compared, not their texts.
    api_expect_ok(create(_i, "q",
                         "'MaximumMessageSize':'1048576','SqsManagedSseEnabled':'True',"
                         "'KmsDataKeyReusePeriodSeconds':'300','DelaySeconds':'05'"));
    api_send(&world, "q", "m");
    api_expect_ok(create(_i, "q", "'VisibilityTimeout':'7'"));
    expect_conflict(create(_i, "q",
                           "'VisibilityTimeout':'7','DelaySeconds':'6',"
                           "'MessageRetentionPeriod':'60'"),
                    "DelaySeconds");
    expect_conflict(create(_i, "q", "'Policy':'{}'"), "Policy");
    api_expect_ok(api_call(&world, _i, "SetQueueAttributes",
                           "{'QueueUrl':'q','Attributes':{'DelaySeconds':'6'}}"));
    expect_conflict(create(_i, "q", "'DelaySeconds':'5'"), "DelaySeconds");
    api_expect_ok(create(_i, "q", "'DelaySeconds':'6'"));
}
END_TEST

START_TEST(policies_are_compared_by_value)
{
    RULES("S-114");
    api_create_queue(&world, "dlq", "");
    api_expect_ok(
        create(_i, "q",
               "'Policy':'{ \\u0022a\\u0022: 1, \\u0022b\\u0022: [2] }','RedrivePolicy':"
               "'{\\u0022maxReceiveCount\\u0022:\\u00223\\u0022,\\u0022deadLetterTargetArn\\u0022:"
               "\\u0022" API_ARN("dlq") "\\u0022}'"));
    api_expect_ok(create(_i, "q",
                         "'Policy':'{\\u0022b\\u0022:[2],\\u0022a\\u0022:1}','RedrivePolicy':"
                         "'{ \\u0022deadLetterTargetArn\\u0022:\\u0022" API_ARN(
                             "dlq") "\\u0022,\\u0022maxReceiveCount\\u0022:3}'"));
    expect_conflict(create(_i, "q", "'Policy':'{\\u0022b\\u0022:[3],\\u0022a\\u0022:1}'"),
                    "Policy");
    expect_conflict(create(_i, "q",
                           "'RedrivePolicy':'{\\u0022deadLetterTargetArn\\u0022:\\u0022" API_ARN(
                               "dlq") "\\u0022,\\u0022maxReceiveCount\\u0022:4}'"),
                    "RedrivePolicy");
}
END_TEST

// A failing CreateQueue creates nothing.
START_TEST(nothing_half_created)
{
    RULES("S-118");
    ck_assert_int_eq(create(_i, "q", "'DelaySeconds':'901'")->status, 400);
    struct api_answer *answer = api_call(&world, _i, "GetQueueUrl", "{'QueueName':'q'}");
    ck_assert(text_equal(answer->code, TEXT("AWS.SimpleQueueService.NonExistentQueue")));
}
END_TEST

START_TEST(recreated_within_a_minute)
{
    RULES("S-116 S-254");
    world.options.strict_waits = true;
    api_expect_ok(create(_i, "q", ""));
    api_expect_ok(api_call(&world, _i, "DeleteQueue", "{'QueueUrl':'q'}"));
    api_advance(&world, 59999);
    api_expect_fault(create(_i, "q", ""), 400, "AWS.SimpleQueueService.QueueDeletedRecently",
                     "QueueDeletedRecently",
                     "You must wait 60 seconds after deleting a queue before you can create "
                     "another with the same name.");
    api_expect_ok(create(_i, "p", ""));
    api_advance(&world, 1);
    api_expect_ok(create(_i, "q", ""));
    world.options.strict_waits = false;
    api_expect_ok(api_call(&world, _i, "DeleteQueue", "{'QueueUrl':'q'}"));
    api_expect_ok(create(_i, "q", ""));
}
END_TEST

// Also with messages in it.
START_TEST(a_queue_is_deleted_with_its_messages)
{
    RULES("S-4 S-119");
    const char *message = _i == WIRE_JSON
                              ? "The specified queue does not exist."
                              : "The specified queue does not exist for this wsdl version.";
    api_create_queue(&world, "q", "");
    api_send(&world, "q", "m");
    struct api_answer *answer = api_call(&world, _i, "DeleteQueue", "{'QueueUrl':'q'}");
    api_expect_ok(answer);
    if (_i == WIRE_JSON)
        ck_assert_uint_eq(answer->body.length, 0);
    api_expect_fault(api_call(&world, _i, "DeleteQueue", "{'QueueUrl':'q'}"), API_NO_QUEUE,
                     message);
    api_expect_fault(api_call(&world, _i, "GetQueueUrl", "{'QueueName':'q'}"), API_NO_QUEUE,
                     message);
}
END_TEST

// The account given is rendered.
START_TEST(a_url_is_asked_for_by_name)
{
    RULES("S-39 S-121");
    api_create_queue(&world, "q", "");
    api_expect_text(&world, api_call(&world, _i, "GetQueueUrl", "{'QueueName':'q'}"), "QueueUrl",
                    API_URL("q"));
    struct api_answer *answer = api_call(
        &world, _i, "GetQueueUrl", "{'QueueName':'q','QueueOwnerAWSAccountId':'111111111111'}");
    ck_assert(text_equal(answer->code, TEXT("AWS.SimpleQueueService.NonExistentQueue")));
    answer = api_call(&world, _i, "GetQueueUrl", "{'QueueName':'Q'}");
    ck_assert(text_equal(answer->code, TEXT("AWS.SimpleQueueService.NonExistentQueue")));
    ck_assert(answer->request.quiet);
}
END_TEST

START_TEST(queues_are_listed_by_name_and_page)
{
    RULES("S-122 S-123");
    const char *const names[] = {"b2", "a", "b1", "B", "b3"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        api_create_queue(&world, names[i], "");
    struct api_answer *answer = api_call(&world, _i, "ListQueues", "{}");
    api_expect_text(&world, answer, "QueueUrls",
                    "[\"" API_URL("B") "\",\"" API_URL("a") "\",\"" API_URL("b1") "\",\"" API_URL(
                        "b2") "\",\"" API_URL("b3") "\"]");
    api_expect_text(&world, answer, "NextToken", NULL);
    answer = api_call(&world, _i, "ListQueues", "{'QueueNamePrefix':'b','MaxResults':2}");
    api_expect_text(&world, answer, "QueueUrls", "[\"" API_URL("b1") "\",\"" API_URL("b2") "\"]");
    const char *token = api_get_text(&world, answer, "NextToken");
    answer = api_call(&world, _i, "ListQueues",
                      "{'QueueNamePrefix':'b','MaxResults':2,'NextToken':'%s'}", token);
    api_expect_text(&world, answer, "QueueUrls", "[\"" API_URL("b3") "\"]");
    api_expect_text(&world, answer, "NextToken", NULL);
    // Exactly as many as asked for is the last page.
    answer = api_call(&world, _i, "ListQueues", "{'MaxResults':5}");
    api_expect_text(&world, answer, "NextToken", NULL);
    ck_assert(answer->request.quiet);
}
END_TEST

START_TEST(parameters_of_the_list_refused)
{
    RULES("S-122");
    api_create_queue(&world, "q", "");
    const char *range = "Value for parameter MaxResults is invalid. Reason: MaxResults must be an "
                        "integer between 1 and 1000.";
    const struct api_refusal refusals[] = {
        {"ListQueues", "{'MaxResults':0}", API_PARAMETER_VALUE, range},
        {"ListQueues", "{'MaxResults':1001}", API_PARAMETER_VALUE, range},
        {"ListQueues", "{'NextToken':'garbage'}", API_PARAMETER_VALUE,
         "Invalid or expired next token."},
        {"ListQueues", "{'NextToken':'YWFh'}", API_PARAMETER_VALUE,
         "Invalid or expired next token."},
        {"ListDeadLetterSourceQueues", "{'QueueUrl':'q','MaxResults':0}", API_PARAMETER_VALUE,
         range},
        {"ListDeadLetterSourceQueues", "{'QueueUrl':'q','MaxResults':1,'NextToken':'x'}",
         API_PARAMETER_VALUE, "Invalid or expired next token."},
    };
    API_REFUSE(&world, _i, refusals);
}
END_TEST

// At most 1000, and then no token.
START_TEST(a_thousand_queues)
{
    RULES("S-122");
    for (int i = 0; i < 1001; i++)
        api_create_queue(&world, arena_print(world.arena, "q%04d", i).bytes, "");
    struct api_answer *answer = api_call(&world, _i, "ListQueues", "{}");
    api_expect_text(&world, answer, "QueueUrls.999", API_URL("q0999"));
    api_expect_text(&world, answer, "QueueUrls.1000", NULL);
    api_expect_text(&world, answer, "NextToken", NULL);
}
END_TEST

// Queues are per region, and the region is the signature's.
START_TEST(queues_are_per_region)
{
    RULES("S-38 S-124");
    api_create_queue(&world, "q", "");
    world.extra = (struct header){
        TEXT("Authorization"),
        TEXT("AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/sqs/aws4_request, "
             "SignedHeaders=host, Signature=0")};
    struct api_answer *answer = api_call(&world, _i, "ListQueues", "{}");
    api_expect_text(&world, answer, "QueueUrls", NULL);
    api_expect_ok(create(_i, "q", ""));
    ck_assert_str_eq(api_attribute(&world, "q", "QueueArn"),
                     "arn:aws:sqs:eu-west-1:000000000000:q");
    world.extra = (struct header){0};
    ck_assert_str_eq(api_attribute(&world, "q", "QueueArn"), API_ARN("q"));
}
END_TEST

START_TEST(dead_letter_sources)
{
    RULES("S-144 S-194");
    api_create_queue(&world, "dlq", "");
    struct api_answer *answer =
        api_call(&world, _i, "ListDeadLetterSourceQueues", "{'QueueUrl':'dlq'}");
    api_expect_text(&world, answer, "queueUrls", NULL);
    const char *const names[] = {"c", "a", "b"};
    for (size_t i = 0; i < 3; i++)
        api_create_queue(&world, names[i],
                         "'Attributes':{'RedrivePolicy':'{\\u0022deadLetterTargetArn\\u0022:"
                         "\\u0022" API_ARN("dlq") "\\u0022,\\u0022maxReceiveCount\\u0022:1}'}");
    answer =
        api_call(&world, _i, "ListDeadLetterSourceQueues", "{'QueueUrl':'dlq','MaxResults':2}");
    api_expect_text(&world, answer, "queueUrls", "[\"" API_URL("a") "\",\"" API_URL("b") "\"]");
    answer = api_call(&world, _i, "ListDeadLetterSourceQueues",
                      "{'QueueUrl':'dlq','MaxResults':2,'NextToken':'%s'}",
                      api_get_text(&world, answer, "NextToken"));
    api_expect_text(&world, answer, "queueUrls", "[\"" API_URL("c") "\"]");
    api_expect_ok(api_call(&world, _i, "SetQueueAttributes",
                           "{'QueueUrl':'c','Attributes':{'RedrivePolicy':''}}"));
    answer = api_call(&world, _i, "ListDeadLetterSourceQueues", "{'QueueUrl':'dlq'}");
    api_expect_text(&world, answer, "queueUrls.2", NULL);
}
END_TEST

START_TEST(a_purge_takes_every_message)
{
    RULES("S-134");
    api_create_queue(&world, "q", "");
    for (int i = 0; i < 3; i++)
        api_send(&world, "q", "m");
    api_expect_ok(
        api_call(&world, _i, "SendMessage", "{'QueueUrl':'q','MessageBody':'m','DelaySeconds':9}"));
    ck_assert_ptr_nonnull(api_receive(&world, "q"));
    struct api_answer *answer = api_call(&world, _i, "PurgeQueue", "{'QueueUrl':'q'}");
    api_expect_ok(answer);
    ck_assert_str_eq(api_attribute(&world, "q", "ApproximateNumberOfMessages"), "0");
    ck_assert_str_eq(api_attribute(&world, "q", "ApproximateNumberOfMessagesNotVisible"), "0");
    ck_assert_str_eq(api_attribute(&world, "q", "ApproximateNumberOfMessagesDelayed"), "0");
    api_expect_ok(api_call(&world, _i, "PurgeQueue", "{'QueueUrl':'q'}"));
}
END_TEST

START_TEST(purged_within_a_minute)
{
    RULES("S-135");
    world.options.strict_waits = true;
    api_create_queue(&world, "q", "");
    api_expect_ok(api_call(&world, _i, "PurgeQueue", "{'QueueUrl':'q'}"));
    api_advance(&world, 59999);
    api_expect_fault(api_call(&world, _i, "PurgeQueue", "{'QueueUrl':'%s'}", API_URL("q")), 403,
                     "AWS.SimpleQueueService.PurgeQueueInProgress", "PurgeQueueInProgress",
                     "Only one PurgeQueue operation on q is allowed every 60 seconds.");
    api_advance(&world, 1);
    api_expect_ok(api_call(&world, _i, "PurgeQueue", "{'QueueUrl':'q'}"));
}
END_TEST

// The horizon counts from control-plane changes and sends, not from reads, and not from refusals.
START_TEST(what_renews_the_horizon)
{
    api_create_queue(&world, "q", "");
    api_advance(&world, 1000);
    const int64_t start_ms = world.world.changed_at_ms;
    ck_assert_int_eq(start_ms, API_START_MS);
    api_expect_ok(api_call(&world, _i, "ListQueues", "{}"));
    api_expect_ok(api_call(&world, _i, "ReceiveMessage", "{'QueueUrl':'q'}"));
    ck_assert_int_eq(create(_i, "a b", "")->status, 400);
    ck_assert_int_eq(world.world.changed_at_ms, start_ms);
    api_send(&world, "q", "m");
    ck_assert_int_eq(world.world.changed_at_ms, start_ms + 1000);
    api_advance(&world, 1000);
    api_expect_ok(api_call(&world, _i, "PurgeQueue", "{'QueueUrl':'q'}"));
    ck_assert_int_eq(world.world.changed_at_ms, start_ms + 2000);
}
END_TEST

static Suite *sqs_queue_suite(void)
{
    Suite *suite = suite_create("sqs_queue");
    TCase *rules = tcase_create("rules");
    tcase_add_checked_fixture(rules, begin, end);
    tcase_add_loop_test(rules, names_taken_and_refused, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, names_of_fifo_queues, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, fifo_attributes, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, a_queue_that_exists, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, policies_are_compared_by_value, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, nothing_half_created, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, recreated_within_a_minute, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, a_queue_is_deleted_with_its_messages, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, a_url_is_asked_for_by_name, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, queues_are_listed_by_name_and_page, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, parameters_of_the_list_refused, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, a_thousand_queues, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, queues_are_per_region, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, dead_letter_sources, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, a_purge_takes_every_message, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, purged_within_a_minute, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, what_renews_the_horizon, 0, API_PROTOCOLS);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(sqs_queue_suite)
