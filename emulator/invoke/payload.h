// payload -- the error payloads that Lambda itself writes when a function could not answer, word
// for word (L-83 to L-85).
#ifndef EMULATOR_INVOKE_PAYLOAD_H
#define EMULATOR_INVOKE_PAYLOAD_H

#include "queue/base/buffer.h"

struct invocation;

// {"errorType":...,"errorMessage":...}
void payload_append_error(struct buffer *buffer, struct text type, struct text message);
// Sandbox.Timedout after the function's Timeout, with two decimals (L-83).
void payload_append_timeout(struct buffer *buffer, const struct invocation *invocation);
// Runtime.ExitError (L-84); how: "exited without providing a reason", "exited with error: exit
// status 127", "exited with error: signal: killed".
void payload_append_exit(struct buffer *buffer, const struct invocation *invocation,
                         struct text how);
// Function.ResponseSizeTooLarge (L-85).
void payload_append_too_large(struct buffer *buffer);

#endif
