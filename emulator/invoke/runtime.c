// runtime -- which sandbox runs which invocation, and when another process is started.
//
//     invoke() -> line of the function -> sandbox -> answer -> timer on the timeline -> done()
//                    ^                       |
//                    |         idle, the most recently used first
//                    \-- a process is started for each that waits and that nobody is coming for
//
// Like an HTTP handler's, an answer takes effect at the virtual instant of the invoke plus the declared duration; on the
// real clock when it comes. Only so many processes start at once, because on a laptop a hundred that start
// together would all run out of the time that Lambda gives to each.
//
// A process that fails before its first GET /next is tried once more for the same invocation, and then the invocation ends with what
// it said (L-231, L-232). Failures in a row make the next start wait a little longer each time, so
// that a handler that cannot be loaded does not keep the machine busy.
#include "emulator/invoke/runtime.h"

#include "emulator/clock.h"
#include "emulator/door.h"
#include "emulator/invoke/payload.h"
#include "emulator/invoke/sandbox.h"
#include "emulator/log.h"
#include "emulator/server.h"
#include "emulator/world.h"
#include "esm/function.h"
#include "queue/base/fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SANDBOXES_MAX 1000 // L-73
#define INIT_MS_MAX 10000  // L-231
#define STARTING_MAX 8
#define PAUSE_MS_FIRST 50
#define PAUSE_MS_MAX 2000
#define GRACE_MS 500

static struct runtime_invoker *invoker_of(struct invoker *face)
{
    return list_entry(face, struct runtime_invoker, face);
}

// ---- an invocation ----

static void run_free(struct run *run)
{
    assert(run->program->invoker->started > 0);
    run->program->invoker->started--;
    buffer_deinit(&run->response);
    buffer_deinit(&run->detail);
    buffer_deinit(&run->output);
    free(run);
}

static void run_done(struct timer *timer)
{
    struct invocation *invocation = list_entry(timer, struct invocation, timer);
    struct run *run = invocation->work;
    invocation->work = NULL;
    invocation->output = buffer_text(&run->output);
    invocation->done(invocation, run->end, buffer_text(&run->response), buffer_text(&run->detail));
    run_free(run);
}

static void run_time_out(struct run *run, const struct invocation *invocation)
{
    run->end = INVOCATION_TIMED_OUT;
    buffer_clear(&run->response);
    payload_append_timeout(&run->response, invocation);
}

// When the end takes effect: see emulator/invoke/http.c.
static int64_t run_due_ms(struct run *run, struct invocation *invocation)
{
    const struct function *function = invocation->function;
    invocation->at_once = clock_mode(run->program->invoker->world->clock) == CLOCK_REAL;
    if (invocation->at_once)
        return invocation->invoked_at_ms;
    int64_t timeout_ms = function->timeout_seconds * 1000;
    int64_t duration_ms = 1;
    if (run->end != INVOCATION_THROTTLED) {
        if (function->duration_ms > timeout_ms)
            run_time_out(run, invocation);
        if (run->end == INVOCATION_TIMED_OUT)
            duration_ms = timeout_ms;
        else if (function->duration_ms > 1)
            duration_ms = function->duration_ms;
    }
    return clock_done_at_ms(run->program->invoker->world->clock, invocation,
                            invocation->invoked_at_ms + duration_ms);
}

void run_end(struct invocation *invocation, enum invocation_end end, struct text response,
             const char *detail_format, ...)
{
    struct run *run = invocation->work;
    struct runtime_invoker *invoker = run->program->invoker;
    assert(!run->over && !list_is_linked(&invocation->link) && invoker->running > 0);
    invoker->running--;
    run->over = true;
    run->sandbox = NULL;
    run->end = end;
    buffer_append(&run->response, response);
    char detail[512];
    va_list arguments;
    va_start(arguments, detail_format);
    vsnprintf(detail, sizeof(detail), detail_format, arguments);
    va_end(arguments);
    buffer_append(&run->detail, text_of(detail));
    timeline_schedule(invoker->world->timeline, &invocation->timer, run_due_ms(run, invocation));
    loop_again(invoker->world->loop);
}

// ---- the line ----

static struct invocation *line_take(struct program *program, struct list_node *node)
{
    list_remove(node);
    program->line_count--;
    return list_entry(node, struct invocation, link);
}

// Who waits for a process to be tried for the first time, or else who stands in front.
static struct list_node *line_least_tried(struct program *program)
{
    list_for_each (node, &program->line) {
        struct run *run = list_entry(node, struct invocation, link)->work;
        if (run->init_failures == 0)
            return node;
    }
    return list_first(&program->line);
}

static void pause_over(struct loop_timer *timer)
{
    struct program *program = list_entry(timer, struct program, pause);
    program->paused = false;
    program_dispatch(program);
}

void program_prepare(struct program *program)
{
    program->pause.fire = pause_over;
    program->init_ms_max = INIT_MS_MAX;
    list_init(&program->line);
    list_init(&program->idle);
    list_init(&program->others);
}

static void pause_begin(struct program *program)
{
    program->init_failures++;
    if (program->init_failures < 2)
        return;
    int doublings = program->init_failures - 2;
    int64_t pause_ms = doublings > 10 ? PAUSE_MS_MAX : PAUSE_MS_FIRST << doublings;
    program->paused = true;
    loop_timer_set(program->invoker->world->loop, &program->pause,
                   pause_ms < PAUSE_MS_MAX ? pause_ms : PAUSE_MS_MAX);
}

void program_init_failed(struct program *program, struct text init_error, struct text output,
                         struct text how, bool timed_out)
{
    bool attached = program->path == NULL; // and it is the user who tries again
    if (!attached)
        pause_begin(program);
    struct list_node *node = line_least_tried(program);
    if (node == NULL)
        return;
    struct invocation *invocation = list_entry(node, struct invocation, link);
    struct run *run = invocation->work;
    if (run->init_failures++ == 0 && !attached)
        return; // once more (L-231)
    line_take(program, node);
    cleanup(buffer_deinit) struct buffer payload = {0};
    if (timed_out)
        payload_append_timeout(&payload, invocation);
    else if (init_error.length > 0)
        buffer_append(&payload, init_error);
    else
        payload_append_exit(&payload, invocation, how);
    buffer_append(&run->output, output);
    run_end(invocation, timed_out ? INVOCATION_TIMED_OUT : INVOCATION_EXITED, buffer_text(&payload),
            "the runtime could not be started: it %.*s", TEXT_ARGUMENTS(how));
}

static bool is_crowded(int error)
{
    return error == EMFILE || error == ENFILE || error == EAGAIN || error == ENOMEM;
}

// The program is not there any more, say. Whoever waits hears it at once.
static void start_failed(struct program *program, int error)
{
    bool crowded = is_crowded(error);
    if (crowded && program->invoker->sandbox_count > 0)
        return; // one of those that run will come
    log_line("error function=%.*s program=%s reason=\"%s\"",
             TEXT_ARGUMENTS(program->function->name), program->path, strerror(error));
    struct invocation *invocation = line_take(program, program->line.next);
    cleanup(buffer_deinit) struct buffer message = {0}, payload = {0};
    const char *why = strerror(error); // Lambda is written in Go, whose errors begin small
    buffer_print(&message, "RequestId: %.*s Error: fork/exec %s: %c%s",
                 TEXT_ARGUMENTS(invocation->request_id), program->path,
                 why[0] >= 'A' && why[0] <= 'Z' ? why[0] - 'A' + 'a' : why[0], why + 1);
    payload_append_error(&payload, TEXT("Runtime.InvalidEntrypoint"), buffer_text(&message));
    run_end(invocation, crowded ? INVOCATION_THROTTLED : INVOCATION_EXITED, buffer_text(&payload),
            "%s cannot be started: %s", program->path, strerror(error));
}

// An idle sandbox of another function makes room.
static bool make_room(struct runtime_invoker *invoker)
{
    if (invoker->sandbox_count < SANDBOXES_MAX)
        return true;
    list_for_each (node, &invoker->programs) {
        struct program *program = list_entry(node, struct program, link);
        if (program->path != NULL && !list_is_empty(&program->idle)) {
            sandbox_give_up(list_entry(program->idle.previous, struct sandbox, link));
            break; // its end dispatches again
        }
    }
    return false;
}

static void start_sandboxes(struct program *program)
{
    struct runtime_invoker *invoker = program->invoker;
    while (!program->paused && program->line_count > program->coming &&
           invoker->starting < STARTING_MAX && make_room(invoker)) {
        struct run *run = list_entry(program->line.next, struct invocation, link)->work;
        int error;
        if (sandbox_start(program, run->init_failures > 0, &error))
            continue;
        start_failed(program, error);
        if (is_crowded(error))
            return;
    }
}

void program_dispatch(struct program *program)
{
    while (program->line_count > 0 && !list_is_empty(&program->idle))
        sandbox_hand(list_entry(program->idle.next, struct sandbox, link),
                     line_take(program, program->line.next));
    if (program->path != NULL)
        start_sandboxes(program);
}

void runtime_dispatch(struct runtime_invoker *invoker)
{
    list_for_each (node, &invoker->programs) {
        program_dispatch(list_entry(node, struct program, link));
    }
}

// ---- the face ----

static void runtime_invoke(struct invoker *face, struct invocation *invocation)
{
    struct runtime_invoker *invoker = invoker_of(face);
    struct program *program = invocation->function->target_parsed;
    assert(program != NULL && invocation->work == NULL);
    struct run *run = allocate(sizeof(*run));
    run->program = program;
    invocation->work = run;
    invocation->timer = (struct timer){.fire = run_done, .motive = true};
    invocation->link = (struct list_node){0};
    invoker->running++;
    invoker->started++;
    list_append(&program->line, &invocation->link);
    program->line_count++;
    program_dispatch(program);
}

static void runtime_cancel(struct invoker *face, struct invocation *invocation)
{
    struct runtime_invoker *invoker = invoker_of(face);
    struct run *run = invocation->work;
    assert(run != NULL);
    if (list_is_linked(&invocation->link))
        line_take(run->program, &invocation->link);
    if (run->sandbox != NULL)
        sandbox_give_up(run->sandbox);
    if (!run->over)
        invoker->running--;
    timeline_cancel(invoker->world->timeline, &invocation->timer);
    invocation->work = NULL;
    run_free(run);
}

static size_t runtime_running(const struct invoker *face)
{
    return ((const struct runtime_invoker *)(const void *)face)
        ->running; // face is the first member
}

struct runtime_invoker *runtime_invoker_new(struct world *world)
{
    struct runtime_invoker *invoker = allocate(sizeof(*invoker));
    invoker->face = (struct invoker){
        .invoke = runtime_invoke, .cancel = runtime_cancel, .running = runtime_running};
    invoker->world = world;
    invoker->random = world->random;
    list_init(&invoker->programs);
    return invoker;
}

static void for_each_sandbox(struct runtime_invoker *invoker, void (*act)(struct sandbox *sandbox))
{
    list_for_each (node, &invoker->programs) {
        struct program *program = list_entry(node, struct program, link);
        list_for_each (idle, &program->idle) {
            act(list_entry(idle, struct sandbox, link));
        }
        list_for_each (other, &program->others) {
            act(list_entry(other, struct sandbox, link));
        }
    }
}

static void reap_all(struct runtime_invoker *invoker)
{
    int64_t end_us = clock_real_us() + GRACE_MS * 1000;
    list_for_each (node, &invoker->programs) {
        struct program *program = list_entry(node, struct program, link);
        struct list_node *lists[] = {&program->idle, &program->others};
        for (int index = 0; index < 2; index++) {
            list_for_each (sandbox, lists[index]) {
                int64_t left_ms = (end_us - clock_real_us()) / 1000;
                sandbox_reap(list_entry(sandbox, struct sandbox, link),
                             left_ms > 0 ? (int)left_ms : 0);
            }
        }
        loop_timer_cancel(invoker->world->loop, &program->pause);
    }
}

struct runtime_invoker *runtime_invoker_free(struct runtime_invoker *invoker)
{
    if (invoker == NULL)
        return NULL;
    assert(invoker->started == 0);
    for_each_sandbox(invoker, sandbox_end);
    reap_all(invoker);
    // Cancels what is parked, so before the sandboxes go.
    invoker->world->doors = server_free(invoker->world->doors);
    for_each_sandbox(invoker, sandbox_free);
    list_for_each (node, &invoker->programs) {
        list_remove(node);
    }
    free(invoker);
    return NULL;
}

struct invoker *runtime_invoker_face(struct runtime_invoker *invoker)
{
    return &invoker->face;
}

bool runtime_invoker_has_programs(const struct runtime_invoker *invoker)
{
    return invoker->programs.next != &invoker->programs;
}
