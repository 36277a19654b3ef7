// api -- what all APIs ask of a request: which account, which region, and who signs it. No signature is checked
// (S-43); the Authorization header is read for its credential scope alone:
//
//     AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-west-1/sqs/aws4_request, ...
//                                 access key  date     region
#include "emulator/api/api.h"

#include "emulator/wire/form.h"
#include "emulator/world.h"
#include "esm/json.h"
#include "queue/base/digest.h"

#define SENDER_ID_PREFIX "AIDA"
#define SENDER_ID_BYTES 21
#define REGION_BYTES_MAX 32
#define ACCOUNT_BYTES 12

void api_answer_error(struct request *request, int status, struct text sentence)
{
    request->reply.status = status;
    reply_header(request, TEXT("Content-Type"), TEXT("application/json"));
    struct buffer *body = &request->reply.body;
    buffer_append_byte(body, '{');
    json_append_member_string(body, TEXT("message"), sentence);
    buffer_append_byte(body, '}');
    request_finish(request);
}

// The credential scope, from the header or from a presigned URL; empty if the request is unsigned.
static struct text credential_of(const struct request *request)
{
    struct text header = request_header(request, TEXT("Authorization"));
    size_t at;
    if (text_find(header, TEXT("Credential="), &at)) {
        struct text credential = text_skip(header, at + sizeof("Credential=") - 1);
        struct text rest;
        text_cut(credential, ',', &credential, &rest);
        return text_trim(credential);
    }
    struct form form;
    if (!text_find(request->query, TEXT("X-Amz-Credential="), NULL) ||
        !form_parse(request->arena, TEXT(""), request->query, &form))
        return TEXT("");
    return form_find(&form, TEXT("X-Amz-Credential"));
}

static bool region_is_valid(struct text region)
{
    for (size_t i = 0; i < region.length; i++) {
        char byte = region.bytes[i];
        if (!(byte >= 'a' && byte <= 'z') && !(byte >= '0' && byte <= '9') && byte != '-')
            return false;
    }
    return region.length > 0 && region.length <= REGION_BYTES_MAX;
}

struct text api_region(const struct request *request)
{
    struct text access_key;
    struct text date;
    struct text region;
    struct text rest = credential_of(request);
    if (text_cut(rest, '/', &access_key, &rest) && text_cut(rest, '/', &date, &rest) &&
        text_cut(rest, '/', &region, &rest) && region_is_valid(region))
        return region;
    return request->world->options->region;
}

struct text api_access_key(const struct request *request)
{
    struct text access_key;
    struct text rest;
    return text_cut(credential_of(request), '/', &access_key, &rest) ? access_key : TEXT("");
}

struct text api_account(const struct request *request)
{
    struct text key = api_access_key(request);
    bool digits = key.length == ACCOUNT_BYTES;
    for (size_t i = 0; i < key.length && digits; i++)
        digits = key.bytes[i] >= '0' && key.bytes[i] <= '9';
    return digits ? key : request->world->options->account;
}

struct text api_sender_id(const struct request *request)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint8_t digest[SHA256_BYTES];
    digest_sha256(api_access_key(request), digest);
    char *sender_id = arena_allocate(request->arena, SENDER_ID_BYTES);
    memcpy(sender_id, SENDER_ID_PREFIX, sizeof(SENDER_ID_PREFIX) - 1);
    for (size_t i = sizeof(SENDER_ID_PREFIX) - 1; i < SENDER_ID_BYTES; i++)
        sender_id[i] = alphabet[digest[i] % 32];
    return text_from(sender_id, SENDER_ID_BYTES);
}
