// stack -- a file's trees, and what is wrong with them.
//
// The first fault counts, and everything that finds one returns at once: whoever writes a file mends one
// mistake after the other anyway, and a second sentence is often only the first one's shadow.
#include "cli/stack.h"

#include "cli/command.h"
#include "queue/base/buffer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void stack_init(struct stack *stack, struct arena *arena, const char *file, const char *noun)
{
    struct options defaults;
    options_init(&defaults, arena);
    *stack = (struct stack){
        .arena = arena,
        .file = file,
        .noun = noun,
        .account = defaults.account,
        .region = defaults.region,
    };
}

void stack_deinit(struct stack *stack)
{
    for (size_t i = 0; i < stack->mapping_count; i++)
        cJSON_Delete(stack->mappings[i].input);
    cJSON_Delete(stack->root);
    cJSON_Delete(stack->template_root);
}

// ---- faults ----

static bool holds(const cJSON *tree, const cJSON *node)
{
    if (tree == node)
        return true;
    const cJSON *child;
    cJSON_ArrayForEach(child, tree)
    {
        if (holds(child, node))
            return true;
    }
    return false;
}

static const char *file_of(const struct stack *stack, const cJSON *node)
{
    bool in_template =
        node != NULL && stack->template_root != NULL && holds(stack->template_root, node);
    return in_template ? stack->template_file : stack->file;
}

bool stack_fault(struct stack *stack, const cJSON *node, const char *format, ...)
{
    if (stack->fault.length > 0)
        return false;
    char words[1000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof(words), format, arguments);
    va_end(arguments);
    struct place place = node_place(node);
    const char *file = file_of(stack, node);
    if (place.line == 0)
        stack->fault = arena_print(stack->arena, "%s: %s", file, words);
    else
        stack->fault =
            arena_print(stack->arena, "%s:%d:%d: %s", file, place.line, place.column, words);
    return false;
}

bool stack_is_faulty(const struct stack *stack)
{
    return stack->fault.length > 0;
}

struct text stack_meant(struct stack *stack, struct text word, const char *const *candidates,
                        size_t count)
{
    const char *meant = nearest(arena_copy(stack->arena, word).bytes, candidates, count);
    return meant == NULL ? (struct text){0}
                         : arena_print(stack->arena, "; did you mean '%s'?", meant);
}

// ---- reading ----

// False with a sentence, in the form of a fault.
static bool file_read(const char *path, struct buffer *buffer)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    size_t length;
    do {
        char *room = buffer_reserve(buffer, 65536);
        length = fread(room, 1, 65536, file);
        buffer->length += length;
    } while (length > 0);
    bool whole = ferror(file) == 0;
    if (!whole)
        errno = EIO;
    fclose(file);
    return whole;
}

static cJSON *read_tree(struct stack *stack, const char *path, const cJSON *named_at)
{
    cleanup(buffer_deinit) struct buffer source = {0};
    if (!file_read(path, &source)) {
        stack_fault(stack, named_at, "%s cannot be read: %s", path, strerror(errno));
        return NULL;
    }
    struct text reason;
    struct place place;
    cJSON *root = document_parse(stack->arena, buffer_text(&source), &reason, &place);
    if (root == NULL)
        stack->fault = arena_print(stack->arena, "%s:%d:%d: %.*s", path, place.line, place.column,
                                   TEXT_ARGUMENTS(reason));
    return root;
}

static bool is_template(const cJSON *root)
{
    return cJSON_IsObject(tree_member(root, "Resources"));
}

bool stack_read(struct stack *stack)
{
    cleanup(cJSON_Delete) cJSON *root = read_tree(stack, stack->file, NULL);
    if (root == NULL)
        return false;
    if (is_template(root) && tree_member(root, "resources") == NULL) {
        stack->template_file = stack->file;
        stack->template_root = take(&root);
        stack->root = tree_new();
        return true;
    }
    stack->root = take(&root);
    return true;
}

bool stack_read_template(struct stack *stack, const cJSON *node)
{
    // Beside the file, wherever redrive is run.
    struct text own = text_of(stack->file);
    size_t folder = own.length;
    while (folder > 0 && own.bytes[folder - 1] != '/')
        folder--;
    struct text path = node_text(node);
    if (!text_starts_with(path, TEXT("/")))
        path = arena_print(stack->arena, "%.*s%.*s", (int)folder, own.bytes, TEXT_ARGUMENTS(path));
    stack->template_file = path.bytes;
    stack->template_root = read_tree(stack, path.bytes, node);
    if (stack->template_root == NULL)
        return false;
    if (!is_template(stack->template_root))
        return stack_fault(stack, stack->template_root,
                           "a template has Resources; this one has none");
    return true;
}
