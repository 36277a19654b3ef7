// group -- the groups of a FIFO queue and its deduplication windows. Private to queue/.
//
// Of each group the longest prefix of visible messages can be received (S-229). A group therefore
// is a list in order of sequence and is READY while its head is visible; ready groups stand in a
// heap by the moment at which their head became available (S-234). Nothing is locked: what blocks a
// group is read off its messages, and a group without messages is freed (S-239).
#ifndef QUEUE_GROUP_H
#define QUEUE_GROUP_H

#include "queue/message.h"

struct group {
    struct text id;
    struct list_node messages; // ascending sequence
    struct list_node taken;    // in the list of groups that the present receive has drained
    uint32_t position;         // in queue->ready
    bool is_taken;
    char bytes[]; // of id
};

// The group of this id, made if need be. The caller gives it a message before anything else
// happens.
struct group *group_of(struct queue *queue, struct text id);
// Puts a message, whose group is set, behind all others of the group.
void group_append(struct message *message);
// Takes it out; frees the group that becomes empty.
void group_remove(struct message *message);
// After a change of phase: the group is ready or not, and its place among the ready ones is right.
// Wakes the line.
void group_refresh(struct queue *queue, struct group *group);
// Up to count_max messages of ready groups, in order (S-233, S-234), received and placed.
size_t groups_take(struct queue *queue, const struct receive *receive, int64_t visibility_ms,
                   size_t count_max, struct message *ret_taken[MESSAGES_MAX]);

// ---- deduplication windows: five minutes, sharp, from the first accepted send (S-221) ----

struct window {
    struct text key;       // deduplication id; or length of the group, group, id (S-222)
    struct list_node link; // in queue->windows_by_end
    int64_t until_ms;
    uint64_t sequence;
    uint8_t id[UUID_BYTES];
    char bytes[]; // of key
};

// The window that this send falls into, or NULL. Forgets windows that have ended.
const struct window *window_find(struct queue *queue, struct text group_id,
                                 struct text deduplication_id);
void window_open(struct queue *queue, struct text group_id, struct text deduplication_id,
                 const struct message *message);
void window_replay(struct queue *queue, const struct journal_deduplication *row);
// Forgets all (S-136).
void windows_clear(struct queue *queue);
// The scope is the one that the queue was created with (S-223): a record keeps it once the setting
// says otherwise.
void windows_note_scope(struct queue *queue);
void windows_forget_scope(struct queue *queue);
// True if the record is such a one.
bool windows_replay_scope(struct commons *commons, struct text kind, struct text key,
                          struct text bytes);
// Frees them all; the journal's rows stay.
void windows_deinit(struct queue *queue);

#endif
