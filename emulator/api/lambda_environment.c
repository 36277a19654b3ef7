// lambda_environment -- which environment variables a client may give to a function: not those that
// Lambda sets itself (L-244).
//
// What redrive's own target needs, REDRIVE_TARGET, is an ordinary one. AWS_ENDPOINT_URL is not
// reserved either, so a handler can be pointed elsewhere.
#include "emulator/api/lambda.h"

static bool is_reserved(const char *name)
{
    static const struct text names[] = {
        TEXT("_HANDLER"),
        TEXT("_X_AMZN_TRACE_ID"),
        TEXT("AWS_ACCESS_KEY"),
        TEXT("AWS_ACCESS_KEY_ID"),
        TEXT("AWS_DEFAULT_REGION"),
        TEXT("AWS_EXECUTION_ENV"),
        TEXT("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"),
        TEXT("AWS_LAMBDA_FUNCTION_NAME"),
        TEXT("AWS_LAMBDA_FUNCTION_VERSION"),
        TEXT("AWS_LAMBDA_INITIALIZATION_TYPE"),
        TEXT("AWS_LAMBDA_LOG_GROUP_NAME"),
        TEXT("AWS_LAMBDA_LOG_STREAM_NAME"),
        TEXT("AWS_LAMBDA_MAX_CONCURRENCY"),
        TEXT("AWS_LAMBDA_RUNTIME_API"),
        TEXT("AWS_REGION"),
        TEXT("AWS_SECRET_ACCESS_KEY"),
        TEXT("AWS_SECRET_KEY"),
        TEXT("AWS_SESSION_TOKEN"),
        TEXT("LAMBDA_RUNTIME_DIR"),
        TEXT("LAMBDA_TASK_ROOT"),
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (text_equal(names[i], text_of(name)))
            return true;
    }
    return false;
}

bool lambda_refuse_environment(struct lambda_call *call)
{
    cleanup(buffer_deinit) struct buffer reserved = {0};
    const cJSON *variables = lambda_member(lambda_member(call->body, "Environment"), "Variables");
    const cJSON *variable;
    cJSON_ArrayForEach(variable, variables)
    {
        if (variable->string != NULL && is_reserved(variable->string))
            buffer_print(&reserved, "%s%s", reserved.length > 0 ? ", " : "", variable->string);
    }
    if (reserved.length == 0)
        return false;
    lambda_fail(call, LAMBDA_PARAMETER_VALUE,
                "Lambda was unable to configure your environment variables because the environment "
                "variables you have provided contains reserved keys that are currently not "
                "supported for modification. Reserved keys used in this request: %.*s",
                TEXT_ARGUMENTS(buffer_text(&reserved)));
    return true;
}
