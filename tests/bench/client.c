// client -- a load of closed loops: a connection sends its next request when it has read the reply
// of its last.
//
// So the throughput at n connections is n over the mean latency, and a stall of the server shows in
// the highest percentiles, once per connection. An open load at a fixed rate was not taken: there
// would be a rate to choose for each machine.
#include "tests/bench/client.h"

#include "queue/base/fail.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SILENCE_MS_MAX 10000
#define REPLY_BYTES_MAX 262144

struct connection {
    int fd;
    bool waiting; // for a reply
    int64_t sent_at_ns;
    size_t reply_bytes;
    struct walker walker;
    char reply[REPLY_BYTES_MAX];
};

struct client {
    const struct slice *slice;
    struct slice_result result;
    int64_t stop_at_ns;
    uint64_t sent;
    size_t waiting;
    int epoll_fd;
    struct connection *connections;
};

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int64_t client_now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_port = htons(port)};
    int yes = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        fail("no socket: %s", strerror(errno));
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)) == 0 &&
        connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    close(fd);
    return -1;
}

static void send_all(int fd, struct text bytes)
{
    while (bytes.length > 0) {
        ssize_t sent = send(fd, bytes.bytes, bytes.length, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            fail("the server hung up: %s", strerror(errno));
        bytes = text_skip(bytes, sent > 0 ? (size_t)sent : 0);
    }
}

// True when the reply is whole: ret_status and a view of its body. libmicrohttpd writes
// Content-Length in this spelling.
static bool reply_is_whole(struct text reply, int *ret_status, struct text *ret_body)
{
    size_t head_bytes;
    size_t length_at;
    if (!text_find(reply, TEXT("\r\n\r\n"), &head_bytes))
        return false;
    struct text head = text_head(reply, head_bytes);
    if (head.length < 12 || !text_find(head, TEXT("Content-Length: "), &length_at))
        fail("a reply that is none: %.*s", TEXT_ARGUMENTS(text_head(head, 200)));
    size_t length = 0;
    for (const char *digit = head.bytes + length_at + 16;
         digit < head.bytes + head.length && *digit >= '0' && *digit <= '9'; digit++)
        length = length * 10 + (size_t)(*digit - '0');
    if (reply.length < head_bytes + 4 + length)
        return false;
    *ret_status =
        (head.bytes[9] - '0') * 100 + (head.bytes[10] - '0') * 10 + (head.bytes[11] - '0');
    *ret_body = text_head(text_skip(reply, head_bytes + 4), length);
    return true;
}

static void send_next(struct client *client, struct connection *connection)
{
    struct text request = workload_next(client->slice->workload, &connection->walker);
    connection->sent_at_ns = client_now_ns();
    connection->reply_bytes = 0;
    connection->waiting = true;
    client->waiting++;
    client->sent++;
    send_all(connection->fd, request);
}

static void note_refusal(struct client *client, int status, struct text body)
{
    if (client->result.refused++ == 0)
        snprintf(client->result.first_refusal, sizeof(client->result.first_refusal),
                 "status %d: %.*s", status, TEXT_ARGUMENTS(text_head(body, 400)));
}

static bool is_stopping(const struct client *client, int64_t now_ns)
{
    return now_ns >= client->stop_at_ns || workload_is_over(client->slice->workload) ||
           (client->slice->requests_max > 0 && client->sent >= client->slice->requests_max);
}

static void read_reply(struct client *client, struct connection *connection)
{
    ssize_t count = recv(connection->fd, connection->reply + connection->reply_bytes,
                         REPLY_BYTES_MAX - connection->reply_bytes, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count <= 0)
        fail("the server hung up on a connection that it should keep");
    connection->reply_bytes += (size_t)count;
    int status;
    struct text body;
    if (!reply_is_whole(text_from(connection->reply, connection->reply_bytes), &status, &body))
        return;
    int64_t now_ns = client_now_ns();
    size_t messages = 0;
    histogram_add(client->slice->latency, now_ns - connection->sent_at_ns);
    client->result.requests++;
    client->result.elapsed_ns = now_ns;
    connection->waiting = false;
    client->waiting--;
    if (status != 200 ||
        !workload_read(client->slice->workload, &connection->walker, body, &messages)) {
        note_refusal(client, status, body);
        connection->walker.step = STEP_START;
    }
    client->result.messages += messages;
    if (!is_stopping(client, now_ns) ||
        !workload_may_stop(client->slice->workload, &connection->walker))
        send_next(client, connection);
}

static void open_connections(struct client *client)
{
    client->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    client->connections = allocate(client->slice->connections * sizeof(*client->connections));
    for (size_t index = 0; index < client->slice->connections; index++) {
        struct connection *connection = &client->connections[index];
        connection->walker.chance = 88172645463325252u + index * 2654435761u;
        connection->fd = connect_to(client->slice->port);
        if (connection->fd < 0)
            fail("nobody listens on port %u: %s", client->slice->port, strerror(errno));
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
        if (epoll_ctl(client->epoll_fd, EPOLL_CTL_ADD, connection->fd, &event) != 0)
            fail("epoll_ctl: %s", strerror(errno));
    }
}

static void close_connections(struct client *client)
{
    for (size_t index = 0; index < client->slice->connections; index++) {
        close(client->connections[index].fd);
        buffer_deinit(&client->connections[index].walker.request);
    }
    close(client->epoll_fd);
    free(client->connections);
}

void client_run(const struct slice *slice, struct slice_result *ret_result)
{
    struct client client = {.slice = slice};
    struct epoll_event events[64];
    open_connections(&client);
    int64_t start_ns = client_now_ns();
    int64_t processor_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    client.stop_at_ns = start_ns + slice->duration_ns;
    for (size_t index = 0; index < slice->connections; index++)
        send_next(&client, &client.connections[index]);
    while (client.waiting > 0) {
        int count = epoll_wait(client.epoll_fd, events, 64, SILENCE_MS_MAX);
        if (count == 0)
            fail("the server has not answered for ten seconds");
        for (int index = 0; index < count; index++)
            read_reply(&client, events[index].data.ptr);
    }
    client.result.elapsed_ns -= start_ns;
    client.result.processor_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - processor_ns;
    close_connections(&client);
    *ret_result = client.result;
}

int client_ask(uint16_t port, struct text request, struct buffer *body)
{
    int fd = connect_to(port);
    if (fd < 0)
        return -1;
    cleanup(buffer_deinit) struct buffer reply = {0};
    struct text whole;
    int status = -1;
    send_all(fd, request);
    while (!reply_is_whole(buffer_text(&reply), &status, &whole)) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        ssize_t count = poll(&ready, 1, SILENCE_MS_MAX) == 1
                            ? recv(fd, buffer_reserve(&reply, 65536), 65536, 0)
                            : -1;
        if (count <= 0)
            fail("the server did not answer: %.*s", TEXT_ARGUMENTS(text_head(request, 60)));
        reply.length += (size_t)count;
    }
    close(fd);
    buffer_append(body, whole);
    return status;
}
