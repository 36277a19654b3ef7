// group_test -- FIFO: the prefix rule, recorded orders (S-229 to S-241), deduplication (S-221 to S-227), expired handles.
#include "tests/support/engine_case.h"

#include <stdio.h>

static void send_all(struct engine_world *world, struct queue *queue, const char *const *names,
                     size_t count)
{
    // "g1-m1": the group is what stands before the hyphen.
    for (size_t i = 0; i < count; i++) {
        char group[8] = {0};
        memcpy(group, names[i], 2);
        world_send_group(world, queue, group, NULL, names[i]);
        world_advance(world, 10);
    }
}
#define SEND(world, queue, ...)                                     \
    send_all(&(world), (queue), (const char *const[]){__VA_ARGS__}, \
             sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static const char *receipt_of(const struct got *got, const char *body)
{
    for (size_t i = 0; i < got->count; i++) {
        if (strcmp(got->messages[i].body, body) == 0)
            return got->messages[i].receipt;
    }
    ck_abort_msg("%s was not received", body);
}

static void remove_message(struct engine_world *world, struct queue *queue, const struct got *got,
                           const char *body)
{
    ck_assert_int_eq(world_delete(world, queue, receipt_of(got, body)), ENGINE_OK);
}

static void change(struct engine_world *world, struct queue *queue, const struct got *got,
                   const char *body, int64_t visibility_ms)
{
    ck_assert_int_eq(world_change(world, queue, receipt_of(got, body), visibility_ms), ENGINE_OK);
}

// ---- the visible prefix ----

START_TEST(only_the_visible_prefix_extended_first)
{
    RULES("S-229");
    WORLD(world);
    struct queue *queue = world_create(&world, "q.fifo", NULL);
    static const char *const extended[] = {"g1-m1", "g1-m2", "g1-m3"};
    static const char *const expected[] = {"", "g1-m1", "g1-m1,g1-m2"};
    SEND(world, queue, "g1-m1", "g1-m2", "g1-m3");
    struct got got = world_receive(&world, queue, 10, 2000);
    ck_assert_uint_eq(got.count, 3);
    change(&world, queue, &got, extended[_i], 100000);
    world_advance(&world, 2000);
    ck_assert_str_eq(world_receive(&world, queue, 10, 2000).bodies, expected[_i]);
}
END_TEST

START_TEST(a_head_set_to_0_is_receivable_alone)
{
    RULES("S-230");
    WORLD(world);
    struct queue *queue = world_create(&world, "q.fifo", NULL);
    SEND(world, queue, "g1-m1", "g1-m2");
    struct got got = world_receive(&world, queue, 10, 30000);
    change(&world, queue, &got, "g1-m1", 0);
    ck_assert_str_eq(world_receive(&world, queue, 10, 1000).bodies, "g1-m1");
    world_advance(&world, 1000); // the head's own shorter timeout passes
    ck_assert_str_eq(world_receive(&world, queue, 10, 1000).bodies, "g1-m1");
}
END_TEST

START_TEST(deletes_free_the_group)
{
    RULES("S-96 S-231 S-232");
    WORLD(world);
    struct parked parked;
    struct queue *queue = world_create(&world, "q.fifo", NULL);
    SEND(world, queue, "g1-m1", "g1-m2");
    struct got got = world_receive(&world, queue, 2, 30000);
    SEND(world, queue, "g1-m3");
    ck_assert_uint_eq(world_receive(&world, queue, 10, -1).count, 0);
    world_park(&world, queue, &parked, 10, 20000, -1);
    remove_message(&world, queue, &got, "g1-m1");
    ck_assert_int_eq(parked.got.done_count, 0); // behind g1-m2 still
    remove_message(&world, queue, &got, "g1-m2");
    ck_assert_str_eq(parked.got.bodies, "g1-m3");
}
END_TEST

START_TEST(one_group_after_the_other)
{
    RULES("S-233 S-234-e");
    WORLD(world);
    struct queue *queue = world_create(&world, "q.fifo", NULL);
    SEND(world, queue, "g1-m1", "g2-m1", "g1-m2", "g1-m3");
    ck_assert_str_eq(world_receive(&world, queue, 10, -1).bodies, "g1-m1,g1-m2,g1-m3,g2-m1");
}
END_TEST

// ---- the recorded orders ----

START_TEST(never_received_before_timed_out)
{
    RULES("S-234-a");
    WORLD(world);
    struct queue *queue = world_create(&world, "q.fifo", NULL);
    SEND(world, queue, "g1-m1", "g1-m2", "g1-m3", "g2-m1");
    ck_assert_uint_eq(world_receive(&world, queue, 10, 2000).count, 4);
    SEND(world, queue, "g1-m4", "g3-m1");
    world_advance(&world, 2000);
    ck_assert_str_eq(world_receive(&world, queue, 10, 2000).bodies,
                     "g3-m1,g1-m1,g1-m2,g1-m3,g1-m4,g2-m1");
}
END_TEST

START_TEST(after_deletes_by_the_next_heads_send)
{
    RULES("S-234-b");
    WORLD(world);
    struct queue *queue = world_create(&world, "q.fifo", NULL);
    SEND(world, queue, "g1-m1", "g1-m2", "g2-m1", "g2-m2", "g1-m3", "g1-m4", "g3-m1");
    struct got got = world_receive(&world, queue, 2, 30000);
    ck_assert_str_eq(got.bodies, "g1-m1,g1-m2");
    remove_message(&world, queue, &got, "g1-m1");
    remove_message(&world, queue, &got, "g1-m2");
    ck_assert_str_eq(world_receive(&world, queue, 10, 30000).bodies,
                     "g2-m1,g2-m2,g1-m3,g1-m4,g3-m1");
}
END_TEST

START_TEST(visibility_timeout_0)
{
    RULES("S-234-c S-235");
    WORLD(world);
    struct queue *queue = world_create(&world, "q.fifo", NULL);
    SEND(world, queue, "g1-m1", "g1-m2", "g2-m1", "g2-m2", "g3-m1");
    // The same with a clock that stands still and with one that runs.
    ck_assert_str_eq(world_receive(&world, queue, 3, 0).bodies, "g1-m1,g1-m2,g2-m1");
    world_advance(&world, _i);
    ck_assert_str_eq(world_receive(&world, queue, 10, 0).bodies, "g3-m1,g1-m1,g1-m2,g2-m1,g2-m2");
}
END_TEST

START_TEST(terminated_after_never_received)
{
    RULES("S-234-d");
    WORLD(world);
    struct queue *queue = world_create(&world, "q.fifo", NULL);
    SEND(world, queue, "g1-m1");
    struct got got = world_receive(&world, queue, 1, 30000);
    SEND(world, queue, "g2-m1");
    change(&world, queue, &got, "g1-m1", 0);
    ck_assert_str_eq(world_receive(&world, queue, 10, -1).bodies, "g2-m1,g1-m1");
}
END_TEST

// ---- order, counters, delays ----

START_TEST(order_survives_timeouts)
{
    RULES("S-236");
    WORLD(world);
    struct queue *queue = world_create(&world, "q.fifo", NULL);
    SEND(world, queue, "g1-m1", "g1-m2", "g1-m3");
    for (int i = 0; i < 3; i++) {
        ck_assert_str_eq(world_receive(&world, queue, 10, 1000).bodies, "g1-m1,g1-m2,g1-m3");
        world_advance(&world, 1000);
    }
}
END_TEST

START_TEST(a_partial_failure_keeps_its_place)
{
    RULES("S-237");
    WORLD(world);
    struct queue *queue = world_create(&world, "q.fifo", NULL);
    SEND(world, queue, "g1-m1", "g1-m2", "g1-m3", "g1-m4");
    struct got got = world_receive(&world, queue, 3, 1000);
    remove_message(&world, queue, &got, "g1-m1");
    remove_message(&world, queue, &got, "g1-m3");
    ck_assert_uint_eq(world_receive(&world, queue, 10, 1000).count, 0);
    world_advance(&world, 1000);
    ck_assert_str_eq(world_receive(&world, queue, 10, 1000).bodies, "g1-m2,g1-m4");
}
END_TEST

START_TEST(blocked_messages_count_as_visible)
{
    RULES("S-238");
    WORLD(world);
    struct queue *queue = world_create(&world, "q.fifo", NULL);
    SEND(world, queue, "g1-m1", "g1-m2", "g2-m1", "g3-m1", "g3-m2");
    world_receive(&world, queue, 4, 30000);
    ck_assert_counts(world, queue, "1/4/0");
    ck_assert_uint_eq(world_receive(&world, queue, 10, 30000).count, 0);
}
END_TEST

START_TEST(an_empty_group_works_as_new)
{
    RULES("S-239");
    WORLD(world);
    struct queue *queue = world_create(&world, "q.fifo", NULL);
    for (int i = 0; i < 3; i++) {
        char body[16];
        snprintf(body, sizeof(body), "g1-%d", i);
        world_send_group(&world, queue, "g1", NULL, body);
        struct got got = world_receive(&world, queue, 10, 30000);
        ck_assert_str_eq(got.bodies, body);
        remove_message(&world, queue, &got, body);
        ck_assert_counts(world, queue, "0/0/0");
    }
}
END_TEST

START_TEST(the_queues_delay_in_order_and_the_head_blocks)
{
    RULES("S-241");
    WORLD(world);
    struct queue_settings settings = world_settings(true);
    settings.delay_seconds = 2;
    struct queue *queue = world_create(&world, "q.fifo", &settings);
    world_send_group(&world, queue, "g1", NULL, "g1-m1");
    world_advance(&world, 1000);
    world_send_group(&world, queue, "g1", NULL, "g1-m2");
    ck_assert_counts(world, queue, "0/0/2");
    world_advance(&world, 1000);
    ck_assert_counts(world, queue, "1/0/1");
    ck_assert_str_eq(world_receive(&world, queue, 10, 500).bodies, "g1-m1");
    world_advance(&world, 1000);
    ck_assert_str_eq(world_receive(&world, queue, 10, 500).bodies, "g1-m1,g1-m2");
}
END_TEST

START_TEST(delay_0_in_the_request_is_not_given)
{
    RULES("S-53");
    WORLD(world);
    struct queue_settings settings = world_settings(true);
    settings.delay_seconds = 2;
    struct queue *queue = world_create(&world, "q.fifo", &settings);
    struct sent sent;
    engine_send(world.engine, queue,
                &(struct send){.body = TEXT("a"), .group_id = TEXT("g"), .delay_ms = 0}, &sent);
    ck_assert_counts(world, queue, "0/0/1");
}
END_TEST

START_TEST(a_changed_delay_acts_on_what_is_there)
{
    RULES("S-179");
    WORLD(world);
    struct queue_settings settings = world_settings(true);
    settings.delay_seconds = 10;
    struct queue *queue = world_create(&world, "q.fifo", &settings);
    world_send_group(&world, queue, "g1", NULL, "a");
    world_advance(&world, 3000);
    settings.delay_seconds = 5;
    engine_change_settings(world.engine, queue, &settings);
    world_advance(&world, 1999);
    ck_assert_counts(world, queue, "0/0/1");
    world_advance(&world, 1);
    ck_assert_counts(world, queue, "1/0/0");
    settings.delay_seconds = 8; // hidden again: it was never received
    engine_change_settings(world.engine, queue, &settings);
    ck_assert_counts(world, queue, "0/0/1");
    settings.delay_seconds = 0;
    engine_change_settings(world.engine, queue, &settings);
    world_receive(&world, queue, 1, 1000);
    settings.delay_seconds = 900; // what was received has had its delay
    engine_change_settings(world.engine, queue, &settings);
    ck_assert_counts(world, queue, "0/1/0");
}
END_TEST

START_TEST(a_purge_frees_the_groups)
{
    RULES("S-136 S-137");
    WORLD(world);
    struct queue *queue = world_create(&world, "q.fifo", NULL);
    SEND(world, queue, "g1-m1", "g1-m2");
    world_receive(&world, queue, 1, 30000);
    engine_purge_queue(world.engine, queue);
    ck_assert_counts(world, queue, "0/0/0");
    SEND(world, queue, "g1-m1"); // The same content is accepted too
    ck_assert_str_eq(world_receive(&world, queue, 10, -1).bodies, "g1-m1");
}
END_TEST

START_TEST(retention_unblocks_the_group)
{
    WORLD(world);
    struct queue_settings settings = world_settings(true);
    settings.message_retention_seconds = 60;
    struct parked parked;
    struct queue *queue = world_create(&world, "q.fifo", &settings);
    world_send_group(&world, queue, "g1", NULL, "a");
    world_receive(&world, queue, 1, 600000);
    world_advance(&world, 50000);
    world_send_group(&world, queue, "g1", NULL, "b");
    world_park(&world, queue, &parked, 10, 20000, -1);
    world_advance(&world, 20000);
    ck_assert_str_eq(parked.got.bodies, "b");
    ck_assert_int_eq(parked.got.at_ms, WORLD_START_MS + 60000);
}
END_TEST

// ---- expired handles ----

START_TEST(the_fifo_row_of_the_table)
{
    RULES("S-91 S-105 S-172");
    WORLD(world);
    struct queue *queue = world_create(&world, "q.fifo", NULL);
    SEND(world, queue, "g1-m1");
    struct got first = world_receive(&world, queue, 1, 1000);
    world_advance(&world, 999);
    change(&world, queue, &first, "g1-m1", 2000); // in flight: a new deadline
    world_advance(&world, 2000);
    ck_assert_int_eq(world_delete(&world, queue, first.messages[0].receipt),
                     ENGINE_RECEIPT_EXPIRED);
    ck_assert_int_eq(world_change(&world, queue, first.messages[0].receipt, 1000),
                     ENGINE_RECEIPT_EXPIRED);
    ck_assert_counts(world, queue, "1/0/0");
    struct got second = world_receive(&world, queue, 1, 1000);
    ck_assert_int_eq(world_delete(&world, queue, first.messages[0].receipt),
                     ENGINE_RECEIPT_EXPIRED);
    ck_assert_int_eq(world_delete(&world, queue, second.messages[0].receipt), ENGINE_OK);
    ck_assert_int_eq(world_delete(&world, queue, second.messages[0].receipt), ENGINE_OK); // gone
    ck_assert_int_eq(world_change(&world, queue, second.messages[0].receipt, 1000),
                     ENGINE_MESSAGE_GONE);
    ck_assert_int_eq(world_delete(&world, queue, "garbage"), ENGINE_RECEIPT_INVALID);
}
END_TEST

START_TEST(a_delete_within_the_extension)
{
    RULES("S-92");
    WORLD(world);
    struct queue *queue = world_create(&world, "q.fifo", NULL);
    SEND(world, queue, "g1-m1");
    struct got got = world_receive(&world, queue, 1, 1000);
    change(&world, queue, &got, "g1-m1", 5000);
    world_advance(&world, 4999);
    remove_message(&world, queue, &got, "g1-m1");
    ck_assert_counts(world, queue, "0/0/0");
}
END_TEST

START_TEST(timeout_0_expires_with_the_next_millisecond)
{
    RULES("S-175");
    WORLD(world);
    struct queue *queue = world_create(&world, "q.fifo", NULL);
    SEND(world, queue, "g1-m1");
    struct got got = world_receive(&world, queue, 1, 0);
    world_advance(&world, 1);
    ck_assert_int_eq(world_delete(&world, queue, got.messages[0].receipt), ENGINE_RECEIPT_EXPIRED);
    got = world_receive(&world, queue, 1, 0);
    remove_message(&world, queue, &got, "g1-m1");
    ck_assert_counts(world, queue, "0/0/0");
}
END_TEST

START_TEST(a_handle_set_to_0_is_expired)
{
    RULES("S-172");
    WORLD(world);
    struct queue *queue = world_create(&world, "q.fifo", NULL);
    SEND(world, queue, "g1-m1");
    struct got got = world_receive(&world, queue, 1, 30000);
    change(&world, queue, &got, "g1-m1", 0);
    ck_assert_int_eq(world_delete(&world, queue, got.messages[0].receipt), ENGINE_RECEIPT_EXPIRED);
}
END_TEST

// ---- deduplication ----

START_TEST(a_duplicate_is_answered_and_not_stored)
{
    RULES("S-60 S-221");
    WORLD(world);
    struct queue *queue = world_create(&world, "q.fifo", NULL);
    struct sent first = world_send_group(&world, queue, "g", "d", "hello");
    world_advance(&world, 299999);
    struct sent again = world_send_group(&world, queue, "g", "d", "message");
    ck_assert(again.duplicate && !first.duplicate);
    ck_assert_int_eq(memcmp(again.message_id, first.message_id, UUID_TEXT_BYTES), 0);
    ck_assert_uint_eq(again.sequence, first.sequence);
    ck_assert_int_eq(memcmp(again.body_md5, "78e731027d8fd50ed642340b7c9a63b3", MD5_HEX_BYTES), 0);
    ck_assert_counts(world, queue, "1/0/0");
    ck_assert_uint_eq(world.kind_counts[TRACE_DUPLICATE], 1);
    world_advance(&world, 1); // sharp; the duplicate did not extend it
    struct sent third = world_send_group(&world, queue, "g", "d", "hello");
    ck_assert(!third.duplicate);
    ck_assert_int_ne(memcmp(third.message_id, first.message_id, UUID_TEXT_BYTES), 0);
    ck_assert_uint_gt(third.sequence, first.sequence);
    ck_assert_counts(world, queue, "2/0/0");
}
END_TEST

START_TEST(the_window_outlives_receive_and_delete_and_expiry)
{
    RULES("S-221 S-227");
    WORLD(world);
    struct queue_settings settings = world_settings(true);
    settings.message_retention_seconds = 60;
    struct queue *queue = world_create(&world, "q.fifo", &settings);
    world_send_group(&world, queue, "g", "d1", "a");
    struct got got = world_receive(&world, queue, 1, 30000);
    remove_message(&world, queue, &got, "a");
    ck_assert(world_send_group(&world, queue, "g", "d1", "a").duplicate);
    world_send_group(&world, queue, "g", "d2", "b");
    world_advance(&world, 60000);
    ck_assert_counts(world, queue, "0/0/0");
    ck_assert(world_send_group(&world, queue, "g", "d2", "b").duplicate);
}
END_TEST

START_TEST(groups_collide_unless_the_scope_is_the_group)
{
    RULES("S-222");
    WORLD(world);
    struct queue_settings settings = world_settings(true);
    struct queue *queue = world_create(&world, "q.fifo", &settings);
    world_send_group(&world, queue, "g1", "d", "a");
    ck_assert(world_send_group(&world, queue, "g2", "d", "b").duplicate);
    settings.deduplication_per_group = true;
    struct queue *scoped = world_create(&world, "scoped.fifo", &settings);
    world_send_group(&world, scoped, "g1", "d", "a");
    ck_assert(!world_send_group(&world, scoped, "g2", "d", "b").duplicate);
    ck_assert(world_send_group(&world, scoped, "g2", "d", "b").duplicate);
}
END_TEST

START_TEST(the_scope_at_creation_governs)
{
    RULES("S-223");
    WORLD(world);
    bool per_group = _i == 1;
    struct queue_settings settings = world_settings(true);
    settings.deduplication_per_group = per_group;
    struct queue *queue = world_create(&world, "q.fifo", &settings);
    world_send_group(&world, queue, "g1", "old", "a");
    settings.deduplication_per_group = !per_group;
    engine_change_settings(world.engine, queue, &settings);
    ck_assert_int_eq(queue_settings(queue)->deduplication_per_group,
                     !per_group); // reported at once
    world_send_group(&world, queue, "g1", "new", "a");
    for (int i = 0; i < 2; i++) {
        char group[] = {'x', (char)('0' + i), 0};
        ck_assert_int_eq(world_send_group(&world, queue, group, "old", "b").duplicate, !per_group);
        ck_assert_int_eq(world_send_group(&world, queue, group, "new", "b").duplicate, !per_group);
        world_reopen(&world);
        queue = world_find(&world, "q.fifo");
    }
}
END_TEST

// A database outlives the program that wrote it: what stands there is understood.
START_TEST(a_noted_scope_is_understood)
{
    RULES("S-223");
    WORLD(world);
    ck_assert_uint_eq(queue_number(world_create(&world, "q.fifo", NULL)), 1);
    static const char *const notes[] = {"messageGroup", "queue"};
    for (int i = 0; i < 2; i++) {
        char id[] = {'i', (char)('0' + i), 0};
        world.journal->put_record(world.journal, TEXT("deduplication-scope"), TEXT("1"),
                                  text_of(notes[i]));
        world_reopen(&world);
        struct queue *queue = world_find(&world, "q.fifo");
        world_send_group(&world, queue, "g1", id, "a");
        ck_assert_int_eq(world_send_group(&world, queue, "g2", id, "a").duplicate, i == 1);
    }
}
END_TEST

START_TEST(content_gives_the_id)
{
    RULES("S-224");
    WORLD(world);
    struct queue *queue = world_create(&world, "q.fifo", NULL);
    static const char id[] = "0967115f2813a3541eaef77de9d9d5773f1c0c04314b0bbfe4ff3b3b1c55b5d5";
    world_send_group(&world, queue, "g", NULL, "same");
    ck_assert(world_send_group(&world, queue, "g", NULL, "same").duplicate);
    ck_assert(world_send_group(&world, queue, "g", id, "other").duplicate); // equal to the hash
    ck_assert(!world_send_group(&world, queue, "g", "explicit", "same").duplicate);
    struct got got = world_receive(&world, queue, 10, -1);
    ck_assert_str_eq(got.messages[0].deduplication_id, id);
    ck_assert_str_eq(got.messages[1].deduplication_id, "explicit");
}
END_TEST

START_TEST(purge_and_a_new_queue_forget)
{
    RULES("S-136 S-226");
    WORLD(world);
    struct queue *queue = world_create(&world, "q.fifo", NULL);
    world_send_group(&world, queue, "g", "d", "a");
    engine_purge_queue(world.engine, queue);
    ck_assert(!world_send_group(&world, queue, "g", "d", "a").duplicate);
    engine_delete_queue(world.engine, queue);
    queue = world_create(&world, "q.fifo", NULL);
    ck_assert(!world_send_group(&world, queue, "g", "d", "a").duplicate);
}
END_TEST

START_TEST(the_window_survives_a_restart)
{
    RULES("S-221");
    WORLD(world);
    struct queue *queue = world_create(&world, "q.fifo", NULL);
    struct sent first = world_send_group(&world, queue, "g", "d", "a");
    world_advance(&world, 1000);
    world_send_group(&world, queue, "g", "e", "a");
    world_reopen(&world);
    queue = world_find(&world, "q.fifo");
    struct sent again = world_send_group(&world, queue, "g", "d", "a");
    ck_assert(again.duplicate);
    ck_assert_int_eq(memcmp(again.message_id, first.message_id, UUID_TEXT_BYTES), 0);
    ck_assert_uint_eq(again.sequence, first.sequence);
    world_advance(&world, 299000);
    ck_assert(!world_send_group(&world, queue, "g", "d", "a").duplicate);
    ck_assert(world_send_group(&world, queue, "g", "e", "a").duplicate);
}
END_TEST

START_TEST(sequence_numbers_grow_and_stay)
{
    RULES("S-228");
    WORLD(world);
    struct queue *queue = world_create(&world, "q.fifo", NULL);
    struct sent a = world_send_group(&world, queue, "g", "1", "a");
    struct sent b = world_send_group(&world, queue, "h", "2", "b");
    ck_assert_uint_gt(a.sequence, 0);
    ck_assert_uint_gt(b.sequence, a.sequence);
    for (int i = 0; i < 2; i++) {
        struct got got = world_receive(&world, queue, 10, 1000);
        ck_assert_uint_eq(got.messages[0].sequence, a.sequence);
        ck_assert_uint_eq(got.messages[1].sequence, b.sequence);
        world_advance(&world, 1000);
    }
}
END_TEST

static void add_order_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, only_the_visible_prefix_extended_first, 0, 3);
    tcase_add_test(tcase, a_head_set_to_0_is_receivable_alone);
    tcase_add_test(tcase, deletes_free_the_group);
    tcase_add_test(tcase, one_group_after_the_other);
    tcase_add_test(tcase, never_received_before_timed_out);
    tcase_add_test(tcase, after_deletes_by_the_next_heads_send);
    tcase_add_loop_test(tcase, visibility_timeout_0, 0, 2);
    tcase_add_test(tcase, terminated_after_never_received);
    tcase_add_test(tcase, order_survives_timeouts);
    tcase_add_test(tcase, a_partial_failure_keeps_its_place);
    tcase_add_test(tcase, blocked_messages_count_as_visible);
    tcase_add_test(tcase, an_empty_group_works_as_new);
    tcase_add_test(tcase, the_queues_delay_in_order_and_the_head_blocks);
    tcase_add_test(tcase, delay_0_in_the_request_is_not_given);
    tcase_add_test(tcase, a_changed_delay_acts_on_what_is_there);
    tcase_add_test(tcase, a_purge_frees_the_groups);
    tcase_add_test(tcase, retention_unblocks_the_group);
}

static Suite *group_suite(void)
{
    Suite *suite = suite_create("group");
    TCase *tcase = tcase_create("group");
    add_order_tests(tcase);
    tcase_add_test(tcase, the_fifo_row_of_the_table);
    tcase_add_test(tcase, a_delete_within_the_extension);
    tcase_add_test(tcase, timeout_0_expires_with_the_next_millisecond);
    tcase_add_test(tcase, a_handle_set_to_0_is_expired);
    tcase_add_test(tcase, a_duplicate_is_answered_and_not_stored);
    tcase_add_test(tcase, the_window_outlives_receive_and_delete_and_expiry);
    tcase_add_test(tcase, groups_collide_unless_the_scope_is_the_group);
    tcase_add_loop_test(tcase, the_scope_at_creation_governs, 0, 2);
    tcase_add_test(tcase, a_noted_scope_is_understood);
    tcase_add_test(tcase, content_gives_the_id);
    tcase_add_test(tcase, purge_and_a_new_queue_forget);
    tcase_add_test(tcase, the_window_survives_a_restart);
    tcase_add_test(tcase, sequence_numbers_grow_and_stay);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(group_suite)
