// map -- two hash tables: text keys (a view whose bytes the item keeps alive) and non-zero 64-bit
// keys. Open addressing, linear probing, backward-shift deletion. Iteration order is the table's
// and must never reach a user: sort what is shown.
#ifndef QUEUE_BASE_MAP_H
#define QUEUE_BASE_MAP_H

#include "queue/base/own.h"
#include "queue/base/text.h"

struct text_map_slot {
    struct text key; // borrowed: lives as long as the item is in the map
    void *item;      // NULL: empty slot
    uint64_t hash;
};

struct text_map {
    struct text_map_slot *slots; // owned
    size_t count;
    size_t capacity;
};

// A zeroed map is empty and valid. The items are the caller's.
void text_map_deinit(struct text_map *map);
DEFINE_DEINIT_CLEANUP(text_map_deinit, struct text_map)
// Puts an item under a key that is not in the map (asserted).
void text_map_insert(struct text_map *map, struct text key, void *item);
void *text_map_find(const struct text_map *map, struct text key); // NULL if absent
// Takes the key out and returns its item, or NULL.
void *text_map_remove(struct text_map *map, struct text key);
// Walks: start with *at = 0; returns NULL at the end. The map must not change meanwhile.
void *text_map_next(const struct text_map *map, size_t *at);

struct number_map_slot {
    uint64_t key; // 0: empty slot
    void *item;
};

struct number_map {
    struct number_map_slot *slots; // owned; 16 bytes a slot, at most 7/8 full
    size_t count;
    size_t capacity;
};

void number_map_deinit(struct number_map *map);
DEFINE_DEINIT_CLEANUP(number_map_deinit, struct number_map)
void number_map_insert(struct number_map *map, uint64_t key, void *item);
void *number_map_find(const struct number_map *map, uint64_t key);
void *number_map_remove(struct number_map *map, uint64_t key);
void *number_map_next(const struct number_map *map, size_t *at);

#endif
