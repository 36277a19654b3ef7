// router -- one table from the front of a path to the API that owns it.
//
// The guard stands before everything. Lambda's paths begin with the date of the API that an
// operation came with; what no row names is SQS's, because a queue URL may be any path. Only SQS
// answers a request that nobody else knows.
#include "emulator/router.h"

#include "emulator/api/api.h"
#include "emulator/clock.h"
#include "emulator/guard.h"
#include "emulator/log.h"
#include "emulator/world.h"
#include "queue/base/digest.h"
#include "queue/base/utf8.h"

#include <string.h>

struct route {
    struct text front; // of the path
    bool whole;        // the path is this and nothing more
    size_t api;        // in struct apis, or NOBODY
};

#define NOBODY SIZE_MAX
#define API(name) offsetof(struct apis, name)

const struct apis router_apis = {
    .sqs = api_sqs,
    .lambda = api_lambda,
    .admin = api_admin,
    .dropin = api_dropin,
};

static const struct route routes[] = {
    {TEXT("/_redrive/api/"), false, API(admin)},
    {TEXT("/_redrive/"), false, API(admin)},
    {TEXT("/_redrive"), true, API(admin)},
    {TEXT("/_aws/sqs/messages"), false, API(dropin)},
    {TEXT("/_localstack/health"), true, API(dropin)},
    {TEXT("/_localstack/state/reset"), true, API(dropin)},
    {TEXT("/moto-api/reset"), true, API(dropin)},
    // The Runtime API lives on the sandboxes' own ports.
    {TEXT("/2018-06-01/"), false, NOBODY},
};

// "/2015-03-31/...": Lambda's, each operation under the date at which it came.
static bool is_dated(struct text path)
{
    static const struct text form = TEXT("/0000-00-00/");
    if (path.length < form.length)
        return false;
    for (size_t index = 0; index < form.length; index++) {
        char byte = path.bytes[index];
        if (form.bytes[index] == '0' ? byte < '0' || byte > '9' : byte != form.bytes[index])
            return false;
    }
    return true;
}

static size_t api_of(struct text path)
{
    for (size_t index = 0; index < sizeof(routes) / sizeof(routes[0]); index++) {
        const struct route *route = &routes[index];
        if (route->whole ? text_equal(path, route->front) : text_starts_with(path, route->front))
            return route->api;
    }
    return is_dated(path) ? API(lambda) : API(sqs);
}

static void hand_over(struct request *request)
{
    size_t api = api_of(request->path);
    if (api == NOBODY) {
        request->quiet = true;
        api_answer_error(request, 404, TEXT("there is nothing at this path"));
        return;
    }
    void (*act)(struct request * request);
    memcpy(&act, (const char *)request->world->apis + api, sizeof(act));
    act(request);
}

static bool is_read(const struct request *request)
{
    return text_equal(request->method, TEXT("GET")) || text_equal(request->method, TEXT("HEAD"));
}

static bool method_fits(const struct request *request)
{
    return !text_starts_with(request->path, TEXT("/_redrive")) || is_read(request) ||
           text_equal(request->method, TEXT("POST"));
}

// What a request says of itself comes back in answers and in the log, and both are UTF-8.
static bool is_utf8(const struct request *request)
{
    for (size_t index = 0; index < request->header_count; index++) {
        const struct header *header = &request->headers[index];
        if (!utf8_is_valid(header->name) || !utf8_is_valid(header->value))
            return false;
    }
    return utf8_is_valid(request->method) && utf8_is_valid(request->path) &&
           utf8_is_valid(request->query);
}

// A page that asks again and again is worth one line.
static bool is_new_refusal(struct world *world, struct text host)
{
    uint8_t digest[SHA256_BYTES];
    uint64_t key;
    digest_sha256(host, digest);
    memcpy(&key, digest, sizeof(key));
    for (size_t index = 0; index < world->refused_count; index++) {
        if (world->refused_hosts[index] == key)
            return false;
    }
    if (world->refused_count == REFUSED_HOSTS_MAX)
        return false;
    world->refused_hosts[world->refused_count++] = key;
    return true;
}

static void refuse(struct request *request, struct text reason)
{
    struct text host = text_head(request_header(request, TEXT("Host")), 128);
    if (is_new_refusal(request->world, host))
        log_line("refuse host=\"%.*s\" reason=\"%.*s\"", TEXT_ARGUMENTS(host),
                 TEXT_ARGUMENTS(reason));
    request->quiet = true;
    api_answer_error(request, 403, reason);
}

// Draws nothing from the world's random: how processes start and end must not change its ids.
static void act_for_runtime(struct request *request)
{
    struct text reason;
    if (guard_admits(request->world->options, request, &reason))
        api_runtime(request);
    else
        refuse(request, reason);
}

void router_act(struct request *request)
{
    struct world *world = request->world;
    if (request->door != NULL) {
        act_for_runtime(request);
        return;
    }
    uint8_t uuid[UUID_BYTES];
    random_uuid(&world->request_random, uuid);
    uuid_format(uuid, request->request_id);

    struct text reason;
    if (!is_utf8(request)) {
        request->quiet = true;
        api_answer_error(request, 400, TEXT("the request line or a header is not UTF-8"));
    } else if (!guard_admits(world->options, request, &reason)) {
        refuse(request, reason);
    } else if (!method_fits(request)) {
        request->quiet = true;
        reply_header(request, TEXT("Allow"), TEXT("GET, HEAD, POST"));
        api_answer_error(request, 405,
                         TEXT("under /_redrive/ things are read by GET and changed by POST"));
    } else {
        hand_over(request);
    }
    assert(request->complete || request->parked);
    if (!request->quiet)
        clock_disturbed(world->clock);
}
