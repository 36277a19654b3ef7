// query_in -- the walker that reads Query parameters into an operation's input struct.
#ifndef EMULATOR_WIRE_QUERY_IN_H
#define EMULATOR_WIRE_QUERY_IN_H

#include "emulator/wire/fault.h"
#include "emulator/wire/form.h"

// Fills the zeroed input by the shape's rows; texts are the form's. FAULT_SERIALIZATION when an
// integer is not one or a binary value is not base64. Unknown parameters are ignored.
struct fault query_in(struct arena *arena, const struct form *form, const struct wire_shape *shape,
                      void *input);

#endif
