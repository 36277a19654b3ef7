// witness -- one list of pairs that are not decided yet, and a walk over the head of a group.
//
// What stands before a message in its group was given out no later than the message itself, so the
// walk meets what was received together with it and little else. Only a message that was received
// since it came into the queue can have failed.
//
// Not taken: comparing instants of deletion. A handler may delete what it has done in any order, and
// loses nothing by it; order is lost when the earlier message has to come once more.
//
// The pairs are not in the journal: after a restart a message that was overtaken while its lease
// lasted is not told of.
#include "queue/witness.h"

#include "queue/group.h"
#include "queue/queue.h"

#include <stdio.h>

struct overtaking {
    struct list_node link; // in commons->overtakings, oldest first
    uint64_t earlier_row;
    uint8_t later[UUID_BYTES];
    uint32_t later_receive_count;
    size_t actor_length;
    char actor[]; // who deleted the later one
};

static struct overtaking *overtaking_at(struct list_node *link)
{
    return list_entry(link, struct overtaking, link);
}

static void drop(struct commons *commons, struct overtaking *overtaking)
{
    list_remove(&overtaking->link);
    commons->overtaking_count--;
    free(overtaking);
}

static void tell(const struct message *earlier, const uint8_t later[UUID_BYTES],
                 uint32_t later_receive_count, struct text actor)
{
    struct commons *commons = earlier->queue->commons;
    struct tracer *tracer = commons->tracer;
    earlier->queue->traffic.overtaken++;
    if (tracer == NULL)
        return;
    char ids[2][UUID_TEXT_BYTES];
    char reason[160];
    uuid_format(earlier->id, ids[0]);
    uuid_format(later, ids[1]);
    struct trace_point point = {
        .kind = TRACE_OVERTOOK,
        .at_ms = commons_now_ms(commons),
        .queue = earlier->queue->key.name,
        .message = later,
        .group = earlier->group->id,
        .receive_count = later_receive_count,
        .other = text_from(ids[0], UUID_TEXT_BYTES),
        .actor = actor,
    };
    int length =
        snprintf(reason, sizeof(reason),
                 "it succeeded before %.*s, which stands before it in the group and failed",
                 UUID_TEXT_BYTES, ids[0]);
    point.reason = text_from(reason, (size_t)length);
    tracer->point(tracer, &point);

    point.kind = TRACE_OVERTAKEN;
    point.message = earlier->id;
    point.receive_count = earlier->receive_count;
    point.other = text_from(ids[1], UUID_TEXT_BYTES);
    length = snprintf(reason, sizeof(reason),
                      "it failed, and %.*s, which stands behind it in the group, succeeded",
                      UUID_TEXT_BYTES, ids[1]);
    point.reason = text_from(reason, (size_t)length);
    tracer->point(tracer, &point);
}

static void remember(const struct message *earlier, const struct message *later, struct text actor)
{
    struct commons *commons = earlier->queue->commons;
    struct list_node *oldest = list_first(&commons->overtakings);
    if (oldest != NULL && commons->overtaking_count == OVERTAKINGS_MAX)
        drop(commons, overtaking_at(oldest));
    struct overtaking *overtaking = allocate(sizeof(*overtaking) + actor.length);
    overtaking->earlier_row = earlier->row;
    overtaking->later_receive_count = later->receive_count;
    memcpy(overtaking->later, later->id, UUID_BYTES);
    overtaking->actor_length = actor.length;
    if (actor.length > 0)
        memcpy(overtaking->actor, actor.bytes, actor.length);
    list_append(&commons->overtakings, &overtaking->link);
    commons->overtaking_count++;
}

void witness_success(const struct message *message, struct text actor)
{
    list_for_each (node, &message->group->messages) {
        const struct message *earlier = list_entry(node, struct message, link);
        if (earlier == message)
            return;
        if (earlier->failed)
            tell(earlier, message->id, message->receive_count, actor);
        else if (earlier->queue_receive_count > 0)
            remember(earlier, message, actor);
    }
}

void witness_failure(const struct message *message)
{
    struct commons *commons = message->queue->commons;
    if (commons->overtaking_count == 0)
        return;
    list_for_each (node, &commons->overtakings) {
        struct overtaking *overtaking = overtaking_at(node);
        if (overtaking->earlier_row != message->row)
            continue;
        tell(message, overtaking->later, overtaking->later_receive_count,
             text_from(overtaking->actor, overtaking->actor_length));
        drop(commons, overtaking);
    }
}

void witness_forget(const struct message *message)
{
    struct commons *commons = message->queue->commons;
    if (commons->overtaking_count == 0)
        return;
    list_for_each (node, &commons->overtakings) {
        if (overtaking_at(node)->earlier_row == message->row)
            drop(commons, overtaking_at(node));
    }
}

void witness_deinit(struct commons *commons)
{
    list_for_each (node, &commons->overtakings) {
        drop(commons, overtaking_at(node));
    }
}
