// queue_test -- order, counters, the line, timers and who is served when (sections 3.6, 3.7, 6).
#include "tests/support/engine_case.h"

#include <stdio.h>

// ---- order ----

START_TEST(order_is_by_the_original_send)
{
    RULES("S-189");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    world_send(&world, queue, "b");
    struct got got = world_receive(&world, queue, 1, 1000);
    world_send(&world, queue, "c");
    ck_assert_int_eq(world_change(&world, queue, got.messages[0].receipt, 0), ENGINE_OK);
    ck_assert_str_eq(world_receive(&world, queue, 10, 1000).bodies, "a,b,c");
    world_advance(&world, 1000);
    ck_assert_str_eq(world_receive(&world, queue, 10, 1000).bodies, "a,b,c");
}
END_TEST

START_TEST(what_was_delayed_keeps_its_place)
{
    RULES("S-189");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    world_send_delayed(&world, queue, "a", 1000);
    world_send(&world, queue, "b");
    world_advance(&world, 1000);
    world_send(&world, queue, "c");
    ck_assert_str_eq(world_receive(&world, queue, 10, -1).bodies, "a,b,c");
}
END_TEST

START_TEST(a_receive_takes_all_there_is_up_to_its_maximum)
{
    RULES("S-187");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    for (int i = 0; i < 13; i++)
        world_send(&world, queue, "x");
    ck_assert_uint_eq(world_receive(&world, queue, 10, -1).count, 10);
    ck_assert_uint_eq(world_receive(&world, queue, 10, -1).count, 3);
    ck_assert_uint_eq(world_receive(&world, queue, 10, -1).count, 0);
}
END_TEST

START_TEST(each_message_is_in_one_counter)
{
    RULES("S-249");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    for (int i = 0; i < 5; i++)
        world_send(&world, queue, "x");
    world_send_delayed(&world, queue, "later", 1000);
    world_receive(&world, queue, 2, 1000);
    ck_assert_counts(world, queue, "3/2/1");
    ck_assert_uint_eq(engine_message_count(world.engine), 6);
    world_advance(&world, 1000);
    ck_assert_counts(world, queue, "6/0/0");
}
END_TEST

START_TEST(fairness_is_not_needed_below_its_thresholds)
{
    RULES("S-246");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    static const char *const bodies[] = {"a", "b", "c", "d"};
    for (int i = 0; i < 4; i++)
        world_send_group(&world, queue, i % 2 ? "even" : "odd", NULL, bodies[i]);
    ck_assert_str_eq(world_receive(&world, queue, 10, -1).bodies, "a,b,c,d");
}
END_TEST

// ---- the line ----

START_TEST(nothing_is_done_inside_the_call)
{
    WORLD(world);
    struct parked parked;
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    world_park(&world, queue, &parked, 1, 0, -1);
    ck_assert_int_eq(parked.got.done_count, 1);
    engine_receive(world.engine, queue, &parked.receive);
    ck_assert_int_eq(parked.got.done_count, 1);
    ck_assert(receive_is_waiting(&parked.receive));
    ck_assert(engine_settle(world.engine));
    ck_assert_int_eq(parked.got.done_count, 2);
    ck_assert(!receive_is_waiting(&parked.receive));
    ck_assert(!engine_settle(world.engine));
}
END_TEST

START_TEST(a_long_poll_ends_empty_after_its_wait)
{
    RULES("S-188");
    WORLD(world);
    struct parked parked;
    struct queue *queue = world_create(&world, "q", NULL);
    world_park(&world, queue, &parked, 1, 20000, -1);
    world_advance(&world, 19999);
    ck_assert_int_eq(parked.got.done_count, 0);
    world_advance(&world, 1);
    ck_assert_int_eq(parked.got.done_count, 1);
    ck_assert_int_eq(parked.got.error, ENGINE_OK);
    ck_assert_uint_eq(parked.got.count, 0);
    ck_assert_int_eq(parked.got.at_ms, WORLD_START_MS + 20000);
}
END_TEST

START_TEST(the_requests_wait_wins_also_0)
{
    RULES("S-183");
    WORLD(world);
    struct parked parked;
    struct queue_settings settings = world_settings(false);
    settings.receive_wait_seconds = 5;
    struct queue *queue = world_create(&world, "q", &settings);
    world_park(&world, queue, &parked, 1, 0, -1);
    ck_assert_int_eq(parked.got.done_count, 1);
    world_park(&world, queue, &parked, 1, -1, -1);
    ck_assert_int_eq(parked.got.done_count, 0);
    world_advance(&world, 5000);
    ck_assert_int_eq(parked.got.done_count, 1);
}
END_TEST

START_TEST(a_long_poll_returns_at_the_first_message)
{
    RULES("S-184");
    WORLD(world);
    struct parked parked;
    struct queue *queue = world_create(&world, "q", NULL);
    world_park(&world, queue, &parked, 10, 20000, -1);
    world_advance(&world, 3000);
    world_send(&world, queue, "a");
    ck_assert_str_eq(parked.got.bodies, "a");
    ck_assert_int_eq(parked.got.at_ms, WORLD_START_MS + 3000);
}
END_TEST

START_TEST(woken_by_the_end_of_a_delay)
{
    RULES("S-185");
    WORLD(world);
    struct parked parked;
    struct queue *queue = world_create(&world, "q", NULL);
    world_send_delayed(&world, queue, "a", 2000);
    world_park(&world, queue, &parked, 10, 20000, -1);
    world_advance(&world, 5000);
    ck_assert_str_eq(parked.got.bodies, "a");
    ck_assert_int_eq(parked.got.at_ms, WORLD_START_MS + 2000);
}
END_TEST

START_TEST(woken_by_the_end_of_a_timeout)
{
    RULES("S-185");
    WORLD(world);
    struct parked parked;
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    world_receive(&world, queue, 1, 2000);
    world_park(&world, queue, &parked, 10, 20000, -1);
    world_advance(&world, 5000);
    ck_assert_str_eq(parked.got.bodies, "a");
    ck_assert_int_eq(parked.got.at_ms, WORLD_START_MS + 2000);
}
END_TEST

START_TEST(woken_by_visibility_0_and_by_a_shorter_one)
{
    RULES("S-185");
    WORLD(world);
    struct parked parked;
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    struct got got = world_receive(&world, queue, 1, 30000);
    world_park(&world, queue, &parked, 10, 20000, 30000);
    ck_assert_int_eq(world_change(&world, queue, got.messages[0].receipt, 0), ENGINE_OK);
    ck_assert_str_eq(parked.got.bodies, "a");
    got = parked.got;
    world_park(&world, queue, &parked, 10, 20000, 30000);
    ck_assert_int_eq(world_change(&world, queue, got.messages[0].receipt, 1000), ENGINE_OK);
    world_advance(&world, 1000);
    ck_assert_str_eq(parked.got.bodies, "a");
}
END_TEST

START_TEST(first_come_first_served)
{
    RULES("S-186");
    WORLD(world);
    struct parked parked[3];
    struct queue *queue = world_create(&world, "q", NULL);
    for (int i = 0; i < 3; i++)
        world_park(&world, queue, &parked[i], 1, 20000, -1);
    static const char *const bodies[] = {"a", "b", "c"};
    for (int i = 0; i < 3; i++)
        world_send(&world, queue, bodies[i]);
    for (int i = 0; i < 3; i++)
        ck_assert_str_eq(parked[i].got.bodies, bodies[i]);
}
END_TEST

START_TEST(who_waits_goes_before_who_comes)
{
    RULES("S-186");
    WORLD(world);
    struct parked waiting;
    struct parked coming;
    struct queue *queue = world_create(&world, "q", NULL);
    world_park(&world, queue, &waiting, 1, 20000, -1);
    struct sent sent;
    engine_send(world.engine, queue, &(struct send){.body = TEXT("a"), .delay_ms = -1}, &sent);
    world_park(&world, queue, &coming, 1, 0, -1);
    ck_assert_str_eq(waiting.got.bodies, "a");
    ck_assert_int_eq(coming.got.done_count, 1);
    ck_assert_uint_eq(coming.got.count, 0);
}
END_TEST

START_TEST(a_cancelled_receive_takes_nothing)
{
    RULES("S-186");
    WORLD(world);
    struct parked parked;
    struct queue *queue = world_create(&world, "q", NULL);
    world_park(&world, queue, &parked, 1, 20000, -1);
    engine_cancel_receive(world.engine, &parked.receive);
    ck_assert(!receive_is_waiting(&parked.receive));
    world_send(&world, queue, "a");
    world_advance(&world, 30000);
    ck_assert_int_eq(parked.got.done_count, 0);
    ck_assert_counts(world, queue, "1/0/0");
    engine_cancel_receive(world.engine, &parked.receive); // stays as it is
    engine_receive(world.engine, queue, &parked.receive); // an arrival can be cancelled too
    engine_cancel_receive(world.engine, &parked.receive);
    world_settle(&world);
    ck_assert_int_eq(parked.got.done_count, 0);
}
END_TEST

START_TEST(a_deleted_queue_ends_its_polls)
{
    RULES("S-120");
    WORLD(world);
    struct parked waiting;
    struct parked arriving;
    struct parked cancelled;
    struct queue *queue = world_create(&world, "q", NULL);
    world_park(&world, queue, &waiting, 1, 20000, -1);
    world_park(&world, queue, &cancelled, 1, 20000, -1);
    arriving = waiting;
    arriving.receive.link = (struct list_node){0};
    arriving.receive.timer = (struct timer){0};
    engine_receive(world.engine, queue, &arriving.receive);
    engine_delete_queue(world.engine, queue);
    engine_cancel_receive(world.engine, &cancelled.receive);
    ck_assert_int_eq(waiting.got.done_count, 0); // not inside the call
    queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "of the later queue");
    world_advance(&world, 30000);
    ck_assert_int_eq(waiting.got.done_count, 1);
    ck_assert_int_eq(waiting.got.error, ENGINE_QUEUE_DELETED);
    ck_assert_int_eq(arriving.got.done_count, 1);
    ck_assert_int_eq(arriving.got.error, ENGINE_QUEUE_DELETED);
    ck_assert_int_eq(cancelled.got.done_count, 0);
    ck_assert_counts(world, queue, "1/0/0");
}
END_TEST

START_TEST(an_engine_that_ends_ends_its_polls)
{
    struct engine_world world;
    struct parked waiting;
    struct parked arriving;
    world_init(&world, 1, NULL);
    struct queue *queue = world_create(&world, "q", NULL);
    world_park(&world, queue, &waiting, 1, 20000, -1);
    world_park(&world, queue, &arriving, 1, 0, -1);
    engine_receive(world.engine, queue, &arriving.receive);
    world_deinit(&world);
    ck_assert_int_eq(waiting.got.error, ENGINE_QUEUE_DELETED);
    ck_assert_int_eq(waiting.got.done_count, 1);
    ck_assert_int_eq(arriving.got.error, ENGINE_QUEUE_DELETED);
    ck_assert_int_eq(arriving.got.done_count, 2);
}
END_TEST

// A poller as esm/ has it: whatever comes, it joins again from inside done().
struct poller {
    struct receive receive;
    struct engine_world *world;
    struct queue *queue;
    size_t received;
    size_t done_count;
    bool deletes;
};

static void poller_done(struct receive *receive, enum engine_error error,
                        const struct delivery *deliveries, size_t count)
{
    struct poller *poller = list_entry(receive, struct poller, receive);
    poller->done_count++;
    poller->received += count;
    if (poller->deletes && count > 0) {
        struct queue *queue = poller->queue;
        for (size_t i = 0; i < count; i++)
            ck_assert_int_eq(
                engine_delete(poller->world->engine, queue, deliveries[i].receipt, TEXT("m")),
                ENGINE_OK);
    }
    if (error == ENGINE_OK)
        engine_receive(poller->world->engine, poller->queue, receive);
}

static void poller_start(struct poller *poller, struct engine_world *world, struct queue *queue,
                         bool deletes)
{
    *poller = (struct poller){
        .receive = {.done = poller_done,
                    .messages_max = 2,
                    .wait_ms = 20000,
                    .visibility_ms = -1,
                    .actor = TEXT("m")},
        .world = world,
        .queue = queue,
        .deletes = deletes,
    };
    engine_receive(world->engine, queue, &poller->receive);
    world_settle(world);
}

START_TEST(done_may_receive_again)
{
    WORLD(world);
    struct poller poller;
    struct queue *queue = world_create(&world, "q", NULL);
    poller_start(&poller, &world, queue, true);
    for (int i = 0; i < 7; i++)
        world_send(&world, queue, "x");
    ck_assert_uint_eq(poller.received, 7);
    ck_assert_counts(world, queue, "0/0/0");
    world_advance(&world, 60000); // three empty polls, each joined from a timer
    ck_assert_uint_eq(poller.done_count, 7 + 3);
    engine_cancel_receive(world.engine, &poller.receive);
}
END_TEST

START_TEST(one_settle_ends_although_done_comes_back_at_once)
{
    WORLD(world);
    struct poller poller;
    struct queue *queue = world_create(&world, "q", NULL);
    poller_start(&poller, &world, queue, false);
    poller.receive.visibility_ms = 0;
    struct sent sent;
    engine_send(world.engine, queue, &(struct send){.body = TEXT("a"), .delay_ms = -1}, &sent);
    for (size_t i = 1; i <= 5; i++) {
        ck_assert(engine_settle(world.engine));
        ck_assert_uint_eq(poller.received, i);
    }
    engine_cancel_receive(world.engine, &poller.receive);
}
END_TEST

START_TEST(who_waits_goes_first_also_when_done_frees_a_place)
{
    RULES("S-186");
    struct engine_world world;
    struct poller pollers[2];
    struct parked coming;
    world_init(&world, 1, NULL);
    world.in_flight_max = 1;
    world_reopen(&world);
    struct queue *queue = world_create(&world, "q", NULL);
    for (int i = 0; i < 2; i++) {
        poller_start(&pollers[i], &world, queue, true);
        pollers[i].receive.messages_max = 1;
    }
    world_prepare(&world, &coming, 1, 0, -1);
    engine_receive(world.engine, queue, &coming.receive);
    for (int i = 0; i < 3; i++) {
        struct sent sent;
        engine_send(world.engine, queue, &(struct send){.body = TEXT("a"), .delay_ms = -1}, &sent);
    }
    engine_settle(world.engine);
    ck_assert_uint_eq(pollers[0].received, 1);
    ck_assert_uint_eq(pollers[1].received, 1);
    ck_assert_uint_eq(coming.got.count, 1);
    for (int i = 0; i < 2; i++)
        engine_cancel_receive(world.engine, &pollers[i].receive);
    world_deinit(&world);
}
END_TEST

static void deleting_done(struct receive *receive, enum engine_error error,
                          const struct delivery *deliveries, size_t count)
{
    struct poller *poller = list_entry(receive, struct poller, receive);
    (void)deliveries;
    (void)count;
    poller->done_count++;
    if (error == ENGINE_OK)
        engine_delete_queue(poller->world->engine, poller->queue);
}

START_TEST(done_may_delete_the_queue)
{
    RULES("S-120");
    WORLD(world);
    struct poller first;
    struct parked second;
    struct queue *queue = world_create(&world, "q", NULL);
    first = (struct poller){
        .receive = {.done = deleting_done,
                    .messages_max = 1,
                    .wait_ms = 20000,
                    .visibility_ms = -1},
        .world = &world,
        .queue = queue,
    };
    engine_receive(world.engine, queue, &first.receive);
    world_park(&world, queue, &second, 1, 20000, -1);
    struct sent sent;
    for (int i = 0; i < 3; i++)
        engine_send(world.engine, queue, &(struct send){.body = TEXT("a"), .delay_ms = -1}, &sent);
    world_settle(&world);
    ck_assert_uint_eq(first.done_count, 1);
    ck_assert_int_eq(second.got.error, ENGINE_QUEUE_DELETED);
}
END_TEST

// ---- the limit in flight ----

START_TEST(over_the_limit_in_flight)
{
    RULES("S-84");
    struct engine_world world;
    world_init(&world, 1, NULL);
    world.in_flight_max = 3;
    world_reopen(&world);
    struct parked parked;
    struct queue *queue = world_create(&world, "q", NULL);
    for (int i = 0; i < 5; i++)
        world_send(&world, queue, "x");
    struct got got = world_receive(&world, queue, 10, 30000);
    ck_assert_uint_eq(got.count, 3);
    ck_assert_int_eq(world_receive(&world, queue, 1, -1).error, ENGINE_OVER_LIMIT);
    world_park(&world, queue, &parked, 10, 5000, -1);
    world_advance(&world, 5000);
    ck_assert_int_eq(parked.got.error, ENGINE_OK); // a long poll is empty, not wrong
    ck_assert_uint_eq(parked.got.count, 0);
    world_park(&world, queue, &parked, 10, 5000, -1);
    ck_assert_int_eq(world_delete(&world, queue, got.messages[0].receipt), ENGINE_OK);
    ck_assert_uint_eq(parked.got.count, 1); // a place became free
    world_deinit(&world);
}
END_TEST

START_TEST(over_the_limit_on_fifo_is_empty)
{
    RULES("S-84");
    struct engine_world world;
    world_init(&world, 1, NULL);
    world.in_flight_max = 2;
    world_reopen(&world);
    struct queue *queue = world_create(&world, "q.fifo", NULL);
    world_send_group(&world, queue, "g", NULL, "a");
    world_send_group(&world, queue, "g", NULL, "b");
    world_send_group(&world, queue, "h", NULL, "c");
    ck_assert_uint_eq(world_receive(&world, queue, 10, 30000).count, 2);
    struct got got = world_receive(&world, queue, 10, 30000);
    ck_assert_int_eq(got.error, ENGINE_OK);
    ck_assert_uint_eq(got.count, 0);
    world_deinit(&world);
}
END_TEST

// ---- motive and passive ----

START_TEST(a_lease_is_motive_while_somebody_waits)
{
    WORLD(world);
    struct parked parked;
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    world_receive(&world, queue, 1, 30000);
    ck_assert_int_eq(timeline_next_motive_ms(world.timeline), TIMELINE_NEVER);
    ck_assert_int_eq(timeline_next_due_ms(world.timeline), WORLD_START_MS + 30000);
    world_park(&world, queue, &parked, 1, 20000, -1);
    ck_assert_int_eq(timeline_next_motive_ms(world.timeline), WORLD_START_MS + 30000);
    ck_assert_int_eq(timeline_next_due_ms(world.timeline),
                     WORLD_START_MS + 20000); // its own end is passive
    engine_cancel_receive(world.engine, &parked.receive);
    ck_assert_int_eq(timeline_next_motive_ms(world.timeline), TIMELINE_NEVER);
}
END_TEST

START_TEST(leases_of_outside_clients_are_known)
{
    WORLD(world);
    struct parked parked;
    struct text name;
    int64_t until_ms;
    size_t count;
    struct queue *queue = world_create(&world, "q", NULL);
    struct queue *other = world_create(&world, "other", NULL);
    world_send(&world, queue, "a");
    world_send(&world, queue, "b");
    world_send(&world, queue, "c");
    world_send(&world, other, "d");
    ck_assert(!engine_outside_lease(world.engine, &name, &until_ms, &count));
    parked = (struct parked){0};
    world_park(&world, other, &parked, 1, 0, 1000);
    struct got got = world_receive(&world, queue, 2, 5000);
    ck_assert(engine_outside_lease(world.engine, &name, &until_ms, &count));
    ck_assert(text_equal(name, TEXT("q")));
    ck_assert_int_eq(until_ms, WORLD_START_MS + 5000);
    ck_assert_uint_eq(count, 2);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(world_delete(&world, queue, got.messages[i].receipt), ENGINE_OK);
    ck_assert(engine_outside_lease(world.engine, &name, &until_ms, &count));
    ck_assert(text_equal(name, TEXT("other")));
    world_advance(&world, 1000);
    ck_assert(!engine_outside_lease(world.engine, &name, &until_ms, &count));
    struct poller poller; // a mapping's lease does not count
    poller_start(&poller, &world, queue, false);
    ck_assert_uint_eq(poller.received, 1);
    ck_assert(!engine_outside_lease(world.engine, &name, &until_ms, &count));
    engine_cancel_receive(world.engine, &poller.receive);
}
END_TEST

// ---- peek ----

struct looked {
    size_t count;
    enum message_phase phases[8];
    int64_t available_at_ms[8];
};

static void look(void *context, const struct peeked *peeked)
{
    struct looked *looked = context;
    ck_assert_uint_eq(peeked->delivery.receipt.length, 0);
    looked->phases[looked->count] = peeked->phase;
    looked->available_at_ms[looked->count] = peeked->available_at_ms;
    looked->count++;
}

START_TEST(peek_shows_all_in_the_order_of_sending)
{
    WORLD(world);
    struct looked looked = {0};
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    world_send_delayed(&world, queue, "b", 7000);
    world_send(&world, queue, "c");
    world_receive(&world, queue, 1, 5000);
    ck_assert_str_eq(world_peek_bodies(&world, queue, 10), "a,b,c");
    ck_assert_str_eq(world_peek_bodies(&world, queue, 2), "a,b");
    ck_assert_str_eq(world_peek_bodies(&world, queue, 0), "");
    engine_peek(world.engine, queue, 8, look, &looked);
    ck_assert_uint_eq(looked.count, 3);
    ck_assert_int_eq(looked.phases[0], MESSAGE_IN_FLIGHT);
    ck_assert_int_eq(looked.available_at_ms[0], WORLD_START_MS + 5000);
    ck_assert_int_eq(looked.phases[1], MESSAGE_DELAYED);
    ck_assert_int_eq(looked.available_at_ms[1], WORLD_START_MS + 7000);
    ck_assert_int_eq(looked.phases[2], MESSAGE_VISIBLE);
    ck_assert_counts(world, queue, "1/1/1"); // looking changes nothing
}
END_TEST

START_TEST(peek_of_an_empty_queue_shows_nothing)
{
    WORLD(world);
    ck_assert_str_eq(world_peek_bodies(&world, world_create(&world, "q", NULL), 10), "");
}
END_TEST

START_TEST(peek_selects_the_first_of_many)
{
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    for (int i = 0; i < 100; i++) {
        char body[12];
        snprintf(body, sizeof(body), "%d", i);
        world_send(&world, queue, body);
    }
    world_receive(&world, queue, 10, 5000);
    ck_assert_str_eq(world_peek_bodies(&world, queue, 12), "0,1,2,3,4,5,6,7,8,9,10,11");
}
END_TEST

static Suite *queue_suite(void)
{
    Suite *suite = suite_create("queue");
    TCase *tcase = tcase_create("queue");
    tcase_add_test(tcase, order_is_by_the_original_send);
    tcase_add_test(tcase, what_was_delayed_keeps_its_place);
    tcase_add_test(tcase, a_receive_takes_all_there_is_up_to_its_maximum);
    tcase_add_test(tcase, each_message_is_in_one_counter);
    tcase_add_test(tcase, fairness_is_not_needed_below_its_thresholds);
    tcase_add_test(tcase, nothing_is_done_inside_the_call);
    tcase_add_test(tcase, a_long_poll_ends_empty_after_its_wait);
    tcase_add_test(tcase, the_requests_wait_wins_also_0);
    tcase_add_test(tcase, a_long_poll_returns_at_the_first_message);
    tcase_add_test(tcase, woken_by_the_end_of_a_delay);
    tcase_add_test(tcase, woken_by_the_end_of_a_timeout);
    tcase_add_test(tcase, woken_by_visibility_0_and_by_a_shorter_one);
    tcase_add_test(tcase, first_come_first_served);
    tcase_add_test(tcase, who_waits_goes_before_who_comes);
    tcase_add_test(tcase, a_cancelled_receive_takes_nothing);
    tcase_add_test(tcase, a_deleted_queue_ends_its_polls);
    tcase_add_test(tcase, an_engine_that_ends_ends_its_polls);
    tcase_add_test(tcase, done_may_receive_again);
    tcase_add_test(tcase, one_settle_ends_although_done_comes_back_at_once);
    tcase_add_test(tcase, who_waits_goes_first_also_when_done_frees_a_place);
    tcase_add_test(tcase, done_may_delete_the_queue);
    tcase_add_test(tcase, over_the_limit_in_flight);
    tcase_add_test(tcase, over_the_limit_on_fifo_is_empty);
    tcase_add_test(tcase, a_lease_is_motive_while_somebody_waits);
    tcase_add_test(tcase, leases_of_outside_clients_are_known);
    tcase_add_test(tcase, peek_shows_all_in_the_order_of_sending);
    tcase_add_test(tcase, peek_of_an_empty_queue_shows_nothing);
    tcase_add_test(tcase, peek_selects_the_first_of_many);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(queue_suite)
