// chart -- every character cell is a grid of 2 x 4 dots (U+2800 to U+28FF), and a curve is the dots that it passes through:
//
//     dots of a cell     0 3      the bit of each in the character's number
//                        1 4
//                        2 5
//                        6 7
//
// In ASCII a cell has one place for each series' letter, and the grid is 1 x 1. A library for plotting was not taken: this is less
// code than its error handling. Curves are drawn in the order of the series, so the last one lies on top.
#include "cli/chart.h"

#include <assert.h>
#include <string.h>

#define ROWS 14
#define COLUMNS_MAX 200
#define AXIS_COLUMNS 8
#define NO_SERIES UINT8_MAX

struct canvas {
    size_t columns;
    size_t dots_across; // in a cell
    size_t dots_down;
    uint8_t dots[ROWS][COLUMNS_MAX];
    uint8_t series[ROWS][COLUMNS_MAX];
};

static bool names_utf8(const char *locale)
{
    struct text text = text_of(locale);
    return text_find(text, TEXT("UTF-8"), NULL) || text_find(text, TEXT("utf8"), NULL) ||
           text_find(text, TEXT("utf-8"), NULL);
}

bool chart_has_glyphs(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *no_color = getenv("NO_COLOR");
    if (no_color != NULL && no_color[0] != '\0')
        return false;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0')
            return names_utf8(value);
    }
    return false;
}

// ---- drawing ----

static void canvas_dot(struct canvas *canvas, size_t x, size_t y, uint8_t series)
{
    static const uint8_t bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    size_t column = x / canvas->dots_across;
    size_t row = y / canvas->dots_down;
    assert(column < canvas->columns && row < ROWS);
    if (canvas->series[row][column] != series)
        canvas->dots[row][column] = 0;
    canvas->series[row][column] = series;
    canvas->dots[row][column] |= bits[y % canvas->dots_down][x % canvas->dots_across];
}

// Where the curve is at this place of the width, from 0 at the top; false where it has no value.
static bool canvas_height(const struct canvas *canvas, const struct chart *chart,
                          const double *values, size_t x, size_t *ret_y)
{
    double across = (double)(canvas->columns * canvas->dots_across - 1);
    double at = (double)x / across * (double)(chart->point_count - 1);
    size_t left = (size_t)at;
    size_t right = left + 1 < chart->point_count ? left + 1 : left;
    if (values[left] < 0 || values[right] < 0)
        return false;
    double value = values[left] + (values[right] - values[left]) * (at - (double)left);
    double most = (double)(ROWS * canvas->dots_down - 1);
    double height = value / chart->values_max * most;
    height = height > most ? most : height;
    *ret_y = (size_t)(most - height + 0.5);
    return true;
}

static void canvas_draw(struct canvas *canvas, const struct chart *chart, uint8_t number)
{
    bool begun = false;
    size_t before = 0;
    for (size_t x = 0; x < canvas->columns * canvas->dots_across; x++) {
        size_t y;
        if (!canvas_height(canvas, chart, chart->series[number].values, x, &y)) {
            begun = false;
            continue;
        }
        if (!begun)
            before = y;
        // Steep pieces are filled, so that a curve is never torn.
        size_t top = before < y ? before + 1 : y;
        size_t bottom = before < y ? y : before == y ? y : before - 1;
        for (size_t between = top; between <= bottom; between++)
            canvas_dot(canvas, x, between, number);
        before = y;
        begun = true;
    }
}

// ---- printing ----

// The row beside which the name of each series stands: that of its last value, or the nearest free one.
static void place_names(const struct canvas *canvas, const struct chart *chart,
                        uint8_t ret_names[ROWS])
{
    memset(ret_names, NO_SERIES, ROWS);
    for (size_t i = 0; i < chart->series_count; i++) {
        size_t y;
        size_t x = canvas->columns * canvas->dots_across - 1;
        if (!canvas_height(canvas, chart, chart->series[i].values, x, &y))
            continue;
        size_t wanted = y / canvas->dots_down;
        for (size_t away = 0; away < ROWS; away++) {
            size_t row = wanted >= away && ret_names[wanted - away] == NO_SERIES ? wanted - away
                         : wanted + away < ROWS                                  ? wanted + away
                                                                                 : wanted;
            if (ret_names[row] != NO_SERIES)
                continue;
            ret_names[row] = (uint8_t)i;
            break;
        }
    }
}

static void print_cell(const struct canvas *canvas, const struct chart *chart,
                       const struct paper *paper, size_t row, size_t column, bool glyphs)
{
    uint8_t series = canvas->series[row][column];
    uint8_t dots = canvas->dots[row][column];
    if (series == NO_SERIES) {
        bool marked = chart->mark >= 0 &&
                      column == (size_t)(chart->mark * (double)(canvas->columns - 1) + 0.5);
        paper_say(paper, TONE_FAINT, !marked ? TEXT(" ") : glyphs ? TEXT("┊") : TEXT(":"));
        return;
    }
    if (!glyphs) {
        paper_say(paper, chart->series[series].tone, text_from(&chart->series[series].letter, 1));
        return;
    }
    const char cell[3] = {(char)0xe2, (char)(0xa0 | dots >> 6), (char)(0x80 | (dots & 0x3f))};
    paper_say(paper, chart->series[series].tone, text_from(cell, sizeof(cell)));
}

static void print_row(const struct canvas *canvas, const struct chart *chart,
                      const struct paper *paper, size_t row, uint8_t named, bool glyphs)
{
    bool labelled = row == 0 || row == ROWS - 1 || row == (ROWS - 1) / 2;
    double value = chart->values_max * (double)(ROWS - 1 - row) / (double)(ROWS - 1);
    if (row == (ROWS - 1) / 2)
        value = chart->values_max / 2;
    if (labelled)
        fprintf(paper->out, "%4.0f%-2s", value, chart->unit);
    else
        fputs("      ", paper->out);
    paper_say(paper, TONE_FAINT, glyphs ? TEXT("│") : TEXT("|"));
    for (size_t column = 0; column < canvas->columns; column++)
        print_cell(canvas, chart, paper, row, column, glyphs);
    if (named != NO_SERIES) {
        const struct chart_series *series = &chart->series[named];
        fputc(' ', paper->out);
        paper_say(paper, series->tone, text_of(series->name));
        if (!glyphs)
            fprintf(paper->out, " %c", series->letter);
    }
    fputc('\n', paper->out);
}

static void print_beneath(const struct canvas *canvas, const struct chart *chart,
                          const struct paper *paper)
{
    size_t at = chart->left.length;
    fprintf(paper->out, "%7s%.*s", "", TEXT_ARGUMENTS(chart->left));
    size_t right_at = canvas->columns - chart->right.length;
    if (chart->mark >= 0) {
        size_t middle = (size_t)(chart->mark * (double)canvas->columns);
        size_t half = chart->mark_text.length / 2;
        size_t begin = middle > half + at ? middle - half : at + 1;
        if (begin + chart->mark_text.length < right_at) {
            fprintf(paper->out, "%*s", (int)(begin - at), "");
            paper_say(paper, TONE_FAINT, chart->mark_text);
            at = begin + chart->mark_text.length;
        }
    }
    fprintf(paper->out, "%*s%.*s\n", (int)(right_at - at), "", TEXT_ARGUMENTS(chart->right));
}

void chart_print(const struct chart *chart, const struct paper *paper, bool glyphs)
{
    assert(chart->point_count > 0 && chart->series_count <= CHART_SERIES_MAX);
    size_t names_columns = 0;
    for (size_t i = 0; i < chart->series_count; i++) {
        size_t columns = strlen(chart->series[i].name) + (glyphs ? 1 : 3);
        names_columns = columns > names_columns ? columns : names_columns;
    }
    struct canvas canvas = {.columns = paper->width - AXIS_COLUMNS - names_columns,
                            .dots_across = glyphs ? 2 : 1,
                            .dots_down = glyphs ? 4 : 1};
    assert(canvas.columns <= COLUMNS_MAX);
    memset(canvas.series, NO_SERIES, sizeof(canvas.series));
    for (size_t i = 0; i < chart->series_count; i++)
        canvas_draw(&canvas, chart, (uint8_t)i);
    uint8_t names[ROWS];
    place_names(&canvas, chart, names);

    paper_say(paper, TONE_STRONG, text_of(chart->title));
    fputc('\n', paper->out);
    for (size_t row = 0; row < ROWS; row++)
        print_row(&canvas, chart, paper, row, names[row], glyphs);
    print_beneath(&canvas, chart, paper);
}

// ---- bars ----

void chart_append_bar(struct buffer *buffer, double value, double values_max, size_t columns,
                      bool glyphs)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    if (!(value > 0) || !(values_max > 0))
        return;
    double share = value / values_max > 1 ? 1 : value / values_max;
    size_t steps = (size_t)(share * (double)columns * 8 + 0.5);
    if (steps == 0)
        steps = 1;
    if (!glyphs) {
        for (size_t i = 0; i < (steps + 7) / 8; i++)
            buffer_append_byte(buffer, '#');
        return;
    }
    for (size_t i = 0; i < steps / 8; i++)
        buffer_append(buffer, TEXT("█"));
    buffer_append(buffer, text_of(eighths[steps % 8]));
}
