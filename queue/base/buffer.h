// buffer -- bytes that grow. A zeroed buffer is empty and valid.
#ifndef QUEUE_BASE_BUFFER_H
#define QUEUE_BASE_BUFFER_H

#include "queue/base/own.h"
#include "queue/base/text.h"

struct buffer {
    char *bytes; // owned; not terminated
    size_t length;
    size_t capacity;
};

void buffer_deinit(struct buffer *buffer);
DEFINE_DEINIT_CLEANUP(buffer_deinit, struct buffer)
// Empties it, keeps the memory.
void buffer_clear(struct buffer *buffer);
// Room for more bytes after the end; returns where they go. Set length yourself, or call
// buffer_append.
char *buffer_reserve(struct buffer *buffer, size_t more);
void buffer_append(struct buffer *buffer, struct text text);
void buffer_append_bytes(struct buffer *buffer, const void *bytes, size_t length);
void buffer_append_byte(struct buffer *buffer, char byte);
// Decimal.
void buffer_append_integer(struct buffer *buffer, int64_t value);
void buffer_append_base64(struct buffer *buffer, const void *bytes, size_t length);
__attribute__((format(printf, 2, 3))) void buffer_print(struct buffer *buffer, const char *format,
                                                        ...);
// A view; valid until the buffer changes.
struct text buffer_text(const struct buffer *buffer);

#endif
