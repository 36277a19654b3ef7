// template_fuzz -- whatever a SAM or CloudFormation template says, what redrive takes from it is resolved to texts, or there is one
// sentence that names the file. It is read as `redrive lint` reads it, and judged.
#include "cli/document.h"
#include "cli/lint.h"
#include "queue/base/buffer.h"
#include "tests/fuzz/target.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void descriptor_close(int *descriptor)
{
    close(*descriptor);
}
DEFINE_DEINIT_CLEANUP(descriptor_close, int)

// A scenario that names another file as its template is the target scenario's.
static bool names_a_file(struct arena *arena, struct text source)
{
    struct text reason;
    struct place place;
    cleanup(cJSON_Delete) cJSON *root = document_parse(arena, source, &reason, &place);
    return tree_member(root, "template") != NULL;
}

static void look(const struct lint_model *model)
{
    for (size_t i = 0; i < model->queue_count; i++)
        assert(model->queues[i].name.length > 0);
    for (size_t i = 0; i < model->mapping_count; i++)
        assert(model->mappings[i].queue.length > 0 && model->mappings[i].function.length > 0);
    cleanup(cJSON_Delete) cJSON *findings = cJSON_CreateArray();
    lint_judge(model, findings);
    const cJSON *finding;
    cJSON_ArrayForEach(finding, findings)
    {
        assert(tree_text(finding, "rule").length > 0 && tree_text(finding, "sentence").length > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    struct text source = text_from((const char *)bytes, length);
    if (names_a_file(arena, source))
        return 0;
    cleanup(descriptor_close) int descriptor = memfd_create("template", MFD_CLOEXEC);
    assert(descriptor >= 0);
    bool written = write(descriptor, bytes, length) == (ssize_t)length;
    assert(written);
    char file[64];
    snprintf(file, sizeof(file), "/proc/self/fd/%d", descriptor);
    cleanup_free struct lint_model *model = allocate(sizeof(*model));
    model->arena = arena;
    model->file = file;
    struct text reason = {0};
    if (lint_read_file(model, file, &reason))
        look(model);
    else
        assert(text_starts_with(reason, text_of(file)));
    return 0;
}
