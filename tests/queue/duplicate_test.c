// duplicate_test -- deliveries after a deletion, on purpose: at-least-once delivery, to be had when a test wants it.
#include "tests/support/engine_case.h"

static void open_with(struct engine_world *world, double share)
{
    world->duplicate_share = share;
    world_reopen(world);
}

START_TEST(a_deleted_message_comes_once_more)
{
    WORLD(world);
    open_with(&world, 1);
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    struct got first = world_receive(&world, queue, 1, 30000);
    ck_assert_int_eq(world_delete(&world, queue, first.messages[0].receipt), ENGINE_OK);
    ck_assert_uint_eq(world.kind_counts[TRACE_DELETED], 1);
    ck_assert_str_eq(world_last(&world, TRACE_VISIBLE_AGAIN)->reason,
                     "duplicate on purpose: delivery is at least once, also after a deletion");
    ck_assert_counts(world, queue, "1/0/0");

    struct got second = world_receive(&world, queue, 1, 30000);
    ck_assert_str_eq(second.bodies, "a");
    ck_assert_str_eq(second.messages[0].message_id, first.messages[0].message_id);
    ck_assert_str_ne(second.messages[0].receipt, first.messages[0].receipt);
    ck_assert_uint_eq(second.messages[0].receive_count, 2);
    ck_assert_int_eq(second.messages[0].first_received_at_ms,
                     first.messages[0].first_received_at_ms);

    ck_assert_int_eq(world_delete(&world, queue, second.messages[0].receipt), ENGINE_OK);
    ck_assert_counts(world, queue, "0/0/0");
    ck_assert_uint_eq(queue_traffic(queue).deleted, 2);
    ck_assert_uint_eq(queue_traffic(queue).received, 2);
    ck_assert_uint_eq(queue_traffic(queue).duplicated, 1);
    ck_assert_uint_eq(engine_message_count(world.engine), 0);
}
END_TEST

START_TEST(a_message_that_is_visible_again_is_deleted_and_comes_once_more)
{
    RULES("S-89");
    WORLD(world);
    open_with(&world, 1);
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    struct got got = world_receive(&world, queue, 1, 1000);
    world_advance(&world, 1000);
    ck_assert_int_eq(world_delete(&world, queue, got.messages[0].receipt), ENGINE_OK);
    ck_assert_counts(world, queue, "1/0/0");
    got = world_receive(&world, queue, 1, 1000);
    ck_assert_uint_eq(got.messages[0].receive_count, 2);
    ck_assert_int_eq(world_delete(&world, queue, got.messages[0].receipt), ENGINE_OK);
    ck_assert_counts(world, queue, "0/0/0");
}
END_TEST

START_TEST(never_on_fifo_and_never_what_is_discarded)
{
    WORLD(world);
    open_with(&world, 1);
    struct queue *fifo = world_create(&world, "q.fifo", NULL);
    world_send_group(&world, fifo, "g", NULL, "a");
    struct got got = world_receive(&world, fifo, 1, 1000);
    ck_assert_int_eq(world_delete(&world, fifo, got.messages[0].receipt), ENGINE_OK);
    ck_assert_counts(world, fifo, "0/0/0");

    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    got = world_receive(&world, queue, 1, 1000);
    ck_assert_int_eq(
        engine_discard(world.engine, queue, text_of(got.messages[0].receipt), TEXT("mapping")),
        ENGINE_OK);
    ck_assert_counts(world, queue, "0/0/0");
}
END_TEST

static uint64_t duplicates_of(uint64_t seed, double share, uint64_t *ret_hash)
{
    cleanup(world_deinit) struct engine_world world;
    world_init(&world, seed, NULL);
    open_with(&world, share);
    struct queue *queue = world_create(&world, "q", NULL);
    for (int i = 0; i < 400; i++) {
        world_send(&world, queue, "a");
        struct got got = world_receive(&world, queue, 1, 1000);
        ck_assert_int_eq(world_delete(&world, queue, got.messages[0].receipt), ENGINE_OK);
    }
    *ret_hash = world.point_hash;
    return queue_traffic(queue).duplicated;
}

START_TEST(the_share_is_kept_and_the_seed_repeats_it)
{
    uint64_t hashes[3];
    uint64_t count = duplicates_of(7, 0.25, &hashes[0]);
    // Of 400 deletions some are of duplicates, which are final.
    ck_assert_uint_ge(count, 50);
    ck_assert_uint_le(count, 110);
    ck_assert_uint_eq(duplicates_of(7, 0.25, &hashes[1]), count);
    ck_assert_uint_eq(hashes[0], hashes[1]);
    duplicates_of(8, 0.25, &hashes[2]);
    ck_assert_uint_ne(hashes[0], hashes[2]);
    ck_assert_uint_eq(duplicates_of(7, 0, &hashes[0]), 0);
}
END_TEST

START_TEST(a_restart_keeps_the_duplicate)
{
    cleanup(world_deinit) struct engine_world world;
    struct text reason;
    cleanup(arena_free) struct arena *arena = arena_new();
    struct journal *journal;
    ck_assert(journal_sqlite_open(NULL, JOURNAL_SYNC_NORMAL, arena, &journal, &reason));
    world_init(&world, 1, journal);
    open_with(&world, 1);
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    struct got got = world_receive(&world, queue, 1, 30000);
    ck_assert_int_eq(world_delete(&world, queue, got.messages[0].receipt), ENGINE_OK);
    open_with(&world, 0);
    queue = world_find(&world, "q");
    ck_assert_counts(world, queue, "1/0/0");
    got = world_receive(&world, queue, 1, 30000);
    ck_assert_uint_eq(got.messages[0].receive_count, 2);
    ck_assert_int_eq(world_delete(&world, queue, got.messages[0].receipt), ENGINE_OK);
    ck_assert_counts(world, queue, "0/0/0");
}
END_TEST

static Suite *duplicate_suite(void)
{
    Suite *suite = suite_create("duplicate");
    TCase *tcase = tcase_create("duplicate");
    tcase_add_test(tcase, a_deleted_message_comes_once_more);
    tcase_add_test(tcase, a_message_that_is_visible_again_is_deleted_and_comes_once_more);
    tcase_add_test(tcase, never_on_fifo_and_never_what_is_discarded);
    tcase_add_test(tcase, the_share_is_kept_and_the_seed_repeats_it);
    tcase_add_test(tcase, a_restart_keeps_the_duplicate);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(duplicate_suite)
