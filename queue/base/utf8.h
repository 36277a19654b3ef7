// utf8 -- is this UTF-8, and does it hold only the characters that SQS takes?
#ifndef QUEUE_BASE_UTF8_H
#define QUEUE_BASE_UTF8_H

#include "queue/base/text.h"

// Well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
bool utf8_is_valid(struct text text);
// Well-formed and only #x9 #xA #xD #x20-#xD7FF #xE000-#xFFFD #x10000-#x10FFFF (S-51).
bool utf8_is_sqs_text(struct text text);
// Appends the UTF-8 form of a code point to ret_bytes (room for 4); returns its length, 0 for a
// surrogate or above U+10FFFF.
size_t utf8_encode(uint32_t code_point, char ret_bytes[4]);
// Code points in well-formed text.
size_t utf8_count(struct text text);

#endif
