// listen -- the listener's socket, from the words of the options.
#ifndef EMULATOR_LISTEN_H
#define EMULATOR_LISTEN_H

#include "queue/base/text.h"

struct options;

// Listens on options->host and options->port; without options->listener on a free port of 127.0.0.1, for
// handlers alone. The socket, and in ret_port what was bound; -1 with a sentence (in the options' arena)
// and status 2 (no such address) or 3 (the port is in use) if it cannot.
int listen_on(const struct options *options, int64_t *ret_port, struct text *ret_reason,
              int *ret_status);

#endif
