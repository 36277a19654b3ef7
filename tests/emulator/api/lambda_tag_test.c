// lambda_tag -- tags of mappings and functions.
#include "tests/support/lambda_world.h"

#include "tests/support/check_main.h"

#include <stdio.h>
#include <string.h>

START_TEST(tags_are_kept_apart_from_the_resource)
{
    RULES("L-41");
    LAMBDA_WORLD(world);
    lambda_world_queue(&world, "orders", "30");
    const char *uuid =
        lambda_world_map(&world, "orders", "worker", ",'Tags':{'team':'a','cost':'b'}");
    char target[256];
    snprintf(target, sizeof(target),
             "/2017-03-31/tags/"
             "arn%%3Aaws%%3Alambda%%3Aus-east-1%%3A000000000000%%3Aevent-source-mapping%%3A%s",
             uuid);
    ck_assert_int_eq(lambda_get(&world, target), 200);
    ck_assert_str_eq(world.body.bytes, "{\"Tags\":{\"team\":\"a\",\"cost\":\"b\"}}");
    ck_assert_int_eq(lambda_call(&world, "POST", target, "", "{'Tags':{'team':'c','new':''}}"),
                     204);
    char cut[300];
    snprintf(cut, sizeof(cut), "%s?tagKeys=cost&tagKeys=new&tagKeys=unknown", target);
    ck_assert_int_eq(lambda_delete(&world, cut), 204);
    ck_assert_int_eq(lambda_get(&world, target), 200);
    ck_assert_str_eq(world.body.bytes, "{\"Tags\":{\"team\":\"c\"}}");
    ck_assert_int_eq(lambda_get(&world, lambda_path(&world, uuid)), 200);
    ck_assert_str_eq(lambda_member_of(&world, "State"), "Enabled");
    lambda_expect_part(&world, "\"LastModified\":1789481340.253,");
    lambda_get(&world, "/2017-03-31/tags/" LAMBDA_ARN "event-source-mapping:x");
    lambda_expect(
        &world, 404, "ResourceNotFoundException",
        TYPED("Message", "Event source mapping not found: " LAMBDA_ARN "event-source-mapping:x"));
    ck_assert_int_eq(lambda_call(&world, "POST", target, "", "{'Tags':{'':'x'}}"), 400);
    ck_assert_int_eq(lambda_call(&world, "POST", target, "", "{}"), 400);

    ck_assert_int_eq(
        lambda_call(&world, "POST", FUNCTIONS, "",
                    "{'FunctionName':'mine','Tags':{'a':'1'},'Environment':{'Variables':{'"
                    "REDRIVE_TARGET':'sim:{}'}}}"),
        201);
    const char *function = "/2017-03-31/tags/" LAMBDA_ARN "function:mine";
    ck_assert_int_eq(lambda_call(&world, "POST", function, "", "{'Tags':{'b':'2'}}"), 204);
    ck_assert_int_eq(lambda_get(&world, FUNCTIONS "/mine"), 200);
    lambda_expect_part(&world, "\"Tags\":{\"a\":\"1\",\"b\":\"2\"}");
    ck_assert_int_eq(lambda_call(&world, "DELETE",
                                 "/2017-03-31/tags/" LAMBDA_ARN "function:mine?tagKeys=a&tagKeys=b",
                                 "", "%s", ""),
                     204);
    ck_assert_int_eq(lambda_get(&world, function), 200);
    ck_assert_str_eq(world.body.bytes, "{\"Tags\":{}}");
}
END_TEST

static Suite *lambda_tag_suite(void)
{
    Suite *suite = suite_create("lambda_tag");
    TCase *rules = tcase_create("rules");
    tcase_add_test(rules, tags_are_kept_apart_from_the_resource);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(lambda_tag_suite)
