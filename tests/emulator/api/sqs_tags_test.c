// TagQueue, UntagQueue, ListQueueTags and the tags of CreateQueue: section 2.10 of the reference.
// Every test runs in both protocols.
#include "tests/support/api_world.h"
#include "tests/support/check_main.h"

#include <string.h>

static struct api_world world;

static void begin(void)
{
    api_world_begin(&world);
    api_create_queue(&world, "q", "");
}

static void end(void)
{
    api_world_end(&world);
}

static struct api_answer *tag(int protocol, const char *tags)
{
    return api_call(&world, protocol, "TagQueue", "{'QueueUrl':'q','Tags':{%s}}", tags);
}

static void expect_tags(int protocol, const char *queue, const char *expected)
{
    struct api_answer *answer =
        api_call(&world, protocol, "ListQueueTags", "{'QueueUrl':'%s'}", queue);
    api_expect_ok(answer);
    api_expect_text(&world, answer, "Tags", expected);
    ck_assert(answer->request.quiet);
}

static const char *repeated(const char *part, size_t count)
{
    cleanup(buffer_deinit) struct buffer text = {0};
    for (size_t i = 0; i < count; i++)
        buffer_append(&text, text_of(part));
    return arena_copy(world.arena, buffer_text(&text)).bytes;
}

START_TEST(tags_are_added_overwritten_and_removed)
{
    RULES("S-4 S-138");
    expect_tags(_i, "q", NULL);
    struct api_answer *answer = tag(_i, "'b':'1','a':'','A':'x'");
    api_expect_ok(answer);
    if (_i == WIRE_JSON)
        ck_assert_uint_eq(answer->body.length, 0);
    expect_tags(_i, "q", "{\"A\":\"x\",\"a\":\"\",\"b\":\"1\"}");
    api_expect_ok(tag(_i, "'b':'2','c':'\u00e9'"));
    expect_tags(_i, "q", "{\"A\":\"x\",\"a\":\"\",\"b\":\"2\",\"c\":\"\u00e9\"}");
    api_expect_ok(
        api_call(&world, _i, "UntagQueue", "{'QueueUrl':'q','TagKeys':['a','none','A','c']}"));
    expect_tags(_i, "q", "{\"b\":\"2\"}");
    api_expect_ok(api_call(&world, _i, "UntagQueue", "{'QueueUrl':'q','TagKeys':['b']}"));
    expect_tags(_i, "q", NULL);
}
END_TEST

START_TEST(tags_of_create_queue)
{
    RULES("S-115 S-118 S-138");
    api_expect_ok(api_call(&world, _i, "CreateQueue", "{'QueueName':'n','tags':{'a':'b'}}"));
    expect_tags(_i, "n", "{\"a\":\"b\"}");
    // They play no part when the queue is there.
    api_expect_ok(api_call(&world, _i, "CreateQueue", "{'QueueName':'n','tags':{'a':'c'}}"));
    expect_tags(_i, "n", "{\"a\":\"b\"}");
    struct api_answer *answer =
        api_call(&world, _i, "CreateQueue", "{'QueueName':'o','tags':{'a!':'c'}}");
    ck_assert(text_equal(answer->code, TEXT("InvalidParameterValue")));
    ck_assert_int_eq(api_call(&world, _i, "GetQueueUrl", "{'QueueName':'o'}")->status, 400);
}
END_TEST

START_TEST(tags_refused)
{
    RULES("S-139");
    const char *length = "Tag keys must be between 1 and 128 characters in length.";
    const char *characters = "Tag keys may only contain unicode letters, digits, whitespace, or "
                             "one of these symbols: _ . : / = + - @";
    const struct api_refusal refusals[] = {
        {"TagQueue", "{'QueueUrl':'q'}", API_PARAMETER_MISSING,
         "The request must contain the parameter Tags."},
        {"TagQueue", "{'QueueUrl':'q','Tags':{}}", API_PARAMETER_MISSING,
         "The request must contain the parameter Tags."},
        {"TagQueue", "{'QueueUrl':'q','Tags':{'':'v'}}", API_PARAMETER_VALUE, length},
        {"TagQueue", "{'QueueUrl':'q','Tags':{'a!':'v'}}", API_PARAMETER_VALUE, characters},
        {"TagQueue", "{'QueueUrl':'q','Tags':{'a\\u0001':'v'}}", API_PARAMETER_VALUE, characters},
        {"TagQueue", "{'QueueUrl':'q','Tags':{'a\u2603':'v'}}", API_PARAMETER_VALUE, characters},
        {"TagQueue", "{'QueueUrl':'q','Tags':{'AWS:x':'v'}}", API_PARAMETER_VALUE,
         "Tag keys must not begin with aws:, which is reserved."},
        {"UntagQueue", "{'QueueUrl':'q'}", API_PARAMETER_VALUE, length},
        {"UntagQueue", "{'QueueUrl':'q','TagKeys':[]}", API_PARAMETER_VALUE, length},
        {"UntagQueue", "{'QueueUrl':'q','TagKeys':['']}", API_PARAMETER_VALUE, length},
    };
    API_REFUSE(&world, _i, refusals);
    // Characters, not bytes.
    struct arena *arena = world.arena;
    const char *longest =
        arena_print(arena, "'%s':'%s'", repeated("\u00e9", 128), repeated("\u00e9", 256)).bytes;
    api_expect_ok(tag(_i, longest));
    api_expect_fault(tag(_i, arena_print(arena, "'%s':''", repeated("k", 129)).bytes),
                     API_PARAMETER_VALUE, length);
    api_expect_fault(tag(_i, arena_print(arena, "'k':'%s'", repeated("v", 257)).bytes),
                     API_PARAMETER_VALUE,
                     "Tag values must be between 0 and 256 characters in length.");
    api_expect_ok(tag(_i, "'a b_.:/=+-@9\u00e9':'v'"));
}
END_TEST

START_TEST(at_most_fifty_tags)
{
    RULES("S-139");
    cleanup(buffer_deinit) struct buffer tags = {0};
    for (int i = 0; i < 50; i++)
        buffer_print(&tags, "%s'k%d':'v'", i > 0 ? "," : "", i);
    api_expect_ok(tag(_i, arena_copy(world.arena, buffer_text(&tags)).bytes));
    api_expect_fault(tag(_i, "'k1':'changed','more':'v'"), API_PARAMETER_VALUE,
                     "Too many tags added for queue q.");
    struct api_answer *answer = api_call(&world, _i, "ListQueueTags", "{'QueueUrl':'q'}");
    api_expect_text(&world, answer, "Tags.k1", "v");
    api_expect_ok(tag(_i, "'k1':'changed'"));
}
END_TEST

static Suite *sqs_tags_suite(void)
{
    Suite *suite = suite_create("sqs_tags");
    TCase *rules = tcase_create("rules");
    tcase_add_checked_fixture(rules, begin, end);
    tcase_add_loop_test(rules, tags_are_added_overwritten_and_removed, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, tags_of_create_queue, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, tags_refused, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, at_most_fifty_tags, 0, API_PROTOCOLS);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(sqs_tags_suite)
