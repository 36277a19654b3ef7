// mutate -- the two variables that every instrumented object asks, set before main().
//
// What is passed is collected in a file that is mapped and shared, because the tests run in forked
// processes; without a file it is collected for nobody, which is cheaper than to ask each time.
#include "tests/mutate/mutate.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define NUMBERS_MAX (1u << 20)

unsigned mutate_active = NUMBERS_MAX;
unsigned char *mutate_reached;

static unsigned char *map_reached(const char *path)
{
    int file = -1;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    if (path != NULL) {
        file = open(path, O_RDWR | O_CLOEXEC);
        flags = MAP_SHARED;
    }
    void *memory = mmap(NULL, NUMBERS_MAX, PROT_READ | PROT_WRITE, flags, file, 0);
    if (memory == MAP_FAILED) {
        perror("mutate: the file of what is passed");
        _exit(3);
    }
    if (file >= 0)
        close(file);
    return memory;
}

__attribute__((constructor)) void mutate_start(void)
{
    if (mutate_reached != NULL)
        return;
    mutate_reached = map_reached(getenv("REDRIVE_MUTANTS_REACHED"));
    const char *active = getenv("REDRIVE_MUTANT");
    if (active != NULL)
        mutate_active = (unsigned)strtoul(active, NULL, 10);
}
