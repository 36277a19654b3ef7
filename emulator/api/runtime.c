// runtime -- the Lambda Runtime API (L-209 to L-227), as a runtime in a sandbox sees it. Which sandbox asks, its door tells.
//
//     GET  /2018-06-01/runtime/invocation/next             parked until there is an invocation
//     POST /2018-06-01/runtime/invocation/{id}/response    the invocation's result, its bytes unchanged
//     POST /2018-06-01/runtime/invocation/{id}/error       a function error, its bytes unchanged
//     POST /2018-06-01/runtime/init/error                  before the first /next only
//     GET  /2018-06-01/ping
//
// All of it is quiet: it is a handler at work that keeps virtual time from moving, not its requests.
#include "emulator/api/api.h"

#include "emulator/door.h"
#include "emulator/invoke/payload.h"
#include "emulator/invoke/sandbox.h"
#include "esm/json.h"
#include "queue/base/digest.h"

#define BASE "/2018-06-01/"

// L-219.
enum runtime_error {
    RUNTIME_INVALID_REQUEST_ID,
    RUNTIME_INVALID_RESPONSE_MODE,
    RUNTIME_LATE,
    RUNTIME_TOO_LARGE,
    RUNTIME_BROKEN,
};

static const struct {
    int status;
    struct text type;
    struct text message;
} runtime_errors[] = {
    [RUNTIME_INVALID_REQUEST_ID] = {400, TEXT("InvalidRequestID"), TEXT("Invalid request ID")},
    [RUNTIME_INVALID_RESPONSE_MODE] = {400, TEXT("InvalidFunctionResponseMode"),
                                       TEXT("Invalid function response mode")},
    [RUNTIME_LATE] = {410, TEXT("InvokeTimeout"), TEXT("Invoke timeout")},
    [RUNTIME_TOO_LARGE] = {413, TEXT("RequestEntityTooLarge"),
                           TEXT("Exceeded maximum allowed payload size (6291556 bytes).")},
    [RUNTIME_BROKEN] = {500, TEXT("InternalServerError"), TEXT("Internal Server Error")},
};

static void answer_json(struct request *request, int status, struct text type, struct text message)
{
    request->reply.status = status;
    reply_header(request, TEXT("Content-Type"), TEXT("application/json"));
    struct buffer *body = &request->reply.body;
    buffer_append_byte(body, '{');
    json_append_member_string(body, TEXT("errorMessage"), message);
    json_append_member_string(body, TEXT("errorType"), type);
    buffer_append(body, TEXT("}\n"));
    request_finish(request);
}

static void refuse(struct request *request, enum runtime_error error)
{
    answer_json(request, runtime_errors[error].status, runtime_errors[error].type,
                runtime_errors[error].message);
}

static void refuse_transition(struct request *request, const struct sandbox *sandbox,
                              struct text to)
{
    struct text from = sandbox_state_name(sandbox->state);
    answer_json(request, 403, TEXT("InvalidStateTransition"),
                arena_print(request->arena,
                            "State transition from %.*s to %.*s failed for runtime. Error: State "
                            "transition is not allowed",
                            TEXT_ARGUMENTS(from), TEXT_ARGUMENTS(to)));
}

static void accept(struct request *request)
{
    request->reply.status = 202; // exactly (L-227)
    reply_header(request, TEXT("Content-Type"), TEXT("application/json"));
    buffer_append(&request->reply.body, TEXT("{\"status\":\"OK\"}\n"));
    request_finish(request);
}

// ---- the operations ----

static void next(struct request *request, struct sandbox *sandbox)
{
    // Who asks at an attached port after that is another process.
    if (sandbox->state == SANDBOX_INIT_ERROR && sandbox->process != NULL)
        refuse_transition(request, sandbox, TEXT("Ready"));
    else
        sandbox_next(sandbox, request);
}

static void init_error(struct request *request, struct sandbox *sandbox)
{
    if (sandbox->state != SANDBOX_STARTED) {
        refuse_transition(request, sandbox, TEXT("InitError"));
        return;
    }
    sandbox_init_error(sandbox, request->body);
    accept(request);
}

// Whether what is said about this invocation is about the one that runs; else the request is finished (L-212, L-213, L-219).
static bool concerns_current(struct request *request, const struct sandbox *sandbox, struct text id,
                             struct text to)
{
    struct text attempt = request_header(request, TEXT("Lambda-Runtime-Invocation-Id"));
    struct text current = text_from(sandbox->invocation_id, sizeof(sandbox->invocation_id));
    bool known = sandbox->request_id.length > 0 && text_equal(id, sandbox->request_id);
    bool other_attempt =
        attempt.length > 0 && sandbox->request_id.length > 0 && !text_equal(attempt, current);
    if (other_attempt || (known && sandbox->late))
        refuse(request, RUNTIME_LATE);
    else if (!known)
        refuse(request, RUNTIME_INVALID_REQUEST_ID);
    else if (sandbox->state != SANDBOX_RUNNING)
        refuse_transition(request, sandbox, to);
    else
        return true;
    return false;
}

// A stream that broke off says so in its trailers (L-225).
static bool broke_off(struct request *request, struct text *ret_payload)
{
    struct text type = request_header(request, TEXT("Lambda-Runtime-Function-Error-Type"));
    if (type.length == 0)
        return false;
    struct text encoded = request_header(request, TEXT("Lambda-Runtime-Function-Error-Body"));
    if (encoded.length > 0 && base64_decode(request->arena, encoded, ret_payload))
        return true;
    cleanup(buffer_deinit) struct buffer payload = {0};
    payload_append_error(&payload, type, TEXT(""));
    *ret_payload = arena_copy(request->arena, buffer_text(&payload));
    return true;
}

static void response(struct request *request, struct sandbox *sandbox, struct text id)
{
    if (!concerns_current(request, sandbox, id, TEXT("InvocationResponse")))
        return;
    struct text mode = request_header(request, TEXT("Lambda-Runtime-Function-Response-Mode"));
    if (mode.length > 0 && !text_equal_ignoring_case(mode, TEXT("streaming"))) {
        refuse(request, RUNTIME_INVALID_RESPONSE_MODE);
        return;
    }
    if (request->body_too_large) {
        cleanup(buffer_deinit) struct buffer payload = {0};
        payload_append_too_large(&payload);
        sandbox_answer(sandbox, INVOCATION_TOO_LARGE, buffer_text(&payload));
        refuse(request, RUNTIME_TOO_LARGE);
        return;
    }
    struct text payload = request->body;
    bool broken = broke_off(request, &payload);
    sandbox_answer(sandbox, broken ? INVOCATION_FUNCTION_ERROR : INVOCATION_RESPONDED, payload);
    accept(request);
}

static void error(struct request *request, struct sandbox *sandbox, struct text id)
{
    if (!concerns_current(request, sandbox, id, TEXT("InvocationErrorResponse")))
        return;
    if (request->body_too_large) {
        cleanup(buffer_deinit) struct buffer payload = {0};
        payload_append_too_large(&payload);
        sandbox_answer(sandbox, INVOCATION_TOO_LARGE, buffer_text(&payload));
        refuse(request, RUNTIME_TOO_LARGE);
        return;
    }
    sandbox_answer(sandbox, INVOCATION_FUNCTION_ERROR, request->body); // unchanged (L-215)
    accept(request);
}

// ---- paths ----

static bool path_is(struct request *request, const char *method, const char *path)
{
    return text_equal(request->method, text_of(method)) && text_equal(request->path, text_of(path));
}

// "{id}/response" of a POST: true, and the id.
static bool invocation_path(const struct request *request, struct text verb, struct text *ret_id)
{
    struct text front = TEXT(BASE "runtime/invocation/"), id, rest;
    return text_equal(request->method, TEXT("POST")) && text_starts_with(request->path, front) &&
           text_cut(text_skip(request->path, front.length), '/', &id, &rest) &&
           text_equal(rest, verb) && (*ret_id = id, true);
}

void api_runtime(struct request *request)
{
    struct sandbox *sandbox = request->door->owner;
    struct text id;
    request->quiet = true;
    if (sandbox == NULL || sandbox->given_up) {
        refuse(request, RUNTIME_BROKEN); // of a process that was ended
    } else if (path_is(request, "GET", BASE "runtime/invocation/next")) {
        next(request, sandbox);
    } else if (path_is(request, "POST", BASE "runtime/init/error")) {
        init_error(request, sandbox);
    } else if (invocation_path(request, TEXT("response"), &id)) {
        response(request, sandbox, id);
    } else if (invocation_path(request, TEXT("error"), &id)) {
        error(request, sandbox, id);
    } else if (path_is(request, "GET", BASE "ping")) {
        request->reply.status = 200;
        buffer_append(&request->reply.body, TEXT("pong"));
        request_finish(request);
    } else {
        api_answer_error(request, 404, TEXT("the Runtime API has nothing at this path"));
    }
}
