// json_query -- what Query answers a client that sends `Accept: application/json`: the XML said in
// JSON (S-28).
#ifndef EMULATOR_WIRE_JSON_QUERY_H
#define EMULATOR_WIRE_JSON_QUERY_H

#include "emulator/request.h"
#include "emulator/wire/shape.h"

// True if the first type that the client accepts is JSON.
bool json_query_is_wanted(const struct request *request);
// {"XResponse":{"XResult":{...},"ResponseMetadata":{"RequestId":"..."}}}; without a shape no
// XResult.
void json_query_out(struct buffer *buffer, struct text action, struct text request_id,
                    const struct wire_shape *shape, const void *output);
// {"Error":{"Code":"...","Message":"...","Type":"..."},"RequestId":"..."}
void json_query_error(struct buffer *buffer, struct text code, struct text message,
                      struct text type, struct text request_id);

#endif
