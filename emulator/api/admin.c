// admin -- /_redrive/api/: what the command line, tests and the dashboard ask that AWS has no
// operation for.
//
// One table of routes: path, method, and the function that acts. Only POST changes anything, so
// that a link or an image in a web page never can; everything that is read is quiet: it does not
// disturb a leap (design: time). Bodies and answers are JSON, errors are {"message": "a sentence"}.
#include "emulator/api/admin.h"

#include "emulator/api/api.h"
#include "emulator/api/lambda.h"
#include "emulator/asynchronous.h"
#include "emulator/emf.h"
#include "emulator/web/dashboard.h"
#include "emulator/wire/form.h"
#include "emulator/world.h"
#include "queue/base/own.h"

#include <stdio.h>
#include <string.h>

#define API_ROOT "/_redrive/api/"

static void health(struct request *request);
static void reset(struct request *request, const cJSON *command);

struct route {
    struct text path;                                            // behind API_ROOT
    void (*get)(struct request *request);                        // NULL: no GET
    void (*post)(struct request *request, const cJSON *command); // NULL: no POST
    bool post_is_quiet;                                          // it changes no queue
};

// clang-format off
static const struct route routes[] = {
    {TEXT("health"),    health,          NULL,                false},
    {TEXT("clock"),     admin_clock,     admin_clock_command, true},
    {TEXT("reset"),     NULL,            reset,               false},
    {TEXT("messages"),  admin_messages,  NULL,                false},
    {TEXT("queues"),    admin_queues,    NULL,                false},
    {TEXT("mappings"),  admin_mappings,  NULL,                false},
    {TEXT("functions"), admin_functions, NULL,                false},
    {TEXT("metrics"),   admin_metrics,   NULL,                false},
    {TEXT("events"),    admin_events,    NULL,                false},
    {TEXT("faults"),    admin_faults,    admin_faults_command, true},
    {TEXT("wait"),      NULL,            admin_wait,          true},
};
// clang-format on

#define ROUTES (sizeof(routes) / sizeof(routes[0]))

struct text admin_parameter(const struct request *request, struct text name)
{
    struct form form;
    if (!form_parse(request->arena, (struct text){0}, request->query, &form))
        return (struct text){0};
    return form_find(&form, name);
}

int64_t admin_parameter_integer(const struct request *request, struct text name, int64_t least,
                                int64_t most, int64_t fallback)
{
    int64_t value;
    if (!text_to_integer(admin_parameter(request, name), &value))
        return fallback;
    if (value < least)
        return least;
    return value > most ? most : value;
}

struct buffer *admin_begin(struct request *request)
{
    request->reply.status = 200;
    reply_header(request, TEXT("Content-Type"), TEXT("application/json"));
    return &request->reply.body;
}

void admin_append_instant(struct buffer *buffer, struct text name, int64_t at_ms)
{
    if (at_ms <= 0)
        return;
    char instant[24];
    instant_format(at_ms, instant);
    json_append_member_string(buffer, name, text_from(instant, sizeof(instant)));
    char name_ms[64];
    int length = snprintf(name_ms, sizeof(name_ms), "%.*sMs", TEXT_ARGUMENTS(name));
    json_append_member_integer(buffer, text_from(name_ms, (size_t)length), at_ms);
}

// The name, and the account before it, of ".../000000000000/orders"; a bare name has no account.
static void name_of_url(struct text name_or_url, struct text *ret_account, struct text *ret_name)
{
    *ret_account = (struct text){0};
    *ret_name = name_or_url;
    struct text left;
    struct text right;
    while (text_cut(*ret_name, '/', &left, &right)) {
        *ret_account = left;
        *ret_name = right;
    }
}

struct queue *admin_find_queue(const struct request *request, struct text name_or_url)
{
    const struct world *world = request->world;
    struct text account;
    struct text name;
    name_of_url(name_or_url, &account, &name);
    struct queue_key key = {.account = account.length > 0 ? account : world->options->account,
                            .region = api_region(request),
                            .name = name};
    struct queue *found = engine_find_queue(world->engine, &key);
    if (found != NULL)
        return found;
    struct queue *queue = NULL;
    while ((queue = engine_next_queue(world->engine, queue)) != NULL) {
        const struct queue_key *other = queue_key(queue);
        if (text_equal(other->name, name) &&
            (account.length == 0 || text_equal(other->account, account)))
            return queue;
    }
    return NULL;
}

void admin_answer_no_queue(struct request *request, struct text name_or_url)
{
    struct text sentence =
        name_or_url.length == 0
            ? TEXT("the parameter queue (a name) or QueueUrl is missing")
            : arena_print(request->arena, "there is no queue %.*s", TEXT_ARGUMENTS(name_or_url));
    api_answer_error(request, name_or_url.length == 0 ? 400 : 404, sentence);
}

static size_t count_queues(const struct world *world)
{
    size_t count = 0;
    struct queue *queue = NULL;
    while ((queue = engine_next_queue(world->engine, queue)) != NULL)
        count++;
    return count;
}

static void health(struct request *request)
{
    const struct world *world = request->world;
    const struct options *options = world->options;
    struct buffer *body = admin_begin(request);
    buffer_append_byte(body, '{');
    json_append_member_string(body, TEXT("status"), TEXT("ok"));
    json_append_member_string(body, TEXT("version"), TEXT(REDRIVE_VERSION));
    json_append_member_string(body, TEXT("clock"), clock_mode_text(clock_mode(world->clock)));
    admin_append_instant(body, TEXT("now"), timeline_now_ms(world->timeline));
    json_append_member_string(body, TEXT("account"), options->account);
    json_append_member_string(body, TEXT("region"), options->region);
    json_append_member_string(body, TEXT("database"),
                              options->database == NULL ? TEXT("in memory")
                                                        : text_of(options->database));
    json_append_member_integer(body, TEXT("queues"), (int64_t)count_queues(world));
    json_append_member_integer(body, TEXT("messages"),
                               (int64_t)engine_message_count(world->engine));
    json_append_name(body, TEXT("trace"));
    buffer_append_byte(body, '{');
    json_append_member_integer(body, TEXT("points"), (int64_t)trace_count(world->trace));
    json_append_member_integer(body, TEXT("overwritten"), (int64_t)trace_overwritten(world->trace));
    json_append_member_integer(body, TEXT("memoryBytes"),
                               (int64_t)trace_memory_bytes(world->trace));
    buffer_append(body, TEXT("}}"));
    request_finish(request);
}

// Those that were declared at start stay, as they were then.
static void reset_functions(struct world *world)
{
    struct function *function = functions_next(world->functions, NULL);
    while (function != NULL) {
        struct function *next = functions_next(world->functions, function);
        lambda_forget_qualifiers(world, function->name);
        if (function->declared) {
            function_configure(function, TEXT(""));
            function->reserved_concurrency = FUNCTION_UNRESERVED;
            function->counts = (struct function_counts){0};
        } else {
            world->journal->delete_record(world->journal, TEXT("function"), function->name);
            functions_remove(world->functions, function);
        }
        function = next;
    }
}

void admin_reset(struct world *world)
{
    asynchronous_reset(world->asynchronous);
    emf_reset(world->emf);
    esm_reset(world->esm);
    struct queue *queue;
    while ((queue = engine_next_queue(world->engine, NULL)) != NULL)
        engine_delete_queue(world->engine, queue);
    reset_functions(world);
    esm_functions_changed(world->esm);
    trace_reset(world->trace);
    world_changed(world);
}

static void reset(struct request *request, const cJSON *command)
{
    (void)command;
    admin_reset(request->world);
    buffer_append(admin_begin(request), TEXT("{\"status\":\"ok\"}"));
    request_finish(request);
}

static const struct route *route_find(struct text path)
{
    for (size_t i = 0; i < ROUTES; i++) {
        if (text_equal(routes[i].path, path))
            return &routes[i];
    }
    return NULL;
}

static void index_page(struct request *request)
{
    struct buffer *body = admin_begin(request);
    buffer_append_byte(body, '{');
    json_append_member_string(body, TEXT("redrive"), TEXT(REDRIVE_VERSION));
    json_append_name(body, TEXT("api"));
    buffer_append_byte(body, '[');
    for (size_t i = 0; i < ROUTES; i++) {
        if (i > 0)
            buffer_append_byte(body, ',');
        struct text path = arena_print(request->arena, API_ROOT "%s", routes[i].path.bytes);
        json_append_string(body, path);
    }
    buffer_append(body, TEXT(",\"" API_ROOT "trace\",\"" API_ROOT "trace/{messageId}\"]}"));
    request_finish(request);
}

// A page that shows what others sent: nothing but its own script may run in it, and nobody else may frame it.
static void dashboard(struct request *request)
{
    request->reply.status = 200;
    reply_header(request, TEXT("Content-Type"), TEXT("text/html; charset=utf-8"));
    reply_header(request, TEXT("Content-Security-Policy"), text_of(dashboard_policy));
    reply_header(request, TEXT("X-Content-Type-Options"), TEXT("nosniff"));
    reply_header(request, TEXT("Referrer-Policy"), TEXT("no-referrer"));
    reply_header(request, TEXT("Cache-Control"), TEXT("no-cache"));
    buffer_append_bytes(&request->reply.body, (const char *)dashboard_page, dashboard_page_bytes);
    request_finish(request);
}

static void act_by_post(struct request *request, const struct route *route)
{
    cleanup(json_tree_free) cJSON *command = NULL;
    struct text body = text_trim(request->body);
    if (body.length > 0) {
        command = json_parse(body, NULL);
        if (command == NULL || !cJSON_IsObject(command)) {
            api_answer_error(request, 400, TEXT("the body is not a JSON object"));
            return;
        }
    }
    request->quiet = route->post_is_quiet;
    route->post(request, command);
}

static void answer_method(struct request *request, struct text allowed)
{
    reply_header(request, TEXT("Allow"), allowed);
    api_answer_error(request, 405,
                     arena_print(request->arena, "%.*s is asked by %s, not by %.*s",
                                 TEXT_ARGUMENTS(request->path), allowed.bytes,
                                 TEXT_ARGUMENTS(request->method)));
}

void api_admin(struct request *request)
{
    bool reads =
        text_equal(request->method, TEXT("GET")) || text_equal(request->method, TEXT("HEAD"));
    request->quiet = reads;
    if (!text_starts_with(request->path, TEXT(API_ROOT)) ||
        request->path.length == strlen(API_ROOT)) {
        bool home = text_equal(request->path, TEXT("/_redrive")) ||
                    text_equal(request->path, TEXT("/_redrive/"));
        if (home && reads)
            dashboard(request);
        else if (text_equal(request->path, TEXT(API_ROOT)) && reads)
            index_page(request);
        else
            api_answer_error(
                request, 404,
                TEXT("there is no such page; GET /_redrive/ is the dashboard, GET " API_ROOT
                     " lists what can be asked"));
        return;
    }

    struct text path = text_skip(request->path, strlen(API_ROOT));
    if (text_equal(path, TEXT("trace")) || text_starts_with(path, TEXT("trace/"))) {
        if (reads)
            admin_trace(request, text_skip(path, strlen("trace/")));
        else
            answer_method(request, TEXT("GET"));
        return;
    }
    const struct route *route = route_find(path);
    if (route == NULL)
        api_answer_error(request, 404, TEXT("there is no such path; GET " API_ROOT " lists them"));
    else if (reads && route->get != NULL)
        route->get(request);
    else if (text_equal(request->method, TEXT("POST")) && route->post != NULL)
        act_by_post(request, route);
    else
        answer_method(request, route->get == NULL    ? TEXT("POST")
                               : route->post == NULL ? TEXT("GET")
                                                     : TEXT("GET, POST"));
}
