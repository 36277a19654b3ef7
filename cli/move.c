// move -- a dead-letter queue redriven by hand: redrive move. The task is the emulator's own
// (StartMessageMoveTask), so it goes on when this command ends; the command looks at it until it is
// over, and says how far it is.
//
// On a clock that stands still there is nothing to look at: the command says so and ends.
#include "cli/client.h"
#include "cli/command.h"
#include "cli/table.h"
#include "emulator/emulator.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define LOOK_EVERY_MS 100
#define TASKS_MAX 10

struct order {
    const char *endpoint;
    const char *queue; // name, like the next
    const char *to;
    int64_t rate; // 0: not given
    bool cancel;
    bool status;
    bool json;
    struct text arn; // of queue
    struct text region;
};

// The ARN of a queue; empty after a failure was told.
static struct text arn_of(struct client *client, const char *name, struct text *ret_region)
{
    struct text url;
    if (!client_find_queue(client, name, &url, ret_region))
        return TEXT("");
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "QueueUrl", url.bytes);
    cJSON *names = cJSON_AddArrayToObject(input, "AttributeNames");
    cJSON_AddItemToArray(names, cJSON_CreateString("QueueArn"));
    cleanup(cJSON_Delete) cJSON *answer =
        client_sqs(client, *ret_region, "GetQueueAttributes", input);
    return arena_copy(client_arena(client),
                      tree_text(tree_member(answer, "Attributes"), "QueueArn"));
}

// The last tasks of the queue, newest first; NULL after a failure was told.
static cJSON *list_tasks(struct client *client, const struct order *order, int tasks_max)
{
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "SourceArn", order->arn.bytes);
    cJSON_AddNumberToObject(input, "MaxResults", tasks_max);
    return client_sqs(client, order->region, "ListMessageMoveTasks", input);
}

static const cJSON *newest_of(const cJSON *answer)
{
    return cJSON_GetArrayItem(tree_member(answer, "Results"), 0);
}

static int64_t moved_of(const cJSON *task)
{
    return tree_integer(task, "ApproximateNumberOfMessagesMoved");
}

static const char *messages(int64_t count)
{
    return count == 1 ? "message" : "messages";
}

// "arn:...:orders" is orders.
static struct text name_in(struct text arn)
{
    struct text before;
    while (text_cut(arn, ':', &before, &arn))
        continue;
    return arn;
}

// A failure reason of AWS as a sentence.
static struct text explain(struct text reason)
{
    if (text_equal(reason, TEXT("CouldNotDetermineMessageSource")))
        return TEXT("a message was sent here directly, so it has no queue to go back to; "
                    "--to says where all of them go");
    if (text_equal(reason, TEXT("AWS.SimpleQueueService.NonExistentQueue")))
        return TEXT("the queue that they go to does not exist any more");
    return reason;
}

// ---- status, cancel ----

static int print_tasks(struct client *client, const struct order *order)
{
    static const struct table_column columns[] = {
        {"status", false, false}, {"moved", true, false},    {"of", true, false},
        {"to", false, false},     {"a second", true, false}, {"reason", false, true},
    };
    cleanup(cJSON_Delete) cJSON *answer = list_tasks(client, order, TASKS_MAX);
    if (answer == NULL)
        return STATUS_FAILED;
    if (order->json) {
        char *text = cJSON_Print(answer);
        puts(text);
        cJSON_free(text);
        return STATUS_OK;
    }
    cleanup(table_free) struct table *table = table_new(columns, ROWS(columns));
    const cJSON *task;
    cJSON_ArrayForEach(task, tree_member(answer, "Results"))
    {
        struct text status = tree_text(task, "Status");
        struct text to = tree_text(task, "DestinationArn");
        int64_t rate = tree_integer(task, "MaxNumberOfMessagesPerSecond");
        bool failed = text_equal(status, TEXT("FAILED"));
        table_cell(table, failed ? TONE_BAD : TONE_PLAIN, status);
        table_print_cell(table, TONE_PLAIN, "%lld", (long long)moved_of(task));
        table_print_cell(table, TONE_PLAIN, "%lld",
                         (long long)tree_integer(task, "ApproximateNumberOfMessagesToMove"));
        table_cell(table, TONE_PLAIN, to.length > 0 ? name_in(to) : TEXT("where they came from"));
        if (rate > 0)
            table_print_cell(table, TONE_PLAIN, "%lld", (long long)rate);
        else
            table_cell(table, TONE_FAINT, TEXT("-"));
        table_cell(table, TONE_PLAIN, explain(tree_text(task, "FailureReason")));
    }
    struct paper paper = paper_of(stdout);
    if (table_row_count(table) > 0)
        table_print(table, &paper);
    else
        printf("Nothing was moved from %s yet.\n", order->queue);
    return STATUS_OK;
}

static int cancel_task(struct client *client, const struct order *order)
{
    cleanup(cJSON_Delete) cJSON *answer = list_tasks(client, order, 1);
    if (answer == NULL)
        return STATUS_FAILED;
    struct text handle = tree_text(newest_of(answer), "TaskHandle");
    if (handle.length == 0)
        return failure("nothing is being moved from %s", order->queue);
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "TaskHandle", handle.bytes);
    cleanup(cJSON_Delete) cJSON *cancelled =
        client_sqs(client, order->region, "CancelMessageMoveTask", input);
    if (cancelled == NULL)
        return STATUS_FAILED;
    int64_t moved = moved_of(cancelled);
    printf("cancelled: %lld %s moved so far\n", (long long)moved,
           moved == 1 ? "message was" : "messages were");
    return STATUS_OK;
}

// ---- move ----

static bool start_task(struct client *client, const struct order *order, struct text to_arn)
{
    cJSON *input = tree_new();
    cJSON_AddStringToObject(input, "SourceArn", order->arn.bytes);
    if (to_arn.length > 0)
        cJSON_AddStringToObject(input, "DestinationArn", to_arn.bytes);
    if (order->rate > 0)
        cJSON_AddNumberToObject(input, "MaxNumberOfMessagesPerSecond", (double)order->rate);
    cleanup(cJSON_Delete) cJSON *answer =
        client_sqs(client, order->region, "StartMessageMoveTask", input);
    return answer != NULL;
}

static bool clock_stands_still(struct client *client)
{
    cleanup(cJSON_Delete) cJSON *answer = client_get(client, TEXT("clock"));
    return text_equal(tree_text(answer, "mode"), TEXT("manual"));
}

// On a terminal: one line that is written again and again.
static void print_progress(const cJSON *task, bool over)
{
    if (!isatty(STDOUT_FILENO))
        return;
    printf("\r%lld of %lld%s", (long long)moved_of(task),
           (long long)tree_integer(task, "ApproximateNumberOfMessagesToMove"),
           over ? "\r\033[K" : "");
    fflush(stdout);
}

static int print_end(const struct order *order, const cJSON *task)
{
    int64_t moved = moved_of(task);
    struct text status = tree_text(task, "Status");
    struct text reason = explain(tree_text(task, "FailureReason"));
    if (text_equal(status, TEXT("FAILED")))
        return failure("after %lld %s: %.*s", (long long)moved, messages(moved),
                       TEXT_ARGUMENTS(reason));
    if (text_equal(status, TEXT("CANCELLED")))
        return failure("cancelled after %lld %s", (long long)moved, messages(moved));
    if (moved == 0)
        printf("there was nothing to move in %s\n", order->queue);
    else
        printf("%lld %s moved from %s to %s\n", (long long)moved, messages(moved), order->queue,
               order->to != NULL ? order->to : "where they came from");
    return STATUS_OK;
}

// Looks at the task until it is over, or until its clock stands still.
static int follow_task(struct client *client, const struct order *order)
{
    for (;;) {
        bool still = clock_stands_still(client);
        cleanup(cJSON_Delete) cJSON *answer = list_tasks(client, order, 1);
        if (answer == NULL)
            return STATUS_FAILED;
        const cJSON *task = newest_of(answer);
        struct text status = tree_text(task, "Status");
        bool over = !text_equal(status, TEXT("RUNNING")) && !text_equal(status, TEXT("CANCELLING"));
        print_progress(task, over);
        if (over)
            return print_end(order, task);
        if (still) {
            printf(
                "%lld %s to move, and the clock stands still: redrive clock run lets it happen\n",
                (long long)tree_integer(task, "ApproximateNumberOfMessagesToMove"),
                messages(tree_integer(task, "ApproximateNumberOfMessagesToMove")));
            return STATUS_OK;
        }
        poll(NULL, 0, LOOK_EVERY_MS);
    }
}

static int move(struct client *client, const struct order *order)
{
    struct text to_arn = {0};
    struct text to_region;
    if (order->to != NULL) {
        to_arn = arn_of(client, order->to, &to_region);
        if (to_arn.length == 0)
            return STATUS_FAILED;
    }
    return start_task(client, order, to_arn) ? follow_task(client, order) : STATUS_FAILED;
}

int command_move(const struct command *command, int count, char **arguments)
{
    struct order order = {0};
    const struct argument rows[] = {
        {"--to", ARGUMENT_STRING, &order.to, "the name of a queue"},
        {"--rate", ARGUMENT_INTEGER, &order.rate, "a number of messages per second"},
        {"--cancel", ARGUMENT_FLAG, &order.cancel, NULL},
        {"--status", ARGUMENT_FLAG, &order.status, NULL},
        {"--endpoint", ARGUMENT_STRING, &order.endpoint, "a URL"},
        {"--json", ARGUMENT_FLAG, &order.json, NULL},
    };
    struct operands operands = {.most = 1};
    int status;
    if (!arguments_read(command, rows, ROWS(rows), &operands, count, arguments, &status))
        return status;
    if (operands.count == 0)
        return usage_error("move needs the name of a dead-letter queue; redrive queues lists them");
    bool looks = order.cancel || order.status;
    if (order.cancel && order.status)
        return usage_error("move takes --cancel or --status, not both");
    if (looks && (order.to != NULL || order.rate > 0))
        return usage_error("--to and --rate are for a new task, not for --cancel or --status");
    if (order.json && !order.status)
        return usage_error("--json belongs to --status");

    order.queue = operands.items[0];
    cleanup(client_free) struct client *client = client_new(order.endpoint);
    order.arn = arn_of(client, order.queue, &order.region);
    if (order.arn.length == 0)
        return STATUS_FAILED;
    if (order.status)
        return print_tasks(client, &order);
    return order.cancel ? cancel_task(client, &order) : move(client, &order);
}
