// pool -- many blocks of one size, cut from 64 KiB chunks: what a stored message costs beyond its
// own bytes is a word or two per chunk, and a queue that drains gives its chunks back.
#ifndef QUEUE_POOL_H
#define QUEUE_POOL_H

#include "queue/base/list.h"

#include <stddef.h>

struct pool {
    size_t block_bytes;
    struct list_node open; // chunks with a free block; the pool owns them all
    size_t chunk_count;
    size_t block_count; // handed out
};

// Blocks of at least block_bytes (8 or more), aligned to 8 bytes.
void pool_init(struct pool *pool, size_t block_bytes);
// Every block has come back (asserted).
void pool_deinit(struct pool *pool);
// A zeroed block.
void *pool_take(struct pool *pool);
void pool_give(struct pool *pool, void *block);
// Memory held for blocks, free ones included.
size_t pool_memory_bytes(const struct pool *pool);

#endif
