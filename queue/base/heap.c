// heap -- a four-ary min-heap that knows where each item is.
//
//   index:        0
//          1    2    3    4          the children of i are 4i+1 ... 4i+4,
//        5-8  9-12 13-16 17-20       the parent of i is (i-1)/4
//
// Four children share a cache line (16 bytes an entry), so that the way down touches half as many
// lines as in a binary heap, and the way up, the common one for deadlines that only grow, is half
// as long and ends at the first comparison.
#include "queue/base/heap.h"

#include "queue/base/own.h"

#include <assert.h>

#define CHILDREN 4u
#define FIRST_CAPACITY 16u

static uint32_t *position_of(const struct heap *heap, void *item)
{
    return (uint32_t *)(void *)((char *)item + heap->position_offset);
}

static void put(struct heap *heap, uint32_t index, struct heap_entry entry)
{
    heap->entries[index] = entry;
    *position_of(heap, entry.item) = index + 1;
}

static void sift_up(struct heap *heap, uint32_t index, struct heap_entry entry)
{
    while (index > 0) {
        uint32_t parent = (index - 1) / CHILDREN;
        if (heap->entries[parent].key <= entry.key)
            break;
        put(heap, index, heap->entries[parent]);
        index = parent;
    }
    put(heap, index, entry);
}

static uint32_t least_child(const struct heap *heap, uint32_t first)
{
    uint32_t end = heap->count - first > CHILDREN ? first + CHILDREN : heap->count;
    uint32_t least = first;
    for (uint32_t child = first + 1; child < end; child++) {
        if (heap->entries[child].key < heap->entries[least].key)
            least = child;
    }
    return least;
}

static void sift_down(struct heap *heap, uint32_t index, struct heap_entry entry)
{
    for (;;) {
        uint64_t first = (uint64_t)index * CHILDREN + 1;
        if (first >= heap->count)
            break;
        uint32_t child = least_child(heap, (uint32_t)first);
        if (heap->entries[child].key >= entry.key)
            break;
        put(heap, index, heap->entries[child]);
        index = child;
    }
    put(heap, index, entry);
}

// Puts an entry where a hole is: up if it is less than what was there, down if it is more.
static void settle(struct heap *heap, uint32_t index, struct heap_entry entry)
{
    if (index > 0 && entry.key < heap->entries[(index - 1) / CHILDREN].key)
        sift_up(heap, index, entry);
    else
        sift_down(heap, index, entry);
}

void heap_init(struct heap *heap, size_t position_offset)
{
    *heap = (struct heap){.position_offset = position_offset};
}

void heap_deinit(struct heap *heap)
{
    free(heap->entries);
    *heap = (struct heap){.position_offset = heap->position_offset};
}

static void grow(struct heap *heap)
{
    assert(heap->capacity <= UINT32_MAX / 2);
    heap->capacity = heap->capacity == 0 ? FIRST_CAPACITY : heap->capacity * 2;
    heap->entries = reallocate(heap->entries, sizeof(*heap->entries) * heap->capacity);
}

void heap_insert(struct heap *heap, void *item, int64_t key)
{
    assert(*position_of(heap, item) == HEAP_NOWHERE);
    if (heap->count == heap->capacity)
        grow(heap);
    uint32_t index = heap->count++;
    sift_up(heap, index, (struct heap_entry){.key = key, .item = item});
}

static uint32_t index_of(const struct heap *heap, void *item)
{
    uint32_t position = *position_of(heap, item);
    assert(position != HEAP_NOWHERE && position <= heap->count);
    assert(heap->entries[position - 1].item == item);
    return position - 1;
}

void heap_remove(struct heap *heap, void *item)
{
    uint32_t index = index_of(heap, item);
    *position_of(heap, item) = HEAP_NOWHERE;
    struct heap_entry last = heap->entries[--heap->count];
    if (index < heap->count)
        settle(heap, index, last);
}

void heap_change(struct heap *heap, void *item, int64_t key)
{
    settle(heap, index_of(heap, item), (struct heap_entry){.key = key, .item = item});
}

void *heap_least(const struct heap *heap, int64_t *ret_key)
{
    if (heap->count == 0)
        return NULL;
    if (ret_key != NULL)
        *ret_key = heap->entries[0].key;
    return heap->entries[0].item;
}

// What stands below an entry is no earlier: an entry beyond key_most ends the walk on its branch.
static size_t collect_below(const struct heap *heap, uint64_t index, int64_t key_most,
                            void **ret_items, size_t count)
{
    if (index >= heap->count || heap->entries[index].key > key_most)
        return count;
    if (ret_items != NULL)
        ret_items[count] = heap->entries[index].item;
    count++;
    for (uint32_t child = 1; child <= CHILDREN; child++)
        count = collect_below(heap, index * CHILDREN + child, key_most, ret_items, count);
    return count;
}

size_t heap_collect(const struct heap *heap, int64_t key_most, void **ret_items)
{
    return collect_below(heap, 0, key_most, ret_items, 0);
}

bool heap_contains(const struct heap *heap, const void *item)
{
    uint32_t position =
        *(const uint32_t *)(const void *)((const char *)item + heap->position_offset);
    return position != HEAP_NOWHERE && position <= heap->count &&
           heap->entries[position - 1].item == item;
}
