// engine_test -- the map of queues, purge and deletion, and replay: a reopened engine equals the live one.
#include "tests/support/engine_case.h"

#include <stdio.h>

// ---- queues ----

START_TEST(queues_are_found_by_account_region_and_name)
{
    RULES("S-124");
    WORLD(world);
    struct queue_settings settings = world_settings(false);
    struct queue_key here = {TEXT("1"), TEXT("r"), TEXT("q")};
    struct queue_key region = {TEXT("1"), TEXT("s"), TEXT("q")};
    struct queue_key account = {TEXT("2"), TEXT("r"), TEXT("q")};
    struct queue *queue = engine_create_queue(world.engine, &here, &settings);
    ck_assert_ptr_eq(engine_find_queue(world.engine, &here), queue);
    ck_assert_ptr_null(engine_find_queue(world.engine, &region));
    ck_assert_ptr_null(engine_find_queue(world.engine, &account));
    struct queue *other = engine_create_queue(world.engine, &region, &settings);
    ck_assert_ptr_ne(other, queue);
    ck_assert(text_equal(queue_arn(other), TEXT("arn:aws:sqs:s:1:q")));
    ck_assert(text_equal(queue_key(other)->region, TEXT("s")));
}
END_TEST

START_TEST(queues_are_walked_in_order)
{
    RULES("S-123");
    WORLD(world);
    static const char *const names[] = {"m", "a", "z", "b", "aa"};
    static const char *const sorted[] = {"a", "aa", "b", "m", "z"};
    for (int i = 0; i < 5; i++)
        world_create(&world, names[i], NULL);
    struct queue *queue = NULL;
    for (int i = 0; i < 5; i++) {
        queue = engine_next_queue(world.engine, queue);
        ck_assert(text_equal(queue_key(queue)->name, text_of(sorted[i])));
    }
    ck_assert_ptr_null(engine_next_queue(world.engine, queue));
    engine_delete_queue(world.engine, world_find(&world, "b"));
    queue = engine_next_queue(world.engine, world_find(&world, "aa"));
    ck_assert(text_equal(queue_key(queue)->name, TEXT("m")));
}
END_TEST

START_TEST(numbers_are_never_used_again)
{
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    uint64_t number = queue_number(queue);
    engine_delete_queue(world.engine, queue);
    world_reopen(&world);
    queue = world_create(&world, "q", NULL);
    ck_assert_uint_gt(queue_number(queue), number);
}
END_TEST

START_TEST(instants_of_a_queue)
{
    RULES("S-116 S-133 S-135");
    WORLD(world);
    struct queue_key key = world_key("q");
    struct queue *queue = world_create(&world, "q", NULL);
    ck_assert_int_eq(queue_created_at_ms(queue), WORLD_START_MS);
    ck_assert_int_eq(queue_modified_at_ms(queue), WORLD_START_MS);
    ck_assert_int_eq(queue_purged_at_ms(queue), 0);
    ck_assert_int_eq(engine_deleted_at_ms(world.engine, &key), 0);
    world_advance(&world, 1000);
    struct queue_settings settings = *queue_settings(queue);
    settings.policy = TEXT("{}");
    engine_change_settings(world.engine, queue, &settings);
    engine_change_settings(world.engine, queue, queue_settings(queue)); // its own may be given back
    ck_assert(text_equal(queue_settings(queue)->policy, TEXT("{}")));
    ck_assert_int_eq(queue_modified_at_ms(queue), WORLD_START_MS + 1000);
    world_advance(&world, 1000);
    engine_purge_queue(world.engine, queue);
    ck_assert_int_eq(queue_purged_at_ms(queue), WORLD_START_MS + 2000);
    engine_delete_queue(world.engine, queue);
    ck_assert_int_eq(engine_deleted_at_ms(world.engine, &key), WORLD_START_MS + 2000);
    world_advance(&world, 1000);
    engine_delete_queue(world.engine, world_create(&world, "q", NULL));
    ck_assert_int_eq(engine_deleted_at_ms(world.engine, &key), WORLD_START_MS + 3000);
}
END_TEST

START_TEST(ten_thousand_deletions_are_remembered)
{
    RULES("S-116");
    WORLD(world);
    for (int i = 0; i <= 10000; i++) {
        char name[16];
        snprintf(name, sizeof(name), "q%d", i);
        engine_delete_queue(world.engine, world_create(&world, name, NULL));
    }
    struct queue_key first = world_key("q0");
    struct queue_key second = world_key("q1");
    ck_assert_int_eq(engine_deleted_at_ms(world.engine, &first), 0);
    ck_assert_int_eq(engine_deleted_at_ms(world.engine, &second), WORLD_START_MS);
}
END_TEST

START_TEST(a_purge_takes_all_phases)
{
    RULES("S-134");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    world_send(&world, queue, "b");
    world_send_delayed(&world, queue, "c", 5000);
    struct got got = world_receive(&world, queue, 1, -1);
    engine_purge_queue(world.engine, queue);
    ck_assert_counts(world, queue, "0/0/0");
    ck_assert_uint_eq(world.kind_counts[TRACE_PURGED], 3);
    ck_assert_int_eq(world_delete(&world, queue, got.messages[0].receipt), ENGINE_OK);
    world_send(&world, queue, "d");
    ck_assert_str_eq(world_receive(&world, queue, 10, -1).bodies, "d");
}
END_TEST

START_TEST(a_deleted_queue_takes_its_messages_along)
{
    RULES("S-119");
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    world_send_delayed(&world, queue, "b", 5000);
    engine_delete_queue(world.engine, queue);
    ck_assert_uint_eq(engine_message_count(world.engine), 0);
    ck_assert_uint_eq(world.kind_counts[TRACE_QUEUE_DELETED], 2);
    world_reopen(&world);
    ck_assert_uint_eq(engine_message_count(world.engine), 0);
    ck_assert_ptr_null(engine_next_queue(world.engine, NULL));
}
END_TEST

START_TEST(it_works_without_a_tracer)
{
    struct engine_options options = {.timeline = timeline_new(WORLD_START_MS),
                                     .journal = journal_none_new(),
                                     .in_flight_max = IN_FLIGHT_MAX};
    struct random random;
    int64_t now_ms;
    struct sent sent;
    random_init(&random, 1);
    options.random = &random;
    struct engine *engine = engine_new(&options);
    engine_open(engine, NULL, NULL, &now_ms);
    ck_assert_int_eq(now_ms, 0);
    struct queue_settings settings = world_settings(false);
    struct queue_key key = world_key("q");
    struct queue *queue = engine_create_queue(engine, &key, &settings);
    engine_send(engine, queue, &(struct send){.body = TEXT("a"), .delay_ms = -1}, &sent);
    engine_purge_queue(engine, queue);
    engine_commit(engine);
    engine_free(engine);
    journal_free(options.journal);
    timeline_free(options.timeline);
    ck_assert_ptr_null(engine_free(NULL));
}
END_TEST

// ---- replay ----

START_TEST(leases_and_delays_keep_their_deadlines)
{
    WORLD(world);
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    world_send_delayed(&world, queue, "b", 7000);
    struct got got = world_receive(&world, queue, 1, 5000);
    world_advance(&world, 1000);
    world_reopen(&world);
    queue = world_find(&world, "q");
    struct text name;
    int64_t until_ms;
    size_t count;
    ck_assert_counts(world, queue, "0/1/1");
    ck_assert(engine_outside_lease(world.engine, &name, &until_ms, &count));
    ck_assert_int_eq(until_ms, WORLD_START_MS + 5000);
    ck_assert_int_eq(world_change(&world, queue, got.messages[0].receipt, 5000), ENGINE_OK);
    world_advance(&world, 5000);
    ck_assert_counts(world, queue, "1/0/1");
    world_advance(&world, 1000);
    ck_assert_counts(world, queue, "2/0/0");
    ck_assert_int_eq(world_delete(&world, queue, got.messages[0].receipt), ENGINE_OK);
    ck_assert_counts(world, queue, "1/0/0");
}
END_TEST

START_TEST(what_ended_meanwhile_is_visible_at_once)
{
    WORLD(world);
    struct queue_settings settings = world_settings(false);
    settings.message_retention_seconds = 60;
    world_create(&world, "q", NULL);
    struct queue *brief = world_create(&world, "brief", &settings);
    world_send(&world, world_find(&world, "q"), "a");
    world_send_delayed(&world, world_find(&world, "q"), "b", 7000);
    world_send(&world, brief, "c");
    world_receive(&world, world_find(&world, "q"), 1, 5000);
    engine_commit(world.engine);
    world.engine = engine_free(world.engine);
    timeline_step(world.timeline, WORLD_START_MS + 60000); // the process is down
    world.engine = NULL;
    world_open(&world);
    ck_assert_counts(world, world_find(&world, "q"), "2/0/0");
    ck_assert_counts(world, world_find(&world, "brief"), "0/0/0");
    ck_assert_str_eq(world_receive(&world, world_find(&world, "q"), 10, -1).bodies, "a,b");
}
END_TEST

START_TEST(a_mappings_lease_stays_a_mappings)
{
    WORLD(world);
    struct parked parked;
    struct queue *queue = world_create(&world, "q", NULL);
    world_send(&world, queue, "a");
    world_prepare(&world, &parked, 1, 0, 5000);
    parked.receive.outside = false;
    engine_receive(world.engine, queue, &parked.receive);
    world_settle(&world);
    world_reopen(&world);
    struct text name;
    int64_t until_ms;
    size_t count;
    ck_assert(!engine_outside_lease(world.engine, &name, &until_ms, &count));
}
END_TEST

// ---- replay equals live, after random operations ----

#define HANDLES_MAX 64

struct random_run {
    struct engine_world *world;
    struct random random;
    char handles[HANDLES_MAX][RECEIPT_BYTES_MAX + 1];
    int handle_queues[HANDLES_MAX];
    size_t handle_count;
};

static const char *const run_names[] = {"a", "b", "dead", "self", "f.fifo", "dead.fifo"};
#define RUN_QUEUES 6

static void run_create(struct engine_world *world)
{
    struct queue_settings to_dead = world_redrive(false, "dead", 2);
    struct queue_settings to_self = world_redrive(false, "self", 1);
    struct queue_settings to_dead_fifo = world_redrive(true, "dead.fifo", 2);
    struct queue_settings brief = world_settings(false);
    brief.message_retention_seconds = 60;
    world_create(world, "a", &to_dead);
    world_create(world, "b", &brief);
    world_create(world, "dead", NULL);
    world_create(world, "self", &to_self);
    world_create(world, "f.fifo", &to_dead_fifo);
    world_create(world, "dead.fifo", NULL);
}

static void run_send(struct random_run *run, struct queue *queue)
{
    char body[16];
    char group[2] = {(char)('a' + random_below(&run->random, 3)), 0};
    snprintf(body, sizeof(body), "%d", (int)random_below(&run->random, 500));
    if (queue_settings(queue)->fifo)
        world_send_group(run->world, queue, group, NULL, body);
    else
        world_send_delayed(run->world, queue, body, (int64_t)random_below(&run->random, 3) * 700);
}

static void run_receive(struct random_run *run, struct queue *queue, int number)
{
    struct got got = world_receive(run->world, queue, 1 + random_below(&run->random, 10),
                                   (int64_t)random_below(&run->random, 4) * 900);
    for (size_t i = 0; i < got.count; i++) {
        size_t at = run->handle_count++ % HANDLES_MAX;
        strcpy(run->handles[at], got.messages[i].receipt);
        run->handle_queues[at] = number;
    }
}

static void run_step(struct random_run *run)
{
    int number = (int)random_below(&run->random, RUN_QUEUES);
    struct queue *queue = world_find(run->world, run_names[number]);
    size_t kept = run->handle_count < HANDLES_MAX ? run->handle_count : HANDLES_MAX;
    size_t at = kept ? random_below(&run->random, kept) : 0;
    switch (random_below(&run->random, 8)) {
    case 0:
    case 1:
    case 2:
        run_send(run, queue);
        break;
    case 3:
    case 4:
        run_receive(run, queue, number);
        break;
    case 5:
        if (kept)
            world_delete(run->world, world_find(run->world, run_names[run->handle_queues[at]]),
                         run->handles[at]);
        break;
    case 6:
        if (kept)
            world_change(run->world, world_find(run->world, run_names[run->handle_queues[at]]),
                         run->handles[at], (int64_t)random_below(&run->random, 3) * 800);
        break;
    default:
        world_advance(run->world, (int64_t)random_below(&run->random, 2000));
    }
}

static void describe_peeked(void *context, const struct peeked *peeked)
{
    struct buffer *buffer = context;
    const struct delivery *d = &peeked->delivery;
    buffer_print(buffer, "%d %lld %.*s %.*s %.*s %.*s %.*s %llu %lld %lld %u\n", (int)peeked->phase,
                 peeked->phase == MESSAGE_VISIBLE ? 0LL : (long long)peeked->available_at_ms,
                 TEXT_ARGUMENTS(d->message_id), TEXT_ARGUMENTS(d->body),
                 TEXT_ARGUMENTS(d->group_id), TEXT_ARGUMENTS(d->deduplication_id),
                 TEXT_ARGUMENTS(d->dead_letter_source), (unsigned long long)d->sequence,
                 (long long)d->sent_at_ms, (long long)d->first_received_at_ms, d->receive_count);
}

static void describe(struct engine_world *world, struct buffer *buffer)
{
    struct text name = {0};
    int64_t until_ms = 0;
    size_t count = 0;
    buffer_clear(buffer);
    for (int i = 0; i < RUN_QUEUES; i++) {
        struct queue *queue = world_find(world, run_names[i]);
        buffer_print(buffer, "%s %s\n", run_names[i], world_counts(world, queue));
        engine_peek(world->engine, queue, 1000000, describe_peeked, buffer);
    }
    if (engine_outside_lease(world->engine, &name, &until_ms, &count))
        buffer_print(buffer, "%.*s %lld %zu\n", TEXT_ARGUMENTS(name), (long long)until_ms, count);
}

START_TEST(a_reopened_engine_equals_the_live_one)
{
    struct engine_world world;
    cleanup(buffer_deinit) struct buffer live = {0};
    cleanup(buffer_deinit) struct buffer reopened = {0};
    struct random_run run = {.world = &world};
    world_init(&world, (uint64_t)_i, NULL);
    random_init(&run.random, (uint64_t)_i);
    run_create(&world);
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 40; i++)
            run_step(&run);
        describe(&world, &live);
        world_reopen(&world);
        describe(&world, &reopened);
        ck_assert_msg(text_equal(buffer_text(&live), buffer_text(&reopened)),
                      "live:\n%.*s\nreopened:\n%.*s", TEXT_ARGUMENTS(buffer_text(&live)),
                      TEXT_ARGUMENTS(buffer_text(&reopened)));
    }
    world_deinit(&world);
}
END_TEST

static Suite *engine_suite(void)
{
    Suite *suite = suite_create("engine");
    TCase *tcase = tcase_create("engine");
    tcase_add_test(tcase, queues_are_found_by_account_region_and_name);
    tcase_add_test(tcase, queues_are_walked_in_order);
    tcase_add_test(tcase, numbers_are_never_used_again);
    tcase_add_test(tcase, instants_of_a_queue);
    tcase_add_test(tcase, ten_thousand_deletions_are_remembered);
    tcase_add_test(tcase, a_purge_takes_all_phases);
    tcase_add_test(tcase, a_deleted_queue_takes_its_messages_along);
    tcase_add_test(tcase, it_works_without_a_tracer);
    tcase_add_test(tcase, leases_and_delays_keep_their_deadlines);
    tcase_add_test(tcase, what_ended_meanwhile_is_visible_at_once);
    tcase_add_test(tcase, a_mappings_lease_stays_a_mappings);
    tcase_add_loop_test(tcase, a_reopened_engine_equals_the_live_one, 1, 9);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(engine_suite)
