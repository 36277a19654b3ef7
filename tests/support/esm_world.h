// esm_world -- an engine world with an esm on it and an invoker whose answers the test writes down
// beforehand. No sockets, no real time: esm_world_advance() walks the timeline instant by instant,
// with the whole turn at each.
#ifndef TESTS_SUPPORT_ESM_WORLD_H
#define TESTS_SUPPORT_ESM_WORLD_H

#include "esm/esm.h"
#include "tests/support/engine_world.h"

#define CALLS_KEPT 256
#define ANSWERS_MAX 64

// How the fake function answers one invocation. $ID1, $ID2 ... in the response are the ids of the
// batch.
struct fake_answer {
    enum invocation_end end;
    const char *response;
    int64_t duration_ms; // until done() is called; 0: at the next step
    bool hold;           // not answered before esm_world_release()
};

struct fake_call {
    int64_t at_ms;
    size_t count;
    char bodies[MESSAGES_MAX * WORLD_TEXT_BYTES]; // joined by commas
    char counts[128];                             // ApproximateReceiveCounts, joined by commas
    char receipts[2][RECEIPT_BYTES_MAX + 1];      // of the first two
    char request_id[UUID_TEXT_BYTES + 1];
    size_t payload_bytes;
    struct text payload; // terminated
    bool cancelled;
};

struct esm_world {
    struct engine_world engine_world;
    struct functions *functions;
    struct function *function; // "worker"
    struct esm *esm;
    struct esm_options options;
    struct invoker invoker;
    struct fake_answer answers[ANSWERS_MAX]; // the last one repeats; none: `{}` at once
    size_t answer_count;
    struct fake_call calls[CALLS_KEPT];
    size_t call_count;
    struct arena *payloads;
    size_t real_running; // what the invoker says about itself
    struct list_node held;
    size_t warning_count;
    char warning[256];
    char arn[256]; // of esm_world_settings()
};

void esm_world_init(struct esm_world *world, struct journal *journal, size_t pollers);
void esm_world_deinit(struct esm_world *world);
DEFINE_DEINIT_CLEANUP(esm_world_deinit, struct esm_world)
// The esm is freed and restored from the journal, as after a start.
void esm_world_restart(struct esm_world *world);
void esm_world_answer(struct esm_world *world, struct fake_answer answer); // one more
// Answers everything that is held.
void esm_world_release(struct esm_world *world, enum invocation_end end, const char *response);

// Defaults of a mapping of the queue to "worker".
struct mapping_settings esm_world_settings(struct esm_world *world,
                                           const char *queue); // its texts: until the next
// Creates it and turns until it is Enabled.
struct mapping *esm_world_map(struct esm_world *world, const char *queue, bool report,
                              int64_t batch_size);
// settle, commit, start, until nothing moves.
void esm_world_turn(struct esm_world *world);
void esm_world_advance(struct esm_world *world, int64_t span_ms);
// Sends to the queue and turns. group NULL: none.
void esm_world_send(struct esm_world *world, const char *queue, const char *group,
                    const char *body);
// Sends without turning.
void esm_world_put(struct esm_world *world, const char *queue, const char *body);
// Milliseconds since WORLD_START_MS.
int64_t esm_world_ms(const struct esm_world *world);

#endif
