// histogram -- how long requests took, with a relative error below one per cent and no memory per
// request.
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_STEPS 128u // of each doubling
#define HISTOGRAM_BUCKETS (HISTOGRAM_STEPS * 40u)

struct histogram {
    uint64_t count;
    int64_t greatest_ns;
    uint32_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, int64_t duration_ns);
// The duration that so many thousandths of all do not exceed, in ns; 0 while it is empty.
int64_t histogram_at(const struct histogram *histogram, unsigned thousandths);

#endif
