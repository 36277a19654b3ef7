// sqs_move -- what the actions on move tasks read and write. Their rows stand in sqs_operations.c.
#ifndef EMULATOR_API_SQS_MOVE_H
#define EMULATOR_API_SQS_MOVE_H

#include "emulator/wire/shape.h"

struct start_move_input {
    struct text source_arn;
    struct text destination_arn;
    struct wire_integer messages_per_second;
};

struct start_move_output {
    struct text task_handle;
};

struct list_moves_input {
    struct text source_arn;
    struct wire_integer results_max;
};

struct listed_move {
    struct text task_handle; // only while it runs (S-215)
    struct text status;
    struct text source_arn;
    struct text destination_arn;
    struct wire_integer messages_per_second;
    struct wire_integer moved;
    struct wire_integer to_move;
    struct text failure;
    struct wire_integer started_at_ms;
};

struct list_moves_output {
    struct structure_list results; // of listed_move
};

struct cancel_move_input {
    struct text task_handle;
};

struct cancel_move_output {
    struct wire_integer moved;
};

#endif
