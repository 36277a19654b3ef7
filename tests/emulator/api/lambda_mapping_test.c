// lambda_mapping -- a mapping after its creation: read, changed, listed, deleted, and there again after a restart.
#include "tests/support/lambda_world.h"

#include "tests/support/check_main.h"

#include <stdio.h>
#include <string.h>

START_TEST(an_unknown_mapping_is_404)
{
    RULES("L-9 L-57");
    static const char *const methods[] = {"GET", "PUT", "DELETE"};
    LAMBDA_WORLD(world);
    lambda_call(&world, methods[_i], MAPPINGS "/14e0db71-5d35-4eb5-b481-8945cf9d10c2", "", "%s",
                _i == 1 ? "{}" : "");
    lambda_expect(&world, 404, "ResourceNotFoundException",
                  TYPED("Message", "The resource you requested does not exist."));
}
END_TEST

START_TEST(update_merges_and_clears)
{
    RULES("L-44 L-45 L-46 L-53 L-54 L-55 L-56");
    LAMBDA_WORLD(world);
    lambda_world_queue(&world, "orders", "30");
    const char *uuid = lambda_world_map(&world, "orders", "worker",
                                        ",'FunctionResponseTypes':['ReportBatchItemFailures'],'"
                                        "ScalingConfig':{'MaximumConcurrency':5}");
    const char *path = lambda_path(&world, uuid);
    struct text reason;
    emulator_advance(world.emulator, 1000, &reason);
    ck_assert_int_eq(
        lambda_call(&world, "PUT", path, "",
                    "{'BatchSize':5,'FunctionResponseTypes':null,'EventSourceArn':'x'}"),
        202);
    ck_assert_str_eq(lambda_member_of(&world, "State"), "Updating");
    lambda_expect_part(&world, "\"BatchSize\":5,");
    lambda_expect_part(&world, "\"FunctionResponseTypes\":[\"ReportBatchItemFailures\"]");
    lambda_expect_part(&world, "\"LastModified\":1789481341.253,");
    ck_assert_str_eq(lambda_member_of(&world, "EventSourceArn"), ARN("orders"));
    ck_assert_int_eq(
        lambda_call(&world, "PUT", path, "",
                    "{'FunctionResponseTypes':[],'ScalingConfig':{},'FunctionName':'other'}"),
        202);
    lambda_expect_part(&world, "\"FunctionResponseTypes\":[]");
    lambda_expect_part(&world, "\"ScalingConfig\":null");
    ck_assert_str_eq(lambda_member_of(&world, "FunctionArn"), LAMBDA_ARN "function:other");
    ck_assert_int_eq(lambda_call(&world, "PUT", path, "", "{'Enabled':false}"), 202);
    ck_assert_str_eq(lambda_member_of(&world, "State"), "Disabling");
    ck_assert_int_eq(lambda_call(&world, "PUT", path, "", "{'BatchSize':11}"),
                     400); // the merged result is checked
    ck_assert_int_eq(lambda_get(&world, path), 200);
    ck_assert_str_eq(lambda_member_of(&world, "State"), "Disabled");
    lambda_expect_part(&world, "\"BatchSize\":5,");
    ck_assert_int_eq(lambda_delete(&world, path), 202);
    ck_assert_str_eq(lambda_member_of(&world, "State"), "Deleting");
    ck_assert_int_eq(lambda_get(&world, path), 404);
}
END_TEST

struct pair_of_answers {
    int count;
    int status[2];
    char body[2][1024];
};

static void pair_done(void *context, int status, struct text headers, struct text body)
{
    (void)headers;
    struct pair_of_answers *pair = context;
    pair->status[pair->count] = status;
    snprintf(pair->body[pair->count], sizeof(pair->body[0]), "%.*s", TEXT_ARGUMENTS(body));
    pair->count++;
}

START_TEST(a_mapping_in_transition_is_in_use)
{
    RULES("L-9 L-47 lambda-mistake-36");
    LAMBDA_WORLD(world);
    lambda_world_queue(&world, "orders", "30");
    const char *uuid = lambda_world_map(&world, "orders", "worker", "");
    struct pair_of_answers pair = {0};
    cleanup(buffer_deinit) struct buffer put = {0};
    cleanup(buffer_deinit) struct buffer other = {0};
    buffer_print(&put,
                 "PUT " MAPPINGS "/%s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
                 uuid);
    buffer_print(&other,
                 "%s " MAPPINGS "/%s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
                 _i == 0 ? "PUT" : "DELETE", uuid);
    emulator_request(world.emulator, buffer_text(&put), pair_done, &pair); // both act in one turn
    emulator_request(world.emulator, buffer_text(&other), pair_done, &pair);
    bool never = false;
    for (int i = 0; i < 100 && pair.count < 2; i++)
        emulator_run_until(world.emulator, &never, 1);
    ck_assert_int_eq(pair.status[0], 202);
    ck_assert_int_eq(pair.status[1], 400);
    ck_assert_str_eq(
        pair.body[1],
        _i == 0 ? TYPED("Message", "Cannot update the event source mapping because it is in use.")
                : TYPED("Message", "Cannot delete the event source mapping because it is in use."));
}
END_TEST

START_TEST(lists_are_filtered_exactly_and_paged)
{
    RULES("L-58 L-59 L-60 L-61 L-62");
    LAMBDA_WORLD(world);
    char name[16];
    for (int i = 0; i < 5; i++) {
        snprintf(name, sizeof(name), "q%d", i);
        lambda_world_queue(&world, name, "30");
        lambda_world_map(&world, name, i < 3 ? "worker" : "other", "");
    }
    lambda_world_map(&world, "q0", "worker:$LATEST", "");
    static const struct {
        const char *query;
        int count;
    } cases[] = {
        {"", 6},
        {"?FunctionName=worker", 3},
        {"?FunctionName=worker%3A%24LATEST", 1},
        {"?FunctionName=nobody", 0},
        {"?EventSourceArn=" ARN("q0"), 2},
        {"?EventSourceArn=arn%3Aaws%3Asqs%3Aus-east-1%3A000000000000%3Aq0&FunctionName=worker", 1},
        {"?Marker=nonsense", 0},
        {"?MaxItems=10000", 6}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char target[256];
        snprintf(target, sizeof(target), MAPPINGS "/%s", cases[i].query);
        ck_assert_int_eq(lambda_get(&world, target), 200);
        ck_assert_msg(cJSON_GetArraySize(json_member(world.tree, "EventSourceMappings")) ==
                          cases[i].count,
                      "%s", cases[i].query);
        lambda_expect_null(&world, "NextMarker");
    }
    int seen = 0;
    char target[256] = MAPPINGS "?MaxItems=4";
    for (int page = 0; page < 2; page++) {
        ck_assert_int_eq(lambda_get(&world, target), 200);
        seen += cJSON_GetArraySize(json_member(world.tree, "EventSourceMappings"));
        snprintf(target, sizeof(target), MAPPINGS "?MaxItems=4&Marker=%s",
                 lambda_member_of(&world, "NextMarker"));
    }
    ck_assert_int_eq(seen, 6);
    lambda_expect_null(&world, "NextMarker");
    lambda_get(&world, MAPPINGS "?MaxItems=0");
    lambda_expect(&world, VALIDATION_ERROR,
                  UNTYPED("message",
                          "1 validation error detected: Value '0' at 'maxItems' failed to "
                          "satisfy constraint: Member must "
                          "have value greater than or equal to 1"));
}
END_TEST

START_TEST(mappings_run_and_outlive_the_process)
{
    LAMBDA_WORLD(world);
    char path[] = "/tmp/redrive-lambda-test-XXXXXX";
    int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    world.options.database = path;
    lambda_world_reopen(&world);
    lambda_world_queue(&world, "orders", "30");
    ck_assert_int_eq(
        lambda_call(&world, "POST", FUNCTIONS, "",
                    "{'FunctionName':'mine','Timeout':7,'Environment':{'Variables':{'REDRIVE_"
                    "TARGET':'sim:{}'}}}"),
        201);
    const char *uuid = lambda_world_map(&world, "orders", "mine", ",'BatchSize':3");
    lambda_get(&world, lambda_path(&world, uuid));
    lambda_world_reopen(&world);
    ck_assert_int_eq(lambda_get(&world, lambda_path(&world, uuid)), 200);
    ck_assert_str_eq(lambda_member_of(&world, "State"), "Enabled");
    lambda_expect_part(&world, "\"BatchSize\":3,");
    ck_assert_int_eq(lambda_get(&world, FUNCTIONS "/mine/configuration"), 200);
    lambda_expect_part(&world, "\"Timeout\":7,");
    static const char *const endings[] = {"", "-wal", "-shm", ".lock"};
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        char name[64];
        snprintf(name, sizeof(name), "%s%s", path, endings[i]);
        remove(name);
    }
}
END_TEST

START_TEST(a_list_does_not_show_filters_that_a_key_encrypts)
{
    RULES("L-63");
    LAMBDA_WORLD(world);
    lambda_world_queue(&world, "orders", "30");
    lambda_world_queue(&world, "open", "30");
    static const char criteria[] =
        ",'FilterCriteria':{'Filters':[{'Pattern':'{\\'body\\':{\\'a\\':[1]}}'}]}";
    static const char key[] = ",'KMSKeyArn':'arn:aws:kms:us-east-1:000000000000:key/1'";
    char more[256];
    snprintf(more, sizeof(more), "%s%s", criteria, key);
    const char *uuid = lambda_world_map(&world, "orders", "worker", more);
    const char *open = lambda_world_map(&world, "open", "worker", criteria);
    ck_assert_int_eq(lambda_get(&world, MAPPINGS), 200);
    const cJSON *listed;
    cJSON_ArrayForEach(listed, json_member(world.tree, "EventSourceMappings"))
    {
        bool encrypted = text_equal(json_member_text(listed, "UUID"), text_of(uuid));
        ck_assert(encrypted || text_equal(json_member_text(listed, "UUID"), text_of(open)));
        ck_assert(cJSON_IsNull(json_member(listed, "FilterCriteria")) == encrypted);
        ck_assert(cJSON_IsNull(json_member(listed, "FilterCriteriaError")));
    }
    ck_assert_int_eq(lambda_get(&world, lambda_path(&world, uuid)), 200);
    ck_assert(cJSON_IsObject(json_member(world.tree, "FilterCriteria")));
    lambda_expect_null(&world, "FilterCriteriaError");
}
END_TEST

START_TEST(fifo_takes_a_concurrency_and_provisioned_pollers)
{
    RULES("L-29 L-38");
    LAMBDA_WORLD(world);
    lambda_world_queue(&world, "orders.fifo", "30");
    lambda_world_map(&world, "orders.fifo", "worker",
                     ",'ScalingConfig':{'MaximumConcurrency':1000}");
    lambda_expect_part(&world, "\"ScalingConfig\":{\"MaximumConcurrency\":1000}");
    lambda_world_map(&world, "orders.fifo", "other",
                     ",'ProvisionedPollerConfig':{'MinimumPollers':200,'MaximumPollers':10000}");
    lambda_expect_part(
        &world, "\"ProvisionedPollerConfig\":{\"MinimumPollers\":200,\"MaximumPollers\":10000}");
}
END_TEST

START_TEST(a_visibility_timeout_is_compared_when_a_function_is_named_and_never_after)
{
    RULES("L-21 L-22 L-116 lambda-mistake-38");
    LAMBDA_WORLD(world);
    lambda_world_queue(&world, "orders", "3"); // as long as the Timeout: enough
    const char *uuid =
        lambda_world_map(&world, "orders", "worker", ",'MaximumBatchingWindowInSeconds':300");
    const char *path = lambda_path(&world, uuid);
    ck_assert_int_eq(
        lambda_call(&world, "PUT", FUNCTIONS "/worker/configuration", "", "{'Timeout':4}"), 200);
    ck_assert_int_eq(lambda_get(&world, path), 200);
    ck_assert_str_eq(lambda_member_of(&world, "State"), "Enabled");
    ck_assert_int_eq(lambda_call(&world, "PUT", path, "", "{'BatchSize':2}"), 202);
    lambda_call(&world, "PUT", path, "", "{'FunctionName':'worker'}");
    lambda_expect(&world, VALUE_ERROR,
                  TYPED("message", "Queue visibility timeout: 3 seconds is less than Function "
                                   "timeout: 4 seconds"));
    lambda_world_sqs(&world, "SetQueueAttributes",
                     "{'QueueUrl':'http://localhost/000000000000/orders','Attributes':{"
                     "'VisibilityTimeout':'0'}}");
    ck_assert_int_eq(lambda_call(&world, "PUT", path, "", "{'BatchSize':3}"), 202);
}
END_TEST

START_TEST(a_mapping_stays_when_its_function_goes)
{
    RULES("L-18 L-49");
    LAMBDA_WORLD(world);
    lambda_world_queue(&world, "orders", "30");
    static const char create[] =
        "{'FunctionName':'mine','Environment':{'Variables':{'REDRIVE_TARGET':'sim:{}'}}}";
    ck_assert_int_eq(lambda_call(&world, "POST", FUNCTIONS, "", create), 201);
    const char *path = lambda_path(&world, lambda_world_map(&world, "orders", "mine", ""));
    ck_assert_int_eq(lambda_delete(&world, FUNCTIONS "/mine"), 204);
    ck_assert_int_eq(lambda_get(&world, path), 200);
    ck_assert_str_eq(lambda_member_of(&world, "State"), "Enabled");
    lambda_expect_null(&world, "LastProcessingResult");
    lambda_call(&world, "PUT", path, "", "{'BatchSize':5}");
    lambda_expect(&world, VALUE_ERROR, TYPED("message", "Function does not exist"));
    ck_assert_int_eq(lambda_call(&world, "POST", FUNCTIONS, "", create), 201);
    ck_assert_int_eq(lambda_call(&world, "PUT", path, "", "{'BatchSize':5}"), 202);
}
END_TEST

START_TEST(a_refused_update_changes_nothing_and_an_accepted_one_the_instant)
{
    RULES("L-55");
    LAMBDA_WORLD(world);
    lambda_world_queue(&world, "orders", "30");
    const char *path = lambda_path(&world, lambda_world_map(&world, "orders", "worker", ""));
    lambda_world_advance(&world, 1000);
    ck_assert_int_eq(lambda_call(&world, "PUT", path, "", "{'BatchSize':11,'Enabled':false}"), 400);
    ck_assert_int_eq(lambda_get(&world, path), 200);
    ck_assert_str_eq(lambda_member_of(&world, "State"), "Enabled");
    lambda_expect_part(&world, "\"LastModified\":1789481340.253,");
    ck_assert_int_eq(lambda_call(&world, "PUT", path, "", "{}"), 202);
    lambda_expect_part(&world, "\"LastModified\":1789481341.253,");
}
END_TEST

START_TEST(a_page_holds_at_most_a_hundred)
{
    RULES("L-61");
    LAMBDA_WORLD(world);
    char name[16];
    for (int i = 0; i < 101; i++) {
        snprintf(name, sizeof(name), "q%d", i);
        lambda_world_queue(&world, name, "30");
        lambda_world_map(&world, name, "worker", ",'Enabled':false");
    }
    ck_assert_int_eq(lambda_get(&world, MAPPINGS "?MaxItems=10000"), 200);
    ck_assert_int_eq(cJSON_GetArraySize(json_member(world.tree, "EventSourceMappings")), 100);
    char target[256];
    snprintf(target, sizeof(target), MAPPINGS "?Marker=%s", lambda_member_of(&world, "NextMarker"));
    char pages[2][64];
    for (int i = 0; i < 2; i++) { // the same marker, the same page
        ck_assert_int_eq(lambda_get(&world, target), 200);
        const cJSON *list = json_member(world.tree, "EventSourceMappings");
        ck_assert_int_eq(cJSON_GetArraySize(list), 1);
        snprintf(pages[i], sizeof(pages[i]), "%s", json_member_text(list->child, "UUID").bytes);
        lambda_expect_null(&world, "NextMarker");
    }
    ck_assert_str_eq(pages[0], pages[1]);
    ck_assert_int_eq(lambda_get(&world, MAPPINGS "?MaxItems=10001"), 400);
}
END_TEST

START_TEST(queues_of_other_regions_and_accounts_are_mapped_too)
{
    RULES("L-130");
    LAMBDA_WORLD(world);
    int status = lambda_call(
        &world, "POST", "/",
        "X-Amz-Target: AmazonSQS.CreateQueue\r\nContent-Type: application/x-amz-json-1.0\r\n"
        "Authorization: AWS4-HMAC-SHA256 Credential=k/20260101/eu-west-1/sqs/aws4_request, "
        "SignedHeaders=host, Signature=0\r\n",
        "{'QueueName':'far'}");
    ck_assert_int_eq(status, 200);
    status = lambda_call(&world, "POST", MAPPINGS, "",
                         "{'EventSourceArn':'arn:aws:sqs:eu-west-1:000000000000:far',"
                         "'FunctionName':'worker'}");
    ck_assert_int_eq(status, 202);
    ck_assert_str_eq(lambda_member_of(&world, "FunctionArn"), LAMBDA_ARN "function:worker");
}
END_TEST

static Suite *lambda_mapping_suite(void)
{
    Suite *suite = suite_create("lambda_mapping");
    TCase *rules = tcase_create("rules");
    tcase_add_loop_test(rules, an_unknown_mapping_is_404, 0, 3);
    tcase_add_test(rules, update_merges_and_clears);
    tcase_add_loop_test(rules, a_mapping_in_transition_is_in_use, 0, 2);
    tcase_add_test(rules, lists_are_filtered_exactly_and_paged);
    tcase_add_test(rules, mappings_run_and_outlive_the_process);
    tcase_add_test(rules, a_list_does_not_show_filters_that_a_key_encrypts);
    tcase_add_test(rules, fifo_takes_a_concurrency_and_provisioned_pollers);
    tcase_add_test(rules,
                   a_visibility_timeout_is_compared_when_a_function_is_named_and_never_after);
    tcase_add_test(rules, a_mapping_stays_when_its_function_goes);
    tcase_add_test(rules, a_refused_update_changes_nothing_and_an_accepted_one_the_instant);
    tcase_add_test(rules, a_page_holds_at_most_a_hundred);
    tcase_add_test(rules, queues_of_other_regions_and_accounts_are_mapped_too);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(lambda_mapping_suite)
