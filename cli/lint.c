// lint -- what is likely to go wrong, before it does: redrive lint FILE | --endpoint URL.
//
//     file (template, scenario, config) --.
//                                          >-- lint_model --> lint_rules --> lint_report: text, JSON, SARIF, JUnit
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

// ---- the command ----

int command_lint(const struct command *command, int count, char **arguments)
{
    const char *endpoint = NULL;
    const char *format_name = "text";
    const struct argument rows[] = {
        {"--endpoint", ARGUMENT_STRING, &endpoint, "a URL"},
        {"--format", ARGUMENT_STRING, &format_name, "text, json, sarif or junit"},
    };
    struct operands operands = {.most = 1};
    int status;
    if (!arguments_read(command, rows, ROWS(rows), &operands, count, arguments, &status))
        return status;
    const struct lint_format *format = lint_format_of(format_name);
    if (format == NULL)
        return usage_error("--format takes text, json, sarif or junit, not \"%s\"", format_name);
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
    return lint_is_clean(findings) ? STATUS_OK : STATUS_FAILED;
}
