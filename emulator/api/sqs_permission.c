// sqs_permission -- AddPermission and RemovePermission: two ways to edit the Policy attribute (S-140).
//
//     {"Version":"2008-10-17","Id":"<queue ARN>/SQSDefaultPolicy","Statement":[
//       {"Sid":"<label>","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::<account>:root"},
//        "Action":"SQS:<action>","Resource":"<queue ARN>"}]}
//
// One account or action stands alone, several as a list. Policies are stored, not enforced (S-143).
#include "emulator/api/policy.h"
#include "emulator/api/sqs_handlers.h"
#include "emulator/api/sqs_shapes.h"
#include "emulator/world.h"
#include "esm/json.h"

#include <string.h>

static const char *const granted_actions[] = {
    "*",           "ChangeMessageVisibility",    "DeleteMessage", "GetQueueAttributes",
    "GetQueueUrl", "ListDeadLetterSourceQueues", "PurgeQueue",    "ReceiveMessage",
    "SendMessage",
};

static const char *const owner_actions[] = {
    "AddPermission",
    "CancelMessageMoveTask",
    "CreateQueue",
    "DeleteQueue",
    "ListMessageMoveTasks",
    "ListQueues",
    "ListQueueTags",
    "RemovePermission",
    "SetQueueAttributes",
    "StartMessageMoveTask",
    "TagQueue",
    "UntagQueue",
};

static bool is_among(const char *const *names, size_t count, struct text name)
{
    for (size_t i = 0; i < count; i++) {
        if (text_equal(text_of(names[i]), name))
            return true;
    }
    return false;
}
#define IS_AMONG(names, name) is_among(names, sizeof(names) / sizeof((names)[0]), name)

static struct fault check_actions(struct arena *arena, const struct text_list *actions)
{
    if (actions->count == 0)
        return fault_with(FAULT_PARAMETER_MISSING,
                          TEXT("The request must contain the parameter Actions."));
    if (actions->count > POLICY_ACTIONS_MAX)
        return fault_print(arena, FAULT_OVER_LIMIT,
                           "%zu Actions were found, maximum allowed is %d.", actions->count,
                           POLICY_ACTIONS_MAX);
    for (size_t i = 0; i < actions->count; i++) {
        struct text action = actions->items[i];
        if (IS_AMONG(granted_actions, action))
            continue;
        return fault_print(arena, FAULT_PARAMETER_VALUE,
                           "Value SQS:%.*s for parameter ActionName is invalid. Reason: %s",
                           TEXT_ARGUMENTS(action),
                           IS_AMONG(owner_actions, action)
                               ? "Only the queue owner is allowed to invoke this action."
                               : "Please refer to the appropriate WSDL for a list of valid "
                                 "actions.");
    }
    return FAULT_NO;
}

static struct fault label_fault(struct arena *arena, struct text label, const char *reason)
{
    return fault_print(arena, FAULT_PARAMETER_VALUE,
                       "Value %.*s for parameter Label is invalid. Reason: %s",
                       TEXT_ARGUMENTS(label), reason);
}

static void add_string(struct arena *arena, cJSON *object, const char *name, struct text value)
{
    cJSON_AddStringToObject(object, name, arena_copy(arena, value).bytes);
}

// One alone, several as a list, each behind its prefix and before its suffix.
static void add_one_or_list(struct arena *arena, cJSON *object, const char *name,
                            const struct text_list *items, const char *prefix, const char *suffix)
{
    cJSON *list = items->count == 1 ? NULL : cJSON_AddArrayToObject(object, name);
    for (size_t i = 0; i < items->count; i++) {
        struct text text =
            arena_print(arena, "%s%.*s%s", prefix, TEXT_ARGUMENTS(items->items[i]), suffix);
        if (list != NULL)
            cJSON_AddItemToArray(list, cJSON_CreateString(text.bytes));
        else
            cJSON_AddStringToObject(object, name, text.bytes);
    }
}

static cJSON *statement_from(struct sqs_call *call, const struct add_permission_input *input)
{
    cJSON *statement = cJSON_CreateObject();
    add_string(call->arena, statement, "Sid", input->label);
    cJSON_AddStringToObject(statement, "Effect", "Allow");
    cJSON *principal = cJSON_AddObjectToObject(statement, "Principal");
    add_one_or_list(call->arena, principal, "AWS", &input->accounts, "arn:aws:iam::", ":root");
    add_one_or_list(call->arena, statement, "Action", &input->actions, "SQS:", "");
    add_string(call->arena, statement, "Resource", queue_arn(call->queue));
    return statement;
}

// The queue's policy, or an empty one, with a list of statements. The caller owns it.
static cJSON *policy_of(struct sqs_call *call)
{
    cJSON *policy = json_parse(queue_settings(call->queue)->policy, NULL);
    if (policy == NULL) {
        struct text arn = queue_arn(call->queue);
        policy = cJSON_CreateObject();
        cJSON_AddStringToObject(policy, "Version", "2008-10-17");
        add_string(call->arena, policy, "Id",
                   arena_print(call->arena, "%.*s/SQSDefaultPolicy", TEXT_ARGUMENTS(arn)));
    }
    cJSON *statements = cJSON_DetachItemFromObjectCaseSensitive(policy, "Statement");
    if (!cJSON_IsArray(statements)) {
        cJSON *list = cJSON_CreateArray();
        if (statements != NULL)
            cJSON_AddItemToArray(list, statements);
        statements = list;
    }
    cJSON_AddItemToObject(policy, "Statement", statements);
    return policy;
}

static cJSON *statements_of(cJSON *policy)
{
    return cJSON_GetObjectItemCaseSensitive(policy, "Statement");
}

// The place of the label's statement, or -1.
static int find_label(const cJSON *statements, struct text label)
{
    int at = 0;
    const cJSON *statement;
    cJSON_ArrayForEach(statement, statements)
    {
        if (text_equal(json_member_text(statement, "Sid"), label))
            return at;
        at++;
    }
    return -1;
}

// Without statements the attribute goes (S-141).
static void store_policy(struct sqs_call *call, cJSON *policy)
{
    cleanup(buffer_deinit) struct buffer text = {0};
    if (cJSON_GetArraySize(statements_of(policy)) > 0)
        json_append_tree(&text, policy);
    struct queue_settings settings = *queue_settings(call->queue);
    settings.policy = buffer_text(&text);
    engine_change_settings(call->world->engine, call->queue, &settings);
}

struct fault sqs_add_permission(struct sqs_call *call)
{
    const struct add_permission_input *input = call->input;
    struct fault fault = check_actions(call->arena, &input->actions);
    if (fault.kind != FAULT_NONE)
        return fault;
    if (input->accounts.count == 0)
        return fault_with(FAULT_PARAMETER_VALUE,
                          TEXT("Value [] for parameter PrincipalId is invalid. Reason: Unable to "
                               "verify."));
    cleanup(json_tree_free) cJSON *policy = policy_of(call);
    if (find_label(statements_of(policy), input->label) >= 0)
        return label_fault(call->arena, input->label, "Already exists.");
    cJSON_AddItemToArray(statements_of(policy), statement_from(call, input));
    cleanup(buffer_deinit) struct buffer text = {0};
    json_append_tree(&text, policy);
    fault = policy_check_limits(call->arena, buffer_text(&text)); // S-253
    if (fault.kind == FAULT_NONE)
        store_policy(call, policy);
    return fault;
}

struct fault sqs_remove_permission(struct sqs_call *call)
{
    const struct remove_permission_input *input = call->input;
    cleanup(json_tree_free) cJSON *policy = policy_of(call);
    int at = find_label(statements_of(policy), input->label);
    if (at < 0)
        return label_fault(call->arena, input->label, "can't find label.");
    cJSON_DeleteItemFromArray(statements_of(policy), at);
    store_policy(call, policy);
    return FAULT_NO;
}
