// policy -- RedrivePolicy and RedriveAllowPolicy: JSON text on the wire, structs in the engine.
#ifndef EMULATOR_API_POLICY_H
#define EMULATOR_API_POLICY_H

#include "emulator/wire/fault.h"
#include "queue/engine.h"

// Reads a RedrivePolicy into settings (S-190, S-191) for the queue that key names; the empty text
// removes it (S-194). settings->fifo is already right. Texts live in the arena.
struct fault policy_read_redrive(struct arena *arena, const struct engine *engine,
                                 const struct queue_key *key, struct text text,
                                 struct queue_settings *settings);
// Reads a RedriveAllowPolicy (S-195, S-196); the empty text removes it.
struct fault policy_read_redrive_allow(struct arena *arena, struct text text,
                                       struct queue_settings *settings);
// The compact texts that GetQueueAttributes reports; empty if not set. In the arena.
struct text policy_redrive_text(struct arena *arena, const struct queue_settings *settings);
struct text policy_redrive_allow_text(struct arena *arena, const struct queue_settings *settings);
// The quotas of a Policy (S-253): OverLimit with the number that was found.
#define POLICY_BYTES_MAX 8192
#define POLICY_STATEMENTS_MAX 20
#define POLICY_PRINCIPALS_MAX 50
#define POLICY_ACTIONS_MAX 7 // of a statement
struct fault policy_check_limits(struct arena *arena, struct text text);
// True if text is a JSON object: a Policy that SQS would store (S-253).
bool policy_is_json_map(struct text text);
// True if both are JSON of equal value, or the same text (S-114).
bool policy_is_same(struct text left, struct text right);

#endif
