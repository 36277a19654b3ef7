// dashboard_test -- the page is one whole, its policy admits its own style and script and nothing else, and no markup is made of
// what others sent. What a browser makes of it is tested by tests/browser/run.
#include "emulator/web/dashboard.h"

#include "emulator/loop.h"
#include "emulator/server.h"
#include "emulator/world.h"
#include "queue/base/digest.h"
#include "tests/emulator/client.h"
#include "tests/support/check_main.h"

#define TURNS_MAX 500

static struct text page(void)
{
    return text_from((const char *)dashboard_page, dashboard_page_bytes);
}

static struct text between(struct text text, struct text begin, struct text end)
{
    size_t at;
    ck_assert(text_find(text, begin, &at));
    struct text rest = text_skip(text, at + begin.length);
    ck_assert(text_find(rest, end, &at));
    return text_head(rest, at);
}

static void expect_admitted(struct arena *arena, const char *kind, struct text content)
{
    uint8_t digest[SHA256_BYTES];
    digest_sha256(content, digest);
    struct text source = base64_encode(arena, text_from((const char *)digest, sizeof(digest)));
    struct text rule = arena_print(arena, "%s 'sha256-%.*s';", kind, TEXT_ARGUMENTS(source));
    ck_assert_msg(text_find(text_of(dashboard_policy), rule, NULL), "%s lacks %s", dashboard_policy,
                  rule.bytes);
}

START_TEST(the_policy_admits_the_pages_own_style_and_script)
{
    struct arena *arena = arena_new();
    expect_admitted(arena, "style-src", between(page(), TEXT("<style>"), TEXT("</style>")));
    expect_admitted(arena, "script-src", between(page(), TEXT("<script>"), TEXT("</script>")));
    struct text policy = text_of(dashboard_policy);
    ck_assert(text_starts_with(policy, TEXT("default-src 'none'; ")));
    ck_assert(!text_find(policy, TEXT("unsafe"), NULL));
    ck_assert(!text_find(policy, TEXT("*"), NULL));
    ck_assert(!text_find(policy, TEXT("http"), NULL));
    arena_free(arena);
}
END_TEST

START_TEST(the_page_needs_nothing_else_and_makes_no_markup)
{
    static const char *const absent[] = {"{{",
                                         "src=",
                                         "@import",
                                         "url(",
                                         "innerHTML",
                                         "outerHTML",
                                         "insertAdjacentHTML",
                                         "document.write",
                                         "eval(",
                                         "onclick=",
                                         "style=\""};
    for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
        ck_assert_msg(!text_find(page(), text_of(absent[i]), NULL), "the page has %s", absent[i]);
    ck_assert(text_starts_with(page(), TEXT("<!doctype html>")));
    ck_assert(text_ends_with(page(), TEXT("</html>\n")));
}
END_TEST

static struct text ask(const char *path, struct arena *arena)
{
    struct world world;
    struct options options;
    struct text reason;
    struct client client;
    int status;
    options_init(&options, arena);
    options.port = 0;
    options.journal_none = true;
    options.quiet = true;
    ck_assert(world_open(&world, &options, &reason, &status));
    client_open(&client, server_port(world.server));
    client_write(&client, arena_print(arena, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path));
    for (int turn = 0; turn < TURNS_MAX && client_reply(&client, NULL) == 0; turn++)
        loop_turn(world.loop, 20);
    ck_assert_int_eq(client_reply(&client, NULL), 200);
    struct text received = arena_copy(arena, buffer_text(&client.received));
    client_close(&client);
    world_close(&world);
    return received;
}

START_TEST(the_page_is_served_with_its_policy)
{
    static const char *const paths[] = {"/_redrive/", "/_redrive"};
    struct arena *arena = arena_new();
    struct text received = ask(paths[_i], arena);
    ck_assert(text_ends_with(received, page()));
    struct text head = text_head(received, received.length - dashboard_page_bytes);
    ck_assert(text_find(head, TEXT("Content-Type: text/html; charset=utf-8\r\n"), NULL));
    ck_assert(text_find(
        head, arena_print(arena, "Content-Security-Policy: %s\r\n", dashboard_policy), NULL));
    ck_assert(text_find(head, TEXT("X-Content-Type-Options: nosniff\r\n"), NULL));
    arena_free(arena);
}
END_TEST

static Suite *dashboard_suite(void)
{
    Suite *suite = suite_create("dashboard");
    TCase *tcase = tcase_create("dashboard");
    tcase_add_test(tcase, the_policy_admits_the_pages_own_style_and_script);
    tcase_add_test(tcase, the_page_needs_nothing_else_and_makes_no_markup);
    tcase_add_loop_test(tcase, the_page_is_served_with_its_policy, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(dashboard_suite)
