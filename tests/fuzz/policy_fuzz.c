// policy_fuzz -- a policy that is taken is reported in a form that is taken again and means the same.
#include "emulator/api/policy.h"
#include "queue/journal.h"
#include "tests/fuzz/target.h"

#include <assert.h>

static const struct queue_key source = {TEXT("000000000000"), TEXT("us-east-1"), TEXT("q")};
static const struct queue_key dead = {TEXT("000000000000"), TEXT("us-east-1"), TEXT("d")};

static void check_redrive(struct arena *arena, const struct engine *engine, struct text text)
{
    struct queue_settings first;
    struct queue_settings second;
    settings_init(&first);
    settings_init(&second);
    if (policy_read_redrive(arena, engine, &source, text, &first).kind != FAULT_NONE)
        return;
    assert(first.receive_count_max >= 0 && first.receive_count_max <= 1000);
    struct text shown = policy_redrive_text(arena, &first);
    assert((first.receive_count_max == 0) == (shown.length == 0));
    struct fault fault = policy_read_redrive(arena, engine, &source, shown, &second);
    assert(fault.kind == FAULT_NONE && first.receive_count_max == second.receive_count_max);
    assert(policy_is_same(shown, policy_redrive_text(arena, &second)));
}

static void check_allow(struct arena *arena, struct text text)
{
    struct queue_settings first;
    struct queue_settings second;
    settings_init(&first);
    settings_init(&second);
    if (policy_read_redrive_allow(arena, text, &first).kind != FAULT_NONE)
        return;
    assert(first.redrive_source_count <= REDRIVE_SOURCES_MAX);
    struct text shown = policy_redrive_allow_text(arena, &first);
    struct fault fault = policy_read_redrive_allow(arena, shown, &second);
    assert(fault.kind == FAULT_NONE);
    assert(text_equal(shown, policy_redrive_allow_text(arena, &second)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    struct text text = text_from((const char *)bytes, length);
    struct timeline *timeline = timeline_new(1767225600000);
    struct random random;
    random_init(&random, 1);
    struct journal *journal = journal_none_new();
    struct engine *engine = engine_new(&(struct engine_options){
        .timeline = timeline, .random = &random, .journal = journal, .in_flight_max = 10});
    struct queue_settings settings;
    settings_init(&settings);
    engine_create_queue(engine, &dead, &settings);

    check_redrive(arena, engine, text);
    check_allow(arena, text);
    policy_is_json_map(text);
    assert(policy_is_same(text, text));

    engine_free(engine);
    journal_free(journal);
    timeline_free(timeline);
    return 0;
}
