// json -- the one JSON writer (append to a buffer) and the one door to cJSON for reading. Used by
// esm/ and by the wire alike.
//
// cJSON parses (0.7 us a small request) but never prints: a tree printed costs ten times what
// appending does. Its surprises are closed here: a BOM, bytes after the value, "\u0000", invalid
// UTF-8 are refused; of duplicate keys the last counts (L-182).
#ifndef ESM_JSON_H
#define ESM_JSON_H

#include "queue/base/arena.h"
#include "queue/base/buffer.h"

#include <cjson/cJSON.h>

// Appends a JSON string with its quotes; text is valid UTF-8. Escapes only what must be escaped,
// and U+2028/2029 go raw.
void json_append_string(struct buffer *buffer, struct text text);
// `"name":` with a comma before it unless it is the first in its object (the last byte of the
// buffer is then '{').
void json_append_name(struct buffer *buffer, struct text name);
void json_append_member_string(struct buffer *buffer, struct text name, struct text value);
void json_append_member_integer(struct buffer *buffer, struct text name, int64_t value);
void json_append_member_boolean(struct buffer *buffer, struct text name, bool value);
void json_append_member_null(struct buffer *buffer, struct text name);
// Any value of a parsed tree, compactly.
void json_append_tree(struct buffer *buffer, const cJSON *value);

// Parses one JSON value, strictly (see above; depth up to 1,000; NaN and Infinity are not JSON).
// NULL if it is not JSON; ret_at (may be NULL) is then the offset where it went wrong. The caller
// owns the tree: cleanup(json_tree_free).
cJSON *json_parse(struct text text, size_t *ret_at);
void json_tree_free(cJSON *tree);
static inline void json_tree_free_cleanup(cJSON **tree)
{
    json_tree_free(*tree);
}
// The member of an object, the last of its name, case-sensitive; NULL if absent or if object is no
// object.
const cJSON *json_member(const cJSON *object, const char *name);
// The member's text, or the empty text if absent or not a string. Lives as long as the tree.
// (Parsed strings hold no NUL.)
struct text json_member_text(const cJSON *object, const char *name);
// True if value is a number, integral and within int64_t's exactly representable range (2^53).
bool json_integer(const cJSON *value, int64_t *ret_value);

#endif
