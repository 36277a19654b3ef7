// heap -- a four-ary min-heap of (key, item), keys beside each other in the array so that a
// comparison touches no item.
//
// Each item keeps its own position, in a uint32_t at a fixed offset inside the item, so that it can
// be taken out or moved in O(log n). Equal keys come out in an order that depends only on the
// operations that were made, never on addresses. Ascending inserts cost O(1). A pairing heap was
// not taken: its nodes are scattered, and at a million messages the cache misses decide.
#ifndef QUEUE_BASE_HEAP_H
#define QUEUE_BASE_HEAP_H

#include "queue/base/own.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEAP_NOWHERE 0u // position of an item that is in no heap; so a zeroed item is in none

struct heap_entry {
    int64_t key;
    void *item;
};

struct heap {
    struct heap_entry *entries; // owned; entries[0] is the least
    uint32_t count;
    uint32_t capacity;
    size_t position_offset; // where an item keeps its position (index + 1, or HEAP_NOWHERE)
};

// An empty heap of items that keep their position at position_offset. Owns no memory until the
// first insert.
void heap_init(struct heap *heap, size_t position_offset);
// Frees the array; the items stay the caller's.
void heap_deinit(struct heap *heap);
DEFINE_DEINIT_CLEANUP(heap_deinit, struct heap)
// Inserts an item that is in no heap.
void heap_insert(struct heap *heap, void *item, int64_t key);
// Takes out an item that is in this heap.
void heap_remove(struct heap *heap, void *item);
// Gives an item of this heap another key.
void heap_change(struct heap *heap, void *item, int64_t key);
// The item with the least key, or NULL. ret_key may be NULL; it is written only if there is an
// item.
void *heap_least(const struct heap *heap, int64_t *ret_key);
// The items whose key is at most key_most, in no particular order, into ret_items (NULL: only
// counts them). Returns how many. Looks at those and their neighbours alone, however large the heap
// is.
size_t heap_collect(const struct heap *heap, int64_t key_most, void **ret_items);
bool heap_contains(const struct heap *heap, const void *item);

#endif
