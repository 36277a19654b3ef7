// inside -- a request is printed as bytes, goes the whole way of one from a socket, and its answer is
// read as JSON. The demos have no other door, so that nothing in them is truer than for a user.
#include "cli/inside.h"

#include "cli/command.h"

static cJSON *exchange(struct emulator *emulator, const char *method, const char *path,
                       const char *headers, cJSON *input)
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
        failure("%s %s: status %d, %.*s", method, path, status,
                TEXT_ARGUMENTS(buffer_text(&answer)));
        return NULL;
    }
    if (answer.length == 0)
        return tree_new();
    cJSON *tree = cJSON_ParseWithLength(answer.bytes, answer.length);
    if (tree == NULL)
        failure("%s %s: the answer is not JSON", method, path);
    return tree;
}

cJSON *inside_get(struct emulator *emulator, const char *path)
{
    cleanup(buffer_deinit) struct buffer whole = {0};
    buffer_print(&whole, "/_redrive/api/%s", path);
    buffer_append_byte(&whole, '\0');
    return exchange(emulator, "GET", whole.bytes, "", NULL);
}

cJSON *inside_sqs(struct emulator *emulator, const char *operation, cJSON *input)
{
    cleanup(buffer_deinit) struct buffer headers = {0};
    buffer_print(&headers,
                 "Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AmazonSQS.%s\r\n",
                 operation);
    buffer_append_byte(&headers, '\0');
    return exchange(emulator, "POST", "/", headers.bytes, input);
}

cJSON *inside_lambda(struct emulator *emulator, const char *method, const char *path, cJSON *input)
{
    return exchange(emulator, method, path, "Content-Type: application/json\r\n", input);
}
