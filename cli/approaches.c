// approaches -- three ways of failing, four in code: the same messages under each of them, twice.
//
//     throw           throws at the first failure: nothing of the batch was done, as far as SQS knows
//     delete-stop     deletes each message as it is done with it, and throws at the first failure
//     delete-go-on    the same, but carries on to the end of the batch, and throws then
//     report          carries on to the end, and reports what failed (ReportBatchItemFailures)
//
// each once as it is, and once with a function that dies late: in every tenth batch it stands still at the last message until its
// Timeout, when it is given it for the first time. All messages are sent before the mapping exists, so that every variant gets the
// same batches to begin with; one batch is invoked at a time. A failing message fails on its first two deliveries and succeeds on
// the third: a dead-letter queue would hide what throwing costs.
#include "cli/chart.h"
#include "cli/command.h"
#include "cli/experiment.h"
#include "cli/page.h"
#include "cli/tally.h"
#include "queue/base/random.h"
#include "queue/base/share.h"

#include <stdio.h>
#include <string.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define APPROACHES 4
#define VARIANTS (2 * APPROACHES)
#define DYING_BATCHES 10 // one in so many
#define SUCCEEDS_ON_DELIVERY 3
#define MESSAGES_MAX 20000
#define STEP_MS 1000
#define PATIENCE_MS (24LL * 3600 * 1000)
#define BAR_COLUMNS 20

static const struct approach {
    const char *name;
    const char *title;
    const char *words;
    const char *how; // members of the script
    bool reports;
} approaches[APPROACHES] = {
    {"throw", "throw", "it throws at once", "\"how\":\"throw\"", false},
    {"delete-stop", "delete, stop",
     "it deletes each message that is done, and throws at the first failure",
     "\"how\":\"delete-then-throw\",\"stop\":true", false},
    {"delete-go-on", "delete, go on", "the same, but it throws at the end of the batch",
     "\"how\":\"delete-then-throw\"", false},
    {"report", "report", "it reports the failed ones (ReportBatchItemFailures)",
     "\"how\":\"report\"", true},
};

struct demo {
    int64_t messages;
    int64_t batch_size;
    int64_t item_ms;
    int64_t delete_ms;
    int64_t timeout_seconds;
    int64_t visibility_seconds;
    double failure_share;
    uint64_t seed;
    const char *trace_file;
    bool json;
    const char *html;          // a file to write; NULL: none
    struct text command;       // that gives the same
    cJSON *findings[VARIANTS]; // owned; the second half dies late
    struct arena *arena;
};

static bool dies_late(size_t variant)
{
    return variant >= APPROACHES;
}

// ---- one variant ----

static void look(void *context, const struct experiment_point *point)
{
    tally_add(context, point);
}

// The message at which the function stands still, where it does. It never fails, so that both halves are given the same failures.
static bool is_last_of_dying_batch(const struct demo *demo, int64_t number)
{
    return number % (demo->batch_size * DYING_BATCHES) == demo->batch_size * DYING_BATCHES - 1;
}

static bool send_all(const struct demo *demo, struct experiment *experiment, bool late)
{
    struct random random;
    random_init(&random, demo->seed);
    for (int64_t sent = 0; sent < demo->messages;) {
        const char *bodies[EXPERIMENT_BATCH_MAX];
        bool poison[EXPERIMENT_BATCH_MAX];
        size_t count = 0;
        while ((int64_t)count < demo->batch_size && sent < demo->messages) {
            double drawn = (double)(random_next(&random) >> 11) * 0x1p-53;
            bool last = is_last_of_dying_batch(demo, sent);
            bool fails = !last && drawn < demo->failure_share;
            poison[count] = fails || (last && late);
            bodies[count] = fails ? "fails" : last && late ? "hangs" : "good";
            count++;
            sent++;
        }
        if (!experiment_send(experiment, count, bodies, poison))
            return false;
    }
    return true;
}

static bool all_gone(const struct experiment *experiment)
{
    for (size_t i = experiment_message_count(experiment); i > 0; i--) {
        if (!experiment_message(experiment, i - 1)->gone)
            return false;
    }
    return true;
}

static bool drain(const struct demo *demo, struct experiment *experiment, struct tally *tally)
{
    while (!all_gone(experiment)) {
        if (experiment_elapsed_ms(experiment) > PATIENCE_MS) {
            failure("the queue was not empty after a day");
            return false;
        }
        if (!experiment_advance(experiment, STEP_MS) || !experiment_read(experiment, look, tally))
            return false;
    }
    // A function that deletes may still be at work when the queue is empty already.
    return experiment_advance(experiment, demo->timeout_seconds * 1000) &&
           experiment_read(experiment, look, tally);
}

static cJSON *variant_findings(const struct demo *demo, struct experiment *experiment,
                               const struct tally *tally, size_t variant)
{
    cleanup(cJSON_Delete) cJSON *metrics = experiment_metrics(experiment);
    if (metrics == NULL)
        return NULL;
    const struct approach *approach = &approaches[variant % APPROACHES];
    struct bill bill = tally_bill(tally, metrics);
    cJSON *findings = tree_new();
    struct text name =
        arena_print(demo->arena, "%s%s", approach->name, dies_late(variant) ? "-late" : "");
    cJSON_AddStringToObject(findings, "variant", name.bytes);
    cJSON_AddStringToObject(findings, "approach", approach->name);
    cJSON_AddBoolToObject(findings, "diesLate", dies_late(variant));
    const struct {
        const char *name;
        double value;
    } rows[] = {
        {"deliveries", (double)(tally->good_deliveries + tally->poison_deliveries)},
        {"wastedDeliveries", (double)tally->wasted_deliveries},
        {"invocations", (double)bill.invocations},
        {"receives", (double)tally_receives(tally, metrics)},
        {"emptyReceives", (double)experiment_metric(metrics, "queues", "NumberOfEmptyReceives")},
        {"mappingDeletes", (double)tally->mapping_deletes},
        {"handlerDeletes", (double)tally->handler_deletes},
        {"sqsRequests", (double)bill.sqs_requests},
        {"drainedMs", (double)tally->last_gone_at_ms},
        {"durationMs", (double)bill.function_ms},
        {"gbSeconds", bill_gb_seconds(&bill)},
        {"dollars", bill_dollars(&bill)},
    };
    for (size_t i = 0; i < ROWS(rows); i++)
        cJSON_AddNumberToObject(findings, rows[i].name, rows[i].value);
    return findings;
}

static cJSON *run_variant(const void *context, size_t variant)
{
    const struct demo *demo = context;
    const struct approach *approach = &approaches[variant % APPROACHES];
    bool late = dies_late(variant);
    bool deletes = strncmp(approach->name, "delete", 6) == 0;
    struct text deletion =
        arena_print(demo->arena, ",\"delete\":\"%lldms\"", (long long)demo->delete_ms);
    struct experiment_setup setup = {
        .script = arena_print(
            demo->arena,
            "sim:{\"fail\":{\"body\":\"fails\"},%s,\"recovers\":%d,\"item\":\"%lldms\"%s%s}",
            approach->how, SUCCEEDS_ON_DELIVERY, (long long)demo->item_ms,
            deletes ? deletion.bytes : "", late ? ",\"hangs\":\"hangs\"" : ""),
        .visibility_seconds = demo->visibility_seconds,
        .timeout_seconds = demo->timeout_seconds,
        .batch_size = demo->batch_size,
        .reports = approach->reports,
        .seed = demo->seed,
        .trace_file = experiment_trace_file(
            demo->arena, demo->trace_file,
            arena_print(demo->arena, "%s%s", approach->name, late ? "-late" : "").bytes),
    };
    struct tally tally = {0};
    cleanup(experiment_free) struct experiment *experiment = experiment_new(&setup);
    if (experiment == NULL || !send_all(demo, experiment, late) ||
        !experiment_connect(experiment) || !drain(demo, experiment, &tally))
        return NULL;
    return variant_findings(demo, experiment, &tally, variant);
}

// ---- telling ----

static double number_of(const struct demo *demo, size_t variant, const char *name)
{
    return cJSON_GetNumberValue(tree_member(demo->findings[variant], name));
}

static struct text beginning_words(const struct demo *demo)
{
    return arena_print(
        demo->arena,
        "%lld messages, BatchSize %lld, one batch at a time. %.3g %% of the messages fail on "
        "their first two deliveries. The function takes %lld ms for a message and %lld ms for "
        "a DeleteMessage of its own; Timeout %lld s, VisibilityTimeout %lld s, 128 MB. What it "
        "does when a message fails:",
        (long long)demo->messages, (long long)demo->batch_size, demo->failure_share * 100,
        (long long)demo->item_ms, (long long)demo->delete_ms, (long long)demo->timeout_seconds,
        (long long)demo->visibility_seconds);
}

static void tell_beginning(const struct demo *demo, const struct paper *paper)
{
    paper_paragraph(paper, 0, beginning_words(demo));
    fputc('\n', paper->out);
    for (size_t i = 0; i < APPROACHES; i++)
        fprintf(paper->out, "  %-15s%s\n", approaches[i].title, approaches[i].words);
    fputc('\n', paper->out);
}

static struct text half_title(bool late)
{
    return late ? TEXT("With a timeout at the last message of every tenth batch")
                : TEXT("Without a timeout");
}

static struct table *half_table(const struct demo *demo, bool late)
{
    static const struct table_column columns[] = {
        {"", false, false},       {"deliveries", true, false}, {"wasted", true, false},
        {"invoked", true, false}, {"requests", true, false},   {"drained", true, false},
        {"GB-s", true, false},    {"per 1M", true, false},
    };
    struct table *table = table_new(columns, ROWS(columns));
    for (size_t i = 0; i < APPROACHES; i++) {
        size_t variant = late ? i + APPROACHES : i;
        table_cell(table, TONE_PLAIN, text_of(approaches[i].title));
        table_print_cell(table, TONE_PLAIN, "%.0f", number_of(demo, variant, "deliveries"));
        double wasted = number_of(demo, variant, "wastedDeliveries");
        table_print_cell(table, wasted > 0 ? TONE_WARN : TONE_GOOD, "%.0f", wasted);
        table_print_cell(table, TONE_PLAIN, "%.0f", number_of(demo, variant, "invocations"));
        table_print_cell(table, TONE_PLAIN, "%.0f", number_of(demo, variant, "sqsRequests"));
        table_print_cell(table, TONE_PLAIN, "%.1f s", number_of(demo, variant, "drainedMs") / 1000);
        table_print_cell(table, TONE_PLAIN, "%.2f", number_of(demo, variant, "gbSeconds"));
        table_print_cell(table, TONE_PLAIN, "$%.2f",
                         number_of(demo, variant, "dollars") / (double)demo->messages * 1e6);
    }
    return table;
}

static void tell_table(const struct demo *demo, const struct paper *paper, bool late)
{
    cleanup(table_free) struct table *table = half_table(demo, late);
    paper_say(paper, TONE_STRONG, half_title(late));
    fputc('\n', paper->out);
    table_print(table, paper);
    fputc('\n', paper->out);
}

static const struct {
    const char *name, *title;
} bars[] = {
    {"wastedDeliveries", "Wasted deliveries"},
    {"sqsRequests", "SQS requests"},
    {"drainedMs", "Until the queue is empty"},
};

static double most_of(const struct demo *demo, const char *name)
{
    double most = 0;
    for (size_t i = 0; i < VARIANTS; i++)
        most = number_of(demo, i, name) > most ? number_of(demo, i, name) : most;
    return most;
}

static void tell_bar(const struct demo *demo, const struct paper *paper, size_t variant,
                     const char *name, double most, bool glyphs)
{
    cleanup(buffer_deinit) struct buffer bar = {0};
    double value = number_of(demo, variant, name);
    chart_append_bar(&bar, value, most, BAR_COLUMNS, glyphs);
    paper_say(paper, dies_late(variant) ? TONE_WARN : TONE_GOOD, buffer_text(&bar));
    bool time = strcmp(name, "drainedMs") == 0;
    struct text words = time ? arena_print(demo->arena, " %.1f s", value / 1000)
                             : arena_print(demo->arena, " %.0f", value);
    int left = BAR_COLUMNS + 10 - (int)text_columns(buffer_text(&bar)) - (int)words.length;
    fprintf(paper->out, "%.*s%*s", TEXT_ARGUMENTS(words), dies_late(variant) ? 0 : left, "");
}

static void tell_bars(const struct demo *demo, const struct paper *paper, bool glyphs)
{
    for (size_t row = 0; row < ROWS(bars); row++) {
        double most = most_of(demo, bars[row].name);
        paper_say(paper, TONE_STRONG, text_of(bars[row].title));
        fprintf(paper->out, "%*s", 45 - (int)strlen(bars[row].title), "");
        paper_say(paper, TONE_FAINT, TEXT("with late timeouts"));
        fputc('\n', paper->out);
        for (size_t i = 0; i < APPROACHES; i++) {
            fprintf(paper->out, "%-15s", approaches[i].title);
            tell_bar(demo, paper, i, bars[row].name, most, glyphs);
            tell_bar(demo, paper, i + APPROACHES, bars[row].name, most, glyphs);
            fputc('\n', paper->out);
        }
        fputc('\n', paper->out);
    }
}

// The approaches that need least, of one half.
static struct text least_of(const struct demo *demo, const char *name, bool late)
{
    struct buffer words = {0};
    double least = -1;
    for (size_t i = 0; i < APPROACHES; i++) {
        double value = number_of(demo, late ? i + APPROACHES : i, name);
        least = least < 0 || value < least ? value : least;
    }
    for (size_t i = 0; i < APPROACHES; i++) {
        if (number_of(demo, late ? i + APPROACHES : i, name) <= least)
            buffer_print(&words, "%s%s", words.length == 0 ? "" : " and ", approaches[i].name);
    }
    struct text kept = arena_copy(demo->arena, buffer_text(&words));
    buffer_deinit(&words);
    return kept;
}

static const struct {
    const char *name, *title;
} claims[] = {
    {"wastedDeliveries", "Fewest wasted deliveries: "},
    {"sqsRequests", "Fewest SQS requests:      "},
    {"drainedMs", "Drained first:            "},
    {"dollars", "Cheapest:                 "},
};

static const char column_words[] =
    "Wasted: deliveries, after the first, of messages that neither fail nor hang. Requests: the "
    "mapping's ReceiveMessage (empty ones too) and DeleteMessageBatch, and the function's "
    "DeleteMessage. Drained: when the last message was deleted. Per 1M: requests, invocations and "
    "GB-seconds for a million messages at public prices, without free tiers and without sending.";

static void tell_end(const struct demo *demo, const struct paper *paper)
{
    for (size_t i = 0; i < ROWS(claims); i++) {
        struct text plain = least_of(demo, claims[i].name, false);
        struct text late = least_of(demo, claims[i].name, true);
        fprintf(paper->out, "%s%.*s; with late timeouts %.*s\n", claims[i].title,
                TEXT_ARGUMENTS(plain), TEXT_ARGUMENTS(late));
    }
    fputs("Late timeouts add:        ", paper->out);
    for (size_t i = 0; i < APPROACHES; i++) {
        double plain = number_of(demo, i, "drainedMs");
        double late = number_of(demo, i + APPROACHES, "drainedMs");
        fprintf(paper->out, "%s%s %.0f %%", i == 0 ? "" : ", ", approaches[i].name,
                (late / plain - 1) * 100);
    }
    fputs(" of time\n\n", paper->out);
    paper_paragraph(paper, 0, text_of(column_words));
}

static void tell_in_json(const struct demo *demo)
{
    cleanup(cJSON_Delete) cJSON *tree = tree_new();
    cJSON_AddNumberToObject(tree, "messages", (double)demo->messages);
    cJSON_AddNumberToObject(tree, "batchSize", (double)demo->batch_size);
    cJSON_AddNumberToObject(tree, "failureShare", demo->failure_share);
    cJSON_AddNumberToObject(tree, "memoryMb", EXPERIMENT_MEMORY_MB);
    cJSON *variants = cJSON_AddArrayToObject(tree, "variants");
    for (size_t i = 0; i < VARIANTS; i++)
        cJSON_AddItemToArray(variants, cJSON_Duplicate(demo->findings[i], true));
    char *json = cJSON_PrintUnformatted(tree);
    puts(json);
    cJSON_free(json);
}

// ---- the page ----

static struct text bar_says(const struct demo *demo, const char *name, bool late)
{
    return arena_print(demo->arena, "%s: %.*s.", late ? "Least, with late timeouts" : "Least",
                       TEXT_ARGUMENTS(least_of(demo, name, late)));
}

static void append_bars(const struct demo *demo, struct buffer *page, size_t row, bool late)
{
    struct chart_bar drawn[APPROACHES];
    const char *name = bars[row].name;
    for (size_t i = 0; i < APPROACHES; i++) {
        double value = number_of(demo, late ? i + APPROACHES : i, name);
        bool time = strcmp(name, "drainedMs") == 0;
        drawn[i] = (struct chart_bar){
            .name = approaches[i].title,
            .value = value,
            .value_text = time ? arena_print(demo->arena, "%.1f s", value / 1000)
                               : arena_print(demo->arena, "%.0f", value),
            .tone = late ? TONE_WARN : TONE_GOOD,
        };
    }
    struct text title =
        arena_print(demo->arena, "%s%s", bars[row].title, late ? ", with late timeouts" : "");
    struct text id = arena_print(demo->arena, "%s%s", name, late ? "-late" : "");
    chart_append_svg_bars(page, title.bytes, drawn, APPROACHES, most_of(demo, name), id.bytes,
                          bar_says(demo, name, late));
}

static void append_half(const struct demo *demo, struct buffer *page, bool late)
{
    cleanup(table_free) struct table *table = half_table(demo, late);
    table_append_html(table, page, half_title(late));
}

static bool write_page(const struct demo *demo)
{
    if (demo->html == NULL)
        return true;
    cleanup(buffer_deinit) struct buffer page = {0};
    struct text names[APPROACHES];
    struct text words[APPROACHES];
    for (size_t i = 0; i < APPROACHES; i++) {
        names[i] = text_of(approaches[i].title);
        words[i] = text_of(approaches[i].words);
    }
    page_begin(&page, TEXT("Three ways of failing, four in code"));
    page_append_paragraph(&page, beginning_words(demo));
    page_append_facts(&page, names, words, APPROACHES);
    for (size_t row = 0; row < ROWS(bars); row++) {
        page_begin_pair(&page);
        append_bars(demo, &page, row, false);
        append_bars(demo, &page, row, true);
        page_end_pair(&page);
    }
    page_append_heading(&page, TEXT("All figures"));
    append_half(demo, &page, false);
    append_half(demo, &page, true);
    page_append_paragraph(&page, text_of(column_words));
    page_append_paragraph(&page,
                          arena_print(demo->arena, "Cheapest: %.*s; with late timeouts %.*s.",
                                      TEXT_ARGUMENTS(least_of(demo, "dollars", false)),
                                      TEXT_ARGUMENTS(least_of(demo, "dollars", true))));
    page_append_command(&page, demo->command);
    page_end(&page);
    return page_write(demo->html, buffer_text(&page));
}

static void tell(const struct demo *demo)
{
    struct paper paper = paper_of(stdout);
    tell_beginning(demo, &paper);
    tell_table(demo, &paper, false);
    tell_table(demo, &paper, true);
    tell_bars(demo, &paper, chart_has_glyphs());
    tell_end(demo, &paper);
}

// ---- the command ----

static int check_wishes(struct demo *demo)
{
    if (demo->messages < 1 || demo->messages > MESSAGES_MAX)
        return usage_error("--messages takes a whole number from 1 to 20000");
    if (demo->batch_size < 1 || demo->batch_size > EXPERIMENT_BATCH_MAX)
        return usage_error("--batch-size takes a whole number from 1 to 10");
    if (demo->item_ms < 1 || demo->item_ms > 60000)
        return usage_error("--handler-time takes 1ms to 60s");
    if (demo->delete_ms < 0 || demo->delete_ms > 10000)
        return usage_error("--delete-latency takes 0ms to 10s");
    // Twice what a whole batch takes; and six times that for the queue, as AWS recommends.
    demo->timeout_seconds = (2 * demo->batch_size * (demo->item_ms + demo->delete_ms) + 999) / 1000;
    if (demo->timeout_seconds > 900)
        return usage_error("a batch takes longer than a function may run");
    demo->visibility_seconds = 6 * demo->timeout_seconds > 30 ? 6 * demo->timeout_seconds : 30;
    return STATUS_OK;
}

int command_approaches(const struct command *command, int count, char **arguments)
{
    const char *share = "5%";
    int64_t seed = 1;
    struct demo demo = {.messages = 3000, .batch_size = 10, .item_ms = 50, .delete_ms = 10};
    const struct argument rows[] = {
        {"--messages", ARGUMENT_INTEGER, &demo.messages, "a whole number"},
        {"--batch-size", ARGUMENT_INTEGER, &demo.batch_size, "a whole number from 1 to 10"},
        {"--failure-share", ARGUMENT_STRING, &share, "a share such as 2%"},
        {"--handler-time", ARGUMENT_DURATION, &demo.item_ms, "a duration such as 50ms"},
        {"--delete-latency", ARGUMENT_DURATION, &demo.delete_ms, "a duration such as 10ms"},
        {"--seed", ARGUMENT_INTEGER, &seed, "a whole number"},
        {"--trace-file", ARGUMENT_STRING, &demo.trace_file, "the beginning of a file's name"},
        {"--json", ARGUMENT_FLAG, &demo.json, NULL},
        {"--html", ARGUMENT_STRING, &demo.html, "a file to write"},
    };
    struct operands operands = {.most = 0};
    int status;
    if (!arguments_read(command, rows, ROWS(rows), &operands, count, arguments, &status))
        return status;
    if (!share_parse(share, &demo.failure_share))
        return usage_error("--failure-share takes a share such as 2%%, not \"%s\"", share);
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
        status = write_page(&demo) ? STATUS_OK : STATUS_FAILED;
    }
    for (size_t i = 0; i < VARIANTS; i++)
        cJSON_Delete(demo.findings[i]);
    return status;
}
