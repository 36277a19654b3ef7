// rule -- each operator: what it takes, what it refuses, and which operands are none.
#include "esm/rule.h"

#include "esm/json.h"
#include "tests/support/check_main.h"

struct value_row {
    const char *item;  // of a pattern
    const char *value; // of an event
    bool matches;
};

static void check_rows(const struct value_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cleanup(arena_free) struct arena *arena = arena_new();
        cleanup(json_tree_free) cJSON *item = json_parse(text_of(rows[i].item), NULL);
        cleanup(json_tree_free) cJSON *value = json_parse(text_of(rows[i].value), NULL);
        struct rule rule;
        ck_assert_msg(item != NULL && rule_parse(arena, item, &rule), "%s", rows[i].item);
        ck_assert_msg(rule_matches(&rule, value) == rows[i].matches, "%s with %s", rows[i].item,
                      rows[i].value);
    }
}

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

START_TEST(strings_match_exactly)
{
    RULES("L-196 L-197");
    static const struct value_row rows[] = {
        {"\"x\"", "\"x\"", true},
        {"\"x\"", "\"X\"", false},
        {"\"x\"", "\"xx\"", false},
        {"\"\"", "\"\"", true},
        {"\"\"", "null", false},
        {"\"1\"", "1", false},
        {"\"\\u00e9\"", "\"\xc3\xa9\"", true},
        {"\"\xc3\xa9\"", "\"e\xcc\x81\"", false}, // no normalisation
        {"\"true\"", "true", false},
        {"{\"exactly\":\"x\"}", "\"x\"", true},
        {"{\"exactly\":\"x\"}", "\"y\"", false},
    };
    CHECK_ROWS(rows);
}
END_TEST

START_TEST(numbers_match_by_their_worth_and_literals_by_themselves)
{
    RULES("L-196 L-197");
    static const struct value_row rows[] = {
        {"300", "300", true},
        {"300", "300.0", true},
        {"300", "3.0e2", true},
        {"300", "301", false},
        {"300", "\"300\"", false},
        {"-0.5", "-5e-1", true},
        {"123456789012", "123456789012", true},
        {"true", "true", true},
        {"true", "false", false},
        {"true", "\"true\"", false},
        {"true", "1", false},
        {"false", "false", true},
        {"false", "null", false},
        {"null", "null", true},
        {"null", "\"null\"", false},
        {"null", "0", false},
    };
    CHECK_ROWS(rows);
}
END_TEST

START_TEST(prefix_and_suffix)
{
    RULES("L-198");
    static const struct value_row rows[] = {
        {"{\"prefix\":\"ab\"}", "\"abc\"", true},
        {"{\"prefix\":\"ab\"}", "\"ab\"", true},
        {"{\"prefix\":\"ab\"}", "\"a\"", false},
        {"{\"prefix\":\"ab\"}", "\"Abc\"", false},
        {"{\"prefix\":\"1\"}", "12", false},
        {"{\"prefix\":\"\"}", "\"x\"", true},
        {"{\"prefix\":{\"equals-ignore-case\":\"AB\"}}", "\"aBc\"", true},
        {"{\"prefix\":{\"equals-ignore-case\":\"AB\"}}", "\"a\"", false},
        {"{\"suffix\":\".png\"}", "\"a.png\"", true},
        {"{\"suffix\":\".png\"}", "\".png\"", true},
        {"{\"suffix\":\".png\"}", "\"png\"", false},
        {"{\"suffix\":\".png\"}", "\"a.PNG\"", false},
        {"{\"suffix\":{\"equals-ignore-case\":\".png\"}}", "\"a.PNG\"", true},
        {"{\"suffix\":{\"equals-ignore-case\":\".png\"}}", "\"a.gif\"", false},
        {"{\"suffix\":{\"equals-ignore-case\":\".png\"}}", "\"ng\"", false},
        {"{\"suffix\":{\"equals-ignore-case\":\"\xc3\x89\"}}", "\"\xc3\xa9\"", true},
    };
    CHECK_ROWS(rows);
}
END_TEST

START_TEST(equals_ignoring_case)
{
    RULES("L-199");
    static const struct value_row rows[] = {
        {"{\"equals-ignore-case\":\"alice\"}", "\"ALICE\"", true},
        {"{\"equals-ignore-case\":\"alice\"}", "\"alicia\"", false},
        {"{\"equals-ignore-case\":\"alice\"}", "\"alice \"", false},
        {"{\"equals-ignore-case\":\"\"}", "\"\"", true},
        {"{\"equals-ignore-case\":\"1\"}", "1", false},
        {"{\"equals-ignore-case\":\"\xc3\x84\xc5\x81\"}", "\"\xc3\xa4\xc5\x82\"", true}, // Latin
        {"{\"equals-ignore-case\":\"\xce\xa9\"}", "\"\xcf\x89\"", true},                 // Greek
        {"{\"equals-ignore-case\":\"\xd0\x96\xd0\x81\"}", "\"\xd0\xb6\xd1\x91\"", true}, // Cyrillic
        {"{\"equals-ignore-case\":\"\xc3\x97\"}", "\"\xc3\xb7\"", false}, // times is no divided by
        {"{\"equals-ignore-case\":\"\xf0\x9f\x98\x80\"}", "\"\xf0\x9f\x98\x80\"", true},
        {"{\"equals-ignore-case\":\"\xdf\xbf"
         "A\"}",
         "\"\xdf\xbf"
         "a\"",
         true},
        {"{\"equals-ignore-case\":\"\xef\xbf\xa5"
         "A\"}",
         "\"\xef\xbf\xa5"
         "a\"",
         true},
        {"{\"equals-ignore-case\":\"@\"}", "\"`\"", false},
        {"{\"equals-ignore-case\":\"[\"}", "\"{\"", false},
    };
    CHECK_ROWS(rows);
}
END_TEST

START_TEST(wildcards)
{
    RULES("L-193 L-200");
    static const struct value_row rows[] = {
        {"{\"wildcard\":\"a*b\"}", "\"ab\"", true},
        {"{\"wildcard\":\"a*b\"}", "\"axxb\"", true},
        {"{\"wildcard\":\"a*b\"}", "\"axxbc\"", false},
        {"{\"wildcard\":\"a*a\"}", "\"a\"", false},
        {"{\"wildcard\":\"*\"}", "\"\"", true},
        {"{\"wildcard\":\"*\"}", "1", false},
        {"{\"wildcard\":\"a*b*c\"}", "\"a-c-b-c\"", true},
        {"{\"wildcard\":\"a*b*c\"}", "\"a-c-b\"", false},
        {"{\"wildcard\":\"a*b*c\"}", "\"a-x-c\"", false},
        {"{\"wildcard\":\"a*b*c\"}", "\"b-a-c\"", false},
        {"{\"wildcard\":\"*b*c*\"}", "\"c-b\"", false},
        {"{\"wildcard\":\"*b*c*\"}", "\"b-c\"", true},
        {"{\"wildcard\":\"a*b*b*c\"}", "\"abc\"", false},
        {"{\"wildcard\":\"a*b*b*c\"}", "\"abbc\"", true},
        {"{\"wildcard\":\"*.png\"}", "\"x/y.png\"", true},
        {"{\"wildcard\":\"x\"}", "\"x\"", true},
        {"{\"wildcard\":\"x\"}", "\"xy\"", false},
        {"{\"wildcard\":\"a\\\\*b\"}", "\"a*b\"", true},
        {"{\"wildcard\":\"a\\\\*b\"}", "\"axb\"", false},
        {"{\"wildcard\":\"a\\\\\\\\*\"}", "\"a\\\\x\"", true},
    };
    CHECK_ROWS(rows);
}
END_TEST

START_TEST(anything_but)
{
    RULES("L-201");
    static const struct value_row rows[] = {
        {"{\"anything-but\":\"x\"}", "\"y\"", true},
        {"{\"anything-but\":\"x\"}", "\"x\"", false},
        {"{\"anything-but\":\"x\"}", "1", true},
        {"{\"anything-but\":\"x\"}", "null", true},
        {"{\"anything-but\":5}", "5.0", false},
        {"{\"anything-but\":5}", "\"5\"", true},
        {"{\"anything-but\":[\"x\",\"y\"]}", "\"y\"", false},
        {"{\"anything-but\":[\"x\",\"y\"]}", "\"z\"", true},
        {"{\"anything-but\":[1,2]}", "2", false},
        {"{\"anything-but\":[1,2]}", "3", true},
        {"{\"anything-but\":{\"prefix\":\"a\"}}", "\"ab\"", false},
        {"{\"anything-but\":{\"prefix\":\"a\"}}", "\"ba\"", true},
        {"{\"anything-but\":{\"prefix\":[\"a\",\"b\"]}}", "\"bc\"", false},
        {"{\"anything-but\":{\"suffix\":\"a\"}}", "\"ba\"", false},
        {"{\"anything-but\":{\"suffix\":[\"a\",\"b\"]}}", "\"xc\"", true},
        {"{\"anything-but\":{\"equals-ignore-case\":\"A\"}}", "\"a\"", false},
        {"{\"anything-but\":{\"equals-ignore-case\":[\"A\",\"B\"]}}", "\"c\"", true},
        {"{\"anything-but\":{\"wildcard\":\"a*\"}}", "\"abc\"", false},
        {"{\"anything-but\":{\"wildcard\":[\"a*\",\"*z\"]}}", "\"m\"", true},
    };
    CHECK_ROWS(rows);
}
END_TEST

START_TEST(numeric_ranges)
{
    RULES("L-202 L-192");
    static const struct value_row rows[] = {
        {"{\"numeric\":[\"=\",3.5]}", "3.50", true},
        {"{\"numeric\":[\"=\",3.5]}", "3.6", false},
        {"{\"numeric\":[\"=\",3]}", "\"3\"", false},
        {"{\"numeric\":[\">\",3]}", "3", false},
        {"{\"numeric\":[\">\",3]}", "3.000001", true},
        {"{\"numeric\":[\">=\",3]}", "3", true},
        {"{\"numeric\":[\"<\",3]}", "3", false},
        {"{\"numeric\":[\"<\",3]}", "-5000000000", true},
        {"{\"numeric\":[\"<=\",3]}", "3", true},
        {"{\"numeric\":[\">=\",100,\"<\",200]}", "100", true},
        {"{\"numeric\":[\">=\",100,\"<\",200]}", "200", false},
        {"{\"numeric\":[\">\",100,\"<=\",200]}", "100", false},
        {"{\"numeric\":[\">\",100,\"<=\",200]}", "200", true},
        {"{\"numeric\":[\">\",0]}", "5000000001", false}, // beyond what compares
        {"{\"numeric\":[\">\",0]}", "0.0000001", false},  // more decimals than compare
    };
    CHECK_ROWS(rows);
}
END_TEST

START_TEST(exists_takes_every_value)
{
    RULES("L-203");
    static const struct value_row rows[] = {
        {"{\"exists\":true}", "1", true},      {"{\"exists\":true}", "null", true},
        {"{\"exists\":true}", "\"\"", true},   {"{\"exists\":false}", "1", false},
        {"{\"exists\":false}", "null", false},
    };
    CHECK_ROWS(rows);
}
END_TEST

START_TEST(addresses)
{
    RULES("L-204");
    static const struct value_row rows[] = {
        {"{\"cidr\":\"10.0.0.0/24\"}", "\"10.0.0.255\"", true},
        {"{\"cidr\":\"10.0.0.0/24\"}", "\"10.0.1.0\"", false},
        {"{\"cidr\":\"10.0.0.0/24\"}", "\"10.0.0\"", false},
        {"{\"cidr\":\"10.0.0.0/24\"}", "\"10.0.0.1.1\"", false},
        {"{\"cidr\":\"10.0.0.0/24\"}", "\"10..0.1\"", false},
        {"{\"cidr\":\"10.0.0.0/24\"}", "\"10.0.0.\"", false},
        {"{\"cidr\":\"10.0.0.0/24\"}", "\"10.0.0.0001\"", false},
        {"{\"cidr\":\"10.0.0.0/24\"}", "\"10.0.0.+1\"", false},
        {"{\"cidr\":\"0.0.0.0/0\"}", "\"0.0.0.-1\"", false},
        {"{\"cidr\":\"10.0.0.0/24\"}", "\"10.0.0.256\"", false},
        {"{\"cidr\":\"10.0.0.0/24\"}", "\"::1\"", false},
        {"{\"cidr\":\"10.0.0.0/24\"}", "10", false},
        {"{\"cidr\":\"0.0.0.0/0\"}", "\"255.255.255.255\"", true},
        {"{\"cidr\":\"10.0.0.128/25\"}", "\"10.0.0.127\"", false},
        {"{\"cidr\":\"2001:db8::/32\"}", "\"2001:DB8:1::1\"", true},
        {"{\"cidr\":\"2001:db8::/32\"}", "\"2001:db9::1\"", false},
        {"{\"cidr\":\"2001:db8::/32\"}", "\"10.0.0.1\"", false},
        {"{\"cidr\":\"::/0\"}", "\"1:2:3:4:5:6:7:8\"", true},
        {"{\"cidr\":\"::/0\"}", "\"1:2:3:4:5:6:7\"", false},
        {"{\"cidr\":\"::/0\"}", "\"1:2:3:4:5:6:7:8:9\"", false},
        {"{\"cidr\":\"::/0\"}", "\"1::2::3\"", false},
        {"{\"cidr\":\"::/0\"}", "\"12345::\"", false},
        {"{\"cidr\":\"::/0\"}", "\"g::\"", false},
        {"{\"cidr\":\"1:2:3:4:5:6:7:8/127\"}", "\"1:2:3:4:5:6:7:9\"", true},
    };
    CHECK_ROWS(rows);
}
END_TEST

START_TEST(operands_that_are_none_are_refused)
{
    RULES("L-30 L-195 L-198 L-199 L-200 L-201 L-202 L-203 L-204");
    static const char *const items[] = {
        "[]",
        "[1]",
        "{}",
        "{\"like\":\"x\"}",
        "{\"prefix\":\"a\",\"suffix\":\"b\"}",
        "{\"prefix\":1}",
        "{\"prefix\":[\"a\"]}",
        "{\"prefix\":{\"wildcard\":\"a\"}}",
        "{\"suffix\":null}",
        "{\"suffix\":{\"equals-ignore-case\":1}}",
        "{\"equals-ignore-case\":[\"a\"]}",
        "{\"exactly\":1}",
        "{\"wildcard\":1}",
        "{\"wildcard\":\"a**b\"}",
        "{\"wildcard\":\"**\"}",
        "{\"wildcard\":\"a\\\\b\"}",
        "{\"wildcard\":\"a\\\\\"}",
        "{\"anything-but\":null}",
        "{\"anything-but\":{\"suffix\":1}}",
        "{\"anything-but\":{\"prefix\":1}}",
        "{\"anything-but\":true}",
        "{\"anything-but\":[]}",
        "{\"anything-but\":[\"a\",1]}",
        "{\"anything-but\":[1,\"a\"]}",
        "{\"anything-but\":[null]}",
        "{\"anything-but\":[[1]]}",
        "{\"anything-but\":{}}",
        "{\"anything-but\":{\"prefix\":\"\"}}",
        "{\"anything-but\":{\"suffix\":\"\"}}",
        "{\"anything-but\":{\"prefix\":[]}}",
        "{\"anything-but\":{\"prefix\":[1]}}",
        "{\"anything-but\":{\"prefix\":1}}",
        "{\"anything-but\":{\"wildcard\":\"**\"}}",
        "{\"anything-but\":{\"numeric\":[\"=\",1]}}",
        "{\"anything-but\":{\"prefix\":\"a\",\"suffix\":\"b\"}}",
        "{\"numeric\":1}",
        "{\"numeric\":[]}",
        "{\"numeric\":[\"=\"]}",
        "{\"numeric\":[\"=\",\"1\"]}",
        "{\"numeric\":[1,\"=\"]}",
        "{\"numeric\":[\"==\",1]}",
        "{\"numeric\":[\"\",1]}",
        "{\"numeric\":[\"!=\",1]}",
        "{\"numeric\":[\"=\",1,\"<\",2]}",
        "{\"numeric\":[\"<\",2,\">\",1]}",
        "{\"numeric\":[\">\",1,\">\",2]}",
        "{\"numeric\":[\">\",2,\"<\",1]}",
        "{\"numeric\":[\">\",1,\"<\",2,\"<\",3]}",
        "{\"numeric\":[\">\",5000000001]}",
        "{\"numeric\":[\">\",-5000000001]}",
        "{\"numeric\":[\">\",0.0000001]}",
        "{\"exists\":\"true\"}",
        "{\"exists\":1}",
        "{\"exists\":null}",
        "{\"cidr\":1}",
        "{\"cidr\":\"10.0.0.0\"}",
        "{\"cidr\":\"10.0.0/24\"}",
        "{\"cidr\":\"10.0.0.0/32\"}",
        "{\"cidr\":\"10.0.0.0/-1\"}",
        "{\"cidr\":\"10.0.0.0/x\"}",
        "{\"cidr\":\"::/128\"}",
        "{\"cidr\":\"1:2:3:4:5:6:7/8\"}",
        "{\"cidr\":\"1:2:3:4:5:6:7:8:9/8\"}",
        "{\"cidr\":\"1:2:3::4:5:6:7:8/8\"}",
        "{\"cidr\":\"1:x::/8\"}",
        "{\"cidr\":\"1:x::/7\"}",
        "{\"cidr\":\"::1:x/7\"}",
        "{\"cidr\":\"1:2:3:4:5:6:7/7\"}",
        "{\"cidr\":\"10.0.0/7\"}",
        "{\"cidr\":\"10.0.0.256/7\"}",
        "{\"cidr\":\"host/8\"}",
        "{\"cidr\":\"10.0.0.+1/8\"}",
    };
    for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
        cleanup(arena_free) struct arena *arena = arena_new();
        cleanup(json_tree_free) cJSON *item = json_parse(text_of(items[i]), NULL);
        struct rule rule;
        ck_assert_msg(item != NULL && !rule_parse(arena, item, &rule), "%s", items[i]);
    }
}
END_TEST

static Suite *rule_suite(void)
{
    Suite *suite = suite_create("rule");
    TCase *tests = tcase_create("rule");
    tcase_add_test(tests, strings_match_exactly);
    tcase_add_test(tests, numbers_match_by_their_worth_and_literals_by_themselves);
    tcase_add_test(tests, prefix_and_suffix);
    tcase_add_test(tests, equals_ignoring_case);
    tcase_add_test(tests, wildcards);
    tcase_add_test(tests, anything_but);
    tcase_add_test(tests, numeric_ranges);
    tcase_add_test(tests, exists_takes_every_value);
    tcase_add_test(tests, addresses);
    tcase_add_test(tests, operands_that_are_none_are_refused);
    suite_add_tcase(suite, tests);
    return suite;
}

CHECK_MAIN(rule_suite)
