// lint -- what is likely to go wrong, before it does: redrive lint FILE | --endpoint URL.
//
//     file (template, scenario, config) --.
//                                          >-- lint_model --> lint_rules --> findings --> text, JSON, SARIF
//     running emulator ------------------'
//
// A running emulator knows one thing more than a file: how its functions have answered.
#include "cli/lint.h"

#include "cli/client.h"
#include "cli/command.h"
#include "cli/table.h"

#include <stdio.h>
#include <string.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

// ---- a running emulator ----

static int64_t number_or_unknown(const cJSON *object, const char *name)
{
    return cJSON_IsNumber(tree_member(object, name)) ? tree_integer(object, name) : LINT_UNKNOWN;
}

static void take_queues(struct lint_model *model, const cJSON *queues)
{
    const cJSON *queue;
    cJSON_ArrayForEach(queue, queues)
    {
        if (model->queue_count == LINT_MAX)
            return;
        struct text dead_letter = tree_text(queue, "deadLetterQueue");
        model->queues[model->queue_count++] = (struct lint_queue){
            .name = arena_copy(model->arena, tree_text(queue, "name")),
            .fifo = tree_is_true(queue, "fifo"),
            .visibility_seconds = number_or_unknown(queue, "visibilityTimeout"),
            .retention_seconds = number_or_unknown(queue, "messageRetentionPeriod"),
            .redrives = dead_letter.length > 0,
            .dead_letter = arena_copy(model->arena, dead_letter),
            .receive_count_max = number_or_unknown(queue, "maxReceiveCount"),
        };
    }
}

static void take_mappings(struct lint_model *model, const cJSON *mappings, const cJSON *functions)
{
    const cJSON *mapping;
    cJSON_ArrayForEach(mapping, mappings)
    {
        if (model->mapping_count == LINT_MAX)
            return;
        struct text function = tree_text(mapping, "function");
        struct lint_mapping *taken = &model->mappings[model->mapping_count++];
        *taken = (struct lint_mapping){
            .queue = arena_copy(model->arena, tree_text(mapping, "queue")),
            .function = arena_copy(model->arena, function),
            .timeout_seconds = LINT_UNKNOWN,
            .reserved_concurrency = LINT_UNKNOWN,
            .maximum_concurrency = number_or_unknown(mapping, "maximumConcurrency"),
            .batch_size = number_or_unknown(mapping, "batchSize"),
            .window_seconds = number_or_unknown(mapping, "batchingWindow"),
            .reports = tree_is_true(mapping, "reportBatchItemFailures"),
        };
        taken->name = arena_print(model->arena, "%.*s to %.*s", TEXT_ARGUMENTS(taken->queue),
                                  TEXT_ARGUMENTS(taken->function));
        const cJSON *candidate;
        cJSON_ArrayForEach(candidate, functions)
        {
            if (!text_equal(tree_text(candidate, "name"), function))
                continue;
            taken->timeout_seconds = number_or_unknown(candidate, "timeout");
            taken->reserved_concurrency = number_or_unknown(candidate, "reservedConcurrency");
        }
    }
}

// How the function answered what this queue gave it, as far as the trace remembers.
static bool take_answers(struct client *client, struct lint_mapping *mapping)
{
    struct text name = client_parameter(client, "queue", mapping->queue.bytes);
    int64_t after = -1;
    bool more = true;
    while (more) {
        struct text path = arena_print(client_arena(client), "trace?%s&after=%lld&max=10000",
                                       name.bytes, (long long)after);
        cleanup(cJSON_Delete) cJSON *answer = client_get(client, path);
        if (answer == NULL)
            return false;
        const cJSON *point;
        cJSON_ArrayForEach(point, tree_member(answer, "points"))
        {
            struct text reason = tree_text(point, "reason");
            if (!text_equal(tree_text(point, "kind"), TEXT("invocation ended")) ||
                !text_starts_with(reason, mapping->function))
                continue;
            if (text_find(reason, TEXT("\"itemIdentifier\""), NULL))
                mapping->reported++;
            else if (text_find(reason, TEXT("failed with an error"), NULL))
                mapping->thrown++;
        }
        after = tree_integer(answer, "last");
        more = tree_is_true(answer, "more");
    }
    return true;
}

static bool read_endpoint(struct lint_model *model, const char *endpoint)
{
    cleanup(client_free) struct client *client = client_new(endpoint);
    cleanup(cJSON_Delete) cJSON *queues = client_get(client, TEXT("queues"));
    if (queues == NULL)
        return false;
    cleanup(cJSON_Delete) cJSON *mappings = client_get(client, TEXT("mappings"));
    cleanup(cJSON_Delete) cJSON *functions = client_get(client, TEXT("functions"));
    if (mappings == NULL || functions == NULL)
        return false;
    take_queues(model, tree_member(queues, "queues"));
    take_mappings(model, tree_member(mappings, "mappings"), tree_member(functions, "functions"));
    for (size_t i = 0; i < model->mapping_count; i++) {
        if (!take_answers(client, &model->mappings[i]))
            return false;
    }
    return true;
}

// ---- telling ----

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

struct format {
    const char *name;
    void (*tell)(const struct lint_model *model, const cJSON *findings);
};

static const struct format formats[] = {
    {"text", tell}, {"json", tell_in_json}, {"sarif", tell_in_sarif}};

static const struct format *format_of(const char *name)
{
    for (size_t i = 0; i < ROWS(formats); i++) {
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    }
    return NULL;
}

int command_lint(const struct command *command, int count, char **arguments)
{
    const char *endpoint = NULL;
    const char *format_name = "text";
    const struct argument rows[] = {
        {"--endpoint", ARGUMENT_STRING, &endpoint, "a URL"},
        {"--format", ARGUMENT_STRING, &format_name, "text, json or sarif"},
    };
    struct operands operands = {.most = 1};
    int status;
    if (!arguments_read(command, rows, ROWS(rows), &operands, count, arguments, &status))
        return status;
    const struct format *format = format_of(format_name);
    if (format == NULL)
        return usage_error("--format takes text, json or sarif, not \"%s\"", format_name);
    if ((operands.count == 1) == (endpoint != NULL))
        return usage_error("lint needs a template, a config or a scenario, or --endpoint URL");

    cleanup(arena_free) struct arena *arena = arena_new();
    struct lint_model *model = arena_allocate(arena, sizeof(*model));
    model->arena = arena;
    model->file = endpoint != NULL ? endpoint : operands.items[0];
    struct text reason = {0};
    if (endpoint != NULL && !read_endpoint(model, endpoint))
        return STATUS_FAILED;
    if (endpoint == NULL && !lint_read_file(model, operands.items[0], &reason))
        return usage_error("%.*s", TEXT_ARGUMENTS(reason));
    cleanup(cJSON_Delete) cJSON *findings = cJSON_CreateArray();
    lint_judge(model, findings);
    format->tell(model, findings);
    bool clean = count_of(findings, "error") + count_of(findings, "warning") == 0;
    return clean ? STATUS_OK : STATUS_FAILED;
}
