// experiment -- one world of a demo that measures: a queue, a function without code, the mapping between them, and a feed of
// messages of which it is known who is poison. What happened is read from the trace and the metrics, never from what was meant.
//
// A process has one world, so the variants of a demo are processes of their own, which hand their findings back as JSON.
#ifndef CLI_EXPERIMENT_H
#define CLI_EXPERIMENT_H

#include "cli/tree.h"
#include "emulator/emulator.h"
#include "queue/base/arena.h"
#include "queue/base/buffer.h"

#define EXPERIMENT_BATCH_MAX 10
#define EXPERIMENT_VARIANTS_MAX 8
#define EXPERIMENT_FUNCTION "orders" // and its queue
#define EXPERIMENT_NEIGHBOUR "payments"
#define EXPERIMENT_MEMORY_MB 128 // of the functions

struct experiment_setup {
    struct text script; // of the function: "sim:{...}"
    int64_t visibility_seconds;
    int64_t receives_max; // maxReceiveCount; 0: no dead-letter queue
    int64_t timeout_seconds;
    int64_t batch_size;
    int64_t maximum_concurrency; // 0: none
    bool reports;                // ReportBatchItemFailures
    bool scales;                 // pollers as on AWS; else one
    int64_t in_flight_max;       // of each queue; 0: Amazon's
    int64_t account_concurrency; // of all functions together; 0: Amazon's
    struct text neighbour; // the script of a second function with a queue of its own; empty: none
    uint64_t seed;
    const char *trace_file; // NULL: none
};

struct experiment_message {
    int64_t sent_at_ms;
    int64_t deliveries;
    bool poison;
    bool neighbours; // of the second function
    bool gone;       // deleted
    bool dead_lettered;
};

struct experiment;

// A world with its queues and its functions, at the first instant of 2026. NULL after a failure was told.
struct experiment *experiment_new(const struct experiment_setup *setup);
struct experiment *experiment_free(struct experiment *experiment);
DEFINE_CLEANUP(experiment_free, struct experiment *)

// From here on the function is invoked. False after a failure was told, as everywhere below.
bool experiment_connect(struct experiment *experiment);
// Sends so many messages (1 to EXPERIMENT_BATCH_MAX) in one request.
bool experiment_send(struct experiment *experiment, size_t count, const char *const bodies[],
                     const bool poison[]);
// Sends so many messages of one group (NULL: of none) in one request.
bool experiment_send_group(struct experiment *experiment, size_t count, const char *body,
                           const char *group);
// Sends so many messages of the second function in one request.
bool experiment_send_neighbour(struct experiment *experiment, size_t count);
bool experiment_advance(struct experiment *experiment, int64_t ms);
int64_t experiment_elapsed_ms(const struct experiment *experiment);

// One point of the trace; message is NULL where it is about none.
struct experiment_point {
    struct text kind; // the trace's words: "received"
    struct text queue;
    struct text actor;
    struct text request;
    struct text reason;
    int64_t elapsed_ms;
    struct experiment_message *message;
};

// Tells every point since the last time, in order. The messages know their deliveries and ends already, as of that point.
bool experiment_read(struct experiment *experiment,
                     void (*look)(void *context, const struct experiment_point *point),
                     void *context);
// {"queues":[...],"functions":[...],"mappings":[...]}; the caller's.
cJSON *experiment_metrics(struct experiment *experiment);
// The metric of the queue or the function, in such an answer; 0 if there is none.
int64_t experiment_metric(const cJSON *metrics, const char *list, const char *name);
// The same of the second one.
int64_t experiment_neighbour_metric(const cJSON *metrics, const char *list, const char *name);
size_t experiment_message_count(const struct experiment *experiment);
const struct experiment_message *experiment_message(const struct experiment *experiment,
                                                    size_t number);

// Runs each variant in a process of its own, all at once; what run() returns (a JSON object, or NULL after a failure was told)
// becomes ret_findings[number], the caller's. False if one has failed.
bool experiment_run_all(size_t count, cJSON *(*run)(const void *context, size_t number),
                        const void *context, cJSON *ret_findings[]);

// "poison.none.jsonl" for the prefix "poison" and the variant "none"; NULL without a prefix.
const char *experiment_trace_file(struct arena *arena, const char *prefix, const char *variant);

#endif
