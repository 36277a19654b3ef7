// journal_attribute -- the settings of a queue as rows of name and value, both ways.
//
// The names are AWS's, and the table of queue/settings.h says where each value lives, so a setting
// added there is kept here without a word. The two policies that are structs become a few rows with
// a dot in their names:
//
//   RedrivePolicy.maxReceiveCount        3
//   RedrivePolicy.deadLetterTarget       us-east-1/000000000000/orders-dlq
//   RedriveAllowPolicy.redrivePermission byQueue
//   RedriveAllowPolicy.sourceQueueArns.0 arn:aws:sqs:...
//
// Their JSON was not taken: this room neither reads nor writes JSON. FifoQueue is written whether
// or not the table has it.
#include "queue/journal_attribute.h"

#include <stdio.h>

#define COUNT_NAME TEXT("RedrivePolicy.maxReceiveCount")
#define TARGET_NAME TEXT("RedrivePolicy.deadLetterTarget")
#define PERMISSION_NAME TEXT("RedriveAllowPolicy.redrivePermission")
#define SOURCE_NAME TEXT("RedriveAllowPolicy.sourceQueueArns.")
#define FIFO_NAME TEXT("FifoQueue")

static const struct text permission_names[] = {
    [REDRIVE_ALLOW_ALL] = {.bytes = "allowAll", .length = 8},
    [REDRIVE_DENY_ALL] = {.bytes = "denyAll", .length = 7},
    [REDRIVE_BY_QUEUE] = {.bytes = "byQueue", .length = 7},
};

#define PERMISSION_COUNT (sizeof permission_names / sizeof permission_names[0])

static void write_row(struct database *database, uint64_t queue, struct text name,
                      struct text value)
{
    sqlite3_stmt *statement = database_statement(database, STATEMENT_PUT_ATTRIBUTE);
    sqlite3_bind_int64(statement, 1, (int64_t)queue);
    database_bind_text(statement, 2, name);
    database_bind_text(statement, 3, value);
    database_run(database, statement);
}

static void write_integer(struct database *database, uint64_t queue, struct text name,
                          int64_t value)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%lld", (long long)value);
    write_row(database, queue, name, text_from(digits, (size_t)length));
}

static void write_setting(struct database *database, uint64_t queue, const struct setting *setting,
                          const struct queue_settings *settings)
{
    const char *field = (const char *)settings + setting->offset;
    switch (setting->kind) {
    case SETTING_INTEGER:
        write_integer(database, queue, setting->name, *(const int64_t *)(const void *)field);
        return;
    case SETTING_BOOLEAN:
        write_row(database, queue, setting->name,
                  *(const bool *)field ? TEXT("true") : TEXT("false"));
        return;
    case SETTING_CHOICE:
        write_row(database, queue, setting->name, setting->choices[*(const bool *)field ? 1 : 0]);
        return;
    case SETTING_TEXT:
        write_row(database, queue, setting->name, *(const struct text *)(const void *)field);
        return;
    case SETTING_POLICY:
        return;
    }
}

static void write_redrive_policy(struct database *database, uint64_t queue,
                                 const struct queue_settings *settings)
{
    cleanup(buffer_deinit) struct buffer target = {0};
    const struct queue_key *key = &settings->dead_letter;
    buffer_print(&target, "%.*s/%.*s/%.*s", TEXT_ARGUMENTS(key->region),
                 TEXT_ARGUMENTS(key->account), TEXT_ARGUMENTS(key->name));
    write_integer(database, queue, COUNT_NAME, settings->receive_count_max);
    write_row(database, queue, TARGET_NAME, buffer_text(&target));
}

static void write_allow_policy(struct database *database, uint64_t queue,
                               const struct queue_settings *settings)
{
    write_row(database, queue, PERMISSION_NAME, permission_names[settings->redrive_permission]);
    for (size_t i = 0; i < settings->redrive_source_count; i++) {
        cleanup(buffer_deinit) struct buffer name = {0};
        buffer_append(&name, SOURCE_NAME);
        buffer_append_integer(&name, (int64_t)i);
        write_row(database, queue, buffer_text(&name), settings->redrive_source_arns[i]);
    }
}

void journal_attributes_write(struct database *database, uint64_t queue,
                              const struct queue_settings *settings)
{
    for (size_t i = 0; i < settings_count; i++) {
        if (!text_equal(settings_table[i].name, FIFO_NAME))
            write_setting(database, queue, &settings_table[i], settings);
    }
    write_row(database, queue, FIFO_NAME, settings->fifo ? TEXT("true") : TEXT("false"));
    if (settings->receive_count_max > 0)
        write_redrive_policy(database, queue, settings);
    if (settings->redrive_allow_set)
        write_allow_policy(database, queue, settings);
}

static bool read_boolean(struct text value, struct text no, struct text yes, bool *ret_value)
{
    if (!text_equal(value, no) && !text_equal(value, yes))
        return false;
    *ret_value = text_equal(value, yes);
    return true;
}

static bool read_setting(struct arena *arena, const struct setting *setting, struct text value,
                         struct queue_settings *settings)
{
    char *field = (char *)settings + setting->offset;
    switch (setting->kind) {
    case SETTING_INTEGER:
        return text_to_integer(value, (int64_t *)(void *)field);
    case SETTING_BOOLEAN:
        return read_boolean(value, TEXT("false"), TEXT("true"), (bool *)field);
    case SETTING_CHOICE:
        return read_boolean(value, setting->choices[0], setting->choices[1], (bool *)field);
    case SETTING_TEXT:
        *(struct text *)(void *)field = arena_copy(arena, value);
        return true;
    case SETTING_POLICY:
        return true;
    }
    return false;
}

static bool read_target(struct arena *arena, struct text value, struct queue_settings *settings)
{
    struct queue_key key;
    struct text rest;
    struct text copy = arena_copy(arena, value);
    if (!text_cut(copy, '/', &key.region, &rest) || !text_cut(rest, '/', &key.account, &key.name))
        return false;
    settings->dead_letter = key;
    return true;
}

static bool read_permission(struct text value, struct queue_settings *settings)
{
    for (size_t i = 0; i < PERMISSION_COUNT; i++) {
        if (text_equal(value, permission_names[i])) {
            settings->redrive_allow_set = true;
            settings->redrive_permission = (enum redrive_permission)i;
            return true;
        }
    }
    return false;
}

// The rows come in the order of their names, and one digit sorts as its number.
static bool read_source(struct arena *arena, struct text value, struct queue_settings *settings)
{
    if (settings->redrive_source_count == REDRIVE_SOURCES_MAX)
        return false;
    settings->redrive_source_arns[settings->redrive_source_count++] = arena_copy(arena, value);
    return true;
}

bool journal_attribute_read(struct arena *arena, struct text name, struct text value,
                            struct queue_settings *settings)
{
    if (text_equal(name, FIFO_NAME))
        return read_boolean(value, TEXT("false"), TEXT("true"), &settings->fifo);
    if (text_equal(name, COUNT_NAME))
        return text_to_integer(value, &settings->receive_count_max);
    if (text_equal(name, TARGET_NAME))
        return read_target(arena, value, settings);
    if (text_equal(name, PERMISSION_NAME))
        return read_permission(value, settings);
    if (text_starts_with(name, SOURCE_NAME))
        return read_source(arena, value, settings);
    const struct setting *setting = setting_find(name);
    return setting == NULL || read_setting(arena, setting, value, settings);
}
