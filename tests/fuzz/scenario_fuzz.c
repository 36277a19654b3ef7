// scenario_fuzz -- whatever a scenario says, it is checked to the end or it has one fault that names the file. Nothing is built or
// played: a scenario may start programs.
#include "cli/scenario.h"
#include "queue/base/buffer.h"
#include "tests/fuzz/target.h"

#include <assert.h>

#define FILE_NAME "folder/scenario.yaml"

static void scenario_free(struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->mapping_count; i++)
        cJSON_Delete(scenario->mappings[i].input);
    text_map_deinit(&scenario->message_names);
    cJSON_Delete(scenario->root);
    arena_free(scenario->arena);
    free(scenario);
}
DEFINE_CLEANUP(scenario_free, struct scenario *)

// What a checked scenario promises to those who build it.
static void look(struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->mapping_count; i++) {
        const struct scenario_mapping *mapping = &scenario->mappings[i];
        assert(mapping->queue != NULL && mapping->function != NULL);
        assert(cJSON_IsString(tree_member(mapping->input, "EventSourceArn")));
        assert(cJSON_IsString(tree_member(mapping->input, "FunctionName")));
    }
    for (size_t i = 0; i < scenario->queue_count; i++)
        assert(scenario_find_queue(scenario, scenario->queues[i].name) != NULL);
    for (size_t i = 0; i < scenario->function_count; i++)
        assert(scenario_find_function(scenario, scenario->functions[i].id) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const char *const functions[] = {"handler=sim:{}"};
    static const struct scenario_wishes wishes = {
        .file = FILE_NAME, .functions = functions, .function_count = 1};
    cleanup(scenario_free) struct scenario *scenario = allocate(sizeof(*scenario));
    scenario->wishes = &wishes;
    scenario->arena = arena_new();
    struct text reason = {0};
    struct place place = {0};
    scenario->root =
        document_parse(scenario->arena, text_from((const char *)bytes, length), &reason, &place);
    if (scenario->root == NULL)
        return 0;
    cJSON_DeleteItemFromObjectCaseSensitive(scenario->root, "template"); // it names a file
    if (scenario_read_head(scenario) && scenario_collect(scenario) &&
        scenario_check_steps(scenario)) {
        assert(!scenario_is_faulty(scenario));
        look(scenario);
    } else {
        assert(text_starts_with(scenario->fault, TEXT(FILE_NAME ":")));
    }
    return 0;
}
