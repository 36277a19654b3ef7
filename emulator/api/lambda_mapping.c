// lambda_mapping -- event source mappings over the wire: bodies in, all members out (L-5), errors with AWS's words (1.4).
//
// Whether settings go together is esm's to say; here stand the model's ranges, which come first (L-16), and the sentences.
#include "emulator/api/lambda.h"

#include "emulator/api/sqs_hint.h"
#include "emulator/world.h"
#include "esm/filter.h"
#include "queue/base/digest.h"
#include "queue/base/utf8.h"

#include <assert.h>
#include <stdio.h>

#define PAGE_MAX 100 // L-61
#define BATCH_SIZE_DEFAULT 10
#define ARN_PATTERN \
    "arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:([a-z]{2}(-gov)?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)"
#define KEY_PATTERN "(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()"
#define METRIC_EVENTS TEXT("EventCount")
#define FUNCTION_PATTERN                                                                           \
    "(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?" \
    "(function:)?"                                                                                 \
    "([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"

// ---- out ----

static void append_json_or_null(struct buffer *body, struct text name, struct text json)
{
    json_append_name(body, name);
    buffer_append(body, json.length > 0 ? json : TEXT("null"));
}

static void append_text_or_null(struct buffer *body, struct text name, struct text text)
{
    if (text.length > 0)
        json_append_member_string(body, name, text);
    else
        json_append_member_null(body, name);
}

static void append_nulls(struct buffer *body, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        json_append_member_null(body, text_of(names[i]));
}

// Every member of the shape; what belongs to other sources is null (L-5, L-35 to L-39).
// filter_criteria: as this operation shows them.
static void append_mapping(const struct lambda_call *call, struct buffer *body,
                           const struct mapping *mapping, struct text filter_criteria)
{
    static const char *const foreign[] = {"StartingPosition",
                                          "SelfManagedEventSource",
                                          "ParallelizationFactor",
                                          "FilterCriteriaError",
                                          "LastProcessingResult",
                                          "DestinationConfig",
                                          "AmazonManagedKafkaEventSourceConfig",
                                          "SourceAccessConfigurations",
                                          "MaximumRetryAttempts",
                                          "Topics",
                                          "SelfManagedKafkaEventSourceConfig",
                                          "DocumentDBEventSourceConfig",
                                          "TumblingWindowInSeconds",
                                          "BisectBatchOnFunctionError",
                                          "LoggingConfig",
                                          "MaximumRecordAgeInSeconds",
                                          "StartingPositionTimestamp",
                                          "Queues"};
    const struct mapping_settings *settings = mapping_settings(mapping);
    const struct options *options = call->world->options;
    struct text uuid = mapping_uuid(mapping);
    int64_t modified_at_ms = mapping_modified_at_ms(mapping);
    struct text function_arn =
        lambda_function_arn(call, settings->function_name, settings->qualifier);
    buffer_append_byte(body, '{');
    append_nulls(body, foreign, sizeof(foreign) / sizeof(foreign[0]));
    append_json_or_null(body, TEXT("FilterCriteria"), filter_criteria);
    append_json_or_null(body, TEXT("ProvisionedPollerConfig"), settings->provisioned_poller_config);
    append_json_or_null(body, TEXT("MetricsConfig"), settings->metrics_config);
    json_append_name(body, TEXT("LastModified")); // L-7
    buffer_print(body, "%lld.%03lld", (long long)(modified_at_ms / 1000),
                 (long long)(modified_at_ms % 1000));
    json_append_member_string(body, TEXT("UUID"), uuid);
    json_append_member_integer(body, TEXT("MaximumBatchingWindowInSeconds"),
                               settings->batching_window_seconds);
    json_append_member_integer(body, TEXT("BatchSize"), settings->batch_size);
    json_append_member_string(body, TEXT("FunctionArn"), function_arn);
    append_text_or_null(body, TEXT("KMSKeyArn"), settings->kms_key_arn);
    json_append_name(body, TEXT("ScalingConfig"));
    if (settings->maximum_concurrency > 0)
        buffer_print(body, "{\"MaximumConcurrency\":%lld}",
                     (long long)settings->maximum_concurrency);
    else
        buffer_append(body, TEXT("null"));
    json_append_member_string(body, TEXT("EventSourceArn"), settings->event_source_arn);
    size_t partition_end;
    bool found = text_find(function_arn, TEXT(":lambda:"), &partition_end);
    assert(found);
    json_append_member_string(
        body, TEXT("EventSourceMappingArn"),
        arena_print(call->arena, "%.*s:lambda:%.*s:%.*s:event-source-mapping:%.*s",
                    (int)partition_end, function_arn.bytes, TEXT_ARGUMENTS(options->region),
                    TEXT_ARGUMENTS(options->account), TEXT_ARGUMENTS(uuid)));
    json_append_member_string(body, TEXT("State"), mapping_state_text(mapping_state(mapping)));
    json_append_member_string(body, TEXT("StateTransitionReason"), TEXT("USER_INITIATED"));
    json_append_name(body, TEXT("FunctionResponseTypes"));
    buffer_append(body, settings->report_batch_item_failures ? TEXT("[\"ReportBatchItemFailures\"]")
                                                             : TEXT("[]"));
    buffer_append_byte(body, '}');
}

static void answer_mapping(struct lambda_call *call, int status, const struct mapping *mapping)
{
    append_mapping(call, lambda_begin(call, status), mapping,
                   mapping_settings(mapping)->filter_criteria);
    request_finish(call->request);
}

// Where the queue is that the ARN misses, in a header, as SQS's own answers have it.
static void hint_queue(struct lambda_call *call, struct text arn)
{
    struct queue_key key;
    struct text hint = TEXT("");
    if (queue_key_from_arn(arn, &key))
        hint = sqs_hint(call->arena, call->world->engine, &key);
    if (hint.length > 0)
        reply_header(call->request, TEXT("x-redrive-hint"), hint);
}

static void fail_mapping(struct lambda_call *call, enum mapping_error error,
                         const struct mapping_settings *settings,
                         const struct mapping_detail *detail)
{
    static const char *const texts[] = {
        [MAPPING_SOURCE_UNRECOGNIZED] = "Unrecognized event source.",
        [MAPPING_FUNCTION_MISSING] = "Function does not exist",
        [MAPPING_QUEUE_MISSING] = "Error occurred while ReceiveMessage. SQS Error Code: "
                                  "AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The "
                                  "specified queue does not exist.",
        [MAPPING_WINDOW_REQUIRED] = "Maximum batch window in seconds must be greater than 0 if "
                                    "maximum batch size is greater than 10",
        [MAPPING_FIFO_WINDOW] = "Batching window is not supported for FIFO queues",
        [MAPPING_FIFO_BATCH_SIZE] = "Batch size must not exceed 10 for FIFO queues",
        [MAPPING_FILTER_INVALID] = "Invalid filter pattern definition.",
        [MAPPING_FILTERS_TOO_MANY] = "FilterCriteria holds more than 5 filters.",
        [MAPPING_POLLERS_MISSING] = "Either MinimumPollers or MaximumPollers are required if "
                                    "ProvisionedPollerConfig is provided.",
        [MAPPING_POLLERS_RANGE] = "MinimumPollers should be between [2, 200] and MaximumPollers "
                                  "should be between [MinimumPollers, 10000]",
        [MAPPING_POLLERS_WITH_CONCURRENCY] =
            "Provisioned mode for SQS ESM does not support maximum concurrency feature. Use "
            "MaximumPollers as the control "
            "mechanism and remove maximum concurrency.",
    };
    switch (error) {
    case MAPPING_VISIBILITY_TOO_SHORT:
        lambda_fail(
            call, LAMBDA_PARAMETER_VALUE,
            "Queue visibility timeout: %lld seconds is less than Function timeout: %lld seconds",
            (long long)detail->visibility_timeout_seconds,
            (long long)detail->function_timeout_seconds);
        return;
    case MAPPING_EXISTS:
        lambda_fail(call, LAMBDA_CONFLICT,
                    "An event source mapping with SQS arn (\" %.*s \") and function (\" %.*s \") "
                    "already exists. Please update or "
                    "delete the existing mapping with UUID %.*s",
                    TEXT_ARGUMENTS(settings->event_source_arn),
                    TEXT_ARGUMENTS(settings->function_name), UUID_TEXT_BYTES, detail->uuid);
        return;
    case MAPPING_QUEUE_MISSING:
        hint_queue(call, settings->event_source_arn);
        lambda_fail(call, LAMBDA_PARAMETER_VALUE, "%s", texts[error]);
        return;
    case MAPPING_SOURCE_UNRECOGNIZED:
    case MAPPING_FUNCTION_MISSING:
    case MAPPING_WINDOW_REQUIRED:
    case MAPPING_FIFO_WINDOW:
    case MAPPING_FIFO_BATCH_SIZE:
    case MAPPING_FILTER_INVALID:
    case MAPPING_FILTERS_TOO_MANY:
    case MAPPING_POLLERS_MISSING:
    case MAPPING_POLLERS_RANGE:
    case MAPPING_POLLERS_WITH_CONCURRENCY:
        lambda_fail(call, LAMBDA_PARAMETER_VALUE, "%s", texts[error]);
        return;
    case MAPPING_OK:
    case MAPPING_IN_USE:
    case MAPPING_NOT_FOUND:
        break;
    }
    assert(false); // the callers' own
}

// ---- in: the model's constraints ----

static bool is_foreign_metric(struct text metric)
{
    return text_equal(metric, TEXT("ErrorCount")) || text_equal(metric, TEXT("KafkaMetrics"));
}

static struct text compact(const struct lambda_call *call, const cJSON *tree)
{
    cleanup(buffer_deinit) struct buffer buffer = {0};
    json_append_tree(&buffer, tree);
    return arena_copy(call->arena, buffer_text(&buffer));
}

static void read_source(struct violations *violations, const cJSON *body,
                        struct mapping_settings *settings)
{
    check_text(violations, body, "EventSourceArn", &settings->event_source_arn);
    struct text arn = settings->event_source_arn;
    size_t colons = 0;
    for (size_t i = 0; i < arn.length; i++)
        colons += arn.bytes[i] == ':';
    if (lambda_member(body, "EventSourceArn") != NULL &&
        (colons < 5 || !text_starts_with(arn, TEXT("arn:aws"))))
        violation_add(violations, arn, "eventSourceArn",
                      "Member must satisfy regular expression pattern: " ARN_PATTERN);
}

static void read_function(const struct lambda_call *call, struct violations *violations,
                          struct mapping_settings *settings)
{
    struct text name = TEXT("");
    check_text(violations, call->body, "FunctionName", &name);
    struct function_reference reference;
    if (name.length > 256) {
        violation_add(violations, name, "functionName",
                      "Member must have length less than or equal to 256");
    } else if (!function_reference_parse(call, name, &reference)) {
        violation_add(violations, name, "functionName",
                      "Member must satisfy regular expression pattern: " FUNCTION_PATTERN);
    } else {
        settings->function_name = reference.name;
        // A function of somewhere else is none of ours; no function has this qualifier.
        settings->qualifier = reference.elsewhere ? TEXT("$elsewhere") : reference.qualifier;
    }
}

static void read_response_types(const struct lambda_call *call, struct violations *violations,
                                struct mapping_settings *settings)
{
    const cJSON *types = lambda_member(call->body, "FunctionResponseTypes");
    if (types == NULL)
        return;
    if (!cJSON_IsArray(types)) {
        violations->malformed = "FunctionResponseTypes";
        return;
    }
    cleanup(buffer_deinit) struct buffer shown = {0};
    buffer_append_byte(&shown, '[');
    bool known = true;
    const cJSON *type;
    cJSON_ArrayForEach(type, types)
    {
        struct text text = cJSON_IsString(type) ? text_of(type->valuestring) : TEXT("null");
        known = known && text_equal(text, TEXT("ReportBatchItemFailures"));
        buffer_print(&shown, "%s%.*s", type == types->child ? "" : ", ", TEXT_ARGUMENTS(text));
    }
    buffer_append_byte(&shown, ']');
    if (cJSON_GetArraySize(types) > 1)
        violation_add(violations, buffer_text(&shown), "functionResponseTypes",
                      "Member must have length less than or equal to 1");
    if (!known)
        violation_add(violations, buffer_text(&shown), "functionResponseTypes",
                      "Member must satisfy constraint: [Member must satisfy enum value set: "
                      "[ReportBatchItemFailures]]");
    settings->report_batch_item_failures = types->child != NULL;
}

// An object member as compact JSON; an empty object clears (L-54). NULL if it is not there.
static const cJSON *read_object(const struct lambda_call *call, struct violations *violations,
                                const char *name, struct text *value)
{
    const cJSON *member = lambda_member(call->body, name);
    if (member == NULL)
        return NULL;
    if (!cJSON_IsObject(member)) {
        violations->malformed = name;
        return NULL;
    }
    if (value != NULL)
        *value = member->child == NULL ? TEXT("") : compact(call, member);
    return member;
}

static void read_filters(const struct lambda_call *call, struct violations *violations,
                         struct mapping_settings *settings)
{
    const cJSON *criteria =
        read_object(call, violations, "FilterCriteria", &settings->filter_criteria);
    const cJSON *filters = lambda_member(criteria, "Filters");
    if (filters != NULL && !cJSON_IsArray(filters)) {
        violations->malformed = "Filters";
        return;
    }
    if (criteria != NULL && cJSON_GetArraySize(filters) == 0)
        settings->filter_criteria = TEXT(""); // L-38, L-54
    int64_t number = 0;
    const cJSON *filter;
    cJSON_ArrayForEach(filter, filters)
    {
        struct text pattern = json_member_text(filter, "Pattern");
        char path[64];
        snprintf(path, sizeof(path), "filterCriteria.filters.%lld.member.pattern",
                 (long long)++number);
        if (utf8_count(pattern) > FILTER_PATTERN_CHARACTERS_MAX) // L-31
            violation_add(violations, pattern, path,
                          "Member must have length less than or equal to 4096");
    }
}

// The model knows three metrics; those of other sources are refused later (L-13).
static void read_metrics(const struct lambda_call *call, struct violations *violations,
                         struct mapping_settings *settings)
{
    const cJSON *config = read_object(call, violations, "MetricsConfig", &settings->metrics_config);
    const cJSON *metrics = lambda_member(config, "Metrics");
    if (metrics != NULL && !cJSON_IsArray(metrics))
        violations->malformed = "Metrics";
    const cJSON *metric;
    cJSON_ArrayForEach(metric, metrics)
    {
        struct text text = cJSON_IsString(metric) ? text_of(metric->valuestring) : TEXT("null");
        if (!text_equal(text, METRIC_EVENTS) && !is_foreign_metric(text))
            violation_add(violations, text, "metricsConfig.metrics",
                          "Member must satisfy constraint: [Member must satisfy enum value set: "
                          "[ErrorCount, EventCount, KafkaMetrics]]");
    }
}

// Whether the numbers go together is esm's to say; here they only have to be numbers.
static void read_pollers(const struct lambda_call *call, struct violations *violations,
                         struct mapping_settings *settings)
{
    const cJSON *config = read_object(call, violations, "ProvisionedPollerConfig",
                                      &settings->provisioned_poller_config);
    int64_t ignored;
    check_integer(violations, config, "MinimumPollers", "provisionedPollerConfig.minimumPollers",
                  INT64_MIN, INT64_MAX, &ignored);
    check_integer(violations, config, "MaximumPollers", "provisionedPollerConfig.maximumPollers",
                  INT64_MIN, INT64_MAX, &ignored);
}

static void read_key(struct violations *violations, const cJSON *body,
                     struct mapping_settings *settings)
{
    check_text(violations, body, "KMSKeyArn", &settings->kms_key_arn);
    struct text arn = settings->kms_key_arn;
    if (arn.length > 0 && !text_starts_with(arn, TEXT("arn:aws")))
        violation_add(violations, arn, "kMSKeyArn",
                      "Member must satisfy regular expression pattern: " KEY_PATTERN);
}

static void read_concurrency(const struct lambda_call *call, struct violations *violations,
                             struct mapping_settings *settings)
{
    const cJSON *scaling = read_object(call, violations, "ScalingConfig", NULL);
    if (scaling == NULL)
        return;
    settings->maximum_concurrency = 0;
    check_integer(violations, scaling, "MaximumConcurrency", "scalingConfig.maximumConcurrency", 2,
                  1000, &settings->maximum_concurrency);
}

// The model knows the positions of streams, so what is none is refused before a queue is seen to have none at all (L-15).
static void read_position(struct violations *violations, const cJSON *body)
{
    static const char *const positions[] = {"LATEST", "AT_TIMESTAMP", "TRIM_HORIZON"};
    struct text position = TEXT("");
    check_text(violations, body, "StartingPosition", &position);
    bool known = lambda_member(body, "StartingPosition") == NULL;
    for (size_t i = 0; i < sizeof(positions) / sizeof(positions[0]); i++)
        known = known || text_equal(position, text_of(positions[i]));
    if (!known)
        violation_add(violations, position, "startingPosition",
                      "Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]");
}

// What create and update share; members that are absent or null keep what stands in settings (L-53).
static void read_settings(const struct lambda_call *call, struct violations *violations,
                          struct mapping_settings *settings)
{
    const cJSON *body = call->body;
    check_boolean(violations, body, "Enabled", &settings->enabled);
    check_integer(violations, body, "BatchSize", "batchSize", 1, 10000, &settings->batch_size);
    check_integer(violations, body, "MaximumBatchingWindowInSeconds",
                  "maximumBatchingWindowInSeconds", 0, 300, &settings->batching_window_seconds);
    read_response_types(call, violations, settings);
    read_concurrency(call, violations, settings);
    read_filters(call, violations, settings);
    read_pollers(call, violations, settings);
    read_metrics(call, violations, settings);
    read_key(violations, body, settings);
}

static bool is_set(const cJSON *value)
{
    if (value == NULL || cJSON_IsFalse(value))
        return false;
    bool container = cJSON_IsObject(value) || cJSON_IsArray(value);
    bool zero = cJSON_IsNumber(value) && !(value->valuedouble > 0) && !(value->valuedouble < 0);
    return !zero && !(container && value->child == NULL);
}

// The members of other sources that stand inside members of ours; NULL: none.
static const char *foreign_inside(const cJSON *body)
{
    if (is_set(lambda_member(lambda_member(body, "ProvisionedPollerConfig"), "PollerGroupName")))
        return "PollerGroupName";
    const cJSON *metric;
    cJSON_ArrayForEach(metric, lambda_member(lambda_member(body, "MetricsConfig"), "Metrics"))
    {
        if (cJSON_IsString(metric) && is_foreign_metric(text_of(metric->valuestring)))
            return "MetricsConfig";
    }
    return NULL;
}

// Members of other sources (L-13) are refused, never silently honoured (L-14, L-15).
static bool fail_foreign(struct lambda_call *call)
{
    static const char *const foreign[] = {"DestinationConfig",
                                          "StartingPositionTimestamp",
                                          "ParallelizationFactor",
                                          "TumblingWindowInSeconds",
                                          "BisectBatchOnFunctionError",
                                          "MaximumRecordAgeInSeconds",
                                          "MaximumRetryAttempts",
                                          "Topics",
                                          "SelfManagedEventSource",
                                          "AmazonManagedKafkaEventSourceConfig",
                                          "SelfManagedKafkaEventSourceConfig",
                                          "Queues",
                                          "SourceAccessConfigurations",
                                          "DocumentDBEventSourceConfig",
                                          "LoggingConfig"};
    if (lambda_member(call->body, "StartingPosition") != NULL) {
        lambda_fail(call, LAMBDA_PARAMETER_VALUE,
                    "StartingPosition is not valid for SQS event sources.");
        return true;
    }
    const char *found = NULL;
    for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]) && found == NULL; i++) {
        if (is_set(lambda_member(call->body, foreign[i])))
            found = foreign[i];
    }
    if (found == NULL)
        found = foreign_inside(call->body);
    if (found == NULL)
        return false;
    lambda_fail(call, LAMBDA_PARAMETER_VALUE,
                "Unsupported %s parameter for given event source mapping type.", found);
    return true;
}

// ---- the operations ----

// Source and function come before what the settings say (L-16), so that a foreign member does not hide them.
static enum mapping_error reach(const struct lambda_call *call,
                                const struct mapping_settings *settings)
{
    struct queue_key key;
    if (!queue_key_from_arn(settings->event_source_arn, &key))
        return MAPPING_SOURCE_UNRECOGNIZED;
    bool found = functions_find_qualified(call->world->functions, settings->function_name,
                                          settings->qualifier) != NULL;
    return found ? MAPPING_OK : MAPPING_FUNCTION_MISSING;
}

void lambda_create_mapping(struct lambda_call *call)
{
    struct mapping_settings settings = {.enabled = true, .batch_size = BATCH_SIZE_DEFAULT};
    cleanup(violations_deinit) struct violations violations = {0};
    if (lambda_member(call->body, "FunctionName") == NULL)
        violation_add(&violations, text_of(NULL), "functionName", "Member must not be null");
    else
        read_function(call, &violations, &settings);
    read_source(&violations, call->body, &settings);
    read_settings(call, &violations, &settings);
    read_position(&violations, call->body);
    check_tags(&violations, call->body);
    if (cJSON_IsObject(lambda_member(call->body, "Tags")))
        settings.tags = compact(call, lambda_member(call->body, "Tags"));
    // {} clears on update only (L-27, L-54).
    if (cJSON_IsObject(lambda_member(call->body, "ProvisionedPollerConfig")) &&
        settings.provisioned_poller_config.length == 0)
        settings.provisioned_poller_config = TEXT("{}");
    if (violations_answer(call, &violations))
        return;

    struct mapping_detail detail = {0};
    struct mapping *mapping = NULL;
    enum mapping_error error = reach(call, &settings);
    if (error == MAPPING_OK) {
        if (fail_foreign(call))
            return;
        error = esm_create_mapping(call->world->esm, &settings, &mapping, &detail);
    }
    if (error != MAPPING_OK) {
        fail_mapping(call, error, &settings, &detail);
        return;
    }
    world_changed(call->world);
    answer_mapping(call, 202, mapping);
}

static struct mapping *find_mapping(struct lambda_call *call)
{
    struct mapping *mapping = esm_find_mapping(call->world->esm, call->name);
    if (mapping == NULL)
        lambda_fail(call, LAMBDA_NOT_FOUND, "The resource you requested does not exist."); // L-57
    return mapping;
}

void lambda_get_mapping(struct lambda_call *call)
{
    const struct mapping *mapping = find_mapping(call);
    if (mapping != NULL)
        answer_mapping(call, 200, mapping);
}

void lambda_update_mapping(struct lambda_call *call)
{
    struct mapping_settings settings = {0};
    struct mapping *mapping = esm_find_mapping(call->world->esm, call->name);
    if (mapping != NULL)
        settings = *mapping_settings(mapping);
    cleanup(violations_deinit) struct violations violations = {0};
    bool function_given = lambda_member(call->body, "FunctionName") != NULL;
    if (function_given)
        read_function(call, &violations, &settings);
    read_settings(call, &violations, &settings);
    if (violations_answer(call, &violations) || find_mapping(call) == NULL)
        return;
    enum mapping_state state = mapping_state(mapping);
    if (state == MAPPING_ENABLED || state == MAPPING_DISABLED) {
        if (fail_foreign(call))
            return;
    }
    struct mapping_detail detail = {0};
    enum mapping_error error =
        esm_update_mapping(call->world->esm, mapping, &settings, function_given, &detail);
    if (error == MAPPING_IN_USE) {
        lambda_fail(call, LAMBDA_IN_USE,
                    "Cannot update the event source mapping because it is in use.");
    } else if (error != MAPPING_OK) {
        fail_mapping(call, error, &settings, &detail);
    } else {
        world_changed(call->world);
        answer_mapping(call, 202, mapping);
    }
}

void lambda_delete_mapping(struct lambda_call *call)
{
    struct mapping *mapping = find_mapping(call);
    if (mapping == NULL)
        return;
    if (esm_delete_mapping(call->world->esm, mapping) == MAPPING_IN_USE) {
        lambda_fail(call, LAMBDA_IN_USE,
                    "Cannot delete the event source mapping because it is in use.");
        return;
    }
    world_changed(call->world);
    answer_mapping(call, 202, mapping);
}

// ---- list ----

struct listing {
    struct text event_source_arn; // empty: any
    bool by_function;
    struct function_reference function;
    size_t items_max;
    struct text after; // a UUID; empty: from the beginning
};

static bool is_listed(const struct listing *listing, const struct mapping *mapping)
{
    const struct mapping_settings *settings = mapping_settings(mapping);
    if (listing->event_source_arn.length > 0 &&
        !text_equal(listing->event_source_arn, settings->event_source_arn))
        return false;
    if (listing->by_function && (!text_equal(listing->function.name, settings->function_name) ||
                                 !text_equal(listing->function.qualifier, settings->qualifier) ||
                                 listing->function.elsewhere))
        return false; // exact: f does not stand for f:1 (L-59)
    return text_compare(mapping_uuid(mapping), listing->after) > 0;
}

// False: finished. A marker that is none lists nothing (L-62).
static bool read_listing(struct lambda_call *call, struct listing *ret_listing, bool *ret_nonsense)
{
    struct listing listing = {.items_max = PAGE_MAX,
                              .event_source_arn = form_find(&call->query, TEXT("EventSourceArn"))};
    cleanup(violations_deinit) struct violations violations = {0};
    struct text items = form_find(&call->query, TEXT("MaxItems"));
    int64_t items_max;
    if (items.length > 0 && text_to_integer(items, &items_max)) {
        if (items_max < 1 || items_max > 10000)
            violation_add(&violations, items, "maxItems",
                          items_max < 1 ? "Member must have value greater than or equal to 1"
                                        : "Member must have value less than or equal to 10000");
        else if (items_max < PAGE_MAX)
            listing.items_max = (size_t)items_max;
    }
    struct text function = form_find(&call->query, TEXT("FunctionName"));
    listing.by_function = function.length > 0;
    if (listing.by_function && !function_reference_parse(call, function, &listing.function))
        violation_add(&violations, function, "functionName",
                      "Member must satisfy regular expression pattern: " FUNCTION_PATTERN);
    if (violations_answer(call, &violations))
        return false;
    struct text marker = form_find(&call->query, TEXT("Marker"));
    uint8_t uuid[UUID_BYTES];
    *ret_nonsense = marker.length > 0 && (!base64_decode(call->arena, marker, &listing.after) ||
                                          !uuid_from_text(listing.after, uuid));
    *ret_listing = listing;
    return true;
}

// A list does not decrypt what a key encrypts (L-63).
static struct text listed_filter_criteria(const struct mapping *mapping)
{
    const struct mapping_settings *settings = mapping_settings(mapping);
    return settings->kms_key_arn.length > 0 ? TEXT("") : settings->filter_criteria;
}

void lambda_list_mappings(struct lambda_call *call)
{
    struct listing listing;
    bool nonsense;
    if (!read_listing(call, &listing, &nonsense))
        return;
    struct buffer *body = lambda_begin(call, 200);
    buffer_append(body, TEXT("{\"EventSourceMappings\":["));
    size_t count = 0;
    const struct mapping *last = NULL;
    bool more = false;
    const struct mapping *mapping = nonsense ? NULL : esm_next_mapping(call->world->esm, NULL);
    for (; mapping != NULL && !more; mapping = esm_next_mapping(call->world->esm, mapping)) {
        if (!is_listed(&listing, mapping))
            continue;
        more = count == listing.items_max;
        if (more)
            break;
        if (count++ > 0)
            buffer_append_byte(body, ',');
        append_mapping(call, body, mapping, listed_filter_criteria(mapping));
        last = mapping;
    }
    buffer_append(body, TEXT("],\"NextMarker\":"));
    if (more)
        json_append_string(body, base64_encode(call->arena, mapping_uuid(last)));
    else
        buffer_append(body, TEXT("null"));
    buffer_append_byte(body, '}');
    request_finish(call->request);
}
