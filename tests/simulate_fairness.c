// simulate_fairness -- which messages of a standard queue a receive gets when some groups are noisy (S-245), computed from scratch.
//
// The engine keeps counts and minutes as things happen. Here every stay in flight is written down with its beginning and its end, and
// shares are added up from that list whenever somebody asks. What cannot be computed from facts alone is remembered, as the rule
// says it: that a group was found noisy, and since when it is known.
#include "tests/simulate_model.h"

#include "queue/base/own.h"

#define MINUTE_MS 60000
#define RECENT_MINUTES 5
#define IDLE_MS 300000

static const char group_last = 'c'; // the groups are a, b and c

static bool is_of(const struct fact *fact, size_t queue, char group)
{
    return fact_is_in(fact, queue) && fact->group == group;
}

static size_t count_of(const struct simulation *simulation, size_t queue, char group,
                       enum message_phase phase)
{
    size_t count = 0;
    for (size_t i = 0; i < simulation->fact_count; i++) {
        const struct fact *fact = &simulation->facts[i];
        count += is_of(fact, queue, group) && fact_phase(simulation, fact) == phase;
    }
    return count;
}

bool model_is_fair(size_t queue)
{
    return !model_is_fifo(queue) && queue != 3;
}

// ---- what comes, stays and leaves ----

void model_come(struct simulation *simulation, size_t queue, char group)
{
    bool is_known = false;
    bool has_groups = false;
    for (size_t i = 0; i < simulation->fact_count; i++) {
        const struct fact *fact = &simulation->facts[i];
        is_known |= is_of(fact, queue, group);
        has_groups |= fact_is_in(fact, queue) && fact->group != 0;
    }
    if (model_is_fifo(queue) || group == 0)
        return;
    if (!has_groups)
        simulation->metered_since_ms[queue] = model_now_ms(simulation);
    if (!is_known)
        simulation->tenants[queue][(size_t)group] =
            (struct tenant_model){.since_ms = model_now_ms(simulation)};
}

void model_leave_flight(struct simulation *simulation, const struct fact *fact)
{
    struct stay *stay = &simulation->stays[fact->stay];
    if (fact->stay > 0 && stay->to_ms > model_now_ms(simulation))
        stay->to_ms = model_now_ms(simulation);
}

void model_lease(struct simulation *simulation, struct fact *fact, int64_t until_ms)
{
    model_leave_flight(simulation, fact);
    if (simulation->stay_count == 0)
        simulation->stay_count = 1; // the first is nobody's
    if (simulation->stay_count >= simulation->stay_capacity) {
        simulation->stay_capacity = simulation->stay_capacity * 2 + 256;
        simulation->stays =
            reallocate(simulation->stays, sizeof(struct stay) * simulation->stay_capacity);
    }
    fact->stay = simulation->stay_count++;
    simulation->stays[fact->stay] =
        (struct stay){fact->queue, fact->group, model_now_ms(simulation), until_ms};
}

void model_calm(struct simulation *simulation, size_t queue)
{
    for (char group = 'a'; group <= group_last; group++) {
        if (count_of(simulation, queue, group, MESSAGE_VISIBLE) == 0)
            simulation->tenants[queue][(size_t)group].is_noisy = false;
    }
}

void model_forget_fairness(struct simulation *simulation, size_t queue)
{
    simulation->metered_since_ms[queue] = model_now_ms(simulation);
    for (char group = 'a'; group <= group_last; group++)
        simulation->tenants[queue][(size_t)group] =
            (struct tenant_model){.since_ms = model_now_ms(simulation)};
}

// ---- thresholds ----

// Of one group, or of all messages of the queue.
static int64_t spent_ms(const struct simulation *simulation, size_t queue, const char *group,
                        int64_t since_ms)
{
    int64_t now_ms = model_now_ms(simulation);
    int64_t recent_ms = (now_ms / MINUTE_MS - RECENT_MINUTES + 1) * MINUTE_MS;
    int64_t sum_ms = 0;
    for (size_t i = 1; i < simulation->stay_count; i++) {
        const struct stay *stay = &simulation->stays[i];
        if (stay->queue != queue || (group && stay->group != *group))
            continue;
        int64_t from_ms = stay->from_ms;
        from_ms = from_ms < since_ms ? since_ms : from_ms;
        from_ms = from_ms < recent_ms ? recent_ms : from_ms;
        int64_t to_ms = stay->to_ms < now_ms ? stay->to_ms : now_ms;
        sum_ms += to_ms > from_ms ? to_ms - from_ms : 0;
    }
    return sum_ms;
}

static bool is_over(const struct simulation *simulation, size_t queue, char group)
{
    const struct engine_world *world = &simulation->world;
    size_t in_flight = count_of(simulation, queue, group, MESSAGE_IN_FLIGHT);
    if (in_flight >= (size_t)world->noisy_in_flight_min &&
        in_flight * 10 > model_counts(simulation, queue).in_flight)
        return true;
    int64_t own_ms =
        spent_ms(simulation, queue, &group, simulation->tenants[queue][(size_t)group].since_ms);
    return own_ms >= world->noisy_spent_min_ms &&
           own_ms * 10 > spent_ms(simulation, queue, NULL, simulation->metered_since_ms[queue]);
}

static bool was_idle(const struct simulation *simulation, size_t queue, char group)
{
    int64_t idle_at_ms = simulation->tenants[queue][(size_t)group].since_ms;
    if (count_of(simulation, queue, group, MESSAGE_IN_FLIGHT) > 0)
        return false;
    for (size_t i = 1; i < simulation->stay_count; i++) {
        const struct stay *stay = &simulation->stays[i];
        if (stay->queue == queue && stay->group == group && stay->to_ms > idle_at_ms)
            idle_at_ms = stay->to_ms;
    }
    return idle_at_ms + IDLE_MS <= model_now_ms(simulation);
}

// ---- the walk ----

static bool is_left(const struct simulation *simulation, const struct candidate *candidate)
{
    return candidate->fact != NULL && candidate->available_at_ms <= model_now_ms(simulation);
}

// Candidates stand in the order of sending; what was taken has no fact.
static struct candidate *first_quiet(struct simulation *simulation, size_t queue,
                                     struct prediction *prediction)
{
    for (size_t i = 0; i < prediction->count; i++) {
        struct candidate *candidate = &prediction->candidates[i];
        struct tenant_model *tenant = &simulation->tenants[queue][(size_t)candidate->group];
        if (!is_left(simulation, candidate) || (candidate->group && tenant->is_noisy))
            continue;
        if (candidate->group == 0 || !is_over(simulation, queue, candidate->group))
            return candidate;
        tenant->is_noisy = true;
    }
    return NULL;
}

static struct candidate *first_noisy(const struct simulation *simulation, size_t queue,
                                     struct prediction *prediction)
{
    struct candidate *first = NULL;
    size_t fewest = SIZE_MAX;
    for (size_t i = 0; i < prediction->count; i++) {
        struct candidate *candidate = &prediction->candidates[i];
        if (!is_left(simulation, candidate))
            continue;
        size_t in_flight = count_of(simulation, queue, candidate->group, MESSAGE_IN_FLIGHT);
        if (in_flight >= fewest)
            continue;
        fewest = in_flight;
        first = candidate;
    }
    return first;
}

static void calm_if_drained(struct simulation *simulation, size_t queue,
                            const struct prediction *prediction, char group)
{
    for (size_t i = 0; i < prediction->count; i++) {
        const struct candidate *candidate = &prediction->candidates[i];
        if (candidate->group == group && is_left(simulation, candidate))
            return;
    }
    simulation->tenants[queue][(size_t)group].is_noisy = false;
}

void model_predict_fairly(struct simulation *simulation, size_t queue, size_t count_max,
                          struct prediction *prediction)
{
    cleanup_free struct prediction *walk = allocate(sizeof(*walk));
    struct candidate *next;
    model_collect(simulation, queue, walk);
    prediction->count = 0;
    for (char group = 'a'; group <= group_last; group++)
        simulation->tenants[queue][(size_t)group].is_noisy &= !was_idle(simulation, queue, group);
    while (prediction->count < count_max) {
        next = first_quiet(simulation, queue, walk);
        if (next == NULL)
            next = first_noisy(simulation, queue, walk);
        if (next == NULL)
            break;
        if (!next->is_shadow)
            prediction->candidates[prediction->count++] = *next;
        char group = next->group;
        next->fact = NULL;
        calm_if_drained(simulation, queue, walk, group);
    }
}
