// page -- the frame of pages: the command that gives the same, and what stands between tags.
#include "cli/chart.h"
#include "cli/page.h"

#include "tests/support/check_main.h"

static bool says(const struct buffer *buffer, const char *words)
{
    return text_find(buffer_text(buffer), text_of(words), NULL);
}

START_TEST(the_command_is_told_without_what_says_where_to_write)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    char typed[][16] = {"--poison", "2%",        "--html",         "page.html", "--json",
                        "--seed",   "two words", "--trace-file=t", "--html=p"};
    char *words[9];
    for (size_t i = 0; i < 9; i++)
        words[i] = typed[i];
    struct text command = page_command(arena, "demo snowball", 9, words);
    ck_assert_msg(text_equal(command, TEXT("redrive demo snowball --poison 2% --seed 'two words'")),
                  "%.*s", TEXT_ARGUMENTS(command));
}
END_TEST

START_TEST(words_cannot_become_tags)
{
    cleanup(buffer_deinit) struct buffer page = {0};
    page_begin(&page, TEXT("<b>&"));
    page_append_paragraph(&page, TEXT("<script>"));
    page_end(&page);
    ck_assert(says(&page, "<h1>&lt;b&gt;&amp;</h1>") && says(&page, "<p>&lt;script&gt;</p>"));
    ck_assert(!says(&page, "<script") && says(&page, "</html>\n"));
}
END_TEST

START_TEST(a_curve_is_drawn_to_scale_and_torn_where_there_is_nothing)
{
    cleanup(buffer_deinit) struct buffer page = {0};
    const double values[] = {0, 5, -1, 10, 20};
    struct chart chart = {.title = "A & B",
                          .point_count = 5,
                          .values_max = 10,
                          .upwards = "pieces",
                          .across = "time",
                          .span_ms = 3600000,
                          .series_count = 1,
                          .series = {{.name = "one", .values = values, .tone = TONE_BAD}},
                          .mark = -1,
                          .limit = 5,
                          .limit_text = TEXT("half")};
    chart_append_svg(&page, &chart, "x", TEXT("It rises."));
    // From the axis at 296 to the top at 76; what is above the top stays there.
    ck_assert_msg(says(&page, "d=\"M44.0 296.0L135.5 186.0M318.5 76.0L410.0 76.0\""), "%.*s",
                  (int)page.length, page.bytes);
    ck_assert(says(&page, "<title id=\"x-title\">A &amp; B</title>"));
    ck_assert(says(&page, "<desc id=\"x-says\">It rises.</desc>"));
    ck_assert(says(&page, "x1=\"44.0\" y1=\"186.0\" x2=\"410.0\" y2=\"186.0\"") &&
              says(&page, ">half</text>") && says(&page, ">30 min</text>"));
}
END_TEST

START_TEST(names_at_the_ends_of_curves_do_not_lie_on_each_other)
{
    cleanup(buffer_deinit) struct buffer page = {0};
    const double zero[] = {0, 0};
    struct chart chart = {.title = "t",
                          .point_count = 2,
                          .values_max = 1,
                          .upwards = "u",
                          .across = "a",
                          .span_ms = 1000,
                          .series_count = 3,
                          .mark = -1};
    for (size_t i = 0; i < 3; i++)
        chart.series[i] = (struct chart_series){.name = "n", .values = zero, .tone = TONE_GOOD};
    chart_append_svg(&page, &chart, "x", TEXT("s"));
    ck_assert(says(&page, "y=\"301.0\" class=\"name") && says(&page, "y=\"284.0\" class=\"name") &&
              says(&page, "y=\"267.0\" class=\"name"));
}
END_TEST

static Suite *page_suite(void)
{
    Suite *suite = suite_create("page");
    TCase *rules = tcase_create("rules");
    tcase_add_test(rules, the_command_is_told_without_what_says_where_to_write);
    tcase_add_test(rules, words_cannot_become_tags);
    tcase_add_test(rules, a_curve_is_drawn_to_scale_and_torn_where_there_is_nothing);
    tcase_add_test(rules, names_at_the_ends_of_curves_do_not_lie_on_each_other);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(page_suite)
