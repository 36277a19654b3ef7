// The server alone: who answers behind the router is this file's own, so that a request does what
// its path says.
#include "emulator/server.h"

#include "emulator/loop.h"
#include "emulator/router.h"
#include "emulator/world.h"
#include "tests/emulator/client.h"
#include "tests/support/check_main.h"

#include <sys/resource.h>

#define PARKED_MAX 16
#define TURNS_MAX 2000
#define TURN_WAIT_MS 20

struct fixture {
    struct world world;
    struct options options;
    struct arena *arena;
    struct request *parked[PARKED_MAX];
    size_t parked_count;
    size_t cancelled;
    size_t acted;
};

#define AWAIT(fixture, condition)                                       \
    do {                                                                \
        for (int turn_ = 0; turn_ < TURNS_MAX && !(condition); turn_++) \
            loop_turn((fixture)->world.loop, TURN_WAIT_MS);             \
        ck_assert_msg(condition, "waited in vain for " #condition);     \
    } while (0)

// ---- the APIs ----

static struct fixture *fixture_of(const struct request *request)
{
    return list_entry(request->world, struct fixture, world);
}

static void cancelled(struct request *request)
{
    struct fixture *fixture = fixture_of(request);
    for (size_t index = 0; index < fixture->parked_count; index++) {
        if (fixture->parked[index] == request)
            fixture->parked[index] = NULL;
    }
    fixture->cancelled++;
}

static void act(struct request *request)
{
    struct fixture *fixture = fixture_of(request);
    fixture->acted++;
    request->quiet = text_equal(request->query, TEXT("quiet"));
    if (text_equal(request->path, TEXT("/park"))) {
        request_park(request, cancelled, NULL);
        ck_assert_uint_lt(fixture->parked_count, PARKED_MAX);
        fixture->parked[fixture->parked_count++] = request;
        return;
    }
    request->reply.status = 200;
    reply_header(request, TEXT("Content-Type"), TEXT("text/plain"));
    reply_header(request, TEXT("X-Method"), request->method);
    if (text_equal(request->path, TEXT("/length")))
        buffer_append_integer(&request->reply.body, (int64_t)request->body.length);
    else if (text_equal(request->path, TEXT("/target")))
        buffer_print(&request->reply.body, "%.*s|%.*s", TEXT_ARGUMENTS(request->path),
                     TEXT_ARGUMENTS(request->query));
    else
        buffer_append(&request->reply.body, request->body);
    request_finish(request);
}

static const struct apis apis = {.sqs = act, .lambda = act, .admin = act, .dropin = act};

// ---- the fixture ----

static void begin_with(struct fixture *fixture, struct options options)
{
    fixture->options = options;
    struct text reason;
    int status;
    ck_assert_msg(world_open(&fixture->world, &fixture->options, &reason, &status), "%.*s",
                  TEXT_ARGUMENTS(reason));
    fixture->world.apis = &apis;
}

static void begin(struct fixture *fixture)
{
    *fixture = (struct fixture){.arena = arena_new()};
    struct options options;
    options_init(&options, fixture->arena);
    options.port = 0;
    options.journal_none = true;
    options.quiet = true;
    begin_with(fixture, options);
}

static void end(struct fixture *fixture)
{
    world_close(&fixture->world);
    arena_free(fixture->arena);
}

static int64_t port_of(const struct fixture *fixture)
{
    return server_port(fixture->world.server);
}

static void answer_parked(struct fixture *fixture, size_t index, struct text body)
{
    struct request *request = fixture->parked[index];
    ck_assert_ptr_nonnull(request);
    fixture->parked[index] = NULL;
    request->reply.status = 200;
    buffer_append(&request->reply.body, body);
    request_finish(request);
}

static void expect(struct fixture *fixture, struct client *client, int status, struct text body)
{
    struct text received;
    AWAIT(fixture, client_reply(client, &received) != 0);
    ck_assert_int_eq(client_reply(client, &received), status);
    ck_assert_msg(text_equal(received, body), "%.*s", TEXT_ARGUMENTS(received));
    client_next(client);
}

#define POST_ECHO TEXT("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello")
#define GET_PARK TEXT("GET /park HTTP/1.1\r\nHost: localhost\r\n\r\n")
#define GET_TARGET TEXT("GET /target?a=1%20&b=%00 HTTP/1.1\r\nHost: localhost\r\n\r\n")

// ---- tests ----

START_TEST(a_connection_carries_one_request_after_another)
{
    struct fixture fixture;
    struct client client;
    begin(&fixture);
    client_open(&client, port_of(&fixture));
    for (int round = 0; round < 3; round++) {
        client_write(&client, POST_ECHO);
        expect(&fixture, &client, 200, TEXT("hello"));
    }
    client_write(&client, POST_ECHO);
    client_write(&client, GET_TARGET); // pipelined
    expect(&fixture, &client, 200, TEXT("hello"));
    expect(&fixture, &client, 200, TEXT("/target|a=1%20&b=%00"));
    client_close(&client);
    end(&fixture);
}
END_TEST

START_TEST(what_is_finished_in_its_turn_is_answered_in_its_turn_without_a_suspension)
{
    // libmicrohttpd enters a handler that returned MHD_YES without a reply again in the next
    // MHD_run: this pins it.
    struct fixture fixture;
    struct client client;
    begin(&fixture);
    client_open(&client, port_of(&fixture));
    client_write(&client, POST_ECHO);
    AWAIT(&fixture, fixture.acted == 1);
    ck_assert_uint_eq(server_parked(fixture.world.server), 0);
    ck_assert_int_eq(client_reply(&client, NULL), 200); // no further turn
    AWAIT(&fixture, server_busy(fixture.world.server) == 0);
    client_close(&client);
    end(&fixture);
}
END_TEST

START_TEST(methods_of_the_lambda_api_pass)
{
    static const char *const methods[] = {"GET", "PUT", "DELETE", "PATCH"};
    struct fixture fixture;
    struct client client;
    begin(&fixture);
    client_open(&client, port_of(&fixture));
    for (size_t index = 0; index < sizeof(methods) / sizeof(methods[0]); index++) {
        client_write(&client,
                     arena_print(fixture.arena, "%s /echo HTTP/1.1\r\nHost: localhost\r\n\r\n",
                                 methods[index]));
        AWAIT(&fixture, client_reply(&client, NULL) == 200);
        ck_assert(text_find(buffer_text(&client.received),
                            arena_print(fixture.arena, "X-Method: %s\r\n", methods[index]), NULL));
        client_next(&client);
    }
    client_close(&client);
    end(&fixture);
}
END_TEST

START_TEST(a_parked_request_is_answered_later)
{
    struct fixture fixture;
    struct client client;
    begin(&fixture);
    client_open(&client, port_of(&fixture));
    client_write(&client, GET_PARK);
    AWAIT(&fixture, server_parked(fixture.world.server) == 1);
    ck_assert_uint_eq(server_busy(fixture.world.server),
                      0); // a parked request does not keep the world busy
    loop_turn(fixture.world.loop, 0);
    ck_assert_int_eq(client_reply(&client, NULL), 0);
    answer_parked(&fixture, 0, TEXT("at last"));
    expect(&fixture, &client, 200, TEXT("at last"));
    ck_assert_uint_eq(server_parked(fixture.world.server), 0);
    client_write(&client, POST_ECHO); // the connection lives on
    expect(&fixture, &client, 200, TEXT("hello"));
    client_close(&client);
    end(&fixture);
}
END_TEST

START_TEST(a_parked_request_that_is_finished_in_its_turn_is_never_suspended)
{
    struct fixture fixture;
    struct client client;
    begin(&fixture);
    client_open(&client, port_of(&fixture));
    client_write(&client, GET_PARK);
    AWAIT(&fixture, fixture.parked_count == 1);
    answer_parked(&fixture, 0, TEXT("soon"));
    expect(&fixture, &client, 200, TEXT("soon"));
    client_close(&client);
    end(&fixture);
}
END_TEST

START_TEST(a_client_that_hangs_up_frees_its_place)
{
    struct fixture fixture;
    struct client client;
    begin(&fixture);
    client_open(&client, port_of(&fixture));
    client_write(&client, GET_PARK);
    AWAIT(&fixture, server_parked(fixture.world.server) == 1);
    client_close(&client);
    AWAIT(&fixture, fixture.cancelled == 1);
    AWAIT(&fixture, server_parked(fixture.world.server) == 0);
    ck_assert_ptr_null(fixture.parked[0]);

    client_open(&client, port_of(&fixture)); // and the server goes on
    client_write(&client, POST_ECHO);
    expect(&fixture, &client, 200, TEXT("hello"));
    client_close(&client);
    end(&fixture);
}
END_TEST

START_TEST(a_hang_up_after_the_answer_cancels_nothing)
{
    struct fixture fixture;
    struct client client;
    begin(&fixture);
    client_open(&client, port_of(&fixture));
    client_write(&client, GET_PARK);
    AWAIT(&fixture, server_parked(fixture.world.server) == 1);
    client_close(&client);
    answer_parked(&fixture, 0, TEXT("too late"));
    AWAIT(&fixture, server_parked(fixture.world.server) == 0);
    ck_assert_uint_eq(fixture.cancelled, 0);
    end(&fixture);
}
END_TEST

START_TEST(closing_answers_what_is_parked_with_503)
{
    struct fixture fixture;
    struct client clients[3];
    begin(&fixture);
    for (size_t index = 0; index < 3; index++) {
        client_open(&clients[index], port_of(&fixture));
        client_write(&clients[index], GET_PARK);
    }
    AWAIT(&fixture, server_parked(fixture.world.server) == 3);
    fixture.world.server = server_free(fixture.world.server);
    ck_assert_uint_eq(fixture.cancelled, 3);
    for (size_t index = 0; index < 3; index++) {
        ck_assert_int_eq(client_reply(&clients[index], NULL), 503);
        client_close(&clients[index]);
    }
    end(&fixture);
}
END_TEST

START_TEST(closing_copes_with_half_and_unanswered_requests)
{
    struct fixture fixture;
    struct client half;
    struct client whole;
    begin(&fixture);
    client_open(&half, port_of(&fixture));
    client_write(&half,
                 TEXT("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf"));
    client_open(&whole, port_of(&fixture));
    client_write(&whole, GET_PARK);
    AWAIT(&fixture, fixture.parked_count == 1);
    client_close(&half);
    end(&fixture);
    client_close(&whole);
}
END_TEST

START_TEST(a_body_that_is_announced_too_long_is_refused_at_once)
{
    struct fixture fixture;
    struct client client;
    begin(&fixture);
    client_open(&client, port_of(&fixture));
    client_write(&client,
                 arena_print(fixture.arena,
                             "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: %u\r\n\r\n",
                             SERVER_BODY_BYTES_MAX + 1));
    AWAIT(&fixture, client_reply(&client, NULL) == 413);
    ck_assert_uint_eq(fixture.acted, 0);
    client_close(&client);
    end(&fixture);
}
END_TEST

// Sends chunks of 64 KiB until there are as many bytes as asked for, while the loop turns.
static void send_chunks(struct fixture *fixture, struct client *client, size_t bytes)
{
    cleanup(buffer_deinit) struct buffer chunk = {0};
    buffer_append(&chunk, TEXT("10000\r\n"));
    memset(buffer_reserve(&chunk, 65536), 'x', 65536);
    chunk.length += 65536;
    buffer_append(&chunk, TEXT("\r\n"));
    for (size_t sent = 0; sent < bytes; sent += 65536) {
        for (struct text rest = buffer_text(&chunk); rest.length > 0;) {
            rest = text_skip(rest, client_write(client, rest));
            loop_turn(fixture->world.loop, 0);
        }
    }
    client_write(client, TEXT("0\r\n\r\n"));
}

START_TEST(chunks_are_counted)
{
    struct fixture fixture;
    struct client client;
    begin(&fixture);
    client_open(&client, port_of(&fixture));
    client_write(
        &client,
        TEXT("POST /length HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"));
    send_chunks(&fixture, &client, 3 * 65536);
    expect(&fixture, &client, 200, TEXT("196608"));
    client_write(
        &client,
        TEXT("POST /length HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"));
    send_chunks(&fixture, &client, SERVER_BODY_BYTES_MAX + 1);
    AWAIT(&fixture, client_reply(&client, NULL) == 413);
    ck_assert_uint_eq(fixture.acted, 1);
    client_close(&client);
    end(&fixture);
}
END_TEST

START_TEST(a_body_of_several_megabytes_arrives_whole)
{
    struct fixture fixture;
    struct client client;
    begin(&fixture);
    client_open(&client, port_of(&fixture));
    size_t bytes = 6 * 1024 * 1024;
    client_write(
        &client,
        arena_print(fixture.arena,
                    "POST /length HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n",
                    bytes));
    cleanup(buffer_deinit) struct buffer body = {0};
    memset(buffer_reserve(&body, bytes), 'x', bytes);
    body.length = bytes;
    for (struct text rest = buffer_text(&body); rest.length > 0;) {
        rest = text_skip(rest, client_write(&client, rest));
        loop_turn(fixture.world.loop, 0);
    }
    expect(&fixture, &client, 200, TEXT("6291456"));
    client_close(&client);
    end(&fixture);
}
END_TEST

START_TEST(a_client_that_expects_100_is_told_to_continue)
{
    struct fixture fixture;
    struct client client;
    begin(&fixture);
    client_open(&client, port_of(&fixture));
    client_write(&client, TEXT("POST /echo HTTP/1.1\r\nHost: localhost\r\nExpect: "
                               "100-continue\r\nContent-Length: 5\r\n\r\n"));
    AWAIT(&fixture, client_reply(&client, NULL) == 100);
    client_next(&client);
    client_write(&client, TEXT("hello"));
    expect(&fixture, &client, 200, TEXT("hello"));
    client_close(&client);
    end(&fixture);
}
END_TEST

START_TEST(what_is_no_request_is_refused_and_acted_on_by_nobody)
{
    static const struct {
        struct text bytes;
        int status;
    } rows[] = {
        {TEXT("GET /echo HTTP/1.1\r\n\r\n"), 400}, // no Host
        {TEXT("nonsense\r\n\r\n"), 0},
    };
    struct fixture fixture;
    begin(&fixture);
    for (size_t index = 0; index < sizeof(rows) / sizeof(rows[0]); index++) {
        struct client client;
        client_open(&client, port_of(&fixture));
        client_write(&client, rows[index].bytes);
        AWAIT(&fixture, client_reply(&client, NULL) != 0 || client.closed);
        if (rows[index].status != 0)
            ck_assert_int_eq(client_reply(&client, NULL), rows[index].status);
        client_close(&client);
    }
    ck_assert_uint_eq(fixture.acted, 0);
    end(&fixture);
}
END_TEST

START_TEST(headers_have_a_limit)
{
    struct fixture fixture;
    struct client client;
    begin(&fixture);
    cleanup(buffer_deinit) struct buffer request = {0};
    buffer_append(&request, TEXT("GET /echo HTTP/1.1\r\nHost: localhost\r\n"));
    for (int index = 0; index < REQUEST_HEADERS_MAX; index++)
        buffer_print(&request, "X-%d: y\r\n", index);
    buffer_append(&request, TEXT("\r\n"));
    client_open(&client, port_of(&fixture));
    client_write(&client, buffer_text(&request));
    AWAIT(&fixture, client_reply(&client, NULL) == 431);
    client_close(&client);

    buffer_clear(&request);
    buffer_append(&request, TEXT("GET /echo HTTP/1.1\r\nHost: localhost\r\nX-Long: "));
    memset(buffer_reserve(&request, 40000), 'x', 40000);
    request.length += 40000;
    buffer_append(&request, TEXT("\r\n\r\n"));
    client_open(&client, port_of(&fixture));
    client_write(&client, buffer_text(&request));
    AWAIT(&fixture, client_reply(&client, NULL) == 431);
    client_close(&client);
    ck_assert_uint_eq(fixture.acted, 0);
    end(&fixture);
}
END_TEST

START_TEST(half_requests_disturb_nobody_else)
{
    struct fixture fixture;
    struct client half;
    struct client other;
    begin(&fixture);
    client_open(&half, port_of(&fixture));
    client_write(&half, TEXT("POST /echo HTTP/1.1\r\nHost: loc"));
    client_open(&other, port_of(&fixture));
    client_write(&other, POST_ECHO);
    expect(&fixture, &other, 200, TEXT("hello"));
    AWAIT(&fixture, server_busy(fixture.world.server) == 1); // the half one
    client_write(&half, TEXT("alhost\r\nContent-Length: 5\r\n\r\nhel"));
    client_write(&other, POST_ECHO);
    expect(&fixture, &other, 200, TEXT("hello"));
    client_write(&half, TEXT("lo"));
    expect(&fixture, &half, 200, TEXT("hello"));
    client_close(&half);
    client_close(&other);
    end(&fixture);
}
END_TEST

START_TEST(a_client_that_goes_in_the_middle_of_a_request_leaves_nothing_behind)
{
    struct fixture fixture;
    struct client client;
    begin(&fixture);
    client_open(&client, port_of(&fixture));
    client_write(&client,
                 TEXT("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\nhello"));
    AWAIT(&fixture, server_busy(fixture.world.server) == 1);
    client_close(&client);
    AWAIT(&fixture, server_busy(fixture.world.server) == 0);
    end(&fixture);
}
END_TEST

START_TEST(thousands_of_idle_connections_cost_nothing_per_turn)
{
    enum {
        IDLE = 2000
    };
    struct fixture fixture;
    begin(&fixture);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    size_t count = limit.rlim_cur > 2 * IDLE + 100 ? IDLE : (size_t)limit.rlim_cur / 3;
    struct client *clients = arena_new_array(fixture.arena, struct client, count);
    for (size_t index = 0; index < count; index++) {
        client_open(&clients[index], port_of(&fixture));
        client_write(&clients[index], POST_ECHO);
        loop_turn(fixture.world.loop, 0);
    }
    AWAIT(&fixture, fixture.acted == count);
    for (size_t index = 0; index < count; index += 100)
        expect(&fixture, &clients[index], 200, TEXT("hello"));
    // Nothing is due but the idle time-out: the loop may sleep.
    AWAIT(&fixture, server_wait_ms(fixture.world.server) > 1000);
    ck_assert_uint_eq(server_busy(fixture.world.server), 0);
    for (size_t index = 0; index < count; index++)
        client_close(&clients[index]);
    end(&fixture);
}
END_TEST

START_TEST(a_port_in_use_is_named_with_what_to_do)
{
    struct fixture fixture;
    begin(&fixture);
    struct world other;
    struct options options = fixture.options;
    options.port = port_of(&fixture);
    struct text reason;
    int status = 0;
    ck_assert(!world_open(&other, &options, &reason, &status));
    ck_assert_int_eq(status, 3);
    ck_assert(
        text_find(reason, arena_print(fixture.arena, "port %lld", (long long)options.port), NULL));
    ck_assert(text_find(reason, TEXT("--port"), NULL));
    world_close(&other);
    end(&fixture);
}
END_TEST

START_TEST(the_host_is_an_address_or_localhost)
{
    static const struct {
        struct text host;
        bool good;
    } rows[] = {
        {TEXT("127.0.0.1"), true},
        {TEXT("localhost"), true},
        {TEXT("0.0.0.0"), true},
        {TEXT("::1"), true},
        {TEXT("[::1]"), true},
        {TEXT("example.com"), false},
        {TEXT("127.0.0.1.nip.io"), false},
        {TEXT(""), false},
    };
    for (size_t index = 0; index < sizeof(rows) / sizeof(rows[0]); index++) {
        cleanup(arena_free) struct arena *arena = arena_new();
        struct options options;
        options_init(&options, arena);
        options.host = rows[index].host;
        options.port = 0;
        options.journal_none = true;
        options.quiet = true;
        struct world world;
        struct text reason;
        int status = 0;
        bool opened = world_open(&world, &options, &reason, &status);
        // A machine without IPv6 says so with status 3.
        ck_assert_msg(opened == rows[index].good || status == 3, "%.*s",
                      TEXT_ARGUMENTS(rows[index].host));
        if (!rows[index].good)
            ck_assert_int_eq(status, 2);
        world_close(&world);
    }
}
END_TEST

static Suite *server_suite(void)
{
    Suite *suite = suite_create("emulator/server");
    TCase *http = tcase_create("http");
    tcase_add_test(http, a_connection_carries_one_request_after_another);
    tcase_add_test(http, what_is_finished_in_its_turn_is_answered_in_its_turn_without_a_suspension);
    tcase_add_test(http, methods_of_the_lambda_api_pass);
    tcase_add_test(http, a_client_that_expects_100_is_told_to_continue);
    tcase_add_test(http, what_is_no_request_is_refused_and_acted_on_by_nobody);
    suite_add_tcase(suite, http);
    TCase *parked = tcase_create("parked");
    tcase_add_test(parked, a_parked_request_is_answered_later);
    tcase_add_test(parked, a_parked_request_that_is_finished_in_its_turn_is_never_suspended);
    tcase_add_test(parked, a_client_that_hangs_up_frees_its_place);
    tcase_add_test(parked, a_hang_up_after_the_answer_cancels_nothing);
    tcase_add_test(parked, closing_answers_what_is_parked_with_503);
    tcase_add_test(parked, closing_copes_with_half_and_unanswered_requests);
    suite_add_tcase(suite, parked);
    TCase *limits = tcase_create("limits");
    tcase_add_test(limits, a_body_that_is_announced_too_long_is_refused_at_once);
    tcase_add_test(limits, chunks_are_counted);
    tcase_add_test(limits, a_body_of_several_megabytes_arrives_whole);
    tcase_add_test(limits, headers_have_a_limit);
    tcase_add_test(limits, half_requests_disturb_nobody_else);
    tcase_add_test(limits, a_client_that_goes_in_the_middle_of_a_request_leaves_nothing_behind);
    tcase_add_test(limits, thousands_of_idle_connections_cost_nothing_per_turn);
    suite_add_tcase(suite, limits);
    TCase *listening = tcase_create("listening");
    tcase_add_test(listening, a_port_in_use_is_named_with_what_to_do);
    tcase_add_test(listening, the_host_is_an_address_or_localhost);
    suite_add_tcase(suite, listening);
    return suite;
}

CHECK_MAIN(server_suite)
