// http_peer -- one connection at a time, one request after another; a process of its own, so that
// it may stall or be killed without a thread in the test.
#include "tests/support/http_peer.h"

#include <assert.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int bind_to_free_port(int *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert(fd >= 0);
    int bound = bind(fd, (struct sockaddr *)&address, sizeof(address));
    int named = getsockname(fd, (struct sockaddr *)&address, &length);
    assert(bound == 0 && named == 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

int http_peer_closed_port(void)
{
    int port;
    close(bind_to_free_port(&port));
    return port;
}

static void write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written <= 0)
            return; // the client has had enough
        bytes += written;
        length -= (size_t)written;
    }
}

// A request: its head into the buffer, its body read and counted. False when the client hung up.
static bool read_request(int fd, struct buffer *head, size_t *ret_body_bytes)
{
    char byte;
    buffer_clear(head);
    while (!text_ends_with(buffer_text(head), TEXT("\r\n\r\n"))) {
        if (read(fd, &byte, 1) != 1)
            return false;
        buffer_append_byte(head, byte);
    }
    size_t at;
    int64_t left = 0;
    if (text_find(buffer_text(head), TEXT("Content-Length: "), &at)) {
        struct text value, rest;
        text_cut(text_skip(buffer_text(head), at + 16), '\r', &value, &rest);
        text_to_integer(value, &left);
    }
    *ret_body_bytes = (size_t)left;
    char part[65536];
    while (left > 0) {
        ssize_t got = read(fd, part, left < 65536 ? (size_t)left : sizeof(part));
        if (got <= 0)
            return false;
        left -= got;
    }
    return true;
}

static void answer_large(int fd, size_t length)
{
    char part[65536];
    int head =
        snprintf(part, sizeof(part), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", length);
    write_all(fd, part, (size_t)head);
    memset(part, 'x', sizeof(part));
    for (; length > sizeof(part); length -= sizeof(part))
        write_all(fd, part, sizeof(part));
    write_all(fd, part, length);
}

// True if the connection goes on.
static bool act(int fd, const struct http_peer_step *step)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    switch (step->act) {
    case PEER_ANSWER:
        write_all(fd, step->bytes, strlen(step->bytes));
        return true;
    case PEER_ANSWER_CLOSE:
        // More to come, and then there is none: the end leaves in one segment with the answer, so
        // that the client, which may ask again at once, cannot see one without the other.
        send(fd, step->bytes, strlen(step->bytes), MSG_MORE | MSG_NOSIGNAL);
        return false;
    case PEER_ANSWER_LARGE:
        answer_large(fd, step->length);
        return true;
    case PEER_CLOSE:
        return false;
    case PEER_RESET:
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
        return false;
    case PEER_STALL:
        for (;;)
            pause();
    }
    return false;
}

__attribute__((noreturn)) static void serve(int listener, int requests,
                                            const struct http_peer_step *steps, size_t count)
{
    struct buffer head = {0};
    struct buffer line = {0};
    size_t at = 0;
    for (int connection = 1;; connection++) {
        int fd = accept(listener, NULL, NULL);
        size_t body_bytes;
        bool open = true;
        while (open && read_request(fd, &head, &body_bytes)) {
            buffer_clear(&line);
            buffer_print(&line, "#%d %zu\n", connection, body_bytes);
            write_all(requests, line.bytes, line.length);
            write_all(requests, head.bytes, head.length);
            open = act(fd, &steps[at]);
            if (at + 1 < count)
                at++;
        }
        close(fd);
    }
}

void http_peer_start(struct http_peer *ret_peer, const struct http_peer_step *steps, size_t count)
{
    int requests[2];
    int listener = bind_to_free_port(&ret_peer->port);
    int listening = listen(listener, 16);
    int piped = pipe(requests);
    assert(listening == 0 && piped == 0);
    pid_t parent = getpid();
    ret_peer->process = fork();
    assert(ret_peer->process >= 0);
    if (ret_peer->process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGPIPE, SIG_IGN);
        close(requests[0]);
        if (getppid() != parent)
            _exit(0);
        serve(listener, requests[1], steps, count);
    }
    close(listener);
    close(requests[1]);
    ret_peer->requests_fd = requests[0];
}

void http_peer_stop(struct http_peer *peer, struct buffer *requests)
{
    kill(peer->process, SIGKILL);
    waitpid(peer->process, NULL, 0);
    char part[4096];
    for (ssize_t got; (got = read(peer->requests_fd, part, sizeof(part))) > 0;)
        buffer_append_bytes(requests, part, (size_t)got);
    close(peer->requests_fd);
}
