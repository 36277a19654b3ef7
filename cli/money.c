// money -- prices as published for us-east-1: x86, the first tier, a standard queue.
#include "cli/money.h"

#define DOLLARS_PER_SQS_REQUEST (0.40 / 1e6) // L-278
#define DOLLARS_PER_INVOCATION (0.20 / 1e6)  // L-279
#define DOLLARS_PER_GB_SECOND 0.0000166667   // L-279

double bill_gb_seconds(const struct bill *bill)
{
    return (double)bill->function_ms / 1000 * (double)bill->memory_mb / 1024;
}

double bill_dollars(const struct bill *bill)
{
    return (double)bill->sqs_requests * DOLLARS_PER_SQS_REQUEST +
           (double)bill->invocations * DOLLARS_PER_INVOCATION +
           bill_gb_seconds(bill) * DOLLARS_PER_GB_SECOND;
}
