// sandbox -- the states of one runtime, and what each costs it when it takes too long or dies.
//
// Everything here happens in real time, because the process lives in it: virtual time stands still meanwhile. An answer completes
// the invocation when it has come, not when the runtime asks for the next one (L-222): nobody waits for background work.
//
// A runtime that has answered is expected back within moments, so nobody starts another process in its
// place; if it stays away longer, because it works on or exits, it is not counted on any more.
#include "emulator/invoke/sandbox.h"

#include "emulator/clock.h"
#include "emulator/door.h"
#include "emulator/emf.h"
#include "emulator/invoke/payload.h"
#include "emulator/invoke/sandbox_process.h"
#include "emulator/log.h"
#include "emulator/request.h"
#include "emulator/server.h"
#include "emulator/world.h"
#include "esm/function.h"
#include "queue/base/digest.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define PATIENCE_MS 50

static struct world *world_of(const struct sandbox *sandbox)
{
    return sandbox->program->invoker->world;
}

static double milliseconds(int64_t us)
{
    return (double)us / 1000;
}

struct text sandbox_state_name(enum sandbox_state state)
{
    switch (state) {
    case SANDBOX_STARTED:
        return TEXT("Started");
    case SANDBOX_INIT_ERROR:
        return TEXT("InitError");
    case SANDBOX_READY:
        return TEXT("Ready");
    case SANDBOX_RUNNING:
        return TEXT("Running");
    case SANDBOX_RESPONSE_SENT:
        return TEXT("RuntimeResponseSentState");
    }
    return TEXT("");
}

// ---- what the log says (L-87, L-240) ----

// L-273; what cannot be counted is told once a line.
static void read_metrics(const struct sandbox *sandbox, struct text line)
{
    struct text reason = {0};
    struct world *world = world_of(sandbox);
    switch (emf_read(world->emf, line, &reason)) {
    case EMF_ORDINARY:
    case EMF_TAKEN:
        return;
    case EMF_MALFORMED:
        break;
    case EMF_FULL:
        reason = TEXT("there are too many series, and what is new is not counted");
        break;
    }
    log_line("ignore-metrics function=%.*s request=%.*s reason=\"%.*s\"",
             TEXT_ARGUMENTS(sandbox->program->function->name), TEXT_ARGUMENTS(sandbox->request_id),
             TEXT_ARGUMENTS(reason));
}

static void log_output(void *context, struct text line)
{
    struct sandbox *sandbox = context;
    read_metrics(sandbox, line);
    line = text_head(line, SANDBOX_LINE_BYTES_MAX);
    // Before it is ready it tells why it will never be.
    if (sandbox->invocation != NULL || sandbox->state == SANDBOX_STARTED ||
        sandbox->state == SANDBOX_INIT_ERROR)
        output_add(&sandbox->output, line);
    log_line("log function=%.*s request=%.*s text=%.*s",
             TEXT_ARGUMENTS(sandbox->program->function->name), TEXT_ARGUMENTS(sandbox->request_id),
             TEXT_ARGUMENTS(line));
}

static void log_start(const struct sandbox *sandbox)
{
    log_line("log function=%.*s text=START RequestId: %.*s Version: $LATEST",
             TEXT_ARGUMENTS(sandbox->program->function->name), TEXT_ARGUMENTS(sandbox->request_id));
}

static void log_report(struct sandbox *sandbox)
{
    const struct function *function = sandbox->program->function;
    struct text id = sandbox->request_id;
    int64_t lasted_us = clock_real_us() - sandbox->handed_at_us;
    int64_t billed_us = lasted_us + sandbox->init_us;
    int64_t peak_mb = sandbox->process != NULL ? sandbox_process_peak_mb(sandbox->process) : 0;
    char init[64] = "";
    if (sandbox->init_us > 0)
        snprintf(init, sizeof(init), "Init Duration: %.2f ms\t", milliseconds(sandbox->init_us));
    sandbox->init_us = 0;
    log_line("log function=%.*s text=END RequestId: %.*s", TEXT_ARGUMENTS(function->name),
             TEXT_ARGUMENTS(id));
    log_line("log function=%.*s text=REPORT RequestId: %.*s\tDuration: %.2f ms\tBilled Duration: "
             "%" PRId64 " ms\tMemory Size: %" PRId64 " MB\tMax Memory Used: %" PRId64 " MB\t%s",
             TEXT_ARGUMENTS(function->name), TEXT_ARGUMENTS(id), milliseconds(lasted_us),
             (billed_us + 999) / 1000, function->memory_mb, peak_mb, init);
}

static void log_init_report(const struct sandbox *sandbox, const char *status)
{
    log_line("log function=%.*s text=INIT_REPORT Init Duration: %.2f ms\tPhase: %s\tStatus: %s",
             TEXT_ARGUMENTS(sandbox->program->function->name),
             milliseconds(clock_real_us() - sandbox->started_at_us),
             sandbox->again ? "invoke" : "init", status);
}

// ---- states ----

static void set_coming(struct sandbox *sandbox, bool coming)
{
    if (sandbox->coming == coming)
        return;
    sandbox->coming = coming;
    sandbox->program->coming += coming ? 1 : (size_t)-1;
}

static void enter(struct sandbox *sandbox, enum sandbox_state state)
{
    if (sandbox->state == SANDBOX_STARTED && state != SANDBOX_STARTED && sandbox->process != NULL)
        sandbox->program->invoker->starting--;
    sandbox->state = state;
}

static void place(struct sandbox *sandbox, bool idle)
{
    struct world *world = world_of(sandbox);
    list_remove(&sandbox->link);
    loop_timer_cancel(world->loop, &sandbox->keep_alive);
    if (idle && sandbox->process != NULL)
        loop_timer_set(world->loop, &sandbox->keep_alive, world->options->keep_alive_ms);
    if (idle)
        list_prepend(&sandbox->program->idle, &sandbox->link);
    else
        list_append(&sandbox->program->others, &sandbox->link);
}

// The invocation is over for this sandbox; its id stays, for who asks about it again.
static struct invocation *let_go(struct sandbox *sandbox)
{
    struct invocation *invocation = sandbox->invocation;
    struct run *run = invocation->work;
    loop_timer_cancel(world_of(sandbox)->loop, &sandbox->limit);
    // What it wrote before it answered may still stand in the pipe.
    if (sandbox->process != NULL)
        sandbox_process_read(sandbox->process);
    output_append(&sandbox->output, &run->output);
    sandbox->invocation = NULL;
    run->sandbox = NULL;
    log_report(sandbox);
    return invocation;
}

static void time_out(struct sandbox *sandbox)
{
    struct invocation *invocation = let_go(sandbox);
    cleanup(buffer_deinit) struct buffer payload = {0};
    payload_append_timeout(&payload, invocation);
    log_line("log function=%.*s request=%.*s text=Task timed out after %" PRId64 ".00 seconds",
             TEXT_ARGUMENTS(sandbox->program->function->name), TEXT_ARGUMENTS(sandbox->request_id),
             sandbox->program->function->timeout_seconds);
    sandbox->late = true;
    enter(sandbox, SANDBOX_RESPONSE_SENT);
    if (sandbox->process != NULL)
        sandbox_give_up(sandbox);
    run_end(invocation, INVOCATION_TIMED_OUT, buffer_text(&payload), "%s", "");
}

static void limit_passed(struct loop_timer *timer)
{
    struct sandbox *sandbox = list_entry(timer, struct sandbox, limit);
    if (sandbox->state == SANDBOX_RUNNING) {
        time_out(sandbox);
        return;
    }
    sandbox->init_timed_out = true;
    sandbox_process_kill(sandbox->process);
}

// Lambda ends an environment that nobody used for a while.
static void idle_too_long(struct loop_timer *timer)
{
    sandbox_give_up(list_entry(timer, struct sandbox, keep_alive));
}

static void patience_over(struct loop_timer *timer)
{
    struct sandbox *sandbox = list_entry(timer, struct sandbox, patience);
    set_coming(sandbox, false);
    program_dispatch(sandbox->program);
}

// ---- the beginning and the end of a process ----

// A GET /next that nobody answers any more.
static void dismiss(struct request *request)
{
    request->reply.status = 500;
    reply_header(request, TEXT("Content-Type"), TEXT("application/json"));
    buffer_append(&request->reply.body, TEXT("{\"errorMessage\":\"Internal Server Error\","
                                             "\"errorType\":\"InternalServerError\"}\n"));
    request_finish(request);
}

static struct text how_it_ended(int wait_status, char *bytes, size_t size)
{
    int length;
    if (WIFSIGNALED(wait_status)) {
        int signal = WTERMSIG(wait_status);
        const char *name = signal == SIGKILL   ? "killed"
                           : signal == SIGTERM ? "terminated"
                           : signal == SIGSEGV ? "segmentation fault"
                           : signal == SIGABRT ? "aborted"
                                               : strsignal(signal);
        length = snprintf(bytes, size, "exited with error: signal: %s", name);
    } else if (WEXITSTATUS(wait_status) != 0) {
        length =
            snprintf(bytes, size, "exited with error: exit status %d", WEXITSTATUS(wait_status));
    } else {
        length = snprintf(bytes, size, "exited without providing a reason");
    }
    return text_from(bytes, (size_t)length);
}

static void end_running(struct sandbox *sandbox, struct text how)
{
    struct invocation *invocation = let_go(sandbox);
    cleanup(buffer_deinit) struct buffer payload = {0};
    payload_append_exit(&payload, invocation, how);
    run_end(invocation, INVOCATION_EXITED, buffer_text(&payload), "the runtime %.*s",
            TEXT_ARGUMENTS(how));
}

static void process_exited(void *context, int wait_status)
{
    struct sandbox *sandbox = context;
    struct program *program = sandbox->program;
    char bytes[128];
    struct text how = how_it_ended(wait_status, bytes, sizeof(bytes));
    bool unborn = !sandbox->given_up &&
                  (sandbox->state == SANDBOX_STARTED || sandbox->state == SANDBOX_INIT_ERROR);
    bool timed_out = sandbox->init_timed_out && sandbox->again;
    cleanup(buffer_deinit) struct buffer init_error = sandbox->init_error;
    sandbox->init_error = (struct buffer){0};
    cleanup(buffer_deinit) struct buffer output = {0};
    if (unborn)
        output_append(&sandbox->output, &output);
    if (sandbox->invocation != NULL)
        end_running(sandbox, how);
    if (unborn)
        log_init_report(sandbox, sandbox->init_timed_out ? "timeout" : "error");
    if (!sandbox->given_up)
        log_line("exit function=%.*s runtime=\"%.*s\"", TEXT_ARGUMENTS(program->function->name),
                 TEXT_ARGUMENTS(how));
    sandbox->process = NULL;
    if (sandbox->state == SANDBOX_STARTED)
        program->invoker->starting--;
    if (sandbox->next != NULL)
        dismiss(take(&sandbox->next)); // somebody who left the process's group
    struct runtime_invoker *invoker = program->invoker;
    sandbox_free(sandbox);
    if (unborn)
        program_init_failed(program, buffer_text(&init_error), buffer_text(&output), how,
                            timed_out);
    runtime_dispatch(invoker);
}

static struct sandbox *sandbox_new(struct program *program, int64_t port, int *ret_error)
{
    struct runtime_invoker *invoker = program->invoker;
    struct world *world = invoker->world;
    if (world->doors == NULL)
        world->doors = server_new_for_doors(world);
    struct sandbox *sandbox = allocate(sizeof(*sandbox));
    sandbox->door = door_open(world->doors, world->loop, port, sandbox, ret_error);
    if (sandbox->door == NULL) {
        free(sandbox);
        return NULL;
    }
    sandbox->program = program;
    sandbox->limit.fire = limit_passed;
    sandbox->patience.fire = patience_over;
    sandbox->keep_alive.fire = idle_too_long;
    sandbox->started_at_us = clock_real_us();
    list_append(&program->others, &sandbox->link);
    invoker->sandbox_count++;
    return sandbox;
}

bool sandbox_start(struct program *program, bool again, int *ret_error)
{
    struct runtime_invoker *invoker = program->invoker;
    struct world *world = invoker->world;
    struct sandbox *sandbox = sandbox_new(program, 0, ret_error);
    if (sandbox == NULL)
        return false;
    cleanup(arena_free) struct arena *arena = arena_new();
    sandbox->process = sandbox_process_start(
        &(struct sandbox_start){
            .loop = world->loop,
            .program = program->path,
            .arguments = program->arguments,
            .environment =
                sandbox_environment(arena, world, program->function, sandbox->door->port,
                                    program->handler, program->variables, &invoker->random),
            .line = log_output,
            .exited = process_exited,
            .context = sandbox,
        },
        ret_error);
    if (sandbox->process == NULL) {
        sandbox_free(sandbox);
        return false;
    }
    sandbox->again = again;
    invoker->starting++;
    set_coming(sandbox, true);
    loop_timer_set(world->loop, &sandbox->limit,
                   again ? program->function->timeout_seconds * 1000 : program->init_ms_max);
    return true;
}

bool sandbox_attach(struct program *program, int64_t port, int *ret_error)
{
    return sandbox_new(program, port, ret_error) != NULL;
}

void sandbox_give_up(struct sandbox *sandbox)
{
    struct loop *loop = world_of(sandbox)->loop;
    if (sandbox->invocation != NULL) {
        let_go(sandbox);
        enter(sandbox, SANDBOX_RESPONSE_SENT);
        sandbox->late = true;
    }
    loop_timer_cancel(loop, &sandbox->patience);
    set_coming(sandbox, false);
    if (sandbox->process == NULL) // attached: nobody but the user ends it
        return;
    sandbox->given_up = true;
    place(sandbox, false);
    sandbox_process_kill(sandbox->process);
}

void sandbox_end(struct sandbox *sandbox)
{
    if (sandbox->process != NULL)
        sandbox_process_end(sandbox->process);
}

void sandbox_reap(struct sandbox *sandbox, int grace_ms)
{
    struct loop *loop = world_of(sandbox)->loop;
    loop_timer_cancel(loop, &sandbox->limit);
    loop_timer_cancel(loop, &sandbox->patience);
    loop_timer_cancel(loop, &sandbox->keep_alive);
    if (sandbox->process != NULL)
        sandbox_process_reap(take(&sandbox->process), grace_ms);
    sandbox->door = door_close(sandbox->door);
}

void sandbox_free(struct sandbox *sandbox)
{
    struct loop *loop = world_of(sandbox)->loop;
    assert(sandbox->process == NULL && sandbox->next == NULL && sandbox->invocation == NULL);
    loop_timer_cancel(loop, &sandbox->limit);
    loop_timer_cancel(loop, &sandbox->patience);
    loop_timer_cancel(loop, &sandbox->keep_alive);
    set_coming(sandbox, false);
    list_remove(&sandbox->link);
    sandbox->program->invoker->sandbox_count--;
    door_close(sandbox->door);
    buffer_deinit(&sandbox->init_error);
    output_deinit(&sandbox->output);
    free(sandbox);
}

// ---- invocations ----

static void draw_ids(struct sandbox *sandbox)
{
    struct random *random = &sandbox->program->invoker->random;
    uint8_t id[UUID_BYTES];
    char hex[2 * UUID_BYTES];
    random_uuid(random, id);
    uuid_format(id, sandbox->invocation_id);
    random_uuid(random, id);
    hex_encode(id, sizeof(id), hex);
    snprintf(sandbox->trace_id, sizeof(sandbox->trace_id),
             "Root=1-%08llx-%.24s;Parent=%.16s;Sampled=0",
             (unsigned long long)(clock_wall_ms() / 1000), hex, hex + 16);
}

// L-210, L-211.
static void answer_next(struct sandbox *sandbox, struct request *request)
{
    struct arena *arena = request->arena;
    request->reply.status = 200;
    reply_header(request, TEXT("Content-Type"), TEXT("application/json"));
    reply_header(request, TEXT("Lambda-Runtime-Aws-Request-Id"),
                 arena_copy(arena, sandbox->request_id));
    reply_header(request, TEXT("Lambda-Runtime-Deadline-Ms"),
                 arena_print(arena, "%" PRId64, sandbox->deadline_ms));
    const struct invocation *invocation = sandbox->invocation;
    reply_header(request, TEXT("Lambda-Runtime-Invoked-Function-Arn"),
                 arena_print(arena, "%.*s%s%.*s", TEXT_ARGUMENTS(sandbox->program->function->arn),
                             invocation->qualifier.length > 0 ? ":" : "",
                             TEXT_ARGUMENTS(invocation->qualifier)));
    reply_header(request, TEXT("Lambda-Runtime-Trace-Id"),
                 arena_copy(arena, text_of(sandbox->trace_id)));
    reply_header(
        request, TEXT("Lambda-Runtime-Invocation-Id"),
        arena_copy(arena, text_from(sandbox->invocation_id, sizeof(sandbox->invocation_id))));
    if (invocation->client_context.length > 0) // absent, never empty: clients parse it
        reply_header(request, TEXT("Lambda-Runtime-Client-Context"),
                     arena_copy(arena, invocation->client_context));
    buffer_append(&request->reply.body, invocation->payload);
    request_finish(request);
}

void sandbox_hand(struct sandbox *sandbox, struct invocation *invocation)
{
    struct run *run = invocation->work;
    int64_t timeout_ms = sandbox->program->function->timeout_seconds * 1000;
    assert(sandbox->state == SANDBOX_READY && sandbox->next != NULL);
    run->sandbox = sandbox;
    sandbox->invocation = invocation;
    output_clear(&sandbox->output);
    sandbox->late = false;
    struct text id = text_head(invocation->request_id, REQUEST_ID_BYTES_MAX);
    memcpy(sandbox->request_id_bytes, id.bytes, id.length);
    sandbox->request_id = text_from(sandbox->request_id_bytes, id.length);
    draw_ids(sandbox);
    place(sandbox, false);
    enter(sandbox, SANDBOX_RUNNING);
    sandbox->handed_at_us = clock_real_us();
    sandbox->deadline_ms = clock_wall_ms() + timeout_ms; // L-239
    loop_timer_set(world_of(sandbox)->loop, &sandbox->limit, timeout_ms);
    log_start(sandbox);
    answer_next(sandbox, take(&sandbox->next));
}

static void next_cancelled(struct request *request)
{
    struct sandbox *sandbox = request->operation;
    sandbox->next = NULL;
    place(sandbox, false);
    if (sandbox->process == NULL)
        enter(sandbox, SANDBOX_STARTED); // the user's runtime has gone; another may come
}

void sandbox_next(struct sandbox *sandbox, struct request *request)
{
    struct program *program = sandbox->program;
    if (sandbox->state == SANDBOX_RUNNING) {
        answer_next(sandbox, request); // L-221
        return;
    }
    if (sandbox->next != NULL)
        dismiss(take(&sandbox->next)); // the runtime has forgotten that it waits already
    bool first = sandbox->state == SANDBOX_STARTED || sandbox->state == SANDBOX_INIT_ERROR;
    loop_timer_cancel(world_of(sandbox)->loop, &sandbox->patience);
    set_coming(sandbox, false);
    if (first && sandbox->process != NULL) {
        loop_timer_cancel(world_of(sandbox)->loop, &sandbox->limit);
        sandbox->init_us = clock_real_us() - sandbox->started_at_us;
        program->init_failures = 0;
    }
    enter(sandbox, SANDBOX_READY);
    sandbox->next = request;
    request_park(request, next_cancelled, sandbox);
    place(sandbox, !sandbox->given_up);
    if (first)
        runtime_dispatch(program->invoker);
    else
        program_dispatch(program);
}

void sandbox_answer(struct sandbox *sandbox, enum invocation_end end, struct text response)
{
    assert(sandbox->state == SANDBOX_RUNNING);
    struct invocation *invocation = let_go(sandbox);
    enter(sandbox, SANDBOX_RESPONSE_SENT);
    set_coming(sandbox, true);
    loop_timer_set(world_of(sandbox)->loop, &sandbox->patience, PATIENCE_MS);
    run_end(invocation, end, response, "%s", "");
}

void sandbox_init_error(struct sandbox *sandbox, struct text body)
{
    assert(sandbox->state == SANDBOX_STARTED);
    enter(sandbox, SANDBOX_INIT_ERROR);
    buffer_clear(&sandbox->init_error);
    buffer_append(&sandbox->init_error, body);
    if (sandbox->process == NULL) // nobody sees an attached one exit
        program_init_failed(sandbox->program, body, (struct text){0},
                            TEXT("reported an init error"), false);
}
