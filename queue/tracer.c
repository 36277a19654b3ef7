// tracer -- the words for what happens. Kept beside the enum's room, so that a table in the
// terminal, a JSON line and a test say the same thing by the same name.
#include "queue/tracer.h"

#include <assert.h>

static const struct text kind_texts[TRACE_KINDS] = {
    [TRACE_SENT] = TEXT("sent"),
    [TRACE_DUPLICATE] = TEXT("duplicate"),
    [TRACE_DELAY_ENDED] = TEXT("delay ended"),
    [TRACE_RECEIVED] = TEXT("received"),
    [TRACE_VISIBILITY_CHANGED] = TEXT("visibility changed"),
    [TRACE_VISIBLE_AGAIN] = TEXT("visible again"),
    [TRACE_DELETED] = TEXT("deleted"),
    [TRACE_DEAD_LETTERED] = TEXT("dead-lettered"),
    [TRACE_MOVED] = TEXT("moved"),
    [TRACE_EXPIRED] = TEXT("expired"),
    [TRACE_PURGED] = TEXT("purged"),
    [TRACE_QUEUE_DELETED] = TEXT("queue deleted"),
    [TRACE_OVERTOOK] = TEXT("overtook"),
    [TRACE_OVERTAKEN] = TEXT("overtaken"),
    [TRACE_BATCHED] = TEXT("batched"),
    [TRACE_VERDICT] = TEXT("verdict"),
    [TRACE_FILTERED] = TEXT("filtered"),
    [TRACE_INVOKED] = TEXT("invoked"),
    [TRACE_INVOCATION_ENDED] = TEXT("invocation ended"),
    [TRACE_FAULT] = TEXT("fault"),
    [TRACE_OUTPUT] = TEXT("output"),
    [TRACE_THROTTLED] = TEXT("throttled"),
    [TRACE_ABANDONED] = TEXT("abandoned"),
    [TRACE_MAPPING] = TEXT("mapping"),
};

struct text trace_kind_text(enum trace_kind kind)
{
    assert(kind < TRACE_KINDS);
    return kind_texts[kind];
}
