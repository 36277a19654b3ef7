// api_world -- see the header. The translation between the protocols walks the operation's rows;
// whether the rows themselves are right is what the literal requests and answers of
// tests/emulator/api/sqs_operations_test.c pin.
#include "tests/support/api_world.h"

#include "emulator/api/api.h"
#include "emulator/api/sqs.h"
#include "esm/json.h"
#include "queue/base/digest.h"
#include "tests/support/xml.h"

#include <assert.h>
#include <check.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// ---- the world ----

void api_world_begin(struct api_world *world)
{
    *world = (struct api_world){.arena = arena_new()};
    options_init(&world->options, world->arena);
    world->world.options = &world->options;
    world->world.timeline = timeline_new(API_START_MS);
    random_init(&world->world.random, 1);
    world->world.journal = journal_none_new();
    struct engine_options engine_options = {
        .timeline = world->world.timeline,
        .random = &world->world.random,
        .journal = world->world.journal,
        .in_flight_max = IN_FLIGHT_MAX,
    };
    world->world.engine = engine_new(&engine_options);
    int64_t now_ms;
    engine_open(world->world.engine, NULL, NULL, &now_ms);
}

void api_world_begin_whole(struct api_world *world, enum clock_mode clock)
{
    *world = (struct api_world){.arena = arena_new(), .whole = true};
    options_init(&world->options, world->arena);
    world->options.listener = false;
    world->options.journal_none = true;
    world->options.quiet = true;
    world->options.clock = clock;
    world->options.start_at_ms = API_START_MS;
    struct text reason;
    int status;
    ck_assert(world_open(&world->world, &world->options, &reason, &status));
}

void api_world_end(struct api_world *world)
{
    if (world->whole)
        world_close(&world->world);
    else
        engine_free(world->world.engine);
    for (struct api_answer *answer = world->answers; answer != NULL; answer = answer->older) {
        json_tree_free(answer->tree);
        buffer_deinit(&answer->request.reply.body);
    }
    if (!world->whole) {
        journal_free(world->world.journal);
        timeline_free(world->world.timeline);
    }
    arena_free(world->arena);
}

void api_settle(struct api_world *world)
{
    while (engine_settle(world->world.engine)) {
    }
    engine_commit(world->world.engine);
}

void api_advance(struct api_world *world, int64_t by_ms)
{
    int64_t to_ms = timeline_now_ms(world->world.timeline) + by_ms;
    while (timeline_step(world->world.timeline, to_ms))
        api_settle(world);
    api_settle(world);
}

// ---- answers into trees ----

static cJSON *tree_of(const struct xml_element *element, const struct wire_shape *shape);

static char *terminated(struct text text)
{
    return duplicate(text.bytes, text.length);
}

static cJSON *string_of(const struct xml_element *element)
{
    cleanup_free char *string = terminated(element->text);
    return cJSON_CreateString(string);
}

static cJSON *value_of(const struct xml_element *element, const struct wire_member *member)
{
    switch (member->kind) {
    case WIRE_INTEGER: {
        int64_t number;
        ck_assert(text_to_integer(element->text, &number));
        return cJSON_CreateNumber((double)number);
    }
    case WIRE_BOOLEAN:
        ck_assert(text_equal(element->text, TEXT("true")) ||
                  text_equal(element->text, TEXT("false")));
        return cJSON_CreateBool(text_equal(element->text, TEXT("true")));
    case WIRE_STRUCTURE_LIST:
        return tree_of(element, member->shape);
    case WIRE_STRUCTURE_MAP:
        return tree_of(xml_child(element, TEXT("Value")), member->shape);
    case WIRE_TEXT_MAP:
        return string_of(xml_child(element, TEXT("Value")));
    case WIRE_TEXT:
    case WIRE_BLOB:
    case WIRE_TEXT_LIST:
    case WIRE_BLOB_LIST:
        break;
    }
    return string_of(element);
}

static void add_member(cJSON *object, const struct wire_member *member,
                       const struct xml_element *element)
{
    cleanup_free char *name = terminated(member->json);
    cJSON *place = cJSON_GetObjectItemCaseSensitive(object, name);
    switch (member->kind) {
    case WIRE_TEXT:
    case WIRE_BLOB:
    case WIRE_INTEGER:
    case WIRE_BOOLEAN:
        ck_assert_ptr_null(place);
        cJSON_AddItemToObject(object, name, value_of(element, member));
        return;
    case WIRE_TEXT_LIST:
    case WIRE_BLOB_LIST:
    case WIRE_STRUCTURE_LIST:
        if (place == NULL)
            place = cJSON_AddArrayToObject(object, name);
        cJSON_AddItemToArray(place, value_of(element, member));
        return;
    case WIRE_TEXT_MAP:
    case WIRE_STRUCTURE_MAP: {
        if (place == NULL)
            place = cJSON_AddObjectToObject(object, name);
        cleanup_free char *key = terminated(xml_child(element, member->key)->text);
        cJSON_AddItemToObject(place, key, value_of(element, member));
        return;
    }
    }
}

static cJSON *tree_of(const struct xml_element *element, const struct wire_shape *shape)
{
    cJSON *object = cJSON_CreateObject();
    ck_assert_ptr_nonnull(element);
    for (const struct xml_element *child = element->children; child != NULL; child = child->next) {
        const struct wire_member *member = NULL;
        for (size_t i = 0; i < shape->count && member == NULL; i++) {
            if (text_equal(shape->members[i].query, child->name))
                member = &shape->members[i];
        }
        ck_assert_msg(member != NULL, "no row for <%.*s>", TEXT_ARGUMENTS(child->name));
        add_member(object, member, child);
    }
    return object;
}

static const struct sqs_operation *operation_of(struct text action)
{
    for (size_t i = 0; i < sqs_operation_count; i++) {
        if (text_equal(sqs_operations[i].action, action))
            return &sqs_operations[i];
    }
    return NULL;
}

static void read_json(struct api_answer *answer)
{
    if (answer->body.length == 0)
        return;
    answer->tree = json_parse(answer->body, NULL);
    ck_assert_msg(answer->tree != NULL, "not JSON: %.*s", TEXT_ARGUMENTS(answer->body));
    if (answer->status == 200)
        return;
    struct text sender;
    struct text namespace;
    text_cut(api_header(answer, "x-amzn-query-error"), ';', &answer->code, &sender);
    text_cut(json_member_text(answer->tree, "__type"), '#', &namespace, &answer->shape);
    answer->message = json_member_text(answer->tree, "message");
}

static void read_xml(struct arena *arena, struct api_answer *answer)
{
    const struct xml_element *root = xml_parse(arena, answer->body);
    ck_assert_msg(root != NULL, "not XML: %.*s", TEXT_ARGUMENTS(answer->body));
    const struct xml_element *error = xml_child(root, TEXT("Error"));
    if (error != NULL) {
        answer->code = xml_child(error, TEXT("Code"))->text;
        answer->message = xml_child(error, TEXT("Message"))->text;
        ck_assert(text_equal(xml_child(error, TEXT("Type"))->text, TEXT("Sender")));
        ck_assert_ptr_nonnull(xml_child(error, TEXT("Detail")));
        ck_assert_ptr_nonnull(xml_child(root, TEXT("RequestId")));
        return;
    }
    const struct sqs_operation *operation = operation_of(answer->action);
    if (operation == NULL || operation->output == NULL || answer->status != 200)
        return;
    struct text result = arena_print(arena, "%.*sResult", TEXT_ARGUMENTS(answer->action));
    answer->tree = tree_of(xml_child(root, result), operation->output);
}

static void finished(struct request *request)
{
    struct api_answer *answer = list_entry(request, struct api_answer, request);
    ck_assert_int_eq(answer->status, 0);
    answer->status = request->reply.status;
    answer->body = buffer_text(&request->reply.body);
    if (answer->protocol == WIRE_JSON)
        read_json(answer);
    else if (!text_starts_with(answer->body, TEXT("{"))) // S-28
        read_xml(request->arena, answer);
}

// ---- requests ----

static struct api_answer *answer_new(struct api_world *world, enum wire_protocol protocol,
                                     struct text action)
{
    struct api_answer *answer = arena_allocate(world->arena, sizeof(*answer));
    answer->older = world->answers;
    world->answers = answer;
    answer->protocol = protocol;
    answer->action = action;
    struct request *request = &answer->request;
    request->world = &world->world;
    request->arena = world->arena;
    request->finished = finished;
    memcpy(request->request_id, "00000000-0000-4000-8000-000000000001", 36);
    return answer;
}

static void add_header(struct request *request, struct text name, struct text value)
{
    request->headers[request->header_count++] = (struct header){.name = name, .value = value};
}

static struct api_answer *act(struct api_world *world, struct api_answer *answer)
{
    add_header(&answer->request, TEXT("Host"), TEXT(API_HOST));
    if (world->extra.name.length > 0)
        add_header(&answer->request, world->extra.name, world->extra.value);
    api_sqs(&answer->request);
    api_settle(world);
    return answer;
}

static void set_target(struct request *request, struct text target)
{
    request->path = target;
    text_cut(target, '?', &request->path, &request->query);
}

static struct text parameter_of(struct text form, const char *name)
{
    struct text needle = text_of(name);
    size_t at;
    if (!text_find(form, needle, &at))
        return TEXT("");
    struct text value = text_skip(form, at + needle.length);
    struct text rest;
    text_cut(value, '&', &value, &rest);
    return value;
}

struct api_answer *api_post(struct api_world *world, const char *target, struct text body)
{
    struct api_answer *answer = answer_new(world, WIRE_QUERY, parameter_of(body, "Action="));
    answer->request.method = TEXT("POST");
    set_target(&answer->request, text_of(target));
    answer->request.body = body;
    add_header(&answer->request, TEXT("Content-Type"), TEXT("application/x-www-form-urlencoded"));
    return act(world, answer);
}

struct api_answer *api_post_json(struct api_world *world, const char *action, struct text body)
{
    struct api_answer *answer =
        answer_new(world, WIRE_JSON, arena_copy(world->arena, text_of(action)));
    answer->request.method = TEXT("POST");
    answer->request.path = text_of(world->json_path == NULL ? "/" : world->json_path);
    answer->request.body = body;
    add_header(&answer->request, TEXT("Content-Type"), TEXT("application/x-amz-json-1.0"));
    add_header(&answer->request, TEXT("X-Amz-Target"),
               arena_print(world->arena, "AmazonSQS.%s", action));
    return act(world, answer);
}

struct api_answer *api_get(struct api_world *world, const char *target)
{
    struct text form = text_of(target);
    struct api_answer *answer = answer_new(world, WIRE_QUERY, parameter_of(form, "Action="));
    answer->request.method = TEXT("GET");
    set_target(&answer->request, form);
    return act(world, answer);
}

// ---- JSON members into a form ----

static void append_parameter(struct buffer *form, const char *name, struct text value)
{
    buffer_print(form, "&%s=", name);
    for (size_t i = 0; i < value.length; i++) {
        unsigned char byte = (unsigned char)value.bytes[i];
        if (isalnum(byte))
            buffer_append_byte(form, (char)byte);
        else
            buffer_print(form, "%%%02X", byte);
    }
}

static void append_scalar(struct buffer *form, const char *name, const cJSON *value)
{
    cleanup(buffer_deinit) struct buffer text = {0};
    if (cJSON_IsString(value))
        buffer_append(&text, text_of(value->valuestring));
    else
        json_append_tree(&text, value);
    append_parameter(form, name, buffer_text(&text));
}

static void append_structure(struct arena *arena, struct buffer *form, const char *prefix,
                             const struct wire_shape *shape, const cJSON *object);

// One element of a list or map: its prefix ends in its number.
static void append_element(struct arena *arena, struct buffer *form, const char *prefix,
                           const struct wire_member *member, const cJSON *element)
{
    const char *name = prefix;
    if (member->kind == WIRE_TEXT_MAP || member->kind == WIRE_STRUCTURE_MAP) {
        struct text key = arena_print(arena, "%s.%.*s", prefix, TEXT_ARGUMENTS(member->key));
        append_parameter(form, key.bytes, text_of(element->string));
        name = arena_print(arena, "%s.Value", prefix).bytes;
    }
    if (member->shape != NULL)
        append_structure(arena, form, arena_print(arena, "%s.", name).bytes, member->shape,
                         element);
    else
        append_scalar(form, name, element);
}

static void append_member(struct arena *arena, struct buffer *form, const char *prefix,
                          const struct wire_member *member, const cJSON *value)
{
    const char *name = arena_print(arena, "%s%.*s", prefix, TEXT_ARGUMENTS(member->query)).bytes;
    if (!cJSON_IsArray(value) && !cJSON_IsObject(value)) {
        append_scalar(form, name, value);
        return;
    }
    int number = 0;
    const cJSON *element;
    cJSON_ArrayForEach(element, value)
    {
        struct text numbered = arena_print(arena, "%s.%d", name, ++number);
        append_element(arena, form, numbered.bytes, member, element);
    }
    // As SDKs write a list without elements.
    if (number == 0 && cJSON_IsArray(value))
        append_parameter(form, name, TEXT(""));
}

static void append_structure(struct arena *arena, struct buffer *form, const char *prefix,
                             const struct wire_shape *shape, const cJSON *object)
{
    const cJSON *child;
    cJSON_ArrayForEach(child, object)
    {
        const struct wire_member *member = NULL;
        for (size_t i = 0; i < shape->count && member == NULL; i++) {
            if (text_equal(shape->members[i].json, text_of(child->string)))
                member = &shape->members[i];
        }
        if (member != NULL)
            append_member(arena, form, prefix, member, child);
        else
            append_scalar(form, child->string, child);
    }
}

static struct text form_of(struct api_world *world, const char *action, struct text json)
{
    cleanup(buffer_deinit) struct buffer form = {0};
    cleanup(json_tree_free) cJSON *tree = json_parse(json, NULL);
    ck_assert_msg(tree != NULL, "not JSON: %.*s", TEXT_ARGUMENTS(json));
    buffer_print(&form, "Action=%s&Version=2012-11-05", action);
    const struct sqs_operation *operation = operation_of(text_of(action));
    assert(operation != NULL);
    append_structure(world->arena, &form, "", operation->input, tree);
    return arena_copy(world->arena, buffer_text(&form));
}

struct api_answer *api_call(struct api_world *world, int protocol, const char *action,
                            const char *members, ...)
{
    va_list arguments;
    va_start(arguments, members);
    char *json = NULL;
    ck_assert_int_ge(vasprintf(&json, members, arguments), 0);
    va_end(arguments);
    for (char *at = json; *at != '\0'; at++)
        *at = *at == '\'' ? '"' : *at;
    struct text body = arena_copy(world->arena, text_of(json));
    free(json);

    if (protocol == WIRE_JSON)
        return api_post_json(world, action, body);
    return api_post(world, "/", form_of(world, action, body));
}

void api_hang_up(struct api_world *world, struct api_answer *answer)
{
    ck_assert_ptr_nonnull(answer->request.cancel);
    answer->request.cancel(&answer->request);
    api_settle(world);
}

// ---- looking at answers ----

struct text api_header(const struct api_answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->request.reply.header_count; i++) {
        if (text_equal_ignoring_case(answer->request.reply.headers[i].name, text_of(name)))
            return answer->request.reply.headers[i].value;
    }
    return TEXT("");
}

const char *api_get_text(struct api_world *world, const struct api_answer *answer, const char *path)
{
    const cJSON *value = answer->tree;
    struct text rest = text_of(path);
    while (rest.length > 0 && value != NULL) {
        struct text name = rest;
        struct text after = {0};
        text_cut(rest, '.', &name, &after);
        rest = after;
        // A name may itself contain dots: "MessageAttributes.Help.Me" is tried as a whole first.
        struct text whole =
            after.length > 0 ? text_from(name.bytes, name.length + 1 + after.length) : name;
        cleanup_free char *whole_key = terminated(whole);
        cleanup_free char *key = terminated(name);
        if (cJSON_IsArray(value)) {
            value = cJSON_GetArrayItem(value, atoi(key));
        } else if (cJSON_GetObjectItemCaseSensitive(value, whole_key) != NULL) {
            value = cJSON_GetObjectItemCaseSensitive(value, whole_key);
            rest = TEXT("");
        } else {
            value = cJSON_GetObjectItemCaseSensitive(value, key);
        }
    }
    if (value == NULL)
        return NULL;
    cleanup(buffer_deinit) struct buffer text = {0};
    if (cJSON_IsString(value))
        buffer_append(&text, text_of(value->valuestring));
    else
        json_append_tree(&text, value);
    return arena_copy(world->arena, buffer_text(&text)).bytes;
}

void api_create_queue(struct api_world *world, const char *name, const char *members)
{
    api_expect_ok(api_call(world, WIRE_JSON, "CreateQueue", "{'QueueName':'%s'%s%s}", name,
                           members[0] == '\0' ? "" : ",", members));
}

const char *api_send(struct api_world *world, const char *queue, const char *body)
{
    struct api_answer *answer = api_call(world, WIRE_JSON, "SendMessage",
                                         "{'QueueUrl':'%s','MessageBody':'%s'}", queue, body);
    api_expect_ok(answer);
    return api_get_text(world, answer, "MessageId");
}

const char *api_receive(struct api_world *world, const char *queue)
{
    struct api_answer *answer = api_call(world, WIRE_JSON, "ReceiveMessage",
                                         "{'QueueUrl':'%s','WaitTimeSeconds':0}", queue);
    api_expect_ok(answer);
    return api_get_text(world, answer, "Messages.0.ReceiptHandle");
}

const char *api_attribute(struct api_world *world, const char *queue, const char *name)
{
    struct api_answer *answer = api_call(world, WIRE_JSON, "GetQueueAttributes",
                                         "{'QueueUrl':'%s','AttributeNames':['All']}", queue);
    api_expect_ok(answer);
    struct text path = arena_print(world->arena, "Attributes.%s", name);
    return api_get_text(world, answer, path.bytes);
}

void api_expect_ok(const struct api_answer *answer)
{
    ck_assert_msg(answer->status == 200, "%.*s: status %d, %.*s", TEXT_ARGUMENTS(answer->action),
                  answer->status, TEXT_ARGUMENTS(answer->body));
}

static void expect_equal(struct text actual, const char *expected, const char *what)
{
    ck_assert_msg(text_equal(actual, text_of(expected)), "%s is \"%.*s\", not \"%s\"", what,
                  TEXT_ARGUMENTS(actual), expected);
}

void api_expect_fault(const struct api_answer *answer, int status, const char *code,
                      const char *shape, const char *message)
{
    expect_equal(answer->code, code, "code");
    expect_equal(answer->message, message, "message");
    ck_assert_int_eq(answer->status, status);
    if (answer->protocol == WIRE_JSON)
        expect_equal(answer->shape, shape, "shape");
}

void api_expect_text(struct api_world *world, const struct api_answer *answer, const char *path,
                     const char *expected)
{
    const char *actual = api_get_text(world, answer, path);
    if (expected == NULL)
        ck_assert_msg(actual == NULL, "%s is \"%s\" and should be absent", path, actual);
    else
        ck_assert_msg(actual != NULL && strcmp(actual, expected) == 0, "%s is \"%s\", not \"%s\"",
                      path, actual == NULL ? "(absent)" : actual, expected);
}

void api_expect_refusals(struct api_world *world, int protocol, const struct api_refusal *refusals,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct api_refusal *refusal = &refusals[i];
        struct api_answer *answer =
            api_call(world, protocol, refusal->action, "%s", refusal->members);
        ck_assert_msg(answer->status != 200, "not refused: %s %s", refusal->action,
                      refusal->members);
        api_expect_fault(answer, refusal->status, refusal->code, refusal->shape, refusal->message);
    }
}

void api_expect_failed(struct api_world *world, const struct api_answer *answer, size_t index,
                       const char *id, const char *code, const char *message)
{
    api_expect_ok(answer);
    const char *prefix = arena_print(world->arena, "Failed.%zu.", index).bytes;
    const struct {
        const char *name;
        const char *value;
    } members[] = {{"Id", id}, {"Code", code}, {"Message", message}, {"SenderFault", "true"}};
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        api_expect_text(world, answer,
                        arena_print(world->arena, "%s%s", prefix, members[i].name).bytes,
                        members[i].value);
}
