// scalars_fuzz -- durations, instants, integers, ARNs and the words of the command line: what is taken is within its range and is
// said again as it was.
#include "emulator/options.h"
#include "queue/settings.h"
#include "tests/fuzz/target.h"

#include <assert.h>
#include <string.h>

#define WORDS_MAX 8

static void check_instant(struct text text)
{
    int64_t at_ms;
    int64_t again_ms = 0;
    char shown[24];
    if (!instant_parse(text, &at_ms))
        return;
    assert(at_ms >= 0);
    instant_format(at_ms, shown);
    bool is_read = instant_parse(text_from(shown, sizeof(shown)), &again_ms);
    assert(is_read && again_ms == at_ms);
    (void)is_read;
}

static void check_duration(struct arena *arena, struct text text)
{
    int64_t span_ms;
    if (!duration_parse(text, &span_ms))
        return;
    assert(span_ms >= 0);
    assert(duration_format(arena, span_ms).length > 0);
}

static void check_arn(struct text text)
{
    struct queue_key key;
    struct queue_key again;
    if (!queue_key_from_arn(text, &key))
        return;
    cleanup(buffer_deinit) struct buffer arn = {0};
    queue_key_append_arn(&key, &arn);
    bool is_read = queue_key_from_arn(buffer_text(&arn), &again);
    assert(is_read && queue_key_equal(&key, &again));
    (void)is_read;
}

static void check_options(struct arena *arena, struct text text)
{
    char *words[WORDS_MAX + 1] = {NULL};
    int count = 0;
    while (count < WORDS_MAX && text.length > 0) {
        struct text word = text;
        if (!text_cut(text, '\n', &word, &text))
            text = text_of(NULL);
        words[count] = arena_allocate(arena, word.length + 1);
        if (word.length > 0)
            memcpy(words[count], word.bytes, word.length);
        count++;
    }
    struct options options;
    options_init(&options, arena);
    for (int at = 0; at < count;) {
        struct text reason = {0};
        int before = at;
        int taken = options_take(&options, count, words, &at, &reason);
        assert(taken < 0 ? reason.length > 0 : taken == 0 || at > before);
        if (taken <= 0)
            break;
    }
    assert(options.port >= 0 && options.port <= 65535);
    assert(options.in_flight_max >= 1 && options.in_flight_max <= 120000);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct text text = text_from((const char *)bytes, length);
    cleanup(arena_free) struct arena *arena = arena_new();
    int64_t number;
    check_instant(text);
    check_duration(arena, text);
    check_arn(text);
    check_options(arena, text);
    if (text_to_integer(text, &number)) {
        int64_t again;
        bool is_read = text_to_integer(arena_print(arena, "%lld", (long long)number), &again);
        assert(is_read && again == number);
        (void)is_read;
    }
    return 0;
}
