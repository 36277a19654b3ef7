// message -- one stored message, and the only functions that change its state. Private to queue/.
//
//       message_send                  message_send
//       with a delay                       |
//            |                             |
//            v                             v
//       [ DELAYED ] -------- 1 ------> [ VISIBLE ] -------- 2 ------> [ IN FLIGHT ] <--+
//                                        |  ^  ^                        |   |   |      |
//                                        |  |  +----------- 1 ----------+   |   +- 3 --+
//                                        |  +-------------- 3 --------------+
//                                        4
//                                        v
//                            [ VISIBLE ] in another queue                [ any ] -- 5 --> gone
//
//   1  message_become_visible     the delay has ended, or the lease
//   2  message_receive            the receive is counted, the lease begins; with a visibility
//                                 timeout of 0 it is visible again at once (S-175)
//   3  message_change_visibility  the lease ends at another instant, or now; on a standard queue it
//                                 takes what is visible back into flight (S-102).
//      message_receive_again      the same lease anew (S-242)
//   4  message_dead_letter        it was received maxReceiveCount times: the next receive moves it
//      message_move               a move task takes it, as a new message
//   5  message_delete,
//      message_discard            an old handle of a standard queue deletes what is visible (S-89)
//      message_expire             retention is over (S-181)
//      message_purge              with all others of its queue
//      message_drop               with its queue
//
// message_change_delay lets a FIFO message's delay end at another instant (S-179).
//
// One function per arrow. Each one changes memory, writes the journal and tells the tracer, in this
// order, and nobody else does: so memory and disk cannot diverge. The end of a delay or of a lease
// writes nothing, because the row already names the instant.
#ifndef QUEUE_MESSAGE_H
#define QUEUE_MESSAGE_H

#include "queue/commons.h"

struct group;
struct origin;
struct tenant;

// 152 bytes. No timer, no body: the queue has the timers, the journal the bytes.
struct message {
    uint64_t row;
    uint64_t sequence; // place in the queue, strictly growing
    int64_t turn; // FIFO: the moment at which it became available, finer than a millisecond (S-234)
    int64_t enqueued_at_ms;       // what retention counts from (S-182)
    int64_t available_at_ms;      // end of the delay or of the lease
    int64_t received_at_ms;       // last receive, 0: never
    int64_t first_received_at_ms; // 0: never
    struct queue *queue;
    union {
        struct group *group;   // FIFO
        struct tenant *tenant; // standard, NULL without a group
    };
    struct origin *origin; // the queue it was dead-lettered from, or NULL
    struct list_node link; // standard: in a backlog; FIFO: in group->messages, always
    struct list_node age;  // in queue->by_age, unless it is a stray
    uint8_t id[UUID_BYTES];
    uint32_t receive_count;       // reported (S-202)
    uint32_t queue_receive_count; // in the present queue (S-209)
    uint32_t place;               // in a backlog's heap or queue->due
    uint32_t stray;               // in queue->strays
    uint8_t phase;                // enum message_phase
    bool leased_outside;          // the last lease was an outside client's
    bool released;                // FIFO: its visibility was set to 0 since the last receive
    bool duplicated;              // standard: it was deleted, and is delivered once more on purpose
    bool failed; // FIFO: its last delivery ended without a deletion, or is known to
};

// Who acts: "client", a mapping's UUID, or empty for the queue itself.
struct message *message_send(struct queue *queue, const struct send *send,
                             struct text deduplication_id, struct sent *ret_sent);
// Tells the tracer that a FIFO send was known already; nothing is stored.
void message_duplicate(struct queue *queue, const uint8_t id[UUID_BYTES], struct text group_id);
// The delay or the lease has ended.
void message_become_visible(struct message *message);
// Counts the receive and begins the lease. The message is left OUT of its queue's structures, so
// that the same receive does not meet it again: queue_place() it when the receive has all it gets.
void message_receive(struct message *message, int64_t visibility_ms, bool outside,
                     struct text actor);
// The same lease once more, with the same handle (S-242).
void message_receive_again(struct message *message, int64_t visibility_ms, struct text actor);
// Within 12 hours of the receive (S-99): the caller has checked.
void message_change_visibility(struct message *message, int64_t visibility_ms, struct text actor);
// FIFO: the queue's delay was changed and the message was never received (S-179).
void message_change_delay(struct message *message, int64_t available_at_ms);
// To the end of target, which may be its own queue (S-193).
void message_dead_letter(struct message *message, struct queue *target);
// By a move task: a new message at the end of target, with the old one's body, attributes and ids
// of group and deduplication (S-214); the old one ends, the pointer is invalid afterwards. Both
// queues are of one type. Deduplication windows play no part: a move never loses a message.
void message_move(struct message *message, struct queue *target);
// These five end the message; the pointer is invalid afterwards. message_delete may keep one of a
// standard queue instead, to be delivered once more on purpose: a duplicate as at-least-once
// delivery makes them.
void message_delete(struct message *message, struct text actor);
// Without success: nobody has worked on it.
void message_discard(struct message *message, struct text actor);
// A FIFO message whose handler did not succeed; its lease goes on.
void message_fail(struct message *message);
void message_expire(struct message *message);
void message_purge(struct message *message);
// With its queue, whose rows the journal has removed already.
void message_drop(struct message *message);

// What the journal holds of a message; replay admits it to its queue when all are known.
struct message *message_replay(struct queue *queue, const struct journal_message *row,
                               const struct journal_state *state);
// The message as handed out, without handle. Texts live in the arena.
void message_describe(const struct message *message, struct arena *arena,
                      struct delivery *ret_delivery);

#endif
