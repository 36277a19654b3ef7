// tour -- redrive in half a second: a real port, a real handler, a real client, and a clock that jumps.
//
//     demo tour (this process: the emulator, and the teller of the story)
//        |-- redrive-example-orders      the handler: HTTP, reports what it could not process
//        `-- redrive demo tour-client    the client: queues, mapping, twelve orders, over the real port
//
// The clock leaps. The client makes the mapping last, so that its own speed shows nowhere: instants are told from the first
// delivery on. What became of each order is read from the queues and the trace, over the same API as everybody's, and compared
// with what must have become of it. No port, process id or real time is printed: equal seeds give equal bytes.
#include "cli/tour.h"

#include "cli/command.h"
#include "cli/inside.h"
#include "cli/table.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define START_AT_MS 1767225600000LL // 2026-01-01T00:00:00Z
#define PATIENCE_MS 20000
#define MESSAGE_ID_BYTES 36

struct tour {
    struct emulator *emulator;
    struct arena *arena;
    struct buffer handler_output;
    bool handler_speaks; // its first line is complete, or it is gone
    struct buffer client_output;
    bool client_is_gone;
    int client_status;
    char message_ids[TOUR_ORDERS][MESSAGE_ID_BYTES];
    int64_t origin_at_ms; // the first delivery
    int64_t end_at_ms;    // the last fate
};

struct fate {
    size_t deliveries;
    struct text when; // "0, 30 s"
    bool deleted;
    bool dead_lettered;
    struct text fate;
    struct text reason;
};

// ---- the processes ----

static void handler_said(void *context, struct text bytes)
{
    struct tour *tour = context;
    buffer_append(&tour->handler_output, bytes);
    tour->handler_speaks = text_find(buffer_text(&tour->handler_output), TEXT("\n"), NULL);
}

static void handler_gone(void *context, int wait_status)
{
    (void)wait_status;
    ((struct tour *)context)->handler_speaks = true;
}

static void client_said(void *context, struct text bytes)
{
    buffer_append(&((struct tour *)context)->client_output, bytes);
}

static void client_gone(void *context, int wait_status)
{
    struct tour *tour = context;
    tour->client_is_gone = true;
    tour->client_status = wait_status;
}

// The path of this program; empty if it cannot be had.
static struct text own_path(struct arena *arena)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path));
    return length <= 0 ? (struct text){0} : arena_copy(arena, text_from(path, (size_t)length));
}

// The example handler: in REDRIVE_EXAMPLES, beside this program when installed, or in its build tree.
static struct text find_handler(struct arena *arena)
{
    static const char *const places[] = {"", "handlers/", "examples/handlers/",
                                         "../examples/handlers/"};
    struct text own = own_path(arena);
    const char *slash = own.length == 0 ? NULL : strrchr(own.bytes, '/');
    struct text folders[] = {
        text_of(getenv("REDRIVE_EXAMPLES")),
        slash == NULL ? (struct text){0} : text_from(own.bytes, (size_t)(slash - own.bytes)),
    };
    for (size_t i = 0; i < ROWS(folders); i++) {
        for (size_t j = 0; j < ROWS(places) && folders[i].length > 0; j++) {
            struct text path = arena_print(arena, "%.*s/%sredrive-example-orders",
                                           TEXT_ARGUMENTS(folders[i]), places[j]);
            if (access(path.bytes, X_OK) == 0)
                return path;
        }
    }
    return (struct text){0};
}

// execve() takes strings that it promises not to change, but whose type does not say so.
static char *argument_of(struct arena *arena, struct text text)
{
    char *copy = arena_allocate(arena, text.length + 1);
    if (text.length > 0)
        memcpy(copy, text.bytes, text.length);
    return copy;
}

// The handler's own log would stand between the lines of the story: a child inherits what is silent
// now.
static int silence_standard_error(void)
{
    int kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere >= 0) {
        dup2(nowhere, STDERR_FILENO);
        close(nowhere);
    }
    return kept;
}

static void restore_standard_error(int kept)
{
    if (kept < 0)
        return;
    dup2(kept, STDERR_FILENO);
    close(kept);
}

// Starts the handler and waits for the address in its first line. False after a failure was told.
static bool start_handler(struct tour *tour, struct text *ret_url)
{
    struct text path = find_handler(tour->arena);
    if (path.length == 0) {
        failure(
            "the example handler redrive-example-orders is not beside this program: build it, or "
            "say where it is with REDRIVE_EXAMPLES");
        return false;
    }
    struct text reason;
    char *arguments[] = {argument_of(tour->arena, path), NULL};
    int standard_error = silence_standard_error();
    struct child *handler = emulator_start_child(tour->emulator, arguments, NULL, handler_gone,
                                                 handler_said, tour, &reason);
    restore_standard_error(standard_error);
    if (handler == NULL) {
        failure("%.*s", TEXT_ARGUMENTS(reason));
        return false;
    }
    emulator_run_until(tour->emulator, &tour->handler_speaks, PATIENCE_MS);
    struct text said = buffer_text(&tour->handler_output);
    struct text line;
    size_t at;
    if (!text_cut(said, '\n', &line, &said) || !text_find(line, TEXT("http://"), &at)) {
        failure("the example handler did not say where it listens");
        return false;
    }
    *ret_url = arena_copy(tour->arena, text_trim(text_skip(line, at)));
    return true;
}

static bool run_client(struct tour *tour, struct text handler_url)
{
    struct arena *arena = tour->arena;
    struct text reason;
    char *arguments[] = {
        argument_of(arena, own_path(arena)),
        argument_of(arena, TEXT("demo")),
        argument_of(arena, TEXT("tour-client")),
        argument_of(arena, TEXT("--endpoint")),
        argument_of(arena, emulator_endpoint(tour->emulator)),
        argument_of(arena, TEXT("--handler")),
        argument_of(arena, handler_url),
        NULL,
    };
    if (emulator_start_child(tour->emulator, arguments, NULL, client_gone, client_said, tour,
                             &reason) == NULL) {
        failure("%.*s", TEXT_ARGUMENTS(reason));
        return false;
    }
    if (!emulator_run_until(tour->emulator, &tour->client_is_gone, PATIENCE_MS)) {
        failure("the client of the tour did not end");
        return false;
    }
    return WIFEXITED(tour->client_status) && WEXITSTATUS(tour->client_status) == STATUS_OK;
}

// Reads "sent 4 0f1c2d3e-..." of every order.
static bool read_message_ids(struct tour *tour)
{
    struct text rest = buffer_text(&tour->client_output);
    struct text line;
    size_t sent = 0;
    while (text_cut(rest, '\n', &line, &rest)) {
        struct text word;
        struct text number_text;
        struct text id;
        int64_t number;
        if (!text_cut(line, ' ', &word, &id) || !text_cut(id, ' ', &number_text, &id) ||
            !text_to_integer(number_text, &number) || number < 1 || number > TOUR_ORDERS ||
            id.length != MESSAGE_ID_BYTES)
            continue;
        memcpy(tour->message_ids[number - 1], id.bytes, MESSAGE_ID_BYTES);
        sent++;
    }
    if (sent != TOUR_ORDERS)
        failure("the client of the tour sent %zu orders instead of %d", sent, TOUR_ORDERS);
    return sent == TOUR_ORDERS;
}

// ---- the story ----

static bool find_origin(struct tour *tour)
{
    cleanup(cJSON_Delete) cJSON *trace = inside_get(tour->emulator, "trace?queue=orders");
    const cJSON *point;
    cJSON_ArrayForEach(point, tree_member(trace, "points"))
    {
        if (!text_equal(tree_text(point, "kind"), TEXT("received")))
            continue;
        tour->origin_at_ms = tree_integer(point, "atMs");
        return true;
    }
    failure("no order was delivered");
    return false;
}

// "30", "30.001": seconds since the first delivery.
static void append_offset(const struct tour *tour, struct buffer *buffer, int64_t at_ms)
{
    int64_t offset_ms = at_ms - tour->origin_at_ms;
    buffer_append_integer(buffer, offset_ms / 1000);
    if (offset_ms % 1000 != 0)
        buffer_print(buffer, ".%03d", (int)(offset_ms % 1000));
}

static bool queue_holds(const cJSON *peeked, struct text message_id)
{
    const cJSON *message;
    cJSON_ArrayForEach(message, tree_member(peeked, "messages"))
    {
        if (text_equal(tree_text(message, "messageId"), message_id))
            return true;
    }
    return false;
}

// Deliveries, and the last reason, from the points of a message.
static void read_points(const struct tour *tour, const cJSON *points, struct fate *fate,
                        int64_t *ret_end_at_ms)
{
    cleanup(buffer_deinit) struct buffer when = {0};
    const cJSON *point;
    cJSON_ArrayForEach(point, points)
    {
        struct text kind = tree_text(point, "kind");
        struct text reason = tree_text(point, "reason");
        if (text_equal(kind, TEXT("received"))) {
            fate->deliveries++;
            if (when.length > 0)
                buffer_append(&when, TEXT(", "));
            append_offset(tour, &when, tree_integer(point, "atMs"));
        }
        if (text_equal(kind, TEXT("deleted")) || text_equal(kind, TEXT("dead-lettered")))
            *ret_end_at_ms = tree_integer(point, "atMs");
        if (text_equal(kind, TEXT("dead-lettered")))
            fate->reason = arena_copy(tour->arena, reason);
        // A verdict begins with the fate, which has a column of its own.
        struct text verdict;
        if (text_equal(kind, TEXT("verdict")) && text_cut(reason, ':', &verdict, &reason))
            fate->reason = arena_copy(tour->arena, text_trim(reason));
    }
    buffer_append(&when, TEXT(" s"));
    fate->when = arena_copy(tour->arena, buffer_text(&when));
}

static bool read_fate(struct tour *tour, struct text message_id, struct fate *ret_fate)
{
    cleanup(cJSON_Delete) cJSON *orders = inside_get(tour->emulator, "messages?queue=orders");
    cleanup(cJSON_Delete) cJSON *dead = inside_get(tour->emulator, "messages?queue=orders-dlq");
    struct text path = arena_print(tour->arena, "trace/%.*s", TEXT_ARGUMENTS(message_id));
    cleanup(cJSON_Delete) cJSON *trace = inside_get(tour->emulator, path.bytes);
    if (orders == NULL || dead == NULL || trace == NULL)
        return false;
    struct fate fate = {0};
    int64_t end_at_ms = tour->origin_at_ms;
    read_points(tour, tree_member(trace, "points"), &fate, &end_at_ms);
    if (end_at_ms > tour->end_at_ms)
        tour->end_at_ms = end_at_ms;
    fate.dead_lettered = queue_holds(dead, message_id);
    fate.deleted = !fate.dead_lettered && !queue_holds(orders, message_id);
    fate.fate = fate.deleted         ? TEXT("deleted")
                : fate.dead_lettered ? TEXT("orders-dlq")
                                     : TEXT("still there");
    if (fate.dead_lettered) {
        cleanup(buffer_deinit) struct buffer words = {0};
        buffer_append(&words, TEXT("at "));
        append_offset(tour, &words, end_at_ms);
        buffer_append(&words, TEXT(" s: "));
        buffer_append(&words, fate.reason);
        fate.reason = arena_copy(tour->arena, buffer_text(&words));
    }
    *ret_fate = fate;
    return true;
}

static void add_order(struct table *table, size_t number, const struct fate *fate,
                      struct text reason_above)
{
    const struct tour_order *order = &tour_orders[number - 1];
    if (order->note == NULL)
        table_print_cell(table, TONE_PLAIN, "%zu", number);
    else
        table_print_cell(table, TONE_PLAIN, "%zu: %s", number, order->note);
    table_print_cell(table, fate->deliveries > 1 ? TONE_WARN : TONE_PLAIN, "%zu", fate->deliveries);
    table_cell(table, TONE_PLAIN, fate->when);
    table_cell(table, fate->deleted ? TONE_GOOD : TONE_BAD, fate->fate);
    if (text_equal(fate->reason, reason_above))
        table_cell(table, TONE_FAINT, TEXT("as above"));
    else
        table_cell(table, TONE_PLAIN, fate->reason);
}

// Prints every order's story; false if one is not what it must be.
static bool tell(struct tour *tour, const struct paper *paper)
{
    static const struct table_column columns[] = {
        {"order", false, false}, {"deliveries", true, false}, {"when", false, false},
        {"fate", false, false},  {"reason", false, true},
    };
    cleanup(table_free) struct table *table = table_new(columns, ROWS(columns));
    struct text reason_above = {0};
    size_t wrong = 0;
    for (size_t i = 0; i < TOUR_ORDERS; i++) {
        struct fate fate;
        if (!read_fate(tour, text_from(tour->message_ids[i], MESSAGE_ID_BYTES), &fate))
            return false;
        add_order(table, i + 1, &fate, reason_above);
        reason_above = fate.reason;
        const struct tour_order *order = &tour_orders[i];
        bool right = order->poison ? fate.dead_lettered : fate.deleted;
        if (!right || fate.deliveries != (size_t)order->deliveries)
            wrong = i + 1;
    }
    table_print(table, paper);
    if (wrong > 0)
        failure("order %zu did not go the way that AWS would let it go", wrong);
    return wrong == 0;
}

static void tell_beginning(const struct paper *paper)
{
    paper_paragraph(
        paper, 0,
        TEXT("Twelve orders went into the queue orders. Its event source mapping hands them to "
             "a handler in batches of up to ten, and the handler reports those that it could "
             "not process (ReportBatchItemFailures). A reported order comes back after the "
             "visibility timeout of 30 s; after three receives it goes to orders-dlq "
             "(maxReceiveCount 3)."));
    fputc('\n', paper->out);
}

static void tell_end(struct tour *tour, const struct paper *paper)
{
    cleanup(buffer_deinit) struct buffer words = {0};
    struct text passed = duration_format(tour->arena, tour->end_at_ms - tour->origin_at_ms);
    buffer_print(&words,
                 "\nNo order was processed again after it had succeeded, and no poison order "
                 "cycles for ever. %.*s "
                 "passed on the clock of the "
                 "emulator, which jumps over the time in which nothing happens.",
                 TEXT_ARGUMENTS(passed));
    fputc('\n', paper->out);
    paper_paragraph(paper, 0, text_skip(buffer_text(&words), 1));
    fputs("\nTry next\n"
          "  redrive demo responses     every answer that a handler can give, executed\n"
          "  redrive serve --clock leap --function orders=http://127.0.0.1:9000/\n"
          "  export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_REGION=us-east-1 \\\n"
          "         AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test\n"
          "                             and run your program with any AWS SDK\n"
          "  redrive queues             what is where; redrive peek QUEUE shows it\n"
          "  redrive trace MESSAGE-ID   the story of one message\n",
          paper->out);
}

static int run_tour(struct tour *tour)
{
    struct paper paper = paper_of(stdout);
    struct text handler_url;
    struct text reason = {0};
    if (!start_handler(tour, &handler_url) || !run_client(tour, handler_url) ||
        !read_message_ids(tour))
        return STATUS_FAILED;
    if (!emulator_run_until_idle(tour->emulator, 0, &reason))
        return failure("%.*s", TEXT_ARGUMENTS(reason));
    if (!find_origin(tour))
        return STATUS_FAILED;
    tell_beginning(&paper);
    if (!tell(tour, &paper))
        return STATUS_FAILED;
    tell_end(tour, &paper);
    return STATUS_OK;
}

int command_tour(const struct command *command, int count, char **arguments)
{
    int64_t seed = 1;
    const struct argument rows[] = {
        {"--seed", ARGUMENT_INTEGER, &seed, "a whole number"},
    };
    struct operands operands = {.most = 0};
    int status;
    if (!arguments_read(command, rows, ROWS(rows), &operands, count, arguments, &status))
        return status;

    cleanup(arena_free) struct arena *arena = arena_new();
    struct options options;
    options_init(&options, arena);
    options.port = 0;
    options.clock = CLOCK_LEAP;
    options.start_at_ms = START_AT_MS;
    options.seeded = true;
    options.seed = (uint64_t)seed;
    options.journal_none = true;
    options.quiet = true;

    struct text reason = {0};
    struct tour tour = {.arena = arena};
    tour.emulator = emulator_new(&options, &reason, &status);
    if (tour.emulator == NULL) {
        failure("%.*s", TEXT_ARGUMENTS(reason));
        return status;
    }
    status = run_tour(&tour);
    emulator_free(tour.emulator);
    buffer_deinit(&tour.handler_output);
    buffer_deinit(&tour.client_output);
    return status;
}
