// admin_test -- the admin API and the drop-in paths, asked through the whole program without a socket.
#include "emulator/emulator.h"
#include "esm/json.h"
#include "tests/support/check_main.h"

#include <stdio.h>
#include <string.h>

#define START "2026-01-01T00:00:00.000Z"
#define START_AT_MS 1767225600000LL

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
    options.start_at_ms = START_AT_MS;
    options.seeded = true;
    options.seed = 1;
    options.quiet = true;
    options.functions[options.function_count++] =
        TEXT("declared=sim:{\"fail\":{\"body\":\"poison\"},\"how\":\"throw\"}");
    emulator = emulator_new(&options, &reason, &status);
    ck_assert_msg(emulator != NULL, "%.*s", TEXT_ARGUMENTS(reason));
}

static void teardown(void)
{
    emulator_free(emulator);
    arena_free(arena);
}

// ---- asking ----

struct answer {
    int status;
    struct text body; // the arena's
    cJSON *tree;      // owned, NULL unless it is JSON
};

static void answer_deinit(struct answer *answer)
{
    json_tree_free(answer->tree);
}
DEFINE_DEINIT_CLEANUP(answer_deinit, struct answer)

static struct answer ask_with(const char *headers, const char *method, const char *path,
                              const char *body)
{
    cleanup(buffer_deinit) struct buffer request = {0};
    cleanup(buffer_deinit) struct buffer received = {0};
    buffer_print(&request, "%s %s HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %zu\r\n\r\n%s",
                 method, path, headers, strlen(body), body);
    struct answer answer = {.status = emulator_call(emulator, buffer_text(&request), &received)};
    answer.body = arena_copy(arena, buffer_text(&received));
    answer.tree = json_parse(answer.body, NULL);
    return answer;
}

static struct answer ask(const char *method, const char *path, const char *body)
{
    return ask_with("", method, path, body);
}

static struct answer sqs(const char *operation, const char *body)
{
    char headers[128];
    snprintf(headers, sizeof(headers),
             "Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AmazonSQS.%s\r\n",
             operation);
    struct answer answer = ask_with(headers, "POST", "/", body);
    ck_assert_msg(answer.status == 200, "%.*s", TEXT_ARGUMENTS(answer.body));
    return answer;
}

static void do_sqs(const char *operation, const char *body)
{
    cleanup(answer_deinit) struct answer answer = sqs(operation, body);
    ck_assert_int_eq(answer.status, 200);
}

static void create_queue(const char *name)
{
    char body[128];
    snprintf(body, sizeof(body), "{\"QueueName\":\"%s\"}", name);
    do_sqs("CreateQueue", body);
}

// The id of the new message, in the arena.
static struct text send_message(const char *queue, const char *text)
{
    char body[256];
    snprintf(body, sizeof(body),
             "{\"QueueUrl\":\"http://localhost/000000000000/%s\",\"MessageBody\":\"%s\"}", queue,
             text);
    cleanup(answer_deinit) struct answer answer = sqs("SendMessage", body);
    return arena_copy(arena, json_member_text(answer.tree, "MessageId"));
}

static void create_mapping(const char *queue)
{
    char body[256];
    snprintf(body, sizeof(body),
             "{\"FunctionName\":\"declared\",\"EventSourceArn\":\"arn:aws:sqs:us-east-1:"
             "000000000000:%s\"}",
             queue);
    cleanup(answer_deinit) struct answer answer =
        ask("POST", "/2015-03-31/event-source-mappings/", body);
    ck_assert_msg(answer.status == 202, "%.*s", TEXT_ARGUMENTS(answer.body));
}

static void expect_text(const struct answer *answer, const char *name, const char *expected)
{
    struct text text = json_member_text(answer->tree, name);
    ck_assert_msg(text_equal(text, text_of(expected)), "%s is not \"%s\" in %.*s", name, expected,
                  TEXT_ARGUMENTS(answer->body));
}

static const cJSON *item(const struct answer *answer, const char *list, int index)
{
    return cJSON_GetArrayItem(json_member(answer->tree, list), index);
}

static int64_t integer(const cJSON *object, const char *name)
{
    int64_t value = -1;
    json_integer(json_member(object, name), &value);
    return value;
}

// ---- health ----

START_TEST(health_says_what_runs)
{
    create_queue("orders");
    send_message("orders", "one");
    cleanup(answer_deinit) struct answer answer = ask("GET", "/_redrive/api/health", "");
    ck_assert_int_eq(answer.status, 200);
    expect_text(&answer, "status", "ok");
    expect_text(&answer, "clock", "manual");
    expect_text(&answer, "now", START);
    expect_text(&answer, "database", "in memory");
    ck_assert_int_eq(integer(answer.tree, "queues"), 1);
    ck_assert_int_eq(integer(answer.tree, "messages"), 1);
    ck_assert_int_eq(integer(json_member(answer.tree, "trace"), "points"), 1);
}
END_TEST

START_TEST(the_index_lists_every_path)
{
    cleanup(answer_deinit) struct answer answer = ask("GET", "/_redrive/api/", "");
    ck_assert_int_eq(answer.status, 200);
    ck_assert(text_find(answer.body, TEXT("/_redrive/api/clock"), NULL));
    ck_assert(text_find(answer.body, TEXT("/_redrive/api/events"), NULL));
    ck_assert(text_find(answer.body, TEXT("/_redrive/api/trace/{messageId}"), NULL));
}
END_TEST

static const struct {
    const char *method;
    const char *path;
    const char *body;
    int status;
} refused[] = {
    {"GET", "/_redrive/api/nothing", "", 404},
    {"GET", "/_redrive/nothing", "", 404},
    {"GET", "/_redrive/api/reset", "", 405},
    {"POST", "/_redrive/", "", 404},
    {"POST", "/_redrive/api/events", "", 405},
    {"GET", "/_redrive/api/events", "", 400}, // not over a connection
    {"POST", "/_redrive/api/health", "{}", 405},
    {"POST", "/_redrive/api/trace/x", "{}", 405},
    {"POST", "/_redrive/api/clock", "", 400},
    {"POST", "/_redrive/api/clock", "{", 400},
    {"POST", "/_redrive/api/clock", "[]", 400},
    {"POST", "/_redrive/api/clock", "{}", 400},
    {"POST", "/_redrive/api/clock", "{\"advance\":\"soon\"}", 400},
    {"POST", "/_redrive/api/clock", "{\"advance\":-1}", 400},
    {"POST", "/_redrive/api/clock", "{\"advance\":1.5}", 400},
    {"POST", "/_redrive/api/clock", "{\"advance\":\"367d\"}", 400},
    {"POST", "/_redrive/api/clock", "{\"advance\":true}", 400},
    {"POST", "/_redrive/api/clock", "{\"run\":\"fast\"}", 400},
    {"POST", "/_redrive/api/clock", "{\"run\":\"idle\",\"max\":\"long\"}", 400},
    {"POST", "/_redrive/api/clock", "{\"mode\":\"fast\"}", 400},
    {"POST", "/_redrive/api/clock", "{\"mode\":\"leap\",\"advance\":\"1s\"}", 400},
    {"POST", "/_redrive/api/wait", "", 400},
    {"POST", "/_redrive/api/wait", "{\"until\":\"empty\"}", 400},
    {"POST", "/_redrive/api/wait", "{\"until\":\"empty\",\"queue\":\"nowhere\"}", 404},
    {"POST", "/_redrive/api/wait", "{\"until\":\"idle\",\"timeout\":\"2d\"}", 400},
    {"GET", "/_redrive/api/messages", "", 400},
    {"GET", "/_redrive/api/messages?queue=nowhere", "", 404},
    {"GET", "/_redrive/api/messages?queue=%zz", "", 400},
    {"GET", "/_redrive/api/trace/not-an-id", "", 400},
    {"GET", "/_aws/sqs/messages?QueueUrl=nowhere", "", 404},
    {"GET", "/moto-api/reset", "", 404},
};

START_TEST(mistakes_are_answered_with_a_sentence)
{
    cleanup(answer_deinit) struct answer answer =
        ask(refused[_i].method, refused[_i].path, refused[_i].body);
    ck_assert_msg(answer.status == refused[_i].status, "%s %s %s: %d %.*s", refused[_i].method,
                  refused[_i].path, refused[_i].body, answer.status, TEXT_ARGUMENTS(answer.body));
    ck_assert_uint_gt(json_member_text(answer.tree, "message").length, 0);
}
END_TEST

// ---- the clock ----

START_TEST(advance_answers_when_the_instant_is_reached)
{
    cleanup(answer_deinit) struct answer answer =
        ask("POST", "/_redrive/api/clock", "{\"advance\":\"15m\"}");
    ck_assert_int_eq(answer.status, 200);
    expect_text(&answer, "now", "2026-01-01T00:15:00.000Z");
    expect_text(&answer, "stopped", "arrived");
    cleanup(answer_deinit) struct answer seconds =
        ask("POST", "/_redrive/api/clock", "{\"advance\":90}");
    expect_text(&seconds, "now", "2026-01-01T00:16:30.000Z");
    cleanup(answer_deinit) struct answer state = ask("GET", "/_redrive/api/clock", "");
    expect_text(&state, "now", "2026-01-01T00:16:30.000Z");
    expect_text(&state, "mode", "manual");
    ck_assert(cJSON_IsTrue(json_member(state.tree, "quiet")));
    ck_assert_ptr_null(json_member(state.tree, "nextMotive"));
}
END_TEST

START_TEST(run_ends_when_nothing_is_left_to_happen)
{
    create_queue("orders");
    create_mapping("orders");
    send_message("orders", "good");
    cleanup(answer_deinit) struct answer before = ask("GET", "/_redrive/api/clock", "");
    expect_text(&before, "nextMotive", "2026-01-01T00:00:00.001Z");
    cleanup(answer_deinit) struct answer answer =
        ask("POST", "/_redrive/api/clock", "{\"run\":\"idle\"}");
    expect_text(&answer, "stopped", "arrived");
    expect_text(&answer, "now", "2026-01-01T00:00:00.001Z");
}
END_TEST

START_TEST(run_stops_at_its_own_limit_and_at_the_horizon)
{
    create_queue("orders");
    create_mapping("orders");
    send_message("orders", "poison");
    cleanup(answer_deinit) struct answer limit =
        ask("POST", "/_redrive/api/clock", "{\"run\":\"idle\",\"max\":\"2m\"}");
    ck_assert_int_eq(limit.status, 200);
    expect_text(&limit, "stopped", "limit");
    expect_text(&limit, "now", "2026-01-01T00:02:00.000Z");
    cleanup(answer_deinit) struct answer horizon =
        ask("POST", "/_redrive/api/clock", "{\"run\":\"idle\"}");
    expect_text(&horizon, "stopped", "horizon");
    ck_assert_msg(text_find(json_member_text(horizon.tree, "reason"), TEXT("orders"), NULL), "%.*s",
                  TEXT_ARGUMENTS(horizon.body));
}
END_TEST

START_TEST(a_change_of_mode_keeps_now)
{
    cleanup(answer_deinit) struct answer leap =
        ask("POST", "/_redrive/api/clock", "{\"mode\":\"leap\"}");
    ck_assert_int_eq(leap.status, 200);
    expect_text(&leap, "mode", "leap");
    cleanup(answer_deinit) struct answer manual =
        ask("POST", "/_redrive/api/clock", "{\"mode\":\"manual\"}");
    expect_text(&manual, "mode", "manual");
    ck_assert_int_ge(integer(manual.tree, "nowMs"), START_AT_MS);
    ck_assert_int_lt(integer(manual.tree, "nowMs"), START_AT_MS + 60000);
}
END_TEST

START_TEST(the_clock_says_what_prevents_quiet)
{
    create_queue("orders");
    send_message("orders", "one");
    do_sqs("ReceiveMessage", "{\"QueueUrl\":\"http://localhost/000000000000/orders\"}");
    // First that a request came a moment ago, then the lease that lasts.
    bool lease = false;
    for (int i = 0; i < 1000 && !lease; i++) {
        cleanup(answer_deinit) struct answer state = ask("GET", "/_redrive/api/clock", "");
        ck_assert(cJSON_IsFalse(json_member(state.tree, "quiet")));
        struct text obstacle = json_member_text(state.tree, "obstacle");
        ck_assert_uint_gt(obstacle.length, 0);
        lease = text_find(obstacle, TEXT("a client holds 1 lease in orders"), NULL);
        bool never = false;
        emulator_run_until(emulator, &never, 1);
    }
    ck_assert(lease);
}
END_TEST

// ---- wait ----

START_TEST(wait_for_an_empty_queue)
{
    create_queue("orders");
    cleanup(answer_deinit) struct answer empty =
        ask("POST", "/_redrive/api/wait", "{\"queue\":\"orders\",\"until\":\"empty\"}");
    ck_assert_int_eq(empty.status, 200);
    ck_assert(cJSON_IsTrue(json_member(empty.tree, "reached")));
    send_message("orders", "one");
    cleanup(answer_deinit) struct answer full =
        ask("POST", "/_redrive/api/wait",
            "{\"queue\":\"orders\",\"until\":\"empty\",\"timeout\":\"20ms\"}");
    ck_assert(cJSON_IsFalse(json_member(full.tree, "reached")));
}
END_TEST

static void note(void *context, int status, struct text headers, struct text body)
{
    (void)headers;
    (void)body;
    ck_assert_int_eq(status, 200);
    *(bool *)context = true;
}

START_TEST(wait_is_looked_at_again_when_the_world_has_moved)
{
    create_queue("orders");
    create_mapping("orders");
    send_message("orders", "good");
    bool over = false;
    emulator_request(emulator,
                     TEXT("POST /_redrive/api/wait HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                          "16\r\n\r\n{\"until\":\"idle\"}"),
                     note, &over);
    ck_assert(!emulator_run_until(emulator, &over, 20));
    cleanup(answer_deinit) struct answer run =
        ask("POST", "/_redrive/api/clock", "{\"run\":\"idle\"}");
    expect_text(&run, "stopped", "arrived");
    ck_assert(emulator_run_until(emulator, &over, 10000));
}
END_TEST

START_TEST(parked_requests_do_not_outlive_the_world)
{
    create_queue("orders");
    send_message("orders", "one");
    bool over = false;
    emulator_request(emulator,
                     TEXT("POST /_redrive/api/wait HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                          "34\r\n\r\n{\"until\":\"empty\",\"queue\":\"orders\"}"),
                     note, &over);
    ck_assert(!emulator_run_until(emulator, &over, 10));
    // teardown() frees the emulator with the wait still parked.
}
END_TEST

// ---- looking ----

START_TEST(messages_are_shown_without_being_received)
{
    create_queue("orders");
    struct text id = send_message("orders", "one");
    send_message("orders", "two");
    for (int i = 0; i < 3; i++) {
        cleanup(answer_deinit) struct answer answer =
            ask("GET", "/_redrive/api/messages?queue=orders", "");
        ck_assert_int_eq(integer(answer.tree, "present"), 2);
        const cJSON *message = item(&answer, "messages", 0);
        ck_assert(text_equal(json_member_text(message, "messageId"), id));
        ck_assert(text_equal(json_member_text(message, "body"), TEXT("one")));
        ck_assert(text_equal(json_member_text(message, "phase"), TEXT("visible")));
        ck_assert_int_eq(integer(message, "receiveCount"), 0);
    }
    cleanup(answer_deinit) struct answer one = ask(
        "GET",
        "/_redrive/api/messages?max=1&QueueUrl=http%3A%2F%2Flocalhost%2F000000000000%2Forders", "");
    ck_assert_int_eq(cJSON_GetArraySize(json_member(one.tree, "messages")), 1);
    ck_assert_int_eq(integer(one.tree, "present"), 2);
}
END_TEST

START_TEST(queues_mappings_and_functions_are_listed)
{
    create_queue("dlq");
    do_sqs("CreateQueue",
           "{\"QueueName\":\"orders\",\"Attributes\":{\"RedrivePolicy\":\"{"
           "\\\"deadLetterTargetArn\\\":"
           "\\\"arn:aws:sqs:us-east-1:000000000000:dlq\\\",\\\"maxReceiveCount\\\":3}\"}}");
    create_mapping("orders");
    cleanup(answer_deinit) struct answer queues = ask("GET", "/_redrive/api/queues", "");
    const cJSON *orders = item(&queues, "queues", 1);
    ck_assert(text_equal(json_member_text(orders, "name"), TEXT("orders")));
    ck_assert(text_equal(json_member_text(orders, "deadLetterQueue"), TEXT("dlq")));
    ck_assert_int_eq(integer(orders, "maxReceiveCount"), 3);
    cleanup(answer_deinit) struct answer mappings = ask("GET", "/_redrive/api/mappings", "");
    const cJSON *mapping = item(&mappings, "mappings", 0);
    ck_assert(text_equal(json_member_text(mapping, "queue"), TEXT("orders")));
    ck_assert(text_equal(json_member_text(mapping, "function"), TEXT("declared")));
    ck_assert(text_equal(json_member_text(mapping, "state"), TEXT("Enabled")));
    cleanup(answer_deinit) struct answer functions = ask("GET", "/_redrive/api/functions", "");
    const cJSON *function = item(&functions, "functions", 0);
    ck_assert(text_equal(json_member_text(function, "name"), TEXT("declared")));
    ck_assert(cJSON_IsTrue(json_member(function, "declared")));
}
END_TEST

START_TEST(functions_are_listed_with_their_versions_and_aliases)
{
    RULES("L-39 L-40");
    static const char *const live[] = {"prod", "test"};
    cleanup(answer_deinit) struct answer version =
        ask("POST", "/2015-03-31/functions/declared/versions", "{}");
    ck_assert_int_eq(version.status, 201);
    for (size_t i = 0; i < 2; i++) {
        char body[64];
        snprintf(body, sizeof(body), "{\"Name\":\"%s\",\"FunctionVersion\":\"%s\"}", live[i],
                 i == 0 ? "1" : "$LATEST");
        cleanup(answer_deinit) struct answer alias =
            ask("POST", "/2015-03-31/functions/declared/aliases", body);
        ck_assert_int_eq(alias.status, 201);
    }
    cleanup(answer_deinit) struct answer functions = ask("GET", "/_redrive/api/functions", "");
    const cJSON *function = item(&functions, "functions", 0);
    const cJSON *versions = json_member(function, "versions");
    const cJSON *aliases = json_member(function, "aliases");
    ck_assert_int_eq(cJSON_GetArraySize(versions), 1);
    ck_assert_str_eq(cJSON_GetArrayItem(versions, 0)->valuestring, "1");
    ck_assert_int_eq(cJSON_GetArraySize(aliases), 2);
    ck_assert(text_equal(json_member_text(cJSON_GetArrayItem(aliases, 0), "name"), TEXT("prod")));
    ck_assert(text_equal(json_member_text(cJSON_GetArrayItem(aliases, 0), "version"), TEXT("1")));
    ck_assert(
        text_equal(json_member_text(cJSON_GetArrayItem(aliases, 1), "version"), TEXT("$LATEST")));
}
END_TEST

START_TEST(the_trace_is_told_in_pieces)
{
    create_queue("orders");
    create_queue("others");
    struct text id = send_message("orders", "one");
    send_message("others", "two");
    send_message("orders", "three");
    char path[128];
    snprintf(path, sizeof(path), "/_redrive/api/trace/%.*s", TEXT_ARGUMENTS(id));
    cleanup(answer_deinit) struct answer of_one = ask("GET", path, "");
    ck_assert_int_eq(cJSON_GetArraySize(json_member(of_one.tree, "points")), 1);
    ck_assert(text_equal(json_member_text(item(&of_one, "points", 0), "messageId"), id));

    cleanup(answer_deinit) struct answer first =
        ask("GET", "/_redrive/api/trace?queue=orders&max=1", "");
    ck_assert_int_eq(cJSON_GetArraySize(json_member(first.tree, "points")), 1);
    ck_assert(cJSON_IsTrue(json_member(first.tree, "more")));
    ck_assert_int_eq(integer(first.tree, "last"), 0);
    cleanup(answer_deinit) struct answer rest =
        ask("GET", "/_redrive/api/trace?queue=orders&after=0", "");
    ck_assert_int_eq(cJSON_GetArraySize(json_member(rest.tree, "points")), 1);
    ck_assert_int_eq(integer(item(&rest, "points", 0), "number"), 2);
    ck_assert(cJSON_IsFalse(json_member(rest.tree, "more")));
    cleanup(answer_deinit) struct answer all = ask("GET", "/_redrive/api/trace", "");
    ck_assert_int_eq(cJSON_GetArraySize(json_member(all.tree, "points")), 3);
}
END_TEST

// ---- reset ----

static const char *const resets[] = {"/_redrive/api/reset", "/moto-api/reset",
                                     "/_localstack/state/reset"};

START_TEST(reset_keeps_what_was_declared_at_start)
{
    create_queue("orders");
    create_mapping("orders");
    send_message("orders", "poison");
    cleanup(answer_deinit) struct answer reset = ask("POST", resets[_i], "");
    ck_assert_int_eq(reset.status, 200);
    expect_text(&reset, "status", "ok");
    cleanup(answer_deinit) struct answer queues = ask("GET", "/_redrive/api/queues", "");
    ck_assert_ptr_null(item(&queues, "queues", 0));
    cleanup(answer_deinit) struct answer mappings = ask("GET", "/_redrive/api/mappings", "");
    ck_assert_ptr_null(item(&mappings, "mappings", 0));
    cleanup(answer_deinit) struct answer functions = ask("GET", "/_redrive/api/functions", "");
    ck_assert_ptr_nonnull(item(&functions, "functions", 0));
    cleanup(answer_deinit) struct answer trace = ask("GET", "/_redrive/api/trace", "");
    ck_assert_ptr_null(item(&trace, "points", 0));
    cleanup(answer_deinit) struct answer run =
        ask("POST", "/_redrive/api/clock", "{\"run\":\"idle\"}");
    expect_text(&run, "stopped", "arrived");
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

static Suite *admin_suite(void)
{
    Suite *suite = suite_create("admin");
    TCase *tcase = tcase_create("admin");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, health_says_what_runs);
    tcase_add_test(tcase, the_index_lists_every_path);
    tcase_add_loop_test(tcase, mistakes_are_answered_with_a_sentence, 0, ROWS(refused));
    tcase_add_test(tcase, advance_answers_when_the_instant_is_reached);
    tcase_add_test(tcase, run_ends_when_nothing_is_left_to_happen);
    tcase_add_test(tcase, run_stops_at_its_own_limit_and_at_the_horizon);
    tcase_add_test(tcase, a_change_of_mode_keeps_now);
    tcase_add_test(tcase, the_clock_says_what_prevents_quiet);
    tcase_add_test(tcase, wait_for_an_empty_queue);
    tcase_add_test(tcase, wait_is_looked_at_again_when_the_world_has_moved);
    tcase_add_test(tcase, parked_requests_do_not_outlive_the_world);
    tcase_add_test(tcase, messages_are_shown_without_being_received);
    tcase_add_test(tcase, queues_mappings_and_functions_are_listed);
    tcase_add_test(tcase, functions_are_listed_with_their_versions_and_aliases);
    tcase_add_test(tcase, the_trace_is_told_in_pieces);
    tcase_add_loop_test(tcase, reset_keeps_what_was_declared_at_start, 0, ROWS(resets));
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(admin_suite)
