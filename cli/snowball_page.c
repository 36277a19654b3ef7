// snowball_page -- the snowball as one page that can be shown to a room: five curves, and beside each the table that it is drawn from.
//
// A curve is a row of the table of pictures: what it is called, which figure of a stretch it shows, and which limit it runs into. What
// is written beneath it is made of the findings; a picture whose sentence did not fit its run would be worse than none.
#include "cli/chart.h"
#include "cli/page.h"
#include "cli/snowball.h"
#include "emulator/emulator.h"

#include <assert.h>
#include <stdio.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

// ---- what a stretch shows ----

static double in_flight_of(const struct snowball_wishes *wishes, const cJSON *stretch,
                           const cJSON *before)
{
    (void)wishes;
    (void)before;
    return (double)tree_integer(stretch, "inFlight");
}

static double executions_of(const struct snowball_wishes *wishes, const cJSON *stretch,
                            const cJSON *before)
{
    (void)wishes;
    (void)before;
    return cJSON_GetNumberValue(tree_member(stretch, "executions"));
}

static double done_of(const struct snowball_wishes *wishes, const cJSON *stretch,
                      const cJSON *before)
{
    return (double)(tree_integer(stretch, "deleted") - tree_integer(before, "deleted")) * 1000 /
           (double)wishes->stretch_ms;
}

static double neighbour_of(const struct snowball_wishes *wishes, const cJSON *stretch,
                           const cJSON *before)
{
    (void)wishes;
    (void)before;
    double p99_ms = snowball_neighbour(stretch, "latencyP99Ms");
    return p99_ms < 0 ? -1 : p99_ms / 1000;
}

enum picture {
    PICTURE_IN_FLIGHT,
    PICTURE_DONE,
    PICTURE_EXECUTIONS,
    PICTURE_NEIGHBOUR
};

static const struct {
    const char *id;
    const char *title;
    const char *upwards;
    double (*value)(const struct snowball_wishes *wishes, const cJSON *stretch,
                    const cJSON *before);
} pictures[] = {
    [PICTURE_IN_FLIGHT] = {"in-flight", "Messages in flight", "messages", in_flight_of},
    [PICTURE_DONE] = {"done", "What gets done", "messages deleted a second", done_of},
    [PICTURE_EXECUTIONS] = {"executions", "What orders takes of the account",
                            "executions at once, on an average", executions_of},
    [PICTURE_NEIGHBOUR] = {"neighbour", "How long the neighbour's messages take",
                           "seconds from sent to deleted, 99 % of them", neighbour_of},
};

static void fill_series(const struct snowball_report *report, enum picture picture, size_t number,
                        double values[SNOWBALL_STRETCHES_MAX + 1], struct chart *chart)
{
    size_t count = 1;
    const cJSON *before = NULL;
    const cJSON *stretch;
    cJSON_ArrayForEach(stretch, tree_member(report->findings[number], "stretches"))
    {
        assert(count <= SNOWBALL_STRETCHES_MAX);
        double value = pictures[picture].value(report->wishes, stretch, before);
        values[count++] = value;
        chart->values_max = value > chart->values_max ? value : chart->values_max;
        before = stretch;
    }
    // Nothing is in flight at first; a rate has no value before its first stretch.
    values[0] = picture == PICTURE_IN_FLIGHT ? 0 : -1;
    chart->point_count = count;
    chart->series[number] = (struct chart_series){
        .name = report->variants[number]->title,
        .values = values,
        .tone = report->variants[number]->tone,
    };
}

static void append_curves(const struct snowball_report *report, struct buffer *page,
                          enum picture picture, double limit, struct text limit_text,
                          struct text says)
{
    double values[SNOWBALL_VARIANTS][SNOWBALL_STRETCHES_MAX + 1];
    const struct snowball_wishes *wishes = report->wishes;
    double stall = snowball_stall_seconds(wishes) * 1000 / (double)wishes->span_ms;
    struct chart chart = {
        .title = pictures[picture].title,
        .values_max = limit,
        .upwards = pictures[picture].upwards,
        .across = "virtual time",
        .span_ms = wishes->span_ms,
        .series_count = report->count,
        .mark = stall < 1 ? stall : -1,
        .mark_text =
            arena_print(report->arena, "model: full at %.*s",
                        TEXT_ARGUMENTS(snowball_span(report, snowball_stall_seconds(wishes)))),
        .limit = limit,
        .limit_text = limit_text,
    };
    for (size_t i = 0; i < report->count; i++)
        fill_series(report, picture, i, values[i], &chart);
    chart.values_max = chart.values_max > 0 ? chart.values_max * 1.08 : 1;
    chart_append_svg(page, &chart, pictures[picture].id, says);
}

// ---- what is to be seen ----

// "no DLQ 70.6 %, DLQ 4.4 %": a figure of the last stretch of each variant.
static struct text list_of(const struct snowball_report *report,
                           double (*value)(const struct snowball_wishes *wishes,
                                           const cJSON *stretch, const cJSON *before),
                           const char *format)
{
    cleanup(buffer_deinit) struct buffer words = {0};
    for (size_t i = 0; i < report->count; i++) {
        const cJSON *stretches = tree_member(report->findings[i], "stretches");
        int count = cJSON_GetArraySize(stretches);
        const cJSON *last = cJSON_GetArrayItem(stretches, count - 1);
        const cJSON *before = count < 2 ? NULL : cJSON_GetArrayItem(stretches, count - 2);
        char figure[40];
        double number = value(report->wishes, last, before);
        if (number < 0)
            snprintf(figure, sizeof(figure), "none");
        else
            snprintf(figure, sizeof(figure), number >= 100 ? "%.0f" : "%.1f", number);
        buffer_print(&words, "%s%s %s%s", i == 0 ? "" : ", ", report->variants[i]->title, figure,
                     number < 0 ? "" : format);
    }
    return arena_copy(report->arena, buffer_text(&words));
}

static double share_of(const struct snowball_wishes *wishes, const cJSON *stretch,
                       const cJSON *before)
{
    (void)wishes;
    (void)before;
    double share = snowball_share(stretch);
    return share < 0 ? share : share * 100;
}

static struct text share_says(const struct snowball_report *report)
{
    struct text ends = list_of(report, share_of, " %");
    cleanup(buffer_deinit) struct buffer words = {0};
    for (size_t i = 0; i < report->count; i++) {
        int64_t seconds = snowball_outnumbered_seconds(report->findings[i]);
        struct text at = snowball_span(report, (double)seconds);
        if (seconds > 0)
            buffer_print(&words, " %s: poison leads from %.*s on.", report->variants[i]->title,
                         TEXT_ARGUMENTS(at));
    }
    if (words.length == 0)
        buffer_append(&words, TEXT(" Poison leads in none of them."));
    return arena_print(report->arena, "In the last stretch: %.*s.%.*s", TEXT_ARGUMENTS(ends),
                       TEXT_ARGUMENTS(buffer_text(&words)));
}

static struct text stalls_say(const struct snowball_report *report)
{
    cleanup(buffer_deinit) struct buffer words = {0};
    for (size_t i = 0; i < report->count; i++) {
        int64_t seconds = snowball_stalled_seconds(report->findings[i]);
        struct text at = snowball_span(report, (double)seconds);
        if (seconds > 0)
            buffer_print(&words, " %s: nothing at all is done from the stretch to %.*s on.",
                         report->variants[i]->title, TEXT_ARGUMENTS(at));
    }
    if (words.length == 0)
        buffer_append(&words, TEXT(" In none of them does the queue stand still."));
    return arena_copy(report->arena, buffer_text(&words));
}

// ---- the page ----

static void append_table(struct buffer *page, struct table *table, const char *caption)
{
    cleanup(table_free) struct table *owned = table;
    table_append_html(owned, page, text_of(caption));
}

static void append_share(const struct snowball_report *report, struct buffer *page)
{
    double values[SNOWBALL_VARIANTS][SNOWBALL_STRETCHES_MAX + 1];
    struct chart chart;
    snowball_share_chart(report, values, &chart);
    page_append_heading(page, TEXT("Poison comes back"));
    page_begin_pair(page);
    chart_append_svg(page, &chart, "share", share_says(report));
    buffer_append(page, TEXT("<div>\n"));
    page_append_paragraph(page, TEXT("A message that fails comes back after every visibility "
                                     "timeout. What arrives is the same every second; what comes "
                                     "back is more every time, until something takes it away."));
    for (size_t i = 0; i < report->count; i++) {
        struct text words = snowball_conclusion(report, i);
        if (words.length > 0)
            page_append_paragraph(page, words);
    }
    buffer_append(page, TEXT("</div>\n"));
    page_end_pair(page);
    append_table(page, snowball_variants_table(report), "The variants");
    page_append_paragraph(page, text_of(snowball_variants_words));
}

static void append_stall(const struct snowball_report *report, struct buffer *page)
{
    const struct snowball_wishes *wishes = report->wishes;
    struct text in_flight = list_of(report, in_flight_of, "");
    struct text done = list_of(report, done_of, "");
    page_append_heading(page, TEXT("The limit in flight stops everything"));
    page_begin_pair(page);
    append_curves(
        report, page, PICTURE_IN_FLIGHT, (double)wishes->in_flight_max,
        arena_print(report->arena, "limit %lld (on AWS 120000)", (long long)wishes->in_flight_max),
        arena_print(report->arena,
                    "Poison is nearly always in flight. At the end: %.*s; %lld stop the "
                    "queue.",
                    TEXT_ARGUMENTS(in_flight), (long long)wishes->in_flight_max));
    append_curves(report, page, PICTURE_DONE, (double)wishes->arrivals,
                  arena_print(report->arena, "%lld arrive", (long long)wishes->arrivals),
                  arena_print(report->arena, "Deleted a second, in the last stretch: %.*s.%.*s",
                              TEXT_ARGUMENTS(done), TEXT_ARGUMENTS(stalls_say(report))));
    page_end_pair(page);
}

static void append_neighbour(const struct snowball_report *report, struct buffer *page)
{
    const struct snowball_wishes *wishes = report->wishes;
    struct text taken = list_of(report, executions_of, "");
    page_append_heading(page, TEXT("What it takes from others"));
    page_begin_pair(page);
    append_curves(report, page, PICTURE_EXECUTIONS, (double)wishes->account_concurrency,
                  arena_print(report->arena, "all that the account may run: %lld",
                              (long long)wishes->account_concurrency),
                  arena_print(report->arena, "Executions of orders in the last stretch: %.*s.",
                              TEXT_ARGUMENTS(taken)));
    if (wishes->neighbour_arrivals > 0)
        append_curves(report, page, PICTURE_NEIGHBOUR, 0, TEXT(""),
                      TEXT("The function payments shares nothing with orders but the account. When "
                           "the account's concurrency is used up its invocations are refused, and "
                           "tried again later."));
    page_end_pair(page);
    if (wishes->neighbour_arrivals > 0)
        append_table(page, snowball_neighbour_table(report), "payments, by variant of orders");
}

static void append_courses(const struct snowball_report *report, struct buffer *page)
{
    page_append_heading(page, TEXT("Which alarm would have told"));
    append_table(page, snowball_alarms_table(report),
                 "The end of the first stretch in which an alarm rings");
    page_begin_pair(page);
    for (size_t i = 0; i < report->count; i++) {
        struct text caption =
            arena_print(report->arena, "The metrics meanwhile: %s", report->variants[i]->title);
        append_table(page, snowball_course_table(report, i), caption.bytes);
    }
    page_end_pair(page);
    page_append_paragraph(page, text_of(snowball_course_words));
}

static void append_facts(const struct snowball_report *report, struct buffer *page)
{
    const struct snowball_wishes *wishes = report->wishes;
    struct arena *arena = report->arena;
    const struct text names[] = {
        TEXT("Arrivals at orders"),
        TEXT("Of these poison"),
        TEXT("Handler, good message"),
        TEXT("Handler, poison"),
        TEXT("VisibilityTimeout"),
        TEXT("maxReceiveCount of the DLQ"),
        TEXT("MaximumConcurrency of limited"),
        TEXT("In flight at most"),
        TEXT("Account's concurrency"),
        TEXT("Arrivals at payments"),
        TEXT("Virtual time"),
        TEXT("One point of a curve"),
        TEXT("Seed"),
    };
    const struct text values[] = {
        arena_print(arena, "%lld a second", (long long)wishes->arrivals),
        arena_print(arena, "%.3g %%", wishes->poison_share * 100),
        duration_format(arena, wishes->item_ms),
        duration_format(arena, wishes->poison_ms),
        duration_format(arena, wishes->visibility_seconds * 1000),
        arena_print(arena, "%lld", (long long)wishes->receives_max),
        arena_print(arena, "%lld", (long long)wishes->concurrency_max),
        arena_print(arena, "%lld messages of a queue (on AWS 120000)",
                    (long long)wishes->in_flight_max),
        arena_print(arena, "%lld executions", (long long)wishes->account_concurrency),
        arena_print(arena, "%lld a second", (long long)wishes->neighbour_arrivals),
        duration_format(arena, wishes->span_ms),
        duration_format(arena, wishes->stretch_ms),
        arena_print(arena, "%llu", (unsigned long long)wishes->seed),
    };
    static_assert(ROWS(names) == ROWS(values), "each fact has a name");
    page_append_heading(page, TEXT("What was run"));
    page_append_facts(page, names, values, ROWS(names));
}

void snowball_append_page(struct buffer *buffer, const struct snowball_report *report)
{
    page_begin(buffer, TEXT("The snowball: what poison does to a queue"));
    page_append_paragraph(buffer, snowball_beginning(report));
    append_share(report, buffer);
    append_stall(report, buffer);
    append_neighbour(report, buffer);
    append_courses(report, buffer);
    append_facts(report, buffer);
    page_append_command(buffer, report->command);
    page_end(buffer);
}
