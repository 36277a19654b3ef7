// dropin -- the paths by which tests know other local emulators, so that they need not be changed:
// LocalStack's health, state reset and developer endpoint for SQS, moto's reset.
//
// The developer endpoint shows messages without receiving them: no receive is counted, no lease
// begins, and the receipt handle is a word that nobody takes. Delayed messages and those in flight
// are shown on request only (ShowDelayed, ShowInvisible). It answers as ReceiveMessage does: XML,
// or JSON when asked for by Accept or by an SDK that speaks AWS JSON.
#include "emulator/api/admin.h"

#include "emulator/api/api.h"
#include "emulator/wire/xml_out.h"
#include "emulator/world.h"

#include <string.h>

#define MESSAGES_PATH "/_aws/sqs/messages"
#define MESSAGES_SHOWN_MAX 10000
#define ANSWER_BYTES_MAX (32u << 20)
#define SYSTEM_ATTRIBUTES_MAX 9

struct pair {
    struct text name;
    struct text value;
};

// How one list of messages is written; an implementation for each format.
struct dump {
    struct request *request;
    struct buffer *body;
    bool delayed;   // shown too
    bool invisible; // shown too
    void (*append)(struct dump *dump, const struct delivery *message, const struct pair *pairs,
                   size_t pair_count);
};

static struct text number_text(struct arena *arena, int64_t number)
{
    return arena_print(arena, "%lld", (long long)number);
}

// The system attributes of S-165 that this message has.
static size_t system_attributes(struct arena *arena, const struct delivery *message,
                                struct pair ret_pairs[SYSTEM_ATTRIBUTES_MAX])
{
    const struct pair all[SYSTEM_ATTRIBUTES_MAX] = {
        {TEXT("SenderId"), message->sender_id},
        {TEXT("SentTimestamp"), number_text(arena, message->sent_at_ms)},
        {TEXT("ApproximateReceiveCount"), number_text(arena, message->receive_count)},
        {TEXT("ApproximateFirstReceiveTimestamp"),
         message->first_received_at_ms == 0 ? (struct text){0}
                                            : number_text(arena, message->first_received_at_ms)},
        {TEXT("AWSTraceHeader"), message->trace_header},
        {TEXT("MessageGroupId"), message->group_id},
        {TEXT("MessageDeduplicationId"), message->deduplication_id},
        {TEXT("SequenceNumber"),
         message->sequence == 0
             ? (struct text){0}
             : arena_print(arena, "%020llu", (unsigned long long)message->sequence)},
        {TEXT("DeadLetterQueueSourceArn"), message->dead_letter_source},
    };
    size_t count = 0;
    for (size_t i = 0; i < SYSTEM_ATTRIBUTES_MAX; i++) {
        if (all[i].value.length > 0)
            ret_pairs[count++] = all[i];
    }
    return count;
}

// ---- XML ----

static void xml_message_attributes(struct buffer *body, struct text packed)
{
    struct message_attribute attributes[ATTRIBUTES_MAX];
    size_t count = packed.length > 0 ? attributes_unpack(packed, attributes) : 0;
    for (size_t i = 0; i < count; i++) {
        buffer_append(body, TEXT("<MessageAttribute>"));
        xml_append_element(body, TEXT("Name"), attributes[i].name);
        buffer_append(body, TEXT("<Value>"));
        if (attribute_is_binary(&attributes[i])) {
            buffer_append(body, TEXT("<BinaryValue>"));
            buffer_append_base64(body, attributes[i].value.bytes, attributes[i].value.length);
            buffer_append(body, TEXT("</BinaryValue>"));
        } else {
            xml_append_element(body, TEXT("StringValue"), attributes[i].value);
        }
        xml_append_element(body, TEXT("DataType"), attributes[i].data_type);
        buffer_append(body, TEXT("</Value></MessageAttribute>"));
    }
}

static void xml_append(struct dump *dump, const struct delivery *message, const struct pair *pairs,
                       size_t pair_count)
{
    struct buffer *body = dump->body;
    buffer_append(body, TEXT("<Message>"));
    xml_append_element(body, TEXT("MessageId"), message->message_id);
    xml_append_element(body, TEXT("ReceiptHandle"), TEXT("SQS/BACKDOOR/ACCESS"));
    xml_append_element(body, TEXT("MD5OfBody"), message->body_md5);
    xml_append_element(body, TEXT("Body"), message->body);
    for (size_t i = 0; i < pair_count; i++) {
        buffer_append(body, TEXT("<Attribute>"));
        xml_append_element(body, TEXT("Name"), pairs[i].name);
        xml_append_element(body, TEXT("Value"), pairs[i].value);
        buffer_append(body, TEXT("</Attribute>"));
    }
    xml_message_attributes(body, message->attributes);
    buffer_append(body, TEXT("</Message>"));
}

// ---- JSON ----

static void json_message_attributes(struct buffer *body, struct text packed)
{
    struct message_attribute attributes[ATTRIBUTES_MAX];
    size_t count = packed.length > 0 ? attributes_unpack(packed, attributes) : 0;
    if (count == 0)
        return;
    json_append_name(body, TEXT("MessageAttributes"));
    buffer_append_byte(body, '{');
    for (size_t i = 0; i < count; i++) {
        json_append_name(body, attributes[i].name);
        buffer_append_byte(body, '{');
        if (attribute_is_binary(&attributes[i])) {
            json_append_name(body, TEXT("BinaryValue"));
            buffer_append_byte(body, '"');
            buffer_append_base64(body, attributes[i].value.bytes, attributes[i].value.length);
            buffer_append_byte(body, '"');
        } else {
            json_append_member_string(body, TEXT("StringValue"), attributes[i].value);
        }
        json_append_member_string(body, TEXT("DataType"), attributes[i].data_type);
        buffer_append_byte(body, '}');
    }
    buffer_append_byte(body, '}');
}

static void json_append(struct dump *dump, const struct delivery *message, const struct pair *pairs,
                        size_t pair_count)
{
    struct buffer *body = dump->body;
    if (body->bytes[body->length - 1] != '[')
        buffer_append_byte(body, ',');
    buffer_append_byte(body, '{');
    json_append_member_string(body, TEXT("MessageId"), message->message_id);
    json_append_member_string(body, TEXT("ReceiptHandle"), TEXT("SQS/BACKDOOR/ACCESS"));
    json_append_member_string(body, TEXT("MD5OfBody"), message->body_md5);
    json_append_member_string(body, TEXT("Body"), message->body);
    json_append_name(body, TEXT("Attributes"));
    buffer_append_byte(body, '{');
    for (size_t i = 0; i < pair_count; i++)
        json_append_member_string(body, pairs[i].name, pairs[i].value);
    buffer_append_byte(body, '}');
    json_message_attributes(body, message->attributes);
    buffer_append_byte(body, '}');
}

// ---- the developer endpoint ----

static void show_message(void *context, const struct peeked *peeked)
{
    struct dump *dump = context;
    if ((peeked->phase == MESSAGE_DELAYED && !dump->delayed) ||
        (peeked->phase == MESSAGE_IN_FLIGHT && !dump->invisible) ||
        dump->body->length + peeked->delivery.body.length > ANSWER_BYTES_MAX)
        return;
    struct pair pairs[SYSTEM_ATTRIBUTES_MAX];
    size_t count = system_attributes(dump->request->arena, &peeked->delivery, pairs);
    dump->append(dump, &peeked->delivery, pairs, count);
}

static void answer_json(struct dump *dump, struct queue *queue)
{
    struct request *request = dump->request;
    dump->append = json_append;
    dump->body = admin_begin(request);
    buffer_append(dump->body, TEXT("{\"Messages\":["));
    engine_peek(request->world->engine, queue, MESSAGES_SHOWN_MAX, show_message, dump);
    buffer_append(dump->body, TEXT("]}"));
    request_finish(request);
}

static void answer_xml(struct dump *dump, struct queue *queue)
{
    struct request *request = dump->request;
    dump->append = xml_append;
    dump->body = &request->reply.body;
    request->reply.status = 200;
    reply_header(request, TEXT("Content-Type"), TEXT("text/xml"));
    xml_append_declaration(dump->body);
    buffer_append(dump->body, TEXT("<ReceiveMessageResponse xmlns=\"" XML_NAMESPACE "\">"
                                   "<ReceiveMessageResult>"));
    engine_peek(request->world->engine, queue, MESSAGES_SHOWN_MAX, show_message, dump);
    buffer_append(dump->body, TEXT("</ReceiveMessageResult><ResponseMetadata>"));
    xml_append_element(dump->body, TEXT("RequestId"),
                       text_from(request->request_id, sizeof(request->request_id)));
    buffer_append(dump->body, TEXT("</ResponseMetadata></ReceiveMessageResponse>"));
    request_finish(request);
}

static bool is_true(struct text value)
{
    return text_equal_ignoring_case(value, TEXT("true")) || text_equal(value, TEXT("1"));
}

static void show_messages(struct request *request)
{
    bool speaks_json = request_header(request, TEXT("X-Amz-Target")).length > 0;
    cleanup(json_tree_free) cJSON *input = speaks_json ? json_parse(request->body, NULL) : NULL;
    struct form form = {0};
    if (!form_parse(request->arena, speaks_json ? (struct text){0} : request->body, request->query,
                    &form)) {
        api_answer_error(request, 400, TEXT("the parameters are not a form"));
        return;
    }
    struct text name = form_find(&form, TEXT("QueueUrl"));
    if (name.length == 0 && input != NULL)
        name = json_member_text(input, "QueueUrl");
    if (name.length == 0) // .../us-east-1/000000000000/orders
        name = text_skip(request->path, strlen(MESSAGES_PATH));
    struct queue *queue = name.length == 0 ? NULL : admin_find_queue(request, name);
    if (queue == NULL) {
        admin_answer_no_queue(request, arena_copy(request->arena, name));
        return;
    }
    struct dump dump = {
        .request = request,
        .delayed = is_true(form_find(&form, TEXT("ShowDelayed"))),
        .invisible = is_true(form_find(&form, TEXT("ShowInvisible"))),
    };
    if (speaks_json ||
        text_find(request_header(request, TEXT("Accept")), TEXT("application/json"), NULL))
        answer_json(&dump, queue);
    else
        answer_xml(&dump, queue);
}

static void show_health(struct request *request)
{
    struct buffer *body = admin_begin(request);
    buffer_append(body, TEXT("{\"services\":{\"sqs\":\"running\",\"lambda\":\"running\"},"
                             "\"edition\":\"redrive\",\"version\":\"" REDRIVE_VERSION "\"}"));
    request_finish(request);
}

void api_dropin(struct request *request)
{
    bool reads = text_equal(request->method, TEXT("GET"));
    bool posts = text_equal(request->method, TEXT("POST"));
    if (text_starts_with(request->path, TEXT(MESSAGES_PATH)) && (reads || posts)) {
        request->quiet = true;
        show_messages(request);
    } else if (text_equal(request->path, TEXT("/_localstack/health")) && reads) {
        request->quiet = true;
        show_health(request);
    } else if (posts && (text_equal(request->path, TEXT("/moto-api/reset")) ||
                         text_equal(request->path, TEXT("/_localstack/state/reset")))) {
        admin_reset(request->world);
        buffer_append(admin_begin(request), TEXT("{\"status\":\"ok\"}"));
        request_finish(request);
    } else {
        api_answer_error(request, 404, TEXT("there is no such path"));
    }
}
