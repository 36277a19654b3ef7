// server -- HTTP over TCP: libmicrohttpd in its external epoll mode inside our loop. It reads and
// writes; it never acts.
//
//     reading ---> collected ---> acted on ---> answered in the same turn
//                                        \----> suspended ---> resumed and answered, or gone
//
// A reply with a stream (request.h) is resumed and suspended as long as it has something to say.
#ifndef EMULATOR_SERVER_H
#define EMULATOR_SERVER_H

#include "queue/base/text.h"

struct door;
struct server;
struct sockaddr;
struct world;

#define SERVER_CONNECTIONS_MAX 8192
// SQS takes 1 MiB, but base64 and form encoding make it four of it; Invoke takes 6 MiB (L-104).
#define SERVER_BODY_BYTES_MAX (16u * 1024u * 1024u)

// Listens on options->host and options->port; without options->listener on a free port of
// 127.0.0.1, for handlers alone. NULL with a sentence (in the options' arena) and
// status 2 (no such address) or 3 (the port is in use) if it cannot.
struct server *server_new(struct world *world, struct text *ret_reason, int *ret_status);
// Answers what is parked with 503, lets streams say what they still have, then closes every connection. Takes NULL; returns NULL.
struct server *server_free(struct server *server);
// The port that is listened on.
int64_t server_port(const struct server *server);
// How long the loop may sleep for the server's sake, in real ms; -1: until something happens.
int64_t server_wait_ms(const struct server *server);
// The read phase: collects complete requests into the loop.
void server_read(struct server *server);
// The write phase, after COMMIT: what is finished leaves, what is not is suspended.
void server_write(struct server *server);
// Requests that are being read or answered, parked and quiet ones not counted: while there are any,
// nothing leaps.
size_t server_busy(const struct server *server);
// Requests that wait suspended.
size_t server_parked(const struct server *server);
// A server without a port of its own, for what comes through doors: no idle time-out, because a
// runtime may think for as long as its Timeout allows; headers up to 200 KiB, because an error's
// cause travels in one (L-217); trailers are kept.
struct server *server_new_for_doors(struct world *world);
// An accepted connection, through this door. Takes over the descriptor.
void server_adopt(struct server *server, int fd, struct door *door, const struct sockaddr *address,
                  unsigned address_bytes);

#endif
