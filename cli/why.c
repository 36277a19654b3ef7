// why -- not what happened to a message, but why it is where it is: redrive why MESSAGE-ID.
//
//     trace/{id}      its points           -> deliveries: received .. batched .. verdict .. visible again
//     trace?queue=    the ends of its invocations: what the function answered
//     messages?queue= its present state, and who stands before it in its FIFO group
//
// The answer is one tree of statements, each with a sentence, the rule behind it, what can be done, and
// the numbers of the trace points that prove it. --json prints the tree; people get the same sentences.
// Causes are found by the words of the verdict, which are constant texts of esm/outcome: a second
// decision procedure here could say something else than what was done.
#include "cli/client.h"
#include "cli/command.h"
#include "cli/history.h"
#include "cli/table.h"
#include "emulator/emulator.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define POINTS_MAX 20000
#define POINTS_SHOWN_MAX 6
#define DELIVERIES_SHOWN_MAX 12
#define PIECE "10000"

// Why a delivery did not end with a deletion.
struct cause {
    struct text sign; // in the verdict's reason
    const char *name;
    const char *because;
    const char *rule;
    const char *remedy;
};

static const struct cause causes[] = {
    {TEXT(" on purpose (fault "), "fault",
     "redrive let something go wrong, because it was told to: the verdict names the fault",
     "A fault is declared with --fault, POST /_redrive/api/faults or a scenario's inject "
     "(docs/faults.md).",
     "Nothing is wrong with the function here; what must hold is that nothing was done twice."},
    {TEXT("its lease had ended"), "visibility-too-short",
     "the function succeeded, but after the visibility timeout had passed: the message had already "
     "been given out again",
     "A lease lasts VisibilityTimeout from the receive, and a mapping never extends it.",
     "Set VisibilityTimeout to at least 6 times the function's Timeout plus the batching window."},
    {TEXT("reported it as failed"), "reported",
     "the function reported this message as failed, and the others of the batch were deleted",
     "A reported message is left alone: it comes back when its visibility timeout has passed "
     "(docs/responses.md, row 6).",
     "Look at what the handler did with this body; a message that can never succeed needs a "
     "dead-letter queue."},
    {TEXT("failed with an error"), "threw",
     "the function threw: the whole batch was kept, whatever had succeeded in it",
     "An exception fails every message of the batch, with reporting on or off "
     "(docs/responses.md, row 25).",
     "Catch the failure of a single message, and report its id in batchItemFailures."},
    {TEXT("within its Timeout"), "timed-out",
     "the function did not finish within its Timeout: the whole batch was kept",
     "A timeout reports nothing, so every message of the batch comes back (docs/responses.md, row "
     "27).",
     "Raise the function's Timeout or lower BatchSize; make the handler idempotent."},
    {TEXT("ended before it answered"), "exited",
     "the function's process ended before it answered: the whole batch was kept",
     "Who dies reports nothing (docs/responses.md, row 28).",
     "Find out in the handler's log why it ended."},
    {TEXT("passes before another try"), "throttled",
     "no concurrency was free until the visibility timeout was nearly over: the batch was given "
     "up, "
     "and the function may never have seen the message",
     "A throttled batch is tried again inside its lease only; the receive counts all the same "
     "(docs/responses.md, row 30).",
     "Set MaximumConcurrency of the mapping no higher than the function's reserved concurrency, "
     "and "
     "maxReceiveCount to 5 or more."},
    {TEXT("the whole report is void"), "report-void",
     "the function's report was malformed, and so the whole batch was kept",
     "One bad entry makes the whole report void (docs/responses.md, rows 9 to 18).",
     "Report {\"batchItemFailures\":[{\"itemIdentifier\":\"<messageId>\"}]}; redrive check tries "
     "it."},
    {TEXT("the whole batch counts as failed"), "response-unreadable",
     "the function's response was none that Lambda can read, and so the whole batch was kept",
     "A response that is no JSON object fails the batch while reporting is on (docs/responses.md, "
     "rows 22 to 29).",
     "Return an object with batchItemFailures; redrive check tries it."},
    {TEXT("kept until its visibility"), "kept", "the batch was kept",
     "What is kept comes back when its visibility timeout has passed.", "The verdict says why."},
};

static const struct cause by_client = {
    {0},
    "client-did-not-delete",
    "a client received it and did not delete it in time",
    "Receiving does not take a message away: who does not delete it within the visibility timeout "
    "gets it again.",
    "Delete the message when it is done, or extend its visibility while working."};
static const struct cause by_client_release = {
    {0},
    "client-gave-it-back",
    "a client gave it back by setting its visibility timeout to 0",
    "ChangeMessageVisibility with 0 ends the lease at once; the receive stays counted.",
    ""};
static const struct cause too_short = {
    {0},
    "visibility-too-short",
    "the function was still at work when the visibility timeout passed: others could receive the "
    "message meanwhile",
    "A lease lasts VisibilityTimeout from the receive, and a mapping never extends it.",
    "Set VisibilityTimeout to at least 6 times the function's Timeout plus the batching window."};

struct delivery {
    const cJSON *received;
    const cJSON *batched;      // NULL: by a client
    const cJSON *verdict;      // NULL: none yet
    const cJSON *output;       // what its function wrote; NULL: nothing, or not known
    const cJSON *end;          // of the invocation; NULL: not known
    const cJSON *released;     // visible again, deleted ...; NULL: it lasts
    const struct cause *cause; // NULL: it ended well, or it lasts
};

struct why {
    struct client *client;
    struct arena *arena;
    const char *id;
    cJSON *points; // owned
    cJSON *ends;   // owned
    cJSON *answer; // owned; what is told
    cJSON *statements;
    struct delivery *deliveries;
    size_t delivery_count;
    int64_t origin_at_ms;
    int64_t now_ms;
    bool manual;
    struct text place; // a queue's name; empty: gone
};

// ---- statements ----

static struct text instant_words(const struct why *why, int64_t at_ms)
{
    cleanup(buffer_deinit) struct buffer words = {0};
    history_append_instant(&words, at_ms, why->origin_at_ms);
    return arena_copy(why->arena, buffer_text(&words));
}

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

// ---- reading ----

static bool is_kind(const cJSON *point, const char *kind)
{
    return text_equal(tree_text(point, "kind"), text_of(kind));
}

// Appends the points of this path to the list; those of an invocation's end only, if asked.
static bool fetch(struct why *why, struct text path, bool ends_only, cJSON *list)
{
    int64_t after = -1;
    bool more = true;
    int count = 0;
    while (more && count < POINTS_MAX) {
        struct text piece = arena_print(why->arena, "%.*s&after=%lld&max=" PIECE,
                                        TEXT_ARGUMENTS(path), (long long)after);
        cleanup(cJSON_Delete) cJSON *answer = client_get(why->client, piece);
        if (answer == NULL)
            return false;
        cJSON *points = cJSON_DetachItemFromObjectCaseSensitive(answer, "points");
        while (points != NULL && points->child != NULL) {
            cJSON *point = cJSON_DetachItemFromArray(points, 0);
            if (!ends_only || is_kind(point, "invocation ended") || is_kind(point, "output")) {
                cJSON_AddItemToArray(list, point);
                count++;
            } else {
                cJSON_Delete(point);
            }
        }
        cJSON_Delete(points);
        after = tree_integer(answer, "last");
        more = tree_is_true(answer, "more");
    }
    return true;
}

static struct delivery *delivery_of(struct why *why, struct text request)
{
    for (size_t i = why->delivery_count; i > 0; i--) {
        struct delivery *delivery = &why->deliveries[i - 1];
        if (request.length > 0 && text_equal(tree_text(delivery->batched, "requestId"), request))
            return delivery;
    }
    return NULL;
}

static bool releases(const cJSON *point)
{
    static const char *const kinds[] = {"visible again", "deleted", "dead-lettered",
                                        "expired",       "purged",  "queue deleted"};
    for (size_t i = 0; i < ROWS(kinds); i++) {
        if (is_kind(point, kinds[i]))
            return true;
    }
    return false;
}

static void collect_point(struct why *why, const cJSON *point)
{
    struct delivery *last =
        why->delivery_count > 0 ? &why->deliveries[why->delivery_count - 1] : NULL;
    struct delivery *own = delivery_of(why, tree_text(point, "requestId"));
    if (is_kind(point, "received"))
        why->deliveries[why->delivery_count++] = (struct delivery){.received = point};
    else if (is_kind(point, "batched") && last != NULL && last->batched == NULL)
        last->batched = point;
    else if (is_kind(point, "verdict") && own != NULL)
        own->verdict = point;
    else if (releases(point) && last != NULL && last->released == NULL)
        last->released = point;

    if (is_kind(point, "sent"))
        why->place = tree_text(point, "queue");
    else if (is_kind(point, "dead-lettered") || is_kind(point, "moved"))
        why->place = tree_text(point, "other");
    else if (is_kind(point, "visible again"))
        why->place = tree_text(point, "queue"); // also after a deletion: a duplicate on purpose
    else if (releases(point))
        why->place = (struct text){0};
}

static const struct cause *cause_of(const struct delivery *delivery, bool again)
{
    if (delivery->batched == NULL) {
        bool released = text_find(tree_text(delivery->released, "reason"), TEXT("set to 0"), NULL);
        return released ? &by_client_release : again ? &by_client : NULL;
    }
    struct text reason = tree_text(delivery->verdict, "reason");
    bool returned = is_kind(delivery->released, "visible again");
    if (returned && (delivery->verdict == NULL || tree_integer(delivery->verdict, "atMs") >
                                                      tree_integer(delivery->released, "atMs")))
        return &too_short;
    for (size_t i = 0; i < ROWS(causes); i++) {
        if (text_find(reason, causes[i].sign, NULL))
            return &causes[i];
    }
    return NULL;
}

static bool collect(struct why *why)
{
    why->points = cJSON_CreateArray();
    why->ends = cJSON_CreateArray();
    if (!fetch(why, arena_print(why->arena, "trace/%s?", why->id), false, why->points))
        return false;
    why->deliveries = arena_allocate(why->arena, sizeof(why->deliveries[0]) *
                                                     (size_t)(cJSON_GetArraySize(why->points) + 1));
    const cJSON *point;
    struct text queue = {0};
    cJSON_ArrayForEach(point, why->points)
    {
        if (point == why->points->child)
            why->origin_at_ms = tree_integer(point, "atMs");
        collect_point(why, point);
        if (is_kind(point, "batched"))
            queue = tree_text(point, "queue");
    }
    if (queue.length > 0) {
        struct text name =
            client_parameter(why->client, "queue", arena_copy(why->arena, queue).bytes);
        if (!fetch(why, arena_print(why->arena, "trace?%s", name.bytes), true, why->ends))
            return false;
    }
    cJSON_ArrayForEach(point, why->ends)
    {
        struct delivery *delivery = delivery_of(why, tree_text(point, "requestId"));
        if (delivery != NULL && is_kind(point, "output"))
            delivery->output = point;
        else if (delivery != NULL)
            delivery->end = point;
    }
    for (size_t i = 0; i < why->delivery_count; i++)
        why->deliveries[i].cause = cause_of(
            &why->deliveries[i],
            i + 1 < why->delivery_count || is_kind(why->deliveries[i].released, "visible again"));
    return true;
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

static const cJSON *last_point(const struct why *why, const char *kind)
{
    const cJSON *found = NULL;
    const cJSON *point;
    cJSON_ArrayForEach(point, why->points)
    {
        if (is_kind(point, kind))
            found = point;
    }
    return found;
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
    struct text until = instant_words(why, tree_integer(mine, "availableAtMs"));
    struct text left =
        duration_format(why->arena, tree_integer(mine, "availableAtMs") - why->now_ms);
    const char *still = why->manual ? "; the clock stands still until it is told" : "";
    if (text_equal(tree_text(mine, "phase"), TEXT("delayed"))) {
        cJSON *statement =
            state(why, "why it is not visible", "It is delayed until %s (%s from now%s).",
                  until.bytes, left.bytes, still);
        rule(statement, "DelaySeconds, of the message or its queue, hides a message from its send.",
             "");
        prove(statement, last_point(why, "sent"));
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
            instant_words(why, tree_integer(blocker, "availableAtMs")).bytes,
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
        if (releases(point))
            end = point;
    }
    cJSON *statement = state(why, "where it is", "Gone: %s at %s.", tree_text(end, "kind").bytes,
                             instant_words(why, tree_integer(end, "atMs")).bytes);
    prove(statement, end);
    const struct delivery *last =
        why->delivery_count > 0 ? &why->deliveries[why->delivery_count - 1] : NULL;
    struct text reason = tree_text(end, "reason");
    if (is_kind(end, "deleted") && text_equal(tree_text(end, "actor"), TEXT("client")))
        reason = TEXT("a client deleted it");
    else if (is_kind(end, "deleted") && last != NULL)
        reason = tree_text(last->verdict, "reason");
    if (reason.length > 0)
        prove(state(why, "why it is gone", "%s.", reason.bytes),
              is_kind(end, "deleted") && last != NULL ? last->verdict : end);
}

// ---- why it is in the dead-letter queue, and why it came twice ----

static void state_dead_letter(struct why *why)
{
    const cJSON *point = last_point(why, "dead-lettered");
    if (point == NULL)
        return;
    cJSON *statement = state(
        why, "why it was dead-lettered", "It left %s at %s, instead of delivery %lld: %s.",
        tree_text(point, "queue").bytes, instant_words(why, tree_integer(point, "atMs")).bytes,
        (long long)tree_integer(point, "receiveCount") + 1, tree_text(point, "reason").bytes);
    rule(statement,
         "Whoever receives counts; when a message would be received more often than "
         "maxReceiveCount, SQS moves it to the dead-letter queue. Why it failed plays no part.",
         "Repair the cause that the deliveries show, then redrive move brings it back.");
    prove(statement, point);
}

static void state_moved(struct why *why)
{
    const cJSON *sent = last_point(why, "sent");
    const cJSON *moved = last_point(why, "moved");
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
            if (!is_kind(point, kinds[i]))
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

// ---- telling ----

static struct text outcome_words(const struct why *why, const struct delivery *delivery)
{
    if (delivery->end != NULL)
        return tree_text(delivery->end, "reason");
    if (delivery->verdict != NULL)
        return tree_text(delivery->verdict, "reason");
    if (delivery->released == NULL)
        return TEXT("not ended yet");
    struct text reason = tree_text(delivery->released, "reason");
    return arena_print(why->arena, "%s%s%.*s", tree_text(delivery->released, "kind").bytes,
                       reason.length > 0 ? ": " : "", TEXT_ARGUMENTS(reason));
}

static void add_deliveries(struct why *why)
{
    cJSON *list = cJSON_AddArrayToObject(why->answer, "deliveries");
    for (size_t i = 0; i < why->delivery_count; i++) {
        const struct delivery *delivery = &why->deliveries[i];
        cJSON *item = tree_new();
        cJSON_AddNumberToObject(item, "receiveCount",
                                (double)tree_integer(delivery->received, "receiveCount"));
        cJSON_AddNumberToObject(item, "atMs", (double)tree_integer(delivery->received, "atMs"));
        cJSON_AddStringToObject(item, "queue", tree_text(delivery->received, "queue").bytes);
        cJSON_AddStringToObject(
            item, "to",
            delivery->batched == NULL ? "client" : tree_text(delivery->batched, "other").bytes);
        if (delivery->cause != NULL)
            cJSON_AddStringToObject(item, "cause", delivery->cause->name);
        cJSON_AddStringToObject(item, "outcome", outcome_words(why, delivery).bytes);
        if (delivery->output != NULL)
            cJSON_AddStringToObject(item, "output", tree_text(delivery->output, "output").bytes);
        cJSON_AddItemToArray(list, item);
    }
}

static void tell_deliveries(const struct why *why, const struct paper *paper)
{
    static const struct table_column columns[] = {
        {"count", true, false}, {"received", true, false},    {"by", false, false},
        {"ended", true, false}, {"what it did", false, true},
    };
    cleanup(table_free) struct table *table = table_new(columns, ROWS(columns));
    for (size_t i = 0; i < why->delivery_count; i++) {
        const struct delivery *delivery = &why->deliveries[i];
        if (i >= DELIVERIES_SHOWN_MAX && i + 1 < why->delivery_count)
            continue;
        table_print_cell(table, TONE_PLAIN, "%lld",
                         (long long)tree_integer(delivery->received, "receiveCount"));
        table_cell(table, TONE_FAINT, instant_words(why, tree_integer(delivery->received, "atMs")));
        table_cell(table, TONE_PLAIN,
                   delivery->batched == NULL ? TEXT("a client")
                                             : tree_text(delivery->batched, "other"));
        table_cell(table, TONE_FAINT,
                   delivery->released == NULL
                       ? (struct text){0}
                       : instant_words(why, tree_integer(delivery->released, "atMs")));
        table_cell(table, delivery->cause != NULL ? TONE_WARN : TONE_PLAIN,
                   outcome_words(why, delivery));
    }
    if (table_row_count(table) == 0)
        return;
    fprintf(paper->out, "\nDELIVERIES, each from its receive to the end of its lease\n");
    table_print(table, paper);
    if (why->delivery_count > DELIVERIES_SHOWN_MAX + 1)
        fprintf(paper->out, "%zu are left out; --json has all of them\n",
                why->delivery_count - DELIVERIES_SHOWN_MAX - 1);
}

// What the function wrote during the last delivery that failed: the first and the last few KB. A terminal obeys control characters,
// and these are somebody else's.
static void tell_output(const struct why *why, const struct paper *paper)
{
    for (size_t i = why->delivery_count; i > 0; i--) {
        const struct delivery *delivery = &why->deliveries[i - 1];
        if (delivery->cause == NULL || delivery->output == NULL)
            continue;
        struct text output = tree_text(delivery->output, "output");
        fprintf(paper->out, "\nWHAT THE FUNCTION WROTE in delivery %zu\n", i);
        for (size_t at = 0; at < output.length; at++) {
            unsigned char byte = (unsigned char)output.bytes[at];
            if (at == 0 || output.bytes[at - 1] == '\n')
                fputs("  ", paper->out);
            fputc((byte < ' ' && byte != '\n' && byte != '\t') || byte == 0x7f ? '?' : byte,
                  paper->out);
        }
        return;
    }
}

static void tell_points(const struct why *why, const struct paper *paper, const cJSON *points)
{
    cleanup(buffer_deinit) struct buffer words = {0};
    int count = 0;
    const cJSON *point;
    cJSON_ArrayForEach(point, points)
    {
        if (count++ == POINTS_SHOWN_MAX)
            break;
        buffer_print(&words, "%s%lld %s (%s)", count == 1 ? "" : ", ",
                     (long long)tree_integer(point, "number"), tree_text(point, "kind").bytes,
                     instant_words(why, tree_integer(point, "atMs")).bytes);
    }
    if (cJSON_GetArraySize(points) > POINTS_SHOWN_MAX)
        buffer_append(&words, TEXT(", ..."));
    if (words.length > 0)
        paper_labelled(paper, "    seen in  ", buffer_text(&words));
}

static void tell(const struct why *why)
{
    struct paper paper = paper_of(stdout);
    char instant[24];
    instant_format(why->origin_at_ms, instant);
    printf("message %s; +0s is %.24s\n", why->id, instant);
    struct text above = {0};
    const cJSON *statement;
    cJSON_ArrayForEach(statement, why->statements)
    {
        struct text about = tree_text(statement, "about");
        if (!text_equal(about, above)) {
            fputc('\n', paper.out);
            for (size_t i = 0; i < about.length; i++)
                fputc(about.bytes[i] >= 'a' && about.bytes[i] <= 'z' ? about.bytes[i] - 'a' + 'A'
                                                                     : about.bytes[i],
                      paper.out);
            fputc('\n', paper.out);
        }
        above = about;
        paper_paragraph(&paper, 2, tree_text(statement, "sentence"));
        if (tree_text(statement, "rule").length > 0)
            paper_labelled(&paper, "    rule     ", tree_text(statement, "rule"));
        if (tree_text(statement, "remedy").length > 0)
            paper_labelled(&paper, "    remedy   ", tree_text(statement, "remedy"));
        tell_points(why, &paper, tree_member(statement, "points"));
    }
    tell_deliveries(why, &paper);
    tell_output(why, &paper);
}

static int explain(struct why *why, bool json)
{
    cleanup(cJSON_Delete) cJSON *clock = client_get(why->client, TEXT("clock"));
    if (clock == NULL || !collect(why))
        return STATUS_FAILED;
    why->now_ms = tree_integer(clock, "nowMs");
    why->manual = text_equal(tree_text(clock, "mode"), TEXT("manual"));
    if (cJSON_GetArraySize(why->points) == 0)
        return failure("nothing is remembered of message %s; redrive trace --queue NAME shows ids",
                       why->id);
    cJSON_AddStringToObject(why->answer, "messageId", why->id);
    cJSON_AddNumberToObject(why->answer, "originMs", (double)why->origin_at_ms);
    why->statements = cJSON_AddArrayToObject(why->answer, "statements");
    if (last_point(why, "moved") != NULL)
        why->place = (struct text){0};
    else if (why->place.length == 0)
        state_gone(why);
    else if (!state_present(why))
        return STATUS_FAILED;
    state_moved(why);
    state_dead_letter(why);
    state_order(why);
    state_causes(why);
    add_deliveries(why);
    if (json) {
        char *words = cJSON_PrintUnformatted(why->answer);
        puts(words);
        cJSON_free(words);
    } else {
        tell(why);
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
