// stack_template -- what CloudFormation's functions mean where everything is here: Ref, Fn::GetAtt, Fn::Sub, Fn::Join.
//
// Queues and functions are known by what they will be called. Of resources that redrive does not have, a
// Ref is the resource's own id, so that an environment variable that names a table does not stop a story
// about a queue.
#include "cli/stack.h"

#include "queue/base/buffer.h"

#include <string.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static struct text partition_of(const struct stack *stack)
{
    if (text_starts_with(stack->region, TEXT("cn-")))
        return TEXT("aws-cn");
    return text_starts_with(stack->region, TEXT("us-gov-")) ? TEXT("aws-us-gov") : TEXT("aws");
}

struct text stack_queue_arn(struct stack *stack, struct text name)
{
    struct text partition = partition_of(stack);
    return arena_print(stack->arena, "arn:%.*s:sqs:%.*s:%.*s:%.*s", TEXT_ARGUMENTS(partition),
                       TEXT_ARGUMENTS(stack->region), TEXT_ARGUMENTS(stack->account),
                       TEXT_ARGUMENTS(name));
}

struct text stack_queue_url(struct stack *stack, struct text name)
{
    return arena_print(stack->arena, "http://localhost/%.*s/%.*s", TEXT_ARGUMENTS(stack->account),
                       TEXT_ARGUMENTS(name));
}

static const cJSON *parameter_of(const struct stack *stack, struct text name)
{
    const cJSON *parameter;
    cJSON_ArrayForEach(parameter, tree_member(stack->template_root, "Parameters"))
    {
        if (text_equal(text_of(parameter->string), name))
            return parameter;
    }
    return NULL;
}

// A resource of the file or of its template; NULL if there is none.
static const cJSON *resource_of(const struct stack *stack, struct text id)
{
    const cJSON *lists[] = {tree_member(stack->root, "resources"),
                            tree_member(stack->template_root, "Resources")};
    for (size_t i = 0; i < ROWS(lists); i++) {
        const cJSON *resource;
        cJSON_ArrayForEach(resource, lists[i])
        {
            if (resource->string != NULL && text_equal(text_of(resource->string), id))
                return resource;
        }
    }
    return NULL;
}

// "function:alias" of an alias or a version; empty if the id is none.
static struct text qualified(struct stack *stack, struct text id)
{
    const cJSON *resource = resource_of(stack, id);
    struct text type = tree_text(resource, "Type");
    bool is_alias = text_equal(type, TEXT("AWS::Lambda::Alias"));
    if ((!is_alias && !text_equal(type, TEXT("AWS::Lambda::Version"))) || stack->in_alias)
        return (struct text){0};
    const cJSON *properties = tree_member(resource, "Properties");
    const cJSON *function_name = tree_member(properties, "FunctionName");
    stack->in_alias = true; // one that is its own function would never end
    cleanup(cJSON_Delete) cJSON *function =
        function_name == NULL ? NULL : template_resolve(stack, function_name);
    stack->in_alias = false;
    struct text name = is_alias ? node_text(tree_member(properties, "Name")) : TEXT("1");
    return arena_print(stack->arena, "%.*s:%.*s", TEXT_ARGUMENTS(node_text(function)),
                       TEXT_ARGUMENTS(name));
}

// Empty after a fault.
static struct text reference(struct stack *stack, const cJSON *node, struct text name)
{
    const struct {
        struct text name;
        struct text value;
    } pseudo[] = {
        {TEXT("AWS::Region"), stack->region},
        {TEXT("AWS::AccountId"), stack->account},
        {TEXT("AWS::Partition"), partition_of(stack)},
        {TEXT("AWS::StackName"), text_of(stack->noun)},
        {TEXT("AWS::URLSuffix"), TEXT("amazonaws.com")},
    };
    for (size_t i = 0; i < ROWS(pseudo); i++) {
        if (text_equal(pseudo[i].name, name))
            return pseudo[i].value;
    }
    const cJSON *parameter = parameter_of(stack, name);
    if (parameter != NULL) {
        const cJSON *fallback = tree_member(parameter, "Default");
        if (node_is_scalar(fallback))
            return node_text(fallback);
        stack_fault(stack, node, "the parameter %.*s has no Default", TEXT_ARGUMENTS(name));
        return (struct text){0};
    }
    const struct stack_queue *queue = stack_find_queue(stack, name);
    if (queue != NULL)
        return stack_queue_url(stack, queue->name);
    const struct stack_function *function = stack_find_function(stack, name);
    if (function != NULL)
        return function->name;
    struct text alias = qualified(stack, name);
    return alias.length > 0 ? alias : name;
}

static struct text attribute(struct stack *stack, struct text id, struct text name)
{
    const struct stack_queue *queue = stack_find_queue(stack, id);
    const struct stack_function *function = stack_find_function(stack, id);
    if (queue != NULL && text_equal(name, TEXT("QueueName")))
        return queue->name;
    if (queue != NULL && text_equal(name, TEXT("QueueUrl")))
        return stack_queue_url(stack, queue->name);
    if (queue != NULL)
        return stack_queue_arn(stack, queue->name);
    if (function != NULL)
        return arena_print(stack->arena, "arn:%.*s:lambda:%.*s:%.*s:function:%.*s",
                           TEXT_ARGUMENTS(partition_of(stack)), TEXT_ARGUMENTS(stack->region),
                           TEXT_ARGUMENTS(stack->account), TEXT_ARGUMENTS(function->name));
    return arena_print(stack->arena, "%.*s.%.*s", TEXT_ARGUMENTS(id), TEXT_ARGUMENTS(name));
}

// "${Name}", "${Resource.Attribute}", "${!Literal}"; own: the map of Fn::Sub's long form.
static struct text substitute(struct stack *stack, const cJSON *node, struct text pattern,
                              const cJSON *own)
{
    cleanup(buffer_deinit) struct buffer words = {0};
    size_t at;
    size_t end;
    while (text_find(pattern, TEXT("${"), &at) &&
           text_find(text_skip(pattern, at), TEXT("}"), &end)) {
        struct text name = text_head(text_skip(pattern, at + 2), end - 2);
        struct text left;
        struct text right;
        buffer_append(&words, text_head(pattern, at));
        pattern = text_skip(pattern, at + end + 1);
        const cJSON *mine =
            cJSON_GetObjectItemCaseSensitive(own, arena_copy(stack->arena, name).bytes);
        if (mine != NULL) {
            cleanup(cJSON_Delete) cJSON *resolved = template_resolve(stack, mine);
            buffer_append(&words, node_text(resolved));
        } else if (text_starts_with(name, TEXT("!"))) {
            buffer_print(&words, "${%.*s}", TEXT_ARGUMENTS(text_skip(name, 1)));
        } else if (text_cut(name, '.', &left, &right)) {
            buffer_append(&words, attribute(stack, left, right));
        } else {
            buffer_append(&words, reference(stack, node, name));
        }
    }
    buffer_append(&words, pattern);
    return arena_copy(stack->arena, buffer_text(&words));
}

static cJSON *string_of(struct stack *stack, struct text text)
{
    return stack_is_faulty(stack) ? NULL : cJSON_CreateString(arena_copy(stack->arena, text).bytes);
}

static cJSON *join(struct stack *stack, const cJSON *value)
{
    struct text separator = node_text(cJSON_GetArrayItem(value, 0));
    cleanup(cJSON_Delete) cJSON *parts = NULL;
    if (cJSON_IsArray(cJSON_GetArrayItem(value, 1)))
        parts = template_resolve(stack, cJSON_GetArrayItem(value, 1));
    if (parts == NULL) {
        stack_fault(stack, value, "Fn::Join takes a text and a list");
        return NULL;
    }
    cleanup(buffer_deinit) struct buffer words = {0};
    const cJSON *part;
    cJSON_ArrayForEach(part, parts)
    {
        if (part != parts->child)
            buffer_append(&words, separator);
        buffer_append(&words, node_text(part));
    }
    return string_of(stack, buffer_text(&words));
}

// {"Fn::Name": value}
static cJSON *apply(struct stack *stack, const cJSON *value)
{
    struct text name = text_of(value->string);
    if (text_equal(name, TEXT("Ref")))
        return string_of(stack, reference(stack, value, node_text(value)));
    if (text_equal(name, TEXT("Fn::GetAtt"))) {
        struct text id = node_text(cJSON_GetArrayItem(value, 0));
        struct text attribute_name = node_text(cJSON_GetArrayItem(value, 1));
        if (cJSON_IsString(value))
            text_cut(node_text(value), '.', &id, &attribute_name);
        return string_of(stack, attribute(stack, id, attribute_name));
    }
    if (text_equal(name, TEXT("Fn::Sub"))) {
        const cJSON *pattern = cJSON_IsArray(value) ? cJSON_GetArrayItem(value, 0) : value;
        const cJSON *own = cJSON_IsArray(value) ? cJSON_GetArrayItem(value, 1) : NULL;
        return string_of(stack, substitute(stack, value, node_text(pattern), own));
    }
    if (text_equal(name, TEXT("Fn::Join")))
        return join(stack, value);
    stack_fault(stack, value,
                "%.*s is not resolved here; Ref, GetAtt, Sub and Join are: write the value itself",
                TEXT_ARGUMENTS(name));
    return NULL;
}

static bool is_function(const cJSON *value)
{
    return cJSON_IsObject(value) && value->child != NULL && value->child->next == NULL &&
           (strcmp(value->child->string, "Ref") == 0 ||
            strncmp(value->child->string, "Fn::", strlen("Fn::")) == 0);
}

cJSON *template_resolve(struct stack *stack, const cJSON *value)
{
    cJSON *copy;
    if (is_function(value)) {
        copy = apply(stack, value->child);
    } else if (!cJSON_IsArray(value) && !cJSON_IsObject(value)) {
        copy = cJSON_Duplicate(value, false);
    } else {
        cleanup(cJSON_Delete) cJSON *owned =
            cJSON_IsArray(value) ? cJSON_CreateArray() : tree_new();
        const cJSON *child;
        cJSON_ArrayForEach(child, value)
        {
            cJSON *resolved = template_resolve(stack, child);
            if (resolved == NULL)
                return NULL;
            if (cJSON_IsArray(value)) {
                cJSON_AddItemToArray(owned, resolved);
            } else {
                // A copied node brings its name, and its place, along.
                cJSON_AddItemToObject(owned, child->string, resolved);
            }
        }
        copy = take(&owned);
    }
    if (copy != NULL)
        copy->valueint = value->valueint;
    return copy;
}
