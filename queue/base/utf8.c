// utf8 -- a reader of code points that believes nothing.
//
// Nearly every body is ASCII, so eight bytes are looked at together while they are; the rest goes
// through the table of well-formed sequences (Unicode, table 3-7): the first byte decides the
// length and the range of the second one, which is all that keeps out overlong forms, surrogates
// and what lies above U+10FFFF.
#include "queue/base/utf8.h"

#include <string.h>

#define EVERY_BYTE 0x0101010101010101u
#define CODE_POINT_MAX 0x10ffffu

// Reads the sequence that begins at bytes, left bytes before the end. Its length, or 0 if it is not
// well-formed.
static size_t decode(const unsigned char *bytes, size_t left, uint32_t *ret_code_point)
{
    unsigned char first = bytes[0];
    if (first < 0x80) {
        *ret_code_point = first;
        return 1;
    }
    size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (first < 0xc2 || first > 0xf4 || left < length)
        return 0;
    unsigned char least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned char most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (bytes[1] < least || bytes[1] > most)
        return 0;
    uint32_t code_point = first & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        code_point = code_point << 6 | (bytes[i] & 0x3fu);
    }
    *ret_code_point = code_point;
    return length;
}

// True if the next eight bytes are all printable ASCII or DEL: no high bit, nothing below the
// blank.
static bool is_plain_word(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
    // Without high bits, a byte below 0x20 borrows into its own high bit and no other byte's can be
    // set wrongly before it.
    return ((word | (word - EVERY_BYTE * 0x20)) & EVERY_BYTE * 0x80) == 0;
}

static bool is_sqs_character(uint32_t code_point)
{
    if (code_point < 0x20)
        return code_point == 0x9 || code_point == 0xa || code_point == 0xd;
    return code_point != 0xfffe && code_point != 0xffff;
}

bool utf8_is_valid(struct text text)
{
    size_t at = 0;
    while (at < text.length) {
        if (text.length - at >= 8 && is_plain_word(text.bytes + at)) {
            at += 8;
            continue;
        }
        uint32_t code_point;
        size_t length =
            decode((const unsigned char *)text.bytes + at, text.length - at, &code_point);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

bool utf8_is_sqs_text(struct text text)
{
    size_t at = 0;
    while (at < text.length) {
        if (text.length - at >= 8 && is_plain_word(text.bytes + at)) {
            at += 8;
            continue;
        }
        uint32_t code_point;
        size_t length =
            decode((const unsigned char *)text.bytes + at, text.length - at, &code_point);
        if (length == 0 || !is_sqs_character(code_point))
            return false;
        at += length;
    }
    return true;
}

size_t utf8_encode(uint32_t code_point, char ret_bytes[4])
{
    if (code_point > CODE_POINT_MAX || (code_point >= 0xd800 && code_point <= 0xdfff))
        return 0;
    if (code_point < 0x80) {
        ret_bytes[0] = (char)code_point;
        return 1;
    }
    size_t length = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        ret_bytes[i] = (char)(0x80 | (code_point & 0x3f));
        code_point >>= 6;
    }
    ret_bytes[0] = (char)((0xf00u >> length & 0xf0u) | code_point);
    return length;
}

size_t utf8_count(struct text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++)
        count += ((unsigned char)text.bytes[i] & 0xc0) != 0x80;
    return count;
}
