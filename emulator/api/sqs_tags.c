// sqs_tags -- TagQueue, UntagQueue, ListQueueTags, and the tags of CreateQueue (S-138, S-139).
//
// The engine keeps a queue's tags as one list and replaces it as a whole; so each action reads the
// list, makes the new one, and gives it back.
#include "emulator/api/sqs_tags.h"

#include "emulator/api/character.h"
#include "emulator/api/sqs_handlers.h"
#include "emulator/world.h"
#include "queue/base/utf8.h"

#include <string.h>

#define KEY_CHARACTERS_MAX 128
#define VALUE_CHARACTERS_MAX 256

static bool is_key_character(uint32_t code_point)
{
    return character_is_letter_or_digit(code_point) || code_point == ' ' ||
           (code_point < 0x80 && code_point > 0 && strchr("_.:/=+-@", (int)code_point) != NULL);
}

static bool has_key_characters(struct text key)
{
    size_t length;
    for (size_t at = 0; at < key.length; at += length) {
        if (!is_key_character(character_at(key.bytes + at, &length)))
            return false;
    }
    return true;
}

static struct fault key_length_fault(void)
{
    return fault_with(FAULT_PARAMETER_VALUE,
                      TEXT("Tag keys must be between 1 and 128 characters in length."));
}

static bool has_key_length(struct text key)
{
    return key.length > 0 && utf8_count(key) <= KEY_CHARACTERS_MAX;
}

static struct fault check_tag(const struct text_pair *tag)
{
    if (!has_key_length(tag->name))
        return key_length_fault();
    if (!has_key_characters(tag->name))
        return fault_with(FAULT_PARAMETER_VALUE,
                          TEXT("Tag keys may only contain unicode letters, digits, whitespace, or "
                               "one of these symbols: _ . : / = + - @"));
    if (text_equal_ignoring_case(text_head(tag->name, 4), TEXT("aws:")))
        return fault_with(FAULT_PARAMETER_VALUE,
                          TEXT("Tag keys must not begin with aws:, which is reserved."));
    if (utf8_count(tag->value) > VALUE_CHARACTERS_MAX)
        return fault_with(FAULT_PARAMETER_VALUE,
                          TEXT("Tag values must be between 0 and 256 characters in length."));
    return FAULT_NO;
}

// The place of a key in the list, or count.
static size_t place_of(const struct queue_tag *tags, size_t count, struct text key)
{
    size_t at = 0;
    while (at < count && !text_equal(tags[at].key, key))
        at++;
    return at;
}

struct fault tags_add(struct sqs_call *call, const struct queue *queue, struct text queue_name,
                      const struct pair_list *given, struct queue_tag ret_tags[QUEUE_TAGS_MAX],
                      size_t *ret_count)
{
    size_t count = 0;
    const struct queue_tag *present = queue != NULL ? queue_tags(queue, &count) : NULL;
    for (size_t i = 0; i < count; i++)
        ret_tags[i] = present[i];
    for (size_t i = 0; i < given->count; i++) {
        struct fault fault = check_tag(&given->items[i]);
        if (fault.kind != FAULT_NONE)
            return fault;
        size_t at = place_of(ret_tags, count, given->items[i].name);
        if (at == QUEUE_TAGS_MAX)
            return fault_print(call->arena, FAULT_PARAMETER_VALUE,
                               "Too many tags added for queue %.*s.", TEXT_ARGUMENTS(queue_name));
        ret_tags[at] = (struct queue_tag){given->items[i].name, given->items[i].value};
        count += at == count;
    }
    *ret_count = count;
    return FAULT_NO;
}

struct fault sqs_tag_queue(struct sqs_call *call)
{
    const struct tag_queue_input *input = call->input;
    if (input->tags.count == 0)
        return fault_with(FAULT_PARAMETER_MISSING,
                          TEXT("The request must contain the parameter Tags."));
    struct queue_tag tags[QUEUE_TAGS_MAX];
    size_t count = 0;
    struct fault fault =
        tags_add(call, call->queue, queue_key(call->queue)->name, &input->tags, tags, &count);
    if (fault.kind == FAULT_NONE)
        engine_set_tags(call->world->engine, call->queue, tags, count);
    return fault;
}

static bool is_listed(const struct text_list *keys, struct text key)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (text_equal(keys->items[i], key))
            return true;
    }
    return false;
}

struct fault sqs_untag_queue(struct sqs_call *call)
{
    const struct untag_queue_input *input = call->input;
    if (input->keys.count == 0)
        return key_length_fault();
    for (size_t i = 0; i < input->keys.count; i++) {
        if (!has_key_length(input->keys.items[i]))
            return key_length_fault();
    }
    size_t present_count;
    const struct queue_tag *present = queue_tags(call->queue, &present_count);
    struct queue_tag tags[QUEUE_TAGS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < present_count; i++) {
        if (!is_listed(&input->keys, present[i].key))
            tags[count++] = present[i];
    }
    engine_set_tags(call->world->engine, call->queue, tags, count);
    return FAULT_NO;
}

struct fault sqs_list_queue_tags(struct sqs_call *call)
{
    struct list_tags_output *output = call->output;
    size_t count;
    const struct queue_tag *tags = queue_tags(call->queue, &count);
    struct text_pair *pairs = arena_new_array(call->arena, struct text_pair, count);
    for (size_t i = 0; i < count; i++)
        pairs[i] = (struct text_pair){.name = tags[i].key, .value = tags[i].value};
    output->tags = (struct pair_list){.items = pairs, .count = count, .present = true};
    return FAULT_NO;
}
