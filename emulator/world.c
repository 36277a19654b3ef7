// world -- every object of a running emulator, built in the order in which they need one another.
//
//     journal -> timeline -> engine -> functions -> esm -> replay -> declared functions -> server
//
// The esm stands before the replay, because its mappings come out of the journal; the listener
// comes last, so that nobody can connect to a half-built world. Closing goes the other way round:
// who could still ask is silenced before who answers.
#include "emulator/world.h"

#include "emulator/api/lambda.h"
#include "emulator/asynchronous.h"
#include "emulator/emf.h"
#include "emulator/events.h"
#include "emulator/invoke/http.h"
#include "emulator/invoke/runtime.h"
#include "emulator/invoke/scripted.h"
#include "emulator/invoke/target.h"
#include "emulator/log.h"
#include "emulator/loop.h"
#include "emulator/router.h"
#include "emulator/server.h"

#include <signal.h>

#define RECORD_WORLD TEXT("world")
#define RECORD_STARTS TEXT("starts")      // how often a seeded world was opened from this database
#define SEED_STRIDE 0x9e3779b97f4a7c15ull // any odd number far from small differences of seeds
#define REQUEST_STREAM 0xd1b54a32d192ed03ull // what parts the requests' stream from the world's

// Per mapping, so that the order of things is the same in every run (L-141).
#define POLLERS_DETERMINISTIC 1

static enum scaling_profile profile_of(const struct options *options)
{
    switch (options->profile) {
    case PROFILE_AWS:
        return SCALING_AWS;
    case PROFILE_DETERMINISTIC:
        return SCALING_DETERMINISTIC;
    case PROFILE_BY_CLOCK:
        break;
    }
    return options->clock == CLOCK_REAL ? SCALING_AWS : SCALING_DETERMINISTIC;
}

void world_changed(struct world *world)
{
    // What a handler asks for while it runs is the world's own doing: it must not push the horizon
    // away for ever.
    if (world_running(world) == 0)
        world->changed_at_ms = timeline_now_ms(world->timeline);
}

static size_t running_of(const struct invoker *invoker)
{
    return invoker->running(invoker);
}

size_t world_running(const struct world *world)
{
    size_t running = 0;
    if (world->http != NULL)
        running += running_of(http_invoker_face(world->http));
    if (world->scripted != NULL)
        running += running_of(scripted_invoker_face(world->scripted));
    if (world->runtime != NULL)
        running += running_of(runtime_invoker_face(world->runtime));
    return running;
}

struct text world_endpoint(const struct world *world, struct arena *arena)
{
    const struct options *options = world->options;
    if (world->server == NULL)
        return text_of(NULL);
    struct text host = options->host;
    // Clients on this machine cannot connect to "any address".
    if (text_equal(host, TEXT("0.0.0.0")))
        host = TEXT("127.0.0.1");
    if (text_equal(host, TEXT("::")) || text_equal(host, TEXT("[::]")))
        host = TEXT("[::1]");
    bool bare = text_find(host, TEXT(":"), NULL) && !text_starts_with(host, TEXT("["));
    return arena_print(arena, "http://%s%.*s%s:%lld", bare ? "[" : "", TEXT_ARGUMENTS(host),
                       bare ? "]" : "", (long long)server_port(world->server));
}

void world_settle(struct world *world)
{
    bool moved;
    do {
        moved = engine_settle(world->engine);
        if (esm_settle(world->esm))
            moved = true;
    } while (moved);
}

static void warn(void *context, struct text mapping_uuid, struct text function_name,
                 struct text request_id, struct text sentence)
{
    (void)context;
    log_line("warn mapping=%.*s function=%.*s request=%.*s reason=\"%.*s\"",
             TEXT_ARGUMENTS(mapping_uuid), TEXT_ARGUMENTS(function_name),
             TEXT_ARGUMENTS(request_id), TEXT_ARGUMENTS(sentence));
}

static void restore_record(void *context, struct text kind, struct text key, struct text bytes)
{
    struct world *world = context;
    if (text_equal(kind, TEXT("mapping")))
        esm_restore(world->esm, key, bytes);
    else if (text_equal(kind, TEXT("qualifiers")))
        lambda_restore_qualifiers(world, key, bytes);
    else if (text_equal(kind, TEXT("function")))
        lambda_restore_function(world, key, bytes);
    else if (asynchronous_restore(world->asynchronous, kind, key, bytes))
        return;
    else if (text_equal(kind, RECORD_WORLD) && text_equal(key, RECORD_STARTS))
        text_to_integer(bytes, &world->starts);
}

static void seed(struct world *world, uint64_t number)
{
    random_init(&world->random, number);
    random_init(&world->request_random, number ^ REQUEST_STREAM);
}

// A seeded world that begins again from its database must not draw the ids of its beginning once more.
static void count_start(struct world *world)
{
    const struct options *options = world->options;
    if (!options->seeded || options->database == NULL || options->journal_none)
        return;
    seed(world, options->seed + (uint64_t)world->starts * SEED_STRIDE);
    struct text starts = arena_print(options->arena, "%lld", (long long)++world->starts);
    world->journal->put_record(world->journal, RECORD_WORLD, RECORD_STARTS, starts);
}

// Of a seeded world: the same for the same words, whenever they are said; and nobody else's chance.
static uint64_t fault_seed(const struct world *world, struct text spec)
{
    uint64_t hash = world->options->seed ^ 0xcbf29ce484222325ull;
    if (!world->options->seeded)
        return random_seed_from_system();
    for (size_t i = 0; i < spec.length; i++)
        hash = (hash ^ (uint8_t)spec.bytes[i]) * 0x100000001b3ull;
    return hash;
}

bool world_set_fault(struct world *world, struct text spec, bool declared,
                     struct buffer *ret_reason)
{
    struct mishap_plan plan;
    if (!mishap_parse(spec, &plan, ret_reason))
        return false;
    if (mishaps_set(esm_mishaps(world->esm), &plan, fault_seed(world, spec), declared))
        return true;
    buffer_print(ret_reason, "there are at most %d faults", MISHAPS_MAX);
    return false;
}

static bool declare_faults(struct world *world, struct text *ret_reason)
{
    cleanup(buffer_deinit) struct buffer reason = {0};
    for (size_t i = 0; i < world->options->fault_count; i++) {
        if (world_set_fault(world, world->options->faults[i], true, &reason))
            continue;
        *ret_reason = arena_print(world->options->arena, "--fault: %.*s",
                                  TEXT_ARGUMENTS(buffer_text(&reason)));
        return false;
    }
    return true;
}

static bool open_journal(struct world *world, struct text *ret_reason, int *ret_status)
{
    const struct options *options = world->options;
    if (options->journal_none) {
        world->journal = journal_none_new();
        return true;
    }
    enum journal_sync sync =
        options->sync == OPTIONS_SYNC_FULL ? JOURNAL_SYNC_FULL : JOURNAL_SYNC_NORMAL;
    if (journal_sqlite_open(options->database, sync, options->arena, &world->journal, ret_reason))
        return true;
    *ret_status = 3;
    return false;
}

// Time never goes back: the later of where the options begin and where the journal ended.
static int64_t start_at_ms(const struct world *world)
{
    const struct options *options = world->options;
    int64_t begin_ms = options->start_at_ms >= 0 ? options->start_at_ms : clock_wall_ms();
    int64_t last_ms =
        world->journal->last_at_ms != NULL ? world->journal->last_at_ms(world->journal) : 0;
    return last_ms > begin_ms ? last_ms : begin_ms;
}

static void open_engine(struct world *world)
{
    const struct options *options = world->options;
    struct tracer *tracer = clock_tracer(world->clock, trace_tracer(world->trace));
    world->engine = engine_new(&(struct engine_options){
        .timeline = world->timeline,
        .random = &world->random,
        .journal = world->journal,
        .tracer = tracer,
        .in_flight_max = options->in_flight_max,
        .duplicate_share = options->duplicate_share,
    });
    world->functions = functions_new(options->account, options->region);
    functions_set_account_concurrency(world->functions, options->account_concurrency);
    world->scripted = scripted_invoker_new(world);
    world->http = http_invoker_new(world);
    world->runtime = runtime_invoker_new(world);
    world->esm = esm_new(&(struct esm_options){
        .engine = world->engine,
        .timeline = world->timeline,
        .random = &world->random,
        .journal = world->journal,
        .tracer = tracer,
        .functions = world->functions,
        .account = options->account,
        .region = options->region,
        .pollers = POLLERS_DETERMINISTIC,
        .profile = profile_of(options),
        .empty_item_succeeds = options->empty_item_succeeds,
        .transition_ms = options->transition_ms,
        .warn = warn,
        .warn_context = world,
    });
    world->asynchronous = asynchronous_new(world);
    world->emf = emf_new();
    int64_t last_ms;
    engine_open(world->engine, restore_record, world, &last_ms);
    count_start(world);
}

bool world_open(struct world *world, const struct options *options, struct text *ret_reason,
                int *ret_status)
{
    *world = (struct world){.options = options, .apis = &router_apis};
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ,
           SIG_IGN); // a file beyond its limit is a write that fails: one sentence, not a signal
    log_set_quiet(options->quiet);
    seed(world, options->seeded ? options->seed : random_seed_from_system());
    if (!open_journal(world, ret_reason, ret_status))
        return false;
    *ret_status = 2;
    world->trace = trace_new((size_t)options->trace_max_bytes, options->trace_file, ret_reason);
    if (world->trace == NULL)
        return false;

    world->timeline = timeline_new(start_at_ms(world));
    world->changed_at_ms = timeline_now_ms(world->timeline);
    world->clock = clock_new(world, options->clock);
    world->loop = loop_new(world);
    world->events = events_new(world);
    open_engine(world);
    if (!target_declare_all(world, ret_reason) || !declare_faults(world, ret_reason))
        return false;
    esm_functions_changed(world->esm);
    loop_settle(world);

    // Handlers in processes of their own reach the queues through a listener only.
    bool listener = options->listener || runtime_invoker_has_programs(world->runtime);
    if (listener)
        world->server = server_new(world, ret_reason, ret_status);
    return !listener || world->server != NULL;
}

void world_close(struct world *world)
{
    if (world->events != NULL)
        events_end(world->events);
    world->server = server_free(world->server);
    world->events = events_free(world->events);
    world->asynchronous = asynchronous_free(world->asynchronous);
    world->esm = esm_free(world->esm);
    world->runtime = runtime_invoker_free(world->runtime);
    world->http = http_invoker_free(world->http);
    world->scripted = scripted_invoker_free(world->scripted);
    world->emf = emf_free(world->emf);
    world->functions = functions_free(world->functions);
    if (world->engine != NULL) {
        engine_keep_now(world->engine);
        engine_commit(world->engine);
    }
    world->engine = engine_free(world->engine);
    world->loop = loop_free(world->loop);
    world->clock = clock_free(world->clock);
    world->timeline = timeline_free(world->timeline);
    world->trace = trace_free(world->trace);
    world->journal = journal_free(world->journal);
}
