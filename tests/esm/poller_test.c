// poller -- random worlds: mappings, functions and queues come and go while messages flow, and in the end nothing was lost, nothing
// was deleted that had not succeeded, and nobody was left behind.
#include "esm/poller.h"

#include "tests/support/check_main.h"
#include "tests/support/esm_world.h"

#include <stdio.h>

#define STEPS 400
#define QUEUES 3

static const char *const queue_names[QUEUES] = {"orders", "other", "orders.fifo"};

struct chance {
    struct random random;
    struct mapping *mappings[QUEUES];
    bool removed; // the function
};

static bool one_in(struct chance *chance, uint64_t many)
{
    return random_below(&chance->random, many) == 0;
}

static void random_answer(struct esm_world *world, struct chance *chance)
{
    static const struct {
        enum invocation_end end;
        const char *response;
    } answers[] = {
        {INVOCATION_RESPONDED, "{}"},
        {INVOCATION_RESPONDED, "null"},
        {INVOCATION_RESPONDED, "{\"batchItemFailures\":[{\"itemIdentifier\":\"$ID1\"}]}"},
        {INVOCATION_RESPONDED, "{\"batchItemFailures\":[{\"itemIdentifier\":\"x\"}]}"},
        {INVOCATION_FUNCTION_ERROR, "{}"},
        {INVOCATION_TIMED_OUT, "{}"},
        {INVOCATION_THROTTLED, ""},
        {INVOCATION_REFUSED, ""},
        {INVOCATION_MISSING, ""},
    };
    size_t at = (size_t)random_below(&chance->random, sizeof(answers) / sizeof(answers[0]));
    world->answer_count = 1;
    world->answers[0] =
        (struct fake_answer){.end = answers[at].end,
                             .response = answers[at].response,
                             .duration_ms = (int64_t)random_below(&chance->random, 4000)};
}

static void random_mapping(struct esm_world *world, struct chance *chance)
{
    size_t at = (size_t)random_below(&chance->random, QUEUES);
    struct mapping_settings settings = esm_world_settings(world, queue_names[at]);
    settings.report_batch_item_failures = true;
    settings.batch_size = 1 + (int64_t)random_below(&chance->random, 10);
    settings.enabled = !one_in(chance, 3);
    settings.maximum_concurrency = one_in(chance, 2) ? 2 : 0;
    if (at != 2 && one_in(chance, 3))
        settings.batching_window_seconds = 1 + (int64_t)random_below(&chance->random, 20);
    struct mapping_detail detail;
    struct mapping *mapping = NULL;
    for (struct mapping *each = esm_next_mapping(world->esm, NULL); each != NULL;
         each = esm_next_mapping(world->esm, each)) {
        if (text_equal(mapping_settings(each)->event_source_arn, settings.event_source_arn))
            mapping = each;
    }
    enum mapping_error ignored;
    if (mapping == NULL)
        ignored = esm_create_mapping(world->esm, &settings, &mapping, &detail);
    else if (one_in(chance, 3))
        ignored = esm_delete_mapping(world->esm, mapping);
    else
        ignored = esm_update_mapping(world->esm, mapping, &settings, false, &detail);
    (void)ignored;
}

static void random_function(struct esm_world *world, struct chance *chance)
{
    if (chance->removed) {
        world->function = functions_add(world->functions, TEXT("worker"));
        world->function->invoker = &world->invoker;
    } else if (one_in(chance, 3)) {
        functions_remove(world->functions, world->function);
    } else {
        world->function->reserved_concurrency =
            one_in(chance, 2) ? FUNCTION_UNRESERVED : (int64_t)random_below(&chance->random, 3);
        return;
    }
    chance->removed = !chance->removed;
    esm_functions_changed(world->esm);
}

static void random_step(struct esm_world *world, struct chance *chance, size_t *sent)
{
    world->call_count = 0; // the record of calls is not read here
    switch (random_below(&chance->random, 8)) {
    case 0:
    case 1:
    case 2: {
        size_t at = (size_t)random_below(&chance->random, QUEUES);
        char body[32];
        snprintf(body, sizeof(body), "%zu", ++*sent);
        esm_world_send(world, queue_names[at], at == 2 ? (*sent % 2 ? "a" : "b") : NULL, body);
        break;
    }
    case 3:
        random_answer(world, chance);
        break;
    case 4:
        random_mapping(world, chance);
        break;
    case 5:
        random_function(world, chance);
        break;
    default:
        esm_world_advance(world, (int64_t)random_below(&chance->random, 20000));
        break;
    }
    if (one_in(chance, 4))
        esm_world_turn(world);
    if (one_in(chance, 100))
        esm_world_restart(world);
}

static struct mapping_counts total_of(struct esm_world *world)
{
    struct mapping_counts total = {0};
    for (struct mapping *each = esm_next_mapping(world->esm, NULL); each != NULL;
         each = esm_next_mapping(world->esm, each))
        total.deleted += mapping_counts(each).deleted;
    return total;
}

START_TEST(nothing_is_lost_in_a_random_world)
{
    RULES("L-50 L-145 L-153");
    cleanup(esm_world_deinit) struct esm_world world = {0};
    esm_world_init(&world, NULL, (size_t)(1 + _i % 5));
    struct chance chance = {0};
    random_init(&chance.random, (uint64_t)_i + 1);
    for (int i = 0; i < QUEUES; i++)
        world_create(&world.engine_world, queue_names[i], NULL);
    size_t sent = 0;
    for (int i = 0; i < STEPS; i++)
        random_step(&world, &chance, &sent);
    size_t deleted = world.engine_world.kind_counts[TRACE_DELETED];
    ck_assert_uint_eq(deleted + engine_message_count(world.engine_world.engine), sent);

    // Now everything works, and everything must drain.
    if (chance.removed)
        random_function(&world, &chance);
    world.function->reserved_concurrency = FUNCTION_UNRESERVED;
    world.answer_count = 0;
    esm_functions_changed(world.esm);
    esm_world_turn(&world);
    esm_reset(world.esm);
    for (int i = 0; i < QUEUES; i++)
        esm_world_map(&world, queue_names[i], true, 10);
    for (int i = 0; i < 100; i++) {
        world.call_count = 0;
        esm_world_advance(&world, 1000);
    }
    ck_assert_uint_eq(engine_message_count(world.engine_world.engine), 0);
    ck_assert_uint_eq(world.engine_world.kind_counts[TRACE_DELETED], sent);
    ck_assert_uint_le(total_of(&world).deleted, sent);
    ck_assert_int_eq(world.function->running, 0);
    ck_assert_uint_eq(esm_running(world.esm), 0);
}
END_TEST

static Suite *poller_suite(void)
{
    Suite *suite = suite_create("poller");
    TCase *rules = tcase_create("rules");
    tcase_add_loop_test(rules, nothing_is_lost_in_a_random_world, 0, 40);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(poller_suite)
