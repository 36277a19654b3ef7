// timeline -- two heaps of timers and the instant at which everybody stands.
//
//     now ------|-------|-------|-----------> to_ms
//               | first instant due, of both heaps: now becomes it, and what was due at it fires
//
// Motive and passive timers live in two heaps, so that the next motive instant, which a leaping
// clock asks for in every turn, costs one look. Both are ordered by (due, sequence); a step merges
// them by sequence, so that motive or not changes nothing about the order in which things happen.
// The step ends at the first timer that was scheduled after it began: a chain of timers that
// schedule one another for the same instant takes several steps, and the engine settles between
// them.
//
// queue/base/heap was not taken for this: its one key has no room for the sequence, and ties are
// this file's subject. A timer wheel was not taken: instants are sparse when time leaps from one to
// the next.
#include "queue/base/timeline.h"

#include "queue/base/own.h"

#include <assert.h>
#include <stddef.h>

#define CHILDREN 4u
#define FIRST_CAPACITY 16u

struct entry {
    int64_t due_ms;
    uint64_t sequence;
    struct timer *timer;
};

struct timer_heap {
    struct entry *entries; // owned; entries[0] is the next
    uint32_t count;
    uint32_t capacity;
};

struct timeline {
    int64_t now_ms;
    uint64_t next_sequence;
    bool stepping; // a timer must not step the timeline that fires it
    struct timer_heap motive;
    struct timer_heap passive;
};

static inline bool is_before(const struct entry *left, const struct entry *right)
{
    if (left->due_ms != right->due_ms)
        return left->due_ms < right->due_ms;
    return left->sequence < right->sequence;
}

static inline void put(struct timer_heap *heap, uint32_t index, struct entry entry)
{
    heap->entries[index] = entry;
    entry.timer->position = index + 1;
}

static void sift_up(struct timer_heap *heap, uint32_t index, struct entry entry)
{
    while (index > 0) {
        uint32_t parent = (index - 1) / CHILDREN;
        if (!is_before(&entry, &heap->entries[parent]))
            break;
        put(heap, index, heap->entries[parent]);
        index = parent;
    }
    put(heap, index, entry);
}

static void sift_down(struct timer_heap *heap, uint32_t index, struct entry entry)
{
    for (;;) {
        uint64_t first = (uint64_t)index * CHILDREN + 1;
        if (first >= heap->count)
            break;
        uint32_t least = (uint32_t)first;
        for (uint32_t child = least + 1; child < heap->count && child < first + CHILDREN; child++) {
            if (is_before(&heap->entries[child], &heap->entries[least]))
                least = child;
        }
        if (!is_before(&heap->entries[least], &entry))
            break;
        put(heap, index, heap->entries[least]);
        index = least;
    }
    put(heap, index, entry);
}

// Puts an entry where a hole is.
static void settle(struct timer_heap *heap, uint32_t index, struct entry entry)
{
    if (index > 0 && is_before(&entry, &heap->entries[(index - 1) / CHILDREN]))
        sift_up(heap, index, entry);
    else
        sift_down(heap, index, entry);
}

static struct entry entry_of(struct timer *timer)
{
    return (struct entry){.due_ms = timer->due_ms, .sequence = timer->sequence, .timer = timer};
}

static void heap_add(struct timer_heap *heap, struct timer *timer)
{
    if (heap->count == heap->capacity) {
        assert(heap->capacity <= UINT32_MAX / 2);
        heap->capacity = heap->capacity == 0 ? FIRST_CAPACITY : heap->capacity * 2;
        heap->entries = reallocate(heap->entries, sizeof(*heap->entries) * heap->capacity);
    }
    sift_up(heap, heap->count++, entry_of(timer));
}

static uint32_t index_of(const struct timer_heap *heap, const struct timer *timer)
{
    assert(timer->position > 0 && timer->position <= heap->count);
    assert(heap->entries[timer->position - 1].timer == timer);
    return timer->position - 1;
}

static void heap_take(struct timer_heap *heap, struct timer *timer)
{
    uint32_t index = index_of(heap, timer);
    timer->position = 0;
    struct entry last = heap->entries[--heap->count];
    if (index < heap->count)
        settle(heap, index, last);
}

static inline struct timer_heap *heap_of(struct timeline *timeline, const struct timer *timer)
{
    return timer->motive ? &timeline->motive : &timeline->passive;
}

static inline int64_t first_due_ms(const struct timer_heap *heap)
{
    return heap->count == 0 ? TIMELINE_NEVER : heap->entries[0].due_ms;
}

struct timeline *timeline_new(int64_t now_ms)
{
    struct timeline *timeline = allocate(sizeof(*timeline));
    timeline->now_ms = now_ms;
    return timeline;
}

struct timeline *timeline_free(struct timeline *timeline)
{
    if (timeline == NULL)
        return NULL;
    assert(timeline->motive.count == 0 && timeline->passive.count == 0);
    free(timeline->motive.entries);
    free(timeline->passive.entries);
    free(timeline);
    return NULL;
}

int64_t timeline_now_ms(const struct timeline *timeline)
{
    return timeline->now_ms;
}

int64_t timeline_next_due_ms(const struct timeline *timeline)
{
    int64_t motive_ms = first_due_ms(&timeline->motive);
    int64_t passive_ms = first_due_ms(&timeline->passive);
    return motive_ms < passive_ms ? motive_ms : passive_ms;
}

int64_t timeline_next_motive_ms(const struct timeline *timeline)
{
    return first_due_ms(&timeline->motive);
}

void timeline_schedule(struct timeline *timeline, struct timer *timer, int64_t due_ms)
{
    assert(timer->fire != NULL);
    if (due_ms == TIMELINE_NEVER) {
        timeline_cancel(timeline, timer);
        return;
    }
    if (due_ms < timeline->now_ms)
        due_ms = timeline->now_ms;

    struct timer_heap *heap = heap_of(timeline, timer);
    if (timer->position == 0) {
        timer->due_ms = due_ms;
        timer->sequence = timeline->next_sequence++;
        heap_add(heap, timer);
        return;
    }
    // A timer that already stands there keeps its place: the engine says the same instant again and
    // again.
    if (timer->due_ms == due_ms)
        return;
    uint32_t index = index_of(heap, timer);
    timer->due_ms = due_ms;
    timer->sequence = timeline->next_sequence++;
    settle(heap, index, entry_of(timer));
}

void timeline_set_motive(struct timeline *timeline, struct timer *timer, bool motive)
{
    if (timer->motive == motive)
        return;
    bool scheduled = timer->position != 0;
    if (scheduled)
        heap_take(heap_of(timeline, timer), timer);
    timer->motive = motive;
    if (scheduled)
        heap_add(heap_of(timeline, timer), timer);
}

void timeline_cancel(struct timeline *timeline, struct timer *timer)
{
    if (timer->position != 0)
        heap_take(heap_of(timeline, timer), timer);
}

bool timer_is_scheduled(const struct timer *timer)
{
    return timer->position != 0;
}

// The next of both heaps by due, then sequence; NULL if both are empty.
static struct timer *next_timer(const struct timeline *timeline)
{
    const struct timer_heap *motive = &timeline->motive;
    const struct timer_heap *passive = &timeline->passive;
    if (motive->count == 0)
        return passive->count == 0 ? NULL : passive->entries[0].timer;
    if (passive->count == 0 || is_before(&motive->entries[0], &passive->entries[0]))
        return motive->entries[0].timer;
    return passive->entries[0].timer;
}

bool timeline_step(struct timeline *timeline, int64_t to_ms)
{
    assert(!timeline->stepping);
    if (to_ms < timeline->now_ms)
        to_ms = timeline->now_ms;

    struct timer *timer = next_timer(timeline);
    if (timer == NULL || timer->due_ms > to_ms) {
        timeline->now_ms = to_ms;
        return false;
    }
    assert(timer->due_ms >= timeline->now_ms);
    timeline->now_ms = timer->due_ms;
    uint64_t sequence_end = timeline->next_sequence;
    timeline->stepping = true;
    while (timer != NULL && timer->due_ms == timeline->now_ms && timer->sequence < sequence_end) {
        heap_take(heap_of(timeline, timer), timer);
        timer->fire(timer);
        timer = next_timer(timeline);
    }
    timeline->stepping = false;
    return true;
}
