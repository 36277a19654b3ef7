// xml_out -- the flattened XML of the Query protocol, in one pass over the rows.
//
//     <ReceiveMessageResponse xmlns="..."><ReceiveMessageResult>
//       <Message><MessageId>..</MessageId>..<Attribute><Name/><Value/></Attribute>*</Message>*
//     </ReceiveMessageResult><ResponseMetadata><RequestId/></ResponseMetadata></..Response>
#include "emulator/wire/xml_out.h"

#include <string.h>

static const struct text value_name = {.bytes = "Value", .length = 5};

static void append_open(struct buffer *buffer, struct text name)
{
    buffer_append_byte(buffer, '<');
    buffer_append(buffer, name);
    buffer_append_byte(buffer, '>');
}

static void append_close(struct buffer *buffer, struct text name)
{
    buffer_append(buffer, TEXT("</"));
    buffer_append(buffer, name);
    buffer_append_byte(buffer, '>');
}

void xml_append_declaration(struct buffer *buffer)
{
    buffer_append(buffer, TEXT("<?xml version=\"1.0\"?>"));
}

// What stands for a byte in XML text; empty for one that stands for itself.
static struct text escape_of(char byte)
{
    switch (byte) {
    case '&':
        return TEXT("&amp;");
    case '<':
        return TEXT("&lt;");
    case '>':
        return TEXT("&gt;");
    case '"':
        return TEXT("&quot;");
    case '\r':
        return TEXT("&#xD;");
    case '\n':
    case '\t':
        return (struct text){0};
    default:
        return (unsigned char)byte < 0x20 ? TEXT("\xef\xbf\xbd") : (struct text){0};
    }
}

// True for U+FFFE and U+FFFF at this place: well-formed UTF-8, but no XML characters.
static bool is_noncharacter(struct text text, size_t at)
{
    return text.bytes[at] == '\xef' && at + 2 < text.length && text.bytes[at + 1] == '\xbf' &&
           (unsigned char)text.bytes[at + 2] >= 0xbe;
}

// Eight bytes at a time: the highest bit of each byte of the result that equals the one looked for.
// It may be set without reason, never the other way round.
static uint64_t equal_bits(uint64_t word, unsigned char byte)
{
    const uint64_t ones = 0x0101010101010101u;
    uint64_t difference = word ^ (ones * byte);
    return (difference - ones) & ~difference;
}

// How many bytes at the start stand for themselves, at least in whole words.
static size_t plain_words_bytes(struct text text)
{
    const uint64_t ones = 0x0101010101010101u;
    size_t at = 0;
    while (text.length - at >= sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, text.bytes + at, sizeof(word));
        uint64_t bits = (word - ones * 0x20) & ~word;
        bits |= equal_bits(word, '&') | equal_bits(word, '<') | equal_bits(word, '>');
        bits |= equal_bits(word, '"') | equal_bits(word, 0xef);
        if (bits & (ones * 0x80))
            break;
        at += sizeof(word);
    }
    return at;
}

void xml_append_text(struct buffer *buffer, struct text text)
{
    size_t run = 0; // where the bytes begin that stand for themselves
    for (size_t i = plain_words_bytes(text); i < text.length; i++) {
        bool noncharacter = is_noncharacter(text, i);
        struct text escape = noncharacter ? TEXT("\xef\xbf\xbd") : escape_of(text.bytes[i]);
        if (escape.length == 0)
            continue;
        buffer_append_bytes(buffer, text.bytes + run, i - run);
        buffer_append(buffer, escape);
        i += noncharacter ? 2 : 0;
        run = i + 1;
        i += plain_words_bytes(text_skip(text, run));
    }
    buffer_append_bytes(buffer, text.bytes + run, text.length - run);
}

void xml_append_element(struct buffer *buffer, struct text name, struct text text)
{
    append_open(buffer, name);
    xml_append_text(buffer, text);
    append_close(buffer, name);
}

static void append_base64(struct buffer *buffer, struct text name, struct text bytes)
{
    append_open(buffer, name);
    buffer_append_base64(buffer, bytes.bytes, bytes.length);
    append_close(buffer, name);
}

static void append_text_list(struct buffer *buffer, struct text name, const struct text_list *list,
                             bool base64)
{
    for (size_t i = 0; i < list->count; i++) {
        if (base64)
            append_base64(buffer, name, list->items[i]);
        else
            xml_append_element(buffer, name, list->items[i]);
    }
}

static void append_text_map(struct buffer *buffer, const struct wire_member *member,
                            const struct pair_list *map)
{
    for (size_t i = 0; i < map->count; i++) {
        append_open(buffer, member->query);
        xml_append_element(buffer, member->key, map->items[i].name);
        xml_append_element(buffer, value_name, map->items[i].value);
        append_close(buffer, member->query);
    }
}

static void append_structure_list(struct buffer *buffer, const struct wire_member *member,
                                  const struct structure_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        append_open(buffer, member->query);
        xml_out(buffer, member->shape, structure_at(list, member->shape, i));
        append_close(buffer, member->query);
    }
}

static void append_structure_map(struct buffer *buffer, const struct wire_member *member,
                                 const struct structure_list *map)
{
    for (size_t i = 0; i < map->count; i++) {
        const struct text *key = structure_at(map, member->shape, i);
        append_open(buffer, member->query);
        xml_append_element(buffer, member->key, *key);
        append_open(buffer, value_name);
        xml_out(buffer, member->shape, key);
        append_close(buffer, value_name);
        append_close(buffer, member->query);
    }
}

static void append_integer(struct buffer *buffer, struct text name, int64_t value)
{
    append_open(buffer, name);
    buffer_append_integer(buffer, value);
    append_close(buffer, name);
}

static void append_member(struct buffer *buffer, const struct wire_member *member,
                          const void *value)
{
    switch (member->kind) {
    case WIRE_TEXT:
        xml_append_element(buffer, member->query, *(const struct text *)value);
        return;
    case WIRE_BLOB:
        append_base64(buffer, member->query, *(const struct text *)value);
        return;
    case WIRE_INTEGER:
        append_integer(buffer, member->query, ((const struct wire_integer *)value)->value);
        return;
    case WIRE_BOOLEAN:
        xml_append_element(buffer, member->query,
                           *(const bool *)value ? TEXT("true") : TEXT("false"));
        return;
    case WIRE_TEXT_LIST:
        append_text_list(buffer, member->query, value, false);
        return;
    case WIRE_BLOB_LIST:
        append_text_list(buffer, member->query, value, true);
        return;
    case WIRE_TEXT_MAP:
        append_text_map(buffer, member, value);
        return;
    case WIRE_STRUCTURE_LIST:
        append_structure_list(buffer, member, value);
        return;
    case WIRE_STRUCTURE_MAP:
        append_structure_map(buffer, member, value);
        return;
    }
}

void xml_out(struct buffer *buffer, const struct wire_shape *shape, const void *output)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct wire_member *member = &shape->members[i];
        if (member_has_content(output, member))
            append_member(buffer, member, member_of(output, member));
    }
}

// <XResult>...</XResult>, or <XResult/> when there is nothing to say.
static void append_result(struct buffer *buffer, struct text action, const struct wire_shape *shape,
                          const void *output)
{
    buffer_append_byte(buffer, '<');
    buffer_append(buffer, action);
    buffer_append(buffer, TEXT("Result>"));
    size_t start = buffer->length;
    xml_out(buffer, shape, output);
    if (buffer->length == start) {
        buffer->length--;
        buffer_append(buffer, TEXT("/>"));
        return;
    }
    buffer_append(buffer, TEXT("</"));
    buffer_append(buffer, action);
    buffer_append(buffer, TEXT("Result>"));
}

void xml_out_envelope(struct buffer *buffer, struct text action, struct text request_id,
                      const struct wire_shape *shape, const void *output)
{
    xml_append_declaration(buffer);
    buffer_append_byte(buffer, '<');
    buffer_append(buffer, action);
    buffer_append(buffer, TEXT("Response xmlns=\"" XML_NAMESPACE "\">"));
    if (shape != NULL)
        append_result(buffer, action, shape, output);
    buffer_append(buffer, TEXT("<ResponseMetadata>"));
    xml_append_element(buffer, TEXT("RequestId"), request_id);
    buffer_append(buffer, TEXT("</ResponseMetadata></"));
    buffer_append(buffer, action);
    buffer_append(buffer, TEXT("Response>"));
}
