// Time as docs/time.md says it: what moves it, what holds it, and what a command answers.
//
// Who answers behind the router is this file's own: "/handler" is a real handler (it runs until the
// test ends it), so that the clocks can be seen to stand still.
#include "emulator/clock.h"

#include "emulator/invoke/target.h"
#include "emulator/loop.h"
#include "emulator/router.h"
#include "emulator/server.h"
#include "emulator/world.h"
#include "tests/emulator/client.h"
#include "tests/support/check_main.h"

#define START_MS 1767225600000LL // 2026-01-01T00:00:00Z
#define TURNS_MAX 5000
#define TURN_WAIT_MS 20
#define HOUR_MS 3600000LL

struct fixture {
    struct world world;
    struct options options;
    struct arena *arena;
    struct request *handler; // that is at work
    int handled;
};

#define AWAIT(fixture, condition)                                       \
    do {                                                                \
        for (int turn_ = 0; turn_ < TURNS_MAX && !(condition); turn_++) \
            loop_turn((fixture)->world.loop, TURN_WAIT_MS);             \
        ck_assert_msg(condition, "waited in vain for " #condition);     \
    } while (0)

// ---- the API ----

static void handler_cancelled(struct request *request)
{
    list_entry(request->world, struct fixture, world)->handler = NULL;
}

static void act(struct request *request)
{
    struct fixture *fixture = list_entry(request->world, struct fixture, world);
    request->quiet = true;
    if (text_equal(request->path, TEXT("/handler"))) {
        fixture->handler = request;
        fixture->handled++;
        request_park(request, handler_cancelled, NULL);
        return;
    }
    request->reply.status = 200;
    request_finish(request);
}

static const struct apis apis = {.sqs = act, .lambda = act, .admin = act, .dropin = act};

static void handler_returns(struct fixture *fixture)
{
    struct request *request = fixture->handler;
    ck_assert_ptr_nonnull(request);
    fixture->handler = NULL;
    request->reply.status = 200;
    buffer_append(&request->reply.body, TEXT("{}"));
    request_finish(request);
}

// ---- the world ----

static void begin(struct fixture *fixture, enum clock_mode mode)
{
    *fixture = (struct fixture){.arena = arena_new()};
    options_init(&fixture->options, fixture->arena);
    fixture->options.port = 0;
    fixture->options.journal_none = true;
    fixture->options.quiet = true;
    fixture->options.seeded = true;
    fixture->options.start_at_ms = START_MS;
    fixture->options.clock = mode;
    struct text reason;
    int status;
    ck_assert_msg(world_open(&fixture->world, &fixture->options, &reason, &status), "%.*s",
                  TEXT_ARGUMENTS(reason));
    fixture->world.apis = &apis;
}

static void end(struct fixture *fixture)
{
    world_close(&fixture->world);
    arena_free(fixture->arena);
}

// Since the start.
static int64_t now_ms(const struct fixture *fixture)
{
    return timeline_now_ms(fixture->world.timeline) - START_MS;
}

static struct queue *queue_of(struct fixture *fixture, struct text name, int64_t visibility_seconds)
{
    struct queue_settings settings;
    settings_init(&settings);
    settings.visibility_timeout_seconds = visibility_seconds;
    struct queue_key key = {
        .account = fixture->options.account, .region = fixture->options.region, .name = name};
    return engine_create_queue(fixture->world.engine, &key, &settings);
}

static void enqueue(struct fixture *fixture, struct queue *queue, int64_t delay_ms)
{
    struct sent sent;
    struct send message = {
        .body = TEXT("hello"), .sender_id = TEXT("AIDATEST"), .delay_ms = delay_ms};
    engine_send(fixture->world.engine, queue, &message, &sent);
    world_changed(&fixture->world);
}

static struct mapping *map(struct fixture *fixture, struct queue *queue, struct text target)
{
    struct text reason;
    struct function *function = functions_add(fixture->world.functions, TEXT("f"));
    ck_assert_msg(target_bind(&fixture->world, function, target, true, &reason), "%.*s",
                  TEXT_ARGUMENTS(reason));
    struct mapping_settings settings = {
        .function_name = TEXT("f"),
        .event_source_arn = queue_arn(queue),
        .enabled = true,
        .batch_size = 10,
    };
    struct mapping *mapping;
    struct mapping_detail detail;
    ck_assert_int_eq(esm_create_mapping(fixture->world.esm, &settings, &mapping, &detail),
                     MAPPING_OK);
    return mapping;
}

static struct mapping *map_handler(struct fixture *fixture, struct queue *queue)
{
    return map(fixture, queue,
               arena_print(fixture->arena, "http://127.0.0.1:%lld/handler",
                           (long long)server_port(fixture->world.server)));
}

// Receives as an outside client; the delivery's end is of no interest.
static void received(struct receive *receive, enum engine_error error,
                     const struct delivery *deliveries, size_t count)
{
    (void)receive;
    (void)deliveries;
    ck_assert_int_eq(error, ENGINE_OK);
    ck_assert_uint_eq(count, 1);
}

// ---- timers and commands ----

#define FIRED_MAX 32

struct diary {
    struct fixture *fixture;
    char names[FIRED_MAX];
    int64_t at_ms[FIRED_MAX];
    size_t count;
};

struct tick {
    struct timer timer;
    struct diary *diary;
    char name;
};

static void tick_fired(struct timer *timer)
{
    struct tick *tick = list_entry(timer, struct tick, timer);
    struct diary *diary = tick->diary;
    ck_assert_uint_lt(diary->count, FIRED_MAX);
    diary->names[diary->count] = tick->name;
    diary->at_ms[diary->count++] = now_ms(diary->fixture);
}

static void tick_set(struct tick *tick, struct diary *diary, char name, bool motive, int64_t at_ms)
{
    *tick = (struct tick){
        .timer = {.fire = tick_fired, .motive = motive}, .diary = diary, .name = name};
    timeline_schedule(diary->fixture->world.timeline, &tick->timer, START_MS + at_ms);
}

struct order {
    struct clock_command command;
    struct fixture *fixture;
    int done;
    enum clock_stop stop;
    char reason[512];
    int64_t done_at_ms;
};

static void order_done(struct clock_command *command, enum clock_stop stop, struct text reason)
{
    struct order *order = list_entry(command, struct order, command);
    order->done++;
    order->stop = stop;
    order->done_at_ms = now_ms(order->fixture);
    ck_assert_uint_lt(reason.length, sizeof(order->reason));
    memcpy(order->reason, reason.length > 0 ? reason.bytes : "", reason.length);
    order->reason[reason.length] = '\0';
}

static void order_give(struct order *order, struct fixture *fixture, bool until_idle,
                       int64_t advance_ms)
{
    *order = (struct order){
        .command = {.done = order_done, .until_idle = until_idle, .advance_ms = advance_ms},
        .fixture = fixture};
    clock_command(fixture->world.clock, &order->command);
    ck_assert_int_eq(order->done, 0);
}

static void order_run(struct order *order, struct fixture *fixture, bool until_idle,
                      int64_t advance_ms)
{
    order_give(order, fixture, until_idle, advance_ms);
    AWAIT(fixture, order->done == 1);
}

static bool reason_says(const struct order *order, struct text words)
{
    return text_find(text_of(order->reason), words, NULL);
}

static struct text obstacle_of(struct fixture *fixture)
{
    cleanup(buffer_deinit) struct buffer buffer = {0};
    clock_append_obstacle(fixture->world.clock, &buffer);
    return arena_copy(fixture->arena, buffer_text(&buffer));
}

// ---- real ----

START_TEST(the_real_clock_follows_the_machine)
{
    struct fixture fixture;
    struct tick tick;
    begin(&fixture, CLOCK_REAL);
    struct diary diary = {.fixture = &fixture};
    int64_t begin_us = clock_real_us();
    loop_turn(fixture.world.loop, 0);
    int64_t begin_ms = now_ms(&fixture);
    tick_set(&tick, &diary, 'a', false, begin_ms + 20);
    int64_t wait_ms = clock_wait_ms(fixture.world.clock);
    ck_assert_int_ge(wait_ms, 0);
    ck_assert_int_le(wait_ms, 21);
    AWAIT(&fixture, diary.count == 1);
    ck_assert_int_eq(diary.at_ms[0],
                     begin_ms + 20); // fires at its own instant, however late the turn was
    ck_assert_int_ge(clock_real_us() - begin_us, 19000);
    end(&fixture);
}
END_TEST

START_TEST(without_a_due_timer_every_clock_sleeps_for_ever)
{
    for (int mode = CLOCK_REAL; mode <= CLOCK_LEAP; mode++) {
        struct fixture fixture;
        begin(&fixture, (enum clock_mode)mode);
        loop_turn(fixture.world.loop, 0);
        ck_assert_int_eq(clock_wait_ms(fixture.world.clock), -1);
        end(&fixture);
    }
}
END_TEST

// ---- manual ----

START_TEST(the_manual_clock_stands_still_until_told)
{
    struct fixture fixture;
    struct tick tick;
    begin(&fixture, CLOCK_MANUAL);
    struct diary diary = {.fixture = &fixture};
    tick_set(&tick, &diary, 'a', true, 1);
    int64_t end_us = clock_real_us() + 5000;
    while (clock_real_us() < end_us)
        loop_turn(fixture.world.loop, 1);
    ck_assert_int_eq(now_ms(&fixture), 0);
    ck_assert_int_eq(clock_wait_ms(fixture.world.clock), -1);
    timeline_cancel(fixture.world.timeline, &tick.timer);
    end(&fixture);
}
END_TEST

START_TEST(what_is_due_at_the_present_instant_happens_on_a_standing_clock)
{
    struct fixture fixture;
    struct tick tick;
    begin(&fixture, CLOCK_MANUAL);
    struct diary diary = {.fixture = &fixture};
    tick_set(&tick, &diary, 'a', false, 0);
    ck_assert_int_eq(clock_wait_ms(fixture.world.clock), 0);
    loop_turn(fixture.world.loop, -1);
    ck_assert_uint_eq(diary.count, 1);
    ck_assert_int_eq(now_ms(&fixture), 0);
    end(&fixture);
}
END_TEST

START_TEST(advance_passes_everything_in_order_and_arrives_exactly)
{
    struct fixture fixture;
    struct tick ticks[3];
    struct order order;
    begin(&fixture, CLOCK_MANUAL);
    struct diary diary = {.fixture = &fixture};
    tick_set(&ticks[0], &diary, 'c', true, 901000);
    tick_set(&ticks[1], &diary, 'b', false, 30000);
    tick_set(&ticks[2], &diary, 'a', true, 10000);
    order_run(&order, &fixture, false, 900000);
    ck_assert_int_eq(order.stop, CLOCK_ARRIVED);
    ck_assert_str_eq(order.reason, "");
    ck_assert_int_eq(now_ms(&fixture), 900000);
    ck_assert_uint_eq(diary.count, 2);
    ck_assert_mem_eq(diary.names, "ab", 2);
    ck_assert_int_eq(diary.at_ms[0], 10000);
    ck_assert_int_eq(diary.at_ms[1], 30000);
    order_run(&order, &fixture, false, 0); // no way to go
    ck_assert_int_eq(now_ms(&fixture), 900000);
    timeline_cancel(fixture.world.timeline, &ticks[0].timer);
    end(&fixture);
}
END_TEST

START_TEST(run_jumps_to_motive_instants_passes_passive_ones_and_stops_when_idle)
{
    struct fixture fixture;
    struct tick ticks[3];
    struct order order;
    begin(&fixture, CLOCK_MANUAL);
    struct diary diary = {.fixture = &fixture};
    tick_set(&ticks[0], &diary, 'p', false, 5000);
    tick_set(&ticks[1], &diary, 'm', true, 60000);
    tick_set(&ticks[2], &diary, 'r', false, 70000); // nothing is set in motion by it
    order_run(&order, &fixture, true, 0);
    ck_assert_int_eq(order.stop, CLOCK_ARRIVED);
    ck_assert_int_eq(now_ms(&fixture), 60000);
    ck_assert_mem_eq(diary.names, "pm", 2);
    ck_assert_uint_eq(diary.count, 2);
    timeline_cancel(fixture.world.timeline, &ticks[2].timer);
    end(&fixture);
}
END_TEST

START_TEST(run_stops_at_the_callers_limit)
{
    struct fixture fixture;
    struct tick tick;
    struct order order;
    begin(&fixture, CLOCK_MANUAL);
    struct diary diary = {.fixture = &fixture};
    tick_set(&tick, &diary, 'm', true, HOUR_MS);
    order_run(&order, &fixture, true, 600000);
    ck_assert_int_eq(order.stop, CLOCK_LIMIT);
    ck_assert_msg(reason_says(&order, TEXT("10 min")), "%s", order.reason);
    ck_assert_int_eq(now_ms(&fixture), 600000);
    ck_assert_uint_eq(diary.count, 0);
    order_run(&order, &fixture, true, HOUR_MS);
    ck_assert_int_eq(order.stop, CLOCK_ARRIVED);
    ck_assert_int_eq(now_ms(&fixture), HOUR_MS);
    end(&fixture);
}
END_TEST

START_TEST(commands_are_done_in_order_each_in_a_later_turn)
{
    struct fixture fixture;
    struct order orders[4];
    begin(&fixture, CLOCK_MANUAL);
    for (int index = 0; index < 4; index++)
        order_give(&orders[index], &fixture, false, 1000);
    clock_command_cancel(fixture.world.clock, &orders[1].command);
    clock_command_cancel(fixture.world.clock, &orders[1].command); // not in the line: stays so
    clock_command_cancel(fixture.world.clock, &orders[3].command);
    AWAIT(&fixture, orders[2].done == 1);
    ck_assert_int_eq(orders[0].done_at_ms, 1000);
    ck_assert_int_eq(orders[1].done, 0);
    ck_assert_int_eq(orders[2].done_at_ms, 2000);
    ck_assert_int_eq(orders[3].done, 0);
    order_run(&orders[1], &fixture, false, 1);
    ck_assert_int_eq(now_ms(&fixture), 2001);
    end(&fixture);
}
END_TEST

struct repeat {
    struct timer timer;
    struct timeline *timeline;
    int64_t left;
};

static void repeat_fired(struct timer *timer)
{
    struct repeat *repeat = list_entry(timer, struct repeat, timer);
    if (--repeat->left > 0)
        timeline_schedule(repeat->timeline, timer, timeline_now_ms(repeat->timeline) + 1);
}

START_TEST(a_long_run_is_cut_into_slices)
{
    struct fixture fixture;
    struct order order;
    begin(&fixture, CLOCK_MANUAL);
    struct repeat repeat = {.timer = {.fire = repeat_fired, .motive = true},
                            .timeline = fixture.world.timeline,
                            .left = 2500};
    timeline_schedule(fixture.world.timeline, &repeat.timer, START_MS + 1);
    order_give(&order, &fixture, true, 0);
    int turns = 0;
    for (; order.done == 0 && turns < TURNS_MAX; turns++)
        loop_turn(fixture.world.loop, -1); // never sleeps before it is done
    ck_assert_int_gt(turns, 2);            // at most 1,000 instants a turn
    ck_assert_int_eq(now_ms(&fixture), 2500);
    end(&fixture);
}
END_TEST

// ---- the horizon, and too much ----

START_TEST(run_stops_at_the_horizon_and_names_what_cycles)
{
    struct fixture fixture;
    struct order order;
    begin(&fixture, CLOCK_MANUAL);
    struct queue *queue = queue_of(&fixture, TEXT("orders"), 30);
    map(&fixture, queue, TEXT("sim:{\"fail\":{\"body\":\"hello\"},\"how\":\"throw\"}"));
    enqueue(&fixture, queue, -1);
    order_run(&order, &fixture, true, 0);
    ck_assert_int_eq(order.stop, CLOCK_HORIZON);
    ck_assert_msg(reason_says(&order, TEXT("stopped at the horizon")), "%s", order.reason);
    ck_assert_msg(reason_says(&order, TEXT("1 message cycles for ever in orders")), "%s",
                  order.reason);
    ck_assert_int_le(now_ms(&fixture), 24 * HOUR_MS);
    ck_assert_int_gt(now_ms(&fixture), 23 * HOUR_MS);
    order_run(&order, &fixture, false, 48 * HOUR_MS); // advance knows no horizon
    ck_assert_int_eq(order.stop, CLOCK_ARRIVED);
    end(&fixture);
}
END_TEST

START_TEST(a_run_of_messages_that_succeed_ends_idle)
{
    struct fixture fixture;
    struct order order;
    begin(&fixture, CLOCK_MANUAL);
    struct queue *queue = queue_of(&fixture, TEXT("orders"), 30);
    map(&fixture, queue,
        TEXT("sim:{\"fail\":{\"body\":\"hello\"},\"how\":\"throw\",\"recovers\":3}"));
    enqueue(&fixture, queue, 900000);
    order_run(&order, &fixture, true, 0);
    ck_assert_int_eq(order.stop, CLOCK_ARRIVED);
    ck_assert_uint_eq(engine_message_count(fixture.world.engine), 0);
    ck_assert_int_ge(now_ms(&fixture), 900000 + 2 * 30000);
    ck_assert_int_le(now_ms(&fixture), 900000 + 2 * 31000);
    end(&fixture);
}
END_TEST

struct flood {
    struct timer timer;
    struct fixture *fixture;
    struct tracer *tracer;
    int deliveries;
};

static void flood_fired(struct timer *timer)
{
    struct flood *source = list_entry(timer, struct flood, timer);
    struct trace_point point = {
        .kind = TRACE_RECEIVED,
        .at_ms = timeline_now_ms(source->fixture->world.timeline),
        .queue = TEXT("orders"),
    };
    for (int index = 0; index < source->deliveries; index++)
        source->tracer->point(source->tracer, &point);
}

START_TEST(more_than_100000_deliveries_of_a_queue_in_a_virtual_second_stop_a_run)
{
    struct fixture fixture;
    struct tick later;
    struct order order;
    begin(&fixture, CLOCK_MANUAL);
    struct diary diary = {.fixture = &fixture};
    struct flood source = {
        .timer = {.fire = flood_fired, .motive = true},
        .fixture = &fixture,
        .tracer = clock_tracer(fixture.world.clock, NULL),
        .deliveries = 100000,
    };
    timeline_schedule(fixture.world.timeline, &source.timer, START_MS + 1000);
    tick_set(&later, &diary, 'a', true, 1500);
    order_run(&order, &fixture, true, 0);
    ck_assert_int_eq(order.stop, CLOCK_ARRIVED); // as many as that, and not one more
    source.deliveries = 100001;
    timeline_schedule(fixture.world.timeline, &source.timer, START_MS + 2000);
    tick_set(&later, &diary, 'b', true, 2500);
    order_run(&order, &fixture, true, 0);
    ck_assert_int_eq(order.stop, CLOCK_LIVELOCK);
    ck_assert_msg(reason_says(&order, TEXT("orders delivered more than 100,000 messages")), "%s",
                  order.reason);
    ck_assert_int_eq(now_ms(&fixture), 2000);
    order_run(&order, &fixture, true, 0); // told again, it goes on
    ck_assert_int_eq(order.stop, CLOCK_ARRIVED);
    ck_assert_int_eq(now_ms(&fixture), 2500);
    end(&fixture);
}
END_TEST

// ---- leap ----

START_TEST(a_quiet_world_leaps_to_the_next_motive_instant)
{
    struct fixture fixture;
    struct tick ticks[3];
    begin(&fixture, CLOCK_LEAP);
    struct diary diary = {.fixture = &fixture};
    tick_set(&ticks[0], &diary, 'p', false, HOUR_MS);
    tick_set(&ticks[1], &diary, 'm', true, 2 * HOUR_MS);
    tick_set(&ticks[2], &diary, 'r', false, 3 * HOUR_MS);
    AWAIT(&fixture, diary.count == 2);
    ck_assert_mem_eq(diary.names, "pm", 2);
    ck_assert_int_eq(diary.at_ms[0], HOUR_MS);
    ck_assert_int_eq(diary.at_ms[1], 2 * HOUR_MS);
    loop_turn(fixture.world.loop, 0);
    ck_assert_int_lt(now_ms(&fixture),
                     2 * HOUR_MS + 60000); // a passive instant is nothing to leap to
    ck_assert_int_gt(clock_wait_ms(fixture.world.clock), 0);
    timeline_cancel(fixture.world.timeline, &ticks[2].timer);
    end(&fixture);
}
END_TEST

START_TEST(a_disturbance_holds_a_leap_for_5_ms_of_real_time)
{
    struct fixture fixture;
    struct tick tick;
    begin(&fixture, CLOCK_LEAP);
    struct diary diary = {.fixture = &fixture};
    tick_set(&tick, &diary, 'm', true, HOUR_MS);
    int64_t begin_us = clock_real_us();
    clock_disturbed(fixture.world.clock);
    struct text obstacle = obstacle_of(&fixture);
    int64_t wait_ms = clock_wait_ms(fixture.world.clock);
    if (clock_real_us() - begin_us < 5000) { // else this machine is busy
        ck_assert(text_find(obstacle, TEXT("less than 5 ms ago"), NULL));
        ck_assert_int_ge(wait_ms, 1);
        ck_assert_int_le(wait_ms, 6);
    }
    AWAIT(&fixture, diary.count == 1);
    ck_assert_int_ge(clock_real_us() - begin_us, 5000);
    end(&fixture);
}
END_TEST

START_TEST(a_lease_of_an_outside_client_is_never_leapt_over)
{
    struct fixture fixture;
    struct tick tick;
    begin(&fixture, CLOCK_LEAP);
    struct diary diary = {.fixture = &fixture};
    struct queue *queue = queue_of(&fixture, TEXT("orders-dlq"), 30);
    enqueue(&fixture, queue, -1);
    struct receive receive = {.done = received,
                              .messages_max = 1,
                              .visibility_ms = -1,
                              .actor = TEXT("client"),
                              .outside = true};
    engine_receive(fixture.world.engine, queue, &receive);
    loop_turn(fixture.world.loop, 0);
    tick_set(&tick, &diary, 'm', true, HOUR_MS);
    for (int turn = 0; turn < 10; turn++)
        loop_turn(fixture.world.loop, 1);
    ck_assert_uint_eq(diary.count, 0);
    ck_assert_int_lt(now_ms(&fixture), 30000); // at real speed
    struct text obstacle = obstacle_of(&fixture);
    ck_assert_msg(
        text_starts_with(obstacle,
                         TEXT("a client holds 1 lease in orders-dlq until 2026-01-01T00:00:30.")),
        "%.*s", TEXT_ARGUMENTS(obstacle));

    struct order order; // a command is explicit and needs no quiet
    order_run(&order, &fixture, false, 31000);
    ck_assert_int_ge(order.done_at_ms, 31000);
    AWAIT(&fixture, diary.count == 1); // and the lease is over
    end(&fixture);
}
END_TEST

START_TEST(a_request_that_is_being_read_holds_a_leap)
{
    struct fixture fixture;
    struct tick tick;
    struct client clients[2];
    begin(&fixture, CLOCK_LEAP);
    struct diary diary = {.fixture = &fixture};
    for (size_t index = 0; index < 2; index++) {
        client_open(&clients[index], server_port(fixture.world.server));
        client_write(&clients[index], TEXT("GET /read HTTP/1.1\r\nHost: local"));
    }
    AWAIT(&fixture, server_busy(fixture.world.server) == 2);
    tick_set(&tick, &diary, 'm', true, HOUR_MS);
    for (int turn = 0; turn < 10; turn++)
        loop_turn(fixture.world.loop, 1);
    ck_assert_uint_eq(diary.count, 0);
    ck_assert(text_equal(obstacle_of(&fixture), TEXT("a request is being read or answered")));
    client_write(&clients[0], TEXT("host\r\n\r\n"));
    AWAIT(&fixture, client_reply(&clients[0], NULL) == 200);
    ck_assert_uint_eq(diary.count, 0); // the other one
    client_close(&clients[1]);
    AWAIT(&fixture, diary.count == 1);
    client_close(&clients[0]);
    end(&fixture);
}
END_TEST

START_TEST(a_livelock_ends_leaping_until_its_second_is_over)
{
    struct fixture fixture;
    struct tick later;
    begin(&fixture, CLOCK_LEAP);
    struct diary diary = {.fixture = &fixture};
    struct flood source = {
        .timer = {.fire = flood_fired, .motive = true},
        .fixture = &fixture,
        .tracer = clock_tracer(fixture.world.clock, NULL),
        .deliveries = 100001,
    };
    timeline_schedule(fixture.world.timeline, &source.timer, START_MS + HOUR_MS + 950);
    tick_set(&later, &diary, 'a', true, 2 * HOUR_MS);
    AWAIT(&fixture, now_ms(&fixture) >= HOUR_MS + 950);
    if (now_ms(&fixture) < HOUR_MS + 1000)
        ck_assert(text_find(obstacle_of(&fixture), TEXT("orders delivered more than"), NULL));
    AWAIT(&fixture, diary.count == 1); // what is left of the second passes at real speed
    ck_assert_int_eq(diary.at_ms[0], 2 * HOUR_MS);
    end(&fixture);
}
END_TEST

START_TEST(leaping_ends_at_the_horizon_and_a_change_renews_it)
{
    struct fixture fixture;
    struct tick ticks[2];
    begin(&fixture, CLOCK_LEAP);
    struct diary diary = {.fixture = &fixture};
    tick_set(&ticks[0], &diary, 'a', true, 24 * HOUR_MS);
    tick_set(&ticks[1], &diary, 'b', true, 25 * HOUR_MS);
    AWAIT(&fixture, diary.count == 1);
    for (int turn = 0; turn < 10; turn++)
        loop_turn(fixture.world.loop, 1);
    ck_assert_uint_eq(diary.count, 1);
    ck_assert_int_gt(clock_wait_ms(fixture.world.clock), 0);
    world_changed(&fixture.world);
    AWAIT(&fixture, diary.count == 2);
    end(&fixture);
}
END_TEST

// ---- handlers ----

START_TEST(virtual_time_stands_still_while_a_handler_runs)
{
    static const enum clock_mode modes[] = {CLOCK_MANUAL, CLOCK_LEAP};
    for (size_t index = 0; index < 2; index++) {
        struct fixture fixture;
        struct tick tick;
        begin(&fixture, modes[index]);
        struct diary diary = {.fixture = &fixture};
        struct queue *queue = queue_of(&fixture, TEXT("orders"), 30);
        map_handler(&fixture, queue);
        enqueue(&fixture, queue, -1);
        AWAIT(&fixture, fixture.handler != NULL);
        int64_t invoked_at_ms = now_ms(&fixture);
        tick_set(&tick, &diary, 'a', true, invoked_at_ms + 1);
        struct text obstacle = obstacle_of(&fixture);
        ck_assert_msg(text_equal(obstacle, TEXT("1 handler is at work")), "%.*s",
                      TEXT_ARGUMENTS(obstacle));
        ck_assert_int_eq(clock_wait_ms(fixture.world.clock), -1);
        int64_t changed_at_ms = fixture.world.changed_at_ms;
        world_changed(&fixture.world); // what a handler asks for does not renew the horizon
        ck_assert_int_eq(fixture.world.changed_at_ms, changed_at_ms);

        struct order order;
        order_give(&order, &fixture, false, 60000);
        for (int turn = 0; turn < 10; turn++)
            loop_turn(fixture.world.loop, 1);
        ck_assert_int_eq(now_ms(&fixture), invoked_at_ms);
        ck_assert_int_eq(order.done, 0);

        handler_returns(&fixture); // and the advance goes on
        AWAIT(&fixture, order.done == 1);
        ck_assert_int_eq(order.done_at_ms, invoked_at_ms + 60000);
        ck_assert_uint_eq(diary.count, 1);
        ck_assert_int_eq(fixture.handled, 1);
        ck_assert_uint_eq(engine_message_count(fixture.world.engine), 0);
        end(&fixture);
    }
}
END_TEST

START_TEST(an_advance_stops_at_the_instant_at_which_a_handler_is_invoked)
{
    struct fixture fixture;
    struct order order;
    begin(&fixture, CLOCK_MANUAL);
    struct queue *queue = queue_of(&fixture, TEXT("orders"), 30);
    map_handler(&fixture, queue);
    enqueue(&fixture, queue, 10000);
    order_give(&order, &fixture, false, HOUR_MS);
    AWAIT(&fixture, fixture.handler != NULL);
    ck_assert_int_eq(now_ms(&fixture), 10000);
    handler_returns(&fixture);
    AWAIT(&fixture, order.done == 1);
    ck_assert_int_eq(now_ms(&fixture), HOUR_MS);
    ck_assert_uint_eq(engine_message_count(fixture.world.engine), 0);
    end(&fixture);
}
END_TEST

START_TEST(a_run_waits_for_the_handlers_it_set_in_motion)
{
    struct fixture fixture;
    struct order order;
    begin(&fixture, CLOCK_MANUAL);
    struct queue *queue = queue_of(&fixture, TEXT("orders"), 30);
    map_handler(&fixture, queue);
    enqueue(&fixture, queue, -1);
    order_give(&order, &fixture, true, 0);
    AWAIT(&fixture, fixture.handler != NULL);
    ck_assert_int_eq(order.done, 0);
    handler_returns(&fixture);
    AWAIT(&fixture, order.done == 1);
    ck_assert_int_eq(order.stop, CLOCK_ARRIVED);
    ck_assert_int_eq(now_ms(&fixture), 1); // no invocation ends at the instant at which it began
    end(&fixture);
}
END_TEST

START_TEST(the_real_clock_does_not_stand_still_for_a_handler)
{
    struct fixture fixture;
    begin(&fixture, CLOCK_REAL);
    struct queue *queue = queue_of(&fixture, TEXT("orders"), 30);
    map_handler(&fixture, queue);
    enqueue(&fixture, queue, -1);
    AWAIT(&fixture, fixture.handler != NULL);
    int64_t invoked_at_ms = now_ms(&fixture);
    AWAIT(&fixture, now_ms(&fixture) > invoked_at_ms + 2);
    handler_returns(&fixture);
    AWAIT(&fixture, engine_message_count(fixture.world.engine) == 0);
    end(&fixture);
}
END_TEST

// ---- modes ----

START_TEST(a_change_of_mode_keeps_now)
{
    struct fixture fixture;
    struct order order;
    begin(&fixture, CLOCK_MANUAL);
    ck_assert_int_eq(clock_mode(fixture.world.clock), CLOCK_MANUAL);
    order_run(&order, &fixture, false, HOUR_MS);
    clock_set_mode(fixture.world.clock, CLOCK_REAL);
    loop_turn(fixture.world.loop, 0);
    ck_assert_int_ge(now_ms(&fixture), HOUR_MS);
    ck_assert_int_lt(now_ms(&fixture), HOUR_MS + 10000);
    AWAIT(&fixture, now_ms(&fixture) > HOUR_MS + 1);
    clock_set_mode(fixture.world.clock, CLOCK_MANUAL);
    int64_t before_ms = now_ms(&fixture);
    loop_turn(fixture.world.loop, 2);
    ck_assert_int_eq(now_ms(&fixture), before_ms);
    order_run(&order, &fixture, false, 1);
    ck_assert_int_eq(now_ms(&fixture), before_ms + 1);
    end(&fixture);
}
END_TEST

START_TEST(an_advance_on_the_real_clock_goes_on_from_where_it_arrives)
{
    struct fixture fixture;
    struct order order;
    begin(&fixture, CLOCK_REAL);
    order_run(&order, &fixture, false, HOUR_MS);
    ck_assert_int_eq(order.stop, CLOCK_ARRIVED);
    ck_assert_int_ge(order.done_at_ms, HOUR_MS);
    AWAIT(&fixture, now_ms(&fixture) > order.done_at_ms);
    ck_assert_int_lt(now_ms(&fixture), HOUR_MS + 60000);
    end(&fixture);
}
END_TEST

static Suite *clock_suite(void)
{
    Suite *suite = suite_create("emulator/clock");
    TCase *modes = tcase_create("modes");
    tcase_add_test(modes, the_real_clock_follows_the_machine);
    tcase_add_test(modes, without_a_due_timer_every_clock_sleeps_for_ever);
    tcase_add_test(modes, a_change_of_mode_keeps_now);
    tcase_add_test(modes, an_advance_on_the_real_clock_goes_on_from_where_it_arrives);
    suite_add_tcase(suite, modes);
    TCase *manual = tcase_create("manual");
    tcase_add_test(manual, the_manual_clock_stands_still_until_told);
    tcase_add_test(manual, what_is_due_at_the_present_instant_happens_on_a_standing_clock);
    tcase_add_test(manual, advance_passes_everything_in_order_and_arrives_exactly);
    tcase_add_test(manual, run_jumps_to_motive_instants_passes_passive_ones_and_stops_when_idle);
    tcase_add_test(manual, run_stops_at_the_callers_limit);
    tcase_add_test(manual, commands_are_done_in_order_each_in_a_later_turn);
    tcase_add_test(manual, a_long_run_is_cut_into_slices);
    tcase_add_test(manual, run_stops_at_the_horizon_and_names_what_cycles);
    tcase_add_test(manual, a_run_of_messages_that_succeed_ends_idle);
    tcase_add_test(manual, more_than_100000_deliveries_of_a_queue_in_a_virtual_second_stop_a_run);
    suite_add_tcase(suite, manual);
    TCase *leap = tcase_create("leap");
    tcase_add_test(leap, a_quiet_world_leaps_to_the_next_motive_instant);
    tcase_add_test(leap, a_disturbance_holds_a_leap_for_5_ms_of_real_time);
    tcase_add_test(leap, a_lease_of_an_outside_client_is_never_leapt_over);
    tcase_add_test(leap, a_request_that_is_being_read_holds_a_leap);
    tcase_add_test(leap, a_livelock_ends_leaping_until_its_second_is_over);
    tcase_add_test(leap, leaping_ends_at_the_horizon_and_a_change_renews_it);
    suite_add_tcase(suite, leap);
    TCase *handlers = tcase_create("handlers");
    tcase_add_test(handlers, virtual_time_stands_still_while_a_handler_runs);
    tcase_add_test(handlers, an_advance_stops_at_the_instant_at_which_a_handler_is_invoked);
    tcase_add_test(handlers, a_run_waits_for_the_handlers_it_set_in_motion);
    tcase_add_test(handlers, the_real_clock_does_not_stand_still_for_a_handler);
    suite_add_tcase(suite, handlers);
    return suite;
}

CHECK_MAIN(clock_suite)
