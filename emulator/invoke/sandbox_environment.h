// sandbox_environment -- what a runtime finds in its environment: L-242's variables, the way to this redrive, and what the user declared.
#ifndef EMULATOR_INVOKE_SANDBOX_ENVIRONMENT_H
#define EMULATOR_INVOKE_SANDBOX_ENVIRONMENT_H

#include "queue/base/arena.h"

struct function;
struct random;
struct world;

// A variable that the user declared; it wins over every other but AWS_LAMBDA_RUNTIME_API.
struct variable {
    struct text name;
    struct text value;
    struct variable *next;
};

// "NAME=value" entries, NULL at the end, in the arena. port: the sandbox's; handler: what _HANDLER says.
char **sandbox_environment(struct arena *arena, struct world *world,
                           const struct function *function, int64_t port, struct text handler,
                           const struct variable *declared, struct random *random);

#endif
