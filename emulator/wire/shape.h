// shape -- the wire as data: which members a request or an answer has, what each is called in
// either protocol, and where it lies in the operation's C struct.
//
// An operation's input is a C struct of the value types below, zeroed: absent. The walkers fill it
// (json_in, query_in) or write it out (json_out, xml_out) by its shape's rows alone; docs/wire.md
// shows how to add one. Everything that a walker allocates lives in the request's arena.
#ifndef EMULATOR_WIRE_SHAPE_H
#define EMULATOR_WIRE_SHAPE_H

#include "queue/base/text.h"

#define WIRE_ITEMS_MAX 10000 // of one list or map in a request; more is malformed

enum wire_protocol {
    WIRE_JSON,  // AWS JSON 1.0 (S-1)
    WIRE_QUERY, // form or query string in, XML out (S-18)
};

enum wire_kind {         // in the C struct:
    WIRE_TEXT,           // struct text; absent: bytes NULL
    WIRE_BLOB,           // struct text of the decoded bytes; base64 on the wire
    WIRE_INTEGER,        // struct wire_integer
    WIRE_BOOLEAN,        // bool; always written
    WIRE_TEXT_LIST,      // struct text_list
    WIRE_BLOB_LIST,      // struct text_list
    WIRE_TEXT_MAP,       // struct pair_list
    WIRE_STRUCTURE_LIST, // struct structure_list of the row's shape
    WIRE_STRUCTURE_MAP,  // likewise; each structure begins with a struct text: its key
};

struct wire_integer {
    int64_t value;
    bool present;
};

// Lists and maps: an absent one has present false and count 0; written out is only what has items
// (S-6).
struct text_list {
    const struct text *items;
    size_t count;
    bool present;
};

struct text_pair {
    struct text name;
    struct text value;
};

struct pair_list {
    const struct text_pair *items;
    size_t count;
    bool present;
};

struct structure_list {
    const void *items; // an array of the row's structure
    size_t count;
    bool present;
};

struct wire_shape;

struct wire_member {
    struct text json;  // AWS JSON's name
    struct text query; // the Query protocol's name, in requests as in answers
    enum wire_kind kind;
    bool required; // checked by the dispatcher after the queue was found (S-44, S-46)
    size_t offset; // in the shape's structure
    const struct wire_shape *shape; // of the WIRE_STRUCTURE kinds
    struct text key; // of the maps: what Query calls the key ("Name"; "Key" of tags); then "Value"
};

struct wire_shape {
    size_t size; // bytes of the C struct
    size_t count;
    const struct wire_member *members;
};

// What the C struct holds for a member.
static inline const void *member_of(const void *structure, const struct wire_member *member)
{
    return (const char *)structure + member->offset;
}

static inline void *member_in(void *structure, const struct wire_member *member)
{
    return (char *)structure + member->offset;
}

// The n-th structure of a list.
static inline const void *structure_at(const struct structure_list *list,
                                       const struct wire_shape *shape, size_t index)
{
    return (const char *)list->items + index * shape->size;
}

// True if an input's member was given: also an empty list, and an integer 0; a text only if it is
// not empty (S-47). For the check of required members.
bool member_is_given(const void *structure, const struct wire_member *member);
// True if there is something to write: a text that is not absent (an empty one is written), a list
// that has items (S-6).
bool member_has_content(const void *structure, const struct wire_member *member);

#endif
