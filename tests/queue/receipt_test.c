// receipt_test -- handles tell garbage from what was issued (S-86, S-170, S-173).
#include "queue/receipt.h"

#include "tests/support/check_main.h"

#include <string.h>

static struct text written(uint64_t queue, uint64_t row, uint32_t receive,
                           char ret_handle[RECEIPT_TEXT_BYTES])
{
    receipt_write(&(struct receipt){.queue = queue, .row = row, .receive = receive}, ret_handle);
    return text_from(ret_handle, RECEIPT_TEXT_BYTES);
}

START_TEST(a_handle_reads_back)
{
    RULES("S-173");
    static const struct receipt receipts[] = {{1, 1, 1},
                                              {7, 123456789, 3},
                                              {UINT64_MAX, UINT64_MAX, UINT32_MAX},
                                              {0, 0, 0},
                                              {1, 2, 1000}};
    for (size_t i = 0; i < sizeof(receipts) / sizeof(receipts[0]); i++) {
        char handle[RECEIPT_TEXT_BYTES];
        struct receipt receipt;
        ck_assert(receipt_read(
            written(receipts[i].queue, receipts[i].row, receipts[i].receive, handle), &receipt));
        ck_assert_uint_eq(receipt.queue, receipts[i].queue);
        ck_assert_uint_eq(receipt.row, receipts[i].row);
        ck_assert_uint_eq(receipt.receive, receipts[i].receive);
    }
}
END_TEST

START_TEST(many_handles_read_back)
{
    RULES("S-173");
    // So many that every base64 digit stands in each of its places.
    for (uint64_t i = 1; i <= 2000; i++) {
        char handle[RECEIPT_TEXT_BYTES];
        struct receipt receipt;
        ck_assert(receipt_read(written(i * 0x9e3779b9u, i << 20, (uint32_t)i, handle), &receipt));
        ck_assert_uint_eq(receipt.queue, i * 0x9e3779b9u);
        ck_assert_uint_eq(receipt.row, i << 20);
        ck_assert_uint_eq(receipt.receive, i);
    }
}
END_TEST

// Handles outlive the process that wrote them, hence also the program: what is written changes
// never.
START_TEST(handles_of_an_earlier_process_are_read)
{
    RULES("S-171");
    static const struct {
        struct receipt receipt;
        const char *handle;
    } rows[] = {
        {{1, 1, 1}, "AQEB2iDa57dVQjTDA8HxrErK1d8LLTgbYv9R/jS/gqry"},
        {{7, 123456789, 3}, "AQEBSrSerNDjw4FXHlvFU2kucCbMF2by6RC5ZE3gEFqM"},
        {{UINT64_MAX, UINT64_MAX, UINT32_MAX}, "AQEBJpZUftEh1RA8Wdwa7otEcsj0guy8/1NkCIgQkAot"},
        {{0x0123456789abcdefu, 0xfedcba9876543210u, 0x13579bdfu},
         "AQEBjss7U2C4h5R9OClYF22LYG0evT6ADsBlVUmKDmf8"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char handle[RECEIPT_TEXT_BYTES];
        const struct receipt *receipt = &rows[i].receipt;
        struct text text = written(receipt->queue, receipt->row, receipt->receive, handle);
        ck_assert_msg(text_equal(text, text_of(rows[i].handle)), "%.*s", TEXT_ARGUMENTS(text));
    }
}
END_TEST

START_TEST(a_handle_looks_like_amazons)
{
    RULES("S-170");
    char handle[RECEIPT_TEXT_BYTES];
    ck_assert(text_starts_with(written(3, 4, 5, handle), TEXT("AQEB")));
    for (size_t i = 0; i < RECEIPT_TEXT_BYTES; i++)
        ck_assert(
            strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", handle[i]));
}
END_TEST

START_TEST(every_receive_makes_another_handle)
{
    RULES("S-170");
    char first[RECEIPT_TEXT_BYTES];
    char second[RECEIPT_TEXT_BYTES];
    ck_assert(!text_equal(written(1, 1, 1, first), written(1, 1, 2, second)));
    ck_assert(!text_equal(written(1, 1, 1, first), written(2, 1, 1, second)));
}
END_TEST

START_TEST(any_changed_digit_is_garbage)
{
    RULES("S-86");
    char handle[RECEIPT_TEXT_BYTES];
    struct receipt receipt;
    static const char others[] = "AQz09+/= \n-_";
    written(12, 345, 6, handle);
    for (size_t i = 0; i < RECEIPT_TEXT_BYTES; i++) {
        char kept = handle[i];
        for (size_t j = 0; j < sizeof(others); j++) { // with the terminating NUL
            if (others[j] == kept)
                continue;
            handle[i] = others[j];
            ck_assert_msg(!receipt_read(text_from(handle, RECEIPT_TEXT_BYTES), &receipt),
                          "digit %zu", i);
        }
        handle[i] = kept;
    }
    ck_assert(receipt_read(text_from(handle, RECEIPT_TEXT_BYTES), &receipt));
}
END_TEST

START_TEST(other_lengths_are_garbage)
{
    RULES("S-86");
    char handle[RECEIPT_TEXT_BYTES + 4];
    struct receipt receipt = {.queue = 99};
    memset(handle, 'A', sizeof(handle));
    written(12, 345, 6, handle);
    for (size_t length = 0; length <= sizeof(handle); length++) {
        bool is_whole = length == RECEIPT_TEXT_BYTES;
        if (!is_whole)
            ck_assert(!receipt_read(text_from(handle, length), &receipt));
    }
    ck_assert(!receipt_read(TEXT("garbage"), &receipt));
    ck_assert(!receipt_read((struct text){0}, &receipt));
    ck_assert_uint_eq(receipt.queue, 99); // written on success only
}
END_TEST

static Suite *receipt_suite(void)
{
    Suite *suite = suite_create("receipt");
    TCase *tcase = tcase_create("receipt");
    tcase_add_test(tcase, a_handle_reads_back);
    tcase_add_test(tcase, many_handles_read_back);
    tcase_add_test(tcase, handles_of_an_earlier_process_are_read);
    tcase_add_test(tcase, a_handle_looks_like_amazons);
    tcase_add_test(tcase, every_receive_makes_another_handle);
    tcase_add_test(tcase, any_changed_digit_is_garbage);
    tcase_add_test(tcase, other_lengths_are_garbage);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(receipt_suite)
