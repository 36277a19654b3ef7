// Every row of the table of 1.5, in both protocols.
#include "emulator/wire/fault.h"

#include "tests/support/check_main.h"

#include <string.h>

static struct request request;
static size_t finished_count;

static void finished(struct request *of)
{
    ck_assert_ptr_eq(of, &request);
    finished_count++;
}

static void begin(void)
{
    request = (struct request){.arena = arena_new(), .finished = finished};
    memcpy(request.request_id, "00000000-0000-4000-8000-000000000001", 36);
    finished_count = 0;
}

static void end(void)
{
    buffer_deinit(&request.reply.body);
    arena_free(request.arena);
}

static struct text header_of(const char *name)
{
    for (size_t i = 0; i < request.reply.header_count; i++) {
        if (text_equal_ignoring_case(request.reply.headers[i].name, text_of(name)))
            return request.reply.headers[i].value;
    }
    return TEXT("");
}

struct row {
    enum fault_kind kind;
    const char *type;
    const char *code;
    int status;
};

#define SQS "com.amazonaws.sqs#"
#define CORAL "com.amazon.coral.service#"
#define AWS "AWS.SimpleQueueService."

// clang-format off
static const struct row rows[] = {
    {FAULT_QUEUE_DOES_NOT_EXIST, SQS "QueueDoesNotExist", AWS "NonExistentQueue", 400},
    {FAULT_QUEUE_NAME_EXISTS, SQS "QueueNameExists", "QueueAlreadyExists", 400},
    {FAULT_QUEUE_DELETED_RECENTLY, SQS "QueueDeletedRecently", AWS "QueueDeletedRecently", 400},
    {FAULT_PURGE_IN_PROGRESS, SQS "PurgeQueueInProgress", AWS "PurgeQueueInProgress", 403},
    {FAULT_ATTRIBUTE_NAME, SQS "InvalidAttributeName", "InvalidAttributeName", 400},
    {FAULT_ATTRIBUTE_VALUE, SQS "InvalidAttributeValue", "InvalidAttributeValue", 400},
    {FAULT_MESSAGE_CONTENTS, SQS "InvalidMessageContents", "InvalidMessageContents", 400},
    {FAULT_RECEIPT_HANDLE, SQS "ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", 404},
    {FAULT_MESSAGE_NOT_INFLIGHT, SQS "MessageNotInflight", AWS "MessageNotInflight", 400},
    {FAULT_BATCH_EMPTY, SQS "EmptyBatchRequest", AWS "EmptyBatchRequest", 400},
    {FAULT_BATCH_TOO_MANY, SQS "TooManyEntriesInBatchRequest",
        AWS "TooManyEntriesInBatchRequest", 400},
    {FAULT_BATCH_IDS_NOT_DISTINCT, SQS "BatchEntryIdsNotDistinct",
        AWS "BatchEntryIdsNotDistinct", 400},
    {FAULT_BATCH_ID, SQS "InvalidBatchEntryId", AWS "InvalidBatchEntryId", 400},
    {FAULT_BATCH_TOO_LONG, SQS "BatchRequestTooLong", AWS "BatchRequestTooLong", 400},
    {FAULT_UNSUPPORTED, SQS "UnsupportedOperation", AWS "UnsupportedOperation", 400},
    {FAULT_OVER_LIMIT, SQS "OverLimit", "OverLimit", 403},
    {FAULT_RESOURCE_NOT_FOUND, SQS "ResourceNotFoundException", "ResourceNotFoundException", 404},
    {FAULT_ADDRESS, SQS "InvalidAddress", "InvalidAddress", 404},
    {FAULT_SECURITY, SQS "InvalidSecurity", "InvalidSecurity", 403},
    {FAULT_THROTTLED, SQS "RequestThrottled", "RequestThrottled", 403},
    {FAULT_PARAMETER_VALUE, CORAL "InvalidParameterValueException", "InvalidParameterValue", 400},
    {FAULT_PARAMETER_MISSING, CORAL "MissingRequiredParameterException", "MissingParameter", 400},
    {FAULT_SERIALIZATION, CORAL "SerializationException", "MalformedInput", 400},
    {FAULT_UNKNOWN_OPERATION, CORAL "UnknownOperationException", "InvalidAction", 400},
    {FAULT_ACCESS_DENIED, CORAL "AccessDeniedException", "AccessDenied", 403},
    {FAULT_CLIENT_TOKEN, CORAL "UnrecognizedClientException", "InvalidClientTokenId", 403},
    {FAULT_SIGNATURE, CORAL "InvalidSignatureException", "SignatureDoesNotMatch", 403},
    {FAULT_SIGNATURE_INCOMPLETE, CORAL "IncompleteSignatureException", "IncompleteSignature", 400},
};
// clang-format on

START_TEST(every_kind_has_a_row)
{
    ck_assert_uint_eq(sizeof(rows) / sizeof(rows[0]), FAULT_KINDS - 1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_int_eq(rows[i].kind, (int)i + 1);
}
END_TEST

START_TEST(rendered_in_json)
{
    RULES("S-7 S-8 S-9");
    const struct row *row = &rows[_i];
    struct fault fault = fault_with(row->kind, TEXT("a \"b\""));
    fault_answer(&request, WIRE_JSON, &fault);
    ck_assert_uint_eq(finished_count, 1);
    ck_assert_int_eq(request.reply.status, row->status);
    struct text expected =
        arena_print(request.arena, "{\"__type\":\"%s\",\"message\":\"a \\\"b\\\"\"}", row->type);
    ck_assert(text_equal(buffer_text(&request.reply.body), expected));
    expected = arena_print(request.arena, "%s;Sender", row->code);
    ck_assert(text_equal(header_of("x-amzn-query-error"), expected));
    ck_assert(text_equal(header_of("content-type"), TEXT("application/x-amz-json-1.0")));
    ck_assert_uint_eq(header_of("x-amzn-requestid").length, 36);
}
END_TEST

START_TEST(rendered_in_xml)
{
    RULES("S-24 S-25");
    const struct row *row = &rows[_i];
    struct fault fault = fault_with(row->kind, TEXT("a <b>"));
    fault_answer(&request, WIRE_QUERY, &fault);
    ck_assert_int_eq(request.reply.status, row->status);
    struct text expected = arena_print(
        request.arena,
        "<?xml version=\"1.0\"?><ErrorResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/"
        "\"><Error><Type>Sender</Type><Code>%s</Code><Message>a &lt;b&gt;</Message><Detail/>"
        "</Error><RequestId>00000000-0000-4000-8000-000000000001</RequestId></ErrorResponse>",
        row->code);
    ck_assert(text_equal(buffer_text(&request.reply.body), expected));
    ck_assert(text_equal(header_of("content-type"), TEXT("text/xml")));
    ck_assert_uint_eq(header_of("x-amzn-query-error").length, 0);
}
END_TEST

// One text of one error differs by protocol.
START_TEST(texts_of_its_own)
{
    RULES("S-32");
    struct fault fault = fault_of(FAULT_QUEUE_DOES_NOT_EXIST);
    ck_assert(
        text_equal(fault_message(&fault, WIRE_JSON), TEXT("The specified queue does not exist.")));
    ck_assert(text_equal(fault_message(&fault, WIRE_QUERY),
                         TEXT("The specified queue does not exist for this wsdl version.")));
    fault = fault_of(FAULT_BATCH_ID);
    ck_assert(text_equal(fault_message(&fault, WIRE_JSON), fault_message(&fault, WIRE_QUERY)));
    fault = fault_print(request.arena, FAULT_BATCH_ID, "%d", 7);
    ck_assert(text_equal(fault_message(&fault, WIRE_QUERY), TEXT("7")));
    ck_assert(text_equal(fault_shape(FAULT_BATCH_ID), TEXT("InvalidBatchEntryId")));
}
END_TEST

static Suite *fault_suite(void)
{
    Suite *suite = suite_create("fault");
    TCase *tcase = tcase_create("fault");
    int count = sizeof(rows) / sizeof(rows[0]);
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, every_kind_has_a_row);
    tcase_add_loop_test(tcase, rendered_in_json, 0, count);
    tcase_add_loop_test(tcase, rendered_in_xml, 0, count);
    tcase_add_test(tcase, texts_of_its_own);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(fault_suite)
