// Which path goes where. Who answers behind the router is this file's own: each writes its name.
#include "emulator/router.h"

#include "emulator/clock.h"
#include "emulator/world.h"
#include "queue/base/text.h"
#include "tests/support/check_main.h"

static void answer(struct request *request, struct text name)
{
    request->quiet = text_equal(request->query, TEXT("quiet"));
    request->reply.status = 200;
    buffer_append(&request->reply.body, name);
    request_finish(request);
}

static void act_sqs(struct request *request)
{
    answer(request, TEXT("sqs"));
}

static void act_lambda(struct request *request)
{
    answer(request, TEXT("lambda"));
}

static void act_admin(struct request *request)
{
    answer(request, TEXT("admin"));
}

static void act_dropin(struct request *request)
{
    answer(request, TEXT("dropin"));
}

static const struct apis apis = {
    .sqs = act_sqs, .lambda = act_lambda, .admin = act_admin, .dropin = act_dropin};

struct fixture {
    struct world world;
    struct options options;
    struct arena *arena;
};

static void begin(struct fixture *fixture)
{
    *fixture = (struct fixture){.arena = arena_new()};
    options_init(&fixture->options, fixture->arena);
    fixture->options.listener = false;
    fixture->options.journal_none = true;
    fixture->options.quiet = true;
    fixture->options.clock = CLOCK_LEAP;
    struct text reason;
    int status;
    ck_assert(world_open(&fixture->world, &fixture->options, &reason, &status));
    fixture->world.apis = &apis;
}

static void end(struct fixture *fixture)
{
    world_close(&fixture->world);
    arena_free(fixture->arena);
}

static void finished(struct request *request)
{
    (void)request;
}

// Routes a request whose head is given; the caller deinits its body.
static struct request route(struct fixture *fixture, struct text head)
{
    struct request request = {
        .world = &fixture->world, .arena = fixture->arena, .finished = finished};
    ck_assert(
        request_parse(&request, arena_print(fixture->arena, "%.*s\r\n\r\n", TEXT_ARGUMENTS(head))));
    router_act(&request);
    ck_assert(request.complete);
    return request;
}

struct row {
    struct text head;
    int status;
    struct text api; // empty: nobody's
};

static const struct row rows[] = {
    {TEXT("POST / HTTP/1.1"), 200, TEXT("sqs")},
    {TEXT("GET /000000000000/orders?Action=x HTTP/1.1"), 200, TEXT("sqs")},
    {TEXT("POST /queue/orders HTTP/1.1"), 200, TEXT("sqs")},
    {TEXT("GET /2015 HTTP/1.1"), 200, TEXT("sqs")},
    {TEXT("GET /2015-03-3x/y HTTP/1.1"), 200, TEXT("sqs")},
    {TEXT("GET /201503310000/orders HTTP/1.1"), 200, TEXT("sqs")},
    {TEXT("POST /2015-03-31/event-source-mappings/ HTTP/1.1"), 200, TEXT("lambda")},
    {TEXT("DELETE /2017-10-31/functions/f/concurrency HTTP/1.1"), 200, TEXT("lambda")},
    {TEXT("PUT /2015-03-31/functions/f/code HTTP/1.1"), 200, TEXT("lambda")},
    {TEXT("GET /2018-06-01/runtime/invocation/next HTTP/1.1"),
     404,
     {0}}, // L-209: the sandboxes' own ports
    {TEXT("GET /_redrive/api/health HTTP/1.1"), 200, TEXT("admin")},
    {TEXT("HEAD /_redrive/api/health HTTP/1.1"), 200, TEXT("admin")},
    {TEXT("POST /_redrive/api/clock HTTP/1.1"), 200, TEXT("admin")},
    {TEXT("PUT /_redrive/api/clock HTTP/1.1"), 405, {0}},
    {TEXT("DELETE /_redrive/api/reset HTTP/1.1"), 405, {0}},
    {TEXT("GET /_redrive/nothing HTTP/1.1"), 200, TEXT("admin")},
    {TEXT("GET /_aws/sqs/messages?QueueUrl=x HTTP/1.1"), 200, TEXT("dropin")},
    {TEXT("GET /_localstack/health HTTP/1.1"), 200, TEXT("dropin")},
    {TEXT("POST /moto-api/reset HTTP/1.1"), 200, TEXT("dropin")},
    {TEXT("POST /_localstack/state/reset HTTP/1.1"), 200, TEXT("dropin")},
    {TEXT("GET /2015-03-31/\xff HTTP/1.1"), 400, {0}},
    {TEXT("GET /?\xc3 HTTP/1.1"), 400, {0}},
    {TEXT("POST / HTTP/1.1\r\nX-Amz-Target: AmazonSQS.\xfe"), 400, {0}},
    {TEXT("POST /\xc3\xa9 HTTP/1.1"), 200, TEXT("sqs")},
    {TEXT("POST / HTTP/1.1\r\nHost: attacker.com"), 403, {0}},
    {TEXT("GET /_redrive/api/health HTTP/1.1\r\nHost: localhost\r\nOrigin: https://attacker.com"),
     403,
     {0}},
};

START_TEST(a_path_belongs_to_one_api)
{
    struct fixture fixture;
    begin(&fixture);
    for (size_t index = 0; index < sizeof(rows) / sizeof(rows[0]); index++) {
        struct request request = route(&fixture, rows[index].head);
        struct text body = buffer_text(&request.reply.body);
        ck_assert_msg(request.reply.status == rows[index].status, "row %zu: %d", index,
                      request.reply.status);
        ck_assert_msg(rows[index].api.length == 0 || text_equal(body, rows[index].api),
                      "row %zu: %.*s", index, TEXT_ARGUMENTS(body));
        buffer_deinit(&request.reply.body);
    }
    end(&fixture);
}
END_TEST

START_TEST(every_request_has_an_id_of_its_own)
{
    struct fixture fixture;
    uint8_t uuid[UUID_BYTES];
    begin(&fixture);
    struct request one = route(&fixture, TEXT("POST / HTTP/1.1"));
    struct request two = route(&fixture, TEXT("POST / HTTP/1.1"));
    ck_assert(uuid_from_text(text_from(one.request_id, sizeof(one.request_id)), uuid));
    ck_assert_mem_ne(one.request_id, two.request_id, sizeof(one.request_id));
    buffer_deinit(&one.reply.body);
    buffer_deinit(&two.reply.body);
    end(&fixture);
}
END_TEST

START_TEST(what_may_have_changed_something_disturbs_a_leap_and_a_pure_read_does_not)
{
    struct fixture fixture;
    begin(&fixture);
    cleanup(buffer_deinit) struct buffer obstacle = {0};
    struct request request = route(&fixture, TEXT("GET /?quiet HTTP/1.1"));
    buffer_deinit(&request.reply.body);
    request =
        route(&fixture, TEXT("GET / HTTP/1.1\r\nHost: attacker.com")); // a refusal changes nothing
    buffer_deinit(&request.reply.body);
    clock_append_obstacle(fixture.world.clock, &obstacle);
    ck_assert_uint_eq(obstacle.length, 0);
    int64_t begin_us = clock_real_us();
    request = route(&fixture, TEXT("GET / HTTP/1.1"));
    buffer_deinit(&request.reply.body);
    clock_append_obstacle(fixture.world.clock, &obstacle);
    if (clock_real_us() - begin_us < 5000) // else this machine is busy
        ck_assert(text_find(buffer_text(&obstacle), TEXT("less than 5 ms ago"), NULL));
    end(&fixture);
}
END_TEST

static Suite *router_suite(void)
{
    Suite *suite = suite_create("emulator/router");
    TCase *paths = tcase_create("paths");
    tcase_add_test(paths, a_path_belongs_to_one_api);
    tcase_add_test(paths, every_request_has_an_id_of_its_own);
    tcase_add_test(paths, what_may_have_changed_something_disturbs_a_leap_and_a_pure_read_does_not);
    suite_add_tcase(suite, paths);
    return suite;
}

CHECK_MAIN(router_suite)
