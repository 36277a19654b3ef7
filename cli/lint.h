// lint -- what redrive lint looks at: queues and mappings, wherever they were read from. A number that is not known is -1, and the
// rules that need it keep silent.
#ifndef CLI_LINT_H
#define CLI_LINT_H

#include "cli/tree.h"
#include "queue/base/arena.h"

#define LINT_MAX 256
#define LINT_UNKNOWN (-1)

struct lint_queue {
    struct text name;
    int line; // 0: unknown
    bool fifo;
    int64_t visibility_seconds;
    int64_t retention_seconds;
    bool redrives;           // it has a RedrivePolicy
    struct text dead_letter; // a queue's name
    int64_t receive_count_max;
};

struct lint_mapping {
    struct text name;
    int line;
    struct text queue;
    struct text function;
    int64_t timeout_seconds;      // of the function
    int64_t reserved_concurrency; // of the function; LINT_UNKNOWN: none
    int64_t maximum_concurrency;  // LINT_UNKNOWN: none
    int64_t batch_size;
    int64_t window_seconds;
    bool reports;
    // What a running emulator saw; 0 in a file.
    int64_t reported; // answers that report a failure
    int64_t thrown;
};

struct lint_model {
    struct arena *arena;
    const char *file; // or an endpoint
    struct lint_queue queues[LINT_MAX];
    size_t queue_count;
    struct lint_mapping mappings[LINT_MAX];
    size_t mapping_count;
};

const struct lint_queue *lint_find_queue(const struct lint_model *model, struct text name);
// lint_file.c: from a SAM or CloudFormation template, a scenario or a config. False with a sentence in ret_reason, which names the file.
bool lint_read_file(struct lint_model *model, const char *file, struct text *ret_reason);
// lint_rules.c: {rule, severity, subject, line, sentence, reason, fix} appended for every finding.
void lint_judge(const struct lint_model *model, cJSON *findings);
// The id of a rule and what it says in general; false behind the last.
bool lint_rule(size_t index, const char **ret_id, const char **ret_severity,
               const char **ret_reason, const char **ret_fix);

// lint_report.c: how findings are told, by the name that --format takes; NULL for another name.
struct lint_format {
    const char *name;
    void (*tell)(const struct lint_model *model, const cJSON *findings); // on standard output
};
const struct lint_format *lint_format_of(const char *name);
// Neither errors nor warnings; notes may be.
bool lint_is_clean(const cJSON *findings);

#endif
