// text_test -- views: comparing, cutting, and the edges of numbers.
#include "queue/base/text.h"
#include "tests/support/check_main.h"

#include <stdio.h>
#include <string.h>

START_TEST(a_null_string_is_the_empty_text)
{
    ck_assert_uint_eq(text_of(NULL).length, 0);
    ck_assert(text_equal(text_of(NULL), TEXT("")));
    ck_assert(text_equal_ignoring_case(text_of(NULL), TEXT("")));
    ck_assert_int_eq(text_compare(text_of(NULL), TEXT("")), 0);
    ck_assert(text_starts_with(text_of(NULL), text_of(NULL)));
    ck_assert(text_ends_with(text_of(NULL), text_of(NULL)));
    ck_assert_uint_eq(text_skip(text_of(NULL), 7).length, 0);
    ck_assert_uint_eq(text_head(text_of(NULL), 7).length, 0);
    ck_assert_uint_eq(text_trim(text_of(NULL)).length, 0);
}
END_TEST

START_TEST(bytes_after_a_nul_count)
{
    ck_assert(!text_equal(text_from("a\0b", 3), text_from("a\0c", 3)));
    ck_assert_int_lt(text_compare(text_from("a\0b", 3), text_from("a\0c", 3)), 0);
    ck_assert_uint_eq(TEXT("a\0b").length, 3);
}
END_TEST

START_TEST(case_is_ignored_for_ascii_letters_only)
{
    ck_assert(text_equal_ignoring_case(TEXT("Content-TYPE"), TEXT("content-type")));
    ck_assert(!text_equal_ignoring_case(TEXT("@[`{"), TEXT("`{@[")));
    ck_assert(!text_equal_ignoring_case(TEXT("a"), TEXT("ab")));
    ck_assert(!text_equal_ignoring_case(TEXT("\xc3\x84"), TEXT("\xc3\xa4")));
}
END_TEST

START_TEST(order_is_by_unsigned_bytes_and_a_prefix_comes_first)
{
    const struct text ascending[] = {TEXT(""),   TEXT("A"), TEXT("a"),
                                     TEXT("aa"), TEXT("b"), TEXT("\xff")};
    size_t count = sizeof(ascending) / sizeof(ascending[0]);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            int order = text_compare(ascending[i], ascending[j]);
            ck_assert_int_eq((order > 0) - (order < 0), (i > j) - (i < j));
        }
    }
}
END_TEST

START_TEST(prefix_suffix_and_the_first_occurrence)
{
    ck_assert(text_starts_with(TEXT("arn:aws:sqs"), TEXT("arn:")));
    ck_assert(!text_starts_with(TEXT("ar"), TEXT("arn:")));
    ck_assert(text_ends_with(TEXT("orders.fifo"), TEXT(".fifo")));
    ck_assert(!text_ends_with(TEXT("fifo"), TEXT(".fifo")));

    size_t at = 99;
    ck_assert(text_find(TEXT("abcabc"), TEXT("bc"), &at));
    ck_assert_uint_eq(at, 1);
    ck_assert(text_find(TEXT("abc"), TEXT(""), &at));
    ck_assert_uint_eq(at, 0);
    ck_assert(text_find(TEXT("abc"), TEXT("c"), NULL));
    at = 99;
    ck_assert(!text_find(TEXT("abc"), TEXT("d"), &at));
    ck_assert(!text_find(TEXT("abc"), TEXT("abcd"), &at));
    ck_assert_uint_eq(at, 99);
}
END_TEST

START_TEST(parts_are_clamped)
{
    ck_assert(text_equal(text_skip(TEXT("abc"), 1), TEXT("bc")));
    ck_assert(text_equal(text_skip(TEXT("abc"), 4), TEXT("")));
    ck_assert(text_equal(text_head(TEXT("abc"), 2), TEXT("ab")));
    ck_assert(text_equal(text_head(TEXT("abc"), 9), TEXT("abc")));
}
END_TEST

START_TEST(a_cut_is_at_the_first_separator)
{
    struct text left = TEXT("untouched");
    struct text right = TEXT("untouched");
    ck_assert(!text_cut(TEXT("name"), '=', &left, &right));
    ck_assert(!text_cut(TEXT(""), '=', &left, &right));
    ck_assert(text_equal(left, TEXT("untouched")) && text_equal(right, TEXT("untouched")));

    ck_assert(text_cut(TEXT("name=a=b"), '=', &left, &right));
    ck_assert(text_equal(left, TEXT("name")) && text_equal(right, TEXT("a=b")));
    ck_assert(text_cut(TEXT("="), '=', &left, &right));
    ck_assert(text_equal(left, TEXT("")) && text_equal(right, TEXT("")));

    // The text that is cut may be the one that is written.
    struct text rest = TEXT("a,b,c");
    ck_assert(text_cut(rest, ',', &left, &rest));
    ck_assert(text_equal(left, TEXT("a")) && text_equal(rest, TEXT("b,c")));
}
END_TEST

START_TEST(trimming_takes_blanks_at_both_ends_only)
{
    ck_assert(text_equal(text_trim(TEXT(" \t\r\na b\n")), TEXT("a b")));
    ck_assert(text_equal(text_trim(TEXT(" \n\t ")), TEXT("")));
    ck_assert(text_equal(text_trim(TEXT("a")), TEXT("a")));
}
END_TEST

START_TEST(integers_are_read_to_the_ends_of_their_range)
{
    const struct {
        const char *text;
        int64_t value;
    } rows[] = {
        {"0", 0},
        {"-0", 0},
        {"7", 7},
        {"-7", -7},
        {"0030", 30},
        {"262144", 262144},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775807", -INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t value = 99;
        ck_assert_msg(text_to_integer(text_of(rows[i].text), &value), "%s", rows[i].text);
        ck_assert_int_eq(value, rows[i].value);
    }
}
END_TEST

START_TEST(what_is_no_integer_is_refused_and_nothing_written)
{
    const char *const rows[] = {"",
                                "-",
                                "+1",
                                " 1",
                                "1 ",
                                "1.0",
                                "1e3",
                                "0x1",
                                "--1",
                                "1-",
                                "a",
                                "9223372036854775808",
                                "-9223372036854775809",
                                "99999999999999999999"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t value = 99;
        ck_assert_msg(!text_to_integer(text_of(rows[i]), &value), "%s", rows[i]);
        ck_assert_int_eq(value, 99);
    }
    int64_t value = 99;
    ck_assert(!text_to_integer(text_from("1\0", 2), &value));
    ck_assert(!text_to_integer(text_of(NULL), &value));
}
END_TEST

START_TEST(a_text_prints_with_its_length)
{
    char line[16];
    snprintf(line, sizeof(line), "<%.*s>", TEXT_ARGUMENTS(text_head(TEXT("abcdef"), 3)));
    ck_assert_str_eq(line, "<abc>");
}
END_TEST

static Suite *text_suite(void)
{
    Suite *suite = suite_create("text");
    TCase *views = tcase_create("text");
    tcase_add_test(views, a_null_string_is_the_empty_text);
    tcase_add_test(views, bytes_after_a_nul_count);
    tcase_add_test(views, case_is_ignored_for_ascii_letters_only);
    tcase_add_test(views, order_is_by_unsigned_bytes_and_a_prefix_comes_first);
    tcase_add_test(views, prefix_suffix_and_the_first_occurrence);
    tcase_add_test(views, parts_are_clamped);
    tcase_add_test(views, a_cut_is_at_the_first_separator);
    tcase_add_test(views, trimming_takes_blanks_at_both_ends_only);
    tcase_add_test(views, integers_are_read_to_the_ends_of_their_range);
    tcase_add_test(views, what_is_no_integer_is_refused_and_nothing_written);
    tcase_add_test(views, a_text_prints_with_its_length);
    suite_add_tcase(suite, views);
    return suite;
}

CHECK_MAIN(text_suite)
