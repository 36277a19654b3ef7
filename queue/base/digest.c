// digest -- nettle behind five names.
//
// nettle is loaded anyway, under GnuTLS under libmicrohttpd; OpenSSL would add shared objects and
// milliseconds to the start.
#include "queue/base/digest.h"

#include <nettle/base64.h>
#include <nettle/hmac.h>
#include <nettle/md5.h>
#include <nettle/memops.h>
#include <nettle/sha2.h>
#include <string.h>

static const uint8_t *octets(struct text text)
{
    return (const uint8_t *)text.bytes;
}

void digest_md5(struct text text, uint8_t ret_digest[MD5_BYTES])
{
    struct md5_ctx context;
    md5_init(&context);
    if (text.length > 0)
        md5_update(&context, text.length, octets(text));
    md5_digest(&context, MD5_BYTES, ret_digest);
}

void digest_md5_hex(struct text text, char ret_hex[MD5_HEX_BYTES])
{
    uint8_t digest[MD5_BYTES];
    digest_md5(text, digest);
    hex_encode(digest, sizeof(digest), ret_hex);
}

void digest_sha256(struct text text, uint8_t ret_digest[SHA256_BYTES])
{
    struct sha256_ctx context;
    sha256_init(&context);
    if (text.length > 0)
        sha256_update(&context, text.length, octets(text));
    sha256_digest(&context, SHA256_BYTES, ret_digest);
}

void digest_sha256_hex(struct text text, char ret_hex[SHA256_HEX_BYTES])
{
    uint8_t digest[SHA256_BYTES];
    digest_sha256(text, digest);
    hex_encode(digest, sizeof(digest), ret_hex);
}

void digest_hmac_sha256(struct text key, struct text text, uint8_t ret_digest[SHA256_BYTES])
{
    struct hmac_sha256_ctx context;
    // nettle copies the key with memcpy, which takes no NULL even for nothing.
    hmac_sha256_set_key(&context, key.length, key.length > 0 ? octets(key) : (const uint8_t *)"");
    if (text.length > 0)
        hmac_sha256_update(&context, text.length, octets(text));
    hmac_sha256_digest(&context, SHA256_BYTES, ret_digest);
}

bool digest_equal(const void *left, const void *right, size_t length)
{
    return memeql_sec(left, right, length) != 0;
}

void hex_encode(const uint8_t *bytes, size_t length, char *ret_hex)
{
    for (size_t i = 0; i < length; i++) {
        ret_hex[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        ret_hex[2 * i + 1] = "0123456789abcdef"[bytes[i] & 0x0f];
    }
}

// nettle passes over blanks and line breaks, and takes "A===" for nothing; a strict reader must not
// meet either. All else it is strict about itself: the alphabet, bits left over, what follows
// padding.
static bool looks_strict(struct text base64)
{
    for (size_t i = 0; i < base64.length; i++) {
        if ((unsigned char)base64.bytes[i] <= ' ')
            return false;
    }
    return base64.length % 4 == 0 && !text_ends_with(base64, TEXT("==="));
}

bool base64_decode(struct arena *arena, struct text base64, struct text *ret_bytes)
{
    if (!looks_strict(base64))
        return false;
    size_t decoded = BASE64_DECODE_LENGTH(base64.length);
    uint8_t *bytes = arena_allocate(arena, decoded + 1);
    struct base64_decode_ctx context;
    base64_decode_init(&context);
    if (!base64_decode_update(&context, &decoded, bytes, base64.length, base64.bytes) ||
        !base64_decode_final(&context))
        return false;
    *ret_bytes = text_from((const char *)bytes, decoded);
    return true;
}

struct text base64_encode(struct arena *arena, struct text bytes)
{
    size_t encoded = BASE64_ENCODE_RAW_LENGTH(bytes.length);
    char *text = arena_allocate(arena, encoded + 1);
    base64_encode_raw(text, bytes.length, octets(bytes));
    return text_from(text, encoded);
}
