// answer -- status, headers and body of success: the counterpart of fault_answer.
#include "emulator/wire/answer.h"

#include "emulator/wire/json_out.h"
#include "emulator/wire/json_query.h"
#include "emulator/wire/xml_out.h"

static struct text content_type(const struct request *request, enum wire_protocol protocol)
{
    if (protocol == WIRE_JSON)
        return TEXT("application/x-amz-json-1.0");
    return json_query_is_wanted(request) ? TEXT("application/json") : TEXT("text/xml");
}

void answer_headers(struct request *request, enum wire_protocol protocol)
{
    reply_header(request, TEXT("Content-Type"), content_type(request, protocol));
    reply_header(request, TEXT("x-amzn-RequestId"),
                 text_from(request->request_id, sizeof(request->request_id)));
}

void answer_output(struct request *request, enum wire_protocol protocol, struct text action,
                   const struct wire_shape *shape, const void *output)
{
    request->reply.status = 200;
    answer_headers(request, protocol);
    struct buffer *body = &request->reply.body;
    struct text request_id = text_from(request->request_id, sizeof(request->request_id));
    if (protocol == WIRE_QUERY && json_query_is_wanted(request))
        json_query_out(body, action, request_id, shape, output);
    else if (protocol == WIRE_QUERY)
        xml_out_envelope(body, action, request_id, shape, output);
    else if (shape != NULL)
        json_out(body, shape, output);
    request_finish(request);
}
