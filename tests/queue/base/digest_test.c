// digest_test -- published vectors, and base64 that forgives nothing.
#include "queue/base/digest.h"
#include "tests/support/check_main.h"

#include <stdio.h>
#include <string.h>

START_TEST(md5_of_bodies)
{
    RULES("S-145");
    const struct {
        struct text body;
        const char *hex;
    } rows[] = {
        {TEXT("hello"), "5d41402abc4b2a76b9719d911017c592"},
        {TEXT("message"), "78e731027d8fd50ed642340b7c9a63b3"},
        {TEXT("test"), "098f6bcd4621d373cade4e832627b4f6"},
        {TEXT("same"), "51037a4a37730f52c8732586d3aaa316"},
        {{.bytes = NULL, .length = 0}, "d41d8cd98f00b204e9800998ecf8427e"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char hex[MD5_HEX_BYTES + 1] = {0};
        digest_md5_hex(rows[i].body, hex);
        ck_assert_str_eq(hex, rows[i].hex);
    }
}
END_TEST

START_TEST(sha256_of_bodies)
{
    RULES("S-224");
    char hex[SHA256_HEX_BYTES + 1] = {0};
    digest_sha256_hex(TEXT("same"), hex);
    ck_assert_str_eq(hex, "0967115f2813a3541eaef77de9d9d5773f1c0c04314b0bbfe4ff3b3b1c55b5d5");
    digest_sha256_hex(TEXT("abc"), hex);
    ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    digest_sha256_hex(text_of(NULL), hex);
    ck_assert_str_eq(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}
END_TEST

static void expect_hmac(struct text key, struct text text, const char *expected)
{
    uint8_t digest[SHA256_BYTES];
    char hex[SHA256_HEX_BYTES + 1] = {0};
    digest_hmac_sha256(key, text, digest);
    hex_encode(digest, sizeof(digest), hex);
    ck_assert_str_eq(hex, expected);
}

START_TEST(hmac_sha256_vectors_of_rfc_4231)
{
    char bytes_0b[20];
    char bytes_aa[131];
    char bytes_dd[50];
    char bytes_cd[50];
    char key_4[25];
    memset(bytes_0b, 0x0b, sizeof(bytes_0b));
    memset(bytes_aa, 0xaa, sizeof(bytes_aa));
    memset(bytes_dd, 0xdd, sizeof(bytes_dd));
    memset(bytes_cd, 0xcd, sizeof(bytes_cd));
    for (size_t i = 0; i < sizeof(key_4); i++)
        key_4[i] = (char)(i + 1);

    expect_hmac(text_from(bytes_0b, 20), TEXT("Hi There"),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    expect_hmac(TEXT("Jefe"), TEXT("what do ya want for nothing?"),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    expect_hmac(text_from(bytes_aa, 20), text_from(bytes_dd, 50),
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    expect_hmac(text_from(key_4, 25), text_from(bytes_cd, 50),
                "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
    expect_hmac(text_from(bytes_aa, 131),
                TEXT("Test Using Larger Than Block-Size Key - Hash Key First"),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    expect_hmac(text_from(bytes_aa, 131),
                TEXT("This is a test using a larger than block-size key and a larger than "
                     "block-size data. The key needs to be hashed before being used by the "
                     "HMAC algorithm."),
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
    expect_hmac(text_of(NULL), text_of(NULL),
                "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}
END_TEST

START_TEST(base64_of_any_bytes_comes_back)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    char bytes[256];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)i;
    for (size_t length = 0; length <= sizeof(bytes); length++) {
        struct text encoded = base64_encode(arena, text_from(bytes, length));
        ck_assert_uint_eq(encoded.length, (length + 2) / 3 * 4);
        struct text decoded;
        ck_assert(base64_decode(arena, encoded, &decoded));
        ck_assert(text_equal(decoded, text_from(bytes, length)));
    }
}
END_TEST

START_TEST(base64_that_is_not_strict_is_refused)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    const struct text rows[] = {
        TEXT("Zg"),        // no padding
        TEXT("Zg="),       // half of it
        TEXT("Zm8"),       // none again
        TEXT("Zg==\n"),    // a line break after
        TEXT("Zm9v\nZm9"), // within
        TEXT("Zm 9"),      // a blank
        TEXT(" Zm9"),      // a blank before
        TEXT("Zg==Zg=="),  // two in a row
        TEXT("Z==="),      // too much padding
        TEXT("A==="),      // also where no bits are left over
        TEXT("===="),      // nothing else
        TEXT("Zg=a"),      // padding within
        TEXT("Zh=="),      // bits left over
        TEXT("Zm9="),      // bits left over
        TEXT("Zm-_"),      // the alphabet for URLs
        TEXT("Zm9\0"),     // NUL
        TEXT("Zm9\xff"),   // no ASCII
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct text decoded = TEXT("untouched");
        ck_assert_msg(!base64_decode(arena, rows[i], &decoded), "row %zu", i);
        ck_assert(text_equal(decoded, TEXT("untouched")));
    }
}
END_TEST

START_TEST(equal_means_every_byte)
{
    ck_assert(digest_equal("abcd", "abcd", 4));
    ck_assert(digest_equal("abcd", "abce", 3));
    ck_assert(!digest_equal("abcd", "abce", 4));
    ck_assert(!digest_equal("abcd", "bbcd", 4));
    ck_assert(digest_equal("a", "b", 0));
}
END_TEST

START_TEST(empty_base64_is_empty)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    struct text decoded;
    ck_assert(base64_decode(arena, TEXT(""), &decoded));
    ck_assert_uint_eq(decoded.length, 0);
    ck_assert(base64_decode(arena, text_of(NULL), &decoded));
    ck_assert_uint_eq(base64_encode(arena, text_of(NULL)).length, 0);
}
END_TEST

static Suite *digest_suite(void)
{
    Suite *suite = suite_create("digest");
    TCase *vectors = tcase_create("digest");
    tcase_add_test(vectors, equal_means_every_byte);
    tcase_add_test(vectors, md5_of_bodies);
    tcase_add_test(vectors, sha256_of_bodies);
    tcase_add_test(vectors, hmac_sha256_vectors_of_rfc_4231);
    tcase_add_test(vectors, base64_of_any_bytes_comes_back);
    tcase_add_test(vectors, base64_that_is_not_strict_is_refused);
    tcase_add_test(vectors, empty_base64_is_empty);
    suite_add_tcase(suite, vectors);
    return suite;
}

CHECK_MAIN(digest_suite)
