// Accounts: twelve digits for an access key are the account, and accounts do not see each other's queues. Every test
// runs in both protocols.
#include "tests/support/api_world.h"
#include "tests/support/check_main.h"

#define OTHER "111111111111"
#define OTHER_URL(name) "http://" API_HOST "/" OTHER "/" name
#define OTHER_ARN(name) "arn:aws:sqs:us-east-1:" OTHER ":" name

static struct api_world world;

static void begin(void)
{
    api_world_begin(&world);
}

static void end(void)
{
    api_world_end(&world);
}

static void as(const char *access_key, const char *region)
{
    world.extra = (struct header){
        .name = TEXT("Authorization"),
        .value = arena_print(world.arena,
                             "AWS4-HMAC-SHA256 Credential=%s/20260101/%s/sqs/aws4_request, "
                             "SignedHeaders=host, Signature=0",
                             access_key, region),
    };
}

static void expect_hint(const struct api_answer *answer, const char *expected)
{
    struct text hint = api_header(answer, "x-redrive-hint");
    ck_assert_msg(text_equal(hint, text_of(expected)), "hint is \"%.*s\", not \"%s\"",
                  TEXT_ARGUMENTS(hint), expected);
}

START_TEST(twelve_digits_are_the_account)
{
    RULES("S-38 S-39");
    as(OTHER, "us-east-1");
    struct api_answer *answer = api_call(&world, _i, "CreateQueue", "{'QueueName':'orders'}");
    api_expect_text(&world, answer, "QueueUrl", OTHER_URL("orders"));
    ck_assert_str_eq(api_attribute(&world, "orders", "QueueArn"), OTHER_ARN("orders"));
}
END_TEST

static const char *const other_keys[] = {"11111111111", "1111111111111", "11111111111a", "test"};

START_TEST(any_other_key_is_of_the_default_account)
{
    RULES("S-38");
    for (size_t i = 0; i < sizeof(other_keys) / sizeof(other_keys[0]); i++) {
        as(other_keys[i], "us-east-1");
        struct api_answer *answer = api_call(&world, _i, "CreateQueue", "{'QueueName':'orders'}");
        api_expect_text(&world, answer, "QueueUrl", API_URL("orders"));
    }
}
END_TEST

START_TEST(two_accounts_and_two_regions_are_four_places)
{
    RULES("S-124");
    static const char *const keys[] = {"test", OTHER};
    static const char *const regions[] = {"us-east-1", "eu-west-1"};
    for (size_t i = 0; i < 4; i++) {
        as(keys[i / 2], regions[i % 2]);
        struct api_answer *answer = api_call(&world, _i, "ListQueues", "{}");
        api_expect_text(&world, answer, "QueueUrls", NULL);
        api_create_queue(&world, "orders", "");
        ck_assert_str_eq(api_attribute(&world, "orders", "ApproximateNumberOfMessages"), "0");
        api_send(&world, "orders", regions[i % 2]);
        answer = api_call(&world, _i, "ListQueues", "{}");
        api_expect_text(&world, answer, "QueueUrls.0",
                        i < 2 ? API_URL("orders") : OTHER_URL("orders"));
        api_expect_text(&world, answer, "QueueUrls.1", NULL);
    }
    as(OTHER, "eu-west-1");
    ck_assert_str_eq(api_attribute(&world, "orders", "QueueArn"),
                     "arn:aws:sqs:eu-west-1:" OTHER ":orders");
    ck_assert_str_eq(api_attribute(&world, "orders", "ApproximateNumberOfMessages"), "1");
}
END_TEST

START_TEST(the_owner_is_asked_for_by_name)
{
    RULES("S-39");
    as(OTHER, "us-east-1");
    api_create_queue(&world, "orders", "");
    as("test", "us-east-1");
    struct api_answer *answer = api_call(&world, _i, "GetQueueUrl", "{'QueueName':'orders'}");
    ck_assert_int_eq(answer->status, 400);
    expect_hint(answer, "there is a queue orders in account " OTHER ", region us-east-1");
    answer = api_call(&world, _i, "GetQueueUrl",
                      "{'QueueName':'orders','QueueOwnerAWSAccountId':'" OTHER "'}");
    api_expect_text(&world, answer, "QueueUrl", OTHER_URL("orders"));
    // With that URL it is reached: policies are not enforced.
    api_expect_ok(api_call(&world, _i, "SendMessage",
                           "{'QueueUrl':'" OTHER_URL("orders") "','MessageBody':'x'}"));
    answer = api_call(&world, _i, "SendMessage",
                      "{'QueueUrl':'" API_URL("orders") "','MessageBody':'x'}");
    ck_assert_int_eq(answer->status, 400);
    expect_hint(answer, "there is a queue orders in account " OTHER ", region us-east-1");
}
END_TEST

START_TEST(a_dead_letter_queue_is_of_the_same_account)
{
    RULES("S-191 S-192");
    api_create_queue(&world, "dead", "");
    as(OTHER, "us-east-1");
    api_create_queue(&world, "orders", "");
    struct api_answer *answer =
        api_call(&world, _i, "SetQueueAttributes",
                 "{'QueueUrl':'orders','Attributes':{'RedrivePolicy':'{\\'deadLetterTargetArn\\':"
                 "\\'" API_ARN("dead") "\\',\\'maxReceiveCount\\':3}'}}");
    ck_assert_int_eq(answer->status, 400);
    ck_assert(text_find(answer->message, TEXT("owner should be same as the source"), NULL));
    answer =
        api_call(&world, _i, "SetQueueAttributes",
                 "{'QueueUrl':'orders','Attributes':{'RedrivePolicy':'{\\'deadLetterTargetArn\\':"
                 "\\'" OTHER_ARN("dead") "\\',\\'maxReceiveCount\\':3}'}}");
    ck_assert_int_eq(answer->status, 400);
    expect_hint(answer, "there is a queue dead in account " API_ACCOUNT ", region us-east-1");
}
END_TEST

START_TEST(a_task_moves_within_its_account)
{
    RULES("S-212");
    as(OTHER, "us-east-1");
    api_create_queue(&world, "target", "");
    as("test", "us-east-1");
    api_create_queue(&world, "dead", "");
    api_create_queue(&world, "source",
                     "'Attributes':{'RedrivePolicy':'{\\'deadLetterTargetArn\\':\\'" API_ARN(
                         "dead") "\\',\\'maxReceiveCount\\':3}'}");
    struct api_answer *answer =
        api_call(&world, _i, "StartMessageMoveTask",
                 "{'SourceArn':'" API_ARN("dead") "','DestinationArn':'" OTHER_ARN("target") "'}");
    ck_assert_int_eq(answer->status, 404);
    expect_hint(answer, "there is a queue target in account " OTHER ", region us-east-1");
}
END_TEST

static Suite *account_suite(void)
{
    Suite *suite = suite_create("account");
    TCase *rules = tcase_create("rules");
    tcase_add_checked_fixture(rules, begin, end);
    tcase_add_loop_test(rules, twelve_digits_are_the_account, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, any_other_key_is_of_the_default_account, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, two_accounts_and_two_regions_are_four_places, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, the_owner_is_asked_for_by_name, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, a_dead_letter_queue_is_of_the_same_account, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, a_task_moves_within_its_account, 0, API_PROTOCOLS);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(account_suite)
