// sqs_batch -- a batch is one request with up to ten fates.
//
//     whole request  S-63: entries, count, ids, distinct ids   -> HTTP 400, nothing is done
//     each entry     its own fault                             -> Failed, HTTP 200 (S-74)
//
// Entries and results of every kind begin with their Id.
#include "emulator/api/sqs_batch.h"

#define ID_BYTES_MAX 80

const struct wire_shape *batch_entry_shape(const struct sqs_call *call)
{
    const struct wire_shape *input = call->operation->input;
    return input->members[input->count - 1].shape;
}

static const struct structure_list *entries_of(const struct sqs_call *call)
{
    return &((const struct batch_input *)call->input)->entries;
}

static struct text id_of(const struct sqs_call *call, size_t index)
{
    return *(const struct text *)structure_at(entries_of(call), batch_entry_shape(call), index);
}

static bool id_is_valid(struct text id)
{
    for (size_t i = 0; i < id.length; i++) {
        char byte = id.bytes[i];
        bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        bool digit = byte >= '0' && byte <= '9';
        if (!letter && !digit && byte != '-' && byte != '_')
            return false;
    }
    return id.length > 0 && id.length <= ID_BYTES_MAX;
}

struct fault batch_missing(struct sqs_call *call, struct text entry_name, size_t index,
                           struct text member)
{
    return fault_print(call->arena, FAULT_PARAMETER_MISSING,
                       "The request must contain the parameter %.*s.%zu.%.*s.",
                       TEXT_ARGUMENTS(entry_name), index + 1, TEXT_ARGUMENTS(member));
}

static struct fault check_ids(struct sqs_call *call, struct text entry_name, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct text id = id_of(call, i);
        if (id.bytes == NULL)
            return batch_missing(call, entry_name, i, TEXT("Id"));
        if (!id_is_valid(id))
            return fault_of(FAULT_BATCH_ID);
    }
    for (size_t i = 1; i < count; i++) {
        struct text id = id_of(call, i);
        for (size_t earlier = 0; earlier < i; earlier++) {
            if (text_equal(id_of(call, earlier), id))
                return fault_print(call->arena, FAULT_BATCH_IDS_NOT_DISTINCT, "Id %.*s repeated.",
                                   TEXT_ARGUMENTS(id));
        }
    }
    return FAULT_NO;
}

struct fault batch_check(struct sqs_call *call, struct text entry_name, struct text empty_name)
{
    size_t count = entries_of(call)->count;
    if (count == 0)
        return fault_print(call->arena, FAULT_BATCH_EMPTY,
                           "There should be at least one %.*s in the request.",
                           TEXT_ARGUMENTS(empty_name));
    if (count > BATCH_ENTRIES_MAX)
        return fault_print(call->arena, FAULT_BATCH_TOO_MANY,
                           "Maximum number of entries per request are %d. You have sent %zu.",
                           BATCH_ENTRIES_MAX, count);
    return check_ids(call, entry_name, count);
}

static struct batch_error batch_error_from(struct sqs_call *call, struct text id,
                                           const struct fault *fault)
{
    return (struct batch_error){
        .id = id,
        .sender_fault = fault_status(fault->kind) < 500,
        .code = fault_code(fault->kind),
        .message = fault_message(fault, call->protocol),
    };
}

void batch_act(struct sqs_call *call, size_t result_bytes,
               struct fault (*act)(struct sqs_call *call, size_t index, const void *entry,
                                   void *result))
{
    const struct structure_list *entries = entries_of(call);
    const struct wire_shape *shape = batch_entry_shape(call);
    struct batch_output *output = call->output;
    char *results = arena_allocate(call->arena, result_bytes * entries->count);
    struct batch_error *errors = arena_new_array(call->arena, struct batch_error, entries->count);
    size_t result_count = 0;
    size_t error_count = 0;
    for (size_t i = 0; i < entries->count; i++) {
        void *result = results + result_count * result_bytes;
        struct fault fault = act(call, i, structure_at(entries, shape, i), result);
        if (fault.kind == FAULT_NONE) {
            *(struct text *)result = id_of(call, i);
            result_count++;
        } else {
            errors[error_count++] = batch_error_from(call, id_of(call, i), &fault);
        }
    }
    output->successful =
        (struct structure_list){.items = results, .count = result_count, .present = true};
    output->failed =
        (struct structure_list){.items = errors, .count = error_count, .present = true};
}
