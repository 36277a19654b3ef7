// report -- what scenarios have proved, for people and for machines. Reports hold no real time, port, process id or path but the
// one that the user typed: equal seeds give equal bytes.
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli/table.h"
#include "cli/tree.h"

// A scenario's report (scenario.h) in one word.
enum report_end {
    REPORT_PASSED,
    REPORT_FAILED, // an expectation was not so
    REPORT_FAULTY  // the scenario itself is wrong
};
enum report_end report_end(const cJSON *report);
// The number of its expectations; ret_failed of them were not so.
size_t report_expectations(const cJSON *report, size_t *ret_failed);

// One line of TAP, and, below it, as comments, what was expected and what happened.
void report_print_tap(const struct paper *paper, size_t number, const cJSON *report);
// What all of them come to, as a comment.
void report_print_sum(const struct paper *paper, cJSON *const *reports, size_t count);
// The whole JUnit file: a suite for each scenario, a case for each expectation.
void report_append_junit(struct buffer *buffer, cJSON *const *reports, size_t count);
// report_html.c: the same for people, as one page.
void report_append_html(struct buffer *buffer, cJSON *const *reports, size_t count);

#endif
