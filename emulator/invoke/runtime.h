// runtime -- invokes handlers that speak the Lambda Runtime API: "exec:PROGRAM ARGUMENTS", of which as many run as invocations do,
// and "attach:PORT", a runtime that the user starts. The HTTP side stands in emulator/api/runtime.c.
#ifndef EMULATOR_INVOKE_RUNTIME_H
#define EMULATOR_INVOKE_RUNTIME_H

#include "esm/invoker.h"

struct runtime_invoker;
struct world;

struct runtime_invoker *runtime_invoker_new(struct world *world);
// Ends every process (SIGTERM, 500 ms for all of them together, SIGKILL) and waits for it.
struct runtime_invoker *runtime_invoker_free(struct runtime_invoker *invoker);
struct invoker *runtime_invoker_face(struct runtime_invoker *invoker);
// True if any function is a program: its handler needs a listener, to reach the queues.
bool runtime_invoker_has_programs(const struct runtime_invoker *invoker);

// Reads an exec: or attach: target and prepares it; the port of attach: is listened on from now. Words of exec: are split at blanks;
// 'single' and "double" quotes keep them together, and there is no shell. False with a sentence in ret_reason (the function's arena).
bool runtime_target_parse(struct runtime_invoker *invoker, struct function *function,
                          struct text target, void **ret_parsed, struct text *ret_reason);
// Declares a variable of the environment of a function's processes. False with a sentence (in the function's arena).
bool runtime_target_set(struct function *function, struct text name, struct text value,
                        struct text *ret_reason);

#endif
