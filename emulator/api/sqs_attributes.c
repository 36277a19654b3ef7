// sqs_attributes -- GetQueueAttributes, SetQueueAttributes, and what CreateQueue shares with them.
//
// Names, kinds and ranges are the rows of queue/settings.h; what is said here is what AWS answers
// when a value does not fit its row, and the two things that are no rows: the computed attributes
// (counters, timestamps, the ARN), and the ties between attributes (KMS and SSE, throughput and
// scope).
#include "emulator/api/sqs_attributes.h"

#include "emulator/api/policy.h"
#include "emulator/api/sqs_handlers.h"
#include "emulator/world.h"

#include <stdio.h>

#define KMS_REUSE_SECONDS_DEFAULT 300

static struct fault unknown_attribute(struct arena *arena, struct text name)
{
    return fault_print(arena, FAULT_ATTRIBUTE_NAME, "Unknown Attribute %.*s.",
                       TEXT_ARGUMENTS(name));
}

static struct fault invalid_value(struct arena *arena, struct text name)
{
    return fault_print(arena, FAULT_ATTRIBUTE_VALUE, "Invalid value for the parameter %.*s.",
                       TEXT_ARGUMENTS(name));
}

static bool read_boolean(struct text value, bool *ret_value)
{
    bool yes = text_equal_ignoring_case(value, TEXT("true"));
    if (!yes && !text_equal_ignoring_case(value, TEXT("false")))
        return false;
    *ret_value = yes;
    return true;
}

// The value given for an attribute; bytes NULL if it was not given.
static struct text given_value(const struct pair_list *attributes, struct text name)
{
    struct text value = {0};
    for (size_t i = 0; i < attributes->count; i++) {
        if (text_equal(attributes->items[i].name, name))
            value = attributes->items[i].value;
    }
    return value;
}

struct fault attributes_read_fifo(const struct sqs_call *call, const struct pair_list *attributes,
                                  bool *ret_fifo)
{
    bool fifo = false;
    struct text value = given_value(attributes, TEXT("FifoQueue"));
    if (value.bytes != NULL && !read_boolean(value, &fifo))
        return invalid_value(call->arena, TEXT("FifoQueue"));
    *ret_fifo = fifo;
    return FAULT_NO;
}

// ---- one attribute ----

// A FIFO attribute of a standard queue (S-111): two are unknown, two say why.
static struct fault fifo_only_fault(struct arena *arena, const struct setting *setting)
{
    if (setting->kind != SETTING_CHOICE)
        return unknown_attribute(arena, setting->name);
    return fault_print(arena, FAULT_ATTRIBUTE_NAME,
                       "You can specify the %.*s only when FifoQueue is set to true.",
                       TEXT_ARGUMENTS(setting->name));
}

static void *setting_in(struct queue_settings *settings, const struct setting *setting)
{
    return (char *)settings + setting->offset;
}

static const void *setting_of(const struct queue_settings *settings, const struct setting *setting)
{
    return (const char *)settings + setting->offset;
}

static struct fault apply_boolean(struct arena *arena, const struct setting *setting,
                                  struct text value, struct queue_settings *settings)
{
    bool wanted;
    if (!read_boolean(value, &wanted))
        return invalid_value(arena, setting->name);
    if (setting_in(settings, setting) == &settings->fifo && !wanted)
        return fault_with(FAULT_ATTRIBUTE_VALUE,
                          TEXT("Invalid value for the parameter FifoQueue. Reason: Modifying queue "
                               "type is not supported."));
    *(bool *)setting_in(settings, setting) = wanted;
    return FAULT_NO;
}

static struct fault apply_choice(struct arena *arena, const struct setting *setting,
                                 struct text value, struct queue_settings *settings)
{
    bool second = text_equal(value, setting->choices[1]);
    if (!second && !text_equal(value, setting->choices[0]))
        return invalid_value(arena, setting->name);
    *(bool *)setting_in(settings, setting) = second;
    return FAULT_NO;
}

static struct fault apply_integer(struct arena *arena, const struct setting *setting,
                                  struct text value, struct queue_settings *settings)
{
    int64_t number;
    if (!text_to_integer(value, &number) || number < setting->least || number > setting->most)
        return invalid_value(arena, setting->name);
    *(int64_t *)setting_in(settings, setting) = number;
    return FAULT_NO;
}

static struct fault apply_text(struct arena *arena, const struct setting *setting,
                               struct text value, struct queue_settings *settings)
{
    struct text *place = setting_in(settings, setting);
    if (place == &settings->policy && value.length > 0 && !policy_is_json_map(value))
        return invalid_value(arena, setting->name);
    *place = value;
    return place == &settings->policy ? policy_check_limits(arena, value) : FAULT_NO;
}

static struct fault apply_one(struct sqs_call *call, const struct text_pair *given,
                              const struct queue_key *key, struct queue_settings *settings)
{
    const struct setting *setting = setting_find(given->name);
    if (setting == NULL)
        return unknown_attribute(call->arena, given->name);
    if (setting->fifo_only && !settings->fifo)
        return fifo_only_fault(call->arena, setting);
    switch (setting->kind) {
    case SETTING_INTEGER:
        return apply_integer(call->arena, setting, given->value, settings);
    case SETTING_BOOLEAN:
        return apply_boolean(call->arena, setting, given->value, settings);
    case SETTING_CHOICE:
        return apply_choice(call->arena, setting, given->value, settings);
    case SETTING_TEXT:
        return apply_text(call->arena, setting, given->value, settings);
    case SETTING_POLICY:
        if (text_equal(setting->name, TEXT("RedrivePolicy")))
            return policy_read_redrive(call->arena, call->world->engine, key, given->value,
                                       settings);
        return policy_read_redrive_allow(call->arena, given->value, settings);
    }
    return FAULT_NO;
}

// ---- all attributes of a request ----

// KMS and SQS's own encryption exclude each other (S-248): what was given decides.
static struct fault settle_encryption(const struct pair_list *attributes,
                                      struct queue_settings *settings)
{
    bool sse_given = given_value(attributes, TEXT("SqsManagedSseEnabled")).bytes != NULL;
    struct text key_given = given_value(attributes, TEXT("KmsMasterKeyId"));
    bool sse_wanted = sse_given && settings->sqs_managed_sse;
    if (key_given.length > 0 && sse_wanted)
        return fault_with(FAULT_ATTRIBUTE_NAME,
                          TEXT("You can use one type of server-side encryption (SSE) at one time. "
                               "You can either enable KMS SSE or SQS SSE."));
    if (key_given.length > 0)
        settings->sqs_managed_sse = false;
    if (sse_wanted)
        settings->kms_master_key_id = TEXT("");
    if (settings->kms_master_key_id.length == 0)
        settings->kms_data_key_reuse_seconds = 0;
    return FAULT_NO;
}

struct fault attributes_apply(struct sqs_call *call, const struct pair_list *attributes,
                              const struct queue_key *key, struct queue_settings *settings)
{
    struct queue_settings wanted = *settings;
    for (size_t i = 0; i < attributes->count; i++) {
        struct fault fault = apply_one(call, &attributes->items[i], key, &wanted);
        if (fault.kind != FAULT_NONE)
            return fault;
    }
    struct fault fault = settle_encryption(attributes, &wanted);
    if (fault.kind != FAULT_NONE)
        return fault;
    if (wanted.throughput_per_group && !wanted.deduplication_per_group)
        return fault_with(FAULT_PARAMETER_VALUE,
                          TEXT("The perMessageGroupId value is allowed only when the value for "
                               "DeduplicationScope is messageGroup"));
    *settings = wanted;
    return FAULT_NO;
}

static int64_t shown_integer(const struct queue_settings *settings, const struct setting *setting)
{
    int64_t value = *(const int64_t *)setting_of(settings, setting);
    bool kms_unset =
        setting_of(settings, setting) == &settings->kms_data_key_reuse_seconds && value == 0;
    return kms_unset ? KMS_REUSE_SECONDS_DEFAULT : value;
}

static struct text policy_text(struct arena *arena, const struct setting *setting,
                               const struct queue_settings *settings)
{
    return text_equal(setting->name, TEXT("RedrivePolicy"))
               ? policy_redrive_text(arena, settings)
               : policy_redrive_allow_text(arena, settings);
}

static bool is_same(struct arena *arena, const struct setting *setting,
                    const struct queue_settings *left, const struct queue_settings *right)
{
    switch (setting->kind) {
    case SETTING_INTEGER:
        return shown_integer(left, setting) == shown_integer(right, setting);
    case SETTING_BOOLEAN:
    case SETTING_CHOICE:
        return *(const bool *)setting_of(left, setting) ==
               *(const bool *)setting_of(right, setting);
    case SETTING_TEXT:
        return policy_is_same(*(const struct text *)setting_of(left, setting),
                              *(const struct text *)setting_of(right, setting));
    case SETTING_POLICY:
        return text_equal(policy_text(arena, setting, left), policy_text(arena, setting, right));
    }
    return false;
}

struct text attributes_first_difference(struct arena *arena, const struct pair_list *attributes,
                                        const struct queue_settings *wanted,
                                        const struct queue_settings *current)
{
    for (size_t i = 0; i < attributes->count; i++) {
        const struct setting *setting = setting_find(attributes->items[i].name);
        if (!is_same(arena, setting, wanted, current))
            return setting->name;
    }
    return TEXT("");
}

struct fault sqs_set_queue_attributes(struct sqs_call *call)
{
    const struct set_attributes_input *input = call->input;
    if (input->attributes.count == 0) // AWS names a part of the member, and in both protocols.
        return fault_with(FAULT_PARAMETER_MISSING,
                          TEXT("The request must contain the parameter Attribute.Name."));
    struct queue_settings settings = *queue_settings(call->queue);
    struct fault fault =
        attributes_apply(call, &input->attributes, queue_key(call->queue), &settings);
    if (fault.kind == FAULT_NONE)
        engine_change_settings(call->world->engine, call->queue, &settings);
    return fault;
}

// ---- reading ----

// The attributes that are no settings, in the order in which they are listed.
enum computed {
    COMPUTED_VISIBLE,
    COMPUTED_IN_FLIGHT,
    COMPUTED_DELAYED,
    COMPUTED_CREATED,
    COMPUTED_MODIFIED,
    COMPUTED_ARN,
    COMPUTED_COUNT
};

// clang-format off
static const struct text computed_names[COMPUTED_COUNT] = {
    [COMPUTED_VISIBLE] = {"ApproximateNumberOfMessages", 27},
    [COMPUTED_IN_FLIGHT] = {"ApproximateNumberOfMessagesNotVisible", 37},
    [COMPUTED_DELAYED] = {"ApproximateNumberOfMessagesDelayed", 34},
    [COMPUTED_CREATED] = {"CreatedTimestamp", 16},
    [COMPUTED_MODIFIED] = {"LastModifiedTimestamp", 21},
    [COMPUTED_ARN] = {"QueueArn", 8},
};
// clang-format on

static struct text integer_text(struct arena *arena, int64_t value)
{
    return arena_print(arena, "%lld", (long long)value);
}

static struct text computed_text(struct arena *arena, const struct queue *queue,
                                 enum computed computed)
{
    struct queue_counts counts = queue_counts(queue);
    switch (computed) {
    case COMPUTED_VISIBLE:
        return integer_text(arena, (int64_t)counts.visible);
    case COMPUTED_IN_FLIGHT:
        return integer_text(arena, (int64_t)counts.in_flight);
    case COMPUTED_DELAYED:
        return integer_text(arena, (int64_t)counts.delayed);
    case COMPUTED_CREATED:
        return integer_text(arena, queue_created_at_ms(queue) / 1000);
    case COMPUTED_MODIFIED:
        return integer_text(arena, queue_modified_at_ms(queue) / 1000);
    case COMPUTED_ARN:
    case COMPUTED_COUNT:
        break;
    }
    return queue_arn(queue);
}

// As reported; the empty text where the attribute is not set or does not apply (S-127).
static struct text setting_text(struct arena *arena, const struct queue_settings *settings,
                                const struct setting *setting)
{
    if (setting->fifo_only && !settings->fifo)
        return TEXT("");
    const void *value = setting_of(settings, setting);
    switch (setting->kind) {
    case SETTING_INTEGER:
        if (value == &settings->kms_data_key_reuse_seconds && *(const int64_t *)value == 0)
            return TEXT("");
        return integer_text(arena, *(const int64_t *)value);
    case SETTING_BOOLEAN:
        return *(const bool *)value ? TEXT("true") : TEXT("false");
    case SETTING_CHOICE:
        return setting->choices[*(const bool *)value ? 1 : 0];
    case SETTING_TEXT:
        return *(const struct text *)value;
    case SETTING_POLICY:
        return policy_text(arena, setting, settings);
    }
    return TEXT("");
}

static bool is_computed_name(struct text name)
{
    for (size_t i = 0; i < COMPUTED_COUNT; i++) {
        if (text_equal(computed_names[i], name))
            return true;
    }
    return false;
}

static struct fault check_names(struct arena *arena, const struct text_list *names)
{
    for (size_t i = 0; i < names->count; i++) {
        struct text name = names->items[i];
        if (!text_equal(name, TEXT("All")) && !is_computed_name(name) && setting_find(name) == NULL)
            return unknown_attribute(arena, name);
    }
    return FAULT_NO;
}

static bool is_wanted(const struct text_list *names, struct text name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (text_equal(names->items[i], name) || text_equal(names->items[i], TEXT("All")))
            return true;
    }
    return false;
}

struct fault sqs_get_queue_attributes(struct sqs_call *call)
{
    const struct get_attributes_input *input = call->input;
    struct get_attributes_output *output = call->output;
    struct fault fault = check_names(call->arena, &input->names);
    if (fault.kind != FAULT_NONE)
        return fault;
    size_t most = COMPUTED_COUNT + settings_count;
    struct text_pair *pairs = arena_new_array(call->arena, struct text_pair, most);
    size_t count = 0;
    for (size_t i = 0; i < COMPUTED_COUNT; i++) {
        if (!is_wanted(&input->names, computed_names[i]))
            continue;
        struct text value = computed_text(call->arena, call->queue, (enum computed)i);
        pairs[count++] = (struct text_pair){.name = computed_names[i], .value = value};
    }
    const struct queue_settings *settings = queue_settings(call->queue);
    for (size_t i = 0; i < settings_count; i++) {
        const struct setting *setting = &settings_table[i];
        if (!is_wanted(&input->names, setting->name))
            continue;
        struct text value = setting_text(call->arena, settings, setting);
        if (value.length > 0)
            pairs[count++] = (struct text_pair){.name = setting->name, .value = value};
    }
    output->attributes = (struct pair_list){.items = pairs, .count = count, .present = true};
    return FAULT_NO;
}
