// fault -- AWS's errors as rows.
//
//     JSON    HTTP status, x-amzn-query-error: <code>;Sender
//             {"__type":"<namespace>#<shape>","message":"<text>"}
//     Query   HTTP status
//             <ErrorResponse><Error><Type>Sender</Type><Code><code></Code><Message>...
//
// A row carries both names of an error, because clients of the JSON protocol read the Query code
// from the header and crash without it (S-10).
#include "emulator/wire/fault.h"

#include "emulator/wire/answer.h"
#include "emulator/wire/json_query.h"
#include "emulator/wire/xml_out.h"
#include "esm/json.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

struct fault_row {
    struct text shape;
    bool generic; // coral's namespace instead of SQS's own (S-8)
    struct text code;
    int status;
    struct text message;       // the text where AWS has just one
    struct text query_message; // Query's, if it differs (S-32)
};

// clang-format off
static const struct fault_row fault_rows[FAULT_KINDS] = {
    [FAULT_QUEUE_DOES_NOT_EXIST] = {TEXT("QueueDoesNotExist"), false,
        TEXT("AWS.SimpleQueueService.NonExistentQueue"), 400,
        TEXT("The specified queue does not exist."),
        TEXT("The specified queue does not exist for this wsdl version.")},
    [FAULT_QUEUE_NAME_EXISTS] = {TEXT("QueueNameExists"), false,
        TEXT("QueueAlreadyExists"), 400, {0}, {0}},
    [FAULT_QUEUE_DELETED_RECENTLY] = {TEXT("QueueDeletedRecently"), false,
        TEXT("AWS.SimpleQueueService.QueueDeletedRecently"), 400,
        TEXT("You must wait 60 seconds after deleting a queue before you can create another with "
             "the same name."), {0}},
    [FAULT_PURGE_IN_PROGRESS] = {TEXT("PurgeQueueInProgress"), false,
        TEXT("AWS.SimpleQueueService.PurgeQueueInProgress"), 403, {0}, {0}},
    [FAULT_ATTRIBUTE_NAME] = {TEXT("InvalidAttributeName"), false,
        TEXT("InvalidAttributeName"), 400, {0}, {0}},
    [FAULT_ATTRIBUTE_VALUE] = {TEXT("InvalidAttributeValue"), false,
        TEXT("InvalidAttributeValue"), 400, {0}, {0}},
    [FAULT_MESSAGE_CONTENTS] = {TEXT("InvalidMessageContents"), false,
        TEXT("InvalidMessageContents"), 400,
        TEXT("Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to "
             "#xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"), {0}},
    [FAULT_RECEIPT_HANDLE] = {TEXT("ReceiptHandleIsInvalid"), false,
        TEXT("ReceiptHandleIsInvalid"), 404, {0}, {0}},
    [FAULT_MESSAGE_NOT_INFLIGHT] = {TEXT("MessageNotInflight"), false,
        TEXT("AWS.SimpleQueueService.MessageNotInflight"), 400, {0}, {0}},
    [FAULT_BATCH_EMPTY] = {TEXT("EmptyBatchRequest"), false,
        TEXT("AWS.SimpleQueueService.EmptyBatchRequest"), 400, {0}, {0}},
    [FAULT_BATCH_TOO_MANY] = {TEXT("TooManyEntriesInBatchRequest"), false,
        TEXT("AWS.SimpleQueueService.TooManyEntriesInBatchRequest"), 400, {0}, {0}},
    [FAULT_BATCH_IDS_NOT_DISTINCT] = {TEXT("BatchEntryIdsNotDistinct"), false,
        TEXT("AWS.SimpleQueueService.BatchEntryIdsNotDistinct"), 400, {0}, {0}},
    [FAULT_BATCH_ID] = {TEXT("InvalidBatchEntryId"), false,
        TEXT("AWS.SimpleQueueService.InvalidBatchEntryId"), 400,
        TEXT("A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
             "It can be at most 80 letters long."), {0}},
    [FAULT_BATCH_TOO_LONG] = {TEXT("BatchRequestTooLong"), false,
        TEXT("AWS.SimpleQueueService.BatchRequestTooLong"), 400, {0}, {0}},
    [FAULT_UNSUPPORTED] = {TEXT("UnsupportedOperation"), false,
        TEXT("AWS.SimpleQueueService.UnsupportedOperation"), 400, {0}, {0}},
    [FAULT_OVER_LIMIT] = {TEXT("OverLimit"), false,
        TEXT("OverLimit"), 403,
        TEXT("Too many messages have been received without being deleted.\n"
             "Please delete your received messages or let them timeout before receiving more."),
        {0}},
    [FAULT_RESOURCE_NOT_FOUND] = {TEXT("ResourceNotFoundException"), false,
        TEXT("ResourceNotFoundException"), 404, {0}, {0}},
    [FAULT_ADDRESS] = {TEXT("InvalidAddress"), false, TEXT("InvalidAddress"), 404, {0}, {0}},
    [FAULT_SECURITY] = {TEXT("InvalidSecurity"), false, TEXT("InvalidSecurity"), 403, {0}, {0}},
    [FAULT_THROTTLED] = {TEXT("RequestThrottled"), false, TEXT("RequestThrottled"), 403, {0}, {0}},
    [FAULT_PARAMETER_VALUE] = {TEXT("InvalidParameterValueException"), true,
        TEXT("InvalidParameterValue"), 400, {0}, {0}},
    [FAULT_PARAMETER_MISSING] = {TEXT("MissingRequiredParameterException"), true,
        TEXT("MissingParameter"), 400, {0}, {0}},
    [FAULT_SERIALIZATION] = {TEXT("SerializationException"), true,
        TEXT("MalformedInput"), 400, {0}, {0}},
    [FAULT_UNKNOWN_OPERATION] = {TEXT("UnknownOperationException"), true,
        TEXT("InvalidAction"), 400, {0}, {0}},
    [FAULT_ACCESS_DENIED] = {TEXT("AccessDeniedException"), true,
        TEXT("AccessDenied"), 403, {0}, {0}},
    [FAULT_CLIENT_TOKEN] = {TEXT("UnrecognizedClientException"), true,
        TEXT("InvalidClientTokenId"), 403,
        TEXT("The security token included in the request is invalid."), {0}},
    [FAULT_SIGNATURE] = {TEXT("InvalidSignatureException"), true,
        TEXT("SignatureDoesNotMatch"), 403, {0}, {0}},
    [FAULT_SIGNATURE_INCOMPLETE] = {TEXT("IncompleteSignatureException"), true,
        TEXT("IncompleteSignature"), 400, {0}, {0}},
};
// clang-format on

static const struct fault_row *fault_row(enum fault_kind kind)
{
    assert(kind > FAULT_NONE && kind < FAULT_KINDS);
    return &fault_rows[kind];
}

struct fault fault_print(struct arena *arena, enum fault_kind kind, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    assert(length >= 0);

    size_t size = (size_t)length + 1;
    char *bytes = arena_allocate(arena, size);
    va_start(arguments, format);
    vsnprintf(bytes, size, format, arguments);
    va_end(arguments);
    return fault_with(kind, text_from(bytes, (size_t)length));
}

struct fault fault_of(enum fault_kind kind)
{
    return (struct fault){.kind = kind};
}

struct fault fault_with(enum fault_kind kind, struct text message)
{
    return (struct fault){.kind = kind, .message = message};
}

struct text fault_code(enum fault_kind kind)
{
    return fault_row(kind)->code;
}

struct text fault_shape(enum fault_kind kind)
{
    return fault_row(kind)->shape;
}

int fault_status(enum fault_kind kind)
{
    return fault_row(kind)->status;
}

struct text fault_message(const struct fault *fault, enum wire_protocol protocol)
{
    if (fault->message.length > 0)
        return fault->message;
    const struct fault_row *row = fault_row(fault->kind);
    return protocol == WIRE_QUERY && row->query_message.length > 0 ? row->query_message
                                                                   : row->message;
}

static struct text fault_type(const struct fault_row *row)
{
    return row->status >= 500 ? TEXT("Receiver") : TEXT("Sender");
}

static void answer_json(struct request *request, const struct fault_row *row, struct text message)
{
    struct text type = arena_print(request->arena, "%s#%.*s",
                                   row->generic ? "com.amazon.coral.service" : "com.amazonaws.sqs",
                                   TEXT_ARGUMENTS(row->shape));
    struct text sender = fault_type(row);
    reply_header(request, TEXT("x-amzn-query-error"),
                 arena_print(request->arena, "%.*s;%.*s", TEXT_ARGUMENTS(row->code),
                             TEXT_ARGUMENTS(sender)));
    struct buffer *body = &request->reply.body;
    buffer_append_byte(body, '{');
    json_append_member_string(body, TEXT("__type"), type);
    json_append_member_string(body, TEXT("message"), message);
    buffer_append_byte(body, '}');
}

static void answer_xml(struct request *request, const struct fault_row *row, struct text message)
{
    struct buffer *body = &request->reply.body;
    xml_append_declaration(body);
    buffer_append(body, TEXT("<ErrorResponse xmlns=\"" XML_NAMESPACE "\"><Error>"));
    xml_append_element(body, TEXT("Type"), fault_type(row));
    xml_append_element(body, TEXT("Code"), row->code);
    xml_append_element(body, TEXT("Message"), message);
    buffer_append(body, TEXT("<Detail/></Error>"));
    xml_append_element(body, TEXT("RequestId"),
                       text_from(request->request_id, sizeof(request->request_id)));
    buffer_append(body, TEXT("</ErrorResponse>"));
}

void fault_answer(struct request *request, enum wire_protocol protocol, const struct fault *fault)
{
    const struct fault_row *row = fault_row(fault->kind);
    struct text message = fault_message(fault, protocol);
    request->reply.status = row->status;
    answer_headers(request, protocol);
    if (fault->hint.length > 0)
        reply_header(request, TEXT("x-redrive-hint"), fault->hint);
    if (protocol == WIRE_JSON)
        answer_json(request, row, message);
    else if (json_query_is_wanted(request))
        json_query_error(&request->reply.body, row->code, message, fault_type(row),
                         text_from(request->request_id, sizeof(request->request_id)));
    else
        answer_xml(request, row, message);
    request_finish(request);
}
