// The helper thread: it moves the log into the file, and leaves its errors for the loop to find.
#include "queue/checkpoint.h"

#include "queue/journal_database.h"

#include "tests/queue/journal_fixture.h"

#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define LOGGED_BYTES 2000000

static void execute(sqlite3 *handle, const char *script)
{
    ck_assert_int_eq(sqlite3_exec(handle, script, NULL, NULL, NULL), SQLITE_OK);
}

// A database whose content is in its log alone; the connection stays open, so that the log stays.
static sqlite3 *open_with_log(void)
{
    sqlite3 *handle = NULL;
    ck_assert_int_eq(
        sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, DATABASE_VFS),
        SQLITE_OK);
    execute(handle, "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;"
                    "CREATE TABLE bytes (content BLOB);"
                    "INSERT INTO bytes VALUES (zeroblob(2000000));");
    return handle;
}

static off_t file_bytes(void)
{
    struct stat status;
    ck_assert_int_eq(stat(path, &status), 0);
    return status.st_size;
}

START_TEST(a_wake_moves_the_log_into_the_file)
{
    sqlite3 *handle = open_with_log();
    cleanup(checkpoint_free) struct checkpoint *checkpoint = checkpoint_new(path);
    ck_assert_int_lt(file_bytes(), LOGGED_BYTES);
    checkpoint_wake(checkpoint);
    while (file_bytes() < LOGGED_BYTES)
        sched_yield();
    ck_assert_ptr_null(checkpoint_error(checkpoint));
    sqlite3_close(handle);
}
END_TEST

START_TEST(a_wait_ends_when_no_checkpoint_is_at_work)
{
    sqlite3 *handle = open_with_log();
    cleanup(checkpoint_free) struct checkpoint *checkpoint = checkpoint_new(path);
    checkpoint_wait(checkpoint);
    for (int i = 0; i < 100; i++) {
        checkpoint_wake(checkpoint);
        checkpoint_wait(checkpoint);
        // Whether it ran or was forgotten: nobody holds the lock of the log now.
        ck_assert_int_eq(
            sqlite3_wal_checkpoint_v2(handle, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL),
            SQLITE_OK);
        execute(handle, "INSERT INTO bytes VALUES (zeroblob(5000));");
    }
    sqlite3_close(handle);
}
END_TEST

START_TEST(a_thread_that_was_never_woken_ends)
{
    sqlite3 *handle = open_with_log();
    checkpoint_free(checkpoint_new(path));
    ck_assert_int_lt(file_bytes(), LOGGED_BYTES);
    ck_assert_ptr_null(checkpoint_free(NULL));
    sqlite3_close(handle);
}
END_TEST

START_TEST(an_end_waits_for_the_checkpoint_in_work)
{
    sqlite3 *handle = open_with_log();
    for (int i = 0; i < 200; i++) {
        struct checkpoint *checkpoint = checkpoint_new(path);
        checkpoint_wake(checkpoint);
        checkpoint_wake(checkpoint);
        execute(handle, "INSERT INTO bytes VALUES (zeroblob(5000));");
        checkpoint_free(checkpoint);
    }
    execute(handle, "PRAGMA integrity_check;");
    sqlite3_close(handle);
}
END_TEST

// A limit on the length of files stands in for a full disk.
START_TEST(an_error_is_left_for_the_loop)
{
    sqlite3 *handle = open_with_log();
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {.rlim_cur = 100000, .rlim_max = RLIM_INFINITY};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cleanup(checkpoint_free) struct checkpoint *checkpoint = checkpoint_new(path);
    checkpoint_wake(checkpoint);
    while (checkpoint_error(checkpoint) == NULL)
        sched_yield();
    ck_assert_str_eq(checkpoint_error(checkpoint), "disk I/O error");
    checkpoint_wake(checkpoint);
    limit.rlim_cur = RLIM_INFINITY;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    sqlite3_close(handle);
}
END_TEST

static Suite *checkpoint_suite(void)
{
    Suite *suite = suite_create("checkpoint");
    TCase *cases = tcase_create("checkpoint");
    tcase_add_checked_fixture(cases, make_directory, remove_directory);
    tcase_add_test(cases, a_wake_moves_the_log_into_the_file);
    tcase_add_test(cases, a_wait_ends_when_no_checkpoint_is_at_work);
    tcase_add_test(cases, a_thread_that_was_never_woken_ends);
    tcase_add_test(cases, an_end_waits_for_the_checkpoint_in_work);
    tcase_add_test(cases, an_error_is_left_for_the_loop);
    suite_add_tcase(suite, cases);
    return suite;
}

CHECK_MAIN(checkpoint_suite)
