// tracer_test -- every kind of trace point has words of its own.
#include "queue/tracer.h"

#include "tests/support/check_main.h"

START_TEST(every_kind_has_its_own_words)
{
    for (enum trace_kind kind = 0; kind < TRACE_KINDS; kind++) {
        ck_assert_uint_gt(trace_kind_text(kind).length, 0);
        for (enum trace_kind other = 0; other < kind; other++)
            ck_assert(!text_equal(trace_kind_text(kind), trace_kind_text(other)));
    }
    ck_assert(text_equal(trace_kind_text(TRACE_VISIBLE_AGAIN), TEXT("visible again")));
}
END_TEST

static Suite *tracer_suite(void)
{
    Suite *suite = suite_create("tracer");
    TCase *tcase = tcase_create("tracer");
    tcase_add_test(tcase, every_kind_has_its_own_words);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(tracer_suite)
