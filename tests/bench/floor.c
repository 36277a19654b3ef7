// floor -- what libmicrohttpd and cJSON cost without anything behind them: the least that a server
// of this kind can cost.
//
//     POST /...       the body is parsed by cJSON, its MessageBody looked up; as many bytes come
//                     back as from SendMessage
//     POST /invoke    the same with an event's Records; {"batchItemFailures":[]}: the handler of
//                     the invocation bench
//     GET  /2018-06-01/runtime/invocation/next, POST .../response: the Runtime API, with the last event
//                     again and again: what a runtime can do when nobody stands behind it
//     GET  /count     how many invocations and records came, and the time from the first to the
//                     last of them
//     GET  /last      the last event, so that the handler can be driven directly with the very
//                     bytes that redrive sent
//     POST /reset     counts from 0 again
//
// The daemon has the flags, the limits and the loop of emulator/server.c: an external epoll, one
// thread, MHD_run in each turn. It answers inside the access handler, which redrive cannot do,
// because there the COMMIT comes first.
#include "queue/base/fail.h"
#include "queue/base/own.h"

#include <arpa/inet.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#define CONNECTION_MEMORY_BYTES_MAX 16384
#define CONNECTIONS_MAX 8192
#define IDLE_SECONDS_MAX 75u
#define BACKLOG_MAX 1024
#define BODY_BYTES_MAX 65536

static const char send_reply[] = "{\"MessageId\":\"8b0b4c1e-8f3a-4a55-9d2c-0e6a6f1f2b3c\","
                                 "\"MD5OfMessageBody\":\"d41d8cd98f00b204e9800998ecf8427e\"}";
static const char invoke_reply[] = "{\"batchItemFailures\":[]}";

struct exchange {
    struct exchange *next; // in the free list
    size_t body_bytes;
    char body[BODY_BYTES_MAX];
};

struct floor {
    struct exchange *free_exchanges;
    uint64_t invocations;
    uint64_t records;
    int64_t first_ns;
    int64_t last_ns;
    size_t last_bytes;
    char last[BODY_BYTES_MAX];
};

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static struct exchange *exchange_new(struct floor *floor)
{
    struct exchange *exchange = floor->free_exchanges;
    if (exchange == NULL)
        return allocate(sizeof(*exchange));
    floor->free_exchanges = exchange->next;
    exchange->body_bytes = 0;
    return exchange;
}

static enum MHD_Result answer_with(struct MHD_Connection *connection, unsigned status,
                                   const char *bytes, size_t length,
                                   enum MHD_ResponseMemoryMode mode, const char *request_id)
{
    // libmicrohttpd takes what it only reads as a pointer to what it could write.
    union {
        const char *read;
        void *given;
    } body = {.read = bytes};
    struct MHD_Response *response = MHD_create_response_from_buffer(length, body.given, mode);
    if (response == NULL)
        fail("out of memory: no HTTP response");
    MHD_add_response_header(response, "Content-Type", "application/x-amz-json-1.0");
    if (request_id != NULL)
        MHD_add_response_header(response, "Lambda-Runtime-Aws-Request-Id", request_id);
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *bytes,
                              size_t length, enum MHD_ResponseMemoryMode mode)
{
    return answer_with(connection, status, bytes, length, mode, NULL);
}

static enum MHD_Result answer_read(struct floor *floor, struct MHD_Connection *connection,
                                   const char *path)
{
    if (strcmp(path, "/last") == 0)
        return answer(connection, MHD_HTTP_OK, floor->last, floor->last_bytes,
                      MHD_RESPMEM_MUST_COPY);
    if (strcmp(path, "/2018-06-01/runtime/invocation/next") == 0)
        return answer_with(connection, MHD_HTTP_OK, floor->last, floor->last_bytes,
                           MHD_RESPMEM_MUST_COPY, "8b0b4c1e-8f3a-4a55-9d2c-0e6a6f1f2b3c");
    char body[160];
    int length =
        snprintf(body, sizeof(body), "{\"invocations\":%llu,\"records\":%llu,\"elapsed_us\":%lld}",
                 (unsigned long long)floor->invocations, (unsigned long long)floor->records,
                 (long long)((floor->last_ns - floor->first_ns) / 1000));
    return answer(connection, MHD_HTTP_OK, body, (size_t)length, MHD_RESPMEM_MUST_COPY);
}

static void count_answer(struct floor *floor)
{
    floor->last_ns = now_ns();
    if (floor->invocations == 0)
        floor->first_ns = floor->last_ns;
    floor->invocations++;
}

static void count_invocation(struct floor *floor, const struct exchange *exchange, int records)
{
    count_answer(floor);
    floor->records += (uint64_t)records;
    floor->last_bytes = exchange->body_bytes;
    memcpy(floor->last, exchange->body, exchange->body_bytes);
}

static enum MHD_Result answer_write(struct floor *floor, struct MHD_Connection *connection,
                                    const char *path, const struct exchange *exchange)
{
    if (strcmp(path, "/reset") == 0) {
        floor->invocations = floor->records = 0;
        floor->first_ns = floor->last_ns = 0;
        return answer(connection, MHD_HTTP_OK, "{}", 2, MHD_RESPMEM_PERSISTENT);
    }
    if (strncmp(path, "/2018-06-01/", 12) == 0) {
        count_answer(floor);
        return answer(connection, MHD_HTTP_ACCEPTED, "{}", 2, MHD_RESPMEM_PERSISTENT);
    }
    bool invoked = strcmp(path, "/invoke") == 0;
    cJSON *tree = cJSON_ParseWithLength(exchange->body, exchange->body_bytes);
    const cJSON *member =
        cJSON_GetObjectItemCaseSensitive(tree, invoked ? "Records" : "MessageBody");
    bool good = invoked ? cJSON_IsArray(member) : cJSON_IsString(member);
    if (good && invoked)
        count_invocation(floor, exchange, cJSON_GetArraySize(member));
    cJSON_Delete(tree);
    if (!good)
        return answer(connection, MHD_HTTP_BAD_REQUEST, "{}", 2, MHD_RESPMEM_PERSISTENT);
    if (invoked)
        return answer(connection, MHD_HTTP_OK, invoke_reply, sizeof(invoke_reply) - 1,
                      MHD_RESPMEM_PERSISTENT);
    return answer(connection, MHD_HTTP_OK, send_reply, sizeof(send_reply) - 1,
                  MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result access_handler(void *context, struct MHD_Connection *connection,
                                      const char *path, const char *method, const char *version,
                                      const char *upload, size_t *upload_bytes,
                                      void **exchange_slot)
{
    (void)version;
    struct floor *floor = context;
    struct exchange *exchange = *exchange_slot;
    if (exchange == NULL) {
        *exchange_slot = exchange_new(floor);
        return MHD_YES;
    }
    if (*upload_bytes > 0) {
        if (exchange->body_bytes + *upload_bytes > BODY_BYTES_MAX)
            return MHD_NO;
        memcpy(exchange->body + exchange->body_bytes, upload, *upload_bytes);
        exchange->body_bytes += *upload_bytes;
        *upload_bytes = 0;
        return MHD_YES;
    }
    if (strcmp(method, "GET") == 0)
        return answer_read(floor, connection, path);
    return answer_write(floor, connection, path, exchange);
}

static void exchange_ended(void *context, struct MHD_Connection *connection, void **exchange_slot,
                           enum MHD_RequestTerminationCode code)
{
    (void)connection;
    (void)code;
    struct floor *floor = context;
    struct exchange *exchange = *exchange_slot;
    if (exchange == NULL)
        return;
    *exchange_slot = NULL;
    exchange->next = floor->free_exchanges;
    floor->free_exchanges = exchange;
}

static int listen_anywhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof(address);
    int yes = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)) != 0 ||
        bind(fd, (struct sockaddr *)&address, length) != 0 || listen(fd, BACKLOG_MAX) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) != 0)
        fail("the floor cannot listen: %s", strerror(errno));
    printf("floor listens on http://127.0.0.1:%u\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

int main(void)
{
    struct floor *floor = allocate(sizeof(*floor));
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, access_handler, floor,
        MHD_OPTION_LISTEN_SOCKET, listen_anywhere(), MHD_OPTION_NOTIFY_COMPLETED, exchange_ended,
        floor, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY_BYTES_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS_MAX, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
        MHD_OPTION_END);
    if (daemon == NULL)
        fail("the floor's HTTP server could not be started");
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    if (epoll_fd < 0 ||
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD,
                  MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, &event) != 0)
        fail("epoll: %s", strerror(errno));
    // Until it is killed: it owns nothing that outlives the process.
    for (;;) {
        unsigned long long wait_ms;
        int sleep_ms = MHD_get_timeout(daemon, &wait_ms) == MHD_YES
                           ? (int)(wait_ms < 60000 ? wait_ms : 60000)
                           : -1;
        if (epoll_wait(epoll_fd, &event, 1, sleep_ms) < 0 && errno != EINTR)
            fail("epoll_wait: %s", strerror(errno));
        MHD_run(daemon);
    }
}
