// request_fuzz -- whole requests as they come in, to every API: Lambda, Invoke, /_redrive/, other emulators' paths, SQS. Each
// request of the input: its first line, its headers, an empty line, its body, as in HTTP; the line ends may be "\n" alone.
#include "tests/fuzz/fuzz_world.h"
#include "tests/fuzz/target.h"

// The request line alone is short for: sent from this machine, as JSON.
#define HEADERS "Host: localhost\r\nContent-Type: application/json\r\n"

static void send_one(struct fuzz_world *world, struct text one)
{
    struct text head = one;
    struct text body = {0};
    size_t at;
    if (text_find(one, TEXT("\n\n"), &at)) {
        head = text_head(one, at);
        body = text_skip(one, at + 2);
    }
    cleanup(buffer_deinit) struct buffer lines = {0};
    struct text line = head;
    bool first = true;
    while (head.length > 0) {
        if (!text_cut(head, '\n', &line, &head)) {
            line = head;
            head = text_of(NULL);
        }
        buffer_append(&lines, line);
        if (first)
            buffer_append(&lines, TEXT(" HTTP/1.1"));
        buffer_append(&lines, TEXT("\r\n"));
        if (first)
            buffer_append(&lines, TEXT(HEADERS));
        first = false;
    }
    fuzz_request(world, buffer_text(&lines), body);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    cleanup(fuzz_world_deinit) struct fuzz_world world;
    fuzz_world_init(&world);
    struct text rest = text_from((const char *)bytes, length);
    for (int i = 0; i < FUZZ_REQUESTS_MAX && rest.length > 0; i++) {
        struct text one = rest;
        if (!text_cut(rest, FUZZ_SEPARATOR, &one, &rest))
            rest = text_of(NULL);
        send_one(&world, one);
    }
    return 0;
}
