// stack_build -- the queues and mappings of a file come into being, over the same API as everybody's.
//
// A queue's redrive policy is set when all queues are there. What is there already, because a database brought it
// back, keeps what the file does not speak of; where the two differ the file wins, as it does when a template is deployed
// again; and nothing is deleted. What the emulator refuses is a fault, in AWS's words, at the resource.
#include "cli/stack.h"

#include "cli/inside.h"

#include <string.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define TURNS_MAX 100

DEFINE_CLEANUP(cJSON_free, char *)

cJSON *stack_sqs(struct stack *stack, const cJSON *node, const char *operation, cJSON *input)
{
    cleanup(buffer_deinit) struct buffer refusal = {0};
    cJSON *answer = inside_try_sqs(stack->emulator, operation, input, &refusal);
    if (answer == NULL)
        stack_fault(stack, node, "%s was refused: %.*s", operation,
                    TEXT_ARGUMENTS(buffer_text(&refusal)));
    return answer;
}

cJSON *stack_lambda(struct stack *stack, const cJSON *node, const char *method, const char *path,
                    cJSON *input)
{
    cleanup(buffer_deinit) struct buffer refusal = {0};
    cJSON *answer = inside_try_lambda(stack->emulator, method, path, input, &refusal);
    if (answer == NULL)
        stack_fault(stack, node, "Lambda refused this: %.*s",
                    TEXT_ARGUMENTS(buffer_text(&refusal)));
    return answer;
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

struct text stack_policy_text(struct stack *stack, cJSON *policy)
{
    // deadLetterTargetArn may be the bare name of a queue.
    struct text target = node_text(tree_member(policy, "deadLetterTargetArn"));
    const struct stack_queue *queue = stack_find_queue(stack, target);
    if (queue != NULL) {
        struct text arn = stack_queue_arn(stack, queue->name);
        cJSON_ReplaceItemInObjectCaseSensitive(policy, "deadLetterTargetArn",
                                               cJSON_CreateString(arn.bytes));
    }
    char *json = cJSON_PrintUnformatted(policy);
    struct text text = arena_copy(stack->arena, text_of(json));
    cJSON_free(json);
    return text;
}

// The queue's attributes, its policies or the others; NULL after a fault. Empty if there are none.
static cJSON *attributes_of(struct stack *stack, const cJSON *properties, bool policies)
{
    cleanup(cJSON_Delete) cJSON *attributes = tree_new();
    const cJSON *property;
    cJSON_ArrayForEach(property, properties)
    {
        if (!is_attribute(property) || is_policy(property->string) != policies)
            continue;
        cleanup(cJSON_Delete) cJSON *value = template_resolve(stack, property);
        if (value == NULL)
            return NULL;
        if (!cJSON_IsObject(value)) {
            cJSON_AddStringToObject(attributes, property->string,
                                    arena_copy(stack->arena, node_text(value)).bytes);
            continue;
        }
        cJSON_AddStringToObject(attributes, property->string,
                                stack_policy_text(stack, value).bytes);
    }
    return take(&attributes);
}

// The attribute as it is now, or NULL.
static const char *attribute_now(const cJSON *answer, const char *name)
{
    const cJSON *value = tree_member(tree_member(answer, "Attributes"), name);
    return cJSON_IsString(value) ? value->valuestring : NULL;
}

// Policies are the same if they say the same.
static bool is_same(const char *now, const char *wanted)
{
    if (now == NULL)
        return wanted[0] == '\0';
    if (strcmp(now, wanted) == 0)
        return true;
    cleanup(cJSON_Delete) cJSON *left = cJSON_Parse(now);
    cleanup(cJSON_Delete) cJSON *right = cJSON_Parse(wanted);
    return cJSON_IsObject(left) && cJSON_Compare(left, right, true);
}

static void note_change(struct stack *stack, struct text *changes, const char *name,
                        const char *before, const char *after)
{
    *changes =
        arena_print(stack->arena, "%.*s%s%s from %s to %s", TEXT_ARGUMENTS(*changes),
                    changes->length > 0 ? ", " : "", name, before == NULL ? "none" : before, after);
}

// What of these attributes is otherwise now goes to the queue. Takes them over.
static bool change_attributes(struct stack *stack, struct stack_queue *queue, const cJSON *now,
                              cJSON *attributes)
{
    cleanup(cJSON_Delete) cJSON *wanted = attributes;
    cleanup(cJSON_Delete) cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "QueueUrl", stack_queue_url(stack, queue->name).bytes);
    cJSON *different = cJSON_AddObjectToObject(input, "Attributes");
    const cJSON *attribute;
    cJSON_ArrayForEach(attribute, wanted)
    {
        const char *before = attribute_now(now, attribute->string);
        if (is_same(before, attribute->valuestring))
            continue;
        cJSON_AddStringToObject(different, attribute->string, attribute->valuestring);
        if (queue->fate == STACK_CREATED)
            continue;
        queue->fate = STACK_CHANGED;
        note_change(stack, &queue->changes, attribute->string, before, attribute->valuestring);
    }
    if (different->child == NULL)
        return true;
    cleanup(cJSON_Delete) cJSON *answer =
        stack_sqs(stack, queue->node, "SetQueueAttributes", take(&input));
    return answer != NULL;
}

// All attributes of the queue as it is; NULL without a fault if there is none.
static cJSON *look_at_queue(struct stack *stack, const struct stack_queue *queue)
{
    cleanup(buffer_deinit) struct buffer refusal = {0};
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "QueueUrl", stack_queue_url(stack, queue->name).bytes);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(input, "AttributeNames"),
                         cJSON_CreateString("All"));
    return inside_try_sqs(stack->emulator, "GetQueueAttributes", input, &refusal);
}

// CloudFormation's list of {Key, Value}, or names and values.
static bool tag_queue(struct stack *stack, const struct stack_queue *queue)
{
    const cJSON *tags = tree_member(queue->properties, "Tags");
    if (tags == NULL)
        return true;
    cleanup(cJSON_Delete) cJSON *resolved = template_resolve(stack, tags);
    if (resolved == NULL)
        return false;
    cleanup(cJSON_Delete) cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "QueueUrl", stack_queue_url(stack, queue->name).bytes);
    cJSON *map = cJSON_AddObjectToObject(input, "Tags");
    const cJSON *tag;
    cJSON_ArrayForEach(tag, resolved)
    {
        bool listed = cJSON_IsArray(resolved);
        struct text key = listed ? node_text(tree_member(tag, "Key")) : text_of(tag->string);
        struct text value = node_text(listed ? tree_member(tag, "Value") : tag);
        if (key.length == 0)
            return stack_fault(stack, tags, "Tags takes a list of {Key: ..., Value: ...}");
        cJSON_AddStringToObject(map, arena_copy(stack->arena, key).bytes,
                                arena_copy(stack->arena, value).bytes);
    }
    if (map->child == NULL)
        return true;
    cleanup(cJSON_Delete) cJSON *answer = stack_sqs(stack, queue->node, "TagQueue", take(&input));
    return answer != NULL;
}

static bool create_queue(struct stack *stack, struct stack_queue *queue)
{
    cleanup(cJSON_Delete) cJSON *attributes = attributes_of(stack, queue->properties, false);
    if (attributes == NULL)
        return false;
    cleanup(cJSON_Delete) cJSON *now = look_at_queue(stack, queue);
    if (now != NULL) {
        queue->fate = STACK_KEPT;
        return change_attributes(stack, queue, now, take(&attributes)) && tag_queue(stack, queue);
    }
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "QueueName", arena_copy(stack->arena, queue->name).bytes);
    cJSON_AddItemToObject(input, "Attributes", take(&attributes));
    cleanup(cJSON_Delete) cJSON *answer = stack_sqs(stack, queue->node, "CreateQueue", input);
    queue->fate = STACK_CREATED;
    return answer != NULL && tag_queue(stack, queue);
}

static bool set_policies(struct stack *stack, struct stack_queue *queue)
{
    cleanup(cJSON_Delete) cJSON *attributes = attributes_of(stack, queue->properties, true);
    if (attributes == NULL || attributes->child == NULL)
        return attributes != NULL;
    cleanup(cJSON_Delete) cJSON *now = look_at_queue(stack, queue);
    return change_attributes(stack, queue, now, take(&attributes));
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

bool stack_await_mapping(struct stack *stack, const struct stack_mapping *mapping,
                         const char *state)
{
    struct text path = arena_print(stack->arena, "/2015-03-31/event-source-mappings/%.*s",
                                   TEXT_ARGUMENTS(mapping->uuid));
    for (int turn = 0; turn < TURNS_MAX; turn++) {
        cleanup(cJSON_Delete) cJSON *answer =
            stack_lambda(stack, mapping->node, "GET", path.bytes, NULL);
        if (answer == NULL || text_equal(tree_text(answer, "State"), text_of(state)))
            return answer != NULL;
    }
    return false;
}

// Of the members that an update takes, those that are otherwise now.
static cJSON *mapping_changes(struct stack *stack, struct stack_mapping *mapping, const cJSON *now)
{
    static const char *const fixed[] = {"EventSourceArn", "FunctionName", "StartingPosition"};
    cJSON *changes = tree_new();
    const cJSON *member;
    cJSON_ArrayForEach(member, mapping->input)
    {
        bool is_fixed = false;
        for (size_t i = 0; i < ROWS(fixed); i++)
            is_fixed = is_fixed || strcmp(fixed[i], member->string) == 0;
        const cJSON *before = tree_member(now, member->string);
        bool same = cJSON_Compare(before, member, true);
        if (strcmp(member->string, "Enabled") == 0)
            same = cJSON_IsTrue(member) != text_equal(tree_text(now, "State"), TEXT("Disabled"));
        if (is_fixed || same)
            continue;
        cleanup(cJSON_free) char *was = before == NULL ? NULL : cJSON_PrintUnformatted(before);
        cleanup(cJSON_free) char *is = cJSON_PrintUnformatted(member);
        note_change(stack, &mapping->changes, member->string, was, is);
        cJSON_AddItemToObject(changes, member->string, cJSON_Duplicate(member, true));
    }
    return changes;
}

// The mapping of this queue and function that was there before this stack; NULL without a fault if there is none.
static cJSON *look_at_mapping(struct stack *stack, const struct stack_mapping *mapping)
{
    struct text function = node_text(tree_member(mapping->input, "FunctionName"));
    struct text path = arena_print(
        stack->arena, "/2015-03-31/event-source-mappings/?EventSourceArn=%.*s&FunctionName=%.*s",
        TEXT_ARGUMENTS(stack_queue_arn(stack, mapping->queue->name)), TEXT_ARGUMENTS(function));
    cleanup(buffer_deinit) struct buffer refusal = {0};
    cleanup(cJSON_Delete) cJSON *list =
        inside_try_lambda(stack->emulator, "GET", path.bytes, NULL, &refusal);
    cJSON *now =
        cJSON_DetachItemFromArray(cJSON_GetObjectItemCaseSensitive(list, "EventSourceMappings"), 0);
    for (size_t i = 0; now != NULL && i < stack->mapping_count; i++) {
        if (text_equal(stack->mappings[i].uuid, tree_text(now, "UUID"))) {
            cJSON_Delete(now); // the file says it twice: Lambda has a sentence for that
            return NULL;
        }
    }
    return now;
}

static bool update_mapping(struct stack *stack, struct stack_mapping *mapping, const cJSON *now)
{
    mapping->uuid = arena_copy(stack->arena, tree_text(now, "UUID"));
    mapping->fate = STACK_KEPT;
    cleanup(cJSON_Delete) cJSON *changes = mapping_changes(stack, mapping, now);
    if (changes->child == NULL)
        return true;
    mapping->fate = STACK_CHANGED;
    struct text path = arena_print(stack->arena, "/2015-03-31/event-source-mappings/%.*s",
                                   TEXT_ARGUMENTS(mapping->uuid));
    cleanup(cJSON_Delete) cJSON *answer =
        stack_lambda(stack, mapping->node, "PUT", path.bytes, take(&changes));
    return answer != NULL;
}

static bool create_mapping(struct stack *stack, struct stack_mapping *mapping)
{
    make_numbers(mapping->input);
    bool enabled = !text_equal(node_text(tree_member(mapping->input, "Enabled")), TEXT("false"));
    cleanup(cJSON_Delete) cJSON *now = look_at_mapping(stack, mapping);
    if (now != NULL)
        return update_mapping(stack, mapping, now);
    cleanup(cJSON_Delete) cJSON *answer = stack_lambda(
        stack, mapping->node, "POST", "/2015-03-31/event-source-mappings/", take(&mapping->input));
    if (answer == NULL)
        return false;
    mapping->uuid = arena_copy(stack->arena, tree_text(answer, "UUID"));
    return stack_await_mapping(stack, mapping, enabled ? "Enabled" : "Disabled") ||
           stack_fault(stack, mapping->node, "the mapping does not become ready");
}

bool stack_create(struct stack *stack)
{
    for (size_t i = 0; i < stack->queue_count; i++) {
        if (!create_queue(stack, &stack->queues[i]))
            return false;
    }
    for (size_t i = 0; i < stack->queue_count; i++) {
        if (!set_policies(stack, &stack->queues[i]))
            return false;
    }
    for (size_t i = 0; i < stack->mapping_count; i++) {
        if (!create_mapping(stack, &stack->mappings[i]))
            return false;
    }
    return true;
}
