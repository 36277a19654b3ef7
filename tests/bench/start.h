// start -- from exec to the first answer.
#ifndef BENCH_START_H
#define BENCH_START_H

#include "queue/base/text.h"

// Starts the program (arguments end in NULL), waits until it has said on which port of 127.0.0.1 it
// listens, asks GET path until the reply is 200, then ends it with SIGTERM and waits for it.
// Returns the ns from before the spawn until the reply was read; anything else than such a start
// ends the program.
int64_t start_measure(char *const arguments[], struct text path);

#endif
