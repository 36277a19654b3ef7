// poller_trace_test -- the sentences of an invocation in the trace.
#include "esm/poller_trace.h"

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

START_TEST(the_trace_tells_the_whole_story)
{
    ESM_WORLD(world);
    make_queue(&world, "orders", 30);
    struct mapping *mapping = esm_world_map(&world, "orders", true, 10);
    esm_world_put(&world, "orders", "a");
    esm_world_put(&world, "orders", "b");
    esm_world_answer(&world,
                     (struct fake_answer){
                         .response = "{\"batchItemFailures\":[{\"itemIdentifier\":\"$ID2\"}]}"});
    esm_world_turn(&world);
    esm_world_advance(&world, 1);
    const size_t *kinds = world.engine_world.kind_counts;
    ck_assert_uint_eq(kinds[TRACE_BATCHED], 2);
    ck_assert_uint_eq(kinds[TRACE_INVOKED], 1);
    ck_assert_uint_eq(kinds[TRACE_INVOCATION_ENDED], 1);
    ck_assert_uint_eq(kinds[TRACE_VERDICT], 2);
    ck_assert_uint_eq(kinds[TRACE_MAPPING], 2); // Creating, Enabled
    const struct world_point *verdict = world_last(&world.engine_world, TRACE_VERDICT);
    ck_assert_str_eq(
        verdict->reason,
        "kept until its visibility timeout passes: the function reported it as failed");
    ck_assert_int_eq(verdict->until_ms, WORLD_START_MS + 30000);
    ck_assert(text_equal(text_of(verdict->actor), mapping_uuid(mapping)));
    ck_assert_str_eq(world_last(&world.engine_world, TRACE_INVOKED)->reason,
                     "worker is invoked with 2 messages");
}
END_TEST

// The last word about the end of an invocation of one message.
static const char *told(struct fake_answer answer, char ret_reason[WORLD_TEXT_BYTES])
{
    ESM_WORLD(world);
    make_queue(&world, "orders", 30);
    esm_world_map(&world, "orders", true, 10);
    esm_world_answer(&world, answer);
    esm_world_answer(&world, (struct fake_answer){.hold = true});
    esm_world_send(&world, "orders", NULL, "a");
    esm_world_advance(&world, 1);
    const struct world_point *point = world_last(&world.engine_world, TRACE_INVOCATION_ENDED);
    memcpy(ret_reason, point->reason, WORLD_TEXT_BYTES);
    return ret_reason;
}

START_TEST(the_end_of_an_invocation_is_told)
{
    static const struct {
        enum invocation_end end;
        const char *response;
        const char *sentence;
    } rows[] = {
        {INVOCATION_RESPONDED, "", "worker responded after 1 ms"},
        {INVOCATION_RESPONDED, "null", "worker responded after 1 ms: null"},
        {INVOCATION_RESPONDED, "7", "worker responded after 1 ms: 7"},
        {INVOCATION_RESPONDED, "\xff\xfe",
         "worker responded after 1 ms: 2 bytes that are not text"},
        {INVOCATION_FUNCTION_ERROR, "{}", "worker failed with an error after 1 ms: {}"},
        {INVOCATION_EXITED, "", "worker ended without an answer after 1 ms"},
        {INVOCATION_TOO_LARGE, "", "worker gave a response that is too large after 1 ms"},
        {INVOCATION_THROTTLED, "", "worker was throttled after 1 ms"},
        {INVOCATION_UNAVAILABLE, "", "worker was not available after 1 ms"},
        {INVOCATION_MISSING, "", "worker does not exist after 1 ms"},
        {INVOCATION_REFUSED, "", "worker refused the connection after 1 ms"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char reason[WORLD_TEXT_BYTES];
        struct fake_answer answer = {.end = rows[i].end, .response = rows[i].response};
        ck_assert_str_eq(told(answer, reason), rows[i].sentence);
    }
}
END_TEST

static void keep_end(struct engine_world *world, const struct trace_point *point)
{
    struct buffer *kept = world->context;
    if (point->kind == TRACE_INVOCATION_ENDED)
        buffer_append(kept, point->reason);
}

// Of a long response the beginning is told, cut between two characters.
START_TEST(a_long_response_is_told_in_part)
{
    static const struct {
        size_t ascii;
        size_t shown;
        bool cut;
    } rows[] = {{298, 300, false}, {299, 299, true}, {300, 300, true}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cleanup(buffer_deinit) struct buffer kept = {0};
        ESM_WORLD(world);
        world.engine_world.context = &kept;
        world.engine_world.listen = keep_end;
        make_queue(&world, "orders", 30);
        esm_world_map(&world, "orders", true, 10);
        char response[303] = {0};
        memset(response, 'x', rows[i].ascii);
        memcpy(response + rows[i].ascii, "\xc3\xa9", 2);
        esm_world_answer(&world, (struct fake_answer){.response = response});
        esm_world_send(&world, "orders", NULL, "a");
        esm_world_advance(&world, 1);
        struct text told = text_skip(buffer_text(&kept), strlen("worker responded after 1 ms: "));
        ck_assert(text_equal(text_head(told, rows[i].shown), text_from(response, rows[i].shown)));
        ck_assert(text_equal(text_skip(told, rows[i].shown), text_of(rows[i].cut ? " ..." : "")));
    }
}
END_TEST

static Suite *poller_trace_suite(void)
{
    Suite *suite = suite_create("esm/poller_trace");
    TCase *tcase = tcase_create("poller_trace");
    tcase_add_test(tcase, the_trace_tells_the_whole_story);
    tcase_add_test(tcase, the_end_of_an_invocation_is_told);
    tcase_add_test(tcase, a_long_response_is_told_in_part);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(poller_trace_suite)
