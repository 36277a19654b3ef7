// admin_faults -- the faults on purpose: what is set, what it did, and how to change it.
//
//     GET  faults    {"faults":[{"fault":"orders=throttle:every 3","target","kind","tries","struck","declared"}]}
//     POST faults    {"set": "orders=throttle:20%"} or a list of them; {"clear": "orders"} or {"clear": true}
//
// The words are those of --fault. A POST clears first and sets then, all of it or nothing, and answers as GET does.
#include "emulator/api/admin.h"

#include "emulator/api/api.h"
#include "emulator/world.h"
#include "esm/mishap.h"

static void append_mishap(struct buffer *body, const struct mishap *mishap)
{
    cleanup(buffer_deinit) struct buffer words = {0};
    mishap_append_words(&words, &mishap->plan);
    buffer_append_byte(body, '{');
    json_append_member_string(body, TEXT("fault"), buffer_text(&words));
    json_append_member_string(body, TEXT("target"), mishap->plan.target);
    json_append_member_string(body, TEXT("kind"), mishap_kind_text(mishap->plan.kind));
    json_append_member_integer(body, TEXT("tries"), (int64_t)mishap->tries);
    json_append_member_integer(body, TEXT("struck"), (int64_t)mishap->struck);
    json_append_member_boolean(body, TEXT("declared"), mishap->declared);
    buffer_append_byte(body, '}');
}

void admin_faults(struct request *request)
{
    const struct mishaps *mishaps = esm_mishaps(request->world->esm);
    struct buffer *body = admin_begin(request);
    const char *separator = "";
    buffer_append(body, TEXT("{\"faults\":["));
    list_for_each (node, &mishaps->list) {
        buffer_append(body, text_of(separator));
        append_mishap(body, list_entry(node, struct mishap, link));
        separator = ",";
    }
    buffer_append(body, TEXT("]}"));
    request_finish(request);
}

// Is each of them a fault? False after the answer that says which is not.
static bool check_words(struct request *request, const cJSON *set)
{
    cleanup(buffer_deinit) struct buffer reason = {0};
    struct mishap_plan plan;
    const cJSON *item = cJSON_IsArray(set) ? set->child : set;
    size_t count = 0;
    for (; item != NULL; item = cJSON_IsArray(set) ? item->next : NULL) {
        if (!cJSON_IsString(item))
            buffer_append(&reason, TEXT("set takes a fault such as \"orders=throttle:20%\", or a "
                                        "list of them"));
        else if (mishap_parse(text_of(item->valuestring), &plan, &reason) && ++count > MISHAPS_MAX)
            buffer_print(&reason, "there are at most %d faults", MISHAPS_MAX);
        if (reason.length == 0)
            continue;
        api_answer_error(request, 400, arena_copy(request->arena, buffer_text(&reason)));
        return false;
    }
    return true;
}

static bool set_words(struct request *request, const cJSON *set)
{
    cleanup(buffer_deinit) struct buffer reason = {0};
    const cJSON *item = cJSON_IsArray(set) ? set->child : set;
    for (; item != NULL; item = cJSON_IsArray(set) ? item->next : NULL) {
        if (world_set_fault(request->world, text_of(item->valuestring), false, &reason))
            continue;
        api_answer_error(request, 400, arena_copy(request->arena, buffer_text(&reason)));
        return false;
    }
    return true;
}

void admin_faults_command(struct request *request, const cJSON *command)
{
    const cJSON *set = json_member(command, "set");
    const cJSON *clear = json_member(command, "clear");
    bool clears = cJSON_IsTrue(clear) || (cJSON_IsString(clear) && clear->valuestring[0] != '\0');
    if ((clear != NULL && !clears) || (set == NULL && clear == NULL)) {
        api_answer_error(request, 400,
                         TEXT("faults takes {\"set\": \"orders=throttle:20%\"} or a list of them, "
                              "and {\"clear\": \"orders\"} or {\"clear\": true}"));
        return;
    }
    if (set != NULL && !check_words(request, set))
        return;
    if (clears)
        mishaps_clear(esm_mishaps(request->world->esm), clear != NULL && cJSON_IsString(clear)
                                                            ? text_of(clear->valuestring)
                                                            : (struct text){0});
    if (set == NULL || set_words(request, set))
        admin_faults(request);
}
