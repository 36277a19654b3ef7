// failing -- the environment, broken on purpose: the n-th allocation, the n-th call of one kind that
// reaches a file, or the n-th call of SQLite, does not happen.
//
// Linked into a program it stands before the C library's own functions, for every library of the
// process.
#ifndef TESTS_CRASH_FAILING_H
#define TESTS_CRASH_FAILING_H

#include <stdbool.h>
#include <stdint.h>

enum failing_kind {
    FAILING_NOTHING,
    FAILING_ALLOCATION, // malloc, calloc, realloc
    FAILING_WRITE,      // pwrite, ftruncate, fsync, fdatasync: the disk is full
    FAILING_READ,       // pread: the disk is broken
    FAILING_OPEN,       // open: it must not
    FAILING_LOCK,       // fcntl: there are no locks here
    FAILING_SQLITE,     // open, prepare, exec, step, checkpoint: SQLITE_IOERR, with nothing done
};

// From now on calls of this kind are counted; the one with this number, from 1, fails, and with
// for_ever every later one too.
void failing_begin(enum failing_kind kind, uint64_t number, bool for_ever);
// Nothing fails any more. Returns how many calls were counted.
uint64_t failing_end(void);

#endif
