// tally -- what an experiment's trace adds up to: deliveries, invocations, requests, money.
#ifndef CLI_TALLY_H
#define CLI_TALLY_H

#include "cli/experiment.h"
#include "cli/money.h"

// Zeroed: nothing yet.
struct tally {
    int64_t good_deliveries;
    int64_t poison_deliveries;
    int64_t wasted_deliveries; // of good messages: all but the first of each
    int64_t good_dead_lettered;
    int64_t poison_dead_lettered;
    int64_t invocations;
    int64_t mapping_deletes;  // requests: one for all the deletions of a batch
    int64_t handler_deletes;  // requests of the function itself: one a message
    int64_t last_gone_at_ms;  // deleted or dead-lettered
    uint64_t deleted_request; // whose deletions were counted last
};

void tally_add(struct tally *tally, const struct experiment_point *point);
// ReceiveMessage requests (each batch is one, and each empty one counts), and deletions.
int64_t tally_receives(const struct tally *tally, const cJSON *metrics);
struct bill tally_bill(const struct tally *tally, const cJSON *metrics);

#endif
