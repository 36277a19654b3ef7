// function -- a sorted array of functions. There are a handful of them, looked up once per
// invocation: the binary search is shorter than a hash table and gives the order that lists need
// for free.
#include "esm/function.h"

#include "esm/qualifier.h"

#include <assert.h>

#define UNRESERVED_MIN 100

struct functions {
    int64_t account_concurrency; // executions at once
    struct arena *arena;         // owns account and region
    struct text account;
    struct text region;
    struct function **items; // owned, in order of name
    size_t count;
    size_t capacity;
    struct qualifiers *qualifiers; // owned
    size_t leaving;                // removed, but something of them still runs
};

// Where the name is, or where it would be inserted.
static size_t functions_place(const struct functions *functions, struct text name)
{
    size_t least = 0;
    size_t most = functions->count;
    while (least < most) {
        size_t middle = least + (most - least) / 2;
        if (text_compare(functions->items[middle]->name, name) < 0)
            least = middle + 1;
        else
            most = middle;
    }
    return least;
}

static struct function *function_free(struct function *function)
{
    assert(function->running == 0);
    if (function->free_target != NULL)
        function->free_target(function->target_parsed);
    function_configure(function, TEXT(""));
    arena_free(function->arena);
    free(function);
    return NULL;
}

static struct text partition_of(struct text region)
{
    if (text_starts_with(region, TEXT("cn-")))
        return TEXT("aws-cn");
    if (text_starts_with(region, TEXT("us-gov-")))
        return TEXT("aws-us-gov");
    return TEXT("aws");
}

struct functions *functions_new(struct text account, struct text region)
{
    struct functions *functions = allocate(sizeof(*functions));
    functions->arena = arena_new();
    functions->account_concurrency = ACCOUNT_CONCURRENCY;
    functions->qualifiers = qualifiers_new();
    functions->account = arena_copy(functions->arena, account);
    functions->region = arena_copy(functions->arena, region);
    return functions;
}

struct functions *functions_free(struct functions *functions)
{
    if (functions == NULL)
        return NULL;
    assert(functions->leaving == 0);
    for (size_t i = 0; i < functions->count; i++)
        function_free(functions->items[i]);
    qualifiers_free(functions->qualifiers);
    free(functions->items);
    arena_free(functions->arena);
    free(functions);
    return NULL;
}

struct function *functions_add(struct functions *functions, struct text name)
{
    assert(function_name_is_valid(name));
    size_t place = functions_place(functions, name);
    assert(place == functions->count || !text_equal(functions->items[place]->name, name));
    if (functions->count == functions->capacity) {
        functions->capacity = functions->capacity == 0 ? 8 : functions->capacity * 2;
        functions->items =
            reallocate(functions->items, functions->capacity * sizeof(struct function *));
    }
    struct function *function = allocate(sizeof(*function));
    function->arena = arena_new();
    function->name = arena_copy(function->arena, name);
    function->arn = functions_arn(functions, function->arena, name);
    function->timeout_seconds = FUNCTION_TIMEOUT_SECONDS_DEFAULT;
    function->memory_mb = FUNCTION_MEMORY_MB_DEFAULT;
    function->reserved_concurrency = FUNCTION_UNRESERVED;
    memmove(functions->items + place + 1, functions->items + place,
            (functions->count - place) * sizeof(struct function *));
    functions->items[place] = function;
    functions->count++;
    return function;
}

struct function *functions_find(const struct functions *functions, struct text name)
{
    size_t place = functions_place(functions, name);
    if (place == functions->count || !text_equal(functions->items[place]->name, name))
        return NULL;
    return functions->items[place];
}

struct function *functions_find_qualified(const struct functions *functions, struct text name,
                                          struct text qualifier)
{
    bool exists = qualifiers_version(functions->qualifiers, name, qualifier).length > 0;
    return exists ? functions_find(functions, name) : NULL;
}

struct qualifiers *functions_qualifiers(const struct functions *functions)
{
    return functions->qualifiers;
}

void functions_remove(struct functions *functions, struct function *function)
{
    size_t place = functions_place(functions, function->name);
    assert(place < functions->count && functions->items[place] == function);
    functions->count--;
    memmove(functions->items + place, functions->items + place + 1,
            (functions->count - place) * sizeof(struct function *));
    function->removed = true;
    if (function->running == 0)
        function_free(function);
    else
        functions->leaving++;
}

void function_configure(struct function *function, struct text configuration)
{
    char *old = function->configuration_bytes;
    function->configuration_bytes = NULL;
    function->configuration = TEXT("");
    if (configuration.length > 0) {
        function->configuration_bytes = duplicate(configuration.bytes, configuration.length);
        function->configuration = text_from(function->configuration_bytes, configuration.length);
    }
    free(old);
}

void function_begin(struct function *function)
{
    function->running++;
    if (function->running > function->counts.concurrent_max)
        function->counts.concurrent_max = function->running;
}

void function_record(struct function *function, enum invocation_end end, int64_t duration_ms)
{
    switch (end) {
    case INVOCATION_THROTTLED:
        function->counts.throttles++;
        return;
    case INVOCATION_FUNCTION_ERROR:
    case INVOCATION_TIMED_OUT:
    case INVOCATION_EXITED:
    case INVOCATION_TOO_LARGE:
        function->counts.errors++;
        break;
    case INVOCATION_RESPONDED:
        break;
    case INVOCATION_UNAVAILABLE:
    case INVOCATION_MISSING:
    case INVOCATION_REFUSED:
        return; // nothing was executed
    }
    function->counts.invocations++;
    function->counts.duration_ms += duration_ms;
}

void functions_end(struct functions *functions, struct function *function)
{
    assert(function->running > 0);
    function->running--;
    if (function->running == 0 && function->removed) {
        functions->leaving--;
        function_free(function);
    }
}

struct text functions_arn(const struct functions *functions, struct arena *arena, struct text name)
{
    struct text partition = partition_of(functions->region);
    return arena_print(arena, "arn:%.*s:lambda:%.*s:%.*s:function:%.*s", TEXT_ARGUMENTS(partition),
                       TEXT_ARGUMENTS(functions->region), TEXT_ARGUMENTS(functions->account),
                       TEXT_ARGUMENTS(name));
}

bool function_is_throttled(const struct function *function)
{
    return function->reserved_concurrency != FUNCTION_UNRESERVED &&
           function->running >= function->reserved_concurrency;
}

bool functions_are_throttled(const struct functions *functions, const struct function *function)
{
    if (function->reserved_concurrency != FUNCTION_UNRESERVED)
        return false;
    int64_t free_count = functions->account_concurrency;
    for (size_t i = 0; i < functions->count; i++) {
        const struct function *other = functions->items[i];
        bool reserved = other->reserved_concurrency != FUNCTION_UNRESERVED;
        free_count -= reserved ? other->reserved_concurrency : other->running;
    }
    return free_count <= 0;
}

void functions_set_account_concurrency(struct functions *functions, int64_t executions_max)
{
    assert(executions_max >= 1 && executions_max <= ACCOUNT_CONCURRENCY);
    functions->account_concurrency = executions_max;
}

int64_t functions_account_concurrency(const struct functions *functions)
{
    return functions->account_concurrency;
}

int64_t functions_unreserved_min(const struct functions *functions)
{
    return functions->account_concurrency < UNRESERVED_MIN ? functions->account_concurrency
                                                           : UNRESERVED_MIN;
}

struct text functions_throttle(const struct functions *functions, const struct function *function)
{
    if (function_is_throttled(function))
        return function->reserved_concurrency == 0 ? TEXT("its reserved concurrency is 0")
                                                   : TEXT("its reserved concurrency is used up");
    return functions_are_throttled(functions, function)
               ? TEXT("the account's concurrency is used up")
               : TEXT("");
}

struct function *functions_next(const struct functions *functions, const struct function *after)
{
    size_t place = 0;
    if (after != NULL)
        place = functions_place(functions, after->name) + 1;
    return place < functions->count ? functions->items[place] : NULL;
}

bool function_name_is_valid(struct text name)
{
    if (name.length < 1 || name.length > 64)
        return false;
    for (size_t i = 0; i < name.length; i++) {
        char byte = name.bytes[i];
        bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!letter && !(byte >= '0' && byte <= '9') && byte != '-' && byte != '_')
            return false;
    }
    return true;
}
