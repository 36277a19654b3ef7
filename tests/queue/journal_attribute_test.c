// The rows of a queue's settings: what is read back, what is passed over, what is refused.
#include "queue/journal_attribute.h"

#include "tests/support/check_main.h"

static bool read_row(struct arena *arena, const char *name, const char *value,
                     struct queue_settings *settings)
{
    return journal_attribute_read(arena, text_of(name), text_of(value), settings);
}

START_TEST(what_is_no_value_is_refused)
{
    static const char *const rows[][2] = {
        {"DelaySeconds", ""},
        {"DelaySeconds", "soon"},
        {"SqsManagedSseEnabled", "True"},
        {"FifoQueue", "yes"},
        {"DeduplicationScope", "perQueue"},
        {"FifoThroughputLimit", "messageGroup"},
        {"RedrivePolicy.maxReceiveCount", "many"},
        {"RedrivePolicy.deadLetterTarget", "orders-dlq"},
        {"RedrivePolicy.deadLetterTarget", "us-east-1/orders-dlq"},
        {"RedriveAllowPolicy.redrivePermission", "allowSome"},
    };
    cleanup(arena_free) struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct queue_settings settings;
        settings_init(&settings);
        ck_assert_msg(!read_row(arena, rows[i][0], rows[i][1], &settings), "%s=%s", rows[i][0],
                      rows[i][1]);
    }
}
END_TEST

// A policy is kept as rows with a dot in their names; under its own name it is nobody's.
START_TEST(what_nobody_wrote_is_passed_over)
{
    static const char *const names[] = {"Shape", "RedrivePolicy", "RedriveAllowPolicy", ""};
    cleanup(arena_free) struct arena *arena = arena_new();
    struct queue_settings settings;
    struct queue_settings defaults;
    settings_init(&settings);
    settings_init(&defaults);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        ck_assert(read_row(arena, names[i], "{\"maxReceiveCount\":3}", &settings));
    ck_assert_int_eq(settings.receive_count_max, 0);
    ck_assert(!settings.redrive_allow_set);
    ck_assert_int_eq(settings.message_retention_seconds, defaults.message_retention_seconds);
}
END_TEST

START_TEST(each_value_comes_back)
{
    RULES("S-247");
    cleanup(arena_free) struct arena *arena = arena_new();
    struct queue_settings settings;
    settings_init(&settings);
    ck_assert(read_row(arena, "DelaySeconds", "900", &settings));
    ck_assert(read_row(arena, "SqsManagedSseEnabled", "false", &settings));
    ck_assert(read_row(arena, "FifoQueue", "true", &settings));
    ck_assert(read_row(arena, "DeduplicationScope", "messageGroup", &settings));
    ck_assert(read_row(arena, "FifoThroughputLimit", "perQueue", &settings));
    ck_assert(read_row(arena, "Policy", "{}", &settings));
    ck_assert(read_row(arena, "RedrivePolicy.maxReceiveCount", "7", &settings));
    ck_assert(read_row(arena, "RedrivePolicy.deadLetterTarget", "eu-west-1/000000000001/dead",
                       &settings));
    ck_assert(read_row(arena, "RedriveAllowPolicy.redrivePermission", "byQueue", &settings));
    ck_assert_int_eq(settings.delay_seconds, 900);
    ck_assert(!settings.sqs_managed_sse);
    ck_assert(settings.fifo);
    ck_assert(settings.deduplication_per_group);
    ck_assert(!settings.throughput_per_group);
    ck_assert(text_equal(settings.policy, TEXT("{}")));
    ck_assert_int_eq(settings.receive_count_max, 7);
    ck_assert(text_equal(settings.dead_letter.region, TEXT("eu-west-1")));
    ck_assert(text_equal(settings.dead_letter.account, TEXT("000000000001")));
    ck_assert(text_equal(settings.dead_letter.name, TEXT("dead")));
    ck_assert(settings.redrive_allow_set);
    ck_assert_int_eq(settings.redrive_permission, REDRIVE_BY_QUEUE);
}
END_TEST

START_TEST(sources_come_in_their_order_and_ten_are_the_most)
{
    RULES("S-195");
    cleanup(arena_free) struct arena *arena = arena_new();
    struct queue_settings settings;
    settings_init(&settings);
    for (int i = 0; i < REDRIVE_SOURCES_MAX; i++) {
        struct text value = arena_print(arena, "arn:%d", i);
        ck_assert(read_row(arena, "RedriveAllowPolicy.sourceQueueArns.0", value.bytes, &settings));
        ck_assert(text_equal(settings.redrive_source_arns[i], value));
    }
    ck_assert(!read_row(arena, "RedriveAllowPolicy.sourceQueueArns.0", "one more", &settings));
    ck_assert_uint_eq(settings.redrive_source_count, REDRIVE_SOURCES_MAX);
}
END_TEST

static Suite *journal_attribute_suite(void)
{
    Suite *suite = suite_create("journal_attribute");
    TCase *tests = tcase_create("journal_attribute");
    tcase_add_test(tests, what_is_no_value_is_refused);
    tcase_add_test(tests, what_nobody_wrote_is_passed_over);
    tcase_add_test(tests, each_value_comes_back);
    tcase_add_test(tests, sources_come_in_their_order_and_ten_are_the_most);
    suite_add_tcase(suite, tests);
    return suite;
}

CHECK_MAIN(journal_attribute_suite)
