// message_attributes_fuzz -- attributes that pass the checks can be packed, unpacked, digested and delivered; a number that is
// delivered is a number. Input: fields of a length byte and so many bytes, in turn name, type and value (odd lengths: binary).
#include "emulator/api/sqs_message_attribute.h"
#include "esm/event.h"
#include "esm/json.h"
#include "queue/base/utf8.h"
#include "tests/fuzz/target.h"

#include <assert.h>

#define GIVEN_MAX 12

static struct text take_field(const uint8_t **at, const uint8_t *end)
{
    if (*at == end)
        return (struct text){0};
    size_t length = *(*at)++;
    size_t left = (size_t)(end - *at);
    struct text field = text_from((const char *)*at, length < left ? length : left);
    *at += field.length;
    return field;
}

static void check_packed(struct arena *arena, const struct checked_attributes *checked)
{
    cleanup(buffer_deinit) struct buffer packed = {0};
    struct message_attribute unpacked[ATTRIBUTES_MAX];
    attributes_pack(&packed, checked->items, checked->count);
    if (checked->count == 0) {
        assert(packed.length == 0);
        return;
    }
    size_t count = attributes_unpack(buffer_text(&packed), unpacked);
    assert(count == checked->count);
    for (size_t i = 0; i < count; i++) {
        assert(text_equal(unpacked[i].name, checked->items[i].name));
        assert(text_equal(unpacked[i].data_type, checked->items[i].data_type));
        assert(text_equal(unpacked[i].value, checked->items[i].value));
        assert(i == 0 || text_compare(unpacked[i - 1].name, unpacked[i].name) < 0);
    }
    struct text digest = message_attributes_md5(arena, unpacked, count);
    assert(digest.length == MD5_HEX_BYTES);
}

static void check_event(const struct checked_attributes *checked)
{
    cleanup(buffer_deinit) struct buffer packed = {0};
    cleanup(buffer_deinit) struct buffer event = {0};
    attributes_pack(&packed, checked->items, checked->count);
    struct delivery delivery = {
        .message_id = TEXT("11111111-1111-4111-8111-111111111111"),
        .receipt = TEXT("r"),
        .body = TEXT("b"),
        .body_md5 = TEXT("92eb5ffee6ae2fec3ad71c777531578f"),
        .attributes = buffer_text(&packed),
        .sender_id = TEXT("AIDA"),
        .receive_count = 1,
    };
    event_begin(&event);
    event_append_record(&event, &delivery, TEXT("arn:aws:sqs:us-east-1:000000000000:q"),
                        TEXT("us-east-1"), false);
    event_end(&event);
    cleanup(json_tree_free) cJSON *tree = json_parse(buffer_text(&event), NULL);
    assert(tree != NULL);
}

static void check_numbers(const struct checked_attributes *checked)
{
    for (size_t i = 0; i < checked->count; i++) {
        cleanup(buffer_deinit) struct buffer once = {0};
        cleanup(buffer_deinit) struct buffer twice = {0};
        if (!text_starts_with(checked->items[i].data_type, TEXT("Number")))
            continue;
        number_append_normalised(&once, checked->items[i].value);
        number_append_normalised(&twice, buffer_text(&once));
        assert(once.length > 0 && text_equal(buffer_text(&once), buffer_text(&twice)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const uint8_t *end = bytes + length;
    struct attribute_value values[GIVEN_MAX] = {0};
    size_t count = 0;
    while (bytes < end && count < GIVEN_MAX) {
        struct attribute_value *value = &values[count++];
        value->name = take_field(&bytes, end);
        value->data_type = take_field(&bytes, end);
        struct text content = take_field(&bytes, end);
        // The walkers let only UTF-8 through.
        if (!utf8_is_valid(value->name) || !utf8_is_valid(value->data_type))
            return 0;
        if (content.length % 2 != 0 || !utf8_is_valid(content))
            value->binary_value = content;
        else
            value->string_value = content;
    }
    struct structure_list list = {.items = values, .count = count, .present = count > 0};
    cleanup(arena_free) struct arena *arena = arena_new();
    struct checked_attributes checked = {0};
    if (message_attributes_check(arena, &list, &checked).kind != FAULT_NONE)
        return 0;
    assert(checked.count <= ATTRIBUTES_MAX);
    check_packed(arena, &checked);
    check_event(&checked);
    check_numbers(&checked);
    return 0;
}
