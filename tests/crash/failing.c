// failing -- see the header. glibc offers its own functions under second names, and system calls can be made without it.
//
// The only state of the project that is global: what stands in for malloc() has no other place to ask.
#include "tests/crash/failing.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

static enum failing_kind failing_kind;
static uint64_t failing_number;
static bool failing_for_ever;
static atomic_uint_fast64_t counted; // the checkpointer's thread writes too

void failing_begin(enum failing_kind kind, uint64_t number, bool for_ever)
{
    failing_number = number;
    failing_for_ever = for_ever;
    counted = 0;
    failing_kind = kind;
}

uint64_t failing_end(void)
{
    failing_kind = FAILING_NOTHING;
    return counted;
}

static bool fails(enum failing_kind kind, int error)
{
    if (failing_kind != kind)
        return false;
    uint64_t number = ++counted;
    if (number != failing_number && !(failing_for_ever && number > failing_number))
        return false;
    errno = error;
    return true;
}

void *malloc(size_t size)
{
    return fails(FAILING_ALLOCATION, ENOMEM) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails(FAILING_ALLOCATION, ENOMEM) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return fails(FAILING_ALLOCATION, ENOMEM) ? NULL : __libc_realloc(memory, size);
}

// With 64-bit offsets the compiler calls these two pwrite64 and ftruncate64, as SQLite does.
ssize_t pwrite(int file, const void *bytes, size_t length, off_t offset)
{
    return fails(FAILING_WRITE, ENOSPC) ? -1 : syscall(SYS_pwrite64, file, bytes, length, offset);
}

int ftruncate(int file, off_t length)
{
    return fails(FAILING_WRITE, EIO) ? -1 : (int)syscall(SYS_ftruncate, file, length);
}

int fsync(int file)
{
    return fails(FAILING_WRITE, EIO) ? -1 : (int)syscall(SYS_fsync, file);
}

int fdatasync(int file)
{
    return fails(FAILING_WRITE, EIO) ? -1 : (int)syscall(SYS_fdatasync, file);
}

ssize_t pread(int file, void *bytes, size_t length, off_t offset)
{
    return fails(FAILING_READ, EIO) ? -1 : syscall(SYS_pread64, file, bytes, length, offset);
}

int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return fails(FAILING_OPEN, EACCES) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int fcntl(int file, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    bool locks = command == F_SETLK || command == F_OFD_SETLK;
    return locks && fails(FAILING_LOCK, EIO) ? -1
                                             : (int)syscall(SYS_fcntl, file, command, argument);
}

// SQLite is a library of its own: its functions are found behind these. What it calls from inside itself does not fail: it
// trusts its own functions to have tried.
static _Thread_local int sqlite_depth;

#define SQLITE(name, parameters, ...)                        \
    int name parameters                                      \
    {                                                        \
        int(*real) parameters;                               \
        *(void **)&real = dlsym(RTLD_NEXT, #name);           \
        if (sqlite_depth == 0 && fails(FAILING_SQLITE, EIO)) \
            return SQLITE_IOERR;                             \
        sqlite_depth++;                                      \
        int result = real(__VA_ARGS__);                      \
        sqlite_depth--;                                      \
        return result;                                       \
    }

SQLITE(sqlite3_step, (sqlite3_stmt * statement), statement)
SQLITE(sqlite3_exec,
       (sqlite3 * handle, const char *script, int (*each)(void *, int, char **, char **),
        void *context, char **ret_error),
       handle, script, each, context, ret_error)
SQLITE(sqlite3_prepare_v2,
       (sqlite3 * handle, const char *script, int length, sqlite3_stmt **ret_statement,
        const char **ret_rest),
       handle, script, length, ret_statement, ret_rest)
SQLITE(sqlite3_prepare_v3,
       (sqlite3 * handle, const char *script, int length, unsigned flags,
        sqlite3_stmt **ret_statement, const char **ret_rest),
       handle, script, length, flags, ret_statement, ret_rest)
SQLITE(sqlite3_wal_checkpoint_v2,
       (sqlite3 * handle, const char *schema, int mode, int *ret_log, int *ret_done), handle,
       schema, mode, ret_log, ret_done)

// Of a build that counts what is covered, whose counters _exit() would lose.
__attribute__((weak)) void __gcov_dump(void);

void _exit(int status)
{
    failing_end();
    if (__gcov_dump != NULL)
        __gcov_dump();
    for (;;)
        syscall(SYS_exit_group, status);
}
