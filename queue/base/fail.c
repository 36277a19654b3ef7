// fail -- one sentence, then the end.
//
// _exit() and not exit(): handlers that run at exit would touch a state that is known to be broken.
// abort() was not taken, because a full disk is no bug and deserves no core file.
#include "queue/base/fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define FAIL_STATUS 3

void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("redrive: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    fflush(stderr);
    va_end(arguments);
    _exit(FAIL_STATUS);
}
