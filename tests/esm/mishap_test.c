// mishap_test -- faults on purpose: their words, their schedule, and what becomes of the messages.
#include "esm/mishap.h"

#include "tests/support/check_main.h"
#include "tests/support/esm_world.h"

// A world whose mapping "orders" -> "worker" has this fault, and two messages that come together.
struct fixture {
    struct esm_world world;
    struct queue *queue;
    struct mapping *mapping;
};

static void fixture_deinit(struct fixture *fixture)
{
    esm_world_deinit(&fixture->world);
}
DEFINE_DEINIT_CLEANUP(fixture_deinit, struct fixture)

static void set(struct fixture *fixture, const char *words)
{
    cleanup(buffer_deinit) struct buffer reason = {0};
    struct mishap_plan plan;
    ck_assert(mishap_parse(text_of(words), &plan, &reason));
    ck_assert(mishaps_set(esm_mishaps(fixture->world.esm), &plan, 1, false));
}

static void begin(struct fixture *fixture, const char *words)
{
    esm_world_init(&fixture->world, NULL, 1);
    struct queue_settings settings = world_settings(false);
    settings.visibility_timeout_seconds = 30;
    fixture->queue = world_create(&fixture->world.engine_world, "orders", &settings);
    esm_world_put(&fixture->world, "orders", "a");
    esm_world_put(&fixture->world, "orders", "b");
    set(fixture, words);
    fixture->world.function->timeout_seconds = 5;
    fixture->mapping = esm_world_map(&fixture->world, "orders", true, 10);
}

#define FIXTURE(fixture, words)                           \
    cleanup(fixture_deinit) struct fixture fixture = {0}; \
    begin(&fixture, words)

static const char *counts(struct fixture *fixture)
{
    return world_counts(&fixture->world.engine_world, fixture->queue);
}

static size_t told(const struct fixture *fixture, enum trace_kind kind)
{
    return fixture->world.engine_world.kind_counts[kind];
}

// ---- words ----

START_TEST(the_words_of_a_fault_come_back)
{
    static const char *const words[] = {
        "orders=throttle",      "orders=timeout:20%",     "orders=crash:every 3",
        "a=lose-response:at 2", "a-b_c=fail-delete:0.5%",
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        cleanup(buffer_deinit) struct buffer again = {0};
        cleanup(buffer_deinit) struct buffer reason = {0};
        struct mishap_plan plan;
        ck_assert_msg(mishap_parse(text_of(words[i]), &plan, &reason), "%s", words[i]);
        mishap_append_words(&again, &plan);
        ck_assert_msg(text_equal(buffer_text(&again), text_of(words[i])), "%s", words[i]);
    }
}
END_TEST

START_TEST(what_is_no_fault_is_a_sentence)
{
    static const struct {
        const char *words;
        const char *sentence;
    } rows[] = {
        {"", "MAPPING-OR-FUNCTION=KIND"},          {"orders", "MAPPING-OR-FUNCTION=KIND"},
        {"=throttle", "MAPPING-OR-FUNCTION"},      {"orders=", "the kinds of faults"},
        {"orders=Throttle", "the kinds of"},       {"orders=none", "the kinds of faults"},
        {"orders=crash:", "\"every 3\""},          {"orders=crash:2", "\"every 3\""},
        {"orders=crash:every 0", "\"at 2\""},      {"orders=crash:at x", "\"at 2\""},
        {"orders=crash:every3", "not \"every3\""}, {"orders=crash:-1", "a share of the tries"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cleanup(buffer_deinit) struct buffer reason = {0};
        struct mishap_plan plan;
        ck_assert_msg(!mishap_parse(text_of(rows[i].words), &plan, &reason), "%s", rows[i].words);
        ck_assert_msg(text_find(buffer_text(&reason), text_of(rows[i].sentence), NULL), "%s: %.*s",
                      rows[i].words, TEXT_ARGUMENTS(buffer_text(&reason)));
    }
}
END_TEST

// ---- the schedule ----

// Which of the first 20 tries strike, as a row of bits.
static uint32_t strikes(struct mishaps *mishaps, const char *function)
{
    cleanup(buffer_deinit) struct buffer words = {0};
    cleanup(buffer_deinit) struct buffer delete_words = {0};
    uint32_t bits = 0;
    for (int i = 0; i < 20; i++) {
        bool delete_fails;
        if (mishaps_draw(mishaps, TEXT("uuid"), text_of(function), &words, &delete_words,
                         &delete_fails) != MISHAP_NONE ||
            delete_fails)
            bits |= 1u << i;
    }
    return bits;
}

static void add(struct mishaps *mishaps, const char *words, uint64_t seed, bool declared)
{
    cleanup(buffer_deinit) struct buffer reason = {0};
    struct mishap_plan plan;
    ck_assert(mishap_parse(text_of(words), &plan, &reason));
    ck_assert(mishaps_set(mishaps, &plan, seed, declared));
}

START_TEST(a_schedule_is_kept_and_replayed)
{
    struct mishaps mishaps;
    mishaps_init(&mishaps);
    add(&mishaps, "f=crash:every 3", 1, true);
    ck_assert_uint_eq(strikes(&mishaps, "f"), 0x24924);
    ck_assert_uint_eq(strikes(&mishaps, "g"), 0);
    add(&mishaps, "f=crash:at 2", 1, true); // in its place
    ck_assert_uint_eq(mishaps.count, 1);
    ck_assert_uint_eq(strikes(&mishaps, "f"), 2);
    ck_assert_uint_eq(strikes(&mishaps, "f"), 0);
    mishaps_reset(&mishaps);
    ck_assert_uint_eq(strikes(&mishaps, "f"), 2);

    add(&mishaps, "f=crash:50%", 1, false);
    uint32_t some = strikes(&mishaps, "f");
    ck_assert(some != 0 && some != 0xfffff);
    add(&mishaps, "f=crash:50%", 1, false);
    ck_assert_uint_eq(strikes(&mishaps, "f"), some);
    add(&mishaps, "f=crash:50%", 2, false);
    ck_assert_uint_ne(strikes(&mishaps, "f"), some);
    add(&mishaps, "uuid=fail-delete", 1, false);
    ck_assert_uint_eq(strikes(&mishaps, "g"), 0xfffff);
    mishaps_reset(&mishaps);
    ck_assert_uint_eq(mishaps.count, 0); // neither was declared
    mishaps_deinit(&mishaps);
}
END_TEST

START_TEST(there_are_not_more_than_64)
{
    struct mishaps mishaps;
    mishaps_init(&mishaps);
    char name[16];
    struct mishap_plan plan = {.kind = MISHAP_CRASH, .turn = MISHAP_SHARE, .share = 1};
    for (int i = 0; i < MISHAPS_MAX; i++) {
        snprintf(name, sizeof(name), "f%d", i);
        plan.target = text_of(name);
        ck_assert(mishaps_set(&mishaps, &plan, 1, false));
    }
    plan.target = TEXT("more");
    ck_assert(!mishaps_set(&mishaps, &plan, 1, false));
    ck_assert_uint_eq(mishaps_clear(&mishaps, TEXT("f3")), 1);
    ck_assert(mishaps_set(&mishaps, &plan, 1, false));
    mishaps_deinit(&mishaps);
    ck_assert_uint_eq(mishaps.count, 0);
}
END_TEST

// ---- what becomes of the messages ----

START_TEST(a_throttle_is_tried_again_inside_the_lease)
{
    RULES("L-164");
    FIXTURE(fixture, "worker=throttle:at 1");
    ck_assert_uint_eq(fixture.world.call_count, 0);
    ck_assert_uint_eq(told(&fixture, TRACE_FAULT), 1);
    esm_world_advance(&fixture.world, 1);
    ck_assert_uint_eq(told(&fixture, TRACE_THROTTLED), 1);
    ck_assert_str_eq(world_last(&fixture.world.engine_world, TRACE_FAULT)->reason,
                     "throttled on purpose (fault worker=throttle:at 1)");
    esm_world_advance(&fixture.world, 20000);
    ck_assert_uint_eq(fixture.world.call_count, 1);
    ck_assert_str_eq(fixture.world.calls[0].counts, "1,1");
    ck_assert_str_eq(counts(&fixture), "0/0/0");
    ck_assert_uint_eq(mapping_counts(fixture.mapping).faults, 1);
}
END_TEST

START_TEST(a_timeout_runs_the_function_and_hears_it_too_late)
{
    FIXTURE(fixture, "worker=timeout:at 1");
    ck_assert_uint_eq(fixture.world.call_count, 1);
    ck_assert_str_eq(fixture.world.calls[0].bodies, "a,b");
    esm_world_advance(&fixture.world, 4999);
    ck_assert_uint_eq(told(&fixture, TRACE_INVOCATION_ENDED), 0);
    esm_world_advance(&fixture.world, 1);
    ck_assert_uint_eq(told(&fixture, TRACE_INVOCATION_ENDED), 1);
    ck_assert_str_eq(counts(&fixture), "0/2/0");
    ck_assert_uint_eq(fixture.world.function->counts.errors, 1);
    esm_world_advance(&fixture.world, 30000);
    ck_assert_uint_eq(fixture.world.call_count, 2);
    ck_assert_str_eq(counts(&fixture), "0/0/0");
}
END_TEST

START_TEST(a_crash_lets_half_of_the_batch_through)
{
    FIXTURE(fixture, "worker=crash:every 1");
    esm_world_advance(&fixture.world, 10);
    ck_assert_uint_eq(fixture.world.call_count, 1);
    ck_assert_str_eq(fixture.world.calls[0].bodies, "a");
    ck_assert_str_eq(counts(&fixture), "0/2/0");
    const struct world_point *end = world_last(&fixture.world.engine_world, TRACE_INVOCATION_ENDED);
    ck_assert_ptr_nonnull(strstr(end->reason, "ended without an answer"));
    ck_assert_ptr_nonnull(strstr(end->reason, "crashed on purpose (fault worker=crash:every 1)"));
    ck_assert_int_eq(fixture.world.function->running, 0);
}
END_TEST

START_TEST(a_crash_of_one_message_comes_before_it_begins)
{
    FIXTURE(fixture, "worker=crash:at 2");
    esm_world_advance(&fixture.world, 10);
    ck_assert_str_eq(counts(&fixture), "0/0/0");
    esm_world_send(&fixture.world, "orders", NULL, "c");
    esm_world_advance(&fixture.world, 10);
    ck_assert_uint_eq(fixture.world.call_count, 1);
    ck_assert_str_eq(counts(&fixture), "0/1/0");
    ck_assert_uint_eq(fixture.world.function->counts.invocations, 2);
    ck_assert_int_eq(fixture.world.function->running, 0);
    esm_world_advance(&fixture.world, 30000);
    ck_assert_str_eq(counts(&fixture), "0/0/0");
}
END_TEST

START_TEST(a_lost_response_brings_back_what_succeeded)
{
    FIXTURE(fixture, "worker=lose-response:at 1");
    esm_world_advance(&fixture.world, 10);
    ck_assert_uint_eq(fixture.world.call_count, 1);
    ck_assert_str_eq(counts(&fixture), "0/2/0");
    esm_world_advance(&fixture.world, 30000);
    ck_assert_uint_eq(fixture.world.call_count, 2);
    ck_assert_str_eq(fixture.world.calls[1].counts, "2,2");
    ck_assert_str_eq(counts(&fixture), "0/0/0");
}
END_TEST

START_TEST(a_failed_deletion_brings_back_what_succeeded)
{
    FIXTURE(fixture, "worker=fail-delete:at 1");
    esm_world_advance(&fixture.world, 10);
    ck_assert_uint_eq(mapping_counts(fixture.mapping).deleted, 0);
    ck_assert_str_eq(world_last(&fixture.world.engine_world, TRACE_VERDICT)->reason,
                     "not deleted, so that it is delivered again: the deletion failed on purpose "
                     "(fault worker=fail-delete:at 1)");
    ck_assert_str_eq(counts(&fixture), "0/2/0");
    esm_world_advance(&fixture.world, 30000);
    ck_assert_str_eq(counts(&fixture), "0/0/0");
    ck_assert_uint_eq(mapping_counts(fixture.mapping).deleted, 2);
    ck_assert_uint_eq(fixture.world.function->counts.errors, 0);
}
END_TEST

START_TEST(what_was_refused_by_itself_does_not_go_wrong_once_more)
{
    FIXTURE(fixture, "other=crash");
    esm_world_advance(&fixture.world, 10);
    set(&fixture, "worker=lose-response");
    esm_world_answer(&fixture.world, (struct fake_answer){.end = INVOCATION_THROTTLED});
    esm_world_send(&fixture.world, "orders", NULL, "c");
    esm_world_advance(&fixture.world, 10);
    ck_assert_uint_eq(told(&fixture, TRACE_THROTTLED), 1);
}
END_TEST

static Suite *mishap_suite(void)
{
    Suite *suite = suite_create("mishap");
    TCase *tcase = tcase_create("mishap");
    tcase_add_test(tcase, the_words_of_a_fault_come_back);
    tcase_add_test(tcase, what_is_no_fault_is_a_sentence);
    tcase_add_test(tcase, a_schedule_is_kept_and_replayed);
    tcase_add_test(tcase, there_are_not_more_than_64);
    tcase_add_test(tcase, a_throttle_is_tried_again_inside_the_lease);
    tcase_add_test(tcase, a_timeout_runs_the_function_and_hears_it_too_late);
    tcase_add_test(tcase, a_crash_lets_half_of_the_batch_through);
    tcase_add_test(tcase, a_crash_of_one_message_comes_before_it_begins);
    tcase_add_test(tcase, a_lost_response_brings_back_what_succeeded);
    tcase_add_test(tcase, a_failed_deletion_brings_back_what_succeeded);
    tcase_add_test(tcase, what_was_refused_by_itself_does_not_go_wrong_once_more);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(mishap_suite)
