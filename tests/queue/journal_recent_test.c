// The ring of recent messages: what it gives back is whole, and it forgets the oldest first.
#include "queue/journal_recent.h"

#include "tests/support/check_main.h"

#include <stdio.h>

#define RING_BYTES 8192

static struct journal_message message_of(uint64_t row, struct text body)
{
    return (struct journal_message){
        .row = row,
        .queue = row + 1,
        .sent_at_ms = 7,
        .message_id = {1, 2, 3},
        .body_md5 = {4, 5},
        .sender_id = TEXT("sender"),
        .trace_header = TEXT("trace"),
        .group_id = TEXT("g\0g"),
        .deduplication_id = TEXT("id"),
        .attributes = TEXT("attributes"),
        .body = body,
    };
}

static void expect_message(const struct recent *recent, uint64_t row, struct text body)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    struct journal_message expected = message_of(row, body);
    struct journal_message found;
    ck_assert(recent_get(recent, row, arena, &found));
    ck_assert_uint_eq(found.row, row);
    ck_assert_uint_eq(found.queue, expected.queue);
    ck_assert_int_eq(found.sent_at_ms, 7);
    ck_assert_mem_eq(found.message_id, expected.message_id, 16);
    ck_assert_mem_eq(found.body_md5, expected.body_md5, 16);
    ck_assert(text_equal(found.sender_id, expected.sender_id));
    ck_assert(text_equal(found.trace_header, expected.trace_header));
    ck_assert(text_equal(found.group_id, expected.group_id));
    ck_assert(text_equal(found.deduplication_id, expected.deduplication_id));
    ck_assert(text_equal(found.attributes, expected.attributes));
    ck_assert(text_equal(found.body, body));
}

static bool is_remembered(const struct recent *recent, uint64_t row)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    struct journal_message found;
    return recent_get(recent, row, arena, &found);
}

START_TEST(a_message_comes_back_whole)
{
    cleanup(recent_free) struct recent *recent = recent_new(RING_BYTES);
    struct journal_message message = message_of(5, TEXT("body"));
    recent_put(recent, &message);
    expect_message(recent, 5, TEXT("body"));
    ck_assert(!is_remembered(recent, 4));
    ck_assert_uint_gt(recent_bytes(recent), sizeof message);
}
END_TEST

// Bodies of many lengths, so that the end of the ring is met at every distance.
START_TEST(the_oldest_are_forgotten_first_and_the_others_stay_whole)
{
    cleanup(recent_free) struct recent *recent = recent_new(RING_BYTES);
    char bodies[800];
    for (size_t i = 0; i < sizeof bodies; i++)
        bodies[i] = (char)('a' + i % 26);
    for (uint64_t row = 1; row <= 2000; row++) {
        struct journal_message message =
            message_of(row, text_from(bodies, row * 37 % sizeof bodies));
        recent_put(recent, &message);
        bool younger = true;
        for (uint64_t back = 0; back < 30 && back < row; back++) {
            bool remembered = is_remembered(recent, row - back);
            ck_assert(younger || !remembered);
            younger = remembered;
            if (remembered)
                expect_message(recent, row - back,
                               text_from(bodies, (row - back) * 37 % sizeof bodies));
        }
        ck_assert(is_remembered(recent, row));
    }
    ck_assert_uint_eq(recent_bytes(recent), RING_BYTES);
}
END_TEST

START_TEST(a_very_large_message_is_not_remembered_and_pushes_nobody_out)
{
    cleanup(recent_free) struct recent *recent = recent_new(RING_BYTES);
    static char body[RING_BYTES];
    struct journal_message small = message_of(1, TEXT("small"));
    struct journal_message large = message_of(2, text_from(body, sizeof body));
    recent_put(recent, &small);
    recent_put(recent, &large);
    ck_assert(!is_remembered(recent, 2));
    expect_message(recent, 1, TEXT("small"));
    ck_assert_ptr_null(recent_free(NULL));
}
END_TEST

// An eighth of the ring is what one message may take, with its texts and rounded up.
START_TEST(the_largest_that_is_remembered_takes_an_eighth)
{
    for (size_t over = 0; over <= 1; over++) {
        cleanup(recent_free) struct recent *recent = recent_new(RING_BYTES);
        static char body[RING_BYTES];
        struct journal_message empty = message_of(1, TEXT(""));
        size_t others = sizeof empty + empty.sender_id.length + empty.trace_header.length +
                        empty.group_id.length + empty.deduplication_id.length +
                        empty.attributes.length;
        struct journal_message message =
            message_of(1, text_from(body, RING_BYTES / 8 - others + over));
        recent_put(recent, &message);
        ck_assert_int_eq(is_remembered(recent, 1), over == 0);
        ck_assert_uint_eq(recent_bytes(recent), over == 0 ? RING_BYTES / 8 : 0);
    }
}
END_TEST

static Suite *journal_recent_suite(void)
{
    Suite *suite = suite_create("journal_recent");
    TCase *cases = tcase_create("recent");
    tcase_add_test(cases, a_message_comes_back_whole);
    tcase_add_test(cases, the_oldest_are_forgotten_first_and_the_others_stay_whole);
    tcase_add_test(cases, a_very_large_message_is_not_remembered_and_pushes_nobody_out);
    tcase_add_test(cases, the_largest_that_is_remembered_takes_an_eighth);
    suite_add_tcase(suite, cases);
    return suite;
}

CHECK_MAIN(journal_recent_suite)
