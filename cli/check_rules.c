// check_rules -- what a handler owes to its batch, rule by rule.
//
// What the handler answered is judged by the emulator's own verdict, read from the trace: which messages
// were deleted, which kept, and in which words. Nothing is decided here a second time; a rule only
// compares what was kept with what is bad.
//
// On FIFO a handler may stop the whole batch at its first failure, or the failure's group alone: both keep
// the order, so both are right.
#include "cli/check.h"

#include "queue/base/buffer.h"

#include <stdarg.h>
#include <stdio.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

const struct check_rule_row check_rule_rows[CHECK_RULES] = {
    [RULE_REPORTS_FAILURES] =
        {"reports-failures", "every message that cannot be processed is reported",
         "Add its messageId to batchItemFailures; what is not reported is deleted, and lost."},
    [RULE_REPORTS_ONLY_FAILURES] =
        {"reports-only-failures", "no message that was processed is reported",
         "Report failures only; what is reported comes back and is processed again."},
    [RULE_IDS_OF_BATCH] = {"ids-of-batch", "every reported id is a messageId of this batch",
                           "Report the record's messageId as it came: one unknown or empty id "
                           "makes the report void."},
    [RULE_KEY_AND_CASE] =
        {"key-and-case", "the answer is an object with batchItemFailures and itemIdentifier",
         "Return {\"batchItemFailures\":[{\"itemIdentifier\":\"<messageId>\"}]}, to the letter."},
    [RULE_NO_EXCEPTION] =
        {"no-exception", "it does not throw, or end, when some messages succeeded",
         "Catch the failure of each message; an exception brings the good ones back too."},
    [RULE_FIFO_STOPS] =
        {"fifo-stops", "after a failure it reports the rest of the group, unprocessed",
         "On FIFO stop at the first failure, and report it and everything behind it."},
    [RULE_SAME_ANSWER] =
        {"same-answer", "a message that comes again gets the same answer",
         "Make the handler idempotent: the same message must end in the same way."},
    [RULE_WITHIN_TIMEOUT] = {"within-timeout", "it answers within its Timeout",
                             "Raise Timeout, lower BatchSize, or bound what one message may take."},
    [RULE_DELETES_DONE] = {"deletes-only-done", "what it deletes itself is what it has processed",
                           "Delete a message when it is processed, never before: what is deleted "
                           "does not come back."},
};

void check_verdicts_init(struct check_verdicts *verdicts, struct arena *arena)
{
    *verdicts = (struct check_verdicts){.arena = arena};
    for (size_t i = 0; i < CHECK_RULES; i++)
        verdicts->evidence[i] = cJSON_CreateArray();
}

void check_verdicts_deinit(struct check_verdicts *verdicts)
{
    for (size_t i = 0; i < CHECK_RULES; i++)
        cJSON_Delete(verdicts->evidence[i]);
}

// What is judged at present.
struct judge {
    struct check_verdicts *verdicts;
    const struct check_trial *trial;
    const struct check_invocation *invocation;
};

__attribute__((format(printf, 3, 4))) static void
breaks(const struct judge *judge, enum check_rule rule, const char *format, ...)
{
    char sentence[500];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    struct text end = judge->invocation->end;
    struct arena *arena = judge->verdicts->arena;
    cJSON *evidence = tree_new();
    cJSON_AddStringToObject(evidence, "batch", judge->trial->name);
    cJSON_AddBoolToObject(evidence, "redelivered", judge->invocation->again);
    cJSON_AddStringToObject(evidence, "sentence", sentence);
    cJSON_AddStringToObject(evidence, "answer", arena_copy(arena, text_trim(end)).bytes);
    if (judge->invocation->output.length > 0)
        cJSON_AddStringToObject(evidence, "output",
                                arena_copy(arena, judge->invocation->output).bytes);
    cJSON_AddItemToArray(judge->verdicts->evidence[rule], evidence);
}

static bool ended(const struct check_invocation *invocation, const char *how)
{
    return text_starts_with(text_skip(invocation->end, sizeof(CHECK_FUNCTION)), text_of(how));
}

static const struct check_message *member(const struct judge *judge, size_t at)
{
    return &judge->trial->messages[judge->invocation->members[at]];
}

static int place_of(const struct judge *judge, size_t at)
{
    return judge->invocation->members[at] + 1;
}

static size_t count_bad(const struct judge *judge)
{
    size_t count = 0;
    for (size_t i = 0; i < judge->invocation->count; i++)
        count += member(judge, i)->bad ? 1 : 0;
    return count;
}

// ---- the answer's shape ----

struct sign {
    struct text words;
    enum check_rule rule;
};

// In the verdict's reason (docs/responses.md, rows 9 to 24).
static const struct sign signs[] = {
    {TEXT("an id that is not in the batch"), RULE_IDS_OF_BATCH},
    {TEXT("an empty itemIdentifier"), RULE_IDS_OF_BATCH},
    {TEXT("an itemIdentifier that is null"), RULE_IDS_OF_BATCH},
    {TEXT("an itemIdentifier that is not a string"), RULE_IDS_OF_BATCH},
    {TEXT("the whole report is void"), RULE_KEY_AND_CASE},
    {TEXT("but no batchItemFailures"), RULE_KEY_AND_CASE},
    {TEXT("it cannot be a report"), RULE_KEY_AND_CASE},
    {TEXT("is not valid JSON"), RULE_KEY_AND_CASE},
    {TEXT("larger than 6 MB"), RULE_KEY_AND_CASE},
};

// True if the answer can be read: it says of each message whether it failed.
static bool judge_shape(const struct judge *judge)
{
    struct text verdict = judge->invocation->verdict;
    judge->verdicts->tried[RULE_IDS_OF_BATCH]++;
    judge->verdicts->tried[RULE_KEY_AND_CASE]++;
    for (size_t i = 0; i < ROWS(signs); i++) {
        size_t at;
        if (!text_find(verdict, signs[i].words, NULL))
            continue;
        struct text reason =
            text_find(verdict, TEXT(": "), &at) ? text_skip(verdict, at + 2) : verdict;
        breaks(judge, signs[i].rule, "%.*s", TEXT_ARGUMENTS(reason));
        return false;
    }
    return true;
}

// ---- which messages it reported ----

static bool same_group_failed_before(const struct judge *judge, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (member(judge, i)->bad && text_equal(member(judge, i)->group, member(judge, at)->group))
            return true;
    }
    return false;
}

static bool any_failed_before(const struct judge *judge, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (member(judge, i)->bad)
            return true;
    }
    return false;
}

static void judge_fifo(const struct judge *judge)
{
    const struct check_invocation *invocation = judge->invocation;
    if (count_bad(judge) > 0)
        judge->verdicts->tried[RULE_FIFO_STOPS]++;
    for (size_t i = 0; i < invocation->count; i++) {
        const struct check_message *message = member(judge, i);
        bool behind = same_group_failed_before(judge, i);
        if (behind && !invocation->kept[i])
            breaks(judge, RULE_FIFO_STOPS,
                   "message %d is deleted although one before it in the group '%.*s' failed: the "
                   "group's order is lost",
                   place_of(judge, i), TEXT_ARGUMENTS(message->group));
        else if (message->bad && !invocation->kept[i])
            breaks(judge, RULE_REPORTS_FAILURES,
                   "message %d is bad and was not reported: it is deleted, and lost",
                   place_of(judge, i));
        else if (!message->bad && invocation->kept[i] && !any_failed_before(judge, i))
            breaks(judge, RULE_REPORTS_ONLY_FAILURES,
                   "message %d is good, stands before every failure, and was reported",
                   place_of(judge, i));
    }
}

static void judge_standard(const struct judge *judge)
{
    const struct check_invocation *invocation = judge->invocation;
    for (size_t i = 0; i < invocation->count; i++) {
        bool bad = member(judge, i)->bad;
        if (bad && !invocation->kept[i])
            breaks(judge, RULE_REPORTS_FAILURES,
                   "message %d is bad and was not reported: it is deleted, and lost",
                   place_of(judge, i));
        if (!bad && invocation->kept[i] && !invocation->gone[i])
            breaks(judge, RULE_REPORTS_ONLY_FAILURES,
                   "message %d is good and was reported: it comes back, and is processed again",
                   place_of(judge, i));
    }
}

// ---- the same message again ----

static const struct check_invocation *earlier_with(const struct judge *judge, int message,
                                                   size_t *ret_at)
{
    const struct check_trial *trial = judge->trial;
    for (size_t i = 0; i < trial->invocation_count; i++) {
        const struct check_invocation *other = &trial->invocations[i];
        for (size_t j = 0; j < other->count && !other->again; j++) {
            if (other->members[j] == message) {
                *ret_at = j;
                return other;
            }
        }
    }
    return NULL;
}

// Only of bad messages: what stood behind a failure of a FIFO group may well succeed later.
static void judge_again(const struct judge *judge)
{
    const struct check_invocation *invocation = judge->invocation;
    judge->verdicts->tried[RULE_SAME_ANSWER]++;
    for (size_t i = 0; i < invocation->count; i++) {
        size_t at;
        const struct check_invocation *before = earlier_with(judge, invocation->members[i], &at);
        if (before != NULL && before->kept[at] && !invocation->kept[i] && member(judge, i)->bad)
            breaks(judge, RULE_SAME_ANSWER,
                   "message %d failed at its first delivery and succeeded at its second, with the "
                   "same body",
                   place_of(judge, i));
    }
}

// ---- an invocation ----

// Good messages that an exception brings back. Who throws when nothing succeeded keeps the same messages as who
// reports them all (as Powertools does, which on FIFO counts what stands behind a failure as failed); and who
// has deleted what succeeded brings nothing back but failures.
static size_t count_needless(const struct judge *judge)
{
    const struct check_invocation *invocation = judge->invocation;
    size_t count = 0;
    for (size_t i = 0; i < invocation->count; i++) {
        bool waits = judge->trial->fifo && any_failed_before(judge, i);
        count += member(judge, i)->bad || invocation->gone[i] || waits ? 0 : 1;
    }
    return count;
}

static void judge_thrown(const struct judge *judge)
{
    const struct check_invocation *invocation = judge->invocation;
    size_t needless = count_needless(judge);
    if (needless > 0)
        breaks(judge, RULE_NO_EXCEPTION,
               "it gave no answer: %zu good of %zu messages come back, and are processed again",
               needless, invocation->count);
    if (judge->trial->fifo && count_bad(judge) > 0)
        judge->verdicts->tried[RULE_FIFO_STOPS]++;
    for (size_t i = 0; i < invocation->count; i++) {
        if (invocation->gone[i] && judge->trial->fifo && same_group_failed_before(judge, i))
            breaks(judge, RULE_FIFO_STOPS,
                   "message %d was deleted by the handler although one before it in the group "
                   "'%.*s' failed: the group's order is lost",
                   place_of(judge, i), TEXT_ARGUMENTS(member(judge, i)->group));
    }
}

// Whatever it answers: it may use SQS, as everybody may.
static void judge_deletions(const struct judge *judge)
{
    const struct check_invocation *invocation = judge->invocation;
    bool any = false;
    for (size_t i = 0; i < invocation->count; i++) {
        any = any || invocation->gone[i];
        if (invocation->gone[i] && member(judge, i)->bad)
            breaks(judge, RULE_DELETES_DONE,
                   "message %d is bad, and the handler deleted it: it is lost", place_of(judge, i));
    }
    judge->verdicts->tried[RULE_DELETES_DONE] += any ? 1 : 0;
}

static void judge_invocation(const struct judge *judge)
{
    const struct check_invocation *invocation = judge->invocation;
    struct check_verdicts *verdicts = judge->verdicts;
    size_t bad = count_bad(judge);
    judge_deletions(judge);
    verdicts->tried[RULE_WITHIN_TIMEOUT]++;
    if (ended(invocation, "timed out")) {
        breaks(judge, RULE_WITHIN_TIMEOUT,
               "it did not answer in time: all %zu messages come back, whatever was done",
               invocation->count);
        return;
    }
    if (bad < invocation->count)
        verdicts->tried[RULE_NO_EXCEPTION]++;
    if (!ended(invocation, "responded")) {
        judge_thrown(judge);
        return;
    }
    if (!judge_shape(judge))
        return;
    if (bad > 0)
        verdicts->tried[RULE_REPORTS_FAILURES]++;
    if (bad < invocation->count)
        verdicts->tried[RULE_REPORTS_ONLY_FAILURES]++;
    if (invocation->again)
        judge_again(judge);
    else if (judge->trial->fifo)
        judge_fifo(judge);
    else
        judge_standard(judge);
}

void check_judge(struct check_verdicts *verdicts, const struct check_trial *trial)
{
    for (size_t i = 0; i < trial->invocation_count; i++) {
        const struct judge judge = {
            .verdicts = verdicts, .trial = trial, .invocation = &trial->invocations[i]};
        if (judge.invocation->judged)
            judge_invocation(&judge);
    }
}
