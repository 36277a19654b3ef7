// stack_shape -- is a mapping of the file what it shall be? Tables of fields say so.
//
// A word that is nearly right is told together with the right one; so is a queue, a function, a mapping or a
// message that does not exist.
#include "cli/stack.h"

#include "cli/command.h"

#include <assert.h>
#include <string.h>

#define CANDIDATES_MAX 64

bool duration_of(const cJSON *node, int64_t *ret_ms)
{
    return node_is_scalar(node) && duration_parse(node_text(node), ret_ms);
}

int64_t field_duration_ms(const cJSON *node)
{
    int64_t ms = 0;
    duration_of(node, &ms);
    return ms;
}

bool count_of(const cJSON *node, int64_t *ret_count)
{
    double number = cJSON_IsNumber(node) ? node->valuedouble : -1;
    if (number < 0 || number > 9e15 || number != (double)(int64_t)number)
        return false;
    *ret_count = (int64_t)number;
    return true;
}

static bool is_list_of(const cJSON *node, bool (*is)(const cJSON *item))
{
    if (!cJSON_IsArray(node))
        return false;
    const cJSON *item;
    cJSON_ArrayForEach(item, node)
    {
        if (!is(item))
            return false;
    }
    return true;
}

static bool is_duration(const cJSON *node)
{
    int64_t ms;
    return duration_of(node, &ms);
}

static bool is_count(const cJSON *node)
{
    int64_t count;
    return count_of(node, &count);
}

static bool is_word(const cJSON *node)
{
    return node_is_scalar(node) && node_text(node).length > 0;
}

static bool is_amount(const cJSON *node)
{
    if (!cJSON_IsObject(node))
        return is_count(node);
    const cJSON *bound;
    cJSON_ArrayForEach(bound, node)
    {
        bool known = strcmp(bound->string, "exactly") == 0 ||
                     strcmp(bound->string, "at_least") == 0 ||
                     strcmp(bound->string, "at_most") == 0;
        if (!known || !is_count(bound))
            return false;
    }
    return node->child != NULL;
}

// NULL: the value is of the kind; else what the kind takes.
static const char *kind_wish(enum field_kind kind, const cJSON *node)
{
    switch (kind) {
    case FIELD_ANY:
        return NULL;
    case FIELD_TEXT:
        return is_word(node) ? NULL : "a text";
    case FIELD_QUEUE:
    case FIELD_FUNCTION:
    case FIELD_MAPPING:
    case FIELD_MESSAGE:
        return is_word(node) ? NULL : "a name";
    case FIELD_BODY:
        return node_is_scalar(node) ? NULL : "a text";
    case FIELD_COUNT:
        return is_count(node) ? NULL : "a whole number";
    case FIELD_COUNTS:
        return is_list_of(node, is_count) ? NULL : "a list of whole numbers, such as [10, 5]";
    case FIELD_AMOUNT:
        return is_amount(node) ? NULL
                               : "a whole number, or bounds such as {at_least: 1, at_most: 3}";
    case FIELD_NUMBER:
        return cJSON_IsNumber(node) && node->valuedouble >= 0 ? NULL : "a number, 0 or more";
    case FIELD_BOOLEAN:
        return cJSON_IsBool(node) ? NULL : "true or false";
    case FIELD_DURATION:
        return is_duration(node) ? NULL : "a duration, such as 30s or 15m";
    case FIELD_DURATIONS:
        return is_list_of(node, is_duration) ? NULL : "a list of durations, such as [0s, 30s]";
    case FIELD_TEXTS:
    case FIELD_MESSAGES:
        return is_word(node) || is_list_of(node, is_word) ? NULL : "a list of names";
    case FIELD_MAP:
        return cJSON_IsObject(node) ? NULL : "names and values";
    }
    return NULL;
}

static bool unknown_queue(struct stack *stack, const cJSON *node)
{
    const char *names[CANDIDATES_MAX] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < stack->queue_count && count < CANDIDATES_MAX; i++)
        names[count++] = stack->queues[i].id.bytes;
    struct text meant = stack_meant(stack, node_text(node), names, count);
    return stack_fault(stack, node, "there is no queue '%.*s' in this %s%.*s",
                       TEXT_ARGUMENTS(node_text(node)), stack->noun, TEXT_ARGUMENTS(meant));
}

static bool unknown_function(struct stack *stack, const cJSON *node)
{
    const char *names[CANDIDATES_MAX] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < stack->function_count && count < CANDIDATES_MAX; i++)
        names[count++] = stack->functions[i].id.bytes;
    struct text meant = stack_meant(stack, node_text(node), names, count);
    return stack_fault(stack, node, "there is no function '%.*s' in this %s%.*s",
                       TEXT_ARGUMENTS(node_text(node)), stack->noun, TEXT_ARGUMENTS(meant));
}

static bool unknown_mapping(struct stack *stack, const cJSON *node)
{
    const char *names[CANDIDATES_MAX] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < stack->mapping_count && count < CANDIDATES_MAX; i++)
        names[count++] = stack->mappings[i].id.bytes;
    struct text meant = stack_meant(stack, node_text(node), names, count);
    return stack_fault(stack, node,
                       "'%.*s' is no mapping, and no queue or function of exactly one%.*s",
                       TEXT_ARGUMENTS(node_text(node)), TEXT_ARGUMENTS(meant));
}

static bool message_check(struct stack *stack, const cJSON *node)
{
    assert(stack->message_names != NULL); // only scenarios speak of messages
    struct text name = node_text(node);
    if (text_map_find(stack->message_names, name) != NULL)
        return true;
    const char *names[CANDIDATES_MAX] = {NULL};
    size_t count = 0;
    size_t at = 0;
    const struct text *known;
    while (count < CANDIDATES_MAX && (known = text_map_next(stack->message_names, &at)) != NULL)
        names[count++] = known->bytes;
    struct text meant = stack_meant(stack, name, names, count);
    return stack_fault(stack, node, "no send above gives a message the id '%.*s'%.*s",
                       TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(meant));
}

static bool messages_check(struct stack *stack, const cJSON *node)
{
    if (!cJSON_IsArray(node))
        return message_check(stack, node);
    const cJSON *item;
    cJSON_ArrayForEach(item, node)
    {
        if (!message_check(stack, item))
            return false;
    }
    return true;
}

bool field_check(struct stack *stack, const char *subject, const cJSON *node,
                 const struct field *field)
{
    const char *wish = kind_wish(field->kind, node);
    if (wish != NULL)
        return stack_fault(stack, node, "%s%s%s takes %s", subject, field->name == NULL ? "" : ": ",
                           field->name == NULL ? "" : field->name, wish);
    if (field->kind == FIELD_QUEUE && stack_find_queue(stack, node_text(node)) == NULL)
        return unknown_queue(stack, node);
    if (field->kind == FIELD_FUNCTION && stack_find_function(stack, node_text(node)) == NULL)
        return unknown_function(stack, node);
    if (field->kind == FIELD_MAPPING && stack_find_mapping(stack, node_text(node)) == NULL)
        return unknown_mapping(stack, node);
    if (field->kind == FIELD_MESSAGE || field->kind == FIELD_MESSAGES)
        return messages_check(stack, node);
    return true;
}

bool shape_check(struct stack *stack, const char *subject, const cJSON *node,
                 const struct field *fields)
{
    if (!cJSON_IsObject(node))
        return stack_fault(stack, node, "%s takes names and values", subject);
    const cJSON *member;
    cJSON_ArrayForEach(member, node)
    {
        const char *names[CANDIDATES_MAX] = {NULL};
        const struct field *found = NULL;
        size_t count = 0;
        for (const struct field *field = fields; field->name != NULL; field++) {
            names[count++] = field->name;
            if (strcmp(field->name, member->string) == 0)
                found = field;
        }
        struct text word = text_of(member->string);
        if (found == NULL)
            return stack_fault(stack, member, "%s has no '%.*s'%.*s", subject, TEXT_ARGUMENTS(word),
                               TEXT_ARGUMENTS(stack_meant(stack, word, names, count)));
        if (!field_check(stack, subject, member, found))
            return false;
    }
    for (const struct field *field = fields; field->name != NULL; field++) {
        if (field->required && tree_member(node, field->name) == NULL)
            return stack_fault(stack, node, "%s needs '%s'", subject, field->name);
    }
    return true;
}
