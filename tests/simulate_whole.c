// simulate_whole -- the whole program without a listener: queues, mappings, scripted functions and
// a client who asks for this and that, through the same router as over a socket.
//
//     kind       clock                                              equal seeds give
//     manual     stands still but for advance and run               equal traces
//     leap       jumps by itself between the client's requests      -
//     in a file  manual; ended and opened again in the middle       equal traces
//
// The last act of a manual world is a run until idle. The same world can leap instead, and its
// trace must be the same.
#include "tests/simulate.h"
#include "tests/simulate_client.h"

#include <stdio.h>

#define CALM_REAL_MS 7
#define LEAP_REAL_MS_MAX 20000

// ---- the clock ----

// A command takes nobody's leases into account.
static void begin_command(struct whole *whole)
{
    whole->observer.guards_leases = false;
}

static void end_command(struct whole *whole)
{
    whole->observer.guards_leases = whole->leaps;
    for (size_t i = 0; i < whole->observer.fact_count; i++)
        whole->observer.facts[i].is_clients = false;
}

static void operate_advance(struct whole *whole)
{
    struct text reason;
    int64_t span_ms = (int64_t)whole_chance(whole, 5) * 700 + (int64_t)whole_chance(whole, 2) * 3;
    if (whole_chance(whole, 12) == 0)
        span_ms = (int64_t)whole_chance(whole, 70000);
    int64_t begin_ms = observer_now_ms(&whole->observer);
    begin_command(whole);
    bool arrived = emulator_advance(whole->emulator, span_ms, &reason);
    end_command(whole);
    int64_t passed_ms = observer_now_ms(&whole->observer) - begin_ms;
    if (!arrived || passed_ms < span_ms || (!whole->leaps && passed_ms > span_ms))
        observer_broken(&whole->observer, "an advance of %lld ms ended after %lld: %.*s",
                        (long long)span_ms, (long long)passed_ms, TEXT_ARGUMENTS(reason));
}

// limit_ms 0: as far as the horizon.
static void operate_run(struct whole *whole, int64_t limit_ms)
{
    struct observer *observer = &whole->observer;
    struct text reason;
    int64_t begin_ms = observer_now_ms(observer);
    begin_command(whole);
    bool arrived = emulator_run_until_idle(whole->emulator, limit_ms, &reason);
    end_command(whole);
    int64_t passed_ms = observer_now_ms(observer) - begin_ms;
    observer_compare(observer, true);
    if (arrived)
        observer_compare_idle(observer);
    else if (!text_starts_with(reason, TEXT("stopped ")))
        observer_broken(observer, "a run stopped without a sentence");
    if (!whole->leaps &&
        (passed_ms > whole->options.horizon_ms || (limit_ms > 0 && passed_ms > limit_ms)))
        observer_broken(observer, "a run went on for %lld ms", (long long)passed_ms);
}

// Real time passes, and the leap clock may leap.
static void operate_pause(struct whole *whole)
{
    bool never = false;
    emulator_run_until(whole->emulator, &never, CALM_REAL_MS + (int64_t)whole_chance(whole, 4));
}

// ---- the world ----

static void open_world(struct whole *whole)
{
    struct text reason;
    int status;
    whole->emulator = emulator_new(&whole->options, &reason, &status);
    if (whole->emulator == NULL) {
        fprintf(stderr, "simulate: seed %llu: %.*s\n%.*s\n", (unsigned long long)whole->run->seed,
                TEXT_ARGUMENTS(reason), (int)whole->observer.settings.length,
                whole->observer.settings.bytes);
        exit(1);
    }
    // An emulator begins with its world; nobody but a test looks at it.
    observer_attach(&whole->observer, (struct world *)(void *)whole->emulator);
}

static void operate_restart(struct whole *whole)
{
    observer_compare(&whole->observer, true);
    whole->options.start_at_ms = observer_now_ms(&whole->observer);
    whole->emulator = emulator_free(whole->emulator);
    memset(whole->polls, 0, sizeof(whole->polls));
    observer_detach(&whole->observer);
    whole->restarts++;
    open_world(whole);
    observer_compare(&whole->observer, true);
}

static void declare_functions(struct whole *whole)
{
    struct observer *observer = &whole->observer;
    struct options *options = &whole->options;
    observer->function_count = 1 + whole_chance(whole, WHOLE_FUNCTIONS_MAX);
    for (size_t i = 0; i < observer->function_count; i++) {
        struct whole_function *function = &observer->functions[i];
        cleanup(buffer_deinit) struct buffer target = {0};
        snprintf(function->name, sizeof(function->name), "f%zu", i);
        script_random(&whole->random, 3, &function->script);
        // The first one serves the ordered queue.
        if (i == 0) {
            function->script.how = SCRIPT_STOP_AT_FIRST_FAILURE;
            function->script.stop = false;
            if (function->script.which == SCRIPT_NONE)
                function->script.which = SCRIPT_BODY;
        }
        function->reserved =
            i > 0 && whole_chance(whole, 4) == 0 ? (int64_t)whole_chance(whole, 3) : -1;
        function->was_limited = function->reserved >= 0;
        script_append_target(&target, &function->script);
        options->functions[options->function_count++] =
            arena_print(whole->arena, "%s=%.*s", function->name, (int)target.length, target.bytes);
        options->sets[options->set_count++] =
            arena_print(whole->arena, "%s.Timeout=%lld", function->name,
                        (long long)function->script.timeout_ms / 1000);
        options->sets[options->set_count++] =
            arena_print(whole->arena, "%s.Duration=%lldms", function->name,
                        (long long)function->script.function_duration_ms);
        if (function->reserved >= 0)
            options->sets[options->set_count++] =
                arena_print(whole->arena, "%s.ReservedConcurrentExecutions=%lld", function->name,
                            (long long)function->reserved);
        buffer_print(&observer->settings, "%.*s, Timeout %lld s, Duration %lld ms, reserved %lld\n",
                     TEXT_ARGUMENTS(options->functions[options->function_count - 1]),
                     (long long)function->script.timeout_ms / 1000,
                     (long long)function->script.function_duration_ms,
                     (long long)function->reserved);
    }
}

static void choose_options(struct whole *whole)
{
    struct options *options = &whole->options;
    options_init(options, whole->arena);
    options->listener = false;
    options->quiet = true;
    options->seeded = true;
    options->seed = whole->run->seed;
    options->start_at_ms = START_MS;
    options->trace_max_bytes = 4 << 20;
    options->trace_file = whole->run->trace_file;
    options->database = whole->run->database;
    options->horizon_ms = 1000 * (20 + (int64_t)whole_chance(whole, 60));
    options->empty_item_succeeds = whole_chance(whole, 2) == 0;
    whole->leaps = whole_chance(whole, 25) == 0 && options->database == NULL;
    whole->is_hands_off = whole_chance(whole, 3) == 0 && !whole->leaps;
    options->journal_none = whole_chance(whole, 8) > 0 && options->database == NULL;
    options->clock = whole->leaps ? CLOCK_LEAP : CLOCK_MANUAL;
    whole->observer.empty_item_succeeds = options->empty_item_succeeds;
    whole->observer.guards_leases = whole->leaps;
    whole->observer.points_expected = whole->run->expected_points;
    buffer_print(&whole->observer.settings,
                 "%s clock, horizon %lld s, journal %s, an empty item %s%s\n",
                 whole->leaps ? "leap" : "manual", (long long)options->horizon_ms / 1000,
                 options->database != NULL ? "in a file"
                 : options->journal_none   ? "none"
                                           : "in memory",
                 options->empty_item_succeeds ? "succeeds" : "fails",
                 whole->is_hands_off ? ", the client only sends" : "");
}

// The ordered queue has one mapping, one client who sends, and nobody else.
static size_t some_queue(struct whole *whole)
{
    size_t queue = whole_chance(whole, WHOLE_QUEUES);
    return queue == QUEUE_ORDERED ? 0 : queue;
}

static void operate_by_hand(struct whole *whole)
{
    size_t choice = whole_chance(whole, 24);
    if (choice < 10)
        client_receive(whole, some_queue(whole));
    else if (choice < 16)
        client_delete(whole);
    else if (choice < 21)
        client_change(whole);
    else
        client_poll(whole, some_queue(whole));
}

static void operate_control(struct whole *whole)
{
    size_t choice = whole_chance(whole, 20);
    if (choice < 4)
        client_map(whole, some_queue(whole), whole_chance(whole, whole->observer.function_count));
    else if (choice < 9)
        client_update(whole);
    else if (choice < 11)
        client_unmap(whole);
    else if (choice < 14 && whole->options.database == NULL && !whole->leaps)
        client_concurrency(whole);
    else if (choice < 18 && !whole->leaps)
        client_attributes(whole, some_queue(whole));
    else if (choice < 19)
        client_purge(whole, some_queue(whole));
    else if (!whole->leaps)
        client_drop(whole, some_queue(whole));
}

static void step(struct whole *whole)
{
    size_t choice = whole_chance(whole, 100);
    if (choice < 38)
        client_send(whole, whole_chance(whole, 4) == 0 ? QUEUE_ORDERED
                                                       : whole_chance(whole, WHOLE_QUEUES));
    else if (choice < 58 && !whole->is_hands_off)
        operate_by_hand(whole);
    else if (choice < 70)
        operate_control(whole);
    else if (choice < 95)
        whole->leaps ? operate_pause(whole) : operate_advance(whole);
    else if (choice < 98)
        operate_run(whole,
                    whole_chance(whole, 2) == 0 ? 1 + (int64_t)whole_chance(whole, 9000) : 0);
    else if (whole->options.database != NULL)
        operate_restart(whole);
    observer_compare(&whole->observer, whole_chance(whole, 8) == 0);
}

// An answer draws an id from the world's chance: whoever compares two worlds asks both of them.
static void set_clock(struct whole *whole, enum clock_mode mode)
{
    cleanup(buffer_deinit) struct buffer body = {0};
    cleanup(buffer_deinit) struct buffer answer = {0};
    buffer_print(&body, "{\"mode\":\"%s\"}", clock_mode_text(mode).bytes);
    int status = client_call(whole, "POST", "/_redrive/api/clock", NULL, &body, &answer);
    if (status != 200)
        observer_broken(&whole->observer, "the clock's mode gives %d", status);
}

// Instead of a run until idle: as far as that run came.
static void leap_to_the_end(struct whole *whole)
{
    cleanup(buffer_deinit) struct buffer obstacle = {0};
    bool never = false;
    int64_t begin_us = clock_real_us();
    int64_t begin_ms = observer_now_ms(&whole->observer);
    int64_t end_us = begin_us + LEAP_REAL_MS_MAX * 1000;
    while (whole->observer.points < whole->run->expected_points && clock_real_us() < end_us)
        emulator_run_until(whole->emulator, &never, 1);
    emulator_run_until(whole->emulator, &never, 1);
    int64_t passed_ms = observer_now_ms(&whole->observer) - begin_ms;
    int64_t real_ms = (clock_real_us() - begin_us) / 1000;
    if (passed_ms > whole->options.horizon_ms + real_ms + 1)
        observer_broken(&whole->observer, "leaping went on for %lld ms, beyond its horizon",
                        (long long)passed_ms);
    clock_append_obstacle(whole->observer.world->clock, &obstacle);
    if (whole->observer.points < whole->run->expected_points)
        observer_broken(
            &whole->observer, "leaping ends after %llu of the %llu points of a run: %.*s",
            (unsigned long long)whole->observer.points,
            (unsigned long long)whole->run->expected_points, (int)obstacle.length, obstacle.bytes);
}

static void report(struct whole *whole)
{
    struct whole_run *run = whole->run;
    run->points = whole->observer.points;
    run->hash = run->leaps ? whole->observer.hash_expected : whole->observer.hash;
    run->comparable = !whole->leaps;
    run->can_leap = whole->is_hands_off;
}

void simulate_whole(struct whole_run *run)
{
    struct whole *whole = allocate(sizeof(*whole));
    whole->run = run;
    whole->arena = arena_new();
    random_init(&whole->random, run->seed ^ 0xd1b54a32d192ed03u);
    observer_init(&whole->observer, run->seed);
    choose_options(whole);
    declare_functions(whole);
    open_world(whole);
    client_create_queues(whole);
    client_map(whole, QUEUE_ORDERED, 0);
    for (size_t mappings = 1 + whole_chance(whole, 5); mappings > 0; mappings--)
        client_map(whole, some_queue(whole), whole_chance(whole, whole->observer.function_count));
    for (size_t i = 0; i < run->steps; i++)
        step(whole);
    if (!whole->leaps)
        set_clock(whole, run->leaps ? CLOCK_LEAP : CLOCK_MANUAL);
    if (run->leaps)
        leap_to_the_end(whole);
    else
        operate_run(whole, 0);
    observer_compare(&whole->observer, true);
    report(whole);
    emulator_free(whole->emulator);
    observer_deinit(&whole->observer);
    arena_free(whole->arena);
    free(whole);
}
