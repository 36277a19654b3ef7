// message_test -- the arrows of the life cycle: lease, delay, retention, counts, and the table of section 3.5 for standard queues.
#include "tests/support/engine_case.h"

START_TEST(a_received_message_is_hidden_until_its_timeout)
{
    RULES("S-174");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    struct got got = world_receive(&world, queue, 1, 30000);
    ck_assert_str_eq(got.bodies, "a");
    ck_assert_int_eq(got.messages[0].visible_at_ms, WORLD_START_MS + 30000);
    world_advance(&world, 29999);
    ck_assert_uint_eq(world_receive(&world, queue, 1, 30000).count, 0);
    world_advance(&world, 1);
    got = world_receive(&world, queue, 1, 30000);
    ck_assert_str_eq(got.bodies, "a");
    ck_assert_uint_eq(got.messages[0].receive_count, 2);
}
END_TEST

START_TEST(the_end_of_a_lease_is_told_at_its_instant)
{
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    world_receive(&world, queue, 1, 12345);
    world_advance(&world, 1000000);
    ck_assert_int_eq(world_last(&world, TRACE_VISIBLE_AGAIN)->at_ms, WORLD_START_MS + 12345);
    ck_assert_uint_eq(world.kind_counts[TRACE_VISIBLE_AGAIN], 1);
}
END_TEST

START_TEST(the_queues_timeout_counts_and_later_changes_do_not_touch_leases)
{
    RULES("S-174");
    WORLD(world);
    struct queue_settings settings = world_settings(false);
    settings.visibility_timeout_seconds = 7;
    struct queue *queue = world_create(&world, "q", &settings);
    world_send(&world, queue, "a");
    struct got got = world_receive(&world, queue, 1, -1);
    ck_assert_int_eq(got.messages[0].visible_at_ms, WORLD_START_MS + 7000);
    settings.visibility_timeout_seconds = 1;
    engine_change_settings(world.engine, queue, &settings);
    world_advance(&world, 6999);
    ck_assert_counts(world, queue, "0/1/0");
    world_advance(&world, 1);
    ck_assert_counts(world, queue, "1/0/0");
    got = world_receive(&world, queue, 1, -1);
    ck_assert_int_eq(got.messages[0].visible_at_ms, world_now_ms(&world) + 1000);
}
END_TEST

START_TEST(visibility_timeout_0_leaves_it_receivable)
{
    RULES("S-175 S-176");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    world_send(&world, queue, "b");
    struct got first = world_receive(&world, queue, 10, 0);
    ck_assert_str_eq(first.bodies, "a,b"); // each once, although both are visible again
    ck_assert_counts(world, queue, "2/0/0");
    struct got second = world_receive(&world, queue, 1, 0);
    ck_assert_str_eq(second.bodies, "a");
    ck_assert_uint_eq(second.messages[0].receive_count, 2);
    ck_assert_int_eq(world_delete(&world, queue, first.messages[0].receipt), ENGINE_OK);
    ck_assert_counts(world, queue, "1/0/0");
}
END_TEST

START_TEST(what_a_receive_reports)
{
    RULES("S-55 S-145 S-165 S-166 S-244");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    struct sent sent;
    engine_send(world.engine, queue,
                &(struct send){.body = TEXT("hello"),
                               .attributes = TEXT(""),
                               .sender_id = TEXT("AIDAX"),
                               .trace_header = TEXT("Root=1"),
                               .group_id = TEXT("tenant"),
                               .delay_ms = -1},
                &sent);
    world_advance(&world, 500);
    world_receive(&world, queue, 1, 100);
    world_advance(&world, 1000);
    struct got got = world_receive(&world, queue, 1, 100);
    const struct got_message *message = &got.messages[0];
    ck_assert_int_eq(strncmp(message->message_id, sent.message_id, UUID_TEXT_BYTES), 0);
    ck_assert_str_eq(message->body, "hello");
    ck_assert_str_eq(message->body_md5, "5d41402abc4b2a76b9719d911017c592");
    ck_assert_int_eq(strncmp(message->body_md5, sent.body_md5, MD5_HEX_BYTES), 0);
    ck_assert_str_eq(message->sender_id, "AIDAX");
    ck_assert_str_eq(message->trace_header, "Root=1");
    ck_assert_str_eq(message->group_id, "tenant");
    ck_assert_str_eq(message->deduplication_id, "");
    ck_assert_str_eq(message->dead_letter_source, "");
    ck_assert_uint_eq(message->sequence, 0);
    ck_assert_uint_eq(sent.sequence, 0);
    ck_assert_int_eq(message->sent_at_ms, WORLD_START_MS);
    ck_assert_int_eq(message->first_received_at_ms, WORLD_START_MS + 500);
    ck_assert_uint_eq(message->receive_count, 2);
}
END_TEST

START_TEST(handles_differ_and_ids_stay)
{
    RULES("S-170");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    struct got first = world_receive(&world, queue, 1, 0);
    struct got second = world_receive(&world, queue, 1, 0);
    ck_assert_str_ne(first.messages[0].receipt, second.messages[0].receipt);
    ck_assert_str_eq(first.messages[0].message_id, second.messages[0].message_id);
}
END_TEST

// ---- delay ----

START_TEST(a_delayed_message_comes_later)
{
    RULES("S-180");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    world_send_delayed(&world, queue, "a", 5000);
    ck_assert_counts(world, queue, "0/0/1");
    ck_assert_uint_eq(world_receive(&world, queue, 1, -1).count, 0);
    world_advance(&world, 4999);
    ck_assert_counts(world, queue, "0/0/1");
    world_advance(&world, 1);
    ck_assert_counts(world, queue, "1/0/0");
    ck_assert_int_eq(world_last(&world, TRACE_DELAY_ENDED)->at_ms, WORLD_START_MS + 5000);
    ck_assert_str_eq(world_receive(&world, queue, 1, -1).bodies, "a");
}
END_TEST

START_TEST(a_messages_delay_beats_the_queues_also_0)
{
    RULES("S-178");
    WORLD(world);
    struct queue_settings settings = world_settings(false);
    settings.delay_seconds = 10;
    struct queue *queue = world_create(&world, "q", &settings);
    world_send_delayed(&world, queue, "now", 0);
    world_send_delayed(&world, queue, "own", 3000);
    world_send_delayed(&world, queue, "queue", -1);
    ck_assert_counts(world, queue, "1/0/2");
    world_advance(&world, 3000);
    ck_assert_counts(world, queue, "2/0/1");
    settings.delay_seconds = 0; // does not affect what is there
    engine_change_settings(world.engine, queue, &settings);
    world_advance(&world, 6999);
    ck_assert_counts(world, queue, "2/0/1");
    world_advance(&world, 1);
    ck_assert_counts(world, queue, "3/0/0");
}
END_TEST

// ---- retention ----

START_TEST(retention_ends_visible_in_flight_and_delayed)
{
    RULES("S-88 S-104 S-181");
    WORLD(world);
    struct queue_settings settings = world_settings(false);
    settings.message_retention_seconds = 60;
    struct queue *queue = world_create(&world, "q", &settings);
    world_send(&world, queue, "flight");
    struct got got = world_receive(&world, queue, 1, 600000);
    world_send(&world, queue, "visible");
    world_send_delayed(&world, queue, "delayed", 100000);
    world_advance(&world, 59999);
    ck_assert_counts(world, queue, "1/1/1");
    world_advance(&world, 1);
    ck_assert_counts(world, queue, "0/0/0");
    ck_assert_uint_eq(world.kind_counts[TRACE_EXPIRED], 3);
    ck_assert_uint_eq(engine_message_count(world.engine), 0);
    ck_assert_int_eq(world_delete(&world, queue, got.messages[0].receipt), ENGINE_OK);
    ck_assert_int_eq(world_change(&world, queue, got.messages[0].receipt, 5), ENGINE_MESSAGE_GONE);
}
END_TEST

START_TEST(a_shorter_retention_acts_at_once_a_longer_one_saves)
{
    RULES("S-181");
    WORLD(world);
    struct queue_settings settings = world_settings(false);
    struct queue *queue = world_create(&world, "q", &settings);
    world_send(&world, queue, "old");
    world_advance(&world, 100000);
    world_send(&world, queue, "new");
    settings.message_retention_seconds = 60;
    engine_change_settings(world.engine, queue, &settings);
    ck_assert_counts(world, queue, "1/0/0");
    settings.message_retention_seconds = 120;
    engine_change_settings(world.engine, queue, &settings);
    world_advance(&world, 119999);
    ck_assert_counts(world, queue, "1/0/0");
    world_advance(&world, 1);
    ck_assert_counts(world, queue, "0/0/0");
}
END_TEST

// ---- delete: the standard row of the table of 3.5 ----

START_TEST(delete_twice_is_fine)
{
    RULES("S-88");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    struct got got = world_receive(&world, queue, 1, -1);
    ck_assert_int_eq(world_delete(&world, queue, got.messages[0].receipt), ENGINE_OK);
    ck_assert_counts(world, queue, "0/0/0");
    ck_assert_int_eq(world_delete(&world, queue, got.messages[0].receipt), ENGINE_OK);
    ck_assert_uint_eq(world.kind_counts[TRACE_DELETED], 1);
}
END_TEST

START_TEST(delete_after_the_timeout)
{
    RULES("S-89");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    struct got got = world_receive(&world, queue, 1, 1000);
    world_advance(&world, 1000);
    ck_assert_int_eq(world_delete(&world, queue, got.messages[0].receipt), ENGINE_OK);
    ck_assert_counts(world, queue, "0/0/0");
}
END_TEST

START_TEST(delete_by_an_old_handle_while_another_holds_it)
{
    RULES("S-89");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    struct got old = world_receive(&world, queue, 1, 1000);
    world_advance(&world, 1000);
    world_receive(&world, queue, 1, 1000);
    ck_assert_int_eq(world_delete(&world, queue, old.messages[0].receipt), ENGINE_OK);
    ck_assert_counts(world, queue, "0/0/0");
}
END_TEST

START_TEST(garbage_and_other_queues_handles)
{
    RULES("S-86 S-87 S-106");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    struct queue *other = world_create(&world, "other", NULL);
    world_send(&world, queue, "a");
    struct got got = world_receive(&world, queue, 1, 1000);
    ck_assert_int_eq(world_delete(&world, queue, "garbage"), ENGINE_RECEIPT_INVALID);
    ck_assert_int_eq(world_change(&world, queue, "garbage", 0), ENGINE_RECEIPT_INVALID);
    ck_assert_int_eq(world_delete(&world, other, got.messages[0].receipt),
                     ENGINE_RECEIPT_OF_OTHER_QUEUE);
    ck_assert_int_eq(world_change(&world, other, got.messages[0].receipt, 0),
                     ENGINE_RECEIPT_OF_OTHER_QUEUE);
    ck_assert_counts(world, queue, "0/1/0");
}
END_TEST

START_TEST(a_recreated_queue_does_not_know_the_old_handles)
{
    RULES("S-87");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    struct got got = world_receive(&world, queue, 1, 1000);
    engine_delete_queue(world.engine, queue);
    queue = world_create(&world, "q", NULL);
    ck_assert_int_eq(world_delete(&world, queue, got.messages[0].receipt),
                     ENGINE_RECEIPT_OF_OTHER_QUEUE);
}
END_TEST

// ---- change of visibility ----

START_TEST(visibility_0_shows_it_at_once)
{
    RULES("S-100 S-176");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    struct got got = world_receive(&world, queue, 1, 30000);
    ck_assert_int_eq(world_change(&world, queue, got.messages[0].receipt, 0), ENGINE_OK);
    ck_assert_counts(world, queue, "1/0/0");
    ck_assert_str_eq(world_last(&world, TRACE_VISIBLE_AGAIN)->reason,
                     "its visibility timeout was set to 0");
    got = world_receive(&world, queue, 1, -1);
    ck_assert_uint_eq(got.messages[0].receive_count, 2); // The change did not count
}
END_TEST

START_TEST(the_new_timeout_runs_from_the_call)
{
    RULES("S-101");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    struct got got = world_receive(&world, queue, 1, 30000);
    world_advance(&world, 10000);
    ck_assert_int_eq(world_change(&world, queue, got.messages[0].receipt, 5000), ENGINE_OK);
    ck_assert_int_eq(world_last(&world, TRACE_VISIBILITY_CHANGED)->until_ms,
                     WORLD_START_MS + 15000);
    world_advance(&world, 4999);
    ck_assert_counts(world, queue, "0/1/0");
    world_advance(&world, 1);
    ck_assert_counts(world, queue, "1/0/0");
    got = world_receive(&world, queue, 1, -1); // the queue's default is as it was
    ck_assert_int_eq(got.messages[0].visible_at_ms, world_now_ms(&world) + 30000);
}
END_TEST

START_TEST(a_visible_message_is_hidden_again)
{
    RULES("S-102");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    struct got got = world_receive(&world, queue, 1, 30000);
    ck_assert_int_eq(world_change(&world, queue, got.messages[0].receipt, 0), ENGINE_OK);
    ck_assert_int_eq(world_change(&world, queue, got.messages[0].receipt, 30000), ENGINE_OK);
    ck_assert_uint_eq(world_receive(&world, queue, 1, -1).count, 0);
    ck_assert_counts(world, queue, "0/1/0");
    world_advance(&world, 30000);
    ck_assert_counts(world, queue, "1/0/0");
    ck_assert_int_eq(world_change(&world, queue, got.messages[0].receipt, 0),
                     ENGINE_OK); // nothing to do
    ck_assert_counts(world, queue, "1/0/0");
}
END_TEST

START_TEST(an_older_handle_acts_on_the_message)
{
    RULES("S-103");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    struct got old = world_receive(&world, queue, 1, 1000);
    world_advance(&world, 1000);
    world_receive(&world, queue, 1, 30000);
    ck_assert_int_eq(world_change(&world, queue, old.messages[0].receipt, 0), ENGINE_OK);
    ck_assert_counts(world, queue, "1/0/0");
}
END_TEST

START_TEST(change_on_a_deleted_message)
{
    RULES("S-104");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    struct got got = world_receive(&world, queue, 1, 1000);
    ck_assert_int_eq(world_delete(&world, queue, got.messages[0].receipt), ENGINE_OK);
    ck_assert_int_eq(world_change(&world, queue, got.messages[0].receipt, 1000),
                     ENGINE_MESSAGE_GONE);
}
END_TEST

START_TEST(twelve_hours_from_the_receive)
{
    RULES("S-99 S-177");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    struct got got = world_receive(&world, queue, 1, 30000);
    const char *receipt = got.messages[0].receipt;
    ck_assert_int_eq(world_change(&world, queue, receipt, VISIBILITY_TOTAL_MS), ENGINE_OK);
    world_advance(&world, 1);
    ck_assert_int_eq(world_change(&world, queue, receipt, VISIBILITY_TOTAL_MS),
                     ENGINE_VISIBILITY_TOO_LONG);
    ck_assert_int_eq(world_change(&world, queue, receipt, VISIBILITY_TOTAL_MS - 1), ENGINE_OK);
    world_advance(&world, 3600000);
    ck_assert_int_eq(world_change(&world, queue, receipt, VISIBILITY_TOTAL_MS - 3600000),
                     ENGINE_VISIBILITY_TOO_LONG);
    ck_assert_int_eq(world_change(&world, queue, receipt, VISIBILITY_TOTAL_MS - 3600001),
                     ENGINE_OK);
    world_advance(&world, VISIBILITY_TOTAL_MS); // a new receive starts a new 12 hours
    got = world_receive(&world, queue, 1, 1000);
    ck_assert_int_eq(world_change(&world, queue, got.messages[0].receipt, VISIBILITY_TOTAL_MS),
                     ENGINE_OK);
}
END_TEST

START_TEST(every_point_of_a_plain_life_is_told)
{
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    struct got got = world_receive(&world, queue, 1, 1000);
    ck_assert_int_eq(world_delete(&world, queue, got.messages[0].receipt), ENGINE_OK);
    ck_assert_uint_eq(world.point_count, 3);
    ck_assert_int_eq(world.points[0].kind, TRACE_SENT);
    ck_assert_int_eq(world.points[1].kind, TRACE_RECEIVED);
    ck_assert_int_eq(world.points[1].until_ms, WORLD_START_MS + 1000);
    ck_assert_uint_eq(world.points[1].receive_count, 1);
    ck_assert_str_eq(world.points[1].actor, "client");
    ck_assert_int_eq(world.points[2].kind, TRACE_DELETED);
    ck_assert_str_eq(world.points[2].queue, "q");
}
END_TEST

// 0: a standard queue; 1: FIFO.
START_TEST(every_point_names_the_message_group)
{
    RULES("S-55");
    WORLD(world);
    struct queue *queue = world_create(&world, _i == 0 ? "q" : "q.fifo", NULL);
    world_send_group(&world, queue, "g", NULL, "a");
    ck_assert_str_eq(world_last(&world, TRACE_SENT)->group, "g");
    world_receive(&world, queue, 1, 1000);
    ck_assert_str_eq(world_last(&world, TRACE_RECEIVED)->group, "g");
    world_advance(&world, 1000);
    ck_assert_str_eq(world_last(&world, TRACE_VISIBLE_AGAIN)->group, "g");
    struct got got = world_receive(&world, queue, 1, 1000);
    ck_assert_int_eq(world_delete(&world, queue, got.messages[0].receipt), ENGINE_OK);
    ck_assert_str_eq(world_last(&world, TRACE_DELETED)->group, "g");
}
END_TEST

static Suite *message_suite(void)
{
    Suite *suite = suite_create("message");
    TCase *tcase = tcase_create("message");
    tcase_add_test(tcase, a_received_message_is_hidden_until_its_timeout);
    tcase_add_test(tcase, the_end_of_a_lease_is_told_at_its_instant);
    tcase_add_test(tcase, the_queues_timeout_counts_and_later_changes_do_not_touch_leases);
    tcase_add_test(tcase, visibility_timeout_0_leaves_it_receivable);
    tcase_add_test(tcase, what_a_receive_reports);
    tcase_add_test(tcase, handles_differ_and_ids_stay);
    tcase_add_test(tcase, a_delayed_message_comes_later);
    tcase_add_test(tcase, a_messages_delay_beats_the_queues_also_0);
    tcase_add_test(tcase, retention_ends_visible_in_flight_and_delayed);
    tcase_add_test(tcase, a_shorter_retention_acts_at_once_a_longer_one_saves);
    tcase_add_test(tcase, delete_twice_is_fine);
    tcase_add_test(tcase, delete_after_the_timeout);
    tcase_add_test(tcase, delete_by_an_old_handle_while_another_holds_it);
    tcase_add_test(tcase, garbage_and_other_queues_handles);
    tcase_add_test(tcase, a_recreated_queue_does_not_know_the_old_handles);
    tcase_add_test(tcase, visibility_0_shows_it_at_once);
    tcase_add_test(tcase, the_new_timeout_runs_from_the_call);
    tcase_add_test(tcase, a_visible_message_is_hidden_again);
    tcase_add_test(tcase, an_older_handle_acts_on_the_message);
    tcase_add_test(tcase, change_on_a_deleted_message);
    tcase_add_test(tcase, twelve_hours_from_the_receive);
    tcase_add_test(tcase, every_point_of_a_plain_life_is_told);
    tcase_add_loop_test(tcase, every_point_names_the_message_group, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(message_suite)
