// bootstrap -- a custom runtime in C: the Lambda Runtime API over a plain socket, without a library.
//
// Try it:  redrive serve --function orders=exec:./redrive-example-bootstrap
//
// It handles every event in the same way: a record whose body contains "poison" is reported as failed, so that only it comes
// back. The words on its command line are for tests and benches; each changes what it does:
//
//     throw        an event with such a record is an error (POST .../error)
//     echo         the response is the event
//     hang         an event is never answered              stubborn     SIGTERM is ignored
//     exit=N       exits with status N in the middle of an event; kill=N  ends by signal N
//     size=N       the response is a string of N bytes     flood=N      N bytes of log first
//     init-exit=N  exits with status N before the first event
//     init-error   says why by POST .../init/error, and exits with 1
//     init-hang    never asks for an event
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define API "/2018-06-01/runtime/"
#define HEAD_BYTES_MAX 65536

struct manner {
    bool throws, echoes, hangs, init_error, init_hang;
    long exit_status, init_status; // -1: none
    long end_signal;               // 0: none
    size_t response_bytes, flood_bytes;
};

// An answer: its head, terminated, then its body.
struct answer {
    char *bytes;
    size_t length;
    const char *body;
    size_t body_length;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void *must(void *memory)
{
    if (memory == NULL)
        die("bootstrap");
    return memory;
}

static void send_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            exit(1); // whoever invokes us is gone
        if (sent > 0) {
            bytes += sent;
            length -= (size_t)sent;
        }
    }
}

// The value of a header of the answer, or NULL.
static const char *header(const struct answer *answer, const char *name)
{
    size_t length = strlen(name);
    for (const char *line = strstr(answer->bytes, "\r\n"); line != NULL;
         line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, length) == 0 && line[2 + length] == ':')
            return line + 2 + length + 1 + strspn(line + 2 + length + 1, " ");
    }
    return NULL;
}

static void receive(int fd, struct answer *answer)
{
    size_t capacity = HEAD_BYTES_MAX, head = 0, whole = 0;
    answer->bytes = must(malloc(capacity + 1));
    answer->length = 0;
    while (head == 0 || answer->length < whole) {
        ssize_t got = recv(fd, answer->bytes + answer->length, capacity - answer->length, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            exit(0); // whoever invokes us is gone
        answer->length += (size_t)got;
        answer->bytes[answer->length] = '\0';
        char *end = head == 0 ? strstr(answer->bytes, "\r\n\r\n") : NULL;
        if (end != NULL) {
            end[2] = '\0'; // the head ends here, whatever the body holds
            head = (size_t)(end - answer->bytes) + 4;
            const char *length = header(answer, "Content-Length");
            whole = head + (length != NULL ? strtoul(length, NULL, 10) : 0);
            if (whole > capacity)
                answer->bytes = must(realloc(answer->bytes, (capacity = whole) + 1));
        }
    }
    answer->body = answer->bytes + head;
    answer->body_length = answer->length - head;
}

static struct answer ask(int fd, const char *method, const char *path, const char *body,
                         size_t body_length)
{
    char head[512];
    int length = snprintf(head, sizeof(head),
                          "%s " API "%s HTTP/1.1\r\nHost: %s\r\nContent-Length: %zu\r\n\r\n",
                          method, path, getenv("AWS_LAMBDA_RUNTIME_API"), body_length);
    struct answer answer;
    send_all(fd, head, (size_t)length);
    send_all(fd, body, body_length);
    receive(fd, &answer);
    return answer;
}

static int connect_to_api(void)
{
    const char *api = getenv("AWS_LAMBDA_RUNTIME_API");
    const char *colon = api != NULL ? strrchr(api, ':') : NULL;
    if (colon == NULL) {
        fprintf(stderr, "bootstrap: AWS_LAMBDA_RUNTIME_API is not set; redrive sets it\n");
        exit(1);
    }
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
        die("bootstrap: connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    return fd;
}

// The records stand in the event one after another, each begins with its id; bodies are JSON strings, whose quotes are escaped.
static size_t report(const char *event, char *response)
{
    static const char begin[] = "{\"messageId\":\"";
    char *at = response;
    at += sprintf(at, "{\"batchItemFailures\":[");
    const char *record = strstr(event, begin), *first = at;
    while (record != NULL) {
        const char *id = record + sizeof(begin) - 1;
        const char *next = strstr(id, begin);
        const char *poison = strstr(id, "poison");
        if (poison != NULL && (next == NULL || poison < next))
            at += sprintf(at, "%s{\"itemIdentifier\":\"%.*s\"}", at == first ? "" : ",",
                          (int)strcspn(id, "\""), id);
        record = next;
    }
    at += sprintf(at, "]}");
    return (size_t)(at - response);
}

static void flood(size_t bytes)
{
    static const char line[] =
        "a line of log that says nothing, many times over, to see who stops first\n";
    for (size_t written = 0; written < bytes; written += sizeof(line) - 1) {
        if (write(STDOUT_FILENO, line, sizeof(line) - 1) < 0)
            break;
    }
}

static void handle(int fd, const struct manner *manner, const char *id, const struct answer *event)
{
    char path[128];
    char *response = must(malloc(event->body_length + manner->response_bytes + 64));
    size_t length;
    flood(manner->flood_bytes);
    if (manner->exit_status >= 0)
        exit((int)manner->exit_status);
    if (manner->end_signal > 0)
        kill(getpid(), (int)manner->end_signal);
    while (manner->hangs)
        pause();
    bool failed = manner->throws && strstr(event->body, "poison") != NULL;
    if (failed) {
        length = (size_t)sprintf(response, "{\"errorMessage\":\"poison\",\"errorType\":\"Error\"}");
    } else if (manner->echoes) {
        memcpy(response, event->body, length = event->body_length);
    } else if (manner->response_bytes > 0) {
        memset(response, 'x', length = manner->response_bytes);
        response[0] = response[length - 1] = '"';
    } else {
        length = report(event->body, response);
    }
    snprintf(path, sizeof(path), "invocation/%.64s/%s", id, failed ? "error" : "response");
    free(ask(fd, "POST", path, response, length).bytes);
    free(response);
}

static void read_manner(struct manner *manner, int count, char **words)
{
    *manner = (struct manner){.exit_status = -1, .init_status = -1};
    for (int index = 1; index < count; index++) {
        const char *word = words[index];
        const char *equals = strchr(word, '=');
        long number = equals != NULL ? strtol(equals + 1, NULL, 10) : 0;
        manner->throws = manner->throws || strcmp(word, "throw") == 0;
        manner->echoes = manner->echoes || strcmp(word, "echo") == 0;
        manner->hangs = manner->hangs || strcmp(word, "hang") == 0;
        manner->init_error = manner->init_error || strcmp(word, "init-error") == 0;
        manner->init_hang = manner->init_hang || strcmp(word, "init-hang") == 0;
        if (strcmp(word, "stubborn") == 0)
            signal(SIGTERM, SIG_IGN);
        if (strncmp(word, "exit=", 5) == 0)
            manner->exit_status = number;
        if (strncmp(word, "kill=", 5) == 0)
            manner->end_signal = number;
        if (strncmp(word, "init-exit=", 10) == 0)
            manner->init_status = number;
        if (strncmp(word, "size=", 5) == 0)
            manner->response_bytes = (size_t)number;
        if (strncmp(word, "flood=", 6) == 0)
            manner->flood_bytes = (size_t)number;
    }
}

int main(int count, char **words)
{
    struct manner manner;
    read_manner(&manner, count, words);
    if (manner.init_status >= 0)
        return (int)manner.init_status;
    while (manner.init_hang)
        pause();
    int fd = connect_to_api();
    if (manner.init_error) {
        static const char why[] = "{\"errorMessage\":\"no such module\",\"errorType\":"
                                  "\"Runtime.ImportModuleError\"}";
        free(ask(fd, "POST", "init/error", why, sizeof(why) - 1).bytes);
        return 1;
    }
    for (;;) {
        struct answer event = ask(fd, "GET", "invocation/next", "", 0);
        const char *id = header(&event, "Lambda-Runtime-Aws-Request-Id");
        if (id == NULL)
            return 1;
        char copy[65];
        snprintf(copy, sizeof(copy), "%.*s", (int)strcspn(id, "\r"), id);
        handle(fd, &manner, copy, &event);
        free(event.bytes);
    }
}
