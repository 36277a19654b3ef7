// scenario_send -- the step send: one message, a list, or a generated load; each may have an id by which the scenario knows it.
//
// Up to ten messages go in one SendMessageBatch, as a producer would send them: a mapping finds them as
// one batch. {n} in body, id, group and dedup is the number of the message, from 1.
#include "cli/scenario.h"

#include "queue/base/buffer.h"

#include <string.h>

#define BATCH_ENTRIES_MAX 10
#define BATCH_BYTES_MAX 200000
#define COUNT_MAX 1000000

static const struct field send_fields[] = {
    {"to", FIELD_QUEUE, true},        {"body", FIELD_ANY, false},
    {"bodies", FIELD_ANY, false},     {"id", FIELD_TEXT, false},
    {"ids", FIELD_TEXTS, false},      {"count", FIELD_COUNT, false},
    {"every", FIELD_DURATION, false}, {"for", FIELD_DURATION, false},
    {"delay", FIELD_DURATION, false}, {"at", FIELD_DURATION, false},
    {"group", FIELD_TEXT, false},     {"dedup", FIELD_TEXT, false},
    {"attributes", FIELD_MAP, false}, {NULL, FIELD_ANY, false},
};

// A message that is to be sent.
struct outgoing {
    struct text id; // may be empty
    struct text body;
    struct text group;
    struct text dedup;
};

struct batch {
    struct scenario *scenario;
    const cJSON *node;
    struct outgoing messages[BATCH_ENTRIES_MAX];
    size_t count;
    size_t bytes;
};

// ---- which messages ----

// A text as it stands; anything else as JSON.
static struct text body_of(struct scenario *scenario, const cJSON *node)
{
    if (node_is_scalar(node))
        return node_text(node);
    char *json = cJSON_PrintUnformatted(node);
    struct text body = arena_copy(scenario->stack.arena, text_of(json));
    cJSON_free(json);
    return body;
}

static struct text numbered(struct scenario *scenario, struct text pattern, int64_t number)
{
    size_t at;
    if (!text_find(pattern, TEXT("{n}"), &at))
        return pattern;
    cleanup(buffer_deinit) struct buffer words = {0};
    while (text_find(pattern, TEXT("{n}"), &at)) {
        buffer_append(&words, text_head(pattern, at));
        buffer_append_integer(&words, number);
        pattern = text_skip(pattern, at + strlen("{n}"));
    }
    buffer_append(&words, pattern);
    return arena_copy(scenario->stack.arena, buffer_text(&words));
}

static int64_t message_count(const cJSON *node)
{
    const cJSON *bodies = tree_member(node, "bodies");
    const cJSON *lasting = tree_member(node, "for");
    int64_t count = 1;
    if (bodies != NULL)
        return cJSON_GetArraySize(bodies);
    if (lasting != NULL)
        return field_duration_ms(lasting) / field_duration_ms(tree_member(node, "every"));
    count_of(tree_member(node, "count"), &count);
    return count;
}

// Message number 1 ... message_count(); body is its place in bodies, NULL without.
static struct outgoing message_of(struct scenario *scenario, const cJSON *node, const cJSON *body,
                                  int64_t number)
{
    const cJSON *bodies = tree_member(node, "bodies");
    const cJSON *ids = tree_member(node, "ids");
    struct text id = node_text(tree_member(node, "id"));
    if (cJSON_IsObject(bodies) && body != NULL)
        id = text_of(body->string);
    else if (cJSON_IsArray(ids))
        id = node_text(cJSON_GetArrayItem(ids, (int)number - 1));
    const cJSON *source = body != NULL ? body : tree_member(node, "body");
    struct outgoing message = {
        .id = numbered(scenario, id, number),
        .body = numbered(scenario, body_of(scenario, source), number),
        .group = numbered(scenario, node_text(tree_member(node, "group")), number),
        .dedup = numbered(scenario, node_text(tree_member(node, "dedup")), number),
    };
    return message;
}

// ---- checking ----

static bool check_load(struct scenario *scenario, const cJSON *node)
{
    const cJSON *every = tree_member(node, "every");
    const cJSON *lasting = tree_member(node, "for");
    if (every != NULL && field_duration_ms(every) < 1)
        return stack_fault(&scenario->stack, every, "every takes 1ms or more");
    if (lasting != NULL && every == NULL)
        return stack_fault(&scenario->stack, lasting, "for needs every: {every: 500ms, for: 10m}");
    if (lasting != NULL &&
        (tree_member(node, "count") != NULL || tree_member(node, "bodies") != NULL))
        return stack_fault(&scenario->stack, lasting,
                           "for says how many there are, and so do count and bodies: take one");
    if (lasting != NULL && field_duration_ms(lasting) < field_duration_ms(every))
        return stack_fault(&scenario->stack, lasting, "for is shorter than every");
    return true;
}

static bool check_counts(struct scenario *scenario, const cJSON *node)
{
    const cJSON *bodies = tree_member(node, "bodies");
    const cJSON *ids = tree_member(node, "ids");
    const cJSON *delay = tree_member(node, "delay");
    if ((bodies != NULL) == (tree_member(node, "body") != NULL))
        return stack_fault(&scenario->stack, node, "send needs either 'body' or 'bodies'");
    if (bodies != NULL && tree_member(node, "count") != NULL)
        return stack_fault(&scenario->stack, node, "count belongs to 'body': bodies counts itself");
    if (bodies != NULL && !cJSON_IsArray(bodies) && !cJSON_IsObject(bodies))
        return stack_fault(&scenario->stack, bodies,
                           "bodies takes a list, or ids and bodies: {first: ..., second: ...}");
    if (ids != NULL && (!cJSON_IsArray(ids) || !cJSON_IsArray(bodies) ||
                        cJSON_GetArraySize(ids) != cJSON_GetArraySize(bodies)))
        return stack_fault(&scenario->stack, ids, "ids takes one id for each of bodies");
    if (message_count(node) > COUNT_MAX)
        return stack_fault(&scenario->stack, node, "a send has at most %d messages", COUNT_MAX);
    if (delay != NULL && field_duration_ms(delay) % 1000 != 0)
        return stack_fault(&scenario->stack, delay, "SQS delays by whole seconds");
    return true;
}

static bool declare(struct scenario *scenario, const cJSON *node, struct text id)
{
    if (id.length == 0)
        return true;
    if (text_map_find(&scenario->message_names, id) != NULL)
        return stack_fault(
            &scenario->stack, node, "the id '%.*s' is given twice%s", TEXT_ARGUMENTS(id),
            tree_member(node, "count") != NULL ? "; {n} in it becomes the number of the message"
                                               : "");
    struct text *name = arena_allocate(scenario->stack.arena, sizeof(*name));
    *name = arena_copy(scenario->stack.arena, id);
    text_map_insert(&scenario->message_names, *name, name);
    return true;
}

bool send_check(struct scenario *scenario, const cJSON *node)
{
    if (!shape_check(&scenario->stack, "send", node, send_fields) || !check_load(scenario, node) ||
        !check_counts(scenario, node))
        return false;
    const cJSON *bodies = tree_member(node, "bodies");
    const cJSON *body = bodies == NULL ? NULL : bodies->child;
    bool has_ids = cJSON_IsObject(bodies) || tree_member(node, "id") != NULL ||
                   tree_member(node, "ids") != NULL;
    int64_t count = has_ids ? message_count(node) : 0;
    for (int64_t number = 1; number <= count; number++) {
        if (!declare(scenario, node, message_of(scenario, node, body, number).id))
            return false;
        body = body == NULL ? NULL : body->next;
    }
    return true;
}

// ---- sending ----

static void add_attributes(cJSON *entry, const cJSON *attributes)
{
    if (attributes == NULL)
        return;
    cJSON *all = cJSON_AddObjectToObject(entry, "MessageAttributes");
    const cJSON *attribute;
    cJSON_ArrayForEach(attribute, attributes)
    {
        cJSON *one = cJSON_AddObjectToObject(all, attribute->string);
        cJSON_AddStringToObject(one, "DataType", cJSON_IsNumber(attribute) ? "Number" : "String");
        cleanup_free char *value =
            duplicate(node_text(attribute).bytes, node_text(attribute).length);
        cJSON_AddStringToObject(one, "StringValue", value);
    }
}

static cJSON *entry_of(struct batch *batch, size_t index)
{
    const struct outgoing *message = &batch->messages[index];
    struct arena *arena = batch->scenario->stack.arena;
    const cJSON *delay = tree_member(batch->node, "delay");
    cJSON *entry = tree_new();
    cJSON_AddStringToObject(entry, "Id", arena_print(arena, "%zu", index).bytes);
    cJSON_AddStringToObject(entry, "MessageBody", arena_copy(arena, message->body).bytes);
    if (message->group.length > 0)
        cJSON_AddStringToObject(entry, "MessageGroupId", arena_copy(arena, message->group).bytes);
    if (message->dedup.length > 0)
        cJSON_AddStringToObject(entry, "MessageDeduplicationId",
                                arena_copy(arena, message->dedup).bytes);
    if (delay != NULL) {
        int64_t delay_seconds = field_duration_ms(delay) / 1000;
        cJSON_AddNumberToObject(entry, "DelaySeconds", (double)delay_seconds);
    }
    add_attributes(entry, tree_member(batch->node, "attributes"));
    return entry;
}

static bool flush(struct batch *batch)
{
    struct scenario *scenario = batch->scenario;
    if (batch->count == 0)
        return true;
    const struct stack_queue *queue =
        stack_find_queue(&scenario->stack, node_text(tree_member(batch->node, "to")));
    cJSON *input = tree_new();
    scenario->requests++;
    cJSON_AddStringToObject(input, "QueueUrl",
                            stack_queue_url(&scenario->stack, queue->name).bytes);
    cJSON *entries = cJSON_AddArrayToObject(input, "Entries");
    for (size_t i = 0; i < batch->count; i++)
        cJSON_AddItemToArray(entries, entry_of(batch, i));
    cleanup(cJSON_Delete) cJSON *answer =
        stack_sqs(&scenario->stack, batch->node, "SendMessageBatch", input);
    if (answer == NULL)
        return false;
    const cJSON *failed = cJSON_GetArrayItem(tree_member(answer, "Failed"), 0);
    if (failed != NULL)
        return stack_fault(&scenario->stack, batch->node, "the message was refused: %.*s",
                           TEXT_ARGUMENTS(tree_text(failed, "Message")));
    const cJSON *sent;
    cJSON_ArrayForEach(sent, tree_member(answer, "Successful"))
    {
        int64_t index;
        if (!text_to_integer(tree_text(sent, "Id"), &index) || (size_t)index >= batch->count)
            continue;
        const struct outgoing *message = &batch->messages[index];
        history_name(scenario->history, tree_text(sent, "MessageId"), message->id, message->group);
    }
    batch->count = 0;
    batch->bytes = 0;
    return true;
}

static bool reach_instant(struct scenario *scenario, const cJSON *at)
{
    if (at == NULL)
        return true;
    int64_t passed_ms = emulator_now_ms(scenario->stack.emulator) - scenario->origin_at_ms;
    int64_t left_ms = field_duration_ms(at) - passed_ms;
    if (left_ms < 0)
        return stack_fault(&scenario->stack, at, "the scenario is already at %.*s",
                           TEXT_ARGUMENTS(duration_format(scenario->stack.arena, passed_ms)));
    return scenario_advance(scenario, at, left_ms);
}

// A load: one message, and then the time until the next.
static bool flush_and_wait(struct batch *batch, const cJSON *every)
{
    struct scenario *scenario = batch->scenario;
    return flush(batch) && scenario_settle(scenario, batch->node) &&
           scenario_advance(scenario, every, field_duration_ms(every));
}

bool send_play(struct scenario *scenario, const cJSON *node)
{
    if (!reach_instant(scenario, tree_member(node, "at")))
        return false;
    struct batch batch = {.scenario = scenario, .node = node};
    const cJSON *bodies = tree_member(node, "bodies");
    const cJSON *body = bodies == NULL ? NULL : bodies->child;
    const cJSON *every = tree_member(node, "every");
    int64_t count = message_count(node);
    for (int64_t number = 1; number <= count; number++) {
        struct outgoing message = message_of(scenario, node, body, number);
        if ((batch.count == BATCH_ENTRIES_MAX ||
             batch.bytes + message.body.length > BATCH_BYTES_MAX) &&
            !flush(&batch))
            return false;
        batch.messages[batch.count++] = message;
        batch.bytes += message.body.length;
        if (every != NULL && !flush_and_wait(&batch, every))
            return false;
        body = body == NULL ? NULL : body->next;
    }
    return flush(&batch);
}
