// json_in -- the walker that reads an AWS JSON request into an operation's input struct.
#ifndef EMULATOR_WIRE_JSON_IN_H
#define EMULATOR_WIRE_JSON_IN_H

#include "emulator/wire/fault.h"

// Fills the zeroed input by the shape's rows; texts are copied into the arena. FAULT_SERIALIZATION
// when the body is not a JSON object or a member has the wrong JSON type (S-12 to S-14). Unknown
// members and nulls are ignored (S-45, S-14); an empty body is an empty object.
struct fault json_in(struct arena *arena, struct text body, const struct wire_shape *shape,
                     void *input);

#endif
