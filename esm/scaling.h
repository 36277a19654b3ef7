// scaling -- how many pollers a mapping has, and how long a throttled batch waits before its next
// try.
//
// A poller runs one invocation at a time, so the number of pollers is the mapping's concurrency,
// and a poller that does not exist receives nothing: no cap here is ever over-polled (L-125).
#ifndef ESM_SCALING_H
#define ESM_SCALING_H

#include "queue/base/random.h"
#include "queue/base/text.h"

#include <stddef.h>

struct mapping_settings;

#define BACKOFF_FIRST_MS 500
#define BACKOFF_MAX_MS 60000
#define BACKOFF_MARGIN_MS 1000 // before the end of the lease nothing is tried any more

// Zeroed: before the first delay.
struct backoff {
    int64_t last_ms; // without jitter
};

// The next delay: 0.5 s, doubling, a minute at most, less up to a sixteenth of jitter (L-168). So the
// tries of a lease of 60 s are over by its half, as in the recording G4 of L-183.
int64_t backoff_next_ms(struct backoff *backoff, struct random *random);

enum scaling_profile {
    // a fixed number of pollers, one as a rule: the same order in every run (L-141)
    SCALING_DETERMINISTIC,
    // starts with five, grows while receives are full, shrinks while they are empty (L-122 to
    // L-124)
    SCALING_AWS,
};

// What a mapping's settings and the profile allow.
struct scaling_limits {
    enum scaling_profile profile;
    size_t start;
    size_t least;      // how far empty receives shrink it
    size_t most;       // MaximumConcurrency, ten times MaximumPollers, or the standard mode's 1,250
    size_t per_second; // growth
    bool fifo;         // grows with the message groups, at no bounded speed (L-131, L-133)
};

// pollers: how many the deterministic profile has.
struct scaling_limits scaling_limits_of(const struct mapping_settings *settings,
                                        enum scaling_profile profile, size_t pollers, bool fifo);
// Reads ProvisionedPollerConfig as sent; a bound that is missing gets its default (L-38, L-135).
// False: it holds neither, or not integers.
bool provisioned_pollers_read(struct text config, int64_t *ret_minimum, int64_t *ret_maximum);

// Where a mapping stands. Zeroed: before the start.
struct scaling {
    size_t pollers;
    size_t after_errors; // fewer, since invocations fail (L-127); 0: no bound
    bool growing;
    int64_t grown_at_ms; // while growing
};

// Pollers that the mapping should have now.
size_t scaling_wanted(struct scaling *scaling, const struct scaling_limits *limits);
// A receive came back with messages. full: with as many as were asked for; all_busy: no other
// poller waits for messages.
void scaling_received(struct scaling *scaling, const struct scaling_limits *limits, int64_t now_ms,
                      bool full, bool all_busy);
// A long poll came back empty (L-124).
void scaling_received_nothing(struct scaling *scaling, const struct scaling_limits *limits);
// An invocation ended, reporting being off; with it on, failures do not matter here (L-127).
void scaling_invoked(struct scaling *scaling, const struct scaling_limits *limits, bool failed);

#endif
