// pattern -- how fields go together: nesting, dots, arrays, $or, absence; and what is no pattern.
#include "esm/pattern.h"

#include "esm/json.h"
#include "tests/support/check_main.h"

#include <stdio.h>

struct event_row {
    const char *pattern;
    const char *event;
    bool matches;
};

// Single quotes stand for double ones.
static cJSON *parse(const char *text)
{
    char quoted[8192];
    size_t length = strlen(text);
    ck_assert(length < sizeof(quoted));
    for (size_t i = 0; i < length; i++)
        quoted[i] = (char)(text[i] == '\'' ? '"' : text[i]);
    return json_parse(text_from(quoted, length), NULL);
}

static void check_rows(const struct event_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cleanup(arena_free) struct arena *arena = arena_new();
        cleanup(json_tree_free) cJSON *tree = parse(rows[i].pattern);
        cleanup(json_tree_free) cJSON *event = parse(rows[i].event);
        const struct pattern *pattern = pattern_parse(arena, tree);
        ck_assert_msg(pattern != NULL && event != NULL, "row %zu %s", i, rows[i].pattern);
        struct text field;
        ck_assert_msg(pattern_matches(pattern, event, true, &field) == rows[i].matches,
                      "row %zu: %s with %s", i, rows[i].pattern, rows[i].event);
    }
}

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

START_TEST(fields_are_and_values_are_or)
{
    RULES("L-185");
    static const struct event_row rows[] = {
        {"{'a':[1,2]}", "{'a':2}", true},
        {"{'a':[1,2]}", "{'a':3}", false},
        {"{'a':[1],'b':['x']}", "{'a':1,'b':'x'}", true},
        {"{'a':[1],'b':['x']}", "{'a':1,'b':'y'}", false},
        {"{'a':[1],'b':['x']}", "{'a':1}", false},
        {"{'a':[1]}", "{'a':1,'other':true}", true},
        {"{'a':{'b':{'c':['x']}}}", "{'a':{'b':{'c':'x'}}}", true},
        {"{'a':{'b':{'c':['x']}}}", "{'a':{'b':'x'}}", false},
        {"{'a':['x']}", "{'a':{'b':'x'}}", false},
        {"{'':['x']}", "{'':'x'}", true},
        {"{'A':[1]}", "{'a':1}", false},
    };
    CHECK_ROWS(rows);
}
END_TEST

START_TEST(a_dot_in_a_name_is_a_step)
{
    RULES("L-207");
    static const struct event_row rows[] = {
        {"{'a.b':['x']}", "{'a':{'b':'x'}}", true},
        {"{'a.b':['x']}", "{'a.b':'x'}", true},
        {"{'a':{'b':['x']}}", "{'a.b':'x'}", true},
        {"{'a':{'b.c':['x']}}", "{'a.b':{'c':'x'}}", true},
        {"{'a.b.c':['x']}", "{'a':{'b.c':'x'}}", true},
        {"{'a.b':['x']}", "{'a':{'b':'y'}}", false},
        {"{'a':{'b':[1],'c':[2]}}", "{'a':{'b':1},'a.c':2}", true},
        {"{'a':{'b':[1],'c':[2]}}", "{'a':[{'b':1}],'a.c':2}", true},
        {"{'a':{'b':[1],'c':[2]}}", "{'a':[{'b':1}],'a.c':3}", false},
        {"{'a..b':['x']}", "{'a':{'':{'b':'x'}}}", true},
    };
    CHECK_ROWS(rows);
}
END_TEST

START_TEST(the_last_of_a_repeated_name_wins)
{
    RULES("L-208");
    static const struct event_row rows[] = {
        {"{'a':[1],'a':[2]}", "{'a':2}", true},
        {"{'a':[1],'a':[2]}", "{'a':1}", false},
        {"{'a.b':[1],'a':{'b':[2]}}", "{'a':{'b':2}}", true},
        {"{'a':[1]}", "{'a':1,'a':2}", false},
        {"{'a':[2]}", "{'a':1,'a':2}", true},
    };
    CHECK_ROWS(rows);
}
END_TEST

START_TEST(one_element_of_an_array_is_enough)
{
    RULES("L-206");
    static const struct event_row rows[] = {
        {"{'a':[2]}", "{'a':[1,2]}", true},
        {"{'a':[3]}", "{'a':[1,2]}", false},
        {"{'a':[3]}", "{'a':[[1],[2,[3]]]}", true},
        {"{'a':[1]}", "{'a':[]}", false},
        {"{'a':[{'anything-but':1}]}", "{'a':[1,2]}", true},
        {"{'a':[{'anything-but':1}]}", "{'a':[1]}", false},
        {"{'a':{'b':[2]}}", "{'a':[{'b':1},{'b':2}]}", true},
        {"{'a':{'b':[2]}}", "{'a':[1,{'b':[0,2]}]}", true},
        {"{'a':{'b':[2]}}", "{'a':[[{'b':1}],[[{'b':2}]]]}", true},
        {"{'a':{'b':[2]}}", "{'a':[{'b':1}]}", false},
    };
    CHECK_ROWS(rows);
}
END_TEST

START_TEST(all_fields_below_an_array_lie_in_one_element)
{
    RULES("L-206");
    static const struct event_row rows[] = {
        {"{'a':{'b':[1],'c':[2]}}", "{'a':[{'b':1,'c':2}]}", true},
        {"{'a':{'b':[1],'c':[2]}}", "{'a':[{'b':1,'c':0},{'b':0,'c':2}]}", false},
        {"{'a':{'b':[1],'c':[2]}}", "{'a':[{'b':1},{'b':1,'c':2}]}", true},
        {"{'a':{'b':[1],'d':{'c':[2]}}}", "{'a':[{'b':1,'d':[{'c':3},{'c':2}]}]}", true},
        {"{'a':{'b':[1],'d':{'c':[2]}}}", "{'a':[{'b':1},{'d':[{'c':2}]}]}", false},
        {"{'a':{'b':[1]},'$or':[{'a':{'c':[2]}},{'x':[1]}]}", "{'a':[{'b':1,'c':0},{'b':0,'c':2}]}",
         false},
        {"{'a':{'b':[1]},'$or':[{'a':{'c':[2]}},{'x':[1]}]}", "{'a':[{'b':1,'c':2}]}", true},
    };
    CHECK_ROWS(rows);
}
END_TEST

START_TEST(exists_is_about_leaves)
{
    RULES("L-197 L-201 L-203 lambda-mistake-21");
    static const struct event_row rows[] = {
        {"{'a':[{'exists':true}]}", "{'a':null}", true},
        {"{'a':[{'exists':true}]}", "{'b':1}", false},
        {"{'a':[{'exists':true}]}", "{'a':{'b':1}}", false},
        {"{'a':[{'exists':true}]}", "{'a':[]}", false},
        {"{'a':[{'exists':true}]}", "{'a':[{'b':1}]}", false},
        {"{'a':[{'exists':true}]}", "{'a':[{'b':1},2]}", true},
        {"{'a':[{'exists':false}]}", "{'b':1}", true},
        {"{'a':[{'exists':false}]}", "{}", true},
        {"{'a':[{'exists':false}]}", "{'a':null}", false},
        {"{'a':[{'exists':false}]}", "{'a':{'b':1}}", true},
        {"{'a':[{'exists':false}]}", "{'a':[]}", true},
        {"{'a':[{'exists':false},'x']}", "{'a':'x'}", true},
        {"{'a':[{'exists':false},'x']}", "{'b':'x'}", true},
        {"{'a':[{'exists':false},'x']}", "{'a':'y'}", false},
        {"{'a':[null]}", "{'b':1}", false},
        {"{'a':[{'anything-but':'x'}]}", "{'b':1}", false}, // L-201
        {"{'a':{'b':[{'exists':false}]}}", "{'a':1}", true},
        {"{'a':{'b':[{'exists':false}]}}", "{}", true},
        {"{'a':{'b':[{'exists':false}]}}", "{'a':[]}", true},
        {"{'a':{'b':[{'exists':false}]}}", "{'a':[{'c':1},{'b':1}]}", false}, // in no element
        {"{'a':{'b':[{'exists':false}]}}", "{'a':[{'c':1},{'d':1}]}", true},
        {"{'a':{'b':[{'exists':false}],'c':[1]}}", "{'a':[{'c':1},{'b':1}]}", true},
        {"{'a':{'b':[{'exists':false}],'c':[1]}}", "{'a':[{'c':1,'b':1}]}", false},
    };
    CHECK_ROWS(rows);
}
END_TEST

START_TEST(or_joins_fields)
{
    RULES("L-205");
    static const struct event_row rows[] = {
        {"{'$or':[{'a':[1]},{'b':[2]}]}", "{'a':1}", true},
        {"{'$or':[{'a':[1]},{'b':[2]}]}", "{'b':2}", true},
        {"{'$or':[{'a':[1]},{'b':[2]}]}", "{'a':2,'b':1}", false},
        {"{'c':[3],'$or':[{'a':[1]},{'b':[2]}]}", "{'b':2,'c':3}", true},
        {"{'c':[3],'$or':[{'a':[1]},{'b':[2]}]}", "{'b':2}", false},
        {"{'x':{'$or':[{'a':[1]},{'b':[2]}]}}", "{'x':{'b':2}}", true},
        {"{'x':{'$or':[{'a':[1]},{'b':[2]}]}}", "{'b':2}", false},
        {"{'$or':[{'a':[1]},{'$or':[{'b':[2]},{'c':[3],'d':[4]}]}]}", "{'c':3,'d':4}", true},
        {"{'$or':[{'a':[1]},{'$or':[{'b':[2]},{'c':[3],'d':[4]}]}]}", "{'c':3}", false},
        {"{'a':[{'prefix':'x'}],'$or':[{'a':[{'suffix':'y'}]},{'b':[1]}]}", "{'a':'x-y'}", true},
        {"{'a':[{'prefix':'x'}],'$or':[{'a':[{'suffix':'y'}]},{'b':[1]}]}", "{'a':'y'}", false},
        {"{'x':{'$or':[{'a':[1]},{'b':[1]}]},'y':{'$or':[{'a':[1]},{'b':[1]}]}}",
         "{'x':{'b':1},'y':{'a':1}}", true},
        {"{'x':{'$or':[{'a':[1]},{'b':[1]}]},'y':{'$or':[{'a':[1]},{'b':[1]}]}}",
         "{'x':{'b':1},'y':{'a':2}}", false},
    };
    CHECK_ROWS(rows);
}
END_TEST

START_TEST(what_is_no_pattern_is_refused)
{
    RULES("L-30 L-194 L-195 L-205");
    static const char *const patterns[] = {
        "null",
        "'text'",
        "1",
        "[]",
        "[{'a':[1]}]",
        "{}",
        "{'a':1}",
        "{'a':'x'}",
        "{'a':null}",
        "{'a':[]}",
        "{'a':{}}",
        "{'a':[[1]]}",
        "{'a':[{'unknown':1}]}",
        "{'a':[1],'b':2}",
        "{'a':2,'a':[1]}", // also where the last would win
        "{'$or':[]}",
        "{'$or':[{'a':[1]}]}",
        "{'$or':[{'a':[1]},1]}",
        "{'$or':[{'a':[1]},{}]}",
        "{'$or':{'a':[1],'b':[1]}}",
        "{'$or':['a','b']}",
        "{'$or':[{'prefix':['a']},{'b':[1]}]}",
        "{'$or':[{'a':{'numeric':['a']}},{'b':[1]}]}",
    };
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        cleanup(arena_free) struct arena *arena = arena_new();
        cleanup(json_tree_free) cJSON *tree = parse(patterns[i]);
        ck_assert_msg(tree != NULL && pattern_parse(arena, tree) == NULL, "%s", patterns[i]);
    }
}
END_TEST

START_TEST(too_many_combinations_are_refused)
{
    char text[4096] = "{";
    for (int i = 0; i < 10; i++) // 2^10 ways
        snprintf(text + strlen(text), sizeof(text) - strlen(text),
                 "%s'f%d':{'$or':[{'a':[1]},{'b':[2]}]}", i == 0 ? "" : ",", i);
    strcat(text, "}");
    cleanup(arena_free) struct arena *arena = arena_new();
    cleanup(json_tree_free) cJSON *tree = parse(text);
    ck_assert_ptr_nonnull(tree);
    ck_assert_ptr_null(pattern_parse(arena, tree));
}
END_TEST

// Text of a pattern: an $or of so many alternatives of one field each.
static void append_alternatives(struct buffer *text, int count)
{
    buffer_append(text, TEXT("{\"$or\":["));
    for (int i = 0; i < count; i++)
        buffer_print(text, "%s{\"a\":[%d]}", i == 0 ? "" : ",", i);
    buffer_append(text, TEXT("]"));
}

static bool is_pattern(const struct buffer *text)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    cleanup(json_tree_free) cJSON *tree = json_parse(buffer_text(text), NULL);
    ck_assert_ptr_nonnull(tree);
    return pattern_parse(arena, tree) != NULL;
}

// An alternative is a way, and so is a combination of two; fields that are not in $or add none.
START_TEST(a_thousand_combinations_are_the_most)
{
    for (int more = 0; more <= 1; more++) {
        cleanup(buffer_deinit) struct buffer flat = {0};
        append_alternatives(&flat, PATTERN_WAYS_MAX + more);
        for (int i = 0; i < 12; i++)
            buffer_print(&flat, ",\"field%d\":[1]", i);
        buffer_append(&flat, TEXT("}"));
        ck_assert_int_eq(is_pattern(&flat), more == 0);

        cleanup(buffer_deinit) struct buffer nested = {0};
        buffer_append(&nested, TEXT("{\"x\":"));
        append_alternatives(&nested, 10);
        buffer_append(&nested, TEXT("},\"y\":"));
        append_alternatives(&nested, PATTERN_WAYS_MAX / 10 + more);
        buffer_append(&nested, TEXT("}}"));
        ck_assert_int_eq(is_pattern(&nested), more == 0);

        cleanup(buffer_deinit) struct buffer inner = {0};
        buffer_append(&inner, TEXT("{\"$or\":["));
        append_alternatives(&inner, PATTERN_WAYS_MAX - 1);
        buffer_append(&inner, TEXT("},"));
        append_alternatives(&inner, 2);
        buffer_append(&inner, TEXT("}]}"));
        ck_assert(!is_pattern(&inner));
    }
}
END_TEST

START_TEST(the_field_that_did_not_match_is_named)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    cleanup(json_tree_free) cJSON *tree = parse("{'a':{'b':[1],'c':[2]}}");
    cleanup(json_tree_free) cJSON *event = parse("{'a':{'b':1,'c':3}}");
    const struct pattern *pattern = pattern_parse(arena, tree);
    struct text field;
    ck_assert(!pattern_matches(pattern, event, true, &field));
    ck_assert(text_equal(field, TEXT("a.c")));
    ck_assert(pattern_asks_beside_body(pattern));
}
END_TEST

static Suite *pattern_suite(void)
{
    Suite *suite = suite_create("pattern");
    TCase *tests = tcase_create("pattern");
    tcase_add_test(tests, fields_are_and_values_are_or);
    tcase_add_test(tests, a_dot_in_a_name_is_a_step);
    tcase_add_test(tests, the_last_of_a_repeated_name_wins);
    tcase_add_test(tests, one_element_of_an_array_is_enough);
    tcase_add_test(tests, all_fields_below_an_array_lie_in_one_element);
    tcase_add_test(tests, exists_is_about_leaves);
    tcase_add_test(tests, or_joins_fields);
    tcase_add_test(tests, what_is_no_pattern_is_refused);
    tcase_add_test(tests, too_many_combinations_are_refused);
    tcase_add_test(tests, a_thousand_combinations_are_the_most);
    tcase_add_test(tests, the_field_that_did_not_match_is_named);
    suite_add_tcase(suite, tests);
    return suite;
}

CHECK_MAIN(pattern_suite)
