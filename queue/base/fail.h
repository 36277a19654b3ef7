// fail -- the one exit for a broken environment: out of memory, a database that cannot be written.
//
// Domain conditions are enums; broken programs are assert(). What is left is an environment in
// which going on would break a promise, and then the process ends before it can acknowledge
// anything more.
#ifndef QUEUE_BASE_FAIL_H
#define QUEUE_BASE_FAIL_H

// Prints "redrive: " and one sentence to standard error and ends the process with status 3. Runs no
// cleanup: what was not committed was never acknowledged.
__attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format, ...);

#endif
