// event -- the JSON that the function receives, appended piece by piece; no tree is ever built.
//
// The body goes through byte for byte, only escaped (L-90). What differs from what was sent are
// numbers among the message attributes, which Lambda normalises, and so the digest, which is over
// what is delivered (L-98, L-99).
#include "esm/event.h"

#include "esm/json.h"

#include <inttypes.h>

#define EXPONENT_MAX 200 // beyond SQS's 10^126 and 10^-128 nothing is written out

// ---- numbers ----

// A decimal number taken apart: 0.DIGITS * 10^point, where DIGITS are the integer's and the
// fraction's in one run.
struct decimal {
    bool negative;
    struct text integer;
    struct text fraction;
    int64_t exponent;
};

static struct text take_digits(struct text *rest)
{
    size_t count = 0;
    while (count < rest->length && rest->bytes[count] >= '0' && rest->bytes[count] <= '9')
        count++;
    struct text digits = text_head(*rest, count);
    *rest = text_skip(*rest, count);
    return digits;
}

static bool take_byte(struct text *rest, char one, char other)
{
    if (rest->length == 0 || (rest->bytes[0] != one && rest->bytes[0] != other))
        return false;
    *rest = text_skip(*rest, 1);
    return true;
}

static bool decimal_parse(struct text number, struct decimal *ret_decimal)
{
    struct decimal decimal = {0};
    struct text rest = number;
    decimal.negative = take_byte(&rest, '-', '-');
    if (!decimal.negative)
        take_byte(&rest, '+', '+');
    decimal.integer = take_digits(&rest);
    if (take_byte(&rest, '.', '.'))
        decimal.fraction = take_digits(&rest);
    if (decimal.integer.length + decimal.fraction.length == 0)
        return false;
    if (take_byte(&rest, 'e', 'E')) {
        bool down = take_byte(&rest, '-', '-');
        if (!down)
            take_byte(&rest, '+', '+');
        struct text digits = take_digits(&rest);
        if (!text_to_integer(digits, &decimal.exponent) || decimal.exponent > EXPONENT_MAX)
            return false;
        if (down)
            decimal.exponent = -decimal.exponent;
    }
    if (rest.length != 0)
        return false;
    *ret_decimal = decimal;
    return true;
}

static void append_zeros(struct buffer *buffer, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        buffer_append_byte(buffer, '0');
}

void number_append_normalised(struct buffer *buffer, struct text number)
{
    struct decimal decimal;
    if (!decimal_parse(number, &decimal)) {
        buffer_append(buffer, number);
        return;
    }
    cleanup(buffer_deinit) struct buffer run = {0};
    buffer_append(&run, decimal.integer);
    buffer_append(&run, decimal.fraction);
    struct text digits = buffer_text(&run);
    int64_t point = (int64_t)decimal.integer.length + decimal.exponent; // digits before the point
    while (digits.length > 0 && digits.bytes[0] == '0') {
        digits = text_skip(digits, 1);
        point--;
    }
    while (digits.length > 0 && digits.bytes[digits.length - 1] == '0')
        digits.length--;
    if (digits.length == 0) {
        buffer_append_byte(buffer, '0');
        return;
    }
    if (decimal.negative)
        buffer_append_byte(buffer, '-');
    if (point <= 0) {
        buffer_append(buffer, TEXT("0."));
        append_zeros(buffer, -point);
        buffer_append(buffer, digits);
    } else if ((uint64_t)point >= digits.length) {
        buffer_append(buffer, digits);
        append_zeros(buffer, point - (int64_t)digits.length);
    } else {
        buffer_append(buffer, text_head(digits, (size_t)point));
        buffer_append_byte(buffer, '.');
        buffer_append(buffer, text_skip(digits, (size_t)point));
    }
}

static bool attribute_is_number(const struct message_attribute *attribute)
{
    return text_equal(attribute->data_type, TEXT("Number")) ||
           text_starts_with(attribute->data_type, TEXT("Number."));
}

// ---- records ----

// The names of a record are always the same, so they are written as they stand in it: looking at each for what must be escaped
// would be a third of the whole event's price.
static void append_member(struct buffer *buffer, struct text name, struct text value)
{
    buffer_append(buffer, name);
    json_append_string(buffer, value);
}

// Integers travel as strings here (L-91).
static void append_decimal_string(struct buffer *buffer, struct text name, int64_t value)
{
    buffer_append(buffer, name);
    buffer_append_byte(buffer, '"');
    buffer_append_integer(buffer, value);
    buffer_append_byte(buffer, '"');
}

static void append_if_set(struct buffer *buffer, struct text name, struct text value)
{
    if (value.length > 0)
        append_member(buffer, name, value);
}

static void append_system_attributes(struct buffer *buffer, const struct delivery *delivery,
                                     bool fifo)
{
    append_decimal_string(buffer, TEXT("{\"ApproximateReceiveCount\":"), delivery->receive_count);
    append_if_set(buffer, TEXT(",\"AWSTraceHeader\":"), delivery->trace_header);
    append_decimal_string(buffer, TEXT(",\"SentTimestamp\":"), delivery->sent_at_ms);
    if (fifo)
        buffer_print(buffer, ",\"SequenceNumber\":\"%020" PRIu64 "\"", delivery->sequence);
    append_if_set(buffer, TEXT(",\"MessageGroupId\":"), delivery->group_id);
    append_member(buffer, TEXT(",\"SenderId\":"), delivery->sender_id);
    if (fifo)
        append_member(buffer, TEXT(",\"MessageDeduplicationId\":"), delivery->deduplication_id);
    append_decimal_string(buffer, TEXT(",\"ApproximateFirstReceiveTimestamp\":"),
                          delivery->first_received_at_ms);
    append_if_set(buffer, TEXT(",\"DeadLetterQueueSourceArn\":"), delivery->dead_letter_source);
    buffer_append_byte(buffer, '}');
}

static void append_message_attribute(struct buffer *buffer,
                                     const struct message_attribute *attribute)
{
    json_append_name(buffer, attribute->name);
    buffer_append_byte(buffer, '{');
    if (attribute_is_binary(attribute)) {
        json_append_name(buffer, TEXT("binaryValue"));
        buffer_append_byte(buffer, '"');
        buffer_append_base64(buffer, attribute->value.bytes, attribute->value.length);
        buffer_append_byte(buffer, '"');
    } else {
        json_append_member_string(buffer, TEXT("stringValue"), attribute->value);
    }
    buffer_append(buffer, TEXT(",\"stringListValues\":[],\"binaryListValues\":[]"));
    json_append_member_string(buffer, TEXT("dataType"), attribute->data_type);
    buffer_append_byte(buffer, '}');
}

// The attributes as they are delivered. The normalised numbers live in numbers, one after the
// other.
static size_t attributes_deliver(struct text packed,
                                 struct message_attribute delivered[ATTRIBUTES_MAX],
                                 struct buffer *numbers)
{
    size_t count = attributes_unpack(packed, delivered);
    attributes_sort(delivered, count);
    size_t ends[ATTRIBUTES_MAX] = {0};
    for (size_t i = 0; i < count; i++) {
        if (attribute_is_number(&delivered[i]))
            number_append_normalised(numbers, delivered[i].value);
        ends[i] = numbers->length;
    }
    // Only now, because the buffer has stopped moving.
    for (size_t i = 0; i < count; i++) {
        size_t begin = i == 0 ? 0 : ends[i - 1];
        if (attribute_is_number(&delivered[i]))
            delivered[i].value = text_from(numbers->bytes + begin, ends[i] - begin);
    }
    return count;
}

static void append_message_attributes(struct buffer *buffer, struct text packed)
{
    cleanup(buffer_deinit) struct buffer numbers = {0};
    struct message_attribute delivered[ATTRIBUTES_MAX];
    size_t count = attributes_deliver(packed, delivered, &numbers);
    buffer_append(buffer, TEXT(",\"messageAttributes\":{"));
    for (size_t i = 0; i < count; i++)
        append_message_attribute(buffer, &delivered[i]);
    buffer_append_byte(buffer, '}');
    if (count == 0)
        return;
    char digest[MD5_HEX_BYTES];
    attributes_digest_hex(delivered, count, digest);
    append_member(buffer, TEXT(",\"md5OfMessageAttributes\":"), text_from(digest, sizeof(digest)));
}

void event_begin(struct buffer *buffer)
{
    buffer_append(buffer, TEXT("{\"Records\":["));
}

void event_append_record(struct buffer *buffer, const struct delivery *delivery,
                         struct text queue_arn, struct text region, bool fifo)
{
    if (buffer->length > 0 && buffer->bytes[buffer->length - 1] == '}')
        buffer_append_byte(buffer, ',');
    append_member(buffer, TEXT("{\"messageId\":"), delivery->message_id);
    append_member(buffer, TEXT(",\"receiptHandle\":"), delivery->receipt);
    append_member(buffer, TEXT(",\"body\":"), delivery->body);
    buffer_append(buffer, TEXT(",\"attributes\":"));
    append_system_attributes(buffer, delivery, fifo);
    append_message_attributes(buffer, delivery->attributes);
    append_member(buffer, TEXT(",\"md5OfBody\":"), delivery->body_md5);
    append_member(buffer, TEXT(",\"eventSource\":\"aws:sqs\",\"eventSourceARN\":"), queue_arn);
    append_member(buffer, TEXT(",\"awsRegion\":"), region);
    buffer_append_byte(buffer, '}');
}

void event_end(struct buffer *buffer)
{
    buffer_append(buffer, TEXT("]}"));
}
