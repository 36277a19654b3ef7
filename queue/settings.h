// settings -- the attributes of a queue: one table of name, kind, range and default (S-247), and
// the struct they live in.
//
// The table drives CreateQueue, SetQueueAttributes, GetQueueAttributes and the journal's rows
// alike, so that they cannot diverge. Texts (RedrivePolicy, Policy ...) are checked and rendered by
// emulator/api; the engine sees structs.
#ifndef QUEUE_SETTINGS_H
#define QUEUE_SETTINGS_H

#include "queue/base/arena.h"
#include "queue/base/buffer.h"
#include "queue/base/text.h"

// Who a queue is, everywhere. Names are case-sensitive (S-39).
struct queue_key {
    struct text account; // 12 digits
    struct text region;
    struct text name; // 1-80 bytes
};

enum redrive_permission {
    REDRIVE_ALLOW_ALL,
    REDRIVE_DENY_ALL,
    REDRIVE_BY_QUEUE
}; // S-195
#define REDRIVE_SOURCES_MAX 10

struct queue_settings {
    int64_t delay_seconds;              // 0-900
    int64_t maximum_message_bytes;      // 1,024-1,048,576
    int64_t message_retention_seconds;  // 60-1,209,600
    int64_t receive_wait_seconds;       // 0-20, ReceiveMessageWaitTimeSeconds
    int64_t visibility_timeout_seconds; // 0-43,200
    bool fifo;                          // never changes (S-131)
    bool content_based_deduplication;
    bool deduplication_per_group;       // DeduplicationScope messageGroup
    bool throughput_per_group;          // FifoThroughputLimit perMessageGroupId
    bool sqs_managed_sse;               // SqsManagedSseEnabled, S-248
    int64_t kms_data_key_reuse_seconds; // 60-86,400; 0: not set
    int64_t receive_count_max;          // maxReceiveCount 1-1000; 0: no RedrivePolicy
    struct queue_key dead_letter;       // deadLetterTargetArn, while receive_count_max > 0
    bool redrive_allow_set;
    enum redrive_permission redrive_permission;
    size_t redrive_source_count;
    struct text redrive_source_arns[REDRIVE_SOURCES_MAX];
    struct text policy;            // JSON text as sent; empty: not set
    struct text kms_master_key_id; // empty: not set
};

enum setting_kind {
    SETTING_INTEGER,
    SETTING_BOOLEAN,
    SETTING_CHOICE,
    SETTING_TEXT,
    SETTING_POLICY
};

// A row of S-247. Rows of kind SETTING_POLICY (RedrivePolicy, RedriveAllowPolicy) have no simple
// offset: code reads them.
struct setting {
    struct text name; // AWS's name
    enum setting_kind kind;
    size_t offset;          // in struct queue_settings: int64_t, bool or struct text by kind
    int64_t least, most;    // SETTING_INTEGER
    struct text choices[2]; // SETTING_CHOICE: what false and true are called
    bool fifo_only;         // reported and settable on FIFO queues only (S-111, S-252)
};

extern const struct setting settings_table[];
extern const size_t settings_count;

// The row of an AWS name, or NULL.
const struct setting *setting_find(struct text name);
// Every default of S-247; fifo false.
void settings_init(struct queue_settings *ret_settings);
// A deep copy whose texts live in the arena.
void settings_copy(struct arena *arena, const struct queue_settings *settings,
                   struct queue_settings *ret_copy);
// arn:aws:sqs:<region>:<account>:<name>, with the partition of the region (aws, aws-cn, aws-us-gov;
// S-38).
void queue_key_append_arn(const struct queue_key *key, struct buffer *buffer);
// The key that an SQS queue ARN names; views into arn. False when it is not one.
bool queue_key_from_arn(struct text arn, struct queue_key *ret_key);
bool queue_key_equal(const struct queue_key *left, const struct queue_key *right);

#endif
