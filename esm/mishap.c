// mishap -- a short list that each try walks. Every fault that is meant draws in every try, whether it may strike or not: so one
// fault's schedule never depends on another's.
//
// Not taken: faults inside the invokers. Each kind of handler would need its own, and what a poller sees of a lost answer or of a
// crash is the same for all of them. A direct Invoke is no poller's, and meets no fault.
#include "esm/mishap.h"

#include "queue/base/own.h"
#include "queue/base/share.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define SHARE_BYTES_MAX 32

static const struct text kind_texts[MISHAP_KINDS] = {
    [MISHAP_NONE] = TEXT("none"),
    [MISHAP_THROTTLE] = TEXT("throttle"),
    [MISHAP_TIMEOUT] = TEXT("timeout"),
    [MISHAP_CRASH] = TEXT("crash"),
    [MISHAP_LOSE_RESPONSE] = TEXT("lose-response"),
    [MISHAP_FAIL_DELETE] = TEXT("fail-delete"),
};

static const char *const sentences[MISHAP_KINDS] = {
    [MISHAP_NONE] = "",
    [MISHAP_THROTTLE] = "throttled",
    [MISHAP_TIMEOUT] = "too late",
    [MISHAP_CRASH] = "crashed",
    [MISHAP_LOSE_RESPONSE] = "its response was lost",
    [MISHAP_FAIL_DELETE] = "the deletion failed",
};

void mishaps_init(struct mishaps *mishaps)
{
    *mishaps = (struct mishaps){.count = 0};
    list_init(&mishaps->list);
}

static struct mishap *mishap_at(struct list_node *node)
{
    return list_entry(node, struct mishap, link);
}

static void mishap_free(struct mishaps *mishaps, struct mishap *mishap)
{
    list_remove(&mishap->link);
    mishaps->count--;
    free(mishap);
}

void mishaps_deinit(struct mishaps *mishaps)
{
    mishaps_clear(mishaps, (struct text){0});
}

struct text mishap_kind_text(enum mishap_kind kind)
{
    assert(kind < MISHAP_KINDS);
    return kind_texts[kind];
}

// ---- words ----

static bool turn_number(struct text words, struct text begin, int64_t *ret_number)
{
    return text_starts_with(words, begin) &&
           text_to_integer(text_trim(text_skip(words, begin.length)), ret_number) &&
           *ret_number >= 1;
}

// What stands behind the kind: a share, "every 3" or "at 2".
static bool turn_parse(struct text words, struct mishap_plan *plan)
{
    char share[SHARE_BYTES_MAX];
    if (turn_number(words, TEXT("every "), &plan->number)) {
        plan->turn = MISHAP_EVERY;
        return true;
    }
    if (turn_number(words, TEXT("at "), &plan->number)) {
        plan->turn = MISHAP_AT;
        return true;
    }
    if (words.length >= sizeof(share))
        return false;
    snprintf(share, sizeof(share), "%.*s", TEXT_ARGUMENTS(words));
    return share_parse(share, &plan->share);
}

bool mishap_parse(struct text spec, struct mishap_plan *ret_plan, struct buffer *ret_reason)
{
    struct mishap_plan plan = {.turn = MISHAP_SHARE, .share = 1};
    struct text kind, turn;
    if (!text_cut(spec, '=', &plan.target, &kind) || plan.target.length == 0 ||
        plan.target.length > MISHAP_TARGET_BYTES_MAX) {
        buffer_print(ret_reason,
                     "a fault is MAPPING-OR-FUNCTION=KIND, such as orders=throttle:20%%, not "
                     "\"%.*s\"",
                     TEXT_ARGUMENTS(text_head(spec, 200)));
        return false;
    }
    bool has_turn = text_cut(kind, ':', &kind, &turn);
    for (int i = MISHAP_NONE + 1; i < MISHAP_KINDS; i++) {
        if (text_equal(kind, kind_texts[i]))
            plan.kind = (enum mishap_kind)i;
    }
    if (plan.kind == MISHAP_NONE) {
        buffer_print(ret_reason,
                     "the kinds of faults are throttle, timeout, crash, lose-response and "
                     "fail-delete, not \"%.*s\"",
                     TEXT_ARGUMENTS(text_head(kind, 200)));
        return false;
    }
    if (has_turn && !turn_parse(text_trim(turn), &plan)) {
        buffer_print(ret_reason,
                     "a fault strikes in a share of the tries (20%%, 0.2), in \"every 3\" or "
                     "\"at 2\", not \"%.*s\"",
                     TEXT_ARGUMENTS(text_head(turn, 200)));
        return false;
    }
    *ret_plan = plan;
    return true;
}

void mishap_append_words(struct buffer *buffer, const struct mishap_plan *plan)
{
    buffer_print(buffer, "%.*s=%s", TEXT_ARGUMENTS(plan->target), kind_texts[plan->kind].bytes);
    switch (plan->turn) {
    case MISHAP_SHARE:
        if (plan->share < 1)
            buffer_print(buffer, ":%.6g%%", plan->share * 100);
        break;
    case MISHAP_EVERY:
        buffer_print(buffer, ":every %lld", (long long)plan->number);
        break;
    case MISHAP_AT:
        buffer_print(buffer, ":at %lld", (long long)plan->number);
        break;
    }
}

// ---- the list ----

static void begin(struct mishap *mishap)
{
    mishap->tries = 0;
    mishap->struck = 0;
    random_init(&mishap->random, mishap->seed);
}

bool mishaps_set(struct mishaps *mishaps, const struct mishap_plan *plan, uint64_t seed,
                 bool declared)
{
    assert(plan->kind != MISHAP_NONE && plan->target.length > 0);
    list_for_each (node, &mishaps->list) {
        struct mishap *old = mishap_at(node);
        if (old->plan.kind == plan->kind && text_equal(old->plan.target, plan->target))
            mishap_free(mishaps, old);
    }
    if (mishaps->count == MISHAPS_MAX)
        return false;
    struct mishap *mishap = allocate(sizeof(*mishap) + plan->target.length);
    mishap->plan = *plan;
    memcpy(mishap->target, plan->target.bytes, plan->target.length);
    mishap->plan.target = text_from(mishap->target, plan->target.length);
    mishap->seed = seed;
    mishap->declared = declared;
    begin(mishap);
    list_append(&mishaps->list, &mishap->link);
    mishaps->count++;
    return true;
}

size_t mishaps_clear(struct mishaps *mishaps, struct text target)
{
    size_t count = 0;
    list_for_each (node, &mishaps->list) {
        if (target.length > 0 && !text_equal(mishap_at(node)->plan.target, target))
            continue;
        mishap_free(mishaps, mishap_at(node));
        count++;
    }
    return count;
}

void mishaps_reset(struct mishaps *mishaps)
{
    list_for_each (node, &mishaps->list) {
        if (mishap_at(node)->declared)
            begin(mishap_at(node));
        else
            mishap_free(mishaps, mishap_at(node));
    }
}

// ---- striking ----

static bool is_due(struct mishap *mishap)
{
    const struct mishap_plan *plan = &mishap->plan;
    mishap->tries++;
    switch (plan->turn) {
    case MISHAP_SHARE:
        return (double)(random_next(&mishap->random) >> 11) * 0x1p-53 < plan->share;
    case MISHAP_EVERY:
        return mishap->tries % (uint64_t)plan->number == 0;
    case MISHAP_AT:
        return mishap->tries == (uint64_t)plan->number;
    }
    return false;
}

static void strike(struct mishap *mishap, struct buffer *ret_words)
{
    mishap->struck++;
    buffer_clear(ret_words);
    buffer_print(ret_words, "%s on purpose (fault ", sentences[mishap->plan.kind]);
    mishap_append_words(ret_words, &mishap->plan);
    buffer_append_byte(ret_words, ')');
}

enum mishap_kind mishaps_draw(struct mishaps *mishaps, struct text mapping_uuid,
                              struct text function_name, struct buffer *ret_words,
                              struct buffer *ret_delete_words, bool *ret_delete_fails)
{
    enum mishap_kind kind = MISHAP_NONE;
    *ret_delete_fails = false;
    list_for_each (node, &mishaps->list) {
        struct mishap *mishap = mishap_at(node);
        bool is_meant = text_equal(mishap->plan.target, mapping_uuid) ||
                        text_equal(mishap->plan.target, function_name);
        if (!is_meant || !is_due(mishap))
            continue;
        if (mishap->plan.kind == MISHAP_FAIL_DELETE) {
            *ret_delete_fails = true;
            strike(mishap, ret_delete_words);
        } else if (kind == MISHAP_NONE) {
            kind = mishap->plan.kind;
            strike(mishap, ret_words);
        }
    }
    return kind;
}
