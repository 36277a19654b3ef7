// workload -- which request a connection sends next, and what it learns from the reply.
//
//     send      SendMessage for ever; also what the floor is asked
//     fill      SendMessageBatch of ten
//     drain     ReceiveMessage, DeleteMessage; ends when the queue is empty
//     cycle     SendMessage, ReceiveMessage, DeleteMessage
//     batch     the cycle with ten messages in each of the three requests
//     mixed     sends, receives and deletes by chance, ChangeMessageVisibility and
//               GetQueueAttributes between them
//     post      one given body to one path: a handler driven directly
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include "queue/base/buffer.h"

#include <stdbool.h>

#define RECEIPTS_MAX 10
#define RECEIPT_BYTES_MAX 1024
#define REQUEST_BYTES_MAX 65536

struct workload;

enum step {
    STEP_START,
    STEP_SENT,
    STEP_ASKED,
    STEP_RECEIVED,
    STEP_DELETED,
    STEP_LOOKED
};

// One connection's place in the workload. Zeroed: at its beginning.
struct walker {
    enum step step;
    uint64_t chance; // of the mixed load; set it to something else for each connection
    size_t receipt_count;
    size_t receipt_bytes[RECEIPTS_MAX];
    char receipts[RECEIPTS_MAX][RECEIPT_BYTES_MAX];
    struct buffer request; // what is built for this walker alone
};

// Who the messages belong to.
struct workload_groups {
    size_t count; // 0: no groups; else the messages are of g0, g1 ... in turn
    bool fifo;    // then they have deduplication ids, too
    uint64_t ids; // the first of them; distinct between workloads
};

// A workload of that name against this port and queue path ("/000000000000/bench", of the post
// workload: where to), with message bodies of so many bytes. body: what post sends; it is copied.
// NULL if there is no such workload.
struct workload *workload_new(struct text name, uint16_t port, struct text path, size_t body_bytes,
                              struct text body, const struct workload_groups *groups);
struct workload *workload_free(struct workload *workload);
DEFINE_CLEANUP(workload_free, struct workload *)
// The next request of this walker: lives until its next call.
struct text workload_next(struct workload *workload, struct walker *walker);
// Takes the reply's body. False if it is not what the request should have brought. ret_messages:
// how many messages are done with.
bool workload_read(struct workload *workload, struct walker *walker, struct text body,
                   size_t *ret_messages);
// True where a walker may stop without leaving a lease behind.
bool workload_may_stop(const struct workload *workload, const struct walker *walker);
// True when there is nothing left to receive.
bool workload_is_over(const struct workload *workload);

#endif
