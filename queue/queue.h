// queue -- one queue: where each message stands, who waits, and the two timers. Private to queue/;
// the public face is engine.h.
//
// A message stands by its phase:
//
//     standard, visible    backlog (in the order of sending, S-189), its group's if it has one
//                          (fairness.h)
//     FIFO, any phase      in the list of its group
//     delayed, in flight   due (heap by the instant at which it becomes visible)
//     all                  by_age (ascending enqueued_at_ms), or strays (heap) when it came with an
//     older age than the last
#ifndef QUEUE_QUEUE_H
#define QUEUE_QUEUE_H

#include "queue/base/heap.h"
#include "queue/commons.h"
#include "queue/fairness.h"
#include "queue/message.h"

struct queue {
    struct commons *commons;
    uint64_t number;
    struct arena *names; // of the next three
    struct queue_key key;
    struct text packed_key;
    struct text arn;
    struct arena *settings_arena;
    struct queue_settings settings;
    bool windows_per_group; // DeduplicationScope at creation (S-223)
    int64_t created_at_ms;
    int64_t modified_at_ms;
    int64_t purged_at_ms;

    size_t phase_counts[3]; // by enum message_phase
    size_t outside_lease_count;
    struct backlog backlog; // standard: what has no group
    struct fairness fairness;
    struct heap due;
    struct list_node by_age;
    struct heap strays;
    struct text_map groups;
    struct heap ready; // groups by the turn of their head
    struct text_map windows;
    struct list_node windows_by_end;
    struct text_map attempts; // of ReceiveRequestAttemptId (S-242)
    struct list_node attempts_by_end;
    struct origin *origin; // while messages are elsewhere that were dead-lettered from here

    struct list_node line;  // receives that wait, first come first
    struct list_node dirty; // in commons->dirty: the line may be served
    struct timer
        lease_timer; // the next delay or lease to end; motive while somebody stands in line
    struct timer expiry_timer; // the next message to expire; may fire early, when what it was set
                               // for is gone
    struct list_node moves;    // move tasks that take from here, newest first
    uint64_t move_serial;      // of the newest
    struct arena *tags_arena;
    struct queue_tag *tags; // by key
    size_t tag_count;
    struct queue_traffic traffic;
};

// Joins the commons' maps. settings are copied.
struct queue *queue_new(struct commons *commons, const struct journal_queue *row);
// Leaves the maps. Nobody waits and no message is left.
void queue_free(struct queue *queue);
// The key as one text, in the scratch buffer.
struct text queue_key_pack(struct buffer *scratch, const struct queue_key *key);
struct queue *queue_find(struct commons *commons, const struct queue_key *key);
void queue_set_settings(struct queue *queue, const struct queue_settings *settings);

// A message enters or leaves the queue as a whole; its group or tenant is set.
void queue_admit(struct queue *queue, struct message *message);
void queue_dismiss(struct message *message);
// A message leaves its place before its phase or instant changes, and takes the one it then has.
void queue_displace(struct message *message);
void queue_place(struct message *message);

// Hands every message to act, which may end it; in no particular order.
void queue_for_each(struct queue *queue, void (*act)(void *context, struct message *message),
                    void *context);
// Ends what is older than the retention period (S-181). True if anything was.
bool queue_expire(struct queue *queue);
// Up to messages_max messages for this receive, received, placed, in order; those due for the
// dead-letter queue are moved.
size_t queue_take(struct queue *queue, const struct receive *receive,
                  struct message *ret_taken[MESSAGES_MAX]);
// The visible message that was sent first, of those whose sequence is at most sequence_max; NULL
// without one. In a FIFO queue it is the head of its group, the one that a receive would get first,
// and what comes later may cost a look at every group.
struct message *queue_first_visible(const struct queue *queue, uint64_t sequence_max);
// Is there room for one more in flight (S-84)?
bool queue_is_full(const struct queue *queue);
// Is there a message that a receive could get now?
bool queue_is_servable(const struct queue *queue);
// The line may be served now.
void queue_wake(struct queue *queue);
// After the line became empty or ceased to be.
void queue_line_changed(struct queue *queue);
// After a change of the retention period, or of the messages.
void queue_watch_expiry(struct queue *queue);
size_t queue_message_count(const struct queue *queue);
// End of the last lease of an outside client; the queue holds at least one.
int64_t queue_outside_until_ms(const struct queue *queue);

#endif
