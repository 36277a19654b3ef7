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

static Suite *lambda_suite(void)
{
    Suite *suite = suite_create("lambda");
    TCase *rules = tcase_create("rules");
    tcase_add_test(rules, an_unknown_path_is_404);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(lambda_suite)
