// Signature Version 4 from the side that checks: AWS's published test suite, every error (S-43, the
// table of S-39), and that whatever is changed in a signed request is noticed.
#include "emulator/auth.h"

#include "emulator/api/api.h"
#include "emulator/world.h"
#include "esm/json.h"
#include "tests/support/check_main.h"

#define KEY "AKIDEXAMPLE"
#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define SIGNED_AT_MS 1440938160000LL // 2015-08-30T12:36:00Z
#define MINUTE_MS 60000LL
#define HEADS "Host:example.amazonaws.com\r\nX-Amz-Date:20150830T123600Z\r\n"
#define SCOPED(service) \
    "Authorization: AWS4-HMAC-SHA256 Credential=" KEY "/20150830/us-east-1/" service
#define SIGNED(headers, signature) \
    SCOPED("service/aws4_request") ", SignedHeaders=" headers ", Signature=" signature "\r\n"
#define VANILLA "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
#define TOKEN                                                                            \
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAe"  \
    "MicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phU"  \
    "ZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xV" \
    "qr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2IC" \
    "CR/oLxBA=="
#define PRESIGNED                                                                                \
    "GET /?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" KEY "%2F20150830%2Fus-east-1%2F"  \
    "service%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=" \
    "host&X-Amz-Signature=e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d "     \
    "HTTP/1.1\r\nHost:example.amazonaws.com\r\n\r\n"

static struct arena *arena;
static struct options options;
static struct world world;

static void setup(void)
{
    arena = arena_new();
    options_init(&options, arena);
    options.credentials[0] = TEXT("AKIAOTHER:other");
    options.credentials[1] = TEXT(KEY ":" SECRET);
    options.credential_count = 2;
    world = (struct world){.options = &options};
}

static void teardown(void)
{
    arena_free(arena);
}

static struct fault check_at(struct text bytes, struct text service, int64_t wall_ms)
{
    struct request request = {.world = &world, .arena = arena};
    ck_assert_msg(request_parse(&request, bytes), "%.*s", TEXT_ARGUMENTS(bytes));
    return auth_check(&request, service, wall_ms);
}

static struct fault check(struct text bytes)
{
    return check_at(bytes, TEXT("service"), SIGNED_AT_MS);
}

struct vector {
    const char *name;
    struct text bytes;
};

// The published requests and their signatures.
static const struct vector vectors[] = {
    {"get-vanilla", TEXT("GET / HTTP/1.1\r\n" HEADS SIGNED("host;x-amz-date", VANILLA) "\r\n")},
    {"post-vanilla",
     TEXT("POST / HTTP/1.1\r\n" HEADS SIGNED(
         "host;x-amz-date",
         "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b") "\r\n")},
    {"get-vanilla-query-order-key-case",
     TEXT("GET /?Param2=value2&Param1=value1 HTTP/1.1\r\n" HEADS SIGNED(
         "host;x-amz-date",
         "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500") "\r\n")},
    {"get-vanilla-query-order-value",
     TEXT("GET /?Param1=value2&Param1=value1 HTTP/1.1\r\n" HEADS SIGNED(
         "host;x-amz-date",
         "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694") "\r\n")},
    {"get-vanilla-query-order-key",
     TEXT("GET /?Param1=value2&Param1=Value1 HTTP/1.1\r\n" HEADS SIGNED(
         "host;x-amz-date",
         "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1") "\r\n")},
    {"get-vanilla-utf8-query",
     TEXT("GET /?\xe1\x88\xb4=bar HTTP/1.1\r\n" HEADS SIGNED(
         "host;x-amz-date",
         "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04") "\r\n")},
    {"get-utf8", TEXT("GET /\xe1\x88\xb4 HTTP/1.1\r\n" HEADS SIGNED(
                     "host;x-amz-date",
                     "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85") "\r\n")},
    {"get-unreserved",
     TEXT("GET /-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz "
          "HTTP/1.1\r\n" HEADS SIGNED(
              "host;x-amz-date",
              "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f") "\r\n")},
    {"get-slash", TEXT("GET // HTTP/1.1\r\n" HEADS SIGNED("host;x-amz-date", VANILLA) "\r\n")},
    {"get-slash-dot-slash",
     TEXT("GET /./ HTTP/1.1\r\n" HEADS SIGNED("host;x-amz-date", VANILLA) "\r\n")},
    {"get-relative",
     TEXT("GET /example/.. HTTP/1.1\r\n" HEADS SIGNED("host;x-amz-date", VANILLA) "\r\n")},
    {"get-relative-relative", TEXT("GET /example1/example2/../.. HTTP/1.1\r\n" HEADS SIGNED(
                                  "host;x-amz-date", VANILLA) "\r"
                                                              "\n")},
    {"get-slashes",
     TEXT("GET //example// HTTP/1.1\r\n" HEADS SIGNED(
         "host;x-amz-date",
         "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84") "\r\n")},
    {"get-slash-pointless-dot",
     TEXT("GET /./example HTTP/1.1\r\n" HEADS SIGNED(
         "host;x-amz-date",
         "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5") "\r\n")},
    {"get-header-value-trim",
     TEXT("GET / HTTP/1.1\r\n" HEADS "My-Header1: value1\r\nMy-Header2: \"a   b   c\"\r\n" SIGNED(
         "host;my-header1;my-header2;x-amz-date",
         "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736") "\r\n")},
    {"post-header-key-sort",
     TEXT("POST / HTTP/1.1\r\n" HEADS "My-Header1:value1\r\n" SIGNED(
         "host;my-header1;x-amz-date",
         "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c") "\r\n")},
    {"post-header-value-case",
     TEXT("POST / HTTP/1.1\r\n" HEADS "My-Header1:VALUE1\r\n" SIGNED(
         "host;my-header1;x-amz-date",
         "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d") "\r\n")},
    {"post-x-www-form-urlencoded",
     TEXT("POST / HTTP/1.1\r\n" HEADS "Content-Type:application/x-www-form-urlencoded\r\n" SIGNED(
         "content-type;host;x-amz-date",
         "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a") "\r\nParam1=value1")},
    {"post-sts-header-before",
     TEXT("POST / HTTP/1.1\r\n" HEADS "X-Amz-Security-Token:" TOKEN "\r\n" SIGNED(
         "host;x-amz-date;x-amz-security-token",
         "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead") "\r\n")},
    {"post-sts-header-after",
     TEXT("POST / HTTP/1.1\r\n" HEADS "X-Amz-Security-Token:" TOKEN "\r\n" SIGNED(
         "host;x-amz-date",
         "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b") "\r\n")},
    {"get-vanilla, presigned", TEXT(PRESIGNED)},
};

START_TEST(the_published_test_suite_verifies)
{
    const struct vector *vector = &vectors[_i];
    struct fault fault = check(vector->bytes);
    ck_assert_msg(fault.kind == FAULT_NONE, "%s: %.*s", vector->name,
                  TEXT_ARGUMENTS(fault.message));
}
END_TEST

// The example of AWS's guide, of another service.
START_TEST(the_service_is_part_of_the_key)
{
    struct text bytes = TEXT(
        "GET /?Action=ListUsers&Version=2010-05-08 HTTP/1.1\r\nHost: iam.amazonaws.com\r\n"
        "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n"
        "X-Amz-Date: 20150830T123600Z\r\n" SCOPED(
            "iam/aws4_request") ", SignedHeaders=content-type;host;x-amz-date, "
                                "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b592"
                                "4a6f2b5d7\r\n\r\n");
    ck_assert_int_eq(check_at(bytes, TEXT("iam"), SIGNED_AT_MS).kind, FAULT_NONE);
    struct fault fault = check_at(bytes, TEXT("sqs"), SIGNED_AT_MS);
    ck_assert_int_eq(fault.kind, FAULT_SIGNATURE);
    ck_assert(text_find(fault.message, TEXT("correct service: 'sqs'"), NULL));
}
END_TEST

// A function's ARN stands percent-encoded in the path, and encoded again in what is signed.
START_TEST(the_path_is_encoded_twice)
{
    struct text bytes = TEXT(
        "GET /2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af "
        "HTTP/1.1\r\n" HEADS SCOPED(
            "lambda/aws4_request") ", SignedHeaders=host;x-amz-date, "
                                   "Signature=8f8b823e94acbe80543640e8e9fdbff54cb4d57eb13310fbd3d77"
                                   "baf5635a119\r\n\r\n");
    ck_assert_int_eq(check_at(bytes, TEXT("lambda"), SIGNED_AT_MS).kind, FAULT_NONE);
}
END_TEST

// Every byte of a request that is signed as a whole.
START_TEST(whatever_is_changed_is_noticed)
{
    struct text whole = vectors[17].bytes;
    ck_assert_str_eq(vectors[17].name, "post-x-www-form-urlencoded");
    size_t refused = 0;
    for (size_t at = 0; at < whole.length; at++) {
        struct text copy = arena_copy(arena, whole);
        char *bytes = arena_allocate(arena, copy.length);
        memcpy(bytes, copy.bytes, copy.length);
        bytes[at] = (char)(bytes[at] ^ 1);
        struct request request = {.world = &world, .arena = arena};
        if (!request_parse(&request, text_from(bytes, copy.length)))
            continue;
        bool same = auth_check(&request, TEXT("service"), SIGNED_AT_MS).kind == FAULT_NONE;
        // What is not signed: the protocol's version, blanks, line ends; and "." is the path "/".
        bool is_version = at >= 5 && at <= 14;
        ck_assert_msg(!same || is_version || strchr("\r\n :,", whole.bytes[at]) != NULL,
                      "byte %zu ('%c') may be changed", at, whole.bytes[at]);
        refused += !same;
    }
    ck_assert_uint_gt(refused, 300);
}
END_TEST

START_TEST(an_unsigned_payload_is_not_part_of_the_signature_and_a_claimed_digest_is_not_believed)
{
    // get-vanilla's signature holds for a body whose digest is claimed to be that of nothing.
    struct text claimed =
        TEXT("GET / HTTP/1.1\r\n" HEADS "X-Amz-Content-Sha256: "
             "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\r\n" SIGNED(
                 "host;x-amz-date", VANILLA) "\r\nbody");
    ck_assert_int_eq(check(claimed).kind, FAULT_SIGNATURE);
    struct text wrong = TEXT(
        "GET / HTTP/1.1\r\n" HEADS
        "X-Amz-Content-Sha256: UNSIGNED-PAYLOAD\r\n" SIGNED("host;x-amz-date", VANILLA) "\r\n");
    struct fault fault = check(wrong);
    ck_assert_int_eq(fault.kind, FAULT_SIGNATURE);
    ck_assert(text_find(fault.message, TEXT("\n\nhost;x-amz-date\nUNSIGNED-PAYLOAD'"), NULL));
}
END_TEST

struct refusal {
    struct text bytes;
    enum fault_kind kind;
    struct text part; // of the message
};

#define CREDENTIAL "Credential=" KEY "/20150830/us-east-1/service/aws4_request"
#define AUTHORIZATION "Authorization: AWS4-HMAC-SHA256 "
#define GET_WITH(headers) TEXT("GET /1/orders?Action=x HTTP/1.1\r\n" headers "\r\n")

static const struct refusal refusals[] = {
    // nothing at all
    {GET_WITH("Host: localhost\r\n"), FAULT_ACCESS_DENIED,
     TEXT("Access to the resource http://localhost/1/orders is denied.")},
    // what cannot be read
    {GET_WITH(HEADS "Authorization: \r\n"), FAULT_SIGNATURE_INCOMPLETE, TEXT("algorithm")},
    {GET_WITH(HEADS "Authorization: Basic dXNlcjpwYXNz\r\n"), FAULT_SIGNATURE_INCOMPLETE,
     TEXT("algorithm")},
    {GET_WITH(HEADS AUTHORIZATION "nonsense\r\n"), FAULT_SIGNATURE_INCOMPLETE,
     TEXT("'nonsense' not a valid key=value pair (missing equal-sign) in Authorization header.")},
    {GET_WITH(HEADS AUTHORIZATION "a=b\r\n"), FAULT_SIGNATURE_INCOMPLETE,
     TEXT("Authorization header must include 'Credential'. Authorization header must include "
          "'Signature'. Authorization header must include 'SignedHeaders'.")},
    {GET_WITH(HEADS AUTHORIZATION CREDENTIAL ", SignedHeaders=host\r\n"),
     FAULT_SIGNATURE_INCOMPLETE, TEXT("must include 'Signature'.")},
    {GET_WITH("Host: a\r\n" AUTHORIZATION CREDENTIAL ", SignedHeaders=host, Signature=0\r\n"),
     FAULT_SIGNATURE_INCOMPLETE, TEXT("requires an 'X-Amz-Date' or a 'Date' header.")},
    {GET_WITH("Host: a\r\nX-Amz-Date: 2015-08-30T12:36:00Z\r\n" AUTHORIZATION CREDENTIAL
              ", SignedHeaders=host, Signature=0\r\n"),
     FAULT_SIGNATURE_INCOMPLETE, TEXT("'basic format'. Got '2015-08-30T12:36:00Z'")},
    {GET_WITH("Host: a\r\nX-Amz-Date: 20151330T123600Z\r\n" AUTHORIZATION CREDENTIAL
              ", SignedHeaders=host, Signature=0\r\n"),
     FAULT_SIGNATURE_INCOMPLETE, TEXT("Got '20151330T123600Z'")},
    {GET_WITH(HEADS AUTHORIZATION "Credential=" KEY "/20150830/us-east-1/sqs"
                                  ", SignedHeaders=host, Signature=0\r\n"),
     FAULT_SIGNATURE_INCOMPLETE, TEXT("exactly 5 slash-delimited elements")},
    {GET_WITH(HEADS AUTHORIZATION CREDENTIAL "/x, SignedHeaders=host, Signature=0\r\n"),
     FAULT_SIGNATURE_INCOMPLETE, TEXT("exactly 5 slash-delimited elements")},
    {GET_WITH(HEADS AUTHORIZATION "Credential=\xff, SignedHeaders=host, Signature=0\r\n"),
     FAULT_SIGNATURE_INCOMPLETE, TEXT("got '?'")},
    {TEXT("GET /?X-Amz-Signature=0 HTTP/1.1\r\n" HEADS "\r\n"), FAULT_SIGNATURE_INCOMPLETE,
     TEXT("must include 'X-Amz-Algorithm'")},
    {TEXT("GET /?X-Amz-Algorithm=AWS4-HMAC-SHA256 HTTP/1.1\r\n" HEADS "\r\n"),
     FAULT_SIGNATURE_INCOMPLETE,
     TEXT("AWS query-string parameters must include 'X-Amz-Credential'.")},
    {TEXT("GET /?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=604801 HTTP/1.1\r\n" HEADS "\r\n"),
     FAULT_SIGNATURE_INCOMPLETE, TEXT("from 1 to 604800")},
    {TEXT("GET /?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires= HTTP/1.1\r\n" HEADS "\r\n"),
     FAULT_SIGNATURE_INCOMPLETE, TEXT("from 1 to 604800")},
    {TEXT("GET /?%zz HTTP/1.1\r\n" HEADS "\r\n"), FAULT_SIGNATURE_INCOMPLETE, TEXT("malformed")},
    // a key that nobody was told of
    {GET_WITH(HEADS AUTHORIZATION "Credential=AKIANOBODY/20150830/us-east-1/service/aws4_request"
                                  ", SignedHeaders=host, Signature=0\r\n"),
     FAULT_CLIENT_TOKEN,
     {0}},
    {GET_WITH(HEADS AUTHORIZATION "Credential=/20150830/us-east-1/service/aws4_request"
                                  ", SignedHeaders=host, Signature=0\r\n"),
     FAULT_CLIENT_TOKEN,
     {0}},
    // a wrong signature
    {GET_WITH(HEADS SIGNED("host;x-amz-date", VANILLA)), FAULT_SIGNATURE,
     TEXT("The Canonical String for this request should have been\n'GET\n/1/orders\nAction=x\n"
          "host:example.amazonaws.com\nx-amz-date:20150830T123600Z\n\nhost;x-amz-date\n")},
    {TEXT("GET / HTTP/1.1\r\n" HEADS SIGNED("host;x-amz-date", "5fa00fa3") "\r\n"), FAULT_SIGNATURE,
     TEXT("does not match the signature you provided")},
    {TEXT("GET / HTTP/1.1\r\n" HEADS SIGNED("host;x-amz-date", VANILLA "0") "\r\n"),
     FAULT_SIGNATURE, TEXT("does not match the signature you provided")},
    {GET_WITH(HEADS SCOPED("service/aws5_request") ", SignedHeaders=host, Signature=0\r\n"),
     FAULT_SIGNATURE, TEXT("valid terminator: 'aws4_request'")},
    {GET_WITH(HEADS AUTHORIZATION "Credential=" KEY "/20150829/us-east-1/service/aws4_request"
                                  ", SignedHeaders=host, Signature=0\r\n"),
     FAULT_SIGNATURE, TEXT("'20150829' != '20150830', from '20150830T123600Z'")},
    // what must be signed is not
    {GET_WITH(HEADS SIGNED("x-amz-date", VANILLA)), FAULT_SIGNATURE,
     TEXT("'Host' or ':authority' must be a 'SignedHeader'")},
    {GET_WITH(HEADS "X-Amz-Target: AmazonSQS.DeleteQueue\r\n" SIGNED("host;x-amz-date", VANILLA)),
     FAULT_SIGNATURE, TEXT("'X-Amz-Target' must be a 'SignedHeader'")},
};

START_TEST(a_refusal_says_what_is_wrong)
{
    const struct refusal *refusal = &refusals[_i];
    struct fault fault = check(refusal->bytes);
    ck_assert_msg(fault.kind == refusal->kind, "%d: %.*s", (int)fault.kind,
                  TEXT_ARGUMENTS(fault.message));
    ck_assert_msg(text_find(fault.message, refusal->part, NULL), "%.*s",
                  TEXT_ARGUMENTS(fault.message));
}
END_TEST

START_TEST(a_signature_is_good_for_fifteen_minutes_in_both_directions)
{
    struct text bytes = vectors[0].bytes;
    struct text service = TEXT("service");
    ck_assert_int_eq(check_at(bytes, service, SIGNED_AT_MS + 15 * MINUTE_MS).kind, FAULT_NONE);
    ck_assert_int_eq(check_at(bytes, service, SIGNED_AT_MS - 15 * MINUTE_MS).kind, FAULT_NONE);
    struct fault late = check_at(bytes, service, SIGNED_AT_MS + 15 * MINUTE_MS + 1000);
    ck_assert_int_eq(late.kind, FAULT_SIGNATURE);
    ck_assert(
        text_equal(late.message, TEXT("Signature expired: 20150830T123600Z is now earlier than "
                                      "20150830T123601Z (20150830T125101Z - 15 min.)")));
    struct fault early = check_at(bytes, service, SIGNED_AT_MS - 15 * MINUTE_MS - 1000);
    ck_assert_int_eq(early.kind, FAULT_SIGNATURE);
    ck_assert(text_equal(early.message,
                         TEXT("Signature not yet current: 20150830T123600Z is still later than "
                              "20150830T123559Z (20150830T122059Z + 15 min.)")));
}
END_TEST

START_TEST(a_presigned_url_is_good_until_it_expires)
{
    struct text service = TEXT("service");
    ck_assert_int_eq(check_at(TEXT(PRESIGNED), service, SIGNED_AT_MS + 60 * MINUTE_MS).kind,
                     FAULT_NONE);
    struct fault late = check_at(TEXT(PRESIGNED), service, SIGNED_AT_MS + 60 * MINUTE_MS + 1);
    ck_assert_int_eq(late.kind, FAULT_SIGNATURE);
    ck_assert(text_find(late.message, TEXT("Signature expired: 20150830T123600Z"), NULL));
    ck_assert(text_find(late.message, TEXT("- 60 min.)"), NULL));
    ck_assert_int_eq(check_at(TEXT(PRESIGNED), service, SIGNED_AT_MS - 16 * MINUTE_MS).kind,
                     FAULT_SIGNATURE);
}
END_TEST

START_TEST(the_date_header_does_where_there_is_no_x_amz_date)
{
    // The instant of a Date header, in its basic form, is what the signature is made over.
    struct fault fault = check(
        TEXT("GET / HTTP/1.1\r\nHost: a\r\nDate: Sun, 30 Aug 2015 12:36:00 GMT\r\n" AUTHORIZATION
                 CREDENTIAL ", SignedHeaders=date;host, Signature=0\r\n\r\n"));
    ck_assert_int_eq(fault.kind, FAULT_SIGNATURE);
    ck_assert(text_find(fault.message,
                        TEXT("'AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/service/"),
                        NULL));
    fault = check(
        TEXT("GET / HTTP/1.1\r\nHost: a\r\nDate: Sun, 30 Abc 2015 12:36:00 GMT\r\n" AUTHORIZATION
                 CREDENTIAL ", SignedHeaders=date;host, Signature=0\r\n\r\n"));
    ck_assert_int_eq(fault.kind, FAULT_SIGNATURE_INCOMPLETE);
}
END_TEST

START_TEST(without_credentials_any_signature_is_accepted_and_none)
{
    RULES("S-43");
    options.credential_count = 0;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        ck_assert_int_eq(check(refusals[i].bytes).kind, FAULT_NONE);
}
END_TEST

// ---- in the protocol of the request ----

static void finished(struct request *request)
{
    (void)request;
}

static struct text ask(void (*act)(struct request *request), struct text bytes,
                       struct request *ret_request)
{
    *ret_request = (struct request){.world = &world, .arena = arena, .finished = finished};
    ck_assert(request_parse(ret_request, bytes));
    act(ret_request);
    ck_assert(ret_request->complete && ret_request->quiet);
    struct text body = arena_copy(arena, buffer_text(&ret_request->reply.body));
    buffer_deinit(&ret_request->reply.body);
    return body;
}

static struct text reply_value(const struct request *request, struct text name)
{
    for (size_t i = 0; i < request->reply.header_count; i++) {
        if (text_equal_ignoring_case(request->reply.headers[i].name, name))
            return request->reply.headers[i].value;
    }
    return TEXT("");
}

#define UNKNOWN_KEY \
    AUTHORIZATION   \
    "Credential=AKIA/20150830/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0\r\n"
#define WRONG                       \
    AUTHORIZATION "Credential=" KEY \
                  "/20150830/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0\r\n"

static const struct answer_row {
    const char *headers;
    int status;
    const char *shape;
    const char *code;
} answer_rows[] = {
    {"", 403, "AccessDeniedException", "AccessDenied"},
    {UNKNOWN_KEY, 403, "UnrecognizedClientException", "InvalidClientTokenId"},
    {WRONG, 403, "InvalidSignatureException", "SignatureDoesNotMatch"}, // skew, by eleven years
    {"Authorization: x\r\n", 400, "IncompleteSignatureException", "IncompleteSignature"},
};

// The action is wrong too, but authentication comes first.
START_TEST(sqs_in_json_answers_with_type_and_query_error)
{
    RULES("S-43");
    const struct answer_row *row = &answer_rows[_i];
    struct request request;
    struct text body =
        ask(api_sqs,
            arena_print(arena, "POST / HTTP/1.1\r\n" HEADS "X-Amz-Target: AmazonSQS.None\r\n%s\r\n",
                        row->headers),
            &request);
    ck_assert_int_eq(request.reply.status, row->status);
    ck_assert(text_equal(reply_value(&request, TEXT("x-amzn-query-error")),
                         arena_print(arena, "%s;Sender", row->code)));
    struct text type = arena_print(
        arena, "{\"__type\":\"com.amazon.coral.service#%s\",\"message\":\"", row->shape);
    ck_assert_msg(text_starts_with(body, type), "%.*s", TEXT_ARGUMENTS(body));
}
END_TEST

START_TEST(sqs_in_query_answers_with_the_query_code)
{
    const struct answer_row *row = &answer_rows[_i];
    struct request request;
    struct text body = ask(
        api_sqs, arena_print(arena, "GET /?Action=None HTTP/1.1\r\n" HEADS "%s\r\n", row->headers),
        &request);
    ck_assert_int_eq(request.reply.status, row->status);
    ck_assert_msg(
        text_find(body, arena_print(arena, "<Type>Sender</Type><Code>%s</Code>", row->code), NULL),
        "%.*s", TEXT_ARGUMENTS(body));
}
END_TEST

START_TEST(lambda_answers_with_the_error_type_header)
{
    RULES("L-9");
    const struct answer_row *row = &answer_rows[_i];
    struct request request;
    struct text body =
        ask(api_lambda,
            arena_print(arena, "GET /2015-03-31/none HTTP/1.1\r\n" HEADS "%s\r\n", row->headers),
            &request);
    ck_assert_int_eq(request.reply.status, row->status);
    ck_assert(text_equal(reply_value(&request, TEXT("x-amzn-errortype")), text_of(row->shape)));
    size_t at;
    cleanup(json_tree_free) cJSON *tree = json_parse(body, &at);
    const char *member = _i == 0 ? "Message" : "message";
    ck_assert_msg(cJSON_IsString(json_member(tree, member)), "%.*s", TEXT_ARGUMENTS(body));
}
END_TEST

static Suite *auth_suite(void)
{
    Suite *suite = suite_create("emulator/auth");
    TCase *signatures = tcase_create("signatures");
    tcase_add_checked_fixture(signatures, setup, teardown);
    tcase_add_loop_test(signatures, the_published_test_suite_verifies, 0,
                        sizeof(vectors) / sizeof(vectors[0]));
    tcase_add_test(signatures, the_service_is_part_of_the_key);
    tcase_add_test(signatures, the_path_is_encoded_twice);
    tcase_add_test(signatures, whatever_is_changed_is_noticed);
    tcase_add_test(
        signatures,
        an_unsigned_payload_is_not_part_of_the_signature_and_a_claimed_digest_is_not_believed);
    tcase_add_loop_test(signatures, a_refusal_says_what_is_wrong, 0,
                        sizeof(refusals) / sizeof(refusals[0]));
    tcase_add_test(signatures, a_signature_is_good_for_fifteen_minutes_in_both_directions);
    tcase_add_test(signatures, a_presigned_url_is_good_until_it_expires);
    tcase_add_test(signatures, the_date_header_does_where_there_is_no_x_amz_date);
    tcase_add_test(signatures, without_credentials_any_signature_is_accepted_and_none);
    suite_add_tcase(suite, signatures);

    TCase *answers = tcase_create("answers");
    tcase_add_checked_fixture(answers, setup, teardown);
    int rows = sizeof(answer_rows) / sizeof(answer_rows[0]);
    tcase_add_loop_test(answers, sqs_in_json_answers_with_type_and_query_error, 0, rows);
    tcase_add_loop_test(answers, sqs_in_query_answers_with_the_query_code, 0, rows);
    tcase_add_loop_test(answers, lambda_answers_with_the_error_type_header, 0, rows);
    suite_add_tcase(suite, answers);
    return suite;
}

CHECK_MAIN(auth_suite)
