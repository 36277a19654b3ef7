// sandbox_environment -- a list of what Lambda sets, because handlers read more of it than any document says (L-242).
//
// Nothing of redrive's own environment goes through but what a program needs to run at all: a proxy or a profile of the
// developer's would lead the SDK in the handler away from this redrive. Credentials are dummies for the same reason.
#include "emulator/invoke/sandbox_environment.h"

#include "emulator/options.h"
#include "emulator/world.h"
#include "esm/function.h"
#include "queue/base/digest.h"
#include "queue/base/random.h"

#include <unistd.h>

#define ENTRIES_MAX 256
#define PATH_BYTES_MAX 4096

struct entries {
    struct arena *arena;
    char **list;
    size_t count;
};

// Of one name the first counts.
static void add(struct entries *entries, const char *name, struct text value)
{
    struct text begin = arena_print(entries->arena, "%s=", name);
    for (size_t index = 0; index < entries->count; index++) {
        if (text_starts_with(text_of(entries->list[index]), begin))
            return;
    }
    if (entries->count == ENTRIES_MAX)
        return;
    struct text entry = arena_print(entries->arena, "%s%.*s", begin.bytes, TEXT_ARGUMENTS(value));
    entries->list[entries->count++] = (char *)(uintptr_t)entry.bytes;
}

static void add_inherited(struct entries *entries, const char *name, const char *otherwise)
{
    const char *value = getenv(name);
    if (value == NULL)
        value = otherwise;
    if (value != NULL)
        add(entries, name, text_of(value));
}

// "2026/01/01/[$LATEST]" and 32 hexadecimal digits.
static struct text log_stream(struct arena *arena, struct world *world, struct random *random)
{
    char now[24];
    uint8_t id[UUID_BYTES];
    char hex[2 * UUID_BYTES];
    instant_format(timeline_now_ms(world->timeline), now);
    random_uuid(random, id);
    hex_encode(id, sizeof(id), hex);
    return arena_print(arena, "%.4s/%.2s/%.2s/[$LATEST]%.32s", now, now + 5, now + 8, hex);
}

static void add_function(struct entries *entries, const struct function *function)
{
    struct arena *arena = entries->arena;
    add(entries, "AWS_LAMBDA_FUNCTION_NAME", function->name);
    add(entries, "AWS_LAMBDA_FUNCTION_VERSION", TEXT("$LATEST"));
    add(entries, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        arena_print(arena, "%lld", (long long)function->memory_mb));
    add(entries, "AWS_LAMBDA_INITIALIZATION_TYPE", TEXT("on-demand"));
    add(entries, "AWS_LAMBDA_LOG_GROUP_NAME",
        arena_print(arena, "/aws/lambda/%.*s", TEXT_ARGUMENTS(function->name)));
}

static void add_place(struct entries *entries, const struct world *world)
{
    add(entries, "AWS_REGION", world->options->region);
    add(entries, "AWS_DEFAULT_REGION", world->options->region);
    struct text key = TEXT("test");
    struct text secret = TEXT("test");
    // Where signatures are verified, the handler's SDK signs with the first pair.
    if (world->options->credential_count > 0)
        text_cut(world->options->credentials[0], ':', &key, &secret);
    add(entries, "AWS_ACCESS_KEY_ID", key);
    add(entries, "AWS_SECRET_ACCESS_KEY", secret);
    add(entries, "AWS_SESSION_TOKEN", TEXT("test"));
    add(entries, "AWS_ENDPOINT_URL", world_endpoint(world, entries->arena));
    add(entries, "AWS_XRAY_CONTEXT_MISSING", TEXT("LOG_ERROR"));
    add(entries, "AWS_XRAY_DAEMON_ADDRESS", TEXT("127.0.0.1:2000"));
    add(entries, "_AWS_XRAY_DAEMON_ADDRESS", TEXT("127.0.0.1"));
    add(entries, "_AWS_XRAY_DAEMON_PORT", TEXT("2000"));
    char directory[PATH_BYTES_MAX];
    if (getcwd(directory, sizeof(directory)) != NULL) {
        add(entries, "LAMBDA_TASK_ROOT", text_of(directory));
        add(entries, "PWD", text_of(directory));
    }
    add(entries, "LAMBDA_RUNTIME_DIR", TEXT("/var/runtime"));
    add(entries, "TZ", TEXT(":UTC"));
    add(entries, "LANG", TEXT("en_US.UTF-8"));
    add_inherited(entries, "PATH", "/usr/local/bin:/usr/bin:/bin");
    add_inherited(entries, "HOME", NULL);
    add_inherited(entries, "LD_LIBRARY_PATH", NULL);
}

char **sandbox_environment(struct arena *arena, struct world *world,
                           const struct function *function, int64_t port, struct text handler,
                           const struct variable *declared, struct random *random)
{
    struct entries entries = {.arena = arena,
                              .list = arena_new_array(arena, char *, ENTRIES_MAX + 1)};
    add(&entries, "AWS_LAMBDA_RUNTIME_API", arena_print(arena, "127.0.0.1:%lld", (long long)port));
    for (; declared != NULL; declared = declared->next)
        add(&entries, declared->name.bytes, declared->value);
    add(&entries, "_HANDLER", handler);
    add_function(&entries, function);
    add(&entries, "AWS_LAMBDA_LOG_STREAM_NAME", log_stream(arena, world, random));
    add_place(&entries, world);
    return entries.list;
}
