// scenario -- from a file to a report: reads, builds, plays, judges.
//
// The whole of a scenario is checked before anything runs, so that a typing error in the last line is
// told at once, and told alone. One world per process, so one scenario per process: `redrive test`
// starts as many of itself as there are cores.
#include "cli/scenario.h"

#include "cli/command.h"
#include "queue/base/buffer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define START_AT_MS 1767225600000LL // 2026-01-01T00:00:00Z
#define SEED_DEFAULT 1
#define CANDIDATES_MAX 64

static const struct field scenario_fields[] = {
    {"name", FIELD_TEXT, false},     {"description", FIELD_BODY, false},
    {"seed", FIELD_COUNT, false},    {"start", FIELD_TEXT, false},
    {"template", FIELD_TEXT, false}, {"resources", FIELD_MAP, false},
    {"targets", FIELD_MAP, false},   {"steps", FIELD_ANY, true},
    {"profile", FIELD_TEXT, false},  {"horizon", FIELD_DURATION, false},
    {NULL, FIELD_ANY, false},
};

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

static const char *file_of(const struct scenario *scenario, const cJSON *node)
{
    bool in_template =
        node != NULL && scenario->template_root != NULL && holds(scenario->template_root, node);
    return in_template ? scenario->template_file : scenario->wishes->file;
}

bool scenario_fault(struct scenario *scenario, const cJSON *node, const char *format, ...)
{
    if (scenario->fault.length > 0)
        return false;
    char words[1000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof(words), format, arguments);
    va_end(arguments);
    struct place place = node_place(node);
    const char *file = file_of(scenario, node);
    if (place.line == 0)
        scenario->fault = arena_print(scenario->arena, "%s: %s", file, words);
    else
        scenario->fault =
            arena_print(scenario->arena, "%s:%d:%d: %s", file, place.line, place.column, words);
    return false;
}

bool scenario_is_faulty(const struct scenario *scenario)
{
    return scenario->fault.length > 0;
}

struct text scenario_meant(struct scenario *scenario, struct text word,
                           const char *const *candidates, size_t count)
{
    const char *meant = nearest(arena_copy(scenario->arena, word).bytes, candidates, count);
    return meant == NULL ? (struct text){0}
                         : arena_print(scenario->arena, "; did you mean '%s'?", meant);
}

// ---- shapes ----

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

static bool unknown_queue(struct scenario *scenario, const cJSON *node)
{
    const char *names[CANDIDATES_MAX] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < scenario->queue_count && count < CANDIDATES_MAX; i++)
        names[count++] = scenario->queues[i].id.bytes;
    struct text meant = scenario_meant(scenario, node_text(node), names, count);
    return scenario_fault(scenario, node, "there is no queue '%.*s' in this scenario%.*s",
                          TEXT_ARGUMENTS(node_text(node)), TEXT_ARGUMENTS(meant));
}

static bool unknown_function(struct scenario *scenario, const cJSON *node)
{
    const char *names[CANDIDATES_MAX] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < scenario->function_count && count < CANDIDATES_MAX; i++)
        names[count++] = scenario->functions[i].id.bytes;
    struct text meant = scenario_meant(scenario, node_text(node), names, count);
    return scenario_fault(scenario, node, "there is no function '%.*s' in this scenario%.*s",
                          TEXT_ARGUMENTS(node_text(node)), TEXT_ARGUMENTS(meant));
}

static bool unknown_mapping(struct scenario *scenario, const cJSON *node)
{
    const char *names[CANDIDATES_MAX] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < scenario->mapping_count && count < CANDIDATES_MAX; i++)
        names[count++] = scenario->mappings[i].id.bytes;
    struct text meant = scenario_meant(scenario, node_text(node), names, count);
    return scenario_fault(scenario, node,
                          "'%.*s' is no mapping, and no queue or function of exactly one%.*s",
                          TEXT_ARGUMENTS(node_text(node)), TEXT_ARGUMENTS(meant));
}

static bool message_check(struct scenario *scenario, const cJSON *node)
{
    struct text name = node_text(node);
    if (text_map_find(&scenario->message_names, name) != NULL)
        return true;
    const char *names[CANDIDATES_MAX] = {NULL};
    size_t count = 0;
    size_t at = 0;
    const struct text *known;
    while (count < CANDIDATES_MAX && (known = text_map_next(&scenario->message_names, &at)) != NULL)
        names[count++] = known->bytes;
    struct text meant = scenario_meant(scenario, name, names, count);
    return scenario_fault(scenario, node, "no send above gives a message the id '%.*s'%.*s",
                          TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(meant));
}

static bool messages_check(struct scenario *scenario, const cJSON *node)
{
    if (!cJSON_IsArray(node))
        return message_check(scenario, node);
    const cJSON *item;
    cJSON_ArrayForEach(item, node)
    {
        if (!message_check(scenario, item))
            return false;
    }
    return true;
}

bool field_check(struct scenario *scenario, const char *subject, const cJSON *node,
                 const struct field *field)
{
    const char *wish = kind_wish(field->kind, node);
    if (wish != NULL)
        return scenario_fault(scenario, node, "%s%s%s takes %s", subject,
                              field->name == NULL ? "" : ": ",
                              field->name == NULL ? "" : field->name, wish);
    if (field->kind == FIELD_QUEUE && scenario_find_queue(scenario, node_text(node)) == NULL)
        return unknown_queue(scenario, node);
    if (field->kind == FIELD_FUNCTION && scenario_find_function(scenario, node_text(node)) == NULL)
        return unknown_function(scenario, node);
    if (field->kind == FIELD_MAPPING && scenario_find_mapping(scenario, node_text(node)) == NULL)
        return unknown_mapping(scenario, node);
    if (field->kind == FIELD_MESSAGE || field->kind == FIELD_MESSAGES)
        return messages_check(scenario, node);
    return true;
}

bool shape_check(struct scenario *scenario, const char *subject, const cJSON *node,
                 const struct field *fields)
{
    if (!cJSON_IsObject(node))
        return scenario_fault(scenario, node, "%s takes names and values", subject);
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
            return scenario_fault(scenario, member, "%s has no '%.*s'%.*s", subject,
                                  TEXT_ARGUMENTS(word),
                                  TEXT_ARGUMENTS(scenario_meant(scenario, word, names, count)));
        if (!field_check(scenario, subject, member, found))
            return false;
    }
    for (const struct field *field = fields; field->name != NULL; field++) {
        if (field->required && tree_member(node, field->name) == NULL)
            return scenario_fault(scenario, node, "%s needs '%s'", subject, field->name);
    }
    return true;
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

static cJSON *tree_read(struct scenario *scenario, const char *path, const cJSON *named_at)
{
    cleanup(buffer_deinit) struct buffer source = {0};
    if (!file_read(path, &source)) {
        scenario_fault(scenario, named_at, "%s cannot be read: %s", path, strerror(errno));
        return NULL;
    }
    struct text reason;
    struct place place;
    cJSON *root = document_parse(scenario->arena, buffer_text(&source), &reason, &place);
    if (root == NULL)
        scenario->fault = arena_print(scenario->arena, "%s:%d:%d: %.*s", path, place.line,
                                      place.column, TEXT_ARGUMENTS(reason));
    return root;
}

bool template_read(struct scenario *scenario, const cJSON *node)
{
    // Beside the scenario, wherever redrive is run.
    struct text own = text_of(scenario->wishes->file);
    size_t folder = own.length;
    while (folder > 0 && own.bytes[folder - 1] != '/')
        folder--;
    struct text path = node_text(node);
    if (!text_starts_with(path, TEXT("/")))
        path =
            arena_print(scenario->arena, "%.*s%.*s", (int)folder, own.bytes, TEXT_ARGUMENTS(path));
    scenario->template_file = path.bytes;
    scenario->template_root = tree_read(scenario, path.bytes, node);
    if (scenario->template_root == NULL)
        return false;
    const cJSON *resources = tree_member(scenario->template_root, "Resources");
    if (!cJSON_IsObject(resources))
        return scenario_fault(scenario, scenario->template_root,
                              "a template has Resources; this one has none");
    return true;
}

bool scenario_read_head(struct scenario *scenario)
{
    const cJSON *root = scenario->root;
    if (!shape_check(scenario, "a scenario", root, scenario_fields))
        return false;
    const char *slash = strrchr(scenario->wishes->file, '/');
    scenario->name = node_text(tree_member(root, "name"));
    if (scenario->name.length == 0)
        scenario->name = text_of(slash == NULL ? scenario->wishes->file : slash + 1);
    int64_t seed = SEED_DEFAULT;
    count_of(tree_member(root, "seed"), &seed);
    scenario->seed = scenario->wishes->seeded ? scenario->wishes->seed : (uint64_t)seed;
    scenario->start_at_ms = START_AT_MS;
    const cJSON *profile = tree_member(root, "profile");
    scenario->aws_profile = text_equal(node_text(profile), TEXT("aws"));
    if (profile != NULL && !scenario->aws_profile &&
        !text_equal(node_text(profile), TEXT("deterministic")))
        return scenario_fault(scenario, profile, "profile takes aws or deterministic");
    const cJSON *start = tree_member(root, "start");
    if (start != NULL && !instant_parse(node_text(start), &scenario->start_at_ms))
        return scenario_fault(scenario, start,
                              "start takes an instant such as 2026-01-01T00:00:00Z");
    return true;
}

static bool go(struct scenario *scenario)
{
    scenario->root = tree_read(scenario, scenario->wishes->file, NULL);
    if (scenario->root == NULL || !scenario_read_head(scenario) || !scenario_collect(scenario) ||
        !scenario_check_steps(scenario) || !scenario_build(scenario))
        return false;
    scenario->history = history_new(scenario->emulator);
    return scenario_play(scenario);
}

// ---- the report ----

static size_t count_points(const struct history *history, struct text kind)
{
    size_t count = 0;
    for (size_t i = 0; i < history_point_count(history); i++)
        count += text_equal(history_point(history, (int)i)->kind, kind) ? 1 : 0;
    return count;
}

static cJSON *report_of(struct scenario *scenario)
{
    cJSON *report = tree_new();
    cJSON_AddStringToObject(report, "name", arena_copy(scenario->arena, scenario->name).bytes);
    cJSON_AddStringToObject(report, "file", scenario->wishes->file);
    cJSON_AddStringToObject(
        report, "seed",
        arena_print(scenario->arena, "%llu", (unsigned long long)scenario->seed).bytes);
    if (scenario_is_faulty(scenario))
        cJSON_AddStringToObject(report, "fault", scenario->fault.bytes);
    if (scenario->history != NULL) {
        const struct history *history = scenario->history;
        int64_t now_ms = emulator_now_ms(scenario->emulator);
        cJSON_AddNumberToObject(report, "virtualMs", (double)(now_ms - scenario->origin_at_ms));
        cJSON_AddNumberToObject(report, "messages", (double)history_message_count(history));
        cJSON_AddNumberToObject(report, "deliveries",
                                (double)count_points(history, TEXT("received")));
        cJSON_AddNumberToObject(report, "invocations",
                                (double)count_points(history, TEXT("invoked")));
    }
    cJSON *functions = cJSON_AddArrayToObject(report, "functions");
    for (size_t i = 0; i < scenario->function_count; i++) {
        struct text names[] = {scenario->functions[i].id, scenario->functions[i].name};
        for (size_t j = 0; j < 2; j++)
            cJSON_AddItemToArray(functions,
                                 cJSON_CreateString(arena_copy(scenario->arena, names[j]).bytes));
    }
    cJSON_AddItemToObject(report, "verdicts", take(&scenario->verdicts));
    return report;
}

static void scenario_deinit(struct scenario *scenario)
{
    history_free(scenario->history);
    emulator_free(scenario->emulator);
    for (size_t i = 0; i < scenario->mapping_count; i++)
        cJSON_Delete(scenario->mappings[i].input);
    text_map_deinit(&scenario->message_names);
    cJSON_Delete(scenario->verdicts);
    cJSON_Delete(scenario->root);
    cJSON_Delete(scenario->template_root);
}

cJSON *scenario_run(const struct scenario_wishes *wishes)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    cleanup_free struct scenario *scenario = allocate(sizeof(*scenario));
    scenario->wishes = wishes;
    scenario->arena = arena;
    scenario->name = text_of(wishes->file);
    scenario->verdicts = cJSON_CreateArray();
    go(scenario);
    cJSON *report = report_of(scenario);
    scenario_deinit(scenario);
    return report;
}
