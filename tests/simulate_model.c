// simulate_model -- the rules of receiving, computed from scratch each time.
//
// Moves to a dead-letter queue are learned from the tracer: they are the one thing that happens inside a receive. To predict the
// order of FIFO groups, what the present receive moved still counts at its old place, as a shadow.
#include "tests/simulate_model.h"

#include "queue/base/own.h"

#include <stdarg.h>
#include <stdio.h>

const char *const model_names[QUEUES] = {"orders",    "dead",      "graveyard", "self",
                                         "jobs.fifo", "dead.fifo", "self.fifo", "late.fifo"};

// ---- failing ----

void simulation_broken(struct simulation *simulation, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fflush(stdout);
    fprintf(stderr, "simulate: seed %llu: ", (unsigned long long)simulation->seed);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    world_print_points(&simulation->world, POINTS_SHOWN);
    exit(1);
}

// ---- the model ----

struct queue *model_queue(struct simulation *simulation, size_t queue)
{
    return world_find(&simulation->world, model_names[queue]);
}

const struct queue_settings *model_settings(struct simulation *simulation, size_t queue)
{
    return queue_settings(model_queue(simulation, queue));
}

bool model_is_fifo(size_t queue)
{
    return queue >= 4;
}

int64_t model_now_ms(const struct simulation *simulation)
{
    return world_now_ms(&simulation->world);
}

enum message_phase fact_phase(const struct simulation *simulation, const struct fact *fact)
{
    if (fact->available_at_ms <= model_now_ms(simulation))
        return MESSAGE_VISIBLE;
    return fact->count == 0 ? MESSAGE_DELAYED : MESSAGE_IN_FLIGHT;
}

bool fact_is_in(const struct fact *fact, size_t queue)
{
    return !fact->is_gone && fact->queue == queue;
}

size_t model_index(struct simulation *simulation, struct text name)
{
    for (size_t i = 0; i < QUEUES; i++) {
        if (text_equal(name, text_of(model_names[i])))
            return i;
    }
    simulation_broken(simulation, "an unknown queue is named");
}

struct fact *model_fact(struct simulation *simulation, const uint8_t *id)
{
    for (size_t i = simulation->fact_count; i > 0; i--) {
        if (memcmp(simulation->facts[i - 1].id, id, UUID_BYTES) == 0)
            return &simulation->facts[i - 1];
    }
    simulation_broken(simulation, "an unknown message is named");
}

bool fact_is_due(struct simulation *simulation, const struct fact *fact)
{
    const struct queue_settings *settings = model_settings(simulation, fact->queue);
    return settings->receive_count_max > 0 && fact->queue_count >= settings->receive_count_max &&
           engine_find_queue(simulation->world.engine, &settings->dead_letter) != NULL;
}

struct queue_counts model_counts(const struct simulation *simulation, size_t queue)
{
    struct queue_counts counts = {0};
    for (size_t i = 0; i < simulation->fact_count; i++) {
        const struct fact *fact = &simulation->facts[i];
        if (!fact_is_in(fact, queue))
            continue;
        enum message_phase phase = fact_phase(simulation, fact);
        counts.visible += phase == MESSAGE_VISIBLE;
        counts.delayed += phase == MESSAGE_DELAYED;
        counts.in_flight += phase == MESSAGE_IN_FLIGHT;
    }
    return counts;
}

// ---- what a receive must get ----

static int compare_orders(const void *left, const void *right)
{
    const struct candidate *a = left;
    const struct candidate *b = right;
    return a->order < b->order ? -1 : a->order > b->order;
}

void model_collect(struct simulation *simulation, size_t queue, struct prediction *prediction)
{
    prediction->count = 0;
    for (size_t i = 0; i < simulation->fact_count; i++) {
        const struct fact *fact = &simulation->facts[i];
        bool is_shadow = fact->old_serial == simulation->serials[queue] && fact->old_queue == queue;
        if (fact_is_in(fact, queue))
            prediction->candidates[prediction->count++] = (struct candidate){
                fact, false, fact->group, fact->order, fact->moment, fact->available_at_ms};
        if (is_shadow)
            prediction->candidates[prediction->count++] =
                (struct candidate){fact,
                                   true,
                                   fact->group,
                                   fact->old_order,
                                   fact->old_moment,
                                   fact->old_available_at_ms};
    }
    qsort(prediction->candidates, prediction->count, sizeof(struct candidate), compare_orders);
}

static bool is_earlier(const struct candidate *left, const struct candidate *right)
{
    if (left->available_at_ms != right->available_at_ms)
        return left->available_at_ms < right->available_at_ms;
    if (left->moment != right->moment)
        return left->moment < right->moment;
    return left->order < right->order;
}

// The groups by their heads, each head's group drained: the candidates in the order in which a receive walks them (S-257).
static void order_by_groups(struct simulation *simulation, struct prediction *prediction)
{
    struct candidate *walk = allocate(sizeof(*walk) * (prediction->count + 1));
    size_t count = 0;
    bool seen[128] = {false};
    for (;;) {
        const struct candidate *best = NULL;
        bool looked[128] = {false};
        for (size_t i = 0; i < prediction->count; i++) {
            const struct candidate *head = &prediction->candidates[i];
            size_t group = (size_t)head->group;
            if (seen[group] || looked[group])
                continue;
            looked[group] = true;
            if (head->available_at_ms <= model_now_ms(simulation) &&
                (best == NULL || is_earlier(head, best)))
                best = head;
        }
        if (best == NULL)
            break;
        seen[(size_t)best->group] = true;
        for (size_t i = 0; i < prediction->count; i++) {
            if (prediction->candidates[i].group != best->group)
                continue;
            if (prediction->candidates[i].available_at_ms > model_now_ms(simulation))
                break;
            walk[count++] = prediction->candidates[i];
        }
    }
    memcpy(prediction->candidates, walk, sizeof(*walk) * count);
    prediction->count = count;
    free(walk);
}

// The facts that a receive may get now, in order. What is moved away in the walk, or was by this receive, is left out.
void model_predict(struct simulation *simulation, size_t queue, struct prediction *prediction)
{
    model_collect(simulation, queue, prediction);
    if (model_is_fifo(queue))
        order_by_groups(simulation, prediction);
    size_t kept = 0;
    for (size_t i = 0; i < prediction->count; i++) {
        const struct candidate *candidate = &prediction->candidates[i];
        if (!candidate->is_shadow && candidate->available_at_ms <= model_now_ms(simulation))
            prediction->candidates[kept++] = *candidate;
    }
    prediction->count = kept;
}

// Its own dead letter of this very receive: may be met by the next one only.
bool fact_came_back(const struct simulation *simulation, const struct fact *fact)
{
    return fact->old_queue == fact->queue && fact->old_serial == simulation->serials[fact->queue];
}
