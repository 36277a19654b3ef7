// runtime_program -- what runtime.c, runtime_target.c and sandbox.c share: a function's program, and one invocation of it.
#ifndef EMULATOR_INVOKE_RUNTIME_PROGRAM_H
#define EMULATOR_INVOKE_RUNTIME_PROGRAM_H

#include "emulator/invoke/sandbox_environment.h"
#include "emulator/loop.h"
#include "esm/invoker.h"
#include "queue/base/buffer.h"
#include "queue/base/random.h"

struct runtime_invoker {
    struct invoker face;
    struct world *world;
    struct random random;      // of its own: how processes behave must not change the world's ids
    struct list_node programs; // by declaration
    size_t sandbox_count;
    size_t starting; // sandboxes that have not asked for an invocation yet
    size_t running;  // invocations whose end is not known
    size_t started;  // invocations that have not had their done()
};

// The target of a function, in the function's arena. Lives as long as the world.
struct program {
    struct runtime_invoker *invoker;
    struct function *function;
    struct list_node link;
    char *path; // NULL: attach
    char **arguments;
    struct text handler; // _HANDLER
    struct variable *variables;
    struct list_node line; // invocations that wait for a sandbox
    size_t line_count;
    struct list_node idle;   // sandboxes, the most recently used first
    struct list_node others; // sandboxes: starting, at work, ending
    size_t coming;           // of others: expected to ask for an invocation soon
    int64_t init_ms_max;     // L-231
    int init_failures;       // in a row
    bool paused;
    struct loop_timer pause; // before the next process is started
};

// An invocation's work.
struct run {
    struct program *program;
    struct sandbox *sandbox; // NULL: waits in the line, or has ended
    int init_failures;       // processes that were started for it and failed (L-231)
    bool over;               // its end is known and stands on the timeline
    enum invocation_end end;
    struct buffer response;
    struct buffer detail;
    struct buffer output; // what it wrote
};

// The end of an invocation is known: done() comes from the timeline.
__attribute__((format(printf, 4, 5))) void run_end(struct invocation *invocation,
                                                   enum invocation_end end, struct text response,
                                                   const char *detail_format, ...);
// Makes a zeroed program ready: its lists, its pause.
void program_prepare(struct program *program);
// The line has grown, a sandbox has become idle, or one has gone.
void program_dispatch(struct program *program);
// The same for all: room for another process has come.
void runtime_dispatch(struct runtime_invoker *invoker);
// A process ended before it asked for an invocation: tried once more, or the invocation ends with it (L-231, L-232).
// init_error: what it said about it; empty: how it ended. output: what it wrote. timed_out: it used up its time.
void program_init_failed(struct program *program, struct text init_error, struct text output,
                         struct text how, bool timed_out);

#endif
