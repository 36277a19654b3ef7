// DeleteMessage, ChangeMessageVisibility and their batches: sections 2.4, 2.5 and 3.5 of the
// reference, in AWS's words. Every test runs in both protocols.
#include "tests/support/api_world.h"
#include "tests/support/check_main.h"

static struct api_world world;

static void begin(void)
{
    api_world_begin(&world);
    api_create_queue(&world, "q", "");
    api_create_queue(&world, "other", "");
    api_create_queue(&world, "c.fifo",
                     "'Attributes':{'FifoQueue':'true','ContentBasedDeduplication':'true'}");
}

static void end(void)
{
    api_world_end(&world);
}

static const char *sent_and_received(const char *queue)
{
    if (text_ends_with(text_of(queue), TEXT(".fifo")))
        api_expect_ok(api_call(&world, WIRE_JSON, "SendMessage",
                               "{'QueueUrl':'%s','MessageBody':'m','MessageGroupId':'g'}", queue));
    else
        api_send(&world, queue, "m");
    return api_receive(&world, queue);
}

static struct api_answer *delete_one(int protocol, const char *queue, const char *receipt)
{
    return api_call(&world, protocol, "DeleteMessage", "{'QueueUrl':'%s','ReceiptHandle':'%s'}",
                    queue, receipt);
}

static struct api_answer *change(int protocol, const char *queue, const char *receipt,
                                 int64_t seconds)
{
    return api_call(&world, protocol, "ChangeMessageVisibility",
                    "{'QueueUrl':'%s','ReceiptHandle':'%s','VisibilityTimeout':%lld}", queue,
                    receipt, (long long)seconds);
}

static const char *expired(const char *receipt)
{
    return arena_print(world.arena,
                       "Value %s for parameter ReceiptHandle is invalid. Reason: The receipt "
                       "handle has expired.",
                       receipt)
        .bytes;
}

START_TEST(missing_members_of_delete_and_change)
{
    RULES("S-85 S-97");
    const struct api_refusal refusals[] = {
        {"DeleteMessage", "{'QueueUrl':'q'}", API_PARAMETER_MISSING,
         "The request must contain the parameter ReceiptHandle."},
        {"DeleteMessage", "{'QueueUrl':'q','ReceiptHandle':''}", API_PARAMETER_MISSING,
         "The request must contain the parameter ReceiptHandle."},
        {"ChangeMessageVisibility", "{'QueueUrl':'q','VisibilityTimeout':1}", API_PARAMETER_MISSING,
         "The request must contain the parameter ReceiptHandle."},
        {"ChangeMessageVisibility", "{'QueueUrl':'q','ReceiptHandle':'x'}", API_PARAMETER_MISSING,
         "The request must contain the parameter VisibilityTimeout."},
    };
    API_REFUSE(&world, _i, refusals);
}
END_TEST

START_TEST(not_a_handle)
{
    RULES("S-86 S-106 sqs-mistake-18");
    const struct api_refusal refusals[] = {
        {"DeleteMessage", "{'QueueUrl':'q','ReceiptHandle':'garbage'}", API_NO_RECEIPT,
         "The input receipt handle \"garbage\" is not a valid receipt handle."},
        {"ChangeMessageVisibility",
         "{'QueueUrl':'q','ReceiptHandle':'garbage','VisibilityTimeout':1}", API_NO_RECEIPT,
         "The input receipt handle \"garbage\" is not a valid receipt handle."},
    };
    API_REFUSE(&world, _i, refusals);
}
END_TEST

START_TEST(handle_of_another_queue)
{
    RULES("S-87");
    const char *receipt = sent_and_received("other");
    api_expect_fault(
        delete_one(_i, "q", receipt), API_NO_RECEIPT,
        arena_print(world.arena, "The receipt handle \"%s\" is not valid for this queue.", receipt)
            .bytes);
}
END_TEST

START_TEST(deleting_twice)
{
    RULES("S-88");
    const char *receipt = sent_and_received("q");
    api_expect_ok(delete_one(_i, "q", receipt));
    api_expect_ok(delete_one(_i, "q", receipt));
    ck_assert_str_eq(api_attribute(&world, "q", "ApproximateNumberOfMessagesNotVisible"), "0");
}
END_TEST

START_TEST(old_handles_of_a_standard_queue)
{
    RULES("S-89 S-103 S-171 sqs-mistake-15 sqs-mistake-16");
    const char *receipt = sent_and_received("q");
    api_advance(&world, 30000);
    ck_assert_ptr_nonnull(api_receive(&world, "q"));
    api_expect_ok(change(_i, "q", receipt, 100));
    api_expect_ok(delete_one(_i, "q", receipt));
    ck_assert_str_eq(api_attribute(&world, "q", "ApproximateNumberOfMessagesNotVisible"), "0");
}
END_TEST

START_TEST(expired_handles_of_a_fifo_queue)
{
    RULES("S-91 S-92 S-105 S-172 sqs-mistake-17");
    const char *receipt = sent_and_received("c.fifo");
    api_expect_ok(change(_i, "c.fifo", receipt, 60));
    api_advance(&world, 59000);
    api_expect_ok(change(_i, "c.fifo", receipt, 1));
    api_advance(&world, 1000);
    api_expect_fault(delete_one(_i, "c.fifo", receipt), API_PARAMETER_VALUE, expired(receipt));
    api_expect_fault(change(_i, "c.fifo", receipt, 5), API_PARAMETER_VALUE, expired(receipt));
    ck_assert_str_eq(api_attribute(&world, "c.fifo", "ApproximateNumberOfMessages"), "1");
}
END_TEST

START_TEST(visibility_timeouts_out_of_range)
{
    RULES("S-98");
    const char *receipt = sent_and_received("q");
    api_expect_fault(change(_i, "q", receipt, 43201), API_PARAMETER_VALUE,
                     "Value 43201 for parameter VisibilityTimeout is invalid. Reason: Must be "
                     "between 0 and 43200.");
    api_expect_fault(change(_i, "q", receipt, -1), API_PARAMETER_VALUE,
                     "Value -1 for parameter VisibilityTimeout is invalid. Reason: Must be between "
                     "0 and 43200.");
}
END_TEST

// The cap counts from the receive.
START_TEST(twelve_hours_in_all)
{
    RULES("S-99 sqs-mistake-20");
    const char *receipt = sent_and_received("q");
    api_advance(&world, 1000);
    api_expect_fault(change(_i, "q", receipt, 43200), API_PARAMETER_VALUE,
                     "Value 43200 for parameter VisibilityTimeout is invalid. Reason: Total "
                     "VisibilityTimeout for the message is beyond the limit [43200 seconds]");
    api_expect_ok(change(_i, "q", receipt, 43199));
}
END_TEST

START_TEST(zero_wakes_a_poll)
{
    RULES("S-100 S-185 sqs-mistake-13");
    const char *receipt = sent_and_received("q");
    struct api_answer *poll =
        api_call(&world, _i, "ReceiveMessage", "{'QueueUrl':'q','WaitTimeSeconds':20}");
    ck_assert_int_eq(poll->status, 0);
    api_expect_ok(change(_i, "q", receipt, 0));
    api_expect_text(&world, poll, "Messages.0.Body", "m");
}
END_TEST

START_TEST(visible_again_is_hidden_again)
{
    RULES("S-102 sqs-mistake-19");
    const char *receipt = sent_and_received("q");
    api_advance(&world, 30000);
    api_expect_ok(change(_i, "q", receipt, 60));
    ck_assert_ptr_null(api_receive(&world, "q"));
    ck_assert_str_eq(api_attribute(&world, "q", "ApproximateNumberOfMessagesNotVisible"), "1");
}
END_TEST

START_TEST(visibility_of_a_message_that_is_gone)
{
    RULES("S-104");
    const char *receipt = sent_and_received("q");
    api_expect_ok(delete_one(_i, "q", receipt));
    api_expect_fault(change(_i, "q", receipt, 60), API_PARAMETER_VALUE,
                     arena_print(world.arena,
                                 "Value %s for parameter ReceiptHandle is invalid. Reason: Message "
                                 "does not exist or is not available for visibility timeout "
                                 "change.",
                                 receipt)
                         .bytes);
}
END_TEST

START_TEST(whole_batches_are_refused)
{
    RULES("S-93 S-107");
    const struct api_refusal refusals[] = {
        {"DeleteMessageBatch", "{'QueueUrl':'q','Entries':[]}", 400,
         "AWS.SimpleQueueService.EmptyBatchRequest", "EmptyBatchRequest",
         "There should be at least one DeleteMessageBatchRequestEntry in the request."},
        {"ChangeMessageVisibilityBatch", "{'QueueUrl':'q','Entries':[]}", 400,
         "AWS.SimpleQueueService.EmptyBatchRequest", "EmptyBatchRequest",
         "There should be at least one ChangeMessageVisibilityBatch in the request."},
        {"DeleteMessageBatch",
         "{'QueueUrl':'q','Entries':[{'Id':'a','ReceiptHandle':'x'},{'Id':'a',"
         "'ReceiptHandle':'x'}]}",
         400, "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", "BatchEntryIdsNotDistinct",
         "Id a repeated."},
        {"ChangeMessageVisibilityBatch",
         "{'QueueUrl':'q','Entries':[{'ReceiptHandle':'x','VisibilityTimeout':1}]}",
         API_PARAMETER_MISSING,
         "The request must contain the parameter ChangeMessageVisibilityBatchRequestEntry.1.Id."},
        {"DeleteMessageBatch", "{'QueueUrl':'q','Entries':[{'Id':'a.b','ReceiptHandle':'x'}]}", 400,
         "AWS.SimpleQueueService.InvalidBatchEntryId", "InvalidBatchEntryId",
         "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It "
         "can be at most 80 letters long."},
        {"DeleteMessageBatch",
         "{'QueueUrl':'q','Entries':[{'Id':'1'},{'Id':'2'},{'Id':'3'},{'Id':'4'},{'Id':'5'},"
         "{'Id':'6'},{'Id':'7'},{'Id':'8'},{'Id':'9'},{'Id':'10'},{'Id':'11'},{'Id':'12'}]}",
         400, "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", "TooManyEntriesInBatchRequest",
         "Maximum number of entries per request are 10. You have sent 12."},
    };
    API_REFUSE(&world, _i, refusals);
}
END_TEST

// Each protocol has its own name for them.
START_TEST(a_batch_without_entries_names_what_is_missing)
{
    RULES("S-46");
    static const char *const actions[] = {"SendMessageBatch", "DeleteMessageBatch",
                                          "ChangeMessageVisibilityBatch"};
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        const char *name = _i == WIRE_JSON
                               ? "Entries"
                               : arena_print(world.arena, "%sRequestEntry", actions[i]).bytes;
        const char *message =
            arena_print(world.arena, "The request must contain the parameter %s.", name).bytes;
        api_expect_fault(api_call(&world, _i, actions[i], "{'QueueUrl':'q'}"),
                         API_PARAMETER_MISSING, message);
    }
}
END_TEST

// The same handle twice succeeds twice.
START_TEST(each_entry_of_a_delete_batch_has_its_result)
{
    RULES("S-93 S-95");
    const char *receipt = sent_and_received("q");
    const char *foreign = sent_and_received("other");
    struct api_answer *answer =
        api_call(&world, _i, "DeleteMessageBatch",
                 "{'QueueUrl':'q','Entries':[{'Id':'bad','ReceiptHandle':'garbage'},"
                 "{'Id':'a','ReceiptHandle':'%s'},{'Id':'b','ReceiptHandle':'%s'},"
                 "{'Id':'foreign','ReceiptHandle':'%s'},{'Id':'none'}]}",
                 receipt, receipt, foreign);
    api_expect_failed(&world, answer, 0, "bad", "ReceiptHandleIsInvalid",
                      "The input receipt handle \"garbage\" is not a valid receipt handle.");
    api_expect_failed(
        &world, answer, 1, "foreign", "ReceiptHandleIsInvalid",
        arena_print(world.arena, "The receipt handle \"%s\" is not valid for this queue.", foreign)
            .bytes);
    api_expect_failed(&world, answer, 2, "none", "MissingParameter",
                      "The request must contain the parameter "
                      "DeleteMessageBatchRequestEntry.5.ReceiptHandle.");
    api_expect_text(&world, answer, "Successful", "[{\"Id\":\"a\"},{\"Id\":\"b\"}]");
}
END_TEST

START_TEST(expired_in_a_fifo_batch)
{
    RULES("S-94");
    const char *receipt = sent_and_received("c.fifo");
    api_advance(&world, 30000);
    struct api_answer *answer =
        api_call(&world, _i, "DeleteMessageBatch",
                 "{'QueueUrl':'c.fifo','Entries':[{'Id':'a','ReceiptHandle':'%s'}]}", receipt);
    api_expect_failed(&world, answer, 0, "a", "ReceiptHandleIsInvalid",
                      "The receipt handle has expired");
    api_expect_text(&world, answer, "Successful", NULL);
}
END_TEST

START_TEST(each_entry_of_a_change_batch_has_its_result)
{
    RULES("S-107");
    const char *receipt = sent_and_received("q");
    struct api_answer *answer =
        api_call(&world, _i, "ChangeMessageVisibilityBatch",
                 "{'QueueUrl':'q','Entries':[{'Id':'none','ReceiptHandle':'%s'},"
                 "{'Id':'far','ReceiptHandle':'%s','VisibilityTimeout':43201},"
                 "{'Id':'bad','ReceiptHandle':'garbage','VisibilityTimeout':1},"
                 "{'Id':'good','ReceiptHandle':'%s','VisibilityTimeout':0},"
                 "{'Id':'empty','VisibilityTimeout':1}]}",
                 receipt, receipt, receipt);
    api_expect_failed(&world, answer, 0, "none", "MissingParameter",
                      "The request must contain the parameter "
                      "ChangeMessageVisibilityBatchRequestEntry.1.VisibilityTimeout.");
    api_expect_failed(&world, answer, 1, "far", "InvalidParameterValue",
                      "Value 43201 for parameter VisibilityTimeout is invalid. Reason: "
                      "VisibilityTimeout must be an integer between 0 and 43200.");
    api_expect_failed(&world, answer, 2, "bad", "ReceiptHandleIsInvalid",
                      "The input receipt handle \"garbage\" is not a valid receipt handle.");
    api_expect_failed(&world, answer, 3, "empty", "MissingParameter",
                      "The request must contain the parameter "
                      "ChangeMessageVisibilityBatchRequestEntry.5.ReceiptHandle.");
    api_expect_text(&world, answer, "Successful", "[{\"Id\":\"good\"}]");
    ck_assert_ptr_nonnull(api_receive(&world, "q"));
}
END_TEST

// The queue comes before a rubbish handle and before wrong entries.
START_TEST(the_queue_is_looked_up_first)
{
    RULES("S-44");
    const char *message = _i == WIRE_JSON
                              ? "The specified queue does not exist."
                              : "The specified queue does not exist for this wsdl version.";
    const struct api_refusal refusals[] = {
        {"DeleteMessage", "{'QueueUrl':'none','ReceiptHandle':'garbage'}", API_NO_QUEUE, message},
        {"DeleteMessage", "{'QueueUrl':'none'}", API_NO_QUEUE, message},
        {"DeleteMessageBatch", "{'QueueUrl':'none','Entries':[]}", API_NO_QUEUE, message},
        {"SendMessageBatch", "{'QueueUrl':'none'}", API_NO_QUEUE, message},
        {"ChangeMessageVisibility", "{'QueueUrl':'none'}", API_NO_QUEUE, message},
        {"SetQueueAttributes", "{'QueueUrl':'none'}", API_NO_QUEUE, message},
    };
    API_REFUSE(&world, _i, refusals);
}
END_TEST

static Suite *sqs_receipt_suite(void)
{
    Suite *suite = suite_create("sqs_receipt");
    TCase *rules = tcase_create("rules");
    tcase_add_checked_fixture(rules, begin, end);
    tcase_add_loop_test(rules, missing_members_of_delete_and_change, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, not_a_handle, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, handle_of_another_queue, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, deleting_twice, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, old_handles_of_a_standard_queue, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, expired_handles_of_a_fifo_queue, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, visibility_timeouts_out_of_range, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, twelve_hours_in_all, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, zero_wakes_a_poll, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, visible_again_is_hidden_again, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, visibility_of_a_message_that_is_gone, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, whole_batches_are_refused, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, a_batch_without_entries_names_what_is_missing, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, each_entry_of_a_delete_batch_has_its_result, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, expired_in_a_fifo_batch, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, each_entry_of_a_change_batch_has_its_result, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, the_queue_is_looked_up_first, 0, API_PROTOCOLS);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(sqs_receipt_suite)
