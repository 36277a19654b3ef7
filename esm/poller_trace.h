// poller_trace -- what a poller tells the trace. Internal to esm/.
#ifndef ESM_POLLER_TRACE_H
#define ESM_POLLER_TRACE_H

#include "esm/poller.h"

// Of the batch that the poller has; empty: never invoked. A view.
struct text poller_request_id(const struct poller *poller);
// A point about one message of the batch. until_ms 0: none.
void poller_trace_message(const struct poller *poller, enum trace_kind kind,
                          const struct batch_message *message, int64_t until_ms,
                          struct text reason);
// A point about the batch as a whole.
void poller_trace_whole(const struct poller *poller, enum trace_kind kind, int64_t until_ms,
                        struct text reason);
// What the function wrote, if it wrote anything.
void poller_trace_output(const struct poller *poller);
// How the invocation ended, with the beginning of its response.
void poller_trace_end(const struct poller *poller);
// Appends the beginning of bytes that somebody else wrote, fit for a sentence.
void poller_append_shown(struct buffer *buffer, struct text bytes);

#endif
