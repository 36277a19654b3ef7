// The Runtime API as a runtime sees it, byte by byte: a raw peer at the port of an attach: function. Each row of L-219 has its test.
#include "emulator/api/api.h"

#include "bootstrap_path.h"
#include "emulator/door.h"
#include "emulator/server.h"
#include "esm/json.h"
#include "tests/emulator/client.h"
#include "tests/support/runtime_case.h"

#include <stdio.h>

#define API "/2018-06-01/runtime/"
#define RESPONSE API "invocation/" REQUEST_ID "/response"
#define ERROR_PATH API "invocation/" REQUEST_ID "/error"
#define NEXT API "invocation/next"
#define OK_BODY "{\"status\":\"OK\"}\n"
#define FAULT(type, message) "{\"errorMessage\":\"" message "\",\"errorType\":\"" type "\"}\n"
#define NO_WAY(from, to)                                                  \
    FAULT("InvalidStateTransition",                                       \
          "State transition from " from " to " to " failed for runtime. " \
          "Error: State transition is not allowed")
#define INVALID_ID FAULT("InvalidRequestID", "Invalid request ID")
#define LATE FAULT("InvokeTimeout", "Invoke timeout")

static struct runtime_case world_case;
static int64_t port;
static struct trial trial;

// A port that nobody has now.
static int64_t free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, length), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static void begin(void)
{
    char target[32];
    port = free_port();
    snprintf(target, sizeof(target), "attach:%lld", (long long)port);
    runtime_case_begin(&world_case, CLOCK_REAL, text_of(target));
}

static void end(struct client *client)
{
    client_close(client);
    if (trial.runtime_case != NULL && !trial.done)
        world_case.function->invoker->cancel(world_case.function->invoker, &trial.invocation);
    trial_deinit(&trial);
    runtime_case_end(&world_case);
}

static const struct sandbox *sandbox(void)
{
    const struct program *program = world_case.program;
    const struct list_node *node =
        list_is_empty(&program->idle) ? program->others.next : program->idle.next;
    return list_entry((uintptr_t)node, const struct sandbox, link);
}

static void send_bytes(struct client *client, struct text bytes)
{
    while (bytes.length > 0) {
        bytes = text_skip(bytes, client_write(client, bytes));
        loop_turn(world_case.world.loop, 0);
    }
}

// One request; headers: each with its end of line.
static void send_request(struct client *client, const char *method, const char *path,
                         const char *headers, const char *body)
{
    cleanup(buffer_deinit) struct buffer request = {0};
    buffer_print(&request, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%lld\r\n%s", method, path,
                 (long long)port, headers);
    if (body != NULL)
        buffer_print(&request, "Content-Length: %zu\r\n", strlen(body));
    buffer_append(&request, TEXT("\r\n"));
    if (body != NULL)
        buffer_append(&request, text_of(body));
    send_bytes(client, buffer_text(&request));
}

static void await_reply(struct client *client)
{
    RUNTIME_AWAIT(&world_case, client_reply(client, NULL) != 0);
}

static void expect_reply(struct client *client, int status, const char *body)
{
    struct text actual;
    await_reply(client);
    ck_assert_int_eq(client_reply(client, &actual), status);
    expect_text(actual, body);
    client_next(client);
}

static void post(struct client *client, const char *path, const char *headers, const char *body,
                 int status, const char *reply)
{
    send_request(client, "POST", path, headers, body);
    expect_reply(client, status, reply);
}

// Asks for an invocation, and has one.
static void take_invocation(struct client *client, const char *event)
{
    send_request(client, "GET", NEXT, "", NULL);
    RUNTIME_AWAIT(&world_case, sandbox()->next != NULL);
    trial_start(&trial, &world_case, text_of(event));
    await_reply(client);
}

static void begin_running(struct client *client)
{
    begin();
    client_open(client, port);
    take_invocation(client, "{}");
    client_next(client);
}

static void expect_end(enum invocation_end expected_end, const char *response)
{
    trial_await(&trial);
    expect_text(buffer_text(&trial.response), response);
    ck_assert_int_eq(trial.end, expected_end);
}

// The value of a header of the oldest reply, into ret_value.
static void header_of(struct client *client, const char *name, char ret_value[256])
{
    char line[64];
    size_t at;
    snprintf(line, sizeof(line), "\r\n%s: ", name);
    struct text received = buffer_text(&client->received), value, rest;
    ck_assert_msg(text_find(received, text_of(line), &at), "%s not in %.*s", name,
                  TEXT_ARGUMENTS(received));
    ck_assert(text_cut(text_skip(received, at + strlen(line)), '\r', &value, &rest));
    snprintf(ret_value, 256, "%.*s", TEXT_ARGUMENTS(value));
}

// ---- the ordinary way ----

START_TEST(next_is_parked_and_answered_with_the_event_and_its_headers)
{
    RULES("L-210 L-211 L-214 L-239 L-209 L-222 L-227 L-228 lambda-mistake-32");
    struct client client;
    begin();
    client_open(&client, port);
    send_request(&client, "GET", NEXT, "", NULL);
    RUNTIME_AWAIT(&world_case, sandbox()->next != NULL);
    loop_turn(world_case.world.loop, 0);
    ck_assert_uint_eq(server_busy(world_case.world.doors), 0); // quiet
    ck_assert_int_eq(client_reply(&client, NULL), 0);
    trial_start(&trial, &world_case, TEXT("{\"Records\":[]}"));
    await_reply(&client);
    char value[256];
    int64_t deadline_ms;
    header_of(&client, "Content-Type", value);
    ck_assert_str_eq(value, "application/json");
    header_of(&client, "Lambda-Runtime-Aws-Request-Id", value);
    ck_assert_str_eq(value, REQUEST_ID);
    header_of(&client, "Lambda-Runtime-Deadline-Ms", value);
    ck_assert(text_to_integer(text_of(value), &deadline_ms));
    ck_assert_int_gt(deadline_ms, clock_wall_ms()); // real time, on every clock
    ck_assert_int_le(deadline_ms, clock_wall_ms() + 3000);
    header_of(&client, "Lambda-Runtime-Invoked-Function-Arn", value);
    ck_assert_str_eq(value, "arn:aws:lambda:us-east-1:000000000000:function:orders");
    header_of(&client, "Lambda-Runtime-Trace-Id", value);
    ck_assert(strncmp(value, "Root=1-", 7) == 0 && strstr(value, ";Parent=") != NULL);
    header_of(&client, "Lambda-Runtime-Invocation-Id", value);
    ck_assert_uint_eq(strlen(value), UUID_TEXT_BYTES);
    struct text head = buffer_text(&client.received);
    ck_assert(!text_find(head, TEXT("Client-Context"), NULL)); // absent, not empty
    ck_assert(!text_find(head, TEXT("Cognito"), NULL));
    expect_reply(&client, 200, "{\"Records\":[]}");
    post(&client, RESPONSE, "", "{}", 202, OK_BODY);
    expect_end(INVOCATION_RESPONDED, "{}");
    end(&client);
}
END_TEST

START_TEST(the_client_context_is_there_if_one_was_sent)
{
    RULES("L-211 L-74 lambda-mistake-32");
    struct client client;
    char value[256];
    begin();
    client_open(&client, port);
    trial_start(&trial, &world_case, TEXT("7"));
    trial.invocation.client_context = TEXT("{\"custom\":{}}");
    send_request(&client, "GET", NEXT, "", NULL);
    await_reply(&client);
    header_of(&client, "Lambda-Runtime-Client-Context", value);
    ck_assert_str_eq(value, "{\"custom\":{}}");
    end(&client);
}
END_TEST

START_TEST(an_invocation_waits_until_a_runtime_is_attached)
{
    struct client client;
    begin();
    trial_start(&trial, &world_case, TEXT("7"));
    loop_turn(world_case.world.loop, 0);
    ck_assert_uint_eq(world_running(&world_case.world), 1);
    client_open(&client, port);
    send_request(&client, "GET", NEXT, "", NULL);
    expect_reply(&client, 200, "7");
    end(&client);
}
END_TEST

START_TEST(the_invocation_id_is_new_for_each_attempt)
{
    RULES("L-213 L-212");
    struct client client;
    char first[256], second[256], headers[320];
    begin();
    client_open(&client, port);
    take_invocation(&client, "1");
    header_of(&client, "Lambda-Runtime-Invocation-Id", first);
    client_next(&client);
    snprintf(headers, sizeof(headers), "Lambda-Runtime-Invocation-Id: %s\r\n", first);
    post(&client, RESPONSE, headers, "{}", 202, OK_BODY);
    expect_end(INVOCATION_RESPONDED, "{}");
    trial_deinit(&trial);
    take_invocation(&client, "2"); // a retry may carry the same request id
    header_of(&client, "Lambda-Runtime-Invocation-Id", second);
    client_next(&client);
    ck_assert_str_ne(first, second);
    post(&client, RESPONSE, headers, "{}", 410, LATE);
    post(&client, ERROR_PATH, headers, "{}", 410, LATE);
    ck_assert(!trial.done);
    post(&client, RESPONSE, "", "[]", 202, OK_BODY); // without the header as before
    expect_end(INVOCATION_RESPONDED, "[]");
    end(&client);
}
END_TEST

START_TEST(a_second_next_has_the_same_invocation)
{
    RULES("L-221");
    struct client client;
    char first[256], second[256];
    begin();
    client_open(&client, port);
    take_invocation(&client, "[1,2]");
    header_of(&client, "Lambda-Runtime-Invocation-Id", first);
    expect_reply(&client, 200, "[1,2]");
    send_request(&client, "GET", NEXT, "", NULL);
    await_reply(&client);
    header_of(&client, "Lambda-Runtime-Invocation-Id", second);
    expect_reply(&client, 200, "[1,2]");
    ck_assert_str_eq(first, second);
    post(&client, RESPONSE, "", "{}", 202, OK_BODY);
    end(&client);
}
END_TEST

START_TEST(an_error_passes_whatever_it_is)
{
    RULES("L-215 L-86");
    static const char *const bodies[] = {"", "no JSON \xff", "{\"errorMessage\":\"e\"}"};
    struct client client;
    begin_running(&client);
    post(&client, ERROR_PATH, "Lambda-Runtime-Function-Error-Type: unhandled\r\n", bodies[_i], 202,
         OK_BODY);
    expect_end(INVOCATION_FUNCTION_ERROR, bodies[_i]);
    end(&client);
}
END_TEST

START_TEST(a_long_cause_of_an_error_travels_in_a_header)
{
    RULES("L-217");
    struct client client;
    begin_running(&client);
    cleanup(buffer_deinit) struct buffer headers = {0};
    buffer_append(&headers, TEXT("Lambda-Runtime-Function-XRay-Error-Cause: "));
    for (int index = 0; index < 100000; index++)
        buffer_append_byte(&headers, 'x');
    buffer_append(&headers, TEXT("\r\n\0"));
    post(&client, ERROR_PATH, headers.bytes, "{}", 202, OK_BODY);
    expect_end(INVOCATION_FUNCTION_ERROR, "{}");
    end(&client);
}
END_TEST

START_TEST(the_content_type_of_a_response_means_nothing)
{
    RULES("L-224");
    static const char *const headers[] = {"Content-Type: application/octet-stream\r\n",
                                          "Content-Type: application/unknown\r\n",
                                          "Content-Type: application/json\r\n"};
    struct client client;
    begin_running(&client);
    post(&client, RESPONSE, headers[_i], "any bytes", 202, OK_BODY);
    expect_end(INVOCATION_RESPONDED, "any bytes");
    end(&client);
}
END_TEST

// ---- how a body comes ----

START_TEST(a_chunked_body_with_trailers)
{
    RULES("L-223");
    struct client client;
    begin_running(&client);
    send_request(&client, "POST", RESPONSE,
                 "Transfer-Encoding: chunked\r\nTrailer: Lambda-Runtime-Function-Error-Type, "
                 "Lambda-Runtime-Function-Error-Body\r\n",
                 NULL);
    send_bytes(&client, TEXT("5\r\n[1,2,\r\n2\r\n3]\r\n0\r\nX-Other: 1\r\n\r\n"));
    expect_reply(&client, 202, OK_BODY);
    expect_end(INVOCATION_RESPONDED, "[1,2,3]");
    end(&client);
}
END_TEST

START_TEST(a_stream_that_breaks_off_is_a_function_error)
{
    RULES("L-225");
    static const struct {
        const char *trailers;
        const char *payload;
    } rows[] = {
        {"Lambda-Runtime-Function-Error-Type: Runtime.X\r\n"
         "Lambda-Runtime-Function-Error-Body: eyJlcnJvck1lc3NhZ2UiOiJ4In0=\r\n",
         "{\"errorMessage\":\"x\"}"},
        {"Lambda-Runtime-Function-Error-Type: Runtime.X\r\n",
         "{\"errorType\":\"Runtime.X\",\"errorMessage\":\"\"}"},
    };
    struct client client;
    begin_running(&client);
    send_request(&client, "POST", RESPONSE,
                 "Lambda-Runtime-Function-Response-Mode: streaming\r\n"
                 "Transfer-Encoding: chunked\r\n",
                 NULL);
    send_bytes(&client, TEXT("2\r\n[1\r\n0\r\n"));
    send_bytes(&client, text_of(rows[_i].trailers));
    send_bytes(&client, TEXT("\r\n"));
    expect_reply(&client, 202, OK_BODY);
    expect_end(INVOCATION_FUNCTION_ERROR, rows[_i].payload);
    end(&client);
}
END_TEST

START_TEST(a_whole_stream_is_the_response)
{
    RULES("L-225");
    struct client client;
    begin_running(&client);
    send_request(&client, "POST", RESPONSE,
                 "Lambda-Runtime-Function-Response-Mode: streaming\r\n"
                 "Content-Type: application/vnd.awslambda.http-integration-response\r\n"
                 "Transfer-Encoding: chunked\r\n",
                 NULL);
    send_bytes(&client, TEXT("4\r\n{}\0\0\r\n1\r\nx\r\n0\r\n\r\n"));
    expect_reply(&client, 202, OK_BODY);
    trial_await(&trial);
    ck_assert(text_equal(buffer_text(&trial.response), TEXT("{}\0\0x")));
    end(&client);
}
END_TEST

START_TEST(who_expects_100_continue_is_told_to)
{
    RULES("L-223");
    struct client client;
    begin_running(&client);
    send_request(&client, "POST", RESPONSE, "Expect: 100-continue\r\nContent-Length: 2\r\n", NULL);
    await_reply(&client);
    expect_reply(&client, 100, "");
    send_bytes(&client, TEXT("{}"));
    expect_reply(&client, 202, OK_BODY);
    expect_end(INVOCATION_RESPONDED, "{}");
    end(&client);
}
END_TEST

// ---- what is refused, row by row ----

START_TEST(an_id_that_is_not_the_current_one)
{
    RULES("L-219");
    static const char *const wrong = API "invocation/00000000-0000-4000-8000-000000000000/response";
    struct client client;
    begin();
    client_open(&client, port);
    post(&client, RESPONSE, "", "{}", 400, INVALID_ID); // there is none yet
    take_invocation(&client, "{}");
    client_next(&client);
    post(&client, wrong, "", "{}", 400, INVALID_ID);
    post(&client, API "invocation/x/error", "", "{}", 400, INVALID_ID);
    ck_assert(!trial.done);
    post(&client, RESPONSE, "", "{}", 202, OK_BODY);
    end(&client);
}
END_TEST

START_TEST(a_body_shorter_than_announced)
{
    RULES("L-219");
    struct client client, other;
    begin_running(&client);
    send_request(&client, "POST", RESPONSE, "Content-Length: 3\r\n", NULL);
    send_bytes(&client, TEXT("{}"));
    ck_assert_int_eq(shutdown(client.fd, SHUT_WR), 0);
    expect_reply(&client, 400, FAULT("TruncatedHTTPRequest", "HTTP request detected as truncated"));
    client_open(&other, port);
    post(&other, RESPONSE, "", "{}", 202, OK_BODY); // it may try again
    expect_end(INVOCATION_RESPONDED, "{}");
    client_close(&other);
    end(&client);
}
END_TEST

START_TEST(a_response_mode_that_is_none)
{
    RULES("L-219");
    struct client client;
    begin_running(&client);
    post(&client, RESPONSE, "Lambda-Runtime-Function-Response-Mode: buffered\r\n", "{}", 400,
         FAULT("InvalidFunctionResponseMode", "Invalid function response mode"));
    ck_assert(!trial.done);
    post(&client, RESPONSE, "", "{}", 202, OK_BODY);
    end(&client);
}
END_TEST

START_TEST(what_a_state_does_not_allow)
{
    RULES("L-219 L-220");
    struct client client, other;
    begin_running(&client);
    client_open(&other, port);
    post(&client, API "init/error", "", "{}", 403, NO_WAY("Running", "InitError"));
    post(&client, RESPONSE, "", "{}", 202, OK_BODY);
    post(&client, RESPONSE, "", "{}", 403,
         NO_WAY("RuntimeResponseSentState", "InvocationResponse"));
    post(&client, ERROR_PATH, "", "{}", 403,
         NO_WAY("RuntimeResponseSentState", "InvocationErrorResponse"));
    send_request(&client, "GET", NEXT, "", NULL);
    RUNTIME_AWAIT(&world_case, sandbox()->next != NULL);
    post(&other, API "init/error", "", "{}", 403, NO_WAY("Ready", "InitError"));
    post(&other, RESPONSE, "", "{}", 403, NO_WAY("Ready", "InvocationResponse"));
    client_close(&other);
    end(&client);
}
END_TEST

START_TEST(init_error_comes_before_the_first_next)
{
    RULES("L-216");
    runtime_case_begin(&world_case, CLOCK_REAL, TEXT("exec:" BOOTSTRAP_PATH " init-hang"));
    trial_start(&trial, &world_case, TEXT("{}"));
    struct client client;
    port = sandbox()->door->port;
    client_open(&client, port);
    post(&client, API "init/error", "", "{\"errorType\":\"Runtime.X\"}", 202, OK_BODY);
    post(&client, API "init/error", "", "{}", 403, NO_WAY("InitError", "InitError"));
    send_request(&client, "GET", NEXT, "", NULL);
    expect_reply(&client, 403, NO_WAY("InitError", "Ready"));
    end(&client);
}
END_TEST

START_TEST(an_attached_runtime_may_fail_and_come_again)
{
    static const char *const body = "{\"errorType\":\"Runtime.X\"}";
    struct client client;
    begin();
    trial_start(&trial, &world_case, TEXT("1"));
    client_open(&client, port);
    post(&client, API "init/error", "", body, 202, OK_BODY);
    expect_end(INVOCATION_EXITED, body);
    trial_deinit(&trial);
    take_invocation(&client, "2");
    expect_reply(&client, 200, "2");
    end(&client);
}
END_TEST

START_TEST(an_answer_after_the_deadline)
{
    RULES("L-219");
    struct client client;
    begin();
    world_case.function->timeout_seconds = 1;
    client_open(&client, port);
    take_invocation(&client, "{}");
    client_next(&client);
    trial_await(&trial);
    ck_assert_int_eq(trial.end, INVOCATION_TIMED_OUT);
    post(&client, RESPONSE, "", "{}", 410, LATE);
    post(&client, ERROR_PATH, "", "{}", 410, LATE);
    trial_deinit(&trial);
    take_invocation(&client, "[2]");
    expect_reply(&client, 200, "[2]");
    end(&client);
}
END_TEST

START_TEST(a_response_that_is_too_large)
{
    RULES("L-219");
    struct client client;
    begin_running(&client);
    bool chunked = _i == 1;
    cleanup(buffer_deinit) struct buffer body = {0};
    size_t length = 17u << 20; // more than any other request may have
    if (chunked)
        buffer_print(&body, "%zx\r\n", length);
    memset(buffer_reserve(&body, length), 'x', length);
    body.length += length;
    if (chunked)
        buffer_append(&body, TEXT("\r\n0\r\n\r\n"));
    char headers[64] = "Transfer-Encoding: chunked\r\n";
    if (!chunked)
        snprintf(headers, sizeof(headers), "Content-Length: %zu\r\n", length);
    send_request(&client, "POST", RESPONSE, headers, NULL);
    send_bytes(&client, buffer_text(&body));
    expect_reply(
        &client, 413,
        FAULT("RequestEntityTooLarge", "Exceeded maximum allowed payload size (6291556 bytes)."));
    trial_await(&trial);
    ck_assert_int_eq(trial.end, INVOCATION_TOO_LARGE);
    end(&client);
}
END_TEST

START_TEST(a_process_that_was_given_up)
{
    RULES("L-219");
    runtime_case_begin(&world_case, CLOCK_REAL, TEXT("exec:" BOOTSTRAP_PATH " init-hang stubborn"));
    trial_start(&trial, &world_case, TEXT("{}"));
    struct client client;
    port = sandbox()->door->port;
    client_open(&client, port);
    send_request(&client, "GET", NEXT, "", NULL); // as if the process had asked
    await_reply(&client);
    client_next(&client);
    send_request(&client, "POST", RESPONSE, "Content-Length: 2\r\n", NULL);
    while (server_busy(world_case.world.doors) == 0)
        loop_turn(world_case.world.loop, 10);
    world_case.function->invoker->cancel(world_case.function->invoker, &trial.invocation);
    RUNTIME_AWAIT(&world_case, world_case.world.runtime->sandbox_count == 0);
    send_bytes(&client, TEXT("{}"));
    expect_reply(&client, 500, FAULT("InternalServerError", "Internal Server Error"));
    client_close(&client);
    runtime_case_end(&world_case);
}
END_TEST

// ---- the rest ----

START_TEST(unknown_paths)
{
    RULES("L-218");
    static const struct {
        const char *method;
        const char *path;
        int status;
    } rows[] = {
        {"GET", API "restore/next", 404},
        {"POST", API "restore/error", 404},
        {"GET", "/", 404},
        {"POST", NEXT, 404},
        {"GET", RESPONSE, 404},
        {"POST", API "invocation/response", 404},
        {"GET", "/2018-06-01/ping", 200},
    };
    struct client client;
    begin();
    client_open(&client, port);
    send_request(&client, rows[_i].method, rows[_i].path, "", "");
    await_reply(&client);
    ck_assert_int_eq(client_reply(&client, NULL), rows[_i].status);
    end(&client);
}
END_TEST

START_TEST(the_guard_stands_before_every_sandbox)
{
    static const char *const requests[] = {
        "GET " NEXT " HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        "GET " NEXT " HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://evil.example\r\n\r\n",
        "POST " API "init/error HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: cross-site\r\n"
        "Content-Length: 2\r\n\r\n{}",
    };
    struct client client;
    begin();
    client_open(&client, port);
    send_bytes(&client, text_of(requests[_i]));
    await_reply(&client);
    ck_assert_int_eq(client_reply(&client, NULL), 403);
    ck_assert_ptr_null(sandbox()->next);
    ck_assert_int_eq(sandbox()->state, SANDBOX_STARTED);
    end(&client);
}
END_TEST

START_TEST(a_runtime_that_hangs_up_makes_room_for_another)
{
    struct client client, other;
    begin();
    client_open(&client, port);
    send_request(&client, "GET", NEXT, "", NULL);
    RUNTIME_AWAIT(&world_case, sandbox()->next != NULL);
    client_close(&client);
    RUNTIME_AWAIT(&world_case, sandbox()->next == NULL);
    trial_start(&trial, &world_case, TEXT("8"));
    client_open(&other, port);
    send_request(&other, "GET", NEXT, "", NULL);
    expect_reply(&other, 200, "8");
    end(&other);
}
END_TEST

START_TEST(the_newer_of_two_that_wait_is_answered)
{
    struct client client, other;
    begin();
    client_open(&client, port);
    client_open(&other, port);
    send_request(&client, "GET", NEXT, "", NULL);
    RUNTIME_AWAIT(&world_case, sandbox()->next != NULL);
    send_request(&other, "GET", NEXT, "", NULL);
    expect_reply(&client, 500, FAULT("InternalServerError", "Internal Server Error"));
    trial_start(&trial, &world_case, TEXT("9"));
    expect_reply(&other, 200, "9");
    client_close(&client);
    end(&other);
}
END_TEST

START_TEST(the_world_ends_while_a_runtime_waits)
{
    struct client client;
    begin();
    client_open(&client, port);
    send_request(&client, "GET", NEXT, "", NULL);
    RUNTIME_AWAIT(&world_case, sandbox()->next != NULL);
    runtime_case_end(&world_case);
    ck_assert_int_eq(client_reply(&client, NULL), 503);
    client_close(&client);
}
END_TEST

START_TEST(a_port_that_is_taken_is_refused)
{
    struct text reason;
    begin();
    struct function *other = functions_add(world_case.world.functions, TEXT("other"));
    char target[32];
    snprintf(target, sizeof(target), "attach:%lld", (long long)port);
    ck_assert(!target_bind(&world_case.world, other, text_of(target), true, &reason));
    ck_assert(text_find(reason, TEXT("cannot be listened on: Address already in use"), NULL));
    runtime_case_end(&world_case);
}
END_TEST

static Suite *runtime_api_suite(void)
{
    Suite *suite = suite_create("emulator/api/runtime_api");
    TCase *way = tcase_create("the ordinary way");
    tcase_add_test(way, next_is_parked_and_answered_with_the_event_and_its_headers);
    tcase_add_test(way, the_client_context_is_there_if_one_was_sent);
    tcase_add_test(way, an_invocation_waits_until_a_runtime_is_attached);
    tcase_add_test(way, the_invocation_id_is_new_for_each_attempt);
    tcase_add_test(way, a_second_next_has_the_same_invocation);
    tcase_add_loop_test(way, an_error_passes_whatever_it_is, 0, 3);
    tcase_add_test(way, a_long_cause_of_an_error_travels_in_a_header);
    tcase_add_loop_test(way, the_content_type_of_a_response_means_nothing, 0, 3);
    suite_add_tcase(suite, way);
    TCase *bodies = tcase_create("bodies");
    tcase_add_test(bodies, a_chunked_body_with_trailers);
    tcase_add_loop_test(bodies, a_stream_that_breaks_off_is_a_function_error, 0, 2);
    tcase_add_test(bodies, a_whole_stream_is_the_response);
    tcase_add_test(bodies, who_expects_100_continue_is_told_to);
    suite_add_tcase(suite, bodies);
    TCase *refusals = tcase_create("refusals");
    tcase_add_test(refusals, an_id_that_is_not_the_current_one);
    tcase_add_test(refusals, a_body_shorter_than_announced);
    tcase_add_test(refusals, a_response_mode_that_is_none);
    tcase_add_test(refusals, what_a_state_does_not_allow);
    tcase_add_test(refusals, init_error_comes_before_the_first_next);
    tcase_add_test(refusals, an_attached_runtime_may_fail_and_come_again);
    tcase_add_test(refusals, an_answer_after_the_deadline);
    tcase_add_loop_test(refusals, a_response_that_is_too_large, 0, 2);
    tcase_add_test(refusals, a_process_that_was_given_up);
    suite_add_tcase(suite, refusals);
    TCase *rest = tcase_create("the rest");
    tcase_add_loop_test(rest, unknown_paths, 0, 7);
    tcase_add_loop_test(rest, the_guard_stands_before_every_sandbox, 0, 3);
    tcase_add_test(rest, a_runtime_that_hangs_up_makes_room_for_another);
    tcase_add_test(rest, the_newer_of_two_that_wait_is_answered);
    tcase_add_test(rest, the_world_ends_while_a_runtime_waits);
    tcase_add_test(rest, a_port_that_is_taken_is_refused);
    suite_add_tcase(suite, rest);
    return suite;
}

CHECK_MAIN(runtime_api_suite)
