// sqs_shapes -- what the operations read and write, as C structs. Their rows stand in
// sqs_operations.c.
#ifndef EMULATOR_API_SQS_SHAPES_H
#define EMULATOR_API_SQS_SHAPES_H

#include "emulator/wire/shape.h"

// Inputs of operations with SQS_TAKES_QUEUE begin with the QueueUrl.
struct queue_input {
    struct text queue_url;
};

struct queue_url_output {
    struct text queue_url;
};

// A page of queue URLs: ListQueues, ListDeadLetterSourceQueues.
struct queue_urls_output {
    struct text_list queue_urls;
    struct text next_token;
};

struct create_queue_input {
    struct text queue_name;
    struct pair_list attributes;
    struct pair_list tags;
};

struct get_queue_url_input {
    struct text queue_name;
    struct text owner_account;
};

struct list_queues_input {
    struct text name_prefix;
    struct wire_integer results_max;
    struct text next_token;
};

struct list_sources_input {
    struct text queue_url;
    struct wire_integer results_max;
    struct text next_token;
};

struct get_attributes_input {
    struct text queue_url;
    struct text_list names;
};

struct get_attributes_output {
    struct pair_list attributes;
};

struct set_attributes_input {
    struct text queue_url;
    struct pair_list attributes;
};

struct tag_queue_input {
    struct text queue_url;
    struct pair_list tags;
};

struct untag_queue_input {
    struct text queue_url;
    struct text_list keys;
};

struct list_tags_output {
    struct pair_list tags;
};

struct add_permission_input {
    struct text queue_url;
    struct text label;
    struct text_list accounts;
    struct text_list actions;
};

struct remove_permission_input {
    struct text queue_url;
    struct text label;
};

// A message attribute, in requests and in answers. The key of its map comes first.
struct attribute_value {
    struct text name;
    struct text data_type;
    struct text string_value;
    struct text binary_value; // decoded
    struct text_list string_list;
    struct text_list binary_list;
};

// A message to send: a request of SendMessage, or an entry of SendMessageBatch.
struct send_parameters {
    struct text id; // of a batch entry
    struct text body;
    struct wire_integer delay_seconds;
    struct structure_list attributes;        // of attribute_value
    struct structure_list system_attributes; // likewise
    struct text deduplication_id;
    struct text group_id;
};

struct send_message_input {
    struct text queue_url;
    struct send_parameters message;
};

// Answer of SendMessage, or an entry of Successful.
struct send_result {
    struct text id;
    struct text message_id;
    struct text body_md5;
    struct text attributes_md5;
    struct text system_attributes_md5;
    struct text sequence_number;
};

// The inputs and outputs of all three batches. Entries begin with their Id.
struct batch_input {
    struct text queue_url;
    struct structure_list entries;
};

struct batch_output {
    struct structure_list successful;
    struct structure_list failed; // of batch_error
};

struct batch_error {
    struct text id;
    bool sender_fault;
    struct text code;
    struct text message;
};

// What DeleteMessageBatch and ChangeMessageVisibilityBatch say of an entry that succeeded.
struct batch_result {
    struct text id;
};

struct receive_input {
    struct text queue_url;
    struct wire_integer messages_max;
    struct wire_integer visibility_seconds;
    struct wire_integer wait_seconds;
    struct text_list attribute_names; // deprecated, of system attributes too (S-164)
    struct text_list system_attribute_names;
    struct text_list message_attribute_names;
    struct text attempt;
};

struct received_message {
    struct text message_id;
    struct text receipt;
    struct text body_md5;
    struct text body;
    struct pair_list system_attributes;
    struct text attributes_md5;
    struct structure_list attributes; // of attribute_value
};

struct receive_output {
    struct structure_list messages; // of received_message
};

// A receipt to delete or to change: a request, or an entry of a batch.
struct receipt_parameters {
    struct text id; // of a batch entry
    struct text receipt;
    struct wire_integer visibility_seconds; // ChangeMessageVisibility
};

struct receipt_input {
    struct text queue_url;
    struct receipt_parameters message;
};

#endif
