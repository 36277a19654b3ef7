// SendMessage and SendMessageBatch: sections 2.1, 2.2, 3.1 and 3.2 of the reference. Every test
// runs in both protocols.
#include "tests/support/api_world.h"
#include "tests/support/check_main.h"

#include <string.h>

static struct api_world world;

// A standard queue, a FIFO queue, and one with content-based deduplication.
static void begin(void)
{
    api_world_begin(&world);
    api_create_queue(&world, "q", "");
    api_create_queue(&world, "small", "'Attributes':{'MaximumMessageSize':'1024'}");
    api_create_queue(&world, "f.fifo", "'Attributes':{'FifoQueue':'true'}");
    api_create_queue(&world, "c.fifo",
                     "'Attributes':{'FifoQueue':'true','ContentBasedDeduplication':'true'}");
}

static void end(void)
{
    api_world_end(&world);
}

static const char *repeated(char byte, size_t count)
{
    char *bytes = arena_allocate(world.arena, count + 1);
    memset(bytes, byte, count);
    return bytes;
}

static struct api_answer *send_body(int protocol, const char *queue, const char *body)
{
    return api_call(&world, protocol, "SendMessage", "{'QueueUrl':'%s','MessageBody':'%s'}", queue,
                    body);
}

START_TEST(missing_members_of_a_send)
{
    RULES("S-46 S-47 S-49");
    const struct api_refusal refusals[] = {
        {"SendMessage", "{'QueueUrl':'q'}", API_PARAMETER_MISSING,
         "The request must contain the parameter MessageBody."},
        {"SendMessage", "{'QueueUrl':'q','MessageBody':''}", API_PARAMETER_MISSING,
         "The request must contain the parameter MessageBody."},
        {"SendMessage", "{'QueueUrl':'f.fifo','MessageBody':''}", API_PARAMETER_MISSING,
         "The request must contain the parameter MessageBody."},
    };
    API_REFUSE(&world, _i, refusals);
}
END_TEST

// What is wrong is mended one after the other; what is said next is the order of the checks.
START_TEST(the_order_of_the_checks)
{
    RULES("S-62");
#define ORDER_ATTRIBUTE(value) \
    ",'MessageAttributes':{'a':{'DataType':'String','StringValue':'" value "'}}"
    const struct {
        const char *members;
        const char *code;
        const char *message; // its beginning
    } rows[] = {
        {"'QueueUrl':'none','DelaySeconds':901" ORDER_ATTRIBUTE(""),
         "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist"},
        {"'QueueUrl':'f.fifo','DelaySeconds':901" ORDER_ATTRIBUTE(""), "MissingParameter",
         "The request must contain the parameter MessageBody."},
        {"'QueueUrl':'f.fifo','DelaySeconds':901,'MessageBody':'\\u0001%s'" ORDER_ATTRIBUTE(""),
         "MissingParameter", "The request must contain the parameter MessageGroupId."},
        {"'QueueUrl':'f.fifo','MessageGroupId':'g','DelaySeconds':901,'MessageBody':"
         "'\\u0001%s'" ORDER_ATTRIBUTE(""),
         "InvalidParameterValue", "The queue should either have ContentBasedDeduplication"},
        {"'QueueUrl':'f.fifo','MessageGroupId':'g','MessageDeduplicationId':'d',"
         "'DelaySeconds':901,'MessageBody':'\\u0001%s'" ORDER_ATTRIBUTE(""),
         "InvalidParameterValue", "Value 901 for parameter DelaySeconds is invalid."},
        {"'QueueUrl':'f.fifo','MessageGroupId':'g','MessageDeduplicationId':'d',"
         "'MessageBody':'\\u0001%s'" ORDER_ATTRIBUTE(""),
         "InvalidParameterValue", "Message (user) attribute 'a' must contain a non-empty value"},
        {"'QueueUrl':'f.fifo','MessageGroupId':'g','MessageDeduplicationId':'d',"
         "'MessageBody':'\\u0001%s'" ORDER_ATTRIBUTE("v"),
         "InvalidMessageContents", "Invalid characters found."},
        {"'QueueUrl':'f.fifo','MessageGroupId':'g','MessageDeduplicationId':'d',"
         "'MessageBody':'%s'" ORDER_ATTRIBUTE("v"),
         "InvalidParameterValue", "One or more parameters are invalid. Reason: Message must be"},
    };
    const char *too_long = repeated('a', 1048576);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct text members = arena_print(world.arena, "{%s}", rows[i].members);
        const char *place = strstr(members.bytes, "%s");
        if (place != NULL)
            members = arena_print(world.arena, "%.*s%s%s", (int)(place - members.bytes),
                                  members.bytes, too_long, place + 2);
        struct api_answer *answer = api_call(&world, _i, "SendMessage", "%s", members.bytes);
        ck_assert_msg(text_equal(answer->code, text_of(rows[i].code)) &&
                          text_starts_with(answer->message, text_of(rows[i].message)),
                      "row %zu: %.*s: %.*s", i, TEXT_ARGUMENTS(answer->code),
                      TEXT_ARGUMENTS(answer->message));
    }
    ck_assert_str_eq(api_attribute(&world, "f.fifo", "ApproximateNumberOfMessages"), "0");
}
END_TEST

START_TEST(a_body_has_at_least_one_byte)
{
    RULES("S-49 S-152");
    const char *const taken[] = {" ", "\\n", "a", " \\t\\r\\n "};
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
        api_expect_ok(send_body(_i, "q", taken[i]));
    api_expect_fault(send_body(_i, "q", ""), API_PARAMETER_MISSING,
                     "The request must contain the parameter MessageBody.");
    ck_assert_str_eq(api_attribute(&world, "q", "ApproximateNumberOfMessages"), "4");
}
END_TEST

// Exactly the limit is accepted in spite of the word "shorter".
START_TEST(size_of_a_message)
{
    RULES("S-50 S-151");
    api_expect_ok(send_body(_i, "small", repeated('a', 1024)));
    struct api_answer *answer = send_body(_i, "small", repeated('a', 1025));
    api_expect_fault(answer, API_PARAMETER_VALUE,
                     "One or more parameters are invalid. Reason: Message must be shorter than "
                     "1024 bytes.");
    // `k`, String, `x` count 8 bytes.
    api_expect_ok(api_call(&world, _i, "SendMessage",
                           "{'QueueUrl':'small','MessageBody':'%s','MessageAttributes':{"
                           "'k':{'DataType':'String','StringValue':'x'}}}",
                           repeated('a', 1016)));
    answer = api_call(&world, _i, "SendMessage",
                      "{'QueueUrl':'small','MessageBody':'%s','MessageAttributes':{"
                      "'k':{'DataType':'String','StringValue':'x'}}}",
                      repeated('a', 1017));
    ck_assert_int_eq(answer->status, 400);
}
END_TEST

START_TEST(a_mebibyte_by_default)
{
    RULES("S-150");
    api_expect_ok(send_body(_i, "q", repeated('a', 1048576)));
    api_expect_fault(send_body(_i, "q", repeated('a', 1048577)), API_PARAMETER_VALUE,
                     "One or more parameters are invalid. Reason: Message must be shorter than "
                     "1048576 bytes.");
}
END_TEST

// Bytes of UTF-8 are counted, not characters; decoded bytes of a Binary, not its base64; trace
// header, group and deduplication ids are free.
START_TEST(what_counts_towards_the_size)
{
    RULES("S-151");
    struct api_answer *answer =
        send_body(_i, "small", arena_print(world.arena, "%s\u00e9", repeated('a', 1022)).bytes);
    api_expect_ok(answer);
    answer =
        send_body(_i, "small", arena_print(world.arena, "%s\u00e9", repeated('a', 1023)).bytes);
    ck_assert_int_eq(answer->status, 400);
    // 1 + 6 + 3
    api_expect_ok(api_call(&world, _i, "SendMessage",
                           "{'QueueUrl':'small','MessageBody':'%s','MessageGroupId':'group',"
                           "'MessageAttributes':{'k':{'DataType':'Binary','BinaryValue':'AQID'}},"
                           "'MessageSystemAttributes':{'AWSTraceHeader':{'DataType':'String',"
                           "'StringValue':'Root=1-5759e988-bd862e3fe1be46a994272793'}}}",
                           repeated('a', 1014)));
}
END_TEST

START_TEST(characters_of_a_body)
{
    RULES("S-51");
    const char *const refused[] = {"\\u0001", "\\b",     "\\u000b", "\\f",
                                   "\\u001f", "\\ufffe", "\\uffff", "ok \\u0008"};
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        api_expect_fault(send_body(_i, "q", refused[i]), 400, "InvalidMessageContents",
                         "InvalidMessageContents",
                         "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | "
                         "#x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF");
    const char *const taken[] = {"\\t\\n\\r",      " ",       "\\u007f\\u0085\\u009f",
                                 "\\ud7ff\\ue000", "\\ufffd", "\\ud83d\\ude00",
                                 "\\ufdd0"};
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
        api_expect_ok(send_body(_i, "q", taken[i]));
}
END_TEST

// JSON alone can write these; NUL in a form is `%00`.
START_TEST(nul_and_lone_surrogates)
{
    RULES("S-51");
    const char *const refused[] = {"\\u0000", "\\ud800", "a\\udc00b", "\\ud800\\ud800\\udc00",
                                   "\\\\\\u0000"};
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct api_answer *answer = send_body(WIRE_JSON, "q", refused[i]);
        ck_assert_msg(text_equal(answer->code, TEXT("InvalidMessageContents")), "%s: %.*s",
                      refused[i], TEXT_ARGUMENTS(answer->code));
    }
    struct api_answer *answer =
        api_post(&world, "/", TEXT("Action=SendMessage&QueueUrl=q&MessageBody=a%00b"));
    ck_assert(text_equal(answer->code, TEXT("InvalidMessageContents")));
    // An escaped backslash before u0000 is no escape.
    api_expect_ok(send_body(WIRE_JSON, "q", "\\\\u0000"));
}
END_TEST

START_TEST(delay_and_deduplication_by_queue_type)
{
    RULES("S-52 S-53 S-54");
    const struct api_refusal refusals[] = {
        {"SendMessage", "{'QueueUrl':'q','MessageBody':'m','DelaySeconds':1000}",
         API_PARAMETER_VALUE,
         "Value 1000 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and "
         "<= 900."},
        {"SendMessage", "{'QueueUrl':'q','MessageBody':'m','DelaySeconds':-1}", API_PARAMETER_VALUE,
         "Value -1 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= "
         "900."},
        {"SendMessage",
         "{'QueueUrl':'f.fifo','MessageBody':'m','MessageGroupId':'g',"
         "'MessageDeduplicationId':'d','DelaySeconds':2}",
         API_PARAMETER_VALUE,
         "Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter "
         "that is not valid for this queue type."},
        {"SendMessage", "{'QueueUrl':'q','MessageBody':'m','MessageDeduplicationId':'d'}",
         API_PARAMETER_VALUE,
         "Value d for parameter MessageDeduplicationId is invalid. Reason: The request include "
         "parameter that is not valid for this queue type."},
    };
    API_REFUSE(&world, _i, refusals);
    api_expect_ok(api_call(&world, _i, "SendMessage",
                           "{'QueueUrl':'q','MessageBody':'m','DelaySeconds':900}"));
    api_expect_ok(api_call(&world, _i, "SendMessage",
                           "{'QueueUrl':'c.fifo','MessageBody':'m','MessageGroupId':'g',"
                           "'DelaySeconds':0}"));
}
END_TEST

// An explicit 0 beats the queue's delay; on FIFO it means "not given".
START_TEST(delay_of_message_and_queue)
{
    RULES("S-53 S-178");
    api_create_queue(&world, "late", "'Attributes':{'DelaySeconds':'5'}");
    api_create_queue(&world, "late.fifo",
                     "'Attributes':{'DelaySeconds':'5','FifoQueue':'true',"
                     "'ContentBasedDeduplication':'true'}");
    api_expect_ok(api_call(&world, _i, "SendMessage",
                           "{'QueueUrl':'late','MessageBody':'m','DelaySeconds':0}"));
    ck_assert_ptr_nonnull(api_receive(&world, "late"));
    api_expect_ok(api_call(&world, _i, "SendMessage", "{'QueueUrl':'late','MessageBody':'m'}"));
    ck_assert_ptr_null(api_receive(&world, "late"));
    api_expect_ok(api_call(&world, _i, "SendMessage",
                           "{'QueueUrl':'late.fifo','MessageBody':'m','MessageGroupId':'g',"
                           "'DelaySeconds':0}"));
    ck_assert_ptr_null(api_receive(&world, "late.fifo"));
    api_advance(&world, 5000);
    ck_assert_ptr_nonnull(api_receive(&world, "late"));
    ck_assert_ptr_nonnull(api_receive(&world, "late.fifo"));
}
END_TEST

#define ID_REASON(name)                                                                   \
    " for parameter " name " is invalid. Reason: " name " can only include alphanumeric " \
    "and punctuation characters. 1 to 128 in length."

START_TEST(group_and_deduplication_ids)
{
    RULES("S-47 S-55 S-56");
    const struct api_refusal refusals[] = {
        // JSON's empty value is present and invalid: two blanks after Value.
        {"SendMessage", "{'QueueUrl':'q','MessageBody':'m','MessageGroupId':''}",
         API_PARAMETER_VALUE, "Value " ID_REASON("MessageGroupId")},
        {"SendMessage", "{'QueueUrl':'q','MessageBody':'m','MessageGroupId':'a b'}",
         API_PARAMETER_VALUE, "Value a b" ID_REASON("MessageGroupId")},
        {"SendMessage", "{'QueueUrl':'q','MessageBody':'m','MessageGroupId':'\u00e9'}",
         API_PARAMETER_VALUE, "Value \u00e9" ID_REASON("MessageGroupId")},
        {"SendMessage",
         "{'QueueUrl':'f.fifo','MessageBody':'m','MessageGroupId':'','MessageDeduplicationId':'d'}",
         API_PARAMETER_VALUE, "Value " ID_REASON("MessageGroupId")},
        {"SendMessage",
         "{'QueueUrl':'f.fifo','MessageBody':'m','MessageGroupId':'g',"
         "'MessageDeduplicationId':''}",
         API_PARAMETER_VALUE, "Value " ID_REASON("MessageDeduplicationId")},
        {"SendMessage",
         "{'QueueUrl':'f.fifo','MessageBody':'m','MessageGroupId':'g',"
         "'MessageDeduplicationId':'a b'}",
         API_PARAMETER_VALUE, "Value a b" ID_REASON("MessageDeduplicationId")},
    };
    API_REFUSE(&world, _i, refusals);
    api_expect_ok(api_call(&world, _i, "SendMessage",
                           "{'QueueUrl':'q','MessageBody':'m','MessageGroupId':'%s'}",
                           repeated('g', 128)));
    struct api_answer *answer = api_call(&world, _i, "SendMessage",
                                         "{'QueueUrl':'q','MessageBody':'m',"
                                         "'MessageGroupId':'%s'}",
                                         repeated('g', 129));
    ck_assert(text_equal(answer->code, TEXT("InvalidParameterValue")));
    api_expect_ok(api_call(&world, _i, "SendMessage", "%s",
                           "{'QueueUrl':'q','MessageBody':'m','MessageGroupId':"
                           "'!#$%&()*+,-./:;<=>?@[\\\\]^_`{|}~'}"));
}
END_TEST

// One after the other, as Query writes them: only what is printed and no blank.
START_TEST(every_character_of_an_id)
{
    RULES("S-56");
    for (int byte = 1; byte < 128; byte++) {
        struct text form = arena_print(world.arena,
                                       "Action=SendMessage&QueueUrl=f.fifo&MessageBody=m&"
                                       "MessageGroupId=g%%%02X&MessageDeduplicationId=%%%02X",
                                       byte, byte);
        struct api_answer *answer = api_post(&world, "/", form);
        ck_assert_msg(answer->status == (byte > ' ' && byte < 127 ? 200 : 400), "byte %d: %d", byte,
                      answer->status);
    }
    ck_assert_str_eq(api_attribute(&world, "f.fifo", "ApproximateNumberOfMessages"), "94");
}
END_TEST

START_TEST(fifo_needs_group_and_deduplication)
{
    RULES("S-57 S-58 S-59 S-220");
    const struct api_refusal refusals[] = {
        {"SendMessage", "{'QueueUrl':'f.fifo','MessageBody':'m','MessageDeduplicationId':'d'}",
         API_PARAMETER_MISSING, "The request must contain the parameter MessageGroupId."},
        {"SendMessage", "{'QueueUrl':'f.fifo','MessageBody':'m','MessageGroupId':'g'}",
         API_PARAMETER_VALUE,
         "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId "
         "provided explicitly"},
        {"SendMessage", "{'QueueUrl':'f.fifo','MessageBody':'m'}", API_PARAMETER_MISSING,
         "The request must contain the parameter MessageGroupId."},
    };
    API_REFUSE(&world, _i, refusals);
}
END_TEST

// The first send's ids, the digest of what was just sent; nothing is enqueued.
START_TEST(duplicate_of_a_fifo_message)
{
    RULES("S-60 S-225 S-228");
    struct api_answer *first =
        api_call(&world, _i, "SendMessage",
                 "{'QueueUrl':'f.fifo','MessageBody':'hello','MessageGroupId':'g',"
                 "'MessageDeduplicationId':'d'}");
    struct api_answer *second =
        api_call(&world, _i, "SendMessage",
                 "{'QueueUrl':'f.fifo','MessageBody':'test','MessageGroupId':'g',"
                 "'MessageDeduplicationId':'d'}");
    api_expect_text(&world, second, "MessageId", api_get_text(&world, first, "MessageId"));
    const char *sequence = api_get_text(&world, first, "SequenceNumber");
    api_expect_text(&world, second, "SequenceNumber", sequence);
    api_expect_text(&world, second, "MD5OfMessageBody", "098f6bcd4621d373cade4e832627b4f6");
    ck_assert_str_eq(api_attribute(&world, "f.fifo", "ApproximateNumberOfMessages"), "1");
    ck_assert_uint_eq(strlen(sequence), 20);
    ck_assert_int_eq(strncmp(sequence, "188", 3), 0);
}
END_TEST

START_TEST(digest_of_the_body)
{
    RULES("S-17 S-145");
    const struct {
        const char *body;
        const char *md5;
    } vectors[] = {
        {"hello", "5d41402abc4b2a76b9719d911017c592"},
        {"message", "78e731027d8fd50ed642340b7c9a63b3"},
        {"test", "098f6bcd4621d373cade4e832627b4f6"},
        {"same", "51037a4a37730f52c8732586d3aaa316"},
        // Decoded before hashing.
        {"\\u0073ame", "51037a4a37730f52c8732586d3aaa316"},
    };
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
        api_expect_text(&world, send_body(_i, "q", vectors[i].body), "MD5OfMessageBody",
                        vectors[i].md5);
}
END_TEST

// No member for what was not sent.
START_TEST(no_digests_without_attributes)
{
    RULES("S-6");
    struct api_answer *answer = api_call(&world, _i, "SendMessage",
                                         "{'QueueUrl':'q','MessageBody':'m',"
                                         "'MessageAttributes':{}}");
    api_expect_ok(answer);
    api_expect_text(&world, answer, "MD5OfMessageAttributes", NULL);
    api_expect_text(&world, answer, "MD5OfMessageSystemAttributes", NULL);
    api_expect_text(&world, answer, "SequenceNumber", NULL);
    api_expect_text(&world, answer, "Id", NULL);
    ck_assert_uint_eq(strlen(api_get_text(&world, answer, "MessageId")), 36);
}
END_TEST

// The trace header has a digest of its own and no influence on the other; the header of the HTTP
// request has none.
START_TEST(the_trace_header_has_its_own_digest)
{
    RULES("S-149 S-163");
    struct api_answer *answer =
        api_call(&world, _i, "SendMessage",
                 "{'QueueUrl':'q','MessageBody':'m','MessageAttributes':{'k':{'DataType':'String',"
                 "'StringValue':'x'}},'MessageSystemAttributes':{'AWSTraceHeader':{"
                 "'DataType':'String','StringValue':'Root=1-5759e988-bd862e3fe1be46a994272793;"
                 "Parent=53995c3f42cd8ad8;Sampled=1'}}}");
    api_expect_text(&world, answer, "MD5OfMessageAttributes", "a45daa70926828a2f0a1db3418e6feb4");
    api_expect_text(&world, answer, "MD5OfMessageSystemAttributes",
                    "5ae4d5d7636402d80f4eb6d213245a88");
    world.extra = (struct header){TEXT("X-Amzn-Trace-Id"), TEXT("Root=1-2-3")};
    answer = send_body(_i, "q", "m");
    api_expect_text(&world, answer, "MD5OfMessageSystemAttributes", NULL);
    world.extra.value = TEXT("\xff");
    api_expect_ok(send_body(_i, "q", "m"));
    world.extra = (struct header){0};
    answer = api_call(&world, _i, "ReceiveMessage",
                      "{'QueueUrl':'q','MaxNumberOfMessages':10,"
                      "'MessageSystemAttributeNames':['AWSTraceHeader']}");
    api_expect_text(&world, answer, "Messages.1.Attributes.AWSTraceHeader", "Root=1-2-3");
    api_expect_text(&world, answer, "Messages.2.Attributes", NULL);
    api_expect_text(&world, answer, "Messages.0.Attributes.AWSTraceHeader",
                    "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1");
}
END_TEST

// ---- batches ----

START_TEST(whole_batch_is_refused)
{
    RULES("S-63 S-64 S-65 S-66");
    const struct api_refusal refusals[] = {
        {"SendMessageBatch", "{'QueueUrl':'q','Entries':[]}", 400,
         "AWS.SimpleQueueService.EmptyBatchRequest", "EmptyBatchRequest",
         "There should be at least one SendMessageBatchRequestEntry in the request."},
        {"SendMessageBatch",
         "{'QueueUrl':'q','Entries':[{'Id':'1'},{'Id':'2'},{'Id':'3'},{'Id':'4'},{'Id':'5'},"
         "{'Id':'6'},{'Id':'7'},{'Id':'8'},{'Id':'9'},{'Id':'10'},{'Id':'10'}]}",
         400, "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", "TooManyEntriesInBatchRequest",
         "Maximum number of entries per request are 10. You have sent 11."},
        {"SendMessageBatch",
         "{'QueueUrl':'q','Entries':[{'Id':'1','MessageBody':'m'},{'MessageBody':'m'}]}",
         API_PARAMETER_MISSING,
         "The request must contain the parameter SendMessageBatchRequestEntry.2.Id."},
        {"SendMessageBatch", "{'QueueUrl':'q','Entries':[{'Id':'','MessageBody':'m'}]}", 400,
         "AWS.SimpleQueueService.InvalidBatchEntryId", "InvalidBatchEntryId",
         "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It "
         "can be at most 80 letters long."},
        {"SendMessageBatch", "{'QueueUrl':'q','Entries':[{'Id':'a b','MessageBody':'m'}]}", 400,
         "AWS.SimpleQueueService.InvalidBatchEntryId", "InvalidBatchEntryId",
         "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It "
         "can be at most 80 letters long."},
        {"SendMessageBatch",
         "{'QueueUrl':'q','Entries':[{'Id':'id_1','MessageBody':'m'},{'Id':'id_2',"
         "'MessageBody':'m'},{'Id':'id_2','MessageBody':'m'},{'Id':'id_1','MessageBody':'m'}]}",
         400, "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", "BatchEntryIdsNotDistinct",
         "Id id_2 repeated."},
    };
    API_REFUSE(&world, _i, refusals);
    ck_assert_str_eq(api_attribute(&world, "q", "ApproximateNumberOfMessages"), "0");
}
END_TEST

START_TEST(no_entries_at_all)
{
    RULES("S-64");
    api_expect_fault(api_call(&world, WIRE_JSON, "SendMessageBatch", "{'QueueUrl':'q'}"),
                     API_PARAMETER_MISSING, "The request must contain the parameter Entries.");
    api_expect_fault(api_call(&world, WIRE_QUERY, "SendMessageBatch", "{'QueueUrl':'q'}"),
                     API_PARAMETER_MISSING,
                     "The request must contain the parameter SendMessageBatchRequestEntry.");
    api_expect_fault(api_post(&world, "/", TEXT("Action=SendMessageBatch&QueueUrl=q&Entries=")),
                     400, "AWS.SimpleQueueService.EmptyBatchRequest", "",
                     "There should be at least one SendMessageBatchRequestEntry in the request.");
}
END_TEST

START_TEST(entry_ids_of_eighty_characters)
{
    RULES("S-65");
    api_expect_ok(api_call(&world, _i, "SendMessageBatch",
                           "{'QueueUrl':'q','Entries':[{'Id':'%s','MessageBody':'m'}]}",
                           repeated('A', 80)));
    struct api_answer *answer =
        api_call(&world, _i, "SendMessageBatch",
                 "{'QueueUrl':'q','Entries':[{'Id':'%s','MessageBody':'m'}]}", repeated('A', 81));
    ck_assert(text_equal(answer->code, TEXT("AWS.SimpleQueueService.InvalidBatchEntryId")));
}
END_TEST

// The limit is 1 MiB whatever the queue's own, and a single entry can exceed it.
START_TEST(total_of_a_batch)
{
    RULES("S-67");
    struct api_answer *answer =
        api_call(&world, _i, "SendMessageBatch",
                 "{'QueueUrl':'small','Entries':[{'Id':'a','MessageBody':'%s'},"
                 "{'Id':'b','MessageBody':'%s'}]}",
                 repeated('a', 1048576), "b");
    api_expect_fault(answer, 400, "AWS.SimpleQueueService.BatchRequestTooLong",
                     "BatchRequestTooLong",
                     "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 "
                     "bytes.");
    answer = api_call(&world, _i, "SendMessageBatch",
                      "{'QueueUrl':'q','Entries':[{'Id':'a','MessageBody':'%s',"
                      "'MessageAttributes':{'k':{'DataType':'String','StringValue':'x'}}}]}",
                      repeated('a', 1048569));
    ck_assert(text_equal(answer->code, TEXT("AWS.SimpleQueueService.BatchRequestTooLong")));
    answer = api_call(&world, _i, "SendMessageBatch",
                      "{'QueueUrl':'q','Entries':[{'Id':'a','MessageBody':'%s'},"
                      "{'Id':'b','MessageBody':'%s'}]}",
                      repeated('a', 1048575), "b");
    api_expect_text(&world, answer, "Failed", NULL);
}
END_TEST

START_TEST(entries_that_fail_alone)
{
    RULES("S-42 S-68 S-69 S-70 S-75");
    struct api_answer *answer =
        api_call(&world, _i, "SendMessageBatch",
                 "{'QueueUrl':'small','Entries':[{'Id':'long','MessageBody':'%s'},"
                 "{'Id':'one','MessageBody':'hello'},{'Id':'bad','MessageBody':'\\u0008'},"
                 "{'Id':'none'},{'Id':'two','MessageBody':'test'}]}",
                 repeated('a', 1025));
    api_expect_failed(&world, answer, 0, "long", "InvalidParameterValue",
                      "One or more parameters cannot be validated. Reason: Message must be shorter "
                      "than 1024 bytes.");
    api_expect_failed(&world, answer, 1, "bad", "InvalidMessageContents",
                      "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | "
                      "#x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF");
    api_expect_failed(&world, answer, 2, "none", "MissingParameter",
                      "The request must contain the parameter "
                      "SendMessageBatchRequestEntry.4.MessageBody.");
    api_expect_text(&world, answer, "Successful.0.Id", "one");
    api_expect_text(&world, answer, "Successful.1.Id", "two");
    api_expect_text(&world, answer, "Successful.2", NULL);
    ck_assert_str_eq(api_attribute(&world, "small", "ApproximateNumberOfMessages"), "2");
}
END_TEST

// Still 200, and no empty Successful.
START_TEST(every_entry_failed)
{
    RULES("S-6 S-74");
    struct api_answer *answer =
        api_call(&world, _i, "SendMessageBatch", "{'QueueUrl':'q','Entries':[{'Id':'a'}]}");
    api_expect_ok(answer);
    api_expect_text(&world, answer, "Successful", NULL);
    answer = api_call(&world, _i, "SendMessageBatch",
                      "{'QueueUrl':'q','Entries':[{'Id':'a','MessageBody':'m'}]}");
    api_expect_text(&world, answer, "Failed", NULL);
}
END_TEST

START_TEST(fifo_parameters_fail_the_whole_batch)
{
    RULES("S-71 S-72");
    const struct api_refusal refusals[] = {
        {"SendMessageBatch",
         "{'QueueUrl':'c.fifo','Entries':[{'Id':'a','MessageBody':'m','MessageGroupId':'g'},"
         "{'Id':'b','MessageBody':'m'}]}",
         API_PARAMETER_VALUE, "The request must contain the parameter MessageGroupId."},
        {"SendMessageBatch",
         "{'QueueUrl':'f.fifo','Entries':[{'Id':'a','MessageBody':'m','MessageGroupId':'g',"
         "'MessageDeduplicationId':'d'},{'Id':'b','MessageBody':'m','MessageGroupId':'g'}]}",
         API_PARAMETER_VALUE,
         "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId "
         "provided explicitly"},
        {"SendMessageBatch",
         "{'QueueUrl':'c.fifo','Entries':[{'Id':'a','MessageBody':'m','MessageGroupId':'g'},"
         "{'Id':'b','MessageBody':'n','MessageGroupId':'g','DelaySeconds':2}]}",
         API_PARAMETER_VALUE,
         "Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter "
         "that is not valid for this queue type."},
    };
    API_REFUSE(&world, _i, refusals);
    ck_assert_str_eq(api_attribute(&world, "c.fifo", "ApproximateNumberOfMessages"), "0");
}
END_TEST

START_TEST(fifo_parameters_on_a_standard_queue)
{
    RULES("S-73");
    struct api_answer *answer =
        api_call(&world, _i, "SendMessageBatch",
                 "{'QueueUrl':'q','Entries':[{'Id':'a','MessageBody':'m',"
                 "'MessageDeduplicationId':'d'},{'Id':'b','MessageBody':'m','MessageGroupId':'g'},"
                 "{'Id':'c','MessageBody':'m','MessageGroupId':'g g'}]}");
    api_expect_failed(&world, answer, 0, "a", "InvalidParameterValue",
                      "The request include parameter that is not valid for this queue type");
    api_expect_failed(&world, answer, 1, "c", "InvalidParameterValue",
                      "Value g g" ID_REASON("MessageGroupId"));
    api_expect_text(&world, answer, "Successful.0.Id", "b");
}
END_TEST

// Sequence numbers in entry order; a duplicate inside the batch gets the first's ids.
START_TEST(a_fifo_batch_numbers_and_deduplicates_its_entries)
{
    RULES("S-76 S-77");
    struct api_answer *answer =
        api_call(&world, _i, "SendMessageBatch",
                 "{'QueueUrl':'c.fifo','Entries':[{'Id':'a','MessageBody':'1',"
                 "'MessageGroupId':'g'},{'Id':'b','MessageBody':'2','MessageGroupId':'g'},"
                 "{'Id':'c','MessageBody':'1','MessageGroupId':'h'},"
                 "{'Id':'d','MessageBody':'\\u0008','MessageGroupId':'h'}]}");
    api_expect_text(&world, answer, "Failed.0.Id", "d");
    api_expect_text(&world, answer, "Failed.0.SequenceNumber", NULL);
    const char *first = api_get_text(&world, answer, "Successful.0.SequenceNumber");
    const char *second = api_get_text(&world, answer, "Successful.1.SequenceNumber");
    ck_assert_int_lt(strcmp(first, second), 0);
    api_expect_text(&world, answer, "Successful.2.SequenceNumber", first);
    api_expect_text(&world, answer, "Successful.2.MessageId",
                    api_get_text(&world, answer, "Successful.0.MessageId"));
    ck_assert_str_eq(api_attribute(&world, "c.fifo", "ApproximateNumberOfMessages"), "2");
}
END_TEST

// The mistake that most emulators make: the digest of attributes is in batch results too.
START_TEST(digests_in_batch_results)
{
    RULES("S-146 S-149 sqs-mistake-6");
    struct api_answer *answer = api_call(
        &world, _i, "SendMessageBatch",
        "{'QueueUrl':'q','Entries':[{'Id':'a','MessageBody':'test','MessageAttributes':{"
        "'timestamp':{'DataType':'Number','StringValue':'1493147359900'}},"
        "'MessageSystemAttributes':{'AWSTraceHeader':{'DataType':'String','StringValue':"
        "'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1'}}}]}");
    api_expect_text(&world, answer, "Successful.0.MD5OfMessageBody",
                    "098f6bcd4621d373cade4e832627b4f6");
    api_expect_text(&world, answer, "Successful.0.MD5OfMessageAttributes",
                    "235c5c510d26fb653d073faed50ae77c");
    api_expect_text(&world, answer, "Successful.0.MD5OfMessageSystemAttributes",
                    "5ae4d5d7636402d80f4eb6d213245a88");
}
END_TEST

static Suite *sqs_send_suite(void)
{
    Suite *suite = suite_create("sqs_send");
    TCase *rules = tcase_create("rules");
    tcase_add_checked_fixture(rules, begin, end);
    tcase_add_loop_test(rules, missing_members_of_a_send, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, the_order_of_the_checks, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, a_body_has_at_least_one_byte, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, size_of_a_message, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, a_mebibyte_by_default, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, what_counts_towards_the_size, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, characters_of_a_body, 0, API_PROTOCOLS);
    tcase_add_test(rules, nul_and_lone_surrogates);
    tcase_add_loop_test(rules, delay_and_deduplication_by_queue_type, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, delay_of_message_and_queue, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, group_and_deduplication_ids, 0, API_PROTOCOLS);
    tcase_add_test(rules, every_character_of_an_id);
    tcase_add_loop_test(rules, fifo_needs_group_and_deduplication, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, duplicate_of_a_fifo_message, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, digest_of_the_body, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, no_digests_without_attributes, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, the_trace_header_has_its_own_digest, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, whole_batch_is_refused, 0, API_PROTOCOLS);
    tcase_add_test(rules, no_entries_at_all);
    tcase_add_loop_test(rules, entry_ids_of_eighty_characters, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, total_of_a_batch, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, entries_that_fail_alone, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, every_entry_failed, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, fifo_parameters_fail_the_whole_batch, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, fifo_parameters_on_a_standard_queue, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, a_fifo_batch_numbers_and_deduplicates_its_entries, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, digests_in_batch_results, 0, API_PROTOCOLS);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(sqs_send_suite)
