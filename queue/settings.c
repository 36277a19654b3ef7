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
    {TEXT("DelaySeconds"), SETTING_INTEGER, FIELD(delay_seconds), 0, 900, {{0}}, false},
    {TEXT("MaximumMessageSize"), SETTING_INTEGER, FIELD(maximum_message_bytes), 1024, 1048576, {{0}}, false},
    {TEXT("MessageRetentionPeriod"), SETTING_INTEGER, FIELD(message_retention_seconds), 60, 1209600, {{0}}, false},
    {TEXT("ReceiveMessageWaitTimeSeconds"), SETTING_INTEGER, FIELD(receive_wait_seconds), 0, 20, {{0}}, false},
    {TEXT("VisibilityTimeout"), SETTING_INTEGER, FIELD(visibility_timeout_seconds), 0, 43200, {{0}}, false},
    {TEXT("Policy"), SETTING_TEXT, FIELD(policy), 0, 0, {{0}}, false},
    {TEXT("RedrivePolicy"), SETTING_POLICY, 0, 0, 0, {{0}}, false},
    {TEXT("RedriveAllowPolicy"), SETTING_POLICY, 0, 0, 0, {{0}}, false},
    {TEXT("SqsManagedSseEnabled"), SETTING_BOOLEAN, FIELD(sqs_managed_sse), 0, 0, {{0}}, false},
    {TEXT("KmsMasterKeyId"), SETTING_TEXT, FIELD(kms_master_key_id), 0, 0, {{0}}, false},
    {TEXT("KmsDataKeyReusePeriodSeconds"), SETTING_INTEGER, FIELD(kms_data_key_reuse_seconds), 60, 86400, {{0}}, false},
    {TEXT("FifoQueue"), SETTING_BOOLEAN, FIELD(fifo), 0, 0, {{0}}, true},
    {TEXT("ContentBasedDeduplication"), SETTING_BOOLEAN, FIELD(content_based_deduplication), 0, 0, {{0}}, true},
    {TEXT("DeduplicationScope"), SETTING_CHOICE, FIELD(deduplication_per_group), 0, 0,
     {TEXT("queue"), TEXT("messageGroup")}, true},
    {TEXT("FifoThroughputLimit"), SETTING_CHOICE, FIELD(throughput_per_group), 0, 0,
     {TEXT("perQueue"), TEXT("perMessageGroupId")}, true},
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
