// heap_test -- random operations against an array that is searched from end to end.
#include "queue/base/heap.h"
#include "queue/base/random.h"
#include "tests/support/check_main.h"

#define ITEMS 300

struct item {
    char before[3]; // so that the position does not stand at offset 0
    uint32_t position;
    int64_t key;
    bool inside;
};

static int64_t model_least(const struct item *items, size_t *ret_count)
{
    int64_t least = INT64_MAX;
    *ret_count = 0;
    for (size_t i = 0; i < ITEMS; i++) {
        if (!items[i].inside)
            continue;
        (*ret_count)++;
        if (items[i].key < least)
            least = items[i].key;
    }
    return least;
}

static void operate(struct heap *heap, struct item *item, int64_t key, bool change)
{
    if (!item->inside) {
        heap_insert(heap, item, key);
        item->key = key;
        item->inside = true;
    } else if (change) {
        heap_change(heap, item, key);
        item->key = key;
    } else {
        heap_remove(heap, item);
        item->inside = false;
    }
}

static void check_against_model(const struct heap *heap, const struct item *items)
{
    size_t count;
    int64_t least = model_least(items, &count);
    ck_assert_uint_eq(heap->count, count);
    int64_t key = 99;
    const struct item *top = heap_least(heap, &key);
    if (count == 0) {
        ck_assert_ptr_null(top);
        ck_assert_int_eq(key, 99);
        return;
    }
    ck_assert_int_eq(key, least);
    ck_assert_int_eq(top->key, least);
    // One assertion for all of them: each costs libcheck a write to its pipe.
    size_t wrong = 0;
    for (size_t i = 0; i < ITEMS; i++) {
        wrong += heap_contains(heap, &items[i]) != items[i].inside;
        wrong += (items[i].position == HEAP_NOWHERE) == items[i].inside;
    }
    ck_assert_uint_eq(wrong, 0);
}

START_TEST(random_operations_agree_with_a_model)
{
    struct item items[ITEMS] = {0};
    struct random random;
    random_init(&random, (uint64_t)_i);
    cleanup(heap_deinit) struct heap heap;
    heap_init(&heap, offsetof(struct item, position));
    // Few different keys in some rounds, so that ties are common.
    uint64_t key_bound = _i % 2 == 0 ? 10 : 1000000;
    for (int round = 0; round < 5000; round++) {
        struct item *item = &items[random_below(&random, ITEMS)];
        int64_t key = (int64_t)random_below(&random, key_bound) - 5;
        operate(&heap, item, key, random_below(&random, 2) == 0);
        check_against_model(&heap, items);
    }
}
END_TEST

START_TEST(items_come_out_in_ascending_order)
{
    struct item items[ITEMS] = {0};
    struct random random;
    random_init(&random, 7);
    cleanup(heap_deinit) struct heap heap;
    heap_init(&heap, offsetof(struct item, position));
    for (size_t i = 0; i < ITEMS; i++)
        heap_insert(&heap, &items[i], (int64_t)random_below(&random, 100));

    int64_t last = INT64_MIN;
    for (size_t i = 0; i < ITEMS; i++) {
        int64_t key;
        void *item = heap_least(&heap, &key);
        ck_assert_int_ge(key, last);
        last = key;
        heap_remove(&heap, item);
    }
    ck_assert_ptr_null(heap_least(&heap, NULL));
}
END_TEST

START_TEST(the_order_of_ties_depends_on_operations_not_on_addresses)
{
    // The same operations on items laid out the other way round in memory.
    struct item forward[16] = {0};
    struct item backward[16] = {0};
    cleanup(heap_deinit) struct heap first;
    cleanup(heap_deinit) struct heap second;
    heap_init(&first, offsetof(struct item, position));
    heap_init(&second, offsetof(struct item, position));
    for (size_t i = 0; i < 16; i++) {
        heap_insert(&first, &forward[i], (int64_t)(i % 3));
        heap_insert(&second, &backward[15 - i], (int64_t)(i % 3));
    }
    for (size_t i = 0; i < 16; i++) {
        struct item *left = heap_least(&first, NULL);
        struct item *right = heap_least(&second, NULL);
        ck_assert_int_eq(left - forward, 15 - (right - backward));
        heap_remove(&first, left);
        heap_remove(&second, right);
    }
}
END_TEST

START_TEST(the_ends_of_the_key_range_are_keys)
{
    struct item items[3] = {0};
    cleanup(heap_deinit) struct heap heap;
    heap_init(&heap, offsetof(struct item, position));
    heap_insert(&heap, &items[0], INT64_MAX);
    heap_insert(&heap, &items[1], INT64_MIN);
    heap_insert(&heap, &items[2], 0);
    ck_assert_ptr_eq(heap_least(&heap, NULL), &items[1]);
    heap_change(&heap, &items[1], INT64_MAX);
    ck_assert_ptr_eq(heap_least(&heap, NULL), &items[2]);
}
END_TEST

START_TEST(collects_exactly_the_items_up_to_a_key)
{
    static struct item items[ITEMS];
    cleanup(heap_deinit) struct heap heap;
    struct random random;
    void *collected[ITEMS];
    heap_init(&heap, offsetof(struct item, position));
    random_init(&random, 7);
    for (size_t i = 0; i < ITEMS; i++)
        operate(&heap, &items[i], (int64_t)random_below(&random, 50), false);
    for (int64_t key_most = -1; key_most <= 50; key_most++) {
        size_t expected = 0;
        for (size_t i = 0; i < ITEMS; i++)
            expected += items[i].key <= key_most;
        ck_assert_uint_eq(heap_collect(&heap, key_most, NULL), expected);
        size_t wrong = heap_collect(&heap, key_most, collected) == expected ? 0 : 1;
        for (size_t i = 0; i < expected; i++) {
            struct item *item = collected[i];
            wrong += !item->inside || item->key > key_most;
            item->inside = false; // so that the same item twice is wrong
        }
        for (size_t i = 0; i < ITEMS; i++)
            items[i].inside = true;
        ck_assert_uint_eq(wrong, 0);
    }
}
END_TEST

START_TEST(an_item_of_another_heap_is_not_contained)
{
    struct item items[2] = {0};
    cleanup(heap_deinit) struct heap mine;
    cleanup(heap_deinit) struct heap other;
    heap_init(&mine, offsetof(struct item, position));
    heap_init(&other, offsetof(struct item, position));
    heap_insert(&mine, &items[0], 1);
    heap_insert(&other, &items[1], 1);
    ck_assert(heap_contains(&mine, &items[0]));
    ck_assert(!heap_contains(&mine, &items[1]));
}
END_TEST

START_TEST(inserting_an_item_twice_is_a_broken_program)
{
    struct item item = {0};
    struct heap heap;
    heap_init(&heap, offsetof(struct item, position));
    heap_insert(&heap, &item, 1);
    heap_insert(&heap, &item, 2);
}
END_TEST

static Suite *heap_suite(void)
{
    Suite *suite = suite_create("heap");
    TCase *order = tcase_create("heap");
    tcase_add_loop_test(order, random_operations_agree_with_a_model, 0, 4);
    tcase_add_test(order, items_come_out_in_ascending_order);
    tcase_add_test(order, the_order_of_ties_depends_on_operations_not_on_addresses);
    tcase_add_test(order, the_ends_of_the_key_range_are_keys);
    tcase_add_test(order, collects_exactly_the_items_up_to_a_key);
    tcase_add_test(order, an_item_of_another_heap_is_not_contained);
    tcase_add_test_raise_signal(order, inserting_an_item_twice_is_a_broken_program, SIGABRT);
    suite_add_tcase(suite, order);
    return suite;
}

CHECK_MAIN(heap_suite)
