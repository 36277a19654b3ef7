// json -- writing by appending, reading through one strict door.
//
// Reading is two passes. The first walks the bytes without allocating and says whether they are
// JSON as RFC 8259 has it, and if not, where they stop being it; it closes what cJSON leaves open
// (leading zeros, raw control characters in strings, bytes after the value, a BOM, NaN, "\u0000",
// invalid UTF-8). Only then cJSON builds the tree. A parser of our own was not written: the tree is
// what costs, and cJSON's is well worn.
#include "esm/json.h"

#include "queue/base/utf8.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 1000                       // CJSON_NESTING_LIMIT
#define EXACT_INTEGER_MAX 9007199254740992.0 // 2^53

// ---- writing ----

// True if one of the eight bytes must be escaped: below 0x20, a quote or a backslash. Bytes of 0x80
// and more never are; the test may call a word suspicious that is not (never the other way round),
// and the slow path then looks at each byte.
static bool word_needs_escape(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101ULL;
    const uint64_t highs = 0x8080808080808080ULL;
    uint64_t control = (word - ones * 0x20) & ~word;
    uint64_t quote = word ^ (ones * '"');
    uint64_t backslash = word ^ (ones * '\\');
    uint64_t equal = ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash);
    return ((control | equal) & highs) != 0;
}

static bool byte_needs_escape(unsigned char byte)
{
    return byte < 0x20 || byte == '"' || byte == '\\';
}

static size_t plain_run_bytes(struct text text)
{
    size_t at = 0;
    while (text.length - at >= sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, text.bytes + at, sizeof(word));
        if (word_needs_escape(word))
            break;
        at += sizeof(word);
    }
    while (at < text.length && !byte_needs_escape((unsigned char)text.bytes[at]))
        at++;
    return at;
}

static void append_escape(struct buffer *buffer, unsigned char byte)
{
    static const char short_escapes[] = {
        ['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
        ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't',
    };
    if (byte < sizeof(short_escapes) && short_escapes[byte] != 0) {
        char escape[2] = {'\\', short_escapes[byte]};
        buffer_append_bytes(buffer, escape, sizeof(escape));
        return;
    }
    static const char digits[] = "0123456789abcdef";
    char escape[6] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
    buffer_append_bytes(buffer, escape, sizeof(escape));
}

void json_append_string(struct buffer *buffer, struct text text)
{
    buffer_append_byte(buffer, '"');
    while (text.length > 0) {
        size_t run = plain_run_bytes(text);
        buffer_append_bytes(buffer, text.bytes, run);
        text = text_skip(text, run);
        if (text.length > 0) {
            append_escape(buffer, (unsigned char)text.bytes[0]);
            text = text_skip(text, 1);
        }
    }
    buffer_append_byte(buffer, '"');
}

void json_append_name(struct buffer *buffer, struct text name)
{
    assert(buffer->length > 0);
    if (buffer->bytes[buffer->length - 1] != '{')
        buffer_append_byte(buffer, ',');
    json_append_string(buffer, name);
    buffer_append_byte(buffer, ':');
}

void json_append_member_string(struct buffer *buffer, struct text name, struct text value)
{
    json_append_name(buffer, name);
    json_append_string(buffer, value);
}

void json_append_member_integer(struct buffer *buffer, struct text name, int64_t value)
{
    json_append_name(buffer, name);
    buffer_append_integer(buffer, value);
}

void json_append_member_boolean(struct buffer *buffer, struct text name, bool value)
{
    json_append_name(buffer, name);
    buffer_append(buffer, value ? TEXT("true") : TEXT("false"));
}

void json_append_member_null(struct buffer *buffer, struct text name)
{
    json_append_name(buffer, name);
    buffer_append(buffer, TEXT("null"));
}

static void append_number(struct buffer *buffer, const cJSON *value)
{
    int64_t integer;
    if (json_integer(value, &integer)) {
        buffer_append_integer(buffer, integer);
        return;
    }
    if (!isfinite(value->valuedouble)) { // 1e999 is JSON, and no double
        buffer_append(buffer, TEXT("null"));
        return;
    }
    // The shorter form if it reads back as the same number.
    char digits[32];
    snprintf(digits, sizeof(digits), "%.15g", value->valuedouble);
    if (strtod(digits, NULL) < value->valuedouble || strtod(digits, NULL) > value->valuedouble)
        snprintf(digits, sizeof(digits), "%.17g", value->valuedouble);
    buffer_append(buffer, text_of(digits));
}

void json_append_tree(struct buffer *buffer, const cJSON *value)
{
    if (cJSON_IsString(value)) {
        json_append_string(buffer, text_of(value->valuestring));
    } else if (cJSON_IsNumber(value)) {
        append_number(buffer, value);
    } else if (cJSON_IsBool(value)) {
        buffer_append(buffer, cJSON_IsTrue(value) ? TEXT("true") : TEXT("false"));
    } else if (cJSON_IsObject(value)) {
        buffer_append_byte(buffer, '{');
        for (const cJSON *member = value->child; member != NULL; member = member->next) {
            if (member != value->child)
                buffer_append_byte(buffer, ',');
            json_append_string(buffer, text_of(member->string));
            buffer_append_byte(buffer, ':');
            json_append_tree(buffer, member);
        }
        buffer_append_byte(buffer, '}');
    } else if (cJSON_IsArray(value)) {
        buffer_append_byte(buffer, '[');
        for (const cJSON *item = value->child; item != NULL; item = item->next) {
            if (item != value->child)
                buffer_append_byte(buffer, ',');
            json_append_tree(buffer, item);
        }
        buffer_append_byte(buffer, ']');
    } else {
        buffer_append(buffer, TEXT("null"));
    }
}

// ---- reading: the strict walk ----

// Where the walk stands, and whether each open bracket is an object.
struct walk {
    struct text text;
    size_t at;
    size_t depth;
    bool in_object[DEPTH_MAX + 1];
};

static char walk_byte(const struct walk *walk)
{
    return walk->at < walk->text.length ? walk->text.bytes[walk->at] : '\0';
}

static void walk_blanks(struct walk *walk)
{
    for (char byte = walk_byte(walk); byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
         byte = walk_byte(walk))
        walk->at++;
}

static bool walk_digits(struct walk *walk)
{
    size_t from = walk->at;
    while (walk_byte(walk) >= '0' && walk_byte(walk) <= '9')
        walk->at++;
    return walk->at > from;
}

static bool walk_number(struct walk *walk)
{
    if (walk_byte(walk) == '-')
        walk->at++;
    if (walk_byte(walk) == '0')
        walk->at++;
    else if (!walk_digits(walk))
        return false;
    if (walk_byte(walk) == '.') {
        walk->at++;
        if (!walk_digits(walk))
            return false;
    }
    if (walk_byte(walk) == 'e' || walk_byte(walk) == 'E') {
        walk->at++;
        if (walk_byte(walk) == '+' || walk_byte(walk) == '-')
            walk->at++;
        if (!walk_digits(walk))
            return false;
    }
    return true;
}

static bool walk_hex4(struct walk *walk, uint32_t *ret_unit)
{
    uint32_t unit = 0;
    for (int i = 0; i < 4; i++, walk->at++) {
        char byte = walk_byte(walk);
        uint32_t digit;
        if (byte >= '0' && byte <= '9')
            digit = (uint32_t)(byte - '0');
        else if (byte >= 'a' && byte <= 'f')
            digit = (uint32_t)(byte - 'a' + 10);
        else if (byte >= 'A' && byte <= 'F')
            digit = (uint32_t)(byte - 'A' + 10);
        else
            return false;
        unit = unit << 4 | digit;
    }
    *ret_unit = unit;
    return true;
}

// Stands behind "\u". A NUL and half a surrogate pair are no text.
static bool walk_unicode_escape(struct walk *walk)
{
    uint32_t unit;
    if (!walk_hex4(walk, &unit) || unit == 0 || (unit >= 0xDC00 && unit <= 0xDFFF))
        return false;
    if (unit < 0xD800 || unit > 0xDBFF)
        return true;
    if (!text_starts_with(text_skip(walk->text, walk->at), TEXT("\\u")))
        return false;
    walk->at += 2;
    return walk_hex4(walk, &unit) && unit >= 0xDC00 && unit <= 0xDFFF;
}

static bool walk_string(struct walk *walk)
{
    walk->at++; // the opening quote
    for (;;) {
        walk->at += plain_run_bytes(text_skip(walk->text, walk->at));
        char byte = walk_byte(walk);
        if (walk->at >= walk->text.length || (unsigned char)byte < 0x20)
            return false;
        walk->at++;
        if (byte == '"')
            return true;
        char escape = walk_byte(walk);
        if (escape == '\0' || strchr("\"\\/bfnrtu", escape) == NULL)
            return false;
        walk->at++;
        if (escape == 'u' && !walk_unicode_escape(walk))
            return false;
    }
}

static bool walk_literal(struct walk *walk, struct text literal)
{
    if (!text_starts_with(text_skip(walk->text, walk->at), literal))
        return false;
    walk->at += literal.length;
    return true;
}

static bool walk_scalar(struct walk *walk)
{
    switch (walk_byte(walk)) {
    case '"':
        return walk_string(walk);
    case 't':
        return walk_literal(walk, TEXT("true"));
    case 'f':
        return walk_literal(walk, TEXT("false"));
    case 'n':
        return walk_literal(walk, TEXT("null"));
    default:
        return walk_number(walk);
    }
}

// A member's name and its colon; stands in an object where a name must come.
static bool walk_name(struct walk *walk)
{
    walk_blanks(walk);
    if (walk_byte(walk) != '"' || !walk_string(walk))
        return false;
    walk_blanks(walk);
    if (walk_byte(walk) != ':')
        return false;
    walk->at++;
    return true;
}

// Opens brackets until a scalar or an empty bracket is complete.
static bool walk_down(struct walk *walk)
{
    for (;;) {
        walk_blanks(walk);
        char byte = walk_byte(walk);
        if (byte != '{' && byte != '[')
            return walk_scalar(walk);
        if (walk->depth == DEPTH_MAX)
            return false;
        walk->at++;
        walk->in_object[walk->depth++] = byte == '{';
        walk_blanks(walk);
        if (walk_byte(walk) == (byte == '{' ? '}' : ']')) {
            walk->at++;
            walk->depth--;
            return true;
        }
        if (byte == '{' && !walk_name(walk))
            return false;
    }
}

// True if the whole text is one JSON value; else at is where it went wrong.
static bool walk_whole(struct walk *walk)
{
    for (;;) {
        if (!walk_down(walk))
            return false;
        for (;;) { // a value is complete: close brackets, or go on behind a comma
            walk_blanks(walk);
            if (walk->depth == 0)
                return walk->at == walk->text.length;
            bool in_object = walk->in_object[walk->depth - 1];
            char byte = walk_byte(walk);
            if (byte == ',') {
                walk->at++;
                if (in_object && !walk_name(walk))
                    return false;
                break;
            }
            if (byte != (in_object ? '}' : ']'))
                return false;
            walk->at++;
            walk->depth--;
        }
    }
}

// ---- reading: the tree ----

cJSON *json_parse(struct text text, size_t *ret_at)
{
    // Without memory cJSON says what it says of text that is no JSON: a client's mistake, or a report that is void.
    cJSON_Hooks hooks = {.malloc_fn = allocate, .free_fn = free};
    cJSON_InitHooks(&hooks);
    struct walk walk;
    walk.text = text;
    walk.at = 0;
    walk.depth = 0;
    bool valid = walk_whole(&walk) && utf8_is_valid(text);
    cJSON *tree = valid ? cJSON_ParseWithLengthOpts(text.bytes, text.length, NULL, false) : NULL;
    if (tree == NULL && ret_at != NULL)
        *ret_at = walk.at;
    return tree;
}

void json_tree_free(cJSON *tree)
{
    cJSON_Delete(tree);
}

const cJSON *json_member(const cJSON *object, const char *name)
{
    if (!cJSON_IsObject(object))
        return NULL;
    const cJSON *found = NULL;
    for (const cJSON *member = object->child; member != NULL; member = member->next) {
        if (strcmp(member->string, name) == 0)
            found = member;
    }
    return found;
}

struct text json_member_text(const cJSON *object, const char *name)
{
    const cJSON *member = json_member(object, name);
    return cJSON_IsString(member) ? text_of(member->valuestring) : TEXT("");
}

bool json_integer(const cJSON *value, int64_t *ret_value)
{
    if (!cJSON_IsNumber(value))
        return false;
    double number = value->valuedouble;
    if (!(number >= -EXACT_INTEGER_MAX && number <= EXACT_INTEGER_MAX))
        return false;
    int64_t integer = (int64_t)number;
    if ((double)integer < number || (double)integer > number)
        return false;
    *ret_value = integer;
    return true;
}
