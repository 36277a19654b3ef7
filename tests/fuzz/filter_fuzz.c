// filter_fuzz -- the first line is a pattern, the rest a body: whatever they are, the filter is parsed or refused, and decides the
// same way twice; what does not pass has a reason.
#include "esm/filter.h"
#include "esm/json.h"
#include "queue/base/utf8.h"
#include "tests/fuzz/target.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct text text = text_from((const char *)bytes, length);
    struct text pattern = text;
    struct text body = TEXT("");
    text_cut(text, '\n', &pattern, &body);
    if (!utf8_is_valid(text) || pattern.length > FILTER_PATTERN_CHARACTERS_MAX ||
        memchr(bytes, 0, length) != NULL)
        return 0;
    cleanup(buffer_deinit) struct buffer criteria = {0};
    buffer_append(&criteria, TEXT("{\"Filters\":[{\"Pattern\":"));
    json_append_string(&criteria, pattern);
    buffer_append(&criteria, TEXT("}]}"));
    cleanup(filter_free) struct filter *filter = NULL;
    if (filter_parse(buffer_text(&criteria), &filter) != FILTER_OK)
        return 0;
    cleanup(buffer_deinit) struct buffer reason = {0};
    cleanup(buffer_deinit) struct buffer again = {0};
    struct text record = TEXT("{\"messageId\":\"m\",\"awsRegion\":\"us-east-1\"}");
    bool passed = filter_passes(filter, body, record, &reason);
    assert(passed == filter_passes(filter, body, record, &again));
    assert(passed == (reason.length == 0));
    return 0;
}
