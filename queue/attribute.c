// attribute -- message attributes as one packed run of bytes, and their digest.
//
// Packed, one attribute is three lengths (32 bits each, least byte first) and then name, type and
// value. No count stands in front: the run ends where its bytes end, and no attributes are no
// bytes, so that the commonest message costs nothing here.
#include "queue/attribute.h"

#include <assert.h>

#define LENGTHS_BYTES 12u // three lengths in front of each attribute

bool attribute_is_binary(const struct message_attribute *attribute)
{
    return text_equal(attribute->data_type, TEXT("Binary")) ||
           text_starts_with(attribute->data_type, TEXT("Binary."));
}

// At most ten, nearly sorted already: insertion.
void attributes_sort(struct message_attribute *attributes, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct message_attribute attribute = attributes[i];
        size_t at = i;
        while (at > 0 && text_compare(attributes[at - 1].name, attribute.name) > 0) {
            attributes[at] = attributes[at - 1];
            at--;
        }
        attributes[at] = attribute;
    }
}

static void append_for_digest(struct buffer *buffer, struct text text)
{
    uint32_t length = (uint32_t)text.length;
    uint8_t bytes[4] = {(uint8_t)(length >> 24), (uint8_t)(length >> 16), (uint8_t)(length >> 8),
                        (uint8_t)length};
    buffer_append_bytes(buffer, bytes, sizeof(bytes));
    buffer_append(buffer, text);
}

void attributes_digest_hex(const struct message_attribute *attributes, size_t count,
                           char ret_hex[MD5_HEX_BYTES])
{
    assert(count >= 1);
    cleanup(buffer_deinit) struct buffer buffer = {0};
    for (size_t i = 0; i < count; i++) {
        append_for_digest(&buffer, attributes[i].name);
        append_for_digest(&buffer, attributes[i].data_type);
        buffer_append_byte(&buffer, attribute_is_binary(&attributes[i]) ? 2 : 1);
        append_for_digest(&buffer, attributes[i].value);
    }
    digest_md5_hex(buffer_text(&buffer), ret_hex);
}

size_t attributes_size_bytes(const struct message_attribute *attributes, size_t count)
{
    size_t size_bytes = 0;
    for (size_t i = 0; i < count; i++) {
        size_bytes +=
            attributes[i].name.length + attributes[i].data_type.length + attributes[i].value.length;
    }
    return size_bytes;
}

static void pack_length(struct buffer *buffer, size_t length)
{
    assert(length <= UINT32_MAX);
    uint8_t bytes[4] = {(uint8_t)length, (uint8_t)(length >> 8), (uint8_t)(length >> 16),
                        (uint8_t)(length >> 24)};
    buffer_append_bytes(buffer, bytes, sizeof(bytes));
}

void attributes_pack(struct buffer *buffer, const struct message_attribute *attributes,
                     size_t count)
{
    assert(count <= ATTRIBUTES_MAX);
    for (size_t i = 0; i < count; i++) {
        pack_length(buffer, attributes[i].name.length);
        pack_length(buffer, attributes[i].data_type.length);
        pack_length(buffer, attributes[i].value.length);
        buffer_append(buffer, attributes[i].name);
        buffer_append(buffer, attributes[i].data_type);
        buffer_append(buffer, attributes[i].value);
    }
}

static size_t unpack_length(const char *at)
{
    const uint8_t *bytes = (const uint8_t *)at;
    return (size_t)bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16 |
           (size_t)bytes[3] << 24;
}

bool attributes_are_packed(struct text packed)
{
    for (size_t count = 0; packed.length > 0; count++) {
        if (count == ATTRIBUTES_MAX || packed.length < LENGTHS_BYTES)
            return false;
        size_t length = LENGTHS_BYTES + unpack_length(packed.bytes) +
                        unpack_length(packed.bytes + 4) + unpack_length(packed.bytes + 8);
        if (length > packed.length)
            return false;
        packed = text_skip(packed, length);
    }
    return true;
}

size_t attributes_unpack(struct text packed,
                         struct message_attribute ret_attributes[ATTRIBUTES_MAX])
{
    size_t count = 0;
    assert(attributes_are_packed(packed));
    while (packed.length > 0) {
        size_t name_length = unpack_length(packed.bytes);
        size_t type_length = unpack_length(packed.bytes + 4);
        size_t value_length = unpack_length(packed.bytes + 8);
        packed = text_skip(packed, LENGTHS_BYTES);
        struct message_attribute *attribute = &ret_attributes[count++];
        attribute->name = text_head(packed, name_length);
        packed = text_skip(packed, name_length);
        attribute->data_type = text_head(packed, type_length);
        packed = text_skip(packed, type_length);
        attribute->value = text_head(packed, value_length);
        packed = text_skip(packed, value_length);
    }
    return count;
}
