// journal_none -- a journal that forgets with the process: for simulation, benches and demos.
//
// Everything that replay would have to give back is kept, so that a live journal can be replayed
// into a second engine and compared with the first. A message is one allocation: the two structs,
// and behind them the bytes of its texts. Queues, deduplications and records are small and rare;
// each is one allocation too, in a map under its packed key.
//
// Replay answers in the order of journal_sqlite: queues by number, messages by row, the rest by
// key. Tables in memory have no order, so replay sorts what it collects; nobody replays often
// enough to pay for sorted trees all the time.
#include "queue/journal.h"

#include "queue/base/buffer.h"
#include "queue/base/map.h"
#include "queue/base/own.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct none_message {
    struct journal_message message; // its texts point into bytes
    struct journal_state state;
    size_t text_bytes;
    char bytes[];
};

struct none_queue {
    struct journal_queue queue; // its texts live in the arena
    struct arena *arena;
};

// A deduplication or a record: what sorts and finds it, and its bytes.
struct none_entry {
    struct text packed;  // the map's key: length of the first part, first part, second part
    size_t first_length; // a record's kind; 8 for a deduplication's queue number
    struct journal_deduplication deduplication;
    struct text value; // a record's bytes
    char bytes[];
};

struct journal_none {
    struct journal journal; // first: the engine holds a pointer to it
    struct number_map messages;
    struct number_map queues;
    struct text_map deduplications;
    struct text_map records;
    struct buffer key; // scratch for packed keys
    size_t text_bytes; // of all messages
    bool written;      // since the last commit
    int64_t now_ms;
    uint64_t queue_number; // the greatest ever used
    uint64_t row;
    uint64_t sequence;
};

static struct journal_none *none_of(struct journal *journal)
{
    return (struct journal_none *)(void *)((char *)journal -
                                           offsetof(struct journal_none, journal));
}

static uint64_t greater(uint64_t left, uint64_t right)
{
    return left > right ? left : right;
}

// Copies text to *end, moves *end behind it, and returns the copy.
static struct text place_text(char **end, struct text text)
{
    char *start = *end;
    if (text.length > 0)
        memcpy(start, text.bytes, text.length);
    *end += text.length;
    return text_from(start, text.length);
}

// The first part's length goes first, so that no two pairs of parts give the same key.
static struct text pack_key(struct journal_none *none, struct text first, struct text second)
{
    buffer_clear(&none->key);
    buffer_append_bytes(&none->key, &first.length, sizeof first.length);
    buffer_append(&none->key, first);
    buffer_append(&none->key, second);
    return buffer_text(&none->key);
}

// Big-endian, so that byte order is the order of numbers.
static struct text number_key(uint64_t number, char ret_bytes[8])
{
    for (size_t i = 0; i < 8; i++)
        ret_bytes[i] = (char)(number >> (56 - 8 * i));
    return text_from(ret_bytes, 8);
}

static void remove_entry(struct text_map *map, struct text packed)
{
    free(text_map_remove(map, packed));
}

// Puts a new entry in the place of an older one under the same key; its bytes are the packed key
// and value.
static struct none_entry *put_entry(struct text_map *map, struct text packed, size_t first_length,
                                    struct text value)
{
    remove_entry(map, packed);
    struct none_entry *entry = allocate(sizeof *entry + packed.length + value.length);
    char *end = entry->bytes;
    entry->packed = place_text(&end, packed);
    entry->value = place_text(&end, value);
    entry->first_length = first_length;
    text_map_insert(map, entry->packed, entry);
    return entry;
}

static struct text entry_first(const struct none_entry *entry)
{
    return text_from(entry->packed.bytes + sizeof(size_t), entry->first_length);
}

static struct text entry_second(const struct none_entry *entry)
{
    return text_skip(entry->packed, sizeof(size_t) + entry->first_length);
}

static struct none_queue *none_queue_free(struct none_queue *kept)
{
    if (kept == NULL)
        return NULL;
    arena_free(kept->arena);
    free(kept);
    return NULL;
}

static void none_put_queue(struct journal *journal, const struct journal_queue *queue)
{
    struct journal_none *none = none_of(journal);
    assert(queue->number > 0);
    struct none_queue *kept = allocate(sizeof *kept);
    kept->arena = arena_new();
    kept->queue = *queue;
    kept->queue.key.account = arena_copy(kept->arena, queue->key.account);
    kept->queue.key.region = arena_copy(kept->arena, queue->key.region);
    kept->queue.key.name = arena_copy(kept->arena, queue->key.name);
    settings_copy(kept->arena, &queue->settings, &kept->queue.settings);
    none_queue_free(number_map_remove(&none->queues, queue->number));
    number_map_insert(&none->queues, queue->number, kept);
    none->queue_number = greater(none->queue_number, queue->number);
    none->written = true;
}

static void remove_message(struct journal_none *none, uint64_t row)
{
    cleanup_free struct none_message *kept = number_map_remove(&none->messages, row);
    assert(kept != NULL);
    none->text_bytes -= kept->text_bytes;
}

static void remove_messages_of(struct journal_none *none, uint64_t queue)
{
    cleanup_free uint64_t *rows = allocate((none->messages.count + 1) * sizeof *rows);
    size_t count = 0;
    size_t at = 0;
    for (struct none_message *kept = number_map_next(&none->messages, &at); kept != NULL;
         kept = number_map_next(&none->messages, &at)) {
        if (kept->state.queue == queue)
            rows[count++] = kept->message.row;
    }
    for (size_t i = 0; i < count; i++)
        remove_message(none, rows[i]);
}

static void remove_deduplications_of(struct journal_none *none, uint64_t queue)
{
    cleanup_free struct none_entry **entries =
        allocate((none->deduplications.count + 1) * sizeof(void *));
    size_t count = 0;
    size_t at = 0;
    for (struct none_entry *entry = text_map_next(&none->deduplications, &at); entry != NULL;
         entry = text_map_next(&none->deduplications, &at)) {
        if (entry->deduplication.queue == queue)
            entries[count++] = entry;
    }
    for (size_t i = 0; i < count; i++)
        remove_entry(&none->deduplications, entries[i]->packed);
}

static void none_delete_queue(struct journal *journal, uint64_t queue)
{
    struct journal_none *none = none_of(journal);
    none_queue_free(number_map_remove(&none->queues, queue));
    remove_messages_of(none, queue);
    remove_deduplications_of(none, queue);
    none->written = true;
}

static void none_insert_message(struct journal *journal, const struct journal_message *message,
                                const struct journal_state *state)
{
    struct journal_none *none = none_of(journal);
    assert(message->row > 0 && message->row == state->row);
    size_t text_bytes = message->sender_id.length + message->trace_header.length +
                        message->group_id.length + message->deduplication_id.length +
                        message->attributes.length + message->body.length;
    struct none_message *kept = allocate(sizeof *kept + text_bytes);
    char *end = kept->bytes;
    kept->message = *message;
    kept->message.sender_id = place_text(&end, message->sender_id);
    kept->message.trace_header = place_text(&end, message->trace_header);
    kept->message.group_id = place_text(&end, message->group_id);
    kept->message.deduplication_id = place_text(&end, message->deduplication_id);
    kept->message.attributes = place_text(&end, message->attributes);
    kept->message.body = place_text(&end, message->body);
    kept->state = *state;
    kept->text_bytes = text_bytes;
    number_map_insert(&none->messages, message->row, kept);
    none->text_bytes += text_bytes;
    none->row = greater(none->row, message->row);
    none->sequence = greater(none->sequence, state->sequence);
    none->written = true;
}

static void none_put_state(struct journal *journal, const struct journal_state *state)
{
    struct journal_none *none = none_of(journal);
    struct none_message *kept = number_map_find(&none->messages, state->row);
    assert(kept != NULL);
    kept->state = *state;
    none->sequence = greater(none->sequence, state->sequence);
    none->written = true;
}

static void none_delete_message(struct journal *journal, uint64_t row)
{
    struct journal_none *none = none_of(journal);
    remove_message(none, row);
    none->written = true;
}

static void none_read_message(struct journal *journal, uint64_t row, struct arena *arena,
                              struct journal_message *ret_message)
{
    const struct none_message *kept = number_map_find(&none_of(journal)->messages, row);
    assert(kept != NULL);
    char *end = arena_allocate(arena, kept->text_bytes);
    *ret_message = kept->message;
    ret_message->sender_id = place_text(&end, kept->message.sender_id);
    ret_message->trace_header = place_text(&end, kept->message.trace_header);
    ret_message->group_id = place_text(&end, kept->message.group_id);
    ret_message->deduplication_id = place_text(&end, kept->message.deduplication_id);
    ret_message->attributes = place_text(&end, kept->message.attributes);
    ret_message->body = place_text(&end, kept->message.body);
}

static void none_put_deduplication(struct journal *journal,
                                   const struct journal_deduplication *deduplication)
{
    struct journal_none *none = none_of(journal);
    char number[8];
    struct text first = number_key(deduplication->queue, number);
    struct text packed = pack_key(none, first, deduplication->key);
    struct none_entry *entry = put_entry(&none->deduplications, packed, first.length, TEXT(""));
    entry->deduplication = *deduplication;
    entry->deduplication.key = entry_second(entry);
    none->sequence = greater(none->sequence, deduplication->sequence);
    none->written = true;
}

static void none_delete_deduplication(struct journal *journal, uint64_t queue, struct text key)
{
    struct journal_none *none = none_of(journal);
    char number[8];
    remove_entry(&none->deduplications, pack_key(none, number_key(queue, number), key));
    none->written = true;
}

static void none_put_record(struct journal *journal, struct text kind, struct text key,
                            struct text bytes)
{
    struct journal_none *none = none_of(journal);
    put_entry(&none->records, pack_key(none, kind, key), kind.length, bytes);
    none->written = true;
}

static void none_delete_record(struct journal *journal, struct text kind, struct text key)
{
    struct journal_none *none = none_of(journal);
    remove_entry(&none->records, pack_key(none, kind, key));
    none->written = true;
}

static void none_keep_now(struct journal *journal)
{
    none_of(journal)->written = true;
}

static void none_commit(struct journal *journal, int64_t now_ms)
{
    struct journal_none *none = none_of(journal);
    if (none->written)
        none->now_ms = now_ms;
    none->written = false;
}

static int compare_numbers(uint64_t left, uint64_t right)
{
    return left < right ? -1 : left > right;
}

static int compare_queues(const void *left, const void *right)
{
    const struct none_queue *const *first = left;
    const struct none_queue *const *second = right;
    return compare_numbers((*first)->queue.number, (*second)->queue.number);
}

static int compare_messages(const void *left, const void *right)
{
    const struct none_message *const *first = left;
    const struct none_message *const *second = right;
    return compare_numbers((*first)->message.row, (*second)->message.row);
}

static int compare_entries(const void *left, const void *right)
{
    const struct none_entry *const *first = left;
    const struct none_entry *const *second = right;
    int order = text_compare(entry_first(*first), entry_first(*second));
    return order != 0 ? order : text_compare(entry_second(*first), entry_second(*second));
}

static int compare_ends(const void *left, const void *right)
{
    const struct none_entry *const *first = left;
    const struct none_entry *const *second = right;
    int64_t ends_ms[] = {(*first)->deduplication.until_ms, (*second)->deduplication.until_ms};
    return ends_ms[0] != ends_ms[1] ? (ends_ms[0] < ends_ms[1] ? -1 : 1)
                                    : compare_entries(left, right);
}

// All items of a map in order; the array is the caller's, the items are not.
static void **sorted_numbers(const struct number_map *map,
                             int (*compare)(const void *, const void *))
{
    void **items = allocate((map->count + 1) * sizeof *items);
    size_t count = 0;
    size_t at = 0;
    for (void *item = number_map_next(map, &at); item != NULL; item = number_map_next(map, &at))
        items[count++] = item;
    qsort(items, count, sizeof *items, compare);
    return items;
}

static void **sorted_entries(const struct text_map *map, int (*compare)(const void *, const void *))
{
    void **items = allocate((map->count + 1) * sizeof *items);
    size_t count = 0;
    size_t at = 0;
    for (void *item = text_map_next(map, &at); item != NULL; item = text_map_next(map, &at))
        items[count++] = item;
    qsort(items, count, sizeof *items, compare);
    return items;
}

// Replay gives neither body nor attributes, as journal_sqlite does not read them.
static void replay_message(struct journal_visitor *visitor, const struct none_message *kept)
{
    struct journal_message message = kept->message;
    message.attributes = text_from(NULL, 0);
    message.body = text_from(NULL, 0);
    visitor->message(visitor, &message, &kept->state);
}

static void none_replay(struct journal *journal, struct journal_visitor *visitor,
                        int64_t *ret_now_ms, uint64_t *ret_queue_number, uint64_t *ret_row,
                        uint64_t *ret_sequence)
{
    struct journal_none *none = none_of(journal);
    cleanup_free void **queues = sorted_numbers(&none->queues, compare_queues);
    for (size_t i = 0; i < none->queues.count; i++)
        visitor->queue(visitor, &((struct none_queue *)queues[i])->queue);
    cleanup_free void **messages = sorted_numbers(&none->messages, compare_messages);
    for (size_t i = 0; i < none->messages.count; i++)
        replay_message(visitor, messages[i]);
    cleanup_free void **deduplications = sorted_entries(&none->deduplications, compare_ends);
    for (size_t i = 0; i < none->deduplications.count; i++)
        visitor->deduplication(visitor, &((struct none_entry *)deduplications[i])->deduplication);
    cleanup_free void **records = sorted_entries(&none->records, compare_entries);
    for (size_t i = 0; i < none->records.count; i++) {
        const struct none_entry *entry = records[i];
        visitor->record(visitor, entry_first(entry), entry_second(entry), entry->value);
    }
    *ret_now_ms = none->now_ms;
    *ret_queue_number = none->queue_number;
    *ret_row = none->row;
    *ret_sequence = none->sequence;
}

static size_t none_memory_bytes(struct journal *journal)
{
    const struct journal_none *none = none_of(journal);
    return none->text_bytes + none->messages.count * sizeof(struct none_message) +
           none->messages.capacity * sizeof(struct number_map_slot);
}

static int64_t none_last_at_ms(const struct journal *journal)
{
    const char *start = (const char *)journal - offsetof(struct journal_none, journal);
    return ((const struct journal_none *)(const void *)start)->now_ms;
}

static void none_free(struct journal *journal)
{
    struct journal_none *none = none_of(journal);
    size_t at = 0;
    for (void *item = number_map_next(&none->messages, &at); item != NULL;
         item = number_map_next(&none->messages, &at))
        free(item);
    at = 0;
    for (void *item = number_map_next(&none->queues, &at); item != NULL;
         item = number_map_next(&none->queues, &at))
        none_queue_free(item);
    at = 0;
    for (void *item = text_map_next(&none->deduplications, &at); item != NULL;
         item = text_map_next(&none->deduplications, &at))
        free(item);
    at = 0;
    for (void *item = text_map_next(&none->records, &at); item != NULL;
         item = text_map_next(&none->records, &at))
        free(item);
    number_map_deinit(&none->messages);
    number_map_deinit(&none->queues);
    text_map_deinit(&none->deduplications);
    text_map_deinit(&none->records);
    buffer_deinit(&none->key);
    free(none);
}

struct journal *journal_none_new(void)
{
    struct journal_none *none = allocate(sizeof *none);
    none->journal = (struct journal){
        .name = "(in memory)",
        .put_queue = none_put_queue,
        .delete_queue = none_delete_queue,
        .insert_message = none_insert_message,
        .put_state = none_put_state,
        .delete_message = none_delete_message,
        .read_message = none_read_message,
        .put_deduplication = none_put_deduplication,
        .delete_deduplication = none_delete_deduplication,
        .put_record = none_put_record,
        .delete_record = none_delete_record,
        .keep_now = none_keep_now,
        .commit = none_commit,
        .replay = none_replay,
        .memory_bytes = none_memory_bytes,
        .last_at_ms = none_last_at_ms,
        .free = none_free,
    };
    return &none->journal;
}
