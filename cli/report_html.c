// report_html -- the report of scenarios as one page (page.h).
//
// What failed is open, what is so is folded; <details> does it without a script.
#include "cli/report.h"

#include "cli/page.h"
#include "cli/xml.h"
#include "emulator/emulator.h"
#include "queue/base/buffer.h"

#include <stdio.h>

static void append_mark(struct buffer *buffer, bool good, const char *good_word,
                        const char *bad_word)
{
    buffer_print(buffer, "<span class=\"%s\">%s</span> ", good ? "good" : "bad",
                 good ? good_word : bad_word);
}

static void append_verdict(struct buffer *buffer, const cJSON *verdict)
{
    buffer_append(buffer, TEXT("<li>"));
    append_mark(buffer, tree_is_true(verdict, "ok"), "so", "not so");
    buffer_append(buffer, TEXT("<code>"));
    xml_append(buffer, tree_text(verdict, "title"));
    buffer_print(buffer, "</code> <span class=\"faint\">line %lld</span>",
                 (long long)tree_integer(verdict, "line"));
    const cJSON *line;
    if (tree_member(verdict, "lines") != NULL)
        buffer_append(buffer, TEXT("\n<pre>"));
    cJSON_ArrayForEach(line, tree_member(verdict, "lines"))
    {
        xml_append(buffer, text_of(cJSON_GetStringValue(line)));
        buffer_append_byte(buffer, '\n');
    }
    if (tree_member(verdict, "lines") != NULL)
        buffer_append(buffer, TEXT("</pre>"));
    buffer_append(buffer, TEXT("</li>\n"));
}

static void append_scenario(struct buffer *buffer, const cJSON *report)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    enum report_end end = report_end(report);
    buffer_print(buffer, "<details%s>\n<summary>", end == REPORT_PASSED ? "" : " open");
    append_mark(buffer, end == REPORT_PASSED, "passed",
                end == REPORT_FAULTY ? "cannot be run" : "failed");
    xml_append(buffer, tree_text(report, "name"));
    buffer_append(buffer, TEXT(" <span class=\"faint\">"));
    xml_append(buffer, tree_text(report, "file"));
    if (tree_member(report, "virtualMs") != NULL)
        buffer_print(buffer, ", %lld deliveries, %.*s of virtual time",
                     (long long)tree_integer(report, "deliveries"),
                     TEXT_ARGUMENTS(duration_format(arena, tree_integer(report, "virtualMs"))));
    buffer_append(buffer, TEXT("</span></summary>\n"));
    if (end == REPORT_FAULTY) {
        buffer_append(buffer, TEXT("<pre>"));
        xml_append(buffer, tree_text(report, "fault"));
        buffer_append(buffer, TEXT("</pre>\n"));
    }
    buffer_append(buffer, TEXT("<ul>\n"));
    const cJSON *verdict;
    cJSON_ArrayForEach(verdict, tree_member(report, "verdicts"))
    {
        append_verdict(buffer, verdict);
    }
    buffer_append(buffer, TEXT("</ul>\n</details>\n"));
}

void report_append_html(struct buffer *buffer, cJSON *const *reports, size_t count)
{
    char *sum = NULL;
    size_t sum_bytes = 0;
    FILE *out = open_memstream(&sum, &sum_bytes);
    if (out != NULL) {
        struct paper paper = {.out = out, .width = 100};
        report_print_sum(&paper, reports, count);
        fclose(out);
    }
    cleanup_free char *owned = sum;
    page_begin(buffer, TEXT("redrive test"));
    buffer_append(buffer, TEXT("<p>"));
    // Without the sign of a comment.
    xml_append(buffer, text_skip(text_from(owned, sum_bytes), 2));
    buffer_append(buffer, TEXT("</p>\n"));
    for (size_t i = 0; i < count; i++)
        append_scenario(buffer, reports[i]);
    page_end(buffer);
}
