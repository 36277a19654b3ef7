// history -- everything that happened in an emulator so far, read from its trace, message by message; the names that a scenario
// gave to messages; and their stories in words.
#ifndef CLI_HISTORY_H
#define CLI_HISTORY_H

#include "emulator/emulator.h"
#include "queue/base/arena.h"
#include "queue/base/buffer.h"
#include "queue/base/map.h"

struct history;

// Texts live as long as the history. Words of kinds are those of the trace: "sent", "received", "dead-lettered" ...
struct history_point {
    struct text kind;
    struct text queue;
    struct text other;
    struct text actor;
    struct text request;
    struct text reason;
    struct text output; // of "output" points: what a function wrote
    int64_t at_ms;
    int64_t until_ms; // 0: none
    int64_t receive_count;
    int message; // -1: of no message
    int next;    // of the same message; -1: none
};

struct history_message {
    struct text name; // in the scenario; made up from its number if it has none
    struct text group;
    int first; // its points; -1: none yet
    int last;
};

struct history *history_new(struct emulator *emulator);
struct history *history_free(struct history *history);
DEFINE_CLEANUP(history_free, struct history *)

// A send was answered with this id. name may be empty. A message that was known (a FIFO duplicate) keeps its first name and gets this
// one too. Returns its number.
int history_name(struct history *history, struct text message_id, struct text name,
                 struct text group);
// The number of the message with this name or id; -1 if there is none.
int history_find_name(const struct history *history, struct text name);
int history_find_id(const struct history *history, struct text message_id);
// Reads what the trace has got since the last time. False, with a sentence in ret_reason, when points were lost.
bool history_refresh(struct history *history, struct text *ret_reason);

size_t history_message_count(const struct history *history);
const struct history_message *history_message(const struct history *history, int number);
size_t history_point_count(const struct history *history);
const struct history_point *history_point(const struct history *history, int number);

// How often it was delivered.
size_t history_deliveries(const struct history *history, int message);
// Where the trace says that it is: the name of a queue; empty when it is gone.
struct text history_place(const struct history *history, int message);
// "deleted", "expired", "purged" ...: how it went, as of its last point; empty while it is there.
struct text history_end(const struct history *history, int message);

// "+30 s", "+1 min 30.001 s" behind the origin.
void history_append_instant(struct buffer *buffer, int64_t at_ms, int64_t origin_at_ms);
// The story of a message, one point a line. What comes again and again (received, kept, visible again) is told once, and how often.
void history_append_story(const struct history *history, struct buffer *buffer, int message,
                          int64_t origin_at_ms);

#endif
