// xml -- a parser for elements, text, the five entities and character references; attributes are
// skipped. As XML demands, a raw CR in text becomes LF: so a test sees what a client would (S-26).
#include "tests/support/xml.h"

#include "queue/base/utf8.h"

#include <string.h>

struct reader {
    struct arena *arena;
    struct text rest;
};

static bool skip(struct reader *reader, const char *literal)
{
    if (!text_starts_with(reader->rest, text_of(literal)))
        return false;
    reader->rest = text_skip(reader->rest, strlen(literal));
    return true;
}

// Everything before the delimiter, which is skipped.
static bool take_until(struct reader *reader, const char *delimiter, struct text *ret_text)
{
    size_t at;
    if (!text_find(reader->rest, text_of(delimiter), &at))
        return false;
    *ret_text = text_head(reader->rest, at);
    reader->rest = text_skip(reader->rest, at + strlen(delimiter));
    return true;
}

static size_t decode_entity(struct text entity, char bytes[4])
{
    static const char *const names[] = {"amp", "lt", "gt", "quot", "apos"};
    static const char characters[] = "&<>\"'";
    for (size_t i = 0; i < 5; i++) {
        if (text_equal(entity, text_of(names[i]))) {
            bytes[0] = characters[i];
            return 1;
        }
    }
    if (text_starts_with(entity, TEXT("#x")))
        return utf8_encode((uint32_t)strtoul(entity.bytes + 2, NULL, 16), bytes);
    return 0;
}

static bool decode(struct arena *arena, struct text raw, struct text *ret_text)
{
    char *decoded = arena_allocate(arena, raw.length + 1);
    size_t length = 0;
    for (size_t i = 0; i < raw.length; i++) {
        unsigned char byte = (unsigned char)raw.bytes[i];
        if (byte == '>' || byte == '"' ||
            (byte < 0x20 && byte != '\n' && byte != '\t' && byte != '\r'))
            return false;
        if (byte == '\r') {
            decoded[length++] = '\n';
        } else if (byte == '&') {
            struct text entity;
            struct text after;
            if (!text_cut(text_skip(raw, i + 1), ';', &entity, &after))
                return false;
            size_t bytes = decode_entity(entity, decoded + length);
            if (bytes == 0)
                return false;
            length += bytes;
            i += entity.length + 1;
        } else {
            decoded[length++] = (char)byte;
        }
    }
    *ret_text = text_from(decoded, length);
    return true;
}

static struct xml_element *read_element(struct reader *reader);

// Children or text, up to the closing tag.
static bool read_content(struct reader *reader, struct xml_element *element)
{
    struct xml_element **end = &element->children;
    while (!text_starts_with(reader->rest, TEXT("</"))) {
        size_t at;
        if (!text_find(reader->rest, TEXT("<"), &at))
            return false;
        if (at > 0) {
            if (element->children != NULL ||
                !decode(reader->arena, text_head(reader->rest, at), &element->text))
                return false;
            reader->rest = text_skip(reader->rest, at);
            continue;
        }
        struct xml_element *child = read_element(reader);
        if (child == NULL)
            return false;
        *end = child;
        end = &child->next;
    }
    struct text closing;
    return skip(reader, "</") && take_until(reader, ">", &closing) &&
           text_equal(closing, element->name);
}

static struct xml_element *read_element(struct reader *reader)
{
    struct text tag;
    if (!skip(reader, "<") || !take_until(reader, ">", &tag))
        return NULL;
    struct xml_element *element = arena_allocate(reader->arena, sizeof(*element));
    element->text = TEXT("");
    bool empty = text_ends_with(tag, TEXT("/"));
    if (empty)
        tag.length--;
    element->name = tag;
    struct text attributes;
    text_cut(tag, ' ', &element->name, &attributes);
    if (!empty && !read_content(reader, element))
        return NULL;
    return element;
}

struct xml_element *xml_parse(struct arena *arena, struct text document)
{
    struct reader reader = {.arena = arena, .rest = document};
    if (!utf8_is_sqs_text(document))
        return NULL;
    skip(&reader, "<?xml version=\"1.0\"?>");
    struct xml_element *root = read_element(&reader);
    return text_trim(reader.rest).length == 0 ? root : NULL;
}

const struct xml_element *xml_child(const struct xml_element *element, struct text name)
{
    if (element == NULL)
        return NULL;
    for (const struct xml_element *child = element->children; child != NULL; child = child->next) {
        if (text_equal(child->name, name))
            return child;
    }
    return NULL;
}
