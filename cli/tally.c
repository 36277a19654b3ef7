// tally -- one pass over the trace. Every batch here comes from one receive, because the mappings of the demos have no batching
// window and at most ten messages a batch; and its deletions go in one DeleteMessageBatch.
#include "cli/tally.h"

static uint64_t hash_of(struct text text)
{
    uint64_t hash = 0xcbf29ce484222325ULL;
    for (size_t i = 0; i < text.length; i++)
        hash = (hash ^ (uint8_t)text.bytes[i]) * 0x100000001b3ULL;
    return hash;
}

static void add_delivery(struct tally *tally, const struct experiment_message *message)
{
    if (message->poison) {
        tally->poison_deliveries++;
        return;
    }
    tally->good_deliveries++;
    tally->wasted_deliveries += message->deliveries > 1 ? 1 : 0;
}

void tally_add(struct tally *tally, const struct experiment_point *point)
{
    if (text_equal(point->kind, TEXT("invoked"))) {
        tally->invocations++;
        return;
    }
    if (point->message == NULL)
        return;
    if (text_equal(point->kind, TEXT("received"))) {
        add_delivery(tally, point->message);
    } else if (text_equal(point->kind, TEXT("deleted"))) {
        tally->last_gone_at_ms = point->elapsed_ms;
        tally->handler_deletes += text_equal(point->actor, TEXT(EXPERIMENT_FUNCTION)) ? 1 : 0;
    } else if (text_equal(point->kind, TEXT("dead-lettered"))) {
        tally->last_gone_at_ms = point->elapsed_ms;
        if (point->message->poison)
            tally->poison_dead_lettered++;
        else
            tally->good_dead_lettered++;
    } else if (text_equal(point->kind, TEXT("verdict")) &&
               text_starts_with(point->reason, TEXT("deleted:"))) {
        uint64_t request = hash_of(point->request);
        tally->mapping_deletes += request != tally->deleted_request ? 1 : 0;
        tally->deleted_request = request;
    }
}

int64_t tally_receives(const struct tally *tally, const cJSON *metrics)
{
    return tally->invocations + experiment_metric(metrics, "queues", "NumberOfEmptyReceives");
}

struct bill tally_bill(const struct tally *tally, const cJSON *metrics)
{
    return (struct bill){
        .sqs_requests =
            tally_receives(tally, metrics) + tally->mapping_deletes + tally->handler_deletes,
        .invocations = tally->invocations,
        .function_ms = experiment_metric(metrics, "functions", "Duration"),
        .memory_mb = EXPERIMENT_MEMORY_MB,
    };
}
