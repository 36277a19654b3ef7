// The order of a turn's phases, and what may be added or removed while a turn runs.
#include "emulator/loop.h"

#include "emulator/clock.h"
#include "emulator/request.h"
#include "emulator/world.h"
#include "tests/support/check_main.h"

#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct fixture {
    struct world world;
    struct options options;
    struct arena *arena;
};

static void begin(struct fixture *fixture)
{
    *fixture = (struct fixture){.arena = arena_new()};
    options_init(&fixture->options, fixture->arena);
    fixture->options.listener = false;
    fixture->options.journal_none = true;
    fixture->options.quiet = true;
    fixture->options.clock = CLOCK_MANUAL;
    struct text reason;
    int status;
    ck_assert(world_open(&fixture->world, &fixture->options, &reason, &status));
}

static void end(struct fixture *fixture)
{
    world_close(&fixture->world);
    arena_free(fixture->arena);
}

struct ear {
    struct loop_watch watch;
    struct loop *loop;
    struct ear *other; // removed when this one hears something
    int heard;
};

static void heard(struct loop_watch *watch, uint32_t events)
{
    ck_assert(events & EPOLLIN);
    struct ear *ear = list_entry(watch, struct ear, watch);
    ear->heard++;
    if (ear->other != NULL)
        loop_watch_remove(ear->loop, &ear->other->watch);
}

static void ear_open(struct ear *ear, struct loop *loop, struct ear *other)
{
    *ear = (struct ear){
        .watch = {.ready = heard, .fd = eventfd(1, EFD_CLOEXEC)}, .loop = loop, .other = other};
    loop_watch_add(loop, &ear->watch, EPOLLIN);
}

static void ear_close(struct ear *ear)
{
    loop_watch_remove(ear->loop, &ear->watch);
    close(ear->watch.fd);
}

START_TEST(a_watch_that_another_removed_in_the_same_turn_hears_nothing)
{
    struct fixture fixture;
    struct ear one;
    struct ear two;
    begin(&fixture);
    ear_open(&one, fixture.world.loop, &two);
    ear_open(&two, fixture.world.loop, &one);
    loop_turn(fixture.world.loop, 0);
    ck_assert_int_eq(one.heard + two.heard, 1);
    loop_turn(fixture.world.loop, 0);
    ck_assert_int_eq(one.heard + two.heard, 2); // the one that is left
    ear_close(&one);
    ear_close(&two);
    end(&fixture);
}
END_TEST

START_TEST(a_watch_of_a_closed_file_can_be_removed)
{
    struct fixture fixture;
    struct ear ear;
    begin(&fixture);
    ear_open(&ear, fixture.world.loop, NULL);
    close(ear.watch.fd);
    loop_watch_remove(fixture.world.loop, &ear.watch);
    loop_turn(fixture.world.loop, 0);
    ck_assert_int_eq(ear.heard, 0);
    end(&fixture);
}
END_TEST

START_TEST(a_watch_hears_what_it_was_changed_to)
{
    struct fixture fixture;
    struct ear ear;
    begin(&fixture);
    ear_open(&ear, fixture.world.loop, NULL);
    loop_watch_change(fixture.world.loop, &ear.watch, 0);
    loop_turn(fixture.world.loop, 0);
    ck_assert_int_eq(ear.heard, 0);
    loop_watch_change(fixture.world.loop, &ear.watch, EPOLLIN);
    loop_turn(fixture.world.loop, 0);
    ck_assert_int_eq(ear.heard, 1);
    ear_close(&ear);
    end(&fixture);
}
END_TEST

struct alarm {
    struct loop_timer timer;
    struct loop *loop;
    char *rung; // where to write its name
    char name;
    bool again;
};

static void ring(struct loop_timer *timer)
{
    struct alarm *alarm = list_entry(timer, struct alarm, timer);
    size_t length = strlen(alarm->rung);
    ck_assert_uint_lt(length, 15);
    alarm->rung[length] = alarm->name;
    if (alarm->again)
        loop_timer_set(alarm->loop, timer, 0);
}

START_TEST(real_timers_fire_in_order_and_once_a_turn)
{
    struct fixture fixture;
    begin(&fixture);
    struct loop *loop = fixture.world.loop;
    char rung[16] = "";
    struct alarm a = {.timer = {.fire = ring}, .loop = loop, .rung = rung, .name = 'a'};
    struct alarm b = {
        .timer = {.fire = ring}, .loop = loop, .rung = rung, .name = 'b', .again = true};
    struct alarm c = {.timer = {.fire = ring}, .loop = loop, .rung = rung, .name = 'c'};
    loop_timer_set(loop, &a.timer, 2);
    loop_timer_set(loop, &b.timer, 0);
    loop_timer_set(loop, &c.timer, 60000);
    loop_timer_set(loop, &c.timer, 1); // an active timer moves
    loop_turn(loop, -1);
    ck_assert_int_eq(rung[0], 'b');
    ck_assert(rung[1] != 'b'); // what it set for now waits for the next turn
    b.again = false;
    while (strchr(rung, 'a') == NULL)
        loop_turn(loop, -1);
    ck_assert(strchr(rung, 'c') < strchr(rung, 'a'));
    loop_timer_set(loop, &a.timer, 0);
    loop_timer_cancel(loop, &a.timer);
    loop_timer_cancel(loop, &b.timer);
    loop_timer_cancel(loop, &c.timer);
    size_t length = strlen(rung);
    loop_turn(loop, 0);
    ck_assert_uint_eq(strlen(rung), length);
    end(&fixture);
}
END_TEST

struct chore {
    struct loop_task task;
    struct loop *loop;
    int runs;
    bool again;
};

static void run(struct loop_task *task)
{
    struct chore *chore = list_entry(task, struct chore, task);
    chore->runs++;
    if (chore->again)
        loop_after_commit(chore->loop, task);
}

START_TEST(a_task_runs_once_after_the_commit_and_what_it_asks_for_waits_for_the_next)
{
    struct fixture fixture;
    begin(&fixture);
    struct chore one = {.task = {.run = run}, .loop = fixture.world.loop, .again = true};
    struct chore two = {.task = {.run = run}, .loop = fixture.world.loop};
    loop_after_commit(fixture.world.loop, &one.task);
    loop_after_commit(fixture.world.loop, &two.task);
    loop_turn(fixture.world.loop, -1); // does not wait: there is work
    ck_assert_int_eq(one.runs, 1);
    ck_assert_int_eq(two.runs, 1);
    loop_turn(fixture.world.loop, -1);
    ck_assert_int_eq(one.runs, 2);
    ck_assert_int_eq(two.runs, 1);
    loop_task_cancel(&one.task);
    loop_task_cancel(&two.task); // idle: stays so
    loop_turn(fixture.world.loop, 0);
    ck_assert_int_eq(one.runs, 2);
    end(&fixture);
}
END_TEST

static void stop(struct loop_task *task)
{
    loop_stop(list_entry(task, struct chore, task)->loop, 7);
}

START_TEST(a_stopped_loop_gives_its_status_and_can_run_again)
{
    struct fixture fixture;
    begin(&fixture);
    struct chore chore = {.task = {.run = stop}, .loop = fixture.world.loop};
    for (int round = 0; round < 2; round++) {
        loop_after_commit(fixture.world.loop, &chore.task);
        ck_assert_int_eq(loop_run(fixture.world.loop), 7);
    }
    end(&fixture);
}
END_TEST

static void ask_to_end(struct loop_task *task)
{
    (void)task;
    kill(getpid(), SIGTERM);
}

START_TEST(sigterm_ends_the_loop_with_status_0)
{
    struct fixture fixture;
    begin(&fixture);
    struct chore chore = {.task = {.run = ask_to_end}, .loop = fixture.world.loop};
    loop_after_commit(fixture.world.loop, &chore.task);
    ck_assert_int_eq(loop_run(fixture.world.loop), 0);
    end(&fixture);
}
END_TEST

START_TEST(an_idle_world_sleeps_for_ever)
{
    struct fixture fixture;
    begin(&fixture);
    loop_turn(fixture.world.loop, 0);
    ck_assert_int_eq(clock_wait_ms(fixture.world.clock), -1);
    ck_assert(!loop_has_requests(fixture.world.loop));
    end(&fixture);
}
END_TEST

static Suite *loop_suite(void)
{
    Suite *suite = suite_create("emulator/loop");
    TCase *turns = tcase_create("turns");
    tcase_add_test(turns, a_watch_that_another_removed_in_the_same_turn_hears_nothing);
    tcase_add_test(turns, a_watch_of_a_closed_file_can_be_removed);
    tcase_add_test(turns, a_watch_hears_what_it_was_changed_to);
    tcase_add_test(turns, real_timers_fire_in_order_and_once_a_turn);
    tcase_add_test(turns,
                   a_task_runs_once_after_the_commit_and_what_it_asks_for_waits_for_the_next);
    tcase_add_test(turns, a_stopped_loop_gives_its_status_and_can_run_again);
    tcase_add_test(turns, sigterm_ends_the_loop_with_status_0);
    tcase_add_test(turns, an_idle_world_sleeps_for_ever);
    suite_add_tcase(suite, turns);
    return suite;
}

CHECK_MAIN(loop_suite)
