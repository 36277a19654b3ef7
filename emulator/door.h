// door -- a further port of 127.0.0.1, one per sandbox: which door a request came through tells who speaks. Runtimes build their
// addresses from AWS_LAMBDA_RUNTIME_API in ways of their own, so a path or a header could not.
#ifndef EMULATOR_DOOR_H
#define EMULATOR_DOOR_H

#include "emulator/loop.h"

struct server;

// Bodies beyond this are read and not kept (request->body_too_large): 6 MiB + 100 (L-81, L-219).
#define DOOR_BODY_BYTES_MAX 6291556u

struct door {
    void *
        owner; // NULL: the door is closed, and what still comes through its connections concerns nobody
    int64_t port;
    // the door's own
    struct server *server;
    struct loop *loop;
    struct loop_watch watch;
    size_t connections;
};

// Listens on a port (0: a free one). NULL with errno's value if it cannot. The server is one for doors.
struct door *door_open(struct server *server, struct loop *loop, int64_t port, void *owner,
                       int *ret_error);
// Takes no more connections; freed when the last has ended. Takes NULL; returns NULL.
struct door *door_close(struct door *door);
// A connection through it begins, ends: the server's. The last of a closed door frees it.
void door_hold(struct door *door);
void door_release(struct door *door);

#endif
