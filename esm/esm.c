// esm -- every mapping, and the turn's three calls: settle moves states and lets pollers join the line, start hands out what was
// decided, running says whether anything is under way.
//
// A mapping that has nothing to do costs nothing: what happens to it marks it dirty, and a settle looks at dirty mappings only.
// Transitions last until the next settle, or as long as the option says (L-52): the call that changes a mapping answers with the
// state in between, and without the option the next turn already sees the last one.
#include "esm/esm.h"

#include "esm/filter.h"
#include "esm/mapping.h"
#include "esm/poller.h"

#include <assert.h>

static void mark_dirty(struct mapping *mapping)
{
    mapping->dirty = true;
    mapping->esm->dirty = true;
}

// ---- life ----

struct esm *esm_new(const struct esm_options *options)
{
    assert(options->pollers >= 1);
    struct esm *esm = allocate(sizeof(*esm));
    esm->options = *options;
    list_init(&esm->mappings);
    list_init(&esm->ready);
    mishaps_init(&esm->mishaps);
    return esm;
}

static void transition_over(struct timer *timer)
{
    mark_dirty(list_entry(timer, struct mapping, transition));
}

static void insert_mapping(struct esm *esm, struct mapping *mapping)
{
    mapping->transition.fire = transition_over;
    mapping->transition.motive = true;
    struct list_node *place = &esm->mappings;
    list_for_each (node, &esm->mappings) {
        if (text_compare(mapping_uuid(list_entry(node, struct mapping, link)),
                         mapping_uuid(mapping)) > 0) {
            place = node;
            break;
        }
    }
    list_insert_before(place, &mapping->link);
    text_map_insert(&esm->by_uuid, mapping_uuid(mapping), mapping);
    mark_dirty(mapping);
}

static void drop_mapping(struct mapping *mapping)
{
    list_for_each (node, &mapping->pollers)
        poller_free(list_entry(node, struct poller, link));
    timeline_cancel(mapping->esm->options.timeline, &mapping->transition);
    text_map_remove(&mapping->esm->by_uuid, mapping_uuid(mapping));
    list_remove(&mapping->link);
    mapping_free(mapping);
}

struct esm *esm_free(struct esm *esm)
{
    if (esm == NULL)
        return NULL;
    list_for_each (node, &esm->mappings)
        drop_mapping(list_entry(node, struct mapping, link));
    text_map_deinit(&esm->by_uuid);
    mishaps_deinit(&esm->mishaps);
    free(esm);
    return NULL;
}

void esm_restore(struct esm *esm, struct text key, struct text bytes)
{
    insert_mapping(esm, mapping_restore(esm, key, bytes));
}

void esm_reset(struct esm *esm)
{
    list_for_each (node, &esm->mappings) {
        struct mapping *mapping = list_entry(node, struct mapping, link);
        mapping_forget(mapping);
        drop_mapping(mapping);
    }
    mishaps_reset(&esm->mishaps);
}

struct mishaps *esm_mishaps(struct esm *esm)
{
    return &esm->mishaps;
}

// ---- the control plane ----

// The mapping is in a state in between. One that polls no messages is deleted at once (L-46).
static void begin_transition(struct mapping *mapping)
{
    const struct esm_options *options = &mapping->esm->options;
    bool lasts = mapping->state != MAPPING_DISABLED &&
                 (mapping->state != MAPPING_DELETING || mapping->settings.enabled);
    if (options->transition_ms > 0 && lasts)
        timeline_schedule(options->timeline, &mapping->transition,
                          mapping->modified_at_ms + options->transition_ms);
}

// A filter that works here may be refused by AWS (L-193).
static void warn_of_filter(const struct mapping *mapping)
{
    const struct esm_options *options = &mapping->esm->options;
    cleanup(buffer_deinit) struct buffer names = {0};
    filter_append_unlisted(mapping->settings.filter_criteria, &names);
    if (names.length == 0 || options->warn == NULL)
        return;
    cleanup(buffer_deinit) struct buffer sentence = {0};
    buffer_print(&sentence,
                 "the filter uses %.*s, which Lambda's guide does not list: try it on AWS before "
                 "you rely on it",
                 TEXT_ARGUMENTS(buffer_text(&names)));
    options->warn(options->warn_context, mapping_uuid(mapping), mapping->settings.function_name,
                  TEXT(""), buffer_text(&sentence));
}

enum mapping_error esm_create_mapping(struct esm *esm, const struct mapping_settings *settings,
                                      struct mapping **ret_mapping,
                                      struct mapping_detail *ret_detail)
{
    enum mapping_error error = mapping_admit(esm, settings, NULL, true, ret_detail);
    if (error != MAPPING_OK)
        return error;
    uint8_t bytes[UUID_BYTES];
    char uuid[UUID_TEXT_BYTES];
    random_uuid(esm->options.random, bytes);
    uuid_format(bytes, uuid);
    struct mapping *mapping = mapping_new(esm, uuid, settings);
    mapping->modified_at_ms = timeline_now_ms(esm->options.timeline);
    mapping_enter(mapping, settings->enabled ? MAPPING_CREATING : MAPPING_DISABLED);
    insert_mapping(esm, mapping);
    begin_transition(mapping);
    warn_of_filter(mapping);
    *ret_mapping = mapping;
    return MAPPING_OK;
}

struct mapping *esm_find_mapping(const struct esm *esm, struct text uuid)
{
    return text_map_find(&esm->by_uuid, uuid);
}

struct mapping *esm_next_mapping(const struct esm *esm, const struct mapping *after)
{
    struct list_node *node = after == NULL ? esm->mappings.next : after->link.next;
    return node == &esm->mappings ? NULL : list_entry(node, struct mapping, link);
}

// A transition runs (L-47).
static bool is_in_use(const struct mapping *mapping)
{
    return mapping->state != MAPPING_ENABLED && mapping->state != MAPPING_DISABLED;
}

static void recall_pollers(struct mapping *mapping, bool give_up)
{
    list_for_each (node, &mapping->pollers)
        poller_recall(list_entry(node, struct poller, link), give_up);
}

// L-44, L-45.
static enum mapping_state state_after_update(const struct mapping *mapping, bool enabled)
{
    if (enabled != mapping->settings.enabled)
        return enabled ? MAPPING_ENABLING : MAPPING_DISABLING;
    return enabled ? MAPPING_UPDATING : MAPPING_DISABLED;
}

enum mapping_error esm_update_mapping(struct esm *esm, struct mapping *mapping,
                                      const struct mapping_settings *settings, bool function_given,
                                      struct mapping_detail *ret_detail)
{
    if (is_in_use(mapping))
        return MAPPING_IN_USE;
    enum mapping_error error = mapping_admit(esm, settings, mapping, function_given, ret_detail);
    if (error != MAPPING_OK)
        return error;
    enum mapping_state state = state_after_update(mapping, settings->enabled);
    bool filter_changed = !text_equal(settings->filter_criteria, mapping->settings.filter_criteria);
    mapping_replace_settings(mapping, settings);
    if (filter_changed)
        warn_of_filter(mapping);
    mapping->modified_at_ms = timeline_now_ms(esm->options.timeline);
    mapping_enter(mapping, state);
    begin_transition(mapping);
    recall_pollers(mapping, !settings->enabled);
    mark_dirty(mapping);
    return MAPPING_OK;
}

void esm_tag_mapping(struct esm *esm, struct mapping *mapping, struct text tags)
{
    assert(mapping->esm == esm);
    struct mapping_settings settings = mapping->settings;
    settings.tags = tags;
    mapping_replace_settings(mapping, &settings);
    mapping_store(mapping);
}

enum mapping_error esm_delete_mapping(struct esm *esm, struct mapping *mapping)
{
    if (is_in_use(mapping))
        return MAPPING_IN_USE;
    mapping->modified_at_ms = timeline_now_ms(esm->options.timeline);
    mapping_enter(mapping, MAPPING_DELETING);
    begin_transition(mapping);
    recall_pollers(mapping, true);
    mark_dirty(mapping);
    return MAPPING_OK;
}

void esm_functions_changed(struct esm *esm)
{
    list_for_each (node, &esm->mappings) {
        struct mapping *mapping = list_entry(node, struct mapping, link);
        if (mapping_find_function(mapping) == NULL)
            recall_pollers(mapping, false);
        mark_dirty(mapping);
    }
}

void esm_queues_changed(struct esm *esm)
{
    list_for_each (node, &esm->mappings)
        mark_dirty(list_entry(node, struct mapping, link));
}

// ---- the turn ----

static bool is_busy(const struct mapping *mapping)
{
    list_for_each (node, &mapping->pollers) {
        if (list_entry(node, struct poller, link)->phase != POLLER_IDLE)
            return true;
    }
    return false;
}

// Finishes a transition. ret_gone: the mapping has been freed.
static bool settle_state(struct mapping *mapping, bool *ret_gone)
{
    if (timer_is_scheduled(&mapping->transition))
        return false;
    switch (mapping->state) {
    case MAPPING_CREATING:
    case MAPPING_ENABLING:
    case MAPPING_UPDATING:
        mapping_enter(mapping, MAPPING_ENABLED);
        return true;
    case MAPPING_DISABLING:
        mapping_enter(mapping, MAPPING_DISABLED);
        return true;
    case MAPPING_DELETING:
        if (is_busy(mapping))
            return false; // the last poller to finish marks it dirty again (L-50)
        mapping_forget(mapping);
        drop_mapping(mapping);
        *ret_gone = true;
        return true;
    case MAPPING_ENABLED:
    case MAPPING_DISABLED:
        return false;
    }
    assert(false);
    return false;
}

// As many pollers as the settings want; the idle ones among the others go.
static void settle_pollers(struct mapping *mapping)
{
    size_t wanted = 0;
    if (mapping->state == MAPPING_ENABLED)
        wanted = scaling_wanted(&mapping->scaling, &mapping->limits);
    else if (mapping->state == MAPPING_DISABLED)
        mapping->scaling = (struct scaling){0};
    size_t count = 0;
    list_for_each (node, &mapping->pollers) {
        struct poller *poller = list_entry(node, struct poller, link);
        bool surplus = poller->spare || count >= wanted;
        if (surplus && poller->phase == POLLER_IDLE)
            poller_free(poller);
        else if (!poller->spare)
            count++;
    }
    for (; count < wanted; count++)
        poller_new(mapping, false);
}

static bool is_gathering(const struct mapping *mapping)
{
    list_for_each (node, &mapping->pollers) {
        enum poller_phase phase = list_entry(node, struct poller, link)->phase;
        if (phase == POLLER_IN_LINE || phase == POLLER_GATHERING)
            return true;
    }
    return false;
}

static size_t count_busy(const struct mapping *mapping)
{
    size_t count = 0;
    list_for_each (node, &mapping->pollers) {
        if (list_entry(node, struct poller, link)->phase != POLLER_IDLE)
            count++;
    }
    return count;
}

// With a window one poller gathers at a time: the messages of a trickle come into one batch, not one into each poller's. And where
// concurrency has a maximum, nobody receives what could not be invoked, spare pollers counted (L-125).
static bool settle_line(struct mapping *mapping)
{
    bool windowed = mapping->settings.batching_window_seconds > 0;
    bool gathering = windowed && is_gathering(mapping);
    size_t busy = count_busy(mapping);
    bool joined = false;
    list_for_each (node, &mapping->pollers) {
        struct poller *poller = list_entry(node, struct poller, link);
        bool more = poller->phase == POLLER_GATHERING && !receive_is_waiting(&poller->receive);
        bool first = poller->phase == POLLER_IDLE && !poller->spare &&
                     mapping->state == MAPPING_ENABLED && busy < mapping->limits.most && !gathering;
        if ((!more && !first) || !poller_join(poller))
            continue;
        joined = true;
        busy += first ? 1 : 0;
        gathering = windowed;
    }
    return joined;
}

static bool settle_mapping(struct mapping *mapping)
{
    bool gone = false;
    bool moved = settle_state(mapping, &gone);
    if (gone)
        return true;
    settle_pollers(mapping);
    return settle_line(mapping) || moved;
}

bool esm_settle(struct esm *esm)
{
    if (!esm->dirty)
        return false;
    esm->dirty = false;
    bool moved = false;
    list_for_each (node, &esm->mappings) {
        struct mapping *mapping = list_entry(node, struct mapping, link);
        if (!mapping->dirty)
            continue;
        mapping->dirty = false;
        if (settle_mapping(mapping))
            moved = true;
    }
    return moved;
}

// MaximumConcurrency also holds back what a full event spilled over into a spare poller (L-125).
static bool is_held_back(const struct mapping *mapping)
{
    int64_t maximum = mapping->settings.maximum_concurrency;
    return maximum > 0 && mapping->invoking >= (size_t)maximum;
}

bool esm_start_invocations(struct esm *esm)
{
    bool started = false;
    list_for_each (node, &esm->ready) {
        struct poller *poller = list_entry(node, struct poller, ready);
        if (is_held_back(poller->mapping))
            continue;
        poller_start(poller);
        started = true;
    }
    return started;
}

size_t esm_running(const struct esm *esm)
{
    size_t count = 0;
    list_for_each (mapping_node, &esm->mappings) {
        const struct mapping *mapping = list_entry(mapping_node, struct mapping, link);
        list_for_each (node, &mapping->pollers) {
            const struct poller *poller = list_entry(node, struct poller, link);
            if (poller->phase == POLLER_READY || poller_runs(poller))
                count++;
        }
    }
    return count;
}

void esm_break_outcome(struct esm *esm)
{
    esm->options.break_outcome = true;
}
