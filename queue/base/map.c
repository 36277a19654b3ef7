// map -- open addressing with linear probing; a removed entry's followers move up, so that there
// are no tombstones.
//
// Both tables are powers of two and at most 7/8 full; they halve when they are less than 1/8 full,
// because a deduplication window of a million ids empties within five minutes. An entry is looked
// for from its home slot to the first empty one. When one is removed, each follower in the same run
// whose home lies at or before the hole moves into it.
//
// The hashes are not keyed: redrive listens to its own user, and equal seeds must give equal bytes.
#include "queue/base/map.h"

#include "queue/base/own.h"

#include <assert.h>
#include <string.h>

#define FIRST_CAPACITY 16u
#define MULTIPLIER 0x9e3779b97f4a7c15u // 2^64 divided by the golden ratio

static bool is_full(size_t count, size_t capacity)
{
    return count + 1 > capacity - capacity / 8;
}

static bool is_sparse(size_t count, size_t capacity)
{
    return capacity > FIRST_CAPACITY && count < capacity / 8;
}

// Eight bytes at a time: multiply, fold the high half onto the low one. The length takes part, so
// that zero bytes at the end count.
static uint64_t hash_text(struct text text)
{
    uint64_t hash = text.length * MULTIPLIER;
    const char *at = text.bytes;
    size_t left = text.length;
    while (left >= 8) {
        uint64_t word;
        memcpy(&word, at, sizeof(word));
        hash = (hash ^ word) * MULTIPLIER;
        hash ^= hash >> 32;
        at += 8;
        left -= 8;
    }
    uint64_t tail = 0;
    if (left > 0)
        memcpy(&tail, at, left);
    hash = (hash ^ tail) * MULTIPLIER;
    hash ^= hash >> 29;
    hash *= MULTIPLIER;
    return hash ^ hash >> 32;
}

static size_t text_home(uint64_t hash, size_t capacity)
{
    return (size_t)hash & (capacity - 1);
}

static void text_map_place(struct text_map *map, struct text_map_slot slot)
{
    size_t index = text_home(slot.hash, map->capacity);
    while (map->slots[index].item != NULL)
        index = (index + 1) & (map->capacity - 1);
    map->slots[index] = slot;
}

static void text_map_resize(struct text_map *map, size_t capacity)
{
    struct text_map old = *map;
    map->slots = allocate(sizeof(*map->slots) * capacity);
    map->capacity = capacity;
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.slots[i].item != NULL)
            text_map_place(map, old.slots[i]);
    }
    free(old.slots);
}

// The slot of the key, or NULL.
static struct text_map_slot *text_map_slot_of(const struct text_map *map, struct text key,
                                              uint64_t hash)
{
    if (map->count == 0)
        return NULL;
    size_t index = text_home(hash, map->capacity);
    while (map->slots[index].item != NULL) {
        struct text_map_slot *slot = &map->slots[index];
        if (slot->hash == hash && text_equal(slot->key, key))
            return slot;
        index = (index + 1) & (map->capacity - 1);
    }
    return NULL;
}

void text_map_deinit(struct text_map *map)
{
    free(map->slots);
    *map = (struct text_map){0};
}

void text_map_insert(struct text_map *map, struct text key, void *item)
{
    assert(item != NULL);
    uint64_t hash = hash_text(key);
    assert(text_map_slot_of(map, key, hash) == NULL);
    if (map->capacity == 0)
        text_map_resize(map, FIRST_CAPACITY);
    else if (is_full(map->count, map->capacity))
        text_map_resize(map, map->capacity * 2);
    text_map_place(map, (struct text_map_slot){.key = key, .item = item, .hash = hash});
    map->count++;
}

void *text_map_find(const struct text_map *map, struct text key)
{
    const struct text_map_slot *slot = text_map_slot_of(map, key, hash_text(key));
    return slot == NULL ? NULL : slot->item;
}

void *text_map_remove(struct text_map *map, struct text key)
{
    struct text_map_slot *slot = text_map_slot_of(map, key, hash_text(key));
    if (slot == NULL)
        return NULL;
    void *item = slot->item;
    size_t mask = map->capacity - 1;
    size_t hole = (size_t)(slot - map->slots);
    for (size_t i = (hole + 1) & mask; map->slots[i].item != NULL; i = (i + 1) & mask) {
        size_t home = text_home(map->slots[i].hash, map->capacity);
        // Distances are taken around the ring: the follower may move if the hole is no nearer to it
        // than its home.
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            map->slots[hole] = map->slots[i];
            hole = i;
        }
    }
    map->slots[hole] = (struct text_map_slot){0};
    map->count--;
    if (is_sparse(map->count, map->capacity))
        text_map_resize(map, map->capacity / 2);
    return item;
}

void *text_map_next(const struct text_map *map, size_t *at)
{
    while (*at < map->capacity) {
        void *item = map->slots[(*at)++].item;
        if (item != NULL)
            return item;
    }
    return NULL;
}

// The high bits of a product depend on every bit of the key: consecutive keys spread evenly.
static size_t number_home(uint64_t key, size_t capacity)
{
    // Four consecutive keys share a cache line: rows are given, and mostly asked for, in sequence.
    uint64_t line = key >> 2;
    uint64_t product = (line ^ line >> 32) * MULTIPLIER;
    return (size_t)(product >> 32 << 2 | (key & 3)) & (capacity - 1);
}

static void number_map_place(struct number_map *map, struct number_map_slot slot)
{
    size_t index = number_home(slot.key, map->capacity);
    while (map->slots[index].key != 0)
        index = (index + 1) & (map->capacity - 1);
    map->slots[index] = slot;
}

static void number_map_resize(struct number_map *map, size_t capacity)
{
    struct number_map old = *map;
    map->slots = allocate(sizeof(*map->slots) * capacity);
    map->capacity = capacity;
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.slots[i].key != 0)
            number_map_place(map, old.slots[i]);
    }
    free(old.slots);
}

static struct number_map_slot *number_map_slot_of(const struct number_map *map, uint64_t key)
{
    if (map->count == 0)
        return NULL;
    size_t index = number_home(key, map->capacity);
    while (map->slots[index].key != 0) {
        if (map->slots[index].key == key)
            return &map->slots[index];
        index = (index + 1) & (map->capacity - 1);
    }
    return NULL;
}

void number_map_deinit(struct number_map *map)
{
    free(map->slots);
    *map = (struct number_map){0};
}

void number_map_insert(struct number_map *map, uint64_t key, void *item)
{
    assert(key != 0 && item != NULL);
    assert(number_map_slot_of(map, key) == NULL);
    if (map->capacity == 0)
        number_map_resize(map, FIRST_CAPACITY);
    else if (is_full(map->count, map->capacity))
        number_map_resize(map, map->capacity * 2);
    number_map_place(map, (struct number_map_slot){.key = key, .item = item});
    map->count++;
}

void *number_map_find(const struct number_map *map, uint64_t key)
{
    const struct number_map_slot *slot = number_map_slot_of(map, key);
    return slot == NULL ? NULL : slot->item;
}

void *number_map_remove(struct number_map *map, uint64_t key)
{
    struct number_map_slot *slot = number_map_slot_of(map, key);
    if (slot == NULL)
        return NULL;
    void *item = slot->item;
    size_t mask = map->capacity - 1;
    size_t hole = (size_t)(slot - map->slots);
    for (size_t i = (hole + 1) & mask; map->slots[i].key != 0; i = (i + 1) & mask) {
        size_t home = number_home(map->slots[i].key, map->capacity);
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            map->slots[hole] = map->slots[i];
            hole = i;
        }
    }
    map->slots[hole] = (struct number_map_slot){0};
    map->count--;
    if (is_sparse(map->count, map->capacity))
        number_map_resize(map, map->capacity / 2);
    return item;
}

void *number_map_next(const struct number_map *map, size_t *at)
{
    while (*at < map->capacity) {
        const struct number_map_slot *slot = &map->slots[(*at)++];
        if (slot->key != 0)
            return slot->item;
    }
    return NULL;
}
