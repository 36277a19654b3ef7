// responses -- every answer that a handler can give, executed: redrive demo responses.
//
// docs/responses.json holds the rows of L-157: what the invocation gave, and what becomes of a batch of
// two messages with ReportBatchItemFailures off and on. Each row gets a queue, a function that ends in
// exactly this way, and two messages. What happened is read from the queue, never from the verdict:
//
//     + 0 s   both messages are sent, received as one batch, and the function ends
//     +29 s   gone: it was deleted;  still there: it was kept, and nobody received it meanwhile
//     +31 s   receive count 2: its visibility timeout is over, and it was delivered again
//
// and compared with the row. The reason alone comes from the trace.
#include "cli/command.h"
#include "cli/embedded.h"
#include "cli/inside.h"
#include "cli/table.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define START_AT_MS 1767225600000LL // 2026-01-01T00:00:00Z
#define MESSAGES 2
#define BEFORE_THE_LEASE_ENDS_MS 29000
#define BEHIND_ITS_END_MS 2000

// What was read about one message.
struct seen {
    bool kept;
    int64_t receives_before; // while its first lease lasts
    int64_t receives_after;
};

// What was read about one batch.
struct run {
    struct seen seen[MESSAGES];
    struct text reason; // of the verdict
    size_t invocations; // within the first lease
    bool as_expected;
};

struct responses {
    struct emulator *emulator;
    struct arena *arena;
    const cJSON *rows;
    const char *only; // a prefix of row numbers; NULL: all
    bool json;
    size_t row_count;
    size_t batch_count;
    size_t wrong_count; // batches
};

static bool is_asked_for(const struct responses *responses, const cJSON *row)
{
    return responses->only == NULL ||
           text_starts_with(tree_text(row, "row"), text_of(responses->only));
}

static struct text name_of(struct arena *arena, const cJSON *row, bool reports)
{
    return arena_print(arena, "row-%s-%s", tree_text(row, "row").bytes, reports ? "on" : "off");
}

// ---- one batch ----

static struct text url_of(struct arena *arena, struct text name)
{
    return arena_print(arena, "http://localhost/000000000000/%s", name.bytes);
}

static bool create_queue(struct responses *responses, struct text name)
{
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "QueueName", name.bytes);
    cJSON_AddStringToObject(cJSON_AddObjectToObject(input, "Attributes"), "VisibilityTimeout",
                            "30");
    cleanup(cJSON_Delete) cJSON *created = inside_sqs(responses->emulator, "CreateQueue", input);
    return created != NULL;
}

// A function that ends in exactly the row's way, whatever it is given.
static bool create_function(struct responses *responses, const cJSON *row, struct text name)
{
    cleanup(cJSON_Delete) cJSON *script = tree_new();
    cJSON_AddStringToObject(script, "how", "end");
    cJSON_AddStringToObject(script, "end", tree_text(row, "end").bytes);
    cJSON_AddStringToObject(script, "response", tree_text(row, "response").bytes);
    char *text = cJSON_PrintUnformatted(script);
    struct text target = arena_print(responses->arena, "sim:%s", text);
    cJSON_free(text);

    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "FunctionName", name.bytes);
    cJSON_AddStringToObject(input, "Role", "arn:aws:iam::000000000000:role/responses");
    cJSON_AddStringToObject(input, "Runtime", "provided.al2023");
    cJSON_AddStringToObject(input, "Handler", "responses");
    cJSON_AddStringToObject(cJSON_AddObjectToObject(input, "Code"), "ZipFile", "");
    cJSON *environment = cJSON_AddObjectToObject(input, "Environment");
    cJSON_AddStringToObject(cJSON_AddObjectToObject(environment, "Variables"), "REDRIVE_TARGET",
                            target.bytes);
    cleanup(cJSON_Delete) cJSON *created =
        inside_lambda(responses->emulator, "POST", "/2015-03-31/functions", input);
    return created != NULL;
}

static bool delete_function(struct responses *responses, struct text name)
{
    struct text path = arena_print(responses->arena, "/2015-03-31/functions/%s", name.bytes);
    cleanup(cJSON_Delete) cJSON *deleted =
        inside_lambda(responses->emulator, "DELETE", path.bytes, NULL);
    return deleted != NULL;
}

// The UUID of the new mapping; empty after a failure was told.
static struct text create_mapping(struct responses *responses, struct text name, bool reports)
{
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "FunctionName", name.bytes);
    cJSON_AddStringToObject(
        input, "EventSourceArn",
        arena_print(responses->arena, "arn:aws:sqs:us-east-1:000000000000:%s", name.bytes).bytes);
    cJSON_AddNumberToObject(input, "BatchSize", 10);
    if (reports)
        cJSON_AddItemToArray(cJSON_AddArrayToObject(input, "FunctionResponseTypes"),
                             cJSON_CreateString("ReportBatchItemFailures"));
    cleanup(cJSON_Delete) cJSON *created =
        inside_lambda(responses->emulator, "POST", "/2015-03-31/event-source-mappings/", input);
    return arena_copy(responses->arena, tree_text(created, "UUID"));
}

// Sends both messages as one batch; their ids in the arena.
static bool send_messages(struct responses *responses, struct text name,
                          struct text ret_ids[MESSAGES])
{
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "QueueUrl", url_of(responses->arena, name).bytes);
    cJSON *entries = cJSON_AddArrayToObject(input, "Entries");
    for (int i = 1; i <= MESSAGES; i++) {
        cJSON *entry = tree_new();
        cJSON_AddStringToObject(entry, "Id", arena_print(responses->arena, "%d", i).bytes);
        cJSON_AddStringToObject(entry, "MessageBody",
                                arena_print(responses->arena, "message %d", i).bytes);
        cJSON_AddItemToArray(entries, entry);
    }
    cleanup(cJSON_Delete) cJSON *answer =
        inside_sqs(responses->emulator, "SendMessageBatch", input);
    const cJSON *sent = tree_member(answer, "Successful");
    if (cJSON_GetArraySize(sent) != MESSAGES)
        return false;
    for (int i = 0; i < MESSAGES; i++)
        ret_ids[i] =
            arena_copy(responses->arena, tree_text(cJSON_GetArrayItem(sent, i), "MessageId"));
    return true;
}

static bool advance(struct responses *responses, int64_t ms)
{
    struct text reason = {0};
    if (emulator_advance(responses->emulator, ms, &reason))
        return true;
    failure("%.*s", TEXT_ARGUMENTS(reason));
    return false;
}

// The receive counts of the messages that are still there; -1 for those that are not.
static bool look_at_queue(struct responses *responses, struct text name,
                          const struct text ids[MESSAGES], int64_t ret_receives[MESSAGES])
{
    struct text path = arena_print(responses->arena, "messages?queue=%s", name.bytes);
    cleanup(cJSON_Delete) cJSON *answer = inside_get(responses->emulator, path.bytes);
    if (answer == NULL)
        return false;
    for (int i = 0; i < MESSAGES; i++) {
        ret_receives[i] = -1;
        const cJSON *message;
        cJSON_ArrayForEach(message, tree_member(answer, "messages"))
        {
            if (text_equal(tree_text(message, "messageId"), ids[i]))
                ret_receives[i] = tree_integer(message, "receiveCount");
        }
    }
    return true;
}

// The reason of the first verdict or throttle, and the invocations so far.
static bool look_at_trace(struct responses *responses, struct text name, struct run *run)
{
    struct text path = arena_print(responses->arena, "trace?queue=%s", name.bytes);
    cleanup(cJSON_Delete) cJSON *answer = inside_get(responses->emulator, path.bytes);
    if (answer == NULL)
        return false;
    const cJSON *point;
    cJSON_ArrayForEach(point, tree_member(answer, "points"))
    {
        struct text kind = tree_text(point, "kind");
        struct text reason = tree_text(point, "reason");
        bool tells = text_equal(kind, TEXT("verdict")) || text_equal(kind, TEXT("throttled"));
        if (tells && run->reason.length == 0)
            run->reason = arena_copy(responses->arena, reason);
        if (text_equal(kind, TEXT("invoked")))
            run->invocations++;
    }
    return true;
}

static bool remove_all(struct responses *responses, struct text name, struct text mapping)
{
    struct text path =
        arena_print(responses->arena, "/2015-03-31/event-source-mappings/%s", mapping.bytes);
    cleanup(cJSON_Delete) cJSON *ended =
        inside_lambda(responses->emulator, "DELETE", path.bytes, NULL);
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "QueueUrl", url_of(responses->arena, name).bytes);
    cleanup(cJSON_Delete) cJSON *deleted = inside_sqs(responses->emulator, "DeleteQueue", input);
    return ended != NULL && deleted != NULL;
}

static bool is_as_expected(const cJSON *row, const struct run *run, bool reports)
{
    const cJSON *expected = tree_member(row, reports ? "on" : "off");
    int64_t receives_after = tree_is_true(row, "stops_receiving") ? 1 : 2;
    bool retried = tree_is_true(row, "retried_inside_lease");
    for (int i = 0; i < MESSAGES; i++) {
        const struct seen *seen = &run->seen[i];
        const char *word = cJSON_GetStringValue(cJSON_GetArrayItem(expected, i));
        bool kept = word != NULL && strcmp(word, "kept") == 0;
        if (seen->kept != kept)
            return false;
        if (kept && (seen->receives_before != 1 || seen->receives_after != receives_after))
            return false;
    }
    return !retried || run->invocations > 1;
}

static bool run_batch(struct responses *responses, const cJSON *row, bool reports,
                      struct run *ret_run)
{
    struct text name = name_of(responses->arena, row, reports);
    struct text ids[MESSAGES];
    int64_t before[MESSAGES];
    int64_t after[MESSAGES];
    struct run run = {0};
    // A function that is missing was there when its mapping was made, and is gone before it can end.
    bool missing = text_equal(tree_text(row, "end"), TEXT("missing"));
    if (!create_queue(responses, name) || !create_function(responses, row, name))
        return false;
    struct text mapping = create_mapping(responses, name, reports);
    if (mapping.length == 0 || !send_messages(responses, name, ids) ||
        (missing && !delete_function(responses, name)) ||
        !advance(responses, BEFORE_THE_LEASE_ENDS_MS) ||
        !look_at_queue(responses, name, ids, before) || !look_at_trace(responses, name, &run) ||
        !advance(responses, BEHIND_ITS_END_MS) || !look_at_queue(responses, name, ids, after) ||
        !remove_all(responses, name, mapping) || (!missing && !delete_function(responses, name)))
        return false;
    for (int i = 0; i < MESSAGES; i++) {
        run.seen[i] = (struct seen){
            .kept = before[i] >= 0, .receives_before = before[i], .receives_after = after[i]};
    }
    run.as_expected = is_as_expected(row, &run, reports);
    responses->batch_count++;
    responses->wrong_count += run.as_expected ? 0 : 1;
    *ret_run = run;
    return true;
}

// ---- telling ----

static struct text fate_words(const struct run *run)
{
    bool first = run->seen[0].kept;
    bool second = run->seen[1].kept;
    if (first != second)
        return first ? TEXT("kept, deleted") : TEXT("deleted, kept");
    if (!first)
        return TEXT("both deleted");
    if (run->seen[0].receives_after < 2)
        return TEXT("both wait");
    return run->invocations > 1 ? TEXT("both retried") : TEXT("both kept");
}

static enum tone fate_tone(const struct run *run)
{
    if (!run->as_expected)
        return TONE_BAD;
    return run->seen[0].kept || run->seen[1].kept ? TONE_WARN : TONE_GOOD;
}

static void fate_cell(struct table *table, const struct run *run)
{
    struct text words = fate_words(run);
    table_print_cell(table, fate_tone(run), "%s%.*s",
                     run->as_expected ? "" : "NOT AS AWS: ", TEXT_ARGUMENTS(words));
}

// A verdict begins with what stands in the cells beside it ("kept until ...: "), and a throttle ends with how long the next pause is.
static struct text because_words(struct text reason)
{
    struct text head;
    struct text tail;
    bool verdict = text_starts_with(reason, TEXT("deleted:")) ||
                   text_starts_with(reason, TEXT("kept until its visibility timeout passes:"));
    if (verdict && text_cut(reason, ':', &head, &tail))
        return text_trim(tail);
    return text_cut(reason, ';', &head, &tail) ? head : reason;
}

static void tell_in_table(struct table *table, const cJSON *row, const struct run *off,
                          const struct run *on, struct text *above)
{
    table_cell(table, TONE_PLAIN, tree_text(row, "row"));
    table_cell(table, TONE_PLAIN, tree_text(row, "gave"));
    fate_cell(table, off);
    fate_cell(table, on);
    struct text because = because_words(on->reason);
    if (text_equal(because, *above))
        table_cell(table, TONE_FAINT, TEXT("as above"));
    else
        table_cell(table, TONE_PLAIN, because);
    *above = because;
}

static void tell_batch_at_length(const struct paper *paper, const char *title,
                                 const struct run *run)
{
    fprintf(paper->out, "  %s\n", title);
    for (int i = 0; i < MESSAGES; i++) {
        const struct seen *seen = &run->seen[i];
        const char *later = !seen->kept ? ""
                            : seen->receives_after >= 2
                                ? ", delivered again after 30 s (receive count 2)"
                                : ", not delivered again";
        fprintf(paper->out, "    message %d   %s%s\n", i + 1, seen->kept ? "kept" : "deleted",
                later);
    }
    if (run->invocations > 1)
        fprintf(paper->out, "    tried        %zu times within the lease\n", run->invocations);
    paper_labelled(paper, "    because      ", run->reason);
    if (!run->as_expected)
        fputs("    NOT AS AWS\n", paper->out);
}

static void tell_at_length(const struct paper *paper, const cJSON *row, const struct run *off,
                           const struct run *on)
{
    fprintf(paper->out, "Row %s: %s\n", tree_text(row, "row").bytes, tree_text(row, "gave").bytes);
    paper_labelled(paper, "  the response   ",
                   tree_text(row, "response").length > 0 ? tree_text(row, "response")
                                                         : TEXT("(nothing)"));
    paper_labelled(paper, "  on AWS         ", tree_text(row, "note"));
    tell_batch_at_length(paper, "ReportBatchItemFailures off", off);
    tell_batch_at_length(paper, "ReportBatchItemFailures on", on);
    fputc('\n', paper->out);
}

static cJSON *run_tree(const struct run *run)
{
    cJSON *tree = tree_new();
    cJSON *messages = cJSON_AddArrayToObject(tree, "messages");
    for (int i = 0; i < MESSAGES; i++) {
        const struct seen *seen = &run->seen[i];
        cJSON *message = tree_new();
        cJSON_AddStringToObject(message, "fate", seen->kept ? "kept" : "deleted");
        if (seen->kept)
            cJSON_AddNumberToObject(message, "receiveCountAfter31s", (double)seen->receives_after);
        cJSON_AddItemToArray(messages, message);
    }
    cJSON_AddNumberToObject(tree, "invocationsInLease", (double)run->invocations);
    cJSON_AddStringToObject(tree, "reason", run->reason.length > 0 ? run->reason.bytes : "");
    cJSON_AddBoolToObject(tree, "asOnAws", run->as_expected);
    return tree;
}

static void tell_in_json(const cJSON *row, const struct run *off, const struct run *on)
{
    cleanup(cJSON_Delete) cJSON *tree = tree_new();
    cJSON_AddStringToObject(tree, "row", tree_text(row, "row").bytes);
    cJSON_AddStringToObject(tree, "gave", tree_text(row, "gave").bytes);
    cJSON_AddStringToObject(tree, "response", tree_text(row, "response").bytes);
    cJSON_AddStringToObject(tree, "aws", tree_text(row, "note").bytes);
    cJSON_AddItemToObject(tree, "off", run_tree(off));
    cJSON_AddItemToObject(tree, "on", run_tree(on));
    char *line = cJSON_PrintUnformatted(tree);
    puts(line);
    cJSON_free(line);
}

static void tell_beginning(const struct paper *paper)
{
    paper_paragraph(paper, 0,
                    TEXT("Two messages, one batch, one answer; VisibilityTimeout 30 s. What became "
                         "of each message "
                         "was read from its queue, with ReportBatchItemFailures off and on. Kept: "
                         "it was delivered "
                         "again when its visibility timeout was over. Retried: kept, and the same "
                         "batch was tried "
                         "again before that. Wait: kept, and nothing is received while the "
                         "function is missing."));
    fputc('\n', paper->out);
}

static int tell_end(const struct responses *responses)
{
    if (responses->row_count == 0)
        return usage_error("there is no row '%s'; redrive demo responses lists them",
                           responses->only);
    if (!responses->json)
        printf("%s%zu answer%s, reporting off and on: %zu of %zu batches went as on AWS.\n",
               responses->only == NULL ? "\n" : "", responses->row_count,
               responses->row_count == 1 ? "" : "s",
               responses->batch_count - responses->wrong_count, responses->batch_count);
    if (responses->wrong_count == 0)
        return STATUS_OK;
    return failure("%zu of %zu batches did not go as on AWS", responses->wrong_count,
                   responses->batch_count);
}

static int run_rows(struct responses *responses)
{
    static const struct table_column columns[] = {
        {"row", false, false},           {"the handler gave", false, true},
        {"reporting off", false, false}, {"reporting on", false, false},
        {"because", false, true},
    };
    cleanup(table_free) struct table *table = table_new(columns, ROWS(columns));
    struct paper paper = paper_of(stdout);
    bool at_length = responses->only != NULL;
    struct text above = {0};
    const cJSON *row;
    cJSON_ArrayForEach(row, responses->rows)
    {
        struct run off;
        struct run on;
        if (!is_asked_for(responses, row))
            continue;
        if (!run_batch(responses, row, false, &off) || !run_batch(responses, row, true, &on))
            return STATUS_FAILED;
        responses->row_count++;
        if (responses->json)
            tell_in_json(row, &off, &on);
        else if (at_length)
            tell_at_length(&paper, row, &off, &on);
        else
            tell_in_table(table, row, &off, &on, &above);
    }
    if (!responses->json && !at_length) {
        tell_beginning(&paper);
        table_print(table, &paper);
    }
    return tell_end(responses);
}

static int run_world(struct responses *responses, const struct options *options, bool broken)
{
    struct text reason = {0};
    int status = STATUS_FAILED;
    responses->emulator = emulator_new(options, &reason, &status);
    if (responses->emulator == NULL) {
        failure("%.*s", TEXT_ARGUMENTS(reason));
        return status;
    }
    if (broken)
        emulator_break_outcome(responses->emulator);
    status = run_rows(responses);
    emulator_free(responses->emulator);
    return status;
}

int command_responses(const struct command *command, int count, char **arguments)
{
    int64_t seed = 1;
    bool broken = false; // a test breaks a rule on purpose and wants to see status 1
    struct responses responses = {0};
    const struct argument argument_rows[] = {
        {"--row", ARGUMENT_STRING, &responses.only, "the number of a row"},
        {"--json", ARGUMENT_FLAG, &responses.json, NULL},
        {"--seed", ARGUMENT_INTEGER, &seed, "a whole number"},
        {"--break", ARGUMENT_FLAG, &broken, NULL},
    };
    struct operands operands = {.most = 0};
    int status;
    if (!arguments_read(command, argument_rows, ROWS(argument_rows), &operands, count, arguments,
                        &status))
        return status;

    cleanup(cJSON_Delete) cJSON *tree =
        cJSON_ParseWithLength((const char *)responses_json, responses_json_bytes);
    cleanup(arena_free) struct arena *arena = arena_new();
    struct options options;
    options_init(&options, arena);
    options.listener = false;
    options.clock = CLOCK_MANUAL;
    options.start_at_ms = START_AT_MS;
    options.seeded = true;
    options.seed = (uint64_t)seed;
    options.journal_none = true;
    options.quiet = true;
    responses.arena = arena;
    responses.rows = tree_member(tree, "rows");
    return run_world(&responses, &options, broken);
}
