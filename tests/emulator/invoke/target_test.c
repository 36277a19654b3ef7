// Targets and --set: what is bound, and that every refusal says what to write instead.
#include "emulator/invoke/target.h"

#include "emulator/invoke/http.h"
#include "emulator/invoke/scripted.h"
#include "emulator/world.h"
#include "tests/support/check_main.h"

static struct world world;
static struct options options;

// A world declared by --function and --set; whether it could be built.
static bool open_world(const char *function_option, const char *set_option, struct text *ret_reason)
{
    options_init(&options, arena_new());
    options.listener = false;
    options.journal_none = true;
    options.quiet = true;
    options.clock = CLOCK_MANUAL;
    options.start_at_ms = 1767225600000;
    if (function_option)
        options.functions[options.function_count++] = text_of(function_option);
    if (set_option)
        options.sets[options.set_count++] = text_of(set_option);
    int status = 0;
    bool open = world_open(&world, &options, ret_reason, &status);
    ck_assert(open || status == 2);
    return open;
}

static void close_world(void)
{
    world_close(&world);
    arena_free(options.arena);
}

START_TEST(a_prefix_decides_who_runs_it)
{
    struct text reason;
    ck_assert(open_world("orders=http://127.0.0.1:9000/a=b", NULL, &reason));
    struct function *function = functions_find(world.functions, TEXT("orders"));
    ck_assert_ptr_eq(function->invoker, http_invoker_face(world.http));
    ck_assert(text_equal(function->target, TEXT("http://127.0.0.1:9000/a=b")));
    ck_assert(function->declared);
    ck_assert(target_bind(&world, function, TEXT("sim:{}"), false, &reason));
    ck_assert_ptr_eq(function->invoker, scripted_invoker_face(world.scripted));
    ck_assert(text_equal(function->target, TEXT("sim:{}")));
    close_world();
}
END_TEST

START_TEST(a_refused_target_leaves_the_function_as_it_was)
{
    struct text reason;
    ck_assert(open_world("orders=sim:{}", NULL, &reason));
    struct function *function = functions_find(world.functions, TEXT("orders"));
    void *parsed = function->target_parsed;
    ck_assert(!target_bind(&world, function, TEXT("sim:{\"how\":7}"), false, &reason));
    ck_assert(!target_bind(&world, function, TEXT("http://"), false, &reason));
    ck_assert(!target_bind(&world, function, TEXT("ftp://a/"), false, &reason));
    ck_assert(text_equal(function->target, TEXT("sim:{}")));
    ck_assert_ptr_eq(function->target_parsed, parsed);
    close_world();
}
END_TEST

START_TEST(programs_are_never_started_over_http)
{
    struct text reason;
    ck_assert(open_world("orders=sim:{}", NULL, &reason));
    struct function *function = functions_find(world.functions, TEXT("orders"));
    ck_assert(!target_bind(&world, function, TEXT("exec:/bin/sh"), false, &reason));
    ck_assert(text_find(reason, TEXT("never over HTTP"), NULL));
    ck_assert(!target_bind(&world, function, TEXT("attach:9001"), false, &reason));
    ck_assert(text_find(reason, TEXT("never over HTTP"), NULL));
    close_world();
}
END_TEST

START_TEST(a_setting_changes_the_function)
{
    static const char *const sets[] = {"a.Timeout=900", "a.Duration=50ms", "a.MemorySize=10240",
                                       "a.ReservedConcurrentExecutions=0"};
    for (int i = 0; i < 4; i++) {
        struct text reason;
        ck_assert(open_world("a=sim:{}", sets[i], &reason));
        struct function *function = functions_find(world.functions, TEXT("a"));
        ck_assert_int_eq(function->timeout_seconds, i == 0 ? 900 : 3);
        ck_assert_int_eq(function->duration_ms, i == 1 ? 50 : 0);
        ck_assert_int_eq(function->memory_mb, i == 2 ? 10240 : 128);
        ck_assert_int_eq(function->reserved_concurrency, i == 3 ? 0 : FUNCTION_UNRESERVED);
        close_world();
    }
}
END_TEST

static const struct refusal {
    const char *function_option;
    const char *set_option;
    const char *says;
} refusals[] = {
    {"orders", NULL, "--function NAME=TARGET"},
    {"a b=sim:{}", NULL, "no function name"},
    {"=sim:{}", NULL, "no function name"},
    {"orders=", NULL, "none that redrive knows"},
    {"orders=127.0.0.1:9000", NULL, "http://127.0.0.1:9000/"},
    {"orders=exec:./handler", NULL, "there is no program ./handler; give its path"},
    {"orders=exec:no-such-program", NULL, "in PATH"},
    {"orders=exec: ", NULL, "names no program"},
    {"orders=exec:sh -c 'exit", NULL, "a quote that is not closed"},
    {"orders=attach:", NULL, "like attach:9001"},
    {"orders=attach:65536", NULL, "like attach:9001"},
    {"a=sim:{}", "a.Environment.KEY=value", "only an exec: target has an environment"},
    {"a=exec:sh", "a.Environment.=value", "no name of an environment variable"},
    {"a=exec:sh", "a.Environment.1A=value", "no name of an environment variable"},
    {"a=exec:sh", "a.Environment.AWS_LAMBDA_RUNTIME_API=x", "redrive's own"},
    {"orders=http://", NULL, "write it like"},
    {"orders=sim:{\"x\":1}", NULL, "no member \"x\""},
    {"a=sim:{}", "a.Timeout", "NAME.Property=VALUE"},
    {"a=sim:{}", "Timeout=5", "NAME.Property=VALUE"},
    {"a=sim:{}", "b.Timeout=5", "there is no function b"},
    {"a=sim:{}", "a.Time=5", "no property Time"},
    {"a=sim:{}", "a.Timeout=0", "1 to 900"},
    {"a=sim:{}", "a.Timeout=901", "1 to 900"},
    {"a=sim:{}", "a.Timeout=5s", "1 to 900"},
    {"a=sim:{}", "a.Duration=quick", "like 50ms"},
    {"a=sim:{}", "a.Duration=16m", "at most 15m"},
    {"a=sim:{}", "a.MemorySize=127", "128 to 10240"},
    {"a=sim:{}", "a.ReservedConcurrentExecutions=1001", "0 to 1000"},
    {"a=sim:{}", "a.ReservedConcurrentExecutions=-1", "0 to 1000"},
};

START_TEST(a_refusal_says_what_to_write)
{
    const struct refusal *refusal = &refusals[_i];
    struct text reason = {0};
    ck_assert(!open_world(refusal->function_option, refusal->set_option, &reason));
    ck_assert_msg(text_find(reason, text_of(refusal->says), NULL), "%.*s", TEXT_ARGUMENTS(reason));
    close_world();
}
END_TEST

START_TEST(a_function_is_declared_once)
{
    struct text reason;
    ck_assert(open_world("orders=sim:{}", NULL, &reason));
    ck_assert(!target_declare_all(&world, &reason));
    ck_assert(text_find(reason, TEXT("given twice"), NULL));
    close_world();
}
END_TEST

static Suite *target_suite(void)
{
    Suite *suite = suite_create("emulator/invoke/target");
    TCase *test_case = tcase_create("targets");
    tcase_add_test(test_case, a_prefix_decides_who_runs_it);
    tcase_add_test(test_case, a_refused_target_leaves_the_function_as_it_was);
    tcase_add_test(test_case, programs_are_never_started_over_http);
    tcase_add_test(test_case, a_setting_changes_the_function);
    tcase_add_loop_test(test_case, a_refusal_says_what_to_write, 0,
                        (int)(sizeof(refusals) / sizeof(refusals[0])));
    tcase_add_test(test_case, a_function_is_declared_once);
    suite_add_tcase(suite, test_case);
    return suite;
}

CHECK_MAIN(target_suite)
