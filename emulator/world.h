// world -- every object of a running emulator, by name. Internal to emulator/; cli/ sees emulator.h
// only.
#ifndef EMULATOR_WORLD_H
#define EMULATOR_WORLD_H

#include "emulator/clock.h"
#include "emulator/options.h"
#include "emulator/trace.h"
#include "esm/esm.h"
#include "queue/engine.h"
#include "queue/journal.h"

#define REFUSED_HOSTS_MAX 32

struct apis;
struct asynchronous;
struct emf;
struct events;
struct http_invoker;
struct loop;
struct runtime_invoker;
struct scripted_invoker;
struct server;

struct world {
    const struct options *options; // borrowed
    struct timeline *timeline;
    struct random random;
    // Of the ids of requests: one read more or less must not change what the world draws.
    struct random request_random;
    struct journal *journal;
    struct trace *trace; // also the tracer
    struct engine *engine;
    struct functions *functions;
    struct esm *esm;
    struct clock *clock;
    struct asynchronous *asynchronous;
    struct loop *loop;
    struct http_invoker *http;
    struct scripted_invoker *scripted;
    struct emf *emf;       // metrics that functions wrote
    struct events *events; // streams of trace points
    struct server *server; // NULL without a listener
    struct runtime_invoker *runtime;
    struct server *doors;    // of the sandboxes; NULL until there is one
    const struct apis *apis; // who answers requests
    // Virtual instant of the last accepted send, control-plane change or clock command: the horizon
    // counts from it.
    int64_t
        starts; // of a seeded world: how often it was opened from its database, this time included
    int64_t changed_at_ms;
    uint64_t refused_hosts[REFUSED_HOSTS_MAX]; // digests of the hosts whose refusal was logged
    size_t refused_count;
};

// An accepted send, control-plane change or clock command: renews the horizon.
void world_changed(struct world *world);
// Real invocations that run now, over all invokers.
size_t world_running(const struct world *world);
// "http://127.0.0.1:4566", as clients on this machine reach it; empty without a listener.
struct text world_endpoint(const struct world *world, struct arena *arena);
// engine_settle and esm_settle until neither moved.
void world_settle(struct world *world);
// Sets a fault on purpose: "orders=throttle:20%" (esm/mishap.h). False with a sentence in
// ret_reason.
bool world_set_fault(struct world *world, struct text spec, bool declared,
                     struct buffer *ret_reason);
// Builds every object in its order, the server last; false with one sentence in ret_reason (in the
// options' arena) and the exit status of emulator_new. What was built stays until world_close.
bool world_open(struct world *world, const struct options *options, struct text *ret_reason,
                int *ret_status);
// Takes a zeroed or half-built world too.
void world_close(struct world *world);

#endif
