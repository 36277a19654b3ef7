#include "emulator/wire/json_out.h"

#include "tests/emulator/wire/toy.h"
#include "tests/support/check_main.h"

static void expect_written(const struct toy *toy, const char *expected)
{
    cleanup(buffer_deinit) struct buffer buffer = {0};
    json_out(&buffer, &toy_shape, toy);
    ck_assert_msg(text_equal(buffer_text(&buffer), text_of(expected)), "%.*s",
                  TEXT_ARGUMENTS(buffer_text(&buffer)));
}

START_TEST(every_kind)
{
    struct toy toy;
    toy_fill(&toy);
    expect_written(&toy, "{\"Text\":\"hello\\r\\n\",\"Blob\":\"AQID\",\"Integer\":-7,"
                         "\"Boolean\":true,\"Texts\":[\"a\",\"\",\"c\"],\"Blobs\":[\"AQID\"],"
                         "\"Map\":{\"k\":\"v\",\"l\":\"<&\\\">\"},\"List\":[{\"Text\":\"one\"},"
                         "{\"Text\":\"two\",\"Map\":{\"x\":\"y\"}}],"
                         "\"Structures\":{\"n\":{\"Text\":\"t\"}}}");
}
END_TEST

// Nothing for what is absent or empty; an empty text is a value.
START_TEST(absent_members)
{
    RULES("S-6");
    struct toy toy = {.texts = {.present = true}, .map = {.present = true}};
    expect_written(&toy, "{\"Boolean\":false}");
    toy.text = TEXT("");
    expect_written(&toy, "{\"Text\":\"\",\"Boolean\":false}");
}
END_TEST

static Suite *json_out_suite(void)
{
    Suite *suite = suite_create("json_out");
    TCase *tcase = tcase_create("json_out");
    tcase_add_test(tcase, every_kind);
    tcase_add_test(tcase, absent_members);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(json_out_suite)
