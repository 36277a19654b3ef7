// story -- what happened to a message, or in a queue, as a table: redrive trace.
//
// The trace numbers its points, and an answer holds a thousand of them at most; so the story is fetched
// in pieces, each beginning behind the last number of the one before.
#include "cli/client.h"
#include "cli/command.h"
#include "cli/table.h"
#include "emulator/emulator.h"

#include <stdio.h>
#include <string.h>

#define INSTANT_BYTES 24
#define TIME_AT 11 // of 2026-01-01T00:00:00.000Z
#define TIME_BYTES 12
#define POINTS_OF_QUEUE_DEFAULT 200

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

struct story {
    struct table *table;
    struct arena *arena;
    bool of_queue;
    int64_t first_at_ms; // -1 until the first point
    size_t left;
    struct text first_instant;
};

static struct text time_of(struct text instant)
{
    return instant.length == INSTANT_BYTES ? text_from(instant.bytes + TIME_AT, TIME_BYTES)
                                           : instant;
}

static enum tone tone_of(struct text kind)
{
    static const struct {
        struct text kind;
        enum tone tone;
    } tones[] = {
        {TEXT("deleted"), TONE_GOOD},   {TEXT("dead-lettered"), TONE_BAD},
        {TEXT("expired"), TONE_BAD},    {TEXT("visible again"), TONE_WARN},
        {TEXT("throttled"), TONE_WARN}, {TEXT("abandoned"), TONE_WARN},
        {TEXT("purged"), TONE_BAD},     {TEXT("queue deleted"), TONE_BAD},
    };
    for (size_t i = 0; i < ROWS(tones); i++) {
        if (text_equal(tones[i].kind, kind))
            return tones[i].tone;
    }
    return TONE_PLAIN;
}

// "client", or "mapping 1a2b3c4d" for a UUID.
static struct text actor_words(struct arena *arena, struct text actor)
{
    if (actor.length != 36)
        return actor;
    return arena_print(arena, "mapping %.8s", actor.bytes);
}

static struct text reason_words(struct arena *arena, const cJSON *point)
{
    struct text reason = tree_text(point, "reason");
    struct text other = tree_text(point, "other");
    if (other.length == 0)
        return reason;
    if (reason.length == 0)
        return arena_print(arena, "to %.*s", TEXT_ARGUMENTS(other));
    return arena_print(arena, "to %.*s: %.*s", TEXT_ARGUMENTS(other), TEXT_ARGUMENTS(reason));
}

static void add_point(struct story *story, const cJSON *point)
{
    int64_t at_ms = tree_integer(point, "atMs");
    if (story->first_at_ms < 0) {
        story->first_at_ms = at_ms;
        story->first_instant = arena_copy(story->arena, tree_text(point, "at"));
    }
    struct text offset = duration_format(story->arena, at_ms - story->first_at_ms);
    struct text kind = tree_text(point, "kind");
    int64_t receive_count = tree_integer(point, "receiveCount");

    table_cell(story->table, TONE_PLAIN, time_of(tree_text(point, "at")));
    table_print_cell(story->table, TONE_FAINT, "+%.*s", TEXT_ARGUMENTS(offset));
    if (story->of_queue)
        table_cell(story->table, TONE_FAINT, text_head(tree_text(point, "messageId"), 8));
    table_cell(story->table, tone_of(kind), kind);
    if (receive_count > 0)
        table_print_cell(story->table, TONE_PLAIN, "%lld", (long long)receive_count);
    else
        table_cell(story->table, TONE_PLAIN, (struct text){0});
    table_cell(story->table, TONE_PLAIN, time_of(tree_text(point, "until")));
    table_cell(story->table, TONE_PLAIN, actor_words(story->arena, tree_text(point, "actor")));
    table_cell(story->table, TONE_PLAIN, reason_words(story->arena, point));
}

// Fetches piece after piece; prints points as JSON lines, or collects them in the table. False after a failure was told.
static bool fetch(struct client *client, struct text path, bool json, struct story *story,
                  int64_t *ret_overwritten)
{
    int64_t after = -1;
    bool more = true;
    while (more && story->left > 0) {
        struct text piece = arena_print(client_arena(client), "%.*s&after=%lld",
                                        TEXT_ARGUMENTS(path), (long long)after);
        cleanup(cJSON_Delete) cJSON *answer = client_get(client, piece);
        if (answer == NULL)
            return false;
        const cJSON *point;
        cJSON_ArrayForEach(point, tree_member(answer, "points"))
        {
            if (story->left == 0)
                break;
            story->left--;
            if (json) {
                char *line = cJSON_PrintUnformatted(point);
                puts(line);
                cJSON_free(line);
            } else {
                add_point(story, point);
            }
        }
        after = tree_integer(answer, "last");
        more = tree_is_true(answer, "more");
        *ret_overwritten = tree_integer(answer, "overwritten");
    }
    return true;
}

static int print_story(const struct story *story, const char *subject, int64_t overwritten)
{
    struct paper paper = paper_of(stdout);
    if (table_row_count(story->table) == 0) {
        if (overwritten > 0)
            return failure("nothing is remembered of %s; %lld older points were overwritten "
                           "(serve --trace-max keeps more)",
                           subject, (long long)overwritten);
        return failure("nothing is remembered of %s", subject);
    }
    printf("%s, from %s\n\n", subject, story->first_instant.bytes);
    table_print(story->table, &paper);
    if (story->left == 0)
        puts("\n... and perhaps more: --max N shows more points");
    if (overwritten > 0)
        printf("\n%lld older points of all queues were overwritten\n", (long long)overwritten);
    return STATUS_OK;
}

int command_trace(const struct command *command, int count, char **arguments)
{
    static const struct table_column columns[] = {
        {"when", false, false}, {"after", true, false},    {"message", false, false},
        {"what", false, false}, {"receives", true, false}, {"until", false, false},
        {"who", false, false},  {"reason", false, true},
    };
    static const struct table_column columns_of_message[] = {
        {"when", false, false},    {"after", true, false},  {"what", false, false},
        {"receives", true, false}, {"until", false, false}, {"who", false, false},
        {"reason", false, true},
    };
    const char *endpoint = NULL;
    const char *queue = NULL;
    int64_t points_max = 0;
    bool json = false;
    const struct argument rows[] = {
        {"--queue", ARGUMENT_STRING, &queue, "the name of a queue"},
        {"--max", ARGUMENT_INTEGER, &points_max, "a number of points"},
        {"--endpoint", ARGUMENT_STRING, &endpoint, "a URL"},
        {"--json", ARGUMENT_FLAG, &json, NULL},
    };
    struct operands operands = {.most = 1};
    int status;
    if (!arguments_read(command, rows, ROWS(rows), &operands, count, arguments, &status))
        return status;
    if ((operands.count == 1) == (queue != NULL))
        return usage_error("trace needs a message id, or --queue NAME");

    cleanup(client_free) struct client *client = client_new(endpoint);
    struct arena *arena = client_arena(client);
    struct text path = queue != NULL ? arena_print(arena, "trace?%s",
                                                   client_parameter(client, "queue", queue).bytes)
                                     : arena_print(arena, "trace/%s?max=1000", operands.items[0]);
    cleanup(table_free) struct table *table =
        queue != NULL ? table_new(columns, ROWS(columns))
                      : table_new(columns_of_message, ROWS(columns_of_message));
    size_t limit = points_max > 0           ? (size_t)points_max
                   : queue != NULL && !json ? POINTS_OF_QUEUE_DEFAULT
                                            : SIZE_MAX;
    struct story story = {.table = table,
                          .arena = arena,
                          .of_queue = queue != NULL,
                          .first_at_ms = -1,
                          .left = limit};
    int64_t overwritten = 0;
    if (!fetch(client, path, json, &story, &overwritten))
        return STATUS_FAILED;
    struct text subject = queue != NULL ? arena_print(arena, "queue %s", queue)
                                        : arena_print(arena, "message %s", operands.items[0]);
    return json ? STATUS_OK : print_story(&story, subject.bytes, overwritten);
}
