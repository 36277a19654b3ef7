// poller_trace -- the points that a poller adds to the trace: of each message (batched, verdict) and of the batch as a whole (invoked,
// ended, throttled, abandoned). Each carries the function and the request id, so that who reads the trace can join them.
//
// A point is made of views and told before they change; nothing is kept here.
#include "esm/poller_trace.h"

#include "queue/base/utf8.h"

#define RESPONSE_SHOWN_BYTES_MAX 300 // of a response in a trace

struct text poller_request_id(const struct poller *poller)
{
    // What was never invoked has none.
    size_t length = poller->batch.request_id[0] == '\0' ? 0 : UUID_TEXT_BYTES;
    return text_from(poller->batch.request_id, length);
}

void poller_trace_message(const struct poller *poller, enum trace_kind kind,
                          const struct batch_message *message, int64_t until_ms, struct text reason)
{
    mapping_trace(poller->mapping,
                  (struct trace_point){.kind = kind,
                                       .message = message->id,
                                       .group = message->group,
                                       .receive_count = message->receive_count,
                                       .until_ms = until_ms,
                                       .other = poller->mapping->settings.function_name,
                                       .request = poller_request_id(poller),
                                       .reason = reason});
}

void poller_trace_whole(const struct poller *poller, enum trace_kind kind, int64_t until_ms,
                        struct text reason)
{
    mapping_trace(poller->mapping,
                  (struct trace_point){.kind = kind,
                                       .until_ms = until_ms,
                                       .other = poller->mapping->settings.function_name,
                                       .request = poller_request_id(poller),
                                       .reason = reason});
}

// The beginning of bytes that somebody else wrote, fit for a sentence.
void poller_append_shown(struct buffer *buffer, struct text bytes)
{
    struct text shown = text_head(bytes, RESPONSE_SHOWN_BYTES_MAX);
    bool is_cut = shown.length < bytes.length;
    for (size_t cut = 0; is_cut && cut < 3 && !utf8_is_valid(shown); cut++)
        shown.length--; // half a character at the end
    if (!utf8_is_valid(shown)) {
        buffer_print(buffer, "%zu bytes that are not text", bytes.length);
        return;
    }
    buffer_append(buffer, shown);
    if (is_cut)
        buffer_append(buffer, TEXT(" ..."));
}

void poller_trace_output(const struct poller *poller)
{
    if (poller->answer.output.length == 0)
        return;
    mapping_trace(poller->mapping,
                  (struct trace_point){.kind = TRACE_OUTPUT,
                                       .other = poller->mapping->settings.function_name,
                                       .request = poller_request_id(poller),
                                       .output = buffer_text(&poller->answer.output)});
}

void poller_trace_end(const struct poller *poller)
{
    static const char *const sentences[] = {
        [INVOCATION_RESPONDED] = "responded",
        [INVOCATION_FUNCTION_ERROR] = "failed with an error",
        [INVOCATION_TIMED_OUT] = "timed out",
        [INVOCATION_EXITED] = "ended without an answer",
        [INVOCATION_TOO_LARGE] = "gave a response that is too large",
        [INVOCATION_THROTTLED] = "was throttled",
        [INVOCATION_UNAVAILABLE] = "was not available",
        [INVOCATION_MISSING] = "does not exist",
        [INVOCATION_REFUSED] = "refused the connection",
    };
    cleanup(buffer_deinit) struct buffer reason = {0};
    buffer_print(&reason, "%.*s %s after %lld ms", TEXT_ARGUMENTS(poller->function->name),
                 sentences[poller->answer.end],
                 (long long)(timeline_now_ms(poller->mapping->esm->options.timeline) -
                             poller->invocation.invoked_at_ms));
    const struct buffer *more =
        poller->answer.detail.length > 0 ? &poller->answer.detail : &poller->answer.response;
    if (more->length > 0) {
        buffer_append(&reason, TEXT(": "));
        poller_append_shown(&reason, buffer_text(more));
    }
    poller_trace_whole(poller, TRACE_INVOCATION_ENDED, 0, buffer_text(&reason));
}
