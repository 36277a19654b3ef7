// verdict_test -- every message of a batch is deleted or kept, and why is told.
#include "esm/verdict.h"

#include "tests/support/check_main.h"
#include "tests/support/esm_world.h"

#define ESM_WORLD(world)                                    \
    cleanup(esm_world_deinit) struct esm_world world = {0}; \
    esm_world_init(&world, NULL, 1)

static struct queue *make_queue(struct esm_world *world, const char *name,
                                int64_t visibility_timeout_seconds)
{
    struct queue_settings settings = world_settings(text_ends_with(text_of(name), TEXT(".fifo")));
    settings.visibility_timeout_seconds = visibility_timeout_seconds;
    return world_create(&world->engine_world, name, &settings);
}

static const char *counts(struct esm_world *world, const char *queue)
{
    return world_counts(&world->engine_world, world_find(&world->engine_world, queue));
}

// The verdict on one message whose function ends so.
static const char *told(struct fake_answer answer, bool empty_item_succeeds,
                        char ret_reason[WORLD_TEXT_BYTES])
{
    ESM_WORLD(world);
    make_queue(&world, "orders", 30);
    world.options.empty_item_succeeds = empty_item_succeeds;
    esm_world_restart(&world);
    esm_world_map(&world, "orders", true, 10);
    esm_world_answer(&world, answer);
    esm_world_answer(&world, (struct fake_answer){.hold = true});
    esm_world_send(&world, "orders", NULL, "a");
    esm_world_advance(&world, 1);
    const struct world_point *point = world_last(&world.engine_world, TRACE_VERDICT);
    memcpy(ret_reason, point->reason, WORLD_TEXT_BYTES);
    return ret_reason;
}

START_TEST(a_verdict_says_why)
{
    RULES("L-157-row-10 L-157-row-15 L-157-row-24");
    static const struct {
        const char *response;
        bool empty_item_succeeds;
        const char *sentence;
    } rows[] = {
        {"{\"batchItemFailures\":[{}]}", true,
         "deleted: batchItemFailures holds empty objects only, which report no failure"},
        {"{\"batchItemFailures\":[{\"itemIdentifier\":\"$ID1\"},{}]}", false,
         "kept until its visibility timeout passes: an entry of batchItemFailures is an empty "
         "object, "
         "so the whole report is void (entry 2 of the list)"},
        {"{\"batchItemFailures\":[]}", true,
         "deleted: batchItemFailures is an empty list, so every message succeeded"},
        {"", true, "deleted: the function returned an empty response, which reports no failure"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char reason[WORLD_TEXT_BYTES];
        struct fake_answer answer = {.response = rows[i].response};
        const char *sentence = told(answer, rows[i].empty_item_succeeds, reason);
        ck_assert_int_eq(strncmp(sentence, rows[i].sentence, WORLD_TEXT_BYTES - 1), 0);
    }
}
END_TEST

static void keep_verdicts(struct engine_world *world, const struct trace_point *point)
{
    struct buffer *kept = world->context;
    if (point->kind != TRACE_VERDICT)
        return;
    buffer_append(kept, point->reason);
    buffer_append_byte(kept, '\n');
}

START_TEST(a_partial_report_says_why_of_both)
{
    RULES("L-157-row-10");
    cleanup(buffer_deinit) struct buffer kept = {0};
    ESM_WORLD(world);
    world.engine_world.context = &kept;
    world.engine_world.listen = keep_verdicts;
    make_queue(&world, "orders", 30);
    esm_world_map(&world, "orders", true, 10);
    esm_world_put(&world, "orders", "a");
    esm_world_put(&world, "orders", "b");
    esm_world_answer(&world,
                     (struct fake_answer){
                         .response = "{\"batchItemFailures\":[{\"itemIdentifier\":\"$ID2\"}]}"});
    esm_world_turn(&world);
    esm_world_advance(&world, 1);
    ck_assert(text_equal(
        buffer_text(&kept),
        TEXT("deleted: the function succeeded and did not report it as failed\n"
             "kept until its visibility timeout passes: the function reported it as failed\n")));
}
END_TEST

START_TEST(a_suspicious_response_is_warned_of)
{
    RULES("L-157-row-6 L-157-row-9 L-157-row-19 L-157-row-20");
    static const struct {
        bool report;
        const char *response;
        bool warned;
    } cases[] = {
        {false, "{\"batchItemFailures\":[{\"itemIdentifier\":\"$ID1\"}]}", true},
        {false, "{\"batchItemFailures\":[]}", false},
        {true, "{\"batchItemFailures\":[{\"itemIdentifier\":\"x\"}]}", true},
        {true, "{\"batchItemFailures\":[],\"n\":1}", true},
        {true, "{\"statusCode\":200}", true},
        {true, "{\"batchItemFailures\":[{\"itemIdentifier\":\"$ID1\"}]}", false},
    };
    ESM_WORLD(world);
    make_queue(&world, "orders", 30);
    esm_world_map(&world, "orders", cases[_i].report, 10);
    esm_world_answer(&world, (struct fake_answer){.response = cases[_i].response});
    esm_world_send(&world, "orders", NULL, "a");
    esm_world_advance(&world, 1);
    ck_assert_uint_eq(world.warning_count, cases[_i].warned ? 1 : 0);
}
END_TEST

START_TEST(a_broken_outcome_is_the_opposite)
{
    RULES("L-157-row-9");
    ESM_WORLD(world);
    world.options.break_outcome = true;
    esm_free(world.esm);
    world.esm = esm_new(&world.options);
    make_queue(&world, "orders", 30);
    esm_world_map(&world, "orders", true, 10);
    esm_world_answer(
        &world,
        (struct fake_answer){.response = "{\"batchItemFailures\":[{\"itemIdentifier\":\"x\"}]}"});
    esm_world_send(&world, "orders", NULL, "a");
    esm_world_advance(&world, 1);
    ck_assert_str_eq(counts(&world, "orders"), "0/0/0");
}
END_TEST

static Suite *verdict_suite(void)
{
    Suite *suite = suite_create("esm/verdict");
    TCase *tcase = tcase_create("verdict");
    tcase_add_test(tcase, a_verdict_says_why);
    tcase_add_test(tcase, a_partial_report_says_why_of_both);
    tcase_add_test(tcase, a_broken_outcome_is_the_opposite);
    tcase_add_loop_test(tcase, a_suspicious_response_is_warned_of, 0, 6);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(verdict_suite)
