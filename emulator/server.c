// server -- libmicrohttpd as a reader and writer of HTTP, driven by our loop.
//
// Every request is an exchange, from its request line to the end of its reply:
//
//     HEAD ---> BODY ---> COLLECTED ---- finished ----> answered by the MHD_run of the write phase
//                            \--- parked ---> SUSPENDED ---> finished ---> resumed, answered
//                                                \--------> hung up: cancelled, closed
//
// A stream's reply does not end: STREAMING <---> SUSPENDED, whenever it has nothing to say, until the
// client hangs up or redrive shuts down.
//
// The access handler never acts: a complete request goes into the loop's list and the handler
// returns without a reply. MHD then enters it again in every MHD_run (deferring; seen at 0.9.75 and
// pinned by a test), which costs no system call, so a reply that is ready in the same turn waits
// for its COMMIT that way. What outlives its turn is suspended. MHD does not look at suspended
// connections, so their sockets stand in our own epoll until they are resumed: a hang-up frees its
// place in the line.
//
// A second thread for MHD was not taken: no more throughput, 25 % worse latency, and virtual time
// would no longer be exact.
#include "emulator/server.h"

#include "emulator/door.h"
#include "emulator/listen.h"
#include "emulator/loop.h"
#include "emulator/options.h"
#include "emulator/request.h"
#include "emulator/world.h"
#include "queue/base/fail.h"

#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTION_MEMORY_BYTES_MAX 16384 // 32 KiB cost 15 % of the throughput
#define DOOR_MEMORY_BYTES_MAX 262144      // libmicrohttpd clears it after each request: more costs
#define IDLE_SECONDS_MAX 75u              // of a half request and of a kept connection
#define FILES_MAX 16384
// What all bodies that are being read may hold together, and how much of a too large chunked one is
// swallowed.
#define BODIES_BYTES_MAX (256u * 1024u * 1024u)
#define SWALLOWED_BYTES_MAX (64u * 1024u * 1024u)
// What a pooled exchange keeps.
#define KEPT_BYTES_MAX 65536u
#define FREE_EXCHANGES_MAX 256
// What a stream is asked for at most at once; libmicrohttpd has less room.
#define STREAM_BLOCK_BYTES 16384u
// Runs of MHD at the end: resume, write, complete.
#define LAST_ROUNDS 3

enum exchange_state {
    EXCHANGE_HEAD,      // the request line was read
    EXCHANGE_BODY,      // the headers were read
    EXCHANGE_REFUSED,   // the reply is about the transport, and nobody else sees the request
    EXCHANGE_COLLECTED, // complete; in the loop's list until it is acted on
    EXCHANGE_SUSPENDED, // until its reply is there, or the next bytes of its stream
    EXCHANGE_STREAMING, // the head of its reply was given
    EXCHANGE_GONE,      // the client hung up
};

struct exchange {
    struct request request;
    struct server *server;
    struct MHD_Connection *connection;
    enum exchange_state state;
    bool busy;
    bool answered;
    size_t body_bytes; // read so far, swallowed ones included
    struct buffer body;
    struct loop_watch watch; // while suspended
    struct list_node link;   // in suspended or resumable, or in the free list
};

struct server {
    struct world *world;
    struct MHD_Daemon *daemon;
    struct loop_watch watch; // libmicrohttpd's own epoll
    int64_t port;
    bool readable;
    bool writing;    // replies may leave: between COMMIT and the end of the turn
    bool closing;    // streams end when they have nothing more to say
    size_t deferred; // exchanges collected and neither answered nor suspended
    size_t busy;
    size_t parked;
    size_t bodies_bytes;
    struct list_node suspended;
    struct list_node resumable;
    struct list_node free_exchanges;
    size_t free_count;
    bool for_doors;
    struct door *entering; // whose connection is being adopted
};

// ---- exchanges ----

// Its reply is there, or its stream has bytes again.
static void exchange_ready(struct request *request)
{
    struct exchange *exchange = request->connection;
    if (exchange->state == EXCHANGE_SUSPENDED) {
        list_remove(&exchange->link);
        list_append(&exchange->server->resumable, &exchange->link);
    }
    loop_again(exchange->server->world->loop);
}

static struct exchange *exchange_new(struct server *server)
{
    struct exchange *exchange;
    struct list_node *node = list_first(&server->free_exchanges);
    if (node != NULL) {
        list_remove(node);
        server->free_count--;
        exchange = list_entry(node, struct exchange, link);
    } else {
        exchange = allocate(sizeof(*exchange));
        exchange->request.arena = arena_new();
    }
    exchange->server = server;
    exchange->request.world = server->world;
    exchange->request.finished = exchange_ready;
    exchange->request.wake = exchange_ready;
    exchange->request.connection = exchange;
    exchange->busy = true;
    server->busy++;
    return exchange;
}

static void exchange_free(struct exchange *exchange)
{
    arena_free(exchange->request.arena);
    buffer_deinit(&exchange->request.reply.body);
    buffer_deinit(&exchange->body);
    free(exchange);
}

static void buffer_keep(struct buffer *buffer)
{
    if (buffer->capacity > KEPT_BYTES_MAX)
        buffer_deinit(buffer);
    else
        buffer_clear(buffer);
}

static void exchange_recycle(struct exchange *exchange)
{
    struct server *server = exchange->server;
    if (server->free_count == FREE_EXCHANGES_MAX) {
        exchange_free(exchange);
        return;
    }
    buffer_keep(&exchange->request.reply.body);
    buffer_keep(&exchange->body);
    arena_reset(exchange->request.arena);
    struct buffer reply = exchange->request.reply.body;
    struct buffer body = exchange->body;
    struct arena *arena = exchange->request.arena;
    *exchange =
        (struct exchange){.body = body, .request = {.arena = arena, .reply = {.body = reply}}};
    list_prepend(&server->free_exchanges, &exchange->link);
    server->free_count++;
}

static void exchange_rest(struct exchange *exchange)
{
    if (exchange->busy) {
        exchange->busy = false;
        exchange->server->busy--;
    }
}

static void exchange_refuse(struct exchange *exchange, int status, struct text sentence)
{
    struct request *request = &exchange->request;
    request->reply.status = status;
    request->reply.header_count = 0;
    reply_header(request, TEXT("Content-Type"), TEXT("application/json"));
    buffer_clear(&request->reply.body);
    buffer_print(&request->reply.body, "{\"message\":\"%.*s\"}", TEXT_ARGUMENTS(sentence));
}

// ---- what libmicrohttpd calls ----

// The request line was read. The target as it was sent: MHD hands the handler a decoded one.
static void *request_line_read(void *context, const char *target, struct MHD_Connection *connection)
{
    struct server *server = context;
    struct exchange *exchange = exchange_new(server);
    exchange->connection = connection;
    if (server->for_doors)
        exchange->request.door =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    request_set_target(&exchange->request, arena_copy(exchange->request.arena, text_of(target)));
    return exchange;
}

// Too many headers are counted and not kept.
static enum MHD_Result header_read(void *context, enum MHD_ValueKind kind, const char *name,
                                   size_t name_bytes, const char *value, size_t value_bytes)
{
    (void)kind;
    struct request *request = context;
    if (request->header_count < REQUEST_HEADERS_MAX)
        request->headers[request->header_count] = (struct header){
            .name = text_from(name, name_bytes), .value = text_from(value, value_bytes)};
    request->header_count++;
    return MHD_YES;
}

static ssize_t stream_read(void *context, uint64_t position, char *bytes, size_t room);

static struct MHD_Response *response_new(struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    if (request->stream != NULL) {
        exchange->state = EXCHANGE_STREAMING;
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK_BYTES, stream_read,
                                                 exchange, NULL);
    }
    // The body stays in the exchange until MHD has sent it.
    return MHD_create_response_from_buffer(request->reply.body.length, request->reply.body.bytes,
                                           MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result answer(struct exchange *exchange)
{
    struct reply *reply = &exchange->request.reply;
    cleanup_free char *scratch = NULL;
    size_t scratch_bytes = 0;
    struct MHD_Response *response = response_new(exchange);
    if (response == NULL)
        fail("out of memory: no HTTP response");
    for (size_t index = 0; index < reply->header_count; index++) {
        const struct header *header = &reply->headers[index];
        size_t needed = header->name.length + header->value.length + 2;
        if (needed > scratch_bytes) {
            scratch_bytes = needed + 128;
            scratch = reallocate(scratch, scratch_bytes);
        }
        assert(scratch != NULL);
        char *value = scratch + header->name.length + 1;
        memcpy(scratch, header->name.bytes, header->name.length);
        scratch[header->name.length] = '\0';
        if (header->value.length > 0)
            memcpy(value, header->value.bytes, header->value.length);
        value[header->value.length] = '\0';
        MHD_add_response_header(response, scratch, value);
    }
    enum MHD_Result result =
        MHD_queue_response(exchange->connection, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    exchange->answered = true;
    if (exchange->request.quiet)
        exchange_rest(exchange);
    return result;
}

static enum MHD_Result refuse(struct exchange *exchange, int status, struct text sentence)
{
    exchange->state = EXCHANGE_REFUSED;
    exchange_refuse(exchange, status, sentence);
    return answer(exchange);
}

// A runtime may send less than it announced and listen for what is said to that (L-219), but MHD hangs up without a word.
static void body_watched(struct loop_watch *watch, uint32_t events)
{
    static const char refusal[] =
        "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nConnection: close\r\n"
        "Content-Length: 89\r\n\r\n{\"errorMessage\":\"HTTP request detected as truncated\","
        "\"errorType\":\"TruncatedHTTPRequest\"}\n";
    (void)events;
    struct exchange *exchange = list_entry(watch, struct exchange, watch);
    char byte;
    if (recv(watch->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0)
        return; // the rest first
    ssize_t sent = send(watch->fd, refusal, sizeof(refusal) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)sent;
    loop_watch_remove(exchange->server->world->loop, watch);
}

static void watch_for_truncation(struct exchange *exchange)
{
    exchange->watch = (struct loop_watch){
        .ready = body_watched,
        .fd = MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD)
                  ->connect_fd};
    loop_watch_add(exchange->server->world->loop, &exchange->watch, EPOLLRDHUP);
}

static enum MHD_Result head_read(struct exchange *exchange, const char *method, const char *version)
{
    struct request *request = &exchange->request;
    request->method = text_of(method);
    MHD_get_connection_values_n(exchange->connection, MHD_HEADER_KIND, header_read, request);
    if (request->header_count > REQUEST_HEADERS_MAX) {
        request->header_count = REQUEST_HEADERS_MAX;
        return refuse(exchange, MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE,
                      TEXT("more than 64 headers"));
    }
    if (strcmp(version, MHD_HTTP_VERSION_1_1) == 0 &&
        request_header(request, TEXT("Host")).bytes == NULL)
        return refuse(exchange, MHD_HTTP_BAD_REQUEST,
                      TEXT("an HTTP/1.1 request needs a Host header"));

    int64_t announced;
    struct text length = request_header(request, TEXT("Content-Length"));
    if (text_to_integer(length, &announced) && request->door == NULL) {
        if (announced > (int64_t)SERVER_BODY_BYTES_MAX)
            return refuse(exchange, MHD_HTTP_CONTENT_TOO_LARGE,
                          TEXT("the body is longer than 16 MiB"));
        // What was announced need not come: room grows with what does.
        buffer_reserve(&exchange->body,
                       (size_t)announced < KEPT_BYTES_MAX ? (size_t)announced : KEPT_BYTES_MAX);
    }
    exchange->state = EXCHANGE_BODY;
    if (request->door != NULL && length.length > 0)
        watch_for_truncation(exchange);
    return MHD_YES;
}

// A function's response: one that is too long fails its invocation, so it is read to its end.
static enum MHD_Result response_read(struct exchange *exchange, const char *bytes, size_t length)
{
    struct request *request = &exchange->request;
    if (request->body_too_large || length > DOOR_BODY_BYTES_MAX - exchange->body.length) {
        request->body_too_large = true;
        exchange->server->bodies_bytes -= exchange->body.length;
        buffer_deinit(&exchange->body);
        return MHD_YES;
    }
    exchange->server->bodies_bytes += length;
    buffer_append_bytes(&exchange->body, bytes, length);
    return MHD_YES;
}

static enum MHD_Result body_read(struct exchange *exchange, const char *bytes, size_t length)
{
    struct server *server = exchange->server;
    if (server->for_doors)
        return response_read(exchange, bytes, length);
    exchange->body_bytes += length;
    if (exchange->body_bytes > SWALLOWED_BYTES_MAX)
        return MHD_NO;
    // No reply can be given in the middle of a body: the rest is swallowed.
    bool room = server->bodies_bytes + length <= BODIES_BYTES_MAX;
    if (exchange->request.reply.status == 0 && exchange->body_bytes > SERVER_BODY_BYTES_MAX)
        exchange_refuse(exchange, MHD_HTTP_CONTENT_TOO_LARGE,
                        TEXT("the body is longer than 16 MiB"));
    else if (exchange->request.reply.status == 0 && !room)
        exchange_refuse(exchange, MHD_HTTP_SERVICE_UNAVAILABLE,
                        TEXT("too many bodies are being read"));
    if (exchange->request.reply.status != 0) {
        server->bodies_bytes -= exchange->body.length;
        buffer_deinit(&exchange->body);
        return MHD_YES;
    }
    server->bodies_bytes += length;
    buffer_append_bytes(&exchange->body, bytes, length);
    return MHD_YES;
}

static enum MHD_Result request_complete(struct exchange *exchange)
{
    if (exchange->request.reply.status != 0) {
        exchange->state = EXCHANGE_REFUSED;
        return answer(exchange);
    }
    exchange->request.body = buffer_text(&exchange->body);
    loop_watch_remove(exchange->server->world->loop, &exchange->watch);
    if (exchange->server->for_doors) {
        struct request *request = &exchange->request;
        MHD_get_connection_values_n(exchange->connection, MHD_FOOTER_KIND, header_read, request);
        if (request->header_count > REQUEST_HEADERS_MAX)
            request->header_count = REQUEST_HEADERS_MAX;
    }
    exchange->state = EXCHANGE_COLLECTED;
    exchange->server->deferred++;
    loop_act(exchange->server->world->loop, &exchange->request);
    return MHD_YES;
}

static void client_watched(struct loop_watch *watch, uint32_t events);

static void suspend(struct exchange *exchange)
{
    struct server *server = exchange->server;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    MHD_suspend_connection(exchange->connection);
    exchange->state = EXCHANGE_SUSPENDED;
    exchange_rest(exchange);
    server->parked++;
    list_append(&server->suspended, &exchange->link);
    exchange->watch = (struct loop_watch){.ready = client_watched, .fd = info->connect_fd};
    loop_watch_add(server->world->loop, &exchange->watch, EPOLLRDHUP);
}

// The client takes more. Without anything to say the connection is suspended: to answer 0 alone would
// have MHD ask again and again.
static ssize_t stream_read(void *context, uint64_t position, char *bytes, size_t room)
{
    (void)position;
    struct exchange *exchange = context;
    struct stream *stream = exchange->request.stream;
    if (exchange->state == EXCHANGE_GONE)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t length = stream->read(stream, bytes, room);
    if (length > 0)
        return (ssize_t)length;
    if (exchange->server->closing)
        return MHD_CONTENT_READER_END_OF_STREAM;
    suspend(exchange);
    return 0;
}

// A collected request is entered again: by MHD_run of the write phase, or of a read phase, where
// nothing may be said.
static enum MHD_Result collected_again(struct exchange *exchange)
{
    struct server *server = exchange->server;
    if (!server->writing || list_is_linked(&exchange->request.link))
        return MHD_YES;
    server->deferred--;
    if (exchange->request.complete)
        return answer(exchange);
    suspend(exchange);
    return MHD_YES;
}

static enum MHD_Result access_handler(void *context, struct MHD_Connection *connection,
                                      const char *path, const char *method, const char *version,
                                      const char *upload, size_t *upload_bytes,
                                      void **exchange_slot)
{
    (void)context;
    (void)connection;
    (void)path;
    struct exchange *exchange = *exchange_slot;
    size_t bytes = *upload_bytes;
    switch (exchange->state) {
    case EXCHANGE_HEAD:
        return head_read(exchange, method, version);
    case EXCHANGE_BODY:
        if (bytes == 0)
            return request_complete(exchange);
        *upload_bytes = 0;
        return body_read(exchange, upload, bytes);
    case EXCHANGE_REFUSED:
        return exchange->answered ? MHD_NO : answer(exchange);
    case EXCHANGE_COLLECTED:
        return exchange->answered ? MHD_NO : collected_again(exchange);
    case EXCHANGE_SUSPENDED: // and resumed
        return answer(exchange);
    case EXCHANGE_STREAMING:
    case EXCHANGE_GONE:
        return MHD_NO;
    }
    return MHD_NO;
}

// The reply was sent, or the connection ended before.
static void exchange_ended(void *context, struct MHD_Connection *connection, void **exchange_slot,
                           enum MHD_RequestTerminationCode code)
{
    (void)context;
    (void)connection;
    (void)code;
    struct exchange *exchange = *exchange_slot;
    if (exchange == NULL)
        return;
    *exchange_slot = NULL;
    struct server *server = exchange->server;
    struct request *request = &exchange->request;
    list_remove(&request->link);
    list_remove(&exchange->link);
    loop_watch_remove(server->world->loop, &exchange->watch);
    if (exchange->state == EXCHANGE_COLLECTED && !exchange->answered)
        server->deferred--;
    // Acted on and parked, and the client went before it could be suspended.
    if (request->cancel != NULL)
        request->cancel(request);
    if (request->stream != NULL)
        request->stream->closed(request->stream);
    exchange_rest(exchange);
    server->bodies_bytes -= exchange->body.length;
    exchange_recycle(exchange);
}

// ---- parked requests ----

static void client_watched(struct loop_watch *watch, uint32_t events)
{
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) == 0)
        return;
    struct exchange *exchange = list_entry(watch, struct exchange, watch);
    struct request *request = &exchange->request;
    loop_watch_remove(exchange->server->world->loop, watch);
    if (request->complete && request->stream == NULL)
        return; // its reply is on the way; MHD will see the end
    if (request->cancel != NULL) {
        void (*cancel)(struct request *) = request->cancel;
        request->cancel = NULL;
        cancel(request);
    }
    exchange->state = EXCHANGE_GONE;
    list_remove(&exchange->link);
    list_append(&exchange->server->resumable, &exchange->link);
    loop_again(exchange->server->world->loop);
}

// True if there was any.
static bool resume_all(struct server *server)
{
    bool any = false;
    struct list_node *node;
    while ((node = list_first(&server->resumable)) != NULL) {
        struct exchange *exchange = list_entry(node, struct exchange, link);
        list_remove(node);
        loop_watch_remove(server->world->loop, &exchange->watch);
        server->parked--;
        if (exchange->answered && exchange->state == EXCHANGE_SUSPENDED)
            exchange->state = EXCHANGE_STREAMING;
        MHD_resume_connection(exchange->connection);
        any = true;
    }
    return any;
}

// ---- the phases ----

static void daemon_ready(struct loop_watch *watch, uint32_t events)
{
    (void)events;
    list_entry(watch, struct server, watch)->readable = true;
}

int64_t server_wait_ms(const struct server *server)
{
    if (server->deferred > 0 || !list_is_empty(&server->resumable))
        return 0;
    unsigned long long wait_ms;
    if (MHD_get_timeout(server->daemon, &wait_ms) != MHD_YES)
        return -1;
    return wait_ms < INT64_MAX ? (int64_t)wait_ms : INT64_MAX;
}

void server_read(struct server *server)
{
    unsigned long long wait_ms;
    bool due =
        server->readable || (MHD_get_timeout(server->daemon, &wait_ms) == MHD_YES && wait_ms == 0);
    if (!due)
        return;
    server->readable = false;
    MHD_run(server->daemon);
}

void server_write(struct server *server)
{
    bool resumed = resume_all(server);
    if (!resumed && server->deferred == 0)
        return;
    server->writing = true;
    MHD_run(server->daemon);
    server->writing = false;
    // Once more: what was sent is completed now and keeps nobody from leaping, and the first run of
    // the next turn reads at once what has come meanwhile.
    MHD_run(server->daemon);
}

size_t server_busy(const struct server *server)
{
    return server->busy;
}

size_t server_parked(const struct server *server)
{
    return server->parked;
}

int64_t server_port(const struct server *server)
{
    return server->port;
}

// ---- opening and closing ----

// Thousands of idle connections need as many file descriptors; the soft limit is often 1,024.
static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= FILES_MAX)
        return;
    limit.rlim_cur = limit.rlim_max < FILES_MAX ? limit.rlim_max : FILES_MAX;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static unsigned connections_max(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > SERVER_CONNECTIONS_MAX + 256)
        return SERVER_CONNECTIONS_MAX;
    return limit.rlim_cur > 512 ? (unsigned)limit.rlim_cur - 256 : (unsigned)limit.rlim_cur / 2;
}

static struct server *server_new_bare(struct world *world)
{
    struct server *server = allocate(sizeof(*server));
    server->world = world;
    list_init(&server->suspended);
    list_init(&server->resumable);
    list_init(&server->free_exchanges);
    return server;
}

static void server_start(struct server *server, unsigned flags,
                         const struct MHD_OptionItem *options)
{
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | flags, 0, NULL, NULL, access_handler, server,
        MHD_OPTION_URI_LOG_CALLBACK, request_line_read, server, MHD_OPTION_NOTIFY_COMPLETED,
        exchange_ended, server, MHD_OPTION_CONNECTION_LIMIT, connections_max(),
        MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        server->daemon != NULL ? MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)
                               : NULL;
    if (info == NULL)
        fail("the HTTP server could not be started");
    server->watch = (struct loop_watch){.ready = daemon_ready, .fd = info->epoll_fd};
    loop_watch_add(server->world->loop, &server->watch, EPOLLIN);
}

struct server *server_new(struct world *world, struct text *ret_reason, int *ret_status)
{
    raise_file_limit();
    int64_t port;
    int fd = listen_on(world->options, &port, ret_reason, ret_status);
    if (fd < 0)
        return NULL;
    struct server *server = server_new_bare(world);
    server->port = port;
    const struct MHD_OptionItem options[] = {
        {MHD_OPTION_LISTEN_SOCKET, fd, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY_BYTES_MAX, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS_MAX, NULL},
        {MHD_OPTION_END, 0, NULL}};
    server_start(server, 0, options);
    return server;
}

// ---- doors ----

static void connection_notified(void *context, struct MHD_Connection *connection, void **door_slot,
                                enum MHD_ConnectionNotificationCode code)
{
    (void)connection;
    struct server *server = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *door_slot = server->entering;
        door_hold(server->entering);
    } else {
        door_release(*door_slot);
    }
}

struct server *server_new_for_doors(struct world *world)
{
    raise_file_limit();
    struct server *server = server_new_bare(world);
    server->for_doors = true;
    const struct MHD_OptionItem options[] = {
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)connection_notified, server},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, DOOR_MEMORY_BYTES_MAX, NULL},
        {MHD_OPTION_END, 0, NULL}};
    server_start(server, MHD_USE_NO_LISTEN_SOCKET, options);
    return server;
}

void server_adopt(struct server *server, int fd, struct door *door, const struct sockaddr *address,
                  unsigned address_bytes)
{
    assert(server->for_doors);
    server->entering = door;
    // What cannot be adopted, MHD closes.
    MHD_add_connection(server->daemon, fd, address, address_bytes);
    server->entering = NULL;
    server->readable = true;
    loop_again(server->world->loop);
}

static void dismiss_parked(struct server *server)
{
    list_for_each (node, &server->suspended) {
        struct exchange *exchange = list_entry(node, struct exchange, link);
        struct request *request = &exchange->request;
        if (request->cancel != NULL) {
            void (*cancel)(struct request *) = request->cancel;
            request->cancel = NULL;
            cancel(request);
        }
        if (request->stream == NULL)
            exchange_refuse(exchange, MHD_HTTP_SERVICE_UNAVAILABLE,
                            TEXT("redrive is shutting down"));
        list_remove(node);
        list_append(&server->resumable, node);
    }
}

struct server *server_free(struct server *server)
{
    if (server == NULL)
        return NULL;
    server->closing = true;
    // MHD_stop_daemon aborts while a connection is suspended.
    dismiss_parked(server);
    for (int round = 0; round < LAST_ROUNDS; round++) {
        resume_all(server);
        server->writing = true;
        MHD_run(server->daemon);
    }
    loop_watch_remove(server->world->loop, &server->watch);
    MHD_stop_daemon(server->daemon);
    assert(server->busy == 0 && server->parked == 0 && server->bodies_bytes == 0);
    struct list_node *node;
    while ((node = list_first(&server->free_exchanges)) != NULL) {
        list_remove(node);
        exchange_free(list_entry(node, struct exchange, link));
    }
    free(server);
    return NULL;
}
