// simulate_script -- a small, second opinion about what a function's end means. It shares no line
// with esm/outcome.c or with the scripted invoker: one reads JSON, this one remembers which row of
// L-157 a response was taken from.
#include "tests/simulate_script.h"

#include <assert.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

// The rows of L-157 that are responses. $ID: the first failed message, or the first of the batch.
static const struct response_row {
    const char *json; // as it stands inside a JSON string
    enum script_meaning meaning;
} response_rows[] = {
    {"null", SCRIPT_SUCCESS},
    {"", SCRIPT_SUCCESS},
    {"{}", SCRIPT_SUCCESS},
    {"{\\\"batchItemFailures\\\":null}", SCRIPT_SUCCESS},
    {"{\\\"batchItemFailures\\\":[]}", SCRIPT_SUCCESS},
    {"{\\\"batchItemFailures\\\":[{\\\"itemIdentifier\\\":\\\"$ID\\\"}]}", SCRIPT_PARTIAL},
    {"{\\\"batchItemFailures\\\":[{\\\"itemIdentifier\\\":\\\"$ID\\\"},{\\\"itemIdentifier\\\":"
     "\\\"$ID\\\"}]}",
     SCRIPT_PARTIAL},
    {"{\\\"batchItemFailures\\\":[{\\\"itemIdentifier\\\":\\\"nobody\\\"}]}", SCRIPT_FAILURE},
    {"{\\\"batchItemFailures\\\":[{\\\"itemIdentifier\\\":\\\"$ID\\\"},{\\\"itemIdentifier\\\":"
     "\\\"nobody\\\"}]}",
     SCRIPT_FAILURE},
    {"{\\\"batchItemFailures\\\":[{\\\"itemIdentifier\\\":\\\"\\\"}]}", SCRIPT_FAILURE},
    {"{\\\"batchItemFailures\\\":[{\\\"itemIdentifier\\\":null}]}", SCRIPT_FAILURE},
    {"{\\\"batchItemFailures\\\":[{\\\"itemIdentifier\\\":123}]}", SCRIPT_FAILURE},
    {"{\\\"batchItemFailures\\\":[{\\\"foo\\\":\\\"$ID\\\"}]}", SCRIPT_FAILURE},
    {"{\\\"batchItemFailures\\\":[{}]}", SCRIPT_SUCCESS_IF_SO},
    {"{\\\"batchItemFailures\\\":\\\"abc\\\"}", SCRIPT_FAILURE},
    {"{\\\"batchItemFailures\\\":{}}", SCRIPT_FAILURE},
    {"{\\\"batchItemFailures\\\":[\\\"$ID\\\"]}", SCRIPT_FAILURE},
    {"{\\\"batchItemFailures\\\":[{\\\"itemIdentifier\\\":\\\"$ID\\\",\\\"why\\\":1}]}",
     SCRIPT_PARTIAL},
    {"{\\\"statusCode\\\":200,\\\"body\\\":\\\"ok\\\"}", SCRIPT_SUCCESS},
    {"{\\\"BatchItemFailures\\\":[{\\\"itemIdentifier\\\":\\\"$ID\\\"}]}", SCRIPT_SUCCESS},
    {"[{\\\"itemIdentifier\\\":\\\"$ID\\\"}]", SCRIPT_FAILURE},
    {"\\\"{}\\\"", SCRIPT_FAILURE},
    {"true", SCRIPT_FAILURE},
    {"not json", SCRIPT_FAILURE},
};

static const struct end_row {
    const char *name;
    enum script_meaning meaning; // of responded: the response's
} end_rows[] = {
    {"responded", SCRIPT_SUCCESS}, {"function-error", SCRIPT_FAILURE},
    {"timed-out", SCRIPT_FAILURE}, {"exited", SCRIPT_FAILURE},
    {"too-large", SCRIPT_FAILURE}, {"throttled", SCRIPT_AGAIN},
    {"unavailable", SCRIPT_AGAIN}, {"missing", SCRIPT_FAILURE},
    {"refused", SCRIPT_AGAIN},
};

#define END_RESPONDED 0
#define END_TIMED_OUT 2
#define END_THROTTLED 5

static const char *const how_names[SCRIPT_HOWS] = {
    "report",
    "throw",
    "delete-then-throw",
    "stop-at-first-failure",
    "malformed",
    "timeout",
    "crash",
    "throttle",
    "end",
};

void script_random(struct random *random, int64_t timeout_seconds_max, struct script *ret_script)
{
    static const int64_t durations_ms[] = {-1, -1, 0, 1, 50, 400, 999, 1000, 1700, 3000};
    struct script *script = ret_script;
    *script = (struct script){.duration_ms = -1};
    script->which = (enum script_which)random_below(random, SCRIPT_ALL + 1);
    script->how = (enum script_how)random_below(random, SCRIPT_HOWS);
    if (script->how == SCRIPT_END)
        script->which = SCRIPT_NONE;
    else if (script->which == SCRIPT_NONE)
        script->how = SCRIPT_REPORT;
    if (script->which != SCRIPT_NONE && random_below(random, 3) == 0)
        script->recovers = 1 + (int64_t)random_below(random, 4);
    script->stop = script->how == SCRIPT_DELETE_THEN_THROW && random_below(random, 2) == 0;
    script->duration_ms = durations_ms[random_below(random, COUNT_OF(durations_ms))];
    script->response = random_below(random, COUNT_OF(response_rows));
    script->end =
        random_below(random, 2) == 0 ? END_RESPONDED : random_below(random, COUNT_OF(end_rows));
    script->timeout_ms = 1000 * (1 + (int64_t)random_below(random, (uint64_t)timeout_seconds_max));
    if (random_below(random, 4) == 0)
        script->function_duration_ms = (int64_t)random_below(random, 3) * 700;
}

// $ID of malformed is $ID1 of end.
static void append_response(struct buffer *buffer, const struct script *script)
{
    struct text rest = text_of(response_rows[script->response].json);
    size_t at;
    while (script->how == SCRIPT_END && text_find(rest, TEXT("$ID"), &at)) {
        buffer_append(buffer, text_head(rest, at + 3));
        buffer_append_byte(buffer, '1');
        rest = text_skip(rest, at + 3);
    }
    buffer_append(buffer, rest);
}

void script_append_target(struct buffer *buffer, const struct script *script)
{
    static const char *const fails[] = {
        [SCRIPT_NONE] = "",
        [SCRIPT_BODY] = ",\"fail\":{\"body\":\"bad\"}",
        [SCRIPT_ATTRIBUTE] = ",\"fail\":{\"attribute\":\"Kind=poison\"}",
        [SCRIPT_ALL] = ",\"fail\":{\"share\":1}",
    };
    buffer_print(buffer, "sim:{\"how\":\"%s\"%s", how_names[script->how], fails[script->which]);
    if (script->stop)
        buffer_print(buffer, ",\"stop\":true");
    if (script->recovers > 0)
        buffer_print(buffer, ",\"recovers\":%lld", (long long)script->recovers);
    if (script->duration_ms >= 0)
        buffer_print(buffer, ",\"duration\":\"%lldms\"", (long long)script->duration_ms);
    if (script->how == SCRIPT_END)
        buffer_print(buffer, ",\"end\":\"%s\"", end_rows[script->end].name);
    if (script->how == SCRIPT_END || script->how == SCRIPT_MALFORMED) {
        buffer_print(buffer, ",\"%s\":\"", script->how == SCRIPT_END ? "response" : "malformed");
        append_response(buffer, script);
        buffer_append_byte(buffer, '"');
    }
    buffer_append_byte(buffer, '}');
}

static bool is_chosen(const struct script *script, const struct script_record *record)
{
    switch (script->which) {
    case SCRIPT_NONE:
        return false;
    case SCRIPT_BODY:
        return record->is_bad;
    case SCRIPT_ATTRIBUTE:
        return record->is_poison;
    case SCRIPT_ALL:
        return true;
    }
    return false;
}

static void keep_all(struct script_record *records, size_t count, bool kept)
{
    for (size_t i = 0; i < count; i++)
        records[i].is_kept = kept;
}

// A report names ids: every copy of a message that is named stays (L-103).
static void keep_copies(struct script_record *records, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; records[i].is_kept && j < count; j++)
            records[j].is_kept = records[j].is_kept || records[j].message == records[i].message;
    }
}

static void keep_by_meaning(enum script_meaning meaning, size_t named, bool empty_item_succeeds,
                            struct script_record *records, size_t count)
{
    bool is_success = meaning == SCRIPT_SUCCESS || meaning == SCRIPT_PARTIAL ||
                      (meaning == SCRIPT_SUCCESS_IF_SO && empty_item_succeeds);
    keep_all(records, count, !is_success);
    if (meaning != SCRIPT_PARTIAL)
        return;
    records[named].is_kept = true;
    keep_copies(records, count);
}

static int64_t at_least(int64_t least, int64_t value)
{
    return value > least ? value : least;
}

// How long it takes (never nothing), and whether it is cut off.
static int64_t script_lasts_ms(const struct script *script, bool fails, bool *ret_timed_out)
{
    bool is_end = script->how == SCRIPT_END;
    bool throttled =
        is_end ? script->end == END_THROTTLED : fails && script->how == SCRIPT_THROTTLE;
    bool timed_out = is_end ? script->end == END_TIMED_OUT : fails && script->how == SCRIPT_TIMEOUT;
    int64_t own_ms = script->duration_ms >= 0 ? script->duration_ms : script->function_duration_ms;
    if (throttled)
        own_ms = 0;
    if (!is_end && own_ms > script->timeout_ms)
        timed_out = true;
    *ret_timed_out = timed_out;
    if (timed_out)
        return script->timeout_ms;
    return at_least(1, at_least(script->function_duration_ms, own_ms));
}

static void mark_failures(const struct script *script, struct script_record *records, size_t count,
                          size_t *ret_first)
{
    *ret_first = count;
    for (size_t i = 0; i < count; i++) {
        struct script_record *record = &records[i];
        record->fails = is_chosen(script, record) &&
                        (script->recovers == 0 || record->count < script->recovers);
        if (record->fails && *ret_first == count)
            *ret_first = i;
        record->is_deleted_by_script = script->how == SCRIPT_DELETE_THEN_THROW && !record->fails &&
                                       !(script->stop && *ret_first < count);
    }
}

struct script_verdict script_judge(const struct script *script, bool reporting,
                                   bool empty_item_succeeds, struct script_record *records,
                                   size_t count)
{
    size_t first;
    bool timed_out;
    mark_failures(script, records, count, &first);
    bool fails = first < count;
    struct script_verdict verdict = {.lasts_ms = script_lasts_ms(script, fails, &timed_out)};
    enum script_meaning meaning = SCRIPT_SUCCESS;
    bool responds = true;
    if (timed_out) {
        responds = false;
    } else if (script->how == SCRIPT_END) {
        responds = script->end == END_RESPONDED;
        verdict.is_again = end_rows[script->end].meaning == SCRIPT_AGAIN;
        meaning = response_rows[script->response].meaning;
        first = 0;
    } else if (fails) {
        responds = script->how == SCRIPT_REPORT || script->how == SCRIPT_MALFORMED ||
                   script->how == SCRIPT_STOP_AT_FIRST_FAILURE;
        verdict.is_again = script->how == SCRIPT_THROTTLE;
        meaning = response_rows[script->response].meaning;
    }
    if (!responds) {
        keep_all(records, count, true);
    } else if (!reporting) {
        keep_all(records, count, false); // L-143
    } else if (script->how == SCRIPT_END || (fails && script->how == SCRIPT_MALFORMED)) {
        keep_by_meaning(meaning, first, empty_item_succeeds, records, count);
    } else {
        for (size_t i = 0; i < count; i++)
            records[i].is_kept = records[i].fails || (fails && i >= first &&
                                                      script->how == SCRIPT_STOP_AT_FIRST_FAILURE);
        keep_copies(records, count);
    }
    return verdict;
}
