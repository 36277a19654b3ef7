// Quotas of an account and of a policy. Every test runs in both protocols.
#include "emulator/api/policy.h"
#include "queue/engine.h"
#include "tests/support/api_world.h"
#include "tests/support/check_main.h"

#define OVER_LIMIT 403, "OverLimit", "OverLimit"

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

static const char *repeated(const char *piece, const char *separator, size_t count)
{
    cleanup(buffer_deinit) struct buffer text = {0};
    for (size_t i = 0; i < count; i++)
        buffer_print(&text, "%s%s", i == 0 ? "" : separator, piece);
    return arena_copy(world.arena, buffer_text(&text)).bytes;
}

static struct api_answer *set_policy(int protocol, const char *statements)
{
    return api_call(&world, protocol, "SetQueueAttributes",
                    "{'QueueUrl':'q','Attributes':{'Policy':'{\\'Statement\\':%s}'}}", statements);
}

static const char *listed(const char *piece, size_t count)
{
    return arena_print(world.arena, "[%s]", repeated(piece, ",", count)).bytes;
}

START_TEST(a_policy_has_20_statements)
{
    RULES("S-253");
    const char *one = "{\\'Effect\\':\\'Allow\\'}";
    api_expect_ok(set_policy(_i, one));
    api_expect_ok(set_policy(_i, listed(one, 20)));
    api_expect_fault(set_policy(_i, listed(one, 21)), OVER_LIMIT,
                     "21 Statements were found, maximum allowed is 20.");
}
END_TEST

START_TEST(a_statement_has_7_actions)
{
    RULES("S-253");
    const char *action = "\\'SQS:SendMessage\\'";
    api_expect_ok(
        set_policy(_i, arena_print(world.arena, "{\\'Action\\':%s}", listed(action, 7)).bytes));
    api_expect_fault(
        set_policy(_i, arena_print(world.arena, "{\\'Action\\':%s}", listed(action, 8)).bytes),
        OVER_LIMIT, "8 Actions were found, maximum allowed is 7.");
}
END_TEST

START_TEST(a_policy_has_50_principals)
{
    RULES("S-253");
    const char *principal = "\\'111111111111\\'";
    api_expect_ok(set_policy(
        _i, arena_print(world.arena, "[{\\'Principal\\':\\'*\\'},{\\'Principal\\':{\\'AWS\\':%s}}]",
                        listed(principal, 49))
                .bytes));
    api_expect_fault(
        set_policy(_i, arena_print(world.arena,
                                   "[{\\'Principal\\':\\'*\\'},{\\'Principal\\':{\\'AWS\\':%s}}]",
                                   listed(principal, 50))
                           .bytes),
        OVER_LIMIT, "51 Principals were found, maximum allowed is 50.");
}
END_TEST

START_TEST(a_policy_has_8192_bytes)
{
    RULES("S-253");
    size_t frame = strlen("{\"Statement\":\"\"}");
    const char *most = repeated("x", "", POLICY_BYTES_MAX - frame);
    const char *more = repeated("x", "", POLICY_BYTES_MAX - frame + 1);
    api_expect_ok(set_policy(_i, arena_print(world.arena, "\\'%s\\'", most).bytes));
    api_expect_fault(set_policy(_i, arena_print(world.arena, "\\'%s\\'", more).bytes), OVER_LIMIT,
                     "8193 Bytes were found, maximum allowed is 8192.");
    ck_assert_uint_eq(strlen(api_attribute(&world, "q", "Policy")), POLICY_BYTES_MAX);
}
END_TEST

START_TEST(permissions_count_as_what_they_are)
{
    RULES("S-253");
    api_expect_ok(api_call(&world, _i, "AddPermission",
                           "{'QueueUrl':'q','Label':'one','AWSAccountIds':%s,'Actions':['*']}",
                           listed("'111111111111'", 50)));
    const char *before = api_attribute(&world, "q", "Policy");
    api_expect_fault(api_call(&world, _i, "AddPermission",
                              "{'QueueUrl':'q','Label':'two','AWSAccountIds':['111111111111'],"
                              "'Actions':['*']}"),
                     OVER_LIMIT, "51 Principals were found, maximum allowed is 50.");
    ck_assert_str_eq(api_attribute(&world, "q", "Policy"), before);
}
END_TEST

static struct api_answer *start_task(int protocol, size_t number)
{
    return api_call(&world, protocol, "StartMessageMoveTask",
                    "{'SourceArn':'" API_ARN("dead%zu") "'}", number);
}

START_TEST(an_account_has_100_active_tasks)
{
    RULES("S-218");
    for (size_t i = 0; i <= MOVES_ACTIVE_MAX; i++) {
        const char *dead = arena_print(world.arena, "dead%zu", i).bytes;
        api_create_queue(&world, dead, "");
        api_expect_ok(
            api_call(&world, _i, "CreateQueue",
                     "{'QueueName':'source%zu','Attributes':{'RedrivePolicy':'{"
                     "\\'deadLetterTargetArn\\':\\'" API_ARN("%s") "\\',"
                                                                   "\\'maxReceiveCount\\':3}'}}",
                     i, dead));
    }
    for (size_t i = 0; i < MOVES_ACTIVE_MAX; i++)
        api_expect_ok(start_task(_i, i));
    api_expect_fault(start_task(_i, MOVES_ACTIVE_MAX), OVER_LIMIT,
                     "100 message move tasks are active, maximum allowed is 100.");
    api_advance(&world, 1000); // all of them end
    api_expect_ok(start_task(_i, MOVES_ACTIVE_MAX));
}
END_TEST

static Suite *quota_suite(void)
{
    Suite *suite = suite_create("quota");
    TCase *rules = tcase_create("rules");
    tcase_add_checked_fixture(rules, begin, end);
    tcase_add_loop_test(rules, a_policy_has_20_statements, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, a_statement_has_7_actions, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, a_policy_has_50_principals, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, a_policy_has_8192_bytes, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, permissions_count_as_what_they_are, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, an_account_has_100_active_tasks, 0, API_PROTOCOLS);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(quota_suite)
