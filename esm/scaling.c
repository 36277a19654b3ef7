// scaling -- two small formulas. AWS's growth by 300 invocations a minute (L-123) was left out: its numbers change from year to
// year and no test may pin them, while a fixed number of pollers is what a reader of a trace can follow.
#include "esm/scaling.h"

#include "esm/esm.h"

int64_t backoff_next_ms(struct backoff *backoff, struct random *random)
{
    if (backoff->last_ms == 0)
        backoff->last_ms = BACKOFF_FIRST_MS;
    else if (backoff->last_ms < BACKOFF_MAX_MS / 2)
        backoff->last_ms *= 2;
    else
        backoff->last_ms = BACKOFF_MAX_MS;
    uint64_t jitter_max_ms = (uint64_t)backoff->last_ms / 4;
    return backoff->last_ms - (int64_t)random_below(random, jitter_max_ms + 1);
}

size_t scaling_pollers_wanted(const struct mapping_settings *settings, size_t pollers)
{
    if (settings->maximum_concurrency > 0 && (size_t)settings->maximum_concurrency < pollers)
        return (size_t)settings->maximum_concurrency;
    return pollers;
}
