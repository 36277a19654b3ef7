// sqs_operations -- the SQS API as tables: for each operation what it reads and what it writes, and
// which function does it.
//
// A new operation is: its structs (sqs_shapes.h), its rows here, its function. The walkers in wire/
// and the dispatcher in sqs.c need not know of it. docs/wire.md lists the whole table.
#include "emulator/api/sqs_handlers.h"
#include "emulator/api/sqs_move.h"
#include "emulator/api/sqs_shapes.h"

#define SHAPE(structure, rows)                                                       \
    {                                                                                \
        .size = sizeof(struct structure), .count = sizeof(rows) / sizeof((rows)[0]), \
        .members = (rows)                                                            \
    }
#define AT(structure, field) offsetof(struct structure, field)

// clang-format off

// ---- values ----

static const struct wire_member attribute_value_rows[] = {
    {TEXT("StringValue"), TEXT("StringValue"), WIRE_TEXT,
        .offset = AT(attribute_value, string_value)},
    {TEXT("BinaryValue"), TEXT("BinaryValue"), WIRE_BLOB,
        .offset = AT(attribute_value, binary_value)},
    {TEXT("StringListValues"), TEXT("StringListValue"), WIRE_TEXT_LIST,
        .offset = AT(attribute_value, string_list)},
    {TEXT("BinaryListValues"), TEXT("BinaryListValue"), WIRE_BLOB_LIST,
        .offset = AT(attribute_value, binary_list)},
    {TEXT("DataType"), TEXT("DataType"), WIRE_TEXT, .offset = AT(attribute_value, data_type)},
};
static const struct wire_shape attribute_value_shape = SHAPE(attribute_value, attribute_value_rows);

static const struct wire_member batch_error_rows[] = {
    {TEXT("Id"), TEXT("Id"), WIRE_TEXT, .offset = AT(batch_error, id)},
    {TEXT("SenderFault"), TEXT("SenderFault"), WIRE_BOOLEAN,
        .offset = AT(batch_error, sender_fault)},
    {TEXT("Code"), TEXT("Code"), WIRE_TEXT, .offset = AT(batch_error, code)},
    {TEXT("Message"), TEXT("Message"), WIRE_TEXT, .offset = AT(batch_error, message)},
};
static const struct wire_shape batch_error_shape = SHAPE(batch_error, batch_error_rows);

static const struct wire_member batch_result_rows[] = {
    {TEXT("Id"), TEXT("Id"), WIRE_TEXT, .offset = AT(batch_result, id)},
};
static const struct wire_shape batch_result_shape = SHAPE(batch_result, batch_result_rows);

// ---- queues ----

static const struct wire_member queue_rows[] = {
    {TEXT("QueueUrl"), TEXT("QueueUrl"), WIRE_TEXT, .offset = AT(queue_input, queue_url)},
};
static const struct wire_shape queue_shape = SHAPE(queue_input, queue_rows);
static const struct wire_shape queue_url_shape = SHAPE(queue_url_output, queue_rows);

static const struct wire_member create_queue_rows[] = {
    {TEXT("QueueName"), TEXT("QueueName"), WIRE_TEXT, .offset = AT(create_queue_input, queue_name)},
    {TEXT("Attributes"), TEXT("Attribute"), WIRE_TEXT_MAP,
        .offset = AT(create_queue_input, attributes), .key = TEXT("Name")},
    {TEXT("tags"), TEXT("Tag"), WIRE_TEXT_MAP,
        .offset = AT(create_queue_input, tags), .key = TEXT("Key")},
};
static const struct wire_shape create_queue_shape = SHAPE(create_queue_input, create_queue_rows);

static const struct wire_member get_queue_url_rows[] = {
    {TEXT("QueueName"), TEXT("QueueName"), WIRE_TEXT,
        .offset = AT(get_queue_url_input, queue_name)},
    {TEXT("QueueOwnerAWSAccountId"), TEXT("QueueOwnerAWSAccountId"), WIRE_TEXT,
        .offset = AT(get_queue_url_input, owner_account)},
};
static const struct wire_shape get_queue_url_shape = SHAPE(get_queue_url_input, get_queue_url_rows);

static const struct wire_member list_queues_rows[] = {
    {TEXT("QueueNamePrefix"), TEXT("QueueNamePrefix"), WIRE_TEXT,
        .offset = AT(list_queues_input, name_prefix)},
    {TEXT("MaxResults"), TEXT("MaxResults"), WIRE_INTEGER,
        .offset = AT(list_queues_input, results_max)},
    {TEXT("NextToken"), TEXT("NextToken"), WIRE_TEXT, .offset = AT(list_queues_input, next_token)},
};
static const struct wire_shape list_queues_shape = SHAPE(list_queues_input, list_queues_rows);

static const struct wire_member queue_urls_rows[] = {
    {TEXT("QueueUrls"), TEXT("QueueUrl"), WIRE_TEXT_LIST,
        .offset = AT(queue_urls_output, queue_urls)},
    {TEXT("NextToken"), TEXT("NextToken"), WIRE_TEXT, .offset = AT(queue_urls_output, next_token)},
};
static const struct wire_shape queue_urls_shape = SHAPE(queue_urls_output, queue_urls_rows);

static const struct wire_member list_sources_rows[] = {
    {TEXT("QueueUrl"), TEXT("QueueUrl"), WIRE_TEXT, .offset = AT(list_sources_input, queue_url)},
    {TEXT("MaxResults"), TEXT("MaxResults"), WIRE_INTEGER,
        .offset = AT(list_sources_input, results_max)},
    {TEXT("NextToken"), TEXT("NextToken"), WIRE_TEXT, .offset = AT(list_sources_input, next_token)},
};
static const struct wire_shape list_sources_shape = SHAPE(list_sources_input, list_sources_rows);

// Lower-case in JSON, alone among all outputs (S-15).
static const struct wire_member source_urls_rows[] = {
    {TEXT("queueUrls"), TEXT("QueueUrl"), WIRE_TEXT_LIST,
        .offset = AT(queue_urls_output, queue_urls)},
    {TEXT("NextToken"), TEXT("NextToken"), WIRE_TEXT, .offset = AT(queue_urls_output, next_token)},
};
static const struct wire_shape source_urls_shape = SHAPE(queue_urls_output, source_urls_rows);

static const struct wire_member get_attributes_rows[] = {
    {TEXT("QueueUrl"), TEXT("QueueUrl"), WIRE_TEXT, .offset = AT(get_attributes_input, queue_url)},
    {TEXT("AttributeNames"), TEXT("AttributeName"), WIRE_TEXT_LIST,
        .offset = AT(get_attributes_input, names)},
};
static const struct wire_shape get_attributes_shape =
    SHAPE(get_attributes_input, get_attributes_rows);

static const struct wire_member attributes_rows[] = {
    {TEXT("Attributes"), TEXT("Attribute"), WIRE_TEXT_MAP,
        .offset = AT(get_attributes_output, attributes), .key = TEXT("Name")},
};
static const struct wire_shape attributes_shape = SHAPE(get_attributes_output, attributes_rows);

static const struct wire_member set_attributes_rows[] = {
    {TEXT("QueueUrl"), TEXT("QueueUrl"), WIRE_TEXT, .offset = AT(set_attributes_input, queue_url)},
    {TEXT("Attributes"), TEXT("Attribute"), WIRE_TEXT_MAP,
        .offset = AT(set_attributes_input, attributes), .key = TEXT("Name")},
};
static const struct wire_shape set_attributes_shape =
    SHAPE(set_attributes_input, set_attributes_rows);

static const struct wire_member tag_queue_rows[] = {
    {TEXT("QueueUrl"), TEXT("QueueUrl"), WIRE_TEXT, .offset = AT(tag_queue_input, queue_url)},
    {TEXT("Tags"), TEXT("Tag"), WIRE_TEXT_MAP,
        .offset = AT(tag_queue_input, tags), .key = TEXT("Key")},
};
static const struct wire_shape tag_queue_shape = SHAPE(tag_queue_input, tag_queue_rows);

static const struct wire_member untag_queue_rows[] = {
    {TEXT("QueueUrl"), TEXT("QueueUrl"), WIRE_TEXT, .offset = AT(untag_queue_input, queue_url)},
    {TEXT("TagKeys"), TEXT("TagKey"), WIRE_TEXT_LIST, .offset = AT(untag_queue_input, keys)},
};
static const struct wire_shape untag_queue_shape = SHAPE(untag_queue_input, untag_queue_rows);

static const struct wire_member tags_rows[] = {
    {TEXT("Tags"), TEXT("Tag"), WIRE_TEXT_MAP,
        .offset = AT(list_tags_output, tags), .key = TEXT("Key")},
};
static const struct wire_shape tags_shape = SHAPE(list_tags_output, tags_rows);

static const struct wire_member add_permission_rows[] = {
    {TEXT("QueueUrl"), TEXT("QueueUrl"), WIRE_TEXT, .offset = AT(add_permission_input, queue_url)},
    {TEXT("Label"), TEXT("Label"), WIRE_TEXT, .required = true,
        .offset = AT(add_permission_input, label)},
    {TEXT("AWSAccountIds"), TEXT("AWSAccountId"), WIRE_TEXT_LIST, .required = true,
        .offset = AT(add_permission_input, accounts)},
    {TEXT("Actions"), TEXT("ActionName"), WIRE_TEXT_LIST, .required = true,
        .offset = AT(add_permission_input, actions)},
};
static const struct wire_shape add_permission_shape =
    SHAPE(add_permission_input, add_permission_rows);

static const struct wire_member remove_permission_rows[] = {
    {TEXT("QueueUrl"), TEXT("QueueUrl"), WIRE_TEXT,
        .offset = AT(remove_permission_input, queue_url)},
    {TEXT("Label"), TEXT("Label"), WIRE_TEXT, .required = true,
        .offset = AT(remove_permission_input, label)},
};
static const struct wire_shape remove_permission_shape =
    SHAPE(remove_permission_input, remove_permission_rows);

// ---- sending ----

static const struct wire_member send_message_rows[] = {
    {TEXT("QueueUrl"), TEXT("QueueUrl"), WIRE_TEXT, .offset = AT(send_message_input, queue_url)},
    {TEXT("MessageBody"), TEXT("MessageBody"), WIRE_TEXT, .required = true,
        .offset = AT(send_message_input, message.body)},
    {TEXT("DelaySeconds"), TEXT("DelaySeconds"), WIRE_INTEGER,
        .offset = AT(send_message_input, message.delay_seconds)},
    {TEXT("MessageAttributes"), TEXT("MessageAttribute"), WIRE_STRUCTURE_MAP,
        .offset = AT(send_message_input, message.attributes), .shape = &attribute_value_shape,
        .key = TEXT("Name")},
    {TEXT("MessageSystemAttributes"), TEXT("MessageSystemAttribute"), WIRE_STRUCTURE_MAP,
        .offset = AT(send_message_input, message.system_attributes),
        .shape = &attribute_value_shape, .key = TEXT("Name")},
    {TEXT("MessageDeduplicationId"), TEXT("MessageDeduplicationId"), WIRE_TEXT,
        .offset = AT(send_message_input, message.deduplication_id)},
    {TEXT("MessageGroupId"), TEXT("MessageGroupId"), WIRE_TEXT,
        .offset = AT(send_message_input, message.group_id)},
};
static const struct wire_shape send_message_shape = SHAPE(send_message_input, send_message_rows);

static const struct wire_member send_entry_rows[] = {
    {TEXT("Id"), TEXT("Id"), WIRE_TEXT, .offset = AT(send_parameters, id)},
    {TEXT("MessageBody"), TEXT("MessageBody"), WIRE_TEXT, .offset = AT(send_parameters, body)},
    {TEXT("DelaySeconds"), TEXT("DelaySeconds"), WIRE_INTEGER,
        .offset = AT(send_parameters, delay_seconds)},
    {TEXT("MessageAttributes"), TEXT("MessageAttribute"), WIRE_STRUCTURE_MAP,
        .offset = AT(send_parameters, attributes), .shape = &attribute_value_shape,
        .key = TEXT("Name")},
    {TEXT("MessageSystemAttributes"), TEXT("MessageSystemAttribute"), WIRE_STRUCTURE_MAP,
        .offset = AT(send_parameters, system_attributes), .shape = &attribute_value_shape,
        .key = TEXT("Name")},
    {TEXT("MessageDeduplicationId"), TEXT("MessageDeduplicationId"), WIRE_TEXT,
        .offset = AT(send_parameters, deduplication_id)},
    {TEXT("MessageGroupId"), TEXT("MessageGroupId"), WIRE_TEXT,
        .offset = AT(send_parameters, group_id)},
};
static const struct wire_shape send_entry_shape = SHAPE(send_parameters, send_entry_rows);

// Id is absent, so left out, in the answer of SendMessage.
static const struct wire_member send_result_rows[] = {
    {TEXT("Id"), TEXT("Id"), WIRE_TEXT, .offset = AT(send_result, id)},
    {TEXT("MD5OfMessageBody"), TEXT("MD5OfMessageBody"), WIRE_TEXT,
        .offset = AT(send_result, body_md5)},
    {TEXT("MD5OfMessageAttributes"), TEXT("MD5OfMessageAttributes"), WIRE_TEXT,
        .offset = AT(send_result, attributes_md5)},
    {TEXT("MD5OfMessageSystemAttributes"), TEXT("MD5OfMessageSystemAttributes"), WIRE_TEXT,
        .offset = AT(send_result, system_attributes_md5)},
    {TEXT("MessageId"), TEXT("MessageId"), WIRE_TEXT, .offset = AT(send_result, message_id)},
    {TEXT("SequenceNumber"), TEXT("SequenceNumber"), WIRE_TEXT,
        .offset = AT(send_result, sequence_number)},
};
static const struct wire_shape send_result_shape = SHAPE(send_result, send_result_rows);

static const struct wire_member send_batch_rows[] = {
    {TEXT("QueueUrl"), TEXT("QueueUrl"), WIRE_TEXT, .offset = AT(batch_input, queue_url)},
    {TEXT("Entries"), TEXT("SendMessageBatchRequestEntry"), WIRE_STRUCTURE_LIST, .required = true,
        .offset = AT(batch_input, entries), .shape = &send_entry_shape},
};
static const struct wire_shape send_batch_shape = SHAPE(batch_input, send_batch_rows);

static const struct wire_member send_batch_output_rows[] = {
    {TEXT("Successful"), TEXT("SendMessageBatchResultEntry"), WIRE_STRUCTURE_LIST,
        .offset = AT(batch_output, successful), .shape = &send_result_shape},
    {TEXT("Failed"), TEXT("BatchResultErrorEntry"), WIRE_STRUCTURE_LIST,
        .offset = AT(batch_output, failed), .shape = &batch_error_shape},
};
static const struct wire_shape send_batch_output_shape =
    SHAPE(batch_output, send_batch_output_rows);

// ---- receiving ----

static const struct wire_member receive_rows[] = {
    {TEXT("QueueUrl"), TEXT("QueueUrl"), WIRE_TEXT, .offset = AT(receive_input, queue_url)},
    {TEXT("MaxNumberOfMessages"), TEXT("MaxNumberOfMessages"), WIRE_INTEGER,
        .offset = AT(receive_input, messages_max)},
    {TEXT("VisibilityTimeout"), TEXT("VisibilityTimeout"), WIRE_INTEGER,
        .offset = AT(receive_input, visibility_seconds)},
    {TEXT("WaitTimeSeconds"), TEXT("WaitTimeSeconds"), WIRE_INTEGER,
        .offset = AT(receive_input, wait_seconds)},
    {TEXT("AttributeNames"), TEXT("AttributeName"), WIRE_TEXT_LIST,
        .offset = AT(receive_input, attribute_names)},
    {TEXT("MessageSystemAttributeNames"), TEXT("MessageSystemAttributeName"), WIRE_TEXT_LIST,
        .offset = AT(receive_input, system_attribute_names)},
    {TEXT("MessageAttributeNames"), TEXT("MessageAttributeName"), WIRE_TEXT_LIST,
        .offset = AT(receive_input, message_attribute_names)},
    {TEXT("ReceiveRequestAttemptId"), TEXT("ReceiveRequestAttemptId"), WIRE_TEXT,
        .offset = AT(receive_input, attempt)},
};
static const struct wire_shape receive_shape = SHAPE(receive_input, receive_rows);

static const struct wire_member message_rows[] = {
    {TEXT("MessageId"), TEXT("MessageId"), WIRE_TEXT, .offset = AT(received_message, message_id)},
    {TEXT("ReceiptHandle"), TEXT("ReceiptHandle"), WIRE_TEXT,
        .offset = AT(received_message, receipt)},
    {TEXT("MD5OfBody"), TEXT("MD5OfBody"), WIRE_TEXT, .offset = AT(received_message, body_md5)},
    {TEXT("Body"), TEXT("Body"), WIRE_TEXT, .offset = AT(received_message, body)},
    {TEXT("Attributes"), TEXT("Attribute"), WIRE_TEXT_MAP,
        .offset = AT(received_message, system_attributes), .key = TEXT("Name")},
    {TEXT("MD5OfMessageAttributes"), TEXT("MD5OfMessageAttributes"), WIRE_TEXT,
        .offset = AT(received_message, attributes_md5)},
    {TEXT("MessageAttributes"), TEXT("MessageAttribute"), WIRE_STRUCTURE_MAP,
        .offset = AT(received_message, attributes), .shape = &attribute_value_shape,
        .key = TEXT("Name")},
};
static const struct wire_shape message_shape = SHAPE(received_message, message_rows);

static const struct wire_member receive_output_rows[] = {
    {TEXT("Messages"), TEXT("Message"), WIRE_STRUCTURE_LIST,
        .offset = AT(receive_output, messages), .shape = &message_shape},
};
static const struct wire_shape receive_output_shape = SHAPE(receive_output, receive_output_rows);

// ---- receipts ----

static const struct wire_member delete_message_rows[] = {
    {TEXT("QueueUrl"), TEXT("QueueUrl"), WIRE_TEXT, .offset = AT(receipt_input, queue_url)},
    {TEXT("ReceiptHandle"), TEXT("ReceiptHandle"), WIRE_TEXT, .required = true,
        .offset = AT(receipt_input, message.receipt)},
};
static const struct wire_shape delete_message_shape = SHAPE(receipt_input, delete_message_rows);

static const struct wire_member delete_entry_rows[] = {
    {TEXT("Id"), TEXT("Id"), WIRE_TEXT, .offset = AT(receipt_parameters, id)},
    {TEXT("ReceiptHandle"), TEXT("ReceiptHandle"), WIRE_TEXT,
        .offset = AT(receipt_parameters, receipt)},
};
static const struct wire_shape delete_entry_shape = SHAPE(receipt_parameters, delete_entry_rows);

static const struct wire_member delete_batch_rows[] = {
    {TEXT("QueueUrl"), TEXT("QueueUrl"), WIRE_TEXT, .offset = AT(batch_input, queue_url)},
    {TEXT("Entries"), TEXT("DeleteMessageBatchRequestEntry"), WIRE_STRUCTURE_LIST, .required = true,
        .offset = AT(batch_input, entries), .shape = &delete_entry_shape},
};
static const struct wire_shape delete_batch_shape = SHAPE(batch_input, delete_batch_rows);

static const struct wire_member delete_batch_output_rows[] = {
    {TEXT("Successful"), TEXT("DeleteMessageBatchResultEntry"), WIRE_STRUCTURE_LIST,
        .offset = AT(batch_output, successful), .shape = &batch_result_shape},
    {TEXT("Failed"), TEXT("BatchResultErrorEntry"), WIRE_STRUCTURE_LIST,
        .offset = AT(batch_output, failed), .shape = &batch_error_shape},
};
static const struct wire_shape delete_batch_output_shape =
    SHAPE(batch_output, delete_batch_output_rows);

static const struct wire_member change_visibility_rows[] = {
    {TEXT("QueueUrl"), TEXT("QueueUrl"), WIRE_TEXT, .offset = AT(receipt_input, queue_url)},
    {TEXT("ReceiptHandle"), TEXT("ReceiptHandle"), WIRE_TEXT, .required = true,
        .offset = AT(receipt_input, message.receipt)},
    {TEXT("VisibilityTimeout"), TEXT("VisibilityTimeout"), WIRE_INTEGER, .required = true,
        .offset = AT(receipt_input, message.visibility_seconds)},
};
static const struct wire_shape change_visibility_shape =
    SHAPE(receipt_input, change_visibility_rows);

static const struct wire_member change_entry_rows[] = {
    {TEXT("Id"), TEXT("Id"), WIRE_TEXT, .offset = AT(receipt_parameters, id)},
    {TEXT("ReceiptHandle"), TEXT("ReceiptHandle"), WIRE_TEXT,
        .offset = AT(receipt_parameters, receipt)},
    {TEXT("VisibilityTimeout"), TEXT("VisibilityTimeout"), WIRE_INTEGER,
        .offset = AT(receipt_parameters, visibility_seconds)},
};
static const struct wire_shape change_entry_shape = SHAPE(receipt_parameters, change_entry_rows);

static const struct wire_member change_batch_rows[] = {
    {TEXT("QueueUrl"), TEXT("QueueUrl"), WIRE_TEXT, .offset = AT(batch_input, queue_url)},
    {TEXT("Entries"), TEXT("ChangeMessageVisibilityBatchRequestEntry"), WIRE_STRUCTURE_LIST,
        .required = true, .offset = AT(batch_input, entries), .shape = &change_entry_shape},
};
static const struct wire_shape change_batch_shape = SHAPE(batch_input, change_batch_rows);

static const struct wire_member change_batch_output_rows[] = {
    {TEXT("Successful"), TEXT("ChangeMessageVisibilityBatchResultEntry"), WIRE_STRUCTURE_LIST,
        .offset = AT(batch_output, successful), .shape = &batch_result_shape},
    {TEXT("Failed"), TEXT("BatchResultErrorEntry"), WIRE_STRUCTURE_LIST,
        .offset = AT(batch_output, failed), .shape = &batch_error_shape},
};
static const struct wire_shape change_batch_output_shape =
    SHAPE(batch_output, change_batch_output_rows);

// ---- move tasks ----

static const struct wire_member start_move_rows[] = {
    {TEXT("SourceArn"), TEXT("SourceArn"), WIRE_TEXT, .required = true,
        .offset = AT(start_move_input, source_arn)},
    {TEXT("DestinationArn"), TEXT("DestinationArn"), WIRE_TEXT,
        .offset = AT(start_move_input, destination_arn)},
    {TEXT("MaxNumberOfMessagesPerSecond"), TEXT("MaxNumberOfMessagesPerSecond"), WIRE_INTEGER,
        .offset = AT(start_move_input, messages_per_second)},
};
static const struct wire_shape start_move_shape = SHAPE(start_move_input, start_move_rows);

static const struct wire_member task_handle_rows[] = {
    {TEXT("TaskHandle"), TEXT("TaskHandle"), WIRE_TEXT, .required = true,
        .offset = AT(cancel_move_input, task_handle)},
};
static const struct wire_shape start_move_output_shape = SHAPE(start_move_output, task_handle_rows);
static const struct wire_shape cancel_move_shape = SHAPE(cancel_move_input, task_handle_rows);

static const struct wire_member cancel_move_output_rows[] = {
    {TEXT("ApproximateNumberOfMessagesMoved"), TEXT("ApproximateNumberOfMessagesMoved"),
        WIRE_INTEGER, .offset = AT(cancel_move_output, moved)},
};
static const struct wire_shape cancel_move_output_shape =
    SHAPE(cancel_move_output, cancel_move_output_rows);

static const struct wire_member list_moves_rows[] = {
    {TEXT("SourceArn"), TEXT("SourceArn"), WIRE_TEXT, .required = true,
        .offset = AT(list_moves_input, source_arn)},
    {TEXT("MaxResults"), TEXT("MaxResults"), WIRE_INTEGER,
        .offset = AT(list_moves_input, results_max)},
};
static const struct wire_shape list_moves_shape = SHAPE(list_moves_input, list_moves_rows);

static const struct wire_member listed_move_rows[] = {
    {TEXT("TaskHandle"), TEXT("TaskHandle"), WIRE_TEXT, .offset = AT(listed_move, task_handle)},
    {TEXT("Status"), TEXT("Status"), WIRE_TEXT, .offset = AT(listed_move, status)},
    {TEXT("SourceArn"), TEXT("SourceArn"), WIRE_TEXT, .offset = AT(listed_move, source_arn)},
    {TEXT("DestinationArn"), TEXT("DestinationArn"), WIRE_TEXT,
        .offset = AT(listed_move, destination_arn)},
    {TEXT("MaxNumberOfMessagesPerSecond"), TEXT("MaxNumberOfMessagesPerSecond"), WIRE_INTEGER,
        .offset = AT(listed_move, messages_per_second)},
    {TEXT("ApproximateNumberOfMessagesMoved"), TEXT("ApproximateNumberOfMessagesMoved"),
        WIRE_INTEGER, .offset = AT(listed_move, moved)},
    {TEXT("ApproximateNumberOfMessagesToMove"), TEXT("ApproximateNumberOfMessagesToMove"),
        WIRE_INTEGER, .offset = AT(listed_move, to_move)},
    {TEXT("FailureReason"), TEXT("FailureReason"), WIRE_TEXT, .offset = AT(listed_move, failure)},
    {TEXT("StartedTimestamp"), TEXT("StartedTimestamp"), WIRE_INTEGER,
        .offset = AT(listed_move, started_at_ms)},
};
static const struct wire_shape listed_move_shape = SHAPE(listed_move, listed_move_rows);

static const struct wire_member list_moves_output_rows[] = {
    {TEXT("Results"), TEXT("ListMessageMoveTasksResultEntry"), WIRE_STRUCTURE_LIST,
        .offset = AT(list_moves_output, results), .shape = &listed_move_shape},
};
static const struct wire_shape list_moves_output_shape =
    SHAPE(list_moves_output, list_moves_output_rows);

// ---- operations, the most frequent first ----

const struct sqs_operation sqs_operations[] = {
    {TEXT("ReceiveMessage"), &receive_shape, &receive_output_shape,
        sqs_receive_message, SQS_TAKES_QUEUE},
    {TEXT("SendMessage"), &send_message_shape, &send_result_shape,
        sqs_send_message, SQS_TAKES_QUEUE},
    {TEXT("DeleteMessage"), &delete_message_shape, NULL,
        sqs_delete_message, SQS_TAKES_QUEUE},
    {TEXT("SendMessageBatch"), &send_batch_shape, &send_batch_output_shape,
        sqs_send_message_batch, SQS_TAKES_QUEUE},
    {TEXT("DeleteMessageBatch"), &delete_batch_shape, &delete_batch_output_shape,
        sqs_delete_message_batch, SQS_TAKES_QUEUE},
    {TEXT("ChangeMessageVisibility"), &change_visibility_shape, NULL,
        sqs_change_visibility, SQS_TAKES_QUEUE},
    {TEXT("ChangeMessageVisibilityBatch"), &change_batch_shape, &change_batch_output_shape,
        sqs_change_visibility_batch, SQS_TAKES_QUEUE},
    {TEXT("GetQueueAttributes"), &get_attributes_shape, &attributes_shape,
        sqs_get_queue_attributes, SQS_TAKES_QUEUE | SQS_PURE_READ},
    {TEXT("GetQueueUrl"), &get_queue_url_shape, &queue_url_shape,
        sqs_get_queue_url, SQS_PURE_READ},
    {TEXT("CreateQueue"), &create_queue_shape, &queue_url_shape,
        sqs_create_queue, SQS_ROOT_ONLY | SQS_CHANGES},
    {TEXT("SetQueueAttributes"), &set_attributes_shape, NULL,
        sqs_set_queue_attributes, SQS_TAKES_QUEUE | SQS_CHANGES},
    {TEXT("DeleteQueue"), &queue_shape, NULL,
        sqs_delete_queue, SQS_TAKES_QUEUE | SQS_CHANGES},
    {TEXT("PurgeQueue"), &queue_shape, NULL,
        sqs_purge_queue, SQS_TAKES_QUEUE | SQS_CHANGES},
    {TEXT("ListQueues"), &list_queues_shape, &queue_urls_shape,
        sqs_list_queues, SQS_ROOT_ONLY | SQS_PURE_READ},
    {TEXT("TagQueue"), &tag_queue_shape, NULL,
        sqs_tag_queue, SQS_TAKES_QUEUE | SQS_CHANGES},
    {TEXT("UntagQueue"), &untag_queue_shape, NULL,
        sqs_untag_queue, SQS_TAKES_QUEUE | SQS_CHANGES},
    {TEXT("ListQueueTags"), &queue_shape, &tags_shape,
        sqs_list_queue_tags, SQS_TAKES_QUEUE | SQS_PURE_READ},
    {TEXT("AddPermission"), &add_permission_shape, NULL,
        sqs_add_permission, SQS_TAKES_QUEUE | SQS_CHANGES},
    {TEXT("RemovePermission"), &remove_permission_shape, NULL,
        sqs_remove_permission, SQS_TAKES_QUEUE | SQS_CHANGES},
    {TEXT("ListDeadLetterSourceQueues"), &list_sources_shape, &source_urls_shape,
        sqs_list_dead_letter_sources, SQS_TAKES_QUEUE | SQS_PURE_READ},
    {TEXT("StartMessageMoveTask"), &start_move_shape, &start_move_output_shape,
        sqs_start_move_task, SQS_CHANGES},
    {TEXT("ListMessageMoveTasks"), &list_moves_shape, &list_moves_output_shape,
        sqs_list_move_tasks, SQS_PURE_READ},
    {TEXT("CancelMessageMoveTask"), &cancel_move_shape, &cancel_move_output_shape,
        sqs_cancel_move_task, SQS_CHANGES},
};
const size_t sqs_operation_count = sizeof(sqs_operations) / sizeof(sqs_operations[0]);

// clang-format on
