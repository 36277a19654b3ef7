// lambda_create -- CreateEventSourceMapping: every member of the answer, every refusal word for word.
#include "tests/support/lambda_world.h"

#include "tests/support/check_main.h"

#include <stdio.h>
#include <string.h>

START_TEST(a_created_mapping_has_every_member)
{
    RULES("L-5 L-7 L-34 L-35 L-36 L-37 L-38 L-39 L-43 lambda-mistake-9");
    LAMBDA_WORLD(world);
    lambda_world_queue(&world, "orders", "30");
    lambda_world_map(&world, "orders", "worker", "");
    ck_assert_int_eq(cJSON_GetArraySize(world.tree), 33);
    static const char *const nulls[] = {"StartingPosition",
                                        "SelfManagedEventSource",
                                        "ParallelizationFactor",
                                        "FilterCriteria",
                                        "FilterCriteriaError",
                                        "ProvisionedPollerConfig",
                                        "MetricsConfig",
                                        "LastProcessingResult",
                                        "DestinationConfig",
                                        "AmazonManagedKafkaEventSourceConfig",
                                        "SourceAccessConfigurations",
                                        "KMSKeyArn",
                                        "MaximumRetryAttempts",
                                        "ScalingConfig",
                                        "Topics",
                                        "SelfManagedKafkaEventSourceConfig",
                                        "DocumentDBEventSourceConfig",
                                        "TumblingWindowInSeconds",
                                        "BisectBatchOnFunctionError",
                                        "LoggingConfig",
                                        "MaximumRecordAgeInSeconds",
                                        "StartingPositionTimestamp",
                                        "Queues"};
    for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++)
        ck_assert_msg(cJSON_IsNull(json_member(world.tree, nulls[i])), "%s", nulls[i]);
    ck_assert_str_eq(lambda_member_of(&world, "State"), "Creating");
    ck_assert_str_eq(lambda_member_of(&world, "StateTransitionReason"), "USER_INITIATED");
    ck_assert_str_eq(lambda_member_of(&world, "EventSourceArn"), ARN("orders"));
    ck_assert_str_eq(lambda_member_of(&world, "FunctionArn"), LAMBDA_ARN "function:worker");
    const char *uuid = lambda_member_of(&world, "UUID");
    ck_assert_uint_eq(strlen(uuid), 36);
    char arn[128];
    snprintf(arn, sizeof(arn), LAMBDA_ARN "event-source-mapping:%s", uuid);
    ck_assert_str_eq(lambda_member_of(&world, "EventSourceMappingArn"), arn);
    lambda_expect_part(&world, "\"LastModified\":1789481340.253,");
    lambda_expect_part(&world, "\"BatchSize\":10,");
    lambda_expect_part(&world, "\"MaximumBatchingWindowInSeconds\":0,");
    lambda_expect_part(&world, "\"FunctionResponseTypes\":[]");
    ck_assert_int_eq(lambda_get(&world, lambda_path(&world, uuid)), 200);
    ck_assert_str_eq(lambda_member_of(&world, "State"), "Enabled");
}
END_TEST

START_TEST(settings_are_echoed_as_sent)
{
    RULES("L-12 L-38 L-41 lambda-mistake-10");
    LAMBDA_WORLD(world);
    lambda_world_queue(&world, "orders", "30");
    lambda_world_map(
        &world, "orders", "worker",
        ",'Enabled':false,'BatchSize':100,'MaximumBatchingWindowInSeconds':5,'"
        "ScalingConfig':{'MaximumConcurrency':7},"
        "'FunctionResponseTypes':['ReportBatchItemFailures'],'MetricsConfig':{'Metrics':"
        "['EventCount']},"
        "'KMSKeyArn':'arn:aws:kms:us-east-1:000000000000:key/"
        "1','FilterCriteria':{'Filters':[]},'Tags':{'a':'b'},"
        "'DestinationConfig':null,'BisectBatchOnFunctionError':false");
    ck_assert_str_eq(lambda_member_of(&world, "State"), "Disabled");
    lambda_expect_part(&world, "\"BatchSize\":100,");
    lambda_expect_part(&world, "\"ScalingConfig\":{\"MaximumConcurrency\":7}");
    lambda_expect_part(&world, "\"FunctionResponseTypes\":[\"ReportBatchItemFailures\"]");
    lambda_expect_part(&world, "\"MetricsConfig\":{\"Metrics\":[\"EventCount\"]}");
    ck_assert_str_eq(lambda_member_of(&world, "KMSKeyArn"),
                     "arn:aws:kms:us-east-1:000000000000:key/1");
    lambda_expect_null(&world, "FilterCriteria");
    ck_assert_ptr_null(json_member(world.tree, "Tags"));
}
END_TEST

START_TEST(members_of_other_sources_are_refused_by_name)
{
    RULES("L-13 L-14 L-15");
    static const struct {
        const char *name;
        const char *value;
    } members[] = {
        {"StartingPositionTimestamp", "1"},
        {"ParallelizationFactor", "2"},
        {"TumblingWindowInSeconds", "30"},
        {"BisectBatchOnFunctionError", "true"},
        {"MaximumRecordAgeInSeconds", "60"},
        {"MaximumRetryAttempts", "-1"},
        {"DestinationConfig", "{'OnFailure':{}}"},
        {"Topics", "['t']"},
        {"SelfManagedEventSource", "{'Endpoints':{}}"},
        {"AmazonManagedKafkaEventSourceConfig", "{'ConsumerGroupId':'c'}"},
        {"SelfManagedKafkaEventSourceConfig", "{'ConsumerGroupId':'c'}"},
        {"Queues", "['q']"},
        {"SourceAccessConfigurations", "[{'Type':'BASIC_AUTH'}]"},
        {"DocumentDBEventSourceConfig", "{'DatabaseName':'d'}"},
        {"LoggingConfig", "{'SystemLogLevel':'INFO'}"},
    };
    LAMBDA_WORLD(world);
    lambda_world_queue(&world, "orders", "30");
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        char body[256];
        lambda_call(&world, "POST", MAPPINGS, "",
                    "{'EventSourceArn':'" ARN("orders") "','FunctionName':'worker','%s':%s}",
                    members[i].name, members[i].value);
        snprintf(body, sizeof(body),
                 TYPED("message", "Unsupported %s parameter for given event source mapping type."),
                 members[i].name);
        lambda_expect(&world, VALUE_ERROR, body);
    }
}
END_TEST

START_TEST(filters_and_provisioned_pollers_are_echoed_and_cleared)
{
    RULES("L-38 L-54");
    LAMBDA_WORLD(world);
    lambda_world_queue(&world, "orders", "30");
    const char *uuid =
        lambda_world_map(&world, "orders", "worker",
                         ",'ProvisionedPollerConfig':{'MinimumPollers':3},"
                         "'FilterCriteria':{'Filters':[{'Pattern':'{\\'body\\':{\\'a\\':[1]}}'}]}");
    lambda_expect_part(&world, "\"ProvisionedPollerConfig\":{\"MinimumPollers\":3}");
    lambda_expect_part(&world, "\"FilterCriteria\":{\"Filters\":[{\"Pattern\":"
                               "\"{\\\"body\\\":{\\\"a\\\":[1]}}\"}]}");
    ck_assert_int_eq(lambda_call(&world, "PUT", lambda_path(&world, uuid), "",
                                 "{'ProvisionedPollerConfig':{},'FilterCriteria':{}}"),
                     202);
    lambda_expect_null(&world, "FilterCriteria");
    lambda_expect_null(&world, "ProvisionedPollerConfig");
}
END_TEST

START_TEST(a_pattern_has_at_most_4096_characters)
{
    RULES("L-31 L-186");
    LAMBDA_WORLD(world);
    lambda_world_queue(&world, "orders", "30");
    char text[4200];
    for (int length = 4097; length >= 4096; length--) {
        int filling = length - (int)strlen("{'body':['']}");
        snprintf(text, sizeof(text), "%0*d", filling, 0);
        int status = lambda_call(
            &world, "POST", MAPPINGS, "",
            "{'EventSourceArn':'" ARN("orders") "','FunctionName':'worker',"
                                                "'FilterCriteria':{'Filters':[{'Pattern':"
                                                "'{\\'body\\':[\\'%s\\']}'}]}}",
            text);
        ck_assert_int_eq(status, length == 4096 ? 202 : 400);
        if (length > 4096)
            lambda_expect_part(&world, "' at 'filterCriteria.filters.1.member.pattern' failed to "
                                       "satisfy constraint: Member must have length less than or "
                                       "equal to 4096");
    }
}
END_TEST

START_TEST(a_function_is_named_in_every_form)
{
    RULES("L-39 L-40");
    static const char *const forms[][2] = {
        {"worker", "function:worker"},
        {LAMBDA_ARN "function:worker", "function:worker"},
        {"000000000000:function:worker", "function:worker"},
        {"worker:$LATEST", "function:worker:$LATEST"},
        {LAMBDA_ARN "function:worker:$LATEST", "function:worker:$LATEST"},
    };
    LAMBDA_WORLD(world);
    lambda_world_queue(&world, "orders", "30");
    lambda_world_map(&world, "orders", forms[_i][0], "");
    char arn[128];
    snprintf(arn, sizeof(arn), LAMBDA_ARN "%s", forms[_i][1]);
    ck_assert_str_eq(lambda_member_of(&world, "FunctionArn"), arn);
}
END_TEST

static const struct {
    const char *queue; // NULL: no EventSourceArn
    const char *function;
    const char *more;
    int status;
    const char *code;
    const char *body;
} refusals[] = {
    {NULL, "worker", "", VALUE_ERROR, TYPED("message", "Unrecognized event source.")},       // L-17
    {"orders", "nobody", "", VALUE_ERROR, TYPED("message", "Function does not exist")},      // L-18
    {"orders", "worker:live", "", VALUE_ERROR, TYPED("message", "Function does not exist")}, // L-18
    {"missing", "worker", "", VALUE_ERROR,
     TYPED("message", "Error occurred while ReceiveMessage. SQS Error Code: "
                      "AWS.SimpleQueueService.NonExistentQueue. SQS Error "
                      "Message: The specified queue does not exist.")}, // L-19
    {"short", "worker", "", VALUE_ERROR,
     TYPED("message",
           "Queue visibility timeout: 2 seconds is less than Function timeout: 3 seconds")}, // L-21
    {"orders", "worker", ",'BatchSize':11", VALUE_ERROR,
     TYPED("message", "Maximum batch window in seconds must be greater than 0 if maximum batch "
                      "size is greater than 10")}, // L-23
    {"orders.fifo", "worker", ",'BatchSize':11", VALUE_ERROR,
     TYPED("message", "Maximum batch window in seconds must be greater than 0 if maximum batch "
                      "size is greater than 10")},
    {"orders.fifo", "worker", ",'MaximumBatchingWindowInSeconds':1", VALUE_ERROR,
     TYPED("message", "Batching window is not supported for FIFO queues")}, // L-24
    {"orders", "worker", ",'ProvisionedPollerConfig':{'MinimumPollers':1}", VALUE_ERROR,
     TYPED("message", "MinimumPollers should be between [2, 200] and MaximumPollers should be "
                      "between [MinimumPollers, 10000]")}, // L-26
    {"orders", "worker", ",'ProvisionedPollerConfig':{}", VALUE_ERROR,
     TYPED("message", "Either MinimumPollers or MaximumPollers are required if "
                      "ProvisionedPollerConfig is provided.")}, // L-27
    {"orders", "worker",
     ",'ProvisionedPollerConfig':{'MinimumPollers':2},'ScalingConfig':{'MaximumConcurrency':5}",
     VALUE_ERROR,
     TYPED("message", "Provisioned mode for SQS ESM does not support maximum concurrency feature. "
                      "Use MaximumPollers as the "
                      "control mechanism and remove maximum concurrency.")}, // L-28
    {"orders", "worker", ",'FilterCriteria':{'Filters':[{'Pattern':'{}x'}]}", VALUE_ERROR,
     TYPED("message", "Invalid filter pattern definition.")}, // L-30
    {"orders", "worker", ",'DestinationConfig':{'OnFailure':{'Destination':'x'}}", VALUE_ERROR,
     TYPED("message",
           "Unsupported DestinationConfig parameter for given event source mapping type.")}, // L-14
    {"orders", "worker", ",'StartingPosition':'LATEST'", VALUE_ERROR,
     TYPED("message", "StartingPosition is not valid for SQS event sources.")}, // L-15
    {"orders", "worker", ",'StartingPosition':'AT_TIMESTAMP','StartingPositionTimestamp':-1",
     VALUE_ERROR, TYPED("message", "StartingPosition is not valid for SQS event sources.")},
    {"orders", "worker", ",'StartingPositionTimestamp':1790000000", VALUE_ERROR,
     TYPED("message", "Unsupported StartingPositionTimestamp parameter for given event source "
                      "mapping type.")},
    {"missing", "worker", ",'StartingPosition':'0'", VALIDATION_ERROR,
     UNTYPED("message", "1 validation error detected: Value '0' at 'startingPosition' failed to "
                        "satisfy constraint: Member must satisfy enum value set: [LATEST, "
                        "AT_TIMESTAMP, TRIM_HORIZON]")}, // L-15, L-16
    {"orders", "worker",
     ",'FilterCriteria':{'Filters':[{'Pattern':'{\\'a\\':[1]}'},{},{},{},{},{}]}", VALUE_ERROR,
     TYPED("message", "FilterCriteria holds more than 5 filters.")}, // L-31
    {"orders", "worker", ",'BatchSize':0", VALIDATION_ERROR,
     UNTYPED("message", "1 validation error detected: Value '0' at 'batchSize' failed to satisfy "
                        "constraint: Member must have "
                        "value greater than or equal to 1")}, // L-11
    {"orders", "nobody", ",'BatchSize':10001", VALIDATION_ERROR,
     UNTYPED("message", "1 validation error detected: Value '10001' at 'batchSize' failed to "
                        "satisfy constraint: Member must have "
                        "value less than or equal to 10000")}, // L-11, L-16
    {"orders", "worker", ",'BatchSize':0,'MaximumBatchingWindowInSeconds':301", VALIDATION_ERROR,
     UNTYPED("message", "2 validation errors detected: Value '0' at 'batchSize' failed to satisfy "
                        "constraint: Member must have "
                        "value greater than or equal to 1; Value '301' at "
                        "'maximumBatchingWindowInSeconds' failed to satisfy "
                        "constraint: Member must have value less than or equal to 300")}, // L-10
    {"orders", "worker", ",'ScalingConfig':{'MaximumConcurrency':1}", VALIDATION_ERROR,
     UNTYPED("message", "1 validation error detected: Value '1' at "
                        "'scalingConfig.maximumConcurrency' failed to satisfy "
                        "constraint: Member must have value greater than or equal to 2")},
    {"orders", "worker", ",'FunctionResponseTypes':['Other']", VALIDATION_ERROR,
     UNTYPED("message", "1 validation error detected: Value '[Other]' at 'functionResponseTypes' "
                        "failed to satisfy constraint: "
                        "Member must satisfy constraint: [Member must satisfy enum value set: "
                        "[ReportBatchItemFailures]]")},
    {"orders", "worker",
     ",'FunctionResponseTypes':['ReportBatchItemFailures','ReportBatchItemFailures']",
     VALIDATION_ERROR,
     UNTYPED("message", "1 validation error detected: Value '[ReportBatchItemFailures, "
                        "ReportBatchItemFailures]' at "
                        "'functionResponseTypes' failed to satisfy constraint: Member must have "
                        "length less than or equal to 1")},
    {"orders", NULL, "", VALIDATION_ERROR,
     UNTYPED("message", "1 validation error detected: Value null at 'functionName' failed to "
                        "satisfy constraint: Member must not be null")},
    {"orders", "worker", ",'MetricsConfig':{'Metrics':['KafkaMetrics']}", VALUE_ERROR,
     TYPED("message",
           "Unsupported MetricsConfig parameter for given event source mapping type.")}, // L-13
    {"orders", "worker", ",'MetricsConfig':{'Metrics':['Latency']}", VALIDATION_ERROR,
     UNTYPED("message",
             "1 validation error detected: Value 'Latency' at 'metricsConfig.metrics' failed to "
             "satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value "
             "set: [ErrorCount, EventCount, KafkaMetrics]]")},
    {"orders", "worker", ",'ProvisionedPollerConfig':{'MinimumPollers':2,'PollerGroupName':'g'}",
     VALUE_ERROR,
     TYPED("message",
           "Unsupported PollerGroupName parameter for given event source mapping type.")}, // L-13
    {"orders", "worker", ",'ProvisionedPollerConfig':{'MaximumPollers':1}", VALUE_ERROR,
     TYPED("message", "MinimumPollers should be between [2, 200] and MaximumPollers should be "
                      "between [MinimumPollers, 10000]")}, // L-26, L-38: the default of the other
    {"orders", "worker", ",'ProvisionedPollerConfig':{'MaximumPollers':'two'}", 400,
     "InvalidRequestContentException",
     TYPED("message", "Could not parse request body into json: the value of MaximumPollers has "
                      "the wrong type")},
    {"orders", "worker", ",'KMSKeyArn':'key'", VALIDATION_ERROR,
     UNTYPED("message", "1 validation error detected: Value 'key' at 'kMSKeyArn' failed to satisfy "
                        "constraint: Member must satisfy regular expression pattern: "
                        "(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()")},
    {"orders.fifo", "worker", ",'BatchSize':11,'MaximumBatchingWindowInSeconds':1", VALUE_ERROR,
     TYPED("message", "Batching window is not supported for FIFO queues")}, // L-25
    {"orders", "worker", ",'BatchSize':'many'", 400, "InvalidRequestContentException",
     TYPED("message",
           "Could not parse request body into json: the value of BatchSize has the wrong type")},
};
#define REFUSALS (int)(sizeof(refusals) / sizeof(refusals[0]))

START_TEST(a_create_is_refused_with_the_words_of_aws)
{
    RULES(
        "L-9 L-10 L-11 L-12 L-13 L-14 L-15 L-16 L-17 L-18 L-19 L-21 L-23 L-24 L-26 L-27 L-28 L-30 "
        "L-31 L-58 lambda-mistake-9 lambda-mistake-13 lambda-mistake-39");
    LAMBDA_WORLD(world);
    lambda_world_queue(&world, "orders", "30");
    lambda_world_queue(&world, "short", "2");
    lambda_world_queue(&world, "orders.fifo", "30");
    cleanup(buffer_deinit) struct buffer body = {0};
    buffer_append(&body, TEXT("{'Tags':{}"));
    if (refusals[_i].queue != NULL)
        buffer_print(&body, ",'EventSourceArn':'" ARN("%s") "'", refusals[_i].queue);
    if (refusals[_i].function != NULL)
        buffer_print(&body, ",'FunctionName':'%s'", refusals[_i].function);
    buffer_print(&body, "%s}", refusals[_i].more);
    lambda_call(&world, "POST", MAPPINGS "/", "", "%.*s", TEXT_ARGUMENTS(buffer_text(&body)));
    lambda_expect(&world, refusals[_i].status, refusals[_i].code, refusals[_i].body);
    ck_assert_int_eq(lambda_get(&world, MAPPINGS), 200);
    ck_assert_str_eq(world.body.bytes, "{\"EventSourceMappings\":[],\"NextMarker\":null}");
}
END_TEST

START_TEST(each_range_ends_where_it_ends)
{
    RULES("L-10 L-12");
    static const struct {
        const char *settings;
        const char *refusal; // NULL: accepted
    } rows[] = {
        {"'BatchSize':1", NULL},
        {"'BatchSize':10000,'MaximumBatchingWindowInSeconds':300", NULL},
        {"'MaximumBatchingWindowInSeconds':0", NULL},
        {"'MaximumBatchingWindowInSeconds':-1",
         "Value '-1' at 'maximumBatchingWindowInSeconds' failed to satisfy constraint: Member must "
         "have value greater than or equal to 0"},
        {"'MaximumBatchingWindowInSeconds':301",
         "Value '301' at 'maximumBatchingWindowInSeconds' failed to satisfy constraint: Member "
         "must have value less than or equal to 300"},
        {"'ScalingConfig':{'MaximumConcurrency':2}", NULL},
        {"'ScalingConfig':{'MaximumConcurrency':1000}", NULL},
        {"'ScalingConfig':{'MaximumConcurrency':1001}",
         "Value '1001' at 'scalingConfig.maximumConcurrency' failed to satisfy constraint: Member "
         "must have value less than or equal to 1000"},
        {"'ProvisionedPollerConfig':{'MinimumPollers':200}", NULL},
        {"'ProvisionedPollerConfig':{'MinimumPollers':201,'MaximumPollers':300}",
         "MinimumPollers should be between [2, 200]"},
        {"'ProvisionedPollerConfig':{'MaximumPollers':10001}",
         "MaximumPollers should be between [MinimumPollers, 10000]"},
    };
    LAMBDA_WORLD(world);
    lambda_world_queue(&world, "orders", "30");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int status = lambda_call(
            &world, "POST", MAPPINGS, "",
            "{'EventSourceArn':'" ARN("orders") "','FunctionName':'worker',%s}", rows[i].settings);
        ck_assert_msg(status == (rows[i].refusal == NULL ? 202 : 400), "%s: %s", rows[i].settings,
                      world.body.bytes);
        if (rows[i].refusal != NULL) {
            lambda_expect_part(&world, rows[i].refusal);
            continue;
        }
        const char *path = lambda_path(&world, lambda_member_of(&world, "UUID"));
        ck_assert_int_eq(lambda_delete(&world, path), 202);
        ck_assert_int_eq(lambda_get(&world, path), 404);
    }
}
END_TEST

START_TEST(what_is_no_filter_pattern_is_refused)
{
    RULES("L-30 L-190");
    static const char *const patterns[] = {
        "null",
        "'null'",
        "'\\'text\\''",
        "'{\\'eventSource\\':\\'aws:sqs\\'}'",
        "'{\\'eventSource\\':[]}'",
        "'{\\'body\\':\\'text\\'}'",
        "'{\\'body\\':{\\'a\\':[{\\'larger\\':1}]}}'",
        "'{\\'body\\':{}}'",
        "'{}'",
        "'[]'",
        "'no JSON'",
        "''",
    };
    LAMBDA_WORLD(world);
    lambda_world_queue(&world, "orders", "30");
    lambda_call(
        &world, "POST", MAPPINGS, "",
        "{'EventSourceArn':'" ARN("orders") "','FunctionName':'worker',"
                                            "'FilterCriteria':{'Filters':[{'Pattern':%s}]}}",
        patterns[_i]);
    lambda_expect(&world, VALUE_ERROR, TYPED("message", "Invalid filter pattern definition."));
}
END_TEST

START_TEST(a_duplicate_is_a_conflict_that_names_the_other)
{
    RULES("L-9 L-32 L-33 lambda-mistake-37");
    LAMBDA_WORLD(world);
    lambda_world_queue(&world, "orders", "30");
    const char *uuid = lambda_world_map(&world, "orders", "worker", ",'Enabled':false");
    lambda_call(&world, "POST", MAPPINGS, "",
                "{'EventSourceArn':'" ARN("orders") "','FunctionName':'" LAMBDA_ARN
                                                    "function:worker','Enabled':false}");
    char body[512];
    snprintf(body, sizeof(body),
             TYPED("message",
                   "An event source mapping with SQS arn (\\\" " ARN(
                       "orders") " \\\") and function (\\\" worker \\\") already exists. "
                                 "Please update or delete the existing mapping with UUID %s"),
             uuid);
    lambda_expect(&world, 409, "ResourceConflictException", body);
    lambda_world_map(&world, "orders", "worker:$LATEST", "");
    lambda_world_map(&world, "orders", "other", "");
}
END_TEST

static Suite *lambda_create_suite(void)
{
    Suite *suite = suite_create("lambda_create");
    TCase *rules = tcase_create("rules");
    tcase_add_test(rules, a_created_mapping_has_every_member);
    tcase_add_test(rules, settings_are_echoed_as_sent);
    tcase_add_test(rules, members_of_other_sources_are_refused_by_name);
    tcase_add_test(rules, filters_and_provisioned_pollers_are_echoed_and_cleared);
    tcase_add_test(rules, a_pattern_has_at_most_4096_characters);
    tcase_add_loop_test(rules, a_function_is_named_in_every_form, 0, 5);
    tcase_add_loop_test(rules, a_create_is_refused_with_the_words_of_aws, 0, REFUSALS);
    tcase_add_test(rules, each_range_ends_where_it_ends);
    tcase_add_loop_test(rules, what_is_no_filter_pattern_is_refused, 0, 12);
    tcase_add_test(rules, a_duplicate_is_a_conflict_that_names_the_other);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(lambda_create_suite)
