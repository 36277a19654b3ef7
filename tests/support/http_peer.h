// http_peer -- an HTTP server in a child process that does exactly what it was told, request by
// request: answers with scripted bytes, hangs up, resets, stalls. For tests of whoever speaks HTTP
// outwards.
#ifndef TESTS_SUPPORT_HTTP_PEER_H
#define TESTS_SUPPORT_HTTP_PEER_H

#include "queue/base/buffer.h"

#include <stdint.h>

enum http_peer_act {
    PEER_ANSWER,       // bytes; the connection stays open
    PEER_ANSWER_CLOSE, // bytes, then the connection is closed
    PEER_ANSWER_LARGE, // 200 with a body of `length` times 'x'
    PEER_CLOSE,        // closes without an answer
    PEER_RESET,        // closes so that the client sees a reset
    PEER_STALL,        // never answers
};

// What to do with the next request. The last step is repeated for ever.
struct http_peer_step {
    enum http_peer_act act;
    const char *bytes; // the whole answer, status line first
    size_t length;     // of PEER_ANSWER_LARGE
};

struct http_peer {
    int port; // on 127.0.0.1
    int requests_fd;
    int process;
};

// Starts the child; it also ends with this process. steps is copied by the fork.
void http_peer_start(struct http_peer *ret_peer, const struct http_peer_step *steps, size_t count);
// Ends the child and appends what it was asked: for each request "#<connection from 1> <body
// bytes>\n" and its head.
void http_peer_stop(struct http_peer *peer, struct buffer *requests);
// A port of 127.0.0.1 on which nobody listens.
int http_peer_closed_port(void);

#endif
