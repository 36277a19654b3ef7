// document_fuzz -- whatever the bytes are, a document is a tree whose nodes have places, or a sentence with a place.
#include "cli/document.h"
#include "queue/base/buffer.h"
#include "tests/fuzz/target.h"

#include <assert.h>

static void look(const cJSON *node)
{
    struct place place = node_place(node);
    assert(place.line > 0 && place.column > 0);
    assert(!node_is_scalar(node) || node_text(node).bytes != NULL);
    const cJSON *child;
    cJSON_ArrayForEach(child, node)
    {
        look(child);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    cleanup(buffer_deinit) struct buffer flow = {0};
    struct text reason = {0};
    struct place place = {0};
    cleanup(cJSON_Delete) cJSON *tree =
        document_parse(arena, text_from((const char *)bytes, length), &reason, &place);
    if (tree == NULL) {
        assert(reason.length > 0);
        return 0;
    }
    look(tree);
    node_append_flow(&flow, tree);
    return 0;
}
