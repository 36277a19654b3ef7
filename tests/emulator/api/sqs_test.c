// What all actions share: protocols, addresses, queue URLs and the rendering of faults: sections 1
// and the beginning of 2 of the reference.
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

static void expect_body(const struct api_answer *answer, const char *expected)
{
    ck_assert_msg(text_equal(answer->body, text_of(expected)), "body is\n%.*s\nnot\n%s",
                  TEXT_ARGUMENTS(answer->body), expected);
}

static void expect_header(const struct api_answer *answer, const char *name, const char *value)
{
    struct text actual = api_header(answer, name);
    ck_assert_msg(text_equal(actual, text_of(value)), "%s: %.*s", name, TEXT_ARGUMENTS(actual));
}

// ---- AWS JSON ----

START_TEST(s3_s4_success)
{
    struct api_answer *answer = api_call(&world, WIRE_JSON, "SetQueueAttributes",
                                         "{'QueueUrl':'q','Attributes':{'DelaySeconds':'0'}}");
    ck_assert_int_eq(answer->status, 200);
    expect_body(answer, "");
    expect_header(answer, "Content-Type", "application/x-amz-json-1.0");
    expect_header(answer, "x-amzn-RequestId", "00000000-0000-4000-8000-000000000001");
    expect_header(answer, "x-amzn-query-error", "");
}
END_TEST

// Rows 2 and 3 of section 7: both names of the error, each in its place.
START_TEST(s7_s8_s9_error)
{
    struct api_answer *answer = api_call(&world, WIRE_JSON, "GetQueueUrl", "{'QueueName':'none'}");
    ck_assert_int_eq(answer->status, 400);
    expect_body(answer, "{\"__type\":\"com.amazonaws.sqs#QueueDoesNotExist\",\"message\":\"The "
                        "specified queue does not exist.\"}");
    expect_header(answer, "Content-Type", "application/x-amz-json-1.0");
    expect_header(answer, "x-amzn-RequestId", "00000000-0000-4000-8000-000000000001");
    expect_header(answer, "x-amzn-query-error", "AWS.SimpleQueueService.NonExistentQueue;Sender");
    answer = api_call(&world, WIRE_JSON, "SendMessage", "{'QueueUrl':'q'}");
    expect_body(answer,
                "{\"__type\":\"com.amazon.coral.service#MissingRequiredParameterException\","
                "\"message\":\"The request must contain the parameter MessageBody.\"}");
    expect_header(answer, "x-amzn-query-error", "MissingParameter;Sender");
}
END_TEST

START_TEST(s11_unknown_operation)
{
    struct api_answer *answer = api_post_json(&world, "FooBar", TEXT("{}"));
    ck_assert_int_eq(answer->status, 400);
    ck_assert(text_equal(answer->shape, TEXT("UnknownOperationException")));
    expect_header(answer, "x-amzn-query-error", "InvalidAction;Sender");
    ck_assert(text_find(answer->body, TEXT("com.amazon.coral.service#"), NULL));
    // What a header holds need not be text; the answer is.
    answer = api_post_json(&world, "Foo\xff", TEXT("{}"));
    ck_assert(text_equal(answer->message, TEXT("The action  is not valid for this endpoint.")));
}
END_TEST

START_TEST(s12_body_is_no_object)
{
    const char *const bodies[] = {"{",
                                  "[]",
                                  "\"x\"",
                                  "1",
                                  "null",
                                  "{} x",
                                  "x",
                                  "\xef\xbb\xbf{}",
                                  "{\"QueueUrl\":\"\xff\"}",
                                  "{\"a\":\"\\ud8\"}",
                                  "{'a':1}"};
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct api_answer *answer = api_post_json(&world, "SendMessage", text_of(bodies[i]));
        ck_assert_int_eq(answer->status, 400);
        ck_assert(text_equal(answer->shape, TEXT("SerializationException")));
        expect_header(answer, "x-amzn-query-error", "MalformedInput;Sender");
    }
}
END_TEST

START_TEST(s13_s14_wrong_types)
{
    const struct api_refusal refusals[] = {
        {"ReceiveMessage", "{'QueueUrl':'q','MaxNumberOfMessages':'5'}", API_SERIALIZATION,
         "STRING_VALUE can not be converted to an Integer"},
        {"SendMessage", "{'QueueUrl':'q','MessageBody':5}", API_SERIALIZATION,
         "NUMBER_VALUE can not be converted to a String"},
        {"ReceiveMessage", "{'QueueUrl':'q','MaxNumberOfMessages':true}", API_SERIALIZATION,
         "TRUE_VALUE can not be converted to an Integer"},
        {"ReceiveMessage", "{'QueueUrl':'q','MaxNumberOfMessages':false}", API_SERIALIZATION,
         "FALSE_VALUE can not be converted to an Integer"},
        {"ReceiveMessage", "{'QueueUrl':'q','MaxNumberOfMessages':1.5}", API_SERIALIZATION,
         "NUMBER_VALUE can not be converted to an Integer"},
        {"SendMessage", "{'QueueUrl':{},'MessageBody':'m'}", API_SERIALIZATION,
         "Start of structure or map found where not expected."},
        {"SendMessage", "{'QueueUrl':'q','MessageBody':[]}", API_SERIALIZATION,
         "Start of list found where not expected"},
        {"SetQueueAttributes", "{'QueueUrl':'q','Attributes':{'DelaySeconds':['1']}}",
         API_SERIALIZATION, "Unrecognized collection type class java.lang.String"},
        {"SetQueueAttributes", "{'QueueUrl':'q','Attributes':{'DelaySeconds':1}}",
         API_SERIALIZATION, "NUMBER_VALUE can not be converted to a String"},
    };
    API_REFUSE(&world, WIRE_JSON, refusals);
}
END_TEST

// S-14: null is absent. S-45: unknown members are ignored. Of a name twice the last one counts.
START_TEST(s14_s45_lenience)
{
    struct api_answer *answer =
        api_call(&world, WIRE_JSON, "SendMessage",
                 "{'QueueUrl':'q','MessageBody':'x','Foo':{'Bar':[1]},'DelaySeconds':null,"
                 "'MessageAttributes':null,'MessageBody':'hello'}");
    api_expect_text(&world, answer, "MD5OfMessageBody", "5d41402abc4b2a76b9719d911017c592");
    api_expect_fault(
        api_call(&world, WIRE_JSON, "SendMessage", "{'QueueUrl':'q','MessageBody':null}"),
        API_PARAMETER_MISSING, "The request must contain the parameter MessageBody.");
}
END_TEST

// S-2: the path is irrelevant, the body decides.
START_TEST(s2_json_at_a_queue_path)
{
    api_create_queue(&world, "p", "");
    struct api_answer *answer = api_call(&world, WIRE_JSON, "GetQueueAttributes",
                                         "{'QueueUrl':'p','AttributeNames':['QueueArn']}");
    api_expect_text(&world, answer, "Attributes.QueueArn", API_ARN("p"));
    world.json_path = "/" API_ACCOUNT "/q";
    answer = api_call(&world, WIRE_JSON, "GetQueueAttributes",
                      "{'QueueUrl':'p','AttributeNames':['QueueArn']}");
    api_expect_text(&world, answer, "Attributes.QueueArn", API_ARN("p"));
    api_expect_ok(api_call(&world, WIRE_JSON, "CreateQueue", "{'QueueName':'r'}"));
    // And without one there is no queue, whatever the path.
    api_expect_fault(api_call(&world, WIRE_JSON, "GetQueueAttributes", "{}"), API_NO_QUEUE,
                     "The specified queue does not exist.");
}
END_TEST

// ---- Query ----

// Row 4 of section 7: GET and POST, at the root and at the queue's path, with or without Version.
START_TEST(s18_s19_addresses)
{
    const char *const targets[] = {
        "/?Action=SendMessage&QueueUrl=q&MessageBody=hello&Version=2012-11-05",
        "/" API_ACCOUNT "/q?Action=SendMessage&MessageBody=hello",
        "/" API_ACCOUNT "/q/?Action=SendMessage&MessageBody=hello",
        "/" API_ACCOUNT "/none?Action=SendMessage&MessageBody=hello&QueueUrl=q",
        "/q?Action=SendMessage&MessageBody=hello",
    };
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        struct api_answer *answer = api_get(&world, targets[i]);
        api_expect_text(&world, answer, "MD5OfMessageBody", "5d41402abc4b2a76b9719d911017c592");
        expect_header(answer, "Content-Type", "text/xml");
        expect_header(answer, "x-amzn-RequestId", "00000000-0000-4000-8000-000000000001");
    }
    api_expect_ok(
        api_post(&world, "/" API_ACCOUNT "/q", TEXT("Action=SendMessage&MessageBody=hello")));
    ck_assert_str_eq(api_attribute(&world, "q", "ApproximateNumberOfMessages"), "6");
    api_expect_ok(api_get(&world, "/" API_ACCOUNT "/q?Action=DeleteQueue"));
    api_expect_fault(api_get(&world, "/" API_ACCOUNT "/q?Action=DeleteQueue"), API_NO_QUEUE,
                     "The specified queue does not exist for this wsdl version.");
}
END_TEST

START_TEST(s20_no_action)
{
    const char *const targets[] = {"/" API_ACCOUNT "/q", "/" API_ACCOUNT "/q?Version=2012-11-05",
                                   "/"};
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        struct api_answer *answer = api_get(&world, targets[i]);
        ck_assert_int_eq(answer->status, 404);
        ck_assert(text_find(answer->body, TEXT("<UnknownOperationException/>"), NULL));
        expect_header(answer, "Content-Type", "text/xml");
    }
}
END_TEST

START_TEST(s21_s22_actions_that_are_not_valid_here)
{
    api_expect_fault(api_get(&world, "/?Action=FooBar"), 400, "InvalidAction", "",
                     "The action FooBar is not valid for this endpoint.");
    api_expect_fault(api_get(&world, "/" API_ACCOUNT "/q?Action=CreateQueue&QueueName=x"), 400,
                     "InvalidAction", "", "The action CreateQueue is not valid for this endpoint.");
    api_expect_fault(api_get(&world, "/" API_ACCOUNT "/q?Action=ListQueues"), 400, "InvalidAction",
                     "", "The action ListQueues is not valid for this endpoint.");
    api_create_queue(&world, "p", "");
    api_expect_text(&world, api_get(&world, "/" API_ACCOUNT "/q?Action=GetQueueUrl&QueueName=p"),
                    "QueueUrl", API_URL("p"));
}
END_TEST

START_TEST(s24_error)
{
    struct api_answer *answer =
        api_get(&world, "/?Action=DeleteMessage&QueueUrl=q&ReceiptHandle=%3Ca%26b%3E");
    ck_assert_int_eq(answer->status, 404);
    expect_body(answer,
                "<?xml version=\"1.0\"?><ErrorResponse xmlns=\"http://queue.amazonaws.com/doc/"
                "2012-11-05/\"><Error><Type>Sender</Type><Code>ReceiptHandleIsInvalid</Code>"
                "<Message>The input receipt handle &quot;&lt;a&amp;b&gt;&quot; is not a valid "
                "receipt handle.</Message><Detail/></Error><RequestId>00000000-0000-4000-8000-"
                "000000000001</RequestId></ErrorResponse>");
    expect_header(answer, "Content-Type", "text/xml");
    expect_header(answer, "x-amzn-query-error", "");
}
END_TEST

START_TEST(malformed_parameters)
{
    const char *const targets[] = {
        "/?Action=SendMessage&QueueUrl=q&MessageBody=%",
        "/?Action=SendMessage&QueueUrl=q&MessageBody=%4",
        "/?Action=SendMessage&QueueUrl=q&MessageBody=%zz",
        "/?Action=SendMessage&QueueUrl=q&MessageBody=%ff",
        "/?Action=SendMessage&QueueUrl=q&MessageBody=m&DelaySeconds=x",
        ("/?Action=SendMessage&QueueUrl=q&MessageBody=m&MessageAttribute.1.Name=k&"
         "MessageAttribute.1.Value.DataType=Binary&MessageAttribute.1.Value.BinaryValue=***"),
    };
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        struct api_answer *answer = api_get(&world, targets[i]);
        ck_assert_int_eq(answer->status, 400);
        ck_assert(text_equal(answer->code, TEXT("MalformedInput")));
    }
}
END_TEST

// ---- queue URLs ----

// Row 5 of section 7.
START_TEST(s33_to_s36_queue_urls)
{
    const char *const good[] = {
        API_URL("q"),
        "https://sqs.us-east-1.amazonaws.com/" API_ACCOUNT "/q",
        "https://eu-west-1.queue.amazonaws.com/" API_ACCOUNT "/q",
        "https://queue.amazonaws.com/" API_ACCOUNT "/q",
        "http://[::1]:1/" API_ACCOUNT "/q",
        "http://localhost:4566/queue/us-east-1/" API_ACCOUNT "/q",
        "/" API_ACCOUNT "/q",
        API_ACCOUNT "/q",
        "q",
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        api_expect_ok(api_call(&world, _i, "GetQueueAttributes", "{'QueueUrl':'%s'}", good[i]));
    const char *const bad[] = {"http://whatever-incorrect-queue-address",
                               "http://q",
                               "http://host/q",
                               "https://sqs.us-east-1.amazonaws.com/111111111111/q",
                               "Q",
                               "",
                               "/",
                               "http://host/" API_ACCOUNT "/"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        api_expect_fault(
            api_call(&world, _i, "GetQueueAttributes", "{'QueueUrl':'%s'}", bad[i]), API_NO_QUEUE,
            _i == WIRE_JSON ? "The specified queue does not exist."
                            : "The specified queue does not exist for this wsdl version.");
    ck_assert(text_equal(api_call(&world, _i, "PurgeQueue", "{}")->code,
                         TEXT("AWS.SimpleQueueService.NonExistentQueue")));
}
END_TEST

static Suite *sqs_suite(void)
{
    Suite *suite = suite_create("sqs");
    TCase *rules = tcase_create("rules");
    tcase_add_checked_fixture(rules, begin, end);
    tcase_add_test(rules, s3_s4_success);
    tcase_add_test(rules, s7_s8_s9_error);
    tcase_add_test(rules, s11_unknown_operation);
    tcase_add_test(rules, s12_body_is_no_object);
    tcase_add_test(rules, s13_s14_wrong_types);
    tcase_add_test(rules, s14_s45_lenience);
    tcase_add_test(rules, s2_json_at_a_queue_path);
    tcase_add_test(rules, s18_s19_addresses);
    tcase_add_test(rules, s20_no_action);
    tcase_add_test(rules, s21_s22_actions_that_are_not_valid_here);
    tcase_add_test(rules, s24_error);
    tcase_add_test(rules, malformed_parameters);
    tcase_add_loop_test(rules, s33_to_s36_queue_urls, 0, API_PROTOCOLS);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(sqs_suite)
