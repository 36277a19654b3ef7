// json_fuzz -- what the strict parser takes is valid UTF-8 and says the same when it is written and read again.
#include "esm/json.h"
#include "queue/base/utf8.h"
#include "tests/fuzz/target.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct text text = text_from((const char *)bytes, length);
    size_t at = 0;
    cleanup(json_tree_free) cJSON *tree = json_parse(text, &at);
    if (tree == NULL) {
        assert(at <= length);
        return 0;
    }
    assert(utf8_is_valid(text));
    cleanup(buffer_deinit) struct buffer once = {0};
    json_append_tree(&once, tree);
    cleanup(json_tree_free) cJSON *again = json_parse(buffer_text(&once), NULL);
    assert(again != NULL);
    cleanup(buffer_deinit) struct buffer twice = {0};
    json_append_tree(&twice, again);
    assert(text_equal(buffer_text(&once), buffer_text(&twice)));
    return 0;
}
