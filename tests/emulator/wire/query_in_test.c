#include "emulator/wire/query_in.h"

#include "tests/emulator/wire/toy.h"
#include "tests/support/check_main.h"

static struct arena *arena;

static void begin(void)
{
    arena = arena_new();
}

static void end(void)
{
    arena = arena_free(arena);
}

static struct fault read_toy(const char *body, struct toy *toy)
{
    *toy = (struct toy){0};
    struct form form;
    ck_assert(form_parse(arena, text_of(body), TEXT(""), &form));
    return query_in(arena, &form, &toy_shape, toy);
}

START_TEST(every_kind)
{
    struct toy toy;
    struct fault fault =
        read_toy("Text=h%C3%A9+x&Blob=AQID&Integer=-7&Boolean=true&Word.1=a&Word.2=&Bytes.1=AQID"
                 "&Pair.1.Name=k&Pair.1.Value=v&Pair.2.Name=l&Entry.1.Text=one&Entry.2.Pair.1.Key=x"
                 "&Entry.2.Pair.1.Value=y&Named.1.Name=n&Named.1.Value.Text=t",
                 &toy);
    ck_assert_int_eq(fault.kind, FAULT_NONE);
    ck_assert(toy_text_is(toy.text, "h\xc3\xa9 x"));
    ck_assert(toy_text_is(toy.blob, "\x01\x02\x03"));
    ck_assert(toy.integer.present);
    ck_assert_int_eq(toy.integer.value, -7);
    ck_assert(toy.boolean);
    ck_assert_uint_eq(toy.texts.count, 2);
    ck_assert(toy_text_is(toy.texts.items[0], "a"));
    ck_assert(toy_text_is(toy.texts.items[1], ""));
    ck_assert(toy_text_is(toy.blobs.items[0], "\x01\x02\x03"));
    ck_assert_uint_eq(toy.map.count, 2);
    ck_assert(toy_text_is(toy.map.items[0].value, "v"));
    ck_assert(toy_text_is(toy.map.items[1].name, "l"));
    ck_assert(toy_text_is(toy.map.items[1].value, ""));
    ck_assert_uint_eq(toy.list.count, 2);
    ck_assert(toy_text_is(toy_inner_at(&toy.list, 0)->text, "one"));
    ck_assert(toy_text_is(toy_inner_at(&toy.list, 1)->map.items[0].name, "x"));
    ck_assert(toy_text_is(toy_inner_at(&toy.list, 1)->map.items[0].value, "y"));
    ck_assert(toy_text_is(toy_inner_at(&toy.structures, 0)->key, "n"));
    ck_assert(toy_text_is(toy_inner_at(&toy.structures, 0)->text, "t"));
}
END_TEST

// Keys in any order, numbers by value, gaps or from 0.
START_TEST(any_order)
{
    RULES("S-27");
    struct toy toy;
    ck_assert_int_eq(read_toy("Pair.10.Value=ten&Word.7=c&Entry.3.Text=z&Pair.2.Name=b&Word.0=a"
                              "&Pair.10.Name=j&Entry.1.Pair.1.Value=y&Pair.2.Value=two&Word.2=b"
                              "&Entry.1.Pair.1.Key=x&Foo=1&Word.03=bb",
                              &toy)
                         .kind,
                     FAULT_NONE);
    ck_assert_uint_eq(toy.texts.count, 4);
    ck_assert(toy_text_is(toy.texts.items[0], "a"));
    ck_assert(toy_text_is(toy.texts.items[1], "b"));
    ck_assert(toy_text_is(toy.texts.items[2], "bb"));
    ck_assert(toy_text_is(toy.texts.items[3], "c"));
    ck_assert_uint_eq(toy.map.count, 2);
    ck_assert(toy_text_is(toy.map.items[0].name, "b"));
    ck_assert(toy_text_is(toy.map.items[1].value, "ten"));
    ck_assert_uint_eq(toy.list.count, 2);
    ck_assert(toy_text_is(toy_inner_at(&toy.list, 1)->text, "z"));
}
END_TEST

// A list without numbers is one element, as in Amazon's old examples.
START_TEST(lists_without_numbers)
{
    struct toy toy;
    ck_assert_int_eq(
        read_toy("Word=All&Pair.Name=k&Pair.Value=v&Entry.Text=one&Named.Name=n&Named.Value.Text=t",
                 &toy)
            .kind,
        FAULT_NONE);
    ck_assert_uint_eq(toy.texts.count, 1);
    ck_assert(toy_text_is(toy.texts.items[0], "All"));
    ck_assert_uint_eq(toy.map.count, 1);
    ck_assert(toy_text_is(toy.map.items[0].value, "v"));
    ck_assert_uint_eq(toy.list.count, 1);
    ck_assert(toy_text_is(toy_inner_at(&toy.list, 0)->text, "one"));
    ck_assert(toy_text_is(toy_inner_at(&toy.structures, 0)->key, "n"));
}
END_TEST

// As SDKs send an empty list: by JSON's name or Query's, without a value.
START_TEST(empty_lists)
{
    struct toy toy;
    ck_assert_int_eq(read_toy("List=&Texts=&Pair=", &toy).kind, FAULT_NONE);
    ck_assert(toy.list.present && toy.texts.present && toy.map.present);
    ck_assert_uint_eq(toy.list.count + toy.texts.count + toy.map.count, 0);
    ck_assert(!toy.structures.present && !toy.blobs.present);
    // A list's JSON name with a value is an unknown parameter.
    ck_assert_int_eq(read_toy("List=x", &toy).kind, FAULT_NONE);
    ck_assert(!toy.list.present);
}
END_TEST

START_TEST(scalars)
{
    struct toy toy;
    ck_assert_int_eq(read_toy("Text=&Integer=&Text.x=1", &toy).kind, FAULT_NONE);
    ck_assert(toy.text.bytes != NULL);
    ck_assert(!toy.integer.present);
    // Of equal names the last one counts.
    ck_assert_int_eq(read_toy("Text=a&Integer=1&Text=b&Integer=2", &toy).kind, FAULT_NONE);
    ck_assert(toy_text_is(toy.text, "b"));
    ck_assert_int_eq(toy.integer.value, 2);
    const char *const wrong[] = {
        "Integer=x", "Integer=1.5", "Integer=99999999999999999999", "Boolean=yes",
        "Blob=*",    "Bytes.1=*",   "Entry.1.Text=a&Blob=A"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        ck_assert_int_eq(read_toy(wrong[i], &toy).kind, FAULT_SERIALIZATION);
    ck_assert_int_eq(read_toy("Boolean=FALSE", &toy).kind, FAULT_NONE);
}
END_TEST

// Nothing that a client can write makes the descent go wrong.
START_TEST(strange_names)
{
    const char *const bodies[] = {
        "",
        "&&=&.=&..=1&.1=2",
        "Word.=a&Word..=b&Word.1.2.3=c",
        "Pair=x&Pair.1=y&Pair.1.2=z&Pair.Name.Name=w",
        "Entry.1=x&Entry.1.=y&Entry..Text=z",
        "Named.1=x&Named.1.Value=y&Named.1.Name.Name=z&Named.1.Value.Value.Text=w",
        "Word.99999999999999999999999999999=a&Word.000000000000000000000000=b",
    };
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct toy toy;
        ck_assert_int_eq(read_toy(bodies[i], &toy).kind, FAULT_NONE);
    }
}
END_TEST

static Suite *query_in_suite(void)
{
    Suite *suite = suite_create("query_in");
    TCase *tcase = tcase_create("query_in");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, every_kind);
    tcase_add_test(tcase, any_order);
    tcase_add_test(tcase, lists_without_numbers);
    tcase_add_test(tcase, empty_lists);
    tcase_add_test(tcase, scalars);
    tcase_add_test(tcase, strange_names);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(query_in_suite)
