// random_test -- equal seeds give equal worlds; UUIDs of version 4.
#include "queue/base/random.h"
#include "tests/support/check_main.h"

#include <string.h>

START_TEST(equal_seeds_give_equal_sequences)
{
    struct random first;
    struct random second;
    struct random other;
    random_init(&first, 42);
    random_init(&second, 42);
    random_init(&other, 43);
    bool differs = false;
    for (int i = 0; i < 1000; i++) {
        uint64_t number = random_next(&first);
        ck_assert_uint_eq(number, random_next(&second));
        differs |= number != random_next(&other);
    }
    ck_assert(differs);
}
END_TEST

START_TEST(the_generator_is_xoshiro256_starstar)
{
    // From the reference implementation, with the state 1, 2, 3, 4.
    struct random random = {.state = {1, 2, 3, 4}};
    const uint64_t expected[] = {11520u, 0u, 1509978240u, 1215971899390074240u};
    for (size_t i = 0; i < 4; i++)
        ck_assert_uint_eq(random_next(&random), expected[i]);
    // splitmix64's first number for seed 0, as published with it.
    random_init(&random, 0);
    ck_assert_uint_eq(random.state[0], 0xe220a8397b1dcdafu);
}
END_TEST

START_TEST(seed_zero_is_a_seed)
{
    struct random random;
    random_init(&random, 0);
    ck_assert_uint_ne(random_next(&random) | random_next(&random), 0);
}
END_TEST

START_TEST(numbers_below_a_bound_are_below_it_and_even)
{
    struct random random;
    random_init(&random, 1);
    int counts[7] = {0};
    for (int i = 0; i < 70000; i++) {
        uint64_t number = random_below(&random, 7);
        ck_assert_uint_lt(number, 7);
        counts[number]++;
    }
    for (int i = 0; i < 7; i++)
        ck_assert(counts[i] > 9500 && counts[i] < 10500);
    for (int i = 0; i < 100; i++) {
        ck_assert_uint_eq(random_below(&random, 1), 0);
        ck_assert_uint_lt(random_below(&random, (1ull << 63) + 1), (1ull << 63) + 1);
    }
}
END_TEST

START_TEST(uuids_have_version_4_and_the_variant_and_differ)
{
    struct random random;
    random_init(&random, 5);
    uint8_t last[UUID_BYTES] = {0};
    uint8_t ones[UUID_BYTES] = {0};
    uint8_t zeros[UUID_BYTES] = {0};
    for (int i = 0; i < 1000; i++) {
        uint8_t uuid[UUID_BYTES];
        random_uuid(&random, uuid);
        ck_assert_uint_eq(uuid[6] >> 4, 4);
        ck_assert_uint_eq(uuid[8] >> 6, 2);
        ck_assert_int_ne(memcmp(uuid, last, UUID_BYTES), 0);
        memcpy(last, uuid, UUID_BYTES);
        for (size_t at = 0; at < UUID_BYTES; at++) {
            ones[at] |= uuid[at];
            zeros[at] = (uint8_t)(zeros[at] | ~uuid[at]);
        }
    }
    // Every other bit is free.
    for (size_t at = 0; at < UUID_BYTES; at++) {
        ck_assert_uint_eq(ones[at], at == 6 ? 0x4f : at == 8 ? 0xbf : 0xff);
        ck_assert_uint_eq(zeros[at], at == 6 ? 0xbf : at == 8 ? 0x7f : 0xff);
    }
}
END_TEST

// Equal seeds give equal UUIDs on every machine: two numbers, the highest byte of each first.
START_TEST(a_uuid_is_two_numbers)
{
    struct random random = {.state = {1, 2, 3, 4}};
    uint8_t uuid[UUID_BYTES];
    char text[UUID_TEXT_BYTES + 1] = {0};
    random_uuid(&random, uuid); // 11520 and 0
    uuid_format(uuid, text);
    ck_assert_str_eq(text, "00000000-0000-4d00-8000-000000000000");
    random_uuid(&random, uuid); // 1509978240 and 1215971899390074240
    uuid_format(uuid, text);
    ck_assert_str_eq(text, "00000000-5a00-4080-90e0-000000009d80");
}
END_TEST

START_TEST(a_uuid_is_written_and_read_back)
{
    const uint8_t uuid[UUID_BYTES] = {0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x42, 0xd3,
                                      0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40, 0x0f};
    char text[UUID_TEXT_BYTES + 1] = {0};
    uuid_format(uuid, text);
    ck_assert_str_eq(text, "123e4567-e89b-42d3-a456-42661417400f");

    uint8_t back[UUID_BYTES] = {0};
    ck_assert(uuid_from_text(text_of(text), back));
    ck_assert_mem_eq(back, uuid, UUID_BYTES);
    ck_assert(uuid_from_text(TEXT("123E4567-E89B-42D3-A456-42661417400F"), back));
    ck_assert_mem_eq(back, uuid, UUID_BYTES);
}
END_TEST

START_TEST(what_is_no_uuid_is_refused_and_nothing_written)
{
    const struct text rows[] = {
        TEXT(""),
        TEXT("123e4567-e89b-42d3-a456-42661417400"),
        TEXT("123e4567-e89b-42d3-a456-42661417400ff"),
        TEXT("123e4567e89b42d3a45642661417400f"),
        TEXT("{23e4567-e89b-42d3-a456-42661417400f"),
        TEXT("123e4567-e89b-42d3-a456-42661417400g"),
        TEXT("123e4567-e89b-42d3-a456-426614174 0f"),
        TEXT("123e4567-e89b-42d3-a4560426614174-0f"),
        TEXT("123e4567_e89b_42d3_a456_42661417400f"),
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t uuid[UUID_BYTES] = {9};
        const uint8_t untouched[UUID_BYTES] = {9};
        ck_assert_msg(!uuid_from_text(rows[i], uuid), "row %zu", i);
        ck_assert_mem_eq(uuid, untouched, UUID_BYTES);
    }
}
END_TEST

START_TEST(the_system_gives_seeds_that_differ)
{
    ck_assert_uint_ne(random_seed_from_system(), random_seed_from_system());
}
END_TEST

static Suite *random_suite(void)
{
    Suite *suite = suite_create("random");
    TCase *numbers = tcase_create("random");
    tcase_add_test(numbers, equal_seeds_give_equal_sequences);
    tcase_add_test(numbers, the_generator_is_xoshiro256_starstar);
    tcase_add_test(numbers, seed_zero_is_a_seed);
    tcase_add_test(numbers, numbers_below_a_bound_are_below_it_and_even);
    tcase_add_test(numbers, uuids_have_version_4_and_the_variant_and_differ);
    tcase_add_test(numbers, a_uuid_is_two_numbers);
    tcase_add_test(numbers, a_uuid_is_written_and_read_back);
    tcase_add_test(numbers, what_is_no_uuid_is_refused_and_nothing_written);
    tcase_add_test(numbers, the_system_gives_seeds_that_differ);
    suite_add_tcase(suite, numbers);
    return suite;
}

CHECK_MAIN(random_suite)
