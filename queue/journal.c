// journal -- what all journals share: the way they end.
//
// A journal is a struct of functions at the start of its implementation's own struct
// (journal_sqlite.c, journal_none.c), so that the engine calls without knowing which one it has. A
// table of functions apart from the object was not taken: one pointer less to follow on the hot
// path, and there are never more than two journals in a process.
#include "queue/journal.h"

#include "queue/base/fail.h"

#include <stdarg.h>
#include <stdio.h>

struct journal *journal_free(struct journal *journal)
{
    if (journal != NULL)
        journal->free(journal);
    return NULL;
}

void journal_fail_damaged(const struct journal *journal, const char *format, ...)
{
    char what[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    fail("database %s is damaged (%s); restore a copy or name another file with --db",
         journal->name, what);
}
