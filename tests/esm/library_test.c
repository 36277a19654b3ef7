// library -- what the usual batch libraries return, and what becomes of the messages (L-176 to
// L-180). The responses are written as those libraries write them.
#include "esm/esm.h"

#include "tests/support/check_main.h"
#include "tests/support/esm_world.h"

#define REPORT(items) "{\"batchItemFailures\":[" items "]}"
#define ITEM(id) "{\"itemIdentifier\":\"" id "\"}"
#define ALL_FAILED                                                                    \
    "{\"errorMessage\":\"All records failed processing. 3 individual errors logged "  \
    "separately below.\",\"errorType\":\"BatchProcessingError\",\"requestId\":\"1\"," \
    "\"stackTrace\":[]}"

static const struct {
    const char *queue;
    enum invocation_end end;
    const char *response;
    const char *counts;
    const char *again; // bodies of the second delivery
    uint64_t errors;
} runs[] = {
    // process_partial_response, all well
    {"orders", INVOCATION_RESPONDED, REPORT(""), "0/0/0", NULL, 0},
    // some failed
    {"orders", INVOCATION_RESPONDED, REPORT(ITEM("$ID2")), "0/1/0", "2", 0},
    // all failed: the library raises ...
    {"orders", INVOCATION_FUNCTION_ERROR, ALL_FAILED, "0/3/0", "1,2,3", 1},
    // ... unless it is told not to: the same messages stay, and no error is counted
    {"orders", INVOCATION_RESPONDED, REPORT(ITEM("$ID1") "," ITEM("$ID2") "," ITEM("$ID3")),
     "0/3/0", "1,2,3", 0},
    // the FIFO processor stops at the second, and reports it and the rest
    {"orders.fifo", INVOCATION_RESPONDED, REPORT(ITEM("$ID2") "," ITEM("$ID3")), "0/2/0", "2,3", 0},
};
#define RUNS (int)(sizeof(runs) / sizeof(runs[0]))

START_TEST(what_a_batch_library_returns_keeps_what_failed)
{
    RULES("L-176 L-177 L-178 L-179 L-180");
    cleanup(esm_world_deinit) struct esm_world world = {0};
    esm_world_init(&world, NULL, 1);
    bool fifo = text_ends_with(text_of(runs[_i].queue), TEXT(".fifo"));
    struct queue_settings settings = world_settings(fifo);
    world_create(&world.engine_world, runs[_i].queue, &settings);
    static const char *const bodies[] = {"1", "2", "3"};
    for (int i = 0; i < 3; i++)
        esm_world_send(&world, runs[_i].queue, fifo ? "g" : NULL, bodies[i]);
    esm_world_answer(&world,
                     (struct fake_answer){.end = runs[_i].end, .response = runs[_i].response});
    esm_world_answer(&world, (struct fake_answer){.response = REPORT("")});
    esm_world_map(&world, runs[_i].queue, true, 10);
    esm_world_advance(&world, 100);
    ck_assert_uint_eq(world.call_count, 1);
    ck_assert_str_eq(world.calls[0].bodies, "1,2,3");
    ck_assert_str_eq(
        world_counts(&world.engine_world, world_find(&world.engine_world, runs[_i].queue)),
        runs[_i].counts);
    ck_assert_uint_eq(world.function->counts.errors, runs[_i].errors);
    ck_assert_uint_eq(world.warning_count, 0);
    esm_world_advance(&world, 31000);
    ck_assert_uint_eq(world.call_count, runs[_i].again == NULL ? 1 : 2);
    if (runs[_i].again != NULL)
        ck_assert_str_eq(world.calls[1].bodies, runs[_i].again);
    ck_assert_str_eq(
        world_counts(&world.engine_world, world_find(&world.engine_world, runs[_i].queue)),
        "0/0/0");
}
END_TEST

static Suite *library_suite(void)
{
    Suite *suite = suite_create("library");
    TCase *rules = tcase_create("rules");
    tcase_add_loop_test(rules, what_a_batch_library_returns_keeps_what_failed, 0, RUNS);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(library_suite)
