// pattern -- one filter pattern, compiled: which fields an event must have, and what their values
// must be like (L-194, L-203 to L-208).
#ifndef ESM_PATTERN_H
#define ESM_PATTERN_H

#include "queue/base/arena.h"

#include <cjson/cJSON.h>

#define PATTERN_WAYS_MAX 1000 // combinations that all $or of a pattern make together

struct pattern;

// Compiles into the arena; NULL if the tree is no pattern (L-30).
const struct pattern *pattern_parse(struct arena *arena, const cJSON *tree);
// Does the event match? body_is_json: an event's "body" is an object or an array of objects, and
// then matches no plain pattern; any other matches no pattern of fields (L-189). ret_field: the
// path of the first field that did not match, or empty; lives as long as the pattern.
bool pattern_matches(const struct pattern *pattern, const cJSON *event, bool body_is_json,
                     struct text *ret_field);
// True if it asks for anything beside the body.
bool pattern_asks_beside_body(const struct pattern *pattern);

#endif
