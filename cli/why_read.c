// why_read -- the deliveries of one message, from its points in the trace, and what spoiled each.
//
//     received .. batched .. verdict .. visible again, deleted, dead-lettered ...      one delivery
//
// Causes are found by the words of the verdict, which are constant texts of esm/outcome: a second
// decision procedure here could say something else than what was done.
#include "cli/why.h"

#include "cli/history.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define POINTS_MAX 20000
#define PIECE "10000"

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

// ---- reading ----

struct text why_instant_words(const struct why *why, int64_t at_ms)
{
    cleanup(buffer_deinit) struct buffer words = {0};
    history_append_instant(&words, at_ms, why->origin_at_ms);
    return arena_copy(why->arena, buffer_text(&words));
}

bool why_is_kind(const cJSON *point, const char *kind)
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
            if (!ends_only || why_is_kind(point, "invocation ended") ||
                why_is_kind(point, "output")) {
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

bool why_releases(const cJSON *point)
{
    static const char *const kinds[] = {"visible again", "deleted", "dead-lettered",
                                        "expired",       "purged",  "queue deleted"};
    for (size_t i = 0; i < ROWS(kinds); i++) {
        if (why_is_kind(point, kinds[i]))
            return true;
    }
    return false;
}

static void collect_point(struct why *why, const cJSON *point)
{
    struct delivery *last =
        why->delivery_count > 0 ? &why->deliveries[why->delivery_count - 1] : NULL;
    struct delivery *own = delivery_of(why, tree_text(point, "requestId"));
    if (why_is_kind(point, "received"))
        why->deliveries[why->delivery_count++] = (struct delivery){.received = point};
    else if (why_is_kind(point, "batched") && last != NULL && last->batched == NULL)
        last->batched = point;
    else if (why_is_kind(point, "verdict") && own != NULL)
        own->verdict = point;
    else if (why_releases(point) && last != NULL && last->released == NULL)
        last->released = point;

    // Visible again also after a deletion: a duplicate on purpose.
    if (why_is_kind(point, "sent") || why_is_kind(point, "visible again"))
        why->place = tree_text(point, "queue");
    else if (why_is_kind(point, "dead-lettered") || why_is_kind(point, "moved"))
        why->place = tree_text(point, "other");
    else if (why_releases(point))
        why->place = (struct text){0};
}

static const struct cause *cause_of(const struct delivery *delivery, bool again)
{
    if (delivery->batched == NULL) {
        bool released = text_find(tree_text(delivery->released, "reason"), TEXT("set to 0"), NULL);
        return released ? &by_client_release : again ? &by_client : NULL;
    }
    struct text reason = tree_text(delivery->verdict, "reason");
    bool returned = why_is_kind(delivery->released, "visible again");
    if (returned && (delivery->verdict == NULL || tree_integer(delivery->verdict, "atMs") >
                                                      tree_integer(delivery->released, "atMs")))
        return &too_short;
    for (size_t i = 0; i < ROWS(causes); i++) {
        if (text_find(reason, causes[i].sign, NULL))
            return &causes[i];
    }
    return NULL;
}

bool why_collect(struct why *why)
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
        if (why_is_kind(point, "batched"))
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
        if (delivery != NULL && why_is_kind(point, "output"))
            delivery->output = point;
        else if (delivery != NULL)
            delivery->end = point;
    }
    for (size_t i = 0; i < why->delivery_count; i++)
        why->deliveries[i].cause = cause_of(
            &why->deliveries[i], i + 1 < why->delivery_count ||
                                     why_is_kind(why->deliveries[i].released, "visible again"));
    return true;
}

const cJSON *why_last_point(const struct why *why, const char *kind)
{
    const cJSON *found = NULL;
    const cJSON *point;
    cJSON_ArrayForEach(point, why->points)
    {
        if (why_is_kind(point, kind))
            found = point;
    }
    return found;
}
