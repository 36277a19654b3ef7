// deliveries -- what a mapping does when nobody else is slow: a full queue, a function f that is a script (sim:{}, unless
// --function says another), and a clock that jumps. Everything is in one process, without a socket: what is timed is receiving, building the event, the
// script's reading of it, the outcome, the deletions and the trace.
//
//     bench_deliveries MESSAGES BATCH WINDOW [--no-journal] [options of serve]
//
// prints one line of JSON. Filling the queue is not timed. The processor's time is that of the whole process.
#include "emulator/emulator.h"
#include "queue/base/fail.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ACCOUNT "000000000000"
#define ENTRIES 10
#define BODY_BYTES 100

static int64_t now_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void ask(struct emulator *emulator, const char *head, struct text body)
{
    cleanup(buffer_deinit) struct buffer request = {0};
    cleanup(buffer_deinit) struct buffer reply = {0};
    buffer_print(&request, "POST %s\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n", head,
                 body.length);
    buffer_append(&request, body);
    int status = emulator_call(emulator, buffer_text(&request), &reply);
    if (status < 200 || status > 299 || text_find(buffer_text(&reply), TEXT("\"Failed\":[{"), NULL))
        fail("%s: %d %.*s", head, status, TEXT_ARGUMENTS(buffer_text(&reply)));
}

#define SQS_HEAD(operation)                                                    \
    "/ HTTP/1.1\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amz-Target: " \
    "AmazonSQS." operation

static void fill_queue(struct emulator *emulator, long messages)
{
    cleanup(buffer_deinit) struct buffer body = {0};
    buffer_append(&body, TEXT("{\"QueueUrl\":\"http://localhost/" ACCOUNT "/q\",\"Entries\":["));
    for (int entry = 0; entry < ENTRIES; entry++)
        buffer_print(&body, "%s{\"Id\":\"%d\",\"MessageBody\":\"%0*d\"}", entry > 0 ? "," : "",
                     entry, BODY_BYTES, entry);
    buffer_append(&body, TEXT("]}"));
    for (long sent = 0; sent < messages; sent += ENTRIES)
        ask(emulator, SQS_HEAD("SendMessageBatch"), buffer_text(&body));
}

static void map_queue(struct emulator *emulator, const char *batch, const char *window)
{
    cleanup(buffer_deinit) struct buffer body = {0};
    buffer_print(&body,
                 "{\"EventSourceArn\":\"arn:aws:sqs:us-east-1:" ACCOUNT
                 ":q\",\"FunctionName\":\"f\",\"BatchSize\":%s,\"MaximumBatchingWindowInSeconds\":"
                 "%s,\"FunctionResponseTypes\":[\"ReportBatchItemFailures\"]}",
                 batch, window);
    ask(emulator, "/2015-03-31/event-source-mappings/ HTTP/1.1\r\nContent-Type: application/json",
        buffer_text(&body));
}

// Nothing may be left: what was lost on the way would look like speed.
static void check_empty(struct emulator *emulator)
{
    cleanup(buffer_deinit) struct buffer request = {0};
    cleanup(buffer_deinit) struct buffer reply = {0};
    static const struct text body =
        TEXT("{\"QueueUrl\":\"http://localhost/" ACCOUNT "/q\",\"AttributeNames\":[\"All\"]}");
    buffer_print(&request,
                 "POST " SQS_HEAD("GetQueueAttributes") "\r\nHost: localhost\r\nContent-Length: "
                                                        "%zu\r\n\r\n%.*s",
                 body.length, TEXT_ARGUMENTS(body));
    int status = emulator_call(emulator, buffer_text(&request), &reply);
    struct text said = buffer_text(&reply);
    if (status != 200 || !text_find(said, TEXT("\"ApproximateNumberOfMessages\":\"0\""), NULL) ||
        !text_find(said, TEXT("\"ApproximateNumberOfMessagesNotVisible\":\"0\""), NULL))
        fail("messages are left: %.*s", TEXT_ARGUMENTS(said));
}

static struct emulator *open_world(struct options *options, int argument_count, char **arguments)
{
    struct text reason = {0};
    int status = 1;
    options->listener = false;
    options->clock = CLOCK_MANUAL;
    options->seeded = true;
    options->quiet = true;
    for (int at = 4; at < argument_count;) {
        if (text_equal(text_of(arguments[at]), TEXT("--no-journal"))) {
            options->journal_none = true;
            at++;
        } else if (options_take(options, argument_count, arguments, &at, &reason) != 1) {
            fail("this is no option of serve: %s", arguments[at]);
        }
    }
    if (options->function_count == 0)
        options->functions[options->function_count++] = TEXT("f=sim:{}");
    struct emulator *emulator = emulator_new(options, &reason, &status);
    if (emulator == NULL)
        fail("%.*s", TEXT_ARGUMENTS(reason));
    return emulator;
}

int main(int argument_count, char **arguments)
{
    if (argument_count < 4)
        fail("usage: bench_deliveries MESSAGES BATCH WINDOW [--no-journal] [options of serve]");
    cleanup(arena_free) struct arena *arena = arena_new();
    struct options options;
    options_init(&options, arena);
    struct emulator *emulator = open_world(&options, argument_count, arguments);
    long messages = strtol(arguments[1], NULL, 10);
    ask(emulator, SQS_HEAD("CreateQueue"), TEXT("{\"QueueName\":\"q\"}"));
    fill_queue(emulator, messages);

    struct text reason = {0};
    int64_t elapsed_ns = -now_ns(CLOCK_MONOTONIC);
    int64_t processor_ns = -now_ns(CLOCK_PROCESS_CPUTIME_ID);
    map_queue(emulator, arguments[2], arguments[3]);
    if (!emulator_run_until_idle(emulator, 0, &reason))
        fail("%.*s", TEXT_ARGUMENTS(reason));
    elapsed_ns += now_ns(CLOCK_MONOTONIC);
    processor_ns += now_ns(CLOCK_PROCESS_CPUTIME_ID);
    check_empty(emulator);
    printf("{\"messages\":%ld,\"elapsed_ns\":%lld,\"processor_ns\":%lld}\n", messages,
           (long long)elapsed_ns, (long long)processor_ns);
    emulator_free(emulator);
    return 0;
}
