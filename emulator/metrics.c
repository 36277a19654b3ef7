// metrics -- three tables of names, three functions that read the values, and two writers that know nothing of what they write.
//
// Nothing is collected here and nothing is timed: the rooms below count where things happen, and whoever asks gets the counters as
// they stand. So metrics cost nothing until they are read. CloudWatch's minutes were left out: a test asks after a step and compares.
#include "emulator/metrics.h"

#include "emulator/emf.h"
#include "emulator/world.h"
#include "esm/json.h"

#include <assert.h>

#define LABELS_MAX 4
#define VALUES_MAX 24

struct metric {
    struct text name;
    const char *type; // of Prometheus
    const char *help;
};

// Values stand in the order of these tables; a value below 0 is left out.
// clang-format off
static const struct metric queue_table[] = {
    {TEXT("NumberOfMessagesSent"), "counter", "Messages added by SendMessage and SendMessageBatch"},
    {TEXT("SentMessageSize"), "counter", "Bytes of bodies and attributes of the messages sent, in all"},
    {TEXT("NumberOfDeduplicatedSentMessages"), "counter", "FIFO sends that were known already"},
    {TEXT("NumberOfMessagesReceived"), "counter", "Messages returned by ReceiveMessage, each time"},
    {TEXT("NumberOfEmptyReceives"), "counter", "ReceiveMessage calls that returned no message"},
    {TEXT("NumberOfMessagesDeleted"), "counter", "Successful deletions"},
    {TEXT("ApproximateNumberOfMessagesVisible"), "gauge", "Messages that can be received"},
    {TEXT("ApproximateNumberOfMessagesNotVisible"), "gauge", "Messages in flight"},
    {TEXT("ApproximateNumberOfMessagesDelayed"), "gauge", "Messages whose delay has not ended"},
    {TEXT("ApproximateAgeOfOldestMessage"), "gauge", "Seconds; messages received more than 3 times are passed over, as AWS does"},
    {TEXT("ApproximateNumberOfGroupsWithInflightMessages"), "gauge", "FIFO message groups with messages in flight"},
    {TEXT("ApproximateNumberOfNoisyGroups"), "gauge", "Message groups of a standard queue that others are preferred to"},
    {TEXT("ApproximateNumberOfMessagesVisibleInQuietGroups"), "gauge", "Messages that can be received, without those of noisy groups"},
    {TEXT("ApproximateNumberOfMessagesNotVisibleInQuietGroups"), "gauge", "Messages in flight, without those of noisy groups"},
    {TEXT("ApproximateNumberOfMessagesDelayedInQuietGroups"), "gauge", "Messages whose delay has not ended, without those of noisy groups"},
    {TEXT("ApproximateAgeOfOldestMessageInQuietGroups"), "gauge", "Seconds, without messages of noisy groups"},
    {TEXT("redrive_order_violations"), "counter", "FIFO: times that a message succeeded before an earlier one of its group that failed"},
    {TEXT("redrive_duplicated_on_purpose"), "counter", "Messages delivered once more after their deletion, by --duplicate"},
};
static const struct metric function_table[] = {
    {TEXT("Invocations"), "counter", "Executions, failed ones included, throttled ones not"},
    {TEXT("Errors"), "counter", "Executions that ended in a function error; reported items are none"},
    {TEXT("Throttles"), "counter", "Invocations refused for lack of concurrency"},
    {TEXT("Duration"), "counter", "Milliseconds of all executions together"},
    {TEXT("ConcurrentExecutions"), "gauge", "Executions that run now"},
    {TEXT("ConcurrentExecutionsMaximum"), "gauge", "The most that ran at one moment"},
};
static const struct metric mapping_table[] = {
    {TEXT("PolledEventCount"), "counter", "Messages received"},
    {TEXT("FilteredOutEventCount"), "counter", "Messages that no filter matched"},
    {TEXT("InvokedEventCount"), "counter", "Messages handed to the function, with every try"},
    {TEXT("FailedInvokeEventCount"), "counter", "Messages reported, or of batches that failed or were throttled"},
    {TEXT("DeletedEventCount"), "counter", "Messages deleted, filtered ones included"},
    {TEXT("ProvisionedPollers"), "gauge", "Pollers that run, in provisioned mode"},
    {TEXT("redrive_pollers"), "gauge", "Pollers that run"},
    {TEXT("redrive_faults_on_purpose"), "counter", "Tries in which a declared fault struck"},
    {TEXT("redrive_item_failure_ratio"), "gauge", "Failed messages per message processed, throttled tries left out"},
};
// clang-format on

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static_assert(ROWS(queue_table) <= VALUES_MAX, "a subject has room for the values of its table");

struct label {
    struct text name;
    struct text value;
};

// Whom the values are about.
struct subject {
    struct label labels[LABELS_MAX];
    size_t label_count;
    double values[VALUES_MAX];
};

struct subjects {
    struct subject *items; // owned
    size_t count;
    size_t capacity;
};

static void subjects_deinit(struct subjects *subjects)
{
    free(subjects->items);
}
DEFINE_DEINIT_CLEANUP(subjects_deinit, struct subjects)

static struct subject *subjects_add(struct subjects *subjects)
{
    if (subjects->count == subjects->capacity) {
        subjects->capacity = subjects->capacity == 0 ? 16 : subjects->capacity * 2;
        subjects->items = reallocate(subjects->items, subjects->capacity * sizeof(struct subject));
    }
    struct subject *subject = &subjects->items[subjects->count++];
    *subject = (struct subject){0};
    return subject;
}

static void label_add(struct subject *subject, struct text name, struct text value)
{
    assert(subject->label_count < LABELS_MAX);
    subject->labels[subject->label_count++] = (struct label){name, value};
}

static void fill(struct subject *subject, const double *values, size_t count)
{
    memcpy(subject->values, values, count * sizeof(*values));
}

// ---- reading ----

static void read_queues(const struct world *world, struct subjects *subjects)
{
    struct queue *queue = NULL;
    while ((queue = engine_next_queue(world->engine, queue)) != NULL) {
        struct queue_traffic traffic = queue_traffic(queue);
        struct queue_counts counts = queue_counts(queue);
        int64_t age_seconds = queue_oldest_age_ms(queue) / 1000;
        bool fifo = queue_settings(queue)->fifo;
        struct queue_quiet quiet = {0};
        if (!fifo)
            quiet = queue_quiet(queue);
        int64_t oldest_seconds = quiet.oldest_age_ms / 1000;
        const double values[ROWS(queue_table)] = {
            (double)traffic.sent,
            (double)traffic.sent_bytes,
            fifo ? (double)traffic.deduplicated : -1,
            (double)traffic.received,
            (double)traffic.empty_receives,
            (double)traffic.deleted,
            (double)counts.visible,
            (double)counts.in_flight,
            (double)counts.delayed,
            (double)age_seconds,
            fifo ? (double)queue_groups_in_flight(queue) : -1,
            fifo ? -1 : (double)quiet.noisy_groups,
            fifo ? -1 : (double)quiet.counts.visible,
            fifo ? -1 : (double)quiet.counts.in_flight,
            fifo ? -1 : (double)quiet.counts.delayed,
            fifo ? -1 : (double)oldest_seconds,
            fifo ? (double)traffic.overtaken : -1,
            world->options->duplicate_share > 0 && !fifo ? (double)traffic.duplicated : -1,
        };
        struct subject *subject = subjects_add(subjects);
        label_add(subject, TEXT("QueueName"), queue_key(queue)->name);
        label_add(subject, TEXT("Region"), queue_key(queue)->region);
        label_add(subject, TEXT("AccountId"), queue_key(queue)->account);
        fill(subject, values, ROWS(queue_table));
    }
}

static void read_functions(const struct world *world, struct subjects *subjects)
{
    const struct function *function = NULL;
    while ((function = functions_next(world->functions, function)) != NULL) {
        const struct function_counts *counts = &function->counts;
        const double values[ROWS(function_table)] = {
            (double)counts->invocations, (double)counts->errors,    (double)counts->throttles,
            (double)counts->duration_ms, (double)function->running, (double)counts->concurrent_max,
        };
        struct subject *subject = subjects_add(subjects);
        label_add(subject, TEXT("FunctionName"), function->name);
        fill(subject, values, ROWS(function_table));
    }
}

static void read_mappings(const struct world *world, struct subjects *subjects)
{
    const struct mapping *mapping = NULL;
    while ((mapping = esm_next_mapping(world->esm, mapping)) != NULL) {
        const struct mapping_settings *settings = mapping_settings(mapping);
        struct mapping_counts counts = mapping_counts(mapping);
        double pollers = (double)mapping_pollers(mapping);
        double processed = (double)(counts.invoked - counts.throttled);
        double failed = (double)(counts.failed - counts.throttled);
        const double values[ROWS(mapping_table)] = {
            (double)counts.polled,
            (double)counts.filtered,
            (double)counts.invoked,
            (double)counts.failed,
            (double)counts.deleted,
            settings->provisioned_poller_config.length > 0 ? pollers : -1,
            pollers,
            counts.faults > 0 ? (double)counts.faults : -1,
            processed > 0 ? failed / processed : 0,
        };
        struct subject *subject = subjects_add(subjects);
        struct queue_key key;
        label_add(subject, TEXT("EventSourceMappingUUID"), mapping_uuid(mapping));
        label_add(subject, TEXT("FunctionName"), settings->function_name);
        if (queue_key_from_arn(settings->event_source_arn, &key))
            label_add(subject, TEXT("QueueName"), key.name);
        fill(subject, values, ROWS(mapping_table));
    }
}

// ---- writing ----

static void append_value(struct buffer *buffer, double value)
{
    int64_t integer = (int64_t)value;
    if (value > (double)integer)
        buffer_print(buffer, "%.6g", value);
    else
        buffer_append_integer(buffer, integer);
}

// A family without samples is left out.
static void append_family(struct buffer *buffer, const struct metric *metric, size_t row,
                          const struct subjects *subjects)
{
    bool begun = false;
    for (size_t i = 0; i < subjects->count; i++) {
        const struct subject *subject = &subjects->items[i];
        if (subject->values[row] < 0)
            continue;
        if (!begun)
            buffer_print(buffer, "# HELP %s %s\n# TYPE %s %s\n", metric->name.bytes, metric->help,
                         metric->name.bytes, metric->type);
        begun = true;
        // No label needs escaping: names have neither quotes nor backslashes.
        buffer_append(buffer, metric->name);
        for (size_t label = 0; label < subject->label_count; label++)
            buffer_print(buffer, "%s%.*s=\"%.*s\"", label == 0 ? "{" : ",",
                         TEXT_ARGUMENTS(subject->labels[label].name),
                         TEXT_ARGUMENTS(subject->labels[label].value));
        buffer_append(buffer, TEXT("} "));
        append_value(buffer, subject->values[row]);
        buffer_append_byte(buffer, '\n');
    }
}

static void append_subject(struct buffer *buffer, const struct metric *table, size_t rows,
                           const struct subject *subject)
{
    buffer_append_byte(buffer, '{');
    for (size_t i = 0; i < subject->label_count; i++)
        json_append_member_string(buffer, subject->labels[i].name, subject->labels[i].value);
    for (size_t row = 0; row < rows; row++) {
        if (subject->values[row] < 0)
            continue;
        json_append_name(buffer, table[row].name);
        append_value(buffer, subject->values[row]);
    }
    buffer_append_byte(buffer, '}');
}

static const struct kind {
    struct text name; // of its list in JSON
    const struct metric *table;
    size_t rows;
    void (*read)(const struct world *world, struct subjects *subjects);
} kinds[] = {
    {TEXT("queues"), queue_table, ROWS(queue_table), read_queues},
    {TEXT("functions"), function_table, ROWS(function_table), read_functions},
    {TEXT("mappings"), mapping_table, ROWS(mapping_table), read_mappings},
};

void metrics_append_text(const struct world *world, struct buffer *buffer)
{
    for (size_t i = 0; i < ROWS(kinds); i++) {
        cleanup(subjects_deinit) struct subjects subjects = {0};
        kinds[i].read(world, &subjects);
        for (size_t row = 0; row < kinds[i].rows; row++)
            append_family(buffer, &kinds[i].table[row], row, &subjects);
    }
    emf_append_text(world->emf, buffer);
}

void metrics_append_json(const struct world *world, struct buffer *buffer)
{
    buffer_append_byte(buffer, '{');
    for (size_t i = 0; i < ROWS(kinds); i++) {
        cleanup(subjects_deinit) struct subjects subjects = {0};
        kinds[i].read(world, &subjects);
        json_append_name(buffer, kinds[i].name);
        buffer_append_byte(buffer, '[');
        for (size_t at = 0; at < subjects.count; at++) {
            if (at > 0)
                buffer_append_byte(buffer, ',');
            append_subject(buffer, kinds[i].table, kinds[i].rows, &subjects.items[at]);
        }
        buffer_append_byte(buffer, ']');
    }
    json_append_name(buffer, TEXT("emf"));
    emf_append_json(world->emf, buffer);
    buffer_append_byte(buffer, '}');
}

bool metrics_name(size_t at, struct text *ret_list, struct text *ret_name)
{
    for (size_t i = 0; i < ROWS(kinds); i++) {
        if (at < kinds[i].rows) {
            *ret_list = kinds[i].name;
            *ret_name = kinds[i].table[at].name;
            return true;
        }
        at -= kinds[i].rows;
    }
    return false;
}
