// Curves and bars, character by character.
#include "cli/chart.h"

#include "tests/support/check_main.h"

START_TEST(a_bar_has_eighths_and_is_never_invisible)
{
    static const struct {
        double value;
        bool glyphs;
        const char *bar;
    } rows[] = {
        {10, true, "██"}, {5, true, "█"},    {7.5, true, "█▌"},   {0.001, true, "▏"}, {0, true, ""},
        {20, true, "██"}, {10, false, "##"}, {0.001, false, "#"}, {0, false, ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cleanup(buffer_deinit) struct buffer bar = {0};
        chart_append_bar(&bar, rows[i].value, 10, 2, rows[i].glyphs);
        ck_assert_msg(text_equal(buffer_text(&bar), text_of(rows[i].bar)), "%zu: %.*s", i,
                      TEXT_ARGUMENTS(buffer_text(&bar)));
    }
}
END_TEST

static char *drawn(const double values[3], bool glyphs)
{
    char *bytes = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&bytes, &length);
    struct paper paper = {.out = out, .width = 20};
    struct chart chart = {.title = "Title",
                          .point_count = 3,
                          .values_max = 100,
                          .unit = "%",
                          .series_count = 1,
                          .series = {{"one", values, TONE_BAD, 'o'}},
                          .left = TEXT("0"),
                          .right = TEXT("2"),
                          .mark = -1};
    chart_print(&chart, &paper, glyphs);
    fclose(out);
    return bytes;
}

START_TEST(a_curve_goes_from_its_first_value_to_its_last)
{
    static const double values[3] = {0, 50, 100};
    cleanup_free char *plain = drawn(values, false);
    ck_assert_msg(strstr(plain, "Title\n 100% |     o one o\n") == plain, "%s", plain);
    ck_assert_msg(strstr(plain, "\n   0% |o     \n       0    2\n") != NULL, "%s", plain);
    cleanup_free char *dotted = drawn(values, true);
    ck_assert_msg(strstr(dotted, "⡇") != NULL || strstr(dotted, "⢸") != NULL ||
                      strstr(dotted, "⡜") != NULL,
                  "%s", dotted);
}
END_TEST

START_TEST(a_value_that_is_missing_leaves_a_gap)
{
    static const double values[3] = {0, -1, -1};
    cleanup_free char *plain = drawn(values, false);
    ck_assert_msg(strchr(plain, 'o') == NULL, "%s", plain);
}
END_TEST

static Suite *chart_suite(void)
{
    Suite *suite = suite_create("chart");
    TCase *charts = tcase_create("charts");
    tcase_add_test(charts, a_bar_has_eighths_and_is_never_invisible);
    tcase_add_test(charts, a_curve_goes_from_its_first_value_to_its_last);
    tcase_add_test(charts, a_value_that_is_missing_leaves_a_gap);
    suite_add_tcase(suite, charts);
    return suite;
}

CHECK_MAIN(chart_suite)
