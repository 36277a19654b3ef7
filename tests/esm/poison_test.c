// poison -- what one message that never succeeds does to the others: the mechanism behind the
// snowball, each piece of it once (section 8 of the rules).
//
// The fake function fails for every batch that holds a poison message: it reports it where the
// mapping reports, and throws where it does not.
#include "esm/esm.h"

#include "esm/json.h"
#include "tests/support/check_main.h"
#include "tests/support/esm_world.h"

#include <stdio.h>

#define VISIBILITY_MS 30000

struct poison_world {
    struct esm_world world;
    struct invoker invoker;
    bool reports;
    size_t deliveries[2]; // of good messages, of poison
    size_t first_deliveries;
    size_t invocations;
};

static void poison_world_deinit(struct poison_world *poison)
{
    esm_world_deinit(&poison->world);
}
DEFINE_DEINIT_CLEANUP(poison_world_deinit, struct poison_world)

static void answer(struct timer *timer)
{
    struct invocation *invocation = list_entry(timer, struct invocation, timer);
    const struct poison_world *poison = invocation->work;
    cleanup(json_tree_free) cJSON *event = json_parse(invocation->payload, NULL);
    cleanup(buffer_deinit) struct buffer report = {0};
    buffer_append(&report, TEXT("{\"batchItemFailures\":["));
    bool failed = false;
    const cJSON *record;
    cJSON_ArrayForEach(record, json_member(event, "Records"))
    {
        if (!text_equal(json_member_text(record, "body"), TEXT("poison")))
            continue;
        buffer_print(&report, "%s{\"itemIdentifier\":\"%.*s\"}", failed ? "," : "",
                     TEXT_ARGUMENTS(json_member_text(record, "messageId")));
        failed = true;
    }
    buffer_append(&report, TEXT("]}"));
    enum invocation_end end =
        failed && !poison->reports ? INVOCATION_FUNCTION_ERROR : INVOCATION_RESPONDED;
    invocation->done(invocation, end, buffer_text(&report), TEXT(""));
}

static void invoke(struct invoker *invoker, struct invocation *invocation)
{
    struct poison_world *poison = list_entry(invoker, struct poison_world, invoker);
    cleanup(json_tree_free) cJSON *event = json_parse(invocation->payload, NULL);
    const cJSON *record;
    cJSON_ArrayForEach(record, json_member(event, "Records"))
    {
        bool bad = text_equal(json_member_text(record, "body"), TEXT("poison"));
        poison->deliveries[bad ? 1 : 0]++;
        struct text count =
            json_member_text(json_member(record, "attributes"), "ApproximateReceiveCount");
        if (text_equal(count, TEXT("1")))
            poison->first_deliveries++;
    }
    poison->invocations++;
    invocation->work = poison;
    invocation->timer = (struct timer){.fire = answer, .motive = true};
    timeline_schedule(poison->world.engine_world.timeline, &invocation->timer,
                      invocation->invoked_at_ms + 1);
}

static void cancel(struct invoker *invoker, struct invocation *invocation)
{
    struct poison_world *poison = list_entry(invoker, struct poison_world, invoker);
    timeline_cancel(poison->world.engine_world.timeline, &invocation->timer);
}

static size_t running(const struct invoker *invoker)
{
    (void)invoker;
    return 0;
}

// dead: the maxReceiveCount of orders, or 0 for a queue without a dead-letter queue.
static void poison_world_init(struct poison_world *poison, bool fifo, int64_t dead)
{
    const char *name = fifo ? "orders.fifo" : "orders";
    const char *dead_name = fifo ? "dead.fifo" : "dead";
    esm_world_init(&poison->world, NULL, 1);
    poison->reports = true;
    poison->invoker = (struct invoker){.invoke = invoke, .cancel = cancel, .running = running};
    poison->world.function->invoker = &poison->invoker;
    struct queue_settings settings = world_settings(fifo);
    if (dead > 0) {
        world_create(&poison->world.engine_world, dead_name, &settings);
        settings = world_redrive(fifo, dead_name, dead);
    }
    settings.visibility_timeout_seconds = VISIBILITY_MS / 1000;
    world_create(&poison->world.engine_world, name, &settings);
}

#define POISON_WORLD(poison, fifo, dead)                           \
    cleanup(poison_world_deinit) struct poison_world poison = {0}; \
    poison_world_init(&poison, fifo, dead)

static void expect_counts(struct poison_world *poison, const char *queue, const char *expected)
{
    ck_assert_str_eq(
        world_counts(&poison->world.engine_world, world_find(&poison->world.engine_world, queue)),
        expected);
}

START_TEST(without_a_dead_letter_queue_poison_piles_up_in_a_straight_line)
{
    RULES("L-282 L-285 L-286 L-292");
    POISON_WORLD(poison, false, 0);
    struct mapping *mapping = esm_world_map(&poison.world, "orders", true, 10);
    size_t piled_up[3];
    for (int stretch = 0; stretch < 3; stretch++) {
        for (int i = 0; i < 10; i++) { // one in ten, for a hundred seconds
            esm_world_send(&poison.world, "orders", NULL, i == 0 ? "poison" : "good");
            esm_world_advance(&poison.world, 10000);
        }
        struct queue *queue = world_find(&poison.world.engine_world, "orders");
        struct queue_counts counts = queue_counts(queue);
        piled_up[stretch] = counts.in_flight + counts.visible;
    }
    ck_assert_uint_eq(piled_up[0], 1);
    ck_assert_uint_eq(piled_up[1], 2);
    ck_assert_uint_eq(piled_up[2], 3);
    esm_world_advance(&poison.world, 100);
    ck_assert_uint_eq(poison.deliveries[0], 27);
    ck_assert_uint_ge(poison.deliveries[1], 3 + (100 + 200) / 30);
    // What the alarms see: nothing; what tells: failed events, and what is received and not deleted.
    ck_assert_uint_eq(poison.world.function->counts.errors, 0);
    struct mapping_counts counts = mapping_counts(mapping);
    ck_assert_uint_eq(counts.failed, poison.deliveries[1]);
    ck_assert_uint_eq(counts.polled - counts.deleted, poison.deliveries[1]);
}
END_TEST

START_TEST(with_a_dead_letter_queue_poison_is_delivered_so_often_and_no_more)
{
    RULES("L-283 L-287 L-293");
    POISON_WORLD(poison, false, 3);
    esm_world_map(&poison.world, "orders", true, 10);
    for (int i = 0; i < 20; i++)
        esm_world_send(&poison.world, "orders", NULL, i == 7 ? "poison" : "good");
    esm_world_advance(&poison.world, 4 * VISIBILITY_MS);
    ck_assert_uint_eq(poison.deliveries[0], 19); // each once
    ck_assert_uint_eq(poison.deliveries[1], 3);
    ck_assert_uint_eq(poison.first_deliveries, 20);
    ck_assert_uint_le(poison.invocations, 20 + 2);
    expect_counts(&poison, "orders", "0/0/0");
    expect_counts(&poison, "dead", "1/0/0");
}
END_TEST

START_TEST(without_reporting_good_messages_die_with_the_poison_of_their_batch)
{
    RULES("L-289 L-294");
    POISON_WORLD(poison, false, 2);
    poison.reports = false;
    for (int i = 0; i < 10; i++)
        esm_world_put(&poison.world, "orders", i == 7 ? "poison" : "good");
    esm_world_map(&poison.world, "orders", false, 10);
    esm_world_advance(&poison.world, 3 * VISIBILITY_MS);
    ck_assert_uint_eq(poison.deliveries[0], 2 * 9);
    ck_assert_uint_eq(poison.deliveries[1], 2);
    expect_counts(&poison, "dead", "10/0/0");
    ck_assert_uint_eq(poison.world.function->counts.errors, 2);
}
END_TEST

START_TEST(without_a_dead_letter_queue_poison_holds_up_its_group)
{
    RULES("L-290");
    POISON_WORLD(poison, true, 0);
    esm_world_map(&poison.world, "orders.fifo", true, 1);
    esm_world_send(&poison.world, "orders.fifo", "a", "poison");
    for (int i = 0; i < 3; i++) {
        char body[24];
        snprintf(body, sizeof(body), "good %d", i);
        esm_world_send(&poison.world, "orders.fifo", "a", body);
    }
    esm_world_send(&poison.world, "orders.fifo", "b", "good");
    esm_world_advance(&poison.world, 10 * VISIBILITY_MS + 1000);
    ck_assert_uint_eq(poison.deliveries[0], 1); // of the other group
    ck_assert_uint_eq(poison.deliveries[1], 11);
    struct queue *queue = world_find(&poison.world.engine_world, "orders.fifo");
    ck_assert_uint_eq(queue_counts(queue).in_flight + queue_counts(queue).visible, 4);
}
END_TEST

START_TEST(poison_that_fills_the_quota_in_flight_stops_the_good_ones_too)
{
    RULES("L-288");
    POISON_WORLD(poison, false, 0);
    poison.world.engine_world.in_flight_max = 3;
    esm_free(poison.world.esm);
    world_reopen(&poison.world.engine_world);
    poison.world.options.engine = poison.world.engine_world.engine;
    poison.world.esm = esm_new(&poison.world.options);
    struct queue_settings settings = world_settings(false);
    settings.visibility_timeout_seconds = VISIBILITY_MS / 1000;
    if (world_find(&poison.world.engine_world, "orders") == NULL)
        world_create(&poison.world.engine_world, "orders", &settings);
    esm_world_map(&poison.world, "orders", true, 10);
    for (int i = 0; i < 3; i++)
        esm_world_send(&poison.world, "orders", NULL, "poison");
    esm_world_advance(&poison.world, 100);
    esm_world_send(&poison.world, "orders", NULL, "good");
    esm_world_advance(&poison.world, VISIBILITY_MS / 2);
    ck_assert_uint_eq(poison.deliveries[0], 0);
    expect_counts(&poison, "orders", "1/3/0");
}
END_TEST

static Suite *poison_suite(void)
{
    Suite *suite = suite_create("poison");
    TCase *rules = tcase_create("rules");
    tcase_add_test(rules, without_a_dead_letter_queue_poison_piles_up_in_a_straight_line);
    tcase_add_test(rules, with_a_dead_letter_queue_poison_is_delivered_so_often_and_no_more);
    tcase_add_test(rules, without_reporting_good_messages_die_with_the_poison_of_their_batch);
    tcase_add_test(rules, without_a_dead_letter_queue_poison_holds_up_its_group);
    tcase_add_test(rules, poison_that_fills_the_quota_in_flight_stops_the_good_ones_too);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(poison_suite)
