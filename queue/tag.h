// tag -- the tags of a queue. Private to queue/.
#ifndef QUEUE_TAG_H
#define QUEUE_TAG_H

#include "queue/queue.h"

// Replaces all tags, in memory and in the journal. See engine_set_tags().
void tags_set(struct queue *queue, const struct queue_tag *tags, size_t count);
// The queue is about to be deleted: so is the record.
void tags_forget(struct queue *queue);
// True if the record is one of tags.
bool tags_replay_record(struct commons *commons, struct text kind, struct text key,
                        struct text bytes);

#endif
