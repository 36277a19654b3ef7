// verdict -- from an answer to each message of the batch: outcome.h decides, here it is done. Who is kept is not touched at all, and
// comes back when its lease ends (L-145, L-147); who succeeded is deleted; and each has a sentence in the trace that says why.
//
// What follows for the poller (again inside the leases, given up, idle) stays with the poller.
#include "esm/verdict.h"

#include "esm/poller_trace.h"

#include <string.h>

static const struct esm_options *options_of(const struct poller *poller)
{
    return &poller->mapping->esm->options;
}

// The outcome's sentence, with the place of the entry that voided a report and what the invoker added.
void verdict_append_why(struct buffer *buffer, const struct poller *poller,
                        const struct outcome *outcome)
{
    bool empty_items_succeed =
        outcome->reason == REASON_EMPTY_ITEM && outcome->kind == OUTCOME_DELETE_ALL;
    buffer_append(buffer,
                  empty_items_succeed
                      ? TEXT("batchItemFailures holds empty objects only, which report no failure")
                      : outcome_reason_text(outcome->reason));
    if (outcome->kind == OUTCOME_KEEP_ALL && outcome->offender > 0)
        buffer_print(buffer, " (entry %zu of the list)", outcome->offender + 1);
    if (poller->answer.detail.length > 0) {
        buffer_append(buffer, TEXT(": "));
        poller_append_shown(buffer, buffer_text(&poller->answer.detail));
    }
}

static void warn(const struct poller *poller, struct text sentence)
{
    const struct esm_options *options = options_of(poller);
    if (options->warn != NULL)
        options->warn(options->warn_context, mapping_uuid(poller->mapping),
                      poller->mapping->settings.function_name, poller_request_id(poller), sentence);
}

void verdict_warn(const struct poller *poller, const struct outcome *outcome)
{
    if (poller->answer.end != INVOCATION_RESPONDED)
        return;
    struct text response = buffer_text(&poller->answer.response);
    if (outcome->reason == REASON_REPORTING_OFF) {
        if (text_find(response, TEXT("\"itemIdentifier\""), NULL))
            warn(poller, TEXT("the function reported failed messages, but ReportBatchItemFailures "
                              "is off, so they are deleted"));
    } else if (outcome->reason == REASON_FOREIGN_MEMBERS || outcome->kind == OUTCOME_KEEP_ALL) {
        warn(poller, outcome_reason_text(outcome->reason));
    } else if (outcome->extra_members) {
        warn(poller, TEXT("the response has members that Lambda does not know; they are ignored"));
    }
}

static bool delete_message(struct poller *poller, struct queue *queue,
                           const struct batch_message *message, struct text why)
{
    cleanup(buffer_deinit) struct buffer reason = {0};
    if (poller->delete_fails) {
        buffer_append(&reason, TEXT("not deleted, so that it is delivered again: "));
        buffer_append(&reason, buffer_text(&poller->delete_words));
        poller_trace_message(poller, TRACE_VERDICT, message, message->visible_at_ms,
                             buffer_text(&reason));
        return false;
    }
    buffer_append(&reason, TEXT("deleted: "));
    buffer_append(&reason, why);
    poller_trace_message(poller, TRACE_VERDICT, message, 0, buffer_text(&reason));
    enum engine_error error = ENGINE_QUEUE_DELETED;
    if (queue != NULL)
        error = engine_delete(options_of(poller)->engine, queue, message->receipt,
                              mapping_uuid(poller->mapping));
    if (error == ENGINE_OK) {
        poller->mapping->counts.deleted++;
        return true;
    }
    struct text sentence = TEXT("could not be deleted: its queue is gone");
    if (queue != NULL)
        sentence = TEXT("could not be deleted: its lease had ended before the function answered, "
                        "so it is delivered again");
    poller_trace_message(poller, TRACE_VERDICT, message, 0, sentence);
    return false;
}

void verdict_keep(struct poller *poller, const struct batch_message *message, struct text why)
{
    cleanup(buffer_deinit) struct buffer reason = {0};
    buffer_append(&reason, TEXT("kept until its visibility timeout passes: "));
    buffer_append(&reason, why);
    poller_trace_message(poller, TRACE_VERDICT, message, message->visible_at_ms,
                         buffer_text(&reason));
    struct queue *queue = mapping_find_queue(poller->mapping);
    if (queue != NULL)
        engine_fail(queue, message->receipt);
}

bool verdict_apply(struct poller *poller, const struct outcome *outcome, const bool *kept)
{
    cleanup(buffer_deinit) struct buffer why = {0};
    verdict_append_why(&why, poller, outcome);
    bool partial = outcome->kind == OUTCOME_PARTIAL;
    struct queue *queue = mapping_find_queue(poller->mapping);
    bool clean = true;
    for (size_t i = 0; i < poller->batch.count; i++) {
        const struct batch_message *message = &poller->batch.messages[i];
        if (kept[i]) {
            poller->mapping->counts.failed++;
            clean = false;
            verdict_keep(poller, message,
                         partial ? TEXT("the function reported it as failed") : buffer_text(&why));
        } else {
            struct text reason =
                partial ? TEXT("the function succeeded and did not report it as failed")
                        : buffer_text(&why);
            if (!delete_message(poller, queue, message, reason))
                clean = false;
        }
    }
    return clean;
}

struct outcome verdict_decide(const struct poller *poller, bool *ret_kept)
{
    cleanup_free struct text *ids = allocate(poller->batch.count * sizeof(*ids));
    for (size_t i = 0; i < poller->batch.count; i++)
        ids[i] = poller->batch.messages[i].id_text;
    struct outcome_input input = {
        .report_failures = poller->mapping->settings.report_batch_item_failures,
        .empty_item_succeeds = options_of(poller)->empty_item_succeeds,
        .ids = ids,
        .count = poller->batch.count,
        .end = poller->answer.end,
        .response = buffer_text(&poller->answer.response),
    };
    struct outcome outcome = outcome_decide(&input, ret_kept);
    if (options_of(poller)->break_outcome && outcome.reason == REASON_UNKNOWN_ID) {
        outcome.kind = OUTCOME_DELETE_ALL;
        memset(ret_kept, 0, poller->batch.count * sizeof(bool));
    }
    return outcome;
}
