// experiment -- everything goes the way of a user's requests; only the clock is moved from inside.
//
// The trace is walked in pieces, often enough that nothing is overwritten between two of them; not as JSON, whose making and reading
// took more than all that happened. Messages are found by the first half of their ids. A world was not used twice with a reset in between: what is left in allocators and counters would make the second
// variant differ from one that is run alone.
#include "cli/experiment.h"

#include "cli/command.h"
#include "cli/inside.h"
#include "queue/base/fail.h"
#include "queue/base/map.h"
#include "queue/base/random.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_AT_MS 1767225600000LL // 2026-01-01T00:00:00Z
#define TRACE_BYTES (64LL * 1024 * 1024)
#define QUEUE EXPERIMENT_FUNCTION
#define NEIGHBOUR EXPERIMENT_NEIGHBOUR
#define DEAD_LETTER_QUEUE "orders-dlq"
#define ARN "arn:aws:sqs:us-east-1:000000000000:"
#define READ_BYTES 65536

struct experiment {
    struct arena *arena;
    struct emulator *emulator;
    struct experiment_setup setup;
    struct options options;              // the emulator looks at them as long as it lives
    struct experiment_message *messages; // owned
    size_t message_count;
    size_t message_capacity;
    struct number_map by_id; // to the message's number + 1, as a pointer
    uint64_t next_point;     // of the trace: the number of the first that was not told yet
};

// ---- building ----

static bool create_queue(struct experiment *experiment, const char *name, bool redrives)
{
    const struct experiment_setup *setup = &experiment->setup;
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "QueueName", name);
    cJSON *attributes = cJSON_AddObjectToObject(input, "Attributes");
    cJSON_AddStringToObject(
        attributes, "VisibilityTimeout",
        arena_print(experiment->arena, "%lld", (long long)setup->visibility_seconds).bytes);
    if (redrives)
        cJSON_AddStringToObject(attributes, "RedrivePolicy",
                                arena_print(experiment->arena,
                                            "{\"deadLetterTargetArn\":\"" ARN DEAD_LETTER_QUEUE
                                            "\",\"maxReceiveCount\":%lld}",
                                            (long long)setup->receives_max)
                                    .bytes);
    cleanup(cJSON_Delete) cJSON *created = inside_sqs(experiment->emulator, "CreateQueue", input);
    return created != NULL;
}

static bool create_function(struct experiment *experiment, const char *name, struct text script)
{
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "FunctionName", name);
    cJSON_AddStringToObject(input, "Role", "arn:aws:iam::000000000000:role/demo");
    cJSON_AddStringToObject(input, "Runtime", "provided.al2023");
    cJSON_AddStringToObject(input, "Handler", "demo");
    cJSON_AddNumberToObject(input, "Timeout", (double)experiment->setup.timeout_seconds);
    cJSON_AddNumberToObject(input, "MemorySize", EXPERIMENT_MEMORY_MB);
    cJSON_AddStringToObject(cJSON_AddObjectToObject(input, "Code"), "ZipFile", "");
    cJSON *environment = cJSON_AddObjectToObject(input, "Environment");
    cJSON_AddStringToObject(cJSON_AddObjectToObject(environment, "Variables"), "REDRIVE_TARGET",
                            script.bytes);
    cleanup(cJSON_Delete) cJSON *created =
        inside_lambda(experiment->emulator, "POST", "/2015-03-31/functions", input);
    return created != NULL;
}

// The queue and the function of this name.
static bool connect(struct experiment *experiment, const char *name, bool reports,
                    int64_t maximum_concurrency)
{
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "FunctionName", name);
    cJSON_AddStringToObject(input, "EventSourceArn",
                            arena_print(experiment->arena, ARN "%s", name).bytes);
    cJSON_AddNumberToObject(input, "BatchSize", (double)experiment->setup.batch_size);
    if (reports)
        cJSON_AddItemToArray(cJSON_AddArrayToObject(input, "FunctionResponseTypes"),
                             cJSON_CreateString("ReportBatchItemFailures"));
    if (maximum_concurrency > 0)
        cJSON_AddNumberToObject(cJSON_AddObjectToObject(input, "ScalingConfig"),
                                "MaximumConcurrency", (double)maximum_concurrency);
    cleanup(cJSON_Delete) cJSON *created =
        inside_lambda(experiment->emulator, "POST", "/2015-03-31/event-source-mappings/", input);
    return created != NULL;
}

bool experiment_connect(struct experiment *experiment)
{
    const struct experiment_setup *setup = &experiment->setup;
    return connect(experiment, QUEUE, setup->reports, setup->maximum_concurrency) &&
           (setup->neighbour.length == 0 || connect(experiment, NEIGHBOUR, false, 0));
}

static bool create_all(struct experiment *experiment)
{
    const struct experiment_setup *setup = &experiment->setup;
    bool redrives = setup->receives_max > 0;
    if ((redrives && !create_queue(experiment, DEAD_LETTER_QUEUE, false)) ||
        !create_queue(experiment, QUEUE, redrives) ||
        !create_function(experiment, QUEUE, setup->script))
        return false;
    return setup->neighbour.length == 0 ||
           (create_queue(experiment, NEIGHBOUR, false) &&
            create_function(experiment, NEIGHBOUR, setup->neighbour));
}

struct experiment *experiment_new(const struct experiment_setup *setup)
{
    struct text reason = {0};
    int status = STATUS_FAILED;
    cleanup(experiment_free) struct experiment *experiment = allocate(sizeof(*experiment));
    experiment->arena = arena_new();
    experiment->setup = *setup;

    struct options *options = &experiment->options;
    options_init(options, experiment->arena);
    options->listener = false;
    options->clock = CLOCK_MANUAL;
    options->start_at_ms = START_AT_MS;
    options->seeded = true;
    options->seed = setup->seed;
    options->journal_none = true;
    options->quiet = true;
    options->profile = setup->scales ? PROFILE_AWS : PROFILE_DETERMINISTIC;
    options->trace_max_bytes = TRACE_BYTES;
    if (setup->in_flight_max > 0)
        options->in_flight_max = setup->in_flight_max;
    if (setup->account_concurrency > 0)
        options->account_concurrency = setup->account_concurrency;
    options->trace_file = setup->trace_file;
    experiment->emulator = emulator_new(options, &reason, &status);
    if (experiment->emulator == NULL) {
        failure("%s%s%.*s", setup->trace_file == NULL ? "" : setup->trace_file,
                setup->trace_file == NULL ? "" : ": ", TEXT_ARGUMENTS(reason));
        return NULL;
    }
    return create_all(experiment) ? take(&experiment) : NULL;
}

struct experiment *experiment_free(struct experiment *experiment)
{
    if (experiment == NULL)
        return NULL;
    emulator_free(experiment->emulator);
    number_map_deinit(&experiment->by_id);
    free(experiment->messages);
    arena_free(experiment->arena);
    free(experiment);
    return NULL;
}

// ---- messages ----

// The first half of a message's id, as a key; never 0 for a version 4 UUID.
static uint64_t key_of(const uint8_t uuid[UUID_BYTES])
{
    uint64_t key;
    memcpy(&key, uuid, sizeof(key));
    return key;
}

static struct experiment_message *message_of(struct experiment *experiment,
                                             const uint8_t uuid[UUID_BYTES])
{
    uintptr_t number = (uintptr_t)number_map_find(&experiment->by_id, key_of(uuid));
    return number == 0 ? NULL : &experiment->messages[number - 1];
}

static bool message_add(struct experiment *experiment, struct text id, bool poison, bool neighbours)
{
    uint8_t uuid[UUID_BYTES];
    if (!uuid_from_text(id, uuid))
        return false;
    if (experiment->message_count == experiment->message_capacity) {
        experiment->message_capacity = experiment->message_capacity * 2 + 1024;
        experiment->messages = reallocate(
            experiment->messages, experiment->message_capacity * sizeof(experiment->messages[0]));
    }
    experiment->messages[experiment->message_count++] =
        (struct experiment_message){.sent_at_ms = experiment_elapsed_ms(experiment),
                                    .poison = poison,
                                    .neighbours = neighbours};
    number_map_insert(&experiment->by_id, key_of(uuid), (void *)experiment->message_count);
    return true;
}

static bool send_batch(struct experiment *experiment, const char *queue, size_t count,
                       const char *const bodies[], const bool poison[], const char *group)
{
    static const char *const ids[EXPERIMENT_BATCH_MAX] = {"0", "1", "2", "3", "4",
                                                          "5", "6", "7", "8", "9"};
    cJSON *input = tree_new();
    bool neighbours = strcmp(queue, NEIGHBOUR) == 0;
    cJSON_AddStringToObject(input, "QueueUrl",
                            neighbours ? "http://localhost/000000000000/" NEIGHBOUR
                                       : "http://localhost/000000000000/" QUEUE);
    cJSON *entries = cJSON_AddArrayToObject(input, "Entries");
    for (size_t i = 0; i < count; i++) {
        cJSON *entry = tree_new();
        cJSON_AddStringToObject(entry, "Id", ids[i]);
        cJSON_AddStringToObject(entry, "MessageBody", bodies[i]);
        if (group != NULL)
            cJSON_AddStringToObject(entry, "MessageGroupId", group);
        cJSON_AddItemToArray(entries, entry);
    }
    cleanup(cJSON_Delete) cJSON *answer =
        inside_sqs(experiment->emulator, "SendMessageBatch", input);
    const cJSON *sent = tree_member(answer, "Successful");
    if ((size_t)cJSON_GetArraySize(sent) != count)
        return false;
    size_t i = 0;
    const cJSON *entry;
    cJSON_ArrayForEach(entry, sent)
    {
        if (!message_add(experiment, tree_text(entry, "MessageId"), poison[i++], neighbours))
            return false;
    }
    return true;
}

bool experiment_send(struct experiment *experiment, size_t count, const char *const bodies[],
                     const bool poison[])
{
    return send_batch(experiment, QUEUE, count, bodies, poison, NULL);
}

bool experiment_send_group(struct experiment *experiment, size_t count, const char *body,
                           const char *group)
{
    const char *bodies[EXPERIMENT_BATCH_MAX];
    bool poison[EXPERIMENT_BATCH_MAX] = {false};
    assert(count <= EXPERIMENT_BATCH_MAX);
    for (size_t i = 0; i < count; i++)
        bodies[i] = body;
    return send_batch(experiment, QUEUE, count, bodies, poison, group);
}

bool experiment_send_neighbour(struct experiment *experiment, size_t count)
{
    const char *bodies[EXPERIMENT_BATCH_MAX];
    bool poison[EXPERIMENT_BATCH_MAX] = {false};
    assert(count <= EXPERIMENT_BATCH_MAX);
    for (size_t i = 0; i < count; i++)
        bodies[i] = NEIGHBOUR;
    return send_batch(experiment, NEIGHBOUR, count, bodies, poison, NULL);
}

bool experiment_advance(struct experiment *experiment, int64_t ms)
{
    struct text reason = {0};
    if (emulator_advance(experiment->emulator, ms, &reason))
        return true;
    failure("%.*s", TEXT_ARGUMENTS(reason));
    return false;
}

int64_t experiment_elapsed_ms(const struct experiment *experiment)
{
    return emulator_now_ms(experiment->emulator) - START_AT_MS;
}

size_t experiment_message_count(const struct experiment *experiment)
{
    return experiment->message_count;
}

const struct experiment_message *experiment_message(const struct experiment *experiment,
                                                    size_t number)
{
    return &experiment->messages[number];
}

// ---- reading ----

struct reading {
    struct experiment *experiment;
    void (*look)(void *context, const struct experiment_point *point);
    void *context;
};

static void tell_point(void *context, const struct emulator_point *told)
{
    const struct reading *reading = context;
    struct experiment *experiment = reading->experiment;
    struct experiment_point point = {
        .kind = told->kind,
        .queue = told->queue,
        .actor = told->actor,
        .request = told->request,
        .reason = told->reason,
        .elapsed_ms = told->at_ms - START_AT_MS,
        .message = told->message == NULL ? NULL : message_of(experiment, told->message),
    };
    experiment->next_point = told->number + 1;
    if (point.message != NULL && text_equal(point.kind, TEXT("received")))
        point.message->deliveries++;
    else if (point.message != NULL && text_equal(point.kind, TEXT("deleted")))
        point.message->gone = true;
    else if (point.message != NULL && text_equal(point.kind, TEXT("dead-lettered")))
        point.message->dead_lettered = true;
    reading->look(reading->context, &point);
}

bool experiment_read(struct experiment *experiment,
                     void (*look)(void *context, const struct experiment_point *point),
                     void *context)
{
    struct reading reading = {.experiment = experiment, .look = look, .context = context};
    if (emulator_walk_trace(experiment->emulator, experiment->next_point, tell_point, &reading))
        return true;
    failure("more happened at once than the trace can hold; ask for fewer messages");
    return false;
}

cJSON *experiment_metrics(struct experiment *experiment)
{
    return inside_get(experiment->emulator, "metrics?format=json");
}

static int64_t metric_of(const cJSON *metrics, const char *list, const char *name,
                         struct text subject)
{
    const char *named = strcmp(list, "queues") == 0 ? "QueueName" : "FunctionName";
    const cJSON *entry;
    cJSON_ArrayForEach(entry, tree_member(metrics, list))
    {
        if (text_equal(tree_text(entry, named), subject))
            return tree_integer(entry, name);
    }
    return 0;
}

int64_t experiment_metric(const cJSON *metrics, const char *list, const char *name)
{
    return metric_of(metrics, list, name, TEXT(QUEUE));
}

int64_t experiment_neighbour_metric(const cJSON *metrics, const char *list, const char *name)
{
    return metric_of(metrics, list, name, TEXT(NEIGHBOUR));
}

// ---- many worlds ----

struct variant_process {
    pid_t pid;
    int output_fd;
};

static bool start_process(struct variant_process *process, size_t number,
                          cJSON *(*run)(const void *context, size_t number), const void *context)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0)
        fail("no pipe: %s", strerror(errno));
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0) {
        close(fds[0]);
        close(fds[1]);
        failure("no process: %s", strerror(errno));
        return false;
    }
    if (pid > 0) {
        close(fds[1]);
        *process = (struct variant_process){.pid = pid, .output_fd = fds[0]};
        return true;
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    cJSON *findings = run(context, number);
    char *json = findings == NULL ? NULL : cJSON_PrintUnformatted(findings);
    FILE *out = fdopen(fds[1], "w");
    bool written = json != NULL && out != NULL && fputs(json, out) >= 0 && fclose(out) == 0;
    _exit(written ? STATUS_OK : STATUS_FAILED);
}

static cJSON *end_process(struct variant_process *process)
{
    cleanup(buffer_deinit) struct buffer output = {0};
    int status = 0;
    for (;;) {
        char *room = buffer_reserve(&output, READ_BYTES);
        ssize_t length = read(process->output_fd, room, READ_BYTES);
        if (length > 0)
            output.length += (size_t)length;
        else if (length == 0 || errno != EINTR)
            break;
    }
    close(process->output_fd);
    while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (WIFSIGNALED(status))
        failure("a variant's process ended by signal %d", WTERMSIG(status));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != STATUS_OK)
        return NULL;
    return cJSON_ParseWithLength(output.bytes, output.length);
}

bool experiment_run_all(size_t count, cJSON *(*run)(const void *context, size_t number),
                        const void *context, cJSON *ret_findings[])
{
    struct variant_process processes[EXPERIMENT_VARIANTS_MAX];
    size_t started = 0;
    bool good = count <= EXPERIMENT_VARIANTS_MAX;
    while (good && started < count) {
        good = start_process(&processes[started], started, run, context);
        started += good ? 1 : 0;
    }
    for (size_t i = 0; i < count; i++) {
        ret_findings[i] = i < started ? end_process(&processes[i]) : NULL;
        good = good && ret_findings[i] != NULL;
    }
    return good;
}

const char *experiment_trace_file(struct arena *arena, const char *prefix, const char *variant)
{
    return prefix == NULL ? NULL : arena_print(arena, "%s.%s.jsonl", prefix, variant).bytes;
}
