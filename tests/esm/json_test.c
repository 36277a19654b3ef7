// json -- what is written, what is refused when read (L-182 and the surprises of the parser).
#include "esm/json.h"

#include "tests/support/check_main.h"

static void check_string(struct text text, const char *expected)
{
    cleanup(buffer_deinit) struct buffer buffer = {0};
    json_append_string(&buffer, text);
    buffer_append_byte(&buffer, '\0');
    ck_assert_str_eq(buffer.bytes, expected);
}

START_TEST(strings_escape_only_what_must_be)
{
    check_string(TEXT(""), "\"\"");
    check_string(TEXT("plain text of more than sixteen bytes"),
                 "\"plain text of more than sixteen bytes\"");
    check_string(TEXT("a\"b\\c/d"), "\"a\\\"b\\\\c/d\"");
    check_string(TEXT("\b\f\n\r\t\x01\x1f\x7f"), "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
    check_string(TEXT("\0x"), "\"\\u0000x\"");
    check_string(TEXT("\xE2\x80\xA8gr\xC3\xBC\xC3\x9F"), "\"\xE2\x80\xA8gr\xC3\xBC\xC3\x9F\"");
}
END_TEST

START_TEST(an_escape_is_found_at_every_place_of_a_word)
{
    for (size_t length = 1; length < 24; length++) {
        for (size_t at = 0; at < length; at++) {
            char bytes[24];
            memset(bytes, 'x', length);
            bytes[at] = '\n';
            cleanup(buffer_deinit) struct buffer buffer = {0};
            json_append_string(&buffer, text_from(bytes, length));
            ck_assert_uint_eq(buffer.length, length + 3);
            ck_assert(buffer.bytes[at + 1] == '\\' && buffer.bytes[at + 2] == 'n');
        }
    }
}
END_TEST

START_TEST(members_are_separated)
{
    cleanup(buffer_deinit) struct buffer buffer = {0};
    buffer_append_byte(&buffer, '{');
    json_append_member_string(&buffer, TEXT("a"), TEXT("{"));
    json_append_member_integer(&buffer, TEXT("b"), -7);
    json_append_member_boolean(&buffer, TEXT("c"), true);
    json_append_member_null(&buffer, TEXT("d"));
    buffer_append(&buffer, TEXT("}"));
    buffer_append_byte(&buffer, '\0');
    ck_assert_str_eq(buffer.bytes, "{\"a\":\"{\",\"b\":-7,\"c\":true,\"d\":null}");
}
END_TEST

START_TEST(a_tree_is_written_compactly)
{
    struct text text = TEXT(" { \"a\" : [ 1 , -2.5, 1e21, true, false, null, \"x\\ny\", {}, [] ], "
                            "\"big\":1700000000123 } ");
    cleanup(json_tree_free) cJSON *tree = json_parse(text, NULL);
    ck_assert_ptr_nonnull(tree);
    cleanup(buffer_deinit) struct buffer buffer = {0};
    json_append_tree(&buffer, tree);
    buffer_append_byte(&buffer, '\0');
    ck_assert_str_eq(
        buffer.bytes,
        "{\"a\":[1,-2.5,1e+21,true,false,null,\"x\\ny\",{},[]],\"big\":1700000000123}");
}
END_TEST

START_TEST(json_is_read)
{
    static const char *const valid[] = {"0",
                                        "-0",
                                        "1.5e+10",
                                        "1E5",
                                        "\r\n\t 1 \r\n\t",
                                        "\"\\uD83C\\uDF63\\u00E9\\uabcd\"",
                                        "-2e-3",
                                        "0.5E+07",
                                        "\"\\ud83c\\udf63\"",
                                        "[]",
                                        "{}",
                                        "[[[]]]",
                                        " null ",
                                        "{\"a\":{\"b\":[1,{\"c\":2}]},\"d\":\"\\\"\"}",
                                        "\"\\/\\b\\f\\n\\r\\t\\u00e9\""};
    for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++) {
        cleanup(json_tree_free) cJSON *tree = json_parse(text_of(valid[i]), NULL);
        ck_assert_msg(tree != NULL, "%s", valid[i]);
    }
}
END_TEST

START_TEST(what_is_not_json_is_refused_with_its_place)
{
    static const struct {
        struct text text;
        size_t at;
    } invalid[] = {
        {TEXT(""), 0},           {TEXT("  "), 2},          {TEXT("\xEF\xBB\xBF{}"), 0},
        {TEXT("{} x"), 3},       {TEXT("NaN"), 0},         {TEXT("Infinity"), 0},
        {TEXT("01"), 1},         {TEXT("+1"), 0},          {TEXT("1."), 2},
        {TEXT("[1,]"), 3},       {TEXT("{\"a\"}"), 4},     {TEXT("{a:1}"), 1},
        {TEXT("{\"a\":1,}"), 7}, {TEXT("\"\\u0000\""), 7}, {TEXT("\"a\nb\""), 2},
        {TEXT("\"\\x\""), 2},    {TEXT("\"\\ud800\""), 7}, {TEXT("\"\\uDC00\""), 7},
        {TEXT("'a'"), 0},        {TEXT("[1"), 2},          {TEXT("\"abc"), 4},
        {TEXT("nul"), 0},        {TEXT("[}"), 1},          {TEXT("{\"a\":1]"), 6},
        {TEXT("\"\xff\""), 3},   {TEXT("1 2"), 2},         {TEXT("\"\\udc00\""), 7},
        {TEXT("{}\0"), 2},       {TEXT("1e"), 2},          {TEXT("1e+"), 3},
        {TEXT("1e+x"), 3},       {TEXT("-"), 1},           {TEXT("-x"), 1},
    };
    for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++) {
        size_t at = 999;
        cleanup(json_tree_free) cJSON *tree = json_parse(invalid[i].text, &at);
        ck_assert_msg(tree == NULL, "%zu", i);
        ck_assert_msg(at == invalid[i].at, "case %zu: at %zu", i, at);
    }
}
END_TEST

START_TEST(depth_ends_at_a_thousand)
{
    cleanup(buffer_deinit) struct buffer buffer = {0};
    for (int i = 0; i < 1000; i++)
        buffer_append_byte(&buffer, '[');
    for (int i = 0; i < 1000; i++)
        buffer_append_byte(&buffer, ']');
    cleanup(json_tree_free) cJSON *deep = json_parse(buffer_text(&buffer), NULL);
    ck_assert_ptr_nonnull(deep);
    buffer_clear(&buffer);
    for (int i = 0; i < 100000; i++)
        buffer_append_byte(&buffer, '[');
    ck_assert_ptr_null(json_parse(buffer_text(&buffer), NULL));
}
END_TEST

START_TEST(members_are_found_by_exact_name_and_the_last_counts)
{
    RULES("L-182");
    cleanup(json_tree_free) cJSON *tree =
        json_parse(TEXT("{\"a\":\"x\",\"A\":\"y\",\"a\":\"z\",\"n\":1}"), NULL);
    ck_assert_str_eq(json_member_text(tree, "a").bytes, "z");
    ck_assert_str_eq(json_member_text(tree, "A").bytes, "y");
    ck_assert_uint_eq(json_member_text(tree, "n").length, 0);
    ck_assert_ptr_null(json_member(tree, "b"));
    ck_assert_ptr_null(json_member(NULL, "b"));
    ck_assert_ptr_null(json_member(json_member(tree, "n"), "b"));
}
END_TEST

START_TEST(integers_are_exact_or_refused)
{
    cleanup(json_tree_free) cJSON *tree =
        json_parse(TEXT("[9007199254740992,-5,1.5,1e300,\"7\",4294967296000]"), NULL);
    int64_t value = 0;
    ck_assert(json_integer(cJSON_GetArrayItem(tree, 0), &value));
    ck_assert_int_eq(value, 9007199254740992);
    ck_assert(json_integer(cJSON_GetArrayItem(tree, 1), &value));
    ck_assert_int_eq(value, -5);
    ck_assert(!json_integer(cJSON_GetArrayItem(tree, 2), &value));
    ck_assert(!json_integer(cJSON_GetArrayItem(tree, 3), &value));
    ck_assert(!json_integer(cJSON_GetArrayItem(tree, 4), &value));
    ck_assert(json_integer(cJSON_GetArrayItem(tree, 5), &value));
    ck_assert_int_eq(value, 4294967296000);
}
END_TEST

static Suite *json_suite(void)
{
    Suite *suite = suite_create("json");
    TCase *rules = tcase_create("rules");
    tcase_add_test(rules, strings_escape_only_what_must_be);
    tcase_add_test(rules, an_escape_is_found_at_every_place_of_a_word);
    tcase_add_test(rules, members_are_separated);
    tcase_add_test(rules, a_tree_is_written_compactly);
    tcase_add_test(rules, json_is_read);
    tcase_add_test(rules, what_is_not_json_is_refused_with_its_place);
    tcase_add_test(rules, depth_ends_at_a_thousand);
    tcase_add_test(rules, members_are_found_by_exact_name_and_the_last_counts);
    tcase_add_test(rules, integers_are_exact_or_refused);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(json_suite)
