// child -- posix_spawn and pidfd_open: no shell, no signal handler, no process that is waited for
// by number.
//
// A pidfd becomes readable when the process ends, so the end of a child is an event among the
// others. SIGCHLD was not taken: it is one signal for all children, and a library of somebody
// else's may wait for it too. Output is read before the end is told.
#include "emulator/child.h"

#include "emulator/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define GRACE_MS 2000
#define READ_BYTES 16384

extern char **environ;

struct child {
    struct loop *loop;
    struct list_node link;
    pid_t pid;
    struct loop_watch end;    // the pidfd
    struct loop_watch output; // fd -1: not wanted, or closed
    struct loop_timer grace;
    void (*exited)(void *context, int wait_status);
    void (*out)(void *context, struct text bytes);
    void *context;
};

static struct child *child_free(struct child *child)
{
    loop_watch_remove(child->loop, &child->end);
    loop_watch_remove(child->loop, &child->output);
    loop_timer_cancel(child->loop, &child->grace);
    if (child->end.fd >= 0)
        close(child->end.fd);
    if (child->output.fd >= 0)
        close(child->output.fd);
    list_remove(&child->link);
    free(child);
    return NULL;
}

// What has been written so far. A grandchild may keep the pipe open for ever, so nobody waits for
// its end.
static void drain(struct child *child)
{
    char bytes[READ_BYTES];
    while (child->output.fd >= 0) {
        ssize_t length = read(child->output.fd, bytes, sizeof(bytes));
        if (length > 0) {
            child->out(child->context, text_from(bytes, (size_t)length));
            continue;
        }
        if (length < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        loop_watch_remove(child->loop, &child->output);
        close(child->output.fd);
        child->output.fd = -1;
    }
}

static void output_ready(struct loop_watch *watch, uint32_t events)
{
    (void)events;
    drain(list_entry(watch, struct child, output));
}

static void end_ready(struct loop_watch *watch, uint32_t events)
{
    (void)events;
    struct child *child = list_entry(watch, struct child, end);
    int status;
    if (waitpid(child->pid, &status, WNOHANG) != child->pid)
        return;
    drain(child);
    void (*exited)(void *, int) = child->exited;
    void *context = child->context;
    child_free(child);
    if (exited != NULL)
        exited(context, status);
}

static void grace_over(struct loop_timer *timer)
{
    struct child *child = list_entry(timer, struct child, grace);
    kill(child->pid, SIGKILL);
}

// The length of "NAME=", or 0.
static size_t name_length(const char *entry)
{
    const char *end = strchr(entry, '=');
    return end == NULL ? 0 : (size_t)(end - entry) + 1;
}

static bool is_replaced(const char *entry, char *const extra[])
{
    size_t length = name_length(entry);
    for (size_t index = 0; length > 0 && extra[index] != NULL; index++) {
        if (strncmp(entry, extra[index], length) == 0)
            return true;
    }
    return false;
}

// Our own environment with the extra entries instead of those of the same name.
static char **merged_environment(struct arena *arena, char *const extra[])
{
    static char *const nothing[] = {NULL};
    if (extra == NULL)
        extra = nothing;
    size_t own = 0;
    size_t more = 0;
    while (environ[own] != NULL)
        own++;
    while (extra[more] != NULL)
        more++;
    char **merged = arena_new_array(arena, char *, own + more + 1);
    size_t count = 0;
    for (size_t index = 0; index < own; index++) {
        if (!is_replaced(environ[index], extra))
            merged[count++] = environ[index];
    }
    for (size_t index = 0; index < more; index++)
        merged[count++] = extra[index];
    return merged;
}

// The loop blocks SIGINT and SIGTERM and ignores SIGPIPE; a child starts as programs expect to
// start.
static int spawn(pid_t *ret_pid, char *const arguments[], char *const environment[], int output_fd)
{
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (output_fd >= 0)
        posix_spawn_file_actions_adddup2(&actions, output_fd, STDOUT_FILENO);
    int error = posix_spawnp(ret_pid, arguments[0], &actions, &attributes, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return error;
}

struct child *child_start(struct loop *loop, struct list_node *children, char *const arguments[],
                          char *const environment[], void (*exited)(void *context, int wait_status),
                          void (*out)(void *context, struct text bytes), void *context,
                          struct arena *arena, struct text *ret_reason)
{
    int pipe_fds[2] = {-1, -1};
    if (out != NULL && pipe2(pipe_fds, O_CLOEXEC) != 0) {
        *ret_reason =
            arena_print(arena, "no pipe for the output of %s: %s", arguments[0], strerror(errno));
        return NULL;
    }
    pid_t pid;
    int error = spawn(&pid, arguments, merged_environment(arena, environment), pipe_fds[1]);
    if (pipe_fds[1] >= 0)
        close(pipe_fds[1]);
    int end_fd = error == 0 ? pidfd_open(pid, 0) : -1;
    if (end_fd < 0) {
        *ret_reason = arena_print(arena, "%s cannot be started: %s", arguments[0],
                                  strerror(error != 0 ? error : errno));
        if (pipe_fds[0] >= 0)
            close(pipe_fds[0]);
        return NULL;
    }

    struct child *child = allocate(sizeof(*child));
    child->loop = loop;
    child->pid = pid;
    child->exited = exited;
    child->out = out;
    child->context = context;
    child->grace.fire = grace_over;
    child->end = (struct loop_watch){.ready = end_ready, .fd = end_fd};
    child->output = (struct loop_watch){.ready = output_ready, .fd = pipe_fds[0]};
    loop_watch_add(loop, &child->end, EPOLLIN);
    if (out != NULL) {
        fcntl(pipe_fds[0], F_SETFL, O_NONBLOCK);
        loop_watch_add(loop, &child->output, EPOLLIN);
    }
    list_append(children, &child->link);
    return child;
}

void child_stop(struct child *child)
{
    kill(child->pid, SIGTERM);
    loop_timer_set(child->loop, &child->grace, GRACE_MS);
}

void child_signal(struct child *child, int number)
{
    kill(child->pid, number);
}

void children_end(struct list_node *children)
{
    list_for_each (node, children) {
        kill(list_entry(node, struct child, link)->pid, SIGTERM);
    }
    struct list_node *node;
    int grace_ms = GRACE_MS;
    while ((node = list_first(children)) != NULL) {
        struct child *child = list_entry(node, struct child, link);
        struct pollfd end = {.fd = child->end.fd, .events = POLLIN};
        if (poll(&end, 1, grace_ms) == 0) {
            kill(child->pid, SIGKILL);
            grace_ms = 0; // the others had as long
        }
        waitpid(child->pid, NULL, 0);
        child_free(child);
    }
}
