// document -- libyaml's events, folded into a tree by recursion.
//
// JSON is YAML, so one reader does for both, and both get places. cJSON has no room for a place, but
// it never reads valueint (a number is its valuedouble): line and column live there, and are copied
// with the node. A number's valuestring, which cJSON frees but never reads, is the text that was
// written, so that a body of 1.10 stays 1.10.
#include "cli/document.h"

#include "queue/base/buffer.h"
#include "queue/base/fail.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#define DEPTH_MAX 64
#define NODES_MAX 100000
#define MEMBERS_MAX 10000
#define ANCHORS_MAX 100
#define SOURCE_BYTES_MAX (16u << 20)
#define COLUMN_BITS 11
#define COLUMN_MAX ((1 << COLUMN_BITS) - 1)
#define LINE_MAX_KEPT ((1 << 20) - 1)

struct anchor {
    struct text name;
    const cJSON *node; // complete, and part of the tree
};

struct reader {
    struct arena *arena;
    yaml_parser_t parser;
    yaml_event_t event; // the present one
    bool has_event;
    size_t nodes;
    size_t anchor_count;
    struct anchor anchors[ANCHORS_MAX];
    struct text reason;
    struct place place;
};

static cJSON *node_read(struct reader *reader, int depth);

// ---- places ----

static void place_set(cJSON *node, yaml_mark_t mark)
{
    int line = mark.line >= LINE_MAX_KEPT ? LINE_MAX_KEPT : (int)mark.line + 1;
    int column = mark.column >= COLUMN_MAX ? COLUMN_MAX : (int)mark.column + 1;
    node->valueint = line << COLUMN_BITS | column;
}

struct place node_place(const cJSON *node)
{
    if (node == NULL)
        return (struct place){0};
    return (struct place){.line = node->valueint >> COLUMN_BITS,
                          .column = node->valueint & COLUMN_MAX};
}

__attribute__((format(printf, 3, 4))) static cJSON *wrong(struct reader *reader, yaml_mark_t mark,
                                                          const char *format, ...)
{
    if (reader->reason.length > 0)
        return NULL;
    char words[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof(words), format, arguments);
    va_end(arguments);
    reader->reason = arena_copy(reader->arena, text_of(words));
    reader->place = (struct place){.line = (int)mark.line + 1, .column = (int)mark.column + 1};
    return NULL;
}

// ---- scalars ----

static bool is_one_of(const char *word, const char *const words[])
{
    for (size_t i = 0; words[i] != NULL; i++) {
        if (strcmp(word, words[i]) == 0)
            return true;
    }
    return false;
}

// 0, -5, 1.5, 2e3; not 007, which is a name made of digits.
static bool looks_like_number(const char *word)
{
    const char *at = word + (*word == '-' || *word == '+' ? 1 : 0);
    if (!isdigit((unsigned char)*at) || (*at == '0' && isdigit((unsigned char)at[1])))
        return false;
    at += strspn(at, "0123456789");
    if (*at == '.' && isdigit((unsigned char)at[1]))
        at += 1 + strspn(at + 1, "0123456789");
    if (*at == 'e' || *at == 'E') {
        at += at[1] == '-' || at[1] == '+' ? 2 : 1;
        if (!isdigit((unsigned char)*at))
            return false;
        at += strspn(at, "0123456789");
    }
    return *at == '\0';
}

static cJSON *plain_scalar(const char *word)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const trues[] = {"true", "True", "TRUE", NULL};
    static const char *const falses[] = {"false", "False", "FALSE", NULL};
    if (is_one_of(word, nulls))
        return cJSON_CreateNull();
    if (is_one_of(word, trues))
        return cJSON_CreateTrue();
    if (is_one_of(word, falses))
        return cJSON_CreateFalse();
    if (!looks_like_number(word))
        return cJSON_CreateString(word);
    cJSON *number = cJSON_CreateNumber(strtod(word, NULL));
    if (number != NULL) {
        // cJSON frees it with cJSON_free(), which is free().
        number->valuestring = duplicate(word, strlen(word));
    }
    return number;
}

static cJSON *scalar_read(struct reader *reader)
{
    const yaml_event_t *event = &reader->event;
    const char *word = (const char *)event->data.scalar.value;
    if (strlen(word) != event->data.scalar.length)
        return wrong(reader, event->start_mark, "a text cannot hold the character NUL");
    bool plain = event->data.scalar.plain_implicit;
    return plain ? plain_scalar(word) : cJSON_CreateString(word);
}

// ---- tags ----

static const char *tag_of(const yaml_event_t *event)
{
    const yaml_char_t *tag =
        event->type == YAML_SCALAR_EVENT           ? event->data.scalar.tag
        : event->type == YAML_SEQUENCE_START_EVENT ? event->data.sequence_start.tag
        : event->type == YAML_MAPPING_START_EVENT  ? event->data.mapping_start.tag
                                                   : NULL;
    return (const char *)tag;
}

// "a.b.Arn" as ["a.b", "Arn"]: an attribute's name has no dot.
static cJSON *split_attribute(cJSON *value, yaml_mark_t mark)
{
    cleanup(cJSON_Delete) cJSON *owned = value;
    const char *dot = cJSON_IsString(value) ? strrchr(value->valuestring, '.') : NULL;
    if (dot == NULL)
        return take(&owned);
    cleanup_free char *head = duplicate(value->valuestring, (size_t)(dot - value->valuestring));
    cJSON *list = cJSON_CreateArray();
    cJSON_AddItemToArray(list, cJSON_CreateString(head));
    cJSON_AddItemToArray(list, cJSON_CreateString(dot + 1));
    place_set(list->child, mark);
    place_set(list->child->next, mark);
    return list;
}

// The long form of "!Name value"; takes the value over.
static cJSON *tag_apply(struct reader *reader, const char *tag, yaml_mark_t mark, cJSON *value)
{
    static const char *const standard[] = {"tag:yaml.org,2002:str",
                                           "tag:yaml.org,2002:int",
                                           "tag:yaml.org,2002:float",
                                           "tag:yaml.org,2002:bool",
                                           "tag:yaml.org,2002:null",
                                           "tag:yaml.org,2002:map",
                                           "tag:yaml.org,2002:seq",
                                           "!",
                                           NULL};
    cleanup(cJSON_Delete) cJSON *owned = value;
    if (is_one_of(tag, standard))
        return take(&owned);
    if (tag[0] != '!')
        return wrong(reader, mark, "the tag %s is none that is known here", tag);
    char name[80];
    bool bare = strcmp(tag, "!Ref") == 0 || strcmp(tag, "!Condition") == 0;
    snprintf(name, sizeof(name), "%s%s", bare ? "" : "Fn::", tag + 1);
    if (strcmp(tag, "!GetAtt") == 0)
        owned = split_attribute(take(&owned), mark);
    cJSON *object = tree_new();
    place_set(owned, mark);
    cJSON_AddItemToObject(object, name, take(&owned));
    return object;
}

// ---- structure ----

static bool next(struct reader *reader)
{
    if (reader->has_event)
        yaml_event_delete(&reader->event);
    reader->has_event = yaml_parser_parse(&reader->parser, &reader->event) != 0;
    if (reader->has_event)
        return true;
    const yaml_parser_t *parser = &reader->parser;
    wrong(reader, parser->problem_mark, "%s%s%s",
          parser->problem == NULL ? "this cannot be read" : parser->problem,
          parser->context == NULL ? "" : " ", parser->context == NULL ? "" : parser->context);
    return false;
}

static size_t count_nodes(const cJSON *node)
{
    size_t count = 1;
    for (const cJSON *child = node->child; child != NULL; child = child->next)
        count += count_nodes(child);
    return count;
}

static cJSON *alias_read(struct reader *reader)
{
    struct text name = text_of((const char *)reader->event.data.alias.anchor);
    for (size_t i = reader->anchor_count; i > 0; i--) {
        const struct anchor *anchor = &reader->anchors[i - 1];
        if (!text_equal(anchor->name, name))
            continue;
        reader->nodes += count_nodes(anchor->node);
        if (reader->nodes > NODES_MAX)
            return wrong(reader, reader->event.start_mark, "aliases make this too large");
        return cJSON_Duplicate(anchor->node, true);
    }
    return wrong(reader, reader->event.start_mark, "there is no &%.*s before *%.*s",
                 TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(name));
}

// Behind the end of the sequence's start event.
static cJSON *sequence_read(struct reader *reader, int depth)
{
    cleanup(cJSON_Delete) cJSON *list = cJSON_CreateArray();
    while (next(reader) && reader->event.type != YAML_SEQUENCE_END_EVENT) {
        yaml_mark_t mark = reader->event.start_mark;
        cJSON *item = node_read(reader, depth);
        if (item == NULL)
            return NULL;
        place_set(item, mark);
        cJSON_AddItemToArray(list, item);
    }
    return reader->reason.length == 0 ? take(&list) : NULL;
}

// The name of the next member, terminated, in the arena; false if it cannot be one.
static bool name_read(struct reader *reader, const cJSON *object, struct text *ret_name)
{
    const yaml_event_t *event = &reader->event;
    if (event->type != YAML_SCALAR_EVENT) {
        wrong(reader, event->start_mark, "a name is expected here");
        return false;
    }
    struct text name = text_from((const char *)event->data.scalar.value, event->data.scalar.length);
    *ret_name = arena_copy(reader->arena, name);
    if (strlen(ret_name->bytes) != name.length) {
        wrong(reader, event->start_mark, "a name cannot hold the character NUL");
    } else if (name.length == 2 && memcmp(name.bytes, "<<", 2) == 0) {
        wrong(reader, event->start_mark, "merging with << is not supported; write the members");
    } else if (cJSON_GetObjectItemCaseSensitive(object, ret_name->bytes) != NULL) {
        wrong(reader, event->start_mark, "'%s' stands here twice", ret_name->bytes);
    }
    return reader->reason.length == 0;
}

static cJSON *mapping_read(struct reader *reader, int depth)
{
    cleanup(cJSON_Delete) cJSON *object = tree_new();
    size_t members = 0;
    while (next(reader) && reader->event.type != YAML_MAPPING_END_EVENT) {
        yaml_mark_t mark = reader->event.start_mark;
        struct text name;
        if (++members > MEMBERS_MAX)
            return wrong(reader, mark, "a mapping has at most %d members", MEMBERS_MAX);
        if (!name_read(reader, object, &name) || !next(reader))
            return NULL;
        cJSON *value = node_read(reader, depth);
        if (value == NULL)
            return NULL;
        place_set(value, mark);
        cJSON_AddItemToObject(object, name.bytes, value);
    }
    return reader->reason.length == 0 ? take(&object) : NULL;
}

static void anchor_keep(struct reader *reader, struct text name, const cJSON *node)
{
    if (name.length > 0 && reader->anchor_count < ANCHORS_MAX)
        reader->anchors[reader->anchor_count++] = (struct anchor){.name = name, .node = node};
}

// The node that begins with the present event; that event is its last afterwards.
static cJSON *node_read(struct reader *reader, int depth)
{
    const yaml_event_t *event = &reader->event;
    yaml_mark_t mark = event->start_mark;
    if (depth == DEPTH_MAX)
        return wrong(reader, mark, "this is nested more than %d levels deep", DEPTH_MAX);
    if (++reader->nodes > NODES_MAX)
        return wrong(reader, mark, "this has more than %d values", NODES_MAX);
    const char *own_tag = tag_of(event);
    struct text tag =
        own_tag == NULL ? (struct text){0} : arena_copy(reader->arena, text_of(own_tag));
    const yaml_char_t *own_anchor =
        event->type == YAML_SCALAR_EVENT           ? event->data.scalar.anchor
        : event->type == YAML_SEQUENCE_START_EVENT ? event->data.sequence_start.anchor
        : event->type == YAML_MAPPING_START_EVENT  ? event->data.mapping_start.anchor
                                                   : NULL;
    struct text anchor = own_anchor == NULL
                             ? (struct text){0}
                             : arena_copy(reader->arena, text_of((const char *)own_anchor));
    cJSON *node = event->type == YAML_SCALAR_EVENT           ? scalar_read(reader)
                  : event->type == YAML_SEQUENCE_START_EVENT ? sequence_read(reader, depth + 1)
                  : event->type == YAML_MAPPING_START_EVENT  ? mapping_read(reader, depth + 1)
                  : event->type == YAML_ALIAS_EVENT          ? alias_read(reader)
                                                             : NULL;
    if (node == NULL)
        return wrong(reader, mark, "a value is expected here");
    if (tag.length > 0)
        node = tag_apply(reader, tag.bytes, mark, node);
    if (node != NULL) {
        place_set(node, mark);
        anchor_keep(reader, anchor, node);
    }
    return node;
}

static cJSON *document_read(struct reader *reader)
{
    if (!next(reader) || !next(reader)) // the stream's start, and the document's
        return NULL;
    if (reader->event.type != YAML_DOCUMENT_START_EVENT)
        return wrong(reader, reader->event.start_mark, "there is nothing in it");
    if (!next(reader))
        return NULL;
    cleanup(cJSON_Delete) cJSON *root = node_read(reader, 0);
    if (root == NULL || !next(reader) || !next(reader)) // the document's end
        return NULL;
    if (reader->event.type != YAML_STREAM_END_EVENT)
        return wrong(reader, reader->event.start_mark,
                     "a second document begins here; a file holds one");
    return take(&root);
}

cJSON *document_parse(struct arena *arena, struct text source, struct text *ret_reason,
                      struct place *ret_place)
{
    cleanup_free struct reader *reader = allocate(sizeof(*reader));
    reader->arena = arena;
    cJSON *root = NULL;
    if (source.length > SOURCE_BYTES_MAX) {
        wrong(reader, (yaml_mark_t){0}, "it is larger than 16 MiB");
    } else {
        if (yaml_parser_initialize(&reader->parser) == 0)
            fail("out of memory");
        yaml_parser_set_input_string(&reader->parser, (const unsigned char *)source.bytes,
                                     source.length);
        root = document_read(reader);
        if (reader->has_event)
            yaml_event_delete(&reader->event);
        yaml_parser_delete(&reader->parser);
    }
    if (root == NULL) {
        *ret_reason = reader->reason;
        *ret_place = reader->place;
    }
    return root;
}

// ---- reading the tree ----

bool node_is_scalar(const cJSON *node)
{
    return cJSON_IsString(node) || cJSON_IsNumber(node) || cJSON_IsBool(node);
}

struct text node_text(const cJSON *node)
{
    if (cJSON_IsBool(node))
        return cJSON_IsTrue(node) ? TEXT("true") : TEXT("false");
    return cJSON_IsString(node) || cJSON_IsNumber(node) ? text_of(node->valuestring)
                                                        : (struct text){0};
}

static void append_inner(struct buffer *buffer, const cJSON *node)
{
    bool list = cJSON_IsArray(node);
    if (!list && !cJSON_IsObject(node)) {
        buffer_append(buffer, node_is_scalar(node) ? node_text(node) : TEXT("null"));
        return;
    }
    buffer_append_byte(buffer, list ? '[' : '{');
    const cJSON *child;
    cJSON_ArrayForEach(child, node)
    {
        if (child != node->child)
            buffer_append(buffer, TEXT(", "));
        if (!list)
            buffer_print(buffer, "%s: ", child->string);
        append_inner(buffer, child);
    }
    buffer_append_byte(buffer, list ? ']' : '}');
}

void node_append_flow(struct buffer *buffer, const cJSON *node)
{
    size_t begin = buffer->length;
    append_inner(buffer, node);
    if (!cJSON_IsObject(node))
        return;
    memmove(buffer->bytes + begin, buffer->bytes + begin + 1, buffer->length - begin - 2);
    buffer->length -= 2;
}
