// why_tell -- the answer in words: the statements with their rules, remedies and proofs; a table of the deliveries; the function's output.
//
// It prints, and decides nothing: what --json gives says the same.
#include "cli/why.h"

#include "cli/history.h"
#include "cli/table.h"
#include "emulator/emulator.h"

#include <stdio.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define POINTS_SHOWN_MAX 6
#define DELIVERIES_SHOWN_MAX 12

static struct text outcome_words(const struct why *why, const struct delivery *delivery)
{
    if (delivery->end != NULL)
        return tree_text(delivery->end, "reason");
    if (delivery->verdict != NULL)
        return tree_text(delivery->verdict, "reason");
    if (delivery->released == NULL)
        return TEXT("not ended yet");
    struct text reason = tree_text(delivery->released, "reason");
    return arena_print(why->arena, "%s%s%.*s", tree_text(delivery->released, "kind").bytes,
                       reason.length > 0 ? ": " : "", TEXT_ARGUMENTS(reason));
}

void why_add_deliveries(struct why *why)
{
    cJSON *list = cJSON_AddArrayToObject(why->answer, "deliveries");
    for (size_t i = 0; i < why->delivery_count; i++) {
        const struct delivery *delivery = &why->deliveries[i];
        cJSON *item = tree_new();
        cJSON_AddNumberToObject(item, "receiveCount",
                                (double)tree_integer(delivery->received, "receiveCount"));
        cJSON_AddNumberToObject(item, "atMs", (double)tree_integer(delivery->received, "atMs"));
        cJSON_AddStringToObject(item, "queue", tree_text(delivery->received, "queue").bytes);
        cJSON_AddStringToObject(
            item, "to",
            delivery->batched == NULL ? "client" : tree_text(delivery->batched, "other").bytes);
        if (delivery->cause != NULL)
            cJSON_AddStringToObject(item, "cause", delivery->cause->name);
        cJSON_AddStringToObject(item, "outcome", outcome_words(why, delivery).bytes);
        if (delivery->output != NULL)
            cJSON_AddStringToObject(item, "output", tree_text(delivery->output, "output").bytes);
        cJSON_AddItemToArray(list, item);
    }
}

static void tell_deliveries(const struct why *why, const struct paper *paper)
{
    static const struct table_column columns[] = {
        {"count", true, false}, {"received", true, false},    {"by", false, false},
        {"ended", true, false}, {"what it did", false, true},
    };
    cleanup(table_free) struct table *table = table_new(columns, ROWS(columns));
    for (size_t i = 0; i < why->delivery_count; i++) {
        const struct delivery *delivery = &why->deliveries[i];
        if (i >= DELIVERIES_SHOWN_MAX && i + 1 < why->delivery_count)
            continue;
        table_print_cell(table, TONE_PLAIN, "%lld",
                         (long long)tree_integer(delivery->received, "receiveCount"));
        table_cell(table, TONE_FAINT,
                   why_instant_words(why, tree_integer(delivery->received, "atMs")));
        table_cell(table, TONE_PLAIN,
                   delivery->batched == NULL ? TEXT("a client")
                                             : tree_text(delivery->batched, "other"));
        table_cell(table, TONE_FAINT,
                   delivery->released == NULL
                       ? (struct text){0}
                       : why_instant_words(why, tree_integer(delivery->released, "atMs")));
        table_cell(table, delivery->cause != NULL ? TONE_WARN : TONE_PLAIN,
                   outcome_words(why, delivery));
    }
    if (table_row_count(table) == 0)
        return;
    fprintf(paper->out, "\nDELIVERIES, each from its receive to the end of its lease\n");
    table_print(table, paper);
    if (why->delivery_count > DELIVERIES_SHOWN_MAX + 1)
        fprintf(paper->out, "%zu are left out; --json has all of them\n",
                why->delivery_count - DELIVERIES_SHOWN_MAX - 1);
}

// What the function wrote during the last delivery that failed: the first and the last few KB.
static void tell_output(const struct why *why, const struct paper *paper)
{
    for (size_t i = why->delivery_count; i > 0; i--) {
        const struct delivery *delivery = &why->deliveries[i - 1];
        if (delivery->cause == NULL || delivery->output == NULL)
            continue;
        fprintf(paper->out, "\nWHAT THE FUNCTION WROTE in delivery %zu\n", i);
        paper_written(paper, tree_text(delivery->output, "output"), SIZE_MAX);
        return;
    }
}

static void tell_points(const struct why *why, const struct paper *paper, const cJSON *points)
{
    cleanup(buffer_deinit) struct buffer words = {0};
    int count = 0;
    const cJSON *point;
    cJSON_ArrayForEach(point, points)
    {
        if (count++ == POINTS_SHOWN_MAX)
            break;
        buffer_print(&words, "%s%lld %s (%s)", count == 1 ? "" : ", ",
                     (long long)tree_integer(point, "number"), tree_text(point, "kind").bytes,
                     why_instant_words(why, tree_integer(point, "atMs")).bytes);
    }
    if (cJSON_GetArraySize(points) > POINTS_SHOWN_MAX)
        buffer_append(&words, TEXT(", ..."));
    if (words.length > 0)
        paper_labelled(paper, "    seen in  ", buffer_text(&words));
}

void why_tell(const struct why *why)
{
    struct paper paper = paper_of(stdout);
    char instant[24];
    instant_format(why->origin_at_ms, instant);
    printf("message %s; +0s is %.24s\n", why->id, instant);
    struct text above = {0};
    const cJSON *statement;
    cJSON_ArrayForEach(statement, why->statements)
    {
        struct text about = tree_text(statement, "about");
        if (!text_equal(about, above)) {
            fputc('\n', paper.out);
            for (size_t i = 0; i < about.length; i++)
                fputc(about.bytes[i] >= 'a' && about.bytes[i] <= 'z' ? about.bytes[i] - 'a' + 'A'
                                                                     : about.bytes[i],
                      paper.out);
            fputc('\n', paper.out);
        }
        above = about;
        paper_paragraph(&paper, 2, tree_text(statement, "sentence"));
        if (tree_text(statement, "rule").length > 0)
            paper_labelled(&paper, "    rule     ", tree_text(statement, "rule"));
        if (tree_text(statement, "remedy").length > 0)
            paper_labelled(&paper, "    remedy   ", tree_text(statement, "remedy"));
        tell_points(why, &paper, tree_member(statement, "points"));
    }
    tell_deliveries(why, &paper);
    tell_output(why, &paper);
}
