// scenario_measure -- the judges of what is measured: metrics by AWS's names, money, what handlers wrote, and messages that were
// processed more than once.
//
// Metrics are the emulator's own, as GET /_redrive/api/metrics gives them. Of requests to SQS there is no metric, so they are
// counted from the trace, as for the demos: a batch comes from one ReceiveMessage for each ten messages, its deletions go in one
// DeleteMessageBatch for each ten, and what a function or a step of the story deletes is one each.
#include "cli/scenario.h"

#include "cli/inside.h"
#include "cli/money.h"
#include "queue/base/buffer.h"

#include <stdio.h>
#include <string.h>

#define MEMORY_MB_DEFAULT 128
#define REQUEST_MESSAGES_MAX 10
#define NAMES_MAX 64

// ---- numbers with bounds ----

// "0.00042", "17": as many digits as it takes.
static void append_number(struct buffer *words, double number)
{
    char digits[64];
    snprintf(digits, sizeof(digits), "%.9f", number);
    size_t length = strlen(digits);
    while (digits[length - 1] == '0')
        length--;
    if (digits[length - 1] == '.')
        length--;
    buffer_append(words, text_from(digits, length));
}

static const struct bound {
    const char *name;
    const char *words;
} bounds[] = {{"exactly", ""}, {"at_least", "at least "}, {"at_most", "at most "}};

static bool holds(const char *bound, double actual, double wanted)
{
    return strcmp(bound, "exactly") == 0    ? actual == wanted
           : strcmp(bound, "at_least") == 0 ? actual >= wanted
                                            : actual <= wanted;
}

static void judge_number(struct verdict *verdict, const char *label, const cJSON *node,
                         double actual)
{
    for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
        const cJSON *wanted = tree_member(node, bounds[i].name);
        if (wanted == NULL || holds(bounds[i].name, actual, wanted->valuedouble))
            continue;
        cleanup(buffer_deinit) struct buffer expected = {0};
        cleanup(buffer_deinit) struct buffer counted = {0};
        append_number(&expected, wanted->valuedouble);
        append_number(&counted, actual);
        verdict_expected(verdict, "%s: %s%.*s", label, bounds[i].words,
                         TEXT_ARGUMENTS(buffer_text(&expected)));
        verdict_actual(verdict, "%s: %.*s", label, TEXT_ARGUMENTS(buffer_text(&counted)));
    }
}

bool bounds_check(struct scenario *scenario, const cJSON *node)
{
    for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
        if (tree_member(node, bounds[i].name) != NULL)
            return true;
    }
    return stack_fault(&scenario->stack, node, "it needs exactly, at_least or at_most");
}

// ---- metrics ----

// Whom the metrics of a list are about.
static const struct subject {
    const char *list;  // in the answer
    const char *field; // of the expectation
    const char *name;  // member that holds it
} subjects[] = {{"queues", "queue", "QueueName"},
                {"functions", "function", "FunctionName"},
                {"mappings", "mapping", "EventSourceMappingUUID"}};

static const struct subject *subject_of_metric(struct text name)
{
    struct text list;
    struct text known;
    for (size_t at = 0; emulator_metric(at, &list, &known); at++) {
        for (size_t i = 0; text_equal(known, name) && i < 3; i++) {
            if (text_equal(list, text_of(subjects[i].list)))
                return &subjects[i];
        }
    }
    return NULL;
}

static bool unknown_metric(struct scenario *scenario, const cJSON *node)
{
    const char *names[NAMES_MAX] = {NULL};
    size_t count = 0;
    struct text list;
    struct text known;
    for (size_t at = 0; count < NAMES_MAX && emulator_metric(at, &list, &known); at++)
        names[count++] = known.bytes;
    return stack_fault(
        &scenario->stack, node, "there is no metric '%.*s'%.*s", TEXT_ARGUMENTS(node_text(node)),
        TEXT_ARGUMENTS(stack_meant(&scenario->stack, node_text(node), names, count)));
}

bool metric_check(struct scenario *scenario, const cJSON *node)
{
    const cJSON *name = tree_member(node, "name");
    const struct subject *subject = subject_of_metric(node_text(name));
    if (subject == NULL)
        return unknown_metric(scenario, name);
    for (size_t i = 0; i < 3; i++) {
        const cJSON *other = tree_member(node, subjects[i].field);
        if (other != NULL && &subjects[i] != subject)
            return stack_fault(&scenario->stack, other, "%.*s is a metric of %s, not of a %s",
                               TEXT_ARGUMENTS(node_text(name)), subject->list, subjects[i].field);
    }
    return bounds_check(scenario, node);
}

// The name in the answer of whom is meant; empty: all of them.
static struct text subject_name(struct scenario *scenario, const cJSON *node)
{
    const cJSON *queue = tree_member(node, "queue");
    const cJSON *function = tree_member(node, "function");
    const cJSON *mapping = tree_member(node, "mapping");
    if (queue != NULL)
        return stack_find_queue(&scenario->stack, node_text(queue))->name;
    if (function != NULL)
        return stack_find_function(&scenario->stack, node_text(function))->name;
    if (mapping != NULL)
        return stack_find_mapping(&scenario->stack, node_text(mapping))->uuid;
    return (struct text){0};
}

static cJSON *metrics_now(struct scenario *scenario)
{
    return inside_get(scenario->stack.emulator, "metrics?format=json");
}

static double sum_of(const cJSON *metrics, const struct subject *subject, struct text whose,
                     const char *name)
{
    double sum = 0;
    const cJSON *entry;
    cJSON_ArrayForEach(entry, tree_member(metrics, subject->list))
    {
        const cJSON *value = tree_member(entry, name);
        bool meant = whose.length == 0 || text_equal(tree_text(entry, subject->name), whose);
        if (meant && cJSON_IsNumber(value))
            sum += value->valuedouble;
    }
    return sum;
}

void judge_metric(struct scenario *scenario, const cJSON *node, struct verdict *verdict)
{
    const char *name = tree_text(node, "name").bytes;
    cleanup(cJSON_Delete) cJSON *metrics = metrics_now(scenario);
    judge_number(
        verdict, name, node,
        sum_of(metrics, subject_of_metric(text_of(name)), subject_name(scenario, node), name));
}

// ---- money ----

// Messages of one batch, or deletions of one, that go in requests of ten.
struct group {
    int64_t messages;
    int64_t deletions;
};

static int64_t requests_for(int64_t messages)
{
    return (messages + REQUEST_MESSAGES_MAX - 1) / REQUEST_MESSAGES_MAX;
}

static bool is_mapping(const struct scenario *scenario, struct text actor)
{
    for (size_t i = 0; i < scenario->stack.mapping_count; i++) {
        if (text_equal(scenario->stack.mappings[i].uuid, actor))
            return true;
    }
    return false;
}

// Adds the point to the group of its request; the requests that this makes more.
static int64_t requests_of_point(struct scenario *scenario, struct text_map *groups,
                                 const struct history_point *point)
{
    if (text_equal(point->kind, TEXT("deleted")))
        return is_mapping(scenario, point->actor) ? 0 : 1;
    bool batched = text_equal(point->kind, TEXT("batched"));
    bool deleted = text_equal(point->kind, TEXT("verdict")) &&
                   text_starts_with(point->reason, TEXT("deleted: "));
    if (point->request.length == 0 || (!batched && !deleted))
        return 0;
    struct group *group = text_map_find(groups, point->request);
    if (group == NULL) {
        group = arena_allocate(scenario->stack.arena, sizeof(*group));
        *group = (struct group){0};
        text_map_insert(groups, point->request, group);
    }
    int64_t *counted = batched ? &group->messages : &group->deletions;
    *counted += 1;
    return requests_for(*counted) - requests_for(*counted - 1);
}

static int64_t sqs_requests(struct scenario *scenario, const cJSON *metrics)
{
    struct text_map groups = {0};
    int64_t count = scenario->requests;
    for (size_t i = 0; i < history_point_count(scenario->history); i++)
        count += requests_of_point(scenario, &groups, history_point(scenario->history, (int)i));
    text_map_deinit(&groups);
    return count +
           (int64_t)sum_of(metrics, &subjects[0], (struct text){0}, "NumberOfEmptyReceives");
}

void judge_cost(struct scenario *scenario, const cJSON *node, struct verdict *verdict)
{
    cleanup(cJSON_Delete) cJSON *metrics = metrics_now(scenario);
    const struct bill requests = {.sqs_requests = sqs_requests(scenario, metrics)};
    double dollars = bill_dollars(&requests);
    double gb_seconds = 0;
    int64_t invocations = 0;
    for (size_t i = 0; i < scenario->stack.function_count; i++) {
        const struct stack_function *function = &scenario->stack.functions[i];
        int64_t memory_mb = MEMORY_MB_DEFAULT;
        count_of(tree_member(function->properties, "MemorySize"), &memory_mb);
        const struct bill bill = {
            .invocations = (int64_t)sum_of(metrics, &subjects[1], function->name, "Invocations"),
            .function_ms = (int64_t)sum_of(metrics, &subjects[1], function->name, "Duration"),
            .memory_mb = memory_mb,
        };
        dollars += bill_dollars(&bill);
        gb_seconds += bill_gb_seconds(&bill);
        invocations += bill.invocations;
    }
    judge_number(verdict, "dollars", node, dollars);
    if (verdict->wrong)
        verdict_actual(verdict, "%lld requests of SQS, %lld invocations, %.3f GB-seconds",
                       (long long)requests.sqs_requests, (long long)invocations, gb_seconds);
}

// ---- what handlers wrote ----

// Of each invocation that a mapping made, once.
void judge_logged(struct scenario *scenario, const cJSON *node, struct verdict *verdict)
{
    const cJSON *function = tree_member(node, "function");
    struct text contains = node_text(tree_member(node, "contains"));
    int64_t count = 0;
    for (size_t i = 0; i < history_point_count(scenario->history); i++) {
        const struct history_point *point = history_point(scenario->history, (int)i);
        if (point->output.length == 0 ||
            (function != NULL &&
             !text_equal(point->other,
                         stack_find_function(&scenario->stack, node_text(function))->name)))
            continue;
        verdict->output = point;
        count += text_find(point->output, contains, NULL) ? 1 : 0;
    }
    struct text label = arena_print(scenario->stack.arena, "invocations that wrote \"%.*s\"",
                                    TEXT_ARGUMENTS(contains));
    bool bounded = false;
    for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++)
        bounded = bounded || tree_member(node, bounds[i].name) != NULL;
    if (bounded)
        verdict_amount(verdict, label.bytes, node, count);
    else if (count == 0) {
        verdict_expected(verdict, "%s: at least 1", label.bytes);
        verdict_actual(verdict, "%s: 0", label.bytes);
    }
}

// ---- processed more than once ----

// The function did what it does with the message, whether or not it was deleted then.
static bool is_success(const struct history_point *point)
{
    return text_equal(point->kind, TEXT("verdict")) &&
           (text_starts_with(point->reason, TEXT("deleted: ")) ||
            text_starts_with(point->reason, TEXT("not deleted, so that")) ||
            text_find(point->reason, TEXT("its response was lost on purpose"), NULL));
}

static int64_t successes(struct scenario *scenario, int message, struct text queue)
{
    const struct history *history = scenario->history;
    int64_t count = 0;
    for (int at = history_message(history, message)->first; at >= 0;
         at = history_point(history, at)->next) {
        const struct history_point *point = history_point(history, at);
        bool meant = queue.length == 0 || text_equal(point->queue, queue);
        count += meant && is_success(point) ? 1 : 0;
    }
    return count;
}

void judge_duplicates(struct scenario *scenario, const cJSON *node, struct verdict *verdict)
{
    const cJSON *queue = tree_member(node, "queue");
    struct text name = {0};
    if (queue != NULL)
        name = stack_find_queue(&scenario->stack, node_text(queue))->name;
    int64_t count = 0;
    struct verdict found = {0};
    for (size_t i = 0; i < history_message_count(scenario->history); i++) {
        if (successes(scenario, (int)i, name) < 2)
            continue;
        count++;
        verdict_story(&found, (int)i);
    }
    verdict_amount(verdict, "messages processed more than once", node, count);
    for (size_t i = 0; verdict->wrong && i < found.message_count; i++)
        verdict_story(verdict, found.messages[i]);
}
