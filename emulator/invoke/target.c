// target -- from the text behind --function NAME= to who runs it.
//
// A prefix decides. Programs (exec:, attach:) are started by the command line or a file that the
// user names and never over HTTP, because a web page can send HTTP requests to this machine; so
// where a target comes from is asked before what it says.
#include "emulator/invoke/target.h"

#include "emulator/invoke/http.h"
#include "emulator/invoke/runtime.h"
#include "emulator/invoke/scripted.h"
#include "emulator/options.h"
#include "emulator/world.h"
#include "esm/function.h"

#include <inttypes.h>

struct target_kind {
    struct text prefix;
    bool program;
};

static const struct target_kind target_kinds[] = {
    {TEXT("http:"), false}, {TEXT("https:"), false}, {TEXT("sim:"), false},
    {TEXT("exec:"), true},  {TEXT("attach:"), true},
};

static const struct target_kind *target_kind_of(struct text target)
{
    for (size_t i = 0; i < sizeof(target_kinds) / sizeof(target_kinds[0]); i++) {
        if (text_starts_with(target, target_kinds[i].prefix))
            return &target_kinds[i];
    }
    return NULL;
}

bool target_bind(struct world *world, struct function *function, struct text target,
                 bool from_command_line, struct text *ret_reason)
{
    const struct target_kind *kind = target_kind_of(target);
    if (!kind) {
        *ret_reason = arena_print(
            function->arena,
            "the target %.*s of function %.*s is none that redrive knows; write "
            "http://127.0.0.1:9000/, exec:./bootstrap or sim:{\"fail\":{\"body\":\"poison\"}}",
            TEXT_ARGUMENTS(target), TEXT_ARGUMENTS(function->name));
        return false;
    }
    if (kind->program && !from_command_line) {
        *ret_reason =
            arena_print(function->arena,
                        "function %.*s: programs are started by the command line or a file, "
                        "never over HTTP; only http: and sim: targets can be set here",
                        TEXT_ARGUMENTS(function->name));
        return false;
    }
    bool scripted = text_equal(kind->prefix, TEXT("sim:"));
    void *parsed = NULL;
    if (kind->program ? !runtime_target_parse(world->runtime, function, target, &parsed, ret_reason)
        : scripted    ? !scripted_target_parse(function->arena, target, &parsed, ret_reason)
                      : !http_target_parse(function->arena, target, &parsed, ret_reason))
        return false;
    if (function->free_target)
        function->free_target(function->target_parsed);
    function->free_target = NULL; // all kinds live in the function's arena
    function->target = arena_copy(function->arena, target);
    function->target_parsed = parsed;
    function->invoker = kind->program ? runtime_invoker_face(world->runtime)
                        : scripted    ? scripted_invoker_face(world->scripted)
                                      : http_invoker_face(world->http);
    return true;
}

// ---- --function NAME=TARGET ----

static bool declare_function(struct world *world, struct text declaration, struct text *ret_reason)
{
    struct arena *arena = world->options->arena;
    struct text name, target;
    if (!text_cut(declaration, '=', &name, &target)) {
        *ret_reason = arena_print(arena,
                                  "--function %.*s has no '='; write --function NAME=TARGET, "
                                  "for example --function orders=http://127.0.0.1:9000/",
                                  TEXT_ARGUMENTS(declaration));
        return false;
    }
    if (!function_name_is_valid(name)) {
        *ret_reason = arena_print(arena,
                                  "--function: \"%.*s\" is no function name; a name has 1 to 64 "
                                  "letters, digits, '-' and '_'",
                                  TEXT_ARGUMENTS(name));
        return false;
    }
    struct function *function = functions_find(world->functions, name);
    if (function && function->declared) {
        *ret_reason = arena_print(arena, "--function %.*s is given twice", TEXT_ARGUMENTS(name));
        return false;
    }
    if (!function) // else one that the journal brought back: the command line wins
        function = functions_add(world->functions, name);
    struct text reason;
    if (!target_bind(world, function, target, true, &reason)) {
        *ret_reason = arena_print(arena, "--function %.*s: %.*s", TEXT_ARGUMENTS(name),
                                  TEXT_ARGUMENTS(reason));
        return false;
    }
    function->declared = true;
    function->modified_at_ms = timeline_now_ms(world->timeline);
    return true;
}

// ---- --set NAME.Property=VALUE ----

struct property {
    struct text name;
    size_t offset; // of an int64_t in struct function
    int64_t least, most;
    bool duration; // a span of time like 50ms, kept in ms; else a whole number
    struct text takes;
};

static const struct property properties[] = {
    {TEXT("Timeout"), offsetof(struct function, timeout_seconds), 1, FUNCTION_TIMEOUT_SECONDS_MAX,
     false, TEXT("whole seconds from 1 to 900")},
    {TEXT("Duration"), offsetof(struct function, duration_ms), 0,
     FUNCTION_TIMEOUT_SECONDS_MAX * 1000LL, true,
     TEXT("the virtual time that one invocation takes, like 50ms or 2s, at most 15m")},
    {TEXT("MemorySize"), offsetof(struct function, memory_mb), 128, 10240, false,
     TEXT("whole megabytes from 128 to 10240")},
    {TEXT("ReservedConcurrentExecutions"), offsetof(struct function, reserved_concurrency), 0, 1000,
     false, TEXT("a whole number from 0 to 1000")},
};

#define PROPERTIES_COUNT (sizeof(properties) / sizeof(properties[0]))

static const struct property *property_find(struct text name)
{
    for (size_t i = 0; i < PROPERTIES_COUNT; i++) {
        if (text_equal(properties[i].name, name))
            return &properties[i];
    }
    return NULL;
}

static bool property_set(const struct property *property, struct function *function,
                         struct text value)
{
    int64_t number;
    if (property->duration ? !duration_parse(value, &number) : !text_to_integer(value, &number))
        return false;
    if (number < property->least || number > property->most)
        return false;
    *(int64_t *)(void *)((char *)function + property->offset) = number;
    return true;
}

static bool declare_variable(struct world *world, struct function *function, struct text name,
                             struct text value, struct text *ret_reason)
{
    struct arena *arena = world->options->arena;
    struct text reason = TEXT("redrive starts no program for it; only an exec: target has an "
                              "environment");
    if (text_starts_with(function->target, TEXT("exec:")) &&
        runtime_target_set(function, name, value, &reason))
        return true;
    *ret_reason =
        arena_print(arena, "--set %.*s.Environment.%.*s: %.*s", TEXT_ARGUMENTS(function->name),
                    TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(reason));
    return false;
}

static bool declare_setting(struct world *world, struct text setting, struct text *ret_reason)
{
    struct arena *arena = world->options->arena;
    struct text path, value, name, property_name;
    if (!text_cut(setting, '=', &path, &value) || !text_cut(path, '.', &name, &property_name)) {
        *ret_reason = arena_print(arena,
                                  "--set %.*s is not of the form NAME.Property=VALUE, for example "
                                  "orders.Timeout=5",
                                  TEXT_ARGUMENTS(setting));
        return false;
    }
    struct function *function = functions_find(world->functions, name);
    if (!function) {
        *ret_reason =
            arena_print(arena,
                        "--set %.*s: there is no function %.*s; declare it by "
                        "--function %.*s=TARGET",
                        TEXT_ARGUMENTS(setting), TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(name));
        return false;
    }
    struct text member, variable;
    if (text_cut(property_name, '.', &member, &variable) && text_equal(member, TEXT("Environment")))
        return declare_variable(world, function, variable, value, ret_reason);
    const struct property *property = property_find(property_name);
    if (!property) {
        *ret_reason = arena_print(arena,
                                  "--set %.*s: a function has no property %.*s; it has Timeout, "
                                  "Duration, MemorySize, ReservedConcurrentExecutions and "
                                  "Environment.NAME",
                                  TEXT_ARGUMENTS(setting), TEXT_ARGUMENTS(property_name));
        return false;
    }
    if (!property_set(property, function, value)) {
        *ret_reason = arena_print(arena, "--set %.*s: %.*s takes %.*s", TEXT_ARGUMENTS(setting),
                                  TEXT_ARGUMENTS(property_name), TEXT_ARGUMENTS(property->takes));
        return false;
    }
    return true;
}

bool target_declare_all(struct world *world, struct text *ret_reason)
{
    const struct options *options = world->options;
    for (size_t i = 0; i < options->function_count; i++) {
        if (!declare_function(world, options->functions[i], ret_reason))
            return false;
    }
    for (size_t i = 0; i < options->set_count; i++) {
        if (!declare_setting(world, options->sets[i], ret_reason))
            return false;
    }
    return true;
}
