// lint_rules -- what experience says about queues and mappings: one row a rule, one function that looks.
//
// A rule has one severity. error: messages are lost, or retried for ever. warning: it will hurt under load
// or after a failure. note: worth a thought. Every rule keeps silent about what it does not know.
#include "cli/lint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define RECEIVE_COUNT_LEAST 5
#define POLLERS_AT_FIRST 5 // of a standard queue
#define VISIBILITY_FACTOR 6

enum rule {
    RULE_DLQ_MISSING,
    RULE_REPORTING_OFF,
    RULE_REPORTS_LOST,
    RULE_REPORTING_UNUSED,
    RULE_LEASE_SHORTER_THAN_TIMEOUT,
    RULE_VISIBILITY_SHORT,
    RULE_RECEIVE_COUNT_LOW,
    RULE_DLQ_RETENTION,
    RULE_FIFO_DLQ_KIND,
    RULE_FIFO_ORDER,
    RULE_WINDOW_NEEDLESS,
    RULE_RESERVED_LOW,
    RULE_CONCURRENCY_UNLIMITED,
    RULES
};

struct row {
    const char *id;
    const char *severity;
    const char *reason;
    const char *fix;
};

static const struct row rows[RULES] = {
    [RULE_DLQ_MISSING] =
        {"dlq-missing", "error",
         "Without a dead-letter queue a message that can never succeed comes back until its "
         "retention ends; such messages pile up, and on FIFO each blocks its group.",
         "Give the queue a RedrivePolicy with a deadLetterTargetArn and a maxReceiveCount of 5 or "
         "more."},
    [RULE_REPORTING_OFF] =
        {"reporting-off", "warning",
         "Without ReportBatchItemFailures one failed message brings the whole batch back, good "
         "messages included.",
         "Set FunctionResponseTypes: [ReportBatchItemFailures], and report the failed ids."},
    [RULE_REPORTS_LOST] =
        {"reports-lost", "error",
         "The function reports failures, but ReportBatchItemFailures is off: its report is not "
         "read, and the failed messages are deleted.",
         "Set FunctionResponseTypes: [ReportBatchItemFailures]."},
    [RULE_REPORTING_UNUSED] =
        {"reporting-unused", "warning",
         "ReportBatchItemFailures is on, but the function throws and never reports: the whole "
         "batch comes back all the same.",
         "Catch each message's failure, and return its id in batchItemFailures; redrive check "
         "tries the handler."},
    [RULE_LEASE_SHORTER_THAN_TIMEOUT] =
        {"lease-shorter-than-timeout", "error",
         "A function that may run longer than the visibility timeout gets messages that are "
         "already with another; AWS refuses such a mapping.",
         "Set VisibilityTimeout to 6 times the function's Timeout plus the batching window."},
    [RULE_VISIBILITY_SHORT] =
        {"visibility-short", "warning",
         "A throttled batch is tried again inside its lease only: below 6 times the Timeout plus "
         "the window its messages come back, with a count more, before they were processed.",
         "Set VisibilityTimeout to 6 times the function's Timeout plus the batching window."},
    [RULE_RECEIVE_COUNT_LOW] =
        {"receive-count-low", "warning",
         "Throttling and other passing trouble count as receives too: below 5, good messages end "
         "in the dead-letter queue.",
         "Set maxReceiveCount to 5 or more."},
    [RULE_DLQ_RETENTION] =
        {"dlq-retention", "warning",
         "A message keeps the age that it had (standard queues): in a dead-letter queue that does "
         "not keep longer it may vanish before somebody looks.",
         "Set MessageRetentionPeriod of the dead-letter queue to 1209600 (14 days)."},
    [RULE_FIFO_DLQ_KIND] =
        {"fifo-dlq-kind", "error",
         "The dead-letter queue of a FIFO queue is a FIFO queue, that of a standard one a standard "
         "one; anything else is refused.",
         "Make both queues of one kind."},
    [RULE_FIFO_ORDER] =
        {"fifo-order", "note",
         "With partial reports on FIFO the handler must stop at the first failure and report it "
         "and the rest; and a message that goes to a dead-letter queue leaves a gap in its group.",
         "Try the handler with redrive check --fifo; handle the gap."},
    [RULE_WINDOW_NEEDLESS] =
        {"window-needless", "note",
         "A poll collects ten messages without a window; with BatchSize 10 or less it adds delay, "
         "and makes the lease shorter.",
         "Leave MaximumBatchingWindowInSeconds at 0, or raise BatchSize above 10."},
    [RULE_RESERVED_LOW] =
        {"reserved-concurrency-low", "warning",
         "The mapping polls for more invocations than the function may run: they are throttled, "
         "and their messages receive counts without being processed.",
         "Set ScalingConfig.MaximumConcurrency no higher than ReservedConcurrentExecutions."},
    [RULE_CONCURRENCY_UNLIMITED] =
        {"concurrency-unlimited", "note",
         "Neither the mapping nor the function has a limit: a pile of messages, poison included, "
         "may take the account's whole concurrency.",
         "Set ScalingConfig.MaximumConcurrency (2 to 1000)."},
};

bool lint_rule(size_t index, const char **ret_id, const char **ret_severity,
               const char **ret_reason, const char **ret_fix)
{
    if (index >= RULES)
        return false;
    *ret_id = rows[index].id;
    *ret_severity = rows[index].severity;
    *ret_reason = rows[index].reason;
    *ret_fix = rows[index].fix;
    return true;
}

const struct lint_queue *lint_find_queue(const struct lint_model *model, struct text name)
{
    for (size_t i = 0; i < model->queue_count; i++) {
        if (text_equal(model->queues[i].name, name))
            return &model->queues[i];
    }
    return NULL;
}

struct lint {
    const struct lint_model *model;
    cJSON *findings;
};

__attribute__((format(printf, 5, 6))) static void find(const struct lint *lint, enum rule rule,
                                                       struct text subject, int line,
                                                       const char *format, ...)
{
    char sentence[500];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    cJSON *finding = tree_new();
    cJSON_AddStringToObject(finding, "rule", rows[rule].id);
    cJSON_AddStringToObject(finding, "severity", rows[rule].severity);
    cJSON_AddStringToObject(finding, "subject", arena_copy(lint->model->arena, subject).bytes);
    if (line > 0)
        cJSON_AddNumberToObject(finding, "line", line);
    cJSON_AddStringToObject(finding, "sentence", sentence);
    cJSON_AddStringToObject(finding, "reason", rows[rule].reason);
    cJSON_AddStringToObject(finding, "fix", rows[rule].fix);
    cJSON_AddItemToArray(lint->findings, finding);
}

// ---- a mapping and its queue ----

static void judge_visibility(const struct lint *lint, const struct lint_mapping *mapping,
                             const struct lint_queue *queue)
{
    if (queue->visibility_seconds < 0 || mapping->timeout_seconds < 0 ||
        mapping->window_seconds < 0)
        return;
    int64_t wanted = VISIBILITY_FACTOR * mapping->timeout_seconds + mapping->window_seconds;
    if (queue->visibility_seconds < mapping->timeout_seconds)
        find(lint, RULE_LEASE_SHORTER_THAN_TIMEOUT, queue->name, queue->line,
             "VisibilityTimeout is %lld s, but %.*s may run %lld s",
             (long long)queue->visibility_seconds, TEXT_ARGUMENTS(mapping->function),
             (long long)mapping->timeout_seconds);
    else if (queue->visibility_seconds < wanted)
        find(lint, RULE_VISIBILITY_SHORT, queue->name, queue->line,
             "VisibilityTimeout is %lld s; 6 times the Timeout of %.*s plus the window is %lld s",
             (long long)queue->visibility_seconds, TEXT_ARGUMENTS(mapping->function),
             (long long)wanted);
}

static void judge_reporting(const struct lint *lint, const struct lint_mapping *mapping)
{
    if (!mapping->reports && mapping->reported > 0)
        find(lint, RULE_REPORTS_LOST, mapping->name, mapping->line,
             "%.*s reported failures %lld time%s, and nobody read it",
             TEXT_ARGUMENTS(mapping->function), (long long)mapping->reported,
             mapping->reported == 1 ? "" : "s");
    else if (!mapping->reports && mapping->batch_size != 1)
        find(lint, RULE_REPORTING_OFF, mapping->name, mapping->line,
             "%.*s is invoked with up to %lld messages, and cannot say which of them failed",
             TEXT_ARGUMENTS(mapping->function), (long long)mapping->batch_size);
    if (mapping->reports && mapping->thrown > 0 && mapping->reported == 0)
        find(lint, RULE_REPORTING_UNUSED, mapping->name, mapping->line,
             "%.*s threw %lld time%s, and never reported a failure",
             TEXT_ARGUMENTS(mapping->function), (long long)mapping->thrown,
             mapping->thrown == 1 ? "" : "s");
}

static void judge_concurrency(const struct lint *lint, const struct lint_mapping *mapping,
                              const struct lint_queue *queue)
{
    int64_t reserved = mapping->reserved_concurrency;
    int64_t maximum = mapping->maximum_concurrency;
    if (reserved < 0 && maximum < 0)
        find(lint, RULE_CONCURRENCY_UNLIMITED, mapping->name, mapping->line,
             "no limit between %.*s and the account's", TEXT_ARGUMENTS(mapping->function));
    else if (reserved >= 0 && maximum > reserved)
        find(lint, RULE_RESERVED_LOW, mapping->name, mapping->line,
             "MaximumConcurrency is %lld, but %.*s has %lld reserved", (long long)maximum,
             TEXT_ARGUMENTS(mapping->function), (long long)reserved);
    else if (reserved >= 0 && maximum < 0 && !queue->fifo && reserved < POLLERS_AT_FIRST)
        find(lint, RULE_RESERVED_LOW, mapping->name, mapping->line,
             "a mapping begins with %d batches at once, but %.*s has %lld reserved",
             POLLERS_AT_FIRST, TEXT_ARGUMENTS(mapping->function), (long long)reserved);
}

static void judge_mapping(const struct lint *lint, const struct lint_mapping *mapping)
{
    const struct lint_queue *queue = lint_find_queue(lint->model, mapping->queue);
    judge_reporting(lint, mapping);
    if (mapping->window_seconds > 0 && mapping->batch_size > 0 && mapping->batch_size <= 10)
        find(lint, RULE_WINDOW_NEEDLESS, mapping->name, mapping->line,
             "a window of %lld s for batches of %lld", (long long)mapping->window_seconds,
             (long long)mapping->batch_size);
    if (queue == NULL)
        return;
    if (!queue->redrives)
        find(lint, RULE_DLQ_MISSING, queue->name, queue->line,
             "%.*s reads this queue, which has no dead-letter queue",
             TEXT_ARGUMENTS(mapping->function));
    if (queue->fifo && mapping->reports)
        find(lint, RULE_FIFO_ORDER, mapping->name, mapping->line,
             "%.*s reports single failures of a FIFO queue", TEXT_ARGUMENTS(mapping->function));
    judge_visibility(lint, mapping, queue);
    judge_concurrency(lint, mapping, queue);
}

// ---- a queue and its dead-letter queue ----

static void judge_queue(const struct lint *lint, const struct lint_queue *queue)
{
    if (!queue->redrives)
        return;
    if (queue->receive_count_max >= 0 && queue->receive_count_max < RECEIVE_COUNT_LEAST)
        find(lint, RULE_RECEIVE_COUNT_LOW, queue->name, queue->line, "maxReceiveCount is %lld",
             (long long)queue->receive_count_max);
    const struct lint_queue *dead = lint_find_queue(lint->model, queue->dead_letter);
    if (dead == NULL)
        return;
    if (dead->fifo != queue->fifo)
        find(lint, RULE_FIFO_DLQ_KIND, queue->name, queue->line, "this queue is %s, %.*s is %s",
             queue->fifo ? "FIFO" : "standard", TEXT_ARGUMENTS(dead->name),
             dead->fifo ? "FIFO" : "standard");
    else if (!queue->fifo && dead->retention_seconds >= 0 && queue->retention_seconds >= 0 &&
             dead->retention_seconds <= queue->retention_seconds)
        find(lint, RULE_DLQ_RETENTION, dead->name, dead->line,
             "it keeps messages for %lld s, no longer than %.*s (%lld s)",
             (long long)dead->retention_seconds, TEXT_ARGUMENTS(queue->name),
             (long long)queue->retention_seconds);
}

void lint_judge(const struct lint_model *model, cJSON *findings)
{
    const struct lint lint = {.model = model, .findings = findings};
    for (size_t i = 0; i < model->queue_count; i++)
        judge_queue(&lint, &model->queues[i]);
    for (size_t i = 0; i < model->mapping_count; i++)
        judge_mapping(&lint, &model->mappings[i]);
}
