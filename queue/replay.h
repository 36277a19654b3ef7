// replay -- the index in memory, built again from the journal's rows. Private to queue/.
#ifndef QUEUE_REPLAY_H
#define QUEUE_REPLAY_H

#include "queue/commons.h"

// Fills commons, which is new, with queues, messages and windows. Records of other rooms are handed
// to record (may be NULL).
void replay(struct commons *commons,
            void (*record)(void *context, struct text kind, struct text key, struct text bytes),
            void *context, int64_t *ret_now_ms);

#endif
