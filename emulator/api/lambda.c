// lambda -- the Lambda control API: a table of paths (L-2), a table of errors (L-9), and what the handlers share.
//
// REST and JSON: parameters come in path, query and body. The tables below are all that differs from operation to operation on
// this side; what an operation means stands in lambda_mapping.c, lambda_function.c and lambda_invoke.c.
#include "emulator/api/lambda.h"

#include "emulator/api/api.h"
#include "emulator/auth.h"
#include "emulator/world.h"
#include "esm/qualifier.h"

#include <stdio.h>

#define SEGMENTS_MAX 8
#define NAMES_MAX 2 // variable segments of a path

// ---- errors ----

// clang-format off
static const struct error_row {
    struct text code;
    int status;
    const char *type;    // NULL: the body has no Type
    const char *message; // the member's spelling
} error_rows[LAMBDA_ERRORS] = {
    [LAMBDA_VALIDATION] =              {TEXT("ValidationException"),            400, NULL,      "message"},
    [LAMBDA_PARAMETER_VALUE] =         {TEXT("InvalidParameterValueException"), 400, "User",    "message"},
    [LAMBDA_PARAMETER_VALUE_UNTYPED] = {TEXT("InvalidParameterValueException"), 400, NULL,      "message"},
    [LAMBDA_REQUEST_CONTENT] =         {TEXT("InvalidRequestContentException"), 400, "User",    "message"},
    [LAMBDA_IN_USE] =                  {TEXT("ResourceInUseException"),         400, "User",    "Message"},
    [LAMBDA_ACCESS_DENIED] =           {TEXT("AccessDeniedException"),          403, NULL,      "Message"},
    [LAMBDA_UNKNOWN_OPERATION] =       {TEXT("UnknownOperationException"),      404, NULL,      "Message"},
    [LAMBDA_NOT_FOUND] =               {TEXT("ResourceNotFoundException"),      404, "User",    "Message"},
    [LAMBDA_CONFLICT] =                {TEXT("ResourceConflictException"),      409, "User",    "message"},
    [LAMBDA_TOO_LARGE] =               {TEXT("RequestEntityTooLargeException"), 413, NULL,      "Message"},
    [LAMBDA_TOO_MANY_REQUESTS] =       {TEXT("TooManyRequestsException"),       429, "User",    "message"},
    [LAMBDA_ACCOUNT_LIMIT] =           {TEXT("TooManyRequestsException"),       429, "User",    "message"},
    [LAMBDA_SERVICE] =                 {TEXT("ServiceException"),               500, "Service", "Message"},
    [LAMBDA_CLIENT_TOKEN] =            {TEXT("UnrecognizedClientException"),    403, NULL,      "message"},
    [LAMBDA_SIGNATURE] =               {TEXT("InvalidSignatureException"),      403, NULL,      "message"},
    [LAMBDA_SIGNATURE_INCOMPLETE] =    {TEXT("IncompleteSignatureException"),   400, NULL,      "message"},
};
// clang-format on

static void begin(struct lambda_call *call, int status)
{
    call->request->reply.status = status;
    reply_header(call->request, TEXT("Content-Type"), TEXT("application/json"));
    reply_header(call->request, TEXT("x-amzn-requestid"),
                 text_from(call->request->request_id, UUID_TEXT_BYTES));
}

struct buffer *lambda_begin(struct lambda_call *call, int status)
{
    begin(call, status);
    return &call->request->reply.body;
}

void lambda_fail_with(struct lambda_call *call, enum lambda_error error, struct text message)
{
    const struct error_row *row = &error_rows[error];
    begin(call, row->status);
    reply_header(call->request, TEXT("x-amzn-errortype"), row->code);
    struct buffer *body = &call->request->reply.body;
    buffer_append_byte(body, '{');
    if (error == LAMBDA_TOO_MANY_REQUESTS || error == LAMBDA_ACCOUNT_LIMIT) { // L-82
        reply_header(call->request, TEXT("Retry-After"), TEXT("1"));
        json_append_member_string(body, TEXT("Reason"),
                                  error == LAMBDA_ACCOUNT_LIMIT
                                      ? TEXT("ConcurrentInvocationLimitExceeded")
                                      : TEXT("ReservedFunctionConcurrentInvocationLimitExceeded"));
    }
    if (row->type != NULL)
        json_append_member_string(body, TEXT("Type"), text_of(row->type));
    json_append_member_string(body, text_of(row->message), message);
    buffer_append_byte(body, '}');
    request_finish(call->request);
}

// ---- the model's constraints ----

void violations_deinit(struct violations *violations)
{
    buffer_deinit(&violations->text);
}

void violation_add(struct violations *violations, struct text value, const char *path,
                   const char *constraint)
{
    struct buffer *text = &violations->text;
    if (violations->count++ > 0)
        buffer_append(text, TEXT("; "));
    if (value.bytes == NULL)
        buffer_append(text, TEXT("Value null"));
    else
        buffer_print(text, "Value '%.*s'", TEXT_ARGUMENTS(value));
    buffer_print(text, " at '%s' failed to satisfy constraint: %s", path, constraint);
}

const cJSON *lambda_member(const cJSON *object, const char *name)
{
    const cJSON *member = json_member(object, name);
    return member == NULL || cJSON_IsNull(member) ? NULL : member;
}

void check_integer(struct violations *violations, const cJSON *object, const char *name,
                   const char *path, int64_t least, int64_t most, int64_t *value)
{
    const cJSON *member = lambda_member(object, name);
    if (member == NULL)
        return;
    int64_t integer;
    if (!json_integer(member, &integer)) {
        violations->malformed = name;
        return;
    }
    if (integer < least || integer > most) {
        char shown[24];
        char constraint[96];
        snprintf(shown, sizeof(shown), "%lld", (long long)integer);
        snprintf(constraint, sizeof(constraint), "Member must have value %s than or equal to %lld",
                 integer < least ? "greater" : "less", (long long)(integer < least ? least : most));
        violation_add(violations, text_of(shown), path, constraint);
        return;
    }
    *value = integer;
}

void check_boolean(struct violations *violations, const cJSON *object, const char *name,
                   bool *value)
{
    const cJSON *member = lambda_member(object, name);
    if (member == NULL)
        return;
    if (cJSON_IsBool(member))
        *value = cJSON_IsTrue(member);
    else
        violations->malformed = name;
}

void check_text(struct violations *violations, const cJSON *object, const char *name,
                struct text *value)
{
    const cJSON *member = lambda_member(object, name);
    if (member == NULL)
        return;
    if (cJSON_IsString(member))
        *value = text_of(member->valuestring);
    else
        violations->malformed = name;
}

bool violations_answer(struct lambda_call *call, const struct violations *violations)
{
    if (violations->malformed != NULL) {
        lambda_fail(call, LAMBDA_REQUEST_CONTENT,
                    "Could not parse request body into json: the value of %s has the wrong type",
                    violations->malformed);
        return true;
    }
    if (violations->count == 0)
        return false;
    lambda_fail(call, LAMBDA_VALIDATION, "%zu validation error%s detected: %.*s", violations->count,
                violations->count == 1 ? "" : "s", TEXT_ARGUMENTS(buffer_text(&violations->text)));
    return true;
}

// ---- functions by reference ----

static bool qualifier_is_valid(struct text qualifier)
{
    return text_equal(qualifier, TEXT("$LATEST")) ||
           (qualifier.length <= 128 && function_name_is_valid(text_head(qualifier, 64)) &&
            (qualifier.length <= 64 || function_name_is_valid(text_skip(qualifier, 64))));
}

// Cuts the next part at a colon; the last part has none. False at the end.
static bool next_part(struct text *rest, bool *more, struct text *ret_part)
{
    if (!*more)
        return false;
    struct text left, right;
    *more = text_cut(*rest, ':', &left, &right);
    *ret_part = *more ? left : *rest;
    *rest = *more ? right : TEXT("");
    return true;
}

bool function_reference_parse(const struct lambda_call *call, struct text text,
                              struct function_reference *ret_reference)
{
    const struct options *options = call->world->options;
    struct text parts[8];
    size_t count = 0;
    bool more = true;
    struct text rest = text;
    while (count < 8 && next_part(&rest, &more, &parts[count]))
        count++;
    if (more)
        return false;
    struct function_reference reference = {0};
    size_t at = 0;
    if (count >= 7 && text_equal(parts[0], TEXT("arn")) && text_equal(parts[2], TEXT("lambda"))) {
        reference.region = parts[3];
        reference.elsewhere = !text_equal(parts[3], options->region);
        at = 4;
    }
    if (count - at >= 3 && parts[at].length == 12 && text_equal(parts[at + 1], TEXT("function"))) {
        reference.elsewhere |= !text_equal(parts[at], options->account);
        at += 2;
    } else if (at > 0) {
        return false;
    } else if (count >= 2 && text_equal(parts[0], TEXT("function"))) {
        at = 1;
    }
    if (count - at < 1 || count - at > 2 || !function_name_is_valid(parts[at]))
        return false;
    reference.name = parts[at];
    if (count - at == 2) {
        if (!qualifier_is_valid(parts[at + 1]))
            return false;
        reference.qualifier = parts[at + 1];
    }
    *ret_reference = reference;
    return true;
}

struct text lambda_function_arn(const struct lambda_call *call, struct text name,
                                struct text qualifier)
{
    struct text arn = functions_arn(call->world->functions, call->arena, name);
    if (qualifier.length == 0)
        return arn;
    return arena_print(call->arena, "%.*s:%.*s", TEXT_ARGUMENTS(arn), TEXT_ARGUMENTS(qualifier));
}

#define FUNCTION_NAME_PATTERN                                                                      \
    "(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?" \
    "(function:)?"                                                                                 \
    "([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?"

#define NAME_CHARACTERS_MAX 64

const char *function_reference_check(const struct lambda_call *call, struct text text,
                                     struct function_reference *ret_reference)
{
    size_t most = call->name_characters_max;
    if (text.length > most)
        return arena_print(call->arena, "Member must have length less than or equal to %zu", most)
            .bytes;
    if (function_reference_parse(call, text, ret_reference))
        return NULL;
    bool bare = text.length > NAME_CHARACTERS_MAX && !text_find(text, TEXT(":"), NULL);
    return bare ? "Member must have length less than or equal to 64"
                : "Member must satisfy regular expression pattern: " FUNCTION_NAME_PATTERN;
}

bool lambda_read_reference(struct lambda_call *call, struct function_reference *ret_reference)
{
    cleanup(violations_deinit) struct violations violations = {0};
    struct function_reference reference = {0};
    const char *wrong = function_reference_check(call, call->name, &reference);
    struct text qualifier = form_find(&call->query, TEXT("Qualifier"));
    if (wrong != NULL)
        violation_add(&violations, call->name, "functionName", wrong);
    if (qualifier.length > 0 && !qualifier_is_valid(qualifier))
        violation_add(&violations, qualifier, "qualifier",
                      "Member must satisfy regular expression pattern: "
                      "\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+");
    if (violations_answer(call, &violations))
        return false;
    if (reference.qualifier.length == 0)
        reference.qualifier = qualifier;
    if (qualifier.length > 0 && !text_equal(reference.qualifier, qualifier)) {
        lambda_fail(call, LAMBDA_PARAMETER_VALUE,
                    "The derived qualifier from the function name does not match the specified "
                    "qualifier.");
        return false;
    }
    *ret_reference = reference;
    return true;
}

struct text lambda_version(const struct lambda_call *call,
                           const struct function_reference *reference)
{
    return qualifiers_version(functions_qualifiers(call->world->functions), reference->name,
                              reference->qualifier);
}

bool lambda_refuse_region(struct lambda_call *call, const struct function_reference *reference)
{
    struct text region = call->world->options->region;
    if (reference->region.length == 0 || text_equal(reference->region, region))
        return false;
    lambda_fail(call, LAMBDA_NOT_FOUND,
                "Functions from '%.*s' are not reachable in this region ('%.*s')",
                TEXT_ARGUMENTS(reference->region), TEXT_ARGUMENTS(region));
    return true;
}

struct function *lambda_find(struct lambda_call *call, const char *suffix,
                             const struct function_reference *reference)
{
    struct function *function = NULL;
    if (!reference->elsewhere)
        function =
            functions_find_qualified(call->world->functions, reference->name, reference->qualifier);
    if (function != NULL)
        return function;
    if (lambda_refuse_region(call, reference))
        return NULL;
    struct text arn = lambda_function_arn(call, reference->name, reference->qualifier);
    lambda_fail(call, LAMBDA_NOT_FOUND, "Function not found: %.*s%s", TEXT_ARGUMENTS(arn),
                reference->qualifier.length == 0 ? suffix : "");
    return NULL;
}

struct function *lambda_function(struct lambda_call *call, const char *suffix,
                                 struct function_reference *ret_reference)
{
    struct function_reference reference;
    if (!lambda_read_reference(call, &reference))
        return NULL;
    struct function *function = lambda_find(call, suffix, &reference);
    if (function != NULL)
        *ret_reference = reference;
    return function;
}

struct function *lambda_unqualified(struct lambda_call *call, const char *suffix)
{
    struct function_reference reference = {0};
    bool parsed = function_reference_parse(call, call->name, &reference);
    bool qualified = form_find(&call->query, TEXT("Qualifier")).length > 0 ||
                     (parsed && reference.qualifier.length > 0);
    if (qualified) {
        lambda_fail(call, LAMBDA_PARAMETER_VALUE,
                    "This operation is permitted on Lambda functions only. Aliases and versions do "
                    "not support this operation. "
                    "Please specify either a function name or an unqualified function ARN.");
        return NULL;
    }
    return lambda_function(call, suffix, &reference);
}

// ---- paths ----

struct lambda_route {
    const char *method;
    const char *path; // segments; {} are the variable ones
    void (*handle)(struct lambda_call *call);
    size_t name_characters_max; // 140 for the model's FunctionName, 170 for NamespacedFunctionName
};

// clang-format off
static const struct lambda_route routes[] = {
    {"POST",   "2015-03-31/event-source-mappings",          lambda_create_mapping, 0},
    {"GET",    "2015-03-31/event-source-mappings",          lambda_list_mappings, 0},
    {"GET",    "2015-03-31/event-source-mappings/{}",       lambda_get_mapping, 0},
    {"PUT",    "2015-03-31/event-source-mappings/{}",       lambda_update_mapping, 0},
    {"DELETE", "2015-03-31/event-source-mappings/{}",       lambda_delete_mapping, 0},
    {"GET",    "2017-03-31/tags/{}",                        lambda_list_tags, 256},
    {"POST",   "2017-03-31/tags/{}",                        lambda_tag_resource, 256},
    {"DELETE", "2017-03-31/tags/{}",                        lambda_untag_resource, 256},
    {"POST",   "2015-03-31/functions",                      lambda_create_function, 140},
    {"GET",    "2015-03-31/functions",                      lambda_list_functions, 0},
    {"GET",    "2015-03-31/functions/{}",                   lambda_get_function, 170},
    {"DELETE", "2015-03-31/functions/{}",                   lambda_delete_function, 170},
    {"GET",    "2015-03-31/functions/{}/configuration",     lambda_get_function_configuration, 170},
    {"PUT",    "2015-03-31/functions/{}/configuration",     lambda_update_function_configuration, 140},
    {"PUT",    "2015-03-31/functions/{}/code",              lambda_update_function_code, 140},
    {"POST",   "2015-03-31/functions/{}/versions",          lambda_publish_version, 140},
    {"GET",    "2015-03-31/functions/{}/versions",          lambda_list_versions, 170},
    {"POST",   "2015-03-31/functions/{}/aliases",           lambda_create_alias, 140},
    {"GET",    "2015-03-31/functions/{}/aliases",           lambda_list_aliases, 140},
    {"GET",    "2015-03-31/functions/{}/aliases/{}",        lambda_get_alias, 140},
    {"PUT",    "2015-03-31/functions/{}/aliases/{}",        lambda_update_alias, 140},
    {"DELETE", "2015-03-31/functions/{}/aliases/{}",        lambda_delete_alias, 140},
    {"PUT",    "2017-10-31/functions/{}/concurrency",       lambda_put_function_concurrency, 140},
    {"DELETE", "2017-10-31/functions/{}/concurrency",       lambda_delete_function_concurrency, 140},
    {"GET",    "2019-09-30/functions/{}/concurrency",       lambda_get_function_concurrency, 140},
    {"GET",    "2020-06-30/functions/{}/code-signing-config", lambda_get_code_signing, 140},
    {"GET",    "2016-08-19/account-settings",               lambda_get_account_settings, 0},
    {"POST",   "2015-03-31/functions/{}/invocations",       lambda_invoke, 170},
    {"POST",   "2014-11-13/functions/{}/invoke-async",      lambda_invoke_async, 170},
};
// clang-format on

// The segments of a path, not decoded; a slash at the end adds none (L-3). False if there are too many.
static bool path_split(struct text path, struct text ret_segments[SEGMENTS_MAX], size_t *ret_count)
{
    size_t count = 0;
    struct text rest = text_skip(path, 1);
    while (rest.length > 0) {
        if (count == SEGMENTS_MAX)
            return false;
        struct text segment = rest, right = TEXT("");
        text_cut(rest, '/', &segment, &right);
        ret_segments[count++] = segment;
        rest = right;
    }
    *ret_count = count;
    return true;
}

static bool route_matches(const struct lambda_route *route, const struct text *segments,
                          size_t count, struct text ret_names[NAMES_MAX])
{
    struct text wanted[SEGMENTS_MAX];
    size_t wanted_count = 0;
    char path[128];
    snprintf(path, sizeof(path), "/%s", route->path);
    if (!path_split(text_of(path), wanted, &wanted_count) || wanted_count != count)
        return false;
    size_t name_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (text_equal(wanted[i], TEXT("{}")))
            ret_names[name_count++] = segments[i];
        else if (!text_equal(wanted[i], segments[i]))
            return false;
    }
    return true;
}

static const struct lambda_route *route_find(const struct request *request,
                                             struct text ret_names[NAMES_MAX])
{
    struct text segments[SEGMENTS_MAX];
    size_t count;
    if (!path_split(request->path, segments, &count))
        return NULL;
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        if (text_equal(text_of(routes[i].method), request->method) &&
            route_matches(&routes[i], segments, count, ret_names))
            return &routes[i];
    }
    return NULL;
}

// The body of everything but an invocation is a JSON object or nothing at all.
static bool body_parse(struct lambda_call *call, const struct lambda_route *route, cJSON **ret_body)
{
    struct text body = call->request->body;
    bool is_payload = route->handle == lambda_invoke || route->handle == lambda_invoke_async;
    if (body.length == 0 || is_payload)
        return true;
    size_t at;
    cJSON *tree = json_parse(body, &at);
    if (tree == NULL) {
        lambda_fail(call, LAMBDA_REQUEST_CONTENT,
                    "Could not parse request body into json: it stops being JSON at byte %zu", at);
        return false;
    }
    *ret_body = tree;
    if (cJSON_IsObject(tree))
        return true;
    lambda_fail(call, LAMBDA_REQUEST_CONTENT,
                "Could not parse request body into json: it is not an object");
    return false;
}

// Authentication comes before everything else (S-43). True if it failed: the request is finished.
static bool refuse_stranger(struct lambda_call *call)
{
    struct fault fault = auth_check(call->request, TEXT("lambda"), clock_wall_ms());
    if (fault.kind == FAULT_NONE)
        return false;
    enum lambda_error error = LAMBDA_SIGNATURE;
    if (fault.kind == FAULT_ACCESS_DENIED)
        error = LAMBDA_ACCESS_DENIED;
    else if (fault.kind == FAULT_CLIENT_TOKEN)
        error = LAMBDA_CLIENT_TOKEN;
    else if (fault.kind == FAULT_SIGNATURE_INCOMPLETE)
        error = LAMBDA_SIGNATURE_INCOMPLETE;
    call->request->quiet = true;
    lambda_fail_with(call, error, fault_message(&fault, WIRE_JSON));
    return true;
}

void api_lambda(struct request *request)
{
    struct lambda_call call = {
        .request = request, .world = request->world, .arena = request->arena};
    if (refuse_stranger(&call))
        return;
    struct text names[NAMES_MAX] = {TEXT(""), TEXT("")};
    const struct lambda_route *route = route_find(request, names);
    request->quiet = text_equal(request->method, TEXT("GET"));
    if (route == NULL) {
        request->quiet = true;
        lambda_fail(&call, LAMBDA_UNKNOWN_OPERATION, "redrive knows no Lambda operation %.*s %.*s",
                    TEXT_ARGUMENTS(request->method), TEXT_ARGUMENTS(request->path));
        return;
    }
    if (!percent_decode(call.arena, names[0], false, &call.name) ||
        !percent_decode(call.arena, names[1], false, &call.alias) ||
        !form_parse(call.arena, TEXT(""), request->query, &call.query)) {
        lambda_fail(&call, LAMBDA_VALIDATION,
                    "1 validation error detected: the path or the query is not well-formed");
        return;
    }
    cleanup(json_tree_free) cJSON *body = NULL;
    if (!body_parse(&call, route, &body))
        return;
    call.body = body;
    call.name_characters_max = route->name_characters_max;
    route->handle(&call);
}
