// inside -- a request is printed as bytes, goes the whole way of one from a socket, and its answer is
// read as JSON. The demos have no other door, so that nothing in them is truer than for a user.
#include "cli/inside.h"

#include "cli/command.h"

// The answer; NULL with the whole of it in refusal if it is none of success.
static cJSON *exchange(struct emulator *emulator, const char *method, const char *path,
                       const char *headers, cJSON *input, struct buffer *refusal)
{
    cleanup(cJSON_Delete) cJSON *owned = input;
    cleanup(buffer_deinit) struct buffer request = {0};
    cleanup(buffer_deinit) struct buffer answer = {0};
    char *body = input == NULL ? NULL : cJSON_PrintUnformatted(owned);
    struct text body_text = text_of(body);
    buffer_print(&request, "%s %s HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %zu\r\n\r\n",
                 method, path, headers, body_text.length);
    buffer_append(&request, body_text);
    cJSON_free(body);

    int status = emulator_call(emulator, buffer_text(&request), &answer);
    if (status < 200 || status > 299) {
        buffer_append(refusal, buffer_text(&answer));
        return NULL;
    }
    if (answer.length == 0)
        return tree_new();
    cJSON *tree = cJSON_ParseWithLength(answer.bytes, answer.length);
    if (tree == NULL)
        buffer_append(refusal, TEXT("the answer is not JSON"));
    return tree;
}

// The same for a caller to whom a refusal is a failure.
static cJSON *demand(struct emulator *emulator, const char *method, const char *path,
                     const char *headers, cJSON *input)
{
    cleanup(buffer_deinit) struct buffer refusal = {0};
    cJSON *tree = exchange(emulator, method, path, headers, input, &refusal);
    if (tree == NULL)
        failure("%s %s: %.*s", method, path, TEXT_ARGUMENTS(buffer_text(&refusal)));
    return tree;
}

// What a refusal says for people: its member message, in any of AWS's spellings.
static void reduce_to_message(struct buffer *refusal)
{
    cleanup(cJSON_Delete) cJSON *tree = cJSON_ParseWithLength(refusal->bytes, refusal->length);
    struct text message = tree_text(tree, "message");
    if (message.length == 0)
        message = tree_text(tree, "Message");
    if (message.length == 0)
        return;
    buffer_clear(refusal);
    buffer_append(refusal, message);
}

cJSON *inside_get(struct emulator *emulator, const char *path)
{
    cleanup(buffer_deinit) struct buffer whole = {0};
    buffer_print(&whole, "/_redrive/api/%s", path);
    buffer_append_byte(&whole, '\0');
    return demand(emulator, "GET", whole.bytes, "", NULL);
}

#define LAMBDA_HEADERS "Content-Type: application/json\r\n"

static void append_sqs_headers(struct buffer *headers, const char *operation)
{
    buffer_print(headers,
                 "Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AmazonSQS.%s\r\n",
                 operation);
    buffer_append_byte(headers, '\0');
}

cJSON *inside_sqs(struct emulator *emulator, const char *operation, cJSON *input)
{
    cleanup(buffer_deinit) struct buffer headers = {0};
    append_sqs_headers(&headers, operation);
    return demand(emulator, "POST", "/", headers.bytes, input);
}

cJSON *inside_lambda(struct emulator *emulator, const char *method, const char *path, cJSON *input)
{
    return demand(emulator, method, path, LAMBDA_HEADERS, input);
}

cJSON *inside_try_sqs(struct emulator *emulator, const char *operation, cJSON *input,
                      struct buffer *refusal)
{
    cleanup(buffer_deinit) struct buffer headers = {0};
    append_sqs_headers(&headers, operation);
    cJSON *tree = exchange(emulator, "POST", "/", headers.bytes, input, refusal);
    if (tree == NULL)
        reduce_to_message(refusal);
    return tree;
}

cJSON *inside_try_lambda(struct emulator *emulator, const char *method, const char *path,
                         cJSON *input, struct buffer *refusal)
{
    cJSON *tree = exchange(emulator, method, path, LAMBDA_HEADERS, input, refusal);
    if (tree == NULL)
        reduce_to_message(refusal);
    return tree;
}
