// json_out -- the walker that appends an operation's output struct as a JSON object.
#ifndef EMULATOR_WIRE_JSON_OUT_H
#define EMULATOR_WIRE_JSON_OUT_H

#include "emulator/wire/shape.h"
#include "queue/base/buffer.h"

// `{...}` with every member that is present, never null, never an empty list or map (S-5, S-6).
void json_out(struct buffer *buffer, const struct wire_shape *shape, const void *output);

#endif
