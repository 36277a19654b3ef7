// json_in -- from a cJSON tree into a C struct, by rows.
//
// Each child of an object looks for its row, not each row for its child: unknown members cost one
// look, and of equal names the last one counts by itself. Texts are copied into the arena, so that
// the tree ends here and nothing has to remember it.
//
// The parser refuses the escapes \u0000 and lone surrogates, which SQS takes for JSON and then
// refuses as characters of a body (S-51). So when the parser says no, each such escape becomes
// \u0001, which is refused in the same places with the same error, and the parser is asked again.
#include "emulator/wire/json_in.h"

#include "esm/json.h"
#include "queue/base/digest.h"

#include <string.h>

static struct fault read_structure(struct arena *arena, const cJSON *object,
                                   const struct wire_shape *shape, void *structure);

// How the service's own parser names a value that it did not expect (S-13).
static const char *value_name(const cJSON *value)
{
    if (cJSON_IsString(value))
        return "STRING_VALUE";
    if (cJSON_IsNumber(value))
        return "NUMBER_VALUE";
    return cJSON_IsTrue(value) ? "TRUE_VALUE" : "FALSE_VALUE";
}

static struct fault scalar_fault(struct arena *arena, const cJSON *value, const char *wanted)
{
    if (cJSON_IsObject(value))
        return fault_with(FAULT_SERIALIZATION,
                          TEXT("Start of structure or map found where not expected."));
    if (cJSON_IsArray(value))
        return fault_with(FAULT_SERIALIZATION, TEXT("Start of list found where not expected"));
    return fault_print(arena, FAULT_SERIALIZATION, "%s can not be converted to %s",
                       value_name(value), wanted);
}

static struct fault read_text(struct arena *arena, const cJSON *value, struct text *ret_text)
{
    if (!cJSON_IsString(value))
        return scalar_fault(arena, value, "a String");
    *ret_text = arena_copy(arena, text_of(value->valuestring));
    return FAULT_NO;
}

static struct fault read_blob(struct arena *arena, const cJSON *value, struct text *ret_bytes)
{
    if (!cJSON_IsString(value))
        return scalar_fault(arena, value, "a Blob");
    if (!base64_decode(arena, text_of(value->valuestring), ret_bytes))
        return fault_with(FAULT_SERIALIZATION, TEXT("A binary value is not valid base64."));
    return FAULT_NO;
}

static struct fault read_integer(struct arena *arena, const cJSON *value,
                                 struct wire_integer *ret_integer)
{
    int64_t number;
    if (!json_integer(value, &number))
        return scalar_fault(arena, value, "an Integer");
    *ret_integer = (struct wire_integer){.value = number, .present = true};
    return FAULT_NO;
}

static struct fault read_boolean(struct arena *arena, const cJSON *value, bool *ret_boolean)
{
    if (!cJSON_IsBool(value))
        return scalar_fault(arena, value, "a Boolean");
    *ret_boolean = cJSON_IsTrue(value);
    return FAULT_NO;
}

static size_t count_children(const cJSON *value)
{
    size_t count = 0;
    const cJSON *child;
    cJSON_ArrayForEach(child, value) count += !cJSON_IsNull(child);
    return count;
}

static struct fault check_count(size_t count)
{
    if (count <= WIRE_ITEMS_MAX)
        return FAULT_NO;
    return fault_with(FAULT_SERIALIZATION, TEXT("A list or map has too many elements."));
}

static struct fault read_text_list(struct arena *arena, const cJSON *value, bool base64,
                                   struct text_list *ret_list)
{
    if (!cJSON_IsArray(value))
        return fault_with(FAULT_SERIALIZATION, TEXT("Expected list or null"));
    size_t most = count_children(value);
    struct fault fault = check_count(most);
    if (fault.kind != FAULT_NONE)
        return fault;
    struct text *items = arena_new_array(arena, struct text, most);
    size_t count = 0;
    const cJSON *child;
    cJSON_ArrayForEach(child, value)
    {
        if (cJSON_IsNull(child))
            continue;
        fault = base64 ? read_blob(arena, child, &items[count])
                       : read_text(arena, child, &items[count]);
        if (fault.kind != FAULT_NONE)
            return fault;
        count++;
    }
    *ret_list = (struct text_list){.items = items, .count = count, .present = true};
    return FAULT_NO;
}

static struct fault read_text_map(struct arena *arena, const cJSON *value,
                                  struct pair_list *ret_map)
{
    if (!cJSON_IsObject(value))
        return fault_with(FAULT_SERIALIZATION, TEXT("Expected map or null"));
    size_t most = count_children(value);
    struct fault fault = check_count(most);
    if (fault.kind != FAULT_NONE)
        return fault;
    struct text_pair *items = arena_new_array(arena, struct text_pair, most);
    size_t count = 0;
    const cJSON *child;
    cJSON_ArrayForEach(child, value)
    {
        if (cJSON_IsNull(child))
            continue;
        if (cJSON_IsArray(child))
            return fault_with(FAULT_SERIALIZATION,
                              TEXT("Unrecognized collection type class java.lang.String"));
        fault = read_text(arena, child, &items[count].value);
        if (fault.kind != FAULT_NONE)
            return fault;
        items[count++].name = arena_copy(arena, text_of(child->string));
    }
    *ret_map = (struct pair_list){.items = items, .count = count, .present = true};
    return FAULT_NO;
}

// Lists of structures, and maps to structures, whose key then is the structure's first member.
static struct fault read_structures(struct arena *arena, const cJSON *value, bool map,
                                    const struct wire_shape *shape, struct structure_list *ret_list)
{
    if (map ? !cJSON_IsObject(value) : !cJSON_IsArray(value))
        return fault_with(FAULT_SERIALIZATION,
                          map ? TEXT("Expected map or null") : TEXT("Expected list or null"));
    size_t count = count_children(value);
    struct fault fault = check_count(count);
    if (fault.kind != FAULT_NONE)
        return fault;
    char *items = arena_allocate(arena, count * shape->size);
    char *item = items;
    const cJSON *child;
    cJSON_ArrayForEach(child, value)
    {
        if (cJSON_IsNull(child))
            continue;
        fault = read_structure(arena, child, shape, item);
        if (fault.kind != FAULT_NONE)
            return fault;
        if (map)
            *(struct text *)(void *)item = arena_copy(arena, text_of(child->string));
        item += shape->size;
    }
    *ret_list = (struct structure_list){.items = items, .count = count, .present = true};
    return FAULT_NO;
}

static struct fault read_member(struct arena *arena, const cJSON *value,
                                const struct wire_member *member, void *ret_value)
{
    switch (member->kind) {
    case WIRE_TEXT:
        return read_text(arena, value, ret_value);
    case WIRE_BLOB:
        return read_blob(arena, value, ret_value);
    case WIRE_INTEGER:
        return read_integer(arena, value, ret_value);
    case WIRE_BOOLEAN:
        return read_boolean(arena, value, ret_value);
    case WIRE_TEXT_LIST:
        return read_text_list(arena, value, false, ret_value);
    case WIRE_BLOB_LIST:
        return read_text_list(arena, value, true, ret_value);
    case WIRE_TEXT_MAP:
        return read_text_map(arena, value, ret_value);
    case WIRE_STRUCTURE_LIST:
        return read_structures(arena, value, false, member->shape, ret_value);
    case WIRE_STRUCTURE_MAP:
        return read_structures(arena, value, true, member->shape, ret_value);
    }
    return FAULT_NO;
}

static const struct wire_member *find_member(const struct wire_shape *shape, struct text name)
{
    for (size_t i = 0; i < shape->count; i++) {
        if (text_equal(shape->members[i].json, name))
            return &shape->members[i];
    }
    return NULL;
}

static struct fault read_structure(struct arena *arena, const cJSON *object,
                                   const struct wire_shape *shape, void *structure)
{
    if (!cJSON_IsObject(object))
        return fault_with(FAULT_SERIALIZATION, TEXT("Expected structure or null"));
    const cJSON *child;
    cJSON_ArrayForEach(child, object)
    {
        const struct wire_member *member = find_member(shape, text_of(child->string));
        if (member == NULL || cJSON_IsNull(child))
            continue;
        struct fault fault = read_member(arena, child, member, member_in(structure, member));
        if (fault.kind != FAULT_NONE)
            return fault;
    }
    return FAULT_NO;
}

// The code unit of an escape `\uXXXX` at this place, or -1.
static int escaped_unit(struct text text, size_t at)
{
    if (at + 6 > text.length || text.bytes[at] != '\\' || text.bytes[at + 1] != 'u')
        return -1;
    int unit = 0;
    for (size_t i = at + 2; i < at + 6; i++) {
        char digit = text.bytes[i];
        int value = digit >= '0' && digit <= '9'   ? digit - '0'
                    : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
                    : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10
                                                   : -1;
        if (value < 0)
            return -1;
        unit = unit * 16 + value;
    }
    return unit;
}

static bool is_high_surrogate(int unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low_surrogate(int unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

// A copy with every escape that no text can hold replaced by \u0001; see above.
static struct text soften_escapes(struct arena *arena, struct text text)
{
    char *softened = arena_allocate(arena, text.length);
    memcpy(softened, text.bytes, text.length);
    for (size_t i = 0; i + 1 < text.length; i++) {
        if (text.bytes[i] != '\\')
            continue;
        int unit = escaped_unit(text, i);
        if (is_high_surrogate(unit) && is_low_surrogate(escaped_unit(text, i + 6))) {
            i += 11;
            continue;
        }
        if (unit == 0 || is_high_surrogate(unit) || is_low_surrogate(unit))
            memcpy(softened + i, "\\u0001", 6); // NOLINT: inside a text with a length
        i += unit < 0 ? 1 : 5;
    }
    return text_from(softened, text.length);
}

struct fault json_in(struct arena *arena, struct text body, const struct wire_shape *shape,
                     void *input)
{
    if (body.length == 0)
        return FAULT_NO;
    size_t at = 0;
    cleanup(json_tree_free) cJSON *tree = json_parse(body, &at);
    if (tree == NULL)
        tree = json_parse(soften_escapes(arena, body), NULL);
    if (tree == NULL)
        return fault_print(arena, FAULT_SERIALIZATION,
                           "The request body is not valid JSON at offset %zu.", at);
    if (!cJSON_IsObject(tree))
        return fault_with(FAULT_SERIALIZATION, TEXT("The request body is not a JSON object."));
    return read_structure(arena, tree, shape, input);
}
