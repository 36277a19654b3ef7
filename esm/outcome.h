// outcome -- what an invocation's end means for every message of its batch: L-157 and L-181 as one
// pure function.
//
// Input: is ReportBatchItemFailures on, the ids of the batch as delivered, how the invocation
// ended, the response's bytes. Output: delete all, delete all but the reported, keep all, or try
// again inside the lease; always with a reason in words. It changes nothing and asks nobody, so
// every row of L-157 is one test.
#ifndef ESM_OUTCOME_H
#define ESM_OUTCOME_H

#include "esm/invoker.h"
#include "queue/base/text.h"

enum outcome_kind {
    OUTCOME_DELETE_ALL,     // S: complete success
    OUTCOME_PARTIAL,        // P: delete all except the reported
    OUTCOME_KEEP_ALL,       // F: delete none, wait for the leases to end
    OUTCOME_RETRY_IN_LEASE, // T: the same batch again, with back-off, while its leases last
    OUTCOME_KEEP_AND_STOP,  // row 32: delete none, receive no more while the function is missing
};

// Why. One per way through L-181; the text of each names the rule in words.
enum outcome_reason {
    REASON_REPORTING_OFF,      // succeeded, the body is not looked at (L-143)
    REASON_RESPONSE_NULL,      // row 1
    REASON_RESPONSE_EMPTY,     // row 2
    REASON_NO_FAILURES_MEMBER, // row 3
    REASON_FAILURES_NULL,      // row 4
    REASON_FAILURES_EMPTY,     // row 5
    REASON_REPORTED,           // row 6, 7
    REASON_REPORTED_ALL,       // row 8
    REASON_FOREIGN_MEMBERS,    // row 20, 21: success, with a loud warning
    REASON_UNKNOWN_ID,         // row 9, 10
    REASON_EMPTY_ID,           // row 11
    REASON_NULL_ID,            // row 12
    REASON_ID_NOT_STRING,      // row 13
    REASON_NO_IDENTIFIER,      // row 14: a wrong key
    REASON_EMPTY_ITEM,         // row 15
    REASON_ITEM_NOT_OBJECT,    // row 18
    REASON_FAILURES_NOT_LIST,  // row 16, 17
    REASON_NOT_OBJECT,         // row 22, 23
    REASON_NOT_JSON,           // row 24
    REASON_FUNCTION_ERROR,     // row 25, 26
    REASON_TIMED_OUT,          // row 27
    REASON_EXITED,             // row 28
    REASON_TOO_LARGE,          // row 29
    REASON_THROTTLED,          // row 30
    REASON_UNAVAILABLE,        // row 31
    REASON_FUNCTION_MISSING,   // row 32
    REASON_REFUSED,            // row 33
    REASONS_COUNT
};

struct outcome_input {
    bool report_failures;     // FunctionResponseTypes contains ReportBatchItemFailures
    bool empty_item_succeeds; // row 15 is disputed; default false: complete failure
    // messageId of each message of the batch, as delivered; may hold one twice (L-103)
    const struct text *ids;
    size_t count;
    enum invocation_end end;
    struct text response;
};

struct outcome {
    enum outcome_kind kind;
    enum outcome_reason reason;
    // row 19: members beside a correct itemIdentifier, or beside batchItemFailures; a warning
    bool extra_members;
    size_t reported; // distinct messages kept by a report
    size_t offender; // index in batchItemFailures of the item that made the report invalid
};

// ret_kept[i]: message i stays in the queue. Has room for count.
struct outcome outcome_decide(const struct outcome_input *input, bool *ret_kept);
// A sentence for people, without a full stop: "the function reported an id that is not in the
// batch, so the whole report is void".
struct text outcome_reason_text(enum outcome_reason reason);
// "REPORTED" style name for machines and data files: lower case with hyphens, e.g. "unknown-id".
struct text outcome_reason_name(enum outcome_reason reason);
// "delete all", "delete all but the reported", "keep all", "retry inside the lease", "keep all and
// stop".
struct text outcome_kind_text(enum outcome_kind kind);

#endif
