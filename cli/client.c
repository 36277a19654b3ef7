// client -- libcurl's easy interface, one connection kept for all requests of a command.
//
// Proxies are switched off: the emulator is on this machine or in the same network, and http_proxy in the
// environment of a CI job has kept many a test from its endpoint. There is no limit on how long an answer
// takes, because `clock run` and `wait` answer when they are done; connecting has one.
#include "cli/client.h"

#include "cli/command.h"
#include "emulator/curl_library.h"
#include "queue/base/buffer.h"
#include "queue/base/fail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENDPOINT_DEFAULT "http://127.0.0.1:4566"
#define CONNECT_LIMIT_MS 5000L

struct client {
    struct arena *arena;
    struct text endpoint; // terminated
    struct curl_library curl;
    CURL *easy;
    struct buffer answer;
    // Of a stream: who takes its bytes, and whether that one has had enough. NULL: they are collected.
    bool (*reader)(void *context, struct text bytes);
    void *context;
    bool enough;
};

DEFINE_CLEANUP(cJSON_free, char *)

static struct text without_tail(struct text text, struct text tail)
{
    return text_ends_with(text, tail) ? text_head(text, text.length - tail.length) : text;
}

static const char *endpoint_of_environment(void)
{
    static const char *const names[] = {"REDRIVE_API", "AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0')
            return value;
    }
    return ENDPOINT_DEFAULT;
}

static size_t collect(char *bytes, size_t size, size_t count, void *context)
{
    struct client *client = context;
    long status = 0;
    if (client->reader != NULL)
        client->curl.easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) {
        buffer_append_bytes(&client->answer, bytes, size * count);
        return size * count;
    }
    client->enough = !client->reader(client->context, text_from(bytes, size * count));
    return client->enough ? 0 : size * count;
}

struct client *client_new(const char *endpoint)
{
    struct client *client = allocate(sizeof(*client));
    curl_library_open(&client->curl);
    if (client->curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        fail("libcurl cannot be initialised");
    client->arena = arena_new();
    // serve prints the dashboard's address too: all are understood.
    struct text text = text_of(endpoint != NULL ? endpoint : endpoint_of_environment());
    text = without_tail(text, TEXT("/"));
    text = without_tail(without_tail(text, TEXT("/_redrive/api")), TEXT("/_redrive"));
    client->endpoint = arena_copy(client->arena, text);
    client->easy = client->curl.easy_init();
    if (client->easy == NULL)
        fail("libcurl cannot be initialised");
    client->curl.easy_setopt(client->easy, CURLOPT_NOSIGNAL, 1L);
    client->curl.easy_setopt(client->easy, CURLOPT_NOPROXY, "*");
    client->curl.easy_setopt(client->easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_LIMIT_MS);
    client->curl.easy_setopt(client->easy, CURLOPT_WRITEFUNCTION, collect);
    client->curl.easy_setopt(client->easy, CURLOPT_WRITEDATA, client);
    return client;
}

struct client *client_free(struct client *client)
{
    if (client == NULL)
        return NULL;
    client->curl.easy_cleanup(client->easy);
    buffer_deinit(&client->answer);
    arena_free(client->arena);
    free(client);
    return NULL;
}

struct text client_endpoint(const struct client *client)
{
    return client->endpoint;
}

struct arena *client_arena(struct client *client)
{
    return client->arena;
}

static struct curl_slist *header_add(struct client *client, struct curl_slist *list,
                                     const char *line)
{
    struct curl_slist *longer = client->curl.slist_append(list, line);
    if (longer == NULL)
        fail("out of memory");
    return longer;
}

static void tell_unreachable(const struct client *client, CURLcode code)
{
    bool refused = code == CURLE_COULDNT_CONNECT || code == CURLE_OPERATION_TIMEDOUT;
    failure("%s at %s%s%s: start one with 'redrive serve', or say where it is with --endpoint URL",
            refused ? "nobody answers" : "no answer", client->endpoint.bytes, refused ? "" : ", ",
            refused ? "" : client->curl.easy_strerror(code));
}

// What an error answer says: AWS writes message or Message, redrive message.
static void tell_refused(const struct client *client, long status)
{
    cleanup(cJSON_Delete) cJSON *tree =
        cJSON_ParseWithLength(client->answer.bytes, client->answer.length);
    struct text sentence = tree_text(tree, "message");
    if (sentence.length == 0)
        sentence = tree_text(tree, "Message");
    if (sentence.length > 0)
        failure("%.*s", TEXT_ARGUMENTS(sentence));
    else
        failure("%s answers with status %ld; is it redrive?", client->endpoint.bytes, status);
}

// Sends and reads the answer as JSON; an empty answer is an empty object.
static cJSON *exchange(struct client *client, const char *method, struct text path,
                       struct curl_slist *headers, struct text body)
{
    struct text url =
        arena_print(client->arena, "%s%.*s", client->endpoint.bytes, TEXT_ARGUMENTS(path));
    buffer_clear(&client->answer);
    client->curl.easy_setopt(client->easy, CURLOPT_URL, url.bytes);
    client->curl.easy_setopt(client->easy, CURLOPT_HTTPHEADER, headers);
    client->curl.easy_setopt(client->easy, CURLOPT_POST, body.length > 0 ? 1L : 0L);
    if (body.length > 0) {
        client->curl.easy_setopt(client->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                                 (curl_off_t)body.length);
        client->curl.easy_setopt(client->easy, CURLOPT_POSTFIELDS, body.bytes);
    } else {
        client->curl.easy_setopt(client->easy, CURLOPT_HTTPGET, 1L);
    }
    client->curl.easy_setopt(client->easy, CURLOPT_CUSTOMREQUEST, method);
    CURLcode code = client->curl.easy_perform(client->easy);
    if (code != CURLE_OK) {
        tell_unreachable(client, code);
        return NULL;
    }
    long status = 0;
    client->curl.easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status < 200 || status > 299) {
        tell_refused(client, status);
        return NULL;
    }
    if (client->answer.length == 0)
        return tree_new();
    cJSON *tree = cJSON_ParseWithLength(client->answer.bytes, client->answer.length);
    if (tree == NULL)
        failure("%s does not answer in JSON; is it redrive?", client->endpoint.bytes);
    return tree;
}

cJSON *client_get(struct client *client, struct text path)
{
    return exchange(client, "GET",
                    arena_print(client->arena, "/_redrive/api/%.*s", TEXT_ARGUMENTS(path)), NULL,
                    (struct text){0});
}

bool client_stream(struct client *client, struct text path,
                   bool (*reader)(void *context, struct text bytes), void *context)
{
    struct text url = arena_print(client->arena, "%s/_redrive/api/%.*s", client->endpoint.bytes,
                                  TEXT_ARGUMENTS(path));
    buffer_clear(&client->answer);
    client->reader = reader;
    client->context = context;
    client->enough = false;
    client->curl.easy_setopt(client->easy, CURLOPT_URL, url.bytes);
    client->curl.easy_setopt(client->easy, CURLOPT_HTTPGET, 1L);
    CURLcode code = client->curl.easy_perform(client->easy);
    client->reader = NULL;
    long status = 0;
    client->curl.easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK && !client->enough)
        tell_unreachable(client, code);
    else if (status != 200)
        tell_refused(client, status);
    return (code == CURLE_OK || client->enough) && status == 200;
}

static cJSON *send_tree(struct client *client, const char *method, struct text path,
                        struct curl_slist *headers, cJSON *input)
{
    cleanup(cJSON_Delete) cJSON *owned = input;
    cleanup(cJSON_free) char *body = input == NULL ? NULL : cJSON_PrintUnformatted(owned);
    headers = header_add(client, headers, "Expect:");
    cJSON *tree = exchange(client, method, path, headers, text_of(body));
    client->curl.easy_setopt(client->easy, CURLOPT_HTTPHEADER, NULL);
    client->curl.slist_free_all(headers);
    return tree;
}

cJSON *client_post(struct client *client, struct text path, cJSON *command)
{
    return send_tree(client, "POST",
                     arena_print(client->arena, "/_redrive/api/%.*s", TEXT_ARGUMENTS(path)),
                     header_add(client, NULL, "Content-Type: application/json"), command);
}

// Signs what is sent next with the user's key, for an emulator that asks for it (--credentials). False without a key.
static bool sign_next(struct client *client, struct text region)
{
    const char *key = getenv("AWS_ACCESS_KEY_ID");
    const char *secret = getenv("AWS_SECRET_ACCESS_KEY");
    if (key == NULL || key[0] == '\0' || secret == NULL || secret[0] == '\0')
        return false;
    client->curl.easy_setopt(
        client->easy, CURLOPT_AWS_SIGV4,
        arena_print(client->arena, "aws:amz:%.*s:sqs", TEXT_ARGUMENTS(region)).bytes);
    client->curl.easy_setopt(client->easy, CURLOPT_USERNAME, key);
    client->curl.easy_setopt(client->easy, CURLOPT_PASSWORD, secret);
    return true;
}

static void sign_no_more(struct client *client)
{
    client->curl.easy_setopt(client->easy, CURLOPT_AWS_SIGV4, NULL);
    client->curl.easy_setopt(client->easy, CURLOPT_USERNAME, NULL);
    client->curl.easy_setopt(client->easy, CURLOPT_PASSWORD, NULL);
    client->curl.easy_setopt(client->easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
}

cJSON *client_sqs(struct client *client, struct text region, const char *operation, cJSON *input)
{
    struct curl_slist *headers =
        header_add(client, NULL, "Content-Type: application/x-amz-json-1.0");
    headers = header_add(client, headers,
                         arena_print(client->arena, "X-Amz-Target: AmazonSQS.%s", operation).bytes);
    // The region of a request is that of its signature (S-38); most emulators check nothing else of it.
    if (region.length > 0 && !sign_next(client, region)) {
        headers = header_add(client, headers,
                             arena_print(client->arena,
                                         "Authorization: AWS4-HMAC-SHA256 "
                                         "Credential=redrive/20260101/%.*s/sqs/aws4_request, "
                                         "SignedHeaders=host, Signature=0",
                                         TEXT_ARGUMENTS(region))
                                 .bytes);
    }
    cJSON *tree = send_tree(client, "POST", TEXT("/"), headers, input);
    sign_no_more(client);
    return tree;
}

cJSON *client_lambda(struct client *client, const char *method, const char *path, cJSON *input)
{
    return send_tree(client, method, text_of(path),
                     header_add(client, NULL, "Content-Type: application/json"), input);
}

struct text client_parameter(struct client *client, const char *name, const char *value)
{
    char *escaped = client->curl.easy_escape(client->easy, value, 0);
    if (escaped == NULL)
        fail("out of memory");
    struct text parameter = arena_print(client->arena, "%s=%s", name, escaped);
    client->curl.free(escaped);
    return parameter;
}

bool client_find_queue(struct client *client, const char *name_or_url, struct text *ret_url,
                       struct text *ret_region)
{
    cleanup(cJSON_Delete) cJSON *answer = client_get(client, TEXT("queues"));
    if (answer == NULL)
        return false;
    const char *slash = strrchr(name_or_url, '/');
    const char *name = slash == NULL ? name_or_url : slash + 1;
    const char *names[64] = {NULL};
    size_t count = 0;
    const cJSON *queue;
    cJSON_ArrayForEach(queue, tree_member(answer, "queues"))
    {
        struct text other = tree_text(queue, "name");
        if (count < 64)
            names[count++] = other.bytes;
        if (!text_equal(other, text_of(name)))
            continue;
        *ret_region = arena_copy(client->arena, tree_text(queue, "region"));
        *ret_url = arena_print(client->arena, "%s/%s/%s", client->endpoint.bytes,
                               tree_text(queue, "account").bytes, name);
        return true;
    }
    const char *meant = nearest(name, names, count);
    if (meant != NULL)
        failure("there is no queue '%s'; did you mean '%s'?", name, meant);
    else
        failure("there is no queue '%s'; redrive queues lists them", name);
    return false;
}
