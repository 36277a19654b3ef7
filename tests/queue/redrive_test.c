// redrive_test -- the move to the dead-letter queue (section 4.2).
#include "tests/support/engine_case.h"

// Receives a message and lets its lease of one second end.
static struct got receive_and_wait(struct engine_world *world, struct queue *queue)
{
    struct got got = world_receive(world, queue, 10, 1000);
    world_advance(world, 1000);
    return got;
}

START_TEST(received_exactly_so_often_then_moved)
{
    RULES("S-198 S-202");
    WORLD(world);
    int64_t receive_count_max = _i;
    struct queue *dead = world_create(&world, "dead", NULL);
    struct queue_settings settings = world_redrive(false, "dead", receive_count_max);
    struct queue *queue = world_create(&world, "q", &settings);
    world_send(&world, queue, "poison");
    for (int64_t i = 0; i < receive_count_max; i++)
        ck_assert_str_eq(receive_and_wait(&world, queue).bodies, "poison");
    ck_assert_counts(world, queue, "1/0/0");
    ck_assert_uint_eq(world_receive(&world, queue, 10, -1).count, 0);
    ck_assert_counts(world, queue, "0/0/0");
    ck_assert_counts(world, dead, "1/0/0");
    struct got got = world_receive(&world, dead, 10, -1);
    ck_assert_str_eq(got.bodies, "poison");
    ck_assert_uint_eq(got.messages[0].receive_count, (uint32_t)receive_count_max + 1);
}
END_TEST

START_TEST(the_timeout_alone_moves_nothing)
{
    RULES("S-199");
    WORLD(world);
    struct queue *dead = world_create(&world, "dead", NULL);
    struct queue_settings settings = world_redrive(false, "dead", 1);
    struct queue *queue = world_create(&world, "q", &settings);
    world_send(&world, queue, "a");
    receive_and_wait(&world, queue);
    world_advance(&world, 3600000);
    ck_assert_counts(world, queue, "1/0/0");
    ck_assert_counts(world, dead, "0/0/0");
}
END_TEST

START_TEST(a_receive_that_moves_goes_on_looking)
{
    RULES("S-200");
    WORLD(world);
    world_create(&world, "dead", NULL);
    struct queue_settings settings = world_redrive(false, "dead", 1);
    struct queue *queue = world_create(&world, "q", &settings);
    world_send(&world, queue, "a");
    world_send(&world, queue, "b");
    receive_and_wait(&world, queue);
    world_send(&world, queue, "c");
    ck_assert_str_eq(world_receive(&world, queue, 1, -1).bodies, "c");
    ck_assert_uint_eq(world.kind_counts[TRACE_DEAD_LETTERED], 2);
}
END_TEST

START_TEST(a_long_poll_that_moves_goes_on_waiting)
{
    RULES("S-200");
    WORLD(world);
    struct parked parked;
    world_create(&world, "dead", NULL);
    struct queue_settings settings = world_redrive(false, "dead", 1);
    struct queue *queue = world_create(&world, "q", &settings);
    world_send(&world, queue, "a");
    receive_and_wait(&world, queue);
    world_park(&world, queue, &parked, 10, 20000, -1);
    ck_assert_int_eq(parked.got.done_count, 0);
    ck_assert_uint_eq(world.kind_counts[TRACE_DEAD_LETTERED], 1);
    world_send(&world, queue, "b");
    ck_assert_str_eq(parked.got.bodies, "b");
}
END_TEST

START_TEST(a_move_wakes_the_dead_letter_queues_line)
{
    RULES("S-185");
    WORLD(world);
    struct parked parked;
    struct queue *dead = world_create(&world, "dead", NULL);
    struct queue_settings settings = world_redrive(false, "dead", 1);
    struct queue *queue = world_create(&world, "q", &settings);
    world_park(&world, dead, &parked, 10, 20000, -1);
    world_send(&world, queue, "a");
    receive_and_wait(&world, queue);
    world_receive(&world, queue, 1, -1);
    ck_assert_str_eq(parked.got.bodies, "a");
}
END_TEST

START_TEST(what_is_kept_and_what_is_new)
{
    RULES("S-201 S-203");
    WORLD(world);
    struct queue *dead = world_create(&world, "dead", NULL);
    struct queue_settings settings = world_redrive(false, "dead", 1);
    struct queue *queue = world_create(&world, "q", &settings);
    world_send(&world, queue, "a");
    world_advance(&world, 250);
    struct got before = receive_and_wait(&world, queue);
    world_receive(&world, queue, 1, -1);
    struct got after = world_receive(&world, dead, 1, -1);
    ck_assert_str_eq(after.messages[0].message_id, before.messages[0].message_id);
    ck_assert_str_eq(after.messages[0].body_md5, before.messages[0].body_md5);
    ck_assert_str_eq(after.messages[0].sender_id, before.messages[0].sender_id);
    ck_assert_int_eq(after.messages[0].sent_at_ms, WORLD_START_MS);
    ck_assert_int_eq(after.messages[0].first_received_at_ms, WORLD_START_MS + 250);
    ck_assert_str_eq(before.messages[0].dead_letter_source, "");
    ck_assert_str_eq(after.messages[0].dead_letter_source, "arn:aws:sqs:us-east-1:000000000000:q");
    const struct world_point *point = world_last(&world, TRACE_DEAD_LETTERED);
    ck_assert_str_eq(point->queue, "q");
    ck_assert_str_eq(point->other, "dead");
    ck_assert_str_eq(point->reason, "received 1 times, maxReceiveCount is 1");
}
END_TEST

START_TEST(a_handle_of_the_source_does_not_reach_it_any_more)
{
    RULES("S-204");
    WORLD(world);
    struct queue *dead = world_create(&world, "dead", NULL);
    struct queue_settings settings = world_redrive(false, "dead", 1);
    struct queue *queue = world_create(&world, "q", &settings);
    world_send(&world, queue, "a");
    struct got got = receive_and_wait(&world, queue);
    world_receive(&world, queue, 1, -1);
    ck_assert_int_eq(world_delete(&world, queue, got.messages[0].receipt), ENGINE_OK);
    ck_assert_int_eq(world_change(&world, queue, got.messages[0].receipt, 1000),
                     ENGINE_MESSAGE_GONE);
    ck_assert_int_eq(world_delete(&world, dead, got.messages[0].receipt),
                     ENGINE_RECEIPT_OF_OTHER_QUEUE);
    ck_assert_counts(world, dead, "1/0/0");
}
END_TEST

START_TEST(without_its_dead_letter_queue_it_is_delivered_on)
{
    RULES("S-207");
    WORLD(world);
    struct queue *dead = world_create(&world, "dead", NULL);
    struct queue_settings settings = world_redrive(false, "dead", 1);
    struct queue *queue = world_create(&world, "q", &settings);
    world_send(&world, queue, "a");
    engine_delete_queue(world.engine, dead);
    for (uint32_t i = 1; i <= 5; i++)
        ck_assert_uint_eq(receive_and_wait(&world, queue).messages[0].receive_count, i);
    dead = world_create(&world, "dead", NULL); // looked up when it matters
    ck_assert_uint_eq(world_receive(&world, queue, 1, -1).count, 0);
    ck_assert_counts(world, dead, "1/0/0");
}
END_TEST

START_TEST(a_target_of_another_type_is_none)
{
    RULES("S-192 S-207");
    WORLD(world);
    struct queue *dead = world_create(&world, "dead.fifo", NULL);
    struct queue_settings settings = world_redrive(false, "dead.fifo", 1);
    struct queue *queue = world_create(&world, "q", &settings);
    world_send(&world, queue, "a");
    receive_and_wait(&world, queue);
    ck_assert_uint_eq(receive_and_wait(&world, queue).count, 1);
    ck_assert_counts(world, dead, "0/0/0");
}
END_TEST

START_TEST(a_new_policy_acts_on_old_messages)
{
    RULES("S-208");
    WORLD(world);
    world_create(&world, "dead", NULL);
    struct queue_settings settings = world_redrive(false, "dead", 5);
    struct queue *queue = world_create(&world, "q", &settings);
    world_send(&world, queue, "a");
    receive_and_wait(&world, queue);
    receive_and_wait(&world, queue);
    settings.receive_count_max = 2;
    engine_change_settings(world.engine, queue, &settings);
    ck_assert_uint_eq(world_receive(&world, queue, 1, -1).count, 0);
    ck_assert_uint_eq(world.kind_counts[TRACE_DEAD_LETTERED], 1);
}
END_TEST

START_TEST(a_chain_delivers_in_every_queue)
{
    RULES("S-209");
    WORLD(world);
    struct queue *third = world_create(&world, "third", NULL);
    struct queue_settings to_third = world_redrive(false, "third", 1);
    struct queue *second = world_create(&world, "second", &to_third);
    struct queue_settings to_second = world_redrive(false, "second", 1);
    struct queue *first = world_create(&world, "first", &to_second);
    world_send(&world, first, "a");
    ck_assert_uint_eq(receive_and_wait(&world, first).messages[0].receive_count, 1);
    ck_assert_uint_eq(receive_and_wait(&world, first).count, 0);
    ck_assert_uint_eq(receive_and_wait(&world, second).messages[0].receive_count, 2);
    ck_assert_uint_eq(receive_and_wait(&world, second).count, 0);
    struct got got = receive_and_wait(&world, third);
    ck_assert_uint_eq(got.messages[0].receive_count, 3);
    ck_assert_str_eq(got.messages[0].dead_letter_source,
                     "arn:aws:sqs:us-east-1:000000000000:second");
}
END_TEST

START_TEST(a_queue_can_be_its_own)
{
    RULES("S-193");
    WORLD(world);
    bool fifo = _i == 1;
    const char *name = fifo ? "self.fifo" : "self";
    struct queue_settings settings = world_redrive(fifo, name, 1);
    struct queue *queue = world_create(&world, name, &settings);
    world_send_group(&world, queue, fifo ? "g" : NULL, NULL, "a");
    ck_assert_uint_eq(receive_and_wait(&world, queue).count, 1);
    ck_assert_uint_eq(world_receive(&world, queue, 10, -1).count, 0); // moved, and not met again
    ck_assert_counts(world, queue, "1/0/0");
    struct got got = world_receive(&world, queue, 10, -1);
    ck_assert_uint_eq(got.messages[0].receive_count, 2);
    ck_assert_uint_eq(world.kind_counts[TRACE_DEAD_LETTERED], 1);
}
END_TEST

// It comes back behind the others of its group, and the same receive must not meet it there.
START_TEST(a_fifo_queue_that_is_its_own_moves_once_in_a_receive)
{
    RULES("S-193");
    WORLD(world);
    struct queue_settings settings = world_redrive(true, "q.fifo", 1);
    struct queue *queue = world_create(&world, "q.fifo", &settings);
    world_send_group(&world, queue, "g", "d1", "a");
    world_receive(&world, queue, 1, 1000);
    world_send_group(&world, queue, "g", "d2", "b");
    world_advance(&world, 1000);
    ck_assert_str_eq(world_receive(&world, queue, 10, 0).bodies, "b");
    ck_assert_str_eq(world_peek_bodies(&world, queue, 10), "b,a");
}
END_TEST

START_TEST(its_own_dead_letter_reaches_the_poll_that_waits)
{
    RULES("S-193");
    WORLD(world);
    struct parked parked;
    struct queue_settings settings = world_redrive(false, "self", 1);
    struct queue *queue = world_create(&world, "self", &settings);
    world_send(&world, queue, "a");
    receive_and_wait(&world, queue);
    world_park(&world, queue, &parked, 10, 20000, 0);
    ck_assert_str_eq(parked.got.bodies, "a");
    ck_assert_uint_eq(parked.got.messages[0].receive_count, 2);
}
END_TEST

START_TEST(a_standard_message_keeps_its_age)
{
    RULES("S-182");
    WORLD(world);
    struct queue_settings dead_settings = world_settings(false);
    dead_settings.message_retention_seconds = 100;
    struct queue *dead = world_create(&world, "dead", &dead_settings);
    struct queue_settings settings = world_redrive(false, "dead", 1);
    struct queue *queue = world_create(&world, "q", &settings);
    world_send(&world, queue, "a");
    world_advance(&world, 75000);
    receive_and_wait(&world, queue);
    world_receive(&world, queue, 1, -1);
    world_advance(&world, 23999);
    ck_assert_counts(world, dead, "1/0/0");
    world_advance(&world, 1);
    ck_assert_counts(world, dead, "0/0/0");
}
END_TEST

START_TEST(one_too_old_for_the_dead_letter_queue_expires_there)
{
    RULES("S-182");
    WORLD(world);
    struct queue_settings dead_settings = world_settings(false);
    dead_settings.message_retention_seconds = 60;
    struct queue *dead = world_create(&world, "dead", &dead_settings);
    struct queue_settings settings = world_redrive(false, "dead", 1);
    struct queue *queue = world_create(&world, "q", &settings);
    world_send(&world, queue, "a");
    world_advance(&world, 75000);
    receive_and_wait(&world, queue);
    world_receive(&world, queue, 1, -1);
    ck_assert_counts(world, dead, "0/0/0");
    ck_assert_str_eq(world_last(&world, TRACE_EXPIRED)->queue, "dead");
}
END_TEST

START_TEST(the_source_arn_outlives_the_source)
{
    RULES("S-203");
    WORLD(world);
    struct queue *dead = world_create(&world, "dead", NULL);
    struct queue_settings settings = world_redrive(false, "dead", 1);
    struct queue *queue = world_create(&world, "q", &settings);
    world_send(&world, queue, "a");
    receive_and_wait(&world, queue);
    world_receive(&world, queue, 1, -1);
    engine_delete_queue(world.engine, queue);
    for (int i = 0; i < 2; i++) {
        struct got got = receive_and_wait(&world, dead);
        ck_assert_str_eq(got.messages[0].dead_letter_source,
                         "arn:aws:sqs:us-east-1:000000000000:q");
        world_reopen(&world);
        dead = world_find(&world, "dead");
    }
}
END_TEST

START_TEST(fifo_unblocks_the_group_and_replaces_the_deduplication_id)
{
    RULES("S-205");
    WORLD(world);
    struct queue *dead = world_create(&world, "dead.fifo", NULL);
    struct queue_settings settings = world_redrive(true, "dead.fifo", 1);
    struct queue *queue = world_create(&world, "q.fifo", &settings);
    struct sent sent = world_send_group(&world, queue, "g", "d1", "a");
    world_receive(&world, queue, 1, 1000);
    world_send_group(&world, queue, "g", "d2", "b");
    world_advance(&world, 1000);
    ck_assert_str_eq(world_receive(&world, queue, 10, -1).bodies, "b");
    struct got got = world_receive(&world, dead, 10, -1);
    ck_assert_str_eq(got.bodies, "a");
    ck_assert_str_eq(got.messages[0].group_id, "g");
    ck_assert_str_eq(got.messages[0].deduplication_id, got.messages[0].message_id);
    ck_assert_uint_gt(got.messages[0].sequence, sent.sequence);
}
END_TEST

START_TEST(fifo_starts_a_new_retention)
{
    RULES("S-182");
    WORLD(world);
    struct queue_settings dead_settings = world_settings(true);
    dead_settings.message_retention_seconds = 100;
    struct queue *dead = world_create(&world, "dead.fifo", &dead_settings);
    struct queue_settings settings = world_redrive(true, "dead.fifo", 1);
    struct queue *queue = world_create(&world, "q.fifo", &settings);
    world_send_group(&world, queue, "g", NULL, "a");
    world_advance(&world, 75000);
    receive_and_wait(&world, queue);
    world_receive(&world, queue, 1, -1);
    world_advance(&world, 99999);
    ck_assert_counts(world, dead, "1/0/0");
    world_advance(&world, 1);
    ck_assert_counts(world, dead, "0/0/0");
}
END_TEST

static Suite *redrive_suite(void)
{
    Suite *suite = suite_create("redrive");
    TCase *tcase = tcase_create("redrive");
    tcase_add_loop_test(tcase, received_exactly_so_often_then_moved, 1, 4);
    tcase_add_test(tcase, the_timeout_alone_moves_nothing);
    tcase_add_test(tcase, a_receive_that_moves_goes_on_looking);
    tcase_add_test(tcase, a_long_poll_that_moves_goes_on_waiting);
    tcase_add_test(tcase, a_move_wakes_the_dead_letter_queues_line);
    tcase_add_test(tcase, what_is_kept_and_what_is_new);
    tcase_add_test(tcase, a_handle_of_the_source_does_not_reach_it_any_more);
    tcase_add_test(tcase, without_its_dead_letter_queue_it_is_delivered_on);
    tcase_add_test(tcase, a_target_of_another_type_is_none);
    tcase_add_test(tcase, a_new_policy_acts_on_old_messages);
    tcase_add_test(tcase, a_chain_delivers_in_every_queue);
    tcase_add_loop_test(tcase, a_queue_can_be_its_own, 0, 2);
    tcase_add_test(tcase, a_fifo_queue_that_is_its_own_moves_once_in_a_receive);
    tcase_add_test(tcase, its_own_dead_letter_reaches_the_poll_that_waits);
    tcase_add_test(tcase, a_standard_message_keeps_its_age);
    tcase_add_test(tcase, one_too_old_for_the_dead_letter_queue_expires_there);
    tcase_add_test(tcase, the_source_arn_outlives_the_source);
    tcase_add_test(tcase, fifo_unblocks_the_group_and_replaces_the_deduplication_id);
    tcase_add_test(tcase, fifo_starts_a_new_retention);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(redrive_suite)
