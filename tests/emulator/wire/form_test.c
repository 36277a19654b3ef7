#include "emulator/wire/form.h"

#include "queue/base/buffer.h"
#include "tests/support/check_main.h"

#include <string.h>

static struct arena *arena;

static void begin(void)
{
    arena = arena_new();
}

static void end(void)
{
    arena = arena_free(arena);
}

static struct form parsed(const char *body, const char *query)
{
    struct form form;
    ck_assert(form_parse(arena, text_of(body), text_of(query), &form));
    return form;
}

static void expect_name(const struct form *form, size_t at, const char *name)
{
    ck_assert_uint_lt(at, form->count);
    ck_assert_msg(text_equal(form->pairs[at].name, text_of(name)), "%.*s, not %s",
                  TEXT_ARGUMENTS(form->pairs[at].name), name);
}

START_TEST(decoding)
{
    struct form form = parsed("a=b+c%20d%2B&e%3D=%26&f&=g&h=i=j", "");
    ck_assert_uint_eq(form.count, 5);
    ck_assert(text_equal(form_find(&form, TEXT("a")), TEXT("b c d+")));
    ck_assert(text_equal(form_find(&form, TEXT("e=")), TEXT("&")));
    ck_assert_uint_eq(form_find(&form, TEXT("f")).length, 0);
    ck_assert_ptr_nonnull(form_find(&form, TEXT("f")).bytes);
    ck_assert(text_equal(form_find(&form, TEXT("h")), TEXT("i=j")));
    ck_assert_ptr_null(form_find(&form, TEXT("z")).bytes);
}
END_TEST

// What is not encoded is not copied.
START_TEST(views)
{
    const char *body = "name=value";
    struct form form = parsed(body, "");
    ck_assert_ptr_eq(form.pairs[0].name.bytes, body);
    ck_assert_ptr_eq(form.pairs[0].value.bytes, body + 5);
}
END_TEST

START_TEST(body_and_query_string)
{
    struct form form = parsed("a=body", "a=query&b=1");
    ck_assert_uint_eq(form.count, 3);
    ck_assert(text_equal(form_find(&form, TEXT("a")), TEXT("body")));
    ck_assert(text_equal(form_find(&form, TEXT("b")), TEXT("1")));
}
END_TEST

START_TEST(order)
{
    struct form form = parsed("L.10.b=&L.9.z=&L.10.a=&L.x=&L=&K.1=&L.1=&L.01=&L.002=", "");
    const char *const names[] = {"K.1",   "L",      "L.1",    "L.01", "L.002",
                                 "L.9.z", "L.10.a", "L.10.b", "L.x"};
    for (size_t i = 0; i < form.count; i++)
        expect_name(&form, i, names[i]);
}
END_TEST

// Both ways of sorting keep equal names in the order in which they came.
START_TEST(order_of_many)
{
    cleanup(buffer_deinit) struct buffer body = {0};
    for (int i = 500; i > 0; i--)
        buffer_print(&body, "&L.%d=%d&same=%d", i, i, 500 - i);
    struct form form = parsed(arena_copy(arena, buffer_text(&body)).bytes, "");
    ck_assert_uint_eq(form.count, 1000);
    for (size_t i = 0; i < 500; i++) {
        int64_t value;
        ck_assert(text_to_integer(form.pairs[i].value, &value));
        ck_assert_int_eq(value, (int64_t)i + 1);
        ck_assert(text_to_integer(form.pairs[500 + i].value, &value));
        ck_assert_int_eq(value, (int64_t)i);
    }
}
END_TEST

START_TEST(malformed)
{
    const char *const bodies[] = {"a=%", "a=%4", "a=%4g", "%zz=1", "a=%c3", "a=\xff", "%ff=a"};
    struct form form;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        ck_assert(!form_parse(arena, text_of(bodies[i]), TEXT(""), &form));
        ck_assert(!form_parse(arena, TEXT(""), text_of(bodies[i]), &form));
    }
    ck_assert(form_parse(arena, TEXT("a=%41"), TEXT(""), &form));
}
END_TEST

START_TEST(limit)
{
    char *body = arena_allocate(arena, FORM_PARAMETERS_MAX);
    memset(body, '&', FORM_PARAMETERS_MAX);
    struct form form;
    ck_assert(form_parse(arena, text_from(body, FORM_PARAMETERS_MAX - 1), TEXT(""), &form));
    ck_assert_uint_eq(form.count, 0);
    ck_assert(!form_parse(arena, text_from(body, FORM_PARAMETERS_MAX), TEXT(""), &form));
}
END_TEST

START_TEST(percent_in_paths)
{
    struct text decoded;
    ck_assert(percent_decode(arena, TEXT("/a+b%2fc"), false, &decoded));
    ck_assert(text_equal(decoded, TEXT("/a+b/c")));
    ck_assert(!percent_decode(arena, TEXT("/%"), false, &decoded));
    ck_assert(!percent_decode(arena, TEXT("/%ff"), false, &decoded));
    ck_assert(!percent_decode(arena, TEXT("\xff"), false, &decoded));
}
END_TEST

static Suite *form_suite(void)
{
    Suite *suite = suite_create("form");
    TCase *tcase = tcase_create("form");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, decoding);
    tcase_add_test(tcase, views);
    tcase_add_test(tcase, body_and_query_string);
    tcase_add_test(tcase, order);
    tcase_add_test(tcase, order_of_many);
    tcase_add_test(tcase, malformed);
    tcase_add_test(tcase, limit);
    tcase_add_test(tcase, percent_in_paths);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(form_suite)
