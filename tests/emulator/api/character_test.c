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

static Suite *character_suite(void)
{
    Suite *suite = suite_create("character");
    TCase *tcase = tcase_create("character");
    tcase_add_test(tcase, letters_and_digits);
    tcase_add_test(tcase, signs_are_no_letters);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(character_suite)
