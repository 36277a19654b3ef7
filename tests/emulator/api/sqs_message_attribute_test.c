// Message attributes on the way in and selected on the way out: sections 3.1, 3.3 and 3.4 of the
// reference. Every test runs in both protocols.
#include "emulator/api/sqs_message_attribute.h"

#include "tests/support/api_world.h"
#include "tests/support/check_main.h"

#include <string.h>

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

static struct api_answer *send_with(int protocol, const char *attributes)
{
    return api_call(&world, protocol, "SendMessage",
                    "{'QueueUrl':'q','MessageBody':'m','MessageAttributes':{%s}}", attributes);
}

static const char *repeated(char byte, size_t count)
{
    char *bytes = arena_allocate(world.arena, count + 1);
    memset(bytes, byte, count);
    return bytes;
}

// A String attribute of this name.
static struct api_answer *send_named(int protocol, const char *name)
{
    return send_with(
        protocol,
        arena_print(world.arena, "'%s':{'DataType':'String','StringValue':'v'}", name).bytes);
}

START_TEST(digest_vectors)
{
    RULES("S-146");
    const struct {
        const char *attributes;
        const char *md5;
    } vectors[] = {
        {"'Foo':{'DataType':'String','StringValue':'Bar'}", "ae7155c6026991b6d54b11589678bf9c"},
        {"'k':{'DataType':'String','StringValue':'x'}", "a45daa70926828a2f0a1db3418e6feb4"},
        {"'MyAttribute':{'DataType':'String','StringValue':'foobar'}",
         "adb59cd4678ea5a855436b949cd07ab6"},
        {"'timestamp':{'DataType':'Number','StringValue':'1493147359900'}",
         "235c5c510d26fb653d073faed50ae77c"},
        {"'attr1':{'DataType':'Binary','BinaryValue':"
         "'dHJhY2VwYXJlbnQeMDAtNzc0MDYyZDZjMzcwODFhNWEwYjliNWI4OGUzMDYyN2MtMmQyNDgyMjExZjY0ODlkYS0w"
         "MQ=='}",
         "8cbe4db156db8a94db8b801b7addb984"},
        {"'color':{'DataType':'String','StringValue':'blue'}", "da1b33cc3cbfe8b1630921e78e6b9880"},
        // In any order.
        {"'count':{'DataType':'Number','StringValue':'3'},'color':{'DataType':'String',"
         "'StringValue':'blue'},'blob':{'DataType':'Binary','BinaryValue':'AQID'}",
         "d838729972a4b70e2d2acd9d59ac847c"},
        {"'Help.Me':{'DataType':'String','StringValue':'Me'},'Hello':{'DataType':'String',"
         "'StringValue':'There'},'General':{'DataType':'String','StringValue':'Kenobi'}",
         "4c360f3fdafd970e05fae2f149d997f5"},
        {"'a':{'DataType':'String','StringValue':'\u00e9'},'n':{'DataType':'Number.int',"
         "'StringValue':'7'}",
         "78a842e1fe609318f7b945c5c2caedfd"},
        {"'x':{'DataType':'String.custom','StringValue':'v'}", "d5dc132ea76f732e4df9beba92dee258"},
    };
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        struct api_answer *answer = send_with(_i, vectors[i].attributes);
        api_expect_ok(answer);
        api_expect_text(&world, answer, "MD5OfMessageAttributes", vectors[i].md5);
    }
}
END_TEST

// They are checked before anything is stored; in a batch, entry by entry.
START_TEST(attributes_are_checked_before_the_send)
{
    RULES("S-61");
    struct api_answer *answer = send_with(_i, "'a':{'DataType':'Text','StringValue':'v'}");
    ck_assert_int_eq(answer->status, 400);
    answer = api_call(&world, _i, "SendMessageBatch",
                      "{'QueueUrl':'q','Entries':[{'Id':'bad','MessageBody':'m',"
                      "'MessageAttributes':{'a':{'DataType':'Text','StringValue':'v'}}},"
                      "{'Id':'good','MessageBody':'m',"
                      "'MessageAttributes':{'a':{'DataType':'String','StringValue':'v'}}}]}");
    api_expect_text(&world, answer, "Failed.0.Id", "bad");
    api_expect_text(&world, answer, "Failed.0.Code", "InvalidParameterValue");
    api_expect_text(&world, answer, "Successful.0.Id", "good");
    ck_assert_str_eq(api_attribute(&world, "q", "ApproximateNumberOfMessages"), "1");
}
END_TEST

START_TEST(at_most_ten_attributes)
{
    RULES("S-153");
    cleanup(buffer_deinit) struct buffer attributes = {0};
    for (int i = 0; i < 11; i++) {
        buffer_print(&attributes, "%s'a%d':{'DataType':'String','StringValue':'v'}",
                     i > 0 ? "," : "", i);
        struct api_answer *answer =
            send_with(_i, arena_copy(world.arena, buffer_text(&attributes)).bytes);
        if (i < 10)
            api_expect_ok(answer);
        else
            api_expect_fault(answer, API_PARAMETER_VALUE,
                             "Number of message attributes [11] exceeds the allowed maximum [10].");
    }
}
END_TEST

START_TEST(names_taken)
{
    RULES("S-154");
    const char *const names[] = {
        "a", "A-_.z9", "attr.1\u00f8\u00df\u00e4", "a..b", "aws", "Amazonas", "\u65e5\u672c"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        api_expect_ok(send_named(_i, names[i]));
    api_expect_ok(send_named(_i, repeated('n', 256)));
}
END_TEST

START_TEST(names_refused)
{
    RULES("S-154 S-155");
    const struct {
        const char *name;
        const char *message;
    } cases[] = {
        {"", "The request must contain non-empty message (user) attribute names."},
        {"AWS.x", "You can't use message attribute names beginning with 'AWS.' or 'Amazon'. These "
                  "strings are reserved for internal use."},
        {"aMaZoN.x", "You can't use message attribute names beginning with 'AWS.' or 'Amazon'. "
                     "These strings are reserved for internal use."},
        {".a", "Message (user) attribute name must not begin with character '.'."},
        {"a.", "Message (user) attribute name must not end with character '.'."},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        api_expect_fault(send_named(_i, cases[i].name), API_PARAMETER_VALUE, cases[i].message);
    api_expect_fault(send_named(_i, repeated('n', 257)), API_PARAMETER_VALUE,
                     "Message (user) attribute name must be shorter than 256 bytes.");
    const char *const names[] = {"a!", "a\\u0022", "a\u00a7", "a(", "a?", "a b", "\u2603"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct api_answer *answer = send_named(_i, names[i]);
        ck_assert_msg(text_equal(answer->code, TEXT("InvalidParameterValue")), "%s", names[i]);
    }
}
END_TEST

START_TEST(types_taken_and_refused)
{
    RULES("S-156");
    const char *const taken[] = {"String", "String.custom", "String.", "String.a.b"};
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
        api_expect_ok(send_with(
            _i,
            arena_print(world.arena, "'X':{'DataType':'%s','StringValue':'v'}", taken[i]).bytes));
    const char *const refused[] = {"string", "Strings", "Text", "STRING.x", "String.\\u0001"};
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        api_expect_fault(
            send_with(
                _i, arena_print(world.arena, "'X':{'DataType':'%s','StringValue':'v'}", refused[i])
                        .bytes),
            API_PARAMETER_VALUE,
            "The type of message (user) attribute 'X' is invalid. You must use only the following "
            "supported type prefixes: Binary, Number, String.");
    struct text format = arena_print(world.arena, "'X':{'DataType':'String.%s','StringValue':'v'}",
                                     repeated('t', 250));
    struct api_answer *answer = send_with(_i, format.bytes);
    ck_assert_int_eq(answer->status, 400);
    format = arena_print(world.arena, "'X':{'DataType':'String.%s','StringValue':'v'}",
                         repeated('t', 249)); // 256 bytes
    api_expect_ok(send_with(_i, format.bytes));
    answer = send_with(_i, "'X':{'StringValue':'v'}");
    api_expect_fault(answer, API_PARAMETER_VALUE,
                     "The message (user) attribute 'X' must contain a non-empty message attribute "
                     "type.");
}
END_TEST

START_TEST(values_that_do_not_fit)
{
    RULES("S-157 S-158");
    const struct {
        const char *attribute;
        const char *message;
    } cases[] = {
        {"'ErrorDetails':{'DataType':'String','StringValue':''}",
         "Message (user) attribute 'ErrorDetails' must contain a non-empty value of type "
         "'String'."},
        {"'ErrorDetails':{'DataType':'String.x'}",
         "Message (user) attribute 'ErrorDetails' must contain a non-empty value of type "
         "'String'."},
        {"'B':{'DataType':'Binary','BinaryValue':''}",
         "Message (user) attribute 'B' must contain a non-empty value of type 'Binary'."},
        {"'X':{'DataType':'String','StringValue':'v','BinaryValue':'AQID'}",
         "Message (user) attribute 'X' must have a single value."},
        {"'X':{'DataType':'String','BinaryValue':'AQID'}",
         "Message (user) attribute 'X' with type 'String' must use field 'String'."},
        {"'X':{'DataType':'Binary','StringValue':'v'}",
         "Message (user) attribute 'X' with type 'Binary' must use field 'Binary'."},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        api_expect_fault(send_with(_i, cases[i].attribute), API_PARAMETER_VALUE, cases[i].message);
}
END_TEST

static struct api_answer *send_number(int protocol, const char *number)
{
    return send_with(
        protocol,
        arena_print(world.arena, "'Age':{'DataType':'Number','StringValue':'%s'}", number).bytes);
}

START_TEST(numbers_taken_and_refused)
{
    RULES("S-159");
    const char *const taken[] = {"0",
                                 "-1",
                                 "+1",
                                 "007",
                                 "3.50",
                                 "-0.001",
                                 "1e126",
                                 "1E-128",
                                 ".5",
                                 "5.",
                                 "1e+10",
                                 "0e9999",
                                 "12345678901234567890123456789012345678"};
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
        api_expect_ok(send_number(_i, taken[i]));
    const char *const refused[] = {"x",
                                   "1x",
                                   "--1",
                                   "1.2.3",
                                   "e5",
                                   "1e",
                                   "1e127",
                                   ".",
                                   "-",
                                   " 1",
                                   "1 ",
                                   "1e-129",
                                   "0x10",
                                   "NaN",
                                   "1e99999999999999999999",
                                   "1e+-5",
                                   "123456789012345678901234567890123456789"};
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        api_expect_fault(send_number(_i, refused[i]), API_PARAMETER_VALUE,
                         "Can't cast the value of message (user) attribute 'Age' to a number.");
}
END_TEST

// Nothing is trimmed, the digest is over the text sent.
START_TEST(numbers_stay_as_sent)
{
    RULES("S-159");
    api_expect_ok(send_number(_i, "007.50"));
    struct api_answer *answer =
        api_call(&world, _i, "ReceiveMessage", "{'QueueUrl':'q','MessageAttributeNames':['Age']}");
    api_expect_text(&world, answer, "Messages.0.MessageAttributes.Age.StringValue", "007.50");
    api_expect_text(&world, answer, "Messages.0.MessageAttributes.Age.DataType", "Number");
}
END_TEST

START_TEST(characters_of_a_value)
{
    RULES("S-160");
    struct api_answer *answer = send_with(_i, "'X':{'DataType':'String','StringValue':'a\\u0008'}");
    ck_assert(text_equal(answer->code, TEXT("InvalidParameterValue")));
    api_expect_ok(send_with(_i, "'X':{'DataType':'String','StringValue':'\\u00e9\\n\\t'}"));
}
END_TEST

START_TEST(list_values_are_unsupported)
{
    RULES("S-161");
    const char *const lists[] = {
        "'X':{'DataType':'String','StringListValues':['a']}",
        "'X':{'DataType':'Binary','BinaryListValues':['AQID']}",
        "'X':{'DataType':'String','StringValue':'v','StringListValues':['a']}",
    };
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        api_expect_fault(send_with(_i, lists[i]), 400,
                         "AWS.SimpleQueueService.UnsupportedOperation", "UnsupportedOperation",
                         "Message attribute list values in SendMessage operation are not "
                         "supported.");
    // Empty ones are what some SDKs send with every attribute.
    api_expect_ok(send_with(WIRE_JSON, "'X':{'DataType':'String','StringValue':'v',"
                                       "'StringListValues':[],'BinaryListValues':[]}"));
}
END_TEST

START_TEST(system_attributes_that_can_be_sent)
{
    RULES("S-162");
    const struct api_refusal refusals[] = {
        {"SendMessage",
         "{'QueueUrl':'q','MessageBody':'m','MessageSystemAttributes':{'X':{'DataType':'String',"
         "'StringValue':'v'}}}",
         API_PARAMETER_VALUE, "Message system attribute name 'X' is invalid."},
        {"SendMessage",
         "{'QueueUrl':'q','MessageBody':'m','MessageSystemAttributes':{'AWSTraceHeader':{"
         "'DataType':'Number','StringValue':'1'}}}",
         API_PARAMETER_VALUE,
         "The type of message system attribute 'AWSTraceHeader' is invalid. You must use only the "
         "following supported type: String."},
    };
    API_REFUSE(&world, _i, refusals);
}
END_TEST

// A name twice is one attribute: the last.
START_TEST(names_are_unique)
{
    struct api_answer *answer = api_post(
        &world, "/",
        TEXT("Action=SendMessage&QueueUrl=q&MessageBody=m&MessageAttribute.1.Name=k"
             "&MessageAttribute.1.Value.DataType=String&MessageAttribute.1.Value.StringValue=y"
             "&MessageAttribute.2.Name=k&MessageAttribute.2.Value.DataType=String"
             "&MessageAttribute.2.Value.StringValue=x"));
    api_expect_text(&world, answer, "MD5OfMessageAttributes", "a45daa70926828a2f0a1db3418e6feb4");
}
END_TEST

// ---- selection ----

static struct api_answer *receive_selected(int protocol, const char *names)
{
    return api_call(&world, protocol, "ReceiveMessage",
                    "{'QueueUrl':'q','VisibilityTimeout':0,'MessageAttributeNames':[%s]}", names);
}

static void send_three(void)
{
    api_expect_ok(
        send_with(WIRE_JSON,
                  "'Help.Me':{'DataType':'String','StringValue':'Me'},'Hello':{'DataType':'String',"
                  "'StringValue':'There'},'General':{'DataType':'String','StringValue':'Kenobi'}"));
}

START_TEST(selection_and_digest_of_the_selected)
{
    RULES("S-148 S-167");
    send_three();
    const struct {
        const char *names;
        const char *md5; // NULL: none is returned
    } cases[] = {
        {"'All'", "4c360f3fdafd970e05fae2f149d997f5"},
        {"'.*'", "4c360f3fdafd970e05fae2f149d997f5"},
        {"'*'", "4c360f3fdafd970e05fae2f149d997f5"},
        {"'Hello','General'", "fca026605781cb4126a1e9044df24232"},
        {"'Hello'", "a311262e065454b75da111d535b8dacd"},
        {"'Hel.*'", "83fee93c1bcd8b9a5a923ffacdc636c7"},
        {"'Help'", NULL},
        {"'hello'", NULL},
        {"'AWS.','..foo'", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct api_answer *answer = receive_selected(_i, cases[i].names);
        api_expect_ok(answer);
        api_expect_text(&world, answer, "Messages.0.MD5OfMessageAttributes", cases[i].md5);
        if (cases[i].md5 == NULL)
            api_expect_text(&world, answer, "Messages.0.MessageAttributes", NULL);
    }
}
END_TEST

START_TEST(none_are_returned_without_names)
{
    RULES("S-168 sqs-mistake-7");
    send_three();
    struct api_answer *answer = api_call(&world, _i, "ReceiveMessage",
                                         "{'QueueUrl':'q','MessageSystemAttributeNames':['All']}");
    api_expect_text(&world, answer, "Messages.0.MessageAttributes", NULL);
    api_expect_text(&world, answer, "Messages.0.MD5OfMessageAttributes", NULL);
}
END_TEST

// DataType and one value.
START_TEST(a_returned_value_has_its_type_and_one_value)
{
    RULES("S-169");
    api_expect_ok(send_with(_i, "'B':{'DataType':'Binary.gif','BinaryValue':'AQID'},"
                                "'S':{'DataType':'String.x','StringValue':'v'}"));
    struct api_answer *answer = receive_selected(_i, "'All'");
    api_expect_text(&world, answer, "Messages.0.MessageAttributes.B",
                    "{\"BinaryValue\":\"AQID\",\"DataType\":\"Binary.gif\"}");
    api_expect_text(&world, answer, "Messages.0.MessageAttributes.S",
                    "{\"StringValue\":\"v\",\"DataType\":\"String.x\"}");
}
END_TEST

static Suite *sqs_message_attribute_suite(void)
{
    Suite *suite = suite_create("sqs_message_attribute");
    TCase *rules = tcase_create("rules");
    tcase_add_checked_fixture(rules, begin, end);
    tcase_add_loop_test(rules, digest_vectors, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, attributes_are_checked_before_the_send, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, at_most_ten_attributes, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, names_taken, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, names_refused, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, types_taken_and_refused, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, values_that_do_not_fit, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, numbers_taken_and_refused, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, numbers_stay_as_sent, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, characters_of_a_value, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, list_values_are_unsupported, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, system_attributes_that_can_be_sent, 0, API_PROTOCOLS);
    tcase_add_test(rules, names_are_unique);
    tcase_add_loop_test(rules, selection_and_digest_of_the_selected, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, none_are_returned_without_names, 0, API_PROTOCOLS);
    tcase_add_loop_test(rules, a_returned_value_has_its_type_and_one_value, 0, API_PROTOCOLS);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(sqs_message_attribute_suite)
