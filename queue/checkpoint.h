// checkpoint -- the one helper thread: it moves the write-ahead log into the database file while
// the loop goes on writing.
#ifndef QUEUE_CHECKPOINT_H
#define QUEUE_CHECKPOINT_H

#include "queue/base/own.h"

#include <stdbool.h>

struct checkpoint;

// Starts the thread with a connection of its own on path, which SQLite can open; fails when it
// cannot.
struct checkpoint *checkpoint_new(const char *path);
// Lets the checkpoint in work end, stops the thread and closes its connection. Takes NULL; returns
// NULL.
struct checkpoint *checkpoint_free(struct checkpoint *checkpoint);
DEFINE_CLEANUP(checkpoint_free, struct checkpoint *)

// Asks for a passive checkpoint; returns at once. Asked while one is at work, another follows it.
void checkpoint_wake(struct checkpoint *checkpoint);
// Returns when no checkpoint is at work or asked for; what was asked for and has not begun is
// forgotten.
void checkpoint_wait(struct checkpoint *checkpoint);
// What SQLite said to the thread when a checkpoint failed, or NULL. Cheap: for every commit. The
// text lives as long as the object.
const char *checkpoint_error(struct checkpoint *checkpoint);

#endif
