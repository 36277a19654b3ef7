// buffer_test -- what is appended is there, in order, however it grows.
#include "queue/base/buffer.h"
#include "tests/support/check_main.h"

#include <string.h>

static void expect(const struct buffer *buffer, struct text text)
{
    ck_assert_msg(text_equal(buffer_text(buffer), text), "it holds %.*s",
                  TEXT_ARGUMENTS(buffer_text(buffer)));
}

START_TEST(a_zeroed_buffer_is_empty)
{
    cleanup(buffer_deinit) struct buffer buffer = {0};
    expect(&buffer, TEXT(""));
    buffer_append(&buffer, text_of(NULL));
    buffer_append_bytes(&buffer, NULL, 0);
    expect(&buffer, TEXT(""));
    ck_assert_uint_eq(buffer.capacity, 0);
    ck_assert_ptr_nonnull(buffer_reserve(&buffer, 0));
}
END_TEST

START_TEST(every_kind_of_append_adds_to_the_end)
{
    cleanup(buffer_deinit) struct buffer buffer = {0};
    buffer_append(&buffer, TEXT("a"));
    buffer_append_byte(&buffer, '=');
    buffer_append_integer(&buffer, -12);
    buffer_append_bytes(&buffer, "\0", 1);
    buffer_print(&buffer, "%s:%d", "x", 5);
    buffer_append_base64(&buffer, "hello", 5);
    buffer_print(&buffer, "%s", "");
    expect(&buffer, TEXT("a=-12\0x:5aGVsbG8="));
    buffer_clear(&buffer);
    expect(&buffer, TEXT(""));
}
END_TEST

START_TEST(integers_to_the_ends_of_their_range)
{
    cleanup(buffer_deinit) struct buffer buffer = {0};
    const int64_t values[] = {0, 9, 10, -1, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        buffer_append_integer(&buffer, values[i]);
        buffer_append_byte(&buffer, ' ');
    }
    expect(&buffer, TEXT("0 9 10 -1 9223372036854775807 -9223372036854775808 "));
}
END_TEST

START_TEST(capacity_doubles)
{
    cleanup(buffer_deinit) struct buffer buffer = {0};
    size_t growths = 0;
    size_t capacity = 0;
    for (size_t i = 0; i < 1000000; i++) {
        buffer_append_byte(&buffer, (char)('a' + i % 26));
        growths += buffer.capacity != capacity;
        capacity = buffer.capacity;
    }
    ck_assert_uint_le(growths, 14);
    size_t wrong = 0;
    for (size_t i = 0; i < 1000000; i++)
        wrong += buffer.bytes[i] != (char)('a' + i % 26);
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(reserved_room_is_written_before_length_is_set)
{
    cleanup(buffer_deinit) struct buffer buffer = {0};
    buffer_append(&buffer, TEXT("ab"));
    memset(buffer_reserve(&buffer, 5000), 'c', 5000);
    expect(&buffer, TEXT("ab"));
    buffer.length += 2;
    expect(&buffer, TEXT("abcc"));
}
END_TEST

START_TEST(clearing_keeps_the_memory)
{
    cleanup(buffer_deinit) struct buffer buffer = {0};
    buffer_append(&buffer, TEXT("abc"));
    const char *bytes = buffer.bytes;
    buffer_clear(&buffer);
    buffer_append(&buffer, TEXT("d"));
    ck_assert_ptr_eq(buffer.bytes, bytes);
    expect(&buffer, TEXT("d"));
}
END_TEST

START_TEST(base64_vectors_of_rfc_4648)
{
    const char *const rows[][2] = {{"", ""},
                                   {"f", "Zg=="},
                                   {"fo", "Zm8="},
                                   {"foo", "Zm9v"},
                                   {"foob", "Zm9vYg=="},
                                   {"fooba", "Zm9vYmE="},
                                   {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cleanup(buffer_deinit) struct buffer buffer = {0};
        buffer_append_base64(&buffer, rows[i][0], strlen(rows[i][0]));
        expect(&buffer, text_of(rows[i][1]));
    }
}
END_TEST

static Suite *buffer_suite(void)
{
    Suite *suite = suite_create("buffer");
    TCase *bytes = tcase_create("buffer");
    tcase_add_test(bytes, a_zeroed_buffer_is_empty);
    tcase_add_test(bytes, every_kind_of_append_adds_to_the_end);
    tcase_add_test(bytes, integers_to_the_ends_of_their_range);
    tcase_add_test(bytes, capacity_doubles);
    tcase_add_test(bytes, reserved_room_is_written_before_length_is_set);
    tcase_add_test(bytes, clearing_keeps_the_memory);
    tcase_add_test(bytes, base64_vectors_of_rfc_4648);
    suite_add_tcase(suite, bytes);
    return suite;
}

CHECK_MAIN(buffer_suite)
