// receipt -- a self-describing handle (S-170, S-173).
//
//     3 bytes   01 01 01, which base64 writes as AQEB
//     8 bytes   checksum of the fields
//    22 bytes   queue (8), row (8), receive (4), zero (2), under a mask that grows from the
//    checksum
//
// 33 bytes make 44 base64 digits without padding, and every digit counts, so that a handle with one
// digit changed is no handle. The mask only makes handles look as different from each other as
// Amazon's do: what must not be forged is behind no door here, the checksum is against accidents
// and against tests that invent handles. A look-up table of issued handles was not taken: it would
// grow with every receive for as long as a message lives (S-171).
#include "queue/receipt.h"

#include <nettle/base64.h>

#include <string.h>

#define HANDLE_BYTES 33
#define PREFIX_BYTES 3
#define CHECKSUM_BYTES 8
#define FIELDS_BYTES 22

static uint64_t mix(uint64_t value)
{
    value += 0x9e3779b97f4a7c15u;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

static uint64_t checksum_of(const struct receipt *receipt)
{
    uint64_t sum = mix(receipt->queue ^ 0x7265647269766531u);
    sum = mix(sum ^ receipt->row);
    return mix(sum ^ receipt->receive);
}

static void put_number(uint8_t *bytes, size_t count, uint64_t number)
{
    for (size_t i = 0; i < count; i++)
        bytes[i] = (uint8_t)(number >> (8 * (count - 1 - i)));
}

static uint64_t get_number(const uint8_t *bytes, size_t count)
{
    uint64_t number = 0;
    for (size_t i = 0; i < count; i++)
        number = number << 8 | bytes[i];
    return number;
}

// The same once more takes the mask off.
static void mask_fields(uint8_t fields[FIELDS_BYTES], uint64_t checksum)
{
    uint64_t mask = checksum;
    for (size_t i = 0; i < FIELDS_BYTES; i++) {
        if (i % 8 == 0)
            mask = mix(mask);
        fields[i] ^= (uint8_t)(mask >> (8 * (i % 8)));
    }
}

void receipt_write(const struct receipt *receipt, char ret_handle[RECEIPT_TEXT_BYTES])
{
    uint8_t bytes[HANDLE_BYTES] = {1, 1, 1};
    uint8_t *fields = bytes + PREFIX_BYTES + CHECKSUM_BYTES;
    uint64_t checksum = checksum_of(receipt);
    put_number(bytes + PREFIX_BYTES, CHECKSUM_BYTES, checksum);
    put_number(fields, 8, receipt->queue);
    put_number(fields + 8, 8, receipt->row);
    put_number(fields + 16, 4, receipt->receive);
    mask_fields(fields, checksum);
    base64_encode_raw(ret_handle, HANDLE_BYTES, bytes);
}

// nettle skips blanks: 44 characters that give 33 bytes held none.
static bool decode(struct text handle, uint8_t ret_bytes[HANDLE_BYTES])
{
    struct base64_decode_ctx context;
    size_t length = BASE64_DECODE_LENGTH(RECEIPT_TEXT_BYTES);
    uint8_t bytes[BASE64_DECODE_LENGTH(RECEIPT_TEXT_BYTES)];
    base64_decode_init(&context);
    if (!base64_decode_update(&context, &length, bytes, handle.length, handle.bytes))
        return false;
    if (length != HANDLE_BYTES || !base64_decode_final(&context))
        return false;
    memcpy(ret_bytes, bytes, HANDLE_BYTES);
    return true;
}

bool receipt_read(struct text handle, struct receipt *ret_receipt)
{
    uint8_t bytes[HANDLE_BYTES];
    uint8_t *fields = bytes + PREFIX_BYTES + CHECKSUM_BYTES;
    if (handle.length != RECEIPT_TEXT_BYTES || !decode(handle, bytes))
        return false;
    if (bytes[0] != 1 || bytes[1] != 1 || bytes[2] != 1)
        return false;
    uint64_t checksum = get_number(bytes + PREFIX_BYTES, CHECKSUM_BYTES);
    mask_fields(fields, checksum);
    struct receipt receipt = {
        .queue = get_number(fields, 8),
        .row = get_number(fields + 8, 8),
        .receive = (uint32_t)get_number(fields + 16, 4),
    };
    if (get_number(fields + 20, 2) != 0 || checksum_of(&receipt) != checksum)
        return false;
    *ret_receipt = receipt;
    return true;
}
