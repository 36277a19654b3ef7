// Shares as people type them.
#include "queue/base/share.h"

#include "tests/support/check_main.h"

START_TEST(a_share_is_a_number_or_a_percentage)
{
    static const struct {
        const char *text;
        double share;
    } rows[] = {{"5%", 0.05}, {"0.05", 0.05}, {"100%", 1}, {"1", 1}, {"0", 0}, {"0.5%", 0.005}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        double share = -1;
        ck_assert_msg(share_parse(rows[i].text, &share), "%s", rows[i].text);
        ck_assert_double_eq_tol(share, rows[i].share, 1e-12);
    }
}
END_TEST

START_TEST(what_is_no_share_is_refused_and_changes_nothing)
{
    static const char *const texts[] = {"",    "%",   ".",   "-1%", "101%", "2",
                                        "5 %", "5%%", "0x1", "inf", "1e-1", "1.2.3"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        double share = -1;
        ck_assert_msg(!share_parse(texts[i], &share), "%s", texts[i]);
        ck_assert_double_eq(share, -1);
    }
}
END_TEST

static Suite *share_suite(void)
{
    Suite *suite = suite_create("share");
    TCase *shares = tcase_create("shares");
    tcase_add_test(shares, a_share_is_a_number_or_a_percentage);
    tcase_add_test(shares, what_is_no_share_is_refused_and_changes_nothing);
    suite_add_tcase(suite, shares);
    return suite;
}

CHECK_MAIN(share_suite)
