// api -- the entry points of the APIs, one per kind of client. Each finishes or parks the request.
#ifndef EMULATOR_API_API_H
#define EMULATOR_API_API_H

#include "emulator/request.h"

// SQS: POST with X-Amz-Target (AWS JSON 1.0), or a Query request (form body or query string) at /
// or at a queue's path.
void api_sqs(struct request *request);
// Lambda: /2015-03-31/... and friends (event source mappings; functions as far as they exist).
void api_lambda(struct request *request);
// /_redrive/api/...: health, clock, reset, messages, trace, queues, mappings, functions, wait.
void api_admin(struct request *request);
// Drop-in paths: /_aws/sqs/messages, /_localstack/health, /moto-api/reset.
void api_dropin(struct request *request);
// The Lambda Runtime API, for what comes through a sandbox's door.
void api_runtime(struct request *request);

// An answer in plain JSON with this status: {"message":"..."}; for /_redrive/ and refusals.
void api_answer_error(struct request *request, int status, struct text sentence);
// The region of a request: from the credential scope of its Authorization header (or
// X-Amz-Credential), else the world's (S-38).
struct text api_region(const struct request *request);
// The account of a request: its access key id where that is 12 digits, as other emulators read it,
// else the world's.
struct text api_account(const struct request *request);
// The access key id, or the empty text when unsigned.
struct text api_access_key(const struct request *request);
// AIDA and 17 characters derived from the access key id; a fixed one when unsigned (design:
// decisions).
struct text api_sender_id(const struct request *request);

#endif
