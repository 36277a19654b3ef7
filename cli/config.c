// config -- a file's resources in a running emulator, and one line for each on standard error.
//
// A second start with the same file and the same database finds everything and changes nothing. Where they
// differ the file wins, as a template does that is deployed again: one line says what it was. What the file does not
// name stays as it is, and nothing is ever deleted: a database may hold more than one file's work.
#include "cli/config.h"

#include "cli/command.h"
#include "cli/stack.h"

#include <stdio.h>

struct config {
    struct stack stack;
    bool quiet;
};

static const struct field config_fields[] = {
    {"name", FIELD_TEXT, false},     {"description", FIELD_BODY, false},
    {"template", FIELD_TEXT, false}, {"resources", FIELD_MAP, false},
    {"targets", FIELD_MAP, false},   {NULL, FIELD_ANY, false},
};

// ---- reading ----

static bool check_root(struct stack *stack)
{
    if (stack->template_root != NULL)
        return true; // the file is the template
    const cJSON *steps = tree_member(stack->root, "steps");
    if (steps != NULL)
        return stack_fault(stack, steps,
                           "steps make this a scenario: redrive test plays it; a config holds "
                           "resources alone");
    return shape_check(stack, "a config", stack->root, config_fields);
}

static bool read_all(struct stack *stack, struct options *options)
{
    if (!stack_read(stack) || !check_root(stack) || !stack_collect(stack) ||
        !stack_declare(stack, options))
        return false;
    bool empty = stack->queue_count + stack->function_count + stack->mapping_count == 0;
    return !empty || stack_fault(stack, NULL,
                                 "it declares no queue, no function and no mapping: a config has "
                                 "resources: (or template:), a template has Resources:");
}

struct config *config_read(const char *file, struct options *options)
{
    cleanup(config_free) struct config *config = allocate(sizeof(*config));
    struct stack *stack = &config->stack;
    stack_init(stack, options->arena, file, "config");
    stack->account = options->account;
    stack->region = options->region;
    stack->targets = options->functions;
    stack->target_count = options->function_count;
    config->quiet = options->quiet;
    if (read_all(stack, options))
        return take(&config);
    usage_error("%.*s", TEXT_ARGUMENTS(stack->fault));
    return NULL;
}

struct config *config_free(struct config *config)
{
    if (config == NULL)
        return NULL;
    stack_deinit(&config->stack);
    free(config);
    return NULL;
}

struct text config_reason(struct config *config, struct text reason)
{
    bool blamed = config != NULL && stack_blame(&config->stack, reason);
    return blamed ? config->stack.fault : reason;
}

// ---- creating ----

static const char *fate_text(enum stack_fate fate)
{
    static const char *const names[] = {
        [STACK_CREATED] = "created", [STACK_KEPT] = "kept", [STACK_CHANGED] = "changed"};
    return names[fate];
}

static void tell_fate(enum stack_fate fate, struct text changes)
{
    fprintf(stderr, " fate=%s", fate_text(fate));
    if (changes.length > 0)
        fprintf(stderr, " changes=\"%.*s\"", TEXT_ARGUMENTS(changes));
    fputc('\n', stderr);
}

static void tell(const struct stack *stack)
{
    fprintf(stderr, "config file=%s queues=%zu functions=%zu mappings=%zu\n", stack->file,
            stack->queue_count, stack->function_count, stack->mapping_count);
    for (size_t i = 0; i < stack->queue_count; i++) {
        const struct stack_queue *queue = &stack->queues[i];
        fprintf(stderr, "config queue=%.*s", TEXT_ARGUMENTS(queue->name));
        tell_fate(queue->fate, queue->changes);
    }
    for (size_t i = 0; i < stack->function_count; i++) {
        const struct stack_function *function = &stack->functions[i];
        bool runs = function->target.length > 0;
        struct text target = runs ? function->target : TEXT("none: it is not declared");
        fprintf(stderr, "config function=%.*s target=\"%.*s\"\n", TEXT_ARGUMENTS(function->name),
                TEXT_ARGUMENTS(target));
    }
    for (size_t i = 0; i < stack->mapping_count; i++) {
        const struct stack_mapping *mapping = &stack->mappings[i];
        fprintf(stderr, "config mapping=%.*s queue=%.*s function=%.*s",
                TEXT_ARGUMENTS(mapping->uuid), TEXT_ARGUMENTS(mapping->queue->name),
                TEXT_ARGUMENTS(mapping->function->name));
        tell_fate(mapping->fate, mapping->changes);
    }
}

bool config_create(struct config *config, struct emulator *emulator)
{
    if (config == NULL)
        return true;
    config->stack.emulator = emulator;
    bool created = stack_create(&config->stack);
    config->stack.emulator = NULL;
    if (!created)
        usage_error("%.*s", TEXT_ARGUMENTS(config->stack.fault));
    else if (!config->quiet)
        tell(&config->stack);
    return created;
}
