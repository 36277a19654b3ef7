// runtime_target -- from "exec:PROGRAM ARGUMENTS" to words, and from its first word to a file.
//
// A shell was not taken: it would be one more process between redrive and the runtime, and its expansions would make a target mean
// different things on different machines. Whoever wants one writes exec:sh -c '...'.
#include "emulator/invoke/runtime.h"
#include "emulator/invoke/sandbox.h"
#include "emulator/world.h"
#include "esm/function.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORDS_MAX 128
#define PORT_MAX 65535

// ---- words ----

// One word into to, without its quotes; false at a quote that is never closed. text moves behind the word.
static bool word_take(struct text *text, char *to)
{
    char quote = '\0';
    size_t at = 0;
    for (; at < text->length; at++) {
        char byte = text->bytes[at];
        if (quote == '\0' && (byte == ' ' || byte == '\t'))
            break;
        if (quote == '\0' && (byte == '\'' || byte == '"'))
            quote = byte;
        else if (byte == quote && quote != '\0')
            quote = '\0';
        else if (byte == '\\' && quote != '\'' && at + 1 < text->length)
            *to++ = text->bytes[++at];
        else
            *to++ = byte;
    }
    *to = '\0';
    *text = text_skip(*text, at);
    return quote == '\0';
}

static bool words_split(struct program *program, struct arena *arena, struct text command,
                        struct text *ret_reason)
{
    char **words = arena_new_array(arena, char *, WORDS_MAX + 1);
    size_t count = 0;
    for (struct text rest = text_trim(command); rest.length > 0; rest = text_trim(rest)) {
        if (count == WORDS_MAX) {
            *ret_reason = arena_print(arena, "exec: takes at most %d words", WORDS_MAX);
            return false;
        }
        words[count] = arena_allocate(arena, rest.length + 1);
        if (!word_take(&rest, words[count++])) {
            *ret_reason = arena_print(arena, "exec:%.*s has a quote that is not closed",
                                      TEXT_ARGUMENTS(command));
            return false;
        }
    }
    if (count == 0 || words[0][0] == '\0') {
        *ret_reason = arena_print(arena, "exec: names no program; write exec:./bootstrap, or "
                                         "exec:python3 -m awslambdaric app.handler");
        return false;
    }
    program->arguments = words;
    program->handler = count > 1 ? text_of(words[count - 1]) : TEXT("bootstrap");
    return true;
}

// ---- the program ----

static bool is_executable(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

// As a shell would find it. NULL if there is none.
static char *path_find(struct arena *arena, const char *name)
{
    if (strchr(name, '/') != NULL)
        return is_executable(name) ? (char *)(uintptr_t)arena_copy(arena, text_of(name)).bytes
                                   : NULL;
    const char *path = getenv("PATH");
    struct text rest = text_of(path != NULL ? path : "/usr/local/bin:/usr/bin:/bin");
    while (rest.length > 0) {
        struct text directory = rest, after = TEXT("");
        text_cut(rest, ':', &directory, &after);
        struct text candidate = directory.length > 0
                                    ? arena_print(arena, "%.*s/%s", TEXT_ARGUMENTS(directory), name)
                                    : arena_print(arena, "./%s", name);
        if (is_executable(candidate.bytes))
            return (char *)(uintptr_t)candidate.bytes;
        rest = after;
    }
    return NULL;
}

static bool exec_parse(struct program *program, struct arena *arena, struct text command,
                       struct text *ret_reason)
{
    if (!words_split(program, arena, command, ret_reason))
        return false;
    program->path = path_find(arena, program->arguments[0]);
    if (program->path != NULL)
        return true;
    *ret_reason = arena_print(arena,
                              "exec: there is no program %s%s; give its path, and make it "
                              "executable (chmod +x)",
                              program->arguments[0],
                              strchr(program->arguments[0], '/') != NULL ? "" : " in PATH");
    return false;
}

static bool attach_parse(struct program *program, struct arena *arena, struct text port_text,
                         struct text *ret_reason)
{
    int64_t port;
    if (!text_to_integer(port_text, &port) || port < 1 || port > PORT_MAX) {
        *ret_reason = arena_print(arena,
                                  "attach: takes the port that redrive shall listen on for a "
                                  "runtime of yours, like attach:9001, not %.*s",
                                  TEXT_ARGUMENTS(port_text));
        return false;
    }
    int error;
    if (sandbox_attach(program, port, &error))
        return true;
    *ret_reason = arena_print(arena, "attach: port %lld of 127.0.0.1 cannot be listened on: %s",
                              (long long)port, strerror(error));
    return false;
}

bool runtime_target_parse(struct runtime_invoker *invoker, struct function *function,
                          struct text target, void **ret_parsed, struct text *ret_reason)
{
    struct arena *arena = function->arena;
    struct program *program = arena_allocate(arena, sizeof(*program));
    program->invoker = invoker;
    program->function = function;
    program_prepare(program);
    struct text kind, rest;
    text_cut(target, ':', &kind, &rest);
    if (text_equal(kind, TEXT("attach")) ? !attach_parse(program, arena, rest, ret_reason)
                                         : !exec_parse(program, arena, rest, ret_reason))
        return false;
    list_append(&invoker->programs, &program->link);
    *ret_parsed = program;
    return true;
}

// ---- variables ----

static bool is_variable_name(struct text name)
{
    for (size_t index = 0; index < name.length; index++) {
        char byte = name.bytes[index];
        bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
        if (!letter && (index == 0 || byte < '0' || byte > '9'))
            return false;
    }
    return name.length > 0;
}

bool runtime_target_set(struct function *function, struct text name, struct text value,
                        struct text *ret_reason)
{
    struct arena *arena = function->arena;
    struct program *program = function->target_parsed;
    if (!is_variable_name(name)) {
        *ret_reason = arena_print(arena,
                                  "\"%.*s\" is no name of an environment variable; a name has "
                                  "letters, digits and '_'",
                                  TEXT_ARGUMENTS(name));
        return false;
    }
    if (text_equal(name, TEXT("AWS_LAMBDA_RUNTIME_API"))) {
        *ret_reason = arena_print(
            arena, "AWS_LAMBDA_RUNTIME_API is redrive's own: each process has a port of its own");
        return false;
    }
    struct variable *variable = arena_allocate(arena, sizeof(*variable));
    variable->name = arena_copy(arena, name);
    variable->value = arena_copy(arena, value);
    variable->next = program->variables; // the last of a name wins
    program->variables = variable;
    return true;
}
