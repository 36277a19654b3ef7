// fairness -- redrive demo fairness: a burst of one tenant, and how long the messages of the others wait, with MessageGroupId and
// without.
//
//     tenants "quiet-1" ... "quiet-N"   a steady trickle each
//     tenant "noisy"                    the same trickle, and in the middle a burst of more than the function can process
//
// Both variants send the same messages at the same instants; the second names the tenant. A message's dwell time is what passes from
// its send to its first delivery, by the trace. Not taken: a variant of the emulator without the preference, as the thing to compare
// with. On AWS nobody can turn it off; what a user decides is whether the messages have groups.
#include "cli/chart.h"
#include "cli/command.h"
#include "cli/experiment.h"
#include "cli/page.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define VARIANTS 2
#define KINDS 2
#define STRETCHES_MAX 120
#define BATCH_SIZE 10
#define TIMEOUT_SECONDS 60
#define VISIBILITY_SECONDS 360 // six times that, as AWS recommends
#define MESSAGES_MAX 200000
#define SPAN_MAX_MS (4LL * 3600 * 1000)

static const struct variant {
    const char *name;
    const char *title;
    bool has_groups;
} variants[VARIANTS] = {
    {"without", "without MessageGroupId", false},
    {"with", "with MessageGroupId", true},
};

enum kind {
    KIND_QUIET,
    KIND_NOISY
};

static const char *const kind_names[KINDS] = {"quiet", "noisy"};

struct demo {
    int64_t tenants; // quiet ones
    int64_t trickle; // messages a second of each tenant
    int64_t burst;   // messages a second of the noisy one, while it lasts
    int64_t concurrency;
    int64_t item_ms;
    int64_t span_ms;
    int64_t dwell_max_ms; // 0: not asked
    uint64_t seed;
    const char *trace_file;
    bool json;
    const char *html;          // a file to write; NULL: none
    struct text command;       // that gives the same
    cJSON *findings[VARIANTS]; // owned
    struct arena *arena;
};

// The burst fills the second fifth of the time.
static int64_t burst_begins_ms(const struct demo *demo)
{
    return demo->span_ms / 5000 * 1000;
}

static bool is_burst(const struct demo *demo, int64_t elapsed_ms)
{
    int64_t begins_ms = burst_begins_ms(demo);
    return elapsed_ms >= begins_ms && elapsed_ms < 2 * begins_ms;
}

// ---- dwell times ----

struct dwells {
    int64_t *items; // owned; ms
    size_t count;
    size_t capacity;
};

static void dwells_deinit(struct dwells *dwells)
{
    free(dwells->items);
}

static void dwells_add(struct dwells *dwells, int64_t dwell_ms)
{
    if (dwells->count == dwells->capacity) {
        dwells->capacity = dwells->capacity * 2 + 256;
        dwells->items = reallocate(dwells->items, dwells->capacity * sizeof(dwells->items[0]));
    }
    dwells->items[dwells->count++] = dwell_ms;
}

static int compare_dwells(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;
    return a < b ? -1 : a > b;
}

// Sorted; 0 without any.
static int64_t dwells_at(const struct dwells *dwells, size_t percent)
{
    if (dwells->count == 0)
        return 0;
    size_t place = dwells->count * percent / 100;
    return dwells->items[place < dwells->count ? place : dwells->count - 1];
}

static void dwells_sort(struct dwells *dwells)
{
    if (dwells->count > 0)
        qsort(dwells->items, dwells->count, sizeof(dwells->items[0]), compare_dwells);
}

// ---- one variant ----

struct run {
    const struct demo *demo;
    const struct variant *variant;
    struct experiment *experiment;
    enum kind *kinds; // owned; of every message, in the order of sending
    size_t kind_capacity;
    struct dwells dwells[KINDS];
    struct dwells stretch; // of the quiet tenants
    cJSON *stretches;
    int64_t stretch_ms;
};

static bool send_some(struct run *run, enum kind kind, const char *tenant, int64_t count)
{
    while (count > 0) {
        size_t sent = experiment_message_count(run->experiment);
        size_t part = count < BATCH_SIZE ? (size_t)count : BATCH_SIZE;
        if (sent + part > run->kind_capacity) {
            run->kind_capacity = run->kind_capacity * 2 + 1024;
            run->kinds = reallocate(run->kinds, run->kind_capacity * sizeof(run->kinds[0]));
        }
        assert(run->kinds != NULL);
        for (size_t i = 0; i < part; i++)
            run->kinds[sent + i] = kind;
        if (!experiment_send_group(run->experiment, part, kind_names[kind],
                                   run->variant->has_groups ? tenant : NULL))
            return false;
        count -= (int64_t)part;
    }
    return true;
}

// The noisy one is first in its second: what the others wait for is before them in the order of sending.
static bool send_second(struct run *run)
{
    const struct demo *demo = run->demo;
    bool bursts = is_burst(demo, experiment_elapsed_ms(run->experiment));
    if (!send_some(run, KIND_NOISY, "noisy", bursts ? demo->burst : demo->trickle))
        return false;
    for (int64_t i = 0; i < demo->tenants; i++) {
        char tenant[32];
        snprintf(tenant, sizeof(tenant), "quiet-%lld", (long long)i + 1);
        if (!send_some(run, KIND_QUIET, tenant, demo->trickle))
            return false;
    }
    return true;
}

static void look(void *context, const struct experiment_point *point)
{
    struct run *run = context;
    if (point->message == NULL || point->message->deliveries != 1 ||
        !text_equal(point->kind, TEXT("received")))
        return;
    enum kind kind = run->kinds[point->message - experiment_message(run->experiment, 0)];
    int64_t dwell_ms = point->elapsed_ms - point->message->sent_at_ms;
    dwells_add(&run->dwells[kind], dwell_ms);
    if (kind == KIND_QUIET)
        dwells_add(&run->stretch, dwell_ms);
}

static bool end_stretch(struct run *run)
{
    static const char *const shown[][2] = {
        {"visible", "ApproximateNumberOfMessagesVisible"},
        {"inFlight", "ApproximateNumberOfMessagesNotVisible"},
        {"noisyGroups", "ApproximateNumberOfNoisyGroups"},
        {"visibleInQuietGroups", "ApproximateNumberOfMessagesVisibleInQuietGroups"},
    };
    if (!experiment_read(run->experiment, look, run))
        return false;
    cleanup(cJSON_Delete) cJSON *metrics = experiment_metrics(run->experiment);
    if (metrics == NULL)
        return false;
    cJSON *stretch = tree_new();
    cJSON_AddNumberToObject(stretch, "seconds",
                            (double)experiment_elapsed_ms(run->experiment) / 1000);
    dwells_sort(&run->stretch);
    if (run->stretch.count > 0)
        cJSON_AddNumberToObject(stretch, "quietP95Ms", (double)dwells_at(&run->stretch, 95));
    run->stretch.count = 0;
    for (size_t i = 0; i < ROWS(shown); i++)
        cJSON_AddNumberToObject(stretch, shown[i][0],
                                (double)experiment_metric(metrics, "queues", shown[i][1]));
    cJSON_AddItemToArray(run->stretches, stretch);
    return true;
}

static bool let_time_pass(struct run *run)
{
    while (experiment_elapsed_ms(run->experiment) < run->demo->span_ms) {
        if (!send_second(run) || !experiment_advance(run->experiment, 1000))
            return false;
        if (experiment_elapsed_ms(run->experiment) % run->stretch_ms == 0 && !end_stretch(run))
            return false;
    }
    return true;
}

static void add_kind(const struct run *run, cJSON *findings, enum kind kind)
{
    const struct dwells *dwells = &run->dwells[kind];
    size_t sent = 0;
    for (size_t i = 0; run->kinds != NULL && i < experiment_message_count(run->experiment); i++)
        sent += run->kinds[i] == kind ? 1 : 0;
    cJSON *tree = cJSON_AddObjectToObject(findings, kind_names[kind]);
    cJSON_AddNumberToObject(tree, "sent", (double)sent);
    cJSON_AddNumberToObject(tree, "received", (double)dwells->count);
    cJSON_AddNumberToObject(tree, "dwellP50Ms", (double)dwells_at(dwells, 50));
    cJSON_AddNumberToObject(tree, "dwellP95Ms", (double)dwells_at(dwells, 95));
    cJSON_AddNumberToObject(tree, "dwellMaxMs", (double)dwells_at(dwells, 100));
}

static void run_deinit(struct run *run)
{
    experiment_free(run->experiment);
    free(run->kinds);
    dwells_deinit(&run->stretch);
    for (size_t i = 0; i < KINDS; i++)
        dwells_deinit(&run->dwells[i]);
}
DEFINE_DEINIT_CLEANUP(run_deinit, struct run)

static cJSON *run_variant(const void *context, size_t number)
{
    const struct demo *demo = context;
    const struct variant *variant = &variants[number];
    struct experiment_setup setup = {
        .script = arena_print(demo->arena, "sim:{\"item\":\"%lldms\"}", (long long)demo->item_ms),
        .visibility_seconds = VISIBILITY_SECONDS,
        .timeout_seconds = TIMEOUT_SECONDS,
        .batch_size = BATCH_SIZE,
        .maximum_concurrency = demo->concurrency,
        .scales = true,
        .seed = demo->seed,
        .trace_file = experiment_trace_file(demo->arena, demo->trace_file, variant->name),
    };
    cleanup(run_deinit) struct run run = {.demo = demo, .variant = variant};
    cleanup(cJSON_Delete) cJSON *findings = tree_new();
    cJSON_AddStringToObject(findings, "variant", variant->name);
    cJSON_AddStringToObject(findings, "title", variant->title);
    run.stretches = cJSON_AddArrayToObject(findings, "stretches");
    run.stretch_ms = (demo->span_ms / STRETCHES_MAX + 999) / 1000 * 1000;
    run.experiment = experiment_new(&setup);
    if (run.experiment == NULL || !experiment_connect(run.experiment) || !let_time_pass(&run))
        return NULL;
    for (enum kind kind = KIND_QUIET; kind <= KIND_NOISY; kind++) {
        dwells_sort(&run.dwells[kind]);
        add_kind(&run, findings, kind);
    }
    return take(&findings);
}

// ---- telling ----

static int64_t kind_integer(const struct demo *demo, size_t variant, enum kind kind,
                            const char *name)
{
    return tree_integer(tree_member(demo->findings[variant], kind_names[kind]), name);
}

static struct text beginning_words(const struct demo *demo)
{
    struct text begins = duration_format(demo->arena, burst_begins_ms(demo));
    struct text ends = duration_format(demo->arena, 2 * burst_begins_ms(demo));
    return arena_print(
        demo->arena,
        "One standard queue, %lld quiet tenants and a noisy one, each of which sends %lld "
        "messages a second; from %.*s to %.*s the noisy one sends %lld. The function takes "
        "%lld ms for each message, in batches of ten, and at most %lld run at once: %.4g "
        "messages a second. Dwell time is what passes from a message's send to its first "
        "delivery.",
        (long long)demo->tenants, (long long)demo->trickle, TEXT_ARGUMENTS(begins),
        TEXT_ARGUMENTS(ends), (long long)demo->burst, (long long)demo->item_ms,
        (long long)demo->concurrency, (double)demo->concurrency * 1000 / (double)demo->item_ms);
}

static void make_chart(const struct demo *demo, double values[VARIANTS][STRETCHES_MAX + 1],
                       struct chart *ret_chart)
{
    static const enum tone tones[VARIANTS] = {TONE_BAD, TONE_GOOD};
    struct chart chart = {
        .title = "Dwell time of the quiet tenants' messages, 95 % of them",
        .values_max = 1,
        .unit = "s",
        .upwards = "seconds from sent to received",
        .across = "virtual time",
        .span_ms = demo->span_ms,
        .series_count = VARIANTS,
        .left = TEXT("0 s"),
        .right = duration_format(demo->arena, demo->span_ms),
        .mark = 0.4,
        .mark_text = TEXT("the burst ends"),
    };
    for (size_t i = 0; i < VARIANTS; i++) {
        size_t count = 0;
        const cJSON *stretch;
        cJSON_ArrayForEach(stretch, tree_member(demo->findings[i], "stretches"))
        {
            bool any = tree_member(stretch, "quietP95Ms") != NULL;
            double seconds = (double)tree_integer(stretch, "quietP95Ms") / 1000;
            values[i][count++] = any ? seconds : -1;
            chart.values_max = seconds > chart.values_max ? seconds : chart.values_max;
        }
        chart.point_count = count;
        chart.series[i] = (struct chart_series){.name = variants[i].title,
                                                .values = values[i],
                                                .tone = tones[i],
                                                .letter = variants[i].has_groups ? 'w' : 'o'};
    }
    *ret_chart = chart;
}

static struct table *dwell_table(const struct demo *demo)
{
    static const struct table_column columns[] = {
        {"", false, false},        {"tenants", false, false},  {"sent", true, false},
        {"received", true, false}, {"dwell p50", true, false}, {"p95", true, false},
        {"longest", true, false},
    };
    static const char *const figures[] = {"dwellP50Ms", "dwellP95Ms", "dwellMaxMs"};
    struct table *table = table_new(columns, ROWS(columns));
    for (size_t i = 0; i < VARIANTS; i++) {
        for (enum kind kind = KIND_QUIET; kind <= KIND_NOISY; kind++) {
            table_cell(table, TONE_PLAIN,
                       kind == KIND_QUIET ? text_of(variants[i].title) : TEXT(""));
            table_cell(table, TONE_PLAIN, text_of(kind_names[kind]));
            table_print_cell(table, TONE_PLAIN, "%lld",
                             (long long)kind_integer(demo, i, kind, "sent"));
            table_print_cell(table, TONE_PLAIN, "%lld",
                             (long long)kind_integer(demo, i, kind, "received"));
            for (size_t at = 0; at < ROWS(figures); at++)
                table_print_cell(table,
                                 kind == KIND_NOISY       ? TONE_PLAIN
                                 : variants[i].has_groups ? TONE_GOOD
                                                          : TONE_BAD,
                                 "%.2f s", (double)kind_integer(demo, i, kind, figures[at]) / 1000);
        }
    }
    return table;
}

static int64_t most_of(const struct demo *demo, size_t variant, const char *name)
{
    int64_t most = 0;
    const cJSON *stretch;
    cJSON_ArrayForEach(stretch, tree_member(demo->findings[variant], "stretches"))
    {
        int64_t value = tree_integer(stretch, name);
        most = value > most ? value : most;
    }
    return most;
}

static struct text end_words(const struct demo *demo)
{
    return arena_print(
        demo->arena,
        "With groups the metrics tell the two apart: ApproximateNumberOfMessagesVisible rose "
        "to %lld, ApproximateNumberOfMessagesVisibleInQuietGroups to %lld, and "
        "ApproximateNumberOfNoisyGroups was %lld at most. Nothing was dropped or refused: what "
        "the noisy tenant sent waits while others have something to be delivered. A group is "
        "noisy with more than a tenth of what is in flight, and at least 30 messages of it; or "
        "with more than a tenth of the recent processing time.",
        (long long)most_of(demo, 1, "visible"), (long long)most_of(demo, 1, "visibleInQuietGroups"),
        (long long)most_of(demo, 1, "noisyGroups"));
}

static void tell_in_json(const struct demo *demo)
{
    cleanup(cJSON_Delete) cJSON *tree = tree_new();
    cJSON_AddNumberToObject(tree, "quietTenants", (double)demo->tenants);
    cJSON_AddNumberToObject(tree, "tricklePerSecond", (double)demo->trickle);
    cJSON_AddNumberToObject(tree, "burstPerSecond", (double)demo->burst);
    cJSON_AddNumberToObject(tree, "maximumConcurrency", (double)demo->concurrency);
    cJSON_AddNumberToObject(tree, "spanSeconds", (double)demo->span_ms / 1000);
    cJSON *list = cJSON_AddArrayToObject(tree, "variants");
    for (size_t i = 0; i < VARIANTS; i++)
        cJSON_AddItemToArray(list, cJSON_Duplicate(demo->findings[i], true));
    char *json = cJSON_PrintUnformatted(tree);
    puts(json);
    cJSON_free(json);
}

static void tell(const struct demo *demo)
{
    struct paper paper = paper_of(stdout);
    double values[VARIANTS][STRETCHES_MAX + 1];
    struct chart chart;
    paper_paragraph(&paper, 0, beginning_words(demo));
    fputc('\n', stdout);
    make_chart(demo, values, &chart);
    chart_print(&chart, &paper, chart_has_glyphs());
    fputc('\n', stdout);
    cleanup(table_free) struct table *table = dwell_table(demo);
    table_print(table, &paper);
    fputc('\n', stdout);
    paper_paragraph(&paper, 0, end_words(demo));
}

static bool write_page(const struct demo *demo)
{
    if (demo->html == NULL)
        return true;
    cleanup(buffer_deinit) struct buffer page = {0};
    cleanup(table_free) struct table *table = dwell_table(demo);
    double values[VARIANTS][STRETCHES_MAX + 1];
    struct chart chart;
    make_chart(demo, values, &chart);
    chart.values_max *= 1.05;
    // Beside the ends of the curves there is little room.
    for (size_t i = 0; i < VARIANTS; i++)
        chart.series[i].name = variants[i].has_groups ? "groups" : "no groups";
    double without = (double)kind_integer(demo, 0, KIND_QUIET, "dwellP95Ms") / 1000;
    double given = (double)kind_integer(demo, 1, KIND_QUIET, "dwellP95Ms") / 1000;
    page_begin(&page, TEXT("One noisy tenant, and how long the others wait"));
    page_append_paragraph(&page, beginning_words(demo));
    page_begin_pair(&page);
    chart_append_svg(&page, &chart, "dwell",
                     arena_print(demo->arena,
                                 "95 %% of the quiet tenants' messages waited up to %.2f s without "
                                 "MessageGroupId (no groups), and up to %.2f s with it (groups).",
                                 without, given));
    page_append_paragraph(&page, end_words(demo));
    page_end_pair(&page);
    table_append_html(table, &page, TEXT("Dwell times"));
    page_append_command(&page, demo->command);
    page_end(&page);
    return page_write(demo->html, buffer_text(&page));
}

static int judge(const struct demo *demo)
{
    int64_t p95_ms = kind_integer(demo, 1, KIND_QUIET, "dwellP95Ms");
    if (demo->dwell_max_ms == 0 || p95_ms <= demo->dwell_max_ms)
        return STATUS_OK;
    struct text most = duration_format(demo->arena, demo->dwell_max_ms);
    return failure("with MessageGroupId 95 %% of the quiet tenants' messages waited up to %.2f s, "
                   "more than %.*s",
                   (double)p95_ms / 1000, TEXT_ARGUMENTS(most));
}

// ---- the command ----

static int check_wishes(const struct demo *demo)
{
    if (demo->tenants < 1 || demo->tenants > 100)
        return usage_error("--tenants takes a whole number from 1 to 100");
    if (demo->trickle < 1 || demo->trickle > 100)
        return usage_error("--trickle takes a whole number from 1 to 100");
    if (demo->burst < 1 || demo->burst > 10000)
        return usage_error("--burst takes a whole number from 1 to 10000");
    if (demo->concurrency < 2 || demo->concurrency > 1000)
        return usage_error("--max-concurrency takes a whole number from 2 to 1000");
    if (demo->item_ms < 1 || demo->item_ms > 5000)
        return usage_error("--handler-time takes 1ms to 5s");
    if (demo->span_ms < 60000 || demo->span_ms > SPAN_MAX_MS || demo->span_ms % 5000 != 0)
        return usage_error("--span takes 1m to 4h, in steps of 5s");
    int64_t seconds = demo->span_ms / 1000;
    int64_t messages = seconds * (demo->tenants + 1) * demo->trickle + seconds / 5 * demo->burst;
    if (messages > MESSAGES_MAX)
        return usage_error("--tenants, --trickle, --burst and --span make more than 200000 "
                           "messages");
    return STATUS_OK;
}

int command_fairness(const struct command *command, int count, char **arguments)
{
    int64_t seed = 1;
    struct demo demo = {
        .tenants = 3,
        .trickle = 2,
        .burst = 100,
        .concurrency = 5,
        .item_ms = 100,
        .span_ms = 10LL * 60 * 1000,
    };
    const struct argument rows[] = {
        {"--tenants", ARGUMENT_INTEGER, &demo.tenants, "a whole number"},
        {"--trickle", ARGUMENT_INTEGER, &demo.trickle, "messages a second"},
        {"--burst", ARGUMENT_INTEGER, &demo.burst, "messages a second"},
        {"--max-concurrency", ARGUMENT_INTEGER, &demo.concurrency, "a whole number"},
        {"--handler-time", ARGUMENT_DURATION, &demo.item_ms, "a duration such as 100ms"},
        {"--span", ARGUMENT_DURATION, &demo.span_ms, "a duration such as 10m"},
        {"--max-dwell", ARGUMENT_DURATION, &demo.dwell_max_ms, "a duration such as 2s"},
        {"--seed", ARGUMENT_INTEGER, &seed, "a whole number"},
        {"--trace-file", ARGUMENT_STRING, &demo.trace_file, "the beginning of a file's name"},
        {"--json", ARGUMENT_FLAG, &demo.json, NULL},
        {"--html", ARGUMENT_STRING, &demo.html, "a file to write"},
    };
    struct operands operands = {.most = 0};
    int status;
    if (!arguments_read(command, rows, ROWS(rows), &operands, count, arguments, &status))
        return status;
    if (check_wishes(&demo) != STATUS_OK)
        return STATUS_USAGE;

    cleanup(arena_free) struct arena *arena = arena_new();
    demo.arena = arena;
    demo.command = page_command(arena, command->name, count, arguments);
    demo.seed = (uint64_t)seed;
    status = STATUS_FAILED;
    if (experiment_run_all(VARIANTS, run_variant, &demo, demo.findings)) {
        if (demo.json)
            tell_in_json(&demo);
        else
            tell(&demo);
        status = write_page(&demo) ? judge(&demo) : STATUS_FAILED;
    }
    for (size_t i = 0; i < VARIANTS; i++)
        cJSON_Delete(demo.findings[i]);
    return status;
}
