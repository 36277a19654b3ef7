// batch -- one array of messages, one arena for their texts and one buffer for the event, all used again for the next batch: a poller
// at work allocates nothing. What one large batch needed is given back after it.
#include "esm/batch.h"

#include "esm/event.h"

#include <assert.h>

#define BUFFER_KEPT_BYTES_MAX 65536 // more than that is given back between batches

void batch_init(struct batch *batch)
{
    *batch = (struct batch){.texts = arena_new()};
}

void batch_deinit(struct batch *batch)
{
    arena_free(batch->texts);
    free(batch->messages);
    buffer_deinit(&batch->payload);
}

void batch_buffer_reuse(struct buffer *buffer)
{
    if (buffer->capacity > BUFFER_KEPT_BYTES_MAX)
        buffer_deinit(buffer);
    else
        buffer_clear(buffer);
}

void batch_clear(struct batch *batch)
{
    batch->count = 0;
    batch->request_id[0] = '\0';
    arena_reset(batch->texts);
    batch_buffer_reuse(&batch->payload);
}

void batch_add(struct batch *batch, const struct delivery *delivery)
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

int64_t batch_lease_end_ms(const struct batch *batch)
{
    int64_t end_ms = INT64_MAX;
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->messages[i].visible_at_ms < end_ms)
            end_ms = batch->messages[i].visible_at_ms;
    }
    return end_ms;
}

struct text batch_first_half(const struct batch *batch, struct buffer *half)
{
    size_t count = batch->count / 2;
    buffer_clear(half);
    if (count == 0)
        return (struct text){0};
    struct text whole = buffer_text(&batch->payload);
    buffer_append(half, text_head(whole, batch->messages[count - 1].record_end));
    event_end(half);
    return buffer_text(half);
}
