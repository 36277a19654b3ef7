// own -- memory that is there, or the process is not.
//
// A local emulator has nothing sensible to do without memory, and code that pretends otherwise is
// code that no test reaches. Returning NULL and checking it at hundreds of places was therefore not
// taken.
#include "queue/base/own.h"

#include "queue/base/fail.h"

#include <string.h>

void *allocate(size_t size)
{
    void *memory = calloc(1, size > 0 ? size : 1);
    if (memory == NULL)
        fail("out of memory: %zu bytes could not be had", size);
    return memory;
}

void *reallocate(void *memory, size_t size)
{
    void *moved = realloc(memory, size > 0 ? size : 1);
    if (moved == NULL)
        fail("out of memory: %zu bytes could not be had", size);
    return moved;
}

void *duplicate(const void *bytes, size_t length)
{
    char *copy = allocate(length + 1);
    if (length > 0)
        memcpy(copy, bytes, length);
    return copy;
}
