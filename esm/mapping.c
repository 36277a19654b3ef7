// mapping -- settings, admission, the record.
//
// The admission order is AWS's (L-16): source, function, settings among themselves, queue, duplicate.
#include "esm/mapping.h"

#include "esm/filter.h"
#include "esm/json.h"
#include "queue/journal.h"

#include <assert.h>

#define RECORD_KIND TEXT("mapping")
#define MINIMUM_POLLERS_MIN 2 // L-26, L-135
#define MINIMUM_POLLERS_MAX 200
#define MAXIMUM_POLLERS_MAX 10000

static const struct text state_texts[] = {
    [MAPPING_CREATING] = TEXT("Creating"), [MAPPING_ENABLING] = TEXT("Enabling"),
    [MAPPING_ENABLED] = TEXT("Enabled"),   [MAPPING_DISABLING] = TEXT("Disabling"),
    [MAPPING_DISABLED] = TEXT("Disabled"), [MAPPING_UPDATING] = TEXT("Updating"),
    [MAPPING_DELETING] = TEXT("Deleting"),
};

#define STATES (sizeof(state_texts) / sizeof(state_texts[0]))

// ---- the object ----

static struct mapping_settings settings_copy_into(struct arena *arena,
                                                  const struct mapping_settings *settings)
{
    struct mapping_settings copy = *settings;
    copy.function_name = arena_copy(arena, settings->function_name);
    copy.qualifier = arena_copy(arena, settings->qualifier);
    copy.event_source_arn = arena_copy(arena, settings->event_source_arn);
    copy.filter_criteria = arena_copy(arena, settings->filter_criteria);
    copy.provisioned_poller_config = arena_copy(arena, settings->provisioned_poller_config);
    copy.metrics_config = arena_copy(arena, settings->metrics_config);
    copy.kms_key_arn = arena_copy(arena, settings->kms_key_arn);
    copy.tags = arena_copy(arena, settings->tags);
    return copy;
}

void mapping_replace_settings(struct mapping *mapping, const struct mapping_settings *settings)
{
    struct arena *arena = arena_new();
    mapping->settings = settings_copy_into(arena, settings);
    arena_free(mapping->arena);
    mapping->arena = arena;
    mapping->filter = filter_free(mapping->filter);
    enum filter_error error = filter_parse(mapping->settings.filter_criteria, &mapping->filter);
    assert(error == FILTER_OK); // admitted
    bool is_queue = queue_key_from_arn(mapping->settings.event_source_arn, &mapping->queue_key);
    assert(is_queue); // admitted
    mapping->fifo = text_ends_with(mapping->queue_key.name, TEXT(".fifo"));
    const struct esm_options *options = &mapping->esm->options;
    mapping->limits =
        scaling_limits_of(&mapping->settings, options->profile, options->pollers, mapping->fifo);
}

struct mapping *mapping_new(struct esm *esm, const char *uuid,
                            const struct mapping_settings *settings)
{
    struct mapping *mapping = allocate(sizeof(*mapping));
    mapping->esm = esm;
    memcpy(mapping->uuid, uuid, UUID_TEXT_BYTES);
    mapping_replace_settings(mapping, settings);
    list_init(&mapping->pollers);
    return mapping;
}

struct mapping *mapping_free(struct mapping *mapping)
{
    if (mapping == NULL)
        return NULL;
    assert(list_is_empty(&mapping->pollers));
    filter_free(mapping->filter);
    arena_free(mapping->arena);
    free(mapping);
    return NULL;
}

struct queue *mapping_find_queue(const struct mapping *mapping)
{
    return engine_find_queue(mapping->esm->options.engine, &mapping->queue_key);
}

static struct function *find_function(const struct esm *esm,
                                      const struct mapping_settings *settings)
{
    return functions_find_qualified(esm->options.functions, settings->function_name,
                                    settings->qualifier); // L-18
}

struct function *mapping_find_function(const struct mapping *mapping)
{
    struct function *function = find_function(mapping->esm, &mapping->settings);
    return function != NULL && function->invoker != NULL ? function : NULL;
}

void mapping_trace(const struct mapping *mapping, struct trace_point point)
{
    struct tracer *tracer = mapping->esm->options.tracer;
    if (tracer == NULL)
        return;
    point.at_ms = timeline_now_ms(mapping->esm->options.timeline);
    point.queue = mapping->queue_key.name;
    point.actor = text_from(mapping->uuid, UUID_TEXT_BYTES);
    tracer->point(tracer, &point);
}

// ---- admission ----

// {} is refused on create and clears on update (the caller's).
static enum mapping_error admit_pollers(const struct mapping_settings *settings)
{
    cleanup(json_tree_free) cJSON *tree = json_parse(settings->provisioned_poller_config, NULL);
    if (json_member(tree, "MinimumPollers") == NULL && json_member(tree, "MaximumPollers") == NULL)
        return MAPPING_POLLERS_MISSING;
    int64_t minimum_pollers;
    int64_t maximum_pollers;
    if (!provisioned_pollers_read(settings->provisioned_poller_config, &minimum_pollers,
                                  &maximum_pollers) ||
        minimum_pollers < MINIMUM_POLLERS_MIN || minimum_pollers > MINIMUM_POLLERS_MAX ||
        maximum_pollers < minimum_pollers || maximum_pollers > MAXIMUM_POLLERS_MAX)
        return MAPPING_POLLERS_RANGE;
    return settings->maximum_concurrency > 0 ? MAPPING_POLLERS_WITH_CONCURRENCY : MAPPING_OK;
}

static enum mapping_error admit_filters(struct text filter_criteria)
{
    cleanup(filter_free) struct filter *filter = NULL;
    switch (filter_parse(filter_criteria, &filter)) {
    case FILTER_INVALID:
        return MAPPING_FILTER_INVALID;
    case FILTER_TOO_MANY:
        return MAPPING_FILTERS_TOO_MANY;
    case FILTER_OK:
        break;
    }
    return MAPPING_OK;
}

// The settings among themselves.
static enum mapping_error admit_settings(const struct mapping_settings *settings, bool fifo)
{
    if (fifo && settings->batching_window_seconds > 0)
        return MAPPING_FIFO_WINDOW; // L-24, and first of the two (L-25)
    if (settings->batch_size > MESSAGES_MAX && settings->batching_window_seconds == 0)
        return MAPPING_WINDOW_REQUIRED; // L-23, the same for FIFO
    if (settings->provisioned_poller_config.length > 0) {
        enum mapping_error error = admit_pollers(settings);
        if (error != MAPPING_OK)
            return error;
    }
    return admit_filters(settings->filter_criteria);
}

static enum mapping_error admit_queue(const struct esm *esm, const struct queue_key *key,
                                      const struct function *function,
                                      struct mapping_detail *ret_detail)
{
    struct queue *queue = engine_find_queue(esm->options.engine, key);
    if (queue == NULL)
        return MAPPING_QUEUE_MISSING;
    int64_t visibility_timeout_seconds = queue_settings(queue)->visibility_timeout_seconds;
    if (visibility_timeout_seconds >= function->timeout_seconds)
        return MAPPING_OK;
    ret_detail->visibility_timeout_seconds = visibility_timeout_seconds;
    ret_detail->function_timeout_seconds = function->timeout_seconds;
    return MAPPING_VISIBILITY_TOO_SHORT;
}

static const struct mapping *find_same_target(const struct esm *esm,
                                              const struct mapping_settings *settings,
                                              const struct mapping *self)
{
    list_for_each (node, &esm->mappings) {
        const struct mapping *mapping = list_entry(node, struct mapping, link);
        if (mapping != self && mapping->state != MAPPING_DELETING &&
            text_equal(mapping->settings.event_source_arn, settings->event_source_arn) &&
            text_equal(mapping->settings.function_name, settings->function_name) &&
            text_equal(mapping->settings.qualifier, settings->qualifier))
            return mapping;
    }
    return NULL;
}

enum mapping_error mapping_admit(const struct esm *esm, const struct mapping_settings *settings,
                                 const struct mapping *self, bool queue_checked,
                                 struct mapping_detail *ret_detail)
{
    struct queue_key key;
    if (!queue_key_from_arn(settings->event_source_arn, &key))
        return MAPPING_SOURCE_UNRECOGNIZED;
    const struct function *function = find_function(esm, settings);
    if (function == NULL)
        return MAPPING_FUNCTION_MISSING;
    enum mapping_error error = admit_settings(settings, text_ends_with(key.name, TEXT(".fifo")));
    if (error == MAPPING_OK && queue_checked)
        error = admit_queue(esm, &key, function, ret_detail);
    if (error != MAPPING_OK)
        return error;
    const struct mapping *same = find_same_target(esm, settings, self);
    if (same != NULL) {
        memcpy(ret_detail->uuid, same->uuid, UUID_TEXT_BYTES);
        return MAPPING_EXISTS;
    }
    return MAPPING_OK;
}

// ---- the record ----

void mapping_store(struct mapping *mapping)
{
    const struct mapping_settings *settings = &mapping->settings;
    cleanup(buffer_deinit) struct buffer buffer = {0};
    buffer_append_byte(&buffer, '{');
    json_append_member_string(&buffer, TEXT("FunctionName"), settings->function_name);
    json_append_member_string(&buffer, TEXT("Qualifier"), settings->qualifier);
    json_append_member_string(&buffer, TEXT("EventSourceArn"), settings->event_source_arn);
    json_append_member_boolean(&buffer, TEXT("Enabled"), settings->enabled);
    json_append_member_integer(&buffer, TEXT("BatchSize"), settings->batch_size);
    json_append_member_integer(&buffer, TEXT("MaximumBatchingWindowInSeconds"),
                               settings->batching_window_seconds);
    json_append_member_boolean(&buffer, TEXT("ReportBatchItemFailures"),
                               settings->report_batch_item_failures);
    json_append_member_integer(&buffer, TEXT("MaximumConcurrency"), settings->maximum_concurrency);
    json_append_member_string(&buffer, TEXT("FilterCriteria"), settings->filter_criteria);
    json_append_member_string(&buffer, TEXT("ProvisionedPollerConfig"),
                              settings->provisioned_poller_config);
    json_append_member_string(&buffer, TEXT("MetricsConfig"), settings->metrics_config);
    json_append_member_string(&buffer, TEXT("KMSKeyArn"), settings->kms_key_arn);
    json_append_member_string(&buffer, TEXT("Tags"), settings->tags);
    json_append_member_string(&buffer, TEXT("State"), state_texts[mapping->state]);
    json_append_member_integer(&buffer, TEXT("ModifiedAtMs"), mapping->modified_at_ms);
    buffer_append_byte(&buffer, '}');
    struct journal *journal = mapping->esm->options.journal;
    journal->put_record(journal, RECORD_KIND, text_from(mapping->uuid, UUID_TEXT_BYTES),
                        buffer_text(&buffer));
}

void mapping_forget(struct mapping *mapping)
{
    struct journal *journal = mapping->esm->options.journal;
    journal->delete_record(journal, RECORD_KIND, text_from(mapping->uuid, UUID_TEXT_BYTES));
}

void mapping_enter(struct mapping *mapping, enum mapping_state state)
{
    mapping->state = state;
    mapping_store(mapping);
    cleanup(buffer_deinit) struct buffer reason = {0};
    buffer_print(
        &reason, "the mapping of %.*s to %.*s is %.*s", TEXT_ARGUMENTS(mapping->queue_key.name),
        TEXT_ARGUMENTS(mapping->settings.function_name), TEXT_ARGUMENTS(state_texts[state]));
    mapping_trace(mapping, (struct trace_point){.kind = TRACE_MAPPING,
                                                .other = mapping->settings.function_name,
                                                .reason = buffer_text(&reason)});
}

static int64_t record_integer(const struct esm *esm, const cJSON *tree, const char *name)
{
    int64_t value;
    if (!json_integer(json_member(tree, name), &value))
        journal_fail_damaged(esm->options.journal, "a mapping has no %s", name);
    return value;
}

static enum mapping_state record_state(const struct esm *esm, const cJSON *tree)
{
    for (size_t i = 0; i < STATES; i++) {
        if (text_equal(state_texts[i], json_member_text(tree, "State")))
            return (enum mapping_state)i;
    }
    journal_fail_damaged(esm->options.journal, "a mapping has no state");
}

struct mapping *mapping_restore(struct esm *esm, struct text key, struct text bytes)
{
    cleanup(json_tree_free) cJSON *tree = json_parse(bytes, NULL);
    struct mapping_settings settings = {
        .function_name = json_member_text(tree, "FunctionName"),
        .qualifier = json_member_text(tree, "Qualifier"),
        .event_source_arn = json_member_text(tree, "EventSourceArn"),
        .enabled = cJSON_IsTrue(json_member(tree, "Enabled")),
        .batch_size = record_integer(esm, tree, "BatchSize"),
        .batching_window_seconds = record_integer(esm, tree, "MaximumBatchingWindowInSeconds"),
        .report_batch_item_failures = cJSON_IsTrue(json_member(tree, "ReportBatchItemFailures")),
        .maximum_concurrency = record_integer(esm, tree, "MaximumConcurrency"),
        .filter_criteria = json_member_text(tree, "FilterCriteria"),
        .provisioned_poller_config = json_member_text(tree, "ProvisionedPollerConfig"),
        .metrics_config = json_member_text(tree, "MetricsConfig"),
        .kms_key_arn = json_member_text(tree, "KMSKeyArn"),
        .tags = json_member_text(tree, "Tags"),
    };
    struct queue_key queue_key_found;
    uint8_t uuid[UUID_BYTES];
    if (!uuid_from_text(key, uuid) ||
        !queue_key_from_arn(settings.event_source_arn, &queue_key_found))
        journal_fail_damaged(esm->options.journal, "a mapping has no UUID or no queue");
    if (admit_filters(settings.filter_criteria) != MAPPING_OK)
        journal_fail_damaged(esm->options.journal, "a mapping has a filter that is none");
    struct mapping *mapping = mapping_new(esm, key.bytes, &settings);
    mapping->state = record_state(esm, tree);
    mapping->modified_at_ms = record_integer(esm, tree, "ModifiedAtMs");
    return mapping;
}

// ---- reading ----

struct text mapping_uuid(const struct mapping *mapping)
{
    return text_from(mapping->uuid, UUID_TEXT_BYTES);
}

enum mapping_state mapping_state(const struct mapping *mapping)
{
    return mapping->state;
}

struct text mapping_state_text(enum mapping_state state)
{
    assert((size_t)state < STATES);
    return state_texts[state];
}

const struct mapping_settings *mapping_settings(const struct mapping *mapping)
{
    return &mapping->settings;
}

int64_t mapping_modified_at_ms(const struct mapping *mapping)
{
    return mapping->modified_at_ms;
}

struct mapping_counts mapping_counts(const struct mapping *mapping)
{
    return mapping->counts;
}

size_t mapping_pollers(const struct mapping *mapping)
{
    size_t count = 0;
    for (const struct list_node *node = mapping->pollers.next; node != &mapping->pollers;
         node = node->next)
        count++;
    return count;
}
