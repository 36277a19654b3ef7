// table_test -- tables are aligned by what the eye sees, fit their paper, and let no text steer the terminal.
#include "cli/table.h"

#include "tests/support/check_main.h"

#include <string.h>

static const struct table_column columns[] = {
    {"name", false, false},
    {"count", true, false},
    {"reason", false, true},
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static void row(struct table *table, const char *name, const char *count, const char *reason)
{
    table_cell(table, TONE_PLAIN, text_of(name));
    table_cell(table, TONE_GOOD, text_of(count));
    table_cell(table, TONE_PLAIN, text_of(reason));
}

// What the table prints, terminated.
static char *printed(const struct table *table, size_t width, bool colour)
{
    char *bytes = NULL;
    size_t length;
    FILE *out = open_memstream(&bytes, &length);
    struct paper paper = {.out = out, .width = width, .colour = colour};
    table_print(table, &paper);
    fclose(out);
    return bytes;
}

START_TEST(columns_are_as_wide_as_their_widest_cell)
{
    cleanup(table_free) struct table *table = table_new(columns, COLUMNS);
    row(table, "orders", "3", "because");
    row(table, "a", "1000000", "");
    cleanup_free char *text = printed(table, 80, false);
    ck_assert_str_eq(text, "name      count  reason\n"
                           "orders        3  because\n"
                           "a       1000000\n");
    ck_assert_uint_eq(table_row_count(table), 2);
}
END_TEST

START_TEST(sentences_are_broken_at_blanks_under_their_own_column)
{
    cleanup(table_free) struct table *table = table_new(columns, COLUMNS);
    row(table, "orders", "3", "the visibility timeout passed and nobody deleted it");
    cleanup_free char *text = printed(table, 40, false);
    ck_assert_str_eq(text, "name    count  reason\n"
                           "orders      3  the visibility timeout\n"
                           "               passed and nobody deleted\n"
                           "               it\n");
}
END_TEST

START_TEST(what_does_not_wrap_is_cut)
{
    cleanup(table_free) struct table *table = table_new(columns, COLUMNS);
    row(table, "a-queue-with-a-very-long-name-indeed", "3", "ok");
    cleanup_free char *text = printed(table, 30, false);
    ck_assert_str_eq(text, "name             count  reason\n"
                           "a-queue-with-a…      3  ok\n");
}
END_TEST

START_TEST(no_line_is_wider_than_the_paper)
{
    cleanup(table_free) struct table *table = table_new(columns, COLUMNS);
    row(table, "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字", "12345",
        "a-word-that-is-much-longer-than-its-column-and-has-no-blank-anywhere-in-it at all");
    row(table, "é", "1", "été 🎉 漢字 and so on and so forth until the line is full");
    for (size_t width = 48; width <= 120; width++) {
        cleanup_free char *text = printed(table, width, false);
        struct text rest = text_of(text);
        struct text line;
        while (text_cut(rest, '\n', &line, &rest))
            ck_assert_uint_le(text_columns(line), width);
    }
}
END_TEST

static const struct {
    const char *text;
    size_t columns;
} widths[] = {
    {"", 0},        {"abc", 3}, {"été", 3}, {"漢字", 4},
    {"e\u0301", 1}, {"🎉", 2},   {"a…b", 3}, {"\xff\xfe", 2},
};

START_TEST(width_is_what_the_eye_sees)
{
    ck_assert_uint_eq(text_columns(text_of(widths[_i].text)), widths[_i].columns);
}
END_TEST

START_TEST(no_text_can_steer_the_terminal)
{
    cleanup(table_free) struct table *table = table_new(columns, COLUMNS);
    row(table, "\033[2Jx", "\r1",
        "two\nlines\tand \xc2\x9b"
        "31m and \xe2\x80\xae and \xc3\x1b[m");
    cleanup_free char *text = printed(table, 80, false);
    ck_assert_ptr_null(strchr(text, '\033'));
    ck_assert_ptr_null(strchr(text, '\r'));
    ck_assert_ptr_null(strstr(text, "\xc2\x9b"));
    ck_assert_ptr_null(strstr(text, "\xe2\x80\xae"));
    ck_assert_ptr_nonnull(strstr(text, "two⏎lines"));
}
END_TEST

START_TEST(colours_only_where_they_are_seen)
{
    cleanup(table_free) struct table *table = table_new(columns, COLUMNS);
    row(table, "orders", "3", "");
    cleanup_free char *plain = printed(table, 80, false);
    ck_assert_ptr_null(strchr(plain, '\033'));
    cleanup_free char *coloured = printed(table, 80, true);
    ck_assert_ptr_nonnull(strstr(coloured, "\033[32m3\033[0m"));
    // A file is no terminal.
    FILE *file = tmpfile();
    struct paper paper = paper_of(file);
    ck_assert(!paper.colour);
    ck_assert_uint_eq(paper.width, 100);
    fclose(file);
}
END_TEST

START_TEST(paragraphs_are_indented_and_broken)
{
    char *bytes = NULL;
    size_t length;
    FILE *out = open_memstream(&bytes, &length);
    struct paper paper = {.out = out, .width = 20};
    paper_paragraph(&paper, 2, TEXT("one two three four five six"));
    fclose(out);
    ck_assert_str_eq(bytes, "  one two three four\n  five six\n");
    free(bytes);
}
END_TEST

static Suite *table_suite(void)
{
    Suite *suite = suite_create("table");
    TCase *tcase = tcase_create("table");
    tcase_add_test(tcase, columns_are_as_wide_as_their_widest_cell);
    tcase_add_test(tcase, sentences_are_broken_at_blanks_under_their_own_column);
    tcase_add_test(tcase, what_does_not_wrap_is_cut);
    tcase_add_test(tcase, no_line_is_wider_than_the_paper);
    tcase_add_loop_test(tcase, width_is_what_the_eye_sees, 0,
                        (int)(sizeof(widths) / sizeof(widths[0])));
    tcase_add_test(tcase, no_text_can_steer_the_terminal);
    tcase_add_test(tcase, colours_only_where_they_are_seen);
    tcase_add_test(tcase, paragraphs_are_indented_and_broken);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(table_suite)
