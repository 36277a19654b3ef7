// table -- tables for a terminal: columns aligned by what the eye sees, not by bytes; the columns that
// may wrap do so when the paper is too narrow.
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "queue/base/arena.h"
#include "queue/base/buffer.h"

#include <stdio.h>

// What is printed on: how wide it is, and whether it shows colours.
struct paper {
    FILE *out;
    size_t width;
    bool colour;
};

// A terminal: its width between 80 and 120 columns, and colours unless NO_COLOR is set. Anything else: 100 columns, no colours, so
// that equal runs give equal bytes wherever they are written to.
struct paper paper_of(FILE *out);

enum tone {
    TONE_PLAIN,
    TONE_GOOD,
    TONE_BAD,
    TONE_WARN,
    TONE_FAINT,
    TONE_STRONG
};

// Prints the text in a tone.
void paper_say(const struct paper *paper, enum tone tone, struct text text);
// Prints the text as a paragraph, broken at blanks; every line begins with so many blanks.
void paper_paragraph(const struct paper *paper, size_t indent, struct text text);

// The same behind a label, whose width is the indent of the following lines.
void paper_labelled(const struct paper *paper, const char *label, struct text text);
// What somebody else wrote, behind two blanks a line, and no more than so many bytes of it. A terminal obeys control characters: each is
// a '?'.
void paper_written(const struct paper *paper, struct text text, size_t bytes_max);

struct table_column {
    const char *title;
    bool right; // numbers
    bool wraps; // a sentence: gives way first, and is broken at blanks
};

struct table;

// columns is borrowed. The caller owns the table.
struct table *table_new(const struct table_column *columns, size_t column_count);
struct table *table_free(struct table *table);
DEFINE_CLEANUP(table_free, struct table *)
// Appends the next cell, row by row. The text is copied; control characters become visible ones, so that no message body can
// steer the terminal.
void table_cell(struct table *table, enum tone tone, struct text text);
__attribute__((format(printf, 3, 4))) void table_print_cell(struct table *table, enum tone tone,
                                                            const char *format, ...);
size_t table_row_count(const struct table *table);
// Rows must be complete (asserted).
void table_print(const struct table *table, const struct paper *paper);

// A copy whose control characters are visible ones, so that no text from outside can steer the terminal.
struct text visible_copy(struct arena *arena, struct text text);
// Appends the same as a table of HTML with this caption.
void table_append_html(const struct table *table, struct buffer *buffer, struct text caption);

// Columns that the text takes on a terminal: 2 for wide characters, 0 for combining ones.
size_t text_columns(struct text text);

#endif
