// asynchronous -- invocations of type Event: accepted at once, run when they can, tried again when
// they fail (L-80).
#ifndef EMULATOR_ASYNCHRONOUS_H
#define EMULATOR_ASYNCHRONOUS_H

#include "queue/base/text.h"

#define EVENT_PAYLOAD_BYTES_MAX 1048576 // L-81

struct asynchronous;
struct world;

// Uses the world's timeline, functions and trace.
struct asynchronous *asynchronous_new(struct world *world);
// Cancels what runs; the journal keeps what has not ended. Takes NULL; returns NULL.
struct asynchronous *asynchronous_free(struct asynchronous *asynchronous);
// Cancels what runs, forgets everything, and goes on empty.
void asynchronous_reset(struct asynchronous *asynchronous);
// Accepts an event for a function, "name" or "name:qualifier"; copies everything. It begins after the commit, in
// asynchronous_start(), and outlives the process from then on. False if too many wait.
bool asynchronous_accept(struct asynchronous *asynchronous, struct text reference,
                         struct text request_id, struct text payload, struct text client_context);
// A record of the journal's replay: true if it is of an event, which goes on where it stood; one that
// ran begins anew.
bool asynchronous_restore(struct asynchronous *asynchronous, struct text kind, struct text key,
                          struct text bytes);
// True if one waits to be begun; NULL has none.
bool asynchronous_is_ready(const struct asynchronous *asynchronous);
// Begins those that are due. Only after engine_commit(). Takes NULL.
void asynchronous_start(struct asynchronous *asynchronous);

#endif
