// workload -- requests whose bytes are ready before the clock starts, except for receipts, which
// come in with the replies.
//
// A request with receipts is a copy of its head, the receipts and its tail; the length of receipts
// never changes within a run, so the Content-Length in a head seldom does. The headers are the four
// without which there is no request: what an SDK adds (a signature, a user agent) would cost the
// floor and the product the same and flatter the ratio.
#include "tests/bench/workload.h"

#include <stdio.h>

enum kind {
    KIND_SEND,
    KIND_FILL,
    KIND_DRAIN,
    KIND_CYCLE,
    KIND_BATCH,
    KIND_MIXED,
    KIND_POST,
    KIND_COUNT
};

static const struct text kind_names[KIND_COUNT] = {
    TEXT("send"),  TEXT("fill"),  TEXT("drain"), TEXT("cycle"),
    TEXT("batch"), TEXT("mixed"), TEXT("post"),
};

// Where a group's number and a deduplication id stand in a prepared send; no body has such letters.
#define GROUP_MARK '#'
#define GROUP_DIGITS 6
#define ID_MARK '@'
#define ID_DIGITS 16

struct workload {
    enum kind kind;
    bool over;
    struct workload_groups groups;
    uint64_t sent; // messages with a group
    size_t batch;  // messages a receive asks for
    uint16_t port;
    struct text queue_url; // owned, as all texts here
    struct text send;      // whole requests
    struct text send_batch;
    struct text receive;
    struct text look; // GetQueueAttributes
    struct text post;
};

static struct text keep(struct buffer *buffer)
{
    struct text text = buffer_text(buffer);
    *buffer = (struct buffer){0};
    return text;
}

static void append_request(struct buffer *request, uint16_t port, struct text path,
                           const char *operation, struct text body)
{
    buffer_print(
        request,
        "POST %.*s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nContent-Type: application/x-amz-json-1.0\r\n",
        TEXT_ARGUMENTS(path), port);
    if (operation != NULL)
        buffer_print(request, "X-Amz-Target: AmazonSQS.%s\r\n", operation);
    buffer_print(request, "Content-Length: %zu\r\n\r\n", body.length);
    buffer_append(request, body);
}

static struct text operation_new(const struct workload *workload, const char *operation,
                                 const char *members)
{
    cleanup(buffer_deinit) struct buffer body = {0};
    buffer_print(&body, "{\"QueueUrl\":\"%.*s\"%s}", TEXT_ARGUMENTS(workload->queue_url), members);
    struct buffer request = {0};
    append_request(&request, workload->port, TEXT("/"), operation, buffer_text(&body));
    return keep(&request);
}

static void append_marks(struct buffer *buffer, const char *name, char mark, size_t digits)
{
    buffer_print(buffer, "\"%s\":\"", name);
    for (size_t i = 0; i < digits; i++)
        buffer_append_byte(buffer, mark);
    buffer_append(buffer, TEXT("\","));
}

static void append_message(struct buffer *buffer, size_t body_bytes,
                           const struct workload_groups *groups)
{
    if (groups->count > 0)
        append_marks(buffer, "MessageGroupId", GROUP_MARK, GROUP_DIGITS);
    if (groups->fifo)
        append_marks(buffer, "MessageDeduplicationId", ID_MARK, ID_DIGITS);
    static const char words[] = "the order of a customer who waits for parcels in the rain ";
    buffer_append(buffer, TEXT("\"MessageBody\":\""));
    for (size_t index = 0; index < body_bytes; index++)
        buffer_append_byte(buffer, words[index % (sizeof(words) - 1)]);
    buffer_append_byte(buffer, '"');
}

static void prepare_sends(struct workload *workload, size_t body_bytes)
{
    cleanup(buffer_deinit) struct buffer one = {0};
    buffer_append_byte(&one, ',');
    append_message(&one, body_bytes, &workload->groups);
    buffer_append_byte(&one, '\0');
    workload->send = operation_new(workload, "SendMessage", one.bytes);

    cleanup(buffer_deinit) struct buffer ten = {0};
    buffer_append(&ten, TEXT(",\"Entries\":["));
    for (int entry = 0; entry < RECEIPTS_MAX; entry++) {
        buffer_print(&ten, "%s{\"Id\":\"%d\",", entry > 0 ? "," : "", entry);
        append_message(&ten, body_bytes, &workload->groups);
        buffer_append_byte(&ten, '}');
    }
    buffer_append_bytes(&ten, "]", 2);
    workload->send_batch = operation_new(workload, "SendMessageBatch", ten.bytes);
}

struct workload *workload_new(struct text name, uint16_t port, struct text path, size_t body_bytes,
                              struct text body, const struct workload_groups *groups)
{
    enum kind kind = KIND_SEND;
    while (kind < KIND_COUNT && !text_equal(kind_names[kind], name))
        kind++;
    if (kind == KIND_COUNT)
        return NULL;
    struct workload *workload = allocate(sizeof(*workload));
    workload->kind = kind;
    workload->port = port;
    workload->groups = *groups;
    workload->batch = kind == KIND_BATCH ? RECEIPTS_MAX : 1;
    struct buffer url = {0};
    buffer_print(&url, "http://127.0.0.1:%u%.*s", port, TEXT_ARGUMENTS(path));
    workload->queue_url = keep(&url);
    prepare_sends(workload, body_bytes);
    char members[64];
    snprintf(members, sizeof(members), ",\"MaxNumberOfMessages\":%zu", workload->batch);
    workload->receive = operation_new(workload, "ReceiveMessage", members);
    workload->look = operation_new(workload, "GetQueueAttributes", ",\"AttributeNames\":[\"All\"]");
    struct buffer post = {0};
    append_request(&post, port, path, NULL, body);
    workload->post = keep(&post);
    return workload;
}

static void free_text(struct text text)
{
    free_cleanup_pointer(&text.bytes);
}

struct workload *workload_free(struct workload *workload)
{
    if (workload == NULL)
        return NULL;
    free_text(workload->queue_url);
    free_text(workload->send);
    free_text(workload->send_batch);
    free_text(workload->receive);
    free_text(workload->look);
    free_text(workload->post);
    free(workload);
    return NULL;
}

static struct text receipt(const struct walker *walker, size_t index)
{
    return text_from(walker->receipts[index], walker->receipt_bytes[index]);
}

static struct text receipt_request(const struct workload *workload, struct walker *walker,
                                   const char *operation, const char *members)
{
    char head[256];
    int head_bytes = snprintf(head, sizeof(head), "{\"QueueUrl\":\"%.*s\"%s,\"ReceiptHandle\":\"",
                              TEXT_ARGUMENTS(workload->queue_url), members);
    struct text handle = receipt(walker, 0);
    buffer_clear(&walker->request);
    append_request(&walker->request, workload->port, TEXT("/"), operation, TEXT(""));
    // The length of an empty body stands at the end: "0\r\n\r\n".
    walker->request.length -= 5;
    buffer_append_integer(&walker->request, head_bytes + (int64_t)handle.length + 2);
    buffer_append(&walker->request, TEXT("\r\n\r\n"));
    buffer_append_bytes(&walker->request, head, (size_t)head_bytes);
    buffer_append(&walker->request, handle);
    buffer_append(&walker->request, TEXT("\"}"));
    return buffer_text(&walker->request);
}

static struct text delete_batch_request(const struct workload *workload, struct walker *walker)
{
    cleanup(buffer_deinit) struct buffer body = {0};
    buffer_print(&body, "{\"QueueUrl\":\"%.*s\",\"Entries\":[",
                 TEXT_ARGUMENTS(workload->queue_url));
    for (size_t index = 0; index < walker->receipt_count; index++) {
        buffer_append(&body, index > 0 ? TEXT(",{\"Id\":\"") : TEXT("{\"Id\":\""));
        buffer_append_integer(&body, (int64_t)index);
        buffer_append(&body, TEXT("\",\"ReceiptHandle\":\""));
        buffer_append(&body, receipt(walker, index));
        buffer_append(&body, TEXT("\"}"));
    }
    buffer_append(&body, TEXT("]}"));
    buffer_clear(&walker->request);
    append_request(&walker->request, workload->port, TEXT("/"), "DeleteMessageBatch",
                   buffer_text(&body));
    return buffer_text(&walker->request);
}

static struct text delete_request(const struct workload *workload, struct walker *walker)
{
    walker->step = STEP_DELETED;
    if (workload->kind == KIND_BATCH)
        return delete_batch_request(workload, walker);
    return receipt_request(workload, walker, "DeleteMessage", "");
}

// Writes the number into a run of marks, and returns what stands behind it.
static char *fill_marks(char *at, size_t digits, uint64_t number)
{
    char text[32];
    snprintf(text, sizeof(text), "%0*llx", (int)digits, (unsigned long long)number);
    memcpy(at, text, digits);
    return at + digits;
}

// The prepared request with groups and ids of its own.
static struct text number_request(struct workload *workload, struct walker *walker,
                                  struct text prepared)
{
    buffer_clear(&walker->request);
    buffer_append(&walker->request, prepared);
    char *end = walker->request.bytes + walker->request.length;
    char *at = walker->request.bytes;
    while ((at = memchr(at, GROUP_MARK, (size_t)(end - at))) != NULL) {
        uint64_t number = workload->sent++;
        at = fill_marks(at, GROUP_DIGITS, number % workload->groups.count);
        if (!workload->groups.fifo)
            continue;
        at = memchr(at, ID_MARK, (size_t)(end - at));
        at = fill_marks(at, ID_DIGITS, workload->groups.ids + number);
    }
    return buffer_text(&walker->request);
}

static struct text send_request(struct workload *workload, struct walker *walker)
{
    bool many = workload->kind == KIND_BATCH || workload->kind == KIND_FILL;
    struct text prepared = many ? workload->send_batch : workload->send;
    walker->step = STEP_SENT;
    return workload->groups.count > 0 ? number_request(workload, walker, prepared) : prepared;
}

static struct text receive_request(const struct workload *workload, struct walker *walker)
{
    walker->step = STEP_ASKED;
    return workload->receive;
}

// Of 100: with a message in hand 90 deletes and 10 changes of its visibility, else 48 sends, 47
// receives and 5 looks.
static struct text mixed_request(struct workload *workload, struct walker *walker)
{
    walker->chance ^= walker->chance << 13;
    walker->chance ^= walker->chance >> 7;
    walker->chance ^= walker->chance << 17;
    unsigned chance = (unsigned)(walker->chance % 100);
    if (walker->step == STEP_RECEIVED) {
        if (chance < 90)
            return delete_request(workload, walker);
        return receipt_request(workload, walker, "ChangeMessageVisibility",
                               ",\"VisibilityTimeout\":60");
    }
    if (chance < 48)
        return send_request(workload, walker);
    if (chance < 95)
        return receive_request(workload, walker);
    walker->step = STEP_LOOKED;
    return workload->look;
}

struct text workload_next(struct workload *workload, struct walker *walker)
{
    switch (workload->kind) {
    case KIND_SEND:
    case KIND_FILL:
        return send_request(workload, walker);
    case KIND_DRAIN:
        return walker->step == STEP_RECEIVED ? delete_request(workload, walker)
                                             : receive_request(workload, walker);
    case KIND_CYCLE:
    case KIND_BATCH:
        if (walker->step == STEP_RECEIVED)
            return delete_request(workload, walker);
        return walker->step == STEP_SENT ? receive_request(workload, walker)
                                         : send_request(workload, walker);
    case KIND_MIXED:
        return mixed_request(workload, walker);
    case KIND_POST:
        walker->step = STEP_LOOKED;
        return workload->post;
    case KIND_COUNT:
        break;
    }
    return (struct text){0};
}

// False if a receipt is too long to be one.
static bool take_receipts(struct walker *walker, struct text body)
{
    static const struct text name = TEXT("\"ReceiptHandle\":");
    size_t at;
    walker->receipt_count = 0;
    while (walker->receipt_count < RECEIPTS_MAX && text_find(body, name, &at)) {
        struct text left;
        struct text handle;
        body = text_skip(body, at + name.length);
        if (!text_cut(body, '"', &left, &body) || !text_cut(body, '"', &handle, &body) ||
            handle.length > RECEIPT_BYTES_MAX)
            return false;
        memcpy(walker->receipts[walker->receipt_count], handle.bytes, handle.length);
        walker->receipt_bytes[walker->receipt_count++] = handle.length;
    }
    return true;
}

static bool read_receive(struct workload *workload, struct walker *walker, struct text body)
{
    if (!take_receipts(walker, body))
        return false;
    if (walker->receipt_count > 0) {
        walker->step = STEP_RECEIVED;
        return true;
    }
    // Empty: another connection has what this one sent, and its own is somewhere in flight.
    walker->step = STEP_START;
    workload->over |= workload->kind == KIND_DRAIN;
    return true;
}

bool workload_read(struct workload *workload, struct walker *walker, struct text body,
                   size_t *ret_messages)
{
    switch (walker->step) {
    case STEP_SENT:
        *ret_messages = workload->kind == KIND_FILL ? RECEIPTS_MAX : workload->kind == KIND_SEND;
        return text_find(body, TEXT("\"MessageId\""), NULL) &&
               !text_find(body, TEXT("\"Failed\":[{"), NULL);
    case STEP_ASKED:
        *ret_messages = 0;
        return read_receive(workload, walker, body);
    case STEP_DELETED:
        *ret_messages = workload->kind == KIND_BATCH ? walker->receipt_count : 1;
        return !text_find(body, TEXT("\"Failed\":[{"), NULL);
    case STEP_START:
    case STEP_RECEIVED: // its visibility was changed
    case STEP_LOOKED:
        *ret_messages = workload->kind == KIND_POST;
        return true;
    }
    return false;
}

bool workload_may_stop(const struct workload *workload, const struct walker *walker)
{
    if (walker->step == STEP_RECEIVED)
        return false;
    return walker->step != STEP_SENT || workload->kind == KIND_SEND ||
           workload->kind == KIND_FILL || workload->kind == KIND_MIXED;
}

bool workload_is_over(const struct workload *workload)
{
    return workload->over;
}
