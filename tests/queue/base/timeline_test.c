// timeline_test -- order, ties, motive and passive, what is scheduled while firing, and time that
// never goes back.
#include "queue/base/random.h"
#include "queue/base/timeline.h"
#include "tests/support/check_main.h"

#include <stddef.h>
#include <string.h>

#define LOG_MAX 64

struct world {
    struct timeline *timeline;
    char log[LOG_MAX + 1]; // the names of the timers, in the order of their firing
    size_t log_length;
};

struct probe {
    struct timer timer;
    struct world *world;
    char name;
    int64_t fired_at_ms;
    // What it does when it fires:
    struct probe *schedules;
    int64_t schedules_in_ms;
    struct probe *cancels;
    int repeats;
};

static void probe_fire(struct timer *timer)
{
    struct probe *probe = (struct probe *)(void *)((char *)timer - offsetof(struct probe, timer));
    struct world *world = probe->world;
    ck_assert(!timer_is_scheduled(timer));
    ck_assert_uint_lt(world->log_length, LOG_MAX);
    world->log[world->log_length++] = probe->name;
    probe->fired_at_ms = timeline_now_ms(world->timeline);
    ck_assert_int_eq(probe->fired_at_ms, timer->due_ms);
    if (probe->schedules != NULL && probe->repeats-- > 0)
        timeline_schedule(world->timeline, &probe->schedules->timer,
                          timeline_now_ms(world->timeline) + probe->schedules_in_ms);
    if (probe->cancels != NULL)
        timeline_cancel(world->timeline, &probe->cancels->timer);
}

static struct probe probe_make(struct world *world, char name, bool motive)
{
    return (struct probe){
        .timer = {.fire = probe_fire, .motive = motive}, .world = world, .name = name};
}

START_TEST(a_timeline_without_timers_has_no_next_instant)
{
    cleanup(timeline_free) struct timeline *timeline = timeline_new(1000);
    ck_assert_int_eq(timeline_now_ms(timeline), 1000);
    ck_assert_int_eq(timeline_next_due_ms(timeline), TIMELINE_NEVER);
    ck_assert_int_eq(timeline_next_motive_ms(timeline), TIMELINE_NEVER);
    ck_assert(!timeline_step(timeline, 2500));
    ck_assert_int_eq(timeline_now_ms(timeline), 2500);
}
END_TEST

START_TEST(a_step_goes_to_the_next_instant_and_no_further)
{
    cleanup(timeline_free) struct timeline *timeline = timeline_new(0);
    struct world world = {.timeline = timeline};
    struct probe a = probe_make(&world, 'a', true);
    struct probe b = probe_make(&world, 'b', true);
    struct probe c = probe_make(&world, 'c', true);
    timeline_schedule(timeline, &c.timer, 30);
    timeline_schedule(timeline, &a.timer, 10);
    timeline_schedule(timeline, &b.timer, 20);

    ck_assert(timeline_step(timeline, 25));
    ck_assert_str_eq(world.log, "a");
    ck_assert_int_eq(timeline_now_ms(timeline), 10);
    ck_assert(timeline_step(timeline, 25));
    ck_assert_str_eq(world.log, "ab");
    ck_assert(!timeline_step(timeline, 25));
    ck_assert_int_eq(timeline_now_ms(timeline), 25);
    ck_assert_int_eq(timeline_next_due_ms(timeline), 30);
    // An instant is due when it is reached, not when it has passed.
    ck_assert(timeline_step(timeline, 30));
    ck_assert_str_eq(world.log, "abc");
    ck_assert_int_eq(c.fired_at_ms, 30);
}
END_TEST

START_TEST(ties_fire_in_the_order_of_scheduling_across_motive_and_passive)
{
    cleanup(timeline_free) struct timeline *timeline = timeline_new(0);
    struct world world = {.timeline = timeline};
    struct probe probes[8];
    for (int i = 0; i < 8; i++)
        probes[i] = probe_make(&world, (char)('a' + i), i % 3 == 0);
    const int order[] = {3, 1, 7, 0, 6, 2, 5, 4};
    for (int i = 0; i < 8; i++)
        timeline_schedule(timeline, &probes[order[i]].timer, 10);
    ck_assert(timeline_step(timeline, 10));
    ck_assert_str_eq(world.log, "dbhagcfe");
}
END_TEST

START_TEST(rescheduling_moves_to_the_end_of_its_instant_unless_it_stands_there)
{
    cleanup(timeline_free) struct timeline *timeline = timeline_new(0);
    struct world world = {.timeline = timeline};
    struct probe a = probe_make(&world, 'a', true);
    struct probe b = probe_make(&world, 'b', true);
    struct probe c = probe_make(&world, 'c', true);
    timeline_schedule(timeline, &a.timer, 10);
    timeline_schedule(timeline, &b.timer, 5);
    timeline_schedule(timeline, &c.timer, 10);
    timeline_schedule(timeline, &b.timer, 10);
    timeline_schedule(timeline, &a.timer, 10);
    ck_assert(timeline_step(timeline, 100));
    ck_assert_str_eq(world.log, "acb");
    ck_assert_int_eq(timeline_now_ms(timeline), 10);
}
END_TEST

START_TEST(what_a_timer_schedules_for_the_same_instant_waits_for_the_next_step)
{
    cleanup(timeline_free) struct timeline *timeline = timeline_new(0);
    struct world world = {.timeline = timeline};
    struct probe a = probe_make(&world, 'a', true);
    struct probe b = probe_make(&world, 'b', false);
    struct probe c = probe_make(&world, 'c', true);
    a.schedules = &c;
    a.repeats = 1;
    timeline_schedule(timeline, &a.timer, 10);
    timeline_schedule(timeline, &b.timer, 10);

    ck_assert(timeline_step(timeline, 50));
    ck_assert_str_eq(world.log, "ab");
    ck_assert_int_eq(timeline_next_due_ms(timeline), 10);
    ck_assert(timeline_step(timeline, 50));
    ck_assert_str_eq(world.log, "abc");
    ck_assert_int_eq(timeline_now_ms(timeline), 10);
}
END_TEST

START_TEST(a_timer_may_schedule_itself_again_from_fire)
{
    cleanup(timeline_free) struct timeline *timeline = timeline_new(0);
    struct world world = {.timeline = timeline};
    struct probe a = probe_make(&world, 'a', true);
    a.schedules = &a;
    a.schedules_in_ms = 20;
    a.repeats = 3;
    timeline_schedule(timeline, &a.timer, 10);
    while (timeline_step(timeline, 1000))
        continue;
    ck_assert_str_eq(world.log, "aaaa");
    ck_assert_int_eq(a.fired_at_ms, 70);
    ck_assert_int_eq(timeline_now_ms(timeline), 1000);
}
END_TEST

START_TEST(a_timer_may_cancel_another_that_is_due_at_the_same_instant)
{
    cleanup(timeline_free) struct timeline *timeline = timeline_new(0);
    struct world world = {.timeline = timeline};
    struct probe a = probe_make(&world, 'a', true);
    struct probe b = probe_make(&world, 'b', false);
    a.cancels = &b;
    timeline_schedule(timeline, &a.timer, 10);
    timeline_schedule(timeline, &b.timer, 10);
    ck_assert(timeline_step(timeline, 10));
    ck_assert(!timeline_step(timeline, 10));
    ck_assert_str_eq(world.log, "a");
}
END_TEST

START_TEST(the_past_is_due_at_once_at_the_present_instant)
{
    cleanup(timeline_free) struct timeline *timeline = timeline_new(1000);
    struct world world = {.timeline = timeline};
    struct probe a = probe_make(&world, 'a', true);
    timeline_schedule(timeline, &a.timer, 400);
    ck_assert_int_eq(timeline_next_due_ms(timeline), 1000);
    ck_assert(timeline_step(timeline, 5000));
    ck_assert_int_eq(timeline_now_ms(timeline), 1000);
    ck_assert_int_eq(a.fired_at_ms, 1000);
}
END_TEST

START_TEST(time_never_goes_back)
{
    cleanup(timeline_free) struct timeline *timeline = timeline_new(1000);
    struct world world = {.timeline = timeline};
    ck_assert(!timeline_step(timeline, 10));
    ck_assert_int_eq(timeline_now_ms(timeline), 1000);

    // A step into the past still fires what is overdue.
    struct probe a = probe_make(&world, 'a', false);
    timeline_schedule(timeline, &a.timer, 999);
    ck_assert(timeline_step(timeline, 10));
    ck_assert_str_eq(world.log, "a");
    ck_assert_int_eq(timeline_now_ms(timeline), 1000);
}
END_TEST

START_TEST(motive_instants_are_told_apart)
{
    cleanup(timeline_free) struct timeline *timeline = timeline_new(0);
    struct world world = {.timeline = timeline};
    struct probe a = probe_make(&world, 'a', false);
    struct probe b = probe_make(&world, 'b', true);
    timeline_schedule(timeline, &a.timer, 10);
    timeline_schedule(timeline, &b.timer, 20);
    ck_assert_int_eq(timeline_next_due_ms(timeline), 10);
    ck_assert_int_eq(timeline_next_motive_ms(timeline), 20);

    // Changing sides keeps the instant; an idle timer only remembers.
    timeline_set_motive(timeline, &a.timer, true);
    ck_assert_int_eq(timeline_next_motive_ms(timeline), 10);
    timeline_set_motive(timeline, &a.timer, true);
    timeline_set_motive(timeline, &b.timer, false);
    timeline_cancel(timeline, &a.timer);
    ck_assert_int_eq(timeline_next_motive_ms(timeline), TIMELINE_NEVER);
    ck_assert_int_eq(timeline_next_due_ms(timeline), 20);
    timeline_set_motive(timeline, &a.timer, false);
    ck_assert(!timer_is_scheduled(&a.timer));
    timeline_cancel(timeline, &b.timer);
}
END_TEST

START_TEST(changing_sides_keeps_the_place_among_ties)
{
    cleanup(timeline_free) struct timeline *timeline = timeline_new(0);
    struct world world = {.timeline = timeline};
    struct probe a = probe_make(&world, 'a', false);
    struct probe b = probe_make(&world, 'b', true);
    timeline_schedule(timeline, &a.timer, 10);
    timeline_schedule(timeline, &b.timer, 10);
    timeline_set_motive(timeline, &a.timer, true);
    timeline_set_motive(timeline, &b.timer, false);
    ck_assert(timeline_step(timeline, 10));
    ck_assert_str_eq(world.log, "ab");
}
END_TEST

START_TEST(never_cancels)
{
    cleanup(timeline_free) struct timeline *timeline = timeline_new(0);
    struct world world = {.timeline = timeline};
    struct probe a = probe_make(&world, 'a', true);
    timeline_schedule(timeline, &a.timer, 10);
    ck_assert(timer_is_scheduled(&a.timer));
    timeline_schedule(timeline, &a.timer, TIMELINE_NEVER);
    ck_assert(!timer_is_scheduled(&a.timer));
    timeline_schedule(timeline, &a.timer, TIMELINE_NEVER);
    timeline_cancel(timeline, &a.timer);
    ck_assert(!timeline_step(timeline, 100));
}
END_TEST

#define MODEL_TIMERS 40

struct model {
    struct timer timer;
    int64_t due_ms; // TIMELINE_NEVER while idle
    uint64_t order;
    bool fired;
};

static uint64_t last_order; // of the timer that fired last within one step

static void model_fire(struct timer *timer)
{
    struct model *model = (struct model *)(void *)((char *)timer - offsetof(struct model, timer));
    ck_assert_uint_gt(model->order, last_order);
    last_order = model->order;
    model->fired = true;
}

static int64_t model_next(const struct model *models, bool motive_only)
{
    int64_t next = TIMELINE_NEVER;
    for (size_t i = 0; i < MODEL_TIMERS; i++) {
        if ((!motive_only || models[i].timer.motive) && models[i].due_ms < next)
            next = models[i].due_ms;
    }
    return next;
}

static void model_step(struct timeline *timeline, struct model *models, int64_t to_ms)
{
    int64_t next = model_next(models, false);
    last_order = 0;
    ck_assert(timeline_step(timeline, to_ms) == (next <= to_ms));
    ck_assert_int_eq(timeline_now_ms(timeline), next <= to_ms ? next : to_ms);
    for (size_t i = 0; i < MODEL_TIMERS; i++) {
        ck_assert(models[i].fired == (next <= to_ms && models[i].due_ms == next));
        if (models[i].fired)
            models[i].due_ms = TIMELINE_NEVER;
        models[i].fired = false;
    }
}

START_TEST(random_operations_agree_with_a_model)
{
    struct random random;
    random_init(&random, (uint64_t)_i);
    cleanup(timeline_free) struct timeline *timeline = timeline_new(0);
    struct model models[MODEL_TIMERS] = {0};
    for (size_t i = 0; i < MODEL_TIMERS; i++) {
        models[i].timer.fire = model_fire;
        models[i].due_ms = TIMELINE_NEVER;
    }
    uint64_t order = 0;
    for (int round = 0; round < 4000; round++) {
        struct model *model = &models[random_below(&random, MODEL_TIMERS)];
        int64_t due_ms = timeline_now_ms(timeline) + (int64_t)random_below(&random, 20);
        switch (random_below(&random, 5)) {
        case 0:
        case 1:
            if (model->due_ms != due_ms)
                model->order = ++order;
            model->due_ms = due_ms;
            timeline_schedule(timeline, &model->timer, due_ms);
            break;
        case 2:
            model->due_ms = TIMELINE_NEVER;
            timeline_cancel(timeline, &model->timer);
            break;
        case 3:
            timeline_set_motive(timeline, &model->timer, !model->timer.motive);
            break;
        default:
            model_step(timeline, models, due_ms);
        }
        ck_assert_int_eq(timeline_next_due_ms(timeline), model_next(models, false));
        ck_assert_int_eq(timeline_next_motive_ms(timeline), model_next(models, true));
    }
    for (size_t i = 0; i < MODEL_TIMERS; i++)
        timeline_cancel(timeline, &models[i].timer);
}
END_TEST

START_TEST(freeing_a_timeline_with_a_timer_is_a_broken_program)
{
    struct timeline *timeline = timeline_new(0);
    struct world world = {.timeline = timeline};
    struct probe a = probe_make(&world, 'a', true);
    timeline_schedule(timeline, &a.timer, 1);
    timeline_free(timeline);
}
END_TEST

START_TEST(free_takes_null)
{
    ck_assert_ptr_null(timeline_free(NULL));
}
END_TEST

static Suite *timeline_suite(void)
{
    Suite *suite = suite_create("timeline");
    TCase *time = tcase_create("timeline");
    tcase_add_test(time, a_timeline_without_timers_has_no_next_instant);
    tcase_add_test(time, a_step_goes_to_the_next_instant_and_no_further);
    tcase_add_test(time, ties_fire_in_the_order_of_scheduling_across_motive_and_passive);
    tcase_add_test(time, rescheduling_moves_to_the_end_of_its_instant_unless_it_stands_there);
    tcase_add_test(time, what_a_timer_schedules_for_the_same_instant_waits_for_the_next_step);
    tcase_add_test(time, a_timer_may_schedule_itself_again_from_fire);
    tcase_add_test(time, a_timer_may_cancel_another_that_is_due_at_the_same_instant);
    tcase_add_test(time, the_past_is_due_at_once_at_the_present_instant);
    tcase_add_test(time, time_never_goes_back);
    tcase_add_test(time, motive_instants_are_told_apart);
    tcase_add_test(time, changing_sides_keeps_the_place_among_ties);
    tcase_add_test(time, never_cancels);
    tcase_add_loop_test(time, random_operations_agree_with_a_model, 0, 6);
    tcase_add_test_raise_signal(time, freeing_a_timeline_with_a_timer_is_a_broken_program, SIGABRT);
    tcase_add_test(time, free_takes_null);
    suite_add_tcase(suite, time);
    return suite;
}

CHECK_MAIN(timeline_suite)
