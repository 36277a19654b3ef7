// The public face, as cli/ uses it: worlds with and without a listener, requests without a socket,
// the clock, children.
#include "emulator/emulator.h"

#include "tests/emulator/client.h"
#include "tests/support/check_main.h"

#include <dirent.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define START_MS 1767225600000LL // 2026-01-01T00:00:00Z
#define HOUR_MS 3600000LL

struct fixture {
    struct arena *arena;
    struct options options;
    struct emulator *emulator;
};

static void begin(struct fixture *fixture)
{
    *fixture = (struct fixture){.arena = arena_new()};
    options_init(&fixture->options, fixture->arena);
    fixture->options.listener = false;
    fixture->options.port = 0;
    fixture->options.journal_none = true;
    fixture->options.quiet = true;
    fixture->options.seeded = true;
    fixture->options.clock = CLOCK_MANUAL;
    fixture->options.start_at_ms = START_MS;
}

static void open_world(struct fixture *fixture)
{
    struct text reason;
    int status;
    fixture->emulator = emulator_new(&fixture->options, &reason, &status);
    ck_assert_msg(fixture->emulator != NULL, "%.*s", TEXT_ARGUMENTS(reason));
}

static void end(struct fixture *fixture)
{
    emulator_free(fixture->emulator);
    arena_free(fixture->arena);
}

// An SQS operation in JSON; the answer's body, in the arena.
static struct text sqs(struct fixture *fixture, const char *action, const char *body)
{
    cleanup(buffer_deinit) struct buffer answer = {0};
    struct text bytes =
        arena_print(fixture->arena,
                    "POST / HTTP/1.1\r\nContent-Type: application/x-amz-json-1.0\r\n"
                    "X-Amz-Target: AmazonSQS.%s\r\n\r\n%s",
                    action, body);
    int status = emulator_call(fixture->emulator, bytes, &answer);
    ck_assert_msg(status == 200, "%d %.*s", status, (int)answer.length, answer.bytes);
    return arena_copy(fixture->arena, buffer_text(&answer));
}

static bool says(struct text text, struct text words)
{
    return text_find(text, words, NULL);
}

// ---- requests without a socket ----

START_TEST(a_message_goes_through_a_world_without_a_socket)
{
    struct fixture fixture;
    begin(&fixture);
    open_world(&fixture);
    ck_assert_uint_eq(emulator_endpoint(fixture.emulator).length, 0);
    ck_assert_int_eq(emulator_port(fixture.emulator), 0);
    sqs(&fixture, "CreateQueue", "{\"QueueName\":\"orders\"}");
    sqs(&fixture, "SendMessage",
        "{\"QueueUrl\":\"http://localhost/000000000000/orders\",\"MessageBody\":\"hello\"}");
    struct text received =
        sqs(&fixture, "ReceiveMessage", "{\"QueueUrl\":\"http://localhost/000000000000/orders\"}");
    ck_assert(says(received, TEXT("\"Body\":\"hello\"")));
    end(&fixture);
}
END_TEST

struct answers {
    bool any;
    int count;
    int last_status;
    bool json;
};

static void answered(void *context, int status, struct text headers, struct text body)
{
    struct answers *answers = context;
    answers->any = true;
    answers->count++;
    answers->last_status = status;
    answers->json =
        says(headers, TEXT("Content-Type: application/")) && text_starts_with(body, TEXT("{"));
}

START_TEST(an_answer_comes_once_from_a_later_turn)
{
    struct fixture fixture;
    struct answers answers = {0};
    begin(&fixture);
    open_world(&fixture);
    emulator_request(fixture.emulator, TEXT("GET /_redrive/api/health HTTP/1.1\r\n\r\n"), answered,
                     &answers);
    ck_assert_int_eq(answers.count, 0);
    ck_assert(emulator_run_until(fixture.emulator, &answers.any, 10000));
    ck_assert_int_eq(answers.count, 1);
    ck_assert_int_eq(answers.last_status, 200);
    ck_assert(answers.json);
    end(&fixture);
}
END_TEST

START_TEST(what_is_no_request_is_answered_with_400)
{
    static const char *const rows[] = {"", "GET", "GET /\r\n\r\n", "GET / HTTP/1.1\r\n",
                                       "GET / HTTP/1.1\r\nno colon\r\n\r\n"};
    struct fixture fixture;
    begin(&fixture);
    open_world(&fixture);
    for (size_t index = 0; index < sizeof(rows) / sizeof(rows[0]); index++) {
        cleanup(buffer_deinit) struct buffer body = {0};
        ck_assert_int_eq(emulator_call(fixture.emulator, text_of(rows[index]), &body), 400);
    }
    end(&fixture);
}
END_TEST

START_TEST(a_parked_call_is_withdrawn_when_the_world_ends)
{
    struct fixture fixture;
    struct answers answers = {0};
    begin(&fixture);
    open_world(&fixture);
    sqs(&fixture, "CreateQueue", "{\"QueueName\":\"orders\"}");
    emulator_request(
        fixture.emulator,
        TEXT("POST / HTTP/1.1\r\nContent-Type: application/x-amz-json-1.0\r\n"
             "X-Amz-Target: AmazonSQS.ReceiveMessage\r\n\r\n"
             "{\"QueueUrl\":\"http://localhost/000000000000/orders\",\"WaitTimeSeconds\":20}"),
        answered, &answers);
    bool never = false;
    emulator_run_until(fixture.emulator, &never, 5);
    end(&fixture);
    ck_assert_int_eq(answers.count, 0);
}
END_TEST

// ---- the clock ----

START_TEST(advance_and_run_go_to_their_end)
{
    struct fixture fixture;
    struct text reason = TEXT("unwritten");
    begin(&fixture);
    open_world(&fixture);
    ck_assert_int_eq(emulator_now_ms(fixture.emulator), START_MS);
    ck_assert(emulator_advance(fixture.emulator, HOUR_MS, &reason));
    ck_assert_uint_eq(reason.length, 0);
    ck_assert_int_eq(emulator_now_ms(fixture.emulator), START_MS + HOUR_MS);
    ck_assert(emulator_run_until_idle(fixture.emulator, 0, &reason));
    ck_assert_int_eq(emulator_now_ms(fixture.emulator), START_MS + HOUR_MS);
    end(&fixture);
}
END_TEST

START_TEST(a_message_is_received_again_when_its_visibility_timeout_has_passed)
{
    struct fixture fixture;
    struct text reason;
    const char *receive =
        "{\"QueueUrl\":\"http://localhost/000000000000/orders\",\"AttributeNames\":[\"All\"]}";
    begin(&fixture);
    open_world(&fixture);
    sqs(&fixture, "CreateQueue", "{\"QueueName\":\"orders\"}");
    sqs(&fixture, "SendMessage",
        "{\"QueueUrl\":\"http://localhost/000000000000/orders\",\"MessageBody\":\"hello\"}");
    ck_assert(
        says(sqs(&fixture, "ReceiveMessage", receive), TEXT("\"ApproximateReceiveCount\":\"1\"")));
    ck_assert(emulator_advance(fixture.emulator, 29999, &reason));
    ck_assert(!says(sqs(&fixture, "ReceiveMessage", receive), TEXT("Messages")));
    ck_assert(emulator_advance(fixture.emulator, 1, &reason));
    ck_assert(
        says(sqs(&fixture, "ReceiveMessage", receive), TEXT("\"ApproximateReceiveCount\":\"2\"")));
    end(&fixture);
}
END_TEST

START_TEST(equal_seeds_give_equal_worlds)
{
    struct text answers[2];
    cleanup(arena_free) struct arena *arena = arena_new();
    for (int round = 0; round < 2; round++) {
        struct fixture fixture;
        begin(&fixture);
        fixture.options.seed = 7;
        open_world(&fixture);
        sqs(&fixture, "CreateQueue", "{\"QueueName\":\"orders\"}");
        answers[round] = arena_copy(arena, sqs(&fixture, "SendMessage",
                                               "{\"QueueUrl\":\"http://localhost/000000000000/"
                                               "orders\",\"MessageBody\":\"hello\"}"));
        end(&fixture);
    }
    ck_assert(text_equal(answers[0], answers[1]));
}
END_TEST

// ---- opening ----

static char *directory_new(struct arena *arena)
{
    struct text name = arena_print(arena, "%s/redrive-test-XXXXXX",
                                   getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
    char *path = arena_allocate(arena, name.length + 1);
    memcpy(path, name.bytes, name.length);
    ck_assert_ptr_nonnull(mkdtemp(path));
    return path;
}

static void directory_remove(const char *path)
{
    DIR *directory = opendir(path);
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL)
        unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
    rmdir(path);
}

START_TEST(time_never_goes_back_over_a_restart)
{
    struct fixture fixture;
    struct text reason;
    cleanup(arena_free) struct arena *arena = arena_new();
    char *directory = directory_new(arena);
    const char *database = arena_print(arena, "%s/redrive.db", directory).bytes;

    begin(&fixture);
    fixture.options.journal_none = false;
    fixture.options.database = database;
    open_world(&fixture);
    sqs(&fixture, "CreateQueue", "{\"QueueName\":\"orders\"}");
    ck_assert(emulator_advance(fixture.emulator, HOUR_MS, &reason));
    sqs(&fixture, "SendMessage",
        "{\"QueueUrl\":\"http://localhost/000000000000/orders\",\"MessageBody\":\"hello\"}");
    end(&fixture);

    begin(&fixture);
    fixture.options.journal_none = false;
    fixture.options.database = database;
    open_world(&fixture);
    ck_assert_int_eq(emulator_now_ms(fixture.emulator), START_MS + HOUR_MS);
    ck_assert(says(
        sqs(&fixture, "ReceiveMessage", "{\"QueueUrl\":\"http://localhost/000000000000/orders\"}"),
        TEXT("\"Body\":\"hello\"")));
    end(&fixture);

    begin(&fixture); // and a later start wins
    fixture.options.journal_none = false;
    fixture.options.database = database;
    fixture.options.start_at_ms = START_MS + 2 * HOUR_MS;
    open_world(&fixture);
    ck_assert_int_eq(emulator_now_ms(fixture.emulator), START_MS + 2 * HOUR_MS);
    end(&fixture);
    directory_remove(directory);
}
END_TEST

// The hour in which nothing was written was told to whoever advanced.
START_TEST(time_that_was_moved_by_hand_survives_a_kill)
{
    struct fixture fixture;
    struct text reason;
    cleanup(arena_free) struct arena *arena = arena_new();
    char *directory = directory_new(arena);

    begin(&fixture);
    fixture.options.journal_none = false;
    fixture.options.database = arena_print(arena, "%s/redrive.db", directory).bytes;
    pid_t child = fork();
    if (child == 0) {
        open_world(&fixture);
        _exit(emulator_advance(fixture.emulator, HOUR_MS, &reason) ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    open_world(&fixture);
    ck_assert_int_eq(emulator_now_ms(fixture.emulator), START_MS + HOUR_MS);
    end(&fixture);
    directory_remove(directory);
}
END_TEST

// A Lambda operation; the answer's body, in the arena.
static struct text lambda(struct fixture *fixture, const char *line, const char *body, int status)
{
    cleanup(buffer_deinit) struct buffer answer = {0};
    struct text bytes = arena_print(fixture->arena, "%s HTTP/1.1\r\n\r\n%s", line, body);
    int got = emulator_call(fixture->emulator, bytes, &answer);
    ck_assert_msg(got == status, "%d %.*s", got, (int)answer.length, answer.bytes);
    return arena_copy(fixture->arena, buffer_text(&answer));
}

#define CREATE_FUNCTION                                                                       \
    "{\"FunctionName\":\"f\",\"Role\":\"arn:aws:iam::000000000000:role/r\","                  \
    "\"Code\":{\"ZipFile\":\"UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==\"},\"Runtime\":\"python3.12\"," \
    "\"Handler\":\"a.b\",\"Timeout\":7,"                                                      \
    "\"Environment\":{\"Variables\":{\"REDRIVE_TARGET\":\"sim:{}\"}}}"
#define CREATE_MAPPING \
    "{\"EventSourceArn\":\"arn:aws:sqs:us-east-1:000000000000:orders\",\"FunctionName\":\"f\"}"

START_TEST(functions_and_mappings_come_back_from_the_database_and_go_on)
{
    struct fixture fixture;
    struct text reason;
    cleanup(arena_free) struct arena *arena = arena_new();
    char *directory = directory_new(arena);
    const char *database = arena_print(arena, "%s/redrive.db", directory).bytes;
    for (int round = 0; round < 2; round++) {
        begin(&fixture);
        fixture.options.journal_none = false;
        fixture.options.database = database;
        open_world(&fixture);
        if (round == 0) {
            sqs(&fixture, "CreateQueue", "{\"QueueName\":\"orders\"}");
            lambda(&fixture, "POST /2015-03-31/functions", CREATE_FUNCTION, 201);
            lambda(&fixture, "POST /2015-03-31/event-source-mappings", CREATE_MAPPING, 202);
        }
        struct text mappings = lambda(&fixture, "GET /2015-03-31/event-source-mappings", "", 200);
        ck_assert_msg(says(mappings, TEXT("\"State\":\"Enabled\"")), "%.*s",
                      TEXT_ARGUMENTS(mappings));
        ck_assert(says(lambda(&fixture, "GET /2015-03-31/functions/f/configuration", "", 200),
                       TEXT("\"Timeout\":7")));
        sqs(&fixture, "SendMessage",
            "{\"QueueUrl\":\"http://localhost/000000000000/orders\",\"MessageBody\":\"hello\"}");
        ck_assert(emulator_run_until_idle(fixture.emulator, 0, &reason));
        struct text counts = sqs(&fixture, "GetQueueAttributes",
                                 "{\"QueueUrl\":\"http://localhost/000000000000/orders\","
                                 "\"AttributeNames\":[\"All\"]}");
        ck_assert(says(counts, TEXT("\"ApproximateNumberOfMessages\":\"0\"")));
        ck_assert(says(counts, TEXT("\"ApproximateNumberOfMessagesNotVisible\":\"0\"")));
        end(&fixture);
    }
    directory_remove(directory);
}
END_TEST

START_TEST(a_broken_outcome_is_seen)
{
    RULES("L-157-row-9");
    // An id that is not in the batch voids the report, so the message stays.
    for (int broken = 0; broken < 2; broken++) {
        struct fixture fixture;
        struct text reason;
        begin(&fixture);
        fixture.options.functions[fixture.options.function_count++] =
            TEXT("f=sim:{\"fail\":{\"body\":\"hello\"},\"how\":\"malformed\",\"malformed\":"
                 "\"{\\\"batchItemFailures\\\":[{\\\"itemIdentifier\\\":\\\"x\\\"}]}\"}");
        open_world(&fixture);
        if (broken)
            emulator_break_outcome(fixture.emulator);
        sqs(&fixture, "CreateQueue", "{\"QueueName\":\"orders\"}");
        lambda(&fixture, "POST /2015-03-31/event-source-mappings",
               "{\"EventSourceArn\":\"arn:aws:sqs:us-east-1:000000000000:orders\","
               "\"FunctionName\":\"f\",\"FunctionResponseTypes\":[\"ReportBatchItemFailures\"]}",
               202);
        sqs(&fixture, "SendMessage",
            "{\"QueueUrl\":\"http://localhost/000000000000/orders\",\"MessageBody\":\"hello\"}");
        ck_assert(emulator_run_until_idle(fixture.emulator, HOUR_MS, &reason) == (broken == 1));
        end(&fixture);
    }
}
END_TEST

static void stop_at_exit(void *context, int wait_status)
{
    ck_assert(WIFEXITED(wait_status));
    emulator_stop(context, WEXITSTATUS(wait_status));
}

START_TEST(run_returns_the_status_it_was_stopped_with)
{
    struct fixture fixture;
    char program[] = "/bin/sh";
    char option[] = "-c";
    char script[] = "exit 5";
    char *const arguments[] = {program, option, script, NULL};
    struct text reason;
    begin(&fixture);
    open_world(&fixture);
    emulator_start_child(fixture.emulator, arguments, NULL, stop_at_exit, NULL, fixture.emulator,
                         &reason);
    ck_assert_int_eq(emulator_run(fixture.emulator), 5);
    end(&fixture);
}
END_TEST

START_TEST(what_is_wrong_with_the_options_is_a_sentence_and_a_status)
{
    struct text reason;
    int status;
    for (int row = 0; row < 4; row++) {
        struct fixture fixture;
        begin(&fixture);
        struct options *options = &fixture.options;
        int expected = row == 0 ? 3 : 2;
        options->journal_none = row != 0;
        if (row == 0)
            options->database = "/nonexistent/directory/redrive.db";
        if (row == 1)
            options->functions[options->function_count++] = TEXT("f=nonsense:");
        if (row == 2)
            options->sets[options->set_count++] = TEXT("f.Timeout=5");
        if (row == 3)
            options->trace_file = "/nonexistent/directory/trace";
        reason = text_of(NULL);
        status = 0;
        ck_assert_ptr_null(emulator_new(options, &reason, &status));
        ck_assert_msg(status == expected, "row %d: %d", row, status);
        ck_assert_msg(reason.length > 10, "row %d", row);
        arena_free(fixture.arena);
    }
}
END_TEST

START_TEST(the_endpoint_is_where_clients_on_this_machine_reach_it)
{
    static const struct {
        struct text host;
        struct text front;
    } rows[] = {
        {TEXT("127.0.0.1"), TEXT("http://127.0.0.1:")},
        {TEXT("localhost"), TEXT("http://localhost:")},
        {TEXT("0.0.0.0"), TEXT("http://127.0.0.1:")},
        {TEXT("::1"), TEXT("http://[::1]:")},
        {TEXT("::"), TEXT("http://[::1]:")},
    };
    for (size_t index = 0; index < sizeof(rows) / sizeof(rows[0]); index++) {
        struct fixture fixture;
        begin(&fixture);
        fixture.options.listener = true;
        fixture.options.host = rows[index].host;
        struct text reason;
        int status;
        fixture.emulator = emulator_new(&fixture.options, &reason, &status);
        // A machine without IPv6 cannot listen there.
        ck_assert(fixture.emulator != NULL || text_find(rows[index].host, TEXT(":"), NULL));
        if (fixture.emulator != NULL) {
            struct text expected =
                arena_print(fixture.arena, "%.*s%lld", TEXT_ARGUMENTS(rows[index].front),
                            (long long)emulator_port(fixture.emulator));
            ck_assert_int_gt(emulator_port(fixture.emulator), 0);
            ck_assert(text_equal(emulator_endpoint(fixture.emulator), expected));
        }
        end(&fixture);
    }
}
END_TEST

START_TEST(a_long_poll_whose_client_hangs_up_frees_its_place_in_the_line)
{
    struct fixture fixture;
    struct client client;
    bool never = false;
    begin(&fixture);
    fixture.options.listener = true;
    open_world(&fixture);
    sqs(&fixture, "CreateQueue", "{\"QueueName\":\"orders\"}");
    struct text body =
        TEXT("{\"QueueUrl\":\"http://localhost/000000000000/orders\",\"WaitTimeSeconds\":20}");
    struct text poll = arena_print(
        fixture.arena,
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n"
        "X-Amz-Target: AmazonSQS.ReceiveMessage\r\nContent-Length: %zu\r\n\r\n%.*s",
        body.length, TEXT_ARGUMENTS(body));
    client_open(&client, emulator_port(fixture.emulator));
    client_write(&client, poll);
    emulator_run_until(fixture.emulator, &never, 5);
    ck_assert_int_eq(client_reply(&client, NULL), 0);
    client_close(&client);
    emulator_run_until(fixture.emulator, &never, 5);

    // The message is there for the next one: nobody received it in between.
    sqs(&fixture, "SendMessage",
        "{\"QueueUrl\":\"http://localhost/000000000000/orders\",\"MessageBody\":\"hello\"}");
    struct text received =
        sqs(&fixture, "ReceiveMessage",
            "{\"QueueUrl\":\"http://localhost/000000000000/orders\",\"AttributeNames\":[\"All\"]}");
    ck_assert(says(received, TEXT("\"ApproximateReceiveCount\":\"1\"")));
    end(&fixture);
}
END_TEST

// ---- children ----

struct watched {
    struct emulator *emulator;
    struct buffer output;
    bool exited;
    int status;
    size_t output_at_exit;
};

static void child_exited(void *context, int wait_status)
{
    struct watched *watched = context;
    watched->exited = true;
    watched->status = wait_status;
    watched->output_at_exit = watched->output.length;
}

static void child_wrote(void *context, struct text bytes)
{
    struct watched *watched = context;
    buffer_append(&watched->output, bytes);
}

static struct child *start(struct fixture *fixture, struct watched *watched, const char *script,
                           char *const environment[])
{
    struct text text = text_of(script);
    char *copy = arena_allocate(fixture->arena, text.length + 1);
    memcpy(copy, text.bytes, text.length);
    char shell[] = "/bin/sh";
    char option[] = "-c";
    char *const arguments[] = {shell, option, copy, NULL};
    struct text reason;
    struct child *child = emulator_start_child(fixture->emulator, arguments, environment,
                                               child_exited, child_wrote, watched, &reason);
    ck_assert_msg(child != NULL, "%.*s", TEXT_ARGUMENTS(reason));
    return child;
}

START_TEST(a_childs_output_comes_before_its_end)
{
    struct fixture fixture;
    struct watched watched = {0};
    char extra[] = "REDRIVE_TEST=yes";
    char home[] = "HOME=/elsewhere";
    char *const environment[] = {extra, home, NULL};
    begin(&fixture);
    open_world(&fixture);
    start(&fixture, &watched, "echo $REDRIVE_TEST $HOME; exit 3", environment);
    ck_assert(emulator_run_until(fixture.emulator, &watched.exited, 10000));
    ck_assert(WIFEXITED(watched.status) && WEXITSTATUS(watched.status) == 3);
    ck_assert(text_equal(buffer_text(&watched.output), TEXT("yes /elsewhere\n")));
    ck_assert_uint_eq(watched.output_at_exit, watched.output.length);
    buffer_deinit(&watched.output);
    end(&fixture);
}
END_TEST

START_TEST(a_child_that_is_stopped_gets_sigterm)
{
    struct fixture fixture;
    struct watched watched = {0};
    begin(&fixture);
    open_world(&fixture);
    struct child *child = start(&fixture, &watched, "exec sleep 100", NULL);
    emulator_stop_child(fixture.emulator, child);
    ck_assert(emulator_run_until(fixture.emulator, &watched.exited, 10000));
    ck_assert(WIFSIGNALED(watched.status) && WTERMSIG(watched.status) == SIGTERM);
    end(&fixture);
}
END_TEST

START_TEST(children_end_with_the_world)
{
    struct fixture fixture;
    struct watched watched = {0};
    begin(&fixture);
    open_world(&fixture);
    start(&fixture, &watched, "exec sleep 100", NULL);
    start(&fixture, &watched, "exec sleep 100", NULL);
    end(&fixture);
    ck_assert(!watched.exited);                       // nobody is told any more
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1); // and nobody is left
}
END_TEST

START_TEST(a_program_that_is_not_there_is_a_sentence)
{
    struct fixture fixture;
    char program[] = "/nonexistent/program";
    char *const arguments[] = {program, NULL};
    struct text reason;
    begin(&fixture);
    open_world(&fixture);
    ck_assert_ptr_null(
        emulator_start_child(fixture.emulator, arguments, NULL, NULL, NULL, NULL, &reason));
    ck_assert(says(reason, TEXT("/nonexistent/program cannot be started: No such file")));
    end(&fixture);
}
END_TEST

// ---- the trace ----

struct seen {
    struct buffer words;
    uint64_t next;
    bool has_message;
};

static void note_point(void *context, const struct emulator_point *point)
{
    struct seen *seen = context;
    ck_assert_uint_eq(point->number, seen->next);
    ck_assert_int_eq(point->at_ms, START_MS);
    seen->next++;
    seen->has_message = point->message != NULL;
    buffer_print(&seen->words, "%.*s %.*s by %.*s;", TEXT_ARGUMENTS(point->queue),
                 TEXT_ARGUMENTS(point->kind), TEXT_ARGUMENTS(point->actor));
}

START_TEST(the_trace_is_walked_from_a_point_on)
{
    struct fixture fixture;
    struct seen seen = {0};
    begin(&fixture);
    open_world(&fixture);
    sqs(&fixture, "CreateQueue", "{\"QueueName\":\"orders\"}");
    for (int i = 0; i < 2; i++)
        sqs(&fixture, "SendMessage",
            "{\"QueueUrl\":\"http://localhost/000000000000/orders\",\"MessageBody\":\"hello\"}");
    ck_assert(emulator_walk_trace(fixture.emulator, 0, note_point, &seen));
    struct text words = arena_copy(fixture.arena, buffer_text(&seen.words));
    ck_assert_msg(text_equal(words, TEXT("orders sent by client;orders sent by client;")), "%.*s",
                  TEXT_ARGUMENTS(words));
    ck_assert(seen.has_message);
    buffer_clear(&seen.words);
    seen.next = 1;
    ck_assert(emulator_walk_trace(fixture.emulator, 1, note_point, &seen));
    ck_assert_uint_eq(seen.next, 2);
    // Behind the last one there is nothing, and nothing is wrong.
    ck_assert(emulator_walk_trace(fixture.emulator, 2, note_point, &seen));
    ck_assert_uint_eq(seen.next, 2);
    buffer_deinit(&seen.words);
    end(&fixture);
}
END_TEST

START_TEST(a_walk_says_that_points_were_overwritten)
{
    struct fixture fixture;
    struct seen seen = {0};
    begin(&fixture);
    fixture.options.trace_max_bytes = 65536;
    open_world(&fixture);
    sqs(&fixture, "CreateQueue", "{\"QueueName\":\"orders\"}");
    for (int i = 0; i < 1000; i++)
        sqs(&fixture, "SendMessage",
            "{\"QueueUrl\":\"http://localhost/000000000000/orders\",\"MessageBody\":\"hello\"}");
    ck_assert(!emulator_walk_trace(fixture.emulator, 0, note_point, &seen));
    ck_assert_uint_eq(seen.next, 0);
    seen.next = 999;
    ck_assert(emulator_walk_trace(fixture.emulator, 999, note_point, &seen));
    ck_assert_uint_eq(seen.next, 1000);
    buffer_deinit(&seen.words);
    end(&fixture);
}
END_TEST

static Suite *emulator_suite(void)
{
    Suite *suite = suite_create("emulator/emulator");
    TCase *calls = tcase_create("calls");
    tcase_add_test(calls, a_message_goes_through_a_world_without_a_socket);
    tcase_add_test(calls, an_answer_comes_once_from_a_later_turn);
    tcase_add_test(calls, what_is_no_request_is_answered_with_400);
    tcase_add_test(calls, a_parked_call_is_withdrawn_when_the_world_ends);
    suite_add_tcase(suite, calls);
    TCase *clock = tcase_create("clock");
    tcase_add_test(clock, advance_and_run_go_to_their_end);
    tcase_add_test(clock, a_message_is_received_again_when_its_visibility_timeout_has_passed);
    tcase_add_test(clock, equal_seeds_give_equal_worlds);
    suite_add_tcase(suite, clock);
    TCase *opening = tcase_create("opening");
    tcase_add_test(opening, time_never_goes_back_over_a_restart);
    tcase_add_test(opening, time_that_was_moved_by_hand_survives_a_kill);
    tcase_add_test(opening, functions_and_mappings_come_back_from_the_database_and_go_on);
    tcase_add_test(opening, a_broken_outcome_is_seen);
    tcase_add_test(opening, run_returns_the_status_it_was_stopped_with);
    tcase_add_test(opening, what_is_wrong_with_the_options_is_a_sentence_and_a_status);
    tcase_add_test(opening, the_endpoint_is_where_clients_on_this_machine_reach_it);
    tcase_add_test(opening, a_long_poll_whose_client_hangs_up_frees_its_place_in_the_line);
    suite_add_tcase(suite, opening);
    TCase *trace = tcase_create("trace");
    tcase_add_test(trace, the_trace_is_walked_from_a_point_on);
    tcase_add_test(trace, a_walk_says_that_points_were_overwritten);
    suite_add_tcase(suite, trace);
    TCase *children = tcase_create("children");
    tcase_add_test(children, a_childs_output_comes_before_its_end);
    tcase_add_test(children, a_child_that_is_stopped_gets_sigterm);
    tcase_add_test(children, children_end_with_the_world);
    tcase_add_test(children, a_program_that_is_not_there_is_a_sentence);
    suite_add_tcase(suite, children);
    return suite;
}

CHECK_MAIN(emulator_suite)
