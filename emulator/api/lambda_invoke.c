// lambda_invoke -- Invoke over HTTP: the same invokers as the mappings', the request parked while the function runs (1.10).
//
//     request -> checked -> parked -> (COMMIT) -> invoker -> answered
//                                                    \-> cancelled when the client hangs up
//
// The caller waits in real time, and its SDK gives up after a while: so where time stands still (the manual clock; a handler that
// invokes another) the answer leaves when the function has answered, and the virtual time that the function declares is only told, in
// the log and the metrics, and does not pass. The invocations of mappings and those of type Event are not
// awaited: what they do takes effect in the order of virtual time.
#include "emulator/api/lambda.h"

#include "emulator/asynchronous.h"
#include "emulator/loop.h"
#include "emulator/world.h"
#include "queue/base/digest.h"

#include <assert.h>
#include <stdio.h>

#define PAYLOAD_BYTES_MAX 6291456      // L-81
#define ASYNC_PAYLOAD_BYTES_MAX 262144 // of the operation that Invoke has replaced
#define CLIENT_CONTEXT_BYTES_MAX 3583

struct invoke_call {
    struct invocation invocation;
    struct loop_task task; // starts it after the COMMIT
    struct request *request;
    struct world *world;
    struct function *function;
    struct text version; // that runs; in the request's arena
    bool started;
    bool tail; // X-Amz-Log-Type: Tail
};

static void invoke_call_free(struct invoke_call *call)
{
    functions_end(call->world->functions, call->function);
    free(call);
}

// Of virtual time, also of what did not pass because the caller waits.
static int64_t lasted_ms(const struct invoke_call *call)
{
    return timeline_now_ms(call->world->timeline) - call->invocation.invoked_at_ms +
           call->invocation.ahead_ms;
}

static void answer_headers(struct invoke_call *call)
{
    struct request *request = call->request;
    reply_header(request, TEXT("Content-Type"), TEXT("application/json"));
    reply_header(request, TEXT("x-amzn-requestid"), call->invocation.request_id);
    reply_header(request, TEXT("x-amzn-remapped-content-length"), TEXT("0"));
    reply_header(request, TEXT("X-Amz-Executed-Version"), call->version);
    uint8_t root[UUID_BYTES];
    char hex[2 * UUID_BYTES];
    random_uuid(&call->world->request_random, root);
    hex_encode(root, sizeof(root), hex);
    reply_header(request, TEXT("x-amzn-trace-id"),
                 arena_print(request->arena, "Root=1-%08llx-%.24s;Parent=%.16s;Sampled=0",
                             (unsigned long long)(call->invocation.invoked_at_ms / 1000), hex,
                             hex + 16));
}

#define LOG_TAIL_BYTES_MAX 4096 // L-74

// L-87: the last 4 KB of the log, what the function wrote between the lines of Lambda.
static struct text log_tail(const struct invoke_call *call)
{
    struct arena *arena = call->request->arena;
    struct text id = call->invocation.request_id;
    struct text log =
        arena_print(arena,
                    "START RequestId: %.*s Version: %.*s\n%.*sEND RequestId: %.*s\nREPORT "
                    "RequestId: %.*s\tDuration: %.2f ms\tBilled Duration: "
                    "%lld ms\tMemory Size: %lld MB\tMax Memory Used: %lld MB\t\n",
                    TEXT_ARGUMENTS(id), TEXT_ARGUMENTS(call->version),
                    TEXT_ARGUMENTS(call->invocation.output), TEXT_ARGUMENTS(id), TEXT_ARGUMENTS(id),
                    (double)lasted_ms(call), (long long)(lasted_ms(call) < 1 ? 1 : lasted_ms(call)),
                    (long long)call->function->memory_mb, (long long)call->function->memory_mb);
    if (log.length > LOG_TAIL_BYTES_MAX)
        log = text_skip(log, log.length - LOG_TAIL_BYTES_MAX);
    return base64_encode(arena, log);
}

static void answer_payload(struct invoke_call *call, enum invocation_end end, struct text response)
{
    struct request *request = call->request;
    request->reply.status = 200; // also when the function failed (L-77)
    answer_headers(call);
    if (end != INVOCATION_RESPONDED)
        reply_header(request, TEXT("X-Amz-Function-Error"), TEXT("Unhandled")); // L-78
    if (call->tail)
        reply_header(request, TEXT("X-Amz-Log-Result"), log_tail(call));
    struct buffer *body = &request->reply.body;
    struct text id = call->invocation.request_id;
    if (response.length > 0)
        buffer_append(body, response);
    else if (end == INVOCATION_RESPONDED)
        buffer_append(body, TEXT("null")); // L-79
    else if (end == INVOCATION_TIMED_OUT)
        buffer_print(body,
                     "{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"RequestId: %.*s "
                     "Error: Task timed out after %lld.00 seconds\"}",
                     TEXT_ARGUMENTS(id), (long long)call->function->timeout_seconds);
    else if (end == INVOCATION_TOO_LARGE)
        buffer_append(body, TEXT("{\"errorMessage\":\"Response payload size exceeded maximum "
                                 "allowed payload size (6291556 bytes).\","
                                 "\"errorType\":\"Function.ResponseSizeTooLarge\"}"));
    else
        buffer_print(body,
                     "{\"errorType\":\"Runtime.ExitError\",\"errorMessage\":\"RequestId: %.*s "
                     "Error: Runtime exited without providing a reason\"}",
                     TEXT_ARGUMENTS(id));
    request_finish(request);
}

static struct lambda_call faulty(const struct invoke_call *call)
{
    return (struct lambda_call){
        .request = call->request, .world = call->world, .arena = call->request->arena};
}

static void invoke_done(struct invocation *invocation, enum invocation_end end,
                        struct text response, struct text detail)
{
    struct invoke_call *call = list_entry(invocation, struct invoke_call, invocation);
    struct lambda_call fault = faulty(call);
    function_record(call->function, end, lasted_ms(call));
    switch (end) {
    case INVOCATION_RESPONDED:
    case INVOCATION_FUNCTION_ERROR:
    case INVOCATION_TIMED_OUT:
    case INVOCATION_EXITED:
    case INVOCATION_TOO_LARGE:
        answer_payload(call, end, response);
        break;
    case INVOCATION_THROTTLED:
        lambda_fail(&fault, LAMBDA_TOO_MANY_REQUESTS, "Rate Exceeded.");
        break;
    case INVOCATION_MISSING:
        lambda_fail(&fault, LAMBDA_NOT_FOUND, "Function not found: %.*s:$LATEST",
                    TEXT_ARGUMENTS(call->function->arn));
        break;
    case INVOCATION_UNAVAILABLE:
    case INVOCATION_REFUSED:
        lambda_fail(&fault, LAMBDA_SERVICE, "redrive could not reach what runs %.*s%s%.*s",
                    TEXT_ARGUMENTS(call->function->name), detail.length > 0 ? ": " : "",
                    TEXT_ARGUMENTS(detail));
        break;
    }
    invoke_call_free(call);
}

static void invoke_start(struct loop_task *task)
{
    struct invoke_call *call = list_entry(task, struct invoke_call, task);
    call->started = true;
    call->invocation.invoked_at_ms = timeline_now_ms(call->world->timeline);
    call->function->invoker->invoke(call->function->invoker, &call->invocation);
}

static void invoke_cancel(struct request *request)
{
    struct invoke_call *call = request->operation;
    loop_task_cancel(&call->task);
    if (call->started)
        call->function->invoker->cancel(call->function->invoker, &call->invocation);
    invoke_call_free(call);
}

// A caller may bring its own (L-74).
static void choose_request_id(struct request *request)
{
    struct text given = request_header(request, TEXT("x-amzn-RequestId"));
    uint8_t uuid[UUID_BYTES];
    if (uuid_from_text(given, uuid))
        uuid_format(uuid, request->request_id);
}

// The payload of the function: {} for an empty body (L-75). False: finished.
static bool read_payload(struct lambda_call *call, struct text *ret_payload)
{
    struct text body = call->request->body;
    if (body.length > PAYLOAD_BYTES_MAX) {
        lambda_fail(call, LAMBDA_TOO_LARGE,
                    "Request must be smaller than %d bytes for the InvokeFunction operation",
                    PAYLOAD_BYTES_MAX);
        return false;
    }
    *ret_payload = TEXT("{}");
    if (body.length == 0)
        return true;
    size_t at;
    cleanup(json_tree_free) cJSON *tree = json_parse(body, &at);
    if (tree == NULL) {
        lambda_fail(call, LAMBDA_REQUEST_CONTENT,
                    "Could not parse request body into json: Could not parse payload into json: it "
                    "stops being JSON at byte %zu",
                    at);
        return false;
    }
    *ret_payload = body;
    return true;
}

// L-74; what is no base64 or would not fit into a header is not passed on.
static struct text client_context(const struct request *request)
{
    struct text context;
    struct text encoded = request_header(request, TEXT("X-Amz-Client-Context"));
    if (encoded.length == 0 || encoded.length > CLIENT_CONTEXT_BYTES_MAX ||
        !base64_decode(request->arena, encoded, &context))
        return TEXT("");
    for (size_t i = 0; i < context.length; i++) {
        if ((unsigned char)context.bytes[i] < ' ')
            return TEXT("");
    }
    return context;
}

// Whoever sends an event hears only that it was taken (L-80).
static void invoke_event(struct lambda_call *call, const struct function_reference *reference,
                         struct text payload, size_t payload_bytes_max)
{
    struct request *request = call->request;
    if (payload.length > payload_bytes_max) {
        lambda_fail(call, LAMBDA_TOO_LARGE,
                    "%zu byte payload is too large for the Event invocation type (limit %zu bytes)",
                    payload.length, payload_bytes_max);
        return;
    }
    choose_request_id(request);
    bool qualified = reference->qualifier.length > 0;
    struct text text = qualified
                           ? arena_print(call->arena, "%.*s:%.*s", TEXT_ARGUMENTS(reference->name),
                                         TEXT_ARGUMENTS(reference->qualifier))
                           : reference->name;
    if (!asynchronous_accept(call->world->asynchronous, text,
                             text_from(request->request_id, UUID_TEXT_BYTES), payload,
                             client_context(request))) {
        lambda_fail(call, LAMBDA_TOO_MANY_REQUESTS, "Rate Exceeded.");
        return;
    }
    world_changed(call->world);
    lambda_begin(call, 202);
    request_finish(request);
}

static void check_header(struct violations *violations, const struct request *request,
                         const char *header, const char *path, const char *const values[3],
                         const char *constraint)
{
    struct text value = request_header(request, text_of(header));
    bool known = value.length == 0;
    for (size_t i = 0; i < 3 && values[i] != NULL; i++)
        known = known || text_equal(value, text_of(values[i]));
    if (!known)
        violation_add(violations, value, path, constraint);
}

// L-74. True if one is none: finished.
static bool refuse_headers(struct lambda_call *call)
{
    static const char *const types[] = {"Event", "RequestResponse", "DryRun"};
    static const char *const logs[] = {"None", "Tail", NULL};
    cleanup(violations_deinit) struct violations violations = {0};
    check_header(&violations, call->request, "X-Amz-Invocation-Type", "invocationType", types,
                 "Member must satisfy enum value set: [Event, RequestResponse, DryRun]");
    check_header(&violations, call->request, "X-Amz-Log-Type", "logType", logs,
                 "Member must satisfy enum value set: [None, Tail]");
    return violations_answer(call, &violations);
}

void lambda_invoke(struct lambda_call *call)
{
    struct request *request = call->request;
    struct function_reference reference;
    struct text payload;
    if (refuse_headers(call))
        return;
    struct function *function = lambda_function(call, ":$LATEST", &reference);
    if (function == NULL || !read_payload(call, &payload))
        return;
    struct text type = request_header(request, TEXT("X-Amz-Invocation-Type"));
    if (text_equal(type, TEXT("DryRun"))) {
        lambda_begin(call, 204);
        request_finish(request);
        return;
    }
    if (text_equal(type, TEXT("Event"))) {
        invoke_event(call, &reference, payload, EVENT_PAYLOAD_BYTES_MAX);
        return;
    }
    if (functions_throttle(call->world->functions, function).length > 0)
        function_record(function, INVOCATION_THROTTLED, 0);
    if (function_is_throttled(function) || function->invoker == NULL) {
        lambda_fail(call, LAMBDA_TOO_MANY_REQUESTS, "Rate Exceeded.");
        return;
    }
    if (functions_are_throttled(call->world->functions, function)) {
        lambda_fail(call, LAMBDA_ACCOUNT_LIMIT, "Rate Exceeded.");
        return;
    }
    choose_request_id(request);
    struct invoke_call *invoke = allocate(sizeof(*invoke));
    invoke->request = request;
    invoke->world = call->world;
    invoke->function = function;
    invoke->tail = text_equal(request_header(request, TEXT("X-Amz-Log-Type")), TEXT("Tail"));
    invoke->task.run = invoke_start;
    invoke->invocation.done = invoke_done;
    invoke->invocation.awaited = true;
    invoke->invocation.function = function;
    invoke->version = arena_copy(request->arena, lambda_version(call, &reference));
    invoke->invocation.qualifier = reference.qualifier;
    invoke->invocation.payload = payload;
    invoke->invocation.client_context = client_context(request);
    invoke->invocation.request_id = text_from(request->request_id, UUID_TEXT_BYTES);
    function_begin(function);
    request_park(request, invoke_cancel, invoke);
    loop_after_commit(call->world->loop, &invoke->task);
    loop_again(call->world->loop);
}

// The old way to send an event: no type, no log, and a status for an answer.
void lambda_invoke_async(struct lambda_call *call)
{
    struct function_reference reference;
    struct text payload;
    if (lambda_function(call, ":$LATEST", &reference) != NULL && read_payload(call, &payload))
        invoke_event(call, &reference, payload, ASYNC_PAYLOAD_BYTES_MAX);
}
