// admin_show -- the reading half of the admin API: queues, mappings, functions, messages without
// receiving them, and the trace. Nothing here changes anything, so all of it is quiet.
#include "emulator/api/admin.h"

#include "emulator/api/api.h"
#include "emulator/metrics.h"
#include "emulator/world.h"
#include "esm/qualifier.h"
#include "queue/base/random.h"

#define MESSAGES_DEFAULT 100
#define MESSAGES_SHOWN_MAX 10000
#define POINTS_DEFAULT 1000
#define POINTS_SHOWN_MAX 10000
#define ANSWER_BYTES_MAX (32u << 20) // bodies may have 1 MiB each: a peek stops growing here

static void append_redrive(struct buffer *body, const struct queue_settings *settings)
{
    if (settings->receive_count_max == 0)
        return;
    json_append_member_string(body, TEXT("deadLetterQueue"), settings->dead_letter.name);
    json_append_member_integer(body, TEXT("maxReceiveCount"), settings->receive_count_max);
}

static void append_queue(struct buffer *body, const struct queue *queue)
{
    const struct queue_settings *settings = queue_settings(queue);
    const struct queue_key *key = queue_key(queue);
    struct queue_counts counts = queue_counts(queue);
    buffer_append_byte(body, '{');
    json_append_member_string(body, TEXT("name"), key->name);
    json_append_member_string(body, TEXT("account"), key->account);
    json_append_member_string(body, TEXT("region"), key->region);
    json_append_member_string(body, TEXT("arn"), queue_arn(queue));
    json_append_member_boolean(body, TEXT("fifo"), settings->fifo);
    json_append_member_integer(body, TEXT("visible"), (int64_t)counts.visible);
    json_append_member_integer(body, TEXT("inFlight"), (int64_t)counts.in_flight);
    json_append_member_integer(body, TEXT("delayed"), (int64_t)counts.delayed);
    json_append_member_integer(body, TEXT("visibilityTimeout"),
                               settings->visibility_timeout_seconds);
    json_append_member_integer(body, TEXT("delaySeconds"), settings->delay_seconds);
    json_append_member_integer(body, TEXT("messageRetentionPeriod"),
                               settings->message_retention_seconds);
    append_redrive(body, settings);
    admin_append_instant(body, TEXT("createdAt"), queue_created_at_ms(queue));
    buffer_append_byte(body, '}');
}

// A comma unless this is the first of the list that was just opened.
static void begin_item(struct buffer *body)
{
    if (body->bytes[body->length - 1] != '[')
        buffer_append_byte(body, ',');
}

void admin_queues(struct request *request)
{
    const struct world *world = request->world;
    struct buffer *body = admin_begin(request);
    buffer_append(body, TEXT("{\"queues\":["));
    struct queue *queue = NULL;
    while ((queue = engine_next_queue(world->engine, queue)) != NULL) {
        begin_item(body);
        append_queue(body, queue);
    }
    buffer_append(body, TEXT("]}"));
    request_finish(request);
}

void admin_mappings(struct request *request)
{
    const struct world *world = request->world;
    struct buffer *body = admin_begin(request);
    buffer_append(body, TEXT("{\"mappings\":["));
    struct mapping *mapping = NULL;
    while ((mapping = esm_next_mapping(world->esm, mapping)) != NULL) {
        const struct mapping_settings *settings = mapping_settings(mapping);
        struct queue_key key;
        begin_item(body);
        buffer_append_byte(body, '{');
        json_append_member_string(body, TEXT("uuid"), mapping_uuid(mapping));
        json_append_member_string(body, TEXT("state"), mapping_state_text(mapping_state(mapping)));
        if (queue_key_from_arn(settings->event_source_arn, &key))
            json_append_member_string(body, TEXT("queue"), key.name);
        json_append_member_string(body, TEXT("eventSourceArn"), settings->event_source_arn);
        json_append_member_string(body, TEXT("function"), settings->function_name);
        json_append_member_integer(body, TEXT("batchSize"), settings->batch_size);
        json_append_member_integer(body, TEXT("batchingWindow"), settings->batching_window_seconds);
        json_append_member_boolean(body, TEXT("reportBatchItemFailures"),
                                   settings->report_batch_item_failures);
        if (settings->maximum_concurrency > 0)
            json_append_member_integer(body, TEXT("maximumConcurrency"),
                                       settings->maximum_concurrency);
        admin_append_instant(body, TEXT("modifiedAt"), mapping_modified_at_ms(mapping));
        buffer_append_byte(body, '}');
    }
    buffer_append(body, TEXT("]}"));
    request_finish(request);
}

static void append_qualifiers(struct buffer *body, const struct world *world, struct text function)
{
    const struct qualifiers *qualifiers = functions_qualifiers(world->functions);
    const cJSON *entry;
    json_append_name(body, TEXT("versions"));
    buffer_append_byte(body, '[');
    cJSON_ArrayForEach(entry, qualifiers_versions(qualifiers, function))
    {
        begin_item(body);
        json_append_string(body, json_member_text(entry, "Version"));
    }
    buffer_append(body, TEXT("],\"aliases\":["));
    cJSON_ArrayForEach(entry, qualifiers_aliases(qualifiers, function))
    {
        begin_item(body);
        buffer_append_byte(body, '{');
        json_append_member_string(body, TEXT("name"), json_member_text(entry, "Name"));
        json_append_member_string(body, TEXT("version"),
                                  json_member_text(entry, "FunctionVersion"));
        buffer_append_byte(body, '}');
    }
    buffer_append_byte(body, ']');
}

void admin_functions(struct request *request)
{
    const struct world *world = request->world;
    struct buffer *body = admin_begin(request);
    buffer_append(body, TEXT("{\"functions\":["));
    struct function *function = NULL;
    while ((function = functions_next(world->functions, function)) != NULL) {
        begin_item(body);
        buffer_append_byte(body, '{');
        json_append_member_string(body, TEXT("name"), function->name);
        json_append_member_string(body, TEXT("arn"), function->arn);
        json_append_member_string(body, TEXT("target"), function->target);
        json_append_member_integer(body, TEXT("timeout"), function->timeout_seconds);
        json_append_member_integer(body, TEXT("memorySize"), function->memory_mb);
        json_append_member_integer(body, TEXT("durationMs"), function->duration_ms);
        if (function->reserved_concurrency != FUNCTION_UNRESERVED)
            json_append_member_integer(body, TEXT("reservedConcurrency"),
                                       function->reserved_concurrency);
        json_append_member_integer(body, TEXT("running"), function->running);
        json_append_member_boolean(body, TEXT("declared"), function->declared);
        append_qualifiers(body, world, function->name);
        buffer_append_byte(body, '}');
    }
    buffer_append(body, TEXT("]}"));
    request_finish(request);
}

void admin_metrics(struct request *request)
{
    bool json = text_equal(admin_parameter(request, TEXT("format")), TEXT("json")) ||
                text_find(request_header(request, TEXT("Accept")), TEXT("application/json"), NULL);
    if (json) {
        metrics_append_json(request->world, admin_begin(request));
    } else {
        request->reply.status = 200;
        reply_header(request, TEXT("Content-Type"),
                     TEXT("text/plain; version=0.0.4; charset=utf-8"));
        metrics_append_text(request->world, &request->reply.body);
    }
    request_finish(request);
}

// ---- messages ----

static struct text phase_text(enum message_phase phase)
{
    switch (phase) {
    case MESSAGE_VISIBLE:
        return TEXT("visible");
    case MESSAGE_DELAYED:
        return TEXT("delayed");
    case MESSAGE_IN_FLIGHT:
        return TEXT("in flight");
    }
    return (struct text){0};
}

static void append_attributes(struct buffer *body, struct text packed)
{
    struct message_attribute attributes[ATTRIBUTES_MAX];
    size_t count = packed.length > 0 ? attributes_unpack(packed, attributes) : 0;
    if (count == 0)
        return;
    json_append_name(body, TEXT("attributes"));
    buffer_append_byte(body, '{');
    for (size_t i = 0; i < count; i++) {
        const struct message_attribute *attribute = &attributes[i];
        json_append_name(body, attribute->name);
        buffer_append_byte(body, '{');
        json_append_member_string(body, TEXT("dataType"), attribute->data_type);
        if (attribute_is_binary(attribute)) {
            json_append_name(body, TEXT("binaryValue"));
            buffer_append_byte(body, '"');
            buffer_append_base64(body, attribute->value.bytes, attribute->value.length);
            buffer_append_byte(body, '"');
        } else {
            json_append_member_string(body, TEXT("stringValue"), attribute->value);
        }
        buffer_append_byte(body, '}');
    }
    buffer_append_byte(body, '}');
}

static void append_if_any(struct buffer *body, struct text name, struct text value)
{
    if (value.length > 0)
        json_append_member_string(body, name, value);
}

struct peek {
    struct buffer *body;
    size_t left_out;
};

static void append_message(void *context, const struct peeked *peeked)
{
    struct peek *peek = context;
    struct buffer *body = peek->body;
    const struct delivery *message = &peeked->delivery;
    if (body->length + message->body.length > ANSWER_BYTES_MAX) {
        peek->left_out++;
        return;
    }
    begin_item(body);
    buffer_append_byte(body, '{');
    json_append_member_string(body, TEXT("messageId"), message->message_id);
    json_append_member_string(body, TEXT("phase"), phase_text(peeked->phase));
    json_append_member_integer(body, TEXT("receiveCount"), message->receive_count);
    admin_append_instant(body, TEXT("availableAt"), peeked->available_at_ms);
    admin_append_instant(body, TEXT("sentAt"), message->sent_at_ms);
    admin_append_instant(body, TEXT("firstReceivedAt"), message->first_received_at_ms);
    append_if_any(body, TEXT("groupId"), message->group_id);
    append_if_any(body, TEXT("deduplicationId"), message->deduplication_id);
    append_if_any(body, TEXT("deadLetterSource"), message->dead_letter_source);
    json_append_member_string(body, TEXT("md5OfBody"), message->body_md5);
    json_append_member_string(body, TEXT("body"), message->body);
    append_attributes(body, message->attributes);
    buffer_append_byte(body, '}');
}

void admin_messages(struct request *request)
{
    struct text name = admin_parameter(request, TEXT("queue"));
    if (name.length == 0)
        name = admin_parameter(request, TEXT("QueueUrl"));
    struct queue *queue = name.length == 0 ? NULL : admin_find_queue(request, name);
    if (queue == NULL) {
        admin_answer_no_queue(request, name);
        return;
    }
    struct queue_counts counts = queue_counts(queue);
    int64_t messages_max =
        admin_parameter_integer(request, TEXT("max"), 1, MESSAGES_SHOWN_MAX, MESSAGES_DEFAULT);
    struct buffer *body = admin_begin(request);
    buffer_append_byte(body, '{');
    json_append_member_string(body, TEXT("queue"), queue_key(queue)->name);
    json_append_member_integer(body, TEXT("present"),
                               (int64_t)(counts.visible + counts.in_flight + counts.delayed));
    json_append_name(body, TEXT("messages"));
    buffer_append_byte(body, '[');
    struct peek peek = {.body = body};
    engine_peek(request->world->engine, queue, (size_t)messages_max, append_message, &peek);
    buffer_append_byte(body, ']');
    if (peek.left_out > 0)
        json_append_member_integer(body, TEXT("leftOut"), (int64_t)peek.left_out);
    buffer_append_byte(body, '}');
    request_finish(request);
}

// ---- trace ----

struct points {
    struct buffer *body;
    size_t left;
    uint64_t last;
    bool more;
};

static bool append_point(void *context, uint64_t number, const struct trace_point *point)
{
    struct points *points = context;
    if (points->left == 0) {
        points->more = true;
        return false;
    }
    points->left--;
    points->last = number;
    begin_item(points->body);
    trace_append_json(points->body, number, point);
    return true;
}

// GET trace/{messageId}, or trace?queue=NAME&after=N&max=N: the points behind number N; next time
// ask for those behind "last".
void admin_trace(struct request *request, struct text message_id)
{
    uint8_t message[UUID_BYTES];
    if (message_id.length > 0 && !uuid_from_text(message_id, message)) {
        api_answer_error(
            request, 400,
            arena_print(request->arena, "%.*s is not a message id", TEXT_ARGUMENTS(message_id)));
        return;
    }
    const struct trace *trace = request->world->trace;
    int64_t after = admin_parameter_integer(request, TEXT("after"), -1, INT64_MAX - 1, -1);
    struct points points = {
        .body = admin_begin(request),
        .left = (size_t)admin_parameter_integer(request, TEXT("max"), 1, POINTS_SHOWN_MAX,
                                                POINTS_DEFAULT),
        .last = after < 0 ? 0 : (uint64_t)after,
    };
    buffer_append(points.body, TEXT("{\"points\":["));
    trace_walk(trace, message_id.length > 0 ? message : NULL,
               admin_parameter(request, TEXT("queue")), (uint64_t)(after + 1), append_point,
               &points);
    buffer_append_byte(points.body, ']');
    json_append_member_integer(points.body, TEXT("last"), (int64_t)points.last);
    json_append_member_boolean(points.body, TEXT("more"), points.more);
    json_append_member_integer(points.body, TEXT("overwritten"), (int64_t)trace_overwritten(trace));
    buffer_append_byte(points.body, '}');
    request_finish(request);
}
