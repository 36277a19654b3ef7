// options_test -- what the command line takes, and what it says to what it does not take.
#include "emulator/options.h"

#include "tests/support/check_main.h"

static struct arena *arena;
static struct options options;

static void setup(void)
{
    arena = arena_new();
    options_init(&options, arena);
}

static void teardown(void)
{
    arena_free(arena);
}

// Takes one argument or two; the result of options_take.
static int take_option(const char *first, const char *second, struct text *ret_reason)
{
    // The options keep views into the arguments, as they do into a real argv: they live in the
    // arena.
    char *arguments[2] = {arena_allocate(arena, strlen(first) + 1), NULL};
    strcpy(arguments[0], first);
    if (second != NULL) {
        arguments[1] = arena_allocate(arena, strlen(second) + 1);
        strcpy(arguments[1], second);
    }
    int at = 0;
    int taken = options_take(&options, second == NULL ? 1 : 2, arguments, &at, ret_reason);
    if (taken == 1)
        ck_assert_int_ge(at, 1);
    else
        ck_assert_int_eq(at, 0);
    return taken;
}

START_TEST(defaults_are_those_of_the_manual)
{
    RULES("L-140 L-141");
    ck_assert_int_eq(options.port, 4566);
    ck_assert(text_equal(options.host, TEXT("127.0.0.1")));
    ck_assert_int_eq(options.clock, CLOCK_REAL);
    ck_assert_int_eq(options.horizon_ms, 86400000);
    ck_assert_int_eq(options.trace_max_bytes, 16 << 20);
    ck_assert_int_eq(options.in_flight_max, 120000);
    ck_assert(options.listener);
    ck_assert_int_eq(options.start_at_ms, -1);
    ck_assert(!options.seeded);
    ck_assert_int_eq(options.profile, PROFILE_BY_CLOCK);
}
END_TEST

START_TEST(values_stand_behind_a_blank_or_an_equals_sign)
{
    struct text reason;
    ck_assert_int_eq(take_option("--port", "0", &reason), 1);
    ck_assert_int_eq(options.port, 0);
    ck_assert_int_eq(take_option("--port=65535", NULL, &reason), 1);
    ck_assert_int_eq(options.port, 65535);
    ck_assert_int_eq(take_option("--db=a=b.db", NULL, &reason), 1);
    ck_assert_str_eq(options.database, "a=b.db");
    ck_assert_int_eq(take_option("--clock", "leap", &reason), 1);
    ck_assert_int_eq(options.clock, CLOCK_LEAP);
    ck_assert_int_eq(take_option("--clock", "manual", &reason), 1);
    ck_assert_int_eq(options.clock, CLOCK_MANUAL);
    ck_assert_int_eq(take_option("--profile", "deterministic", &reason), 1);
    ck_assert_int_eq(options.profile, PROFILE_DETERMINISTIC);
    ck_assert_int_eq(take_option("--profile", "aws", &reason), 1);
    ck_assert_int_eq(options.profile, PROFILE_AWS);
    ck_assert_int_eq(take_option("--sync", "full", &reason), 1);
    ck_assert_int_eq(options.sync, OPTIONS_SYNC_FULL);
    ck_assert_int_eq(take_option("--seed", "18446744073709551615", &reason), 1);
    ck_assert(options.seeded && options.seed == UINT64_MAX);
    ck_assert_int_eq(take_option("--start", "2026-01-01T00:00:00Z", &reason), 1);
    ck_assert_int_eq(options.start_at_ms, 1767225600000);
    ck_assert_int_eq(take_option("--trace-max", "1MiB", &reason), 1);
    ck_assert_int_eq(options.trace_max_bytes, 1 << 20);
    ck_assert_int_eq(take_option("--quiet", NULL, &reason), 1);
    ck_assert(options.quiet);
    ck_assert_int_eq(take_option("--account", "123456789012", &reason), 1);
    ck_assert(text_equal(options.account, TEXT("123456789012")));
}
END_TEST

START_TEST(lists_grow_up_to_their_limit)
{
    struct text reason;
    for (int i = 0; i < OPTIONS_LIST_MAX; i++)
        ck_assert_int_eq(take_option("--function", "orders=http://127.0.0.1:9000/", &reason), 1);
    ck_assert_uint_eq(options.function_count, OPTIONS_LIST_MAX);
    ck_assert(text_equal(options.functions[255], TEXT("orders=http://127.0.0.1:9000/")));
    ck_assert_int_eq(take_option("--function", "one=http://127.0.0.1/", &reason), -1);
    ck_assert_int_eq(take_option("--set", "orders.Timeout=5", &reason), 1);
    ck_assert_uint_eq(options.set_count, 1);
}
END_TEST

START_TEST(an_option_of_another_table_is_left_alone)
{
    struct text reason;
    ck_assert_int_eq(take_option("--html", "file", &reason), 0);
    ck_assert_int_eq(take_option("orders", NULL, &reason), 0);
    ck_assert_int_eq(take_option("--por", "1", &reason), 0);
}
END_TEST

static const struct {
    const char *name;
    const char *value;
    const char *sentence;
} refused[] = {
    {"--port", "65536", "--port takes a whole number from 0 to 65535, not \"65536\""},
    {"--port", "-1", "--port takes a whole number from 0 to 65535, not \"-1\""},
    {"--port", "x", "--port takes a whole number from 0 to 65535, not \"x\""},
    {"--port", NULL, "--port needs a whole number from 0 to 65535"},
    {"--clock", "fast", "--clock takes real, manual or leap, not \"fast\""},
    {"--sync", "off", "--sync takes normal or full, not \"off\""},
    {"--account", "123", "--account takes 12 digits, not \"123\""},
    {"--seed", "-4", "--seed takes a whole number of 64 bits, not \"-4\""},
    {"--seed", "18446744073709551616",
     "--seed takes a whole number of 64 bits, not \"18446744073709551616\""},
    {"--horizon", "0", "--horizon takes a duration such as 90s, 15m or 24h, not \"0\""},
    {"--trace-max", "1", "--trace-max takes a size of 64KiB or more, such as 16MiB, not \"1\""},
    {"--start", "2026-02-30T00:00:00Z",
     "--start takes an instant such as 2026-01-01T00:00:00Z, or epoch milliseconds, not "
     "\"2026-02-30T00:00:00Z\""},
    {"--quiet=1", NULL, "--quiet takes no value"},
    {"--db", "", "--db takes a value that is not empty, not \"\""},
};

START_TEST(a_bad_value_is_answered_with_what_the_option_takes)
{
    struct text reason = {0};
    ck_assert_int_eq(take_option(refused[_i].name, refused[_i].value, &reason), -1);
    ck_assert_str_eq(reason.bytes, refused[_i].sentence);
}
END_TEST

START_TEST(the_help_has_a_line_for_every_option)
{
    cleanup(buffer_deinit) struct buffer help = {0};
    options_append_help(&help, &options);
    size_t count = 0;
    for (; options_name(count).length > 0; count++)
        ck_assert(text_find(buffer_text(&help), options_name(count), NULL));
    size_t lines = 0;
    struct text rest = buffer_text(&help);
    struct text line;
    for (; text_cut(rest, '\n', &line, &rest); lines++)
        ck_assert_uint_le(line.length, 90);
    ck_assert_uint_eq(lines, count);
}
END_TEST

static const struct {
    const char *text;
    int64_t ms; // -1: none
} durations[] = {
    {"15m", 900000},
    {"1h30m", 5400000},
    {"250ms", 250},
    {"2d", 172800000},
    {"90", 90000},
    {"0", 0},
    {"1m500ms", 60500},
    {"1s1ms", 1001},
    {"", -1},
    {"m", -1},
    {"15x", -1},
    {"-5s", -1},
    {"5s3", -1},
    {"1.5s", -1},
    {" 5s", -1},
    {"9223372036854775807d", -1},
    {"9223372036854775807", -1},
    {"9223372036854775807ms1ms", -1},
};

START_TEST(durations_are_numbers_with_units_or_seconds)
{
    int64_t ms = -1;
    bool read = duration_parse(text_of(durations[_i].text), &ms);
    ck_assert_int_eq(read, durations[_i].ms >= 0);
    ck_assert_int_eq(ms, durations[_i].ms);
}
END_TEST

static const struct {
    int64_t ms;
    const char *words;
} formatted[] = {
    {0, "0 s"},
    {250, "250 ms"},
    {30000, "30 s"},
    {90000, "1 min 30 s"},
    {7200000, "2 h"},
    {93784005, "1 d 2 h 3 min 4 s 5 ms"},
    {-1500, "-1 s 500 ms"},
    {INT64_MIN, "-106751991167 d 7 h 12 min 55 s 808 ms"},
};

START_TEST(durations_are_told_in_the_largest_units)
{
    ck_assert_str_eq(duration_format(arena, formatted[_i].ms).bytes, formatted[_i].words);
}
END_TEST

static const struct {
    const char *text;
    int64_t ms; // -1: none
} instants[] = {
    {"1970-01-01T00:00:00Z", 0},
    {"2026-01-01T00:00:00Z", 1767225600000},
    {"2026-01-01T00:00:00.5Z", 1767225600500},
    {"2026-01-01T00:00:00.05Z", 1767225600050},
    {"2024-02-29T23:59:59.999Z", 1709251199999},
    {"9999-12-31T23:59:59.999Z", 253402300799999},
    {"1767225600000", 1767225600000},
    {"2025-02-29T00:00:00Z", -1},
    {"2026-13-01T00:00:00Z", -1},
    {"2026-00-01T00:00:00Z", -1},
    {"2026-01-01T24:00:00Z", -1},
    {"2026-01-01T00:00:60Z", -1},
    {"2026-01-01T00:00:00", -1},
    {"2026-01-01T00:00:00.Z", -1},
    {"2026-01-01T00:00:00.1234Z", -1},
    {"2026-01-01T00:00:00ZZ", -1},
    {"1969-12-31T23:59:59Z", -1},
    {"253402300800000", -1},
    {"tomorrow", -1},
    {"", -1},
};

START_TEST(instants_are_utc_with_milliseconds_at_most)
{
    int64_t ms = -1;
    bool read = instant_parse(text_of(instants[_i].text), &ms);
    ck_assert_int_eq(read, instants[_i].ms >= 0);
    ck_assert_int_eq(ms, instants[_i].ms);
}
END_TEST

START_TEST(an_instant_comes_back_as_it_was_written)
{
    char text[24];
    instant_format(1709251199999, text);
    ck_assert_mem_eq(text, "2024-02-29T23:59:59.999Z", 24);
    int64_t ms;
    ck_assert(instant_parse(text_from(text, 24), &ms));
    ck_assert_int_eq(ms, 1709251199999);
    instant_format(INT64_MAX, text);
    ck_assert_mem_eq(text, "9999-12-31T23:59:59.999Z", 24);
    instant_format(-1, text);
    ck_assert_mem_eq(text, "1970-01-01T00:00:00.000Z", 24);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

START_TEST(credentials_are_a_key_and_a_secret_which_is_not_repeated)
{
    struct text reason;
    ck_assert_int_eq(take_option("--credentials", "AKIA:a:b/c+d", &reason), 1);
    ck_assert_int_eq(take_option("--credentials=AKIB:s", NULL, &reason), 1);
    ck_assert_uint_eq(options.credential_count, 2);
    ck_assert(text_equal(options.credentials[0], TEXT("AKIA:a:b/c+d")));
    static const char *const bad[] = {"s3cret", ":s3cret", "s3cret:", ""};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ck_assert_int_eq(take_option("--credentials", bad[i], &reason), -1);
        ck_assert(
            text_starts_with(reason, TEXT("--credentials takes KEY:SECRET, at most 256 times")));
        ck_assert(!text_find(reason, TEXT("s3cret"), NULL));
    }
    ck_assert_uint_eq(options.credential_count, 2);
}
END_TEST

static Suite *options_suite(void)
{
    Suite *suite = suite_create("options");
    TCase *tcase = tcase_create("options");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, defaults_are_those_of_the_manual);
    tcase_add_test(tcase, values_stand_behind_a_blank_or_an_equals_sign);
    tcase_add_test(tcase, lists_grow_up_to_their_limit);
    tcase_add_test(tcase, an_option_of_another_table_is_left_alone);
    tcase_add_loop_test(tcase, a_bad_value_is_answered_with_what_the_option_takes, 0,
                        ROWS(refused));
    tcase_add_test(tcase, credentials_are_a_key_and_a_secret_which_is_not_repeated);
    tcase_add_test(tcase, the_help_has_a_line_for_every_option);
    tcase_add_loop_test(tcase, durations_are_numbers_with_units_or_seconds, 0, ROWS(durations));
    tcase_add_loop_test(tcase, durations_are_told_in_the_largest_units, 0, ROWS(formatted));
    tcase_add_loop_test(tcase, instants_are_utc_with_milliseconds_at_most, 0, ROWS(instants));
    tcase_add_test(tcase, an_instant_comes_back_as_it_was_written);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(options_suite)
