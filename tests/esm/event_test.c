// event -- the golden record (L-107) compared as parsed JSON (L-100), numbers, digests, what is
// present when.
#include "esm/event.h"

#include "esm/json.h"
#include "tests/support/check_main.h"

#define ARN TEXT("arn:aws:sqs:us-east-1:000000000000:orders.fifo")

static struct delivery golden_delivery(void)
{
    return (struct delivery){
        .message_id = TEXT("6d8d4b0a-0b0e-4c58-9a0a-3e7f1f6a2b11"),
        .receipt = TEXT("AQEBxyz=="),
        .body = TEXT("{\"orderId\": 7}"),
        .body_md5 = TEXT("fedcba9876543210fedcba9876543210"),
        .sender_id = TEXT("AROAEXAMPLE:ci"),
        .group_id = TEXT("g1"),
        .deduplication_id = TEXT("d-7"),
        .sequence = 1889000000000000000ULL,
        .sent_at_ms = 1790000000123,
        .first_received_at_ms = 1790000000456,
        .receive_count = 2,
    };
}

static cJSON *event_of(const struct delivery *delivery, bool fifo)
{
    cleanup(buffer_deinit) struct buffer buffer = {0};
    event_begin(&buffer);
    event_append_record(&buffer, delivery, ARN, TEXT("us-east-1"), fifo);
    event_end(&buffer);
    cJSON *event = json_parse(buffer_text(&buffer), NULL);
    ck_assert_ptr_nonnull(event);
    return event;
}

static const cJSON *record_of(const cJSON *event, int at)
{
    return cJSON_GetArrayItem(json_member(event, "Records"), at);
}

START_TEST(a_fifo_record_with_attributes_has_the_golden_shape)
{
    RULES("L-90 L-92 L-97 L-107 lambda-mistake-15 lambda-mistake-18");
    struct message_attribute attributes[] = {
        {TEXT("kind"), TEXT("String"), TEXT("new")},
        {TEXT("blob"), TEXT("Binary"), TEXT("\x00\x01\x02")},
    };
    attributes_sort(attributes, 2);
    cleanup(buffer_deinit) struct buffer packed = {0};
    attributes_pack(&packed, attributes, 2);
    char digest[MD5_HEX_BYTES + 1] = {0};
    attributes_digest_hex(attributes, 2, digest);

    struct delivery delivery = golden_delivery();
    delivery.attributes = buffer_text(&packed);
    cleanup(json_tree_free) cJSON *event = event_of(&delivery, true);
    cleanup(buffer_deinit) struct buffer expected = {0};
    buffer_print(
        &expected,
        "{\"Records\":[{\"messageId\":\"6d8d4b0a-0b0e-4c58-9a0a-3e7f1f6a2b11\","
        "\"receiptHandle\":\"AQEBxyz==\",\"body\":\"{\\\"orderId\\\": 7}\","
        "\"attributes\":{\"ApproximateReceiveCount\":\"2\",\"SentTimestamp\":\"1790000000123\","
        "\"SequenceNumber\":\"01889000000000000000\",\"MessageGroupId\":\"g1\","
        "\"SenderId\":\"AROAEXAMPLE:ci\",\"MessageDeduplicationId\":\"d-7\","
        "\"ApproximateFirstReceiveTimestamp\":\"1790000000456\"},"
        "\"messageAttributes\":{\"kind\":{\"stringValue\":\"new\",\"stringListValues\":[],"
        "\"binaryListValues\":[],\"dataType\":\"String\"},\"blob\":{\"binaryValue\":\"AAEC\","
        "\"stringListValues\":[],\"binaryListValues\":[],\"dataType\":\"Binary\"}},"
        "\"md5OfMessageAttributes\":\"%s\",\"md5OfBody\":\"fedcba9876543210fedcba9876543210\","
        "\"eventSource\":\"aws:sqs\",\"eventSourceARN\":\"arn:aws:sqs:us-east-1:000000000000:"
        "orders.fifo\","
        "\"awsRegion\":\"us-east-1\"}]}",
        digest);
    cleanup(json_tree_free) cJSON *golden = json_parse(buffer_text(&expected), NULL);
    ck_assert_ptr_nonnull(golden);
    ck_assert(cJSON_Compare(event, golden, true));
}
END_TEST

START_TEST(a_standard_record_has_only_what_exists)
{
    RULES("L-91 L-93 L-94 L-97 L-99");
    struct delivery delivery = golden_delivery();
    delivery.group_id = delivery.deduplication_id = TEXT("");
    cleanup(json_tree_free) cJSON *event = event_of(&delivery, false);
    const cJSON *record = record_of(event, 0);
    ck_assert_int_eq(cJSON_GetArraySize(json_member(record, "attributes")), 4);
    ck_assert_int_eq(cJSON_GetArraySize(json_member(record, "messageAttributes")), 0);
    ck_assert(cJSON_IsObject(json_member(record, "messageAttributes")));
    ck_assert_ptr_null(json_member(record, "md5OfMessageAttributes"));
    const cJSON *value;
    cJSON_ArrayForEach(value, json_member(record, "attributes")) ck_assert(cJSON_IsString(value));
}
END_TEST

START_TEST(optional_attributes_are_there_when_they_exist)
{
    RULES("L-93");
    struct delivery delivery = golden_delivery();
    delivery.trace_header = TEXT("Root=1-5759e988-bd862e3fe1be46a994272793");
    delivery.dead_letter_source = TEXT("arn:aws:sqs:us-east-1:000000000000:source");
    cleanup(json_tree_free) cJSON *event = event_of(&delivery, false);
    const cJSON *attributes = json_member(record_of(event, 0), "attributes");
    ck_assert_str_eq(json_member_text(attributes, "MessageGroupId").bytes, "g1"); // fair queues
    ck_assert_ptr_null(json_member(attributes, "SequenceNumber"));
    ck_assert_ptr_null(json_member(attributes, "MessageDeduplicationId"));
    ck_assert_str_eq(json_member_text(attributes, "AWSTraceHeader").bytes,
                     "Root=1-5759e988-bd862e3fe1be46a994272793");
    ck_assert_str_eq(json_member_text(attributes, "DeadLetterQueueSourceArn").bytes,
                     "arn:aws:sqs:us-east-1:000000000000:source");
}
END_TEST

START_TEST(records_are_separated_by_commas)
{
    struct delivery delivery = golden_delivery();
    cleanup(buffer_deinit) struct buffer buffer = {0};
    event_begin(&buffer);
    for (int i = 0; i < 3; i++)
        event_append_record(&buffer, &delivery, ARN, TEXT("us-east-1"), true);
    event_end(&buffer);
    cleanup(json_tree_free) cJSON *event = json_parse(buffer_text(&buffer), NULL);
    ck_assert_int_eq(cJSON_GetArraySize(json_member(event, "Records")), 3);
}
END_TEST

START_TEST(a_body_survives_byte_for_byte)
{
    RULES("L-90 L-106 L-188 lambda-mistake-19");
    static const char *const bodies[] = {"{ \"a\" : 1.0 }", "\t\r\n\"\\/",
                                         "\xE2\x80\xA8\xE2\x80\xA9\xEF\xBF\xBD",
                                         "gr\xC3\xBC\xC3\x9F", "\xF0\x9F\x8D\xA3 12345678\x7f"};
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct delivery delivery = golden_delivery();
        delivery.body = text_of(bodies[i]);
        cleanup(json_tree_free) cJSON *event = event_of(&delivery, true);
        ck_assert_str_eq(json_member_text(record_of(event, 0), "body").bytes, bodies[i]);
    }
}
END_TEST

START_TEST(numbers_are_normalised)
{
    RULES("L-98");
    static const char *const pairs[][2] = {
        {"0012.3400", "12.34"},
        {"0", "0"},
        {"000", "0"},
        {"-0.0", "0"},
        {"+5", "5"},
        {".5", "0.5"},
        {"5.", "5"},
        {"100", "100"},
        {"1e3", "1000"},
        {"1.25E-3", "0.00125"},
        {"-12.50", "-12.5"},
        {"12.5e1", "125"},
        {"1.234e1", "12.34"},
        {"0.000", "0"},
        {"1e-1", "0.1"},
        {"12345678901234567890123456789012345678", "12345678901234567890123456789012345678"},
        {"abc", "abc"},
        {"", ""},
        {"1e", "1e"},
        {"1e999", "1e999"},
        {"1 ", "1 "},
        {"-", "-"},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        cleanup(buffer_deinit) struct buffer buffer = {0};
        number_append_normalised(&buffer, text_of(pairs[i][0]));
        buffer_append_byte(&buffer, '\0');
        ck_assert_str_eq(buffer.bytes, pairs[i][1]);
    }
}
END_TEST

START_TEST(the_digest_is_over_the_delivered_numbers)
{
    RULES("L-98 L-99");
    struct message_attribute sent[] = {
        {TEXT("age"), TEXT("Number.int"), TEXT("0012.3400")},
        {TEXT("name"), TEXT("String"), TEXT("0012.3400")},
        {TEXT("price"), TEXT("Number"), TEXT("1.50")},
    };
    cleanup(buffer_deinit) struct buffer packed = {0};
    attributes_pack(&packed, sent, 3);
    struct delivery delivery = golden_delivery();
    delivery.attributes = buffer_text(&packed);
    cleanup(json_tree_free) cJSON *event = event_of(&delivery, true);
    const cJSON *record = record_of(event, 0);
    const cJSON *attributes = json_member(record, "messageAttributes");
    ck_assert_str_eq(json_member_text(json_member(attributes, "age"), "stringValue").bytes,
                     "12.34");
    ck_assert_str_eq(json_member_text(json_member(attributes, "age"), "dataType").bytes,
                     "Number.int");
    ck_assert_str_eq(json_member_text(json_member(attributes, "name"), "stringValue").bytes,
                     "0012.3400");
    ck_assert_str_eq(json_member_text(json_member(attributes, "price"), "stringValue").bytes,
                     "1.5");
    sent[0].value = TEXT("12.34");
    sent[2].value = TEXT("1.5");
    char digest[MD5_HEX_BYTES + 1] = {0};
    attributes_digest_hex(sent, 3, digest);
    ck_assert_str_eq(json_member_text(record, "md5OfMessageAttributes").bytes, digest);
}
END_TEST

static Suite *event_suite(void)
{
    Suite *suite = suite_create("event");
    TCase *rules = tcase_create("rules");
    tcase_add_test(rules, a_fifo_record_with_attributes_has_the_golden_shape);
    tcase_add_test(rules, a_standard_record_has_only_what_exists);
    tcase_add_test(rules, optional_attributes_are_there_when_they_exist);
    tcase_add_test(rules, records_are_separated_by_commas);
    tcase_add_test(rules, a_body_survives_byte_for_byte);
    tcase_add_test(rules, numbers_are_normalised);
    tcase_add_test(rules, the_digest_is_over_the_delivered_numbers);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(event_suite)
