// simulate_client -- every request that the client of a whole world can make. Before one leaves,
// the observer is told what it asks for: what happens within it and was not asked for is a broken
// rule.
#include "tests/simulate_client.h"

#include "esm/json.h"

#include <stdio.h>

static const struct queue_row {
    const char *name;
    size_t dead_letter;
} queue_rows[WHOLE_QUEUES] = {
    {"orders", 1},       {"orders-dlq", 2}, {"orders-lost", NO_QUEUE},   {"loop", 3},
    {"plain", NO_QUEUE}, {"lane.fifo", 6},  {"lane-dlq.fifo", NO_QUEUE}, {"ledger.fifo", NO_QUEUE},
    {"ring.fifo", 8},
};

size_t whole_chance(struct whole *whole, uint64_t bound)
{
    return (size_t)random_below(&whole->random, bound);
}

// ---- requests ----

static bool is_success(int status)
{
    return status >= 200 && status < 300;
}

int client_call(struct whole *whole, const char *method, const char *path, const char *target,
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
    return client_call(whole, "POST", "/", operation, body, ret_body);
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
    buffer_print(body, "{\"QueueUrl\":\"http://localhost/000000000000/%s\"",
                 queue_rows[queue].name);
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

void client_create_queues(struct whole *whole)
{
    for (size_t i = 0; i < WHOLE_QUEUES; i++) {
        struct whole_queue *queue = &whole->observer.queues[i];
        *queue = (struct whole_queue){
            .name = queue_rows[i].name,
            .fifo = i >= 5,
            .visibility_seconds = 2 + (int64_t)whole_chance(whole, 7),
            .retention_seconds = 60 + (int64_t)whole_chance(whole, 4) * 40,
            .delay_seconds = whole_chance(whole, 5) == 0 ? (int64_t)whole_chance(whole, 4) : 0,
            .dead_letter = queue_rows[i].dead_letter,
            .is_ordered = i == QUEUE_ORDERED,
        };
        if (queue->dead_letter != NO_QUEUE && whole_chance(whole, 8) > 0)
            queue->receive_count_max = 1 + (int64_t)whole_chance(whole, 4);
        buffer_print(
            &whole->observer.settings,
            "%s: VisibilityTimeout %lld, retention %lld, delay %lld, maxReceiveCount %lld\n",
            queue->name, (long long)queue->visibility_seconds, (long long)queue->retention_seconds,
            (long long)queue->delay_seconds, (long long)queue->receive_count_max);
        create_queue(whole, i);
    }
    for (size_t i = 0; i < WHOLE_QUEUES; i++)
        set_policy(whole, i);
}

void client_attributes(struct whole *whole, size_t index)
{
    struct whole_queue *queue = &whole->observer.queues[index];
    cleanup(buffer_deinit) struct buffer body = {0};
    begin_queue_request(&body, index);
    buffer_print(&body, ",\"Attributes\":{");
    size_t choice = whole_chance(whole, 3);
    if (choice == 0 && queue->receive_count_max > 0) {
        queue->receive_count_max = 1 + (int64_t)whole_chance(whole, 4);
        append_policy(queue, &body);
    } else if (choice == 1) {
        queue->visibility_seconds = 2 + (int64_t)whole_chance(whole, 7);
        buffer_print(&body, "\"VisibilityTimeout\":\"%lld\"", (long long)queue->visibility_seconds);
    } else {
        queue->delay_seconds = (int64_t)whole_chance(whole, 4);
        whole->observer.client.asks = CLIENT_SETS_DELAY;
        buffer_print(&body, "\"DelaySeconds\":\"%lld\"", (long long)queue->delay_seconds);
    }
    buffer_print(&body, "}}");
    sqs_must(whole, "SetQueueAttributes", &body);
}

void client_purge(struct whole *whole, size_t index)
{
    cleanup(buffer_deinit) struct buffer body = {0};
    begin_queue_request(&body, index);
    buffer_print(&body, "}");
    whole->observer.client.asks = CLIENT_PURGES;
    whole->observer.client.queue = index;
    sqs_must(whole, "PurgeQueue", &body);
}

void client_drop(struct whole *whole, size_t index)
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
    fact->is_bad = whole_chance(whole, 4) == 0;
    fact->is_poison = whole_chance(whole, 5) == 0;
    snprintf(fact->body, sizeof(fact->body), "m%u%s%s", (unsigned)whole->messages++,
             fact->is_bad ? " bad" : "", fact->is_poison ? " ill" : "");
    buffer_print(body, "\"MessageBody\":\"%s\"", fact->body);
    if (fact->is_poison)
        buffer_print(body, ",\"MessageAttributes\":{\"Kind\":{\"DataType\":\"String\","
                           "\"StringValue\":\"poison\"}}");
    if (whole->observer.queues[queue].fifo) {
        fact->group = (char)('a' + whole_chance(whole, 3));
        buffer_print(body, ",\"MessageGroupId\":\"%c\",\"MessageDeduplicationId\":\"d%u\"",
                     fact->group, (unsigned)whole->messages);
    } else if (whole_chance(whole, 5) == 0) {
        buffer_print(body, ",\"DelaySeconds\":%zu", whole_chance(whole, 4));
    }
}

void client_send(struct whole *whole, size_t queue)
{
    struct whole_client *client = &whole->observer.client;
    cleanup(buffer_deinit) struct buffer body = {0};
    bool is_batch = whole_chance(whole, 2) == 0;
    size_t count = is_batch ? 1 + whole_chance(whole, WHOLE_ENTRIES_MAX) : 1;
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
        // Another may have received it since, if the visibility timeout was 0.
        struct text count =
            json_member_text(json_member(message, "Attributes"), "ApproximateReceiveCount");
        int64_t number;
        if (!text_to_integer(count, &number) || number < 1 ||
            number > observer_fact(&whole->observer, handle->id)->count)
            observer_broken(&whole->observer, "a message without a count of its receives");
        handle->count = (uint32_t)number;
    }
}

static void append_receive(struct whole *whole, size_t queue, struct buffer *body, int wait_seconds)
{
    begin_queue_request(body, queue);
    buffer_print(body, ",\"AttributeNames\":[\"ApproximateReceiveCount\"]");
    buffer_print(body, ",\"MaxNumberOfMessages\":%zu,\"WaitTimeSeconds\":%d",
                 1 + whole_chance(whole, 10), wait_seconds);
    if (whole_chance(whole, 2) == 0)
        buffer_print(body, ",\"VisibilityTimeout\":%zu", whole_chance(whole, 7));
    buffer_print(body, "}");
}

void client_receive(struct whole *whole, size_t queue)
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
void client_poll(struct whole *whole, size_t queue)
{
    struct poll *poll = &whole->polls[whole_chance(whole, POLLS_MAX)];
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
    client_call(whole, "GET", "/_redrive/api/health", NULL, &body, &request);
}

static void append_handle(struct whole *whole, const struct whole_handle *handle,
                          struct buffer *body)
{
    struct whole_client *client = &whole->observer.client;
    client->counts[client->id_count] = handle->count;
    memcpy(client->ids[client->id_count++], handle->id, UUID_BYTES);
    buffer_print(body, "\"ReceiptHandle\":\"%s\"", handle->text);
}

static const struct whole_handle *some_handle(struct whole *whole)
{
    size_t kept = whole->handle_count < HANDLES_MAX ? whole->handle_count : HANDLES_MAX;
    return kept == 0 ? NULL : &whole->handles[whole_chance(whole, kept)];
}

void client_delete(struct whole *whole)
{
    const struct whole_handle *handle = some_handle(whole);
    cleanup(buffer_deinit) struct buffer body = {0};
    cleanup(buffer_deinit) struct buffer answer = {0};
    if (handle == NULL)
        return;
    size_t queue = handle->queue;
    bool is_batch = whole_chance(whole, 3) == 0;
    whole->observer.client.asks = CLIENT_DELETES;
    begin_queue_request(&body, queue);
    buffer_print(&body, is_batch ? ",\"Entries\":[" : ",");
    for (size_t i = 0; i < (is_batch ? 3 : 1); i++) {
        if (is_batch)
            buffer_print(&body, "%s{\"Id\":\"%zu\",", i == 0 ? "" : ",", i);
        append_handle(whole, handle, &body);
        if (is_batch)
            buffer_print(&body, "}");
        const struct whole_handle *other = some_handle(whole);
        if (other != NULL && other->queue == queue)
            handle = other;
    }
    buffer_print(&body, is_batch ? "]}" : "}");
    struct whole_client asked = whole->observer.client;
    (void)sqs(whole, is_batch ? "DeleteMessageBatch" : "DeleteMessage", &body, &answer);
    for (size_t i = 0; i < asked.id_count; i++) {
        const struct whole_fact *fact = observer_fact(&whole->observer, asked.ids[i]);
        if (fact_is_deletable(&whole->observer, fact, queue, asked.counts[i]))
            observer_broken(&whole->observer, "%s was not deleted by its handle (S-89)",
                            fact_name(fact));
    }
}

void client_change(struct whole *whole)
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
    buffer_print(&body, ",\"VisibilityTimeout\":%zu}", whole_chance(whole, 6));
    (void)sqs(whole, "ChangeMessageVisibility", &body, &answer);
}

// ---- mappings ----

static void choose_settings(struct whole *whole, struct whole_mapping *mapping)
{
    bool fifo = whole->observer.queues[mapping->queue].fifo;
    mapping->batch_size = 1 + (int64_t)whole_chance(whole, 10);
    mapping->window_seconds =
        !fifo && whole_chance(whole, 3) == 0 ? 1 + (int64_t)whole_chance(whole, 4) : 0;
    if (mapping->window_seconds > 0 && whole_chance(whole, 3) == 0)
        mapping->batch_size = 11 + (int64_t)whole_chance(whole, WHOLE_BATCH_MAX - 10);
    mapping->reporting = mapping->queue == QUEUE_ORDERED || whole_chance(whole, 3) > 0;
    mapping->concurrency_max =
        whole_chance(whole, 3) == 0 ? 2 + (int64_t)whole_chance(whole, 2) : 0;
    mapping->is_enabled = whole_chance(whole, 6) > 0;
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
    buffer_print(&whole->observer.settings,
                 "mapping of %s: ", whole->observer.queues[mapping->queue].name);
    append_settings(whole, mapping, &whole->observer.settings);
    buffer_print(&whole->observer.settings, " at %lld ms: %d\n",
                 (long long)(observer_now_ms(&whole->observer) - START_MS), status);
}

void client_map(struct whole *whole, size_t queue, size_t function)
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
        client_call(whole, "POST", "/2015-03-31/event-source-mappings", NULL, &body, &answer);
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
    size_t at = whole_chance(whole, whole->observer.mapping_count);
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
    return client_call(whole, method, path, NULL, body, &answer);
}

void client_update(struct whole *whole)
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

void client_unmap(struct whole *whole)
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

void client_concurrency(struct whole *whole)
{
    struct whole_function *function =
        &whole->observer.functions[whole_chance(whole, whole->observer.function_count)];
    cleanup(buffer_deinit) struct buffer body = {0};
    cleanup(buffer_deinit) struct buffer answer = {0};
    char path[96];
    snprintf(path, sizeof(path), "/2017-10-31/functions/%s/concurrency", function->name);
    function->reserved = (int64_t)whole_chance(whole, 4) - 1;
    function->was_limited = true;
    if (function->reserved >= 0)
        buffer_print(&body, "{\"ReservedConcurrentExecutions\":%lld}",
                     (long long)function->reserved);
    int status =
        client_call(whole, function->reserved >= 0 ? "PUT" : "DELETE", path, NULL, &body, &answer);
    if (!is_success(status))
        observer_broken(&whole->observer, "concurrency gives %d", status);
}
