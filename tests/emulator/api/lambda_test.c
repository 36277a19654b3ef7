// lambda -- the Lambda API as bytes over the router, without a socket: shapes, statuses, error bodies, texts (L-1 to L-82).
#include "emulator/emulator.h"
#include "esm/json.h"
#include "tests/support/check_main.h"

#include <stdarg.h>
#include <stdio.h>

#define ARN(queue) "arn:aws:sqs:us-east-1:000000000000:" queue
#define LAMBDA_ARN "arn:aws:lambda:us-east-1:000000000000:"
#define MAPPINGS "/2015-03-31/event-source-mappings"
#define FUNCTIONS "/2015-03-31/functions"

struct lambda_world {
    struct arena *arena;
    struct options options;
    struct emulator *emulator;
    int status;
    struct buffer headers;
    struct buffer body; // of the last call
    cJSON *tree;        // the same; NULL if it is not JSON
    bool answered;
};

static void lambda_world_deinit(struct lambda_world *world)
{
    emulator_free(world->emulator);
    json_tree_free(world->tree);
    buffer_deinit(&world->headers);
    buffer_deinit(&world->body);
    arena_free(world->arena);
}
DEFINE_DEINIT_CLEANUP(lambda_world_deinit, struct lambda_world)

static void world_open_again(struct lambda_world *world)
{
    struct text reason = TEXT("");
    int status = 0;
    world->emulator = emulator_new(&world->options, &reason, &status);
    ck_assert_msg(world->emulator != NULL, "%.*s", TEXT_ARGUMENTS(reason));
}

static void lambda_world_init(struct lambda_world *world)
{
    world->arena = arena_new();
    options_init(&world->options, world->arena);
    world->options.listener = false;
    world->options.quiet = true;
    world->options.seeded = true;
    world->options.seed = 1;
    world->options.clock = CLOCK_MANUAL;
    world->options.start_at_ms = 1789481340253;
    world->options.functions[world->options.function_count++] = TEXT("worker=sim:{}");
    world->options.functions[world->options.function_count++] = TEXT("other=sim:{}");
    world_open_again(world);
}

#define LAMBDA_WORLD(world)                                       \
    cleanup(lambda_world_deinit) struct lambda_world world = {0}; \
    lambda_world_init(&world)

static void call_done(void *context, int status, struct text headers, struct text body)
{
    struct lambda_world *world = context;
    world->answered = true;
    world->status = status;
    buffer_clear(&world->headers);
    buffer_append(&world->headers, headers);
    buffer_append_byte(&world->headers, '\0');
    buffer_clear(&world->body);
    buffer_append(&world->body, body);
    json_tree_free(world->tree);
    world->tree = json_parse(body, NULL);
    buffer_append_byte(&world->body, '\0');
}

// headers: whole lines, or "". body: printf, with ' for ".
__attribute__((format(printf, 5, 6))) static int call(struct lambda_world *world,
                                                      const char *method, const char *target,
                                                      const char *headers, const char *body, ...)
{
    cleanup(buffer_deinit) struct buffer text = {0};
    char printed[8192];
    va_list arguments;
    va_start(arguments, body);
    int length = vsnprintf(printed, sizeof(printed), body, arguments);
    va_end(arguments);
    for (int i = 0; i < length; i++) {
        if (printed[i] == '\'')
            printed[i] = '"';
    }
    buffer_print(&text, "%s %s HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %d\r\n\r\n%s",
                 method, target, headers, length, printed);
    world->answered = false;
    emulator_request(world->emulator, buffer_text(&text), call_done, world);
    ck_assert(emulator_run_until(world->emulator, &world->answered, 5000));
    return world->status;
}

static void create_queue(struct lambda_world *world, const char *name,
                         const char *visibility_timeout)
{
    int status = call(
        world, "POST", "/",
        "X-Amz-Target: AmazonSQS.CreateQueue\r\nContent-Type: application/x-amz-json-1.0\r\n",
        "{'QueueName':'%s','Attributes':{'VisibilityTimeout':'%s'%s}}", name, visibility_timeout,
        text_ends_with(text_of(name), TEXT(".fifo")) ? ",'FifoQueue':'true'" : "");
    ck_assert_int_eq(status, 200);
}

static const char *member(const struct lambda_world *world, const char *name)
{
    const cJSON *found = json_member(world->tree, name);
    return cJSON_IsString(found) ? found->valuestring : "(none)";
}

static void expect_body(const struct lambda_world *world, int status, const char *code,
                        const char *body)
{
    ck_assert_str_eq(world->body.bytes, body);
    ck_assert_int_eq(world->status, status);
    char header[128];
    snprintf(header, sizeof(header), "x-amzn-errortype: %s\r\n", code);
    ck_assert_msg(strstr(world->headers.bytes, header) != NULL, "%s", world->headers.bytes);
    ck_assert_ptr_nonnull(strstr(world->headers.bytes, "x-amzn-requestid: "));
    ck_assert_ptr_nonnull(strstr(world->headers.bytes, "Content-Type: application/json\r\n"));
}

// Creates a mapping and returns its UUID, in the world's arena.
static const char *create_mapping(struct lambda_world *world, const char *queue,
                                  const char *function, const char *more)
{
    ck_assert_int_eq(call(world, "POST", MAPPINGS, "",
                          "{'EventSourceArn':'" ARN("%s") "','FunctionName':'%s'%s}", queue,
                          function, more),
                     202);
    return arena_print(world->arena, "%s", member(world, "UUID")).bytes;
}

static const char *path_of(struct lambda_world *world, const char *uuid)
{
    return arena_print(world->arena, MAPPINGS "/%s", uuid).bytes;
}

#define TYPED(key, text) "{\"Type\":\"User\",\"" key "\":\"" text "\"}"
#define UNTYPED(key, text) "{\"" key "\":\"" text "\"}"
#define VALUE_ERROR 400, "InvalidParameterValueException"
#define VALIDATION_ERROR 400, "ValidationException"

// ---- mappings ----

START_TEST(a_created_mapping_has_every_member)
{
    RULES("L-5 L-7 L-34 L-35 L-36 L-37 L-38 L-39 L-43");
    LAMBDA_WORLD(world);
    create_queue(&world, "orders", "30");
    create_mapping(&world, "orders", "worker", "");
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
    ck_assert_str_eq(member(&world, "State"), "Creating");
    ck_assert_str_eq(member(&world, "StateTransitionReason"), "USER_INITIATED");
    ck_assert_str_eq(member(&world, "EventSourceArn"), ARN("orders"));
    ck_assert_str_eq(member(&world, "FunctionArn"), LAMBDA_ARN "function:worker");
    const char *uuid = member(&world, "UUID");
    ck_assert_uint_eq(strlen(uuid), 36);
    char arn[128];
    snprintf(arn, sizeof(arn), LAMBDA_ARN "event-source-mapping:%s", uuid);
    ck_assert_str_eq(member(&world, "EventSourceMappingArn"), arn);
    ck_assert_ptr_nonnull(strstr(world.body.bytes, "\"LastModified\":1789481340.253,"));
    ck_assert_ptr_nonnull(strstr(world.body.bytes, "\"BatchSize\":10,"));
    ck_assert_ptr_nonnull(strstr(world.body.bytes, "\"MaximumBatchingWindowInSeconds\":0,"));
    ck_assert_ptr_nonnull(strstr(world.body.bytes, "\"FunctionResponseTypes\":[]"));
    ck_assert_int_eq(call(&world, "GET", path_of(&world, uuid), "", "%s", ""), 200);
    ck_assert_str_eq(member(&world, "State"), "Enabled");
}
END_TEST

START_TEST(settings_are_echoed_as_sent)
{
    RULES("L-38 L-41");
    LAMBDA_WORLD(world);
    create_queue(&world, "orders", "30");
    create_mapping(&world, "orders", "worker",
                   ",'Enabled':false,'BatchSize':100,'MaximumBatchingWindowInSeconds':5,'"
                   "ScalingConfig':{'MaximumConcurrency':7},"
                   "'FunctionResponseTypes':['ReportBatchItemFailures'],'MetricsConfig':{'Metrics':"
                   "['EventCount']},"
                   "'KMSKeyArn':'arn:aws:kms:us-east-1:000000000000:key/"
                   "1','FilterCriteria':{'Filters':[]},'Tags':{'a':'b'},"
                   "'DestinationConfig':null,'BisectBatchOnFunctionError':false");
    ck_assert_str_eq(member(&world, "State"), "Disabled");
    ck_assert_ptr_nonnull(strstr(world.body.bytes, "\"BatchSize\":100,"));
    ck_assert_ptr_nonnull(strstr(world.body.bytes, "\"ScalingConfig\":{\"MaximumConcurrency\":7}"));
    ck_assert_ptr_nonnull(
        strstr(world.body.bytes, "\"FunctionResponseTypes\":[\"ReportBatchItemFailures\"]"));
    ck_assert_ptr_nonnull(
        strstr(world.body.bytes, "\"MetricsConfig\":{\"Metrics\":[\"EventCount\"]}"));
    ck_assert_str_eq(member(&world, "KMSKeyArn"), "arn:aws:kms:us-east-1:000000000000:key/1");
    ck_assert(cJSON_IsNull(json_member(world.tree, "FilterCriteria")));
    ck_assert_ptr_null(json_member(world.tree, "Tags"));
}
END_TEST

START_TEST(filters_and_provisioned_pollers_are_echoed_and_cleared)
{
    RULES("L-38 L-54");
    LAMBDA_WORLD(world);
    create_queue(&world, "orders", "30");
    const char *uuid =
        create_mapping(&world, "orders", "worker",
                       ",'ProvisionedPollerConfig':{'MinimumPollers':3},"
                       "'FilterCriteria':{'Filters':[{'Pattern':'{\\'body\\':{\\'a\\':[1]}}'}]}");
    ck_assert_ptr_nonnull(
        strstr(world.body.bytes, "\"ProvisionedPollerConfig\":{\"MinimumPollers\":3}"));
    ck_assert_ptr_nonnull(strstr(world.body.bytes, "\"FilterCriteria\":{\"Filters\":[{\"Pattern\":"
                                                   "\"{\\\"body\\\":{\\\"a\\\":[1]}}\"}]}"));
    ck_assert_int_eq(call(&world, "PUT", path_of(&world, uuid), "",
                          "{'ProvisionedPollerConfig':{},'FilterCriteria':{}}"),
                     202);
    ck_assert(cJSON_IsNull(json_member(world.tree, "FilterCriteria")));
    ck_assert(cJSON_IsNull(json_member(world.tree, "ProvisionedPollerConfig")));
}
END_TEST

START_TEST(a_pattern_has_at_most_4096_characters)
{
    RULES("L-31 L-186");
    LAMBDA_WORLD(world);
    create_queue(&world, "orders", "30");
    char text[4200];
    for (int length = 4097; length >= 4096; length--) {
        int filling = length - (int)strlen("{'body':['']}");
        snprintf(text, sizeof(text), "%0*d", filling, 0);
        int status =
            call(&world, "POST", MAPPINGS, "",
                 "{'EventSourceArn':'" ARN("orders") "','FunctionName':'worker',"
                                                     "'FilterCriteria':{'Filters':[{'Pattern':"
                                                     "'{\\'body\\':[\\'%s\\']}'}]}}",
                 text);
        ck_assert_int_eq(status, length == 4096 ? 202 : 400);
        if (length > 4096)
            ck_assert_ptr_nonnull(strstr(world.body.bytes,
                                         "' at 'filterCriteria.filters.1.member.pattern' failed to "
                                         "satisfy constraint: Member must have length less than or "
                                         "equal to 4096"));
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
    create_queue(&world, "orders", "30");
    create_mapping(&world, "orders", forms[_i][0], "");
    char arn[128];
    snprintf(arn, sizeof(arn), LAMBDA_ARN "%s", forms[_i][1]);
    ck_assert_str_eq(member(&world, "FunctionArn"), arn);
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
     TYPED("message",
           "Unsupported StartingPosition parameter for given event source mapping type.")}, // L-15
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
    {"orders", "worker", ",'BatchSize':'many'", 400, "InvalidRequestContentException",
     TYPED("message",
           "Could not parse request body into json: the value of BatchSize has the wrong type")},
};
#define REFUSALS (int)(sizeof(refusals) / sizeof(refusals[0]))

START_TEST(a_create_is_refused_with_the_words_of_aws)
{
    RULES("L-9 L-10 L-11 L-14 L-15 L-16 L-17 L-18 L-19 L-21 L-23 L-24 L-26 L-27 L-28 L-30 "
          "L-31 L-58");
    LAMBDA_WORLD(world);
    create_queue(&world, "orders", "30");
    create_queue(&world, "short", "2");
    create_queue(&world, "orders.fifo", "30");
    cleanup(buffer_deinit) struct buffer body = {0};
    buffer_append(&body, TEXT("{'Tags':{}"));
    if (refusals[_i].queue != NULL)
        buffer_print(&body, ",'EventSourceArn':'" ARN("%s") "'", refusals[_i].queue);
    if (refusals[_i].function != NULL)
        buffer_print(&body, ",'FunctionName':'%s'", refusals[_i].function);
    buffer_print(&body, "%s}", refusals[_i].more);
    call(&world, "POST", MAPPINGS "/", "", "%.*s", TEXT_ARGUMENTS(buffer_text(&body)));
    expect_body(&world, refusals[_i].status, refusals[_i].code, refusals[_i].body);
    ck_assert_int_eq(call(&world, "GET", MAPPINGS, "", "%s", ""), 200);
    ck_assert_str_eq(world.body.bytes, "{\"EventSourceMappings\":[],\"NextMarker\":null}");
}
END_TEST

START_TEST(a_duplicate_is_a_conflict_that_names_the_other)
{
    RULES("L-9 L-32 L-33");
    LAMBDA_WORLD(world);
    create_queue(&world, "orders", "30");
    const char *uuid = create_mapping(&world, "orders", "worker", ",'Enabled':false");
    call(&world, "POST", MAPPINGS, "",
         "{'EventSourceArn':'" ARN("orders") "','FunctionName':'" LAMBDA_ARN
                                             "function:worker','Enabled':false}");
    char body[512];
    snprintf(body, sizeof(body),
             TYPED("message",
                   "An event source mapping with SQS arn (\\\" " ARN(
                       "orders") " \\\") and function (\\\" worker \\\") already exists. "
                                 "Please update or delete the existing mapping with UUID %s"),
             uuid);
    expect_body(&world, 409, "ResourceConflictException", body);
    create_mapping(&world, "orders", "worker:$LATEST", "");
    create_mapping(&world, "orders", "other", "");
}
END_TEST

START_TEST(an_unknown_mapping_is_404)
{
    RULES("L-9 L-57");
    static const char *const methods[] = {"GET", "PUT", "DELETE"};
    LAMBDA_WORLD(world);
    call(&world, methods[_i], MAPPINGS "/14e0db71-5d35-4eb5-b481-8945cf9d10c2", "", "%s",
         _i == 1 ? "{}" : "");
    expect_body(&world, 404, "ResourceNotFoundException",
                TYPED("Message", "The resource you requested does not exist."));
}
END_TEST

START_TEST(update_merges_and_clears)
{
    RULES("L-44 L-45 L-46 L-53 L-54 L-55 L-56");
    LAMBDA_WORLD(world);
    create_queue(&world, "orders", "30");
    const char *uuid = create_mapping(&world, "orders", "worker",
                                      ",'FunctionResponseTypes':['ReportBatchItemFailures'],'"
                                      "ScalingConfig':{'MaximumConcurrency':5}");
    const char *path = path_of(&world, uuid);
    struct text reason;
    emulator_advance(world.emulator, 1000, &reason);
    ck_assert_int_eq(call(&world, "PUT", path, "",
                          "{'BatchSize':5,'FunctionResponseTypes':null,'EventSourceArn':'x'}"),
                     202);
    ck_assert_str_eq(member(&world, "State"), "Updating");
    ck_assert_ptr_nonnull(strstr(world.body.bytes, "\"BatchSize\":5,"));
    ck_assert_ptr_nonnull(
        strstr(world.body.bytes, "\"FunctionResponseTypes\":[\"ReportBatchItemFailures\"]"));
    ck_assert_ptr_nonnull(strstr(world.body.bytes, "\"LastModified\":1789481341.253,"));
    ck_assert_str_eq(member(&world, "EventSourceArn"), ARN("orders"));
    ck_assert_int_eq(call(&world, "PUT", path, "",
                          "{'FunctionResponseTypes':[],'ScalingConfig':{},'FunctionName':'other'}"),
                     202);
    ck_assert_ptr_nonnull(strstr(world.body.bytes, "\"FunctionResponseTypes\":[]"));
    ck_assert_ptr_nonnull(strstr(world.body.bytes, "\"ScalingConfig\":null"));
    ck_assert_str_eq(member(&world, "FunctionArn"), LAMBDA_ARN "function:other");
    ck_assert_int_eq(call(&world, "PUT", path, "", "{'Enabled':false}"), 202);
    ck_assert_str_eq(member(&world, "State"), "Disabling");
    ck_assert_int_eq(call(&world, "PUT", path, "", "{'BatchSize':11}"),
                     400); // the merged result is checked
    ck_assert_int_eq(call(&world, "GET", path, "", "%s", ""), 200);
    ck_assert_str_eq(member(&world, "State"), "Disabled");
    ck_assert_ptr_nonnull(strstr(world.body.bytes, "\"BatchSize\":5,"));
    ck_assert_int_eq(call(&world, "DELETE", path, "", "%s", ""), 202);
    ck_assert_str_eq(member(&world, "State"), "Deleting");
    ck_assert_int_eq(call(&world, "GET", path, "", "%s", ""), 404);
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
    create_queue(&world, "orders", "30");
    const char *uuid = create_mapping(&world, "orders", "worker", "");
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
        create_queue(&world, name, "30");
        create_mapping(&world, name, i < 3 ? "worker" : "other", "");
    }
    create_mapping(&world, "q0", "worker:$LATEST", "");
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
        ck_assert_int_eq(call(&world, "GET", target, "", "%s", ""), 200);
        ck_assert_msg(cJSON_GetArraySize(json_member(world.tree, "EventSourceMappings")) ==
                          cases[i].count,
                      "%s", cases[i].query);
        ck_assert(cJSON_IsNull(json_member(world.tree, "NextMarker")));
    }
    int seen = 0;
    char target[256] = MAPPINGS "?MaxItems=4";
    for (int page = 0; page < 2; page++) {
        ck_assert_int_eq(call(&world, "GET", target, "", "%s", ""), 200);
        seen += cJSON_GetArraySize(json_member(world.tree, "EventSourceMappings"));
        snprintf(target, sizeof(target), MAPPINGS "?MaxItems=4&Marker=%s",
                 member(&world, "NextMarker"));
    }
    ck_assert_int_eq(seen, 6);
    ck_assert(cJSON_IsNull(json_member(world.tree, "NextMarker")));
    call(&world, "GET", MAPPINGS "?MaxItems=0", "", "%s", "");
    expect_body(&world, VALIDATION_ERROR,
                UNTYPED("message", "1 validation error detected: Value '0' at 'maxItems' failed to "
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
    emulator_free(world.emulator);
    world.options.database = path;
    world_open_again(&world);
    create_queue(&world, "orders", "30");
    ck_assert_int_eq(call(&world, "POST", FUNCTIONS, "",
                          "{'FunctionName':'mine','Timeout':7,'Environment':{'Variables':{'REDRIVE_"
                          "TARGET':'sim:{}'}}}"),
                     201);
    const char *uuid = create_mapping(&world, "orders", "mine", ",'BatchSize':3");
    call(&world, "GET", path_of(&world, uuid), "", "%s", "");
    emulator_free(world.emulator);
    world_open_again(&world);
    ck_assert_int_eq(call(&world, "GET", path_of(&world, uuid), "", "%s", ""), 200);
    ck_assert_str_eq(member(&world, "State"), "Enabled");
    ck_assert_ptr_nonnull(strstr(world.body.bytes, "\"BatchSize\":3,"));
    ck_assert_int_eq(call(&world, "GET", FUNCTIONS "/mine/configuration", "", "%s", ""), 200);
    ck_assert_ptr_nonnull(strstr(world.body.bytes, "\"Timeout\":7,"));
    static const char *const endings[] = {"", "-wal", "-shm", ".lock"};
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        char name[64];
        snprintf(name, sizeof(name), "%s%s", path, endings[i]);
        remove(name);
    }
}
END_TEST

// ---- functions ----

START_TEST(functions_have_the_shape_of_aws)
{
    RULES("L-3 L-64 L-65 L-66 L-67 L-68 L-69 L-70");
    LAMBDA_WORLD(world);
    ck_assert_int_eq(call(&world, "POST", FUNCTIONS "/", "",
                          "{'FunctionName':'mine','Role':'arn:aws:iam::000000000000:role/"
                          "r','Handler':'a.b','Runtime':'python3.13',"
                          "'Code':{'ZipFile':'YWJj'},'MemorySize':256,'Environment':{'Variables':{'"
                          "REDRIVE_TARGET':'sim:{}','A':'1'}}}"),
                     201);
    ck_assert_str_eq(member(&world, "State"), "Pending");
    ck_assert_str_eq(member(&world, "StateReason"), "The function is being created.");
    ck_assert_str_eq(member(&world, "StateReasonCode"), "Creating");
    ck_assert_str_eq(member(&world, "FunctionArn"), LAMBDA_ARN "function:mine");
    ck_assert_str_eq(member(&world, "LastModified"), "2026-09-15T14:09:00.253+0000");
    ck_assert_str_eq(member(&world, "Version"), "$LATEST");
    ck_assert_str_eq(member(&world, "Runtime"), "python3.13");
    ck_assert_str_eq(member(&world, "CodeSha256"), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    ck_assert_ptr_nonnull(strstr(world.body.bytes, "\"CodeSize\":3,"));
    ck_assert_ptr_nonnull(strstr(world.body.bytes, "\"Timeout\":3,\"MemorySize\":256,"));
    ck_assert_ptr_nonnull(
        strstr(world.body.bytes,
               "\"Environment\":{\"Variables\":{\"REDRIVE_TARGET\":\"sim:{}\",\"A\":\"1\"}}"));
    ck_assert_int_eq(call(&world, "GET",
                          FUNCTIONS
                          "/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Amine/",
                          "", "%s", ""),
                     200);
    const cJSON *configuration = json_member(world.tree, "Configuration");
    ck_assert_str_eq(json_member_text(configuration, "State").bytes, "Active");
    ck_assert_str_eq(json_member_text(configuration, "LastUpdateStatus").bytes, "Successful");
    ck_assert_str_eq(json_member_text(json_member(world.tree, "Code"), "RepositoryType").bytes,
                     "S3");
    ck_assert_ptr_null(json_member(world.tree, "Concurrency"));
    call(&world, "POST", FUNCTIONS, "", "{'FunctionName':'mine'}");
    expect_body(&world, 409, "ResourceConflictException",
                TYPED("message", "Function already exist: mine"));
    ck_assert_int_eq(
        call(&world, "PUT", FUNCTIONS "/mine/configuration", "", "{'Timeout':9,'Description':'x'}"),
        200);
    ck_assert_str_eq(member(&world, "LastUpdateStatus"), "InProgress");
    ck_assert_str_eq(member(&world, "Description"), "x");
    ck_assert_str_eq(member(&world, "Runtime"), "python3.13");
    ck_assert_int_eq(call(&world, "DELETE", FUNCTIONS "/mine", "", "%s", ""), 204);
    call(&world, "GET", FUNCTIONS "/mine", "", "%s", "");
    expect_body(&world, 404, "ResourceNotFoundException",
                TYPED("Message", "Function not found: " LAMBDA_ARN "function:mine"));
}
END_TEST

START_TEST(what_runs_a_function_is_not_set_over_http_beyond_http_and_sim)
{
    LAMBDA_WORLD(world);
    ck_assert_int_eq(call(&world, "POST", FUNCTIONS, "", "{'FunctionName':'mine'}"), 400);
    ck_assert_ptr_nonnull(strstr(world.body.bytes, "--function mine=TARGET"));
    ck_assert_int_eq(call(&world, "POST", FUNCTIONS, "",
                          "{'FunctionName':'mine','Environment':{'Variables':{'REDRIVE_TARGET':'"
                          "exec:/bin/sh'}}}"),
                     400);
    ck_assert_ptr_nonnull(strstr(world.body.bytes, "never over HTTP"));
    ck_assert_int_eq(call(&world, "GET", FUNCTIONS "/mine", "", "%s", ""), 404);
    ck_assert_int_eq(
        call(&world, "POST", FUNCTIONS, "", "{'FunctionName':'worker','Role':'r','Timeout':5}"),
        201); // declared: binds
    ck_assert_ptr_nonnull(strstr(world.body.bytes, "\"Timeout\":5,"));
    ck_assert_int_eq(call(&world, "POST", FUNCTIONS, "", "{'FunctionName':'worker'}"), 409);
    ck_assert_int_eq(call(&world, "PUT", FUNCTIONS "/worker/configuration", "",
                          "{'Timeout':9,'MemorySize':512}"),
                     200);
    ck_assert_int_eq(call(&world, "PUT", FUNCTIONS "/worker/configuration", "",
                          "{'Environment':{'Variables':{}}}"),
                     403);
    ck_assert_ptr_nonnull(strstr(world.headers.bytes, "x-amzn-errortype: AccessDeniedException"));
    ck_assert_ptr_nonnull(json_member(world.tree, "Message"));
    ck_assert_int_eq(call(&world, "PUT", FUNCTIONS "/worker/code", "", "{'ZipFile':''}"), 403);
    ck_assert_int_eq(call(&world, "DELETE", FUNCTIONS "/worker", "", "%s", ""),
                     204); // undoes the create
    ck_assert_int_eq(call(&world, "DELETE", FUNCTIONS "/worker", "", "%s", ""), 403);
    const char *configuration = FUNCTIONS "/worker/configuration";
    ck_assert_int_eq(call(&world, "PUT", configuration, "", "{'MemorySize':10240}"), 200);
    ck_assert_int_eq(call(&world, "PUT", configuration, "", "{'MemorySize':10241}"), 400);
    ck_assert_int_eq(call(&world, "PUT", configuration, "", "{'MemorySize':128}"), 200);
    ck_assert_int_eq(call(&world, "PUT", configuration, "", "{'MemorySize':127}"), 400);
    call(&world, "POST", FUNCTIONS, "", "{'FunctionName':'other','Timeout':0}");
    expect_body(&world, VALIDATION_ERROR,
                UNTYPED("message", "1 validation error detected: Value '0' at 'timeout' failed to "
                                   "satisfy constraint: Member must "
                                   "have value greater than or equal to 1"));
}
END_TEST

START_TEST(concurrency_is_reserved_and_released)
{
    RULES("L-70 L-72 L-82");
    LAMBDA_WORLD(world);
    const char *path = "/2017-10-31/functions/worker/concurrency";
    ck_assert_int_eq(call(&world, "GET", "/2019-09-30/functions/worker/concurrency", "", "%s", ""),
                     200);
    ck_assert_str_eq(world.body.bytes, "{}");
    ck_assert_int_eq(call(&world, "PUT", path, "", "{'ReservedConcurrentExecutions':0}"), 200);
    ck_assert_str_eq(world.body.bytes, "{\"ReservedConcurrentExecutions\":0}");
    call(&world, "POST", FUNCTIONS "/worker/invocations", "", "{}");
    expect_body(&world, 429, "TooManyRequestsException",
                "{\"Reason\":\"ReservedFunctionConcurrentInvocationLimitExceeded\",\"Type\":"
                "\"User\",\"message\":\"Rate Exceeded.\"}");
    ck_assert_ptr_nonnull(strstr(world.headers.bytes, "Retry-After: "));
    call(&world, "PUT", path, "", "{'ReservedConcurrentExecutions':901}");
    expect_body(&world, VALUE_ERROR,
                UNTYPED("message",
                        "Specified ReservedConcurrentExecutions for function decreases account's "
                        "UnreservedConcurrentExecution below its minimum value of [100]."));
    call(&world, "PUT", "/2017-10-31/functions/worker%3A1/concurrency", "",
         "{'ReservedConcurrentExecutions':1}");
    expect_body(
        &world, VALUE_ERROR,
        TYPED("message",
              "This operation is permitted on Lambda functions only. Aliases and versions do not "
              "support this "
              "operation. Please specify either a function name or an unqualified function ARN."));
    call(&world, "PUT", "/2017-10-31/functions/nobody/concurrency", "",
         "{'ReservedConcurrentExecutions':1}");
    expect_body(&world, 404, "ResourceNotFoundException",
                TYPED("Message", "Function not found: " LAMBDA_ARN "function:nobody:$LATEST"));
    ck_assert_int_eq(call(&world, "DELETE", path, "", "%s", ""), 204);
    ck_assert_int_eq(call(&world, "GET", FUNCTIONS "/worker", "", "%s", ""), 200);
    ck_assert_ptr_null(json_member(world.tree, "Concurrency"));
}
END_TEST

START_TEST(invoke_checks_before_it_runs)
{
    RULES("L-70 L-74 L-76 L-80");
    LAMBDA_WORLD(world);
    ck_assert_int_eq(call(&world, "POST", FUNCTIONS "/worker/invocations",
                          "X-Amz-Invocation-Type: DryRun\r\n", "{}"),
                     204);
    call(&world, "POST", FUNCTIONS "/nobody/invocations", "", "{}");
    expect_body(&world, 404, "ResourceNotFoundException",
                TYPED("Message", "Function not found: " LAMBDA_ARN "function:nobody:$LATEST"));
    call(&world, "POST", FUNCTIONS "/worker/invocations", "", "{not json");
    expect_body(&world, 400, "InvalidRequestContentException",
                TYPED("message", "Could not parse request body into json: Could not parse payload "
                                 "into json: it stops being JSON at byte 1"));
    ck_assert_int_eq(call(&world, "POST", FUNCTIONS "/worker/invocations",
                          "X-Amz-Invocation-Type: Event\r\n", "{}"),
                     202);
    ck_assert_str_eq(world.body.bytes, "");
}
END_TEST

START_TEST(invoke_answers_what_the_function_answers)
{
    RULES("L-77 L-78");
    LAMBDA_WORLD(world);
    emulator_free(world.emulator);
    world.options.clock = CLOCK_LEAP;
    world.options.functions[world.options.function_count++] =
        TEXT("thrower=sim:{\"fail\":{\"body\":\"bad\"},\"how\":\"throw\"}");
    world_open_again(&world);
    static const char id[] = "x-amzn-RequestId: 11111111-2222-4333-8444-555555555555\r\n";
    char headers[256];
    snprintf(headers, sizeof(headers), "X-Amz-Log-Type: Tail\r\n%s", id);
    ck_assert_int_eq(
        call(&world, "POST", FUNCTIONS "/worker/invocations", headers, "{'Records':[]}"), 200);
    ck_assert_ptr_nonnull(strstr(world.headers.bytes, "X-Amz-Executed-Version: $LATEST\r\n"));
    ck_assert_ptr_nonnull(
        strstr(world.headers.bytes, "x-amzn-requestid: 11111111-2222-4333-8444-555555555555\r\n"));
    ck_assert_ptr_nonnull(strstr(world.headers.bytes, "X-Amz-Log-Result: "));
    ck_assert_ptr_null(strstr(world.headers.bytes, "X-Amz-Function-Error"));
    ck_assert_int_eq(call(&world, "POST", FUNCTIONS "/thrower/invocations", "",
                          "{'Records':[{'messageId':'1','body':'bad','attributes':{}}]}"),
                     200);
    ck_assert_ptr_nonnull(strstr(world.headers.bytes, "X-Amz-Function-Error: Unhandled\r\n"));
    ck_assert_ptr_nonnull(json_member(world.tree, "errorMessage"));
}
END_TEST

START_TEST(invoke_says_how_a_function_failed)
{
    RULES("L-78 L-82 L-83 L-84");
    static const struct {
        const char *target;
        int status;
        const char *body; // a part of it
        const char *header;
    } cases[] = {
        {"f=sim:{\"fail\":{\"body\":\"x\"},\"how\":\"timeout\"}", 200,
         "Task timed out after 3.00 seconds", "X-Amz-Function-Error: Unhandled"},
        {"f=sim:{\"fail\":{\"body\":\"x\"},\"how\":\"crash\"}", 200, "Runtime.ExitError",
         "X-Amz-Function-Error: Unhandled"},
        {"f=sim:{\"fail\":{\"body\":\"x\"},\"how\":\"throttle\"}", 429, "Rate Exceeded.",
         "x-amzn-errortype: TooManyRequestsException"},
        {"f=http://127.0.0.1:1/", 500, "redrive could not reach what runs f",
         "x-amzn-errortype: ServiceException"},
    };
    LAMBDA_WORLD(world);
    emulator_free(world.emulator);
    world.options.clock = CLOCK_LEAP;
    world.options.functions[world.options.function_count++] = text_of(cases[_i].target);
    world_open_again(&world);
    call(&world, "POST", FUNCTIONS "/f/invocations", "",
         "{'Records':[{'messageId':'1','body':'x','attributes':{}}]}");
    ck_assert_int_eq(world.status, cases[_i].status);
    ck_assert_msg(strstr(world.body.bytes, cases[_i].body) != NULL, "%s", world.body.bytes);
    ck_assert_msg(strstr(world.headers.bytes, cases[_i].header) != NULL, "%s", world.headers.bytes);
}
END_TEST

START_TEST(an_unknown_path_is_404)
{
    LAMBDA_WORLD(world);
    ck_assert_int_eq(call(&world, "GET", "/2015-03-31/nothing", "", "%s", ""), 404);
    ck_assert_ptr_nonnull(
        strstr(world.headers.bytes, "x-amzn-errortype: UnknownOperationException"));
    ck_assert_int_eq(call(&world, "PATCH", MAPPINGS, "", "%s", ""), 404);
    call(&world, "POST", MAPPINGS, "", "[1");
    ck_assert_int_eq(world.status, 400);
    ck_assert_ptr_nonnull(
        strstr(world.headers.bytes, "x-amzn-errortype: InvalidRequestContentException"));
}
END_TEST

START_TEST(a_hung_up_invocation_leaves_nothing_behind)
{
    LAMBDA_WORLD(world); // the manual clock stands still, so a scripted function never answers
    struct pair_of_answers pair = {0};
    emulator_request(
        world.emulator,
        TEXT("POST " FUNCTIONS
             "/worker/invocations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"),
        pair_done, &pair);
    bool never = false;
    emulator_run_until(world.emulator, &never, 5);
    ck_assert_int_eq(pair.count, 0);
    world.emulator = emulator_free(world.emulator); // cancels it
}
END_TEST

START_TEST(tags_are_kept_apart_from_the_resource)
{
    RULES("L-41");
    LAMBDA_WORLD(world);
    create_queue(&world, "orders", "30");
    const char *uuid =
        create_mapping(&world, "orders", "worker", ",'Tags':{'team':'a','cost':'b'}");
    char target[256];
    snprintf(target, sizeof(target),
             "/2017-03-31/tags/"
             "arn%%3Aaws%%3Alambda%%3Aus-east-1%%3A000000000000%%3Aevent-source-mapping%%3A%s",
             uuid);
    ck_assert_int_eq(call(&world, "GET", target, "", "%s", ""), 200);
    ck_assert_str_eq(world.body.bytes, "{\"Tags\":{\"team\":\"a\",\"cost\":\"b\"}}");
    ck_assert_int_eq(call(&world, "POST", target, "", "{'Tags':{'team':'c','new':''}}"), 204);
    char cut[300];
    snprintf(cut, sizeof(cut), "%s?tagKeys=cost&tagKeys=new&tagKeys=unknown", target);
    ck_assert_int_eq(call(&world, "DELETE", cut, "", "%s", ""), 204);
    ck_assert_int_eq(call(&world, "GET", target, "", "%s", ""), 200);
    ck_assert_str_eq(world.body.bytes, "{\"Tags\":{\"team\":\"c\"}}");
    ck_assert_int_eq(call(&world, "GET", path_of(&world, uuid), "", "%s", ""), 200);
    ck_assert_str_eq(member(&world, "State"), "Enabled");
    ck_assert_ptr_nonnull(strstr(world.body.bytes, "\"LastModified\":1789481340.253,"));
    call(&world, "GET", "/2017-03-31/tags/" LAMBDA_ARN "event-source-mapping:x", "", "%s", "");
    expect_body(
        &world, 404, "ResourceNotFoundException",
        TYPED("Message", "Event source mapping not found: " LAMBDA_ARN "event-source-mapping:x"));
    ck_assert_int_eq(call(&world, "POST", target, "", "{'Tags':{'':'x'}}"), 400);
    ck_assert_int_eq(call(&world, "POST", target, "", "{}"), 400);

    ck_assert_int_eq(call(&world, "POST", FUNCTIONS, "",
                          "{'FunctionName':'mine','Tags':{'a':'1'},'Environment':{'Variables':{'"
                          "REDRIVE_TARGET':'sim:{}'}}}"),
                     201);
    const char *function = "/2017-03-31/tags/" LAMBDA_ARN "function:mine";
    ck_assert_int_eq(call(&world, "POST", function, "", "{'Tags':{'b':'2'}}"), 204);
    ck_assert_int_eq(call(&world, "GET", FUNCTIONS "/mine", "", "%s", ""), 200);
    ck_assert_ptr_nonnull(strstr(world.body.bytes, "\"Tags\":{\"a\":\"1\",\"b\":\"2\"}"));
    ck_assert_int_eq(call(&world, "DELETE",
                          "/2017-03-31/tags/" LAMBDA_ARN "function:mine?tagKeys=a&tagKeys=b", "",
                          "%s", ""),
                     204);
    ck_assert_int_eq(call(&world, "GET", function, "", "%s", ""), 200);
    ck_assert_str_eq(world.body.bytes, "{\"Tags\":{}}");
}
END_TEST

START_TEST(functions_are_listed_in_pages)
{
    LAMBDA_WORLD(world);
    char target[128] = FUNCTIONS "?MaxItems=1";
    static const char *const names[] = {"other", "worker"};
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(call(&world, "GET", target, "", "%s", ""), 200);
        const cJSON *functions = json_member(world.tree, "Functions");
        ck_assert_int_eq(cJSON_GetArraySize(functions), 1);
        ck_assert_str_eq(json_member_text(functions->child, "FunctionName").bytes, names[i]);
        snprintf(target, sizeof(target), FUNCTIONS "?MaxItems=1&Marker=%s",
                 member(&world, "NextMarker"));
    }
    ck_assert(cJSON_IsNull(json_member(world.tree, "NextMarker")));
}
END_TEST

static Suite *lambda_suite(void)
{
    Suite *suite = suite_create("lambda");
    TCase *mappings = tcase_create("mappings");
    tcase_add_test(mappings, a_created_mapping_has_every_member);
    tcase_add_test(mappings, settings_are_echoed_as_sent);
    tcase_add_test(mappings, filters_and_provisioned_pollers_are_echoed_and_cleared);
    tcase_add_test(mappings, a_pattern_has_at_most_4096_characters);
    tcase_add_loop_test(mappings, a_function_is_named_in_every_form, 0, 5);
    tcase_add_loop_test(mappings, a_create_is_refused_with_the_words_of_aws, 0, REFUSALS);
    tcase_add_test(mappings, a_duplicate_is_a_conflict_that_names_the_other);
    tcase_add_loop_test(mappings, an_unknown_mapping_is_404, 0, 3);
    tcase_add_test(mappings, update_merges_and_clears);
    tcase_add_loop_test(mappings, a_mapping_in_transition_is_in_use, 0, 2);
    tcase_add_test(mappings, lists_are_filtered_exactly_and_paged);
    tcase_add_test(mappings, mappings_run_and_outlive_the_process);
    tcase_add_test(mappings, tags_are_kept_apart_from_the_resource);
    suite_add_tcase(suite, mappings);
    TCase *functions = tcase_create("functions");
    tcase_add_test(functions, functions_are_listed_in_pages);
    tcase_add_test(functions, functions_have_the_shape_of_aws);
    tcase_add_test(functions, what_runs_a_function_is_not_set_over_http_beyond_http_and_sim);
    tcase_add_test(functions, concurrency_is_reserved_and_released);
    tcase_add_test(functions, invoke_checks_before_it_runs);
    tcase_add_test(functions, invoke_answers_what_the_function_answers);
    tcase_add_loop_test(functions, invoke_says_how_a_function_failed, 0, 4);
    tcase_add_test(functions, a_hung_up_invocation_leaves_nothing_behind);
    tcase_add_test(functions, an_unknown_path_is_404);
    suite_add_tcase(suite, functions);
    return suite;
}

CHECK_MAIN(lambda_suite)
