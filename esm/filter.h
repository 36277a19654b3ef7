// filter -- a mapping's FilterCriteria, compiled once: which of the messages it received go to the
// function (section 5). What does not match is deleted (L-187).
#ifndef ESM_FILTER_H
#define ESM_FILTER_H

#include "queue/base/buffer.h"

#define FILTERS_MAX 5 // L-31, L-186
#define FILTER_PATTERN_CHARACTERS_MAX 4096

struct filter;

enum filter_error {
    FILTER_OK,
    FILTER_INVALID,  // L-30
    FILTER_TOO_MANY, // L-31
};

// criteria: {"Filters":[{"Pattern":"..."}]}; empty, or without filters: all messages pass, and the
// filter is NULL (L-38).
enum filter_error filter_parse(struct text criteria, struct filter **ret_filter);
// Takes NULL; returns NULL.
struct filter *filter_free(struct filter *filter);
DEFINE_CLEANUP(filter_free, struct filter *)
// Appends the operators of these criteria, each once, that work here and at EventBridge but that
// Lambda's guide does not list (L-193), with commas between them. The criteria are valid.
void filter_append_unlisted(struct text criteria, struct buffer *names);
// True if a pattern asks for more than the body, so that filter_passes() must be given the record
// (L-184).
bool filter_needs_record(const struct filter *filter);
// True if at least one pattern matches (L-185). record: the message as event_append_record() writes
// it, or empty. If not, a sentence without a full stop that says why is appended to reason.
bool filter_passes(const struct filter *filter, struct text body, struct text record,
                   struct buffer *reason);

#endif
