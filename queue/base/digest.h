// digest -- MD5, SHA-256, HMAC and base64 by nettle, in the forms that SQS uses.
#ifndef QUEUE_BASE_DIGEST_H
#define QUEUE_BASE_DIGEST_H

#include "queue/base/arena.h"
#include "queue/base/text.h"

#define MD5_BYTES 16
#define MD5_HEX_BYTES 32
#define SHA256_BYTES 32
#define SHA256_HEX_BYTES 64

void digest_md5(struct text text, uint8_t ret_digest[MD5_BYTES]);
// Lower case, not terminated (S-145).
void digest_md5_hex(struct text text, char ret_hex[MD5_HEX_BYTES]);
void digest_sha256(struct text text, uint8_t ret_digest[SHA256_BYTES]);
void digest_sha256_hex(struct text text, char ret_hex[SHA256_HEX_BYTES]); // S-224
void digest_hmac_sha256(struct text key, struct text text, uint8_t ret_digest[SHA256_BYTES]);
// Compares length bytes in a time that does not tell where they differ: for what is secret.
bool digest_equal(const void *left, const void *right, size_t length);
void hex_encode(const uint8_t *bytes, size_t length, char *ret_hex); // 2 * length lower-case digits
// Strict base64 (padding required, no line breaks). False when it is not; the bytes live in the
// arena.
bool base64_decode(struct arena *arena, struct text base64, struct text *ret_bytes);
struct text base64_encode(struct arena *arena, struct text bytes);

#endif
