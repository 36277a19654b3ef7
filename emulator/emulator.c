// emulator -- the public face: a world, its loop, and the ways in that need no socket.
//
// A request without a socket goes the whole way of one with a socket: into the loop's list, through
// the router, and its answer comes after a COMMIT. Nothing here knows what a request says.
// Functions of the engine are not offered on purpose: what cli/ and the tests of cli/ do to a
// world, a user can do too.
#include "emulator/emulator.h"

#include "emulator/child.h"
#include "emulator/clock.h"
#include "emulator/log.h"
#include "emulator/loop.h"
#include "emulator/metrics.h"
#include "emulator/request.h"
#include "emulator/server.h"
#include "emulator/trace.h"
#include "emulator/world.h"

#include <limits.h>

struct emulator {
    struct world world;
    struct text endpoint; // in the options' arena
    struct list_node children;
    struct list_node calls;
};

// A request that came without a socket.
struct call {
    struct request request;
    struct emulator *emulator;
    struct loop_task task; // gives the answer after COMMIT
    struct list_node link;
    void (*done)(void *context, int status, struct text headers, struct text body);
    void *context;
};

// ---- opening and closing ----

struct emulator *emulator_new(const struct options *options, struct text *ret_reason,
                              int *ret_status)
{
    struct emulator *emulator = allocate(sizeof(*emulator));
    list_init(&emulator->children);
    list_init(&emulator->calls);
    if (!world_open(&emulator->world, options, ret_reason, ret_status))
        return emulator_free(emulator);
    emulator->endpoint = world_endpoint(&emulator->world, options->arena);
    char now[24];
    instant_format(emulator_now_ms(emulator), now);
    log_line("start endpoint=%.*s clock=%.*s now=%.24s database=%s",
             TEXT_ARGUMENTS(emulator->endpoint), TEXT_ARGUMENTS(clock_mode_text(options->clock)),
             now, options->database != NULL ? options->database : "memory");
    return emulator;
}

static void call_free(struct call *call)
{
    loop_task_cancel(&call->task);
    list_remove(&call->request.link);
    list_remove(&call->link);
    arena_free(call->request.arena);
    buffer_deinit(&call->request.reply.body);
    free(call);
}

struct emulator *emulator_free(struct emulator *emulator)
{
    if (emulator == NULL)
        return NULL;
    children_end(&emulator->children);
    list_for_each (node, &emulator->calls) {
        struct call *call = list_entry(node, struct call, link);
        if (call->request.cancel != NULL)
            call->request.cancel(&call->request);
        call_free(call);
    }
    world_close(&emulator->world);
    free(emulator);
    return NULL;
}

// ---- running ----

int emulator_run(struct emulator *emulator)
{
    int status = loop_run(emulator->world.loop);
    log_line("stop status=%d", status);
    return status;
}

void emulator_stop(struct emulator *emulator, int status)
{
    loop_stop(emulator->world.loop, status);
}

bool emulator_run_until(struct emulator *emulator, const bool *flag, int64_t real_ms)
{
    int64_t end_us = clock_real_us() + real_ms * 1000;
    while (!*flag) {
        int64_t left_us = end_us - clock_real_us();
        if (left_us <= 0)
            break;
        loop_turn(emulator->world.loop, (left_us + 999) / 1000);
    }
    return *flag;
}

struct text emulator_endpoint(const struct emulator *emulator)
{
    return emulator->endpoint;
}

int64_t emulator_port(const struct emulator *emulator)
{
    return emulator->world.server != NULL ? server_port(emulator->world.server) : 0;
}

int64_t emulator_now_ms(const struct emulator *emulator)
{
    return timeline_now_ms(emulator->world.timeline);
}

// ---- requests without a socket ----

static void call_answer(struct loop_task *task)
{
    struct call *call = list_entry(task, struct call, task);
    struct reply *reply = &call->request.reply;
    cleanup(buffer_deinit) struct buffer headers = {0};
    for (size_t index = 0; index < reply->header_count; index++)
        buffer_print(&headers, "%.*s: %.*s\r\n", TEXT_ARGUMENTS(reply->headers[index].name),
                     TEXT_ARGUMENTS(reply->headers[index].value));
    call->done(call->context, reply->status, buffer_text(&headers), buffer_text(&reply->body));
    call_free(call);
}

static void call_finished(struct request *request)
{
    struct call *call = request->connection;
    loop_after_commit(request->world->loop, &call->task);
}

void emulator_request(struct emulator *emulator, struct text bytes,
                      void (*done)(void *context, int status, struct text headers,
                                   struct text body),
                      void *context)
{
    struct call *call = allocate(sizeof(*call));
    call->emulator = emulator;
    call->done = done;
    call->context = context;
    call->task.run = call_answer;
    call->request.world = &emulator->world;
    call->request.arena = arena_new();
    call->request.finished = call_finished;
    call->request.connection = call;
    call->request.inside = true;
    list_append(&emulator->calls, &call->link);
    if (request_parse(&call->request, arena_copy(call->request.arena, bytes))) {
        loop_act(emulator->world.loop, &call->request);
        return;
    }
    call->request.reply.status = 400;
    buffer_append(&call->request.reply.body, TEXT("{\"message\":\"this is no HTTP request\"}"));
    request_finish(&call->request);
}

struct outcome_of_call {
    bool done;
    int status;
    struct buffer *body;
};

static void call_done(void *context, int status, struct text headers, struct text body)
{
    (void)headers;
    struct outcome_of_call *outcome = context;
    outcome->done = true;
    outcome->status = status;
    buffer_append(outcome->body, body);
}

int emulator_call(struct emulator *emulator, struct text bytes, struct buffer *body)
{
    struct outcome_of_call outcome = {.body = body};
    emulator_request(emulator, bytes, call_done, &outcome);
    while (!outcome.done)
        loop_turn(emulator->world.loop, -1);
    return outcome.status;
}

// ---- the clock ----

struct order {
    struct clock_command command;
    struct arena *arena; // of the options
    bool done;
    enum clock_stop stop;
    struct text reason;
};

static void order_done(struct clock_command *command, enum clock_stop stop, struct text reason)
{
    struct order *order = list_entry(command, struct order, command);
    order->done = true;
    order->stop = stop;
    order->reason = arena_copy(order->arena, reason);
}

static bool order_run(struct emulator *emulator, struct order *order, struct text *ret_reason)
{
    order->command.done = order_done;
    order->arena = emulator->world.options->arena;
    clock_command(emulator->world.clock, &order->command);
    while (!order->done)
        loop_turn(emulator->world.loop, -1);
    *ret_reason = order->reason;
    return order->stop == CLOCK_ARRIVED;
}

bool emulator_advance(struct emulator *emulator, int64_t advance_ms, struct text *ret_reason)
{
    struct order order = {.command = {.advance_ms = advance_ms}};
    return order_run(emulator, &order, ret_reason);
}

bool emulator_run_until_idle(struct emulator *emulator, int64_t limit_ms, struct text *ret_reason)
{
    struct order order = {.command = {.until_idle = true, .advance_ms = limit_ms}};
    return order_run(emulator, &order, ret_reason);
}

// ---- the trace ----

struct walk {
    void (*look)(void *context, const struct emulator_point *point);
    void *context;
};

static bool walk_point(void *context, uint64_t number, const struct trace_point *point)
{
    const struct walk *walk = context;
    walk->look(walk->context, &(struct emulator_point){
                                  .number = number,
                                  .at_ms = point->at_ms,
                                  .kind = trace_kind_text(point->kind),
                                  .queue = point->queue,
                                  .message = point->message,
                                  .actor = point->actor,
                                  .request = point->request,
                                  .reason = point->reason,
                              });
    return true;
}

bool emulator_walk_trace(const struct emulator *emulator, uint64_t first,
                         void (*look)(void *context, const struct emulator_point *point),
                         void *context)
{
    const struct trace *trace = emulator->world.trace;
    if (trace_overwritten(trace) > first)
        return false;
    struct walk walk = {.look = look, .context = context};
    trace_walk(trace, NULL, (struct text){0}, first, walk_point, &walk);
    return true;
}

// ---- children ----

struct child *emulator_start_child(struct emulator *emulator, char *const arguments[],
                                   char *const environment[],
                                   void (*exited)(void *context, int wait_status),
                                   void (*out)(void *context, struct text bytes), void *context,
                                   struct text *ret_reason)
{
    return child_start(emulator->world.loop, &emulator->children, arguments, environment, exited,
                       out, context, emulator->world.options->arena, ret_reason);
}

void emulator_stop_child(struct emulator *emulator, struct child *child)
{
    (void)emulator;
    child_stop(child);
}

static void forward_signal(void *context, int number, bool from_terminal)
{
    if (!from_terminal)
        child_signal(context, number);
}

void emulator_forward_signals(struct emulator *emulator, struct child *child)
{
    loop_take_signals(emulator->world.loop, child != NULL ? forward_signal : NULL, child);
}

void emulator_await_handlers(struct emulator *emulator)
{
    loop_turn(emulator->world.loop, 0);
    while (world_running(&emulator->world) > 0)
        loop_turn(emulator->world.loop, -1);
}

bool emulator_metric(size_t at, struct text *ret_list, struct text *ret_name)
{
    return metrics_name(at, ret_list, ret_name);
}

void emulator_break_outcome(struct emulator *emulator)
{
    esm_break_outcome(emulator->world.esm);
}

bool emulator_fault_is_valid(struct text spec, struct buffer *ret_reason)
{
    struct mishap_plan plan;
    return mishap_parse(spec, &plan, ret_reason);
}

bool emulator_set_fault(struct emulator *emulator, struct text spec, struct buffer *ret_reason)
{
    return world_set_fault(&emulator->world, spec, false, ret_reason);
}

void emulator_clear_faults(struct emulator *emulator)
{
    mishaps_clear(esm_mishaps(emulator->world.esm), (struct text){0});
}
