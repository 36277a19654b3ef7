// pattern -- from JSON to a tree of steps, and an event against that tree.
//
// Compiling has two passes. The first reads the text into shapes and refuses what is no pattern. The second multiplies $or out: each
// way through the alternatives becomes a tree of its own, in which all fields must match. In a tree a dot in a name is a step like a
// nested object (L-207), and fields that lie in one array of the event meet in one node: there the choice of the element is made, once
// for all of them (L-206). event-ruler compiles all rules into one automaton instead; it has thousands of them to match at once, a
// mapping has five.
//
// The event is not changed for its dotted names. Whoever goes down the tree remembers the objects passed that have such names
// (struct view), and asks each for the rest of the path: {"a.b":1} is found at a.b because the root is still asked for "a.b" there.
#include "esm/pattern.h"

#include "esm/rule.h"

#include <assert.h>
#include <string.h>

// ---- shapes: the pattern as it was written ----

struct shape;

struct member {
    struct member *next;
    struct text name;
    struct rule *rules; // a leaf: one of these must match
    size_t rule_count;
    struct shape **shapes; // else an object: one; $or: two at least, and no name
    size_t shape_count;
};

struct shape {
    struct member *members;
    size_t ways; // of its $or and those below; PATTERN_WAYS_MAX + 1: too many
};

struct reading {
    struct arena *arena;
    bool inside_or;
};

static size_t ways_of(const struct member *member)
{
    size_t ways = member->shape_count == 0 ? 1 : 0;
    for (size_t i = 0; i < member->shape_count; i++)
        ways += member->shapes[i]->ways;
    return ways <= PATTERN_WAYS_MAX ? ways : PATTERN_WAYS_MAX + 1;
}

static bool is_repeated(const cJSON *member)
{
    for (const cJSON *later = member->next; later != NULL; later = later->next) {
        if (strcmp(later->string, member->string) == 0)
            return true;
    }
    return false;
}

// L-205: what could be an operator is no field's name there.
static bool is_reserved(const char *name)
{
    static const char *const names[] = {
        "exactly",
        "equals-ignore-case",
        "prefix",
        "suffix",
        "anything-but",
        "exists",
        "wildcard",
        "numeric",
        "cidr",
        "=",
        "<",
        "<=",
        ">",
        ">=",
        "regex",
        "not-wildcard",
        "not-equals-ignore-case",
        "date-after",
        "date-on-or-after",
        "date-before",
        "date-on-or-before",
        "in-date-range",
        "ip-address-in-range",
        "ip-address-not-in-range",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

static struct shape *read_shape(struct reading reading, const cJSON *object);

static bool read_leaf(struct reading reading, const cJSON *list, struct member *member)
{
    size_t count = (size_t)cJSON_GetArraySize(list);
    member->rules = arena_new_array(reading.arena, struct rule, count + 1);
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (!rule_parse(reading.arena, item, &member->rules[member->rule_count++]))
            return false;
    }
    return count > 0;
}

static bool read_alternatives(struct reading reading, const cJSON *list, struct member *member)
{
    if (!cJSON_IsArray(list))
        return false;
    size_t count = (size_t)cJSON_GetArraySize(list);
    member->shapes = arena_new_array(reading.arena, struct shape *, count + 1);
    reading.inside_or = true;
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        struct shape *shape = read_shape(reading, item);
        if (shape == NULL)
            return false;
        member->shapes[member->shape_count++] = shape;
    }
    return count >= 2;
}

static bool read_member(struct reading reading, const cJSON *value, struct member *member)
{
    if (strcmp(value->string, "$or") == 0)
        return read_alternatives(reading, value, member);
    if (reading.inside_or && is_reserved(value->string))
        return false;
    member->name = arena_copy(reading.arena, text_of(value->string));
    if (cJSON_IsArray(value))
        return read_leaf(reading, value, member);
    member->shapes = arena_new_array(reading.arena, struct shape *, 1);
    member->shapes[0] = read_shape(reading, value);
    member->shape_count = 1;
    return member->shapes[0] != NULL;
}

// NULL if it is not valid (L-194).
static struct shape *read_shape(struct reading reading, const cJSON *object)
{
    if (!cJSON_IsObject(object) || object->child == NULL)
        return NULL;
    struct shape *shape = arena_allocate(reading.arena, sizeof(*shape));
    *shape = (struct shape){.ways = 1};
    struct member **end = &shape->members;
    for (const cJSON *value = object->child; value != NULL; value = value->next) {
        struct member *member = arena_allocate(reading.arena, sizeof(*member));
        *member = (struct member){0};
        if (!read_member(reading, value, member))
            return NULL;
        if (is_repeated(value))
            continue; // the last wins (L-208)
        *end = member;
        end = &member->next;
        shape->ways *= ways_of(member);
        if (shape->ways > PATTERN_WAYS_MAX)
            shape->ways = PATTERN_WAYS_MAX + 1;
    }
    return shape;
}

// ---- trees: one for each way ----

// What one field's array asks for; several of them at one node must all be satisfied.
struct leaf {
    struct leaf *next;
    const struct rule *rules;
    size_t rule_count;
    const struct shape *scope; // the alternative that it stands in, for repeated fields (L-208)
};

struct node {
    struct node *next; // its sibling
    struct node *children;
    struct text step;
    struct text path; // from the root, terminated
    struct leaf *leaves;
    bool lacks_only; // all fields below must be absent
};

struct pattern {
    struct node *roots;
    size_t root_count;
};

// Finds or makes the child of this step.
static struct node *node_child(struct arena *arena, struct node *node, struct text step)
{
    struct node **end = &node->children;
    for (; *end != NULL; end = &(*end)->next) {
        if (text_equal((*end)->step, step))
            return *end;
    }
    struct node *child = arena_allocate(arena, sizeof(*child));
    *child = (struct node){.step = step, .lacks_only = true};
    child->path = arena_print(arena, "%.*s%s%.*s", TEXT_ARGUMENTS(node->path),
                              node->path.bytes == NULL ? "" : ".", TEXT_ARGUMENTS(step));
    *end = child;
    return child;
}

static struct node *node_at(struct arena *arena, struct node *node, struct text name)
{
    struct text step;
    struct text rest = name;
    while (text_cut(rest, '.', &step, &rest))
        node = node_child(arena, node, step);
    return node_child(arena, node, rest);
}

static void node_add(struct arena *arena, struct node *node, const struct member *member,
                     const struct shape *scope)
{
    struct leaf **place = &node->leaves;
    while (*place != NULL && (*place)->scope != scope)
        place = &(*place)->next;
    if (*place == NULL) {
        *place = arena_allocate(arena, sizeof(**place));
        (*place)->next = NULL;
    }
    (*place)->rules = member->rules;
    (*place)->rule_count = member->rule_count;
    (*place)->scope = scope;
}

// Takes the way of this number through the shape: a number with a digit for each member.
static void grow(struct arena *arena, struct node *node, const struct shape *shape, size_t way,
                 const struct shape *scope)
{
    for (const struct member *member = shape->members; member != NULL; member = member->next) {
        size_t ways = ways_of(member);
        size_t digit = way % ways;
        way /= ways;
        if (member->rules != NULL) {
            node_add(arena, node_at(arena, node, member->name), member, scope);
            continue;
        }
        assert(member->shape_count > 0 && member->shapes != NULL);
        size_t i = 0;
        while (digit >= member->shapes[i]->ways)
            digit -= member->shapes[i++]->ways;
        if (member->name.bytes == NULL)
            grow(arena, node, member->shapes[i], digit, member->shapes[i]);
        else
            grow(arena, node_at(arena, node, member->name), member->shapes[i], digit, scope);
    }
}

// Marks the nodes below which nothing is asked for but absence.
static bool mark_lacks(struct node *node)
{
    for (struct node *child = node->children; child != NULL; child = child->next) {
        bool lacks = mark_lacks(child);
        for (const struct leaf *leaf = child->leaves; leaf != NULL; leaf = leaf->next)
            lacks = lacks && leaf->rule_count == 1 && leaf->rules[0].kind == RULE_ABSENT;
        if (!lacks)
            node->lacks_only = false;
    }
    return node->lacks_only;
}

const struct pattern *pattern_parse(struct arena *arena, const cJSON *tree)
{
    const struct shape *shape = read_shape((struct reading){.arena = arena}, tree);
    if (shape == NULL || shape->ways > PATTERN_WAYS_MAX)
        return NULL;
    struct pattern *pattern = arena_allocate(arena, sizeof(*pattern));
    pattern->root_count = shape->ways;
    pattern->roots = arena_new_array(arena, struct node, shape->ways);
    for (size_t way = 0; way < shape->ways; way++) {
        pattern->roots[way] = (struct node){.lacks_only = true};
        grow(arena, &pattern->roots[way], shape, way, NULL);
        mark_lacks(&pattern->roots[way]);
    }
    return pattern;
}

// ---- matching ----

// An object of the event in which the rest of a path, from start on, may be a name.
struct view {
    const struct view *next;
    const cJSON *object;
    size_t start;
    bool dotted; // it has names with dots, so that it is asked further down, too
};

struct search {
    struct text missed; // path of the first field that did not match
};

static struct view view_of(const cJSON *object, size_t start, const struct view *next)
{
    struct view view = {.next = next, .object = object, .start = start};
    for (const cJSON *member = object->child; member != NULL && !view.dotted; member = member->next)
        view.dotted = strchr(member->string, '.') != NULL;
    return view;
}

// What stands at the node's path in this object; the last of its name.
static const cJSON *view_value(const struct view *view, const struct node *node)
{
    const cJSON *found = NULL;
    const char *name = node->path.bytes + view->start;
    for (const cJSON *member = view->object->child; member != NULL; member = member->next) {
        if (strcmp(member->string, name) == 0)
            found = member;
    }
    return found;
}

static bool matches_any(const struct leaf *leaf, const cJSON *scalar)
{
    for (size_t i = 0; i < leaf->rule_count; i++) {
        if (rule_matches(&leaf->rules[i], scalar))
            return true;
    }
    return false;
}

// One of the scalars in the value: itself, or in its arrays (L-206). ret_any: there is one at all.
static bool value_matches(const struct leaf *leaf, const cJSON *value, bool *ret_any)
{
    if (cJSON_IsObject(value))
        return false;
    if (!cJSON_IsArray(value)) {
        *ret_any = true;
        return matches_any(leaf, value);
    }
    for (const cJSON *item = value->child; item != NULL; item = item->next) {
        if (value_matches(leaf, item, ret_any))
            return true;
    }
    return false;
}

static bool accepts_absence(const struct leaf *leaf)
{
    for (size_t i = 0; i < leaf->rule_count; i++) {
        if (leaf->rules[i].kind == RULE_ABSENT)
            return true;
    }
    return false;
}

static bool leaf_matches(const struct leaf *leaf, const struct node *node, const struct view *views)
{
    bool any = false;
    for (const struct view *view = views; view != NULL; view = view->next) {
        const cJSON *value = view_value(view, node);
        if (value != NULL && value_matches(leaf, value, &any))
            return true;
    }
    return !any && accepts_absence(leaf);
}

static bool descend(struct search *search, const struct node *node, const struct view *views,
                    const struct view *kept);

// Tries the objects of an array as the one that the fields below lie in. Where something is asked for, one that has it all is enough;
// where only absence is, none may have it. True if the search is decided; ret_any: there is an object at all.
static bool decided_by_element(struct search *search, const struct node *node,
                               const struct view *views, const struct view *kept,
                               const cJSON *array, bool *ret_any)
{
    for (const cJSON *item = array->child; item != NULL; item = item->next) {
        if (cJSON_IsArray(item) && decided_by_element(search, node, views, kept, item, ret_any))
            return true;
        if (!cJSON_IsObject(item))
            continue;
        *ret_any = true;
        struct view inner = view_of(item, node->path.length + 1, kept);
        if (descend(search, node, views, &inner) != node->lacks_only)
            return true;
    }
    return false;
}

static bool children_match(struct search *search, const struct node *node, const struct view *views)
{
    for (const struct node *child = node->children; child != NULL; child = child->next) {
        bool matches = true;
        for (const struct leaf *leaf = child->leaves; leaf != NULL && matches; leaf = leaf->next)
            matches = leaf_matches(leaf, child, views);
        if (!matches && search->missed.bytes == NULL)
            search->missed = child->path;
        if (!matches || (child->children != NULL && !descend(search, child, views, NULL)))
            return false;
    }
    return true;
}

// Goes from the views of the node's parent to those of its children, one after the other; kept are those already found.
static bool descend(struct search *search, const struct node *node, const struct view *views,
                    const struct view *kept)
{
    if (views == NULL)
        return children_match(search, node, kept);
    const cJSON *value = view_value(views, node);
    struct view still = *views;
    if (views->dotted) {
        still.next = kept;
        kept = &still;
    }
    if (cJSON_IsObject(value)) {
        struct view inner = view_of(value, node->path.length + 1, kept);
        return descend(search, node, views->next, &inner);
    }
    bool any = false;
    if (cJSON_IsArray(value)) {
        bool decided = decided_by_element(search, node, views->next, kept, value, &any);
        if (any)
            return decided != node->lacks_only;
    }
    return descend(search, node, views->next, kept);
}

// L-189: is this way through the pattern one for such a body?
static bool body_fits(const struct node *root, bool body_is_json, struct search *search)
{
    for (const struct node *child = root->children; child != NULL; child = child->next) {
        if (!text_equal(child->step, TEXT("body")))
            continue;
        if (body_is_json ? child->leaves != NULL : child->children != NULL) {
            search->missed = child->path;
            return false;
        }
    }
    return true;
}

bool pattern_matches(const struct pattern *pattern, const cJSON *event, bool body_is_json,
                     struct text *ret_field)
{
    struct search search = {0};
    struct view root = view_of(event, 0, NULL);
    for (size_t i = 0; i < pattern->root_count; i++) {
        if (body_fits(&pattern->roots[i], body_is_json, &search) &&
            children_match(&search, &pattern->roots[i], &root))
            return true;
    }
    *ret_field = search.missed;
    return false;
}

bool pattern_asks_beside_body(const struct pattern *pattern)
{
    for (size_t i = 0; i < pattern->root_count; i++) {
        const struct node *child = pattern->roots[i].children;
        for (; child != NULL; child = child->next) {
            if (!text_equal(child->step, TEXT("body")))
                return true;
        }
    }
    return false;
}
