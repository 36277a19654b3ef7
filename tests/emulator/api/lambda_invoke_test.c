// lambda_invoke -- Invoke over HTTP: what is checked, what is answered, and how a failure looks.
#include "tests/support/lambda_world.h"

#include "bootstrap_path.h"
#include "tests/support/check_main.h"
#include "tests/support/http_peer.h"

#include <stdio.h>
#include <string.h>

START_TEST(invoke_checks_before_it_runs)
{
    RULES("L-70 L-74 L-76 L-80");
    LAMBDA_WORLD(world);
    ck_assert_int_eq(lambda_call(&world, "POST", FUNCTIONS "/worker/invocations",
                                 "X-Amz-Invocation-Type: DryRun\r\n", "{}"),
                     204);
    lambda_call(&world, "POST", FUNCTIONS "/nobody/invocations", "", "{}");
    lambda_expect(&world, 404, "ResourceNotFoundException",
                  TYPED("Message", "Function not found: " LAMBDA_ARN "function:nobody:$LATEST"));
    lambda_call(&world, "POST", FUNCTIONS "/worker/invocations", "", "{not json");
    lambda_expect(&world, 400, "InvalidRequestContentException",
                  TYPED("message",
                        "Could not parse request body into json: Could not parse payload "
                        "into json: it stops being JSON at byte 1"));
    ck_assert_int_eq(lambda_call(&world, "POST", FUNCTIONS "/worker/invocations",
                                 "X-Amz-Invocation-Type: Event\r\n", "{}"),
                     202);
    ck_assert_str_eq(world.body.bytes, "");
}
END_TEST

START_TEST(invoke_answers_what_the_function_answers)
{
    RULES("L-77 L-78 lambda-mistake-30");
    LAMBDA_WORLD(world);
    world.options.clock = CLOCK_LEAP;
    world.options.functions[world.options.function_count++] =
        TEXT("thrower=sim:{\"fail\":{\"body\":\"bad\"},\"how\":\"throw\"}");
    lambda_world_reopen(&world);
    static const char id[] = "x-amzn-RequestId: 11111111-2222-4333-8444-555555555555\r\n";
    char headers[256];
    snprintf(headers, sizeof(headers), "X-Amz-Log-Type: Tail\r\n%s", id);
    ck_assert_int_eq(
        lambda_call(&world, "POST", FUNCTIONS "/worker/invocations", headers, "{'Records':[]}"),
        200);
    lambda_expect_header(&world, "X-Amz-Executed-Version: $LATEST\r\n");
    lambda_expect_header(&world, "x-amzn-requestid: 11111111-2222-4333-8444-555555555555\r\n");
    lambda_expect_header(&world, "X-Amz-Log-Result: ");
    ck_assert_ptr_null(strstr(world.headers.bytes, "X-Amz-Function-Error"));
    ck_assert_int_eq(lambda_call(&world, "POST", FUNCTIONS "/thrower/invocations", "",
                                 "{'Records':[{'messageId':'1','body':'bad','attributes':{}}]}"),
                     200);
    lambda_expect_header(&world, "X-Amz-Function-Error: Unhandled\r\n");
    ck_assert_ptr_nonnull(json_member(world.tree, "errorMessage"));
}
END_TEST

START_TEST(invoke_says_how_a_function_failed)
{
    RULES("L-78 L-82 L-83 L-84");
    static const struct {
        const char *target;
        int status;
        const char *body; // a part of it
        const char *header;
    } cases[] = {
        {"f=sim:{\"fail\":{\"body\":\"x\"},\"how\":\"timeout\"}", 200,
         "Task timed out after 3.00 seconds", "X-Amz-Function-Error: Unhandled"},
        {"f=sim:{\"fail\":{\"body\":\"x\"},\"how\":\"crash\"}", 200, "Runtime.ExitError",
         "X-Amz-Function-Error: Unhandled"},
        {"f=sim:{\"fail\":{\"body\":\"x\"},\"how\":\"throttle\"}", 429, "Rate Exceeded.",
         "x-amzn-errortype: TooManyRequestsException"},
        {"f=http://127.0.0.1:1/", 500, "redrive could not reach what runs f",
         "x-amzn-errortype: ServiceException"},
    };
    LAMBDA_WORLD(world);
    world.options.clock = CLOCK_LEAP;
    world.options.functions[world.options.function_count++] = text_of(cases[_i].target);
    lambda_world_reopen(&world);
    lambda_call(&world, "POST", FUNCTIONS "/f/invocations", "",
                "{'Records':[{'messageId':'1','body':'x','attributes':{}}]}");
    ck_assert_int_eq(world.status, cases[_i].status);
    ck_assert_msg(strstr(world.body.bytes, cases[_i].body) != NULL, "%s", world.body.bytes);
    ck_assert_msg(strstr(world.headers.bytes, cases[_i].header) != NULL, "%s", world.headers.bytes);
}
END_TEST

static void count_answer(void *context, int status, struct text headers, struct text body)
{
    (void)status;
    (void)headers;
    (void)body;
    ++*(int *)context;
}

static void begin_invoke(struct lambda_world *world, const char *function, int *answers)
{
    cleanup(buffer_deinit) struct buffer request = {0};
    buffer_print(&request,
                 "POST " FUNCTIONS
                 "/%s/invocations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
                 function);
    emulator_request(world->emulator, buffer_text(&request), count_answer, answers);
    bool never = false;
    emulator_run_until(world->emulator, &never, 5);
    ck_assert_int_eq(*answers, 0);
}

// A function that does not answer.
static void stall(struct lambda_world *world, struct http_peer *peer, enum clock_mode mode)
{
    http_peer_start(peer, &(struct http_peer_step){PEER_STALL, NULL, 0}, 1);
    world->options.clock = mode;
    world->options.functions[world->options.function_count++] =
        arena_print(world->arena, "stalls=http://127.0.0.1:%d/", peer->port);
    lambda_world_reopen(world);
}

static void stop(struct http_peer *peer)
{
    cleanup(buffer_deinit) struct buffer requests = {0};
    http_peer_stop(peer, &requests);
}

START_TEST(a_hung_up_invocation_leaves_nothing_behind)
{
    LAMBDA_WORLD(world);
    struct http_peer peer;
    stall(&world, &peer, CLOCK_MANUAL);
    int answers = 0;
    begin_invoke(&world, "stalls", &answers);
    world.emulator = emulator_free(world.emulator); // cancels it
    ck_assert_int_eq(answers, 0);
    stop(&peer);
}
END_TEST

// ---- a caller outside waits in real time ----

static int64_t now_of(struct lambda_world *world)
{
    ck_assert_int_eq(lambda_get(world, "/_redrive/api/clock"), 200);
    return (int64_t)json_member(world->tree, "nowMs")->valuedouble;
}

static void expect_duration(struct lambda_world *world, const char *function, double duration_ms)
{
    ck_assert_int_eq(lambda_get(world, "/_redrive/api/metrics?format=json"), 200);
    const cJSON *item;
    cJSON_ArrayForEach(item, json_member(world->tree, "functions"))
    {
        if (!text_equal(json_member_text(item, "FunctionName"), text_of(function)))
            continue;
        double told = json_member(item, "Duration")->valuedouble;
        ck_assert_msg(told >= duration_ms && told <= duration_ms, "%g", told);
        return;
    }
    ck_abort_msg("no %s", function);
}

START_TEST(a_caller_outside_is_answered_while_the_clock_stands_still)
{
    RULES("L-77");
    static const struct {
        const char *target;
        const char *answer;
        double duration_ms;
    } rows[] = {
        {"sim:{\"how\":\"end\",\"end\":\"responded\",\"response\":\"5\"}", "5", 200},
        {"sim:{\"how\":\"end\",\"end\":\"timed-out\"}", "Task timed out after 3.00 seconds", 3000},
        {"sim:{\"fail\":{\"body\":\"x\"},\"how\":\"delete-then-throw\"}", "errorMessage", 200},
        {"exec:" BOOTSTRAP_PATH, "{\"batchItemFailures\":[]}", 200},
        {"http:", "null", 200},
    };
    LAMBDA_WORLD(world);
    struct http_peer peer;
    http_peer_start(&peer,
                    &(struct http_peer_step){PEER_ANSWER,
                                             "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull", 0},
                    1);
    const char *target = rows[_i].target;
    if (strcmp(target, "http:") == 0)
        target = arena_print(world.arena, "http://127.0.0.1:%d/", peer.port).bytes;
    world.options.functions[world.options.function_count++] =
        arena_print(world.arena, "f=%s", target);
    world.options.sets[world.options.set_count++] = TEXT("f.Duration=200ms");
    lambda_world_reopen(&world);
    int64_t began_at_ms = now_of(&world);
    // One after the other, where only one may run at a time.
    ck_assert_int_eq(lambda_call(&world, "PUT", "/2017-10-31/functions/f/concurrency", "",
                                 "{'ReservedConcurrentExecutions':1}"),
                     200);
    for (int i = 0; i < 2; i++) {
        lambda_call(&world, "POST", FUNCTIONS "/f/invocations", "",
                    "{'Records':[{'messageId':'1','body':'x','attributes':{}}]}");
        ck_assert_int_eq(world.status, 200);
        lambda_expect_part(&world, rows[_i].answer);
    }
    ck_assert_int_eq(now_of(&world), began_at_ms);
    expect_duration(&world, "f", 2 * rows[_i].duration_ms);
    stop(&peer);
}
END_TEST

START_TEST(on_a_clock_that_moves_an_answer_has_its_instant)
{
    RULES("L-77");
    LAMBDA_WORLD(world);
    world.options.clock = CLOCK_LEAP;
    world.options.functions[world.options.function_count++] = TEXT("f=sim:{\"duration\":\"2m\"}");
    world.options.sets[world.options.set_count++] = TEXT("f.Timeout=180");
    lambda_world_reopen(&world);
    int64_t began_at_ms = now_of(&world);
    ck_assert_int_eq(lambda_call(&world, "POST", FUNCTIONS "/f/invocations", "", "{}"), 200);
    ck_assert_int_ge(now_of(&world), began_at_ms + 120000);
    expect_duration(&world, "f", 120000);
}
END_TEST

START_TEST(a_handler_that_waits_for_another_function_is_answered)
{
    RULES("L-77");
    LAMBDA_WORLD(world);
    struct http_peer peer;
    stall(&world, &peer, CLOCK_LEAP);
    int answers = 0;
    begin_invoke(&world, "stalls", &answers); // at work: time stands still
    ck_assert_int_eq(lambda_call(&world, "POST", FUNCTIONS "/worker/invocations", "", "{}"), 200);
    ck_assert_int_eq(answers, 0);
    world.emulator = emulator_free(world.emulator);
    stop(&peer);
}
END_TEST

// 900 are reserved for one function, so the others share the hundred that must stay free.
START_TEST(the_thousand_of_the_account_are_the_most)
{
    RULES("L-73 L-82");
    LAMBDA_WORLD(world);
    world.options.clock = CLOCK_REAL;
    world.options.functions[world.options.function_count++] =
        TEXT("slow=sim:{\"duration\":\"15m\"}");
    world.options.sets[world.options.set_count++] = TEXT("slow.Timeout=900");
    lambda_world_reopen(&world);
    int answers = 0;
    ck_assert_int_eq(lambda_call(&world, "PUT", "/2017-10-31/functions/worker/concurrency", "",
                                 "{'ReservedConcurrentExecutions':900}"),
                     200);
    for (int i = 0; i < 100; i++)
        emulator_request(
            world.emulator,
            TEXT("POST " FUNCTIONS
                 "/slow/invocations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"),
            count_answer, &answers);
    ck_assert_int_eq(answers, 0);
    lambda_call(&world, "POST", FUNCTIONS "/slow/invocations", "", "{}");
    lambda_expect(&world, 429, "TooManyRequestsException",
                  "{\"Reason\":\"ConcurrentInvocationLimitExceeded\",\"Type\":\"User\","
                  "\"message\":\"Rate Exceeded.\"}");
    lambda_expect_header(&world, "Retry-After: 1\r\n");
    world.emulator = emulator_free(world.emulator); // cancels them
}
END_TEST

START_TEST(a_header_that_is_none_is_refused_before_the_function_is_looked_for)
{
    RULES("L-10 L-74");
    LAMBDA_WORLD(world);
    lambda_call(&world, "POST", FUNCTIONS "/nobody/invocations", "X-Amz-Invocation-Type: Later\r\n",
                "{}");
    lambda_expect(&world, VALIDATION_ERROR,
                  UNTYPED("message", "1 validation error detected: Value 'Later' at "
                                     "'invocationType' failed to satisfy constraint: Member must "
                                     "satisfy enum value set: [Event, RequestResponse, DryRun]"));
    lambda_call(&world, "POST", FUNCTIONS "/worker/invocations", "X-Amz-Log-Type: All\r\n", "{}");
    lambda_expect(&world, VALIDATION_ERROR,
                  UNTYPED("message", "1 validation error detected: Value 'All' at 'logType' failed "
                                     "to satisfy constraint: Member must satisfy enum value set: "
                                     "[None, Tail]"));
    ck_assert_int_eq(lambda_call(&world, "POST", FUNCTIONS "/worker/invocations",
                                 "X-Amz-Invocation-Type: DryRun\r\nX-Amz-Log-Type: None\r\n", "%s",
                                 ""),
                     204);
    ck_assert_ptr_null(strstr(world.headers.bytes, "X-Amz-Executed-Version"));
}
END_TEST

START_TEST(a_function_gets_an_empty_object_for_an_empty_body)
{
    RULES("L-75 L-77 L-79");
    LAMBDA_WORLD(world);
    struct http_peer peer;
    http_peer_start(&peer,
                    &(struct http_peer_step){PEER_ANSWER,
                                             "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull", 0},
                    1);
    world.options.clock = CLOCK_LEAP;
    world.options.functions[world.options.function_count++] =
        arena_print(world.arena, "f=http://127.0.0.1:%d/", peer.port);
    lambda_world_reopen(&world);
    ck_assert_int_eq(lambda_call(&world, "POST", FUNCTIONS "/f/invocations", "", "%s", ""), 200);
    ck_assert_str_eq(world.body.bytes, "null");
    lambda_expect_header(&world, "x-amzn-remapped-content-length: 0\r\n");
    lambda_expect_header(&world, "x-amzn-trace-id: Root=1-");
    cleanup(buffer_deinit) struct buffer requests = {0};
    http_peer_stop(&peer, &requests);
    ck_assert(text_starts_with(buffer_text(&requests), TEXT("#1 2\n"))); // two bytes: {}
}
END_TEST

START_TEST(a_payload_beyond_six_megabytes_is_refused)
{
    RULES("L-9 L-81");
    LAMBDA_WORLD(world);
    static char body[6291456 + 2];
    memset(body, '1', sizeof(body) - 1); // a long number is JSON
    lambda_call(&world, "POST", FUNCTIONS "/worker/invocations", "", "%s", body);
    lambda_expect(&world, 413, "RequestEntityTooLargeException",
                  UNTYPED("Message", "Request must be smaller than 6291456 bytes for the "
                                     "InvokeFunction operation"));
    body[6291456] = '\0';
    body[0] = '"';
    body[6291455] = '"';
    ck_assert_int_eq(lambda_call(&world, "POST", FUNCTIONS "/worker/invocations",
                                 "X-Amz-Invocation-Type: DryRun\r\n", "%s", body),
                     204);
    ck_assert_int_eq(lambda_call(&world, "POST", FUNCTIONS "/worker/invocations",
                                 "X-Amz-Invocation-Type: Event\r\n", "%s", body),
                     413);
    lambda_expect_part(&world, "6291456 byte payload is too large for the Event invocation type "
                               "(limit 1048576 bytes)");
}
END_TEST

START_TEST(the_old_operation_takes_an_event)
{
    RULES("L-2 L-3 L-76");
    LAMBDA_WORLD(world);
    const char *path = "/2014-11-13/functions/worker/invoke-async/";
    ck_assert_int_eq(lambda_call(&world, "POST", path, "", "[1]"), 202);
    ck_assert_str_eq(world.body.bytes, "");
    ck_assert_int_eq(lambda_call(&world, "POST", path, "", "{"), 400);
    lambda_expect_header(&world, "x-amzn-errortype: InvalidRequestContentException\r\n");
    ck_assert_int_eq(
        lambda_call(&world, "POST", "/2014-11-13/functions/nobody/invoke-async", "", "{}"), 404);
    static char body[262144 + 2];
    memset(body, '1', sizeof(body) - 1);
    lambda_call(&world, "POST", path, "", "%s", body);
    lambda_expect(&world, 413, "RequestEntityTooLargeException",
                  UNTYPED("Message", "262145 byte payload is too large for the Event invocation "
                                     "type (limit 262144 bytes)"));
    body[262144] = '\0';
    ck_assert_int_eq(lambda_call(&world, "POST", path, "", "%s", body), 202);
}
END_TEST

START_TEST(a_payload_is_any_value_with_a_slash_behind_the_path_too)
{
    RULES("L-3 L-74");
    LAMBDA_WORLD(world);
    ck_assert_int_eq(lambda_call(&world, "POST", FUNCTIONS "/worker/invocations/",
                                 "X-Amz-Invocation-Type: Event\r\n", "[1]"),
                     202);
}
END_TEST

static Suite *lambda_invoke_suite(void)
{
    Suite *suite = suite_create("lambda_invoke");
    TCase *rules = tcase_create("rules");
    tcase_add_test(rules, invoke_checks_before_it_runs);
    tcase_add_test(rules, invoke_answers_what_the_function_answers);
    tcase_add_test(rules, the_old_operation_takes_an_event);
    tcase_add_test(rules, a_payload_is_any_value_with_a_slash_behind_the_path_too);
    tcase_add_loop_test(rules, invoke_says_how_a_function_failed, 0, 4);
    tcase_add_test(rules, a_hung_up_invocation_leaves_nothing_behind);
    tcase_add_test(rules, the_thousand_of_the_account_are_the_most);
    tcase_add_loop_test(rules, a_caller_outside_is_answered_while_the_clock_stands_still, 0, 5);
    tcase_add_test(rules, on_a_clock_that_moves_an_answer_has_its_instant);
    tcase_add_test(rules, a_handler_that_waits_for_another_function_is_answered);
    tcase_add_test(rules, a_header_that_is_none_is_refused_before_the_function_is_looked_for);
    tcase_add_test(rules, a_function_gets_an_empty_object_for_an_empty_body);
    tcase_add_test(rules, a_payload_beyond_six_megabytes_is_refused);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(lambda_invoke_suite)
