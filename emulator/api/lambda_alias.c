// lambda_alias -- versions and aliases over the wire: names for a function that clients deploy by.
//
// A version here is a number, an alias a name for one. All of them run the function's target with its present
// settings, because what runs a function lives outside of redrive; so weights between versions are refused. They can
// be invoked, mapped to queues and looked at, and a mapping of "f:live" is another than one of "f" (L-33).
#include "emulator/api/lambda.h"

#include "emulator/world.h"
#include "esm/qualifier.h"
#include "queue/base/digest.h"
#include "queue/base/fail.h"

#include <stdio.h>

#define RECORD_KIND TEXT("qualifiers")
#define PAGE_MAX 50
#define ALIAS_PATTERN "Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)"
#define VERSION_PATTERN "Member must satisfy regular expression pattern: (\\$LATEST|[0-9]+)"

static struct qualifiers *all(const struct lambda_call *call)
{
    return functions_qualifiers(call->world->functions);
}

// ---- the record ----

static void store(struct lambda_call *call, const struct function *function)
{
    cleanup(buffer_deinit) struct buffer record = {0};
    struct journal *journal = call->world->journal;
    qualifiers_append_record(all(call), function->name, &record);
    journal->put_record(journal, RECORD_KIND, function->name, buffer_text(&record));
    esm_functions_changed(call->world->esm);
    world_changed(call->world);
}

void lambda_forget_qualifiers(struct world *world, struct text function)
{
    struct qualifiers *qualifiers = functions_qualifiers(world->functions);
    if (qualifiers_versions(qualifiers, function) == NULL)
        return;
    world->journal->delete_record(world->journal, RECORD_KIND, function);
    qualifiers_forget(qualifiers, function);
}

void lambda_restore_qualifiers(struct world *world, struct text key, struct text bytes)
{
    if (!qualifiers_restore(functions_qualifiers(world->functions), key, bytes))
        fail("the database holds versions of a function that are none: it is damaged");
}

// ---- what clients send ----

static bool is_number(struct text text)
{
    int64_t number;
    return text.length > 0 && text.bytes[0] != '-' && text_to_integer(text, &number);
}

static bool is_alias_name(struct text name)
{
    for (size_t i = 0; i < name.length; i++) {
        char byte = name.bytes[i];
        bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!letter && !(byte >= '0' && byte <= '9') && byte != '-' && byte != '_')
            return false;
    }
    return name.length > 0 && !is_number(name);
}

static void check_alias_name(struct violations *violations, struct text name, const char *path)
{
    if (name.length > 128)
        violation_add(violations, name, path, "Member must have length less than or equal to 128");
    else if (!is_alias_name(name))
        violation_add(violations, name, path, ALIAS_PATTERN);
}

static void check_description(struct violations *violations, const cJSON *body,
                              struct text *description)
{
    check_text(violations, body, "Description", description);
    if (description->length > 256)
        violation_add(violations, *description, "description",
                      "Member must have length less than or equal to 256");
}

// What would change nothing here, or cannot be so, is refused. True: finished.
static bool refuse_members(struct lambda_call *call)
{
    static const char *const members[] = {"CodeSha256", "RevisionId", "RoutingConfig"};
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        const cJSON *member = lambda_member(call->body, members[i]);
        if (member == NULL || (cJSON_IsObject(member) && member->child == NULL))
            continue;
        lambda_fail(call, LAMBDA_PARAMETER_VALUE,
                    "redrive runs every version of a function by the function's target, and does "
                    "not take %s; leave it out",
                    members[i]);
        return true;
    }
    return false;
}

// ---- pages ----

struct page {
    const cJSON *items;
    int64_t first, count;
    struct text marker; // of the next page; empty: none
};

// A marker that is none lists nothing (L-62).
static struct page read_page(const struct lambda_call *call, const cJSON *items)
{
    int64_t most = PAGE_MAX;
    int64_t first = 0;
    struct text text;
    struct text items_max = form_find(&call->query, TEXT("MaxItems"));
    struct text marker = form_find(&call->query, TEXT("Marker"));
    if (!text_to_integer(items_max, &most) || most < 1 || most > PAGE_MAX)
        most = PAGE_MAX;
    int64_t size = items == NULL ? 0 : cJSON_GetArraySize(items);
    if (marker.length > 0 && (!base64_decode(call->arena, marker, &text) ||
                              !text_to_integer(text, &first) || first < 0 || first > size))
        first = size;
    struct page page = {.items = items, .first = first, .count = size - first};
    if (page.count > most) {
        page.count = most;
        long long next = first + most;
        page.marker = base64_encode(call->arena, arena_print(call->arena, "%lld", next));
    }
    return page;
}

static const cJSON *page_item(const struct page *page, int64_t index)
{
    return cJSON_GetArrayItem(page->items, (int)(page->first + index));
}

static void end_page(struct lambda_call *call, struct buffer *body, const struct page *page)
{
    buffer_append(body, TEXT("],\"NextMarker\":"));
    if (page->marker.length > 0)
        json_append_string(body, page->marker);
    else
        buffer_append(body, TEXT("null"));
    buffer_append_byte(body, '}');
    request_finish(call->request);
}

// ---- versions ----

void lambda_publish_version(struct lambda_call *call)
{
    struct text description = TEXT("");
    cleanup(violations_deinit) struct violations violations = {0};
    check_description(&violations, call->body, &description);
    if (violations_answer(call, &violations) || refuse_members(call))
        return;
    const struct function *function = lambda_unqualified(call, "");
    if (function == NULL)
        return;
    int64_t number = qualifiers_publish(all(call), function->name,
                                        lambda_fingerprint(call, function), description);
    if (number == 0) {
        lambda_fail(call, LAMBDA_PARAMETER_VALUE, "redrive keeps at most %d versions of a function",
                    VERSIONS_MAX);
        return;
    }
    store(call, function);
    const struct function_reference reference = {
        .name = function->name, .qualifier = arena_print(call->arena, "%lld", (long long)number)};
    lambda_append_function(call, lambda_begin(call, 201), function, &reference, &description);
    request_finish(call->request);
}

struct text lambda_publish(struct lambda_call *call, const struct function *function)
{
    int64_t number =
        qualifiers_publish(all(call), function->name, lambda_fingerprint(call, function), TEXT(""));
    store(call, function);
    return arena_print(call->arena, "%lld", (long long)number);
}

void lambda_list_versions(struct lambda_call *call)
{
    const struct function *function = lambda_unqualified(call, "");
    if (function == NULL)
        return;
    struct page page = read_page(call, qualifiers_versions(all(call), function->name));
    struct buffer *body = lambda_begin(call, 200);
    buffer_append(body, TEXT("{\"Versions\":["));
    if (page.first == 0) {
        const struct function_reference latest = {.name = function->name,
                                                  .qualifier = TEXT("$LATEST")};
        lambda_append_function(call, body, function, &latest, NULL);
    }
    for (int64_t i = 0; i < page.count; i++) {
        const cJSON *version = page_item(&page, i);
        const struct text description = json_member_text(version, "Description");
        const struct function_reference reference = {
            .name = function->name, .qualifier = json_member_text(version, "Version")};
        if (i > 0 || page.first == 0)
            buffer_append_byte(body, ',');
        lambda_append_function(call, body, function, &reference, &description);
    }
    end_page(call, body, &page);
}

void lambda_delete_version(struct lambda_call *call, const struct function *function,
                           struct text version)
{
    if (!is_number(version)) {
        lambda_fail(call, LAMBDA_PARAMETER_VALUE,
                    "Deletion of aliases is not currently supported.");
        return;
    }
    const cJSON *alias;
    cJSON_ArrayForEach(alias, qualifiers_aliases(all(call), function->name))
    {
        if (!text_equal(json_member_text(alias, "FunctionVersion"), version))
            continue;
        struct text name = json_member_text(alias, "Name");
        lambda_fail(call, LAMBDA_CONFLICT,
                    "Version %.*s is currently referenced by alias %.*s. Please remove the alias "
                    "first.",
                    TEXT_ARGUMENTS(version), TEXT_ARGUMENTS(name));
        return;
    }
    qualifiers_drop_version(all(call), function->name, version);
    store(call, function);
    lambda_begin(call, 204);
    request_finish(call->request);
}

// ---- aliases ----

static void append_alias(const struct lambda_call *call, struct buffer *body,
                         const struct function *function, const cJSON *alias)
{
    struct text name = json_member_text(alias, "Name");
    struct text version = json_member_text(alias, "FunctionVersion");
    struct text description = json_member_text(alias, "Description");
    struct text arn = lambda_function_arn(call, function->name, name);
    uint8_t digest[MD5_BYTES];
    char revision[UUID_TEXT_BYTES];
    digest_md5(arena_print(call->arena, "%.*s %.*s %.*s", TEXT_ARGUMENTS(arn),
                           TEXT_ARGUMENTS(version), TEXT_ARGUMENTS(description)),
               digest);
    uuid_format(digest, revision);
    buffer_append_byte(body, '{');
    json_append_member_string(body, TEXT("AliasArn"), arn);
    json_append_member_string(body, TEXT("Name"), name);
    json_append_member_string(body, TEXT("FunctionVersion"), version);
    json_append_member_string(body, TEXT("Description"), description);
    json_append_member_string(body, TEXT("RevisionId"), text_from(revision, sizeof(revision)));
    buffer_append_byte(body, '}');
}

static void answer_alias(struct lambda_call *call, int status, const struct function *function,
                         struct text name)
{
    append_alias(call, lambda_begin(call, status), function,
                 qualifiers_find_alias(all(call), function->name, name));
    request_finish(call->request);
}

// NULL: finished.
static const cJSON *find_alias(struct lambda_call *call, const struct function *function)
{
    const cJSON *alias = qualifiers_find_alias(all(call), function->name, call->alias);
    if (alias == NULL) {
        struct text arn = lambda_function_arn(call, function->name, call->alias);
        lambda_fail(call, LAMBDA_NOT_FOUND, "Cannot find alias arn: %.*s", TEXT_ARGUMENTS(arn));
    }
    return alias;
}

// The version is $LATEST or published. False: finished.
static bool version_exists(struct lambda_call *call, const struct function *function,
                           struct text version)
{
    if (qualifiers_version(all(call), function->name, version).length > 0)
        return true;
    struct text arn = lambda_function_arn(call, function->name, version);
    lambda_fail(call, LAMBDA_NOT_FOUND, "Function not found: %.*s", TEXT_ARGUMENTS(arn));
    return false;
}

static void check_version(struct violations *violations, struct text version)
{
    if (!is_number(version) && !text_equal(version, TEXT("$LATEST")))
        violation_add(violations, version, "functionVersion", VERSION_PATTERN);
}

void lambda_create_alias(struct lambda_call *call)
{
    struct text name = text_of(NULL);
    struct text version = text_of(NULL);
    struct text description = TEXT("");
    cleanup(violations_deinit) struct violations violations = {0};
    check_text(&violations, call->body, "Name", &name);
    check_text(&violations, call->body, "FunctionVersion", &version);
    check_description(&violations, call->body, &description);
    if (name.bytes == NULL)
        violation_add(&violations, name, "name", "Member must not be null");
    else
        check_alias_name(&violations, name, "name");
    if (version.bytes == NULL)
        violation_add(&violations, version, "functionVersion", "Member must not be null");
    else
        check_version(&violations, version);
    if (violations_answer(call, &violations) || refuse_members(call))
        return;
    const struct function *function = lambda_unqualified(call, "");
    if (function == NULL || !version_exists(call, function, version))
        return;
    if (qualifiers_find_alias(all(call), function->name, name) != NULL) {
        struct text arn = lambda_function_arn(call, function->name, name);
        lambda_fail(call, LAMBDA_CONFLICT, "Alias already exists: %.*s", TEXT_ARGUMENTS(arn));
        return;
    }
    if (!qualifiers_put_alias(all(call), function->name, name, version, description)) {
        lambda_fail(call, LAMBDA_PARAMETER_VALUE, "redrive keeps at most %d aliases of a function",
                    ALIASES_MAX);
        return;
    }
    store(call, function);
    answer_alias(call, 201, function, name);
}

void lambda_get_alias(struct lambda_call *call)
{
    const struct function *function = lambda_unqualified(call, "");
    if (function != NULL && find_alias(call, function) != NULL)
        answer_alias(call, 200, function, call->alias);
}

void lambda_list_aliases(struct lambda_call *call)
{
    const struct function *function = lambda_unqualified(call, "");
    if (function == NULL)
        return;
    struct text version = form_find(&call->query, TEXT("FunctionVersion"));
    struct page page = read_page(call, qualifiers_aliases(all(call), function->name));
    struct buffer *body = lambda_begin(call, 200);
    buffer_append(body, TEXT("{\"Aliases\":["));
    bool first = true;
    for (int64_t i = 0; i < page.count; i++) {
        const cJSON *alias = page_item(&page, i);
        if (version.length > 0 && !text_equal(json_member_text(alias, "FunctionVersion"), version))
            continue;
        if (!first)
            buffer_append_byte(body, ',');
        append_alias(call, body, function, alias);
        first = false;
    }
    end_page(call, body, &page);
}

void lambda_update_alias(struct lambda_call *call)
{
    struct text version = text_of(NULL);
    struct text description = text_of(NULL);
    cleanup(violations_deinit) struct violations violations = {0};
    check_text(&violations, call->body, "FunctionVersion", &version);
    check_description(&violations, call->body, &description);
    if (version.bytes != NULL)
        check_version(&violations, version);
    if (violations_answer(call, &violations) || refuse_members(call))
        return;
    const struct function *function = lambda_unqualified(call, "");
    const cJSON *alias = function == NULL ? NULL : find_alias(call, function);
    if (alias == NULL)
        return;
    if (version.bytes == NULL)
        version = json_member_text(alias, "FunctionVersion");
    if (description.bytes == NULL)
        description = json_member_text(alias, "Description");
    if (!version_exists(call, function, version))
        return;
    // It is there: no limit stands in the way.
    if (qualifiers_put_alias(all(call), function->name, call->alias, version, description))
        store(call, function);
    answer_alias(call, 200, function, call->alias);
}

// One that is not there is deleted already.
void lambda_delete_alias(struct lambda_call *call)
{
    const struct function *function = lambda_unqualified(call, "");
    if (function == NULL)
        return;
    if (qualifiers_find_alias(all(call), function->name, call->alias) != NULL) {
        qualifiers_drop_alias(all(call), function->name, call->alias);
        store(call, function);
    }
    lambda_begin(call, 204);
    request_finish(call->request);
}
