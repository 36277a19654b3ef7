// table -- measure, then print.
//
// Every cell is kept until the table is printed, because the width of a column is that of its widest
// cell. When the sum is too wide, first the columns that wrap give way, then the widest of the others are
// cut with an ellipsis. wcwidth() was not taken: it answers for the locale, and equal runs must print
// equal bytes on every machine.
#include "cli/table.h"

#include "cli/xml.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define GAP 2
#define WIDTH_LEAST 80
#define WIDTH_MOST 120
#define WIDTH_OF_FILES 100
#define WRAP_LEAST 20 // a sentence in less is hard to read
#define WRAP_TIGHT 14 // but better than a word that is cut
#define CUT_LEAST 6
#define COLUMNS_MAX 16

struct cell {
    struct text text; // the arena's
    size_t columns;
    enum tone tone;
};

struct table {
    const struct table_column *columns;
    size_t column_count;
    struct arena *arena;
    struct cell *cells; // owned
    size_t cell_count;
    size_t cell_capacity;
};

// ---- paper ----

struct paper paper_of(FILE *out)
{
    struct paper paper = {.out = out, .width = WIDTH_OF_FILES};
    if (!isatty(fileno(out)))
        return paper;
    struct winsize size;
    paper.width = WIDTH_LEAST;
    if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > WIDTH_LEAST)
        paper.width = size.ws_col < WIDTH_MOST ? size.ws_col : WIDTH_MOST;
    const char *no_color = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    paper.colour = (no_color == NULL || no_color[0] == '\0') &&
                   (terminal == NULL || strcmp(terminal, "dumb") != 0);
    return paper;
}

static const char *tone_code(enum tone tone)
{
    switch (tone) {
    case TONE_PLAIN:
        return "";
    case TONE_GOOD:
        return "\033[32m";
    case TONE_BAD:
        return "\033[31m";
    case TONE_WARN:
        return "\033[33m";
    case TONE_FAINT:
        return "\033[2m";
    case TONE_STRONG:
        return "\033[1m";
    }
    return "";
}

void paper_say(const struct paper *paper, enum tone tone, struct text text)
{
    if (text.length == 0)
        return;
    bool coloured = paper->colour && tone != TONE_PLAIN;
    if (coloured)
        fputs(tone_code(tone), paper->out);
    fwrite(text.bytes, 1, text.length, paper->out);
    if (coloured)
        fputs("\033[0m", paper->out);
}

// ---- what the eye sees ----

struct span {
    uint32_t first, last;
};

static bool in_spans(const struct span *spans, size_t count, uint32_t point)
{
    for (size_t i = 0; i < count; i++) {
        if (point >= spans[i].first && point <= spans[i].last)
            return true;
    }
    return false;
}

#define IN_SPANS(spans, point) in_spans(spans, sizeof(spans) / sizeof((spans)[0]), point)

static size_t point_columns(uint32_t point)
{
    static const struct span none[] = {
        {0x0300, 0x036f}, {0x200b, 0x200d}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
    };
    static const struct span wide[] = {
        {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xac00, 0xd7a3},
        {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
        {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1faff}, {0x20000, 0x3fffd},
    };
    if (point < 0x300)
        return 1;
    if (IN_SPANS(none, point))
        return 0;
    return IN_SPANS(wide, point) ? 2 : 1;
}

// Characters that would move the cursor, start a sequence or turn the writing direction.
static bool is_control(uint32_t point)
{
    static const struct span controls[] = {
        {0x00, 0x1f}, {0x7f, 0x9f}, {0x2028, 0x202e}, {0x2066, 0x2069}, {0xfeff, 0xfeff},
    };
    return IN_SPANS(controls, point);
}

// The code point at the front and its length; a byte that is not UTF-8 is a point of its own.
static size_t point_read(struct text text, uint32_t *ret_point)
{
    const unsigned char *bytes = (const unsigned char *)text.bytes;
    size_t length = bytes[0] < 0xc0 ? 1 : bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
    if (length == 1 || length > text.length) {
        *ret_point = bytes[0];
        return 1;
    }
    uint32_t point = bytes[0] & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0u) != 0x80) {
            *ret_point = bytes[0];
            return 1;
        }
        point = point << 6 | (bytes[i] & 0x3fu);
    }
    *ret_point = point;
    return length;
}

size_t text_columns(struct text text)
{
    size_t columns = 0;
    while (text.length > 0) {
        uint32_t point;
        text = text_skip(text, point_read(text, &point));
        columns += point_columns(point);
    }
    return columns;
}

// The longest head that takes no more columns.
static struct text head_of_columns(struct text text, size_t columns)
{
    size_t length = 0;
    while (length < text.length) {
        uint32_t point;
        size_t step = point_read(text_skip(text, length), &point);
        size_t wide = point_columns(point);
        if (wide > columns)
            break;
        columns -= wide;
        length += step;
    }
    return text_head(text, length);
}

// Cuts the next line of at most so many columns from text: at a blank if there is one.
static struct text line_take(struct text *text, size_t columns)
{
    uint32_t point;
    struct text line = head_of_columns(*text, columns);
    if (line.length == text->length) {
        *text = (struct text){0};
        return line;
    }
    size_t blank = line.length;
    while (blank > 0 && text->bytes[blank] != ' ')
        blank--;
    if (blank > 0)
        line = text_head(line, blank);
    else if (line.length == 0) // one character is wider than the column
        line = text_head(*text, point_read(*text, &point));
    *text = text_skip(*text, line.length);
    while (text->length > 0 && text->bytes[0] == ' ')
        *text = text_skip(*text, 1);
    return line;
}

void paper_paragraph(const struct paper *paper, size_t indent, struct text text)
{
    while (text.length > 0) {
        struct text line = line_take(&text, paper->width - indent);
        fprintf(paper->out, "%*s%.*s\n", (int)indent, "", TEXT_ARGUMENTS(line));
    }
}

void paper_labelled(const struct paper *paper, const char *label, struct text text)
{
    size_t indent = strlen(label);
    struct text line = line_take(&text, paper->width - indent);
    fprintf(paper->out, "%s%.*s\n", label, TEXT_ARGUMENTS(line));
    paper_paragraph(paper, indent, text);
}

void paper_written(const struct paper *paper, struct text text, size_t bytes_max)
{
    struct text shown = text_head(text, bytes_max);
    for (size_t at = 0; at < shown.length; at++) {
        unsigned char byte = (unsigned char)shown.bytes[at];
        if (at == 0 || shown.bytes[at - 1] == '\n')
            fputs("  ", paper->out);
        fputc((byte < ' ' && byte != '\n' && byte != '\t') || byte == 0x7f ? '?' : byte,
              paper->out);
    }
    if (shown.length > 0 && shown.bytes[shown.length - 1] != '\n')
        fputc('\n', paper->out);
    if (shown.length < text.length)
        fprintf(paper->out, "  ... and %zu bytes more\n", text.length - shown.length);
}

// ---- the table ----

struct table *table_new(const struct table_column *columns, size_t column_count)
{
    assert(column_count > 0 && column_count <= COLUMNS_MAX);
    struct table *table = allocate(sizeof(*table));
    table->columns = columns;
    table->column_count = column_count;
    table->arena = arena_new();
    return table;
}

struct table *table_free(struct table *table)
{
    if (table == NULL)
        return NULL;
    arena_free(table->arena);
    free(table->cells);
    free(table);
    return NULL;
}

struct text visible_copy(struct arena *arena, struct text text)
{
    cleanup(buffer_deinit) struct buffer copy = {0};
    while (text.length > 0) {
        uint32_t point;
        size_t length = point_read(text, &point);
        bool stray = length == 1 && (unsigned char)text.bytes[0] >= 0x80;
        if (point == '\n')
            buffer_append(&copy, TEXT("⏎"));
        else if (stray || is_control(point))
            buffer_append(&copy, TEXT("·"));
        else
            buffer_append(&copy, text_head(text, length));
        text = text_skip(text, length);
    }
    return arena_copy(arena, buffer_text(&copy));
}

void table_cell(struct table *table, enum tone tone, struct text text)
{
    if (table->cell_count == table->cell_capacity) {
        table->cell_capacity = table->cell_capacity == 0 ? 64 : table->cell_capacity * 2;
        table->cells = reallocate(table->cells, table->cell_capacity * sizeof(*table->cells));
    }
    struct text copy = visible_copy(table->arena, text);
    table->cells[table->cell_count++] =
        (struct cell){.text = copy, .columns = text_columns(copy), .tone = tone};
}

void table_print_cell(struct table *table, enum tone tone, const char *format, ...)
{
    char *printed = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&printed, format, arguments);
    va_end(arguments);
    assert(length >= 0);
    table_cell(table, tone, text_from(printed, (size_t)length));
    free(printed);
}

size_t table_row_count(const struct table *table)
{
    return table->cell_count / table->column_count;
}

static size_t total_width(const struct table *table, const size_t *widths)
{
    size_t total = GAP * (table->column_count - 1);
    for (size_t i = 0; i < table->column_count; i++)
        total += widths[i];
    return total;
}

// The widest column of the kind that can still give way, or the number of columns.
static size_t widest(const struct table *table, const size_t *widths, bool wraps, size_t least)
{
    size_t found = table->column_count;
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].wraps != wraps || widths[i] <= least)
            continue;
        if (found == table->column_count || widths[i] > widths[found])
            found = i;
    }
    return found;
}

static void choose_widths(const struct table *table, size_t paper_width, size_t *ret_widths)
{
    for (size_t i = 0; i < table->column_count; i++)
        ret_widths[i] = strlen(table->columns[i].title);
    for (size_t i = 0; i < table->cell_count; i++) {
        size_t *width = &ret_widths[i % table->column_count];
        if (table->cells[i].columns > *width)
            *width = table->cells[i].columns;
    }
    while (total_width(table, ret_widths) > paper_width) {
        size_t column = widest(table, ret_widths, true, WRAP_LEAST);
        if (column == table->column_count)
            column = widest(table, ret_widths, true, WRAP_TIGHT);
        if (column == table->column_count)
            column = widest(table, ret_widths, false, CUT_LEAST);
        if (column == table->column_count)
            return;
        ret_widths[column]--;
    }
}

static void print_blanks(const struct paper *paper, size_t count)
{
    fprintf(paper->out, "%*s", (int)count, "");
}

// Prints one line of a cell and what fills its column; nothing behind the last column.
static void print_line(const struct paper *paper, const struct table_column *column,
                       struct text line, enum tone tone, size_t width, bool last)
{
    size_t columns = text_columns(line);
    size_t fill = columns < width ? width - columns : 0;
    if (column->right)
        print_blanks(paper, fill);
    paper_say(paper, tone, line);
    if (!last)
        print_blanks(paper, (column->right ? 0 : fill) + GAP);
}

// The next line of a cell whose rest this is.
static struct text cell_line(struct arena *arena, const struct table_column *column,
                             struct text *rest, size_t width)
{
    if (column->wraps)
        return line_take(rest, width);
    struct text line = *rest;
    *rest = (struct text){0};
    if (text_columns(line) <= width)
        return line;
    struct text head = head_of_columns(line, width - 1);
    return arena_print(arena, "%.*s…", TEXT_ARGUMENTS(head));
}

static void print_row(const struct table *table, const struct paper *paper, const size_t *widths,
                      const struct cell *cells)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    struct text rests[COLUMNS_MAX];
    for (size_t i = 0; i < table->column_count; i++)
        rests[i] = cells[i].text;
    bool more = true;
    while (more) {
        more = false;
        // Blanks at the end of a line are left out: the last column that has something ends it.
        size_t last = table->column_count - 1;
        while (last > 0 && rests[last].length == 0)
            last--;
        for (size_t i = 0; i <= last; i++) {
            struct text line = cell_line(arena, &table->columns[i], &rests[i], widths[i]);
            print_line(paper, &table->columns[i], line, cells[i].tone, widths[i], i == last);
            more = more || rests[i].length > 0;
        }
        fputc('\n', paper->out);
    }
}

void table_print(const struct table *table, const struct paper *paper)
{
    assert(table->cell_count % table->column_count == 0);
    size_t widths[COLUMNS_MAX];
    choose_widths(table, paper->width, widths);
    struct cell titles[COLUMNS_MAX];
    for (size_t i = 0; i < table->column_count; i++)
        titles[i] = (struct cell){.text = text_of(table->columns[i].title), .tone = TONE_STRONG};
    print_row(table, paper, widths, titles);
    for (size_t i = 0; i < table->cell_count; i += table->column_count)
        print_row(table, paper, widths, table->cells + i);
}

// ---- HTML ----

static const char *tone_class(enum tone tone)
{
    switch (tone) {
    case TONE_PLAIN:
        return "";
    case TONE_GOOD:
        return "good";
    case TONE_BAD:
        return "bad";
    case TONE_WARN:
        return "warn";
    case TONE_FAINT:
        return "faint";
    case TONE_STRONG:
        return "strong";
    }
    return "";
}

static void append_cell(struct buffer *buffer, const char *element,
                        const struct table_column *column, const struct cell *cell)
{
    buffer_print(buffer, "<%s", element);
    const char *tone = tone_class(cell->tone);
    if (column->right || tone[0] != '\0')
        buffer_print(buffer, " class=\"%s%s%s\"", column->right ? "number" : "",
                     column->right && tone[0] != '\0' ? " " : "", tone);
    buffer_append_byte(buffer, '>');
    xml_append(buffer, cell->text);
    buffer_print(buffer, "</%.2s>", element);
}

void table_append_html(const struct table *table, struct buffer *buffer, struct text caption)
{
    assert(table->cell_count % table->column_count == 0);
    buffer_append(buffer, TEXT("<div class=\"table\"><table>\n<caption>"));
    xml_append(buffer, caption);
    buffer_append(buffer, TEXT("</caption>\n<thead><tr>"));
    for (size_t i = 0; i < table->column_count; i++) {
        struct cell title = {.text = text_of(table->columns[i].title)};
        append_cell(buffer, "th scope=\"col\"", &table->columns[i], &title);
    }
    buffer_append(buffer, TEXT("</tr></thead>\n<tbody>\n"));
    for (size_t i = 0; i < table->cell_count; i++) {
        size_t column = i % table->column_count;
        buffer_append(buffer, column == 0 ? TEXT("<tr>") : TEXT(""));
        append_cell(buffer, column == 0 ? "th scope=\"row\"" : "td", &table->columns[column],
                    &table->cells[i]);
        buffer_append(buffer, column + 1 == table->column_count ? TEXT("</tr>\n") : TEXT(""));
    }
    buffer_append(buffer, TEXT("</tbody>\n</table></div>\n"));
}
