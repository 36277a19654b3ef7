// map_test -- both tables at random against arrays; growing, shrinking, and keys that differ in one
// byte.
#include "queue/base/map.h"
#include "queue/base/random.h"
#include "tests/support/check_main.h"

#include <stdio.h>

#define KEYS 400

START_TEST(a_zeroed_map_is_empty)
{
    cleanup(text_map_deinit) struct text_map texts = {0};
    cleanup(number_map_deinit) struct number_map numbers = {0};
    size_t at = 0;
    ck_assert_ptr_null(text_map_find(&texts, TEXT("a")));
    ck_assert_ptr_null(text_map_remove(&texts, TEXT("a")));
    ck_assert_ptr_null(text_map_next(&texts, &at));
    ck_assert_ptr_null(number_map_find(&numbers, 1));
    ck_assert_ptr_null(number_map_remove(&numbers, 1));
    ck_assert_ptr_null(number_map_next(&numbers, &at));
}
END_TEST

START_TEST(random_text_operations_agree_with_a_model)
{
    struct random random;
    random_init(&random, (uint64_t)_i);
    cleanup(text_map_deinit) struct text_map map = {0};
    char keys[KEYS][16];
    bool inside[KEYS] = {0};
    size_t count = 0;
    for (size_t i = 0; i < KEYS; i++)
        snprintf(keys[i], sizeof(keys[i]), "%zu", i * i);

    for (int round = 0; round < 20000; round++) {
        size_t i = (size_t)random_below(&random, KEYS);
        struct text key = text_of(keys[i]);
        ck_assert_ptr_eq(text_map_find(&map, key), inside[i] ? keys[i] : NULL);
        // In turns it is mostly filled and mostly emptied.
        bool wanted = random_below(&random, 10) < (round / 2000 % 2 == 0 ? 9u : 1u);
        if (wanted && !inside[i]) {
            text_map_insert(&map, key, keys[i]);
            count++;
        } else if (!wanted) {
            ck_assert_ptr_eq(text_map_remove(&map, key), inside[i] ? keys[i] : NULL);
            count -= inside[i];
        }
        inside[i] = wanted;
        ck_assert_uint_eq(map.count, count);
    }
    for (size_t i = 0; i < KEYS; i++)
        ck_assert_ptr_eq(text_map_find(&map, text_of(keys[i])), inside[i] ? keys[i] : NULL);
}
END_TEST

// Keys as the engine makes them: consecutive, spaced by a power of two, or from the whole range.
static uint64_t key_of(size_t i, int pattern)
{
    switch (pattern) {
    case 0:
        return i + 1;
    case 1:
        return (uint64_t)(i + 1) << 32;
    case 2:
        return (uint64_t)(i + 1) << 10;
    default:
        return UINT64_MAX - i;
    }
}

START_TEST(random_number_operations_agree_with_a_model)
{
    struct random random;
    random_init(&random, (uint64_t)_i);
    cleanup(number_map_deinit) struct number_map map = {0};
    char items[KEYS];
    bool inside[KEYS] = {0};
    size_t count = 0;
    for (int round = 0; round < 20000; round++) {
        size_t i = (size_t)random_below(&random, KEYS);
        uint64_t key = key_of(i, _i);
        ck_assert_ptr_eq(number_map_find(&map, key), inside[i] ? &items[i] : NULL);
        bool wanted = random_below(&random, 10) < (round / 2000 % 2 == 0 ? 9u : 1u);
        if (wanted && !inside[i]) {
            number_map_insert(&map, key, &items[i]);
            count++;
        } else if (!wanted) {
            ck_assert_ptr_eq(number_map_remove(&map, key), inside[i] ? &items[i] : NULL);
            count -= inside[i];
        }
        inside[i] = wanted;
        ck_assert_uint_eq(map.count, count);
    }
    for (size_t i = 0; i < KEYS; i++)
        ck_assert_ptr_eq(number_map_find(&map, key_of(i, _i)), inside[i] ? &items[i] : NULL);
}
END_TEST

START_TEST(a_walk_meets_every_item_once)
{
    cleanup(number_map_deinit) struct number_map numbers = {0};
    cleanup(text_map_deinit) struct text_map texts = {0};
    char items[KEYS] = {0};
    char keys[KEYS][16];
    for (size_t i = 0; i < KEYS; i++) {
        snprintf(keys[i], sizeof(keys[i]), "key-%zu", i);
        text_map_insert(&texts, text_of(keys[i]), &items[i]);
        number_map_insert(&numbers, i + 1, &items[i]);
    }
    size_t at = 0;
    for (char *item; (item = number_map_next(&numbers, &at)) != NULL;)
        (*item)++;
    at = 0;
    for (char *item; (item = text_map_next(&texts, &at)) != NULL;)
        (*item)++;
    for (size_t i = 0; i < KEYS; i++)
        ck_assert_int_eq(items[i], 2);
}
END_TEST

START_TEST(a_map_grows_to_seven_eighths_and_gives_memory_back)
{
    cleanup(number_map_deinit) struct number_map map = {0};
    char item;
    for (uint64_t key = 1; key <= 100000; key++) {
        number_map_insert(&map, key, &item);
        ck_assert_uint_le(map.count * 8, map.capacity * 7);
    }
    ck_assert_uint_eq(map.capacity, 131072);
    for (uint64_t key = 1; key <= 100000; key++)
        ck_assert_ptr_eq(number_map_remove(&map, key), &item);
    ck_assert_uint_eq(map.count, 0);
    ck_assert_uint_le(map.capacity, 64);
}
END_TEST

START_TEST(keys_that_differ_little_are_different)
{
    cleanup(text_map_deinit) struct text_map map = {0};
    char item;
    // The empty text, zero bytes of several lengths, and texts that differ in their last byte or
    // before it.
    const struct text keys[] = {
        TEXT(""),
        TEXT("\0"),
        TEXT("\0\0"),
        TEXT("\0\0\0\0\0\0\0\0"),
        TEXT("\0\0\0\0\0\0\0\0\0"),
        TEXT("12345678"),
        TEXT("123456789"),
        TEXT("12345678\0"),
        TEXT("22345678"),
        TEXT("1234567812345678"),
    };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        ck_assert_ptr_null(text_map_find(&map, keys[i]));
        text_map_insert(&map, keys[i], &item);
    }
    ck_assert_uint_eq(map.count, sizeof(keys) / sizeof(keys[0]));
}
END_TEST

START_TEST(inserting_a_present_key_is_a_broken_program)
{
    struct text_map map = {0};
    char item;
    text_map_insert(&map, TEXT("a"), &item);
    text_map_insert(&map, TEXT("a"), &item);
}
END_TEST

START_TEST(zero_is_no_number_key)
{
    struct number_map map = {0};
    char item;
    number_map_insert(&map, 0, &item);
}
END_TEST

static Suite *map_suite(void)
{
    Suite *suite = suite_create("map");
    TCase *maps = tcase_create("map");
    tcase_add_test(maps, a_zeroed_map_is_empty);
    tcase_add_loop_test(maps, random_text_operations_agree_with_a_model, 0, 4);
    tcase_add_loop_test(maps, random_number_operations_agree_with_a_model, 0, 4);
    tcase_add_test(maps, a_walk_meets_every_item_once);
    tcase_add_test(maps, a_map_grows_to_seven_eighths_and_gives_memory_back);
    tcase_add_test(maps, keys_that_differ_little_are_different);
    tcase_add_test_raise_signal(maps, inserting_a_present_key_is_a_broken_program, SIGABRT);
    tcase_add_test_raise_signal(maps, zero_is_no_number_key, SIGABRT);
    suite_add_tcase(suite, maps);
    return suite;
}

CHECK_MAIN(map_suite)
