// own -- cleanup attributes, so that every local that owns something says so where it is declared.
#ifndef QUEUE_BASE_OWN_H
#define QUEUE_BASE_OWN_H

#include <stdlib.h>

// struct arena *arena __attribute__((cleanup(...))) in one word: DEFINE_CLEANUP(arena_free, struct arena *) once, then
// `cleanup(arena_free) struct arena *arena = arena_new();`
#define DEFINE_CLEANUP(function, type)                                                                                 \
    static inline void function##_cleanup(type *object)                                                                \
    {                                                                                                                  \
        if (*object)                                                                                                   \
            function(*object);                                                                                         \
    }
#define cleanup(function) __attribute__((cleanup(function##_cleanup)))

static inline void free_cleanup_pointer(void *pointer)
{
    free(*(void **)pointer);
}
#define cleanup_free __attribute__((cleanup(free_cleanup_pointer)))

// Gives away what the local owns: its value, with the local set to NULL.
#define take(pointer)                                                                                                  \
    ({                                                                                                                 \
        __typeof__(*(pointer)) taken_ = *(pointer);                                                                    \
        *(pointer) = NULL;                                                                                             \
        taken_;                                                                                                        \
    })

// Memory that cannot be had is a broken environment: these fail() instead of returning NULL.
void *allocate(size_t size); // zeroed
void *reallocate(void *memory, size_t size);
void *duplicate(const void *bytes, size_t length); // with a terminating NUL after the copy

#endif
