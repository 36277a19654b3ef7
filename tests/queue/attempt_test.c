// attempt_test -- ReceiveRequestAttemptId (S-242).
#include "tests/support/engine_case.h"

static struct got receive_attempt(struct engine_world *world, struct queue *queue, const char *id,
                                  int64_t visibility_ms)
{
    struct parked parked;
    world_prepare(world, &parked, 10, 0, visibility_ms);
    parked.receive.attempt = text_of(id);
    engine_receive(world->engine, queue, &parked.receive);
    world_settle(world);
    return parked.got;
}

static struct queue *two_messages(struct engine_world *world)
{
    struct queue *queue = world_create(world, "q.fifo", NULL);
    world_send_group(world, queue, "g", NULL, "a");
    world_send_group(world, queue, "g", NULL, "b");
    return queue;
}

START_TEST(the_same_attempt_gets_the_same_messages_and_handles)
{
    RULES("S-242");
    WORLD(world);
    struct queue *queue = two_messages(&world);
    struct got first = receive_attempt(&world, queue, "try", 30000);
    world_advance(&world, 10000);
    struct got again = receive_attempt(&world, queue, "try", 30000);
    ck_assert_str_eq(again.bodies, "a,b");
    for (int i = 0; i < 2; i++) {
        ck_assert_str_eq(again.messages[i].receipt, first.messages[i].receipt);
        ck_assert_uint_eq(again.messages[i].receive_count, 1);
    }
    world_advance(&world, 29999); // the timeout began anew
    ck_assert_counts(world, queue, "0/2/0");
    ck_assert_int_eq(world_delete(&world, queue, first.messages[0].receipt), ENGINE_OK);
}
END_TEST

START_TEST(another_attempt_or_none_does_not_get_them)
{
    RULES("S-242");
    WORLD(world);
    struct queue *queue = two_messages(&world);
    receive_attempt(&world, queue, "try", 30000);
    ck_assert_uint_eq(receive_attempt(&world, queue, "other", 30000).count, 0);
    ck_assert_uint_eq(world_receive(&world, queue, 10, -1).count, 0);
    ck_assert_uint_eq(receive_attempt(&world, queue, "try", 30000).count, 2);
}
END_TEST

START_TEST(a_delete_or_a_change_ends_it)
{
    RULES("S-242");
    WORLD(world);
    struct queue *queue = two_messages(&world);
    struct got got = receive_attempt(&world, queue, "try", 30000);
    if (_i == 0)
        ck_assert_int_eq(world_delete(&world, queue, got.messages[1].receipt), ENGINE_OK);
    else
        ck_assert_int_eq(world_change(&world, queue, got.messages[1].receipt, 60000), ENGINE_OK);
    ck_assert_uint_eq(receive_attempt(&world, queue, "try", 30000).count, 0);
}
END_TEST

START_TEST(after_the_timeout_it_is_a_new_receive)
{
    RULES("S-242");
    WORLD(world);
    struct queue *queue = two_messages(&world);
    struct got first = receive_attempt(&world, queue, "try", 1000);
    world_advance(&world, 1000);
    struct got again = receive_attempt(&world, queue, "try", 1000);
    ck_assert_uint_eq(again.count, 2);
    ck_assert_uint_eq(again.messages[0].receive_count, 2);
    ck_assert_str_ne(again.messages[0].receipt, first.messages[0].receipt);
}
END_TEST

START_TEST(five_minutes)
{
    RULES("S-242");
    WORLD(world);
    struct queue *queue = two_messages(&world);
    receive_attempt(&world, queue, "try", 3600000);
    world_advance(&world, 299999);
    ck_assert_uint_eq(receive_attempt(&world, queue, "try", 3600000).count, 2);
    world_advance(&world, 1);
    ck_assert_uint_eq(receive_attempt(&world, queue, "try", 3600000).count, 0);
}
END_TEST

START_TEST(an_id_may_be_used_again_for_another_receive)
{
    RULES("S-242");
    WORLD(world);
    struct queue *queue = two_messages(&world);
    receive_attempt(&world, queue, "try", 1000);
    receive_attempt(&world, queue, "other", 1000);
    world_advance(&world, 1000);
    receive_attempt(&world, queue, "other", 5000);
    ck_assert_uint_eq(receive_attempt(&world, queue, "try", 5000).count, 0);
    ck_assert_uint_eq(receive_attempt(&world, queue, "other", 5000).count, 2);
    engine_purge_queue(world.engine, queue);
    ck_assert_uint_eq(receive_attempt(&world, queue, "other", 5000).count, 0);
}
END_TEST

static Suite *attempt_suite(void)
{
    Suite *suite = suite_create("attempt");
    TCase *tcase = tcase_create("attempt");
    tcase_add_test(tcase, the_same_attempt_gets_the_same_messages_and_handles);
    tcase_add_test(tcase, another_attempt_or_none_does_not_get_them);
    tcase_add_loop_test(tcase, a_delete_or_a_change_ends_it, 0, 2);
    tcase_add_test(tcase, after_the_timeout_it_is_a_new_receive);
    tcase_add_test(tcase, five_minutes);
    tcase_add_test(tcase, an_id_may_be_used_again_for_another_receive);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(attempt_suite)
