// sqs_move -- StartMessageMoveTask, ListMessageMoveTasks, CancelMessageMoveTask (4.3).
//
// Queues are named by ARN here, and only those of the request's own region exist; the destination is of
// the source's account. A task handle is
// base64 of {"taskId":"<uuid>","sourceArn":"<arn>"} (S-211): it holds all that is needed to find the
// task, so that nothing has to remember handles.
#include "emulator/api/sqs_move.h"

#include "emulator/api/api.h"
#include "emulator/api/sqs_handlers.h"
#include "emulator/api/sqs_hint.h"
#include "emulator/world.h"
#include "esm/json.h"
#include "queue/base/digest.h"

#define PACE_MAX 500
#define RESULTS_MAX 10

// parameter: SourceArn or DestinationArn (S-212).
// account: the only one in which it may be; empty: any.
static struct fault find_by_arn(struct sqs_call *call, const char *parameter, struct text arn,
                                struct text account, struct queue **ret_queue)
{
    struct queue_key key;
    if (!queue_key_from_arn(arn, &key))
        return fault_print(call->arena, FAULT_PARAMETER_VALUE,
                           "You must use this format to specify the %s: "
                           "arn:<partition>:<service>:<region>:<account-id>:<resource-id>",
                           parameter);
    struct queue *queue = NULL;
    if (text_equal(key.region, api_region(call->request)) &&
        (account.length == 0 || text_equal(key.account, account)))
        queue = engine_find_queue(call->world->engine, &key);
    if (queue == NULL) {
        struct fault fault = fault_print(
            call->arena, FAULT_RESOURCE_NOT_FOUND,
            "The resource that you specified for the %s parameter doesn't exist.", parameter);
        fault.hint = sqs_hint(call->arena, call->world->engine, &key);
        return fault;
    }
    *ret_queue = queue;
    return FAULT_NO;
}

static bool is_dead_letter_queue(const struct sqs_call *call, const struct queue *queue)
{
    const struct engine *engine = call->world->engine;
    for (const struct queue *source = engine_next_queue(engine, NULL); source != NULL;
         source = engine_next_queue(engine, source)) {
        const struct queue_settings *settings = queue_settings(source);
        if (settings->receive_count_max > 0 &&
            queue_key_equal(&settings->dead_letter, queue_key(queue)))
            return true;
    }
    return false;
}

static struct fault check_pace(const struct wire_integer *pace)
{
    if (!pace->present || (pace->value >= 1 && pace->value <= PACE_MAX))
        return FAULT_NO;
    return fault_with(FAULT_PARAMETER_VALUE,
                      TEXT("Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: "
                           "You must enter a number that's between 1 and 500."));
}

static struct fault check_destination(const struct queue *source, const struct queue *destination)
{
    if (source == destination)
        return fault_with(FAULT_PARAMETER_VALUE,
                          TEXT("Source queue arn and destination queue arn cannot be the same."));
    if (destination != NULL && queue_settings(source)->fifo != queue_settings(destination)->fifo)
        return fault_with(FAULT_PARAMETER_VALUE,
                          TEXT("The source queue and destination queue must be of the same queue "
                               "type."));
    return FAULT_NO;
}

static struct text task_handle(struct arena *arena, const uint8_t id[UUID_BYTES],
                               struct text source_arn)
{
    char uuid[UUID_TEXT_BYTES];
    uuid_format(id, uuid);
    struct text plain = arena_print(arena, "{\"taskId\":\"%.*s\",\"sourceArn\":\"%.*s\"}",
                                    UUID_TEXT_BYTES, uuid, TEXT_ARGUMENTS(source_arn));
    return base64_encode(arena, plain);
}

struct fault sqs_start_move_task(struct sqs_call *call)
{
    const struct start_move_input *input = call->input;
    struct start_move_output *output = call->output;
    struct queue *source = NULL;
    struct queue *destination = NULL;
    uint8_t id[UUID_BYTES];
    struct fault fault = find_by_arn(call, "SourceArn", input->source_arn, TEXT(""), &source);
    if (fault.kind == FAULT_NONE && input->destination_arn.length > 0)
        fault = find_by_arn(call, "DestinationArn", input->destination_arn,
                            queue_key(source)->account, &destination);
    if (fault.kind == FAULT_NONE)
        fault = check_pace(&input->messages_per_second);
    if (fault.kind == FAULT_NONE)
        fault = check_destination(source, destination);
    if (fault.kind != FAULT_NONE)
        return fault;
    if (!is_dead_letter_queue(call, source))
        return fault_with(FAULT_PARAMETER_VALUE,
                          TEXT("Source queue must be configured as a Dead Letter Queue."));
    enum move_error error = engine_start_move(call->world->engine, source, destination,
                                              input->messages_per_second.value, id);
    if (error == MOVE_TOO_MANY) // S-218; the sentence is redrive's own
        return fault_print(call->arena, FAULT_OVER_LIMIT,
                           "%d message move tasks are active, maximum allowed is %d.",
                           MOVES_ACTIVE_MAX, MOVES_ACTIVE_MAX);
    if (error != MOVE_OK)
        return fault_with(FAULT_PARAMETER_VALUE,
                          TEXT("There is already a task running. Only one active task is allowed "
                               "for a source queue arn at a given time."));
    output->task_handle = task_handle(call->arena, id, queue_arn(source));
    return FAULT_NO;
}

// ---- list ----

static struct wire_integer integer_of(int64_t value)
{
    return (struct wire_integer){.value = value, .present = true};
}

static struct text failure_text(enum move_failure failure)
{
    switch (failure) {
    case MOVE_NOT_FAILED:
        break;
    case MOVE_NO_QUEUE:
        return fault_code(FAULT_QUEUE_DOES_NOT_EXIST);
    case MOVE_NO_SOURCE:
        return TEXT("CouldNotDetermineMessageSource");
    }
    return (struct text){0};
}

static struct listed_move list_one(struct arena *arena, const struct queue *source,
                                   const struct move_task *task)
{
    struct listed_move listed = {
        .status = move_status_text(task->status),
        .source_arn = queue_arn(source),
        .moved = integer_of((int64_t)task->moved),
        .to_move = integer_of((int64_t)task->to_move),
        .failure = failure_text(task->failure),
        .started_at_ms = integer_of(task->started_at_ms),
    };
    if (task->status == MOVE_RUNNING)
        listed.task_handle = task_handle(arena, task->id, queue_arn(source));
    if (task->destination_arn.length > 0)
        listed.destination_arn = task->destination_arn;
    if (task->messages_per_second > 0)
        listed.messages_per_second = integer_of(task->messages_per_second);
    return listed;
}

struct fault sqs_list_move_tasks(struct sqs_call *call)
{
    const struct list_moves_input *input = call->input;
    struct list_moves_output *output = call->output;
    struct queue *source = NULL;
    struct move_task tasks[RESULTS_MAX];
    const struct wire_integer *results_max = &input->results_max;
    struct fault fault = find_by_arn(call, "SourceArn", input->source_arn, TEXT(""), &source);
    if (fault.kind != FAULT_NONE)
        return fault;
    if (results_max->present && (results_max->value < 1 || results_max->value > RESULTS_MAX))
        return fault_with(
            FAULT_PARAMETER_VALUE,
            TEXT("Value for parameter MaxResults is invalid. Reason: You must enter a "
                 "number that's between 1 and 10."));
    size_t count = engine_list_moves(call->world->engine, source,
                                     results_max->present ? (size_t)results_max->value : 1, tasks);
    struct listed_move *listed = arena_new_array(call->arena, struct listed_move, count);
    for (size_t i = 0; i < count; i++)
        listed[i] = list_one(call->arena, source, &tasks[i]);
    output->results = (struct structure_list){.items = listed, .count = count, .present = true};
    return FAULT_NO;
}

// ---- cancel ----

// The two parts of a handle, in the arena. False if it is not one.
static bool read_handle(struct arena *arena, struct text handle, struct text *ret_task,
                        struct text *ret_source_arn)
{
    struct text plain;
    if (!base64_decode(arena, handle, &plain))
        return false;
    cleanup(json_tree_free) cJSON *tree = json_parse(plain, NULL);
    *ret_task = arena_copy(arena, json_member_text(tree, "taskId"));
    *ret_source_arn = arena_copy(arena, json_member_text(tree, "sourceArn"));
    return ret_task->length > 0 && ret_source_arn->length > 0;
}

struct fault sqs_cancel_move_task(struct sqs_call *call)
{
    const struct cancel_move_input *input = call->input;
    struct cancel_move_output *output = call->output;
    struct text task;
    struct text source_arn;
    struct queue *source = NULL;
    uint8_t id[UUID_BYTES];
    size_t moved = 0;
    if (!read_handle(call->arena, input->task_handle, &task, &source_arn))
        return fault_with(FAULT_PARAMETER_VALUE,
                          TEXT("Value for parameter TaskHandle is invalid."));
    struct fault fault = find_by_arn(call, "SourceArn", source_arn, TEXT(""), &source);
    if (fault.kind != FAULT_NONE)
        return fault;
    enum move_error error = MOVE_UNKNOWN;
    if (uuid_from_text(task, id))
        error = engine_cancel_move(call->world->engine, source, id, &moved);
    if (error == MOVE_UNKNOWN)
        return fault_with(FAULT_RESOURCE_NOT_FOUND, TEXT("Task does not exist."));
    if (error == MOVE_ENDED)
        return fault_with(FAULT_PARAMETER_VALUE, TEXT("Only active tasks can be cancelled."));
    output->moved = integer_of((int64_t)moved);
    return FAULT_NO;
}
