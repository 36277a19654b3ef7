// start -- the clock runs from before posix_spawn until the reply was read; the program says itself
// where it listens.
#include "tests/bench/start.h"

#include "queue/base/fail.h"
#include "tests/bench/client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_MS_MAX 10000

extern char **environ;

// Standard output and error of the child come through descriptor.
static pid_t spawn_into(char *const arguments[], int *ret_descriptor)
{
    int ends[2];
    pid_t process;
    posix_spawn_file_actions_t actions;
    if (pipe2(ends, O_CLOEXEC) != 0)
        fail("no pipe: %s", strerror(errno));
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
    int error = posix_spawn(&process, arguments[0], &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (error != 0)
        fail("%s cannot be started: %s", arguments[0], strerror(error));
    *ret_descriptor = ends[0];
    return process;
}

// True once the number that follows 127.0.0.1: is whole.
static bool find_port(struct text said, uint16_t *ret_port)
{
    static const struct text front = TEXT("127.0.0.1:");
    size_t at;
    uint16_t port = 0;
    if (!text_find(said, front, &at))
        return false;
    for (at += front.length; at < said.length; at++) {
        if (said.bytes[at] < '0' || said.bytes[at] > '9') {
            *ret_port = port;
            return true;
        }
        port = (uint16_t)(port * 10 + (said.bytes[at] - '0'));
    }
    return false;
}

static uint16_t read_port(int descriptor)
{
    cleanup(buffer_deinit) struct buffer said = {0};
    uint16_t port;
    while (!find_port(buffer_text(&said), &port)) {
        struct pollfd ready = {.fd = descriptor, .events = POLLIN};
        ssize_t count = poll(&ready, 1, WAIT_MS_MAX) == 1
                            ? read(descriptor, buffer_reserve(&said, 4096), 4096)
                            : -1;
        if (count <= 0)
            fail("it did not say where it listens, only: %.*s", TEXT_ARGUMENTS(buffer_text(&said)));
        said.length += (size_t)count;
    }
    return port;
}

int64_t start_measure(char *const arguments[], struct text path)
{
    cleanup(buffer_deinit) struct buffer request = {0};
    cleanup(buffer_deinit) struct buffer body = {0};
    buffer_print(&request, "GET %.*s HTTP/1.1\r\nHost: localhost\r\n\r\n", TEXT_ARGUMENTS(path));
    int descriptor;
    int64_t start_ns = client_now_ns();
    pid_t process = spawn_into(arguments, &descriptor);
    uint16_t port = read_port(descriptor);
    int status = client_ask(port, buffer_text(&request), &body);
    int64_t elapsed_ns = client_now_ns() - start_ns;
    kill(process, SIGTERM);
    int wait_status;
    if (waitpid(process, &wait_status, 0) != process || status != 200)
        fail("GET %.*s was answered with status %d", TEXT_ARGUMENTS(path), status);
    close(descriptor);
    return elapsed_ns;
}
