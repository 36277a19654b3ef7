// function -- names, order, defaults.
#include "esm/function.h"

#include "tests/support/check_main.h"

#include <string.h>

START_TEST(names_are_1_to_64_of_letters_digits_hyphen_underscore)
{
    RULES("L-40");
    static const char *const valid[] = {
        "a", "A-z_09", "x123456789012345678901234567890123456789012345678901234567890123"};
    static const char *const invalid[] = {
        "",    "a b",      "a:b",
        "a.b", "\xC3\xBC", "x1234567890123456789012345678901234567890123456789012345678901234"};
    for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++)
        ck_assert(function_name_is_valid(text_of(valid[i])));
    for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++)
        ck_assert(!function_name_is_valid(text_of(invalid[i])));
    for (int byte = 0; byte < 256; byte++) {
        char name = (char)byte;
        bool is_one = byte != 0 && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                          "0123456789-_",
                                          byte) != NULL;
        ck_assert_msg(function_name_is_valid(text_from(&name, 1)) == is_one, "%d", byte);
    }
}
END_TEST

START_TEST(functions_are_found_and_walked_in_order_of_name)
{
    RULES("L-64");
    cleanup(functions_free) struct functions *functions =
        functions_new(TEXT("123456789012"), TEXT("eu-west-1"));
    static const char *const names[] = {"m", "a", "z", "mm", "b", "k", "c", "d", "e", "f"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        functions_add(functions, text_of(names[i]));
    struct function *function = functions_find(functions, TEXT("mm"));
    ck_assert_ptr_nonnull(function);
    ck_assert(text_equal(function->arn, TEXT("arn:aws:lambda:eu-west-1:123456789012:function:mm")));
    ck_assert_int_eq(function->timeout_seconds, 3);
    ck_assert_int_eq(function->memory_mb, 128);
    ck_assert_int_eq(function->reserved_concurrency, FUNCTION_UNRESERVED);
    functions_remove(functions, function);
    ck_assert_ptr_null(functions_find(functions, TEXT("mm")));
    size_t count = 0;
    struct text last = TEXT("");
    for (struct function *at = functions_next(functions, NULL); at != NULL;
         at = functions_next(functions, at)) {
        ck_assert_int_lt(text_compare(last, at->name), 0);
        last = at->name;
        count++;
    }
    ck_assert_uint_eq(count, 9);
}
END_TEST

static void free_nothing(void *target_parsed)
{
    (*(int *)target_parsed)++;
}

START_TEST(a_target_is_freed_with_its_function)
{
    int freed = 0;
    struct functions *functions = functions_new(TEXT("000000000000"), TEXT("cn-north-1"));
    struct function *function = functions_add(functions, TEXT("f"));
    ck_assert(
        text_equal(function->arn, TEXT("arn:aws-cn:lambda:cn-north-1:000000000000:function:f")));
    function->target_parsed = &freed;
    function->free_target = free_nothing;
    functions_free(functions);
    ck_assert_int_eq(freed, 1);
}
END_TEST

static Suite *function_suite(void)
{
    Suite *suite = suite_create("function");
    TCase *rules = tcase_create("rules");
    tcase_add_test(rules, names_are_1_to_64_of_letters_digits_hyphen_underscore);
    tcase_add_test(rules, functions_are_found_and_walked_in_order_of_name);
    tcase_add_test(rules, a_target_is_freed_with_its_function);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(function_suite)
