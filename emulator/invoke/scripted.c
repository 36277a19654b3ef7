// scripted -- functions without code. A script says which messages fail and how; everything else
// follows from the event.
//
//     invoke(): the end and the response are decided from the payload alone
//        `-> timer at the invoke instant (delete-then-throw only): the good messages are deleted
//               `-> timer at the invoke instant + duration, or + Timeout: done()
//
// Nothing here looks at real time or draws a number: whether a message belongs to the failing share
// is a hash of its id and of the world's seed, so that a message fails on every delivery or on
// none, in whatever order it is retried. What was not taken: drawing per delivery, which would let
// every poison message recover by luck.
#include "emulator/invoke/scripted.h"

#include "emulator/clock.h"
#include "emulator/invoke/payload.h"
#include "emulator/loop.h"
#include "emulator/options.h"
#include "emulator/world.h"
#include "esm/function.h"
#include "esm/json.h"
#include "queue/base/buffer.h"
#include "queue/base/random.h"
#include "queue/engine.h"

#include <assert.h>
#include <inttypes.h>

#define DURATION_MS_MAX (FUNCTION_TIMEOUT_SECONDS_MAX * 1000LL)
#define RECOVERS_MAX 1000

enum how {
    HOW_REPORT,
    HOW_THROW,
    HOW_DELETE_THEN_THROW,
    HOW_STOP_AT_FIRST_FAILURE,
    HOW_MALFORMED,
    HOW_TIMEOUT,
    HOW_CRASH,
    HOW_THROTTLE,
    HOW_END,
    HOWS_COUNT
};

static const char *const how_names[HOWS_COUNT] = {
    [HOW_REPORT] = "report",
    [HOW_THROW] = "throw",
    [HOW_DELETE_THEN_THROW] = "delete-then-throw",
    [HOW_STOP_AT_FIRST_FAILURE] = "stop-at-first-failure",
    [HOW_MALFORMED] = "malformed",
    [HOW_TIMEOUT] = "timeout",
    [HOW_CRASH] = "crash",
    [HOW_THROTTLE] = "throttle",
    [HOW_END] = "end",
};

static const char *const end_names[] = {
    [INVOCATION_RESPONDED] = "responded",     [INVOCATION_FUNCTION_ERROR] = "function-error",
    [INVOCATION_TIMED_OUT] = "timed-out",     [INVOCATION_EXITED] = "exited",
    [INVOCATION_TOO_LARGE] = "too-large",     [INVOCATION_THROTTLED] = "throttled",
    [INVOCATION_UNAVAILABLE] = "unavailable", [INVOCATION_MISSING] = "missing",
    [INVOCATION_REFUSED] = "refused",
};

#define ENDS_COUNT (sizeof(end_names) / sizeof(end_names[0]))

enum which {
    WHICH_NONE,
    WHICH_BODY,
    WHICH_ATTRIBUTE,
    WHICH_SHARE
};

// A parsed target; its texts live in the function's arena.
struct script {
    enum which which;
    struct text body; // WHICH_BODY: a part of the body
    struct text attribute_name;
    struct text attribute_value;
    double share; // 0 to 1
    enum how how;
    bool stop; // delete-then-throw: throws at the first failure instead of carrying on to the end
    struct text malformed;
    enum invocation_end end; // HOW_END
    struct text response;    // HOW_END
    int64_t recovers;        // fails while its receive count is below; 0: never recovers
    int64_t duration_ms;     // -1: the function's, or 0 beside item_ms
    int64_t item_ms;         // of each message that it gets to
    int64_t failing_ms;      // of each that fails; -1: item_ms
    int64_t delete_ms;       // of each deletion by delete-then-throw
    struct text hangs;       // a part of the body at which it stands still; empty: none
};

// One invocation under way.
struct script_run {
    struct scripted_invoker *invoker;
    enum invocation_end end;
    int64_t end_at_ms;
    struct buffer response;
};

struct scripted_invoker {
    struct invoker face;
    struct world *world;
    uint64_t salt;  // of the shares, from the world's seed
    size_t started; // invocations that have not had their done()
};

// The event as the script sees it.
struct reading {
    const struct script *script;
    uint64_t salt;
    const cJSON *records; // NULL if the payload is no batch, or not looked at: then nothing fails
};

// A script that does the same whatever the event holds need not read it: that would be more than
// half of a delivery's price.
static cJSON *script_read_event(const struct script *script, struct text payload)
{
    bool looks = script->which != WHICH_NONE || script->how == HOW_END || script->item_ms > 0 ||
                 script->hangs.length > 0;
    return looks ? json_parse(payload, NULL) : NULL;
}

// ---- which messages fail ----

static double message_share(uint64_t salt, struct text message_id)
{
    uint64_t hash = salt ^ 0xcbf29ce484222325ULL;
    for (size_t i = 0; i < message_id.length; i++)
        hash = (hash ^ (uint8_t)message_id.bytes[i]) * 0x100000001b3ULL;
    struct random random;
    random_init(&random, hash);
    return (double)(random_next(&random) >> 11) * 0x1p-53;
}

static bool record_has_attribute(const cJSON *record, struct text name, struct text value)
{
    const cJSON *attribute;
    cJSON_ArrayForEach(attribute, json_member(record, "messageAttributes"))
    {
        if (text_equal(text_of(attribute->string), name))
            return text_equal(json_member_text(attribute, "stringValue"), value);
    }
    return false;
}

static bool record_is_chosen(const struct reading *reading, const cJSON *record)
{
    const struct script *script = reading->script;
    switch (script->which) {
    case WHICH_NONE:
        return false;
    case WHICH_BODY:
        return text_find(json_member_text(record, "body"), script->body, NULL);
    case WHICH_ATTRIBUTE:
        return record_has_attribute(record, script->attribute_name, script->attribute_value);
    case WHICH_SHARE:
        return message_share(reading->salt, json_member_text(record, "messageId")) < script->share;
    }
    assert(false);
    return false;
}

static bool record_fails(const struct reading *reading, const cJSON *record)
{
    if (!record_is_chosen(reading, record))
        return false;
    int64_t receive_count = 0;
    struct text count_text =
        json_member_text(json_member(record, "attributes"), "ApproximateReceiveCount");
    return reading->script->recovers == 0 || !text_to_integer(count_text, &receive_count) ||
           receive_count < reading->script->recovers;
}

// How many messages fail; ret_first_id lives as long as the event's tree.
static size_t reading_failures(const struct reading *reading, struct text *ret_first_id)
{
    size_t failed = 0;
    const cJSON *record;
    cJSON_ArrayForEach(record, reading->records)
    {
        if (!record_fails(reading, record))
            continue;
        if (failed++ == 0)
            *ret_first_id = json_member_text(record, "messageId");
    }
    return failed;
}

// ---- how far it gets ----

// It stands still for ever at such a message, the first time that it is given it.
static bool record_hangs(const struct reading *reading, const cJSON *record)
{
    struct text count =
        json_member_text(json_member(record, "attributes"), "ApproximateReceiveCount");
    return reading->script->hangs.length > 0 && text_equal(count, TEXT("1")) &&
           text_find(json_member_text(record, "body"), reading->script->hangs, NULL);
}

// Does the failure of one message end the work on the batch?
static bool script_stops_at_failure(const struct script *script)
{
    return script->how == HOW_THROW || script->how == HOW_STOP_AT_FIRST_FAILURE ||
           (script->how == HOW_DELETE_THEN_THROW && script->stop);
}

// One message after the other, as far as the script gets before it is done, stops, hangs, or is cut off. Calls remove for each
// message that it deletes. Returns how long that takes; from its Timeout on it was cut off.
static int64_t reading_work(const struct reading *reading, const struct function *function,
                            void (*remove)(struct world *world, const struct function *function,
                                           const cJSON *record),
                            struct world *world)
{
    const struct script *script = reading->script;
    int64_t timeout_ms = function->timeout_seconds * 1000;
    bool has_items = script->item_ms > 0 || script->failing_ms > 0 || script->delete_ms > 0;
    int64_t worked_ms = script->duration_ms >= 0 ? script->duration_ms
                        : has_items              ? 0
                                                 : function->duration_ms;
    const cJSON *record;
    cJSON_ArrayForEach(record, reading->records)
    {
        if (record_hangs(reading, record))
            return timeout_ms + 1;
        bool fails = record_fails(reading, record);
        bool deletes = script->how == HOW_DELETE_THEN_THROW && !fails;
        worked_ms += fails && script->failing_ms >= 0 ? script->failing_ms : script->item_ms;
        worked_ms += deletes ? script->delete_ms : 0;
        if (has_items && worked_ms > timeout_ms)
            return worked_ms;
        if (deletes && remove)
            remove(world, function, record);
        if (fails && script_stops_at_failure(script))
            break;
    }
    return worked_ms;
}

// ---- responses ----

// The failed messages, or (on a FIFO queue the only way to keep the order: L-171) the first failed
// one and all after it.
static void append_report(struct buffer *response, const struct reading *reading)
{
    bool failed = false;
    struct text separator = TEXT("{");
    buffer_append(response, TEXT("{\"batchItemFailures\":["));
    const cJSON *record;
    cJSON_ArrayForEach(record, reading->records)
    {
        bool fails = record_fails(reading, record);
        failed = failed || fails;
        if (!fails && !(failed && reading->script->how == HOW_STOP_AT_FIRST_FAILURE))
            continue;
        buffer_append(response, separator);
        json_append_member_string(response, TEXT("itemIdentifier"),
                                  json_member_text(record, "messageId"));
        buffer_append_byte(response, '}');
        separator = TEXT(",{");
    }
    buffer_append(response, TEXT("]}"));
}

// The script's own text, with $ID replaced by the id of the first failed message.
static void append_malformed(struct buffer *response, struct text malformed, struct text id)
{
    size_t at;
    while (text_find(malformed, TEXT("$ID"), &at)) {
        buffer_append(response, text_head(malformed, at));
        buffer_append(response, id);
        malformed = text_skip(malformed, at + 3);
    }
    buffer_append(response, malformed);
}

// The script's own text, with $ID1 to $ID9 replaced by the batch's ids.
static void append_response(struct buffer *response, struct text text, const cJSON *records)
{
    size_t at;
    while (text_find(text, TEXT("$ID"), &at)) {
        char digit = at + 3 < text.length ? text.bytes[at + 3] : '0';
        const cJSON *record =
            digit >= '1' && digit <= '9' ? cJSON_GetArrayItem(records, digit - '1') : NULL;
        buffer_append(response, text_head(text, at));
        if (record)
            buffer_append(response, json_member_text(record, "messageId"));
        else
            buffer_append(response,
                          text_head(text_skip(text, at), 4)); // no such message: as it stands
        text = text_skip(text, at + 4);
    }
    buffer_append(response, text);
}

static void append_exception(struct buffer *response, size_t failed, size_t total)
{
    cleanup(buffer_deinit) struct buffer message = {0};
    buffer_print(&message, "%zu of %zu messages failed", failed, total);
    payload_append_error(response, TEXT("ScriptedFailure"), buffer_text(&message));
}

static void run_decide(struct script_run *run, const struct invocation *invocation,
                       const struct reading *reading)
{
    if (reading->script->how == HOW_END) {
        run->end = reading->script->end;
        append_response(&run->response, reading->script->response, reading->records);
        return;
    }
    struct text first_id = {0};
    size_t failed = reading_failures(reading, &first_id);
    size_t total = (size_t)cJSON_GetArraySize(reading->records);
    run->end = INVOCATION_RESPONDED;
    if (failed == 0) {
        append_report(&run->response, reading);
        return;
    }
    switch (reading->script->how) {
    case HOW_REPORT:
    case HOW_STOP_AT_FIRST_FAILURE:
        append_report(&run->response, reading);
        return;
    case HOW_THROW:
    case HOW_DELETE_THEN_THROW:
        run->end = INVOCATION_FUNCTION_ERROR;
        append_exception(&run->response, failed, total);
        return;
    case HOW_MALFORMED:
        append_malformed(&run->response, reading->script->malformed, first_id);
        return;
    case HOW_TIMEOUT:
        run->end = INVOCATION_TIMED_OUT;
        payload_append_timeout(&run->response, invocation);
        return;
    case HOW_CRASH:
        run->end = INVOCATION_EXITED;
        payload_append_exit(&run->response, invocation, TEXT("exited with error: exit status 1"));
        return;
    case HOW_THROTTLE:
        run->end = INVOCATION_THROTTLED;
        return;
    case HOW_END:
    case HOWS_COUNT:
        break;
    }
    assert(false);
}

// A script that takes longer than the function may is cut off like any other function.
static void run_decide_instant(struct script_run *run, const struct invocation *invocation,
                               const struct reading *reading)
{
    const struct script *script = reading->script;
    int64_t timeout_ms = invocation->function->timeout_seconds * 1000;
    int64_t duration_ms = reading_work(reading, invocation->function, NULL, NULL);
    if (run->end == INVOCATION_THROTTLED)
        duration_ms = 0; // it never began
    if (duration_ms < 1)
        duration_ms = 1; // no invocation ends at the instant at which it began (design: the turn)
    if (duration_ms > timeout_ms && script->how != HOW_END && run->end != INVOCATION_TIMED_OUT) {
        run->end = INVOCATION_TIMED_OUT;
        buffer_clear(&run->response);
        payload_append_timeout(&run->response, invocation);
    }
    if (run->end == INVOCATION_TIMED_OUT)
        duration_ms = timeout_ms;
    run->end_at_ms = invocation->invoked_at_ms + duration_ms;
}

// ---- an invocation on the timeline ----

static void run_free(struct script_run *run)
{
    assert(run->invoker->started > 0);
    run->invoker->started--;
    buffer_deinit(&run->response);
    free(run);
}

static void run_finish(struct timer *timer)
{
    struct invocation *invocation = list_entry(timer, struct invocation, timer);
    struct script_run *run = invocation->work;
    invocation->work = NULL;
    invocation->done(invocation, run->end, buffer_text(&run->response), (struct text){0});
    run_free(run);
}

// A handler that deletes does so by the receipt handle of the record; what the queue answers
// changes nothing for it.
static void record_delete(struct world *world, const struct function *function, const cJSON *record)
{
    struct queue_key key;
    if (!queue_key_from_arn(json_member_text(record, "eventSourceARN"), &key))
        return;
    struct queue *queue = engine_find_queue(world->engine, &key);
    if (!queue)
        return;
    enum engine_error ignored = engine_delete(
        world->engine, queue, json_member_text(record, "receiptHandle"), function->name);
    (void)ignored;
}

static int64_t done_at_ms(const struct world *world, struct invocation *invocation,
                          const struct script_run *run)
{
    return clock_done_at_ms(world->clock, invocation, run->end_at_ms);
}

// delete-then-throw, at the invoke instant: virtual time stands still while a handler runs, so its
// own requests act then.
static void run_delete(struct timer *timer)
{
    struct invocation *invocation = list_entry(timer, struct invocation, timer);
    struct script_run *run = invocation->work;
    struct world *world = run->invoker->world;
    cleanup(json_tree_free) cJSON *event = json_parse(invocation->payload, NULL);
    struct reading reading = {.script = invocation->function->target_parsed,
                              .salt = run->invoker->salt,
                              .records = json_member(event, "Records")};
    reading_work(&reading, invocation->function, record_delete, world);
    timer->fire = run_finish;
    timeline_schedule(world->timeline, timer, done_at_ms(world, invocation, run));
}

static void scripted_invoke(struct invoker *face, struct invocation *invocation)
{
    struct scripted_invoker *invoker = list_entry(face, struct scripted_invoker, face);
    const struct script *script = invocation->function->target_parsed;
    assert(script && !invocation->work);
    struct script_run *run = allocate(sizeof(*run));
    run->invoker = invoker;
    invoker->started++;
    cleanup(json_tree_free) cJSON *event = script_read_event(script, invocation->payload);
    struct reading reading = {
        .script = script, .salt = invoker->salt, .records = json_member(event, "Records")};
    run_decide(run, invocation, &reading);
    run_decide_instant(run, invocation, &reading);
    invocation->work = run;
    bool deletes = script->how == HOW_DELETE_THEN_THROW && cJSON_GetArraySize(reading.records) > 0;
    invocation->timer = (struct timer){.fire = deletes ? run_delete : run_finish, .motive = true};
    timeline_schedule(invoker->world->timeline, &invocation->timer,
                      deletes ? invocation->invoked_at_ms
                              : done_at_ms(invoker->world, invocation, run));
    if (invoker->world->loop)
        loop_again(invoker->world->loop);
}

static void scripted_cancel(struct invoker *face, struct invocation *invocation)
{
    struct scripted_invoker *invoker = list_entry(face, struct scripted_invoker, face);
    struct script_run *run = invocation->work;
    assert(run && run->invoker == invoker);
    timeline_cancel(invoker->world->timeline, &invocation->timer);
    invocation->work = NULL;
    run_free(run);
}

// Scripted functions live on the timeline: it must move while they run.
static size_t scripted_running(const struct invoker *face)
{
    (void)face;
    return 0;
}

struct scripted_invoker *scripted_invoker_new(struct world *world)
{
    struct scripted_invoker *invoker = allocate(sizeof(*invoker));
    invoker->face = (struct invoker){
        .invoke = scripted_invoke, .cancel = scripted_cancel, .running = scripted_running};
    invoker->world = world;
    // From a copy, so that a world with scripted functions draws the same ids as one without.
    struct random copy = world->random;
    invoker->salt = random_next(&copy);
    return invoker;
}

struct scripted_invoker *scripted_invoker_free(struct scripted_invoker *invoker)
{
    if (!invoker)
        return NULL;
    assert(invoker->started == 0);
    free(invoker);
    return NULL;
}

struct invoker *scripted_invoker_face(struct scripted_invoker *invoker)
{
    return &invoker->face;
}

// ---- targets ----

// Reads one script; every refusal is one sentence that names the member and what it takes.
struct script_reader {
    struct arena *arena;
    struct script *script;
    const cJSON *object;
    struct text reason;
};

static bool reader_refuse(struct script_reader *reader, const char *sentence)
{
    reader->reason = arena_print(reader->arena, "sim: %s", sentence);
    return false;
}

static bool members_are_known(struct script_reader *reader, const cJSON *object, const char *where,
                              const char *const *names, size_t count)
{
    const cJSON *member;
    cJSON_ArrayForEach(member, object)
    {
        bool known = false;
        cleanup(buffer_deinit) struct buffer list = {0};
        for (size_t i = 0; i < count; i++) {
            known = known || strcmp(member->string, names[i]) == 0;
            buffer_print(&list, "%s%s", i == 0 ? "" : i + 1 == count ? " and " : ", ", names[i]);
        }
        if (known)
            continue;
        reader->reason = arena_print(reader->arena, "sim: %s has no member \"%s\"; it takes %.*s",
                                     where, member->string, TEXT_ARGUMENTS(buffer_text(&list)));
        return false;
    }
    return true;
}

static bool read_attribute(struct script_reader *reader, const cJSON *value)
{
    struct script *script = reader->script;
    script->which = WHICH_ATTRIBUTE;
    struct text whole =
        arena_copy(reader->arena, text_of(value->valuestring ? value->valuestring : ""));
    if (!cJSON_IsString(value) ||
        !text_cut(whole, '=', &script->attribute_name, &script->attribute_value) ||
        script->attribute_name.length == 0)
        return reader_refuse(reader,
                             "fail.attribute must be a string like \"Kind=poison\": the name "
                             "of a message attribute, '=', and its whole value");
    return true;
}

static bool read_fail(struct script_reader *reader)
{
    static const char *const names[] = {"body", "attribute", "share"};
    const cJSON *fail = json_member(reader->object, "fail");
    if (!fail)
        return true;
    if (!cJSON_IsObject(fail))
        return reader_refuse(reader, "fail must be an object like {\"body\":\"poison\"}");
    if (!members_are_known(reader, fail, "fail", names, 3))
        return false;
    if (cJSON_GetArraySize(fail) != 1)
        return reader_refuse(reader, "fail takes exactly one of body, attribute and share");
    const cJSON *value = fail->child;
    struct script *script = reader->script;
    if (strcmp(value->string, "attribute") == 0)
        return read_attribute(reader, value);
    if (strcmp(value->string, "share") == 0) {
        if (!cJSON_IsNumber(value) || !(value->valuedouble >= 0 && value->valuedouble <= 1))
            return reader_refuse(reader, "fail.share must be a number from 0 to 1, the part of all "
                                         "messages that fails");
        script->which = WHICH_SHARE;
        script->share = value->valuedouble;
        return true;
    }
    if (!cJSON_IsString(value) || value->valuestring[0] == '\0')
        return reader_refuse(reader, "fail.body must be a string, a part of the bodies that fail");
    script->which = WHICH_BODY;
    script->body = arena_copy(reader->arena, text_of(value->valuestring));
    return true;
}

static bool read_how(struct script_reader *reader)
{
    const cJSON *how = json_member(reader->object, "how");
    if (!how)
        return true;
    for (enum how i = 0; cJSON_IsString(how) && i < HOWS_COUNT; i++) {
        if (strcmp(how->valuestring, how_names[i]) != 0)
            continue;
        reader->script->how = i;
        if (reader->script->which == WHICH_NONE && i != HOW_REPORT && i != HOW_END)
            return reader_refuse(reader, "how says how messages fail, but nothing says which; add "
                                         "\"fail\":{\"share\":1} for all of them");
        return true;
    }
    return reader_refuse(reader,
                         "how must be one of report, throw, delete-then-throw, "
                         "stop-at-first-failure, malformed, timeout, crash, throttle and end");
}

// How every invocation ends, whatever the batch holds.
static bool read_end(struct script_reader *reader)
{
    struct script *script = reader->script;
    const cJSON *end = json_member(reader->object, "end");
    const cJSON *response = json_member(reader->object, "response");
    if (script->how != HOW_END)
        return (!end && !response) ||
               reader_refuse(reader, "end and response go with \"how\":\"end\" only");
    if (script->which != WHICH_NONE)
        return reader_refuse(reader, "\"how\":\"end\" ends every invocation in the same way, so it "
                                     "does not go with fail");
    size_t index = 0;
    while (index < ENDS_COUNT &&
           !(cJSON_IsString(end) && strcmp(end->valuestring, end_names[index]) == 0))
        index++;
    if (index == ENDS_COUNT)
        return reader_refuse(reader,
                             "end must be one of responded, function-error, timed-out, exited, "
                             "too-large, throttled, unavailable, missing and refused");
    script->end = (enum invocation_end)index;
    if (response && !cJSON_IsString(response))
        return reader_refuse(reader,
                             "response must be a string, the exact text of the response, in "
                             "which $ID1 to $ID9 stand for the ids of the batch");
    if (response)
        script->response = arena_copy(reader->arena, text_of(response->valuestring));
    return true;
}

// The members that go with one way of failing only.
static bool read_manner(struct script_reader *reader)
{
    struct script *script = reader->script;
    const cJSON *malformed = json_member(reader->object, "malformed");
    if ((malformed != NULL) != (script->how == HOW_MALFORMED))
        return reader_refuse(reader, "malformed, the exact text of the response, goes with \"how\":"
                                     "\"malformed\", and neither is given without the other");
    if (malformed && !cJSON_IsString(malformed))
        return reader_refuse(reader,
                             "malformed must be a string, the exact text of the response, in "
                             "which $ID stands for the first failed message's id");
    if (malformed)
        script->malformed = arena_copy(reader->arena, text_of(malformed->valuestring));
    const cJSON *stop = json_member(reader->object, "stop");
    if (stop && (!cJSON_IsBool(stop) || script->how != HOW_DELETE_THEN_THROW))
        return reader_refuse(reader, "stop must be true or false and goes with \"how\":"
                                     "\"delete-then-throw\": it throws at the first failure");
    script->stop = cJSON_IsTrue(stop);
    return true;
}

static bool read_duration(struct script_reader *reader, const char *name, int64_t *ret_ms)
{
    const cJSON *duration = json_member(reader->object, name);
    if (!duration)
        return true;
    int64_t ms;
    if (!cJSON_IsString(duration) || !duration_parse(text_of(duration->valuestring), &ms) ||
        ms < 0 || ms > DURATION_MS_MAX) {
        reader->reason = arena_print(reader->arena,
                                     "sim: %s must be a string like \"50ms\" or \"2s\", at most "
                                     "15m",
                                     name);
        return false;
    }
    *ret_ms = ms;
    return true;
}

static bool read_times(struct script_reader *reader)
{
    struct script *script = reader->script;
    const cJSON *recovers = json_member(reader->object, "recovers");
    if (recovers && (!json_integer(recovers, &script->recovers) || script->recovers < 1 ||
                     script->recovers > RECOVERS_MAX))
        return reader_refuse(reader,
                             "recovers must be a whole number from 1 to 1000, the delivery on "
                             "which a failing message succeeds");
    if (recovers && script->which == WHICH_NONE)
        return reader_refuse(reader, "recovers needs fail, which says what has to recover");
    if (json_member(reader->object, "failing") && script->which == WHICH_NONE)
        return reader_refuse(reader, "failing, the time of a message that fails, needs fail, which "
                                     "says what fails");
    script->duration_ms = -1;
    script->failing_ms = -1;
    return read_duration(reader, "duration", &script->duration_ms) &&
           read_duration(reader, "item", &script->item_ms) &&
           read_duration(reader, "failing", &script->failing_ms) &&
           read_duration(reader, "delete", &script->delete_ms);
}

// What ends the work on a batch before its end.
static bool read_hangs(struct script_reader *reader)
{
    struct script *script = reader->script;
    const cJSON *hangs = json_member(reader->object, "hangs");
    if (script->delete_ms > 0 && script->how != HOW_DELETE_THEN_THROW)
        return reader_refuse(reader, "delete, the time of one deletion, goes with \"how\":"
                                     "\"delete-then-throw\" only");
    if (script->how == HOW_END && (hangs || script->item_ms > 0 || script->failing_ms > 0))
        return reader_refuse(reader, "\"how\":\"end\" looks at no message, so it goes with "
                                     "none of item, failing and hangs");
    if (!hangs)
        return true;
    if (!cJSON_IsString(hangs) || hangs->valuestring[0] == '\0')
        return reader_refuse(reader, "hangs must be a string, a part of the bodies at which the "
                                     "function stands still until its Timeout when it first "
                                     "gets them");
    script->hangs = arena_copy(reader->arena, text_of(hangs->valuestring));
    return true;
}

bool scripted_target_parse(struct arena *arena, struct text target, void **ret_parsed,
                           struct text *ret_reason)
{
    static const char *const names[] = {"fail",     "how",      "malformed", "stop",
                                        "recovers", "duration", "item",      "delete",
                                        "hangs",    "end",      "response",  "failing"};
    struct script_reader reader = {.arena = arena,
                                   .script = arena_allocate(arena, sizeof(*reader.script))};
    struct text json = text_starts_with(target, TEXT("sim:")) ? text_skip(target, 4) : target;
    size_t at = 0;
    cleanup(json_tree_free) cJSON *tree = json_parse(json, &at);
    reader.object = tree;
    if (!tree) {
        *ret_reason = arena_print(arena, "sim: what follows is not JSON (at byte %zu of %.*s)", at,
                                  TEXT_ARGUMENTS(json));
        return false;
    }
    bool good = cJSON_IsObject(tree) ||
                reader_refuse(&reader, "a script is an object, for example "
                                       "{\"fail\":{\"body\":\"poison\"},\"how\":\"report\"}");
    good = good && members_are_known(&reader, tree, "a script", names, 12) && read_fail(&reader) &&
           read_how(&reader) && read_end(&reader) && read_manner(&reader) && read_times(&reader) &&
           read_hangs(&reader);
    if (good)
        *ret_parsed = reader.script;
    else
        *ret_reason = reader.reason;
    return good;
}
