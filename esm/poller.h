// poller -- one of a mapping's pollers: stands in the engine's line, gathers a batch, has the
// function invoked, applies the outcome. Internal to esm/.
//
//     idle -> in line -> gathering -> ready -> invoking -> answered -> idle
//                                       ^                     |
//                                       +---- backing off <---+    throttled: the same batch
//                                                                  again, inside its leases
#ifndef ESM_POLLER_H
#define ESM_POLLER_H

#include "esm/batch.h"
#include "esm/mapping.h"
#include "esm/scaling.h"
#include "queue/base/buffer.h"

enum poller_phase {
    POLLER_IDLE,        // has nothing; joins the line at the next settle if its mapping polls
    POLLER_IN_LINE,     // its receive waits, and it has no message yet
    POLLER_GATHERING,   // has messages and waits for more while the window lasts
    POLLER_HELD,        // FIFO: carries on after the batch before it, if that one succeeds
    POLLER_READY,       // its batch is closed and waits for the commit
    POLLER_INVOKING,    // the invoker has it
    POLLER_ANSWERED,    // the answer waits for its instant on the timeline
    POLLER_BACKING_OFF, // throttled
};

// What the invoker said, until it takes effect.
struct answer {
    enum invocation_end end;
    struct buffer response;
    struct buffer detail;
    struct buffer output; // what the function wrote
};

struct poller {
    struct mapping *mapping;
    struct list_node link;  // in the mapping's list
    struct list_node ready; // in the esm's list while READY
    enum poller_phase phase;
    struct poller *overflow; // FIFO: the spare poller that is held by this one
    bool clean;              // every message of the last batch was deleted
    bool spare; // carries what did not fit into another's batch (L-104); retires after it
    struct receive receive;
    struct timer timer; // window, effect or back-off, by phase
    struct batch batch;
    struct invocation invocation;
    struct function *function; // while something of it runs for this poller
    struct answer answer;
    enum mishap_kind mishap;    // of the present try
    struct buffer mishap_words; // of it, for people
    bool delete_fails;          // on purpose, when its outcome is applied
    struct buffer delete_words; // the same
    struct buffer half_payload; // what a crash lets through
    struct backoff backoff;
};

struct poller *poller_new(struct mapping *mapping, bool spare);
// Cancels whatever it does. Takes NULL; returns NULL.
struct poller *poller_free(struct poller *poller);
// Joins the line (again). True if it did: there must be a queue, and a function to run.
bool poller_join(struct poller *poller);
// Its mapping stops polling, or polls by other settings: leaves the line, closes what it has
// gathered, gives a throttled batch up if give_up says so. What is being invoked goes on (L-50).
void poller_recall(struct poller *poller, bool give_up);
// Hands the batch to the invoker. Only in phase READY and after the commit.
void poller_start(struct poller *poller);
// True while an invocation runs for real.
bool poller_runs(const struct poller *poller);

#endif
