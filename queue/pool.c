// pool -- many blocks of one size.
//
// A chunk is 64 KiB and stands at a multiple of 64 KiB, so a block finds its chunk by its own
// address. Free blocks of a chunk form a chain through their first word; blocks never handed out
// are not in it, they are counted, so that a new chunk is not touched as a whole. A chunk with all
// blocks free is given back, except the last open one, which spares a queue that swings between
// empty and one message. One malloc per message was not taken: it costs 16 bytes and a cache miss
// more each.
#include "queue/pool.h"

#include "queue/base/fail.h"
#include "queue/base/own.h"

#include <assert.h>
#include <stdint.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

// Under the address sanitizer nobody may touch a block that was given back; outside it costs nothing.
#ifdef SANITIZED
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(bytes, length) ((void)(bytes), (void)(length))
#define ASAN_UNPOISON_MEMORY_REGION(bytes, length) ((void)(bytes), (void)(length))
#endif

#define CHUNK_BYTES ((size_t)65536)

struct chunk {
    struct list_node link; // in pool->open while it has a free block
    void *free_chain;
    uint32_t used_count;  // handed out
    uint32_t fresh_count; // blocks from the front that were ever handed out
};

#define CHUNK_HEADER_BYTES ((sizeof(struct chunk) + 15) / 16 * 16)

static size_t chunk_capacity(const struct pool *pool)
{
    return (CHUNK_BYTES - CHUNK_HEADER_BYTES) / pool->block_bytes;
}

static struct chunk *chunk_new(struct pool *pool)
{
    struct chunk *chunk = aligned_alloc(CHUNK_BYTES, CHUNK_BYTES);
    if (chunk == NULL)
        fail("out of memory");
    *chunk = (struct chunk){0};
    list_append(&pool->open, &chunk->link);
    pool->chunk_count++;
    return chunk;
}

static void chunk_drop(struct pool *pool, struct chunk *chunk)
{
    list_remove(&chunk->link);
    ASAN_UNPOISON_MEMORY_REGION(chunk, CHUNK_BYTES);
    free(chunk);
    pool->chunk_count--;
}

void pool_init(struct pool *pool, size_t block_bytes)
{
    *pool = (struct pool){.block_bytes = (block_bytes + 7) / 8 * 8};
    list_init(&pool->open);
}

void pool_deinit(struct pool *pool)
{
    assert(pool->block_count == 0);
    list_for_each (node, &pool->open) {
        chunk_drop(pool, list_entry(node, struct chunk, link));
    }
    assert(pool->chunk_count == 0);
}

void *pool_take(struct pool *pool)
{
    struct list_node *first = list_first(&pool->open);
    struct chunk *chunk = first ? list_entry(first, struct chunk, link) : chunk_new(pool);
    void *block = chunk->free_chain;
    if (block == NULL) {
        block = (char *)chunk + CHUNK_HEADER_BYTES + pool->block_bytes * chunk->fresh_count++;
    } else {
        ASAN_UNPOISON_MEMORY_REGION(block, pool->block_bytes);
        memcpy(&chunk->free_chain, block, sizeof(void *));
    }
    chunk->used_count++;
    pool->block_count++;
    if (chunk->used_count == chunk_capacity(pool))
        list_remove(&chunk->link);
    memset(block, 0, pool->block_bytes);
    return block;
}

void pool_give(struct pool *pool, void *block)
{
    uintptr_t inside = (uintptr_t)block % CHUNK_BYTES;
    struct chunk *chunk = (struct chunk *)(void *)((char *)block - inside);
    assert(chunk->used_count > 0);
    memcpy(block, &chunk->free_chain, sizeof(void *));
    ASAN_POISON_MEMORY_REGION(block, pool->block_bytes);
    chunk->free_chain = block;
    chunk->used_count--;
    pool->block_count--;
    if (!list_is_linked(&chunk->link))
        list_prepend(&pool->open, &chunk->link);
    bool is_only_open = pool->open.next == &chunk->link && pool->open.previous == &chunk->link;
    if (chunk->used_count == 0 && !is_only_open)
        chunk_drop(pool, chunk);
}

size_t pool_memory_bytes(const struct pool *pool)
{
    return pool->chunk_count * CHUNK_BYTES;
}
