// redrive -- the dead-letter hand-over.
//
// The end of a lease moves nothing (S-199): it is the receive that would be one too many that finds
// the message and moves it. The target is looked up by its key at that moment, because it may have
// been deleted, or created again, since the policy was set (S-207); maxReceiveCount is read at that
// moment too (S-208).
#include "queue/redrive.h"

#include "queue/queue.h"

// A record of an origin whose queue is gone: the key is its number in decimal, the bytes are its
// ARN.
static const struct text origin_kind = TEXT("dead-letter-source");

bool redrive_moved(struct message *message)
{
    struct queue *queue = message->queue;
    int64_t receive_count_max = queue->settings.receive_count_max;
    if (receive_count_max == 0 || (int64_t)message->queue_receive_count < receive_count_max)
        return false;
    struct queue *target = queue_find(queue->commons, &queue->settings.dead_letter);
    // The name says the type, so that another type under the same key cannot be; but nothing is
    // ever lost for a name (S-192).
    if (target == NULL || target->settings.fifo != queue->settings.fifo)
        return false;
    message_dead_letter(message, target);
    // It keeps its age, and the target may keep messages for a shorter time (S-182).
    if (target != queue)
        queue_expire(target);
    return true;
}

static struct origin *origin_add(struct commons *commons, uint64_t number)
{
    struct origin *origin = allocate(sizeof(*origin));
    origin->number = number;
    number_map_insert(&commons->origins, number, origin);
    return origin;
}

static void origin_set_arn(struct origin *origin, struct text arn)
{
    origin->arn = text_from(duplicate(arn.bytes, arn.length), arn.length);
}

static void origin_free(struct origin *origin)
{
    // The copy is ours; the view of it is const.
    union {
        const char *bytes;
        void *memory;
    } arn = {.bytes = origin->arn.bytes};
    free(arn.memory);
    free(origin);
}

struct origin *origin_hold(struct queue *queue)
{
    struct origin *origin = number_map_find(&queue->commons->origins, queue->number);
    if (origin == NULL) {
        origin = origin_add(queue->commons, queue->number);
        origin_set_arn(origin, queue->arn);
    }
    origin->message_count++;
    return origin;
}

static struct text origin_key(struct commons *commons, const struct origin *origin)
{
    buffer_clear(&commons->scratch);
    buffer_append_integer(&commons->scratch, (int64_t)origin->number);
    return buffer_text(&commons->scratch);
}

void origin_release(struct commons *commons, struct origin *origin)
{
    struct journal *journal = commons->journal;
    if (origin == NULL || --origin->message_count > 0)
        return;
    number_map_remove(&commons->origins, origin->number);
    if (origin->retired)
        journal->delete_record(journal, origin_kind, origin_key(commons, origin));
    origin_free(origin);
}

void origin_retire(struct queue *queue)
{
    struct commons *commons = queue->commons;
    struct origin *origin = number_map_find(&commons->origins, queue->number);
    if (origin == NULL)
        return;
    origin->retired = true;
    commons->journal->put_record(commons->journal, origin_kind, origin_key(commons, origin),
                                 origin->arn);
}

struct origin *origin_replay(struct commons *commons, uint64_t number)
{
    struct origin *origin = number_map_find(&commons->origins, number);
    if (origin == NULL)
        origin = origin_add(commons, number);
    origin->message_count++;
    return origin;
}

bool origin_replay_record(struct commons *commons, struct text kind, struct text key,
                          struct text bytes)
{
    int64_t number;
    if (!text_equal(kind, origin_kind))
        return false;
    if (!text_to_integer(key, &number))
        return true;
    struct origin *origin = number_map_find(&commons->origins, (uint64_t)number);
    if (origin) {
        origin->retired = true;
        origin_set_arn(origin, bytes);
    }
    return true;
}

void origins_finish(struct commons *commons)
{
    struct origin *origin;
    size_t at = 0;
    while ((origin = number_map_next(&commons->origins, &at)) != NULL) {
        const struct queue *queue = number_map_find(&commons->queues_by_number, origin->number);
        if (origin->arn.length == 0 && queue)
            origin_set_arn(origin, queue->arn);
    }
}

void origins_deinit(struct commons *commons)
{
    struct origin *origin;
    size_t at = 0;
    while ((origin = number_map_next(&commons->origins, &at)) != NULL)
        origin_free(origin);
    number_map_deinit(&commons->origins);
}
