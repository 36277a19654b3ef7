// log -- one line to standard error: verb first, then key=value.
//
// Standard output belongs to what the user asked for (tables, reports, JSON); everything that
// redrive says about itself goes here. A line is written with one write(), so that the lines of
// handlers beside it do not tear it. No levels: what is not worth a line is not logged at all, and
// the trace remembers the rest.
#include "emulator/log.h"

#include "queue/base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define LINE_BYTES_MAX 2048

static bool log_is_quiet;

void log_set_quiet(bool quiet)
{
    log_is_quiet = quiet;
}

void log_line(const char *format, ...)
{
    if (log_is_quiet)
        return;
    char line[LINE_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof(line) - 1, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    size_t bytes = (size_t)length < sizeof(line) - 2 ? (size_t)length : sizeof(line) - 2;
    // A client's text must not forge a second line.
    for (size_t index = 0; index < bytes; index++) {
        if ((unsigned char)line[index] < ' ' && line[index] != '\t')
            line[index] = ' ';
    }
    line[bytes] = '\n';
    // Nobody can be told that standard error is gone.
    ssize_t written = write(STDERR_FILENO, line, bytes + 1);
    (void)written;
}
