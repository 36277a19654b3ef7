// simulate -- the two kinds of random worlds; each returns the hash of its trace, and ends the
// process with status 1 at the first broken rule.
#ifndef TESTS_SIMULATE_H
#define TESTS_SIMULATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Queues alone against a second engine (simulate_model.h). database: a file that does not exist
// yet, or NULL.
uint64_t simulate_engine(uint64_t seed, size_t steps, const char *database);

struct whole_run {
    uint64_t seed;
    size_t steps;
    const char *database;   // a path at which nothing is yet; used by the worlds that are restarted
    const char *trace_file; // JSON lines, or NULL
    // The last act of a world leaps instead of running until idle; the trace must be that of a run
    // before it.
    bool leaps;
    uint64_t expected_points;
    // Out:
    uint64_t points;
    uint64_t hash;   // of all points, or of the expected ones
    bool comparable; // equal seeds give equal traces: no real time has touched it
    bool can_leap;   // the last act may be done by leaping
};

// The whole program without a listener (simulate_whole.c).
void simulate_whole(struct whole_run *run);

#endif
