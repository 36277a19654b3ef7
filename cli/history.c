// history -- the trace, kept whole.
//
// The trace is a ring: whoever wants everything reads it often enough. A scenario reads it after each
// step. Texts repeat (a queue's name, a reason), so each is kept once.
//
// A message that a move task moves goes on under a new id (S-214): for a scenario it is the
// same message. The trace tells the new one's "sent" first, then the old one's "moved" with the new id
// at the end of its reason; there the two become one.
#include "cli/history.h"

#include "cli/tree.h"

#include "cli/inside.h"

#include <assert.h>
#include <stdio.h>

#define ID_BYTES 36
#define PIECE "10000"

struct history_id {
    char id[ID_BYTES];
    int message;
};

struct history {
    struct emulator *emulator;
    struct arena *arena;
    struct text_map texts; // every text that a point holds, to its struct text
    struct text_map ids;   // to struct history_id
    struct text_map names; // the same
    struct history_point *points;
    size_t point_count;
    size_t point_capacity;
    struct history_message *messages;
    size_t message_count;
    size_t message_capacity;
    int64_t read_to; // number of the last point
};

struct history *history_new(struct emulator *emulator)
{
    struct history *history = allocate(sizeof(*history));
    history->emulator = emulator;
    history->arena = arena_new();
    history->read_to = -1;
    return history;
}

struct history *history_free(struct history *history)
{
    if (history == NULL)
        return NULL;
    text_map_deinit(&history->texts);
    text_map_deinit(&history->ids);
    text_map_deinit(&history->names);
    arena_free(history->arena);
    free(history->points);
    free(history->messages);
    free(history);
    return NULL;
}

// ---- messages ----

static int find(const struct text_map *map, struct text key)
{
    const struct history_id *found = text_map_find(map, key);
    return found == NULL ? -1 : found->message;
}

int history_find_id(const struct history *history, struct text message_id)
{
    return find(&history->ids, message_id);
}

int history_find_name(const struct history *history, struct text name)
{
    return find(&history->names, name);
}

static struct history_id *id_new(struct history *history, struct text message_id)
{
    if (history->message_count == history->message_capacity) {
        history->message_capacity = history->message_capacity * 2 + 64;
        history->messages =
            reallocate(history->messages, history->message_capacity * sizeof(history->messages[0]));
    }
    struct history_id *id = arena_allocate(history->arena, sizeof(*id));
    memcpy(id->id, message_id.bytes, ID_BYTES);
    id->message = (int)history->message_count;
    history->messages[history->message_count++] = (struct history_message){.first = -1, .last = -1};
    text_map_insert(&history->ids, text_from(id->id, ID_BYTES), id);
    return id;
}

// The message with this id, which may be new; -1 for what is no id.
static int message_of(struct history *history, struct text message_id)
{
    if (message_id.length != ID_BYTES)
        return -1;
    const struct history_id *id = text_map_find(&history->ids, message_id);
    if (id == NULL)
        id = id_new(history, message_id);
    return id->message;
}

int history_name(struct history *history, struct text message_id, struct text name,
                 struct text group)
{
    int number = message_of(history, message_id);
    assert(number >= 0);
    struct history_message *message = &history->messages[number];
    name = arena_copy(history->arena, name);
    if (name.length > 0 && text_map_find(&history->names, name) == NULL)
        text_map_insert(&history->names, name, text_map_find(&history->ids, message_id));
    if (message->name.length == 0)
        message->name = name;
    if (message->group.length == 0)
        message->group = arena_copy(history->arena, group);
    return number;
}

// ---- points ----

static struct text keep(struct history *history, struct text text)
{
    if (text.length == 0)
        return (struct text){0};
    struct text *kept = text_map_find(&history->texts, text);
    if (kept == NULL) {
        kept = arena_allocate(history->arena, sizeof(*kept));
        *kept = arena_copy(history->arena, text);
        text_map_insert(&history->texts, *kept, kept);
    }
    return *kept;
}

// What the trace tells of the message with the new id belongs to the old one.
static void join(struct history *history, int old_number, struct text new_id)
{
    struct history_id *id = text_map_find(&history->ids, new_id);
    if (id == NULL || id->message == old_number)
        return;
    struct history_message *newer = &history->messages[id->message];
    struct history_message *older = &history->messages[old_number];
    for (int at = newer->first; at >= 0; at = history->points[at].next)
        history->points[at].message = old_number;
    if (newer->first >= 0) {
        if (older->last >= 0)
            history->points[older->last].next = newer->first;
        else
            older->first = newer->first;
        older->last = newer->last;
    }
    newer->first = newer->last = -1;
    id->message = old_number;
}

static void add_point(struct history *history, const cJSON *json)
{
    if (history->point_count == history->point_capacity) {
        history->point_capacity = history->point_capacity * 2 + 256;
        history->points =
            reallocate(history->points, history->point_capacity * sizeof(history->points[0]));
    }
    int number = (int)history->point_count++;
    struct history_point point = {
        .kind = keep(history, tree_text(json, "kind")),
        .queue = keep(history, tree_text(json, "queue")),
        .other = keep(history, tree_text(json, "other")),
        .actor = keep(history, tree_text(json, "actor")),
        .request = keep(history, tree_text(json, "requestId")),
        .reason = keep(history, tree_text(json, "reason")),
        .output = keep(history, tree_text(json, "output")),
        .at_ms = tree_integer(json, "atMs"),
        .receive_count = tree_integer(json, "receiveCount"),
        .message = message_of(history, tree_text(json, "messageId")),
        .next = -1,
    };
    instant_parse(tree_text(json, "until"), &point.until_ms);
    history->points[number] = point;
    if (point.message < 0)
        return;
    bool moved = text_equal(point.kind, TEXT("moved")) && point.reason.length > ID_BYTES;
    if (moved)
        join(history, point.message, text_skip(point.reason, point.reason.length - ID_BYTES));
    struct history_message *message = &history->messages[point.message];
    if (message->last >= 0)
        history->points[message->last].next = number;
    else
        message->first = number;
    message->last = number;
}

bool history_refresh(struct history *history, struct text *ret_reason)
{
    bool more = true;
    while (more) {
        struct text path =
            arena_print(history->arena, "trace?after=%lld&max=" PIECE, (long long)history->read_to);
        cleanup(cJSON_Delete) cJSON *answer = inside_get(history->emulator, path.bytes);
        if (tree_integer(answer, "overwritten") > history->read_to + 1) {
            *ret_reason =
                TEXT("more happened in one step than the trace can hold; divide the step");
            return false;
        }
        const cJSON *point;
        cJSON_ArrayForEach(point, tree_member(answer, "points"))
        {
            add_point(history, point);
            history->read_to = tree_integer(point, "number");
        }
        more = tree_is_true(answer, "more");
    }
    return true;
}

size_t history_message_count(const struct history *history)
{
    return history->message_count;
}

const struct history_message *history_message(const struct history *history, int number)
{
    assert(number >= 0 && (size_t)number < history->message_count);
    return &history->messages[number];
}

size_t history_point_count(const struct history *history)
{
    return history->point_count;
}

const struct history_point *history_point(const struct history *history, int number)
{
    assert(number >= 0 && (size_t)number < history->point_count);
    return &history->points[number];
}

// ---- what became of it ----

size_t history_deliveries(const struct history *history, int message)
{
    size_t count = 0;
    for (int at = history->messages[message].first; at >= 0; at = history->points[at].next)
        count += text_equal(history->points[at].kind, TEXT("received")) ? 1 : 0;
    return count;
}

static bool is_end(struct text kind)
{
    return text_equal(kind, TEXT("deleted")) || text_equal(kind, TEXT("expired")) ||
           text_equal(kind, TEXT("purged")) || text_equal(kind, TEXT("queue deleted"));
}

struct text history_place(const struct history *history, int message)
{
    struct text place = {0};
    for (int at = history->messages[message].first; at >= 0; at = history->points[at].next) {
        const struct history_point *point = &history->points[at];
        // Visible again also after a deletion: a duplicate on purpose.
        if (text_equal(point->kind, TEXT("sent")) || text_equal(point->kind, TEXT("visible again")))
            place = point->queue;
        else if (text_equal(point->kind, TEXT("dead-lettered")) ||
                 text_equal(point->kind, TEXT("moved")))
            place = point->other;
        else if (is_end(point->kind))
            place = (struct text){0};
    }
    return place;
}

struct text history_end(const struct history *history, int message)
{
    struct text end = {0};
    for (int at = history->messages[message].first; at >= 0; at = history->points[at].next) {
        const struct history_point *point = &history->points[at];
        if (is_end(point->kind))
            end = point->kind;
    }
    return history_place(history, message).length > 0 ? (struct text){0} : end;
}

// ---- words ----

void history_append_instant(struct buffer *buffer, int64_t at_ms, int64_t origin_at_ms)
{
    int64_t offset_ms = at_ms - origin_at_ms;
    int64_t whole = offset_ms < 0 ? -offset_ms : offset_ms;
    buffer_append_byte(buffer, offset_ms < 0 ? '-' : '+');
    if (whole >= 3600000)
        buffer_print(buffer, "%lldh", (long long)(whole / 3600000));
    if (whole >= 60000)
        buffer_print(buffer, "%lldm", (long long)(whole / 60000 % 60));
    if (whole >= 60000 && whole % 60000 == 0)
        return;
    buffer_print(buffer, "%lld", (long long)(whole / 1000 % 60));
    if (whole % 1000 != 0)
        buffer_print(buffer, ".%03d", (int)(whole % 1000));
    buffer_append_byte(buffer, 's');
}

static void append_padded(struct buffer *buffer, struct text text, size_t width)
{
    buffer_append(buffer, text);
    for (size_t i = text.length; i < width; i++)
        buffer_append_byte(buffer, ' ');
}

static void append_detail(struct buffer *buffer, const struct history_point *point,
                          int64_t origin_at_ms)
{
    if (text_equal(point->kind, TEXT("sent"))) {
        buffer_print(buffer, "to %.*s", TEXT_ARGUMENTS(point->queue));
    } else if (text_equal(point->kind, TEXT("received"))) {
        buffer_print(buffer, "from %.*s, receive count %lld", TEXT_ARGUMENTS(point->queue),
                     (long long)point->receive_count);
    } else if (text_equal(point->kind, TEXT("dead-lettered")) ||
               text_equal(point->kind, TEXT("moved"))) {
        buffer_print(buffer, "to %.*s", TEXT_ARGUMENTS(point->other));
    }
    if (point->until_ms > 0 && !text_equal(point->kind, TEXT("verdict"))) {
        buffer_append(buffer, TEXT(", until "));
        history_append_instant(buffer, point->until_ms, origin_at_ms);
    }
    bool id = text_equal(point->kind, TEXT("moved"));
    if (point->reason.length > 0 && !id)
        buffer_print(buffer, ": %.*s", TEXT_ARGUMENTS(point->reason));
}

static void append_point(const struct history *history, struct buffer *buffer, int at,
                         int64_t origin_at_ms)
{
    cleanup(buffer_deinit) struct buffer words = {0};
    const struct history_point *point = &history->points[at];
    history_append_instant(&words, point->at_ms, origin_at_ms);
    append_padded(buffer, buffer_text(&words), 12);
    buffer_append_byte(buffer, ' ');
    append_padded(buffer, point->kind, 19);
    buffer_clear(&words);
    append_detail(&words, point, origin_at_ms);
    struct text detail = buffer_text(&words);
    if (text_starts_with(detail, TEXT(": ")) || text_starts_with(detail, TEXT(", ")))
        detail = text_skip(detail, 2);
    buffer_append(buffer, detail);
    buffer_append_byte(buffer, '\n');
}

// ---- cycles ----

#define CYCLE_POINTS_MAX 12

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static struct text skip_digits(struct text text)
{
    while (text.length > 0 && is_digit(text.bytes[0]))
        text = text_skip(text, 1);
    return text;
}

// But for their numbers: a handler that fails for the same reason takes 3 ms once and 5 ms then.
static bool is_same_sentence(struct text one, struct text other)
{
    while (one.length > 0 && other.length > 0) {
        if (is_digit(one.bytes[0]) && is_digit(other.bytes[0])) {
            one = skip_digits(one);
            other = skip_digits(other);
            continue;
        }
        if (one.bytes[0] != other.bytes[0])
            return false;
        one = text_skip(one, 1);
        other = text_skip(other, 1);
    }
    return one.length == other.length;
}

// Whether the second point says nothing that the first did not, but for when. A lease of another length is something new.
static bool is_same_again(const struct history_point *one, const struct history_point *other)
{
    bool lease = text_equal(one->kind, TEXT("received"));
    return text_equal(one->kind, other->kind) && text_equal(one->queue, other->queue) &&
           text_equal(one->other, other->other) && text_equal(one->actor, other->actor) &&
           (!lease || one->until_ms - one->at_ms == other->until_ms - other->at_ms) &&
           is_same_sentence(one->reason, other->reason);
}

// How many times the first length points come again, one behind the other.
static size_t repetitions(const struct history *history, const int *points, size_t count,
                          size_t length)
{
    size_t same = 0;
    while (length + same < count && is_same_again(&history->points[points[same % length]],
                                                  &history->points[points[length + same]]))
        same++;
    return same / length;
}

// The length of the cycle that begins here; 1, and no times, if there is none. One line that comes twice is not worth folding.
static size_t cycle_of(const struct history *history, const int *points, size_t count,
                       size_t *ret_times)
{
    for (size_t length = 1; length <= CYCLE_POINTS_MAX && 2 * length <= count; length++) {
        size_t times = repetitions(history, points, count, length);
        if (times * length >= 2) {
            *ret_times = times;
            return length;
        }
    }
    *ret_times = 0;
    return 1;
}

static void append_fold(const struct history *history, struct buffer *buffer, const int *points,
                        size_t count, size_t times, int64_t origin_at_ms)
{
    int64_t receive_count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct history_point *point = &history->points[points[i]];
        if (text_equal(point->kind, TEXT("received")))
            receive_count = point->receive_count;
    }
    append_padded(buffer, TEXT("..."), 13);
    if (times == 1)
        buffer_append(buffer, TEXT("the same once more, until "));
    else
        buffer_print(buffer, "the same %zu more times, until ", times);
    history_append_instant(buffer, history->points[points[count - 1]].at_ms, origin_at_ms);
    if (receive_count > 0)
        buffer_print(buffer, ", receive count %lld", (long long)receive_count);
    buffer_append_byte(buffer, '\n');
}

void history_append_story(const struct history *history, struct buffer *buffer, int message,
                          int64_t origin_at_ms)
{
    size_t count = 0;
    for (int at = history->messages[message].first; at >= 0; at = history->points[at].next)
        count++;
    cleanup_free int *points = allocate((count + 1) * sizeof(*points));
    count = 0;
    for (int at = history->messages[message].first; at >= 0; at = history->points[at].next)
        points[count++] = at;
    for (size_t i = 0; i < count;) {
        size_t times;
        size_t length = cycle_of(history, points + i, count - i, &times);
        for (size_t j = 0; j < length; j++)
            append_point(history, buffer, points[i + j], origin_at_ms);
        i += length;
        if (times > 0)
            append_fold(history, buffer, points + i, times * length, times, origin_at_ms);
        i += times * length;
    }
}
