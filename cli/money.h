// money -- what a run would have cost on AWS, by its public prices (L-278, L-279), without free tiers.
#ifndef CLI_MONEY_H
#define CLI_MONEY_H

#include <stdint.h>

struct bill {
    int64_t sqs_requests; // of a standard queue, none above 64 KB
    int64_t invocations;
    int64_t function_ms; // of all invocations together
    int64_t memory_mb;
};

double bill_gb_seconds(const struct bill *bill);
double bill_dollars(const struct bill *bill);

#endif
