// json_query -- the fifth walker, and the smallest: it differs from json_out in that maps are lists
// of name and value, as XML has them, and hands everything else to it.
//
// Two outputs begin with a small letter here and nowhere else in Query; callers of ReceiveMessage
// through API Gateway know them so.
#include "emulator/wire/json_query.h"

#include "emulator/wire/json_out.h"
#include "esm/json.h"

static const struct text small_names[] = {
    TEXT("queueUrls"),
    TEXT("messages"),
    TEXT("nextToken"),
};

static void append_structure(struct buffer *buffer, const struct wire_shape *shape,
                             const void *structure);

bool json_query_is_wanted(const struct request *request)
{
    return text_starts_with(request_header(request, TEXT("Accept")), TEXT("application/json"));
}

static struct text name_of(const struct wire_member *member)
{
    for (size_t i = 0; i < sizeof(small_names) / sizeof(small_names[0]); i++) {
        if (text_equal_ignoring_case(small_names[i], member->json))
            return small_names[i];
    }
    return member->json;
}

static void append_comma(struct buffer *buffer, size_t index)
{
    if (index > 0)
        buffer_append_byte(buffer, ',');
}

static void append_text_map(struct buffer *buffer, const struct wire_member *member,
                            const struct pair_list *map)
{
    for (size_t i = 0; i < map->count; i++) {
        append_comma(buffer, i);
        buffer_append_byte(buffer, '{');
        json_append_member_string(buffer, member->key, map->items[i].name);
        json_append_member_string(buffer, TEXT("Value"), map->items[i].value);
        buffer_append_byte(buffer, '}');
    }
}

static void append_structures(struct buffer *buffer, const struct wire_member *member,
                              const struct structure_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const void *structure = structure_at(list, member->shape, i);
        append_comma(buffer, i);
        if (member->kind == WIRE_STRUCTURE_LIST) {
            append_structure(buffer, member->shape, structure);
            continue;
        }
        buffer_append_byte(buffer, '{');
        json_append_member_string(buffer, member->key, *(const struct text *)structure);
        json_append_name(buffer, TEXT("Value"));
        append_structure(buffer, member->shape, structure);
        buffer_append_byte(buffer, '}');
    }
}

// What is no map and holds none, by json_out: one member as an object, without its braces.
static void append_plain(struct buffer *buffer, const struct wire_member *member,
                         const void *structure)
{
    struct wire_member named = *member;
    cleanup(buffer_deinit) struct buffer object = {0};
    named.json = name_of(member);
    const struct wire_shape alone = {.count = 1, .members = &named};
    json_out(&object, &alone, structure);
    if (buffer->bytes[buffer->length - 1] != '{')
        buffer_append_byte(buffer, ',');
    buffer_append_bytes(buffer, object.bytes + 1, object.length - 2);
}

static void append_member(struct buffer *buffer, const struct wire_member *member,
                          const void *structure)
{
    switch (member->kind) {
    case WIRE_TEXT:
    case WIRE_BLOB:
    case WIRE_INTEGER:
    case WIRE_BOOLEAN:
    case WIRE_TEXT_LIST:
    case WIRE_BLOB_LIST:
        append_plain(buffer, member, structure);
        return;
    case WIRE_TEXT_MAP:
    case WIRE_STRUCTURE_LIST:
    case WIRE_STRUCTURE_MAP:
        break;
    }
    json_append_name(buffer, name_of(member));
    buffer_append_byte(buffer, '[');
    if (member->kind == WIRE_TEXT_MAP)
        append_text_map(buffer, member, member_of(structure, member));
    else
        append_structures(buffer, member, member_of(structure, member));
    buffer_append_byte(buffer, ']');
}

static void append_structure(struct buffer *buffer, const struct wire_shape *shape,
                             const void *structure)
{
    buffer_append_byte(buffer, '{');
    for (size_t i = 0; i < shape->count; i++) {
        if (member_has_content(structure, &shape->members[i]))
            append_member(buffer, &shape->members[i], structure);
    }
    buffer_append_byte(buffer, '}');
}

static void append_action(struct buffer *buffer, struct text action, struct text ending)
{
    cleanup(buffer_deinit) struct buffer name = {0};
    buffer_append(&name, action);
    buffer_append(&name, ending);
    json_append_name(buffer, buffer_text(&name));
}

void json_query_out(struct buffer *buffer, struct text action, struct text request_id,
                    const struct wire_shape *shape, const void *output)
{
    buffer_append_byte(buffer, '{');
    append_action(buffer, action, TEXT("Response"));
    buffer_append_byte(buffer, '{');
    if (shape != NULL) {
        append_action(buffer, action, TEXT("Result"));
        append_structure(buffer, shape, output);
    }
    json_append_name(buffer, TEXT("ResponseMetadata"));
    buffer_append_byte(buffer, '{');
    json_append_member_string(buffer, TEXT("RequestId"), request_id);
    buffer_append(buffer, TEXT("}}}"));
}

void json_query_error(struct buffer *buffer, struct text code, struct text message,
                      struct text type, struct text request_id)
{
    buffer_append_byte(buffer, '{');
    json_append_name(buffer, TEXT("Error"));
    buffer_append_byte(buffer, '{');
    json_append_member_string(buffer, TEXT("Code"), code);
    json_append_member_string(buffer, TEXT("Message"), message);
    json_append_member_string(buffer, TEXT("Type"), type);
    buffer_append_byte(buffer, '}');
    json_append_member_string(buffer, TEXT("RequestId"), request_id);
    buffer_append_byte(buffer, '}');
}
