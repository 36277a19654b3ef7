// why -- what redrive why knows of a message, between its three steps: why_read.c collects it, why.c makes statements of it,
// why_tell.c tells them. Internal to cli/.
#ifndef CLI_WHY_H
#define CLI_WHY_H

#include "cli/client.h"

// Why a delivery did not end with a deletion.
struct cause {
    struct text sign; // in the verdict's reason
    const char *name;
    const char *because;
    const char *rule;
    const char *remedy;
};

struct delivery {
    const cJSON *received;
    const cJSON *batched;      // NULL: by a client
    const cJSON *verdict;      // NULL: none yet
    const cJSON *output;       // what its function wrote; NULL: nothing, or not known
    const cJSON *end;          // of the invocation; NULL: not known
    const cJSON *released;     // visible again, deleted ...; NULL: it lasts
    const struct cause *cause; // NULL: it ended well, or it lasts
};

struct why {
    struct client *client;
    struct arena *arena;
    const char *id;
    cJSON *points; // owned
    cJSON *ends;   // owned
    cJSON *answer; // owned; what is told
    cJSON *statements;
    struct delivery *deliveries;
    size_t delivery_count;
    int64_t origin_at_ms;
    int64_t now_ms;
    bool manual;
    struct text place; // a queue's name; empty: gone
};

// Reads the message's points and the ends of its invocations, and finds the cause of each delivery that failed. False: told already.
bool why_collect(struct why *why);
bool why_is_kind(const cJSON *point, const char *kind);
// True if a point of this kind ends a delivery.
bool why_releases(const cJSON *point);
// The last of the message's points of this kind, or NULL.
const cJSON *why_last_point(const struct why *why, const char *kind);
// "+30s" behind the message's first point; in the arena.
struct text why_instant_words(const struct why *why, int64_t at_ms);

// Puts the deliveries into the answer.
void why_add_deliveries(struct why *why);
// The statements, the deliveries and what the function wrote, for people.
void why_tell(const struct why *why);

#endif
