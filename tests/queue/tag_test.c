// tag_test -- the tags of a queue (S-138), on the engine alone.
#include "tests/support/engine_case.h"

static const struct queue_tag two[] = {
    {TEXT("team"), TEXT("orders")},
    {TEXT("Env"), TEXT("")},
};

static void expect_two(const struct queue *queue)
{
    size_t count;
    const struct queue_tag *tags = queue_tags(queue, &count);
    ck_assert_uint_eq(count, 2);
    ck_assert(text_equal(tags[0].key, TEXT("Env")));
    ck_assert(text_equal(tags[0].value, TEXT("")));
    ck_assert(text_equal(tags[1].key, TEXT("team")));
    ck_assert(text_equal(tags[1].value, TEXT("orders")));
}

START_TEST(tags_are_kept_in_order_of_key_over_a_restart)
{
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    engine_set_tags(world.engine, queue, two, 2);
    expect_two(queue);
    size_t count;
    const struct queue_tag *tags = queue_tags(queue, &count);
    engine_set_tags(world.engine, queue, tags, count); // its own
    world_reopen(&world);
    expect_two(world_find(&world, "q"));
}
END_TEST

START_TEST(the_longest_keys_and_values_come_back_over_a_restart)
{
    RULES("S-139");
    WORLD(world);
    cleanup(buffer_deinit) struct buffer key = {0};
    cleanup(buffer_deinit) struct buffer value = {0};
    for (int i = 0; i < 128; i++) // characters of four bytes each
        buffer_append(&key, TEXT("\xf0\x9f\x98\x80"));
    for (int i = 0; i < 256; i++)
        buffer_append(&value, TEXT("\xf0\x9f\x98\x81"));
    const struct queue_tag longest = {buffer_text(&key), buffer_text(&value)};
    struct queue *queue = world_create(&world, "q", NULL);
    engine_set_tags(world.engine, queue, &longest, 1);
    world_reopen(&world);
    size_t count;
    const struct queue_tag *tags = queue_tags(world_find(&world, "q"), &count);
    ck_assert_uint_eq(count, 1);
    ck_assert(text_equal(tags[0].key, longest.key));
    ck_assert(text_equal(tags[0].value, longest.value));
}
END_TEST

START_TEST(no_tags_leave_nothing_behind)
{
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    size_t count = 9;
    engine_set_tags(world.engine, queue, two, 2);
    engine_set_tags(world.engine, queue, NULL, 0);
    queue_tags(queue, &count);
    ck_assert_uint_eq(count, 0);
    world_reopen(&world);
    queue_tags(world_find(&world, "q"), &count);
    ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(tags_go_with_their_queue)
{
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    size_t count = 9;
    engine_set_tags(world.engine, queue, two, 2);
    engine_delete_queue(world.engine, queue);
    world_create(&world, "q", NULL);
    world_reopen(&world);
    queue_tags(world_find(&world, "q"), &count);
    ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(records_that_are_none_do_no_harm)
{
    static const struct text records[][2] = {
        {TEXT("x"), TEXT("")},           {TEXT("99"), TEXT("")},
        {TEXT("1"), TEXT("\0")},         {TEXT("1"), TEXT("\0\4team")},
        {TEXT("1"), TEXT("\0\377team")}, {TEXT("1"), TEXT("\0\4team\0\3or")},
    };
    WORLD(world);
    ck_assert_uint_eq(queue_number(world_create(&world, "q", NULL)), 1);
    for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
        size_t count = 9;
        world.journal->put_record(world.journal, TEXT("queue-tags"), records[i][0], records[i][1]);
        world_reopen(&world);
        queue_tags(world_find(&world, "q"), &count);
        ck_assert_uint_eq(count, 0);
    }
}
END_TEST

static Suite *tag_suite(void)
{
    Suite *suite = suite_create("tag");
    TCase *tcase = tcase_create("tag");
    tcase_add_test(tcase, tags_are_kept_in_order_of_key_over_a_restart);
    tcase_add_test(tcase, the_longest_keys_and_values_come_back_over_a_restart);
    tcase_add_test(tcase, no_tags_leave_nothing_behind);
    tcase_add_test(tcase, tags_go_with_their_queue);
    tcase_add_test(tcase, records_that_are_none_do_no_harm);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(tag_suite)
