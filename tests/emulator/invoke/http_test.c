// The HTTP invoker in a whole world without a listener, against a peer that does exactly what it
// was told. One test per row of its classification; the peer's notes say what was really sent.
#include "emulator/invoke/http.h"

#include "emulator/loop.h"
#include "emulator/world.h"
#include "esm/json.h"
#include "tests/support/check_main.h"
#include "tests/support/http_peer.h"

#define REQUEST_ID "8d7a3c54-5c3e-4b57-9f0a-2d6c1b7e9f10"
#define EVENT "{\"Records\":[]}"
#define START_MS 1767225600000 // 2026-01-01T00:00:00Z
#define OK_ANSWER(length, body) "HTTP/1.1 200 OK\r\nContent-Length: " length "\r\n\r\n" body
#define STEPS(...)            \
    (struct http_peer_step[]) \
    {                         \
        __VA_ARGS__           \
    }
#define START(...)                             \
    http_peer_start(&peer, STEPS(__VA_ARGS__), \
                    sizeof(STEPS(__VA_ARGS__)) / sizeof(struct http_peer_step))

// An invocation, and what its done() was told.
struct trial {
    struct invocation invocation;
    bool done;
    int64_t done_at_ms;
    enum invocation_end end;
    struct buffer response;
    struct buffer detail;
};

static struct world world;
static struct options options;
static struct http_peer peer = {.process = 0};
static struct buffer requests;

static void open_world(enum clock_mode mode)
{
    options_init(&options, arena_new());
    options.listener = false;
    options.journal_none = true;
    options.quiet = true;
    options.clock = mode;
    if (mode != CLOCK_REAL)
        options.start_at_ms = START_MS;
    struct text reason = {0};
    int status;
    ck_assert(world_open(&world, &options, &reason, &status));
}

static void close_world(void)
{
    world_close(&world);
    if (peer.process > 0)
        http_peer_stop(&peer, &requests);
    peer.process = 0;
    buffer_deinit(&requests);
    requests = (struct buffer){0};
    arena_free(options.arena);
}

static struct function *add_function(const char *path)
{
    struct function *function = functions_add(world.functions, TEXT("orders"));
    struct text target = arena_print(function->arena, "http://127.0.0.1:%d%s", peer.port, path);
    struct text reason = {0};
    ck_assert_msg(http_target_parse(function->arena, target, &function->target_parsed, &reason),
                  "%.*s", TEXT_ARGUMENTS(reason));
    function->invoker = http_invoker_face(world.http);
    return function;
}

static void trial_done(struct invocation *invocation, enum invocation_end end, struct text response,
                       struct text detail)
{
    struct trial *trial = list_entry(invocation, struct trial, invocation);
    ck_assert(!trial->done);
    trial->done = true;
    trial->done_at_ms = timeline_now_ms(world.timeline);
    trial->end = end;
    buffer_append(&trial->response, response);
    buffer_append(&trial->detail, detail);
}

static void trial_start(struct trial *trial, struct function *function)
{
    *trial = (struct trial){.invocation = {.done = trial_done,
                                           .function = function,
                                           .payload = TEXT(EVENT),
                                           .request_id = TEXT(REQUEST_ID),
                                           .invoked_at_ms = timeline_now_ms(world.timeline)}};
    function->invoker->invoke(function->invoker, &trial->invocation);
    ck_assert_msg(!trial->done, "done() was called from inside invoke()");
}

static void trial_await(struct trial *trial)
{
    while (!trial->done)
        loop_turn(world.loop, 1000);
}

static void trial_deinit(struct trial *trial)
{
    buffer_deinit(&trial->response);
    buffer_deinit(&trial->detail);
}
DEFINE_DEINIT_CLEANUP(trial_deinit, struct trial)

// The whole of most tests: one invocation on the real clock, against the peer's steps, and how it
// must end.
static void expect(const char *path, enum invocation_end end, const char *response,
                   const char *detail)
{
    open_world(CLOCK_REAL);
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, add_function(path));
    trial_await(&trial);
    ck_assert_int_eq(trial.end, end);
    if (response)
        ck_assert_msg(text_equal(buffer_text(&trial.response), text_of(response)), "%.*s",
                      TEXT_ARGUMENTS(buffer_text(&trial.response)));
    ck_assert_msg(detail[0] == '\0' ? trial.detail.length == 0
                                    : text_find(buffer_text(&trial.detail), text_of(detail), NULL),
                  "%.*s", TEXT_ARGUMENTS(buffer_text(&trial.detail)));
    close_world();
}

static bool was_sent(const char *bytes)
{
    return text_find(buffer_text(&requests), text_of(bytes), NULL);
}

// ---- the request ----

START_TEST(posts_the_event_with_the_headers_of_a_runtime)
{
    START({PEER_ANSWER, OK_ANSWER("2", "{}"), 0});
    open_world(CLOCK_REAL);
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, add_function("/a/b?c=d"));
    trial_await(&trial);
    ck_assert_int_eq(trial.end, INVOCATION_RESPONDED);
    http_peer_stop(&peer, &requests);
    peer.process = 0;
    ck_assert(was_sent("#1 14\nPOST /a/b?c=d HTTP/1.1\r\n"));
    ck_assert(was_sent("\r\nContent-Type: application/json\r\n"));
    ck_assert(was_sent("\r\nX-Amzn-RequestId: " REQUEST_ID "\r\n"));
    ck_assert(was_sent("\r\nLambda-Runtime-Aws-Request-Id: " REQUEST_ID "\r\n"));
    ck_assert(was_sent("\r\nLambda-Runtime-Invoked-Function-Arn: "
                       "arn:aws:lambda:us-east-1:000000000000:function:orders\r\n"));
    ck_assert(was_sent("\r\nLambda-Runtime-Deadline-Ms: "));
    ck_assert_msg(!was_sent("Expect"), "curl would wait a second for 100 Continue");
    ck_assert(!was_sent("Transfer-Encoding"));
    close_world();
}
END_TEST

START_TEST(proxies_of_the_environment_are_not_used)
{
    setenv("http_proxy", "http://127.0.0.1:1/", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1/", 1);
    START({PEER_ANSWER, OK_ANSWER("2", "{}"), 0});
    expect("/", INVOCATION_RESPONDED, "{}", "");
}
END_TEST

START_TEST(an_event_of_six_megabytes_goes_through)
{
    START({PEER_ANSWER, OK_ANSWER("4", "null"), 0});
    open_world(CLOCK_REAL);
    struct function *function = add_function("/");
    cleanup(trial_deinit) struct trial trial = {
        .invocation = {.done = trial_done,
                       .function = function,
                       .payload = {.bytes = allocate(6291456), .length = 6291456},
                       .request_id = TEXT(REQUEST_ID),
                       .invoked_at_ms = timeline_now_ms(world.timeline)}};
    function->invoker->invoke(function->invoker, &trial.invocation);
    trial_await(&trial);
    ck_assert_int_eq(trial.end, INVOCATION_RESPONDED);
    http_peer_stop(&peer, &requests);
    peer.process = 0;
    ck_assert(was_sent("#1 6291456\n"));
    free((char *)(uintptr_t)trial.invocation.payload.bytes);
    close_world();
}
END_TEST

START_TEST(a_connection_is_used_again)
{
    START({PEER_ANSWER, OK_ANSWER("2", "{}"), 0});
    open_world(CLOCK_REAL);
    struct function *function = add_function("/");
    for (int i = 0; i < 3; i++) {
        cleanup(trial_deinit) struct trial trial;
        trial_start(&trial, function);
        trial_await(&trial);
        ck_assert_int_eq(trial.end, INVOCATION_RESPONDED);
    }
    http_peer_stop(&peer, &requests);
    peer.process = 0;
    ck_assert(was_sent("#1 ") && !was_sent("#2 "));
    close_world();
}
END_TEST

START_TEST(a_kept_connection_that_the_handler_closed_is_no_failure)
{
    START({PEER_ANSWER_CLOSE, OK_ANSWER("2", "{}"), 0});
    open_world(CLOCK_REAL);
    struct function *function = add_function("/");
    for (int i = 0; i < 3; i++) {
        cleanup(trial_deinit) struct trial trial;
        trial_start(&trial, function);
        trial_await(&trial);
        ck_assert_int_eq(trial.end, INVOCATION_RESPONDED);
    }
    close_world();
}
END_TEST

// On the real clock nobody waits for the next millisecond; elsewhere nothing ends at the instant at
// which it began.
START_TEST(an_answer_takes_effect_at_once_on_the_real_clock_alone)
{
    START({PEER_ANSWER, OK_ANSWER("2", "{}"), 0});
    open_world(_i == 0 ? CLOCK_REAL : CLOCK_LEAP);
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, add_function("/"));
    trial_await(&trial);
    ck_assert_int_eq(trial.end, INVOCATION_RESPONDED);
    ck_assert_int_eq(trial.invocation.at_once, _i == 0);
    ck_assert_int_ge(trial.done_at_ms, trial.invocation.invoked_at_ms + _i);
    close_world();
}
END_TEST

// curl would send it again on a new connection, and the handler would see the batch twice in one
// delivery.
START_TEST(a_request_is_never_sent_twice)
{
    START({PEER_ANSWER, OK_ANSWER("2", "{}"), 0}, {PEER_CLOSE, NULL, 0},
          {PEER_ANSWER, OK_ANSWER("2", "{}"), 0});
    open_world(CLOCK_REAL);
    struct function *function = add_function("/");
    enum invocation_end ends[] = {INVOCATION_RESPONDED, INVOCATION_EXITED, INVOCATION_RESPONDED};
    for (int i = 0; i < 3; i++) {
        cleanup(trial_deinit) struct trial trial;
        trial_start(&trial, function);
        trial_await(&trial);
        ck_assert_int_eq(trial.end, ends[i]);
    }
    http_peer_stop(&peer, &requests);
    peer.process = 0;
    size_t count = 0, at;
    for (struct text rest = buffer_text(&requests); text_find(rest, TEXT("POST / "), &at); count++)
        rest = text_skip(rest, at + 1);
    ck_assert_uint_eq(count, 3);
    close_world();
}
END_TEST

// ---- what answers mean ----

START_TEST(a_2xx_body_is_the_response)
{
    START({PEER_ANSWER,
           "HTTP/1.1 202 Accepted\r\nContent-Length: 24\r\n\r\n{\"batchItemFailures\":[]}", 0});
    expect("/", INVOCATION_RESPONDED, "{\"batchItemFailures\":[]}", "");
}
END_TEST

START_TEST(an_empty_2xx_is_an_empty_response)
{
    RULES("L-157-row-2");
    START({PEER_ANSWER, "HTTP/1.1 204 No Content\r\n\r\n", 0});
    expect("/", INVOCATION_RESPONDED, "", "");
}
END_TEST

START_TEST(a_body_without_a_length_ends_with_the_connection)
{
    START({PEER_ANSWER_CLOSE, "HTTP/1.0 200 OK\r\n\r\nnull", 0});
    expect("/", INVOCATION_RESPONDED, "null", "");
}
END_TEST

START_TEST(the_function_error_header_is_an_exception)
{
    RULES("L-157-row-25");
    START({PEER_ANSWER,
           "HTTP/1.1 200 OK\r\nx-amz-function-error: Unhandled\r\nContent-Length: 24\r\n\r\n"
           "{\"batchItemFailures\":[]}",
           0});
    expect("/", INVOCATION_FUNCTION_ERROR, "{\"batchItemFailures\":[]}",
           "X-Amz-Function-Error: Unhandled");
}
END_TEST

START_TEST(a_runtime_emulators_timeout_text_is_an_error)
{
    RULES("L-252-b L-253");
    START({PEER_ANSWER, OK_ANSWER("33", "Task timed out after 3.00 seconds"), 0});
    expect("/", INVOCATION_FUNCTION_ERROR, "Task timed out after 3.00 seconds", "#plain");
}
END_TEST

START_TEST(an_error_object_is_an_error)
{
    RULES("L-252-a L-253");
    START({PEER_ANSWER, OK_ANSWER("36", "{\"errorMessage\":\"x\",\"errorType\":\"y\"}"), 0});
    expect("/", INVOCATION_FUNCTION_ERROR, "{\"errorMessage\":\"x\",\"errorType\":\"y\"}",
           "#plain");
}
END_TEST

START_TEST(an_error_object_with_failures_is_a_response)
{
    RULES("L-253");
    START({PEER_ANSWER,
           OK_ANSWER("59", "{\"errorMessage\":\"x\",\"errorType\":\"y\",\"batchItemFailures\":[]}"),
           0});
    expect("/", INVOCATION_RESPONDED, NULL, "");
}
END_TEST

START_TEST(an_error_type_that_is_no_text_is_a_response)
{
    RULES("L-253");
    START({PEER_ANSWER, OK_ANSWER("34", "{\"errorMessage\":\"x\",\"errorType\":1}"), 0});
    expect("/", INVOCATION_RESPONDED, NULL, "");
}
END_TEST

START_TEST(a_plain_target_takes_every_body_as_response)
{
    RULES("L-253");
    START({PEER_ANSWER, OK_ANSWER("36", "{\"errorMessage\":\"x\",\"errorType\":\"y\"}"), 0});
    expect("/#plain", INVOCATION_RESPONDED, NULL, "");
}
END_TEST

START_TEST(status_429_is_a_throttle)
{
    RULES("L-157-row-30");
    START({PEER_ANSWER, "HTTP/1.1 429 Busy\r\nContent-Length: 0\r\n\r\n", 0});
    expect("/", INVOCATION_THROTTLED, "", "429");
}
END_TEST

START_TEST(status_5xx_is_a_function_error)
{
    START({PEER_ANSWER, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\noops", 0});
    expect("/", INVOCATION_FUNCTION_ERROR, "oops", "HTTP status 502");
}
END_TEST

START_TEST(status_404_hints_at_the_path)
{
    START({PEER_ANSWER, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 0});
    expect("/", INVOCATION_FUNCTION_ERROR, "", "is the path right?");
}
END_TEST

START_TEST(a_redirect_is_not_followed)
{
    START(
        {PEER_ANSWER, "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", 0},
        {PEER_ANSWER, OK_ANSWER("2", "{}"), 0});
    expect("/", INVOCATION_FUNCTION_ERROR, "", "redirects are not followed");
}
END_TEST

START_TEST(status_400_is_a_function_error)
{
    START({PEER_ANSWER, "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n", 0});
    expect("/2015-03-31/functions/orders/invocations", INVOCATION_FUNCTION_ERROR, "",
           "HTTP status 400");
}
END_TEST

START_TEST(status_400_of_a_busy_runtime_emulator_is_a_throttle)
{
    RULES("L-252-d");
    START({PEER_ANSWER, "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n", 0});
    expect("/2015-03-31/functions/function/invocations", INVOCATION_THROTTLED, "", "400");
}
END_TEST

// ---- no answer ----

START_TEST(a_refused_connection_is_no_answer_before_any_byte)
{
    RULES("L-157-row-33");
    peer.port = http_peer_closed_port();
    expect("/", INVOCATION_REFUSED, "", "onnect");
}
END_TEST

// A label of more than 63 letters is refused by the resolver itself: no name server is asked.
START_TEST(a_name_that_does_not_resolve_is_none_either)
{
    RULES("L-157-row-33");
    open_world(CLOCK_REAL);
    struct function *function = functions_add(world.functions, TEXT("orders"));
    struct text reason = {0};
    ck_assert(http_target_parse(function->arena,
                                TEXT("http://"
                                     "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
                                     "abcdefghijklmnopqrstuvwxyz.test/"),
                                &function->target_parsed, &reason));
    function->invoker = http_invoker_face(world.http);
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, function);
    trial_await(&trial);
    ck_assert_int_eq(trial.end, INVOCATION_REFUSED);
    ck_assert(text_find(buffer_text(&trial.detail), TEXT("resolve"), NULL));
    close_world();
}
END_TEST

#define EXIT_PAYLOAD                                                                 \
    "{\"errorType\":\"Runtime.ExitError\",\"errorMessage\":\"RequestId: " REQUEST_ID \
    " Error: Runtime exited without providing a reason\"}"

START_TEST(a_closed_connection_is_an_exit)
{
    RULES("L-84 L-157-row-33");
    START({PEER_CLOSE, NULL, 0});
    expect("/", INVOCATION_EXITED, EXIT_PAYLOAD, "connection was lost");
}
END_TEST

START_TEST(a_reset_connection_is_an_exit)
{
    START({PEER_RESET, NULL, 0});
    expect("/", INVOCATION_EXITED, EXIT_PAYLOAD, "connection was lost");
}
END_TEST

START_TEST(half_an_answer_is_an_exit)
{
    START({PEER_ANSWER_CLOSE, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"batch", 0});
    expect("/", INVOCATION_EXITED, EXIT_PAYLOAD, "connection was lost");
}
END_TEST

START_TEST(what_is_no_http_is_an_exit)
{
    START({PEER_ANSWER_CLOSE, "SSH-2.0-x\r\n", 0});
    expect("/", INVOCATION_EXITED, EXIT_PAYLOAD, "connection was lost");
}
END_TEST

START_TEST(a_response_at_the_limit_is_one)
{
    RULES("L-81");
    START({PEER_ANSWER_LARGE, NULL, 6291556});
    expect("/", INVOCATION_RESPONDED, NULL, "");
}
END_TEST

START_TEST(a_response_over_the_limit_is_too_large)
{
    RULES("L-85 L-157-row-29");
    START({PEER_ANSWER_LARGE, NULL, 6291557});
    expect(
        "/", INVOCATION_TOO_LARGE,
        "{\"errorType\":\"Function.ResponseSizeTooLarge\",\"errorMessage\":\"Response payload size "
        "exceeded maximum allowed payload size (6291556 bytes).\"}",
        "");
}
END_TEST

// ---- time ----

START_TEST(a_timeout_is_real_time_and_takes_effect_at_invoke_plus_timeout)
{
    RULES("L-83 L-157-row-27");
    START({PEER_STALL, NULL, 0});
    open_world(CLOCK_MANUAL);
    struct function *function = add_function("/");
    function->timeout_seconds = 1;
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, function);
    ck_assert_uint_eq(world_running(&world), 1);
    while (world_running(&world) > 0)
        loop_turn(world.loop, 1000);
    ck_assert_int_eq(timeline_next_motive_ms(world.timeline), START_MS + 1000);
    timeline_step(world.timeline, START_MS + 1000);
    ck_assert(trial.done);
    ck_assert_int_eq(trial.end, INVOCATION_TIMED_OUT);
    ck_assert(text_equal(
        buffer_text(&trial.response),
        TEXT("{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"RequestId: " REQUEST_ID
             " Error: Task timed out after 1.00 seconds\"}")));
    close_world();
}
END_TEST

START_TEST(a_timeout_on_the_real_clock_ends_when_it_has_passed)
{
    START({PEER_STALL, NULL, 0});
    open_world(CLOCK_REAL);
    struct function *function = add_function("/");
    function->timeout_seconds = 1;
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, function);
    trial_await(&trial);
    ck_assert_int_eq(trial.end, INVOCATION_TIMED_OUT);
    ck_assert_int_ge(trial.done_at_ms, trial.invocation.invoked_at_ms + 1000);
    close_world();
}
END_TEST

START_TEST(an_answer_takes_effect_after_the_declared_duration)
{
    START({PEER_ANSWER, OK_ANSWER("2", "{}"), 0});
    open_world(CLOCK_MANUAL);
    struct function *function = add_function("/");
    int64_t durations_ms[] = {0, 1, 2500};
    for (int i = 0; i < 3; i++) {
        function->duration_ms = durations_ms[i];
        int64_t now_ms = timeline_now_ms(world.timeline);
        int64_t due_ms = now_ms + (durations_ms[i] > 1 ? durations_ms[i] : 1);
        cleanup(trial_deinit) struct trial trial;
        trial_start(&trial, function);
        while (world_running(&world) > 0)
            loop_turn(world.loop, 1000);
        ck_assert_int_eq(timeline_next_motive_ms(world.timeline), due_ms);
        ck_assert(!trial.done);
        timeline_step(world.timeline, due_ms);
        ck_assert(trial.done);
        ck_assert_int_eq(trial.end, INVOCATION_RESPONDED);
    }
    close_world();
}
END_TEST

START_TEST(a_declared_duration_beyond_the_timeout_is_a_timeout)
{
    START({PEER_ANSWER, OK_ANSWER("2", "{}"), 0});
    open_world(CLOCK_MANUAL);
    struct function *function = add_function("/");
    function->duration_ms = 3001;
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, function);
    while (world_running(&world) > 0)
        loop_turn(world.loop, 1000);
    timeline_step(world.timeline, START_MS + 3000);
    ck_assert(trial.done);
    ck_assert_int_eq(trial.end, INVOCATION_TIMED_OUT);
    close_world();
}
END_TEST

START_TEST(what_never_began_takes_no_time)
{
    peer.port = http_peer_closed_port();
    open_world(CLOCK_MANUAL);
    struct function *function = add_function("/");
    function->duration_ms = 2000;
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, function);
    while (world_running(&world) > 0)
        loop_turn(world.loop, 1000);
    timeline_step(world.timeline, START_MS + 1);
    ck_assert(trial.done);
    ck_assert_int_eq(trial.end, INVOCATION_REFUSED);
    close_world();
}
END_TEST

START_TEST(on_the_leap_clock_it_needs_no_help)
{
    START({PEER_ANSWER, OK_ANSWER("2", "{}"), 0});
    open_world(CLOCK_LEAP);
    struct function *function = add_function("/");
    function->duration_ms = 3000;
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, function);
    trial_await(&trial);
    ck_assert_int_ge(trial.done_at_ms, START_MS + 3000);
    close_world();
}
END_TEST

// ---- giving up ----

START_TEST(a_cancelled_invocation_is_not_told)
{
    START({PEER_STALL, NULL, 0});
    open_world(CLOCK_REAL);
    struct function *function = add_function("/");
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, function);
    for (int i = 0; i < 5; i++)
        loop_turn(world.loop, 10);
    ck_assert_uint_eq(world_running(&world), 1);
    function->invoker->cancel(function->invoker, &trial.invocation);
    ck_assert_uint_eq(world_running(&world), 0);
    for (int i = 0; i < 5; i++)
        loop_turn(world.loop, 10);
    ck_assert(!trial.done);
    close_world();
}
END_TEST

START_TEST(an_answered_invocation_can_be_cancelled_before_it_takes_effect)
{
    START({PEER_ANSWER, OK_ANSWER("2", "{}"), 0});
    open_world(CLOCK_MANUAL);
    struct function *function = add_function("/");
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, function);
    while (world_running(&world) > 0)
        loop_turn(world.loop, 1000);
    function->invoker->cancel(function->invoker, &trial.invocation);
    ck_assert_int_eq(timeline_next_motive_ms(world.timeline), TIMELINE_NEVER);
    ck_assert(!trial.done);
    close_world();
}
END_TEST

// ---- targets ----

static struct text refusal_of(struct arena *arena, const char *target)
{
    void *parsed = NULL;
    struct text reason = {0};
    ck_assert_msg(!http_target_parse(arena, text_of(target), &parsed, &reason), "%s", target);
    return reason;
}

START_TEST(a_target_is_an_address)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    ck_assert(text_find(refusal_of(arena, "http://"), TEXT("write it like http://127.0.0.1:9000/"),
                        NULL));
    ck_assert(text_find(refusal_of(arena, "http://a:99999/"), TEXT("http://a:99999/"), NULL));
    ck_assert(text_find(refusal_of(arena, "http://a/#x"), TEXT("#plain only"), NULL));
    void *parsed = NULL;
    struct text reason;
    ck_assert(http_target_parse(arena, TEXT("https://[::1]:9000/a?b#plain"), &parsed, &reason));
    ck_assert_ptr_nonnull(parsed);
}
END_TEST

static Suite *http_suite(void)
{
    Suite *suite = suite_create("emulator/invoke/http");
    TCase *request = tcase_create("the request");
    tcase_add_test(request, posts_the_event_with_the_headers_of_a_runtime);
    tcase_add_test(request, proxies_of_the_environment_are_not_used);
    tcase_add_test(request, an_event_of_six_megabytes_goes_through);
    tcase_add_test(request, a_connection_is_used_again);
    tcase_add_test(request, a_kept_connection_that_the_handler_closed_is_no_failure);
    tcase_add_loop_test(request, an_answer_takes_effect_at_once_on_the_real_clock_alone, 0, 2);
    tcase_add_test(request, a_request_is_never_sent_twice);
    suite_add_tcase(suite, request);
    TCase *answers = tcase_create("what answers mean");
    tcase_add_test(answers, a_2xx_body_is_the_response);
    tcase_add_test(answers, an_empty_2xx_is_an_empty_response);
    tcase_add_test(answers, a_body_without_a_length_ends_with_the_connection);
    tcase_add_test(answers, the_function_error_header_is_an_exception);
    tcase_add_test(answers, a_runtime_emulators_timeout_text_is_an_error);
    tcase_add_test(answers, an_error_object_is_an_error);
    tcase_add_test(answers, an_error_object_with_failures_is_a_response);
    tcase_add_test(answers, an_error_type_that_is_no_text_is_a_response);
    tcase_add_test(answers, a_plain_target_takes_every_body_as_response);
    tcase_add_test(answers, status_429_is_a_throttle);
    tcase_add_test(answers, status_5xx_is_a_function_error);
    tcase_add_test(answers, status_404_hints_at_the_path);
    tcase_add_test(answers, a_redirect_is_not_followed);
    tcase_add_test(answers, status_400_is_a_function_error);
    tcase_add_test(answers, status_400_of_a_busy_runtime_emulator_is_a_throttle);
    suite_add_tcase(suite, answers);
    TCase *none = tcase_create("no answer");
    tcase_add_test(none, a_refused_connection_is_no_answer_before_any_byte);
    tcase_add_test(none, a_name_that_does_not_resolve_is_none_either);
    tcase_add_test(none, a_closed_connection_is_an_exit);
    tcase_add_test(none, a_reset_connection_is_an_exit);
    tcase_add_test(none, half_an_answer_is_an_exit);
    tcase_add_test(none, what_is_no_http_is_an_exit);
    tcase_add_test(none, a_response_at_the_limit_is_one);
    tcase_add_test(none, a_response_over_the_limit_is_too_large);
    suite_add_tcase(suite, none);
    TCase *time = tcase_create("time");
    tcase_add_test(time, a_timeout_is_real_time_and_takes_effect_at_invoke_plus_timeout);
    tcase_add_test(time, a_timeout_on_the_real_clock_ends_when_it_has_passed);
    tcase_add_test(time, an_answer_takes_effect_after_the_declared_duration);
    tcase_add_test(time, a_declared_duration_beyond_the_timeout_is_a_timeout);
    tcase_add_test(time, what_never_began_takes_no_time);
    tcase_add_test(time, on_the_leap_clock_it_needs_no_help);
    suite_add_tcase(suite, time);
    TCase *end = tcase_create("giving up, and targets");
    tcase_add_test(end, a_cancelled_invocation_is_not_told);
    tcase_add_test(end, an_answered_invocation_can_be_cancelled_before_it_takes_effect);
    tcase_add_test(end, a_target_is_an_address);
    suite_add_tcase(suite, end);
    return suite;
}

CHECK_MAIN(http_suite)
