// sandbox -- one execution environment: a process, its door, and where it stands in the Runtime API.
//
//     STARTED ---- /next ----> READY ---- invocation ----> RUNNING ---- /response, /error ----> RESPONSE_SENT
//        \                       ^                                                                  |
//         \-- /init/error --> INIT_ERROR                                        \------ /next ------/
//
// It takes one invocation at a time (L-229) and lives as long as its process; one of attach: lives as long as the world.
#ifndef EMULATOR_INVOKE_SANDBOX_H
#define EMULATOR_INVOKE_SANDBOX_H

#include "emulator/invoke/output.h"
#include "emulator/invoke/runtime_program.h"
#include "queue/base/random.h"

struct door;
struct request;
struct sandbox_process;

#define REQUEST_ID_BYTES_MAX 64
#define TRACE_ID_BYTES_MAX 96

enum sandbox_state {
    SANDBOX_STARTED,
    SANDBOX_INIT_ERROR,
    SANDBOX_READY,
    SANDBOX_RUNNING,
    SANDBOX_RESPONSE_SENT,
};

struct sandbox {
    struct program *program;
    struct door *door;
    struct sandbox_process *process; // NULL: attach
    enum sandbox_state state;
    struct list_node link;         // in the program's idle or others
    struct request *next;          // GET /next that waits, or NULL
    struct invocation *invocation; // RUNNING, else NULL
    bool coming;                   // counted in the program's coming
    bool again;    // started because another failed: under the function's Timeout (L-231)
    bool given_up; // being ended: nothing that it does counts
    bool late;     // its last invocation timed out; what it still says of it is late (L-213)
    bool init_timed_out;
    struct buffer init_error;
    struct output output;    // of the current or last invocation
    struct loop_timer limit; // of the initialisation, then of the invocation
    struct loop_timer
        patience; // after an answer: it is expected to ask for the next invocation soon
    struct loop_timer keep_alive; // while it is idle
    int64_t started_at_us;
    int64_t init_us; // how long it took to ask for its first invocation; 0: reported already
    int64_t handed_at_us;
    int64_t deadline_ms;                         // wall clock
    char request_id_bytes[REQUEST_ID_BYTES_MAX]; // of the current or last invocation
    struct text request_id;
    char invocation_id[UUID_TEXT_BYTES]; // L-212
    char trace_id[TRACE_ID_BYTES_MAX];
};

// Starts a process; it is then in the program's others, and coming. False with errno's value.
bool sandbox_start(struct program *program, bool again, int *ret_error);
// The one sandbox of an attach: program, behind this port.
bool sandbox_attach(struct program *program, int64_t port, int *ret_error);
// An idle one takes the invocation.
void sandbox_hand(struct sandbox *sandbox, struct invocation *invocation);
// It is ended for good: what it runs is forgotten, its process killed.
void sandbox_give_up(struct sandbox *sandbox);
// The world closes: SIGTERM; then each is waited for, at most grace_ms, and its door closed. What is parked is then cancelled
// by its server, and sandbox_free comes last.
void sandbox_end(struct sandbox *sandbox);
void sandbox_reap(struct sandbox *sandbox, int grace_ms);
void sandbox_free(struct sandbox *sandbox);

// ---- what the Runtime API asks; the request's sandbox is the door's owner ----

// GET /next: finishes the request with the invocation that it has (L-221) or parks it until there is one.
void sandbox_next(struct sandbox *sandbox, struct request *request);
// The current invocation has ended so.
void sandbox_answer(struct sandbox *sandbox, enum invocation_end end, struct text response);
// The runtime cannot begin, and says why.
void sandbox_init_error(struct sandbox *sandbox, struct text body);
// As RAPID calls it (L-220).
struct text sandbox_state_name(enum sandbox_state state);

#endif
