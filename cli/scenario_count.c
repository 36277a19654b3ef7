// scenario_count -- the judges of what is counted over the whole story: invocations, throttles, batches and their sizes, virtual
// time; and of the order in which messages were done with.
#include "cli/scenario.h"

#include "queue/base/buffer.h"

#include <string.h>

#define SIZES_SHOWN_MAX 40

// ---- invocations ----

static bool is_of_function(struct scenario *scenario, const struct history_point *point,
                           const cJSON *function)
{
    return function == NULL ||
           text_equal(point->other,
                      stack_find_function(&scenario->stack, node_text(function))->name);
}

static int64_t count_points(struct scenario *scenario, const cJSON *function, struct text kind)
{
    int64_t count = 0;
    for (size_t i = 0; i < history_point_count(scenario->history); i++) {
        const struct history_point *point = history_point(scenario->history, (int)i);
        if (text_equal(point->kind, kind) && is_of_function(scenario, point, function))
            count++;
    }
    return count;
}

// An attempt that was throttled invoked nothing, as in Lambda's own metrics.
void judge_invocations(struct scenario *scenario, const cJSON *node, struct verdict *verdict)
{
    const cJSON *function = tree_member(node, "function");
    int64_t attempts = count_points(scenario, function, TEXT("invoked"));
    int64_t throttled = count_points(scenario, function, TEXT("throttled"));
    verdict_amount(verdict, "invocations", node, attempts - throttled);
}

void judge_throttles(struct scenario *scenario, const cJSON *node, struct verdict *verdict)
{
    verdict_amount(verdict, "throttles", node,
                   count_points(scenario, tree_member(node, "function"), TEXT("throttled")));
}

// ---- order ----

#define PAIRS_SHOWN_MAX 4

// Each is a pair of messages; the story of the earlier one tells of it.
void judge_order_violations(struct scenario *scenario, const cJSON *node, struct verdict *verdict)
{
    const cJSON *queue = tree_member(node, "queue");
    int64_t count = 0;
    int shown[PAIRS_SHOWN_MAX];
    for (size_t i = 0; i < history_point_count(scenario->history); i++) {
        const struct history_point *point = history_point(scenario->history, (int)i);
        if (!text_equal(point->kind, TEXT("overtaken")) ||
            (queue != NULL &&
             !text_equal(point->queue, stack_find_queue(&scenario->stack, node_text(queue))->name)))
            continue;
        if (count < PAIRS_SHOWN_MAX)
            shown[count] = (int)i;
        count++;
    }
    verdict_amount(verdict, "order violations", node, count);
    for (int64_t i = 0; verdict->wrong && i < count && i < PAIRS_SHOWN_MAX; i++) {
        const struct history_point *point = history_point(scenario->history, shown[i]);
        int later = history_find_id(scenario->history, point->other);
        verdict_actual(verdict, "%.*s succeeded before %.*s, which failed",
                       TEXT_ARGUMENTS(later < 0 ? point->other
                                                : history_message(scenario->history, later)->name),
                       TEXT_ARGUMENTS(history_message(scenario->history, point->message)->name));
        verdict_story(verdict, point->message);
    }
}

// ---- batches ----

// A batch is one request; it is put together once, however often it is tried.
struct batches {
    struct text_map requests; // to int64_t: its size
    int64_t *sizes[100000];   // in the order in which they were put together
    size_t count;
};

static void count_batches(struct scenario *scenario, const cJSON *function, struct batches *batches)
{
    for (size_t i = 0; i < history_point_count(scenario->history); i++) {
        const struct history_point *point = history_point(scenario->history, (int)i);
        if (!text_equal(point->kind, TEXT("batched")) || !is_of_function(scenario, point, function))
            continue;
        int64_t *size = text_map_find(&batches->requests, point->request);
        if (size == NULL) {
            if (batches->count == sizeof(batches->sizes) / sizeof(batches->sizes[0]))
                return;
            size = arena_allocate(scenario->stack.arena, sizeof(*size));
            text_map_insert(&batches->requests, point->request, size);
            batches->sizes[batches->count++] = size;
        }
        *size += 1;
    }
}

static void judge_sizes(const struct batches *batches, const cJSON *expected,
                        struct verdict *verdict)
{
    bool same = (size_t)cJSON_GetArraySize(expected) == batches->count;
    const cJSON *size = expected->child;
    for (size_t i = 0; same && i < batches->count; i++, size = size->next)
        same = size->valuedouble == (double)*batches->sizes[i];
    if (same)
        return;
    cleanup(buffer_deinit) struct buffer wanted = {0};
    cleanup(buffer_deinit) struct buffer actual = {0};
    node_append_flow(&wanted, expected);
    for (size_t i = 0; i < batches->count && i < SIZES_SHOWN_MAX; i++)
        buffer_print(&actual, "%s%lld", i == 0 ? "" : ", ", (long long)*batches->sizes[i]);
    if (batches->count > SIZES_SHOWN_MAX)
        buffer_print(&actual, " and %zu more", batches->count - SIZES_SHOWN_MAX);
    verdict_expected(verdict, "sizes: %.*s", TEXT_ARGUMENTS(buffer_text(&wanted)));
    verdict_actual(verdict, "sizes: [%.*s]", TEXT_ARGUMENTS(buffer_text(&actual)));
}

void judge_batches(struct scenario *scenario, const cJSON *node, struct verdict *verdict)
{
    cleanup_free struct batches *batches = allocate(sizeof(*batches));
    const cJSON *count = tree_member(node, "count");
    const cJSON *sizes = tree_member(node, "sizes");
    count_batches(scenario, tree_member(node, "function"), batches);
    if (count != NULL)
        verdict_amount(verdict, "batches", count, (int64_t)batches->count);
    if (sizes != NULL)
        judge_sizes(batches, sizes, verdict);
    text_map_deinit(&batches->requests);
}

// ---- time ----

void judge_time(struct scenario *scenario, const cJSON *node, struct verdict *verdict)
{
    int64_t passed_ms = emulator_now_ms(scenario->stack.emulator) - scenario->origin_at_ms;
    const cJSON *least = tree_member(node, "at_least");
    const cJSON *most = tree_member(node, "at_most");
    struct text passed = duration_format(scenario->stack.arena, passed_ms);
    if (least != NULL && passed_ms < field_duration_ms(least)) {
        verdict_expected(
            verdict, "virtual time: at least %.*s",
            TEXT_ARGUMENTS(duration_format(scenario->stack.arena, field_duration_ms(least))));
        verdict_actual(verdict, "virtual time: %.*s", TEXT_ARGUMENTS(passed));
    }
    if (most != NULL && passed_ms > field_duration_ms(most)) {
        verdict_expected(
            verdict, "virtual time: at most %.*s",
            TEXT_ARGUMENTS(duration_format(scenario->stack.arena, field_duration_ms(most))));
        verdict_actual(verdict, "virtual time: %.*s", TEXT_ARGUMENTS(passed));
    }
}

// ---- order ----

// When the message left the queue that it was sent to, for good; -1: it is there.
static int64_t done_at_ms(struct scenario *scenario, int message)
{
    const struct history *history = scenario->history;
    int64_t done_ms = -1;
    for (int at = history_message(history, message)->first; at >= 0;
         at = history_point(history, at)->next) {
        const struct history_point *point = history_point(history, at);
        if (text_equal(point->kind, TEXT("sent")))
            done_ms = -1;
        if (text_equal(point->kind, TEXT("deleted")) ||
            text_equal(point->kind, TEXT("dead-lettered")))
            done_ms = done_ms < 0 ? point->at_ms : done_ms;
    }
    return done_ms;
}

// The messages that are meant, in their order; *ret_count of them.
static int *messages_of(struct scenario *scenario, const cJSON *node, size_t *ret_count)
{
    const cJSON *ids = tree_member(node, "ids");
    struct text group = node_text(tree_member(node, "group"));
    size_t most = history_message_count(scenario->history) + (size_t)cJSON_GetArraySize(ids) + 1;
    int *messages = arena_new_array(scenario->stack.arena, int, most);
    size_t count = 0;
    const cJSON *id;
    cJSON_ArrayForEach(id, ids)
    {
        int message = history_find_name(scenario->history, node_text(id));
        if (message >= 0)
            messages[count++] = message;
    }
    for (size_t i = 0; ids == NULL && i < history_message_count(scenario->history); i++) {
        if (text_equal(history_message(scenario->history, (int)i)->group, group))
            messages[count++] = (int)i;
    }
    *ret_count = count;
    return messages;
}

// One that is still there while a later one is done with is out of order too.
void judge_order(struct scenario *scenario, const cJSON *node, struct verdict *verdict)
{
    size_t count;
    const int *messages = messages_of(scenario, node, &count);
    for (size_t i = 0; i + 1 < count; i++) {
        int64_t one_ms = done_at_ms(scenario, messages[i]);
        int64_t next_ms = done_at_ms(scenario, messages[i + 1]);
        if (next_ms < 0 || (one_ms >= 0 && one_ms <= next_ms))
            continue;
        struct text one = history_message(scenario->history, messages[i])->name;
        struct text next = history_message(scenario->history, messages[i + 1])->name;
        struct text when = duration_format(scenario->stack.arena, next_ms - scenario->origin_at_ms);
        verdict_expected(verdict, "%.*s done with before %.*s", TEXT_ARGUMENTS(one),
                         TEXT_ARGUMENTS(next));
        verdict_actual(
            verdict, "%.*s was done with at %.*s, %.*s %s%.*s", TEXT_ARGUMENTS(next),
            TEXT_ARGUMENTS(when), TEXT_ARGUMENTS(one), one_ms < 0 ? "is still there" : "at ",
            TEXT_ARGUMENTS(one_ms < 0 ? (struct text){0}
                                      : duration_format(scenario->stack.arena,
                                                        one_ms - scenario->origin_at_ms)));
        verdict_story(verdict, messages[i]);
        verdict_story(verdict, messages[i + 1]);
        return;
    }
}
