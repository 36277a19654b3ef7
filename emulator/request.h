// request -- one HTTP request on its way through the program: read by the server (or given by a
// test without a socket), acted on by an API, answered after the turn's COMMIT.
//
// An API function fills in the reply and calls request_finish(), in the same turn or, if it parks
// the request (a long poll, a clock run), later. While parked it may set cancel, which is called if
// the client hangs up; the request is then gone.
#ifndef EMULATOR_REQUEST_H
#define EMULATOR_REQUEST_H

#include "queue/base/arena.h"
#include "queue/base/buffer.h"
#include "queue/base/list.h"

struct door;
struct world;

struct header {
    struct text name;
    struct text value;
};

#define REQUEST_HEADERS_MAX 64
#define REPLY_HEADERS_MAX 12

// A reply whose body has no end yet: its bytes are asked for whenever the client takes more.
struct stream {
    // Writes at most room bytes; 0: none now, and request->wake asks again.
    size_t (*read)(struct stream *stream, char *bytes, size_t room);
    // The connection ended, from either side; exactly once, and the last call.
    void (*closed)(struct stream *stream);
};

struct reply {
    int status;                               // 0 while there is no reply yet
    struct header headers[REPLY_HEADERS_MAX]; // texts live in the request's arena or are literals
    size_t header_count;
    struct buffer body;
};

struct request {
    struct world *world;
    struct arena *arena; // everything this request needs
    struct text method;  // "GET"
    struct text path;    // percent-decoded is the API's business: as sent, without the query
    struct text query;   // after '?', as sent; empty: none
    struct header headers[REQUEST_HEADERS_MAX]; // as received
    size_t header_count;
    struct text body;
    char request_id[36]; // x-amzn-requestid, set by the router
    struct reply reply;
    bool parked; // lives on into later turns
    bool quiet;  // a pure read: does not disturb a leap (design: time)
    // Set by who parks it: the client hung up; drop every reference to this request. Never calls
    // request_finish.
    void (*cancel)(struct request *request);
    void *operation; // of who parks it
    // Called by request_finish; the server's (or the test's).
    void (*finished)(struct request *request);
    // The server's: a stream has bytes again. NULL: this way into the program has no streams.
    void (*wake)(struct request *request);
    struct stream *stream; // set before request_finish: what follows the reply's head
    void *connection;      // the server's
    struct list_node link; // the loop's: in it from complete to acted on
    bool complete;         // request_finish was called
    bool inside;           // of this process itself: nobody has to sign it
    // A runtime's, that came through a sandbox's own port; NULL: one of everybody else. Its
    // trailers stand behind its headers.
    const struct door *door;
    bool body_too_large; // through a door: the body was longer than is kept, and is empty here
};

// The value of a header, names compared without case; the empty text if absent.
struct text request_header(const struct request *request, struct text name);
// Adds a reply header. Asserts room.
void reply_header(struct request *request, struct text name, struct text value);
// The reply is complete: exactly once per request.
void request_finish(struct request *request);
// Marks the request as living on into later turns.
void request_park(struct request *request, void (*cancel)(struct request *request),
                  void *operation);
// Splits a request target ("/path?query") into path and query, which are views of it.
void request_set_target(struct request *request, struct text target);
// Reads a whole request's bytes (request line, headers, an empty line, body) that did not come
// through the server. The views point into bytes. False if it is not one.
bool request_parse(struct request *request, struct text bytes);

#endif
