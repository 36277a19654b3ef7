// text -- a view of bytes with a length. It owns nothing; whoever hands one out says how long the
// bytes live.
#ifndef QUEUE_BASE_TEXT_H
#define QUEUE_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    const char *bytes; // not terminated; may be NULL only if length is 0
    size_t length;     // bytes
};

// A view of a string literal.
#define TEXT(literal) ((struct text){.bytes = ("" literal), .length = sizeof(literal) - 1})
// printf("%.*s", TEXT_ARGUMENTS(text))
#define TEXT_ARGUMENTS(text) (int)(text).length, (text).bytes

// A view of a terminated string; NULL gives the empty text.
struct text text_of(const char *string);
// A view of length bytes.
struct text text_from(const char *bytes, size_t length);
bool text_equal(struct text left, struct text right);
// As text_equal, but A-Z and a-z are the same.
bool text_equal_ignoring_case(struct text left, struct text right);
// Byte order; a prefix sorts before what it begins.
int text_compare(struct text left, struct text right);
bool text_starts_with(struct text text, struct text prefix);
bool text_ends_with(struct text text, struct text suffix);
// True if needle occurs; ret_at (may be NULL) is the offset of its first occurrence. The empty
// needle occurs at 0.
bool text_find(struct text text, struct text needle, size_t *ret_at);
// The part from offset from (clamped) to the end.
struct text text_skip(struct text text, size_t from);
// The first length bytes (clamped).
struct text text_head(struct text text, size_t length);
// Cuts text at the first separator: ret_left before it, ret_right after it. False, and nothing
// written, without one.
bool text_cut(struct text text, char separator, struct text *ret_left, struct text *ret_right);
// Without blanks, tabs, CR and LF at both ends.
struct text text_trim(struct text text);
// A decimal integer with an optional '-', nothing before or after. False when it is not one or
// leaves int64_t.
bool text_to_integer(struct text text, int64_t *ret_value);

#endif
