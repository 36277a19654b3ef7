// payload -- what Lambda answers in a function's place. Log parsers and tests compare these texts,
// so they stand here once and are used by every invoker; a function's own error payload goes
// through unchanged (L-86) and never comes here.
#include "emulator/invoke/payload.h"

#include "esm/function.h"
#include "esm/invoker.h"
#include "esm/json.h"

#include <inttypes.h>

void payload_append_error(struct buffer *buffer, struct text type, struct text message)
{
    buffer_append_byte(buffer, '{');
    json_append_member_string(buffer, TEXT("errorType"), type);
    json_append_member_string(buffer, TEXT("errorMessage"), message);
    buffer_append_byte(buffer, '}');
}

void payload_append_timeout(struct buffer *buffer, const struct invocation *invocation)
{
    cleanup(buffer_deinit) struct buffer message = {0};
    buffer_print(&message, "RequestId: %.*s Error: Task timed out after %" PRId64 ".00 seconds",
                 TEXT_ARGUMENTS(invocation->request_id), invocation->function->timeout_seconds);
    payload_append_error(buffer, TEXT("Sandbox.Timedout"), buffer_text(&message));
}

void payload_append_exit(struct buffer *buffer, const struct invocation *invocation,
                         struct text how)
{
    cleanup(buffer_deinit) struct buffer message = {0};
    buffer_print(&message, "RequestId: %.*s Error: Runtime %.*s",
                 TEXT_ARGUMENTS(invocation->request_id), TEXT_ARGUMENTS(how));
    payload_append_error(buffer, TEXT("Runtime.ExitError"), buffer_text(&message));
}

void payload_append_too_large(struct buffer *buffer)
{
    payload_append_error(
        buffer, TEXT("Function.ResponseSizeTooLarge"),
        TEXT("Response payload size exceeded maximum allowed payload size (6291556 bytes)."));
}
