// What only a journal in a file has: a lock, a log, damage, kills, full disks.
#include "tests/queue/journal_fixture.h"

#include <fcntl.h>
#include <sched.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

START_TEST(what_was_not_committed_is_not_there_after_a_close)
{
    struct journal *journal = open_file(path);
    struct operations operations;
    operations_init(&operations, 5, true);
    for (int turn = 0; turn < 300; turn++)
        operations_turn(&operations, journal);
    cleanup(buffer_deinit) struct buffer before = {0};
    cleanup(buffer_deinit) struct buffer after = {0};
    journal_dump(journal, &before);
    for (int i = 0; i < 100; i++)
        operations_write(&operations, journal);
    journal_free(journal);
    cleanup(journal_free) struct journal *again = open_file(path);
    journal_dump(again, &after);
    ck_assert(text_equal(buffer_text(&before), buffer_text(&after)));
}
END_TEST

START_TEST(a_clean_close_leaves_one_file_and_its_lock)
{
    struct journal *journal = open_file(path);
    insert(journal, 1, 1, TEXT("x"));
    journal->commit(journal, 5);
    journal_free(journal);
    char name[128];
    snprintf(name, sizeof name, "%s-wal", path);
    ck_assert_int_ne(access(name, F_OK), 0);
    snprintf(name, sizeof name, "%s.lock", path);
    ck_assert_int_eq(access(name, F_OK), 0);
}
END_TEST

// Hundreds of commits and not yet a thousand pages: the checkpointer sleeps, whatever time it is given.
START_TEST(a_short_log_is_not_copied_into_the_file)
{
    cleanup(journal_free) struct journal *journal = open_file(path);
    static char body[2500];
    struct stat before;
    struct stat after;
    ck_assert_int_eq(stat(path, &before), 0);
    for (uint64_t row = 1; row <= 200; row++) {
        insert(journal, row, 1, text_from(body, sizeof body));
        journal->commit(journal, (int64_t)row);
    }
    for (int i = 0; i < 20000; i++) {
        ck_assert_int_eq(stat(path, &after), 0);
        ck_assert_int_eq(after.st_size, before.st_size);
        sched_yield();
    }
}
END_TEST

// More than a thousand pages: the file grows beside the log, without a word from the loop.
START_TEST(a_longer_log_is_copied_into_the_file)
{
    cleanup(journal_free) struct journal *journal = open_file(path);
    static char body[20000];
    struct stat status;
    ck_assert_int_eq(stat(path, &status), 0);
    off_t before = status.st_size;
    for (uint64_t row = 1; row <= 250; row++) {
        insert(journal, row, 1, text_from(body, sizeof body));
        journal->commit(journal, (int64_t)row);
    }
    while (status.st_size == before) {
        sched_yield();
        ck_assert_int_eq(stat(path, &status), 0);
    }
}
END_TEST

// A log of more than 64 MiB begins anew: RESTART between turns, while the checkpointer works
// beside.
START_TEST(a_long_log_begins_anew)
{
    cleanup(journal_free) struct journal *journal = open_file(path);
    static char body[1000000];
    uint64_t row = 0;
    for (int turn = 0; turn < 200; turn++) {
        insert(journal, ++row, 1, text_from(body, sizeof body));
        journal->commit(journal, turn);
        journal->delete_message(journal, row);
        journal->commit(journal, turn);
        journal->maintain(journal);
    }
    char name[128];
    snprintf(name, sizeof name, "%s-wal", path);
    struct stat status;
    ck_assert_int_eq(stat(name, &status), 0);
    ck_assert_int_lt(status.st_size, 160 << 20);
}
END_TEST

static int count_rows(const char *query)
{
    sqlite3 *handle = NULL;
    sqlite3_stmt *statement = NULL;
    ck_assert_int_eq(sqlite3_open(path, &handle), SQLITE_OK);
    ck_assert_int_eq(sqlite3_prepare_v2(handle, query, -1, &statement, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
    int count = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    return count;
}

// Row 11 of every twenty was moved into the queue that stays, row 12 out of it.
START_TEST(messages_of_a_deleted_queue_leave_the_tables_between_turns_also_of_a_later_process)
{
    struct journal *journal = open_file(path);
    for (uint64_t row = 1; row <= 4000; row++) {
        insert(journal, row, row % 20 == 12 ? 2 : 1, TEXT("body"));
        struct journal_state state = {.row = row, .queue = row % 20 == 11 ? 2 : 1, .sequence = row};
        if (row % 20 == 11 || row % 20 == 12)
            journal->put_state(journal, &state);
    }
    journal->delete_queue(journal, 1);
    journal->commit(journal, 5);
    journal->maintain(journal);
    journal_free(journal);
    ck_assert_int_gt(count_rows("SELECT count(*) FROM message"), 3000);
    ck_assert_int_eq(count_rows("SELECT count(*) FROM dropped"), 1);
    journal = open_file(path);
    cleanup(buffer_deinit) struct buffer before = {0};
    cleanup(buffer_deinit) struct buffer after = {0};
    journal_dump(journal, &before);
    for (int turn = 0; turn < 10; turn++)
        journal->maintain(journal);
    journal_dump(journal, &after);
    journal_free(journal);
    ck_assert(text_equal(buffer_text(&before), buffer_text(&after)));
    ck_assert_int_eq(count_rows("SELECT count(*) FROM message"), 200);
    ck_assert_int_eq(count_rows("SELECT count(*) FROM receive_state"), 200);
    ck_assert_int_eq(count_rows("SELECT count(*) FROM message WHERE id % 20 = 11"), 200);
    ck_assert_int_eq(count_rows("SELECT count(*) FROM dropped"), 0);
}
END_TEST

// ---- what meta does not say, the rows do ----

static void send_at(struct journal *journal, uint64_t row, int64_t now_ms)
{
    struct journal_message message = {.row = row, .queue = 1, .sent_at_ms = now_ms};
    struct journal_state state = {.row = row, .queue = 1, .sequence = row};
    journal->insert_message(journal, &message, &state);
    journal->commit(journal, now_ms);
}

static void receive_at(struct journal *journal, uint64_t row, uint64_t sequence, int64_t now_ms)
{
    struct journal_state state = {
        .row = row, .queue = 1, .sequence = sequence, .received_at_ms = now_ms};
    journal->put_state(journal, &state);
}

// The journal as a later process finds it, and what it says of the past.
static struct journal *expect_meta(struct journal *journal, const char *expected)
{
    cleanup(buffer_deinit) struct buffer dump = {0};
    journal_free(journal);
    journal = open_file(path);
    journal_dump(journal, &dump);
    ck_assert_msg(dump_has(&dump, expected), "%.*s", TEXT_ARGUMENTS(buffer_text(&dump)));
    return journal;
}

START_TEST(sends_and_receives_leave_meta_alone_and_nothing_is_forgotten)
{
    struct journal *journal = open_file(path);
    send_at(journal, 7, 1000);
    journal = expect_meta(journal, "meta now=1000 queue_number=0 row=7 sequence=7\n");
    receive_at(journal, 7, 7, 2000);
    journal->commit(journal, 2000);
    journal = expect_meta(journal, "meta now=2000 queue_number=0 row=7 sequence=7\n");
    journal_free(journal);
    ck_assert_int_eq(count_rows("SELECT max(now_ms, message_row, sequence) FROM meta"), 0);
    journal = open_file(path);
    journal->delete_message(journal, 7);
    journal->commit(journal, 3000);
    journal = expect_meta(journal, "meta now=3000 queue_number=0 row=7 sequence=7\n");
    journal_free(journal);
}
END_TEST

// The state that said 2000 is written over by one that does not say 3000.
START_TEST(a_turn_whose_rows_do_not_say_its_instant_writes_meta)
{
    struct journal *journal = open_file(path);
    send_at(journal, 7, 1000);
    receive_at(journal, 7, 7, 2000);
    journal->commit(journal, 2000);
    receive_at(journal, 7, 8, 2000);
    journal->commit(journal, 3000);
    journal = expect_meta(journal, "meta now=3000 queue_number=0 row=7 sequence=8\n");
    ck_assert_int_eq(journal->last_at_ms(journal), 3000);
    journal_free(journal);
}
END_TEST

// What came back into a queue is older than what is there: the newest row has not the greatest.
START_TEST(a_newer_row_with_a_lesser_sequence_takes_no_number_back)
{
    struct journal *journal = open_file(path);
    send_at(journal, 50, 1000);
    struct journal_message message = {.row = 60, .queue = 1, .sent_at_ms = 2000};
    struct journal_state state = {.row = 60, .queue = 1, .sequence = 40};
    journal->insert_message(journal, &message, &state);
    journal->commit(journal, 2000);
    journal = expect_meta(journal, "meta now=2000 queue_number=0 row=60 sequence=50\n");
    journal_free(journal);
}
END_TEST

// A row of message alone says that nobody received it; everything else needs its state beside it.
START_TEST(whatever_a_message_is_sent_with_is_kept)
{
    static const struct journal_state states[] = {
        {.queue = 2},
        {.queue = 1, .received_at_ms = 7},
        {.queue = 1, .first_received_at_ms = 7},
        {.queue = 1, .receive_count = 7},
        {.queue = 1, .queue_receive_count = 7},
        {.queue = 1, .leased_outside = true},
        {.queue = 1, .dead_letter_source = 7},
    };
    static const char *const parts[] = {" queue=2 ",  " received=7 ",    " first=7 ",
                                        " count=7 ",  " queue_count=7 ", " outside=1 ",
                                        " source=7\n"};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        struct journal *journal = open_file(path);
        struct journal_message message = {.row = i + 1, .queue = 1, .sent_at_ms = 1000};
        struct journal_state state = states[i];
        state.row = state.sequence = i + 1;
        journal->insert_message(journal, &message, &state);
        journal->commit(journal, 1000);
        journal_free(expect_meta(journal, parts[i]));
    }
}
END_TEST

// Sent and deleted in one turn, and in enough turns that the rows leave the tables.
START_TEST(numbers_stay_used_when_sends_and_deletes_share_turns)
{
    struct journal *journal = open_file(path);
    uint64_t row = 0;
    while (row < 600) {
        send_at(journal, row + 1, 1000);
        send_at(journal, row + 2, 1000);
        receive_at(journal, row + 2, 10000 + row, 1000);
        journal->delete_message(journal, row + 1);
        journal->delete_message(journal, row + 2);
        journal->commit(journal, 1000);
        row += 2;
    }
    journal = expect_meta(journal, "meta now=1000 queue_number=0 row=600 sequence=10598\n");
    journal_free(journal);
    ck_assert_int_lt(count_rows("SELECT count(*) FROM message"), 256);
}
END_TEST

// ---- what is refused, each with one sentence ----

static void expect_refusal(const char *name, const char *part)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    struct journal *journal = NULL;
    struct text reason = {0};
    ck_assert(!journal_sqlite_open(name, JOURNAL_SYNC_NORMAL, arena, &journal, &reason));
    ck_assert_ptr_null(journal);
    ck_assert_msg(text_find(reason, text_of(part), NULL), "%.*s", TEXT_ARGUMENTS(reason));
    ck_assert(!text_find(reason, TEXT("\n"), NULL));
}

static void run_sql(const char *name, const char *script)
{
    sqlite3 *handle = NULL;
    ck_assert_int_eq(sqlite3_open(name, &handle), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(handle, script, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(handle);
}

static void write_file(const char *name, const void *bytes, size_t length)
{
    FILE *file = fopen(name, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, length, file), length);
    fclose(file);
}

static size_t read_file(const char *name, char *ret_bytes, size_t length_max)
{
    FILE *file = fopen(name, "r");
    ck_assert_ptr_nonnull(file);
    size_t length = fread(ret_bytes, 1, length_max, file);
    fclose(file);
    return length;
}

static void fill_file(uint64_t seed, bool large)
{
    cleanup(journal_free) struct journal *journal = open_file(path);
    struct operations operations;
    operations_init(&operations, seed, large);
    for (int turn = 0; turn < 300; turn++)
        operations_turn(&operations, journal);
}

// Runs work in a child and returns its exit status (minus the signal that ended it); ret_said is
// what it wrote to standard error.
static int run_child(void (*work)(void), char *ret_said, size_t said_max)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        work();
        _exit(0);
    }
    close(ends[1]);
    size_t said = 0;
    for (ssize_t length = read(ends[0], ret_said, said_max - 1); length > 0;
         length = read(ends[0], ret_said + said, said_max - 1 - said))
        said += (size_t)length;
    ret_said[said] = '\0';
    close(ends[0]);
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void expect_one_sentence(const char *said, const char *part)
{
    ck_assert_msg(strncmp(said, "redrive: ", 9) == 0, "%s", said);
    ck_assert_msg(strchr(said, '\n') == said + strlen(said) - 1, "%s", said);
    ck_assert_msg(strstr(said, part) != NULL, "%s", said);
}

static void expect_in_use(void)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    struct journal *journal = NULL;
    struct text reason = {0};
    if (journal_sqlite_open(path, JOURNAL_SYNC_NORMAL, arena, &journal, &reason))
        _exit(1);
    dprintf(STDERR_FILENO, "%.*s", TEXT_ARGUMENTS(reason));
}

START_TEST(a_second_process_is_told_who_has_the_file)
{
    struct journal *journal = open_file(path);
    char said[512];
    ck_assert_int_eq(run_child(expect_in_use, said, sizeof said), 0);
    char expected[256];
    snprintf(expected, sizeof expected,
             "database %s is in use by another redrive; stop it or name another file with --db",
             path);
    ck_assert_str_eq(said, expected);
    journal_free(journal);
    journal_free(open_file(path));
}
END_TEST

// Where nobody gave a standard input the lock's descriptor is 0, and is closed all the same.
START_TEST(a_process_without_standard_input_gives_the_file_back)
{
    close(STDIN_FILENO);
    journal_free(open_file(path));
    ck_assert_int_eq(fcntl(STDIN_FILENO, F_GETFD), -1);
    journal_free(open_file(path));
}
END_TEST

// The child: a redrive that writes, lets the other look, and writes on.
__attribute__((noreturn)) static void write_beside(int mine, const char *name)
{
    struct journal *journal = open_file(name);
    char byte = 0;
    for (uint64_t row = 1; row <= 2; row++) {
        insert(journal, row, 1, TEXT("body"));
        journal->commit(journal, (int64_t)row);
        if (write(mine, &byte, 1) != 1 || read(mine, &byte, 1) != 1)
            _exit(1);
    }
    journal_free(journal);
    _exit(0);
}

// What the VFS for one process costs: the index of the log is in that process's memory, so nobody
// else may read.
START_TEST(another_program_is_kept_out_of_a_live_file_and_spoils_nothing)
{
    int ends[2];
    char byte;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    pid_t child = fork();
    if (child == 0)
        write_beside(ends[1], path);
    for (int row = 1; row <= 2; row++) {
        ck_assert_int_eq(read(ends[0], &byte, 1), 1);
        sqlite3 *handle = NULL;
        ck_assert_int_eq(sqlite3_open(path, &handle), SQLITE_OK);
        ck_assert_int_eq(sqlite3_exec(handle, "SELECT * FROM meta", NULL, NULL, NULL), SQLITE_BUSY);
        sqlite3_close(handle);
        ck_assert_int_eq(write(ends[0], &byte, 1), 1);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(count_rows("SELECT count(*) FROM message"), 2);
}
END_TEST

START_TEST(a_text_file_is_not_a_database_and_stays_as_it_is)
{
    static const char poem[] = "roses are red\n";
    write_file(path, poem, sizeof poem - 1);
    expect_refusal(path, "is not a redrive database");
    char bytes[64];
    ck_assert_uint_eq(read_file(path, bytes, sizeof bytes), sizeof poem - 1);
    ck_assert_mem_eq(bytes, poem, sizeof poem - 1);
}
END_TEST

START_TEST(a_long_text_file_is_not_a_database)
{
    static char text[10000];
    memset(text, 'a', sizeof text);
    write_file(path, text, sizeof text);
    expect_refusal(path, "is not a redrive database");
}
END_TEST

START_TEST(an_empty_file_is_a_new_database)
{
    write_file(path, "", 0);
    cleanup(journal_free) struct journal *journal = open_file(path);
    cleanup(buffer_deinit) struct buffer dump = {0};
    journal_dump(journal, &dump);
    ck_assert(dump_has(&dump, "meta now=0 "));
}
END_TEST

START_TEST(another_programs_database_is_refused)
{
    run_sql(path, "CREATE TABLE bookmarks (url TEXT);");
    expect_refusal(path, "another program's database");
}
END_TEST

START_TEST(a_foreign_application_id_is_refused)
{
    run_sql(path, "PRAGMA application_id = 7;");
    expect_refusal(path, "another program's database");
}
END_TEST

START_TEST(a_newer_schema_is_refused)
{
    fill_file(1, true);
    run_sql(path, "PRAGMA user_version = 2;");
    expect_refusal(path, "was written by a newer redrive (schema 2, this one knows 1)");
    run_sql(path, "PRAGMA user_version = 1;");
    journal_free(open_file(path));
}
END_TEST

START_TEST(a_database_without_its_tables_is_refused)
{
    fill_file(1, true);
    run_sql(path, "DROP TABLE receive_state;");
    expect_refusal(path, "no such table: receive_state");
}
END_TEST

START_TEST(a_truncated_file_is_damaged)
{
    fill_file(1, true);
    struct stat status;
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_int_eq(truncate(path, status.st_size / 2), 0);
    expect_refusal(path, "is damaged");
}
END_TEST

START_TEST(a_missing_directory_is_named)
{
    char name[128];
    snprintf(name, sizeof name, "%s/nowhere/orders.db", directory);
    expect_refusal(name, "No such file or directory");
}
END_TEST

START_TEST(a_directory_is_not_a_file)
{
    expect_refusal(directory, "cannot be used");
    char name[128];
    snprintf(name, sizeof name, "%s.lock", directory);
    unlink(name);
}
END_TEST

// The superuser may write everywhere, so the child becomes somebody else first.
static void open_as_nobody(void)
{
    if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0)
        _exit(1);
    cleanup(arena_free) struct arena *arena = arena_new();
    struct journal *journal = NULL;
    struct text reason = {0};
    if (journal_sqlite_open(path, JOURNAL_SYNC_NORMAL, arena, &journal, &reason))
        _exit(1);
    dprintf(STDERR_FILENO, "%.*s", TEXT_ARGUMENTS(reason));
}

START_TEST(a_directory_without_permission_is_named)
{
    ck_assert_int_eq(chmod(directory, 0555), 0);
    char said[512];
    ck_assert_int_eq(run_child(open_as_nobody, said, sizeof said), 0);
    ck_assert_msg(strstr(said, "cannot be opened") && strstr(said, "Permission denied"), "%s",
                  said);
    ck_assert_int_eq(chmod(directory, 0755), 0);
}
END_TEST

START_TEST(a_read_only_file_is_named)
{
    fill_file(1, true);
    char lock[128];
    snprintf(lock, sizeof lock, "%s.lock", path);
    ck_assert_int_eq(chmod(directory, 0755), 0);
    ck_assert_int_eq(chmod(lock, 0666), 0);
    ck_assert_int_eq(chmod(path, 0444), 0);
    char said[512];
    ck_assert_int_eq(run_child(open_as_nobody, said, sizeof said), 0);
    ck_assert_msg(strstr(said, "is read-only; make it writable or name another file with --db"),
                  "%s", said);
}
END_TEST

// ---- what fails later, with status 3 ----

static void limit_files(rlim_t bytes)
{
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {.rlim_cur = bytes, .rlim_max = bytes};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        _exit(1);
}

static char six_megabytes[6000000];

static void write_until_full(void)
{
    limit_files(400000);
    struct journal *journal = open_file(path);
    struct operations operations;
    operations_init(&operations, 9, false);
    for (int turn = 0; turn < 100000; turn++)
        operations_turn(&operations, journal);
}

// The limit stands in for a full disk. What was committed before is a state that the model went
// through.
START_TEST(a_full_disk_ends_the_process_and_the_file_opens_again)
{
    char said[512];
    ck_assert_int_eq(run_child(write_until_full, said, sizeof said), 3);
    expect_one_sentence(said, path);
    cleanup(journal_free) struct journal *journal = open_file(path);
    cleanup(journal_free) struct journal *model = journal_none_new();
    cleanup(buffer_deinit) struct buffer dump = {0};
    cleanup(buffer_deinit) struct buffer expected = {0};
    journal_dump(journal, &dump);
    struct operations operations;
    operations_init(&operations, 9, false);
    bool met = false;
    for (int turn = 0; turn < 2000 && !met; turn++) {
        operations_turn(&operations, model);
        journal_dump(model, &expected);
        met = text_equal(buffer_text(&dump), buffer_text(&expected));
    }
    ck_assert(met);
    insert(journal, operations.row + 1, 1, TEXT("goes on"));
    journal->commit(journal, 1);
}
END_TEST

// The file is longer than its log will be, so the checkpointer meets the limit first, on its
// thread.
static void write_until_checkpoint_fails(void)
{
    limit_files(6500000);
    struct journal *journal = open_file(path);
    for (uint64_t row = 10000; row < 20000; row++) {
        insert(journal, row, 1, text_from(six_megabytes, 3000));
        journal->commit(journal, 1);
    }
}

START_TEST(a_checkpoint_that_fails_ends_the_process_and_the_file_opens_again)
{
    struct journal *journal = open_file(path);
    insert(journal, 1, 1, text_from(six_megabytes, sizeof six_megabytes));
    journal->commit(journal, 1);
    journal_free(journal);
    char said[512];
    ck_assert_int_eq(run_child(write_until_checkpoint_fails, said, sizeof said), 3);
    expect_one_sentence(said, path);
    cleanup(journal_free) struct journal *again = open_file(path);
    cleanup(buffer_deinit) struct buffer dump = {0};
    journal_dump(again, &dump);
    ck_assert(dump_has(&dump, "row=10000 "));
}
END_TEST

static void open_while_full(void)
{
    limit_files(2000);
    cleanup(arena_free) struct arena *arena = arena_new();
    struct journal *journal = NULL;
    struct text reason = {0};
    if (journal_sqlite_open(path, JOURNAL_SYNC_NORMAL, arena, &journal, &reason))
        _exit(1);
    dprintf(STDERR_FILENO, "%.*s", TEXT_ARGUMENTS(reason));
}

START_TEST(a_disk_that_is_full_at_the_start_is_named)
{
    char said[512];
    ck_assert_int_eq(run_child(open_while_full, said, sizeof said), 0);
    ck_assert_msg(strstr(said, "cannot be used"), "%s", said);
    journal_free(open_file(path));
}
END_TEST

// Opens, reads everything, and says like main() why not.
static void read_everything(void)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    struct journal *journal = NULL;
    struct text reason = {0};
    if (!journal_sqlite_open(path, JOURNAL_SYNC_NORMAL, arena, &journal, &reason)) {
        dprintf(STDERR_FILENO, "redrive: %.*s\n", TEXT_ARGUMENTS(reason));
        _exit(3);
    }
    cleanup(buffer_deinit) struct buffer dump = {0};
    journal_dump(journal, &dump);
    journal_free(journal);
}

// SQLite has no checksums, so some damage is read as content; all other ends in a sentence, and
// none in a signal.
START_TEST(flipped_bytes_are_read_or_refused_but_never_fatal)
{
    fill_file((uint64_t)_i + 1, false);
    static char good[8 << 20];
    size_t length = read_file(path, good, sizeof good);
    struct random random;
    random_init(&random, (uint64_t)_i);
    int refused = 0;
    for (int round = 0; round < 40; round++) {
        cleanup_free char *bad = duplicate(good, length);
        size_t at = (size_t)random_below(&random, length - 512);
        size_t count = (size_t)(1 + random_below(&random, 512));
        for (size_t i = 0; i < count; i++)
            bad[at + i] = (char)random_next(&random);
        write_file(path, bad, length);
        char said[2048];
        int status = run_child(read_everything, said, sizeof said);
        ck_assert_msg(status == 0 || status == 3, "round %d, offset %zu: status %d: %s", round, at,
                      status, said);
        if (status == 3) {
            expect_one_sentence(said, path);
            refused++;
        }
    }
    ck_assert_int_gt(refused, 0);
}
END_TEST

// One for each thing that replay looks at.
static const char *const damages[] = {
    "UPDATE message SET message_id = x'00';",
    "UPDATE message SET body_md5 = x'0102';",
    "UPDATE message SET sequence = -1;",
    "UPDATE message SET queue = -1;",
    "UPDATE message SET phase = 300;",
    "UPDATE receive_state SET receive_count = -1;",
    "UPDATE receive_state SET queue_receive_count = 4294967296;",
    "UPDATE receive_state SET id = id + 100000;",
    "UPDATE deduplication SET message_id = x'';",
    "UPDATE deduplication SET sequence = -1;",
    "UPDATE queue_attribute SET value = 'soon' WHERE name = 'DelaySeconds';",
    "UPDATE queue_attribute SET value = 'us-east-1' WHERE name = 'RedrivePolicy.deadLetterTarget';",
    "UPDATE queue SET number = -number;",
    "UPDATE meta SET sequence = -1;",
    "UPDATE meta SET gone = x'01';",
    "DELETE FROM meta;",
};

START_TEST(a_row_that_cannot_be_ours_is_named)
{
    fill_file(1, true);
    sqlite3 *handle = NULL;
    ck_assert_int_eq(sqlite3_open(path, &handle), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(handle, damages[_i], NULL, NULL, NULL), SQLITE_OK);
    ck_assert_msg(sqlite3_changes(handle) > 0, "%s", damages[_i]);
    sqlite3_close(handle);
    char said[2048];
    ck_assert_int_eq(run_child(read_everything, said, sizeof said), 3);
    expect_one_sentence(said, "is damaged (a row that redrive cannot have written)");
}
END_TEST

static Suite *journal_sqlite_suite(void)
{
    Suite *suite = suite_create("journal_sqlite");
    TCase *file = tcase_create("file");
    tcase_add_checked_fixture(file, make_directory, remove_directory);
    tcase_add_test(file, what_was_not_committed_is_not_there_after_a_close);
    tcase_add_test(file, a_clean_close_leaves_one_file_and_its_lock);
    tcase_add_test(file, a_short_log_is_not_copied_into_the_file);
    tcase_add_test(file, a_longer_log_is_copied_into_the_file);
    tcase_add_test(file, a_long_log_begins_anew);
    tcase_add_test(
        file, messages_of_a_deleted_queue_leave_the_tables_between_turns_also_of_a_later_process);
    tcase_add_test(file, sends_and_receives_leave_meta_alone_and_nothing_is_forgotten);
    tcase_add_test(file, a_turn_whose_rows_do_not_say_its_instant_writes_meta);
    tcase_add_test(file, a_newer_row_with_a_lesser_sequence_takes_no_number_back);
    tcase_add_test(file, whatever_a_message_is_sent_with_is_kept);
    tcase_add_test(file, numbers_stay_used_when_sends_and_deletes_share_turns);
    tcase_add_test(file, a_second_process_is_told_who_has_the_file);
    tcase_add_test(file, a_process_without_standard_input_gives_the_file_back);
    tcase_add_test(file, another_program_is_kept_out_of_a_live_file_and_spoils_nothing);
    tcase_add_test(file, a_text_file_is_not_a_database_and_stays_as_it_is);
    tcase_add_test(file, a_long_text_file_is_not_a_database);
    tcase_add_test(file, an_empty_file_is_a_new_database);
    tcase_add_test(file, another_programs_database_is_refused);
    tcase_add_test(file, a_foreign_application_id_is_refused);
    tcase_add_test(file, a_newer_schema_is_refused);
    tcase_add_test(file, a_database_without_its_tables_is_refused);
    tcase_add_test(file, a_truncated_file_is_damaged);
    tcase_add_test(file, a_missing_directory_is_named);
    tcase_add_test(file, a_directory_is_not_a_file);
    tcase_add_test(file, a_directory_without_permission_is_named);
    tcase_add_test(file, a_read_only_file_is_named);
    tcase_add_test(file, a_full_disk_ends_the_process_and_the_file_opens_again);
    tcase_add_test(file, a_checkpoint_that_fails_ends_the_process_and_the_file_opens_again);
    tcase_add_test(file, a_disk_that_is_full_at_the_start_is_named);
    tcase_add_loop_test(file, flipped_bytes_are_read_or_refused_but_never_fatal, 0, 4);
    tcase_add_loop_test(file, a_row_that_cannot_be_ours_is_named, 0,
                        sizeof damages / sizeof damages[0]);
    suite_add_tcase(suite, file);
    return suite;
}

CHECK_MAIN(journal_sqlite_suite)
