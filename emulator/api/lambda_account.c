// lambda_account -- what an account may run at once, and how much of it nobody has reserved (L-73).
#include "emulator/api/lambda.h"

#include "emulator/world.h"
#include "esm/function.h"

// Of code AWS would hold; nothing is kept here.
#define CODE_BYTES_MAX 80530636800LL
#define CODE_UNZIPPED_BYTES_MAX 262144000LL
#define CODE_ZIPPED_BYTES_MAX 52428800LL

void lambda_get_account_settings(struct lambda_call *call)
{
    int64_t reserved = 0;
    int64_t count = 0;
    int64_t account = functions_account_concurrency(call->world->functions);
    const struct function *function = functions_next(call->world->functions, NULL);
    for (; function != NULL; function = functions_next(call->world->functions, function)) {
        count++;
        if (function->reserved_concurrency > 0)
            reserved += function->reserved_concurrency;
    }
    buffer_print(lambda_begin(call, 200),
                 "{\"AccountLimit\":{\"TotalCodeSize\":%lld,\"CodeSizeUnzipped\":%lld,"
                 "\"CodeSizeZipped\":%lld,\"ConcurrentExecutions\":%lld,"
                 "\"UnreservedConcurrentExecutions\":%lld},"
                 "\"AccountUsage\":{\"TotalCodeSize\":0,\"FunctionCount\":%lld}}",
                 CODE_BYTES_MAX, CODE_UNZIPPED_BYTES_MAX, CODE_ZIPPED_BYTES_MAX, (long long)account,
                 (long long)(account - reserved), (long long)count);
    request_finish(call->request);
}
