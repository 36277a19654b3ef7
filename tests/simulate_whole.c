// simulate_whole -- the whole program without a listener: queues, mappings, scripted functions and a client who asks for this and
// that, through the same router as over a socket.
//
//     kind       clock                                              equal seeds give
//     manual     stands still but for advance and run               equal traces
//     leap       jumps by itself between the client's requests      -
//     in a file  manual; ended and opened again in the middle       equal traces
//
// The last act of a manual world is a run until idle. The same world can leap instead, and its trace must be the same.
#include "tests/simulate.h"
#include "tests/simulate_observer.h"

#include "emulator/emulator.h"
#include "esm/json.h"

#include <stdio.h>

#define START_MS 1767225600000LL // 2026-01-01T00:00:00Z
#define HANDLES_MAX 24
#define POLLS_MAX 2
#define MESSAGES_WHOLE_MAX (WHOLE_FACTS_MAX - WHOLE_ENTRIES_MAX)
#define CALM_REAL_MS 7
#define LEAP_REAL_MS_MAX 20000

struct whole_handle {
    char text[RECEIPT_BYTES_MAX + 1];
    uint8_t id[UUID_BYTES];
    size_t queue;
};

struct poll {
    struct whole *whole;
    size_t queue;
    bool is_parked;
};

struct whole {
    struct whole_run *run;
    struct arena *arena;
    struct options options;
    struct emulator *emulator;
    struct observer observer;
    struct random random;
    struct whole_handle handles[HANDLES_MAX];
    size_t handle_count;
    struct poll polls[POLLS_MAX];
    uint64_t messages;
    bool leaps;      // all the time
    bool is_hands_off; // the client only sends
    int restarts;
};

static const struct queue_row {
    const char *name;
    size_t dead_letter;
} queue_rows[WHOLE_QUEUES] = {
    {"orders", 1},     {"orders-dlq", 2},           {"orders-lost", NO_QUEUE},
    {"loop", 3},       {"plain", NO_QUEUE},         {"lane.fifo", 6},
    {"lane-dlq.fifo", NO_QUEUE}, {"ledger.fifo", NO_QUEUE}, {"ring.fifo", 8},
};

#define QUEUE_ORDERED 7

static size_t chance(struct whole *whole, uint64_t bound)
{
    return (size_t)random_below(&whole->random, bound);
}

// ---- requests ----

static bool is_success(int status)
{
    return status >= 200 && status < 300;
}

static int call(struct whole *whole, const char *method, const char *path, const char *target,
                const struct buffer *body, struct buffer *ret_body)
{
    cleanup(buffer_deinit) struct buffer request = {0};
    buffer_print(&request, "%s %s HTTP/1.1\r\nHost: localhost\r\n", method, path);
    if (target != NULL)
        buffer_print(&request,
                     "Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AmazonSQS.%s\r\n",
                     target);
    else
        buffer_print(&request, "Content-Type: application/json\r\n");
    buffer_print(&request, "\r\n");
    buffer_append(&request, buffer_text(body));
    whole->observer.client.asked_real_us = clock_real_us();
    int status = emulator_call(whole->emulator, buffer_text(&request), ret_body);
    whole->observer.client =
        (struct whole_client){.asks = CLIENT_NOTHING, .asked_real_us = clock_real_us()};
    return status;
}

static int sqs(struct whole *whole, const char *operation, const struct buffer *body,
               struct buffer *ret_body)
{
    return call(whole, "POST", "/", operation, body, ret_body);
}

// What cannot be refused.
static void sqs_must(struct whole *whole, const char *operation, const struct buffer *body)
{
    cleanup(buffer_deinit) struct buffer answer = {0};
    int status = sqs(whole, operation, body, &answer);
    if (!is_success(status))
        observer_broken(&whole->observer, "%s gives %d: %.*s for %.*s", operation, status,
                        (int)answer.length, answer.bytes, (int)body->length, body->bytes);
}

static void begin_queue_request(struct buffer *body, size_t queue)
{
    buffer_print(body, "{\"QueueUrl\":\"http://localhost/000000000000/%s\"", queue_rows[queue].name);
}

// ---- queues ----

static void append_policy(const struct whole_queue *queue, struct buffer *body)
{
    buffer_print(body,
                 "\"RedrivePolicy\":\"{\\\"deadLetterTargetArn\\\":\\\"arn:aws:sqs:us-east-1:"
                 "000000000000:%s\\\",\\\"maxReceiveCount\\\":%lld}\"",
                 queue_rows[queue->dead_letter].name, (long long)queue->receive_count_max);
}

static void create_queue(struct whole *whole, size_t index)
{
    const struct whole_queue *queue = &whole->observer.queues[index];
    cleanup(buffer_deinit) struct buffer body = {0};
    buffer_print(&body,
                 "{\"QueueName\":\"%s\",\"Attributes\":{\"VisibilityTimeout\":\"%lld\","
                 "\"MessageRetentionPeriod\":\"%lld\",\"DelaySeconds\":\"%lld\"%s}}",
                 queue->name, (long long)queue->visibility_seconds,
                 (long long)queue->retention_seconds, (long long)queue->delay_seconds,
                 queue->fifo ? ",\"FifoQueue\":\"true\"" : "");
    sqs_must(whole, "CreateQueue", &body);
}

static void set_policy(struct whole *whole, size_t index)
{
    const struct whole_queue *queue = &whole->observer.queues[index];
    cleanup(buffer_deinit) struct buffer body = {0};
    if (queue->receive_count_max == 0)
        return;
    begin_queue_request(&body, index);
    buffer_print(&body, ",\"Attributes\":{");
    append_policy(queue, &body);
    buffer_print(&body, "}}");
    sqs_must(whole, "SetQueueAttributes", &body);
}

static void create_queues(struct whole *whole)
{
    for (size_t i = 0; i < WHOLE_QUEUES; i++) {
        struct whole_queue *queue = &whole->observer.queues[i];
        *queue = (struct whole_queue){
            .name = queue_rows[i].name,
            .fifo = i >= 5,
            .visibility_seconds = 2 + (int64_t)chance(whole, 7),
            .retention_seconds = 60 + (int64_t)chance(whole, 4) * 40,
            .delay_seconds = chance(whole, 5) == 0 ? (int64_t)chance(whole, 4) : 0,
            .dead_letter = queue_rows[i].dead_letter,
            .is_ordered = i == QUEUE_ORDERED,
        };
        if (queue->dead_letter != NO_QUEUE && chance(whole, 8) > 0)
            queue->receive_count_max = 1 + (int64_t)chance(whole, 4);
        buffer_print(&whole->observer.settings,
                     "%s: VisibilityTimeout %lld, retention %lld, delay %lld, maxReceiveCount %lld\n",
                     queue->name, (long long)queue->visibility_seconds,
                     (long long)queue->retention_seconds, (long long)queue->delay_seconds,
                     (long long)queue->receive_count_max);
        create_queue(whole, i);
    }
    for (size_t i = 0; i < WHOLE_QUEUES; i++)
        set_policy(whole, i);
}

static void operate_attributes(struct whole *whole, size_t index)
{
    struct whole_queue *queue = &whole->observer.queues[index];
    cleanup(buffer_deinit) struct buffer body = {0};
    begin_queue_request(&body, index);
    buffer_print(&body, ",\"Attributes\":{");
    size_t choice = chance(whole, 3);
    if (choice == 0 && queue->receive_count_max > 0) {
        queue->receive_count_max = 1 + (int64_t)chance(whole, 4);
        append_policy(queue, &body);
    } else if (choice == 1) {
        queue->visibility_seconds = 2 + (int64_t)chance(whole, 7);
        buffer_print(&body, "\"VisibilityTimeout\":\"%lld\"", (long long)queue->visibility_seconds);
    } else {
        queue->delay_seconds = (int64_t)chance(whole, 4);
        whole->observer.client.asks = CLIENT_SETS_DELAY;
        buffer_print(&body, "\"DelaySeconds\":\"%lld\"", (long long)queue->delay_seconds);
    }
    buffer_print(&body, "}}");
    sqs_must(whole, "SetQueueAttributes", &body);
}

static void operate_purge(struct whole *whole, size_t index)
{
    cleanup(buffer_deinit) struct buffer body = {0};
    begin_queue_request(&body, index);
    buffer_print(&body, "}");
    whole->observer.client.asks = CLIENT_PURGES;
    whole->observer.client.queue = index;
    sqs_must(whole, "PurgeQueue", &body);
}

static void operate_drop(struct whole *whole, size_t index)
{
    cleanup(buffer_deinit) struct buffer body = {0};
    begin_queue_request(&body, index);
    buffer_print(&body, "}");
    whole->observer.client.asks = CLIENT_DROPS;
    whole->observer.client.queue = index;
    sqs_must(whole, "DeleteQueue", &body);
    create_queue(whole, index);
    set_policy(whole, index);
}

// ---- messages ----

static void append_message(struct whole *whole, size_t queue, struct whole_fact *fact,
                           struct buffer *body)
{
    fact->is_bad = chance(whole, 4) == 0;
    fact->is_poison = chance(whole, 5) == 0;
    snprintf(fact->body, sizeof(fact->body), "m%u%s%s", (unsigned)whole->messages++,
             fact->is_bad ? " bad" : "", fact->is_poison ? " ill" : "");
    buffer_print(body, "\"MessageBody\":\"%s\"", fact->body);
    if (fact->is_poison)
        buffer_print(body, ",\"MessageAttributes\":{\"Kind\":{\"DataType\":\"String\","
                           "\"StringValue\":\"poison\"}}");
    if (whole->observer.queues[queue].fifo) {
        fact->group = (char)('a' + chance(whole, 3));
        buffer_print(body, ",\"MessageGroupId\":\"%c\",\"MessageDeduplicationId\":\"d%u\"",
                     fact->group, (unsigned)whole->messages);
    } else if (chance(whole, 5) == 0) {
        buffer_print(body, ",\"DelaySeconds\":%zu", chance(whole, 4));
    }
}

static void operate_send(struct whole *whole, size_t queue)
{
    struct whole_client *client = &whole->observer.client;
    cleanup(buffer_deinit) struct buffer body = {0};
    bool is_batch = chance(whole, 2) == 0;
    size_t count = is_batch ? 1 + chance(whole, WHOLE_ENTRIES_MAX) : 1;
    if (whole->messages + count > MESSAGES_WHOLE_MAX)
        return;
    client->asks = CLIENT_SENDS;
    client->queue = queue;
    client->message_count = count;
    begin_queue_request(&body, queue);
    buffer_print(&body, is_batch ? ",\"Entries\":[" : ",");
    for (size_t i = 0; i < count; i++) {
        if (is_batch)
            buffer_print(&body, "%s{\"Id\":\"%zu\",", i == 0 ? "" : ",", i);
        append_message(whole, queue, &client->messages[i], &body);
        if (is_batch)
            buffer_print(&body, "}");
    }
    buffer_print(&body, is_batch ? "]}" : "}");
    size_t before = whole->observer.fact_count;
    sqs_must(whole, is_batch ? "SendMessageBatch" : "SendMessage", &body);
    if (whole->observer.fact_count != before + count)
        observer_broken(&whole->observer, "%zu messages were sent, and %zu told", count,
                        whole->observer.fact_count - before);
}

static void keep_handles(struct whole *whole, size_t queue, struct text answer)
{
    cleanup(json_tree_free) cJSON *tree = json_parse(answer, NULL);
    const cJSON *message;
    cJSON_ArrayForEach(message, json_member(tree, "Messages"))
    {
        struct whole_handle *handle = &whole->handles[whole->handle_count++ % HANDLES_MAX];
        struct text receipt = json_member_text(message, "ReceiptHandle");
        if (receipt.length == 0 || receipt.length > RECEIPT_BYTES_MAX ||
            !uuid_from_text(json_member_text(message, "MessageId"), handle->id))
            observer_broken(&whole->observer, "a message without handle or id");
        memcpy(handle->text, receipt.bytes, receipt.length);
        handle->text[receipt.length] = '\0';
        handle->queue = queue;
    }
}

static void append_receive(struct whole *whole, size_t queue, struct buffer *body, int wait_seconds)
{
    begin_queue_request(body, queue);
    buffer_print(body, ",\"MaxNumberOfMessages\":%zu,\"WaitTimeSeconds\":%d", 1 + chance(whole, 10),
                 wait_seconds);
    if (chance(whole, 2) == 0)
        buffer_print(body, ",\"VisibilityTimeout\":%zu", chance(whole, 7));
    buffer_print(body, "}");
}

static void operate_receive(struct whole *whole, size_t queue)
{
    cleanup(buffer_deinit) struct buffer body = {0};
    cleanup(buffer_deinit) struct buffer answer = {0};
    append_receive(whole, queue, &body, 0);
    int status = sqs(whole, "ReceiveMessage", &body, &answer);
    if (status != 200)
        observer_broken(&whole->observer, "ReceiveMessage gives %d", status);
    keep_handles(whole, queue, buffer_text(&answer));
}

static void poll_answered(void *context, int status, struct text headers, struct text body)
{
    struct poll *poll = context;
    (void)headers;
    poll->is_parked = false;
    if (status == 200)
        keep_handles(poll->whole, poll->queue, body);
}

// A long poll that stays in the line while other things happen.
static void operate_poll(struct whole *whole, size_t queue)
{
    struct poll *poll = &whole->polls[chance(whole, POLLS_MAX)];
    cleanup(buffer_deinit) struct buffer body = {0};
    cleanup(buffer_deinit) struct buffer request = {0};
    if (poll->is_parked)
        return;
    *poll = (struct poll){.whole = whole, .queue = queue, .is_parked = true};
    append_receive(whole, queue, &body, 20);
    buffer_print(&request, "POST / HTTP/1.1\r\nHost: localhost\r\n"
                           "Content-Type: application/x-amz-json-1.0\r\n"
                           "X-Amz-Target: AmazonSQS.ReceiveMessage\r\n\r\n");
    buffer_append(&request, buffer_text(&body));
    emulator_request(whole->emulator, buffer_text(&request), poll_answered, poll);
    // It is in the line when this has its answer; else a command of the clock could overtake it.
    buffer_clear(&body);
    buffer_clear(&request);
    call(whole, "GET", "/_redrive/api/health", NULL, &body, &request);
}

static void append_handle(struct whole *whole, const struct whole_handle *handle,
                          struct buffer *body)
{
    struct whole_client *client = &whole->observer.client;
    memcpy(client->ids[client->id_count++], handle->id, UUID_BYTES);
    buffer_print(body, "\"ReceiptHandle\":\"%s\"", handle->text);
}

static const struct whole_handle *some_handle(struct whole *whole)
{
    size_t kept = whole->handle_count < HANDLES_MAX ? whole->handle_count : HANDLES_MAX;
    return kept == 0 ? NULL : &whole->handles[chance(whole, kept)];
}

static void operate_delete(struct whole *whole)
{
    const struct whole_handle *handle = some_handle(whole);
    cleanup(buffer_deinit) struct buffer body = {0};
    cleanup(buffer_deinit) struct buffer answer = {0};
    if (handle == NULL)
        return;
    size_t queue = handle->queue;
    bool is_batch = chance(whole, 3) == 0;
    whole->observer.client.asks = CLIENT_DELETES;
    begin_queue_request(&body, queue);
    buffer_print(&body, is_batch ? ",\"Entries\":[" : ",");
    for (size_t i = 0; i < (is_batch ? 3 : 1); i++) {
        if (is_batch)
            buffer_print(&body, "%s{\"Id\":\"%zu\",", i == 0 ? "" : ",", i);
        append_handle(whole, handle, &body);
        if (is_batch)
            buffer_print(&body, "}");
        handle = some_handle(whole);
    }
    buffer_print(&body, is_batch ? "]}" : "}");
    (void)sqs(whole, is_batch ? "DeleteMessageBatch" : "DeleteMessage", &body, &answer);
}

static void operate_change(struct whole *whole)
{
    const struct whole_handle *handle = some_handle(whole);
    cleanup(buffer_deinit) struct buffer body = {0};
    cleanup(buffer_deinit) struct buffer answer = {0};
    if (handle == NULL)
        return;
    whole->observer.client.asks = CLIENT_CHANGES;
    begin_queue_request(&body, handle->queue);
    buffer_print(&body, ",");
    append_handle(whole, handle, &body);
    buffer_print(&body, ",\"VisibilityTimeout\":%zu}", chance(whole, 6));
    (void)sqs(whole, "ChangeMessageVisibility", &body, &answer);
}

// ---- mappings ----

static void choose_settings(struct whole *whole, struct whole_mapping *mapping)
{
    bool fifo = whole->observer.queues[mapping->queue].fifo;
    mapping->batch_size = 1 + (int64_t)chance(whole, 10);
    mapping->window_seconds = !fifo && chance(whole, 3) == 0 ? 1 + (int64_t)chance(whole, 4) : 0;
    if (mapping->window_seconds > 0 && chance(whole, 3) == 0)
        mapping->batch_size = 11 + (int64_t)chance(whole, WHOLE_BATCH_MAX - 10);
    mapping->reporting = mapping->queue == QUEUE_ORDERED || chance(whole, 3) > 0;
    mapping->concurrency_max = chance(whole, 3) == 0 ? 2 + (int64_t)chance(whole, 2) : 0;
    mapping->is_enabled = chance(whole, 6) > 0;
    mapping->batch_size_max = mapping->batch_size;
    mapping->window_seconds_max = mapping->window_seconds;
}

static void append_settings(struct whole *whole, const struct whole_mapping *mapping,
                            struct buffer *body)
{
    buffer_print(body,
                 "\"FunctionName\":\"%s\",\"BatchSize\":%lld,"
                 "\"MaximumBatchingWindowInSeconds\":%lld,\"FunctionResponseTypes\":[%s],"
                 "\"Enabled\":%s,\"ScalingConfig\":{",
                 whole->observer.functions[mapping->function].name, (long long)mapping->batch_size,
                 (long long)mapping->window_seconds,
                 mapping->reporting ? "\"ReportBatchItemFailures\"" : "",
                 mapping->is_enabled ? "true" : "false");
    if (mapping->concurrency_max > 0)
        buffer_print(body, "\"MaximumConcurrency\":%lld", (long long)mapping->concurrency_max);
    buffer_print(body, "}}");
}

static void describe_mapping(struct whole *whole, const struct whole_mapping *mapping, int status)
{
    buffer_print(&whole->observer.settings, "mapping of %s: ",
                 whole->observer.queues[mapping->queue].name);
    append_settings(whole, mapping, &whole->observer.settings);
    buffer_print(&whole->observer.settings, " at %lld ms: %d\n",
                 (long long)(observer_now_ms(&whole->observer) - START_MS), status);
}

static void operate_map(struct whole *whole, size_t queue, size_t function)
{
    struct observer *observer = &whole->observer;
    cleanup(buffer_deinit) struct buffer body = {0};
    cleanup(buffer_deinit) struct buffer answer = {0};
    if (observer->mapping_count == WHOLE_MAPPINGS_MAX)
        return;
    struct whole_mapping *mapping = &observer->mappings[observer->mapping_count++];
    *mapping = (struct whole_mapping){.queue = queue, .function = function};
    struct whole_mapping wanted = *mapping;
    choose_settings(whole, &wanted);
    buffer_print(&body, "{\"EventSourceArn\":\"arn:aws:sqs:us-east-1:000000000000:%s\",",
                 queue_rows[queue].name);
    append_settings(whole, &wanted, &body);
    observer->client.mapping = mapping;
    observer->client.wanted = wanted;
    int status =
        call(whole, "POST", "/2015-03-31/event-source-mappings", NULL, &body, &answer);
    describe_mapping(whole, &wanted, status);
    if (is_success(status) != mapping->is_known)
        observer_broken(observer, "a mapping was created with status %d: %.*s", status,
                        (int)answer.length, answer.bytes);
    if (!is_success(status))
        observer->mapping_count--;
}

static struct whole_mapping *some_mapping(struct whole *whole)
{
    if (whole->observer.mapping_count == 0)
        return NULL;
    size_t at = chance(whole, whole->observer.mapping_count);
    struct whole_mapping *mapping = &whole->observer.mappings[at];
    return mapping->is_known && !mapping->is_gone ? mapping : NULL;
}

static int mapping_call(struct whole *whole, const char *method,
                        const struct whole_mapping *mapping, const struct buffer *body)
{
    cleanup(buffer_deinit) struct buffer answer = {0};
    char path[96];
    snprintf(path, sizeof(path), "/2015-03-31/event-source-mappings/%.*s", UUID_TEXT_BYTES,
             mapping->uuid);
    return call(whole, method, path, NULL, body, &answer);
}

static void operate_update(struct whole *whole)
{
    struct whole_mapping *mapping = some_mapping(whole);
    cleanup(buffer_deinit) struct buffer body = {0};
    if (mapping == NULL)
        return;
    struct whole_mapping wanted = *mapping;
    choose_settings(whole, &wanted);
    buffer_print(&body, "{");
    append_settings(whole, &wanted, &body);
    whole->observer.client.mapping = mapping;
    whole->observer.client.wanted = wanted;
    int status = mapping_call(whole, "PUT", mapping, &body);
    describe_mapping(whole, &wanted, status);
}

static void operate_unmap(struct whole *whole)
{
    struct whole_mapping *mapping = some_mapping(whole);
    cleanup(buffer_deinit) struct buffer body = {0};
    if (mapping == NULL)
        return;
    int status = mapping_call(whole, "DELETE", mapping, &body);
    mapping->is_gone = is_success(status);
    buffer_print(&whole->observer.settings, "a mapping of %s deleted at %lld ms: %d\n",
                 queue_rows[mapping->queue].name,
                 (long long)(observer_now_ms(&whole->observer) - START_MS), status);
}

static void operate_concurrency(struct whole *whole)
{
    struct whole_function *function =
        &whole->observer.functions[chance(whole, whole->observer.function_count)];
    cleanup(buffer_deinit) struct buffer body = {0};
    cleanup(buffer_deinit) struct buffer answer = {0};
    char path[96];
    snprintf(path, sizeof(path), "/2017-10-31/functions/%s/concurrency", function->name);
    function->reserved = (int64_t)chance(whole, 4) - 1;
    function->was_limited = true;
    if (function->reserved >= 0)
        buffer_print(&body, "{\"ReservedConcurrentExecutions\":%lld}",
                     (long long)function->reserved);
    int status =
        call(whole, function->reserved >= 0 ? "PUT" : "DELETE", path, NULL, &body, &answer);
    if (!is_success(status))
        observer_broken(&whole->observer, "concurrency gives %d", status);
}

// ---- the clock ----

// After a command nobody may count on real time for the leases that he holds.
static void release_guard(struct whole *whole)
{
    for (size_t i = 0; i < whole->observer.fact_count; i++)
        whole->observer.facts[i].is_clients = false;
}

static void operate_advance(struct whole *whole)
{
    struct text reason;
    int64_t span_ms = (int64_t)chance(whole, 5) * 700 + (int64_t)chance(whole, 2) * 3;
    if (chance(whole, 12) == 0)
        span_ms = (int64_t)chance(whole, 70000);
    int64_t begin_ms = observer_now_ms(&whole->observer);
    release_guard(whole);
    bool arrived = emulator_advance(whole->emulator, span_ms, &reason);
    int64_t passed_ms = observer_now_ms(&whole->observer) - begin_ms;
    if (!arrived || passed_ms < span_ms || (!whole->leaps && passed_ms > span_ms))
        observer_broken(&whole->observer, "an advance of %lld ms ended after %lld: %.*s",
                        (long long)span_ms, (long long)passed_ms, TEXT_ARGUMENTS(reason));
}

// limit_ms 0: as far as the horizon.
static void operate_run(struct whole *whole, int64_t limit_ms)
{
    struct observer *observer = &whole->observer;
    struct text reason;
    int64_t begin_ms = observer_now_ms(observer);
    release_guard(whole);
    bool arrived = emulator_run_until_idle(whole->emulator, limit_ms, &reason);
    int64_t passed_ms = observer_now_ms(observer) - begin_ms;
    observer_compare(observer, true);
    if (arrived)
        observer_compare_idle(observer);
    else if (!text_starts_with(reason, TEXT("stopped ")))
        observer_broken(observer, "a run stopped without a sentence");
    if (!whole->leaps && (passed_ms > whole->options.horizon_ms ||
                          (limit_ms > 0 && passed_ms > limit_ms)))
        observer_broken(observer, "a run went on for %lld ms", (long long)passed_ms);
}

// Real time passes, and the leap clock may leap.
static void operate_pause(struct whole *whole)
{
    bool never = false;
    emulator_run_until(whole->emulator, &never, CALM_REAL_MS + (int64_t)chance(whole, 4));
}

// ---- the world ----

static void open_world(struct whole *whole)
{
    struct text reason;
    int status;
    whole->emulator = emulator_new(&whole->options, &reason, &status);
    if (whole->emulator == NULL) {
        fprintf(stderr, "simulate: seed %llu: %.*s\n%.*s\n", (unsigned long long)whole->run->seed,
                TEXT_ARGUMENTS(reason), (int)whole->observer.settings.length,
                whole->observer.settings.bytes);
        exit(1);
    }
    // An emulator begins with its world; nobody but a test looks at it.
    observer_attach(&whole->observer, (struct world *)(void *)whole->emulator);
}

static void operate_restart(struct whole *whole)
{
    observer_compare(&whole->observer, true);
    whole->options.start_at_ms = observer_now_ms(&whole->observer);
    whole->options.seed += 1000003;
    whole->emulator = emulator_free(whole->emulator);
    memset(whole->polls, 0, sizeof(whole->polls));
    observer_detach(&whole->observer);
    whole->restarts++;
    open_world(whole);
    observer_compare(&whole->observer, true);
}

static void declare_functions(struct whole *whole)
{
    struct observer *observer = &whole->observer;
    struct options *options = &whole->options;
    observer->function_count = 1 + chance(whole, WHOLE_FUNCTIONS_MAX);
    for (size_t i = 0; i < observer->function_count; i++) {
        struct whole_function *function = &observer->functions[i];
        cleanup(buffer_deinit) struct buffer target = {0};
        snprintf(function->name, sizeof(function->name), "f%zu", i);
        script_random(&whole->random, 3, &function->script);
        // The first one serves the ordered queue.
        if (i == 0) {
            function->script.how = SCRIPT_STOP_AT_FIRST_FAILURE;
            function->script.stop = false;
            if (function->script.which == SCRIPT_NONE)
                function->script.which = SCRIPT_BODY;
        }
        function->reserved = i > 0 && chance(whole, 4) == 0 ? (int64_t)chance(whole, 3) : -1;
        function->was_limited = function->reserved >= 0;
        script_append_target(&target, &function->script);
        options->functions[options->function_count++] =
            arena_print(whole->arena, "%s=%.*s", function->name, (int)target.length, target.bytes);
        options->sets[options->set_count++] =
            arena_print(whole->arena, "%s.Timeout=%lld", function->name,
                        (long long)function->script.timeout_ms / 1000);
        options->sets[options->set_count++] =
            arena_print(whole->arena, "%s.Duration=%lldms", function->name,
                        (long long)function->script.function_duration_ms);
        if (function->reserved >= 0)
            options->sets[options->set_count++] =
                arena_print(whole->arena, "%s.ReservedConcurrentExecutions=%lld", function->name,
                            (long long)function->reserved);
        buffer_print(&observer->settings, "%.*s, Timeout %lld s, Duration %lld ms, reserved %lld\n",
                     TEXT_ARGUMENTS(options->functions[options->function_count - 1]),
                     (long long)function->script.timeout_ms / 1000,
                     (long long)function->script.function_duration_ms,
                     (long long)function->reserved);
    }
}

static void choose_options(struct whole *whole)
{
    struct options *options = &whole->options;
    options_init(options, whole->arena);
    options->listener = false;
    options->quiet = true;
    options->seeded = true;
    options->seed = whole->run->seed;
    options->start_at_ms = START_MS;
    options->trace_max_bytes = 4 << 20;
    options->trace_file = whole->run->trace_file;
    options->database = whole->run->database;
    options->horizon_ms = 1000 * (20 + (int64_t)chance(whole, 60));
    options->empty_item_succeeds = chance(whole, 2) == 0;
    whole->leaps = chance(whole, 25) == 0 && options->database == NULL;
    whole->is_hands_off = chance(whole, 3) == 0 && !whole->leaps;
    options->journal_none = chance(whole, 8) > 0 && options->database == NULL;
    options->clock = whole->leaps ? CLOCK_LEAP : CLOCK_MANUAL;
    whole->observer.empty_item_succeeds = options->empty_item_succeeds;
    whole->observer.guards_leases = whole->leaps;
    whole->observer.points_expected = whole->run->expected_points;
    buffer_print(&whole->observer.settings,
                 "%s clock, horizon %lld s, journal %s, an empty item %s%s\n",
                 whole->leaps ? "leap" : "manual", (long long)options->horizon_ms / 1000,
                 options->database != NULL ? "in a file" : options->journal_none ? "none" : "in memory",
                 options->empty_item_succeeds ? "succeeds" : "fails",
                 whole->is_hands_off ? ", the client only sends" : "");
}

// The ordered queue has one mapping, one client who sends, and nobody else.
static size_t some_queue(struct whole *whole)
{
    size_t queue = chance(whole, WHOLE_QUEUES);
    return queue == QUEUE_ORDERED ? 0 : queue;
}

static void operate_by_hand(struct whole *whole)
{
    size_t choice = chance(whole, 24);
    if (choice < 10)
        operate_receive(whole, some_queue(whole));
    else if (choice < 16)
        operate_delete(whole);
    else if (choice < 21)
        operate_change(whole);
    else
        operate_poll(whole, some_queue(whole));
}

static void operate_control(struct whole *whole)
{
    size_t choice = chance(whole, 20);
    if (choice < 4)
        operate_map(whole, some_queue(whole), chance(whole, whole->observer.function_count));
    else if (choice < 9)
        operate_update(whole);
    else if (choice < 11)
        operate_unmap(whole);
    else if (choice < 14 && whole->options.database == NULL && !whole->leaps)
        operate_concurrency(whole);
    else if (choice < 18 && !whole->leaps)
        operate_attributes(whole, some_queue(whole));
    else if (choice < 19)
        operate_purge(whole, some_queue(whole));
    else if (!whole->leaps)
        operate_drop(whole, some_queue(whole));
}

static void step(struct whole *whole)
{
    size_t choice = chance(whole, 100);
    if (choice < 38)
        operate_send(whole, chance(whole, 4) == 0 ? QUEUE_ORDERED : chance(whole, WHOLE_QUEUES));
    else if (choice < 58 && !whole->is_hands_off)
        operate_by_hand(whole);
    else if (choice < 70)
        operate_control(whole);
    else if (choice < 95)
        whole->leaps ? operate_pause(whole) : operate_advance(whole);
    else if (choice < 98)
        operate_run(whole, chance(whole, 2) == 0 ? 1 + (int64_t)chance(whole, 9000) : 0);
    else if (whole->options.database != NULL)
        operate_restart(whole);
    observer_compare(&whole->observer, chance(whole, 8) == 0);
}

// An answer draws an id from the world's chance: whoever compares two worlds asks both of them.
static void set_clock(struct whole *whole, enum clock_mode mode)
{
    cleanup(buffer_deinit) struct buffer body = {0};
    cleanup(buffer_deinit) struct buffer answer = {0};
    buffer_print(&body, "{\"mode\":\"%s\"}", clock_mode_text(mode).bytes);
    int status = call(whole, "POST", "/_redrive/api/clock", NULL, &body, &answer);
    if (status != 200)
        observer_broken(&whole->observer, "the clock's mode gives %d", status);
}

// Instead of a run until idle: as far as that run came.
static void leap_to_the_end(struct whole *whole)
{
    cleanup(buffer_deinit) struct buffer obstacle = {0};
    bool never = false;
    int64_t end_us = clock_real_us() + LEAP_REAL_MS_MAX * 1000;
    while (whole->observer.points < whole->run->expected_points && clock_real_us() < end_us)
        emulator_run_until(whole->emulator, &never, 1);
    clock_append_obstacle(whole->observer.world->clock, &obstacle);
    if (whole->observer.points < whole->run->expected_points)
        observer_broken(&whole->observer, "leaping ends after %llu of the %llu points of a run: %.*s",
                        (unsigned long long)whole->observer.points,
                        (unsigned long long)whole->run->expected_points, (int)obstacle.length,
                        obstacle.bytes);
}

static void report(struct whole *whole)
{
    struct whole_run *run = whole->run;
    run->points = whole->observer.points;
    run->hash = run->leaps ? whole->observer.hash_expected : whole->observer.hash;
    run->comparable = !whole->leaps;
    run->can_leap = whole->is_hands_off;
}

void simulate_whole(struct whole_run *run)
{
    struct whole *whole = allocate(sizeof(*whole));
    whole->run = run;
    whole->arena = arena_new();
    random_init(&whole->random, run->seed ^ 0xd1b54a32d192ed03u);
    observer_init(&whole->observer, run->seed);
    choose_options(whole);
    declare_functions(whole);
    open_world(whole);
    create_queues(whole);
    operate_map(whole, QUEUE_ORDERED, 0);
    for (size_t mappings = 1 + chance(whole, 5); mappings > 0; mappings--)
        operate_map(whole, some_queue(whole), chance(whole, whole->observer.function_count));
    for (size_t i = 0; i < run->steps; i++)
        step(whole);
    if (!whole->leaps)
        set_clock(whole, run->leaps ? CLOCK_LEAP : CLOCK_MANUAL);
    if (run->leaps)
        leap_to_the_end(whole);
    else
        operate_run(whole, 0);
    observer_compare(&whole->observer, true);
    report(whole);
    emulator_free(whole->emulator);
    observer_deinit(&whole->observer);
    arena_free(whole->arena);
    free(whole);
}
