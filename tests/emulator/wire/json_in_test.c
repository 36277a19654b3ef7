#include "emulator/wire/json_in.h"

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

static struct fault read_toy(const char *json, struct toy *toy)
{
    *toy = (struct toy){0};
    return json_in(arena, text_of(json), &toy_shape, toy);
}

static void expect_fault(const char *json, const char *message)
{
    struct toy toy;
    struct fault fault = read_toy(json, &toy);
    ck_assert_msg(fault.kind == FAULT_SERIALIZATION, "%s", json);
    ck_assert_msg(text_equal(fault.message, text_of(message)), "%s: %.*s", json,
                  TEXT_ARGUMENTS(fault.message));
}

START_TEST(every_kind)
{
    struct toy toy;
    struct fault fault =
        read_toy("{\"Structures\":{\"n\":{\"Text\":\"t\"}},\"Text\":\"h\\u00e9\",\"Blob\":\"AQID\","
                 "\"Integer\":-7,\"Boolean\":true,\"Texts\":[\"a\",\"\"],\"Blobs\":[\"AQID\",\"\"],"
                 "\"Map\":{\"k\":\"v\",\"l\":\"\"},"
                 "\"List\":[{\"Text\":\"one\"},{\"Map\":{\"x\":\"y\"}},{}]}",
                 &toy);
    ck_assert_int_eq(fault.kind, FAULT_NONE);
    ck_assert(toy_text_is(toy.text, "h\xc3\xa9"));
    ck_assert(toy_text_is(toy.blob, "\x01\x02\x03"));
    ck_assert(toy.integer.present);
    ck_assert_int_eq(toy.integer.value, -7);
    ck_assert(toy.boolean);
    ck_assert_uint_eq(toy.texts.count, 2);
    ck_assert(toy_text_is(toy.texts.items[1], ""));
    ck_assert_uint_eq(toy.blobs.count, 2);
    ck_assert(toy_text_is(toy.blobs.items[0], "\x01\x02\x03"));
    ck_assert_uint_eq(toy.map.count, 2);
    ck_assert(toy_text_is(toy.map.items[1].name, "l"));
    ck_assert_uint_eq(toy.list.count, 3);
    ck_assert(toy_text_is(toy_inner_at(&toy.list, 0)->text, "one"));
    ck_assert_ptr_null(toy_inner_at(&toy.list, 1)->text.bytes);
    ck_assert(toy_text_is(toy_inner_at(&toy.list, 1)->map.items[0].value, "y"));
    ck_assert(toy_text_is(toy_inner_at(&toy.structures, 0)->key, "n"));
    ck_assert(toy_text_is(toy_inner_at(&toy.structures, 0)->text, "t"));
}
END_TEST

START_TEST(absent_and_present)
{
    struct toy toy;
    ck_assert_int_eq(read_toy("{\"Texts\":[],\"Map\":{},\"List\":[],\"Text\":\"\"}", &toy).kind,
                     FAULT_NONE);
    ck_assert(toy.texts.present && toy.map.present && toy.list.present);
    ck_assert(!toy.blobs.present && !toy.structures.present && !toy.integer.present);
    ck_assert(toy_text_is(toy.text, ""));
    ck_assert_int_eq(read_toy("", &toy).kind, FAULT_NONE);
    ck_assert_ptr_null(toy.text.bytes);
}
END_TEST

START_TEST(nulls_and_unknown_members)
{
    RULES("S-14 S-45");
    struct toy toy;
    struct fault fault =
        read_toy("{\"Text\":null,\"Foo\":{\"Bar\":[]},\"text\":\"x\",\"Texts\":[null,\"a\",null],"
                 "\"Map\":{\"k\":null,\"l\":\"v\"},\"List\":[null,{\"Text\":\"one\"}]}",
                 &toy);
    ck_assert_int_eq(fault.kind, FAULT_NONE);
    ck_assert_ptr_null(toy.text.bytes);
    ck_assert_uint_eq(toy.texts.count, 1);
    ck_assert_uint_eq(toy.map.count, 1);
    ck_assert_uint_eq(toy.list.count, 1);
    ck_assert(toy_text_is(toy_inner_at(&toy.list, 0)->text, "one"));
}
END_TEST

START_TEST(wrong_types)
{
    RULES("S-13");
    expect_fault("{\"Integer\":\"5\"}", "STRING_VALUE can not be converted to an Integer");
    expect_fault("{\"Text\":5}", "NUMBER_VALUE can not be converted to a String");
    expect_fault("{\"Integer\":true}", "TRUE_VALUE can not be converted to an Integer");
    expect_fault("{\"Text\":false}", "FALSE_VALUE can not be converted to a String");
    expect_fault("{\"Text\":{}}", "Start of structure or map found where not expected.");
    expect_fault("{\"Integer\":[]}", "Start of list found where not expected");
    expect_fault("{\"Map\":{\"k\":[\"v\"]}}",
                 "Unrecognized collection type class java.lang.String");
    expect_fault("{\"Map\":{\"k\":1}}", "NUMBER_VALUE can not be converted to a String");
    expect_fault("{\"Integer\":1e300}", "NUMBER_VALUE can not be converted to an Integer");
    expect_fault("{\"Boolean\":\"true\"}", "STRING_VALUE can not be converted to a Boolean");
    expect_fault("{\"Blob\":1}", "NUMBER_VALUE can not be converted to a Blob");
    expect_fault("{\"Blob\":\"*\"}", "A binary value is not valid base64.");
    expect_fault("{\"Blobs\":[\"*\"]}", "A binary value is not valid base64.");
    expect_fault("{\"Texts\":\"a\"}", "Expected list or null");
    expect_fault("{\"Texts\":[1]}", "NUMBER_VALUE can not be converted to a String");
    expect_fault("{\"Map\":[]}", "Expected map or null");
    expect_fault("{\"List\":{}}", "Expected list or null");
    expect_fault("{\"List\":[1]}", "Expected structure or null");
    expect_fault("{\"Structures\":[]}", "Expected map or null");
    expect_fault("{\"Structures\":{\"n\":{\"Text\":1}}}",
                 "NUMBER_VALUE can not be converted to a String");
}
END_TEST

START_TEST(not_an_object)
{
    RULES("S-12");
    expect_fault("[]", "The request body is not a JSON object.");
    expect_fault("\"x\"", "The request body is not a JSON object.");
    const char *const bodies[] = {
        "{", "x", "{}x", "{\"Text\":\"\\u00\"}", "{\"Text\":\"\\uD7G0\"}", "{\"Text\":\"\\", "\\"};
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct toy toy;
        ck_assert_int_eq(read_toy(bodies[i], &toy).kind, FAULT_SERIALIZATION);
    }
}
END_TEST

// Read as U+0001, which is refused where these would be.
START_TEST(escapes_that_no_text_holds)
{
    RULES("S-51");
    const struct {
        const char *json;
        const char *text;
    } cases[] = {
        {"{\"Text\":\"a\\u0000b\"}", "a\x01"
                                     "b"},
        {"{\"Text\":\"\\ud800\"}", "\x01"},
        {"{\"Text\":\"\\uDC00x\"}", "\x01x"},
        {"{\"Text\":\"\\uda00x\\uDA00\"}", "\x01x\x01"},
        {"{\"Text\":\"\\ud800\\ud83d\\ude00\"}", "\x01\xf0\x9f\x98\x80"},
        {"{\"Text\":\"\\\\\\u0000\\\\u0000\\\"\"}", "\\\x01\\u0000\""},
        {"{\"Text\":\"\\ud83d\\ude00\"}", "\xf0\x9f\x98\x80"},
        // The first and the last of either half, and their neighbours, which are letters.
        {"{\"Text\":\"\\ud800,\\udbff,\\udc00,\\udfff\"}", "\x01,\x01,\x01,\x01"},
        {"{\"Text\":\"\\ud7ff\\ud800\\ue000\"}", "\xed\x9f\xbf\x01\xee\x80\x80"},
        {"{\"Text\":\"\\uDBFF\\uDFFF\\ud800\\udc00\\u0000\"}",
         "\xf4\x8f\xbf\xbf\xf0\x90\x80\x80\x01"},
        {"{\"Text\":\"\\udbff\\ue000\\ud800\\udbff\"}", "\x01\xee\x80\x80\x01\x01"},
        // Every digit in both cases.
        {"{\"Text\":\"\\u0000\\u0039\\u006a\\u006A\\u00ff\\u00FF\\u09af\"}",
         "\x01"
         "9jj\xc3\xbf\xc3\xbf\xe0\xa6\xaf"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct toy toy;
        ck_assert_int_eq(read_toy(cases[i].json, &toy).kind, FAULT_NONE);
        ck_assert_msg(toy_text_is(toy.text, cases[i].text), "%s", cases[i].json);
    }
}
END_TEST

// What a client may grow has a limit.
START_TEST(too_many_elements)
{
    const char *const forms[][3] = {
        {"{\"Texts\":[", "\"\"", "]}"},
        {"{\"List\":[", "{}", "]}"},
        {"{\"Map\":{", "\"k\":\"\"", "}}"},
        {"{\"Structures\":{", "\"k\":{}", "}}"},
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        cleanup(buffer_deinit) struct buffer json = {0};
        struct toy toy;
        for (int over = 0; over < 2; over++) {
            buffer_clear(&json);
            buffer_append(&json, text_of(forms[i][0]));
            for (int j = 0; j < WIRE_ITEMS_MAX + over; j++) {
                buffer_append(&json, text_of(j > 0 ? "," : ""));
                buffer_append(&json, text_of(forms[i][1]));
            }
            buffer_append(&json, text_of(forms[i][2]));
            const char *text = arena_copy(arena, buffer_text(&json)).bytes;
            ck_assert_int_eq(read_toy(text, &toy).kind, over ? FAULT_SERIALIZATION : FAULT_NONE);
        }
    }
}
END_TEST

static Suite *json_in_suite(void)
{
    Suite *suite = suite_create("json_in");
    TCase *tcase = tcase_create("json_in");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, every_kind);
    tcase_add_test(tcase, absent_and_present);
    tcase_add_test(tcase, nulls_and_unknown_members);
    tcase_add_test(tcase, wrong_types);
    tcase_add_test(tcase, not_an_object);
    tcase_add_test(tcase, escapes_that_no_text_holds);
    tcase_add_test(tcase, too_many_elements);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(json_in_suite)
