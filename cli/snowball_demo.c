// snowball_demo -- redrive demo snowball: the variants side by side, and what would have told.
//
//     wishes -> a process for each variant -> findings -> a chart, tables, sentences;  --json: the findings as they are
//                                                      -> --html: the same and more curves, as a page
//
// No figure is known beforehand: the curves, the instants and the sums come from the findings, and stand beside what L-286 to L-288
// foretell from the arrivals alone.
#include "cli/chart.h"
#include "cli/command.h"
#include "cli/experiment.h"
#include "cli/page.h"
#include "cli/snowball.h"
#include "queue/base/share.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define STRETCHES 60 // points of a curve, about
#define VARIANTS SNOWBALL_VARIANTS
#define SPAN_MAX_MS (24LL * 3600 * 1000)
#define MESSAGES_MAX 200000

struct demo {
    struct snowball_wishes wishes;
    size_t chosen[VARIANTS]; // of snowball_variants
    size_t count;
    double poison_share_max; // below 0: not asked
    int64_t after_ms;
    bool json;
    const char *html;          // a file to write; NULL: none
    struct text command;       // that gives the same
    cJSON *findings[VARIANTS]; // owned
    struct arena *arena;
};

// ---- telling ----

static void print_table(const struct paper *paper, const char *title, struct table *table)
{
    cleanup(table_free) struct table *owned = table;
    if (title != NULL)
        paper_say(paper, TONE_STRONG, text_of(title));
    if (title != NULL)
        fputc('\n', paper->out);
    table_print(owned, paper);
}

static void print_paragraph(const struct paper *paper, struct text words)
{
    if (words.length == 0)
        return;
    paper_paragraph(paper, 0, words);
    fputc('\n', paper->out);
}

static struct snowball_report report_of(const struct demo *demo)
{
    struct snowball_report report = {.wishes = &demo->wishes,
                                     .findings = demo->findings,
                                     .count = demo->count,
                                     .command = demo->command,
                                     .arena = demo->arena};
    for (size_t i = 0; i < demo->count; i++)
        report.variants[i] = &snowball_variants[demo->chosen[i]];
    return report;
}

static void tell(const struct demo *demo)
{
    struct paper paper = paper_of(stdout);
    struct snowball_report report = report_of(demo);
    double values[VARIANTS][SNOWBALL_STRETCHES_MAX + 1];
    struct chart chart;
    print_paragraph(&paper, snowball_beginning(&report));
    snowball_share_chart(&report, values, &chart);
    chart_print(&chart, &paper, chart_has_glyphs());
    fputc('\n', stdout);
    print_table(&paper, NULL, snowball_variants_table(&report));
    fputc('\n', stdout);
    print_paragraph(&paper, text_of(snowball_variants_words));
    print_table(&paper, "Which alarm rings, and when", snowball_alarms_table(&report));
    fputc('\n', stdout);
    if (demo->wishes.neighbour_arrivals > 0) {
        print_table(&paper, "What its neighbour on the same account notices",
                    snowball_neighbour_table(&report));
        fputc('\n', stdout);
    }
    for (size_t i = 0; i < demo->count; i++) {
        assert(report.variants[i] != NULL);
        if (report.variants[i]->redrives)
            continue;
        struct text title = arena_print(demo->arena, "What the metrics showed meanwhile: %s",
                                        report.variants[i]->title);
        print_table(&paper, title.bytes, snowball_course_table(&report, i));
        print_paragraph(&paper, text_of(snowball_course_words));
    }
    for (size_t i = 0; i < demo->count; i++)
        print_paragraph(&paper, snowball_conclusion(&report, i));
}

static void add_findings(const struct demo *demo, cJSON *variants, const cJSON *found)
{
    cJSON *findings = cJSON_Duplicate(found, true);
    cJSON_AddNumberToObject(findings, "outnumberedSeconds",
                            (double)snowball_outnumbered_seconds(found));
    cJSON_AddNumberToObject(findings, "stalledSeconds", (double)snowball_stalled_seconds(found));
    cJSON_AddNumberToObject(findings, "shareAfter", snowball_share_after(found, demo->after_ms));
    cJSON *alarms = cJSON_AddObjectToObject(findings, "alarms");
    for (const struct snowball_alarm *alarm = snowball_alarms; alarm->name != NULL; alarm++)
        cJSON_AddNumberToObject(alarms, alarm->name,
                                (double)snowball_alarm_seconds(&demo->wishes, alarm, found));
    cJSON_AddItemToArray(variants, findings);
}

static void tell_in_json(const struct demo *demo)
{
    const struct snowball_wishes *wishes = &demo->wishes;
    cleanup(cJSON_Delete) cJSON *tree = tree_new();
    cJSON_AddNumberToObject(tree, "arrivalsPerSecond", (double)wishes->arrivals);
    cJSON_AddNumberToObject(tree, "poisonShare", wishes->poison_share);
    cJSON_AddNumberToObject(tree, "visibilityTimeoutSeconds", (double)wishes->visibility_seconds);
    cJSON_AddNumberToObject(tree, "spanSeconds", (double)wishes->span_ms / 1000);
    cJSON_AddNumberToObject(tree, "handlerMs", (double)wishes->item_ms);
    cJSON_AddNumberToObject(tree, "poisonMs", (double)wishes->poison_ms);
    cJSON_AddNumberToObject(tree, "inFlightMax", (double)wishes->in_flight_max);
    cJSON_AddNumberToObject(tree, "accountConcurrency", (double)wishes->account_concurrency);
    cJSON_AddNumberToObject(tree, "neighbourArrivalsPerSecond", (double)wishes->neighbour_arrivals);
    cJSON *model = cJSON_AddObjectToObject(tree, "model");
    cJSON_AddNumberToObject(model, "outnumberedSeconds", snowball_model_seconds(wishes));
    cJSON_AddNumberToObject(model, "stalledSeconds", snowball_stall_seconds(wishes));
    cJSON_AddNumberToObject(model, "stationaryShare", snowball_model_share(wishes));
    cJSON *variants = cJSON_AddArrayToObject(tree, "variants");
    for (size_t i = 0; i < demo->count; i++)
        add_findings(demo, variants, demo->findings[i]);
    char *json = cJSON_PrintUnformatted(tree);
    puts(json);
    cJSON_free(json);
}

static bool write_page(const struct demo *demo)
{
    if (demo->html == NULL)
        return true;
    cleanup(buffer_deinit) struct buffer page = {0};
    struct snowball_report report = report_of(demo);
    snowball_append_page(&page, &report);
    return page_write(demo->html, buffer_text(&page));
}

// ---- the verdict ----

static int judge(const struct demo *demo)
{
    int status = STATUS_OK;
    for (size_t i = 0; i < demo->count && demo->poison_share_max >= 0; i++) {
        double share = snowball_share_after(demo->findings[i], demo->after_ms);
        if (share <= demo->poison_share_max)
            continue;
        struct text after = duration_format(demo->arena, demo->after_ms);
        status = failure("%s: %.1f %% of the deliveries after %.*s were poison, more than %.3g %%",
                         snowball_variants[demo->chosen[i]].name, share * 100,
                         TEXT_ARGUMENTS(after), demo->poison_share_max * 100);
    }
    return status;
}

// ---- the command ----

static cJSON *run_chosen(const void *context, size_t number)
{
    const struct demo *demo = context;
    return snowball_run(&demo->wishes, &snowball_variants[demo->chosen[number]]);
}

static int choose(struct demo *demo, const struct argument_list *names)
{
    const char *known[VARIANTS + 1] = {NULL};
    for (size_t i = 0; snowball_variants[i].name != NULL; i++) {
        known[i] = snowball_variants[i].name;
        bool chosen = names->count == 0;
        for (size_t name = 0; name < names->count; name++)
            chosen = chosen || strcmp(names->items[name], known[i]) == 0;
        if (chosen)
            demo->chosen[demo->count++] = i;
    }
    for (size_t name = 0; name < names->count; name++) {
        bool found = false;
        for (size_t i = 0; i < VARIANTS; i++)
            found = found || (known[i] != NULL && strcmp(names->items[name], known[i]) == 0);
        if (!found)
            return usage_error("--variant takes none, dlq, limit or whole, not \"%s\"",
                               names->items[name]);
    }
    return STATUS_OK;
}

static int check_wishes(struct demo *demo)
{
    struct snowball_wishes *wishes = &demo->wishes;
    int64_t visibility_ms = wishes->visibility_seconds * 1000;
    // What cannot be processed is waited for, as a rule; and a queue hides messages as long as a batch may take.
    if (wishes->poison_ms < 0)
        wishes->poison_ms = visibility_ms / 15 < 2000 ? visibility_ms / 15 : 2000;
    int64_t slowest_ms = wishes->item_ms > wishes->poison_ms ? wishes->item_ms : wishes->poison_ms;
    wishes->timeout_seconds = (10 * slowest_ms + 1999) / 1000;
    if (wishes->poison_share <= 0 || wishes->poison_share > 0.5)
        return usage_error("--poison takes a share above 0 and up to 50%%");
    if (wishes->arrivals < 1 || wishes->arrivals > 1000)
        return usage_error("--arrivals takes a whole number from 1 to 1000");
    if (visibility_ms < 5000 || visibility_ms > 43200000)
        return usage_error("--visibility takes 5s to 12h");
    if (wishes->receives_max < 1 || wishes->receives_max > 1000)
        return usage_error("--max-receive-count takes a whole number from 1 to 1000");
    if (wishes->concurrency_max < 2 || wishes->concurrency_max > 1000)
        return usage_error("--max-concurrency takes a whole number from 2 to 1000");
    if (wishes->timeout_seconds > wishes->visibility_seconds || wishes->timeout_seconds > 900)
        return usage_error("--handler-time and --poison-time: ten messages of a batch must be done "
                           "a second before the --visibility, and 15m, are over");
    if (wishes->in_flight_max < 10 || wishes->in_flight_max > 120000)
        return usage_error("--in-flight-max takes a whole number from 10 to 120000");
    if (wishes->account_concurrency < 2 || wishes->account_concurrency > 1000)
        return usage_error("--account-concurrency takes a whole number from 2 to 1000");
    if (wishes->neighbour_arrivals > 100)
        return usage_error("--neighbour takes a whole number from 0 to 100");
    if (wishes->span_ms > SPAN_MAX_MS || wishes->span_ms < 4 * visibility_ms)
        return usage_error("--span takes four visibility timeouts to 24h");
    if (wishes->span_ms / 1000 * wishes->arrivals > MESSAGES_MAX)
        return usage_error("--arrivals and --span together make more than 200000 messages");
    if (demo->after_ms >= wishes->span_ms)
        return usage_error("--after must lie within --span");
    // Whole visibility timeouts, so that every poison message is delivered equally often in each.
    int64_t leases = wishes->span_ms / STRETCHES / visibility_ms;
    wishes->stretch_ms = (leases < 1 ? 1 : leases) * visibility_ms;
    wishes->span_ms = wishes->span_ms / wishes->stretch_ms * wishes->stretch_ms;
    return STATUS_OK;
}

int command_snowball(const struct command *command, int count, char **arguments)
{
    struct demo demo = {.poison_share_max = -1};
    struct argument_list names = {0};
    const char *poison = "1%";
    const char *poison_max = NULL;
    int64_t visibility_ms = 30000;
    int64_t seed = 1;
    struct snowball_wishes *wishes = &demo.wishes;
    *wishes = (struct snowball_wishes){.arrivals = 2,
                                       .receives_max = 5,
                                       .item_ms = 200,
                                       .poison_ms = -1,
                                       .concurrency_max = 2,
                                       .in_flight_max = 120,
                                       .account_concurrency = 10,
                                       .neighbour_arrivals = 5,
                                       .span_ms = 2LL * 3600 * 1000};
    const struct argument rows[] = {
        {"--arrivals", ARGUMENT_INTEGER, &wishes->arrivals, "messages a second"},
        {"--poison", ARGUMENT_STRING, &poison, "a share such as 1%"},
        {"--visibility", ARGUMENT_DURATION, &visibility_ms, "a duration such as 30s"},
        {"--max-receive-count", ARGUMENT_INTEGER, &wishes->receives_max, "a whole number"},
        {"--max-concurrency", ARGUMENT_INTEGER, &wishes->concurrency_max, "a whole number"},
        {"--handler-time", ARGUMENT_DURATION, &wishes->item_ms, "a duration such as 200ms"},
        {"--poison-time", ARGUMENT_DURATION, &wishes->poison_ms, "a duration such as 2s"},
        {"--in-flight-max", ARGUMENT_INTEGER, &wishes->in_flight_max, "a whole number"},
        {"--account-concurrency", ARGUMENT_INTEGER, &wishes->account_concurrency, "a whole number"},
        {"--neighbour", ARGUMENT_INTEGER, &wishes->neighbour_arrivals, "messages a second"},
        {"--span", ARGUMENT_DURATION, &wishes->span_ms, "a duration such as 2h"},
        {"--variant", ARGUMENT_LIST, &names, "none, dlq, limit or whole"},
        {"--max-poison-share", ARGUMENT_STRING, &poison_max, "a share such as 5%"},
        {"--after", ARGUMENT_DURATION, &demo.after_ms, "a duration such as 10m"},
        {"--seed", ARGUMENT_INTEGER, &seed, "a whole number"},
        {"--trace-file", ARGUMENT_STRING, &wishes->trace_file, "the beginning of a file's name"},
        {"--json", ARGUMENT_FLAG, &demo.json, NULL},
        {"--html", ARGUMENT_STRING, &demo.html, "a file to write"},
    };
    struct operands operands = {.most = 0};
    int status;
    if (!arguments_read(command, rows, ROWS(rows), &operands, count, arguments, &status))
        return status;
    if (!share_parse(poison, &wishes->poison_share))
        return usage_error("--poison takes a share such as 1%%, not \"%s\"", poison);
    if (poison_max != NULL && !share_parse(poison_max, &demo.poison_share_max))
        return usage_error("--max-poison-share takes a share such as 5%%, not \"%s\"", poison_max);
    if (demo.after_ms > 0 && poison_max == NULL)
        return usage_error("--after goes with --max-poison-share");
    wishes->visibility_seconds = visibility_ms / 1000;
    wishes->seed = (uint64_t)seed;
    if (check_wishes(&demo) != STATUS_OK || choose(&demo, &names) != STATUS_OK)
        return STATUS_USAGE;

    cleanup(arena_free) struct arena *arena = arena_new();
    demo.arena = arena;
    demo.command = page_command(arena, command->name, count, arguments);
    status = STATUS_FAILED;
    if (experiment_run_all(demo.count, run_chosen, &demo, demo.findings)) {
        if (demo.json)
            tell_in_json(&demo);
        else
            tell(&demo);
        status = write_page(&demo) ? judge(&demo) : STATUS_FAILED;
    }
    for (size_t i = 0; i < demo.count; i++)
        cJSON_Delete(demo.findings[i]);
    return status;
}
