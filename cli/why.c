// why -- not what happened to a message, but why it is where it is: redrive why MESSAGE-ID.
//
//     trace/{id}      its points           -> deliveries: received .. batched .. verdict .. visible again
//     trace?queue=    the ends of its invocations: what the function answered
//     messages?queue= its present state, and who stands before it in its FIFO group
//
// The answer is one tree of statements, each with a sentence, the rule behind it, what can be done, and
// the numbers of the trace points that prove it. --json prints the tree; people get the same sentences.
//
// What is read stands in why_read.c, how it is told in why_tell.c.
#include "cli/why.h"

#include "cli/command.h"
#include "emulator/emulator.h"

#include <stdarg.h>
#include <stdio.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define POINTS_SHOWN_MAX 6 // of deliveries with one cause
#define PIECE "10000"

// ---- statements ----

// Begins a statement; its points follow.
__attribute__((format(printf, 3, 4))) static cJSON *state(struct why *why, const char *about,
                                                          const char *format, ...)
{
    char sentence[1000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    cJSON *statement = tree_new();
    cJSON_AddStringToObject(statement, "about", about);
    cJSON_AddStringToObject(statement, "sentence", sentence);
    cJSON_AddItemToArray(why->statements, statement);
    return statement;
}

static void rule(cJSON *statement, const char *words, const char *remedy)
{
    cJSON_AddStringToObject(statement, "rule", words);
    if (remedy[0] != '\0')
        cJSON_AddStringToObject(statement, "remedy", remedy);
}

static void prove(cJSON *statement, const cJSON *point)
{
    if (point == NULL)
        return;
    cJSON *points = cJSON_GetObjectItemCaseSensitive(statement, "points");
    if (points == NULL)
        points = cJSON_AddArrayToObject(statement, "points");
    cJSON *proof = tree_new();
    cJSON_AddNumberToObject(proof, "number", (double)tree_integer(point, "number"));
    cJSON_AddStringToObject(proof, "kind", tree_text(point, "kind").bytes);
    cJSON_AddNumberToObject(proof, "atMs", (double)tree_integer(point, "atMs"));
    cJSON_AddItemToArray(points, proof);
}

// ---- where it is ----

static struct text holder_words(const struct why *why)
{
    const struct delivery *last =
        why->delivery_count > 0 ? &why->deliveries[why->delivery_count - 1] : NULL;
    if (last == NULL)
        return TEXT("somebody");
    if (last->batched == NULL)
        return TEXT("a client");
    struct text function = tree_text(last->batched, "other");
    if (last->verdict != NULL)
        return arena_print(why->arena, "the mapping to %.*s (its function is done with it)",
                           TEXT_ARGUMENTS(function));
    return arena_print(why->arena, "the mapping to %.*s (its function is at work)",
                       TEXT_ARGUMENTS(function));
}

// Who stands before it in its group: the first that is in flight or delayed; else NULL.
static const cJSON *blocker_of(const cJSON *messages, const cJSON *mine)
{
    struct text group = tree_text(mine, "groupId");
    const cJSON *message;
    cJSON_ArrayForEach(message, messages)
    {
        if (message != mine && text_equal(tree_text(message, "groupId"), group) &&
            !text_equal(tree_text(message, "phase"), TEXT("visible")))
            return message;
    }
    return NULL;
}

static void state_hidden(struct why *why, const cJSON *mine)
{
    struct text until = why_instant_words(why, tree_integer(mine, "availableAtMs"));
    struct text left =
        duration_format(why->arena, tree_integer(mine, "availableAtMs") - why->now_ms);
    const char *still = why->manual ? "; the clock stands still until it is told" : "";
    if (text_equal(tree_text(mine, "phase"), TEXT("delayed"))) {
        cJSON *statement =
            state(why, "why it is not visible", "It is delayed until %s (%s from now%s).",
                  until.bytes, left.bytes, still);
        rule(statement, "DelaySeconds, of the message or its queue, hides a message from its send.",
             "");
        prove(statement, why_last_point(why, "sent"));
        return;
    }
    cJSON *statement =
        state(why, "why it is not visible", "Its lease is held by %s until %s (%s from now%s).",
              holder_words(why).bytes, until.bytes, left.bytes, still);
    rule(statement,
         "A received message is hidden for its visibility timeout; then, unless it was deleted, it "
         "is visible again.",
         "");
    if (why->delivery_count > 0) {
        const struct delivery *last = &why->deliveries[why->delivery_count - 1];
        prove(statement, last->received);
        prove(statement, last->verdict);
        if (last->verdict != NULL)
            state(why, "why it is not visible", "The verdict was: %s.",
                  tree_text(last->verdict, "reason").bytes);
    }
}

// A visible message that nobody takes: a group that is blocked, or nobody who polls.
static bool state_waiting(struct why *why, const cJSON *messages, const cJSON *mine)
{
    const cJSON *blocker =
        tree_text(mine, "groupId").length > 0 ? blocker_of(messages, mine) : NULL;
    if (blocker != NULL) {
        cJSON *statement = state(
            why, "why it is not delivered",
            "Its message group %s is blocked by message %s, which is %s until %s (receive count "
            "%lld).",
            tree_text(mine, "groupId").bytes, tree_text(blocker, "messageId").bytes,
            tree_text(blocker, "phase").bytes,
            why_instant_words(why, tree_integer(blocker, "availableAtMs")).bytes,
            (long long)tree_integer(blocker, "receiveCount"));
        rule(statement,
             "While a message of a FIFO group is in flight, no other of the group is delivered: "
             "order comes before speed.",
             "Delete or dead-letter the blocker; more groups mean less waiting.");
        cJSON_AddStringToObject(statement, "blockedBy", tree_text(blocker, "messageId").bytes);
        return true;
    }
    cleanup(cJSON_Delete) cJSON *answer = client_get(why->client, TEXT("mappings"));
    if (answer == NULL)
        return false;
    size_t count = 0;
    const cJSON *mapping;
    cJSON_ArrayForEach(mapping, tree_member(answer, "mappings"))
    {
        if (!text_equal(tree_text(mapping, "queue"), why->place))
            continue;
        count++;
        if (!text_equal(tree_text(mapping, "state"), TEXT("Enabled")))
            state(why, "why it is not delivered", "The mapping to %s is %s, and does not poll.",
                  tree_text(mapping, "function").bytes, tree_text(mapping, "state").bytes);
    }
    if (count == 0)
        state(why, "why it is not delivered",
              "No event source mapping reads this queue; it waits for a client to receive it.");
    return true;
}

static bool state_present(struct why *why)
{
    struct text name =
        client_parameter(why->client, "queue", arena_copy(why->arena, why->place).bytes);
    cleanup(cJSON_Delete) cJSON *answer =
        client_get(why->client, arena_print(why->arena, "messages?%s&max=" PIECE, name.bytes));
    if (answer == NULL)
        return false;
    const cJSON *messages = tree_member(answer, "messages");
    const cJSON *mine = NULL;
    const cJSON *message;
    cJSON_ArrayForEach(message, messages)
    {
        if (text_equal(tree_text(message, "messageId"), text_of(why->id)))
            mine = message;
    }
    if (mine == NULL) {
        state(why, "where it is", "In %.*s, behind its first " PIECE " messages.",
              TEXT_ARGUMENTS(why->place));
        return true;
    }
    struct text phase = tree_text(mine, "phase");
    cJSON *statement =
        state(why, "where it is", "In %.*s: %s, receive count %lld.", TEXT_ARGUMENTS(why->place),
              phase.bytes, (long long)tree_integer(mine, "receiveCount"));
    cJSON_AddStringToObject(statement, "queue", arena_copy(why->arena, why->place).bytes);
    cJSON_AddStringToObject(statement, "phase", phase.bytes);
    if (text_equal(phase, TEXT("visible")))
        return state_waiting(why, messages, mine);
    state_hidden(why, mine);
    return true;
}

static void state_gone(struct why *why)
{
    const cJSON *end = NULL;
    const cJSON *point;
    cJSON_ArrayForEach(point, why->points)
    {
        if (why_releases(point))
            end = point;
    }
    cJSON *statement = state(why, "where it is", "Gone: %s at %s.", tree_text(end, "kind").bytes,
                             why_instant_words(why, tree_integer(end, "atMs")).bytes);
    prove(statement, end);
    const struct delivery *last =
        why->delivery_count > 0 ? &why->deliveries[why->delivery_count - 1] : NULL;
    struct text reason = tree_text(end, "reason");
    if (why_is_kind(end, "deleted") && text_equal(tree_text(end, "actor"), TEXT("client")))
        reason = TEXT("a client deleted it");
    else if (why_is_kind(end, "deleted") && last != NULL)
        reason = tree_text(last->verdict, "reason");
    if (reason.length > 0)
        prove(state(why, "why it is gone", "%s.", reason.bytes),
              why_is_kind(end, "deleted") && last != NULL ? last->verdict : end);
}

// ---- why it is in the dead-letter queue, and why it came twice ----

static void state_dead_letter(struct why *why)
{
    const cJSON *point = why_last_point(why, "dead-lettered");
    if (point == NULL)
        return;
    cJSON *statement = state(
        why, "why it was dead-lettered", "It left %s at %s, instead of delivery %lld: %s.",
        tree_text(point, "queue").bytes, why_instant_words(why, tree_integer(point, "atMs")).bytes,
        (long long)tree_integer(point, "receiveCount") + 1, tree_text(point, "reason").bytes);
    rule(statement,
         "Whoever receives counts; when a message would be received more often than "
         "maxReceiveCount, SQS moves it to the dead-letter queue. Why it failed plays no part.",
         "Repair the cause that the deliveries show, then redrive move brings it back.");
    prove(statement, point);
}

static void state_moved(struct why *why)
{
    const cJSON *sent = why_last_point(why, "sent");
    const cJSON *moved = why_last_point(why, "moved");
    if (text_starts_with(tree_text(sent, "reason"), TEXT("moved from")))
        prove(state(why, "where it comes from", "It was %s; its receive count began again.",
                    tree_text(sent, "reason").bytes),
              sent);
    if (moved != NULL)
        prove(state(why, "where it went", "A move task took it to %s: %s.",
                    tree_text(moved, "other").bytes, tree_text(moved, "reason").bytes),
              moved);
}

// FIFO: who overtook whom; proven by the witness's own points.
static void state_order(struct why *why)
{
    const cJSON *first[2] = {NULL, NULL};
    size_t counts[2] = {0};
    static const char *const kinds[2] = {"overtook", "overtaken"};
    const cJSON *point;
    cJSON_ArrayForEach(point, why->points)
    {
        for (size_t i = 0; i < ROWS(kinds); i++) {
            if (!why_is_kind(point, kinds[i]))
                continue;
            counts[i]++;
            first[i] = first[i] == NULL ? point : first[i];
        }
    }
    for (size_t i = 0; i < ROWS(kinds); i++) {
        if (counts[i] == 0)
            continue;
        char others[48] = "";
        if (counts[i] > 1)
            snprintf(others, sizeof(others), " (and %zu more such pairs)", counts[i] - 1);
        cJSON *statement = state(why, "why the order of its group is lost", "In group %s %s%s.",
                                 tree_text(first[i], "groupId").bytes,
                                 tree_text(first[i], "reason").bytes, others);
        cJSON_AddStringToObject(statement, "cause", kinds[i]);
        cJSON_AddStringToObject(statement, "other", tree_text(first[i], "other").bytes);
        rule(
            statement,
            "Lambda deletes what a partial response does not report, also behind a failure of the "
            "same group: it does not keep the order for the handler.",
            "Stop at the first failure of a group, and report it and everything behind it; redrive "
            "check --fifo tries it.");
        prove(statement, first[i]);
    }
}

// One statement a cause, however many deliveries it spoiled.
static void state_cause(struct why *why, size_t first)
{
    const struct cause *cause = why->deliveries[first].cause;
    cleanup(buffer_deinit) struct buffer which = {0};
    size_t count = 0;
    for (size_t i = first; i < why->delivery_count; i++) {
        if (why->deliveries[i].cause == cause && count++ < POINTS_SHOWN_MAX)
            buffer_print(&which, "%s%zu", i == first ? "" : ", ", i + 1);
    }
    if (count > POINTS_SHOWN_MAX)
        buffer_append(&which, TEXT(" ..."));
    const char *about =
        why->delivery_count > 1 ? "why it was delivered more than once" : "why it came back";
    cJSON *statement = state(why, about, "Deliver%s %.*s: %s.", count == 1 ? "y" : "ies",
                             TEXT_ARGUMENTS(buffer_text(&which)), cause->because);
    cJSON_AddStringToObject(statement, "cause", cause->name);
    rule(statement, cause->rule, cause->remedy);
    for (size_t i = first; i < why->delivery_count; i++) {
        const struct delivery *delivery = &why->deliveries[i];
        if (delivery->cause == cause) {
            prove(statement, delivery->verdict);
            prove(statement, delivery->released);
        }
    }
}

static void state_causes(struct why *why)
{
    for (size_t i = 0; i < why->delivery_count; i++) {
        bool first = why->deliveries[i].cause != NULL && why->deliveries[i].released != NULL;
        for (size_t j = 0; j < i; j++)
            first = first && why->deliveries[j].cause != why->deliveries[i].cause;
        if (first)
            state_cause(why, i);
    }
}

// ---- the command ----

static int explain(struct why *why, bool json)
{
    cleanup(cJSON_Delete) cJSON *clock = client_get(why->client, TEXT("clock"));
    if (clock == NULL || !why_collect(why))
        return STATUS_FAILED;
    why->now_ms = tree_integer(clock, "nowMs");
    why->manual = text_equal(tree_text(clock, "mode"), TEXT("manual"));
    if (cJSON_GetArraySize(why->points) == 0)
        return failure("nothing is remembered of message %s; redrive trace --queue NAME shows ids",
                       why->id);
    cJSON_AddStringToObject(why->answer, "messageId", why->id);
    cJSON_AddNumberToObject(why->answer, "originMs", (double)why->origin_at_ms);
    why->statements = cJSON_AddArrayToObject(why->answer, "statements");
    if (why_last_point(why, "moved") != NULL)
        why->place = (struct text){0};
    else if (why->place.length == 0)
        state_gone(why);
    else if (!state_present(why))
        return STATUS_FAILED;
    state_moved(why);
    state_dead_letter(why);
    state_order(why);
    state_causes(why);
    why_add_deliveries(why);
    if (json) {
        char *words = cJSON_PrintUnformatted(why->answer);
        puts(words);
        cJSON_free(words);
    } else {
        why_tell(why);
    }
    return STATUS_OK;
}

int command_why(const struct command *command, int count, char **arguments)
{
    const char *endpoint = NULL;
    bool json = false;
    const struct argument rows[] = {
        {"--endpoint", ARGUMENT_STRING, &endpoint, "a URL"},
        {"--json", ARGUMENT_FLAG, &json, NULL},
    };
    struct operands operands = {.most = 1};
    int status;
    if (!arguments_read(command, rows, ROWS(rows), &operands, count, arguments, &status))
        return status;
    if (operands.count != 1)
        return usage_error("why needs a message id; redrive peek QUEUE shows them");
    cleanup(client_free) struct client *client = client_new(endpoint);
    cleanup(cJSON_Delete) cJSON *answer = tree_new();
    struct why why = {
        .client = client, .arena = client_arena(client), .id = operands.items[0], .answer = answer};
    status = explain(&why, json);
    cJSON_Delete(why.points);
    cJSON_Delete(why.ends);
    return status;
}
