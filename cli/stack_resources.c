// stack_resources -- queues, functions and mappings, from resources: and from a template.
//
// The nouns are CloudFormation's, so that what production deploys can be pasted. What SQS and event
// source mappings are made of is read to the letter, and a word that is nearly right is a fault; other
// services' resources are nobody's business here.
#include "cli/stack.h"

#include "cli/command.h"
#include "queue/base/buffer.h"

#include <assert.h>
#include <string.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

// clang-format off
static const struct field resource_fields[] = {
    {"Type", FIELD_TEXT, true},       {"Properties", FIELD_MAP, false},   {"Target", FIELD_ANY, false},
    {"Duration", FIELD_DURATION, false}, {"DependsOn", FIELD_ANY, false}, {"Condition", FIELD_ANY, false},
    {"DeletionPolicy", FIELD_ANY, false}, {"UpdateReplacePolicy", FIELD_ANY, false}, {"Metadata", FIELD_ANY, false},
    {"CreationPolicy", FIELD_ANY, false}, {"UpdatePolicy", FIELD_ANY, false}, {"Connectors", FIELD_ANY, false},
    {NULL, FIELD_ANY, false},
};

static const char *const queue_properties[] = {
    "QueueName", "FifoQueue", "VisibilityTimeout", "DelaySeconds", "MaximumMessageSize", "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit",
    "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled", "Tags", NULL,
};

static const char *const function_properties[] = {
    "FunctionName", "Timeout", "MemorySize", "ReservedConcurrentExecutions", "Environment", "Architectures", "Code",
    "CodeSigningConfigArn", "DeadLetterConfig", "Description", "EphemeralStorage", "FileSystemConfigs", "Handler", "ImageConfig",
    "KmsKeyArn", "Layers", "LoggingConfig", "PackageType", "RecursiveLoop", "Role", "Runtime", "RuntimeManagementConfig",
    "SnapStart", "Tags", "TracingConfig", "VpcConfig", NULL,
};

static const char *const mapping_properties[] = {
    "EventSourceArn", "FunctionName", "BatchSize", "MaximumBatchingWindowInSeconds", "FunctionResponseTypes", "ScalingConfig",
    "FilterCriteria", "Enabled", "KmsKeyArn", "MetricsConfig", "ProvisionedPollerConfig", "Tags", "StartingPosition",
    "MaximumRetryAttempts", "MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError", "DestinationConfig",
    "ParallelizationFactor", "TumblingWindowInSeconds", "Topics", "SourceAccessConfigurations", NULL,
};
// clang-format on

static const cJSON *properties_of(const cJSON *resource)
{
    return tree_member(resource, "Properties");
}

static bool is_of_template(const struct stack *stack, const cJSON *resource)
{
    const cJSON *own;
    cJSON_ArrayForEach(own, tree_member(stack->root, "resources"))
    {
        if (own == resource)
            return false;
    }
    return true;
}

static size_t names_count(const char *const *names)
{
    size_t count = 0;
    while (names[count] != NULL)
        count++;
    return count;
}

// AWS's list of properties grows; in a template, only what is nearly a known word is taken for a mistake.
static bool check_properties(struct stack *stack, const cJSON *resource, const char *type,
                             const char *const *names)
{
    const cJSON *member;
    cJSON_ArrayForEach(member, properties_of(resource))
    {
        bool known = false;
        for (size_t i = 0; names[i] != NULL; i++)
            known = known || strcmp(names[i], member->string) == 0;
        if (known)
            continue;
        struct text meant = stack_meant(stack, text_of(member->string), names, names_count(names));
        if (meant.length > 0 || !is_of_template(stack, resource))
            return stack_fault(stack, member, "%s has no property '%s'%.*s", type, member->string,
                               TEXT_ARGUMENTS(meant));
    }
    return true;
}

bool stack_check_queue_property(struct stack *stack, const cJSON *member)
{
    for (size_t i = 0; queue_properties[i] != NULL; i++) {
        if (strcmp(queue_properties[i], member->string) == 0)
            return true;
    }
    struct text meant = stack_meant(stack, text_of(member->string), queue_properties,
                                    names_count(queue_properties));
    return stack_fault(stack, member, "a queue has no property '%s'%.*s", member->string,
                       TEXT_ARGUMENTS(meant));
}

// The property as a text, its functions resolved; fallback if it is absent. Empty after a fault.
static struct text text_property(struct stack *stack, const cJSON *properties, const char *name,
                                 struct text fallback)
{
    const cJSON *member = tree_member(properties, name);
    if (member == NULL)
        return fallback;
    cleanup(cJSON_Delete) cJSON *resolved = template_resolve(stack, member);
    struct text text = node_text(resolved);
    if (text.length == 0)
        stack_fault(stack, member, "%s takes a text", name);
    return arena_copy(stack->arena, text);
}

static bool is_too_many(struct stack *stack, const cJSON *resource, size_t count)
{
    return count == STACK_RESOURCES_MAX &&
           !stack_fault(stack, resource, "a scenario has at most %d resources of a type",
                        STACK_RESOURCES_MAX);
}

// ---- one resource ----

static bool collect_queue(struct stack *stack, const cJSON *resource)
{
    const cJSON *properties = properties_of(resource);
    if (is_too_many(stack, resource, stack->queue_count) ||
        !check_properties(stack, resource, "AWS::SQS::Queue", queue_properties))
        return false;
    struct text id = text_of(resource->string);
    bool fifo = text_equal(node_text(tree_member(properties, "FifoQueue")), TEXT("true"));
    bool suffixed = text_ends_with(id, TEXT(".fifo"));
    struct text fallback =
        fifo && !suffixed ? arena_print(stack->arena, "%s.fifo", resource->string) : id;
    struct text name = text_property(stack, properties, "QueueName", fallback);
    if (name.length == 0)
        return false;
    stack->queues[stack->queue_count++] =
        (struct stack_queue){.id = id, .name = name, .properties = properties, .node = resource};
    return true;
}

// {here} is the file's folder: a handler stands beside its story. A program whose path begins with a dot is looked for there too,
// wherever redrive is run.
static struct text with_folder(struct stack *stack, struct text text)
{
    static const struct text mark = TEXT("{here}");
    static const struct text program = TEXT("exec:");
    const char *slash = strrchr(stack->file, '/');
    struct text here =
        slash == NULL ? TEXT(".") : text_from(stack->file, (size_t)(slash - stack->file));
    cleanup(buffer_deinit) struct buffer words = {0};
    if (text_starts_with(text, TEXT("exec:./")) || text_starts_with(text, TEXT("exec:../"))) {
        buffer_print(&words, "exec:%.*s/", TEXT_ARGUMENTS(here));
        text = text_skip(text, program.length);
    }
    size_t at;
    while (text_find(text, mark, &at)) {
        buffer_append(&words, text_head(text, at));
        buffer_append(&words, here);
        text = text_skip(text, at + mark.length);
    }
    buffer_append(&words, text);
    return arena_copy(stack->arena, buffer_text(&words));
}

// "exec:..." as a text; {sim: {...}} as a mapping.
static struct text target_of(struct stack *stack, const cJSON *node)
{
    const cJSON *only = cJSON_IsObject(node) ? node->child : NULL;
    if (node_is_scalar(node))
        return with_folder(stack, node_text(node));
    if (only == NULL || only->next != NULL || strcmp(only->string, "sim") != 0 ||
        !cJSON_IsObject(only)) {
        stack_fault(stack, node,
                    "a target is sim: {...}, or a text such as exec:./bootstrap or "
                    "http://127.0.0.1:9000/");
        return (struct text){0};
    }
    char *json = cJSON_PrintUnformatted(only);
    struct text target = arena_print(stack->arena, "sim:%s", json);
    cJSON_free(json);
    return target;
}

static bool collect_function(struct stack *stack, const cJSON *resource)
{
    const cJSON *properties = properties_of(resource);
    bool serverless = text_equal(tree_text(resource, "Type"), TEXT("AWS::Serverless::Function"));
    if (is_too_many(stack, resource, stack->function_count) ||
        (!serverless &&
         !check_properties(stack, resource, "AWS::Lambda::Function", function_properties)))
        return false;
    struct text id = text_of(resource->string);
    struct text name = text_property(stack, properties, "FunctionName", id);
    if (name.length == 0)
        return false;
    const cJSON *target = tree_member(resource, "Target");
    struct stack_function function = {
        .id = id, .name = name, .properties = properties, .node = resource, .resource = resource};
    if (target != NULL)
        function.target = target_of(stack, target);
    stack->functions[stack->function_count++] = function;
    return !stack_is_faulty(stack);
}

static struct text last_part(struct text arn)
{
    struct text left;
    while (text_cut(arn, ':', &left, &arn))
        continue;
    return arn;
}

// "name", or "arn:aws:lambda:us-east-1:000000000000:function:name:alias".
static struct stack_function *function_of(struct stack *stack, struct text reference)
{
    static const struct text mark = TEXT(":function:");
    size_t at;
    struct text name = reference;
    struct text alias;
    if (text_find(reference, mark, &at))
        name = text_skip(reference, at + mark.length);
    text_cut(name, ':', &name, &alias);
    return stack_find_function(stack, name);
}

// Takes the input over, which becomes that of CreateEventSourceMapping.
static bool add_mapping(struct stack *stack, const cJSON *node, struct text id, cJSON *input,
                        struct text function_reference)
{
    cleanup(cJSON_Delete) cJSON *owned = input;
    if (is_too_many(stack, node, stack->mapping_count))
        return false;
    struct text source = node_text(tree_member(input, "EventSourceArn"));
    const struct stack_queue *queue = stack_find_queue(stack, last_part(source));
    const struct stack_function *function = function_of(stack, function_reference);
    // A template may have streams and tables too.
    if (queue == NULL && is_of_template(stack, node))
        return true;
    if (queue == NULL)
        return stack_fault(stack, node, "EventSourceArn: there is no queue '%.*s'",
                           TEXT_ARGUMENTS(source));
    if (function == NULL)
        return stack_fault(stack, node, "FunctionName: there is no function '%.*s'",
                           TEXT_ARGUMENTS(function_reference));
    struct text arn = stack_queue_arn(stack, queue->name);
    cJSON_DeleteItemFromObjectCaseSensitive(owned, "Tags");
    cJSON_ReplaceItemInObjectCaseSensitive(owned, "EventSourceArn", cJSON_CreateString(arn.bytes));
    cJSON_DeleteItemFromObjectCaseSensitive(owned, "FunctionName");
    cJSON_AddStringToObject(owned, "FunctionName", arena_copy(stack->arena, function->name).bytes);
    stack->mappings[stack->mapping_count++] = (struct stack_mapping){
        .id = id, .input = take(&owned), .queue = queue, .function = function, .node = node};
    return true;
}

static bool collect_mapping(struct stack *stack, const cJSON *resource)
{
    const cJSON *properties = properties_of(resource);
    if (!check_properties(stack, resource, "AWS::Lambda::EventSourceMapping", mapping_properties))
        return false;
    cleanup(cJSON_Delete) cJSON *input =
        properties == NULL ? tree_new() : template_resolve(stack, properties);
    if (input == NULL)
        return false;
    if (tree_member(input, "EventSourceArn") == NULL || tree_member(input, "FunctionName") == NULL)
        return stack_fault(stack, resource,
                           "a mapping needs the properties EventSourceArn and FunctionName");
    struct text function = arena_copy(stack->arena, node_text(tree_member(input, "FunctionName")));
    return add_mapping(stack, resource, text_of(resource->string), take(&input), function);
}

// The Events of a SAM function; SAM calls the mapping by the ids of both.
static bool collect_events(struct stack *stack, const cJSON *resource)
{
    const cJSON *event;
    cJSON_ArrayForEach(event, tree_member(properties_of(resource), "Events"))
    {
        if (!text_equal(tree_text(event, "Type"), TEXT("SQS")))
            continue;
        const cJSON *properties = properties_of(event);
        cleanup(cJSON_Delete) cJSON *input =
            properties == NULL ? NULL : template_resolve(stack, properties);
        cJSON *queue =
            input == NULL ? NULL : cJSON_DetachItemFromObjectCaseSensitive(input, "Queue");
        if (queue == NULL)
            return stack_fault(stack, event, "an SQS event needs the property Queue");
        cJSON_AddItemToObject(input, "EventSourceArn", queue);
        struct text id = arena_print(stack->arena, "%s%s", resource->string, event->string);
        if (!add_mapping(stack, resource, id, take(&input), text_of(resource->string)))
            return false;
    }
    return true;
}

// ---- all of them ----

struct type {
    const char *name;
    bool (*collect)(struct stack *stack, const cJSON *resource);
    bool (*connect)(struct stack *stack, const cJSON *resource); // once all are collected
};

static const struct type types[] = {
    {"AWS::SQS::Queue", collect_queue, NULL},
    {"AWS::Lambda::Function", collect_function, NULL},
    {"AWS::Serverless::Function", collect_function, collect_events},
    {"AWS::Lambda::EventSourceMapping", NULL, collect_mapping},
};

static bool unknown_type(struct stack *stack, const cJSON *resource, struct text name)
{
    static const char *const names[] = {"AWS::SQS::Queue", "AWS::Lambda::Function",
                                        "AWS::Serverless::Function",
                                        "AWS::Lambda::EventSourceMapping"};
    static const char *const others[] = {"AWS::SQS::QueuePolicy",
                                         "AWS::SQS::QueueInlinePolicy",
                                         "AWS::Lambda::Permission",
                                         "AWS::Lambda::Version",
                                         "AWS::Lambda::Alias",
                                         "AWS::Lambda::Url",
                                         "AWS::Lambda::LayerVersion",
                                         "AWS::Lambda::LayerVersionPermission",
                                         "AWS::Lambda::EventInvokeConfig",
                                         "AWS::Lambda::CodeSigningConfig",
                                         "AWS::Lambda::CapacityProvider"};
    for (size_t i = 0; i < ROWS(others); i++) {
        if (text_equal(name, text_of(others[i])))
            return true;
    }
    bool bare = !text_find(name, TEXT("::"), NULL);
    bool ours = bare || text_starts_with(name, TEXT("AWS::SQS::")) ||
                text_starts_with(name, TEXT("AWS::Lambda::")) ||
                text_starts_with(name, TEXT("AWS::Serverless::Func"));
    struct text meant = stack_meant(stack, name, names, ROWS(names));
    if (!ours || (meant.length == 0 && !bare))
        return true;
    return stack_fault(stack, resource,
                       "'%s' has the type '%.*s', which is none that is known here%.*s",
                       resource->string, TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(meant));
}

static const struct type *type_of(const cJSON *resource)
{
    for (size_t i = 0; i < ROWS(types); i++) {
        if (text_equal(tree_text(resource, "Type"), text_of(types[i].name)))
            return &types[i];
    }
    return NULL;
}

static bool collect_all(struct stack *stack, const cJSON *resources)
{
    const cJSON *resource;
    cJSON_ArrayForEach(resource, resources)
    {
        // SAM has loops, which are lists.
        if (cJSON_IsArray(resource) && is_of_template(stack, resource))
            continue;
        if (resource->string[0] == '\0')
            return stack_fault(stack, resource, "a resource needs a name");
        if (!shape_check(stack, "a resource", resource, resource_fields))
            return false;
        const struct type *type = type_of(resource);
        if (type == NULL && !unknown_type(stack, resource, tree_text(resource, "Type")))
            return false;
        if (type != NULL && type->collect != NULL && !type->collect(stack, resource))
            return false;
    }
    return true;
}

static bool connect_all(struct stack *stack, const cJSON *resources)
{
    const cJSON *resource;
    cJSON_ArrayForEach(resource, resources)
    {
        const struct type *type = type_of(resource);
        if (type != NULL && type->connect != NULL && !type->connect(stack, resource))
            return false;
    }
    return true;
}

// targets: {id: target}, then --function NAME=TARGET.
static bool bind_targets(struct stack *stack)
{
    static const struct field field = {"", FIELD_FUNCTION, true};
    const cJSON *target;
    cJSON_ArrayForEach(target, tree_member(stack->root, "targets"))
    {
        cleanup(cJSON_Delete) cJSON *name = cJSON_CreateString(target->string);
        name->valueint = target->valueint;
        if (!field_check(stack, "targets", name, &field))
            return false;
        struct stack_function *function = stack_find_function(stack, text_of(target->string));
        assert(function != NULL); // it was checked
        function->target = target_of(stack, target);
        if (stack_is_faulty(stack))
            return false;
    }
    for (size_t i = 0; i < stack->target_count; i++) {
        struct text name;
        struct text given;
        if (!text_cut(stack->targets[i], '=', &name, &given))
            continue;
        struct stack_function *function = stack_find_function(stack, name);
        if (function != NULL)
            function->target = given;
    }
    return true;
}

bool stack_collect(struct stack *stack)
{
    const cJSON *own = tree_member(stack->root, "resources");
    const cJSON *template_node = tree_member(stack->root, "template");
    if (template_node != NULL && !stack_read_template(stack, template_node))
        return false;
    const cJSON *others = tree_member(stack->template_root, "Resources");
    return collect_all(stack, own) && collect_all(stack, others) && connect_all(stack, own) &&
           connect_all(stack, others) && bind_targets(stack);
}

// ---- finding ----

struct stack_queue *stack_find_queue(struct stack *stack, struct text name)
{
    for (size_t i = 0; i < stack->queue_count; i++) {
        if (text_equal(stack->queues[i].id, name) || text_equal(stack->queues[i].name, name))
            return &stack->queues[i];
    }
    return NULL;
}

struct stack_function *stack_find_function(struct stack *stack, struct text name)
{
    for (size_t i = 0; i < stack->function_count; i++) {
        struct stack_function *function = &stack->functions[i];
        if (text_equal(function->id, name) || text_equal(function->name, name))
            return function;
    }
    return NULL;
}

struct stack_mapping *stack_find_mapping(struct stack *stack, struct text name)
{
    struct stack_mapping *found = NULL;
    size_t count = 0;
    for (size_t i = 0; i < stack->mapping_count; i++) {
        struct stack_mapping *mapping = &stack->mappings[i];
        if (text_equal(mapping->id, name))
            return mapping;
        if (text_equal(mapping->queue->id, name) || text_equal(mapping->queue->name, name) ||
            text_equal(mapping->function->id, name) || text_equal(mapping->function->name, name)) {
            found = mapping;
            count++;
        }
    }
    return count == 1 ? found : NULL;
}
