// witness_test -- who overtook whom in a FIFO group (L-170 to L-174).
#include "queue/witness.h"

#include "tests/support/engine_case.h"

#include <stdio.h>

static struct queue *make_queue(struct engine_world *world, int messages)
{
    struct queue *queue = world_create(world, "q.fifo", NULL);
    for (int i = 1; i <= messages; i++) {
        char body[8];
        snprintf(body, sizeof(body), "m%d", i);
        world_send_group(world, queue, "g", NULL, body);
    }
    return queue;
}

static void remove_number(struct engine_world *world, struct queue *queue, const struct got *got,
                          size_t number)
{
    ck_assert_int_eq(world_delete(world, queue, got->messages[number - 1].receipt), ENGINE_OK);
}

static void fail_number(struct queue *queue, const struct got *got, size_t number)
{
    engine_fail(queue, text_of(got->messages[number - 1].receipt));
}

// So many pairs were told, of both sides.
static void check_pairs(const struct engine_world *world, const struct queue *queue, size_t pairs)
{
    ck_assert_uint_eq(world->kind_counts[TRACE_OVERTOOK], pairs);
    ck_assert_uint_eq(world->kind_counts[TRACE_OVERTAKEN], pairs);
    ck_assert_uint_eq(queue_traffic(queue).overtaken, pairs);
}

static void check_ids(const struct world_point *point, const struct got_message *message,
                      const struct got_message *other)
{
    char id[UUID_TEXT_BYTES + 1] = {0};
    uuid_format(point->message, id);
    ck_assert_str_eq(id, message->message_id);
    ck_assert_str_eq(point->other, other->message_id);
    ck_assert_str_eq(point->group, "g");
    ck_assert_str_eq(point->queue, "q.fifo");
}

// The sentence, with the other's id for %s.
static void check_reason(const struct world_point *point, const char *format,
                         const struct got_message *other)
{
    char sentence[WORLD_TEXT_BYTES];
    const char *place = strstr(format, "%s");
    snprintf(sentence, sizeof(sentence), "%.*s%s%s", (int)(place - format), format,
             other->message_id, place + 2);
    ck_assert_str_eq(point->reason, sentence);
}

START_TEST(a_success_behind_a_failure_is_told_of_both)
{
    RULES("L-171");
    WORLD(world);
    struct queue *queue = make_queue(&world, 3);
    struct got got = world_receive(&world, queue, 10, 30000);
    remove_number(&world, queue, &got, 1);
    fail_number(queue, &got, 2);
    check_pairs(&world, queue, 0);
    remove_number(&world, queue, &got, 3);
    check_pairs(&world, queue, 1);
    check_ids(world_last(&world, TRACE_OVERTOOK), &got.messages[2], &got.messages[1]);
    check_ids(world_last(&world, TRACE_OVERTAKEN), &got.messages[1], &got.messages[2]);
    check_reason(world_last(&world, TRACE_OVERTOOK),
                 "it succeeded before %s, which stands before it in the group and failed",
                 &got.messages[1]);
    check_reason(world_last(&world, TRACE_OVERTAKEN),
                 "it failed, and %s, which stands behind it in the group, succeeded",
                 &got.messages[2]);
    world_advance(&world, 30000); // the failure is told by the lease too, but not once more
    check_pairs(&world, queue, 1);
}
END_TEST

// 0: the lease ends; 1: it is given back; 2: the mapping says that it failed.
START_TEST(a_handler_that_deletes_first_overtakes_what_fails_later)
{
    RULES("L-171");
    WORLD(world);
    struct queue *queue = make_queue(&world, 2);
    struct got got = world_receive(&world, queue, 10, 30000);
    remove_number(&world, queue, &got, 2);
    check_pairs(&world, queue, 0);
    if (_i == 0)
        world_advance(&world, 30000);
    else if (_i == 1)
        ck_assert_int_eq(world_change(&world, queue, got.messages[0].receipt, 0), ENGINE_OK);
    else
        fail_number(queue, &got, 1);
    check_pairs(&world, queue, 1);
    check_ids(world_last(&world, TRACE_OVERTOOK), &got.messages[1], &got.messages[0]);
    world_advance(&world, 60000);
    check_pairs(&world, queue, 1);
}
END_TEST

START_TEST(who_deletes_backwards_and_all_has_lost_no_order)
{
    RULES("L-171");
    WORLD(world);
    struct queue *queue = make_queue(&world, 3);
    struct got got = world_receive(&world, queue, 10, 30000);
    for (size_t number = 3; number > 0; number--)
        remove_number(&world, queue, &got, number);
    world_advance(&world, 60000);
    check_pairs(&world, queue, 0);
}
END_TEST

START_TEST(a_failure_before_it_counts_once_it_is_given_out_again_only_if_it_fails_again)
{
    RULES("L-170 L-172");
    WORLD(world);
    struct queue *queue = make_queue(&world, 2);
    struct got got = world_receive(&world, queue, 10, 1000);
    fail_number(queue, &got, 1);
    fail_number(queue, &got, 2);
    world_advance(&world, 1000);
    got = world_receive(&world, queue, 10, 1000);
    remove_number(&world, queue, &got, 2);
    remove_number(&world, queue, &got, 1);
    check_pairs(&world, queue, 0);
}
END_TEST

START_TEST(each_pair_is_told)
{
    RULES("L-171");
    WORLD(world);
    struct queue *queue = make_queue(&world, 4);
    struct got got = world_receive(&world, queue, 10, 30000);
    fail_number(queue, &got, 1);
    fail_number(queue, &got, 2);
    remove_number(&world, queue, &got, 3);
    remove_number(&world, queue, &got, 4);
    check_pairs(&world, queue, 4);
}
END_TEST

START_TEST(other_groups_and_standard_queues_have_no_order)
{
    RULES("L-174");
    WORLD(world);
    struct queue *queue = make_queue(&world, 1);
    world_send_group(&world, queue, "h", NULL, "other");
    struct got got = world_receive(&world, queue, 10, 30000);
    ck_assert_uint_eq(got.count, 2);
    fail_number(queue, &got, 1);
    remove_number(&world, queue, &got, 2);
    check_pairs(&world, queue, 0);

    struct queue *standard = world_create(&world, "q", NULL);
    world_send(&world, standard, "a");
    world_send(&world, standard, "b");
    got = world_receive(&world, standard, 10, 30000);
    fail_number(standard, &got, 1);
    remove_number(&world, standard, &got, 2);
    world_advance(&world, 30000);
    check_pairs(&world, standard, 0);
}
END_TEST

START_TEST(a_dead_letter_is_no_longer_before_anybody)
{
    RULES("L-173");
    WORLD(world);
    struct queue_settings settings = world_redrive(true, "dead.fifo", 1);
    world_create(&world, "dead.fifo", NULL);
    struct queue *queue = world_create(&world, "q.fifo", &settings);
    world_send_group(&world, queue, "g", NULL, "poison");
    struct got got = world_receive(&world, queue, 1, 1000);
    fail_number(queue, &got, 1);
    world_advance(&world, 1000);
    world_send_group(&world, queue, "g", NULL, "later");
    got = world_receive(&world, queue, 1, 1000);
    ck_assert_str_eq(got.bodies, "later");
    remove_number(&world, queue, &got, 1);
    check_pairs(&world, queue, 0);
    // In the dead-letter queue it has not failed yet.
    struct queue *dead = world_find(&world, "dead.fifo");
    world_send_group(&world, dead, "g", NULL, "behind");
    got = world_receive(&world, dead, 10, 1000);
    remove_number(&world, dead, &got, 1);
    remove_number(&world, dead, &got, 2);
    check_pairs(&world, dead, 0);
}
END_TEST

START_TEST(what_a_filter_discards_overtakes_nobody)
{
    RULES("L-156 L-171");
    WORLD(world);
    struct queue *queue = make_queue(&world, 2);
    struct got got = world_receive(&world, queue, 10, 1000);
    ck_assert_int_eq(
        engine_discard(world.engine, queue, text_of(got.messages[1].receipt), TEXT("mapping")),
        ENGINE_OK);
    world_advance(&world, 1000);
    check_pairs(&world, queue, 0);
}
END_TEST

START_TEST(what_is_purged_or_forgotten_waits_for_nobody)
{
    WORLD(world);
    struct queue *queue = make_queue(&world, 2);
    struct got got = world_receive(&world, queue, 10, 1000);
    remove_number(&world, queue, &got, 2);
    engine_purge_queue(world.engine, queue);
    world_advance(&world, 1000);
    check_pairs(&world, queue, 0);
}
END_TEST

START_TEST(undecided_pairs_are_bounded)
{
    WORLD(world);
    struct queue *queue = world_create(&world, "q.fifo", NULL);
    for (int group = 0; group < OVERTAKINGS_MAX + 5; group++) {
        char name[16], first[16], second[16];
        snprintf(name, sizeof(name), "g%d", group);
        snprintf(first, sizeof(first), "f%d", group); // the queue's windows are not per group
        snprintf(second, sizeof(second), "s%d", group);
        world_send_group(&world, queue, name, first, "earlier");
        world_send_group(&world, queue, name, second, "later");
        struct got got = world_receive(&world, queue, 10, 30000);
        ck_assert_uint_eq(got.count, 2);
        remove_number(&world, queue, &got, 2);
    }
    world_advance(&world, 30000);
    check_pairs(&world, queue, OVERTAKINGS_MAX);
}
END_TEST

START_TEST(after_a_restart_what_came_back_has_failed)
{
    RULES("L-171");
    cleanup(world_deinit) struct engine_world world;
    struct text reason;
    cleanup(arena_free) struct arena *arena = arena_new();
    struct journal *journal;
    ck_assert(journal_sqlite_open(NULL, JOURNAL_SYNC_NORMAL, arena, &journal, &reason));
    world_init(&world, 1, journal);
    struct queue *queue = make_queue(&world, 2);
    struct got got = world_receive(&world, queue, 10, 60000);
    ck_assert_int_eq(world_change(&world, queue, got.messages[0].receipt, 0), ENGINE_OK);
    world_reopen(&world);
    queue = world_find(&world, "q.fifo");
    remove_number(&world, queue, &got, 2);
    check_pairs(&world, queue, 1);
}
END_TEST

static Suite *witness_suite(void)
{
    Suite *suite = suite_create("witness");
    TCase *tcase = tcase_create("witness");
    tcase_add_test(tcase, a_success_behind_a_failure_is_told_of_both);
    tcase_add_loop_test(tcase, a_handler_that_deletes_first_overtakes_what_fails_later, 0, 3);
    tcase_add_test(tcase, who_deletes_backwards_and_all_has_lost_no_order);
    tcase_add_test(tcase,
                   a_failure_before_it_counts_once_it_is_given_out_again_only_if_it_fails_again);
    tcase_add_test(tcase, each_pair_is_told);
    tcase_add_test(tcase, other_groups_and_standard_queues_have_no_order);
    tcase_add_test(tcase, a_dead_letter_is_no_longer_before_anybody);
    tcase_add_test(tcase, what_a_filter_discards_overtakes_nobody);
    tcase_add_test(tcase, what_is_purged_or_forgotten_waits_for_nobody);
    tcase_add_test(tcase, undecided_pairs_are_bounded);
    tcase_add_test(tcase, after_a_restart_what_came_back_has_failed);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(witness_suite)
