// emf -- from a line of JSON to the statistics of some series.
//
//     {"_aws":{"Timestamp":0,"CloudWatchMetrics":[{"Namespace":"Shop","Dimensions":[["service"],[]],
//      "Metrics":[{"Name":"Failed","Unit":"Count"}]}]},"service":"orders","Failed":[1,2]}
//                      |
//        one series for each metric and each set of dimensions: {service="orders"} and {}
//
// A line is read to its end before anything of it counts, so a malformed one changes nothing. A series is what CloudWatch takes for one:
// namespace, name, unit, and dimensions in any order; how it is written is made once, when it first
// appears, so that counting is one search and reading is copying. CloudWatch's minutes and percentiles were left out, as in metrics.c:
// a test asks after a step and compares. So was the limit on the Timestamp: handlers know the time of the machine, the world has its own.
#include "emulator/emf.h"

#include "esm/json.h"

#include <string.h>

#define METRICS_MAX 100 // L-274, of one directive
#define DIMENSIONS_MAX 30
#define SETS_MAX 100
#define NAME_BYTES_MAX 1024
#define VALUES_MAX 100
#define DOUBLE_INTEGER_MAX 9007199254740992.0 // 2^53

struct statistics {
    double count;
    double sum;
    double minimum;
    double maximum;
};

// Texts are one allocation, behind the series.
struct series {
    struct text family; // of Prometheus
    struct text json;   // members without the statistics; with the family it is the identity
    struct text labels; // with their braces
    struct statistics statistics;
    char bytes[];
};

struct emf {
    struct series **series; // owned; in order of family, then of json
    size_t count;
    size_t capacity;
    size_t bytes;
    uint64_t dropped; // values of series that were one too many
};

struct emf *emf_new(void)
{
    return allocate(sizeof(struct emf));
}

void emf_reset(struct emf *emf)
{
    for (size_t i = 0; i < emf->count; i++)
        free(emf->series[i]);
    free(emf->series);
    *emf = (struct emf){0};
}

struct emf *emf_free(struct emf *emf)
{
    if (emf == NULL)
        return NULL;
    emf_reset(emf);
    free(emf);
    return NULL;
}

// ---- series ----

// Where the series stands, or would stand. True if it is there.
static bool find(const struct emf *emf, struct text family, struct text json, size_t *ret_at)
{
    size_t low = 0, high = emf->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct series *series = emf->series[middle];
        int order = text_compare(series->family, family);
        if (order == 0)
            order = text_compare(series->json, json);
        if (order == 0) {
            *ret_at = middle;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_at = low;
    return false;
}

// A copy of the three texts, in its place. NULL if there is no room.
static struct series *insert(struct emf *emf, size_t at, const struct series *model)
{
    size_t bytes = model->family.length + model->json.length + model->labels.length;
    if (emf->count == EMF_SERIES_MAX || emf->bytes + bytes > EMF_BYTES_MAX)
        return NULL;
    if (emf->count == emf->capacity) {
        emf->capacity = emf->capacity == 0 ? 16 : emf->capacity * 2;
        emf->series = reallocate(emf->series, emf->capacity * sizeof(struct series *));
    }
    struct series *series = allocate(sizeof(*series) + bytes);
    char *to = series->bytes;
    const struct text *from[] = {&model->family, &model->json, &model->labels};
    struct text *copies[] = {&series->family, &series->json, &series->labels};
    for (size_t i = 0; i < 3; i++) {
        memcpy(to, from[i]->bytes, from[i]->length);
        *copies[i] = text_from(to, from[i]->length);
        to += from[i]->length;
    }
    memmove(emf->series + at + 1, emf->series + at, (emf->count - at) * sizeof(struct series *));
    emf->series[at] = series;
    emf->count++;
    emf->bytes += bytes;
    return series;
}

static void statistics_add(struct statistics *statistics, double value)
{
    if (statistics->count < 1 || value < statistics->minimum)
        statistics->minimum = value;
    if (statistics->count < 1 || value > statistics->maximum)
        statistics->maximum = value;
    statistics->count += 1;
    statistics->sum += value;
}

// ---- how a series is written ----

struct dimension {
    struct text name;
    struct text value;
    struct text label; // its name, fit for Prometheus
};

static bool is_label_byte(char byte, bool first)
{
    bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
    return letter || (!first && byte >= '0' && byte <= '9');
}

// Every byte that Prometheus does not take is an underscore.
static struct text label_name(struct arena *arena, const char *prefix, struct text name)
{
    struct text label = arena_print(arena, "%s%.*s", prefix, TEXT_ARGUMENTS(name));
    char *bytes = arena_allocate(arena, label.length);
    for (size_t i = 0; i < label.length; i++)
        bytes[i] = is_label_byte(label.bytes[i], i == 0) ? label.bytes[i] : '_';
    return text_from(bytes, label.length);
}

// Two dimensions whose names became the same, or that of a label of our own, differ by underscores. Labels that begin with two are
// Prometheus' own.
static void name_labels(struct arena *arena, struct dimension *dimensions, size_t count)
{
    static const char *const own[] = {"Namespace", "MetricName", "Unit"};
    for (size_t i = 0; i < count; i++) {
        struct text *label = &dimensions[i].label;
        *label = label_name(arena, "", dimensions[i].name);
        if (text_starts_with(*label, TEXT("__")))
            *label = label_name(arena, "dimension", dimensions[i].name);
        for (bool again = true; again;) {
            again = false;
            for (size_t j = 0; j < sizeof(own) / sizeof(own[0]); j++)
                again = again || text_equal(*label, text_of(own[j]));
            for (size_t j = 0; j < i; j++)
                again = again || text_equal(*label, dimensions[j].label);
            if (again)
                *label = arena_print(arena, "%.*s_", TEXT_ARGUMENTS(*label));
        }
    }
}

static void append_label(struct buffer *buffer, struct text name, struct text value)
{
    buffer_append_byte(buffer, buffer->length == 0 ? '{' : ',');
    buffer_append(buffer, name);
    buffer_append(buffer, TEXT("=\""));
    for (size_t i = 0; i < value.length; i++) {
        char byte = value.bytes[i];
        if (byte == '\\' || byte == '"')
            buffer_append_byte(buffer, '\\');
        if (byte == '\n')
            buffer_append(buffer, TEXT("\\n"));
        else
            buffer_append_byte(buffer, byte);
    }
    buffer_append_byte(buffer, '"');
}

static int compare_dimensions(const void *left, const void *right)
{
    return text_compare(((const struct dimension *)left)->name,
                        ((const struct dimension *)right)->name);
}

// One metric under one set of dimensions.
struct sample {
    struct text namespace;
    struct text name;
    struct text unit;
    struct dimension *dimensions; // in order of name
    size_t dimension_count;
    const cJSON *value; // a number or a list of numbers
};

static struct text sample_json(struct arena *arena, const struct sample *sample)
{
    cleanup(buffer_deinit) struct buffer json = {0};
    buffer_append_byte(&json, '{');
    json_append_member_string(&json, TEXT("Namespace"), sample->namespace);
    json_append_member_string(&json, TEXT("MetricName"), sample->name);
    json_append_member_string(&json, TEXT("Unit"), sample->unit);
    json_append_name(&json, TEXT("Dimensions"));
    buffer_append_byte(&json, '{');
    for (size_t i = 0; i < sample->dimension_count; i++)
        json_append_member_string(&json, sample->dimensions[i].name, sample->dimensions[i].value);
    buffer_append_byte(&json, '}');
    return arena_copy(arena, buffer_text(&json));
}

static struct text sample_labels(struct arena *arena, const struct sample *sample,
                                 struct text family)
{
    cleanup(buffer_deinit) struct buffer labels = {0};
    name_labels(arena, sample->dimensions, sample->dimension_count);
    append_label(&labels, TEXT("Namespace"), sample->namespace);
    // Its own name, where the family's is another: no two series are the same to Prometheus.
    if (!text_equal(text_skip(family, strlen("emf_")), sample->name))
        append_label(&labels, TEXT("MetricName"), sample->name);
    if (!text_equal(sample->unit, TEXT("None")))
        append_label(&labels, TEXT("Unit"), sample->unit);
    for (size_t i = 0; i < sample->dimension_count; i++)
        append_label(&labels, sample->dimensions[i].label, sample->dimensions[i].value);
    buffer_append_byte(&labels, '}');
    return arena_copy(arena, buffer_text(&labels));
}

static bool sample_count(struct emf *emf, struct arena *arena, const struct sample *sample)
{
    struct series model = {.family = label_name(arena, "emf_", sample->name),
                           .json = sample_json(arena, sample)};
    size_t at;
    struct series *series = NULL;
    if (find(emf, model.family, model.json, &at)) {
        series = emf->series[at];
    } else {
        model.labels = sample_labels(arena, sample, model.family);
        series = insert(emf, at, &model);
    }
    const cJSON *value = cJSON_IsArray(sample->value) ? sample->value->child : sample->value;
    for (; value != NULL; value = cJSON_IsArray(sample->value) ? value->next : NULL) {
        if (series != NULL)
            statistics_add(&series->statistics, value->valuedouble);
        else
            emf->dropped++;
    }
    return series != NULL;
}

// ---- reading a line ----

struct reader {
    struct arena *arena;
    const cJSON *root;
    struct sample *samples;
    size_t count;
    size_t capacity;
    struct text reason;
};

static bool refuse(struct reader *reader, const char *reason)
{
    reader->reason = text_of(reason);
    return false;
}

static bool is_name(const cJSON *value)
{
    if (value == NULL || !cJSON_IsString(value))
        return false;
    size_t length = strlen(value->valuestring);
    return length > 0 && length <= NAME_BYTES_MAX;
}

static bool is_unit(struct text unit) // L-275
{
    static const char *const units[] = {
        "Seconds",
        "Microseconds",
        "Milliseconds",
        "Bytes",
        "Kilobytes",
        "Megabytes",
        "Gigabytes",
        "Terabytes",
        "Bits",
        "Kilobits",
        "Megabits",
        "Gigabits",
        "Terabits",
        "Percent",
        "Count",
        "None",
        "Bytes/Second",
        "Kilobytes/Second",
        "Megabytes/Second",
        "Gigabytes/Second",
        "Terabytes/Second",
        "Bits/Second",
        "Kilobits/Second",
        "Megabits/Second",
        "Gigabits/Second",
        "Terabits/Second",
        "Count/Second",
    };
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (text_equal(unit, text_of(units[i])))
            return true;
    }
    return false;
}

static bool is_value(const cJSON *value)
{
    if (cJSON_IsNumber(value))
        return true;
    int count = cJSON_GetArraySize(value);
    if (!cJSON_IsArray(value) || count < 1 || count > VALUES_MAX)
        return false;
    const cJSON *item;
    cJSON_ArrayForEach(item, value)
    {
        if (!cJSON_IsNumber(item))
            return false;
    }
    return true;
}

static bool read_set(struct reader *reader, const cJSON *names, struct sample *sample)
{
    int count = cJSON_GetArraySize(names);
    if (!cJSON_IsArray(names) || count > DIMENSIONS_MAX)
        return refuse(reader, "a set of Dimensions is not a list of at most 30 names");
    sample->dimensions = arena_new_array(reader->arena, struct dimension, (size_t)count);
    sample->dimension_count = 0;
    const cJSON *name;
    cJSON_ArrayForEach(name, names)
    {
        const cJSON *value = is_name(name) ? json_member(reader->root, name->valuestring) : NULL;
        if (!is_name(value))
            return refuse(reader, "a dimension is not a string of 1 to 1024 bytes at the root");
        sample->dimensions[sample->dimension_count++] = (struct dimension){
            .name = text_of(name->valuestring), .value = text_of(value->valuestring)};
    }
    if (count > 1)
        qsort(sample->dimensions, (size_t)count, sizeof(struct dimension), compare_dimensions);
    for (int i = 1; i < count; i++) {
        if (text_equal(sample->dimensions[i - 1].name, sample->dimensions[i].name))
            return refuse(reader, "a set of Dimensions names one twice");
    }
    return true;
}

static bool read_metric(struct reader *reader, const cJSON *metric, struct sample *sample)
{
    const cJSON *name = json_member(metric, "Name");
    const cJSON *unit = json_member(metric, "Unit");
    if (!is_name(name))
        return refuse(reader, "the Name of a metric is not a string of 1 to 1024 bytes");
    sample->name = text_of(name->valuestring);
    sample->unit = unit == NULL ? TEXT("None") : json_member_text(metric, "Unit");
    if (!is_unit(sample->unit))
        return refuse(reader, "the Unit of a metric is none of CloudWatch's");
    sample->value = json_member(reader->root, name->valuestring);
    if (!is_value(sample->value))
        return refuse(reader,
                      "the value of a metric is not a number, or a list of 1 to 100, at the root");
    if (reader->count == reader->capacity) {
        struct sample *old = reader->samples;
        reader->capacity = reader->capacity == 0 ? 16 : reader->capacity * 2;
        reader->samples = arena_new_array(reader->arena, struct sample, reader->capacity);
        if (old != NULL)
            memcpy(reader->samples, old, reader->count * sizeof(*old));
    }
    reader->samples[reader->count++] = *sample;
    return true;
}

static bool read_directive(struct reader *reader, const cJSON *directive)
{
    const cJSON *namespace = json_member(directive, "Namespace");
    const cJSON *sets = json_member(directive, "Dimensions");
    const cJSON *metrics = json_member(directive, "Metrics");
    if (!is_name(namespace))
        return refuse(reader, "Namespace is not a string of 1 to 1024 bytes");
    if (!cJSON_IsArray(sets) || cJSON_GetArraySize(sets) > SETS_MAX)
        return refuse(reader, "Dimensions is not a list of lists");
    if (!cJSON_IsArray(metrics) || cJSON_GetArraySize(metrics) > METRICS_MAX)
        return refuse(reader, "Metrics is not a list of at most 100 metrics");
    const cJSON *set, *metric;
    cJSON_ArrayForEach(set, sets)
    {
        struct sample sample = {.namespace = text_of(namespace->valuestring)};
        if (!read_set(reader, set, &sample))
            return false;
        cJSON_ArrayForEach(metric, metrics)
        {
            if (!read_metric(reader, metric, &sample))
                return false;
        }
    }
    return true;
}

static bool read_root(struct reader *reader)
{
    const cJSON *aws = json_member(reader->root, "_aws");
    const cJSON *directives = json_member(aws, "CloudWatchMetrics");
    if (!cJSON_IsObject(aws) || !cJSON_IsArray(directives))
        return refuse(reader, "_aws has no list CloudWatchMetrics");
    if (!cJSON_IsNumber(json_member(aws, "Timestamp")))
        return refuse(reader, "_aws has no number Timestamp");
    const cJSON *directive;
    cJSON_ArrayForEach(directive, directives)
    {
        if (!read_directive(reader, directive))
            return false;
    }
    return true;
}

enum emf_end emf_read(struct emf *emf, struct text line, struct text *ret_reason)
{
    struct text trimmed = text_trim(line);
    if (!text_starts_with(trimmed, TEXT("{")) || trimmed.length > EMF_LINE_BYTES_MAX ||
        !text_find(trimmed, TEXT("\"_aws\""), NULL))
        return EMF_ORDINARY;
    cleanup(json_tree_free) cJSON *root = json_parse(trimmed, NULL);
    if (root == NULL) {
        *ret_reason = TEXT("the line is not one JSON object, or longer than it may be");
        return EMF_MALFORMED;
    }
    if (json_member(root, "_aws") == NULL)
        return EMF_ORDINARY;
    cleanup(arena_free) struct arena *arena = arena_new();
    struct reader reader = {.arena = arena, .root = root};
    if (!read_root(&reader)) {
        *ret_reason = reader.reason;
        return EMF_MALFORMED;
    }
    enum emf_end end = EMF_TAKEN;
    for (size_t i = 0; i < reader.count; i++) {
        if (!sample_count(emf, arena, &reader.samples[i]))
            end = EMF_FULL;
    }
    return end;
}

// ---- writing ----

static void append_number(struct buffer *buffer, double value)
{
    bool small = value < DOUBLE_INTEGER_MAX && value > -DOUBLE_INTEGER_MAX;
    int64_t integer = small ? (int64_t)value : 0;
    if (small && value >= (double)integer && value <= (double)integer)
        buffer_append_integer(buffer, integer);
    else
        buffer_print(buffer, "%.15g", value);
}

static void append_part(struct buffer *buffer, const struct series *series, const char *part,
                        double value)
{
    buffer_append(buffer, series->family);
    buffer_append(buffer, text_of(part));
    buffer_append(buffer, series->labels);
    buffer_append_byte(buffer, ' ');
    append_number(buffer, value);
    buffer_append_byte(buffer, '\n');
}

void emf_append_text(const struct emf *emf, struct buffer *buffer)
{
    for (size_t i = 0; i < emf->count; i++) {
        const struct series *series = emf->series[i];
        if (i == 0 || !text_equal(series->family, emf->series[i - 1]->family))
            buffer_print(buffer, "# HELP %.*s Written by a function\n# TYPE %.*s summary\n",
                         TEXT_ARGUMENTS(series->family), TEXT_ARGUMENTS(series->family));
        append_part(buffer, series, "_sum", series->statistics.sum);
        append_part(buffer, series, "_count", series->statistics.count);
    }
    if (emf->dropped > 0)
        buffer_print(buffer,
                     "# HELP redrive_emf_dropped Values of series beyond the first %d\n"
                     "# TYPE redrive_emf_dropped counter\nredrive_emf_dropped %llu\n",
                     EMF_SERIES_MAX, (unsigned long long)emf->dropped);
}

static void append_statistic(struct buffer *buffer, const char *name, double value)
{
    json_append_name(buffer, text_of(name));
    append_number(buffer, value);
}

void emf_append_json(const struct emf *emf, struct buffer *buffer)
{
    buffer_append_byte(buffer, '[');
    for (size_t i = 0; i < emf->count; i++) {
        const struct series *series = emf->series[i];
        if (i > 0)
            buffer_append_byte(buffer, ',');
        buffer_append(buffer, series->json);
        append_statistic(buffer, "SampleCount", series->statistics.count);
        append_statistic(buffer, "Sum", series->statistics.sum);
        append_statistic(buffer, "Minimum", series->statistics.minimum);
        append_statistic(buffer, "Maximum", series->statistics.maximum);
        buffer_append_byte(buffer, '}');
    }
    buffer_append_byte(buffer, ']');
}
