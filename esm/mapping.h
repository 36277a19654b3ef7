// mapping -- what an event source mapping is, what admission asks of it, and how it lies in the
// journal. Internal to esm/; the public face is esm.h.
#ifndef ESM_MAPPING_H
#define ESM_MAPPING_H

#include "esm/esm.h"
#include "esm/scaling.h"
#include "queue/base/list.h"
#include "queue/base/map.h"

struct filter;

struct esm {
    struct esm_options options;
    struct text_map by_uuid;
    struct list_node mappings; // in order of UUID
    struct list_node ready;    // pollers whose batch waits to be invoked, oldest first
    bool dirty;                // a mapping has something to do at the next settle
    struct mishaps mishaps;
};

struct mapping {
    struct esm *esm;
    struct list_node link;
    char uuid[UUID_TEXT_BYTES];
    struct arena *arena; // owns the settings' texts; replaced by an update
    struct mapping_settings settings;
    struct queue_key queue_key; // views into the settings' ARN
    bool fifo;
    bool dirty;
    enum mapping_state state;
    struct timer transition; // while a state in between lasts (L-52)
    int64_t modified_at_ms;
    struct list_node pollers;
    size_t invoking; // pollers between the begin of an invocation and its effect
    struct mapping_counts counts;
    struct scaling scaling;
    struct scaling_limits limits;
    struct filter *filter; // of the settings' FilterCriteria; NULL: everything passes
};

// A mapping in no list yet; copies the settings. uuid: UUID_TEXT_BYTES.
struct mapping *mapping_new(struct esm *esm, const char *uuid,
                            const struct mapping_settings *settings);
// Asserts that it has no pollers.
struct mapping *mapping_free(struct mapping *mapping);
// Replaces the settings; they may be views into the old ones.
void mapping_replace_settings(struct mapping *mapping, const struct mapping_settings *settings);
// Every check of 1.4 in the order of L-16. self: the mapping that is updated, or NULL.
// queue_checked: the queue is looked at, too.
enum mapping_error mapping_admit(const struct esm *esm, const struct mapping_settings *settings,
                                 const struct mapping *self, bool queue_checked,
                                 struct mapping_detail *ret_detail);
// Sets the state, writes the record, tells the trace.
void mapping_enter(struct mapping *mapping, enum mapping_state state);
// Writes the record as it stands.
void mapping_store(struct mapping *mapping);
void mapping_forget(struct mapping *mapping);
// A mapping from its record; a record that this file did not write is a damaged database: fail().
struct mapping *mapping_restore(struct esm *esm, struct text key, struct text bytes);

struct queue *mapping_find_queue(const struct mapping *mapping); // NULL while it is gone
// NULL while it is gone or has nobody to run it
struct function *mapping_find_function(const struct mapping *mapping);
// Tells a point about the mapping as a whole, or nothing without a tracer. Fills in at_ms, queue
// and actor.
void mapping_trace(const struct mapping *mapping, struct trace_point point);

#endif
