// scenario_lint -- a template, or a scenario, as redrive lint looks at it.
//
// The scenario's own reader collects the resources, so that both understand the same templates. Nothing is
// built and no program is started. A value that only the deployment knows (a parameter without Default, an
// Fn::If) is unknown here, and no reason to stop.
#include "cli/lint.h"
#include "cli/scenario.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static_assert(SCENARIO_RESOURCES_MAX <= LINT_MAX, "a model holds a whole scenario");

#define VISIBILITY_DEFAULT 30
#define RETENTION_DEFAULT 345600
#define TIMEOUT_DEFAULT 3
#define BATCH_SIZE_DEFAULT 10

// The property without functions, owned by the caller; NULL if it is absent or not known here.
static cJSON *resolved(struct scenario *scenario, const cJSON *properties, const char *name)
{
    const cJSON *member = tree_member(properties, name);
    if (member == NULL)
        return NULL;
    cJSON *value = template_resolve(scenario, member);
    scenario->fault = (struct text){0};
    return value;
}

static int64_t number_property(struct scenario *scenario, const cJSON *properties, const char *name,
                               int64_t fallback)
{
    if (tree_member(properties, name) == NULL)
        return fallback;
    cleanup(cJSON_Delete) cJSON *value = resolved(scenario, properties, name);
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

static void take_policy(struct scenario *scenario, const struct scenario_queue *from,
                        struct lint_queue *queue)
{
    queue->redrives = tree_member(from->properties, "RedrivePolicy") != NULL;
    queue->receive_count_max = LINT_UNKNOWN;
    cleanup(cJSON_Delete) cJSON *policy = resolved(scenario, from->properties, "RedrivePolicy");
    struct text written = node_text(policy);
    if (written.length > 0) {
        cJSON *parsed = cJSON_ParseWithLength(written.bytes, written.length);
        cJSON_Delete(policy);
        policy = parsed;
        if (cJSON_IsNumber(tree_member(policy, "maxReceiveCount")))
            queue->receive_count_max = tree_integer(policy, "maxReceiveCount");
    } else if (policy != NULL) {
        queue->receive_count_max =
            number_property(scenario, policy, "maxReceiveCount", LINT_UNKNOWN);
    }
    struct text name = last_part(tree_text(policy, "deadLetterTargetArn"));
    const struct scenario_queue *dead =
        scenario_find_queue(scenario, arena_copy(scenario->arena, name));
    if (dead != NULL)
        queue->dead_letter = dead->name;
}

static void take_queue(struct scenario *scenario, const struct scenario_queue *from,
                       struct lint_model *model)
{
    struct lint_queue *queue = &model->queues[model->queue_count++];
    *queue = (struct lint_queue){
        .name = from->name,
        .line = node_place(from->node).line,
        .fifo = text_ends_with(from->name, TEXT(".fifo")),
        .visibility_seconds =
            number_property(scenario, from->properties, "VisibilityTimeout", VISIBILITY_DEFAULT),
        .retention_seconds = number_property(scenario, from->properties, "MessageRetentionPeriod",
                                             RETENTION_DEFAULT),
    };
    take_policy(scenario, from, queue);
}

// Of the function itself, or of SAM's Globals.
static int64_t function_number(struct scenario *scenario, const struct scenario_function *function,
                               const char *name, int64_t fallback)
{
    const cJSON *globals = tree_member(tree_member(scenario->template_root, "Globals"), "Function");
    int64_t global = number_property(scenario, globals, name, fallback);
    return number_property(scenario, function->properties, name, global);
}

static void take_mapping(struct scenario *scenario, const struct scenario_mapping *from,
                         struct lint_model *model)
{
    struct lint_mapping *mapping = &model->mappings[model->mapping_count++];
    *mapping = (struct lint_mapping){
        .name = from->id,
        .line = node_place(from->node).line,
        .queue = from->queue->name,
        .function = from->function->name,
        .timeout_seconds = function_number(scenario, from->function, "Timeout", TIMEOUT_DEFAULT),
        .reserved_concurrency =
            function_number(scenario, from->function, "ReservedConcurrentExecutions", LINT_UNKNOWN),
        .maximum_concurrency = number_property(scenario, tree_member(from->input, "ScalingConfig"),
                                               "MaximumConcurrency", LINT_UNKNOWN),
        .batch_size = number_property(scenario, from->input, "BatchSize", BATCH_SIZE_DEFAULT),
        .window_seconds =
            number_property(scenario, from->input, "MaximumBatchingWindowInSeconds", 0),
    };
    const cJSON *type;
    cJSON_ArrayForEach(type, tree_member(from->input, "FunctionResponseTypes"))
    {
        if (text_equal(node_text(type), TEXT("ReportBatchItemFailures")))
            mapping->reports = true;
    }
}

// A scenario as it is; a template as the only thing that a scenario names. NULL after a fault.
static cJSON *root_of(struct scenario *scenario, const char *file)
{
    cleanup(buffer_deinit) struct buffer source = {0};
    FILE *stream = fopen(file, "re");
    if (stream == NULL) {
        scenario->fault = arena_print(scenario->arena, "%s: %s", file, strerror(errno));
        return NULL;
    }
    size_t length;
    do {
        length = fread(buffer_reserve(&source, 65536), 1, 65536, stream);
        source.length += length;
    } while (length > 0);
    fclose(stream);
    struct text reason;
    struct place place;
    cleanup(cJSON_Delete) cJSON *root =
        document_parse(scenario->arena, buffer_text(&source), &reason, &place);
    if (root == NULL) {
        scenario->fault = arena_print(scenario->arena, "%s:%d:%d: %.*s", file, place.line,
                                      place.column, TEXT_ARGUMENTS(reason));
        return NULL;
    }
    if (cJSON_IsObject(tree_member(root, "resources")) || tree_member(root, "template") != NULL)
        return take(&root);
    if (!cJSON_IsObject(tree_member(root, "Resources"))) {
        scenario->fault = arena_print(scenario->arena,
                                      "%s: it is neither a template (Resources) nor a scenario "
                                      "(resources)",
                                      file);
        return NULL;
    }
    const char *slash = strrchr(file, '/');
    cJSON *named = tree_new();
    cJSON_AddStringToObject(named, "template", slash == NULL ? file : slash + 1);
    return named;
}

bool lint_read_file(struct lint_model *model, const char *file, struct text *ret_reason)
{
    const struct scenario_wishes wishes = {.file = file};
    cleanup_free struct scenario *scenario = allocate(sizeof(*scenario));
    scenario->wishes = &wishes;
    scenario->arena = model->arena;
    scenario->root = root_of(scenario, file);
    bool collected = scenario->root != NULL && scenario_collect(scenario);
    if (collected) {
        for (size_t i = 0; i < scenario->queue_count; i++)
            take_queue(scenario, &scenario->queues[i], model);
        for (size_t i = 0; i < scenario->mapping_count; i++)
            take_mapping(scenario, &scenario->mappings[i], model);
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
        *ret_reason = scenario->fault;
    }
    for (size_t i = 0; i < scenario->mapping_count; i++)
        cJSON_Delete(scenario->mappings[i].input);
    cJSON_Delete(scenario->root);
    cJSON_Delete(scenario->template_root);
    return collected;
}
