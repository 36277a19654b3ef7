// arena -- blocks of memory, filled from the front.
//
//   newest -> [ block | used .... free ] -> [ block | used ] -> [ block | used ] -> NULL
//
// Only the newest block has room. Blocks double, so that an arena for a ten-message reply costs a
// handful of allocations the first time and, because reset keeps the largest block of a common
// size, none afterwards. What does not fit into a common block gets one of its own, behind the
// newest, and reset gives it back: one huge batch must not stay in memory for ever.
#include "queue/base/arena.h"

#include "queue/base/own.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FIRST_BLOCK_BYTES 4096u
#define COMMON_BLOCK_BYTES_MAX (256u * 1024u)
#define ALIGNMENT 16u

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

// Under the address sanitizer every allocation is followed by bytes that nobody may touch, and so
// is everything that a reset has taken back.
#ifdef SANITIZED
#include <sanitizer/asan_interface.h>
#define GAP_BYTES ALIGNMENT
#else
#define GAP_BYTES 0u
#define ASAN_POISON_MEMORY_REGION(bytes, length) ((void)(bytes), (void)(length))
#define ASAN_UNPOISON_MEMORY_REGION(bytes, length) ((void)(bytes), (void)(length))
#endif

struct block {
    struct block *older;
    size_t capacity; // of bytes
    size_t used;
    _Alignas(ALIGNMENT) char bytes[];
};

struct arena {
    struct block *newest;
};

static struct block *block_new(size_t capacity)
{
    struct block *block = reallocate(NULL, sizeof(*block) + capacity);
    block->older = NULL;
    block->capacity = capacity;
    block->used = 0;
    ASAN_POISON_MEMORY_REGION(block->bytes, capacity);
    return block;
}

struct arena *arena_new(void)
{
    return allocate(sizeof(struct arena));
}

struct arena *arena_free(struct arena *arena)
{
    if (arena == NULL)
        return NULL;
    while (arena->newest != NULL) {
        struct block *block = arena->newest;
        arena->newest = block->older;
        free(block);
    }
    free(arena);
    return NULL;
}

void arena_reset(struct arena *arena)
{
    struct block *kept = NULL;
    struct block *next;
    for (struct block *block = arena->newest; block != NULL; block = next) {
        next = block->older;
        bool common = block->capacity <= COMMON_BLOCK_BYTES_MAX;
        if (common && (kept == NULL || block->capacity > kept->capacity)) {
            free(kept);
            kept = block;
        } else {
            free(block);
        }
    }
    if (kept != NULL) {
        kept->older = NULL;
        kept->used = 0;
        ASAN_POISON_MEMORY_REGION(kept->bytes, kept->capacity);
    }
    arena->newest = kept;
}

static char *block_take(struct block *block, size_t size)
{
    char *taken = block->bytes + block->used;
    block->used += size;
    return taken;
}

// size bytes that the newest block has no room for.
static char *arena_take_slowly(struct arena *arena, size_t size)
{
    struct block *newest = arena->newest;
    size_t capacity = newest == NULL ? FIRST_BLOCK_BYTES : newest->capacity * 2;
    if (capacity > COMMON_BLOCK_BYTES_MAX)
        capacity = COMMON_BLOCK_BYTES_MAX;
    if (newest != NULL && size > COMMON_BLOCK_BYTES_MAX / 4) {
        struct block *own = block_new(size);
        own->older = newest->older;
        newest->older = own;
        return block_take(own, size);
    }
    struct block *block = block_new(size > capacity ? size : capacity);
    block->older = newest;
    arena->newest = block;
    return block_take(block, size);
}

void *arena_allocate(struct arena *arena, size_t size)
{
    assert(size < SIZE_MAX / 2);
    size_t rounded = size == 0 ? ALIGNMENT : (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    rounded += GAP_BYTES;
    struct block *newest = arena->newest;
    char *taken = newest != NULL && newest->capacity - newest->used >= rounded
                      ? block_take(newest, rounded)
                      : arena_take_slowly(arena, rounded);
    ASAN_UNPOISON_MEMORY_REGION(taken, size);
    return memset(taken, 0, size);
}

struct text arena_copy(struct arena *arena, struct text text)
{
    char *copy = arena_allocate(arena, text.length + 1);
    if (text.length > 0)
        memcpy(copy, text.bytes, text.length);
    return text_from(copy, text.length);
}

struct text arena_print(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    assert(length >= 0);

    size_t size = (size_t)length + 1;
    char *bytes = arena_allocate(arena, size);
    va_start(arguments, format);
    vsnprintf(bytes, size, format, arguments);
    va_end(arguments);
    return text_from(bytes, (size_t)length);
}
