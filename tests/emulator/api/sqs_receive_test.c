// ReceiveMessage: sections 2.3, 3.4 and 3.7 of the reference, as far as the API is concerned; the
// line itself is the engine's and tested there. Every test runs in both protocols.
#include "emulator/loop.h"
#include "tests/support/api_world.h"
#include "tests/support/check_main.h"

#include <string.h>

static struct api_world world;

static void begin(void)
{
    api_world_begin(&world);
    api_create_queue(&world, "q", "");
    api_create_queue(&world, "c.fifo",
                     "'Attributes':{'FifoQueue':'true','ContentBasedDeduplication':'true'}");
}

static void end(void)
{
    api_world_end(&world);
}

START_TEST(parameters_out_of_range)
{
    RULES("S-78 S-79 S-80 S-81 S-82");
    const struct api_refusal refusals[] = {
        {"ReceiveMessage", "{'QueueUrl':'q','MaxNumberOfMessages':11}", API_PARAMETER_VALUE,
         "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, "
         "if provided."},
        {"ReceiveMessage", "{'QueueUrl':'q','MaxNumberOfMessages':0}", API_PARAMETER_VALUE,
         "Value 0 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, "
         "if provided."},
        {"ReceiveMessage", "{'QueueUrl':'q','MaxNumberOfMessages':-1}", API_PARAMETER_VALUE,
         "Value -1 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, "
         "if provided."},
        {"ReceiveMessage", "{'QueueUrl':'q','WaitTimeSeconds':21}", API_PARAMETER_VALUE,
         "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if "
         "provided."},
        {"ReceiveMessage", "{'QueueUrl':'q','WaitTimeSeconds':-1}", API_PARAMETER_VALUE,
         "Value -1 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if "
         "provided."},
        {"ReceiveMessage", "{'QueueUrl':'q','VisibilityTimeout':43201}", API_PARAMETER_VALUE,
         "Value 43201 for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= "
         "43200, if provided."},
        {"ReceiveMessage", "{'QueueUrl':'q','AttributeNames':['Foo']}", API_ATTRIBUTE_NAME,
         "Unknown Attribute Foo."},
        {"ReceiveMessage", "{'QueueUrl':'q','MessageSystemAttributeNames':['All','Foo']}",
         API_ATTRIBUTE_NAME, "Unknown Attribute Foo."},
        {"ReceiveMessage", "{'QueueUrl':'c.fifo','ReceiveRequestAttemptId':'a b'}",
         API_PARAMETER_VALUE,
         "Value a b for parameter ReceiveRequestAttemptId is invalid. Reason: "
         "ReceiveRequestAttemptId can only include alphanumeric and punctuation characters. 1 to "
         "128 in length."},
        {"ReceiveMessage", "{'QueueUrl':'q','ReceiveRequestAttemptId':'a'}", API_PARAMETER_VALUE,
         "Value a for parameter ReceiveRequestAttemptId is invalid. Reason: The request include "
         "parameter that is not valid for this queue type."},
        {"ReceiveMessage", "{'QueueUrl':'none','MaxNumberOfMessages':11}", API_NO_QUEUE, NULL},
    };
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        struct api_refusal refusal = refusals[i];
        if (refusal.message == NULL)
            refusal.message = _i == WIRE_JSON
                                  ? "The specified queue does not exist."
                                  : "The specified queue does not exist for this wsdl version.";
        api_expect_refusals(&world, _i, &refusal, 1);
    }
}
END_TEST

START_TEST(messages_and_their_order)
{
    RULES("S-145");
    for (int i = 0; i < 12; i++)
        api_send(&world, "q", arena_print(world.arena, "m%d", i).bytes);
    struct api_answer *answer = api_call(&world, _i, "ReceiveMessage", "{'QueueUrl':'q'}");
    api_expect_text(&world, answer, "Messages.0.Body", "m0");
    api_expect_text(&world, answer, "Messages.1", NULL);
    answer = api_call(&world, _i, "ReceiveMessage", "{'QueueUrl':'q','MaxNumberOfMessages':10}");
    api_expect_text(&world, answer, "Messages.0.Body", "m1");
    api_expect_text(&world, answer, "Messages.9.Body", "m10");
    api_expect_text(&world, answer, "Messages.0.Attributes", NULL);
    api_expect_text(&world, answer, "Messages.0.MD5OfBody", "ae7be26cdaa742ca148068d5ac90eaca");
}
END_TEST

START_TEST(system_attributes)
{
    RULES("S-6 S-164 S-165 S-166 S-244 sqs-mistake-10");
    api_expect_ok(api_call(&world, _i, "SendMessage",
                           "{'QueueUrl':'q','MessageBody':'m','MessageGroupId':'g'}"));
    api_advance(&world, 1500);
    api_expect_ok(api_call(&world, _i, "ReceiveMessage", "{'QueueUrl':'q','VisibilityTimeout':0}"));
    api_advance(&world, 1000);
    struct api_answer *answer =
        api_call(&world, _i, "ReceiveMessage",
                 "{'QueueUrl':'q','VisibilityTimeout':0,'AttributeNames':['All']}");
    api_expect_text(&world, answer, "Messages.0.Attributes.SentTimestamp", "1767225600000");
    api_expect_text(&world, answer, "Messages.0.Attributes.ApproximateReceiveCount", "2");
    api_expect_text(&world, answer, "Messages.0.Attributes.ApproximateFirstReceiveTimestamp",
                    "1767225601500");
    api_expect_text(&world, answer, "Messages.0.Attributes.MessageGroupId", "g");
    const char *sender = api_get_text(&world, answer, "Messages.0.Attributes.SenderId");
    ck_assert_uint_eq(strlen(sender), 21);
    ck_assert_int_eq(strncmp(sender, "AIDA", 4), 0);
    // FIFO's own are left out, as is what was not sent.
    api_expect_text(&world, answer, "Messages.0.Attributes.SequenceNumber", NULL);
    api_expect_text(&world, answer, "Messages.0.Attributes.MessageDeduplicationId", NULL);
    api_expect_text(&world, answer, "Messages.0.Attributes.AWSTraceHeader", NULL);
    api_expect_text(&world, answer, "Messages.0.Attributes.DeadLetterQueueSourceArn", NULL);
    // A known name that does not apply: no error and no empty map.
    answer = api_call(&world, _i, "ReceiveMessage",
                      "{'QueueUrl':'q','VisibilityTimeout':0,"
                      "'MessageSystemAttributeNames':['SequenceNumber']}");
    api_expect_text(&world, answer, "Messages.0.Body", "m");
    api_expect_text(&world, answer, "Messages.0.Attributes", NULL);
}
END_TEST

START_TEST(both_lists_of_names_are_united)
{
    RULES("S-164");
    api_send(&world, "q", "m");
    struct api_answer *answer =
        api_call(&world, _i, "ReceiveMessage",
                 "{'QueueUrl':'q','AttributeNames':['SentTimestamp'],"
                 "'MessageSystemAttributeNames':['ApproximateReceiveCount','SentTimestamp']}");
    api_expect_text(&world, answer, "Messages.0.Attributes",
                    "{\"SentTimestamp\":\"1767225600000\",\"ApproximateReceiveCount\":\"1\"}");
}
END_TEST

START_TEST(fifo_system_attributes)
{
    RULES("S-224");
    struct api_answer *sent =
        api_call(&world, _i, "SendMessage",
                 "{'QueueUrl':'c.fifo','MessageBody':'same','MessageGroupId':'g'}");
    struct api_answer *answer =
        api_call(&world, _i, "ReceiveMessage", "{'QueueUrl':'c.fifo','AttributeNames':['All']}");
    api_expect_text(&world, answer, "Messages.0.Attributes.SequenceNumber",
                    api_get_text(&world, sent, "SequenceNumber"));
    api_expect_text(&world, answer, "Messages.0.Attributes.MessageDeduplicationId",
                    "0967115f2813a3541eaef77de9d9d5773f1c0c04314b0bbfe4ff3b3b1c55b5d5");
}
END_TEST

START_TEST(nothing_came_is_an_empty_answer)
{
    RULES("S-188");
    struct api_answer *answer =
        api_call(&world, _i, "ReceiveMessage", "{'QueueUrl':'q','WaitTimeSeconds':2}");
    ck_assert_int_eq(answer->status, 0);
    ck_assert(answer->request.parked);
    ck_assert(answer->request.quiet);
    api_advance(&world, 1999);
    ck_assert_int_eq(answer->status, 0);
    api_advance(&world, 1);
    api_expect_ok(answer);
    api_expect_text(&world, answer, "Messages", NULL);
    ck_assert(answer->request.quiet);
}
END_TEST

// The request's value wins, also an explicit 0; else the queue's.
START_TEST(wait_of_request_and_queue)
{
    RULES("S-183");
    api_create_queue(&world, "w", "'Attributes':{'ReceiveMessageWaitTimeSeconds':'3'}");
    struct api_answer *answer =
        api_call(&world, _i, "ReceiveMessage", "{'QueueUrl':'w','WaitTimeSeconds':0}");
    api_expect_ok(answer);
    answer = api_call(&world, _i, "ReceiveMessage", "{'QueueUrl':'w'}");
    ck_assert_int_eq(answer->status, 0);
    api_advance(&world, 3000);
    api_expect_ok(answer);
}
END_TEST

// At the first message; and it is not quiet then, because it changed something.
START_TEST(a_poll_is_woken_by_a_send)
{
    RULES("S-184 S-185");
    struct api_answer *answer =
        api_call(&world, _i, "ReceiveMessage",
                 "{'QueueUrl':'q','WaitTimeSeconds':20,'MaxNumberOfMessages':10}");
    ck_assert_int_eq(answer->status, 0);
    api_send(&world, "q", "m");
    api_expect_ok(answer);
    api_expect_text(&world, answer, "Messages.0.Body", "m");
    ck_assert(!answer->request.quiet);
}
END_TEST

// The request's timeout, incl. 0, else the queue's.
START_TEST(visibility_of_request_and_queue)
{
    RULES("S-174");
    api_create_queue(&world, "v", "'Attributes':{'VisibilityTimeout':'3'}");
    api_send(&world, "v", "m");
    for (int i = 0; i < 2; i++)
        api_expect_text(
            &world,
            api_call(&world, _i, "ReceiveMessage", "{'QueueUrl':'v','VisibilityTimeout':0}"),
            "Messages.0.Body", "m");
    ck_assert_ptr_nonnull(api_receive(&world, "v"));
    api_advance(&world, 2999);
    ck_assert_ptr_null(api_receive(&world, "v"));
    api_advance(&world, 1);
    ck_assert_ptr_nonnull(api_receive(&world, "v"));
}
END_TEST

// Who hangs up takes no message.
START_TEST(a_client_that_hangs_up_takes_nothing)
{
    RULES("S-186");
    struct api_answer *answer =
        api_call(&world, _i, "ReceiveMessage", "{'QueueUrl':'q','WaitTimeSeconds':20}");
    api_hang_up(&world, answer);
    api_send(&world, "q", "m");
    ck_assert_int_eq(answer->status, 0);
    ck_assert_ptr_nonnull(api_receive(&world, "q"));
}
END_TEST

// The poll ends, and a queue recreated under the name is another one.
START_TEST(queue_deleted_under_a_poll)
{
    RULES("S-120 sqs-mistake-14");
    struct api_answer *answer =
        api_call(&world, _i, "ReceiveMessage", "{'QueueUrl':'q','WaitTimeSeconds':20}");
    api_expect_ok(api_call(&world, _i, "DeleteQueue", "{'QueueUrl':'q'}"));
    api_expect_fault(answer, API_NO_QUEUE,
                     _i == WIRE_JSON ? "The specified queue does not exist."
                                     : "The specified queue does not exist for this wsdl version.");
    api_create_queue(&world, "q", "");
    api_send(&world, "q", "m");
    ck_assert_ptr_nonnull(api_receive(&world, "q"));
}
END_TEST

// Row 11: 0 is a value. Row 12: does not wait for MaxNumberOfMessages (above).
START_TEST(too_many_in_flight)
{
    RULES("S-84");
    struct api_world narrow = {0};
    api_world_begin(&narrow);
    engine_free(narrow.world.engine);
    struct engine_options options = {
        .timeline = narrow.world.timeline,
        .random = &narrow.world.random,
        .journal = narrow.world.journal,
        .in_flight_max = 1,
    };
    int64_t now_ms;
    narrow.world.engine = engine_new(&options);
    engine_open(narrow.world.engine, NULL, NULL, &now_ms);
    api_create_queue(&narrow, "q", "");
    api_send(&narrow, "q", "1");
    api_send(&narrow, "q", "2");
    ck_assert_ptr_nonnull(api_receive(&narrow, "q"));
    struct api_answer *answer = api_call(&narrow, _i, "ReceiveMessage", "{'QueueUrl':'q'}");
    api_expect_fault(answer, 403, "OverLimit", "OverLimit",
                     "Too many messages have been received without being deleted.\nPlease delete "
                     "your received messages or let them timeout before receiving more.");
    answer = api_call(&narrow, _i, "ReceiveMessage", "{'QueueUrl':'q','WaitTimeSeconds':1}");
    api_advance(&narrow, 1000);
    api_expect_ok(answer);
    api_world_end(&narrow);
}
END_TEST

// What a body holds comes back byte for byte, CR included, in both protocols.
START_TEST(bodies_survive_both_protocols)
{
    RULES("S-26");
    const char *const bodies[] = {"a\\r\\nb\\rc\\td\\n",
                                  "<a href=\\u0022x\\u0022>&amp;</a>",
                                  "\\ud83d\\ude00 \\u00e9 \\u2028",
                                  "  ",
                                  "]]>",
                                  "\\\\\\u0022"};
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct api_answer *sent =
            api_call(&world, _i, "SendMessage", "{'QueueUrl':'q','MessageBody':'%s'}", bodies[i]);
        api_expect_ok(sent);
        struct api_answer *answer =
            api_call(&world, _i, "ReceiveMessage", "{'QueueUrl':'q','VisibilityTimeout':600}");
        char hex[MD5_HEX_BYTES + 1] = {0};
        digest_md5_hex(text_of(api_get_text(&world, answer, "Messages.0.Body")), hex);
        ck_assert_str_eq(hex, api_get_text(&world, sent, "MD5OfMessageBody"));
        api_expect_text(&world, answer, "Messages.0.MD5OfBody", hex);
    }
}
END_TEST

// On a manual clock an empty poll ends when its WaitTimeSeconds have passed in real time, so that
// no SDK hangs on time that stands still (docs/time.md).
START_TEST(a_poll_on_a_manual_clock)
{
    struct api_world whole;
    api_world_begin_whole(&whole, CLOCK_MANUAL);
    api_create_queue(&whole, "q", "'Attributes':{'ReceiveMessageWaitTimeSeconds':'1'}");
    struct api_answer *answer = api_call(&whole, _i, "ReceiveMessage", "{'QueueUrl':'q'}");
    for (int turn = 0; turn < 1000 && answer->status == 0; turn++)
        loop_turn(whole.world.loop, 50);
    api_expect_ok(answer);
    api_expect_text(&whole, answer, "Messages", NULL);
    ck_assert_int_eq(timeline_now_ms(whole.world.timeline), API_START_MS);

    // The other ways out leave no timer behind: a message, a client that hangs up, the end.
    answer = api_call(&whole, _i, "ReceiveMessage", "{'QueueUrl':'q'}");
    api_send(&whole, "q", "m");
    api_expect_text(&whole, answer, "Messages.0.Body", "m");
    answer = api_call(&whole, _i, "ReceiveMessage", "{'QueueUrl':'q'}");
    api_hang_up(&whole, answer);
    api_call(&whole, _i, "ReceiveMessage", "{'QueueUrl':'q','WaitTimeSeconds':20}");
    api_world_end(&whole);
}
END_TEST

static Suite *sqs_receive_suite(void)
{
    Suite *suite = suite_create("sqs_receive");
    TCase *rules = tcase_create("rules");
    tcase_add_checked_fixture(rules, begin, end);
    tcase_add_loop_test(rules, parameters_out_of_range, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, messages_and_their_order, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, system_attributes, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, both_lists_of_names_are_united, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, fifo_system_attributes, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, nothing_came_is_an_empty_answer, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, wait_of_request_and_queue, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, a_poll_is_woken_by_a_send, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, visibility_of_request_and_queue, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, a_client_that_hangs_up_takes_nothing, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, queue_deleted_under_a_poll, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, too_many_in_flight, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, bodies_survive_both_protocols, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, a_poll_on_a_manual_clock, 0, API_PROTOCOLS);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(sqs_receive_suite)
