// scenario_invoke -- the step invoke: a function is called directly, and what it answers is as expected, or the report says how not.
//
//     - invoke: {function: price, payload: {sku: A}, answer: {cents: 250}}
//     - invoke: {function: price, payload: {}, error: Unhandled, contains: no sku}
//
// A synchronous Invoke waits for its answer, and a function's answer takes virtual time: so the request goes first, and the clock
// is moved until it is answered.
#include "cli/scenario.h"

#include "queue/base/buffer.h"

#include <string.h>

#define WAIT_MS_MAX 1000000 // longer than any Timeout

static const struct field invoke_fields[] = {
    {"function", FIELD_FUNCTION, true}, {"payload", FIELD_ANY, false}, {"answer", FIELD_ANY, false},
    {"contains", FIELD_TEXT, false},    {"error", FIELD_TEXT, false},  {NULL, FIELD_ANY, false},
};

// Lives in the scenario's arena, because the answer may come as late as the end of the emulator.
struct invoke_answer {
    struct arena *arena;
    bool done;
    int status;
    struct text error; // X-Amz-Function-Error; empty: none
    struct text body;
};

bool invoke_check(struct scenario *scenario, const cJSON *node)
{
    return shape_check(&scenario->stack, "invoke", node, invoke_fields) &&
           (tree_member(node, "answer") == NULL || tree_member(node, "contains") == NULL ||
            stack_fault(&scenario->stack, tree_member(node, "contains"),
                        "invoke takes answer or contains, not both"));
}

static void answered(void *context, int status, struct text headers, struct text body)
{
    static const struct text name = TEXT("X-Amz-Function-Error: ");
    struct invoke_answer *answer = context;
    size_t at;
    answer->done = true;
    answer->status = status;
    answer->body = arena_copy(answer->arena, body);
    if (!text_find(headers, name, &at))
        return;
    struct text rest = text_skip(headers, at + name.length);
    struct text line = rest;
    text_cut(rest, '\r', &line, &rest);
    answer->error = arena_copy(answer->arena, line);
}

static void ask(struct scenario *scenario, const cJSON *node, struct invoke_answer *answer)
{
    const struct stack_function *function =
        stack_find_function(&scenario->stack, node_text(tree_member(node, "function")));
    const cJSON *payload = tree_member(node, "payload");
    cleanup(buffer_deinit) struct buffer request = {0};
    char *body = payload == NULL ? NULL : cJSON_PrintUnformatted(payload);
    struct text body_text = payload == NULL ? TEXT("{}") : text_of(body);
    buffer_print(&request,
                 "POST /2015-03-31/functions/%.*s/invocations HTTP/1.1\r\nHost: localhost\r\n"
                 "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                 TEXT_ARGUMENTS(function->name), body_text.length);
    buffer_append(&request, body_text);
    cJSON_free(body);
    emulator_request(scenario->stack.emulator, buffer_text(&request), answered, answer);
}

// One invocation of the function in virtual time, then twice as long again and again.
static bool wait_for(struct scenario *scenario, const cJSON *node,
                     const struct invoke_answer *answer)
{
    const struct stack_function *function =
        stack_find_function(&scenario->stack, node_text(tree_member(node, "function")));
    int64_t step_ms = 1;
    duration_of(tree_member(function->resource, "Duration"), &step_ms);
    for (int64_t waited_ms = 0;; waited_ms += step_ms) {
        emulator_await_handlers(scenario->stack.emulator);
        if (answer->done)
            return true;
        if (waited_ms > WAIT_MS_MAX)
            return stack_fault(&scenario->stack, node, "the function gave no answer");
        step_ms = waited_ms > 0 ? waited_ms : step_ms < 1 ? 1 : step_ms;
        if (!scenario_advance(scenario, node, step_ms))
            return false;
    }
}

static void judge_error(const cJSON *error, const struct invoke_answer *answer,
                        struct verdict *verdict)
{
    struct text wanted = node_text(error);
    if (text_equal(wanted, answer->error))
        return;
    verdict_expected(verdict, "error: %.*s",
                     TEXT_ARGUMENTS(wanted.length > 0 ? wanted : TEXT("none")));
    verdict_actual(verdict, "error: %.*s, and the answer: %.*s",
                   TEXT_ARGUMENTS(answer->error.length > 0 ? answer->error : TEXT("none")),
                   TEXT_ARGUMENTS(answer->body));
}

static void judge_answer(const cJSON *node, const struct invoke_answer *answer,
                         struct verdict *verdict)
{
    const cJSON *wanted = tree_member(node, "answer");
    const cJSON *contains = tree_member(node, "contains");
    if (contains != NULL && !text_find(answer->body, node_text(contains), NULL)) {
        verdict_expected(verdict, "an answer with: %.*s", TEXT_ARGUMENTS(node_text(contains)));
        verdict_actual(verdict, "answer: %.*s", TEXT_ARGUMENTS(answer->body));
    }
    cleanup(cJSON_Delete) cJSON *actual =
        cJSON_ParseWithLength(answer->body.bytes, answer->body.length);
    if (wanted == NULL || (actual != NULL && cJSON_Compare(wanted, actual, true)))
        return;
    char *json = cJSON_PrintUnformatted(wanted);
    verdict_expected(verdict, "answer: %s", json);
    verdict_actual(verdict, "answer: %.*s", TEXT_ARGUMENTS(answer->body));
    cJSON_free(json);
}

bool invoke_play(struct scenario *scenario, const cJSON *node)
{
    struct invoke_answer *answer = arena_allocate(scenario->stack.arena, sizeof(*answer));
    *answer = (struct invoke_answer){.arena = scenario->stack.arena};
    ask(scenario, node, answer);
    if (!wait_for(scenario, node, answer))
        return false;
    if (answer->status != 200)
        return stack_fault(&scenario->stack, node, "Lambda refused this: %.*s",
                           TEXT_ARGUMENTS(answer->body));
    cleanup(buffer_deinit) struct buffer expected = {0};
    cleanup(buffer_deinit) struct buffer actual = {0};
    struct verdict verdict = {.expected = &expected, .actual = &actual};
    judge_error(tree_member(node, "error"), answer, &verdict);
    judge_answer(node, answer, &verdict);
    verdict_file(scenario, node, &verdict);
    return true;
}
