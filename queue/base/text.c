// text -- comparing, cutting and reading views of bytes.
//
// Nothing here copies or ends a string with NUL: a body may hold any byte that UTF-8 allows, and
// its length is known from the moment it was received. The functions of string.h take no NULL, an
// empty view may hold one; hence the tests of length.
#include "queue/base/text.h"

#include <string.h>

struct text text_of(const char *string)
{
    return (struct text){.bytes = string, .length = string == NULL ? 0 : strlen(string)};
}

struct text text_from(const char *bytes, size_t length)
{
    return (struct text){.bytes = bytes, .length = length};
}

bool text_equal(struct text left, struct text right)
{
    return left.length == right.length &&
           (left.length == 0 || memcmp(left.bytes, right.bytes, left.length) == 0);
}

static char ascii_lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

bool text_equal_ignoring_case(struct text left, struct text right)
{
    if (left.length != right.length)
        return false;
    for (size_t i = 0; i < left.length; i++) {
        if (ascii_lower(left.bytes[i]) != ascii_lower(right.bytes[i]))
            return false;
    }
    return true;
}

int text_compare(struct text left, struct text right)
{
    size_t common = left.length < right.length ? left.length : right.length;
    int order = common == 0 ? 0 : memcmp(left.bytes, right.bytes, common);
    if (order != 0)
        return order;
    return (left.length > right.length) - (left.length < right.length);
}

bool text_starts_with(struct text text, struct text prefix)
{
    return text.length >= prefix.length && text_equal(text_head(text, prefix.length), prefix);
}

bool text_ends_with(struct text text, struct text suffix)
{
    return text.length >= suffix.length &&
           text_equal(text_skip(text, text.length - suffix.length), suffix);
}

bool text_find(struct text text, struct text needle, size_t *ret_at)
{
    size_t at = 0;
    if (needle.length > text.length)
        return false;
    if (needle.length > 0) {
        const char *found = memmem(text.bytes, text.length, needle.bytes, needle.length);
        if (found == NULL)
            return false;
        at = (size_t)(found - text.bytes);
    }
    if (ret_at != NULL)
        *ret_at = at;
    return true;
}

struct text text_skip(struct text text, size_t from)
{
    if (from == 0)
        return text;
    if (from > text.length)
        from = text.length;
    return text_from(from == 0 ? text.bytes : text.bytes + from, text.length - from);
}

struct text text_head(struct text text, size_t length)
{
    return text_from(text.bytes, length < text.length ? length : text.length);
}

bool text_cut(struct text text, char separator, struct text *ret_left, struct text *ret_right)
{
    if (text.length == 0)
        return false;
    const char *found = memchr(text.bytes, separator, text.length);
    if (found == NULL)
        return false;
    size_t at = (size_t)(found - text.bytes);
    *ret_left = text_head(text, at);
    *ret_right = text_skip(text, at + 1);
    return true;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

struct text text_trim(struct text text)
{
    while (text.length > 0 && is_blank(text.bytes[0]))
        text = text_skip(text, 1);
    while (text.length > 0 && is_blank(text.bytes[text.length - 1]))
        text.length--;
    return text;
}

bool text_to_integer(struct text text, int64_t *ret_value)
{
    bool negative = text.length > 0 && text.bytes[0] == '-';
    size_t first = negative ? 1 : 0;
    if (text.length == first)
        return false;

    // Counted downwards, because INT64_MIN has no positive twin.
    int64_t value = 0;
    for (size_t i = first; i < text.length; i++) {
        char byte = text.bytes[i];
        if (byte < '0' || byte > '9')
            return false;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, byte - '0', &value))
            return false;
    }
    if (!negative && __builtin_sub_overflow((int64_t)0, value, &value))
        return false;
    *ret_value = value;
    return true;
}
