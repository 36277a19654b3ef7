// simulate_script -- scripted functions of a random world, and what their behaviour means for a
// batch: L-157 once more, computed from what a script was asked to do and not from what the program
// says about it.
#ifndef TESTS_SIMULATE_SCRIPT_H
#define TESTS_SIMULATE_SCRIPT_H

#include "queue/base/buffer.h"
#include "queue/base/random.h"

enum script_how {
    SCRIPT_REPORT,
    SCRIPT_THROW,
    SCRIPT_DELETE_THEN_THROW,
    SCRIPT_STOP_AT_FIRST_FAILURE,
    SCRIPT_MALFORMED,
    SCRIPT_TIMEOUT,
    SCRIPT_CRASH,
    SCRIPT_THROTTLE,
    SCRIPT_END,
    SCRIPT_HOWS
};

enum script_which {
    SCRIPT_NONE, // no message fails
    SCRIPT_BODY, // whose body says "bad"
    SCRIPT_ATTRIBUTE,
    SCRIPT_ALL
};

// What L-157 makes of a response or an end, with reporting on.
enum script_meaning {
    SCRIPT_SUCCESS,
    SCRIPT_PARTIAL, // all but the one that is named
    SCRIPT_FAILURE,
    SCRIPT_AGAIN,        // row 30, 31, 33
    SCRIPT_SUCCESS_IF_SO // row 15: success if the world says so, else failure
};

struct script {
    enum script_how how;
    enum script_which which;
    bool stop;
    int64_t recovers;    // 0: never
    int64_t duration_ms; // -1: the function's
    size_t response;     // of malformed and end: an index into the table of responses
    size_t end;          // of end: an index into the table of ends
    int64_t timeout_ms;
    int64_t function_duration_ms;
};

// One message of a batch, in its order.
struct script_record {
    const void *message; // equal for copies of one message
    bool is_bad;         // its body says so
    bool is_poison;      // its attribute says so
    uint32_t count;
    // Out:
    bool fails;
    bool is_kept;              // after the invocation, by the mapping
    bool is_deleted_by_script; // at the instant of the invocation
};

// timeout_seconds_max: the queue's visibility timeout, which no Timeout may exceed (L-21).
void script_random(struct random *random, int64_t timeout_seconds_max, struct script *ret_script);
// "sim:{...}"
void script_append_target(struct buffer *buffer, const struct script *script);

struct script_verdict {
    bool is_again; // throttled: the batch stays and is tried again
    int64_t lasts_ms;
};
// Fills in what becomes of each record.
struct script_verdict script_judge(const struct script *script, bool reporting,
                                   bool empty_item_succeeds, struct script_record *records,
                                   size_t count);

#endif
