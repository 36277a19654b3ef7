// sandbox_process -- vfork, execve and a pidfd.
//
// A handler must not outlive redrive, even when that is killed with SIGKILL: the child asks the kernel for a SIGKILL at its parent's
// death before it becomes the program, which posix_spawn cannot do. vfork shares our memory until then, so the child
// calls nothing but the system, and leaves its errno where we find it.
//
// While the leader of a group is not yet waited for, its number cannot be given to anybody else: so
// what is left of the group is killed first, and only then the leader is waited for.
//
// Output is read one piece a turn and cut into lines; a handler that floods it waits for us, not the other way round.
#include "emulator/invoke/sandbox_process.h"

#include "emulator/loop.h"
#include "queue/base/buffer.h"
#include "queue/base/fail.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define GRACE_MS 500
#define READ_BYTES 16384
#define LAST_READS 64 // of what a process that ended has left: what a pipe holds, and some more
#define LINE_KEPT_BYTES_MAX 65536 // a buffer that grew beyond is given back after the line
#define STREAMS 2                 // standard output, standard error

struct stream {
    struct loop_watch watch; // fd -1: closed
    struct sandbox_process *process;
    struct buffer line; // the part of a line that has come
};

struct sandbox_process {
    struct sandbox_start start; // arguments and environment are not looked at any more
    pid_t pid;                  // and the group's number
    struct loop_watch end;      // the pidfd
    struct loop_timer grace;
    struct stream streams[STREAMS];
};

// ---- output ----

static void stream_flush(struct stream *stream)
{
    const struct sandbox_start *start = &stream->process->start;
    struct text line = buffer_text(&stream->line);
    if (line.length > 0 && line.bytes[line.length - 1] == '\r')
        line.length--;
    start->line(start->context, line);
    if (stream->line.capacity > LINE_KEPT_BYTES_MAX)
        buffer_deinit(&stream->line);
    buffer_clear(&stream->line);
}

static size_t line_bytes_max(struct text line)
{
    return text_starts_with(line, TEXT("{")) ? SANDBOX_OBJECT_BYTES_MAX : SANDBOX_LINE_BYTES_MAX;
}

static void stream_take(struct stream *stream, struct text bytes)
{
    while (bytes.length > 0) {
        struct text line = bytes, rest = TEXT("");
        bool whole = text_cut(bytes, '\n', &line, &rest);
        struct text begun = stream->line.length > 0 ? buffer_text(&stream->line) : line;
        struct text kept = text_head(line, line_bytes_max(begun) - stream->line.length);
        buffer_append(&stream->line, kept);
        if (whole)
            stream_flush(stream);
        bytes = rest;
    }
}

static void stream_close(struct stream *stream)
{
    if (stream->watch.fd < 0)
        return;
    loop_watch_remove(stream->process->start.loop, &stream->watch);
    close(stream->watch.fd);
    stream->watch.fd = -1;
    if (stream->line.length > 0)
        stream_flush(stream);
}

// False when nothing is there now.
static bool stream_read(struct stream *stream)
{
    char bytes[READ_BYTES];
    ssize_t length = read(stream->watch.fd, bytes, sizeof(bytes));
    if (length > 0) {
        stream_take(stream, text_from(bytes, (size_t)length));
        return true;
    }
    if (length == 0 || (errno != EAGAIN && errno != EINTR))
        stream_close(stream);
    return false;
}

static void stream_ready(struct loop_watch *watch, uint32_t events)
{
    (void)events;
    stream_read(list_entry(watch, struct stream, watch));
}

// Somebody who left the group may hold the pipe open for ever, so nobody waits for its end.
static void stream_drain(struct stream *stream)
{
    for (int reads = 0; reads < LAST_READS && stream->watch.fd >= 0; reads++) {
        if (!stream_read(stream))
            break;
    }
    stream_close(stream);
}

// ---- the end ----

static void process_free(struct sandbox_process *process)
{
    struct loop *loop = process->start.loop;
    for (int index = 0; index < STREAMS; index++) {
        stream_drain(&process->streams[index]);
        buffer_deinit(&process->streams[index].line);
    }
    loop_timer_cancel(loop, &process->grace);
    loop_watch_remove(loop, &process->end);
    close(process->end.fd);
    free(process);
}

static void end_ready(struct loop_watch *watch, uint32_t events)
{
    (void)events;
    struct sandbox_process *process = list_entry(watch, struct sandbox_process, end);
    int status;
    kill(-process->pid, SIGKILL);
    if (waitpid(process->pid, &status, WNOHANG) != process->pid)
        return;
    for (int index = 0; index < STREAMS; index++)
        stream_drain(&process->streams[index]);
    process->start.exited(process->start.context, status);
    process_free(process);
}

static void grace_over(struct loop_timer *timer)
{
    sandbox_process_kill(list_entry(timer, struct sandbox_process, grace));
}

void sandbox_process_read(struct sandbox_process *process)
{
    for (int index = 0; index < STREAMS; index++) {
        struct stream *stream = &process->streams[index];
        for (int reads = 0; reads < LAST_READS && stream->watch.fd >= 0; reads++) {
            if (!stream_read(stream))
                break;
        }
    }
}

void sandbox_process_kill(struct sandbox_process *process)
{
    kill(-process->pid, SIGKILL);
}

void sandbox_process_end(struct sandbox_process *process)
{
    kill(-process->pid, SIGTERM);
    loop_timer_set(process->start.loop, &process->grace, GRACE_MS);
}

void sandbox_process_reap(struct sandbox_process *process, int grace_ms)
{
    struct pollfd end = {.fd = process->end.fd, .events = POLLIN};
    while (poll(&end, 1, grace_ms) < 0 && errno == EINTR)
        continue;
    kill(-process->pid, SIGKILL);
    while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    process_free(process);
}

int64_t sandbox_process_peak_mb(const struct sandbox_process *process)
{
    char path[64], bytes[2048];
    snprintf(path, sizeof(path), "/proc/%d/status", (int)process->pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t length = read(fd, bytes, sizeof(bytes));
    close(fd);
    size_t at;
    int64_t kilobytes;
    struct text status = text_from(bytes, length < 0 ? 0 : (size_t)length), number, rest;
    if (!text_find(status, TEXT("VmHWM:"), &at) ||
        !text_cut(text_trim(text_skip(status, at + sizeof("VmHWM:") - 1)), ' ', &number, &rest) ||
        !text_to_integer(number, &kilobytes))
        return 0;
    return (kilobytes + 1023) / 1024;
}

// ---- the beginning ----

// Between vfork and execve: only system calls.
__attribute__((noreturn)) static void become(const struct sandbox_start *start,
                                             const int outputs[STREAMS], int input, pid_t parent,
                                             volatile int *error)
{
    sigset_t none;
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigemptyset(&none);
    sigaction(SIGPIPE, &standard, NULL); // ignored by us, and that would be inherited
    sigaction(SIGXFSZ, &standard, NULL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127); // it died before the kernel was asked
    if (dup2(input, STDIN_FILENO) >= 0 && dup2(outputs[0], STDOUT_FILENO) >= 0 &&
        dup2(outputs[1], STDERR_FILENO) >= 0) {
        close_range(3, ~0U, 0);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execve(start->program, start->arguments, start->environment);
    }
    *error = errno;
    _exit(127);
}

// No signal may be handled by a child that shares our memory.
__attribute__((noinline)) static pid_t spawn(const struct sandbox_start *start,
                                             const int outputs[STREAMS], int *ret_error)
{
    volatile int error = 0;
    int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (input < 0) {
        *ret_error = errno;
        return -1;
    }
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t parent = getpid();
    // vfork, because posix_spawn cannot ask for the parent-death signal, and fork copies the page
    // tables of a large world. The checker does not know that become() calls the system only.
    // NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork)
    pid_t pid = vfork();
    if (pid == 0)
        become(start, outputs, input, parent, &error); // NOLINT(clang-analyzer-unix.Vfork)
    if (pid < 0)
        error = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(input);
    if (pid > 0 && error != 0) {
        waitpid(pid, NULL, 0);
        pid = -1;
    }
    if (pid < 0)
        *ret_error = error;
    return pid;
}

static void close_all(int fds[2 * STREAMS], int from, int step)
{
    for (int index = from; index < 2 * STREAMS; index += step) {
        if (fds[index] >= 0)
            close(fds[index]);
    }
}

// fds: where we read and where it writes, for each stream. Returns the process's number and its pidfd.
static pid_t spawn_between(const struct sandbox_start *start, int fds[2 * STREAMS], int *ret_end_fd,
                           int *ret_error)
{
    for (int index = 0; index < STREAMS; index++) {
        if (pipe2(fds + 2 * index, O_CLOEXEC) != 0) {
            *ret_error = errno;
            return -1;
        }
        fcntl(fds[2 * index], F_SETFL, O_NONBLOCK);
    }
    pid_t pid = spawn(start, (const int[STREAMS]){fds[1], fds[3]}, ret_error);
    if (pid < 0)
        return -1;
    *ret_end_fd = pidfd_open(pid, 0);
    if (*ret_end_fd >= 0)
        return pid;
    *ret_error = errno;
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    return -1;
}

struct sandbox_process *sandbox_process_start(const struct sandbox_start *start, int *ret_error)
{
    int fds[2 * STREAMS] = {-1, -1, -1, -1};
    int end_fd = -1;
    pid_t pid = spawn_between(start, fds, &end_fd, ret_error);
    close_all(fds, 1, 2);
    if (pid < 0) {
        close_all(fds, 0, 2);
        return NULL;
    }
    struct sandbox_process *process = allocate(sizeof(*process));
    process->start = *start;
    process->pid = pid;
    process->grace.fire = grace_over;
    process->end = (struct loop_watch){.ready = end_ready, .fd = end_fd};
    loop_watch_add(start->loop, &process->end, EPOLLIN);
    for (int index = 0; index < STREAMS; index++) {
        struct stream *stream = &process->streams[index];
        stream->process = process;
        stream->watch = (struct loop_watch){.ready = stream_ready, .fd = fds[2 * index]};
        loop_watch_add(start->loop, &stream->watch, EPOLLIN);
    }
    return process;
}
