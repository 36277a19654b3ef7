// engine_fuzz -- sequences of operations on the engine: a byte picks each, the next is its argument. Time passes in jumps that reach
// retention, deduplication windows and the end of leases; the engine is closed and opened again on its journal. After each step the
// counters are what a look finds, and after a restart the same messages lie there in the same order.
#include "tests/fuzz/target.h"
#include "tests/support/engine_world.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define QUEUES 4
#define STEPS_MAX 200
#define HANDLES_MAX 16
#define WAITERS 4

static const char *const names[QUEUES] = {"orders", "dead", "line.fifo", "dead.fifo"};

struct play {
    struct engine_world world;
    char handles[HANDLES_MAX][RECEIPT_BYTES_MAX + 1];
    size_t handle_count;
    struct parked waiters[WAITERS];
};

static struct queue *queue_of(struct play *play, uint8_t argument)
{
    return world_find(&play->world, names[argument % QUEUES]);
}

static void make_queue(struct play *play, size_t number)
{
    bool fifo = number >= 2;
    // Each is the other's dead-letter queue; the second receives what the first gave up, and may give it back.
    struct queue_settings settings =
        world_redrive(fifo, names[number ^ 1], 2 + (int64_t)number % 2);
    settings.message_retention_seconds = 60 + 60 * (int64_t)(number % 2);
    settings.visibility_timeout_seconds = 10;
    world_create(&play->world, names[number], &settings);
}

static void keep_handles(struct play *play, const struct got *got)
{
    for (size_t i = 0; i < got->count; i++)
        memcpy(play->handles[play->handle_count++ % HANDLES_MAX], got->messages[i].receipt,
               sizeof(play->handles[0]));
}

static const char *handle_of(const struct play *play, uint8_t argument)
{
    return play->handles[(argument >> 2) % HANDLES_MAX];
}

static void hang_up(struct play *play, struct parked *waiter)
{
    if (receive_is_waiting(&waiter->receive))
        engine_cancel_receive(play->world.engine, &waiter->receive);
}

static void send_one(struct play *play, uint8_t argument)
{
    struct queue *queue = queue_of(play, argument);
    char body[16];
    char group[2] = {(char)('a' + (argument >> 2) % 3), '\0'};
    snprintf(body, sizeof(body), "%u", (unsigned)argument >> 4);
    if (queue_settings(queue)->fifo)
        world_send_group(&play->world, queue, group, argument & 32 ? body : NULL, body);
    else
        world_send_delayed(&play->world, queue, body, argument & 64 ? 5000 : -1);
}

static void receive_some(struct play *play, uint8_t argument)
{
    static const int64_t visibilities_ms[] = {-1, 0, 500, 43200000};
    struct got got = world_receive(&play->world, queue_of(play, argument), argument & 16 ? 10 : 1,
                                   visibilities_ms[(argument >> 2) % 4]);
    keep_handles(play, &got);
}

static void wait_some(struct play *play, uint8_t argument)
{
    struct parked *waiter = &play->waiters[(argument >> 2) % WAITERS];
    if (receive_is_waiting(&waiter->receive))
        return;
    keep_handles(play, &waiter->got);
    world_park(&play->world, queue_of(play, argument), waiter, 1 + (argument >> 5), 20000, -1);
}

static void change(struct play *play, uint8_t argument)
{
    static const int64_t visibilities_ms[] = {0, 1000, 30000, 43200000};
    enum engine_error error =
        world_change(&play->world, queue_of(play, argument), handle_of(play, argument),
                     visibilities_ms[argument >> 6]);
    (void)error;
}

static void delete_one(struct play *play, uint8_t argument)
{
    enum engine_error error =
        world_delete(&play->world, queue_of(play, argument), handle_of(play, argument));
    (void)error;
}

static void pass(struct play *play, uint8_t argument)
{
    static const int64_t spans_ms[] = {1, 500, 10000, 59999, 300000, 5, 1000, 20000};
    world_advance(&play->world, spans_ms[argument % 8] * (1 + argument / 64));
}

static void settings_change(struct play *play, uint8_t argument)
{
    struct queue *queue = queue_of(play, argument);
    struct queue_settings settings = *queue_settings(queue);
    settings.receive_count_max = (argument >> 2) % 4; // 0: no dead-letter queue
    settings.delay_seconds = argument & 16 ? 3 : 0;
    settings.message_retention_seconds = argument & 32 ? 60 : 120;
    settings.dead_letter = world_key(names[(argument >> 6) % 2 + (settings.fifo ? 2 : 0)]);
    engine_change_settings(play->world.engine, queue, &settings);
    world_settle(&play->world);
}

static void replace_queue(struct play *play, uint8_t argument)
{
    engine_delete_queue(play->world.engine, queue_of(play, argument));
    world_settle(&play->world);
    make_queue(play, argument % QUEUES);
}

static void purge(struct play *play, uint8_t argument)
{
    engine_purge_queue(play->world.engine, queue_of(play, argument));
    world_settle(&play->world);
}

static void move(struct play *play, uint8_t argument)
{
    uint8_t id[UUID_BYTES];
    size_t moved;
    struct queue *queue = queue_of(play, argument);
    enum move_error error =
        engine_start_move(play->world.engine, queue,
                          argument & 4 ? queue_of(play, argument ^ 1) : NULL, argument >> 4, id);
    if (error == MOVE_OK && (argument & 8))
        (void)!engine_cancel_move(play->world.engine, queue, id, &moved);
}

struct sums {
    size_t phases[3];
    uint64_t hash;
};

static void look(void *context, const struct peeked *peeked)
{
    struct sums *sums = context;
    sums->phases[peeked->phase]++;
    for (size_t i = 0; i < peeked->delivery.message_id.length; i++)
        sums->hash = (sums->hash ^ (uint8_t)peeked->delivery.message_id.bytes[i]) * 0x100000001b3u;
    sums->hash = (sums->hash ^ peeked->delivery.receive_count) * 0x100000001b3u;
    sums->hash = (sums->hash ^ (uint64_t)peeked->available_at_ms) * 0x100000001b3u;
}

static uint64_t check_queues(struct play *play)
{
    struct sums all = {0};
    size_t present = 0;
    for (uint8_t i = 0; i < QUEUES; i++) {
        struct sums sums = {.hash = all.hash};
        struct queue *queue = queue_of(play, i);
        engine_peek(play->world.engine, queue, SIZE_MAX, look, &sums);
        struct queue_counts counts = queue_counts(queue);
        assert(counts.visible == sums.phases[MESSAGE_VISIBLE]);
        assert(counts.delayed == sums.phases[MESSAGE_DELAYED]);
        assert(counts.in_flight == sums.phases[MESSAGE_IN_FLIGHT]);
        present += counts.visible + counts.delayed + counts.in_flight;
        all.hash = sums.hash;
    }
    assert(engine_message_count(play->world.engine) == present);
    return all.hash;
}

static void reopen(struct play *play, uint8_t argument)
{
    (void)argument;
    for (size_t i = 0; i < WAITERS; i++)
        hang_up(play, &play->waiters[i]);
    uint64_t before = check_queues(play);
    engine_commit(play->world.engine);
    world_reopen(&play->world);
    uint64_t after = check_queues(play);
    assert(before == after);
    (void)before;
    (void)after;
}

static void give_up(struct play *play, uint8_t argument)
{
    hang_up(play, &play->waiters[argument % WAITERS]);
}

static void (*const operations[])(struct play *play, uint8_t argument) = {
    send_one,  receive_some,    delete_one,    change, pass, send_one, receive_some, pass,
    wait_some, settings_change, replace_queue, purge,  move, reopen,   give_up,      delete_one,
};
#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct play *play = allocate(sizeof(*play));
    world_init(&play->world, 1, NULL);
    for (size_t i = 0; i < QUEUES; i++)
        make_queue(play, i);
    for (size_t i = 0; i + 1 < length && i < 2 * (size_t)STEPS_MAX; i += 2) {
        operations[bytes[i] % OPERATIONS](play, bytes[i + 1]);
        check_queues(play);
    }
    for (size_t i = 0; i < WAITERS; i++)
        hang_up(play, &play->waiters[i]);
    world_deinit(&play->world);
    free(play);
    return 0;
}
