// serve -- redrive without a journal: what is left is the price of HTTP, of the engine and of the
// invoker. Takes the options of serve.
#include "emulator/emulator.h"
#include "queue/base/fail.h"

#include <stdio.h>

int main(int argument_count, char **arguments)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    struct options options;
    struct text reason = {0};
    int status = 1;
    options_init(&options, arena);
    for (int at = 1; at < argument_count;) {
        if (options_take(&options, argument_count, arguments, &at, &reason) != 1)
            fail("this is no option of serve: %s", arguments[at]);
    }
    options.journal_none = true;
    struct emulator *emulator = emulator_new(&options, &reason, &status);
    if (emulator == NULL)
        fail("%.*s", TEXT_ARGUMENTS(reason));
    printf("ready at %.*s\n", TEXT_ARGUMENTS(emulator_endpoint(emulator)));
    fflush(stdout);
    status = emulator_run(emulator);
    emulator_free(emulator);
    return status;
}
