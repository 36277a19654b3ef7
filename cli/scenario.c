// scenario -- from a file to a report: reads, builds, plays, judges.
//
// The whole of a scenario is checked before anything runs, so that a typing error in the last line is
// told at once, and told alone. One world per process, so one scenario per process: `redrive test`
// starts as many of itself as there are cores.
#include "cli/scenario.h"

#include "queue/base/share.h"

#include <string.h>

#define START_AT_MS 1767225600000LL // 2026-01-01T00:00:00Z
#define SEED_DEFAULT 1
#define TRACE_BYTES (INT64_C(256) << 20)

static const struct field scenario_fields[] = {
    {"name", FIELD_TEXT, false},      {"description", FIELD_BODY, false},
    {"seed", FIELD_COUNT, false},     {"start", FIELD_TEXT, false},
    {"template", FIELD_TEXT, false},  {"resources", FIELD_MAP, false},
    {"targets", FIELD_MAP, false},    {"steps", FIELD_ANY, true},
    {"profile", FIELD_TEXT, false},   {"horizon", FIELD_DURATION, false},
    {"duplicate", FIELD_TEXT, false}, {NULL, FIELD_ANY, false},
};

bool scenario_read_head(struct scenario *scenario)
{
    const cJSON *root = scenario->stack.root;
    if (!shape_check(&scenario->stack, "a scenario", root, scenario_fields))
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
        return stack_fault(&scenario->stack, profile, "profile takes aws or deterministic");
    const cJSON *duplicate = tree_member(root, "duplicate");
    if (duplicate != NULL &&
        !share_parse(arena_copy(scenario->stack.arena, node_text(duplicate)).bytes,
                     &scenario->duplicate_share))
        return stack_fault(&scenario->stack, duplicate,
                           "duplicate takes a share such as 5%% or 0.05");
    if (scenario->wishes->duplicate_share >= 0)
        scenario->duplicate_share = scenario->wishes->duplicate_share;
    const cJSON *start = tree_member(root, "start");
    if (start != NULL && !instant_parse(node_text(start), &scenario->start_at_ms))
        return stack_fault(&scenario->stack, start,
                           "start takes an instant such as 2026-01-01T00:00:00Z");
    return true;
}

// ---- the world ----

static bool needs_listener(const struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->stack.function_count; i++) {
        struct text target = scenario->stack.functions[i].target;
        if (target.length > 0 && !text_starts_with(target, TEXT("sim:")))
            return true;
    }
    return false;
}

static bool open_world(struct scenario *scenario)
{
    struct options *options = &scenario->options;
    options_init(options, scenario->stack.arena);
    options->port = 0;
    options->listener = needs_listener(scenario);
    options->clock = CLOCK_MANUAL;
    options->start_at_ms = scenario->start_at_ms;
    options->seeded = true;
    options->seed = scenario->seed;
    options->duplicate_share = scenario->duplicate_share;
    options->profile = scenario->aws_profile ? PROFILE_AWS : PROFILE_DETERMINISTIC;
    options->journal_none = true;
    if (tree_member(scenario->stack.root, "horizon") != NULL)
        options->horizon_ms = field_duration_ms(tree_member(scenario->stack.root, "horizon"));
    options->trace_max_bytes = TRACE_BYTES;
    options->quiet = true;
    if (!stack_declare(&scenario->stack, options))
        return false;
    struct text reason = {0};
    int status;
    scenario->stack.emulator = emulator_new(options, &reason, &status);
    if (scenario->stack.emulator != NULL)
        return true;
    return !stack_blame(&scenario->stack, reason) &&
           stack_fault(&scenario->stack, NULL, "%.*s", TEXT_ARGUMENTS(reason));
}

// The emulator with all of it. False after a fault.
static bool build(struct scenario *scenario)
{
    if (!open_world(scenario) || !stack_create(&scenario->stack))
        return false;
    scenario->origin_at_ms = emulator_now_ms(scenario->stack.emulator);
    return true;
}

static bool read_file(struct scenario *scenario)
{
    if (!stack_read(&scenario->stack))
        return false;
    if (scenario->stack.template_root != NULL) {
        // A template is no scenario; its shape will say so.
        cJSON_Delete(scenario->stack.root);
        scenario->stack.root = take(&scenario->stack.template_root);
    }
    return true;
}

static bool go(struct scenario *scenario)
{
    if (!read_file(scenario) || !scenario_read_head(scenario) || !stack_collect(&scenario->stack) ||
        !scenario_check_steps(scenario) || !build(scenario))
        return false;
    scenario->history = history_new(scenario->stack.emulator);
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

// For a shell, if it must be.
static void append_word(struct buffer *line, struct text word)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=:,@%+";
    bool safe = word.length > 0;
    for (size_t i = 0; i < word.length; i++)
        safe = safe && strchr(plain, word.bytes[i]) != NULL;
    buffer_append_byte(line, ' ');
    if (!safe)
        buffer_append_byte(line, '\'');
    for (size_t i = 0; i < word.length; i++) {
        if (word.bytes[i] == '\'')
            buffer_append(line, TEXT("'\\'"));
        buffer_append_byte(line, word.bytes[i]);
    }
    if (!safe)
        buffer_append_byte(line, '\'');
}

// The command line that does all this once more, the same ids and the same chance included.
static void add_command(const struct scenario *scenario, cJSON *report)
{
    const struct scenario_wishes *wishes = scenario->wishes;
    cleanup(buffer_deinit) struct buffer line = {0};
    buffer_print(&line, "redrive test --seed %llu", (unsigned long long)scenario->seed);
    if (wishes->duplicate_share >= 0)
        buffer_print(&line, " --duplicate %g", wishes->duplicate_share);
    for (size_t i = 0; i < wishes->function_count; i++) {
        buffer_append(&line, TEXT(" --function"));
        append_word(&line, text_of(wishes->functions[i]));
    }
    append_word(&line, text_of(wishes->file));
    buffer_append_byte(&line, '\0');
    cJSON_AddStringToObject(report, "again", line.bytes);
}

static cJSON *report_of(struct scenario *scenario)
{
    cJSON *report = tree_new();
    cJSON_AddStringToObject(report, "name",
                            arena_copy(scenario->stack.arena, scenario->name).bytes);
    cJSON_AddStringToObject(report, "file", scenario->wishes->file);
    cJSON_AddStringToObject(
        report, "seed",
        arena_print(scenario->stack.arena, "%llu", (unsigned long long)scenario->seed).bytes);
    add_command(scenario, report);
    if (stack_is_faulty(&scenario->stack))
        cJSON_AddStringToObject(report, "fault", scenario->stack.fault.bytes);
    if (scenario->history != NULL) {
        const struct history *history = scenario->history;
        int64_t now_ms = emulator_now_ms(scenario->stack.emulator);
        cJSON_AddNumberToObject(report, "virtualMs", (double)(now_ms - scenario->origin_at_ms));
        cJSON_AddNumberToObject(report, "messages", (double)history_message_count(history));
        cJSON_AddNumberToObject(report, "deliveries",
                                (double)count_points(history, TEXT("received")));
        cJSON_AddNumberToObject(report, "invocations",
                                (double)count_points(history, TEXT("invoked")));
        cJSON_AddNumberToObject(report, "orderViolations",
                                (double)count_points(history, TEXT("overtaken")));
    }
    cJSON *functions = cJSON_AddArrayToObject(report, "functions");
    for (size_t i = 0; i < scenario->stack.function_count; i++) {
        struct text names[] = {scenario->stack.functions[i].id, scenario->stack.functions[i].name};
        for (size_t j = 0; j < 2; j++)
            cJSON_AddItemToArray(
                functions, cJSON_CreateString(arena_copy(scenario->stack.arena, names[j]).bytes));
    }
    cJSON_AddItemToObject(report, "verdicts", take(&scenario->verdicts));
    return report;
}

void scenario_init(struct scenario *scenario, const struct scenario_wishes *wishes,
                   struct arena *arena)
{
    *scenario = (struct scenario){.wishes = wishes, .name = text_of(wishes->file)};
    stack_init(&scenario->stack, arena, wishes->file, "scenario");
    scenario->stack.message_names = &scenario->message_names;
    struct text *targets = arena_new_array(arena, struct text, wishes->function_count + 1);
    for (size_t i = 0; i < wishes->function_count; i++)
        targets[i] = text_of(wishes->functions[i]);
    scenario->stack.targets = targets;
    scenario->stack.target_count = wishes->function_count;
    scenario->verdicts = cJSON_CreateArray();
}

void scenario_deinit(struct scenario *scenario)
{
    history_free(scenario->history);
    emulator_free(scenario->stack.emulator);
    text_map_deinit(&scenario->message_names);
    text_map_deinit(&scenario->receive_names);
    cJSON_Delete(scenario->verdicts);
    stack_deinit(&scenario->stack);
}

cJSON *scenario_run(const struct scenario_wishes *wishes)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    cleanup_free struct scenario *scenario = allocate(sizeof(*scenario));
    scenario_init(scenario, wishes, arena);
    go(scenario);
    cJSON *report = report_of(scenario);
    scenario_deinit(scenario);
    return report;
}
