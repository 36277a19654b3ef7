// damage -- a good database, damaged on purpose, page by page: redrive says so in one sentence, with the file's name and what to do,
// and leaves the file as it is.
//
//   parent                                         child
//   makes a good file of some hundred pages
//   for each page, for each kind of damage:
//     writes the damaged copy, forks ----------->  opens it, a byte; looks at every message, receives, sends, purges, closes
//     looks at the end and at the file <---------  ends with 0: it did not notice; or with 3 and a sentence
//
// SQLite has no checksums, so a child may not notice what it does not read, and a flipped bit of a body is a body. What must not be
// is a crash, a failed assert, a sentence that does not name the file, or a file that was refused and is not what it was.
//
// Usage: damage [STRIDE [SEED]]. Only every STRIDE-th page is damaged, from a random one. Prints TAP.
#include "emulator/emulator.h"
#include "queue/base/random.h"
#include "tests/crash/apart.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE_BYTES 4096
#define MESSAGES 150
#define START_AT_MS 1767225600000LL

#define JSON_HEAD \
    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n"
#define CALL(action, body) JSON_HEAD "X-Amz-Target: AmazonSQS." action "\r\n\r\n" body
#define LAMBDA(line, headers, body) line " HTTP/1.1\r\nHost: localhost\r\n" headers "\r\n" body
#define URL(name) "\"QueueUrl\":\"http://localhost/000000000000/" name "\""
#define REDRIVE                                                                       \
    "\"{\\\"deadLetterTargetArn\\\":\\\"arn:aws:sqs:us-east-1:000000000000:dead\\\"," \
    "\\\"maxReceiveCount\\\":1}\""

// What makes every table have rows.
static const char *const beginnings[] = {
    CALL("CreateQueue", "{\"QueueName\":\"dead\",\"tags\":{\"a\":\"b\"}}"),
    CALL("CreateQueue",
         "{\"QueueName\":\"orders\",\"Attributes\":{\"RedrivePolicy\":" REDRIVE "}}"),
    CALL("CreateQueue", "{\"QueueName\":\"line.fifo\",\"Attributes\":{\"FifoQueue\":\"true\"}}"),
    CALL("CreateQueue", "{\"QueueName\":\"gone\"}"),
    LAMBDA("POST /2015-03-31/functions", "",
           "{\"FunctionName\":\"g\",\"Role\":\"r\",\"Code\":{},\"Environment\":{\"Variables\":"
           "{\"REDRIVE_TARGET\":\"sim:{}\"}}}"),
    LAMBDA("POST /2015-03-31/event-source-mappings", "",
           "{\"EventSourceArn\":\"arn:aws:sqs:us-east-1:000000000000:dead\",\"FunctionName\":\"g\","
           "\"Enabled\":false}"),
    LAMBDA("PUT /2017-10-31/functions/g/concurrency", "", "{\"ReservedConcurrentExecutions\":0}"),
    LAMBDA("POST /2015-03-31/functions/g/invocations", "X-Amz-Invocation-Type: Event\r\n", "{}"),
};
static const char *const ends[] = {
    CALL("ReceiveMessage", "{" URL("orders") ",\"MaxNumberOfMessages\":10}"),
    LAMBDA("POST /_redrive/api/clock", "", "{\"advance\":\"31s\"}"),
    CALL("ReceiveMessage", "{" URL("orders") ",\"MaxNumberOfMessages\":10}"), // ten are dead now
    CALL("ReceiveMessage", "{" URL("line.fifo") ",\"MaxNumberOfMessages\":10}"),
    CALL("StartMessageMoveTask", "{\"SourceArn\":\"arn:aws:sqs:us-east-1:000000000000:dead\","
                                 "\"MaxNumberOfMessagesPerSecond\":"
                                 "1}"),
    CALL("DeleteQueue", "{" URL("gone") "}"),
};
// What a child does with what it opened.
static const char *const uses[] = {
    LAMBDA("GET /_redrive/api/messages?queue=orders&max=10000", "", ""),
    LAMBDA("GET /_redrive/api/messages?queue=dead&max=10000", "", ""),
    LAMBDA("GET /_redrive/api/messages?queue=line.fifo&max=10000", "", ""),
    LAMBDA("GET /_redrive/api/queues", "", ""),
    CALL("ReceiveMessage",
         "{" URL("orders") ",\"MaxNumberOfMessages\":10,\"MessageAttributeNames\":[\"All\"]}"),
    CALL("ReceiveMessage", "{" URL("line.fifo") ",\"MaxNumberOfMessages\":10}"),
    CALL("SendMessage", "{" URL("orders") ",\"MessageBody\":\"new\"}"),
    CALL("SendMessage", "{" URL("line.fifo") ",\"MessageBody\":\"new\",\"MessageGroupId\":\"g\","
                                             "\"MessageDeduplicationId\":\"new\"}"),
    CALL("SetQueueAttributes", "{" URL("orders") ",\"Attributes\":{\"VisibilityTimeout\":\"1\"}}"),
    LAMBDA("POST /_redrive/api/clock", "", "{\"advance\":\"1h\"}"),
    CALL("PurgeQueue", "{" URL("line.fifo") "}"),
    CALL("DeleteQueue", "{" URL("orders") "}"),
    LAMBDA("POST /_redrive/api/reset", "", ""),
};

enum kind {
    KIND_ZEROS,
    KIND_NOISE,
    KIND_OTHER, // the page holds what another page holds
    KIND_BIT,
    KIND_WORDS, // a few bytes in its first hundred: the head and the index of the cells
    KIND_CUT,   // the file ends with this page's beginning
    KIND_COUNT
};
static const char *const kind_names[KIND_COUNT] = {
    "a page of zeros", "a page of noise",          "a page that is another",
    "a flipped bit",   "a damaged head of a page", "a file that is cut",
};

struct damage {
    char folder[64];
    char path[96];
    struct arena *arena;
    struct options options;
    struct buffer good;
    struct buffer bad;
    struct random random;
    size_t refused; // of this kind
    size_t tried;
};

static struct emulator *open_world(struct damage *damage)
{
    struct options *options = &damage->options; // lent to the world
    struct text reason = {0};
    int status = 0;
    options_init(options, damage->arena);
    options->listener = false;
    options->database = damage->path;
    options->clock = CLOCK_MANUAL;
    options->quiet = true;
    options->seeded = true;
    options->seed = 1;
    options->start_at_ms = START_AT_MS;
    options->functions[options->function_count++] = TEXT("f=sim:{}");
    struct emulator *emulator = emulator_new(options, &reason, &status);
    if (emulator == NULL) {
        fprintf(stderr, "redrive: %.*s\n", TEXT_ARGUMENTS(reason));
        _exit(status);
    }
    return emulator;
}

static void ask(struct emulator *emulator, const char *request)
{
    cleanup(buffer_deinit) struct buffer answer = {0};
    int status = emulator_call(emulator, text_of(request), &answer);
    if (status < 200 || status > 204)
        fprintf(stderr, "%d to %s: %.*s\n", status, request, (int)answer.length, answer.bytes);
}

static void send_all(struct emulator *emulator, struct arena *arena)
{
    static const char *const queues[] = {"orders", "line.fifo", "gone"};
    static char body[20000];
    memset(body, 'x', sizeof(body));
    for (int i = 0; i < MESSAGES; i++) {
        struct text more =
            i % 3 == 1
                ? arena_print(arena, ",\"MessageGroupId\":\"g\",\"MessageDeduplicationId\":\"%d\"",
                              i)
                : arena_print(arena,
                              ",\"MessageAttributes\":{\"n\":{\"DataType\":\"Number\","
                              "\"StringValue\":\"%d\"}}",
                              i);
        int length = i % 50 == 0 ? (int)sizeof(body) : 200 + i * 7;
        ask(emulator,
            arena_print(arena,
                        CALL("SendMessage", "{\"QueueUrl\":\"http://localhost/000000000000/%s\","
                                            "\"MessageBody\":\"%.*s\"%.*s}"),
                        queues[i % 3], length, body, TEXT_ARGUMENTS(more))
                .bytes);
    }
}

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static void make(void *context, int steps)
{
    (void)steps;
    struct damage *damage = context;
    struct emulator *emulator = open_world(damage);
    for (size_t i = 0; i < ROWS(beginnings); i++)
        ask(emulator, beginnings[i]);
    send_all(emulator, damage->arena);
    for (size_t i = 0; i < ROWS(ends); i++)
        ask(emulator, ends[i]);
    emulator_free(emulator);
}

static void use(void *context, int steps)
{
    struct damage *damage = context;
    struct emulator *emulator = open_world(damage);
    apart_step(steps);
    for (size_t i = 0; i < ROWS(uses); i++) {
        cleanup(buffer_deinit) struct buffer answer = {0};
        emulator_call(emulator, text_of(uses[i]), &answer);
    }
    emulator_free(emulator);
}

static void file_read(const char *path, struct buffer *ret_bytes)
{
    FILE *file = fopen(path, "rbe");
    size_t got;
    buffer_clear(ret_bytes);
    while (file != NULL && (got = fread(buffer_reserve(ret_bytes, 65536), 1, 65536, file)) > 0)
        ret_bytes->length += got;
    if (file != NULL)
        fclose(file);
}

static void file_write(const char *path, const struct buffer *bytes)
{
    FILE *file = fopen(path, "wbe");
    bool written = file != NULL && fwrite(bytes->bytes, 1, bytes->length, file) == bytes->length &&
                   fclose(file) == 0;
    assert(written);
    (void)written;
}

static uint64_t below(struct damage *damage, uint64_t bound)
{
    return random_below(&damage->random, bound);
}

static void spoil(struct damage *damage, size_t page, enum kind kind)
{
    size_t pages = damage->good.length / PAGE_BYTES;
    buffer_clear(&damage->bad);
    buffer_append_bytes(&damage->bad, damage->good.bytes, damage->good.length);
    char *bytes = damage->bad.bytes + page * PAGE_BYTES;
    switch (kind) {
    case KIND_ZEROS:
        memset(bytes, 0, PAGE_BYTES);
        return;
    case KIND_NOISE:
        for (size_t i = 0; i < PAGE_BYTES; i++)
            bytes[i] = (char)below(damage, 256);
        return;
    case KIND_OTHER:
        memcpy(bytes, damage->good.bytes + below(damage, pages) * PAGE_BYTES, PAGE_BYTES);
        return;
    case KIND_BIT:
        bytes[below(damage, PAGE_BYTES)] ^= (char)(1 << below(damage, 8));
        return;
    case KIND_WORDS:
        for (size_t i = 0; i < 4; i++)
            bytes[below(damage, 100)] = (char)below(damage, 256);
        return;
    case KIND_CUT:
        damage->bad.length = page * PAGE_BYTES + below(damage, PAGE_BYTES);
        return;
    case KIND_COUNT:
        return;
    }
}

// NULL, or what is wrong.
static const char *judge(struct damage *damage, const struct apart *apart)
{
    struct text said = text_from(apart->said.bytes, apart->said.length);
    if (apart_exited(apart, 0))
        return said.length == 0 ? NULL : "it said something and went on";
    if (!apart_exited(apart, APART_STATUS_FAIL))
        return "it crashed";
    if (!apart_said_one_sentence(apart))
        return "it did not say one sentence";
    if (!text_find(said, text_of(damage->path), NULL))
        return "the sentence does not name the file";
    if (!text_find(said, TEXT("name another file with --db"), NULL))
        return "the sentence does not say what to do";
    damage->refused++;
    if (apart->steps > 0)
        return NULL;
    cleanup(buffer_deinit) struct buffer left = {0};
    file_read(damage->path, &left);
    if (!text_equal(buffer_text(&left), buffer_text(&damage->bad)))
        return "the file was refused and is not what it was";
    return NULL;
}

static bool try_one(struct damage *damage, size_t page, enum kind kind)
{
    apart_clear(damage->folder);
    spoil(damage, page, kind);
    file_write(damage->path, &damage->bad);
    cleanup(apart_deinit) struct apart apart;
    apart_run(use, damage, &apart);
    damage->tried++;
    const char *wrong = judge(damage, &apart);
    if (wrong == NULL)
        return true;
    printf("# page %zu, status %x, %zu steps: %s: %.*s\n", page + 1, (unsigned)apart.status,
           apart.steps, wrong, (int)apart.said.length, apart.said.bytes);
    fflush(stdout);
    return false;
}

int main(int count, char **words)
{
    int64_t stride = 1;
    int64_t seed = 0;
    if (count > 1)
        (void)text_to_integer(text_of(words[1]), &stride);
    assert(stride > 0);
    if (count < 3 || !text_to_integer(text_of(words[2]), &seed))
        seed = (int64_t)(random_seed_from_system() >> 1);
    struct damage damage = {.arena = arena_new()};
    random_init(&damage.random, (uint64_t)seed);
    apart_folder(damage.folder);
    snprintf(damage.path, sizeof(damage.path), "%s/world.db", damage.folder);
    printf("1..%d\n# every %lld. page, seed %lld\n", KIND_COUNT, (long long)stride,
           (long long)seed);
    fflush(stdout);
    cleanup(apart_deinit) struct apart made;
    apart_run(make, &damage, &made);
    file_read(damage.path, &damage.good);
    if (!apart_exited(&made, 0) || made.said.length > 0 || damage.good.length < 50 * PAGE_BYTES) {
        printf("Bail out! no good file: %.*s\n", (int)made.said.length, made.said.bytes);
        return EXIT_FAILURE;
    }
    size_t pages = damage.good.length / PAGE_BYTES;
    bool well = true;
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        bool fine = true;
        damage.refused = damage.tried = 0;
        // The first pages are the schema, and the roots of the tables: all of them.
        for (size_t page = 0; page < pages;
             page += page < 10 ? 1 : (size_t)(1 + below(&damage, (uint64_t)stride * 2 - 1)))
            fine = try_one(&damage, page, kind) && fine;
        printf("# %zu of %zu were refused\n%s %d - %s\n", damage.refused, damage.tried,
               fine ? "ok" : "not ok", (int)kind + 1, kind_names[kind]);
        fflush(stdout);
        well = well && fine;
    }
    apart_clear(damage.folder);
    rmdir(damage.folder);
    buffer_deinit(&damage.good);
    buffer_deinit(&damage.bad);
    arena_free(damage.arena);
    return well ? EXIT_SUCCESS : EXIT_FAILURE;
}
