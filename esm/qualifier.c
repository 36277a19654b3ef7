// qualifier -- one small JSON tree for each function that has any; it is the record that the journal keeps, and it is searched as it is.
//
//     {"Published": FINGERPRINT, "Last": 2,
//      "Versions": [{"Version": "1", "Description": ""}, ...], "Aliases": [{"Name": "live", "FunctionVersion": "2", ...}]}
//
// A function has a handful of them and nobody looks them up more than once an invocation. Not taken: versions with
// a code and settings of their own. What runs a function is a target that lives outside of redrive, so an old
// version could only pretend to be old.
//
// They stand apart from struct function because they outlive it: a declared function is back before anybody asks,
// but later than the journal's records.
#include "esm/qualifier.h"

#include "queue/base/map.h"

#include <assert.h>
#include <string.h>

struct qualified {
    struct text function; // behind the struct
    cJSON *tree;          // owned
    char bytes[];
};

struct qualifiers {
    struct text_map by_function;
};

static struct qualified *qualified_free(struct qualified *qualified)
{
    json_tree_free(qualified->tree);
    free(qualified);
    return NULL;
}

struct qualifiers *qualifiers_new(void)
{
    return allocate(sizeof(struct qualifiers));
}

struct qualifiers *qualifiers_free(struct qualifiers *qualifiers)
{
    if (qualifiers == NULL)
        return NULL;
    size_t at = 0;
    struct qualified *qualified;
    while ((qualified = text_map_next(&qualifiers->by_function, &at)) != NULL)
        qualified_free(qualified);
    text_map_deinit(&qualifiers->by_function);
    free(qualifiers);
    return NULL;
}

// ---- the tree ----

static struct qualified *qualified_add(struct qualifiers *qualifiers, struct text function,
                                       cJSON *tree)
{
    struct qualified *qualified = allocate(sizeof(*qualified) + function.length);
    memcpy(qualified->bytes, function.bytes, function.length);
    qualified->function = text_from(qualified->bytes, function.length);
    qualified->tree = tree;
    text_map_insert(&qualifiers->by_function, qualified->function, qualified);
    return qualified;
}

static cJSON *tree_of(struct qualifiers *qualifiers, struct text function)
{
    struct qualified *qualified = text_map_find(&qualifiers->by_function, function);
    if (qualified == NULL)
        qualified =
            qualified_add(qualifiers, function,
                          json_parse(TEXT("{\"Last\":0,\"Versions\":[],\"Aliases\":[]}"), NULL));
    return qualified->tree;
}

static const cJSON *list_of(const struct qualifiers *qualifiers, struct text function,
                            const char *name)
{
    const struct qualified *qualified = text_map_find(&qualifiers->by_function, function);
    return qualified == NULL ? NULL : json_member(qualified->tree, name);
}

// Its own, to be changed.
static cJSON *list_in(cJSON *tree, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(tree, name);
}

static const cJSON *item_find(const cJSON *list, const char *member, struct text value)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (text_equal(json_member_text(item, member), value))
            return item;
    }
    return NULL;
}

static void add_text(cJSON *object, const char *name, struct text text)
{
    cleanup_free char *terminated = duplicate(text.bytes, text.length);
    cJSON_AddStringToObject(object, name, terminated);
}

static void set_text(cJSON *object, const char *name, struct text text)
{
    cJSON_DeleteItemFromObjectCaseSensitive(object, name);
    add_text(object, name, text);
}

static void drop_item(cJSON *list, const char *member, struct text value)
{
    const cJSON *found = item_find(list, member, value);
    for (int at = 0; found != NULL && at < cJSON_GetArraySize(list); at++) {
        if (cJSON_GetArrayItem(list, at) == found) {
            cJSON_DeleteItemFromArray(list, at);
            return;
        }
    }
}

// ---- looking up ----

struct text qualifiers_version(const struct qualifiers *qualifiers, struct text function,
                               struct text qualifier)
{
    if (qualifier.length == 0 || text_equal(qualifier, TEXT("$LATEST")))
        return TEXT("$LATEST");
    const cJSON *version =
        item_find(qualifiers_versions(qualifiers, function), "Version", qualifier);
    if (version != NULL)
        return json_member_text(version, "Version");
    return json_member_text(qualifiers_find_alias(qualifiers, function, qualifier),
                            "FunctionVersion");
}

const cJSON *qualifiers_versions(const struct qualifiers *qualifiers, struct text function)
{
    return list_of(qualifiers, function, "Versions");
}

const cJSON *qualifiers_aliases(const struct qualifiers *qualifiers, struct text function)
{
    return list_of(qualifiers, function, "Aliases");
}

const cJSON *qualifiers_find_alias(const struct qualifiers *qualifiers, struct text function,
                                   struct text name)
{
    return item_find(qualifiers_aliases(qualifiers, function), "Name", name);
}

// ---- changing ----

int64_t qualifiers_publish(struct qualifiers *qualifiers, struct text function,
                           struct text fingerprint, struct text description)
{
    cJSON *tree = tree_of(qualifiers, function);
    cJSON *versions = list_in(tree, "Versions");
    int64_t last = 0;
    json_integer(json_member(tree, "Last"), &last);
    cleanup(buffer_deinit) struct buffer number = {0};
    buffer_append_integer(&number, last);
    if (text_equal(json_member_text(tree, "Published"), fingerprint) &&
        item_find(versions, "Version", buffer_text(&number)) != NULL)
        return last;
    if (cJSON_GetArraySize(versions) >= VERSIONS_MAX)
        return 0;
    last++;
    buffer_clear(&number);
    buffer_append_integer(&number, last);
    cJSON *version = cJSON_CreateObject();
    add_text(version, "Version", buffer_text(&number));
    add_text(version, "Description", description);
    cJSON_AddItemToArray(versions, version);
    set_text(tree, "Published", fingerprint);
    cJSON_DeleteItemFromObjectCaseSensitive(tree, "Last");
    cJSON_AddNumberToObject(tree, "Last", (double)last);
    return last;
}

bool qualifiers_put_alias(struct qualifiers *qualifiers, struct text function, struct text name,
                          struct text version, struct text description)
{
    cJSON *aliases = list_in(tree_of(qualifiers, function), "Aliases");
    bool is_new = item_find(aliases, "Name", name) == NULL;
    if (is_new && cJSON_GetArraySize(aliases) >= ALIASES_MAX)
        return false;
    // The texts may be those of the alias that goes.
    cJSON *alias = cJSON_CreateObject();
    add_text(alias, "Name", name);
    add_text(alias, "FunctionVersion", version);
    add_text(alias, "Description", description);
    drop_item(aliases, "Name", json_member_text(alias, "Name"));
    cJSON_AddItemToArray(aliases, alias);
    return true;
}

void qualifiers_drop_alias(struct qualifiers *qualifiers, struct text function, struct text name)
{
    drop_item(list_in(tree_of(qualifiers, function), "Aliases"), "Name", name);
}

void qualifiers_drop_version(struct qualifiers *qualifiers, struct text function,
                             struct text version)
{
    assert(item_find(qualifiers_aliases(qualifiers, function), "FunctionVersion", version) == NULL);
    drop_item(list_in(tree_of(qualifiers, function), "Versions"), "Version", version);
}

void qualifiers_forget(struct qualifiers *qualifiers, struct text function)
{
    struct qualified *qualified = text_map_remove(&qualifiers->by_function, function);
    if (qualified != NULL)
        qualified_free(qualified);
}

// ---- the record ----

void qualifiers_append_record(const struct qualifiers *qualifiers, struct text function,
                              struct buffer *buffer)
{
    const struct qualified *qualified = text_map_find(&qualifiers->by_function, function);
    if (qualified != NULL)
        json_append_tree(buffer, qualified->tree);
}

bool qualifiers_restore(struct qualifiers *qualifiers, struct text function, struct text record)
{
    cleanup(json_tree_free) cJSON *tree = json_parse(record, NULL);
    int64_t last;
    if (!cJSON_IsArray(json_member(tree, "Versions")) ||
        !cJSON_IsArray(json_member(tree, "Aliases")) ||
        !json_integer(json_member(tree, "Last"), &last) || last < 0)
        return false;
    qualifiers_forget(qualifiers, function);
    qualified_add(qualifiers, function, take(&tree));
    return true;
}
