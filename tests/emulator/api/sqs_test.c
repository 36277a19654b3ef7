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

START_TEST(a_success_in_json)
{
    RULES("S-3 S-4");
    struct api_answer *answer = api_call(&world, WIRE_JSON, "SetQueueAttributes",
                                         "{'QueueUrl':'q','Attributes':{'DelaySeconds':'0'}}");
    ck_assert_int_eq(answer->status, 200);
    expect_body(answer, "");
    expect_header(answer, "Content-Type", "application/x-amz-json-1.0");
    expect_header(answer, "x-amzn-RequestId", "00000000-0000-4000-8000-000000000001");
    expect_header(answer, "x-amzn-query-error", "");
}
END_TEST

// What every SDK of today sends, byte for byte; a target of another service is none of ours.
START_TEST(a_request_in_json)
{
    RULES("S-1");
    world.extra = (struct header){TEXT("x-amzn-query-mode"), TEXT("true")};
    struct api_answer *answer = api_post_json(
        &world, "SendMessage", TEXT("{\"QueueUrl\":\"" API_URL("q") "\",\"MessageBody\":\"m\"}"));
    ck_assert_int_eq(answer->status, 200);
    ck_assert_str_eq(api_attribute(&world, "q", "ApproximateNumberOfMessages"), "1");
    answer = api_post_json(&world, "sendMessage", TEXT("{}"));
    ck_assert(text_equal(answer->shape, TEXT("UnknownOperationException")));
}
END_TEST

// Lower case where the model has it, and upper case beside it.
START_TEST(members_that_surprise)
{
    RULES("S-15");
    api_create_queue(&world, "tagged", "'tags':{'k':'v'},'Tags':{'k':'w'}");
    api_expect_text(&world, api_call(&world, WIRE_JSON, "ListQueueTags", "{'QueueUrl':'tagged'}"),
                    "Tags", "{\"k\":\"v\"}");
    api_expect_ok(
        api_call(&world, WIRE_JSON, "TagQueue", "{'QueueUrl':'tagged','Tags':{'k':'w'}}"));
    api_expect_text(&world, api_call(&world, WIRE_JSON, "ListQueueTags", "{'QueueUrl':'tagged'}"),
                    "Tags", "{\"k\":\"w\"}");
    api_expect_ok(api_call(&world, WIRE_JSON, "SetQueueAttributes",
                           "{'QueueUrl':'tagged','Attributes':{'RedrivePolicy':"
                           "'{\\u0022deadLetterTargetArn\\u0022:\\u0022" API_ARN(
                               "q") "\\u0022,"
                                    "\\u0022maxReceiveCount\\u0022:1}'}}"));
    expect_body(api_call(&world, WIRE_JSON, "ListDeadLetterSourceQueues", "{'QueueUrl':'q'}"),
                "{\"queueUrls\":[\"" API_URL("tagged") "\"]}");
    // Bytes are base64, of which Query's form has the same text.
    api_expect_ok(api_call(&world, WIRE_JSON, "SendMessage",
                           "{'QueueUrl':'q','MessageBody':'m','MessageAttributes':{'b':{"
                           "'DataType':'Binary','BinaryValue':'AQID'}}}"));
    api_expect_text(&world,
                    api_call(&world, WIRE_JSON, "ReceiveMessage",
                             "{'QueueUrl':'q','MessageAttributeNames':['All']}"),
                    "Messages.0.MessageAttributes.b.BinaryValue", "AQID");
}
END_TEST

// All members of an object are strings.
static void expect_strings(const cJSON *object)
{
    ck_assert(cJSON_IsObject(object) && object->child != NULL);
    const cJSON *member;
    cJSON_ArrayForEach(member, object)
        ck_assert_msg(cJSON_IsString(member), "%s is no string", member->string);
}

START_TEST(attributes_are_strings_and_integers_are_integers)
{
    RULES("S-16");
    api_create_queue(&world, "f.fifo", "'Attributes':{'FifoQueue':'true'}");
    struct api_answer *answer = api_call(&world, WIRE_JSON, "GetQueueAttributes",
                                         "{'QueueUrl':'f.fifo','AttributeNames':['All']}");
    expect_strings(cJSON_GetObjectItem(answer->tree, "Attributes"));
    answer = api_call(&world, WIRE_JSON, "SendMessage",
                      "{'QueueUrl':'f.fifo','MessageBody':'m','MessageGroupId':'g',"
                      "'MessageDeduplicationId':'d','DelaySeconds':0}");
    expect_strings(answer->tree);
    answer = api_call(&world, WIRE_JSON, "ReceiveMessage",
                      "{'QueueUrl':'f.fifo','AttributeNames':['All'],'MaxNumberOfMessages':1,"
                      "'VisibilityTimeout':1,'WaitTimeSeconds':0}");
    const cJSON *message = cJSON_GetObjectItem(answer->tree, "Messages")->child;
    expect_strings(cJSON_GetObjectItem(message, "Attributes"));
    api_expect_ok(api_call(&world, WIRE_JSON, "SetQueueAttributes",
                           "{'QueueUrl':'f.fifo','Attributes':{'RedrivePolicy':"
                           "'{\\u0022deadLetterTargetArn\\u0022:\\u0022" API_ARN(
                               "f.fifo") "\\u0022,"
                                         "\\u0022maxReceiveCount\\u0022:1}'}}"));
    api_expect_ok(
        api_call(&world, WIRE_JSON, "StartMessageMoveTask",
                 "{'SourceArn':'" API_ARN("f.fifo") "','MaxNumberOfMessagesPerSecond':7}"));
    answer = api_call(&world, WIRE_JSON, "ListMessageMoveTasks",
                      "{'SourceArn':'" API_ARN("f.fifo") "','MaxResults':1}");
    const cJSON *task = cJSON_GetObjectItem(answer->tree, "Results")->child;
    ck_assert(cJSON_IsNumber(cJSON_GetObjectItem(task, "MaxNumberOfMessagesPerSecond")));
    ck_assert(cJSON_IsNumber(cJSON_GetObjectItem(task, "ApproximateNumberOfMessagesMoved")));
    ck_assert(cJSON_IsNumber(cJSON_GetObjectItem(task, "StartedTimestamp")));
}
END_TEST

// Both names of the error, each in its place.
START_TEST(an_error_in_json)
{
    RULES("S-7 S-8 S-9 sqs-mistake-2 sqs-mistake-3");
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

START_TEST(unknown_operation)
{
    RULES("S-11");
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

START_TEST(body_is_no_object)
{
    RULES("S-12");
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

START_TEST(values_of_wrong_types)
{
    RULES("S-13 S-14");
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

// Null is absent. Unknown members are ignored. Of a name twice the last one counts.
START_TEST(nulls_and_unknown_members)
{
    RULES("S-14 S-45");
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

// The path is irrelevant, the body decides.
START_TEST(json_at_a_queue_path)
{
    RULES("S-2");
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

// GET and POST, at the root and at the queue's path, with or without Version.
START_TEST(addresses_and_methods_of_query)
{
    RULES("S-18 S-19 sqs-mistake-4");
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

START_TEST(no_action_is_an_unknown_operation)
{
    RULES("S-20");
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

START_TEST(actions_that_are_not_valid_here)
{
    RULES("S-21 S-22");
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

START_TEST(an_error_in_query)
{
    RULES("S-24");
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

START_TEST(a_missing_parameter_of_query)
{
    RULES("S-29 S-46");
    const char *const rows[][2] = {
        {"Action=SendMessage&QueueUrl=q", "MessageBody"},
        {"Action=SendMessage&QueueUrl=q&MessageBody=", "MessageBody"},
        {"Action=DeleteMessage&QueueUrl=q", "ReceiptHandle"},
        {"Action=StartMessageMoveTask", "SourceArn"},
        {"Action=SendMessageBatch&QueueUrl=q", "SendMessageBatchRequestEntry"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        api_expect_fault(
            api_post(&world, "/", text_of(rows[i][0])), API_PARAMETER_MISSING,
            arena_print(world.arena, "The request must contain the parameter %s.", rows[i][1])
                .bytes);
}
END_TEST

// ---- errors ----

START_TEST(statuses_that_surprise)
{
    RULES("S-41");
    world.options.strict_waits = true;
    api_expect_ok(api_call(&world, _i, "PurgeQueue", "{'QueueUrl':'q'}"));
    const struct {
        const char *action;
        const char *members;
        const char *code;
        int status;
    } rows[] = {
        {"DeleteMessage", "{'QueueUrl':'q','ReceiptHandle':'x'}", "ReceiptHandleIsInvalid", 404},
        {"CancelMessageMoveTask",
         "{'TaskHandle':'"
         "eyJ0YXNrSWQiOiJhIiwic291cmNlQXJuIjoiYXJuOmF3czpzcXM6dXMtZWFzdC0xOjAwMDAwMDAw"
         "MDAwMDpxIn0='}",
         "ResourceNotFoundException", 404},
        {"PurgeQueue", "{'QueueUrl':'q'}", "AWS.SimpleQueueService.PurgeQueueInProgress", 403},
        {"AddPermission",
         "{'QueueUrl':'q','Label':'l','AWSAccountIds':['1'],'Actions':['*','*','*','*','*','*','*',"
         "'*']}",
         "OverLimit", 403},
        {"PurgeQueue", "{'QueueUrl':'none'}", "AWS.SimpleQueueService.NonExistentQueue", 400},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct api_answer *answer = api_call(&world, _i, rows[i].action, "%s", rows[i].members);
        ck_assert_msg(text_equal(answer->code, text_of(rows[i].code)), "%.*s",
                      TEXT_ARGUMENTS(answer->code));
        ck_assert_int_eq(answer->status, rows[i].status);
    }
}
END_TEST

// The value is repeated as it came: empty, with blanks, with what XML escapes.
START_TEST(a_wrong_value_is_repeated_as_it_came)
{
    RULES("S-48");
    const char *const groups[] = {"", " ", "a b", "a\u00e9", "<&'>\u00fc"};
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        struct api_answer *answer = api_post_json(
            &world, "SendMessage",
            arena_print(world.arena,
                        "{\"QueueUrl\":\"q\",\"MessageBody\":\"m\",\"MessageGroupId\":\"%s\"}",
                        groups[i]));
        api_expect_fault(answer, API_PARAMETER_VALUE,
                         arena_print(world.arena,
                                     "Value %s for parameter MessageGroupId is invalid. Reason: "
                                     "MessageGroupId can only include alphanumeric and punctuation "
                                     "characters. 1 to 128 in length.",
                                     groups[i])
                             .bytes);
    }
    api_expect_fault(api_get(&world, "/?Action=SendMessage&QueueUrl=q&MessageBody=m&MessageGroupId="
                                     "%3C%26%20%27%3E"),
                     API_PARAMETER_VALUE,
                     "Value <& '> for parameter MessageGroupId is invalid. Reason: MessageGroupId "
                     "can only include alphanumeric and punctuation characters. 1 to 128 in "
                     "length.");
    api_expect_fault(
        api_call(&world, WIRE_JSON, "ReceiveMessage", "{'QueueUrl':'q','WaitTimeSeconds':-1}"),
        API_PARAMETER_VALUE,
        "Value -1 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if "
        "provided.");
}
END_TEST

// ---- queue URLs ----

START_TEST(what_leads_to_a_queue)
{
    RULES("S-32 S-33 S-34 S-35 S-36 sqs-mistake-5");
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
    tcase_add_test(rules, a_success_in_json);
    tcase_add_test(rules, an_error_in_json);
    tcase_add_test(rules, a_request_in_json);
    tcase_add_test(rules, members_that_surprise);
    tcase_add_test(rules, attributes_are_strings_and_integers_are_integers);
    tcase_add_test(rules, a_missing_parameter_of_query);
    tcase_add_loop_test(rules, statuses_that_surprise, 0, API_PROTOCOLS);
    tcase_add_test(rules, a_wrong_value_is_repeated_as_it_came);
    tcase_add_test(rules, unknown_operation);
    tcase_add_test(rules, body_is_no_object);
    tcase_add_test(rules, values_of_wrong_types);
    tcase_add_test(rules, nulls_and_unknown_members);
    tcase_add_test(rules, json_at_a_queue_path);
    tcase_add_test(rules, addresses_and_methods_of_query);
    tcase_add_test(rules, no_action_is_an_unknown_operation);
    tcase_add_test(rules, actions_that_are_not_valid_here);
    tcase_add_test(rules, an_error_in_query);
    tcase_add_test(rules, malformed_parameters);
    tcase_add_loop_test(rules, what_leads_to_a_queue, 0, API_PROTOCOLS);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(sqs_suite)
