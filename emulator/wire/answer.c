// answer -- status, headers and body of success: the counterpart of fault_answer.
#include "emulator/wire/answer.h"

#include "emulator/wire/json_out.h"
#include "emulator/wire/xml_out.h"

void answer_headers(struct request *request, enum wire_protocol protocol)
{
    reply_header(request, TEXT("Content-Type"),
                 protocol == WIRE_JSON ? TEXT("application/x-amz-json-1.0") : TEXT("text/xml"));
    reply_header(request, TEXT("x-amzn-RequestId"),
                 text_from(request->request_id, sizeof(request->request_id)));
}

void answer_output(struct request *request, enum wire_protocol protocol, struct text action,
                   const struct wire_shape *shape, const void *output)
{
    request->reply.status = 200;
    answer_headers(request, protocol);
    struct buffer *body = &request->reply.body;
    if (protocol == WIRE_QUERY)
        xml_out_envelope(body, action, text_from(request->request_id, sizeof(request->request_id)),
                         shape, output);
    else if (shape != NULL)
        json_out(body, shape, output);
    request_finish(request);
}
