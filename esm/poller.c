// poller -- the loop of L-140 as a state machine whose every wait is somebody else's callback: the engine's (a receive), the
// timeline's (a window, an effect, a back-off) or the invoker's.
//
// An answer takes effect not when it arrives but at an instant of the timeline: the invocation's begin and the function's declared
// duration, one millisecond at least; so no invocation ends at the virtual instant at which it began, and invocations that
// overlap in the declaration overlap here. Deletes happen at that instant; what is kept is not touched at all, and its lease ends
// when it ends (L-145, L-147).
#include "esm/poller.h"

#include "esm/event.h"
#include "esm/filter.h"
#include "esm/poller_trace.h"
#include "esm/verdict.h"

#include <assert.h>

#define POLL_WAIT_MS 20000 // a long poll (L-108)

static void timer_fired(struct timer *timer);
static void receive_done(struct receive *receive, enum engine_error error,
                         const struct delivery *deliveries, size_t count);
static void invocation_done(struct invocation *invocation, enum invocation_end end,
                            struct text response, struct text detail);

static const struct esm_options *options_of(const struct poller *poller)
{
    return &poller->mapping->esm->options;
}

static int64_t now_ms(const struct poller *poller)
{
    return timeline_now_ms(options_of(poller)->timeline);
}

static void mark_dirty(struct poller *poller)
{
    poller->mapping->dirty = true;
    poller->mapping->esm->dirty = true;
}

// ---- life ----

struct poller *poller_new(struct mapping *mapping, bool spare)
{
    struct poller *poller = allocate(sizeof(*poller));
    poller->mapping = mapping;
    poller->spare = spare;
    poller->receive.done = receive_done;
    poller->receive.wait_ms = POLL_WAIT_MS;
    poller->receive.visibility_ms = -1; // the queue's (L-108)
    poller->receive.actor = mapping_uuid(mapping);
    poller->timer.fire = timer_fired;
    poller->timer.motive = true;
    batch_init(&poller->batch);
    poller->invocation.done = invocation_done;
    list_append(&mapping->pollers, &poller->link);
    return poller;
}

static void leave_line(struct poller *poller)
{
    if (receive_is_waiting(&poller->receive))
        engine_cancel_receive(options_of(poller)->engine, &poller->receive);
}

static void release_function(struct poller *poller)
{
    functions_end(options_of(poller)->functions, take(&poller->function));
    poller->mapping->invoking--;
}

struct poller *poller_free(struct poller *poller)
{
    if (poller == NULL)
        return NULL;
    leave_line(poller);
    timeline_cancel(options_of(poller)->timeline, &poller->timer);
    if (poller->phase == POLLER_INVOKING)
        poller->function->invoker->cancel(poller->function->invoker, &poller->invocation);
    if (poller->function != NULL)
        release_function(poller);
    list_remove(&poller->ready);
    list_remove(&poller->link);
    batch_deinit(&poller->batch);
    buffer_deinit(&poller->answer.response);
    buffer_deinit(&poller->answer.detail);
    buffer_deinit(&poller->answer.output);
    buffer_deinit(&poller->mishap_words);
    buffer_deinit(&poller->delete_words);
    buffer_deinit(&poller->half_payload);
    free(poller);
    return NULL;
}

static void batch_close(struct poller *poller);
static void abandon(struct poller *poller, struct text why);

static void finish(struct poller *poller)
{
    struct poller *overflow = take(&poller->overflow);
    batch_clear(&poller->batch);
    batch_buffer_reuse(&poller->answer.response);
    batch_buffer_reuse(&poller->answer.detail);
    poller->backoff = (struct backoff){0};
    poller->mishap = MISHAP_NONE;
    poller->delete_fails = false;
    poller->phase = POLLER_IDLE;
    mark_dirty(poller);
    // Retries come before further messages of their group (L-132).
    if (overflow != NULL && poller->clean)
        batch_close(overflow);
    else if (overflow != NULL)
        abandon(overflow, TEXT("messages before them did not succeed"));
}

bool poller_runs(const struct poller *poller)
{
    return poller->phase == POLLER_INVOKING &&
           poller->function->invoker->running(poller->function->invoker) > 0;
}

// ---- gathering ----

bool poller_join(struct poller *poller)
{
    assert(poller->phase == POLLER_IDLE || poller->phase == POLLER_GATHERING);
    struct queue *queue = mapping_find_queue(poller->mapping);
    if (queue == NULL || mapping_find_function(poller->mapping) == NULL)
        return false;
    size_t room = (size_t)poller->mapping->settings.batch_size - poller->batch.count;
    poller->receive.messages_max = room < MESSAGES_MAX ? room : MESSAGES_MAX;
    if (poller->phase == POLLER_IDLE)
        poller->phase = POLLER_IN_LINE;
    engine_receive(options_of(poller)->engine, queue, &poller->receive);
    return true;
}

static void batch_close(struct poller *poller)
{
    leave_line(poller);
    timeline_cancel(options_of(poller)->timeline, &poller->timer);
    event_end(&poller->batch.payload);
    uint8_t uuid[UUID_BYTES];
    random_uuid(options_of(poller)->random, uuid);
    uuid_format(uuid, poller->batch.request_id);
    cleanup(buffer_deinit) struct buffer reason = {0};
    buffer_print(&reason, "one of a batch of %zu for %.*s", poller->batch.count,
                 TEXT_ARGUMENTS(poller->mapping->settings.function_name));
    for (size_t i = 0; i < poller->batch.count; i++) {
        const struct batch_message *message = &poller->batch.messages[i];
        poller_trace_message(poller, TRACE_BATCHED, message, message->visible_at_ms,
                             buffer_text(&reason));
    }
    poller->phase = POLLER_READY;
    list_append(&poller->mapping->esm->ready, &poller->ready);
    mark_dirty(poller);
}

// Appends one record, unless the event would cross 6 MB (L-104).
static bool gather(struct poller *poller, const struct delivery *delivery)
{
    const struct mapping *mapping = poller->mapping;
    struct buffer *payload = &poller->batch.payload;
    if (poller->batch.count == 0)
        event_begin(payload);
    size_t before = payload->length;
    event_append_record(payload, delivery, mapping->settings.event_source_arn,
                        mapping->queue_key.region, mapping->fifo);
    if (poller->batch.count > 0 && payload->length + 2 > EVENT_BYTES_MAX) {
        payload->length = before;
        return false;
    }
    batch_add(&poller->batch, delivery);
    poller->batch.messages[poller->batch.count - 1].record_end = payload->length;
    return true;
}

// Full, or no window to wait in: off it goes. Else the window runs from the first message on (L-111).
static void gathered(struct poller *poller)
{
    const struct mapping_settings *settings = &poller->mapping->settings;
    if (settings->batching_window_seconds == 0 ||
        poller->batch.count >= (size_t)settings->batch_size) {
        batch_close(poller);
        return;
    }
    if (poller->phase != POLLER_GATHERING) {
        poller->phase = POLLER_GATHERING;
        timeline_schedule(options_of(poller)->timeline, &poller->timer,
                          now_ms(poller) + settings->batching_window_seconds * 1000);
    }
    mark_dirty(poller); // joins again
}

// Does the mapping's filter let the message through? If not, it is deleted at once, and no batch ever knows of it (L-118, L-156).
static bool passes(struct poller *poller, const struct delivery *delivery)
{
    struct mapping *mapping = poller->mapping;
    if (mapping->filter == NULL)
        return true;
    cleanup(buffer_deinit) struct buffer record = {0};
    if (filter_needs_record(mapping->filter))
        event_append_record(&record, delivery, mapping->settings.event_source_arn,
                            mapping->queue_key.region, mapping->fifo);
    cleanup(buffer_deinit) struct buffer reason = {0};
    buffer_append(&reason, TEXT("deleted without an invocation: "));
    if (filter_passes(mapping->filter, delivery->body, buffer_text(&record), &reason))
        return true;
    uint8_t id[UUID_BYTES];
    bool is_uuid = uuid_from_text(delivery->message_id, id);
    assert(is_uuid);
    mapping_trace(mapping, (struct trace_point){.kind = TRACE_FILTERED,
                                                .message = id,
                                                .group = delivery->group_id,
                                                .receive_count = delivery->receive_count,
                                                .other = mapping->settings.function_name,
                                                .reason = buffer_text(&reason)});
    mapping->counts.filtered++;
    struct queue *queue = mapping_find_queue(mapping);
    if (queue != NULL && engine_discard(options_of(poller)->engine, queue, delivery->receipt,
                                        mapping_uuid(mapping)) == ENGINE_OK)
        mapping->counts.deleted++;
    return false;
}

static bool all_others_are_busy(const struct poller *self)
{
    list_for_each (node, &self->mapping->pollers) {
        const struct poller *poller = list_entry(node, struct poller, link);
        if (poller != self && (poller->phase == POLLER_IDLE || poller->phase == POLLER_IN_LINE))
            return false;
    }
    return true;
}

static void scale(const struct poller *poller, size_t count)
{
    struct mapping *mapping = poller->mapping;
    if (count == 0)
        scaling_received_nothing(&mapping->scaling, &mapping->limits);
    else
        scaling_received(&mapping->scaling, &mapping->limits, now_ms(poller),
                         count == poller->receive.messages_max, all_others_are_busy(poller));
}

static void receive_done(struct receive *receive, enum engine_error error,
                         const struct delivery *deliveries, size_t count)
{
    struct poller *poller = list_entry(receive, struct poller, receive);
    if (error != ENGINE_OK)
        count = 0; // the queue was deleted; the mapping looks again when a queue is created (L-51)
    else
        scale(poller, count);
    poller->mapping->counts.polled += count;
    size_t passed = 0;
    for (size_t i = 0; i < count; i++) {
        if (!passes(poller, &deliveries[i]))
            continue;
        passed++;
        if (gather(poller, &deliveries[i]))
            continue;
        // The rest goes into an invocation of its own, by a spare poller: at once, or on FIFO after
        // this one, because never two invocations work on one group (L-131).
        struct poller *full = poller;
        poller = poller_new(poller->mapping, true);
        if (poller->mapping->fifo) {
            full->overflow = poller;
            poller->phase = POLLER_HELD;
        }
        if (full->phase != POLLER_HELD)
            batch_close(full);
        gather(poller, &deliveries[i]);
    }
    if (poller->phase == POLLER_HELD)
        return;
    if (poller->batch.count > 0 && passed > 0) {
        gathered(poller);
        return;
    }
    if (poller->phase == POLLER_IN_LINE)
        poller->phase = POLLER_IDLE;
    mark_dirty(poller);
}

// ---- invoking ----

static int64_t effect_at_ms(const struct poller *poller, enum invocation_end end)
{
    int64_t lasts_ms = 1;
    if (poller->function != NULL && end == INVOCATION_TIMED_OUT)
        lasts_ms = poller->function->timeout_seconds * 1000;
    else if (poller->function != NULL && poller->function->duration_ms > 1)
        lasts_ms = poller->function->duration_ms;
    return poller->invocation.invoked_at_ms + lasts_ms;
}

static void conclude(struct poller *poller);

static void answered(struct poller *poller, enum invocation_end end, struct text response,
                     struct text detail)
{
    poller->phase = POLLER_ANSWERED;
    poller->answer.end = end;
    buffer_append(&poller->answer.response, response);
    buffer_append(&poller->answer.detail, detail);
    int64_t at_ms = effect_at_ms(poller, end);
    if (poller->invocation.at_once || at_ms <= now_ms(poller))
        conclude(poller);
    else
        timeline_schedule(options_of(poller)->timeline, &poller->timer, at_ms);
}

static void invocation_done(struct invocation *invocation, enum invocation_end end,
                            struct text response, struct text detail)
{
    struct poller *poller = list_entry(invocation, struct poller, invocation);
    assert(poller->phase == POLLER_INVOKING);
    buffer_append(&poller->answer.output, invocation->output);
    // What never ran cannot go wrong once more.
    bool ran = end != INVOCATION_THROTTLED && end != INVOCATION_UNAVAILABLE &&
               end != INVOCATION_MISSING && end != INVOCATION_REFUSED;
    if (poller->mishap == MISHAP_NONE || !ran) {
        answered(poller, end, response, detail);
        return;
    }
    bool late = poller->mishap == MISHAP_TIMEOUT;
    invocation->at_once = invocation->at_once && !late;
    answered(poller, late ? INVOCATION_TIMED_OUT : INVOCATION_EXITED, TEXT(""),
             buffer_text(&poller->mishap_words));
}

// ---- faults on purpose ----

static void draw_faults(struct poller *poller)
{
    struct mapping *mapping = poller->mapping;
    poller->mishap =
        mishaps_draw(&mapping->esm->mishaps, mapping_uuid(mapping), mapping->settings.function_name,
                     &poller->mishap_words, &poller->delete_words, &poller->delete_fails);
    if (poller->mishap != MISHAP_NONE)
        poller_trace_whole(poller, TRACE_FAULT, 0, buffer_text(&poller->mishap_words));
    mapping->counts.faults += poller->mishap != MISHAP_NONE || poller->delete_fails ? 1 : 0;
}

// A crash lets the first half of the batch through, as if the function had died in the middle of it. Empty: of one message, nothing.
static struct text payload_of(struct poller *poller)
{
    return poller->mishap == MISHAP_CRASH ? batch_first_half(&poller->batch, &poller->half_payload)
                                          : buffer_text(&poller->batch.payload);
}

static bool is_throttled(struct poller *poller, struct function *function)
{
    struct text throttle = functions_throttle(options_of(poller)->functions, function);
    if (throttle.length == 0 && poller->mishap == MISHAP_THROTTLE)
        throttle = buffer_text(&poller->mishap_words);
    if (throttle.length == 0)
        return false;
    function_record(function, INVOCATION_THROTTLED, 0);
    answered(poller, INVOCATION_THROTTLED, TEXT(""), throttle);
    return true;
}

void poller_start(struct poller *poller)
{
    assert(poller->phase == POLLER_READY);
    struct mapping *mapping = poller->mapping;
    struct function *function = mapping_find_function(mapping);
    list_remove(&poller->ready);
    buffer_clear(&poller->answer.response);
    buffer_clear(&poller->answer.detail);
    buffer_clear(&poller->answer.output);
    poller->invocation.output = (struct text){0};
    poller->invocation.invoked_at_ms = now_ms(poller);
    poller->invocation.at_once = false;
    mapping->counts.invoked += poller->batch.count;
    if (function == NULL) {
        answered(poller, INVOCATION_MISSING, TEXT(""), TEXT(""));
        return;
    }
    draw_faults(poller);
    if (is_throttled(poller, function))
        return;
    function_begin(function);
    mapping->invoking++;
    poller->function = function;
    poller->phase = POLLER_INVOKING;
    poller->invocation.function = function;
    // The mapping may be changed before a runtime asks for it.
    poller->invocation.qualifier =
        arena_copy(poller->batch.texts, poller->mapping->settings.qualifier);
    poller->invocation.payload = payload_of(poller);
    poller->invocation.request_id = poller_request_id(poller);
    cleanup(buffer_deinit) struct buffer reason = {0};
    buffer_print(&reason, "%.*s is invoked with %zu message%s", TEXT_ARGUMENTS(function->name),
                 poller->batch.count, poller->batch.count == 1 ? "" : "s");
    poller_trace_whole(poller, TRACE_INVOKED, 0, buffer_text(&reason));
    if (poller->invocation.payload.length == 0) {
        answered(poller, INVOCATION_EXITED, TEXT(""), buffer_text(&poller->mishap_words));
        return;
    }
    function->invoker->invoke(function->invoker, &poller->invocation);
}

// ---- the outcome ----

// The batch is given up, its messages come back when their leases end, with a count more (L-165, L-166).
static void abandon(struct poller *poller, struct text why)
{
    cleanup(buffer_deinit) struct buffer reason = {0};
    buffer_print(&reason,
                 "the batch is given up, and its messages come back when their visibility timeout "
                 "passes: %.*s",
                 TEXT_ARGUMENTS(why));
    poller_trace_whole(poller, TRACE_ABANDONED, batch_lease_end_ms(&poller->batch),
                       buffer_text(&reason));
    for (size_t i = 0; i < poller->batch.count; i++)
        verdict_keep(poller, &poller->batch.messages[i], why);
    poller->clean = false;
    finish(poller);
}

// Again, inside the leases, or not at all (L-164, L-165, L-168).
static void back_off(struct poller *poller, const struct outcome *outcome)
{
    poller->mapping->counts.failed += poller->batch.count;
    poller->mapping->counts.throttled += poller->batch.count;
    cleanup(buffer_deinit) struct buffer why = {0};
    verdict_append_why(&why, poller, outcome);
    int64_t again_at_ms =
        now_ms(poller) + backoff_next_ms(&poller->backoff, options_of(poller)->random);
    bool polls = poller->mapping->settings.enabled && poller->mapping->state != MAPPING_DELETING;
    if (!polls) {
        buffer_append(&why, TEXT("; and the mapping no longer polls"));
        abandon(poller, buffer_text(&why));
        return;
    }
    if (again_at_ms + BACKOFF_MARGIN_MS > batch_lease_end_ms(&poller->batch)) {
        buffer_append(&why, TEXT("; and their visibility timeout passes before another try"));
        abandon(poller, buffer_text(&why));
        return;
    }
    cleanup(buffer_deinit) struct buffer reason = {0};
    buffer_print(&reason, "%.*s; the batch is kept and tried again in %lld ms",
                 TEXT_ARGUMENTS(buffer_text(&why)), (long long)(again_at_ms - now_ms(poller)));
    poller_trace_whole(poller, TRACE_THROTTLED, again_at_ms, buffer_text(&reason));
    poller->phase = POLLER_BACKING_OFF;
    timeline_schedule(options_of(poller)->timeline, &poller->timer, again_at_ms);
}

// The answer takes effect.
static void conclude(struct poller *poller)
{
    cleanup_free bool *kept = allocate(poller->batch.count * sizeof(*kept));
    struct outcome outcome = verdict_decide(poller, kept);
    if (poller->function != NULL) {
        poller_trace_output(poller);
        poller_trace_end(poller);
        function_record(poller->function, poller->answer.end,
                        now_ms(poller) - poller->invocation.invoked_at_ms);
        release_function(poller);
    }
    verdict_warn(poller, &outcome);
    struct mapping *mapping = poller->mapping;
    if (!mapping->settings.report_batch_item_failures && outcome.kind != OUTCOME_RETRY_IN_LEASE)
        scaling_invoked(&mapping->scaling, &mapping->limits, outcome.kind != OUTCOME_DELETE_ALL);
    switch (outcome.kind) {
    case OUTCOME_DELETE_ALL:
    case OUTCOME_PARTIAL:
    case OUTCOME_KEEP_ALL:
    case OUTCOME_KEEP_AND_STOP: // joins the line again when there is a function
        poller->clean = verdict_apply(poller, &outcome, kept);
        finish(poller);
        break;
    case OUTCOME_RETRY_IN_LEASE:
        back_off(poller, &outcome);
        break;
    }
}

static void timer_fired(struct timer *timer)
{
    struct poller *poller = list_entry(timer, struct poller, timer);
    switch (poller->phase) {
    case POLLER_GATHERING:
        batch_close(poller);
        break;
    case POLLER_ANSWERED:
        conclude(poller);
        break;
    case POLLER_BACKING_OFF:
        poller->phase = POLLER_READY;
        list_append(&poller->mapping->esm->ready, &poller->ready);
        mark_dirty(poller);
        break;
    case POLLER_IDLE:
    case POLLER_IN_LINE:
    case POLLER_HELD:
    case POLLER_READY:
    case POLLER_INVOKING:
        assert(false);
    }
}

void poller_recall(struct poller *poller, bool give_up)
{
    leave_line(poller);
    if (poller->phase == POLLER_IN_LINE) {
        poller->phase = POLLER_IDLE;
    } else if (poller->phase == POLLER_GATHERING) {
        batch_close(poller);
    } else if (poller->phase == POLLER_BACKING_OFF && give_up) {
        timeline_cancel(options_of(poller)->timeline, &poller->timer);
        abandon(poller, TEXT("the mapping no longer polls"));
    }
    mark_dirty(poller);
}
