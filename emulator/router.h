// router -- which request goes where: SQS (both protocols), the Lambda control API, Invoke,
// /_redrive/, and the paths of other emulators. Works on struct request alone, so a test routes
// bytes without a socket.
#ifndef EMULATOR_ROUTER_H
#define EMULATOR_ROUTER_H

#include "emulator/request.h"

// Who answers, by kind of client. Each finishes or parks the request.
struct apis {
    void (*sqs)(struct request *request);
    void (*lambda)(struct request *request);
    void (*admin)(struct request *request);
    void (*dropin)(struct request *request);
};

// Those of emulator/api. A test of what lies before them puts its own into world->apis.
extern const struct apis router_apis;

// The listener's refusals come first (guard.h); then the API that owns the path acts. The request
// is finished or parked when this returns. Sets request_id and, on a disturbance, tells the clock.
void router_act(struct request *request);

#endif
