// engine -- queues, messages, receipts and who waits for them: the public face of queue/.
//
// The engine has no clock (the timeline is told the time), no thread, no socket. An operation
// changes memory and the journal at once; what it answers may be said to the outside only after the
// next engine_commit(). A receive never takes a message: it joins the line of its queue, and
// engine_settle() serves the lines; so SDK long polls and mapping pollers stand in one line, first
// come, first served (S-186). done() is called by engine_settle() and by timeline_step() only,
// never from inside the call that started the operation, so nothing here is re-entered.
//
//     turn:  timeline_step ... operations ... engine_settle until it says false ... engine_commit ...
//            replies leave
//
// A turn has no bound: a receive that finds a million messages due for the dead-letter queue moves
// them all, and a million leases that end at one instant end in one step; everybody else waits so
// long. An instant is whole: what happens at it has happened before anything else acts, whoever
// asks next and however quickly. A budget would let the next request in between, and what it sees
// (counts, who is first in line, which message is dead already) would depend on how fast the machine
// is; on a clock that stands still, where equal worlds are equal to the byte, there is no telling
// how much of an instant is over. To hold that request back until the rest is done is what a turn
// does now.
#ifndef QUEUE_ENGINE_H
#define QUEUE_ENGINE_H

#include "queue/attribute.h"
#include "queue/base/list.h"
#include "queue/base/random.h"
#include "queue/base/timeline.h"
#include "queue/settings.h"
#include "queue/tracer.h"

struct engine;
struct journal;
struct queue;

#define RECEIPT_BYTES_MAX 128          // of a handle that this engine issues
#define VISIBILITY_TOTAL_MS 43200000LL // 12 hours (S-99)
#define MESSAGES_MAX 10                // of one receive (S-78)
#define IN_FLIGHT_MAX 120000           // S-84
#define NOISY_IN_FLIGHT_MIN 30         // S-245, like the next, which is ours (queue/fairness.h)
#define NOISY_SPENT_MIN_MS 240000LL

enum engine_error {
    ENGINE_OK,
    ENGINE_QUEUE_DELETED,          // of a receive that waited (S-120)
    ENGINE_OVER_LIMIT,             // too many in flight, short poll on a standard queue (S-84)
    ENGINE_RECEIPT_INVALID,        // not a handle (S-86)
    ENGINE_RECEIPT_OF_OTHER_QUEUE, // S-87
    ENGINE_RECEIPT_EXPIRED,        // FIFO (S-91, S-105)
    // change of visibility of a message that is deleted, expired or moved (S-104)
    ENGINE_MESSAGE_GONE,
    ENGINE_VISIBILITY_TOO_LONG, // beyond 12 h from the receive (S-99)
};

struct engine_options {
    struct timeline *timeline; // borrowed, like the rest
    struct random *random;
    struct journal *journal;
    struct tracer *tracer; // may be NULL
    int64_t in_flight_max; // 1-120,000
    // What a group of a standard queue needs at least to be noisy: messages in flight, or processing
    // time; 0: NOISY_IN_FLIGHT_MIN, NOISY_SPENT_MIN_MS.
    int64_t noisy_in_flight_min;
    int64_t noisy_spent_min_ms;
    // 0-1: of the deletions of standard queues, how many are followed by one more delivery, as
    // at-least-once delivery allows; at most one a message. Kept in memory: after a restart it may
    // be one more.
    double duplicate_share;
};

struct engine *engine_new(const struct engine_options *options);
// Ends every waiting receive with ENGINE_QUEUE_DELETED (none may join again from that done()),
// frees all queues; the journal's rows stay. Takes NULL; returns NULL.
struct engine *engine_free(struct engine *engine);

// Replay: engine_open() reads the journal, once, before anything else. Records of other rooms are
// handed to record (may be NULL). ret_now_ms: the last instant in the journal, 0 for a new one; the
// timeline must already stand at or after it when messages are due: open with a timeline that
// stands at the later of both.
void engine_open(struct engine *engine,
                 void (*record)(void *context, struct text kind, struct text key,
                                struct text bytes),
                 void *context, int64_t *ret_now_ms);

// ---- queues ----

struct queue *engine_find_queue(const struct engine *engine,
                                const struct queue_key *key); // NULL if there is none
// The key is free (asserted), the settings are valid. Copies both.
struct queue *engine_create_queue(struct engine *engine, const struct queue_key *key,
                                  const struct queue_settings *settings);
// Replaces all settings. What changes at once: retention of messages that are there (S-181),
// maxReceiveCount (S-208); on FIFO the delay (S-179). What does not: leases (S-174), delays of
// standard queues (S-178).
void engine_change_settings(struct engine *engine, struct queue *queue,
                            const struct queue_settings *settings);
// Ends its waiting receives with ENGINE_QUEUE_DELETED (at the next settle); messages are gone. The
// pointer is invalid afterwards.
void engine_delete_queue(struct engine *engine, struct queue *queue);
// Visible, delayed and in-flight messages (S-134), deduplication windows (S-136).
void engine_purge_queue(struct engine *engine, struct queue *queue);
// The next queue in order of account, region, name after the given one (NULL: the first); NULL at
// the end.
struct queue *engine_next_queue(const struct engine *engine, const struct queue *after);

struct queue_counts {
    // ApproximateNumberOfMessages: FIFO: also those blocked by their group (S-249, S-238)
    size_t visible;
    size_t in_flight; // ...NotVisible
    size_t delayed;   // ...Delayed
};

const struct queue_key *queue_key(const struct queue *queue);
const struct queue_settings *queue_settings(const struct queue *queue);
struct queue_counts queue_counts(const struct queue *queue);
uint64_t queue_number(const struct queue *queue); // never reused
struct text queue_arn(const struct queue *queue); // lives as long as the queue
int64_t queue_created_at_ms(const struct queue *queue);
int64_t queue_modified_at_ms(const struct queue *queue); // last engine_change_settings
int64_t queue_purged_at_ms(const struct queue *queue);   // 0: never, since the start of the process
// What went through a queue since the start of the process (L-267 to L-269); mappings count like
// clients.
struct queue_traffic {
    uint64_t sent;           // not what was moved or dead-lettered to it
    uint64_t sent_bytes;     // bodies and attributes of these
    uint64_t deduplicated;   // FIFO: sends that added nothing
    uint64_t received;       // a message counts with every receive
    uint64_t empty_receives; // and these count nowhere else
    uint64_t deleted;        // also again, when it is deleted again (L-268)
    uint64_t duplicated;     // delivered once more on purpose, after a deletion
    uint64_t overtaken; // FIFO: pairs of which the later succeeded and the earlier failed (L-171)
};

struct queue_traffic queue_traffic(const struct queue *queue);
// Age of the oldest message, since it could first be received or was dead-lettered to here. What is
// delayed does not count, and what was received more than three times is passed over (L-270). 0
// without one. Walks the queue.
int64_t queue_oldest_age_ms(const struct queue *queue);
// FIFO: groups of which a message is in flight. Walks the queue.
size_t queue_groups_in_flight(const struct queue *queue);
// Standard queues: how many groups are noisy, and what is in the queue beside their messages
// (S-245, queue/fairness.h). Walks the queue.
struct queue_quiet {
    size_t noisy_groups;
    struct queue_counts counts;
    int64_t oldest_age_ms; // as queue_oldest_age_ms
};

struct queue_quiet queue_quiet(const struct queue *queue);
// When a queue of this key was deleted, 0 if never since the start of the process (S-116).
int64_t engine_deleted_at_ms(const struct engine *engine, const struct queue_key *key);

// ---- send ----

struct send {
    struct text body;       // checked: S-49 to S-51
    struct text attributes; // packed
    struct text sender_id;
    struct text trace_header; // empty: none
    struct text group_id;     // required on FIFO; optional on standard (S-55)
    struct text
        deduplication_id; // FIFO; empty: the SHA-256 of the body, if ContentBasedDeduplication
    int64_t delay_ms; // -1: the queue's; must be -1 or 0 on FIFO, where it means the queue's (S-53)
};

struct sent {
    char message_id[UUID_TEXT_BYTES];
    char body_md5[MD5_HEX_BYTES];
    uint64_t sequence; // FIFO: SequenceNumber (print as 20 digits); else 0
    bool duplicate;    // FIFO: the first send's ids are returned, nothing was enqueued (S-60)
};

void engine_send(struct engine *engine, struct queue *queue, const struct send *send,
                 struct sent *ret_sent);

// ---- receive ----

// One message as handed out. Everything lives during done() only.
struct delivery {
    struct text message_id; // 36 bytes
    struct text receipt;    // this receive's handle
    struct text body;
    struct text body_md5;   // 32 hex digits
    struct text attributes; // packed
    struct text sender_id;
    struct text trace_header;       // empty: none
    struct text group_id;           // empty: none
    struct text deduplication_id;   // FIFO
    struct text dead_letter_source; // ARN, empty: none (S-203)
    uint64_t sequence;              // FIFO, else 0
    int64_t sent_at_ms;
    int64_t first_received_at_ms;
    int64_t visible_at_ms;  // end of the lease
    uint32_t receive_count; // this receive included
};

// Owned by the caller; must not move or be freed until done() or engine_cancel_receive().
struct receive {
    // Exactly once; count 0 with ENGINE_OK: nothing came (S-188). The receive may be reused inside
    // done().
    void (*done)(struct receive *receive, enum engine_error error,
                 const struct delivery *deliveries, size_t count);
    size_t messages_max;   // 1-10
    int64_t wait_ms;       // 0: short poll; -1: the queue's ReceiveMessageWaitTimeSeconds
    int64_t visibility_ms; // 0-43,200,000; -1: the queue's VisibilityTimeout
    struct text actor; // "client" or a mapping's UUID: for the trace; lives as long as the receive
    struct text attempt; // ReceiveRequestAttemptId, empty: none (S-242)
    bool outside; // an outside client's, not a mapping's: the leap clock respects such leases
    // the engine's own
    struct queue *queue;
    struct list_node link;
    struct timer timer;
    uint8_t outcome;
};

// Joins the queue's line; done() comes at a later engine_settle() or timeline_step().
void engine_receive(struct engine *engine, struct queue *queue, struct receive *receive);
// Leaves the line: done() will not be called. A receive that is not waiting stays as it is.
void engine_cancel_receive(struct engine *engine, struct receive *receive);
bool receive_is_waiting(const struct receive *receive);

// ---- delete, change visibility ----

// S-85 to S-92 and the table of 3.5: ENGINE_OK also for what is already gone; _RECEIPT_INVALID,
// _OF_OTHER_QUEUE, _EXPIRED (FIFO). actor ("client" or a mapping's UUID) and reason go to the
// trace.
__attribute__((warn_unused_result)) enum engine_error
engine_delete(struct engine *engine, struct queue *queue, struct text receipt, struct text actor);
// The same for a message that nobody has worked on (a filter did not match it): it is never
// delivered once more on purpose, and overtakes nobody.
__attribute__((warn_unused_result)) enum engine_error
engine_discard(struct engine *engine, struct queue *queue, struct text receipt, struct text actor);
// Who has the message did not succeed with it, and leaves it alone until its lease ends: whoever of
// its group succeeds before it has overtaken it (L-171). A handle that counts no more, and a message
// of a standard queue: nothing.
void engine_fail(struct queue *queue, struct text receipt);
// visibility_ms 0-43,200,000 from now (S-97 to S-105). 0 makes it visible at once and wakes the
// line. A standard message that is visible again is hidden again (S-102).
__attribute__((warn_unused_result)) enum engine_error
engine_change_visibility(struct engine *engine, struct queue *queue, struct text receipt,
                         int64_t visibility_ms, struct text actor);

// ---- looking without receiving ----

enum message_phase {
    MESSAGE_VISIBLE,
    MESSAGE_DELAYED,
    MESSAGE_IN_FLIGHT
};

struct peeked {
    enum message_phase phase;
    int64_t available_at_ms;  // end of the delay or lease
    struct delivery delivery; // receipt empty
};

// Hands every message of the queue to look, in the order of sending, up to messages_max; texts live
// during the call.
void engine_peek(struct engine *engine, struct queue *queue, size_t messages_max,
                 void (*look)(void *context, const struct peeked *peeked), void *context);

// ---- move tasks (4.3) ----

enum move_status {
    MOVE_RUNNING,
    MOVE_COMPLETED,
    MOVE_FAILED,
    MOVE_CANCELLING, // until its next step
    MOVE_CANCELLED,
};

enum move_failure {
    MOVE_NOT_FAILED,
    MOVE_NO_QUEUE,  // the destination does not exist any more (S-216)
    MOVE_NO_SOURCE, // no destination was given, and a message was never dead-lettered from anywhere
};

enum move_error {
    MOVE_OK,
    MOVE_ACTIVE,   // another task of this source has not ended (S-218)
    MOVE_TOO_MANY, // MOVES_ACTIVE_MAX of this account and region have not ended (S-218)
    MOVE_UNKNOWN,  // no task of this id
    MOVE_ENDED,    // it does not run (S-217)
};

#define MOVES_ACTIVE_MAX 100                      // S-218
#define MOVE_LASTS_MS_MAX (36 * 60 * 60 * 1000LL) // S-218

// One task as ListMessageMoveTasks shows it. destination_arn lives as long as the task.
struct move_task {
    uint8_t id[UUID_BYTES];
    enum move_status status;
    enum move_failure failure;
    int64_t messages_per_second; // 0: not given
    struct text destination_arn; // empty: each message's own source (S-213)
    int64_t started_at_ms;
    size_t moved;
    size_t to_move; // visible at the start
};

// "RUNNING" ...
struct text move_status_text(enum move_status status);
// Moves what is visible in source now, at most so many a second (0: 500), in steps of 100 ms or
// more; the first step is not at the present instant. destination NULL: each message goes back to
// where it was dead-lettered from; else another queue of the same type. What is moved becomes a new
// message (S-214); what is in flight stays (S-218). The task lives in the journal: a restart
// resumes it. After 36 hours it is cancelled (S-218).
__attribute__((warn_unused_result)) enum move_error
engine_start_move(struct engine *engine, struct queue *source, const struct queue *destination,
                  int64_t messages_per_second, uint8_t ret_id[UUID_BYTES]);
// Tasks of this source, newest first; the last ten are remembered. Returns how many were written.
size_t engine_list_moves(const struct engine *engine, const struct queue *source,
                         size_t results_max, struct move_task *ret_tasks);
// MOVE_OK, _UNKNOWN or _ENDED. It ends at its next step; what was moved stays moved (S-217).
__attribute__((warn_unused_result)) enum move_error engine_cancel_move(struct engine *engine,
                                                                       struct queue *source,
                                                                       const uint8_t id[UUID_BYTES],
                                                                       size_t *ret_moved);

// ---- tags ----

#define QUEUE_TAGS_MAX 50 // S-139

struct queue_tag {
    struct text key;
    struct text value;
};

// Replaces all tags of the queue: at most QUEUE_TAGS_MAX, keys distinct. Copies them.
void engine_set_tags(struct engine *engine, struct queue *queue, const struct queue_tag *tags,
                     size_t count);
// In order of key; valid until the next change.
const struct queue_tag *queue_tags(const struct queue *queue, size_t *ret_count);

// ---- the turn ----

// Serves the lines that can be served; true if anything moved: call again until false, letting esm
// settle in between.
bool engine_settle(struct engine *engine);
// Everything since the last commit becomes durable, with now in it; fail() if the journal cannot be
// written.
void engine_commit(struct engine *engine);
// The next commit keeps now, even if nothing else is written: after time was moved by hand, and at
// the end.
void engine_keep_now(struct engine *engine);

// The lease of an outside client that ends last among all queues, for the leap clock's "quiet":
// false if no outside client holds one. ret_count: how many leases outside clients hold in that
// queue.
bool engine_outside_lease(const struct engine *engine, struct text *ret_queue_name,
                          int64_t *ret_until_ms, size_t *ret_count);
// Messages present in all queues, and receives handed out to mappings and clients since the start:
// for the horizon's sentence.
size_t engine_message_count(const struct engine *engine);

#endif
