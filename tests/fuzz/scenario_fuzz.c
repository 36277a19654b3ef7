// scenario_fuzz -- whatever a scenario says, it is checked to the end or it has one fault that names the file. Nothing is built or
// played: a scenario may start programs.
#include "cli/scenario.h"
#include "queue/base/buffer.h"
#include "tests/fuzz/target.h"

#include <assert.h>

#define FILE_NAME "folder/scenario.yaml"

static void scenario_free(struct scenario *scenario)
{
    struct arena *arena = scenario->stack.arena;
    scenario_deinit(scenario);
    arena_free(arena);
    free(scenario);
}
DEFINE_CLEANUP(scenario_free, struct scenario *)

// What a checked scenario promises to those who build it.
static void look(struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->stack.mapping_count; i++) {
        const struct stack_mapping *mapping = &scenario->stack.mappings[i];
        assert(mapping->queue != NULL && mapping->function != NULL);
        assert(cJSON_IsString(tree_member(mapping->input, "EventSourceArn")));
        assert(cJSON_IsString(tree_member(mapping->input, "FunctionName")));
    }
    for (size_t i = 0; i < scenario->stack.queue_count; i++)
        assert(stack_find_queue(&scenario->stack, scenario->stack.queues[i].name) != NULL);
    for (size_t i = 0; i < scenario->stack.function_count; i++)
        assert(stack_find_function(&scenario->stack, scenario->stack.functions[i].id) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const char *const functions[] = {"handler=sim:{}"};
    static const struct scenario_wishes wishes = {
        .file = FILE_NAME, .functions = functions, .function_count = 1};
    cleanup(scenario_free) struct scenario *scenario = allocate(sizeof(*scenario));
    scenario_init(scenario, &wishes, arena_new());
    struct text reason = {0};
    struct place place = {0};
    scenario->stack.root = document_parse(scenario->stack.arena,
                                          text_from((const char *)bytes, length), &reason, &place);
    if (scenario->stack.root == NULL)
        return 0;
    cJSON_DeleteItemFromObjectCaseSensitive(scenario->stack.root, "template"); // it names a file
    if (scenario_read_head(scenario) && stack_collect(&scenario->stack) &&
        scenario_check_steps(scenario)) {
        assert(!stack_is_faulty(&scenario->stack));
        look(scenario);
    } else {
        assert(text_starts_with(scenario->stack.fault, TEXT(FILE_NAME ":")));
    }
    return 0;
}
