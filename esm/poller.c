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
#include "queue/base/utf8.h"

#include <assert.h>

#define POLL_WAIT_MS 20000           // a long poll (L-108)
#define RESPONSE_SHOWN_BYTES_MAX 300 // of a response in a trace
#define BUFFER_KEPT_BYTES_MAX 65536  // more than that is given back between batches

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

// ---- batch ----

static void buffer_reuse(struct buffer *buffer)
{
    if (buffer->capacity > BUFFER_KEPT_BYTES_MAX)
        buffer_deinit(buffer);
    else
        buffer_clear(buffer);
}

static void batch_clear(struct batch *batch)
{
    batch->count = 0;
    batch->request_id[0] = '\0';
    arena_reset(batch->texts);
    buffer_reuse(&batch->payload);
}

static void batch_add(struct batch *batch, const struct delivery *delivery)
{
    if (batch->count == batch->capacity) {
        batch->capacity = batch->capacity == 0 ? MESSAGES_MAX : batch->capacity * 2;
        batch->messages = reallocate(batch->messages, batch->capacity * sizeof(*batch->messages));
    }
    struct batch_message *message = &batch->messages[batch->count++];
    bool is_uuid = uuid_from_text(delivery->message_id, message->id);
    assert(is_uuid);
    message->id_text = arena_copy(batch->texts, delivery->message_id);
    message->receipt = arena_copy(batch->texts, delivery->receipt);
    message->group = arena_copy(batch->texts, delivery->group_id);
    message->receive_count = delivery->receive_count;
    message->visible_at_ms = delivery->visible_at_ms;
}

static int64_t batch_lease_end_ms(const struct batch *batch)
{
    int64_t end_ms = INT64_MAX;
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->messages[i].visible_at_ms < end_ms)
            end_ms = batch->messages[i].visible_at_ms;
    }
    return end_ms;
}

static struct text request_id_of(const struct poller *poller)
{
    // What was never invoked has none.
    size_t length = poller->batch.request_id[0] == '\0' ? 0 : UUID_TEXT_BYTES;
    return text_from(poller->batch.request_id, length);
}

// ---- trace ----

static void trace_message(const struct poller *poller, enum trace_kind kind,
                          const struct batch_message *message, int64_t until_ms, struct text reason)
{
    mapping_trace(poller->mapping,
                  (struct trace_point){.kind = kind,
                                       .message = message->id,
                                       .group = message->group,
                                       .receive_count = message->receive_count,
                                       .until_ms = until_ms,
                                       .other = poller->mapping->settings.function_name,
                                       .request = request_id_of(poller),
                                       .reason = reason});
}

static void trace_whole(const struct poller *poller, enum trace_kind kind, int64_t until_ms,
                        struct text reason)
{
    mapping_trace(poller->mapping,
                  (struct trace_point){.kind = kind,
                                       .until_ms = until_ms,
                                       .other = poller->mapping->settings.function_name,
                                       .request = request_id_of(poller),
                                       .reason = reason});
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

// The beginning of bytes that somebody else wrote, fit for a sentence.
static void append_shown(struct buffer *buffer, struct text bytes)
{
    struct text shown = text_head(bytes, RESPONSE_SHOWN_BYTES_MAX);
    bool is_cut = shown.length < bytes.length;
    for (size_t cut = 0; is_cut && cut < 3 && !utf8_is_valid(shown); cut++)
        shown.length--; // half a character at the end
    if (!utf8_is_valid(shown)) {
        buffer_print(buffer, "%zu bytes that are not text", bytes.length);
        return;
    }
    buffer_append(buffer, shown);
    if (is_cut)
        buffer_append(buffer, TEXT(" ..."));
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
    poller->batch.texts = arena_new();
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
    arena_free(poller->batch.texts);
    free(poller->batch.messages);
    buffer_deinit(&poller->batch.payload);
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
    buffer_reuse(&poller->answer.response);
    buffer_reuse(&poller->answer.detail);
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
        trace_message(poller, TRACE_BATCHED, message, message->visible_at_ms, buffer_text(&reason));
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
        trace_whole(poller, TRACE_FAULT, 0, buffer_text(&poller->mishap_words));
    mapping->counts.faults += poller->mishap != MISHAP_NONE || poller->delete_fails ? 1 : 0;
}

// A crash lets the first half of the batch through, as if the function had died in the middle of it. Empty: of one message, nothing.
static struct text payload_of(struct poller *poller)
{
    const struct batch *batch = &poller->batch;
    size_t count = batch->count / 2;
    if (poller->mishap != MISHAP_CRASH)
        return buffer_text(&batch->payload);
    buffer_clear(&poller->half_payload);
    if (count == 0)
        return (struct text){0};
    struct text whole = buffer_text(&batch->payload);
    buffer_append(&poller->half_payload, text_head(whole, batch->messages[count - 1].record_end));
    event_end(&poller->half_payload);
    return buffer_text(&poller->half_payload);
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
    poller->invocation.request_id = request_id_of(poller);
    cleanup(buffer_deinit) struct buffer reason = {0};
    buffer_print(&reason, "%.*s is invoked with %zu message%s", TEXT_ARGUMENTS(function->name),
                 poller->batch.count, plural(poller->batch.count));
    trace_whole(poller, TRACE_INVOKED, 0, buffer_text(&reason));
    if (poller->invocation.payload.length == 0) {
        answered(poller, INVOCATION_EXITED, TEXT(""), buffer_text(&poller->mishap_words));
        return;
    }
    function->invoker->invoke(function->invoker, &poller->invocation);
}

// ---- the outcome ----

// The outcome's sentence, with the place of the entry that voided a report and what the invoker added.
static void append_why(struct buffer *buffer, const struct poller *poller,
                       const struct outcome *outcome)
{
    bool empty_items_succeed =
        outcome->reason == REASON_EMPTY_ITEM && outcome->kind == OUTCOME_DELETE_ALL;
    buffer_append(buffer,
                  empty_items_succeed
                      ? TEXT("batchItemFailures holds empty objects only, which report no failure")
                      : outcome_reason_text(outcome->reason));
    if (outcome->kind == OUTCOME_KEEP_ALL && outcome->offender > 0)
        buffer_print(buffer, " (entry %zu of the list)", outcome->offender + 1);
    if (poller->answer.detail.length > 0) {
        buffer_append(buffer, TEXT(": "));
        append_shown(buffer, buffer_text(&poller->answer.detail));
    }
}

static void trace_output(const struct poller *poller)
{
    if (poller->answer.output.length == 0)
        return;
    mapping_trace(poller->mapping,
                  (struct trace_point){.kind = TRACE_OUTPUT,
                                       .other = poller->mapping->settings.function_name,
                                       .request = request_id_of(poller),
                                       .output = buffer_text(&poller->answer.output)});
}

static void trace_end(const struct poller *poller)
{
    static const char *const sentences[] = {
        [INVOCATION_RESPONDED] = "responded",
        [INVOCATION_FUNCTION_ERROR] = "failed with an error",
        [INVOCATION_TIMED_OUT] = "timed out",
        [INVOCATION_EXITED] = "ended without an answer",
        [INVOCATION_TOO_LARGE] = "gave a response that is too large",
        [INVOCATION_THROTTLED] = "was throttled",
        [INVOCATION_UNAVAILABLE] = "was not available",
        [INVOCATION_MISSING] = "does not exist",
        [INVOCATION_REFUSED] = "refused the connection",
    };
    cleanup(buffer_deinit) struct buffer reason = {0};
    buffer_print(&reason, "%.*s %s after %lld ms", TEXT_ARGUMENTS(poller->function->name),
                 sentences[poller->answer.end],
                 (long long)(now_ms(poller) - poller->invocation.invoked_at_ms));
    const struct buffer *more =
        poller->answer.detail.length > 0 ? &poller->answer.detail : &poller->answer.response;
    if (more->length > 0) {
        buffer_append(&reason, TEXT(": "));
        append_shown(&reason, buffer_text(more));
    }
    trace_whole(poller, TRACE_INVOCATION_ENDED, 0, buffer_text(&reason));
}

static void warn(const struct poller *poller, struct text sentence)
{
    const struct esm_options *options = options_of(poller);
    if (options->warn != NULL)
        options->warn(options->warn_context, mapping_uuid(poller->mapping),
                      poller->mapping->settings.function_name, request_id_of(poller), sentence);
}

static void warn_if_suspicious(const struct poller *poller, const struct outcome *outcome)
{
    if (poller->answer.end != INVOCATION_RESPONDED)
        return;
    struct text response = buffer_text(&poller->answer.response);
    if (outcome->reason == REASON_REPORTING_OFF) {
        if (text_find(response, TEXT("\"itemIdentifier\""), NULL))
            warn(poller, TEXT("the function reported failed messages, but ReportBatchItemFailures "
                              "is off, so they are deleted"));
    } else if (outcome->reason == REASON_FOREIGN_MEMBERS || outcome->kind == OUTCOME_KEEP_ALL) {
        warn(poller, outcome_reason_text(outcome->reason));
    } else if (outcome->extra_members) {
        warn(poller, TEXT("the response has members that Lambda does not know; they are ignored"));
    }
}

static bool delete_message(struct poller *poller, struct queue *queue,
                           const struct batch_message *message, struct text why)
{
    cleanup(buffer_deinit) struct buffer reason = {0};
    if (poller->delete_fails) {
        buffer_append(&reason, TEXT("not deleted, so that it is delivered again: "));
        buffer_append(&reason, buffer_text(&poller->delete_words));
        trace_message(poller, TRACE_VERDICT, message, message->visible_at_ms, buffer_text(&reason));
        return false;
    }
    buffer_append(&reason, TEXT("deleted: "));
    buffer_append(&reason, why);
    trace_message(poller, TRACE_VERDICT, message, 0, buffer_text(&reason));
    enum engine_error error = ENGINE_QUEUE_DELETED;
    if (queue != NULL)
        error = engine_delete(options_of(poller)->engine, queue, message->receipt,
                              mapping_uuid(poller->mapping));
    if (error == ENGINE_OK) {
        poller->mapping->counts.deleted++;
        return true;
    }
    struct text sentence = TEXT("could not be deleted: its queue is gone");
    if (queue != NULL)
        sentence = TEXT("could not be deleted: its lease had ended before the function answered, "
                        "so it is delivered again");
    trace_message(poller, TRACE_VERDICT, message, 0, sentence);
    return false;
}

static void keep_message(struct poller *poller, const struct batch_message *message,
                         struct text why)
{
    cleanup(buffer_deinit) struct buffer reason = {0};
    buffer_append(&reason, TEXT("kept until its visibility timeout passes: "));
    buffer_append(&reason, why);
    trace_message(poller, TRACE_VERDICT, message, message->visible_at_ms, buffer_text(&reason));
    struct queue *queue = mapping_find_queue(poller->mapping);
    if (queue != NULL)
        engine_fail(queue, message->receipt);
}

static void acknowledge(struct poller *poller, const struct outcome *outcome, const bool *kept)
{
    cleanup(buffer_deinit) struct buffer why = {0};
    append_why(&why, poller, outcome);
    bool partial = outcome->kind == OUTCOME_PARTIAL;
    struct queue *queue = mapping_find_queue(poller->mapping);
    poller->clean = true;
    for (size_t i = 0; i < poller->batch.count; i++) {
        const struct batch_message *message = &poller->batch.messages[i];
        if (kept[i]) {
            poller->mapping->counts.failed++;
            poller->clean = false;
            keep_message(poller, message,
                         partial ? TEXT("the function reported it as failed") : buffer_text(&why));
        } else {
            struct text reason =
                partial ? TEXT("the function succeeded and did not report it as failed")
                        : buffer_text(&why);
            if (!delete_message(poller, queue, message, reason))
                poller->clean = false;
        }
    }
    finish(poller);
}

// The batch is given up, its messages come back when their leases end, with a count more (L-165, L-166).
static void abandon(struct poller *poller, struct text why)
{
    cleanup(buffer_deinit) struct buffer reason = {0};
    buffer_print(&reason,
                 "the batch is given up, and its messages come back when their visibility timeout "
                 "passes: %.*s",
                 TEXT_ARGUMENTS(why));
    trace_whole(poller, TRACE_ABANDONED, batch_lease_end_ms(&poller->batch), buffer_text(&reason));
    for (size_t i = 0; i < poller->batch.count; i++)
        keep_message(poller, &poller->batch.messages[i], why);
    poller->clean = false;
    finish(poller);
}

// Again, inside the leases, or not at all (L-164, L-165, L-168).
static void back_off(struct poller *poller, const struct outcome *outcome)
{
    poller->mapping->counts.failed += poller->batch.count;
    poller->mapping->counts.throttled += poller->batch.count;
    cleanup(buffer_deinit) struct buffer why = {0};
    append_why(&why, poller, outcome);
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
    trace_whole(poller, TRACE_THROTTLED, again_at_ms, buffer_text(&reason));
    poller->phase = POLLER_BACKING_OFF;
    timeline_schedule(options_of(poller)->timeline, &poller->timer, again_at_ms);
}

static struct outcome decide(const struct poller *poller, bool *ret_kept)
{
    cleanup_free struct text *ids = allocate(poller->batch.count * sizeof(*ids));
    for (size_t i = 0; i < poller->batch.count; i++)
        ids[i] = poller->batch.messages[i].id_text;
    struct outcome_input input = {
        .report_failures = poller->mapping->settings.report_batch_item_failures,
        .empty_item_succeeds = options_of(poller)->empty_item_succeeds,
        .ids = ids,
        .count = poller->batch.count,
        .end = poller->answer.end,
        .response = buffer_text(&poller->answer.response),
    };
    struct outcome outcome = outcome_decide(&input, ret_kept);
    if (options_of(poller)->break_outcome && outcome.reason == REASON_UNKNOWN_ID) {
        outcome.kind = OUTCOME_DELETE_ALL;
        memset(ret_kept, 0, poller->batch.count * sizeof(bool));
    }
    return outcome;
}

// The answer takes effect.
static void conclude(struct poller *poller)
{
    cleanup_free bool *kept = allocate(poller->batch.count * sizeof(*kept));
    struct outcome outcome = decide(poller, kept);
    if (poller->function != NULL) {
        trace_output(poller);
        trace_end(poller);
        function_record(poller->function, poller->answer.end,
                        now_ms(poller) - poller->invocation.invoked_at_ms);
        release_function(poller);
    }
    warn_if_suspicious(poller, &outcome);
    struct mapping *mapping = poller->mapping;
    if (!mapping->settings.report_batch_item_failures && outcome.kind != OUTCOME_RETRY_IN_LEASE)
        scaling_invoked(&mapping->scaling, &mapping->limits, outcome.kind != OUTCOME_DELETE_ALL);
    switch (outcome.kind) {
    case OUTCOME_DELETE_ALL:
    case OUTCOME_PARTIAL:
    case OUTCOME_KEEP_ALL:
    case OUTCOME_KEEP_AND_STOP: // joins the line again when there is a function
        acknowledge(poller, &outcome, kept);
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
