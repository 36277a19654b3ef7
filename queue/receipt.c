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

// The value of a base64 digit, plus one; 0: it is none.
static const uint8_t digit_values[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};

// Eleven times four digits to three bytes; nettle's decoder, a call for each digit, takes three
// times as long.
static bool decode(const char handle[RECEIPT_TEXT_BYTES], uint8_t ret_bytes[HANDLE_BYTES])
{
    uint8_t bytes[HANDLE_BYTES];
    for (size_t i = 0; i < RECEIPT_TEXT_BYTES / 4; i++) {
        uint32_t group = 0;
        for (size_t j = 0; j < 4; j++) {
            uint32_t value = digit_values[(unsigned char)handle[i * 4 + j]];
            if (value == 0)
                return false;
            group = group << 6 | (value - 1);
        }
        put_number(bytes + i * 3, 3, group);
    }
    memcpy(ret_bytes, bytes, HANDLE_BYTES);
    return true;
}

bool receipt_read(struct text handle, struct receipt *ret_receipt)
{
    uint8_t bytes[HANDLE_BYTES];
    uint8_t *fields = bytes + PREFIX_BYTES + CHECKSUM_BYTES;
    if (handle.length != RECEIPT_TEXT_BYTES || !decode(handle.bytes, bytes))
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
