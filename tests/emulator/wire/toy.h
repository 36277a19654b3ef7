// toy -- a shape with a member of every kind, for the walkers' tests.
#ifndef TESTS_EMULATOR_WIRE_TOY_H
#define TESTS_EMULATOR_WIRE_TOY_H

#include "emulator/wire/shape.h"

struct toy_inner {
    struct text key; // of a map; else unused
    struct text text;
    struct pair_list map;
};

struct toy {
    struct text text;
    struct text blob;
    struct wire_integer integer;
    bool boolean;
    struct text_list texts;
    struct text_list blobs;
    struct pair_list map;
    struct structure_list list;
    struct structure_list structures;
};

static const struct wire_member toy_inner_rows[] = {
    {.json = TEXT("Text"),
     .query = TEXT("Text"),
     .kind = WIRE_TEXT,
     .offset = offsetof(struct toy_inner, text)},
    {.json = TEXT("Map"),
     .query = TEXT("Pair"),
     .kind = WIRE_TEXT_MAP,
     .offset = offsetof(struct toy_inner, map),
     .key = TEXT("Key")},
};
static const struct wire_shape toy_inner_shape = {
    .size = sizeof(struct toy_inner), .count = 2, .members = toy_inner_rows};

static const struct wire_member toy_rows[] = {
    {.json = TEXT("Text"),
     .query = TEXT("Text"),
     .kind = WIRE_TEXT,
     .offset = offsetof(struct toy, text)},
    {.json = TEXT("Blob"),
     .query = TEXT("Blob"),
     .kind = WIRE_BLOB,
     .offset = offsetof(struct toy, blob)},
    {.json = TEXT("Integer"),
     .query = TEXT("Integer"),
     .kind = WIRE_INTEGER,
     .offset = offsetof(struct toy, integer)},
    {.json = TEXT("Boolean"),
     .query = TEXT("Boolean"),
     .kind = WIRE_BOOLEAN,
     .offset = offsetof(struct toy, boolean)},
    {.json = TEXT("Texts"),
     .query = TEXT("Word"),
     .kind = WIRE_TEXT_LIST,
     .offset = offsetof(struct toy, texts)},
    {.json = TEXT("Blobs"),
     .query = TEXT("Bytes"),
     .kind = WIRE_BLOB_LIST,
     .offset = offsetof(struct toy, blobs)},
    {.json = TEXT("Map"),
     .query = TEXT("Pair"),
     .kind = WIRE_TEXT_MAP,
     .offset = offsetof(struct toy, map),
     .key = TEXT("Name")},
    {.json = TEXT("List"),
     .query = TEXT("Entry"),
     .kind = WIRE_STRUCTURE_LIST,
     .offset = offsetof(struct toy, list),
     .shape = &toy_inner_shape},
    {.json = TEXT("Structures"),
     .query = TEXT("Named"),
     .kind = WIRE_STRUCTURE_MAP,
     .offset = offsetof(struct toy, structures),
     .shape = &toy_inner_shape,
     .key = TEXT("Name")},
};
static const struct wire_shape toy_shape = {
    .size = sizeof(struct toy), .count = 9, .members = toy_rows};

// The n-th of a list.
static inline const struct toy_inner *toy_inner_at(const struct structure_list *list, size_t index)
{
    return structure_at(list, &toy_inner_shape, index);
}

static inline bool toy_text_is(struct text text, const char *expected)
{
    return text.bytes != NULL && text_equal(text, text_of(expected));
}

// Everything that the walkers' tests agree on: what json_in_test and query_in_test read into a toy,
// and json_out_test and xml_out_test write from one.
static inline void toy_fill(struct toy *toy)
{
    static const struct text texts[] = {{"a", 1}, {"", 0}, {"c", 1}};
    static const struct text blobs[] = {{"\x01\x02\x03", 3}};
    static const struct text_pair map[] = {{{"k", 1}, {"v", 1}}, {{"l", 1}, {"<&\">", 4}}};
    static const struct text_pair inner_map[] = {{{"x", 1}, {"y", 1}}};
    static const struct toy_inner list[] = {
        {.text = {"one", 3}},
        {.text = {"two", 3}, .map = {.items = inner_map, .count = 1, .present = true}},
    };
    static const struct toy_inner structures[] = {
        {.key = {"n", 1}, .text = {"t", 1}},
    };
    *toy = (struct toy){
        .text = TEXT("hello\r\n"),
        .blob = TEXT("\x01\x02\x03"),
        .integer = {.value = -7, .present = true},
        .boolean = true,
        .texts = {.items = texts, .count = 3, .present = true},
        .blobs = {.items = blobs, .count = 1, .present = true},
        .map = {.items = map, .count = 2, .present = true},
        .list = {.items = list, .count = 2, .present = true},
        .structures = {.items = structures, .count = 1, .present = true},
    };
}

#endif
