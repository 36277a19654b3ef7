// lambda_world -- an emulator on the manual clock that a test asks as an SDK does: bytes over the
// router, without a socket. Functions "worker" and "other" are there; queues are made as needed.
#ifndef TESTS_SUPPORT_LAMBDA_WORLD_H
#define TESTS_SUPPORT_LAMBDA_WORLD_H

#include "emulator/emulator.h"
#include "esm/json.h"

#define ARN(queue) "arn:aws:sqs:us-east-1:000000000000:" queue
#define LAMBDA_ARN "arn:aws:lambda:us-east-1:000000000000:"
#define MAPPINGS "/2015-03-31/event-source-mappings"
#define FUNCTIONS "/2015-03-31/functions"
#define LAMBDA_WORLD_START_MS 1789481340253 // 2026-09-15T14:09:00.253Z

// Bodies and errors, for lambda_expect().
#define TYPED(key, text) "{\"Type\":\"User\",\"" key "\":\"" text "\"}"
#define UNTYPED(key, text) "{\"" key "\":\"" text "\"}"
#define VALUE_ERROR 400, "InvalidParameterValueException"
#define VALIDATION_ERROR 400, "ValidationException"
#define NOT_FOUND_ERROR 404, "ResourceNotFoundException"

struct lambda_world {
    struct arena *arena;
    struct options options;
    struct emulator *emulator;
    // of the last call
    int status;
    struct buffer headers; // terminated, like the body
    struct buffer body;
    cJSON *tree; // NULL: the body is not JSON
    bool answered;
};

void lambda_world_init(struct lambda_world *world);
void lambda_world_deinit(struct lambda_world *world);
DEFINE_DEINIT_CLEANUP(lambda_world_deinit, struct lambda_world)

#define LAMBDA_WORLD(world)                                       \
    cleanup(lambda_world_deinit) struct lambda_world world = {0}; \
    lambda_world_init(&world)

// Ends the emulator and starts one with the options as they are now.
void lambda_world_reopen(struct lambda_world *world);
// Moves the manual clock.
void lambda_world_advance(struct lambda_world *world, int64_t span_ms);
// One call, and its status. headers: whole lines, or "". body: printf, with ' for ".
__attribute__((format(printf, 5, 6))) int lambda_call(struct lambda_world *world,
                                                      const char *method, const char *target,
                                                      const char *headers, const char *body, ...);
int lambda_get(struct lambda_world *world, const char *target);
int lambda_delete(struct lambda_world *world, const char *target);
// A call of SQS, which succeeds. body: printf, with ' for ".
__attribute__((format(printf, 3, 4))) void
lambda_world_sqs(struct lambda_world *world, const char *operation, const char *body, ...);
void lambda_world_queue(struct lambda_world *world, const char *name,
                        const char *visibility_timeout);
// Creates a mapping, and returns its UUID, in the world's arena. more: ",'BatchSize':5", or "".
const char *lambda_world_map(struct lambda_world *world, const char *queue, const char *function,
                             const char *more);
// The path of a mapping, in the world's arena.
const char *lambda_path(struct lambda_world *world, const char *uuid);

// A string of the last body; "(none)".
const char *lambda_member_of(const struct lambda_world *world, const char *name);
// Asserts on the last answer: the bytes are somewhere in the body, or in the headers.
void lambda_expect_part(const struct lambda_world *world, const char *part);
void lambda_expect_header(const struct lambda_world *world, const char *part);
// Asserts a member of the last body is there and null.
void lambda_expect_null(const struct lambda_world *world, const char *name);
// Asserts an error: status, code in the header, the whole body.
void lambda_expect(const struct lambda_world *world, int status, const char *code,
                   const char *body);

#endif
