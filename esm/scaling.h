// scaling -- how many pollers a mapping has, and how long a throttled batch waits before its next try.
#ifndef ESM_SCALING_H
#define ESM_SCALING_H

#include "queue/base/random.h"

#include <stddef.h>

struct mapping_settings;

#define BACKOFF_FIRST_MS 500
#define BACKOFF_MAX_MS 20000
#define BACKOFF_MARGIN_MS 1000 // before the end of the lease nothing is tried any more

// Zeroed: before the first delay.
struct backoff {
    int64_t last_ms; // without jitter
};

// The next delay: 0.5 s, doubling, 20 s at most, less up to a quarter of jitter (L-168).
int64_t backoff_next_ms(struct backoff *backoff, struct random *random);
// Pollers that a mapping should have: the emulator's number, capped by MaximumConcurrency (L-122, L-125), because a poller runs one
// invocation at a time and so no poller over-polls.
size_t scaling_pollers_wanted(const struct mapping_settings *settings, size_t pollers);

#endif
