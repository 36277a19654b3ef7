// tree -- reading JSON answers in the command line. cli/ sees no other room's JSON, and has no hot path: cJSON alone will do.
#ifndef CLI_TREE_H
#define CLI_TREE_H

#include "queue/base/own.h"
#include "queue/base/text.h"

#include <cjson/cJSON.h>

DEFINE_CLEANUP(cJSON_Delete, cJSON *)

// The member's text; empty if it is absent or no string. Lives as long as the tree.
static inline struct text tree_text(const cJSON *object, const char *name)
{
    return text_of(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name)));
}

// The member's number; 0 if it is absent or no number.
static inline int64_t tree_integer(const cJSON *object, const char *name)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsNumber(member) ? (int64_t)cJSON_GetNumberValue(member) : 0;
}

static inline bool tree_is_true(const cJSON *object, const char *name)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static inline const cJSON *tree_member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

// An empty object; out of memory fails, as everywhere.
static inline cJSON *tree_new(void)
{
    cJSON *tree = cJSON_CreateObject();
    if (tree == NULL)
        abort();
    return tree;
}

#endif
