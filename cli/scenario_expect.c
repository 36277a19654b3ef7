// scenario_expect -- what must be so: which judge an expectation goes to, and how a verdict is told.
//
// A verdict holds only what is wrong, as pairs of expected and actual, and the stories of the messages
// concerned, so that a failure explains itself without another run.
#include "cli/scenario.h"

#include "queue/base/buffer.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define STORY_LINES_MAX 40
#define OUTPUT_LINES_MAX 15
#define OUTPUT_LINE_BYTES_MAX 200

// clang-format off
static const struct field message_fields[] = {
    {"message", FIELD_MESSAGES, true}, {"in", FIELD_TEXT, false}, {"state", FIELD_TEXT, false},
    {"deliveries", FIELD_AMOUNT, false}, {"reason", FIELD_TEXT, false}, {"delivered_at", FIELD_DURATIONS, false},
    {NULL, FIELD_ANY, false},
};
static const struct field queue_fields[] = {
    {"queue", FIELD_QUEUE, true}, {"visible", FIELD_AMOUNT, false}, {"in_flight", FIELD_AMOUNT, false},
    {"delayed", FIELD_AMOUNT, false}, {"count", FIELD_AMOUNT, false}, {"exactly", FIELD_MESSAGES, false},
    {"at_least", FIELD_MESSAGES, false}, {NULL, FIELD_ANY, false},
};
static const struct field never_fields[] = {
    {"delivered", FIELD_MESSAGES, false}, {"more_than", FIELD_COUNT, false}, {"message", FIELD_MESSAGES, false},
    {"in", FIELD_TEXT, false}, {NULL, FIELD_ANY, false},
};
static const struct field order_fields[] = {
    {"ids", FIELD_MESSAGES, false}, {"group", FIELD_TEXT, false}, {NULL, FIELD_ANY, false},
};
static const struct field amount_fields[] = {
    {"function", FIELD_FUNCTION, false}, {"exactly", FIELD_COUNT, false}, {"at_least", FIELD_COUNT, false},
    {"at_most", FIELD_COUNT, false}, {NULL, FIELD_ANY, false},
};
static const struct field violation_fields[] = {
    {"queue", FIELD_QUEUE, false}, {"exactly", FIELD_COUNT, false}, {"at_least", FIELD_COUNT, false},
    {"at_most", FIELD_COUNT, false}, {NULL, FIELD_ANY, false},
};
static const struct field batches_fields[] = {
    {"function", FIELD_FUNCTION, false}, {"count", FIELD_AMOUNT, false}, {"sizes", FIELD_COUNTS, false},
    {NULL, FIELD_ANY, false},
};
static const struct field metric_fields[] = {
    {"name", FIELD_TEXT, true}, {"queue", FIELD_QUEUE, false}, {"function", FIELD_FUNCTION, false},
    {"mapping", FIELD_MAPPING, false}, {"exactly", FIELD_NUMBER, false}, {"at_least", FIELD_NUMBER, false},
    {"at_most", FIELD_NUMBER, false}, {NULL, FIELD_ANY, false},
};
static const struct field cost_fields[] = {
    {"at_least", FIELD_NUMBER, false}, {"at_most", FIELD_NUMBER, false}, {NULL, FIELD_ANY, false},
};
static const struct field logged_fields[] = {
    {"function", FIELD_FUNCTION, false}, {"contains", FIELD_TEXT, true}, {"exactly", FIELD_COUNT, false},
    {"at_least", FIELD_COUNT, false}, {"at_most", FIELD_COUNT, false}, {NULL, FIELD_ANY, false},
};
static const struct field received_fields[] = {
    {"by", FIELD_TEXT, true}, {"count", FIELD_AMOUNT, false}, {"exactly", FIELD_MESSAGES, false},
    {NULL, FIELD_ANY, false},
};
static const struct field time_fields[] = {
    {"at_least", FIELD_DURATION, false}, {"at_most", FIELD_DURATION, false}, {NULL, FIELD_ANY, false},
};
// clang-format on

// A queue, or how a message went that is in none.
static bool place_check(struct scenario *scenario, const cJSON *node)
{
    static const char *const ends[] = {"deleted", "expired", "purged", "queue deleted"};
    const cJSON *in = tree_member(node, "in");
    if (in == NULL)
        return true;
    struct text place = node_text(in);
    for (size_t i = 0; i < ROWS(ends); i++) {
        if (text_equal(place, text_of(ends[i])))
            return true;
    }
    struct text also = stack_meant(&scenario->stack, place, ends, ROWS(ends));
    if (also.length > 0 && stack_find_queue(&scenario->stack, place) == NULL)
        return stack_fault(&scenario->stack, in,
                           "in takes a queue, or deleted, expired, purged or queue deleted%.*s",
                           TEXT_ARGUMENTS(also));
    static const struct field field = {NULL, FIELD_QUEUE, true};
    return field_check(&scenario->stack, "in", in, &field);
}

static bool message_check(struct scenario *scenario, const cJSON *node)
{
    static const char *const states[] = {"visible", "in flight", "delayed"};
    const cJSON *state = tree_member(node, "state");
    if (!place_check(scenario, node))
        return false;
    if (node->child->next == NULL)
        return stack_fault(&scenario->stack, node,
                           "message expects nothing yet: add in, state, deliveries, reason or "
                           "delivered_at");
    for (size_t i = 0; state != NULL && i < ROWS(states); i++) {
        if (text_equal(node_text(state), text_of(states[i])))
            return true;
    }
    return state == NULL ||
           stack_fault(&scenario->stack, state, "state takes visible, in flight or delayed");
}

static bool never_check(struct scenario *scenario, const cJSON *node)
{
    bool delivered = tree_member(node, "delivered") != NULL;
    bool placed = tree_member(node, "message") != NULL && tree_member(node, "in") != NULL;
    if (delivered == placed || (placed && tree_member(node, "more_than") != NULL))
        return stack_fault(&scenario->stack, node,
                           "never takes {delivered: ID, more_than: 3} or {message: ID, in: QUEUE}");
    return place_check(scenario, node);
}

static bool order_check(struct scenario *scenario, const cJSON *node)
{
    return tree_member(node, "ids") != NULL || tree_member(node, "group") != NULL ||
           stack_fault(&scenario->stack, node,
                       "order needs ids, or the group whose order is meant");
}

struct expectation {
    const char *name;
    const struct field *fields;
    bool is_whole; // the fields stand beside the name, which is one of them
    bool (*check)(struct scenario *scenario, const cJSON *node); // may be NULL
    void (*judge)(struct scenario *scenario, const cJSON *node, struct verdict *verdict);
};

static const struct expectation expectations[] = {
    {"message", message_fields, true, message_check, judge_message},
    {"queue", queue_fields, true, NULL, judge_queue},
    {"never", never_fields, false, never_check, judge_never},
    {"order", order_fields, false, order_check, judge_order},
    {"invocations", amount_fields, false, NULL, judge_invocations},
    {"throttles", amount_fields, false, NULL, judge_throttles},
    {"order_violations", violation_fields, false, NULL, judge_order_violations},
    {"batches", batches_fields, false, NULL, judge_batches},
    {"duplicates", violation_fields, false, NULL, judge_duplicates},
    {"metric", metric_fields, false, metric_check, judge_metric},
    {"cost", cost_fields, false, bounds_check, judge_cost},
    {"logged", logged_fields, false, NULL, judge_logged},
    {"received", received_fields, false, received_check, judge_received},
    {"virtual_time", time_fields, false, NULL, judge_time},
};

static const struct expectation *expectation_of(const cJSON *node)
{
    for (size_t i = 0; i < ROWS(expectations); i++) {
        if (tree_member(node, expectations[i].name) != NULL)
            return &expectations[i];
    }
    return NULL;
}

// "throttles: 0" for "throttles: {exactly: 0}".
static bool is_bare_count(const struct expectation *expectation, const cJSON *node)
{
    bool counts = expectation->fields == amount_fields || expectation->fields == violation_fields;
    int64_t count;
    return counts && count_of(node, &count);
}

static bool check_one(struct scenario *scenario, const cJSON *node)
{
    const struct expectation *expectation = cJSON_IsObject(node) ? expectation_of(node) : NULL;
    const cJSON *first = cJSON_IsObject(node) ? node->child : NULL;
    if (expectation == NULL) {
        const char *names[ROWS(expectations)];
        for (size_t i = 0; i < ROWS(expectations); i++)
            names[i] = expectations[i].name;
        struct text word = first == NULL ? (struct text){0} : text_of(first->string);
        return stack_fault(
            &scenario->stack, first == NULL ? node : first,
            "expect takes message, queue, never, order, invocations, throttles, "
            "order_violations, batches, duplicates, metric, cost, logged, received or "
            "virtual_time%.*s",
            TEXT_ARGUMENTS(stack_meant(&scenario->stack, word, names, ROWS(names))));
    }
    const cJSON *fields = expectation->is_whole ? node : tree_member(node, expectation->name);
    if (!expectation->is_whole && first != NULL && first->next != NULL)
        return stack_fault(&scenario->stack, first->next, "'%s' does not belong to %s",
                           first->next->string, expectation->name);
    return (is_bare_count(expectation, fields) ||
            shape_check(&scenario->stack, expectation->name, fields, expectation->fields)) &&
           (expectation->check == NULL || expectation->check(scenario, fields));
}

bool expect_check(struct scenario *scenario, const cJSON *node)
{
    if (!cJSON_IsArray(node))
        return check_one(scenario, node);
    const cJSON *item;
    cJSON_ArrayForEach(item, node)
    {
        if (!check_one(scenario, item))
            return false;
    }
    return true;
}

// ---- verdicts ----

__attribute__((format(printf, 3, 0))) static void
append_line(struct buffer *buffer, struct text subject, const char *format, va_list arguments)
{
    char words[1000];
    vsnprintf(words, sizeof(words), format, arguments);
    if (subject.length > 0)
        buffer_print(buffer, "%.*s: ", TEXT_ARGUMENTS(subject));
    buffer_append(buffer, text_of(words));
    buffer_append_byte(buffer, '\n');
}

void verdict_expected(struct verdict *verdict, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    append_line(verdict->expected, verdict->subject, format, arguments);
    va_end(arguments);
    verdict->wrong = true;
}

void verdict_actual(struct verdict *verdict, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    append_line(verdict->actual, verdict->subject, format, arguments);
    va_end(arguments);
    verdict->wrong = true;
}

void verdict_amount(struct verdict *verdict, const char *label, const cJSON *amount, int64_t actual)
{
    int64_t exactly = -1;
    int64_t least = -1;
    int64_t most = -1;
    if (!count_of(amount, &exactly))
        count_of(tree_member(amount, "exactly"), &exactly);
    count_of(tree_member(amount, "at_least"), &least);
    count_of(tree_member(amount, "at_most"), &most);
    if ((exactly < 0 || actual == exactly) && (least < 0 || actual >= least) &&
        (most < 0 || actual <= most))
        return;
    if (exactly >= 0)
        verdict_expected(verdict, "%s: %lld", label, (long long)exactly);
    else if (least >= 0 && most >= 0)
        verdict_expected(verdict, "%s: %lld to %lld", label, (long long)least, (long long)most);
    else if (least >= 0)
        verdict_expected(verdict, "%s: at least %lld", label, (long long)least);
    else
        verdict_expected(verdict, "%s: at most %lld", label, (long long)most);
    verdict_actual(verdict, "%s: %lld", label, (long long)actual);
}

void verdict_story(struct verdict *verdict, int message)
{
    for (size_t i = 0; i < verdict->message_count; i++) {
        if (verdict->messages[i] == message)
            return;
    }
    if (message >= 0 && verdict->message_count < ROWS(verdict->messages))
        verdict->messages[verdict->message_count++] = message;
}

static void add_line(cJSON *lines, const char *before, struct text line)
{
    cleanup(buffer_deinit) struct buffer words = {0};
    buffer_print(&words, "%s%.*s", before, TEXT_ARGUMENTS(line));
    buffer_append_byte(&words, '\0');
    cJSON_AddItemToArray(lines, cJSON_CreateString(words.bytes));
}

static void add_lines(cJSON *lines, const char *first, const char *others, struct text text)
{
    struct text line;
    const char *before = first;
    while (text_cut(text, '\n', &line, &text)) {
        add_line(lines, before, line);
        before = others;
    }
}

static size_t count_lines(struct text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++)
        count += text.bytes[i] == '\n' ? 1 : 0;
    return count;
}

// A message that cycled for a day has a long story: its beginning and its end tell it.
static void add_story(cJSON *lines, struct text story)
{
    size_t count = count_lines(story);
    struct text line;
    for (size_t number = 0; text_cut(story, '\n', &line, &story); number++) {
        size_t half = STORY_LINES_MAX / 2;
        if (count <= STORY_LINES_MAX || number < half || number >= count - half)
            add_line(lines, "    ", line);
        else if (number == half)
            add_line(lines, "    ", TEXT("..."));
    }
}

static bool has_batch(const struct history *history, int message, struct text request)
{
    for (int at = history_message(history, message)->first; at >= 0;
         at = history_point(history, at)->next) {
        if (text_equal(history_point(history, at)->request, request))
            return true;
    }
    return false;
}

// What the function wrote when it had the message for the last time; NULL: nothing.
static const struct history_point *output_of(const struct history *history, int message)
{
    for (int at = (int)history_point_count(history) - 1; at >= 0; at--) {
        const struct history_point *point = history_point(history, at);
        if (point->output.length > 0 && has_batch(history, message, point->request))
            return point;
    }
    return NULL;
}

static void add_output(struct scenario *scenario, cJSON *lines, const struct history_point *point)
{
    struct text left = point->output;
    struct text line;
    add_line(
        lines, "",
        arena_print(scenario->stack.arena, "what %.*s wrote last:", TEXT_ARGUMENTS(point->other)));
    size_t count = count_lines(left);
    for (size_t number = 0; text_cut(left, '\n', &line, &left); number++) {
        if (number + OUTPUT_LINES_MAX >= count)
            add_line(lines, "    ", text_head(line, OUTPUT_LINE_BYTES_MAX));
    }
}

static void tell(struct scenario *scenario, const struct verdict *verdict, cJSON *lines)
{
    add_lines(lines, "expected  ", "          ", buffer_text(verdict->expected));
    add_lines(lines, "actual    ", "          ", buffer_text(verdict->actual));
    for (size_t i = 0; i < verdict->message_count; i++) {
        const struct history_message *message =
            history_message(scenario->history, verdict->messages[i]);
        cleanup(buffer_deinit) struct buffer story = {0};
        struct text title =
            arena_print(scenario->stack.arena, "the story of %.*s:", TEXT_ARGUMENTS(message->name));
        add_line(lines, "", title);
        history_append_story(scenario->history, &story, verdict->messages[i],
                             scenario->origin_at_ms);
        add_story(lines, buffer_text(&story));
    }
    const struct history_point *told = verdict->output;
    if (told != NULL)
        add_output(scenario, lines, told);
    for (size_t i = 0; i < verdict->message_count; i++) {
        const struct history_point *output = output_of(scenario->history, verdict->messages[i]);
        // One batch, one output.
        if (output != NULL && output != told)
            add_output(scenario, lines, output);
        told = output;
    }
}

void verdict_file(struct scenario *scenario, const cJSON *node, const struct verdict *verdict)
{
    cleanup(buffer_deinit) struct buffer title = {0};
    bool is_step = node->string != NULL && strcmp(node->string, "expect") != 0;
    struct place place = node_place(is_step ? node : node->child);
    if (is_step)
        buffer_print(&title, "%s: {", node->string);
    node_append_flow(&title, node);
    if (is_step)
        buffer_append_byte(&title, '}');
    buffer_append_byte(&title, '\0');
    cJSON *entry = tree_new();
    cJSON_AddNumberToObject(entry, "line", place.line);
    cJSON_AddNumberToObject(entry, "column", place.column);
    cJSON_AddStringToObject(entry, "title", title.bytes);
    cJSON_AddBoolToObject(entry, "ok", !verdict->wrong);
    if (verdict->wrong)
        tell(scenario, verdict, cJSON_AddArrayToObject(entry, "lines"));
    cJSON_AddItemToArray(scenario->verdicts, entry);
}

static void judge_one(struct scenario *scenario, const cJSON *node)
{
    const struct expectation *expectation = expectation_of(node);
    assert(expectation != NULL); // it was checked
    cleanup(buffer_deinit) struct buffer expected = {0};
    cleanup(buffer_deinit) struct buffer actual = {0};
    struct verdict verdict = {.expected = &expected, .actual = &actual};
    expectation->judge(
        scenario, expectation->is_whole ? node : tree_member(node, expectation->name), &verdict);
    verdict_file(scenario, node, &verdict);
}

bool expect_play(struct scenario *scenario, const cJSON *node)
{
    if (!cJSON_IsArray(node)) {
        judge_one(scenario, node);
        return true;
    }
    const cJSON *item;
    cJSON_ArrayForEach(item, node)
    {
        judge_one(scenario, item);
    }
    return true;
}
