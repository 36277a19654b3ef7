// rule -- what a value must be like. Strings match by bytes, numbers by what they are worth, nothing else by anything (L-196, L-197).
//
// An operator is a row: its name, and who reads its operand. anything-but is no kind of match of its own but the denial of other
// rules, so it has each of their forms for nothing. Ignoring case folds the alphabets in which upper and lower case have equally many
// bytes: Latin, Greek, Cyrillic; a library for all of Unicode was not taken.
#include "esm/rule.h"

#include <string.h>

#define NUMBER_MAX 5e9   // L-202
#define NUMBER_PARTS 1e6 // six decimals
#define IPV4_BYTES 4
#define IPV6_GROUPS 8

// ---- text ----

static struct text string_of(const cJSON *item)
{
    return text_of(item->valuestring);
}

static uint32_t next_character(struct text text, size_t *at)
{
    uint8_t first = (uint8_t)text.bytes[(*at)++];
    size_t more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
    uint32_t character = more == 0 ? first : first & (0x3Fu >> more);
    for (; more > 0 && *at < text.length; more--)
        character = character << 6 | ((uint8_t)text.bytes[(*at)++] & 0x3Fu);
    return character;
}

static uint32_t fold(uint32_t character)
{
    // clang-format off
    static const struct {
        uint32_t first, last, step;
        bool pairs; // upper case is even, or odd like first
    } ranges[] = {
        {'A', 'Z', 32, false},        {0xC0, 0xD6, 32, false},     {0xD8, 0xDE, 32, false},
        {0x100, 0x12F, 1, true},      {0x132, 0x137, 1, true},     {0x139, 0x148, 1, true},
        {0x14A, 0x177, 1, true},      {0x179, 0x17E, 1, true},     {0x386, 0x386, 38, false},
        {0x388, 0x38A, 37, false},    {0x391, 0x3A1, 32, false},   {0x3A3, 0x3AB, 32, false},
        {0x400, 0x40F, 80, false},    {0x410, 0x42F, 32, false},   {0x460, 0x481, 1, true},
        {0x48A, 0x4BF, 1, true},      {0x1E00, 0x1E95, 1, true},   {0x1EA0, 0x1EFF, 1, true},
    };
    // clang-format on
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        if (character < ranges[i].first || character > ranges[i].last)
            continue;
        bool upper = !ranges[i].pairs || (character - ranges[i].first) % 2 == 0;
        return upper ? character + ranges[i].step : character;
    }
    return character;
}

static bool equal_ignoring_case(struct text left, struct text right)
{
    if (left.length != right.length)
        return false;
    size_t left_at = 0;
    size_t right_at = 0;
    while (left_at < left.length && right_at < right.length) {
        if (fold(next_character(left, &left_at)) != fold(next_character(right, &right_at)))
            return false;
    }
    return left_at == left.length && right_at == right.length;
}

static struct text tail(struct text text, size_t length)
{
    return text_skip(text, text.length < length ? 0 : text.length - length);
}

// The first piece stands at the beginning, the last at the end, the others each at the first place that is left.
static bool wildcard_matches(const struct rule *rule, struct text text)
{
    if (!text_starts_with(text, rule->pieces[0]))
        return false;
    if (rule->count == 1)
        return text.length == rule->pieces[0].length;
    text = text_skip(text, rule->pieces[0].length);
    for (size_t i = 1; i + 1 < rule->count; i++) {
        size_t at;
        if (!text_find(text, rule->pieces[i], &at))
            return false;
        text = text_skip(text, at + rule->pieces[i].length);
    }
    return text_ends_with(text, rule->pieces[rule->count - 1]);
}

// ---- addresses ----

static size_t address4_parse(struct text text, uint8_t *ret_address)
{
    for (size_t i = 0; i < IPV4_BYTES; i++) {
        struct text part;
        int64_t value;
        bool cut = text_cut(text, '.', &part, &text);
        if (cut != (i + 1 < IPV4_BYTES))
            return 0;
        if (!cut)
            part = text;
        if (part.length < 1 || part.length > 3 || part.bytes[0] == '-' || part.bytes[0] == '+' ||
            !text_to_integer(part, &value) || value < 0 || value > 255)
            return 0;
        ret_address[i] = (uint8_t)value;
    }
    return IPV4_BYTES;
}

static bool group_parse(struct text part, uint16_t *ret_group)
{
    if (part.length < 1 || part.length > 4)
        return false;
    unsigned group = 0;
    for (size_t i = 0; i < part.length; i++) {
        static const char digits[] = "0123456789abcdefABCDEF";
        const char *digit = memchr(digits, part.bytes[i], sizeof(digits) - 1);
        if (digit == NULL)
            return false;
        size_t value = (size_t)(digit - digits);
        group = group << 4 | (unsigned)(value < 16 ? value : value - 6);
    }
    *ret_group = (uint16_t)group;
    return true;
}

// Groups between colons, as many as there are; true if all are some.
static bool groups_parse(struct text text, uint16_t groups[IPV6_GROUPS], size_t *ret_count)
{
    size_t count = 0;
    bool more = text.length > 0;
    while (more) {
        struct text part = text;
        struct text rest = TEXT("");
        more = text_cut(text, ':', &part, &rest);
        if (count == IPV6_GROUPS || !group_parse(part, &groups[count]))
            return false;
        count++;
        text = rest;
    }
    *ret_count = count;
    return true;
}

static size_t address6_parse(struct text text, uint8_t *ret_address)
{
    uint16_t groups[IPV6_GROUPS] = {0};
    uint16_t last[IPV6_GROUPS] = {0};
    size_t count;
    size_t last_count = 0;
    size_t gap;
    if (text_find(text, TEXT("::"), &gap)) {
        if (!groups_parse(text_head(text, gap), groups, &count) ||
            !groups_parse(text_skip(text, gap + 2), last, &last_count) ||
            count + last_count >= IPV6_GROUPS)
            return 0;
    } else if (!groups_parse(text, groups, &count) || count != IPV6_GROUPS) {
        return 0;
    }
    for (size_t i = 0; i < last_count; i++)
        groups[IPV6_GROUPS - last_count + i] = last[i];
    for (size_t i = 0; i < IPV6_GROUPS; i++) {
        ret_address[2 * i] = (uint8_t)(groups[i] >> 8);
        ret_address[2 * i + 1] = (uint8_t)groups[i];
    }
    return RULE_ADDRESS_BYTES;
}

size_t address_parse(struct text text, uint8_t ret_address[RULE_ADDRESS_BYTES])
{
    bool colon = text_find(text, TEXT(":"), NULL);
    return colon ? address6_parse(text, ret_address) : address4_parse(text, ret_address);
}

static bool cidr_matches(const struct rule *rule, struct text text)
{
    uint8_t address[RULE_ADDRESS_BYTES];
    if (address_parse(text, address) != rule->address_bytes)
        return false;
    for (size_t bit = 0; bit < rule->mask_bits; bit++) {
        uint8_t mask = (uint8_t)(0x80u >> bit % 8);
        if (((address[bit / 8] ^ rule->address[bit / 8]) & mask) != 0)
            return false;
    }
    return true;
}

// ---- numbers ----

static bool equal_numbers(double left, double right)
{
    return !(left < right) && !(left > right);
}

// What a comparison takes: small enough, and no more than six decimals (L-202).
static bool is_comparable(double number)
{
    if (!(number >= -NUMBER_MAX && number <= NUMBER_MAX))
        return false;
    int64_t parts = (int64_t)(number * NUMBER_PARTS + (number < 0 ? -0.5 : 0.5));
    return equal_numbers((double)parts / NUMBER_PARTS, number);
}

static bool range_matches(const struct rule *rule, double number)
{
    if (!is_comparable(number))
        return false;
    bool above = rule->low_open ? number > rule->low : number >= rule->low;
    bool below = rule->high_open ? number < rule->high : number <= rule->high;
    return above && below;
}

// ---- matching ----

static bool string_matches(const struct rule *rule, struct text text)
{
    struct text wanted = rule->text;
    switch (rule->kind) {
    case RULE_STRING:
        return text_equal(text, wanted);
    case RULE_STRING_IGNORING_CASE:
        return equal_ignoring_case(text, wanted);
    case RULE_PREFIX:
        return text_starts_with(text, wanted);
    case RULE_PREFIX_IGNORING_CASE:
        return equal_ignoring_case(text_head(text, wanted.length), wanted);
    case RULE_SUFFIX:
        return text_ends_with(text, wanted);
    case RULE_SUFFIX_IGNORING_CASE:
        return equal_ignoring_case(tail(text, wanted.length), wanted);
    case RULE_WILDCARD:
        return wildcard_matches(rule, text);
    case RULE_CIDR:
        return cidr_matches(rule, text);
    case RULE_NUMBER:
    case RULE_RANGE:
    case RULE_TRUE:
    case RULE_FALSE:
    case RULE_NULL:
    case RULE_PRESENT:
    case RULE_ABSENT:
    case RULE_ANYTHING_BUT:
        break;
    }
    return false;
}

bool rule_matches(const struct rule *rule, const cJSON *scalar)
{
    switch (rule->kind) {
    case RULE_NUMBER:
        return cJSON_IsNumber(scalar) && equal_numbers(scalar->valuedouble, rule->low);
    case RULE_RANGE:
        return cJSON_IsNumber(scalar) && range_matches(rule, scalar->valuedouble);
    case RULE_TRUE:
        return cJSON_IsTrue(scalar);
    case RULE_FALSE:
        return cJSON_IsFalse(scalar);
    case RULE_NULL:
        return cJSON_IsNull(scalar);
    case RULE_PRESENT:
        return true;
    case RULE_ABSENT:
        return false;
    case RULE_ANYTHING_BUT:
        for (size_t i = 0; i < rule->count; i++) {
            if (rule_matches(&rule->others[i], scalar))
                return false;
        }
        return true;
    case RULE_STRING:
    case RULE_STRING_IGNORING_CASE:
    case RULE_PREFIX:
    case RULE_PREFIX_IGNORING_CASE:
    case RULE_SUFFIX:
    case RULE_SUFFIX_IGNORING_CASE:
    case RULE_WILDCARD:
    case RULE_CIDR:
        return cJSON_IsString(scalar) && string_matches(rule, string_of(scalar));
    }
    return false;
}

// ---- parsing ----

// The one member of an object, or NULL.
static const cJSON *only_member(const cJSON *object)
{
    bool one = cJSON_IsObject(object) && object->child != NULL && object->child->next == NULL;
    return one ? object->child : NULL;
}

static bool parse_text(struct arena *arena, const cJSON *operand, enum rule_kind kind,
                       struct rule *rule)
{
    if (!cJSON_IsString(operand))
        return false;
    rule->kind = kind;
    rule->text = arena_copy(arena, string_of(operand));
    return true;
}

static bool parse_exactly(struct arena *arena, const cJSON *operand, struct rule *rule)
{
    return parse_text(arena, operand, RULE_STRING, rule);
}

static bool parse_equals_ignore_case(struct arena *arena, const cJSON *operand, struct rule *rule)
{
    return parse_text(arena, operand, RULE_STRING_IGNORING_CASE, rule);
}

// A string, or {"equals-ignore-case": string} (L-198).
static bool parse_end(struct arena *arena, const cJSON *operand, enum rule_kind kind,
                      enum rule_kind kind_ignoring_case, struct rule *rule)
{
    const cJSON *inner = only_member(operand);
    if (inner == NULL)
        return parse_text(arena, operand, kind, rule);
    return strcmp(inner->string, "equals-ignore-case") == 0 &&
           parse_text(arena, inner, kind_ignoring_case, rule);
}

static bool parse_prefix(struct arena *arena, const cJSON *operand, struct rule *rule)
{
    return parse_end(arena, operand, RULE_PREFIX, RULE_PREFIX_IGNORING_CASE, rule);
}

static bool parse_suffix(struct arena *arena, const cJSON *operand, struct rule *rule)
{
    return parse_end(arena, operand, RULE_SUFFIX, RULE_SUFFIX_IGNORING_CASE, rule);
}

// L-200: cuts at each asterisk that has no backslash before it.
static bool parse_wildcard(struct arena *arena, const cJSON *operand, struct rule *rule)
{
    if (!cJSON_IsString(operand))
        return false;
    struct text text = string_of(operand);
    rule->kind = RULE_WILDCARD;
    rule->pieces = arena_new_array(arena, struct text, text.length + 1);
    rule->count = 0;
    char *bytes = arena_allocate(arena, text.length + 1);
    size_t from = 0;
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.bytes[i];
        if (byte == '*') {
            if (length == from && rule->count > 0)
                return false; // two in a row
            rule->pieces[rule->count++] = text_from(bytes + from, length - from);
            from = length;
            continue;
        }
        if (byte == '\\') {
            if (++i == text.length || (text.bytes[i] != '*' && text.bytes[i] != '\\'))
                return false;
            byte = text.bytes[i];
        }
        bytes[length++] = byte;
    }
    rule->pieces[rule->count++] = text_from(bytes + from, length - from);
    return true;
}

static bool parse_cidr(struct arena *arena, const cJSON *operand, struct rule *rule)
{
    (void)arena;
    struct text address;
    struct text bits;
    int64_t mask_bits;
    if (!cJSON_IsString(operand) || !text_cut(string_of(operand), '/', &address, &bits) ||
        !text_to_integer(bits, &mask_bits))
        return false;
    rule->kind = RULE_CIDR;
    rule->address_bytes = address_parse(address, rule->address);
    rule->mask_bits = (size_t)mask_bits;
    return rule->address_bytes > 0 && mask_bits >= 0 &&
           mask_bits < (int64_t)(8 * rule->address_bytes);
}

static bool parse_exists(struct arena *arena, const cJSON *operand, struct rule *rule)
{
    (void)arena;
    rule->kind = cJSON_IsTrue(operand) ? RULE_PRESENT : RULE_ABSENT;
    return cJSON_IsBool(operand);
}

// One comparison; bounds that were set already stay.
static bool parse_comparison(const char *operator, double number, struct rule *rule)
{
    bool open = operator[0] != '\0' && operator[1] == '\0';
    if (!open && strcmp(operator+ 1, "=") != 0)
        return false;
    if (operator[0] == '>') {
        rule->low = number;
        rule->low_open = open;
    } else if (operator[0] == '<') {
        rule->high = number;
        rule->high_open = open;
    } else if (strcmp(operator, "=") == 0) {
        rule->low = number;
        rule->high = number;
    } else {
        return false;
    }
    return true;
}

// L-202: [op, n], or [">" or ">=", low, "<" or "<=", high].
static bool parse_numeric(struct arena *arena, const cJSON *operand, struct rule *rule)
{
    (void)arena;
    int count = cJSON_IsArray(operand) ? cJSON_GetArraySize(operand) : 0;
    if (count != 2 && count != 4)
        return false;
    rule->kind = RULE_RANGE;
    rule->low = -NUMBER_MAX;
    rule->high = NUMBER_MAX;
    const cJSON *item = operand->child;
    for (int i = 0; i < count; i += 2, item = item->next->next) {
        const cJSON *number = item->next;
        if (!cJSON_IsString(item) || !cJSON_IsNumber(number) || !is_comparable(number->valuedouble))
            return false;
        char wanted = i == 0 ? '>' : '<';
        if (count == 4 && item->valuestring[0] != wanted)
            return false;
        if (!parse_comparison(item->valuestring, number->valuedouble, rule))
            return false;
    }
    return count == 2 || rule->low < rule->high;
}

static bool parse_scalar(struct arena *arena, const cJSON *item, struct rule *rule)
{
    if (cJSON_IsString(item))
        return parse_text(arena, item, RULE_STRING, rule);
    rule->kind = cJSON_IsTrue(item) ? RULE_TRUE : cJSON_IsFalse(item) ? RULE_FALSE : RULE_NULL;
    if (cJSON_IsNumber(item)) {
        rule->kind = RULE_NUMBER;
        rule->low = item->valuedouble;
    }
    return cJSON_IsNumber(item) || cJSON_IsBool(item) || cJSON_IsNull(item);
}

// The scalars to deny: one, or a list of one type (L-201).
static bool parse_others(struct arena *arena, const cJSON *operand,
                         bool (*parse)(struct arena *arena, const cJSON *operand,
                                       struct rule *rule),
                         struct rule *rule)
{
    const cJSON *first = cJSON_IsArray(operand) ? operand->child : operand;
    size_t count = cJSON_IsArray(operand) ? (size_t)cJSON_GetArraySize(operand) : 1;
    rule->kind = RULE_ANYTHING_BUT;
    rule->others = arena_new_array(arena, struct rule, count + 1);
    rule->count = count;
    const cJSON *item = first;
    for (size_t i = 0; i < count; i++, item = item->next) {
        bool number = cJSON_IsNumber(item);
        bool fits = number ? cJSON_IsNumber(first) : cJSON_IsString(item) && cJSON_IsString(first);
        rule->others[i] = (struct rule){0};
        if (!fits || !parse(arena, item, &rule->others[i]))
            return false;
    }
    return count > 0;
}

static bool parse_filled_prefix(struct arena *arena, const cJSON *operand, struct rule *rule)
{
    return parse_text(arena, operand, RULE_PREFIX, rule) && rule->text.length > 0;
}

static bool parse_filled_suffix(struct arena *arena, const cJSON *operand, struct rule *rule)
{
    return parse_text(arena, operand, RULE_SUFFIX, rule) && rule->text.length > 0;
}

struct operator_row {
    const char *name;
    bool (*parse)(struct arena *arena, const cJSON *operand, struct rule *rule);
};

static bool parse_by_row(struct arena *arena, const cJSON *member, const struct operator_row *rows,
                         size_t count, struct rule *rule)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(member->string, rows[i].name) == 0)
            return rows[i].parse(arena, member, rule);
    }
    return false;
}

static bool parse_anything_but(struct arena *arena, const cJSON *operand, struct rule *rule)
{
    static const struct operator_row rows[] = {
        {"prefix", parse_filled_prefix},
        {"suffix", parse_filled_suffix},
        {"equals-ignore-case", parse_equals_ignore_case},
        {"wildcard", parse_wildcard},
    };
    if (!cJSON_IsObject(operand))
        return parse_others(arena, operand, parse_scalar, rule);
    const cJSON *inner = only_member(operand);
    for (size_t i = 0; inner != NULL && i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(inner->string, rows[i].name) == 0)
            return parse_others(arena, inner, rows[i].parse, rule);
    }
    return false;
}

bool rule_parse(struct arena *arena, const cJSON *item, struct rule *ret_rule)
{
    static const struct operator_row rows[] = {
        {"exactly", parse_exactly},   {"prefix", parse_prefix},
        {"suffix", parse_suffix},     {"equals-ignore-case", parse_equals_ignore_case},
        {"wildcard", parse_wildcard}, {"anything-but", parse_anything_but},
        {"numeric", parse_numeric},   {"exists", parse_exists},
        {"cidr", parse_cidr},
    };
    struct rule rule = {0};
    bool valid;
    if (cJSON_IsObject(item)) {
        const cJSON *member = only_member(item);
        valid = member != NULL &&
                parse_by_row(arena, member, rows, sizeof(rows) / sizeof(rows[0]), &rule);
    } else {
        valid = parse_scalar(arena, item, &rule);
    }
    if (valid)
        *ret_rule = rule;
    return valid;
}
