// lambda_function -- functions over the wire, as far as event source mappings and SDKs need them (1.9).
//
// A function here is a name, a target that runs it, and limits. What CreateFunction sends besides (role, handler, runtime, code) is
// kept for echoing and means nothing. Programs are declared on the command line or in a file and never over HTTP; so of a declared
// function HTTP changes Timeout, MemorySize and concurrency only, and everything else is refused with the reason.
#include "emulator/api/lambda.h"

#include "emulator/invoke/target.h"
#include "emulator/world.h"
#include "esm/qualifier.h"
#include "queue/base/digest.h"

#include <stdio.h>
#include <string.h>

#define RECORD_KIND TEXT("function")
#define PAGE_MAX 50
#define NAME_CHARACTERS_MAX 64
#define MEMORY_MB_MIN 128
#define MEMORY_MB_MAX 10240
#define RUNTIME_DOCUMENT                      \
    TEXT("arn:aws:lambda:us-east-1::runtime:" \
         "0000000000000000000000000000000000000000000000000000000000000000")

// ---- out ----

// The same as long as nothing changes.
static void append_revision(struct buffer *body, const struct function *function)
{
    cleanup(buffer_deinit) struct buffer source = {0};
    buffer_print(&source, "%.*s %lld %lld %lld", TEXT_ARGUMENTS(function->arn),
                 (long long)function->modified_at_ms, (long long)function->timeout_seconds,
                 (long long)function->memory_mb);
    buffer_append(&source, function->configuration);
    uint8_t digest[MD5_BYTES];
    char uuid[UUID_TEXT_BYTES];
    digest_md5(buffer_text(&source), digest);
    digest[6] = (uint8_t)((digest[6] & 0x0F) | 0x40);
    digest[8] = (uint8_t)((digest[8] & 0x3F) | 0x80);
    uuid_format(digest, uuid);
    json_append_member_string(body, TEXT("RevisionId"), text_from(uuid, sizeof(uuid)));
}

// A member as it was sent, or a default (JSON text); nothing for an empty default.
static void append_kept(struct buffer *body, const cJSON *configuration, const char *name,
                        struct text fallback)
{
    const cJSON *member = lambda_member(configuration, name);
    if (member == NULL && fallback.length == 0)
        return;
    json_append_name(body, text_of(name));
    if (member != NULL)
        json_append_tree(body, member);
    else
        buffer_append(body, fallback);
}

enum function_news {
    NEWS_NONE,
    NEWS_CREATED,
    NEWS_UPDATED
};

static void append_state(struct buffer *body, enum function_news news)
{
    struct text creating = TEXT("The function is being created.");
    json_append_member_string(body, TEXT("State"),
                              news == NEWS_CREATED ? TEXT("Pending") : TEXT("Active"));
    if (news == NEWS_CREATED) { // L-67
        json_append_member_string(body, TEXT("StateReason"), creating);
        json_append_member_string(body, TEXT("StateReasonCode"), TEXT("Creating"));
        return;
    }
    json_append_member_string(body, TEXT("LastUpdateStatus"),
                              news == NEWS_UPDATED ? TEXT("InProgress") : TEXT("Successful"));
    if (news == NEWS_UPDATED) {
        json_append_member_string(body, TEXT("LastUpdateStatusReason"), creating);
        json_append_member_string(body, TEXT("LastUpdateStatusReasonCode"), TEXT("Creating"));
    }
}

// What of it depends on how it was asked for.
struct shown_as {
    struct text arn;
    struct text version;
    const struct text *description; // NULL: the function's own
};

// L-65.
static void append_function(struct buffer *body, const struct function *function,
                            const struct shown_as *as, enum function_news news)
{
    cleanup(json_tree_free) cJSON *kept =
        function->configuration.length > 0 ? json_parse(function->configuration, NULL) : NULL;
    char modified[24];
    instant_format(function->modified_at_ms, modified);
    buffer_append_byte(body, '{');
    json_append_member_string(body, TEXT("FunctionName"), function->name);
    json_append_member_string(body, TEXT("FunctionArn"), as->arn);
    append_kept(body, kept, "Runtime", TEXT(""));
    append_kept(body, kept, "Role", TEXT("\"arn:aws:iam::000000000000:role/redrive\""));
    append_kept(body, kept, "Handler", TEXT(""));
    append_kept(body, kept, "CodeSize", TEXT("0"));
    if (as->description != NULL)
        json_append_member_string(body, TEXT("Description"), *as->description);
    else
        append_kept(body, kept, "Description", TEXT("\"\""));
    json_append_member_integer(body, TEXT("Timeout"), function->timeout_seconds);
    json_append_member_integer(body, TEXT("MemorySize"), function->memory_mb);
    json_append_name(body, TEXT("LastModified")); // L-66: no Z, no colon
    buffer_print(body, "\"%.23s+0000\"", modified);
    append_kept(body, kept, "CodeSha256", TEXT("\"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\""));
    json_append_member_string(body, TEXT("Version"), as->version);
    append_kept(body, kept, "Environment", TEXT(""));
    buffer_append(body, TEXT(",\"TracingConfig\":{\"Mode\":\"PassThrough\"}"));
    append_revision(body, function);
    append_state(body, news);
    append_kept(body, kept, "PackageType", TEXT("\"Zip\""));
    append_kept(body, kept, "Architectures", TEXT("[\"x86_64\"]"));
    buffer_append(body,
                  TEXT(",\"EphemeralStorage\":{\"Size\":512},\"SnapStart\":{\"ApplyOn\":\"None\","
                       "\"OptimizationStatus\":\"Off\"},\"RuntimeVersionConfig\":{"));
    json_append_member_string(body, TEXT("RuntimeVersionArn"), RUNTIME_DOCUMENT);
    buffer_append(body, TEXT("},\"LoggingConfig\":{\"LogFormat\":\"Text\","));
    buffer_print(body, "\"LogGroup\":\"/aws/lambda/%.*s\"}", TEXT_ARGUMENTS(function->name));
    buffer_append_byte(body, '}');
}

static struct shown_as latest(const struct function *function)
{
    return (struct shown_as){.arn = function->arn, .version = TEXT("$LATEST")};
}

void lambda_append_function(struct lambda_call *call, struct buffer *body,
                            const struct function *function,
                            const struct function_reference *reference,
                            const struct text *description)
{
    const struct shown_as as = {
        .arn = lambda_function_arn(call, reference->name, reference->qualifier),
        .version = lambda_version(call, reference),
        .description = description,
    };
    append_function(body, function, &as, NEWS_NONE);
}

static void answer_function(struct lambda_call *call, int status, const struct function *function,
                            enum function_news news)
{
    const struct shown_as as = latest(function);
    append_function(lambda_begin(call, status), function, &as, news);
    request_finish(call->request);
}

struct text lambda_fingerprint(const struct lambda_call *call, const struct function *function)
{
    uint8_t digest[SHA256_BYTES];
    char hex[2 * SHA256_BYTES];
    digest_sha256(arena_print(call->arena, "%.*s %lld %lld %.*s", TEXT_ARGUMENTS(function->target),
                              (long long)function->timeout_seconds, (long long)function->memory_mb,
                              TEXT_ARGUMENTS(function->configuration)),
                  digest);
    hex_encode(digest, sizeof(digest), hex);
    return arena_copy(call->arena, text_from(hex, sizeof(hex)));
}

// ---- the record ----

// Declared functions come back from the command line, not from the database.
static void store(const struct lambda_call *call, const struct function *function)
{
    if (function->declared)
        return;
    cleanup(buffer_deinit) struct buffer buffer = {0};
    buffer_append_byte(&buffer, '{');
    json_append_member_string(&buffer, TEXT("Target"), function->target);
    json_append_member_integer(&buffer, TEXT("Timeout"), function->timeout_seconds);
    json_append_member_integer(&buffer, TEXT("MemorySize"), function->memory_mb);
    json_append_member_integer(&buffer, TEXT("ReservedConcurrentExecutions"),
                               function->reserved_concurrency);
    json_append_member_integer(&buffer, TEXT("ModifiedAtMs"), function->modified_at_ms);
    json_append_member_string(&buffer, TEXT("Configuration"), function->configuration);
    buffer_append_byte(&buffer, '}');
    struct journal *journal = call->world->journal;
    journal->put_record(journal, RECORD_KIND, function->name, buffer_text(&buffer));
}

void lambda_restore_function(struct world *world, struct text key, struct text bytes)
{
    cleanup(json_tree_free) cJSON *tree = json_parse(bytes, NULL);
    if (!function_name_is_valid(key) || !cJSON_IsObject(tree))
        journal_fail_damaged(world->journal, "a function cannot be read");
    if (functions_find(world->functions, key) != NULL)
        return; // declared: the command line wins
    struct function *function = functions_add(world->functions, key);
    struct text reason;
    if (!target_bind(world, function, json_member_text(tree, "Target"), false, &reason)) {
        functions_remove(world->functions, function);
        return;
    }
    json_integer(json_member(tree, "Timeout"), &function->timeout_seconds);
    json_integer(json_member(tree, "MemorySize"), &function->memory_mb);
    json_integer(json_member(tree, "ReservedConcurrentExecutions"),
                 &function->reserved_concurrency);
    json_integer(json_member(tree, "ModifiedAtMs"), &function->modified_at_ms);
    function_configure(function, json_member_text(tree, "Configuration"));
}

void lambda_changed(struct lambda_call *call, struct function *function)
{
    function->modified_at_ms = timeline_now_ms(call->world->timeline);
    store(call, function);
    esm_functions_changed(call->world->esm);
    world_changed(call->world);
}

// ---- what clients send ----

static const char *const kept_members[] = {"Role",          "Handler",     "Runtime",
                                           "Description",   "Environment", "PackageType",
                                           "Architectures", "Tags"};
#define KEPT_MEMBERS (sizeof(kept_members) / sizeof(kept_members[0]))

static void append_code(const struct lambda_call *call, struct buffer *buffer, const cJSON *code)
{
    struct text zip;
    if (!base64_decode(call->arena, json_member_text(code, "ZipFile"), &zip))
        zip = TEXT("");
    uint8_t digest[SHA256_BYTES];
    digest_sha256(zip, digest);
    json_append_member_integer(buffer, TEXT("CodeSize"), (int64_t)zip.length);
    json_append_member_string(
        buffer, TEXT("CodeSha256"),
        base64_encode(call->arena, text_from((const char *)digest, sizeof(digest))));
}

// What is kept for echoing: the old members, replaced by those that the body has.
static void keep_configuration(const struct lambda_call *call, struct function *function)
{
    cleanup(json_tree_free) cJSON *old =
        function->configuration.length > 0 ? json_parse(function->configuration, NULL) : NULL;
    cleanup(buffer_deinit) struct buffer buffer = {0};
    buffer_append_byte(&buffer, '{');
    for (size_t i = 0; i < KEPT_MEMBERS; i++) {
        const cJSON *member = lambda_member(call->body, kept_members[i]);
        if (member == NULL)
            member = lambda_member(old, kept_members[i]);
        if (member == NULL)
            continue;
        json_append_name(&buffer, text_of(kept_members[i]));
        json_append_tree(&buffer, member);
    }
    if (lambda_member(call->body, "Code") != NULL) {
        append_code(call, &buffer, lambda_member(call->body, "Code"));
    } else if (lambda_member(old, "CodeSha256") != NULL) {
        append_kept(&buffer, old, "CodeSize", TEXT("0"));
        append_kept(&buffer, old, "CodeSha256", TEXT(""));
    }
    buffer_append_byte(&buffer, '}');
    function_configure(function, buffer_text(&buffer));
}

void lambda_keep_member(struct lambda_call *call, struct function *function, const char *name,
                        struct text json)
{
    cleanup(json_tree_free) cJSON *old =
        function->configuration.length > 0 ? json_parse(function->configuration, NULL) : NULL;
    cleanup(buffer_deinit) struct buffer buffer = {0};
    buffer_append_byte(&buffer, '{');
    for (const cJSON *member = old != NULL ? old->child : NULL; member != NULL;
         member = member->next) {
        if (strcmp(member->string, name) == 0)
            continue;
        json_append_name(&buffer, text_of(member->string));
        json_append_tree(&buffer, member);
    }
    if (json.length > 0) {
        json_append_name(&buffer, text_of(name));
        buffer_append(&buffer, json);
    }
    buffer_append_byte(&buffer, '}');
    function_configure(function, buffer_text(&buffer));
    store(call, function);
}

static struct text target_of(const struct lambda_call *call)
{
    const cJSON *variables = lambda_member(lambda_member(call->body, "Environment"), "Variables");
    return json_member_text(variables, "REDRIVE_TARGET");
}

// The ranges of Timeout and MemorySize (L-71) and every string's being one.
static void check_function(struct violations *violations, const cJSON *body,
                           int64_t *timeout_seconds, int64_t *memory_mb)
{
    check_integer(violations, body, "Timeout", "timeout", 1, FUNCTION_TIMEOUT_SECONDS_MAX,
                  timeout_seconds);
    check_integer(violations, body, "MemorySize", "memorySize", MEMORY_MB_MIN, MEMORY_MB_MAX,
                  memory_mb);
    static const char *const texts[] = {"Role", "Handler", "Runtime", "Description", "PackageType"};
    struct text ignored = TEXT("");
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        check_text(violations, body, texts[i], &ignored);
}

// A new function of its own, bound to the target in its environment. NULL: finished.
static struct function *create_bound(struct lambda_call *call, struct text name)
{
    struct text target = target_of(call);
    if (target.length == 0) {
        lambda_fail(
            call, LAMBDA_PARAMETER_VALUE,
            "redrive does not run the code of %.*s. Declare what runs it at start, with --function "
            "%.*s=TARGET, or give "
            "it the environment variable REDRIVE_TARGET, for example http://127.0.0.1:9000/",
            TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(name));
        return NULL;
    }
    struct function *function = functions_add(call->world->functions, name);
    struct text reason;
    if (target_bind(call->world, function, target, false, &reason))
        return function;
    lambda_fail(call, LAMBDA_PARAMETER_VALUE, "%.*s", TEXT_ARGUMENTS(reason));
    functions_remove(call->world->functions, function);
    return NULL;
}

// One that was declared at start answers to CreateFunction once. NULL: finished.
static struct function *create_on_declared(struct lambda_call *call, struct function *function)
{
    if (!function->declared || function->configuration.length > 0) {
        lambda_fail(call, LAMBDA_CONFLICT, "Function already exist: %.*s",
                    TEXT_ARGUMENTS(function->name));
        return NULL;
    }
    struct text target = target_of(call);
    if (target.length > 0 && !text_equal(target, function->target)) {
        lambda_fail(call, LAMBDA_ACCESS_DENIED,
                    "The function %.*s was declared when redrive was started, and its target does "
                    "not change over HTTP; leave "
                    "REDRIVE_TARGET out",
                    TEXT_ARGUMENTS(function->name));
        return NULL;
    }
    return function;
}

// A new function has no version, so its first one is 1 (L-65).
static void answer_published(struct lambda_call *call, const struct function *function)
{
    struct text number = lambda_publish(call, function);
    const struct shown_as as = {.arn = function->arn, .version = number}; // without the number
    append_function(lambda_begin(call, 201), function, &as, NEWS_CREATED);
    request_finish(call->request);
}

// A bare name may be longer than the model allows an ARN's, so it is not the model that refuses it, though in the model's words.
static bool refuse_long_name(struct lambda_call *call, struct text name,
                             const struct violations *violations)
{
    if (violations->count != 1 || violations->malformed != NULL || text_find(name, TEXT(":"), NULL))
        return false;
    if (name.length <= NAME_CHARACTERS_MAX || name.length > call->name_characters_max)
        return false;
    lambda_fail(call, LAMBDA_PARAMETER_VALUE, "1 validation error detected: %.*s",
                TEXT_ARGUMENTS(buffer_text(&violations->text)));
    return true;
}

void lambda_create_function(struct lambda_call *call)
{
    struct text name = TEXT("");
    const char *wrong;
    struct function_reference reference = {0};
    int64_t timeout_seconds = FUNCTION_TIMEOUT_SECONDS_DEFAULT;
    int64_t memory_mb = FUNCTION_MEMORY_MB_DEFAULT;
    cleanup(violations_deinit) struct violations violations = {0};
    check_text(&violations, call->body, "FunctionName", &name);
    if (lambda_member(call->body, "FunctionName") == NULL)
        violation_add(&violations, text_of(NULL), "functionName", "Member must not be null");
    else if ((wrong = function_reference_check(call, name, &reference)) != NULL)
        violation_add(&violations, name, "functionName", wrong);
    else if (reference.qualifier.length > 0)
        violation_add(&violations, name, "functionName",
                      "Member must satisfy regular expression pattern: [a-zA-Z0-9-_]+");
    check_function(&violations, call->body, &timeout_seconds, &memory_mb);
    check_tags(&violations, call->body);
    bool publish = false;
    check_boolean(&violations, call->body, "Publish", &publish);
    if (refuse_long_name(call, name, &violations) || violations_answer(call, &violations) ||
        lambda_refuse_region(call, &reference) || lambda_refuse_environment(call))
        return;
    if (reference.elsewhere) {
        lambda_fail(call, LAMBDA_ACCESS_DENIED, "The function is one of another account");
        return;
    }
    struct function *function = functions_find(call->world->functions, reference.name);
    function =
        function != NULL ? create_on_declared(call, function) : create_bound(call, reference.name);
    if (function == NULL)
        return;
    // --set wins over what the client leaves out.
    if (!function->declared || lambda_member(call->body, "Timeout") != NULL)
        function->timeout_seconds = timeout_seconds;
    if (!function->declared || lambda_member(call->body, "MemorySize") != NULL)
        function->memory_mb = memory_mb;
    keep_configuration(call, function);
    lambda_changed(call, function);
    if (publish)
        answer_published(call, function);
    else
        answer_function(call, 201, function, NEWS_CREATED);
}

void lambda_get_function_configuration(struct lambda_call *call)
{
    struct function_reference reference;
    const struct function *function = lambda_function(call, "", &reference);
    if (function == NULL)
        return;
    lambda_append_function(call, lambda_begin(call, 200), function, &reference, NULL);
    request_finish(call->request);
}

void lambda_get_function(struct lambda_call *call)
{
    struct function_reference reference;
    const struct function *function = lambda_function(call, "", &reference);
    if (function == NULL)
        return;
    struct buffer *body = lambda_begin(call, 200);
    buffer_append(body, TEXT("{\"Configuration\":"));
    lambda_append_function(call, body, function, &reference, NULL);
    buffer_append(body, TEXT(",\"Code\":{\"RepositoryType\":\"S3\""));
    json_append_member_string(body, TEXT("Location"), function->target);
    buffer_append_byte(body, '}');
    cleanup(json_tree_free) cJSON *kept =
        function->configuration.length > 0 ? json_parse(function->configuration, NULL) : NULL;
    if (lambda_member(kept, "Tags") != NULL && lambda_member(kept, "Tags")->child != NULL)
        append_kept(body, kept, "Tags", TEXT(""));
    if (function->reserved_concurrency != FUNCTION_UNRESERVED)
        buffer_print(body, ",\"Concurrency\":{\"ReservedConcurrentExecutions\":%lld}",
                     (long long)function->reserved_concurrency);
    buffer_append_byte(body, '}');
    request_finish(call->request);
}

// Behind the function itself; how many.
static int64_t append_versions(struct lambda_call *call, struct buffer *body,
                               const struct function *function)
{
    int64_t count = 0;
    const cJSON *version;
    cJSON_ArrayForEach(
        version, qualifiers_versions(functions_qualifiers(call->world->functions), function->name))
    {
        const struct text description = json_member_text(version, "Description");
        const struct function_reference reference = {
            .name = function->name, .qualifier = json_member_text(version, "Version")};
        buffer_append_byte(body, ',');
        lambda_append_function(call, body, function, &reference, &description);
        count++;
    }
    return count;
}

void lambda_list_functions(struct lambda_call *call)
{
    struct text versions = form_find(&call->query, TEXT("FunctionVersion"));
    bool all = text_equal(versions, TEXT("ALL"));
    cleanup(violations_deinit) struct violations violations = {0};
    if (versions.length > 0 && !all)
        violation_add(&violations, versions, "functionVersion",
                      "Member must satisfy enum value set: [ALL]");
    if (violations_answer(call, &violations))
        return;
    int64_t items_max = PAGE_MAX;
    struct text items = form_find(&call->query, TEXT("MaxItems"));
    if (items.length > 0 && text_to_integer(items, &items_max) &&
        (items_max < 1 || items_max > PAGE_MAX))
        items_max = PAGE_MAX;
    struct text marker = form_find(&call->query, TEXT("Marker"));
    struct text after = TEXT("");
    bool nonsense = marker.length > 0 && !base64_decode(call->arena, marker, &after);
    struct buffer *body = lambda_begin(call, 200);
    buffer_append(body, TEXT("{\"Functions\":["));
    struct text next = TEXT("");
    int64_t count = 0;
    struct text last = TEXT("");
    const struct function *function =
        nonsense ? NULL : functions_next(call->world->functions, NULL);
    for (; function != NULL; function = functions_next(call->world->functions, function)) {
        if (text_compare(function->name, after) <= 0)
            continue;
        if (count >= items_max) {
            next = base64_encode(call->arena, last);
            break;
        }
        if (count++ > 0)
            buffer_append_byte(body, ',');
        const struct shown_as as = {
            .arn = lambda_function_arn(call, function->name, all ? TEXT("$LATEST") : TEXT("")),
            .version = TEXT("$LATEST")};
        append_function(body, function, &as, NEWS_NONE);
        if (all)
            count += append_versions(call, body, function);
        last = function->name;
    }
    buffer_append(body, TEXT("],\"NextMarker\":"));
    if (next.length > 0)
        json_append_string(body, next);
    else
        buffer_append(body, TEXT("null"));
    buffer_append_byte(body, '}');
    request_finish(call->request);
}

// True if the body would change what only the command line may: the request is finished.
static bool refuse_declared(struct lambda_call *call, const struct function *function)
{
    static const char *const others[] = {
        "Role",      "Handler",   "Runtime",          "Description",      "Environment",
        "VpcConfig", "Layers",    "DeadLetterConfig", "TracingConfig",    "ImageConfig",
        "KMSKeyArn", "SnapStart", "LoggingConfig",    "FileSystemConfigs"};
    if (!function->declared)
        return false;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (lambda_member(call->body, others[i]) != NULL) {
            lambda_fail(call, LAMBDA_ACCESS_DENIED,
                        "The function %.*s was declared when redrive was started: over HTTP only "
                        "its Timeout, MemorySize and "
                        "concurrency change, and %s does not",
                        TEXT_ARGUMENTS(function->name), others[i]);
            return true;
        }
    }
    return false;
}

void lambda_update_function_configuration(struct lambda_call *call)
{
    struct function *function = lambda_unqualified(call, "");
    if (function == NULL)
        return;
    int64_t timeout_seconds = function->timeout_seconds;
    int64_t memory_mb = function->memory_mb;
    cleanup(violations_deinit) struct violations violations = {0};
    check_function(&violations, call->body, &timeout_seconds, &memory_mb);
    if (violations_answer(call, &violations) || refuse_declared(call, function) ||
        lambda_refuse_environment(call))
        return;
    struct text target = target_of(call);
    struct text reason;
    if (target.length > 0 && !text_equal(target, function->target)) {
        if (function->running > 0) { // what runs still reads the old target
            lambda_fail(call, LAMBDA_CONFLICT,
                        "The operation cannot be performed at this time. An update is in progress "
                        "for resource: %.*s",
                        TEXT_ARGUMENTS(function->arn));
            return;
        }
        if (!target_bind(call->world, function, target, false, &reason)) {
            lambda_fail(call, LAMBDA_PARAMETER_VALUE, "%.*s", TEXT_ARGUMENTS(reason));
            return;
        }
    }
    function->timeout_seconds = timeout_seconds; // mappings are not checked again (L-22)
    function->memory_mb = memory_mb;
    if (!function->declared)
        keep_configuration(call, function);
    lambda_changed(call, function);
    answer_function(call, 200, function, NEWS_UPDATED);
}

void lambda_update_function_code(struct lambda_call *call)
{
    struct function *function = lambda_unqualified(call, "");
    if (function != NULL)
        lambda_fail(call, LAMBDA_ACCESS_DENIED,
                    "redrive does not run the code of %.*s but its target; change the program "
                    "behind the target instead",
                    TEXT_ARGUMENTS(function->name));
}

void lambda_delete_function(struct lambda_call *call)
{
    struct function_reference reference;
    if (!lambda_read_reference(call, &reference))
        return;
    struct text qualifier = reference.qualifier;
    if (text_equal(qualifier,
                   TEXT("$LATEST"))) { // before anybody asks whether the function is there
        lambda_fail(call, LAMBDA_PARAMETER_VALUE,
                    "$LATEST version cannot be deleted without deleting the function.");
        return;
    }
    int64_t number;
    if (text_to_integer(qualifier, &number)) // a version that is not there is deleted all the same
        reference.qualifier = TEXT("");
    struct function *function = lambda_find(call, "", &reference);
    if (function == NULL)
        return;
    if (qualifier.length > 0) {
        lambda_delete_version(call, function, qualifier);
        return;
    }
    if (function->declared && function->configuration.length == 0) {
        lambda_fail(
            call, LAMBDA_ACCESS_DENIED,
            "The function %.*s was declared when redrive was started, and is not deleted over HTTP",
            TEXT_ARGUMENTS(function->name));
        return;
    }
    lambda_forget_qualifiers(call->world, function->name);
    if (function->declared) {
        function_configure(function, TEXT("")); // as it was before CreateFunction
        function->reserved_concurrency = FUNCTION_UNRESERVED;
    } else {
        struct journal *journal = call->world->journal;
        journal->delete_record(journal, RECORD_KIND, function->name);
        functions_remove(call->world->functions, function);
    }
    esm_functions_changed(call->world->esm);
    world_changed(call->world);
    lambda_begin(call, 204);
    request_finish(call->request);
}

// ---- concurrency ----

static int64_t reserved_by_others(const struct lambda_call *call, const struct function *self)
{
    int64_t sum = 0;
    const struct function *function = functions_next(call->world->functions, NULL);
    for (; function != NULL; function = functions_next(call->world->functions, function)) {
        if (function != self && function->reserved_concurrency > 0)
            sum += function->reserved_concurrency;
    }
    return sum;
}

void lambda_put_function_concurrency(struct lambda_call *call)
{
    int64_t reserved = -1;
    cleanup(violations_deinit) struct violations violations = {0};
    check_integer(&violations, call->body, "ReservedConcurrentExecutions",
                  "reservedConcurrentExecutions", 0, INT32_MAX, &reserved);
    if (lambda_member(call->body, "ReservedConcurrentExecutions") == NULL)
        violation_add(&violations, text_of(NULL), "reservedConcurrentExecutions",
                      "Member must not be null");
    if (violations_answer(call, &violations))
        return;
    struct function *function = lambda_unqualified(call, ":$LATEST");
    if (function == NULL)
        return;
    int64_t account = functions_account_concurrency(call->world->functions);
    int64_t unreserved_min = functions_unreserved_min(call->world->functions);
    if (reserved > 0 && reserved + reserved_by_others(call, function) > account - unreserved_min) {
        lambda_fail(call, LAMBDA_PARAMETER_VALUE_UNTYPED,
                    "Specified ReservedConcurrentExecutions for function decreases account's "
                    "UnreservedConcurrentExecution below "
                    "its minimum value of [%lld].",
                    (long long)unreserved_min);
        return;
    }
    function->reserved_concurrency = reserved;
    store(call, function);
    world_changed(call->world);
    buffer_print(lambda_begin(call, 200), "{\"ReservedConcurrentExecutions\":%lld}",
                 (long long)reserved);
    request_finish(call->request);
}

void lambda_get_function_concurrency(struct lambda_call *call)
{
    const struct function *function = lambda_unqualified(call, "");
    if (function == NULL)
        return;
    struct buffer *body = lambda_begin(call, 200);
    if (function->reserved_concurrency == FUNCTION_UNRESERVED)
        buffer_append(body, TEXT("{}"));
    else
        buffer_print(body, "{\"ReservedConcurrentExecutions\":%lld}",
                     (long long)function->reserved_concurrency);
    request_finish(call->request);
}

void lambda_delete_function_concurrency(struct lambda_call *call)
{
    struct function *function = lambda_unqualified(call, "");
    if (function == NULL)
        return;
    function->reserved_concurrency = FUNCTION_UNRESERVED;
    store(call, function);
    world_changed(call->world);
    lambda_begin(call, 204);
    request_finish(call->request);
}

void lambda_get_code_signing(struct lambda_call *call)
{
    if (lambda_unqualified(call, "") == NULL)
        return;
    buffer_append(lambda_begin(call, 200),
                  TEXT("{\"CodeSigningConfigArn\":null,\"FunctionName\":null}"));
    request_finish(call->request);
}
