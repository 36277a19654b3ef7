// The actions on move tasks (4.3): texts, handles, states, each rule in both protocols.
#include "queue/base/digest.h"
#include "tests/support/api_world.h"
#include "tests/support/check_main.h"

#include <stdio.h>
#include <string.h>

#define POLICY(name, count)                                    \
    "'Attributes':{'VisibilityTimeout':'1','RedrivePolicy':'{" \
    "\\'deadLetterTargetArn\\':\\'" API_ARN(name) "\\',"       \
                                                  "\\'maxReceiveCount\\':" count "}'}"

#define NOT_FOUND 404, "ResourceNotFoundException", "ResourceNotFoundException"
#define NO_SOURCE "The resource that you specified for the SourceArn parameter doesn't exist."
#define NO_DESTINATION \
    "The resource that you specified for the DestinationArn parameter doesn't exist."

static struct api_world world;

static void begin(void)
{
    api_world_begin(&world);
    api_create_queue(&world, "dead", "");
    api_create_queue(&world, "source", POLICY("dead", "1"));
}

static void end(void)
{
    api_world_end(&world);
}

// So many messages of the queue become dead letters.
static void fill(const char *queue, int count)
{
    for (int i = 0; i < count; i++)
        api_send(&world, queue, "poison");
    for (int i = 0; i < count; i++)
        ck_assert_ptr_nonnull(api_receive(&world, queue));
    api_advance(&world, 1000);
    ck_assert_ptr_null(api_receive(&world, queue));
}

static struct api_answer *start(int protocol, const char *more)
{
    return api_call(&world, protocol, "StartMessageMoveTask",
                    "{'SourceArn':'" API_ARN("dead") "'%s}", more);
}

static struct api_answer *list(int protocol, const char *more)
{
    return api_call(&world, protocol, "ListMessageMoveTasks",
                    "{'SourceArn':'" API_ARN("dead") "'%s}", more);
}

static const char *handle_of(const char *task, const char *source_arn)
{
    struct text plain =
        arena_print(world.arena, "{\"taskId\":\"%s\",\"sourceArn\":\"%s\"}", task, source_arn);
    return base64_encode(world.arena, plain).bytes;
}

START_TEST(a_handle_names_task_and_source)
{
    RULES("S-211");
    struct api_answer *answer = start(_i, "");
    api_expect_ok(answer);
    struct text plain;
    ck_assert(
        base64_decode(world.arena, text_of(api_get_text(&world, answer, "TaskHandle")), &plain));
    ck_assert(text_starts_with(plain, TEXT("{\"taskId\":\"")));
    ck_assert(text_ends_with(plain, TEXT("\",\"sourceArn\":\"" API_ARN("dead") "\"}")));
}
END_TEST

START_TEST(what_is_refused)
{
    RULES("S-212");
    api_create_queue(&world, "dead.fifo", "'Attributes':{'FifoQueue':'true'}");
    static const struct api_refusal refusals[] = {
        {"StartMessageMoveTask", "{}", API_PARAMETER_MISSING,
         "The request must contain the parameter SourceArn."},
        {"StartMessageMoveTask", "{'SourceArn':'dead'}", API_PARAMETER_VALUE,
         "You must use this format to specify the SourceArn: "
         "arn:<partition>:<service>:<region>:<account-id>:<resource-id>"},
        {"StartMessageMoveTask", "{'SourceArn':'" API_ARN("dead") "','DestinationArn':'source'}",
         API_PARAMETER_VALUE,
         "You must use this format to specify the DestinationArn: "
         "arn:<partition>:<service>:<region>:<account-id>:<resource-id>"},
        {"StartMessageMoveTask", "{'SourceArn':'" API_ARN("none") "'}", NOT_FOUND, NO_SOURCE},
        {"StartMessageMoveTask",
         "{'SourceArn':'" API_ARN("dead") "','DestinationArn':'" API_ARN("none") "'}", NOT_FOUND,
         NO_DESTINATION},
        {"StartMessageMoveTask", "{'SourceArn':'" API_ARN("source") "'}", API_PARAMETER_VALUE,
         "Source queue must be configured as a Dead Letter Queue."},
        {"StartMessageMoveTask",
         "{'SourceArn':'" API_ARN("dead") "','DestinationArn':'" API_ARN("dead") "'}",
         API_PARAMETER_VALUE, "Source queue arn and destination queue arn cannot be the same."},
        {"StartMessageMoveTask",
         "{'SourceArn':'" API_ARN("dead") "','DestinationArn':'" API_ARN("dead.fifo") "'}",
         API_PARAMETER_VALUE,
         "The source queue and destination queue must be of the same queue type."},
        {"StartMessageMoveTask",
         "{'SourceArn':'" API_ARN("dead") "','MaxNumberOfMessagesPerSecond':0}",
         API_PARAMETER_VALUE,
         "Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: You must enter a "
         "number that's between 1 and 500."},
        {"StartMessageMoveTask",
         "{'SourceArn':'" API_ARN("dead") "','MaxNumberOfMessagesPerSecond':501}",
         API_PARAMETER_VALUE,
         "Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: You must enter a "
         "number that's between 1 and 500."},
        {"ListMessageMoveTasks", "{}", API_PARAMETER_MISSING,
         "The request must contain the parameter SourceArn."},
        {"ListMessageMoveTasks", "{'SourceArn':'" API_ARN("none") "'}", NOT_FOUND, NO_SOURCE},
        {"ListMessageMoveTasks", "{'SourceArn':'" API_ARN("dead") "','MaxResults':0}",
         API_PARAMETER_VALUE,
         "Value for parameter MaxResults is invalid. Reason: You must enter a number that's "
         "between "
         "1 and 10."},
        {"ListMessageMoveTasks", "{'SourceArn':'" API_ARN("dead") "','MaxResults':11}",
         API_PARAMETER_VALUE,
         "Value for parameter MaxResults is invalid. Reason: You must enter a number that's "
         "between "
         "1 and 10."},
        {"CancelMessageMoveTask", "{}", API_PARAMETER_MISSING,
         "The request must contain the parameter TaskHandle."},
    };
    API_REFUSE(&world, _i, refusals);
}
END_TEST

START_TEST(one_active_task_per_source)
{
    RULES("S-212");
    fill("source", 1);
    api_expect_ok(start(_i, ",'MaxNumberOfMessagesPerSecond':1"));
    api_expect_fault(
        start(_i, ""), API_PARAMETER_VALUE,
        "There is already a task running. Only one active task is allowed for a source "
        "queue arn at a given time.");
    api_advance(&world, 1000);
    api_expect_ok(start(_i, ""));
}
END_TEST

START_TEST(back_to_each_source)
{
    RULES("S-213");
    api_create_queue(&world, "second", POLICY("dead", "1"));
    fill("source", 2);
    fill("second", 1);
    ck_assert_str_eq(api_attribute(&world, "dead", "ApproximateNumberOfMessages"), "3");
    api_expect_ok(start(_i, ""));
    api_advance(&world, 1000);
    ck_assert_str_eq(api_attribute(&world, "dead", "ApproximateNumberOfMessages"), "0");
    ck_assert_str_eq(api_attribute(&world, "source", "ApproximateNumberOfMessages"), "2");
    ck_assert_str_eq(api_attribute(&world, "second", "ApproximateNumberOfMessages"), "1");
}
END_TEST

START_TEST(a_moved_message_is_new)
{
    RULES("S-214");
    const char *id = api_send(&world, "source", "poison");
    ck_assert_ptr_nonnull(api_receive(&world, "source"));
    api_advance(&world, 1000);
    ck_assert_ptr_null(api_receive(&world, "source"));
    api_expect_ok(start(_i, ""));
    api_advance(&world, 5000);
    struct api_answer *answer =
        api_call(&world, _i, "ReceiveMessage",
                 "{'QueueUrl':'source','MessageSystemAttributeNames':['All']}");
    api_expect_text(&world, answer, "Messages.0.Body", "poison");
    ck_assert_str_ne(api_get_text(&world, answer, "Messages.0.MessageId"), id);
    api_expect_text(&world, answer, "Messages.0.Attributes.ApproximateReceiveCount", "1");
    api_expect_text(&world, answer, "Messages.0.Attributes.DeadLetterQueueSourceArn", NULL);
    ck_assert_str_ne(api_get_text(&world, answer, "Messages.0.Attributes.SentTimestamp"),
                     "1767225600000");
}
END_TEST

START_TEST(listed_while_it_runs)
{
    RULES("S-215");
    api_create_queue(&world, "to", "");
    fill("source", 5);
    struct api_answer *started =
        start(_i, ",'DestinationArn':'" API_ARN("to") "','MaxNumberOfMessagesPerSecond':2");
    api_expect_ok(started);
    api_advance(&world, 1000);
    struct api_answer *answer = list(_i, "");
    api_expect_ok(answer);
    api_expect_text(&world, answer, "Results.0.TaskHandle",
                    api_get_text(&world, started, "TaskHandle"));
    api_expect_text(&world, answer, "Results.0.Status", "RUNNING");
    api_expect_text(&world, answer, "Results.0.SourceArn", API_ARN("dead"));
    api_expect_text(&world, answer, "Results.0.DestinationArn", API_ARN("to"));
    api_expect_text(&world, answer, "Results.0.MaxNumberOfMessagesPerSecond", "2");
    api_expect_text(&world, answer, "Results.0.ApproximateNumberOfMessagesMoved", "2");
    api_expect_text(&world, answer, "Results.0.ApproximateNumberOfMessagesToMove", "5");
    api_expect_text(&world, answer, "Results.0.FailureReason", NULL);
    api_expect_text(&world, answer, "Results.0.StartedTimestamp", "1767225601000");
}
END_TEST

START_TEST(listed_when_it_is_over)
{
    RULES("S-215");
    fill("source", 1);
    api_expect_text(&world, list(_i, ""), "Results", NULL);
    api_expect_ok(start(_i, ""));
    api_advance(&world, 1000);
    struct api_answer *answer = list(_i, "");
    api_expect_text(&world, answer, "Results.0.Status", "COMPLETED");
    api_expect_text(&world, answer, "Results.0.TaskHandle", NULL);
    api_expect_text(&world, answer, "Results.0.DestinationArn", NULL);
    api_expect_text(&world, answer, "Results.0.MaxNumberOfMessagesPerSecond", NULL);
    api_expect_text(&world, answer, "Results.0.ApproximateNumberOfMessagesMoved", "1");
}
END_TEST

START_TEST(tasks_are_listed_newest_first)
{
    RULES("S-215");
    api_expect_ok(start(_i, ",'MaxNumberOfMessagesPerSecond':1"));
    api_advance(&world, 1000);
    api_expect_ok(start(_i, ",'MaxNumberOfMessagesPerSecond':2"));
    struct api_answer *answer = list(_i, "");
    api_expect_text(&world, answer, "Results.0.MaxNumberOfMessagesPerSecond", "2");
    api_expect_text(&world, answer, "Results.1", NULL); // default 1
    answer = list(_i, ",'MaxResults':10");
    api_expect_text(&world, answer, "Results.0.MaxNumberOfMessagesPerSecond", "2");
    api_expect_text(&world, answer, "Results.1.MaxNumberOfMessagesPerSecond", "1");
}
END_TEST

START_TEST(a_destination_that_is_deleted)
{
    RULES("S-216");
    api_create_queue(&world, "to", "");
    fill("source", 2);
    api_expect_ok(
        start(_i, ",'DestinationArn':'" API_ARN("to") "','MaxNumberOfMessagesPerSecond':1"));
    api_expect_ok(api_call(&world, _i, "DeleteQueue", "{'QueueUrl':'to'}"));
    api_advance(&world, 1000);
    struct api_answer *answer = list(_i, "");
    api_expect_text(&world, answer, "Results.0.Status", "FAILED");
    api_expect_text(&world, answer, "Results.0.FailureReason",
                    "AWS.SimpleQueueService.NonExistentQueue");
    ck_assert_str_eq(api_attribute(&world, "dead", "ApproximateNumberOfMessages"), "2");
}
END_TEST

START_TEST(a_message_of_unknown_source)
{
    RULES("S-216");
    api_send(&world, "dead", "sent here");
    api_expect_ok(start(_i, ""));
    api_advance(&world, 1000);
    struct api_answer *answer = list(_i, "");
    api_expect_text(&world, answer, "Results.0.Status", "FAILED");
    api_expect_text(&world, answer, "Results.0.FailureReason", "CouldNotDetermineMessageSource");
}
END_TEST

START_TEST(cancelling)
{
    RULES("S-217");
    fill("source", 5);
    struct api_answer *started = start(_i, ",'MaxNumberOfMessagesPerSecond':2");
    const char *handle = api_get_text(&world, started, "TaskHandle");
    api_advance(&world, 1000);
    struct api_answer *answer =
        api_call(&world, _i, "CancelMessageMoveTask", "{'TaskHandle':'%s'}", handle);
    api_expect_ok(answer);
    api_expect_text(&world, answer, "ApproximateNumberOfMessagesMoved", "2");
    answer = list(_i, "");
    api_expect_text(&world, answer, "Results.0.Status", "CANCELLING");
    api_expect_text(&world, answer, "Results.0.TaskHandle", NULL);
    api_advance(&world, 1000);
    api_expect_text(&world, list(_i, ""), "Results.0.Status", "CANCELLED");
    ck_assert_str_eq(api_attribute(&world, "source", "ApproximateNumberOfMessages"), "2");
    api_expect_fault(api_call(&world, _i, "CancelMessageMoveTask", "{'TaskHandle':'%s'}", handle),
                     API_PARAMETER_VALUE, "Only active tasks can be cancelled.");
}
END_TEST

START_TEST(handles_that_are_none)
{
    RULES("S-217");
    static const char *const handles[] = {"rubbish", "e30=", "eyJ0YXNrSWQiOiJ4In0=", "W10="};
    for (size_t i = 0; i < sizeof(handles) / sizeof(handles[0]); i++)
        api_expect_fault(
            api_call(&world, _i, "CancelMessageMoveTask", "{'TaskHandle':'%s'}", handles[i]),
            API_PARAMETER_VALUE, "Value for parameter TaskHandle is invalid.");
    const char *unknown = handle_of("10f6f7c2-9c8a-4a2b-8c5e-111111111111", API_ARN("dead"));
    const char *other_queue = handle_of("10f6f7c2-9c8a-4a2b-8c5e-111111111111", API_ARN("none"));
    const char *odd_task = handle_of("task-1", API_ARN("dead"));
    api_expect_fault(api_call(&world, _i, "CancelMessageMoveTask", "{'TaskHandle':'%s'}", unknown),
                     NOT_FOUND, "Task does not exist.");
    api_expect_fault(api_call(&world, _i, "CancelMessageMoveTask", "{'TaskHandle':'%s'}", odd_task),
                     NOT_FOUND, "Task does not exist.");
    api_expect_fault(
        api_call(&world, _i, "CancelMessageMoveTask", "{'TaskHandle':'%s'}", other_queue),
        NOT_FOUND, NO_SOURCE);
}
END_TEST

START_TEST(in_flight_messages_stay)
{
    RULES("S-218");
    fill("source", 2);
    ck_assert_ptr_nonnull(api_receive(&world, "dead"));
    api_expect_ok(start(_i, ""));
    api_advance(&world, 1000);
    ck_assert_str_eq(api_attribute(&world, "dead", "ApproximateNumberOfMessagesNotVisible"), "1");
    ck_assert_str_eq(api_attribute(&world, "source", "ApproximateNumberOfMessages"), "1");
}
END_TEST

// An ARN of another region is nobody's here.
START_TEST(another_region_does_not_exist)
{
    RULES("S-38 S-124 S-212");
    struct api_answer *answer =
        api_call(&world, _i, "ListMessageMoveTasks",
                 "{'SourceArn':'arn:aws:sqs:eu-west-1:" API_ACCOUNT ":dead'}");
    api_expect_fault(answer, NOT_FOUND, NO_SOURCE);
    ck_assert(
        text_equal(api_header(answer, "x-redrive-hint"),
                   TEXT("there is a queue dead in account " API_ACCOUNT ", region us-east-1")));
}
END_TEST

// The rows, against literal requests and answers.
START_TEST(rows_json)
{
    api_expect_ok(
        api_post_json(&world, "StartMessageMoveTask",
                      TEXT("{\"SourceArn\":\"" API_ARN("dead") "\",\"DestinationArn\":\"" API_ARN(
                          "source") "\",\"MaxNumberOfMessagesPerSecond\":7}")));
    api_advance(&world, 1000);
    struct api_answer *answer =
        api_post_json(&world, "ListMessageMoveTasks",
                      TEXT("{\"SourceArn\":\"" API_ARN("dead") "\",\"MaxResults\":3}"));
    ck_assert_msg(
        text_equal(answer->body, TEXT("{\"Results\":[{\"Status\":\"COMPLETED\",\"SourceArn\":"
                                      "\"" API_ARN("dead") "\",\"DestinationArn\":\"" API_ARN(
                                          "source") "\","
                                                    "\"MaxNumberOfMessagesPerSecond\":7,"
                                                    "\"ApproximateNumberOfMessagesMoved\":0,"
                                                    "\"ApproximateNumberOfMessagesToMove\":0,"
                                                    "\"StartedTimestamp\":1767225600000}]}")),
        "%.*s", TEXT_ARGUMENTS(answer->body));
}
END_TEST

START_TEST(rows_query)
{
    api_expect_ok(api_post(
        &world, "/",
        TEXT("Action=StartMessageMoveTask&SourceArn=" API_ARN("dead") "&DestinationArn=" API_ARN(
            "source") "&MaxNumberOfMessagesPerSecond=7")));
    api_advance(&world, 1000);
    struct api_answer *answer =
        api_post(&world, "/",
                 TEXT("Action=ListMessageMoveTasks&SourceArn=" API_ARN("dead") "&MaxResults=3"));
    ck_assert_msg(
        text_find(
            answer->body,
            TEXT("<ListMessageMoveTasksResult><ListMessageMoveTasksResultEntry><Status>"
                 "COMPLETED</Status><SourceArn>" API_ARN(
                     "dead") "</SourceArn>"
                             "<DestinationArn>" API_ARN(
                                 "source") "</DestinationArn>"
                                           "<MaxNumberOfMessagesPerSecond>7</"
                                           "MaxNumberOfMessagesPerSecond>"
                                           "<ApproximateNumberOfMessagesMoved>0</"
                                           "ApproximateNumberOfMessagesMoved>"
                                           "<ApproximateNumberOfMessagesToMove>0</"
                                           "ApproximateNumberOfMessagesToMove>"
                                           "<StartedTimestamp>1767225600000</StartedTimestamp>"
                                           "</ListMessageMoveTasksResultEntry></"
                                           "ListMessageMoveTasksResult>"),
            NULL),
        "%.*s", TEXT_ARGUMENTS(answer->body));
}
END_TEST

static Suite *move_suite(void)
{
    Suite *suite = suite_create("sqs_move");
    TCase *rules = tcase_create("rules");
    tcase_add_checked_fixture(rules, begin, end);
    tcase_add_loop_test(rules, a_handle_names_task_and_source, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, what_is_refused, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, one_active_task_per_source, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, back_to_each_source, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, a_moved_message_is_new, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, listed_while_it_runs, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, listed_when_it_is_over, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, tasks_are_listed_newest_first, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, a_destination_that_is_deleted, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, a_message_of_unknown_source, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, cancelling, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, handles_that_are_none, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, in_flight_messages_stay, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, another_region_does_not_exist, 0, API_PROTOCOLS);
    tcase_add_test(rules, rows_json);
    tcase_add_test(rules, rows_query);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(move_suite)
