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
    RULES("L-9 L-47");
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

static Suite *lambda_mapping_suite(void)
{
    Suite *suite = suite_create("lambda_mapping");
    TCase *rules = tcase_create("rules");
    tcase_add_loop_test(rules, an_unknown_mapping_is_404, 0, 3);
    tcase_add_test(rules, update_merges_and_clears);
    tcase_add_loop_test(rules, a_mapping_in_transition_is_in_use, 0, 2);
    tcase_add_test(rules, lists_are_filtered_exactly_and_paged);
    tcase_add_test(rules, mappings_run_and_outlive_the_process);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(lambda_mapping_suite)
