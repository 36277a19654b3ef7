// What Query answers a client that accepts JSON (S-28): literal requests and answers.
#include "tests/support/api_world.h"
#include "tests/support/check_main.h"

#define METADATA "\"ResponseMetadata\":{\"RequestId\":\"00000000-0000-4000-8000-000000000001\"}}}"

static struct api_world world;

static void begin(void)
{
    api_world_begin(&world);
    api_create_queue(&world, "q", "'tags':{'team':'shop'}");
    world.extra = (struct header){.name = TEXT("Accept"), .value = TEXT("application/json")};
}

static void end(void)
{
    api_world_end(&world);
}

static void expect(const char *form, int status, const char *expected)
{
    struct api_answer *answer = api_post(&world, "/", text_of(form));
    ck_assert_msg(text_equal(answer->body, text_of(expected)), "body is\n%.*s\nnot\n%s",
                  TEXT_ARGUMENTS(answer->body), expected);
    ck_assert_int_eq(answer->status, status);
    ck_assert(text_equal(api_header(answer, "Content-Type"), TEXT("application/json")));
}

START_TEST(texts_and_lists)
{
    RULES("S-28");
    expect("Action=ListQueues", 200,
           "{\"ListQueuesResponse\":{\"ListQueuesResult\":{\"queueUrls\":[\"" API_URL(
               "q") "\"]}," METADATA);
    expect("Action=GetQueueUrl&QueueName=q", 200,
           "{\"GetQueueUrlResponse\":{\"GetQueueUrlResult\":{\"QueueUrl\":\"" API_URL(
               "q") "\"}," METADATA);
}
END_TEST

START_TEST(maps_are_lists)
{
    RULES("S-28");
    expect("Action=GetQueueAttributes&QueueUrl=q&AttributeName.1=DelaySeconds"
           "&AttributeName.2=VisibilityTimeout",
           200,
           "{\"GetQueueAttributesResponse\":{\"GetQueueAttributesResult\":{\"Attributes\":["
           "{\"Name\":\"DelaySeconds\",\"Value\":\"0\"},"
           "{\"Name\":\"VisibilityTimeout\",\"Value\":\"30\"}]}," METADATA);
    expect("Action=ListQueueTags&QueueUrl=q", 200,
           "{\"ListQueueTagsResponse\":{\"ListQueueTagsResult\":{\"Tags\":["
           "{\"Key\":\"team\",\"Value\":\"shop\"}]}," METADATA);
}
END_TEST

START_TEST(structures)
{
    RULES("S-28");
    static const struct text send =
        TEXT("Action=SendMessage&QueueUrl=q&MessageBody=hello&MessageAttribute.1.Name=color"
             "&MessageAttribute.1.Value.DataType=String&MessageAttribute.1.Value.StringValue=blue");
    api_expect_ok(api_post(&world, "/", send));
    struct api_answer *answer =
        api_post(&world, "/",
                 TEXT("Action=ReceiveMessage&QueueUrl=q&MessageAttributeName.1=All"
                      "&AttributeName.1=ApproximateReceiveCount"));
    ck_assert(text_starts_with(
        answer->body, TEXT("{\"ReceiveMessageResponse\":{\"ReceiveMessageResult\":{\"messages\":[{"
                           "\"MessageId\":\"")));
    static const struct text parts[] = {
        TEXT("\"Body\":\"hello\",\"Attributes\":[{\"Name\":\"ApproximateReceiveCount\","
             "\"Value\":\"1\"}]"),
        TEXT("\"MessageAttributes\":[{\"Name\":\"color\",\"Value\":{\"StringValue\":\"blue\","
             "\"DataType\":\"String\"}}]}]}"),
    };
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        ck_assert_msg(text_find(answer->body, parts[i], NULL), "%.*s",
                      TEXT_ARGUMENTS(answer->body));
    expect(
        "Action=DeleteMessageBatch&QueueUrl=q&DeleteMessageBatchRequestEntry.1.Id=a"
        "&DeleteMessageBatchRequestEntry.1.ReceiptHandle=rubbish",
        200,
        "{\"DeleteMessageBatchResponse\":{\"DeleteMessageBatchResult\":{\"Failed\":[{"
        "\"Id\":\"a\",\"SenderFault\":true,\"Code\":\"ReceiptHandleIsInvalid\",\"Message\":"
        "\"The input receipt handle \\\"rubbish\\\" is not a valid receipt handle.\"}]}," METADATA);
}
END_TEST

START_TEST(nothing_to_say)
{
    RULES("S-28");
    expect("Action=ReceiveMessage&QueueUrl=q", 200,
           "{\"ReceiveMessageResponse\":{\"ReceiveMessageResult\":{}," METADATA);
    expect("Action=PurgeQueue&QueueUrl=q", 200, "{\"PurgeQueueResponse\":{" METADATA);
}
END_TEST

START_TEST(errors)
{
    RULES("S-28");
    expect("Action=FooBar", 400,
           "{\"Error\":{\"Code\":\"InvalidAction\",\"Message\":\"The action FooBar is not valid "
           "for this endpoint.\",\"Type\":\"Sender\"},"
           "\"RequestId\":\"00000000-0000-4000-8000-000000000001\"}");
    expect("Action=PurgeQueue&QueueUrl=none", 400,
           "{\"Error\":{\"Code\":\"AWS.SimpleQueueService.NonExistentQueue\",\"Message\":\"The "
           "specified queue does not exist for this wsdl version.\",\"Type\":\"Sender\"},"
           "\"RequestId\":\"00000000-0000-4000-8000-000000000001\"}");
}
END_TEST

START_TEST(what_stays_xml_and_what_is_refused)
{
    RULES("S-20 S-22");
    struct api_answer *answer = api_get(&world, "/" API_ACCOUNT "/q");
    ck_assert_int_eq(answer->status, 404);
    ck_assert(text_find(answer->body, TEXT("<UnknownOperationException/>"), NULL));
    ck_assert(text_equal(api_header(answer, "Content-Type"), TEXT("text/xml")));
    answer = api_get(&world, "/" API_ACCOUNT "/q?Action=ListQueues");
    ck_assert_int_eq(answer->status, 400);
    ck_assert(text_find(answer->body, TEXT("The action ListQueues is not valid for this endpoint."),
                        NULL));
    answer = api_get(&world, "/" API_ACCOUNT "/q?Action=GetQueueUrl&QueueName=q");
    api_expect_ok(answer);
}
END_TEST

START_TEST(other_types_get_xml)
{
    static const char *const types[] = {"*/*", "text/xml", "text/xml, application/json", ""};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        world.extra.value = text_of(types[i]);
        struct api_answer *answer = api_post(&world, "/", TEXT("Action=ListQueues"));
        ck_assert(text_starts_with(answer->body, TEXT("<?xml")));
        ck_assert(text_equal(api_header(answer, "Content-Type"), TEXT("text/xml")));
    }
    // AWS JSON is not concerned.
    world.extra.value = TEXT("application/json");
    struct api_answer *answer = api_post_json(&world, "ListQueues", TEXT("{}"));
    ck_assert(text_equal(api_header(answer, "Content-Type"), TEXT("application/x-amz-json-1.0")));
}
END_TEST

static Suite *json_query_suite(void)
{
    Suite *suite = suite_create("json_query");
    TCase *rules = tcase_create("rules");
    tcase_add_checked_fixture(rules, begin, end);
    tcase_add_test(rules, texts_and_lists);
    tcase_add_test(rules, maps_are_lists);
    tcase_add_test(rules, structures);
    tcase_add_test(rules, nothing_to_say);
    tcase_add_test(rules, errors);
    tcase_add_test(rules, what_stays_xml_and_what_is_refused);
    tcase_add_test(rules, other_types_get_xml);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(json_query_suite)
