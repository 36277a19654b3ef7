// emf_test -- lines of a log that are metrics, and lines that are not.
#include "emulator/emf.h"

#include "esm/json.h"
#include "tests/support/check_main.h"

#include <stdio.h>

DEFINE_CLEANUP(emf_free, struct emf *)

#define EMF(emf) cleanup(emf_free) struct emf *emf = emf_new()
#define DIRECTIVES(directives) "{'_aws':{'Timestamp':1,'CloudWatchMetrics':[" directives "]}"
#define ONE(dimensions, metrics) \
    DIRECTIVES("{'Namespace':'Shop','Dimensions':[" dimensions "],'Metrics':[" metrics "]}")

// Single quotes stand for double ones.
static enum emf_end give(struct emf *emf, const char *line, struct text *ret_reason)
{
    cleanup(buffer_deinit) struct buffer bytes = {0};
    for (; *line != '\0'; line++)
        buffer_append_byte(&bytes, *line == '\'' ? '"' : *line);
    return emf_read(emf, buffer_text(&bytes), ret_reason);
}

static void taken(struct emf *emf, const char *line)
{
    struct text reason = TEXT("");
    enum emf_end end = give(emf, line, &reason);
    ck_assert_msg(end == EMF_TAKEN, "%d %.*s", (int)end, TEXT_ARGUMENTS(reason));
}

static void expect_text(const struct emf *emf, const char *expected)
{
    cleanup(buffer_deinit) struct buffer text = {0};
    emf_append_text(emf, &text);
    buffer_append_byte(&text, '\0');
    ck_assert_str_eq(text.bytes, expected);
}

static cJSON *json_of(const struct emf *emf)
{
    cleanup(buffer_deinit) struct buffer text = {0};
    emf_append_json(emf, &text);
    cJSON *tree = json_parse(buffer_text(&text), NULL);
    ck_assert_msg(tree != NULL, "%.*s", TEXT_ARGUMENTS(buffer_text(&text)));
    return tree;
}

#define HEAD(family) "# HELP " family " Written by a function\n# TYPE " family " summary\n"

START_TEST(a_line_with_metrics_counts)
{
    RULES("L-273 L-274 L-275");
    EMF(emf);
    taken(emf, ONE("['service','zone'],['zone','service'],[]",
                   "{'Name':'Failed','Unit':'Count','StorageResolution':1}") ",'service':'orders',"
                                                                             "'zone':'a','Failed':"
                                                                             "[1,2.5],'free':{}}");
    taken(emf, "  " ONE("['service']", "{'Name':'Failed','Unit':'Count'}") ",'service':'orders',"
                                                                           "'Failed':-3}  ");
#define FAILED(part) "emf_Failed_" part "{Namespace=\"Shop\",Unit=\"Count\""
    expect_text(emf, HEAD("emf_Failed")
                // the set with two is named twice, in two orders, and is one series
                FAILED("sum") ",service=\"orders\",zone=\"a\"} 7\n"   //
                FAILED("count") ",service=\"orders\",zone=\"a\"} 4\n" //
                FAILED("sum") ",service=\"orders\"} -3\n"             //
                FAILED("count") ",service=\"orders\"} 1\n"            //
                FAILED("sum") "} 3.5\n"                               //
                FAILED("count") "} 2\n");
    cleanup(json_tree_free) cJSON *tree = json_of(emf);
    ck_assert_int_eq(cJSON_GetArraySize(tree), 3);
    const cJSON *series = cJSON_GetArrayItem(tree, 0);
    cleanup(buffer_deinit) struct buffer words = {0};
    json_append_tree(&words, series);
    buffer_append_byte(&words, '\0');
    ck_assert_str_eq(words.bytes,
                     "{\"Namespace\":\"Shop\",\"MetricName\":\"Failed\",\"Unit\":\"Count\","
                     "\"Dimensions\":{\"service\":\"orders\",\"zone\":\"a\"},\"SampleCount\":4,"
                     "\"Sum\":7,\"Minimum\":1,\"Maximum\":2.5}");
}
END_TEST

START_TEST(what_a_library_writes_is_read)
{
    RULES("L-276");
    EMF(emf);
    taken(emf, ONE("['function_name','service']",
                   "{'Name':'ColdStart','Unit':'Count'}") ","
                                                          "'function_name':'orders','service':'"
                                                          "payment','ColdStart':[1.0]}");
    taken(emf, DIRECTIVES("{'Namespace':'Shop','Dimensions':[['service']],'Metrics':[{'Name':"
                          "'Orders','Unit':'Count'},{'Name':'Time','Unit':'Milliseconds'}]},"
                          "{'Namespace':'Other','Dimensions':[['service']],'Metrics':[{'Name':"
                          "'Orders'}]}") ",'service':'payment','Orders':[1,1],'Time':12.25}");
    expect_text(emf,
                HEAD("emf_ColdStart") "emf_ColdStart_sum{Namespace=\"Shop\",Unit=\"Count\","
                                      "function_name=\"orders\",service=\"payment\"} 1\n"
                                      "emf_ColdStart_count{Namespace=\"Shop\",Unit=\"Count\","
                                      "function_name=\"orders\",service=\"payment\"} 1\n" HEAD(
                                          "emf_Orders") "emf_Orders_sum{Namespace=\"Other\","
                                                        "service=\"payment\"} 2\n"
                                                        "emf_Orders_count{Namespace=\"Other\","
                                                        "service=\"payment\"} 2\n"
                                                        "emf_Orders_sum{Namespace=\"Shop\",Unit="
                                                        "\"Count\",service=\"payment\"} 2\n"
                                                        "emf_Orders_count{Namespace=\"Shop\",Unit="
                                                        "\"Count\",service=\"payment\"} 2\n" HEAD(
                                                            "emf_Time") "emf_Time_sum{Namespace="
                                                                        "\"Shop\",Unit="
                                                                        "\"Milliseconds\",service="
                                                                        "\"payment\"} 12.25\n"
                                                                        "emf_Time_count{Namespace="
                                                                        "\"Shop\",Unit="
                                                                        "\"Milliseconds\",service="
                                                                        "\"payment\"} 1\n");
}
END_TEST

// Names are anything, labels are not; and no two series look the same.
START_TEST(names_are_made_fit_and_values_are_escaped)
{
    RULES("L-274");
    EMF(emf);
    taken(emf, ONE("['a-b','a.b','Unit','__x','9']",
                   "{'Name':'p 99'}") ",'a-b':'1','a.b':'2','Unit':"
                                      "'q\\'u\\\\o\\nte','__x':'3','9':'\xc3\xa9','p 99':1}");
    taken(emf, ONE("[]", "{'Name':'p_99'}") ",'p_99':2}");
    expect_text(emf,
                HEAD("emf_p_99") "emf_p_99_sum{Namespace=\"Shop\",MetricName=\"p 99\",_=\"\xc3\xa9"
                                 "\",Unit_=\"q\\\"u\\\\o\\nte\",dimension__x=\"3\",a_b=\"1\","
                                 "a_b_=\"2\"} 1\n"
                                 "emf_p_99_count{Namespace=\"Shop\",MetricName=\"p 99\",_="
                                 "\"\xc3\xa9\",Unit_=\"q\\\"u\\\\o\\nte\",dimension__x=\"3\","
                                 "a_b=\"1\",a_b_=\"2\"} 1\n"
                                 "emf_p_99_sum{Namespace=\"Shop\"} 2\n"
                                 "emf_p_99_count{Namespace=\"Shop\"} 1\n");
    cleanup(json_tree_free) cJSON *tree = json_of(emf);
    const cJSON *dimensions = json_member(cJSON_GetArrayItem(tree, 0), "Dimensions");
    ck_assert(text_equal(json_member_text(dimensions, "Unit"), TEXT("q\"u\\o\nte")));
}
END_TEST

START_TEST(other_lines_are_left_alone)
{
    RULES("L-273");
    static const char *const lines[] = {
        "",
        "started",
        "{'a':1}",
        "{'a':'_aws'}",
        "{'a':{'_aws':{}}}",
        "['_aws']",
        "INFO " ONE("[]", "{'Name':'m'}") ",'m':1}", // nothing may stand before it
    };
    EMF(emf);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct text reason = {0};
        ck_assert_msg(give(emf, lines[i], &reason) == EMF_ORDINARY, "%s", lines[i]);
    }
    expect_text(emf, "");
}
END_TEST

static const struct {
    const char *line;
    const char *reason;
} malformed[] = {
    {ONE("[]", "{'Name':'m'}") ",'m':1} x", "not one JSON object"},
    {ONE("[]", "{'Name':'m'}") ",'m':1", "not one JSON object"},
    {"{'_aws':1}", "no list CloudWatchMetrics"},
    {"{'_aws':{'Timestamp':1}}", "no list CloudWatchMetrics"},
    {"{'_aws':{'CloudWatchMetrics':[]}}", "no number Timestamp"},
    {DIRECTIVES("1") "}", "Namespace"},
    {DIRECTIVES("{'Namespace':'','Dimensions':[],'Metrics':[]}") "}", "Namespace"},
    {DIRECTIVES("{'Namespace':'N','Metrics':[]}") "}", "Dimensions"},
    {DIRECTIVES("{'Namespace':'N','Dimensions':[[]]}") "}", "Metrics"},
    {ONE("'d'", "{'Name':'m'}") ",'d':'1','m':1}", "a set of Dimensions"},
    {ONE("['d']", "{'Name':'m'}") ",'m':1}", "a dimension"},
    {ONE("['d']", "{'Name':'m'}") ",'d':1,'m':1}", "a dimension"},
    {ONE("['d','d']", "{'Name':'m'}") ",'d':'1','m':1}", "names one twice"},
    {ONE("[]", "{'Name':''}") ",'':1}", "the Name"},
    {ONE("[]", "{'Name':'m','Unit':'Pieces'}") ",'m':1}", "the Unit"},
    {ONE("[]", "{'Name':'m','Unit':1}") ",'m':1}", "the Unit"},
    {ONE("[]", "{'Name':'m'}") "}", "the value"},
    {ONE("[]", "{'Name':'m'}") ",'m':'1'}", "the value"},
    {ONE("[]", "{'Name':'m'}") ",'m':[]}", "the value"},
    {ONE("[]", "{'Name':'m'}") ",'m':[1,'2']}", "the value"},
};
#define MALFORMED (int)(sizeof(malformed) / sizeof(malformed[0]))

START_TEST(what_is_malformed_counts_nothing)
{
    RULES("L-273 L-274 L-275");
    EMF(emf);
    struct text reason = {0};
    ck_assert_int_eq(give(emf, malformed[_i].line, &reason), EMF_MALFORMED);
    ck_assert_msg(text_find(reason, text_of(malformed[_i].reason), NULL), "%.*s",
                  TEXT_ARGUMENTS(reason));
    // Also not what was well-formed in it.
    cleanup(buffer_deinit) struct buffer line = {0};
    buffer_print(&line, "%s", ONE("[]", "{'Name':'good'},{'Name':'bad'}") ",'good':1}");
    buffer_append_byte(&line, '\0');
    ck_assert_int_eq(give(emf, line.bytes, &reason), EMF_MALFORMED);
    expect_text(emf, "");
}
END_TEST

// So many dimensions, metrics and values, one more than which are too many.
static enum emf_end give_many(int dimensions, int metrics, int values)
{
    EMF(emf);
    cleanup(buffer_deinit) struct buffer line = {0};
    buffer_append(&line, TEXT("{'_aws':{'Timestamp':1,'CloudWatchMetrics':[{'Namespace':'N',"
                              "'Dimensions':[["));
    for (int i = 0; i < dimensions; i++)
        buffer_print(&line, "%s'd%d'", i == 0 ? "" : ",", i);
    buffer_append(&line, TEXT("]],'Metrics':["));
    for (int i = 0; i < metrics; i++)
        buffer_print(&line, "%s{'Name':'m%d'}", i == 0 ? "" : ",", i);
    buffer_append(&line, TEXT("]}]}"));
    for (int i = 0; i < dimensions; i++)
        buffer_print(&line, ",'d%d':'x'", i);
    for (int i = 0; i < metrics; i++) {
        buffer_print(&line, ",'m%d':[1", i);
        for (int j = 1; j < values; j++)
            buffer_append(&line, TEXT(",1"));
        buffer_append_byte(&line, ']');
    }
    buffer_append(&line, TEXT("}"));
    buffer_append_byte(&line, '\0');
    struct text reason = {0};
    return give(emf, line.bytes, &reason);
}

START_TEST(the_limits_of_a_line)
{
    RULES("L-274");
    ck_assert_int_eq(give_many(30, 1, 1), EMF_TAKEN);
    ck_assert_int_eq(give_many(31, 1, 1), EMF_MALFORMED);
    ck_assert_int_eq(give_many(0, 100, 1), EMF_TAKEN);
    ck_assert_int_eq(give_many(0, 101, 1), EMF_MALFORMED);
    ck_assert_int_eq(give_many(0, 1, 100), EMF_TAKEN);
    ck_assert_int_eq(give_many(0, 1, 101), EMF_MALFORMED);
}
END_TEST

START_TEST(series_are_so_many_and_no_more)
{
    EMF(emf);
    struct text reason = {0};
    char line[256];
    for (int i = 0; i < EMF_SERIES_MAX + 2; i++) {
        snprintf(line, sizeof(line), "%s,'d':'%d','m':[1,1]}", ONE("['d']", "{'Name':'m'}"), i);
        ck_assert_int_eq(give(emf, line, &reason), i < EMF_SERIES_MAX ? EMF_TAKEN : EMF_FULL);
    }
    // Those that are there go on.
    snprintf(line, sizeof(line), "%s,'d':'7','m':1}", ONE("['d']", "{'Name':'m'}"));
    ck_assert_int_eq(give(emf, line, &reason), EMF_TAKEN);
    cleanup(buffer_deinit) struct buffer text = {0};
    emf_append_text(emf, &text);
    ck_assert(text_ends_with(buffer_text(&text), TEXT("\nredrive_emf_dropped 4\n")));
    ck_assert(text_find(buffer_text(&text), TEXT("d=\"7\"} 3\n"), NULL));
    emf_reset(emf);
    expect_text(emf, "");
}
END_TEST

// Long names fill the room before many do.
START_TEST(the_names_of_series_have_so_much_room)
{
    RULES("L-274");
    EMF(emf);
    char value[1026] = {0};
    memset(value, 'x', 1020);
    enum emf_end end = EMF_TAKEN;
    struct text reason = {0};
    int count = 0;
    for (; end == EMF_TAKEN; count++) {
        cleanup(buffer_deinit) struct buffer line = {0};
        buffer_print(&line, "%s,'d':'%s%d','m':1}", ONE("['d']", "{'Name':'m'}"), value, count);
        buffer_append_byte(&line, '\0');
        end = give(emf, line.bytes, &reason);
    }
    ck_assert_int_eq(end, EMF_FULL);
    ck_assert(count > 400 && count < 520);
    memset(value, 'x', 1025);
    cleanup(buffer_deinit) struct buffer line = {0};
    buffer_print(&line, "%s,'d':'%s','m':1}", ONE("['d']", "{'Name':'m'}"), value);
    buffer_append_byte(&line, '\0');
    ck_assert_int_eq(give(emf, line.bytes, &reason), EMF_MALFORMED);
}
END_TEST

static Suite *emf_suite(void)
{
    Suite *suite = suite_create("emf");
    TCase *tcase = tcase_create("emf");
    tcase_add_test(tcase, a_line_with_metrics_counts);
    tcase_add_test(tcase, what_a_library_writes_is_read);
    tcase_add_test(tcase, names_are_made_fit_and_values_are_escaped);
    tcase_add_test(tcase, other_lines_are_left_alone);
    tcase_add_loop_test(tcase, what_is_malformed_counts_nothing, 0, MALFORMED);
    tcase_add_test(tcase, the_limits_of_a_line);
    tcase_add_test(tcase, series_are_so_many_and_no_more);
    tcase_add_test(tcase, the_names_of_series_have_so_much_room);
    suite_add_tcase(suite, tcase);
    return suite;
}

CHECK_MAIN(emf_suite)
