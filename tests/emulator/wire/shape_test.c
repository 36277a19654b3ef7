#include "emulator/wire/shape.h"

#include "tests/emulator/wire/toy.h"
#include "tests/support/check_main.h"

// A boolean is always there: no request has an optional one.
START_TEST(absent_members)
{
    const struct toy toy = {0};
    for (size_t i = 0; i < toy_shape.count; i++) {
        const struct wire_member *member = &toy_rows[i];
        ck_assert(member_is_given(&toy, member) == (member->kind == WIRE_BOOLEAN));
        ck_assert(member_has_content(&toy, member) == (member->kind == WIRE_BOOLEAN));
    }
}
END_TEST

START_TEST(filled_members)
{
    struct toy toy;
    toy_fill(&toy);
    for (size_t i = 0; i < toy_shape.count; i++) {
        ck_assert(member_is_given(&toy, &toy_rows[i]));
        ck_assert(member_has_content(&toy, &toy_rows[i]));
    }
}
END_TEST

// An empty text was not given, though it may be written; an empty list was given, but is not
// written.
START_TEST(empty_members)
{
    RULES("S-6 S-47");
    const struct toy toy = {
        .text = TEXT(""),
        .blob = TEXT(""),
        .integer = {.value = 0, .present = true},
        .texts = {.present = true},
        .blobs = {.present = true},
        .map = {.present = true},
        .list = {.present = true},
        .structures = {.present = true},
    };
    for (size_t i = 0; i < toy_shape.count; i++) {
        const struct wire_member *member = &toy_rows[i];
        bool text = member->kind == WIRE_TEXT || member->kind == WIRE_BLOB;
        bool scalar = text || member->kind == WIRE_INTEGER || member->kind == WIRE_BOOLEAN;
        ck_assert(member_is_given(&toy, member) == !text);
        ck_assert(member_has_content(&toy, member) == scalar);
    }
}
END_TEST

static Suite *shape_suite(void)
{
    Suite *suite = suite_create("shape");
    TCase *tcase = tcase_create("shape");
    tcase_add_test(tcase, absent_members);
    tcase_add_test(tcase, filled_members);
    tcase_add_test(tcase, empty_members);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(shape_suite)
