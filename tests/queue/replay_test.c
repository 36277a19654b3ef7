// replay_test -- what replay makes of rows: records of other rooms pass through, a damaged database ends the process.
#include "tests/support/engine_case.h"

// A journal that has nothing but what a test makes it replay.
struct fake_journal {
    struct journal journal;
    uint64_t queue; // of the message
    uint8_t phase;  // of the message
    bool queue_twice;
    bool deduplication_twice;
    size_t records;
};

static void fake_replay(struct journal *journal, struct journal_visitor *visitor,
                        int64_t *ret_now_ms, uint64_t *ret_queue_number, uint64_t *ret_row,
                        uint64_t *ret_sequence)
{
    struct fake_journal *fake = list_entry(journal, struct fake_journal, journal);
    struct journal_queue queue = {
        .number = 1, .key = world_key("q.fifo"), .settings = world_settings(true)};
    struct journal_message message = {.row = 1, .queue = fake->queue, .group_id = TEXT("g")};
    struct journal_state state = {.row = 1,
                                  .queue = fake->queue,
                                  .sequence = 1,
                                  .enqueued_at_ms = WORLD_START_MS,
                                  .phase = fake->phase};
    struct journal_deduplication row = {.queue = 1, .until_ms = 5};
    visitor->queue(visitor, &queue);
    queue.number = 2;
    if (fake->queue_twice)
        visitor->queue(visitor, &queue);
    visitor->message(visitor, &message, &state);
    row.key = TEXT("later");
    visitor->deduplication(visitor, &row);
    row.key = TEXT("earlier"); // in no useful order
    row.until_ms = 4;
    visitor->deduplication(visitor, &row);
    if (fake->deduplication_twice)
        visitor->deduplication(visitor, &row);
    visitor->record(visitor, TEXT("mapping"), TEXT("uuid"), TEXT("bytes"));
    visitor->record(visitor, TEXT("dead-letter-source"), TEXT("x"), TEXT("of nobody"));
    visitor->record(visitor, TEXT("dead-letter-source"), TEXT("77"), TEXT("of nobody"));
    visitor->record(visitor, TEXT("deduplication-scope"), TEXT("77"), TEXT("queue"));
    *ret_now_ms = 0;
    *ret_queue_number = *ret_row = *ret_sequence = 1;
}

static void count_record(void *context, struct text kind, struct text key, struct text bytes)
{
    size_t *records = context;
    ck_assert(text_equal(kind, TEXT("mapping")));
    ck_assert(text_equal(key, TEXT("uuid")));
    ck_assert(text_equal(bytes, TEXT("bytes")));
    (*records)++;
}

static void open_fake(struct fake_journal fake)
{
    fake.journal.replay = fake_replay;
    fake.journal.name = "fake";
    struct timeline *timeline = timeline_new(WORLD_START_MS);
    struct engine *engine = engine_new(&(struct engine_options){
        .timeline = timeline, .journal = &fake.journal, .in_flight_max = 1});
    int64_t now_ms;
    engine_open(engine, count_record, &fake.records, &now_ms);
    ck_assert_uint_eq(fake.records, 1);
    ck_assert_uint_eq(engine_message_count(engine), 1);
    engine_free(engine);
    timeline_free(timeline);
}

START_TEST(records_of_other_rooms_pass_through)
{
    open_fake((struct fake_journal){.queue = 1});
}
END_TEST

static const struct fake_journal damaged[] = {
    {.queue = 2}, // of no queue
    {.queue = 1, .phase = MESSAGE_IN_FLIGHT + 1},
    {.queue = 1, .queue_twice = true},
    {.queue = 1, .deduplication_twice = true},
};

// 3 is the status of fail().
START_TEST(what_no_redrive_wrote_fails)
{
    open_fake(damaged[_i]);
}
END_TEST

static Suite *replay_suite(void)
{
    Suite *suite = suite_create("replay");
    TCase *tcase = tcase_create("replay");
    tcase_add_test(tcase, records_of_other_rooms_pass_through);
    tcase_add_loop_exit_test(tcase, what_no_redrive_wrote_fails, 3, 0,
                             sizeof(damaged) / sizeof(damaged[0]));
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(replay_suite)
