// outcome -- every row of L-157 with reporting off and on, read from docs/responses.json (written
// down by hand from the rule, by no code), and what L-158 to L-162, L-181 and L-182 add. One test
// per row: the loop test's index is the row's place in the file.
#include "esm/outcome.h"

#include "esm/json.h"
#include "tests/support/check_main.h"

#include <stdio.h>

#define ID1 "11111111-1111-4111-8111-111111111111"
#define ID2 "22222222-2222-4222-8222-222222222222"
#define ROWS 47 // of docs/responses.json

static const struct text ids[] = {TEXT(ID1), TEXT(ID2)};

// The reason that each row must give with reporting on, in the order of the file.
static const struct {
    const char *row;
    enum outcome_reason reason;
} reasons[ROWS] = {
    {"1", REASON_RESPONSE_NULL},
    {"2", REASON_RESPONSE_EMPTY},
    {"3", REASON_NO_FAILURES_MEMBER},
    {"4", REASON_FAILURES_NULL},
    {"5", REASON_FAILURES_EMPTY},
    {"6", REASON_REPORTED},
    {"7", REASON_REPORTED},
    {"8", REASON_REPORTED_ALL},
    {"9", REASON_UNKNOWN_ID},
    {"10", REASON_UNKNOWN_ID},
    {"11", REASON_EMPTY_ID},
    {"12", REASON_NULL_ID},
    {"13", REASON_ID_NOT_STRING},
    {"14", REASON_NO_IDENTIFIER},
    {"15", REASON_EMPTY_ITEM},
    {"16", REASON_FAILURES_NOT_LIST},
    {"17a", REASON_FAILURES_NOT_LIST},
    {"17b", REASON_FAILURES_NOT_LIST},
    {"17c", REASON_FAILURES_NOT_LIST},
    {"18", REASON_ITEM_NOT_OBJECT},
    {"19a", REASON_REPORTED},
    {"19b", REASON_REPORTED},
    {"20", REASON_FOREIGN_MEMBERS},
    {"21a", REASON_FOREIGN_MEMBERS},
    {"21b", REASON_FOREIGN_MEMBERS},
    {"21c", REASON_FOREIGN_MEMBERS},
    {"22a", REASON_NOT_OBJECT},
    {"22b", REASON_NOT_OBJECT},
    {"22c", REASON_NOT_OBJECT},
    {"23", REASON_NOT_OBJECT},
    {"24a", REASON_NOT_JSON},
    {"24b", REASON_NOT_JSON},
    {"25", REASON_FUNCTION_ERROR},
    {"26", REASON_FUNCTION_ERROR},
    {"27", REASON_TIMED_OUT},
    {"28a", REASON_EXITED},
    {"28b", REASON_EXITED},
    {"28c", REASON_EXITED},
    {"29", REASON_TOO_LARGE},
    {"30", REASON_THROTTLED},
    {"31a", REASON_UNAVAILABLE},
    {"31b", REASON_UNAVAILABLE},
    {"31c", REASON_UNAVAILABLE},
    {"31d", REASON_UNAVAILABLE},
    {"32", REASON_FUNCTION_MISSING},
    {"33a", REASON_REFUSED},
    {"33b", REASON_EXITED},
};

static cJSON *responses_read(void)
{
    cleanup(buffer_deinit) struct buffer file = {0};
    FILE *stream = fopen(RESPONSES_JSON, "rb");
    ck_assert_ptr_nonnull(stream);
    size_t got;
    do {
        got = fread(buffer_reserve(&file, 4096), 1, 4096, stream);
        file.length += got;
    } while (got > 0);
    fclose(stream);
    cJSON *tree = json_parse(buffer_text(&file), NULL);
    ck_assert_ptr_nonnull(tree);
    return tree;
}

static enum invocation_end end_of(struct text name)
{
    static const struct text names[] = {
        [INVOCATION_RESPONDED] = TEXT("responded"),
        [INVOCATION_FUNCTION_ERROR] = TEXT("function-error"),
        [INVOCATION_TIMED_OUT] = TEXT("timed-out"),
        [INVOCATION_EXITED] = TEXT("exited"),
        [INVOCATION_TOO_LARGE] = TEXT("too-large"),
        [INVOCATION_THROTTLED] = TEXT("throttled"),
        [INVOCATION_UNAVAILABLE] = TEXT("unavailable"),
        [INVOCATION_MISSING] = TEXT("missing"),
        [INVOCATION_REFUSED] = TEXT("refused"),
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (text_equal(names[i], name))
            return (enum invocation_end)i;
    }
    ck_abort_msg("unknown end %.*s", TEXT_ARGUMENTS(name));
    return INVOCATION_RESPONDED;
}

// $ID1 and $ID2 become the ids of the batch.
static void fill_template(struct buffer *buffer, struct text template)
{
    while (template.length > 0) {
        bool one = text_starts_with(template, TEXT("$ID1"));
        if (one || text_starts_with(template, TEXT("$ID2"))) {
            buffer_append(buffer, ids[one ? 0 : 1]);
            template = text_skip(template, 4);
        } else {
            buffer_append_byte(buffer, template.bytes[0]);
            template = text_skip(template, 1);
        }
    }
}

static void check_row(const cJSON *row, bool reporting)
{
    const char *name = json_member_text(row, "row").bytes;
    cleanup(buffer_deinit) struct buffer response = {0};
    fill_template(&response, json_member_text(row, "response"));
    bool kept[2];
    struct outcome_input input = {.report_failures = reporting,
                                  .ids = ids,
                                  .count = 2,
                                  .end = end_of(json_member_text(row, "end")),
                                  .response = buffer_text(&response)};
    struct outcome outcome = outcome_decide(&input, kept);
    const cJSON *expected = json_member(row, reporting ? "on" : "off");
    for (int i = 0; i < 2; i++) {
        const char *word = cJSON_GetArrayItem(expected, i)->valuestring;
        ck_assert_msg(strcmp(word, kept[i] ? "kept" : "deleted") == 0,
                      "row %s, reporting %d, message %d: expected %s", name, reporting, i + 1,
                      word);
    }
    ck_assert_msg((outcome.kind == OUTCOME_RETRY_IN_LEASE) ==
                      cJSON_IsTrue(json_member(row, "retried_inside_lease")),
                  "row %s: retry inside the lease", name);
    ck_assert_msg((outcome.kind == OUTCOME_KEEP_AND_STOP) ==
                      cJSON_IsTrue(json_member(row, "stops_receiving")),
                  "row %s: stops receiving", name);
    bool warning = outcome.reason == REASON_FOREIGN_MEMBERS || outcome.extra_members;
    ck_assert_msg(warning == (reporting && cJSON_IsTrue(json_member(row, "warning"))),
                  "row %s: warning", name);
}

START_TEST(row_of_the_response_table)
{
    RULES("L-157 lambda-mistake-2 L-157-row-15 L-157-row-19 L-157-row-20 L-157-row-22 L-157-row-31 "
          "L-157-row-32 L-157-row-33");
    cleanup(json_tree_free) cJSON *tree = responses_read();
    const cJSON *rows = json_member(tree, "rows");
    ck_assert_int_eq(cJSON_GetArraySize(rows), ROWS);
    const cJSON *row = cJSON_GetArrayItem(rows, _i);
    // A row with several responses has a letter for each.
    cleanup(buffer_deinit) struct buffer rule = {0};
    buffer_print(&rule, "L-157-row-%d", atoi(json_member_text(row, "row").bytes));
    rules_report(__func__, buffer_text(&rule).bytes);
    check_row(row, false);
    check_row(row, true);

    ck_assert_str_eq(json_member_text(row, "row").bytes, reasons[_i].row);
    cleanup(buffer_deinit) struct buffer response = {0};
    fill_template(&response, json_member_text(row, "response"));
    bool kept[2];
    struct outcome_input input = {.report_failures = true,
                                  .ids = ids,
                                  .count = 2,
                                  .end = end_of(json_member_text(row, "end")),
                                  .response = buffer_text(&response)};
    struct outcome outcome = outcome_decide(&input, kept);
    ck_assert_msg(outcome.reason == reasons[_i].reason, "row %s: reason %s", reasons[_i].row,
                  outcome_reason_name(outcome.reason).bytes);
}
END_TEST

START_TEST(every_row_from_1_to_33_is_in_the_file)
{
    cleanup(json_tree_free) cJSON *tree = responses_read();
    for (int number = 1; number <= 33; number++) {
        bool found = false;
        const cJSON *row;
        cJSON_ArrayForEach(row, json_member(tree, "rows")) found |=
            atoi(json_member_text(row, "row").bytes) == number;
        ck_assert_msg(found, "row %d", number);
    }
}
END_TEST

static struct outcome decide(const char *response, bool kept[2])
{
    struct outcome_input input = {.report_failures = true,
                                  .ids = ids,
                                  .count = 2,
                                  .end = INVOCATION_RESPONDED,
                                  .response = text_of(response)};
    return outcome_decide(&input, kept);
}

#define REPORT(items) "{\"batchItemFailures\":[" items "]}"
#define ITEM(id) "{\"itemIdentifier\":\"" id "\"}"

START_TEST(one_bad_entry_voids_the_report_wherever_it_stands)
{
    RULES("L-158 lambda-mistake-3");
    static const char *const responses[] = {
        REPORT(ITEM(ID1) "," ITEM("")),
        REPORT(ITEM("") "," ITEM(ID1)),
        REPORT(ITEM(ID1) ",{\"itemIdentifier\":null}"),
        REPORT(ITEM(ID1) ",{\"itemidentifier\":\"" ID2 "\"}"),
        REPORT(ITEM(ID1) ",null"),
        REPORT(ITEM(ID1) ",[]"),
        REPORT(ITEM(ID1) ",{}"),
        REPORT(ITEM(ID1) ",{\"itemIdentifier\":{\"itemIdentifier\":\"" ID1 "\"}}"),
    };
    for (size_t i = 0; i < sizeof(responses) / sizeof(responses[0]); i++) {
        bool kept[2];
        struct outcome outcome = decide(responses[i], kept);
        ck_assert_int_eq(outcome.kind, OUTCOME_KEEP_ALL);
        ck_assert_uint_eq(outcome.offender, i == 1 ? 0 : 1);
        ck_assert(kept[0] && kept[1]);
    }
}
END_TEST

START_TEST(an_id_must_equal_the_message_id_exactly)
{
    RULES("L-159");
    struct text upper[] = {TEXT("abcdef00-1111-4111-8111-111111111111")};
    static const char *const responses[] = {
        REPORT(ITEM("ABCDEF00-1111-4111-8111-111111111111")),
        REPORT(ITEM(" abcdef00-1111-4111-8111-111111111111")),
        REPORT(ITEM("abcdef00-1111-4111-8111-111111111111 ")),
        REPORT(ITEM("AQEBreceipt")),
    };
    for (size_t i = 0; i < sizeof(responses) / sizeof(responses[0]); i++) {
        bool kept[1];
        struct outcome_input input = {.report_failures = true,
                                      .ids = upper,
                                      .count = 1,
                                      .end = INVOCATION_RESPONDED,
                                      .response = text_of(responses[i])};
        ck_assert_int_eq(outcome_decide(&input, kept).reason, REASON_UNKNOWN_ID);
        ck_assert(kept[0]);
    }
}
END_TEST

START_TEST(a_reported_id_keeps_every_copy)
{
    RULES("L-103");
    struct text copies[] = {TEXT(ID1), TEXT(ID2), TEXT(ID1)};
    bool kept[3];
    struct outcome_input input = {.report_failures = true,
                                  .ids = copies,
                                  .count = 3,
                                  .end = INVOCATION_RESPONDED,
                                  .response = TEXT(REPORT(ITEM(ID1)))};
    struct outcome outcome = outcome_decide(&input, kept);
    ck_assert_int_eq(outcome.kind, OUTCOME_PARTIAL);
    ck_assert_int_eq(outcome.reason, REASON_REPORTED);
    ck_assert_uint_eq(outcome.reported, 1);
    ck_assert(kept[0] && !kept[1] && kept[2]);
}
END_TEST

START_TEST(the_empty_item_can_be_switched_to_success)
{
    RULES("L-157-row-15");
    bool kept[2];
    struct outcome_input input = {.report_failures = true,
                                  .empty_item_succeeds = true,
                                  .ids = ids,
                                  .count = 2,
                                  .end = INVOCATION_RESPONDED,
                                  .response = TEXT(REPORT("{}"))};
    struct outcome outcome = outcome_decide(&input, kept);
    ck_assert_int_eq(outcome.kind, OUTCOME_DELETE_ALL);
    ck_assert_int_eq(outcome.reason, REASON_EMPTY_ITEM);
    ck_assert(!kept[0] && !kept[1]);

    input.response = TEXT(REPORT("{}," ITEM(ID2)));
    outcome = outcome_decide(&input, kept);
    ck_assert_int_eq(outcome.kind, OUTCOME_PARTIAL);
    ck_assert(!kept[0] && kept[1]);
}
END_TEST

START_TEST(of_duplicate_keys_the_last_wins)
{
    RULES("L-182");
    bool kept[2];
    ck_assert_int_eq(
        decide("{\"batchItemFailures\":[" ITEM(ID1) "],\"batchItemFailures\":[]}", kept).kind,
        OUTCOME_DELETE_ALL);
    struct outcome outcome =
        decide(REPORT("{\"itemIdentifier\":\"x\",\"itemIdentifier\":\"" ID2 "\"}"), kept);
    ck_assert_int_eq(outcome.kind, OUTCOME_PARTIAL);
    ck_assert(!kept[0] && kept[1]);
}
END_TEST

START_TEST(what_only_looks_like_json_fails_the_batch)
{
    RULES("L-182");
    static const char *const responses[] = {
        "NaN",
        "{\"batchItemFailures\":[],\"mean\":NaN}",
        "{\"batchItemFailures\":[],\"mean\":-Infinity}",
        "\xEF\xBB\xBF{\"batchItemFailures\":[]}",
        "{\"batchItemFailures\":[]} trailing",
        "{'batchItemFailures':[]}",
        "{\"batchItemFailures\":[],}",
        " ",
        "\"\xff\"",
    };
    for (size_t i = 0; i < sizeof(responses) / sizeof(responses[0]); i++) {
        bool kept[2];
        struct outcome outcome = decide(responses[i], kept);
        ck_assert_msg(outcome.reason == REASON_NOT_JSON, "response %zu", i);
        ck_assert_int_eq(outcome.kind, OUTCOME_KEEP_ALL);
        struct outcome_input off = {
            .ids = ids, .count = 2, .end = INVOCATION_RESPONDED, .response = text_of(responses[i])};
        ck_assert_int_eq(outcome_decide(&off, kept).kind, OUTCOME_DELETE_ALL);
    }
}
END_TEST

START_TEST(blanks_around_the_report_do_not_matter)
{
    bool kept[2];
    ck_assert_int_eq(
        decide("\r\n {\"batchItemFailures\" : [ { \"itemIdentifier\" : \"" ID2 "\" } ] }\n", kept)
            .kind,
        OUTCOME_PARTIAL);
    ck_assert(!kept[0] && kept[1]);
    ck_assert_int_eq(decide(" null ", kept).reason, REASON_RESPONSE_NULL);
}
END_TEST

START_TEST(a_null_list_beside_other_members_warns)
{
    RULES("L-181");
    bool kept[2];
    struct outcome outcome = decide("{\"batchItemFailures\":null,\"failures\":[1]}", kept);
    ck_assert_int_eq(outcome.reason, REASON_FAILURES_NULL);
    ck_assert(outcome.extra_members);
}
END_TEST

// 10,000 messages, each third reported.
START_TEST(a_large_batch_is_decided_by_id)
{
    RULES("L-160");
    enum {
        COUNT = 10000
    };
    cleanup(buffer_deinit) struct buffer names = {0};
    cleanup(buffer_deinit) struct buffer response = {0};
    cleanup_free struct text *many = allocate(COUNT * sizeof(*many));
    cleanup_free bool *kept = allocate(COUNT * sizeof(*kept));
    buffer_reserve(&names, COUNT * 8);
    buffer_append(&response, TEXT("{\"batchItemFailures\":["));
    for (int i = 0; i < COUNT; i++) {
        size_t at = names.length;
        buffer_print(&names, "m%06d", i);
        many[i] = text_from(names.bytes + at, 7);
        if (i % 3 == 0)
            buffer_print(&response, "%s{\"itemIdentifier\":\"m%06d\"}", i == 0 ? "" : ",", i);
    }
    buffer_append(&response, TEXT("]}"));
    struct outcome_input input = {.report_failures = true,
                                  .ids = many,
                                  .count = COUNT,
                                  .end = INVOCATION_RESPONDED,
                                  .response = buffer_text(&response)};
    struct outcome outcome = outcome_decide(&input, kept);
    ck_assert_uint_eq(outcome.reported, (COUNT + 2) / 3);
    for (int i = 0; i < COUNT; i++)
        ck_assert(kept[i] == (i % 3 == 0));
}
END_TEST

// Names stand in traces that programs read, sentences where people read them: both are promised.
START_TEST(every_reason_and_kind_has_words)
{
    // clang-format off
    static const struct {
        const char *name;
        const char *text;
    } words[REASONS_COUNT] = {
        [REASON_REPORTING_OFF] = {"reporting-off",
            "the function succeeded, and its response is not looked at because ReportBatchItemFailures is off"},
        [REASON_RESPONSE_NULL] = {"response-null",
            "the function returned null, which reports no failure"},
        [REASON_RESPONSE_EMPTY] = {"response-empty",
            "the function returned an empty response, which reports no failure"},
        [REASON_NO_FAILURES_MEMBER] = {"no-failures-member",
            "the response is an empty object, which reports no failure"},
        [REASON_FAILURES_NULL] = {"failures-null",
            "batchItemFailures is null, which reports no failure"},
        [REASON_FAILURES_EMPTY] = {"failures-empty",
            "batchItemFailures is an empty list, so every message succeeded"},
        [REASON_REPORTED] = {"reported",
            "the function reported some messages as failed; only those stay in the queue"},
        [REASON_REPORTED_ALL] = {"reported-all",
            "the function reported every message of the batch as failed, so none is deleted"},
        [REASON_FOREIGN_MEMBERS] = {"foreign-members",
            "the response has members but no batchItemFailures (the name must match exactly), so it counts as complete success"},
        [REASON_UNKNOWN_ID] = {"unknown-id",
            "the function reported an id that is not in the batch, so the whole report is void"},
        [REASON_EMPTY_ID] = {"empty-id",
            "the function reported an empty itemIdentifier, so the whole report is void"},
        [REASON_NULL_ID] = {"null-id",
            "the function reported an itemIdentifier that is null, so the whole report is void"},
        [REASON_ID_NOT_STRING] = {"id-not-string",
            "the function reported an itemIdentifier that is not a string, so the whole report is void"},
        [REASON_NO_IDENTIFIER] = {"no-identifier",
            "an entry of batchItemFailures has no itemIdentifier, so the whole report is void"},
        [REASON_EMPTY_ITEM] = {"empty-item",
            "an entry of batchItemFailures is an empty object, so the whole report is void"},
        [REASON_ITEM_NOT_OBJECT] = {"item-not-object",
            "an entry of batchItemFailures is not an object with an itemIdentifier, so the whole report is void"},
        [REASON_FAILURES_NOT_LIST] = {"failures-not-list",
            "batchItemFailures is not a list, so the whole report is void"},
        [REASON_NOT_OBJECT] = {"not-object",
            "the response is JSON but not an object, so it cannot be a report and the whole batch counts as failed"},
        [REASON_NOT_JSON] = {"not-json",
            "the response is not valid JSON, so the whole batch counts as failed"},
        [REASON_FUNCTION_ERROR] = {"function-error",
            "the function failed with an error, so the whole batch counts as failed"},
        [REASON_TIMED_OUT] = {"timed-out",
            "the function did not finish within its Timeout, so the whole batch counts as failed"},
        [REASON_EXITED] = {"exited",
            "the function's process or connection ended before it answered, so the whole batch counts as failed"},
        [REASON_TOO_LARGE] = {"too-large",
            "the function's response is larger than 6 MB, so the whole batch counts as failed"},
        [REASON_THROTTLED] = {"throttled",
            "the function was throttled: no concurrency was free"},
        [REASON_UNAVAILABLE] = {"unavailable",
            "the function could not be invoked: the service in front of it answered with a server error"},
        [REASON_FUNCTION_MISSING] = {"function-missing",
            "the function does not exist"},
        [REASON_REFUSED] = {"refused",
            "the handler refused the connection before anything was sent"},
    };
    static const char *const kinds[] = {
        [OUTCOME_DELETE_ALL] = "delete all",
        [OUTCOME_PARTIAL] = "delete all but the reported",
        [OUTCOME_KEEP_ALL] = "keep all",
        [OUTCOME_RETRY_IN_LEASE] = "retry inside the lease",
        [OUTCOME_KEEP_AND_STOP] = "keep all and stop",
    };
    // clang-format on
    for (int i = 0; i < REASONS_COUNT; i++) {
        ck_assert_str_eq(outcome_reason_name((enum outcome_reason)i).bytes, words[i].name);
        ck_assert_str_eq(outcome_reason_text((enum outcome_reason)i).bytes, words[i].text);
    }
    for (int i = OUTCOME_DELETE_ALL; i <= OUTCOME_KEEP_AND_STOP; i++)
        ck_assert_str_eq(outcome_kind_text((enum outcome_kind)i).bytes, kinds[i]);
}
END_TEST

static Suite *outcome_suite(void)
{
    Suite *suite = suite_create("outcome");
    TCase *table = tcase_create("L-157");
    tcase_add_loop_test(table, row_of_the_response_table, 0, ROWS);
    tcase_add_test(table, every_row_from_1_to_33_is_in_the_file);
    suite_add_tcase(suite, table);
    TCase *rules = tcase_create("rules");
    tcase_add_test(rules, one_bad_entry_voids_the_report_wherever_it_stands);
    tcase_add_test(rules, an_id_must_equal_the_message_id_exactly);
    tcase_add_test(rules, a_reported_id_keeps_every_copy);
    tcase_add_test(rules, the_empty_item_can_be_switched_to_success);
    tcase_add_test(rules, of_duplicate_keys_the_last_wins);
    tcase_add_test(rules, what_only_looks_like_json_fails_the_batch);
    tcase_add_test(rules, blanks_around_the_report_do_not_matter);
    tcase_add_test(rules, a_null_list_beside_other_members_warns);
    tcase_add_test(rules, a_large_batch_is_decided_by_id);
    tcase_add_test(rules, every_reason_and_kind_has_words);
    suite_add_tcase(suite, rules);
    return suite;
}

CHECK_MAIN(outcome_suite)
