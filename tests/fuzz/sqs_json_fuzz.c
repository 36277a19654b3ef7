// sqs_json_fuzz -- AWS JSON requests. Each request of the input: a byte that picks the operation, then the body.
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
        size_t operation = (uint8_t)(one.bytes[0] - 'A') % sqs_operation_count;
        struct text head = arena_print(world.arena,
                                       "POST / HTTP/1.1\r\nHost: localhost\r\n"
                                       "Content-Type: application/x-amz-json-1.0\r\n"
                                       "X-Amz-Target: AmazonSQS.%.*s\r\n",
                                       TEXT_ARGUMENTS(sqs_operations[operation].action));
        fuzz_request(&world, head, text_skip(one, 1));
    }
    return 0;
}
