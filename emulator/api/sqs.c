// sqs -- from a request's bytes to a handler and back.
//
//     protocol    JSON if there is an X-Amz-Target, else Query
//     signature   if --credentials asks for one: before everything else (S-43)
//     action      unknown: S-11, S-20 to S-22
//     decode      wire/json_in or wire/query_in, by the operation's rows: S-12, S-13
//     queue       of the QueueUrl, or of the request's path: S-33 to S-36
//     required    members that are not there: S-46
//     handle      the operation's own function: an output, or a fault
//     answer      wire/answer or wire/fault
//
// The order is AWS's as far as it is known: the queue is looked up before anything else of the
// request is found wrong (S-44). A handler that parks its request answers later, by sqs_answer().
#include "emulator/api/sqs.h"

#include "emulator/api/api.h"
#include "emulator/api/sqs_hint.h"
#include "emulator/auth.h"
#include "emulator/wire/answer.h"
#include "emulator/wire/form.h"
#include "emulator/wire/json_in.h"
#include "emulator/wire/query_in.h"
#include "emulator/world.h"
#include "queue/base/utf8.h"

#define TARGET_PREFIX "AmazonSQS."
#define ID_BYTES_MAX 128

static const struct sqs_operation *find_operation(struct text action)
{
    for (size_t i = 0; i < sqs_operation_count; i++) {
        if (text_equal(sqs_operations[i].action, action))
            return &sqs_operations[i];
    }
    return NULL;
}

int64_t sqs_now_ms(const struct sqs_call *call)
{
    return timeline_now_ms(call->world->timeline);
}

struct queue_key sqs_queue_key(const struct sqs_call *call, struct text account, struct text name)
{
    return (struct queue_key){
        .account = account.length > 0 ? account : api_account(call->request),
        .region = api_region(call->request),
        .name = name,
    };
}

struct text sqs_queue_url(const struct sqs_call *call, const struct queue_key *key)
{
    struct text host = request_header(call->request, TEXT("Host"));
    if (host.length == 0)
        host = TEXT("localhost");
    return arena_print(call->arena, "http://%.*s/%.*s/%.*s", TEXT_ARGUMENTS(host),
                       TEXT_ARGUMENTS(key->account), TEXT_ARGUMENTS(key->name));
}

// The last segment of a path, which it loses together with the slash before it.
static struct text take_last_segment(struct text *path)
{
    size_t start = path->length;
    while (start > 0 && path->bytes[start - 1] != '/')
        start--;
    struct text segment = text_skip(*path, start);
    *path = text_head(*path, start > 0 ? start - 1 : 0);
    return segment;
}

static struct text without_trailing_slashes(struct text path)
{
    while (path.length > 0 && path.bytes[path.length - 1] == '/')
        path.length--;
    return path;
}

bool sqs_resolve_url(const struct sqs_call *call, struct text url, struct queue_key *ret_key)
{
    size_t scheme_end;
    bool absolute = text_find(url, TEXT("://"), &scheme_end);
    struct text path = absolute ? text_skip(url, scheme_end + 3) : url;
    path = without_trailing_slashes(path);
    struct text host_and_account = path;
    struct text name = take_last_segment(&host_and_account);
    bool bare = host_and_account.length == 0;
    if (name.length == 0 || (absolute && bare))
        return false;
    *ret_key = sqs_queue_key(call, take_last_segment(&host_and_account), name);
    return true;
}

struct text sqs_sequence_text(struct arena *arena, uint64_t sequence)
{
    return arena_print(arena, "188%017llu", (unsigned long long)sequence);
}

// Letters, digits and ASCII punctuation, no blank (S-56).
static bool is_id_text(struct text id)
{
    for (size_t i = 0; i < id.length; i++) {
        if (id.bytes[i] <= ' ' || id.bytes[i] > '~')
            return false;
    }
    return id.length > 0 && id.length <= ID_BYTES_MAX;
}

struct fault sqs_check_id(struct arena *arena, const char *parameter, struct text id)
{
    if (id.bytes == NULL || is_id_text(id))
        return FAULT_NO;
    return fault_print(arena, FAULT_PARAMETER_VALUE,
                       "Value %.*s for parameter %s is invalid. Reason: %s can only include "
                       "alphanumeric and punctuation characters. 1 to 128 in length.",
                       TEXT_ARGUMENTS(id), parameter, parameter);
}

// The queue that the operation's QueueUrl means; the input begins with it.
static struct fault find_queue(struct sqs_call *call, struct text queue_url)
{
    struct queue_key key;
    if (!sqs_resolve_url(call, queue_url, &key))
        return fault_of(FAULT_QUEUE_DOES_NOT_EXIST);
    call->queue = engine_find_queue(call->world->engine, &key);
    return call->queue == NULL ? sqs_no_queue(call, &key) : FAULT_NO;
}

static struct fault check_required(const struct sqs_call *call)
{
    const struct wire_shape *shape = call->operation->input;
    for (size_t i = 0; i < shape->count; i++) {
        const struct wire_member *member = &shape->members[i];
        if (!member->required || member_is_given(call->input, member))
            continue;
        struct text name = call->protocol == WIRE_JSON ? member->json : member->query;
        return fault_print(call->arena, FAULT_PARAMETER_MISSING,
                           "The request must contain the parameter %.*s.", TEXT_ARGUMENTS(name));
    }
    return FAULT_NO;
}

void sqs_answer(struct sqs_call *call, const struct fault *fault)
{
    if (fault->kind != FAULT_NONE)
        fault_answer(call->request, call->protocol, fault);
    else
        answer_output(call->request, call->protocol, call->operation->action,
                      call->operation->output, call->output);
}

// Everything after decoding. queue_url: where it is not the input's first member, a path.
static void act(struct sqs_call *call)
{
    const struct sqs_operation *operation = call->operation;
    struct fault fault = FAULT_NO;
    if (operation->flags & SQS_TAKES_QUEUE)
        fault = find_queue(call, *(const struct text *)call->input);
    if (fault.kind == FAULT_NONE)
        fault = check_required(call);
    if (operation->output != NULL)
        call->output = arena_allocate(call->arena, operation->output->size);
    if (fault.kind == FAULT_NONE)
        fault = operation->handle(call);
    if (call->request->parked)
        return;
    if (fault.kind == FAULT_NONE && (operation->flags & SQS_CHANGES))
        world_changed(call->world);
    call->request->quiet = (operation->flags & SQS_PURE_READ) != 0;
    sqs_answer(call, &fault);
}

static struct sqs_call *call_new(struct request *request, enum wire_protocol protocol)
{
    struct sqs_call *call = arena_allocate(request->arena, sizeof(*call));
    call->request = request;
    call->world = request->world;
    call->arena = request->arena;
    call->protocol = protocol;
    return call;
}

static struct fault unknown_action(const struct sqs_call *call, struct text action)
{
    if (!utf8_is_sqs_text(action)) // a header may hold any bytes
        action = TEXT("");
    return fault_print(call->arena, FAULT_UNKNOWN_OPERATION,
                       "The action %.*s is not valid for this endpoint.", TEXT_ARGUMENTS(action));
}

static void act_json(struct request *request, struct text target)
{
    struct sqs_call *call = call_new(request, WIRE_JSON);
    struct text action = text_starts_with(target, TEXT(TARGET_PREFIX))
                             ? text_skip(target, sizeof(TARGET_PREFIX) - 1)
                             : target;
    call->operation = find_operation(action);
    struct fault fault = FAULT_NO;
    if (call->operation == NULL) {
        fault = unknown_action(call, action);
    } else {
        void *input = arena_allocate(call->arena, call->operation->input->size);
        call->input = input;
        fault = json_in(call->arena, request->body, call->operation->input, input);
    }
    if (fault.kind != FAULT_NONE)
        sqs_answer(call, &fault);
    else
        act(call);
}

// No Action at all: not an error of SQS, but of the front before it, and XML whatever is accepted
// (S-20).
static void answer_no_action(struct request *request)
{
    request->reply.status = 404;
    reply_header(request, TEXT("Content-Type"), TEXT("text/xml"));
    reply_header(request, TEXT("x-amzn-RequestId"),
                 text_from(request->request_id, sizeof(request->request_id)));
    buffer_append(&request->reply.body, TEXT("<UnknownOperationException/>\n"));
    request_finish(request);
}

static void act_query(struct request *request)
{
    struct sqs_call *call = call_new(request, WIRE_QUERY);
    struct form form;
    struct text path;
    if (!form_parse(call->arena, request->body, request->query, &form) ||
        !percent_decode(call->arena, request->path, false, &path)) {
        struct fault malformed =
            fault_with(FAULT_SERIALIZATION, TEXT("The request's parameters are malformed."));
        sqs_answer(call, &malformed);
        return;
    }
    struct text action = form_find(&form, TEXT("Action"));
    if (action.length == 0) {
        answer_no_action(request);
        return;
    }
    bool at_queue = without_trailing_slashes(path).length > 0;
    call->operation = find_operation(action);
    bool refused =
        call->operation == NULL || (at_queue && (call->operation->flags & SQS_ROOT_ONLY) != 0);
    struct fault fault = FAULT_NO;
    if (refused) {
        fault = unknown_action(call, action);
    } else {
        void *input = arena_allocate(call->arena, call->operation->input->size);
        call->input = input;
        fault = query_in(call->arena, &form, call->operation->input, input);
        struct text *queue_url = input;
        if ((call->operation->flags & SQS_TAKES_QUEUE) && queue_url->length == 0 && at_queue)
            *queue_url = path; // S-19
    }
    if (fault.kind != FAULT_NONE)
        sqs_answer(call, &fault);
    else
        act(call);
}

void api_sqs(struct request *request)
{
    struct text target = request_header(request, TEXT("X-Amz-Target"));
    struct text type = request_header(request, TEXT("Content-Type"));
    bool is_json = target.length > 0 || text_starts_with(type, TEXT("application/x-amz-json-1"));
    struct fault fault = auth_check(request, TEXT("sqs"), clock_wall_ms());
    if (fault.kind != FAULT_NONE) {
        request->quiet = true;
        fault_answer(request, is_json ? WIRE_JSON : WIRE_QUERY, &fault);
    } else if (is_json) {
        act_json(request, target);
    } else {
        act_query(request);
    }
}
