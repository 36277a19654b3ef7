// policy -- the two redrive policies, checked text by text, and the limits of the third.
//
//     RedrivePolicy       {"deadLetterTargetArn":"arn:...","maxReceiveCount":3}
//     RedriveAllowPolicy  {"redrivePermission":"byQueue","sourceQueueArns":["arn:...", ...]}
//
// All that is wrong with either is InvalidParameterValue (S-191). The dead-letter queue must exist
// when the policy is set; that it may vanish later is the engine's concern (S-207).
#include "emulator/api/policy.h"

#include "emulator/api/sqs_hint.h"
#include "esm/json.h"

#define RECEIVE_COUNT_MAX 1000

static const char *const target_name = "deadLetterTargetArn";
static const char *const count_name = "maxReceiveCount";

static struct fault redrive_fault(struct arena *arena, struct text text, const char *reason)
{
    return fault_print(arena, FAULT_PARAMETER_VALUE,
                       "Value %.*s for parameter RedrivePolicy is invalid. Reason: %s",
                       TEXT_ARGUMENTS(text), reason);
}

static bool has_only(const cJSON *object, const char *first, const char *second)
{
    const cJSON *child;
    cJSON_ArrayForEach(child, object)
    {
        struct text name = text_of(child->string);
        if (!text_equal(name, text_of(first)) && !text_equal(name, text_of(second)))
            return false;
    }
    return true;
}

// A number, or a numeric string (S-190).
static bool read_count(const cJSON *value, int64_t *ret_count)
{
    if (cJSON_IsString(value))
        return text_to_integer(text_of(value->valuestring), ret_count);
    return json_integer(value, ret_count);
}

static struct text count_text(struct arena *arena, const cJSON *value)
{
    cleanup(buffer_deinit) struct buffer buffer = {0};
    if (cJSON_IsString(value))
        return arena_copy(arena, text_of(value->valuestring));
    json_append_tree(&buffer, value);
    return arena_copy(arena, buffer_text(&buffer));
}

// Members present, of the right form, and nothing else (S-191), in the order of its texts.
static struct fault check_members(struct arena *arena, const cJSON *tree, struct text text,
                                  struct queue_key *ret_target, int64_t *ret_count)
{
    const cJSON *count = json_member(tree, count_name);
    const cJSON *target = json_member(tree, target_name);
    if (count == NULL)
        return redrive_fault(
            arena, text, "Redrive policy does not contain mandatory attribute: maxReceiveCount.");
    if (target == NULL)
        return redrive_fault(
            arena, text,
            "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
    int64_t value;
    if (!read_count(count, &value) || value < 1 || value > RECEIVE_COUNT_MAX) {
        struct text shown = count_text(arena, count);
        struct text reason = arena_print(
            arena,
            "Invalid value for maxReceiveCount: %.*s, valid values are from 1 to 1000 both "
            "inclusive.",
            TEXT_ARGUMENTS(shown));
        return redrive_fault(arena, text, reason.bytes);
    }
    struct text arn = arena_copy(arena, json_member_text(tree, target_name));
    if (!text_starts_with(arn, TEXT("arn:")))
        return redrive_fault(arena, text, "Invalid value for deadLetterTargetArn.");
    if (!queue_key_from_arn(arn, ret_target))
        return redrive_fault(arena, text, "Dead-letter target ARN should be fully qualified ARN.");
    if (!has_only(tree, target_name, count_name))
        return redrive_fault(
            arena, text,
            "Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn].");
    *ret_count = value;
    return FAULT_NO;
}

// True if a queue with these settings lets the source of this ARN use it (S-195).
static bool allows_source(const struct queue_settings *settings, struct text source_arn)
{
    if (!settings->redrive_allow_set)
        return true;
    switch (settings->redrive_permission) {
    case REDRIVE_ALLOW_ALL:
        return true;
    case REDRIVE_DENY_ALL:
        return false;
    case REDRIVE_BY_QUEUE:
        for (size_t i = 0; i < settings->redrive_source_count; i++) {
            if (text_equal(settings->redrive_source_arns[i], source_arn))
                return true;
        }
        return false;
    }
    return false;
}

static struct text arn_of(struct arena *arena, const struct queue_key *key)
{
    cleanup(buffer_deinit) struct buffer buffer = {0};
    queue_key_append_arn(key, &buffer);
    return arena_copy(arena, buffer_text(&buffer));
}

// The target must exist now, also when it is the queue itself (S-193), which therefore cannot be
// created with itself as target.
static struct fault check_target(struct arena *arena, const struct engine *engine,
                                 const struct queue_key *key, struct text text,
                                 const struct queue_key *target,
                                 const struct queue_settings *settings)
{
    if (!text_equal(target->account, key->account))
        return redrive_fault(arena, text, "Dead-letter target owner should be same as the source.");
    const struct queue *queue = NULL;
    if (text_equal(target->region, key->region))
        queue = engine_find_queue(engine, target);
    if (queue == NULL) {
        struct fault fault = redrive_fault(arena, text, "Dead letter target does not exist.");
        fault.hint = sqs_hint(arena, engine, target);
        return fault;
    }
    if (queue_settings(queue)->fifo != settings->fifo)
        return redrive_fault(arena, text,
                             "Dead-letter queue must be same type of queue as the source.");
    if (!allows_source(queue_settings(queue), arn_of(arena, key)))
        return redrive_fault(arena, text,
                             "Dead-letter target does not allow this source: see its "
                             "RedriveAllowPolicy.");
    return FAULT_NO;
}

struct fault policy_read_redrive(struct arena *arena, const struct engine *engine,
                                 const struct queue_key *key, struct text text,
                                 struct queue_settings *settings)
{
    if (text.length == 0) {
        settings->receive_count_max = 0;
        settings->dead_letter = (struct queue_key){0};
        return FAULT_NO;
    }
    cleanup(json_tree_free) cJSON *tree = json_parse(text, NULL);
    if (!cJSON_IsObject(tree))
        return fault_with(FAULT_PARAMETER_VALUE,
                          TEXT("Invalid value for the parameter RedrivePolicy. Reason: Redrive "
                               "policy is not a valid JSON map."));
    struct queue_key target = {0};
    int64_t count = 0;
    struct fault fault = check_members(arena, tree, text, &target, &count);
    if (fault.kind == FAULT_NONE)
        fault = check_target(arena, engine, key, text, &target, settings);
    if (fault.kind != FAULT_NONE)
        return fault;
    settings->dead_letter = target;
    settings->receive_count_max = count;
    return FAULT_NO;
}

// ---- RedriveAllowPolicy ----

static const struct text permission_names[] = {
    [REDRIVE_ALLOW_ALL] = {.bytes = "allowAll", .length = 8},
    [REDRIVE_DENY_ALL] = {.bytes = "denyAll", .length = 7},
    [REDRIVE_BY_QUEUE] = {.bytes = "byQueue", .length = 7},
};

static struct fault allow_form_fault(void)
{
    return fault_with(FAULT_PARAMETER_VALUE,
                      TEXT("Invalid value for the parameter RedriveAllowPolicy. Reason: Amazon SQS "
                           "can't create the redrive allow policy, as it’s in an unsupported "
                           "format."));
}

static struct fault allow_fault(struct arena *arena, struct text text, const char *reason)
{
    return fault_print(arena, FAULT_PARAMETER_VALUE,
                       "Value %.*s for parameter RedriveAllowPolicy is invalid. Reason: Amazon SQS "
                       "can't create the redrive allow policy. %s",
                       TEXT_ARGUMENTS(text), reason);
}

static bool read_permission(const cJSON *tree, enum redrive_permission *ret_permission)
{
    struct text name = json_member_text(tree, "redrivePermission");
    for (size_t i = 0; i < sizeof(permission_names) / sizeof(permission_names[0]); i++) {
        if (text_equal(permission_names[i], name)) {
            *ret_permission = (enum redrive_permission)i;
            return true;
        }
    }
    return false;
}

static struct fault check_sources(struct arena *arena, struct text text,
                                  enum redrive_permission permission, size_t source_count)
{
    if (permission == REDRIVE_BY_QUEUE && source_count == 0)
        return allow_fault(arena, text,
                           "When you specify the byQueue permission type, you must also specify "
                           "one or more sourceQueueArns values.");
    if (permission != REDRIVE_BY_QUEUE && source_count > 0)
        return allow_fault(arena, text,
                           "To specify one or more source queue ARNs, you must set "
                           "redrivePermission to byQueue.");
    if (source_count > REDRIVE_SOURCES_MAX)
        return allow_fault(arena, text,
                           "The maximum number of source queue ARNs you can specify is 10.");
    return FAULT_NO;
}

struct fault policy_read_redrive_allow(struct arena *arena, struct text text,
                                       struct queue_settings *settings)
{
    if (text.length == 0) {
        settings->redrive_allow_set = false;
        settings->redrive_permission = REDRIVE_ALLOW_ALL;
        settings->redrive_source_count = 0;
        return FAULT_NO;
    }
    cleanup(json_tree_free) cJSON *tree = json_parse(text, NULL);
    const cJSON *sources = json_member(tree, "sourceQueueArns");
    enum redrive_permission permission;
    if (!cJSON_IsObject(tree) || !has_only(tree, "redrivePermission", "sourceQueueArns") ||
        !read_permission(tree, &permission) || (sources != NULL && !cJSON_IsArray(sources)))
        return allow_form_fault();
    size_t source_count = (size_t)cJSON_GetArraySize(sources);
    struct fault fault = check_sources(arena, text, permission, source_count);
    if (fault.kind != FAULT_NONE)
        return fault;
    struct text arns[REDRIVE_SOURCES_MAX];
    size_t count = 0;
    const cJSON *source;
    cJSON_ArrayForEach(source, sources)
    {
        struct queue_key key;
        if (!cJSON_IsString(source) || !queue_key_from_arn(text_of(source->valuestring), &key))
            return allow_form_fault();
        arns[count++] = arena_copy(arena, text_of(source->valuestring));
    }
    settings->redrive_allow_set = true;
    settings->redrive_permission = permission;
    settings->redrive_source_count = count;
    for (size_t i = 0; i < count; i++)
        settings->redrive_source_arns[i] = arns[i];
    return FAULT_NO;
}

// ---- as reported ----

struct text policy_redrive_text(struct arena *arena, const struct queue_settings *settings)
{
    if (settings->receive_count_max == 0)
        return TEXT("");
    cleanup(buffer_deinit) struct buffer buffer = {0};
    buffer_append_byte(&buffer, '{');
    json_append_member_string(&buffer, text_of(target_name), arn_of(arena, &settings->dead_letter));
    json_append_member_integer(&buffer, text_of(count_name), settings->receive_count_max);
    buffer_append_byte(&buffer, '}');
    return arena_copy(arena, buffer_text(&buffer));
}

struct text policy_redrive_allow_text(struct arena *arena, const struct queue_settings *settings)
{
    if (!settings->redrive_allow_set)
        return TEXT("");
    cleanup(buffer_deinit) struct buffer buffer = {0};
    buffer_append_byte(&buffer, '{');
    json_append_member_string(&buffer, TEXT("redrivePermission"),
                              permission_names[settings->redrive_permission]);
    if (settings->redrive_source_count > 0) {
        json_append_name(&buffer, TEXT("sourceQueueArns"));
        for (size_t i = 0; i < settings->redrive_source_count; i++) {
            buffer_append_byte(&buffer, i == 0 ? '[' : ',');
            json_append_string(&buffer, settings->redrive_source_arns[i]);
        }
        buffer_append_byte(&buffer, ']');
    }
    buffer_append_byte(&buffer, '}');
    return arena_copy(arena, buffer_text(&buffer));
}

// ---- Policy ----

static struct fault over_limit(struct arena *arena, size_t count, const char *noun, int most)
{
    return fault_print(arena, FAULT_OVER_LIMIT, "%zu %s were found, maximum allowed is %d.", count,
                       noun, most);
}

// Strings in the value: itself, a list's, or those of an object's members.
static size_t count_strings(const cJSON *value)
{
    if (cJSON_IsString(value))
        return 1;
    size_t count = 0;
    const cJSON *child;
    cJSON_ArrayForEach(child, value)
    {
        count += count_strings(child);
    }
    return count;
}

struct fault policy_check_limits(struct arena *arena, struct text text)
{
    if (text.length > POLICY_BYTES_MAX)
        return over_limit(arena, text.length, "Bytes", POLICY_BYTES_MAX);
    cleanup(json_tree_free) cJSON *tree = json_parse(text, NULL);
    const cJSON *statements = json_member(tree, "Statement");
    bool alone = cJSON_IsObject(statements);
    size_t statement_count = alone ? 1 : (size_t)cJSON_GetArraySize(statements);
    if (statement_count > POLICY_STATEMENTS_MAX)
        return over_limit(arena, statement_count, "Statements", POLICY_STATEMENTS_MAX);
    size_t principal_count = 0;
    const cJSON *statement = alone || statements == NULL ? statements : statements->child;
    for (; statement != NULL; statement = alone ? NULL : statement->next) {
        size_t action_count = count_strings(json_member(statement, "Action"));
        principal_count += count_strings(json_member(statement, "Principal"));
        if (action_count > POLICY_ACTIONS_MAX)
            return over_limit(arena, action_count, "Actions", POLICY_ACTIONS_MAX);
    }
    if (principal_count > POLICY_PRINCIPALS_MAX)
        return over_limit(arena, principal_count, "Principals", POLICY_PRINCIPALS_MAX);
    return FAULT_NO;
}

bool policy_is_json_map(struct text text)
{
    cleanup(json_tree_free) cJSON *tree = json_parse(text, NULL);
    return cJSON_IsObject(tree);
}

bool policy_is_same(struct text left, struct text right)
{
    if (text_equal(left, right))
        return true;
    cleanup(json_tree_free) cJSON *left_tree = json_parse(left, NULL);
    cleanup(json_tree_free) cJSON *right_tree = json_parse(right, NULL);
    return left_tree != NULL && right_tree != NULL && cJSON_Compare(left_tree, right_tree, true);
}
