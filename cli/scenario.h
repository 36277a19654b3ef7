// scenario -- a story about messages that a file tells and redrive proves: resources, steps, expectations.
//
// Private to cli/scenario*.c, but for scenario_run(). The grammar stands in docs/scenarios.md.
//
//     read      file -> tree -> resources (stack), steps checked (scenario_step)
//     build     an emulator on the manual clock; queues, functions, mappings (stack)
//     play      step by step (scenario_step); what happened is read from the trace (history)
//     judge     every expectation becomes a verdict (scenario_expect, scenario_message)
//
// A mistake in the scenario itself is a fault: one sentence that names file, line and column; the first one counts.
#ifndef CLI_SCENARIO_H
#define CLI_SCENARIO_H

#include "cli/history.h"
#include "cli/stack.h"
#include "emulator/emulator.h"

struct buffer;

struct scenario_wishes {
    const char *file;
    bool seeded; // else the scenario's own seed, or 1
    uint64_t seed;
    double duplicate_share;       // below 0: the scenario's own, or none
    const char *const *functions; // NAME=TARGET, instead of what the scenario says
    size_t function_count;
};

// Runs the scenario to its end; its report, which the caller owns. Never NULL. The members:
//     again       the command line that runs it once more, with the same seed
//     name, file, seed, virtualMs, messages, deliveries, invocations, orderViolations
//     fault       a sentence; absent without one
//     verdicts    [{line, column, title, ok, lines: [...]}]: what was expected, and, where it was not so, the story
cJSON *scenario_run(const struct scenario_wishes *wishes);

// ---- below: for cli/scenario*.c ----

struct scenario {
    const struct scenario_wishes *wishes;
    struct stack stack; // what it declares, and its first fault
    struct text name;
    uint64_t seed;
    int64_t start_at_ms;
    double duplicate_share; // of deletions of standard queues
    bool aws_profile;       // mappings scale as AWS's do; else they have one poller each
    struct options options;
    int64_t origin_at_ms;          // when everything was built
    struct text_map message_names; // to themselves: what the sends name, in the order of the file
    struct text_map receive_names; // the same of the receives
    struct scenario_receipt *receipts; // the latest first; see scenario_consumer.c
    struct history *history;
    int64_t requests;     // of SQS, that sends, receives and changes of visibility were
    cJSON *verdicts;      // owned
    struct buffer *words; // scratch
};

void scenario_init(struct scenario *scenario, const struct scenario_wishes *wishes,
                   struct arena *arena);
void scenario_deinit(struct scenario *scenario);
// The members besides resources and steps. False after a fault.
bool scenario_read_head(struct scenario *scenario);

// ---- steps ----

// scenario_step.c: all steps are right, and the messages that they name are known. False after a fault.
bool scenario_check_steps(struct scenario *scenario);
bool scenario_play(struct scenario *scenario);
// scenario_send.c
bool send_check(struct scenario *scenario, const cJSON *node);
bool send_play(struct scenario *scenario, const cJSON *node);
bool scenario_advance(struct scenario *scenario, const cJSON *node, int64_t ms);
// Nothing that is at work goes on being so, and the history knows of it. False after a fault.
bool scenario_settle(struct scenario *scenario, const cJSON *node);
// scenario_invoke.c
bool invoke_check(struct scenario *scenario, const cJSON *node);
bool invoke_play(struct scenario *scenario, const cJSON *node);
// scenario_consumer.c
bool receive_check(struct scenario *scenario, const cJSON *node);
bool receive_play(struct scenario *scenario, const cJSON *node);
bool delete_check(struct scenario *scenario, const cJSON *node);
bool delete_play(struct scenario *scenario, const cJSON *node);
bool change_visibility_check(struct scenario *scenario, const cJSON *node);
bool change_visibility_play(struct scenario *scenario, const cJSON *node);

// ---- expectations ----

// What was found out about one expectation.
struct verdict {
    bool wrong;
    struct text subject;     // of several, whom the next line is about; empty: it is clear
    struct buffer *expected; // "deliveries: 3", the wrong ones only
    struct buffer *actual;
    int messages[8]; // whose stories tell why
    size_t message_count;
    const struct history_point *output; // what a function wrote, of the kind "output"; may be NULL
};

// scenario_expect.c: "message: ...", "queue: ..." and the others; a step's expectation is one of them or a list.
bool expect_check(struct scenario *scenario, const cJSON *node);
bool expect_play(struct scenario *scenario, const cJSON *node);

// The verdict on this expectation, or on a step that expects something, goes into the report.
void verdict_file(struct scenario *scenario, const cJSON *node, const struct verdict *verdict);
// For the judges: one thing that was expected and is not so.
__attribute__((format(printf, 2, 3))) void verdict_expected(struct verdict *verdict,
                                                            const char *format, ...);
__attribute__((format(printf, 2, 3))) void verdict_actual(struct verdict *verdict,
                                                          const char *format, ...);
// "deliveries: at most 3" against what was counted.
void verdict_amount(struct verdict *verdict, const char *label, const cJSON *amount,
                    int64_t actual);
void verdict_story(struct verdict *verdict, int message);

// The judges. scenario_message.c: messages and queues; scenario_count.c: what is counted; scenario_consumer.c: what was received; scenario_measure.c: what is measured.
void judge_message(struct scenario *scenario, const cJSON *node, struct verdict *verdict);
void judge_queue(struct scenario *scenario, const cJSON *node, struct verdict *verdict);
void judge_never(struct scenario *scenario, const cJSON *node, struct verdict *verdict);
void judge_order(struct scenario *scenario, const cJSON *node, struct verdict *verdict);
void judge_invocations(struct scenario *scenario, const cJSON *node, struct verdict *verdict);
void judge_throttles(struct scenario *scenario, const cJSON *node, struct verdict *verdict);
void judge_order_violations(struct scenario *scenario, const cJSON *node, struct verdict *verdict);
void judge_batches(struct scenario *scenario, const cJSON *node, struct verdict *verdict);
bool received_check(struct scenario *scenario, const cJSON *node);
void judge_received(struct scenario *scenario, const cJSON *node, struct verdict *verdict);
// After a shape: it has at least one of exactly, at_least, at_most.
bool bounds_check(struct scenario *scenario, const cJSON *node);
bool metric_check(struct scenario *scenario, const cJSON *node);
void judge_metric(struct scenario *scenario, const cJSON *node, struct verdict *verdict);
void judge_cost(struct scenario *scenario, const cJSON *node, struct verdict *verdict);
void judge_logged(struct scenario *scenario, const cJSON *node, struct verdict *verdict);
void judge_duplicates(struct scenario *scenario, const cJSON *node, struct verdict *verdict);
void judge_time(struct scenario *scenario, const cJSON *node, struct verdict *verdict);

#endif
