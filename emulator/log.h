// log -- one line to standard error: verb first, then key=value. emulator/ and cli/ only.
#ifndef EMULATOR_LOG_H
#define EMULATOR_LOG_H

#include <stdbool.h>

__attribute__((format(printf, 1, 2))) void log_line(const char *format, ...);
// Silences log_line; the only static state of the program.
void log_set_quiet(bool quiet);

#endif
