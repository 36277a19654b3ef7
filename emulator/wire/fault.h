// fault -- what an operation answers instead of its output: one table of AWS's errors (section 1.5
// of the reference) and one function that renders a fault in the protocol of its request.
//
// A check returns a struct fault by value; kind FAULT_NONE says that all is well. The same value
// becomes a whole answer (fault_answer) or an entry of Failed in a batch (fault_code,
// fault_message).
#ifndef EMULATOR_WIRE_FAULT_H
#define EMULATOR_WIRE_FAULT_H

#include "emulator/request.h"
#include "emulator/wire/shape.h"

enum fault_kind {
    FAULT_NONE,
    FAULT_QUEUE_DOES_NOT_EXIST,
    FAULT_QUEUE_NAME_EXISTS,
    FAULT_QUEUE_DELETED_RECENTLY,
    FAULT_PURGE_IN_PROGRESS,
    FAULT_ATTRIBUTE_NAME,
    FAULT_ATTRIBUTE_VALUE,
    FAULT_MESSAGE_CONTENTS,
    FAULT_RECEIPT_HANDLE,
    FAULT_MESSAGE_NOT_INFLIGHT,
    FAULT_BATCH_EMPTY,
    FAULT_BATCH_TOO_MANY,
    FAULT_BATCH_IDS_NOT_DISTINCT,
    FAULT_BATCH_ID,
    FAULT_BATCH_TOO_LONG,
    FAULT_UNSUPPORTED,
    FAULT_OVER_LIMIT,
    FAULT_RESOURCE_NOT_FOUND,
    FAULT_ADDRESS,
    FAULT_SECURITY,
    FAULT_THROTTLED,
    FAULT_PARAMETER_VALUE,
    FAULT_PARAMETER_MISSING,
    FAULT_SERIALIZATION,
    FAULT_UNKNOWN_OPERATION,
    FAULT_ACCESS_DENIED,
    FAULT_CLIENT_TOKEN,
    FAULT_SIGNATURE,
    FAULT_SIGNATURE_INCOMPLETE,
    FAULT_KINDS
};

struct fault {
    enum fault_kind kind;
    struct text
        message;      // empty: the table's own text; lives in the request's arena or is a literal
    struct text hint; // redrive's own word to people, in the header x-redrive-hint; empty: none
};

#define FAULT_NO ((struct fault){0})

// A fault whose message is printed into the arena.
__attribute__((format(printf, 3, 4))) struct fault
fault_print(struct arena *arena, enum fault_kind kind, const char *format, ...);
// With the table's own text, or this literal.
struct fault fault_of(enum fault_kind kind);
struct fault fault_with(enum fault_kind kind, struct text message);
// The query code: x-amzn-query-error, <Code>, and Code in a batch (S-9, S-25, S-42).
struct text fault_code(enum fault_kind kind);
// The name in "__type", without its namespace (S-8).
struct text fault_shape(enum fault_kind kind);
int fault_status(enum fault_kind kind);
// The fault's own message, else the table's for this protocol (S-32).
struct text fault_message(const struct fault *fault, enum wire_protocol protocol);
// Fills in the whole reply (S-7, S-24) and finishes the request.
void fault_answer(struct request *request, enum wire_protocol protocol, const struct fault *fault);

#endif
