// traffic -- what is counted when messages go through a queue, and how old its oldest one is.
#include "tests/support/engine_case.h"

START_TEST(a_receive_counts_its_messages_or_itself_as_empty)
{
    RULES("L-267 L-268 L-269");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    world_receive(&world, queue, 10, -1);
    world_send(&world, queue, "abc");
    world_send(&world, queue, "de");
    struct got got = world_receive(&world, queue, 10, -1);
    world_receive(&world, queue, 10, -1);
    struct parked parked;
    world_park(&world, queue, &parked, 1, 1000, -1);
    world_advance(&world, 1000); // a long poll that ends empty
    ck_assert_int_eq(world_delete(&world, queue, got.messages[0].receipt), ENGINE_OK);
    ck_assert_int_eq(world_delete(&world, queue, got.messages[0].receipt), ENGINE_OK);
    ck_assert_int_ne(world_delete(&world, queue, "nonsense"), ENGINE_OK);
    struct queue_traffic traffic = queue_traffic(queue);
    ck_assert_uint_eq(traffic.sent, 2);
    ck_assert_uint_eq(traffic.sent_bytes, 5);
    ck_assert_uint_eq(traffic.received, 2);
    ck_assert_uint_eq(traffic.empty_receives, 3);
    ck_assert_uint_eq(traffic.deleted, 2);
    ck_assert_uint_eq(traffic.deduplicated, 0);
}
END_TEST

START_TEST(a_duplicate_is_not_sent)
{
    RULES("L-267");
    WORLD(world);
    struct queue_settings settings = world_settings(true);
    struct queue *queue = world_create(&world, "q.fifo", &settings);
    world_send_group(&world, queue, "a", "1", "x");
    world_send_group(&world, queue, "a", "1", "x");
    world_send_group(&world, queue, "b", "2", "x");
    ck_assert_uint_eq(queue_traffic(queue).sent, 2);
    ck_assert_uint_eq(queue_traffic(queue).deduplicated, 1);
    ck_assert_uint_eq(queue_groups_in_flight(queue), 0);
    world_receive(&world, queue, 1, -1);
    ck_assert_uint_eq(queue_groups_in_flight(queue), 1);
    world_receive(&world, queue, 1, -1);
    ck_assert_uint_eq(queue_groups_in_flight(queue), 2);
}
END_TEST

START_TEST(age_counts_from_the_end_of_the_delay_and_in_flight)
{
    RULES("L-270");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    ck_assert_int_eq(queue_oldest_age_ms(queue), 0);
    world_send_delayed(&world, queue, "late", 10000);
    world_advance(&world, 9999);
    ck_assert_int_eq(queue_oldest_age_ms(queue), 0);
    world_advance(&world, 3001);
    ck_assert_int_eq(queue_oldest_age_ms(queue), 3000);
    world_send(&world, queue, "younger");
    world_receive(&world, queue, 1, -1);
    world_advance(&world, 5000);
    ck_assert_int_ge(queue_oldest_age_ms(queue), 5000);
}
END_TEST

START_TEST(age_of_what_was_received_counts_from_the_end_of_its_queues_delay)
{
    RULES("L-270");
    WORLD(world);
    struct queue_settings settings = world_settings(false);
    settings.delay_seconds = 10;
    struct queue *queue = world_create(&world, "q", &settings);
    world_send(&world, queue, "late");
    world_advance(&world, 12000);
    ck_assert_uint_eq(world_receive(&world, queue, 1, -1).count, 1);
    world_advance(&world, 3000);
    ck_assert_int_eq(queue_oldest_age_ms(queue), 5000);
}
END_TEST

// Still considered after 3 receives, not after the 4th.
START_TEST(age_passes_over_poison)
{
    RULES("L-270");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "poison");
    for (int i = 0; i < 3; i++) {
        world_advance(&world, 1000);
        ck_assert_uint_eq(world_receive(&world, queue, 1, 0).count, 1);
    }
    ck_assert_int_eq(queue_oldest_age_ms(queue), 3000);
    ck_assert_uint_eq(world_receive(&world, queue, 1, 0).count, 1);
    ck_assert_int_eq(queue_oldest_age_ms(queue), 0);
}
END_TEST

START_TEST(age_starts_again_in_a_dead_letter_queue)
{
    RULES("L-270");
    WORLD(world);
    struct queue *dead = world_create(&world, "dead", NULL);
    struct queue_settings settings = world_redrive(false, "dead", 1);
    struct queue *queue = world_create(&world, "q", &settings);
    world_send(&world, queue, "poison");
    world_receive(&world, queue, 1, 0);
    world_advance(&world, 60000);
    world_receive(&world, queue, 1, 0);
    ck_assert_int_eq(queue_oldest_age_ms(dead), 0);
    ck_assert_uint_eq(queue_traffic(dead).sent, 0);
    world_advance(&world, 7000);
    ck_assert_int_eq(queue_oldest_age_ms(dead), 7000);
}
END_TEST

START_TEST(noisy_groups_are_counted_and_left_out_of_the_quiet)
{
    RULES("S-245");
    WORLD(world);
    world.noisy_in_flight_min = 2;
    world_reopen(&world);
    struct queue *queue = world_create(&world, "q", NULL);
    for (int i = 0; i < 4; i++)
        world_send_group(&world, queue, "loud", NULL, "x");
    world_receive(&world, queue, 2, 60000);
    world_advance(&world, 2000);
    world_send_group(&world, queue, "calm", NULL, "x");
    world_send_delayed(&world, queue, "nobody", 1000);
    struct send late = {.body = TEXT("x"), .group_id = TEXT("loud"), .delay_ms = 1000};
    struct sent sent;
    engine_send(world.engine, queue, &late, &sent);
    ck_assert_counts(world, queue, "3/2/2");
    struct queue_quiet quiet = queue_quiet(queue);
    ck_assert_uint_eq(quiet.noisy_groups, 1);
    ck_assert_uint_eq(quiet.counts.visible, 1);
    ck_assert_uint_eq(quiet.counts.in_flight, 0);
    ck_assert_uint_eq(quiet.counts.delayed, 1);
    world_advance(&world, 500);
    ck_assert_int_eq(queue_quiet(queue).oldest_age_ms, 500);
    ck_assert_int_eq(queue_oldest_age_ms(queue), 2500);
    // Without one waiting it is quiet.
    world_receive(&world, queue, 10, 60000);
    ck_assert_uint_eq(queue_quiet(queue).noisy_groups, 0);
    ck_assert_uint_eq(queue_quiet(queue).counts.in_flight, 5);
    ck_assert_int_eq(queue_quiet(queue).oldest_age_ms, 2500);
}
END_TEST

static Suite *traffic_suite(void)
{
    Suite *suite = suite_create("traffic");
    TCase *tests = tcase_create("traffic");
    tcase_add_test(tests, a_receive_counts_its_messages_or_itself_as_empty);
    tcase_add_test(tests, a_duplicate_is_not_sent);
    tcase_add_test(tests, age_counts_from_the_end_of_the_delay_and_in_flight);
    tcase_add_test(tests, age_of_what_was_received_counts_from_the_end_of_its_queues_delay);
    tcase_add_test(tests, age_passes_over_poison);
    tcase_add_test(tests, age_starts_again_in_a_dead_letter_queue);
    tcase_add_test(tests, noisy_groups_are_counted_and_left_out_of_the_quiet);
    suite_add_tcase(suite, tests);
    return suite;
}

CHECK_MAIN(traffic_suite)
