// scenario_step -- what a scenario does, one step after another. A table: the word, how it is checked, how it is played.
//
// Between two steps no handler is at work (virtual time stands still while one is), so that what a step
// meets does not depend on how fast a real process was.
#include "cli/scenario.h"

#include "queue/base/buffer.h"

#include <assert.h>
#include <string.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

// ---- the clock ----

static bool advance_check(struct scenario *scenario, const cJSON *node)
{
    static const struct field field = {NULL, FIELD_DURATION, true};
    return field_check(&scenario->stack, "advance", node, &field);
}

bool scenario_advance(struct scenario *scenario, const cJSON *node, int64_t ms)
{
    struct text reason = {0};
    return emulator_advance(scenario->stack.emulator, ms, &reason) ||
           stack_fault(&scenario->stack, node, "%.*s", TEXT_ARGUMENTS(reason));
}

static bool advance_play(struct scenario *scenario, const cJSON *node)
{
    return scenario_advance(scenario, node, field_duration_ms(node));
}

static bool run_check(struct scenario *scenario, const cJSON *node)
{
    static const struct field fields[] = {
        {"until", FIELD_TEXT, true}, {"max", FIELD_DURATION, false}, {NULL, FIELD_ANY, false}};
    const cJSON *word = node;
    if (cJSON_IsObject(node)) {
        if (!shape_check(&scenario->stack, "run", node, fields))
            return false;
        word = tree_member(node, "until");
    }
    return text_equal(node_text(word), TEXT("idle")) ||
           stack_fault(&scenario->stack, node, "run takes idle, or {until: idle, max: 2h}");
}

// The horizon and the limit are ends like another; a livelock is none.
static bool run_play(struct scenario *scenario, const cJSON *node)
{
    struct text reason = {0};
    int64_t max_ms = field_duration_ms(tree_member(node, "max"));
    return emulator_run_until_idle(scenario->stack.emulator, max_ms, &reason) ||
           text_starts_with(reason, TEXT("stopped at the horizon")) ||
           text_starts_with(reason, TEXT("stopped after")) ||
           stack_fault(&scenario->stack, node, "%.*s", TEXT_ARGUMENTS(reason));
}

// ---- queues ----

static bool queue_check(struct scenario *scenario, const cJSON *node)
{
    static const struct field field = {NULL, FIELD_QUEUE, true};
    return field_check(&scenario->stack, "the step", node, &field);
}

static const char *url_of(struct scenario *scenario, const cJSON *queue_node)
{
    const struct stack_queue *queue = stack_find_queue(&scenario->stack, node_text(queue_node));
    return stack_queue_url(&scenario->stack, queue->name).bytes;
}

static bool purge_play(struct scenario *scenario, const cJSON *node)
{
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "QueueUrl", url_of(scenario, node));
    cleanup(cJSON_Delete) cJSON *answer = stack_sqs(&scenario->stack, node, "PurgeQueue", input);
    return answer != NULL;
}

static bool delete_queue_play(struct scenario *scenario, const cJSON *node)
{
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "QueueUrl", url_of(scenario, node));
    cleanup(cJSON_Delete) cJSON *answer = stack_sqs(&scenario->stack, node, "DeleteQueue", input);
    return answer != NULL;
}

static bool set_check(struct scenario *scenario, const cJSON *node)
{
    if (!cJSON_IsObject(node) || tree_member(node, "queue") == NULL)
        return stack_fault(&scenario->stack, node,
                           "set takes {queue: NAME, VisibilityTimeout: 10, ...}");
    const cJSON *member;
    cJSON_ArrayForEach(member, node)
    {
        if (strcmp(member->string, "queue") == 0
                ? !queue_check(scenario, member)
                : !stack_check_queue_property(&scenario->stack, member))
            return false;
    }
    return true;
}

static bool set_play(struct scenario *scenario, const cJSON *node)
{
    cleanup(cJSON_Delete) cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "QueueUrl", url_of(scenario, tree_member(node, "queue")));
    cJSON *attributes = cJSON_AddObjectToObject(input, "Attributes");
    const cJSON *member;
    cJSON_ArrayForEach(member, node)
    {
        if (strcmp(member->string, "queue") == 0)
            continue;
        cleanup(cJSON_Delete) cJSON *value = template_resolve(&scenario->stack, member);
        if (value == NULL)
            return false;
        if (cJSON_IsObject(value)) {
            struct text json = stack_policy_text(&scenario->stack, value);
            cJSON_AddStringToObject(attributes, member->string, json.bytes);
        } else {
            cJSON_AddStringToObject(attributes, member->string,
                                    arena_copy(scenario->stack.arena, node_text(value)).bytes);
        }
    }
    cleanup(cJSON_Delete) cJSON *answer =
        stack_sqs(&scenario->stack, node, "SetQueueAttributes", take(&input));
    return answer != NULL;
}

static const struct field redrive_fields[] = {{"from", FIELD_QUEUE, false},
                                              {"cancel", FIELD_QUEUE, false},
                                              {"to", FIELD_QUEUE, false},
                                              {"per_second", FIELD_COUNT, false},
                                              {NULL, FIELD_ANY, false}};

static bool redrive_check(struct scenario *scenario, const cJSON *node)
{
    if (!cJSON_IsObject(node))
        return queue_check(scenario, node);
    if (!shape_check(&scenario->stack, "redrive", node, redrive_fields))
        return false;
    bool cancels = tree_member(node, "cancel") != NULL;
    return (cancels ? node->child->next == NULL : tree_member(node, "from") != NULL) ||
           stack_fault(&scenario->stack, node,
                       "redrive takes {from: QUEUE, to: QUEUE, per_second: 10} or {cancel: QUEUE}");
}

static const char *arn_of(struct scenario *scenario, const cJSON *queue_node)
{
    const struct stack_queue *queue = stack_find_queue(&scenario->stack, node_text(queue_node));
    return stack_queue_arn(&scenario->stack, queue->name).bytes;
}

// Of the task that moves messages from the queue now.
static bool redrive_cancel(struct scenario *scenario, const cJSON *node)
{
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "SourceArn", arn_of(scenario, node));
    cleanup(cJSON_Delete) cJSON *tasks =
        stack_sqs(&scenario->stack, node, "ListMessageMoveTasks", input);
    if (tasks == NULL)
        return false;
    const cJSON *task = cJSON_GetArrayItem(tree_member(tasks, "Results"), 0);
    if (tree_member(task, "TaskHandle") == NULL)
        return stack_fault(&scenario->stack, node, "no redrive from %.*s is at work",
                           TEXT_ARGUMENTS(node_text(node)));
    cJSON *handle = tree_new();
    cJSON_AddStringToObject(handle, "TaskHandle",
                            arena_copy(scenario->stack.arena, tree_text(task, "TaskHandle")).bytes);
    cleanup(cJSON_Delete) cJSON *answer =
        stack_sqs(&scenario->stack, node, "CancelMessageMoveTask", handle);
    return answer != NULL;
}

static bool redrive_play(struct scenario *scenario, const cJSON *node)
{
    if (tree_member(node, "cancel") != NULL)
        return redrive_cancel(scenario, tree_member(node, "cancel"));
    bool long_form = cJSON_IsObject(node);
    cJSON *input = tree_new();
    int64_t per_second;
    cJSON_AddStringToObject(input, "SourceArn",
                            arn_of(scenario, long_form ? tree_member(node, "from") : node));
    if (tree_member(node, "to") != NULL)
        cJSON_AddStringToObject(input, "DestinationArn", arn_of(scenario, tree_member(node, "to")));
    if (count_of(tree_member(node, "per_second"), &per_second))
        cJSON_AddNumberToObject(input, "MaxNumberOfMessagesPerSecond", (double)per_second);
    cleanup(cJSON_Delete) cJSON *answer =
        stack_sqs(&scenario->stack, node, "StartMessageMoveTask", input);
    return answer != NULL;
}

// ---- mappings ----

static bool mapping_check(struct scenario *scenario, const cJSON *node)
{
    static const struct field field = {NULL, FIELD_MAPPING, true};
    return field_check(&scenario->stack, "the step", node, &field);
}

static bool mapping_switch(struct scenario *scenario, const cJSON *node, bool enabled)
{
    const struct stack_mapping *mapping = stack_find_mapping(&scenario->stack, node_text(node));
    struct text path = arena_print(scenario->stack.arena, "/2015-03-31/event-source-mappings/%.*s",
                                   TEXT_ARGUMENTS(mapping->uuid));
    cJSON *input = tree_new();
    cJSON_AddBoolToObject(input, "Enabled", enabled);
    cleanup(cJSON_Delete) cJSON *answer =
        stack_lambda(&scenario->stack, node, "PUT", path.bytes, input);
    if (answer == NULL)
        return false;
    // A mapping is Disabling while its last batches run.
    stack_await_mapping(&scenario->stack, mapping, enabled ? "Enabled" : "Disabled");
    return !stack_is_faulty(&scenario->stack);
}

static bool enable_play(struct scenario *scenario, const cJSON *node)
{
    return mapping_switch(scenario, node, true);
}

static bool disable_play(struct scenario *scenario, const cJSON *node)
{
    return mapping_switch(scenario, node, false);
}

// ---- faults on purpose ----

static const struct field inject_fields[] = {
    {"fault", FIELD_TEXT, true},   {"into", FIELD_TEXT, true}, {"share", FIELD_TEXT, false},
    {"every", FIELD_COUNT, false}, {"at", FIELD_COUNT, false}, {NULL, FIELD_ANY, false}};

// Whom a fault hits: a mapping by its id, or a function; empty: neither.
static struct text target_of(struct scenario *scenario, const cJSON *node)
{
    struct text name = node_text(node);
    struct stack *stack = &scenario->stack;
    for (size_t i = 0; i < stack->mapping_count; i++) {
        if (text_equal(stack->mappings[i].id, name))
            return stack->mappings[i].uuid.length > 0 ? stack->mappings[i].uuid : name;
    }
    const struct stack_function *function = stack_find_function(stack, name);
    return function != NULL ? function->name : (struct text){0};
}

static struct text fault_words(struct scenario *scenario, const cJSON *node)
{
    const cJSON *every = tree_member(node, "every");
    const cJSON *at = tree_member(node, "at");
    const cJSON *share = tree_member(node, "share");
    const cJSON *turn = every != NULL ? every : at != NULL ? at : share;
    return arena_print(scenario->stack.arena, "%.*s=%.*s%s%s%.*s",
                       TEXT_ARGUMENTS(target_of(scenario, tree_member(node, "into"))),
                       TEXT_ARGUMENTS(node_text(tree_member(node, "fault"))),
                       turn != NULL ? ":" : "",
                       every != NULL ? "every "
                       : at != NULL  ? "at "
                                     : "",
                       TEXT_ARGUMENTS(turn != NULL ? node_text(turn) : (struct text){0}));
}

static bool inject_check(struct scenario *scenario, const cJSON *node)
{
    if (node_is_scalar(node) && text_equal(node_text(node), TEXT("none")))
        return true;
    if (!cJSON_IsObject(node))
        return stack_fault(&scenario->stack, node,
                           "inject takes {fault: throttle, into: NAME, every: 3}, or none");
    if (!shape_check(&scenario->stack, "inject", node, inject_fields))
        return false;
    const cJSON *into = tree_member(node, "into");
    if (target_of(scenario, into).length == 0)
        return stack_fault(&scenario->stack, into, "'%.*s' is no mapping and no function",
                           TEXT_ARGUMENTS(node_text(into)));
    int turns = (tree_member(node, "share") != NULL) + (tree_member(node, "every") != NULL) +
                (tree_member(node, "at") != NULL);
    cleanup(buffer_deinit) struct buffer reason = {0};
    if (turns > 1)
        return stack_fault(&scenario->stack, node, "inject takes one of share, every and at");
    return emulator_fault_is_valid(fault_words(scenario, node), &reason) ||
           stack_fault(&scenario->stack, node, "%.*s", TEXT_ARGUMENTS(buffer_text(&reason)));
}

static bool inject_play(struct scenario *scenario, const cJSON *node)
{
    cleanup(buffer_deinit) struct buffer reason = {0};
    bool none = node_is_scalar(node);
    if (none)
        emulator_clear_faults(scenario->stack.emulator);
    return none ||
           emulator_set_fault(scenario->stack.emulator, fault_words(scenario, node), &reason) ||
           stack_fault(&scenario->stack, node, "%.*s", TEXT_ARGUMENTS(buffer_text(&reason)));
}

// ---- all of them ----

struct step {
    const char *name;
    bool (*check)(struct scenario *scenario, const cJSON *node);
    bool (*play)(struct scenario *scenario, const cJSON *node);
};

static const struct step step_table[] = {
    {"send", send_check, send_play},
    {"advance", advance_check, advance_play},
    {"run", run_check, run_play},
    {"set", set_check, set_play},
    {"disable", mapping_check, disable_play},
    {"enable", mapping_check, enable_play},
    {"redrive", redrive_check, redrive_play},
    {"purge", queue_check, purge_play},
    {"delete_queue", queue_check, delete_queue_play},
    {"invoke", invoke_check, invoke_play},
    {"receive", receive_check, receive_play},
    {"delete", delete_check, delete_play},
    {"change_visibility", change_visibility_check, change_visibility_play},
    {"inject", inject_check, inject_play},
    {"expect", expect_check, expect_play},
};

static const struct step *step_find(const char *name)
{
    for (size_t i = 0; i < ROWS(step_table); i++) {
        if (strcmp(step_table[i].name, name) == 0)
            return &step_table[i];
    }
    return NULL;
}

static bool check_step(struct scenario *scenario, const cJSON *node)
{
    const cJSON *only = cJSON_IsObject(node) ? node->child : NULL;
    if (only == NULL)
        return stack_fault(&scenario->stack, node,
                           "a step is a word and what it takes: advance: 30s");
    const struct step *step = step_find(only->string);
    if (step == NULL) {
        const char *names[ROWS(step_table)];
        for (size_t i = 0; i < ROWS(step_table); i++)
            names[i] = step_table[i].name;
        return stack_fault(&scenario->stack, only, "there is no step '%s'%.*s", only->string,
                           TEXT_ARGUMENTS(stack_meant(&scenario->stack, text_of(only->string),
                                                      names, ROWS(names))));
    }
    if (only->next != NULL)
        return stack_fault(&scenario->stack, only->next,
                           "a step has one word; '%s' begins another: put a dash before it",
                           only->next->string);
    return step->check(scenario, only);
}

bool scenario_check_steps(struct scenario *scenario)
{
    const cJSON *steps = tree_member(scenario->stack.root, "steps");
    if (!cJSON_IsArray(steps))
        return stack_fault(&scenario->stack, steps, "steps takes a list");
    const cJSON *node;
    cJSON_ArrayForEach(node, steps)
    {
        if (!check_step(scenario, node))
            return false;
    }
    return true;
}

bool scenario_settle(struct scenario *scenario, const cJSON *node)
{
    struct text reason;
    emulator_await_handlers(scenario->stack.emulator);
    return history_refresh(scenario->history, &reason) ||
           stack_fault(&scenario->stack, node, "%.*s", TEXT_ARGUMENTS(reason));
}

bool scenario_play(struct scenario *scenario)
{
    const cJSON *node;
    cJSON_ArrayForEach(node, tree_member(scenario->stack.root, "steps"))
    {
        if (!scenario_settle(scenario, node))
            return false;
        const struct step *step = step_find(node->child->string);
        assert(step != NULL); // it was checked
        if (!step->play(scenario, node->child))
            return false;
    }
    struct text reason;
    return history_refresh(scenario->history, &reason);
}
