// tour_client -- the client of the tour, a process of its own: what a program with an AWS SDK would do,
// through the real port.
//
// It makes the queues and the function, sends the orders, makes the mapping, and says on standard output which message id each
// order got ("sent 4 0f1c2d3e-..."). It reads no clock and draws nothing at random.
#include "cli/client.h"
#include "cli/command.h"
#include "cli/tour.h"

#include <stdio.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define BATCH 10

// clang-format off
const struct tour_order tour_orders[TOUR_ORDERS] = {
    {NULL,                        "{\"orderId\":1,\"sku\":\"A-1\",\"quantity\":2}",                       false, 1},
    {NULL,                        "{\"orderId\":2,\"sku\":\"B-7\",\"quantity\":1}",                       false, 1},
    {NULL,                        "{\"orderId\":3,\"sku\":\"A-1\",\"quantity\":5}",                       false, 1},
    {"quantity 0",                "{\"orderId\":4,\"sku\":\"C-3\",\"quantity\":0}",                       true,  3},
    {NULL,                        "{\"orderId\":5,\"sku\":\"B-2\",\"quantity\":1}",                       false, 1},
    {NULL,                        "{\"orderId\":6,\"sku\":\"D-9\",\"quantity\":3}",                       false, 1},
    {"fails once", "{\"orderId\":7,\"sku\":\"A-4\",\"quantity\":1,\"recoversOnAttempt\":2}", false, 2},
    {NULL,                        "{\"orderId\":8,\"sku\":\"B-7\",\"quantity\":2}",                       false, 1},
    {"not JSON",                  "order nine, two pieces please",                                        true,  3},
    {NULL,                        "{\"orderId\":10,\"sku\":\"C-1\",\"quantity\":4}",                      false, 1},
    {NULL,                        "{\"orderId\":11,\"sku\":\"A-1\",\"quantity\":1}",                      false, 1},
    {NULL,                        "{\"orderId\":12,\"sku\":\"D-2\",\"quantity\":6}",                      false, 1},
};
// clang-format on

struct shop {
    struct client *client;
    struct text queue_url;
    struct text queue_arn;
};

static cJSON *sqs(struct shop *shop, const char *operation, cJSON *input)
{
    return client_sqs(shop->client, (struct text){0}, operation, input);
}

// Creates a queue; its URL and ARN live in the client's arena.
static bool create_queue(struct shop *shop, const char *name, const char *visibility,
                         const char *redrive_policy)
{
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "QueueName", name);
    cJSON *attributes = cJSON_AddObjectToObject(input, "Attributes");
    if (visibility != NULL)
        cJSON_AddStringToObject(attributes, "VisibilityTimeout", visibility);
    if (redrive_policy != NULL)
        cJSON_AddStringToObject(attributes, "RedrivePolicy", redrive_policy);
    cleanup(cJSON_Delete) cJSON *created = sqs(shop, "CreateQueue", input);
    if (created == NULL)
        return false;
    shop->queue_url = arena_copy(client_arena(shop->client), tree_text(created, "QueueUrl"));

    input = tree_new();
    cJSON_AddStringToObject(input, "QueueUrl", shop->queue_url.bytes);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(input, "AttributeNames"),
                         cJSON_CreateString("QueueArn"));
    cleanup(cJSON_Delete) cJSON *answer = sqs(shop, "GetQueueAttributes", input);
    if (answer == NULL)
        return false;
    shop->queue_arn = arena_copy(client_arena(shop->client),
                                 tree_text(tree_member(answer, "Attributes"), "QueueArn"));
    return true;
}

static bool create_queues(struct shop *shop)
{
    if (!create_queue(shop, "orders-dlq", NULL, NULL))
        return false;
    struct text policy = arena_print(client_arena(shop->client),
                                     "{\"deadLetterTargetArn\":\"%s\",\"maxReceiveCount\":3}",
                                     shop->queue_arn.bytes);
    return create_queue(shop, "orders", "30", policy.bytes);
}

// The handler listens already; over HTTP a function can only be bound to an address.
static bool create_function(struct shop *shop, const char *handler)
{
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "FunctionName", "orders");
    cJSON_AddStringToObject(input, "Role", "arn:aws:iam::000000000000:role/orders");
    cJSON_AddStringToObject(input, "Runtime", "provided.al2023");
    cJSON_AddStringToObject(input, "Handler", "orders");
    cJSON_AddStringToObject(cJSON_AddObjectToObject(input, "Code"), "ZipFile", "");
    cJSON *environment = cJSON_AddObjectToObject(input, "Environment");
    cJSON_AddStringToObject(cJSON_AddObjectToObject(environment, "Variables"), "REDRIVE_TARGET",
                            handler);
    cleanup(cJSON_Delete) cJSON *created =
        client_lambda(shop->client, "POST", "/2015-03-31/functions", input);
    return created != NULL;
}

static bool create_mapping(struct shop *shop)
{
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "FunctionName", "orders");
    cJSON_AddStringToObject(input, "EventSourceArn", shop->queue_arn.bytes);
    cJSON_AddNumberToObject(input, "BatchSize", BATCH);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(input, "FunctionResponseTypes"),
                         cJSON_CreateString("ReportBatchItemFailures"));
    cleanup(cJSON_Delete) cJSON *created =
        client_lambda(shop->client, "POST", "/2015-03-31/event-source-mappings/", input);
    return created != NULL;
}

static void say_sent(size_t number, struct text message_id)
{
    printf("sent %zu %.*s\n", number, TEXT_ARGUMENTS(message_id));
}

static bool send_batch(struct shop *shop, size_t first, size_t count)
{
    struct arena *arena = client_arena(shop->client);
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "QueueUrl", shop->queue_url.bytes);
    cJSON *entries = cJSON_AddArrayToObject(input, "Entries");
    for (size_t i = first; i < first + count; i++) {
        cJSON *entry = tree_new();
        cJSON_AddStringToObject(entry, "Id", arena_print(arena, "%zu", i + 1).bytes);
        cJSON_AddStringToObject(entry, "MessageBody", tour_orders[i].body);
        cJSON_AddItemToArray(entries, entry);
    }
    cleanup(cJSON_Delete) cJSON *answer = sqs(shop, "SendMessageBatch", input);
    if (answer == NULL)
        return false;
    size_t number = first;
    const cJSON *entry;
    cJSON_ArrayForEach(entry, tree_member(answer, "Successful"))
        say_sent(++number, tree_text(entry, "MessageId"));
    return number == first + count;
}

static bool send_one(struct shop *shop, size_t index)
{
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "QueueUrl", shop->queue_url.bytes);
    cJSON_AddStringToObject(input, "MessageBody", tour_orders[index].body);
    cleanup(cJSON_Delete) cJSON *answer = sqs(shop, "SendMessage", input);
    if (answer == NULL)
        return false;
    say_sent(index + 1, tree_text(answer, "MessageId"));
    return true;
}

int command_tour_client(const struct command *command, int count, char **arguments)
{
    const char *endpoint = NULL;
    const char *handler = NULL;
    const struct argument rows[] = {
        {"--endpoint", ARGUMENT_STRING, &endpoint, "a URL"},
        {"--handler", ARGUMENT_STRING, &handler, "a URL"},
    };
    struct operands operands = {.most = 0};
    int status;
    if (!arguments_read(command, rows, ROWS(rows), &operands, count, arguments, &status))
        return status;
    if (endpoint == NULL || handler == NULL)
        return usage_error("demo tour-client needs --endpoint and --handler");

    cleanup(client_free) struct client *client = client_new(endpoint);
    struct shop shop = {.client = client};
    if (!create_queues(&shop) || !create_function(&shop, handler) || !send_batch(&shop, 0, BATCH))
        return STATUS_FAILED;
    for (size_t i = BATCH; i < TOUR_ORDERS; i++) {
        if (!send_one(&shop, i))
            return STATUS_FAILED;
    }
    return create_mapping(&shop) ? STATUS_OK : STATUS_FAILED;
}
