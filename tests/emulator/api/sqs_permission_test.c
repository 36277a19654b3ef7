// AddPermission and RemovePermission: section 2.11 of the reference. Every test runs in both
// protocols.
#include "tests/support/api_world.h"
#include "tests/support/check_main.h"

static struct api_world world;

static void begin(void)
{
    api_world_begin(&world);
    api_create_queue(&world, "q", "");
}

static void end(void)
{
    api_world_end(&world);
}

static struct api_answer *add(int protocol, const char *label, const char *accounts,
                              const char *actions)
{
    return api_call(&world, protocol, "AddPermission",
                    "{'QueueUrl':'q','Label':'%s','AWSAccountIds':[%s],'Actions':[%s]}", label,
                    accounts, actions);
}

static struct api_answer *remove_label(int protocol, const char *label)
{
    return api_call(&world, protocol, "RemovePermission", "{'QueueUrl':'q','Label':'%s'}", label);
}

#define POLICY_START                                                            \
    "{\"Version\":\"2008-10-17\",\"Id\":\"" API_ARN("q") "/SQSDefaultPolicy\"," \
                                                         "\"Statement\":["
#define ONE_STATEMENT                                                              \
    "{\"Sid\":\"one\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::" \
    "111111111111:root\"},\"Action\":\"SQS:SendMessage\",\"Resource\":\"" API_ARN("q") "\"}"

START_TEST(life_of_a_policy)
{
    RULES("S-140 S-141");
    ck_assert_ptr_null(api_attribute(&world, "q", "Policy"));
    api_expect_ok(add(_i, "one", "'111111111111'", "'SendMessage'"));
    ck_assert_str_eq(api_attribute(&world, "q", "Policy"), POLICY_START ONE_STATEMENT "]}");
    api_expect_ok(add(_i, "two", "'111111111111','222222222222'", "'*','ReceiveMessage'"));
    ck_assert_str_eq(
        api_attribute(&world, "q", "Policy"), POLICY_START ONE_STATEMENT
        ",{\"Sid\":\"two\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":["
        "\"arn:aws:iam::111111111111:root\",\"arn:aws:iam::222222222222:root\"]},"
        "\"Action\":[\"SQS:*\",\"SQS:ReceiveMessage\"],\"Resource\":\"" API_ARN("q") "\"}]}");
    api_expect_ok(remove_label(_i, "two"));
    ck_assert_str_eq(api_attribute(&world, "q", "Policy"), POLICY_START ONE_STATEMENT "]}");
    api_expect_ok(remove_label(_i, "one"));
    ck_assert_ptr_null(api_attribute(&world, "q", "Policy"));
}
END_TEST

START_TEST(permissions_refused)
{
    RULES("S-141 S-142");
    api_expect_ok(add(_i, "one", "'111111111111'", "'SendMessage'"));
    const struct api_refusal refusals[] = {
        {"AddPermission",
         "{'QueueUrl':'q','Label':'one','AWSAccountIds':['1'],'Actions':['SendMessage']}",
         API_PARAMETER_VALUE, "Value one for parameter Label is invalid. Reason: Already exists."},
        {"RemovePermission", "{'QueueUrl':'q','Label':'two'}", API_PARAMETER_VALUE,
         "Value two for parameter Label is invalid. Reason: can't find label."},
        {"AddPermission",
         "{'QueueUrl':'q','Label':'x','AWSAccountIds':['1'],'Actions':['TagQueue']}",
         API_PARAMETER_VALUE,
         "Value SQS:TagQueue for parameter ActionName is invalid. Reason: Only the queue owner is "
         "allowed to invoke this action."},
        {"AddPermission", "{'QueueUrl':'q','Label':'x','AWSAccountIds':['1'],'Actions':['Foo']}",
         API_PARAMETER_VALUE,
         "Value SQS:Foo for parameter ActionName is invalid. Reason: Please refer to the "
         "appropriate WSDL for a list of valid actions."},
        {"AddPermission",
         "{'QueueUrl':'q','Label':'x','AWSAccountIds':['1'],'Actions':['*','*','*','*','*','*',"
         "'*','*']}",
         403, "OverLimit", "OverLimit", "8 Actions were found, maximum allowed is 7."},
        {"AddPermission",
         "{'QueueUrl':'q','Label':'x','AWSAccountIds':[],'Actions':['SendMessage']}",
         API_PARAMETER_VALUE,
         "Value [] for parameter PrincipalId is invalid. Reason: Unable to verify."},
        {"AddPermission", "{'QueueUrl':'q','Label':'x','AWSAccountIds':['1'],'Actions':[]}",
         API_PARAMETER_MISSING, "The request must contain the parameter Actions."},
        {"AddPermission", "{'QueueUrl':'q','AWSAccountIds':['1'],'Actions':['*']}",
         API_PARAMETER_MISSING, "The request must contain the parameter Label."},
        {"RemovePermission", "{'QueueUrl':'q'}", API_PARAMETER_MISSING,
         "The request must contain the parameter Label."},
    };
    API_REFUSE(&world, _i, refusals);
}
END_TEST

// A policy of the user's own keeps what it says, also a lone statement that is no list.
START_TEST(policies_that_are_there)
{
    api_expect_ok(api_call(&world, _i, "SetQueueAttributes", "%s",
                           "{'QueueUrl':'q','Attributes':{'Policy':'{\\u0022Id\\u0022:"
                           "\\u0022mine\\u0022,\\u0022Statement\\u0022:{\\u0022Sid\\u0022:"
                           "\\u0022s\\u0022}}'}}"));
    api_expect_ok(add(_i, "one", "'111111111111'", "'SendMessage'"));
    ck_assert_str_eq(api_attribute(&world, "q", "Policy"),
                     "{\"Id\":\"mine\",\"Statement\":[{\"Sid\":\"s\"}," ONE_STATEMENT "]}");
    api_expect_ok(remove_label(_i, "s"));
}
END_TEST

// A policy has at most 20 statements.
START_TEST(at_most_twenty_statements)
{
    RULES("S-253");
    for (int i = 0; i < 20; i++)
        api_expect_ok(add(_i, arena_print(world.arena, "label-%d", i).bytes, "'111111111111'",
                          "'SendMessage'"));
    api_expect_fault(add(_i, "more", "'111111111111'", "'SendMessage'"), 403, "OverLimit",
                     "OverLimit", "21 Statements were found, maximum allowed is 20.");
    api_expect_ok(remove_label(_i, "label-7"));
    api_expect_ok(add(_i, "more", "'111111111111'", "'SendMessage'"));
}
END_TEST

// Whoever asks: policies are for those who read them.
START_TEST(policies_bind_nobody)
{
    RULES("S-143");
    api_expect_ok(api_call(
        &world, _i, "SetQueueAttributes",
        "{'QueueUrl':'q','Attributes':{'Policy':'{\\u0022Version\\u0022:\\u00222012-10-17\\u0022,"
        "\\u0022Statement\\u0022:[{\\u0022Effect\\u0022:\\u0022Deny\\u0022,\\u0022Principal\\u0022:"
        "\\u0022*\\u0022,\\u0022Action\\u0022:\\u0022sqs:*\\u0022,\\u0022Resource\\u0022:\\u0022"
        "*\\u0022}]}'}}"));
    ck_assert(text_find(text_of(api_attribute(&world, "q", "Policy")), TEXT("Deny"), NULL));
    api_send(&world, "q", "m");
    const char *receipt = api_receive(&world, "q");
    ck_assert_ptr_nonnull(receipt);
    api_expect_ok(
        api_call(&world, _i, "DeleteMessage", "{'QueueUrl':'q','ReceiptHandle':'%s'}", receipt));
    api_expect_ok(api_call(&world, _i, "DeleteQueue", "{'QueueUrl':'q'}"));
}
END_TEST

START_TEST(every_action_is_granted_or_the_owners_own)
{
    RULES("S-140");
    static const char *const granted[] = {
        "*",           "ChangeMessageVisibility",    "DeleteMessage", "GetQueueAttributes",
        "GetQueueUrl", "ListDeadLetterSourceQueues", "PurgeQueue",    "ReceiveMessage",
        "SendMessage"};
    static const char *const owners[] = {
        "AddPermission",    "CancelMessageMoveTask", "CreateQueue",          "DeleteQueue",
        "ListQueues",       "ListMessageMoveTasks",  "ListQueueTags",        "TagQueue",
        "RemovePermission", "SetQueueAttributes",    "StartMessageMoveTask", "UntagQueue"};
    static const char call[] =
        "{'QueueUrl':'q','Label':'%s','AWSAccountIds':['111111111111'],'Actions':['%s']}";
    api_create_queue(&world, "q", "");
    for (size_t i = 0; i < sizeof(granted) / sizeof(granted[0]); i++)
        api_expect_ok(api_call(&world, WIRE_JSON, "AddPermission", call,
                               i == 0 ? "all" : granted[i], granted[i]));
    for (size_t i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
        struct api_answer *answer =
            api_call(&world, WIRE_JSON, "AddPermission", call, owners[i], owners[i]);
        ck_assert_msg(text_find(answer->body, TEXT("Only the queue owner"), NULL), "%s", owners[i]);
    }
}
END_TEST

static Suite *sqs_permission_suite(void)
{
    Suite *suite = suite_create("sqs_permission");
    TCase *rules = tcase_create("rules");
    tcase_add_checked_fixture(rules, begin, end);
    tcase_add_loop_test(rules, life_of_a_policy, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, permissions_refused, 0, API_PROTOCOLS);
    tcase_add_test(rules, every_action_is_granted_or_the_owners_own);
    tcase_add_loop_test(rules, policies_bind_nobody, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, policies_that_are_there, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, at_most_twenty_statements, 0, API_PROTOCOLS);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(sqs_permission_suite)
