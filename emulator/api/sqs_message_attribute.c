// sqs_message_attribute -- the rules of sections 3.3 and 3.4 of the reference, one function each.
//
// Every fault here is InvalidParameterValue, except for the list values that the API models and
// the service refuses: UnsupportedOperation (S-161).
#include "emulator/api/sqs_message_attribute.h"

#include "emulator/api/character.h"
#include "queue/base/utf8.h"

#define NAME_BYTES_MAX 256
#define TYPE_BYTES_MAX 256
#define NUMBER_DIGITS_MAX 38
#define NUMBER_EXPONENT_LEAST (-128)
#define NUMBER_EXPONENT_MOST 126

static struct fault value_fault(struct text message)
{
    return fault_with(FAULT_PARAMETER_VALUE, message);
}

// ---- names ----

static bool is_name_character(uint32_t code_point)
{
    return character_is_letter_or_digit(code_point) || code_point == '_' || code_point == '-' ||
           code_point == '.';
}

static bool has_name_characters(struct text name)
{
    size_t length;
    for (size_t at = 0; at < name.length; at += length) {
        if (!is_name_character(character_at(name.bytes + at, &length)))
            return false;
    }
    return true;
}

static bool starts_ignoring_case(struct text text, struct text prefix)
{
    return text_equal_ignoring_case(text_head(text, prefix.length), prefix);
}

static struct fault check_name(struct arena *arena, struct text name)
{
    if (name.length == 0)
        return value_fault(
            TEXT("The request must contain non-empty message (user) attribute names."));
    if (name.length > NAME_BYTES_MAX)
        return value_fault(TEXT("Message (user) attribute name must be shorter than 256 bytes."));
    if (starts_ignoring_case(name, TEXT("AWS.")) || starts_ignoring_case(name, TEXT("Amazon.")))
        return value_fault(TEXT("You can't use message attribute names beginning with 'AWS.' or "
                                "'Amazon'. These strings are reserved for internal use."));
    if (text_starts_with(name, TEXT(".")))
        return value_fault(
            TEXT("Message (user) attribute name must not begin with character '.'."));
    if (text_ends_with(name, TEXT(".")))
        return value_fault(TEXT("Message (user) attribute name must not end with character '.'."));
    if (!has_name_characters(name))
        return fault_print(arena, FAULT_PARAMETER_VALUE,
                           "The message attribute name '%.*s' is invalid. Attribute name can "
                           "contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.) "
                           "characters.",
                           TEXT_ARGUMENTS(name));
    return FAULT_NO;
}

// ---- types ----

enum base_type {
    TYPE_STRING,
    TYPE_NUMBER,
    TYPE_BINARY
};

static const struct text type_names[] = {
    [TYPE_STRING] = {.bytes = "String", .length = 6},
    [TYPE_NUMBER] = {.bytes = "Number", .length = 6},
    [TYPE_BINARY] = {.bytes = "Binary", .length = 6},
};

// The custom part is free, but for what no text of SQS may hold (S-51).
static bool read_type(struct text type, enum base_type *ret_base)
{
    for (size_t i = 0; i < sizeof(type_names) / sizeof(type_names[0]); i++) {
        struct text suffix = text_skip(type, type_names[i].length);
        if (text_starts_with(type, type_names[i]) &&
            (suffix.length == 0 || suffix.bytes[0] == '.')) {
            *ret_base = (enum base_type)i;
            return type.length <= TYPE_BYTES_MAX && utf8_is_sqs_text(type);
        }
    }
    return false;
}

// ---- values ----

static size_t skip_digits(struct text text, size_t at)
{
    while (at < text.length && text.bytes[at] >= '0' && text.bytes[at] <= '9')
        at++;
    return at;
}

// A decimal number: [sign] digits [. digits] [e [sign] digits]. ret_significant: digits from the
// first to the last that is not 0; ret_power: the power of ten of the first of them.
static bool read_number(struct text text, int64_t *ret_significant, int64_t *ret_power)
{
    size_t at = text.length > 0 && (text.bytes[0] == '-' || text.bytes[0] == '+') ? 1 : 0;
    size_t start = at;
    size_t point = skip_digits(text, at);
    size_t end =
        point < text.length && text.bytes[point] == '.' ? skip_digits(text, point + 1) : point;
    size_t digits = end - start - (end > point ? 1 : 0);
    int64_t exponent = 0;
    if (end < text.length) {
        bool marked = text.bytes[end] == 'e' || text.bytes[end] == 'E';
        struct text rest = text_skip(text, end + 1);
        if (text_starts_with(rest, TEXT("+")) && !text_starts_with(rest, TEXT("+-")))
            rest = text_skip(rest, 1);
        if (!marked || !text_to_integer(rest, &exponent))
            return false;
    }
    if (digits == 0 || exponent > INT32_MAX || exponent < INT32_MIN)
        return false;
    int64_t first = -1;
    int64_t last = -1;
    int64_t place = 0;
    for (size_t i = start; i < end; i++) {
        if (text.bytes[i] == '.')
            continue;
        if (text.bytes[i] != '0') {
            first = first < 0 ? place : first;
            last = place;
        }
        place++;
    }
    *ret_significant = first < 0 ? 0 : last - first + 1;
    *ret_power = first < 0 ? 0 : (int64_t)(point - start) - 1 - first + exponent;
    return true;
}

static bool is_number(struct text text)
{
    int64_t significant;
    int64_t power;
    return read_number(text, &significant, &power) && significant <= NUMBER_DIGITS_MAX &&
           power >= NUMBER_EXPONENT_LEAST && power <= NUMBER_EXPONENT_MOST;
}

// Which member holds the value: what S-158 and S-157 say about the pair.
static struct fault check_members(struct arena *arena, const struct attribute_value *attribute,
                                  enum base_type base)
{
    struct text name = attribute->name;
    bool binary = base == TYPE_BINARY;
    struct text wanted = binary ? attribute->binary_value : attribute->string_value;
    struct text other = binary ? attribute->string_value : attribute->binary_value;
    if (wanted.length > 0 && other.length > 0)
        return fault_print(arena, FAULT_PARAMETER_VALUE,
                           "Message (user) attribute '%.*s' must have a single value.",
                           TEXT_ARGUMENTS(name));
    if (other.length > 0)
        return fault_print(arena, FAULT_PARAMETER_VALUE,
                           "Message (user) attribute '%.*s' with type '%.*s' must use field '%s'.",
                           TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(attribute->data_type),
                           binary ? "Binary" : "String");
    if (wanted.length == 0)
        return fault_print(arena, FAULT_PARAMETER_VALUE,
                           "Message (user) attribute '%.*s' must contain a non-empty value of type "
                           "'%.*s'.",
                           TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(type_names[base]));
    return FAULT_NO;
}

static struct fault check_value(struct arena *arena, const struct attribute_value *attribute,
                                enum base_type base)
{
    struct fault fault = check_members(arena, attribute, base);
    if (fault.kind != FAULT_NONE || base == TYPE_BINARY)
        return fault;
    if (base == TYPE_NUMBER && !is_number(attribute->string_value))
        return fault_print(arena, FAULT_PARAMETER_VALUE,
                           "Can't cast the value of message (user) attribute '%.*s' to a number.",
                           TEXT_ARGUMENTS(attribute->name));
    if (!utf8_is_sqs_text(attribute->string_value))
        return fault_print(arena, FAULT_PARAMETER_VALUE,
                           "Message (user) attribute '%.*s' value contains invalid characters.",
                           TEXT_ARGUMENTS(attribute->name));
    return FAULT_NO;
}

static struct fault check_attribute(struct arena *arena, const struct attribute_value *attribute)
{
    struct fault fault = check_name(arena, attribute->name);
    if (fault.kind != FAULT_NONE)
        return fault;
    if (attribute->string_list.count > 0 || attribute->binary_list.count > 0)
        return fault_with(FAULT_UNSUPPORTED,
                          TEXT("Message attribute list values in SendMessage operation are not "
                               "supported."));
    if (attribute->data_type.length == 0)
        return fault_print(arena, FAULT_PARAMETER_VALUE,
                           "The message (user) attribute '%.*s' must contain a non-empty message "
                           "attribute type.",
                           TEXT_ARGUMENTS(attribute->name));
    enum base_type base;
    if (!read_type(attribute->data_type, &base))
        return fault_print(arena, FAULT_PARAMETER_VALUE,
                           "The type of message (user) attribute '%.*s' is invalid. You must use "
                           "only the following supported type prefixes: Binary, Number, String.",
                           TEXT_ARGUMENTS(attribute->name));
    return check_value(arena, attribute, base);
}

static struct message_attribute attribute_from(const struct attribute_value *given)
{
    bool binary = text_starts_with(given->data_type, type_names[TYPE_BINARY]);
    return (struct message_attribute){
        .name = given->name,
        .data_type = given->data_type,
        .value = binary ? given->binary_value : given->string_value,
    };
}

static void put_attribute(struct checked_attributes *checked, struct message_attribute attribute)
{
    size_t at = 0;
    while (at < checked->count && !text_equal(checked->items[at].name, attribute.name))
        at++;
    checked->items[at] = attribute;
    if (at == checked->count)
        checked->count++;
}

struct fault message_attributes_check(struct arena *arena, const struct structure_list *attributes,
                                      struct checked_attributes *ret_checked)
{
    struct checked_attributes checked = {.count = 0};
    if (attributes->count > ATTRIBUTES_MAX)
        return fault_print(arena, FAULT_PARAMETER_VALUE,
                           "Number of message attributes [%zu] exceeds the allowed maximum [%d].",
                           attributes->count, ATTRIBUTES_MAX);
    const struct attribute_value *given = attributes->items;
    for (size_t i = 0; i < attributes->count; i++) {
        struct fault fault = check_attribute(arena, &given[i]);
        if (fault.kind != FAULT_NONE)
            return fault;
        put_attribute(&checked, attribute_from(&given[i]));
    }
    attributes_sort(checked.items, checked.count);
    *ret_checked = checked;
    return FAULT_NO;
}

struct fault message_system_attributes_check(struct arena *arena,
                                             const struct structure_list *attributes,
                                             struct checked_attributes *ret_checked)
{
    struct checked_attributes checked = {.count = 0};
    const struct attribute_value *given = attributes->items;
    for (size_t i = 0; i < attributes->count; i++) {
        if (!text_equal(given[i].name, TEXT("AWSTraceHeader")))
            return fault_print(arena, FAULT_PARAMETER_VALUE,
                               "Message system attribute name '%.*s' is invalid.",
                               TEXT_ARGUMENTS(given[i].name));
        struct fault fault = check_attribute(arena, &given[i]);
        if (fault.kind != FAULT_NONE)
            return fault;
        if (!text_equal(given[i].data_type, type_names[TYPE_STRING]))
            return fault_print(arena, FAULT_PARAMETER_VALUE,
                               "The type of message system attribute '%.*s' is invalid. You must "
                               "use only the following supported type: String.",
                               TEXT_ARGUMENTS(given[i].name));
        put_attribute(&checked, attribute_from(&given[i]));
    }
    *ret_checked = checked;
    return FAULT_NO;
}

size_t message_attributes_size_bytes(const struct structure_list *attributes)
{
    const struct attribute_value *given = attributes->items;
    size_t size = 0;
    for (size_t i = 0; i < attributes->count; i++)
        size += given[i].name.length + given[i].data_type.length + given[i].string_value.length +
                given[i].binary_value.length;
    return size;
}

struct text message_attributes_md5(struct arena *arena, const struct message_attribute *attributes,
                                   size_t count)
{
    if (count == 0)
        return (struct text){0};
    char *hex = arena_allocate(arena, MD5_HEX_BYTES);
    attributes_digest_hex(attributes, count, hex);
    return text_from(hex, MD5_HEX_BYTES);
}

bool message_attribute_is_selected(const struct text_list *names, struct text name)
{
    for (size_t i = 0; i < names->count; i++) {
        struct text pattern = names->items[i];
        if (text_equal(pattern, TEXT("All")) || text_equal(pattern, TEXT("*")))
            return true;
        bool prefix = text_ends_with(pattern, TEXT(".*"));
        if (prefix && text_starts_with(name, text_head(pattern, pattern.length - 2)))
            return true;
        if (text_equal(pattern, name))
            return true;
    }
    return false;
}
