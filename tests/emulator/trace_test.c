// trace_test -- the ring remembers the youngest points, says what it lost, and writes each as JSON.
#include "emulator/trace.h"

#include "queue/base/random.h"
#include "tests/support/check_main.h"

#include <stdio.h>
#include <unistd.h>

#define RING_BYTES 16384

struct seen {
    uint64_t numbers[4096];
    int64_t at_ms[4096];
    size_t count;
    size_t limit; // 0: none
};

static bool see(void *context, uint64_t number, const struct trace_point *point)
{
    struct seen *seen = context;
    ck_assert_uint_lt(seen->count, 4096);
    seen->numbers[seen->count] = number;
    seen->at_ms[seen->count++] = point->at_ms;
    return seen->limit == 0 || seen->count < seen->limit;
}

static void tell(struct trace *trace, int64_t at_ms, const uint8_t *message, struct text queue,
                 struct text reason)
{
    struct trace_point point = {.kind = TRACE_SENT,
                                .at_ms = at_ms,
                                .queue = queue,
                                .message = message,
                                .actor = TEXT("client"),
                                .reason = reason};
    trace_tracer(trace)->point(trace_tracer(trace), &point);
}

static bool same(void *context, uint64_t number, const struct trace_point *point)
{
    *(bool *)context = true;
    ck_assert_uint_eq(number, 0);
    ck_assert_int_eq(point->kind, TRACE_DEAD_LETTERED);
    ck_assert_int_eq(point->at_ms, 1767225600000);
    ck_assert(text_equal(point->queue, TEXT("orders")));
    ck_assert_mem_eq(point->message, "0123456789abcdef", 16);
    ck_assert_uint_eq(point->receive_count, 3);
    ck_assert_int_eq(point->until_ms, 7);
    ck_assert(text_equal(point->other, TEXT("orders-dlq")));
    ck_assert(text_equal(point->actor, TEXT("client")));
    ck_assert(text_equal(point->request, TEXT("r-1")));
    ck_assert(text_equal(point->reason, TEXT("received 3 times")));
    return true;
}

START_TEST(a_point_comes_back_as_it_was_told)
{
    struct text reason;
    struct trace *trace = trace_new(RING_BYTES, NULL, &reason);
    uint8_t message[17] = "0123456789abcdef";
    struct trace_point told = {.kind = TRACE_DEAD_LETTERED,
                               .at_ms = 1767225600000,
                               .queue = TEXT("orders"),
                               .message = message,
                               .receive_count = 3,
                               .until_ms = 7,
                               .other = TEXT("orders-dlq"),
                               .actor = TEXT("client"),
                               .request = TEXT("r-1"),
                               .reason = TEXT("received 3 times")};
    trace_tracer(trace)->point(trace_tracer(trace), &told);
    bool walked = false;
    trace_walk(trace, NULL, (struct text){0}, 0, same, &walked);
    ck_assert(walked);
    trace_free(trace);
}
END_TEST

START_TEST(the_oldest_points_are_overwritten_and_counted)
{
    // Lengths of every size, so that the ring's end is met in every way; after each point the walk
    // sees exactly the numbers from overwritten to count.
    struct text reason;
    struct trace *trace = trace_new(RING_BYTES, NULL, &reason);
    static char words[600];
    memset(words, 'x', sizeof(words));
    struct random random;
    random_init(&random, (uint64_t)_i + 1);
    for (int64_t told = 0; told < 3000; told++) {
        uint8_t message[16] = {1};
        bool with_message = random_below(&random, 2) == 0;
        tell(trace, told, with_message ? message : NULL, TEXT("orders"),
             text_from(words, random_below(&random, _i == 0 ? 40 : sizeof(words))));
        struct seen seen = {0};
        trace_walk(trace, NULL, (struct text){0}, 0, see, &seen);
        ck_assert_uint_eq(trace_count(trace), (uint64_t)told + 1);
        ck_assert_uint_eq(seen.count, trace_count(trace) - trace_overwritten(trace));
        ck_assert_uint_ge(seen.count, 1);
        for (size_t i = 0; i < seen.count; i++) {
            ck_assert_uint_eq(seen.numbers[i], trace_overwritten(trace) + i);
            ck_assert_int_eq(seen.at_ms[i], (int64_t)seen.numbers[i]);
        }
    }
    ck_assert_uint_gt(trace_overwritten(trace), 0);
    ck_assert_uint_le(trace_memory_bytes(trace), RING_BYTES + 512);
    trace_free(trace);
}
END_TEST

START_TEST(a_walk_can_be_narrowed)
{
    struct text reason;
    struct trace *trace = trace_new(RING_BYTES, NULL, &reason);
    uint8_t one[16] = {1};
    uint8_t two[16] = {2};
    tell(trace, 10, one, TEXT("orders"), TEXT("a"));
    tell(trace, 11, two, TEXT("orders"), TEXT("b"));
    tell(trace, 12, one, TEXT("others"), TEXT("c"));
    tell(trace, 13, NULL, TEXT("orders"), TEXT("d"));

    struct seen of_one = {0};
    trace_walk(trace, one, (struct text){0}, 0, see, &of_one);
    ck_assert_uint_eq(of_one.count, 2);
    ck_assert_int_eq(of_one.at_ms[1], 12);
    struct seen of_orders = {0};
    trace_walk(trace, NULL, TEXT("orders"), 0, see, &of_orders);
    ck_assert_uint_eq(of_orders.count, 3);
    struct seen of_late = {0};
    trace_walk(trace, NULL, (struct text){0}, 2, see, &of_late);
    ck_assert_uint_eq(of_late.count, 2);
    ck_assert_uint_eq(of_late.numbers[0], 2);
    struct seen of_first = {.limit = 1};
    trace_walk(trace, NULL, (struct text){0}, 0, see, &of_first);
    ck_assert_uint_eq(of_first.count, 1);

    trace_reset(trace);
    struct seen of_none = {0};
    trace_walk(trace, NULL, (struct text){0}, 0, see, &of_none);
    ck_assert_uint_eq(of_none.count, 0);
    ck_assert_uint_eq(trace_count(trace), 0);
    trace_free(trace);
}
END_TEST

START_TEST(json_leaves_out_what_is_empty)
{
    cleanup(buffer_deinit) struct buffer buffer = {0};
    struct trace_point point = {.kind = TRACE_MAPPING, .at_ms = 1767225600001};
    trace_append_json(&buffer, 7, &point);
    ck_assert(
        text_equal(buffer_text(&buffer), TEXT("{\"number\":7,\"at\":\"2026-01-01T00:00:00.001Z\","
                                              "\"atMs\":1767225600001,\"kind\":\"mapping\"}")));
    buffer_clear(&buffer);
    uint8_t message[16] = {0xab};
    point = (struct trace_point){.kind = TRACE_RECEIVED,
                                 .at_ms = 1767225600001,
                                 .queue = TEXT("orders"),
                                 .message = message,
                                 .group = TEXT("customer-7"),
                                 .receive_count = 1,
                                 .until_ms = 1767225630001,
                                 .actor = TEXT("client"),
                                 .reason = TEXT("\"why\"")};
    trace_append_json(&buffer, 8, &point);
    ck_assert(
        text_equal(buffer_text(&buffer),
                   TEXT("{\"number\":8,\"at\":\"2026-01-01T00:00:00.001Z\",\"atMs\":1767225600001,"
                        "\"kind\":\"received\",\"queue\":\"orders\","
                        "\"messageId\":\"ab000000-0000-0000-0000-000000000000\","
                        "\"groupId\":\"customer-7\",\"receiveCount\":1,"
                        "\"until\":\"2026-01-01T00:00:30.001Z\",\"actor\":\"client\","
                        "\"reason\":\"\\\"why\\\"\"}")));
}
END_TEST

START_TEST(the_file_holds_every_point_as_a_line)
{
    char path[] = "/tmp/redrive-trace-XXXXXX";
    int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    close(descriptor);
    struct text reason;
    struct trace *trace = trace_new(RING_BYTES, path, &reason);
    ck_assert_ptr_nonnull(trace);
    for (int64_t told = 0; told < 500; told++)
        tell(trace, told, NULL, TEXT("orders"),
             TEXT("a sentence that fills the ring more than once"));
    ck_assert_uint_gt(trace_overwritten(trace), 0);
    trace_free(trace);

    FILE *file = fopen(path, "re");
    char line[512];
    size_t lines = 0;
    while (fgets(line, sizeof(line), file) != NULL) {
        char head[32];
        snprintf(head, sizeof(head), "{\"number\":%zu,", lines++);
        ck_assert_int_eq(strncmp(line, head, strlen(head)), 0);
        ck_assert_str_eq(line + strlen(line) - 2, "}\n");
    }
    ck_assert_uint_eq(lines, 500);
    fclose(file);
    unlink(path);
}
END_TEST

START_TEST(a_file_that_cannot_be_opened_is_a_sentence)
{
    struct text reason = {0};
    ck_assert_ptr_null(trace_new(RING_BYTES, "/nowhere/at/all/trace.jsonl", &reason));
    ck_assert(text_equal(reason, TEXT("No such file or directory")));
}
END_TEST

static bool length_is_odd(void *context, uint64_t number, const struct trace_point *point)
{
    (void)context;
    (void)number;
    ck_assert_uint_eq(point->reason.length, 511);
    return true;
}

static bool is_whole(void *context, uint64_t number, const struct trace_point *point)
{
    (void)number;
    *(size_t *)context = point->output.length;
    ck_assert(text_equal(point->group, TEXT("g")));
    return true;
}

START_TEST(what_a_function_wrote_has_room)
{
    struct text reason;
    struct trace *trace = trace_new(65536, NULL, &reason);
    static char words[20000];
    size_t length = 0;
    memset(words, 'x', sizeof(words));
    struct tracer *tracer = trace_tracer(trace);
    struct trace_point point = {
        .kind = TRACE_OUTPUT, .group = TEXT("g"), .output = text_from(words, 9000)};
    tracer->point(tracer, &point);
    trace_walk(trace, NULL, (struct text){0}, 0, is_whole, &length);
    ck_assert_uint_eq(length, 9000);
    point.output.length = sizeof(words);
    tracer->point(tracer, &point);
    trace_walk(trace, NULL, (struct text){0}, 0, is_whole, &length);
    ck_assert_uint_eq(length, 12288);
    trace_free(trace);
}
END_TEST

START_TEST(a_long_text_is_cut_between_characters)
{
    struct text reason;
    struct trace *trace = trace_new(RING_BYTES, NULL, &reason);
    char words[601];
    words[0] = 'x';
    for (size_t i = 1; i < sizeof(words); i += 2)
        memcpy(words + i, "\xc3\xa9", 2);
    tell(trace, 1, NULL, TEXT("orders"), text_from(words, sizeof(words)));
    trace_walk(trace, NULL, (struct text){0}, 0, length_is_odd, NULL);
    trace_free(trace);
}
END_TEST

START_TEST(a_cursor_reads_on_and_is_told_what_was_overwritten)
{
    struct text reason;
    struct trace *trace = trace_new(RING_BYTES, NULL, &reason);
    struct random random;
    random_init(&random, (uint64_t)_i);
    char long_reason[400];
    memset(long_reason, 'x', sizeof(long_reason));
    struct trace_cursor cursor = trace_cursor_at(trace, 0);
    uint64_t expected = 0;
    size_t gaps = 0;
    for (int64_t told = 0; told < 3000; told++) {
        tell(trace, told, NULL, TEXT("orders"),
             text_from(long_reason, random_below(&random, sizeof(long_reason))));
        // Now far behind, now close.
        if (random_below(&random, told % 1000 < 500 ? 3 : 240) != 0)
            continue;
        for (uint64_t reads = random_below(&random, 60); reads > 0; reads--) {
            struct trace_point point;
            uint64_t lost = 0;
            enum trace_step step = trace_read(trace, &cursor, (uint64_t)told + 1, &point, &lost);
            if (step == TRACE_STEP_END) {
                ck_assert_uint_eq(expected, (uint64_t)told + 1);
                break;
            }
            if (step == TRACE_STEP_LOST) {
                expected += lost;
                gaps++;
                ck_assert_uint_eq(expected, trace_overwritten(trace));
                continue;
            }
            ck_assert_int_eq(step, TRACE_STEP_POINT);
            ck_assert_int_eq(point.at_ms, (int64_t)expected++);
        }
    }
    ck_assert_uint_gt(gaps, 0);
    trace_free(trace);
}
END_TEST

START_TEST(a_cursor_begins_anywhere)
{
    struct text reason;
    struct trace *trace = trace_new(RING_BYTES, NULL, &reason);
    struct trace_point point;
    uint64_t lost;
    for (int64_t told = 0; told < 1000; told++)
        tell(trace, told, NULL, TEXT("orders"), TEXT("why"));
    uint64_t oldest = trace_overwritten(trace);
    ck_assert_uint_gt(oldest, 0);
    for (uint64_t next = oldest; next < 1000; next++) {
        struct trace_cursor cursor = trace_cursor_at(trace, next);
        ck_assert_int_eq(trace_read(trace, &cursor, next, &point, &lost), TRACE_STEP_END);
        ck_assert_int_eq(trace_read(trace, &cursor, 1000, &point, &lost), TRACE_STEP_POINT);
        ck_assert_int_eq(point.at_ms, (int64_t)next);
    }
    struct trace_cursor cursor = trace_cursor_at(trace, 1000);
    ck_assert_int_eq(trace_read(trace, &cursor, UINT64_MAX, &point, &lost), TRACE_STEP_END);
    tell(trace, 1000, NULL, TEXT("orders"), TEXT("why"));
    ck_assert_int_eq(trace_read(trace, &cursor, UINT64_MAX, &point, &lost), TRACE_STEP_POINT);
    ck_assert_int_eq(point.at_ms, 1000);
    trace_reset(trace);
    tell(trace, 2000, NULL, TEXT("orders"), TEXT("why"));
    ck_assert_int_eq(trace_read(trace, &cursor, UINT64_MAX, &point, &lost), TRACE_STEP_RESET);
    ck_assert_int_eq(trace_read(trace, &cursor, UINT64_MAX, &point, &lost), TRACE_STEP_POINT);
    ck_assert_int_eq(point.at_ms, 2000);
    trace_free(trace);
}
END_TEST

static Suite *trace_suite(void)
{
    Suite *suite = suite_create("trace");
    TCase *tcase = tcase_create("trace");
    tcase_add_test(tcase, a_point_comes_back_as_it_was_told);
    tcase_add_loop_test(tcase, the_oldest_points_are_overwritten_and_counted, 0, 4);
    tcase_add_test(tcase, a_walk_can_be_narrowed);
    tcase_add_test(tcase, json_leaves_out_what_is_empty);
    tcase_add_test(tcase, the_file_holds_every_point_as_a_line);
    tcase_add_test(tcase, a_file_that_cannot_be_opened_is_a_sentence);
    tcase_add_test(tcase, a_long_text_is_cut_between_characters);
    tcase_add_test(tcase, what_a_function_wrote_has_room);
    tcase_add_loop_test(tcase, a_cursor_reads_on_and_is_told_what_was_overwritten, 0, 8);
    tcase_add_test(tcase, a_cursor_begins_anywhere);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(trace_suite)
