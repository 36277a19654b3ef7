// fuzz_world -- see the header.
#include "tests/fuzz/fuzz_world.h"

#include "emulator/invoke/http.h"
#include "emulator/loop.h"
#include "emulator/router.h"
#include "esm/json.h"
#include "queue/base/utf8.h"
#include "tests/support/xml.h"

#include <assert.h>

#define HEAD "POST / HTTP/1.1\r\nHost: localhost\r\n"
#define JSON_HEAD HEAD "Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AmazonSQS."
#define ORDERS                                                     \
    "{\"QueueName\":\"orders\",\"Attributes\":{\"RedrivePolicy\":" \
    "\"{\\\"deadLetterTargetArn\\\":"                              \
    "\\\"arn:aws:sqs:us-east-1:000000000000:dead\\\",\\\"maxReceiveCount\\\":3}\"}}"
#define MINUTE_MS 60000
#define STEPS_MAX 2000

static void settle(struct fuzz_world *world)
{
    loop_settle(&world->world);
    esm_start_invocations(world->world.esm);
    loop_settle(&world->world);
}

static void pass(struct fuzz_world *world, int64_t span_ms)
{
    int64_t to_ms = timeline_now_ms(world->world.timeline) + span_ms;
    for (int i = 0; i < STEPS_MAX && timeline_step(world->world.timeline, to_ms); i++)
        settle(world);
    settle(world);
}

// What an input names must not be connected to: handlers behind HTTP never answer.
static void ignore_invocation(struct invoker *invoker, struct invocation *invocation)
{
    (void)invoker;
    (void)invocation;
}

static size_t run_none(const struct invoker *invoker)
{
    (void)invoker;
    return 0;
}

static void stay_at_home(struct fuzz_world *world)
{
    struct invoker *invoker = http_invoker_face(world->world.http);
    invoker->invoke = ignore_invocation;
    invoker->cancel = ignore_invocation;
    invoker->running = run_none;
}

void fuzz_world_init(struct fuzz_world *world)
{
    struct text reason = {0};
    int status = 0;
    *world = (struct fuzz_world){.arena = arena_new()};
    options_init(&world->options, world->arena);
    world->options.listener = false;
    world->options.journal_none = true;
    world->options.quiet = true;
    world->options.clock = CLOCK_MANUAL;
    world->options.seeded = true;
    world->options.seed = 1;
    world->options.start_at_ms = 1767225600000;
    world->options.trace_max_bytes = 64 * 1024;
    world->options.functions[world->options.function_count++] =
        TEXT("f=sim:{\"fail\":{\"body\":\"poison\"},\"how\":\"report\"}");
    bool open = world_open(&world->world, &world->options, &reason, &status);
    assert(open);
    (void)open;
    stay_at_home(world);
    static const char *const bodies[] = {
        "{\"QueueName\":\"dead\"}",
        ORDERS,
        "{\"QueueName\":\"line.fifo\",\"Attributes\":{\"FifoQueue\":\"true\"}}",
    };
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        status = fuzz_request(world, TEXT(JSON_HEAD "CreateQueue\r\n"), text_of(bodies[i]));
        assert(status == 200);
    }
    status = fuzz_request(
        world, TEXT("POST /2015-03-31/event-source-mappings HTTP/1.1\r\nHost: localhost\r\n"),
        TEXT("{\"EventSourceArn\":\"arn:aws:sqs:us-east-1:000000000000:orders\",\"FunctionName\":"
             "\"f\","
             "\"FunctionResponseTypes\":[\"ReportBatchItemFailures\"]}"));
    assert(status == 202);
}

void fuzz_world_deinit(struct fuzz_world *world)
{
    pass(world, MINUTE_MS);
    world_close(&world->world);
    arena_free(world->arena);
}

static void finished(struct request *request)
{
    (void)request;
}

static bool is_type(const struct request *request, const char *type)
{
    for (size_t i = 0; i < request->reply.header_count; i++) {
        const struct header *header = &request->reply.headers[i];
        if (text_equal_ignoring_case(header->name, TEXT("Content-Type")))
            return text_find(header->value, text_of(type), NULL);
    }
    return false;
}

static void keep_receipt(struct fuzz_world *world, struct text body)
{
    static const struct text name = TEXT("\"ReceiptHandle\":\"");
    struct text handle;
    struct text rest;
    size_t at;
    if (!text_find(body, name, &at) ||
        !text_cut(text_skip(body, at + name.length), '"', &handle, &rest) ||
        handle.length > sizeof(world->receipt))
        return;
    memcpy(world->receipt, handle.bytes, handle.length);
    world->receipt_bytes = handle.length;
}

static void check_answer(struct fuzz_world *world, const struct request *request)
{
    struct text body = buffer_text(&request->reply.body);
    assert(request->reply.status >= 200 && request->reply.status < 600);
    if (body.length == 0)
        return;
    if (is_type(request, "json")) {
        cleanup(json_tree_free) cJSON *tree = json_parse(body, NULL);
        // What a function answers goes through as it is.
        assert(tree != NULL || text_ends_with(request->path, TEXT("/invocations")));
        keep_receipt(world, body);
    }
    if (is_type(request, "xml")) {
        assert(utf8_is_valid(body));
        assert(xml_parse(request->arena, body) != NULL);
    }
}

// The head, an empty line, and the body with @R replaced.
static struct text compose(struct fuzz_world *world, struct arena *arena, struct text head,
                           struct text body)
{
    cleanup(buffer_deinit) struct buffer bytes = {0};
    buffer_append(&bytes, head);
    buffer_append(&bytes, TEXT("\r\n"));
    size_t at;
    while (text_find(body, TEXT("@R"), &at)) {
        buffer_append(&bytes, text_head(body, at));
        buffer_append_bytes(&bytes, world->receipt, world->receipt_bytes);
        body = text_skip(body, at + 2);
    }
    buffer_append(&bytes, body);
    return arena_copy(arena, buffer_text(&bytes));
}

int fuzz_request(struct fuzz_world *world, struct text head, struct text body)
{
    struct request *request = allocate(sizeof(*request));
    request->arena = arena_new();
    request->world = &world->world;
    request->finished = finished;
    list_init(&request->link);
    int status = 0;
    if (request_parse(request, compose(world, request->arena, head, body))) {
        router_act(request);
        settle(world);
        if (!request->complete)
            pass(world, MINUTE_MS);
        if (request->complete) {
            check_answer(world, request);
            status = request->reply.status;
        } else if (request->cancel != NULL) {
            request->cancel(request);
        }
    }
    arena_free(request->arena);
    buffer_deinit(&request->reply.body);
    free(request);
    return status;
}
