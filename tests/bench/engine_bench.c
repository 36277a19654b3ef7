// engine_bench -- what one message costs the engine, at a thousand and at a million messages
// present: processor time per operation and bytes of memory. The journal is journal_none, whose bytes are
// reported apart. Only a figure for people: no test pins it.
#include "queue/engine.h"
#include "queue/journal.h"

#include <malloc.h>
#include <stdio.h>
#include <time.h>

#define BATCH 10
#define OPERATIONS 200000

struct bench {
    struct timeline *timeline;
    struct random random;
    struct journal *journal;
    struct engine *engine;
    struct queue *queue;
    struct receive receive;
    size_t received;
    size_t groups; // 0: none
    bool deletes;
};

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void done(struct receive *receive, enum engine_error error,
                 const struct delivery *deliveries, size_t count)
{
    struct bench *bench = list_entry(receive, struct bench, receive);
    (void)error;
    bench->received += count;
    for (size_t i = 0; bench->deletes && i < count; i++) {
        if (engine_delete(bench->engine, bench->queue, deliveries[i].receipt, TEXT("client")) !=
            ENGINE_OK)
            abort();
    }
}

static void send_messages(struct bench *bench, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct sent sent;
        char group[16];
        char id[24];
        bool fifo = queue_settings(bench->queue)->fifo;
        int group_length =
            snprintf(group, sizeof(group), "g%zu", bench->groups > 0 ? i % bench->groups : 0);
        int id_length =
            snprintf(id, sizeof(id), "%llx", (unsigned long long)random_next(&bench->random));
        struct send send = {
            .body = TEXT("0123456789"), .sender_id = TEXT("AIDAIDAIDA"), .delay_ms = -1};
        if (bench->groups > 0)
            send.group_id = text_from(group, (size_t)group_length);
        if (fifo)
            send.deduplication_id = text_from(id, (size_t)id_length);
        engine_send(bench->engine, bench->queue, &send, &sent);
        if (i % 100 == 99)
            timeline_step(bench->timeline, timeline_now_ms(bench->timeline) + 1);
    }
}

static void receive_messages(struct bench *bench, size_t count)
{
    for (size_t i = 0; i < count / BATCH; i++) {
        engine_receive(bench->engine, bench->queue, &bench->receive);
        engine_settle(bench->engine);
        if (i % 10 == 9)
            timeline_step(bench->timeline, timeline_now_ms(bench->timeline) + 1);
    }
}

static void report(const char *what, double since_s, size_t operations)
{
    printf("  %-34s %7.0f ns\n", what, (now_s() - since_s) / (double)operations * 1e9);
}

static void run(size_t present, bool fifo, size_t groups)
{
    struct bench bench = {
        .receive = {.done = done, .messages_max = BATCH, .visibility_ms = -1, .outside = true},
        .timeline = timeline_new(1767225600000),
        .journal = journal_none_new(),
        .groups = groups,
    };
    struct queue_settings settings;
    struct queue_key key = {TEXT("000000000000"), TEXT("us-east-1"),
                            fifo ? TEXT("q.fifo") : TEXT("q")};
    int64_t now_ms;
    random_init(&bench.random, 1);
    bench.engine = engine_new(&(struct engine_options){.timeline = bench.timeline,
                                                       .random = &bench.random,
                                                       .journal = bench.journal,
                                                       .in_flight_max = IN_FLIGHT_MAX});
    engine_open(bench.engine, NULL, NULL, &now_ms);
    settings_init(&settings);
    settings.fifo = fifo;
    bench.queue = engine_create_queue(bench.engine, &key, &settings);
    size_t before_bytes = mallinfo2().uordblks + mallinfo2().hblkhd;
    double since_s = now_s();
    send_messages(&bench, present);
    printf("%s, %zu groups, %zu messages present\n", fifo ? "FIFO" : "standard", groups, present);
    report("send (growing)", since_s, present);
    size_t bytes = mallinfo2().uordblks + mallinfo2().hblkhd - before_bytes;
    size_t journal_bytes = bench.journal->memory_bytes(bench.journal);
    printf("  %-34s %7.0f bytes (and %.0f of the journal)\n", "memory per message",
           ((double)bytes - (double)journal_bytes) / (double)present,
           (double)journal_bytes / (double)present);
    bench.deletes = true;
    since_s = now_s();
    for (size_t i = 0; i < OPERATIONS / 1000; i++) {
        receive_messages(&bench, 1000);
        send_messages(&bench, 1000);
    }
    report("receive + delete + send", since_s, bench.received);
    bench.deletes = false;
    bench.received = 0;
    bench.receive.visibility_ms = 200;
    since_s = now_s();
    receive_messages(&bench, OPERATIONS);
    report("receive, the lease ends, again", since_s, bench.received ? bench.received : 1);
    engine_free(bench.engine);
    journal_free(bench.journal);
    timeline_free(bench.timeline);
}

int main(void)
{
    static const size_t groups[] = {1, 100, 10000};
    run(1000, false, 0);
    run(1000000, false, 0);
    run(1000, true, 1000);
    run(1000000, true, 1000);
    run(100000, false, 0);
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        run(100000, false, groups[i]);
        run(100000, true, groups[i]);
    }
    return 0;
}
