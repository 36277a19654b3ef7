// sqs_send -- SendMessage and SendMessageBatch.
//
// The order of checks is that of S-62 for one message (body, group and deduplication id, delay,
// attributes, characters, size) and of S-63 for a batch: what concerns the whole request first,
// then each entry on its own. Some faults have other texts, or another code, in a batch (S-68,
// S-71, S-73); those differences stand here side by side.
#include "emulator/api/api.h"
#include "emulator/api/sqs_batch.h"
#include "emulator/api/sqs_handlers.h"
#include "emulator/api/sqs_message_attribute.h"
#include "emulator/world.h"
#include "queue/base/utf8.h"

#define DELAY_SECONDS_MAX 900
#define BATCH_BYTES_MAX 1048576 // whatever the queue's MaximumMessageSize (S-67)

#define ENTRY_NAME TEXT("SendMessageBatchRequestEntry")

// ---- group and deduplication ids ----

// A FIFO queue's ids: group before deduplication (S-57 to S-59). missing_group: how a missing group
// id is called, which differs in a batch (S-71).
static struct fault check_fifo_ids(struct sqs_call *call, const struct send_parameters *message,
                                   enum fault_kind missing_group)
{
    if (message->group_id.bytes == NULL)
        return fault_with(missing_group,
                          TEXT("The request must contain the parameter MessageGroupId."));
    struct fault fault = sqs_check_id(call->arena, "MessageGroupId", message->group_id);
    if (fault.kind != FAULT_NONE)
        return fault;
    if (message->deduplication_id.bytes == NULL &&
        !queue_settings(call->queue)->content_based_deduplication)
        return fault_with(FAULT_PARAMETER_VALUE,
                          TEXT("The queue should either have ContentBasedDeduplication enabled or "
                               "MessageDeduplicationId provided explicitly"));
    return sqs_check_id(call->arena, "MessageDeduplicationId", message->deduplication_id);
}

// S-53: no delay of its own for a message of a FIFO queue; 0 means "not given".
static struct fault check_fifo_delay(struct sqs_call *call, const struct send_parameters *message)
{
    if (!message->delay_seconds.present || message->delay_seconds.value == 0)
        return FAULT_NO;
    return fault_print(call->arena, FAULT_PARAMETER_VALUE,
                       "Value %lld for parameter DelaySeconds is invalid. Reason: The request "
                       "include parameter that is not valid for this queue type.",
                       (long long)message->delay_seconds.value);
}

static struct fault check_fifo(struct sqs_call *call, const struct send_parameters *message,
                               enum fault_kind missing_group)
{
    struct fault fault = check_fifo_ids(call, message, missing_group);
    return fault.kind != FAULT_NONE ? fault : check_fifo_delay(call, message);
}

static struct fault check_delay(struct sqs_call *call, const struct send_parameters *message)
{
    int64_t delay_seconds = message->delay_seconds.value;
    if (delay_seconds >= 0 && delay_seconds <= DELAY_SECONDS_MAX)
        return FAULT_NO;
    return fault_print(call->arena, FAULT_PARAMETER_VALUE,
                       "Value %lld for parameter DelaySeconds is invalid. Reason: DelaySeconds "
                       "must be >= 0 and <= 900.",
                       (long long)delay_seconds);
}

// ---- one message, whether alone or in a batch ----

// The attributes of a message that passed all checks.
struct checked_message {
    struct checked_attributes attributes;
    struct checked_attributes system_attributes;
};

static size_t size_bytes(const struct send_parameters *message)
{
    return message->body.length + message_attributes_size_bytes(&message->attributes);
}

// Attributes, characters, size. shorter: the beginning of the text about the size, which differs in
// a batch (S-50, S-68).
static struct fault check_contents(struct sqs_call *call, const struct send_parameters *message,
                                   const char *shorter, struct checked_message *ret_checked)
{
    struct checked_message checked = {0};
    struct fault fault =
        message_attributes_check(call->arena, &message->attributes, &checked.attributes);
    if (fault.kind == FAULT_NONE)
        fault = message_system_attributes_check(call->arena, &message->system_attributes,
                                                &checked.system_attributes);
    if (fault.kind != FAULT_NONE)
        return fault;
    if (!utf8_is_sqs_text(message->body))
        return fault_of(FAULT_MESSAGE_CONTENTS);
    int64_t bytes_max = queue_settings(call->queue)->maximum_message_bytes;
    if (size_bytes(message) > (size_t)bytes_max)
        return fault_print(call->arena, FAULT_PARAMETER_VALUE,
                           "%s Reason: Message must be shorter than %lld bytes.", shorter,
                           (long long)bytes_max);
    *ret_checked = checked;
    return FAULT_NO;
}

// The message's own AWSTraceHeader, else that of the HTTP request (S-163).
static struct text trace_header_of(const struct sqs_call *call,
                                   const struct checked_message *checked)
{
    if (checked->system_attributes.count > 0)
        return checked->system_attributes.items[0].value;
    struct text header = request_header(call->request, TEXT("X-Amzn-Trace-Id"));
    return utf8_is_sqs_text(header) ? header : TEXT("");
}

static struct text copy_of(struct arena *arena, const char *bytes, size_t length)
{
    return arena_copy(arena, text_from(bytes, length));
}

static void fill_result(struct sqs_call *call, const struct checked_message *checked,
                        const struct sent *sent, struct send_result *result)
{
    result->message_id = copy_of(call->arena, sent->message_id, sizeof(sent->message_id));
    result->body_md5 = copy_of(call->arena, sent->body_md5, sizeof(sent->body_md5));
    result->attributes_md5 =
        message_attributes_md5(call->arena, checked->attributes.items, checked->attributes.count);
    result->system_attributes_md5 = message_attributes_md5(
        call->arena, checked->system_attributes.items, checked->system_attributes.count);
    if (sent->sequence > 0)
        result->sequence_number = sqs_sequence_text(call->arena, sent->sequence);
}

static void send_one(struct sqs_call *call, const struct send_parameters *message,
                     const struct checked_message *checked, struct send_result *result)
{
    cleanup(buffer_deinit) struct buffer packed = {0};
    attributes_pack(&packed, checked->attributes.items, checked->attributes.count);
    struct send send = {
        .body = message->body,
        .attributes = buffer_text(&packed),
        .sender_id = api_sender_id(call->request),
        .trace_header = trace_header_of(call, checked),
        .group_id = message->group_id,
        .deduplication_id = message->deduplication_id,
        .delay_ms = message->delay_seconds.present ? message->delay_seconds.value * 1000 : -1,
    };
    struct sent sent;
    engine_send(call->world->engine, call->queue, &send, &sent);
    world_changed(call->world);
    fill_result(call, checked, &sent, result);
}

struct fault sqs_send_message(struct sqs_call *call)
{
    const struct send_message_input *input = call->input;
    const struct send_parameters *message = &input->message;
    struct fault fault;
    if (queue_settings(call->queue)->fifo)
        fault = check_fifo(call, message, FAULT_PARAMETER_MISSING);
    else
        fault = sqs_check_id(call->arena, "MessageGroupId", message->group_id);
    if (fault.kind != FAULT_NONE)
        return fault;
    if (!queue_settings(call->queue)->fifo && message->deduplication_id.bytes != NULL)
        return fault_print(call->arena, FAULT_PARAMETER_VALUE,
                           "Value %.*s for parameter MessageDeduplicationId is invalid. Reason: "
                           "The request include parameter that is not valid for this queue type.",
                           TEXT_ARGUMENTS(message->deduplication_id));
    struct checked_message checked = {0};
    fault = check_delay(call, message);
    if (fault.kind == FAULT_NONE)
        fault = check_contents(call, message, "One or more parameters are invalid.", &checked);
    if (fault.kind != FAULT_NONE)
        return fault;
    send_one(call, message, &checked, call->output);
    return FAULT_NO;
}

// ---- batches ----

static struct fault check_batch_size(struct sqs_call *call, const struct structure_list *entries)
{
    const struct send_parameters *messages = entries->items;
    size_t bytes = 0;
    for (size_t i = 0; i < entries->count; i++)
        bytes += size_bytes(&messages[i]);
    if (bytes <= BATCH_BYTES_MAX)
        return FAULT_NO;
    return fault_print(call->arena, FAULT_BATCH_TOO_LONG,
                       "Batch requests cannot be longer than %d bytes. You have sent %zu bytes.",
                       BATCH_BYTES_MAX, bytes);
}

// On a FIFO queue one bad entry fails the whole request (S-71, S-72).
static struct fault check_batch_fifo(struct sqs_call *call, const struct structure_list *entries)
{
    const struct send_parameters *messages = entries->items;
    for (size_t i = 0; i < entries->count; i++) {
        struct fault fault = check_fifo(call, &messages[i], FAULT_PARAMETER_VALUE);
        if (fault.kind != FAULT_NONE)
            return fault;
    }
    return FAULT_NO;
}

static struct fault check_standard_entry(struct sqs_call *call,
                                         const struct send_parameters *message)
{
    if (message->deduplication_id.bytes != NULL)
        return fault_with(FAULT_PARAMETER_VALUE,
                          TEXT("The request include parameter that is not valid for this queue "
                               "type"));
    struct fault fault = sqs_check_id(call->arena, "MessageGroupId", message->group_id);
    return fault.kind != FAULT_NONE ? fault : check_delay(call, message);
}

static struct fault send_entry(struct sqs_call *call, size_t index, const void *entry, void *result)
{
    const struct send_parameters *message = entry;
    if (message->body.length == 0)
        return batch_missing(call, ENTRY_NAME, index, TEXT("MessageBody"));
    struct fault fault = FAULT_NO;
    if (!queue_settings(call->queue)->fifo)
        fault = check_standard_entry(call, message);
    struct checked_message checked = {0};
    if (fault.kind == FAULT_NONE)
        fault =
            check_contents(call, message, "One or more parameters cannot be validated.", &checked);
    if (fault.kind == FAULT_NONE)
        send_one(call, message, &checked, result);
    return fault;
}

struct fault sqs_send_message_batch(struct sqs_call *call)
{
    const struct batch_input *input = call->input;
    struct fault fault = batch_check(call, ENTRY_NAME, ENTRY_NAME);
    if (fault.kind == FAULT_NONE)
        fault = check_batch_size(call, &input->entries);
    if (fault.kind == FAULT_NONE && queue_settings(call->queue)->fifo)
        fault = check_batch_fifo(call, &input->entries);
    if (fault.kind == FAULT_NONE)
        batch_act(call, sizeof(struct send_result), send_entry);
    return fault;
}
