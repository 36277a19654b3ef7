// lambda_alias -- versions and aliases: made, looked at, invoked, mapped, deleted, and after a restart.
#include "tests/support/lambda_world.h"

#include "tests/support/check_main.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define VERSIONS FUNCTIONS "/worker/versions"
#define ALIASES FUNCTIONS "/worker/aliases"
#define WORKER LAMBDA_ARN "function:worker"

static void publish(struct lambda_world *world, const char *version)
{
    ck_assert_int_eq(lambda_call(world, "POST", VERSIONS, "", "{'Description':'release'}"), 201);
    ck_assert_str_eq(lambda_member_of(world, "Version"), version);
}

static void change_worker(struct lambda_world *world, int timeout_seconds)
{
    ck_assert_int_eq(lambda_call(world, "PUT", FUNCTIONS "/worker/configuration", "",
                                 "{'Timeout':%d}", timeout_seconds),
                     200);
}

static void alias(struct lambda_world *world, const char *name, const char *version)
{
    ck_assert_int_eq(lambda_call(world, "POST", ALIASES, "",
                                 "{'Name':'%s','FunctionVersion':'%s','Description':'d'}", name,
                                 version),
                     201);
}

START_TEST(versions_are_counted)
{
    RULES("L-2 L-65");
    LAMBDA_WORLD(world);
    publish(&world, "1");
    ck_assert_str_eq(lambda_member_of(&world, "FunctionArn"), WORKER ":1");
    ck_assert_str_eq(lambda_member_of(&world, "Description"), "release");
    publish(&world, "1"); // nothing has changed
    change_worker(&world, 9);
    publish(&world, "2");
    ck_assert_int_eq(lambda_get(&world, VERSIONS), 200);
    const cJSON *versions = json_member(world.tree, "Versions");
    static const char *const numbers[] = {"$LATEST", "1", "2"};
    ck_assert_int_eq(cJSON_GetArraySize(versions), 3);
    for (int i = 0; i < 3; i++)
        ck_assert_str_eq(json_member_text(cJSON_GetArrayItem(versions, i), "Version").bytes,
                         numbers[i]);
    lambda_expect_null(&world, "NextMarker");
}
END_TEST

START_TEST(a_function_is_created_as_version_1)
{
    RULES("L-65");
    LAMBDA_WORLD(world);
    ck_assert_int_eq(
        lambda_call(&world, "POST", FUNCTIONS, "",
                    "{'FunctionName':'mine','Publish':true,'Environment':{'Variables':{"
                    "'REDRIVE_TARGET':'sim:{}'}}}"),
        201);
    ck_assert_str_eq(lambda_member_of(&world, "Version"), "1");
    ck_assert_str_eq(lambda_member_of(&world, "FunctionArn"), LAMBDA_ARN "function:mine");
    ck_assert_int_eq(lambda_get(&world, FUNCTIONS "/mine:1"), 200);
    ck_assert_int_eq(lambda_get(&world, FUNCTIONS "/mine:1/configuration"), 200);
    ck_assert_str_eq(lambda_member_of(&world, "FunctionArn"), LAMBDA_ARN "function:mine:1");
    ck_assert_int_eq(lambda_delete(&world, FUNCTIONS "/mine"), 204);
    ck_assert_int_eq(lambda_get(&world, FUNCTIONS "/mine/versions"), 404);
}
END_TEST

static const struct {
    const char *path;
    const char *arn;
    const char *version;
} forms[] = {
    {"/worker", WORKER, "$LATEST"},
    {"/worker:$LATEST", WORKER ":$LATEST", "$LATEST"},
    {"/worker:1", WORKER ":1", "1"},
    {"/worker:live", WORKER ":live", "1"},
    {"/worker%3Alive", WORKER ":live", "1"},
    {"/function:worker:live", WORKER ":live", "1"},
    {"/000000000000:function:worker:live", WORKER ":live", "1"},
    {"/arn:aws:lambda:us-east-1:000000000000:function:worker:1", WORKER ":1", "1"},
    {"/worker?Qualifier=live", WORKER ":live", "1"},
    {"/worker:live?Qualifier=live", WORKER ":live", "1"},
};

// The path of the form with a suffix before its query.
static const char *path_of(struct lambda_world *world, size_t form, const char *suffix)
{
    struct text path = text_of(forms[form].path);
    struct text query = TEXT("");
    bool has = text_cut(path, '?', &path, &query);
    return arena_print(world->arena, FUNCTIONS "%.*s%s%s%.*s", TEXT_ARGUMENTS(path), suffix,
                       has ? "?" : "", TEXT_ARGUMENTS(query))
        .bytes;
}

START_TEST(every_form_of_a_reference_is_read)
{
    RULES("L-40 L-77");
    LAMBDA_WORLD(world);
    world.options.clock = CLOCK_LEAP; // an invocation takes its time
    lambda_world_reopen(&world);
    publish(&world, "1");
    alias(&world, "live", "1");
    size_t form = (size_t)_i;
    ck_assert_int_eq(lambda_get(&world, path_of(&world, form, "/configuration")), 200);
    ck_assert_str_eq(lambda_member_of(&world, "FunctionArn"), forms[_i].arn);
    ck_assert_str_eq(lambda_member_of(&world, "Version"), forms[_i].version);
    ck_assert_int_eq(lambda_get(&world, path_of(&world, form, "")), 200);
    ck_assert_str_eq(
        json_member_text(json_member(world.tree, "Configuration"), "FunctionArn").bytes,
        forms[_i].arn);
    ck_assert_int_eq(
        lambda_call(&world, "POST", path_of(&world, form, "/invocations"), "", "{'a':1}"), 200);
    lambda_expect_header(
        &world,
        arena_print(world.arena, "X-Amz-Executed-Version: %s\r\n", forms[_i].version).bytes);
}
END_TEST

START_TEST(what_does_not_exist_is_not_found)
{
    RULES("L-18 L-70");
    LAMBDA_WORLD(world);
    lambda_get(&world, FUNCTIONS "/worker:live");
    lambda_expect(&world, NOT_FOUND_ERROR, TYPED("Message", "Function not found: " WORKER ":live"));
    lambda_call(&world, "POST", FUNCTIONS "/worker/invocations?Qualifier=7", "", "{}");
    lambda_expect(&world, NOT_FOUND_ERROR, TYPED("Message", "Function not found: " WORKER ":7"));
    lambda_get(&world, ALIASES "/live");
    lambda_expect(&world, NOT_FOUND_ERROR,
                  TYPED("Message", "Cannot find alias arn: " WORKER ":live"));
    lambda_call(&world, "PUT", ALIASES "/live", "", "{}");
    lambda_expect(&world, NOT_FOUND_ERROR,
                  TYPED("Message", "Cannot find alias arn: " WORKER ":live"));
    lambda_call(&world, "POST", ALIASES, "", "{'Name':'live','FunctionVersion':'7'}");
    lambda_expect(&world, NOT_FOUND_ERROR, TYPED("Message", "Function not found: " WORKER ":7"));
    lambda_call(&world, "POST", FUNCTIONS "/nobody/versions", "", "{}");
    lambda_expect(&world, NOT_FOUND_ERROR,
                  TYPED("Message", "Function not found: " LAMBDA_ARN "function:nobody"));
    lambda_world_queue(&world, "q", "30");
    lambda_call(&world, "POST", MAPPINGS, "",
                "{'EventSourceArn':'" ARN("q") "','FunctionName':'worker:live'}");
    lambda_expect(&world, VALUE_ERROR, TYPED("message", "Function does not exist"));
}
END_TEST

START_TEST(an_alias_is_made_changed_listed_and_deleted)
{
    RULES("L-2");
    LAMBDA_WORLD(world);
    publish(&world, "1");
    change_worker(&world, 9);
    publish(&world, "2");
    alias(&world, "live", "1");
    ck_assert_str_eq(lambda_member_of(&world, "AliasArn"), WORKER ":live");
    ck_assert_str_eq(lambda_member_of(&world, "Name"), "live");
    ck_assert_str_eq(lambda_member_of(&world, "FunctionVersion"), "1");
    ck_assert_str_eq(lambda_member_of(&world, "Description"), "d");
    lambda_call(&world, "POST", ALIASES, "", "{'Name':'live','FunctionVersion':'2'}");
    lambda_expect(&world, 409, "ResourceConflictException",
                  TYPED("message", "Alias already exists: " WORKER ":live"));
    alias(&world, "blue", "$LATEST");
    ck_assert_int_eq(lambda_call(&world, "PUT", ALIASES "/live", "", "{'FunctionVersion':'2'}"),
                     200);
    ck_assert_str_eq(lambda_member_of(&world, "FunctionVersion"), "2");
    ck_assert_str_eq(lambda_member_of(&world, "Description"), "d");
    ck_assert_int_eq(lambda_get(&world, ALIASES), 200);
    const cJSON *aliases = json_member(world.tree, "Aliases");
    ck_assert_int_eq(cJSON_GetArraySize(aliases), 2);
    ck_assert_int_eq(lambda_get(&world, ALIASES "?FunctionVersion=2"), 200);
    ck_assert_int_eq(cJSON_GetArraySize(json_member(world.tree, "Aliases")), 1);
    ck_assert_int_eq(lambda_delete(&world, ALIASES "/live"), 204);
    ck_assert_int_eq(lambda_get(&world, ALIASES "/live"), 404);
    ck_assert_int_eq(lambda_delete(&world, ALIASES "/live"), 204);
}
END_TEST

static const struct {
    const char *body;
    const char *part;
} refusals[] = {
    {"{'FunctionVersion':'1'}", "Value null at 'name' failed"},
    {"{'Name':'12','FunctionVersion':'1'}", "Value '12' at 'name' failed"},
    {"{'Name':'a b','FunctionVersion':'1'}", "Value 'a b' at 'name' failed"},
    {"{'Name':'live'}", "Value null at 'functionVersion' failed"},
    {"{'Name':'live','FunctionVersion':'live'}", "Value 'live' at 'functionVersion' failed"},
    {"{'Name':'live','FunctionVersion':'1','RoutingConfig':{'AdditionalVersionWeights':{'2':0.5}}}",
     "does not take RoutingConfig"},
};

START_TEST(what_an_alias_cannot_be_is_refused)
{
    LAMBDA_WORLD(world);
    publish(&world, "1");
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        ck_assert_int_eq(lambda_call(&world, "POST", ALIASES, "", "%s", refusals[i].body), 400);
        lambda_expect_part(&world, refusals[i].part);
    }
    ck_assert_int_eq(lambda_call(&world, "POST", FUNCTIONS "/worker:1/versions", "", "{}"), 400);
    lambda_expect_part(&world, "Aliases and versions do not support this operation.");
}
END_TEST

START_TEST(a_version_with_an_alias_stays)
{
    LAMBDA_WORLD(world);
    publish(&world, "1");
    alias(&world, "live", "1");
    ck_assert_int_eq(lambda_delete(&world, FUNCTIONS "/worker:1"), 409);
    ck_assert_int_eq(lambda_delete(&world, FUNCTIONS "/worker:$LATEST"), 400);
    ck_assert_int_eq(lambda_delete(&world, FUNCTIONS "/worker:live"), 400);
    ck_assert_int_eq(lambda_delete(&world, ALIASES "/live"), 204);
    ck_assert_int_eq(lambda_delete(&world, FUNCTIONS "/worker?Qualifier=1"), 204);
    ck_assert_int_eq(lambda_get(&world, FUNCTIONS "/worker:1"), 404);
    publish(&world, "2"); // a number does not come back
}
END_TEST

START_TEST(a_version_that_is_not_there_is_deleted_all_the_same)
{
    RULES("L-70");
    LAMBDA_WORLD(world);
    ck_assert_int_eq(lambda_delete(&world, FUNCTIONS "/worker?Qualifier=1233"), 204);
    ck_assert_int_eq(lambda_delete(&world, FUNCTIONS "/worker:live"), 404);
    lambda_expect_part(&world, "Function not found: " WORKER ":live");
    ck_assert_int_eq(lambda_delete(&world, FUNCTIONS "/nobody?Qualifier=1233"), 404);
    lambda_expect(&world, 404, "ResourceNotFoundException",
                  TYPED("Message", "Function not found: " LAMBDA_ARN "function:nobody"));
    ck_assert_int_eq(lambda_delete(&world, FUNCTIONS "/nobody:$LATEST"), 400);
    lambda_expect_part(&world, "$LATEST version cannot be deleted without deleting the function.");
    ck_assert_int_eq(lambda_get(&world, FUNCTIONS "/nobody?Qualifier=$LATEST"), 404);
    lambda_expect_part(&world, "Function not found: " LAMBDA_ARN "function:nobody:$LATEST");
}
END_TEST

START_TEST(no_function_is_signed)
{
    RULES("L-2");
    LAMBDA_WORLD(world);
    ck_assert_int_eq(lambda_get(&world, "/2020-06-30/functions/worker/code-signing-config"), 200);
    lambda_expect_null(&world, "CodeSigningConfigArn");
    ck_assert_int_eq(lambda_get(&world, "/2020-06-30/functions/nobody/code-signing-config"), 404);
    lambda_expect_part(&world, "Function not found: " LAMBDA_ARN "function:nobody\"");
}
END_TEST

START_TEST(a_function_of_another_region_is_out_of_reach)
{
    RULES("L-70");
    static const char far[] = "arn:aws:lambda:eu-west-1:000000000000:function:worker";
    static const char words[] =
        TYPED("Message", "Functions from 'eu-west-1' are not reachable in this region "
                         "('us-east-1')");
    LAMBDA_WORLD(world);
    lambda_get(&world, arena_print(world.arena, FUNCTIONS "/%s", far).bytes);
    lambda_expect(&world, 404, "ResourceNotFoundException", words);
    lambda_delete(&world, arena_print(world.arena, FUNCTIONS "/%s:1", far).bytes);
    lambda_expect(&world, 404, "ResourceNotFoundException", words);
    lambda_call(&world, "POST", FUNCTIONS, "", "{'FunctionName':'%s'}", far);
    lambda_expect(&world, 404, "ResourceNotFoundException", words);
    ck_assert_int_eq(lambda_call(&world, "POST", FUNCTIONS, "",
                                 "{'FunctionName':'arn:aws:lambda:us-east-1:111111111111:function:"
                                 "mine'}"),
                     403);
}
END_TEST

static int messages_left(struct lambda_world *world)
{
    lambda_world_sqs(world, "GetQueueAttributes",
                     "{'QueueUrl':'q','AttributeNames':['ApproximateNumberOfMessages',"
                     "'ApproximateNumberOfMessagesNotVisible']}");
    const cJSON *attributes = json_member(world->tree, "Attributes");
    return atoi(json_member_text(attributes, "ApproximateNumberOfMessages").bytes) +
           atoi(json_member_text(attributes, "ApproximateNumberOfMessagesNotVisible").bytes);
}

START_TEST(an_alias_is_a_target_of_its_own)
{
    RULES("L-33 L-39 L-49 L-59");
    LAMBDA_WORLD(world);
    lambda_world_queue(&world, "q", "30");
    publish(&world, "1");
    alias(&world, "live", "1");
    const char *live = lambda_world_map(&world, "q", "worker:live", "");
    ck_assert_str_eq(lambda_member_of(&world, "FunctionArn"), WORKER ":live");
    lambda_world_map(&world, "q", WORKER ":1", ",'Enabled':false");
    ck_assert_str_eq(lambda_member_of(&world, "FunctionArn"), WORKER ":1");
    lambda_world_map(&world, "q", "worker", ",'Enabled':false");
    ck_assert_int_eq(lambda_get(&world, MAPPINGS "?FunctionName=worker:live"), 200);
    ck_assert_int_eq(cJSON_GetArraySize(json_member(world.tree, "EventSourceMappings")), 1);
    lambda_world_sqs(&world, "SendMessage", "{'QueueUrl':'q','MessageBody':'x'}");
    lambda_world_advance(&world, 1000);
    ck_assert_int_eq(messages_left(&world), 0);
    // Without its alias it stays as it is, and runs nothing.
    ck_assert_int_eq(lambda_delete(&world, ALIASES "/live"), 204);
    lambda_world_sqs(&world, "SendMessage", "{'QueueUrl':'q','MessageBody':'x'}");
    lambda_world_advance(&world, 60000);
    ck_assert_int_eq(messages_left(&world), 1);
    ck_assert_int_eq(lambda_get(&world, lambda_path(&world, live)), 200);
    ck_assert_str_eq(lambda_member_of(&world, "State"), "Enabled");
    lambda_call(&world, "PUT", lambda_path(&world, live), "", "{'BatchSize':5}");
    lambda_expect(&world, VALUE_ERROR, TYPED("message", "Function does not exist"));
    alias(&world, "live", "1");
    lambda_world_advance(&world, 60000);
    ck_assert_int_eq(messages_left(&world), 0);
}
END_TEST

START_TEST(they_survive_a_restart)
{
    LAMBDA_WORLD(world);
    char folder[] = "/tmp/redrive_alias_XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(folder));
    world.options.database = arena_print(world.arena, "%s/database", folder).bytes;
    lambda_world_reopen(&world);
    publish(&world, "1");
    alias(&world, "live", "1");
    lambda_world_reopen(&world);
    ck_assert_int_eq(lambda_get(&world, FUNCTIONS "/worker:live/configuration"), 200);
    ck_assert_str_eq(lambda_member_of(&world, "Version"), "1");
    publish(&world, "1");
    ck_assert_int_eq(lambda_call(&world, "POST", "/_redrive/api/reset",
                                 "Content-Type: application/json\r\n", "{}"),
                     200);
    ck_assert_int_eq(lambda_get(&world, FUNCTIONS "/worker:live"), 404);
    lambda_world_reopen(&world);
    ck_assert_int_eq(lambda_get(&world, FUNCTIONS "/worker:live"), 404);
    static const char *const files[] = {"", "-wal", "-shm", ".lock"};
    for (size_t i = 0; i < 4; i++)
        unlink(arena_print(world.arena, "%s/database%s", folder, files[i]).bytes);
    rmdir(folder);
}
END_TEST

// What the model says of each operation: 140 for a FunctionName, 170 where it may have a qualifier. A name alone has 64, whatever
// the model says.
static const struct {
    const char *method;
    const char *path; // in which * stands for the name; NULL: in the body
    int characters_max;
} lengths[] = {
    {"POST", NULL, 140},
    {"GET", FUNCTIONS "/*", 170},
    {"DELETE", FUNCTIONS "/*", 170},
    {"GET", FUNCTIONS "/*/configuration", 170},
    {"PUT", FUNCTIONS "/*/configuration", 140},
    {"PUT", FUNCTIONS "/*/code", 140},
    {"POST", FUNCTIONS "/*/versions", 140},
    {"GET", FUNCTIONS "/*/versions", 170},
    {"POST", FUNCTIONS "/*/aliases", 140},
    {"GET", FUNCTIONS "/*/aliases", 140},
    {"GET", FUNCTIONS "/*/aliases/live", 140},
    {"PUT", FUNCTIONS "/*/aliases/live", 140},
    {"DELETE", FUNCTIONS "/*/aliases/live", 140},
    {"PUT", "/2017-10-31/functions/*/concurrency", 140},
    {"DELETE", "/2017-10-31/functions/*/concurrency", 140},
    {"GET", "/2019-09-30/functions/*/concurrency", 140},
    {"POST", FUNCTIONS "/*/invocations", 170},
};

// Asks with a name of so many characters.
static int ask_for_name(struct lambda_world *world, size_t row, int characters)
{
    const char *name = arena_print(world->arena, "%0*d", characters, 0).bytes;
    const char *path = lengths[row].path;
    if (path == NULL)
        return lambda_call(world, lengths[row].method, FUNCTIONS, "", "{'FunctionName':'%s'}",
                           name);
    int before = (int)strcspn(path, "*");
    struct text target =
        arena_print(world->arena, "%.*s%s%s", before, path, name, path + before + 1);
    return lambda_call(world, lengths[row].method, target.bytes, "",
                       "{'Name':'live','FunctionVersion':'1','ReservedConcurrentExecutions':1}");
}

START_TEST(names_have_lengths)
{
    RULES("L-12 L-40");
    LAMBDA_WORLD(world);
    size_t row = (size_t)_i;
    ck_assert_int_eq(ask_for_name(&world, row, lengths[row].characters_max), 400);
    lambda_expect_part(&world, "Member must have length less than or equal to 64");
    ck_assert_int_eq(ask_for_name(&world, row, lengths[row].characters_max + 1), 400);
    lambda_expect_part(&world,
                       arena_print(world.arena, "Member must have length less than or equal to %d",
                                   lengths[row].characters_max)
                           .bytes);
}
END_TEST

START_TEST(a_name_alone_has_64_characters)
{
    RULES("L-12 L-40");
    LAMBDA_WORLD(world);
    const size_t row = 3; // GetFunctionConfiguration
    ck_assert_int_eq(ask_for_name(&world, row, 64), 404);
    ck_assert_int_eq(ask_for_name(&world, row, 65), 400);
    lambda_expect_part(&world, "Member must have length less than or equal to 64");
}
END_TEST

START_TEST(a_new_name_is_too_long_in_the_words_of_the_model)
{
    RULES("L-12 L-40");
    LAMBDA_WORLD(world);
    char name[142];
    memset(name, 'a', sizeof(name));
    name[65] = '\0';
    ck_assert_int_eq(lambda_call(&world, "POST", FUNCTIONS, "", "{'FunctionName':'%s'}", name),
                     400);
    lambda_expect_header(&world, "x-amzn-errortype: InvalidParameterValueException\r\n");
    lambda_expect_part(&world, "\"message\":\"1 validation error detected: Value 'aaaa");
    lambda_expect_part(&world, "Member must have length less than or equal to 64");
    name[65] = 'a';
    name[141] = '\0';
    ck_assert_int_eq(lambda_call(&world, "POST", FUNCTIONS, "", "{'FunctionName':'%s'}", name),
                     400);
    lambda_expect_header(&world, "x-amzn-errortype: ValidationException\r\n");
    lambda_expect_part(&world, "Member must have length less than or equal to 140");
}
END_TEST

START_TEST(two_qualifiers_that_differ_are_refused)
{
    LAMBDA_WORLD(world);
    ck_assert_int_eq(lambda_get(&world, FUNCTIONS "/worker:1?Qualifier=2"), 400);
    lambda_expect_part(&world, "does not match the specified qualifier");
}
END_TEST

START_TEST(all_versions_are_listed_with_their_functions)
{
    LAMBDA_WORLD(world);
    publish(&world, "1");
    ck_assert_int_eq(lambda_get(&world, FUNCTIONS), 200);
    ck_assert_int_eq(cJSON_GetArraySize(json_member(world.tree, "Functions")), 2);
    lambda_expect_part(&world, "\"FunctionArn\":\"" WORKER "\"");
    ck_assert_int_eq(lambda_get(&world, FUNCTIONS "?FunctionVersion=ALL"), 200);
    ck_assert_int_eq(cJSON_GetArraySize(json_member(world.tree, "Functions")), 3);
    lambda_expect_part(&world, "\"FunctionArn\":\"" WORKER ":$LATEST\"");
    lambda_expect_part(&world, "\"FunctionArn\":\"" WORKER ":1\"");
    ck_assert_int_eq(lambda_get(&world, FUNCTIONS "?FunctionVersion=all"), 400);
    lambda_expect_part(&world, "Value 'all' at 'functionVersion' failed to satisfy constraint: "
                               "Member must satisfy enum value set: [ALL]");
}
END_TEST

static Suite *alias_suite(void)
{
    Suite *suite = suite_create("lambda_alias");
    TCase *rules = tcase_create("rules");
    tcase_add_test(rules, versions_are_counted);
    tcase_add_test(rules, a_function_is_created_as_version_1);
    tcase_add_loop_test(rules, every_form_of_a_reference_is_read, 0,
                        sizeof(forms) / sizeof(forms[0]));
    tcase_add_test(rules, what_does_not_exist_is_not_found);
    tcase_add_test(rules, an_alias_is_made_changed_listed_and_deleted);
    tcase_add_test(rules, what_an_alias_cannot_be_is_refused);
    tcase_add_test(rules, a_version_with_an_alias_stays);
    tcase_add_test(rules, a_version_that_is_not_there_is_deleted_all_the_same);
    tcase_add_test(rules, no_function_is_signed);
    tcase_add_test(rules, a_function_of_another_region_is_out_of_reach);
    tcase_add_test(rules, an_alias_is_a_target_of_its_own);
    tcase_add_test(rules, they_survive_a_restart);
    tcase_add_loop_test(rules, names_have_lengths, 0, sizeof(lengths) / sizeof(lengths[0]));
    tcase_add_test(rules, a_new_name_is_too_long_in_the_words_of_the_model);
    tcase_add_test(rules, a_name_alone_has_64_characters);
    tcase_add_test(rules, two_qualifiers_that_differ_are_refused);
    tcase_add_test(rules, all_versions_are_listed_with_their_functions);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(alias_suite)
