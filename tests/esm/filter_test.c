// filter -- the table of body against pattern (L-189), metadata, several filters; and a mapping that filters: G9 (L-183).
#include "esm/filter.h"

#include "esm/json.h"
#include "tests/support/check_main.h"
#include "tests/support/esm_world.h"

#include <stdio.h>

static struct filter *parse(const char *criteria)
{
    struct filter *filter = NULL;
    ck_assert_msg(filter_parse(text_of(criteria), &filter) == FILTER_OK, "%s", criteria);
    return filter;
}

static bool passes(const char *criteria, const char *body, char reason[256])
{
    cleanup(filter_free) struct filter *filter = parse(criteria);
    cleanup(buffer_deinit) struct buffer why = {0};
    struct text record = TEXT("");
    if (filter_needs_record(filter))
        record =
            TEXT("{\"messageId\":\"m-1\",\"body\":\"?\",\"attributes\":{\"SenderId\":\"AIDA\"},"
                 "\"eventSource\":\"aws:sqs\",\"awsRegion\":\"us-east-1\"}");
    bool passed = filter_passes(filter, text_of(body), record, &why);
    snprintf(reason, 256, "%.*s", TEXT_ARGUMENTS(buffer_text(&why)));
    return passed;
}

#define FILTER(pattern) "{\"Filters\":[{\"Pattern\":\"" pattern "\"}]}"
#define OTHER_KEYS FILTER("{\\\"awsRegion\\\":[\\\"us-east-1\\\"]}")

START_TEST(format_of_body_against_format_of_pattern)
{
    RULES("L-189 L-190 L-191 L-192 lambda-mistake-22");
    static const struct {
        const char *criteria;
        const char *body;
        bool passes;
    } rows[] = {
        // row 1: both plain
        {FILTER("{\\\"body\\\":[\\\"text\\\"]}"), "text", true},
        {FILTER("{\\\"body\\\":[\\\"text\\\"]}"), "other", false},
        {FILTER("{\\\"body\\\":[{\\\"prefix\\\":\\\"te\\\"}]}"), "text", true},
        // row 2: a plain body, a pattern for other keys
        {OTHER_KEYS, "text", true},
        {FILTER("{\\\"awsRegion\\\":[\\\"eu-west-1\\\"]}"), "text", false},
        // row 3: a plain body, a pattern of fields
        {FILTER("{\\\"body\\\":{\\\"k\\\":[\\\"text\\\"]}}"), "text", false},
        {FILTER("{\\\"body\\\":{\\\"k\\\":[{\\\"exists\\\":false}]}}"), "text", false},
        // row 4: a JSON body, a plain pattern
        {FILTER("{\\\"body\\\":[\\\"text\\\"]}"), "{\"k\":\"text\"}", false},
        {FILTER("{\\\"body\\\":[{\\\"exists\\\":false}]}"), "{\"k\":\"text\"}", false},
        {FILTER("{\\\"body\\\":[{\\\"prefix\\\":\\\"{\\\"}]}"), "{\"k\":\"text\"}", false},
        // row 5: a JSON body, a pattern for other keys
        {OTHER_KEYS, "{\"k\":1}", true},
        // row 6: both JSON
        {FILTER("{\\\"body\\\":{\\\"k\\\":[1]}}"), "{\"k\":1}", true},
        {FILTER("{\\\"body\\\":{\\\"k\\\":[1]}}"), " \\n{\"k\":2}", false},
        {FILTER("{\\\"body.k\\\":[1]}"), " {\"k\":1}", true},
        {FILTER("{\\\"body\\\":{\\\"k\\\":[1]}}"), "[{\"k\":0},{\"k\":1}]", true},
        // JSON that is no object is plain text
        {FILTER("{\\\"body\\\":[\\\"42\\\"]}"), "42", true},
        {FILTER("{\\\"body\\\":[42]}"), "42", false},
        {FILTER("{\\\"body\\\":[\\\"[1]\\\"]}"), "[1]", true},
        {FILTER("{\\\"body\\\":[\\\"[]\\\"]}"), "[]", true},
        {FILTER("{\\\"body\\\":[\\\"null\\\"]}"), "null", true},
        {FILTER("{\\\"body\\\":[\\\"{broken\\\"]}"), "{broken", true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char reason[256];
        ck_assert_msg(passes(rows[i].criteria, rows[i].body, reason) == rows[i].passes,
                      "row %zu: %s", i, reason);
    }
}
END_TEST

START_TEST(metadata_is_matched_with_the_body)
{
    RULES("L-184");
    char reason[256];
    const char *criteria = FILTER("{\\\"attributes\\\":{\\\"SenderId\\\":[\\\"AIDA\\\"]},"
                                  "\\\"body\\\":{\\\"k\\\":[1]}}");
    ck_assert(passes(criteria, "{\"k\":1}", reason));
    ck_assert(!passes(criteria, "{\"k\":2}", reason));
    ck_assert_str_eq(reason, "body.k does not match the filter");
}
END_TEST

START_TEST(one_of_several_filters_is_enough)
{
    RULES("L-185");
    const char *criteria = "{\"Filters\":[{\"Pattern\":\"{\\\"body\\\":[\\\"a\\\"]}\"},"
                           "{\"Pattern\":\"{\\\"body\\\":{\\\"k\\\":[1]}}\"}]}";
    char reason[256];
    ck_assert(passes(criteria, "a", reason));
    ck_assert(passes(criteria, "{\"k\":1}", reason));
    ck_assert(!passes(criteria, "b", reason));
    ck_assert_str_eq(reason, "it matches none of the 2 filters");
}
END_TEST

START_TEST(no_filters_are_no_filter)
{
    RULES("L-38");
    ck_assert_ptr_null(parse(""));
    ck_assert_ptr_null(parse("{}"));
    ck_assert_ptr_null(parse("{\"Filters\":[]}"));
    struct filter *filter;
    ck_assert_int_eq(filter_parse(TEXT("{"), &filter), FILTER_INVALID);
}
END_TEST

// Single quotes stand for double ones.
static void expect_unlisted(struct text pattern, const char *expected)
{
    cleanup(buffer_deinit) struct buffer quoted = {0};
    cleanup(buffer_deinit) struct buffer criteria = {0};
    cleanup(buffer_deinit) struct buffer names = {0};
    for (size_t i = 0; i < pattern.length; i++)
        buffer_append_byte(&quoted, (char)(pattern.bytes[i] == '\'' ? '"' : pattern.bytes[i]));
    buffer_append(&criteria, TEXT("{\"Filters\":[{\"Pattern\":"));
    json_append_string(&criteria, buffer_text(&quoted));
    buffer_append(&criteria, TEXT("}]}"));
    filter_append_unlisted(buffer_text(&criteria), &names);
    ck_assert_msg(text_equal(buffer_text(&names), text_of(expected)), "%.*s: %.*s",
                  TEXT_ARGUMENTS(pattern), TEXT_ARGUMENTS(buffer_text(&names)));
}

START_TEST(operators_that_the_guide_does_not_list_are_named_once)
{
    cleanup(buffer_deinit) struct buffer names = {0};
    filter_append_unlisted(TEXT(""), &names);
    filter_append_unlisted(TEXT("{}"), &names);
    ck_assert_uint_eq(names.length, 0);
    expect_unlisted(
        TEXT("{'body':{'a':['x',1,null,{'prefix':'a'},{'suffix':'a'},{'exists':true},"
             "{'numeric':['>',1]},{'equals-ignore-case':'a'},{'anything-but':['a']}]}}"),
        "");
    expect_unlisted(TEXT("{'body':{'a':[{'wildcard':'x*'}]}}"), "wildcard");
    expect_unlisted(TEXT("{'body':{'a':[{'cidr':'::/0'},{'exactly':'x'}],'b':[{'wildcard':'*'}]}}"),
                    "cidr, exactly, wildcard");
    expect_unlisted(TEXT("{'body':{'a':[{'wildcard':'x*'},{'cidr':'::/0'},{'wildcard':'y*'}],"
                         "'b':[{'cidr':'::/0'}]}}"),
                    "wildcard, cidr");
    expect_unlisted(TEXT("{'body':{'a':[{'prefix':{'equals-ignore-case':'a'}}]}}"),
                    "prefix with equals-ignore-case");
    expect_unlisted(TEXT("{'body':{'$or':[{'a':[{'anything-but':{'prefix':'a'}}]},"
                         "{'b':[{'wildcard':'*'}]}]}}"),
                    "anything-but with prefix, wildcard");
}
END_TEST

// ---- a mapping that filters ----

#define ESM_WORLD(world)                              \
    cleanup(esm_world_deinit) struct esm_world world; \
    esm_world_init(&world, NULL, 1)

static struct mapping *map(struct esm_world *world, const char *queue, const char *criteria,
                           int64_t batch_size, int64_t window_seconds)
{
    struct mapping_settings settings = esm_world_settings(world, queue);
    settings.filter_criteria = text_of(criteria);
    settings.batch_size = batch_size;
    settings.batching_window_seconds = window_seconds;
    struct mapping *mapping = NULL;
    struct mapping_detail detail;
    ck_assert_int_eq(esm_create_mapping(world->esm, &settings, &mapping, &detail), MAPPING_OK);
    esm_world_turn(world);
    return mapping;
}

static struct queue *make_queue(struct esm_world *world, const char *name)
{
    struct queue_settings settings = world_settings(text_ends_with(text_of(name), TEXT(".fifo")));
    settings.visibility_timeout_seconds = 30;
    return world_create(&world->engine_world, name, &settings);
}

static size_t present(const struct queue *queue)
{
    struct queue_counts counts = queue_counts(queue);
    return counts.visible + counts.in_flight + counts.delayed;
}

#define KIND_A FILTER("{\\\"body\\\":{\\\"kind\\\":[\\\"a\\\"]}}")

START_TEST(what_does_not_match_is_deleted_at_once)
{
    RULES("L-156 L-183-G9 L-187 L-188");
    ESM_WORLD(world);
    struct queue *queue = make_queue(&world, "orders");
    esm_world_put(&world, "orders", "{\"kind\":\"b\"}");
    esm_world_put(&world, "orders", " { \"kind\" : \"a\", \"n\": 1.00 } ");
    esm_world_put(&world, "orders", "plain");
    struct mapping *mapping = map(&world, "orders", KIND_A, 10, 0);
    ck_assert_uint_eq(present(queue), 1); // before the function answers
    esm_world_advance(&world, 10);
    ck_assert_uint_eq(world.call_count, 1);
    ck_assert_uint_eq(world.calls[0].count, 1);
    ck_assert_str_eq(world.calls[0].bodies, " { \"kind\" : \"a\", \"n\": 1.00 } ");
    ck_assert_uint_eq(present(queue), 0);
    struct mapping_counts counts = mapping_counts(mapping);
    ck_assert_uint_eq(counts.polled, 3);
    ck_assert_uint_eq(counts.filtered, 2);
    ck_assert_uint_eq(counts.invoked, 1);
    ck_assert_uint_eq(counts.deleted, 3);
    ck_assert_uint_eq(counts.failed, 0);
}
END_TEST

START_TEST(nothing_that_matches_is_no_invocation)
{
    RULES("L-119");
    ESM_WORLD(world);
    struct queue *queue = make_queue(&world, "orders");
    map(&world, "orders", KIND_A, 10, 0);
    for (int i = 0; i < 25; i++)
        esm_world_send(&world, "orders", NULL, "no");
    esm_world_advance(&world, 60000);
    ck_assert_uint_eq(world.call_count, 0);
    ck_assert_uint_eq(present(queue), 0);
    esm_world_send(&world, "orders", NULL, "{\"kind\":\"a\"}"); // and the poller goes on
    esm_world_advance(&world, 10);
    ck_assert_uint_eq(world.call_count, 1);
}
END_TEST

START_TEST(what_is_filtered_fills_no_batch)
{
    RULES("L-118");
    ESM_WORLD(world);
    make_queue(&world, "orders");
    map(&world, "orders", KIND_A, 2, 5);
    esm_world_send(&world, "orders", NULL, "{\"kind\":\"a\"}");
    esm_world_send(&world, "orders", NULL, "no");
    esm_world_send(&world, "orders", NULL, "no");
    esm_world_advance(&world, 1000);
    ck_assert_uint_eq(world.call_count, 0); // one of two; the window lasts
    esm_world_send(&world, "orders", NULL, "{\"kind\":\"a\"}");
    esm_world_advance(&world, 10);
    ck_assert_uint_eq(world.call_count, 1);
    ck_assert_uint_eq(world.calls[0].count, 2);
}
END_TEST

START_TEST(an_update_filters_anew_and_empty_criteria_let_all_pass)
{
    RULES("L-38 L-54");
    ESM_WORLD(world);
    make_queue(&world, "orders");
    struct mapping *mapping = map(&world, "orders", KIND_A, 10, 0);
    struct mapping_settings settings = *mapping_settings(mapping);
    settings.filter_criteria = TEXT("");
    struct mapping_detail detail;
    ck_assert_int_eq(esm_update_mapping(world.esm, mapping, &settings, false, &detail), MAPPING_OK);
    esm_world_turn(&world);
    esm_world_send(&world, "orders", NULL, "plain");
    esm_world_advance(&world, 10);
    ck_assert_uint_eq(world.call_count, 1);
}
END_TEST

START_TEST(a_filter_outlives_a_restart)
{
    cleanup(esm_world_deinit) struct esm_world world;
    esm_world_init(&world, journal_none_new(), 1);
    make_queue(&world, "orders");
    map(&world, "orders", KIND_A, 10, 0);
    esm_world_restart(&world);
    esm_world_turn(&world);
    struct queue *queue = world_find(&world.engine_world, "orders");
    esm_world_send(&world, "orders", NULL, "no");
    esm_world_advance(&world, 10);
    ck_assert_uint_eq(world.call_count, 0);
    ck_assert_uint_eq(present(queue), 0);
}
END_TEST

START_TEST(a_fifo_group_goes_on_behind_what_is_filtered)
{
    RULES("L-187");
    ESM_WORLD(world);
    struct queue *queue = make_queue(&world, "orders.fifo");
    map(&world, "orders.fifo", FILTER("{\\\"body\\\":[\\\"yes\\\"]}"), 1, 0);
    static const char *const bodies[] = {"no", "yes", "no"};
    for (size_t i = 0; i < 3; i++)
        esm_world_send(&world, "orders.fifo", "g", bodies[i]);
    esm_world_advance(&world, 10);
    ck_assert_uint_eq(world.call_count, 1);
    ck_assert_uint_eq(present(queue), 0);
}
END_TEST

static Suite *filter_suite(void)
{
    Suite *suite = suite_create("filter");
    TCase *tests = tcase_create("filter");
    tcase_add_test(tests, format_of_body_against_format_of_pattern);
    tcase_add_test(tests, metadata_is_matched_with_the_body);
    tcase_add_test(tests, one_of_several_filters_is_enough);
    tcase_add_test(tests, no_filters_are_no_filter);
    tcase_add_test(tests, operators_that_the_guide_does_not_list_are_named_once);
    tcase_add_test(tests, what_does_not_match_is_deleted_at_once);
    tcase_add_test(tests, nothing_that_matches_is_no_invocation);
    tcase_add_test(tests, what_is_filtered_fills_no_batch);
    tcase_add_test(tests, an_update_filters_anew_and_empty_criteria_let_all_pass);
    tcase_add_test(tests, a_filter_outlives_a_restart);
    tcase_add_test(tests, a_fifo_group_goes_on_behind_what_is_filtered);
    suite_add_tcase(suite, tests);
    return suite;
}

CHECK_MAIN(filter_suite)
