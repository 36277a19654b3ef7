// What all APIs ask of a request: its region, who signs it; and the plain error of /_redrive/.
#include "emulator/api/api.h"

#include "tests/support/api_world.h"
#include "tests/support/check_main.h"

static struct api_world world;

static void begin(void)
{
    api_world_begin(&world);
}

static void end(void)
{
    api_world_end(&world);
}

static struct request signed_by(const char *authorization)
{
    return (struct request){
        .world = &world.world,
        .arena = world.arena,
        .headers = {{TEXT("authorization"), text_of(authorization)}},
        .header_count = 1,
    };
}

static void expect_region(const struct request *request, const char *region)
{
    ck_assert(text_equal(api_region(request), text_of(region)));
}

START_TEST(region_and_access_key)
{
    RULES("S-38");
    struct request request =
        signed_by("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-west-1/sqs/aws4_request, "
                  "SignedHeaders=host, Signature=0");
    expect_region(&request, "eu-west-1");
    ck_assert(text_equal(api_access_key(&request), TEXT("AKIDEXAMPLE")));
    const char *const others[] = {"", "Basic x", "AWS4-HMAC-SHA256 Credential=a",
                                  "AWS4-HMAC-SHA256 Credential=a/b/EU WEST/sqs/aws4_request",
                                  "AWS4-HMAC-SHA256 Credential=a/b//sqs/aws4_request"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        request = signed_by(others[i]);
        expect_region(&request, "us-east-1");
    }
    struct request presigned = {
        .world = &world.world,
        .arena = world.arena,
        .query = TEXT("Action=ListQueues&X-Amz-Credential=AKID%2F20260101%2Fap-east-1%2Fsqs%2F"
                      "aws4_request"),
    };
    expect_region(&presigned, "ap-east-1");
    ck_assert(text_equal(api_access_key(&presigned), TEXT("AKID")));
}
END_TEST

START_TEST(sender_id_of_an_access_key)
{
    struct request one = signed_by("AWS4-HMAC-SHA256 Credential=A/20260101/r/sqs/aws4_request");
    struct request two = signed_by("AWS4-HMAC-SHA256 Credential=B/20260101/r/sqs/aws4_request");
    struct request none = signed_by("");
    ck_assert_uint_eq(api_sender_id(&one).length, 21);
    ck_assert(text_starts_with(api_sender_id(&none), TEXT("AIDA")));
    ck_assert(text_equal(api_sender_id(&one), api_sender_id(&one)));
    ck_assert(!text_equal(api_sender_id(&one), api_sender_id(&two)));
    ck_assert(!text_equal(api_sender_id(&one), api_sender_id(&none)));
}
END_TEST

START_TEST(plain_json_error)
{
    struct api_answer *answer = api_get(&world, "/");
    struct request *request = &answer->request;
    request->complete = false;
    request->reply.header_count = 0;
    buffer_clear(&request->reply.body);
    answer->status = 0;
    answer->protocol = WIRE_JSON;
    answer->action = TEXT("");
    api_answer_error(request, 404, TEXT("a \"b\""));
    ck_assert_int_eq(answer->status, 404);
    ck_assert(text_equal(answer->body, TEXT("{\"message\":\"a \\\"b\\\"\"}")));
    ck_assert(text_equal(api_header(answer, "Content-Type"), TEXT("application/json")));
}
END_TEST

static Suite *api_suite(void)
{
    Suite *suite = suite_create("api");
    TCase *rules = tcase_create("rules");
    tcase_add_checked_fixture(rules, begin, end);
    tcase_add_test(rules, region_and_access_key);
    tcase_add_test(rules, sender_id_of_an_access_key);
    tcase_add_test(rules, plain_json_error);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(api_suite)
