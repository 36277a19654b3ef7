// The thirty mistakes that emulators make, each with its test, in both protocols. What the right
// behaviour is in all its details is pinned elsewhere; here stands what would show the mistake.
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

static struct api_answer *change(int protocol, const char *queue, const char *receipt, int seconds)
{
    return api_call(&world, protocol, "ChangeMessageVisibility",
                    "{'QueueUrl':'%s','ReceiptHandle':'%s','VisibilityTimeout':%d}", queue, receipt,
                    seconds);
}

static struct api_answer *delete_one(int protocol, const char *queue, const char *receipt)
{
    return api_call(&world, protocol, "DeleteMessage", "{'QueueUrl':'%s','ReceiptHandle':'%s'}",
                    queue, receipt);
}

static struct api_answer *send_to_group(int protocol, const char *group, const char *body)
{
    return api_call(&world, protocol, "SendMessage",
                    "{'QueueUrl':'c.fifo','MessageBody':'%s','MessageGroupId':'%s'}", body, group);
}

// A redrive policy for the queue "q" to a queue "dlq", which is created.
static void redrive(int protocol, const char *receive_count_max)
{
    api_create_queue(&world, "dlq", "");
    api_expect_ok(api_call(
        &world, protocol, "SetQueueAttributes",
        "{'QueueUrl':'q','Attributes':{'RedrivePolicy':'{\\u0022deadLetterTargetArn\\u0022:"
        "\\u0022" API_ARN("dlq") "\\u0022,\\u0022maxReceiveCount\\u0022:%s}'}}",
        receive_count_max));
}

static bool holds(const struct api_answer *answer, const char *needle)
{
    return text_find(answer->body, text_of(needle), NULL);
}

// The bodies of the messages received, with blanks between.
static const char *bodies(const struct api_answer *answer)
{
    struct buffer bodies = {0};
    for (size_t i = 0;; i++) {
        const char *path = arena_print(world.arena, "Messages.%zu.Body", i).bytes;
        const char *body = api_get_text(&world, answer, path);
        if (body == NULL)
            break;
        buffer_print(&bodies, "%s%s", i > 0 ? " " : "", body);
    }
    const char *copy = arena_copy(world.arena, buffer_text(&bodies)).bytes;
    buffer_deinit(&bodies);
    return copy;
}

static const char *receipt_of(const struct api_answer *answer, size_t index)
{
    return api_get_text(&world, answer,
                        arena_print(world.arena, "Messages.%zu.ReceiptHandle", index).bytes);
}

// null or [] for what is empty.
START_TEST(what_is_empty_is_left_out)
{
    RULES("S-5 S-6 sqs-mistake-1");
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

// Query has the code in its body, and no such header.
START_TEST(every_error_has_the_header)
{
    RULES("S-9 sqs-mistake-2");
    const struct {
        const char *action;
        const char *members;
        const char *header;
    } rows[] = {
        {"DeleteQueue", "{'QueueUrl':'none'}", "AWS.SimpleQueueService.NonExistentQueue;Sender"},
        {"SendMessage", "{'QueueUrl':'q'}", "MissingParameter;Sender"},
        {"ReceiveMessage", "{'QueueUrl':'q','MaxNumberOfMessages':11}",
         "InvalidParameterValue;Sender"},
        {"DeleteMessage", "{'QueueUrl':'q','ReceiptHandle':'x'}", "ReceiptHandleIsInvalid;Sender"},
        {"GetQueueAttributes", "{'QueueUrl':'q','AttributeNames':['x']}",
         "InvalidAttributeName;Sender"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct api_answer *answer =
            api_call(&world, WIRE_JSON, rows[i].action, "%s", rows[i].members);
        struct text header = api_header(answer, "x-amzn-query-error");
        ck_assert_msg(text_equal(header, text_of(rows[i].header)), "%.*s", TEXT_ARGUMENTS(header));
    }
}
END_TEST

START_TEST(both_names_of_an_error)
{
    RULES("S-8 S-25 S-42 sqs-mistake-3");
    struct api_answer *answer = api_call(&world, _i, "DeleteQueue", "{'QueueUrl':'none'}");
    ck_assert(text_equal(answer->code, TEXT("AWS.SimpleQueueService.NonExistentQueue")));
    ck_assert(holds(answer, _i == WIRE_JSON ? "com.amazonaws.sqs#QueueDoesNotExist"
                                            : "<Code>AWS.SimpleQueueService.NonExistentQueue<"));
    ck_assert_uint_eq(api_header(answer, "x-amzn-query-error").length > 0, _i == WIRE_JSON);
}
END_TEST

START_TEST(both_protocols_everywhere)
{
    RULES("S-2 S-18 S-19 sqs-mistake-4");
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
    RULES("S-34 S-35 S-37 sqs-mistake-5");
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

static struct api_answer *send_three_attributes(int protocol)
{
    struct api_answer *sent = api_call(&world, protocol, "SendMessage",
                                       "{'QueueUrl':'q','MessageBody':'m',%s}", THREE_ATTRIBUTES);
    api_expect_ok(sent);
    return sent;
}

// Types with their suffix, decoded bytes, sorted names; in results of batches too.
START_TEST(digests_of_attributes)
{
    RULES("S-146 S-148 sqs-mistake-6");
    struct api_answer *sent = send_three_attributes(_i);
    const char *all = api_get_text(&world, sent, "MD5OfMessageAttributes");
    ck_assert_str_eq(all, "eb0f8fbc199d7e841613a7376b4447d7");
    struct api_answer *answer =
        receive(_i, "q", ",'VisibilityTimeout':0,'MessageAttributeNames':['All']");
    api_expect_text(&world, answer, "Messages.0.MD5OfMessageAttributes", all);
    // Of what is returned, and of nothing else.
    answer = receive(_i, "q", ",'MessageAttributeNames':['Hello','Help.Me']");
    api_expect_text(&world, answer, "Messages.0.MD5OfMessageAttributes",
                    "83fee93c1bcd8b9a5a923ffacdc636c7");
    answer =
        api_call(&world, _i, "SendMessageBatch",
                 "{'QueueUrl':'q','Entries':[{'Id':'a','MessageBody':'m',%s}]}", THREE_ATTRIBUTES);
    api_expect_text(&world, answer, "Successful.0.MD5OfMessageAttributes", all);
}
END_TEST

START_TEST(attributes_come_when_asked_for)
{
    RULES("S-164 S-168 sqs-mistake-7");
    send_three_attributes(_i);
    struct api_answer *answer = receive(_i, "q", "");
    api_expect_text(&world, answer, "Messages.0.Body", "m");
    api_expect_text(&world, answer, "Messages.0.MessageAttributes", NULL);
    api_expect_text(&world, answer, "Messages.0.MD5OfMessageAttributes", NULL);
    api_expect_text(&world, answer, "Messages.0.Attributes", NULL);
}
END_TEST

// A prefix begins a name; what follows need not be a dot.
START_TEST(prefixes_and_all)
{
    RULES("S-167 sqs-mistake-8");
    const char *all = api_get_text(&world, send_three_attributes(_i), "MD5OfMessageAttributes");
    const struct {
        const char *name;
        const char *md5;
    } rows[] = {
        {"All", all},    {".*", all},
        {"*", all},      {"Hel.*", "83fee93c1bcd8b9a5a923ffacdc636c7"},
        {"Hel", NULL},   {"Help.Me.*", "e3559934329581483df4474944b301c4"},
        {"hel.*", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *more =
            arena_print(world.arena, ",'VisibilityTimeout':0,'MessageAttributeNames':['%s']",
                        rows[i].name)
                .bytes;
        api_expect_text(&world, receive(_i, "q", more), "Messages.0.MD5OfMessageAttributes",
                        rows[i].md5);
    }
}
END_TEST

START_TEST(every_spelling_of_the_lists_in_query)
{
    RULES("S-164 S-168 sqs-mistake-9");
    send_three_attributes(WIRE_QUERY);
    struct api_answer *answer =
        api_post(&world, "/",
                 TEXT("Action=ReceiveMessage&QueueUrl=q&AttributeName.1=SentTimestamp&"
                      "MessageSystemAttributeName.1=ApproximateReceiveCount&"
                      "MessageAttributeName.1=Hello"));
    api_expect_ok(answer);
    ck_assert(holds(answer, "<Name>SentTimestamp</Name>"));
    ck_assert(holds(answer, "<Name>ApproximateReceiveCount</Name>"));
    ck_assert(holds(answer, "<Name>Hello</Name>"));
    ck_assert(!holds(answer, "<Name>SenderId</Name>") && !holds(answer, "<Name>Bytes</Name>"));
}
END_TEST

START_TEST(nothing_of_fifo_on_standard_queues)
{
    RULES("S-166 S-252 sqs-mistake-10");
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
    RULES("S-174 S-178 S-183 sqs-mistake-11");
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
    RULES("S-184 sqs-mistake-12");
    struct api_answer *poll = receive(_i, "q", ",'WaitTimeSeconds':20,'MaxNumberOfMessages':10");
    ck_assert_int_eq(poll->status, 0);
    api_send(&world, "q", "m");
    api_expect_text(&world, poll, "Messages.0.Body", "m");
}
END_TEST

// A delay's end, a timeout's end, a change to 0, a move to the dead-letter queue, a delete that frees
// a group.
START_TEST(what_wakes_a_poll)
{
    RULES("S-185 sqs-mistake-13");
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
    api_expect_ok(change(_i, "q", receipt, 0));
    api_expect_text(&world, poll, "Messages.0.Body", "m");

    redrive(_i, "1");
    poll = receive(_i, "dlq", ",'WaitTimeSeconds':20");
    ck_assert_ptr_null(api_receive(&world, "q"));
    api_expect_text(&world, poll, "Messages.0.Body", "m");

    send_to_group(_i, "g", "m1");
    receipt = api_receive(&world, "c.fifo");
    send_to_group(_i, "g", "m2");
    poll = receive(_i, "c.fifo", ",'WaitTimeSeconds':20");
    api_expect_ok(delete_one(_i, "c.fifo", receipt));
    api_expect_text(&world, poll, "Messages.0.Body", "m2");
}
END_TEST

START_TEST(polls_end_with_their_queue)
{
    RULES("S-120 sqs-mistake-14");
    struct api_answer *poll = receive(_i, "q", ",'WaitTimeSeconds':20");
    api_expect_ok(api_call(&world, _i, "DeleteQueue", "{'QueueUrl':'q'}"));
    ck_assert_int_ne(poll->status, 0);
    api_create_queue(&world, "q", "");
    api_send(&world, "q", "m");
    ck_assert_ptr_nonnull(api_receive(&world, "q"));
}
END_TEST

START_TEST(every_handle_stays_good)
{
    RULES("S-103 S-171 sqs-mistake-15");
    api_send(&world, "q", "m");
    const char *first = api_receive(&world, "q");
    api_advance(&world, 30000);
    const char *second = api_receive(&world, "q");
    ck_assert_str_ne(first, second);
    api_expect_ok(change(_i, "q", first, 0));
    const char *third = api_receive(&world, "q");
    ck_assert_ptr_nonnull(third);
    api_expect_ok(change(_i, "q", second, 0));
    ck_assert_ptr_nonnull(api_receive(&world, "q"));
    api_expect_ok(delete_one(_i, "q", second));
    api_advance(&world, 30000);
    ck_assert_ptr_null(api_receive(&world, "q"));
}
END_TEST

START_TEST(a_late_delete_deletes)
{
    RULES("S-89 sqs-mistake-16");
    api_send(&world, "q", "m");
    const char *receipt = api_receive(&world, "q");
    api_advance(&world, 30000);
    api_expect_ok(delete_one(_i, "q", receipt));
    ck_assert_str_eq(api_attribute(&world, "q", "ApproximateNumberOfMessages"), "0");
    ck_assert_ptr_null(api_receive(&world, "q"));
}
END_TEST

START_TEST(a_late_delete_on_a_fifo_queue_is_refused)
{
    RULES("S-91 S-92 sqs-mistake-17");
    send_to_group(_i, "g", "m");
    const char *receipt = api_receive(&world, "c.fifo");
    api_advance(&world, 30000);
    struct api_answer *answer = delete_one(_i, "c.fifo", receipt);
    ck_assert(text_equal(answer->code, TEXT("InvalidParameterValue")));
    ck_assert(text_ends_with(answer->message, TEXT("Reason: The receipt handle has expired.")));
    // Within an extension it is not late.
    receipt = api_receive(&world, "c.fifo");
    api_expect_ok(change(_i, "c.fifo", receipt, 60));
    api_advance(&world, 31000);
    api_expect_ok(delete_one(_i, "c.fifo", receipt));
    api_advance(&world, 60000);
    ck_assert_ptr_null(api_receive(&world, "c.fifo"));
}
END_TEST

START_TEST(rubbish_is_404)
{
    RULES("S-86 S-93 S-107 sqs-mistake-18");
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

START_TEST(a_change_hides_what_is_visible_again)
{
    RULES("S-102 S-104 sqs-mistake-19");
    api_send(&world, "q", "m");
    const char *receipt = api_receive(&world, "q");
    api_advance(&world, 30000);
    api_expect_ok(change(_i, "q", receipt, 60));
    ck_assert_str_eq(api_attribute(&world, "q", "ApproximateNumberOfMessagesNotVisible"), "1");
    ck_assert_ptr_null(api_receive(&world, "q"));
    api_expect_ok(delete_one(_i, "q", receipt));
    struct api_answer *answer = change(_i, "q", receipt, 1);
    ck_assert(text_equal(answer->code, TEXT("InvalidParameterValue")));
}
END_TEST

START_TEST(twelve_hours_count_from_the_receive)
{
    RULES("S-99 sqs-mistake-20");
    api_send(&world, "q", "m");
    const char *receipt = api_receive(&world, "q");
    api_advance(&world, 30000);
    struct api_answer *answer = change(_i, "q", receipt, 43171);
    ck_assert(text_equal(answer->code, TEXT("InvalidParameterValue")));
    api_expect_ok(change(_i, "q", receipt, 43170));
}
END_TEST

START_TEST(what_fails_alone_and_what_fails_all)
{
    RULES("S-63 S-71 S-107 sqs-mistake-21");
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
    RULES("S-113 sqs-mistake-22");
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
    RULES("S-110 S-111 sqs-mistake-23");
    ck_assert_int_eq(api_call(&world, _i, "CreateQueue", "{'QueueName':'x.fifo'}")->status, 400);
    struct api_answer *answer =
        api_call(&world, _i, "CreateQueue", "{'QueueName':'x','Attributes':{'FifoQueue':'false'}}");
    ck_assert(text_equal(answer->code, TEXT("InvalidAttributeName")));
}
END_TEST

START_TEST(received_as_often_as_the_policy_says)
{
    RULES("S-198 S-199 sqs-mistake-24");
    redrive(_i, "2");
    api_send(&world, "q", "m");
    for (int i = 0; i < 2; i++) {
        ck_assert_ptr_nonnull(api_receive(&world, "q"));
        api_advance(&world, 30000);
    }
    ck_assert_str_eq(api_attribute(&world, "dlq", "ApproximateNumberOfMessages"), "0");
    ck_assert_ptr_null(api_receive(&world, "q"));
    ck_assert_str_eq(api_attribute(&world, "dlq", "ApproximateNumberOfMessages"), "1");
}
END_TEST

START_TEST(a_dead_letter_is_the_same_message)
{
    RULES("S-201 S-202 S-203 S-214 sqs-mistake-25");
    redrive(_i, "1");
    struct api_answer *sent = send_three_attributes(_i);
    const char *id = api_get_text(&world, sent, "MessageId");
    ck_assert_ptr_nonnull(api_receive(&world, "q"));
    api_advance(&world, 30000);
    ck_assert_ptr_null(api_receive(&world, "q"));
    const char *everything =
        ",'VisibilityTimeout':0,'AttributeNames':['All'],'MessageAttributeNames':['All']";
    struct api_answer *answer = receive(_i, "dlq", everything);
    const char *const rows[][2] = {
        {"MessageId", id},
        {"Body", "m"},
        {"MD5OfMessageAttributes", api_get_text(&world, sent, "MD5OfMessageAttributes")},
        {"Attributes.ApproximateReceiveCount", "2"},
        {"Attributes.SentTimestamp", "1767225600000"},
        {"Attributes.ApproximateFirstReceiveTimestamp", "1767225600000"},
        {"Attributes.DeadLetterQueueSourceArn", API_ARN("q")},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        api_expect_text(&world, answer, arena_print(world.arena, "Messages.0.%s", rows[i][0]).bytes,
                        rows[i][1]);
    // What a task moves back is a new one.
    api_expect_ok(
        api_call(&world, _i, "StartMessageMoveTask", "{'SourceArn':'" API_ARN("dlq") "'}"));
    api_advance(&world, 1000);
    answer = receive(_i, "q", everything);
    api_expect_text(&world, answer, "Messages.0.Body", "m");
    ck_assert_str_ne(api_get_text(&world, answer, "Messages.0.MessageId"), id);
    api_expect_text(&world, answer, "Messages.0.Attributes.ApproximateReceiveCount", "1");
    api_expect_text(&world, answer, "Messages.0.Attributes.DeadLetterQueueSourceArn", NULL);
}
END_TEST

START_TEST(a_redrive_policy_is_checked_and_loses_nothing)
{
    RULES("S-190 S-191 S-207 sqs-mistake-26");
    struct api_answer *answer = api_call(
        &world, _i, "SetQueueAttributes",
        "{'QueueUrl':'q','Attributes':{'RedrivePolicy':'{\\u0022deadLetterTargetArn\\u0022:"
        "\\u0022" API_ARN("none") "\\u0022,\\u0022maxReceiveCount\\u0022:1}'}}");
    ck_assert(text_equal(answer->code, TEXT("InvalidParameterValue")));
    ck_assert_ptr_null(api_attribute(&world, "q", "RedrivePolicy"));
    redrive(_i, "\\u00221\\u0022");
    ck_assert_str_eq(api_attribute(&world, "q", "RedrivePolicy"),
                     "{\"deadLetterTargetArn\":\"" API_ARN("dlq") "\",\"maxReceiveCount\":1}");
    api_send(&world, "q", "m");
    ck_assert_ptr_nonnull(api_receive(&world, "q"));
    api_expect_ok(api_call(&world, _i, "DeleteQueue", "{'QueueUrl':'dlq'}"));
    api_advance(&world, 30000);
    ck_assert_ptr_nonnull(api_receive(&world, "q"));
}
END_TEST

START_TEST(deduplication_is_of_the_queue_and_lasts_five_minutes)
{
    RULES("S-60 S-136 S-221 S-222 sqs-mistake-27 lambda-mistake-41");
    const char *id = api_get_text(&world, send_to_group(_i, "g", "m"), "MessageId");
    api_expect_ok(delete_one(_i, "c.fifo", api_receive(&world, "c.fifo")));
    api_advance(&world, 299999);
    api_expect_text(&world, send_to_group(_i, "other", "m"), "MessageId", id);
    ck_assert_ptr_null(api_receive(&world, "c.fifo"));
    api_advance(&world, 1);
    ck_assert_str_ne(api_get_text(&world, send_to_group(_i, "g", "m"), "MessageId"), id);
    ck_assert_ptr_nonnull(api_receive(&world, "c.fifo"));
    api_expect_ok(api_call(&world, _i, "PurgeQueue", "{'QueueUrl':'c.fifo'}"));
    send_to_group(_i, "g", "m");
    ck_assert_ptr_nonnull(api_receive(&world, "c.fifo"));

    api_create_queue(&world, "by-group.fifo",
                     "'Attributes':{'FifoQueue':'true','ContentBasedDeduplication':'true',"
                     "'DeduplicationScope':'messageGroup'}");
    for (int i = 0; i < 4; i++)
        api_expect_ok(api_call(&world, _i, "SendMessage",
                               "{'QueueUrl':'by-group.fifo','MessageBody':'m',"
                               "'MessageGroupId':'g%d'}",
                               i % 2));
    ck_assert_str_eq(api_attribute(&world, "by-group.fifo", "ApproximateNumberOfMessages"), "2");
}
END_TEST

START_TEST(many_of_a_group_at_once_and_none_behind_them)
{
    RULES("S-229 S-233 sqs-mistake-28");
    for (int i = 1; i <= 4; i++)
        send_to_group(_i, "g", arena_print(world.arena, "m%d", i).bytes);
    struct api_answer *answer = receive(_i, "c.fifo", ",'MaxNumberOfMessages':3");
    ck_assert_str_eq(bodies(answer), "m1 m2 m3");
    ck_assert_str_eq(bodies(receive(_i, "c.fifo", ",'MaxNumberOfMessages':10")), "");
    // The first one is not behind the others that are in flight.
    api_expect_ok(change(_i, "c.fifo", receipt_of(answer, 0), 0));
    ck_assert_str_eq(bodies(receive(_i, "c.fifo", ",'MaxNumberOfMessages':10")), "m1");
}
END_TEST

START_TEST(a_group_survives_a_partial_failure)
{
    RULES("S-205 S-236 S-237 S-239 sqs-mistake-29");
    for (int i = 1; i <= 3; i++)
        send_to_group(_i, "g", arena_print(world.arena, "m%d", i).bytes);
    struct api_answer *answer = receive(_i, "c.fifo", ",'MaxNumberOfMessages':10");
    api_expect_ok(delete_one(_i, "c.fifo", receipt_of(answer, 0)));
    send_to_group(_i, "g", "m4");
    api_advance(&world, 30000);
    answer = receive(_i, "c.fifo", ",'MaxNumberOfMessages':10");
    ck_assert_str_eq(bodies(answer), "m2 m3 m4");
    for (size_t i = 0; i < 3; i++)
        api_expect_ok(delete_one(_i, "c.fifo", receipt_of(answer, i)));
    // It was empty, and is a group like any other.
    send_to_group(_i, "g", "m5");
    send_to_group(_i, "g", "m6");
    api_create_queue(&world, "dlq.fifo", "'Attributes':{'FifoQueue':'true'}");
    api_expect_ok(api_call(
        &world, _i, "SetQueueAttributes",
        "{'QueueUrl':'c.fifo','Attributes':{'RedrivePolicy':'{\\u0022deadLetterTargetArn\\u0022:"
        "\\u0022" API_ARN("dlq.fifo") "\\u0022,\\u0022maxReceiveCount\\u0022:1}'}}"));
    ck_assert_str_eq(bodies(receive(_i, "c.fifo", "")), "m5");
    api_advance(&world, 30000);
    // Its head moves to the dead-letter queue and leaves it free.
    ck_assert_str_eq(bodies(receive(_i, "c.fifo", ",'MaxNumberOfMessages':10")), "m6");
    ck_assert_str_eq(bodies(receive(_i, "dlq.fifo", "")), "m5");
}
END_TEST

START_TEST(limits_of_today)
{
    RULES("S-55 S-150 sqs-mistake-30");
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

// More than the 20,000 of former years.
START_TEST(messages_in_flight_on_a_fifo_queue)
{
    RULES("S-84 sqs-mistake-30");
    for (int i = 0; i < 2001; i++) {
        cleanup(buffer_deinit) struct buffer entries = {0};
        for (int entry = 0; entry < 10; entry++)
            buffer_print(&entries, "%s{'Id':'%d','MessageBody':'%d-%d','MessageGroupId':'%d'}",
                         entry > 0 ? "," : "", entry, i, entry, i);
        api_call(&world, WIRE_JSON, "SendMessageBatch", "{'QueueUrl':'c.fifo','Entries':[%.*s]}",
                 TEXT_ARGUMENTS(buffer_text(&entries)));
    }
    for (int i = 0; i < 2001; i++)
        receive(WIRE_JSON, "c.fifo", ",'MaxNumberOfMessages':10");
    ck_assert_str_eq(api_attribute(&world, "c.fifo", "ApproximateNumberOfMessagesNotVisible"),
                     "20010");
}
END_TEST

static Suite *sqs_mistakes_suite(void)
{
    Suite *suite = suite_create("sqs_mistakes");
    TCase *rows = tcase_create("rows");
    tcase_add_checked_fixture(rows, begin, end);
    tcase_add_loop_test(rows, what_is_empty_is_left_out, 0, API_PROTOCOLS);
    tcase_add_test(rows, every_error_has_the_header);
    tcase_add_loop_test(rows, both_names_of_an_error, 0, API_PROTOCOLS);
    tcase_add_test(rows, both_protocols_everywhere);
    tcase_add_loop_test(rows, only_the_last_two_segments_count, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, digests_of_attributes, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, attributes_come_when_asked_for, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, prefixes_and_all, 0, API_PROTOCOLS);
    tcase_add_test(rows, every_spelling_of_the_lists_in_query);
    tcase_add_loop_test(rows, nothing_of_fifo_on_standard_queues, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, zero_is_a_value, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, a_poll_ends_at_the_first_message, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, what_wakes_a_poll, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, polls_end_with_their_queue, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, every_handle_stays_good, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, a_late_delete_deletes, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, a_late_delete_on_a_fifo_queue_is_refused, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, rubbish_is_404, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, a_change_hides_what_is_visible_again, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, twelve_hours_count_from_the_receive, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, what_fails_alone_and_what_fails_all, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, creating_what_exists, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, the_attribute_makes_a_queue_fifo, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, received_as_often_as_the_policy_says, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, a_dead_letter_is_the_same_message, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, a_redrive_policy_is_checked_and_loses_nothing, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, deduplication_is_of_the_queue_and_lasts_five_minutes, 0,
                        API_PROTOCOLS);
    tcase_add_loop_test(rows, many_of_a_group_at_once_and_none_behind_them, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, a_group_survives_a_partial_failure, 0, API_PROTOCOLS);
    tcase_add_loop_test(rows, limits_of_today, 0, API_PROTOCOLS);
    tcase_add_test(rows, messages_in_flight_on_a_fifo_queue);
    suite_add_tcase(suite, rows);
    return suite;
}

CHECK_MAIN(sqs_mistakes_suite)
