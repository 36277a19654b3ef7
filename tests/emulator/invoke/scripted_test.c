// Scripted functions in a world on the manual clock: the test moves the timeline itself and looks
// at what done() was told, and when.
#include "emulator/invoke/scripted.h"

#include "emulator/loop.h"
#include "emulator/world.h"
#include "esm/event.h"
#include "esm/function.h"
#include "tests/support/check_main.h"

#define START_MS 1767225600000 // 2026-01-01T00:00:00Z
#define REQUEST_ID "8d7a3c54-5c3e-4b57-9f0a-2d6c1b7e9f10"
#define ID_A "00000000-0000-4000-8000-00000000000a"
#define ID_B "00000000-0000-4000-8000-00000000000b"
#define ID_C "00000000-0000-4000-8000-00000000000c"
#define RECORD(id, body, count)                               \
    "{\"messageId\":\"" id "\",\"body\":\"" body              \
    "\",\"attributes\":{\"ApproximateReceiveCount\":\"" count \
    "\"},\"messageAttributes\":{\"Kind\":{\"stringValue\":\"" body "\",\"dataType\":\"String\"}}}"
// a is good, b and c fail wherever "bad" decides.
#define EVENT                                                          \
    "{\"Records\":[" RECORD(ID_A, "good", "1") "," RECORD(ID_B, "bad", \
                                                          "1") "," RECORD(ID_C, "bad", "2") "]}"
#define FAILURE(id) "{\"itemIdentifier\":\"" id "\"}"
#define REPORT(items) "{\"batchItemFailures\":[" items "]}"

struct trial {
    struct invocation invocation;
    bool done;
    int64_t done_at_ms;
    enum invocation_end end;
    struct buffer response;
};

static struct world world;
static struct options options;
static struct function *function;

static void open_world(void)
{
    options_init(&options, arena_new());
    options.listener = false;
    options.journal_none = true;
    options.quiet = true;
    options.clock = CLOCK_MANUAL;
    options.start_at_ms = START_MS;
    options.seeded = true;
    options.seed = 7;
    struct text reason = {0};
    int status;
    ck_assert(world_open(&world, &options, &reason, &status));
    function = functions_add(world.functions, TEXT("orders"));
    function->invoker = scripted_invoker_face(world.scripted);
}

static void close_world(void)
{
    world_close(&world);
    arena_free(options.arena);
}

static void set_script(const char *script)
{
    struct text reason = {0};
    ck_assert_msg(
        scripted_target_parse(function->arena, text_of(script), &function->target_parsed, &reason),
        "%.*s", TEXT_ARGUMENTS(reason));
}

static void trial_done(struct invocation *invocation, enum invocation_end end, struct text response,
                       struct text detail)
{
    struct trial *trial = list_entry(invocation, struct trial, invocation);
    (void)detail;
    ck_assert(!trial->done);
    trial->done = true;
    trial->done_at_ms = timeline_now_ms(world.timeline);
    trial->end = end;
    buffer_append(&trial->response, response);
}

static void trial_deinit(struct trial *trial)
{
    buffer_deinit(&trial->response);
}
DEFINE_DEINIT_CLEANUP(trial_deinit, struct trial)

static void trial_start(struct trial *trial, struct text payload)
{
    *trial = (struct trial){.invocation = {.done = trial_done,
                                           .function = function,
                                           .payload = payload,
                                           .request_id = TEXT(REQUEST_ID),
                                           .invoked_at_ms = timeline_now_ms(world.timeline)}};
    function->invoker->invoke(function->invoker, &trial->invocation);
    ck_assert_msg(!trial->done, "done() was called from inside invoke()");
    ck_assert_uint_eq(world_running(&world), 0); // time must go on while it runs
}

static void trial_await(struct trial *trial)
{
    while (!trial->done) {
        int64_t due_ms = timeline_next_motive_ms(world.timeline);
        ck_assert_int_ne(due_ms, TIMELINE_NEVER);
        timeline_step(world.timeline, due_ms);
    }
}

// One invocation of a script with EVENT: how it ends, with what, after how long.
static void expect(const char *script, enum invocation_end end, const char *response,
                   int64_t after_ms)
{
    open_world();
    set_script(script);
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, TEXT(EVENT));
    trial_await(&trial);
    ck_assert_int_eq(trial.end, end);
    ck_assert_msg(text_equal(buffer_text(&trial.response), text_of(response)), "%.*s",
                  TEXT_ARGUMENTS(buffer_text(&trial.response)));
    ck_assert_int_eq(trial.done_at_ms - START_MS, after_ms);
    close_world();
}

// ---- how ----

START_TEST(without_fail_nothing_fails)
{
    expect("sim:{}", INVOCATION_RESPONDED, REPORT(""), 1);
}
END_TEST

START_TEST(report_names_the_failed_ones)
{
    expect("sim:{\"fail\":{\"body\":\"ba\"}}", INVOCATION_RESPONDED,
           REPORT(FAILURE(ID_B) "," FAILURE(ID_C)), 1);
    expect("sim:{\"fail\":{\"attribute\":\"Kind=bad\"},\"how\":\"report\"}", INVOCATION_RESPONDED,
           REPORT(FAILURE(ID_B) "," FAILURE(ID_C)), 1);
    expect("sim:{\"fail\":{\"attribute\":\"Kind=ba\"}}", INVOCATION_RESPONDED, REPORT(""), 1);
}
END_TEST

START_TEST(stop_at_first_failure_names_it_and_all_after_it)
{
    RULES("L-171");
    expect("sim:{\"fail\":{\"body\":\"good\"},\"how\":\"stop-at-first-failure\"}",
           INVOCATION_RESPONDED, REPORT(FAILURE(ID_A) "," FAILURE(ID_B) "," FAILURE(ID_C)), 1);
}
END_TEST

START_TEST(throw_is_a_function_error)
{
    expect("sim:{\"fail\":{\"body\":\"bad\"},\"how\":\"throw\"}", INVOCATION_FUNCTION_ERROR,
           "{\"errorType\":\"ScriptedFailure\",\"errorMessage\":\"2 of 3 messages failed\"}", 1);
    expect("sim:{\"fail\":{\"body\":\"none of them\"},\"how\":\"throw\"}", INVOCATION_RESPONDED,
           REPORT(""), 1);
}
END_TEST

START_TEST(malformed_is_the_exact_text_with_the_first_failed_id)
{
    expect("sim:{\"fail\":{\"body\":\"bad\"},\"how\":\"malformed\",\"malformed\":\"<$ID|$ID>\"}",
           INVOCATION_RESPONDED, "<" ID_B "|" ID_B ">", 1);
}
END_TEST

START_TEST(timeout_takes_the_functions_timeout)
{
    RULES("L-83");
    expect("sim:{\"fail\":{\"body\":\"bad\"},\"how\":\"timeout\",\"duration\":\"5ms\"}",
           INVOCATION_TIMED_OUT,
           "{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"RequestId: " REQUEST_ID
           " Error: Task timed out after 3.00 seconds\"}",
           3000);
}
END_TEST

START_TEST(a_script_that_takes_too_long_times_out)
{
    expect("sim:{\"duration\":\"3s\"}", INVOCATION_RESPONDED, REPORT(""), 3000);
    expect("sim:{\"duration\":\"3001ms\"}", INVOCATION_TIMED_OUT,
           "{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"RequestId: " REQUEST_ID
           " Error: Task timed out after 3.00 seconds\"}",
           3000);
}
END_TEST

START_TEST(crash_is_an_exit)
{
    RULES("L-84");
    expect("sim:{\"fail\":{\"body\":\"bad\"},\"how\":\"crash\",\"duration\":\"20ms\"}",
           INVOCATION_EXITED,
           "{\"errorType\":\"Runtime.ExitError\",\"errorMessage\":\"RequestId: " REQUEST_ID
           " Error: Runtime exited with error: exit status 1\"}",
           20);
}
END_TEST

START_TEST(throttle_does_not_wait_for_the_duration)
{
    expect("sim:{\"fail\":{\"body\":\"bad\"},\"how\":\"throttle\",\"duration\":\"2s\"}",
           INVOCATION_THROTTLED, "", 1);
}
END_TEST

START_TEST(end_ends_every_invocation_so)
{
    expect("sim:{\"how\":\"end\",\"end\":\"responded\",\"response\":\"$ID1 $ID3 $ID4 $ID0 $ID\"}",
           INVOCATION_RESPONDED, ID_A " " ID_C " $ID4 $ID0 $ID", 1);
    expect("sim:{\"how\":\"end\",\"end\":\"function-error\",\"response\":\"x\"}",
           INVOCATION_FUNCTION_ERROR, "x", 1);
    expect("sim:{\"how\":\"end\",\"end\":\"timed-out\"}", INVOCATION_TIMED_OUT, "", 3000);
    expect("sim:{\"how\":\"end\",\"end\":\"exited\"}", INVOCATION_EXITED, "", 1);
    expect("sim:{\"how\":\"end\",\"end\":\"too-large\"}", INVOCATION_TOO_LARGE, "", 1);
    expect("sim:{\"how\":\"end\",\"end\":\"throttled\"}", INVOCATION_THROTTLED, "", 1);
    expect("sim:{\"how\":\"end\",\"end\":\"unavailable\"}", INVOCATION_UNAVAILABLE, "", 1);
    expect("sim:{\"how\":\"end\",\"end\":\"missing\"}", INVOCATION_MISSING, "", 1);
    expect("sim:{\"how\":\"end\",\"end\":\"refused\"}", INVOCATION_REFUSED, "", 1);
}
END_TEST

START_TEST(recovers_counts_the_deliveries)
{
    expect("sim:{\"fail\":{\"body\":\"bad\"},\"recovers\":1}", INVOCATION_RESPONDED, REPORT(""), 1);
    expect("sim:{\"fail\":{\"body\":\"bad\"},\"recovers\":2}", INVOCATION_RESPONDED,
           REPORT(FAILURE(ID_B)), 1);
    expect("sim:{\"fail\":{\"body\":\"bad\"},\"recovers\":3}", INVOCATION_RESPONDED,
           REPORT(FAILURE(ID_B) "," FAILURE(ID_C)), 1);
}
END_TEST

START_TEST(the_functions_duration_counts_unless_the_script_has_one)
{
    open_world();
    function->duration_ms = 70;
    const char *scripts[] = {"sim:{}", "sim:{\"duration\":\"40ms\"}"};
    int64_t expected_ms[] = {70, 40};
    for (int i = 0; i < 2; i++) {
        set_script(scripts[i]);
        cleanup(trial_deinit) struct trial trial;
        trial_start(&trial, TEXT(EVENT));
        trial_await(&trial);
        ck_assert_int_eq(trial.done_at_ms - trial.invocation.invoked_at_ms, expected_ms[i]);
    }
    close_world();
}
END_TEST

// a is good; b is bad, and the first that report gets to; c has been received before.
START_TEST(items_take_their_time_as_far_as_the_script_gets)
{
    expect("sim:{\"item\":\"20ms\"}", INVOCATION_RESPONDED, REPORT(""), 60);
    expect("sim:{\"item\":\"20ms\",\"duration\":\"5ms\"}", INVOCATION_RESPONDED, REPORT(""), 65);
    expect("sim:{\"fail\":{\"body\":\"bad\"},\"how\":\"throw\",\"item\":\"20ms\"}",
           INVOCATION_FUNCTION_ERROR,
           "{\"errorType\":\"ScriptedFailure\",\"errorMessage\":\"2 of 3 messages failed\"}", 40);
    expect("sim:{\"fail\":{\"body\":\"bad\"},\"how\":\"delete-then-throw\",\"item\":\"20ms\","
           "\"delete\":\"7ms\"}",
           INVOCATION_FUNCTION_ERROR,
           "{\"errorType\":\"ScriptedFailure\",\"errorMessage\":\"2 of 3 messages failed\"}", 67);
    expect("sim:{\"fail\":{\"body\":\"bad\"},\"how\":\"report\",\"item\":\"20ms\","
           "\"failing\":\"500ms\"}",
           INVOCATION_RESPONDED,
           REPORT(FAILURE("00000000-0000-4000-8000-00000000000b") "," FAILURE(
               "00000000-0000-4000-8000-00000000000c")),
           1020);
    expect("sim:{\"item\":\"2s\"}", INVOCATION_TIMED_OUT,
           "{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"RequestId: " REQUEST_ID
           " Error: Task timed out after 3.00 seconds\"}",
           3000);
}
END_TEST

START_TEST(a_script_hangs_once_at_a_message_until_its_timeout)
{
    expect("sim:{\"hangs\":\"bad\",\"item\":\"20ms\"}", INVOCATION_TIMED_OUT,
           "{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"RequestId: " REQUEST_ID
           " Error: Task timed out after 3.00 seconds\"}",
           3000);
    open_world();
    set_script("sim:{\"hangs\":\"bad\"}");
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, TEXT("{\"Records\":[" RECORD(ID_B, "bad", "2") "]}"));
    trial_await(&trial);
    ck_assert_int_eq(trial.end, INVOCATION_RESPONDED);
    close_world();
}
END_TEST

START_TEST(a_payload_that_is_no_batch_succeeds)
{
    open_world();
    set_script("sim:{\"fail\":{\"share\":1},\"how\":\"delete-then-throw\"}");
    const char *payloads[] = {"", "not JSON", "7", "{}", "{\"Records\":7}", "{\"Records\":[]}"};
    for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
        cleanup(trial_deinit) struct trial trial;
        trial_start(&trial, text_of(payloads[i]));
        trial_await(&trial);
        ck_assert_int_eq(trial.end, INVOCATION_RESPONDED);
    }
    close_world();
}
END_TEST

// ---- share ----

static size_t failures_of_share(const char *script, struct buffer *ret_response)
{
    set_script(script);
    cleanup(buffer_deinit) struct buffer event = {0};
    for (int i = 0; i < 1000; i++)
        buffer_print(&event, "%s{\"messageId\":\"%08x-0000-4000-8000-000000000000\"}",
                     i == 0 ? "{\"Records\":[" : ",", i);
    buffer_append(&event, TEXT("]}"));
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, buffer_text(&event));
    trial_await(&trial);
    size_t count = 0, at;
    for (struct text rest = buffer_text(&trial.response);
         text_find(rest, TEXT("itemIdentifier"), &at); count++)
        rest = text_skip(rest, at + 1);
    buffer_append(ret_response, buffer_text(&trial.response));
    return count;
}

START_TEST(a_share_is_a_share_and_always_the_same_messages)
{
    open_world();
    cleanup(buffer_deinit) struct buffer first = {0};
    cleanup(buffer_deinit) struct buffer second = {0};
    cleanup(buffer_deinit) struct buffer rest = {0};
    ck_assert_uint_eq(failures_of_share("sim:{\"fail\":{\"share\":0}}", &rest), 0);
    ck_assert_uint_eq(failures_of_share("sim:{\"fail\":{\"share\":1}}", &rest), 1000);
    size_t count = failures_of_share("sim:{\"fail\":{\"share\":0.1}}", &first);
    ck_assert_uint_ge(count, 60);
    ck_assert_uint_le(count, 140);
    failures_of_share("sim:{\"fail\":{\"share\":0.1}}", &second);
    ck_assert(text_equal(buffer_text(&first), buffer_text(&second)));
    close_world();
}
END_TEST

// ---- delete-then-throw ----

// Receives for the event, as a mapping does.
struct batch {
    struct receive receive;
    struct buffer event;
};

static void batch_received(struct receive *receive, enum engine_error error,
                           const struct delivery *deliveries, size_t count)
{
    struct batch *batch = list_entry(receive, struct batch, receive);
    ck_assert_int_eq(error, ENGINE_OK);
    event_begin(&batch->event);
    for (size_t i = 0; i < count; i++)
        event_append_record(&batch->event, &deliveries[i],
                            TEXT("arn:aws:sqs:us-east-1:000000000000:orders"), TEXT("us-east-1"),
                            false);
    event_end(&batch->event);
}

static void batch_receive(struct batch *batch, struct queue *queue)
{
    *batch = (struct batch){.receive = {.done = batch_received,
                                        .messages_max = 10,
                                        .visibility_ms = -1,
                                        .actor = TEXT("test")}};
    engine_receive(world.engine, queue, &batch->receive);
    while (engine_settle(world.engine))
        ;
}

static struct queue *queue_of(const char *bodies[], size_t count)
{
    struct queue_settings settings;
    settings_init(&settings);
    struct queue_key key = {
        .account = TEXT("000000000000"), .region = TEXT("us-east-1"), .name = TEXT("orders")};
    struct queue *queue = engine_create_queue(world.engine, &key, &settings);
    for (size_t i = 0; i < count; i++) {
        struct sent sent;
        struct send send = {
            .body = text_of(bodies[i]), .sender_id = TEXT("AIDAEXAMPLE"), .delay_ms = -1};
        engine_send(world.engine, queue, &send, &sent);
    }
    return queue;
}

static void expect_left(const char *script, size_t left)
{
    open_world();
    const char *bodies[] = {"good 1", "good 2", "bad 3", "good 4"};
    struct queue *queue = queue_of(bodies, 4);
    set_script(script);
    struct batch batch;
    batch_receive(&batch, queue);
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, buffer_text(&batch.event));
    ck_assert_uint_eq(queue_counts(queue).in_flight, 4); // nothing from inside invoke()
    timeline_step(world.timeline, START_MS);
    ck_assert_uint_eq(queue_counts(queue).in_flight, left);
    ck_assert(!trial.done);
    trial_await(&trial);
    ck_assert_int_eq(trial.done_at_ms, START_MS + 50);
    ck_assert_int_eq(trial.end, INVOCATION_FUNCTION_ERROR);
    buffer_deinit(&batch.event);
    close_world();
}

START_TEST(delete_then_throw_deletes_the_good_ones_at_the_invoke_instant)
{
    expect_left(
        "sim:{\"fail\":{\"body\":\"bad\"},\"how\":\"delete-then-throw\",\"duration\":\"50ms\"}", 1);
}
END_TEST

START_TEST(delete_then_throw_may_stop_at_the_first_failure)
{
    expect_left("sim:{\"fail\":{\"body\":\"bad\"},\"how\":\"delete-then-throw\",\"stop\":true,"
                "\"duration\":\"50ms\"}",
                2);
}
END_TEST

// What was done before the function dies stays done: that is what deleting is good for.
START_TEST(what_was_deleted_before_it_hangs_or_is_cut_off_stays_deleted)
{
    static const struct {
        const char *script;
        size_t left;
    } rows[] = {
        {"sim:{\"fail\":{\"body\":\"none\"},\"how\":\"delete-then-throw\",\"hangs\":\"good 4\"}",
         1},
        {"sim:{\"fail\":{\"body\":\"none\"},\"how\":\"delete-then-throw\",\"item\":\"1400ms\"}", 2},
    };
    for (size_t i = 0; i < 2; i++) {
        open_world();
        const char *bodies[] = {"good 1", "good 2", "bad 3", "good 4"};
        struct queue *queue = queue_of(bodies, 4);
        set_script(rows[i].script);
        struct batch batch;
        batch_receive(&batch, queue);
        cleanup(trial_deinit) struct trial trial;
        trial_start(&trial, buffer_text(&batch.event));
        timeline_step(world.timeline, START_MS);
        ck_assert_uint_eq(queue_counts(queue).in_flight, rows[i].left);
        trial_await(&trial);
        ck_assert_int_eq(trial.end, INVOCATION_TIMED_OUT);
        ck_assert_int_eq(trial.done_at_ms, START_MS + 3000);
        buffer_deinit(&batch.event);
        close_world();
    }
}
END_TEST

START_TEST(delete_then_throw_survives_a_queue_that_is_gone)
{
    open_world();
    const char *bodies[] = {"good", "bad"};
    struct queue *queue = queue_of(bodies, 2);
    set_script("sim:{\"fail\":{\"body\":\"bad\"},\"how\":\"delete-then-throw\"}");
    struct batch batch;
    batch_receive(&batch, queue);
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, buffer_text(&batch.event));
    engine_delete_queue(world.engine, queue);
    trial_await(&trial);
    ck_assert_int_eq(trial.end, INVOCATION_FUNCTION_ERROR);
    buffer_deinit(&batch.event);
    close_world();
}
END_TEST

// ---- cancelling ----

START_TEST(a_cancelled_invocation_is_not_told)
{
    open_world();
    const char *scripts[] = {"sim:{}",
                             "sim:{\"fail\":{\"share\":1},\"how\":\"delete-then-throw\"}"};
    for (int i = 0; i < 2; i++) {
        set_script(scripts[i]);
        cleanup(trial_deinit) struct trial trial;
        trial_start(&trial, TEXT(EVENT));
        function->invoker->cancel(function->invoker, &trial.invocation);
        ck_assert_int_eq(timeline_next_motive_ms(world.timeline), TIMELINE_NEVER);
        ck_assert(!trial.done);
    }
    close_world();
}
END_TEST

// ---- scripts ----

static const struct refusal {
    const char *script;
    const char *names; // what the sentence must name
} refusals[] = {
    {"sim:", "not JSON"},
    {"sim:{\"how\":}", "not JSON"},
    {"sim:{} {}", "not JSON"},
    {"sim:[]", "object"},
    {"sim:{\"fails\":{}}", "fails"},
    {"sim:{\"fail\":\"bad\"}", "fail must be an object"},
    {"sim:{\"fail\":{}}", "exactly one"},
    {"sim:{\"fail\":{\"body\":\"a\",\"share\":1}}", "exactly one"},
    {"sim:{\"fail\":{\"id\":\"a\"}}", "body, attribute and share"},
    {"sim:{\"fail\":{\"body\":7}}", "fail.body"},
    {"sim:{\"fail\":{\"body\":\"\"}}", "fail.body"},
    {"sim:{\"fail\":{\"attribute\":\"Kind\"}}", "Kind=poison"},
    {"sim:{\"fail\":{\"attribute\":\"=bad\"}}", "Kind=poison"},
    {"sim:{\"fail\":{\"attribute\":7}}", "fail.attribute"},
    {"sim:{\"fail\":{\"share\":1.5}}", "from 0 to 1"},
    {"sim:{\"fail\":{\"share\":\"1\"}}", "from 0 to 1"},
    {"sim:{\"fail\":{\"share\":1},\"how\":\"explode\"}", "how must be one of"},
    {"sim:{\"fail\":{\"share\":1},\"how\":7}", "how must be one of"},
    {"sim:{\"how\":\"throw\"}", "nothing says which"},
    {"sim:{\"fail\":{\"share\":1},\"how\":\"malformed\"}", "malformed"},
    {"sim:{\"fail\":{\"share\":1},\"malformed\":\"x\"}", "malformed"},
    {"sim:{\"fail\":{\"share\":1},\"how\":\"malformed\",\"malformed\":{}}",
     "malformed must be a string"},
    {"sim:{\"fail\":{\"share\":1},\"stop\":true}", "stop"},
    {"sim:{\"fail\":{\"share\":1},\"how\":\"delete-then-throw\",\"stop\":1}", "stop"},
    {"sim:{\"fail\":{\"share\":1},\"recovers\":0}", "recovers"},
    {"sim:{\"fail\":{\"share\":1},\"recovers\":1.5}", "recovers"},
    {"sim:{\"recovers\":2}", "recovers needs fail"},
    {"sim:{\"duration\":50}", "duration"},
    {"sim:{\"duration\":\"fast\"}", "duration"},
    {"sim:{\"duration\":\"16m\"}", "duration"},
    {"sim:{\"item\":20}", "item must be a string"},
    {"sim:{\"delete\":\"1ms\"}", "delete-then-throw"},
    {"sim:{\"hangs\":\"\"}", "hangs must be a string"},
    {"sim:{\"how\":\"end\",\"end\":\"exited\",\"hangs\":\"x\"}", "looks at no message"},
    {"sim:{\"end\":\"exited\"}", "end and response"},
    {"sim:{\"how\":\"end\"}", "end must be one of"},
    {"sim:{\"how\":\"end\",\"end\":\"well\"}", "end must be one of"},
    {"sim:{\"how\":\"end\",\"end\":\"exited\",\"response\":{}}", "response must be a string"},
    {"sim:{\"how\":\"end\",\"end\":\"exited\",\"fail\":{\"share\":1}}", "does not go with fail"},
};

START_TEST(a_refusal_names_the_member_and_what_it_takes)
{
    const struct refusal *refusal = &refusals[_i];
    cleanup(arena_free) struct arena *arena = arena_new();
    void *parsed = NULL;
    struct text reason = {0};
    ck_assert_msg(!scripted_target_parse(arena, text_of(refusal->script), &parsed, &reason), "%s",
                  refusal->script);
    ck_assert_msg(text_find(reason, text_of(refusal->names), NULL), "%s: %.*s", refusal->script,
                  TEXT_ARGUMENTS(reason));
    ck_assert_ptr_null(parsed);
}
END_TEST

static Suite *scripted_suite(void)
{
    Suite *suite = suite_create("emulator/invoke/scripted");
    TCase *how = tcase_create("how");
    tcase_add_test(how, without_fail_nothing_fails);
    tcase_add_test(how, report_names_the_failed_ones);
    tcase_add_test(how, stop_at_first_failure_names_it_and_all_after_it);
    tcase_add_test(how, throw_is_a_function_error);
    tcase_add_test(how, malformed_is_the_exact_text_with_the_first_failed_id);
    tcase_add_test(how, timeout_takes_the_functions_timeout);
    tcase_add_test(how, a_script_that_takes_too_long_times_out);
    tcase_add_test(how, crash_is_an_exit);
    tcase_add_test(how, throttle_does_not_wait_for_the_duration);
    tcase_add_test(how, end_ends_every_invocation_so);
    tcase_add_test(how, recovers_counts_the_deliveries);
    tcase_add_test(how, the_functions_duration_counts_unless_the_script_has_one);
    tcase_add_test(how, items_take_their_time_as_far_as_the_script_gets);
    tcase_add_test(how, a_script_hangs_once_at_a_message_until_its_timeout);
    tcase_add_test(how, a_payload_that_is_no_batch_succeeds);
    tcase_add_test(how, a_share_is_a_share_and_always_the_same_messages);
    suite_add_tcase(suite, how);
    TCase *deletes = tcase_create("delete-then-throw, cancelling");
    tcase_add_test(deletes, delete_then_throw_deletes_the_good_ones_at_the_invoke_instant);
    tcase_add_test(deletes, delete_then_throw_may_stop_at_the_first_failure);
    tcase_add_test(deletes, what_was_deleted_before_it_hangs_or_is_cut_off_stays_deleted);
    tcase_add_test(deletes, delete_then_throw_survives_a_queue_that_is_gone);
    tcase_add_test(deletes, a_cancelled_invocation_is_not_told);
    suite_add_tcase(suite, deletes);
    TCase *scripts = tcase_create("scripts");
    tcase_add_loop_test(scripts, a_refusal_names_the_member_and_what_it_takes, 0,
                        (int)(sizeof(refusals) / sizeof(refusals[0])));
    suite_add_tcase(suite, scripts);
    return suite;
}

CHECK_MAIN(scripted_suite)
