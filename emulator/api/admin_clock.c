// admin_clock -- the clock over HTTP, and waiting for the world.
//
//     GET  clock                                     now, mode, what prevents quiet, the next
//     motive instant POST clock {"advance":"15m"}                   answers when the instant is
//     reached POST clock {"run":"idle","max":"24h"}          answers when nothing is left to
//     happen, or why it stopped POST clock {"mode":"leap"}                     answers at once POST
//     wait  {"until":"idle","timeout":"10s"}    real time: for clocks that move by themselves POST
//     wait  {"queue":"orders","until":"empty"}
//
// A command that takes its time parks the request; the client's hang-up withdraws it. Waiting asks
// again every few milliseconds instead of hooking into the turn: it is real time, and it is short.
#include "emulator/api/admin.h"

#include "emulator/api/api.h"
#include "emulator/loop.h"
#include "emulator/world.h"

#include <assert.h>

#define ASK_AGAIN_MS 3
#define TIMEOUT_DEFAULT_MS 10000
#define TIMEOUT_MAX_MS 3600000
#define ADVANCE_MAX_MS (366 * 86400000LL)

// The members that every answer of the clock has; the object stays open.
static struct buffer *begin_state(struct request *request)
{
    const struct world *world = request->world;
    int64_t next_ms = timeline_next_motive_ms(world->timeline);
    cleanup(buffer_deinit) struct buffer obstacle = {0};
    clock_append_obstacle(world->clock, &obstacle);

    struct buffer *body = admin_begin(request);
    buffer_append_byte(body, '{');
    admin_append_instant(body, TEXT("now"), timeline_now_ms(world->timeline));
    json_append_member_string(body, TEXT("mode"), clock_mode_text(clock_mode(world->clock)));
    json_append_member_boolean(body, TEXT("quiet"), obstacle.length == 0);
    if (obstacle.length > 0)
        json_append_member_string(body, TEXT("obstacle"), buffer_text(&obstacle));
    if (next_ms != TIMELINE_NEVER)
        admin_append_instant(body, TEXT("nextMotive"), next_ms);
    return body;
}

static void finish_state(struct request *request)
{
    buffer_append_byte(begin_state(request), '}');
    request_finish(request);
}

void admin_clock(struct request *request)
{
    finish_state(request);
}

// ---- commands ----

// A duration as a text ("15m") or a number of seconds. False when it is neither, or beyond most.
static bool duration_member(const cJSON *object, const char *name, int64_t most_ms, int64_t *ret_ms)
{
    const cJSON *member = json_member(object, name);
    int64_t ms;
    int64_t seconds;
    if (cJSON_IsString(member)) {
        if (!duration_parse(json_member_text(object, name), &ms))
            return false;
    } else if (!json_integer(member, &seconds) || seconds < 0 || seconds > most_ms / 1000) {
        return false;
    } else {
        ms = seconds * 1000;
    }
    if (ms > most_ms)
        return false;
    *ret_ms = ms;
    return true;
}

struct parked_command {
    struct clock_command command;
    struct request *request; // its arena owns this
};

static struct text stop_text(enum clock_stop stop)
{
    switch (stop) {
    case CLOCK_ARRIVED:
        return TEXT("arrived");
    case CLOCK_HORIZON:
        return TEXT("horizon");
    case CLOCK_LIVELOCK:
        return TEXT("livelock");
    case CLOCK_LIMIT:
        return TEXT("limit");
    }
    return (struct text){0};
}

static void command_done(struct clock_command *command, enum clock_stop stop, struct text reason)
{
    struct parked_command *parked = (struct parked_command *)(void *)command;
    struct request *request = parked->request;
    struct buffer *body = begin_state(request);
    json_append_member_string(body, TEXT("stopped"), stop_text(stop));
    if (reason.length > 0)
        json_append_member_string(body, TEXT("reason"), reason);
    buffer_append_byte(body, '}');
    request_finish(request);
}

static void command_cancel(struct request *request)
{
    struct parked_command *parked = request->operation;
    clock_command_cancel(request->world->clock, &parked->command);
}

static void start_command(struct request *request, bool until_idle, int64_t advance_ms)
{
    struct parked_command *parked = arena_allocate(request->arena, sizeof(*parked));
    parked->request = request;
    parked->command.done = command_done;
    parked->command.until_idle = until_idle;
    parked->command.advance_ms = advance_ms;
    request_park(request, command_cancel, parked);
    clock_command(request->world->clock, &parked->command);
}

static void set_mode(struct request *request, struct text mode)
{
    for (int i = CLOCK_REAL; i <= CLOCK_LEAP; i++) {
        if (!text_equal(clock_mode_text((enum clock_mode)i), mode))
            continue;
        clock_set_mode(request->world->clock, (enum clock_mode)i);
        finish_state(request);
        return;
    }
    api_answer_error(request, 400, TEXT("mode is real, manual or leap"));
}

void admin_clock_command(struct request *request, const cJSON *command)
{
    const cJSON *advance = json_member(command, "advance");
    const cJSON *run = json_member(command, "run");
    const cJSON *mode = json_member(command, "mode");
    int64_t ms = 0;
    if ((advance != NULL) + (run != NULL) + (mode != NULL) != 1) {
        api_answer_error(request, 400,
                         TEXT("a clock takes one of {\"advance\":\"15m\"}, {\"run\":\"idle\"} and "
                              "{\"mode\":\"leap\"}"));
        return;
    }
    world_changed(request->world);
    if (mode != NULL) {
        set_mode(request, json_member_text(command, "mode"));
    } else if (advance != NULL) {
        if (!duration_member(command, "advance", ADVANCE_MAX_MS, &ms))
            api_answer_error(request, 400,
                             TEXT("advance is a duration such as \"15m\", at most 366d"));
        else
            start_command(request, false, ms);
    } else if (!text_equal(json_member_text(command, "run"), TEXT("idle"))) {
        api_answer_error(request, 400, TEXT("run is \"idle\""));
    } else if (json_member(command, "max") != NULL &&
               !duration_member(command, "max", ADVANCE_MAX_MS, &ms)) {
        api_answer_error(request, 400, TEXT("max is a duration such as \"24h\", at most 366d"));
    } else {
        start_command(request, true, ms);
    }
}

// ---- wait ----

struct wait {
    struct loop_timer timer; // first: the timer is the wait
    struct request *request; // its arena owns this
    struct text queue;       // empty: the whole world
    bool until_idle;
    int64_t deadline_ms; // real
};

static bool queue_is_empty(const struct request *request, struct text name)
{
    const struct queue *queue = admin_find_queue(request, name);
    if (queue == NULL)
        return false;
    struct queue_counts counts = queue_counts(queue);
    return counts.visible + counts.in_flight + counts.delayed == 0;
}

// Nothing runs, nobody holds anything up, and nothing that is due would set anything in motion.
static bool world_is_idle(const struct world *world)
{
    cleanup(buffer_deinit) struct buffer obstacle = {0};
    clock_append_obstacle(world->clock, &obstacle);
    return obstacle.length == 0 && timeline_next_motive_ms(world->timeline) == TIMELINE_NEVER;
}

static bool wait_is_over(const struct wait *wait)
{
    if (!wait->until_idle && !queue_is_empty(wait->request, wait->queue))
        return false;
    return !wait->until_idle || world_is_idle(wait->request->world);
}

static void wait_finish(struct wait *wait, bool reached)
{
    struct buffer *body = begin_state(wait->request);
    json_append_member_boolean(body, TEXT("reached"), reached);
    buffer_append_byte(body, '}');
    request_finish(wait->request);
}

static void wait_look(struct loop_timer *timer)
{
    struct wait *wait = (struct wait *)(void *)timer;
    const struct world *world = wait->request->world;
    if (wait_is_over(wait))
        wait_finish(wait, true);
    else if (clock_real_ms(world->clock) >= wait->deadline_ms)
        wait_finish(wait, false);
    else
        loop_timer_set(world->loop, &wait->timer, ASK_AGAIN_MS);
}

static void wait_cancel(struct request *request)
{
    struct wait *wait = request->operation;
    loop_timer_cancel(request->world->loop, &wait->timer);
}

void admin_wait(struct request *request, const cJSON *command)
{
    struct text until = json_member_text(command, "until");
    struct text queue = json_member_text(command, "queue");
    int64_t timeout_ms = TIMEOUT_DEFAULT_MS;
    bool until_idle = text_equal(until, TEXT("idle"));
    if (!until_idle && !text_equal(until, TEXT("empty"))) {
        api_answer_error(request, 400, TEXT("until is \"idle\", or \"empty\" with a queue"));
        return;
    }
    if (json_member(command, "timeout") != NULL &&
        !duration_member(command, "timeout", TIMEOUT_MAX_MS, &timeout_ms)) {
        api_answer_error(request, 400, TEXT("timeout is a duration such as \"10s\", at most 1h"));
        return;
    }
    if (!until_idle && (queue.length == 0 || admin_find_queue(request, queue) == NULL)) {
        admin_answer_no_queue(request, arena_copy(request->arena, queue));
        return;
    }
    struct wait *wait = arena_allocate(request->arena, sizeof(*wait));
    *wait = (struct wait){
        .timer.fire = wait_look,
        .request = request,
        .queue = arena_copy(request->arena, queue),
        .until_idle = until_idle,
        .deadline_ms = clock_real_ms(request->world->clock) + timeout_ms,
    };
    request_park(request, wait_cancel, wait);
    // Not before the next turn: a wait never ends inside the call that started it.
    loop_timer_set(request->world->loop, &wait->timer, 0);
}
