// page -- the frame of the pages that are written for people: one file that needs nothing else, light and dark as the reader's system
// is, readable on a telephone and on a wall.
#ifndef CLI_PAGE_H
#define CLI_PAGE_H

#include "queue/base/arena.h"
#include "queue/base/buffer.h"

// Everything up to what the page is about; the title is its heading, too.
void page_begin(struct buffer *buffer, struct text title);
void page_end(struct buffer *buffer);
void page_append_heading(struct buffer *buffer, struct text words);
void page_append_paragraph(struct buffer *buffer, struct text words);
// What belongs together stands side by side where there is room: between the two, whatever is appended is one of its sides.
void page_begin_pair(struct buffer *buffer);
void page_end_pair(struct buffer *buffer);
// A table of names and values: struct text names[count], values[count].
void page_append_facts(struct buffer *buffer, const struct text *names, const struct text *values,
                       size_t count);
// The command that gives the same page: the words that the user typed, without those that say where to write what (--html, --json,
// --trace-file); in the arena.
struct text page_command(struct arena *arena, const char *name, int count, char **arguments);
void page_append_command(struct buffer *buffer, struct text command);
// Writes the page to the file. False after a failure was told.
bool page_write(const char *file, struct text page);

#endif
