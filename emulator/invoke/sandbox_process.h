// sandbox_process -- the process of a runtime: a group of its own, a clean environment, its output as lines, an end that leaves nothing.
//
//     running ---> ended: the rest of its group is killed, its output read, then exited() is told, once
//        \---- SIGTERM ---- grace ---- SIGKILL ---/
#ifndef EMULATOR_INVOKE_SANDBOX_PROCESS_H
#define EMULATOR_INVOKE_SANDBOX_PROCESS_H

#include "queue/base/text.h"

struct loop;
struct sandbox_process;

// Of a line of output; the rest of it is dropped. One that may be a JSON object, and so have metrics in it, may be longer.
#define SANDBOX_LINE_BYTES_MAX 1024
#define SANDBOX_OBJECT_BYTES_MAX 1048576

struct sandbox_start {
    struct loop *loop;
    const char *program;      // a path
    char *const *arguments;   // NULL at the end; the first is the program's name
    char *const *environment; // NULL at the end
    // One line of standard output or standard error, without its end.
    void (*line)(void *context, struct text line);
    // It has ended, with waitpid's status; the process is freed when this returns.
    void (*exited)(void *context, int wait_status);
    void *context;
};

// Starts it; standard input is /dev/null, the working directory our own. It dies with this process, however that ends. NULL with
// errno's value if it cannot be started; EMFILE and EAGAIN mean too many at once.
struct sandbox_process *sandbox_process_start(const struct sandbox_start *start, int *ret_error);
// Hands out the lines that it has written so far.
void sandbox_process_read(struct sandbox_process *process);
// SIGKILL to the whole group; exited() comes as for any other end.
void sandbox_process_kill(struct sandbox_process *process);
// SIGTERM to the group, and SIGKILL after a grace of 500 ms of real time.
void sandbox_process_end(struct sandbox_process *process);
// Ends it now, without exited(): waits for it, at most grace_ms after a SIGTERM that was sent before, then kills. Frees it.
void sandbox_process_reap(struct sandbox_process *process, int grace_ms);
// The most memory that it ever had, in MB; 0 if that cannot be told.
int64_t sandbox_process_peak_mb(const struct sandbox_process *process);

#endif
