// check -- what redrive check tries on a handler, and the rules by which it judges what came back.
#ifndef CLI_CHECK_H
#define CLI_CHECK_H

#include "cli/tree.h"
#include "queue/base/arena.h"

#define CHECK_BATCH_MAX 10
#define CHECK_INVOCATIONS_MAX 32
#define CHECK_FUNCTION "check"

struct check_message {
    struct text id;
    struct text group; // of FIFO
    bool bad;
};

// One invocation of the handler, read from the trace.
struct check_invocation {
    struct text request;
    int members[CHECK_BATCH_MAX]; // numbers of messages, as delivered
    bool kept[CHECK_BATCH_MAX];
    bool gone[CHECK_BATCH_MAX]; // deleted by the handler itself
    size_t count;
    bool again;          // its messages were delivered before
    bool judged;         // there was a verdict
    struct text end;     // "check responded after 1 ms: {...}"
    struct text verdict; // of its first message
    struct text output;  // what the handler wrote meanwhile
};

// One batch that was sent, and what became of it.
struct check_trial {
    const char *name;
    bool fifo;
    struct check_message messages[CHECK_BATCH_MAX];
    size_t message_count;
    struct check_invocation invocations[CHECK_INVOCATIONS_MAX];
    size_t invocation_count;
};

enum check_rule {
    RULE_REPORTS_FAILURES,
    RULE_REPORTS_ONLY_FAILURES,
    RULE_IDS_OF_BATCH,
    RULE_KEY_AND_CASE,
    RULE_NO_EXCEPTION,
    RULE_FIFO_STOPS,
    RULE_SAME_ANSWER,
    RULE_WITHIN_TIMEOUT,
    RULE_DELETES_DONE,
    CHECK_RULES
};

struct check_rule_row {
    const char *id;
    const char *sentence;
    const char *remedy;
};

extern const struct check_rule_row check_rule_rows[CHECK_RULES];

// What was found out about the rules.
struct check_verdicts {
    struct arena *arena;
    size_t tried[CHECK_RULES];    // invocations
    cJSON *evidence[CHECK_RULES]; // owned lists of {batch, sentence, answer, output}; empty: kept
};

void check_verdicts_init(struct check_verdicts *verdicts, struct arena *arena);
void check_verdicts_deinit(struct check_verdicts *verdicts);
DEFINE_DEINIT_CLEANUP(check_verdicts_deinit, struct check_verdicts)
// Judges every invocation of the trial.
void check_judge(struct check_verdicts *verdicts, const struct check_trial *trial);

#endif
