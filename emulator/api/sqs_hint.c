// sqs_hint -- "the specified queue does not exist" is the most frequent answer of a set-up that is
// nearly right: another region in the client than in the script that made the queues, another
// account in a URL, a letter too much. AWS's text must stay as it is, so what redrive knows about it
// goes into a header.
#include "emulator/api/sqs_hint.h"

#include "emulator/world.h"

#define NAME_BYTES_MAX 80
#define QUEUES_COMPARED_MAX 1000

static size_t least_of(size_t one, size_t two)
{
    return one < two ? one : two;
}

// Letters added, left out or changed; capital letters are no difference.
static size_t distance(struct text from, struct text to)
{
    size_t row[NAME_BYTES_MAX + 1];
    for (size_t j = 0; j <= to.length; j++)
        row[j] = j;
    for (size_t i = 1; i <= from.length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= to.length; j++) {
            bool same = text_equal_ignoring_case(text_from(from.bytes + i - 1, 1),
                                                 text_from(to.bytes + j - 1, 1));
            size_t changed = diagonal + (same ? 0 : 1);
            diagonal = row[j];
            row[j] = least_of(changed, least_of(row[j], row[j - 1]) + 1);
        }
    }
    return row[to.length];
}

static bool is_same_place(const struct queue_key *left, const struct queue_key *right)
{
    return text_equal(left->account, right->account) && text_equal(left->region, right->region);
}

// The queue of this name that is elsewhere, in the same account if possible.
static const struct queue_key *find_elsewhere(const struct engine *engine,
                                              const struct queue_key *missing)
{
    const struct queue_key *found = NULL;
    for (const struct queue *queue = engine_next_queue(engine, NULL); queue != NULL;
         queue = engine_next_queue(engine, queue)) {
        const struct queue_key *key = queue_key(queue);
        if (!text_equal(key->name, missing->name))
            continue;
        if (found == NULL || text_equal(key->account, missing->account))
            found = key;
    }
    return found;
}

static const struct queue_key *find_near(const struct engine *engine,
                                         const struct queue_key *missing)
{
    const struct queue_key *found = NULL;
    size_t found_distance = missing->name.length / 4 + 2;
    size_t compared = 0;
    for (const struct queue *queue = engine_next_queue(engine, NULL);
         queue != NULL && compared < QUEUES_COMPARED_MAX;
         queue = engine_next_queue(engine, queue)) {
        const struct queue_key *key = queue_key(queue);
        if (!is_same_place(key, missing))
            continue;
        compared++;
        size_t away = distance(missing->name, key->name);
        if (away < found_distance) {
            found = key;
            found_distance = away;
        }
    }
    return found;
}

struct text sqs_hint(struct arena *arena, const struct engine *engine,
                     const struct queue_key *missing)
{
    if (missing->name.length == 0 || missing->name.length > NAME_BYTES_MAX)
        return TEXT("");
    const struct queue_key *key = find_elsewhere(engine, missing);
    if (key != NULL)
        return arena_print(arena, "there is a queue %.*s in account %.*s, region %.*s",
                           TEXT_ARGUMENTS(key->name), TEXT_ARGUMENTS(key->account),
                           TEXT_ARGUMENTS(key->region));
    key = find_near(engine, missing);
    if (key != NULL)
        return arena_print(arena, "there is a queue %.*s", TEXT_ARGUMENTS(key->name));
    return TEXT("");
}

struct fault sqs_no_queue(const struct sqs_call *call, const struct queue_key *missing)
{
    struct fault fault = fault_of(FAULT_QUEUE_DOES_NOT_EXIST);
    fault.hint = sqs_hint(call->arena, call->world->engine, missing);
    return fault;
}
