// embedded -- files of docs/ that are part of the program: written into C arrays by the build.
#ifndef CLI_EMBEDDED_H
#define CLI_EMBEDDED_H

#include <stddef.h>

// docs/responses.json: every way an invocation can end, and what becomes of a batch of two messages (L-157).
extern const unsigned char responses_json[];
extern const size_t responses_json_bytes;

#endif
