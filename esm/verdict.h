// verdict -- what an answer means for the messages of a poller's batch. Internal to esm/.
#ifndef ESM_VERDICT_H
#define ESM_VERDICT_H

#include "esm/outcome.h"
#include "esm/poller.h"

// Of the poller's answer. ret_kept: as many as the batch has messages.
struct outcome verdict_decide(const struct poller *poller, bool *ret_kept);
// Tells a person what in a response does not look as it was meant.
void verdict_warn(const struct poller *poller, const struct outcome *outcome);
// Deletes or keeps each message, counts it and tells why. True if every message was deleted.
bool verdict_apply(struct poller *poller, const struct outcome *outcome, const bool *kept);
// Leaves the message alone until its lease ends.
void verdict_keep(struct poller *poller, const struct batch_message *message, struct text why);
// Appends the outcome's sentence, with the place of the entry that voided a report and what the invoker added.
void verdict_append_why(struct buffer *buffer, const struct poller *poller,
                        const struct outcome *outcome);

#endif
