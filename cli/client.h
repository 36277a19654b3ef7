// client -- a running redrive, as the commands ask it: over HTTP, like everybody else.
//
// Every failure is told in one sentence on standard error by the function that met it; callers only
// return STATUS_FAILED.
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "cli/tree.h"
#include "queue/base/arena.h"

struct client;

// Where: endpoint if it is not NULL, else REDRIVE_API, AWS_ENDPOINT_URL_SQS, AWS_ENDPOINT_URL, http://127.0.0.1:4566.
struct client *client_new(const char *endpoint);
struct client *client_free(struct client *client);
DEFINE_CLEANUP(client_free, struct client *)
// "http://127.0.0.1:4566", without a slash at the end.
struct text client_endpoint(const struct client *client);
struct arena *client_arena(struct client *client);

// GET of a path below /_redrive/api/ ("queues"); NULL after a failure was told. The caller owns the tree.
cJSON *client_get(struct client *client, struct text path);
// GET of a path whose answer does not end by itself: reader gets its bytes as they come, and returns false when it has enough. False
// after a failure was told.
bool client_stream(struct client *client, struct text path,
                   bool (*reader)(void *context, struct text bytes), void *context);
// POST there; takes the command over.
cJSON *client_post(struct client *client, struct text path, cJSON *command);
// An SQS operation in AWS JSON; takes the input over. region: the queue's, empty for the emulator's own.
cJSON *client_sqs(struct client *client, struct text region, const char *operation, cJSON *input);
// A request of the Lambda API.
cJSON *client_lambda(struct client *client, const char *method, const char *path, cJSON *input);
// "name=" and the value, percent-encoded, in the client's arena.
struct text client_parameter(struct client *client, const char *name, const char *value);

// The queue of this name (or URL): ret_url is the one to send to, ret_region its region. False after a failure was told.
bool client_find_queue(struct client *client, const char *name_or_url, struct text *ret_url,
                       struct text *ret_region);

#endif
