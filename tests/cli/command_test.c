// command_test -- reading arguments, guessing mistyped words, and the manual of every command.
#include "cli/command.h"

#include "tests/support/check_main.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct command command = {.name = "try", .help = "the manual\n"};

struct values {
    bool flag;
    const char *string;
    int64_t integer;
    int64_t duration_ms;
    struct argument_list list;
    struct operands operands;
    int status;
    char words[16][32];
};

static bool read_values(struct values *values, int count, const char **words)
{
    const struct argument rows[] = {
        {"--flag", ARGUMENT_FLAG, &values->flag, NULL},
        {"--string", ARGUMENT_STRING, &values->string, "a string"},
        {"--integer", ARGUMENT_INTEGER, &values->integer, "a number"},
        {"--delay", ARGUMENT_DURATION, &values->duration_ms, "a duration such as 5s"},
        {"--list", ARGUMENT_LIST, &values->list, "an item"},
    };
    // The words stay with the values, which point into them.
    char *arguments[16];
    for (int i = 0; i < count; i++)
        arguments[i] = strcpy(values->words[i], words[i]);
    values->status = -1;
    return arguments_read(&command, rows, sizeof(rows) / sizeof(rows[0]), &values->operands, count,
                          arguments, &values->status);
}

#define READ(values, ...)                                                                    \
    read_values(values, (int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *)), \
                (const char *[]){__VA_ARGS__})

START_TEST(options_stand_anywhere)
{
    struct values values = {.operands.most = 2};
    ck_assert(READ(&values, "one", "--flag", "--string=a=b", "--integer", "7", "two", "--delay",
                   "1m30s", "--list", "x", "--list=y"));
    ck_assert(values.flag);
    ck_assert_str_eq(values.string, "a=b");
    ck_assert_int_eq(values.integer, 7);
    ck_assert_int_eq(values.duration_ms, 90000);
    ck_assert_uint_eq(values.list.count, 2);
    ck_assert_str_eq(values.list.items[1], "y");
    ck_assert_uint_eq(values.operands.count, 2);
    ck_assert_str_eq(values.operands.items[1], "two");
}
END_TEST

START_TEST(two_dashes_end_the_options)
{
    struct values values = {.operands.most = 2};
    ck_assert(READ(&values, "-", "--", "--flag"));
    ck_assert(!values.flag);
    ck_assert_str_eq(values.operands.items[0], "-");
    ck_assert_str_eq(values.operands.items[1], "--flag");
}
END_TEST

START_TEST(mistakes_end_with_status_2)
{
    struct values values = {.operands.most = 1};
    ck_assert(!READ(&values, "--flog"));
    ck_assert_int_eq(values.status, STATUS_USAGE);
    ck_assert(!READ(&values, "--flag=1"));
    ck_assert_int_eq(values.status, STATUS_USAGE);
    ck_assert(!READ(&values, "--integer"));
    ck_assert_int_eq(values.status, STATUS_USAGE);
    ck_assert(!READ(&values, "--integer", "-1"));
    ck_assert_int_eq(values.status, STATUS_USAGE);
    ck_assert(!READ(&values, "--delay", "soon"));
    ck_assert_int_eq(values.status, STATUS_USAGE);
    ck_assert(!READ(&values, "--string="));
    ck_assert_int_eq(values.status, STATUS_USAGE);
    ck_assert(!READ(&values, "one", "two"));
    ck_assert_int_eq(values.status, STATUS_USAGE);
}
END_TEST

START_TEST(help_ends_with_status_0)
{
    struct values values = {0};
    ck_assert(freopen("/dev/null", "w", stdout) != NULL);
    ck_assert(!READ(&values, "--help"));
    ck_assert_int_eq(values.status, STATUS_OK);
}
END_TEST

static const struct {
    const char *word;
    const char *meant;
} guesses[] = {
    {"serv", "serve"},    {"sevre", "serve"}, {"qeues", "queues"}, {"queue", "queues"},
    {"mapp", "mappings"}, {"clokc", "clock"}, {"xyzzy", NULL},     {"", NULL},
    {"tracer", "trace"},  {"q", NULL},
};

START_TEST(a_mistyped_word_finds_its_neighbour)
{
    static const char *const names[] = {"serve", "queues", "mappings", "functions", "clock",
                                        "trace", "wait",   "peek",     NULL,        "never"};
    const char *meant = nearest(guesses[_i].word, names, 10);
    if (guesses[_i].meant == NULL)
        ck_assert_ptr_null(meant);
    else
        ck_assert_str_eq(meant, guesses[_i].meant);
}
END_TEST

START_TEST(every_command_has_a_manual_that_teaches)
{
    for (const struct command *row = commands_table; row->name != NULL; row++) {
        char synopsis[64];
        snprintf(synopsis, sizeof(synopsis), "redrive %s", row->name);
        ck_assert_msg(strncmp(row->help, synopsis, strlen(synopsis)) == 0, "%s", row->name);
        ck_assert_ptr_nonnull(row->run);
        struct text rest = text_of(row->help);
        struct text line;
        while (text_cut(rest, '\n', &line, &rest))
            ck_assert_msg(line.length <= 96, "%s: %.*s", row->name, TEXT_ARGUMENTS(line));
        bool needs_no_example = row->summary == NULL || strcmp(row->name, "version") == 0 ||
                                strcmp(row->name, "help") == 0;
        ck_assert_msg(needs_no_example || strstr(row->help, "Example") != NULL, "%s", row->name);
    }
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

static Suite *command_suite(void)
{
    Suite *suite = suite_create("command");
    TCase *tcase = tcase_create("command");
    tcase_add_test(tcase, options_stand_anywhere);
    tcase_add_test(tcase, two_dashes_end_the_options);
    tcase_add_test(tcase, mistakes_end_with_status_2);
    tcase_add_test(tcase, help_ends_with_status_0);
    tcase_add_loop_test(tcase, a_mistyped_word_finds_its_neighbour, 0, ROWS(guesses));
    tcase_add_test(tcase, every_command_has_a_manual_that_teaches);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(command_suite)
