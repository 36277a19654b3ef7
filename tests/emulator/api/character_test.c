#include "emulator/api/character.h"

#include "tests/support/check_main.h"

#include <string.h>

START_TEST(letters_and_digits)
{
    const char *const letters[] = {"a",      "Z",      "0",      "\u00e9", "\u00aa",
                                   "\u00df", "\u0416", "\u65e5", "\uac00", "\U00020000"};
    for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
        size_t length;
        ck_assert(character_is_letter_or_digit(character_at(letters[i], &length)));
        ck_assert_uint_eq(length, strlen(letters[i]));
    }
}
END_TEST

START_TEST(signs_are_no_letters)
{
    const char *const signs[] = {"_",      " ",      "@",      "[",      "{",          "\u00a7",
                                 "\u00d7", "\u2019", "\u2603", "\u3001", "\U0001f600", "\ufffd"};
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        size_t length;
        ck_assert(!character_is_letter_or_digit(character_at(signs[i], &length)));
        ck_assert_uint_eq(length, strlen(signs[i]));
    }
}
END_TEST

// The first and the last sign of every block, and the letters beside them.
START_TEST(blocks_of_signs_end_where_letters_begin)
{
    static const struct {
        uint32_t first, last;
    } blocks[] = {{0xab, 0xb4},     {0xb6, 0xb9},     {0xbb, 0xbf},      {0xd7, 0xd7},
                  {0xf7, 0xf7},     {0x2000, 0x2bff}, {0x3000, 0x3004},  {0x3008, 0x3020},
                  {0xe000, 0xf8ff}, {0xfe10, 0xfe6f}, {0xff01, 0xff0f},  {0xfff0, 0xffff},
                  {0x80, 0xa9},     {'[', '`'},       {0x1f000, 0x1faff}};
    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
        ck_assert(!character_is_letter_or_digit(blocks[i].first));
        ck_assert(!character_is_letter_or_digit(blocks[i].last));
        if (blocks[i].first != 0x80) // before it stands DEL
            ck_assert_msg(character_is_letter_or_digit(blocks[i].first - 1), "%x", blocks[i].first);
        ck_assert_msg(character_is_letter_or_digit(blocks[i].last + 1), "%x", blocks[i].last);
    }
}
END_TEST

static Suite *character_suite(void)
{
    Suite *suite = suite_create("character");
    TCase *tcase = tcase_create("character");
    tcase_add_test(tcase, letters_and_digits);
    tcase_add_test(tcase, signs_are_no_letters);
    tcase_add_test(tcase, blocks_of_signs_end_where_letters_begin);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(character_suite)
