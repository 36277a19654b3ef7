// Where a missing queue is: the header x-redrive-hint; and what separates regions and accounts.
#include "tests/support/api_world.h"
#include "tests/support/check_main.h"

static struct api_world world;

static void begin(void)
{
    api_world_begin(&world);
}

static void end(void)
{
    api_world_end(&world);
}

static void in_region(const char *region)
{
    world.extra = (struct header){
        .name = TEXT("Authorization"),
        .value = arena_print(world.arena,
                             "AWS4-HMAC-SHA256 Credential=AKID/20260101/%s/sqs/aws4_request, "
                             "SignedHeaders=host, Signature=0",
                             region),
    };
}

static void expect_hint(const struct api_answer *answer, const char *expected)
{
    struct text hint = api_header(answer, "x-redrive-hint");
    ck_assert_msg(text_equal(hint, text_of(expected)), "hint is \"%.*s\", not \"%s\"",
                  TEXT_ARGUMENTS(hint), expected);
}

START_TEST(regions_do_not_see_each_others_queues)
{
    RULES("S-38 S-124");
    in_region("us-east-1");
    api_create_queue(&world, "orders", "");
    api_send(&world, "orders", "here");
    in_region("eu-west-1");
    struct api_answer *answer = api_call(&world, _i, "ListQueues", "{}");
    api_expect_ok(answer);
    api_expect_text(&world, answer, "QueueUrls", NULL);
    answer = api_call(&world, _i, "ReceiveMessage", "{'QueueUrl':'" API_URL("orders") "'}");
    ck_assert_int_eq(answer->status, 400);
    expect_hint(answer, "there is a queue orders in account " API_ACCOUNT ", region us-east-1");
    // The same name is another queue there.
    api_create_queue(&world, "orders", "");
    ck_assert_str_eq(api_attribute(&world, "orders", "QueueArn"),
                     "arn:aws:sqs:eu-west-1:" API_ACCOUNT ":orders");
    ck_assert_str_eq(api_attribute(&world, "orders", "ApproximateNumberOfMessages"), "0");
}
END_TEST

START_TEST(partitions_of_arns)
{
    RULES("S-38");
    in_region("cn-north-1");
    api_create_queue(&world, "q", "");
    ck_assert_str_eq(api_attribute(&world, "q", "QueueArn"),
                     "arn:aws-cn:sqs:cn-north-1:" API_ACCOUNT ":q");
}
END_TEST

START_TEST(the_owners_account)
{
    RULES("S-39");
    api_create_queue(&world, "Orders", "");
    struct api_answer *answer =
        api_call(&world, _i, "GetQueueUrl",
                 "{'QueueName':'Orders','QueueOwnerAWSAccountId':'" API_ACCOUNT "'}");
    api_expect_text(&world, answer, "QueueUrl", API_URL("Orders"));
    answer = api_call(&world, _i, "GetQueueUrl",
                      "{'QueueName':'Orders','QueueOwnerAWSAccountId':'123456789012'}");
    ck_assert_int_eq(answer->status, 400);
    expect_hint(answer, "there is a queue Orders in account " API_ACCOUNT ", region us-east-1");
    answer = api_call(&world, _i, "GetQueueUrl", "{'QueueName':'orders'}");
    ck_assert_int_eq(answer->status, 400); // names are case-sensitive
    expect_hint(answer, "there is a queue Orders");
}
END_TEST

START_TEST(a_near_name_is_named)
{
    api_create_queue(&world, "orders-dlq", "");
    api_create_queue(&world, "orders", "");
    static const char *const rows[][2] = {
        {"order", "there is a queue orders"},
        {"order-dlq", "there is a queue orders-dlq"},
        {"odrers", "there is a queue orders"},
        {"payments", ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct api_answer *answer =
            api_call(&world, _i, "SendMessage", "{'QueueUrl':'%s','MessageBody':'a'}", rows[i][0]);
        expect_hint(answer, rows[i][1]);
        answer = api_call(&world, _i, "SendMessage",
                          "{'QueueUrl':'http://localhost/" API_ACCOUNT "/%s','MessageBody':'a'}",
                          rows[i][0]);
        expect_hint(answer, rows[i][1]);
    }
}
END_TEST

START_TEST(no_hint_without_a_name)
{
    api_create_queue(&world, "orders", "");
    expect_hint(api_call(&world, _i, "PurgeQueue", "{}"), "");
    expect_hint(api_call(&world, _i, "PurgeQueue", "{'QueueUrl':'http://nowhere'}"), "");
    char long_name[200];
    memset(long_name, 'o', sizeof(long_name) - 1);
    long_name[sizeof(long_name) - 1] = '\0';
    expect_hint(api_call(&world, _i, "PurgeQueue", "{'QueueUrl':'%s'}", long_name), "");
    struct api_answer *answer = api_call(&world, _i, "PurgeQueue", "{'QueueUrl':'orders'}");
    api_expect_ok(answer);
    expect_hint(answer, "");
}
END_TEST

static Suite *hint_suite(void)
{
    Suite *suite = suite_create("sqs_hint");
    TCase *rules = tcase_create("rules");
    tcase_add_checked_fixture(rules, begin, end);
    tcase_add_loop_test(rules, regions_do_not_see_each_others_queues, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, partitions_of_arns, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, the_owners_account, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, a_near_name_is_named, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, no_hint_without_a_name, 0, API_PROTOCOLS);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(hint_suite)
