// client -- one TCP connection of a test to the emulator in the same process: nothing here blocks,
// the test turns the loop.
#ifndef TESTS_EMULATOR_CLIENT_H
#define TESTS_EMULATOR_CLIENT_H

#include "queue/base/buffer.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

struct client {
    int fd;
    struct buffer received;
    bool closed; // by the emulator
};

static inline void client_open(struct client *client, int64_t port)
{
    *client = (struct client){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // The kernel accepts into the backlog, so this does not wait for the loop.
    ck_assert_int_eq(connect(client->fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    fcntl(client->fd, F_SETFL, O_NONBLOCK);
}

static inline void client_close(struct client *client)
{
    close(client->fd);
    buffer_deinit(&client->received);
}

// As much as the socket takes; the number of bytes.
static inline size_t client_write(struct client *client, struct text bytes)
{
    ssize_t written = send(client->fd, bytes.bytes, bytes.length, MSG_NOSIGNAL);
    return written > 0 ? (size_t)written : 0;
}

static inline void client_read(struct client *client)
{
    char bytes[65536];
    ssize_t length;
    while ((length = recv(client->fd, bytes, sizeof(bytes), 0)) > 0)
        buffer_append_bytes(&client->received, bytes, (size_t)length);
    if (length == 0 || errno != EAGAIN)
        client->closed = true;
}

// The status of the oldest whole reply, and its body; 0 while none is whole. Replies carry a
// Content-Length.
static inline int client_reply(struct client *client, struct text *ret_body)
{
    client_read(client);
    struct text received = buffer_text(&client->received);
    size_t head_bytes;
    size_t at;
    int64_t body_bytes = 0;
    if (!text_find(received, TEXT("\r\n\r\n"), &head_bytes))
        return 0;
    if (text_find(text_head(received, head_bytes), TEXT("Content-Length: "), &at)) {
        struct text length;
        struct text rest;
        ck_assert(text_cut(text_skip(received, at + 16), '\r', &length, &rest));
        ck_assert(text_to_integer(length, &body_bytes));
    }
    if (received.length < head_bytes + 4 + (size_t)body_bytes)
        return 0;
    if (ret_body != NULL)
        *ret_body = text_head(text_skip(received, head_bytes + 4), (size_t)body_bytes);
    int64_t status;
    ck_assert(text_to_integer(text_head(text_skip(received, 9), 3), &status));
    return (int)status;
}

// Drops the oldest reply, so that the next can be read.
static inline void client_next(struct client *client)
{
    struct text body;
    ck_assert_int_ne(client_reply(client, &body), 0);
    ck_assert_ptr_nonnull(client->received.bytes);
    size_t used = (size_t)(body.bytes + body.length - client->received.bytes);
    memmove(client->received.bytes, client->received.bytes + used, client->received.length - used);
    client->received.length -= used;
}

#endif
