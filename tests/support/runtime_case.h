// runtime_case -- a world with one function behind the Runtime API, and invocations of it whose ends a test waits for.
#ifndef TESTS_SUPPORT_RUNTIME_CASE_H
#define TESTS_SUPPORT_RUNTIME_CASE_H

#include "emulator/invoke/runtime.h"
#include "emulator/invoke/sandbox.h"
#include "emulator/invoke/target.h"
#include "emulator/loop.h"
#include "emulator/world.h"
#include "esm/function.h"
#include "tests/support/check_main.h"

#define REQUEST_ID "8d7a3c54-5c3e-4b57-9f0a-2d6c1b7e9f10"
#define START_MS 1767225600000 // 2026-01-01T00:00:00Z

struct runtime_case {
    struct world world;
    struct options options;
    struct function *function;
    struct program *program;
};

// An invocation, and what its done() was told.
struct trial {
    struct invocation invocation;
    struct runtime_case *runtime_case;
    bool done;
    int64_t done_at_ms;
    enum invocation_end end;
    struct buffer response;
    struct buffer detail;
    struct buffer output;
};

static inline void runtime_case_begin(struct runtime_case *runtime_case, enum clock_mode mode,
                                      struct text target)
{
    struct options *options = &runtime_case->options;
    options_init(options, arena_new());
    options->listener = false;
    options->journal_none = true;
    options->quiet = true;
    options->clock = mode;
    if (mode != CLOCK_REAL)
        options->start_at_ms = START_MS;
    struct text reason = {0};
    int status;
    ck_assert(world_open(&runtime_case->world, options, &reason, &status));
    struct function *function = functions_add(runtime_case->world.functions, TEXT("orders"));
    bool bound = target_bind(&runtime_case->world, function, target, true, &reason);
    ck_assert_msg(bound, "%.*s", TEXT_ARGUMENTS(reason));
    runtime_case->function = function;
    runtime_case->program = function->target_parsed;
}

static inline void runtime_case_end(struct runtime_case *runtime_case)
{
    world_close(&runtime_case->world);
    arena_free(runtime_case->options.arena);
}

static inline void trial_done(struct invocation *invocation, enum invocation_end end,
                              struct text response, struct text detail)
{
    struct trial *trial = list_entry(invocation, struct trial, invocation);
    ck_assert(!trial->done);
    trial->done = true;
    trial->done_at_ms = timeline_now_ms(trial->runtime_case->world.timeline);
    trial->end = end;
    buffer_append(&trial->response, response);
    buffer_append(&trial->detail, detail);
    buffer_append(&trial->output, invocation->output);
}

static inline void trial_start(struct trial *trial, struct runtime_case *runtime_case,
                               struct text payload)
{
    *trial = (struct trial){
        .runtime_case = runtime_case,
        .invocation = {.done = trial_done,
                       .function = runtime_case->function,
                       .payload = payload,
                       .request_id = TEXT(REQUEST_ID),
                       .invoked_at_ms = timeline_now_ms(runtime_case->world.timeline)}};
    struct invoker *invoker = runtime_case->function->invoker;
    invoker->invoke(invoker, &trial->invocation);
    ck_assert_msg(!trial->done, "done() was called from inside invoke()");
}

// Turns the loop until the condition holds; a test that waits in vain is ended by libcheck.
#define RUNTIME_AWAIT(runtime_case, condition) \
    while (!(condition))                       \
    loop_turn((runtime_case)->world.loop, 1000)

static inline void trial_await(struct trial *trial)
{
    RUNTIME_AWAIT(trial->runtime_case, trial->done);
}

static inline void trial_deinit(struct trial *trial)
{
    buffer_deinit(&trial->response);
    buffer_deinit(&trial->detail);
    buffer_deinit(&trial->output);
}
DEFINE_DEINIT_CLEANUP(trial_deinit, struct trial)

static inline void expect_text(struct text actual, const char *expected)
{
    ck_assert_msg(text_equal(actual, text_of(expected)), "%.*s", TEXT_ARGUMENTS(actual));
}

#endif
