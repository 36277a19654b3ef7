// invoker -- run this function with this payload, tell me how it ended. The outside world behind
// one interface: HTTP, runtime processes, scripted functions. With the scripted invoker the whole
// program is a simulator.
#ifndef ESM_INVOKER_H
#define ESM_INVOKER_H

#include "queue/base/list.h"
#include "queue/base/text.h"
#include "queue/base/timeline.h"

struct function;

// How an invocation ended, before anybody looks at the response.
enum invocation_end {
    INVOCATION_RESPONDED, // the function returned; response is its body
    // X-Amz-Function-Error: an exception; response is the error payload (row 25, 26)
    INVOCATION_FUNCTION_ERROR,
    INVOCATION_TIMED_OUT, // the function's Timeout passed (row 27)
    // process exit, init error (row 28); also: connection lost after bytes were sent (row 33)
    INVOCATION_EXITED,
    INVOCATION_TOO_LARGE,   // response over 6,291,556 bytes (row 29)
    INVOCATION_THROTTLED,   // 429 (row 30)
    INVOCATION_UNAVAILABLE, // the invoke path answered 5xx (row 31)
    INVOCATION_MISSING,     // the function does not exist (row 32)
    // an HTTP handler refused the connection before any byte was sent (row 33)
    INVOCATION_REFUSED,
};

// One try. Owned by who starts it; must not move until done() or cancel.
struct invocation {
    // Exactly once, never from inside invoke(). response and detail live during the call. detail: a
    // sentence for people when the end needs one (what curl said, a hint about a 404), else empty.
    void (*done)(struct invocation *invocation, enum invocation_end end, struct text response,
                 struct text detail);
    struct function *function; // borrowed; stays while the invocation runs
    struct text qualifier;     // that it was invoked by; empty: none. Lives until done
    struct text payload;       // JSON, lives until done
    struct text request_id;    // UUID text, lives until done
    int64_t invoked_at_ms;     // set by who starts it: the instant on the timeline
    // Set by the invoker before done(): the end takes effect at the instant of done(), however soon
    // that is. Real handlers on the real clock; everywhere else the function's declared duration
    // counts, 1 ms at least.
    bool at_once;
    // Set by who starts it: somebody outside waits for the end in real time, as the caller of a
    // synchronous Invoke does. On a clock that stands still done() comes as soon as the end is known.
    bool awaited;
    // Set by the invoker before done(): so much virtual time before its declared end done() came,
    // because it was awaited.
    int64_t ahead_ms;
    // What the caller of Invoke sent in X-Amz-Client-Context, decoded: JSON on one line; empty:
    // nothing. Lives until done.
    struct text client_context;
    // Set by the invoker before done(), and lives during it: what the function wrote meanwhile,
    // cut to a few KB; empty: nothing, or not known.
    struct text output;
    // the invoker's own
    struct list_node link;
    struct timer timer;
    void *work;
};

struct invoker {
    // Starts the try. Called in the write phase of a turn, after COMMIT. The function's Timeout is
    // the invoker's to enforce: in real time for real handlers, on the timeline for scripted ones.
    void (*invoke)(struct invoker *invoker, struct invocation *invocation);
    // Gives it up: done() will not be called.
    void (*cancel)(struct invoker *invoker, struct invocation *invocation);
    // Real invocations that run now: while there are any, virtual time stands still (design: time).
    // Scripted ones count 0.
    size_t (*running)(const struct invoker *invoker);
};

#endif
