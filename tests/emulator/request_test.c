// A request as everybody sees it, however it came in.
#include "emulator/request.h"

#include "tests/support/check_main.h"

START_TEST(the_bytes_of_a_request_become_its_parts)
{
    struct request request = {0};
    ck_assert(request_parse(&request,
                            TEXT("POST /a/b?x=1&y HTTP/1.1\r\nHost: h\r\nX-Thing:  two words \r\n"
                                 "Content-Length: 4\r\n\r\nbody\r\n")));
    ck_assert(text_equal(request.method, TEXT("POST")));
    ck_assert(text_equal(request.path, TEXT("/a/b")));
    ck_assert(text_equal(request.query, TEXT("x=1&y")));
    ck_assert_uint_eq(request.header_count, 3);
    ck_assert(text_equal(request_header(&request, TEXT("x-THING")), TEXT("two words")));
    ck_assert_ptr_null(request_header(&request, TEXT("Absent")).bytes);
    ck_assert(text_equal(request.body, TEXT("body\r\n")));
}
END_TEST

START_TEST(lines_may_end_without_a_carriage_return)
{
    struct request request = {0};
    ck_assert(request_parse(&request, TEXT("GET / HTTP/1.1\nHost: h\n\n")));
    ck_assert(text_equal(request_header(&request, TEXT("Host")), TEXT("h")));
    ck_assert_uint_eq(request.body.length, 0);
}
END_TEST

START_TEST(what_is_no_request_is_not_parsed)
{
    static const struct text rows[] = {
        TEXT(""),
        TEXT("GET"),
        TEXT("GET /\r\n\r\n"),
        TEXT("GET / HTTP/1.1"),
        TEXT("GET / HTTP/1.1\r\n"),
        TEXT("GET / HTTP/1.1\r\nno colon\r\n\r\n"),
        TEXT("GET / HTTP/1.1\r\nHost: h\r\n"),
    };
    for (size_t index = 0; index < sizeof(rows) / sizeof(rows[0]); index++) {
        struct request request = {0};
        ck_assert_msg(!request_parse(&request, rows[index]), "row %zu", index);
    }
}
END_TEST

START_TEST(there_is_room_for_64_headers)
{
    for (int extra = 0; extra < 2; extra++) {
        struct request request = {0};
        cleanup(buffer_deinit) struct buffer bytes = {0};
        buffer_append(&bytes, TEXT("GET / HTTP/1.1\r\n"));
        for (int index = 0; index < REQUEST_HEADERS_MAX + extra; index++)
            buffer_print(&bytes, "X-%d: y\r\n", index);
        buffer_append(&bytes, TEXT("\r\n"));
        ck_assert(request_parse(&request, buffer_text(&bytes)) == (extra == 0));
    }
}
END_TEST

struct target_row {
    struct text target;
    struct text path;
    struct text query;
};

static const struct target_row target_rows[] = {
    {TEXT("/"), TEXT("/"), {0}},
    {TEXT("/a%20b?"), TEXT("/a%20b"), {0}},
    {TEXT("/a?b?c"), TEXT("/a"), TEXT("b?c")},
    {TEXT("*"), TEXT("*"), {0}},
    {TEXT("http://localhost:4566/a?b"), TEXT("/a"), TEXT("b")}, // by way of a proxy
    {TEXT("http://localhost"), TEXT("http://localhost"), {0}},
};

START_TEST(a_target_is_a_path_and_a_query_as_they_were_sent)
{
    for (size_t index = 0; index < sizeof(target_rows) / sizeof(target_rows[0]); index++) {
        struct request request = {0};
        request_set_target(&request, target_rows[index].target);
        ck_assert_msg(text_equal(request.path, target_rows[index].path), "row %zu", index);
        ck_assert_msg(text_equal(request.query, target_rows[index].query), "row %zu", index);
    }
}
END_TEST

static void finished(struct request *request)
{
    *(int *)request->connection += 1;
}

static void cancelled(struct request *request)
{
    (void)request;
}

START_TEST(a_parked_request_that_is_finished_cannot_be_cancelled_any_more)
{
    int times = 0;
    struct request request = {.finished = finished, .connection = &times};
    request_park(&request, cancelled, NULL);
    ck_assert(request.parked && request.cancel == cancelled && !request.complete);
    request.reply.status = 200;
    request_finish(&request);
    ck_assert_int_eq(times, 1);
    ck_assert(request.complete);
    ck_assert(request.cancel == NULL);
}
END_TEST

static Suite *request_suite(void)
{
    Suite *suite = suite_create("emulator/request");
    TCase *parts = tcase_create("parts");
    tcase_add_test(parts, the_bytes_of_a_request_become_its_parts);
    tcase_add_test(parts, lines_may_end_without_a_carriage_return);
    tcase_add_test(parts, what_is_no_request_is_not_parsed);
    tcase_add_test(parts, there_is_room_for_64_headers);
    tcase_add_test(parts, a_target_is_a_path_and_a_query_as_they_were_sent);
    tcase_add_test(parts, a_parked_request_that_is_finished_cannot_be_cancelled_any_more);
    suite_add_tcase(suite, parts);
    return suite;
}

CHECK_MAIN(request_suite)
