// command -- what the user can type, as one table; and the reading of what stands behind a command's name.
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "queue/base/text.h"

#define STATUS_OK 0
#define STATUS_FAILED 1
#define STATUS_USAGE 2

struct command {
    const char *name;    // "serve", "demo tour"
    const char *summary; // one line for the list; NULL: not listed
    const char *help;    // synopsis, purpose, options, an example
    // arguments[0 ... count-1] stand behind the name. Returns the exit status.
    int (*run)(const struct command *command, int count, char **arguments);
};

// Ends with a row without a name.
extern const struct command commands_table[];

// Runs the command that these words (without the program's name) ask for; returns the exit status.
int command_run(int count, char **words);

// "redrive: ..." on standard error, and STATUS_USAGE.
__attribute__((format(printf, 1, 2))) int usage_error(const char *format, ...);
// "redrive: ..." on standard error, and STATUS_FAILED.
__attribute__((format(printf, 1, 2))) int failure(const char *format, ...);
// The candidate that was probably meant; NULL if none is near. count names, or up to a NULL.
const char *nearest(const char *word, const char *const *candidates, size_t count);

enum argument_kind {
    ARGUMENT_FLAG,     // bool
    ARGUMENT_STRING,   // const char *
    ARGUMENT_INTEGER,  // int64_t, 0 or more
    ARGUMENT_DURATION, // int64_t, ms
    ARGUMENT_LIST,     // struct argument_list
};

#define ARGUMENT_LIST_MAX 10

struct argument_list {
    const char *items[ARGUMENT_LIST_MAX];
    size_t count;
};

struct argument {
    const char *name; // "--delay"
    enum argument_kind kind;
    void *field;
    const char *wish; // "a duration such as 5s"; not for flags
};

#define OPERANDS_MAX 3

struct operands {
    const char *items[OPERANDS_MAX];
    size_t count;
    size_t most; // set by the caller
};

// Reads options and operands in any order. False: the command ends with *ret_status (--help was printed, or a usage error).
bool arguments_read(const struct command *command, const struct argument *rows, size_t row_count,
                    struct operands *operands, int count, char **arguments, int *ret_status);

// For commands that read their words themselves. Is this word one of the options ("--delay", "--delay=5s")?
bool argument_is_option(const struct argument *rows, size_t row_count, const char *word);
// Reads the option at arguments[*at] and moves *at behind it: STATUS_OK, or STATUS_USAGE after it was told.
int argument_take(const struct command *command, const struct argument *rows, size_t row_count,
                  int count, char **arguments, int *at);
struct options;
// Words of an emulator (serve, exec): its options and those of rows, up to the end, a "--" or a word that is no option; *ret_at
// stands there. False: the command ends with *ret_status.
bool emulator_words_read(const struct command *command, const struct argument *rows,
                         size_t row_count, struct options *options, int count, char **arguments,
                         int *ret_at, int *ret_status);
// Says on standard error that the listener can be reached from elsewhere, if it can (serve, exec).
void warn_of_host(const struct options *options);

// The commands. command.c, serve.c, show.c, story.c, send.c, time.c, tour.c, tour_client.c, responses.c
int command_demo(const struct command *command, int count, char **arguments);
int command_help(const struct command *command, int count, char **arguments);
int command_version(const struct command *command, int count, char **arguments);
int command_serve(const struct command *command, int count, char **arguments);
int command_exec(const struct command *command, int count, char **arguments);
int command_test(const struct command *command, int count, char **arguments);
int command_queues(const struct command *command, int count, char **arguments);
int command_mappings(const struct command *command, int count, char **arguments);
int command_functions(const struct command *command, int count, char **arguments);
int command_peek(const struct command *command, int count, char **arguments);
int command_trace(const struct command *command, int count, char **arguments);
int command_check(const struct command *command, int count, char **arguments);
int command_lint(const struct command *command, int count, char **arguments);
int command_why(const struct command *command, int count, char **arguments);
int command_send(const struct command *command, int count, char **arguments);
int command_move(const struct command *command, int count, char **arguments);
int command_purge(const struct command *command, int count, char **arguments);
int command_clock(const struct command *command, int count, char **arguments);
int command_wait(const struct command *command, int count, char **arguments);
int command_tour(const struct command *command, int count, char **arguments);
int command_tour_client(const struct command *command, int count, char **arguments);
int command_responses(const struct command *command, int count, char **arguments);
int command_approaches(const struct command *command, int count, char **arguments);
int command_fairness(const struct command *command, int count, char **arguments);
int command_snowball(const struct command *command, int count, char **arguments);

#endif
