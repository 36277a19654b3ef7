// show -- queues, mappings, functions, and the messages of a queue without receiving them.
//
// Each asks one path of the admin API and prints a table, or with --json the answer as it came.
#include "cli/client.h"
#include "cli/command.h"
#include "cli/table.h"
#include "emulator/emulator.h"

#include <stdio.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

struct shown {
    const char *endpoint;
    bool json;
};

static void print_tree(const cJSON *tree)
{
    char *text = cJSON_Print(tree);
    puts(text);
    cJSON_free(text);
}

// Reads --endpoint and --json; then the answer of the path. NULL: the command ends with *ret_status.
static cJSON *ask(const struct command *command, int count, char **arguments, const char *path,
                  struct shown *ret_shown, int *ret_status)
{
    const struct argument rows[] = {
        {"--endpoint", ARGUMENT_STRING, &ret_shown->endpoint, "a URL"},
        {"--json", ARGUMENT_FLAG, &ret_shown->json, NULL},
    };
    struct operands operands = {.most = 0};
    if (!arguments_read(command, rows, ROWS(rows), &operands, count, arguments, ret_status))
        return NULL;
    cleanup(client_free) struct client *client = client_new(ret_shown->endpoint);
    *ret_status = STATUS_FAILED;
    return client_get(client, text_of(path));
}

// Prints the table, or a sentence instead of an empty one.
static int print_table(const struct table *table, const char *sentence_if_empty)
{
    struct paper paper = paper_of(stdout);
    if (table_row_count(table) > 0)
        table_print(table, &paper);
    else
        puts(sentence_if_empty);
    return STATUS_OK;
}

static void count_cell(struct table *table, enum tone tone, int64_t count)
{
    table_print_cell(table, count == 0 ? TONE_FAINT : tone, "%lld", (long long)count);
}

static void seconds_cell(struct table *table, int64_t seconds)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    table_cell(table, TONE_PLAIN, duration_format(arena, seconds * 1000));
}

int command_queues(const struct command *command, int count, char **arguments)
{
    static const struct table_column columns[] = {
        {"queue", false, false},   {"visible", true, false},    {"in flight", true, false},
        {"delayed", true, false},  {"visibility", true, false}, {"dead-letter queue", false, false},
        {"receives", true, false},
    };
    struct shown shown = {0};
    int status;
    cleanup(cJSON_Delete) cJSON *answer = ask(command, count, arguments, "queues", &shown, &status);
    if (answer == NULL)
        return status;
    if (shown.json) {
        print_tree(answer);
        return STATUS_OK;
    }
    cleanup(table_free) struct table *table = table_new(columns, ROWS(columns));
    const cJSON *queue;
    cJSON_ArrayForEach(queue, tree_member(answer, "queues"))
    {
        int64_t receives_max = tree_integer(queue, "maxReceiveCount");
        table_cell(table, TONE_PLAIN, tree_text(queue, "name"));
        count_cell(table, TONE_PLAIN, tree_integer(queue, "visible"));
        count_cell(table, TONE_PLAIN, tree_integer(queue, "inFlight"));
        count_cell(table, TONE_PLAIN, tree_integer(queue, "delayed"));
        seconds_cell(table, tree_integer(queue, "visibilityTimeout"));
        if (receives_max > 0) {
            table_cell(table, TONE_PLAIN, tree_text(queue, "deadLetterQueue"));
            table_print_cell(table, TONE_PLAIN, "%lld", (long long)receives_max);
        } else {
            table_cell(table, TONE_FAINT, TEXT("none"));
            table_cell(table, TONE_FAINT, TEXT("-"));
        }
    }
    return print_table(table, "There are no queues yet.");
}

int command_mappings(const struct command *command, int count, char **arguments)
{
    static const struct table_column columns[] = {
        {"mapping", false, false}, {"queue", false, false}, {"function", false, false},
        {"state", false, false},   {"batch", true, false},  {"reporting", false, false},
    };
    struct shown shown = {0};
    int status;
    cleanup(cJSON_Delete) cJSON *answer =
        ask(command, count, arguments, "mappings", &shown, &status);
    if (answer == NULL)
        return status;
    if (shown.json) {
        print_tree(answer);
        return STATUS_OK;
    }
    cleanup(table_free) struct table *table = table_new(columns, ROWS(columns));
    const cJSON *mapping;
    cJSON_ArrayForEach(mapping, tree_member(answer, "mappings"))
    {
        bool reports = tree_is_true(mapping, "reportBatchItemFailures");
        bool enabled = text_equal(tree_text(mapping, "state"), TEXT("Enabled"));
        table_cell(table, TONE_FAINT, tree_text(mapping, "uuid"));
        table_cell(table, TONE_PLAIN, tree_text(mapping, "queue"));
        table_cell(table, TONE_PLAIN, tree_text(mapping, "function"));
        table_cell(table, enabled ? TONE_GOOD : TONE_WARN, tree_text(mapping, "state"));
        count_cell(table, TONE_PLAIN, tree_integer(mapping, "batchSize"));
        table_cell(table, reports ? TONE_GOOD : TONE_WARN, reports ? TEXT("yes") : TEXT("no"));
    }
    return print_table(table, "There are no event source mappings yet.");
}

// A row for a name behind the function's: what it means, and nothing of what is the function's alone.
static void qualifier_row(struct table *table, struct text function, struct text qualifier,
                          const char *meaning, struct text detail)
{
    table_print_cell(table, TONE_PLAIN, "%.*s:%.*s", TEXT_ARGUMENTS(function),
                     TEXT_ARGUMENTS(qualifier));
    table_print_cell(table, TONE_FAINT, "%s%.*s", meaning, TEXT_ARGUMENTS(detail));
    for (size_t cell = 0; cell < 3; cell++)
        table_cell(table, TONE_FAINT, TEXT("-"));
}

static void qualifier_rows(struct table *table, const cJSON *function)
{
    struct text name = tree_text(function, "name");
    const cJSON *entry;
    cJSON_ArrayForEach(entry, tree_member(function, "versions"))
    {
        qualifier_row(table, name, text_of(entry->valuestring),
                      "a version: runs what the function runs", TEXT(""));
    }
    cJSON_ArrayForEach(entry, tree_member(function, "aliases"))
    {
        qualifier_row(table, name, tree_text(entry, "name"), "an alias of version ",
                      tree_text(entry, "version"));
    }
}

int command_functions(const struct command *command, int count, char **arguments)
{
    static const struct table_column columns[] = {
        {"function", false, false}, {"target", false, true},    {"timeout", true, false},
        {"running", true, false},   {"declared", false, false},
    };
    struct shown shown = {0};
    int status;
    cleanup(cJSON_Delete) cJSON *answer =
        ask(command, count, arguments, "functions", &shown, &status);
    if (answer == NULL)
        return status;
    if (shown.json) {
        print_tree(answer);
        return STATUS_OK;
    }
    cleanup(table_free) struct table *table = table_new(columns, ROWS(columns));
    const cJSON *function;
    cJSON_ArrayForEach(function, tree_member(answer, "functions"))
    {
        table_cell(table, TONE_PLAIN, tree_text(function, "name"));
        table_cell(table, TONE_PLAIN, tree_text(function, "target"));
        seconds_cell(table, tree_integer(function, "timeout"));
        count_cell(table, TONE_GOOD, tree_integer(function, "running"));
        table_cell(table, TONE_PLAIN,
                   tree_is_true(function, "declared") ? TEXT("at start")
                                                      : TEXT("by CreateFunction"));
        qualifier_rows(table, function);
    }
    return print_table(table, "There are no functions: declare one with redrive serve "
                              "--function NAME=http://host:port/path");
}

// ---- peek ----

static void message_row(struct table *table, const cJSON *message)
{
    struct text phase = tree_text(message, "phase");
    struct text until = tree_text(message, "availableAt");
    bool visible = text_equal(phase, TEXT("visible"));
    table_cell(table, TONE_FAINT, tree_text(message, "messageId"));
    table_cell(table, visible ? TONE_GOOD : TONE_WARN, phase);
    count_cell(table, TONE_PLAIN, tree_integer(message, "receiveCount"));
    // The time of day is enough beside a phase: a lease lasts 12 hours at most.
    table_cell(table, TONE_PLAIN,
               visible || until.length < 23 ? TEXT("now")
                                            : text_from(until.bytes + strlen("2026-01-01T"), 12));
    table_cell(table, TONE_PLAIN, text_head(tree_text(message, "body"), 400));
}

int command_peek(const struct command *command, int count, char **arguments)
{
    static const struct table_column columns[] = {
        {"message", false, false},      {"phase", false, false}, {"count", true, false},
        {"available at", false, false}, {"body", false, false},
    };
    struct shown shown = {0};
    int64_t messages_max = 50;
    const struct argument rows[] = {
        {"--endpoint", ARGUMENT_STRING, &shown.endpoint, "a URL"},
        {"--max", ARGUMENT_INTEGER, &messages_max, "a number of messages"},
        {"--json", ARGUMENT_FLAG, &shown.json, NULL},
    };
    struct operands operands = {.most = 1};
    int status;
    if (!arguments_read(command, rows, ROWS(rows), &operands, count, arguments, &status))
        return status;
    if (operands.count == 0)
        return usage_error("peek needs the name of a queue; redrive queues lists them");

    cleanup(client_free) struct client *client = client_new(shown.endpoint);
    struct text path =
        arena_print(client_arena(client), "messages?max=%lld&%s", (long long)messages_max,
                    client_parameter(client, "queue", operands.items[0]).bytes);
    cleanup(cJSON_Delete) cJSON *answer = client_get(client, path);
    if (answer == NULL)
        return STATUS_FAILED;
    if (shown.json) {
        print_tree(answer);
        return STATUS_OK;
    }
    cleanup(table_free) struct table *table = table_new(columns, ROWS(columns));
    const cJSON *message;
    cJSON_ArrayForEach(message, tree_member(answer, "messages")) message_row(table, message);
    print_table(table, "The queue is empty.");
    int64_t hidden = tree_integer(answer, "present") - (int64_t)table_row_count(table);
    if (hidden > 0)
        printf("... and %lld more (--max N shows more)\n", (long long)hidden);
    return STATUS_OK;
}
