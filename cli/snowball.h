// snowball -- what the demo of that name measures, and how it is told.
#ifndef CLI_SNOWBALL_H
#define CLI_SNOWBALL_H

#include "cli/tree.h"

#include <stdint.h>

struct snowball_wishes {
    int64_t arrivals; // a second
    double poison_share;
    int64_t visibility_seconds;
    int64_t receives_max;    // of the variants with a dead-letter queue
    int64_t item_ms;         // of the handler
    int64_t concurrency_max; // of the variant with a limit
    int64_t span_ms;
    int64_t stretch_ms; // what one point of the curves sums up
    uint64_t seed;
    const char *trace_file;
};

struct snowball_variant {
    const char *name;
    const char *title;
    bool reports;
    bool redrives;
    bool limited;
};

// Ends with a row without a name.
extern const struct snowball_variant snowball_variants[];

// Runs one variant in this process and returns its findings; NULL after a failure was told. A stretch of the findings:
// {"seconds":..., "good":..., "poison":..., "goodLatencyP50Ms":..., "goodLatencyMaxMs":..., "inFlight":...,
//  "oldestSeconds":..., "errors":..., "invocations":..., "received":..., "deleted":...}, counters from the beginning.
cJSON *snowball_run(const struct snowball_wishes *wishes, const struct snowball_variant *variant);
// When poison outnumbers good messages without a dead-letter queue, in seconds (L-286); 0 if it does from the beginning.
double snowball_model_seconds(const struct snowball_wishes *wishes);
// The share of poison among deliveries that a dead-letter queue leaves (L-287).
double snowball_model_share(const struct snowball_wishes *wishes);

#endif
