// The journal's contract: one list, run on every implementation.
#include "tests/queue/journal_fixture.h"

enum kind {
    KIND_NONE,
    KIND_MEMORY,
    KIND_FILE,
    KIND_COUNT
};

static struct journal *open_kind(enum kind kind)
{
    switch (kind) {
    case KIND_NONE:
        return journal_none_new();
    case KIND_MEMORY:
        return open_file(NULL);
    case KIND_FILE:
    case KIND_COUNT:
        return open_file(path);
    }
    return NULL;
}

// The journal as a later process would find it: a file is closed and opened, the others are
// replayed as they live.
static struct journal *reopen(struct journal *journal, enum kind kind)
{
    if (kind != KIND_FILE)
        return journal;
    journal_free(journal);
    return open_file(path);
}

static void put_queue(struct journal *journal, uint64_t number)
{
    struct journal_queue queue = {
        .number = number,
        .key = {.account = TEXT("000000000000"),
                .region = TEXT("us-east-1"),
                .name = TEXT("orders")},
        .created_at_ms = 11,
        .modified_at_ms = 12,
    };
    settings_init(&queue.settings);
    journal->put_queue(journal, &queue);
}

static struct journal_state received(uint64_t row, uint64_t queue)
{
    return (struct journal_state){
        .row = row,
        .queue = queue,
        .sequence = row * 10,
        .enqueued_at_ms = 20,
        .available_at_ms = 30055,
        .received_at_ms = 55,
        .first_received_at_ms = 54,
        .receive_count = 7,
        .queue_receive_count = 3,
        .phase = 2,
        .leased_outside = true,
        .dead_letter_source = 4,
    };
}

// ---- the contract ----

START_TEST(a_new_journal_is_empty)
{
    cleanup(journal_free) struct journal *journal = open_kind((enum kind)_i);
    cleanup(buffer_deinit) struct buffer dump = {0};
    journal_dump(journal, &dump);
    ck_assert(text_equal(buffer_text(&dump), TEXT("meta now=0 queue_number=0 row=0 sequence=0\n")));
}
END_TEST

START_TEST(every_setting_of_a_queue_comes_back)
{
    cleanup(journal_free) struct journal *journal = open_kind((enum kind)_i);
    struct journal_queue queue = {
        .number = 3,
        .key = {.account = TEXT("123456789012"),
                .region = TEXT("eu-central-1"),
                .name = TEXT("orders.fifo")},
        .created_at_ms = 1001,
        .modified_at_ms = 1002,
        .settings =
            {
                .delay_seconds = 1,
                .maximum_message_bytes = 2048,
                .message_retention_seconds = 61,
                .receive_wait_seconds = 2,
                .visibility_timeout_seconds = 43200,
                .fifo = true,
                .content_based_deduplication = true,
                .deduplication_per_group = true,
                .throughput_per_group = true,
                .sqs_managed_sse = false,
                .kms_data_key_reuse_seconds = 60,
                .receive_count_max = 1000,
                .dead_letter = {.account = TEXT("1"),
                                .region = TEXT("us-east-1"),
                                .name = TEXT("dead.fifo")},
                .redrive_allow_set = true,
                .redrive_permission = REDRIVE_BY_QUEUE,
                .redrive_source_count = 10,
                .policy = TEXT("{\"a\0b\":1}"),
                .kms_master_key_id = TEXT("testKeyId"),
            },
    };
    static const char letters[] = "abcdefghij";
    for (size_t i = 0; i < REDRIVE_SOURCES_MAX; i++)
        queue.settings.redrive_source_arns[i] = text_from(letters + i, 1);
    journal->put_queue(journal, &queue);
    journal->commit(journal, 5);
    journal = reopen(take(&journal), (enum kind)_i);
    cleanup(buffer_deinit) struct buffer dump = {0};
    journal_dump(journal, &dump);
    cleanup(buffer_deinit) struct buffer expected = {0};
    buffer_append(&expected, TEXT("queue number=3 account=12:123456789012 region=12:eu-central-1 "
                                  "name=11:orders.fifo created=1001 "
                                  "modified=1002 delay=1 bytes=2048 retention=61 wait=2 "
                                  "visibility=43200 fifo=1 content=1 scope=1 "
                                  "throughput=1 sse=0 reuse=60 count_max=1000 account=1:1 "
                                  "region=9:us-east-1 name=9:dead.fifo allow=1 "
                                  "permission=2 source=1:a source=1:b source=1:c source=1:d "
                                  "source=1:e source=1:f source=1:g source=1:h "
                                  "source=1:i source=1:j policy=9:{\"a\0b\":1} kms=9:testKeyId\n"
                                  "meta now=5 queue_number=3 row=0 sequence=0\n"));
    ck_assert(text_equal(buffer_text(&dump), buffer_text(&expected)));
}
END_TEST

START_TEST(a_queue_put_again_replaces_its_settings)
{
    cleanup(journal_free) struct journal *journal = open_kind((enum kind)_i);
    put_queue(journal, 1);
    struct journal_queue queue = {
        .number = 1, .key = {.name = TEXT("orders")}, .modified_at_ms = 99};
    settings_init(&queue.settings);
    queue.settings.delay_seconds = 77;
    journal->put_queue(journal, &queue);
    journal->commit(journal, 5);
    journal = reopen(take(&journal), (enum kind)_i);
    cleanup(buffer_deinit) struct buffer dump = {0};
    journal_dump(journal, &dump);
    ck_assert(dump_has(&dump, "modified=99 delay=77"));
    ck_assert(!dump_has(&dump, "modified=12"));
    ck_assert(dump_has(&dump, "queue_number=1"));
}
END_TEST

START_TEST(a_sent_message_comes_back_with_its_state)
{
    cleanup(journal_free) struct journal *journal = open_kind((enum kind)_i);
    put_queue(journal, 1);
    insert(journal, 1, 1, TEXT("hello"));
    journal->commit(journal, 5);
    journal = reopen(take(&journal), (enum kind)_i);
    cleanup(buffer_deinit) struct buffer dump = {0};
    journal_dump(journal, &dump);
    ck_assert(dump_has(&dump, "state=1 queue=1 sequence=10 enqueued=20 available=25 received=0 "
                              "first=0 count=0 queue_count=0 "
                              "phase=1 outside=0 source=0"));
    ck_assert(dump_has(&dump, "body=5:hello"));
}
END_TEST

START_TEST(a_changed_state_comes_back_whole)
{
    cleanup(journal_free) struct journal *journal = open_kind((enum kind)_i);
    insert(journal, 1, 1, TEXT("hello"));
    struct journal_state state = received(1, 2);
    journal->put_state(journal, &state);
    journal->commit(journal, 5);
    journal = reopen(take(&journal), (enum kind)_i);
    cleanup(buffer_deinit) struct buffer dump = {0};
    journal_dump(journal, &dump);
    ck_assert(dump_has(
        &dump,
        "state=1 queue=2 sequence=10 enqueued=20 available=30055 received=55 first=54 count=7 "
        "queue_count=3 phase=2 outside=1 source=4"));
    ck_assert(dump_has(&dump, "row=1 sent_to=1"));
}
END_TEST

START_TEST(a_message_may_be_inserted_in_any_state)
{
    cleanup(journal_free) struct journal *journal = open_kind((enum kind)_i);
    struct journal_message message = {.row = 1, .queue = 1};
    struct journal_state state = received(1, 1);
    journal->insert_message(journal, &message, &state);
    journal->commit(journal, 5);
    journal = reopen(take(&journal), (enum kind)_i);
    cleanup(buffer_deinit) struct buffer dump = {0};
    journal_dump(journal, &dump);
    ck_assert(
        dump_has(&dump, "received=55 first=54 count=7 queue_count=3 phase=2 outside=1 source=4"));
}
END_TEST

START_TEST(all_bytes_go_into_bodies_and_attributes)
{
    cleanup(journal_free) struct journal *journal = open_kind((enum kind)_i);
    char bytes[70000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)i;
    struct journal_message message = {
        .row = 1,
        .queue = 1,
        .sent_at_ms = 33,
        .sender_id = text_from(bytes, 3),
        .trace_header = text_from(bytes, 4),
        .group_id = text_from(bytes, 128),
        .deduplication_id = text_from(bytes + 1, 127),
        .attributes = text_from(bytes, 1000),
        .body = text_from(bytes, sizeof bytes),
    };
    memset(message.message_id, 0, 16);
    memset(message.body_md5, 0xff, 16);
    struct journal_state state = {.row = 1, .queue = 1, .sequence = 1};
    journal->insert_message(journal, &message, &state);
    journal->commit(journal, 5);
    for (int round = 0; round < 2; round++) {
        cleanup(arena_free) struct arena *arena = arena_new();
        struct journal_message read;
        journal->read_message(journal, 1, arena, &read);
        ck_assert_uint_eq(read.row, 1);
        ck_assert_uint_eq(read.queue, 1);
        ck_assert_int_eq(read.sent_at_ms, 33);
        ck_assert_mem_eq(read.message_id, message.message_id, 16);
        ck_assert_mem_eq(read.body_md5, message.body_md5, 16);
        ck_assert(text_equal(read.sender_id, message.sender_id));
        ck_assert(text_equal(read.trace_header, message.trace_header));
        ck_assert(text_equal(read.group_id, message.group_id));
        ck_assert(text_equal(read.deduplication_id, message.deduplication_id));
        ck_assert(text_equal(read.attributes, message.attributes));
        ck_assert(text_equal(read.body, message.body));
        journal = reopen(take(&journal), (enum kind)_i);
    }
}
END_TEST

START_TEST(what_was_read_outlives_the_message)
{
    cleanup(journal_free) struct journal *journal = open_kind((enum kind)_i);
    cleanup(arena_free) struct arena *arena = arena_new();
    insert(journal, 1, 1, TEXT("hello"));
    journal->commit(journal, 5);
    struct journal_message read;
    journal->read_message(journal, 1, arena, &read);
    journal->delete_message(journal, 1);
    journal->commit(journal, 6);
    for (uint64_t row = 2; row < 3000; row++)
        insert(journal, row, 1, text_from("0123456789012345678901234567890123456789", 40));
    ck_assert(text_equal(read.body, TEXT("hello")));
}
END_TEST

// Far more than the journal remembers in memory; every one is read from wherever it lies by then.
START_TEST(old_and_new_messages_are_read_alike)
{
    cleanup(journal_free) struct journal *journal = open_kind((enum kind)_i);
    char body[3000];
    memset(body, 'x', sizeof body);
    for (uint64_t row = 1; row <= 5000; row++) {
        int length = snprintf(body, 20, "%llu", (unsigned long long)row);
        body[length] = 'x';
        insert(journal, row, 1, text_from(body, 20 + row % 2900));
    }
    journal->commit(journal, 5);
    cleanup(arena_free) struct arena *arena = arena_new();
    for (uint64_t row = 1; row <= 5000; row++) {
        struct journal_message read;
        journal->read_message(journal, row, arena, &read);
        char start[24];
        int length = snprintf(start, sizeof start, "%llux", (unsigned long long)row);
        ck_assert_uint_eq(read.row, row);
        ck_assert_uint_eq(read.body.length, 20 + row % 2900);
        ck_assert_mem_eq(read.body.bytes, start, (size_t)length);
        arena_reset(arena);
    }
}
END_TEST

START_TEST(a_deleted_message_does_not_come_back)
{
    cleanup(journal_free) struct journal *journal = open_kind((enum kind)_i);
    struct journal_state state = received(2, 1);
    insert(journal, 1, 1, TEXT("first"));
    insert(journal, 2, 1, TEXT("second"));
    insert(journal, 3, 1, TEXT("third"));
    journal->put_state(journal, &state);
    journal->delete_message(journal, 2);
    journal->commit(journal, 5);
    journal->delete_message(journal, 1);
    journal->commit(journal, 6);
    journal = reopen(take(&journal), (enum kind)_i);
    cleanup(buffer_deinit) struct buffer dump = {0};
    journal_dump(journal, &dump);
    ck_assert(!dump_has(&dump, "message row=1"));
    ck_assert(!dump_has(&dump, "message row=2"));
    ck_assert(dump_has(&dump, "message row=3"));
}
END_TEST

// Deletes in an order that makes neither one range nor single rows, beyond every list the journal
// may keep.
START_TEST(many_deletes_leave_exactly_the_others)
{
    cleanup(journal_free) struct journal *journal = open_kind((enum kind)_i);
    cleanup(journal_free) struct journal *model = journal_none_new();
    for (uint64_t row = 1; row <= 3000; row++) {
        insert(journal, row, 1, TEXT("body"));
        insert(model, row, 1, TEXT("body"));
    }
    for (uint64_t i = 1; i <= 3000; i++) {
        uint64_t row = i * 1009 % 3001;
        if (row % 7 != 0) {
            journal->delete_message(journal, row);
            model->delete_message(model, row);
        }
        if (i % 50 == 0) {
            journal->commit(journal, (int64_t)i);
            model->commit(model, (int64_t)i);
        }
    }
    journal = reopen(take(&journal), (enum kind)_i);
    cleanup(buffer_deinit) struct buffer dump = {0};
    cleanup(buffer_deinit) struct buffer expected = {0};
    journal_dump(journal, &dump);
    journal_dump(model, &expected);
    ck_assert(text_equal(buffer_text(&dump), buffer_text(&expected)));
}
END_TEST

START_TEST(a_deleted_queue_takes_the_messages_in_it_and_no_others)
{
    cleanup(journal_free) struct journal *journal = open_kind((enum kind)_i);
    put_queue(journal, 1);
    put_queue(journal, 2);
    insert(journal, 1, 1, TEXT("stays in 1"));
    insert(journal, 2, 1, TEXT("moved to 2"));
    insert(journal, 3, 2, TEXT("stays in 2"));
    insert(journal, 4, 2, TEXT("moved to 1"));
    insert(journal, 5, 1, TEXT("received in 1"));
    insert(journal, 6, 1, TEXT("deleted before"));
    struct journal_state states[] = {received(2, 2), received(4, 1), received(5, 1)};
    for (size_t i = 0; i < 3; i++)
        journal->put_state(journal, &states[i]);
    struct journal_deduplication first = {.queue = 1, .key = TEXT("id"), .until_ms = 9};
    struct journal_deduplication second = {.queue = 2, .key = TEXT("id"), .until_ms = 8};
    journal->put_deduplication(journal, &first);
    journal->put_deduplication(journal, &second);
    journal->delete_message(journal, 6);
    journal->delete_queue(journal, 1);
    journal->commit(journal, 5);
    journal = reopen(take(&journal), (enum kind)_i);
    cleanup(buffer_deinit) struct buffer dump = {0};
    journal_dump(journal, &dump);
    ck_assert(!dump_has(&dump, "queue number=1"));
    ck_assert(dump_has(&dump, "queue number=2"));
    ck_assert(!dump_has(&dump, "message row=1"));
    ck_assert(dump_has(&dump, "message row=2"));
    ck_assert(dump_has(&dump, "message row=3"));
    ck_assert(!dump_has(&dump, "message row=4"));
    ck_assert(!dump_has(&dump, "message row=5"));
    ck_assert(!dump_has(&dump, "message row=6"));
    ck_assert(!dump_has(&dump, "deduplication queue=1"));
    ck_assert(dump_has(&dump, "deduplication queue=2"));
}
END_TEST

// A window outlives receive and delete.
START_TEST(deduplications_are_put_replaced_and_deleted_by_queue_and_key)
{
    RULES("S-221");
    cleanup(journal_free) struct journal *journal = open_kind((enum kind)_i);
    struct journal_deduplication rows[] = {
        {.queue = 2, .key = TEXT("b"), .until_ms = 1, .sequence = 5},
        {.queue = 2, .key = TEXT("a\0c"), .until_ms = 2, .sequence = 6},
        {.queue = 1, .key = TEXT("b"), .until_ms = 3, .sequence = 7},
        {.queue = 2, .key = TEXT("b"), .until_ms = 4, .sequence = 900},
        {.queue = 300, .key = TEXT("x"), .until_ms = 3, .sequence = 7},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memset(rows[i].message_id, (int)('A' + i), 16);
        journal->put_deduplication(journal, &rows[i]);
    }
    journal->delete_deduplication(journal, 1, TEXT("b"));
    journal->delete_deduplication(journal, 1, TEXT("never put"));
    journal->commit(journal, 5);
    journal = reopen(take(&journal), (enum kind)_i);
    cleanup(buffer_deinit) struct buffer dump = {0};
    cleanup(buffer_deinit) struct buffer expected = {0};
    journal_dump(journal, &dump);
    buffer_append(
        &expected,
        TEXT("deduplication queue=2 key=3:a\0c until=2 id=16:BBBBBBBBBBBBBBBB sequence=6\n"
             "deduplication queue=300 key=1:x until=3 id=16:EEEEEEEEEEEEEEEE sequence=7\n"
             "deduplication queue=2 key=1:b until=4 id=16:DDDDDDDDDDDDDDDD sequence=900\n"
             "meta now=5 queue_number=0 row=0 sequence=900\n"));
    ck_assert(text_equal(buffer_text(&dump), buffer_text(&expected)));
}
END_TEST

START_TEST(records_are_put_replaced_and_deleted_by_kind_and_key)
{
    cleanup(journal_free) struct journal *journal = open_kind((enum kind)_i);
    journal->put_record(journal, TEXT("mapping"), TEXT("k"), TEXT("old"));
    journal->put_record(journal, TEXT("function"), TEXT("k"), TEXT("f\0f"));
    journal->put_record(journal, TEXT("mapping"), TEXT("k"), TEXT("new"));
    journal->put_record(journal, TEXT("mapping"), TEXT("gone"), TEXT("x"));
    journal->put_record(journal, TEXT("mappingk"), TEXT(""), TEXT(""));
    journal->delete_record(journal, TEXT("mapping"), TEXT("gone"));
    journal->delete_record(journal, TEXT("mapping"), TEXT("never"));
    journal->commit(journal, 5);
    journal = reopen(take(&journal), (enum kind)_i);
    cleanup(buffer_deinit) struct buffer dump = {0};
    cleanup(buffer_deinit) struct buffer expected = {0};
    journal_dump(journal, &dump);
    buffer_append(&expected, TEXT("record kind=8:function key=1:k bytes=3:f\0f\n"
                                  "record kind=7:mapping key=1:k bytes=3:new\n"
                                  "record kind=8:mappingk key=0: bytes=0:\n"
                                  "meta now=5 queue_number=0 row=0 sequence=0\n"));
    ck_assert(text_equal(buffer_text(&dump), buffer_text(&expected)));
}
END_TEST

START_TEST(numbers_stay_used_when_their_rows_are_gone)
{
    cleanup(journal_free) struct journal *journal = open_kind((enum kind)_i);
    put_queue(journal, 9);
    insert(journal, 41, 9, TEXT("x"));
    journal->commit(journal, 5);
    journal->delete_message(journal, 41);
    journal->delete_queue(journal, 9);
    journal->commit(journal, 6);
    journal = reopen(take(&journal), (enum kind)_i);
    cleanup(buffer_deinit) struct buffer dump = {0};
    journal_dump(journal, &dump);
    ck_assert(
        text_equal(buffer_text(&dump), TEXT("meta now=6 queue_number=9 row=41 sequence=410\n")));
}
END_TEST

START_TEST(a_commit_without_writes_changes_nothing)
{
    cleanup(journal_free) struct journal *journal = open_kind((enum kind)_i);
    insert(journal, 1, 1, TEXT("x"));
    journal->commit(journal, 5);
    cleanup(arena_free) struct arena *arena = arena_new();
    struct journal_message read;
    journal->read_message(journal, 1, arena, &read);
    journal->commit(journal, 6);
    journal->commit(journal, 7);
    journal = reopen(take(&journal), (enum kind)_i);
    cleanup(buffer_deinit) struct buffer dump = {0};
    journal_dump(journal, &dump);
    ck_assert(dump_has(&dump, "meta now=5 "));
    ck_assert_int_eq(journal->last_at_ms(journal), 5);
}
END_TEST

START_TEST(a_commit_that_keeps_now_writes_it_alone)
{
    cleanup(journal_free) struct journal *journal = open_kind((enum kind)_i);
    insert(journal, 1, 1, TEXT("x"));
    journal->commit(journal, 5);
    journal->keep_now(journal);
    journal->commit(journal, 6);
    journal->commit(journal, 7);
    journal = reopen(take(&journal), (enum kind)_i);
    cleanup(buffer_deinit) struct buffer dump = {0};
    journal_dump(journal, &dump);
    ck_assert(dump_has(&dump, "meta now=6 "));
    ck_assert_int_eq(journal->last_at_ms(journal), 6);
}
END_TEST

START_TEST(memory_is_reported)
{
    cleanup(journal_free) struct journal *journal = open_kind((enum kind)_i);
    char body[2000] = {0};
    size_t before = journal->memory_bytes(journal);
    for (uint64_t row = 1; row <= 100; row++)
        insert(journal, row, 1, text_from(body, sizeof body));
    journal->commit(journal, 5);
    ck_assert_uint_ge(journal->memory_bytes(journal), before + 100 * sizeof body);
}
END_TEST

// Two thousand turns against the model; a file is closed and opened every two hundred.
START_TEST(random_operations_leave_what_the_model_holds)
{
    cleanup(journal_free) struct journal *journal = open_kind((enum kind)_i);
    cleanup(journal_free) struct journal *model = journal_none_new();
    struct operations operations;
    struct operations twin;
    operations_init(&operations, 4711, true);
    operations_init(&twin, 4711, true);
    cleanup(buffer_deinit) struct buffer dump = {0};
    cleanup(buffer_deinit) struct buffer expected = {0};
    for (int turn = 1; turn <= 2000; turn++) {
        operations_turn(&operations, journal);
        operations_turn(&twin, model);
        if (journal->maintain != NULL)
            journal->maintain(journal);
        if (turn % 200 != 0)
            continue;
        journal = reopen(take(&journal), (enum kind)_i);
        journal_dump(journal, &dump);
        journal_dump(model, &expected);
        ck_assert(text_equal(buffer_text(&dump), buffer_text(&expected)));
    }
}
END_TEST

START_TEST(freeing_nothing_is_nothing)
{
    ck_assert_ptr_null(journal_free(NULL));
}
END_TEST

static Suite *journal_suite(void)
{
    Suite *suite = suite_create("journal");
    TCase *contract = tcase_create("contract");
    tcase_add_checked_fixture(contract, make_directory, remove_directory);
    tcase_add_loop_test(contract, a_new_journal_is_empty, 0, KIND_COUNT);
    tcase_add_loop_test(contract, every_setting_of_a_queue_comes_back, 0, KIND_COUNT);
    tcase_add_loop_test(contract, a_queue_put_again_replaces_its_settings, 0, KIND_COUNT);
    tcase_add_loop_test(contract, a_sent_message_comes_back_with_its_state, 0, KIND_COUNT);
    tcase_add_loop_test(contract, a_changed_state_comes_back_whole, 0, KIND_COUNT);
    tcase_add_loop_test(contract, a_message_may_be_inserted_in_any_state, 0, KIND_COUNT);
    tcase_add_loop_test(contract, all_bytes_go_into_bodies_and_attributes, 0, KIND_COUNT);
    tcase_add_loop_test(contract, what_was_read_outlives_the_message, 0, KIND_COUNT);
    tcase_add_loop_test(contract, old_and_new_messages_are_read_alike, 0, KIND_COUNT);
    tcase_add_loop_test(contract, a_deleted_message_does_not_come_back, 0, KIND_COUNT);
    tcase_add_loop_test(contract, many_deletes_leave_exactly_the_others, 0, KIND_COUNT);
    tcase_add_loop_test(contract, a_deleted_queue_takes_the_messages_in_it_and_no_others, 0,
                        KIND_COUNT);
    tcase_add_loop_test(contract, deduplications_are_put_replaced_and_deleted_by_queue_and_key, 0,
                        KIND_COUNT);
    tcase_add_loop_test(contract, records_are_put_replaced_and_deleted_by_kind_and_key, 0,
                        KIND_COUNT);
    tcase_add_loop_test(contract, numbers_stay_used_when_their_rows_are_gone, 0, KIND_COUNT);
    tcase_add_loop_test(contract, a_commit_without_writes_changes_nothing, 0, KIND_COUNT);
    tcase_add_loop_test(contract, a_commit_that_keeps_now_writes_it_alone, 0, KIND_COUNT);
    tcase_add_loop_test(contract, memory_is_reported, 0, KIND_COUNT);
    tcase_add_loop_test(contract, random_operations_leave_what_the_model_holds, 0, KIND_COUNT);
    tcase_add_test(contract, freeing_nothing_is_nothing);
    suite_add_tcase(suite, contract);
    return suite;
}

CHECK_MAIN(journal_suite)
