// snowball -- what the demo of that name measures, and how it is told.
#ifndef CLI_SNOWBALL_H
#define CLI_SNOWBALL_H

#include "cli/table.h"
#include "cli/tree.h"
#include "queue/base/arena.h"
#include "queue/base/buffer.h"

#include <stdint.h>

struct snowball_wishes {
    int64_t arrivals; // a second
    double poison_share;
    int64_t visibility_seconds;
    int64_t receives_max;    // of the variants with a dead-letter queue
    int64_t item_ms;         // of the handler, for a good message
    int64_t poison_ms;       // ... for a poison message
    int64_t timeout_seconds; // of the handler
    int64_t concurrency_max; // of the variant with a limit
    int64_t in_flight_max;
    int64_t account_concurrency;
    int64_t neighbour_arrivals; // a second, at the second function; 0: there is none
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
    enum tone tone; // of its curve
    char letter;
};

// Ends with a row without a name.
extern const struct snowball_variant snowball_variants[];

// Runs one variant in this process and returns its findings; NULL after a failure was told. A stretch of the findings:
// {"seconds":..., "good":..., "poison":..., "goodLatencyP50Ms":..., "goodLatencyP99Ms":..., "inFlight":..., "visible":...,
//  "oldestSeconds":..., "errors":..., "throttles":..., "invocations":..., "received":..., "deleted":..., "executions":...,
//  "neighbour":{"latencyP50Ms":..., "latencyP99Ms":..., "throttles":..., "executions":...}}
// Counters are from the beginning; executions are those that ran at once, on an average of the stretch.
cJSON *snowball_run(const struct snowball_wishes *wishes, const struct snowball_variant *variant);
// When poison outnumbers good messages without a dead-letter queue, in seconds (L-286); 0 if it does from the beginning.
double snowball_model_seconds(const struct snowball_wishes *wishes);
// When poison fills all that may be in flight, in seconds (L-288).
double snowball_stall_seconds(const struct snowball_wishes *wishes);
// The share of poison among deliveries that a dead-letter queue leaves (L-287).
double snowball_model_share(const struct snowball_wishes *wishes);

// ---- snowball_alarms.c: reading the findings of a variant ----

// The share of poison among the deliveries of a stretch; below 0: there was none.
double snowball_share(const cJSON *stretch);
// The same of all stretches behind an instant.
double snowball_share_after(const cJSON *findings, int64_t after_ms);
// The end of the first stretch in which more poison than good messages were delivered; 0: none.
int64_t snowball_outnumbered_seconds(const cJSON *findings);
// The end of the first stretch since which no message at all was deleted up to the end; 0: none.
int64_t snowball_stalled_seconds(const cJSON *findings);
const cJSON *snowball_last(const cJSON *findings);
// A figure of the second function; below 0: there is none.
double snowball_neighbour(const cJSON *stretch, const char *name);

struct snowball_alarm {
    const char *name; // in JSON
    const char *metric;
    const char *threshold;
    // before: the stretch before, or NULL.
    bool (*rings)(const struct snowball_wishes *wishes, const cJSON *stretch, const cJSON *before);
};
// Ends with a row without a name.
extern const struct snowball_alarm snowball_alarms[];
// The end of the first stretch in which it rings; 0: none.
int64_t snowball_alarm_seconds(const struct snowball_wishes *wishes,
                               const struct snowball_alarm *alarm, const cJSON *findings);

// ---- snowball_tables.c, snowball_page.c: telling them ----

#define SNOWBALL_VARIANTS 4
#define SNOWBALL_STRETCHES_MAX 128

struct snowball_report {
    const struct snowball_wishes *wishes;
    const struct snowball_variant *variants[SNOWBALL_VARIANTS];
    cJSON *const *findings; // of each
    size_t count;
    struct text command; // that gives the same
    struct arena *arena;
};

struct chart;

// What is done to whom, in sentences.
struct text snowball_beginning(const struct snowball_report *report);
// The curves of poison's share; values hold them.
void snowball_share_chart(const struct snowball_report *report,
                          double values[SNOWBALL_VARIANTS][SNOWBALL_STRETCHES_MAX + 1],
                          struct chart *ret_chart);
// The variants side by side, which alarm rings when, what the neighbour notices, and the course of one variant; the caller's.
struct table *snowball_variants_table(const struct snowball_report *report);
struct table *snowball_alarms_table(const struct snowball_report *report);
struct table *snowball_neighbour_table(const struct snowball_report *report);
struct table *snowball_course_table(const struct snowball_report *report, size_t number);
extern const char snowball_variants_words[]; // what the columns of the first mean
extern const char snowball_course_words[];
// What came of the variant, beside what the formulas say; empty: nothing is foretold.
struct text snowball_conclusion(const struct snowball_report *report, size_t number);
// "49 min"
struct text snowball_span(const struct snowball_report *report, double seconds);
// The same and more, as a page.
void snowball_append_page(struct buffer *buffer, const struct snowball_report *report);

#endif
