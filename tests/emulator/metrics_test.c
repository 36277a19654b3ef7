// metrics_test -- a world runs, and what it did is read at /_redrive/api/metrics, as text and as JSON.
#include "emulator/emulator.h"
#include "esm/json.h"
#include "tests/support/check_main.h"

#include <stdio.h>

static struct arena *arena;
static struct options options;
static struct emulator *emulator;

static void setup(void)
{
    struct text reason = {0};
    int status;
    arena = arena_new();
    options_init(&options, arena);
    options.listener = false;
    options.journal_none = true;
    options.clock = CLOCK_MANUAL;
    options.start_at_ms = 1767225600000LL;
    options.seeded = true;
    options.seed = 1;
    options.quiet = true;
    options.functions[options.function_count++] =
        TEXT("reports=sim:{\"fail\":{\"body\":\"poison\"},\"how\":\"report\"}");
    options.functions[options.function_count++] =
        TEXT("throws=sim:{\"fail\":{\"body\":\"poison\"},\"how\":\"throw\"}");
    options.sets[options.set_count++] = TEXT("reports.Duration=20ms");
    emulator = emulator_new(&options, &reason, &status);
    ck_assert_msg(emulator != NULL, "%.*s", TEXT_ARGUMENTS(reason));
}

static void teardown(void)
{
    emulator_free(emulator);
    arena_free(arena);
}

// Single quotes in the body stand for double ones. The answer is the arena's.
static struct text ask(const char *headers, const char *line, const char *body)
{
    cleanup(buffer_deinit) struct buffer request = {0};
    cleanup(buffer_deinit) struct buffer received = {0};
    buffer_print(&request, "%s HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %zu\r\n\r\n", line,
                 headers, strlen(body));
    for (; *body != '\0'; body++)
        buffer_append_byte(&request, *body == '\'' ? '"' : *body);
    int status = emulator_call(emulator, buffer_text(&request), &received);
    ck_assert_msg(status < 300, "%d %.*s", status, TEXT_ARGUMENTS(buffer_text(&received)));
    return arena_copy(arena, buffer_text(&received));
}

static void sqs(const char *operation, const char *body)
{
    char headers[128];
    snprintf(headers, sizeof(headers),
             "Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AmazonSQS.%s\r\n",
             operation);
    ask(headers, "POST /", body);
}

static void send(const char *body)
{
    char members[256];
    snprintf(members, sizeof(members),
             "{'QueueUrl':'http://localhost/000000000000/orders','MessageBody':'%s'}", body);
    sqs("SendMessage", members);
}

static void map(const char *function, const char *more)
{
    char body[512];
    snprintf(body, sizeof(body),
             "{'FunctionName':'%s','EventSourceArn':'arn:aws:sqs:us-east-1:000000000000:orders'%s}",
             function, more);
    ask("", "POST /2015-03-31/event-source-mappings/", body);
}

static void expect(const cJSON *item, const char *name, double expected)
{
    const cJSON *value = json_member(item, name);
    ck_assert_msg(cJSON_IsNumber(value), "%s is missing", name);
    double off = value->valuedouble - expected;
    ck_assert_msg(off < 1e-5 && off > -1e-5, "%s is %g, not %g", name, value->valuedouble,
                  expected);
}

static cJSON *metrics(void)
{
    cJSON *tree = json_parse(ask("", "GET /_redrive/api/metrics?format=json", ""), NULL);
    ck_assert_ptr_nonnull(tree);
    return tree;
}

static const cJSON *item(const cJSON *tree, const char *list, int index)
{
    return cJSON_GetArrayItem(json_member(tree, list), index);
}

START_TEST(reported_items_are_no_errors_but_failed_events)
{
    RULES("L-156 L-161 L-162 L-260 L-263 L-264");
    sqs("CreateQueue", "{'QueueName':'orders'}");
    map("reports", ",'FunctionResponseTypes':['ReportBatchItemFailures'],"
                   "'FilterCriteria':{'Filters':[{'Pattern':"
                   "'{\\'body\\':[{\\'anything-but\\':\\'no\\'}]}'}]}");
    send("good");
    send("poison");
    send("good");
    send("no");
    struct text reason;
    ck_assert(emulator_advance(emulator, 1000, &reason));
    cleanup(json_tree_free) cJSON *tree = metrics();
    const cJSON *queue = item(tree, "queues", 0);
    expect(queue, "NumberOfMessagesSent", 4);
    expect(queue, "NumberOfMessagesReceived", 4);
    expect(queue, "NumberOfMessagesDeleted", 3);
    expect(queue, "SentMessageSize", 16);
    expect(queue, "ApproximateNumberOfMessagesNotVisible", 1);
    expect(queue, "ApproximateAgeOfOldestMessage", 1);
    ck_assert_ptr_null(json_member(queue, "NumberOfDeduplicatedSentMessages"));
    const cJSON *function = item(tree, "functions", 0);
    ck_assert(text_equal(json_member_text(function, "FunctionName"), TEXT("reports")));
    expect(function, "Errors", 0);
    expect(function, "Throttles", 0);
    double invocations = json_member(function, "Invocations")->valuedouble;
    expect(function, "Duration", 20 * invocations);
    expect(function, "ConcurrentExecutionsMaximum", 1);
    const cJSON *mapping = item(tree, "mappings", 0);
    expect(mapping, "PolledEventCount", 4);
    expect(mapping, "FilteredOutEventCount", 1);
    expect(mapping, "InvokedEventCount", 3);
    expect(mapping, "FailedInvokeEventCount", 1);
    expect(mapping, "DeletedEventCount", 3);
    expect(mapping, "redrive_item_failure_ratio", 1.0 / 3);
    ck_assert_ptr_null(json_member(mapping, "ProvisionedPollers"));
}
END_TEST

START_TEST(throttles_are_neither_invocations_nor_errors)
{
    RULES("L-167 L-260");
    sqs("CreateQueue", "{'QueueName':'orders'}");
    ask("", "PUT /2017-10-31/functions/throws/concurrency", "{'ReservedConcurrentExecutions':0}");
    map("throws", ",'ProvisionedPollerConfig':{'MinimumPollers':2}");
    send("poison");
    struct text reason;
    ck_assert(emulator_advance(emulator, 400, &reason));
    cleanup(json_tree_free) cJSON *throttled = metrics();
    const cJSON *function = item(throttled, "functions", 1);
    expect(function, "Invocations", 0);
    expect(function, "Errors", 0);
    ck_assert(json_member(function, "Throttles")->valuedouble > 0);
    const cJSON *mapping = item(throttled, "mappings", 0);
    expect(mapping, "PolledEventCount", 1);
    expect(mapping, "FailedInvokeEventCount",
           json_member(mapping, "InvokedEventCount")->valuedouble);
    expect(mapping, "redrive_item_failure_ratio", 0); // nothing was processed
    expect(mapping, "ProvisionedPollers", 1);         // in the deterministic profile
    ask("", "DELETE /2017-10-31/functions/throws/concurrency", "");
    ck_assert(emulator_advance(emulator, 10000, &reason));
    cleanup(json_tree_free) cJSON *run = metrics();
    function = item(run, "functions", 1);
    expect(function, "Invocations", 1);
    expect(function, "Errors", 1);
    expect(item(run, "mappings", 0), "redrive_item_failure_ratio", 1);
}
END_TEST

START_TEST(noisy_groups_of_standard_queues_are_shown)
{
    RULES("S-245");
    sqs("CreateQueue", "{'QueueName':'orders'}");
    sqs("CreateQueue", "{'QueueName':'orders.fifo','Attributes':{'FifoQueue':'true'}}");
    for (int i = 0; i < 33; i++)
        sqs("SendMessage", "{'QueueUrl':'http://localhost/000000000000/orders','MessageBody':'x',"
                           "'MessageGroupId':'loud'}");
    for (int i = 0; i < 3; i++)
        sqs("ReceiveMessage", "{'QueueUrl':'http://localhost/000000000000/orders',"
                              "'MaxNumberOfMessages':10}");
    struct text reason;
    ck_assert(emulator_advance(emulator, 3000, &reason));
    send("nobody");
    cleanup(json_tree_free) cJSON *tree = metrics();
    const cJSON *queue = item(tree, "queues", 0);
    expect(queue, "ApproximateNumberOfNoisyGroups", 1);
    expect(queue, "ApproximateNumberOfMessagesVisible", 4);
    expect(queue, "ApproximateNumberOfMessagesVisibleInQuietGroups", 1);
    expect(queue, "ApproximateNumberOfMessagesNotVisible", 30);
    expect(queue, "ApproximateNumberOfMessagesNotVisibleInQuietGroups", 0);
    expect(queue, "ApproximateNumberOfMessagesDelayedInQuietGroups", 0);
    expect(queue, "ApproximateAgeOfOldestMessage", 3);
    expect(queue, "ApproximateAgeOfOldestMessageInQuietGroups", 0);
    const cJSON *fifo = item(tree, "queues", 1);
    ck_assert_ptr_null(json_member(fifo, "ApproximateNumberOfNoisyGroups"));
    ck_assert_ptr_null(json_member(fifo, "ApproximateAgeOfOldestMessageInQuietGroups"));
}
END_TEST

START_TEST(the_text_is_prometheus)
{
    sqs("CreateQueue", "{'QueueName':'orders'}");
    sqs("CreateQueue", "{'QueueName':'other'}");
    send("x");
    struct text text = ask("", "GET /_redrive/api/metrics", "");
    ck_assert(text_find(text,
                        TEXT("# TYPE NumberOfMessagesSent counter\n"
                             "NumberOfMessagesSent{QueueName=\"orders\",Region=\"us-east-1\","
                             "AccountId=\"000000000000\"} 1\n"
                             "NumberOfMessagesSent{QueueName=\"other\",Region=\"us-east-1\","
                             "AccountId=\"000000000000\"} 0\n# HELP "),
                        NULL));
    ck_assert(text_find(text, TEXT("Invocations{FunctionName=\"reports\"} 0\n"), NULL));
    ck_assert(!text_find(text, TEXT("PolledEventCount"), NULL)); // no mapping, no samples
    ck_assert(text_ends_with(text, TEXT("\n")));
    struct text json = ask("Accept: application/json\r\n", "GET /_redrive/api/metrics", "");
    ck_assert(text_starts_with(json, TEXT("{\"queues\":[{\"QueueName\":\"orders\"")));
}
END_TEST

START_TEST(a_reset_forgets_the_numbers)
{
    sqs("CreateQueue", "{'QueueName':'orders'}");
    map("reports", "");
    send("good");
    struct text reason;
    ck_assert(emulator_advance(emulator, 1000, &reason));
    cleanup(json_tree_free) cJSON *before = metrics();
    expect(item(before, "functions", 0), "Invocations", 1);
    ask("", "POST /_redrive/api/reset", "");
    cleanup(json_tree_free) cJSON *tree = metrics();
    ck_assert_ptr_null(item(tree, "queues", 0));
    expect(item(tree, "functions", 0), "Invocations", 0);
}
END_TEST

START_TEST(the_numbers_of_a_mapping_add_up)
{
    RULES("L-263 L-264 L-265 L-266");
    sqs("CreateQueue", "{'QueueName':'orders'}");
    map("reports", ",'FunctionResponseTypes':['ReportBatchItemFailures'],"
                   "'MetricsConfig':{'Metrics':['EventCount']},"
                   "'FilterCriteria':{'Filters':[{'Pattern':"
                   "'{\\'body\\':[{\\'anything-but\\':\\'no\\'}]}'}]}");
    struct text reason;
    for (int i = 0; i < 30; i++) {
        send(i % 3 == 0 ? "no" : "good");
        ck_assert(emulator_advance(emulator, 100, &reason));
    }
    cleanup(json_tree_free) cJSON *tree = metrics();
    const cJSON *mapping = item(tree, "mappings", 0);
    expect(mapping, "PolledEventCount", 30);
    expect(mapping, "FilteredOutEventCount", 10);
    expect(mapping, "InvokedEventCount", 20);
    expect(mapping, "FailedInvokeEventCount", 0);
    expect(mapping, "DeletedEventCount", 30);
    ck_assert_uint_eq(json_member_text(mapping, "EventSourceMappingUUID").length, 36);
    static const char *const foreign[] = {
        "DroppedEventCount", "OnFailureDestinationDeliveredEventCount", "IteratorAge", "OffsetLag"};
    for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
        ck_assert_ptr_null(json_member(mapping, foreign[i]));
}
END_TEST

static Suite *metrics_suite(void)
{
    Suite *suite = suite_create("metrics");
    TCase *tests = tcase_create("metrics");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, reported_items_are_no_errors_but_failed_events);
    tcase_add_test(tests, throttles_are_neither_invocations_nor_errors);
    tcase_add_test(tests, noisy_groups_of_standard_queues_are_shown);
    tcase_add_test(tests, the_text_is_prometheus);
    tcase_add_test(tests, a_reset_forgets_the_numbers);
    tcase_add_test(tests, the_numbers_of_a_mapping_add_up);
    suite_add_tcase(suite, tests);
    return suite;
}

CHECK_MAIN(metrics_suite)
