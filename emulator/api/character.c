// character -- what is a letter?
//
// Above ASCII, SQS takes letters and refuses signs (S-154). Here stand the blocks of signs; a table
// of every letter of Unicode would be exact and forty times as long.
#include "emulator/api/character.h"

struct range {
    uint32_t first;
    uint32_t last;
};

static const struct range signs[] = {
    {0x80, 0xa9},     {0xab, 0xb4},     {0xb6, 0xb9},     {0xbb, 0xbf},       {0xd7, 0xd7},
    {0xf7, 0xf7},     {0x2000, 0x2bff}, {0x3000, 0x3004}, {0x3008, 0x3020},   {0xe000, 0xf8ff},
    {0xfe10, 0xfe6f}, {0xff01, 0xff0f}, {0xfff0, 0xffff}, {0x1f000, 0x1faff},
};

uint32_t character_at(const char *bytes, size_t *ret_length)
{
    static const unsigned char masks[] = {[1] = 0x7f, 0x1f, 0x0f, 0x07};
    unsigned char lead = (unsigned char)bytes[0];
    size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    uint32_t code_point = lead & masks[length];
    for (size_t i = 1; i < length; i++)
        code_point = code_point << 6 | ((unsigned char)bytes[i] & 0x3f);
    *ret_length = length;
    return code_point;
}

bool character_is_letter_or_digit(uint32_t code_point)
{
    if (code_point < 0x80)
        return (code_point >= 'a' && code_point <= 'z') ||
               (code_point >= 'A' && code_point <= 'Z') || (code_point >= '0' && code_point <= '9');
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (code_point >= signs[i].first && code_point <= signs[i].last)
            return false;
    }
    return true;
}
