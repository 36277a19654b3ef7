// stack -- what a file declares: queues, functions and event source mappings, by CloudFormation's nouns. The one reader of scenarios
// (redrive test), of configs (--config), of SAM and CloudFormation templates, and of what redrive lint looks at.
//
//     read       file -> tree (document); a template is a file of its own, or the file itself
//     collect    resources: and Resources -> queues, functions, mappings (stack_resources, stack_template)
//     declare    functions -> options, as --function and --set would declare them (stack_build)
//     create     queues and mappings -> a running emulator, over the same API as everybody's (stack_build)
//
// A mistake in the file is a fault: one sentence that names file, line and column; the first one counts.
#ifndef CLI_STACK_H
#define CLI_STACK_H

#include "cli/document.h"
#include "emulator/emulator.h"
#include "queue/base/map.h"

// What became of a resource when the stack was created.
enum stack_fate {
    STACK_CREATED,
    STACK_KEPT,    // it was there, and is as the file says
    STACK_CHANGED, // it was there, and is now as the file says
};

struct stack_queue {
    struct text id; // in the file
    struct text name;
    const cJSON *properties;
    const cJSON *node;
    enum stack_fate fate;
    struct text changes; // "VisibilityTimeout from 30 to 60"
};

struct stack_function {
    struct text id;
    struct text name;
    struct text target; // empty until known
    const cJSON *properties;
    const cJSON *node;
    const cJSON *resource; // may hold Duration
};

struct stack_mapping {
    struct text id;
    cJSON *input; // of CreateEventSourceMapping; owned
    const struct stack_queue *queue;
    const struct stack_function *function;
    const cJSON *node;
    struct text uuid; // once it is created
    enum stack_fate fate;
    struct text changes;
};

#define STACK_RESOURCES_MAX 256

struct stack {
    struct arena *arena;
    const char *file;
    const char *noun; // "scenario", "config": for sentences
    struct text account;
    struct text region;
    const struct text *targets; // NAME=TARGET, instead of what the file says
    size_t target_count;
    const struct text_map *message_names; // what a scenario's sends name; NULL outside of one
    struct text fault;                    // empty: none
    cJSON *root;                          // owned; the file, unless it is a template
    cJSON *template_root;                 // owned; NULL without one
    const char *template_file;
    struct stack_queue queues[STACK_RESOURCES_MAX];
    size_t queue_count;
    struct stack_function functions[STACK_RESOURCES_MAX];
    size_t function_count;
    struct stack_mapping mappings[STACK_RESOURCES_MAX];
    size_t mapping_count;
    bool in_alias;             // the function of an alias is being resolved
    struct emulator *emulator; // lent; NULL until there is one
};

// An empty stack of the account and region that an emulator has by default.
void stack_init(struct stack *stack, struct arena *arena, const char *file, const char *noun);
// Frees the trees, not the emulator.
void stack_deinit(struct stack *stack);

// Keeps the first fault, at the node's place; false, so that callers can return it.
__attribute__((format(printf, 3, 4))) bool stack_fault(struct stack *stack, const cJSON *node,
                                                       const char *format, ...);
bool stack_is_faulty(const struct stack *stack);
// "; did you mean 'x'?", or nothing.
struct text stack_meant(struct stack *stack, struct text word, const char *const *candidates,
                        size_t count);

// Reads the file into root, or, if it is a template (it has Resources), into template_root, with an empty root. False after a fault.
bool stack_read(struct stack *stack);
// The template that the node names, beside the file; its resources checked to be a mapping; false after a fault.
bool stack_read_template(struct stack *stack, const cJSON *node);

// ---- stack_shape.c: what stands in a mapping ----

enum field_kind {
    FIELD_ANY,
    FIELD_TEXT,   // a scalar, not empty
    FIELD_BODY,   // a scalar
    FIELD_COUNT,  // a whole number, 0 or more
    FIELD_COUNTS, // a list of them
    FIELD_AMOUNT, // a whole number, or bounds: {at_least: 1, at_most: 3}, {exactly: 2}
    FIELD_NUMBER, // 0 or more, with or without decimals
    FIELD_BOOLEAN,
    FIELD_DURATION,  // 30s, 5m; a bare number is seconds
    FIELD_DURATIONS, // a list of them
    FIELD_TEXTS,     // a list of scalars, or one
    FIELD_MAP,
    FIELD_QUEUE, // a queue of this file, by its id or its name
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
bool shape_check(struct stack *stack, const char *subject, const cJSON *node,
                 const struct field *fields);
bool field_check(struct stack *stack, const char *subject, const cJSON *node,
                 const struct field *field);
// After a check.
int64_t field_duration_ms(const cJSON *node);
bool duration_of(const cJSON *node, int64_t *ret_ms);
bool count_of(const cJSON *node, int64_t *ret_count);

// ---- stack_resources.c ----

// Collects from resources: and template:. False after a fault.
bool stack_collect(struct stack *stack);
struct stack_queue *stack_find_queue(struct stack *stack, struct text name);
struct stack_function *stack_find_function(struct stack *stack, struct text name);
// NULL without a fault if none, or more than one, is meant.
struct stack_mapping *stack_find_mapping(struct stack *stack, struct text name);
// Is the member a property that a queue has? False after a fault.
bool stack_check_queue_property(struct stack *stack, const cJSON *member);

// ---- stack_template.c ----

// A copy of the value with Ref, Fn::GetAtt, Fn::Sub and Fn::Join resolved; NULL after a fault.
cJSON *template_resolve(struct stack *stack, const cJSON *value);
struct text stack_queue_arn(struct stack *stack, struct text name);
struct text stack_queue_url(struct stack *stack, struct text name);

// ---- stack_functions.c ----

// Puts the functions that have a target, and their settings, before what the options have of both. A function that a mapping invokes
// must have one. False after a fault.
bool stack_declare(struct stack *stack, struct options *options);
// True if this reason of emulator_new() is about one of these functions: it is a fault there.
bool stack_blame(struct stack *stack, struct text reason);
// ---- stack_build.c ----

// Makes queues and mappings in the emulator. One that is there already keeps what the file does not speak of, and takes what it says;
// nothing is deleted. False after a fault: what the emulator refuses, in AWS's words, at the resource.
bool stack_create(struct stack *stack);
// A policy as SQS takes it, its queue's name completed to an ARN.
struct text stack_policy_text(struct stack *stack, cJSON *policy);
// An operation of SQS, a request of Lambda; a refusal is a fault at the node. NULL then. Take the input over.
cJSON *stack_sqs(struct stack *stack, const cJSON *node, const char *operation, cJSON *input);
cJSON *stack_lambda(struct stack *stack, const cJSON *node, const char *method, const char *path,
                    cJSON *input);
// Turns the loop until the mapping is in the state; false without a fault if it does not get there.
bool stack_await_mapping(struct stack *stack, const struct stack_mapping *mapping,
                         const char *state);

#endif
