// own -- cleanup attributes, so that every local that owns something says so where it is declared.
#ifndef QUEUE_BASE_OWN_H
#define QUEUE_BASE_OWN_H

#include <stdlib.h>
#include <string.h>

// For what is freed through a pointer: DEFINE_CLEANUP(arena_free, struct arena *) beside its
// declaration, then `cleanup(arena_free) struct arena *arena = arena_new();`
#define DEFINE_CLEANUP(function, type)                  \
    static inline void function##_cleanup(type *object) \
    {                                                   \
        if (*object)                                    \
            function(*object);                          \
    }
// For what owns but is not itself allocated: DEFINE_DEINIT_CLEANUP(buffer_deinit, struct buffer),
// then `cleanup(buffer_deinit) struct buffer buffer = {0};`
#define DEFINE_DEINIT_CLEANUP(function, type)           \
    static inline void function##_cleanup(type *object) \
    {                                                   \
        function(object);                               \
    }
#define cleanup(function) __attribute__((__cleanup__(function##_cleanup)))

static inline void free_cleanup_pointer(void *pointer)
{
    // By memcpy, because the local may be a pointer to anything.
    void *memory;
    memcpy(&memory, pointer, sizeof(memory));
    free(memory);
}
#define cleanup_free __attribute__((__cleanup__(free_cleanup_pointer)))

// Gives away what the local owns: its value, with the local set to NULL.
#define take(pointer)                               \
    ({                                              \
        __typeof__(*(pointer)) taken_ = *(pointer); \
        *(pointer) = NULL;                          \
        taken_;                                     \
    })

// Memory that cannot be had is a broken environment: these fail() instead of returning NULL.
void *allocate(size_t size); // zeroed
void *reallocate(void *memory, size_t size);
void *duplicate(const void *bytes, size_t length); // with a terminating NUL after the copy

#endif
