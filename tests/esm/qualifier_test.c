// qualifier -- versions and aliases: what they mean, their order, their limits, their record.
#include "esm/qualifier.h"

#include "tests/support/check_main.h"

#include <stdio.h>

#define F TEXT("f")

static const char *meaning(const struct qualifiers *qualifiers, const char *qualifier)
{
    static char text[16];
    struct text version = qualifiers_version(qualifiers, F, text_of(qualifier));
    snprintf(text, sizeof(text), "%.*s", TEXT_ARGUMENTS(version));
    return text;
}

START_TEST(a_qualifier_means_a_version)
{
    RULES("L-39");
    cleanup(qualifiers_free) struct qualifiers *qualifiers = qualifiers_new();
    ck_assert_str_eq(meaning(qualifiers, ""), "$LATEST");
    ck_assert_str_eq(meaning(qualifiers, "$LATEST"), "$LATEST");
    ck_assert_str_eq(meaning(qualifiers, "1"), "");
    ck_assert_int_eq(qualifiers_publish(qualifiers, F, TEXT("a"), TEXT("")), 1);
    ck_assert(qualifiers_put_alias(qualifiers, F, TEXT("live"), TEXT("1"), TEXT("")));
    ck_assert_str_eq(meaning(qualifiers, "1"), "1");
    ck_assert_str_eq(meaning(qualifiers, "live"), "1");
    ck_assert_str_eq(meaning(qualifiers, "blue"), "");
    ck_assert_uint_eq(qualifiers_version(qualifiers, TEXT("g"), TEXT("1")).length, 0);
}
END_TEST

START_TEST(what_has_not_changed_is_no_new_version)
{
    cleanup(qualifiers_free) struct qualifiers *qualifiers = qualifiers_new();
    ck_assert_int_eq(qualifiers_publish(qualifiers, F, TEXT("a"), TEXT("")), 1);
    ck_assert_int_eq(qualifiers_publish(qualifiers, F, TEXT("a"), TEXT("")), 1);
    ck_assert_int_eq(qualifiers_publish(qualifiers, F, TEXT("b"), TEXT("")), 2);
    qualifiers_drop_version(qualifiers, F, TEXT("2"));
    ck_assert_int_eq(qualifiers_publish(qualifiers, F, TEXT("b"), TEXT("")), 3);
}
END_TEST

START_TEST(an_alias_is_put_found_and_dropped)
{
    cleanup(qualifiers_free) struct qualifiers *qualifiers = qualifiers_new();
    static const char *const names[] = {"m", "a", "z", "b"};
    for (size_t i = 0; i < 4; i++)
        ck_assert(
            qualifiers_put_alias(qualifiers, F, text_of(names[i]), TEXT("$LATEST"), TEXT("")));
    const cJSON *alias = qualifiers_find_alias(qualifiers, F, TEXT("b"));
    // Its own texts may be what it gets.
    ck_assert(qualifiers_put_alias(qualifiers, F, json_member_text(alias, "Name"), TEXT("$LATEST"),
                                   json_member_text(alias, "Description")));
    ck_assert_int_eq(cJSON_GetArraySize(qualifiers_aliases(qualifiers, F)), 4);
    qualifiers_drop_alias(qualifiers, F, TEXT("b"));
    qualifiers_drop_alias(qualifiers, F, TEXT("b"));
    ck_assert_ptr_null(qualifiers_find_alias(qualifiers, F, TEXT("b")));
}
END_TEST

START_TEST(there_are_limits)
{
    cleanup(qualifiers_free) struct qualifiers *qualifiers = qualifiers_new();
    for (int i = 0; i < VERSIONS_MAX; i++) {
        char text[16];
        snprintf(text, sizeof(text), "a%d", i);
        ck_assert_int_eq(qualifiers_publish(qualifiers, F, text_of(text), TEXT("")), i + 1);
        ck_assert(qualifiers_put_alias(qualifiers, F, text_of(text), TEXT("1"), TEXT("")));
    }
    ck_assert_int_eq(qualifiers_publish(qualifiers, F, TEXT("more"), TEXT("")), 0);
    ck_assert(!qualifiers_put_alias(qualifiers, F, TEXT("more"), TEXT("1"), TEXT("")));
    ck_assert(qualifiers_put_alias(qualifiers, F, TEXT("a7"), TEXT("2"), TEXT("")));
}
END_TEST

START_TEST(a_record_brings_them_back)
{
    cleanup(qualifiers_free) struct qualifiers *qualifiers = qualifiers_new();
    cleanup(qualifiers_free) struct qualifiers *again = qualifiers_new();
    cleanup(buffer_deinit) struct buffer record = {0};
    qualifiers_append_record(qualifiers, F, &record);
    ck_assert_uint_eq(record.length, 0);
    ck_assert_int_eq(qualifiers_publish(qualifiers, F, TEXT("a"), TEXT("first")), 1);
    ck_assert(qualifiers_put_alias(qualifiers, F, TEXT("live"), TEXT("1"), TEXT("d")));
    qualifiers_append_record(qualifiers, F, &record);
    ck_assert(qualifiers_restore(again, F, buffer_text(&record)));
    ck_assert_str_eq(meaning(again, "live"), "1");
    ck_assert_int_eq(qualifiers_publish(again, F, TEXT("a"), TEXT("")), 1);
    ck_assert_int_eq(qualifiers_publish(again, F, TEXT("b"), TEXT("")), 2);
    ck_assert(qualifiers_restore(again, F, buffer_text(&record)));
    ck_assert_str_eq(meaning(again, "2"), "");
    qualifiers_forget(again, F);
    qualifiers_forget(again, F);
    ck_assert_str_eq(meaning(again, "live"), "");
    ck_assert(!qualifiers_restore(again, F, TEXT("{}")));
    ck_assert(!qualifiers_restore(again, F, TEXT("{\"Last\":-1,\"Versions\":[],\"Aliases\":[]}")));
    ck_assert(!qualifiers_restore(again, F, TEXT("no record")));
}
END_TEST

static Suite *qualifier_suite(void)
{
    Suite *suite = suite_create("qualifier");
    TCase *tcase = tcase_create("qualifier");
    tcase_add_test(tcase, a_qualifier_means_a_version);
    tcase_add_test(tcase, what_has_not_changed_is_no_new_version);
    tcase_add_test(tcase, an_alias_is_put_found_and_dropped);
    tcase_add_test(tcase, there_are_limits);
    tcase_add_test(tcase, a_record_brings_them_back);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(qualifier_suite)
