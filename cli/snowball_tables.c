// snowball_tables -- the findings of the snowball in sentences, tables and one chart, for the terminal and for the page alike.
//
// Sentences hold figures of the findings, or what the formulas give from the arrivals; none is known beforehand.
#include "cli/chart.h"
#include "cli/snowball.h"
#include "emulator/emulator.h"

#include <assert.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define COURSE_ROWS 8

struct text snowball_span(const struct snowball_report *report, double seconds)
{
    // Whole minutes are exact enough for hours.
    int64_t ms = (int64_t)(seconds * 1000);
    return duration_format(report->arena, ms < 600000 ? ms / 1000 * 1000 : ms / 60000 * 60000);
}

struct text snowball_beginning(const struct snowball_report *report)
{
    const struct snowball_wishes *wishes = report->wishes;
    struct text neighbour = TEXT("");
    if (wishes->neighbour_arrivals > 0)
        neighbour = arena_print(report->arena,
                                " A second function, payments, gets %lld messages a second from a "
                                "queue of its own, none of them poison.",
                                (long long)wishes->neighbour_arrivals);
    return arena_print(
        report->arena,
        "%lld messages arrive every second; %.3g %% of them are poison: the function orders fails "
        "for them whenever it gets them. It takes %lld ms for a good message and %lld ms for a "
        "poison one. VisibilityTimeout %lld s, BatchSize 10. %.*s pass. With reporting "
        "(ReportBatchItemFailures) the function says which messages failed; without, it throws, "
        "and the whole batch comes back. A DLQ takes a message after %lld receives; limited means "
        "MaximumConcurrency %lld.%.*s The account may run %lld executions at once, as new accounts "
        "may run 10, and a queue may have %lld messages in flight: a limit that Amazon sets at "
        "120000, lowered so that it can be seen within the time.",
        (long long)wishes->arrivals, wishes->poison_share * 100, (long long)wishes->item_ms,
        (long long)wishes->poison_ms, (long long)wishes->visibility_seconds,
        TEXT_ARGUMENTS(duration_format(report->arena, wishes->span_ms)),
        (long long)wishes->receives_max, (long long)wishes->concurrency_max,
        TEXT_ARGUMENTS(neighbour), (long long)wishes->account_concurrency,
        (long long)wishes->in_flight_max);
}

void snowball_share_chart(const struct snowball_report *report,
                          double values[SNOWBALL_VARIANTS][SNOWBALL_STRETCHES_MAX + 1],
                          struct chart *ret_chart)
{
    const struct snowball_wishes *wishes = report->wishes;
    double model = snowball_model_seconds(wishes) * 1000 / (double)wishes->span_ms;
    struct chart chart = {
        .title = "Share of poison among deliveries",
        .values_max = 100,
        .unit = "%",
        .upwards = "% of the deliveries of two minutes",
        .across = "virtual time",
        .span_ms = wishes->span_ms,
        .series_count = report->count,
        .left = TEXT("0 s"),
        .right = duration_format(report->arena, wishes->span_ms),
        .mark = model > 0 && model < 1 ? model : -1,
        .mark_text =
            arena_print(report->arena, "model: 50 %% at %.*s",
                        TEXT_ARGUMENTS(snowball_span(report, snowball_model_seconds(wishes)))),
    };
    struct text upwards =
        arena_print(report->arena, "%% of the deliveries in %.*s",
                    TEXT_ARGUMENTS(duration_format(report->arena, wishes->stretch_ms)));
    chart.upwards = upwards.bytes;
    for (size_t i = 0; i < report->count; i++) {
        size_t count = 1;
        const cJSON *stretch;
        values[i][0] = wishes->poison_share * 100; // nothing was delivered twice yet
        cJSON_ArrayForEach(stretch, tree_member(report->findings[i], "stretches"))
        {
            assert(count <= SNOWBALL_STRETCHES_MAX);
            double share = snowball_share(stretch);
            values[i][count++] = share < 0 ? -1 : share * 100;
        }
        chart.point_count = count;
        chart.series[i] = (struct chart_series){
            .name = report->variants[i]->title,
            .values = values[i],
            .tone = report->variants[i]->tone,
            .letter = report->variants[i]->letter,
        };
    }
    *ret_chart = chart;
}

// ---- tables ----

static void latency_cell(struct table *table, const cJSON *stretch)
{
    if (tree_member(stretch, "goodLatencyP50Ms") == NULL) {
        table_cell(table, TONE_BAD, TEXT("none done"));
        return;
    }
    double half_s = (double)tree_integer(stretch, "goodLatencyP50Ms") / 1000;
    double most_s = (double)tree_integer(stretch, "goodLatencyP99Ms") / 1000;
    table_print_cell(table, TONE_PLAIN, most_s < 100 ? "%.1f, %.1f s" : "%.0f, %.0f s", half_s,
                     most_s);
}

static void instant_cell(const struct snowball_report *report, struct table *table, int64_t seconds,
                         enum tone tone)
{
    if (seconds > 0)
        table_cell(table, tone, snowball_span(report, (double)seconds));
    else
        table_cell(table, TONE_PLAIN, TEXT("never"));
}

static void append_variant(const struct snowball_report *report, struct table *table, size_t i)
{
    const cJSON *findings = report->findings[i];
    const cJSON *totals = tree_member(findings, "totals");
    const cJSON *last = snowball_last(findings);
    double share = snowball_share(last);
    table_cell(table, TONE_PLAIN, tree_text(findings, "title"));
    long long deliveries =
        tree_integer(totals, "goodDeliveries") + tree_integer(totals, "poisonDeliveries");
    table_print_cell(table, TONE_PLAIN, "%lld", deliveries);
    table_print_cell(table, share > 0.5 ? TONE_BAD : TONE_PLAIN, "%.1f %%", share * 100);
    instant_cell(report, table, snowball_outnumbered_seconds(findings), TONE_BAD);
    instant_cell(report, table, snowball_stalled_seconds(findings), TONE_BAD);
    latency_cell(table, last);
    table_print_cell(table, TONE_PLAIN, "%lld", (long long)tree_integer(totals, "goodInQueue"));
    table_print_cell(table, TONE_PLAIN, "%lld", (long long)tree_integer(last, "concurrencyMax"));
    table_print_cell(table, TONE_PLAIN, "%lld",
                     (long long)tree_integer(totals, "goodDeliveredAgain"));
    table_print_cell(table, TONE_PLAIN, "$%.4f",
                     cJSON_GetNumberValue(tree_member(totals, "dollars")));
}

const char snowball_variants_words[] =
    "Poison: its share among the deliveries of the last stretch. Leads at: the end of the first "
    "stretch with more deliveries of poison than of good messages. Stands at: the end of the first "
    "stretch from which on nothing was done any more. Good took: from sent to deleted, half of the "
    "good messages and 99 % of them, in the last stretch. Left: good messages still in the queue "
    "at the end. At once: the most executions that ran together. Again: deliveries of good "
    "messages after their first. Cost: SQS requests of the mapping, invocations and GB-seconds, "
    "without free tiers.";

struct table *snowball_variants_table(const struct snowball_report *report)
{
    static const struct table_column columns[] = {
        {"variant", false, false},  {"deliveries", true, false}, {"poison", true, false},
        {"leads at", false, false}, {"stands at", false, false}, {"good took", false, false},
        {"left", true, false},      {"at once", true, false},    {"again", true, false},
        {"cost", true, false},
    };
    struct table *table = table_new(columns, ROWS(columns));
    for (size_t i = 0; i < report->count; i++)
        append_variant(report, table, i);
    return table;
}

struct table *snowball_alarms_table(const struct snowball_report *report)
{
    // The table borrows its columns, whose titles are those of the variants.
    struct table_column *columns =
        arena_allocate(report->arena, (1 + report->count) * sizeof(*columns));
    columns[0] = (struct table_column){"alarm", false, true};
    for (size_t i = 0; i < report->count; i++)
        columns[1 + i] = (struct table_column){report->variants[i]->title, false, false};
    struct table *table = table_new(columns, 1 + report->count);
    for (const struct snowball_alarm *alarm = snowball_alarms; alarm->name != NULL; alarm++) {
        table_print_cell(table, TONE_PLAIN, "%s %s", alarm->metric, alarm->threshold);
        for (size_t i = 0; i < report->count; i++)
            instant_cell(report, table,
                         snowball_alarm_seconds(report->wishes, alarm, report->findings[i]),
                         TONE_WARN);
    }
    return table;
}

static double most_of_neighbour(const cJSON *findings, const char *name, int64_t *ret_seconds)
{
    double most = -1;
    const cJSON *stretch;
    cJSON_ArrayForEach(stretch, tree_member(findings, "stretches"))
    {
        double value = snowball_neighbour(stretch, name);
        if (value <= most)
            continue;
        most = value;
        *ret_seconds = tree_integer(stretch, "seconds");
    }
    return most;
}

struct table *snowball_neighbour_table(const struct snowball_report *report)
{
    static const struct table_column columns[] = {
        {"variant", false, false},
        {"orders runs", true, false},
        {"orders throttled", true, false},
        {"payments throttled", true, false},
        {"its slowest stretch", false, false},
    };
    struct table *table = table_new(columns, ROWS(columns));
    for (size_t i = 0; i < report->count; i++) {
        const cJSON *last = snowball_last(report->findings[i]);
        double throttles = snowball_neighbour(last, "throttles");
        int64_t seconds = 0;
        double p99_ms = most_of_neighbour(report->findings[i], "latencyP99Ms", &seconds);
        table_cell(table, TONE_PLAIN, text_of(report->variants[i]->title));
        table_print_cell(table, TONE_PLAIN, "%.1f of %lld",
                         cJSON_GetNumberValue(tree_member(last, "executions")),
                         (long long)report->wishes->account_concurrency);
        table_print_cell(table, TONE_PLAIN, "%lld", (long long)tree_integer(last, "throttles"));
        table_print_cell(table, throttles > 0 ? TONE_BAD : TONE_GOOD, "%.0f", throttles);
        struct text at = snowball_span(report, (double)seconds);
        table_print_cell(table, TONE_PLAIN, "99 %% in %.1f s, at %.*s", p99_ms / 1000,
                         TEXT_ARGUMENTS(at));
    }
    return table;
}

const char snowball_course_words[] =
    "Errors of the function; oldest: ApproximateAgeOfOldestMessage; in flight: "
    "ApproximateNumberOfMessagesNotVisible; NumberOfMessagesReceived and "
    "NumberOfMessagesDeleted.";

struct table *snowball_course_table(const struct snowball_report *report, size_t number)
{
    static const struct table_column columns[] = {
        {"after", false, false},     {"poison", true, false},
        {"Errors", true, false},     {"oldest", true, false},
        {"in flight", true, false},  {"received - deleted", true, false},
        {"good took", false, false},
    };
    const cJSON *stretches = tree_member(report->findings[number], "stretches");
    int count = cJSON_GetArraySize(stretches);
    struct table *table = table_new(columns, ROWS(columns));
    for (int row = 1; row <= COURSE_ROWS; row++) {
        const cJSON *stretch = cJSON_GetArrayItem(stretches, count * row / COURSE_ROWS - 1);
        if (stretch == NULL)
            continue;
        double share = snowball_share(stretch);
        bool full = tree_integer(stretch, "inFlight") >= report->wishes->in_flight_max;
        table_cell(table, TONE_PLAIN,
                   snowball_span(report, (double)tree_integer(stretch, "seconds")));
        table_print_cell(table, share > 0.5 ? TONE_BAD : TONE_PLAIN, "%.0f %%", share * 100);
        table_print_cell(table, TONE_PLAIN, "%lld", (long long)tree_integer(stretch, "errors"));
        table_print_cell(table, TONE_PLAIN, "%lld s",
                         (long long)tree_integer(stretch, "oldestSeconds"));
        table_print_cell(table, full ? TONE_BAD : TONE_PLAIN, "%lld",
                         (long long)tree_integer(stretch, "inFlight"));
        table_print_cell(
            table, TONE_PLAIN, "%lld",
            (long long)(tree_integer(stretch, "received") - tree_integer(stretch, "deleted")));
        latency_cell(table, stretch);
    }
    return table;
}

// ---- sentences ----

static struct text stall_words(const struct snowball_report *report, const cJSON *findings)
{
    const struct snowball_wishes *wishes = report->wishes;
    int64_t seconds = snowball_stalled_seconds(findings);
    struct text model = snowball_span(report, snowball_stall_seconds(wishes));
    if (seconds == 0)
        return arena_print(report->arena,
                           "%lld messages were in flight at the end; %lld stop the queue, which "
                           "poison alone fills after %.*s.",
                           (long long)tree_integer(snowball_last(findings), "inFlight"),
                           (long long)wishes->in_flight_max, TEXT_ARGUMENTS(model));
    return arena_print(report->arena,
                       "Nothing was done any more in the stretch that ended at %.*s, nor later: "
                       "poison fills the %lld places in flight after %.*s, and %lld good messages "
                       "were left.",
                       TEXT_ARGUMENTS(snowball_span(report, (double)seconds)),
                       (long long)wishes->in_flight_max, TEXT_ARGUMENTS(model),
                       (long long)tree_integer(tree_member(findings, "totals"), "goodInQueue"));
}

struct text snowball_conclusion(const struct snowball_report *report, size_t number)
{
    const struct snowball_variant *variant = report->variants[number];
    const cJSON *findings = report->findings[number];
    const cJSON *last = snowball_last(findings);
    if (!variant->reports || variant->limited)
        return TEXT("");
    if (variant->redrives)
        return arena_print(report->arena,
                           "%s: %.1f %% of the deliveries in the second half were poison; n p / (1 "
                           "- p + n p) gives %.1f %%.",
                           variant->title,
                           snowball_share_after(findings, report->wishes->span_ms / 2) * 100,
                           snowball_model_share(report->wishes) * 100);
    int64_t seconds = snowball_outnumbered_seconds(findings);
    struct text met =
        seconds > 0 ? arena_print(report->arena, "poison outnumbered good messages from %.*s on",
                                  TEXT_ARGUMENTS(snowball_span(report, (double)seconds)))
                    : TEXT("poison did not outnumber good messages yet");
    struct text model = snowball_span(report, snowball_model_seconds(report->wishes));
    return arena_print(report->arena,
                       "%s: %.*s; V (1 - 2p) / p gives %.*s, however many messages arrive. Errors "
                       "said %lld of %lld. %.*s",
                       variant->title, TEXT_ARGUMENTS(met), TEXT_ARGUMENTS(model),
                       (long long)tree_integer(last, "errors"),
                       (long long)tree_integer(last, "invocations"),
                       TEXT_ARGUMENTS(stall_words(report, findings)));
}
