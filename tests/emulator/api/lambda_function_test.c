// lambda_function -- functions over the wire: their shape, what may be changed, and their concurrency.
#include "tests/support/lambda_world.h"

#include "tests/support/check_main.h"

#include <stdio.h>
#include <string.h>

START_TEST(functions_have_the_shape_of_aws)
{
    RULES("L-3 L-64 L-65 L-66 L-67 L-68 L-69 L-70");
    LAMBDA_WORLD(world);
    ck_assert_int_eq(
        lambda_call(&world, "POST", FUNCTIONS "/", "",
                    "{'FunctionName':'mine','Role':'arn:aws:iam::000000000000:role/"
                    "r','Handler':'a.b','Runtime':'python3.13',"
                    "'Code':{'ZipFile':'YWJj'},'MemorySize':256,'Environment':{'Variables':{'"
                    "REDRIVE_TARGET':'sim:{}','A':'1'}}}"),
        201);
    ck_assert_str_eq(lambda_member_of(&world, "State"), "Pending");
    ck_assert_str_eq(lambda_member_of(&world, "StateReason"), "The function is being created.");
    ck_assert_str_eq(lambda_member_of(&world, "StateReasonCode"), "Creating");
    ck_assert_str_eq(lambda_member_of(&world, "FunctionArn"), LAMBDA_ARN "function:mine");
    ck_assert_str_eq(lambda_member_of(&world, "LastModified"), "2026-09-15T14:09:00.253+0000");
    ck_assert_str_eq(lambda_member_of(&world, "Version"), "$LATEST");
    ck_assert_str_eq(lambda_member_of(&world, "Runtime"), "python3.13");
    ck_assert_str_eq(lambda_member_of(&world, "CodeSha256"),
                     "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    lambda_expect_part(&world, "\"CodeSize\":3,");
    lambda_expect_part(&world, "\"Timeout\":3,\"MemorySize\":256,");
    lambda_expect_part(
        &world, "\"Environment\":{\"Variables\":{\"REDRIVE_TARGET\":\"sim:{}\",\"A\":\"1\"}}");
    ck_assert_int_eq(
        lambda_call(&world, "GET",
                    FUNCTIONS "/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Amine/",
                    "", "%s", ""),
        200);
    const cJSON *configuration = json_member(world.tree, "Configuration");
    ck_assert_str_eq(json_member_text(configuration, "State").bytes, "Active");
    ck_assert_str_eq(json_member_text(configuration, "LastUpdateStatus").bytes, "Successful");
    ck_assert_str_eq(json_member_text(json_member(world.tree, "Code"), "RepositoryType").bytes,
                     "S3");
    ck_assert_ptr_null(json_member(world.tree, "Concurrency"));
    lambda_call(&world, "POST", FUNCTIONS, "", "{'FunctionName':'mine'}");
    lambda_expect(&world, 409, "ResourceConflictException",
                  TYPED("message", "Function already exist: mine"));
    ck_assert_int_eq(lambda_call(&world, "PUT", FUNCTIONS "/mine/configuration", "",
                                 "{'Timeout':9,'Description':'x'}"),
                     200);
    ck_assert_str_eq(lambda_member_of(&world, "LastUpdateStatus"), "InProgress");
    ck_assert_str_eq(lambda_member_of(&world, "Description"), "x");
    ck_assert_str_eq(lambda_member_of(&world, "Runtime"), "python3.13");
    ck_assert_int_eq(lambda_delete(&world, FUNCTIONS "/mine"), 204);
    lambda_get(&world, FUNCTIONS "/mine");
    lambda_expect(&world, 404, "ResourceNotFoundException",
                  TYPED("Message", "Function not found: " LAMBDA_ARN "function:mine"));
}
END_TEST

START_TEST(texts_of_a_function_are_strings)
{
    RULES("L-65");
    static const char *const names[] = {"Role", "Handler", "Runtime", "Description", "PackageType"};
    LAMBDA_WORLD(world);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char body[128];
        snprintf(body, sizeof(body),
                 TYPED("message", "Could not parse request body into json: the value of %s has the "
                                  "wrong type"),
                 names[i]);
        lambda_call(&world, "POST", FUNCTIONS, "", "{'FunctionName':'mine','%s':7}", names[i]);
        lambda_expect(&world, 400, "InvalidRequestContentException", body);
        lambda_call(&world, "PUT", FUNCTIONS "/worker/configuration", "", "{'%s':[]}", names[i]);
        lambda_expect(&world, 400, "InvalidRequestContentException", body);
    }
}
END_TEST

START_TEST(what_runs_a_function_is_not_set_over_http_beyond_http_and_sim)
{
    LAMBDA_WORLD(world);
    ck_assert_int_eq(lambda_call(&world, "POST", FUNCTIONS, "", "{'FunctionName':'mine'}"), 400);
    lambda_expect_part(&world, "--function mine=TARGET");
    ck_assert_int_eq(
        lambda_call(&world, "POST", FUNCTIONS, "",
                    "{'FunctionName':'mine','Environment':{'Variables':{'REDRIVE_TARGET':'"
                    "exec:/bin/sh'}}}"),
        400);
    lambda_expect_part(&world, "never over HTTP");
    ck_assert_int_eq(lambda_get(&world, FUNCTIONS "/mine"), 404);
    ck_assert_int_eq(lambda_call(&world, "POST", FUNCTIONS, "",
                                 "{'FunctionName':'worker','Role':'r','Timeout':5}"),
                     201); // declared: binds
    lambda_expect_part(&world, "\"Timeout\":5,");
    ck_assert_int_eq(lambda_call(&world, "POST", FUNCTIONS, "", "{'FunctionName':'worker'}"), 409);
    ck_assert_int_eq(lambda_call(&world, "PUT", FUNCTIONS "/worker/configuration", "",
                                 "{'Timeout':9,'MemorySize':512}"),
                     200);
    ck_assert_int_eq(lambda_call(&world, "PUT", FUNCTIONS "/worker/configuration", "",
                                 "{'Environment':{'Variables':{}}}"),
                     403);
    lambda_expect_header(&world, "x-amzn-errortype: AccessDeniedException");
    ck_assert_ptr_nonnull(json_member(world.tree, "Message"));
    ck_assert_int_eq(lambda_call(&world, "PUT", FUNCTIONS "/worker/code", "", "{'ZipFile':''}"),
                     403);
    ck_assert_int_eq(lambda_delete(&world, FUNCTIONS "/worker"),
                     204); // undoes the create
    ck_assert_int_eq(lambda_delete(&world, FUNCTIONS "/worker"), 403);
    const char *configuration = FUNCTIONS "/worker/configuration";
    ck_assert_int_eq(lambda_call(&world, "PUT", configuration, "", "{'MemorySize':10240}"), 200);
    ck_assert_int_eq(lambda_call(&world, "PUT", configuration, "", "{'MemorySize':10241}"), 400);
    ck_assert_int_eq(lambda_call(&world, "PUT", configuration, "", "{'MemorySize':128}"), 200);
    ck_assert_int_eq(lambda_call(&world, "PUT", configuration, "", "{'MemorySize':127}"), 400);
    lambda_call(&world, "POST", FUNCTIONS, "", "{'FunctionName':'other','Timeout':0}");
    lambda_expect(&world, VALIDATION_ERROR,
                  UNTYPED("message",
                          "1 validation error detected: Value '0' at 'timeout' failed to "
                          "satisfy constraint: Member must "
                          "have value greater than or equal to 1"));
}
END_TEST

START_TEST(concurrency_is_reserved_and_released)
{
    RULES("L-70 L-72 L-82");
    LAMBDA_WORLD(world);
    const char *path = "/2017-10-31/functions/worker/concurrency";
    ck_assert_int_eq(lambda_get(&world, "/2019-09-30/functions/worker/concurrency"), 200);
    ck_assert_str_eq(world.body.bytes, "{}");
    ck_assert_int_eq(lambda_call(&world, "PUT", path, "", "{'ReservedConcurrentExecutions':0}"),
                     200);
    ck_assert_str_eq(world.body.bytes, "{\"ReservedConcurrentExecutions\":0}");
    lambda_call(&world, "POST", FUNCTIONS "/worker/invocations", "", "{}");
    lambda_expect(&world, 429, "TooManyRequestsException",
                  "{\"Reason\":\"ReservedFunctionConcurrentInvocationLimitExceeded\",\"Type\":"
                  "\"User\",\"message\":\"Rate Exceeded.\"}");
    lambda_expect_header(&world, "Retry-After: ");
    lambda_call(&world, "PUT", path, "", "{'ReservedConcurrentExecutions':901}");
    lambda_expect(&world, VALUE_ERROR,
                  UNTYPED("message",
                          "Specified ReservedConcurrentExecutions for function decreases account's "
                          "UnreservedConcurrentExecution below its minimum value of [100]."));
    lambda_call(&world, "PUT", "/2017-10-31/functions/worker%3A1/concurrency", "",
                "{'ReservedConcurrentExecutions':1}");
    lambda_expect(
        &world, VALUE_ERROR,
        TYPED("message",
              "This operation is permitted on Lambda functions only. Aliases and versions do not "
              "support this "
              "operation. Please specify either a function name or an unqualified function ARN."));
    lambda_call(&world, "PUT", "/2017-10-31/functions/nobody/concurrency", "",
                "{'ReservedConcurrentExecutions':1}");
    lambda_expect(&world, 404, "ResourceNotFoundException",
                  TYPED("Message", "Function not found: " LAMBDA_ARN "function:nobody:$LATEST"));
    ck_assert_int_eq(lambda_delete(&world, path), 204);
    ck_assert_int_eq(lambda_get(&world, FUNCTIONS "/worker"), 200);
    ck_assert_ptr_null(json_member(world.tree, "Concurrency"));
}
END_TEST

START_TEST(functions_are_listed_in_pages)
{
    LAMBDA_WORLD(world);
    char target[128] = FUNCTIONS "?MaxItems=1";
    static const char *const names[] = {"other", "worker"};
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(lambda_get(&world, target), 200);
        const cJSON *functions = json_member(world.tree, "Functions");
        ck_assert_int_eq(cJSON_GetArraySize(functions), 1);
        ck_assert_str_eq(json_member_text(functions->child, "FunctionName").bytes, names[i]);
        snprintf(target, sizeof(target), FUNCTIONS "?MaxItems=1&Marker=%s",
                 lambda_member_of(&world, "NextMarker"));
    }
    lambda_expect_null(&world, "NextMarker");
}
END_TEST

START_TEST(variables_that_lambda_sets_itself_are_reserved)
{
    RULES("L-244");
    LAMBDA_WORLD(world);
    lambda_call(&world, "POST", FUNCTIONS, "",
                "{'FunctionName':'mine','Environment':{'Variables':{'REDRIVE_TARGET':'sim:{}',"
                "'AWS_REGION':'eu-west-1','TZ':'UTC','_HANDLER':'a.b'}}}");
    static const char refusal[] =
        TYPED("message", "Lambda was unable to configure your environment variables because the "
                         "environment variables you have provided contains reserved keys that are "
                         "currently not supported for modification. Reserved keys used in this "
                         "request: AWS_REGION, _HANDLER");
    lambda_expect(&world, VALUE_ERROR, refusal);
    ck_assert_int_eq(lambda_get(&world, FUNCTIONS "/mine"), 404);
    ck_assert_int_eq(lambda_call(&world, "POST", FUNCTIONS, "",
                                 "{'FunctionName':'mine','Environment':{'Variables':{"
                                 "'REDRIVE_TARGET':'sim:{}','TZ':'UTC'}}}"),
                     201);
    lambda_call(&world, "PUT", FUNCTIONS "/mine/configuration", "",
                "{'Timeout':9,'Environment':{'Variables':{'AWS_REGION':'x','_HANDLER':'a.b'}}}");
    lambda_expect(&world, VALUE_ERROR, refusal);
    ck_assert_int_eq(lambda_get(&world, FUNCTIONS "/mine/configuration"), 200);
    lambda_expect_part(&world, "\"Timeout\":3,");
}
END_TEST

START_TEST(every_variable_of_lambdas_list_is_reserved)
{
    RULES("L-244");
    LAMBDA_WORLD(world);
    static const char *const names[] = {"_HANDLER",
                                        "_X_AMZN_TRACE_ID",
                                        "AWS_ACCESS_KEY",
                                        "AWS_ACCESS_KEY_ID",
                                        "AWS_DEFAULT_REGION",
                                        "AWS_EXECUTION_ENV",
                                        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                                        "AWS_LAMBDA_FUNCTION_NAME",
                                        "AWS_LAMBDA_FUNCTION_VERSION",
                                        "AWS_LAMBDA_INITIALIZATION_TYPE",
                                        "AWS_LAMBDA_LOG_GROUP_NAME",
                                        "AWS_LAMBDA_LOG_STREAM_NAME",
                                        "AWS_LAMBDA_MAX_CONCURRENCY",
                                        "AWS_LAMBDA_RUNTIME_API",
                                        "AWS_REGION",
                                        "AWS_SECRET_ACCESS_KEY",
                                        "AWS_SECRET_KEY",
                                        "AWS_SESSION_TOKEN",
                                        "LAMBDA_RUNTIME_DIR",
                                        "LAMBDA_TASK_ROOT"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        int status = lambda_call(&world, "POST", FUNCTIONS, "",
                                 "{'FunctionName':'mine','Environment':{'Variables':{"
                                 "'REDRIVE_TARGET':'sim:{}','%s':'x'}}}",
                                 names[i]);
        ck_assert_msg(status == 400, "%s", names[i]);
    }
}
END_TEST

START_TEST(a_timeout_and_a_memory_size_have_their_ranges)
{
    RULES("L-64 L-71");
    static const struct {
        const char *body;
        int status;
    } cases[] = {
        {"{'Timeout':900}", 200},    {"{'Timeout':901}", 400},      {"{'Timeout':1}", 200},
        {"{'Timeout':0}", 400},      {"{'MemorySize':10240}", 200}, {"{'MemorySize':10241}", 400},
        {"{'MemorySize':128}", 200}, {"{'MemorySize':127}", 400},
    };
    LAMBDA_WORLD(world);
    ck_assert_int_eq(lambda_get(&world, FUNCTIONS "/worker/configuration"), 200);
    lambda_expect_part(&world, "\"Timeout\":3,\"MemorySize\":128,");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_int_eq(
            lambda_call(&world, "PUT", FUNCTIONS "/worker/configuration", "", "%s", cases[i].body),
            cases[i].status);
}
END_TEST

START_TEST(a_target_does_not_change_under_an_invocation)
{
    RULES("L-68");
    LAMBDA_WORLD(world);
    ck_assert_int_eq(lambda_call(&world, "POST", FUNCTIONS, "",
                                 "{'FunctionName':'mine','Environment':{'Variables':{"
                                 "'REDRIVE_TARGET':'sim:{}'}}}"),
                     201);
    lambda_world_queue(&world, "orders", "30");
    lambda_world_map(&world, "orders", "mine", "");
    lambda_world_sqs(&world, "SendMessage",
                     "{'QueueUrl':'http://localhost/000000000000/orders','MessageBody':'a'}");
    static const char update[] =
        "{'Environment':{'Variables':{'REDRIVE_TARGET':'http://127.0.0.1:1/'}}}";
    lambda_call(&world, "PUT", FUNCTIONS "/mine/configuration", "", update); // the clock stands
    lambda_expect(&world, 409, "ResourceConflictException",
                  TYPED("message", "The operation cannot be performed at this time. An update is "
                                   "in progress for resource: " LAMBDA_ARN "function:mine"));
    lambda_world_advance(&world, 10);
    ck_assert_int_eq(lambda_call(&world, "PUT", FUNCTIONS "/mine/configuration", "", update), 200);
}
END_TEST

START_TEST(an_account_has_a_thousand_of_which_a_hundred_stay_free)
{
    RULES("L-72 L-73");
    LAMBDA_WORLD(world);
    ck_assert_int_eq(lambda_call(&world, "PUT", "/2017-10-31/functions/worker/concurrency", "",
                                 "{'ReservedConcurrentExecutions':400}"),
                     200);
    static const char *const path = "/2017-10-31/functions/other/concurrency";
    ck_assert_int_eq(lambda_call(&world, "PUT", path, "", "{'ReservedConcurrentExecutions':501}"),
                     400);
    ck_assert_int_eq(lambda_call(&world, "PUT", path, "", "{'ReservedConcurrentExecutions':500}"),
                     200);
    ck_assert_int_eq(lambda_get(&world, "/2016-08-19/account-settings/"), 200);
    lambda_expect_part(&world,
                       "\"ConcurrentExecutions\":1000,\"UnreservedConcurrentExecutions\":100}");
    lambda_expect_part(&world, "\"FunctionCount\":2}");
}
END_TEST

static Suite *lambda_function_suite(void)
{
    Suite *suite = suite_create("lambda_function");
    TCase *rules = tcase_create("rules");
    tcase_add_test(rules, functions_have_the_shape_of_aws);
    tcase_add_test(rules, texts_of_a_function_are_strings);
    tcase_add_test(rules, what_runs_a_function_is_not_set_over_http_beyond_http_and_sim);
    tcase_add_test(rules, concurrency_is_reserved_and_released);
    tcase_add_test(rules, functions_are_listed_in_pages);
    tcase_add_test(rules, variables_that_lambda_sets_itself_are_reserved);
    tcase_add_test(rules, every_variable_of_lambdas_list_is_reserved);
    tcase_add_test(rules, a_timeout_and_a_memory_size_have_their_ranges);
    tcase_add_test(rules, a_target_does_not_change_under_an_invocation);
    tcase_add_test(rules, an_account_has_a_thousand_of_which_a_hundred_stay_free);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(lambda_function_suite)
