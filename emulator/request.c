// request -- what every way into the program shares: a request is the same thing whether it came
// through a socket or from a test.
//
//     read ---> routed ---> finished ---> the reply leaves after COMMIT
//                   \---> parked ---> finished, or cancelled when the client hangs up
#include "emulator/request.h"

#include <assert.h>

struct text request_header(const struct request *request, struct text name)
{
    for (size_t index = 0; index < request->header_count; index++) {
        if (text_equal_ignoring_case(request->headers[index].name, name))
            return request->headers[index].value;
    }
    return text_of(NULL);
}

void reply_header(struct request *request, struct text name, struct text value)
{
    struct reply *reply = &request->reply;
    assert(reply->header_count < REPLY_HEADERS_MAX);
    reply->headers[reply->header_count++] = (struct header){.name = name, .value = value};
}

void request_finish(struct request *request)
{
    assert(!request->complete);
    assert(request->reply.status != 0);
    request->complete = true;
    request->cancel = NULL;
    request->finished(request);
}

void request_park(struct request *request, void (*cancel)(struct request *request), void *operation)
{
    assert(!request->complete);
    request->parked = true;
    request->cancel = cancel;
    request->operation = operation;
}

// One line without its end; ret_rest is what follows. False without a line end.
static bool line_cut(struct text bytes, struct text *ret_line, struct text *ret_rest)
{
    struct text line;
    struct text rest;
    if (!text_cut(bytes, '\n', &line, &rest))
        return false;
    if (text_ends_with(line, TEXT("\r")))
        line.length--;
    *ret_line = line;
    *ret_rest = rest;
    return true;
}

bool request_parse(struct request *request, struct text bytes)
{
    struct text line;
    struct text target;
    struct text version;
    if (!line_cut(bytes, &line, &bytes) || !text_cut(line, ' ', &request->method, &target))
        return false;
    if (!text_cut(target, ' ', &target, &version))
        return false;
    request_set_target(request, target);
    for (;;) {
        if (!line_cut(bytes, &line, &bytes))
            return false;
        if (line.length == 0)
            break;
        struct header header;
        if (request->header_count == REQUEST_HEADERS_MAX ||
            !text_cut(line, ':', &header.name, &header.value))
            return false;
        header.value = text_trim(header.value);
        request->headers[request->header_count++] = header;
    }
    request->body = bytes;
    return true;
}

void request_set_target(struct request *request, struct text target)
{
    struct text path;
    struct text query;
    struct text rest;
    // The absolute form, as a client behind a proxy sends it: only the path is of interest.
    if (text_starts_with(target, TEXT("http://")) &&
        text_cut(text_skip(target, 7), '/', &rest, &rest))
        target = text_from(rest.bytes - 1, rest.length + 1);
    if (!text_cut(target, '?', &path, &query)) {
        path = target;
        query = text_of(NULL);
    }
    request->path = path;
    request->query = query;
}
