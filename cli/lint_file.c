// lint_file -- a template, a scenario or a config, as redrive lint looks at it.
//
// The reader of all three collects the resources, so that everybody understands the same templates. Nothing is
// built and no program is started. A value that only the deployment knows (a parameter without Default, an
// Fn::If) is unknown here, and no reason to stop.
#include "cli/lint.h"
#include "cli/stack.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static_assert(STACK_RESOURCES_MAX <= LINT_MAX, "a model holds a whole file");

#define VISIBILITY_DEFAULT 30
#define RETENTION_DEFAULT 345600
#define TIMEOUT_DEFAULT 3
#define BATCH_SIZE_DEFAULT 10

// The property without functions, owned by the caller; NULL if it is absent or not known here.
static cJSON *resolved(struct stack *stack, const cJSON *properties, const char *name)
{
    const cJSON *member = tree_member(properties, name);
    if (member == NULL)
        return NULL;
    cJSON *value = template_resolve(stack, member);
    stack->fault = (struct text){0};
    return value;
}

static int64_t number_property(struct stack *stack, const cJSON *properties, const char *name,
                               int64_t fallback)
{
    if (tree_member(properties, name) == NULL)
        return fallback;
    cleanup(cJSON_Delete) cJSON *value = resolved(stack, properties, name);
    int64_t number;
    return value != NULL && text_to_integer(node_text(value), &number) ? number : LINT_UNKNOWN;
}

static struct text last_part(struct text arn)
{
    struct text left;
    while (text_cut(arn, ':', &left, &arn))
        continue;
    return arn;
}

static void take_policy(struct stack *stack, const struct stack_queue *from,
                        struct lint_queue *queue)
{
    queue->redrives = tree_member(from->properties, "RedrivePolicy") != NULL;
    queue->receive_count_max = LINT_UNKNOWN;
    cleanup(cJSON_Delete) cJSON *policy = resolved(stack, from->properties, "RedrivePolicy");
    struct text written = node_text(policy);
    if (written.length > 0) {
        cJSON *parsed = cJSON_ParseWithLength(written.bytes, written.length);
        cJSON_Delete(policy);
        policy = parsed;
        if (cJSON_IsNumber(tree_member(policy, "maxReceiveCount")))
            queue->receive_count_max = tree_integer(policy, "maxReceiveCount");
    } else if (policy != NULL) {
        queue->receive_count_max = number_property(stack, policy, "maxReceiveCount", LINT_UNKNOWN);
    }
    struct text name = last_part(tree_text(policy, "deadLetterTargetArn"));
    const struct stack_queue *dead = stack_find_queue(stack, arena_copy(stack->arena, name));
    if (dead != NULL)
        queue->dead_letter = dead->name;
}

static void take_queue(struct stack *stack, const struct stack_queue *from,
                       struct lint_model *model)
{
    struct lint_queue *queue = &model->queues[model->queue_count++];
    *queue = (struct lint_queue){
        .name = from->name,
        .line = node_place(from->node).line,
        .fifo = text_ends_with(from->name, TEXT(".fifo")),
        .visibility_seconds =
            number_property(stack, from->properties, "VisibilityTimeout", VISIBILITY_DEFAULT),
        .retention_seconds =
            number_property(stack, from->properties, "MessageRetentionPeriod", RETENTION_DEFAULT),
    };
    take_policy(stack, from, queue);
}

// Of the function itself, or of SAM's Globals.
static int64_t function_number(struct stack *stack, const struct stack_function *function,
                               const char *name, int64_t fallback)
{
    const cJSON *globals = tree_member(tree_member(stack->template_root, "Globals"), "Function");
    int64_t global = number_property(stack, globals, name, fallback);
    return number_property(stack, function->properties, name, global);
}

static void take_mapping(struct stack *stack, const struct stack_mapping *from,
                         struct lint_model *model)
{
    struct lint_mapping *mapping = &model->mappings[model->mapping_count++];
    *mapping = (struct lint_mapping){
        .name = from->id,
        .line = node_place(from->node).line,
        .queue = from->queue->name,
        .function = from->function->name,
        .timeout_seconds = function_number(stack, from->function, "Timeout", TIMEOUT_DEFAULT),
        .reserved_concurrency =
            function_number(stack, from->function, "ReservedConcurrentExecutions", LINT_UNKNOWN),
        .maximum_concurrency = number_property(stack, tree_member(from->input, "ScalingConfig"),
                                               "MaximumConcurrency", LINT_UNKNOWN),
        .batch_size = number_property(stack, from->input, "BatchSize", BATCH_SIZE_DEFAULT),
        .window_seconds = number_property(stack, from->input, "MaximumBatchingWindowInSeconds", 0),
    };
    const cJSON *type;
    cJSON_ArrayForEach(type, tree_member(from->input, "FunctionResponseTypes"))
    {
        if (text_equal(node_text(type), TEXT("ReportBatchItemFailures")))
            mapping->reports = true;
    }
}

static bool read_file(struct stack *stack)
{
    if (!stack_read(stack))
        return false;
    const cJSON *root = stack->root;
    return stack->template_root != NULL || cJSON_IsObject(tree_member(root, "resources")) ||
           tree_member(root, "template") != NULL ||
           stack_fault(stack, NULL,
                       "it is neither a template (Resources) nor a scenario or a config "
                       "(resources)");
}

bool lint_read_file(struct lint_model *model, const char *file, struct text *ret_reason)
{
    cleanup_free struct stack *stack = allocate(sizeof(*stack));
    stack_init(stack, model->arena, file, "file");
    bool collected = read_file(stack) && stack_collect(stack);
    if (collected) {
        for (size_t i = 0; i < stack->queue_count; i++)
            take_queue(stack, &stack->queues[i], model);
        for (size_t i = 0; i < stack->mapping_count; i++)
            take_mapping(stack, &stack->mappings[i], model);
        // The names lie in the document.
        for (size_t i = 0; i < model->queue_count; i++)
            model->queues[i].name = arena_copy(model->arena, model->queues[i].name);
        for (size_t i = 0; i < model->queue_count; i++)
            model->queues[i].dead_letter = arena_copy(model->arena, model->queues[i].dead_letter);
        for (size_t i = 0; i < model->mapping_count; i++) {
            struct lint_mapping *mapping = &model->mappings[i];
            mapping->name = arena_copy(model->arena, mapping->name);
            mapping->queue = arena_copy(model->arena, mapping->queue);
            mapping->function = arena_copy(model->arena, mapping->function);
        }
    } else {
        *ret_reason = stack->fault;
    }
    stack_deinit(stack);
    return collected;
}
