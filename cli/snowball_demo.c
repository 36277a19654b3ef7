// snowball_demo -- redrive demo snowball: the variants side by side, and what would have told.
//
//     wishes -> a process for each variant -> findings -> a chart, two tables, sentences;  --json: the findings as they are
//
// No figure is known beforehand: the curves, the instants and the sums come from the findings, and stand beside what L-286 and
// L-287 foretell from the arrivals alone.
#include "cli/chart.h"
#include "cli/command.h"
#include "cli/experiment.h"
#include "cli/snowball.h"
#include "queue/base/share.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define STRETCHES 60 // points of a curve, about
#define STRETCHES_MAX 128
#define VARIANTS 4
#define ALARM_ROWS 8
#define SPAN_MAX_MS (24LL * 3600 * 1000)
#define MESSAGES_MAX 200000

struct demo {
    struct snowball_wishes wishes;
    size_t chosen[VARIANTS]; // of snowball_variants
    size_t count;
    double poison_share_max; // below 0: not asked
    int64_t after_ms;
    bool json;
    cJSON *findings[VARIANTS]; // owned
    struct arena *arena;
};

// ---- reading the findings ----

static double share_of(const cJSON *stretch)
{
    double good = (double)tree_integer(stretch, "good");
    double poison = (double)tree_integer(stretch, "poison");
    return good + poison > 0 ? poison / (good + poison) : -1;
}

// The end of the first stretch in which more poison than good messages were delivered; 0: none.
static int64_t outnumbered_seconds(const cJSON *findings)
{
    const cJSON *stretch;
    cJSON_ArrayForEach(stretch, tree_member(findings, "stretches"))
    {
        if (share_of(stretch) > 0.5)
            return tree_integer(stretch, "seconds");
    }
    return 0;
}

// Among all deliveries behind an instant; below 0: there was none.
static double share_after(const cJSON *findings, int64_t after_ms)
{
    double good = 0;
    double poison = 0;
    const cJSON *stretch;
    cJSON_ArrayForEach(stretch, tree_member(findings, "stretches"))
    {
        if (tree_integer(stretch, "seconds") * 1000 <= after_ms)
            continue;
        good += (double)tree_integer(stretch, "good");
        poison += (double)tree_integer(stretch, "poison");
    }
    return good + poison > 0 ? poison / (good + poison) : -1;
}

static const cJSON *last_of(const cJSON *findings)
{
    const cJSON *stretches = tree_member(findings, "stretches");
    return cJSON_GetArrayItem(stretches, cJSON_GetArraySize(stretches) - 1);
}

static struct text span_text(const struct demo *demo, double seconds)
{
    // Whole minutes are exact enough for hours.
    int64_t ms = (int64_t)(seconds * 1000);
    return duration_format(demo->arena, ms < 600000 ? ms / 1000 * 1000 : ms / 60000 * 60000);
}

// ---- telling ----

static void tell_beginning(const struct demo *demo, const struct paper *paper)
{
    const struct snowball_wishes *wishes = &demo->wishes;
    struct text words = arena_print(
        demo->arena,
        "%lld messages arrive every second; %.3g %% of them are poison: the function fails for "
        "them "
        "whenever it gets them, and takes %lld ms for every message. VisibilityTimeout %lld s, "
        "BatchSize "
        "10. %.*s pass. With reporting (ReportBatchItemFailures) the function says which messages "
        "failed; without, it throws, and the whole batch comes back. A DLQ takes a message after "
        "%lld "
        "receives; limited means MaximumConcurrency %lld.",
        (long long)wishes->arrivals, wishes->poison_share * 100, (long long)wishes->item_ms,
        (long long)wishes->visibility_seconds,
        TEXT_ARGUMENTS(duration_format(demo->arena, wishes->span_ms)),
        (long long)wishes->receives_max, (long long)wishes->concurrency_max);
    paper_paragraph(paper, 0, words);
    fputc('\n', paper->out);
}

static void tell_chart(const struct demo *demo, const struct paper *paper, bool glyphs)
{
    static const enum tone tones[VARIANTS] = {TONE_BAD, TONE_GOOD, TONE_FAINT, TONE_WARN};
    static const char letters[VARIANTS] = {'n', 'd', 'l', 'w'};
    double values[VARIANTS][STRETCHES_MAX + 1];
    double model = snowball_model_seconds(&demo->wishes) * 1000 / (double)demo->wishes.span_ms;
    struct chart chart = {
        .title = "Share of poison among deliveries",
        .values_max = 100,
        .unit = "%",
        .series_count = demo->count,
        .left = TEXT("0 s"),
        .right = duration_format(demo->arena, demo->wishes.span_ms),
        .mark = model > 0 && model < 1 ? model : -1,
        .mark_text =
            arena_print(demo->arena, "model: 50 %% at %.*s",
                        TEXT_ARGUMENTS(span_text(demo, snowball_model_seconds(&demo->wishes)))),
    };
    for (size_t i = 0; i < demo->count; i++) {
        size_t count = 1;
        const cJSON *stretch;
        values[i][0] = demo->wishes.poison_share * 100; // nothing was delivered twice yet
        cJSON_ArrayForEach(stretch, tree_member(demo->findings[i], "stretches"))
        {
            assert(count <= STRETCHES_MAX);
            values[i][count++] = share_of(stretch) < 0 ? -1 : share_of(stretch) * 100;
        }
        chart.point_count = count;
        chart.series[i] = (struct chart_series){
            .name = snowball_variants[demo->chosen[i]].title,
            .values = values[i],
            .tone = tones[demo->chosen[i]],
            .letter = letters[demo->chosen[i]],
        };
    }
    chart_print(&chart, paper, glyphs);
    fputc('\n', paper->out);
}

static void latency_cell(struct table *table, const cJSON *stretch)
{
    if (tree_member(stretch, "goodLatencyP50Ms") == NULL) {
        table_cell(table, TONE_BAD, TEXT("none done"));
        return;
    }
    table_print_cell(table, TONE_PLAIN, "%.1f, %.1f s",
                     (double)tree_integer(stretch, "goodLatencyP50Ms") / 1000,
                     (double)tree_integer(stretch, "goodLatencyP99Ms") / 1000);
}

static void tell_variant(const struct demo *demo, struct table *table, size_t i)
{
    const cJSON *findings = demo->findings[i];
    const cJSON *totals = tree_member(findings, "totals");
    const cJSON *last = last_of(findings);
    double share = share_of(last);
    int64_t seconds = outnumbered_seconds(findings);
    table_cell(table, TONE_PLAIN, tree_text(findings, "title"));
    long long deliveries =
        tree_integer(totals, "goodDeliveries") + tree_integer(totals, "poisonDeliveries");
    table_print_cell(table, TONE_PLAIN, "%lld", deliveries);
    table_print_cell(table, share > 0.5 ? TONE_BAD : TONE_PLAIN, "%.1f %%", share * 100);
    table_cell(table, seconds > 0 ? TONE_BAD : TONE_GOOD,
               seconds > 0 ? span_text(demo, (double)seconds) : TEXT("never"));
    latency_cell(table, last);
    table_print_cell(table, TONE_PLAIN, "%lld", (long long)tree_integer(last, "concurrencyMax"));
    table_print_cell(table, TONE_PLAIN, "%lld",
                     (long long)tree_integer(totals, "goodDeliveredAgain"));
    table_print_cell(table, TONE_PLAIN, "$%.4f",
                     cJSON_GetNumberValue(tree_member(totals, "dollars")));
}

static void tell_variants(const struct demo *demo, const struct paper *paper)
{
    static const struct table_column columns[] = {
        {"variant", false, false},  {"deliveries", true, false}, {"poison", true, false},
        {"leads at", false, false}, {"good took", false, false}, {"at once", true, false},
        {"again", true, false},     {"cost", true, false},
    };
    cleanup(table_free) struct table *table = table_new(columns, ROWS(columns));
    for (size_t i = 0; i < demo->count; i++)
        tell_variant(demo, table, i);
    table_print(table, paper);
    fputc('\n', paper->out);
    paper_paragraph(
        paper, 0,
        TEXT(
            "Poison: its share among the deliveries of the last stretch. Leads at: the end of the "
            "first "
            "stretch with more deliveries of poison than of good messages. Good took: from sent to "
            "deleted, half of the good messages and 99 % of them, in the last stretch. At once: "
            "the "
            "most executions that ran together. Again: deliveries of good messages after their "
            "first. Cost: SQS requests of the mapping, invocations and GB-seconds, without free "
            "tiers."));
    fputc('\n', paper->out);
}

// Where a snowball can be seen, and where it cannot.
static void tell_alarms(const struct demo *demo, const struct paper *paper, size_t i)
{
    static const struct table_column columns[] = {
        {"after", false, false},     {"poison", true, false},
        {"Errors", true, false},     {"oldest", true, false},
        {"in flight", true, false},  {"received - deleted", true, false},
        {"good took", false, false},
    };
    const cJSON *stretches = tree_member(demo->findings[i], "stretches");
    int count = cJSON_GetArraySize(stretches);
    cleanup(table_free) struct table *table = table_new(columns, ROWS(columns));
    for (int row = 1; row <= ALARM_ROWS; row++) {
        const cJSON *stretch = cJSON_GetArrayItem(stretches, count * row / ALARM_ROWS - 1);
        if (stretch == NULL)
            continue;
        double share = share_of(stretch);
        table_cell(table, TONE_PLAIN, span_text(demo, (double)tree_integer(stretch, "seconds")));
        table_print_cell(table, share > 0.5 ? TONE_BAD : TONE_PLAIN, "%.0f %%", share * 100);
        table_print_cell(table, TONE_PLAIN, "%lld", (long long)tree_integer(stretch, "errors"));
        table_print_cell(table, TONE_PLAIN, "%lld s",
                         (long long)tree_integer(stretch, "oldestSeconds"));
        table_print_cell(table, TONE_PLAIN, "%lld", (long long)tree_integer(stretch, "inFlight"));
        table_print_cell(
            table, TONE_PLAIN, "%lld",
            (long long)(tree_integer(stretch, "received") - tree_integer(stretch, "deleted")));
        latency_cell(table, stretch);
    }
    struct text title = arena_print(demo->arena, "What the metrics showed meanwhile: %s",
                                    snowball_variants[demo->chosen[i]].title);
    paper_say(paper, TONE_STRONG, title);
    fputc('\n', paper->out);
    table_print(table, paper);
    paper_paragraph(
        paper, 0,
        TEXT("Errors of the function; oldest: ApproximateAgeOfOldestMessage; in flight: "
             "ApproximateNumberOfMessagesNotVisible; NumberOfMessagesReceived and "
             "NumberOfMessagesDeleted."));
    fputc('\n', paper->out);
}

static void tell_model(const struct demo *demo, const struct paper *paper)
{
    double model = snowball_model_seconds(&demo->wishes);
    for (size_t i = 0; i < demo->count; i++) {
        const struct snowball_variant *variant = &snowball_variants[demo->chosen[i]];
        const cJSON *findings = demo->findings[i];
        const cJSON *last = last_of(findings);
        int64_t seconds = outnumbered_seconds(findings);
        if (!variant->reports)
            continue;
        if (variant->redrives) {
            paper_paragraph(paper, 0,
                            arena_print(demo->arena,
                                        "%s: %.1f %% of the deliveries in the second half were "
                                        "poison; n p / (1 - p + n "
                                        "p) gives %.1f %%.",
                                        variant->title,
                                        share_after(findings, demo->wishes.span_ms / 2) * 100,
                                        snowball_model_share(&demo->wishes) * 100));
            continue;
        }
        struct text met =
            seconds > 0 ? arena_print(demo->arena, "poison outnumbered good messages from %.*s on",
                                      TEXT_ARGUMENTS(span_text(demo, (double)seconds)))
                        : TEXT("poison did not outnumber good messages yet");
        paper_paragraph(
            paper, 0,
            arena_print(
                demo->arena,
                "%s: %.*s; V (1 - 2p) / p gives %.*s, however many messages arrive. Errors "
                "said %lld of %lld, and the age of the oldest message passes over what was "
                "received more than three times. What tells: NumberOfMessagesReceived minus "
                "NumberOfMessagesDeleted, and ApproximateNumberOfMessagesNotVisible, %lld at the "
                "end, of "
                "which 120000 stop the queue.",
                variant->title, TEXT_ARGUMENTS(met), TEXT_ARGUMENTS(span_text(demo, model)),
                (long long)tree_integer(last, "errors"),
                (long long)tree_integer(last, "invocations"),
                (long long)tree_integer(last, "inFlight")));
    }
}

static void tell_in_json(const struct demo *demo)
{
    cleanup(cJSON_Delete) cJSON *tree = tree_new();
    cJSON_AddNumberToObject(tree, "arrivalsPerSecond", (double)demo->wishes.arrivals);
    cJSON_AddNumberToObject(tree, "poisonShare", demo->wishes.poison_share);
    cJSON_AddNumberToObject(tree, "visibilityTimeoutSeconds",
                            (double)demo->wishes.visibility_seconds);
    cJSON_AddNumberToObject(tree, "spanSeconds", (double)demo->wishes.span_ms / 1000);
    cJSON *model = cJSON_AddObjectToObject(tree, "model");
    cJSON_AddNumberToObject(model, "outnumberedSeconds", snowball_model_seconds(&demo->wishes));
    cJSON_AddNumberToObject(model, "stationaryShare", snowball_model_share(&demo->wishes));
    cJSON *variants = cJSON_AddArrayToObject(tree, "variants");
    for (size_t i = 0; i < demo->count; i++) {
        cJSON *findings = cJSON_Duplicate(demo->findings[i], true);
        cJSON_AddNumberToObject(findings, "outnumberedSeconds",
                                (double)outnumbered_seconds(findings));
        cJSON_AddNumberToObject(findings, "shareAfter", share_after(findings, demo->after_ms));
        cJSON_AddItemToArray(variants, findings);
    }
    char *json = cJSON_PrintUnformatted(tree);
    puts(json);
    cJSON_free(json);
}

static void tell(const struct demo *demo)
{
    struct paper paper = paper_of(stdout);
    tell_beginning(demo, &paper);
    tell_chart(demo, &paper, chart_has_glyphs());
    tell_variants(demo, &paper);
    for (size_t i = 0; i < demo->count; i++) {
        if (!snowball_variants[demo->chosen[i]].redrives)
            tell_alarms(demo, &paper, i);
    }
    tell_model(demo, &paper);
}

// ---- the verdict ----

static int judge(const struct demo *demo)
{
    int status = STATUS_OK;
    for (size_t i = 0; i < demo->count && demo->poison_share_max >= 0; i++) {
        double share = share_after(demo->findings[i], demo->after_ms);
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
    if (wishes->item_ms < 0 || wishes->item_ms > 400)
        return usage_error("--handler-time takes up to 400ms, so that ten messages fit in a batch");
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
                                       .concurrency_max = 2,
                                       .span_ms = 2LL * 3600 * 1000};
    const struct argument rows[] = {
        {"--arrivals", ARGUMENT_INTEGER, &wishes->arrivals, "messages a second"},
        {"--poison", ARGUMENT_STRING, &poison, "a share such as 1%"},
        {"--visibility", ARGUMENT_DURATION, &visibility_ms, "a duration such as 30s"},
        {"--max-receive-count", ARGUMENT_INTEGER, &wishes->receives_max, "a whole number"},
        {"--max-concurrency", ARGUMENT_INTEGER, &wishes->concurrency_max, "a whole number"},
        {"--handler-time", ARGUMENT_DURATION, &wishes->item_ms, "a duration such as 200ms"},
        {"--span", ARGUMENT_DURATION, &wishes->span_ms, "a duration such as 2h"},
        {"--variant", ARGUMENT_LIST, &names, "none, dlq, limit or whole"},
        {"--max-poison-share", ARGUMENT_STRING, &poison_max, "a share such as 5%"},
        {"--after", ARGUMENT_DURATION, &demo.after_ms, "a duration such as 10m"},
        {"--seed", ARGUMENT_INTEGER, &seed, "a whole number"},
        {"--trace-file", ARGUMENT_STRING, &wishes->trace_file, "the beginning of a file's name"},
        {"--json", ARGUMENT_FLAG, &demo.json, NULL},
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
    status = STATUS_FAILED;
    if (experiment_run_all(demo.count, run_chosen, &demo, demo.findings)) {
        if (demo.json)
            tell_in_json(&demo);
        else
            tell(&demo);
        status = judge(&demo);
    }
    for (size_t i = 0; i < demo.count; i++)
        cJSON_Delete(demo.findings[i]);
    return status;
}
