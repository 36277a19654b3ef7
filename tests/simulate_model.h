// simulate_model -- a second, simple engine that knows the rules and nothing of how they are kept:
// what simulate.c compares with.
//
// One array of facts: a message with its instants and counters. Whether a fact is visible, delayed
// or in flight is computed from the clock whenever somebody asks (S-255 to S-257), the way the
// engine does NOT do it.
#ifndef TESTS_SIMULATE_MODEL_H
#define TESTS_SIMULATE_MODEL_H

#include "tests/support/engine_world.h"

#define QUEUES 8
#define FACTS_MAX 4096
#define HANDLES_MAX 48
#define SLOTS 6
#define WINDOWS_MAX 512
#define WINDOW_MS 300000
#define POINTS_SHOWN 40

struct fact {
    uint8_t id[UUID_BYTES];
    char body[12];
    char group; // 0: none
    bool is_gone;
    bool was_moved;
    bool is_released;
    size_t queue;
    uint64_t order;  // place in the queue
    uint64_t moment; // of the operation that made it available; 0: the clock did
    int64_t enqueued_at_ms;
    int64_t available_at_ms;
    int64_t received_at_ms;
    uint32_t count;
    uint32_t queue_count;
    size_t stay; // the last one in flight, 0: none
    // Where it was before it was moved, as long as the receive that moved it goes on.
    size_t old_queue;
    uint64_t old_serial;
    uint64_t old_order;
    uint64_t old_moment;
    int64_t old_available_at_ms;
};

struct handle {
    char text[RECEIPT_BYTES_MAX + 1];
    size_t fact;
    size_t queue;
    uint64_t queue_number;
    uint32_t receive;
};

struct window {
    size_t queue;
    char key[24];
    int64_t until_ms;
    uint8_t id[UUID_BYTES];
};

struct slot {
    struct receive receive;
    struct simulation *simulation;
    size_t queue;
    int64_t deadline_ms;
    bool is_busy;
    bool rejoins; // a mapping's poller: comes back from inside done()
    bool expects_deleted;
};

// One lease of a message, as long as it really was.
struct stay {
    size_t queue;
    char group;
    int64_t from_ms;
    int64_t to_ms;
};

// What is remembered of a group of a standard queue.
struct tenant_model {
    bool is_noisy;
    int64_t since_ms; // its first message came
};

struct tally {
    size_t sent, came, left, deleted, expired, purged, dropped;
};

struct simulation {
    struct engine_world world;
    struct random random;
    uint64_t seed;
    const char *database; // a file, or NULL
    struct fact *facts;
    size_t fact_count;
    struct handle handles[HANDLES_MAX];
    size_t handle_count;
    struct window windows[WINDOWS_MAX];
    size_t window_count;
    struct slot slots[SLOTS];
    struct stay *stays; // owned
    size_t stay_count;
    size_t stay_capacity;
    struct tenant_model tenants[QUEUES][128];
    int64_t metered_since_ms[QUEUES]; // when the first group came into the queue
    struct tally tallies[QUEUES];
    uint64_t serials[QUEUES]; // changes when a receive of the queue may have begun
    uint64_t order;
    uint64_t moment;
    bool is_closing;
};

// The first four are standard queues, the others FIFO.
extern const char *const model_names[QUEUES];

// One candidate: a fact, or the shadow of one that this receive has moved away.
struct candidate {
    const struct fact *fact;
    bool is_shadow;
    char group;
    uint64_t order;
    uint64_t moment;
    int64_t available_at_ms;
};

struct prediction {
    struct candidate candidates[FACTS_MAX];
    size_t count;
};

// Prints the sentence, the seed and the last trace points, and ends the process with status 1.
__attribute__((noreturn, format(printf, 2, 3))) void
simulation_broken(struct simulation *simulation, const char *format, ...);

struct queue *model_queue(struct simulation *simulation, size_t queue);
const struct queue_settings *model_settings(struct simulation *simulation, size_t queue);
bool model_is_fifo(size_t queue);
int64_t model_now_ms(const struct simulation *simulation);
size_t model_index(struct simulation *simulation, struct text name);
struct fact *model_fact(struct simulation *simulation, const uint8_t *id);
struct queue_counts model_counts(const struct simulation *simulation, size_t queue);

enum message_phase fact_phase(const struct simulation *simulation, const struct fact *fact);
bool fact_is_in(const struct fact *fact, size_t queue);
// The next receive must move it to a dead-letter queue, which exists.
bool fact_is_due(struct simulation *simulation, const struct fact *fact);
// It is its own queue's dead letter by this very receive: the next one may meet it, this one may
// not.
bool fact_came_back(const struct simulation *simulation, const struct fact *fact);

// What is in the queue, and what the present receive has moved away from it, in the order of
// sending.
void model_collect(struct simulation *simulation, size_t queue, struct prediction *prediction);
// The facts that a receive may get now, in order. What was moved away is left out.
void model_predict(struct simulation *simulation, size_t queue, struct prediction *prediction);

// ---- fairness (simulate_fairness.c) ----

// Does what is sent to this queue have a group sometimes? Its own dead letters do not, because a receive that finds nothing but
// them tells nobody that it looked.
bool model_is_fair(size_t queue);
// A message is about to come into the queue.
void model_come(struct simulation *simulation, size_t queue, char group);
// It is in flight from now on, until then at most; and: no more.
void model_lease(struct simulation *simulation, struct fact *fact, int64_t until_ms);
void model_leave_flight(struct simulation *simulation, const struct fact *fact);
// Groups without visible messages are quiet.
void model_calm(struct simulation *simulation, size_t queue);
// After a restart, or with another queue of the name.
void model_forget_fairness(struct simulation *simulation, size_t queue);
// What a receive got that began with these facts: up to count_max, in order.
void model_predict_fairly(struct simulation *simulation, size_t queue, size_t count_max,
                          struct prediction *prediction);

#endif
