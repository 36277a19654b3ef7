// serve -- the emulator in the foreground, until SIGINT or SIGTERM.
//
// Standard output carries one line, when it is ready, so that a script can wait for it and read the
// endpoint; everything else is log and goes to standard error.
#include "cli/command.h"
#include "cli/config.h"
#include "emulator/emulator.h"

#include <signal.h>
#include <stdio.h>

static bool is_loopback(struct text host)
{
    return text_starts_with(host, TEXT("127.")) || text_equal(host, TEXT("localhost")) ||
           text_equal(host, TEXT("::1")) || text_equal(host, TEXT("[::1]"));
}

void warn_of_host(const struct options *options)
{
    if (!is_loopback(options->host))
        fprintf(
            stderr,
            "redrive: warning: listening on %.*s, where others can reach it: whoever does can read "
            "and change every queue\n",
            TEXT_ARGUMENTS(options->host));
}

// Who reads the line that says "ready" may end us at once: from here on the two signals wait for the loop, which takes them over.
static void hold_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

static int serve(const struct options *options, struct config *config)
{
    hold_signals();
    struct text reason = {0};
    int status = STATUS_FAILED;
    struct emulator *emulator = emulator_new(options, &reason, &status);
    if (emulator == NULL) {
        reason = config_reason(config, reason);
        fprintf(stderr, "redrive: %.*s\n", TEXT_ARGUMENTS(reason));
        return status;
    }
    warn_of_host(options);
    if (!config_create(config, emulator)) {
        emulator_free(emulator);
        return STATUS_USAGE;
    }
    static const char *const modes[] = {"real", "manual", "leap"};
    struct text endpoint = emulator_endpoint(emulator);
    printf("redrive is ready at %.*s  dashboard %.*s/_redrive/  clock %s  database %s\n",
           TEXT_ARGUMENTS(endpoint), TEXT_ARGUMENTS(endpoint), modes[options->clock],
           options->database == NULL ? "in memory" : options->database);
    fflush(stdout);
    status = emulator_run(emulator);
    emulator_free(emulator);
    return status;
}

int command_serve(const struct command *command, int count, char **arguments)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    struct options options;
    options_init(&options, arena);
    const char *file = NULL;
    const struct argument rows[] = {{"--config", ARGUMENT_STRING, &file, "a file"}};
    int at;
    int status;
    if (!emulator_words_read(command, rows, 1, &options, count, arguments, &at, &status))
        return status;
    if (at < count)
        return usage_error("serve does not take '%s'; redrive serve --help shows what it takes",
                           arguments[at]);
    cleanup(config_free) struct config *config = file == NULL ? NULL : config_read(file, &options);
    if (file != NULL && config == NULL)
        return STATUS_USAGE;
    return serve(&options, config);
}
