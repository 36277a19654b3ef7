// failure -- a whole emulator on a database file in which the n-th allocation, or the n-th write, fails, for every n.
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
#include "tests/crash/failing.h"

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATUS_FAIL 3
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

static void remove_files(const struct failure *failure)
{
    DIR *directory = opendir(failure->directory);
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL)
        unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
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
        remove_files(failure);
    }
}

__attribute__((noreturn)) static void run_child(const struct failure *failure,
                                                enum failing_kind kind, uint64_t number,
                                                bool for_ever, int acknowledge)
{
    struct options options;
    begin_options(failure, failure->arena, &options);
    failing_begin(kind, number, for_ever);
    struct emulator *emulator = take_steps(&options, STEPS, acknowledge);
    emulator_free(emulator);
    uint64_t counted = failing_end();
    // The run was too short for this number: the parent can stop.
    _exit(counted < number ? 1 : 0);
}

// True if there is exactly one sentence of redrive's.
static bool is_sentence(struct text said)
{
    size_t end;
    return text_starts_with(said, TEXT("redrive: ")) && text_find(said, TEXT("\n"), &end) &&
           end == said.length - 1;
}

static bool state_is(const struct failure *failure, struct buffer *state, size_t count)
{
    return count <= STEPS && text_equal(buffer_text(state), buffer_text(&failure->states[count]));
}

struct result {
    int status;
    size_t steps;
    struct buffer said;
};
static void result_deinit(struct result *result)
{
    buffer_deinit(&result->said);
}
DEFINE_DEINIT_CLEANUP(result_deinit, struct result)

static void run_once(const struct failure *failure, enum failing_kind kind, uint64_t number,
                     bool for_ever, struct result *ret_result)
{
    int steps_pipe[2];
    int said_pipe[2];
    if (pipe(steps_pipe) != 0 || pipe(said_pipe) != 0)
        _exit(EXIT_FAILURE);
    pid_t child = fork();
    if (child == 0) {
        dup2(said_pipe[1], STDERR_FILENO);
        run_child(failure, kind, number, for_ever, steps_pipe[1]);
    }
    close(steps_pipe[1]);
    close(said_pipe[1]);
    char bytes[STEPS + 1];
    ssize_t got;
    *ret_result = (struct result){0};
    while ((got = read(steps_pipe[0], bytes, sizeof(bytes))) > 0)
        ret_result->steps += (size_t)got;
    while ((got = read(said_pipe[0], buffer_reserve(&ret_result->said, 4096), 4096)) > 0)
        ret_result->said.length += (size_t)got;
    close(steps_pipe[0]);
    close(said_pipe[0]);
    waitpid(child, &ret_result->status, 0);
}

// NULL, or what is wrong.
static const char *judge(const struct failure *failure, struct result *result)
{
    cleanup(buffer_deinit) struct buffer state = {0};
    if (!WIFEXITED(result->status))
        return "it crashed";
    int status = WEXITSTATUS(result->status);
    if (status == STATUS_WRONG_ANSWER)
        return "it gave another answer";
    if (status > 1 && status != STATUS_FAIL)
        return "it ended with another status";
    if (status == STATUS_FAIL && !is_sentence(buffer_text(&result->said)))
        return "it did not say one sentence";
    if (status <= 1 && result->said.length > 0)
        return "it said something and went on";
    if (!describe_apart(failure, &state))
        return "the database cannot be opened any more";
    if (result->steps < STEPS_EXACT && !state_is(failure, &state, result->steps) &&
        !state_is(failure, &state, result->steps + 1))
        return "the database holds something else";
    return NULL;
}

// True if for every number all was well.
static bool try_all(struct failure *failure, enum failing_kind kind, bool for_ever, uint64_t first,
                    uint64_t stride)
{
    bool well = true;
    uint64_t number = first;
    for (bool more = true; more; number += stride) {
        cleanup(result_deinit) struct result result;
        run_once(failure, kind, number, for_ever, &result);
        const char *wrong = judge(failure, &result);
        if (wrong != NULL) {
            printf("# number %llu, after %zu steps, status %x: %s: %.*s\n",
                   (unsigned long long)number, result.steps, (unsigned)result.status, wrong,
                   (int)result.said.length, result.said.bytes);
            fflush(stdout);
            well = false;
        }
        more = !(WIFEXITED(result.status) && WEXITSTATUS(result.status) == 1);
        remove_files(failure);
    }
    printf("# the last number was %llu\n", (unsigned long long)number);
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
    };
    int64_t stride = 1;
    int64_t first = 0;
    if (count > 1)
        (void)text_to_integer(text_of(words[1]), &stride);
    assert(stride > 0);
    if (count < 3 || !text_to_integer(text_of(words[2]), &first))
        first = 1 + (int64_t)(random_seed_from_system() % (uint64_t)stride);
    struct failure failure = {.directory = "/dev/shm/redrive-failure-XXXXXX", .arena = arena_new()};
    // In memory, if there is such a place: hundreds of databases are made here.
    if (mkdtemp(failure.directory) == NULL) {
        strcpy(failure.directory, "/tmp/redrive-failure-XXXXXX");
        if (mkdtemp(failure.directory) == NULL)
            return EXIT_FAILURE;
    }
    snprintf(failure.path, sizeof(failure.path), "%s/world.db", failure.directory);
    printf("1..4\n# every %lld., from %lld\n", (long long)stride, (long long)first);
    fflush(stdout);
    learn_states(&failure);

    bool well = true;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        // There are few writes: all of them.
        bool is_write = kinds[i].kind == FAILING_WRITE;
        bool fine = try_all(&failure, kinds[i].kind, kinds[i].for_ever,
                            is_write ? 1 : (uint64_t)first, is_write ? 1 : (uint64_t)stride);
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
