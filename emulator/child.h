// child -- a process that the command line asked for: the command of exec, a handler of a demo.
// Watched by the loop through a pidfd.
//
//     running ---> ended: exited() is told, once
//        \---- SIGTERM ---- grace ---- SIGKILL ---/
#ifndef EMULATOR_CHILD_H
#define EMULATOR_CHILD_H

#include "queue/base/arena.h"
#include "queue/base/list.h"

struct child;
struct loop;

// Starts it, in the list of children. What the parameters mean stands in emulator.h. NULL with a
// sentence (in the arena) if the program cannot be started.
struct child *child_start(struct loop *loop, struct list_node *children, char *const arguments[],
                          char *const environment[], void (*exited)(void *context, int wait_status),
                          void (*out)(void *context, struct text bytes), void *context,
                          struct arena *arena, struct text *ret_reason);
// Asks it to end; SIGKILL follows after a grace of real time. exited() comes as for any other end.
void child_stop(struct child *child);
// Hands a signal on to it.
void child_signal(struct child *child, int number);
// Ends all that still run and waits for them, at most a grace long; exited() is not called any
// more.
void children_end(struct list_node *children);

#endif
