// The mistakes that emulators make, one by one, in both protocols.
// Rows 27 to 29 are about order and deduplication on FIFO queues and stand with the engine's tests.
#include "tests/support/api_world.h"
#include "tests/support/check_main.h"

#include <string.h>

static struct api_world world;

static void begin(void)
{
    api_world_begin(&world);
    api_create_queue(&world, "q", "");
    api_create_queue(&world, "c.fifo",
                     "'Attributes':{'FifoQueue':'true','ContentBasedDeduplication':'true'}");
}

static void end(void)
{
    api_world_end(&world);
}

static struct api_answer *receive(int protocol, const char *queue, const char *more)
{
    return api_call(&world, protocol, "ReceiveMessage", "{'QueueUrl':'%s'%s}", queue, more);
}

static bool holds(const struct api_answer *answer, const char *needle)
{
    return text_find(answer->body, text_of(needle), NULL);
}

// null or [] for what is empty.
START_TEST(what_is_empty_is_left_out)
{
    RULES("sqs-mistake-1");
    const char *const requests[][2] = {
        {"ReceiveMessage", "{'QueueUrl':'q'}"},
        {"GetQueueAttributes", "{'QueueUrl':'q','AttributeNames':[]}"},
        {"ListDeadLetterSourceQueues", "{'QueueUrl':'q'}"},
        {"ListQueues", "{'QueueNamePrefix':'x'}"},
        {"SendMessageBatch", "{'QueueUrl':'q','Entries':[{'Id':'a','MessageBody':'m'}]}"},
        {"SendMessageBatch", "{'QueueUrl':'q','Entries':[{'Id':'a'}]}"},
        {"DeleteMessageBatch", "{'QueueUrl':'q','Entries':[{'Id':'a','ReceiptHandle':'x'}]}"},
        {"SendMessage", "{'QueueUrl':'q','MessageBody':'m'}"},
    };
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        struct api_answer *answer = api_call(&world, _i, requests[i][0], "%s", requests[i][1]);
        api_expect_ok(answer);
        ck_assert(!holds(answer, "null") && !holds(answer, "[]"));
        if (i < 4)
            ck_assert(_i == WIRE_QUERY ? holds(answer, "Result/>")
                                       : text_equal(answer->body, TEXT("{}")));
    }
}
END_TEST

START_TEST(both_names_of_an_error)
{
    RULES("sqs-mistake-2 sqs-mistake-3");
    struct api_answer *answer = api_call(&world, _i, "DeleteQueue", "{'QueueUrl':'none'}");
    ck_assert(text_equal(answer->code, TEXT("AWS.SimpleQueueService.NonExistentQueue")));
    ck_assert(holds(answer, _i == WIRE_JSON ? "com.amazonaws.sqs#QueueDoesNotExist"
                                            : "<Code>AWS.SimpleQueueService.NonExistentQueue<"));
    ck_assert_uint_eq(api_header(answer, "x-amzn-query-error").length > 0, _i == WIRE_JSON);
}
END_TEST

START_TEST(both_protocols_everywhere)
{
    RULES("sqs-mistake-4");
    world.json_path = "/" API_ACCOUNT "/q";
    api_expect_ok(api_call(&world, WIRE_JSON, "SendMessage", "{'QueueUrl':'q','MessageBody':'m'}"));
    api_expect_ok(api_get(&world, "/" API_ACCOUNT "/q?Action=SendMessage&MessageBody=m"));
    api_expect_ok(api_get(&world, "/?Action=SendMessage&QueueUrl=q&MessageBody=m"));
    api_expect_ok(api_post(&world, "/", TEXT("Action=SendMessage&QueueUrl=q&MessageBody=m")));
    api_expect_ok(api_post(&world, "/" API_ACCOUNT "/q", TEXT("Action=SendMessage&MessageBody=m")));
    ck_assert_str_eq(api_attribute(&world, "q", "ApproximateNumberOfMessages"), "5");
}
END_TEST

START_TEST(only_the_last_two_segments_count)
{
    RULES("sqs-mistake-5");
    api_expect_ok(api_call(&world, _i, "PurgeQueue",
                           "{'QueueUrl':'https://elsewhere.example:9/" API_ACCOUNT "/q'}"));
    api_expect_ok(api_call(&world, _i, "PurgeQueue", "{'QueueUrl':'q'}"));
    // Rendered from the request's Host.
    api_expect_text(&world, api_call(&world, _i, "GetQueueUrl", "{'QueueName':'q'}"), "QueueUrl",
                    "http://" API_HOST "/" API_ACCOUNT "/q");
}
END_TEST

#define THREE_ATTRIBUTES                                                                  \
    "'MessageAttributes':{'Help.Me':{'DataType':'String','StringValue':'Me'},"            \
    "'Hello':{'DataType':'String','StringValue':'There'},'Bytes':{'DataType':'Binary.x'," \
    "'BinaryValue':'AQID'}}"

START_TEST(attributes_as_asked_for)
{
    RULES("sqs-mistake-6 sqs-mistake-7 sqs-mistake-8 sqs-mistake-9");
    struct api_answer *sent = api_call(&world, _i, "SendMessage",
                                       "{'QueueUrl':'q','MessageBody':'m',%s}", THREE_ATTRIBUTES);
    api_expect_ok(sent);
    // 7: none without names.
    struct api_answer *answer = receive(_i, "q", ",'VisibilityTimeout':0");
    api_expect_text(&world, answer, "Messages.0.MessageAttributes", NULL);
    api_expect_text(&world, answer, "Messages.0.MD5OfMessageAttributes", NULL);
    api_expect_text(&world, answer, "Messages.0.Attributes", NULL);
    // 6 and 8: all by three names, with the digest of the send.
    const char *const all[] = {"All", ".*", "*"};
    for (size_t i = 0; i < 3; i++) {
        answer =
            receive(_i, "q",
                    arena_print(world.arena,
                                ",'VisibilityTimeout':0,'MessageAttributeNames':['%s']", all[i])
                        .bytes);
        api_expect_text(&world, answer, "Messages.0.MD5OfMessageAttributes",
                        api_get_text(&world, sent, "MD5OfMessageAttributes"));
    }
    // 6: of the returned subset only; 8: starts-with, without a dot.
    answer = receive(_i, "q", ",'VisibilityTimeout':0,'MessageAttributeNames':['Hel.*']");
    api_expect_text(&world, answer, "Messages.0.MD5OfMessageAttributes",
                    "83fee93c1bcd8b9a5a923ffacdc636c7");
    // 9: both lists of system attributes.
    answer = receive(_i, "q",
                     ",'AttributeNames':['SentTimestamp'],"
                     "'MessageSystemAttributeNames':['ApproximateReceiveCount']");
    api_expect_text(&world, answer, "Messages.0.Attributes",
                    "{\"SentTimestamp\":\"1767225600000\",\"ApproximateReceiveCount\":\"6\"}");
}
END_TEST

START_TEST(nothing_of_fifo_on_standard_queues)
{
    RULES("sqs-mistake-10");
    api_send(&world, "q", "m");
    struct api_answer *answer = receive(_i, "q", ",'AttributeNames':['All']");
    ck_assert(!holds(answer, "SequenceNumber") && !holds(answer, "MessageDeduplicationId") &&
              !holds(answer, "MessageGroupId"));
    answer =
        api_call(&world, _i, "GetQueueAttributes", "{'QueueUrl':'q','AttributeNames':['All']}");
    ck_assert(!holds(answer, "Fifo") && !holds(answer, "Deduplication"));
}
END_TEST

START_TEST(zero_is_a_value)
{
    RULES("sqs-mistake-11");
    api_create_queue(&world, "z",
                     "'Attributes':{'VisibilityTimeout':'9','DelaySeconds':'9',"
                     "'ReceiveMessageWaitTimeSeconds':'9'}");
    api_expect_ok(
        api_call(&world, _i, "SendMessage", "{'QueueUrl':'z','MessageBody':'m','DelaySeconds':0}"));
    for (int i = 0; i < 2; i++)
        api_expect_text(&world, receive(_i, "z", ",'WaitTimeSeconds':0,'VisibilityTimeout':0"),
                        "Messages.0.Body", "m");
    api_expect_text(&world, receive(_i, "z", ",'WaitTimeSeconds':0"), "Messages.0.Body", "m");
    api_expect_ok(receive(_i, "z", ",'WaitTimeSeconds':0"));
    struct api_answer *poll = receive(_i, "z", "");
    api_advance(&world, 8999);
    ck_assert_int_eq(poll->status, 0);
    api_advance(&world, 1);
    api_expect_ok(poll);
}
END_TEST

START_TEST(a_poll_ends_at_the_first_message)
{
    RULES("sqs-mistake-12");
    struct api_answer *poll = receive(_i, "q", ",'WaitTimeSeconds':20,'MaxNumberOfMessages':10");
    ck_assert_int_eq(poll->status, 0);
    api_send(&world, "q", "m");
    api_expect_text(&world, poll, "Messages.0.Body", "m");
}
END_TEST

// A delay's end, a timeout's end, a change to 0, a move to the dead-letter queue.
START_TEST(what_wakes_a_poll)
{
    RULES("sqs-mistake-13");
    api_expect_ok(
        api_call(&world, _i, "SendMessage", "{'QueueUrl':'q','MessageBody':'m','DelaySeconds':3}"));
    struct api_answer *poll = receive(_i, "q", ",'WaitTimeSeconds':20,'VisibilityTimeout':5");
    api_advance(&world, 3000);
    api_expect_text(&world, poll, "Messages.0.Body", "m");
    poll = receive(_i, "q", ",'WaitTimeSeconds':20");
    api_advance(&world, 5000);
    api_expect_text(&world, poll, "Messages.0.Body", "m");
    const char *receipt = api_get_text(&world, poll, "Messages.0.ReceiptHandle");
    poll = receive(_i, "q", ",'WaitTimeSeconds':20,'VisibilityTimeout':0");
    api_expect_ok(api_call(&world, _i, "ChangeMessageVisibility",
                           "{'QueueUrl':'q','ReceiptHandle':'%s','VisibilityTimeout':0}", receipt));
    api_expect_text(&world, poll, "Messages.0.Body", "m");

    api_create_queue(&world, "dlq", "");
    api_expect_ok(api_call(
        &world, _i, "SetQueueAttributes",
        "{'QueueUrl':'q','Attributes':{'RedrivePolicy':'{\\u0022deadLetterTargetArn\\u0022:"
        "\\u0022" API_ARN("dlq") "\\u0022,\\u0022maxReceiveCount\\u0022:1}'}}"));
    poll = receive(_i, "dlq", ",'WaitTimeSeconds':20");
    ck_assert_ptr_null(api_receive(&world, "q"));
    api_expect_text(&world, poll, "Messages.0.Body", "m");
}
END_TEST

START_TEST(polls_end_with_their_queue)
{
    RULES("sqs-mistake-14");
    struct api_answer *poll = receive(_i, "q", ",'WaitTimeSeconds':20");
    api_expect_ok(api_call(&world, _i, "DeleteQueue", "{'QueueUrl':'q'}"));
    ck_assert_int_ne(poll->status, 0);
    api_create_queue(&world, "q", "");
    api_send(&world, "q", "m");
    ck_assert_ptr_nonnull(api_receive(&world, "q"));
}
END_TEST

START_TEST(old_handles_delete)
{
    RULES("sqs-mistake-15 sqs-mistake-16");
    api_send(&world, "q", "m");
    const char *receipt = api_receive(&world, "q");
    api_advance(&world, 30000);
    const char *newer = api_receive(&world, "q");
    ck_assert_str_ne(receipt, newer);
    api_expect_ok(
        api_call(&world, _i, "DeleteMessage", "{'QueueUrl':'q','ReceiptHandle':'%s'}", receipt));
    api_advance(&world, 30000);
    ck_assert_ptr_null(api_receive(&world, "q"));
}
END_TEST

START_TEST(expired_handles_of_fifo_queues)
{
    RULES("sqs-mistake-17");
    api_expect_ok(api_call(&world, _i, "SendMessage",
                           "{'QueueUrl':'c.fifo','MessageBody':'m','MessageGroupId':'g'}"));
    const char *receipt = api_receive(&world, "c.fifo");
    api_advance(&world, 30000);
    struct api_answer *answer = api_call(&world, _i, "DeleteMessage",
                                         "{'QueueUrl':'c.fifo','ReceiptHandle':'%s'}", receipt);
    ck_assert(text_equal(answer->code, TEXT("InvalidParameterValue")));
    ck_assert(text_ends_with(answer->message, TEXT("Reason: The receipt handle has expired.")));
    receipt = api_receive(&world, "c.fifo");
    api_expect_ok(api_call(&world, _i, "ChangeMessageVisibility",
                           "{'QueueUrl':'c.fifo','ReceiptHandle':'%s','VisibilityTimeout':60}",
                           receipt));
    api_advance(&world, 31000);
    api_expect_ok(api_call(&world, _i, "DeleteMessage",
                           "{'QueueUrl':'c.fifo','ReceiptHandle':'%s'}", receipt));
}
END_TEST

START_TEST(rubbish_is_404)
{
    RULES("sqs-mistake-18");
    struct api_answer *answer =
        api_call(&world, _i, "DeleteMessage", "{'QueueUrl':'q','ReceiptHandle':'rubbish'}");
    api_expect_fault(answer, API_NO_RECEIPT,
                     "The input receipt handle \"rubbish\" is not a valid receipt handle.");
    answer = api_call(&world, _i, "ChangeMessageVisibilityBatch",
                      "{'QueueUrl':'q','Entries':[{'Id':'a','ReceiptHandle':'rubbish',"
                      "'VisibilityTimeout':1}]}");
    api_expect_failed(&world, answer, 0, "a", "ReceiptHandleIsInvalid",
                      "The input receipt handle \"rubbish\" is not a valid receipt handle.");
}
END_TEST

START_TEST(changing_visibility)
{
    RULES("sqs-mistake-19 sqs-mistake-20");
    api_send(&world, "q", "m");
    const char *receipt = api_receive(&world, "q");
    api_advance(&world, 30000);
    api_expect_ok(api_call(&world, _i, "ChangeMessageVisibility",
                           "{'QueueUrl':'q','ReceiptHandle':'%s','VisibilityTimeout':60}",
                           receipt));
    ck_assert_str_eq(api_attribute(&world, "q", "ApproximateNumberOfMessagesNotVisible"), "1");
    struct api_answer *answer =
        api_call(&world, _i, "ChangeMessageVisibility",
                 "{'QueueUrl':'q','ReceiptHandle':'%s','VisibilityTimeout':43171}", receipt);
    ck_assert(text_equal(answer->code, TEXT("InvalidParameterValue")));
    api_expect_ok(api_call(&world, _i, "ChangeMessageVisibility",
                           "{'QueueUrl':'q','ReceiptHandle':'%s','VisibilityTimeout':43170}",
                           receipt));
    api_expect_ok(
        api_call(&world, _i, "DeleteMessage", "{'QueueUrl':'q','ReceiptHandle':'%s'}", receipt));
    answer = api_call(&world, _i, "ChangeMessageVisibility",
                      "{'QueueUrl':'q','ReceiptHandle':'%s','VisibilityTimeout':1}", receipt);
    ck_assert(text_equal(answer->code, TEXT("InvalidParameterValue")));
}
END_TEST

START_TEST(what_fails_alone_and_what_fails_all)
{
    RULES("sqs-mistake-21");
    struct api_answer *answer =
        api_call(&world, _i, "SendMessageBatch",
                 "{'QueueUrl':'q','Entries':[{'Id':'a','MessageBody':'\\u0008'},"
                 "{'Id':'b','MessageBody':'m'}]}");
    api_expect_text(&world, answer, "Successful.0.Id", "b");
    api_expect_text(&world, answer, "Failed.0.Id", "a");
    answer = api_call(&world, _i, "SendMessageBatch",
                      "{'QueueUrl':'c.fifo','Entries':[{'Id':'a','MessageBody':'m'},"
                      "{'Id':'b','MessageBody':'n','MessageGroupId':'g'}]}");
    ck_assert_int_eq(answer->status, 400);
    answer = api_call(&world, _i, "SendMessageBatch",
                      "{'QueueUrl':'q','Entries':[{'Id':'a','MessageBody':'m'},"
                      "{'Id':'a','MessageBody':'n'}]}");
    ck_assert_int_eq(answer->status, 400);
    ck_assert_str_eq(api_attribute(&world, "q", "ApproximateNumberOfMessages"), "1");
}
END_TEST

START_TEST(creating_what_exists)
{
    RULES("sqs-mistake-22");
    api_expect_ok(api_call(&world, _i, "SetQueueAttributes",
                           "{'QueueUrl':'q','Attributes':{'DelaySeconds':'1'}}"));
    api_send(&world, "q", "m");
    api_expect_ok(api_call(&world, _i, "CreateQueue", "{'QueueName':'q'}"));
    api_expect_ok(api_call(&world, _i, "CreateQueue",
                           "{'QueueName':'q','Attributes':{'VisibilityTimeout':'30'}}"));
    struct api_answer *answer =
        api_call(&world, _i, "CreateQueue", "{'QueueName':'q','Attributes':{'DelaySeconds':'0'}}");
    ck_assert(text_equal(answer->code, TEXT("QueueAlreadyExists")));
}
END_TEST

START_TEST(the_attribute_makes_a_queue_fifo)
{
    RULES("sqs-mistake-23");
    ck_assert_int_eq(api_call(&world, _i, "CreateQueue", "{'QueueName':'x.fifo'}")->status, 400);
    struct api_answer *answer =
        api_call(&world, _i, "CreateQueue", "{'QueueName':'x','Attributes':{'FifoQueue':'false'}}");
    ck_assert(text_equal(answer->code, TEXT("InvalidAttributeName")));
}
END_TEST

// Received maxReceiveCount times; moved, not returned, by the next receive; still the same message.
START_TEST(off_by_none_and_nothing_lost)
{
    RULES("sqs-mistake-24 sqs-mistake-25 sqs-mistake-26");
    api_create_queue(&world, "dlq", "");
    struct api_answer *answer = api_call(
        &world, _i, "SetQueueAttributes",
        "{'QueueUrl':'q','Attributes':{'RedrivePolicy':'{\\u0022deadLetterTargetArn\\u0022:"
        "\\u0022" API_ARN("dlq") "\\u0022,\\u0022maxReceiveCount\\u0022:\\u00222\\u0022}'}}");
    api_expect_ok(answer);
    ck_assert_str_eq(api_attribute(&world, "q", "RedrivePolicy"),
                     "{\"deadLetterTargetArn\":\"" API_ARN("dlq") "\",\"maxReceiveCount\":2}");
    struct api_answer *sent = api_call(&world, _i, "SendMessage",
                                       "{'QueueUrl':'q','MessageBody':'m',%s}", THREE_ATTRIBUTES);
    for (int i = 0; i < 2; i++) {
        ck_assert_ptr_nonnull(api_receive(&world, "q"));
        api_advance(&world, 30000);
    }
    ck_assert_str_eq(api_attribute(&world, "dlq", "ApproximateNumberOfMessages"), "0");
    api_expect_text(&world, receive(_i, "q", ""), "Messages", NULL);
    answer = receive(_i, "dlq", ",'AttributeNames':['All'],'MessageAttributeNames':['All']");
    api_expect_text(&world, answer, "Messages.0.MessageId",
                    api_get_text(&world, sent, "MessageId"));
    api_expect_text(&world, answer, "Messages.0.MD5OfMessageAttributes",
                    api_get_text(&world, sent, "MD5OfMessageAttributes"));
    api_expect_text(&world, answer, "Messages.0.Attributes.ApproximateReceiveCount", "3");
    api_expect_text(&world, answer, "Messages.0.Attributes.SentTimestamp", "1767225600000");
    api_expect_text(&world, answer, "Messages.0.Attributes.ApproximateFirstReceiveTimestamp",
                    "1767225600000");
    api_expect_text(&world, answer, "Messages.0.Attributes.DeadLetterQueueSourceArn", API_ARN("q"));
}
END_TEST

START_TEST(limits_of_today)
{
    RULES("sqs-mistake-30");
    char *body = arena_allocate(world.arena, 300001);
    memset(body, 'a', 300000);
    api_expect_ok(api_call(&world, _i, "SendMessage",
                           "{'QueueUrl':'q','MessageBody':'%s','MessageGroupId':'fair'}", body));
    ck_assert_str_eq(api_attribute(&world, "q", "MaximumMessageSize"), "1048576");
    struct api_answer *answer =
        receive(_i, "q", ",'MessageSystemAttributeNames':['MessageGroupId']");
    api_expect_text(&world, answer, "Messages.0.Attributes.MessageGroupId", "fair");
}
END_TEST

static Suite *sqs_mistakes_suite(void)
{
    Suite *suite = suite_create("sqs_mistakes");
    TCase *rows = tcase_create("rows");
    tcase_add_checked_fixture(rows, begin, end);
    tcase_add_loop_test(rows, what_is_empty_is_left_out, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, both_names_of_an_error, 0, API_PROTOCOLS);
    tcase_add_test(rows, both_protocols_everywhere);
    tcase_add_loop_test(rows, only_the_last_two_segments_count, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, attributes_as_asked_for, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, nothing_of_fifo_on_standard_queues, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, zero_is_a_value, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, a_poll_ends_at_the_first_message, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, what_wakes_a_poll, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, polls_end_with_their_queue, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, old_handles_delete, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, expired_handles_of_fifo_queues, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, rubbish_is_404, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, changing_visibility, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, what_fails_alone_and_what_fails_all, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, creating_what_exists, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, the_attribute_makes_a_queue_fifo, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, off_by_none_and_nothing_lost, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, limits_of_today, 0, API_PROTOCOLS);
    suite_add_tcase(suite, rows);
    return suite;
}

CHECK_MAIN(sqs_mistakes_suite)
