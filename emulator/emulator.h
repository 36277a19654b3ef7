// emulator -- the public face of everything below cli/: build a world from options, run it, free
// it.
//
// One world per process. cli/ includes this header (and queue/base/) and nothing else of the rooms
// below.
#ifndef EMULATOR_EMULATOR_H
#define EMULATOR_EMULATOR_H

#include "emulator/options.h"
#include "queue/base/buffer.h"

struct emulator;

// Builds the world: opens the database, declares the functions, binds the listener. NULL with one
// sentence in ret_reason (in the options' arena) and in ret_status 2 (a bad option: function
// target, --set) or 3 (database, port in use) or 1. The options and all that they point to are
// borrowed: they must stay where they are until emulator_free().
struct emulator *emulator_new(const struct options *options, struct text *ret_reason,
                              int *ret_status);
// Answers what is parked, stops what it started, closes the database. Takes NULL; returns NULL.
struct emulator *emulator_free(struct emulator *emulator);

// Runs the loop until emulator_stop(), SIGINT or SIGTERM (those two are taken over while it runs).
// Returns the exit status: 0.
int emulator_run(struct emulator *emulator);
// From inside a callback: the loop ends after this turn, with this status.
void emulator_stop(struct emulator *emulator, int status);
// Runs loop turns until flag becomes true (set by a callback) or real_ms have passed; returns the
// flag.
bool emulator_run_until(struct emulator *emulator, const bool *flag, int64_t real_ms);

// The at-th metric of all: its name, and the list of GET /_redrive/api/metrics that it stands in
// ("queues", "functions" or "mappings"). False behind the last.
bool emulator_metric(size_t at, struct text *ret_list, struct text *ret_name);

// "http://127.0.0.1:4566", as clients on this machine reach it; empty without a listener.
struct text emulator_endpoint(const struct emulator *emulator);
int64_t emulator_port(const struct emulator *emulator);
int64_t emulator_now_ms(const struct emulator *emulator);

// Sends a request's bytes (request line, headers, body) through the same router without a socket.
// done() exactly once, from a later loop turn; status, headers as "Name: value\r\n" lines, and body
// live during the call.
void emulator_request(struct emulator *emulator, struct text bytes,
                      void (*done)(void *context, int status, struct text headers,
                                   struct text body),
                      void *context);
// The same, run to its end at once: returns the status and appends the body.
int emulator_call(struct emulator *emulator, struct text bytes, struct buffer *body);

// Advances the clock, or runs until idle (at most so far; 0: the horizon), to its end. ret_reason:
// the sentence when a run stopped early, in the options' arena; empty else. True if it arrived.
bool emulator_advance(struct emulator *emulator, int64_t advance_ms, struct text *ret_reason);
bool emulator_run_until_idle(struct emulator *emulator, int64_t limit_ms, struct text *ret_reason);

// A child process (a handler of a demo, the command of exec): started without a shell, watched by
// the loop through a pidfd, ended by SIGTERM, grace, SIGKILL in emulator_free at the latest.
// environment: extra "NAME=value" entries, NULL-terminated, may be NULL. exited() is called from a
// loop turn with the wait status. out, if not NULL, is called with what it writes to standard
// output.
struct child;
struct child *emulator_start_child(struct emulator *emulator, char *const arguments[],
                                   char *const environment[],
                                   void (*exited)(void *context, int wait_status),
                                   void (*out)(void *context, struct text bytes), void *context,
                                   struct text *ret_reason);
void emulator_stop_child(struct emulator *emulator, struct child *child);

// From now on SIGINT and SIGTERM that are sent to this process go to the child instead of ending
// emulator_run() (not those of the terminal's keys: the child gets them itself). NULL, at the
// latest in its exited(): they end emulator_run() again.
void emulator_forward_signals(struct emulator *emulator, struct child *child);

// Runs loop turns until no real handler is at work: what it answered takes effect as the clock
// moves.
void emulator_await_handlers(struct emulator *emulator);

// Faults on purpose, as --fault and POST /_redrive/api/faults set them (docs/faults.md). False with a
// sentence in ret_reason.
bool emulator_fault_is_valid(struct text spec, struct buffer *ret_reason);
bool emulator_set_fault(struct emulator *emulator, struct text spec, struct buffer *ret_reason);
void emulator_clear_faults(struct emulator *emulator);

// A point of the trace, without the way through JSON; members that are empty there are empty here.
struct emulator_point {
    uint64_t number;
    int64_t at_ms;
    struct text kind; // "received": the trace's words
    struct text queue;
    const uint8_t *message; // 16 bytes of the MessageId, or NULL
    struct text actor;
    struct text request;
    struct text reason;
};

// Tells every point from number first on, in order; what a point refers to lives during the call. False, and nothing was told, if
// some of them were overwritten already.
bool emulator_walk_trace(const struct emulator *emulator, uint64_t first,
                         void (*look)(void *context, const struct emulator_point *point),
                         void *context);

// A test or a demo wants to break a rule on purpose and see itself fail: flips one branch of the
// outcome function.
void emulator_break_outcome(struct emulator *emulator);

#endif
