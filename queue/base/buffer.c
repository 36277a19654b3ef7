// buffer -- doubling growth, so that appending n bytes one by one costs O(n).
//
// Everything that redrive writes (JSON, XML, reports) is appended to one of these; building a tree
// first and printing it was measured at ten times the cost.
#include "queue/base/buffer.h"

#include "queue/base/own.h"

#include <assert.h>
#include <nettle/base64.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FIRST_CAPACITY 256u
#define INTEGER_BYTES_MAX 20 // of -9223372036854775808

void buffer_deinit(struct buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct buffer){0};
}

void buffer_clear(struct buffer *buffer)
{
    buffer->length = 0;
}

char *buffer_reserve(struct buffer *buffer, size_t more)
{
    assert(more < SIZE_MAX / 2 - buffer->length);
    size_t needed = buffer->length + more;
    if (needed > buffer->capacity || buffer->bytes == NULL) {
        size_t capacity = buffer->capacity == 0 ? FIRST_CAPACITY : buffer->capacity * 2;
        buffer->capacity = capacity > needed ? capacity : needed;
        buffer->bytes = reallocate(buffer->bytes, buffer->capacity);
    }
    return buffer->bytes + buffer->length;
}

void buffer_append(struct buffer *buffer, struct text text)
{
    buffer_append_bytes(buffer, text.bytes, text.length);
}

void buffer_append_bytes(struct buffer *buffer, const void *bytes, size_t length)
{
    if (length == 0)
        return;
    memcpy(buffer_reserve(buffer, length), bytes, length);
    buffer->length += length;
}

void buffer_append_byte(struct buffer *buffer, char byte)
{
    *buffer_reserve(buffer, 1) = byte;
    buffer->length++;
}

void buffer_append_integer(struct buffer *buffer, int64_t value)
{
    char digits[INTEGER_BYTES_MAX];
    char *first = digits + sizeof(digits);
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        *--first = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        *--first = '-';
    buffer_append_bytes(buffer, first, (size_t)(digits + sizeof(digits) - first));
}

void buffer_append_base64(struct buffer *buffer, const void *bytes, size_t length)
{
    size_t encoded = BASE64_ENCODE_RAW_LENGTH(length);
    base64_encode_raw(buffer_reserve(buffer, encoded), length, bytes);
    buffer->length += encoded;
}

void buffer_print(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    assert(length >= 0);

    // One more for the NUL that vsnprintf insists on; it is not counted.
    size_t size = (size_t)length + 1;
    char *end = buffer_reserve(buffer, size);
    va_start(arguments, format);
    vsnprintf(end, size, format, arguments);
    va_end(arguments);
    buffer->length += (size_t)length;
}

struct text buffer_text(const struct buffer *buffer)
{
    return text_from(buffer->bytes, buffer->length);
}
