#include "emulator/wire/answer.h"

#include "tests/emulator/wire/toy.h"
#include "tests/support/check_main.h"

#include <string.h>

static struct request request;
static size_t finished_count;

static void finished(struct request *of)
{
    ck_assert_ptr_eq(of, &request);
    finished_count++;
}

static void begin(void)
{
    request = (struct request){.arena = arena_new(), .finished = finished};
    memcpy(request.request_id, "00000000-0000-4000-8000-000000000001", 36);
    finished_count = 0;
}

static void end(void)
{
    buffer_deinit(&request.reply.body);
    arena_free(request.arena);
}

static void expect_answered(const char *type, const char *body)
{
    ck_assert_uint_eq(finished_count, 1);
    ck_assert_int_eq(request.reply.status, 200);
    ck_assert_uint_eq(request.reply.header_count, 2);
    ck_assert(text_equal(request.reply.headers[0].value, text_of(type)));
    ck_assert(text_equal(request.reply.headers[1].value,
                         text_from(request.request_id, sizeof(request.request_id))));
    ck_assert(text_equal(buffer_text(&request.reply.body), text_of(body)));
}

START_TEST(json)
{
    RULES("S-3");
    const struct toy_inner output = {.text = TEXT("t")};
    answer_output(&request, WIRE_JSON, TEXT("Act"), &toy_inner_shape, &output);
    expect_answered("application/x-amz-json-1.0", "{\"Text\":\"t\"}");
}
END_TEST

// Nothing at all, and nothing to say.
START_TEST(json_without_output)
{
    RULES("S-4 S-5");
    answer_output(&request, WIRE_JSON, TEXT("Act"), NULL, NULL);
    expect_answered("application/x-amz-json-1.0", "");
}
END_TEST

START_TEST(json_with_empty_output)
{
    RULES("S-5");
    const struct toy_inner output = {.text = {0}};
    answer_output(&request, WIRE_JSON, TEXT("Act"), &toy_inner_shape, &output);
    expect_answered("application/x-amz-json-1.0", "{}");
}
END_TEST

START_TEST(xml)
{
    RULES("S-23");
    const struct toy_inner output = {.text = TEXT("t")};
    answer_output(&request, WIRE_QUERY, TEXT("Act"), &toy_inner_shape, &output);
    expect_answered("text/xml",
                    "<?xml version=\"1.0\"?><ActResponse xmlns=\"http://queue.amazonaws.com/doc/"
                    "2012-11-05/\"><ActResult><Text>t</Text></ActResult><ResponseMetadata>"
                    "<RequestId>00000000-0000-4000-8000-000000000001</RequestId>"
                    "</ResponseMetadata></ActResponse>");
}
END_TEST

static Suite *answer_suite(void)
{
    Suite *suite = suite_create("answer");
    TCase *tcase = tcase_create("answer");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, json);
    tcase_add_test(tcase, json_without_output);
    tcase_add_test(tcase, json_with_empty_output);
    tcase_add_test(tcase, xml);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(answer_suite)
