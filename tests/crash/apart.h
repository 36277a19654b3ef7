// apart -- something that may end its process, in a process of its own: how it ended, how far it
// came and what it said.
#ifndef TESTS_CRASH_APART_H
#define TESTS_CRASH_APART_H

#include "queue/base/buffer.h"

#define APART_STATUS_FAIL 3 // of fail() and of what cannot be opened

struct apart {
    int status; // as of waitpid
    size_t steps;
    struct buffer said; // on standard error
};
void apart_deinit(struct apart *apart);
DEFINE_DEINIT_CLEANUP(apart_deinit, struct apart)

// Calls run in a child, which says with apart_step that it came a step further, and ends with 0 when
// run returns. Waits for its end.
void apart_run(void (*run)(void *context, int steps), void *context, struct apart *ret_apart);
void apart_step(int steps);
bool apart_exited(const struct apart *apart, int status);
// True if it said exactly one sentence of redrive's.
bool apart_said_one_sentence(const struct apart *apart);

// A new directory, in memory where there is such a place: hundreds of databases are made there.
void apart_folder(char path[64]);
// Removes all files in it.
void apart_clear(const char *path);

#endif
