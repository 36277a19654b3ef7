// move_test -- move tasks (4.3), on the engine alone.
#include "tests/support/engine_case.h"

#include <stdio.h>

// A dead-letter queue "dead" with these bodies from a source "q", all visible.
static struct queue *dead_letters(struct engine_world *world, bool fifo, int count)
{
    struct queue *dead = world_create(world, fifo ? "dead.fifo" : "dead", NULL);
    struct queue_settings settings = world_redrive(fifo, fifo ? "dead.fifo" : "dead", 1);
    struct queue *queue = world_create(world, fifo ? "q.fifo" : "q", &settings);
    for (int i = 0; i < count; i++) {
        char body[12];
        char group[12];
        snprintf(body, sizeof(body), "%d", i);
        snprintf(group, sizeof(group), "g%d", i % 2);
        world_send_group(world, queue, fifo ? group : NULL, NULL, body);
    }
    for (int i = 0; i < count; i += 10)
        world_receive(world, queue, 10, 1000);
    world_advance(world, 1000);
    world_receive(world, queue, 1, 1000);
    return dead;
}

static enum move_error start(struct engine_world *world, struct queue *source,
                             const struct queue *destination, int64_t messages_per_second)
{
    uint8_t id[UUID_BYTES];
    return engine_start_move(world->engine, source, destination, messages_per_second, id);
}

static struct move_task newest(struct engine_world *world, const struct queue *source)
{
    struct move_task task;
    ck_assert_uint_eq(engine_list_moves(world->engine, source, 1, &task), 1);
    return task;
}

START_TEST(each_goes_back_to_its_own_source)
{
    RULES("S-213");
    WORLD(world);
    struct queue *dead = dead_letters(&world, false, 3);
    struct queue_settings settings = world_redrive(false, "dead", 1);
    struct queue *other = world_create(&world, "other", &settings);
    world_send(&world, other, "from other");
    world_receive(&world, other, 1, 1000);
    world_advance(&world, 1000);
    world_receive(&world, other, 1, 1000);
    ck_assert_counts(world, dead, "4/0/0");
    ck_assert_int_eq(start(&world, dead, NULL, 0), MOVE_OK);
    ck_assert_int_eq(newest(&world, dead).status, MOVE_RUNNING);
    ck_assert_uint_eq(newest(&world, dead).to_move, 4);
    world_advance(&world, 1000);
    ck_assert_str_eq(world_peek_bodies(&world, world_find(&world, "q"), 10), "0,1,2");
    ck_assert_str_eq(world_peek_bodies(&world, other, 10), "from other");
    ck_assert_counts(world, dead, "0/0/0");
    ck_assert_int_eq(newest(&world, dead).status, MOVE_COMPLETED);
    ck_assert_uint_eq(newest(&world, dead).moved, 4);
    ck_assert_uint_eq(world.kind_counts[TRACE_MOVED], 4);
}
END_TEST

START_TEST(what_is_moved_is_a_new_message)
{
    RULES("S-214");
    WORLD(world);
    struct queue *dead = dead_letters(&world, false, 1);
    struct queue *queue = world_find(&world, "q");
    struct got old = world_receive(&world, dead, 1, 0);
    ck_assert_uint_eq(old.messages[0].receive_count, 2);
    ck_assert_int_eq(start(&world, dead, NULL, 0), MOVE_OK);
    world_advance(&world, 5000);
    struct got got = world_receive(&world, queue, 1, 1000);
    ck_assert_str_eq(got.bodies, "0");
    ck_assert_str_ne(got.messages[0].message_id, old.messages[0].message_id);
    ck_assert_int_gt(got.messages[0].sent_at_ms, old.messages[0].sent_at_ms);
    ck_assert_uint_eq(got.messages[0].receive_count, 1);
    ck_assert_str_eq(got.messages[0].dead_letter_source, "");
    ck_assert_str_eq(got.messages[0].sender_id, old.messages[0].sender_id);
    // An old handle reaches nothing any more.
    ck_assert_int_eq(world_delete(&world, dead, old.messages[0].receipt), ENGINE_OK);
    ck_assert_counts(world, queue, "0/1/0");
    // It does not bounce back at once: it has all its receives.
    world_advance(&world, 1000);
    ck_assert_uint_eq(world_receive(&world, queue, 1, 1000).count, 0);
    ck_assert_counts(world, dead, "1/0/0");
}
END_TEST

START_TEST(the_story_names_both_messages)
{
    WORLD(world);
    struct queue *dead = dead_letters(&world, false, 1);
    ck_assert_int_eq(start(&world, dead, NULL, 0), MOVE_OK);
    world_advance(&world, 1000);
    const struct world_point *moved = world_last(&world, TRACE_MOVED);
    const struct world_point *sent = world_last(&world, TRACE_SENT);
    ck_assert_str_eq(moved->queue, "dead");
    ck_assert_str_eq(moved->other, "q");
    ck_assert_str_eq(sent->queue, "q");
    ck_assert_str_eq(sent->actor, "move task");
    ck_assert(strstr(sent->reason, "moved from dead, where it was ") == sent->reason);
    ck_assert(strstr(moved->reason, "it goes on as the new message ") == moved->reason);
}
END_TEST

START_TEST(attributes_and_body_are_kept)
{
    RULES("S-214");
    WORLD(world);
    struct queue *dead = world_create(&world, "dead", NULL);
    struct queue *to = world_create(&world, "to", NULL);
    const struct message_attribute attribute = {
        .name = TEXT("k"), .data_type = TEXT("String"), .value = TEXT("v")};
    cleanup(buffer_deinit) struct buffer packed = {0};
    attributes_pack(&packed, &attribute, 1);
    struct sent sent;
    engine_send(world.engine, dead,
                &(struct send){.body = TEXT("a"),
                               .attributes = buffer_text(&packed),
                               .sender_id = TEXT("AIDATEST"),
                               .trace_header = TEXT("Root=1"),
                               .group_id = TEXT("tenant"),
                               .delay_ms = -1},
                &sent);
    ck_assert_int_eq(start(&world, dead, to, 0), MOVE_OK);
    world_advance(&world, 1000);
    struct got got = world_receive(&world, to, 1, -1);
    ck_assert_str_eq(got.bodies, "a");
    ck_assert_uint_eq(got.messages[0].attributes_bytes, packed.length);
    ck_assert_str_eq(got.messages[0].trace_header, "Root=1");
    ck_assert_str_eq(got.messages[0].group_id, "tenant");
}
END_TEST

START_TEST(fifo_keeps_groups_and_order)
{
    RULES("S-214");
    WORLD(world);
    struct queue *dead = dead_letters(&world, true, 4);
    struct queue *to = world_create(&world, "to.fifo", NULL);
    struct got before = world_receive(&world, dead, 10, 1000);
    world_advance(&world, 1000);
    ck_assert_int_eq(start(&world, dead, to, 0), MOVE_OK);
    world_advance(&world, 1000);
    ck_assert_str_eq(world_peek_bodies(&world, to, 10), "0,2,1,3");
    struct got got = world_receive(&world, to, 10, 1000);
    ck_assert_uint_eq(got.count, 4);
    ck_assert_str_eq(got.messages[0].group_id, "g0");
    ck_assert_str_eq(got.messages[2].group_id, "g1");
    ck_assert_uint_gt(got.messages[0].sequence, before.messages[3].sequence);
    ck_assert_str_eq(got.messages[0].deduplication_id, before.messages[0].deduplication_id);
    // Its deduplication id is nobody's business any more: nothing is lost by moving.
    ck_assert_uint_eq(world.kind_counts[TRACE_DUPLICATE], 0);
}
END_TEST

START_TEST(in_flight_and_delayed_stay)
{
    RULES("S-218");
    WORLD(world);
    struct queue *dead = dead_letters(&world, false, 3);
    struct queue *to = world_create(&world, "to", NULL);
    world_receive(&world, dead, 1, 60000);
    world_send_delayed(&world, dead, "later", 60000);
    ck_assert_int_eq(start(&world, dead, to, 0), MOVE_OK);
    ck_assert_uint_eq(newest(&world, dead).to_move, 2);
    world_advance(&world, 1000);
    ck_assert_int_eq(newest(&world, dead).status, MOVE_COMPLETED);
    ck_assert_counts(world, dead, "0/1/1");
    ck_assert_counts(world, to, "2/0/0");
    world_advance(&world, 60000);
    ck_assert_counts(world, dead, "2/0/0");
}
END_TEST

START_TEST(a_fifo_message_in_flight_keeps_its_group)
{
    RULES("S-218");
    WORLD(world);
    struct queue *dead = dead_letters(&world, true, 4);
    struct queue *to = world_create(&world, "to.fifo", NULL);
    ck_assert_str_eq(world_receive(&world, dead, 1, 60000).bodies, "0");
    ck_assert_int_eq(start(&world, dead, to, 0), MOVE_OK);
    world_advance(&world, 1000);
    ck_assert_str_eq(world_peek_bodies(&world, to, 10), "1,3");
    ck_assert_str_eq(world_peek_bodies(&world, dead, 10), "0,2");
}
END_TEST

START_TEST(what_comes_later_is_another_tasks)
{
    WORLD(world);
    struct queue *dead = dead_letters(&world, false, 1);
    struct queue *to = world_create(&world, "to", NULL);
    ck_assert_int_eq(start(&world, dead, to, 1), MOVE_OK);
    world_send(&world, dead, "new");
    world_advance(&world, 5000);
    ck_assert_int_eq(newest(&world, dead).status, MOVE_COMPLETED);
    ck_assert_str_eq(world_peek_bodies(&world, dead, 10), "new");
}
END_TEST

START_TEST(of_fifo_groups_too_what_comes_later_stays)
{
    WORLD(world);
    struct queue *dead = dead_letters(&world, true, 4);
    struct queue *to = world_create(&world, "to.fifo", NULL);
    world_receive(&world, dead, 10, 500); // available again after the new one is
    ck_assert_int_eq(start(&world, dead, to, 1), MOVE_OK);
    world_send_group(&world, dead, "new", NULL, "new");
    world_advance(&world, 10000);
    ck_assert_int_eq(newest(&world, dead).status, MOVE_COMPLETED);
    ck_assert_str_eq(world_peek_bodies(&world, to, 10), "0,2,1,3");
    ck_assert_str_eq(world_peek_bodies(&world, dead, 10), "new");
}
END_TEST

START_TEST(the_pace_is_kept)
{
    RULES("S-210");
    WORLD(world);
    struct queue *dead = dead_letters(&world, false, 30);
    struct queue *to = world_create(&world, "to", NULL);
    ck_assert_int_eq(start(&world, dead, to, 4), MOVE_OK);
    world_advance(&world, 249);
    ck_assert_counts(world, to, "0/0/0");
    world_advance(&world, 1);
    ck_assert_counts(world, to, "1/0/0");
    world_advance(&world, 4750);
    ck_assert_counts(world, to, "20/0/0");
    ck_assert_int_eq(newest(&world, dead).status, MOVE_RUNNING);
    world_advance(&world, 2500);
    ck_assert_int_eq(newest(&world, dead).status, MOVE_COMPLETED);
}
END_TEST

START_TEST(the_default_pace_is_500_a_second)
{
    WORLD(world);
    struct queue *dead = world_create(&world, "dead", NULL);
    struct queue *to = world_create(&world, "to", NULL);
    for (int i = 0; i < 120; i++)
        world_send(&world, dead, "a");
    ck_assert_int_eq(start(&world, dead, to, 0), MOVE_OK);
    world_advance(&world, 99);
    ck_assert_counts(world, to, "0/0/0");
    world_advance(&world, 1);
    ck_assert_counts(world, to, "50/0/0");
    world_advance(&world, 200);
    ck_assert_counts(world, to, "120/0/0");
}
END_TEST

START_TEST(its_steps_are_motive)
{
    WORLD(world);
    struct queue *dead = dead_letters(&world, false, 1);
    ck_assert_int_eq(timeline_next_motive_ms(world.timeline), TIMELINE_NEVER);
    ck_assert_int_eq(start(&world, dead, NULL, 1), MOVE_OK);
    ck_assert_int_eq(timeline_next_motive_ms(world.timeline), world_now_ms(&world) + 1000);
    world_advance(&world, 1000);
    ck_assert_int_eq(timeline_next_motive_ms(world.timeline), TIMELINE_NEVER);
}
END_TEST

START_TEST(it_wakes_the_destinations_line)
{
    RULES("S-185");
    WORLD(world);
    struct parked parked;
    struct queue *dead = dead_letters(&world, false, 1);
    struct queue *to = world_create(&world, "to", NULL);
    world_park(&world, to, &parked, 10, 20000, -1);
    ck_assert_int_eq(start(&world, dead, to, 0), MOVE_OK);
    world_advance(&world, 100);
    ck_assert_str_eq(parked.got.bodies, "0");
}
END_TEST

START_TEST(one_active_task_per_source)
{
    RULES("S-218");
    WORLD(world);
    struct queue *dead = dead_letters(&world, false, 1);
    uint8_t id[UUID_BYTES];
    size_t moved;
    ck_assert_int_eq(engine_start_move(world.engine, dead, NULL, 1, id), MOVE_OK);
    ck_assert_int_eq(start(&world, dead, NULL, 1), MOVE_ACTIVE);
    ck_assert_int_eq(engine_cancel_move(world.engine, dead, id, &moved), MOVE_OK);
    ck_assert_int_eq(start(&world, dead, NULL, 1), MOVE_ACTIVE); // CANCELLING
    world_advance(&world, 1000);
    ck_assert_int_eq(start(&world, dead, NULL, 1), MOVE_OK);
}
END_TEST

START_TEST(a_cancelled_task_keeps_what_it_moved)
{
    RULES("S-217");
    WORLD(world);
    struct queue *dead = dead_letters(&world, false, 20);
    uint8_t id[UUID_BYTES];
    uint8_t unknown[UUID_BYTES] = {0};
    size_t moved;
    ck_assert_int_eq(engine_start_move(world.engine, dead, NULL, 10, id), MOVE_OK);
    world_advance(&world, 500);
    ck_assert_int_eq(engine_cancel_move(world.engine, dead, unknown, &moved), MOVE_UNKNOWN);
    ck_assert_int_eq(engine_cancel_move(world.engine, dead, id, &moved), MOVE_OK);
    ck_assert_uint_eq(moved, 5);
    ck_assert_int_eq(newest(&world, dead).status, MOVE_CANCELLING);
    ck_assert_int_eq(engine_cancel_move(world.engine, dead, id, &moved), MOVE_ENDED);
    world_advance(&world, 100);
    ck_assert_int_eq(newest(&world, dead).status, MOVE_CANCELLED);
    world_advance(&world, 10000);
    ck_assert_uint_eq(newest(&world, dead).moved, 5);
    ck_assert_counts(world, dead, "15/0/0");
    ck_assert_counts(world, world_find(&world, "q"), "5/0/0");
}
END_TEST

START_TEST(a_destination_that_is_deleted_fails_it)
{
    RULES("S-216");
    WORLD(world);
    bool own_source = _i == 1;
    struct queue *dead = dead_letters(&world, false, 3);
    struct queue *to = world_create(&world, "to", NULL);
    ck_assert_int_eq(start(&world, dead, own_source ? NULL : to, 1), MOVE_OK);
    world_advance(&world, 1000);
    engine_delete_queue(world.engine, own_source ? world_find(&world, "q") : to);
    world_advance(&world, 1000);
    ck_assert_int_eq(newest(&world, dead).status, MOVE_FAILED);
    ck_assert_int_eq(newest(&world, dead).failure, MOVE_NO_QUEUE);
    ck_assert_uint_eq(newest(&world, dead).moved, 1);
    ck_assert_counts(world, dead, "2/0/0"); // never lost
}
END_TEST

START_TEST(a_message_without_a_source_fails_it)
{
    RULES("S-216");
    WORLD(world);
    struct queue *dead = dead_letters(&world, false, 1);
    world_send(&world, dead, "sent here");
    ck_assert_int_eq(start(&world, dead, NULL, 0), MOVE_OK);
    world_advance(&world, 1000);
    ck_assert_int_eq(newest(&world, dead).status, MOVE_FAILED);
    ck_assert_int_eq(newest(&world, dead).failure, MOVE_NO_SOURCE);
    ck_assert_uint_eq(newest(&world, dead).moved, 1);
    ck_assert_str_eq(world_peek_bodies(&world, dead, 10), "sent here");
}
END_TEST

START_TEST(ten_tasks_are_remembered_newest_first)
{
    RULES("S-215");
    WORLD(world);
    struct queue *dead = dead_letters(&world, false, 0);
    struct move_task tasks[12];
    for (int64_t i = 1; i <= 12; i++) {
        ck_assert_int_eq(start(&world, dead, NULL, i), MOVE_OK);
        world_advance(&world, 1000);
    }
    for (int i = 0; i < 2; i++) {
        dead = world_find(&world, "dead");
        ck_assert_uint_eq(engine_list_moves(world.engine, dead, 12, tasks), 10);
        ck_assert_int_eq(tasks[0].messages_per_second, 12);
        ck_assert_int_eq(tasks[9].messages_per_second, 3);
        ck_assert_uint_eq(engine_list_moves(world.engine, dead, 2, tasks), 2);
        world_reopen(&world);
    }
}
END_TEST

START_TEST(a_restart_goes_on_with_it)
{
    WORLD(world);
    bool cancelled = _i == 1;
    struct queue *dead = dead_letters(&world, false, 20);
    uint8_t id[UUID_BYTES];
    size_t moved;
    world_create(&world, "to", NULL);
    ck_assert_int_eq(engine_start_move(world.engine, dead, world_find(&world, "to"), 10, id),
                     MOVE_OK);
    struct move_task before = newest(&world, dead);
    world_advance(&world, 500);
    if (cancelled)
        ck_assert_int_eq(engine_cancel_move(world.engine, dead, id, &moved), MOVE_OK);
    world_reopen(&world);
    dead = world_find(&world, "dead");
    struct move_task after = newest(&world, dead);
    ck_assert_int_eq(after.status, cancelled ? MOVE_CANCELLING : MOVE_RUNNING);
    ck_assert_mem_eq(after.id, id, UUID_BYTES);
    ck_assert_int_eq(after.started_at_ms, before.started_at_ms);
    ck_assert_uint_eq(after.to_move, 20);
    ck_assert_uint_eq(after.moved, 5);
    world_advance(&world, 1000);
    ck_assert_counts(world, world_find(&world, "to"), cancelled ? "5/0/0" : "15/0/0");
    world_advance(&world, 1000);
    ck_assert_int_eq(newest(&world, dead).status, cancelled ? MOVE_CANCELLED : MOVE_COMPLETED);
    ck_assert_int_eq(timeline_next_motive_ms(world.timeline), TIMELINE_NEVER);
}
END_TEST

START_TEST(its_tasks_go_with_the_source)
{
    WORLD(world);
    struct queue *dead = dead_letters(&world, false, 3);
    ck_assert_int_eq(start(&world, dead, NULL, 1), MOVE_OK);
    engine_delete_queue(world.engine, dead);
    world_advance(&world, 5000);
    dead = world_create(&world, "dead", NULL);
    struct move_task task;
    ck_assert_uint_eq(engine_list_moves(world.engine, dead, 1, &task), 0);
    world_reopen(&world);
    ck_assert_uint_eq(engine_list_moves(world.engine, world_find(&world, "dead"), 1, &task), 0);
}
END_TEST

START_TEST(a_queue_that_is_its_own_moves_each_once)
{
    RULES("S-193");
    WORLD(world);
    struct queue_settings settings = world_redrive(false, "self", 1);
    struct queue *queue = world_create(&world, "self", &settings);
    world_send(&world, queue, "a");
    world_receive(&world, queue, 1, 1000);
    world_advance(&world, 1000);
    world_receive(&world, queue, 1, 1000);
    ck_assert_int_eq(start(&world, queue, NULL, 0), MOVE_OK);
    world_advance(&world, 10000);
    ck_assert_int_eq(newest(&world, queue).status, MOVE_COMPLETED);
    ck_assert_uint_eq(newest(&world, queue).moved, 1);
    ck_assert_counts(world, queue, "1/0/0");
}
END_TEST

START_TEST(the_destinations_delay_counts)
{
    WORLD(world);
    struct queue *dead = dead_letters(&world, false, 1);
    struct queue_settings settings = world_settings(false);
    settings.delay_seconds = 5;
    struct queue *to = world_create(&world, "to", &settings);
    ck_assert_int_eq(start(&world, dead, to, 0), MOVE_OK);
    world_advance(&world, 100);
    ck_assert_counts(world, to, "0/0/1");
}
END_TEST

// What a later or an earlier redrive may have written is left alone.
START_TEST(records_that_are_none_are_ignored)
{
    WORLD(world);
    struct queue *dead = dead_letters(&world, false, 1);
    static const char *const records[][2] = {
        {"rubbish", "rubbish"},
        {"1.1", ""},
        {"1.x", "10f6f7c2-9c8a-4a2b-8c5e-111111111111 0 0 0 0 0 0 0 "},
        {"1.1", "10f6f7c2-9c8a-4a2b-8c5e 0 0 0 0 0 0 0 "},
        {"1.1", "10f6f7c2-9c8a-4a2b-8c5e-111111111111 0 0 x 0 0 0 0 "},
        {"1.1", "10f6f7c2-9c8a-4a2b-8c5e-111111111111 9 0 0 0 0 0 0 "},
        {"1.1", "10f6f7c2-9c8a-4a2b-8c5e-111111111111 0 -1 0 0 0 0 0 "},
        {"1.1", "10f6f7c2-9c8a-4a2b-8c5e-111111111111 -1 0 0 0 0 0 0 "},
        {"1.1", "10f6f7c2-9c8a-4a2b-8c5e-111111111111 0 9 0 0 0 0 0 "},
        {"1.1", "10f6f7c2-9c8a-4a2b-8c5e-111111111111 0 0 0"},
        {"1", "10f6f7c2-9c8a-4a2b-8c5e-111111111111 0 0 0 0 0 0 0 "},
        {"x.1", "10f6f7c2-9c8a-4a2b-8c5e-111111111111 0 0 0 0 0 0 0 "},
        {"99.1", "10f6f7c2-9c8a-4a2b-8c5e-111111111111 0 0 0 0 0 0 0 "},
    };
    ck_assert_uint_eq(queue_number(dead), 1);
    for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
        struct move_task task;
        world.journal->put_record(world.journal, TEXT("move-task"), text_of(records[i][0]),
                                  text_of(records[i][1]));
        world_reopen(&world);
        ck_assert_uint_eq(engine_list_moves(world.engine, world_find(&world, "dead"), 1, &task), 0);
    }
}
END_TEST

// A slow task of many steps: each moves one, and none is early.
START_TEST(a_pace_of_one_a_second_in_fifo)
{
    RULES("S-210");
    WORLD(world);
    struct queue *dead = dead_letters(&world, true, 6);
    ck_assert_int_eq(start(&world, dead, NULL, 1), MOVE_OK);
    for (int i = 1; i <= 6; i++) {
        world_advance(&world, 999);
        ck_assert_uint_eq(newest(&world, dead).moved, (size_t)i - 1);
        world_advance(&world, 1);
        ck_assert_uint_eq(newest(&world, dead).moved, (size_t)i);
    }
    ck_assert_str_eq(world_peek_bodies(&world, world_find(&world, "q.fifo"), 10), "0,2,4,1,3,5");
}
END_TEST

START_TEST(what_expires_meanwhile_is_not_moved)
{
    RULES("S-181 S-214");
    WORLD(world);
    struct queue_settings settings = world_settings(false);
    settings.message_retention_seconds = 60;
    struct queue *dead = world_create(&world, "dead", &settings);
    struct queue *to = world_create(&world, "to", NULL);
    world_send(&world, dead, "a");
    world_send(&world, dead, "b");
    world_advance(&world, 58500);
    ck_assert_int_eq(start(&world, dead, to, 1), MOVE_OK);
    world_advance(&world, 5000);
    ck_assert_str_eq(world_peek_bodies(&world, to, 10), "a");
    ck_assert_uint_eq(world.kind_counts[TRACE_EXPIRED], 1);
    ck_assert_int_eq(newest(&world, dead).status, MOVE_COMPLETED);
    world_advance(&world, 58000); // its retention began again
    ck_assert_counts(world, to, "1/0/0");
}
END_TEST

START_TEST(a_purge_ends_the_task)
{
    WORLD(world);
    struct queue *dead = dead_letters(&world, false, 3);
    ck_assert_int_eq(start(&world, dead, NULL, 1), MOVE_OK);
    engine_purge_queue(world.engine, dead);
    world_advance(&world, 1000);
    ck_assert_int_eq(newest(&world, dead).status, MOVE_COMPLETED);
    ck_assert_uint_eq(newest(&world, dead).moved, 0);
}
END_TEST

START_TEST(states_have_names)
{
    RULES("S-215");
    static const char *const names[] = {"RUNNING", "COMPLETED", "FAILED", "CANCELLING",
                                        "CANCELLED"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        ck_assert(text_equal(move_status_text((enum move_status)i), text_of(names[i])));
}
END_TEST

// A process that was away for long: its first step falls upon the end, or a millisecond before it.
START_TEST(after_36_hours_it_is_cancelled)
{
    RULES("S-218");
    const int64_t lasts_ms = 36 * 60 * 60 * 1000LL;
    for (int64_t early_ms = 0; early_ms <= 1; early_ms++) {
        WORLD(world);
        struct queue *dead = world_create(&world, "dead", NULL);
        struct queue *other = world_create(&world, "other", NULL);
        for (int i = 0; i < 3; i++)
            world_send(&world, dead, "x");
        int64_t started_at_ms = world_now_ms(&world);
        ck_assert_int_eq(start(&world, dead, other, 1), MOVE_OK);
        engine_commit(world.engine);
        world.engine = engine_free(world.engine);
        while (timeline_step(world.timeline, started_at_ms + lasts_ms - early_ms - 1000))
            ;
        world_open(&world);
        dead = world_find(&world, "dead");
        world_advance(&world, 1000);
        ck_assert_int_eq(world_now_ms(&world), started_at_ms + lasts_ms - early_ms);
        ck_assert_uint_eq(newest(&world, dead).moved, (size_t)early_ms);
        ck_assert_int_eq(newest(&world, dead).status, early_ms > 0 ? MOVE_RUNNING : MOVE_CANCELLED);
    }
}
END_TEST

static Suite *move_suite(void)
{
    Suite *suite = suite_create("move");
    TCase *tcase = tcase_create("move");
    tcase_add_test(tcase, each_goes_back_to_its_own_source);
    tcase_add_test(tcase, what_is_moved_is_a_new_message);
    tcase_add_test(tcase, the_story_names_both_messages);
    tcase_add_test(tcase, attributes_and_body_are_kept);
    tcase_add_test(tcase, fifo_keeps_groups_and_order);
    tcase_add_test(tcase, in_flight_and_delayed_stay);
    tcase_add_test(tcase, a_fifo_message_in_flight_keeps_its_group);
    tcase_add_test(tcase, what_comes_later_is_another_tasks);
    tcase_add_test(tcase, of_fifo_groups_too_what_comes_later_stays);
    tcase_add_test(tcase, the_pace_is_kept);
    tcase_add_test(tcase, the_default_pace_is_500_a_second);
    tcase_add_test(tcase, its_steps_are_motive);
    tcase_add_test(tcase, it_wakes_the_destinations_line);
    tcase_add_test(tcase, one_active_task_per_source);
    tcase_add_test(tcase, a_cancelled_task_keeps_what_it_moved);
    tcase_add_loop_test(tcase, a_destination_that_is_deleted_fails_it, 0, 2);
    tcase_add_test(tcase, a_message_without_a_source_fails_it);
    tcase_add_test(tcase, ten_tasks_are_remembered_newest_first);
    tcase_add_loop_test(tcase, a_restart_goes_on_with_it, 0, 2);
    tcase_add_test(tcase, its_tasks_go_with_the_source);
    tcase_add_test(tcase, a_queue_that_is_its_own_moves_each_once);
    tcase_add_test(tcase, the_destinations_delay_counts);
    tcase_add_test(tcase, records_that_are_none_are_ignored);
    tcase_add_test(tcase, a_pace_of_one_a_second_in_fifo);
    tcase_add_test(tcase, what_expires_meanwhile_is_not_moved);
    tcase_add_test(tcase, a_purge_ends_the_task);
    tcase_add_test(tcase, states_have_names);
    tcase_add_test(tcase, after_36_hours_it_is_cancelled);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(move_suite)
