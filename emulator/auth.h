// auth -- who signed this request. Without --credentials any signature is accepted, and none
// (S-43); with it every request to SQS and to the Lambda API must carry AWS's Signature Version 4,
// in its Authorization header or in its query (a presigned URL), made with one of those keys.
#ifndef EMULATOR_AUTH_H
#define EMULATOR_AUTH_H

#include "emulator/request.h"
#include "emulator/wire/fault.h"

#define AUTH_SKEW_MS (15 * 60 * 1000LL)

// FAULT_NONE if the request may go on: nothing is asked for, or it is signed for this service
// ("sqs", "lambda") and was so within 15 minutes of wall_ms (epoch ms; presigned: until its
// X-Amz-Expires). Else what AWS answers: FAULT_ACCESS_DENIED without any signature,
// FAULT_SIGNATURE_INCOMPLETE for one that cannot be read, FAULT_CLIENT_TOKEN for a key that is not
// known, FAULT_SIGNATURE for all else.
struct fault auth_check(const struct request *request, struct text service, int64_t wall_ms);

#endif
