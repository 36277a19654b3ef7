// load -- the load generator: reads one command a line and answers each with one line of JSON.
// tests/bench/run writes the commands.
//
//     slice key=K port=P workload=W path=/000000000000/bench connections=64 ms=250 max=0 bytes=100
//           groups=0 fifo=0 ids=0 [file=F]
//     percentiles key=K
//     start path=/_redrive/api/health -- PROGRAM ARGUMENT...
//
// Slices of the same key share one histogram, so that percentiles are those of all rounds together.
// Everything stays on 127.0.0.1 and is bounded in time and in number.
#include "tests/bench/client.h"
#include "tests/bench/start.h"

#include "queue/base/fail.h"

#include <errno.h>
#include <stdio.h>

#define KEYS_MAX 256
#define KEY_BYTES_MAX 64
#define LINE_BYTES_MAX 8192
#define ARGUMENTS_MAX 64
#define SLICE_MS_MAX 120000

struct row {
    char key[KEY_BYTES_MAX];
    struct histogram latency;
};

struct load {
    struct row *rows[KEYS_MAX];
    size_t row_count;
};

// The value of name=value in a line of words; the empty text without it.
static struct text option(struct text line, struct text name)
{
    struct text rest = line;
    while (rest.length > 0) {
        struct text word = rest;
        struct text left;
        struct text value;
        if (!text_cut(rest, ' ', &word, &rest))
            rest = TEXT("");
        if (text_cut(word, '=', &left, &value) && text_equal(left, name))
            return value;
    }
    return TEXT("");
}

static int64_t number(struct text line, struct text name, int64_t least, int64_t most)
{
    int64_t value;
    struct text text = option(line, name);
    if (!text_to_integer(text, &value) || value < least || value > most)
        fail("%.*s takes a number from %lld to %lld, not '%.*s'", TEXT_ARGUMENTS(name),
             (long long)least, (long long)most, TEXT_ARGUMENTS(text));
    return value;
}

static struct row *row_of(struct load *load, struct text key)
{
    if (key.length == 0 || key.length >= KEY_BYTES_MAX)
        fail("a row needs a key of less than %d bytes", KEY_BYTES_MAX);
    for (size_t index = 0; index < load->row_count; index++) {
        if (text_equal(text_of(load->rows[index]->key), key))
            return load->rows[index];
    }
    if (load->row_count == KEYS_MAX)
        fail("more than %d keys", KEYS_MAX);
    struct row *row = allocate(sizeof(*row));
    memcpy(row->key, key.bytes, key.length);
    load->rows[load->row_count++] = row;
    return row;
}

static void read_file(struct text name, struct buffer *buffer)
{
    if (name.length == 0)
        return;
    cleanup_free char *path = duplicate(name.bytes, name.length);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        fail("%s: %s", path, strerror(errno));
    buffer->length = fread(buffer_reserve(buffer, REQUEST_BYTES_MAX), 1, REQUEST_BYTES_MAX, file);
    fclose(file);
}

static void print_refusal(const char *refusal)
{
    putchar('"');
    for (; *refusal != '\0'; refusal++)
        putchar(*refusal == '"' || *refusal == '\\' || (unsigned char)*refusal < ' ' ? '\''
                                                                                     : *refusal);
    putchar('"');
}

static void run_slice(struct load *load, struct text line)
{
    cleanup(buffer_deinit) struct buffer body = {0};
    read_file(option(line, TEXT("file")), &body);
    struct row *row = row_of(load, option(line, TEXT("key")));
    uint16_t port = (uint16_t)number(line, TEXT("port"), 1, 65535);
    size_t body_bytes = (size_t)number(line, TEXT("bytes"), 1, 4096);
    struct workload_groups groups = {
        .count = (size_t)number(line, TEXT("groups"), 0, 999999),
        .fifo = number(line, TEXT("fifo"), 0, 1) == 1,
        .ids = (uint64_t)number(line, TEXT("ids"), 0, INT64_MAX),
    };
    cleanup(workload_free) struct workload *workload =
        workload_new(option(line, TEXT("workload")), port, option(line, TEXT("path")), body_bytes,
                     buffer_text(&body), &groups);
    if (workload == NULL)
        fail("there is no such workload");
    struct slice slice = {
        .workload = workload,
        .port = port,
        .connections = (size_t)number(line, TEXT("connections"), 1, CLIENT_CONNECTIONS_MAX),
        .duration_ns = number(line, TEXT("ms"), 1, SLICE_MS_MAX) * 1000000,
        .requests_max = (uint64_t)number(line, TEXT("max"), 0, INT64_MAX),
        .latency = &row->latency,
    };
    struct slice_result result;
    client_run(&slice, &result);
    printf("{\"requests\":%llu,\"messages\":%llu,\"refused\":%llu,\"elapsed_ns\":%lld,\"processor_"
           "ns\":%lld,\"refusal\":",
           (unsigned long long)result.requests, (unsigned long long)result.messages,
           (unsigned long long)result.refused, (long long)result.elapsed_ns,
           (long long)result.processor_ns);
    print_refusal(result.first_refusal);
    puts("}");
}

static void print_percentiles(struct load *load, struct text line)
{
    const struct histogram *latency = &row_of(load, option(line, TEXT("key")))->latency;
    printf("{\"p50_ns\":%lld,\"p99_ns\":%lld,\"p999_ns\":%lld,\"greatest_ns\":%lld}\n",
           (long long)histogram_at(latency, 500), (long long)histogram_at(latency, 990),
           (long long)histogram_at(latency, 999), (long long)latency->greatest_ns);
}

// Cuts what stands after -- into words, in place.
static void run_start(char *line)
{
    char *arguments[ARGUMENTS_MAX + 1];
    size_t count = 0;
    char *saved = NULL;
    char *rest = strstr(line, " -- ");
    if (rest == NULL)
        fail("start needs a program");
    for (char *word = strtok_r(rest + 4, " ", &saved); word != NULL && count < ARGUMENTS_MAX;
         word = strtok_r(NULL, " ", &saved))
        arguments[count++] = word;
    arguments[count] = NULL;
    *rest = '\0';
    printf("{\"elapsed_ns\":%lld}\n",
           (long long)start_measure(arguments, option(text_of(line), TEXT("path"))));
}

int main(void)
{
    cleanup_free struct load *load = allocate(sizeof(*load));
    char line[LINE_BYTES_MAX];
    while (fgets(line, sizeof(line), stdin) != NULL) {
        struct text text = text_trim(text_of(line));
        line[text.length] = '\0';
        if (text_starts_with(text, TEXT("slice ")))
            run_slice(load, text);
        else if (text_starts_with(text, TEXT("percentiles ")))
            print_percentiles(load, text);
        else if (text_starts_with(text, TEXT("start ")))
            run_start(line);
        else
            fail("there is no command '%s'", line);
        fflush(stdout);
    }
    for (size_t index = 0; index < load->row_count; index++)
        free(load->rows[index]);
    return 0;
}
