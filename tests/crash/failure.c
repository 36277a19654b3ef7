// failure -- a whole emulator on a database file in which the n-th allocation, or the n-th write, read, open, lock, or call of SQLite,
// fails, for every n.
//
//   parent                       child, one for each n
//   fork --------------------->  opens the world, takes the steps of the script, one byte into the pipe for each that was answered
//   waits, reads the bytes <---  ends with 0, or with one sentence and status 3
//   opens the file: it holds what it held after as many steps as there were bytes, or one step more
//
// An answer that differs from the one of a healthy run is wrong, whatever the reason: memory that is not there must not look like
// a client's mistake.
//
// Usage: failure [STRIDE [FIRST]]. Only every STRIDE-th n is tried, from a random one. Prints TAP.
#include "emulator/emulator.h"
#include "queue/base/random.h"
#include "tests/crash/apart.h"
#include "tests/crash/failing.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATUS_WRONG_ANSWER 9
#define STEP_REOPEN "reopen"

#define JSON_HEAD \
    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n"
#define CALL(action, body) JSON_HEAD "X-Amz-Target: AmazonSQS." action "\r\n\r\n" body
#define QUERY(body)                                        \
    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: " \
    "application/x-www-form-urlencoded\r\n\r\n" body
#define LAMBDA(line, body) line " HTTP/1.1\r\nHost: localhost\r\n\r\n" body
#define URL(name) "\"QueueUrl\":\"http://localhost/000000000000/" name "\""
#define REDRIVE                                                                       \
    "\"{\\\"deadLetterTargetArn\\\":\\\"arn:aws:sqs:us-east-1:000000000000:dead\\\"," \
    "\\\"maxReceiveCount\\\":1}\""

// Requests that a healthy emulator answers with a status of 200 to 204.
static const char *const steps[] = {
    CALL("CreateQueue", "{\"QueueName\":\"dead\"}"),
    CALL("CreateQueue",
         "{\"QueueName\":\"orders\",\"Attributes\":{\"RedrivePolicy\":" REDRIVE "}}"),
    CALL("CreateQueue", "{\"QueueName\":\"line.fifo\",\"Attributes\":{\"FifoQueue\":\"true\"}}"),
    CALL("SendMessage",
         "{" URL("orders") ",\"MessageBody\":\"one\",\"MessageAttributes\":"
                           "{\"a\":{\"DataType\":\"String\",\"StringValue\":\"b\"}}}"),
    CALL("SendMessageBatch",
         "{" URL("orders") ",\"Entries\":[{\"Id\":\"1\",\"MessageBody\":\"two\"},"
                           "{\"Id\":\"2\",\"MessageBody\":\"three\",\"DelaySeconds\":9}]}"),
    CALL("SendMessage", "{" URL("line.fifo") ",\"MessageBody\":\"f\",\"MessageGroupId\":\"g\","
                                             "\"MessageDeduplicationId\":\"d\"}"),
    QUERY("Action=SendMessage&QueueUrl=http%3A%2F%2Flocalhost%2F000000000000%2Forders&MessageBody="
          "four"),
    CALL("ReceiveMessage",
         "{" URL("orders") ",\"MaxNumberOfMessages\":10,\"MessageAttributeNames\":[\"All\"]}"),
    CALL("ReceiveMessage", "{" URL("line.fifo") ",\"VisibilityTimeout\":5}"),
    STEP_REOPEN,
    LAMBDA("POST /_redrive/api/clock", "{\"advance\":\"1m\"}"),
    CALL("ReceiveMessage", "{" URL("orders") "}"), // the others move to the dead-letter queue
    CALL("SetQueueAttributes", "{" URL("orders") ",\"Attributes\":{\"VisibilityTimeout\":\"1\"}}"),
    CALL("TagQueue", "{" URL("orders") ",\"Tags\":{\"a\":\"b\"}}"),
    CALL("AddPermission", "{" URL("orders") ",\"Label\":\"l\",\"AWSAccountIds\":[\"111122223333\"],"
                                            "\"Actions\":[\"SendMessage\"]}"),
    CALL("StartMessageMoveTask",
         "{\"SourceArn\":\"arn:aws:sqs:us-east-1:000000000000:dead\",\"DestinationArn\":"
         "\"arn:aws:sqs:us-east-1:000000000000:orders\",\"MaxNumberOfMessagesPerSecond\":1}"),
    LAMBDA("POST /_redrive/api/clock", "{\"advance\":\"1500ms\"}"), // one of two is moved
    STEP_REOPEN,
    CALL("PurgeQueue", "{" URL("line.fifo") "}"),
    CALL("DeleteQueue", "{" URL("line.fifo") "}"),
    // From here on the world goes on by itself, in turns of its own.
    LAMBDA("POST /2015-03-31/event-source-mappings",
           "{\"EventSourceArn\":\"arn:aws:sqs:us-east-1:000000000000:dead\",\"FunctionName\":\"f\","
           "\"FunctionResponseTypes\":[\"ReportBatchItemFailures\"]}"),
    LAMBDA("POST /_redrive/api/clock", "{\"run\":\"idle\",\"max\":\"2m\"}"),
};
#define STEPS (sizeof(steps) / sizeof(steps[0]))
#define STEPS_EXACT (STEPS - 2)

struct failure {
    char directory[64];
    char path[96];
    struct arena *arena;
    struct buffer states[STEPS + 1]; // what the file holds after so many steps
};

static void begin_options(const struct failure *failure, struct arena *arena,
                          struct options *ret_options)
{
    options_init(ret_options, arena);
    ret_options->listener = false;
    ret_options->database = failure->path;
    ret_options->clock = CLOCK_MANUAL;
    ret_options->quiet = true;
    ret_options->seeded = true;
    ret_options->seed = 1;
    ret_options->start_at_ms = 1767225600000;
    ret_options->functions[ret_options->function_count++] =
        TEXT("f=sim:{\"fail\":{\"body\":\"two\"},\"how\":\"report\"}");
}

// What cli/ does with it.
static struct emulator *open_world(const struct options *options)
{
    struct text reason = {0};
    int status = 0;
    struct emulator *emulator = emulator_new(options, &reason, &status);
    if (emulator == NULL) {
        fprintf(stderr, "redrive: %.*s\n", TEXT_ARGUMENTS(reason));
        _exit(status);
    }
    return emulator;
}

// Never returns from a wrong answer.
static struct emulator *take_step(struct emulator *emulator, const struct options *options,
                                  const char *step)
{
    if (strcmp(step, STEP_REOPEN) == 0) {
        emulator_free(emulator);
        return open_world(options);
    }
    cleanup(buffer_deinit) struct buffer answer = {0};
    int status = emulator_call(emulator, text_of(step), &answer);
    if (status < 200 || status > 204) {
        failing_end();
        fprintf(stderr, "%d to %s: %.*s\n", status, step, (int)answer.length, answer.bytes);
        _exit(STATUS_WRONG_ANSWER);
    }
    return emulator;
}

// The first so many steps, a byte for each; the world stays open.
static struct emulator *take_steps(const struct options *options, size_t count, int acknowledge)
{
    struct emulator *emulator = open_world(options);
    for (size_t i = 0; i < count; i++) {
        emulator = take_step(emulator, options, steps[i]);
        if (acknowledge >= 0 && write(acknowledge, "x", 1) != 1)
            _exit(EXIT_FAILURE);
    }
    return emulator;
}

// Everything that a look shows, and the instant. The mapping would go on by itself; the clock stands still.
static void describe(const struct failure *failure, struct buffer *state)
{
    static const char *const looks[] = {"messages?queue=orders", "messages?queue=dead",
                                        "messages?queue=line.fifo", "queues"};
    cleanup(arena_free) struct arena *arena = arena_new();
    struct options options;
    begin_options(failure, arena, &options);
    struct emulator *emulator = open_world(&options);
    for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
        emulator_call(emulator,
                      arena_print(arena, "GET /_redrive/api/%s HTTP/1.1\r\nHost: localhost\r\n\r\n",
                                  looks[i]),
                      state);
        buffer_append_byte(state, '\n');
    }
    emulator_call(emulator, TEXT(CALL("ListQueueTags", "{" URL("orders") "}")), state);
    emulator_call(
        emulator,
        TEXT(CALL("GetQueueAttributes", "{" URL("orders") ",\"AttributeNames\":[\"Policy\"]}")),
        state);
    emulator_call(emulator,
                  TEXT(CALL("ListMessageMoveTasks",
                            "{\"SourceArn\":\"arn:aws:sqs:us-east-1:000000000000:dead\"}")),
                  state);
    buffer_print(state, "%lld\n", (long long)emulator_now_ms(emulator));
    emulator_free(emulator);
}

// In a process of its own: a database that cannot be opened ends it.
static bool describe_apart(const struct failure *failure, struct buffer *state)
{
    int ends[2];
    if (pipe(ends) != 0)
        return false;
    pid_t child = fork();
    if (child == 0) {
        cleanup(buffer_deinit) struct buffer own = {0};
        describe(failure, &own);
        bool whole = write(ends[1], own.bytes, own.length) == (ssize_t)own.length;
        _exit(whole ? 0 : EXIT_FAILURE);
    }
    close(ends[1]);
    ssize_t got;
    while ((got = read(ends[0], buffer_reserve(state, 65536), 65536)) > 0)
        state->length += (size_t)got;
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    return status == 0;
}

// A healthy run up to each step.
static void learn_states(struct failure *failure)
{
    for (size_t count = 0; count <= STEPS; count++) {
        pid_t child = fork();
        if (child == 0) {
            struct options options;
            begin_options(failure, failure->arena, &options);
            take_steps(&options, count, -1);
            _exit(0); // as by a kill
        }
        int status;
        waitpid(child, &status, 0);
        bool learnt = status == 0 && describe_apart(failure, &failure->states[count]);
        if (!learnt)
            printf("Bail out! a healthy run failed at step %zu\n", count);
        assert(learnt);
        apart_clear(failure->directory);
    }
}

struct attempt {
    const struct failure *failure;
    enum failing_kind kind;
    uint64_t number;
    bool for_ever;
};

static void run_child(void *context, int acknowledge)
{
    const struct attempt *attempt = context;
    struct options options;
    begin_options(attempt->failure, attempt->failure->arena, &options);
    failing_begin(attempt->kind, attempt->number, attempt->for_ever);
    struct emulator *emulator = take_steps(&options, STEPS, acknowledge);
    emulator_free(emulator);
    uint64_t counted = failing_end();
    // The run was too short for this number: the parent can stop.
    _exit(counted < attempt->number ? 1 : 0);
}

static bool state_is(const struct failure *failure, struct buffer *state, size_t count)
{
    return count <= STEPS && text_equal(buffer_text(state), buffer_text(&failure->states[count]));
}

// What is wrong with the sentence, or NULL. Memory has no name; a file has one, and the user can do something about it.
static const char *judge_sentence(const struct attempt *attempt, const struct apart *apart)
{
    struct text said = text_from(apart->said.bytes, apart->said.length);
    if (!apart_said_one_sentence(apart))
        return "it did not say one sentence";
    if (attempt->kind == FAILING_ALLOCATION)
        return NULL;
    if (!text_find(said, text_of(attempt->failure->path), NULL))
        return "the sentence does not name the file";
    return text_find(said, TEXT("name another file with --db"), NULL)
               ? NULL
               : "the sentence does not say what to do";
}

// NULL, or what is wrong.
static const char *judge(const struct attempt *attempt, const struct apart *apart)
{
    const struct failure *failure = attempt->failure;
    cleanup(buffer_deinit) struct buffer state = {0};
    const char *wrong = NULL;
    if (!WIFEXITED(apart->status))
        return "it crashed";
    int status = WEXITSTATUS(apart->status);
    if (status == STATUS_WRONG_ANSWER)
        return "it gave another answer";
    if (status > 1 && status != APART_STATUS_FAIL)
        return "it ended with another status";
    if (status == APART_STATUS_FAIL && (wrong = judge_sentence(attempt, apart)) != NULL)
        return wrong;
    if (status <= 1 && apart->said.length > 0)
        return "it said something and went on";
    if (!describe_apart(failure, &state))
        return "the database cannot be opened any more";
    if (apart->steps < STEPS_EXACT && !state_is(failure, &state, apart->steps) &&
        !state_is(failure, &state, apart->steps + 1))
        return "the database holds something else";
    return NULL;
}

// True if for every number all was well.
static bool try_all(struct failure *failure, enum failing_kind kind, bool for_ever, uint64_t first,
                    uint64_t stride)
{
    bool well = true;
    struct attempt attempt = {
        .failure = failure, .kind = kind, .number = first, .for_ever = for_ever};
    for (bool more = true; more; attempt.number += stride) {
        cleanup(apart_deinit) struct apart apart;
        apart_run(run_child, &attempt, &apart);
        const char *wrong = judge(&attempt, &apart);
        if (wrong != NULL) {
            printf("# number %llu, after %zu steps, status %x: %s: %.*s\n",
                   (unsigned long long)attempt.number, apart.steps, (unsigned)apart.status, wrong,
                   (int)apart.said.length, apart.said.bytes);
            fflush(stdout);
            well = false;
        }
        more = !apart_exited(&apart, 1);
        apart_clear(failure->directory);
    }
    printf("# the last number was %llu\n", (unsigned long long)attempt.number);
    return well;
}

int main(int count, char **words)
{
    static const struct {
        enum failing_kind kind;
        bool for_ever;
        const char *name;
    } kinds[] = {
        {FAILING_ALLOCATION, false, "one allocation fails"},
        {FAILING_ALLOCATION, true, "memory is used up"},
        {FAILING_WRITE, false, "one write fails"},
        {FAILING_WRITE, true, "the disk is full"},
        {FAILING_READ, false, "one read fails"},
        {FAILING_READ, true, "the disk cannot be read"},
        {FAILING_OPEN, false, "one open fails"},
        {FAILING_OPEN, true, "nothing can be opened"},
        {FAILING_LOCK, false, "one lock is taken"},
        {FAILING_LOCK, true, "every lock is taken"},
        {FAILING_SQLITE, false, "one call of SQLite fails"},
        {FAILING_SQLITE, true, "every call of SQLite fails"},
    };
    int64_t stride = 1;
    int64_t first = 0;
    if (count > 1)
        (void)text_to_integer(text_of(words[1]), &stride);
    assert(stride > 0);
    if (count < 3 || !text_to_integer(text_of(words[2]), &first))
        first = 1 + (int64_t)(random_seed_from_system() % (uint64_t)stride);
    struct failure failure = {.arena = arena_new()};
    apart_folder(failure.directory);
    snprintf(failure.path, sizeof(failure.path), "%s/world.db", failure.directory);
    printf("1..%zu\n# every %lld., from %lld\n", sizeof(kinds) / sizeof(kinds[0]),
           (long long)stride, (long long)first);
    fflush(stdout);
    learn_states(&failure);

    bool well = true;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        // Of all others there are few: all of them; of SQLite's some.
        bool many = kinds[i].kind == FAILING_ALLOCATION;
        uint64_t every = many                              ? (uint64_t)stride
                         : kinds[i].kind == FAILING_SQLITE ? (uint64_t)(stride + 9) / 10
                                                           : 1;
        bool fine = try_all(&failure, kinds[i].kind, kinds[i].for_ever,
                            1 + ((uint64_t)first - 1) % every, every);
        printf("%s %zu - %s\n", fine ? "ok" : "not ok", i + 1, kinds[i].name);
        fflush(stdout);
        well = well && fine;
    }
    for (size_t i = 0; i <= STEPS; i++)
        buffer_deinit(&failure.states[i]);
    arena_free(failure.arena);
    rmdir(failure.directory);
    return well ? EXIT_SUCCESS : EXIT_FAILURE;
}
