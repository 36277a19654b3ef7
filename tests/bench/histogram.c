// histogram -- buckets that double: 128 of 1 ns each, then 128 of 1 ns from 128 on, 128 of 2 ns
// from 256 on, and so forth.
//
// To keep every duration and sort them was not taken: a run has some ten million.
#include "tests/bench/histogram.h"

static unsigned bucket_of(uint64_t duration_ns)
{
    if (duration_ns < HISTOGRAM_STEPS)
        return (unsigned)duration_ns;
    unsigned shift = 63u - (unsigned)__builtin_clzll(duration_ns) - 7u;
    unsigned bucket =
        (shift + 1) * HISTOGRAM_STEPS + (unsigned)(duration_ns >> shift) - HISTOGRAM_STEPS;
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

static int64_t end_of(unsigned bucket)
{
    if (bucket < HISTOGRAM_STEPS)
        return bucket;
    unsigned shift = bucket / HISTOGRAM_STEPS - 1;
    return ((int64_t)(bucket % HISTOGRAM_STEPS) + HISTOGRAM_STEPS + 1) << shift;
}

void histogram_add(struct histogram *histogram, int64_t duration_ns)
{
    histogram->buckets[bucket_of((uint64_t)duration_ns)]++;
    histogram->count++;
    if (duration_ns > histogram->greatest_ns)
        histogram->greatest_ns = duration_ns;
}

int64_t histogram_at(const struct histogram *histogram, unsigned thousandths)
{
    uint64_t wanted = (histogram->count * thousandths + 999) / 1000;
    uint64_t seen = 0;
    for (unsigned bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
        seen += histogram->buckets[bucket];
        if (seen >= wanted && seen > 0)
            return end_of(bucket) < histogram->greatest_ns ? end_of(bucket)
                                                           : histogram->greatest_ns;
    }
    return 0;
}
