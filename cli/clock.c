// clock -- moving the clock of a running emulator, and waiting for what it sets in motion.
#include "cli/client.h"
#include "cli/command.h"
#include "cli/table.h"
#include "emulator/emulator.h"

#include <stdio.h>
#include <string.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static void print_next(const cJSON *state)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    struct text next = tree_text(state, "nextMotive");
    if (next.length == 0) {
        puts("next   nothing is due that would set anything in motion");
        return;
    }
    struct text away =
        duration_format(arena, tree_integer(state, "nextMotiveMs") - tree_integer(state, "nowMs"));
    printf("next   %s, in %s\n", next.bytes, away.bytes);
}

static void print_state(const cJSON *state)
{
    printf("now    %s\n", tree_text(state, "now").bytes);
    printf("clock  %s\n", tree_text(state, "mode").bytes);
    if (tree_is_true(state, "quiet"))
        puts("quiet  yes");
    else
        printf("quiet  no: %s\n", tree_text(state, "obstacle").bytes);
    print_next(state);
}

static int print_answer(const cJSON *answer, bool json)
{
    if (json) {
        char *text = cJSON_Print(answer);
        puts(text);
        cJSON_free(text);
    } else {
        print_state(answer);
    }
    struct text stopped = tree_text(answer, "stopped");
    if (stopped.length == 0 || text_equal(stopped, TEXT("arrived")))
        return STATUS_OK;
    struct text reason = tree_text(answer, "reason");
    return failure("%s", reason.length > 0 ? reason.bytes : "the world is not idle yet");
}

// The body of POST clock for what was typed. NULL after a usage error was told.
static cJSON *clock_command_of(const struct operands *operands, const char *run_max)
{
    const char *word = operands->items[0];
    cJSON *tree = tree_new();
    bool alone = operands->count == 1;
    if (strcmp(word, "advance") == 0) {
        int64_t ms;
        if (operands->count == 2 && duration_parse(text_of(operands->items[1]), &ms)) {
            cJSON_AddStringToObject(tree, "advance", operands->items[1]);
            return tree;
        }
        usage_error("clock advance needs a duration such as 30s or 15m");
    } else if (alone && strcmp(word, "run") == 0) {
        cJSON_AddStringToObject(tree, "run", "idle");
        if (run_max != NULL)
            cJSON_AddStringToObject(tree, "max", run_max);
        return tree;
    } else if (alone && (strcmp(word, "real") == 0 || strcmp(word, "manual") == 0 ||
                         strcmp(word, "leap") == 0)) {
        cJSON_AddStringToObject(tree, "mode", word);
        return tree;
    } else {
        static const char *const words[] = {"advance", "run", "real", "manual", "leap"};
        const char *meant = nearest(word, words, ROWS(words));
        if (meant != NULL && strcmp(word, meant) == 0)
            usage_error("clock %s does not take '%s'", word, operands->items[1]);
        else
            usage_error("clock does not know '%s'%s%s%s", word,
                        meant == NULL ? "" : "; did you mean '", meant == NULL ? "" : meant,
                        meant == NULL ? "" : "'?");
    }
    cJSON_Delete(tree);
    return NULL;
}

int command_clock(const struct command *command, int count, char **arguments)
{
    const char *endpoint = NULL;
    const char *run_max = NULL;
    bool until_idle = false;
    bool json = false;
    const struct argument rows[] = {
        {"--until-idle", ARGUMENT_FLAG, &until_idle, NULL},
        {"--max", ARGUMENT_STRING, &run_max, "a duration such as 24h"},
        {"--endpoint", ARGUMENT_STRING, &endpoint, "a URL"},
        {"--json", ARGUMENT_FLAG, &json, NULL},
    };
    struct operands operands = {.most = 2};
    int status;
    if (!arguments_read(command, rows, ROWS(rows), &operands, count, arguments, &status))
        return status;
    bool runs = operands.count > 0 && strcmp(operands.items[0], "run") == 0;
    if ((until_idle || run_max != NULL) && !runs)
        return usage_error("--until-idle and --max belong to clock run");

    cJSON *input = NULL;
    if (operands.count > 0 && (input = clock_command_of(&operands, run_max)) == NULL)
        return STATUS_USAGE;
    cleanup(client_free) struct client *client = client_new(endpoint);
    cleanup(cJSON_Delete) cJSON *answer = input == NULL ? client_get(client, TEXT("clock"))
                                                        : client_post(client, TEXT("clock"), input);
    return answer == NULL ? STATUS_FAILED : print_answer(answer, json);
}

int command_wait(const struct command *command, int count, char **arguments)
{
    const char *endpoint = NULL;
    const char *queue = NULL;
    const char *timeout = "10s";
    bool empty = false;
    bool until_idle = false;
    const struct argument rows[] = {
        {"--queue", ARGUMENT_STRING, &queue, "the name of a queue"},
        {"--empty", ARGUMENT_FLAG, &empty, NULL},
        {"--until-idle", ARGUMENT_FLAG, &until_idle, NULL},
        {"--timeout", ARGUMENT_STRING, &timeout, "a duration such as 10s"},
        {"--endpoint", ARGUMENT_STRING, &endpoint, "a URL"},
    };
    struct operands operands = {.most = 0};
    int status;
    int64_t ms;
    if (!arguments_read(command, rows, ROWS(rows), &operands, count, arguments, &status))
        return status;
    if (until_idle == (queue != NULL))
        return usage_error("wait needs --queue NAME --empty, or --until-idle");
    if (!duration_parse(text_of(timeout), &ms))
        return usage_error("--timeout takes a duration such as 10s, not \"%s\"", timeout);

    cleanup(client_free) struct client *client = client_new(endpoint);
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "until", until_idle ? "idle" : "empty");
    if (queue != NULL)
        cJSON_AddStringToObject(input, "queue", queue);
    cJSON_AddStringToObject(input, "timeout", timeout);
    cleanup(cJSON_Delete) cJSON *answer = client_post(client, TEXT("wait"), input);
    if (answer == NULL)
        return STATUS_FAILED;
    if (tree_is_true(answer, "reached"))
        return STATUS_OK;
    struct text obstacle = tree_text(answer, "obstacle");
    if (queue != NULL)
        return failure("%s is not empty after %s; redrive peek %s shows what is in it", queue,
                       timeout, queue);
    if (obstacle.length > 0)
        return failure("the world is not idle after %s: %s", timeout, obstacle.bytes);
    return failure("the world is not idle after %s: something is due at %s", timeout,
                   tree_text(answer, "nextMotive").bytes);
}
