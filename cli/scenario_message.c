// scenario_message -- the judges of messages and queues: where they are, how often and when they were delivered, in which order
// they were done with.
//
// Where a message is, and what a queue holds, is read from the queues themselves; the past is read from
// the trace.
#include "cli/scenario.h"

#include "cli/inside.h"
#include "queue/base/buffer.h"

#include <assert.h>
#include <string.h>

#define PEEK_MAX "10000"
#define INSTANTS_SHOWN_MAX 20
#define MESSAGES_SHOWN_MAX 20

// The queue's messages; NULL after a fault. The caller owns the tree.
static cJSON *peek(struct scenario *scenario, struct text queue)
{
    struct text path = arena_print(scenario->stack.arena, "messages?max=" PEEK_MAX "&queue=%.*s",
                                   TEXT_ARGUMENTS(queue));
    return inside_get(scenario->stack.emulator, path.bytes);
}

static const cJSON *find_in(const struct scenario *scenario, const cJSON *peeked, int message)
{
    const cJSON *entry;
    cJSON_ArrayForEach(entry, tree_member(peeked, "messages"))
    {
        if (history_find_id(scenario->history, tree_text(entry, "messageId")) == message)
            return entry;
    }
    return NULL;
}

// ---- one message ----

static void judge_place(struct scenario *scenario, const cJSON *node, int message,
                        struct verdict *verdict)
{
    const cJSON *in = tree_member(node, "in");
    const cJSON *state = tree_member(node, "state");
    if (in == NULL && state == NULL)
        return;
    struct text place = history_place(scenario->history, message);
    struct text end = history_end(scenario->history, message);
    cleanup(cJSON_Delete) cJSON *peeked = place.length > 0 ? peek(scenario, place) : NULL;
    const cJSON *entry = find_in(scenario, peeked, message);
    struct text actual = place.length > 0 ? place : end;
    // The trace and the queue never contradict each other, but in a queue that is longer than a peek.
    if (in != NULL) {
        const struct stack_queue *queue = stack_find_queue(&scenario->stack, node_text(in));
        struct text expected = queue == NULL ? node_text(in) : queue->name;
        if (!text_equal(expected, actual)) {
            verdict_expected(verdict, "in: %.*s", TEXT_ARGUMENTS(expected));
            verdict_actual(verdict, "in: %.*s", TEXT_ARGUMENTS(actual));
        }
    }
    struct text phase = tree_text(entry, "phase");
    if (state != NULL && !text_equal(node_text(state), phase)) {
        verdict_expected(verdict, "state: %.*s", TEXT_ARGUMENTS(node_text(state)));
        verdict_actual(verdict, "state: %.*s",
                       TEXT_ARGUMENTS(phase.length > 0 ? phase : TEXT("in no queue")));
    }
}

static void append_instants(struct scenario *scenario, int message, struct buffer *words)
{
    const struct history *history = scenario->history;
    size_t count = 0;
    for (int at = history_message(history, message)->first; at >= 0;
         at = history_point(history, at)->next) {
        const struct history_point *point = history_point(history, at);
        if (!text_equal(point->kind, TEXT("received")))
            continue;
        if (++count > INSTANTS_SHOWN_MAX)
            continue;
        if (count > 1)
            buffer_append(words, TEXT(", "));
        struct text offset =
            duration_format(scenario->stack.arena, point->at_ms - scenario->origin_at_ms);
        buffer_append(words, offset);
    }
    if (count > INSTANTS_SHOWN_MAX)
        buffer_print(words, " and %zu more", count - INSTANTS_SHOWN_MAX);
    if (count == 0)
        buffer_append(words, TEXT("never"));
}

static void judge_instants(struct scenario *scenario, const cJSON *expected, int message,
                           struct verdict *verdict)
{
    const struct history *history = scenario->history;
    const cJSON *next = expected == NULL ? NULL : expected->child;
    bool same = true;
    for (int at = history_message(history, message)->first; at >= 0;
         at = history_point(history, at)->next) {
        const struct history_point *point = history_point(history, at);
        if (!text_equal(point->kind, TEXT("received")))
            continue;
        same = same && next != NULL &&
               point->at_ms - scenario->origin_at_ms == field_duration_ms(next);
        next = next == NULL ? NULL : next->next;
    }
    if (expected == NULL || (same && next == NULL))
        return;
    cleanup(buffer_deinit) struct buffer wanted = {0};
    cleanup(buffer_deinit) struct buffer actual = {0};
    const cJSON *instant;
    cJSON_ArrayForEach(instant, expected)
    {
        if (instant != expected->child)
            buffer_append(&wanted, TEXT(", "));
        buffer_append(&wanted, duration_format(scenario->stack.arena, field_duration_ms(instant)));
    }
    append_instants(scenario, message, &actual);
    verdict_expected(verdict, "delivered at: %.*s", TEXT_ARGUMENTS(buffer_text(&wanted)));
    verdict_actual(verdict, "delivered at: %.*s", TEXT_ARGUMENTS(buffer_text(&actual)));
}

static void judge_reason(struct scenario *scenario, const cJSON *expected, int message,
                         struct verdict *verdict)
{
    const struct history *history = scenario->history;
    struct text last = {0};
    if (expected == NULL)
        return;
    for (int at = history_message(history, message)->first; at >= 0;
         at = history_point(history, at)->next) {
        struct text reason = history_point(history, at)->reason;
        if (text_find(reason, node_text(expected), NULL))
            return;
        last = reason.length > 0 ? reason : last;
    }
    verdict_expected(verdict, "a reason with: %.*s", TEXT_ARGUMENTS(node_text(expected)));
    verdict_actual(verdict, "the last reason: %.*s",
                   TEXT_ARGUMENTS(last.length > 0 ? last : TEXT("none")));
}

// The number of the message; -1, with the verdict, if it was not sent.
static int message_of(struct scenario *scenario, const cJSON *name, struct verdict *verdict)
{
    int message = history_find_name(scenario->history, node_text(name));
    if (message < 0) {
        verdict_expected(verdict, "message %.*s", TEXT_ARGUMENTS(node_text(name)));
        verdict_actual(verdict, "it was not sent");
    }
    return message;
}

static void judge_one_message(struct scenario *scenario, const cJSON *node, const cJSON *name,
                              struct verdict *verdict)
{
    size_t length = verdict->expected->length;
    int message = message_of(scenario, name, verdict);
    if (message < 0)
        return;
    judge_place(scenario, node, message, verdict);
    const cJSON *deliveries = tree_member(node, "deliveries");
    if (deliveries != NULL)
        verdict_amount(verdict, "deliveries", deliveries,
                       (int64_t)history_deliveries(scenario->history, message));
    judge_instants(scenario, tree_member(node, "delivered_at"), message, verdict);
    judge_reason(scenario, tree_member(node, "reason"), message, verdict);
    if (verdict->expected->length > length)
        verdict_story(verdict, message);
}

void judge_message(struct scenario *scenario, const cJSON *node, struct verdict *verdict)
{
    const cJSON *names = tree_member(node, "message");
    if (!cJSON_IsArray(names)) {
        judge_one_message(scenario, node, names, verdict);
        return;
    }
    const cJSON *name;
    cJSON_ArrayForEach(name, names)
    {
        verdict->subject = node_text(name);
        judge_one_message(scenario, node, name, verdict);
    }
    verdict->subject = (struct text){0};
}

// ---- a queue ----

static void append_name(struct scenario *scenario, struct buffer *words, const cJSON *entry)
{
    int message = history_find_id(scenario->history, tree_text(entry, "messageId"));
    struct text name =
        message < 0 ? (struct text){0} : history_message(scenario->history, message)->name;
    if (words->length > 0)
        buffer_append(words, TEXT(", "));
    if (name.length > 0)
        buffer_append(words, name);
    else
        buffer_print(words, "(a message without id: %.*s)",
                     TEXT_ARGUMENTS(text_head(tree_text(entry, "body"), 40)));
}

static bool is_listed(struct scenario *scenario, const cJSON *names, int message)
{
    if (!cJSON_IsArray(names))
        return history_find_name(scenario->history, node_text(names)) == message;
    const cJSON *name;
    cJSON_ArrayForEach(name, names)
    {
        if (history_find_name(scenario->history, node_text(name)) == message)
            return true;
    }
    return false;
}

static size_t count_missing(struct scenario *scenario, const cJSON *peeked, const cJSON *names,
                            struct verdict *verdict)
{
    size_t missing = 0;
    const cJSON *list = cJSON_IsArray(names) ? names->child : names;
    for (const cJSON *name = list; name != NULL; name = cJSON_IsArray(names) ? name->next : NULL) {
        int message = history_find_name(scenario->history, node_text(name));
        if (message >= 0 && find_in(scenario, peeked, message) != NULL)
            continue;
        missing++;
        verdict_story(verdict, message);
    }
    return missing;
}

static void judge_contents(struct scenario *scenario, const cJSON *names, const cJSON *peeked,
                           bool exactly, struct verdict *verdict)
{
    cleanup(buffer_deinit) struct buffer wanted = {0};
    cleanup(buffer_deinit) struct buffer actual = {0};
    struct verdict trial = {0};
    size_t wrong = count_missing(scenario, peeked, names, &trial);
    const cJSON *entry;
    cJSON_ArrayForEach(entry, tree_member(peeked, "messages"))
    {
        int message = history_find_id(scenario->history, tree_text(entry, "messageId"));
        append_name(scenario, &actual, entry);
        if (!exactly || is_listed(scenario, names, message))
            continue;
        wrong++;
        verdict_story(&trial, message);
    }
    if (wrong == 0)
        return;
    node_append_flow(&wanted, names);
    verdict_expected(verdict, "%s: %.*s", exactly ? "exactly" : "at least",
                     TEXT_ARGUMENTS(buffer_text(&wanted)));
    verdict_actual(verdict, "it holds: [%.*s]", TEXT_ARGUMENTS(buffer_text(&actual)));
    for (size_t i = 0; i < trial.message_count; i++)
        verdict_story(verdict, trial.messages[i]);
}

static void show_contents(struct scenario *scenario, const cJSON *peeked, struct verdict *verdict)
{
    cleanup(buffer_deinit) struct buffer actual = {0};
    size_t count = 0;
    const cJSON *entry;
    cJSON_ArrayForEach(entry, tree_member(peeked, "messages"))
    {
        if (++count <= MESSAGES_SHOWN_MAX)
            append_name(scenario, &actual, entry);
    }
    if (count > MESSAGES_SHOWN_MAX)
        buffer_print(&actual, " and %zu more", count - MESSAGES_SHOWN_MAX);
    verdict_actual(verdict, "it holds: [%.*s]", TEXT_ARGUMENTS(buffer_text(&actual)));
}

void judge_queue(struct scenario *scenario, const cJSON *node, struct verdict *verdict)
{
    const struct stack_queue *queue =
        stack_find_queue(&scenario->stack, node_text(tree_member(node, "queue")));
    cleanup(cJSON_Delete) cJSON *queues = inside_get(scenario->stack.emulator, "queues");
    cleanup(cJSON_Delete) cJSON *peeked = peek(scenario, queue->name);
    const cJSON *entry = NULL;
    cJSON_ArrayForEach(entry, tree_member(queues, "queues"))
    {
        if (text_equal(tree_text(entry, "name"), queue->name))
            break;
    }
    int64_t visible = tree_integer(entry, "visible");
    int64_t in_flight = tree_integer(entry, "inFlight");
    int64_t delayed = tree_integer(entry, "delayed");
    const struct {
        const char *name;
        int64_t actual;
    } rows[] = {
        {"visible", visible},
        {"in_flight", in_flight},
        {"delayed", delayed},
        {"count", visible + in_flight + delayed},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const cJSON *amount = tree_member(node, rows[i].name);
        if (amount != NULL)
            verdict_amount(verdict, rows[i].name, amount, rows[i].actual);
    }
    if (verdict->wrong)
        show_contents(scenario, peeked, verdict);
    const cJSON *exactly = tree_member(node, "exactly");
    const cJSON *at_least = tree_member(node, "at_least");
    if (exactly != NULL)
        judge_contents(scenario, exactly, peeked, true, verdict);
    if (at_least != NULL)
        judge_contents(scenario, at_least, peeked, false, verdict);
}

// ---- never ----

static void judge_never_in(struct scenario *scenario, const cJSON *in, const cJSON *name,
                           struct verdict *verdict)
{
    const struct history *history = scenario->history;
    int message = message_of(scenario, name, verdict);
    const struct stack_queue *queue = stack_find_queue(&scenario->stack, node_text(in));
    struct text place = queue == NULL ? node_text(in) : queue->name;
    if (message < 0)
        return;
    for (int at = history_message(history, message)->first; at >= 0;
         at = history_point(history, at)->next) {
        const struct history_point *point = history_point(history, at);
        bool arrives = text_equal(point->kind, TEXT("sent")) ? text_equal(point->queue, place)
                       : text_equal(point->kind, TEXT("dead-lettered")) ||
                               text_equal(point->kind, TEXT("moved"))
                           ? text_equal(point->other, place)
                           : queue == NULL && text_equal(point->kind, place);
        if (!arrives)
            continue;
        struct text when =
            duration_format(scenario->stack.arena, point->at_ms - scenario->origin_at_ms);
        verdict_expected(verdict, "%.*s never in: %.*s", TEXT_ARGUMENTS(node_text(name)),
                         TEXT_ARGUMENTS(node_text(in)));
        verdict_actual(verdict, "%.*s at %.*s", TEXT_ARGUMENTS(point->kind), TEXT_ARGUMENTS(when));
        verdict_story(verdict, message);
        return;
    }
}

static void judge_never_delivered(struct scenario *scenario, int64_t most, const cJSON *name,
                                  struct verdict *verdict)
{
    int message = message_of(scenario, name, verdict);
    if (message < 0)
        return;
    int64_t deliveries = (int64_t)history_deliveries(scenario->history, message);
    if (deliveries <= most)
        return;
    if (most == 0)
        verdict_expected(verdict, "%.*s never delivered", TEXT_ARGUMENTS(node_text(name)));
    else
        verdict_expected(verdict, "%.*s never delivered more than %lld times",
                         TEXT_ARGUMENTS(node_text(name)), (long long)most);
    verdict_actual(verdict, "deliveries: %lld", (long long)deliveries);
    verdict_story(verdict, message);
}

void judge_never(struct scenario *scenario, const cJSON *node, struct verdict *verdict)
{
    const cJSON *delivered = tree_member(node, "delivered");
    const cJSON *names = delivered != NULL ? delivered : tree_member(node, "message");
    int64_t most = 0;
    count_of(tree_member(node, "more_than"), &most);
    const cJSON *first = cJSON_IsArray(names) ? names->child : names;
    for (const cJSON *name = first; name != NULL; name = cJSON_IsArray(names) ? name->next : NULL) {
        if (delivered != NULL)
            judge_never_delivered(scenario, most, name, verdict);
        else
            judge_never_in(scenario, tree_member(node, "in"), name, verdict);
    }
}
