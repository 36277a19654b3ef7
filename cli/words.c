// words -- the options of an emulator, as serve and exec take them, and their manual.
//
// The rows stand in emulator/options; a command may add rows of its own, which win over those of the
// same name.
#include "cli/command.h"
#include "emulator/emulator.h"

#include <stdio.h>
#include <string.h>

#define NAMES_MAX 64

static int unknown_option(const struct command *command, const struct argument *rows,
                          size_t row_count, const char *word)
{
    const char *names[NAMES_MAX] = {"--help"};
    size_t count = 1;
    for (size_t i = 0; i < row_count && count + 1 < NAMES_MAX; i++)
        names[count++] = rows[i].name;
    for (size_t i = 0; options_name(i).length > 0 && count + 1 < NAMES_MAX; i++)
        names[count++] = options_name(i).bytes;
    const char *meant = nearest(word, names, NAMES_MAX);
    if (meant != NULL)
        return usage_error("%s has no option '%s'; did you mean '%s'?", command->name, word, meant);
    return usage_error("%s has no option '%s'; redrive %s --help shows what it takes",
                       command->name, word, command->name);
}

// An option's line begins with two blanks and its name.
static bool is_line_of(struct text line, const struct argument *rows, size_t row_count)
{
    struct text name = text_trim(line);
    struct text rest;
    text_cut(name, ' ', &name, &rest);
    for (size_t i = 0; i < row_count; i++) {
        if (text_equal(name, text_of(rows[i].name)))
            return true;
    }
    return false;
}

// The manual says where the options stand; those that the command has a row of its own for, it explains itself.
static void print_help(const struct command *command, const struct argument *rows, size_t row_count,
                       const struct options *defaults)
{
    cleanup(buffer_deinit) struct buffer options = {0};
    options_append_help(&options, defaults);
    struct text help = text_of(command->help);
    size_t at;
    if (!text_find(help, TEXT("OPTIONS"), &at))
        return;
    printf("%.*s", TEXT_ARGUMENTS(text_head(help, at)));
    struct text rest = buffer_text(&options);
    struct text line;
    while (text_cut(rest, '\n', &line, &rest)) {
        if (!is_line_of(line, rows, row_count))
            printf("%.*s\n", TEXT_ARGUMENTS(line));
    }
    printf("%.*s", TEXT_ARGUMENTS(text_skip(help, at + strlen("OPTIONS"))));
}

bool emulator_words_read(const struct command *command, const struct argument *rows,
                         size_t row_count, struct options *options, int count, char **arguments,
                         int *ret_at, int *ret_status)
{
    const struct options defaults = *options;
    int at = 0;
    while (at < count) {
        const char *word = arguments[at];
        if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            print_help(command, rows, row_count, &defaults);
            *ret_status = STATUS_OK;
            return false;
        }
        if (word[0] != '-' || strcmp(word, "--") == 0)
            break;
        if (argument_is_option(rows, row_count, word)) {
            *ret_status = argument_take(command, rows, row_count, count, arguments, &at);
            if (*ret_status != STATUS_OK)
                return false;
            continue;
        }
        struct text reason;
        int taken = options_take(options, count, arguments, &at, &reason);
        if (taken <= 0) {
            *ret_status = taken < 0 ? usage_error("%.*s", TEXT_ARGUMENTS(reason))
                                    : unknown_option(command, rows, row_count, word);
            return false;
        }
    }
    *ret_at = at;
    return true;
}
