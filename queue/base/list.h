// list -- an intrusive, circular, doubly linked list. A struct list_node is a member of what is
// listed; the list itself is a node that belongs to nobody. Nothing here allocates or frees.
#ifndef QUEUE_BASE_LIST_H
#define QUEUE_BASE_LIST_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

struct list_node {
    struct list_node *next; // NULL while in no list
    struct list_node *previous;
};

// The struct that contains the node as member.
#define list_entry(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))
// Walks a list; the current node may be removed (and freed) in the body.
#define list_for_each(node, list)                                                          \
    for (struct list_node *node = (list)->next, *node##_next = node->next; node != (list); \
         node = node##_next, node##_next = node->next)

static inline void list_init(struct list_node *list)
{
    list->next = list;
    list->previous = list;
}

static inline bool list_is_empty(const struct list_node *list)
{
    return list->next == list;
}

// True while the node is in some list. A zeroed node is in none.
static inline bool list_is_linked(const struct list_node *node)
{
    return node->next != NULL;
}

static inline void list_insert_before(struct list_node *place, struct list_node *node)
{
    assert(node->next == NULL && place->previous != NULL);
    node->next = place;
    node->previous = place->previous;
    place->previous->next = node;
    place->previous = node;
}

static inline void list_append(struct list_node *list, struct list_node *node)
{
    list_insert_before(list, node);
}

static inline void list_prepend(struct list_node *list, struct list_node *node)
{
    list_insert_before(list->next, node);
}

// Takes the node out of its list; a node in no list stays as it is.
static inline void list_remove(struct list_node *node)
{
    if (node->next == NULL)
        return;
    node->next->previous = node->previous;
    node->previous->next = node->next;
    node->next = NULL;
    node->previous = NULL;
}

// The first node, or NULL.
static inline struct list_node *list_first(const struct list_node *list)
{
    // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the checker does not follow list_remove().
    return list->next == list ? NULL : list->next;
}

#endif
