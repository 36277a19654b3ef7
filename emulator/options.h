// options -- what serve, exec, test and the demos accept, as one struct with one parser.
#ifndef EMULATOR_OPTIONS_H
#define EMULATOR_OPTIONS_H

#include "queue/base/arena.h"
#include "queue/base/buffer.h"
#include "queue/base/text.h"

enum clock_mode {
    CLOCK_REAL,
    CLOCK_MANUAL,
    CLOCK_LEAP
};
enum options_sync {
    OPTIONS_SYNC_NORMAL,
    OPTIONS_SYNC_FULL
};

enum options_profile {
    PROFILE_AWS,           // mappings scale as AWS's do
    PROFILE_DETERMINISTIC, // one poller per mapping
    PROFILE_BY_CLOCK,      // AWS's on the real clock, else deterministic
};

#define OPTIONS_LIST_MAX 256

struct options {
    struct arena *arena;  // owns the texts that were copied
    struct text host;     // "127.0.0.1"
    int64_t port;         // 0-65535; 0 picks one; default 4566
    bool listener;        // default true; false: a world without a socket (tests)
    const char *database; // NULL: a private in-memory database
    bool journal_none;    // no SQLite at all (demos, simulations, benches)
    enum options_sync sync;
    enum clock_mode clock;
    struct text account; // 12 digits, "000000000000"
    struct text region;  // "us-east-1"
    bool seeded;
    uint64_t seed;       // while seeded
    int64_t start_at_ms; // epoch ms; -1: the wall clock (or the journal's last instant if later)
    int64_t horizon_ms;  // 24 h; of leap and run
    enum options_profile profile;
    bool strict_waits;        // the 60-second rules (S-116, S-135)
    bool empty_item_succeeds; // row 15 of L-157
    int64_t transition_ms;    // of mappings between two states; 0: gone with the next turn (L-52)
    int64_t in_flight_max;    // 1-120,000
    int64_t account_concurrency; // 1-1000, executions of all functions at once
    double duplicate_share;      // 0-1, of deletions of standard queues
    size_t fault_count;          // --fault NAME=KIND...
    int64_t keep_alive_ms;       // real time that an idle process of exec: is kept
    struct text faults[OPTIONS_LIST_MAX];
    int64_t trace_max_bytes; // 16 MiB
    const char *trace_file;  // JSON lines; NULL: none
    bool quiet;              // no log lines
    size_t host_name_count;  // --host-name
    struct text host_names[OPTIONS_LIST_MAX];
    size_t function_count; // --function NAME=TARGET
    struct text functions[OPTIONS_LIST_MAX];
    size_t set_count; // --set NAME.Timeout=5 | NAME.Duration=50ms | NAME.MemorySize=256
    struct text sets[OPTIONS_LIST_MAX];
    size_t credential_count; // --credentials KEY:SECRET; none: any signature is accepted
    struct text credentials[OPTIONS_LIST_MAX];
};

// Every default above; mode real.
void options_init(struct options *options, struct arena *arena);
// Reads one option at arguments[*at] and moves *at behind it. 1: taken; 0: not an option of this
// table (nothing moved); -1: bad, with one sentence in ret_reason that names the option and what it
// takes.
int options_take(struct options *options, int argument_count, char **arguments, int *at,
                 struct text *ret_reason);
// Appends the options' help text: one line each, aligned, out of the same table that options_take
// reads; the defaults as the command that explains itself has them.
void options_append_help(struct buffer *buffer, const struct options *defaults);
// The names of the options, "--port" first; the empty text after the last: to suggest the nearest.
struct text options_name(size_t index);
// "15m", "1h30m", "250ms", "2d", "90" (seconds) to milliseconds. False if it is none.
bool duration_parse(struct text text, int64_t *ret_ms);
// "2026-01-01T00:00:00Z", with optional fraction of up to 3 digits, or epoch milliseconds.
bool instant_parse(struct text text, int64_t *ret_ms);
// "2026-01-01T00:00:00.000Z", 24 bytes.
void instant_format(int64_t at_ms, char ret_text[24]);
// "30 s", "1 min 30 s", "2 h", "250 ms": for people.
struct text duration_format(struct arena *arena, int64_t duration_ms);

#endif
