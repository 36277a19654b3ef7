// scenario_build -- the world of a scenario: an emulator on the manual clock, and in it, over the same API as everybody's, its
// queues, functions and mappings.
//
// Functions are declared as --function and --set would declare them: a scenario is a file that the user
// names, so it may start programs. A queue's redrive policy is set when all queues are there. What the
// emulator refuses is a fault of the scenario, in AWS's words, at the resource.
#include "cli/scenario.h"

#include "cli/inside.h"

#include <string.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define TURNS_MAX 100
#define TRACE_BYTES (INT64_C(256) << 20)

cJSON *scenario_sqs(struct scenario *scenario, const cJSON *node, const char *operation,
                    cJSON *input)
{
    cleanup(buffer_deinit) struct buffer refusal = {0};
    cJSON *answer = inside_try_sqs(scenario->emulator, operation, input, &refusal);
    if (answer == NULL)
        scenario_fault(scenario, node, "%s was refused: %.*s", operation,
                       TEXT_ARGUMENTS(buffer_text(&refusal)));
    return answer;
}

cJSON *scenario_lambda(struct scenario *scenario, const cJSON *node, const char *method,
                       const char *path, cJSON *input)
{
    cleanup(buffer_deinit) struct buffer refusal = {0};
    cJSON *answer = inside_try_lambda(scenario->emulator, method, path, input, &refusal);
    if (answer == NULL)
        scenario_fault(scenario, node, "Lambda refused this: %.*s",
                       TEXT_ARGUMENTS(buffer_text(&refusal)));
    return answer;
}

// ---- functions ----

static bool add_set(struct scenario *scenario, const struct scenario_function *function,
                    const char *name, struct text value)
{
    struct options *options = &scenario->options;
    if (options->set_count == OPTIONS_LIST_MAX)
        return scenario_fault(scenario, function->node,
                              "functions have more than %d settings altogether", OPTIONS_LIST_MAX);
    options->sets[options->set_count++] =
        arena_print(scenario->arena, "%.*s.%s=%.*s", TEXT_ARGUMENTS(function->name), name,
                    TEXT_ARGUMENTS(value));
    return true;
}

static bool add_variables(struct scenario *scenario, const struct scenario_function *function)
{
    const cJSON *variables =
        tree_member(tree_member(function->properties, "Environment"), "Variables");
    const cJSON *variable;
    if (!text_starts_with(function->target, TEXT("exec:")))
        return true;
    cJSON_ArrayForEach(variable, variables)
    {
        cleanup(cJSON_Delete) cJSON *value = template_resolve(scenario, variable);
        struct text name = arena_print(scenario->arena, "Environment.%s", variable->string);
        if (value == NULL || !add_set(scenario, function, name.bytes, node_text(value)))
            return false;
    }
    return true;
}

// What is global in SAM; the function's own wins.
static const cJSON *function_property(const struct scenario *scenario,
                                      const struct scenario_function *function, const char *name)
{
    const cJSON *own = tree_member(function->properties, name);
    bool serverless =
        text_equal(tree_text(function->resource, "Type"), TEXT("AWS::Serverless::Function"));
    const cJSON *globals = tree_member(scenario->template_root, "Globals");
    return own != NULL || !serverless ? own : tree_member(tree_member(globals, "Function"), name);
}

static bool declare_function(struct scenario *scenario, const struct scenario_function *function)
{
    static const char *const names[] = {"Timeout", "MemorySize", "ReservedConcurrentExecutions"};
    struct options *options = &scenario->options;
    if (options->function_count == OPTIONS_LIST_MAX)
        return scenario_fault(scenario, function->node, "there are more than %d functions",
                              OPTIONS_LIST_MAX);
    options->functions[options->function_count++] =
        arena_print(scenario->arena, "%.*s=%.*s", TEXT_ARGUMENTS(function->name),
                    TEXT_ARGUMENTS(function->target));
    for (size_t i = 0; i < ROWS(names); i++) {
        const cJSON *property = function_property(scenario, function, names[i]);
        if (property == NULL)
            continue;
        cleanup(cJSON_Delete) cJSON *value = template_resolve(scenario, property);
        if (value == NULL || !add_set(scenario, function, names[i], node_text(value)))
            return false;
    }
    const cJSON *duration = tree_member(function->resource, "Duration");
    if (duration != NULL && !add_set(scenario, function, "Duration", node_text(duration)))
        return false;
    return add_variables(scenario, function);
}

static bool is_used(const struct scenario *scenario, const struct scenario_function *function)
{
    for (size_t i = 0; i < scenario->mapping_count; i++) {
        if (scenario->mappings[i].function == function)
            return true;
    }
    return false;
}

static bool declare_functions(struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->function_count; i++) {
        const struct scenario_function *function = &scenario->functions[i];
        if (function->target.length > 0) {
            if (!declare_function(scenario, function))
                return false;
        } else if (is_used(scenario, function)) {
            return scenario_fault(
                scenario, function->node,
                "the function %.*s has no target: say what runs it with Target: (or targets:, or "
                "--function %.*s=...), such as sim: {...}, exec:./bootstrap or "
                "http://127.0.0.1:9000/",
                TEXT_ARGUMENTS(function->id), TEXT_ARGUMENTS(function->id));
        }
    }
    return true;
}

// ---- queues ----

static bool is_policy(const char *name)
{
    return strcmp(name, "RedrivePolicy") == 0 || strcmp(name, "RedriveAllowPolicy") == 0;
}

static bool is_attribute(const cJSON *property)
{
    // AWS refuses FifoQueue=false: a queue that is not, does not say so.
    bool no_fifo = strcmp(property->string, "FifoQueue") == 0 &&
                   text_equal(node_text(property), TEXT("false"));
    return strcmp(property->string, "QueueName") != 0 && strcmp(property->string, "Tags") != 0 &&
           !no_fifo;
}

struct text scenario_policy_text(struct scenario *scenario, cJSON *policy)
{
    // deadLetterTargetArn may be the bare name of a queue.
    struct text target = node_text(tree_member(policy, "deadLetterTargetArn"));
    const struct scenario_queue *queue = scenario_find_queue(scenario, target);
    if (queue != NULL) {
        struct text arn = scenario_queue_arn(scenario, queue->name);
        cJSON_ReplaceItemInObjectCaseSensitive(policy, "deadLetterTargetArn",
                                               cJSON_CreateString(arn.bytes));
    }
    char *json = cJSON_PrintUnformatted(policy);
    struct text text = arena_copy(scenario->arena, text_of(json));
    cJSON_free(json);
    return text;
}

// The queue's attributes, its policies or the others; NULL after a fault. Empty if there are none.
static cJSON *attributes_of(struct scenario *scenario, const cJSON *properties, bool policies)
{
    cleanup(cJSON_Delete) cJSON *attributes = tree_new();
    const cJSON *property;
    cJSON_ArrayForEach(property, properties)
    {
        if (!is_attribute(property) || is_policy(property->string) != policies)
            continue;
        cleanup(cJSON_Delete) cJSON *value = template_resolve(scenario, property);
        if (value == NULL)
            return NULL;
        if (!cJSON_IsObject(value)) {
            cJSON_AddStringToObject(attributes, property->string,
                                    arena_copy(scenario->arena, node_text(value)).bytes);
            continue;
        }
        cJSON_AddStringToObject(attributes, property->string,
                                scenario_policy_text(scenario, value).bytes);
    }
    return take(&attributes);
}

static bool create_queue(struct scenario *scenario, const struct scenario_queue *queue)
{
    cJSON *attributes = attributes_of(scenario, queue->properties, false);
    if (attributes == NULL)
        return false;
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "QueueName", arena_copy(scenario->arena, queue->name).bytes);
    cJSON_AddItemToObject(input, "Attributes", attributes);
    cleanup(cJSON_Delete) cJSON *answer = scenario_sqs(scenario, queue->node, "CreateQueue", input);
    return answer != NULL;
}

static bool set_policies(struct scenario *scenario, const struct scenario_queue *queue)
{
    cleanup(cJSON_Delete) cJSON *attributes = attributes_of(scenario, queue->properties, true);
    if (attributes == NULL || attributes->child == NULL)
        return attributes != NULL;
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "QueueUrl", scenario_queue_url(scenario, queue->name).bytes);
    cJSON_AddItemToObject(input, "Attributes", take(&attributes));
    cleanup(cJSON_Delete) cJSON *answer =
        scenario_sqs(scenario, queue->node, "SetQueueAttributes", input);
    return answer != NULL;
}

// ---- mappings ----

// Templates write numbers as texts now and then.
static void make_numbers(cJSON *input)
{
    static const char *const names[] = {"BatchSize", "MaximumBatchingWindowInSeconds"};
    for (size_t i = 0; i < ROWS(names); i++) {
        const cJSON *member = tree_member(input, names[i]);
        int64_t number;
        if (cJSON_IsString(member) && text_to_integer(node_text(member), &number))
            cJSON_ReplaceItemInObjectCaseSensitive(input, names[i],
                                                   cJSON_CreateNumber((double)number));
    }
}

bool scenario_await_mapping(struct scenario *scenario, const struct scenario_mapping *mapping,
                            const char *state)
{
    struct text path = arena_print(scenario->arena, "/2015-03-31/event-source-mappings/%.*s",
                                   TEXT_ARGUMENTS(mapping->uuid));
    for (int turn = 0; turn < TURNS_MAX; turn++) {
        cleanup(cJSON_Delete) cJSON *answer =
            scenario_lambda(scenario, mapping->node, "GET", path.bytes, NULL);
        if (answer == NULL || text_equal(tree_text(answer, "State"), text_of(state)))
            return answer != NULL;
    }
    return false;
}

static bool create_mapping(struct scenario *scenario, struct scenario_mapping *mapping)
{
    make_numbers(mapping->input);
    bool enabled = !text_equal(node_text(tree_member(mapping->input, "Enabled")), TEXT("false"));
    cleanup(cJSON_Delete) cJSON *answer =
        scenario_lambda(scenario, mapping->node, "POST", "/2015-03-31/event-source-mappings/",
                        take(&mapping->input));
    if (answer == NULL)
        return false;
    mapping->uuid = arena_copy(scenario->arena, tree_text(answer, "UUID"));
    return scenario_await_mapping(scenario, mapping, enabled ? "Enabled" : "Disabled") ||
           scenario_fault(scenario, mapping->node, "the mapping does not become ready");
}

// ---- the world ----

static bool needs_listener(const struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->function_count; i++) {
        struct text target = scenario->functions[i].target;
        if (target.length > 0 && !text_starts_with(target, TEXT("sim:")))
            return true;
    }
    return false;
}

// "--function orders: why" and "--set orders.Timeout=x: why" name the function that is wrong.
static bool blame(struct scenario *scenario, struct text reason)
{
    struct text head;
    struct text why;
    if (!text_cut(reason, ':', &head, &why))
        return scenario_fault(scenario, NULL, "%.*s", TEXT_ARGUMENTS(reason));
    for (size_t i = 0; i < scenario->function_count; i++) {
        const struct scenario_function *function = &scenario->functions[i];
        struct text declared =
            arena_print(scenario->arena, "--function %.*s", TEXT_ARGUMENTS(function->name));
        struct text set =
            arena_print(scenario->arena, "--set %.*s.", TEXT_ARGUMENTS(function->name));
        if (text_equal(head, declared) || text_starts_with(head, set))
            return scenario_fault(scenario, function->node, "%.*s", TEXT_ARGUMENTS(text_trim(why)));
    }
    return scenario_fault(scenario, NULL, "%.*s", TEXT_ARGUMENTS(reason));
}

static bool open_world(struct scenario *scenario)
{
    struct options *options = &scenario->options;
    options_init(options, scenario->arena);
    options->port = 0;
    options->listener = needs_listener(scenario);
    options->clock = CLOCK_MANUAL;
    options->start_at_ms = scenario->start_at_ms;
    options->seeded = true;
    options->seed = scenario->seed;
    options->profile = scenario->aws_profile ? PROFILE_AWS : PROFILE_DETERMINISTIC;
    options->journal_none = true;
    if (tree_member(scenario->root, "horizon") != NULL)
        options->horizon_ms = field_duration_ms(tree_member(scenario->root, "horizon"));
    options->trace_max_bytes = TRACE_BYTES;
    options->quiet = true;
    if (!declare_functions(scenario))
        return false;
    struct text reason = {0};
    int status;
    scenario->emulator = emulator_new(options, &reason, &status);
    if (scenario->emulator != NULL)
        return true;
    return blame(scenario, reason);
}

bool scenario_build(struct scenario *scenario)
{
    if (!open_world(scenario))
        return false;
    for (size_t i = 0; i < scenario->queue_count; i++) {
        if (!create_queue(scenario, &scenario->queues[i]))
            return false;
    }
    for (size_t i = 0; i < scenario->queue_count; i++) {
        if (!set_policies(scenario, &scenario->queues[i]))
            return false;
    }
    for (size_t i = 0; i < scenario->mapping_count; i++) {
        if (!create_mapping(scenario, &scenario->mappings[i]))
            return false;
    }
    scenario->origin_at_ms = emulator_now_ms(scenario->emulator);
    return true;
}
