// arena_test -- alignment, zeroes, reuse after a reset, and blocks of every size.
#include "queue/base/arena.h"
#include "queue/base/random.h"
#include "tests/support/check_main.h"

#include <string.h>

static bool is_filled_with(const char *bytes, size_t length, char byte)
{
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != byte)
            return false;
    }
    return true;
}

START_TEST(memory_is_zeroed_aligned_and_apart)
{
    struct random random;
    random_init(&random, 3);
    cleanup(arena_free) struct arena *arena = arena_new();
    char *places[200];
    size_t sizes[200];
    for (int round = 0; round < 5; round++) {
        for (size_t i = 0; i < 200; i++) {
            sizes[i] = (size_t)random_below(&random, i % 20 == 0 ? 300000 : 500);
            places[i] = arena_allocate(arena, sizes[i]);
            ck_assert_ptr_nonnull(places[i]);
            ck_assert_uint_eq((uintptr_t)places[i] % _Alignof(max_align_t), 0);
            ck_assert(is_filled_with(places[i], sizes[i], 0));
            memset(places[i], (int)i + 1, sizes[i]);
        }
        for (size_t i = 0; i < 200; i++)
            ck_assert(is_filled_with(places[i], sizes[i], (char)(i + 1)));
        arena_reset(arena);
    }
}
END_TEST

START_TEST(size_zero_gives_pointers_that_differ)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    void *first = arena_allocate(arena, 0);
    void *second = arena_allocate(arena, 0);
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_ne(first, second);
}
END_TEST

START_TEST(a_reset_arena_starts_at_the_same_place)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    void *first = arena_allocate(arena, 100);
    arena_reset(arena);
    ck_assert_ptr_eq(arena_allocate(arena, 100), first);
    arena_reset(arena);
    arena_reset(arena);
}
END_TEST

// The second block has room for more than the first; a huge one is not kept whatever its age.
START_TEST(the_largest_block_outlives_a_reset_unless_it_is_huge)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    arena_allocate(arena, 100);
    void *second = arena_allocate(arena, 6000);
    arena_reset(arena);
    ck_assert_ptr_eq(arena_allocate(arena, 100), second);
    arena_allocate(arena, 1000000);
    arena_reset(arena);
    ck_assert_ptr_eq(arena_allocate(arena, 100), second);
}
END_TEST

START_TEST(blocks_of_every_size_are_given_back)
{
    // A huge block first, then between others: only a common one outlives the reset.
    cleanup(arena_free) struct arena *arena = arena_new();
    for (int round = 0; round < 3; round++) {
        memset(arena_allocate(arena, 1000000), 1, 1000000);
        memset(arena_allocate(arena, 10), 2, 10);
        memset(arena_allocate(arena, 1000000), 3, 1000000);
        memset(arena_allocate(arena, 70000), 4, 70000);
        memset(arena_allocate(arena, 10), 5, 10);
        arena_reset(arena);
    }
}
END_TEST

START_TEST(a_copy_is_terminated_and_its_own)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    char original[] = "body";
    struct text copy = arena_copy(arena, text_of(original));
    original[0] = 'B';
    ck_assert_str_eq(copy.bytes, "body");
    ck_assert_uint_eq(copy.length, 4);
    ck_assert_str_eq(arena_copy(arena, text_of(NULL)).bytes, "");
}
END_TEST

START_TEST(printing_is_as_long_as_it_needs)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    struct text line = arena_print(arena, "%s-%d", "orders", 42);
    ck_assert_str_eq(line.bytes, "orders-42");
    ck_assert_uint_eq(line.length, 9);
    ck_assert_uint_eq(arena_print(arena, "%s", "").length, 0);
    ck_assert_uint_eq(arena_print(arena, "%70000d", 1).length, 70000);
}
END_TEST

START_TEST(an_array_has_room_for_every_element)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    int64_t *numbers = arena_new_array(arena, int64_t, 1000);
    for (int i = 0; i < 1000; i++)
        numbers[i] = i;
    ck_assert_int_eq(numbers[999], 999);
}
END_TEST

START_TEST(free_takes_null)
{
    ck_assert_ptr_null(arena_free(NULL));
}
END_TEST

static Suite *arena_suite(void)
{
    Suite *suite = suite_create("arena");
    TCase *memory = tcase_create("arena");
    tcase_add_test(memory, memory_is_zeroed_aligned_and_apart);
    tcase_add_test(memory, size_zero_gives_pointers_that_differ);
    tcase_add_test(memory, a_reset_arena_starts_at_the_same_place);
    tcase_add_test(memory, the_largest_block_outlives_a_reset_unless_it_is_huge);
    tcase_add_test(memory, blocks_of_every_size_are_given_back);
    tcase_add_test(memory, a_copy_is_terminated_and_its_own);
    tcase_add_test(memory, printing_is_as_long_as_it_needs);
    tcase_add_test(memory, an_array_has_room_for_every_element);
    tcase_add_test(memory, free_takes_null);
    suite_add_tcase(suite, memory);
    return suite;
}

CHECK_MAIN(arena_suite)
