// scenario_consumer -- an outside consumer in the story: receive, delete, change_visibility, and what was received.
//
//     - receive: {from: orders, max: 3, visibility: 20s, as: worker}
//     - change_visibility: {of: worker, to: 1m}
//     - delete: worker                       what that receive got; or ids of messages: by their latest receipt
//
// A receipt is kept for each message of each receive, so that the story can also do what a slow consumer does: use one that is
// old. What SQS refuses ends the scenario, unless the step says that it must be refused.
#include "cli/scenario.h"

#include "cli/inside.h"
#include "queue/base/buffer.h"

#include <string.h>

#define RECEIVE_MAX 10 // messages of one ReceiveMessage
#define COUNT_MAX 10000
#define CANDIDATES_MAX 64

// One message of one receive.
struct scenario_receipt {
    struct scenario_receipt *older;
    const cJSON *step;      // the receive that got it
    struct text message_id; // may be one that no send named
    const struct stack_queue *queue;
    struct text handle;
};

// ---- names ----

static bool check_name(struct scenario *scenario, const cJSON *node)
{
    struct text name = node_text(node);
    if (text_map_find(&scenario->message_names, name) != NULL ||
        text_map_find(&scenario->receive_names, name) != NULL)
        return true;
    const char *names[CANDIDATES_MAX] = {NULL};
    size_t count = 0;
    const struct text_map *maps[] = {&scenario->receive_names, &scenario->message_names};
    for (size_t i = 0; i < 2; i++) {
        size_t at = 0;
        const struct text *known;
        while (count < CANDIDATES_MAX && (known = text_map_next(maps[i], &at)) != NULL)
            names[count++] = known->bytes;
    }
    return stack_fault(&scenario->stack, node,
                       "no receive and no message above is called '%.*s'%.*s", TEXT_ARGUMENTS(name),
                       TEXT_ARGUMENTS(stack_meant(&scenario->stack, name, names, count)));
}

// One, or a list.
static bool check_names(struct scenario *scenario, const cJSON *node)
{
    if (!cJSON_IsArray(node))
        return check_name(scenario, node);
    const cJSON *item;
    cJSON_ArrayForEach(item, node)
    {
        if (!check_name(scenario, item))
            return false;
    }
    return true;
}

static bool check_as(struct scenario *scenario, const cJSON *node)
{
    struct text name = node_text(node);
    if (node == NULL)
        return true;
    if (text_map_find(&scenario->message_names, name) != NULL ||
        text_map_find(&scenario->receive_names, name) != NULL)
        return stack_fault(&scenario->stack, node, "the name '%.*s' is given twice",
                           TEXT_ARGUMENTS(name));
    struct text *kept = arena_allocate(scenario->stack.arena, sizeof(*kept));
    *kept = arena_copy(scenario->stack.arena, name);
    text_map_insert(&scenario->receive_names, *kept, kept);
    return true;
}

// ---- receive ----

static const struct field receive_fields[] = {
    {"from", FIELD_QUEUE, true}, {"max", FIELD_COUNT, false}, {"visibility", FIELD_DURATION, false},
    {"as", FIELD_TEXT, false},   {NULL, FIELD_ANY, false},
};

static bool check_seconds(struct scenario *scenario, const cJSON *node)
{
    return node == NULL || field_duration_ms(node) % 1000 == 0 ||
           stack_fault(&scenario->stack, node, "a visibility timeout has whole seconds");
}

bool receive_check(struct scenario *scenario, const cJSON *node)
{
    if (!shape_check(&scenario->stack, "receive", node, receive_fields))
        return false;
    const cJSON *max = tree_member(node, "max");
    int64_t count = 1;
    count_of(max, &count);
    if (count < 1 || count > COUNT_MAX)
        return stack_fault(&scenario->stack, max, "max takes 1 to %d messages", COUNT_MAX);
    return check_seconds(scenario, tree_member(node, "visibility")) &&
           check_as(scenario, tree_member(node, "as"));
}

// One ReceiveMessage of at most so many; how many it got, or -1 after a fault.
static int receive_some(struct scenario *scenario, const cJSON *node, int64_t most)
{
    struct arena *arena = scenario->stack.arena;
    const struct stack_queue *queue =
        stack_find_queue(&scenario->stack, node_text(tree_member(node, "from")));
    const cJSON *visibility = tree_member(node, "visibility");
    cJSON *input = tree_new();
    scenario->requests++;
    cJSON_AddStringToObject(input, "QueueUrl",
                            stack_queue_url(&scenario->stack, queue->name).bytes);
    cJSON_AddNumberToObject(input, "MaxNumberOfMessages",
                            (double)(most < RECEIVE_MAX ? most : RECEIVE_MAX));
    cJSON_AddNumberToObject(input, "WaitTimeSeconds", 0); // nobody would move the clock meanwhile
    if (visibility != NULL) {
        int64_t seconds = field_duration_ms(visibility) / 1000;
        cJSON_AddNumberToObject(input, "VisibilityTimeout", (double)seconds);
    }
    cleanup(cJSON_Delete) cJSON *answer =
        stack_sqs(&scenario->stack, node, "ReceiveMessage", input);
    if (answer == NULL)
        return -1;
    int count = 0;
    const cJSON *message;
    cJSON_ArrayForEach(message, tree_member(answer, "Messages"))
    {
        struct scenario_receipt *receipt = arena_allocate(arena, sizeof(*receipt));
        *receipt = (struct scenario_receipt){
            .older = scenario->receipts,
            .step = node,
            .message_id = arena_copy(arena, tree_text(message, "MessageId")),
            .queue = queue,
            .handle = arena_copy(arena, tree_text(message, "ReceiptHandle")),
        };
        scenario->receipts = receipt;
        history_name(scenario->history, receipt->message_id, (struct text){0}, (struct text){0});
        count++;
    }
    return count;
}

bool receive_play(struct scenario *scenario, const cJSON *node)
{
    int64_t left = 1;
    count_of(tree_member(node, "max"), &left);
    while (left > 0) {
        int got = receive_some(scenario, node, left);
        if (got <= 0)
            return got == 0;
        left -= got;
    }
    return true;
}

// ---- what was received ----

static bool is_of_receive(const struct scenario_receipt *receipt, struct text name)
{
    return text_equal(node_text(tree_member(receipt->step, "as")), name);
}

// The receipts that a name means, the latest first: all of a receive, or the latest of a message. before: NULL at first.
static const struct scenario_receipt *next_receipt(struct scenario *scenario, struct text name,
                                                   const struct scenario_receipt *before)
{
    bool whole = text_map_find(&scenario->receive_names, name) != NULL;
    int message = whole ? -1 : history_find_name(scenario->history, name);
    if (!whole && before != NULL)
        return NULL;
    for (const struct scenario_receipt *receipt = before == NULL ? scenario->receipts
                                                                 : before->older;
         receipt != NULL; receipt = receipt->older) {
        if (whole ? is_of_receive(receipt, name)
                  : history_find_id(scenario->history, receipt->message_id) == message)
            return receipt;
    }
    return NULL;
}

// What a step does with one receipt: SQS's operation, and its input but for the queue and the receipt.
struct deed {
    const char *operation;
    const cJSON *node;
    const cJSON *refused;       // what the refusal says; NULL: it must succeed
    int64_t visibility_seconds; // below 0: none
};

static void judge_refusal(struct scenario *scenario, const struct deed *deed, struct text refusal,
                          const struct scenario_receipt *receipt)
{
    cleanup(buffer_deinit) struct buffer expected = {0};
    cleanup(buffer_deinit) struct buffer actual = {0};
    struct verdict verdict = {.expected = &expected, .actual = &actual};
    if (refusal.length == 0 || !text_find(refusal, node_text(deed->refused), NULL)) {
        verdict_expected(&verdict, "refused: %.*s", TEXT_ARGUMENTS(node_text(deed->refused)));
        if (refusal.length == 0)
            verdict_actual(&verdict, "%s succeeded", deed->operation);
        else
            verdict_actual(&verdict, "refused: %.*s", TEXT_ARGUMENTS(refusal));
        verdict_story(&verdict, history_find_id(scenario->history, receipt->message_id));
    }
    verdict_file(scenario, deed->node, &verdict);
}

static bool do_one(struct scenario *scenario, const struct deed *deed,
                   const struct scenario_receipt *receipt)
{
    cleanup(buffer_deinit) struct buffer refusal = {0};
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "QueueUrl",
                            stack_queue_url(&scenario->stack, receipt->queue->name).bytes);
    cJSON_AddStringToObject(input, "ReceiptHandle", receipt->handle.bytes);
    // A deletion that takes effect is counted where all are.
    scenario->requests += deed->visibility_seconds >= 0 ? 1 : 0;
    if (deed->visibility_seconds >= 0)
        cJSON_AddNumberToObject(input, "VisibilityTimeout", (double)deed->visibility_seconds);
    cleanup(cJSON_Delete) cJSON *answer =
        inside_try_sqs(scenario->stack.emulator, deed->operation, input, &refusal);
    if (deed->refused != NULL)
        judge_refusal(scenario, deed, answer != NULL ? (struct text){0} : buffer_text(&refusal),
                      receipt);
    else if (answer == NULL)
        return stack_fault(&scenario->stack, deed->node, "%s was refused: %.*s", deed->operation,
                           TEXT_ARGUMENTS(buffer_text(&refusal)));
    return true;
}

static bool do_to_name(struct scenario *scenario, const struct deed *deed, const cJSON *node)
{
    struct text name = node_text(node);
    const struct scenario_receipt *receipt = next_receipt(scenario, name, NULL);
    if (receipt == NULL)
        return stack_fault(&scenario->stack, node, "no receive above got %s'%.*s'",
                           text_map_find(&scenario->receive_names, name) != NULL ? "anything for "
                                                                                 : "",
                           TEXT_ARGUMENTS(name));
    for (; receipt != NULL; receipt = next_receipt(scenario, name, receipt)) {
        if (!do_one(scenario, deed, receipt))
            return false;
    }
    return true;
}

static bool do_to_names(struct scenario *scenario, const struct deed *deed, const cJSON *names)
{
    if (!cJSON_IsArray(names))
        return do_to_name(scenario, deed, names);
    const cJSON *item;
    cJSON_ArrayForEach(item, names)
    {
        if (!do_to_name(scenario, deed, item))
            return false;
    }
    return true;
}

// ---- delete ----

static const struct field delete_fields[] = {
    {"of", FIELD_TEXTS, true}, {"refused", FIELD_TEXT, false}, {NULL, FIELD_ANY, false}};

bool delete_check(struct scenario *scenario, const cJSON *node)
{
    static const struct field names = {NULL, FIELD_TEXTS, true};
    if (cJSON_IsObject(node))
        return shape_check(&scenario->stack, "delete", node, delete_fields) &&
               check_names(scenario, tree_member(node, "of"));
    return field_check(&scenario->stack, "delete", node, &names) && check_names(scenario, node);
}

bool delete_play(struct scenario *scenario, const cJSON *node)
{
    const struct deed deed = {.operation = "DeleteMessage",
                              .node = node,
                              .refused = tree_member(node, "refused"),
                              .visibility_seconds = -1};
    return do_to_names(scenario, &deed, cJSON_IsObject(node) ? tree_member(node, "of") : node);
}

// ---- change_visibility ----

static const struct field visibility_fields[] = {{"of", FIELD_TEXTS, true},
                                                 {"to", FIELD_DURATION, true},
                                                 {"refused", FIELD_TEXT, false},
                                                 {NULL, FIELD_ANY, false}};

bool change_visibility_check(struct scenario *scenario, const cJSON *node)
{
    return shape_check(&scenario->stack, "change_visibility", node, visibility_fields) &&
           check_seconds(scenario, tree_member(node, "to")) &&
           check_names(scenario, tree_member(node, "of"));
}

bool change_visibility_play(struct scenario *scenario, const cJSON *node)
{
    const struct deed deed = {.operation = "ChangeMessageVisibility",
                              .node = node,
                              .refused = tree_member(node, "refused"),
                              .visibility_seconds =
                                  field_duration_ms(tree_member(node, "to")) / 1000};
    return do_to_names(scenario, &deed, tree_member(node, "of"));
}

// ---- the expectation: received ----

bool received_check(struct scenario *scenario, const cJSON *node)
{
    const cJSON *by = tree_member(node, "by");
    struct text name = node_text(by);
    if (text_map_find(&scenario->receive_names, name) != NULL)
        return true;
    const char *names[CANDIDATES_MAX] = {NULL};
    size_t count = 0;
    size_t at = 0;
    const struct text *known;
    while (count < CANDIDATES_MAX && (known = text_map_next(&scenario->receive_names, &at)) != NULL)
        names[count++] = known->bytes;
    return stack_fault(&scenario->stack, by, "no receive above has 'as: %.*s'%.*s",
                       TEXT_ARGUMENTS(name),
                       TEXT_ARGUMENTS(stack_meant(&scenario->stack, name, names, count)));
}

static bool is_among(struct scenario *scenario, const cJSON *names, int message)
{
    const cJSON *first = cJSON_IsArray(names) ? names->child : names;
    for (const cJSON *name = first; name != NULL; name = cJSON_IsArray(names) ? name->next : NULL) {
        if (history_find_name(scenario->history, node_text(name)) == message)
            return true;
    }
    return false;
}

void judge_received(struct scenario *scenario, const cJSON *node, struct verdict *verdict)
{
    struct text by = node_text(tree_member(node, "by"));
    const cJSON *exactly = tree_member(node, "exactly");
    cleanup(buffer_deinit) struct buffer wanted = {0};
    cleanup(buffer_deinit) struct buffer actual = {0};
    int64_t count = 0;
    bool others = false;
    for (const struct scenario_receipt *receipt = next_receipt(scenario, by, NULL); receipt != NULL;
         receipt = next_receipt(scenario, by, receipt)) {
        int message = history_find_id(scenario->history, receipt->message_id);
        struct text name = history_message(scenario->history, message)->name;
        others = others || !is_among(scenario, exactly, message);
        buffer_print(&actual, "%s%.*s", count == 0 ? "" : ", ",
                     TEXT_ARGUMENTS(name.length > 0 ? name : receipt->message_id));
        count++;
    }
    if (tree_member(node, "count") != NULL)
        verdict_amount(verdict, "received", tree_member(node, "count"), count);
    int64_t named = cJSON_IsArray(exactly) ? cJSON_GetArraySize(exactly) : 1;
    if (exactly == NULL || (!others && count == named))
        return;
    node_append_flow(&wanted, exactly);
    verdict_expected(verdict, "received: %.*s", TEXT_ARGUMENTS(buffer_text(&wanted)));
    verdict_actual(verdict, "received: [%.*s]", TEXT_ARGUMENTS(buffer_text(&actual)));
    const cJSON *first = cJSON_IsArray(exactly) ? exactly->child : exactly;
    for (const cJSON *name = first; name != NULL; name = cJSON_IsArray(exactly) ? name->next : NULL)
        verdict_story(verdict, history_find_name(scenario->history, node_text(name)));
}
