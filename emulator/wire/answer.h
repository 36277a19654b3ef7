// answer -- the reply to an operation that succeeded, in the protocol of its request.
#ifndef EMULATOR_WIRE_ANSWER_H
#define EMULATOR_WIRE_ANSWER_H

#include "emulator/request.h"
#include "emulator/wire/shape.h"

// Content-Type (of Query, by what the client accepts: S-28) and x-amzn-RequestId (S-3, S-23).
void answer_headers(struct request *request, enum wire_protocol protocol);
// Status 200 with the output, and finishes the request. shape NULL: the action has no output, and
// JSON's body is empty, not {} (S-4).
void answer_output(struct request *request, enum wire_protocol protocol, struct text action,
                   const struct wire_shape *shape, const void *output);

#endif
