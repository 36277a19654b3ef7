// asynchronous -- a list of events on their way to their functions.
//
//     accepted -> ready -> running -> done
//                   ^         |-> waiting 1, then 2 minutes: the function failed; three tries in all
//                   +---------+-> waiting 1 s ... 5 minutes: throttled or out of reach; until the event is six hours old
//
// Whoever sent the event has had its 202 and hears nothing more: what becomes of it stands in the trace, under the request id that the
// answer named. Waiting happens on the timeline, so tests need no minutes.
//
// The 202 is a promise, so an event is kept by the journal from the turn that accepted it to the one in which it ends: a record of
// what it is, never written again, and, once it waits, one of what it waits for. What ran when the process ended is run again; the try
// that was cut off does not count. Records of their own for the payload were taken because it may be a megabyte, and a throttled event
// waits eighty times.
#include "emulator/asynchronous.h"

#include "emulator/world.h"
#include "queue/base/buffer.h"
#include "queue/base/map.h"

#include <assert.h>
#include <stdio.h>

#define EVENTS_MAX 10000
#define EVENTS_BYTES_MAX (64u << 20) // payloads together
#define TRIES_MAX 3
#define RETRY_MS 60000 // after the first failure; twice that after the second
#define BACK_OFF_FIRST_MS 1000
#define BACK_OFF_MAX_MS 300000
#define AGE_MAX_MS 21600000 // six hours

#define RECORD_EVENT TEXT("event")
#define RECORD_WAIT TEXT("event-wait")
#define NUMBER_DIGITS \
    20 // of a key: in the order of their text the events are in that of their acceptance

struct asynchronous {
    struct world *world;
    struct list_node events;
    struct list_node ready;
    struct number_map by_number;
    size_t count;
    size_t bytes;
    uint64_t number; // the greatest that an event has
};

struct event {
    struct asynchronous *owner;
    struct list_node link;
    struct list_node ready;
    uint64_t number;       // in the journal
    struct arena *arena;   // of the texts
    struct text reference; // name or name:qualifier, as it was invoked
    struct text function_name;
    struct invocation invocation;
    struct function *function; // while it runs
    struct timer timer;        // until the next try
    int64_t accepted_at_ms;
    int64_t back_off_ms;
    int tries; // that the function failed
};

static int64_t now_ms(const struct event *event)
{
    return timeline_now_ms(event->owner->world->timeline);
}

static void tell(const struct event *event, enum trace_kind kind, int64_t until_ms,
                 const struct buffer *reason)
{
    struct tracer *tracer = trace_tracer(event->owner->world->trace);
    tracer->point(tracer, &(struct trace_point){.kind = kind,
                                                .at_ms = now_ms(event),
                                                .until_ms = until_ms,
                                                .other = event->function_name,
                                                .actor = TEXT("client"),
                                                .request = event->invocation.request_id,
                                                .reason = buffer_text(reason)});
}

// ---- the records ----

static struct text key_of(const struct event *event, char room[NUMBER_DIGITS + 1])
{
    snprintf(room, NUMBER_DIGITS + 1, "%0*llu", NUMBER_DIGITS, (unsigned long long)event->number);
    return text_from(room, NUMBER_DIGITS);
}

// Instant, three lengths, and the four texts: the last is as long as the rest.
static void write_event(const struct event *event)
{
    char key[NUMBER_DIGITS + 1];
    const struct invocation *invocation = &event->invocation;
    cleanup(buffer_deinit) struct buffer bytes = {0};
    buffer_print(&bytes, "%lld %zu %zu %zu ", (long long)event->accepted_at_ms,
                 event->reference.length, invocation->request_id.length,
                 invocation->client_context.length);
    buffer_append(&bytes, event->reference);
    buffer_append(&bytes, invocation->request_id);
    buffer_append(&bytes, invocation->client_context);
    buffer_append(&bytes, invocation->payload);
    struct journal *journal = event->owner->world->journal;
    journal->put_record(journal, RECORD_EVENT, key_of(event, key), buffer_text(&bytes));
}

static void write_wait(const struct event *event, int64_t due_at_ms)
{
    char key[NUMBER_DIGITS + 1];
    cleanup(buffer_deinit) struct buffer bytes = {0};
    buffer_print(&bytes, "%d %lld %lld ", event->tries, (long long)event->back_off_ms,
                 (long long)due_at_ms);
    struct journal *journal = event->owner->world->journal;
    journal->put_record(journal, RECORD_WAIT, key_of(event, key), buffer_text(&bytes));
}

static void delete_records(const struct event *event)
{
    char room[NUMBER_DIGITS + 1];
    struct text key = key_of(event, room);
    struct journal *journal = event->owner->world->journal;
    journal->delete_record(journal, RECORD_EVENT, key);
    journal->delete_record(journal, RECORD_WAIT, key);
}

// Numbers, each with a space behind it.
static bool read_numbers(struct text bytes, size_t count, int64_t *ret_numbers,
                         struct text *ret_rest)
{
    struct text word;
    for (size_t i = 0; i < count; i++) {
        if (!text_cut(bytes, ' ', &word, &bytes) || !text_to_integer(word, &ret_numbers[i]) ||
            ret_numbers[i] < 0)
            return false;
    }
    *ret_rest = bytes;
    return true;
}

// ---- life ----

struct asynchronous *asynchronous_new(struct world *world)
{
    struct asynchronous *asynchronous = allocate(sizeof(*asynchronous));
    asynchronous->world = world;
    list_init(&asynchronous->events);
    list_init(&asynchronous->ready);
    return asynchronous;
}

static void release_function(struct event *event)
{
    functions_end(event->owner->world->functions, take(&event->function));
}

static void event_free(struct event *event)
{
    struct asynchronous *owner = event->owner;
    if (event->function != NULL) {
        event->function->invoker->cancel(event->function->invoker, &event->invocation);
        release_function(event);
    }
    timeline_cancel(owner->world->timeline, &event->timer);
    list_remove(&event->ready);
    list_remove(&event->link);
    number_map_remove(&owner->by_number, event->number);
    owner->count--;
    owner->bytes -= event->invocation.payload.length;
    arena_free(event->arena);
    free(event);
}

// It has ended, well or not.
static void event_end(struct event *event)
{
    delete_records(event);
    event_free(event);
}

void asynchronous_reset(struct asynchronous *asynchronous)
{
    list_for_each (node, &asynchronous->events)
        event_end(list_entry(node, struct event, link));
}

struct asynchronous *asynchronous_free(struct asynchronous *asynchronous)
{
    if (asynchronous == NULL)
        return NULL;
    list_for_each (node, &asynchronous->events)
        event_free(list_entry(node, struct event, link));
    assert(asynchronous->count == 0 && asynchronous->bytes == 0);
    number_map_deinit(&asynchronous->by_number);
    free(asynchronous);
    return NULL;
}

// ---- the end of a try ----

static void make_ready(struct event *event)
{
    list_append(&event->owner->ready, &event->ready);
}

static void timer_fired(struct timer *timer)
{
    make_ready(list_entry(timer, struct event, timer));
}

static void wait_for(struct event *event, int64_t wait_ms, const char *why)
{
    cleanup(buffer_deinit) struct buffer reason = {0};
    buffer_print(&reason, "%s; the event is tried again in %lld s", why,
                 (long long)(wait_ms / 1000));
    tell(event, TRACE_THROTTLED, now_ms(event) + wait_ms, &reason);
    write_wait(event, now_ms(event) + wait_ms);
    timeline_schedule(event->owner->world->timeline, &event->timer, now_ms(event) + wait_ms);
}

static void discard(struct event *event, const char *why)
{
    cleanup(buffer_deinit) struct buffer reason = {0};
    buffer_print(&reason, "%s; the event is discarded", why);
    tell(event, TRACE_ABANDONED, 0, &reason);
    event_end(event);
}

// No executions: they do not count as tries, the age does.
static void back_off(struct event *event, const char *why)
{
    event->back_off_ms = event->back_off_ms == 0 ? BACK_OFF_FIRST_MS : event->back_off_ms * 2;
    if (event->back_off_ms > BACK_OFF_MAX_MS)
        event->back_off_ms = BACK_OFF_MAX_MS;
    if (now_ms(event) + event->back_off_ms > event->accepted_at_ms + AGE_MAX_MS)
        discard(event, why);
    else
        wait_for(event, event->back_off_ms, why);
}

static void failed(struct event *event)
{
    event->back_off_ms = 0;
    if (++event->tries == TRIES_MAX)
        discard(event, "the function failed three times");
    else
        wait_for(event, RETRY_MS * event->tries, "the function failed");
}

static void conclude(struct event *event, enum invocation_end end)
{
    switch (end) {
    case INVOCATION_RESPONDED:
        event_end(event);
        break;
    case INVOCATION_FUNCTION_ERROR:
    case INVOCATION_TIMED_OUT:
    case INVOCATION_EXITED:
    case INVOCATION_TOO_LARGE:
        failed(event);
        break;
    case INVOCATION_THROTTLED:
        back_off(event, "the function was throttled");
        break;
    case INVOCATION_UNAVAILABLE:
    case INVOCATION_REFUSED:
        back_off(event, "what runs the function could not be reached");
        break;
    case INVOCATION_MISSING:
        discard(event, "the function does not exist");
        break;
    }
}

static void invocation_done(struct invocation *invocation, enum invocation_end end,
                            struct text response, struct text detail)
{
    struct event *event = list_entry(invocation, struct event, invocation);
    int64_t lasted_ms = now_ms(event) - invocation->invoked_at_ms;
    cleanup(buffer_deinit) struct buffer reason = {0};
    buffer_print(&reason, "%.*s %s after %lld ms", TEXT_ARGUMENTS(event->function_name),
                 end == INVOCATION_RESPONDED ? "responded" : "failed", (long long)lasted_ms);
    if (detail.length > 0)
        buffer_print(&reason, ": %.*s", TEXT_ARGUMENTS(detail));
    (void)response; // nobody waits for it
    tell(event, TRACE_INVOCATION_ENDED, 0, &reason);
    function_record(event->function, end, lasted_ms);
    release_function(event);
    conclude(event, end);
}

// ---- accepting ----

// With nothing but its number and its place in the list.
static struct event *event_new(struct asynchronous *asynchronous, uint64_t number)
{
    struct event *event = allocate(sizeof(*event));
    event->owner = asynchronous;
    event->number = number;
    if (number > asynchronous->number)
        asynchronous->number = number;
    event->arena = arena_new();
    event->timer = (struct timer){.fire = timer_fired, .motive = true};
    event->invocation.done = invocation_done;
    asynchronous->count++;
    list_append(&asynchronous->events, &event->link);
    number_map_insert(&asynchronous->by_number, number, event);
    return event;
}

static void event_set(struct event *event, struct text reference, struct text request_id,
                      struct text client_context, struct text payload)
{
    event->reference = arena_copy(event->arena, reference);
    event->function_name = event->reference;
    text_cut(event->reference, ':', &event->function_name, &event->invocation.qualifier);
    event->invocation.request_id = arena_copy(event->arena, request_id);
    event->invocation.client_context = arena_copy(event->arena, client_context);
    event->invocation.payload = arena_copy(event->arena, payload);
    event->owner->bytes += payload.length;
}

bool asynchronous_accept(struct asynchronous *asynchronous, struct text reference,
                         struct text request_id, struct text payload, struct text client_context)
{
    if (asynchronous->count >= EVENTS_MAX ||
        asynchronous->bytes + payload.length > EVENTS_BYTES_MAX)
        return false;
    struct event *event = event_new(asynchronous, asynchronous->number + 1);
    event->accepted_at_ms = now_ms(event);
    event_set(event, reference, request_id, client_context, payload);
    write_event(event);
    make_ready(event);
    return true;
}

// ---- replay ----

static bool restore_event(struct asynchronous *asynchronous, uint64_t number, struct text bytes)
{
    int64_t numbers[4];
    struct text texts[3];
    struct text rest;
    if (!read_numbers(bytes, 4, numbers, &rest))
        return false;
    for (size_t i = 0; i < 3; i++) {
        if ((uint64_t)numbers[i + 1] > rest.length)
            return false;
        texts[i] = text_head(rest, (size_t)numbers[i + 1]);
        rest = text_skip(rest, texts[i].length);
    }
    struct event *event = event_new(asynchronous, number);
    event->accepted_at_ms = numbers[0];
    event_set(event, texts[0], texts[1], texts[2], rest);
    make_ready(event);
    return true;
}

// Its event was restored before: the records come in the order of their kinds.
static bool restore_wait(struct asynchronous *asynchronous, uint64_t number, struct text bytes)
{
    int64_t numbers[3];
    struct text rest;
    struct event *event = number_map_find(&asynchronous->by_number, number);
    if (event == NULL || !read_numbers(bytes, 3, numbers, &rest) || numbers[0] >= TRIES_MAX)
        return false;
    event->tries = (int)numbers[0];
    event->back_off_ms = numbers[1];
    list_remove(&event->ready);
    timeline_schedule(asynchronous->world->timeline, &event->timer, numbers[2]);
    return true;
}

bool asynchronous_restore(struct asynchronous *asynchronous, struct text kind, struct text key,
                          struct text bytes)
{
    bool is_event = text_equal(kind, RECORD_EVENT);
    if (!is_event && !text_equal(kind, RECORD_WAIT))
        return false;
    int64_t number;
    bool restored = text_to_integer(key, &number) && number > 0 &&
                    (is_event ? restore_event(asynchronous, (uint64_t)number, bytes)
                              : restore_wait(asynchronous, (uint64_t)number, bytes));
    if (!restored)
        journal_fail_damaged(asynchronous->world->journal,
                             "an event that waits for its function cannot be read");
    return true;
}

// ---- starting ----

bool asynchronous_is_ready(const struct asynchronous *asynchronous)
{
    return asynchronous != NULL && !list_is_empty(&asynchronous->ready);
}

static void event_start(struct event *event)
{
    struct functions *functions = event->owner->world->functions;
    struct function *function =
        functions_find_qualified(functions, event->function_name, event->invocation.qualifier);
    if (function == NULL || function->invoker == NULL) {
        conclude(event, function == NULL ? INVOCATION_MISSING : INVOCATION_UNAVAILABLE);
        return;
    }
    if (functions_throttle(functions, function).length > 0) {
        function_record(function, INVOCATION_THROTTLED, 0);
        conclude(event, INVOCATION_THROTTLED);
        return;
    }
    function_begin(function);
    event->function = function;
    event->invocation.function = function;
    event->invocation.invoked_at_ms = now_ms(event);
    event->invocation.at_once = false;
    cleanup(buffer_deinit) struct buffer reason = {0};
    buffer_print(&reason, "%.*s is invoked with an event", TEXT_ARGUMENTS(event->function_name));
    tell(event, TRACE_INVOKED, 0, &reason);
    function->invoker->invoke(function->invoker, &event->invocation);
}

void asynchronous_start(struct asynchronous *asynchronous)
{
    if (!asynchronous_is_ready(asynchronous))
        return;
    list_for_each (node, &asynchronous->ready) {
        struct event *event = list_entry(node, struct event, ready);
        list_remove(&event->ready);
        event_start(event);
    }
    // Those that could not begin wait now, or have ended.
    engine_commit(asynchronous->world->engine);
}
