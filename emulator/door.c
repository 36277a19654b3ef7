// door -- a listening socket in our own epoll, whose accepted connections are handed to libmicrohttpd.
//
//     open ---> closed ---> freed when the last connection has ended
//
// A daemon of libmicrohttpd for each port was not taken: a thousand sandboxes would have a thousand epolls.
#include "emulator/door.h"

#include "emulator/server.h"
#include "queue/base/own.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG_MAX 64
#define ACCEPTS_PER_TURN 16

static void door_ready(struct loop_watch *watch, uint32_t events)
{
    (void)events;
    struct door *door = list_entry(watch, struct door, watch);
    for (int count = 0; count < ACCEPTS_PER_TURN; count++) {
        struct sockaddr_in address;
        socklen_t length = sizeof(address);
        int fd =
            accept4(watch->fd, (struct sockaddr *)&address, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0)
            return; // none is waiting, or no descriptor is left: later
        server_adopt(door->server, fd, door, (const struct sockaddr *)&address, length);
    }
}

static int listen_on(int64_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)*port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int yes = 1;
    // Accepted sockets inherit both.
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)) == 0 &&
        bind(fd, (const struct sockaddr *)&address, length) == 0 && listen(fd, BACKLOG_MAX) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &length) == 0) {
        *port = ntohs(address.sin_port);
        return fd;
    }
    int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return -1;
}

struct door *door_open(struct server *server, struct loop *loop, int64_t port, void *owner,
                       int *ret_error)
{
    int fd = listen_on(&port);
    if (fd < 0) {
        *ret_error = errno;
        return NULL;
    }
    struct door *door = allocate(sizeof(*door));
    door->owner = owner;
    door->port = port;
    door->server = server;
    door->loop = loop;
    door->watch = (struct loop_watch){.ready = door_ready, .fd = fd};
    loop_watch_add(loop, &door->watch, EPOLLIN);
    return door;
}

static bool is_closed(const struct door *door)
{
    return door->watch.fd < 0;
}

struct door *door_close(struct door *door)
{
    if (door == NULL)
        return NULL;
    door->owner = NULL;
    loop_watch_remove(door->loop, &door->watch);
    close(door->watch.fd);
    door->watch.fd = -1;
    if (door->connections == 0)
        free(door);
    return NULL;
}

void door_hold(struct door *door)
{
    door->connections++;
}

void door_release(struct door *door)
{
    assert(door->connections > 0);
    if (--door->connections == 0 && is_closed(door))
        free(door);
}
