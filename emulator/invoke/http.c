// http -- one POST per invocation, all of them through one curl multi handle in our own loop.
//
//     invoke() -> curl multi -> answer -> classified -> timer on the timeline -> done()
//                  |      ^
//                  sockets and one deadline in the loop
//
// A transfer ends in real time, but an invocation ends on the timeline: its answer takes effect at
// the instant of the invoke plus the function's declared duration (1 ms at least), a time-out at
// the instant of the invoke plus Timeout. On the manual and the leap clock virtual time stands
// still until then; on the real clock that instant has usually passed and the timer fires at once.
//
// Connections are kept and used again, but a request is never sent twice: curl would silently
// repeat a POST whose kept connection turns out to be dead, and a handler that died half-way would
// see its batch once more, unseen by the outcome rules. curl asks before each sending, and the
// second is refused; and connections that were idle for longer than most servers keep them are not
// used again. curl has the whole body at hand, because then it sends a small one together with the
// head: in two parts it wakes the handler twice, a sixth of the price of an invocation.
//
// What was not taken: a thread per invocation with the easy interface, which needs locks around
// everything that this file touches.
#include "emulator/invoke/http.h"

#include "emulator/clock.h"
#include "emulator/curl_library.h"
#include "emulator/invoke/payload.h"
#include "emulator/loop.h"
#include "emulator/world.h"
#include "esm/function.h"
#include "esm/json.h"
#include "queue/base/buffer.h"
#include "queue/base/fail.h"

#include <assert.h>
#include <inttypes.h>
#include <sys/epoll.h>

#define RESPONSE_BYTES_MAX 6291556 // 6 MiB + 100 (L-81)
#define TRANSFERS_IDLE_MAX 64      // easy handles kept for the next invocation
#define CONNECTION_IDLE_SECONDS_MAX 1
#define RIE_PATH "/2015-03-31/functions/function/invocations"

// A prepared target.
struct http_target {
    char *url;             // in the function's arena
    bool plain;            // #plain: a body that looks like an error is still a response
    bool runtime_emulator; // the path is a Runtime Interface Emulator's
};

// A socket of curl's. Never freed before the invoker is: the loop may hold events for it in the
// turn in which curl lets it go.
struct socket_watch {
    struct loop_watch watch;
    struct http_invoker *invoker;
    struct list_node link; // in sockets_idle or sockets_used
};

struct transfer {
    struct http_invoker *invoker;
    struct invocation *invocation;
    CURL *easy;
    struct curl_slist *headers;
    struct list_node link; // in transfers_idle, while idle
    bool repeated;         // curl wanted to send the request a second time
    bool active;           // curl works on it
    bool too_large;
    struct buffer response;
    struct buffer detail;
    enum invocation_end end;
    char curl_error[CURL_ERROR_SIZE];
};

struct http_invoker {
    struct invoker face;
    struct world *world;
    struct curl_library curl; // from the first invocation on
    CURLM *multi;             // NULL until then
    struct loop_timer deadline;
    struct list_node transfers_idle;
    size_t transfers_idle_count;
    size_t running; // transfers that curl works on
    size_t started; // transfers of invocations that have not had their done()
    struct list_node sockets_idle;
    struct list_node sockets_used;
};

static struct http_invoker *invoker_of(struct invoker *face)
{
    return list_entry(face, struct http_invoker, face);
}

// ---- transfers, and the pool of them ----

// Of the head and what went with it; 0: nothing was sent yet.
static long transfer_request_bytes(const struct transfer *transfer)
{
    long bytes = 0;
    transfer->invoker->curl.easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &bytes);
    return bytes;
}

// CURLOPT_PREREQFUNCTION: a request, or a repeated one, is about to be sent.
static int transfer_sends(void *context, char *remote, char *local, int remote_port, int local_port)
{
    (void)remote;
    (void)local;
    (void)remote_port;
    (void)local_port;
    struct transfer *transfer = context;
    transfer->repeated = transfer_request_bytes(transfer) > 0;
    return transfer->repeated ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

static size_t transfer_write(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t length = size * count;
    if (length > RESPONSE_BYTES_MAX - transfer->response.length) {
        transfer->too_large = true;
        return 0; // which ends the transfer
    }
    buffer_append_bytes(&transfer->response, bytes, length);
    return length;
}

// What is the same for every invocation: a pooled handle keeps it.
static void transfer_set_up(struct transfer *transfer)
{
    const struct curl_library *curl = &transfer->invoker->curl;
    CURL *easy = curl->easy_init();
    if (!easy)
        fail("curl_easy_init failed: out of memory");
    curl->easy_setopt(easy, CURLOPT_POST, 1L);
    curl->easy_setopt(easy, CURLOPT_PREREQFUNCTION, transfer_sends);
    curl->easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
    curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, transfer_write);
    curl->easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl->easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl->easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->curl_error);
    curl->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl->easy_setopt(easy, CURLOPT_PROXY, "");
    curl->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl->easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl->easy_setopt(easy, CURLOPT_USERAGENT, "redrive");
    curl->easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)CONNECTION_IDLE_SECONDS_MAX);
    transfer->easy = easy;
}

static struct transfer *transfer_new(struct http_invoker *invoker)
{
    struct list_node *idle = list_first(&invoker->transfers_idle);
    struct transfer *transfer;
    if (idle) {
        list_remove(idle);
        invoker->transfers_idle_count--;
        transfer = list_entry(idle, struct transfer, link);
    } else {
        transfer = allocate(sizeof(*transfer));
        transfer->invoker = invoker;
        transfer_set_up(transfer);
    }
    transfer->repeated = false;
    transfer->too_large = false;
    transfer->curl_error[0] = '\0';
    buffer_clear(&transfer->response);
    buffer_clear(&transfer->detail);
    return transfer;
}

static void transfer_free(struct transfer *transfer)
{
    assert(!transfer->active);
    transfer->invoker->curl.easy_cleanup(transfer->easy);
    transfer->invoker->curl.slist_free_all(transfer->headers);
    buffer_deinit(&transfer->response);
    buffer_deinit(&transfer->detail);
    free(transfer);
}

// Back into the pool; a large response's memory is not kept.
static void transfer_release(struct transfer *transfer)
{
    struct http_invoker *invoker = transfer->invoker;
    transfer->invocation = NULL;
    invoker->curl.slist_free_all(take(&transfer->headers));
    assert(invoker->started > 0);
    invoker->started--;
    if (invoker->transfers_idle_count >= TRANSFERS_IDLE_MAX ||
        transfer->response.capacity > 65536) {
        transfer_free(transfer);
        return;
    }
    list_prepend(&invoker->transfers_idle, &transfer->link);
    invoker->transfers_idle_count++;
}

static void transfer_stop(struct transfer *transfer)
{
    assert(transfer->active);
    transfer->invoker->curl.multi_remove_handle(transfer->invoker->multi, transfer->easy);
    transfer->active = false;
    transfer->invoker->running--;
}

// ---- from curl's answer to an invocation's end ----

// L-253: a Runtime Interface Emulator reports what went wrong with status 200 (L-252 a, b). A
// time-out that it reports is its own and not ours, but means the same.
static bool response_is_error(struct text response)
{
    struct text trimmed = text_trim(response);
    if (text_starts_with(trimmed, TEXT("Task timed out after ")))
        return true;
    if (!text_starts_with(trimmed, TEXT("{")) || !text_find(trimmed, TEXT("errorType"), NULL))
        return false;
    cleanup(json_tree_free) cJSON *tree = json_parse(trimmed, NULL);
    return cJSON_IsString(json_member(tree, "errorType")) &&
           cJSON_IsString(json_member(tree, "errorMessage")) &&
           !json_member(tree, "batchItemFailures");
}

static void transfer_classify_success(struct transfer *transfer, const struct http_target *target)
{
    struct curl_header *header = NULL;
    if (transfer->invoker->curl.easy_header(transfer->easy, "X-Amz-Function-Error", 0, CURLH_HEADER,
                                            -1, &header) == CURLHE_OK) {
        transfer->end = INVOCATION_FUNCTION_ERROR;
        buffer_print(&transfer->detail, "the handler answered with X-Amz-Function-Error: %s",
                     header->value);
    } else if (!target->plain && response_is_error(buffer_text(&transfer->response))) {
        transfer->end = INVOCATION_FUNCTION_ERROR;
        buffer_append(&transfer->detail,
                      TEXT("the body reads like an error report of a Runtime Interface Emulator; "
                           "end the target in #plain if it is a response"));
    } else {
        transfer->end = INVOCATION_RESPONDED;
    }
}

static void transfer_classify_status(struct transfer *transfer, const struct http_target *target,
                                     long status)
{
    if (status >= 200 && status < 300) {
        transfer_classify_success(transfer, target);
        return;
    }
    // L-252 d: an emulator that is busy with one request answers the next with 400.
    if (status == 429 || (status == 400 && target->runtime_emulator)) {
        transfer->end = INVOCATION_THROTTLED;
        buffer_print(&transfer->detail, "the handler answered %ld: it is busy", status);
        return;
    }
    transfer->end = INVOCATION_FUNCTION_ERROR;
    buffer_print(&transfer->detail, "the handler answered HTTP status %ld", status);
    if (status == 404 || status == 405)
        buffer_append(
            &transfer->detail,
            TEXT(": is the path right? a Runtime Interface Emulator wants POST " RIE_PATH));
    else if (status >= 300 && status < 400)
        buffer_append(&transfer->detail,
                      TEXT(": redirects are not followed, give the final address"));
    else if (status == 401 || status == 403)
        buffer_append(&transfer->detail,
                      TEXT(": it wants credentials that an invocation does not carry"));
    else if (status == 413)
        buffer_append(&transfer->detail,
                      TEXT(": it does not take bodies of this size, an event may have 6 MB"));
}

static void transfer_print_curl_error(struct transfer *transfer, CURLcode code)
{
    if (transfer->repeated)
        buffer_append(&transfer->detail, TEXT("closed before it answered"));
    else if (transfer->curl_error[0] != '\0')
        buffer_append(&transfer->detail, text_of(transfer->curl_error));
    else
        buffer_append(&transfer->detail, text_of(transfer->invoker->curl.easy_strerror(code)));
}

static void transfer_time_out(struct transfer *transfer)
{
    transfer->end = INVOCATION_TIMED_OUT;
    buffer_clear(&transfer->response);
    payload_append_timeout(&transfer->response, transfer->invocation);
}

static void transfer_classify_failure(struct transfer *transfer, CURLcode code)
{
    if (!transfer->repeated && transfer_request_bytes(transfer) == 0) {
        // Row 33: nothing was sent, so nothing can have happened, and the batch may be tried again
        // inside its lease.
        transfer->end = INVOCATION_REFUSED;
        buffer_clear(&transfer->response);
        transfer_print_curl_error(transfer, code);
    } else if (code == CURLE_OPERATION_TIMEDOUT) {
        transfer_time_out(transfer);
    } else {
        // A handler that hangs up is the nearest thing to a runtime that exits (L-84).
        transfer->end = INVOCATION_EXITED;
        buffer_clear(&transfer->response);
        payload_append_exit(&transfer->response, transfer->invocation,
                            TEXT("exited without providing a reason"));
        buffer_append(&transfer->detail, TEXT("the handler's connection was lost: "));
        transfer_print_curl_error(transfer, code);
    }
}

static void transfer_classify(struct transfer *transfer, CURLcode code)
{
    const struct http_target *target = transfer->invocation->function->target_parsed;
    long status = 0;
    transfer->invoker->curl.easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    if (transfer->too_large) {
        transfer->end = INVOCATION_TOO_LARGE;
        buffer_clear(&transfer->response);
        payload_append_too_large(&transfer->response);
    } else if (code == CURLE_OK) {
        transfer_classify_status(transfer, target, status);
    } else {
        transfer_classify_failure(transfer, code);
    }
}

// When the end takes effect on the timeline. On the real clock, which moves by itself, it does when
// it comes: to wait for the next millisecond would bind a poller to a thousand invocations a second.
// Elsewhere a function takes as long as was declared, and is cut off like any other if that is
// longer than its Timeout.
static int64_t transfer_due_ms(struct transfer *transfer)
{
    struct invocation *invocation = transfer->invocation;
    const struct function *function = invocation->function;
    invocation->at_once = clock_mode(transfer->invoker->world->clock) == CLOCK_REAL;
    if (invocation->at_once)
        return invocation->invoked_at_ms;
    int64_t timeout_ms = function->timeout_seconds * 1000;
    bool began = transfer->end != INVOCATION_REFUSED && transfer->end != INVOCATION_THROTTLED;
    int64_t duration_ms = 1;
    if (began) {
        if (function->duration_ms > timeout_ms)
            transfer_time_out(transfer);
        if (transfer->end == INVOCATION_TIMED_OUT)
            duration_ms = timeout_ms;
        else if (function->duration_ms > 1)
            duration_ms = function->duration_ms;
    }
    return clock_done_at_ms(transfer->invoker->world->clock, invocation,
                            invocation->invoked_at_ms + duration_ms);
}

static void invocation_finish(struct timer *timer)
{
    struct invocation *invocation = list_entry(timer, struct invocation, timer);
    struct transfer *transfer = invocation->work;
    invocation->work = NULL;
    invocation->done(invocation, transfer->end, buffer_text(&transfer->response),
                     buffer_text(&transfer->detail));
    transfer_release(transfer);
}

// ---- curl in the loop ----

static void invoker_collect(struct http_invoker *invoker)
{
    int left;
    for (CURLMsg *message; (message = invoker->curl.multi_info_read(invoker->multi, &left));) {
        if (message->msg != CURLMSG_DONE)
            continue;
        char *private = NULL;
        invoker->curl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        struct transfer *transfer = (void *)private;
        transfer_classify(transfer, message->data.result);
        transfer_stop(transfer); // message is gone
        timeline_schedule(invoker->world->timeline, &transfer->invocation->timer,
                          transfer_due_ms(transfer));
        loop_again(invoker->world->loop);
    }
}

static void invoker_act(struct http_invoker *invoker, curl_socket_t fd, int events)
{
    int running;
    CURLMcode code = invoker->curl.multi_socket_action(invoker->multi, fd, events, &running);
    if (code != CURLM_OK)
        fail("curl_multi_socket_action failed: %s", invoker->curl.multi_strerror(code));
    invoker_collect(invoker);
}

static void socket_ready(struct loop_watch *watch, uint32_t events)
{
    struct socket_watch *socket = list_entry(watch, struct socket_watch, watch);
    int mask = (events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP) ? CURL_CSELECT_IN : 0) |
               (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
               (events & EPOLLERR ? CURL_CSELECT_ERR : 0);
    invoker_act(socket->invoker, watch->fd, mask);
}

static struct socket_watch *socket_watch_new(struct http_invoker *invoker, int fd)
{
    struct list_node *idle = list_first(&invoker->sockets_idle);
    struct socket_watch *socket =
        idle ? list_entry(idle, struct socket_watch, link) : allocate(sizeof(*socket));
    if (idle)
        list_remove(idle);
    socket->invoker = invoker;
    socket->watch = (struct loop_watch){.ready = socket_ready, .fd = fd};
    list_append(&invoker->sockets_used, &socket->link);
    return socket;
}

// CURLMOPT_SOCKETFUNCTION
static int socket_wanted(CURL *easy, curl_socket_t fd, int what, void *context, void *assigned)
{
    (void)easy;
    struct http_invoker *invoker = context;
    struct socket_watch *socket = assigned;
    if (what == CURL_POLL_REMOVE) {
        if (!socket)
            return 0;
        loop_watch_remove(invoker->world->loop, &socket->watch);
        list_remove(&socket->link);
        list_append(&invoker->sockets_idle, &socket->link);
        invoker->curl.multi_assign(invoker->multi, fd, NULL);
        return 0;
    }
    uint32_t events = (what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0) |
                      (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0);
    if (socket) {
        loop_watch_change(invoker->world->loop, &socket->watch, events);
        return 0;
    }
    socket = socket_watch_new(invoker, fd);
    invoker->curl.multi_assign(invoker->multi, fd, socket);
    loop_watch_add(invoker->world->loop, &socket->watch, events);
    return 0;
}

static void deadline_passed(struct loop_timer *timer)
{
    invoker_act(list_entry(timer, struct http_invoker, deadline), CURL_SOCKET_TIMEOUT, 0);
}

// CURLMOPT_TIMERFUNCTION; -1: no deadline
static int deadline_wanted(CURLM *multi, long after_ms, void *context)
{
    (void)multi;
    struct http_invoker *invoker = context;
    if (after_ms < 0)
        loop_timer_cancel(invoker->world->loop, &invoker->deadline);
    else
        loop_timer_set(invoker->world->loop, &invoker->deadline, after_ms);
    return 0;
}

static void invoker_start_curl(struct http_invoker *invoker)
{
    curl_library_open(&invoker->curl);
    if (invoker->curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        fail("curl_global_init failed");
    invoker->multi = invoker->curl.multi_init();
    if (!invoker->multi)
        fail("curl_multi_init failed: out of memory");
    invoker->curl.multi_setopt(invoker->multi, CURLMOPT_SOCKETFUNCTION, socket_wanted);
    invoker->curl.multi_setopt(invoker->multi, CURLMOPT_SOCKETDATA, invoker);
    invoker->curl.multi_setopt(invoker->multi, CURLMOPT_TIMERFUNCTION, deadline_wanted);
    invoker->curl.multi_setopt(invoker->multi, CURLMOPT_TIMERDATA, invoker);
    invoker->curl.multi_setopt(invoker->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
}

// ---- an invocation ----

static void transfer_add_header(struct transfer *transfer, const char *line)
{
    struct curl_slist *headers = transfer->invoker->curl.slist_append(transfer->headers, line);
    if (!headers)
        fail("out of memory");
    transfer->headers = headers;
}

static void transfer_add_headers(struct transfer *transfer)
{
    const struct invocation *invocation = transfer->invocation;
    const struct function *function = invocation->function;
    cleanup(arena_free) struct arena *arena = arena_new();
    transfer_add_header(
        transfer, "Expect:"); // without the colon's value: curl must not wait for 100 Continue
    transfer_add_header(transfer, "Content-Type: application/json");
    transfer_add_header(
        transfer,
        arena_print(arena, "X-Amzn-RequestId: %.*s", TEXT_ARGUMENTS(invocation->request_id)).bytes);
    transfer_add_header(transfer, arena_print(arena, "Lambda-Runtime-Aws-Request-Id: %.*s",
                                              TEXT_ARGUMENTS(invocation->request_id))
                                      .bytes);
    transfer_add_header(transfer,
                        arena_print(arena, "Lambda-Runtime-Invoked-Function-Arn: %.*s%s%.*s",
                                    TEXT_ARGUMENTS(function->arn),
                                    invocation->qualifier.length > 0 ? ":" : "",
                                    TEXT_ARGUMENTS(invocation->qualifier))
                            .bytes);
    // Always real time (design: time), because the handler compares it with its own clock.
    transfer_add_header(transfer, arena_print(arena, "Lambda-Runtime-Deadline-Ms: %" PRId64,
                                              clock_wall_ms() + function->timeout_seconds * 1000)
                                      .bytes);
}

static void transfer_prepare(struct transfer *transfer)
{
    const struct invocation *invocation = transfer->invocation;
    const struct http_target *target = invocation->function->target_parsed;
    const struct curl_library *curl = &transfer->invoker->curl;
    CURL *easy = transfer->easy;
    transfer_add_headers(transfer);
    curl->easy_setopt(easy, CURLOPT_URL, target->url);
    curl->easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
    // Without any, curl would read standard input.
    curl->easy_setopt(easy, CURLOPT_POSTFIELDS,
                      invocation->payload.length > 0 ? invocation->payload.bytes : "");
    curl->easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)invocation->payload.length);
    curl->easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                      (long)(invocation->function->timeout_seconds * 1000));
}

static void http_invoke(struct invoker *face, struct invocation *invocation)
{
    struct http_invoker *invoker = invoker_of(face);
    assert(invocation->function->target_parsed && !invocation->work);
    if (!invoker->multi)
        invoker_start_curl(invoker);
    struct transfer *transfer = transfer_new(invoker);
    transfer->invocation = invocation;
    invocation->work = transfer;
    invocation->timer = (struct timer){.fire = invocation_finish, .motive = true};
    transfer_prepare(transfer);
    CURLMcode code = invoker->curl.multi_add_handle(
        invoker->multi, transfer->easy); // sets the deadline to 0: the next turn begins it
    if (code != CURLM_OK)
        fail("curl_multi_add_handle failed: %s", invoker->curl.multi_strerror(code));
    transfer->active = true;
    invoker->running++;
    invoker->started++;
}

static void http_cancel(struct invoker *face, struct invocation *invocation)
{
    struct http_invoker *invoker = invoker_of(face);
    struct transfer *transfer = invocation->work;
    assert(transfer && transfer->invocation == invocation);
    if (transfer->active)
        transfer_stop(transfer);
    timeline_cancel(invoker->world->timeline, &invocation->timer);
    invocation->work = NULL;
    transfer_release(transfer);
}

static size_t http_running(const struct invoker *face)
{
    return ((const struct http_invoker *)(const void *)face)->running; // face is the first member
}

struct http_invoker *http_invoker_new(struct world *world)
{
    struct http_invoker *invoker = allocate(sizeof(*invoker));
    invoker->face =
        (struct invoker){.invoke = http_invoke, .cancel = http_cancel, .running = http_running};
    invoker->world = world;
    invoker->deadline.fire = deadline_passed;
    list_init(&invoker->transfers_idle);
    list_init(&invoker->sockets_idle);
    list_init(&invoker->sockets_used);
    return invoker;
}

struct http_invoker *http_invoker_free(struct http_invoker *invoker)
{
    if (!invoker)
        return NULL;
    assert(invoker->started == 0);
    list_for_each (node, &invoker->transfers_idle) {
        list_remove(node);
        transfer_free(list_entry(node, struct transfer, link));
    }
    if (invoker->multi) {
        invoker->curl.multi_cleanup(
            invoker->multi); // closes the kept connections, and lets go of their sockets
        loop_timer_cancel(invoker->world->loop, &invoker->deadline);
        invoker->curl.global_cleanup();
    }
    assert(list_is_empty(&invoker->sockets_used));
    list_for_each (node, &invoker->sockets_idle) {
        list_remove(node);
        free(list_entry(node, struct socket_watch, link));
    }
    free(invoker);
    return NULL;
}

struct invoker *http_invoker_face(struct http_invoker *invoker)
{
    return &invoker->face;
}

// ---- targets ----

// The address as curl understands it, and its path; both live in the arena.
static CURLUcode address_read(const struct curl_library *curl, struct arena *arena,
                              const char *address, struct text *ret_whole, struct text *ret_path)
{
    char *whole = NULL;
    char *path = NULL;
    CURLU *url = curl->url();
    if (!url)
        fail("out of memory");
    CURLUcode code = curl->url_set(url, CURLUPART_URL, address, 0);
    if (code == CURLUE_OK)
        code = curl->url_get(url, CURLUPART_PATH, &path, 0);
    if (code == CURLUE_OK)
        code = curl->url_get(url, CURLUPART_URL, &whole, 0);
    if (code == CURLUE_OK) {
        *ret_whole = arena_copy(arena, text_of(whole));
        *ret_path = arena_copy(arena, text_of(path));
    }
    curl->free(whole);
    curl->free(path);
    curl->url_cleanup(url);
    return code;
}

bool http_target_parse(struct arena *arena, struct text target, void **ret_parsed,
                       struct text *ret_reason)
{
    struct text address = target, fragment = {0};
    bool has_fragment = text_cut(target, '#', &address, &fragment);
    if (has_fragment && !text_equal(fragment, TEXT("plain"))) {
        *ret_reason = arena_print(
            arena, "the target %.*s ends in #%.*s, but an http target may end in #plain only",
            TEXT_ARGUMENTS(target), TEXT_ARGUMENTS(fragment));
        return false;
    }
    struct http_target *parsed = arena_allocate(arena, sizeof(*parsed));
    parsed->plain = has_fragment;
    struct text copy = arena_copy(arena, address);
    struct curl_library curl;
    curl_library_open(&curl);
    struct text whole = {0};
    struct text path = {0};
    CURLUcode code = memchr(copy.bytes, '\0', copy.length)
                         ? CURLUE_MALFORMED_INPUT
                         : address_read(&curl, arena, copy.bytes, &whole, &path);
    if (code != CURLUE_OK) {
        *ret_reason = arena_print(
            arena, "the target %.*s is not an address (%s); write it like http://127.0.0.1:9000/",
            TEXT_ARGUMENTS(target), curl.url_strerror(code));
        return false;
    }
    parsed->url = (char *)(uintptr_t)whole.bytes;
    parsed->runtime_emulator = text_equal(path, TEXT(RIE_PATH));
    *ret_parsed = parsed;
    return true;
}
