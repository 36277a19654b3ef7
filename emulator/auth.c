// auth -- Signature Version 4, checked from the other side.
//
//     claim       what the request says of itself: key, scope, instant, signed headers, signature
//     canonical   the request once more, as both sides write it
//     expected    HMAC over its digest, with a key derived from the secret, the day, region and service
//
// A request that does not verify is answered with the canonical form that it was checked against, as
// AWS does it: that is what one needs to find the difference, and it gives away nothing that the
// sender did not send.
//
// The path is encoded once more as it came (every service but S3), after its empty and dot segments
// were taken out; the query is decoded first, so that what was signed is what is acted on.
// Asymmetric signatures and Signature Version 2 were not taken: no SDK makes them for SQS.
#include "emulator/auth.h"

#include "emulator/options.h"
#include "emulator/wire/form.h"
#include "emulator/world.h"
#include "queue/base/digest.h"
#include "queue/base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALGORITHM "AWS4-HMAC-SHA256"
#define TERMINATOR "aws4_request"
#define UNSIGNED "UNSIGNED-PAYLOAD"
#define STAMP_BYTES 16 // 20150830T123600Z
#define EXPIRES_SECONDS_MAX 604800

// What a request says of its signature. Texts are views of the request or live in its arena.
struct claim {
    struct text key, day, region, service, terminator;
    struct text scope; // day/region/service/terminator
    struct text signed_headers;
    struct text signature;
    struct text stamp;
    int64_t signed_at_ms;
    int64_t valid_ms; // after signed_at_ms
};

static struct fault incomplete(struct text message)
{
    return fault_with(FAULT_SIGNATURE_INCOMPLETE, message);
}

// What a client sent may stand in a message only if both protocols can carry it.
static struct text shown(struct text text)
{
    return utf8_is_sqs_text(text) ? text : TEXT("?");
}

// ---- instants ----

// "20150830T123600Z", the basic form. False for anything else.
static bool stamp_parse(struct arena *arena, struct text stamp, int64_t *ret_ms)
{
    if (stamp.length != STAMP_BYTES || stamp.bytes[8] != 'T' || stamp.bytes[15] != 'Z')
        return false;
    const char *bytes = stamp.bytes;
    return instant_parse(arena_print(arena, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", bytes, bytes + 4,
                                     bytes + 6, bytes + 9, bytes + 11, bytes + 13),
                         ret_ms);
}

static struct text stamp_format(struct arena *arena, int64_t at_ms)
{
    char extended[24];
    instant_format(at_ms, extended);
    return arena_print(arena, "%.4s%.2s%.2sT%.2s%.2s%.2sZ", extended, extended + 5, extended + 8,
                       extended + 11, extended + 14, extended + 17);
}

// A Date header, "Sun, 30 Aug 2015 12:36:00 GMT", as a stamp; the empty text if it is none.
static struct text stamp_of_date(struct arena *arena, struct text date)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (date.length == STAMP_BYTES)
        return date;
    if (date.length != 29 || !text_ends_with(date, TEXT(" GMT")))
        return TEXT("");
    const char *bytes = date.bytes;
    for (int month = 0; month < 12; month++) {
        if (memcmp(bytes + 8, months + (ptrdiff_t)month * 3, 3) == 0)
            return arena_print(arena, "%.4s%02d%.2sT%.2s%.2s%.2sZ", bytes + 12, month + 1,
                               bytes + 5, bytes + 17, bytes + 20, bytes + 23);
    }
    return TEXT("");
}

// ---- the claim ----

// "key/day/region/service/aws4_request".
static struct fault claim_credential(struct arena *arena, struct text credential,
                                     struct claim *claim)
{
    struct text scope, rest, beyond;
    if (!text_cut(credential, '/', &claim->key, &scope) ||
        !text_cut(scope, '/', &claim->day, &rest) || !text_cut(rest, '/', &claim->region, &rest) ||
        !text_cut(rest, '/', &claim->service, &claim->terminator) ||
        text_cut(claim->terminator, '/', &beyond, &beyond)) {
        struct text said = shown(credential);
        return fault_print(arena, FAULT_SIGNATURE_INCOMPLETE,
                           "Credential must have exactly 5 slash-delimited elements, e.g. "
                           "keyid/date/region/service/term, got '%.*s'",
                           TEXT_ARGUMENTS(said));
    }
    claim->scope = scope;
    return FAULT_NO;
}

// "Credential=..., SignedHeaders=..., Signature=...", in any order.
static struct fault header_read(struct arena *arena, struct text header, struct text *credential,
                                struct claim *claim)
{
    struct text algorithm, rest;
    if (!text_cut(header, ' ', &algorithm, &rest) || !text_equal(algorithm, TEXT(ALGORITHM)))
        return incomplete(
            TEXT("Unsupported AWS 'algorithm': the Authorization header must begin with '" ALGORITHM
                 " '."));
    while (rest.length > 0) {
        struct text part = rest, after = TEXT("");
        text_cut(rest, ',', &part, &after);
        rest = after;
        struct text name, value;
        part = text_trim(part);
        if (!text_cut(part, '=', &name, &value)) {
            struct text said = shown(part);
            return fault_print(arena, FAULT_SIGNATURE_INCOMPLETE,
                               "'%.*s' not a valid key=value pair (missing equal-sign) in "
                               "Authorization header.",
                               TEXT_ARGUMENTS(said));
        }
        if (text_equal(name, TEXT("Credential")))
            *credential = value;
        else if (text_equal(name, TEXT("SignedHeaders")))
            claim->signed_headers = value;
        else if (text_equal(name, TEXT("Signature")))
            claim->signature = value;
    }
    return FAULT_NO;
}

static struct fault claim_missing(struct arena *arena, const char *where, struct text credential,
                                  const struct claim *claim)
{
    const char *prefix = strcmp(where, "AWS query-string parameters") == 0 ? "X-Amz-" : "";
    cleanup(buffer_deinit) struct buffer text = {0};
    const struct {
        const char *name;
        struct text value;
    } parts[] = {{"Credential", credential},
                 {"Signature", claim->signature},
                 {"SignedHeaders", claim->signed_headers}};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (parts[i].value.length == 0)
            buffer_print(&text, "%s%s must include '%s%s'.", text.length > 0 ? " " : "", where,
                         prefix, parts[i].name);
    }
    if (claim->stamp.length == 0)
        buffer_print(&text, "%sThe request requires an '%s' or a 'Date' header.",
                     text.length > 0 ? " " : "", "X-Amz-Date");
    if (text.length == 0)
        return FAULT_NO;
    return incomplete(arena_copy(arena, buffer_text(&text)));
}

static struct fault claim_of_header(const struct request *request, struct text header,
                                    struct claim *claim)
{
    struct arena *arena = request->arena;
    struct text credential = TEXT("");
    struct fault fault = header_read(arena, text_trim(header), &credential, claim);
    if (fault.kind != FAULT_NONE)
        return fault;
    claim->stamp = request_header(request, TEXT("X-Amz-Date"));
    if (claim->stamp.length == 0)
        claim->stamp = stamp_of_date(arena, request_header(request, TEXT("Date")));
    claim->valid_ms = AUTH_SKEW_MS;
    fault = claim_missing(arena, "Authorization header", credential, claim);
    return fault.kind != FAULT_NONE ? fault : claim_credential(arena, credential, claim);
}

static struct fault claim_of_query(const struct request *request, const struct form *form,
                                   struct claim *claim)
{
    struct arena *arena = request->arena;
    if (!text_equal(form_find(form, TEXT("X-Amz-Algorithm")), TEXT(ALGORITHM)))
        return incomplete(TEXT("AWS query-string parameters must include 'X-Amz-Algorithm', and it "
                               "must be '" ALGORITHM "'."));
    struct text credential = form_find(form, TEXT("X-Amz-Credential"));
    claim->signed_headers = form_find(form, TEXT("X-Amz-SignedHeaders"));
    claim->signature = form_find(form, TEXT("X-Amz-Signature"));
    claim->stamp = form_find(form, TEXT("X-Amz-Date"));
    struct text expires = form_find(form, TEXT("X-Amz-Expires"));
    int64_t seconds = AUTH_SKEW_MS / 1000;
    if (expires.bytes != NULL &&
        (!text_to_integer(expires, &seconds) || seconds < 1 || seconds > EXPIRES_SECONDS_MAX))
        return incomplete(TEXT("X-Amz-Expires must be a number of seconds from 1 to 604800."));
    claim->valid_ms = seconds * 1000;
    struct fault fault = claim_missing(arena, "AWS query-string parameters", credential, claim);
    return fault.kind != FAULT_NONE ? fault : claim_credential(arena, credential, claim);
}

static bool is_presigned(const struct form *form)
{
    static const struct text names[] = {TEXT("X-Amz-Algorithm"), TEXT("X-Amz-Credential"),
                                        TEXT("X-Amz-Signature")};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (form_find(form, names[i]).bytes != NULL)
            return true;
    }
    return false;
}

static struct fault claim_read(const struct request *request, const struct form *form,
                               struct claim *ret_claim)
{
    struct claim claim = {0};
    struct fault fault;
    struct text header = request_header(request, TEXT("Authorization"));
    if (header.bytes != NULL) {
        fault = claim_of_header(request, header, &claim);
    } else if (is_presigned(form)) {
        fault = claim_of_query(request, form, &claim);
    } else {
        struct text host = shown(request_header(request, TEXT("Host")));
        struct text path = shown(request->path);
        return fault_print(request->arena, FAULT_ACCESS_DENIED,
                           "Access to the resource http://%.*s%.*s is denied.",
                           TEXT_ARGUMENTS(host), TEXT_ARGUMENTS(path));
    }
    if (fault.kind == FAULT_NONE &&
        !stamp_parse(request->arena, claim.stamp, &claim.signed_at_ms)) {
        struct text stamp = shown(claim.stamp);
        fault = fault_print(request->arena, FAULT_SIGNATURE_INCOMPLETE,
                            "Date must be in ISO-8601 'basic format'. Got '%.*s'. "
                            "See http://en.wikipedia.org/wiki/ISO_8601",
                            TEXT_ARGUMENTS(stamp));
    }
    if (fault.kind == FAULT_NONE)
        *ret_claim = claim;
    return fault;
}

// ---- the canonical request ----

// RFC 3986: letters, digits and -._~ stand, all else is %XX.
static void append_encoded(struct buffer *buffer, struct text text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.bytes[i];
        bool stands = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                      (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' ||
                      byte == '~';
        if (stands) {
            buffer_append_byte(buffer, byte);
            continue;
        }
        buffer_append_byte(buffer, '%');
        buffer_append_byte(buffer, digits[(unsigned char)byte >> 4]);
        buffer_append_byte(buffer, digits[(unsigned char)byte & 15]);
    }
}

// Without empty segments, "." and ".."; a slash at the end stays.
static void append_path(struct buffer *buffer, struct text path)
{
    size_t start = buffer->length;
    bool slash_last = text_ends_with(path, TEXT("/"));
    struct text rest = path;
    while (rest.length > 0) {
        struct text segment = rest, after = TEXT("");
        text_cut(rest, '/', &segment, &after);
        rest = after;
        if (segment.length == 0 || text_equal(segment, TEXT(".")))
            continue;
        if (text_equal(segment, TEXT(".."))) {
            while (buffer->length > start && buffer->bytes[--buffer->length] != '/')
                continue;
            continue;
        }
        buffer_append_byte(buffer, '/');
        append_encoded(buffer, segment);
    }
    if (buffer->length == start || slash_last)
        buffer_append_byte(buffer, '/');
}

static int pair_compare(const void *left, const void *right)
{
    const struct form_pair *left_pair = left;
    const struct form_pair *right_pair = right;
    int order = text_compare(left_pair->name, right_pair->name);
    return order != 0 ? order : text_compare(left_pair->value, right_pair->value);
}

static struct text encoded(struct arena *arena, struct text text)
{
    cleanup(buffer_deinit) struct buffer buffer = {0};
    append_encoded(&buffer, text);
    return arena_copy(arena, buffer_text(&buffer));
}

// In the order of what is encoded, without the signature itself.
static void append_query(struct arena *arena, struct buffer *buffer, const struct form *form)
{
    struct form_pair *pairs = arena_new_array(arena, struct form_pair, form->count);
    size_t count = 0;
    for (size_t i = 0; i < form->count; i++) {
        if (text_equal(form->pairs[i].name, TEXT("X-Amz-Signature")))
            continue;
        pairs[count++] = (struct form_pair){.name = encoded(arena, form->pairs[i].name),
                                            .value = encoded(arena, form->pairs[i].value)};
    }
    qsort(pairs, count, sizeof(*pairs), pair_compare);
    for (size_t i = 0; i < count; i++)
        buffer_print(buffer, "%s%.*s=%.*s", i > 0 ? "&" : "", TEXT_ARGUMENTS(pairs[i].name),
                     TEXT_ARGUMENTS(pairs[i].value));
}

// Without blanks at the ends; a run of them is one.
static void append_value(struct buffer *buffer, struct text value)
{
    value = text_trim(value);
    bool blank = false;
    for (size_t i = 0; i < value.length; i++) {
        bool is_blank = value.bytes[i] == ' ' || value.bytes[i] == '\t';
        if (!is_blank || !blank)
            buffer_append_byte(buffer, is_blank ? ' ' : value.bytes[i]);
        blank = is_blank;
    }
}

static void append_lower(struct buffer *buffer, struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.bytes[i];
        buffer_append_byte(buffer, byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte);
    }
}

// Every header of this name in the order in which it came, joined by commas.
static void append_header(struct buffer *buffer, const struct request *request, struct text name)
{
    append_lower(buffer, name);
    const char *separator = ":";
    for (size_t i = 0; i < request->header_count; i++) {
        if (!text_equal_ignoring_case(request->headers[i].name, name))
            continue;
        buffer_append(buffer, text_of(separator));
        append_value(buffer, request->headers[i].value);
        separator = ",";
    }
    if (separator[0] == ':')
        buffer_append_byte(buffer, ':');
    buffer_append_byte(buffer, '\n');
}

// The next of "host;x-amz-date". False at the end.
static bool next_name(struct text *rest, struct text *ret_name)
{
    if (rest->length == 0)
        return false;
    struct text name = *rest, after = TEXT("");
    text_cut(*rest, ';', &name, &after);
    *rest = after;
    *ret_name = name;
    return true;
}

static bool header_is_signed(const struct claim *claim, struct text wanted)
{
    struct text rest = claim->signed_headers, name;
    while (next_name(&rest, &name)) {
        if (text_equal_ignoring_case(name, wanted))
            return true;
    }
    return false;
}

static struct text payload_digest(const struct request *request, const struct form *form)
{
    struct text said = request_header(request, TEXT("X-Amz-Content-Sha256"));
    if (said.length == 0)
        said = form_find(form, TEXT("X-Amz-Content-Sha256"));
    if (text_equal(said, TEXT(UNSIGNED)))
        return TEXT(UNSIGNED);
    // Not what the client says that the digest is: then the body would not be signed.
    char *hex = arena_allocate(request->arena, SHA256_HEX_BYTES);
    digest_sha256_hex(request->body, hex);
    return text_from(hex, SHA256_HEX_BYTES);
}

static struct text canonical_of(const struct request *request, const struct form *form,
                                const struct claim *claim)
{
    cleanup(buffer_deinit) struct buffer text = {0};
    buffer_append(&text, request->method);
    buffer_append_byte(&text, '\n');
    append_path(&text, request->path);
    buffer_append_byte(&text, '\n');
    append_query(request->arena, &text, form);
    buffer_append_byte(&text, '\n');
    struct text rest = claim->signed_headers, name;
    while (next_name(&rest, &name))
        append_header(&text, request, name);
    buffer_append_byte(&text, '\n');
    append_lower(&text, claim->signed_headers);
    buffer_append_byte(&text, '\n');
    buffer_append(&text, payload_digest(request, form));
    return arena_copy(request->arena, buffer_text(&text));
}

// ---- the signature ----

static struct text text_to_sign_of(struct arena *arena, const struct claim *claim,
                                   struct text canonical)
{
    char hex[SHA256_HEX_BYTES];
    digest_sha256_hex(canonical, hex);
    return arena_print(arena, ALGORITHM "\n%.*s\n%.*s\n%.*s", TEXT_ARGUMENTS(claim->stamp),
                       TEXT_ARGUMENTS(claim->scope), SHA256_HEX_BYTES, hex);
}

static void sign(struct arena *arena, const struct claim *claim, struct text secret,
                 struct text text_to_sign, char ret_hex[SHA256_HEX_BYTES])
{
    uint8_t key[SHA256_BYTES];
    const struct text chain[] = {claim->day, claim->region, claim->service, claim->terminator,
                                 text_to_sign};
    struct text first = arena_print(arena, "AWS4%.*s", TEXT_ARGUMENTS(secret));
    digest_hmac_sha256(first, chain[0], key);
    for (size_t i = 1; i < sizeof(chain) / sizeof(chain[0]); i++) {
        uint8_t next[SHA256_BYTES];
        digest_hmac_sha256(text_from((const char *)key, sizeof(key)), chain[i], next);
        memcpy(key, next, sizeof(key));
    }
    hex_encode(key, sizeof(key), ret_hex);
}

// ---- the checks, in order ----

static bool secret_find(const struct options *options, struct text key, struct text *ret_secret)
{
    for (size_t i = 0; i < options->credential_count; i++) {
        struct text known, secret;
        if (text_cut(options->credentials[i], ':', &known, &secret) && text_equal(known, key)) {
            *ret_secret = secret;
            return true;
        }
    }
    return false;
}

static struct fault check_scope(struct arena *arena, const struct claim *claim, struct text service)
{
    if (!text_equal(claim->service, service))
        return fault_print(arena, FAULT_SIGNATURE,
                           "Credential should be scoped to correct service: '%.*s'.",
                           TEXT_ARGUMENTS(service));
    if (!text_equal(claim->terminator, TEXT(TERMINATOR)))
        return fault_with(
            FAULT_SIGNATURE,
            TEXT("Credential should be scoped with a valid terminator: '" TERMINATOR "'."));
    struct text day = text_head(claim->stamp, 8);
    if (text_equal(claim->day, day))
        return FAULT_NO;
    struct text said = shown(claim->day);
    return fault_print(arena, FAULT_SIGNATURE,
                       "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of "
                       "date from HTTP: '%.*s' != '%.*s', from '%.*s'.",
                       TEXT_ARGUMENTS(said), TEXT_ARGUMENTS(day), TEXT_ARGUMENTS(claim->stamp));
}

static struct fault check_instant(struct arena *arena, const struct claim *claim, int64_t wall_ms)
{
    struct text now = stamp_format(arena, wall_ms);
    if (claim->signed_at_ms - AUTH_SKEW_MS > wall_ms) {
        struct text latest = stamp_format(arena, wall_ms + AUTH_SKEW_MS);
        return fault_print(
            arena, FAULT_SIGNATURE,
            "Signature not yet current: %.*s is still later than %.*s (%.*s + 15 min.)",
            TEXT_ARGUMENTS(claim->stamp), TEXT_ARGUMENTS(latest), TEXT_ARGUMENTS(now));
    }
    if (claim->signed_at_ms + claim->valid_ms < wall_ms) {
        struct text earliest = stamp_format(arena, wall_ms - claim->valid_ms);
        bool minutes = claim->valid_ms % 60000 == 0;
        return fault_print(
            arena, FAULT_SIGNATURE,
            "Signature expired: %.*s is now earlier than %.*s (%.*s - %lld %s.)",
            TEXT_ARGUMENTS(claim->stamp), TEXT_ARGUMENTS(earliest), TEXT_ARGUMENTS(now),
            (long long)(claim->valid_ms / (minutes ? 60000 : 1000)), minutes ? "min" : "sec");
    }
    return FAULT_NO;
}

// Without the host a signed request could be sent elsewhere, without the target mean something else.
static struct fault check_signed_headers(const struct request *request, const struct claim *claim)
{
    if (!header_is_signed(claim, TEXT("host")))
        return fault_with(FAULT_SIGNATURE, TEXT("'Host' or ':authority' must be a 'SignedHeader' "
                                                "in the AWS Authorization."));
    if (request_header(request, TEXT("X-Amz-Target")).length > 0 &&
        !header_is_signed(claim, TEXT("x-amz-target")))
        return fault_with(FAULT_SIGNATURE, TEXT("'X-Amz-Target' must be a 'SignedHeader' in the "
                                                "AWS Authorization."));
    return FAULT_NO;
}

static struct fault check_signature(const struct request *request, const struct form *form,
                                    const struct claim *claim, struct text secret)
{
    char expected[SHA256_HEX_BYTES];
    struct text canonical = canonical_of(request, form, claim);
    struct text text_to_sign = text_to_sign_of(request->arena, claim, canonical);
    sign(request->arena, claim, secret, text_to_sign, expected);
    if (claim->signature.length == sizeof(expected) &&
        digest_equal(claim->signature.bytes, expected, sizeof(expected)))
        return FAULT_NO;
    canonical = shown(canonical);
    text_to_sign = shown(text_to_sign);
    return fault_print(request->arena, FAULT_SIGNATURE,
                       "The request signature we calculated does not match the signature you "
                       "provided. Check your AWS Secret Access Key and signing method. Consult the "
                       "service documentation for details.\n\n"
                       "The Canonical String for this request should have been\n'%.*s'\n\n"
                       "The String-to-Sign should have been\n'%.*s'\n",
                       TEXT_ARGUMENTS(canonical), TEXT_ARGUMENTS(text_to_sign));
}

struct fault auth_check(const struct request *request, struct text service, int64_t wall_ms)
{
    const struct options *options = request->world->options;
    if (options->credential_count == 0 || request->inside)
        return FAULT_NO;

    struct form form;
    if (!form_parse(request->arena, TEXT(""), request->query, &form))
        return incomplete(TEXT("The request's query string is malformed."));
    struct claim claim = {0};
    struct text secret = TEXT("");
    struct fault fault = claim_read(request, &form, &claim);
    if (fault.kind == FAULT_NONE && !secret_find(options, claim.key, &secret))
        fault = fault_of(FAULT_CLIENT_TOKEN);
    if (fault.kind == FAULT_NONE)
        fault = check_scope(request->arena, &claim, service);
    if (fault.kind == FAULT_NONE)
        fault = check_instant(request->arena, &claim, wall_ms);
    if (fault.kind == FAULT_NONE)
        fault = check_signed_headers(request, &claim);
    if (fault.kind == FAULT_NONE)
        fault = check_signature(request, &form, &claim, secret);
    return fault;
}
