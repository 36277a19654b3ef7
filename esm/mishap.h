// mishap -- a fault on purpose: what goes wrong between a mapping's pollers and its function.
//
//     throttle       the function is not run: no concurrency is free (L-164)
//     timeout        it runs to its end, but its answer comes after its Timeout
//     crash          it gets the first half of the batch, and dies; of one message: before it begins
//     lose-response  it runs and answers, and nobody hears it
//     fail-delete    the poller's deletions fail: what succeeded comes back
//
// A fault belongs to a mapping or to a function, and strikes in some tries to invoke it: in a share
// of them, in every n-th, or in the n-th alone. Tries count from 1, since the fault was set; each
// fault counts for itself. Chance is the fault's own, seeded when it is set, so that equal seeds and
// equal events give equal faults, and a fault changes nobody's ids. In one try only the first fault
// that is due strikes, in the order in which they were set; fail-delete goes beside another one.
#ifndef ESM_MISHAP_H
#define ESM_MISHAP_H

#include "queue/base/buffer.h"
#include "queue/base/list.h"
#include "queue/base/random.h"

#define MISHAPS_MAX 64
#define MISHAP_TARGET_BYTES_MAX 256

enum mishap_kind {
    MISHAP_NONE,
    MISHAP_THROTTLE,
    MISHAP_TIMEOUT,
    MISHAP_CRASH,
    MISHAP_LOSE_RESPONSE,
    MISHAP_FAIL_DELETE,
    MISHAP_KINDS
};

enum mishap_turn {
    MISHAP_SHARE, // of the tries
    MISHAP_EVERY, // the n-th, the 2n-th ...
    MISHAP_AT,    // the n-th alone
};

struct mishap_plan {
    struct text target; // a mapping's UUID, or a function's name
    enum mishap_kind kind;
    enum mishap_turn turn;
    double share;
    int64_t number; // n, 1 at least
};

struct mishap {
    struct list_node link;
    struct mishap_plan plan;
    uint64_t seed;
    struct random random;
    uint64_t tries;
    uint64_t struck;
    bool declared; // at the start: a reset keeps it, and begins it anew
    char target[]; // of the plan
};

struct mishaps {
    struct list_node list; // in the order in which they were set
    size_t count;
};

void mishaps_init(struct mishaps *mishaps);
void mishaps_deinit(struct mishaps *mishaps);

// "orders=throttle", "orders=timeout:20%", "orders=crash:every 3", "orders=lose-response:at 2". The
// target points into spec. False with a sentence in ret_reason.
bool mishap_parse(struct text spec, struct mishap_plan *ret_plan, struct buffer *ret_reason);
// The same words again.
void mishap_append_words(struct buffer *buffer, const struct mishap_plan *plan);
struct text mishap_kind_text(enum mishap_kind kind);

// Takes the place of the fault of this target and kind, if there is one. False if there are
// MISHAPS_MAX.
bool mishaps_set(struct mishaps *mishaps, const struct mishap_plan *plan, uint64_t seed,
                 bool declared);
// Removes those of this target; empty: all. Returns how many.
size_t mishaps_clear(struct mishaps *mishaps, struct text target);
void mishaps_reset(struct mishaps *mishaps);
// One more try by the mapping of this UUID and function. What strikes, and its words for people in
// ret_words; ret_delete_fails: its deletions are to fail, for the words in ret_delete_words.
enum mishap_kind mishaps_draw(struct mishaps *mishaps, struct text mapping_uuid,
                              struct text function_name, struct buffer *ret_words,
                              struct buffer *ret_delete_words, bool *ret_delete_fails);

#endif
