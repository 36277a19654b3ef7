// report -- TAP and JUnit out of the reports of scenarios.
//
// TAP is for the terminal and for harnesses alike: a failed scenario is followed by everything that is
// known about it, as comments, so that nobody has to run it again to understand it.
#include "cli/report.h"

#include "cli/xml.h"
#include "emulator/emulator.h"
#include "queue/base/buffer.h"

#include <stdio.h>

enum report_end report_end(const cJSON *report)
{
    size_t failed;
    if (tree_member(report, "fault") != NULL)
        return REPORT_FAULTY;
    report_expectations(report, &failed);
    return failed > 0 ? REPORT_FAILED : REPORT_PASSED;
}

size_t report_expectations(const cJSON *report, size_t *ret_failed)
{
    const cJSON *verdict;
    size_t count = 0;
    size_t failed = 0;
    cJSON_ArrayForEach(verdict, tree_member(report, "verdicts"))
    {
        count++;
        failed += tree_is_true(verdict, "ok") ? 0 : 1;
    }
    *ret_failed = failed;
    return count;
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

// ---- TAP ----

// Control characters, of bodies for instance, must not steer the terminal.
static void print_comment(const struct paper *paper, enum tone tone, struct text line)
{
    cleanup(buffer_deinit) struct buffer shown = {0};
    buffer_append(&shown, TEXT("#   "));
    for (size_t i = 0; i < line.length; i++) {
        unsigned char byte = (unsigned char)line.bytes[i];
        buffer_append_byte(&shown, byte < ' ' || byte == 0x7f ? '?' : line.bytes[i]);
    }
    paper_say(paper, tone, buffer_text(&shown));
    fputc('\n', paper->out);
}

static bool is_in_story(const cJSON *line)
{
    return line != NULL && text_starts_with(text_of(cJSON_GetStringValue(line)), TEXT("    "));
}

// Whether both are the beginning of one story: the title, and the indented lines below it.
static bool is_same_story(const cJSON *one, const cJSON *other)
{
    bool same = true;
    do {
        same = strcmp(one->valuestring, other->valuestring) == 0;
        one = one->next;
        other = other->next;
    } while (same && is_in_story(one) && is_in_story(other));
    return same && !is_in_story(one) && !is_in_story(other);
}

// Whether the story that begins with this line stands in an expectation above, too; on a terminal it need not stand there twice.
static bool was_told(const cJSON *report, const cJSON *verdict, const cJSON *title)
{
    const cJSON *earlier;
    cJSON_ArrayForEach(earlier, tree_member(report, "verdicts"))
    {
        if (earlier == verdict)
            return false;
        const cJSON *line;
        cJSON_ArrayForEach(line, tree_member(earlier, "lines"))
        {
            if (is_same_story(line, title))
                return true;
        }
    }
    return false;
}

static void print_verdict(const struct paper *paper, const cJSON *report, const cJSON *verdict)
{
    cleanup(buffer_deinit) struct buffer title = {0};
    buffer_print(&title, "%s:%lld:%lld: %s", tree_text(report, "file").bytes,
                 (long long)tree_integer(verdict, "line"),
                 (long long)tree_integer(verdict, "column"), tree_text(verdict, "title").bytes);
    print_comment(paper, TONE_STRONG, buffer_text(&title));
    bool told = false;
    const cJSON *line;
    cJSON_ArrayForEach(line, tree_member(verdict, "lines"))
    {
        if (told && is_in_story(line))
            continue;
        struct text words = text_of(cJSON_GetStringValue(line));
        enum tone tone = text_starts_with(words, TEXT("expected")) ? TONE_GOOD
                         : text_starts_with(words, TEXT("actual")) ? TONE_BAD
                                                                   : TONE_PLAIN;
        cleanup(buffer_deinit) struct buffer indented = {0};
        buffer_print(&indented, "  %.*s", TEXT_ARGUMENTS(words));
        told = is_in_story(line->next) && was_told(report, verdict, line);
        if (told)
            buffer_append(&indented, TEXT(" above"));
        print_comment(paper, tone, buffer_text(&indented));
    }
}

void report_print_tap(const struct paper *paper, size_t number, const cJSON *report)
{
    size_t failed;
    size_t count = report_expectations(report, &failed);
    enum report_end end = report_end(report);
    paper_say(paper, end == REPORT_PASSED ? TONE_GOOD : TONE_BAD,
              end == REPORT_PASSED ? TEXT("ok") : TEXT("not ok"));
    fprintf(paper->out, " %zu - %s\n", number, tree_text(report, "name").bytes);
    if (end == REPORT_FAULTY) {
        print_comment(paper, TONE_BAD, tree_text(report, "fault"));
    } else if (end == REPORT_FAILED) {
        cleanup(buffer_deinit) struct buffer words = {0};
        buffer_print(&words, "%zu of %zu expectation%s failed (seed %s)", failed, count,
                     plural(count), tree_text(report, "seed").bytes);
        print_comment(paper, TONE_PLAIN, buffer_text(&words));
    }
    int64_t violations = tree_integer(report, "orderViolations");
    if (violations > 0) {
        cleanup(buffer_deinit) struct buffer words = {0};
        buffer_print(&words,
                     "order violations: %lld (a later message of a FIFO group succeeded "
                     "before an earlier one, which failed)",
                     (long long)violations);
        print_comment(paper, TONE_WARN, buffer_text(&words));
    }
    const cJSON *verdict;
    cJSON_ArrayForEach(verdict, tree_member(report, "verdicts"))
    {
        if (!tree_is_true(verdict, "ok"))
            print_verdict(paper, report, verdict);
    }
    if (end == REPORT_FAILED) {
        cleanup(buffer_deinit) struct buffer words = {0};
        buffer_print(&words, "again: %s", tree_text(report, "again").bytes);
        print_comment(paper, TONE_PLAIN, buffer_text(&words));
    }
}

void report_print_sum(const struct paper *paper, cJSON *const *reports, size_t count)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    size_t ends[3] = {0};
    size_t expectations = 0;
    int64_t deliveries = 0;
    int64_t virtual_ms = 0;
    for (size_t i = 0; i < count; i++) {
        size_t failed;
        ends[report_end(reports[i])]++;
        expectations += report_expectations(reports[i], &failed);
        deliveries += tree_integer(reports[i], "deliveries");
        virtual_ms += tree_integer(reports[i], "virtualMs");
    }
    // Of a long time, its hours tell enough.
    if (virtual_ms > 3600000)
        virtual_ms -= virtual_ms % 60000;
    fprintf(paper->out, "# %zu scenario%s: %zu passed", count, plural(count), ends[REPORT_PASSED]);
    if (ends[REPORT_FAILED] > 0)
        fprintf(paper->out, ", %zu failed", ends[REPORT_FAILED]);
    if (ends[REPORT_FAULTY] > 0)
        fprintf(paper->out, ", %zu cannot be run", ends[REPORT_FAULTY]);
    fprintf(paper->out, "; %zu expectation%s, %lld deliver%s, %.*s of virtual time\n", expectations,
            plural(expectations), (long long)deliveries, deliveries == 1 ? "y" : "ies",
            TEXT_ARGUMENTS(duration_format(arena, virtual_ms)));
}

// ---- JUnit ----

static void append_case(struct buffer *buffer, const cJSON *report, const cJSON *verdict)
{
    cleanup(buffer_deinit) struct buffer name = {0};
    buffer_print(&name, "line %lld: %s", (long long)tree_integer(verdict, "line"),
                 tree_text(verdict, "title").bytes);
    buffer_append(buffer, TEXT("    <testcase"));
    xml_append_attribute(buffer, "classname", tree_text(report, "file"));
    xml_append_attribute(buffer, "name", buffer_text(&name));
    if (tree_is_true(verdict, "ok")) {
        buffer_append(buffer, TEXT("/>\n"));
        return;
    }
    const cJSON *lines = tree_member(verdict, "lines");
    buffer_append(buffer, TEXT(">\n      <failure"));
    xml_append_attribute(buffer, "message",
                         text_of(cJSON_GetStringValue(cJSON_GetArrayItem(lines, 0))));
    buffer_append(buffer, TEXT(">"));
    const cJSON *line;
    cJSON_ArrayForEach(line, lines)
    {
        xml_append(buffer, text_of(cJSON_GetStringValue(line)));
        buffer_append_byte(buffer, '\n');
    }
    buffer_append(buffer, TEXT("</failure>\n    </testcase>\n"));
}

static void append_suite(struct buffer *buffer, const cJSON *report)
{
    size_t failed;
    size_t count = report_expectations(report, &failed);
    bool faulty = report_end(report) == REPORT_FAULTY;
    buffer_append(buffer, TEXT("  <testsuite"));
    xml_append_attribute(buffer, "name", tree_text(report, "name"));
    buffer_print(buffer, " tests=\"%zu\" failures=\"%zu\" errors=\"%d\">\n",
                 count + (faulty ? 1 : 0), failed, faulty ? 1 : 0);
    const cJSON *verdict;
    cJSON_ArrayForEach(verdict, tree_member(report, "verdicts"))
    {
        append_case(buffer, report, verdict);
    }
    if (faulty) {
        buffer_append(buffer, TEXT("    <testcase"));
        xml_append_attribute(buffer, "classname", tree_text(report, "file"));
        buffer_append(buffer, TEXT(" name=\"the scenario itself\">\n      <error"));
        xml_append_attribute(buffer, "message", tree_text(report, "fault"));
        buffer_append(buffer, TEXT("/>\n    </testcase>\n"));
    }
    buffer_append(buffer, TEXT("  </testsuite>\n"));
}

void report_append_junit(struct buffer *buffer, cJSON *const *reports, size_t count)
{
    buffer_append(buffer, TEXT("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"));
    for (size_t i = 0; i < count; i++)
        append_suite(buffer, reports[i]);
    buffer_append(buffer, TEXT("</testsuites>\n"));
}
