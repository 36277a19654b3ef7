// outcome -- L-181, step by step: how the invocation ended, then whether anybody looks at the
// response at all, then what it says.
//
//     throttled, unavailable, refused ---> retry inside the lease        (steps 1, 2)
//     function missing ------------------> keep all and stop
//     exception, timeout, exit, too big -> keep all                      (step 3)
//     reporting off ---------------------> delete all, body unread       (step 4)
//     null, empty, {} , no list, [] -----> delete all                    (steps 5, 6, 8)
//     not JSON, no object, no list ------> keep all                      (steps 5, 7)
//     every item names a message --------> delete all but those          (step 10)
//     one item does not -----------------> keep all                      (step 9)
//
// The list is judged as a whole before anything is deleted (L-158): a report with one bad entry is
// void, and the good entries with it. To honour the good entries was not an option: AWS does not,
// and a handler that relies on it loses messages there.
#include "esm/outcome.h"

#include "esm/json.h"
#include "queue/base/map.h"

#include <assert.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

// clang-format off
static const struct reason_row {
    struct text name;
    struct text sentence;
} reason_rows[] = {
    [REASON_REPORTING_OFF] = {TEXT("reporting-off"),
        TEXT("the function succeeded, and its response is not looked at because ReportBatchItemFailures is off")},
    [REASON_RESPONSE_NULL] = {TEXT("response-null"),
        TEXT("the function returned null, which reports no failure")},
    [REASON_RESPONSE_EMPTY] = {TEXT("response-empty"),
        TEXT("the function returned an empty response, which reports no failure")},
    [REASON_NO_FAILURES_MEMBER] = {TEXT("no-failures-member"),
        TEXT("the response is an empty object, which reports no failure")},
    [REASON_FAILURES_NULL] = {TEXT("failures-null"),
        TEXT("batchItemFailures is null, which reports no failure")},
    [REASON_FAILURES_EMPTY] = {TEXT("failures-empty"),
        TEXT("batchItemFailures is an empty list, so every message succeeded")},
    [REASON_REPORTED] = {TEXT("reported"),
        TEXT("the function reported some messages as failed; only those stay in the queue")},
    [REASON_REPORTED_ALL] = {TEXT("reported-all"),
        TEXT("the function reported every message of the batch as failed, so none is deleted")},
    [REASON_FOREIGN_MEMBERS] = {TEXT("foreign-members"),
        TEXT("the response has members but no batchItemFailures (the name must match exactly), so it counts as complete success")},
    [REASON_UNKNOWN_ID] = {TEXT("unknown-id"),
        TEXT("the function reported an id that is not in the batch, so the whole report is void")},
    [REASON_EMPTY_ID] = {TEXT("empty-id"),
        TEXT("the function reported an empty itemIdentifier, so the whole report is void")},
    [REASON_NULL_ID] = {TEXT("null-id"),
        TEXT("the function reported an itemIdentifier that is null, so the whole report is void")},
    [REASON_ID_NOT_STRING] = {TEXT("id-not-string"),
        TEXT("the function reported an itemIdentifier that is not a string, so the whole report is void")},
    [REASON_NO_IDENTIFIER] = {TEXT("no-identifier"),
        TEXT("an entry of batchItemFailures has no itemIdentifier, so the whole report is void")},
    [REASON_EMPTY_ITEM] = {TEXT("empty-item"),
        TEXT("an entry of batchItemFailures is an empty object, so the whole report is void")},
    [REASON_ITEM_NOT_OBJECT] = {TEXT("item-not-object"),
        TEXT("an entry of batchItemFailures is not an object with an itemIdentifier, so the whole report is void")},
    [REASON_FAILURES_NOT_LIST] = {TEXT("failures-not-list"),
        TEXT("batchItemFailures is not a list, so the whole report is void")},
    [REASON_NOT_OBJECT] = {TEXT("not-object"),
        TEXT("the response is JSON but not an object, so it cannot be a report and the whole batch counts as failed")},
    [REASON_NOT_JSON] = {TEXT("not-json"),
        TEXT("the response is not valid JSON, so the whole batch counts as failed")},
    [REASON_FUNCTION_ERROR] = {TEXT("function-error"),
        TEXT("the function failed with an error, so the whole batch counts as failed")},
    [REASON_TIMED_OUT] = {TEXT("timed-out"),
        TEXT("the function did not finish within its Timeout, so the whole batch counts as failed")},
    [REASON_EXITED] = {TEXT("exited"),
        TEXT("the function's process or connection ended before it answered, so the whole batch counts as failed")},
    [REASON_TOO_LARGE] = {TEXT("too-large"),
        TEXT("the function's response is larger than 6 MB, so the whole batch counts as failed")},
    [REASON_THROTTLED] = {TEXT("throttled"),
        TEXT("the function was throttled: no concurrency was free")},
    [REASON_UNAVAILABLE] = {TEXT("unavailable"),
        TEXT("the function could not be invoked: the service in front of it answered with a server error")},
    [REASON_FUNCTION_MISSING] = {TEXT("function-missing"),
        TEXT("the function does not exist")},
    [REASON_REFUSED] = {TEXT("refused"),
        TEXT("the handler refused the connection before anything was sent")},
};
// clang-format on
_Static_assert(COUNT_OF(reason_rows) == REASONS_COUNT, "every reason has its sentence");

struct report {
    const struct outcome_input *input;
    struct text_map
        first;  // id -> its first place in ids, so that a reported id keeps every copy (L-103)
    bool *kept; // by place; meaningful at first places
    size_t empty_items; // row 15, while they count as success
};

static void report_deinit(struct report *report)
{
    text_map_deinit(&report->first);
}
DEFINE_DEINIT_CLEANUP(report_deinit, struct report)

static struct outcome verdict(enum outcome_kind kind, enum outcome_reason reason)
{
    return (struct outcome){.kind = kind, .reason = reason};
}

// What the end alone decides; false if the response has to be looked at.
static bool decide_by_end(enum invocation_end end, struct outcome *ret_outcome)
{
    static const struct outcome by_end[] = {
        [INVOCATION_FUNCTION_ERROR] = {.kind = OUTCOME_KEEP_ALL, .reason = REASON_FUNCTION_ERROR},
        [INVOCATION_TIMED_OUT] = {.kind = OUTCOME_KEEP_ALL, .reason = REASON_TIMED_OUT},
        [INVOCATION_EXITED] = {.kind = OUTCOME_KEEP_ALL, .reason = REASON_EXITED},
        [INVOCATION_TOO_LARGE] = {.kind = OUTCOME_KEEP_ALL, .reason = REASON_TOO_LARGE},
        [INVOCATION_THROTTLED] = {.kind = OUTCOME_RETRY_IN_LEASE, .reason = REASON_THROTTLED},
        [INVOCATION_UNAVAILABLE] = {.kind = OUTCOME_RETRY_IN_LEASE, .reason = REASON_UNAVAILABLE},
        [INVOCATION_MISSING] = {.kind = OUTCOME_KEEP_AND_STOP, .reason = REASON_FUNCTION_MISSING},
        [INVOCATION_REFUSED] = {.kind = OUTCOME_RETRY_IN_LEASE, .reason = REASON_REFUSED},
    };
    if (end == INVOCATION_RESPONDED)
        return false;
    assert((size_t)end < COUNT_OF(by_end));
    *ret_outcome = by_end[end];
    return true;
}

static size_t member_count(const cJSON *object)
{
    size_t count = 0;
    for (const cJSON *member = object->child; member != NULL; member = member->next)
        count++;
    return count;
}

static void report_index(struct report *report)
{
    for (size_t i = 0; i < report->input->count; i++) {
        if (text_map_find(&report->first, report->input->ids[i]) == NULL)
            text_map_insert(&report->first, report->input->ids[i], &report->kept[i]);
    }
}

// Step 9 for one entry. True if it names a message of the batch (or counts for nothing); else why
// it voids the report.
static bool report_take_item(struct report *report, const cJSON *item,
                             enum outcome_reason *ret_reason)
{
    if (!cJSON_IsObject(item)) {
        *ret_reason = REASON_ITEM_NOT_OBJECT;
        return false;
    }
    if (item->child == NULL) {
        report->empty_items++;
        *ret_reason = REASON_EMPTY_ITEM;
        return report->input->empty_item_succeeds;
    }
    const cJSON *identifier = json_member(item, "itemIdentifier");
    if (!cJSON_IsString(identifier)) {
        *ret_reason = identifier == NULL         ? REASON_NO_IDENTIFIER
                      : cJSON_IsNull(identifier) ? REASON_NULL_ID
                                                 : REASON_ID_NOT_STRING;
        return false;
    }
    struct text id = text_of(identifier->valuestring);
    bool *kept = text_map_find(&report->first, id);
    if (kept == NULL) {
        *ret_reason = id.length == 0 ? REASON_EMPTY_ID : REASON_UNKNOWN_ID;
        return false;
    }
    *kept = true;
    return true;
}

// Step 10: every copy of a reported id stays. Counts distinct ids.
static struct outcome report_conclude(struct report *report)
{
    const struct outcome_input *input = report->input;
    struct outcome outcome = verdict(OUTCOME_PARTIAL, REASON_REPORTED);
    for (size_t i = 0; i < input->count; i++) {
        const bool *first = text_map_find(&report->first, input->ids[i]);
        report->kept[i] = *first;
        if (first == &report->kept[i] && *first)
            outcome.reported++;
    }
    if (outcome.reported == 0) // only empty items that count for nothing
        return verdict(OUTCOME_DELETE_ALL, REASON_EMPTY_ITEM);
    if (outcome.reported == report->first.count)
        outcome.reason = REASON_REPORTED_ALL;
    return outcome;
}

static struct outcome decide_by_list(const struct outcome_input *input, const cJSON *list,
                                     bool *ret_kept)
{
    cleanup(report_deinit) struct report report = {.input = input, .kept = ret_kept};
    report_index(&report);

    bool extra_members = false;
    size_t at = 0;
    for (const cJSON *item = list->child; item != NULL; item = item->next, at++) {
        enum outcome_reason reason;
        if (!report_take_item(&report, item, &reason)) {
            struct outcome outcome = verdict(OUTCOME_KEEP_ALL, reason);
            outcome.offender = at;
            return outcome;
        }
        extra_members |= member_count(item) > 1;
    }
    struct outcome outcome = report_conclude(&report);
    outcome.extra_members = extra_members;
    return outcome;
}

// Steps 5 to 10: the response of a function that succeeded, with reporting on.
static struct outcome decide_by_response(const struct outcome_input *input, bool *ret_kept)
{
    if (input->response.length == 0)
        return verdict(OUTCOME_DELETE_ALL, REASON_RESPONSE_EMPTY);
    cleanup(json_tree_free) cJSON *tree = json_parse(input->response, NULL);
    if (tree == NULL)
        return verdict(OUTCOME_KEEP_ALL, REASON_NOT_JSON);
    if (cJSON_IsNull(tree))
        return verdict(OUTCOME_DELETE_ALL, REASON_RESPONSE_NULL);
    if (!cJSON_IsObject(tree))
        return verdict(OUTCOME_KEEP_ALL, REASON_NOT_OBJECT);
    const cJSON *list = json_member(tree, "batchItemFailures");
    if (list == NULL)
        return verdict(OUTCOME_DELETE_ALL,
                       tree->child == NULL ? REASON_NO_FAILURES_MEMBER : REASON_FOREIGN_MEMBERS);

    struct outcome outcome;
    if (cJSON_IsNull(list))
        outcome = verdict(OUTCOME_DELETE_ALL, REASON_FAILURES_NULL);
    else if (!cJSON_IsArray(list))
        outcome = verdict(OUTCOME_KEEP_ALL, REASON_FAILURES_NOT_LIST);
    else if (list->child == NULL)
        outcome = verdict(OUTCOME_DELETE_ALL, REASON_FAILURES_EMPTY);
    else
        outcome = decide_by_list(input, list, ret_kept);
    outcome.extra_members |= member_count(tree) > 1;
    return outcome;
}

struct outcome outcome_decide(const struct outcome_input *input, bool *ret_kept)
{
    memset(ret_kept, 0, input->count * sizeof(bool));
    struct outcome outcome;
    if (!decide_by_end(input->end, &outcome)) {
        if (input->report_failures)
            outcome = decide_by_response(input, ret_kept);
        else
            outcome = verdict(OUTCOME_DELETE_ALL, REASON_REPORTING_OFF);
    }
    if (outcome.kind != OUTCOME_PARTIAL) {
        for (size_t i = 0; i < input->count; i++)
            ret_kept[i] = outcome.kind != OUTCOME_DELETE_ALL;
    }
    return outcome;
}

struct text outcome_reason_text(enum outcome_reason reason)
{
    assert((size_t)reason < COUNT_OF(reason_rows));
    return reason_rows[reason].sentence;
}

struct text outcome_reason_name(enum outcome_reason reason)
{
    assert((size_t)reason < COUNT_OF(reason_rows));
    return reason_rows[reason].name;
}

struct text outcome_kind_text(enum outcome_kind kind)
{
    static const struct text texts[] = {
        [OUTCOME_DELETE_ALL] = TEXT("delete all"),
        [OUTCOME_PARTIAL] = TEXT("delete all but the reported"),
        [OUTCOME_KEEP_ALL] = TEXT("keep all"),
        [OUTCOME_RETRY_IN_LEASE] = TEXT("retry inside the lease"),
        [OUTCOME_KEEP_AND_STOP] = TEXT("keep all and stop"),
    };
    assert((size_t)kind < COUNT_OF(texts));
    return texts[kind];
}
