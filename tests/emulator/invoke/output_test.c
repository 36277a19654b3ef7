// output_test -- the first and the last of what a handler wrote.
#include "emulator/invoke/output.h"

#include "tests/support/check_main.h"

START_TEST(a_little_is_kept_whole)
{
    struct output output = {0};
    cleanup(buffer_deinit) struct buffer buffer = {0};
    output_add(&output, TEXT("one"));
    output_add(&output, TEXT(""));
    output_add(&output, TEXT("two"));
    output_append(&output, &buffer);
    ck_assert(text_equal(buffer_text(&buffer), TEXT("one\n\ntwo\n")));
    output_clear(&output);
    buffer_clear(&buffer);
    output_append(&output, &buffer);
    ck_assert_uint_eq(buffer.length, 0);
    output_deinit(&output);
}
END_TEST

START_TEST(what_just_fits_is_not_cut)
{
    struct output output = {0};
    cleanup(buffer_deinit) struct buffer buffer = {0};
    for (int i = 0; i < (OUTPUT_HEAD_BYTES + OUTPUT_TAIL_BYTES) / 8; i++)
        output_add(&output, TEXT("1234567"));
    output_append(&output, &buffer);
    ck_assert_uint_eq(buffer.length, OUTPUT_HEAD_BYTES + OUTPUT_TAIL_BYTES);
    ck_assert(!text_find(buffer_text(&buffer), TEXT("left out"), NULL));
    output_deinit(&output);
}
END_TEST

START_TEST(of_a_flood_both_ends_are_kept_and_the_rest_is_counted)
{
    struct output output = {0};
    cleanup(buffer_deinit) struct buffer buffer = {0};
    output_add(&output, TEXT("first"));
    for (int i = 0; i < 1000000; i++)
        output_add(&output, TEXT("1234567890123456789"));
    output_add(&output, TEXT("last"));
    output_append(&output, &buffer);
    struct text words = buffer_text(&buffer);
    ck_assert_uint_le(words.length, OUTPUT_HEAD_BYTES + OUTPUT_TAIL_BYTES + 64);
    ck_assert(text_starts_with(words, TEXT("first\n1234567890123456789\n")));
    ck_assert(text_ends_with(words, TEXT("1234567890123456789\nlast\n")));
    // 20,000,011 bytes in all.
    ck_assert(text_find(words, TEXT("\n... 19991819 bytes are left out ...\n"), NULL));
    output_deinit(&output);
}
END_TEST

static Suite *output_suite(void)
{
    Suite *suite = suite_create("output");
    TCase *tcase = tcase_create("output");
    tcase_add_test(tcase, a_little_is_kept_whole);
    tcase_add_test(tcase, what_just_fits_is_not_cut);
    tcase_add_test(tcase, of_a_flood_both_ends_are_kept_and_the_rest_is_counted);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(output_suite)
