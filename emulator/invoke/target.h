// target -- what runs a function: "http://host:port/path" or "sim:{...}" (and, for runtime
// processes, "exec:" and "attach:").
#ifndef EMULATOR_INVOKE_TARGET_H
#define EMULATOR_INVOKE_TARGET_H

#include "queue/base/text.h"

struct function;
struct world;

// Binds the function to its target: sets target, target_parsed, invoker. False with one sentence in
// ret_reason (in the function's arena) that says what was wrong and what a target looks like.
// from_command_line: exec: and attach: are allowed; over HTTP they never are.
bool target_bind(struct world *world, struct function *function, struct text target,
                 bool from_command_line, struct text *ret_reason);
// --function NAME=TARGET and --set NAME.Property=VALUE of the options; false with a sentence (in
// the options' arena).
bool target_declare_all(struct world *world, struct text *ret_reason);

#endif
