// backlog -- visible messages in the order of sending.
//
// A queue has one for its messages without a group, and each group of a standard queue has one of
// its own, so that a whole group can change its rank without one message being touched
// (fairness.c). Not taken: one heap for all. It costs O(log n) where almost every message needs a
// list only.
#include "queue/backlog.h"

#include <assert.h>

static struct message *message_at(struct list_node *link)
{
    return list_entry(link, struct message, link);
}

void backlog_init(struct backlog *backlog)
{
    list_init(&backlog->fresh);
    heap_init(&backlog->returned, offsetof(struct message, place));
}

void backlog_deinit(struct backlog *backlog)
{
    assert(backlog_first(backlog) == NULL);
    heap_deinit(&backlog->returned);
}

void backlog_add(struct backlog *backlog, struct message *message)
{
    bool is_last = list_is_empty(&backlog->fresh) ||
                   message_at(backlog->fresh.previous)->sequence < message->sequence;
    if (is_last)
        list_append(&backlog->fresh, &message->link);
    else
        heap_insert(&backlog->returned, message, (int64_t)message->sequence);
}

void backlog_remove(struct backlog *backlog, struct message *message)
{
    if (message->place != HEAP_NOWHERE)
        heap_remove(&backlog->returned, message);
    else
        list_remove(&message->link);
}

struct message *backlog_first(const struct backlog *backlog)
{
    struct list_node *first = list_first(&backlog->fresh);
    struct message *message = first ? message_at(first) : NULL;
    struct message *returned = heap_least(&backlog->returned, NULL);
    if (returned && (message == NULL || returned->sequence < message->sequence))
        return returned;
    return message;
}
