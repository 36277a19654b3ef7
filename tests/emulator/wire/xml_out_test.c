#include "emulator/wire/xml_out.h"

#include "tests/emulator/wire/toy.h"
#include "tests/support/check_main.h"

static void expect_text(const struct buffer *buffer, const char *expected)
{
    ck_assert_msg(text_equal(buffer_text(buffer), text_of(expected)), "%.*s",
                  TEXT_ARGUMENTS(buffer_text(buffer)));
}

START_TEST(every_kind)
{
    struct toy toy;
    toy_fill(&toy);
    cleanup(buffer_deinit) struct buffer buffer = {0};
    xml_out(&buffer, &toy_shape, &toy);
    expect_text(&buffer, "<Text>hello&#xD;\n</Text><Blob>AQID</Blob><Integer>-7</Integer>"
                         "<Boolean>true</Boolean><Word>a</Word><Word></Word><Word>c</Word>"
                         "<Bytes>AQID</Bytes><Pair><Name>k</Name><Value>v</Value></Pair>"
                         "<Pair><Name>l</Name><Value>&lt;&amp;&quot;&gt;</Value></Pair>"
                         "<Entry><Text>one</Text></Entry><Entry><Text>two</Text><Pair><Key>x</Key>"
                         "<Value>y</Value></Pair></Entry>"
                         "<Named><Name>n</Name><Value><Text>t</Text></Value></Named>");
}
END_TEST

START_TEST(envelope)
{
    RULES("S-23");
    struct toy_inner inner = {.text = TEXT("t")};
    cleanup(buffer_deinit) struct buffer buffer = {0};
    xml_out_envelope(&buffer, TEXT("Act"), TEXT("id"), &toy_inner_shape, &inner);
    expect_text(&buffer, "<?xml version=\"1.0\"?><ActResponse xmlns=\"http://queue.amazonaws.com/"
                         "doc/2012-11-05/\"><ActResult><Text>t</Text></ActResult>"
                         "<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata>"
                         "</ActResponse>");
}
END_TEST

START_TEST(envelope_with_nothing_to_say)
{
    RULES("S-23");
    struct toy_inner inner = {0};
    cleanup(buffer_deinit) struct buffer buffer = {0};
    xml_out_envelope(&buffer, TEXT("Act"), TEXT("id"), &toy_inner_shape, &inner);
    expect_text(&buffer, "<?xml version=\"1.0\"?><ActResponse xmlns=\"http://queue.amazonaws.com/"
                         "doc/2012-11-05/\"><ActResult/>"
                         "<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata>"
                         "</ActResponse>");
}
END_TEST

START_TEST(envelope_without_output)
{
    RULES("S-23");
    cleanup(buffer_deinit) struct buffer buffer = {0};
    xml_out_envelope(&buffer, TEXT("Act"), TEXT("id"), NULL, NULL);
    expect_text(&buffer, "<?xml version=\"1.0\"?><ActResponse xmlns=\"http://queue.amazonaws.com/"
                         "doc/2012-11-05/\"><ResponseMetadata><RequestId>id</RequestId>"
                         "</ResponseMetadata></ActResponse>");
}
END_TEST

// LF and TAB go through, CR does not survive raw; what no XML can hold becomes U+FFFD.
START_TEST(escapes)
{
    RULES("S-26");
    cleanup(buffer_deinit) struct buffer buffer = {0};
    xml_append_text(&buffer, TEXT("a&b<c>d\"e'f\tg\nh\ri\x01j\x1f\xef\xbf\xbek\xef\xbf\xbfl\xef\xbf"
                                  "\xbdm\xef\xac\x81n\xf0\x9f\x98\x80"));
    expect_text(&buffer, "a&amp;b&lt;c&gt;d&quot;e'f\tg\nh&#xD;i\xef\xbf\xbdj\xef\xbf\xbd"
                         "\xef\xbf\xbdk\xef\xbf\xbdl\xef\xbf\xbdm\xef\xac\x81n\xf0\x9f\x98\x80");
    buffer_clear(&buffer);
    xml_append_text(&buffer, TEXT(""));
    expect_text(&buffer, "");
}
END_TEST

static void expect_escaped(struct text text, const char *expected)
{
    cleanup(buffer_deinit) struct buffer buffer = {0};
    xml_append_text(&buffer, text);
    expect_text(&buffer, expected);
}

// Of the last 64 characters of the plane only two are none; their neighbours are letters.
START_TEST(neighbours_of_noncharacters_go_through)
{
    RULES("S-26");
    expect_escaped(TEXT("\xef\xbf\xa5"), "\xef\xbf\xa5");         // U+FFE5
    expect_escaped(TEXT("\xef\xbf\xbc"), "\xef\xbf\xbc");         // U+FFFC
    expect_escaped(TEXT("\xef\xbe\xbe"), "\xef\xbe\xbe");         // U+FFBE
    expect_escaped(TEXT("\xef\xbd\xbf"), "\xef\xbd\xbf");         // U+FF7F
    expect_escaped(TEXT("\xee\xbf\xbe"), "\xee\xbf\xbe");         // U+EFFE
    expect_escaped(TEXT("\xf0\xbf\xbf\xbe"), "\xf0\xbf\xbf\xbe"); // U+3FFFE, which XML has
}
END_TEST

// What stands behind a text in memory is no part of it.
START_TEST(a_text_ends_where_it_ends)
{
    RULES("S-26");
    static const char bytes[] = "abcdefgh\xef\xbf\xbe";
    for (size_t length = 8; length <= 10; length++) {
        char expected[12] = {0};
        memcpy(expected, bytes, length);
        expect_escaped(text_from(bytes, length), expected);
    }
    expect_escaped(text_from(bytes, 11), "abcdefgh\xef\xbf\xbd");
    expect_escaped(text_from("a&&&&&&&", 1), "a");
}
END_TEST

static Suite *xml_out_suite(void)
{
    Suite *suite = suite_create("xml_out");
    TCase *tcase = tcase_create("xml_out");
    tcase_add_test(tcase, every_kind);
    tcase_add_test(tcase, envelope);
    tcase_add_test(tcase, envelope_with_nothing_to_say);
    tcase_add_test(tcase, envelope_without_output);
    tcase_add_test(tcase, escapes);
    tcase_add_test(tcase, neighbours_of_noncharacters_go_through);
    tcase_add_test(tcase, a_text_ends_where_it_ends);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(xml_out_suite)
