// settings_test -- the table of S-247, ARNs and keys.
#include "queue/settings.h"

#include "tests/support/check_main.h"

#include <string.h>

static const struct {
    const char *name;
    enum setting_kind kind;
    int64_t least, most, initial;
    bool fifo_only;
} rows[] = {
    // clang-format off
    {"DelaySeconds", SETTING_INTEGER, 0, 900, 0, false},
    {"MaximumMessageSize", SETTING_INTEGER, 1024, 1048576, 1048576, false},
    {"MessageRetentionPeriod", SETTING_INTEGER, 60, 1209600, 345600, false},
    {"ReceiveMessageWaitTimeSeconds", SETTING_INTEGER, 0, 20, 0, false},
    {"VisibilityTimeout", SETTING_INTEGER, 0, 43200, 30, false},
    {"SqsManagedSseEnabled", SETTING_BOOLEAN, 0, 0, true, false},
    {"Policy", SETTING_TEXT, 0, 0, 0, false},
    {"RedrivePolicy", SETTING_POLICY, 0, 0, 0, false},
    {"RedriveAllowPolicy", SETTING_POLICY, 0, 0, 0, false},
    {"KmsMasterKeyId", SETTING_TEXT, 0, 0, 0, false},
    {"KmsDataKeyReusePeriodSeconds", SETTING_INTEGER, 60, 86400, 0, false},
    {"FifoQueue", SETTING_BOOLEAN, 0, 0, false, true},
    {"ContentBasedDeduplication", SETTING_BOOLEAN, 0, 0, false, true},
    {"DeduplicationScope", SETTING_CHOICE, 0, 0, false, true},
    {"FifoThroughputLimit", SETTING_CHOICE, 0, 0, false, true},
    // clang-format on
};
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static int64_t initial_of(const struct setting *setting)
{
    struct queue_settings settings;
    int64_t integer;
    bool boolean;
    struct text text;
    settings_init(&settings);
    const char *field = (const char *)&settings + setting->offset;
    switch (setting->kind) {
    case SETTING_INTEGER:
        memcpy(&integer, field, sizeof(integer));
        return integer;
    case SETTING_BOOLEAN:
    case SETTING_CHOICE:
        memcpy(&boolean, field, sizeof(boolean));
        return boolean;
    case SETTING_TEXT:
        memcpy(&text, field, sizeof(text));
        return (int64_t)text.length;
    case SETTING_POLICY:
        return 0;
    }
    return -1;
}

START_TEST(every_row_of_the_table)
{
    RULES("S-247");
    const struct setting *setting = setting_find(text_of(rows[_i].name));
    ck_assert_ptr_nonnull(setting);
    ck_assert_int_eq(setting->kind, rows[_i].kind);
    ck_assert_int_eq(setting->least, rows[_i].least);
    ck_assert_int_eq(setting->most, rows[_i].most);
    ck_assert_int_eq(setting->fifo_only, rows[_i].fifo_only);
    ck_assert_int_eq(initial_of(setting), rows[_i].initial);
}
END_TEST

START_TEST(the_table_has_no_other_rows)
{
    RULES("S-247");
    ck_assert_uint_eq(settings_count, ROW_COUNT);
    ck_assert_ptr_null(setting_find(TEXT("delaySeconds")));
    ck_assert_ptr_null(setting_find(TEXT("QueueArn")));
    ck_assert_ptr_null(setting_find(TEXT("")));
}
END_TEST

START_TEST(choices_are_amazons_words)
{
    RULES("S-247");
    const struct setting *scope = setting_find(TEXT("DeduplicationScope"));
    const struct setting *limit = setting_find(TEXT("FifoThroughputLimit"));
    ck_assert(text_equal(scope->choices[0], TEXT("queue")));
    ck_assert(text_equal(scope->choices[1], TEXT("messageGroup")));
    ck_assert(text_equal(limit->choices[0], TEXT("perQueue")));
    ck_assert(text_equal(limit->choices[1], TEXT("perMessageGroupId")));
}
END_TEST

START_TEST(no_redrive_policy_at_first)
{
    RULES("S-247");
    struct queue_settings settings;
    settings_init(&settings);
    ck_assert_int_eq(settings.receive_count_max, 0);
    ck_assert(!settings.redrive_allow_set);
}
END_TEST

START_TEST(arn_has_the_regions_partition)
{
    RULES("S-38");
    static const struct {
        const char *region, *arn;
    } cases[] = {
        {"us-east-1", "arn:aws:sqs:us-east-1:000000000000:q"},
        {"eu-central-1", "arn:aws:sqs:eu-central-1:000000000000:q"},
        {"cn-north-1", "arn:aws-cn:sqs:cn-north-1:000000000000:q"},
        {"us-gov-west-1", "arn:aws-us-gov:sqs:us-gov-west-1:000000000000:q"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup(buffer_deinit) struct buffer buffer = {0};
        struct queue_key key = {TEXT("000000000000"), text_of(cases[i].region), TEXT("q")};
        struct queue_key read;
        queue_key_append_arn(&key, &buffer);
        ck_assert(text_equal(buffer_text(&buffer), text_of(cases[i].arn)));
        ck_assert(queue_key_from_arn(buffer_text(&buffer), &read));
        ck_assert(queue_key_equal(&key, &read));
    }
}
END_TEST

START_TEST(what_is_no_queue_arn_is_refused)
{
    static const char *const arns[] = {
        "",
        "q",
        "arn",
        "arn:aws:sqs",
        "arn:aws:sqs:us-east-1:000000000000",
        "arn:aws:sqs:us-east-1:000000000000:",
        "arn:aws:sns:us-east-1:000000000000:q",
        "arn:aws:sqs::000000000000:q",
        "arn:aws:sqs:us-east-1::q",
        "arn:other:sqs:us-east-1:000000000000:q",
        "urn:aws:sqs:us-east-1:000000000000:q",
        "arn:aws:sqs:us-east-1:000000000000:q:r",
    };
    for (size_t i = 0; i < sizeof(arns) / sizeof(arns[0]); i++) {
        struct queue_key key;
        ck_assert_msg(!queue_key_from_arn(text_of(arns[i]), &key), "%s", arns[i]);
    }
}
END_TEST

START_TEST(keys_are_case_sensitive)
{
    RULES("S-39");
    struct queue_key lower = {TEXT("1"), TEXT("r"), TEXT("q")};
    struct queue_key upper = {TEXT("1"), TEXT("r"), TEXT("Q")};
    struct queue_key elsewhere = {TEXT("1"), TEXT("s"), TEXT("q")};
    struct queue_key other = {TEXT("2"), TEXT("r"), TEXT("q")};
    ck_assert(queue_key_equal(&lower, &lower));
    ck_assert(!queue_key_equal(&lower, &upper));
    ck_assert(!queue_key_equal(&lower, &elsewhere));
    ck_assert(!queue_key_equal(&lower, &other));
}
END_TEST

START_TEST(a_copy_owns_its_texts)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    struct queue_settings settings;
    struct queue_settings copy;
    char policy[] = "{}";
    char source[] = "arn:aws:sqs:us-east-1:000000000000:s";
    char name[] = "dead";
    settings_init(&settings);
    settings.policy = text_of(policy);
    settings.redrive_source_count = 1;
    settings.redrive_source_arns[0] = text_of(source);
    settings.dead_letter.name = text_of(name);
    settings.receive_count_max = 3;
    settings_copy(arena, &settings, &copy);
    policy[0] = source[0] = name[0] = '!';
    ck_assert(text_equal(copy.policy, TEXT("{}")));
    ck_assert(text_starts_with(copy.redrive_source_arns[0], TEXT("arn")));
    ck_assert(text_equal(copy.dead_letter.name, TEXT("dead")));
    ck_assert_int_eq(copy.receive_count_max, 3);
}
END_TEST

static Suite *settings_suite(void)
{
    Suite *suite = suite_create("settings");
    TCase *tcase = tcase_create("settings");
    tcase_add_loop_test(tcase, every_row_of_the_table, 0, ROW_COUNT);
    tcase_add_test(tcase, the_table_has_no_other_rows);
    tcase_add_test(tcase, choices_are_amazons_words);
    tcase_add_test(tcase, no_redrive_policy_at_first);
    tcase_add_test(tcase, arn_has_the_regions_partition);
    tcase_add_test(tcase, what_is_no_queue_arn_is_refused);
    tcase_add_test(tcase, keys_are_case_sensitive);
    tcase_add_test(tcase, a_copy_owns_its_texts);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(settings_suite)
