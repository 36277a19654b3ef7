// test -- scenarios, several at once: redrive test.
//
//     redrive test a.yaml b.yaml ...
//        |-- redrive test --report a.yaml     one world, one process; its report is JSON on standard output
//        |-- redrive test --report b.yaml     at most as many at once as there are cores
//        '-- TAP, in the order of the command line, as soon as it is known
//
// A process that ends in another way than with a report is a fault of its own, and takes nobody along. A
// process ends with us, whatever ends us (PR_SET_PDEATHSIG).
#include "cli/command.h"
#include "cli/report.h"
#include "cli/scenario.h"
#include "queue/base/fail.h"
#include "queue/base/share.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define JOBS_MAX 64
#define ARGUMENTS_MAX (2 * ARGUMENT_LIST_MAX + 12)
#define READ_BYTES 65536

extern char **environ;

struct job {
    const char *file;
    cJSON *report; // owned; NULL until it has ended
};

struct worker {
    struct job *job; // NULL: idle
    pid_t pid;
    int output_fd;
    struct buffer output;
};

struct test {
    const struct scenario_wishes *wishes; // without the file
    struct argument_list functions;
    struct job *jobs;
    size_t job_count;
    size_t started;
    size_t told;
    struct worker workers[JOBS_MAX];
    size_t worker_count;
    struct paper paper;
    int second_fd; // a timer that ticks each second; -1: nobody watches
    bool progress_shown;
};

// ---- one process, one scenario ----

static int report_one(const struct scenario_wishes *wishes)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    cleanup(cJSON_Delete) cJSON *report = scenario_run(wishes);
    char *json = cJSON_PrintUnformatted(report);
    puts(json);
    cJSON_free(json);
    return STATUS_OK;
}

// ---- many processes ----

static char *word(const char *text)
{
    return (char *)(uintptr_t)text; // posix_spawn promises not to change it
}

static int spawn(struct test *test, struct worker *worker, int output_fd)
{
    char seed[24];
    char share[24];
    char *arguments[ARGUMENTS_MAX];
    size_t count = 0;
    arguments[count++] = word("redrive");
    arguments[count++] = word("test");
    arguments[count++] = word("--report");
    snprintf(seed, sizeof(seed), "%llu", (unsigned long long)test->wishes->seed);
    if (test->wishes->seeded) {
        arguments[count++] = word("--seed");
        arguments[count++] = seed;
    }
    snprintf(share, sizeof(share), "%.9f", test->wishes->duplicate_share);
    if (test->wishes->duplicate_share >= 0) {
        arguments[count++] = word("--duplicate");
        arguments[count++] = share;
    }
    for (size_t i = 0; i < test->functions.count; i++) {
        arguments[count++] = word("--function");
        arguments[count++] = word(test->functions.items[i]);
    }
    arguments[count++] = word("--");
    arguments[count++] = word(worker->job->file);
    arguments[count] = NULL;

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output_fd, STDOUT_FILENO);
    int error = posix_spawn(&worker->pid, "/proc/self/exe", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static cJSON *faulty_report(const char *file, const char *sentence)
{
    cJSON *report = tree_new();
    cleanup(buffer_deinit) struct buffer fault = {0};
    buffer_print(&fault, "%s: %s", file, sentence);
    buffer_append_byte(&fault, '\0');
    cJSON_AddStringToObject(report, "name", file);
    cJSON_AddStringToObject(report, "file", file);
    cJSON_AddStringToObject(report, "fault", fault.bytes);
    return report;
}

static void start(struct test *test, struct worker *worker)
{
    int pipe_fds[2];
    worker->job = &test->jobs[test->started++];
    if (pipe2(pipe_fds, O_CLOEXEC) != 0)
        fail("no pipe: %s", strerror(errno));
    int error = spawn(test, worker, pipe_fds[1]);
    close(pipe_fds[1]);
    if (error == 0) {
        worker->output_fd = pipe_fds[0];
        return;
    }
    close(pipe_fds[0]);
    worker->job->report = faulty_report(worker->job->file, strerror(error));
    worker->job = NULL;
}

static void finish(struct worker *worker)
{
    int status = 0;
    close(worker->output_fd);
    while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    cJSON *report = cJSON_ParseWithLength(worker->output.bytes, worker->output.length);
    if (report == NULL || !WIFEXITED(status) || WEXITSTATUS(status) != STATUS_OK) {
        char sentence[80];
        snprintf(sentence, sizeof(sentence), "its process ended %s %d before it had a report",
                 WIFSIGNALED(status) ? "by signal" : "with status",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        cJSON_Delete(report);
        report = faulty_report(worker->job->file, sentence);
    }
    worker->job->report = report;
    worker->job = NULL;
    buffer_clear(&worker->output);
}

static void read_output(struct worker *worker)
{
    char *room = buffer_reserve(&worker->output, READ_BYTES);
    ssize_t length = read(worker->output_fd, room, READ_BYTES);
    if (length > 0)
        worker->output.length += (size_t)length;
    else if (length == 0 || errno != EINTR)
        finish(worker);
}

static void hide_progress(struct test *test)
{
    if (test->progress_shown)
        fputs("\r\033[K", stderr);
    test->progress_shown = false;
}

// "; orders.yaml and 2 more are at work"
static void append_workers(const struct test *test, struct buffer *words)
{
    const char *first = NULL;
    size_t others = 0;
    for (size_t i = 0; i < test->worker_count; i++) {
        if (test->workers[i].job == NULL)
            continue;
        if (first == NULL)
            first = test->workers[i].job->file;
        else
            others++;
    }
    if (first == NULL)
        return;
    const char *slash = strrchr(first, '/');
    buffer_print(words, "; %.40s", slash == NULL ? first : slash + 1);
    if (others > 0)
        buffer_print(words, " and %zu more", others);
    buffer_print(words, " %s at work", others > 0 ? "are" : "is");
}

static void show_progress(struct test *test)
{
    uint64_t ticks;
    if (read(test->second_fd, &ticks, sizeof(ticks)) < 0)
        return;
    size_t ended = 0;
    for (size_t i = 0; i < test->job_count; i++)
        ended += test->jobs[i].report != NULL ? 1 : 0;
    cleanup(buffer_deinit) struct buffer words = {0};
    append_workers(test, &words);
    fprintf(stderr, "\r\033[K%zu of %zu scenarios%.*s", ended, test->job_count,
            TEXT_ARGUMENTS(buffer_text(&words)));
    fflush(stderr);
    test->progress_shown = true;
}

static void tell(struct test *test)
{
    while (test->told < test->job_count && test->jobs[test->told].report != NULL) {
        hide_progress(test);
        test->told++;
        report_print_tap(&test->paper, test->told, test->jobs[test->told - 1].report);
        fflush(test->paper.out);
    }
}

// Waits until one of them has something to say.
static void wait_for_some(struct test *test)
{
    struct pollfd fds[JOBS_MAX + 1];
    struct worker *workers[JOBS_MAX];
    nfds_t count = 0;
    for (size_t i = 0; i < test->worker_count; i++) {
        if (test->workers[i].job == NULL)
            continue;
        workers[count] = &test->workers[i];
        fds[count++] = (struct pollfd){.fd = test->workers[i].output_fd, .events = POLLIN};
    }
    fds[count] = (struct pollfd){.fd = test->second_fd, .events = POLLIN};
    if (poll(fds, count + 1, -1) <= 0)
        return;
    for (nfds_t i = 0; i < count; i++) {
        if (fds[i].revents != 0)
            read_output(workers[i]);
    }
    if (fds[count].revents != 0)
        show_progress(test);
}

static void run_all(struct test *test)
{
    while (test->told < test->job_count) {
        bool busy = false;
        for (size_t i = 0; i < test->worker_count; i++) {
            struct worker *worker = &test->workers[i];
            if (worker->job == NULL && test->started < test->job_count)
                start(test, worker);
            busy = busy || worker->job != NULL;
        }
        if (busy)
            wait_for_some(test);
        tell(test);
    }
}

// ---- the command ----

// Where the reports go.
struct outputs {
    const char *junit; // NULL: nowhere
    const char *html;
};

// True if there is no path.
static bool write_report(const char *path,
                         void (*append)(struct buffer *buffer, cJSON *const *reports, size_t count),
                         cJSON *const *reports, size_t count)
{
    cleanup(buffer_deinit) struct buffer report = {0};
    if (path == NULL)
        return true;
    append(&report, reports, count);
    FILE *file = fopen(path, "we");
    bool written = file != NULL && fwrite(report.bytes, 1, report.length, file) == report.length;
    written = file != NULL && fclose(file) == 0 && written;
    if (!written)
        failure("%s cannot be written: %s", path, strerror(errno));
    return written;
}

// A --function that no scenario has is a typing error.
static bool functions_are_known(const struct test *test, cJSON *const *reports)
{
    for (size_t i = 0; i < test->functions.count; i++) {
        struct text name = text_of(test->functions.items[i]);
        struct text target;
        bool known = !text_cut(name, '=', &name, &target);
        for (size_t j = 0; j < test->job_count && !known; j++) {
            const cJSON *own;
            known = report_end(reports[j]) == REPORT_FAULTY;
            cJSON_ArrayForEach(own, tree_member(reports[j], "functions"))
            {
                known = known || text_equal(text_of(cJSON_GetStringValue(own)), name);
            }
        }
        if (!known) {
            usage_error("--function: no scenario has a function '%.*s'", TEXT_ARGUMENTS(name));
            return false;
        }
    }
    return true;
}

static int conclude(struct test *test, const struct outputs *outputs)
{
    cleanup_free cJSON **reports = allocate(test->job_count * sizeof(cJSON *));
    int status = STATUS_OK;
    for (size_t i = 0; i < test->job_count; i++) {
        reports[i] = test->jobs[i].report;
        enum report_end end = report_end(reports[i]);
        if (end == REPORT_FAULTY) {
            status = STATUS_USAGE;
            fprintf(stderr, "redrive: %s\n", tree_text(reports[i], "fault").bytes);
        } else if (end == REPORT_FAILED && status == STATUS_OK) {
            status = STATUS_FAILED;
        }
    }
    report_print_sum(&test->paper, reports, test->job_count);
    // The second is written whether or not the first could be.
    bool junit = write_report(outputs->junit, report_append_junit, reports, test->job_count);
    bool html = write_report(outputs->html, report_append_html, reports, test->job_count);
    if ((!junit || !html) && status == STATUS_OK)
        status = STATUS_FAILED;
    if (!functions_are_known(test, reports))
        status = STATUS_USAGE;
    return status;
}

static int run_files(const struct scenario_wishes *wishes, const struct argument_list *functions,
                     const char *const *files, size_t count, const struct outputs *outputs)
{
    cleanup_free struct test *test = allocate(sizeof(*test));
    cleanup_free struct job *jobs = allocate(count * sizeof(*jobs));
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    test->wishes = wishes;
    test->functions = *functions;
    test->jobs = jobs;
    test->job_count = count;
    test->worker_count = cores < 1 ? 1 : cores > JOBS_MAX ? JOBS_MAX : (size_t)cores;
    test->paper = paper_of(stdout);
    test->second_fd = -1;
    for (size_t i = 0; i < count; i++)
        jobs[i].file = files[i];
    if (isatty(STDERR_FILENO)) {
        struct itimerspec second = {.it_interval.tv_sec = 1, .it_value.tv_sec = 1};
        test->second_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
        timerfd_settime(test->second_fd, 0, &second, NULL);
    }
    printf("1..%zu\n", count);
    run_all(test);
    int status = conclude(test, outputs);
    if (test->second_fd >= 0)
        close(test->second_fd);
    for (size_t i = 0; i < count; i++)
        cJSON_Delete(jobs[i].report);
    for (size_t i = 0; i < test->worker_count; i++)
        buffer_deinit(&test->workers[i].output);
    return status;
}

// The words that are no options; their number, or -1 when the command ends with *ret_status.
static int words_read(const struct command *command, const struct argument *rows, size_t row_count,
                      int count, char **arguments, const char **ret_files, int *ret_status)
{
    int files = 0;
    bool options = true;
    for (int at = 0; at < count;) {
        const char *argument = arguments[at];
        bool is_option = options && argument[0] == '-' && argument[1] != '\0';
        if (is_option && (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0)) {
            fputs(command->help, stdout);
            *ret_status = STATUS_OK;
            return -1;
        }
        if (is_option && strcmp(argument, "--") == 0) {
            options = false;
            at++;
        } else if (is_option) {
            *ret_status = argument_take(command, rows, row_count, count, arguments, &at);
            if (*ret_status != STATUS_OK)
                return -1;
        } else {
            ret_files[files++] = argument;
            at++;
        }
    }
    return files;
}

int command_test(const struct command *command, int count, char **arguments)
{
    int64_t seed = -1;
    struct outputs outputs = {0};
    bool report = false;
    struct argument_list functions = {.count = 0};
    const char *duplicate = NULL;
    double duplicate_share = -1;
    const struct argument rows[] = {
        {"--junit", ARGUMENT_STRING, &outputs.junit, "a file to write"},
        {"--html", ARGUMENT_STRING, &outputs.html, "a file to write"},
        {"--seed", ARGUMENT_INTEGER, &seed, "a whole number"},
        {"--duplicate", ARGUMENT_STRING, &duplicate, "a share such as 5% or 0.05"},
        {"--function", ARGUMENT_LIST, &functions, "NAME=TARGET, at most 10 times"},
        {"--report", ARGUMENT_FLAG, &report, NULL},
    };
    int status;
    cleanup_free const char **files = allocate(((size_t)count + 1) * sizeof(*files));
    int file_count = words_read(command, rows, ROWS(rows), count, arguments, files, &status);
    if (file_count < 0)
        return status;
    if (file_count == 0)
        return usage_error("test needs the files of scenarios: redrive test orders.yaml");
    for (size_t i = 0; i < functions.count; i++) {
        if (strchr(functions.items[i], '=') == NULL)
            return usage_error("--function takes NAME=TARGET, not \"%s\"", functions.items[i]);
    }
    if (duplicate != NULL && !share_parse(duplicate, &duplicate_share))
        return usage_error("--duplicate takes a share such as 5%% or 0.05, not \"%s\"", duplicate);
    struct scenario_wishes wishes = {.file = files[0],
                                     .duplicate_share = duplicate_share,
                                     .seeded = seed >= 0,
                                     .seed = seed >= 0 ? (uint64_t)seed : 0,
                                     .functions = functions.items,
                                     .function_count = functions.count};
    return report ? report_one(&wishes)
                  : run_files(&wishes, &functions, files, (size_t)file_count, &outputs);
}
