// output -- what a handler wrote during one invocation: the first and the last few KB of it, however much that was.
#ifndef EMULATOR_INVOKE_OUTPUT_H
#define EMULATOR_INVOKE_OUTPUT_H

#include "queue/base/buffer.h"

#define OUTPUT_HEAD_BYTES 4096
#define OUTPUT_TAIL_BYTES 4096

struct output {
    struct buffer head;
    char tail[OUTPUT_TAIL_BYTES]; // a ring of what came behind the head
    uint64_t tail_bytes;          // that ever went into it
};

void output_clear(struct output *output);
void output_deinit(struct output *output);
// One line, without its end.
void output_add(struct output *output, struct text line);
// All of it, or the beginning and the end with a line between them that says how much is left out. At most head, tail and 64 bytes.
void output_append(const struct output *output, struct buffer *buffer);

#endif
