// listen -- a socket that listens, or a sentence that says why there is none and what can be done.
//
// Only numeric addresses and localhost are taken: to ask a name server which of its answers is this
// machine's would be a guess about who can reach the emulator.
#include "emulator/listen.h"

#include "emulator/options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG_MAX 1024

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

// The address of a numeric host or of localhost; no name server is asked.
static bool address_of(const struct options *options, union address *ret_address,
                       socklen_t *ret_length)
{
    char host[INET6_ADDRSTRLEN + 2];
    if (options->host.length >= sizeof(host))
        return false;
    memcpy(host, options->host.bytes, options->host.length);
    host[options->host.length] = '\0';
    struct text name = text_of(host);
    if (text_starts_with(name, TEXT("[")) && text_ends_with(name, TEXT("]"))) {
        memmove(host, host + 1, name.length);
        host[name.length - 2] = '\0';
    }
    *ret_address = (union address){0};
    in_port_t port = htons((uint16_t)options->port);
    if (!options->listener) { // for handlers alone
        memcpy(host, "127.0.0.1", sizeof("127.0.0.1"));
        port = 0;
    }
    if (text_equal_ignoring_case(name, TEXT("localhost")))
        memcpy(host, "127.0.0.1", sizeof("127.0.0.1"));
    if (inet_pton(AF_INET, host, &ret_address->v4.sin_addr) == 1) {
        ret_address->v4.sin_family = AF_INET;
        ret_address->v4.sin_port = port;
        *ret_length = sizeof(ret_address->v4);
        return true;
    }
    if (inet_pton(AF_INET6, host, &ret_address->v6.sin6_addr) == 1) {
        ret_address->v6.sin6_family = AF_INET6;
        ret_address->v6.sin6_port = port;
        *ret_length = sizeof(ret_address->v6);
        return true;
    }
    return false;
}

static struct text refusal(const struct options *options, int error)
{
    struct text host = options->host;
    if (error == EADDRINUSE)
        return arena_print(options->arena,
                           "port %lld of %.*s is in use; stop what listens there or choose another "
                           "with --port (0 picks a free one)",
                           (long long)options->port, TEXT_ARGUMENTS(host));
    if (error == EACCES)
        return arena_print(
            options->arena,
            "port %lld may not be used without privileges; choose one above 1023 with --port",
            (long long)options->port);
    return arena_print(options->arena, "cannot listen on %.*s, port %lld: %s", TEXT_ARGUMENTS(host),
                       (long long)options->port, strerror(error));
}

int listen_on(const struct options *options, int64_t *ret_port, struct text *ret_reason,
              int *ret_status)
{
    union address address;
    socklen_t length;
    if (!address_of(options, &address, &length)) {
        *ret_reason = arena_print(options->arena,
                                  "--host takes an IPv4 or IPv6 address or localhost, not %.*s",
                                  TEXT_ARGUMENTS(options->host));
        *ret_status = 2;
        return -1;
    }
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int yes = 1;
    // Accepted sockets inherit both.
    bool made = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)) == 0 &&
                bind(fd, &address.any, length) == 0 && listen(fd, BACKLOG_MAX) == 0 &&
                getsockname(fd, &address.any, &length) == 0;
    if (!made) {
        *ret_reason = refusal(options, errno);
        *ret_status = 3;
        if (fd >= 0)
            close(fd);
        return -1;
    }
    *ret_port =
        ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
    return fd;
}
