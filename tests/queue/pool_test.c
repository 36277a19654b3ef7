// pool_test -- blocks of one size: distinct, zeroed, given back with their chunks.
#include "queue/pool.h"

#include "tests/support/check_main.h"

#include <stdint.h>
#include <string.h>

#define BLOCK_BYTES 152
#define BLOCK_COUNT 5000

START_TEST(blocks_are_zeroed_and_do_not_overlap)
{
    struct pool pool;
    static unsigned char *blocks[BLOCK_COUNT];
    static const unsigned char zeroes[BLOCK_BYTES];
    pool_init(&pool, BLOCK_BYTES);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < BLOCK_COUNT; i++) {
            blocks[i] = pool_take(&pool);
            ck_assert_uint_eq((uintptr_t)blocks[i] % 8, 0);
            ck_assert_mem_eq(blocks[i], zeroes, BLOCK_BYTES);
            memset(blocks[i], i % 255 + 1, BLOCK_BYTES);
        }
        for (int i = 0; i < BLOCK_COUNT; i++) {
            ck_assert_uint_eq(blocks[i][0], (unsigned)(i % 255 + 1));
            ck_assert_uint_eq(blocks[i][BLOCK_BYTES - 1], (unsigned)(i % 255 + 1));
        }
        for (int i = 0; i < BLOCK_COUNT; i++)
            pool_give(&pool, blocks[(i * 7) % BLOCK_COUNT]);
    }
    pool_deinit(&pool);
}
END_TEST

START_TEST(memory_comes_back)
{
    struct pool pool;
    static void *blocks[BLOCK_COUNT];
    pool_init(&pool, BLOCK_BYTES);
    for (int i = 0; i < BLOCK_COUNT; i++)
        blocks[i] = pool_take(&pool);
    size_t full_bytes = pool_memory_bytes(&pool);
    ck_assert_uint_lt(full_bytes, BLOCK_COUNT * BLOCK_BYTES + 2 * 65536);
    for (int i = 0; i < BLOCK_COUNT; i++)
        pool_give(&pool, blocks[i]);
    ck_assert_uint_eq(pool_memory_bytes(&pool), 65536); // one chunk is kept
    ck_assert_uint_eq(pool.block_count, 0);
    pool_deinit(&pool);
}
END_TEST

// Of its 64 KiB a chunk takes 32 bytes for itself; the rest are blocks as far as whole ones fit.
START_TEST(a_chunk_is_full_of_blocks)
{
    for (size_t block_bytes = 8; block_bytes <= 512; block_bytes += 8) {
        struct pool pool;
        static void *blocks[65536 / 8];
        size_t count = 0;
        pool_init(&pool, block_bytes);
        while (pool_memory_bytes(&pool) <= 65536)
            blocks[count++] = pool_take(&pool);
        ck_assert_uint_eq(count - 1, (65536 - 32) / block_bytes);
        while (count > 0)
            pool_give(&pool, blocks[--count]);
        pool_deinit(&pool);
    }
}
END_TEST

static Suite *pool_suite(void)
{
    Suite *suite = suite_create("pool");
    TCase *tcase = tcase_create("pool");
    tcase_add_test(tcase, blocks_are_zeroed_and_do_not_overlap);
    tcase_add_test(tcase, memory_comes_back);
    tcase_add_test(tcase, a_chunk_is_full_of_blocks);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(pool_suite)
