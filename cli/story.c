// story -- what happened to a message, or in a queue, as a table: redrive trace.
//
// The trace numbers its points, and an answer holds a thousand of them at most; so the story is fetched
// in pieces, each beginning behind the last number of the one before.
#include "cli/client.h"
#include "cli/command.h"
#include "cli/follow.h"
#include "cli/table.h"
#include "emulator/emulator.h"

#include <stdio.h>
#include <string.h>

#define INSTANT_BYTES 24
#define TIME_AT 11 // of 2026-01-01T00:00:00.000Z
#define TIME_BYTES 12
#define POINTS_OF_QUEUE_DEFAULT 200
#define COLUMNS_MAX 9
#define WIDTH_WITH_TIME 100
#define OUTPUTS_SHOWN_MAX 8
#define OUTPUT_SHOWN_BYTES_MAX 2048

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

struct story {
    struct table *table;
    struct arena *arena;
    bool of_queue;
    bool shows_time;     // of day; else the offset alone, where the paper is narrow
    int64_t first_at_ms; // -1 until the first point
    size_t left;
    struct text first_instant;
    struct text group; // of the message; empty: none
    cJSON *outputs;    // the points of the last invocations whose functions wrote something; owned
};

static struct text time_of(struct text instant)
{
    return instant.length == INSTANT_BYTES ? text_from(instant.bytes + TIME_AT, TIME_BYTES)
                                           : instant;
}

enum tone kind_tone(struct text kind)
{
    static const struct {
        struct text kind;
        enum tone tone;
    } tones[] = {
        {TEXT("deleted"), TONE_GOOD},   {TEXT("dead-lettered"), TONE_BAD},
        {TEXT("expired"), TONE_BAD},    {TEXT("visible again"), TONE_WARN},
        {TEXT("throttled"), TONE_WARN}, {TEXT("abandoned"), TONE_WARN},
        {TEXT("purged"), TONE_BAD},     {TEXT("queue deleted"), TONE_BAD},
        {TEXT("overtook"), TONE_BAD},   {TEXT("overtaken"), TONE_BAD},
    };
    for (size_t i = 0; i < ROWS(tones); i++) {
        if (text_equal(tones[i].kind, kind))
            return tones[i].tone;
    }
    return TONE_PLAIN;
}

// "client", or "mapping" instead of its UUID.
static struct text actor_words(struct text actor)
{
    return actor.length == 36 ? TEXT("mapping") : actor;
}

struct text point_reason(struct arena *arena, const cJSON *point)
{
    struct text kind = tree_text(point, "kind");
    struct text reason = tree_text(point, "reason");
    struct text other = tree_text(point, "other");
    // Elsewhere the other one is the function, which the reason names.
    if (!text_equal(kind, TEXT("dead-lettered")) && !text_equal(kind, TEXT("moved")))
        return reason;
    return arena_print(arena, "to %.*s%s%.*s", TEXT_ARGUMENTS(other), reason.length > 0 ? ": " : "",
                       TEXT_ARGUMENTS(reason));
}

// "+0:30.001": minutes and seconds since the first point; "+26:00:00.000" with hours when there are any.
static void offset_cell(struct story *story, enum tone tone, int64_t at_ms)
{
    int64_t offset_ms = at_ms - story->first_at_ms;
    int64_t seconds = offset_ms / 1000;
    int millis = (int)(offset_ms % 1000);
    if (offset_ms < 0)
        table_cell(story->table, tone, TEXT("before"));
    else if (seconds < 3600)
        table_print_cell(story->table, tone, "+%d:%02d.%03d", (int)(seconds / 60),
                         (int)(seconds % 60), millis);
    else
        table_print_cell(story->table, tone, "+%lld:%02d:%02d.%03d", (long long)(seconds / 3600),
                         (int)(seconds / 60 % 60), (int)(seconds % 60), millis);
}

static void keep_output(struct story *story, const cJSON *point)
{
    cJSON_AddItemToArray(story->outputs, cJSON_Duplicate(point, true));
    if (cJSON_GetArraySize(story->outputs) > OUTPUTS_SHOWN_MAX)
        cJSON_DeleteItemFromArray(story->outputs, 0);
}

static void add_point(struct story *story, const cJSON *point)
{
    int64_t at_ms = tree_integer(point, "atMs");
    if (tree_text(point, "output").length > 0)
        keep_output(story, point);
    if (story->first_at_ms < 0) {
        story->first_at_ms = at_ms;
        story->first_instant = arena_copy(story->arena, tree_text(point, "at"));
    }
    if (story->group.length == 0)
        story->group = arena_copy(story->arena, tree_text(point, "groupId"));
    struct text kind = tree_text(point, "kind");
    int64_t until_ms;
    int64_t receive_count = tree_integer(point, "receiveCount");

    if (story->shows_time)
        table_cell(story->table, TONE_PLAIN, time_of(tree_text(point, "at")));
    offset_cell(story, TONE_FAINT, at_ms);
    if (story->of_queue)
        table_cell(story->table, TONE_FAINT, text_head(tree_text(point, "messageId"), 8));
    if (story->of_queue)
        table_cell(story->table, TONE_FAINT, tree_text(point, "groupId"));
    table_cell(story->table, kind_tone(kind), kind);
    if (receive_count > 0)
        table_print_cell(story->table, TONE_PLAIN, "%lld", (long long)receive_count);
    else
        table_cell(story->table, TONE_PLAIN, (struct text){0});
    if (instant_parse(tree_text(point, "until"), &until_ms))
        offset_cell(story, TONE_PLAIN, until_ms);
    else
        table_cell(story->table, TONE_PLAIN, (struct text){0});
    table_cell(story->table, TONE_PLAIN, actor_words(tree_text(point, "actor")));
    table_cell(story->table, TONE_PLAIN, point_reason(story->arena, point));
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

// Behind the table, because it is as long as its writer liked.
static void print_outputs(const struct story *story, const struct paper *paper)
{
    const cJSON *point;
    cJSON_ArrayForEach(point, story->outputs)
    {
        printf("\nWHAT %s WROTE until %.*s, request %s\n", tree_text(point, "other").bytes,
               TEXT_ARGUMENTS(time_of(tree_text(point, "at"))),
               tree_text(point, "requestId").bytes);
        paper_written(paper, tree_text(point, "output"), OUTPUT_SHOWN_BYTES_MAX);
    }
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
    printf("%s, from %s", subject, story->first_instant.bytes);
    if (story->group.length > 0 && !story->of_queue)
        printf(", message group %s", story->group.bytes);
    fputs("\n\n", stdout);
    table_print(story->table, &paper);
    print_outputs(story, &paper);
    if (story->left == 0)
        puts("\n... and perhaps more: --max N shows more points");
    if (overwritten > 0)
        printf("\n%lld older points of all queues were overwritten\n", (long long)overwritten);
    return STATUS_OK;
}

// The columns in the order in which add_point() fills them; their number.
static size_t choose_columns(struct table_column ret_columns[COLUMNS_MAX], bool shows_time,
                             bool of_queue)
{
    static const struct table_column rest[] = {
        {"what", false, false}, {"count", true, false},  {"until", true, false},
        {"who", false, false},  {"reason", false, true},
    };
    size_t count = 0;
    if (shows_time)
        ret_columns[count++] = (struct table_column){"when", false, false};
    ret_columns[count++] = (struct table_column){"after", true, false};
    if (of_queue)
        ret_columns[count++] = (struct table_column){"message", false, false};
    if (of_queue)
        ret_columns[count++] = (struct table_column){"group", false, false};
    memcpy(ret_columns + count, rest, sizeof(rest));
    return count + ROWS(rest);
}

// A message is followed from its beginning, a queue or everything from now on.
static int follow(const char *endpoint, const char *message, const char *queue, int64_t points_max,
                  bool json)
{
    cleanup(client_free) struct client *client = client_new(endpoint);
    struct text path = TEXT("events");
    if (message != NULL)
        path = arena_print(client_arena(client), "events?after=-1&%s",
                           client_parameter(client, "message", message).bytes);
    else if (queue != NULL)
        path = arena_print(client_arena(client), "events?%s",
                           client_parameter(client, "queue", queue).bytes);
    return follow_events(client, path, points_max > 0 ? (size_t)points_max : SIZE_MAX, json);
}

int command_trace(const struct command *command, int count, char **arguments)
{
    const char *endpoint = NULL;
    const char *queue = NULL;
    int64_t points_max = 0;
    bool json = false;
    bool follows = false;
    const struct argument rows[] = {
        {"--queue", ARGUMENT_STRING, &queue, "the name of a queue"},
        {"--max", ARGUMENT_INTEGER, &points_max, "a number of points"},
        {"--endpoint", ARGUMENT_STRING, &endpoint, "a URL"},
        {"--json", ARGUMENT_FLAG, &json, NULL},
        {"--follow", ARGUMENT_FLAG, &follows, NULL},
    };
    struct operands operands = {.most = 1};
    int status;
    if (!arguments_read(command, rows, ROWS(rows), &operands, count, arguments, &status))
        return status;
    const char *message = operands.count == 1 ? operands.items[0] : NULL;
    if (follows && (message == NULL || queue == NULL))
        return follow(endpoint, message, queue, points_max, json);
    if ((message != NULL) == (queue != NULL))
        return usage_error("trace needs a message id, or --queue NAME");

    cleanup(client_free) struct client *client = client_new(endpoint);
    struct arena *arena = client_arena(client);
    struct text path = queue != NULL ? arena_print(arena, "trace?%s",
                                                   client_parameter(client, "queue", queue).bytes)
                                     : arena_print(arena, "trace/%s?max=1000", operands.items[0]);
    struct paper paper = paper_of(stdout);
    bool shows_time = paper.width >= WIDTH_WITH_TIME;
    struct table_column columns[COLUMNS_MAX];
    cleanup(table_free) struct table *table =
        table_new(columns, choose_columns(columns, shows_time, queue != NULL));
    size_t limit = points_max > 0           ? (size_t)points_max
                   : queue != NULL && !json ? POINTS_OF_QUEUE_DEFAULT
                                            : SIZE_MAX;
    cleanup(cJSON_Delete) cJSON *outputs = cJSON_CreateArray();
    struct story story = {.table = table,
                          .outputs = outputs,
                          .arena = arena,
                          .of_queue = queue != NULL,
                          .shows_time = shows_time,
                          .first_at_ms = -1,
                          .left = limit};
    int64_t overwritten = 0;
    if (!fetch(client, path, json, &story, &overwritten))
        return STATUS_FAILED;
    struct text subject = queue != NULL ? arena_print(arena, "queue %s", queue)
                                        : arena_print(arena, "message %s", operands.items[0]);
    return json ? STATUS_OK : print_story(&story, subject.bytes, overwritten);
}
