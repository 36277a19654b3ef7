// batch -- the messages that one invocation gets, and the event that is made of them. Internal to esm/.
#ifndef ESM_BATCH_H
#define ESM_BATCH_H

#include "queue/base/arena.h"
#include "queue/base/buffer.h"
#include "queue/engine.h"

struct batch_message {
    uint8_t id[UUID_BYTES];
    struct text id_text; // this and the next two live in the batch's arena
    struct text receipt;
    struct text group; // empty: none
    uint32_t receive_count;
    int64_t visible_at_ms;
    size_t record_end; // in the payload, behind its record
};

struct batch {
    struct batch_message *messages; // owned
    size_t count;
    size_t capacity;
    struct arena *texts;
    struct buffer payload;
    char request_id[UUID_TEXT_BYTES]; // empty: never invoked
};

void batch_init(struct batch *batch);
void batch_deinit(struct batch *batch);
// Empties it, keeps the memory unless it is much.
void batch_clear(struct batch *batch);
// Copies what must be known of the message after its receive. The caller appends its record to the payload and sets record_end.
void batch_add(struct batch *batch, const struct delivery *delivery);
// When the first of the leases ends; INT64_MAX without messages.
int64_t batch_lease_end_ms(const struct batch *batch);
// The event of the first half of the messages, in a buffer of the caller's. Empty: of one message, nothing.
struct text batch_first_half(const struct batch *batch, struct buffer *half);
// Empties a buffer that is used again for the next batch, or gives its memory back when that is much.
void batch_buffer_reuse(struct buffer *buffer);

#endif
