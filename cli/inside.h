// inside -- the emulator of this process, asked as a client would ask it: through the router, without a socket. For the demos.
//
// Every failure is told in one sentence on standard error; NULL then.
#ifndef CLI_INSIDE_H
#define CLI_INSIDE_H

#include "cli/tree.h"
#include "emulator/emulator.h"
#include "queue/base/buffer.h"

// GET of a path below /_redrive/api/.
cJSON *inside_get(struct emulator *emulator, const char *path);
// An SQS operation in AWS JSON; takes the input over.
cJSON *inside_sqs(struct emulator *emulator, const char *operation, cJSON *input);
// A request of the Lambda API; takes the input over (NULL: no body).
cJSON *inside_lambda(struct emulator *emulator, const char *method, const char *path, cJSON *input);

// The same two, where a refusal is an answer: NULL, and what the emulator said about it is appended to refusal.
cJSON *inside_try_sqs(struct emulator *emulator, const char *operation, cJSON *input,
                      struct buffer *refusal);
cJSON *inside_try_lambda(struct emulator *emulator, const char *method, const char *path,
                         cJSON *input, struct buffer *refusal);

#endif
