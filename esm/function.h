// function -- the functions that the emulator knows, by name. Declared at start, by a file, or by
// CreateFunction.
#ifndef ESM_FUNCTION_H
#define ESM_FUNCTION_H

#include "esm/invoker.h"
#include "queue/base/arena.h"
#include "queue/base/map.h"
#include "queue/base/text.h"

#define FUNCTION_TIMEOUT_SECONDS_DEFAULT 3 // L-64
#define FUNCTION_TIMEOUT_SECONDS_MAX 900
#define FUNCTION_MEMORY_MB_DEFAULT 128
#define FUNCTION_UNRESERVED (-1)
#define ACCOUNT_CONCURRENCY 1000 // L-73: unless functions_set_account_concurrency()

// What became of its invocations since the start of the process (L-260).
struct function_counts {
    uint64_t invocations; // executions, failed ones included, throttled ones not
    uint64_t errors;
    uint64_t throttles;
    int64_t duration_ms;    // of all invocations together
    int64_t concurrent_max; // at one moment
};

struct function {
    struct text name;        // 1-64 of [a-zA-Z0-9-_]
    struct text arn;         // unqualified
    struct text target;      // as declared: "http://127.0.0.1:9000/", "sim:{...}"
    int64_t timeout_seconds; // 1-900
    int64_t memory_mb;       // 128-10,240
    // declared virtual duration on manual and leap clocks, default 0 (1 ms at least is used)
    int64_t duration_ms;
    int64_t reserved_concurrency; // 0-1000, or FUNCTION_UNRESERVED
    int64_t running;              // invocations that run now
    int64_t modified_at_ms;
    struct invoker *invoker; // borrowed: who runs targets of this kind
    // the invoker's own, made by it when the function was declared; freed through free_target
    void *target_parsed;
    void (*free_target)(void *target_parsed);
    // by the command line or a file: stays through reset, and HTTP must not change its target
    bool declared;
    struct arena *arena; // owns the texts
    bool removed;        // no longer found; freed when running falls to 0
    // What CreateFunction sent and only clients want back (Role, Handler, Runtime, Environment
    // ...), as a JSON object; empty: nobody created it over HTTP. Owned; changed by
    // function_configure() only.
    struct text configuration;
    char *configuration_bytes;
    struct function_counts counts;
};

struct functions;
struct qualifiers;

// account and region go into the ARNs.
struct functions *functions_new(struct text account, struct text region);
struct functions *functions_free(struct functions *functions);
DEFINE_CLEANUP(functions_free, struct functions *)
// Adds a function with defaults; the name is free and valid (asserted). Fill in target and the
// rest; texts into function->arena.
struct function *functions_add(struct functions *functions, struct text name);
struct function *functions_find(const struct functions *functions, struct text name);
// The function that the reference means; NULL if it, or the version or alias, does not exist.
struct function *functions_find_qualified(const struct functions *functions, struct text name,
                                          struct text qualifier);
// Versions and aliases of all functions; the journal's replay fills them before a declared function is here.
struct qualifiers *functions_qualifiers(const struct functions *functions);
// Nobody finds it any more. Invocations of it that run go on (L-50); the last to end frees it.
void functions_remove(struct functions *functions, struct function *function);
// Replaces what is kept for clients by a copy.
void function_configure(struct function *function, struct text configuration);
// An invocation of it begins: running counts. Each begin has its end.
void function_begin(struct function *function);
// Counts how an invocation ended; before functions_end(). A throttled one never began.
void function_record(struct function *function, enum invocation_end end, int64_t duration_ms);
// The function may be gone afterwards.
void functions_end(struct functions *functions, struct function *function);
// The ARN that a function of this name has or would have, in the arena.
struct text functions_arn(const struct functions *functions, struct arena *arena, struct text name);
// True if its reserved concurrency is used up (L-82).
bool function_is_throttled(const struct function *function);
// True if the account's concurrency, less what others have reserved, is used up; functions with a
// reservation have their own (L-261).
bool functions_are_throttled(const struct functions *functions, const struct function *function);
// What the account may run at once, 1 to 1000: new accounts often start with 10 (L-73).
void functions_set_account_concurrency(struct functions *functions, int64_t executions_max);
int64_t functions_account_concurrency(const struct functions *functions);
// How much of it must stay unreserved: 100, or all that a smaller account has (L-72).
int64_t functions_unreserved_min(const struct functions *functions);
// Why the function cannot be invoked now, in words for people; empty: it can.
struct text functions_throttle(const struct functions *functions, const struct function *function);
// In order of name; NULL first, NULL at the end.
struct function *functions_next(const struct functions *functions, const struct function *after);
// 1-64 of [a-zA-Z0-9-_].
bool function_name_is_valid(struct text name);

#endif
