// tracer -- who is told what happened. Every change of a message's state, every batch and every
// verdict is a point with its reason. queue/ and esm/ tell; emulator/trace remembers.
#ifndef QUEUE_TRACER_H
#define QUEUE_TRACER_H

#include "queue/base/text.h"

enum trace_kind {
    // of a message, told by queue/message.c
    TRACE_SENT,      // until_ms: end of its delay, 0 without one
    TRACE_DUPLICATE, // a FIFO send that was already known
    TRACE_DELAY_ENDED,
    TRACE_RECEIVED,           // until_ms: end of the lease
    TRACE_VISIBILITY_CHANGED, // until_ms: the new end
    TRACE_VISIBLE_AGAIN,      // the visibility timeout passed, or was set to 0
    TRACE_DELETED,
    TRACE_DEAD_LETTERED, // other: the dead-letter queue; receive_count as it stands
    TRACE_MOVED,         // by a move task; other: the destination
    TRACE_EXPIRED,       // MessageRetentionPeriod passed
    TRACE_PURGED,
    TRACE_QUEUE_DELETED, // it was in a queue that was deleted
    // FIFO: a later message of the group succeeded before an earlier one that failed (L-171). Two
    // points tell of one such pair, told once; other: the id of the other one of the two.
    TRACE_OVERTOOK,  // of the later
    TRACE_OVERTAKEN, // of the earlier
    // of a batch, told by esm/: one point per message of the batch, all with the same request
    TRACE_BATCHED, // it is part of this invocation
    TRACE_VERDICT, // what becomes of it, and why
    TRACE_FILTERED,
    // of an invocation or a mapping as a whole (no message)
    TRACE_INVOKED,
    TRACE_INVOCATION_ENDED,
    TRACE_FAULT,     // something goes wrong on purpose; other: the function
    TRACE_OUTPUT,    // output: what the function wrote while the invocation ran
    TRACE_THROTTLED, // the batch is kept and tried again; until_ms: when
    TRACE_ABANDONED, // its leases end before another try could
    TRACE_MAPPING,   // a state change of a mapping; reason says which
    TRACE_KINDS
};

struct trace_point {
    enum trace_kind kind;
    int64_t at_ms;
    struct text queue;      // name of the queue, empty if none is concerned
    const uint8_t *message; // 16 bytes of the MessageId, or NULL
    struct text group;      // MessageGroupId of the message, empty: none
    uint32_t receive_count; // as reported (ApproximateReceiveCount)
    int64_t until_ms;       // see the kind; 0: none
    struct text other;      // see the kind
    struct text actor;      // who did it: "client", or the mapping's UUID
    struct text request;    // request id of the invocation
    struct text reason;     // a sentence without a full stop, for people
    struct text output;     // lines as they were written; see TRACE_OUTPUT
};

// Everything in a point lives only during the call.
struct tracer {
    void (*point)(struct tracer *tracer, const struct trace_point *point);
};

// "sent", "visible again" ...: the words of a kind, for tables and JSON.
struct text trace_kind_text(enum trace_kind kind);

#endif
