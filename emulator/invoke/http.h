// http -- invokes HTTP handlers by curl multi in our own loop: POST of the event, a 2xx body is the
// response.
//
// Works with plain handlers and with an image's Runtime Interface Emulator (L-252, L-253). 429 is a
// throttle (L-157 row 30), 5xx, X-Amz-Function-Error and every other status are function errors,
// the latter with a hint; refusal before any byte is row 33.
#ifndef EMULATOR_INVOKE_HTTP_H
#define EMULATOR_INVOKE_HTTP_H

#include "esm/invoker.h"

struct arena;
struct http_invoker;
struct world;

// curl is initialised at the first invocation, not before (start time).
struct http_invoker *http_invoker_new(struct world *world);
struct http_invoker *http_invoker_free(struct http_invoker *invoker);
struct invoker *http_invoker_face(struct http_invoker *invoker);
// Checks an http: or https: target and prepares it; false with a sentence.
bool http_target_parse(struct arena *arena, struct text target, void **ret_parsed,
                       struct text *ret_reason);

#endif
