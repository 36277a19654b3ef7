// options -- one table, from which the parser, the defaults' meaning and the help text all come, so
// that an option cannot be taken without being explained.
//
// Every room's wishes from the command line stand in one struct, because the commands share them: a
// demo is serve with other defaults. getopt was not taken: it permutes, it has no ranges, and its
// complaints do not say what would have been right.
//
// Durations and instants are read and written here too, for the command line and the API alike.
#include "emulator/options.h"

#include "queue/base/share.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_MS 86400000LL
#define HOUR_MS 3600000LL
#define MINUTE_MS 60000LL
#define SECOND_MS 1000LL
#define LAST_INSTANT_MS 253402300799999LL // 9999-12-31T23:59:59.999Z
#define INSTANT_BYTES 24

enum option_kind {
    OPTION_INTEGER, // int64_t, between least and most
    OPTION_SIZE,    // int64_t of bytes, between least and most
    OPTION_DURATION,
    OPTION_INSTANT,
    OPTION_SEED,
    OPTION_SHARE,  // double, from 0 to 1
    OPTION_TEXT,   // struct text
    OPTION_DIGITS, // struct text of exactly least digits
    OPTION_STRING, // const char *, terminated
    OPTION_FLAG,   // bool, takes no value
    OPTION_CHOICE, // an enum, by the words of meaning
    OPTION_LIST,   // struct text [OPTIONS_LIST_MAX], counted by a size_t at count_offset
    OPTION_PAIRS,  // the same, of LEFT:RIGHT, which may be secret
};

struct option_row {
    struct text name; // with its dashes
    enum option_kind kind;
    size_t offset;
    size_t count_offset;
    int64_t least, most;
    struct text choices[3];
    const char *value; // what stands for the value in the help
    const char *help;
};

#define FIELD(member) offsetof(struct options, member)

// clang-format off
static const struct option_row option_table[] = {
    {TEXT("--port"), OPTION_INTEGER, FIELD(port), 0, 0, 65535, {{0}}, "N",
     "TCP port, 0 picks a free one (default {})"},
    {TEXT("--host"), OPTION_TEXT, FIELD(host), 0, 0, 0, {{0}}, "ADDRESS",
     "address to listen on (default 127.0.0.1)"},
    {TEXT("--host-name"), OPTION_LIST, FIELD(host_names), FIELD(host_name_count), 0, 0, {{0}}, "NAME",
     "a further name that clients may call this host by"},
    {TEXT("--credentials"), OPTION_PAIRS, FIELD(credentials), FIELD(credential_count), 0, 0, {{0}}, "KEY:SECRET",
     "accept only what this key signs; repeatable"},
    {TEXT("--db"), OPTION_STRING, FIELD(database), 0, 0, 0, {{0}}, "FILE",
     "database file (default: in memory, gone at the end)"},
    {TEXT("--sync"), OPTION_CHOICE, FIELD(sync), 0, 0, 0, {TEXT("normal"), TEXT("full")}, "MODE",
     "normal survives a kill, full survives a power cut"},
    {TEXT("--clock"), OPTION_CHOICE, FIELD(clock), 0, 0, 0, {TEXT("real"), TEXT("manual"), TEXT("leap")}, "MODE",
     "real | manual (stands until told) | leap (skips what is idle)"},
    {TEXT("--start"), OPTION_INSTANT, FIELD(start_at_ms), 0, 0, LAST_INSTANT_MS, {{0}}, "INSTANT",
     "first instant of the clock, e.g. 2026-01-01T00:00:00Z"},
    {TEXT("--horizon"), OPTION_DURATION, FIELD(horizon_ms), 0, 1, 366 * DAY_MS, {{0}}, "DURATION",
     "how far leap and run go without anything new (default 24h)"},
    {TEXT("--function"), OPTION_LIST, FIELD(functions), FIELD(function_count), 0, 0, {{0}}, "NAME=TARGET",
     "http://..., exec:PROGRAM, attach:PORT or sim:{...}"},
    {TEXT("--set"), OPTION_LIST, FIELD(sets), FIELD(set_count), 0, 0, {{0}}, "NAME.KEY=VALUE",
     "Timeout=5, Duration=50ms, Environment.KEY=VALUE ..."},
    {TEXT("--keep-alive"), OPTION_DURATION, FIELD(keep_alive_ms), 0, 1, 366 * DAY_MS, {{0}}, "DURATION",
     "how long an idle process of exec: is kept (default 10m)"},
    {TEXT("--account"), OPTION_DIGITS, FIELD(account), 0, 12, 0, {{0}}, "N",
     "account number, 12 digits (default 000000000000)"},
    {TEXT("--region"), OPTION_TEXT, FIELD(region), 0, 0, 0, {{0}}, "R",
     "region of unsigned requests (default us-east-1)"},
    {TEXT("--seed"), OPTION_SEED, FIELD(seed), 0, 0, 0, {{0}}, "N",
     "equal seeds give equal ids and equal runs"},
    {TEXT("--profile"), OPTION_CHOICE, FIELD(profile), 0, 0, 0, {TEXT("aws"), TEXT("deterministic")}, "NAME",
     "aws: mappings scale (default on the real clock); or not"},
    {TEXT("--strict-waits"), OPTION_FLAG, FIELD(strict_waits), 0, 0, 0, {{0}}, NULL,
     "keep the 60-second rules of DeleteQueue and PurgeQueue"},
    {TEXT("--empty-item-succeeds"), OPTION_FLAG, FIELD(empty_item_succeeds), 0, 0, 0, {{0}}, NULL,
     "read [{}] in a report as success (disputed on AWS)"},
    {TEXT("--transition-delay"), OPTION_DURATION, FIELD(transition_ms), 0, 0, HOUR_MS, {{0}}, "DURATION",
     "how long mappings are Creating, Updating ... (default 0)"},
    {TEXT("--in-flight-max"), OPTION_INTEGER, FIELD(in_flight_max), 0, 1, 120000, {{0}}, "N",
     "messages in flight per queue (default 120000)"},
    {TEXT("--account-concurrency"), OPTION_INTEGER, FIELD(account_concurrency), 0, 1, 1000, {{0}}, "N",
     "executions of all functions at once (default 1000)"},
    {TEXT("--duplicate"), OPTION_SHARE, FIELD(duplicate_share), 0, 0, 0, {{0}}, "SHARE",
     "deliver that share of deleted messages once more"},
    {TEXT("--fault"), OPTION_LIST, FIELD(faults), FIELD(fault_count), 0, 0, {{0}}, "NAME=KIND",
     "throttle, timeout, crash ... on purpose: docs/faults.md"},
    {TEXT("--trace-max"), OPTION_SIZE, FIELD(trace_max_bytes), 0, 65536, INT64_C(1) << 36, {{0}}, "SIZE",
     "memory for the trace (default 16MiB)"},
    {TEXT("--trace-file"), OPTION_STRING, FIELD(trace_file), 0, 0, 0, {{0}}, "FILE",
     "write every trace point as a JSON line"},
    {TEXT("--quiet"), OPTION_FLAG, FIELD(quiet), 0, 0, 0, {{0}}, NULL,
     "no log lines"},
};
// clang-format on

#define OPTION_ROWS (sizeof(option_table) / sizeof(option_table[0]))

void options_init(struct options *options, struct arena *arena)
{
    *options = (struct options){
        .arena = arena,
        .host = TEXT("127.0.0.1"),
        .port = 4566,
        .listener = true,
        .account = TEXT("000000000000"),
        .region = TEXT("us-east-1"),
        .start_at_ms = -1,
        .horizon_ms = DAY_MS,
        .profile = PROFILE_BY_CLOCK,
        .in_flight_max = 120000,
        .account_concurrency = 1000,
        .keep_alive_ms = 10 * MINUTE_MS,
        .trace_max_bytes = INT64_C(16) << 20,
    };
}

static void *field_of(struct options *options, size_t offset)
{
    return (char *)options + offset;
}

static bool digits_only(struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (text.bytes[i] < '0' || text.bytes[i] > '9')
            return false;
    }
    return text.length > 0;
}

// "65536", "64k", "64KiB", "16M", "16MiB", "1G".
static bool size_parse(struct text text, int64_t *ret_bytes)
{
    static const struct {
        struct text unit;
        int shift;
    } units[] = {
        {TEXT("KiB"), 10}, {TEXT("MiB"), 20}, {TEXT("GiB"), 30}, {TEXT("K"), 10}, {TEXT("k"), 10},
        {TEXT("M"), 20},   {TEXT("m"), 20},   {TEXT("G"), 30},   {TEXT("g"), 30},
    };
    int shift = 0;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (!text_ends_with(text, units[i].unit))
            continue;
        shift = units[i].shift;
        text = text_head(text, text.length - units[i].unit.length);
        break;
    }
    int64_t value;
    int64_t bytes;
    if (!digits_only(text) || !text_to_integer(text, &value) ||
        __builtin_mul_overflow(value, INT64_C(1) << shift, &bytes))
        return false;
    *ret_bytes = bytes;
    return true;
}

static bool seed_parse(struct text text, uint64_t *ret_seed)
{
    uint64_t seed = 0;
    if (!digits_only(text))
        return false;
    for (size_t i = 0; i < text.length; i++) {
        if (__builtin_mul_overflow(seed, 10, &seed) ||
            __builtin_add_overflow(seed, (uint64_t)(text.bytes[i] - '0'), &seed))
            return false;
    }
    *ret_seed = seed;
    return true;
}

// Reads a number of the row's kind and checks its range.
static bool number_take(const struct option_row *row, struct text value, int64_t *ret_number)
{
    int64_t number;
    bool read;
    if (row->kind == OPTION_SIZE)
        read = size_parse(value, &number);
    else if (row->kind == OPTION_DURATION)
        read = duration_parse(value, &number);
    else if (row->kind == OPTION_INSTANT)
        read = instant_parse(value, &number);
    else
        read = text_to_integer(value, &number);
    if (!read || number < row->least || number > row->most)
        return false;
    *ret_number = number;
    return true;
}

static bool choice_take(const struct option_row *row, struct text value, void *field)
{
    for (unsigned i = 0; i < 3 && row->choices[i].length > 0; i++) {
        if (!text_equal(row->choices[i], value))
            continue;
        // Both enums of struct options count their words from 0, and GCC and Clang give them int's
        // size.
        static_assert(sizeof(enum clock_mode) == sizeof(unsigned), "an enum is an unsigned");
        memcpy(field, &i, sizeof(i));
        return true;
    }
    return false;
}

static bool list_take(const struct option_row *row, struct options *options, struct text value)
{
    size_t *count = field_of(options, row->count_offset);
    struct text *list = field_of(options, row->offset);
    if (*count == OPTIONS_LIST_MAX || value.length == 0)
        return false;
    list[(*count)++] = value;
    return true;
}

static bool is_pair(struct text value)
{
    struct text left, right;
    return text_cut(value, ':', &left, &right) && left.length > 0 && right.length > 0;
}

// Puts the value into its field. False when the row does not take it.
static bool value_take(const struct option_row *row, struct options *options, const char *string)
{
    void *field = field_of(options, row->offset);
    struct text value = text_of(string);
    switch (row->kind) {
    case OPTION_INTEGER:
    case OPTION_SIZE:
    case OPTION_DURATION:
    case OPTION_INSTANT:
        return number_take(row, value, field);
    case OPTION_SEED:
        options->seeded = seed_parse(value, &options->seed);
        return options->seeded;
    case OPTION_SHARE:
        return share_parse(string, field);
    case OPTION_DIGITS:
        if (value.length != (size_t)row->least || !digits_only(value))
            return false;
        memcpy(field, &value, sizeof(value));
        return true;
    case OPTION_TEXT:
        if (value.length == 0)
            return false;
        memcpy(field, &value, sizeof(value));
        return true;
    case OPTION_STRING:
        if (value.length == 0)
            return false;
        memcpy(field, &string, sizeof(string));
        return true;
    case OPTION_CHOICE:
        return choice_take(row, value, field);
    case OPTION_LIST:
        return list_take(row, options, value);
    case OPTION_PAIRS:
        return is_pair(value) && list_take(row, options, value);
    case OPTION_FLAG:
        break;
    }
    return false;
}

// What the row takes, for the sentence about a value that it does not.
static struct text row_wish(struct arena *arena, const struct option_row *row)
{
    switch (row->kind) {
    case OPTION_INTEGER:
        return arena_print(arena, "a whole number from %lld to %lld", (long long)row->least,
                           (long long)row->most);
    case OPTION_SIZE:
        return TEXT("a size of 64KiB or more, such as 16MiB");
    case OPTION_DURATION:
        return TEXT("a duration such as 90s, 15m or 24h");
    case OPTION_INSTANT:
        return TEXT("an instant such as 2026-01-01T00:00:00Z, or epoch milliseconds");
    case OPTION_SEED:
        return TEXT("a whole number of 64 bits");
    case OPTION_SHARE:
        return TEXT("a share such as 5% or 0.05");
    case OPTION_DIGITS:
        return arena_print(arena, "%lld digits", (long long)row->least);
    case OPTION_CHOICE:
        return row->choices[2].length == 0
                   ? arena_print(arena, "%s or %s", row->choices[0].bytes, row->choices[1].bytes)
                   : arena_print(arena, "%s, %s or %s", row->choices[0].bytes,
                                 row->choices[1].bytes, row->choices[2].bytes);
    case OPTION_LIST:
    case OPTION_PAIRS:
        return arena_print(arena, "%s, at most %d times", row->value, OPTIONS_LIST_MAX);
    case OPTION_TEXT:
    case OPTION_STRING:
    case OPTION_FLAG:
        break;
    }
    return TEXT("a value that is not empty");
}

static const struct option_row *row_find(struct text name)
{
    for (size_t i = 0; i < OPTION_ROWS; i++) {
        if (text_equal(option_table[i].name, name))
            return &option_table[i];
    }
    return NULL;
}

int options_take(struct options *options, int argument_count, char **arguments, int *at,
                 struct text *ret_reason)
{
    assert(*at < argument_count);
    const char *argument = arguments[*at];
    struct text name = text_of(argument);
    struct text inline_value;
    const char *value = NULL;
    if (text_cut(name, '=', &name, &inline_value))
        value = argument + name.length + 1;

    const struct option_row *row = row_find(name);
    if (row == NULL)
        return 0;
    if (row->kind == OPTION_FLAG) {
        if (value != NULL) {
            *ret_reason = arena_print(options->arena, "%s takes no value", row->name.bytes);
            return -1;
        }
        *(bool *)field_of(options, row->offset) = true;
        *at += 1;
        return 1;
    }

    int taken = value == NULL ? 2 : 1;
    if (value == NULL && *at + 1 < argument_count)
        value = arguments[*at + 1];
    struct text wish = row_wish(options->arena, row);
    if (value == NULL) {
        *ret_reason =
            arena_print(options->arena, "%s needs %.*s", row->name.bytes, TEXT_ARGUMENTS(wish));
        return -1;
    }
    if (!value_take(row, options, value)) {
        bool secret = row->kind == OPTION_PAIRS;
        *ret_reason = arena_print(options->arena, "%s takes %.*s, not %s%s%s", row->name.bytes,
                                  TEXT_ARGUMENTS(wish), secret ? "" : "\"", secret ? "this" : value,
                                  secret ? "" : "\"");
        return -1;
    }
    *at += taken;
    return 1;
}

// The help with the whole number that the field has for {}.
static void append_row_help(struct buffer *buffer, const struct option_row *row,
                            const struct options *defaults)
{
    struct text help = text_of(row->help);
    size_t at;
    if (row->kind == OPTION_INTEGER && text_find(help, TEXT("{}"), &at)) {
        int64_t number;
        memcpy(&number, (const char *)defaults + row->offset, sizeof(number));
        buffer_print(buffer, "%.*s%lld", TEXT_ARGUMENTS(text_head(help, at)), (long long)number);
        help = text_skip(help, at + 2);
    }
    buffer_append(buffer, help);
}

void options_append_help(struct buffer *buffer, const struct options *defaults)
{
    for (size_t i = 0; i < OPTION_ROWS; i++) {
        const struct option_row *row = &option_table[i];
        char left[40];
        snprintf(left, sizeof(left), "%s%s%s", row->name.bytes, row->value == NULL ? "" : " ",
                 row->value == NULL ? "" : row->value);
        buffer_print(buffer, "  %-24s ", left);
        append_row_help(buffer, row, defaults);
        buffer_append_byte(buffer, '\n');
    }
}

struct text options_name(size_t index)
{
    return index < OPTION_ROWS ? option_table[index].name : (struct text){0};
}

static const struct {
    struct text unit;
    int64_t unit_ms;
    struct text words;
} units[] = {
    {TEXT("d"), DAY_MS, TEXT("d")},    {TEXT("h"), HOUR_MS, TEXT("h")},
    {TEXT("ms"), 1, TEXT("ms")},       {TEXT("m"), MINUTE_MS, TEXT("min")},
    {TEXT("s"), SECOND_MS, TEXT("s")},
};

#define UNITS (sizeof(units) / sizeof(units[0]))

// The unit that text starts with, or UNITS. "ms" stands before "m" in the table.
static size_t unit_find(struct text text)
{
    for (size_t i = 0; i < UNITS; i++) {
        if (text_starts_with(text, units[i].unit))
            return i;
    }
    return UNITS;
}

bool duration_parse(struct text text, int64_t *ret_ms)
{
    int64_t total_ms = 0;
    if (digits_only(text)) {
        int64_t seconds;
        if (!text_to_integer(text, &seconds) ||
            __builtin_mul_overflow(seconds, SECOND_MS, &total_ms))
            return false;
        *ret_ms = total_ms;
        return true;
    }
    if (text.length == 0)
        return false;
    while (text.length > 0) {
        size_t digits = 0;
        while (digits < text.length && text.bytes[digits] >= '0' && text.bytes[digits] <= '9')
            digits++;
        int64_t value;
        size_t unit = unit_find(text_skip(text, digits));
        if (digits == 0 || unit == UNITS || !text_to_integer(text_head(text, digits), &value) ||
            __builtin_mul_overflow(value, units[unit].unit_ms, &value) ||
            __builtin_add_overflow(total_ms, value, &total_ms))
            return false;
        text = text_skip(text, digits + units[unit].unit.length);
    }
    *ret_ms = total_ms;
    return true;
}

struct text duration_format(struct arena *arena, int64_t duration_ms)
{
    static const size_t largest_first[] = {0, 1, 3, 4, 2};
    if (duration_ms == 0)
        return TEXT("0 s");
    char words[96];
    size_t length = 0;
    uint64_t rest_ms = duration_ms < 0 ? 0 - (uint64_t)duration_ms : (uint64_t)duration_ms;
    for (size_t i = 0; i < UNITS; i++) {
        size_t unit = largest_first[i];
        uint64_t count = rest_ms / (uint64_t)units[unit].unit_ms;
        rest_ms %= (uint64_t)units[unit].unit_ms;
        if (count == 0)
            continue;
        length += (size_t)snprintf(words + length, sizeof(words) - length, "%s%llu %s",
                                   length > 0 ? " " : "", (unsigned long long)count,
                                   units[unit].words.bytes);
    }
    return arena_print(arena, "%s%s", duration_ms < 0 ? "-" : "", words);
}

// Reads count digits at the front of text and moves it behind them.
static bool digits_take(struct text *text, size_t count, int *ret_value)
{
    struct text head = text_head(*text, count);
    int64_t value;
    if (head.length != count || !digits_only(head) || !text_to_integer(head, &value))
        return false;
    *text = text_skip(*text, count);
    *ret_value = (int)value;
    return true;
}

static bool byte_take(struct text *text, char byte)
{
    if (text->length == 0 || text->bytes[0] != byte)
        return false;
    *text = text_skip(*text, 1);
    return true;
}

// ".5" is half a second: up to three digits, none at all is 0.
static bool fraction_take(struct text *text, int *ret_ms)
{
    static const int scale[] = {0, 100, 10, 1};
    *ret_ms = 0;
    if (!byte_take(text, '.'))
        return true;
    size_t digits = 0;
    while (digits < text->length && text->bytes[digits] >= '0' && text->bytes[digits] <= '9')
        digits++;
    int value;
    if (digits < 1 || digits > 3 || !digits_take(text, digits, &value))
        return false;
    *ret_ms = value * scale[digits];
    return true;
}

bool instant_parse(struct text text, int64_t *ret_ms)
{
    if (digits_only(text)) {
        int64_t at_ms;
        if (!text_to_integer(text, &at_ms) || at_ms > LAST_INSTANT_MS)
            return false;
        *ret_ms = at_ms;
        return true;
    }
    struct tm date = {0};
    int fraction_ms;
    if (!digits_take(&text, 4, &date.tm_year) || !byte_take(&text, '-') ||
        !digits_take(&text, 2, &date.tm_mon) || !byte_take(&text, '-') ||
        !digits_take(&text, 2, &date.tm_mday) || !byte_take(&text, 'T') ||
        !digits_take(&text, 2, &date.tm_hour) || !byte_take(&text, ':') ||
        !digits_take(&text, 2, &date.tm_min) || !byte_take(&text, ':') ||
        !digits_take(&text, 2, &date.tm_sec) || !fraction_take(&text, &fraction_ms) ||
        !byte_take(&text, 'Z') || text.length > 0)
        return false;

    // timegm() takes the 31st of February for the 3rd of March; a date that comes back changed was
    // none.
    date.tm_year -= 1900;
    date.tm_mon -= 1;
    struct tm normal = date;
    int64_t seconds = timegm(&normal);
    if (seconds < 0 || normal.tm_mon != date.tm_mon || normal.tm_mday != date.tm_mday ||
        normal.tm_hour != date.tm_hour || normal.tm_min != date.tm_min ||
        normal.tm_sec != date.tm_sec)
        return false;
    *ret_ms = seconds * SECOND_MS + fraction_ms;
    return true;
}

void instant_format(int64_t at_ms, char ret_text[INSTANT_BYTES])
{
    if (at_ms < 0)
        at_ms = 0;
    if (at_ms > LAST_INSTANT_MS)
        at_ms = LAST_INSTANT_MS;
    time_t seconds = at_ms / SECOND_MS;
    struct tm date;
    gmtime_r(&seconds, &date);
    char text[64];
    snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", date.tm_year + 1900,
             date.tm_mon + 1, date.tm_mday, date.tm_hour, date.tm_min, date.tm_sec,
             (int)(at_ms % SECOND_MS));
    memcpy(ret_text, text, INSTANT_BYTES);
}
