// The guard row by row: who is let in, and why the others are not.
#include "emulator/guard.h"

#include "emulator/options.h"
#include "tests/support/check_main.h"

struct host_row {
    struct text host;
    bool admitted;
};

static const struct host_row host_rows[] = {
    // addresses
    {TEXT("127.0.0.1"), true},
    {TEXT("127.0.0.1:4566"), true},
    {TEXT("192.168.1.20:80"), true},
    {TEXT("0.0.0.0:1"), true},
    {TEXT("[::1]"), true},
    {TEXT("[::1]:4566"), true},
    {TEXT("[FE80::1]:65535"), true},
    {TEXT("[::ffff:127.0.0.1]"), true},
    {TEXT("::1"), false},
    {TEXT("[::1"), false},
    {TEXT("[::1]x"), false},
    {TEXT("[::1]:"), false},
    {TEXT("[evil.com]"), false},
    {TEXT("[]"), false},
    {TEXT("127.1"), false},
    {TEXT("127.0.0.1.nip.io"), false},
    {TEXT("127.0.0.1.nip.io:4566"), false},
    {TEXT("256.0.0.1"), false},
    // names of one label
    {TEXT("localhost"), true},
    {TEXT("LOCALHOST:4566"), true},
    {TEXT("localhost."), true},
    {TEXT("redrive"), true},
    {TEXT("my_service-1:8080"), true},
    {TEXT("2130706433"), true},
    // names that nobody outside resolves
    {TEXT("orders.localhost"), true},
    {TEXT("a.b.localhost:80"), true},
    {TEXT("printer.local"), true},
    {TEXT("host.docker.internal"), true},
    {TEXT("API.TEST"), true},
    {TEXT("api.test."), true},
    {TEXT("api.test.:80"), true},
    {TEXT(".localhost"), false},
    {TEXT("evil.localhost.attacker.com"), false},
    {TEXT("localhost.attacker.com"), false},
    {TEXT("evillocal"), true},
    {TEXT("evil.notlocal"), false},
    {TEXT("attest.com"), false},
    {TEXT("a..test"), false},
    {TEXT("a.test.."), false},
    // other emulators' name for this machine
    {TEXT("localhost.localstack.cloud"), true},
    {TEXT("localhost.localstack.cloud:4566"), true},
    {TEXT("sqs.us-east-1.localhost.localstack.cloud:4566"), true},
    {TEXT("localstack.cloud"), false},
    {TEXT("evil.localstack.cloud"), false},
    {TEXT("evillocalhost.localstack.cloud"), false},
    // Amazon's own
    {TEXT("sqs.us-east-1.amazonaws.com"), true},
    {TEXT("SQS.eu-west-1.AmazonAWS.com"), true},
    {TEXT("queue.amazonaws.com"), true},
    {TEXT("eu-west-1.queue.amazonaws.com"), true},
    {TEXT("lambda.us-east-1.amazonaws.com"), true},
    {TEXT("sqs.cn-north-1.amazonaws.com.cn"), true},
    {TEXT("sqs-fips.us-east-1.amazonaws.com"), true},
    {TEXT("sqs.us-east-1.api.aws"), true},
    {TEXT("sqs.us-east-1.amazonaws.com:443"), true},
    {TEXT("evil.s3.amazonaws.com"), false},
    {TEXT("x.elb.amazonaws.com"), false},
    {TEXT("amazonaws.com"), false},
    {TEXT("sqs.evil.us-east-1.amazonaws.com"), false},
    {TEXT("sqs.us-east-1.amazonaws.com.attacker.com"), false},
    {TEXT("sqs.us-east-1.evilamazonaws.com"), false},
    // given by --host-name
    {TEXT("redrive.example.com"), true},
    {TEXT("Redrive.Example.com:4566"), true},
    {TEXT("x.redrive.example.com"), false},
    // everybody else, and what is no host
    {TEXT("example.com"), false},
    {TEXT("attacker.com:4566"), false},
    {TEXT(""), false},
    {TEXT("."), false},
    {TEXT(":80"), false},
    {TEXT("localhost:"), false},
    {TEXT("localhost:x"), false},
    {TEXT("localhost:123456"), false},
    {TEXT("local host"), false},
    {TEXT("localhost/x"), false},
    {TEXT("user@localhost"), false},
    {TEXT("localhost:80@evil.com"), false},
};

static void options_of(struct options *options, struct arena *arena)
{
    options_init(options, arena);
    options->host_names[options->host_name_count++] = TEXT("redrive.example.com");
}

START_TEST(a_host_is_admitted_if_nobody_outside_can_point_it_here)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    struct options options;
    options_of(&options, arena);
    for (size_t index = 0; index < sizeof(host_rows) / sizeof(host_rows[0]); index++)
        ck_assert_msg(guard_admits_host(&options, host_rows[index].host) ==
                          host_rows[index].admitted,
                      "%.*s", TEXT_ARGUMENTS(host_rows[index].host));
}
END_TEST

struct request_row {
    struct header headers[3];
    bool admitted;
};

#define HOST                                 \
    {                                        \
        TEXT("Host"), TEXT("localhost:4566") \
    }

static const struct request_row request_rows[] = {
    {{{{0}, {0}}}, true}, // a request without a socket; HTTP/1.0
    {{HOST}, true},
    {{HOST, {TEXT("host"), TEXT("attacker.com")}}, false}, // a second one
    {{HOST, {TEXT("Origin"), TEXT("http://localhost:4566")}}, true},
    {{HOST, {TEXT("origin"), TEXT("HTTP://localhost:4566")}},
     false}, // browsers write it in lower case
    {{HOST, {TEXT("Origin"), TEXT("https://LOCALHOST:4566")}}, true},
    {{HOST, {TEXT("Origin"), TEXT("http://localhost:3000")}},
     false}, // another port is another origin
    {{HOST, {TEXT("Origin"), TEXT("http://localhost")}}, false},
    {{HOST, {TEXT("Origin"), TEXT("https://attacker.com")}}, false},
    {{HOST, {TEXT("Origin"), TEXT("null")}}, false},
    {{HOST, {TEXT("Origin"), TEXT("")}}, false},
    {{HOST, {TEXT("Origin"), TEXT("file://")}}, false},
    {{{TEXT("Origin"), TEXT("http://")}}, false},
    {{HOST, {TEXT("Sec-Fetch-Site"), TEXT("none")}}, true},
    {{HOST, {TEXT("Sec-Fetch-Site"), TEXT("same-origin")}}, true},
    {{HOST, {TEXT("Sec-Fetch-Site"), TEXT("same-site")}}, false},
    {{HOST, {TEXT("sec-fetch-site"), TEXT("cross-site")}}, false},
    {{HOST, {TEXT("Sec-Fetch-Site"), TEXT("")}}, false},
    {{HOST,
      {TEXT("Origin"), TEXT("http://localhost:4566")},
      {TEXT("Sec-Fetch-Site"), TEXT("cross-site")}},
     false},
    {{{TEXT("Host"), TEXT("attacker.com:4566")},
      {TEXT("Origin"), TEXT("http://attacker.com:4566")},
      {TEXT("Sec-Fetch-Site"), TEXT("same-origin")}},
     false}, // a re-bound page: its own origin, but not our name
};

START_TEST(a_page_of_another_origin_is_refused_with_a_sentence)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    struct options options;
    options_of(&options, arena);
    for (size_t index = 0; index < sizeof(request_rows) / sizeof(request_rows[0]); index++) {
        struct request request = {0};
        while (request.header_count < 3 &&
               request_rows[index].headers[request.header_count].name.length > 0) {
            request.headers[request.header_count] =
                request_rows[index].headers[request.header_count];
            request.header_count++;
        }
        struct text reason = {0};
        bool admitted = guard_admits(&options, &request, &reason);
        ck_assert_msg(admitted == request_rows[index].admitted, "row %zu", index);
        ck_assert_msg(admitted == (reason.length == 0), "row %zu", index);
    }
}
END_TEST

struct browser_row {
    struct text bytes;
    bool admitted;
};

#define MOZILLA "User-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0.0.0 Safari/537.36\r\n"
#define LAN "HTTP/1.1\r\nHost: redrive:4566\r\n"

static const struct browser_row browser_rows[] = {
    // a preflight, of whatever origin
    {TEXT("OPTIONS / HTTP/1.1\r\nHost: localhost\r\n\r\n"), false},
    {TEXT("OPTIONS / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n\r\n"), false},
    // an image of a foreign page, at an address for which browsers send no Sec-Fetch-Site
    {TEXT("GET /?Action=DeleteQueue " LAN MOZILLA "\r\n"), false},
    {TEXT("POST / " LAN MOZILLA "\r\n"), false},
    {TEXT("POST /_redrive/api/reset " LAN MOZILLA "\r\n"), false},
    {TEXT("GET /_redrivel?Action=DeleteQueue " LAN MOZILLA "\r\n"), false}, // SQS's path
    {TEXT("GET /moto-api/reset " LAN MOZILLA "\r\n"), false},
    // the dashboard there, and what it asks for
    {TEXT("GET /_redrive/ " LAN MOZILLA "\r\n"), true},
    {TEXT("HEAD /_redrive/ " LAN MOZILLA "\r\n"), true},
    {TEXT("GET /_redrive/api/health " LAN MOZILLA "\r\n"), true},
    {TEXT("POST /_redrive/api/clock " LAN MOZILLA "Origin: http://redrive:4566\r\n\r\n"), true},
    // a browser that says that its user typed the address
    {TEXT("GET /?Action=ListQueues " LAN MOZILLA "Sec-Fetch-Site: none\r\n\r\n"), true},
    // tools
    {TEXT("POST / " LAN "User-Agent: aws-sdk-js/3.0\r\n\r\n"), true},
    {TEXT("POST / " LAN "User-Agent: Mozilla/5.0 (Windows NT) WindowsPowerShell/5.1\r\n\r\n"),
     true},
    {TEXT("POST / " LAN "User-Agent: Mozilla/5.0 (compatible; pycurl)\r\n"
          "Authorization: AWS4-HMAC-SHA256 Credential=a\r\n\r\n"),
     true},
    // what a page can have sent: the password of its image's address
    {TEXT("GET /?Action=DeleteQueue " LAN MOZILLA "Authorization: Basic YTpi\r\n\r\n"), false},
    {TEXT("GET /?Action=DeleteQueue " LAN MOZILLA
          "Authorization: AWS4-HMAC-SHA256 a\r\nSec-Fetch-Site: cross-site\r\n\r\n"),
     false},
};

START_TEST(a_browser_that_says_nothing_may_only_read_and_gets_no_preflight)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    struct options options;
    options_of(&options, arena);
    for (size_t index = 0; index < sizeof(browser_rows) / sizeof(browser_rows[0]); index++) {
        struct request request = {0};
        struct text reason = {0};
        ck_assert_msg(request_parse(&request, browser_rows[index].bytes), "row %zu", index);
        ck_assert_msg(guard_admits(&options, &request, &reason) == browser_rows[index].admitted,
                      "row %zu", index);
        ck_assert_msg(browser_rows[index].admitted == (reason.length == 0), "row %zu", index);
    }
}
END_TEST

static Suite *guard_suite(void)
{
    Suite *suite = suite_create("emulator/guard");
    TCase *rows = tcase_create("rows");
    tcase_add_test(rows, a_host_is_admitted_if_nobody_outside_can_point_it_here);
    tcase_add_test(rows, a_page_of_another_origin_is_refused_with_a_sentence);
    tcase_add_test(rows, a_browser_that_says_nothing_may_only_read_and_gets_no_preflight);
    suite_add_tcase(suite, rows);
    return suite;
}

CHECK_MAIN(guard_suite)
