// attribute_test -- digests of message attributes against recorded values (S-146, S-147), sizes (S-151), the packed form.
#include "queue/attribute.h"

#include "tests/support/check_main.h"

#include <string.h>

#define TRACE_BYTES   \
    "traceparent\x1e" \
    "00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01"
#define HEADER "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
#define ROW(name, type, value)              \
    {                                       \
        TEXT(name), TEXT(type), TEXT(value) \
    }

// The vectors of S-147, attributes as sent, not sorted.
static const struct {
    const char *md5;
    size_t count;
    struct message_attribute attributes[3];
} vectors[] = {
    // clang-format off
    {"ae7155c6026991b6d54b11589678bf9c", 1, {ROW("Foo", "String", "Bar")}},
    {"a45daa70926828a2f0a1db3418e6feb4", 1, {ROW("k", "String", "x")}},
    {"adb59cd4678ea5a855436b949cd07ab6", 1, {ROW("MyAttribute", "String", "foobar")}},
    {"235c5c510d26fb653d073faed50ae77c", 1, {ROW("timestamp", "Number", "1493147359900")}},
    {"8cbe4db156db8a94db8b801b7addb984", 1, {ROW("attr1", "Binary", TRACE_BYTES)}},
    {"da1b33cc3cbfe8b1630921e78e6b9880", 1, {ROW("color", "String", "blue")}},
    {"d838729972a4b70e2d2acd9d59ac847c", 3,
     {ROW("color", "String", "blue"), ROW("count", "Number", "3"), ROW("blob", "Binary", "\x01\x02\x03")}},
    {"4c360f3fdafd970e05fae2f149d997f5", 3,
     {ROW("Help.Me", "String", "Me"), ROW("Hello", "String", "There"), ROW("General", "String", "Kenobi")}},
    {"fca026605781cb4126a1e9044df24232", 2, {ROW("Hello", "String", "There"), ROW("General", "String", "Kenobi")}},
    {"a311262e065454b75da111d535b8dacd", 1, {ROW("Hello", "String", "There")}},
    {"83fee93c1bcd8b9a5a923ffacdc636c7", 2, {ROW("Hello", "String", "There"), ROW("Help.Me", "String", "Me")}},
    {"5ae4d5d7636402d80f4eb6d213245a88", 1, {ROW("AWSTraceHeader", "String", HEADER)}},
    {"78a842e1fe609318f7b945c5c2caedfd", 2, {ROW("a", "String", "\xc3\xa9"), ROW("n", "Number.int", "7")}},
    {"d5dc132ea76f732e4df9beba92dee258", 1, {ROW("x", "String.custom", "v")}},
    // clang-format on
};
#define VECTOR_COUNT (sizeof(vectors) / sizeof(vectors[0]))

START_TEST(digest_of_every_vector)
{
    RULES("S-146");
    struct message_attribute attributes[3];
    char hex[MD5_HEX_BYTES];
    memcpy(attributes, vectors[_i].attributes, sizeof(attributes));
    attributes_sort(attributes, vectors[_i].count);
    attributes_digest_hex(attributes, vectors[_i].count, hex);
    ck_assert(text_equal(text_from(hex, MD5_HEX_BYTES), text_of(vectors[_i].md5)));
}
END_TEST

START_TEST(packed_attributes_read_back)
{
    cleanup(buffer_deinit) struct buffer buffer = {0};
    struct message_attribute read[ATTRIBUTES_MAX];
    attributes_pack(&buffer, vectors[_i].attributes, vectors[_i].count);
    ck_assert_uint_eq(attributes_unpack(buffer_text(&buffer), read), vectors[_i].count);
    for (size_t i = 0; i < vectors[_i].count; i++) {
        ck_assert(text_equal(read[i].name, vectors[_i].attributes[i].name));
        ck_assert(text_equal(read[i].data_type, vectors[_i].attributes[i].data_type));
        ck_assert(text_equal(read[i].value, vectors[_i].attributes[i].value));
    }
}
END_TEST

// Lengths of more than one byte, in the digest and in the packed form.
START_TEST(long_names_and_values_are_counted_in_full)
{
    RULES("S-146");
    static const struct {
        size_t name_length;
        size_t value_length;
        const char *md5;
    } rows[] = {{256, 384, "6e4527e594e84022ef7573eefdc545d0"},
                {1, 70000, "16013cfdd3993d9637bf3dd18c83c9c8"}};
    static char name[256];
    static char value[70000];
    memset(name, 'n', sizeof(name));
    memset(value, 'v', sizeof(value));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct message_attribute attribute = {.name = text_from(name, rows[i].name_length),
                                              .data_type = TEXT("String"),
                                              .value = text_from(value, rows[i].value_length)};
        char hex[MD5_HEX_BYTES];
        attributes_digest_hex(&attribute, 1, hex);
        ck_assert(text_equal(text_from(hex, MD5_HEX_BYTES), text_of(rows[i].md5)));

        cleanup(buffer_deinit) struct buffer buffer = {0};
        struct message_attribute read[ATTRIBUTES_MAX];
        attributes_pack(&buffer, &attribute, 1);
        ck_assert_uint_eq(attributes_unpack(buffer_text(&buffer), read), 1);
        ck_assert(text_equal(read[0].name, attribute.name));
        ck_assert(text_equal(read[0].value, attribute.value));
    }
}
END_TEST

// The greater byte is the later one; a database of another redrive is read so.
START_TEST(packed_lengths_have_their_least_byte_first)
{
    cleanup(buffer_deinit) struct buffer buffer = {0};
    struct message_attribute read[ATTRIBUTES_MAX];
    static char value[0x010203];
    buffer_append(&buffer, TEXT("\x01\x00\x00\x00\x06\x00\x00\x00\x03\x02\x01\x00nString"));
    buffer_append_bytes(&buffer, value, sizeof(value));
    ck_assert_uint_eq(attributes_unpack(buffer_text(&buffer), read), 1);
    ck_assert_uint_eq(read[0].value.length, sizeof(value));
}
END_TEST

START_TEST(no_attributes_are_no_bytes)
{
    cleanup(buffer_deinit) struct buffer buffer = {0};
    struct message_attribute read[ATTRIBUTES_MAX];
    attributes_pack(&buffer, NULL, 0);
    ck_assert_uint_eq(buffer.length, 0);
    ck_assert_uint_eq(attributes_unpack((struct text){0}, read), 0);
    ck_assert_uint_eq(attributes_size_bytes(NULL, 0), 0);
}
END_TEST

START_TEST(size_is_names_types_and_values)
{
    RULES("S-151");
    ck_assert_uint_eq(attributes_size_bytes(vectors[1].attributes, 1), 8); // k, String, x: recorded
    ck_assert_uint_eq(attributes_size_bytes(vectors[6].attributes, 3),
                      5 + 6 + 4 + 5 + 6 + 1 + 4 + 6 + 3);
}
END_TEST

START_TEST(custom_binary_is_binary)
{
    RULES("S-146");
    static const struct {
        const char *type;
        bool binary;
    } types[] = {{"Binary", true},
                 {"Binary.gif", true},
                 {"Binaryx", false},
                 {"String", false},
                 {"Number.int", false}};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct message_attribute attribute = {.data_type = text_of(types[i].type)};
        ck_assert_int_eq(attribute_is_binary(&attribute), types[i].binary);
    }
}
END_TEST

START_TEST(sorting_is_by_bytes)
{
    RULES("S-147");
    struct message_attribute attributes[] = {ROW("b", "", ""), ROW("a", "", ""), ROW("B", "", ""),
                                             ROW("a.", "", "")};
    static const char *const order[] = {"B", "a", "a.", "b"};
    attributes_sort(attributes, 4);
    for (size_t i = 0; i < 4; i++)
        ck_assert(text_equal(attributes[i].name, text_of(order[i])));
}
END_TEST

START_TEST(damaged_bytes_are_not_packed)
{
    ck_assert(attributes_are_packed(TEXT("")));
    ck_assert(attributes_are_packed(TEXT("\x01\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00xyz")));
    ck_assert(!attributes_are_packed(TEXT("\x01\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00xy")));
    ck_assert(!attributes_are_packed(TEXT("\x01\x00\x00")));
}
END_TEST

START_TEST(more_than_ten_are_not_packed)
{
    char bytes[(ATTRIBUTES_MAX + 1) * 12] = {0};
    ck_assert(attributes_are_packed(text_from(bytes, (size_t)ATTRIBUTES_MAX * 12)));
    ck_assert(!attributes_are_packed(text_from(bytes, sizeof(bytes))));
}
END_TEST

static Suite *attribute_suite(void)
{
    Suite *suite = suite_create("attribute");
    TCase *tcase = tcase_create("attribute");
    tcase_add_loop_test(tcase, digest_of_every_vector, 0, VECTOR_COUNT);
    tcase_add_loop_test(tcase, packed_attributes_read_back, 0, VECTOR_COUNT);
    tcase_add_test(tcase, long_names_and_values_are_counted_in_full);
    tcase_add_test(tcase, packed_lengths_have_their_least_byte_first);
    tcase_add_test(tcase, no_attributes_are_no_bytes);
    tcase_add_test(tcase, size_is_names_types_and_values);
    tcase_add_test(tcase, custom_binary_is_binary);
    tcase_add_test(tcase, sorting_is_by_bytes);
    tcase_add_test(tcase, damaged_bytes_are_not_packed);
    tcase_add_test(tcase, more_than_ten_are_not_packed);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(attribute_suite)
