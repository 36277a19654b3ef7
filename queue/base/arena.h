// arena -- memory with the life of a request. Nothing is freed singly; reset or free ends all of
// it.
#ifndef QUEUE_BASE_ARENA_H
#define QUEUE_BASE_ARENA_H

#include "queue/base/own.h"
#include "queue/base/text.h"

struct arena;

struct arena *arena_new(void);
// Takes NULL; returns NULL.
struct arena *arena_free(struct arena *arena);
DEFINE_CLEANUP(arena_free, struct arena *)
// Forgets everything allocated, keeps one block for reuse.
void arena_reset(struct arena *arena);
// size zeroed bytes, aligned for any type; never NULL (out of memory fails). size 0 gives a unique
// valid pointer.
void *arena_allocate(struct arena *arena, size_t size);
#define arena_new_array(arena, type, count) \
    ((type *)arena_allocate((arena), sizeof(type) * (count)))
// A terminated copy.
struct text arena_copy(struct arena *arena, struct text text);
// printf into the arena; terminated.
__attribute__((format(printf, 2, 3))) struct text arena_print(struct arena *arena,
                                                              const char *format, ...);

#endif
