// stack_functions -- the functions of a file as --function and --set would declare them: a file that the user names may start programs.
//
// They come before what the command line says of both, so that --set wins; a --function of the same name took the
// function's target already (stack_resources).
#include "cli/stack.h"

#include "queue/base/buffer.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

struct declaration {
    struct stack *stack;
    struct options *options; // filled anew
};

static bool add_set(struct declaration *declaration, const struct stack_function *function,
                    const char *name, struct text value)
{
    struct options *options = declaration->options;
    struct stack *stack = declaration->stack;
    if (options->set_count == OPTIONS_LIST_MAX)
        return stack_fault(stack, function->node, "functions have more than %d settings altogether",
                           OPTIONS_LIST_MAX);
    options->sets[options->set_count++] = arena_print(
        stack->arena, "%.*s.%s=%.*s", TEXT_ARGUMENTS(function->name), name, TEXT_ARGUMENTS(value));
    return true;
}

// What is global in SAM; NULL for other functions.
static const cJSON *globals_of(const struct stack *stack, const struct stack_function *function)
{
    bool serverless =
        text_equal(tree_text(function->resource, "Type"), TEXT("AWS::Serverless::Function"));
    return serverless ? tree_member(tree_member(stack->template_root, "Globals"), "Function")
                      : NULL;
}

static bool add_variables(struct declaration *declaration, const struct stack_function *function,
                          const cJSON *properties)
{
    struct stack *stack = declaration->stack;
    const cJSON *variable;
    cJSON_ArrayForEach(variable, tree_member(tree_member(properties, "Environment"), "Variables"))
    {
        cleanup(cJSON_Delete) cJSON *value = template_resolve(stack, variable);
        struct text name = arena_print(stack->arena, "Environment.%s", variable->string);
        if (value == NULL || !add_set(declaration, function, name.bytes, node_text(value)))
            return false;
    }
    return true;
}

// A program's surroundings; the function's own variables win over the global ones.
static bool add_environment(struct declaration *declaration, const struct stack_function *function)
{
    struct stack *stack = declaration->stack;
    const cJSON *globals = globals_of(stack, function);
    if (!text_starts_with(function->target, TEXT("exec:")))
        return true;
    const cJSON *handler = tree_member(function->properties, "Handler");
    if (handler == NULL)
        handler = tree_member(globals, "Handler");
    if (handler != NULL) {
        cleanup(cJSON_Delete) cJSON *value = template_resolve(stack, handler);
        if (value == NULL ||
            !add_set(declaration, function, "Environment._HANDLER", node_text(value)))
            return false;
    }
    return add_variables(declaration, function, globals) &&
           add_variables(declaration, function, function->properties);
}

static bool add_properties(struct declaration *declaration, const struct stack_function *function)
{
    static const char *const names[] = {"Timeout", "MemorySize", "ReservedConcurrentExecutions"};
    struct stack *stack = declaration->stack;
    for (size_t i = 0; i < ROWS(names); i++) {
        const cJSON *property = tree_member(function->properties, names[i]);
        if (property == NULL)
            property = tree_member(globals_of(stack, function), names[i]);
        if (property == NULL)
            continue;
        cleanup(cJSON_Delete) cJSON *value = template_resolve(stack, property);
        if (value == NULL || !add_set(declaration, function, names[i], node_text(value)))
            return false;
    }
    const cJSON *duration = tree_member(function->resource, "Duration");
    return duration == NULL || add_set(declaration, function, "Duration", node_text(duration));
}

static bool declare_function(struct declaration *declaration, const struct stack_function *function)
{
    struct options *options = declaration->options;
    struct stack *stack = declaration->stack;
    if (options->function_count == OPTIONS_LIST_MAX)
        return stack_fault(stack, function->node, "there are more than %d functions",
                           OPTIONS_LIST_MAX);
    options->functions[options->function_count++] =
        arena_print(stack->arena, "%.*s=%.*s", TEXT_ARGUMENTS(function->name),
                    TEXT_ARGUMENTS(function->target));
    return add_properties(declaration, function) && add_environment(declaration, function);
}

static bool is_used(const struct stack *stack, const struct stack_function *function)
{
    for (size_t i = 0; i < stack->mapping_count; i++) {
        if (stack->mappings[i].function == function)
            return true;
    }
    return false;
}

static bool declare_all(struct declaration *declaration)
{
    struct stack *stack = declaration->stack;
    for (size_t i = 0; i < stack->function_count; i++) {
        const struct stack_function *function = &stack->functions[i];
        if (function->target.length > 0) {
            if (!declare_function(declaration, function))
                return false;
        } else if (is_used(stack, function)) {
            return stack_fault(
                stack, function->node,
                "the function %.*s has no target: say what runs it with Target: (or targets:, or "
                "--function %.*s=...), such as sim: {...}, exec:./bootstrap or "
                "http://127.0.0.1:9000/",
                TEXT_ARGUMENTS(function->id), TEXT_ARGUMENTS(function->id));
        }
    }
    return true;
}

// Of this list, which took the place of a function's own target?
static bool is_of_stack(struct stack *stack, struct text declaration)
{
    struct text name;
    struct text target;
    return text_cut(declaration, '=', &name, &target) && stack_find_function(stack, name) != NULL;
}

bool stack_declare(struct stack *stack, struct options *options)
{
    cleanup_free struct options *given = allocate(sizeof(*given));
    *given = *options;
    options->function_count = 0;
    options->set_count = 0;
    struct declaration declaration = {.stack = stack, .options = options};
    if (!declare_all(&declaration))
        return false;
    for (size_t i = 0; i < given->function_count; i++) {
        if (is_of_stack(stack, given->functions[i]))
            continue;
        if (options->function_count == OPTIONS_LIST_MAX)
            return stack_fault(stack, NULL, "with --function there are more than %d functions",
                               OPTIONS_LIST_MAX);
        options->functions[options->function_count++] = given->functions[i];
    }
    for (size_t i = 0; i < given->set_count; i++) {
        if (options->set_count == OPTIONS_LIST_MAX)
            return stack_fault(stack, NULL, "with --set there are more than %d settings",
                               OPTIONS_LIST_MAX);
        options->sets[options->set_count++] = given->sets[i];
    }
    return true;
}

// "--function orders: why" and "--set orders.Timeout=x: why" name the function that is wrong.
bool stack_blame(struct stack *stack, struct text reason)
{
    struct text head;
    struct text why;
    if (!text_cut(reason, ':', &head, &why))
        return false;
    for (size_t i = 0; i < stack->function_count; i++) {
        const struct stack_function *function = &stack->functions[i];
        struct text declared =
            arena_print(stack->arena, "--function %.*s", TEXT_ARGUMENTS(function->name));
        struct text set = arena_print(stack->arena, "--set %.*s.", TEXT_ARGUMENTS(function->name));
        if (!text_equal(head, declared) && !text_starts_with(head, set))
            continue;
        stack_fault(stack, function->node, "%.*s", TEXT_ARGUMENTS(text_trim(why)));
        return true;
    }
    return false;
}
