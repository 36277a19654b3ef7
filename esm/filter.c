// filter -- up to five patterns, of which one must match the message (L-185).
//
// The event that patterns are matched against is the record as the function would get it, with the body in its parsed form if it has
// one (L-184). Most patterns ask for the body alone, and then only the body is parsed. What counts as JSON is an object or an array of
// objects; any other body is plain text, also 42 and "x" (L-191).
#include "esm/filter.h"

#include "esm/json.h"
#include "esm/pattern.h"

struct filter {
    struct arena *arena;
    const struct pattern *patterns[FILTERS_MAX];
    size_t count;
    bool needs_record;
};

// ---- life ----

static const struct pattern *parse_one(struct arena *arena, const cJSON *item)
{
    cleanup(json_tree_free) cJSON *tree = json_parse(json_member_text(item, "Pattern"), NULL);
    return tree == NULL ? NULL : pattern_parse(arena, tree);
}

enum filter_error filter_parse(struct text criteria, struct filter **ret_filter)
{
    cleanup(json_tree_free) cJSON *tree = criteria.length == 0 ? NULL : json_parse(criteria, NULL);
    if (criteria.length > 0 && tree == NULL)
        return FILTER_INVALID; // no JSON: not the same as no filters, which let all pass
    const cJSON *filters = json_member(tree, "Filters");
    int count = cJSON_IsArray(filters) ? cJSON_GetArraySize(filters) : 0;
    if (count > FILTERS_MAX)
        return FILTER_TOO_MANY;
    if (count == 0) {
        *ret_filter = NULL;
        return FILTER_OK;
    }
    cleanup(filter_free) struct filter *filter = allocate(sizeof(*filter));
    filter->arena = arena_new();
    const cJSON *item;
    cJSON_ArrayForEach(item, filters)
    {
        const struct pattern *pattern = parse_one(filter->arena, item);
        if (pattern == NULL)
            return FILTER_INVALID;
        filter->patterns[filter->count++] = pattern;
        filter->needs_record = filter->needs_record || pattern_asks_beside_body(pattern);
    }
    *ret_filter = take(&filter);
    return FILTER_OK;
}

struct filter *filter_free(struct filter *filter)
{
    if (filter == NULL)
        return NULL;
    arena_free(filter->arena);
    free(filter);
    return NULL;
}

bool filter_needs_record(const struct filter *filter)
{
    return filter->needs_record;
}

// ---- operators that Lambda's guide does not list ----

static void append_once(struct buffer *names, struct text name)
{
    struct text rest = buffer_text(names);
    struct text left;
    while (text_cut(rest, ',', &left, &rest)) {
        if (text_equal(text_trim(left), name))
            return;
    }
    if (text_equal(text_trim(rest), name))
        return;
    if (names->length > 0)
        buffer_append(names, TEXT(", "));
    buffer_append(names, name);
}

// match: the one member of a match object.
static void judge_match(const cJSON *match, struct buffer *names)
{
    struct text name = text_of(match->string);
    if (text_equal(name, TEXT("wildcard")) || text_equal(name, TEXT("cidr")) ||
        text_equal(name, TEXT("exactly"))) {
        append_once(names, name);
    } else if (cJSON_IsObject(match) && match->child != NULL) {
        cleanup(buffer_deinit) struct buffer both = {0};
        buffer_print(&both, "%.*s with %s", TEXT_ARGUMENTS(name), match->child->string);
        append_once(names, buffer_text(&both));
    }
}

// A pattern is objects down to the arrays that are its leaves; $or's arrays hold patterns.
static void judge_pattern(const cJSON *pattern, struct buffer *names)
{
    const cJSON *field;
    cJSON_ArrayForEach(field, pattern)
    {
        bool alternatives = text_equal(text_of(field->string), TEXT("$or"));
        if (cJSON_IsObject(field)) {
            judge_pattern(field, names);
            continue;
        }
        const cJSON *item;
        cJSON_ArrayForEach(item, field)
        {
            if (alternatives)
                judge_pattern(item, names);
            else if (cJSON_IsObject(item) && item->child != NULL)
                judge_match(item->child, names);
        }
    }
}

void filter_append_unlisted(struct text criteria, struct buffer *names)
{
    cleanup(json_tree_free) cJSON *tree = criteria.length == 0 ? NULL : json_parse(criteria, NULL);
    const cJSON *item;
    cJSON_ArrayForEach(item, json_member(tree, "Filters"))
    {
        cleanup(json_tree_free) cJSON *pattern =
            json_parse(json_member_text(item, "Pattern"), NULL);
        judge_pattern(pattern, names);
    }
}

// ---- the decision ----

static bool is_json_body(const cJSON *tree)
{
    if (!cJSON_IsArray(tree))
        return cJSON_IsObject(tree);
    const cJSON *item;
    cJSON_ArrayForEach(item, tree)
    {
        if (!cJSON_IsObject(item))
            return false;
    }
    return tree->child != NULL;
}

// The body as an object or a list of objects; NULL if it is plain text.
static cJSON *parse_body(struct text body)
{
    struct text start = text_trim(text_head(body, 64));
    if (start.length > 0 && start.bytes[0] != '{' && start.bytes[0] != '[')
        return NULL;
    cleanup(json_tree_free) cJSON *tree = json_parse(body, NULL);
    return is_json_body(tree) ? take(&tree) : NULL;
}

static cJSON *plain_body(struct text body)
{
    cleanup_free char *copy = duplicate(body.bytes, body.length);
    return cJSON_CreateString(copy);
}

static void append_miss(struct buffer *reason, const struct filter *filter, struct text field,
                        bool body_is_json)
{
    if (filter->count > 1) {
        buffer_print(reason, "it matches none of the %zu filters", filter->count);
    } else if (text_equal(field, TEXT("body")) && body_is_json) {
        buffer_append(reason, TEXT("its body is JSON, and the filter's pattern is for plain text"));
    } else if (text_equal(field, TEXT("body"))) {
        buffer_append(reason, TEXT("its body is plain text and does not match the filter"));
    } else {
        buffer_print(reason, "%.*s does not match the filter", TEXT_ARGUMENTS(field));
    }
}

bool filter_passes(const struct filter *filter, struct text body, struct text record,
                   struct buffer *reason)
{
    cleanup(json_tree_free) cJSON *event = record.length > 0 ? json_parse(record, NULL) : NULL;
    if (event == NULL)
        event = cJSON_CreateObject();
    cJSON *parsed = parse_body(body);
    bool body_is_json = parsed != NULL;
    cJSON_DeleteItemFromObjectCaseSensitive(event, "body");
    cJSON_AddItemToObject(event, "body", body_is_json ? parsed : plain_body(body));
    struct text field = TEXT("");
    for (size_t i = 0; i < filter->count; i++) {
        if (pattern_matches(filter->patterns[i], event, body_is_json, &field))
            return true;
    }
    append_miss(reason, filter, field, body_is_json);
    return false;
}
