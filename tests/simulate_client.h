// simulate_client -- a whole world, and what its client asks for. Everything random comes from the
// world's own seed; a request that nothing allows the program to refuse ends the simulation when it
// is refused.
#ifndef TESTS_SIMULATE_CLIENT_H
#define TESTS_SIMULATE_CLIENT_H

#include "emulator/emulator.h"
#include "tests/simulate_observer.h"

#define START_MS 1767225600000LL // 2026-01-01T00:00:00Z
#define HANDLES_MAX 24
#define POLLS_MAX 2
#define MESSAGES_WHOLE_MAX (WHOLE_FACTS_MAX - WHOLE_ENTRIES_MAX)
#define QUEUE_ORDERED 7

struct whole_run;

struct whole_handle {
    char text[RECEIPT_BYTES_MAX + 1];
    uint8_t id[UUID_BYTES];
    uint32_t count; // of the receive that gave it
    size_t queue;
};

struct poll {
    struct whole *whole;
    size_t queue;
    bool is_parked;
};

struct whole {
    struct whole_run *run;
    struct arena *arena;
    struct options options;
    struct emulator *emulator;
    struct observer observer;
    struct random random;
    struct whole_handle handles[HANDLES_MAX];
    size_t handle_count;
    struct poll polls[POLLS_MAX];
    uint64_t messages;
    bool leaps;        // all the time
    bool is_hands_off; // the client only sends
    int restarts;
};

// 0 to bound - 1, from the world's seed.
size_t whole_chance(struct whole *whole, uint64_t bound);
// One request through the emulator's router, to its answer: the status. target: SQS's operation, or
// NULL for another API's JSON.
int client_call(struct whole *whole, const char *method, const char *path, const char *target,
                const struct buffer *body, struct buffer *ret_body);

// All queues, with random settings, and their redrive policies.
void client_create_queues(struct whole *whole);
void client_attributes(struct whole *whole, size_t queue);
void client_purge(struct whole *whole, size_t queue);
// Deletes it and creates it again.
void client_drop(struct whole *whole, size_t queue);
// One message or a batch.
void client_send(struct whole *whole, size_t queue);
void client_receive(struct whole *whole, size_t queue);
// A long poll that stays in the line while other things happen.
void client_poll(struct whole *whole, size_t queue);
// By handles that were received, however old.
void client_delete(struct whole *whole);
void client_change(struct whole *whole);
void client_map(struct whole *whole, size_t queue, size_t function);
void client_update(struct whole *whole);
void client_unmap(struct whole *whole);
// Reserves concurrency for a function, or takes it back.
void client_concurrency(struct whole *whole);

#endif
