// simulate_engine -- random worlds of queues against a model of the rules (simulate_model.h).
//
// Every receive is predicted message by message; counters and the order of sending are compared after every step; every done() must
// come exactly once and at its time; a queue at rest must have nothing for those who wait in its line; and at every moment what was
// sent into each queue is what left it and what is there. Equal seeds give equal traces.
#include "tests/simulate.h"
#include "tests/simulate_model.h"

#include "queue/base/arena.h"
#include "queue/base/own.h"

#include <assert.h>
#include <stdio.h>

static void check_delivery(struct simulation *simulation, const struct slot *slot,
                           const struct fact *fact, const struct delivery *delivery)
{
    uint8_t id[UUID_BYTES];
    if (!uuid_from_text(delivery->message_id, id) || memcmp(id, fact->id, UUID_BYTES) != 0)
        simulation_broken(simulation, "%s: message %.*s was received, \"%s\" was due",
                          model_names[slot->queue], TEXT_ARGUMENTS(delivery->body), fact->body);
    if (delivery->receive_count != fact->count + 1)
        simulation_broken(simulation, "%s: receive count %u after %u", model_names[slot->queue],
                          delivery->receive_count, fact->count);
    if (fact_is_due(simulation, fact))
        simulation_broken(simulation, "%s: \"%s\" was received once too often",
                          model_names[slot->queue], fact->body);
    if (!text_equal(delivery->body, text_of(fact->body)))
        simulation_broken(simulation, "%s: another body", model_names[slot->queue]);
    if (!text_equal(delivery->group_id, text_from(&fact->group, fact->group ? 1 : 0)))
        simulation_broken(simulation, "%s: another group", model_names[slot->queue]);
}

static void keep_handle(struct simulation *simulation, const struct fact *fact,
                        const struct delivery *delivery)
{
    struct handle *handle = &simulation->handles[simulation->handle_count++ % HANDLES_MAX];
    assert(delivery->receipt.length <= RECEIPT_BYTES_MAX);
    memcpy(handle->text, delivery->receipt.bytes, delivery->receipt.length);
    handle->text[delivery->receipt.length] = '\0';
    handle->fact = (size_t)(fact - simulation->facts);
    handle->queue = fact->queue;
    handle->queue_number = queue_number(model_queue(simulation, fact->queue));
    handle->receive = delivery->receive_count;
}

static void receive_fact(struct simulation *simulation, struct fact *fact, int64_t visibility_ms)
{
    fact->count++;
    fact->queue_count++;
    fact->received_at_ms = model_now_ms(simulation);
    fact->available_at_ms = model_now_ms(simulation) + visibility_ms;
    fact->moment = visibility_ms == 0 ? ++simulation->moment : 0;
    fact->is_released = false;
    model_lease(simulation, fact, fact->available_at_ms);
}

static void check_received(struct simulation *simulation, struct slot *slot,
                           const struct delivery *deliveries, size_t count)
{
    struct queue_counts counts = model_counts(simulation, slot->queue);
    // A message that was visible can be taken back into flight beyond the limit (S-102).
    size_t in_flight_max = (size_t)simulation->world.in_flight_max;
    size_t room = counts.in_flight < in_flight_max ? in_flight_max - counts.in_flight : 0;
    size_t count_max = slot->receive.messages_max < room ? slot->receive.messages_max : room;
    cleanup_free struct prediction *prediction = allocate(sizeof(*prediction));
    if (model_is_fair(slot->queue))
        model_predict_fairly(simulation, slot->queue, count_max, prediction);
    else
        model_predict(simulation, slot->queue, prediction);
    int64_t visibility_ms = slot->receive.visibility_ms;
    if (visibility_ms < 0)
        visibility_ms = model_settings(simulation, slot->queue)->visibility_timeout_seconds * 1000;
    size_t at = 0;
    for (size_t i = 0; i < prediction->count && at < count_max; i++) {
        const struct fact *fact = prediction->candidates[i].fact;
        uint8_t id[UUID_BYTES];
        bool is_next = at < count && uuid_from_text(deliveries[at].message_id, id) &&
                       memcmp(id, fact->id, UUID_BYTES) == 0;
        if (!is_next && fact_came_back(simulation, fact))
            continue;
        if (at == count)
            simulation_broken(simulation, "%s: \"%s\" was not handed out", model_names[slot->queue],
                              fact->body);
        check_delivery(simulation, slot, fact, &deliveries[at]);
        keep_handle(simulation, fact, &deliveries[at]);
        at++;
    }
    if (at != count)
        simulation_broken(simulation, "%s: %zu messages were handed out instead of %zu",
                          model_names[slot->queue], count, at);
    for (size_t i = 0; i < count; i++) {
        uint8_t id[UUID_BYTES];
        (void)uuid_from_text(deliveries[i].message_id, id);
        receive_fact(simulation, model_fact(simulation, id), visibility_ms);
    }
}

static void slot_start(struct slot *slot, size_t queue);

static void slot_done(struct receive *receive, enum engine_error error,
                      const struct delivery *deliveries, size_t count)
{
    struct slot *slot = list_entry(receive, struct slot, receive);
    struct simulation *simulation = slot->simulation;
    if (!slot->is_busy)
        simulation_broken(simulation, "done() of a receive that is not waiting");
    slot->is_busy = false;
    if (error == ENGINE_QUEUE_DELETED) {
        if (!slot->expects_deleted && !simulation->is_closing)
            simulation_broken(simulation, "a receive ended for a queue that was not deleted");
        return;
    }
    if (slot->expects_deleted)
        simulation_broken(simulation, "a receive of a deleted queue ended in another way");
    bool is_late = model_now_ms(simulation) > slot->deadline_ms;
    bool is_early = count == 0 && model_now_ms(simulation) < slot->deadline_ms;
    if (is_late || is_early)
        simulation_broken(simulation, "a receive ended %lld ms from its deadline",
                          (long long)(model_now_ms(simulation) - slot->deadline_ms));
    size_t in_flight = model_counts(simulation, slot->queue).in_flight;
    bool is_full = in_flight >= (size_t)simulation->world.in_flight_max;
    bool over_limit = is_full && !model_is_fifo(slot->queue) && slot->receive.wait_ms == 0;
    if (error != (over_limit ? ENGINE_OVER_LIMIT : ENGINE_OK))
        simulation_broken(simulation, "%s: error %d of a receive", model_names[slot->queue],
                          (int)error);
    // The end of a long poll comes from the timeline; what becomes visible at that instant may come just after it.
    if (count > 0 || slot->receive.wait_ms == 0)
        check_received(simulation, slot, deliveries, count);
    simulation->serials[slot->queue]++;
    if (slot->rejoins)
        slot_start(slot, slot->queue);
}

static void slot_start(struct slot *slot, size_t queue)
{
    struct simulation *simulation = slot->simulation;
    int64_t wait_ms = (int64_t)random_below(&simulation->random, 4) * 700;
    if (slot->rejoins)
        wait_ms = 5000;
    slot->queue = queue;
    slot->is_busy = true;
    slot->expects_deleted = false;
    slot->deadline_ms = model_now_ms(simulation) + wait_ms;
    slot->receive = (struct receive){
        .done = slot_done,
        .messages_max = 1 + random_below(&simulation->random, MESSAGES_MAX),
        .wait_ms = wait_ms,
        .visibility_ms = (int64_t)random_below(&simulation->random, 5) * 600 - 1,
        .actor = TEXT("client"),
        .outside = !slot->rejoins,
    };
    if (slot->receive.visibility_ms >= 0)
        slot->receive.visibility_ms += 1;
    // A poller without a timeout would go round for ever within one instant.
    if (slot->rejoins && slot->receive.visibility_ms == 0)
        slot->receive.visibility_ms = 900;
    engine_receive(simulation->world.engine, model_queue(simulation, queue), &slot->receive);
}

// ---- what the tracer tells ----

static void hear_dead_letter(struct simulation *simulation, struct fact *fact,
                             const struct trace_point *point)
{
    size_t target = model_index(simulation, point->other);
    if (fact_phase(simulation, fact) != MESSAGE_VISIBLE || !fact_is_due(simulation, fact))
        simulation_broken(simulation, "\"%s\" was dead-lettered without reason", fact->body);
    if (!text_equal(model_settings(simulation, fact->queue)->dead_letter.name, point->other))
        simulation_broken(simulation, "\"%s\" went to a wrong dead-letter queue", fact->body);
    simulation->tallies[fact->queue].left++;
    simulation->tallies[target].came++;
    model_come(simulation, target, fact->group);
    fact->old_queue = fact->queue;
    fact->old_serial = simulation->serials[fact->queue];
    fact->old_order = fact->order;
    fact->old_moment = fact->moment;
    fact->old_available_at_ms = fact->available_at_ms;
    fact->queue = target;
    fact->order = ++simulation->order;
    fact->moment = ++simulation->moment;
    fact->available_at_ms = model_now_ms(simulation);
    if (model_is_fifo(target))
        fact->enqueued_at_ms = model_now_ms(simulation);
    fact->queue_count = 0;
    fact->was_moved = true;
    fact->is_released = true;
    model_calm(simulation, fact->old_queue);
}

static void add_fact(struct simulation *simulation, size_t queue, const uint8_t *id,
                     const char *body, char group, int64_t delay_ms);

// A move task put a new message into a queue; the last word of the reason is the old one's id.
static void hear_moved_in(struct simulation *simulation, const struct trace_point *point)
{
    uint8_t id[UUID_BYTES];
    struct text old_id = text_skip(point->reason, point->reason.length - UUID_TEXT_BYTES);
    if (!uuid_from_text(old_id, id))
        simulation_broken(simulation, "a moved message does not say which it was");
    const struct fact *old = model_fact(simulation, id);
    int64_t now_ms = model_now_ms(simulation);
    add_fact(simulation, model_index(simulation, point->queue), point->message, old->body,
             old->group, point->until_ms > now_ms ? point->until_ms - now_ms : 0);
}

// What is before it must not be movable: what became visible at this very instant may be late.
static void hear_moved_out(struct simulation *simulation, struct fact *fact)
{
    int64_t now_ms = model_now_ms(simulation);
    if (fact_phase(simulation, fact) != MESSAGE_VISIBLE)
        simulation_broken(simulation, "\"%s\" was moved while it was invisible", fact->body);
    for (size_t i = 0; i < simulation->fact_count; i++) {
        const struct fact *other = &simulation->facts[i];
        if (!fact_is_in(other, fact->queue) || other->order >= fact->order)
            continue;
        bool same_group = model_is_fifo(fact->queue) && other->group == fact->group;
        bool is_movable = !model_is_fifo(fact->queue) && other->available_at_ms < now_ms;
        if (same_group || is_movable)
            simulation_broken(simulation, "\"%s\" was moved before \"%s\"", fact->body,
                              other->body);
    }
    fact->is_gone = true;
    simulation->tallies[fact->queue].left++;
}

static void hear(struct engine_world *world, const struct trace_point *point)
{
    struct simulation *simulation = world->context;
    if (point->kind == TRACE_SENT && text_equal(point->actor, TEXT("move task")))
        hear_moved_in(simulation, point);
    if (point->kind == TRACE_SENT || point->kind == TRACE_DUPLICATE ||
        point->kind == TRACE_QUEUE_DELETED)
        return;
    if (point->kind == TRACE_OVERTOOK) // it may be gone for long; the earlier one is not
        return;
    struct fact *fact = model_fact(simulation, point->message);
    size_t queue = model_index(simulation, point->queue);
    if (fact->is_gone || fact->queue != queue)
        simulation_broken(simulation, "\"%s\" is not in %s", fact->body, model_names[queue]);
    struct tally *tally = &simulation->tallies[queue];
    if (point->kind == TRACE_DEAD_LETTERED) {
        hear_dead_letter(simulation, fact, point);
    } else if (point->kind == TRACE_MOVED) {
        hear_moved_out(simulation, fact);
    } else if (point->kind == TRACE_EXPIRED) {
        if (fact->enqueued_at_ms +
                model_settings(simulation, queue)->message_retention_seconds * 1000 >
            model_now_ms(simulation))
            simulation_broken(simulation, "\"%s\" expired too early", fact->body);
        fact->is_gone = true;
        tally->expired++;
    } else if (point->kind == TRACE_DELETED || point->kind == TRACE_PURGED) {
        fact->is_gone = true;
        tally->deleted += point->kind == TRACE_DELETED;
        tally->purged += point->kind == TRACE_PURGED;
    } else if (point->kind == TRACE_RECEIVED && fact_phase(simulation, fact) != MESSAGE_VISIBLE) {
        simulation_broken(simulation, "\"%s\" was handed out while it was invisible", fact->body);
    }
    if (fact->is_gone) {
        model_leave_flight(simulation, fact);
        model_calm(simulation, queue);
    }
}

// ---- the world ----

static void create_queue(struct simulation *simulation, size_t queue)
{
    struct queue_settings settings = world_settings(model_is_fifo(queue));
    static const size_t targets[QUEUES] = {1, 2, QUEUES, 3, 5, QUEUES, 6, 5};
    settings.visibility_timeout_seconds = 1 + (int64_t)random_below(&simulation->random, 3);
    settings.message_retention_seconds = 60 + (int64_t)random_below(&simulation->random, 3) * 60;
    settings.deduplication_per_group = model_is_fifo(queue) && queue % 2 == 1;
    if (targets[queue] < QUEUES && random_below(&simulation->random, 8) > 0) {
        settings.receive_count_max = 1 + (int64_t)random_below(&simulation->random, 3);
        settings.dead_letter = world_key(model_names[targets[queue]]);
    }
    if (queue == 7)
        settings.delay_seconds = (int64_t)random_below(&simulation->random, 4);
    world_create(&simulation->world, model_names[queue], &settings);
}

static struct journal *open_journal(struct simulation *simulation)
{
    struct journal *journal;
    struct text reason;
    if (simulation->database == NULL)
        return journal_none_new();
    cleanup(arena_free) struct arena *arena = arena_new();
    if (!journal_sqlite_open(simulation->database, JOURNAL_SYNC_NORMAL, arena, &journal, &reason))
        simulation_broken(simulation, "%.*s", TEXT_ARGUMENTS(reason));
    return journal;
}

static void check_at_rest(struct simulation *simulation, size_t queue)
{
    size_t waiting = 0;
    for (size_t i = 0; i < SLOTS; i++)
        waiting += simulation->slots[i].is_busy && simulation->slots[i].queue == queue;
    if (waiting == 0)
        return;
    size_t in_flight = model_counts(simulation, queue).in_flight;
    cleanup_free struct prediction *prediction = allocate(sizeof(*prediction));
    simulation->serials[queue]++;
    model_predict(simulation, queue, prediction);
    if (prediction->count > 0 && in_flight < (size_t)simulation->world.in_flight_max)
        simulation_broken(simulation, "%s: somebody waits, and \"%s\" is visible",
                          model_names[queue], prediction->candidates[0].fact->body);
}

static void settle(struct simulation *simulation)
{
    bool moved = true;
    for (int i = 0; moved; i++) {
        if (i > 10000)
            simulation_broken(simulation, "settling does not end");
        for (size_t queue = 0; queue < QUEUES; queue++)
            simulation->serials[queue]++;
        moved = engine_settle(simulation->world.engine);
    }
    for (size_t queue = 0; queue < QUEUES; queue++)
        check_at_rest(simulation, queue);
}

static void advance(struct simulation *simulation, int64_t span_ms)
{
    int64_t to_ms = model_now_ms(simulation) + span_ms;
    while (timeline_step(simulation->world.timeline, to_ms))
        settle(simulation);
    settle(simulation);
}

// What the present order of peeking must be.
struct peek_check {
    struct simulation *simulation;
    struct prediction *expected;
    size_t at;
};

static void check_peeked(void *context, const struct peeked *peeked)
{
    struct peek_check *check = context;
    struct simulation *simulation = check->simulation;
    if (check->at == check->expected->count)
        simulation_broken(simulation, "peek shows a message too many");
    const struct fact *fact = check->expected->candidates[check->at++].fact;
    if (!text_equal(peeked->delivery.body, text_of(fact->body)) ||
        peeked->phase != fact_phase(simulation, fact) ||
        peeked->delivery.receive_count != fact->count)
        simulation_broken(simulation, "peek shows \"%.*s\" in phase %d instead of \"%s\" in %d",
                          TEXT_ARGUMENTS(peeked->delivery.body), (int)peeked->phase, fact->body,
                          (int)fact_phase(simulation, fact));
    if (peeked->phase != MESSAGE_VISIBLE && peeked->available_at_ms != fact->available_at_ms)
        simulation_broken(simulation, "peek shows another instant for \"%s\"", fact->body);
}

static void check_queue(struct simulation *simulation, size_t queue, bool thorough)
{
    struct queue_counts model = model_counts(simulation, queue);
    struct queue_counts engine = queue_counts(model_queue(simulation, queue));
    const struct tally *tally = &simulation->tallies[queue];
    size_t present = model.visible + model.delayed + model.in_flight;
    if (memcmp(&model, &engine, sizeof(model)) != 0)
        simulation_broken(simulation, "%s: counts %zu/%zu/%zu instead of %zu/%zu/%zu",
                          model_names[queue], engine.visible, engine.in_flight, engine.delayed,
                          model.visible, model.in_flight, model.delayed);
    if (tally->sent + tally->came !=
        tally->deleted + tally->left + tally->expired + tally->purged + tally->dropped + present)
        simulation_broken(simulation, "%s: messages were lost or made", model_names[queue]);
    if (!thorough)
        return;
    cleanup_free struct prediction *expected = allocate(sizeof(*expected));
    struct peek_check check = {simulation, expected, 0};
    simulation->serials[queue]++;
    model_collect(simulation, queue, expected);
    engine_peek(simulation->world.engine, model_queue(simulation, queue), FACTS_MAX, check_peeked,
                &check);
    if (check.at != expected->count)
        simulation_broken(simulation, "peek shows %zu messages of %zu", check.at, expected->count);
}

static void check_all(struct simulation *simulation, bool thorough)
{
    for (size_t queue = 0; queue < QUEUES; queue++)
        check_queue(simulation, queue, thorough);
}

// ---- operations ----

static const struct window *model_window(struct simulation *simulation, size_t queue,
                                         const char *key)
{
    for (size_t i = 0; i < simulation->window_count; i++) {
        const struct window *window = &simulation->windows[i];
        if (window->queue == queue && window->until_ms > model_now_ms(simulation) &&
            strcmp(window->key, key) == 0)
            return window;
    }
    return NULL;
}

static void add_fact(struct simulation *simulation, size_t queue, const uint8_t *id,
                     const char *body, char group, int64_t delay_ms)
{
    assert(simulation->fact_count < FACTS_MAX);
    model_come(simulation, queue, group);
    struct fact *fact = &simulation->facts[simulation->fact_count++];
    *fact = (struct fact){
        .queue = queue,
        .group = group,
        .order = ++simulation->order,
        .moment = delay_ms > 0 ? 0 : ++simulation->moment,
        .enqueued_at_ms = model_now_ms(simulation),
        .available_at_ms = model_now_ms(simulation) + delay_ms,
    };
    memcpy(fact->id, id, UUID_BYTES);
    strcpy(fact->body, body);
    simulation->tallies[queue].sent++;
}

static void operate_send(struct simulation *simulation, size_t queue)
{
    struct sent sent;
    uint8_t id[UUID_BYTES];
    char body[12];
    char key[24];
    char group = (char)('a' + random_below(&simulation->random, 3));
    char number[12];
    const struct window *window = NULL;
    int64_t delay_ms = (int64_t)random_below(&simulation->random, 4) * 400;
    struct queue *engine = model_queue(simulation, queue);
    snprintf(body, sizeof(body), "%zu", simulation->fact_count);
    struct send send = {.body = text_of(body), .delay_ms = delay_ms};
    if (!model_is_fifo(queue) &&
        (!model_is_fair(queue) || random_below(&simulation->random, 4) == 0))
        group = 0;
    send.group_id = text_from(&group, group ? 1 : 0);
    if (model_is_fifo(queue)) {
        snprintf(number, sizeof(number), "%d", (int)random_below(&simulation->random, 40));
        snprintf(key, sizeof(key), "%s%.*s", number, queue % 2 == 1 ? 1 : 0, &group);
        delay_ms = queue_settings(engine)->delay_seconds * 1000;
        send.delay_ms = -1;
        send.deduplication_id = text_of(number);
        window = model_window(simulation, queue, key);
    }
    engine_send(simulation->world.engine, engine, &send, &sent);
    if (!uuid_from_text(text_from(sent.message_id, UUID_TEXT_BYTES), id))
        simulation_broken(simulation, "a message id is no UUID");
    if (sent.duplicate != (window != NULL) || (window && memcmp(window->id, id, UUID_BYTES) != 0))
        simulation_broken(simulation, "%s: a duplicate was not seen, or seen where none was",
                          model_names[queue]);
    if (sent.duplicate)
        return;
    add_fact(simulation, queue, id, body, group, delay_ms);
    if (model_is_fifo(queue)) {
        struct window *opened = &simulation->windows[simulation->window_count++ % WINDOWS_MAX];
        assert(simulation->window_count < WINDOWS_MAX);
        *opened = (struct window){.queue = queue, .until_ms = model_now_ms(simulation) + WINDOW_MS};
        strcpy(opened->key, key);
        memcpy(opened->id, id, UUID_BYTES);
    }
}

static enum engine_error model_find(struct simulation *simulation, const struct handle *handle,
                                    size_t queue, struct fact **ret_fact)
{
    struct fact *fact = &simulation->facts[handle->fact];
    *ret_fact = NULL;
    if (handle->queue_number != queue_number(model_queue(simulation, queue)))
        return ENGINE_RECEIPT_OF_OTHER_QUEUE;
    if (!fact_is_in(fact, queue))
        return ENGINE_OK;
    bool is_held = fact_phase(simulation, fact) == MESSAGE_IN_FLIGHT ||
                   (fact->received_at_ms == model_now_ms(simulation) && !fact->is_released);
    if (model_is_fifo(queue) && (handle->receive != fact->count || !is_held))
        return ENGINE_RECEIPT_EXPIRED;
    *ret_fact = fact;
    return ENGINE_OK;
}

static const struct handle *some_handle(struct simulation *simulation, size_t *ret_queue)
{
    size_t kept = simulation->handle_count < HANDLES_MAX ? simulation->handle_count : HANDLES_MAX;
    if (kept == 0)
        return NULL;
    const struct handle *handle = &simulation->handles[random_below(&simulation->random, kept)];
    bool elsewhere = random_below(&simulation->random, 20) == 0;
    *ret_queue = elsewhere ? random_below(&simulation->random, QUEUES) : handle->queue;
    return handle;
}

static void operate_delete(struct simulation *simulation)
{
    size_t queue;
    struct fact *fact;
    const struct handle *handle = some_handle(simulation, &queue);
    if (handle == NULL)
        return;
    enum engine_error expected = model_find(simulation, handle, queue, &fact);
    enum engine_error error =
        engine_delete(simulation->world.engine, model_queue(simulation, queue),
                      text_of(handle->text), TEXT("client"));
    if (error != expected)
        simulation_broken(simulation, "%s: delete gives %d instead of %d", model_names[queue],
                          (int)error, (int)expected);
    if (fact && !fact->is_gone)
        simulation_broken(simulation, "%s: a deleted message is there", model_names[queue]);
}

static void operate_change(struct simulation *simulation)
{
    size_t queue;
    struct fact *fact;
    const struct handle *handle = some_handle(simulation, &queue);
    if (handle == NULL)
        return;
    int64_t visibility_ms = (int64_t)random_below(&simulation->random, 4) * 1300;
    if (random_below(&simulation->random, 10) == 0)
        visibility_ms = VISIBILITY_TOTAL_MS;
    enum engine_error expected = model_find(simulation, handle, queue, &fact);
    if (expected == ENGINE_OK && fact == NULL)
        expected = ENGINE_MESSAGE_GONE;
    if (fact &&
        model_now_ms(simulation) + visibility_ms > fact->received_at_ms + VISIBILITY_TOTAL_MS)
        expected = ENGINE_VISIBILITY_TOO_LONG;
    enum engine_error error =
        engine_change_visibility(simulation->world.engine, model_queue(simulation, queue),
                                 text_of(handle->text), visibility_ms, TEXT("client"));
    if (error != expected)
        simulation_broken(simulation, "%s: change gives %d instead of %d", model_names[queue],
                          (int)error, (int)expected);
    if (fact == NULL || error != ENGINE_OK)
        return;
    bool was_visible = fact_phase(simulation, fact) == MESSAGE_VISIBLE;
    fact->is_released = visibility_ms == 0;
    if (visibility_ms == 0 && was_visible)
        return;
    fact->available_at_ms = model_now_ms(simulation) + visibility_ms;
    fact->moment = visibility_ms == 0 ? ++simulation->moment : 0;
    model_lease(simulation, fact, fact->available_at_ms);
    model_calm(simulation, queue);
}

static void operate_receive(struct simulation *simulation, size_t queue)
{
    struct slot *slot = &simulation->slots[random_below(&simulation->random, SLOTS)];
    if (!slot->is_busy) {
        slot->rejoins = random_below(&simulation->random, 8) == 0;
        slot_start(slot, queue);
    } else if (random_below(&simulation->random, 3) == 0) {
        engine_cancel_receive(simulation->world.engine, &slot->receive);
        slot->is_busy = slot->expects_deleted = false;
        if (receive_is_waiting(&slot->receive))
            simulation_broken(simulation, "a cancelled receive waits");
    }
}

static void forget_queue(struct simulation *simulation, size_t queue)
{
    for (size_t i = 0; i < simulation->window_count; i++) {
        if (simulation->windows[i].queue == queue)
            simulation->windows[i].until_ms = 0;
    }
}

static void operate_move(struct simulation *simulation, size_t queue)
{
    struct engine *engine = simulation->world.engine;
    struct queue *source = model_queue(simulation, queue);
    size_t other = random_below(&simulation->random, QUEUES);
    bool is_elsewhere = other != queue && model_is_fifo(other) == model_is_fifo(queue) &&
                        (model_is_fair(other) || !model_is_fair(queue));
    int64_t pace = (int64_t)random_below(&simulation->random, 20);
    uint8_t id[UUID_BYTES];
    size_t moved;
    struct move_task task;
    bool was_active = engine_list_moves(engine, source, 1, &task) == 1 &&
                      (task.status == MOVE_RUNNING || task.status == MOVE_CANCELLING);
    enum move_error error = engine_start_move(
        engine, source, is_elsewhere ? model_queue(simulation, other) : NULL, pace, id);
    if ((error == MOVE_ACTIVE) != was_active)
        simulation_broken(simulation, "%s: a second move task began, or none", model_names[queue]);
    if (error == MOVE_OK && random_below(&simulation->random, 8) == 0 &&
        engine_cancel_move(engine, source, id, &moved) != MOVE_OK)
        simulation_broken(simulation, "%s: a move task cannot be cancelled", model_names[queue]);
}

static void operate_purge(struct simulation *simulation, size_t queue)
{
    engine_purge_queue(simulation->world.engine, model_queue(simulation, queue));
    forget_queue(simulation, queue);
}

static void operate_recreate(struct simulation *simulation, size_t queue)
{
    for (size_t i = 0; i < SLOTS; i++) {
        if (simulation->slots[i].is_busy && simulation->slots[i].queue == queue)
            simulation->slots[i].expects_deleted = true;
    }
    for (size_t i = 0; i < simulation->fact_count; i++) {
        struct fact *fact = &simulation->facts[i];
        if (!fact_is_in(fact, queue))
            continue;
        fact->is_gone = true;
        model_leave_flight(simulation, fact);
        simulation->tallies[queue].dropped++;
    }
    model_forget_fairness(simulation, queue);
    forget_queue(simulation, queue);
    engine_delete_queue(simulation->world.engine, model_queue(simulation, queue));
    create_queue(simulation, queue);
}

static void change_model_delay(struct simulation *simulation, size_t queue, int64_t delay_ms)
{
    int64_t now_ms = model_now_ms(simulation);
    for (size_t i = 0; i < simulation->fact_count; i++) {
        struct fact *fact = &simulation->facts[i];
        if (!fact_is_in(fact, queue) || fact->count > 0 || fact->was_moved)
            continue;
        int64_t available_at_ms = fact->enqueued_at_ms + delay_ms;
        bool is_visible = available_at_ms <= now_ms;
        if (is_visible && fact->available_at_ms <= now_ms)
            continue;
        fact->available_at_ms = is_visible ? now_ms : available_at_ms;
        fact->moment = is_visible ? ++simulation->moment : 0;
    }
}

static void operate_settings(struct simulation *simulation, size_t queue)
{
    struct queue *engine = model_queue(simulation, queue);
    struct queue_settings settings = *queue_settings(engine);
    settings.message_retention_seconds = 60 + (int64_t)random_below(&simulation->random, 3) * 60;
    if (settings.receive_count_max > 0)
        settings.receive_count_max = 1 + (int64_t)random_below(&simulation->random, 4);
    engine_change_settings(simulation->world.engine, engine, &settings);
}

static void operate_delay(struct simulation *simulation)
{
    struct queue *engine = model_queue(simulation, 7);
    struct queue_settings settings = *queue_settings(engine);
    int64_t before_seconds = settings.delay_seconds;
    settings.delay_seconds = (int64_t)random_below(&simulation->random, 4);
    engine_change_settings(simulation->world.engine, engine, &settings);
    if (settings.delay_seconds != before_seconds)
        change_model_delay(simulation, 7, settings.delay_seconds * 1000);
}

static void operate_reopen(struct simulation *simulation)
{
    struct engine_world *world = &simulation->world;
    simulation->is_closing = true;
    engine_commit(world->engine);
    world->engine = engine_free(world->engine);
    simulation->is_closing = false;
    for (size_t i = 0; i < SLOTS; i++) {
        if (simulation->slots[i].is_busy)
            simulation_broken(simulation, "a receive outlived its engine");
    }
    if (simulation->database) {
        world->journal = journal_free(world->journal);
        world->journal = open_journal(simulation);
    }
    world_open(world);
    // Turns within a millisecond, and what a handle was within the millisecond of its receive, are not stored.
    for (size_t i = 0; i < simulation->fact_count; i++) {
        simulation->facts[i].moment = 0;
        simulation->facts[i].is_released = true;
    }
    for (size_t queue = 0; queue < QUEUES; queue++)
        model_forget_fairness(simulation, queue);
}

static void step(struct simulation *simulation)
{
    size_t queue = random_below(&simulation->random, QUEUES);
    uint64_t choice = random_below(&simulation->random, 1000);
    if (choice < 330)
        operate_send(simulation, queue);
    else if (choice < 560)
        operate_receive(simulation, queue);
    else if (choice < 680)
        operate_delete(simulation);
    else if (choice < 760)
        operate_change(simulation);
    else if (choice < 930)
        advance(simulation, (int64_t)random_below(&simulation->random, 4) * 500);
    else if (choice < 945)
        advance(simulation, (int64_t)random_below(&simulation->random, 70000));
    else if (choice < 950)
        operate_purge(simulation, queue);
    else if (choice < 955)
        operate_recreate(simulation, queue);
    else if (choice < 975)
        operate_settings(simulation, queue);
    else if (choice < 985)
        operate_delay(simulation);
    else if (choice < 990)
        operate_reopen(simulation);
    else
        operate_move(simulation, queue);
    settle(simulation);
    check_all(simulation, random_below(&simulation->random, 16) == 0);
}

uint64_t simulate_engine(uint64_t seed, size_t steps, const char *database)
{
    struct simulation *simulation = allocate(sizeof(*simulation));
    simulation->facts = allocate(sizeof(struct fact) * FACTS_MAX);
    simulation->seed = seed;
    simulation->database = database;
    random_init(&simulation->random, seed ^ 0x9e3779b97f4a7c15u);
    world_init(&simulation->world, seed, open_journal(simulation));
    simulation->world.listen = hear;
    simulation->world.context = simulation;
    if (random_below(&simulation->random, 4) == 0)
        simulation->world.in_flight_max = 1 + (int64_t)random_below(&simulation->random, 6);
    // Low enough for a few messages to be noisy.
    simulation->world.noisy_in_flight_min = 1 + (int64_t)random_below(&simulation->random, 5);
    simulation->world.noisy_spent_min_ms =
        1000 * (1 + (int64_t)random_below(&simulation->random, 20));
    world_reopen(&simulation->world);
    for (size_t queue = 0; queue < QUEUES; queue++)
        create_queue(simulation, queue);
    for (size_t i = 0; i < SLOTS; i++)
        simulation->slots[i].simulation = simulation;
    for (size_t i = 0; i < QUEUES; i++)
        simulation->serials[i] = 1;
    for (size_t i = 0; i < steps && simulation->window_count < WINDOWS_MAX - 1; i++)
        step(simulation);
    check_all(simulation, true);
    uint64_t hash = simulation->world.point_hash;
    simulation->is_closing = true;
    world_deinit(&simulation->world);
    free(simulation->facts);
    free(simulation->stays);
    free(simulation);
    return hash;
}
