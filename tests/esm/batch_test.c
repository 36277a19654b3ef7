// batch_test -- what is known of the messages of one invocation, and the event that half of them are.
#include "esm/batch.h"

#include "esm/event.h"
#include "tests/support/check_main.h"

#include <string.h>

DEFINE_DEINIT_CLEANUP(batch_deinit, struct batch)

// A message whose record in the payload is its body.
static void add(struct batch *batch, const char *body, int64_t visible_at_ms)
{
    struct delivery delivery = {
        .message_id = TEXT("11111111-2222-4333-8444-555555555555"),
        .receipt = TEXT("receipt"),
        .group_id = TEXT("group"),
        .receive_count = 3,
        .visible_at_ms = visible_at_ms,
    };
    if (batch->count == 0)
        event_begin(&batch->payload);
    buffer_append(&batch->payload, text_of(body));
    batch_add(batch, &delivery);
    batch->messages[batch->count - 1].record_end = batch->payload.length;
}

START_TEST(a_batch_knows_its_messages_after_the_delivery_is_gone)
{
    cleanup(batch_deinit) struct batch batch;
    batch_init(&batch);
    ck_assert_uint_eq(batch.count, 0);
    ck_assert_int_eq(batch_lease_end_ms(&batch), INT64_MAX);
    for (int64_t i = 0; i < 25; i++)
        add(&batch, "x", i == 13 ? 500 : 1000 + i);
    ck_assert_uint_eq(batch.count, 25);
    ck_assert_int_eq(batch_lease_end_ms(&batch), 500);
    const struct batch_message *message = &batch.messages[24];
    ck_assert(text_equal(message->id_text, TEXT("11111111-2222-4333-8444-555555555555")));
    ck_assert(text_equal(message->receipt, TEXT("receipt")));
    ck_assert(text_equal(message->group, TEXT("group")));
    ck_assert_uint_eq(message->receive_count, 3);
    ck_assert_int_eq(message->visible_at_ms, 1024);
}
END_TEST

START_TEST(half_a_batch_is_the_event_of_its_first_half)
{
    cleanup(batch_deinit) struct batch batch;
    batch_init(&batch);
    cleanup(buffer_deinit) struct buffer half = {0};
    add(&batch, "1", 1000);
    ck_assert_uint_eq(batch_first_half(&batch, &half).length, 0);
    add(&batch, ",2", 1000);
    ck_assert(text_equal(batch_first_half(&batch, &half), TEXT("{\"Records\":[1]}")));
    add(&batch, ",3", 1000);
    ck_assert(text_equal(batch_first_half(&batch, &half), TEXT("{\"Records\":[1]}")));
    add(&batch, ",4", 1000);
    ck_assert(text_equal(batch_first_half(&batch, &half), TEXT("{\"Records\":[1,2]}")));
    ck_assert(text_equal(buffer_text(&batch.payload), TEXT("{\"Records\":[1,2,3,4")));
}
END_TEST

START_TEST(an_empty_batch_keeps_little_memory_and_gives_much_back)
{
    cleanup(batch_deinit) struct batch batch;
    batch_init(&batch);
    add(&batch, "1", 1000);
    memcpy(batch.request_id, "x", 1);
    const char *kept = batch.payload.bytes;
    batch_clear(&batch);
    ck_assert_uint_eq(batch.count, 0);
    ck_assert_uint_eq(batch.payload.length, 0);
    ck_assert_int_eq(batch.request_id[0], '\0');
    ck_assert_ptr_eq(batch.payload.bytes, kept);
    buffer_reserve(&batch.payload, 1024 * 1024);
    batch_clear(&batch);
    ck_assert_uint_eq(batch.payload.capacity, 0);
}
END_TEST

static Suite *batch_suite(void)
{
    Suite *suite = suite_create("esm/batch");
    TCase *batch = tcase_create("batch");
    tcase_add_test(batch, a_batch_knows_its_messages_after_the_delivery_is_gone);
    tcase_add_test(batch, half_a_batch_is_the_event_of_its_first_half);
    tcase_add_test(batch, an_empty_batch_keeps_little_memory_and_gives_much_back);
    suite_add_tcase(suite, batch);
    return suite;
}

CHECK_MAIN(batch_suite)
