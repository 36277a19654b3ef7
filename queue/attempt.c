// attempt -- what a receive with a ReceiveRequestAttemptId got, for as long as it may be asked for
// again (S-242).
//
// A message counts as untouched while its receive count and the end of its lease are those that
// were remembered; so nothing that deletes or changes messages has to know about attempts. They
// live in memory only: a process that restarts has broken the connection over which the first
// answer would have come, and the messages come again after their timeout.
#include "queue/attempt.h"

#include "queue/queue.h"

#define ATTEMPT_MS (5 * 60 * 1000)

struct attempt {
    struct text id;        // the key in queue->attempts
    struct list_node link; // in queue->attempts_by_end
    int64_t until_ms;
    size_t count;
    struct {
        uint64_t row;
        uint32_t receive_count;
        int64_t available_at_ms;
    } messages[MESSAGES_MAX];
    char bytes[]; // of id
};

static void attempt_forget(struct queue *queue, struct attempt *attempt)
{
    text_map_remove(&queue->attempts, attempt->id);
    list_remove(&attempt->link);
    free(attempt);
}

static struct attempt *attempt_at(struct list_node *link)
{
    return list_entry(link, struct attempt, link);
}

static void forget_ended(struct queue *queue)
{
    int64_t now_ms = commons_now_ms(queue->commons);
    struct list_node *first;
    while ((first = list_first(&queue->attempts_by_end)) != NULL &&
           attempt_at(first)->until_ms <= now_ms)
        attempt_forget(queue, attempt_at(first));
}

static struct message *untouched(const struct queue *queue, const struct attempt *attempt, size_t i)
{
    struct message *message =
        number_map_find(&queue->commons->messages_by_row, attempt->messages[i].row);
    if (message == NULL || message->queue != queue || message->phase != MESSAGE_IN_FLIGHT)
        return NULL;
    if (message->receive_count != attempt->messages[i].receive_count ||
        message->available_at_ms != attempt->messages[i].available_at_ms)
        return NULL;
    return message;
}

size_t attempt_repeat(struct queue *queue, const struct receive *receive, int64_t visibility_ms,
                      struct message *ret_taken[MESSAGES_MAX])
{
    forget_ended(queue);
    struct attempt *attempt = text_map_find(&queue->attempts, receive->attempt);
    if (attempt == NULL)
        return 0;
    for (size_t i = 0; i < attempt->count; i++) {
        ret_taken[i] = untouched(queue, attempt, i);
        if (ret_taken[i] == NULL) {
            attempt_forget(queue, attempt);
            return 0;
        }
    }
    size_t count = attempt->count;
    for (size_t i = 0; i < count; i++) {
        message_receive_again(ret_taken[i], visibility_ms, receive->actor);
        attempt->messages[i].available_at_ms = ret_taken[i]->available_at_ms;
    }
    return count;
}

void attempt_remember(struct queue *queue, struct text id, struct message *const *taken,
                      size_t count)
{
    struct attempt *attempt = text_map_find(&queue->attempts, id);
    if (attempt)
        attempt_forget(queue, attempt);
    attempt = allocate(sizeof(*attempt) + id.length);
    memcpy(attempt->bytes, id.bytes, id.length);
    attempt->id = text_from(attempt->bytes, id.length);
    attempt->until_ms = commons_now_ms(queue->commons) + ATTEMPT_MS;
    attempt->count = count;
    for (size_t i = 0; i < count; i++) {
        attempt->messages[i].row = taken[i]->row;
        attempt->messages[i].receive_count = taken[i]->receive_count;
        attempt->messages[i].available_at_ms = taken[i]->available_at_ms;
    }
    text_map_insert(&queue->attempts, attempt->id, attempt);
    list_append(&queue->attempts_by_end, &attempt->link);
}

void attempts_clear(struct queue *queue)
{
    list_for_each (node, &queue->attempts_by_end) {
        attempt_forget(queue, attempt_at(node));
    }
}
