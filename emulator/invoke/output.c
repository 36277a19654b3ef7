// output -- a buffer that fills once, and a ring behind it.
//
// Both ends matter: a stack trace stands at the end, and what led to it at the beginning. What lies between
// them is in the log (--log, or without --quiet), and nowhere else.
#include "emulator/invoke/output.h"

#include <string.h>

void output_clear(struct output *output)
{
    buffer_clear(&output->head);
    output->tail_bytes = 0;
}

void output_deinit(struct output *output)
{
    buffer_deinit(&output->head);
}

static void add(struct output *output, struct text bytes)
{
    struct text head = text_head(bytes, OUTPUT_HEAD_BYTES - output->head.length);
    buffer_append(&output->head, head);
    bytes = text_skip(bytes, head.length);
    while (bytes.length > 0) {
        size_t at = output->tail_bytes % OUTPUT_TAIL_BYTES;
        struct text piece = text_head(bytes, OUTPUT_TAIL_BYTES - at);
        memcpy(output->tail + at, piece.bytes, piece.length);
        output->tail_bytes += piece.length;
        bytes = text_skip(bytes, piece.length);
    }
}

void output_add(struct output *output, struct text line)
{
    add(output, line);
    add(output, TEXT("\n"));
}

void output_append(const struct output *output, struct buffer *buffer)
{
    buffer_append(buffer, buffer_text(&output->head));
    if (output->tail_bytes <= OUTPUT_TAIL_BYTES) {
        buffer_append(buffer, text_from(output->tail, (size_t)output->tail_bytes));
        return;
    }
    size_t at = output->tail_bytes % OUTPUT_TAIL_BYTES;
    buffer_print(buffer, "\n... %llu bytes are left out ...\n",
                 (unsigned long long)(output->tail_bytes - OUTPUT_TAIL_BYTES));
    buffer_append(buffer, text_from(output->tail + at, OUTPUT_TAIL_BYTES - at));
    buffer_append(buffer, text_from(output->tail, at));
}
