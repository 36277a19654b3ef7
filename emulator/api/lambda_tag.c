// lambda_tag -- tags of mappings and functions: one JSON object each, merged, cut and shown; nothing here reads them (L-41).
#include "emulator/api/lambda.h"

#include "emulator/world.h"
#include "queue/base/utf8.h"

#include <string.h>

#define TAGS_MAX 50
#define TAG_KEY_MAX 128
#define TAG_VALUE_MAX 256
#define MAPPING_PART ":event-source-mapping:"

// What carries tags: one of the two, and its tags as a tree (NULL: none).
struct tagged {
    struct mapping *mapping;
    struct function *function;
    cJSON *tags; // owned
};

static void tagged_deinit(struct tagged *tagged)
{
    json_tree_free(tagged->tags);
}
DEFINE_DEINIT_CLEANUP(tagged_deinit, struct tagged)

// False: finished with 404.
static bool tagged_find(struct lambda_call *call, struct tagged *tagged)
{
    struct function_reference reference;
    size_t at;
    if (text_find(call->name, TEXT(MAPPING_PART), &at)) {
        struct text uuid = text_skip(call->name, at + sizeof(MAPPING_PART) - 1);
        tagged->mapping = esm_find_mapping(call->world->esm, uuid);
        if (tagged->mapping == NULL) {
            lambda_fail(call, LAMBDA_NOT_FOUND, "Event source mapping not found: %.*s",
                        TEXT_ARGUMENTS(call->name));
            return false;
        }
        tagged->tags = json_parse(mapping_settings(tagged->mapping)->tags, NULL);
        return true;
    }
    tagged->function = lambda_function(call, "", &reference);
    if (tagged->function == NULL)
        return false;
    cleanup(json_tree_free) cJSON *kept = json_parse(tagged->function->configuration, NULL);
    tagged->tags = cJSON_DetachItemFromObjectCaseSensitive(kept, "Tags");
    return true;
}

static void tagged_store(struct lambda_call *call, struct tagged *tagged)
{
    cleanup(buffer_deinit) struct buffer buffer = {0};
    if (tagged->tags != NULL && tagged->tags->child != NULL)
        json_append_tree(&buffer, tagged->tags);
    if (tagged->mapping != NULL)
        esm_tag_mapping(call->world->esm, tagged->mapping, buffer_text(&buffer));
    else
        lambda_keep_member(call, tagged->function, "Tags", buffer_text(&buffer));
    world_changed(call->world);
    lambda_begin(call, 204);
    request_finish(call->request);
}

void check_tags(struct violations *violations, const cJSON *object)
{
    const cJSON *tags = lambda_member(object, "Tags");
    if (tags == NULL)
        return;
    if (!cJSON_IsObject(tags)) {
        violations->malformed = "Tags";
        return;
    }
    const cJSON *tag;
    cJSON_ArrayForEach(tag, tags)
    {
        size_t key_length = utf8_count(text_of(tag->string));
        if (!cJSON_IsString(tag))
            violations->malformed = "Tags";
        else if (key_length < 1 || key_length > TAG_KEY_MAX)
            violation_add(violations, text_of(tag->string), "tags",
                          "Map keys must satisfy constraint: [Member must have length less than or "
                          "equal to 128, Member must "
                          "have length greater than or equal to 1]");
        else if (utf8_count(text_of(tag->valuestring)) > TAG_VALUE_MAX)
            violation_add(violations, text_of(tag->valuestring), "tags",
                          "Map value must satisfy constraint: [Member must have length less than "
                          "or equal to 256]");
    }
    if (cJSON_GetArraySize(tags) > TAGS_MAX)
        violation_add(violations, TEXT("{...}"), "tags",
                      "Member must have length less than or equal to 50");
}

void lambda_list_tags(struct lambda_call *call)
{
    cleanup(tagged_deinit) struct tagged tagged = {0};
    if (!tagged_find(call, &tagged))
        return;
    struct buffer *body = lambda_begin(call, 200);
    buffer_append(body, TEXT("{\"Tags\":"));
    if (tagged.tags != NULL)
        json_append_tree(body, tagged.tags);
    else
        buffer_append(body, TEXT("{}"));
    buffer_append_byte(body, '}');
    request_finish(call->request);
}

void lambda_tag_resource(struct lambda_call *call)
{
    cleanup(tagged_deinit) struct tagged tagged = {0};
    cleanup(violations_deinit) struct violations violations = {0};
    check_tags(&violations, call->body);
    if (lambda_member(call->body, "Tags") == NULL)
        violation_add(&violations, text_of(NULL), "tags", "Member must not be null");
    if (violations_answer(call, &violations) || !tagged_find(call, &tagged))
        return;
    if (tagged.tags == NULL)
        tagged.tags = cJSON_CreateObject();
    const cJSON *tag;
    cJSON_ArrayForEach(tag, lambda_member(call->body, "Tags"))
    {
        cJSON_DeleteItemFromObjectCaseSensitive(tagged.tags, tag->string);
        cJSON_AddStringToObject(tagged.tags, tag->string, tag->valuestring);
    }
    if (cJSON_GetArraySize(tagged.tags) > TAGS_MAX) {
        lambda_fail(call, LAMBDA_PARAMETER_VALUE, "The resource would have more than %d tags",
                    TAGS_MAX);
        return;
    }
    tagged_store(call, &tagged);
}

void lambda_untag_resource(struct lambda_call *call)
{
    cleanup(tagged_deinit) struct tagged tagged = {0};
    if (!tagged_find(call, &tagged))
        return;
    for (size_t i = 0; i < call->query.count; i++) {
        if (!text_equal(call->query.pairs[i].name, TEXT("tagKeys")))
            continue;
        struct text key = arena_copy(call->arena, call->query.pairs[i].value); // terminated
        cJSON_DeleteItemFromObjectCaseSensitive(tagged.tags, key.bytes);
    }
    tagged_store(call, &tagged);
}
