// events_test -- a stream tells committed points in order, says what it missed, costs nobody anything, and ends.
#include "emulator/events.h"

#include "emulator/clock.h"
#include "emulator/loop.h"
#include "emulator/server.h"
#include "emulator/world.h"
#include "queue/base/random.h"
#include "tests/emulator/client.h"
#include "tests/support/check_main.h"

#define TURNS_MAX 2000
#define TURN_WAIT_MS 20
#define MESSAGE "0123456789abcdef"

struct fixture {
    struct world world;
    struct options options;
    struct arena *arena;
};

#define AWAIT(fixture, condition)                                       \
    do {                                                                \
        for (int turn_ = 0; turn_ < TURNS_MAX && !(condition); turn_++) \
            loop_turn((fixture)->world.loop, TURN_WAIT_MS);             \
        ck_assert_msg(condition, "waited in vain for " #condition);     \
    } while (0)

static void begin(struct fixture *fixture)
{
    *fixture = (struct fixture){.arena = arena_new()};
    options_init(&fixture->options, fixture->arena);
    fixture->options.port = 0;
    fixture->options.journal_none = true;
    fixture->options.quiet = true;
    fixture->options.clock = CLOCK_LEAP;
    fixture->options.trace_max_bytes = 16384;
    struct text reason;
    int status;
    ck_assert_msg(world_open(&fixture->world, &fixture->options, &reason, &status), "%.*s",
                  TEXT_ARGUMENTS(reason));
}

static void end(struct fixture *fixture)
{
    world_close(&fixture->world);
    arena_free(fixture->arena);
}

static void tell(struct fixture *fixture, enum trace_kind kind, struct text queue,
                 const char *message, struct text reason)
{
    struct trace_point point = {.kind = kind,
                                .at_ms = 1767225600000,
                                .queue = queue,
                                .message = (const uint8_t *)message,
                                .reason = reason};
    struct tracer *tracer = trace_tracer(fixture->world.trace);
    tracer->point(tracer, &point);
}

static void tell_many(struct fixture *fixture, size_t count)
{
    for (size_t i = 0; i < count; i++)
        tell(fixture, TRACE_SENT, TEXT("orders"), NULL, (struct text){0});
}

// ---- the client's side ----

static void ask(struct client *client, struct text path, struct text header)
{
    struct buffer request = {0};
    buffer_print(&request, "GET /_redrive/api/%.*s HTTP/1.1\r\nHost: localhost\r\n%.*s\r\n",
                 TEXT_ARGUMENTS(path), TEXT_ARGUMENTS(header));
    ck_assert_uint_eq(client_write(client, buffer_text(&request)), request.length);
    buffer_deinit(&request);
}

// What came of the stream so far, without head and chunks. True in ret_whole when the last chunk came.
static struct text told(struct client *client, struct arena *arena, bool *ret_whole)
{
    client_read(client);
    struct buffer body = {0};
    struct text rest = buffer_text(&client->received);
    size_t at;
    bool whole = false;
    if (text_find(rest, TEXT("\r\n\r\n"), &at)) {
        rest = text_skip(rest, at + 4);
        struct text size;
        struct text chunk;
        while (!whole && text_cut(rest, '\n', &size, &chunk)) {
            size_t bytes = strtoul(size.bytes, NULL, 16);
            if (chunk.length < bytes + 2)
                break;
            whole = bytes == 0;
            buffer_append(&body, text_head(chunk, bytes));
            rest = text_skip(chunk, bytes + 2);
        }
    }
    struct text copy = arena_copy(arena, buffer_text(&body));
    buffer_deinit(&body);
    if (ret_whole != NULL)
        *ret_whole = whole;
    return copy;
}

static bool has_told(struct client *client, struct fixture *fixture, struct text what)
{
    return text_find(told(client, fixture->arena, NULL), what, NULL);
}

static void listen_to(struct client *client, struct fixture *fixture, struct text path,
                      struct text header)
{
    client_open(client, server_port(fixture->world.server));
    ask(client, path, header);
    AWAIT(fixture, has_told(client, fixture, TEXT("retry: 1000\n")));
}

static void expect(struct client *client, struct fixture *fixture, struct text whole)
{
    AWAIT(fixture, told(client, fixture->arena, NULL).length >= whole.length);
    struct text seen = told(client, fixture->arena, NULL);
    ck_assert_msg(text_equal(seen, whole), "%.*s", TEXT_ARGUMENTS(seen));
}

static void expect_refusal(struct fixture *fixture, struct text path, struct text header,
                           int status, struct text sentence)
{
    struct client client;
    struct text body;
    client_open(&client, server_port(fixture->world.server));
    ask(&client, path, header);
    AWAIT(fixture, client_reply(&client, &body) != 0);
    ck_assert_int_eq(client_reply(&client, &body), status);
    ck_assert_msg(text_find(body, sentence, NULL), "%.*s", TEXT_ARGUMENTS(body));
    client_close(&client);
}

#define NO_HEADER TEXT("")
#define POINT(number)                                                                     \
    "id: " #number "\ndata: {\"number\":" #number ",\"at\":\"2026-01-01T00:00:00.000Z\"," \
    "\"atMs\":1767225600000,\"kind\":\"sent\",\"queue\":\"orders\"}\n\n"

// ---- tests ----

START_TEST(a_stream_begins_now_and_tells_every_point_with_its_number)
{
    struct fixture fixture;
    struct client client;
    begin(&fixture);
    tell_many(&fixture, 2);
    loop_turn(fixture.world.loop, 0);
    listen_to(&client, &fixture, TEXT("events"), NO_HEADER);
    ck_assert(text_find(buffer_text(&client.received), TEXT("Content-Type: text/event-stream\r\n"),
                        NULL));
    tell_many(&fixture, 2);
    expect(&client, &fixture, TEXT("retry: 1000\nid: 1\n\n" POINT(2) POINT(3)));
    tell_many(&fixture, 1);
    expect(&client, &fixture, TEXT("retry: 1000\nid: 1\n\n" POINT(2) POINT(3) POINT(4)));
    client_close(&client);
    end(&fixture);
}
END_TEST

START_TEST(a_point_is_not_told_before_its_commit)
{
    struct fixture fixture;
    struct client client;
    begin(&fixture);
    listen_to(&client, &fixture, TEXT("events"), NO_HEADER);
    AWAIT(&fixture, server_parked(fixture.world.server) == 1);
    tell_many(&fixture, 1);
    // The stream is awake for another reason, and looks for more; there was no turn yet.
    events_beat(fixture.world.events);
    for (int round = 0; round < 10; round++) {
        server_write(fixture.world.server);
        server_read(fixture.world.server);
    }
    ck_assert(has_told(&client, &fixture, TEXT(": still here\n")));
    ck_assert(!has_told(&client, &fixture, TEXT("\"number\":0,")));
    AWAIT(&fixture, has_told(&client, &fixture, TEXT("\"number\":0,")));
    client_close(&client);
    end(&fixture);
}
END_TEST

START_TEST(a_stream_resumes_behind_the_number_it_is_given)
{
    struct fixture fixture;
    struct client clients[3];
    begin(&fixture);
    tell_many(&fixture, 3);
    loop_turn(fixture.world.loop, 0);
    listen_to(&clients[0], &fixture, TEXT("events?after=-1"), NO_HEADER);
    expect(&clients[0], &fixture, TEXT("retry: 1000\nid: -1\n\n" POINT(0) POINT(1) POINT(2)));
    listen_to(&clients[1], &fixture, TEXT("events?after=0"), NO_HEADER);
    expect(&clients[1], &fixture, TEXT("retry: 1000\nid: 0\n\n" POINT(1) POINT(2)));
    // What a browser says by itself is newer than the address of its page.
    listen_to(&clients[2], &fixture, TEXT("events?after=0"), TEXT("Last-Event-ID: 1\r\n"));
    expect(&clients[2], &fixture, TEXT("retry: 1000\nid: 1\n\n" POINT(2)));
    for (size_t i = 0; i < 3; i++)
        client_close(&clients[i]);
    expect_refusal(&fixture, TEXT("events?after=soon"), NO_HEADER, 400,
                   TEXT("soon is not the number of a trace point"));
    expect_refusal(&fixture, TEXT("events?after=-2"), NO_HEADER, 400, TEXT("-2 is not the number"));
    expect_refusal(&fixture, TEXT("events"), TEXT("Last-Event-ID: 9223372036854775807\r\n"), 400,
                   TEXT("is not the number"));
    end(&fixture);
}
END_TEST

START_TEST(what_was_overwritten_is_told_as_a_gap)
{
    struct fixture fixture;
    struct client client;
    begin(&fixture);
    tell_many(&fixture, 1000);
    loop_turn(fixture.world.loop, 0);
    uint64_t lost = trace_overwritten(fixture.world.trace);
    ck_assert_uint_gt(lost, 8);
    listen_to(&client, &fixture, TEXT("events?after=7"), NO_HEADER);
    AWAIT(&fixture, has_told(&client, &fixture, TEXT("\"number\":999,")));
    struct text gap = arena_print(
        fixture.arena,
        "retry: 1000\nid: 7\n\nid: %llu\nevent: gap\ndata: {\"lost\":%llu,\"from\":8,\"to\":%llu}"
        "\n\nid: %llu\ndata: {\"number\":%llu,",
        (unsigned long long)lost - 1, (unsigned long long)lost - 8, (unsigned long long)lost - 1,
        (unsigned long long)lost, (unsigned long long)lost);
    struct text seen = told(&client, fixture.arena, NULL);
    ck_assert_msg(text_starts_with(seen, gap), "%.*s", TEXT_ARGUMENTS(text_head(seen, 400)));
    client_close(&client);
    end(&fixture);
}
END_TEST

START_TEST(a_reset_is_told_and_numbers_begin_anew)
{
    struct fixture fixture;
    struct client client;
    struct client later;
    begin(&fixture);
    tell_many(&fixture, 5);
    loop_turn(fixture.world.loop, 0);
    listen_to(&client, &fixture, TEXT("events"), NO_HEADER);
    trace_reset(fixture.world.trace);
    tell_many(&fixture, 1);
    expect(&client, &fixture,
           TEXT("retry: 1000\nid: 4\n\nid: -1\nevent: reset\ndata: {}\n\n" POINT(0)));
    // Who saw a number that is still to come saw it of another trace.
    listen_to(&later, &fixture, TEXT("events"), TEXT("Last-Event-ID: 4\r\n"));
    expect(&later, &fixture,
           TEXT("id: -1\nevent: reset\ndata: {}\n\nretry: 1000\nid: -1\n\n" POINT(0)));
    client_close(&client);
    client_close(&later);
    end(&fixture);
}
END_TEST

START_TEST(a_filter_lets_through_a_queue_a_message_or_kinds)
{
    struct fixture fixture;
    struct client clients[3];
    begin(&fixture);
    char id[UUID_TEXT_BYTES];
    uuid_format((const uint8_t *)MESSAGE, id);
    listen_to(&clients[0], &fixture, TEXT("events?queue=orders"), NO_HEADER);
    listen_to(&clients[1], &fixture,
              arena_print(fixture.arena, "events?message=%.*s", UUID_TEXT_BYTES, id), NO_HEADER);
    listen_to(&clients[2], &fixture, TEXT("events?kind=deleted,visible-again"), NO_HEADER);
    tell(&fixture, TRACE_SENT, TEXT("orders"), NULL, TEXT("one"));
    tell(&fixture, TRACE_SENT, TEXT("billing"), MESSAGE, TEXT("two"));
    tell(&fixture, TRACE_DELETED, TEXT("billing"), "fedcba9876543210", TEXT("three"));
    tell(&fixture, TRACE_VISIBLE_AGAIN, TEXT("orders"), NULL, TEXT("four"));
    tell(&fixture, TRACE_SENT, TEXT("orders"), MESSAGE, TEXT("five"));
    tell(&fixture, TRACE_DELETED, TEXT("orders"), MESSAGE, TEXT("six"));
    static const char *const expected[3] = {"one four five six ", "two five six ",
                                            "three four six "};
    for (size_t i = 0; i < 3; i++) {
        AWAIT(&fixture, has_told(&clients[i], &fixture, TEXT("six")));
        struct text seen = told(&clients[i], fixture.arena, NULL);
        struct buffer words = {0};
        size_t at;
        while (text_find(seen, TEXT("\"reason\":\""), &at)) {
            struct text word;
            ck_assert(text_cut(text_skip(seen, at + 10), '"', &word, &seen));
            buffer_print(&words, "%.*s ", TEXT_ARGUMENTS(word));
        }
        ck_assert_msg(text_equal(buffer_text(&words), text_of(expected[i])), "%.*s",
                      TEXT_ARGUMENTS(buffer_text(&words)));
        buffer_deinit(&words);
        client_close(&clients[i]);
    }
    end(&fixture);
}
END_TEST

START_TEST(a_filter_that_is_none_is_refused_with_what_there_is)
{
    struct fixture fixture;
    begin(&fixture);
    expect_refusal(&fixture, TEXT("events?kind=sent,eaten"), NO_HEADER, 400,
                   TEXT("there is no kind 'eaten'; the kinds are sent, duplicate, "));
    expect_refusal(&fixture, TEXT("events?message=abc"), NO_HEADER, 400,
                   TEXT("abc is not a message id"));
    end(&fixture);
}
END_TEST

START_TEST(there_are_so_many_streams_and_no_more_and_who_hangs_up_makes_room)
{
    struct fixture fixture;
    struct client clients[EVENTS_STREAMS_MAX];
    begin(&fixture);
    for (size_t i = 0; i < EVENTS_STREAMS_MAX; i++)
        listen_to(&clients[i], &fixture, TEXT("events"), NO_HEADER);
    expect_refusal(&fixture, TEXT("events"), NO_HEADER, 503,
                   TEXT("32 streams of events are open, which is the limit"));
    AWAIT(&fixture, server_parked(fixture.world.server) == EVENTS_STREAMS_MAX);
    client_close(&clients[7]);
    AWAIT(&fixture, server_parked(fixture.world.server) == EVENTS_STREAMS_MAX - 1);
    listen_to(&clients[7], &fixture, TEXT("events"), NO_HEADER);
    for (size_t i = 0; i < EVENTS_STREAMS_MAX; i++)
        client_close(&clients[i]);
    AWAIT(&fixture, server_parked(fixture.world.server) == 0);
    end(&fixture);
}
END_TEST

START_TEST(a_reader_that_does_not_read_loses_points_and_is_told_how_many)
{
    enum {
        POINTS = 30000,
        POINTS_A_TURN = 10
    };
    struct fixture fixture;
    struct client client;
    begin(&fixture);
    listen_to(&client, &fixture, TEXT("events"), NO_HEADER);
    char reason[500];
    memset(reason, 'x', sizeof(reason));
    for (size_t i = 0; i < POINTS; i++) {
        tell(&fixture, TRACE_SENT, TEXT("orders"), NULL, text_from(reason, sizeof(reason)));
        if (i % POINTS_A_TURN == 0)
            loop_turn(fixture.world.loop, 0);
    }
    AWAIT(&fixture, has_told(&client, &fixture, TEXT("\"number\":29999,")));

    // Points and gaps follow each other without a hole.
    struct text rest = told(&client, fixture.arena, NULL);
    ck_assert(text_cut(rest, '\n', &(struct text){0}, &rest));
    struct text line;
    int64_t last = -1;
    int64_t lost_sum = 0;
    while (text_cut(rest, '\n', &line, &rest)) {
        int64_t number;
        int64_t lost;
        struct text word;
        struct text ignored;
        if (text_starts_with(line, TEXT("id: ")) && text_to_integer(text_skip(line, 4), &number)) {
            if (last + 1 == number || number == -1) {
                last = number;
                continue;
            }
            ck_assert(text_cut(rest, '\n', &line, &rest));
            ck_assert(text_equal(line, TEXT("event: gap")));
            ck_assert(text_cut(text_skip(rest, strlen("data: {\"lost\":")), ',', &word, &ignored));
            ck_assert(text_to_integer(word, &lost));
            ck_assert_int_eq(lost, number - last);
            lost_sum += lost;
            last = number;
        }
    }
    ck_assert_int_eq(last, POINTS - 1);
    ck_assert_int_gt(lost_sum, 0);
    client_close(&client);
    end(&fixture);
}
END_TEST

START_TEST(a_stream_does_not_disturb_quiet)
{
    struct fixture fixture;
    struct client client;
    begin(&fixture);
    listen_to(&client, &fixture, TEXT("events"), NO_HEADER);
    ck_assert_uint_eq(server_busy(fixture.world.server), 0);
    struct buffer obstacle = {0};
    clock_append_obstacle(fixture.world.clock, &obstacle);
    ck_assert_msg(obstacle.length == 0, "%.*s", TEXT_ARGUMENTS(buffer_text(&obstacle)));
    // Nor does one that its client does not read.
    for (size_t i = 0; i < 1000; i++) {
        tell_many(&fixture, 10);
        loop_turn(fixture.world.loop, 0);
    }
    ck_assert_uint_eq(server_busy(fixture.world.server), 0);
    clock_append_obstacle(fixture.world.clock, &obstacle);
    ck_assert_uint_eq(obstacle.length, 0);
    buffer_deinit(&obstacle);
    client_close(&client);
    end(&fixture);
}
END_TEST

START_TEST(a_silent_stream_says_that_it_is_still_there_and_where)
{
    struct fixture fixture;
    struct client client;
    begin(&fixture);
    listen_to(&client, &fixture, TEXT("events?queue=billing"), NO_HEADER);
    tell_many(&fixture, 3); // of orders
    loop_turn(fixture.world.loop, 0);
    events_beat(fixture.world.events);
    expect(&client, &fixture, TEXT("retry: 1000\nid: -1\n\n: still here\nid: 2\n\n"));
    client_close(&client);
    end(&fixture);
}
END_TEST

START_TEST(at_shutdown_a_stream_says_what_it_has_and_ends)
{
    struct fixture fixture;
    struct client client;
    begin(&fixture);
    listen_to(&client, &fixture, TEXT("events"), NO_HEADER);
    AWAIT(&fixture, server_parked(fixture.world.server) == 1);
    tell_many(&fixture, 1);
    world_close(&fixture.world);
    bool whole;
    struct text seen = told(&client, fixture.arena, &whole);
    ck_assert(whole);
    ck_assert(client.closed);
    ck_assert_msg(
        text_equal(seen, TEXT("retry: 1000\nid: -1\n\n" POINT(0) "event: end\ndata: {}\n\n")),
        "%.*s", TEXT_ARGUMENTS(seen));
    client_close(&client);
    arena_free(fixture.arena);
}
END_TEST

START_TEST(at_shutdown_a_reader_that_does_not_read_holds_nothing_up)
{
    struct fixture fixture;
    struct client client;
    begin(&fixture);
    listen_to(&client, &fixture, TEXT("events"), NO_HEADER);
    char reason[500];
    memset(reason, 'x', sizeof(reason));
    for (size_t i = 0; i < 20000; i++) {
        tell(&fixture, TRACE_SENT, TEXT("orders"), NULL, text_from(reason, sizeof(reason)));
        if (i % 10 == 0)
            loop_turn(fixture.world.loop, 0);
    }
    ck_assert_uint_eq(server_parked(fixture.world.server), 0);
    end(&fixture);
    client_close(&client);
}
END_TEST

START_TEST(head_tells_the_kind_of_answer_and_opens_nothing)
{
    struct fixture fixture;
    struct client client;
    begin(&fixture);
    client_open(&client, server_port(fixture.world.server));
    client_write(&client, TEXT("HEAD /_redrive/api/events HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    AWAIT(&fixture, client_reply(&client, NULL) == 200);
    AWAIT(&fixture, server_busy(fixture.world.server) == 0);
    ck_assert_uint_eq(server_parked(fixture.world.server), 0);
    client_close(&client);
    end(&fixture);
}
END_TEST

static Suite *events_suite(void)
{
    Suite *suite = suite_create("events");
    TCase *tcase = tcase_create("events");
    tcase_add_test(tcase, a_stream_begins_now_and_tells_every_point_with_its_number);
    tcase_add_test(tcase, a_point_is_not_told_before_its_commit);
    tcase_add_test(tcase, a_stream_resumes_behind_the_number_it_is_given);
    tcase_add_test(tcase, what_was_overwritten_is_told_as_a_gap);
    tcase_add_test(tcase, a_reset_is_told_and_numbers_begin_anew);
    tcase_add_test(tcase, a_filter_lets_through_a_queue_a_message_or_kinds);
    tcase_add_test(tcase, a_filter_that_is_none_is_refused_with_what_there_is);
    tcase_add_test(tcase, there_are_so_many_streams_and_no_more_and_who_hangs_up_makes_room);
    tcase_add_test(tcase, a_reader_that_does_not_read_loses_points_and_is_told_how_many);
    tcase_add_test(tcase, a_stream_does_not_disturb_quiet);
    tcase_add_test(tcase, a_silent_stream_says_that_it_is_still_there_and_where);
    tcase_add_test(tcase, at_shutdown_a_stream_says_what_it_has_and_ends);
    tcase_add_test(tcase, at_shutdown_a_reader_that_does_not_read_holds_nothing_up);
    tcase_add_test(tcase, head_tells_the_kind_of_answer_and_opens_nothing);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(events_suite)
