// sqs_queue -- the actions on queues as a whole: create, find, list, delete, purge.
#include "emulator/api/sqs_attributes.h"
#include "emulator/api/sqs_handlers.h"
#include "emulator/api/sqs_hint.h"
#include "emulator/api/sqs_tags.h"
#include "emulator/world.h"
#include "queue/base/digest.h"

#define NAME_BYTES_MAX 80
#define RESULTS_MAX 1000
#define STRICT_WAIT_MS 60000
#define TOKEN_PREFIX "after:"

static bool is_name_text(struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.bytes[i];
        bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        bool digit = byte >= '0' && byte <= '9';
        if (!letter && !digit && byte != '-' && byte != '_')
            return false;
    }
    return text.length > 0;
}

static struct fault check_name_given(struct text name)
{
    if (name.length > 0)
        return FAULT_NO;
    return fault_with(FAULT_PARAMETER_VALUE,
                      TEXT("Value for parameter QueueName is invalid. Reason: Must specify a queue "
                           "name."));
}

// S-108 to S-110: the suffix does not make a queue FIFO, the attribute does.
static struct fault check_name(struct text name, bool fifo)
{
    if (name.bytes == NULL)
        return check_name_given(name);
    if (name.length == 0) // Others who transcribed AWS have this text of its own.
        return fault_with(FAULT_PARAMETER_VALUE, TEXT("Queue name cannot be empty"));
    bool short_enough = name.length <= NAME_BYTES_MAX;
    struct text suffix = TEXT(".fifo");
    if (!fifo && !(short_enough && is_name_text(name)))
        return fault_with(FAULT_PARAMETER_VALUE,
                          TEXT("Can only include alphanumeric characters, hyphens, or underscores. "
                               "1 to 80 in length"));
    bool fifo_name =
        text_ends_with(name, suffix) && is_name_text(text_head(name, name.length - suffix.length));
    if (fifo && !(short_enough && fifo_name))
        return fault_with(FAULT_PARAMETER_VALUE,
                          TEXT("The name of a FIFO queue can only include alphanumeric characters, "
                               "hyphens, or underscores, must end with .fifo suffix and be 1 to 80 "
                               "in length."));
    return FAULT_NO;
}

static bool is_within_strict_wait(const struct sqs_call *call, int64_t since_ms)
{
    return call->world->options->strict_waits && since_ms > 0 &&
           sqs_now_ms(call) < since_ms + STRICT_WAIT_MS;
}

// The queue is there already: all that was asked for must be as it is now (S-113).
static struct fault check_same(struct sqs_call *call, const struct queue *queue,
                               const struct queue_settings *wanted)
{
    const struct create_queue_input *input = call->input;
    struct text name =
        attributes_first_difference(call->arena, &input->attributes, wanted, queue_settings(queue));
    if (name.length == 0)
        return FAULT_NO;
    return fault_print(call->arena, FAULT_QUEUE_NAME_EXISTS,
                       "A queue already exists with the same name and a different value for "
                       "attribute %.*s",
                       TEXT_ARGUMENTS(name));
}

struct fault sqs_create_queue(struct sqs_call *call)
{
    const struct create_queue_input *input = call->input;
    struct queue_url_output *output = call->output;
    struct engine *engine = call->world->engine;
    struct queue_settings settings;
    settings_init(&settings);
    struct fault fault = attributes_read_fifo(call, &input->attributes, &settings.fifo);
    if (fault.kind == FAULT_NONE)
        fault = check_name(input->queue_name, settings.fifo);
    struct queue_key key = sqs_queue_key(call, TEXT(""), input->queue_name);
    if (fault.kind == FAULT_NONE)
        fault = attributes_apply(call, &input->attributes, &key, &settings);
    if (fault.kind != FAULT_NONE)
        return fault;
    struct queue_tag tags[QUEUE_TAGS_MAX];
    size_t tag_count;
    fault = tags_add(call, NULL, key.name, &input->tags, tags, &tag_count);
    if (fault.kind != FAULT_NONE)
        return fault;
    output->queue_url = sqs_queue_url(call, &key);
    const struct queue *existing = engine_find_queue(engine, &key);
    if (existing != NULL)
        return check_same(call, existing, &settings);
    if (is_within_strict_wait(call, engine_deleted_at_ms(engine, &key)))
        return fault_of(FAULT_QUEUE_DELETED_RECENTLY);
    struct queue *queue = engine_create_queue(engine, &key, &settings);
    if (tag_count > 0)
        engine_set_tags(engine, queue, tags, tag_count);
    if (call->world->esm != NULL)
        esm_queues_changed(call->world->esm);
    return FAULT_NO;
}

struct fault sqs_get_queue_url(struct sqs_call *call)
{
    const struct get_queue_url_input *input = call->input;
    struct queue_url_output *output = call->output;
    struct fault fault = check_name_given(input->queue_name);
    if (fault.kind != FAULT_NONE)
        return fault;
    struct queue_key key = sqs_queue_key(call, input->owner_account, input->queue_name);
    if (engine_find_queue(call->world->engine, &key) == NULL)
        return sqs_no_queue(call, &key);
    output->queue_url = sqs_queue_url(call, &key);
    return FAULT_NO;
}

// ---- pages ----

// What a page of queue URLs is made of.
struct page {
    struct text after; // names after this one
    size_t results_max;
    bool bounded; // MaxResults was given, so that there is a NextToken (S-122)
};

static struct fault read_page(struct sqs_call *call, const struct wire_integer *results_max,
                              struct text token, struct page *ret_page)
{
    struct page page = {.results_max = RESULTS_MAX, .bounded = results_max->present};
    if (results_max->present && (results_max->value < 1 || results_max->value > RESULTS_MAX))
        return fault_with(FAULT_PARAMETER_VALUE,
                          TEXT("Value for parameter MaxResults is invalid. Reason: MaxResults must "
                               "be an integer between 1 and 1000."));
    if (results_max->present)
        page.results_max = (size_t)results_max->value;
    if (token.length > 0) {
        struct text prefix = TEXT(TOKEN_PREFIX);
        struct text decoded;
        if (!base64_decode(call->arena, token, &decoded) || !text_starts_with(decoded, prefix))
            return fault_with(FAULT_PARAMETER_VALUE, TEXT("Invalid or expired next token."));
        page.after = text_skip(decoded, prefix.length);
    }
    *ret_page = page;
    return FAULT_NO;
}

static struct text page_token(struct arena *arena, struct text last_name)
{
    return base64_encode(arena, arena_print(arena, TOKEN_PREFIX "%.*s", TEXT_ARGUMENTS(last_name)));
}

// The queues of an account and region, in order of name (S-123), of which belongs() says that they
// are meant.
static void list_page(struct sqs_call *call, const struct page *page, const struct queue_key *place,
                      bool (*belongs)(const struct sqs_call *call, const struct queue *queue))
{
    struct queue_urls_output *output = call->output;
    const struct engine *engine = call->world->engine;
    struct text *urls = arena_new_array(call->arena, struct text, page->results_max);
    struct text last_name = {0};
    size_t count = 0;
    for (const struct queue *queue = engine_next_queue(engine, NULL); queue != NULL;
         queue = engine_next_queue(engine, queue)) {
        const struct queue_key *key = queue_key(queue);
        if (!text_equal(key->account, place->account) || !text_equal(key->region, place->region))
            continue;
        if (text_compare(key->name, page->after) <= 0 || !belongs(call, queue))
            continue;
        if (count == page->results_max) {
            if (page->bounded)
                output->next_token = page_token(call->arena, last_name);
            break;
        }
        last_name = key->name;
        urls[count++] = sqs_queue_url(call, key);
    }
    output->queue_urls = (struct text_list){.items = urls, .count = count, .present = true};
}

static bool has_prefix(const struct sqs_call *call, const struct queue *queue)
{
    const struct list_queues_input *input = call->input;
    return text_starts_with(queue_key(queue)->name, input->name_prefix);
}

struct fault sqs_list_queues(struct sqs_call *call)
{
    const struct list_queues_input *input = call->input;
    struct page page = {0};
    struct fault fault = read_page(call, &input->results_max, input->next_token, &page);
    if (fault.kind != FAULT_NONE)
        return fault;
    struct queue_key place = sqs_queue_key(call, TEXT(""), TEXT(""));
    list_page(call, &page, &place, has_prefix);
    return FAULT_NO;
}

static bool is_source(const struct sqs_call *call, const struct queue *queue)
{
    const struct queue_settings *settings = queue_settings(queue);
    return settings->receive_count_max > 0 &&
           queue_key_equal(&settings->dead_letter, queue_key(call->queue));
}

struct fault sqs_list_dead_letter_sources(struct sqs_call *call)
{
    const struct list_sources_input *input = call->input;
    struct page page = {0};
    struct fault fault = read_page(call, &input->results_max, input->next_token, &page);
    if (fault.kind == FAULT_NONE)
        list_page(call, &page, queue_key(call->queue), is_source);
    return fault;
}

// ---- delete, purge ----

struct fault sqs_delete_queue(struct sqs_call *call)
{
    engine_delete_queue(call->world->engine, call->queue);
    return FAULT_NO;
}

struct fault sqs_purge_queue(struct sqs_call *call)
{
    struct text name = queue_key(call->queue)->name;
    if (is_within_strict_wait(call, queue_purged_at_ms(call->queue)))
        return fault_print(call->arena, FAULT_PURGE_IN_PROGRESS,
                           "Only one PurgeQueue operation on %.*s is allowed every 60 seconds.",
                           TEXT_ARGUMENTS(name));
    engine_purge_queue(call->world->engine, call->queue);
    return FAULT_NO;
}
