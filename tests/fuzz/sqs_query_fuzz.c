// sqs_query_fuzz -- Query requests. Each request of the input: a byte that picks the operation, then the other parameters.
#include "emulator/api/sqs.h"
#include "tests/fuzz/fuzz_world.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    cleanup(fuzz_world_deinit) struct fuzz_world world;
    fuzz_world_init(&world);
    struct text rest = text_from((const char *)bytes, length);
    for (int i = 0; i < FUZZ_REQUESTS_MAX && rest.length > 0; i++) {
        struct text one = rest;
        if (!text_cut(rest, FUZZ_SEPARATOR, &one, &rest))
            rest = text_of(NULL);
        if (one.length == 0)
            continue;
        cleanup(buffer_deinit) struct buffer body = {0};
        size_t operation = (uint8_t)(one.bytes[0] - 'A') % sqs_operation_count;
        buffer_print(&body, "Action=%.*s&", TEXT_ARGUMENTS(sqs_operations[operation].action));
        buffer_append(&body, text_skip(one, 1));
        fuzz_request(&world,
                     TEXT("POST /000000000000/orders HTTP/1.1\r\nHost: localhost\r\n"
                          "Content-Type: application/x-www-form-urlencoded\r\n"),
                     buffer_text(&body));
    }
    return 0;
}
