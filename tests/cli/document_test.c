// document_test -- YAML and JSON become one tree; every node knows where it stands; what is wrong is told with its place.
#include "cli/document.h"

#include "queue/base/buffer.h"
#include "tests/support/check_main.h"

#include <string.h>

struct sample {
    const char *source;
    const char *json; // what it means; NULL: it is wrong
    const char *reason;
    int line;
    int column;
};

static const struct sample samples[] = {
    {"a: 1\nb: [x, 'y', \"z\\n\"]\n", "{\"a\":1,\"b\":[\"x\",\"y\",\"z\\n\"]}", NULL, 0, 0},
    {"{\"a\": [true, false, null, 1.5, -3, 1e3]}", "{\"a\":[true,false,null,1.5,-3,1000]}", NULL, 0,
     0},
    {"a: ~\nb:\nc: ''\n", "{\"a\":null,\"b\":null,\"c\":\"\"}", NULL, 0, 0},
    {"a: yes\nb: 007\nc: '5'\nd: 1.\ne: 0x10\nf: 30s\n",
     "{\"a\":\"yes\",\"b\":\"007\",\"c\":\"5\",\"d\":\"1.\",\"e\":\"0x10\",\"f\":\"30s\"}", NULL, 0,
     0},
    {"a: 2026-01-01T00:00:00Z\n", "{\"a\":\"2026-01-01T00:00:00Z\"}", NULL, 0, 0},
    {"a: !Ref b\n", "{\"a\":{\"Ref\":\"b\"}}", NULL, 0, 0},
    {"a: !GetAtt b.Arn\n", "{\"a\":{\"Fn::GetAtt\":[\"b\",\"Arn\"]}}", NULL, 0, 0},
    {"a: !GetAtt [b, Arn]\n", "{\"a\":{\"Fn::GetAtt\":[\"b\",\"Arn\"]}}", NULL, 0, 0},
    {"a: !Sub 'x-${b}'\n", "{\"a\":{\"Fn::Sub\":\"x-${b}\"}}", NULL, 0, 0},
    {"a: !Join ['', [x, !Ref b]]\n", "{\"a\":{\"Fn::Join\":[\"\",[\"x\",{\"Ref\":\"b\"}]]}}", NULL,
     0, 0},
    {"a: !!str 5\n", "{\"a\":\"5\"}", NULL, 0, 0},
    {"a: &x {b: 1}\nc: *x\n", "{\"a\":{\"b\":1},\"c\":{\"b\":1}}", NULL, 0, 0},
    {"a: |\n  one\n  two\n", "{\"a\":\"one\\ntwo\\n\"}", NULL, 0, 0},
    {"# only a comment\n", NULL, "there is nothing in it", 2, 1},
    {"", NULL, "there is nothing in it", 1, 1},
    {"a: 1\nb: 2\na: 3\n", NULL, "'a' stands here twice", 3, 1},
    {"a: 1\n---\nb: 2\n", NULL, "a second document begins here; a file holds one", 2, 1},
    {"a: [1, 2\nb: 3\n", NULL, "did not find expected ',' or ']' while parsing a flow sequence", 2,
     2},
    {"a: *x\n", NULL, "there is no &x before *x", 1, 4},
    {"a: &x [*x]\n", NULL, "there is no &x before *x", 1, 8},
    {"[a, b]: 1\n", NULL, "a name is expected here", 1, 1},
    {"a: \"x\\0y\"\n", NULL, "a text cannot hold the character NUL", 1, 4},
    {"\"x\\0y\": 1\n", NULL, "a name cannot hold the character NUL", 1, 1},
    {"<<: {a: 1}\n", NULL, "merging with << is not supported; write the members", 1, 1},
    {"a:\n\t- b\n", NULL,
     "found character that cannot start any token while scanning for the next token", 2, 1},
};

START_TEST(what_a_source_means_or_where_it_is_wrong)
{
    const struct sample *sample = &samples[_i];
    cleanup(arena_free) struct arena *arena = arena_new();
    struct text reason = {0};
    struct place place = {0};
    cleanup(cJSON_Delete) cJSON *tree =
        document_parse(arena, text_of(sample->source), &reason, &place);
    if (sample->json != NULL) {
        ck_assert_msg(tree != NULL, "%.*s", TEXT_ARGUMENTS(reason));
        char *json = cJSON_PrintUnformatted(tree);
        ck_assert_str_eq(json, sample->json);
        cJSON_free(json);
        return;
    }
    ck_assert_ptr_null(tree);
    ck_assert_str_eq(reason.bytes, sample->reason);
    ck_assert_int_eq(place.line, sample->line);
    ck_assert_int_eq(place.column, sample->column);
}
END_TEST

static cJSON *parse(struct arena *arena, const char *source)
{
    struct text reason = {0};
    struct place place;
    cJSON *tree = document_parse(arena, text_of(source), &reason, &place);
    ck_assert_msg(tree != NULL, "%.*s", TEXT_ARGUMENTS(reason));
    return tree;
}

START_TEST(a_member_stands_where_its_name_does)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    cleanup(cJSON_Delete) cJSON *tree =
        parse(arena, "a: 1\nsteps:\n  - send: {to: x,\n      body: 5}\n");
    const cJSON *step = cJSON_GetArrayItem(tree_member(tree, "steps"), 0);
    const struct {
        const cJSON *node;
        int line, column;
    } rows[] = {
        {tree, 1, 1},
        {tree_member(tree, "a"), 1, 1},
        {tree_member(tree, "steps"), 2, 1},
        {step, 3, 5},
        {tree_member(tree_member(step, "send"), "to"), 3, 12},
        {tree_member(tree_member(step, "send"), "body"), 4, 7},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct place place = node_place(rows[i].node);
        ck_assert_int_eq(place.line, rows[i].line);
        ck_assert_int_eq(place.column, rows[i].column);
    }
}
END_TEST

START_TEST(a_scalar_keeps_the_text_that_was_written)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    cleanup(cJSON_Delete) cJSON *tree =
        parse(arena, "a: 1.10\nb: True\nc: word\nd: [1]\ne: null\n");
    ck_assert(text_equal(node_text(tree_member(tree, "a")), TEXT("1.10")));
    ck_assert(text_equal(node_text(tree_member(tree, "b")), TEXT("true")));
    ck_assert(text_equal(node_text(tree_member(tree, "c")), TEXT("word")));
    ck_assert_uint_eq(node_text(tree_member(tree, "d")).length, 0);
    ck_assert(!node_is_scalar(tree_member(tree, "e")));
    // A copy is as good as the original.
    cleanup(cJSON_Delete) cJSON *copy = cJSON_Duplicate(tree, true);
    ck_assert(text_equal(node_text(tree_member(copy, "a")), TEXT("1.10")));
    ck_assert_int_eq(node_place(tree_member(copy, "c")).line, 3);
}
END_TEST

START_TEST(flow_style_is_one_line)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    cleanup(buffer_deinit) struct buffer flow = {0};
    cleanup(cJSON_Delete) cJSON *tree =
        parse(arena, "queue: orders\nids: [a, b]\nmore: {n: 1, x: ~}\n");
    node_append_flow(&flow, tree);
    ck_assert(
        text_equal(buffer_text(&flow), TEXT("queue: orders, ids: [a, b], more: {n: 1, x: null}")));
}
END_TEST

// 64 levels of 64 aliases of the level before would be more than the world holds.
START_TEST(what_grows_without_bound_is_refused)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    cleanup(buffer_deinit) struct buffer source = {0};
    struct text reason = {0};
    struct place place;
    buffer_append(&source, TEXT("a0: &a0 [x, x, x, x, x, x, x, x]\n"));
    for (int i = 1; i < 30; i++) {
        buffer_print(&source, "a%d: &a%d [", i, i);
        for (int j = 0; j < 8; j++)
            buffer_print(&source, "%s*a%d", j == 0 ? "" : ", ", i - 1);
        buffer_append(&source, TEXT("]\n"));
    }
    ck_assert_ptr_null(document_parse(arena, buffer_text(&source), &reason, &place));
    ck_assert_str_eq(reason.bytes, "aliases make this too large");

    buffer_clear(&source);
    for (int i = 0; i < 100; i++)
        buffer_append_byte(&source, '[');
    ck_assert_ptr_null(document_parse(arena, buffer_text(&source), &reason, &place));
    ck_assert_str_eq(reason.bytes, "this is nested more than 64 levels deep");
    ck_assert_int_eq(place.column, 65);
}
END_TEST

static Suite *document_suite(void)
{
    Suite *suite = suite_create("document");
    TCase *tcase = tcase_create("document");
    tcase_add_loop_test(tcase, what_a_source_means_or_where_it_is_wrong, 0,
                        (int)(sizeof(samples) / sizeof(samples[0])));
    tcase_add_test(tcase, a_member_stands_where_its_name_does);
    tcase_add_test(tcase, a_scalar_keeps_the_text_that_was_written);
    tcase_add_test(tcase, flow_style_is_one_line);
    tcase_add_test(tcase, what_grows_without_bound_is_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(document_suite)
