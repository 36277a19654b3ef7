// check -- does this handler keep the contract of a batch? redrive check -- TARGET.
//
//     for each batch of the matrix:  queue, mapping with ReportBatchItemFailures, all messages in one send
//        advance Timeout + 1 s       the handler has answered, or has run out of time
//        advance 6 x Timeout         what was kept comes back: is the answer the same?
//        trace                       which messages were in which invocation, kept or deleted, and why
//
// The world is private, on the manual clock; the handler is real. A program finds the queues of this world at AWS_ENDPOINT_URL, as
// every program of redrive does, and so may delete messages itself. A batch's pattern is
// a word: G good, B bad, D the message before it once more, A and X good and bad with an attribute, and
// in small letters the same in a second FIFO group. That is the whole matrix, and the tables below show it.
#include "cli/check.h"

#include "cli/command.h"
#include "cli/document.h"
#include "cli/inside.h"
#include "cli/table.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define START_AT_MS 1767225600000LL // 2026-01-01T00:00:00Z
#define BODIES_MAX 100
#define TIMEOUT_SECONDS_MAX 900
#define EVIDENCE_SHOWN_MAX 3
#define OUTPUT_LINES_MAX 6
#define OUTPUT_LINE_BYTES_MAX 200
#define TIMEOUTS_MAX 3 // a real handler that hangs costs its Timeout each time

struct pattern {
    const char *name;
    const char *word;
    bool again; // lets the lease end, and looks at the second delivery
};

// clang-format off
static const struct pattern standard_patterns[] = {
    {"one message, good",                   "G",          false},
    {"five messages, all good",             "GGGGG",      false},
    {"one message, bad",                    "B",          true},
    {"bad at place 1 of 5",                 "BGGGG",      true},
    {"bad at place 2 of 5",                 "GBGGG",      true},
    {"bad at place 3 of 5",                 "GGBGG",      true},
    {"bad at place 4 of 5",                 "GGGBG",      true},
    {"bad at place 5 of 5",                 "GGGGB",      true},
    {"two bad among five",                  "GBGBG",      true},
    {"three messages, all bad",             "BBB",        true},
    {"the same bodies twice",               "GDBD",       true},
    {"some with attributes, some without",  "AGXB",       false},
    {"ten messages, all good",              "GGGGGGGGGG", false},
    {"ten messages, bad at place 7",        "GGGGGGBGGG", true},
};

static const struct pattern fifo_patterns[] = {
    {"one message, good",                   "G",          false},
    {"one group of five, all good",         "GGGGG",      false},
    {"one message, bad",                    "B",          true},
    {"one group, bad at place 1 of 5",      "BGGGG",      true},
    {"one group, bad at place 2 of 5",      "GBGGG",      true},
    {"one group, bad at place 3 of 5",      "GGBGG",      true},
    {"one group, bad at place 4 of 5",      "GGGBG",      true},
    {"one group, bad at place 5 of 5",      "GGGGB",      true},
    {"one group, two bad among five",       "GBGBG",      true},
    {"two groups, all good",                "GgGgGg",     false},
    {"two groups, a failure in the first",  "GgBgGg",     true},
    {"two groups, a failure in each",       "GgBbGg",     true},
    {"one group, all bad",                  "BBB",        true},
    {"one group of ten, bad at place 7",    "GGGGGGBGGG", true},
};
// clang-format on

struct bodies {
    const char *items[BODIES_MAX];
    size_t count;
};

struct check {
    struct arena *arena;
    struct emulator *emulator;
    struct bodies good;
    struct bodies bad;
    bool fifo;
    bool json;
    bool verbose; // the log: what the handler writes, and its real durations
    const char *target;
    int64_t timeout_seconds;
    size_t batches;
    size_t invocations;
    size_t left_out; // patterns that need bad bodies
    size_t given_up; // patterns that were not tried because the handler hangs
    struct check_verdicts verdicts;
};

// ---- bodies ----

static void add_body(struct bodies *bodies, const char *body)
{
    if (bodies->count < BODIES_MAX)
        bodies->items[bodies->count++] = body;
}

static bool add_bodies(struct check *check, struct bodies *bodies, const char *file,
                       const cJSON *list)
{
    const cJSON *item;
    if (list != NULL && !cJSON_IsArray(list)) {
        usage_error("%s: good and bad are lists of bodies", file);
        return false;
    }
    cJSON_ArrayForEach(item, list)
    {
        char *printed = cJSON_IsString(item) ? NULL : cJSON_PrintUnformatted(item);
        struct text body = cJSON_IsString(item) ? node_text(item) : text_of(printed);
        add_body(bodies, arena_copy(check->arena, body).bytes);
        cJSON_free(printed);
    }
    return true;
}

// {good: [...], bad: [...]}, YAML or JSON; an item that is no text is sent as JSON.
static bool read_bodies(struct check *check, const char *path)
{
    cleanup(buffer_deinit) struct buffer source = {0};
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        usage_error("%s: %s", path, strerror(errno));
        return false;
    }
    size_t length;
    do {
        length = fread(buffer_reserve(&source, 65536), 1, 65536, file);
        source.length += length;
    } while (length > 0);
    fclose(file);

    struct text reason;
    struct place place;
    cleanup(cJSON_Delete) cJSON *root =
        document_parse(check->arena, buffer_text(&source), &reason, &place);
    if (root == NULL) {
        usage_error("%s:%d:%d: %.*s", path, place.line, place.column, TEXT_ARGUMENTS(reason));
        return false;
    }
    if (tree_member(root, "good") == NULL && tree_member(root, "bad") == NULL) {
        usage_error("%s: it holds good: and bad:, two lists of bodies", path);
        return false;
    }
    return add_bodies(check, &check->good, path, tree_member(root, "good")) &&
           add_bodies(check, &check->bad, path, tree_member(root, "bad"));
}

// {n} in a body is the number of the message.
static struct text numbered(struct check *check, const char *body, size_t number)
{
    static const struct text mark = TEXT("{n}");
    cleanup(buffer_deinit) struct buffer words = {0};
    struct text rest = text_of(body);
    size_t at;
    while (text_find(rest, mark, &at)) {
        buffer_append(&words, text_head(rest, at));
        buffer_print(&words, "%zu", number);
        rest = text_skip(rest, at + mark.length);
    }
    buffer_append(&words, rest);
    return arena_copy(check->arena, buffer_text(&words));
}

// ---- one batch ----

static struct text arn_of(struct check *check, struct text name)
{
    return arena_print(check->arena, "arn:aws:sqs:us-east-1:000000000000:%s", name.bytes);
}

static struct text url_of(struct check *check, struct text name)
{
    return arena_print(check->arena, "http://localhost/000000000000/%s", name.bytes);
}

static bool create_queue(struct check *check, struct text name)
{
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "QueueName", name.bytes);
    cJSON *attributes = cJSON_AddObjectToObject(input, "Attributes");
    cJSON_AddStringToObject(
        attributes, "VisibilityTimeout",
        arena_print(check->arena, "%lld", (long long)check->timeout_seconds * 6).bytes);
    if (check->fifo)
        cJSON_AddStringToObject(attributes, "FifoQueue", "true");
    cleanup(cJSON_Delete) cJSON *created = inside_sqs(check->emulator, "CreateQueue", input);
    return created != NULL;
}

// Its UUID; empty after a failure was told.
static struct text create_mapping(struct check *check, struct text name)
{
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "FunctionName", CHECK_FUNCTION);
    cJSON_AddStringToObject(input, "EventSourceArn", arn_of(check, name).bytes);
    cJSON_AddNumberToObject(input, "BatchSize", CHECK_BATCH_MAX);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(input, "FunctionResponseTypes"),
                         cJSON_CreateString("ReportBatchItemFailures"));
    cleanup(cJSON_Delete) cJSON *created =
        inside_lambda(check->emulator, "POST", "/2015-03-31/event-source-mappings/", input);
    return arena_copy(check->arena, tree_text(created, "UUID"));
}

static void add_attribute(cJSON *entry)
{
    cJSON *attributes = cJSON_AddObjectToObject(entry, "MessageAttributes");
    cJSON *attribute = cJSON_AddObjectToObject(attributes, "kind");
    cJSON_AddStringToObject(attribute, "DataType", "String");
    cJSON_AddStringToObject(attribute, "StringValue", "check");
}

// The entries of the batch, in the order of the pattern's letters.
static void add_entries(struct check *check, const char *word, struct check_trial *trial,
                        cJSON *entries)
{
    struct text body = {0};
    for (size_t i = 0; word[i] != '\0'; i++) {
        assert(i < CHECK_BATCH_MAX);
        bool second = word[i] >= 'a';
        char letter = (char)(second ? word[i] - 'a' + 'A' : word[i]);
        struct check_message *message = &trial->messages[i];
        bool bad = letter == 'D' ? trial->messages[i - 1].bad : letter == 'B' || letter == 'X';
        const struct bodies *bodies = bad ? &check->bad : &check->good;
        if (letter != 'D')
            body = numbered(check, bodies->items[i % bodies->count], i + 1);
        *message =
            (struct check_message){.group = second ? TEXT("second") : TEXT("first"), .bad = bad};
        struct text id = arena_print(check->arena, "%zu", i + 1);
        cJSON *entry = tree_new();
        cJSON_AddStringToObject(entry, "Id", id.bytes);
        cJSON_AddStringToObject(entry, "MessageBody", body.bytes);
        if (letter == 'A' || letter == 'X')
            add_attribute(entry);
        if (check->fifo) {
            cJSON_AddStringToObject(entry, "MessageGroupId", message->group.bytes);
            cJSON_AddStringToObject(entry, "MessageDeduplicationId", id.bytes);
        }
        cJSON_AddItemToArray(entries, entry);
        trial->message_count = i + 1;
    }
}

static bool send_batch(struct check *check, struct text name, const char *word,
                       struct check_trial *trial)
{
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "QueueUrl", url_of(check, name).bytes);
    add_entries(check, word, trial, cJSON_AddArrayToObject(input, "Entries"));
    cleanup(cJSON_Delete) cJSON *answer = inside_sqs(check->emulator, "SendMessageBatch", input);
    const cJSON *failed = tree_member(answer, "Failed");
    if (cJSON_GetArraySize(failed) > 0) {
        struct text reason = tree_text(failed->child, "Message");
        failure("a body was refused: %.*s", TEXT_ARGUMENTS(reason));
        return false;
    }
    const cJSON *sent;
    cJSON_ArrayForEach(sent, tree_member(answer, "Successful"))
    {
        int64_t number;
        if (text_to_integer(tree_text(sent, "Id"), &number))
            trial->messages[number - 1].id = arena_copy(check->arena, tree_text(sent, "MessageId"));
    }
    return answer != NULL;
}

static bool advance(struct check *check, int64_t ms)
{
    struct text reason = {0};
    emulator_await_handlers(check->emulator);
    if (!emulator_advance(check->emulator, ms, &reason)) {
        failure("%.*s", TEXT_ARGUMENTS(reason));
        return false;
    }
    emulator_await_handlers(check->emulator);
    return true;
}

static bool remove_all(struct check *check, struct text name, struct text mapping)
{
    struct text path =
        arena_print(check->arena, "/2015-03-31/event-source-mappings/%s", mapping.bytes);
    cleanup(cJSON_Delete) cJSON *ended = inside_lambda(check->emulator, "DELETE", path.bytes, NULL);
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "QueueUrl", url_of(check, name).bytes);
    cleanup(cJSON_Delete) cJSON *deleted = inside_sqs(check->emulator, "DeleteQueue", input);
    return ended != NULL && deleted != NULL;
}

// ---- what happened ----

static struct check_invocation *invocation_of(struct check *check, struct check_trial *trial,
                                              struct text request)
{
    for (size_t i = 0; i < trial->invocation_count; i++) {
        if (text_equal(trial->invocations[i].request, request))
            return &trial->invocations[i];
    }
    if (request.length == 0 || trial->invocation_count == CHECK_INVOCATIONS_MAX)
        return NULL;
    struct check_invocation *invocation = &trial->invocations[trial->invocation_count++];
    invocation->request = arena_copy(check->arena, request);
    return invocation;
}

static int number_of(const struct check_trial *trial, struct text id)
{
    for (size_t i = 0; i < trial->message_count; i++) {
        if (text_equal(trial->messages[i].id, id))
            return (int)i;
    }
    return -1;
}

// Before there is a verdict, only the handler itself can have deleted it.
static void take_deletion(struct check_trial *trial, int number)
{
    for (size_t i = 0; i < trial->invocation_count; i++) {
        struct check_invocation *invocation = &trial->invocations[i];
        for (size_t j = 0; j < invocation->count && !invocation->judged; j++) {
            if (invocation->members[j] == number)
                invocation->gone[j] = true;
        }
    }
}

static void take_point(struct check *check, struct check_trial *trial, const cJSON *point)
{
    struct text kind = tree_text(point, "kind");
    struct check_invocation *invocation =
        invocation_of(check, trial, tree_text(point, "requestId"));
    int number = number_of(trial, tree_text(point, "messageId"));
    if (text_equal(kind, TEXT("deleted")) && number >= 0)
        take_deletion(trial, number);
    if (invocation == NULL)
        return;
    if (text_equal(kind, TEXT("batched")) && number >= 0 && invocation->count < CHECK_BATCH_MAX) {
        invocation->members[invocation->count++] = number;
        invocation->again = tree_integer(point, "receiveCount") > 1;
    } else if (text_equal(kind, TEXT("invocation ended"))) {
        invocation->end = arena_copy(check->arena, tree_text(point, "reason"));
    } else if (text_equal(kind, TEXT("output"))) {
        invocation->output = arena_copy(check->arena, tree_text(point, "output"));
    } else if (text_equal(kind, TEXT("verdict")) && number >= 0) {
        struct text reason = tree_text(point, "reason");
        invocation->judged = true;
        if (invocation->verdict.length == 0)
            invocation->verdict = arena_copy(check->arena, reason);
        for (size_t i = 0; i < invocation->count; i++) {
            if (invocation->members[i] == number)
                invocation->kept[i] = text_starts_with(reason, TEXT("kept"));
        }
    }
}

// The last lines of what a handler wrote. A terminal obeys control characters, and these are somebody else's.
static void tell_output(FILE *out, const char *before, const char *others, struct text output)
{
    size_t left = 0;
    for (size_t i = 0; i < output.length; i++)
        left += output.bytes[i] == '\n' ? 1 : 0;
    struct text line;
    for (; text_cut(output, '\n', &line, &output); left--) {
        if (left > OUTPUT_LINES_MAX)
            continue;
        fputs(before, out);
        for (size_t i = 0; i < line.length && i < OUTPUT_LINE_BYTES_MAX; i++) {
            unsigned char byte = (unsigned char)line.bytes[i];
            fputc(byte < ' ' || byte == 0x7f ? '?' : byte, out);
        }
        fputc('\n', out);
        before = others;
    }
}

// A handler that does not start says nothing about its answers, but mostly why.
static void tell_no_start(struct check *check, struct check_trial *trial, const cJSON *point)
{
    const struct check_invocation *invocation =
        invocation_of(check, trial, tree_text(point, "requestId"));
    struct text output = invocation == NULL ? (struct text){0} : invocation->output;
    struct text reason = text_trim(tree_text(point, "reason"));
    failure("%s cannot be checked: %.*s%s; %s", check->target, TEXT_ARGUMENTS(reason),
            text_find(reason, TEXT("timed out after"), NULL)
                ? ", because it never asked for work (GET .../invocation/next)"
                : "",
            output.length > 0 ? "it wrote:" : "it wrote nothing");
    tell_output(stderr, "    ", "    ", output);
}

// False after a failure was told: also when the handler cannot be reached, which says nothing about its answers.
static bool read_trial(struct check *check, struct text name, struct check_trial *trial)
{
    struct text path = arena_print(check->arena, "trace?queue=%s&max=10000", name.bytes);
    cleanup(cJSON_Delete) cJSON *answer = inside_get(check->emulator, path.bytes);
    if (answer == NULL)
        return false;
    const cJSON *point;
    cJSON_ArrayForEach(point, tree_member(answer, "points"))
    {
        take_point(check, trial, point);
        struct text reason = tree_text(point, "reason");
        if (text_find(reason, TEXT("the runtime could not be started"), NULL)) {
            tell_no_start(check, trial, point);
            return false;
        }
        if (text_equal(tree_text(point, "kind"), TEXT("throttled"))) {
            failure("%s cannot be checked: %.*s", check->target, TEXT_ARGUMENTS(reason));
            return false;
        }
    }
    if (trial->invocation_count > 0)
        return true;
    failure("%s was not invoked", check->target);
    return false;
}

static bool run_trial(struct check *check, const struct pattern *pattern)
{
    struct check_trial trial = {.name = pattern->name, .fifo = check->fifo};
    struct text name =
        arena_print(check->arena, "check-%zu%s", check->batches + 1, check->fifo ? ".fifo" : "");
    int64_t timeout_ms = check->timeout_seconds * 1000;
    if (!create_queue(check, name))
        return false;
    struct text mapping = create_mapping(check, name);
    if (mapping.length == 0 || !send_batch(check, name, pattern->word, &trial) ||
        !advance(check, timeout_ms + 1000) || (pattern->again && !advance(check, timeout_ms * 6)) ||
        !read_trial(check, name, &trial) || !remove_all(check, name, mapping))
        return false;
    check->batches++;
    check->invocations += trial.invocation_count;
    check_judge(&check->verdicts, &trial);
    return true;
}

// ---- telling ----

static bool is_broken(const struct check *check, size_t rule)
{
    return cJSON_GetArraySize(check->verdicts.evidence[rule]) > 0;
}

static bool is_asked_for(const struct check *check, size_t rule)
{
    return (rule != RULE_FIFO_STOPS || check->fifo) &&
           (rule != RULE_DELETES_DONE || check->verdicts.tried[rule] > 0);
}

static void tell_evidence(const struct paper *paper, const cJSON *evidence)
{
    int shown = 0;
    struct text above = {0};
    struct text written = {0};
    const cJSON *item;
    cJSON_ArrayForEach(item, evidence)
    {
        // One of each batch says it.
        bool same = text_equal(tree_text(item, "batch"), above);
        above = tree_text(item, "batch");
        if (same || shown == EVIDENCE_SHOWN_MAX)
            continue;
        shown++;
        fprintf(paper->out, "      %s%s\n", tree_text(item, "batch").bytes,
                tree_is_true(item, "redelivered") ? ", delivered again" : "");
        paper_labelled(paper, "        seen    ", tree_text(item, "sentence"));
        paper_labelled(paper, "        answer  ", tree_text(item, "answer"));
        struct text output = tree_text(item, "output");
        if (!text_equal(output, written))
            tell_output(paper->out, "        wrote   ", "                ", output);
        written = output;
    }
    if (cJSON_GetArraySize(evidence) > shown)
        fprintf(paper->out, "      ... and %d more; --json has all of them\n",
                cJSON_GetArraySize(evidence) - shown);
}

static void tell(const struct check *check)
{
    struct paper paper = paper_of(stdout);
    printf("%s: %zu %sbatches, %zu invocations, ReportBatchItemFailures on\n\n", check->target,
           check->batches, check->fifo ? "FIFO " : "", check->invocations);
    for (size_t i = 0; i < CHECK_RULES; i++) {
        const struct check_rule_row *row = &check_rule_rows[i];
        bool broken = is_broken(check, i);
        if (!is_asked_for(check, i))
            continue;
        paper_say(&paper,
                  broken                         ? TONE_BAD
                  : check->verdicts.tried[i] > 0 ? TONE_GOOD
                                                 : TONE_FAINT,
                  broken                         ? TEXT("FAIL")
                  : check->verdicts.tried[i] > 0 ? TEXT("pass")
                                                 : TEXT("----"));
        printf("  %-21s  %s", row->id, row->sentence);
        if (check->verdicts.tried[i] == 0 && !broken)
            printf(" (not tried)");
        fputc('\n', paper.out);
        if (!broken)
            continue;
        tell_evidence(&paper, check->verdicts.evidence[i]);
        paper_labelled(&paper, "      remedy    ", text_of(row->remedy));
    }
    if (check->left_out > 0)
        printf("\n%zu batches were left out: --bad gives a body that the handler cannot process\n",
               check->left_out);
    if (check->given_up > 0)
        printf("\n%zu batches were not tried, because the handler hangs\n", check->given_up);
}

static void tell_in_json(const struct check *check)
{
    cleanup(cJSON_Delete) cJSON *tree = tree_new();
    cJSON_AddStringToObject(tree, "target", check->target);
    cJSON_AddBoolToObject(tree, "fifo", check->fifo);
    cJSON_AddNumberToObject(tree, "batches", (double)check->batches);
    cJSON_AddNumberToObject(tree, "invocations", (double)check->invocations);
    cJSON_AddNumberToObject(tree, "notTried", (double)(check->left_out + check->given_up));
    cJSON *rules = cJSON_AddArrayToObject(tree, "rules");
    for (size_t i = 0; i < CHECK_RULES; i++) {
        if (!is_asked_for(check, i))
            continue;
        cJSON *rule = tree_new();
        cJSON_AddStringToObject(rule, "id", check_rule_rows[i].id);
        cJSON_AddStringToObject(rule, "verdict",
                                is_broken(check, i)            ? "fail"
                                : check->verdicts.tried[i] > 0 ? "pass"
                                                               : "not tried");
        cJSON_AddStringToObject(rule, "rule", check_rule_rows[i].sentence);
        cJSON_AddStringToObject(rule, "remedy", check_rule_rows[i].remedy);
        cJSON_AddNumberToObject(rule, "tried", (double)check->verdicts.tried[i]);
        cJSON_AddItemToObject(rule, "evidence", cJSON_Duplicate(check->verdicts.evidence[i], true));
        cJSON_AddItemToArray(rules, rule);
    }
    char *words = cJSON_PrintUnformatted(tree);
    puts(words);
    cJSON_free(words);
}

static int run_patterns(struct check *check)
{
    const struct pattern *patterns = check->fifo ? fifo_patterns : standard_patterns;
    size_t count = check->fifo ? ROWS(fifo_patterns) : ROWS(standard_patterns);
    for (size_t i = 0; i < count; i++) {
        bool needs_bad = strpbrk(patterns[i].word, "BbX") != NULL;
        const cJSON *hangs = check->verdicts.evidence[RULE_WITHIN_TIMEOUT];
        if (needs_bad && check->bad.count == 0)
            check->left_out++;
        else if (cJSON_GetArraySize(hangs) >= TIMEOUTS_MAX)
            check->given_up++;
        else if (!run_trial(check, &patterns[i]))
            return STATUS_FAILED;
    }
    int status = STATUS_OK;
    for (size_t i = 0; i < CHECK_RULES; i++) {
        if (is_broken(check, i))
            status = STATUS_FAILED;
    }
    if (check->json)
        tell_in_json(check);
    else
        tell(check);
    return status;
}

static int run_world(struct check *check)
{
    struct options options;
    options_init(&options, check->arena);
    options.listener = false;
    options.clock = CLOCK_MANUAL;
    options.start_at_ms = START_AT_MS;
    options.seeded = true;
    options.seed = 1;
    options.journal_none = true;
    options.quiet = !check->verbose;
    options.functions[options.function_count++] =
        arena_print(check->arena, CHECK_FUNCTION "=%s", check->target);
    options.sets[options.set_count++] = arena_print(check->arena, CHECK_FUNCTION ".Timeout=%lld",
                                                    (long long)check->timeout_seconds);
    struct text reason = {0};
    int status = STATUS_FAILED;
    check->emulator = emulator_new(&options, &reason, &status);
    if (check->emulator == NULL) {
        failure("%.*s", TEXT_ARGUMENTS(reason));
        return status;
    }
    check_verdicts_init(&check->verdicts, check->arena);
    status = run_patterns(check);
    check_verdicts_deinit(&check->verdicts);
    emulator_free(check->emulator);
    return status;
}

int command_check(const struct command *command, int count, char **arguments)
{
    struct argument_list good = {0};
    struct argument_list bad = {0};
    const char *file = NULL;
    int64_t timeout_ms = 3000;
    cleanup(arena_free) struct arena *arena = arena_new();
    struct check check = {.arena = arena};
    const struct argument rows[] = {
        {"--fifo", ARGUMENT_FLAG, &check.fifo, NULL},
        {"--good", ARGUMENT_LIST, &good, "a body"},
        {"--bad", ARGUMENT_LIST, &bad, "a body"},
        {"--bodies", ARGUMENT_STRING, &file, "a file"},
        {"--timeout", ARGUMENT_DURATION, &timeout_ms, "a duration such as 3s"},
        {"--json", ARGUMENT_FLAG, &check.json, NULL},
        {"--verbose", ARGUMENT_FLAG, &check.verbose, NULL},
    };
    struct operands operands = {.most = 1};
    int status;
    if (!arguments_read(command, rows, ROWS(rows), &operands, count, arguments, &status))
        return status;
    if (operands.count != 1)
        return usage_error("check needs a target: redrive check --good BODY --bad BODY -- "
                           "'exec:python3 handler.py'");
    for (size_t i = 0; i < good.count; i++)
        add_body(&check.good, good.items[i]);
    for (size_t i = 0; i < bad.count; i++)
        add_body(&check.bad, bad.items[i]);
    if (file != NULL && !read_bodies(&check, file))
        return STATUS_USAGE;
    if (check.good.count == 0)
        return usage_error("check needs --good BODY, a message that the handler can process (and "
                           "--bad BODY, one that it cannot)");
    check.timeout_seconds = (timeout_ms + 999) / 1000;
    if (check.timeout_seconds < 1 || check.timeout_seconds > TIMEOUT_SECONDS_MAX)
        return usage_error("--timeout takes 1s to 15m, as a function's Timeout does");
    check.target = operands.items[0];
    return run_world(&check);
}
