// move -- move tasks: what StartMessageMoveTask began, from queue to queue at a given pace. Private
// to queue/.
#ifndef QUEUE_MOVE_H
#define QUEUE_MOVE_H

#include "queue/queue.h"

// MOVE_OK, or MOVE_ACTIVE. See engine_start_move().
enum move_error move_start(struct queue *source, const struct queue *destination,
                           int64_t messages_per_second, uint8_t ret_id[UUID_BYTES]);
size_t moves_list(const struct queue *source, size_t results_max, struct move_task *ret_tasks);
enum move_error move_cancel(struct queue *source, const uint8_t id[UUID_BYTES], size_t *ret_moved);
// The queue is about to be deleted: so are its tasks' records.
void moves_forget(struct queue *source);
// Frees them all; the journal's records stay.
void moves_deinit(struct queue *source);
// True if the record is a move task's; one that had not ended goes on.
bool move_replay_record(struct commons *commons, struct text kind, struct text key,
                        struct text bytes);

#endif
