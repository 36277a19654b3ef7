// lint_report -- what lint found, in four formats: text for people, JSON for programs, SARIF for code-scanning services, JUnit for
// what shows tests.
#include "cli/lint.h"

#include "cli/table.h"
#include "cli/xml.h"

#include <stdio.h>
#include <string.h>

static size_t count_of(const cJSON *findings, const char *severity)
{
    size_t count = 0;
    const cJSON *finding;
    cJSON_ArrayForEach(finding, findings)
    {
        count += text_equal(tree_text(finding, "severity"), text_of(severity)) ? 1 : 0;
    }
    return count;
}

static void tell(const struct lint_model *model, const cJSON *findings)
{
    struct paper paper = paper_of(stdout);
    const cJSON *finding;
    cJSON_ArrayForEach(finding, findings)
    {
        struct text severity = tree_text(finding, "severity");
        printf("%s:", model->file);
        if (tree_integer(finding, "line") > 0)
            printf("%lld:", (long long)tree_integer(finding, "line"));
        fputc(' ', paper.out);
        paper_say(&paper,
                  text_equal(severity, TEXT("error"))     ? TONE_BAD
                  : text_equal(severity, TEXT("warning")) ? TONE_WARN
                                                          : TONE_FAINT,
                  severity);
        printf(" %s\n", tree_text(finding, "rule").bytes);
        cleanup(buffer_deinit) struct buffer words = {0};
        buffer_print(&words, "%s: %s", tree_text(finding, "subject").bytes,
                     tree_text(finding, "sentence").bytes);
        paper_paragraph(&paper, 2, buffer_text(&words));
        paper_labelled(&paper, "    reason  ", tree_text(finding, "reason"));
        paper_labelled(&paper, "    fix     ", tree_text(finding, "fix"));
    }
    printf("%s%zu queues and %zu mappings: %zu errors, %zu warnings, %zu notes\n",
           cJSON_GetArraySize(findings) > 0 ? "\n" : "", model->queue_count, model->mapping_count,
           count_of(findings, "error"), count_of(findings, "warning"), count_of(findings, "note"));
}

static void print_tree(cJSON *tree)
{
    char *words = cJSON_PrintUnformatted(tree);
    puts(words);
    cJSON_free(words);
}

static void tell_in_json(const struct lint_model *model, const cJSON *findings)
{
    cleanup(cJSON_Delete) cJSON *tree = tree_new();
    cJSON_AddStringToObject(tree, "source", model->file);
    cJSON_AddNumberToObject(tree, "queues", (double)model->queue_count);
    cJSON_AddNumberToObject(tree, "mappings", (double)model->mapping_count);
    cJSON_AddItemToObject(tree, "findings", cJSON_Duplicate(findings, true));
    print_tree(tree);
}

static cJSON *sarif_rules(void)
{
    cJSON *rules = cJSON_CreateArray();
    const char *id;
    const char *severity;
    const char *reason;
    const char *fix;
    for (size_t i = 0; lint_rule(i, &id, &severity, &reason, &fix); i++) {
        cJSON *rule = tree_new();
        cJSON_AddStringToObject(rule, "id", id);
        cJSON_AddStringToObject(cJSON_AddObjectToObject(rule, "shortDescription"), "text", reason);
        cJSON_AddStringToObject(cJSON_AddObjectToObject(rule, "help"), "text", fix);
        cJSON_AddStringToObject(cJSON_AddObjectToObject(rule, "defaultConfiguration"), "level",
                                severity);
        cJSON_AddItemToArray(rules, rule);
    }
    return rules;
}

static cJSON *sarif_result(const struct lint_model *model, const cJSON *finding)
{
    cJSON *result = tree_new();
    cJSON_AddStringToObject(result, "ruleId", tree_text(finding, "rule").bytes);
    cJSON_AddStringToObject(result, "level", tree_text(finding, "severity").bytes);
    struct text words =
        arena_print(model->arena, "%s: %s. %s", tree_text(finding, "subject").bytes,
                    tree_text(finding, "sentence").bytes, tree_text(finding, "fix").bytes);
    cJSON_AddStringToObject(cJSON_AddObjectToObject(result, "message"), "text", words.bytes);
    cJSON *location = tree_new();
    cJSON *physical = cJSON_AddObjectToObject(location, "physicalLocation");
    cJSON_AddStringToObject(cJSON_AddObjectToObject(physical, "artifactLocation"), "uri",
                            model->file);
    if (tree_integer(finding, "line") > 0)
        cJSON_AddNumberToObject(cJSON_AddObjectToObject(physical, "region"), "startLine",
                                (double)tree_integer(finding, "line"));
    cJSON_AddItemToArray(cJSON_AddArrayToObject(result, "locations"), location);
    return result;
}

// SARIF 2.1.0, as code-scanning services take it.
static void tell_in_sarif(const struct lint_model *model, const cJSON *findings)
{
    cleanup(cJSON_Delete) cJSON *tree = tree_new();
    cJSON_AddStringToObject(tree, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    cJSON_AddStringToObject(tree, "version", "2.1.0");
    cJSON *run = tree_new();
    cJSON_AddItemToArray(cJSON_AddArrayToObject(tree, "runs"), run);
    cJSON *driver = cJSON_AddObjectToObject(cJSON_AddObjectToObject(run, "tool"), "driver");
    cJSON_AddStringToObject(driver, "name", "redrive lint");
    cJSON_AddStringToObject(driver, "version", REDRIVE_VERSION);
    cJSON_AddItemToObject(driver, "rules", sarif_rules());
    cJSON *results = cJSON_AddArrayToObject(run, "results");
    const cJSON *finding;
    cJSON_ArrayForEach(finding, findings)
    {
        cJSON_AddItemToArray(results, sarif_result(model, finding));
    }
    print_tree(tree);
}

// One rule as a case: passed, or a failure with every finding in it. Notes fail nothing, here as in
// the exit status.
static void append_rule(struct buffer *buffer, const struct lint_model *model, const char *rule,
                        const char *reason, bool fails, const cJSON *findings, size_t *ret_count)
{
    cleanup(buffer_deinit) struct buffer words = {0};
    size_t count = 0;
    const cJSON *finding;
    cJSON_ArrayForEach(finding, findings)
    {
        if (!text_equal(tree_text(finding, "rule"), text_of(rule)))
            continue;
        count++;
        buffer_print(&words, "%s", model->file);
        if (tree_integer(finding, "line") > 0)
            buffer_print(&words, ":%lld", (long long)tree_integer(finding, "line"));
        buffer_print(&words, ": %s: %s. %s\n", tree_text(finding, "subject").bytes,
                     tree_text(finding, "sentence").bytes, tree_text(finding, "fix").bytes);
    }
    *ret_count = count;
    buffer_append(buffer, TEXT("    <testcase"));
    xml_append_attribute(buffer, "classname", text_of(model->file));
    xml_append_attribute(buffer, "name", text_of(rule));
    if (count == 0) {
        buffer_append(buffer, TEXT("/>\n"));
        return;
    }
    const char *element = fails ? "failure" : "system-out";
    buffer_print(buffer, ">\n      <%s", element);
    if (fails)
        xml_append_attribute(buffer, "message", text_of(reason));
    buffer_append_byte(buffer, '>');
    xml_append(buffer, buffer_text(&words));
    buffer_print(buffer, "</%s>\n    </testcase>\n", element);
}

// A suite with a case for each rule, so that a service shows what was looked for, too.
static void tell_in_junit(const struct lint_model *model, const cJSON *findings)
{
    cleanup(buffer_deinit) struct buffer cases = {0};
    size_t rules = 0, failures = 0;
    const char *id, *severity, *reason, *fix;
    for (; lint_rule(rules, &id, &severity, &reason, &fix); rules++) {
        bool fails = strcmp(severity, "note") != 0;
        size_t count;
        append_rule(&cases, model, id, reason, fails, findings, &count);
        failures += fails && count > 0 ? 1 : 0;
    }
    cleanup(buffer_deinit) struct buffer page = {0};
    buffer_append(&page, TEXT("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
                              "  <testsuite name=\"redrive lint\""));
    buffer_print(&page, " tests=\"%zu\" failures=\"%zu\" errors=\"0\">\n", rules, failures);
    buffer_append(&page, buffer_text(&cases));
    buffer_append(&page, TEXT("  </testsuite>\n</testsuites>\n"));
    fwrite(page.bytes, 1, page.length, stdout);
}

static const struct lint_format formats[] = {
    {"text", tell}, {"json", tell_in_json}, {"sarif", tell_in_sarif}, {"junit", tell_in_junit}};

const struct lint_format *lint_format_of(const char *name)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    }
    return NULL;
}

bool lint_is_clean(const cJSON *findings)
{
    return count_of(findings, "error") + count_of(findings, "warning") == 0;
}
