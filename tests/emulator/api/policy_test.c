// RedrivePolicy and RedriveAllowPolicy: section 4.1 of the reference. Every test runs in both
// protocols, in CreateQueue and SetQueueAttributes.
#include "emulator/api/policy.h"

#include "tests/support/api_world.h"
#include "tests/support/check_main.h"

#include <stdio.h>
#include <string.h>

static struct api_world world;

static void begin(void)
{
    api_world_begin(&world);
    api_create_queue(&world, "q", "");
    api_create_queue(&world, "dlq", "");
    api_create_queue(&world, "dlq.fifo", "'Attributes':{'FifoQueue':'true'}");
}

static void end(void)
{
    api_world_end(&world);
}

// A policy is JSON inside JSON: ` stands for its quotes.
static const char *quoted(const char *policy, const char *quote)
{
    cleanup(buffer_deinit) struct buffer text = {0};
    for (const char *at = policy; *at != '\0'; at++)
        buffer_append(&text, *at == '`' ? text_of(quote) : text_from(at, 1));
    return arena_copy(world.arena, buffer_text(&text)).bytes;
}

static struct api_answer *set(int protocol, const char *queue, const char *name, const char *policy)
{
    return api_call(&world, protocol, "SetQueueAttributes",
                    "{'QueueUrl':'%s','Attributes':{'%s':'%s'}}", queue, name,
                    quoted(policy, "\\u0022"));
}

static struct api_answer *create_with(int protocol, const char *name, const char *policy)
{
    return api_call(&world, protocol, "CreateQueue", "{'QueueName':'n','Attributes':{'%s':'%s'}}",
                    name, quoted(policy, "\\u0022"));
}

#define DLQ "`deadLetterTargetArn`:`" API_ARN("dlq") "`"

START_TEST(redrive_policy_as_reported)
{
    RULES("S-190 S-193 S-194");
    const char *const policies[] = {
        "{" DLQ ",`maxReceiveCount`:3}",
        "{ `maxReceiveCount` : `3` ,\\n " DLQ " }",
    };
    for (size_t i = 0; i < 2; i++) {
        api_expect_ok(set(_i, "q", "RedrivePolicy", policies[i]));
        ck_assert_str_eq(api_attribute(&world, "q", "RedrivePolicy"),
                         quoted("{" DLQ ",`maxReceiveCount`:3}", "\""));
    }
    api_expect_ok(set(_i, "q", "RedrivePolicy", "{" DLQ ",`maxReceiveCount`:1000}"));
    api_expect_ok(set(_i, "q", "RedrivePolicy",
                      "{`deadLetterTargetArn`:`" API_ARN("q") "`,`maxReceiveCount`:1}"));
    api_expect_ok(set(_i, "q", "RedrivePolicy", ""));
    ck_assert_ptr_null(api_attribute(&world, "q", "RedrivePolicy"));
}
END_TEST

struct refused {
    const char *policy;
    const char *reason; // behind "Value <policy> for parameter ... Reason: ", or all with a '!'
};

static void expect_refused(int protocol, const char *name, const struct refused *cases,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *policy = quoted(cases[i].policy, "\"");
        const char *message =
            cases[i].reason[0] == '!'
                ? cases[i].reason + 1
                : arena_print(world.arena, "Value %s for parameter %s is invalid. Reason: %s",
                              policy, name, cases[i].reason)
                      .bytes;
        api_expect_fault(set(protocol, "q", name, cases[i].policy), API_PARAMETER_VALUE, message);
        api_expect_fault(create_with(protocol, name, cases[i].policy), API_PARAMETER_VALUE,
                         message);
    }
    ck_assert_ptr_null(api_attribute(&world, "q", name));
}

// It is checked when it is set.
START_TEST(redrive_policy_refused)
{
    RULES("S-191 sqs-mistake-26");
    static const struct refused cases[] = {
        {"x", "!Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a "
              "valid JSON map."},
        {"[]", "!Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a "
               "valid JSON map."},
        {"{" DLQ "}", "Redrive policy does not contain mandatory attribute: maxReceiveCount."},
        {"{`maxReceiveCount`:1}",
         "Redrive policy does not contain mandatory attribute: deadLetterTargetArn."},
        {"{" DLQ ",`maxReceiveCount`:0}",
         "Invalid value for maxReceiveCount: 0, valid values are from 1 to 1000 both inclusive."},
        {"{" DLQ ",`maxReceiveCount`:1001}",
         "Invalid value for maxReceiveCount: 1001, valid values are from 1 to 1000 both "
         "inclusive."},
        {"{" DLQ ",`maxReceiveCount`:`x`}",
         "Invalid value for maxReceiveCount: x, valid values are from 1 to 1000 both inclusive."},
        {"{" DLQ ",`maxReceiveCount`:1.5}",
         "Invalid value for maxReceiveCount: 1.5, valid values are from 1 to 1000 both "
         "inclusive."},
        {"{`deadLetterTargetArn`:`dlq`,`maxReceiveCount`:1}",
         "Invalid value for deadLetterTargetArn."},
        {"{`deadLetterTargetArn`:1,`maxReceiveCount`:1}", "Invalid value for deadLetterTargetArn."},
        {"{`deadLetterTargetArn`:`arn:aws:sns:us-east-1:" API_ACCOUNT ":dlq`,`maxReceiveCount`:1}",
         "Dead-letter target ARN should be fully qualified ARN."},
        {"{" DLQ ",`maxReceiveCount`:1,`x`:1}",
         "Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn]."},
        {"{`deadLetterTargetArn`:`" API_ARN("none") "`,`maxReceiveCount`:1}",
         "Dead letter target does not exist."},
        {"{`deadLetterTargetArn`:`arn:aws:sqs:eu-west-1:" API_ACCOUNT ":dlq`,`maxReceiveCount`:1}",
         "Dead letter target does not exist."},
        {"{`deadLetterTargetArn`:`" API_ARN("dlq.fifo") "`,`maxReceiveCount`:1}",
         "Dead-letter queue must be same type of queue as the source."},
        {"{`deadLetterTargetArn`:`arn:aws:sqs:us-east-1:111111111111:dlq`,`maxReceiveCount`:1}",
         "Dead-letter target owner should be same as the source."},
    };
    expect_refused(_i, "RedrivePolicy", cases, sizeof(cases) / sizeof(cases[0]));
}
END_TEST

START_TEST(allow_policy_as_reported)
{
    RULES("S-132 S-195");
    const char *const policies[] = {
        "{`redrivePermission`:`allowAll`}",
        "{`redrivePermission`:`denyAll`}",
        "{`redrivePermission`:`byQueue`,`sourceQueueArns`:[`" API_ARN("a") "`,`" API_ARN("b") "`]}",
    };
    for (size_t i = 0; i < 3; i++) {
        api_expect_ok(set(_i, "q", "RedriveAllowPolicy", policies[i]));
        ck_assert_str_eq(api_attribute(&world, "q", "RedriveAllowPolicy"),
                         quoted(policies[i], "\""));
    }
    api_expect_ok(set(_i, "q", "RedriveAllowPolicy", ""));
    ck_assert_ptr_null(api_attribute(&world, "q", "RedriveAllowPolicy"));
}
END_TEST

#define NO_ALLOW "Amazon SQS can't create the redrive allow policy. "
#define NO_ALLOW_FORM                                                                           \
    "!Invalid value for the parameter RedriveAllowPolicy. Reason: Amazon SQS can't create the " \
    "redrive allow policy, as it\u2019s in an unsupported format."

START_TEST(allow_policy_refused)
{
    RULES("S-196");
    cleanup(buffer_deinit) struct buffer eleven = {0};
    buffer_append(&eleven, TEXT("{`redrivePermission`:`byQueue`,`sourceQueueArns`:["));
    for (int i = 0; i < 11; i++)
        buffer_print(&eleven, "%s`%s%d`", i > 0 ? "," : "", API_ARN("q"), i);
    buffer_append(&eleven, TEXT("]}"));
    const struct refused cases[] = {
        {"{`redrivePermission`:`byQueue`}",
         NO_ALLOW "When you specify the byQueue permission type, you must also specify one or more "
                  "sourceQueueArns values."},
        {"{`redrivePermission`:`byQueue`,`sourceQueueArns`:[]}",
         NO_ALLOW "When you specify the byQueue permission type, you must also specify one or more "
                  "sourceQueueArns values."},
        {"{`redrivePermission`:`allowAll`,`sourceQueueArns`:[`" API_ARN("a") "`]}",
         NO_ALLOW "To specify one or more source queue ARNs, you must set redrivePermission to "
                  "byQueue."},
        {"{`redrivePermission`:`denyAll`,`sourceQueueArns`:[`" API_ARN("a") "`]}",
         NO_ALLOW "To specify one or more source queue ARNs, you must set redrivePermission to "
                  "byQueue."},
        {arena_copy(world.arena, buffer_text(&eleven)).bytes,
         NO_ALLOW "The maximum number of source queue ARNs you can specify is 10."},
        {"x", NO_ALLOW_FORM},
        {"{}", NO_ALLOW_FORM},
        {"{`redrivePermission`:`all`}", NO_ALLOW_FORM},
        {"{`redrivePermission`:`byQueue`,`sourceQueueArns`:`x`}", NO_ALLOW_FORM},
        {"{`redrivePermission`:`byQueue`,`sourceQueueArns`:[1]}", NO_ALLOW_FORM},
        {"{`redrivePermission`:`byQueue`,`sourceQueueArns`:[`x`]}", NO_ALLOW_FORM},
        {"{`redrivePermission`:`allowAll`,`x`:1}", NO_ALLOW_FORM},
    };
    expect_refused(_i, "RedriveAllowPolicy", cases, sizeof(cases) / sizeof(cases[0]));
}
END_TEST

// The target decides when a source sets its policy; not later.
START_TEST(target_allows_or_denies)
{
    RULES("S-195 S-197");
    const char *redrive = "{" DLQ ",`maxReceiveCount`:1}";
    api_expect_ok(set(_i, "dlq", "RedriveAllowPolicy", "{`redrivePermission`:`denyAll`}"));
    struct api_answer *answer = set(_i, "q", "RedrivePolicy", redrive);
    ck_assert(text_equal(answer->code, TEXT("InvalidParameterValue")));
    api_expect_ok(set(_i, "dlq", "RedriveAllowPolicy",
                      "{`redrivePermission`:`byQueue`,`sourceQueueArns`:[`" API_ARN("q") "`]}"));
    api_expect_ok(set(_i, "q", "RedrivePolicy", redrive));
    answer = create_with(_i, "RedrivePolicy", redrive);
    ck_assert(text_equal(answer->code, TEXT("InvalidParameterValue")));
    api_expect_ok(set(_i, "dlq", "RedriveAllowPolicy", "{`redrivePermission`:`denyAll`}"));
    ck_assert_ptr_nonnull(api_attribute(&world, "q", "RedrivePolicy"));
}
END_TEST

START_TEST(a_message_moves)
{
    RULES("S-198 S-199 S-201 S-202 S-203 sqs-mistake-24 sqs-mistake-25");
    api_expect_ok(set(_i, "q", "RedrivePolicy", "{" DLQ ",`maxReceiveCount`:1}"));
    const char *id = api_send(&world, "q", "m");
    ck_assert_ptr_nonnull(api_receive(&world, "q"));
    api_advance(&world, 30000);
    // The timeout alone moves nothing.
    ck_assert_str_eq(api_attribute(&world, "q", "ApproximateNumberOfMessages"), "1");
    ck_assert_ptr_null(api_receive(&world, "q"));
    struct api_answer *answer = api_call(
        &world, _i, "ReceiveMessage", "{'QueueUrl':'dlq','MessageSystemAttributeNames':['All']}");
    api_expect_text(&world, answer, "Messages.0.MessageId", id);
    api_expect_text(&world, answer, "Messages.0.Attributes.ApproximateReceiveCount", "2");
    api_expect_text(&world, answer, "Messages.0.Attributes.SentTimestamp", "1767225600000");
    api_expect_text(&world, answer, "Messages.0.Attributes.DeadLetterQueueSourceArn", API_ARN("q"));
}
END_TEST

// A refused CreateQueue creates nothing; a refused change changes nothing, of several too.
START_TEST(what_is_refused_leaves_nothing)
{
    RULES("S-118 S-130");
    struct api_answer *answer = create_with(_i, "RedrivePolicy", "{" DLQ "}");
    ck_assert_int_eq(answer->status, 400);
    answer = api_call(&world, _i, "GetQueueUrl", "{'QueueName':'n'}");
    ck_assert_int_eq(answer->status, 400);
    answer = api_call(&world, _i, "SetQueueAttributes",
                      "{'QueueUrl':'q','Attributes':{'DelaySeconds':'7','RedrivePolicy':'x'}}");
    ck_assert_int_eq(answer->status, 400);
    ck_assert_str_eq(api_attribute(&world, "q", "DelaySeconds"), "0");
}
END_TEST

START_TEST(types_of_queue_must_fit)
{
    RULES("S-192");
    api_create_queue(&world, "q.fifo", "'Attributes':{'FifoQueue':'true'}");
    const char *to_fifo = "{`deadLetterTargetArn`:`" API_ARN("dlq.fifo") "`,`maxReceiveCount`:1}";
    api_expect_ok(set(_i, "q.fifo", "RedrivePolicy", to_fifo));
    const char *to_standard = quoted("{" DLQ ",`maxReceiveCount`:1}", "\"");
    api_expect_fault(
        set(_i, "q.fifo", "RedrivePolicy", "{" DLQ ",`maxReceiveCount`:1}"), API_PARAMETER_VALUE,
        arena_print(
            world.arena,
            "Value %s for parameter RedrivePolicy is invalid. Reason: Dead-letter queue must "
            "be same type of queue as the source.",
            to_standard)
            .bytes);
}
END_TEST

START_TEST(cycles_are_not_checked)
{
    RULES("S-193");
    api_expect_ok(set(_i, "q", "RedrivePolicy", "{" DLQ ",`maxReceiveCount`:1}"));
    api_expect_ok(set(_i, "dlq", "RedrivePolicy",
                      "{`deadLetterTargetArn`:`" API_ARN("q") "`,`maxReceiveCount`:1}"));
    struct api_answer *answer =
        api_call(&world, _i, "ListDeadLetterSourceQueues", "{'QueueUrl':'q'}");
    api_expect_text(&world, answer, "queueUrls.0", API_URL("dlq"));
}
END_TEST

START_TEST(policies_are_compared_by_value)
{
    RULES("S-114");
    ck_assert(policy_is_same(TEXT("{\"a\":1,\"b\":2}"), TEXT("{ \"b\":2, \"a\":1 }")));
    ck_assert(!policy_is_same(TEXT("{\"a\":1}"), TEXT("{\"a\":2}")));
    ck_assert(!policy_is_same(TEXT("{\"a\":1}"), TEXT("")));
    ck_assert(policy_is_same(TEXT(""), TEXT("")));
    ck_assert(policy_is_same(TEXT("alias/key"), TEXT("alias/key")));
    ck_assert(policy_is_json_map(TEXT("{}")));
    ck_assert(!policy_is_json_map(TEXT("{} x")));
}
END_TEST

static Suite *policy_suite(void)
{
    Suite *suite = suite_create("policy");
    TCase *rules = tcase_create("rules");
    tcase_add_checked_fixture(rules, begin, end);
    tcase_add_loop_test(rules, redrive_policy_as_reported, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, redrive_policy_refused, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, allow_policy_as_reported, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, allow_policy_refused, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, target_allows_or_denies, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, a_message_moves, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, what_is_refused_leaves_nothing, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, types_of_queue_must_fit, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, cycles_are_not_checked, 0, API_PROTOCOLS);
    tcase_add_test(rules, policies_are_compared_by_value);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(policy_suite)
