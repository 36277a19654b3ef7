// utf8_test -- the table of S-51, the ill-formed sequences of the Unicode standard, and a slow
// reader to agree with.
#include "queue/base/random.h"
#include "queue/base/utf8.h"
#include "tests/support/check_main.h"

#include <string.h>

static struct text encoded(uint32_t code_point, char bytes[4])
{
    return text_from(bytes, utf8_encode(code_point, bytes));
}

START_TEST(the_characters_of_a_body)
{
    RULES("S-51");
    const struct {
        uint32_t first;
        uint32_t last;
        bool allowed;
    } rows[] = {
        {0x0, 0x8, false},       {0x9, 0xa, true},          {0xb, 0xc, false},
        {0xd, 0xd, true},        {0xe, 0x1f, false},        {0x20, 0x7e, true},
        {0x7f, 0x9f, true},      {0xa0, 0xd7ff, true},      {0xe000, 0xfffd, true},
        {0xfffe, 0xffff, false}, {0x10000, 0x10ffff, true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (uint32_t code_point = rows[i].first; code_point <= rows[i].last; code_point++) {
            char bytes[4];
            struct text text = encoded(code_point, bytes);
            if (utf8_is_sqs_text(text) != rows[i].allowed || !utf8_is_valid(text))
                ck_abort_msg("U+%04X", (unsigned)code_point);
        }
    }
}
END_TEST

START_TEST(a_refused_character_is_found_at_any_place)
{
    RULES("S-51");
    // Long enough that the eight-byte stride meets it at each of its places.
    for (size_t at = 0; at < 40; at++) {
        char body[40];
        memset(body, 'x', sizeof(body));
        ck_assert(utf8_is_sqs_text(text_from(body, sizeof(body))));
        body[at] = 0x1f;
        ck_assert(!utf8_is_sqs_text(text_from(body, sizeof(body))));
        ck_assert(utf8_is_valid(text_from(body, sizeof(body))));
        body[at] = '\t';
        ck_assert(utf8_is_sqs_text(text_from(body, sizeof(body))));
        body[at] = 0x7f;
        ck_assert(utf8_is_sqs_text(text_from(body, sizeof(body))));
        body[at] = (char)0x80;
        ck_assert(!utf8_is_sqs_text(text_from(body, sizeof(body))));
        ck_assert(!utf8_is_valid(text_from(body, sizeof(body))));
    }
}
END_TEST

START_TEST(ill_formed_sequences_are_refused)
{
    const struct text rows[] = {
        TEXT("\x80"),             // a continuation alone
        TEXT("\xbf"),             //
        TEXT("\xc3"),             // cut after one of two
        TEXT("\xe2\x82"),         // two of three
        TEXT("\xf0\x9f\x98"),     // three of four
        TEXT("\xc0\x80"),         // NUL, overlong
        TEXT("\xc1\xbf"),         //
        TEXT("\xe0\x9f\xbf"),     // overlong in three
        TEXT("\xf0\x8f\xbf\xbf"), // overlong in four
        TEXT("\xed\xa0\x80"),     // the first surrogate
        TEXT("\xed\xbf\xbf"),     // the last one
        TEXT("\xf4\x90\x80\x80"), // U+110000
        TEXT("\xf5\x80\x80\x80"), //
        TEXT("\xff"),             //
        TEXT("\xc3\x28"),         // no continuation
        TEXT("\xe2\x28\xa1"),     //
        TEXT("\xe2\x82\x28"),     //
        TEXT("\xf0\x9f\x98\x28"), //
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ck_assert_msg(!utf8_is_valid(rows[i]), "row %zu", i);
        ck_assert_msg(!utf8_is_sqs_text(rows[i]), "row %zu", i);
    }
}
END_TEST

START_TEST(the_empty_text_is_valid)
{
    ck_assert(utf8_is_valid(text_of(NULL)));
    ck_assert(utf8_is_sqs_text(text_of(NULL)));
    ck_assert_uint_eq(utf8_count(text_of(NULL)), 0);
}
END_TEST

START_TEST(encoding_knows_the_lengths_and_what_is_no_character)
{
    const struct {
        uint32_t code_point;
        const char *bytes;
    } rows[] = {
        {0x24, "\x24"},
        {0x7f, "\x7f"},
        {0x80, "\xc2\x80"},
        {0x7ff, "\xdf\xbf"},
        {0x800, "\xe0\xa0\x80"},
        {0x20ac, "\xe2\x82\xac"},
        {0xffff, "\xef\xbf\xbf"},
        {0x10000, "\xf0\x90\x80\x80"},
        {0x1f600, "\xf0\x9f\x98\x80"},
        {0x10ffff, "\xf4\x8f\xbf\xbf"},
    };
    char bytes[4];
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert(text_equal(encoded(rows[i].code_point, bytes), text_of(rows[i].bytes)));
    ck_assert_uint_eq(utf8_encode(0, bytes), 1);
    ck_assert_uint_eq(utf8_encode(0xd800, bytes), 0);
    ck_assert_uint_eq(utf8_encode(0xdfff, bytes), 0);
    ck_assert_uint_eq(utf8_encode(0x110000, bytes), 0);
    ck_assert_uint_eq(utf8_encode(UINT32_MAX, bytes), 0);
}
END_TEST

START_TEST(code_points_are_counted_not_bytes)
{
    ck_assert_uint_eq(utf8_count(TEXT("abc")), 3);
    ck_assert_uint_eq(utf8_count(TEXT("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80")), 3);
}
END_TEST

START_TEST(random_texts_of_characters_are_valid_and_counted)
{
    struct random random;
    random_init(&random, 9);
    for (int round = 0; round < 2000; round++) {
        char bytes[4 * 30];
        size_t length = 0;
        size_t count = (size_t)random_below(&random, 30);
        for (size_t i = 0; i < count; i++) {
            uint32_t code_point;
            do {
                code_point = (uint32_t)random_below(&random, 1u << random_below(&random, 21));
            } while (code_point >= 0xd800 && code_point <= 0xdfff);
            length += utf8_encode(code_point, bytes + length);
        }
        ck_assert(utf8_is_valid(text_from(bytes, length)));
        ck_assert_uint_eq(utf8_count(text_from(bytes, length)), count);
    }
}
END_TEST

static Suite *utf8_suite(void)
{
    Suite *suite = suite_create("utf8");
    TCase *characters = tcase_create("utf8");
    tcase_add_test(characters, the_characters_of_a_body);
    tcase_add_test(characters, a_refused_character_is_found_at_any_place);
    tcase_add_test(characters, ill_formed_sequences_are_refused);
    tcase_add_test(characters, the_empty_text_is_valid);
    tcase_add_test(characters, encoding_knows_the_lengths_and_what_is_no_character);
    tcase_add_test(characters, code_points_are_counted_not_bytes);
    tcase_add_test(characters, random_texts_of_characters_are_valid_and_counted);
    suite_add_tcase(suite, characters);
    return suite;
}

CHECK_MAIN(utf8_suite)
