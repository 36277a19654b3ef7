// scenario -- a story about messages that a file tells and redrive proves: resources, steps, expectations.
//
// Private to cli/scenario*.c, but for scenario_run(). The grammar stands in docs/scenarios.md.
//
//     read      file -> tree (document) -> resources (scenario_resources, scenario_template), steps checked (scenario_step)
//     build     an emulator on the manual clock; queues, functions, mappings (scenario_build)
//     play      step by step (scenario_step); what happened is read from the trace (history)
//     judge     every expectation becomes a verdict (scenario_expect, scenario_message)
//
// A mistake in the scenario itself is a fault: one sentence that names file, line and column; the first one counts.
#ifndef CLI_SCENARIO_H
#define CLI_SCENARIO_H

#include "cli/document.h"
#include "cli/history.h"
#include "emulator/emulator.h"

struct buffer;

struct scenario_wishes {
    const char *file;
    bool seeded; // else the scenario's own seed, or 1
    uint64_t seed;
    const char *const *functions; // NAME=TARGET, instead of what the scenario says
    size_t function_count;
};

// Runs the scenario to its end; its report, which the caller owns. Never NULL. The members:
//     name, file, seed, virtualMs, messages, deliveries, invocations
//     fault       a sentence; absent without one
//     verdicts    [{line, column, title, ok, lines: [...]}]: what was expected, and, where it was not so, the story
cJSON *scenario_run(const struct scenario_wishes *wishes);

// ---- below: for cli/scenario*.c ----

struct scenario_queue {
    struct text id; // in the scenario
    struct text name;
    const cJSON *properties;
    const cJSON *node;
};

struct scenario_function {
    struct text id;
    struct text name;
    struct text target; // empty until known
    const cJSON *properties;
    const cJSON *node;
    const cJSON *resource; // may hold Duration
};

struct scenario_mapping {
    struct text id;
    cJSON *input; // of CreateEventSourceMapping; owned
    const struct scenario_queue *queue;
    const struct scenario_function *function;
    const cJSON *node;
    struct text uuid; // once it is created
};

#define SCENARIO_RESOURCES_MAX 256

struct scenario {
    const struct scenario_wishes *wishes;
    struct arena *arena;
    struct text fault; // empty: none
    struct text name;
    uint64_t seed;
    int64_t start_at_ms;
    bool aws_profile;     // mappings scale as AWS's do; else they have one poller each
    cJSON *root;          // owned
    cJSON *template_root; // owned; NULL without one
    const char *template_file;
    struct scenario_queue queues[SCENARIO_RESOURCES_MAX];
    size_t queue_count;
    struct scenario_function functions[SCENARIO_RESOURCES_MAX];
    size_t function_count;
    struct scenario_mapping mappings[SCENARIO_RESOURCES_MAX];
    size_t mapping_count;
    struct options options;
    struct emulator *emulator;
    int64_t origin_at_ms;          // when everything was built
    struct text_map message_names; // to themselves: what the sends name, in the order of the file
    struct history *history;
    cJSON *verdicts;      // owned
    struct buffer *words; // scratch
};

// Keeps the first fault, at the node's place; false, so that callers can return it.
__attribute__((format(printf, 3, 4))) bool
scenario_fault(struct scenario *scenario, const cJSON *node, const char *format, ...);
bool scenario_is_faulty(const struct scenario *scenario);
// "; did you mean 'x'?", or nothing.
struct text scenario_meant(struct scenario *scenario, struct text word,
                           const char *const *candidates, size_t count);

// ---- shapes: what stands in a mapping ----

enum field_kind {
    FIELD_ANY,
    FIELD_TEXT,   // a scalar, not empty
    FIELD_BODY,   // a scalar
    FIELD_COUNT,  // a whole number, 0 or more
    FIELD_COUNTS, // a list of them
    FIELD_AMOUNT, // a whole number, or bounds: {at_least: 1, at_most: 3}, {exactly: 2}
    FIELD_BOOLEAN,
    FIELD_DURATION,  // 30s, 5m; a bare number is seconds
    FIELD_DURATIONS, // a list of them
    FIELD_TEXTS,     // a list of scalars, or one
    FIELD_MAP,
    FIELD_QUEUE, // a queue of this scenario, by its id or its name
    FIELD_FUNCTION,
    FIELD_MAPPING,  // by its id, or by its queue or function where that says which
    FIELD_MESSAGE,  // an id that a send above gave
    FIELD_MESSAGES, // a list of them
};

struct field {
    const char *name; // NULL: the end
    enum field_kind kind;
    bool required;
};

// Is the node a mapping with these fields and no others? False after a fault. subject: "send", for the sentence.
bool shape_check(struct scenario *scenario, const char *subject, const cJSON *node,
                 const struct field *fields);
bool field_check(struct scenario *scenario, const char *subject, const cJSON *node,
                 const struct field *field);
// After a check.
int64_t field_duration_ms(const cJSON *node);
bool duration_of(const cJSON *node, int64_t *ret_ms);
bool count_of(const cJSON *node, int64_t *ret_count);

// scenario.c: the members of the root, and all but resources and steps taken over. False after a fault.
bool scenario_read_head(struct scenario *scenario);

// ---- resources ----

// scenario_resources.c: collects from resources: and template:. False after a fault.
bool scenario_collect(struct scenario *scenario);
struct scenario_queue *scenario_find_queue(struct scenario *scenario, struct text name);
struct scenario_function *scenario_find_function(struct scenario *scenario, struct text name);
// Is the member a property that a queue has? False after a fault.
bool scenario_check_queue_property(struct scenario *scenario, const cJSON *member);
// NULL without a fault if none, or more than one, is meant.
struct scenario_mapping *scenario_find_mapping(struct scenario *scenario, struct text name);
// scenario_template.c: a copy of the value with Ref, Fn::GetAtt, Fn::Sub and Fn::Join resolved; NULL after a fault.
cJSON *template_resolve(struct scenario *scenario, const cJSON *value);
// The whole template file, its resources checked to be a mapping; false after a fault.
bool template_read(struct scenario *scenario, const cJSON *node);
struct text scenario_queue_arn(struct scenario *scenario, struct text name);
struct text scenario_queue_url(struct scenario *scenario, struct text name);

// scenario_build.c: the emulator with all of it. False after a fault.
bool scenario_build(struct scenario *scenario);
// A policy as SQS takes it, its queue's name completed to an ARN.
struct text scenario_policy_text(struct scenario *scenario, cJSON *policy);
// An operation of SQS, a request of Lambda; a refusal is a fault at the node. NULL then. Take the input over.
cJSON *scenario_sqs(struct scenario *scenario, const cJSON *node, const char *operation,
                    cJSON *input);
cJSON *scenario_lambda(struct scenario *scenario, const cJSON *node, const char *method,
                       const char *path, cJSON *input);
// Turns the loop until the mapping is in the state; false without a fault if it does not get there.
bool scenario_await_mapping(struct scenario *scenario, const struct scenario_mapping *mapping,
                            const char *state);

// ---- steps ----

// scenario_step.c: all steps are right, and the messages that they name are known. False after a fault.
bool scenario_check_steps(struct scenario *scenario);
bool scenario_play(struct scenario *scenario);
// scenario_send.c
bool send_check(struct scenario *scenario, const cJSON *node);
bool send_play(struct scenario *scenario, const cJSON *node);
bool scenario_advance(struct scenario *scenario, const cJSON *node, int64_t ms);

// ---- expectations ----

// What was found out about one expectation.
struct verdict {
    bool wrong;
    struct buffer *expected; // "deliveries: 3", the wrong ones only
    struct buffer *actual;
    int messages[8]; // whose stories tell why
    size_t message_count;
};

// scenario_expect.c: "message: ...", "queue: ..." and the others; a step's expectation is one of them or a list.
bool expect_check(struct scenario *scenario, const cJSON *node);
bool expect_play(struct scenario *scenario, const cJSON *node);

// For the judges: one thing that was expected and is not so.
__attribute__((format(printf, 2, 3))) void verdict_expected(struct verdict *verdict,
                                                            const char *format, ...);
__attribute__((format(printf, 2, 3))) void verdict_actual(struct verdict *verdict,
                                                          const char *format, ...);
// "deliveries: at most 3" against what was counted.
void verdict_amount(struct verdict *verdict, const char *label, const cJSON *amount,
                    int64_t actual);
void verdict_story(struct verdict *verdict, int message);

// The judges. scenario_message.c: messages and queues; scenario_count.c: what is counted.
void judge_message(struct scenario *scenario, const cJSON *node, struct verdict *verdict);
void judge_queue(struct scenario *scenario, const cJSON *node, struct verdict *verdict);
void judge_never(struct scenario *scenario, const cJSON *node, struct verdict *verdict);
void judge_order(struct scenario *scenario, const cJSON *node, struct verdict *verdict);
void judge_invocations(struct scenario *scenario, const cJSON *node, struct verdict *verdict);
void judge_throttles(struct scenario *scenario, const cJSON *node, struct verdict *verdict);
void judge_batches(struct scenario *scenario, const cJSON *node, struct verdict *verdict);
void judge_time(struct scenario *scenario, const cJSON *node, struct verdict *verdict);

#endif
