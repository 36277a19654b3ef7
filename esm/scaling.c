// scaling -- two profiles in one set of formulas.
//
// The deterministic profile is the standing still of all of them: as many pollers as it is told, capped. AWS publishes how fast a
// standard mapping grows and how far, but not how it backs off from errors; there a fifth goes with each failure and one comes back
// with each success. Nothing here has a timer: what makes a mapping grow or shrink is what its receives bring, at the instants at
// which they bring it, so on a virtual clock a mapping that has nothing to do costs nothing.
#include "esm/scaling.h"

#include "esm/esm.h"
#include "esm/json.h"

#define POLLERS_START 5                  // L-122
#define POLLERS_LEAST 2                  // L-124
#define POLLERS_MAX 1250                 // L-123
#define GROWTH_PER_SECOND 5              // 300 a minute (L-123)
#define PROVISIONED_GROWTH_PER_SECOND 16 // 1,000 a minute (L-134)
#define PROVISIONED_CONCURRENCY 10       // invocations of one event poller (L-134)
#define MINIMUM_POLLERS_DEFAULT 2        // L-135
#define MAXIMUM_POLLERS_DEFAULT 200

int64_t backoff_next_ms(struct backoff *backoff, struct random *random)
{
    if (backoff->last_ms == 0)
        backoff->last_ms = BACKOFF_FIRST_MS;
    else if (backoff->last_ms < BACKOFF_MAX_MS / 2)
        backoff->last_ms *= 2;
    else
        backoff->last_ms = BACKOFF_MAX_MS;
    uint64_t jitter_max_ms = (uint64_t)backoff->last_ms / 16;
    return backoff->last_ms - (int64_t)random_below(random, jitter_max_ms + 1);
}

static size_t least_of(size_t left, size_t right)
{
    return left < right ? left : right;
}

// ---- limits ----

bool provisioned_pollers_read(struct text config, int64_t *ret_minimum, int64_t *ret_maximum)
{
    cleanup(json_tree_free) cJSON *tree = json_parse(config, NULL);
    const cJSON *minimum = json_member(tree, "MinimumPollers");
    const cJSON *maximum = json_member(tree, "MaximumPollers");
    int64_t minimum_pollers = MINIMUM_POLLERS_DEFAULT;
    int64_t maximum_pollers = MAXIMUM_POLLERS_DEFAULT;
    if ((minimum == NULL && maximum == NULL) ||
        (minimum != NULL && !json_integer(minimum, &minimum_pollers)) ||
        (maximum != NULL && !json_integer(maximum, &maximum_pollers)))
        return false;
    *ret_minimum = minimum_pollers;
    *ret_maximum = maximum_pollers;
    return true;
}

struct scaling_limits scaling_limits_of(const struct mapping_settings *settings,
                                        enum scaling_profile profile, size_t pollers, bool fifo)
{
    struct scaling_limits limits = {.profile = profile,
                                    .start = POLLERS_START,
                                    .least = POLLERS_LEAST,
                                    .most = POLLERS_MAX,
                                    .per_second = GROWTH_PER_SECOND,
                                    .fifo = fifo};
    int64_t minimum_pollers;
    int64_t maximum_pollers;
    if (settings->maximum_concurrency > 0) {
        limits.most = (size_t)settings->maximum_concurrency;
        limits.least = POLLERS_START;
    } else if (settings->provisioned_poller_config.length > 0 &&
               provisioned_pollers_read(settings->provisioned_poller_config, &minimum_pollers,
                                        &maximum_pollers)) {
        limits.most =
            least_of((size_t)maximum_pollers * PROVISIONED_CONCURRENCY, POLLERS_MAX); // L-139
        limits.start = (size_t)minimum_pollers * PROVISIONED_CONCURRENCY;
        limits.least = limits.start;
        limits.per_second = PROVISIONED_GROWTH_PER_SECOND;
    }
    if (profile == SCALING_DETERMINISTIC)
        limits.start = pollers;
    limits.start = least_of(limits.start, limits.most);
    limits.least = least_of(limits.least, limits.most);
    return limits;
}

// ---- the number ----

size_t scaling_wanted(struct scaling *scaling, const struct scaling_limits *limits)
{
    if (scaling->pollers == 0 || limits->profile == SCALING_DETERMINISTIC)
        scaling->pollers = limits->start;
    if (scaling->pollers < limits->least && limits->profile == SCALING_AWS)
        scaling->pollers = limits->least;
    scaling->pollers = least_of(scaling->pollers, limits->most);
    return scaling->after_errors > 0 ? least_of(scaling->after_errors, scaling->pollers)
                                     : scaling->pollers;
}

void scaling_received(struct scaling *scaling, const struct scaling_limits *limits, int64_t now_ms,
                      bool full, bool all_busy)
{
    if (limits->profile == SCALING_DETERMINISTIC || scaling->after_errors > 0)
        return;
    if (limits->fifo) {
        if (all_busy)
            scaling->pollers = least_of(scaling->pollers + 1, limits->most);
        return;
    }
    if (!full) {
        scaling->growing = false;
        return;
    }
    if (!all_busy)
        return;
    scaling->pollers =
        scaling->pollers < limits->start ? limits->start : scaling->pollers; // back from idling
    if (!scaling->growing) {
        scaling->growing = true;
        scaling->grown_at_ms = now_ms;
    }
    int64_t seconds = (now_ms - scaling->grown_at_ms) / 1000;
    scaling->grown_at_ms += seconds * 1000;
    scaling->pollers =
        least_of(scaling->pollers + limits->per_second * (size_t)seconds, limits->most);
}

void scaling_received_nothing(struct scaling *scaling, const struct scaling_limits *limits)
{
    scaling->growing = false;
    if (limits->profile == SCALING_AWS && scaling->pollers > limits->least)
        scaling->pollers--;
}

void scaling_invoked(struct scaling *scaling, const struct scaling_limits *limits, bool failed)
{
    if (limits->profile == SCALING_DETERMINISTIC)
        return;
    size_t wanted = scaling_wanted(scaling, limits);
    if (failed) {
        size_t fewer = wanted - (wanted + 4) / 5;
        scaling->after_errors = fewer > 0 ? fewer : 1;
        scaling->growing = false;
    } else if (scaling->after_errors > 0) {
        scaling->after_errors = wanted + 1 < scaling->pollers ? wanted + 1 : 0;
    }
}
