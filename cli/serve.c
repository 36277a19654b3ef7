// serve -- the emulator in the foreground, until SIGINT or SIGTERM.
//
// Standard output carries one line, when it is ready, so that a script can wait for it and read the
// endpoint; everything else is log and goes to standard error.
#include "cli/command.h"
#include "emulator/emulator.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define NAMES_MAX 64

static int unknown_option(const char *word)
{
    if (word[0] != '-')
        return usage_error("serve does not take '%s'; redrive serve --help shows what it takes",
                           word);
    const char *names[NAMES_MAX] = {"--help"};
    for (size_t i = 0; i + 1 < NAMES_MAX && options_name(i).length > 0; i++)
        names[i + 1] = options_name(i).bytes;
    const char *meant = nearest(word, names, NAMES_MAX);
    if (meant != NULL)
        return usage_error("serve has no option '%s'; did you mean '%s'?", word, meant);
    return usage_error("serve has no option '%s'; redrive serve --help shows what it takes", word);
}

static int print_help(const struct command *command)
{
    cleanup(buffer_deinit) struct buffer options = {0};
    options_append_help(&options);
    // The manual says where the options stand.
    struct text help = text_of(command->help);
    size_t at;
    if (text_find(help, TEXT("OPTIONS"), &at)) {
        struct text before = text_head(help, at);
        struct text after = text_skip(help, at + strlen("OPTIONS"));
        printf("%.*s%.*s%.*s", TEXT_ARGUMENTS(before), TEXT_ARGUMENTS(buffer_text(&options)),
               TEXT_ARGUMENTS(after));
    }
    return STATUS_OK;
}

static bool is_loopback(struct text host)
{
    return text_starts_with(host, TEXT("127.")) || text_equal(host, TEXT("localhost")) ||
           text_equal(host, TEXT("::1")) || text_equal(host, TEXT("[::1]"));
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

static int serve(const struct options *options)
{
    hold_signals();
    struct text reason = {0};
    int status = STATUS_FAILED;
    struct emulator *emulator = emulator_new(options, &reason, &status);
    if (emulator == NULL) {
        fprintf(stderr, "redrive: %.*s\n", TEXT_ARGUMENTS(reason));
        return status;
    }
    if (!is_loopback(options->host))
        fprintf(
            stderr,
            "redrive: warning: listening on %.*s, where others can reach it: whoever does can read "
            "and change every queue\n",
            TEXT_ARGUMENTS(options->host));
    static const char *const modes[] = {"real", "manual", "leap"};
    struct text endpoint = emulator_endpoint(emulator);
    printf("redrive is ready at %.*s  api %.*s/_redrive/api/  clock %s  database %s\n",
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
    for (int at = 0; at < count;) {
        if (strcmp(arguments[at], "--help") == 0 || strcmp(arguments[at], "-h") == 0)
            return print_help(command);
        struct text reason;
        int taken = options_take(&options, count, arguments, &at, &reason);
        if (taken < 0)
            return usage_error("%.*s", TEXT_ARGUMENTS(reason));
        if (taken == 0)
            return unknown_option(arguments[at]);
    }
    return serve(&options);
}
