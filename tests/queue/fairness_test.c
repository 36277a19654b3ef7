// fairness_test -- who is noisy, from when and until when, and what becomes of the order (S-245).
//
// Messages are received one after the other with a lease of twelve hours, so that what is in flight
// is what a test put there.
#include "queue/queue.h"
#include "tests/support/engine_case.h"

#define LEASE_MS VISIBILITY_TOTAL_MS
#define HELD_MAX 400

static const int64_t minute_ms = 60000;

static void send_some(struct engine_world *world, struct queue *queue, const char *group,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (group)
            world_send_group(world, queue, group, NULL, group);
        else
            world_send(world, queue, "nobody");
    }
}

// The body of the next message, which is then in flight.
static const char *next(struct engine_world *world, struct queue *queue)
{
    static struct got got;
    got = world_receive(world, queue, 1, LEASE_MS);
    ck_assert_uint_eq(got.count, 1);
    return got.messages[0].body;
}

struct held {
    size_t count;
    char receipts[HELD_MAX][RECEIPT_BYTES_MAX + 1];
};

// Takes count messages into flight, which must all be of this group.
static void hold(struct engine_world *world, struct queue *queue, const char *group, size_t count,
                 struct held *held)
{
    for (size_t i = 0; i < count; i++) {
        struct got got = world_receive(world, queue, 1, LEASE_MS);
        ck_assert_uint_eq(got.count, 1);
        ck_assert_str_eq(got.messages[0].body, group);
        if (held)
            strcpy(held->receipts[held->count++], got.messages[0].receipt);
    }
}

// A queue in which "loud" has count messages in flight and others waiting, all of them sent before
// the one of "calm".
static struct queue *loud_queue(struct engine_world *world, size_t in_flight_count,
                                struct held *held)
{
    struct queue *queue = world_create(world, "q", NULL);
    send_some(world, queue, "loud", in_flight_count + 20);
    hold(world, queue, "loud", in_flight_count, held);
    send_some(world, queue, "calm", 3);
    return queue;
}

// ---- the share of what is in flight ----

START_TEST(twenty_nine_in_flight_are_not_noisy)
{
    RULES("S-245 S-246");
    WORLD(world);
    struct queue *queue = loud_queue(&world, 29, NULL);
    ck_assert_str_eq(next(&world, queue), "loud");
}
END_TEST

START_TEST(with_thirty_in_flight_the_others_are_first)
{
    RULES("S-245");
    WORLD(world);
    struct queue *queue = loud_queue(&world, 30, NULL);
    for (int i = 0; i < 3; i++)
        ck_assert_str_eq(next(&world, queue), "calm");
    ck_assert_str_eq(next(&world, queue), "loud");
    send_some(&world, queue, "calm", 1);
    ck_assert_str_eq(next(&world, queue), "calm");
}
END_TEST

START_TEST(a_tenth_of_what_is_in_flight_is_not_noisy)
{
    RULES("S-245 S-246");
    for (size_t others = 269; others <= 270; others++) {
        WORLD(world);
        struct queue *queue = world_create(&world, "q", NULL);
        send_some(&world, queue, NULL, others);
        hold(&world, queue, "nobody", others, NULL);
        send_some(&world, queue, "loud", 31);
        hold(&world, queue, "loud", 30, NULL);
        send_some(&world, queue, "calm", 1);
        ck_assert_str_eq(next(&world, queue), others == 269 ? "calm" : "loud");
    }
}
END_TEST

START_TEST(what_has_no_group_is_never_noisy)
{
    RULES("S-245");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    send_some(&world, queue, NULL, 101);
    hold(&world, queue, "nobody", 100, NULL);
    send_some(&world, queue, "calm", 1);
    world_advance(&world, 20 * minute_ms);
    ck_assert_str_eq(next(&world, queue), "nobody");
    ck_assert_str_eq(next(&world, queue), "calm");
}
END_TEST

START_TEST(what_has_no_group_goes_before_the_noisy)
{
    RULES("S-245");
    WORLD(world);
    struct queue *queue = loud_queue(&world, 30, NULL);
    send_some(&world, queue, NULL, 1);
    ck_assert_str_eq(world_receive(&world, queue, 6, LEASE_MS).bodies,
                     "calm,calm,calm,nobody,loud,loud");
}
END_TEST

START_TEST(a_receive_sees_what_was_in_flight_when_it_began)
{
    RULES("S-245");
    WORLD(world);
    struct queue *queue = loud_queue(&world, 29, NULL);
    ck_assert_str_eq(world_receive(&world, queue, 3, LEASE_MS).bodies, "loud,loud,loud");
    ck_assert_str_eq(world_receive(&world, queue, 2, LEASE_MS).bodies, "calm,calm");
}
END_TEST

START_TEST(of_two_noisy_ones_the_one_with_fewer_in_flight_is_first)
{
    RULES("S-245");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    send_some(&world, queue, "first", 33);
    hold(&world, queue, "first", 32, NULL);
    send_some(&world, queue, "second", 33);
    // "first" is noisy, and nobody else waits.
    hold(&world, queue, "second", 30, NULL);
    send_some(&world, queue, "calm", 1);
    ck_assert_str_eq(next(&world, queue), "calm");
    ck_assert_str_eq(next(&world, queue), "second");
    ck_assert_str_eq(next(&world, queue), "second");
    // 32 of each: what was sent first.
    ck_assert_str_eq(next(&world, queue), "first");
    ck_assert_str_eq(next(&world, queue), "second");
}
END_TEST

START_TEST(a_mappings_messages_count_like_a_clients)
{
    RULES("S-245 S-186");
    WORLD(world);
    struct parked parked;
    struct queue *queue = world_create(&world, "q", NULL);
    send_some(&world, queue, "loud", 40);
    for (int i = 0; i < 3; i++) {
        world_prepare(&world, &parked, 10, 0, LEASE_MS);
        parked.receive.outside = false;
        engine_receive(world.engine, queue, &parked.receive);
        world_settle(&world);
        ck_assert_uint_eq(parked.got.count, 10);
    }
    send_some(&world, queue, "calm", 1);
    ck_assert_str_eq(next(&world, queue), "calm");
}
END_TEST

// ---- every way out of flight, and into it ----

enum way {
    WAY_DELETE,
    WAY_SET_TO_ZERO,
    WAY_LEASE_ENDS,
    WAY_BACK_INTO_FLIGHT,
    WAYS
};

START_TEST(every_way_out_of_flight_counts)
{
    RULES("S-245 S-89 S-100 S-102");
    for (enum way way = WAY_DELETE; way < WAYS; way++) {
        WORLD(world);
        struct held held = {0};
        struct queue *queue = loud_queue(&world, 30, &held);
        if (way == WAY_DELETE)
            ck_assert_int_eq(world_delete(&world, queue, held.receipts[29]), ENGINE_OK);
        else
            ck_assert_int_eq(
                world_change(&world, queue, held.receipts[29], way == WAY_LEASE_ENDS ? 1000 : 0),
                ENGINE_OK);
        world_advance(&world, way == WAY_LEASE_ENDS ? 1000 : 0);
        if (way == WAY_BACK_INTO_FLIGHT)
            ck_assert_int_eq(world_change(&world, queue, held.receipts[29], 1000), ENGINE_OK);
        ck_assert_str_eq(next(&world, queue), way == WAY_BACK_INTO_FLIGHT ? "calm" : "loud");
        // A late delete of what is visible again takes nothing out of flight.
        if (way == WAY_SET_TO_ZERO)
            ck_assert_int_eq(world_delete(&world, queue, held.receipts[29]), ENGINE_OK);
    }
}
END_TEST

START_TEST(a_late_delete_leaves_what_is_in_flight)
{
    RULES("S-245 S-89");
    WORLD(world);
    struct held held = {0};
    struct queue *queue = loud_queue(&world, 31, &held);
    ck_assert_int_eq(world_change(&world, queue, held.receipts[30], 0), ENGINE_OK);
    ck_assert_int_eq(world_delete(&world, queue, held.receipts[30]), ENGINE_OK);
    ck_assert_str_eq(next(&world, queue), "calm");
}
END_TEST

START_TEST(a_purge_leaves_no_group)
{
    RULES("S-245 S-134");
    WORLD(world);
    struct queue *queue = loud_queue(&world, 30, NULL);
    ck_assert_str_eq(next(&world, queue), "calm");
    ck_assert_uint_eq(queue->fairness.tenants.count, 2);
    engine_purge_queue(world.engine, queue);
    ck_assert_uint_eq(queue->fairness.tenants.count, 0);
    ck_assert_uint_eq(queue->fairness.noisy.count + queue->fairness.quiet.count, 0);
    send_some(&world, queue, "loud", 1);
    send_some(&world, queue, "calm", 1);
    ck_assert_str_eq(next(&world, queue), "loud");
}
END_TEST

START_TEST(a_group_is_forgotten_with_its_last_message)
{
    RULES("S-245");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    send_some(&world, queue, "once", 1);
    struct got got = world_receive(&world, queue, 1, LEASE_MS);
    ck_assert_uint_eq(queue->fairness.tenants.count, 1);
    ck_assert_int_eq(world_delete(&world, queue, got.messages[0].receipt), ENGINE_OK);
    ck_assert_uint_eq(queue->fairness.tenants.count, 0);
    send_some(&world, queue, NULL, 1);
    ck_assert_uint_eq(queue->fairness.tenants.count, 0);
    // With its queue, too: the leak checker sees it.
    send_some(&world, queue, "again", 2);
    ck_assert_uint_eq(world_receive(&world, queue, 2, LEASE_MS).count, 2);
    engine_delete_queue(world.engine, queue);
}
END_TEST

START_TEST(a_dead_letter_is_of_its_group_there)
{
    RULES("S-245 S-198");
    WORLD(world);
    struct queue_settings settings = world_redrive(false, "dead", 1);
    struct queue *dead = world_create(&world, "dead", NULL);
    struct queue *queue = world_create(&world, "q", &settings);
    send_some(&world, queue, "loud", 31);
    send_some(&world, queue, "calm", 1);
    for (int i = 0; i < 4; i++)
        world_receive(&world, queue, 10, 1000);
    world_advance(&world, 1000);
    ck_assert_uint_eq(world_receive(&world, queue, 10, 1000).count, 0);
    ck_assert_uint_eq(queue->fairness.tenants.count, 0);
    hold(&world, dead, "loud", 30, NULL);
    ck_assert_str_eq(next(&world, dead), "calm");
    ck_assert_str_eq(next(&world, dead), "loud");
}
END_TEST

// What comes back during a receive is for the next one, whatever the ranks are.
START_TEST(its_own_dead_letters_of_noisy_groups_come_back)
{
    RULES("S-245 S-193");
    WORLD(world);
    struct queue_settings settings = world_redrive(false, "self", 1);
    struct held held = {0};
    world.noisy_in_flight_min = 2;
    world_reopen(&world);
    struct queue *queue = world_create(&world, "self", &settings);
    send_some(&world, queue, "few", 3);
    send_some(&world, queue, "many", 5);
    hold(&world, queue, "few", 2, &held);
    hold(&world, queue, "many", 2, NULL);
    ck_assert_str_eq(next(&world, queue), "few");
    ck_assert_str_eq(next(&world, queue), "many");
    // One of "few" is due for the dead-letter queue, which is the queue itself: it does not come
    // in this receive, and it is the first of its group.
    ck_assert_int_eq(world_change(&world, queue, held.receipts[0], 0), ENGINE_OK);
    ck_assert_str_eq(world_receive(&world, queue, 10, LEASE_MS).bodies, "many,many");
    ck_assert_str_eq(world_receive(&world, queue, 10, LEASE_MS).bodies, "few");
}
END_TEST

START_TEST(a_move_task_knows_no_fairness)
{
    RULES("S-245 S-213");
    WORLD(world);
    uint8_t id[UUID_BYTES];
    struct queue *queue = loud_queue(&world, 30, NULL);
    struct queue *target = world_create(&world, "target", NULL);
    ck_assert_str_eq(next(&world, queue), "calm");
    send_some(&world, queue, NULL, 1);
    ck_assert_int_eq(engine_start_move(world.engine, queue, target, 500, id), MOVE_OK);
    world_advance(&world, 1000);
    ck_assert_counts(world, queue, "0/31/0");
    const char *bodies = world_peek_bodies(&world, target, 30);
    ck_assert_str_eq(bodies + strlen(bodies) - strlen("loud,loud,calm,calm,nobody"),
                     "loud,loud,calm,calm,nobody");
}
END_TEST

// ---- quiet again ----

START_TEST(without_a_backlog_it_is_quiet_again)
{
    RULES("S-245");
    WORLD(world);
    struct held held = {0};
    struct queue *queue = world_create(&world, "q", NULL);
    send_some(&world, queue, "loud", 32);
    hold(&world, queue, "loud", 31, &held);
    send_some(&world, queue, "calm", 1);
    ck_assert_str_eq(next(&world, queue), "calm");
    ck_assert_uint_eq(queue->fairness.noisy.count, 1);
    ck_assert_int_eq(world_delete(&world, queue, held.receipts[0]), ENGINE_OK);
    ck_assert_int_eq(world_delete(&world, queue, held.receipts[1]), ENGINE_OK);
    // 29 in flight, but it was noisy and still has one waiting: it stays behind.
    send_some(&world, queue, "calm", 1);
    ck_assert_str_eq(next(&world, queue), "calm");
    ck_assert_str_eq(next(&world, queue), "loud");
    ck_assert_uint_eq(queue->fairness.noisy.count, 0);
    ck_assert_int_eq(world_delete(&world, queue, held.receipts[2]), ENGINE_OK);
    send_some(&world, queue, "loud", 1);
    send_some(&world, queue, "calm", 1);
    ck_assert_str_eq(next(&world, queue), "loud");
}
END_TEST

// Marked noisy, then nothing of it in flight; calm messages wait behind those of "loud".
static struct queue *idle_queue(struct engine_world *world)
{
    struct held held = {0};
    struct queue *queue = loud_queue(world, 30, &held);
    hold(world, queue, "calm", 1, &held);
    for (size_t i = 0; i < held.count; i++)
        ck_assert_int_eq(world_delete(world, queue, held.receipts[i]), ENGINE_OK);
    return queue;
}

START_TEST(after_five_minutes_out_of_flight_it_is_quiet_again)
{
    RULES("S-245");
    WORLD(world);
    struct queue *queue = idle_queue(&world);
    world_advance(&world, 5 * minute_ms - 1);
    ck_assert_uint_eq(queue_quiet(queue).noisy_groups, 1);
    ck_assert_str_eq(next(&world, queue), "calm");
    world_advance(&world, 1);
    ck_assert_uint_eq(queue_quiet(queue).noisy_groups, 0);
    ck_assert_str_eq(next(&world, queue), "loud");
}
END_TEST

START_TEST(a_moment_in_flight_begins_the_five_minutes_anew)
{
    RULES("S-245");
    WORLD(world);
    struct queue *queue = idle_queue(&world);
    world_advance(&world, 4 * minute_ms);
    ck_assert_str_eq(world_receive(&world, queue, 3, 1000).bodies, "calm,calm,loud");
    world_advance(&world, 1000);
    world_advance(&world, 5 * minute_ms - 1);
    ck_assert_uint_eq(queue_quiet(queue).noisy_groups, 1);
    world_advance(&world, 1);
    ck_assert_uint_eq(queue_quiet(queue).noisy_groups, 0);
}
END_TEST

// ---- the share of processing time ----

// "slow" has one message in flight and one waiting, sent before the one of "calm"; others are in
// flight beside it.
static struct queue *slow_queue(struct engine_world *world, size_t others)
{
    struct queue *queue = world_create(world, "q", NULL);
    send_some(world, queue, "slow", 1);
    send_some(world, queue, NULL, others);
    hold(world, queue, "slow", 1, NULL);
    hold(world, queue, "nobody", others, NULL);
    send_some(world, queue, "slow", 1);
    send_some(world, queue, "calm", 1);
    return queue;
}

START_TEST(four_minutes_of_processing_are_noisy)
{
    RULES("S-245 S-246");
    for (int early_ms = 0; early_ms <= 1; early_ms++) {
        WORLD(world);
        struct queue *queue = slow_queue(&world, 0);
        world_advance(&world, 4 * minute_ms - early_ms);
        ck_assert_str_eq(next(&world, queue), early_ms ? "slow" : "calm");
    }
}
END_TEST

START_TEST(a_tenth_of_the_processing_time_is_not_noisy)
{
    RULES("S-245 S-246");
    for (size_t others = 8; others <= 9; others++) {
        WORLD(world);
        struct queue *queue = slow_queue(&world, others);
        world_advance(&world, 4 * minute_ms);
        ck_assert_str_eq(next(&world, queue), others == 8 ? "calm" : "slow");
    }
}
END_TEST

START_TEST(recent_is_the_running_minute_and_four_before)
{
    RULES("S-245");
    for (int early_ms = 0; early_ms <= 1; early_ms++) {
        WORLD(world);
        struct queue *queue = world_create(&world, "q", NULL);
        send_some(&world, queue, "slow", 2);
        struct got got = world_receive(&world, queue, 1, LEASE_MS);
        send_some(&world, queue, "calm", 1);
        world_advance(&world, 4 * minute_ms);
        ck_assert_int_eq(world_delete(&world, queue, got.messages[0].receipt), ENGINE_OK);
        world_advance(&world, minute_ms - early_ms);
        ck_assert_str_eq(next(&world, queue), early_ms ? "calm" : "slow");
    }
}
END_TEST

// However long it was in flight, what counts is what lies in those minutes.
START_TEST(a_long_time_in_flight_counts_as_its_last_minutes)
{
    RULES("S-245");
    WORLD(world);
    struct queue *queue = slow_queue(&world, 0);
    world_advance(&world, 6 * 60 * minute_ms);
    send_some(&world, queue, NULL, 12);
    hold(&world, queue, "calm", 1, NULL);
    hold(&world, queue, "nobody", 12, NULL);
    ck_assert_uint_eq(queue_quiet(queue).noisy_groups, 1);
    send_some(&world, queue, "calm", 1);
    world_advance(&world, 10 * minute_ms);
    // Fourteen have been in flight for as long as any minute that counts.
    ck_assert_uint_eq(queue_quiet(queue).noisy_groups, 1); // it was seen to be noisy, and waits
    engine_purge_queue(world.engine, queue);
    ck_assert_uint_eq(queue_quiet(queue).noisy_groups, 0);
}
END_TEST

START_TEST(ten_messages_for_a_second_are_ten_seconds)
{
    RULES("S-245");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    send_some(&world, queue, "slow", 11);
    ck_assert_uint_eq(world_receive(&world, queue, 10, LEASE_MS).count, 10);
    send_some(&world, queue, "calm", 1);
    world_advance(&world, 24000);
    ck_assert_str_eq(next(&world, queue), "calm");
}
END_TEST

// ---- replay ----

START_TEST(a_restart_counts_what_is_in_flight_and_begins_time_anew)
{
    RULES("S-245");
    WORLD(world);
    struct queue *queue = loud_queue(&world, 30, NULL);
    struct queue_settings settings = world_settings(false);
    struct queue *other = world_create(&world, "other", &settings);
    send_some(&world, other, "slow", 2);
    hold(&world, other, "slow", 1, NULL);
    send_some(&world, other, "calm", 2);
    world_advance(&world, 4 * minute_ms);
    ck_assert_str_eq(next(&world, queue), "calm");
    ck_assert_str_eq(next(&world, other), "calm");
    world_reopen(&world);
    queue = world_find(&world, "q");
    other = world_find(&world, "other");
    ck_assert_str_eq(next(&world, queue), "calm");
    ck_assert_str_eq(next(&world, other), "slow");
}
END_TEST

static Suite *fairness_suite(void)
{
    Suite *suite = suite_create("fairness");
    TCase *tests = tcase_create("fairness");
    tcase_add_test(tests, twenty_nine_in_flight_are_not_noisy);
    tcase_add_test(tests, with_thirty_in_flight_the_others_are_first);
    tcase_add_test(tests, a_tenth_of_what_is_in_flight_is_not_noisy);
    tcase_add_test(tests, what_has_no_group_is_never_noisy);
    tcase_add_test(tests, what_has_no_group_goes_before_the_noisy);
    tcase_add_test(tests, a_receive_sees_what_was_in_flight_when_it_began);
    tcase_add_test(tests, of_two_noisy_ones_the_one_with_fewer_in_flight_is_first);
    tcase_add_test(tests, a_mappings_messages_count_like_a_clients);
    tcase_add_test(tests, every_way_out_of_flight_counts);
    tcase_add_test(tests, a_late_delete_leaves_what_is_in_flight);
    tcase_add_test(tests, a_purge_leaves_no_group);
    tcase_add_test(tests, a_group_is_forgotten_with_its_last_message);
    tcase_add_test(tests, a_dead_letter_is_of_its_group_there);
    tcase_add_test(tests, its_own_dead_letters_of_noisy_groups_come_back);
    tcase_add_test(tests, a_move_task_knows_no_fairness);
    tcase_add_test(tests, without_a_backlog_it_is_quiet_again);
    tcase_add_test(tests, after_five_minutes_out_of_flight_it_is_quiet_again);
    tcase_add_test(tests, a_moment_in_flight_begins_the_five_minutes_anew);
    tcase_add_test(tests, four_minutes_of_processing_are_noisy);
    tcase_add_test(tests, a_tenth_of_the_processing_time_is_not_noisy);
    tcase_add_test(tests, recent_is_the_running_minute_and_four_before);
    tcase_add_test(tests, a_long_time_in_flight_counts_as_its_last_minutes);
    tcase_add_test(tests, ten_messages_for_a_second_are_ten_seconds);
    tcase_add_test(tests, a_restart_counts_what_is_in_flight_and_begins_time_anew);
    suite_add_tcase(suite, tests);
    return suite;
}

CHECK_MAIN(fairness_suite)
