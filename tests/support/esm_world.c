// esm_world -- the fake invoker plays its answers in the order of the invocations; done() comes from the timeline or from
// esm_world_release(), never from inside invoke().
#include "tests/support/esm_world.h"

#include "esm/json.h"
#include "queue/base/own.h"

#include <assert.h>
#include <stdio.h>

struct fake_run {
    struct esm_world *world;
    struct invocation *invocation;
    struct list_node link; // in held
    struct fake_answer answer;
    struct fake_call *call;
};

static struct esm_world *world_of(struct invoker *invoker)
{
    return list_entry(invoker, struct esm_world, invoker);
}

static void fill(struct buffer *buffer, const char *template, struct text payload)
{
    cleanup(json_tree_free) cJSON *event = json_parse(payload, NULL);
    const cJSON *records = json_member(event, "Records");
    while (*template != '\0') {
        char *end;
        long number = strncmp(template, "$ID", 3) == 0 ? strtol(template + 3, &end, 10) : 0;
        if (number > 0) {
            const cJSON *record = cJSON_GetArrayItem(records, (int)number - 1);
            buffer_append(buffer, json_member_text(record, "messageId"));
            template = end;
        } else {
            buffer_append_byte(buffer, *template ++);
        }
    }
}

static void run_finish(struct fake_run *run, enum invocation_end end, const char *template)
{
    cleanup(buffer_deinit) struct buffer response = {0};
    struct invocation *invocation = run->invocation;
    fill(&response, template, invocation->payload);
    list_remove(&run->link);
    free(run);
    invocation->done(invocation, end, buffer_text(&response), TEXT(""));
}

static void run_fired(struct timer *timer)
{
    struct invocation *invocation = list_entry(timer, struct invocation, timer);
    struct fake_run *run = invocation->work;
    run_finish(run, run->answer.end, run->answer.response);
}

static void append(char *to, size_t to_bytes, struct text text)
{
    size_t length = strlen(to);
    snprintf(to + length, to_bytes - length, "%s%.*s", length > 0 ? "," : "", TEXT_ARGUMENTS(text));
}

static void call_record(struct fake_call *call, struct arena *arena,
                        const struct invocation *invocation)
{
    *call = (struct fake_call){.at_ms = invocation->invoked_at_ms - WORLD_START_MS,
                               .payload_bytes = invocation->payload.length};
    call->payload = arena_copy(arena, invocation->payload);
    memcpy(call->request_id, invocation->request_id.bytes, UUID_TEXT_BYTES);
    cleanup(json_tree_free) cJSON *event = json_parse(invocation->payload, NULL);
    assert(event != NULL);
    const cJSON *record;
    cJSON_ArrayForEach(record, json_member(event, "Records"))
    {
        if (call->count < MESSAGES_MAX) {
            append(call->bodies, sizeof(call->bodies),
                   text_head(json_member_text(record, "body"), 100));
            append(call->counts, sizeof(call->counts),
                   json_member_text(json_member(record, "attributes"), "ApproximateReceiveCount"));
        }
        if (call->count < 2)
            snprintf(call->receipts[call->count], sizeof(call->receipts[0]), "%s",
                     json_member_text(record, "receiptHandle").bytes);
        call->count++;
    }
}

static void fake_invoke(struct invoker *invoker, struct invocation *invocation)
{
    struct esm_world *world = world_of(invoker);
    assert(world->call_count < CALLS_KEPT);
    struct fake_run *run = allocate(sizeof(*run));
    run->world = world;
    run->invocation = invocation;
    run->call = &world->calls[world->call_count];
    call_record(run->call, world->payloads, invocation);
    run->answer = (struct fake_answer){.response = "{}"};
    if (world->answer_count > 0) {
        size_t at =
            world->call_count < world->answer_count ? world->call_count : world->answer_count - 1;
        run->answer = world->answers[at];
    }
    if (run->answer.response == NULL)
        run->answer.response = "";
    world->call_count++;
    invocation->work = run;
    invocation->timer = (struct timer){.fire = run_fired, .motive = true};
    if (run->answer.hold)
        list_append(&world->held, &run->link);
    else
        timeline_schedule(world->engine_world.timeline, &invocation->timer,
                          invocation->invoked_at_ms + run->answer.duration_ms);
}

static void fake_cancel(struct invoker *invoker, struct invocation *invocation)
{
    struct fake_run *run = invocation->work;
    run->call->cancelled = true;
    timeline_cancel(world_of(invoker)->engine_world.timeline, &invocation->timer);
    list_remove(&run->link);
    free(run);
}

static size_t fake_running(const struct invoker *invoker)
{
    const char *bytes = (const char *)invoker - offsetof(struct esm_world, invoker);
    return ((const struct esm_world *)(const void *)bytes)->real_running;
}

static void fake_warn(void *context, struct text mapping, struct text function_name,
                      struct text request_id, struct text sentence)
{
    struct esm_world *world = context;
    assert(mapping.length == UUID_TEXT_BYTES && function_name.length > 0 &&
           (request_id.length == UUID_TEXT_BYTES || request_id.length == 0));
    world->warning_count++;
    snprintf(world->warning, sizeof(world->warning), "%.*s", TEXT_ARGUMENTS(sentence));
}

void esm_world_init(struct esm_world *world, struct journal *journal, size_t pollers)
{
    *world = (struct esm_world){
        .invoker = {.invoke = fake_invoke, .cancel = fake_cancel, .running = fake_running}};
    world_init(&world->engine_world, 1, journal);
    list_init(&world->held);
    world->payloads = arena_new();
    world->functions = functions_new(TEXT("000000000000"), TEXT("us-east-1"));
    world->function = functions_add(world->functions, TEXT("worker"));
    world->function->invoker = &world->invoker;
    world->options = (struct esm_options){
        .engine = world->engine_world.engine,
        .timeline = world->engine_world.timeline,
        .random = &world->engine_world.random,
        .journal = world->engine_world.journal,
        .tracer = &world->engine_world.tracer,
        .functions = world->functions,
        .account = TEXT("000000000000"),
        .region = TEXT("us-east-1"),
        .pollers = pollers,
        .warn = fake_warn,
        .warn_context = world,
    };
    world->esm = esm_new(&world->options);
}

void esm_world_deinit(struct esm_world *world)
{
    world->esm = esm_free(world->esm);
    world->functions = functions_free(world->functions);
    world_deinit(&world->engine_world);
    arena_free(world->payloads);
}

static void restore(struct journal_visitor *visitor, struct text kind, struct text key,
                    struct text bytes);

struct restoring {
    struct journal_visitor visitor;
    struct esm *esm;
};

static void restore(struct journal_visitor *visitor, struct text kind, struct text key,
                    struct text bytes)
{
    if (text_equal(kind, TEXT("mapping")))
        esm_restore(list_entry(visitor, struct restoring, visitor)->esm, key, bytes);
}

static void ignore_queue(struct journal_visitor *visitor, const struct journal_queue *queue)
{
    (void)visitor;
    (void)queue;
}

static void ignore_message(struct journal_visitor *visitor, const struct journal_message *message,
                           const struct journal_state *state)
{
    (void)visitor;
    (void)message;
    (void)state;
}

static void ignore_deduplication(struct journal_visitor *visitor,
                                 const struct journal_deduplication *deduplication)
{
    (void)visitor;
    (void)deduplication;
}

void esm_world_restart(struct esm_world *world)
{
    esm_free(world->esm);
    world_reopen(&world->engine_world);
    world->options.engine = world->engine_world.engine;
    world->esm = esm_new(&world->options);
    struct restoring restoring = {
        .visitor = {.queue = ignore_queue,
                    .message = ignore_message,
                    .deduplication = ignore_deduplication,
                    .record = restore},
        .esm = world->esm,
    };
    int64_t now_ms;
    uint64_t queue_number, row, sequence;
    struct journal *journal = world->engine_world.journal;
    journal->replay(journal, &restoring.visitor, &now_ms, &queue_number, &row, &sequence);
}

void esm_world_answer(struct esm_world *world, struct fake_answer answer)
{
    assert(world->answer_count < ANSWERS_MAX);
    world->answers[world->answer_count++] = answer;
}

void esm_world_release(struct esm_world *world, enum invocation_end end, const char *response)
{
    struct list_node *node;
    while ((node = list_first(&world->held)) != NULL)
        run_finish(list_entry(node, struct fake_run, link), end, response);
    esm_world_turn(world);
}

struct mapping_settings esm_world_settings(struct esm_world *world, const char *queue)
{
    snprintf(world->arn, sizeof(world->arn), "arn:aws:sqs:us-east-1:000000000000:%s", queue);
    return (struct mapping_settings){.function_name = TEXT("worker"),
                                     .event_source_arn = text_of(world->arn),
                                     .enabled = true,
                                     .batch_size = 10};
}

struct mapping *esm_world_map(struct esm_world *world, const char *queue, bool report,
                              int64_t batch_size)
{
    struct mapping_settings settings = esm_world_settings(world, queue);
    settings.report_batch_item_failures = report;
    settings.batch_size = batch_size;
    struct mapping *mapping = NULL;
    struct mapping_detail detail = {0};
    enum mapping_error error = esm_create_mapping(world->esm, &settings, &mapping, &detail);
    assert(error == MAPPING_OK);
    esm_world_turn(world);
    return mapping;
}

void esm_world_turn(struct esm_world *world)
{
    bool moved;
    do {
        do {
            moved = engine_settle(world->engine_world.engine);
            if (esm_settle(world->esm))
                moved = true;
        } while (moved);
        engine_commit(world->engine_world.engine);
    } while (esm_start_invocations(world->esm));
}

void esm_world_advance(struct esm_world *world, int64_t span_ms)
{
    int64_t to_ms = timeline_now_ms(world->engine_world.timeline) + span_ms;
    while (timeline_step(world->engine_world.timeline, to_ms))
        esm_world_turn(world);
    esm_world_turn(world);
}

void esm_world_put(struct esm_world *world, const char *queue, const char *body)
{
    struct sent sent;
    struct send send = {.body = text_of(body), .sender_id = TEXT("AIDATEST"), .delay_ms = -1};
    engine_send(world->engine_world.engine, world_find(&world->engine_world, queue), &send, &sent);
}

void esm_world_send(struct esm_world *world, const char *queue, const char *group, const char *body)
{
    struct sent sent;
    struct send send = {.body = text_of(body),
                        .sender_id = TEXT("AIDATEST"),
                        .group_id = text_of(group),
                        .delay_ms = -1};
    engine_send(world->engine_world.engine, world_find(&world->engine_world, queue), &send, &sent);
    esm_world_turn(world);
}

int64_t esm_world_ms(const struct esm_world *world)
{
    return timeline_now_ms(world->engine_world.timeline) - WORLD_START_MS;
}
