// journal_recent -- the messages that were inserted last, as they were: for the delivery that soon
// follows the send.
//
//        +-------------------------- bytes_max --------------------------+
//   ring | m7  | m8       | m9 |  free  | m3     | m4  | m5       | m6   |
//        +-----------------------^--------------------------------------+
//                                end, growing for ever; its place is the remainder
//
// A ring: a message goes where the oldest lay. Rows ascend, so a table indexed by the low bits of
// the row finds a message in one step, and a message is still whole while less than the ring's
// length was written since its start. Nothing is ever taken out: rows are not used twice, and
// nobody reads a message that was deleted.
//
// A map with a list by age was not taken: it needs a removal for every insertion, and this answers
// in the time of the copy.
#include "queue/journal_recent.h"

#include <assert.h>
#include <string.h>

// A power of two. Messages smaller than half a kilobyte push each other out of the table first.
#define SLOT_COUNT 4096u
#define PART_OF_RING 8u // a message may take one eighth of it

struct slot {
    uint64_t row;   // 0: never used
    uint64_t start; // when end stood here, the message was written
};

struct recent {
    size_t bytes_max;
    uint64_t end; // bytes ever written, gaps at the ring's end included
    char *ring;   // owned
    struct slot slots[SLOT_COUNT];
};

static size_t text_bytes(const struct journal_message *message)
{
    return message->sender_id.length + message->trace_header.length + message->group_id.length +
           message->deduplication_id.length + message->attributes.length + message->body.length;
}

static struct text place_text(char **end, struct text text)
{
    char *start = *end;
    if (text.length > 0)
        memcpy(start, text.bytes, text.length);
    *end += text.length;
    return text_from(start, text.length);
}

// Copies the message with its texts one after the other from bytes on.
static void place_message(struct journal_message *place, char *bytes,
                          const struct journal_message *message)
{
    char *end = bytes;
    *place = *message;
    place->sender_id = place_text(&end, message->sender_id);
    place->trace_header = place_text(&end, message->trace_header);
    place->group_id = place_text(&end, message->group_id);
    place->deduplication_id = place_text(&end, message->deduplication_id);
    place->attributes = place_text(&end, message->attributes);
    place->body = place_text(&end, message->body);
}

struct recent *recent_new(size_t bytes_max)
{
    struct recent *recent = allocate(sizeof *recent);
    recent->bytes_max = bytes_max;
    recent->ring = allocate(bytes_max);
    return recent;
}

struct recent *recent_free(struct recent *recent)
{
    if (recent == NULL)
        return NULL;
    free(recent->ring);
    free(recent);
    return NULL;
}

void recent_put(struct recent *recent, const struct journal_message *message)
{
    size_t alignment = _Alignof(struct journal_message);
    size_t bytes = (sizeof *message + text_bytes(message) + alignment - 1) / alignment * alignment;
    if (bytes > recent->bytes_max / PART_OF_RING)
        return;
    size_t place = (size_t)(recent->end % recent->bytes_max);
    if (place + bytes > recent->bytes_max) {
        recent->end += recent->bytes_max - place;
        place = 0;
    }
    struct journal_message *copy = (struct journal_message *)(void *)(recent->ring + place);
    place_message(copy, (char *)(copy + 1), message);
    recent->slots[message->row % SLOT_COUNT] =
        (struct slot){.row = message->row, .start = recent->end};
    recent->end += bytes;
}

bool recent_get(const struct recent *recent, uint64_t row, struct arena *arena,
                struct journal_message *ret_message)
{
    const struct slot *slot = &recent->slots[row % SLOT_COUNT];
    if (slot->row != row || recent->end - slot->start > recent->bytes_max)
        return false;
    const char *at = recent->ring + slot->start % recent->bytes_max;
    const struct journal_message *message = (const struct journal_message *)(const void *)at;
    assert(message->row == row);
    place_message(ret_message, arena_allocate(arena, text_bytes(message)), message);
    return true;
}

size_t recent_bytes(const struct recent *recent)
{
    return recent->end < recent->bytes_max ? (size_t)recent->end : recent->bytes_max;
}
