// admin_events -- GET events: the trace as it grows.
//
//     events                                     every point from now on
//     events?after=41                            those behind number 41, as in trace?after=41; -1: all that are there
//     events?queue=orders&kind=received,deleted&message=ID
//
// A browser that was cut off says by Last-Event-ID which point it saw last; this goes before after.
#include "emulator/api/admin.h"

#include "emulator/api/api.h"
#include "emulator/events.h"
#include "emulator/world.h"
#include "queue/base/random.h"

#define RETRY_AFTER_SECONDS "5"

// Words of a kind are separated by a space, or in an address by a hyphen.
static bool is_kind(struct text word, enum trace_kind kind)
{
    struct text name = trace_kind_text(kind);
    if (word.length != name.length)
        return false;
    for (size_t i = 0; i < name.length; i++) {
        char byte = word.bytes[i] == '-' ? ' ' : word.bytes[i];
        if (byte != name.bytes[i])
            return false;
    }
    return true;
}

// One bit for each kind of a list with commas. False with the word that is none.
static bool parse_kinds(struct text list, uint64_t *ret_kinds, struct text *ret_wrong)
{
    uint64_t kinds = 0;
    while (list.length > 0) {
        struct text word = list;
        struct text rest = {0};
        if (!text_cut(list, ',', &word, &rest))
            word = list;
        word = text_trim(word);
        int kind = 0;
        while (kind < TRACE_KINDS && !is_kind(word, (enum trace_kind)kind))
            kind++;
        if (kind == TRACE_KINDS) {
            *ret_wrong = word;
            return false;
        }
        kinds |= UINT64_C(1) << kind;
        list = rest;
    }
    *ret_kinds = kinds;
    return true;
}

static void answer_no_kind(struct request *request, struct text word)
{
    cleanup(buffer_deinit) struct buffer sentence = {0};
    buffer_print(&sentence, "there is no kind '%.*s'; the kinds are", TEXT_ARGUMENTS(word));
    for (int kind = 0; kind < TRACE_KINDS; kind++) {
        buffer_append(&sentence, kind == 0 ? TEXT(" ") : TEXT(", "));
        buffer_append(&sentence, trace_kind_text((enum trace_kind)kind));
    }
    api_answer_error(request, 400, arena_copy(request->arena, buffer_text(&sentence)));
}

// The filter of the query; false if it was answered with what is wrong.
static bool read_filter(struct request *request, struct event_filter *ret_filter)
{
    struct event_filter filter = {.queue = admin_parameter(request, TEXT("queue"))};
    struct text id = admin_parameter(request, TEXT("message"));
    if (id.length > 0) {
        uint8_t *message = arena_allocate(request->arena, UUID_BYTES);
        if (!uuid_from_text(id, message)) {
            api_answer_error(
                request, 400,
                arena_print(request->arena, "%.*s is not a message id", TEXT_ARGUMENTS(id)));
            return false;
        }
        filter.message = message;
    }
    struct text wrong;
    if (!parse_kinds(admin_parameter(request, TEXT("kind")), &filter.kinds, &wrong)) {
        answer_no_kind(request, wrong);
        return false;
    }
    *ret_filter = filter;
    return true;
}

// The first number to tell; false if it was answered with what is wrong.
static bool read_place(struct request *request, uint64_t *ret_next)
{
    struct text after = request_header(request, TEXT("Last-Event-ID"));
    if (after.length == 0)
        after = admin_parameter(request, TEXT("after"));
    int64_t number;
    if (after.length == 0) {
        *ret_next = events_next(request->world->events);
        return true;
    }
    if (!text_to_integer(after, &number) || number < -1 || number == INT64_MAX) {
        api_answer_error(request, 400,
                         arena_print(request->arena,
                                     "%.*s is not the number of a trace point; -1 begins with the "
                                     "oldest that is there",
                                     TEXT_ARGUMENTS(after)));
        return false;
    }
    *ret_next = (uint64_t)(number + 1);
    return true;
}

void admin_events(struct request *request)
{
    struct event_filter filter;
    uint64_t next;
    if (!read_filter(request, &filter) || !read_place(request, &next))
        return;
    if (text_equal(request->method, TEXT("HEAD"))) {
        request->reply.status = 200;
        reply_header(request, TEXT("Content-Type"), TEXT("text/event-stream"));
    } else if (request->wake == NULL) {
        api_answer_error(request, 400, TEXT("events are told over a connection only"));
        return;
    } else if (!events_open(request->world->events, request, &filter, next)) {
        reply_header(request, TEXT("Retry-After"), TEXT(RETRY_AFTER_SECONDS));
        api_answer_error(request, 503,
                         arena_print(request->arena,
                                     "%d streams of events are open, which is the limit: close one",
                                     EVENTS_STREAMS_MAX));
        return;
    }
    request_finish(request);
}
