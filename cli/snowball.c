// snowball -- messages arrive, a few of them are poison, and hours pass: one variant of the demo, measured.
//
//     once a second   the messages of that second are sent; which of them are poison was drawn from the seed
//     once a stretch  the trace is read up to here, and the metrics as they stand: one point of every curve
//
// Exactly one message in 1/share is poison, at a place in its group of 1/share that is drawn: the share is what was asked for, and
// yet no rhythm of poison can fall in step with the visibility timeout.
#include "cli/snowball.h"

#include "cli/command.h"
#include "cli/tally.h"
#include "queue/base/random.h"

#include <stdio.h>

#define BATCH_SIZE 10
#define GOOD_BODY "good"
#define POISON_BODY "poison"

const struct snowball_variant snowball_variants[] = {
    {"none", "no DLQ", true, false, false, TONE_BAD, 'n'},
    {"dlq", "DLQ", true, true, false, TONE_GOOD, 'd'},
    {"limit", "limited", true, false, true, TONE_FAINT, 'l'},
    {"whole", "no report", false, false, false, TONE_WARN, 'w'},
    {NULL, NULL, false, false, false, TONE_PLAIN, '\0'},
};

double snowball_model_seconds(const struct snowball_wishes *wishes)
{
    double seconds =
        (double)wishes->visibility_seconds * (1 - 2 * wishes->poison_share) / wishes->poison_share;
    return seconds > 0 ? seconds : 0;
}

double snowball_model_share(const struct snowball_wishes *wishes)
{
    double poison = (double)wishes->receives_max * wishes->poison_share;
    return poison / (1 - wishes->poison_share + poison);
}

double snowball_stall_seconds(const struct snowball_wishes *wishes)
{
    return (double)wishes->in_flight_max / (wishes->poison_share * (double)wishes->arrivals);
}

struct latencies {
    int64_t *items; // owned
    size_t count;
    size_t capacity;
};

struct snowball {
    const struct snowball_wishes *wishes;
    struct experiment *experiment;
    struct random random;
    double next_poison; // the number of the next poison message
    int64_t group;      // of 1/share messages that it was drawn from
    int64_t sent;
    struct tally tally;
    struct tally before;        // as it stood when the stretch began
    struct latencies latencies; // of the good messages that were done with in the stretch
    struct latencies neighbours;
    int64_t duration_ms; // of all executions, as it stood when the stretch began
    int64_t neighbours_duration_ms;
    cJSON *stretches; // borrowed from the findings
};

// ---- arrivals ----

static void draw_poison(struct snowball *snowball)
{
    double within = (double)(random_next(&snowball->random) >> 11) * 0x1p-53;
    snowball->next_poison = ((double)snowball->group + within) / snowball->wishes->poison_share;
    snowball->group++;
}

static bool is_poison(struct snowball *snowball)
{
    bool poison = snowball->sent >= (int64_t)snowball->next_poison;
    snowball->sent++;
    if (poison)
        draw_poison(snowball);
    return poison;
}

static bool send_second(struct snowball *snowball)
{
    for (int64_t left = snowball->wishes->arrivals; left > 0;) {
        const char *bodies[EXPERIMENT_BATCH_MAX];
        bool poison[EXPERIMENT_BATCH_MAX];
        size_t count = left < EXPERIMENT_BATCH_MAX ? (size_t)left : EXPERIMENT_BATCH_MAX;
        for (size_t i = 0; i < count; i++) {
            poison[i] = is_poison(snowball);
            bodies[i] = poison[i] ? POISON_BODY : GOOD_BODY;
        }
        if (!experiment_send(snowball->experiment, count, bodies, poison))
            return false;
        left -= (int64_t)count;
    }
    for (int64_t left = snowball->wishes->neighbour_arrivals; left > 0;) {
        size_t count = left < EXPERIMENT_BATCH_MAX ? (size_t)left : EXPERIMENT_BATCH_MAX;
        if (!experiment_send_neighbour(snowball->experiment, count))
            return false;
        left -= (int64_t)count;
    }
    return true;
}

// ---- findings ----

static void latencies_add(struct latencies *latencies, int64_t latency_ms)
{
    if (latencies->count == latencies->capacity) {
        latencies->capacity = latencies->capacity * 2 + 256;
        latencies->items =
            reallocate(latencies->items, latencies->capacity * sizeof(latencies->items[0]));
    }
    latencies->items[latencies->count++] = latency_ms;
}

static void look(void *context, const struct experiment_point *point)
{
    struct snowball *snowball = context;
    bool neighbours = text_equal(point->queue, TEXT(EXPERIMENT_NEIGHBOUR));
    if (!neighbours)
        tally_add(&snowball->tally, point);
    if (point->message == NULL || point->message->poison ||
        !text_equal(point->kind, TEXT("deleted")))
        return;
    latencies_add(neighbours ? &snowball->neighbours : &snowball->latencies,
                  point->elapsed_ms - point->message->sent_at_ms);
}

static int latency_order(const void *left, const void *right)
{
    int64_t one = *(const int64_t *)left;
    int64_t two = *(const int64_t *)right;
    return one < two ? -1 : one > two ? 1 : 0;
}

static void add_latencies(cJSON *stretch, struct latencies *latencies, const char *p50_name,
                          const char *p99_name)
{
    if (latencies->count == 0)
        return;
    qsort(latencies->items, latencies->count, sizeof(latencies->items[0]), latency_order);
    size_t p50_place = latencies->count / 2, p99_place = latencies->count * 99 / 100;
    cJSON_AddNumberToObject(stretch, p50_name, (double)latencies->items[p50_place]);
    cJSON_AddNumberToObject(stretch, p99_name, (double)latencies->items[p99_place]);
    latencies->count = 0;
}

// How many ran at once on an average, by how long all of them took that ended in the stretch.
static void add_executions(const struct snowball *snowball, cJSON *stretch, int64_t duration_ms,
                           int64_t *before_ms)
{
    cJSON_AddNumberToObject(stretch, "executions",
                            (double)(duration_ms - *before_ms) /
                                (double)snowball->wishes->stretch_ms);
    *before_ms = duration_ms;
}

static void add_neighbour(struct snowball *snowball, cJSON *stretch, const cJSON *metrics)
{
    if (snowball->wishes->neighbour_arrivals == 0)
        return;
    cJSON *neighbour = cJSON_AddObjectToObject(stretch, "neighbour");
    add_latencies(neighbour, &snowball->neighbours, "latencyP50Ms", "latencyP99Ms");
    cJSON_AddNumberToObject(neighbour, "throttles",
                            (double)experiment_neighbour_metric(metrics, "functions", "Throttles"));
    add_executions(snowball, neighbour,
                   experiment_neighbour_metric(metrics, "functions", "Duration"),
                   &snowball->neighbours_duration_ms);
}

static bool end_stretch(struct snowball *snowball)
{
    static const struct {
        const char *list, *metric, *name;
    } shown[] = {
        {"queues", "ApproximateNumberOfMessagesNotVisible", "inFlight"},
        {"queues", "ApproximateNumberOfMessagesVisible", "visible"},
        {"queues", "ApproximateAgeOfOldestMessage", "oldestSeconds"},
        {"queues", "NumberOfMessagesReceived", "received"},
        {"queues", "NumberOfMessagesDeleted", "deleted"},
        {"functions", "Errors", "errors"},
        {"functions", "Throttles", "throttles"},
        {"functions", "Invocations", "invocations"},
        {"functions", "ConcurrentExecutionsMaximum", "concurrencyMax"},
    };
    if (!experiment_read(snowball->experiment, look, snowball))
        return false;
    cleanup(cJSON_Delete) cJSON *metrics = experiment_metrics(snowball->experiment);
    if (metrics == NULL)
        return false;
    const struct tally *tally = &snowball->tally;
    cJSON *stretch = tree_new();
    cJSON_AddNumberToObject(stretch, "seconds",
                            (double)experiment_elapsed_ms(snowball->experiment) / 1000);
    cJSON_AddNumberToObject(stretch, "good",
                            (double)(tally->good_deliveries - snowball->before.good_deliveries));
    cJSON_AddNumberToObject(
        stretch, "poison", (double)(tally->poison_deliveries - snowball->before.poison_deliveries));
    add_latencies(stretch, &snowball->latencies, "goodLatencyP50Ms", "goodLatencyP99Ms");
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
        cJSON_AddNumberToObject(stretch, shown[i].name,
                                (double)experiment_metric(metrics, shown[i].list, shown[i].metric));
    add_executions(snowball, stretch, experiment_metric(metrics, "functions", "Duration"),
                   &snowball->duration_ms);
    add_neighbour(snowball, stretch, metrics);
    snowball->before = snowball->tally;
    cJSON_AddItemToArray(snowball->stretches, stretch);
    return true;
}

static bool let_time_pass(struct snowball *snowball)
{
    const struct snowball_wishes *wishes = snowball->wishes;
    while (experiment_elapsed_ms(snowball->experiment) < wishes->span_ms) {
        if (!send_second(snowball) || !experiment_advance(snowball->experiment, 1000))
            return false;
        if (experiment_elapsed_ms(snowball->experiment) % wishes->stretch_ms == 0 &&
            !end_stretch(snowball))
            return false;
    }
    return true;
}

static bool add_totals(const struct snowball *snowball, cJSON *findings)
{
    cleanup(cJSON_Delete) cJSON *metrics = experiment_metrics(snowball->experiment);
    if (metrics == NULL)
        return false;
    const struct tally *tally = &snowball->tally;
    struct bill bill = tally_bill(tally, metrics);
    int64_t poison_alive = 0;
    int64_t good_alive = 0;
    for (size_t i = 0; i < experiment_message_count(snowball->experiment); i++) {
        const struct experiment_message *message = experiment_message(snowball->experiment, i);
        if (message->gone || message->dead_lettered || message->neighbours)
            continue;
        poison_alive += message->poison ? 1 : 0;
        good_alive += message->poison ? 0 : 1;
    }
    cJSON *totals = cJSON_AddObjectToObject(findings, "totals");
    cJSON_AddNumberToObject(totals, "sent", (double)snowball->sent);
    cJSON_AddNumberToObject(totals, "goodDeliveries", (double)tally->good_deliveries);
    cJSON_AddNumberToObject(totals, "poisonDeliveries", (double)tally->poison_deliveries);
    cJSON_AddNumberToObject(totals, "goodDeliveredAgain", (double)tally->wasted_deliveries);
    cJSON_AddNumberToObject(totals, "goodDeadLettered", (double)tally->good_dead_lettered);
    cJSON_AddNumberToObject(totals, "poisonDeadLettered", (double)tally->poison_dead_lettered);
    cJSON_AddNumberToObject(totals, "poisonInQueue", (double)poison_alive);
    cJSON_AddNumberToObject(totals, "goodInQueue", (double)good_alive);
    cJSON_AddNumberToObject(totals, "invocations", (double)bill.invocations);
    cJSON_AddNumberToObject(totals, "sqsRequests", (double)bill.sqs_requests);
    cJSON_AddNumberToObject(totals, "gbSeconds", bill_gb_seconds(&bill));
    cJSON_AddNumberToObject(totals, "dollars", bill_dollars(&bill));
    return true;
}

cJSON *snowball_run(const struct snowball_wishes *wishes, const struct snowball_variant *variant)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    struct experiment_setup setup = {
        .script = arena_print(arena,
                              "sim:{\"fail\":{\"body\":\"" POISON_BODY
                              "\"},\"how\":\"%s\",\"item\":\"%lldms\",\"failing\":\"%lldms\"}",
                              variant->reports ? "report" : "throw", (long long)wishes->item_ms,
                              (long long)wishes->poison_ms),
        .visibility_seconds = wishes->visibility_seconds,
        .receives_max = variant->redrives ? wishes->receives_max : 0,
        .timeout_seconds = wishes->timeout_seconds,
        .batch_size = BATCH_SIZE,
        .maximum_concurrency = variant->limited ? wishes->concurrency_max : 0,
        .reports = variant->reports,
        .scales = true,
        .in_flight_max = wishes->in_flight_max,
        .account_concurrency = wishes->account_concurrency,
        .seed = wishes->seed,
        .trace_file = experiment_trace_file(arena, wishes->trace_file, variant->name),
    };
    if (wishes->neighbour_arrivals > 0)
        setup.neighbour =
            arena_print(arena, "sim:{\"item\":\"%lldms\"}", (long long)wishes->item_ms);
    cleanup(experiment_free) struct experiment *experiment = experiment_new(&setup);
    if (experiment == NULL || !experiment_connect(experiment))
        return NULL;
    cleanup(cJSON_Delete) cJSON *findings = tree_new();
    cJSON_AddStringToObject(findings, "variant", variant->name);
    cJSON_AddStringToObject(findings, "title", variant->title);
    struct snowball snowball = {.wishes = wishes,
                                .experiment = experiment,
                                .stretches = cJSON_AddArrayToObject(findings, "stretches")};
    random_init(&snowball.random, wishes->seed);
    draw_poison(&snowball);
    bool good = let_time_pass(&snowball) && add_totals(&snowball, findings);
    free(snowball.latencies.items);
    free(snowball.neighbours.items);
    return good ? take(&findings) : NULL;
}
