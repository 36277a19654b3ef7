// sqs_handlers -- one function per action, as the table in sqs_operations.c names them. Each sees
// its decoded input (call->input) and fills in its output (call->output), or returns a fault. The
// queue was found and the required members are there.
#ifndef EMULATOR_API_SQS_HANDLERS_H
#define EMULATOR_API_SQS_HANDLERS_H

#include "emulator/api/sqs.h"

// sqs_queue.c
struct fault sqs_create_queue(struct sqs_call *call);
struct fault sqs_get_queue_url(struct sqs_call *call);
struct fault sqs_list_queues(struct sqs_call *call);
struct fault sqs_list_dead_letter_sources(struct sqs_call *call);
struct fault sqs_delete_queue(struct sqs_call *call);
struct fault sqs_purge_queue(struct sqs_call *call);
// sqs_attributes.c
struct fault sqs_get_queue_attributes(struct sqs_call *call);
struct fault sqs_set_queue_attributes(struct sqs_call *call);
// sqs_tags.c
struct fault sqs_tag_queue(struct sqs_call *call);
struct fault sqs_untag_queue(struct sqs_call *call);
struct fault sqs_list_queue_tags(struct sqs_call *call);
// sqs_permission.c
struct fault sqs_add_permission(struct sqs_call *call);
struct fault sqs_remove_permission(struct sqs_call *call);
// sqs_move.c
struct fault sqs_start_move_task(struct sqs_call *call);
struct fault sqs_list_move_tasks(struct sqs_call *call);
struct fault sqs_cancel_move_task(struct sqs_call *call);
// sqs_send.c
struct fault sqs_send_message(struct sqs_call *call);
struct fault sqs_send_message_batch(struct sqs_call *call);
// sqs_receive.c
struct fault sqs_receive_message(struct sqs_call *call);
// sqs_receipt.c
struct fault sqs_delete_message(struct sqs_call *call);
struct fault sqs_delete_message_batch(struct sqs_call *call);
struct fault sqs_change_visibility(struct sqs_call *call);
struct fault sqs_change_visibility_batch(struct sqs_call *call);

#endif
