// tag -- the tags of a queue: one small sorted array, and one record of the journal beside the row
// of the queue.
//
// The record's key is the queue's number; its bytes are, for each tag, the length of the key, the
// key, the length of the value, the value; a length is two bytes, the greater first. All tags are
// written at each change: there are 50 at most.
#include "queue/tag.h"

#include <assert.h>

static const struct text tags_kind = TEXT("queue-tags");

static int compare_tags(const void *left, const void *right)
{
    const struct queue_tag *a = left;
    const struct queue_tag *b = right;
    return text_compare(a->key, b->key);
}

// The tags that are given may be views of those that are there.
static void keep(struct queue *queue, const struct queue_tag *tags, size_t count)
{
    struct arena *arena = arena_new();
    struct queue_tag *kept = arena_new_array(arena, struct queue_tag, count);
    assert(count <= QUEUE_TAGS_MAX);
    for (size_t i = 0; i < count; i++) {
        kept[i].key = arena_copy(arena, tags[i].key);
        kept[i].value = arena_copy(arena, tags[i].value);
    }
    if (count > 0)
        qsort(kept, count, sizeof(*kept), compare_tags);
    arena_free(queue->tags_arena);
    queue->tags_arena = arena;
    queue->tags = kept;
    queue->tag_count = count;
}

static struct text record_key(struct queue *queue)
{
    struct buffer *scratch = &queue->commons->scratch;
    buffer_clear(scratch);
    buffer_append_integer(scratch, (int64_t)queue->number);
    return buffer_text(scratch);
}

static void append_counted(struct buffer *bytes, struct text text)
{
    assert(text.length <= UINT16_MAX);
    buffer_append_byte(bytes, (char)(uint8_t)(text.length >> 8));
    buffer_append_byte(bytes, (char)(uint8_t)(text.length & 0xff));
    buffer_append(bytes, text);
}

void tags_set(struct queue *queue, const struct queue_tag *tags, size_t count)
{
    struct journal *journal = queue->commons->journal;
    cleanup(buffer_deinit) struct buffer bytes = {0};
    keep(queue, tags, count);
    if (count == 0) {
        tags_forget(queue);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        append_counted(&bytes, queue->tags[i].key);
        append_counted(&bytes, queue->tags[i].value);
    }
    journal->put_record(journal, tags_kind, record_key(queue), buffer_text(&bytes));
}

void tags_forget(struct queue *queue)
{
    struct journal *journal = queue->commons->journal;
    journal->delete_record(journal, tags_kind, record_key(queue));
}

static bool take_counted(struct text *bytes, struct text *ret_text)
{
    if (bytes->length < 2)
        return false;
    size_t length = (size_t)(uint8_t)bytes->bytes[0] << 8 | (size_t)(uint8_t)bytes->bytes[1];
    if (bytes->length - 2 < length)
        return false;
    *ret_text = text_from(bytes->bytes + 2, length);
    *bytes = text_skip(*bytes, 2 + length);
    return true;
}

bool tags_replay_record(struct commons *commons, struct text kind, struct text key,
                        struct text bytes)
{
    struct queue_tag tags[QUEUE_TAGS_MAX];
    size_t count = 0;
    int64_t number;
    if (!text_equal(kind, tags_kind))
        return false;
    struct queue *queue = NULL;
    if (text_to_integer(key, &number))
        queue = number_map_find(&commons->queues_by_number, (uint64_t)number);
    while (count < QUEUE_TAGS_MAX && take_counted(&bytes, &tags[count].key) &&
           take_counted(&bytes, &tags[count].value))
        count++;
    if (queue)
        keep(queue, tags, count);
    return true;
}
