// lambda -- what every operation of the Lambda API shares: paths, headers, errors.
#include "tests/support/lambda_world.h"

#include "tests/support/check_main.h"

#include <stdio.h>
#include <string.h>

START_TEST(an_unknown_path_is_404)
{
    LAMBDA_WORLD(world);
    ck_assert_int_eq(lambda_get(&world, "/2015-03-31/nothing"), 404);
    lambda_expect_header(&world, "x-amzn-errortype: UnknownOperationException");
    ck_assert_int_eq(lambda_call(&world, "PATCH", MAPPINGS, "", "%s", ""), 404);
    lambda_call(&world, "POST", MAPPINGS, "", "[1");
    ck_assert_int_eq(world.status, 400);
    lambda_expect_header(&world, "x-amzn-errortype: InvalidRequestContentException");
}
END_TEST

// What answers at each path of L-2, on a function and a mapping that are there.
START_TEST(every_operation_has_its_path_and_its_status)
{
    RULES("L-1 L-2 L-3");
    static const struct {
        const char *method;
        const char *path; // $ is a mapping
        const char *body;
        int status;
    } operations[] = {
        {"GET", MAPPINGS "/", "", 200},
        {"GET", MAPPINGS "/$", "", 200},
        {"PUT", MAPPINGS "/$/", "{}", 202},
        {"GET", "/2017-03-31/tags/" LAMBDA_ARN "event-source-mapping%3A$", "", 200},
        {"POST", "/2017-03-31/tags/" LAMBDA_ARN "event-source-mapping%3A$", "{'Tags':{'a':'b'}}",
         204},
        {"DELETE", "/2017-03-31/tags/" LAMBDA_ARN "event-source-mapping%3A$?tagKeys=a", "", 204},
        {"DELETE", MAPPINGS "/$", "", 202},
        {"GET", FUNCTIONS "/mine", "", 200},
        {"GET", FUNCTIONS "/mine/", "", 200},
        {"GET", FUNCTIONS "/000000000000%3Afunction%3Amine", "", 200},
        {"GET", FUNCTIONS "/mine/configuration", "", 200},
        {"GET", FUNCTIONS "?FunctionVersion=ALL", "", 200},
        {"PUT", FUNCTIONS "/mine/configuration", "{'Timeout':5}", 200},
        {"PUT", "/2017-10-31/functions/mine/concurrency", "{'ReservedConcurrentExecutions':5}",
         200},
        {"GET", "/2019-09-30/functions/mine/concurrency", "", 200},
        {"DELETE", "/2017-10-31/functions/mine/concurrency", "", 204},
        {"POST", FUNCTIONS "/mine/invocations?Qualifier=$LATEST", "{}", 200},
        {"POST", "/2014-11-13/functions/mine/invoke-async/", "{}", 202},
        {"GET", "/2016-08-19/account-settings/", "", 200},
        {"GET", "/2020-06-30/functions/mine/code-signing-config", "", 200},
        {"DELETE", FUNCTIONS "/mine", "", 204},
    };
    LAMBDA_WORLD(world);
    world.options.clock = CLOCK_LEAP;
    lambda_world_reopen(&world);
    ck_assert_int_eq(lambda_call(&world, "POST", FUNCTIONS "/", "",
                                 "{'FunctionName':'mine','Environment':{'Variables':{"
                                 "'REDRIVE_TARGET':'sim:{}'}}}"),
                     201);
    lambda_world_queue(&world, "orders", "30");
    const char *uuid = lambda_world_map(&world, "orders", "mine", "");
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        struct text left, right = TEXT("");
        struct text path = text_of(operations[i].path);
        bool of_mapping =
            !text_find(path, TEXT("$LATEST"), NULL) && text_cut(path, '$', &left, &right);
        const char *target = of_mapping
                                 ? arena_print(world.arena, "%.*s%s%.*s", TEXT_ARGUMENTS(left),
                                               uuid, TEXT_ARGUMENTS(right))
                                       .bytes
                                 : operations[i].path;
        int status =
            lambda_call(&world, operations[i].method, target, "", "%s", operations[i].body);
        ck_assert_msg(status == operations[i].status, "%s %s: %d %s", operations[i].method, target,
                      status, world.body.bytes);
    }
}
END_TEST

START_TEST(successes_and_errors_carry_their_headers)
{
    RULES("L-4 L-9 lambda-mistake-39");
    LAMBDA_WORLD(world);
    ck_assert_int_eq(lambda_get(&world, MAPPINGS), 200);
    lambda_expect_header(&world, "Content-Type: application/json\r\n");
    lambda_expect_header(&world, "x-amzn-requestid: ");
    ck_assert_ptr_null(strstr(world.headers.bytes, "x-amzn-errortype"));
    lambda_get(&world, FUNCTIONS "/nobody");
    lambda_expect(&world, NOT_FOUND_ERROR,
                  TYPED("Message", "Function not found: " LAMBDA_ARN "function:nobody"));
}
END_TEST

static Suite *lambda_suite(void)
{
    Suite *suite = suite_create("lambda");
    TCase *rules = tcase_create("rules");
    tcase_add_test(rules, an_unknown_path_is_404);
    tcase_add_test(rules, every_operation_has_its_path_and_its_status);
    tcase_add_test(rules, successes_and_errors_carry_their_headers);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(lambda_suite)
