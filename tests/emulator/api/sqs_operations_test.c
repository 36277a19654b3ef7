// The rows of every operation against literal requests and answers in both protocols, as the
// tables of 1.2 write them: what api_world translates elsewhere is pinned here.
#include "emulator/api/sqs.h"
#include "emulator/wire/shape.h"

#include "tests/support/api_world.h"
#include "tests/support/check_main.h"

#include <stdio.h>
#include <string.h>

#define RESPONSE_START(action)                                                                \
    "<?xml version=\"1.0\"?><" action "Response xmlns=\"http://queue.amazonaws.com/doc/2012-" \
    "11-05/\">"
#define RESPONSE_END(action)                                                        \
    "<ResponseMetadata><RequestId>00000000-0000-4000-8000-000000000001</RequestId>" \
    "</ResponseMetadata></" action "Response>"

static struct api_world world;

static void begin(void)
{
    api_world_begin(&world);
}

static void end(void)
{
    api_world_end(&world);
}

static void expect_body(const struct api_answer *answer, const char *expected)
{
    ck_assert_msg(text_equal(answer->body, text_of(expected)), "body is\n%.*s\nnot\n%s",
                  TEXT_ARGUMENTS(answer->body), expected);
    ck_assert_int_eq(answer->status, 200);
}

// Replaces what differs from run to run, or is the engine's business, by its name.
static const char *blanked(const struct api_answer *answer, const char *const *values)
{
    static char body[8192];
    snprintf(body, sizeof(body), "%.*s", TEXT_ARGUMENTS(answer->body));
    for (; *values != NULL; values++) {
        char *at = strstr(body, *values);
        ck_assert_ptr_nonnull(at);
        size_t length = strlen(*values);
        memmove(at + 1, at + length, strlen(at + length) + 1);
        *at = '*';
    }
    return body;
}

START_TEST(create_queue)
{
    struct api_answer *json =
        api_post_json(&world, "CreateQueue",
                      TEXT("{\"QueueName\":\"q\",\"Attributes\":{\"DelaySeconds\":\"5\","
                           "\"VisibilityTimeout\":\"7\"},\"tags\":{\"a\":\"b\"}}"));
    expect_body(json, "{\"QueueUrl\":\"" API_URL("q") "\"}");
    ck_assert_str_eq(api_attribute(&world, "q", "DelaySeconds"), "5");
    ck_assert_str_eq(api_attribute(&world, "q", "VisibilityTimeout"), "7");

    struct api_answer *query =
        api_post(&world, "/",
                 TEXT("Action=CreateQueue&QueueName=p&Attribute.1.Name=DelaySeconds"
                      "&Attribute.1.Value=5&Attribute.2.Name=VisibilityTimeout&Attribute.2.Value=7"
                      "&Tag.1.Key=a&Tag.1.Value=b&Version=2012-11-05"));
    expect_body(query, RESPONSE_START("CreateQueue") "<CreateQueueResult><QueueUrl>" API_URL(
                           "p") "</QueueUrl></CreateQueueResult>" RESPONSE_END("CreateQueue"));
    ck_assert_str_eq(api_attribute(&world, "p", "DelaySeconds"), "5");
    ck_assert_str_eq(api_attribute(&world, "p", "VisibilityTimeout"), "7");
}
END_TEST

START_TEST(get_queue_url_and_list_queues)
{
    api_create_queue(&world, "q1", "");
    api_create_queue(&world, "q2", "");
    expect_body(api_post_json(
                    &world, "GetQueueUrl",
                    TEXT("{\"QueueName\":\"q1\",\"QueueOwnerAWSAccountId\":\"" API_ACCOUNT "\"}")),
                "{\"QueueUrl\":\"" API_URL("q1") "\"}");
    expect_body(
        api_post(&world, "/",
                 TEXT("Action=GetQueueUrl&QueueName=q1&QueueOwnerAWSAccountId=" API_ACCOUNT)),
        RESPONSE_START("GetQueueUrl") "<GetQueueUrlResult><QueueUrl>" API_URL(
            "q1") "</QueueUrl></GetQueueUrlResult>" RESPONSE_END("GetQueueUrl"));
    expect_body(
        api_post_json(&world, "ListQueues", TEXT("{\"QueueNamePrefix\":\"q\",\"MaxResults\":1}")),
        "{\"QueueUrls\":[\"" API_URL("q1") "\"],\"NextToken\":\"YWZ0ZXI6cTE=\"}");
    expect_body(
        api_post(&world, "/", TEXT("Action=ListQueues&QueueNamePrefix=q&MaxResults=2")),
        RESPONSE_START("ListQueues") "<ListQueuesResult><QueueUrl>" API_URL(
            "q1") "</QueueUrl><QueueUrl>" API_URL("q2") "</QueueUrl></"
                                                        "ListQueuesResult>" RESPONSE_END("ListQueue"
                                                                                         "s"));
    expect_body(
        api_post(&world, "/", TEXT("Action=ListQueues&NextToken=YWZ0ZXI6cTE%3D&MaxResults=1")),
        RESPONSE_START("ListQueues") "<ListQueuesResult><QueueUrl>" API_URL(
            "q2") "</QueueUrl></ListQueuesResult>" RESPONSE_END("ListQueues"));
}
END_TEST

START_TEST(queue_attributes)
{
    api_create_queue(&world, "q", "");
    expect_body(api_post_json(&world, "SetQueueAttributes",
                              TEXT("{\"QueueUrl\":\"q\",\"Attributes\":{\"DelaySeconds\":\"3\"}}")),
                "");
    expect_body(api_post_json(&world, "GetQueueAttributes",
                              TEXT("{\"QueueUrl\":\"q\",\"AttributeNames\":[\"DelaySeconds\","
                                   "\"QueueArn\"]}")),
                "{\"Attributes\":{\"QueueArn\":\"" API_ARN("q") "\",\"DelaySeconds\":\"3\"}}");
    expect_body(api_post(&world, "/",
                         TEXT("Action=SetQueueAttributes&QueueUrl=q&Attribute.1.Name="
                              "DelaySeconds&Attribute.1.Value=4")),
                RESPONSE_START("SetQueueAttributes") RESPONSE_END("SetQueueAttributes"));
    expect_body(
        api_post(&world, "/",
                 TEXT("Action=GetQueueAttributes&QueueUrl=q&AttributeName.1=DelaySeconds"
                      "&AttributeName.2=QueueArn")),
        RESPONSE_START(
            "GetQueueAttributes") "<GetQueueAttributesResult><Attribute><Name>QueueArn"
                                  "</Name><Value>" API_ARN(
                                      "q") "</Value></Attribute><Attribute><Name>DelaySeconds"
                                           "</Name><Value>4</Value></Attribute></"
                                           "GetQueueAttributesResult>" RESPONSE_END(
                                               "GetQueueAttributes"));
}
END_TEST

// `hello`, with one attribute of each kind and a trace header.
START_TEST(send_message)
{
    api_create_queue(&world, "q", "");
    struct api_answer *json = api_post_json(
        &world, "SendMessage",
        TEXT("{\"QueueUrl\":\"q\",\"MessageBody\":\"hello\",\"DelaySeconds\":0,"
             "\"MessageAttributes\":{\"color\":{\"DataType\":\"String\",\"StringValue\":\"blue\"},"
             "\"count\":{\"DataType\":\"Number\",\"StringValue\":\"3\"},"
             "\"blob\":{\"DataType\":\"Binary\",\"BinaryValue\":\"AQID\"}},"
             "\"MessageSystemAttributes\":{\"AWSTraceHeader\":{\"DataType\":\"String\","
             "\"StringValue\":\"Root=1-5759e988-bd862e3fe1be46a994272793;"
             "Parent=53995c3f42cd8ad8;Sampled=1\"}},\"MessageGroupId\":\"g\"}"));
    const char *values[] = {api_get_text(&world, json, "MessageId"), NULL};
    ck_assert_str_eq(blanked(json, values),
                     "{\"MD5OfMessageBody\":\"5d41402abc4b2a76b9719d911017c592\","
                     "\"MD5OfMessageAttributes\":\"d838729972a4b70e2d2acd9d59ac847c\","
                     "\"MD5OfMessageSystemAttributes\":\"5ae4d5d7636402d80f4eb6d213245a88\","
                     "\"MessageId\":\"*\"}");
    struct api_answer *query = api_post(
        &world, "/",
        TEXT("Action=SendMessage&QueueUrl=q&MessageBody=hello&DelaySeconds=0"
             "&MessageAttribute.1.Name=color&MessageAttribute.1.Value.DataType=String"
             "&MessageAttribute.1.Value.StringValue=blue&MessageAttribute.2.Name=count"
             "&MessageAttribute.2.Value.DataType=Number&MessageAttribute.2.Value.StringValue=3"
             "&MessageAttribute.3.Name=blob&MessageAttribute.3.Value.DataType=Binary"
             "&MessageAttribute.3.Value.BinaryValue=AQID&MessageGroupId=g"
             "&MessageSystemAttribute.1.Name=AWSTraceHeader"
             "&MessageSystemAttribute.1.Value.DataType=String"
             "&MessageSystemAttribute.1.Value.StringValue=Root%3D1-5759e988-bd862e3fe1be46a9942727"
             "93%3BParent%3D53995c3f42cd8ad8%3BSampled%3D1"));
    const char *query_values[] = {api_get_text(&world, query, "MessageId"), NULL};
    ck_assert_str_eq(
        blanked(query, query_values),
        RESPONSE_START("SendMessage") "<SendMessageResult><MD5OfMessageBody>"
                                      "5d41402abc4b2a76b9719d911017c592</"
                                      "MD5OfMessageBody><MD5OfMessageAttributes>"
                                      "d838729972a4b70e2d2acd9d59ac847c</"
                                      "MD5OfMessageAttributes><MD5OfMessageSystemAttributes>"
                                      "5ae4d5d7636402d80f4eb6d213245a88</"
                                      "MD5OfMessageSystemAttributes><MessageId>*</MessageId>"
                                      "</SendMessageResult>" RESPONSE_END("SendMessage"));
}
END_TEST

static void send_one_of_each(void)
{
    api_create_queue(&world, "q", "");
    api_expect_ok(
        api_call(&world, WIRE_JSON, "SendMessage",
                 "{'QueueUrl':'q','MessageBody':'<&>','MessageGroupId':'g','MessageAttributes':{"
                 "'color':{'DataType':'String','StringValue':'blue'},"
                 "'blob':{'DataType':'Binary.gif','BinaryValue':'AQID'}}}"));
}

START_TEST(receive_message_json)
{
    send_one_of_each();
    struct api_answer *json =
        api_post_json(&world, "ReceiveMessage",
                      TEXT("{\"QueueUrl\":\"q\",\"MaxNumberOfMessages\":10,\"VisibilityTimeout\":0,"
                           "\"WaitTimeSeconds\":0,\"AttributeNames\":[\"SentTimestamp\"],"
                           "\"MessageSystemAttributeNames\":[\"MessageGroupId\"],"
                           "\"MessageAttributeNames\":[\"All\"]}"));
    const char *values[] = {
        api_get_text(&world, json, "Messages.0.MessageId"),
        api_get_text(&world, json, "Messages.0.ReceiptHandle"),
        api_get_text(&world, json, "Messages.0.MD5OfMessageAttributes"),
        NULL,
    };
    ck_assert_str_eq(
        blanked(json, values),
        "{\"Messages\":[{\"MessageId\":\"*\",\"ReceiptHandle\":\"*\","
        "\"MD5OfBody\":\"e221f9cd324af003c67bd09951ba8089\",\"Body\":\"<&>\","
        "\"Attributes\":{\"SentTimestamp\":\"1767225600000\",\"MessageGroupId\":\"g\"},"
        "\"MD5OfMessageAttributes\":\"*\",\"MessageAttributes\":{"
        "\"blob\":{\"BinaryValue\":\"AQID\",\"DataType\":\"Binary.gif\"},"
        "\"color\":{\"StringValue\":\"blue\",\"DataType\":\"String\"}}}]}");
}
END_TEST

START_TEST(receive_message_query)
{
    send_one_of_each();
    struct api_answer *query =
        api_post(&world, "/",
                 TEXT("Action=ReceiveMessage&QueueUrl=q&MaxNumberOfMessages=10&VisibilityTimeout=0"
                      "&WaitTimeSeconds=0&AttributeName.1=SentTimestamp"
                      "&MessageSystemAttributeName.1=MessageGroupId&MessageAttributeName.1=All"));
    const char *values[] = {
        api_get_text(&world, query, "Messages.0.MessageId"),
        api_get_text(&world, query, "Messages.0.ReceiptHandle"),
        api_get_text(&world, query, "Messages.0.MD5OfMessageAttributes"),
        NULL,
    };
    ck_assert_str_eq(
        blanked(query, values),
        RESPONSE_START(
            "ReceiveMessage") "<ReceiveMessageResult><Message><MessageId>*</MessageId>"
                              "<ReceiptHandle>*</"
                              "ReceiptHandle><MD5OfBody>e221f9cd324af003c67bd09951ba8089</"
                              "MD5OfBody>"
                              "<Body>&lt;&amp;&gt;</Body><Attribute><Name>SentTimestamp</"
                              "Name><Value>1767225600000"
                              "</Value></Attribute><Attribute><Name>MessageGroupId</Name><Value>g</"
                              "Value></Attribute>"
                              "<MD5OfMessageAttributes>*</"
                              "MD5OfMessageAttributes><MessageAttribute><Name>blob</Name>"
                              "<Value><BinaryValue>AQID</BinaryValue><DataType>Binary.gif</"
                              "DataType></Value>"
                              "</MessageAttribute><MessageAttribute><Name>color</"
                              "Name><Value><StringValue>blue"
                              "</StringValue><DataType>String</DataType></Value></"
                              "MessageAttribute></Message>"
                              "</ReceiveMessageResult>" RESPONSE_END("ReceiveMessage"));
}
END_TEST

START_TEST(empty_answers)
{
    RULES("S-5 S-23");
    api_create_queue(&world, "q", "");
    expect_body(api_post_json(&world, "ReceiveMessage", TEXT("{\"QueueUrl\":\"q\"}")), "{}");
    expect_body(
        api_post(&world, "/", TEXT("Action=ReceiveMessage&QueueUrl=q")),
        RESPONSE_START("ReceiveMessage") "<ReceiveMessageResult/>" RESPONSE_END("ReceiveMessage"));
    expect_body(api_post_json(&world, "GetQueueAttributes", TEXT("{\"QueueUrl\":\"q\"}")), "{}");
    expect_body(api_post_json(&world, "ListDeadLetterSourceQueues", TEXT("{\"QueueUrl\":\"q\"}")),
                "{}");
    expect_body(api_post_json(&world, "ListQueues", TEXT("{\"QueueNamePrefix\":\"none\"}")), "{}");
}
END_TEST

START_TEST(dead_letter_sources)
{
    api_create_queue(&world, "dlq", "");
    api_create_queue(&world, "q",
                     "'Attributes':{'RedrivePolicy':'{\\'deadLetterTargetArn\\':\\'" API_ARN(
                         "dlq") "\\',\\'maxReceiveCount\\':2}'}");
    expect_body(api_post_json(&world, "ListDeadLetterSourceQueues",
                              TEXT("{\"QueueUrl\":\"dlq\",\"MaxResults\":10}")),
                "{\"queueUrls\":[\"" API_URL("q") "\"]}");
    expect_body(
        api_post(&world, "/", TEXT("Action=ListDeadLetterSourceQueues&QueueUrl=dlq")),
        RESPONSE_START("ListDeadLetterSourceQueues") "<ListDeadLetterSourceQueuesResult><"
                                                     "QueueUrl>" API_URL(
                                                         "q") "</QueueUrl>"
                                                              "</"
                                                              "ListDeadLetterSourceQueuesResult"
                                                              ">" RESPONSE_END(
                                                                  "ListDeadLetterSourceQueues"));
}
END_TEST

START_TEST(send_message_batch)
{
    api_create_queue(&world, "q", "");
    struct api_answer *json = api_post_json(
        &world, "SendMessageBatch",
        TEXT("{\"QueueUrl\":\"q\",\"Entries\":[{\"Id\":\"a\",\"MessageBody\":\"hello\","
             "\"DelaySeconds\":1,\"MessageGroupId\":\"g\",\"MessageAttributes\":{\"k\":{"
             "\"DataType\":\"String\",\"StringValue\":\"x\"}}},"
             "{\"Id\":\"b\",\"MessageBody\":\"test\",\"DelaySeconds\":901}]}"));
    const char *values[] = {api_get_text(&world, json, "Successful.0.MessageId"), NULL};
    ck_assert_str_eq(
        blanked(json, values),
        "{\"Successful\":[{\"Id\":\"a\","
        "\"MD5OfMessageBody\":\"5d41402abc4b2a76b9719d911017c592\","
        "\"MD5OfMessageAttributes\":\"a45daa70926828a2f0a1db3418e6feb4\",\"MessageId\":\"*\"}],"
        "\"Failed\":[{\"Id\":\"b\",\"SenderFault\":true,\"Code\":\"InvalidParameterValue\","
        "\"Message\":\"Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must "
        "be >= 0 and <= 900.\"}]}");
    struct api_answer *query = api_post(
        &world, "/",
        TEXT("Action=SendMessageBatch&QueueUrl=q&SendMessageBatchRequestEntry.1.Id=a"
             "&SendMessageBatchRequestEntry.1.MessageBody=hello"
             "&SendMessageBatchRequestEntry.1.DelaySeconds=1"
             "&SendMessageBatchRequestEntry.1.MessageAttribute.1.Name=k"
             "&SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType=String"
             "&SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringValue=x"
             "&SendMessageBatchRequestEntry.2.Id=b&SendMessageBatchRequestEntry.2.MessageBody=test"
             "&SendMessageBatchRequestEntry.2.DelaySeconds=901"));
    const char *query_values[] = {api_get_text(&world, query, "Successful.0.MessageId"), NULL};
    ck_assert_str_eq(
        blanked(query, query_values),
        RESPONSE_START(
            "SendMessageBatch") "<SendMessageBatchResult><SendMessageBatchResultEntry>"
                                "<Id>a</Id><MD5OfMessageBody>5d41402abc4b2a76b9719d911017c592</"
                                "MD5OfMessageBody>"
                                "<MD5OfMessageAttributes>a45daa70926828a2f0a1db3418e6feb4</"
                                "MD5OfMessageAttributes>"
                                "<MessageId>*</MessageId></"
                                "SendMessageBatchResultEntry><BatchResultErrorEntry><Id>b</Id>"
                                "<SenderFault>true</SenderFault><Code>InvalidParameterValue</"
                                "Code><Message>Value 901 for "
                                "parameter DelaySeconds is invalid. Reason: DelaySeconds must be "
                                "&gt;= 0 and &lt;= 900."
                                "</Message></BatchResultErrorEntry></"
                                "SendMessageBatchResult>" RESPONSE_END("SendMessageBatch"));
}
END_TEST

#define body_with(format, receipt) arena_print(world.arena, format, receipt)

#define ERROR_ENTRY                                                                         \
    "<BatchResultErrorEntry><Id>b</Id><SenderFault>true</SenderFault><Code>ReceiptHandleIs" \
    "Invalid</Code><Message>The input receipt handle &quot;x&quot; is not a valid receipt " \
    "handle.</Message></BatchResultErrorEntry>"

// Every byte as a percent escape, upper and lower case.
static const char *form_encoded(const char *receipt)
{
    cleanup(buffer_deinit) struct buffer form = {0};
    for (const char *at = receipt; *at != '\0'; at++)
        buffer_print(&form, *at % 2 == 0 ? "%%%02x" : "%%%02X", (unsigned char)*at);
    return arena_copy(world.arena, buffer_text(&form)).bytes;
}

START_TEST(delete_and_change_one)
{
    api_create_queue(&world, "q", "");
    api_send(&world, "q", "m");
    const char *receipt = api_receive(&world, "q");
    expect_body(api_post_json(&world, "ChangeMessageVisibility",
                              body_with("{\"QueueUrl\":\"q\",\"ReceiptHandle\":\"%s\","
                                        "\"VisibilityTimeout\":9}",
                                        receipt)),
                "");
    expect_body(api_post_json(&world, "DeleteMessage",
                              body_with("{\"QueueUrl\":\"q\",\"ReceiptHandle\":\"%s\"}", receipt)),
                "");
    api_send(&world, "q", "m");
    receipt = form_encoded(api_receive(&world, "q"));
    expect_body(api_post(&world, "/",
                         body_with("Action=ChangeMessageVisibility&QueueUrl=q&ReceiptHandle=%s"
                                   "&VisibilityTimeout=9",
                                   receipt)),
                RESPONSE_START("ChangeMessageVisibility") RESPONSE_END("ChangeMessageVisibility"));
    expect_body(api_post(&world, "/",
                         body_with("Action=DeleteMessage&QueueUrl=q&ReceiptHandle=%s", receipt)),
                RESPONSE_START("DeleteMessage") RESPONSE_END("DeleteMessage"));
    ck_assert_str_eq(api_attribute(&world, "q", "ApproximateNumberOfMessagesNotVisible"), "0");
}
END_TEST

// A successful and a failed entry, in both batches.
START_TEST(delete_and_change_batch)
{
    api_create_queue(&world, "q", "");
    api_send(&world, "q", "m");
    const char *receipt = api_receive(&world, "q");
    expect_body(
        api_post_json(&world, "ChangeMessageVisibilityBatch",
                      body_with("{\"QueueUrl\":\"q\",\"Entries\":[{\"Id\":\"a\",\"ReceiptHandle\":"
                                "\"%s\",\"VisibilityTimeout\":9},{\"Id\":\"b\",\"ReceiptHandle\":"
                                "\"x\",\"VisibilityTimeout\":9}]}",
                                receipt)),
        "{\"Successful\":[{\"Id\":\"a\"}],\"Failed\":[{\"Id\":\"b\",\"SenderFault\":true,"
        "\"Code\":\"ReceiptHandleIsInvalid\",\"Message\":\"The input receipt handle \\\"x\\\" is "
        "not a valid receipt handle.\"}]}");
    expect_body(
        api_post_json(&world, "DeleteMessageBatch",
                      body_with("{\"QueueUrl\":\"q\",\"Entries\":[{\"Id\":\"a\",\"ReceiptHandle\":"
                                "\"%s\"},{\"Id\":\"b\",\"ReceiptHandle\":\"x\"}]}",
                                receipt)),
        "{\"Successful\":[{\"Id\":\"a\"}],\"Failed\":[{\"Id\":\"b\",\"SenderFault\":true,"
        "\"Code\":\"ReceiptHandleIsInvalid\",\"Message\":\"The input receipt handle \\\"x\\\" is "
        "not a valid receipt handle.\"}]}");
}
END_TEST

START_TEST(delete_and_change_batch_query)
{
    api_create_queue(&world, "q", "");
    api_send(&world, "q", "m");
    const char *receipt = form_encoded(api_receive(&world, "q"));
    expect_body(
        api_post(&world, "/",
                 body_with("Action=ChangeMessageVisibilityBatch&QueueUrl=q"
                           "&ChangeMessageVisibilityBatchRequestEntry.1.Id=a"
                           "&ChangeMessageVisibilityBatchRequestEntry.1.ReceiptHandle=%s"
                           "&ChangeMessageVisibilityBatchRequestEntry.1.VisibilityTimeout=9"
                           "&ChangeMessageVisibilityBatchRequestEntry.2.Id=b"
                           "&ChangeMessageVisibilityBatchRequestEntry.2.ReceiptHandle=x"
                           "&ChangeMessageVisibilityBatchRequestEntry.2.VisibilityTimeout=9",
                           receipt)),
        RESPONSE_START(
            "ChangeMessageVisibilityBatch") "<ChangeMessageVisibilityBatchResult>"
                                            "<ChangeMessageVisibilityBatchResultEntry><Id>a</Id>"
                                            "</ChangeMessageVisibilityBatchResultEntry>" ERROR_ENTRY
                                            "</ChangeMessageVisibilityBatchResult>" RESPONSE_END(
                                                "ChangeMessageVisibilityBatch"));
    expect_body(api_post(&world, "/",
                         body_with("Action=DeleteMessageBatch&QueueUrl=q"
                                   "&DeleteMessageBatchRequestEntry.1.Id=a"
                                   "&DeleteMessageBatchRequestEntry.1.ReceiptHandle=%s"
                                   "&DeleteMessageBatchRequestEntry.2.Id=b"
                                   "&DeleteMessageBatchRequestEntry.2.ReceiptHandle=x",
                                   receipt)),
                RESPONSE_START("DeleteMessageBatch") "<DeleteMessageBatchResult>"
                                                     "<DeleteMessageBatchResultEntry><Id>a</Id></"
                                                     "DeleteMessageBatchResultEntry>" ERROR_ENTRY
                                                     "</DeleteMessageBatchResult>" RESPONSE_END(
                                                         "DeleteMessageBatch"));
}
END_TEST

START_TEST(tags)
{
    api_create_queue(&world, "q", "");
    expect_body(api_post_json(&world, "TagQueue",
                              TEXT("{\"QueueUrl\":\"q\",\"Tags\":{\"a\":\"b\",\"c\":\"d\"}}")),
                "");
    expect_body(api_post_json(&world, "ListQueueTags", TEXT("{\"QueueUrl\":\"q\"}")),
                "{\"Tags\":{\"a\":\"b\",\"c\":\"d\"}}");
    expect_body(
        api_post_json(&world, "UntagQueue", TEXT("{\"QueueUrl\":\"q\",\"TagKeys\":[\"a\",\"c\"]}")),
        "");
    expect_body(api_post_json(&world, "ListQueueTags", TEXT("{\"QueueUrl\":\"q\"}")), "{}");
    expect_body(api_post(&world, "/", TEXT("Action=TagQueue&QueueUrl=q&Tag.1.Key=a&Tag.1.Value=b")),
                RESPONSE_START("TagQueue") RESPONSE_END("TagQueue"));
    expect_body(api_post(&world, "/", TEXT("Action=ListQueueTags&QueueUrl=q")),
                RESPONSE_START("ListQueueTags") "<ListQueueTagsResult><Tag><Key>a</Key><Value>b"
                                                "</Value></Tag></ListQueueTagsResult>" RESPONSE_END(
                                                    "ListQueueTags"));
    expect_body(api_post(&world, "/", TEXT("Action=UntagQueue&QueueUrl=q&TagKey.1=a")),
                RESPONSE_START("UntagQueue") RESPONSE_END("UntagQueue"));
    expect_body(
        api_post(&world, "/", TEXT("Action=ListQueueTags&QueueUrl=q")),
        RESPONSE_START("ListQueueTags") "<ListQueueTagsResult/>" RESPONSE_END("ListQueueTags"));
}
END_TEST

START_TEST(permissions)
{
    api_create_queue(&world, "q", "");
    expect_body(api_post_json(&world, "AddPermission",
                              TEXT("{\"QueueUrl\":\"q\",\"Label\":\"l\",\"AWSAccountIds\":"
                                   "[\"1\"],\"Actions\":[\"SendMessage\"]}")),
                "");
    expect_body(api_post(&world, "/", TEXT("Action=RemovePermission&QueueUrl=q&Label=l")),
                RESPONSE_START("RemovePermission") RESPONSE_END("RemovePermission"));
    expect_body(api_post(&world, "/",
                         TEXT("Action=AddPermission&QueueUrl=q&Label=l&AWSAccountId.1=1"
                              "&ActionName.1=SendMessage&ActionName.2=ReceiveMessage")),
                RESPONSE_START("AddPermission") RESPONSE_END("AddPermission"));
    ck_assert_ptr_nonnull(strstr(api_attribute(&world, "q", "Policy"), "SQS:ReceiveMessage"));
    expect_body(
        api_post_json(&world, "RemovePermission", TEXT("{\"QueueUrl\":\"q\",\"Label\":\"l\"}")),
        "");
}
END_TEST

// Lists and maps have a name in the plural and one for their elements.
static void expect_names_of_elements(const struct wire_member *member)
{
    static const char *const names[][2] = {
        {"AWSAccountIds", "AWSAccountId"},
        {"Actions", "ActionName"},
        {"AttributeNames", "AttributeName"},
        {"Attributes", "Attribute"},
        {"BinaryListValues", "BinaryListValue"},
        {"Entries", "ChangeMessageVisibilityBatchRequestEntry"},
        {"Entries", "DeleteMessageBatchRequestEntry"},
        {"Entries", "SendMessageBatchRequestEntry"},
        {"Failed", "BatchResultErrorEntry"},
        {"MessageAttributeNames", "MessageAttributeName"},
        {"MessageAttributes", "MessageAttribute"},
        {"MessageSystemAttributeNames", "MessageSystemAttributeName"},
        {"MessageSystemAttributes", "MessageSystemAttribute"},
        {"Messages", "Message"},
        {"QueueUrls", "QueueUrl"},
        {"Results", "ListMessageMoveTasksResultEntry"},
        {"StringListValues", "StringListValue"},
        {"Successful", "ChangeMessageVisibilityBatchResultEntry"},
        {"Successful", "DeleteMessageBatchResultEntry"},
        {"Successful", "SendMessageBatchResultEntry"},
        {"TagKeys", "TagKey"},
        {"Tags", "Tag"},
        {"queueUrls", "QueueUrl"},
        {"tags", "Tag"},
    };
    bool found = false;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        found |= text_equal(member->json, text_of(names[i][0])) &&
                 text_equal(member->query, text_of(names[i][1]));
    ck_assert_msg(found, "%.*s is %.*s in Query", TEXT_ARGUMENTS(member->json),
                  TEXT_ARGUMENTS(member->query));
    if (member->kind == WIRE_TEXT_MAP || member->kind == WIRE_STRUCTURE_MAP)
        ck_assert(text_equal(member->key,
                             text_equal(member->query, TEXT("Tag")) ? TEXT("Key") : TEXT("Name")));
}

static void expect_names(const struct wire_shape *shape)
{
    for (size_t i = 0; shape != NULL && i < shape->count; i++) {
        const struct wire_member *member = &shape->members[i];
        if (member->kind == WIRE_TEXT || member->kind == WIRE_BLOB ||
            member->kind == WIRE_INTEGER || member->kind == WIRE_BOOLEAN)
            ck_assert_msg(text_equal(member->json, member->query), "%.*s is %.*s in Query",
                          TEXT_ARGUMENTS(member->json), TEXT_ARGUMENTS(member->query));
        else
            expect_names_of_elements(member);
        expect_names(member->shape);
    }
}

START_TEST(a_member_has_one_name_in_both_protocols_unless_it_has_elements)
{
    RULES("S-1 S-18");
    for (size_t i = 0; i < sqs_operation_count; i++) {
        expect_names(sqs_operations[i].input);
        expect_names(sqs_operations[i].output);
    }
}
END_TEST

static Suite *sqs_operations_suite(void)
{
    Suite *suite = suite_create("sqs_operations");
    TCase *rows = tcase_create("rows");
    tcase_add_checked_fixture(rows, begin, end);
    tcase_add_test(rows, create_queue);
    tcase_add_test(rows, get_queue_url_and_list_queues);
    tcase_add_test(rows, queue_attributes);
    tcase_add_test(rows, send_message);
    tcase_add_test(rows, receive_message_json);
    tcase_add_test(rows, receive_message_query);
    tcase_add_test(rows, empty_answers);
    tcase_add_test(rows, dead_letter_sources);
    tcase_add_test(rows, send_message_batch);
    tcase_add_test(rows, delete_and_change_one);
    tcase_add_test(rows, delete_and_change_batch);
    tcase_add_test(rows, delete_and_change_batch_query);
    tcase_add_test(rows, tags);
    tcase_add_test(rows, permissions);
    tcase_add_test(rows, a_member_has_one_name_in_both_protocols_unless_it_has_elements);
    suite_add_tcase(suite, rows);
    return suite;
}

CHECK_MAIN(sqs_operations_suite)
