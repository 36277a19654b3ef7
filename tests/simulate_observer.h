// simulate_observer -- hears every trace point of a whole world and knows the rules that must hold
// between them. It shares no structure with the program: a message is what was told of it, a queue
// or mapping what the client asked for.
//
//     the client's request --> observer->client    what may happen because of it
//     the tracer           --> hear                messages; batches in simulate_batches.c
//     engine_peek          --> observer_compare    what was told is what is there
#ifndef TESTS_SIMULATE_OBSERVER_H
#define TESTS_SIMULATE_OBSERVER_H

#include "emulator/world.h"
#include "queue/base/map.h"
#include "queue/tracer.h"
#include "tests/simulate_script.h"

#define WHOLE_QUEUES 9
#define WHOLE_FUNCTIONS_MAX 4
#define WHOLE_MAPPINGS_MAX 16
#define WHOLE_FACTS_MAX 512
#define WHOLE_BATCH_MAX 32
#define WHOLE_BATCHES_MAX 64
#define WHOLE_ENTRIES_MAX 10
#define WHOLE_GATHERERS 8 // more receives than that do not fit into one batch window
#define WHOLE_POINTS_SHOWN 40
#define NO_QUEUE SIZE_MAX

enum whole_gone {
    GONE_NOT,
    GONE_DELETED,
    GONE_EXPIRED,
    GONE_PURGED,
    GONE_DROPPED, // with its queue
    GONE_ENDS
};

struct whole_fact {
    uint8_t id[UUID_BYTES];
    char body[16];
    char group; // 0: none
    bool is_bad;
    bool is_poison;
    enum whole_gone gone;
    size_t queue;
    uint64_t order; // of coming into its queue
    int64_t enqueued_at_ms;
    int64_t until_ms; // of its delay or lease
    int64_t received_at_ms;
    bool is_released; // its visibility was set to 0 since
    bool is_clients;  // the lease is an outside client's, asked for at this instant of real time
    int64_t leased_real_us;
    int64_t leased_at_ms;
    uint32_t count;
    uint32_t queue_count;
    size_t gatherers
        [WHOLE_GATHERERS]; // by receive count: the mapping that received it then, or NO_QUEUE
};

struct whole_queue {
    const char *name;
    bool fifo;
    int64_t visibility_seconds;
    int64_t retention_seconds;
    int64_t delay_seconds;
    int64_t receive_count_max; // 0: no policy
    size_t dead_letter;
    // The one mapping's function stops at the first failure and reports: what succeeds does so in
    // order (L-171).
    bool is_ordered;
    size_t sent;
    size_t came; // by dead-letter
    size_t left;
    size_t gone[GONE_ENDS];
    uint64_t order_deleted[16]; // of the ordered queue: by group, the last one that succeeded
};

struct whole_function {
    char name[24];
    struct script script;
    int64_t reserved; // -1: none
    bool was_limited; // since the beginning
    size_t running;
};

struct whole_mapping {
    char uuid[UUID_TEXT_BYTES];
    bool is_known; // it has its UUID
    bool is_gone;
    bool is_enabled;
    size_t queue;
    size_t function;
    int64_t batch_size;
    int64_t window_seconds;
    // What was gathered under the settings before an update may still be under way.
    int64_t batch_size_max;
    int64_t window_seconds_max;
    bool reporting;
    int64_t concurrency_max; // 0: none
    size_t running;
};

struct whole_entry {
    struct whole_fact *fact;
    int64_t until_ms; // of the lease as it was when it was batched
    bool has_verdict;
    bool was_deletable; // at the instant of the invocation
};

enum batch_phase {
    BATCH_READY,
    BATCH_RUNNING,
    BATCH_ENDED,
    BATCH_WAITING, // throttled
    BATCH_ABANDONED,
};

struct whole_batch {
    char request[UUID_TEXT_BYTES];
    size_t mapping;
    size_t function;
    enum batch_phase phase;
    int64_t invoked_at_ms;
    int64_t ends_at_ms;
    int64_t lease_end_ms;
    int64_t again_at_ms;
    struct script_verdict verdict;
    size_t verdicts;
    size_t count;
    struct whole_entry entries[WHOLE_BATCH_MAX];
    struct script_record records[WHOLE_BATCH_MAX];
};

// What the client asks for at this moment: only that may happen by its hand.
enum client_asks {
    CLIENT_NOTHING,
    CLIENT_SENDS,
    CLIENT_DELETES,
    CLIENT_CHANGES,
    CLIENT_PURGES,
    CLIENT_DROPS, // a queue
    CLIENT_SETS_DELAY,
};

struct whole_client {
    enum client_asks asks;
    size_t queue;
    struct whole_fact messages[WHOLE_ENTRIES_MAX]; // to be sent
    size_t message_count;
    size_t message_at;
    uint8_t ids[WHOLE_ENTRIES_MAX][UUID_BYTES]; // of what is deleted or changed
    uint32_t counts[WHOLE_ENTRIES_MAX];         // the receives that gave the handles
    size_t id_count;
    int64_t asked_real_us;
    struct whole_mapping *mapping; // being created or updated ...
    struct whole_mapping wanted;   // ... to this
};

struct observer {
    struct tracer tracer;
    uint64_t seed;
    struct buffer settings; // the world in one paragraph
    struct world *world;    // borrowed
    bool empty_item_succeeds;
    struct whole_queue queues[WHOLE_QUEUES];
    struct whole_function functions[WHOLE_FUNCTIONS_MAX];
    size_t function_count;
    struct whole_mapping mappings[WHOLE_MAPPINGS_MAX];
    size_t mapping_count;
    struct whole_fact *facts; // owned
    size_t fact_count;
    struct text_map by_id;
    struct whole_batch *batches; // owned; those under way
    size_t batch_count;
    struct whole_client client;
    // A verdict said that this message is deleted: then the next point is its deletion.
    const struct whole_fact *awaited;
    size_t awaited_mapping;
    bool awaited_must_come;
    uint64_t order;
    int64_t last_at_ms;
    uint64_t points;
    uint64_t hash;
    uint64_t points_expected; // 0: all
    uint64_t hash_expected;   // after that many points
    // While nobody gives the clock commands (leap), an outside lease lasts as long in real time.
    bool guards_leases;
};

void observer_init(struct observer *observer, uint64_t seed);
void observer_deinit(struct observer *observer);
// Hears what the world has told since its beginning, and all that it will tell.
void observer_attach(struct observer *observer, struct world *world);
// The program ended in the middle: its batches are nobody's any more.
void observer_detach(struct observer *observer);

// Prints the sentence, the seed, the world and its last trace points, and ends the process with
// status 1.
__attribute__((noreturn, format(printf, 2, 3))) void observer_broken(struct observer *observer,
                                                                     const char *format, ...);
int64_t observer_now_ms(const struct observer *observer);
struct whole_fact *observer_fact(struct observer *observer, const uint8_t *id);
size_t observer_queue(struct observer *observer, struct text name);
// By UUID; binds the UUID of the one that is being created. NULL if there is none.
struct whole_mapping *observer_mapping(struct observer *observer, struct text uuid);
const char *fact_name(const struct whole_fact *fact);
bool fact_is_hidden(const struct observer *observer, const struct whole_fact *fact);
// Would a handle of the receive with this count delete it now? (S-89, S-171, S-91, S-172)
bool fact_is_deletable(const struct observer *observer, const struct whole_fact *fact, size_t queue,
                       uint32_t count);

// Between two steps: counters, and, if thorough, every message.
void observer_compare(struct observer *observer, bool thorough);
// The world is idle: nobody who reads a queue has left anything in it.
void observer_compare_idle(struct observer *observer);

// simulate_batches.c
void batches_hear(struct observer *observer, const struct trace_point *point);
void batches_check(struct observer *observer);

#endif
