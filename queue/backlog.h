// backlog -- visible messages in the order of sending. Private to queue/.
//
// What becomes visible for the first time comes in that order and is appended to a list; what
// returns from flight is older than the list's end and goes into a heap by sequence. The next one
// is the lesser of both heads (S-189), and both ends cost O(1) as long as nothing returns.
#ifndef QUEUE_BACKLOG_H
#define QUEUE_BACKLOG_H

#include "queue/base/heap.h"
#include "queue/message.h"

struct backlog {
    struct list_node fresh; // by message->link
    struct heap returned;   // by message->place
};

void backlog_init(struct backlog *backlog);
// Nothing is in it (asserted).
void backlog_deinit(struct backlog *backlog);
void backlog_add(struct backlog *backlog, struct message *message);
// A message of this backlog.
void backlog_remove(struct backlog *backlog, struct message *message);
// The one with the least sequence, NULL without one.
struct message *backlog_first(const struct backlog *backlog);

#endif
