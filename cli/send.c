// send -- putting messages into a queue by hand, and emptying it: redrive send, redrive purge.
#include "cli/client.h"
#include "cli/command.h"
#include "emulator/emulator.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define BODY_BYTES_MAX (2u << 20) // the queue's own limit is 1 MiB at most
#define COUNT_MAX 1000000

struct order {
    const char *endpoint;
    const char *group;
    const char *deduplication;
    int64_t delay_ms; // -1: the queue's
    int64_t count;
    bool json;
    struct argument_list attributes;
    struct text url;
    struct text region;
};

// Standard input, or a file, as a whole. False after a failure was told.
static bool read_file(const char *path, struct buffer *body)
{
    FILE *file = path == NULL ? stdin : fopen(path, "re");
    if (file == NULL) {
        failure("%s: %s", path, strerror(errno));
        return false;
    }
    char bytes[65536];
    size_t length;
    while ((length = fread(bytes, 1, sizeof(bytes), file)) > 0 && body->length < BODY_BYTES_MAX)
        buffer_append_bytes(body, bytes, length);
    if (path != NULL)
        fclose(file);
    return true;
}

// BODY itself, "-" for standard input, "@file" for a file's content.
static bool read_body(const char *operand, struct buffer *body)
{
    if (strcmp(operand, "-") == 0)
        return read_file(NULL, body);
    if (operand[0] == '@')
        return read_file(operand + 1, body);
    buffer_append(body, text_of(operand));
    return true;
}

// "Name=Value" is a String, "Name:Number=5" a Number.
static bool add_attribute(cJSON *attributes, const char *attribute)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    struct text name;
    struct text value;
    struct text type = TEXT("String");
    if (!text_cut(text_of(attribute), '=', &name, &value) || name.length == 0) {
        usage_error("--attribute takes Name=Value or Name:Type=Value, not \"%s\"", attribute);
        return false;
    }
    text_cut(name, ':', &name, &type);
    cJSON *object = cJSON_AddObjectToObject(attributes, arena_copy(arena, name).bytes);
    cJSON_AddStringToObject(object, "DataType", arena_copy(arena, type).bytes);
    cJSON_AddStringToObject(object, "StringValue", value.bytes);
    return true;
}

// The body with every {n} replaced by the number of the copy.
static struct text numbered(struct arena *arena, struct text body, int64_t number)
{
    cleanup(buffer_deinit) struct buffer buffer = {0};
    size_t at;
    while (text_find(body, TEXT("{n}"), &at)) {
        buffer_append(&buffer, text_head(body, at));
        buffer_append_integer(&buffer, number);
        body = text_skip(body, at + strlen("{n}"));
    }
    buffer_append(&buffer, body);
    return arena_copy(arena, buffer_text(&buffer));
}

// NULL after a usage error was told.
static cJSON *input_of(const struct order *order, struct text body)
{
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "QueueUrl", order->url.bytes);
    cJSON_AddStringToObject(input, "MessageBody", body.bytes);
    int64_t delay_seconds = order->delay_ms / 1000;
    if (order->delay_ms >= 0)
        cJSON_AddNumberToObject(input, "DelaySeconds", (double)delay_seconds);
    if (order->group != NULL)
        cJSON_AddStringToObject(input, "MessageGroupId", order->group);
    if (order->deduplication != NULL)
        cJSON_AddStringToObject(input, "MessageDeduplicationId", order->deduplication);
    cJSON *attributes =
        order->attributes.count > 0 ? cJSON_AddObjectToObject(input, "MessageAttributes") : NULL;
    for (size_t i = 0; i < order->attributes.count; i++) {
        if (!add_attribute(attributes, order->attributes.items[i])) {
            cJSON_Delete(input);
            return NULL;
        }
    }
    return input;
}

static int send_all(struct client *client, const struct order *order, struct text body)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    for (int64_t number = 1; number <= order->count; number++) {
        arena_reset(arena);
        struct text copy =
            order->count > 1 ? numbered(arena, body, number) : arena_copy(arena, body);
        cJSON *input = input_of(order, copy);
        if (input == NULL)
            return STATUS_USAGE;
        cleanup(cJSON_Delete) cJSON *answer =
            client_sqs(client, order->region, "SendMessage", input);
        if (answer == NULL)
            return STATUS_FAILED;
        if (order->json) {
            char *line = cJSON_PrintUnformatted(answer);
            puts(line);
            cJSON_free(line);
        } else {
            puts(tree_text(answer, "MessageId").bytes);
        }
    }
    return STATUS_OK;
}

int command_send(const struct command *command, int count, char **arguments)
{
    struct order order = {.delay_ms = -1, .count = 1};
    const struct argument rows[] = {
        {"--delay", ARGUMENT_DURATION, &order.delay_ms, "a duration such as 5s"},
        {"--group", ARGUMENT_STRING, &order.group, "a message group id"},
        {"--dedup", ARGUMENT_STRING, &order.deduplication, "a deduplication id"},
        {"--attribute", ARGUMENT_LIST, &order.attributes, "Name=Value, at most 10 times"},
        {"--count", ARGUMENT_INTEGER, &order.count, "a number of messages"},
        {"--endpoint", ARGUMENT_STRING, &order.endpoint, "a URL"},
        {"--json", ARGUMENT_FLAG, &order.json, NULL},
    };
    struct operands operands = {.most = 2};
    int status;
    if (!arguments_read(command, rows, ROWS(rows), &operands, count, arguments, &status))
        return status;
    if (operands.count < 2)
        return usage_error("send needs the name of a queue and a body (- for standard input, @file "
                           "for a file)");
    if (order.delay_ms > 0 && order.delay_ms % 1000 != 0)
        return usage_error("--delay takes whole seconds");
    if (order.count < 1 || order.count > COUNT_MAX)
        return usage_error("--count takes a number from 1 to %d", COUNT_MAX);

    cleanup(buffer_deinit) struct buffer body = {0};
    if (!read_body(operands.items[1], &body))
        return STATUS_FAILED;
    cleanup(client_free) struct client *client = client_new(order.endpoint);
    if (!client_find_queue(client, operands.items[0], &order.url, &order.region))
        return STATUS_FAILED;
    return send_all(client, &order, buffer_text(&body));
}

int command_purge(const struct command *command, int count, char **arguments)
{
    const char *endpoint = NULL;
    const struct argument rows[] = {
        {"--endpoint", ARGUMENT_STRING, &endpoint, "a URL"},
    };
    struct operands operands = {.most = 1};
    int status;
    if (!arguments_read(command, rows, ROWS(rows), &operands, count, arguments, &status))
        return status;
    if (operands.count == 0)
        return usage_error("purge needs the name of a queue; redrive queues lists them");

    cleanup(client_free) struct client *client = client_new(endpoint);
    struct text url;
    struct text region;
    if (!client_find_queue(client, operands.items[0], &url, &region))
        return STATUS_FAILED;
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "QueueUrl", url.bytes);
    cleanup(cJSON_Delete) cJSON *answer = client_sqs(client, region, "PurgeQueue", input);
    if (answer == NULL)
        return STATUS_FAILED;
    printf("%s is empty\n", operands.items[0]);
    return STATUS_OK;
}
