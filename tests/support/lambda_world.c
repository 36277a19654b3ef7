// lambda_world -- requests are written as bytes and answers kept as bytes, because clients of other
// languages see nothing else.
#include "tests/support/lambda_world.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ANSWER_MS_MAX 5000

void lambda_world_deinit(struct lambda_world *world)
{
    emulator_free(world->emulator);
    json_tree_free(world->tree);
    buffer_deinit(&world->headers);
    buffer_deinit(&world->body);
    arena_free(world->arena);
}

void lambda_world_reopen(struct lambda_world *world)
{
    struct text reason = TEXT("");
    int status = 0;
    emulator_free(world->emulator);
    world->emulator = emulator_new(&world->options, &reason, &status);
    ck_assert_msg(world->emulator != NULL, "%.*s", TEXT_ARGUMENTS(reason));
}

void lambda_world_init(struct lambda_world *world)
{
    world->arena = arena_new();
    options_init(&world->options, world->arena);
    world->options.listener = false;
    world->options.quiet = true;
    world->options.seeded = true;
    world->options.seed = 1;
    world->options.clock = CLOCK_MANUAL;
    world->options.start_at_ms = LAMBDA_WORLD_START_MS;
    world->options.functions[world->options.function_count++] = TEXT("worker=sim:{}");
    world->options.functions[world->options.function_count++] = TEXT("other=sim:{}");
    lambda_world_reopen(world);
}

void lambda_world_advance(struct lambda_world *world, int64_t span_ms)
{
    struct text reason;
    ck_assert(emulator_advance(world->emulator, span_ms, &reason));
}

static void call_done(void *context, int status, struct text headers, struct text body)
{
    struct lambda_world *world = context;
    world->answered = true;
    world->status = status;
    buffer_clear(&world->headers);
    buffer_append(&world->headers, headers);
    buffer_append_byte(&world->headers, '\0');
    buffer_clear(&world->body);
    buffer_append(&world->body, body);
    json_tree_free(world->tree);
    world->tree = json_parse(body, NULL);
    buffer_append_byte(&world->body, '\0');
}

__attribute__((format(printf, 5, 0))) static int send_call(struct lambda_world *world,
                                                           const char *method, const char *target,
                                                           const char *headers, const char *format,
                                                           va_list arguments)
{
    cleanup(buffer_deinit) struct buffer request = {0};
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    cleanup_free char *body = allocate((size_t)length + 1);
    vsnprintf(body, (size_t)length + 1, format, arguments);
    for (int i = 0; i < length; i++) {
        if (body[i] == '\'')
            body[i] = '"';
    }
    buffer_print(&request, "%s %s HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %d\r\n\r\n",
                 method, target, headers, length);
    buffer_append(&request, text_from(body, (size_t)length));
    world->answered = false;
    emulator_request(world->emulator, buffer_text(&request), call_done, world);
    ck_assert(emulator_run_until(world->emulator, &world->answered, ANSWER_MS_MAX));
    return world->status;
}

int lambda_call(struct lambda_world *world, const char *method, const char *target,
                const char *headers, const char *body, ...)
{
    va_list arguments;
    va_start(arguments, body);
    int status = send_call(world, method, target, headers, body, arguments);
    va_end(arguments);
    return status;
}

int lambda_get(struct lambda_world *world, const char *target)
{
    return lambda_call(world, "GET", target, "", "%s", "");
}

int lambda_delete(struct lambda_world *world, const char *target)
{
    return lambda_call(world, "DELETE", target, "", "%s", "");
}

void lambda_world_sqs(struct lambda_world *world, const char *operation, const char *body, ...)
{
    char headers[128];
    snprintf(headers, sizeof(headers),
             "X-Amz-Target: AmazonSQS.%s\r\nContent-Type: application/x-amz-json-1.0\r\n",
             operation);
    va_list arguments;
    va_start(arguments, body);
    int status = send_call(world, "POST", "/", headers, body, arguments);
    va_end(arguments);
    ck_assert_msg(status == 200, "%s: %s", operation, world->body.bytes);
}

void lambda_world_queue(struct lambda_world *world, const char *name,
                        const char *visibility_timeout)
{
    bool fifo = text_ends_with(text_of(name), TEXT(".fifo"));
    lambda_world_sqs(world, "CreateQueue",
                     "{'QueueName':'%s','Attributes':{'VisibilityTimeout':'%s'%s}}", name,
                     visibility_timeout, fifo ? ",'FifoQueue':'true'" : "");
}

const char *lambda_world_map(struct lambda_world *world, const char *queue, const char *function,
                             const char *more)
{
    int status = lambda_call(world, "POST", MAPPINGS, "",
                             "{'EventSourceArn':'" ARN("%s") "','FunctionName':'%s'%s}", queue,
                             function, more);
    ck_assert_msg(status == 202, "%s", world->body.bytes);
    return arena_print(world->arena, "%s", lambda_member_of(world, "UUID")).bytes;
}

const char *lambda_path(struct lambda_world *world, const char *uuid)
{
    return arena_print(world->arena, MAPPINGS "/%s", uuid).bytes;
}

const char *lambda_member_of(const struct lambda_world *world, const char *name)
{
    const cJSON *found = json_member(world->tree, name);
    return cJSON_IsString(found) ? found->valuestring : "(none)";
}

void lambda_expect_part(const struct lambda_world *world, const char *part)
{
    ck_assert_msg(strstr(world->body.bytes, part) != NULL, "no %s in %s", part, world->body.bytes);
}

void lambda_expect_header(const struct lambda_world *world, const char *part)
{
    ck_assert_msg(strstr(world->headers.bytes, part) != NULL, "no %s in %s", part,
                  world->headers.bytes);
}

void lambda_expect_null(const struct lambda_world *world, const char *name)
{
    ck_assert_msg(cJSON_IsNull(json_member(world->tree, name)), "%s is not null in %s", name,
                  world->body.bytes);
}

void lambda_expect(const struct lambda_world *world, int status, const char *code, const char *body)
{
    ck_assert_str_eq(world->body.bytes, body);
    ck_assert_int_eq(world->status, status);
    char header[128];
    snprintf(header, sizeof(header), "x-amzn-errortype: %s\r\n", code);
    lambda_expect_header(world, header);
    lambda_expect_header(world, "x-amzn-requestid: ");
    lambda_expect_header(world, "Content-Type: application/json\r\n");
}
