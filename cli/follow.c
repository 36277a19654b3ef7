// follow -- the trace as it grows, a line for each point: redrive trace --follow.
//
// The stream of events is read line by line as it comes. Columns have fixed widths, because what follows is
// not known; a reason is as long as it is. What was lost on the way is said on standard error.
#include "cli/follow.h"

#include "cli/command.h"
#include "cli/table.h"
#include "emulator/emulator.h"

#include <stdio.h>

#define TIME_AT 11 // of 2026-01-01T00:00:00.000Z
#define TIME_BYTES 12
#define KIND_COLUMNS 18
#define ID_BYTES_SHOWN 8

struct follow {
    struct paper paper;
    bool json;
    size_t left;        // points still to be told
    struct buffer rest; // the beginning of a line whose end has not come yet
    struct text event;  // of the lines so far: a literal, or empty for a point
};

static void say_padded(const struct follow *follow, enum tone tone, struct text text, int columns)
{
    paper_say(&follow->paper, tone, text);
    int missing = columns - (int)text_columns(text);
    fprintf(follow->paper.out, "%*s", missing > 0 ? missing : 0, "");
}

static void print_point(const struct follow *follow, const cJSON *point)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    struct text at = tree_text(point, "at");
    struct text kind = tree_text(point, "kind");
    int64_t receive_count = tree_integer(point, "receiveCount");
    say_padded(follow, TONE_FAINT, text_head(text_skip(at, TIME_AT), TIME_BYTES), TIME_BYTES + 2);
    say_padded(follow, TONE_FAINT, text_head(tree_text(point, "messageId"), ID_BYTES_SHOWN),
               ID_BYTES_SHOWN + 2);
    say_padded(follow, kind_tone(kind), kind, KIND_COLUMNS);
    paper_say(&follow->paper, TONE_PLAIN, tree_text(point, "queue"));
    if (receive_count > 0)
        fprintf(follow->paper.out, "  receive %lld", (long long)receive_count);
    struct text reason = point_reason(arena, point);
    if (reason.length > 0) {
        fputs("  ", follow->paper.out);
        paper_say(&follow->paper, TONE_PLAIN, visible_copy(arena, reason));
    }
    fputc('\n', follow->paper.out);
}

static void take_data(struct follow *follow, struct text data)
{
    cleanup(cJSON_Delete) cJSON *tree = cJSON_ParseWithLength(data.bytes, data.length);
    if (text_equal(follow->event, TEXT("gap"))) {
        fprintf(stderr,
                "redrive: %lld points were overwritten before they could be told "
                "(serve --trace-max keeps more)\n",
                (long long)tree_integer(tree, "lost"));
    } else if (text_equal(follow->event, TEXT("reset"))) {
        fputs("redrive: the world was reset, and points are numbered anew\n", stderr);
    } else if (text_equal(follow->event, TEXT("end"))) {
        fputs("redrive: the emulator has ended\n", stderr);
    } else {
        if (follow->json)
            printf("%.*s\n", TEXT_ARGUMENTS(data));
        else
            print_point(follow, tree);
        follow->left--;
        fflush(stdout);
    }
    follow->event = (struct text){0};
}

static void take_line(struct follow *follow, struct text line)
{
    static const struct text events[] = {TEXT("gap"), TEXT("reset"), TEXT("end")};
    if (text_starts_with(line, TEXT("data: "))) {
        take_data(follow, text_skip(line, strlen("data: ")));
        return;
    }
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        if (text_starts_with(line, TEXT("event: ")) &&
            text_equal(text_skip(line, strlen("event: ")), events[i]))
            follow->event = events[i];
    }
}

static bool take_bytes(void *context, struct text bytes)
{
    struct follow *follow = context;
    struct text line;
    while (follow->left > 0 && text_cut(bytes, '\n', &line, &bytes)) {
        buffer_append(&follow->rest, line);
        take_line(follow, buffer_text(&follow->rest));
        buffer_clear(&follow->rest);
    }
    buffer_append(&follow->rest, bytes);
    return follow->left > 0;
}

int follow_events(struct client *client, struct text path, size_t points_max, bool json)
{
    struct follow follow = {.paper = paper_of(stdout), .json = json, .left = points_max};
    bool came = client_stream(client, path, take_bytes, &follow);
    buffer_deinit(&follow.rest);
    return came ? STATUS_OK : STATUS_FAILED;
}
