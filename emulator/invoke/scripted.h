// scripted -- functions without code, for demos and simulation: "sim:{...}" says which bodies fail
// and how.
//
//     {"fail": {"body": "substring"          which messages fail; absent: none
//               | "attribute": "Name=Value"
//               | "share": 0.1},             the same messages on every delivery
//      "how": "report" | "throw" | "delete-then-throw" | "stop-at-first-failure" | "malformed"
//             | "timeout" | "crash" | "throttle",
//      "malformed": "<any text>",    the exact response of how: malformed ($ID: first failed id)
//      "stop": true,                 of delete-then-throw: throws at the first failure; absent:
//                                    carries on and throws at the end
//      "recovers": 3,                fails on the first 2 deliveries only; absent: never recovers
//      "duration": "50ms",           virtual time of one invocation; absent: the function's own
//      "item": "20ms",               and so much more for each message that it gets to; throw,
//                                    stop-at-first-failure and stop get no further than a failure
//      "delete": "10ms",             and for each deletion by delete-then-throw
//      "hangs": "substring"}         stands still at such a body until its Timeout, the first time
//                                    it is given it: what it did before is done, its report is lost
//
// The escape, for demo responses: every invocation ends so and gives exactly this response,
// whatever the batch holds:
//
//     {"how": "end",
//      "end": "responded" | "function-error" | "timed-out" | "exited" | "too-large" | "throttled"
//             | "unavailable" | "missing" | "refused",
//      "response": "<any text>"}     $ID1, $ID2 ... are the messageIds of the batch in its order
//                                    ($ID9 at most); absent: empty
//
// Unknown members, wrong types and members that would have no effect (how without fail) are
// refused.
#ifndef EMULATOR_INVOKE_SCRIPTED_H
#define EMULATOR_INVOKE_SCRIPTED_H

#include "esm/invoker.h"

struct arena;
struct scripted_invoker;
struct world;

struct scripted_invoker *scripted_invoker_new(struct world *world);
struct scripted_invoker *scripted_invoker_free(struct scripted_invoker *invoker);
struct invoker *scripted_invoker_face(struct scripted_invoker *invoker);
bool scripted_target_parse(struct arena *arena, struct text target, void **ret_parsed,
                           struct text *ret_reason);

#endif
