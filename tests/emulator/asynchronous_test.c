// asynchronous_test -- Invoke with type Event: 202 at once, three tries over three minutes of the timeline (L-80).
#include "emulator/emulator.h"
#include "esm/json.h"
#include "tests/support/check_main.h"

#include <stdio.h>

#define REQUEST_ID "11111111-2222-4333-8444-555555555555"

static struct arena *arena;
static struct options options;
static struct emulator *emulator;

static void setup(void)
{
    struct text reason = {0};
    int status;
    arena = arena_new();
    options_init(&options, arena);
    options.listener = false;
    options.journal_none = true;
    options.clock = CLOCK_MANUAL;
    options.start_at_ms = 1767225600000LL;
    options.seeded = true;
    options.seed = 1;
    options.quiet = true;
    options.functions[options.function_count++] =
        TEXT("fails=sim:{\"how\":\"end\",\"end\":\"function-error\"}");
    options.functions[options.function_count++] = TEXT("works=sim:{}");
    emulator = emulator_new(&options, &reason, &status);
    ck_assert_msg(emulator != NULL, "%.*s", TEXT_ARGUMENTS(reason));
}

static void teardown(void)
{
    emulator_free(emulator);
    arena_free(arena);
}

static int ask(const char *line, const char *headers, struct text body, struct buffer *received)
{
    cleanup(buffer_deinit) struct buffer request = {0};
    buffer_print(&request, "%s HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %zu\r\n\r\n", line,
                 headers, body.length);
    buffer_append(&request, body);
    return emulator_call(emulator, buffer_text(&request), received);
}

static int send_event(const char *function, struct text payload)
{
    char line[128];
    snprintf(line, sizeof(line), "POST /2015-03-31/functions/%s/invocations", function);
    cleanup(buffer_deinit) struct buffer received = {0};
    int status = ask(line, "X-Amz-Invocation-Type: Event\r\nx-amzn-RequestId: " REQUEST_ID "\r\n",
                     payload, &received);
    ck_assert(status != 202 || received.length == 0);
    return status;
}

static void do_request(const char *line, const char *body)
{
    cleanup(buffer_deinit) struct buffer received = {0};
    int status = ask(line, "", text_of(body), &received);
    ck_assert_msg(status >= 200 && status < 300, "%d %.*s", status,
                  TEXT_ARGUMENTS(buffer_text(&received)));
}

static int64_t metric(const char *function, const char *name)
{
    cleanup(buffer_deinit) struct buffer received = {0};
    ask("GET /_redrive/api/metrics?format=json", "", TEXT(""), &received);
    cleanup(json_tree_free) cJSON *tree = json_parse(buffer_text(&received), NULL);
    int64_t value = -1;
    const cJSON *item;
    cJSON_ArrayForEach(item, json_member(tree, "functions"))
    {
        if (text_equal(json_member_text(item, "FunctionName"), text_of(function)))
            json_integer(json_member(item, name), &value);
    }
    return value;
}

static bool trace_holds(const char *sentence)
{
    cleanup(buffer_deinit) struct buffer received = {0};
    ask("GET /_redrive/api/trace", "", TEXT(""), &received);
    return text_find(buffer_text(&received), text_of(sentence), NULL);
}

static void advance(int64_t span_ms)
{
    struct text reason;
    ck_assert(emulator_advance(emulator, span_ms, &reason));
}

START_TEST(an_event_is_taken_at_once_and_runs_once)
{
    ck_assert_int_eq(send_event("works", TEXT("{}")), 202);
    advance(3600000);
    ck_assert_int_eq(metric("works", "Invocations"), 1);
    ck_assert_int_eq(metric("works", "Errors"), 0);
    ck_assert_int_eq(metric("works", "ConcurrentExecutions"), 0);
    ck_assert(trace_holds("works responded after 1 ms"));
    ck_assert(trace_holds(REQUEST_ID));
}
END_TEST

START_TEST(a_failed_event_is_tried_after_one_and_after_two_minutes_more)
{
    ck_assert_int_eq(send_event("fails", TEXT("{}")), 202);
    advance(59999);
    ck_assert_int_eq(metric("fails", "Errors"), 1);
    advance(1000);
    ck_assert_int_eq(metric("fails", "Errors"), 2);
    advance(118000);
    ck_assert_int_eq(metric("fails", "Errors"), 2);
    advance(3000);
    ck_assert_int_eq(metric("fails", "Errors"), 3);
    advance(24 * 3600000LL);
    ck_assert_int_eq(metric("fails", "Invocations"), 3);
    ck_assert(trace_holds("the function failed three times; the event is discarded"));
}
END_TEST

START_TEST(retries_are_motive)
{
    struct text reason;
    ck_assert_int_eq(send_event("fails", TEXT("{}")), 202);
    ck_assert(emulator_run_until_idle(emulator, 0, &reason));
    ck_assert_int_eq(metric("fails", "Invocations"), 3);
}
END_TEST

START_TEST(a_throttled_event_waits_without_using_up_its_tries)
{
    do_request("PUT /2017-10-31/functions/works/concurrency",
               "{\"ReservedConcurrentExecutions\":0}");
    ck_assert_int_eq(send_event("works", TEXT("{}")), 202);
    advance(3600000);
    ck_assert_int_ge(metric("works", "Throttles"), 10);
    ck_assert_int_eq(metric("works", "Invocations"), 0);
    do_request("DELETE /2017-10-31/functions/works/concurrency", "");
    advance(300000);
    ck_assert_int_eq(metric("works", "Invocations"), 1);
}
END_TEST

START_TEST(an_event_of_six_hours_is_discarded)
{
    do_request("PUT /2017-10-31/functions/works/concurrency",
               "{\"ReservedConcurrentExecutions\":0}");
    ck_assert_int_eq(send_event("works", TEXT("{}")), 202);
    advance(7 * 3600000LL);
    do_request("DELETE /2017-10-31/functions/works/concurrency", "");
    advance(3600000);
    ck_assert_int_eq(metric("works", "Invocations"), 0);
    ck_assert(trace_holds("the function was throttled; the event is discarded"));
}
END_TEST

START_TEST(what_cannot_be_taken_is_refused)
{
    RULES("L-70 L-76 L-81");
    ck_assert_int_eq(send_event("nobody", TEXT("{}")), 404);
    ck_assert_int_eq(send_event("works", TEXT("{")), 400);
    cleanup(buffer_deinit) struct buffer large = {0};
    buffer_append_byte(&large, '"');
    while (large.length < 1048576)
        buffer_append_byte(&large, 'x');
    buffer_append_byte(&large, '"');
    ck_assert_int_eq(send_event("works", buffer_text(&large)), 413);
}
END_TEST

START_TEST(a_reset_forgets_what_waits)
{
    ck_assert_int_eq(send_event("fails", TEXT("{}")), 202);
    advance(1000);
    do_request("POST /_redrive/api/reset", "");
    advance(3600000);
    ck_assert_int_eq(metric("fails", "Invocations"), 0);
    ck_assert_int_eq(send_event("fails", TEXT("{}")), 202); // freed at the end, still waiting
    advance(1000);
}
END_TEST

// ---- restarts ----

static char folder[] = "/tmp/redrive-asynchronous-XXXXXX";
static char database[64];

static void setup_database(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(database, sizeof(database), "%s/world.db", folder);
    setup();
    emulator = emulator_free(emulator);
    options.journal_none = false;
    options.database = database;
    struct text reason = {0};
    int status;
    emulator = emulator_new(&options, &reason, &status);
    ck_assert_msg(emulator != NULL, "%.*s", TEXT_ARGUMENTS(reason));
}

static void restart(void)
{
    struct text reason = {0};
    int status;
    emulator_free(emulator);
    emulator = emulator_new(&options, &reason, &status);
    ck_assert_msg(emulator != NULL, "%.*s", TEXT_ARGUMENTS(reason));
}

static void teardown_database(void)
{
    static const char *const ends[] = {"", "-wal", "-shm", ".lock"};
    teardown();
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        char path[80];
        snprintf(path, sizeof(path), "%s%s", database, ends[i]);
        unlink(path);
    }
    rmdir(folder);
}

START_TEST(an_event_goes_on_after_a_restart_where_it_stood)
{
    RULES("L-80");
    ck_assert_int_eq(send_event("fails", TEXT("{\"a\":1}")), 202);
    advance(59000);
    ck_assert_int_eq(metric("fails", "Errors"), 1);
    restart();
    advance(1000);
    ck_assert_int_eq(metric("fails", "Errors"), 0);
    advance(1000);
    ck_assert_int_eq(metric("fails", "Errors"), 1);
    ck_assert(trace_holds(REQUEST_ID));
    restart();
    advance(24 * 3600000LL);
    ck_assert_int_eq(metric("fails", "Errors"), 1);
    ck_assert(trace_holds("the function failed three times; the event is discarded"));
    restart();
    advance(24 * 3600000LL);
    ck_assert_int_eq(metric("fails", "Invocations"), 0);
}
END_TEST

START_TEST(an_event_that_ran_when_the_process_ended_is_run_again)
{
    RULES("L-80");
    ck_assert_int_eq(send_event("works", TEXT("{}")), 202);
    restart(); // it would have responded after a millisecond
    advance(1000);
    ck_assert_int_eq(metric("works", "Invocations"), 1);
    ck_assert(trace_holds("works responded after 1 ms"));
    restart();
    advance(3600000);
    ck_assert_int_eq(metric("works", "Invocations"), 0);
}
END_TEST

START_TEST(the_age_of_an_event_outlives_a_restart)
{
    RULES("L-80");
    do_request("PUT /2017-10-31/functions/works/concurrency",
               "{\"ReservedConcurrentExecutions\":0}");
    ck_assert_int_eq(send_event("works", TEXT("{}")), 202);
    ck_assert_int_eq(send_event("works", TEXT("[]")), 202); // the same request id
    advance(5 * 3600000LL);
    restart();
    do_request("PUT /2017-10-31/functions/works/concurrency",
               "{\"ReservedConcurrentExecutions\":0}");
    advance(2 * 3600000LL);
    ck_assert(trace_holds("the function was throttled; the event is discarded"));
    do_request("DELETE /2017-10-31/functions/works/concurrency", "");
    restart();
    advance(3600000);
    ck_assert_int_eq(metric("works", "Invocations"), 0);
}
END_TEST

START_TEST(an_event_that_cannot_begin_after_a_restart_is_discarded_for_good)
{
    RULES("L-80");
    ck_assert_int_eq(send_event("works", TEXT("{}")), 202);
    options.functions[1] = TEXT("another=sim:{}");
    restart();
    advance(1000);
    ck_assert(trace_holds("the function does not exist; the event is discarded"));
    options.functions[1] = TEXT("works=sim:{}");
    restart();
    advance(3600000);
    ck_assert_int_eq(metric("works", "Invocations"), 0);
}
END_TEST

START_TEST(a_reset_forgets_what_the_database_keeps)
{
    ck_assert_int_eq(send_event("fails", TEXT("{}")), 202);
    advance(1000);
    do_request("POST /_redrive/api/reset", "");
    restart();
    advance(3600000);
    ck_assert_int_eq(metric("fails", "Invocations"), 0);
}
END_TEST

static Suite *asynchronous_suite(void)
{
    Suite *suite = suite_create("asynchronous");
    TCase *tests = tcase_create("asynchronous");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, an_event_is_taken_at_once_and_runs_once);
    tcase_add_test(tests, a_failed_event_is_tried_after_one_and_after_two_minutes_more);
    tcase_add_test(tests, retries_are_motive);
    tcase_add_test(tests, a_throttled_event_waits_without_using_up_its_tries);
    tcase_add_test(tests, an_event_of_six_hours_is_discarded);
    tcase_add_test(tests, what_cannot_be_taken_is_refused);
    tcase_add_test(tests, a_reset_forgets_what_waits);
    suite_add_tcase(suite, tests);
    TCase *restarts = tcase_create("restarts");
    tcase_add_checked_fixture(restarts, setup_database, teardown_database);
    tcase_add_test(restarts, an_event_goes_on_after_a_restart_where_it_stood);
    tcase_add_test(restarts, an_event_that_ran_when_the_process_ended_is_run_again);
    tcase_add_test(restarts, the_age_of_an_event_outlives_a_restart);
    tcase_add_test(restarts, an_event_that_cannot_begin_after_a_restart_is_discarded_for_good);
    tcase_add_test(restarts, a_reset_forgets_what_the_database_keeps);
    suite_add_tcase(suite, restarts);
    return suite;
}

CHECK_MAIN(asynchronous_suite)
