// lambda -- one call of the Lambda API on its way from bytes to handler and back. Internal to api/;
// the entry point is api_lambda() in api.h.
#ifndef EMULATOR_API_LAMBDA_H
#define EMULATOR_API_LAMBDA_H

#include "emulator/request.h"
#include "emulator/wire/form.h"
#include "esm/json.h"

struct function;
struct world;

struct lambda_call {
    struct request *request;
    struct world *world;
    struct arena *arena;
    struct text name;  // the variable segment of the path, decoded; empty if the path has none
    struct text alias; // the second one
    size_t name_characters_max; // of the operation's FunctionName
    struct form query;
    const cJSON *body; // an object, or NULL if there was no body; lives during the call
};

// L-9: code, status and the spelling of the body's members differ from error to error.
enum lambda_error {
    LAMBDA_VALIDATION,
    LAMBDA_PARAMETER_VALUE,
    LAMBDA_PARAMETER_VALUE_UNTYPED, // without Type (L-72)
    LAMBDA_REQUEST_CONTENT,
    LAMBDA_IN_USE,
    LAMBDA_ACCESS_DENIED,
    LAMBDA_UNKNOWN_OPERATION,
    LAMBDA_NOT_FOUND,
    LAMBDA_CONFLICT,
    LAMBDA_TOO_LARGE,
    LAMBDA_TOO_MANY_REQUESTS,
    LAMBDA_ACCOUNT_LIMIT, // the same, for the account's concurrency
    LAMBDA_SERVICE,
    LAMBDA_CLIENT_TOKEN,
    LAMBDA_SIGNATURE,
    LAMBDA_SIGNATURE_INCOMPLETE,
    LAMBDA_ERRORS
};

// Finishes the request with an error.
void lambda_fail_with(struct lambda_call *call, enum lambda_error error, struct text message);
#define lambda_fail(call, error, ...) \
    lambda_fail_with((call), (error), arena_print((call)->arena, __VA_ARGS__))
// Status and headers of success; the caller appends the body (if any) and calls request_finish().
struct buffer *lambda_begin(struct lambda_call *call, int status);

// What the model refuses (L-10), collected over the whole request.
struct violations {
    struct buffer text;
    size_t count;
    const char *malformed; // a member of the wrong JSON type
};
void violations_deinit(struct violations *violations);
DEFINE_DEINIT_CLEANUP(violations_deinit, struct violations)
// value: as AWS shows it, without quotes; NULL bytes: null. path: lower camel case.
void violation_add(struct violations *violations, struct text value, const char *path,
                   const char *constraint);
// The member of an object: present and not null. NULL otherwise.
const cJSON *lambda_member(const cJSON *object, const char *name);
// Each reads a member if it is there, else leaves *value alone.
void check_integer(struct violations *violations, const cJSON *object, const char *name,
                   const char *path, int64_t least, int64_t most, int64_t *value);
void check_boolean(struct violations *violations, const cJSON *object, const char *name,
                   bool *value);
void check_text(struct violations *violations, const cJSON *object, const char *name,
                struct text *value);
// True if there was one: the request is finished.
bool violations_answer(struct lambda_call *call, const struct violations *violations);

// A function as it is referred to (L-40): name, name:qualifier, account:function:name[:qualifier],
// ARN.
struct function_reference {
    struct text name;
    struct text qualifier; // empty: none
    struct text region;    // of an ARN; empty: none was given
    bool elsewhere;        // another account or region
};
bool function_reference_parse(const struct lambda_call *call, struct text text,
                              struct function_reference *ret_reference);
// What is wrong with a FunctionName: its length, the name's, its form. NULL: nothing, and it is in ret_reference.
const char *function_reference_check(const struct lambda_call *call, struct text text,
                                     struct function_reference *ret_reference);
// The variable segment as a reference, with the version or alias behind it or in the query. False: finished.
bool lambda_read_reference(struct lambda_call *call, struct function_reference *ret_reference);
// True if its ARN is one of another region: the request is finished, with 404.
bool lambda_refuse_region(struct lambda_call *call, const struct function_reference *reference);
// The function that it means. NULL: finished with 404 (L-70), where suffix stands behind an ARN without a qualifier.
struct function *lambda_find(struct lambda_call *call, const char *suffix,
                             const struct function_reference *reference);
// The variable segment as a function, with the version or alias behind it or in the query, which exists. NULL: finished with
// ValidationException, or 404 (L-70); suffix is put behind the ARN.
struct function *lambda_function(struct lambda_call *call, const char *suffix,
                                 struct function_reference *ret_reference);
// Replaces one member of what is kept for the function's clients (a JSON text; empty: takes it
// out), and stores the function.
void lambda_keep_member(struct lambda_call *call, struct function *function, const char *name,
                        struct text json);
// The same, where versions and aliases are no functions: refused with a qualifier.
struct function *lambda_unqualified(struct lambda_call *call, const char *suffix);
// The version that the reference means: "$LATEST", "3".
struct text lambda_version(const struct lambda_call *call,
                           const struct function_reference *reference);
// The ARN of a function of this world, with :qualifier unless empty.
struct text lambda_function_arn(const struct lambda_call *call, struct text name,
                                struct text qualifier);

// lambda_mapping.c
void lambda_create_mapping(struct lambda_call *call);
void lambda_get_mapping(struct lambda_call *call);
void lambda_list_mappings(struct lambda_call *call);
void lambda_update_mapping(struct lambda_call *call);
void lambda_delete_mapping(struct lambda_call *call);

// lambda_function.c
void lambda_create_function(struct lambda_call *call);
void lambda_get_function(struct lambda_call *call);
void lambda_get_function_configuration(struct lambda_call *call);
void lambda_list_functions(struct lambda_call *call);
void lambda_update_function_configuration(struct lambda_call *call);
void lambda_update_function_code(struct lambda_call *call);
void lambda_delete_function(struct lambda_call *call);
void lambda_put_function_concurrency(struct lambda_call *call);
void lambda_get_function_concurrency(struct lambda_call *call);
void lambda_delete_function_concurrency(struct lambda_call *call);
// Tools that deploy ask it about every function that they made: there is none.
void lambda_get_code_signing(struct lambda_call *call);
// A record of kind "function" from the journal's replay. Targets that are programs are never
// stored.
void lambda_restore_function(struct world *world, struct text key, struct text bytes);

// lambda_environment.c
// True if the body's Environment sets what Lambda sets itself (L-244): the request is finished.
bool lambda_refuse_environment(struct lambda_call *call);

// lambda_account.c
void lambda_get_account_settings(struct lambda_call *call);

// Appends the function as AWS shows it (L-65) under a version, and the ARN that it was asked for by; description NULL: the function's.
void lambda_append_function(struct lambda_call *call, struct buffer *body,
                            const struct function *function,
                            const struct function_reference *reference,
                            const struct text *description);
// Equal as long as nothing of the function changes.
struct text lambda_fingerprint(const struct lambda_call *call, const struct function *function);
// Something about the function is another, as of now: stored, told to the mappings, and the horizon renewed.
void lambda_changed(struct lambda_call *call, struct function *function);

// lambda_alias.c
void lambda_publish_version(struct lambda_call *call);
// Publishes the first version of a new function; its number.
struct text lambda_publish(struct lambda_call *call, const struct function *function);
void lambda_list_versions(struct lambda_call *call);
void lambda_create_alias(struct lambda_call *call);
void lambda_get_alias(struct lambda_call *call);
void lambda_list_aliases(struct lambda_call *call);
void lambda_update_alias(struct lambda_call *call);
void lambda_delete_alias(struct lambda_call *call);
// DeleteFunction with a qualifier: a version goes.
void lambda_delete_version(struct lambda_call *call, const struct function *function,
                           struct text version);
// The function goes, and its versions and aliases with it.
void lambda_forget_qualifiers(struct world *world, struct text function);
// A record of kind "qualifiers" from the journal's replay.
void lambda_restore_qualifiers(struct world *world, struct text key, struct text bytes);

// lambda_tag.c
void lambda_list_tags(struct lambda_call *call);
void lambda_tag_resource(struct lambda_call *call);
void lambda_untag_resource(struct lambda_call *call);
// Checks a Tags member (L-12): at most 50, keys of 1-128 and values of up to 256 characters.
void check_tags(struct violations *violations, const cJSON *object);

// lambda_invoke.c
void lambda_invoke(struct lambda_call *call);
void lambda_invoke_async(struct lambda_call *call);

#endif
