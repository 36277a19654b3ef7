// Programs behind the Runtime API: the C bootstrap of examples/handlers does what its words say, and each test looks at how the
// invocation ends and what becomes of the process.
#include "emulator/invoke/runtime.h"

#include "bootstrap_path.h"
#include "emulator/invoke/sandbox_process.h"
#include "emulator/log.h"
#include "emulator/metrics.h"
#include "tests/support/runtime_case.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define POISON                                                                                 \
    "{\"Records\":[{\"messageId\":\"m-1\",\"body\":\"good\"},{\"messageId\":\"m-2\",\"body\":" \
    "\"poison\"}]}"
#define ERROR(type, message) "{\"errorType\":\"" type "\",\"errorMessage\":\"" message "\"}"
#define EXIT_ERROR(how) ERROR("Runtime.ExitError", "RequestId: " REQUEST_ID " Error: Runtime " how)

static struct runtime_case world_case;

static void begin(enum clock_mode mode, const char *words)
{
    char target[512];
    snprintf(target, sizeof(target), "exec:%s %s", BOOTSTRAP_PATH, words);
    runtime_case_begin(&world_case, mode, text_of(target));
}

static size_t count_sandboxes(void)
{
    return world_case.world.runtime->sandbox_count;
}

// One invocation of the bootstrap on the real clock, and how it must end.
static void expect(const char *words, enum invocation_end end, const char *response)
{
    begin(CLOCK_REAL, words);
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, &world_case, TEXT(POISON));
    trial_await(&trial);
    expect_text(buffer_text(&trial.response), response);
    ck_assert_int_eq(trial.end, end);
    runtime_case_end(&world_case);
}

// A directory of this test's own; removed by remove_directory().
static char directory[64];

static void make_directory(void)
{
    strcpy(directory, "/tmp/redrive-runtime-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
}

static void remove_directory(void)
{
    DIR *open_directory = opendir(directory);
    ck_assert_ptr_nonnull(open_directory);
    for (const struct dirent *entry; (entry = readdir(open_directory)) != NULL;)
        unlinkat(dirfd(open_directory), entry->d_name, 0);
    closedir(open_directory);
    rmdir(directory);
}

static void read_file(const char *name, struct buffer *contents)
{
    char path[128], bytes[4096];
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_msg(fd >= 0, "%s", path);
    for (ssize_t length; (length = read(fd, bytes, sizeof(bytes))) > 0;)
        buffer_append_bytes(contents, bytes, (size_t)length);
    close(fd);
}

static size_t count_descriptors(void)
{
    DIR *open_directory = opendir("/proc/self/fd");
    ck_assert_ptr_nonnull(open_directory);
    size_t count = 0;
    while (readdir(open_directory) != NULL)
        count++;
    closedir(open_directory);
    return count;
}

// ---- how an invocation ends ----

START_TEST(a_response_comes_back_as_it_was_posted)
{
    expect("", INVOCATION_RESPONDED, "{\"batchItemFailures\":[{\"itemIdentifier\":\"m-2\"}]}");
}
END_TEST

START_TEST(an_error_passes_unchanged)
{
    RULES("L-215 L-86");
    expect("throw", INVOCATION_FUNCTION_ERROR,
           "{\"errorMessage\":\"poison\",\"errorType\":\"Error\"}");
}
END_TEST

START_TEST(an_exit_during_an_invocation)
{
    RULES("L-84 L-157-row-28 L-235 lambda-mistake-31");
    static const struct {
        const char *word;
        const char *payload;
    } rows[] = {
        {"exit=0", EXIT_ERROR("exited without providing a reason")},
        {"exit=127", EXIT_ERROR("exited with error: exit status 127")},
        {"kill=9", EXIT_ERROR("exited with error: signal: killed")},
        {"kill=15", EXIT_ERROR("exited with error: signal: terminated")},
    };
    expect(rows[_i].word, INVOCATION_EXITED, rows[_i].payload);
}
END_TEST

START_TEST(a_response_over_the_limit)
{
    RULES("L-85");
    expect("size=6291557", INVOCATION_TOO_LARGE,
           ERROR("Function.ResponseSizeTooLarge", "Response payload size exceeded maximum allowed "
                                                  "payload size (6291556 bytes)."));
}
END_TEST

START_TEST(the_longest_response)
{
    RULES("L-81");
    begin(CLOCK_REAL, "size=6291556");
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, &world_case, TEXT("{}"));
    trial_await(&trial);
    ck_assert_int_eq(trial.end, INVOCATION_RESPONDED);
    ck_assert_uint_eq(trial.response.length, 6291556);
    runtime_case_end(&world_case);
}
END_TEST

START_TEST(an_event_of_6_MB_arrives)
{
    begin(CLOCK_REAL, "echo");
    cleanup(buffer_deinit) struct buffer event = {0};
    buffer_append_byte(&event, '"');
    for (int index = 0; index < 6291454; index++)
        buffer_append_byte(&event, 'x');
    buffer_append_byte(&event, '"');
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, &world_case, buffer_text(&event));
    trial_await(&trial);
    ck_assert(text_equal(buffer_text(&trial.response), buffer_text(&event)));
    runtime_case_end(&world_case);
}
END_TEST

START_TEST(a_timeout_ends_the_process_and_the_next_invocation_has_another)
{
    RULES("L-83 L-233");
    begin(CLOCK_MANUAL, "hang");
    world_case.function->timeout_seconds = 1;
    cleanup(trial_deinit) struct trial trial, again;
    trial_start(&trial, &world_case, TEXT("{}"));
    RUNTIME_AWAIT(&world_case, world_case.world.runtime->running == 0);
    // On the timeline it ends when its Timeout has passed (design: time).
    ck_assert_int_eq(timeline_next_due_ms(world_case.world.timeline), START_MS + 1000);
    timeline_step(world_case.world.timeline, START_MS + 1000);
    ck_assert_int_eq(trial.end, INVOCATION_TIMED_OUT);
    expect_text(buffer_text(&trial.response),
                ERROR("Sandbox.Timedout",
                      "RequestId: " REQUEST_ID " Error: Task timed out after 1.00 seconds"));
    RUNTIME_AWAIT(&world_case, count_sandboxes() == 0);
    trial_start(&again, &world_case, TEXT("{}"));
    RUNTIME_AWAIT(&world_case, again.invocation.work != NULL &&
                                   ((struct run *)again.invocation.work)->sandbox != NULL);
    world_case.function->invoker->cancel(world_case.function->invoker, &again.invocation);
    runtime_case_end(&world_case);
}
END_TEST

// ---- before the first invocation ----

START_TEST(an_exit_before_the_first_next)
{
    RULES("L-232 L-157-row-28 L-228 L-234 lambda-mistake-31");
    expect("init-exit=3", INVOCATION_EXITED, EXIT_ERROR("exited with error: exit status 3"));
}
END_TEST

START_TEST(the_posted_init_error)
{
    RULES("L-232 L-86 L-228");
    expect("init-error", INVOCATION_EXITED,
           "{\"errorMessage\":\"no such module\",\"errorType\":\"Runtime.ImportModuleError\"}");
}
END_TEST

START_TEST(what_it_wrote_before_it_failed_belongs_to_who_waits_for_it)
{
    runtime_case_begin(&world_case, CLOCK_REAL,
                       TEXT("exec:sh -c 'echo begins; echo no such module >&2; exit 1'"));
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, &world_case, TEXT("{}"));
    trial_await(&trial);
    ck_assert_int_eq(trial.end, INVOCATION_EXITED);
    // Of its second and last try alone; two streams have no order between them.
    ck_assert(text_find(buffer_text(&trial.output), TEXT("begins\n"), NULL));
    ck_assert(text_find(buffer_text(&trial.output), TEXT("no such module\n"), NULL));
    ck_assert_uint_eq(trial.output.length, strlen("begins\nno such module\n"));
    runtime_case_end(&world_case);
}
END_TEST

START_TEST(what_it_wrote_before_it_was_ready_is_of_no_invocation)
{
    char target[512];
    snprintf(target, sizeof(target), "exec:sh -c 'echo begins; exec %s echo'", BOOTSTRAP_PATH);
    runtime_case_begin(&world_case, CLOCK_REAL, text_of(target));
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, &world_case, TEXT("[7]"));
    trial_await(&trial);
    expect_text(buffer_text(&trial.response), "[7]");
    ck_assert_msg(!text_find(buffer_text(&trial.output), TEXT("begins"), NULL), "%.*s",
                  TEXT_ARGUMENTS(buffer_text(&trial.output)));
    runtime_case_end(&world_case);
}
END_TEST

// Its first process exits with 1, all others are the bootstrap.
static void begin_failing_once(const char *words)
{
    char target[512];
    make_directory();
    snprintf(target, sizeof(target), "exec:sh -c 'mkdir %s/tried || exec %s %s; exit 1'", directory,
             BOOTSTRAP_PATH, words);
    runtime_case_begin(&world_case, CLOCK_REAL, text_of(target));
}

static void end_failing_once(void)
{
    char path[128];
    runtime_case_end(&world_case);
    snprintf(path, sizeof(path), "%s/tried", directory);
    rmdir(path);
    remove_directory();
}

START_TEST(a_failed_init_is_tried_once_more)
{
    RULES("L-231");
    begin_failing_once("echo");
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, &world_case, TEXT("[7]"));
    trial_await(&trial);
    expect_text(buffer_text(&trial.response), "[7]");
    ck_assert_int_eq(trial.end, INVOCATION_RESPONDED);
    end_failing_once();
}
END_TEST

START_TEST(the_second_init_is_under_the_functions_timeout)
{
    RULES("L-231");
    begin_failing_once("init-hang");
    world_case.function->timeout_seconds = 1;
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, &world_case, TEXT("{}"));
    trial_await(&trial);
    ck_assert_int_eq(trial.end, INVOCATION_TIMED_OUT);
    end_failing_once();
}
END_TEST

START_TEST(an_init_that_takes_too_long_is_ended)
{
    RULES("L-231");
    begin(CLOCK_REAL, "init-hang");
    world_case.program->init_ms_max = 20;
    world_case.function->timeout_seconds = 1;
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, &world_case, TEXT("{}"));
    trial_await(&trial);
    ck_assert_int_eq(trial.end, INVOCATION_TIMED_OUT);
    ck_assert_uint_eq(count_sandboxes(), 0);
    runtime_case_end(&world_case);
}
END_TEST

START_TEST(failures_in_a_row_make_the_next_start_wait_longer)
{
    begin(CLOCK_REAL, "init-exit=1");
    for (int round = 0; round < 2; round++) {
        cleanup(trial_deinit) struct trial trial;
        trial_start(&trial, &world_case, TEXT("{}"));
        trial_await(&trial);
        ck_assert_int_eq(trial.end, INVOCATION_EXITED);
        ck_assert_int_eq(world_case.program->init_failures, 2 * (round + 1));
        ck_assert(world_case.program->paused);
    }
    runtime_case_end(&world_case);
}
END_TEST

START_TEST(each_of_several_invocations_has_its_own_two_tries)
{
    begin(CLOCK_REAL, "init-exit=1");
    cleanup(trial_deinit) struct trial one, two;
    trial_start(&one, &world_case, TEXT("{}"));
    trial_start(&two, &world_case, TEXT("{}"));
    trial_await(&one);
    trial_await(&two);
    ck_assert_int_eq(one.end, INVOCATION_EXITED);
    ck_assert_int_eq(two.end, INVOCATION_EXITED);
    ck_assert_int_eq(world_case.program->init_failures, 4);
    runtime_case_end(&world_case);
}
END_TEST

START_TEST(a_program_that_has_gone_is_an_invalid_entrypoint)
{
    RULES("L-236");
    char target[256], expected[512];
    make_directory();
    snprintf(target, sizeof(target), "exec:%s/program", directory);
    ck_assert_int_eq(symlink(BOOTSTRAP_PATH, target + 5), 0);
    runtime_case_begin(&world_case, CLOCK_REAL, text_of(target));
    remove_directory();
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, &world_case, TEXT("{}"));
    trial_await(&trial);
    ck_assert_int_eq(trial.end, INVOCATION_EXITED);
    snprintf(expected, sizeof(expected),
             ERROR("Runtime.InvalidEntrypoint",
                   "RequestId: " REQUEST_ID " Error: fork/exec %s: no such file or directory"),
             target + 5);
    expect_text(buffer_text(&trial.response), expected);
    ck_assert_uint_eq(count_sandboxes(), 0);
    runtime_case_end(&world_case);
}
END_TEST

// ---- time ----

START_TEST(virtual_time_stands_still_until_the_answer_takes_effect)
{
    begin(CLOCK_MANUAL, "");
    world_case.function->duration_ms = _i == 0 ? 0 : 250;
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, &world_case, TEXT("{}"));
    ck_assert_uint_eq(world_running(&world_case.world), 1);
    RUNTIME_AWAIT(&world_case, world_running(&world_case.world) == 0);
    ck_assert(!trial.done);
    timeline_step(world_case.world.timeline, START_MS + 1000);
    ck_assert(trial.done && !trial.invocation.at_once);
    ck_assert_int_eq(trial.done_at_ms, START_MS + (_i == 0 ? 1 : 250));
    runtime_case_end(&world_case);
}
END_TEST

START_TEST(a_declared_duration_beyond_the_timeout_is_a_timeout)
{
    begin(CLOCK_MANUAL, "");
    world_case.function->duration_ms = 3001;
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, &world_case, TEXT("{}"));
    RUNTIME_AWAIT(&world_case, world_running(&world_case.world) == 0);
    timeline_step(world_case.world.timeline, START_MS + 3000);
    ck_assert_int_eq(trial.end, INVOCATION_TIMED_OUT);
    runtime_case_end(&world_case);
}
END_TEST

// ---- sandboxes ----

START_TEST(one_sandbox_for_one_invocation_at_a_time)
{
    RULES("L-229 L-230 lambda-mistake-33");
    begin(CLOCK_REAL, "");
    for (int round = 0; round < 20; round++) {
        cleanup(trial_deinit) struct trial trial;
        trial_start(&trial, &world_case, TEXT("{}"));
        trial_await(&trial);
        ck_assert_int_eq(trial.end, INVOCATION_RESPONDED);
        ck_assert_uint_eq(count_sandboxes(), 1);
    }
    runtime_case_end(&world_case);
}
END_TEST

static const struct sandbox *sandbox_of(const struct trial *trial)
{
    const struct run *run = trial->invocation.work;
    return run != NULL ? run->sandbox : NULL;
}

START_TEST(the_most_recently_used_sandbox_is_used_again)
{
    RULES("L-230");
    begin(CLOCK_REAL, "");
    // Two come into being when two invocations wait at once.
    struct trial trials[2];
    for (int index = 0; index < 2; index++)
        trial_start(&trials[index], &world_case, TEXT("{}"));
    for (int index = 0; index < 2; index++)
        trial_await(&trials[index]);
    struct list_node *idle = &world_case.program->idle;
    RUNTIME_AWAIT(&world_case, list_is_empty(&world_case.program->others));
    ck_assert_uint_eq(count_sandboxes(), 2);
    const struct list_node *first = idle->next, *second = first->next;
    for (int round = 0; round < 3; round++) {
        cleanup(trial_deinit) struct trial trial;
        trial_start(&trial, &world_case, TEXT("{}"));
        ck_assert_ptr_eq(&sandbox_of(&trial)->link, first);
        trial_await(&trial);
        RUNTIME_AWAIT(&world_case, list_is_empty(&world_case.program->others));
        ck_assert_ptr_eq(idle->next, first);
        ck_assert_ptr_eq(idle->next->next, second);
    }
    for (int index = 0; index < 2; index++)
        trial_deinit(&trials[index]);
    runtime_case_end(&world_case);
}
END_TEST

START_TEST(a_hundred_at_once_leave_nothing_behind)
{
    size_t before = count_descriptors();
    begin(CLOCK_MANUAL, "hang stubborn");
    world_case.function->timeout_seconds = 900;
    static struct trial trials[100];
    for (int index = 0; index < 100; index++)
        trial_start(&trials[index], &world_case, TEXT("{}"));
    for (int index = 0; index < 100; index++)
        RUNTIME_AWAIT(&world_case, sandbox_of(&trials[index]) != NULL);
    ck_assert_uint_eq(count_sandboxes(), 100);
    ck_assert_uint_eq(world_running(&world_case.world), 100);
    for (int index = 0; index < 100; index++)
        world_case.function->invoker->cancel(world_case.function->invoker,
                                             &trials[index].invocation);
    ck_assert_uint_eq(world_running(&world_case.world), 0);
    if (_i == 0) // else their ends are left to the end of the world
        RUNTIME_AWAIT(&world_case, count_sandboxes() == 0);
    runtime_case_end(&world_case);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    ck_assert_int_eq(errno, ECHILD);
    ck_assert_uint_eq(count_descriptors(), before);
}
END_TEST

START_TEST(idle_processes_that_ignore_SIGTERM_are_killed_at_the_end)
{
    RULES("L-238");
    begin(CLOCK_REAL, "stubborn");
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, &world_case, TEXT("{}"));
    trial_await(&trial);
    runtime_case_end(&world_case);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    ck_assert_int_eq(errno, ECHILD);
}
END_TEST

START_TEST(what_a_program_has_started_ends_with_it)
{
    ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0); // orphans become ours
    runtime_case_begin(
        &world_case, CLOCK_REAL,
        TEXT("exec:sh -c '" BOOTSTRAP_PATH " init-hang & exec " BOOTSTRAP_PATH " exit=1'"));
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, &world_case, TEXT("{}"));
    trial_await(&trial);
    ck_assert_int_eq(trial.end, INVOCATION_EXITED);
    runtime_case_end(&world_case);
    int status;
    ck_assert_int_gt(waitpid(-1, &status, 0), 0);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

START_TEST(a_handler_dies_when_redrive_is_killed)
{
    int told[2];
    ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    ck_assert_int_eq(pipe(told), 0);
    pid_t redrive = fork();
    if (redrive == 0) {
        begin(CLOCK_REAL, "hang");
        struct trial trial;
        trial_start(&trial, &world_case, TEXT("{}"));
        RUNTIME_AWAIT(&world_case, sandbox_of(&trial) != NULL);
        ck_assert_int_eq(write(told[1], "", 1), 1);
        for (;;)
            loop_turn(world_case.world.loop, 1000);
    }
    char byte;
    ck_assert_int_eq(read(told[0], &byte, 1), 1);
    kill(redrive, SIGKILL);
    int status;
    ck_assert_int_eq(waitpid(redrive, &status, 0), redrive);
    ck_assert_int_gt(waitpid(-1, &status, 0), 0); // the orphan, ours now
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

START_TEST(a_cancelled_invocation_leaves_the_line_or_ends_its_process)
{
    begin(CLOCK_REAL, "hang");
    struct trial runs, waits;
    struct invoker *invoker = world_case.function->invoker;
    trial_start(&runs, &world_case, TEXT("{}"));
    RUNTIME_AWAIT(&world_case, sandbox_of(&runs) != NULL);
    trial_start(&waits, &world_case, TEXT("{}"));
    invoker->cancel(invoker, &waits.invocation);
    invoker->cancel(invoker, &runs.invocation);
    ck_assert_uint_eq(world_running(&world_case.world), 0);
    runtime_case_end(&world_case);
}
END_TEST

// ---- output and environment ----

START_TEST(a_flood_of_output_costs_bounded_memory)
{
    begin(CLOCK_REAL, "flood=100000000");
    world_case.function->timeout_seconds = 60;
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, &world_case, TEXT("{}"));
    trial_await(&trial);
    ck_assert_int_eq(trial.end, INVOCATION_RESPONDED);
    make_directory();
    runtime_case_end(&world_case);
    remove_directory();
    strcpy(directory, "/proc/self");
    cleanup(buffer_deinit) struct buffer status = {0};
    read_file("status", &status);
    size_t at;
    ck_assert(text_find(buffer_text(&status), TEXT("VmHWM:"), &at));
    ck_assert_int_lt(strtol(status.bytes + at + 6, NULL, 10), 90000);
}
END_TEST

// Standard error goes to a file of the directory from now on.
static int redirect_log(void)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/log", directory);
    int before = dup(STDERR_FILENO);
    int fd = open(path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    ck_assert(fd >= 0 && dup2(fd, STDERR_FILENO) >= 0);
    close(fd);
    return before;
}

START_TEST(the_log_has_the_lines_of_an_invocation)
{
    RULES("L-87 L-240");
    make_directory();
    char target[512];
    snprintf(target, sizeof(target),
             "exec:sh -c 'echo to stdout; printf \"%%02000d\\nunfinished\" 7 >&2; exec %s'",
             BOOTSTRAP_PATH);
    runtime_case_begin(&world_case, CLOCK_REAL, text_of(target));
    cleanup(trial_deinit) struct trial trial;
    int before = redirect_log();
    log_set_quiet(false);
    trial_start(&trial, &world_case, TEXT("{}"));
    trial_await(&trial);
    runtime_case_end(&world_case);
    dup2(before, STDERR_FILENO);
    close(before);
    cleanup(buffer_deinit) struct buffer log = {0};
    read_file("log", &log);
    static const char *const lines[] = {
        "log function=orders request= text=to stdout\n",
        "log function=orders text=START RequestId: " REQUEST_ID " Version: $LATEST\n",
        "log function=orders text=END RequestId: " REQUEST_ID "\n",
        "log function=orders text=REPORT RequestId: " REQUEST_ID "\tDuration: ",
        " ms\tMemory Size: 128 MB\tMax Memory Used: ",
        " MB\tInit Duration: ",
        "text=unfinished\n",
    };
    for (size_t index = 0; index < sizeof(lines) / sizeof(lines[0]); index++)
        ck_assert_msg(text_find(buffer_text(&log), text_of(lines[index]), NULL), "%s not in\n%.*s",
                      lines[index], TEXT_ARGUMENTS(buffer_text(&log)));
    // A line is cut at 1,024 bytes.
    size_t at;
    ck_assert(text_find(buffer_text(&log), TEXT("text=0000"), &at));
    ck_assert_uint_eq(strcspn(log.bytes + at + 5, "\n"), SANDBOX_LINE_BYTES_MAX);
    remove_directory();
}
END_TEST

// Longer than what the log shows of a line; on standard output and standard error alike.
START_TEST(a_line_of_metrics_is_counted)
{
    RULES("L-273 L-276");
    make_directory();
    char target[1024];
    snprintf(
        target, sizeof(target),
        "exec:sh -c 'printf \"{\\\"_aws\\\":{\\\"Timestamp\\\":1,\\\"CloudWatchMetrics\\\":[{"
        "\\\"Namespace\\\":\\\"Shop\\\",\\\"Dimensions\\\":[[]],\\\"Metrics\\\":[{\\\"Name\\\":"
        "\\\"Failed\\\"}]}]},\\\"Failed\\\":%%-7000d}\\n{\\\"_aws\\\":1}\\n\" 3; exec %s'",
        BOOTSTRAP_PATH);
    runtime_case_begin(&world_case, CLOCK_REAL, text_of(target));
    cleanup(trial_deinit) struct trial trial;
    int before = redirect_log();
    log_set_quiet(false);
    trial_start(&trial, &world_case, TEXT("{}"));
    trial_await(&trial);
    dup2(before, STDERR_FILENO);
    close(before);
    cleanup(buffer_deinit) struct buffer metrics = {0};
    metrics_append_text(&world_case.world, &metrics);
    ck_assert(
        text_ends_with(buffer_text(&metrics), TEXT("emf_Failed_sum{Namespace=\"Shop\"} 3\n"
                                                   "emf_Failed_count{Namespace=\"Shop\"} 1\n")));
    runtime_case_end(&world_case);
    cleanup(buffer_deinit) struct buffer log = {0};
    read_file("log", &log);
    ck_assert(text_find(buffer_text(&log),
                        TEXT("ignore-metrics function=orders request= reason=\"_aws has no list "
                             "CloudWatchMetrics\"\n"),
                        NULL));
    remove_directory();
}
END_TEST

START_TEST(the_environment_is_lambdas_and_what_was_declared)
{
    RULES("L-242 L-209 L-241 L-243");
    make_directory();
    setenv("SECRET_OF_THE_DEVELOPER", "1", 1);
    setenv("http_proxy", "http://127.0.0.1:9/", 1);
    char target[512];
    snprintf(target, sizeof(target), "exec:sh -c 'env >%s/env; exec %s echo' app.handler",
             directory, BOOTSTRAP_PATH);
    runtime_case_begin(&world_case, CLOCK_MANUAL, text_of(target));
    world_case.options.credentials[0] = TEXT("AKIAFIRST:its:secret");
    world_case.options.credential_count = 1;
    struct text reason;
    ck_assert(runtime_target_set(world_case.function, TEXT("TABLE"), TEXT("old"), &reason));
    ck_assert(runtime_target_set(world_case.function, TEXT("TABLE"), TEXT("a=b c"), &reason));
    ck_assert(runtime_target_set(world_case.function, TEXT("TZ"), TEXT("Asia/Tokyo"), &reason));
    cleanup(trial_deinit) struct trial trial;
    trial_start(&trial, &world_case, TEXT("{}"));
    RUNTIME_AWAIT(&world_case, world_running(&world_case.world) == 0);
    timeline_step(world_case.world.timeline, START_MS + 1);
    runtime_case_end(&world_case);
    cleanup(buffer_deinit) struct buffer environment = {0};
    buffer_append_byte(&environment, '\n');
    read_file("env", &environment);
    remove_directory();
    static const char *const present[] = {
        "\n_HANDLER=app.handler\n",
        "\nAWS_LAMBDA_RUNTIME_API=127.0.0.1:",
        "\nAWS_LAMBDA_FUNCTION_NAME=orders\n",
        "\nAWS_LAMBDA_FUNCTION_VERSION=$LATEST\n",
        "\nAWS_LAMBDA_FUNCTION_MEMORY_SIZE=128\n",
        "\nAWS_LAMBDA_INITIALIZATION_TYPE=on-demand\n",
        "\nAWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/orders\n",
        "\nAWS_LAMBDA_LOG_STREAM_NAME=2026/01/01/[$LATEST]",
        "\nAWS_REGION=us-east-1\n",
        "\nAWS_DEFAULT_REGION=us-east-1\n",
        "\nAWS_ACCESS_KEY_ID=AKIAFIRST\n",
        "\nAWS_SECRET_ACCESS_KEY=its:secret\n",
        "\nAWS_SESSION_TOKEN=",
        "\nAWS_XRAY_CONTEXT_MISSING=LOG_ERROR\n",
        "\nAWS_XRAY_DAEMON_ADDRESS=",
        "\n_AWS_XRAY_DAEMON_ADDRESS=",
        "\n_AWS_XRAY_DAEMON_PORT=",
        "\nLAMBDA_TASK_ROOT=/",
        "\nLAMBDA_RUNTIME_DIR=/var/runtime\n",
        "\nLANG=en_US.UTF-8\n",
        "\nPATH=",
        "\nAWS_ENDPOINT_URL=", // empty here: the case binds after the world was opened
        "\nTABLE=a=b c\n",
        "\nTZ=Asia/Tokyo\n",
    };
    for (size_t index = 0; index < sizeof(present) / sizeof(present[0]); index++)
        ck_assert_msg(text_find(buffer_text(&environment), text_of(present[index]), NULL),
                      "%s not in\n%.*s", present[index], TEXT_ARGUMENTS(buffer_text(&environment)));
    ck_assert(!text_find(buffer_text(&environment), TEXT("SECRET_OF"), NULL));
    ck_assert(!text_find(buffer_text(&environment), TEXT("proxy"), NULL));
    ck_assert(!text_find(buffer_text(&environment), TEXT("AWS_EXECUTION_ENV"), NULL));
}
END_TEST

START_TEST(words_are_split_at_blanks_and_kept_together_by_quotes)
{
    runtime_case_begin(&world_case, CLOCK_REAL,
                       TEXT("exec:  sh  -c 'a \"b\"' \"c 'd' \\\" \" e\\ f '' g\"h\"i "));
    static const char *const words[] = {"sh", "-c", "a \"b\"", "c 'd' \" ", "e f", "", "ghi"};
    for (size_t index = 0; index < 7; index++)
        ck_assert_str_eq(world_case.program->arguments[index], words[index]);
    ck_assert_ptr_null(world_case.program->arguments[7]);
    expect_text(world_case.program->handler, "ghi");
    ck_assert_int_eq(world_case.program->path[0], '/');
    runtime_case_end(&world_case);
}
END_TEST

START_TEST(a_program_needs_a_listener_so_that_its_handler_reaches_the_queues)
{
    struct options *options = &world_case.options;
    options_init(options, arena_new());
    options->listener = false;
    options->journal_none = true;
    options->quiet = true;
    options->functions[options->function_count++] = TEXT("orders=exec:" BOOTSTRAP_PATH);
    struct text reason;
    int status;
    ck_assert(world_open(&world_case.world, options, &reason, &status));
    cleanup(arena_free) struct arena *arena = arena_new();
    ck_assert(
        text_starts_with(world_endpoint(&world_case.world, arena), TEXT("http://127.0.0.1:")));
    runtime_case_end(&world_case);
}
END_TEST

static Suite *runtime_suite(void)
{
    Suite *suite = suite_create("emulator/invoke/runtime");
    TCase *ends = tcase_create("ends");
    tcase_add_test(ends, a_response_comes_back_as_it_was_posted);
    tcase_add_test(ends, an_error_passes_unchanged);
    tcase_add_loop_test(ends, an_exit_during_an_invocation, 0, 4);
    tcase_add_test(ends, a_response_over_the_limit);
    tcase_add_test(ends, the_longest_response);
    tcase_add_test(ends, an_event_of_6_MB_arrives);
    tcase_add_test(ends, a_timeout_ends_the_process_and_the_next_invocation_has_another);
    suite_add_tcase(suite, ends);
    TCase *init = tcase_create("init");
    tcase_add_test(init, an_exit_before_the_first_next);
    tcase_add_test(init, the_posted_init_error);
    tcase_add_test(init, what_it_wrote_before_it_failed_belongs_to_who_waits_for_it);
    tcase_add_test(init, what_it_wrote_before_it_was_ready_is_of_no_invocation);
    tcase_add_test(init, a_failed_init_is_tried_once_more);
    tcase_add_test(init, the_second_init_is_under_the_functions_timeout);
    tcase_add_test(init, an_init_that_takes_too_long_is_ended);
    tcase_add_test(init, failures_in_a_row_make_the_next_start_wait_longer);
    tcase_add_test(init, each_of_several_invocations_has_its_own_two_tries);
    tcase_add_test(init, a_program_that_has_gone_is_an_invalid_entrypoint);
    suite_add_tcase(suite, init);
    TCase *time = tcase_create("time");
    tcase_add_loop_test(time, virtual_time_stands_still_until_the_answer_takes_effect, 0, 2);
    tcase_add_test(time, a_declared_duration_beyond_the_timeout_is_a_timeout);
    suite_add_tcase(suite, time);
    TCase *sandboxes = tcase_create("sandboxes");
    tcase_add_test(sandboxes, one_sandbox_for_one_invocation_at_a_time);
    tcase_add_test(sandboxes, the_most_recently_used_sandbox_is_used_again);
    tcase_add_loop_test(sandboxes, a_hundred_at_once_leave_nothing_behind, 0, 2);
    tcase_add_test(sandboxes, idle_processes_that_ignore_SIGTERM_are_killed_at_the_end);
    tcase_add_test(sandboxes, what_a_program_has_started_ends_with_it);
    tcase_add_test(sandboxes, a_handler_dies_when_redrive_is_killed);
    tcase_add_test(sandboxes, a_cancelled_invocation_leaves_the_line_or_ends_its_process);
    suite_add_tcase(suite, sandboxes);
    TCase *surroundings = tcase_create("surroundings");
    tcase_add_test(surroundings, a_flood_of_output_costs_bounded_memory);
    tcase_add_test(surroundings, the_log_has_the_lines_of_an_invocation);
    tcase_add_test(surroundings, a_line_of_metrics_is_counted);
    tcase_add_test(surroundings, the_environment_is_lambdas_and_what_was_declared);
    tcase_add_test(surroundings, words_are_split_at_blanks_and_kept_together_by_quotes);
    tcase_add_test(surroundings, a_program_needs_a_listener_so_that_its_handler_reaches_the_queues);
    suite_add_tcase(suite, surroundings);
    return suite;
}

CHECK_MAIN(runtime_suite)
