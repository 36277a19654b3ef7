// json_out -- one pass over the rows, appending; no tree is built (docs/wire.md).
#include "emulator/wire/json_out.h"

#include "esm/json.h"

static void append_base64(struct buffer *buffer, struct text bytes)
{
    buffer_append_byte(buffer, '"');
    buffer_append_base64(buffer, bytes.bytes, bytes.length);
    buffer_append_byte(buffer, '"');
}

static void append_text_list(struct buffer *buffer, const struct text_list *list, bool base64)
{
    buffer_append_byte(buffer, '[');
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            buffer_append_byte(buffer, ',');
        if (base64)
            append_base64(buffer, list->items[i]);
        else
            json_append_string(buffer, list->items[i]);
    }
    buffer_append_byte(buffer, ']');
}

static void append_text_map(struct buffer *buffer, const struct pair_list *map)
{
    buffer_append_byte(buffer, '{');
    for (size_t i = 0; i < map->count; i++)
        json_append_member_string(buffer, map->items[i].name, map->items[i].value);
    buffer_append_byte(buffer, '}');
}

static void append_structure_list(struct buffer *buffer, const struct structure_list *list,
                                  const struct wire_shape *shape)
{
    buffer_append_byte(buffer, '[');
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            buffer_append_byte(buffer, ',');
        json_out(buffer, shape, structure_at(list, shape, i));
    }
    buffer_append_byte(buffer, ']');
}

static void append_structure_map(struct buffer *buffer, const struct structure_list *map,
                                 const struct wire_shape *shape)
{
    buffer_append_byte(buffer, '{');
    for (size_t i = 0; i < map->count; i++) {
        const struct text *key = structure_at(map, shape, i);
        json_append_name(buffer, *key);
        json_out(buffer, shape, key);
    }
    buffer_append_byte(buffer, '}');
}

static void append_value(struct buffer *buffer, const struct wire_member *member, const void *value)
{
    switch (member->kind) {
    case WIRE_TEXT:
        json_append_string(buffer, *(const struct text *)value);
        return;
    case WIRE_BLOB:
        append_base64(buffer, *(const struct text *)value);
        return;
    case WIRE_INTEGER:
        buffer_append_integer(buffer, ((const struct wire_integer *)value)->value);
        return;
    case WIRE_BOOLEAN:
        buffer_append(buffer, *(const bool *)value ? TEXT("true") : TEXT("false"));
        return;
    case WIRE_TEXT_LIST:
        append_text_list(buffer, value, false);
        return;
    case WIRE_BLOB_LIST:
        append_text_list(buffer, value, true);
        return;
    case WIRE_TEXT_MAP:
        append_text_map(buffer, value);
        return;
    case WIRE_STRUCTURE_LIST:
        append_structure_list(buffer, value, member->shape);
        return;
    case WIRE_STRUCTURE_MAP:
        append_structure_map(buffer, value, member->shape);
        return;
    }
}

void json_out(struct buffer *buffer, const struct wire_shape *shape, const void *output)
{
    buffer_append_byte(buffer, '{');
    for (size_t i = 0; i < shape->count; i++) {
        const struct wire_member *member = &shape->members[i];
        if (!member_has_content(output, member))
            continue;
        json_append_name(buffer, member->json);
        append_value(buffer, member, member_of(output, member));
    }
    buffer_append_byte(buffer, '}');
}
