// api_world -- a world without a socket, in which a test speaks SQS.
//
// A call is written once, as an action and the members of its request in JSON (with ' for "), and
// sent in either protocol: as JSON as it stands, or as the form that the operation's rows make of
// it. The answer comes back as one tree with JSON's names, whichever protocol it came in. So a rule
// that is the same in both is one test, run twice:
//
//     tcase_add_loop_test(rules, test_rule, 0, API_PROTOCOLS);
//     struct api_answer *answer = api_call(world, _i, "SendMessage", "{'QueueUrl':'q', ...}");
#ifndef TESTS_SUPPORT_API_WORLD_H
#define TESTS_SUPPORT_API_WORLD_H

#include "emulator/request.h"
#include "emulator/wire/shape.h"
#include "emulator/world.h"

#include <cjson/cJSON.h>

#define API_PROTOCOLS 2              // WIRE_JSON, WIRE_QUERY
#define API_START_MS 1767225600000LL // 2026-01-01T00:00:00Z
#define API_HOST "sqs.test:4566"
#define API_ACCOUNT "000000000000"
#define API_URL(name) "http://" API_HOST "/" API_ACCOUNT "/" name
#define API_ARN(name) "arn:aws:sqs:us-east-1:" API_ACCOUNT ":" name

// An answer, or the wait for one: status is 0 while the request is parked. Lives as long as its
// world.
struct api_answer {
    struct request request;
    enum wire_protocol protocol;
    struct text action;
    int status;
    struct text body;
    cJSON *tree; // of a success: the output with JSON's names; NULL if the body is empty
    // of an error
    struct text code;  // x-amzn-query-error without ;Sender, or <Code>
    struct text shape; // JSON: __type behind the #
    struct text message;
    struct api_answer *older;
};

struct api_world {
    struct world world;
    struct options options;
    struct arena *arena;
    struct api_answer *answers;
    struct header extra; // sent with every request, if it has a name
    bool whole;
    const char *json_path; // where AWS JSON is posted, if not to /
};

void api_world_begin(struct api_world *world);
// The same with every object of a running emulator, its loop and this clock included, but without a
// listener.
void api_world_begin_whole(struct api_world *world, enum clock_mode clock);
// Frees everything; the engine asserts its own emptiness.
void api_world_end(struct api_world *world);

// Sends a request and settles. members is a printf format in which ' stands for ".
__attribute__((format(printf, 4, 5))) struct api_answer *
api_call(struct api_world *world, int protocol, const char *action, const char *members, ...);
// Sends a body as it is: a form.
struct api_answer *api_post(struct api_world *world, const char *target, struct text body);
// An AWS JSON request with this body.
struct api_answer *api_post_json(struct api_world *world, const char *action, struct text body);
struct api_answer *api_get(struct api_world *world, const char *target);
// Lets time pass, settling each instant.
void api_advance(struct api_world *world, int64_t by_ms);
void api_settle(struct api_world *world);
// The client hangs up.
void api_hang_up(struct api_world *world, struct api_answer *answer);

// What stands at a path of the answer, "Messages.0.Body", as text: numbers and booleans as in JSON;
// NULL if there is nothing. Lives as long as the world.
const char *api_get_text(struct api_world *world, const struct api_answer *answer,
                         const char *path);
// The value of a reply header; empty if absent.
struct text api_header(const struct api_answer *answer, const char *name);
// Creates a queue of that name; members as in "'Attributes':{...}", or "".
void api_create_queue(struct api_world *world, const char *name, const char *members);
// Sends a message and returns its id.
const char *api_send(struct api_world *world, const char *queue, const char *body);
// Receives one message at once and returns its receipt; NULL if none came.
const char *api_receive(struct api_world *world, const char *queue);
// A queue attribute's value, or NULL.
const char *api_attribute(struct api_world *world, const char *queue, const char *name);

// Asserts: a success.
void api_expect_ok(const struct api_answer *answer);
// A fault: HTTP status, query code, JSON's shape, and the text.
void api_expect_fault(const struct api_answer *answer, int status, const char *code,
                      const char *shape, const char *message);
// The text at a path; expected NULL: nothing is there.
void api_expect_text(struct api_world *world, const struct api_answer *answer, const char *path,
                     const char *expected);

// Requests that are refused, as data: each is sent and its fault compared.
struct api_refusal {
    const char *action;
    const char *members; // no printf format
    int status;
    const char *code;
    const char *shape;
    const char *message;
};

// status, code and shape of the faults that many rules share
#define API_PARAMETER_VALUE 400, "InvalidParameterValue", "InvalidParameterValueException"
#define API_PARAMETER_MISSING 400, "MissingParameter", "MissingRequiredParameterException"
#define API_ATTRIBUTE_NAME 400, "InvalidAttributeName", "InvalidAttributeName"
#define API_ATTRIBUTE_VALUE 400, "InvalidAttributeValue", "InvalidAttributeValue"
#define API_SERIALIZATION 400, "MalformedInput", "SerializationException"
#define API_NO_QUEUE 400, "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"
#define API_NO_RECEIPT 404, "ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid"

void api_expect_refusals(struct api_world *world, int protocol, const struct api_refusal *refusals,
                         size_t count);
#define API_REFUSE(world, protocol, refusals) \
    api_expect_refusals(world, protocol, refusals, sizeof(refusals) / sizeof((refusals)[0]))
// An entry of Failed in a batch's answer: its id, query code and text.
void api_expect_failed(struct api_world *world, const struct api_answer *answer, size_t index,
                       const char *id, const char *code, const char *message);

#endif
