// sqs_receipt -- what is done with a receipt handle: DeleteMessage, ChangeMessageVisibility, and
// their batches. What a handle still allows is the engine's knowledge (the table of 3.5); here its
// answer becomes AWS's words.
#include "emulator/api/sqs_batch.h"
#include "emulator/api/sqs_handlers.h"
#include "emulator/world.h"

#define VISIBILITY_SECONDS_MAX 43200

#define DELETE_ENTRY_NAME TEXT("DeleteMessageBatchRequestEntry")
#define CHANGE_ENTRY_NAME TEXT("ChangeMessageVisibilityBatchRequestEntry")

static struct fault handle_reason(struct arena *arena, struct text receipt, const char *reason)
{
    return fault_print(arena, FAULT_PARAMETER_VALUE,
                       "Value %.*s for parameter ReceiptHandle is invalid. Reason: %s",
                       TEXT_ARGUMENTS(receipt), reason);
}

static struct fault fault_from_engine(struct arena *arena, enum engine_error error,
                                      const struct receipt_parameters *message)
{
    struct text receipt = message->receipt;
    switch (error) {
    case ENGINE_OK:
        return FAULT_NO;
    case ENGINE_RECEIPT_INVALID:
        return fault_print(arena, FAULT_RECEIPT_HANDLE,
                           "The input receipt handle \"%.*s\" is not a valid receipt handle.",
                           TEXT_ARGUMENTS(receipt));
    case ENGINE_RECEIPT_OF_OTHER_QUEUE:
        return fault_print(arena, FAULT_RECEIPT_HANDLE,
                           "The receipt handle \"%.*s\" is not valid for this queue.",
                           TEXT_ARGUMENTS(receipt));
    case ENGINE_RECEIPT_EXPIRED:
        return handle_reason(arena, receipt, "The receipt handle has expired.");
    case ENGINE_MESSAGE_GONE:
        return handle_reason(
            arena, receipt,
            "Message does not exist or is not available for visibility timeout change.");
    case ENGINE_VISIBILITY_TOO_LONG:
        return fault_print(arena, FAULT_PARAMETER_VALUE,
                           "Value %lld for parameter VisibilityTimeout is invalid. Reason: Total "
                           "VisibilityTimeout for the message is beyond the limit [43200 seconds]",
                           (long long)message->visibility_seconds.value);
    case ENGINE_QUEUE_DELETED:
        return fault_of(FAULT_QUEUE_DOES_NOT_EXIST);
    case ENGINE_OVER_LIMIT:
        return fault_of(FAULT_OVER_LIMIT);
    }
    return FAULT_NO;
}

// In a batch an expired handle has another code and another text (S-94).
static struct fault entry_fault_from_engine(struct arena *arena, enum engine_error error,
                                            const struct receipt_parameters *message)
{
    if (error == ENGINE_RECEIPT_EXPIRED)
        return fault_with(FAULT_RECEIPT_HANDLE, TEXT("The receipt handle has expired"));
    return fault_from_engine(arena, error, message);
}

// ---- delete ----

static enum engine_error delete_one(struct sqs_call *call, const struct receipt_parameters *message)
{
    return engine_delete(call->world->engine, call->queue, message->receipt, SQS_ACTOR);
}

struct fault sqs_delete_message(struct sqs_call *call)
{
    const struct receipt_input *input = call->input;
    return fault_from_engine(call->arena, delete_one(call, &input->message), &input->message);
}

static struct fault delete_entry(struct sqs_call *call, size_t index, const void *entry,
                                 void *result)
{
    (void)result;
    const struct receipt_parameters *message = entry;
    if (message->receipt.length == 0)
        return batch_missing(call, DELETE_ENTRY_NAME, index, TEXT("ReceiptHandle"));
    return entry_fault_from_engine(call->arena, delete_one(call, message), message);
}

struct fault sqs_delete_message_batch(struct sqs_call *call)
{
    struct fault fault = batch_check(call, DELETE_ENTRY_NAME, DELETE_ENTRY_NAME);
    if (fault.kind == FAULT_NONE)
        batch_act(call, sizeof(struct batch_result), delete_entry);
    return fault;
}

// ---- change visibility ----

// reason: what the text says, which differs in a batch (S-98, S-107).
static struct fault check_visibility(struct arena *arena, int64_t seconds, const char *reason)
{
    if (seconds >= 0 && seconds <= VISIBILITY_SECONDS_MAX)
        return FAULT_NO;
    return fault_print(arena, FAULT_PARAMETER_VALUE,
                       "Value %lld for parameter VisibilityTimeout is invalid. Reason: %s",
                       (long long)seconds, reason);
}

static enum engine_error change_one(struct sqs_call *call, const struct receipt_parameters *message)
{
    return engine_change_visibility(call->world->engine, call->queue, message->receipt,
                                    message->visibility_seconds.value * 1000, SQS_ACTOR);
}

struct fault sqs_change_visibility(struct sqs_call *call)
{
    const struct receipt_input *input = call->input;
    const struct receipt_parameters *message = &input->message;
    struct fault fault = check_visibility(call->arena, message->visibility_seconds.value,
                                          "Must be between 0 and 43200.");
    if (fault.kind != FAULT_NONE)
        return fault;
    return fault_from_engine(call->arena, change_one(call, message), message);
}

static struct fault change_entry(struct sqs_call *call, size_t index, const void *entry,
                                 void *result)
{
    (void)result;
    const struct receipt_parameters *message = entry;
    if (message->receipt.length == 0)
        return batch_missing(call, CHANGE_ENTRY_NAME, index, TEXT("ReceiptHandle"));
    if (!message->visibility_seconds.present)
        return batch_missing(call, CHANGE_ENTRY_NAME, index, TEXT("VisibilityTimeout"));
    struct fault fault =
        check_visibility(call->arena, message->visibility_seconds.value,
                         "VisibilityTimeout must be an integer between 0 and 43200.");
    if (fault.kind != FAULT_NONE)
        return fault;
    return entry_fault_from_engine(call->arena, change_one(call, message), message);
}

struct fault sqs_change_visibility_batch(struct sqs_call *call)
{
    struct fault fault = batch_check(call, CHANGE_ENTRY_NAME, TEXT("ChangeMessageVisibilityBatch"));
    if (fault.kind == FAULT_NONE)
        batch_act(call, sizeof(struct batch_result), change_entry);
    return fault;
}
