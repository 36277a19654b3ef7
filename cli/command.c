// command -- reading a command's arguments, and guessing what a mistyped word meant.
// And finding the command itself.
//
// Options may stand before, between and behind operands; "--" ends them. What is wrong is said in one
// sentence on standard error, with the nearest word that would have been right, and status 2: a script
// never mistakes a typing error for an answer.
#include "cli/command.h"

#include "emulator/emulator.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WORD_MAX 40

int usage_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("redrive: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return STATUS_USAGE;
}

int failure(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("redrive: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return STATUS_FAILED;
}

static size_t least_of(size_t one, size_t two)
{
    return one < two ? one : two;
}

// Letters added, left out, changed or swapped with their neighbour.
static size_t distance(const char *from, const char *to)
{
    size_t from_length = strlen(from);
    size_t to_length = strlen(to);
    if (from_length > WORD_MAX || to_length > WORD_MAX)
        return WORD_MAX;
    size_t rows[WORD_MAX + 1][WORD_MAX + 1];
    for (size_t i = 0; i <= from_length; i++) {
        for (size_t j = 0; j <= to_length; j++) {
            if (i == 0 || j == 0) {
                rows[i][j] = i + j;
                continue;
            }
            size_t change = from[i - 1] == to[j - 1] ? 0 : 1;
            size_t best = least_of(rows[i - 1][j] + 1, rows[i][j - 1] + 1);
            best = least_of(best, rows[i - 1][j - 1] + change);
            if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                best = least_of(best, rows[i - 2][j - 2] + 1);
            rows[i][j] = best;
        }
    }
    return rows[from_length][to_length];
}

const char *nearest(const char *word, const char *const *candidates, size_t count)
{
    const char *found = NULL;
    size_t found_distance = strlen(word) / 3 + 2;
    for (size_t i = 0; i < count && candidates[i] != NULL; i++) {
        // The beginning of a word means it: "mapp" for "mappings".
        bool begins = strlen(word) >= 3 && strncmp(word, candidates[i], strlen(word)) == 0;
        size_t away = begins ? 1 : distance(word, candidates[i]);
        if (away < found_distance) {
            found = candidates[i];
            found_distance = away;
        }
    }
    return found;
}

static int unknown_option(const struct command *command, const struct argument *rows,
                          size_t row_count, const char *option)
{
    const char *candidates[ARGUMENT_LIST_MAX + 8] = {"--help"};
    for (size_t i = 0; i < row_count && i + 1 < ARGUMENT_LIST_MAX + 8; i++)
        candidates[i + 1] = rows[i].name;
    const char *meant = nearest(option, candidates, ARGUMENT_LIST_MAX + 8);
    if (meant != NULL)
        return usage_error("%s has no option '%s'; did you mean '%s'?", command->name, option,
                           meant);
    return usage_error("%s has no option '%s'; redrive %s --help shows what it takes",
                       command->name, option, command->name);
}

// Puts the value into the row's field; false if it is not what the row takes.
static bool value_take(const struct argument *row, const char *value)
{
    switch (row->kind) {
    case ARGUMENT_STRING:
        memcpy(row->field, &value, sizeof(value));
        return value[0] != '\0';
    case ARGUMENT_INTEGER: {
        int64_t number;
        if (!text_to_integer(text_of(value), &number) || number < 0)
            return false;
        memcpy(row->field, &number, sizeof(number));
        return true;
    }
    case ARGUMENT_DURATION:
        return duration_parse(text_of(value), row->field);
    case ARGUMENT_LIST: {
        struct argument_list *list = row->field;
        if (list->count == ARGUMENT_LIST_MAX)
            return false;
        list->items[list->count++] = value;
        return true;
    }
    case ARGUMENT_FLAG:
        break;
    }
    return false;
}

static const struct argument *row_of(const struct argument *rows, size_t row_count,
                                     const char *word)
{
    size_t name_length = strcspn(word, "=");
    for (size_t i = 0; i < row_count; i++) {
        if (strlen(rows[i].name) == name_length && strncmp(rows[i].name, word, name_length) == 0)
            return &rows[i];
    }
    return NULL;
}

bool argument_is_option(const struct argument *rows, size_t row_count, const char *word)
{
    return row_of(rows, row_count, word) != NULL;
}

int argument_take(const struct command *command, const struct argument *rows, size_t row_count,
                  int count, char **arguments, int *at)
{
    const char *option = arguments[*at];
    const char *equals = strchr(option, '=');
    const struct argument *row = row_of(rows, row_count, option);
    *at += 1;
    if (row == NULL)
        return unknown_option(command, rows, row_count, option);
    if (row->kind == ARGUMENT_FLAG) {
        if (equals != NULL)
            return usage_error("%s takes no value", row->name);
        *(bool *)row->field = true;
        return STATUS_OK;
    }
    const char *value = equals == NULL ? NULL : equals + 1;
    if (value == NULL && *at < count) {
        value = arguments[*at];
        *at += 1;
    }
    if (value == NULL)
        return usage_error("%s needs %s", row->name, row->wish);
    if (!value_take(row, value))
        return usage_error("%s takes %s, not \"%s\"", row->name, row->wish, value);
    return STATUS_OK;
}

bool arguments_read(const struct command *command, const struct argument *rows, size_t row_count,
                    struct operands *operands, int count, char **arguments, int *ret_status)
{
    bool options = true;
    for (int at = 0; at < count;) {
        const char *argument = arguments[at];
        if (options && (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0)) {
            fputs(command->help, stdout);
            *ret_status = STATUS_OK;
            return false;
        }
        if (options && strcmp(argument, "--") == 0) {
            options = false;
            at++;
            continue;
        }
        if (options && argument[0] == '-' && argument[1] != '\0') {
            *ret_status = argument_take(command, rows, row_count, count, arguments, &at);
            if (*ret_status != STATUS_OK)
                return false;
            continue;
        }
        if (operands->count == operands->most) {
            *ret_status =
                usage_error("%s does not take '%s'; redrive %s --help shows what it takes",
                            command->name, argument, command->name);
            return false;
        }
        operands->items[operands->count++] = argument;
        at++;
    }
    return true;
}

// ---- which command ----

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

// The command of these words, and how many of them its name takes; NULL if there is none.
static const struct command *command_find(int count, char **words, int *ret_taken)
{
    char two_words[2 * WORD_MAX] = "";
    if (count >= 2)
        snprintf(two_words, sizeof(two_words), "%s %s", words[0], words[1]);
    const struct command *found = NULL;
    for (const struct command *command = commands_table; command->name != NULL; command++) {
        if (strcmp(command->name, two_words) == 0) {
            *ret_taken = 2;
            return command;
        }
        if (strcmp(command->name, words[0]) == 0) {
            *ret_taken = 1;
            found = command;
        }
    }
    return found;
}

static int unknown_command(const char *word)
{
    const char *names[32] = {NULL};
    size_t count = 0;
    for (const struct command *command = commands_table; command->name != NULL; command++) {
        if (strchr(command->name, ' ') == NULL && count < 32)
            names[count++] = command->name;
    }
    const char *meant = nearest(word, names, count);
    if (meant != NULL)
        return usage_error("there is no command '%s'; did you mean '%s'?", word, meant);
    return usage_error("there is no command '%s'; redrive help lists them", word);
}

static void print_list(FILE *out)
{
    fputs("redrive COMMAND [OPTION]... -- a local Amazon SQS and Lambda event source mapping "
          "emulator\n\n",
          out);
    for (const struct command *command = commands_table; command->name != NULL; command++) {
        if (command->summary != NULL)
            fprintf(out, "  %-16s %s\n", command->name, command->summary);
    }
    fputs("\nredrive COMMAND --help explains one. Start with: redrive demo tour\n", out);
}

int command_demo(const struct command *command, int count, char **arguments)
{
    static const char *const demos[] = {"tour", "responses", "approaches", "snowball", "fairness"};
    if (count > 0 && is_help(arguments[0])) {
        fputs(command->help, stdout);
        return STATUS_OK;
    }
    const char *meant =
        count > 0 ? nearest(arguments[0], demos, sizeof(demos) / sizeof(demos[0])) : NULL;
    if (meant != NULL)
        return usage_error("there is no demo '%s'; did you mean '%s'?", arguments[0], meant);
    return usage_error("demo needs one of: tour, responses, approaches, snowball, fairness");
}

int command_help(const struct command *command, int count, char **arguments)
{
    (void)command;
    int taken;
    if (count == 0 || is_help(arguments[0])) {
        print_list(stdout);
        return STATUS_OK;
    }
    const struct command *asked = command_find(count, arguments, &taken);
    if (asked == NULL)
        return unknown_command(arguments[0]);
    char help[] = "--help";
    char *words[] = {help};
    return asked->run(asked, 1, words);
}

int command_version(const struct command *command, int count, char **arguments)
{
    struct operands operands = {.most = 0};
    int status;
    if (!arguments_read(command, NULL, 0, &operands, count, arguments, &status))
        return status;
    puts("redrive " REDRIVE_VERSION);
    return STATUS_OK;
}

int command_run(int count, char **words)
{
    int taken;
    if (count == 0) {
        print_list(stderr);
        return STATUS_USAGE;
    }
    if (is_help(words[0])) {
        print_list(stdout);
        return STATUS_OK;
    }
    if (strcmp(words[0], "--version") == 0) {
        puts("redrive " REDRIVE_VERSION);
        return STATUS_OK;
    }
    const struct command *command = command_find(count, words, &taken);
    if (command == NULL)
        return unknown_command(words[0]);
    return command->run(command, count - taken, words + taken);
}
