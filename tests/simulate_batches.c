// simulate_batches -- the rules between trace points that concern batches and invocations.
//
//     batched ... --> invoked --> ended --> a verdict for each message, each deletion right behind
//        |               ^          `-----> throttled --> invoked at the instant that was said ...
//        `--> throttled -'                          `---> abandoned --> a verdict for each: kept
//
// At the instant of the invocation the script is asked (simulate_script.h) what must become of
// every message and when; all that follows is compared with that. A batch ends with the last
// verdict and is forgotten.
#include "tests/simulate_observer.h"

#define BACKOFF_MARGIN_MS 1000 // L-168

static struct whole_batch *batch_find(struct observer *observer, struct text request)
{
    for (size_t i = observer->batch_count; i-- > 0;) {
        struct whole_batch *batch = &observer->batches[i];
        if (text_equal(text_from(batch->request, UUID_TEXT_BYTES), request))
            return batch;
    }
    return NULL;
}

static void batch_forget(struct observer *observer, struct whole_batch *batch)
{
    *batch = observer->batches[--observer->batch_count];
}

static struct whole_batch *batch_begin(struct observer *observer, const struct trace_point *point)
{
    const struct whole_mapping *mapping = observer_mapping(observer, point->actor);
    if (mapping == NULL || mapping->is_gone)
        observer_broken(observer, "a batch of a mapping that is not there");
    if (observer->batch_count == WHOLE_BATCHES_MAX)
        observer_broken(observer, "more batches under way than mappings can have");
    struct whole_batch *batch = &observer->batches[observer->batch_count++];
    batch->mapping = (size_t)(mapping - observer->mappings);
    batch->phase = BATCH_READY;
    batch->lease_end_ms = INT64_MAX;
    batch->count = batch->verdicts = 0;
    batch->again_at_ms = 0;
    memcpy(batch->request, point->request.bytes, UUID_TEXT_BYTES);
    return batch;
}

static void hear_batched(struct observer *observer, struct whole_batch *batch,
                         const struct trace_point *point)
{
    if (point->request.length != UUID_TEXT_BYTES)
        observer_broken(observer, "a batch without a request id");
    if (batch == NULL)
        batch = batch_begin(observer, point);
    const struct whole_mapping *mapping = &observer->mappings[batch->mapping];
    struct whole_fact *fact = observer_fact(observer, point->message);
    size_t gatherer = fact->gatherers[point->receive_count % WHOLE_GATHERERS];
    if (batch->phase != BATCH_READY || gatherer != batch->mapping)
        observer_broken(observer, "%s is batched and was not received for it", fact_name(fact));
    if ((int64_t)batch->count == mapping->batch_size_max || batch->count == WHOLE_BATCH_MAX)
        observer_broken(observer, "a batch of more than %lld messages",
                        (long long)mapping->batch_size_max);
    // A message whose lease ends within the window may come twice (L-103); what it says is the
    // older lease's.
    if (point->receive_count == fact->count && fact->queue == mapping->queue &&
        point->at_ms - fact->received_at_ms > mapping->window_seconds_max * 1000)
        observer_broken(observer, "%s waited for its batch longer than the window (L-111)",
                        fact_name(fact));
    batch->entries[batch->count] = (struct whole_entry){.fact = fact, .until_ms = point->until_ms};
    batch->records[batch->count] = (struct script_record){
        .message = fact,
        .is_bad = fact->is_bad,
        .is_poison = fact->is_poison,
        .count = point->receive_count,
    };
    batch->count++;
    if (point->until_ms < batch->lease_end_ms)
        batch->lease_end_ms = point->until_ms;
}

static void check_concurrency(struct observer *observer, const struct whole_batch *batch)
{
    const struct whole_mapping *mapping = &observer->mappings[batch->mapping];
    const struct whole_function *function = &observer->functions[batch->function];
    if (function->reserved >= 0 && (int64_t)function->running > function->reserved)
        observer_broken(observer, "%s runs %zu times, its reserved concurrency is %lld",
                        function->name, function->running, (long long)function->reserved);
    if (mapping->concurrency_max > 0 && (int64_t)mapping->running > mapping->concurrency_max)
        observer_broken(observer, "a mapping invokes %zu times at once, its maximum is %lld",
                        mapping->running, (long long)mapping->concurrency_max);
}

static size_t function_index(struct observer *observer, struct text name)
{
    for (size_t i = 0; i < observer->function_count; i++) {
        if (text_equal(text_of(observer->functions[i].name), name))
            return i;
    }
    observer_broken(observer, "a point names the function %.*s", TEXT_ARGUMENTS(name));
}

static void hear_invoked(struct observer *observer, struct whole_batch *batch,
                         const struct trace_point *point)
{
    bool is_again = batch->phase == BATCH_WAITING;
    if (batch->phase != BATCH_READY && !is_again)
        observer_broken(observer, "a batch is invoked that is under way");
    if (is_again && (point->at_ms < batch->again_at_ms || point->at_ms >= batch->lease_end_ms))
        observer_broken(observer,
                        "a throttled batch is tried again %lld ms after its lease (L-165)",
                        (long long)(point->at_ms - batch->lease_end_ms));
    batch->function = function_index(observer, point->other);
    struct whole_mapping *mapping = &observer->mappings[batch->mapping];
    struct whole_function *function = &observer->functions[batch->function];
    if (mapping->function != batch->function)
        observer_broken(observer, "%s is invoked, and mapped is another", function->name);
    function->running++;
    mapping->running++;
    check_concurrency(observer, batch);
    batch->phase = BATCH_RUNNING;
    batch->invoked_at_ms = point->at_ms;
    batch->verdict = script_judge(&function->script, mapping->reporting,
                                  observer->empty_item_succeeds, batch->records, batch->count);
    batch->ends_at_ms = point->at_ms + batch->verdict.lasts_ms;
    for (size_t i = 0; i < batch->count; i++) {
        struct whole_entry *entry = &batch->entries[i];
        entry->was_deletable =
            fact_is_deletable(observer, entry->fact, mapping->queue, batch->records[i].count);
    }
}

static void hear_ended(struct observer *observer, struct whole_batch *batch,
                       const struct trace_point *point)
{
    struct whole_mapping *mapping = &observer->mappings[batch->mapping];
    struct whole_function *function = &observer->functions[batch->function];
    if (batch->phase != BATCH_RUNNING)
        observer_broken(observer, "an invocation ends that does not run");
    if (point->at_ms <= batch->invoked_at_ms)
        observer_broken(observer, "an invocation ends at the instant at which it began");
    if (point->at_ms != batch->ends_at_ms)
        observer_broken(observer, "an invocation of %s ends %lld ms late", function->name,
                        (long long)(point->at_ms - batch->ends_at_ms));
    for (size_t i = 0; i < batch->count; i++) {
        const struct whole_entry *entry = &batch->entries[i];
        if (batch->records[i].is_deleted_by_script && entry->was_deletable &&
            entry->fact->gone == GONE_NOT)
            observer_broken(observer, "%s was not deleted by %s", fact_name(entry->fact),
                            function->name);
    }
    function->running--;
    mapping->running--;
    batch->phase = BATCH_ENDED;
    // ReportBatchItemFailures may have been switched while it ran.
    batch->verdict = script_judge(&function->script, mapping->reporting,
                                  observer->empty_item_succeeds, batch->records, batch->count);
}

static void hear_throttled(struct observer *observer, struct whole_batch *batch,
                           const struct trace_point *point)
{
    bool by_script = batch->phase == BATCH_ENDED && batch->verdict.is_again;
    bool by_limit = batch->phase == BATCH_READY || batch->phase == BATCH_WAITING;
    if (!by_script && !by_limit)
        observer_broken(observer, "a batch is throttled that was answered");
    const struct whole_mapping *mapping = &observer->mappings[batch->mapping];
    if (by_limit && !observer->functions[mapping->function].was_limited)
        observer_broken(observer, "a batch is throttled by a function without a limit");
    if (point->until_ms <= point->at_ms ||
        point->until_ms + BACKOFF_MARGIN_MS > batch->lease_end_ms)
        observer_broken(observer, "a throttled batch is to be tried again %lld ms after its lease",
                        (long long)(point->until_ms - batch->lease_end_ms));
    batch->phase = BATCH_WAITING;
    batch->again_at_ms = point->until_ms;
}

static void hear_abandoned(struct observer *observer, struct whole_batch *batch)
{
    bool by_script = batch->phase == BATCH_ENDED && batch->verdict.is_again;
    if (!by_script && batch->phase != BATCH_READY && batch->phase != BATCH_WAITING)
        observer_broken(observer, "a batch is given up that was answered");
    batch->phase = BATCH_ABANDONED;
}

static size_t entry_index(struct observer *observer, const struct whole_batch *batch,
                          const struct trace_point *point)
{
    const struct whole_fact *fact = observer_fact(observer, point->message);
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->entries[i].fact == fact && batch->records[i].count == point->receive_count &&
            !batch->entries[i].has_verdict)
            return i;
    }
    observer_broken(observer, "a verdict on %s, which has one or is not in the batch",
                    fact_name(fact));
}

static void await(struct observer *observer, const struct whole_batch *batch, size_t at)
{
    const struct whole_fact *fact = batch->entries[at].fact;
    size_t queue = observer->mappings[batch->mapping].queue;
    bool is_edge = observer->queues[queue].fifo && fact->until_ms == observer_now_ms(observer);
    observer->awaited = fact;
    observer->awaited_mapping = batch->mapping;
    // At the very instant at which a FIFO lease ends, whoever comes first is right.
    observer->awaited_must_come =
        !is_edge && fact_is_deletable(observer, fact, queue, batch->records[at].count);
    if (!observer->awaited_must_come && !is_edge)
        observer->awaited = NULL;
}

static void hear_verdict(struct observer *observer, struct whole_batch *batch,
                         const struct trace_point *point)
{
    // A second sentence, behind "deleted": the handle had expired.
    if (text_starts_with(point->reason, TEXT("could not be deleted")))
        return;
    if (batch == NULL)
        observer_broken(observer, "a verdict on what is not under way");
    bool is_deleted = text_starts_with(point->reason, TEXT("deleted"));
    size_t at = entry_index(observer, batch, point);
    const struct whole_fact *fact = batch->entries[at].fact;
    if (batch->phase != BATCH_ENDED && batch->phase != BATCH_ABANDONED)
        observer_broken(observer, "a verdict on %s before its invocation ended", fact_name(fact));
    bool is_kept = batch->phase == BATCH_ABANDONED || batch->records[at].is_kept;
    if (batch->phase == BATCH_ENDED && batch->verdict.is_again)
        observer_broken(observer, "a verdict on %s, whose batch was throttled", fact_name(fact));
    if (is_kept == is_deleted)
        observer_broken(
            observer, "%s is to be %s by its script, and the mapping says: %.*s (L-157)",
            fact_name(fact), is_kept ? "kept" : "deleted", TEXT_ARGUMENTS(point->reason));
    batch->entries[at].has_verdict = true;
    if (is_deleted)
        await(observer, batch, at);
    if (++batch->verdicts == batch->count)
        batch_forget(observer, batch);
}

void batches_hear(struct observer *observer, const struct trace_point *point)
{
    struct whole_batch *batch = batch_find(observer, point->request);
    if (batch == NULL && point->kind != TRACE_BATCHED && point->kind != TRACE_VERDICT)
        observer_broken(observer, "a point of a batch that is not under way");
    if (point->kind == TRACE_BATCHED)
        hear_batched(observer, batch, point);
    else if (point->kind == TRACE_INVOKED)
        hear_invoked(observer, batch, point);
    else if (point->kind == TRACE_INVOCATION_ENDED)
        hear_ended(observer, batch, point);
    else if (point->kind == TRACE_THROTTLED)
        hear_throttled(observer, batch, point);
    else if (point->kind == TRACE_ABANDONED)
        hear_abandoned(observer, batch);
    else if (point->kind == TRACE_VERDICT)
        hear_verdict(observer, batch, point);
}

void batches_check(struct observer *observer)
{
    int64_t now_ms = observer_now_ms(observer);
    for (size_t i = 0; i < observer->batch_count; i++) {
        const struct whole_batch *batch = &observer->batches[i];
        if (batch->phase == BATCH_ENDED || batch->phase == BATCH_ABANDONED)
            observer_broken(observer, "an invocation ended, and %zu of %zu messages have a verdict",
                            batch->verdicts, batch->count);
        if (batch->phase == BATCH_RUNNING && batch->ends_at_ms < now_ms)
            observer_broken(observer, "an invocation should have ended %lld ms ago",
                            (long long)(now_ms - batch->ends_at_ms));
    }
}
