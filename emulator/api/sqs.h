// sqs -- one call of the SQS API on its way from bytes to handler and back, and the table of
// operations. Internal to api/; the entry point is api_sqs() in api.h.
#ifndef EMULATOR_API_SQS_H
#define EMULATOR_API_SQS_H

#include "emulator/request.h"
#include "emulator/wire/fault.h"
#include "queue/engine.h"

struct sqs_operation;

// Lives in the request's arena, as all that a handler makes.
struct sqs_call {
    struct request *request;
    struct world *world;
    struct arena *arena;
    enum wire_protocol protocol;
    const struct sqs_operation *operation;
    struct queue *queue; // of the QueueUrl, if the operation takes one
    const void *input;   // decoded, the operation's input struct
    void *output;        // zeroed, the operation's output struct
};

enum {
    SQS_TAKES_QUEUE = 1, // its input begins with a QueueUrl, which must lead to a queue
    SQS_ROOT_ONLY = 2,   // not at the path of a queue (S-22)
    SQS_PURE_READ = 4,   // changes nothing: the request is quiet
    SQS_CHANGES = 8,     // a control-plane change: renews the horizon
};

// A row: what is read, what is written (NULL: nothing, S-4), and who does it. A handler fills in
// the output or returns a fault; or it parks the request, and what it returns is ignored.
struct sqs_operation {
    struct text action;
    const struct wire_shape *input;
    const struct wire_shape *output;
    struct fault (*handle)(struct sqs_call *call);
    unsigned flags;
};

extern const struct sqs_operation sqs_operations[];
extern const size_t sqs_operation_count;

// The actor of everything that comes over the API, for the trace.
#define SQS_ACTOR TEXT("client")

// Renders the outcome of a call: the fault, or the output. For handlers that parked.
void sqs_answer(struct sqs_call *call, const struct fault *fault);
// Epoch milliseconds of the world.
int64_t sqs_now_ms(const struct sqs_call *call);
// Who a queue of this name would be for this request: the account given or the world's, the
// request's region (S-38).
struct queue_key sqs_queue_key(const struct sqs_call *call, struct text account, struct text name);
// `http://<Host>/<account>/<name>` (S-33, S-37), in the arena.
struct text sqs_queue_url(const struct sqs_call *call, const struct queue_key *key);
// Whom a QueueUrl means: its last two path segments, or a bare name (S-34, S-35). False when it
// leads to no queue whatever its name (S-36).
bool sqs_resolve_url(const struct sqs_call *call, struct text url, struct queue_key *ret_key);
// A SequenceNumber: 20 digits (S-228), in the arena.
struct text sqs_sequence_text(struct arena *arena, uint64_t sequence);
// MessageGroupId and its kin: 1-128 letters, digits and ASCII punctuation, no blank (S-56). An
// absent one (bytes NULL) is no fault; parameter is its name in the text.
struct fault sqs_check_id(struct arena *arena, const char *parameter, struct text id);

#endif
