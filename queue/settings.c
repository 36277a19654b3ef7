// settings -- the table of S-247, the defaults, and the names of queues.
//
// The table's order is the order in which GetQueueAttributes lists. Ranges stand here and nowhere
// else; the two redrive policies are rows too, so that a name is known or unknown by one look-up,
// but their text is read and written by code.
#include "queue/settings.h"

#include <stddef.h>

#define FIELD(field) offsetof(struct queue_settings, field)

const struct setting settings_table[] = {
    // clang-format off
    {TEXT("DelaySeconds"), SETTING_INTEGER,
     .offset = FIELD(delay_seconds), .least = 0, .most = 900},
    {TEXT("MaximumMessageSize"), SETTING_INTEGER,
     .offset = FIELD(maximum_message_bytes), .least = 1024, .most = 1048576},
    {TEXT("MessageRetentionPeriod"), SETTING_INTEGER,
     .offset = FIELD(message_retention_seconds), .least = 60, .most = 1209600},
    {TEXT("ReceiveMessageWaitTimeSeconds"), SETTING_INTEGER,
     .offset = FIELD(receive_wait_seconds), .least = 0, .most = 20},
    {TEXT("VisibilityTimeout"), SETTING_INTEGER,
     .offset = FIELD(visibility_timeout_seconds), .least = 0, .most = 43200},
    {TEXT("Policy"), SETTING_TEXT, .offset = FIELD(policy)},
    {TEXT("RedrivePolicy"), .kind = SETTING_POLICY},
    {TEXT("RedriveAllowPolicy"), .kind = SETTING_POLICY},
    {TEXT("SqsManagedSseEnabled"), SETTING_BOOLEAN, .offset = FIELD(sqs_managed_sse)},
    {TEXT("KmsMasterKeyId"), SETTING_TEXT, .offset = FIELD(kms_master_key_id)},
    {TEXT("KmsDataKeyReusePeriodSeconds"), SETTING_INTEGER,
     .offset = FIELD(kms_data_key_reuse_seconds), .least = 60, .most = 86400},
    {TEXT("FifoQueue"), SETTING_BOOLEAN, .offset = FIELD(fifo), .fifo_only = true},
    {TEXT("ContentBasedDeduplication"), SETTING_BOOLEAN,
     .offset = FIELD(content_based_deduplication), .fifo_only = true},
    {TEXT("DeduplicationScope"), SETTING_CHOICE, .offset = FIELD(deduplication_per_group),
     .choices = {TEXT("queue"), TEXT("messageGroup")}, .fifo_only = true},
    {TEXT("FifoThroughputLimit"), SETTING_CHOICE, .offset = FIELD(throughput_per_group),
     .choices = {TEXT("perQueue"), TEXT("perMessageGroupId")}, .fifo_only = true},
    // clang-format on
};
const size_t settings_count = sizeof(settings_table) / sizeof(settings_table[0]);

const struct setting *setting_find(struct text name)
{
    for (size_t i = 0; i < settings_count; i++) {
        if (text_equal(settings_table[i].name, name))
            return &settings_table[i];
    }
    return NULL;
}

void settings_init(struct queue_settings *ret_settings)
{
    *ret_settings = (struct queue_settings){
        .maximum_message_bytes = 1048576,
        .message_retention_seconds = 345600,
        .visibility_timeout_seconds = 30,
        .sqs_managed_sse = true,
    };
}

static struct queue_key key_copy(struct arena *arena, const struct queue_key *key)
{
    return (struct queue_key){
        .account = arena_copy(arena, key->account),
        .region = arena_copy(arena, key->region),
        .name = arena_copy(arena, key->name),
    };
}

void settings_copy(struct arena *arena, const struct queue_settings *settings,
                   struct queue_settings *ret_copy)
{
    struct queue_settings copy = *settings;
    copy.dead_letter = key_copy(arena, &settings->dead_letter);
    for (size_t i = 0; i < settings->redrive_source_count; i++)
        copy.redrive_source_arns[i] = arena_copy(arena, settings->redrive_source_arns[i]);
    copy.policy = arena_copy(arena, settings->policy);
    copy.kms_master_key_id = arena_copy(arena, settings->kms_master_key_id);
    *ret_copy = copy;
}

static struct text partition_of(struct text region)
{
    if (text_starts_with(region, TEXT("cn-")))
        return TEXT("aws-cn");
    if (text_starts_with(region, TEXT("us-gov-")))
        return TEXT("aws-us-gov");
    return TEXT("aws");
}

void queue_key_append_arn(const struct queue_key *key, struct buffer *buffer)
{
    buffer_append(buffer, TEXT("arn:"));
    buffer_append(buffer, partition_of(key->region));
    buffer_append(buffer, TEXT(":sqs:"));
    buffer_append(buffer, key->region);
    buffer_append_byte(buffer, ':');
    buffer_append(buffer, key->account);
    buffer_append_byte(buffer, ':');
    buffer_append(buffer, key->name);
}

bool queue_key_from_arn(struct text arn, struct queue_key *ret_key)
{
    struct text part;
    struct text rest = arn;
    struct queue_key key;
    if (!text_cut(rest, ':', &part, &rest) || !text_equal(part, TEXT("arn")))
        return false;
    if (!text_cut(rest, ':', &part, &rest) || !text_starts_with(part, TEXT("aws")))
        return false;
    if (!text_cut(rest, ':', &part, &rest) || !text_equal(part, TEXT("sqs")))
        return false;
    if (!text_cut(rest, ':', &key.region, &rest) || key.region.length == 0)
        return false;
    if (!text_cut(rest, ':', &key.account, &key.name) || key.account.length == 0)
        return false;
    if (key.name.length == 0 || text_find(key.name, TEXT(":"), NULL))
        return false;
    *ret_key = key;
    return true;
}

bool queue_key_equal(const struct queue_key *left, const struct queue_key *right)
{
    return text_equal(left->name, right->name) && text_equal(left->account, right->account) &&
           text_equal(left->region, right->region);
}
