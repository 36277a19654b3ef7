// form -- application/x-www-form-urlencoded, sorted.
//
//     Action=SendMessage&MessageAttribute.10.Name=b&MessageAttribute.2.Name=a
//       -> Action, MessageAttribute.2.Name, MessageAttribute.10.Name
//
// Sorting once makes the Query walker a plain descent: every list is a run of neighbours, every
// element a run inside it. The alternative, to search all parameters for every member, is quadratic
// in what a client may send.
#include "emulator/wire/form.h"

#include "queue/base/utf8.h"

#include <string.h>

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

static bool needs_decoding(struct text text, bool plus_is_blank)
{
    if (text.length == 0)
        return false;
    return memchr(text.bytes, '%', text.length) != NULL ||
           (plus_is_blank && memchr(text.bytes, '+', text.length) != NULL);
}

static bool decode(struct arena *arena, struct text text, bool plus_is_blank,
                   struct text *ret_decoded)
{
    if (!needs_decoding(text, plus_is_blank)) {
        *ret_decoded = text.length == 0 ? TEXT("") : text;
        return true;
    }
    char *decoded = arena_allocate(arena, text.length);
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.bytes[i];
        if (byte == '%') {
            int high = i + 2 < text.length ? hex_value(text.bytes[i + 1]) : -1;
            int low = i + 2 < text.length ? hex_value(text.bytes[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            byte = (char)(high * 16 + low);
            i += 2;
        } else if (byte == '+' && plus_is_blank) {
            byte = ' ';
        }
        decoded[length++] = byte;
    }
    *ret_decoded = text_from(decoded, length);
    return true;
}

bool percent_decode(struct arena *arena, struct text text, bool plus_is_blank,
                    struct text *ret_decoded)
{
    struct text decoded;
    if (!decode(arena, text, plus_is_blank, &decoded) || !utf8_is_valid(decoded))
        return false;
    *ret_decoded = decoded;
    return true;
}

static struct text segment_take(struct text *rest)
{
    struct text segment;
    struct text after;
    if (!text_cut(*rest, '.', &segment, &after)) {
        segment = *rest;
        after = text_skip(*rest, rest->length);
    }
    *rest = after;
    return segment;
}

static bool is_number(struct text segment)
{
    for (size_t i = 0; i < segment.length; i++) {
        if (segment.bytes[i] < '0' || segment.bytes[i] > '9')
            return false;
    }
    return segment.length > 0;
}

static struct text without_leading_zeros(struct text digits)
{
    size_t zeros = 0;
    while (zeros < digits.length && digits.bytes[zeros] == '0')
        zeros++;
    return text_skip(digits, zeros);
}

static int compare_lengths(struct text left, struct text right)
{
    return (left.length > right.length) - (left.length < right.length);
}

// Numbers by value and before names; "1" and "01" are neighbours, but not equal.
static int segment_compare(struct text left, struct text right)
{
    if (!is_number(left) || !is_number(right))
        return text_compare(left, right);
    struct text left_digits = without_leading_zeros(left);
    struct text right_digits = without_leading_zeros(right);
    int order = compare_lengths(left_digits, right_digits);
    if (order == 0)
        order = text_compare(left_digits, right_digits);
    return order != 0 ? order : compare_lengths(left, right);
}

static int name_compare(struct text left, struct text right)
{
    while (left.length > 0 && right.length > 0) {
        int order = segment_compare(segment_take(&left), segment_take(&right));
        if (order != 0)
            return order;
    }
    return compare_lengths(left, right);
}

static int pair_compare(const void *left, const void *right)
{
    const struct form_pair *left_pair = left;
    const struct form_pair *right_pair = right;
    return name_compare(left_pair->name, right_pair->name);
}

static size_t count_parameters(struct text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++)
        count += text.bytes[i] == '&';
    return count + (text.length > 0);
}

static bool parse_into(struct arena *arena, struct text text, struct form_pair *pairs,
                       size_t *count)
{
    while (text.length > 0) {
        struct text parameter;
        struct text rest = {0};
        if (!text_cut(text, '&', &parameter, &rest))
            parameter = text;
        text = rest;
        if (parameter.length == 0)
            continue;
        struct text name;
        struct text value = {0};
        if (!text_cut(parameter, '=', &name, &value))
            name = parameter;
        struct form_pair *pair = &pairs[*count];
        if (!percent_decode(arena, name, true, &pair->name) ||
            !percent_decode(arena, value, true, &pair->value))
            return false;
        (*count)++;
    }
    return true;
}

// Few parameters, as nearly always: by insertion. Many: by merging, through a second array, because
// qsort promises no order among equals.
static void sort_pairs(struct arena *arena, struct form_pair *pairs, size_t count)
{
    if (count <= 16) {
        for (size_t i = 1; i < count; i++) {
            struct form_pair pair = pairs[i];
            size_t at = i;
            for (; at > 0 && pair_compare(&pairs[at - 1], &pair) > 0; at--)
                pairs[at] = pairs[at - 1];
            pairs[at] = pair;
        }
        return;
    }
    size_t half = count / 2;
    sort_pairs(arena, pairs, half);
    sort_pairs(arena, pairs + half, count - half);
    struct form_pair *left = arena_new_array(arena, struct form_pair, half);
    memcpy(left, pairs, half * sizeof(*left));
    size_t to = 0;
    size_t from = half;
    for (size_t i = 0; i < half; to++) {
        bool take_left = from == count || pair_compare(&left[i], &pairs[from]) <= 0;
        pairs[to] = take_left ? left[i++] : pairs[from++];
    }
}

bool form_parse(struct arena *arena, struct text body, struct text query, struct form *ret_form)
{
    size_t most = count_parameters(body) + count_parameters(query);
    if (most > FORM_PARAMETERS_MAX)
        return false;
    struct form_pair *pairs = arena_new_array(arena, struct form_pair, most);
    size_t count = 0;
    if (!parse_into(arena, query, pairs, &count) || !parse_into(arena, body, pairs, &count))
        return false;
    sort_pairs(arena, pairs, count);
    *ret_form = (struct form){.pairs = pairs, .count = count};
    return true;
}

struct text form_find(const struct form *form, struct text name)
{
    struct text found = {0};
    for (size_t i = 0; i < form->count; i++) {
        if (text_equal(form->pairs[i].name, name))
            found = form->pairs[i].value;
    }
    return found;
}
