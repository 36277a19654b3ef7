// What reaches standard error.
#include "emulator/log.h"

#include "tests/support/check_main.h"

#include <string.h>
#include <unistd.h>

// What the call wrote to standard error, terminated.
static void written_by(void (*call)(void), char *ret_text, size_t size)
{
    int pipe_fds[2];
    int saved = dup(STDERR_FILENO);
    ck_assert_int_eq(pipe(pipe_fds), 0);
    dup2(pipe_fds[1], STDERR_FILENO);
    close(pipe_fds[1]);
    call();
    dup2(saved, STDERR_FILENO);
    close(saved);
    ssize_t length = read(pipe_fds[0], ret_text, size - 1);
    close(pipe_fds[0]);
    ck_assert_int_ge(length, 0);
    ret_text[length] = '\0';
}

static void one_line(void)
{
    log_line("start port=%d", 4566);
}

static void forged(void)
{
    log_line("refuse host=\"%s\"", "evil\nstop status=0\x1b[2J");
}

static void endless(void)
{
    static char text[10000];
    memset(text, 'x', sizeof(text) - 1);
    log_line("warn reason=%s", text);
}

static void silenced(void)
{
    log_set_quiet(true);
    log_line("start port=%d", 4566);
}

START_TEST(a_line_is_written_whole)
{
    char text[256];
    written_by(one_line, text, sizeof(text));
    ck_assert_str_eq(text, "start port=4566\n");
}
END_TEST

START_TEST(a_clients_text_cannot_forge_a_line)
{
    char text[256];
    written_by(forged, text, sizeof(text));
    ck_assert_str_eq(text, "refuse host=\"evil stop status=0 [2J\"\n");
}
END_TEST

START_TEST(a_line_has_a_limit)
{
    char text[16384];
    written_by(endless, text, sizeof(text));
    ck_assert_uint_le(strlen(text), 2048);
    ck_assert(strchr(text, '\n') == text + strlen(text) - 1);
}
END_TEST

START_TEST(quiet_is_quiet)
{
    char text[256];
    written_by(silenced, text, sizeof(text));
    ck_assert_str_eq(text, "");
}
END_TEST

static Suite *log_suite(void)
{
    Suite *suite = suite_create("emulator/log");
    TCase *lines = tcase_create("lines");
    tcase_add_test(lines, a_line_is_written_whole);
    tcase_add_test(lines, a_clients_text_cannot_forge_a_line);
    tcase_add_test(lines, a_line_has_a_limit);
    tcase_add_test(lines, quiet_is_quiet);
    suite_add_tcase(suite, lines);
    return suite;
}

CHECK_MAIN(log_suite)
