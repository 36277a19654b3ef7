// character -- code points of well-formed UTF-8, as far as names are made of them.
#ifndef EMULATOR_API_CHARACTER_H
#define EMULATOR_API_CHARACTER_H

#include "queue/base/text.h"

// The code point at the start of well-formed UTF-8, and how many bytes it takes.
uint32_t character_at(const char *bytes, size_t *ret_length);
bool character_is_letter_or_digit(uint32_t code_point);

#endif
