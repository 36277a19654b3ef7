// base64_fuzz -- what the strict decoder takes is exactly what the encoder writes; UTF-8 that is
// counted is valid.
#include "queue/base/digest.h"
#include "queue/base/utf8.h"
#include "tests/fuzz/target.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    struct text text = text_from((const char *)bytes, length);
    struct text decoded;
    if (base64_decode(arena, text, &decoded))
        assert(text_equal(base64_encode(arena, decoded), text));
    assert(base64_decode(arena, base64_encode(arena, text), &decoded));
    assert(text_equal(decoded, text));
    // What SQS takes is UTF-8.
    assert(!utf8_is_sqs_text(text) || utf8_is_valid(text));
    return 0;
}
