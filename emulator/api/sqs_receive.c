// sqs_receive -- ReceiveMessage: a request that waits in the queue's line.
//
//     api_sqs -> checks -> engine_receive, parked        (a receive never takes a message itself)
//     engine_settle or timeline_step -> done() -> answer
//     client hangs up -> engine_cancel_receive           (else its message would be lost, S-186)
//
// On a manual clock virtual time may never come to the end of a long poll, but the client's own
// time-out does: there the poll also ends, empty, after WaitTimeSeconds of real time.
#include "emulator/api/sqs_handlers.h"
#include "emulator/api/sqs_message_attribute.h"
#include "emulator/api/sqs_shapes.h"
#include "emulator/loop.h"
#include "emulator/world.h"

#define VISIBILITY_SECONDS_MAX 43200
#define WAIT_SECONDS_MAX 20

// A parked ReceiveMessage.
struct receive_operation {
    struct receive receive;
    struct loop_timer real_wait; // set on a manual clock
    bool real_wait_set;
    uint32_t wanted; // system attributes, a bit for each
    struct sqs_call *call;
};

// ---- system attributes ----

enum system_attribute {
    SYSTEM_SENDER_ID,
    SYSTEM_SENT,
    SYSTEM_RECEIVE_COUNT,
    SYSTEM_FIRST_RECEIVE,
    SYSTEM_TRACE_HEADER,
    SYSTEM_GROUP_ID,
    SYSTEM_DEDUPLICATION_ID,
    SYSTEM_SEQUENCE_NUMBER,
    SYSTEM_DEAD_LETTER_SOURCE,
    SYSTEM_COUNT
};

// clang-format off
static const struct text system_names[SYSTEM_COUNT] = {
    [SYSTEM_SENDER_ID] = {"SenderId", 8},
    [SYSTEM_SENT] = {"SentTimestamp", 13},
    [SYSTEM_RECEIVE_COUNT] = {"ApproximateReceiveCount", 23},
    [SYSTEM_FIRST_RECEIVE] = {"ApproximateFirstReceiveTimestamp", 32},
    [SYSTEM_TRACE_HEADER] = {"AWSTraceHeader", 14},
    [SYSTEM_GROUP_ID] = {"MessageGroupId", 14},
    [SYSTEM_DEDUPLICATION_ID] = {"MessageDeduplicationId", 22},
    [SYSTEM_SEQUENCE_NUMBER] = {"SequenceNumber", 14},
    [SYSTEM_DEAD_LETTER_SOURCE] = {"DeadLetterQueueSourceArn", 24},
};
// clang-format on

// Names that ReceiveMessage's AttributeNames also takes, because they name queue attributes in the
// same enumeration of the model, and that select nothing.
static bool is_queue_attribute(struct text name)
{
    return setting_find(name) != NULL || text_starts_with(name, TEXT("ApproximateNumberOf")) ||
           text_equal(name, TEXT("CreatedTimestamp")) ||
           text_equal(name, TEXT("LastModifiedTimestamp")) || text_equal(name, TEXT("QueueArn"));
}

static uint32_t bit_of(struct text name)
{
    if (text_equal(name, TEXT("All")))
        return (1u << SYSTEM_COUNT) - 1;
    for (unsigned i = 0; i < SYSTEM_COUNT; i++) {
        if (text_equal(system_names[i], name))
            return 1u << i;
    }
    return 0;
}

// Adds the names of a list to *wanted; both lists of a request count together (S-164).
static struct fault add_wanted(struct arena *arena, const struct text_list *names, uint32_t *wanted)
{
    for (size_t i = 0; i < names->count; i++) {
        uint32_t bits = bit_of(names->items[i]);
        if (bits == 0 && !is_queue_attribute(names->items[i]))
            return fault_print(arena, FAULT_ATTRIBUTE_NAME, "Unknown Attribute %.*s.",
                               TEXT_ARGUMENTS(names->items[i]));
        *wanted |= bits;
    }
    return FAULT_NO;
}

static struct text integer_text(struct arena *arena, int64_t value)
{
    return arena_print(arena, "%lld", (long long)value);
}

// As returned; the empty text where it does not apply (S-166).
static struct text system_text(struct arena *arena, const struct delivery *delivery,
                               enum system_attribute attribute)
{
    switch (attribute) {
    case SYSTEM_SENDER_ID:
        return delivery->sender_id;
    case SYSTEM_SENT:
        return integer_text(arena, delivery->sent_at_ms);
    case SYSTEM_RECEIVE_COUNT:
        return integer_text(arena, delivery->receive_count);
    case SYSTEM_FIRST_RECEIVE:
        return integer_text(arena, delivery->first_received_at_ms);
    case SYSTEM_TRACE_HEADER:
        return delivery->trace_header;
    case SYSTEM_GROUP_ID:
        return delivery->group_id;
    case SYSTEM_DEDUPLICATION_ID:
        return delivery->deduplication_id;
    case SYSTEM_SEQUENCE_NUMBER:
        return delivery->sequence > 0 ? sqs_sequence_text(arena, delivery->sequence) : TEXT("");
    case SYSTEM_DEAD_LETTER_SOURCE:
        return delivery->dead_letter_source;
    case SYSTEM_COUNT:
        break;
    }
    return TEXT("");
}

static struct pair_list system_attributes_of(struct arena *arena, const struct delivery *delivery,
                                             uint32_t wanted)
{
    if (wanted == 0)
        return (struct pair_list){0};
    struct text_pair *pairs = arena_new_array(arena, struct text_pair, SYSTEM_COUNT);
    size_t count = 0;
    for (unsigned i = 0; i < SYSTEM_COUNT; i++) {
        if ((wanted & 1u << i) == 0)
            continue;
        struct text value = system_text(arena, delivery, (enum system_attribute)i);
        if (value.length > 0)
            pairs[count++] = (struct text_pair){.name = system_names[i], .value = value};
    }
    return (struct pair_list){.items = pairs, .count = count, .present = true};
}

// ---- message attributes ----

static struct attribute_value value_from(const struct message_attribute *attribute)
{
    struct attribute_value value = {.name = attribute->name, .data_type = attribute->data_type};
    if (attribute_is_binary(attribute))
        value.binary_value = attribute->value;
    else
        value.string_value = attribute->value;
    return value;
}

// Those that the request names, and the digest over just them (S-148).
static void select_attributes(struct arena *arena, struct text packed,
                              const struct text_list *names, struct received_message *message)
{
    if (names->count == 0 || packed.length == 0)
        return;
    struct message_attribute attributes[ATTRIBUTES_MAX];
    size_t count = attributes_unpack(packed, attributes);
    struct attribute_value *values = arena_new_array(arena, struct attribute_value, count);
    size_t selected = 0;
    for (size_t i = 0; i < count; i++) {
        if (!message_attribute_is_selected(names, attributes[i].name))
            continue;
        attributes[selected] = attributes[i];
        values[selected++] = value_from(&attributes[i]);
    }
    message->attributes_md5 = message_attributes_md5(arena, attributes, selected);
    message->attributes =
        (struct structure_list){.items = values, .count = selected, .present = true};
}

// ---- the answer ----

static void stop_real_wait(struct receive_operation *operation)
{
    if (operation->real_wait_set)
        loop_timer_cancel(operation->call->world->loop, &operation->real_wait);
    operation->real_wait_set = false;
}

static void fill_message(const struct receive_operation *operation, const struct delivery *delivery,
                         struct received_message *message)
{
    const struct receive_input *input = operation->call->input;
    struct arena *arena = operation->call->arena;
    message->message_id = delivery->message_id;
    message->receipt = delivery->receipt;
    message->body_md5 = delivery->body_md5;
    message->body = delivery->body;
    message->system_attributes = system_attributes_of(arena, delivery, operation->wanted);
    select_attributes(arena, delivery->attributes, &input->message_attribute_names, message);
}

static struct fault fault_from_engine(enum engine_error error)
{
    if (error == ENGINE_QUEUE_DELETED)
        return fault_of(FAULT_QUEUE_DOES_NOT_EXIST);
    return error == ENGINE_OVER_LIMIT ? fault_of(FAULT_OVER_LIMIT) : FAULT_NO;
}

static void receive_done(struct receive *receive, enum engine_error error,
                         const struct delivery *deliveries, size_t count)
{
    struct receive_operation *operation = list_entry(receive, struct receive_operation, receive);
    struct sqs_call *call = operation->call;
    stop_real_wait(operation);
    struct received_message *messages =
        arena_new_array(call->arena, struct received_message, count);
    for (size_t i = 0; i < count; i++)
        fill_message(operation, &deliveries[i], &messages[i]);
    struct receive_output *output = call->output;
    output->messages = (struct structure_list){.items = messages, .count = count, .present = true};
    call->request->quiet = count == 0;
    struct fault fault = fault_from_engine(error);
    sqs_answer(call, &fault);
}

static void receive_cancel(struct request *request)
{
    struct receive_operation *operation = request->operation;
    stop_real_wait(operation);
    engine_cancel_receive(operation->call->world->engine, &operation->receive);
}

// ---- the request ----

static struct fault check_range(struct arena *arena, const char *parameter,
                                const struct wire_integer *given, int64_t least, int64_t most,
                                const char *reason)
{
    if (!given->present || (given->value >= least && given->value <= most))
        return FAULT_NO;
    return fault_print(arena, FAULT_PARAMETER_VALUE,
                       "Value %lld for parameter %s is invalid. Reason: %s",
                       (long long)given->value, parameter, reason);
}

static struct fault check_attempt(struct sqs_call *call, struct text attempt)
{
    if (attempt.bytes != NULL && !queue_settings(call->queue)->fifo)
        return fault_print(call->arena, FAULT_PARAMETER_VALUE,
                           "Value %.*s for parameter ReceiveRequestAttemptId is invalid. Reason: "
                           "The request include parameter that is not valid for this queue type.",
                           TEXT_ARGUMENTS(attempt));
    return sqs_check_id(call->arena, "ReceiveRequestAttemptId", attempt);
}

// S-78 to S-82.
static struct fault check_input(struct sqs_call *call, const struct receive_input *input,
                                uint32_t *wanted)
{
    struct fault fault = check_range(call->arena, "MaxNumberOfMessages", &input->messages_max, 1,
                                     MESSAGES_MAX, "Must be between 1 and 10, if provided.");
    if (fault.kind == FAULT_NONE)
        fault = check_range(call->arena, "WaitTimeSeconds", &input->wait_seconds, 0,
                            WAIT_SECONDS_MAX, "Must be >= 0 and <= 20, if provided.");
    if (fault.kind == FAULT_NONE)
        fault = check_range(call->arena, "VisibilityTimeout", &input->visibility_seconds, 0,
                            VISIBILITY_SECONDS_MAX, "Must be >= 0 and <= 43200, if provided.");
    if (fault.kind == FAULT_NONE)
        fault = add_wanted(call->arena, &input->attribute_names, wanted);
    if (fault.kind == FAULT_NONE)
        fault = add_wanted(call->arena, &input->system_attribute_names, wanted);
    if (fault.kind == FAULT_NONE)
        fault = check_attempt(call, input->attempt);
    return fault;
}

static int64_t given_ms(const struct wire_integer *seconds)
{
    return seconds->present ? seconds->value * 1000 : -1;
}

static void real_wait_over(struct loop_timer *timer)
{
    struct receive_operation *operation = list_entry(timer, struct receive_operation, real_wait);
    operation->real_wait_set = false;
    engine_cancel_receive(operation->call->world->engine, &operation->receive);
    receive_done(&operation->receive, ENGINE_OK, NULL, 0);
}

static void start_real_wait(struct receive_operation *operation)
{
    struct world *world = operation->call->world;
    int64_t wait_ms = operation->receive.wait_ms;
    if (wait_ms < 0)
        wait_ms = queue_settings(operation->call->queue)->receive_wait_seconds * 1000;
    if (world->loop == NULL || wait_ms == 0 || clock_mode(world->clock) != CLOCK_MANUAL)
        return;
    operation->real_wait.fire = real_wait_over;
    operation->real_wait_set = true;
    loop_timer_set(world->loop, &operation->real_wait, wait_ms);
}

struct fault sqs_receive_message(struct sqs_call *call)
{
    const struct receive_input *input = call->input;
    uint32_t wanted = 0;
    struct fault fault = check_input(call, input, &wanted);
    if (fault.kind != FAULT_NONE)
        return fault;
    struct receive_operation *operation = arena_allocate(call->arena, sizeof(*operation));
    operation->call = call;
    operation->wanted = wanted;
    operation->receive.done = receive_done;
    operation->receive.messages_max =
        input->messages_max.present ? (size_t)input->messages_max.value : 1;
    operation->receive.wait_ms = given_ms(&input->wait_seconds);
    operation->receive.visibility_ms = given_ms(&input->visibility_seconds);
    operation->receive.actor = SQS_ACTOR;
    operation->receive.attempt = input->attempt;
    operation->receive.outside = true;
    request_park(call->request, receive_cancel, operation);
    call->request->quiet = true;
    engine_receive(call->world->engine, call->queue, &operation->receive);
    start_real_wait(operation);
    return FAULT_NO;
}
