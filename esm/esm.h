// esm -- event source mappings: the public face of esm/. A mapping's pollers stand in the engine's
// line, gather a batch, have the function invoked, and apply the outcome: delete, keep, or try
// again inside the lease. esm/ never changes visibility (L-145).
//
//     Creating -> Enabled <-> Updating       poller:  in line -> batch -> invoking -> settling -> in line
//     Enabled -> Disabling -> Disabled                                   \-> throttled (back-off inside the lease)
//     Disabled -> Enabling -> Enabled        * -> Deleting -> gone
//
// The turn: engine_settle and esm_settle alternate until neither moved; engine_commit; then
// esm_start_invocations.
#ifndef ESM_ESM_H
#define ESM_ESM_H

#include "esm/function.h"
#include "esm/mishap.h"
#include "esm/outcome.h"
#include "esm/scaling.h"
#include "queue/engine.h"

struct esm;
struct mapping;

enum mapping_state { // L-42
    MAPPING_CREATING,
    MAPPING_ENABLING,
    MAPPING_ENABLED,
    MAPPING_DISABLING,
    MAPPING_DISABLED,
    MAPPING_UPDATING,
    MAPPING_DELETING,
};

struct mapping_settings {
    struct text function_name; // bare name, 1-64
    struct text qualifier;     // "", "$LATEST", a version or an alias (L-39, L-40)
    struct text event_source_arn;
    bool enabled;                    // default true
    int64_t batch_size;              // 1-10,000; default 10; this part: at most 10
    int64_t batching_window_seconds; // 0-300; default 0; this part: 0
    bool report_batch_item_failures;
    int64_t maximum_concurrency;           // 2-1000; 0: none
    struct text filter_criteria;           // JSON as sent; empty: none
    struct text provisioned_poller_config; // JSON as sent; empty: none
    struct text metrics_config;            // JSON as sent; empty: none
    struct text kms_key_arn;               // empty: none
    struct text tags; // JSON object; empty: none. Not part of the resource as shown (L-41)
};

// What admission refuses (L-16 to L-32). The texts are the API's; ret_detail carries what they
// need.
enum mapping_error {
    MAPPING_OK,
    MAPPING_SOURCE_UNRECOGNIZED,      // L-17
    MAPPING_FUNCTION_MISSING,         // L-18
    MAPPING_QUEUE_MISSING,            // L-19
    MAPPING_VISIBILITY_TOO_SHORT,     // L-21; detail: both numbers
    MAPPING_WINDOW_REQUIRED,          // L-23
    MAPPING_FIFO_WINDOW,              // L-24
    MAPPING_FIFO_BATCH_SIZE,          // L-25
    MAPPING_EXISTS,                   // L-32; detail: the UUID
    MAPPING_IN_USE,                   // L-47
    MAPPING_NOT_FOUND,                // L-57
    MAPPING_FILTER_INVALID,           // L-30
    MAPPING_FILTERS_TOO_MANY,         // L-31
    MAPPING_POLLERS_MISSING,          // L-27
    MAPPING_POLLERS_RANGE,            // L-26
    MAPPING_POLLERS_WITH_CONCURRENCY, // L-28
};

struct mapping_detail {
    int64_t visibility_timeout_seconds;
    int64_t function_timeout_seconds;
    char uuid[UUID_TEXT_BYTES];
};

struct esm_options {
    struct engine *engine; // borrowed, like the rest
    struct timeline *timeline;
    struct random *random;
    struct journal *journal; // records of kind "mapping"
    struct tracer *tracer;   // may be NULL
    struct functions *functions;
    struct text account;
    struct text region;
    size_t
        pollers; // of a mapping in the deterministic profile: 1, or as many as a test wants (L-141)
    bool empty_item_succeeds; // row 15
    int64_t transition_ms;    // how long a state in between lasts; 0: until the next settle (L-52)
    // Told when a response deserves a loud warning (rows 19-21) or a report was void, and, without
    // a request id, when a filter uses what Lambda's guide does not list (L-193); for the log. May
    // be NULL.
    void (*warn)(void *context, struct text mapping_uuid, struct text function_name,
                 struct text request_id, struct text sentence);
    void *warn_context;
    enum scaling_profile profile;
    bool
        // self-tests only: takes a report with an unknown id (row 9) for success, so that checks
        // can be seen to fail
        break_outcome;
};

// What a mapping did since it was created or restored, in messages (L-161, L-167).
struct mapping_counts {
    uint64_t polled;
    uint64_t invoked;   // a message counts once per try, throttled ones included
    uint64_t failed;    // reported, or in a batch that failed or was throttled
    uint64_t deleted;   // filtered ones included
    uint64_t throttled; // in tries that were not run; among invoked and failed
    uint64_t filtered;  // deleted, because no filter matched (L-156)
    uint64_t faults;    // tries in which something went wrong on purpose
};

struct esm *esm_new(const struct esm_options *options);
// Cancels what runs; the journal's records stay. Takes NULL; returns NULL.
struct esm *esm_free(struct esm *esm);
DEFINE_CLEANUP(esm_free, struct esm *)
// A record of kind "mapping" from the journal's replay; the mapping starts as it was.
void esm_restore(struct esm *esm, struct text key, struct text bytes);
// Ends and forgets every mapping (the reset command); faults that were declared begin anew, the
// others go.
void esm_reset(struct esm *esm);

// Creates (state Creating, or Disabled if not enabled: L-43). Transitions finish after the option
// transition_ms, or at the next settle (L-52).
enum mapping_error esm_create_mapping(struct esm *esm, const struct mapping_settings *settings,
                                      struct mapping **ret_mapping,
                                      struct mapping_detail *ret_detail);
struct mapping *esm_find_mapping(const struct esm *esm, struct text uuid);
// settings: the merged result; function_given: the request contained FunctionName (L-21).
enum mapping_error esm_update_mapping(struct esm *esm, struct mapping *mapping,
                                      const struct mapping_settings *settings, bool function_given,
                                      struct mapping_detail *ret_detail);
// Replaces the tags alone: no transition, and the mapping was not modified.
void esm_tag_mapping(struct esm *esm, struct mapping *mapping, struct text tags);
// State Deleting; gone when its invocations have ended (L-46, L-50).
enum mapping_error esm_delete_mapping(struct esm *esm, struct mapping *mapping);
// In order of UUID; NULL first, NULL at the end.
struct mapping *esm_next_mapping(const struct esm *esm, const struct mapping *after);

struct text mapping_uuid(const struct mapping *mapping); // 36 bytes
enum mapping_state mapping_state(const struct mapping *mapping);
struct text mapping_state_text(enum mapping_state state);
const struct mapping_settings *mapping_settings(const struct mapping *mapping);
int64_t mapping_modified_at_ms(const struct mapping *mapping);
struct mapping_counts mapping_counts(const struct mapping *mapping);
// Pollers that it has now, those included that only finish what they do.
size_t mapping_pollers(const struct mapping *mapping);

// A function was declared, changed or removed: pollers that waited for it look again (row 32).
void esm_functions_changed(struct esm *esm);
// A queue was created: pollers of mappings whose queue was gone look again (L-51).
void esm_queues_changed(struct esm *esm);

// Moves pollers and states on; true if anything moved.
bool esm_settle(struct esm *esm);
// Hands the invocations that this turn decided on to their invokers. Only after engine_commit().
// True if any was started.
bool esm_start_invocations(struct esm *esm);
// Invocations that wait to be started or run for real, for the quiet check and shutdown. Not
// counted: throttled ones, scripted ones, and answers that wait for their instant on the timeline
// (a motive timer stands for each of these).
size_t esm_running(const struct esm *esm);
// The faults on purpose of all mappings; count from now on when they are changed.
struct mishaps *esm_mishaps(struct esm *esm);
// Turns the option break_outcome on, from here on.
void esm_break_outcome(struct esm *esm);

#endif
