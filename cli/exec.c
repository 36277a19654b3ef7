// exec -- a test suite in any language inside an emulator of its own: redrive exec -- COMMAND.
//
//     redrive exec: free port, private memory     the command: AWS_ENDPOINT_URL & co. in its environment,
//        |  '-- SIGINT, SIGTERM ------------------>  its input and output are ours
//        |<------- its end ------------------------'
//        '-- the summary, on standard error; then its exit status
//
// The command must never reach the real AWS, and no real credential may travel to us: what the SDKs
// would read instead of the dummies (a profile, a session token, a role, a container's or a machine's
// credentials, a configured endpoint) is taken out of the environment. A proxy is told to let us be.
#include "cli/command.h"
#include "cli/config.h"
#include "cli/inside.h"
#include "cli/table.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define STATUS_NOT_STARTED 127
#define STATUS_OF_SIGNAL 128
#define POINTS_OF_PIECE "10000"
#define ENTRIES_MAX 16

struct execution {
    struct emulator *emulator;
    struct arena *arena;
    int status; // of the command
};

// What the world holds when the command has ended.
struct remains {
    size_t leftover;  // messages in queues that are nobody's dead-letter queue
    size_t dead;      // messages in dead-letter queues
    size_t malformed; // invocations whose report was void, or looked like one and was none
    struct text malformed_function;
    struct text malformed_reason;
    size_t overtaken;            // pairs of a FIFO group whose order was lost
    struct text overtaken_words; // of the first
    int64_t overwritten;         // trace points that nobody can look at any more
};

struct fail_on {
    bool dead;
    bool malformed;
    bool order;
    bool leftover;
};

// ---- words ----

static bool fail_on_read(const char *list, struct fail_on *ret_fail_on)
{
    static const char *const words[] = {"dlq", "malformed", "leftover", "order"};
    struct text rest = text_of(list);
    while (rest.length > 0) {
        struct text word = rest;
        rest = text_cut(word, ',', &word, &rest) ? rest : (struct text){0};
        word = text_trim(word);
        if (text_equal(word, text_of(words[0]))) {
            ret_fail_on->dead = true;
        } else if (text_equal(word, text_of(words[1]))) {
            ret_fail_on->malformed = true;
        } else if (text_equal(word, text_of(words[2]))) {
            ret_fail_on->leftover = true;
        } else if (text_equal(word, text_of(words[3]))) {
            ret_fail_on->order = true;
        } else {
            cleanup(arena_free) struct arena *arena = arena_new();
            const char *meant = nearest(arena_copy(arena, word).bytes, words, ROWS(words));
            usage_error(
                "--fail-on takes a list of dlq, malformed, order and leftover, not \"%.*s\"%s%s%s",
                TEXT_ARGUMENTS(word), meant == NULL ? "" : "; did you mean '",
                meant == NULL ? "" : meant, meant == NULL ? "" : "'?");
            return false;
        }
    }
    return true;
}

// ---- the command ----

static char *entry(struct execution *execution, const char *name, struct text value)
{
    struct text text = arena_print(execution->arena, "%s=%.*s", name, TEXT_ARGUMENTS(value));
    return (char *)(uintptr_t)text.bytes;
}

// "127.0.0.1,localhost" behind what the user has.
static struct text no_proxy(struct arena *arena, const char *name)
{
    const char *present = getenv(name);
    bool has = present != NULL && present[0] != '\0';
    return arena_print(arena, "%s%s127.0.0.1,localhost", has ? present : "", has ? "," : "");
}

static void forget_real_credentials(void)
{
    static const char *const names[] = {
        "AWS_SESSION_TOKEN",
        "AWS_SECURITY_TOKEN",
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "AWS_USE_FIPS_ENDPOINT",
        "AWS_USE_DUALSTACK_ENDPOINT",
    };
    for (size_t i = 0; i < ROWS(names); i++)
        unsetenv(names[i]);
}

static void fill_environment(struct execution *execution, const struct options *options,
                             char *ret_entries[ENTRIES_MAX])
{
    struct text endpoint = emulator_endpoint(execution->emulator);
    struct text key = TEXT("test");
    struct text secret = TEXT("test");
    // What signs is asked for: the first pair is the command's.
    if (options->credential_count > 0)
        text_cut(options->credentials[0], ':', &key, &secret);
    const struct {
        const char *name;
        struct text value;
    } rows[] = {
        {"AWS_ENDPOINT_URL", endpoint},
        {"AWS_ENDPOINT_URL_SQS", endpoint},
        {"AWS_ENDPOINT_URL_LAMBDA", endpoint},
        {"AWS_REGION", options->region},
        {"AWS_DEFAULT_REGION", options->region},
        {"AWS_ACCESS_KEY_ID", key},
        {"AWS_SECRET_ACCESS_KEY", secret},
        {"AWS_EC2_METADATA_DISABLED", TEXT("true")},
        {"AWS_CONFIG_FILE", TEXT("/dev/null")},
        {"AWS_SHARED_CREDENTIALS_FILE", TEXT("/dev/null")},
        {"REDRIVE_API", endpoint},
        {"NO_PROXY", no_proxy(execution->arena, "NO_PROXY")},
        {"no_proxy", no_proxy(execution->arena, "no_proxy")},
    };
    static_assert(ROWS(rows) < ENTRIES_MAX, "room for the NULL at the end");
    for (size_t i = 0; i < ROWS(rows); i++)
        ret_entries[i] = entry(execution, rows[i].name, rows[i].value);
    ret_entries[ROWS(rows)] = NULL;
}

static void command_ended(void *context, int wait_status)
{
    struct execution *execution = context;
    execution->status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status)
                                               : STATUS_OF_SIGNAL + WTERMSIG(wait_status);
    emulator_forward_signals(execution->emulator, NULL);
    emulator_stop(execution->emulator, 0);
}

// False if it could not be started, which was told.
static bool run_command(struct execution *execution, const struct options *options,
                        char **arguments)
{
    char *environment[ENTRIES_MAX];
    struct text reason = {0};
    fill_environment(execution, options, environment);
    forget_real_credentials();
    struct child *child = emulator_start_child(execution->emulator, arguments, environment,
                                               command_ended, NULL, execution, &reason);
    if (child == NULL) {
        failure("%.*s", TEXT_ARGUMENTS(reason));
        return false;
    }
    emulator_forward_signals(execution->emulator, child);
    emulator_run(execution->emulator);
    return true;
}

// ---- what it left ----

static bool is_dead_letter_queue(const cJSON *queues, struct text name)
{
    const cJSON *queue;
    cJSON_ArrayForEach(queue, queues)
    {
        if (text_equal(tree_text(queue, "deadLetterQueue"), name))
            return true;
    }
    return false;
}

static size_t present_in(const cJSON *queue)
{
    return (size_t)(tree_integer(queue, "visible") + tree_integer(queue, "inFlight") +
                    tree_integer(queue, "delayed"));
}

static bool is_malformed(struct text reason)
{
    static const struct text signs[] = {
        TEXT("the whole report is void"),
        TEXT("it cannot be a report"),
        TEXT("is not valid JSON"),
        TEXT("but no batchItemFailures"),
    };
    for (size_t i = 0; i < ROWS(signs); i++) {
        if (text_find(reason, signs[i], NULL))
            return true;
    }
    return false;
}

static void look_at_order(struct execution *execution, const cJSON *point, struct remains *remains)
{
    if (remains->overtaken++ > 0)
        return;
    remains->overtaken_words = arena_print(
        execution->arena, "in group %.*s of %.*s %.*s succeeded before %.*s",
        TEXT_ARGUMENTS(tree_text(point, "groupId")), TEXT_ARGUMENTS(tree_text(point, "queue")),
        TEXT_ARGUMENTS(tree_text(point, "other")), TEXT_ARGUMENTS(tree_text(point, "messageId")));
}

// One verdict a message, one request an invocation: the verdicts of a batch follow each other.
static void look_at_points(struct execution *execution, const cJSON *points,
                           struct text *last_request, struct remains *remains)
{
    const cJSON *point;
    cJSON_ArrayForEach(point, points)
    {
        if (text_equal(tree_text(point, "kind"), TEXT("overtaken"))) {
            look_at_order(execution, point, remains);
            continue;
        }
        struct text reason = tree_text(point, "reason");
        struct text request = tree_text(point, "requestId");
        if (!text_equal(tree_text(point, "kind"), TEXT("verdict")) || !is_malformed(reason) ||
            text_equal(request, *last_request))
            continue;
        *last_request = arena_copy(execution->arena, request);
        if (remains->malformed++ > 0)
            continue;
        struct text fate;
        text_cut(reason, ':', &fate, &reason);
        remains->malformed_reason = arena_copy(execution->arena, text_trim(reason));
        remains->malformed_function = arena_copy(execution->arena, tree_text(point, "other"));
    }
}

static bool look_at_trace(struct execution *execution, struct remains *remains)
{
    int64_t after = -1;
    bool more = true;
    struct text last_request = {0};
    while (more) {
        struct text path = arena_print(execution->arena, "trace?after=%lld&max=" POINTS_OF_PIECE,
                                       (long long)after);
        cleanup(cJSON_Delete) cJSON *answer = inside_get(execution->emulator, path.bytes);
        if (answer == NULL)
            return false;
        look_at_points(execution, tree_member(answer, "points"), &last_request, remains);
        after = tree_integer(answer, "last");
        more = tree_is_true(answer, "more");
        remains->overwritten = tree_integer(answer, "overwritten");
    }
    return true;
}

static void tell_queues(const cJSON *queues)
{
    static const struct table_column columns[] = {
        {"queue", false, false},  {"visible", true, false}, {"in flight", true, false},
        {"delayed", true, false}, {"", false, true},
    };
    struct paper paper = paper_of(stderr);
    cleanup(table_free) struct table *table = table_new(columns, ROWS(columns));
    const cJSON *queue;
    cJSON_ArrayForEach(queue, queues)
    {
        struct text name = tree_text(queue, "name");
        bool dead = is_dead_letter_queue(queues, name);
        if (present_in(queue) == 0)
            continue;
        table_cell(table, dead ? TONE_BAD : TONE_WARN, name);
        table_print_cell(table, TONE_PLAIN, "%lld", (long long)tree_integer(queue, "visible"));
        table_print_cell(table, TONE_PLAIN, "%lld", (long long)tree_integer(queue, "inFlight"));
        table_print_cell(table, TONE_PLAIN, "%lld", (long long)tree_integer(queue, "delayed"));
        table_cell(table, TONE_PLAIN, dead ? TEXT("a dead-letter queue") : TEXT(""));
    }
    if (table_row_count(table) > 0)
        table_print(table, &paper);
}

static void tell(const struct execution *execution, const cJSON *queues,
                 const struct remains *remains)
{
    fprintf(stderr, "redrive: the command ended with status %d; ", execution->status);
    if (remains->leftover + remains->dead == 0)
        fprintf(stderr, "every queue is empty");
    else
        fprintf(stderr, "messages are left: %zu in queues, %zu in dead-letter queues",
                remains->leftover, remains->dead);
    if (remains->malformed == 0)
        fputs("; no malformed report\n", stderr);
    else
        fprintf(stderr, "; malformed reports: %zu, the first: %.*s\n", remains->malformed,
                TEXT_ARGUMENTS(remains->malformed_reason));
    if (remains->overtaken > 0)
        fprintf(stderr, "redrive: order violations: %zu, the first: %.*s, which failed\n",
                remains->overtaken, TEXT_ARGUMENTS(remains->overtaken_words));
    if (remains->overwritten > 0)
        fprintf(stderr,
                "redrive: the %lld oldest points of the trace were overwritten and not looked at "
                "(--trace-max keeps more)\n",
                (long long)remains->overwritten);
    tell_queues(queues);
}

// The exit status that --fail-on makes of a success.
static int judge(const struct remains *remains, const struct fail_on *fail_on)
{
    int status = STATUS_OK;
    if (fail_on->dead && remains->dead > 0)
        status = failure("--fail-on dlq: dead-letter queues hold %zu message%s", remains->dead,
                         remains->dead == 1 ? "" : "s");
    if (fail_on->malformed && remains->malformed > 0)
        status = failure("--fail-on malformed: %zu invocation%s gave no valid report",
                         remains->malformed, remains->malformed == 1 ? "" : "s");
    if (fail_on->order && remains->overtaken > 0)
        status = failure("--fail-on order: %zu time%s a later message of a FIFO group succeeded "
                         "before an earlier one, which failed",
                         remains->overtaken, remains->overtaken == 1 ? "" : "s");
    if (fail_on->leftover && remains->leftover > 0)
        status = failure("--fail-on leftover: queues still hold %zu message%s", remains->leftover,
                         remains->leftover == 1 ? "" : "s");
    return status;
}

static int sum_up(struct execution *execution, const struct fail_on *fail_on, bool quiet)
{
    struct remains remains = {0};
    cleanup(cJSON_Delete) cJSON *answer = inside_get(execution->emulator, "queues");
    if (answer == NULL || !look_at_trace(execution, &remains))
        return STATUS_FAILED;
    const cJSON *queues = tree_member(answer, "queues");
    const cJSON *queue;
    cJSON_ArrayForEach(queue, queues)
    {
        if (is_dead_letter_queue(queues, tree_text(queue, "name")))
            remains.dead += present_in(queue);
        else
            remains.leftover += present_in(queue);
    }
    if (!quiet)
        tell(execution, queues, &remains);
    int status = judge(&remains, fail_on);
    return execution->status != STATUS_OK ? execution->status : status;
}

// From here on the two signals wait for the loop, which hands them to the command.
static void hold_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

static int execute(struct execution *execution, const struct options *options,
                   struct config *config, char **arguments, const struct fail_on *fail_on,
                   bool quiet)
{
    struct text reason = {0};
    int status = STATUS_FAILED;
    hold_signals();
    execution->emulator = emulator_new(options, &reason, &status);
    if (execution->emulator == NULL) {
        reason = config_reason(config, reason);
        failure("%.*s", TEXT_ARGUMENTS(reason));
        return status;
    }
    warn_of_host(options);
    if (!config_create(config, execution->emulator)) {
        emulator_free(execution->emulator);
        return STATUS_USAGE;
    }
    status = run_command(execution, options, arguments) ? sum_up(execution, fail_on, quiet)
                                                        : STATUS_NOT_STARTED;
    emulator_free(execution->emulator);
    return status;
}

int command_exec(const struct command *command, int count, char **arguments)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    struct options options;
    options_init(&options, arena);
    options.port = 0;
    const char *file = NULL;
    const char *fail_on_list = NULL;
    bool quiet = false;
    bool log = false;
    const struct argument rows[] = {
        {"--config", ARGUMENT_STRING, &file, "a file"},
        {"--fail-on", ARGUMENT_STRING, &fail_on_list,
         "a list of dlq, malformed, order and leftover"},
        {"--quiet", ARGUMENT_FLAG, &quiet, NULL},
        {"--log", ARGUMENT_FLAG, &log, NULL},
    };
    int at;
    int status;
    if (!emulator_words_read(command, rows, ROWS(rows), &options, count, arguments, &at, &status))
        return status;
    struct fail_on fail_on = {0};
    if (fail_on_list != NULL && !fail_on_read(fail_on_list, &fail_on))
        return STATUS_USAGE;
    if (at < count && strcmp(arguments[at], "--") == 0)
        at++;
    if (at == count)
        return usage_error("exec needs a command: redrive exec -- pytest");
    options.quiet = !log;
    cleanup(config_free) struct config *config = file == NULL ? NULL : config_read(file, &options);
    if (file != NULL && config == NULL)
        return STATUS_USAGE;
    struct execution execution = {.arena = arena};
    return execute(&execution, &options, config, arguments + at, &fail_on, quiet);
}
