// query_in -- from sorted form parameters into a C struct, by rows: a descent over runs.
//
//     Entry.1.Id                    a run is what agrees in the segments before `depth`;
//     Entry.1.MessageAttribute.1.Name    each level takes one segment, finds its row, and
//     Entry.1.MessageAttribute.1.Value.DataType   hands the sub-run to the row's kind
//     Entry.2.Id
//
// Elements of a list come by ascending number, gaps or not (S-27). A list without numbers
// (`Attribute.Name=..&Attribute.Value=..`, `AttributeName=All`), as in Amazon's old examples, is a
// list of one element; an empty parameter (`Entries=`), as SDKs send an empty list, is none.
#include "emulator/wire/query_in.h"

#include "queue/base/digest.h"

struct run {
    const struct form_pair *pairs;
    size_t count;
    size_t depth; // bytes of each name that were read already, dots included
};

static struct fault read_structure(struct arena *arena, struct run run,
                                   const struct wire_shape *shape, void *structure);

// The segment of a name that begins at depth; empty at the end of the name.
static struct text segment_at(struct text name, size_t depth)
{
    struct text rest = text_skip(name, depth);
    struct text segment = rest;
    struct text after;
    text_cut(rest, '.', &segment, &after);
    return segment;
}

static bool is_number(struct text segment)
{
    for (size_t i = 0; i < segment.length; i++) {
        if (segment.bytes[i] < '0' || segment.bytes[i] > '9')
            return false;
    }
    return segment.length > 0;
}

// Takes the leading pairs that share the first one's segment, with the segment read.
static struct run take_segment(struct run *run)
{
    struct text segment = segment_at(run->pairs[0].name, run->depth);
    size_t count = 1;
    while (count < run->count &&
           text_equal(segment_at(run->pairs[count].name, run->depth), segment))
        count++;
    struct run taken = {
        .pairs = run->pairs, .count = count, .depth = run->depth + segment.length + 1};
    run->pairs += count;
    run->count -= count;
    return taken;
}

// Takes the next element of a list: one number's pairs, or all that have no number.
static struct run take_element(struct run *run)
{
    if (is_number(segment_at(run->pairs[0].name, run->depth)))
        return take_segment(run);
    struct run taken = *run;
    run->count = 0;
    return taken;
}

static size_t count_elements(struct run run)
{
    size_t count = 0;
    for (; run.count > 0; count++)
        take_element(&run);
    return count;
}

// True for `Name=`: how SDKs send a list without elements.
static bool is_empty_list(struct run run)
{
    return run.count == 1 && run.depth > run.pairs[0].name.length && run.pairs[0].value.length == 0;
}

// The value of the last pair, which of equal names is the last one given.
static struct text run_value(struct run run)
{
    return run.pairs[run.count - 1].value;
}

static struct fault read_blob(struct arena *arena, struct run run, struct text *ret_bytes)
{
    if (!base64_decode(arena, run_value(run), ret_bytes))
        return fault_with(FAULT_SERIALIZATION, TEXT("A binary value is not valid base64."));
    return FAULT_NO;
}

static struct fault read_integer(struct run run, struct wire_integer *ret_integer)
{
    struct text text = run_value(run);
    if (text.length == 0)
        return FAULT_NO;
    int64_t value;
    if (!text_to_integer(text, &value))
        return fault_with(FAULT_SERIALIZATION,
                          TEXT("STRING_VALUE can not be converted to an Integer"));
    *ret_integer = (struct wire_integer){.value = value, .present = true};
    return FAULT_NO;
}

static struct fault read_boolean(struct run run, bool *ret_boolean)
{
    struct text text = run_value(run);
    bool yes = text_equal_ignoring_case(text, TEXT("true"));
    if (!yes && !text_equal_ignoring_case(text, TEXT("false")))
        return fault_with(FAULT_SERIALIZATION,
                          TEXT("STRING_VALUE can not be converted to a Boolean"));
    *ret_boolean = yes;
    return FAULT_NO;
}

static struct fault read_text_list(struct arena *arena, struct run run, bool base64,
                                   struct text_list *ret_list)
{
    size_t count = is_empty_list(run) ? 0 : count_elements(run);
    struct text *items = arena_new_array(arena, struct text, count);
    for (size_t i = 0; i < count; i++) {
        struct run element = take_element(&run);
        items[i] = run_value(element);
        struct fault fault = base64 ? read_blob(arena, element, &items[i]) : FAULT_NO;
        if (fault.kind != FAULT_NONE)
            return fault;
    }
    *ret_list = (struct text_list){.items = items, .count = count, .present = true};
    return FAULT_NO;
}

// An element of a map: its key, and the run of its value.
static void split_pair(struct run element, struct text key_name, struct text *ret_key,
                       struct run *ret_value)
{
    *ret_key = TEXT("");
    *ret_value = (struct run){0};
    while (element.count > 0) {
        struct text segment = segment_at(element.pairs[0].name, element.depth);
        struct run part = take_segment(&element);
        if (text_equal(segment, key_name))
            *ret_key = run_value(part);
        else if (text_equal(segment, TEXT("Value")))
            *ret_value = part;
    }
}

static struct fault read_text_map(struct arena *arena, struct run run,
                                  const struct wire_member *member, struct pair_list *ret_map)
{
    size_t count = is_empty_list(run) ? 0 : count_elements(run);
    struct text_pair *items = arena_new_array(arena, struct text_pair, count);
    for (size_t i = 0; i < count; i++) {
        struct run value;
        split_pair(take_element(&run), member->key, &items[i].name, &value);
        items[i].value = value.count > 0 ? run_value(value) : TEXT("");
    }
    *ret_map = (struct pair_list){.items = items, .count = count, .present = true};
    return FAULT_NO;
}

static struct fault read_structures(struct arena *arena, struct run run,
                                    const struct wire_member *member,
                                    struct structure_list *ret_list)
{
    const struct wire_shape *shape = member->shape;
    size_t count = is_empty_list(run) ? 0 : count_elements(run);
    char *items = arena_allocate(arena, count * shape->size);
    for (size_t i = 0; i < count; i++) {
        char *item = items + i * shape->size;
        struct run element = take_element(&run);
        if (member->kind == WIRE_STRUCTURE_MAP)
            split_pair(element, member->key, (struct text *)(void *)item, &element);
        struct fault fault = read_structure(arena, element, shape, item);
        if (fault.kind != FAULT_NONE)
            return fault;
    }
    *ret_list = (struct structure_list){.items = items, .count = count, .present = true};
    return FAULT_NO;
}

static struct fault read_member(struct arena *arena, struct run run,
                                const struct wire_member *member, void *ret_value)
{
    switch (member->kind) {
    case WIRE_TEXT:
        *(struct text *)ret_value = run_value(run);
        return FAULT_NO;
    case WIRE_BLOB:
        return read_blob(arena, run, ret_value);
    case WIRE_INTEGER:
        return read_integer(run, ret_value);
    case WIRE_BOOLEAN:
        return read_boolean(run, ret_value);
    case WIRE_TEXT_LIST:
        return read_text_list(arena, run, false, ret_value);
    case WIRE_BLOB_LIST:
        return read_text_list(arena, run, true, ret_value);
    case WIRE_TEXT_MAP:
        return read_text_map(arena, run, member, ret_value);
    case WIRE_STRUCTURE_LIST:
    case WIRE_STRUCTURE_MAP:
        return read_structures(arena, run, member, ret_value);
    }
    return FAULT_NO;
}

static bool is_list(enum wire_kind kind)
{
    return kind != WIRE_TEXT && kind != WIRE_BLOB && kind != WIRE_INTEGER && kind != WIRE_BOOLEAN;
}

// The row of a Query name; or, for a list that an SDK sent empty, of its JSON name (`Entries=`).
static const struct wire_member *find_member(const struct wire_shape *shape, struct text name,
                                             struct run run)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct wire_member *member = &shape->members[i];
        if (text_equal(member->query, name))
            return member;
        if (is_list(member->kind) && is_empty_list(run) && text_equal(member->json, name))
            return member;
    }
    return NULL;
}

static struct fault read_structure(struct arena *arena, struct run run,
                                   const struct wire_shape *shape, void *structure)
{
    while (run.count > 0) {
        struct text segment = segment_at(run.pairs[0].name, run.depth);
        struct run part = take_segment(&run);
        const struct wire_member *member = find_member(shape, segment, part);
        if (member == NULL)
            continue;
        struct fault fault = read_member(arena, part, member, member_in(structure, member));
        if (fault.kind != FAULT_NONE)
            return fault;
    }
    return FAULT_NO;
}

struct fault query_in(struct arena *arena, const struct form *form, const struct wire_shape *shape,
                      void *input)
{
    struct run run = {.pairs = form->pairs, .count = form->count, .depth = 0};
    return read_structure(arena, run, shape, input);
}
