// orders -- an SQS batch handler behind HTTP: one POST is one invocation, its body the event, the
// answer the response.
//
// It reports the orders that it could not process, so that only those come back:
//     {"orderId": 7, "sku": "A-1", "quantity": 2}                       is processed
//     {"orderId": 7, "sku": "A-1", "quantity": 0}, or what is no JSON   never can be: a poison
//     message
//     {"orderId": 7, "quantity": 1, "recoversOnAttempt": 3}             fails on its first two
//     deliveries
// Start it, then: redrive serve --function orders=http://127.0.0.1:PORT/
#include <cjson/cJSON.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

// The event, as it comes in.
struct body {
    char *bytes;
    size_t length;
};

static const char *text_member(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    return text ? text : "";
}

static double number_member(const cJSON *object, const char *name, double otherwise)
{
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsNumber(number) ? number->valuedouble : otherwise;
}

// NULL, or why the order could not be processed.
static const char *process(const cJSON *record)
{
    const cJSON *attributes = cJSON_GetObjectItemCaseSensitive(record, "attributes");
    double attempt = strtod(text_member(attributes, "ApproximateReceiveCount"), NULL);
    const char *failure = NULL;
    cJSON *order = cJSON_Parse(text_member(record, "body"));
    if (!cJSON_IsObject(order))
        failure = "it is no order";
    else if (number_member(order, "quantity", 0) <= 0)
        failure = "it has no quantity";
    else if (attempt < number_member(order, "recoversOnAttempt", 1))
        failure = "the stock service is away";
    cJSON_Delete(order);
    return failure;
}

// The response to an event, to be freed by the caller.
static char *handle(const cJSON *event)
{
    cJSON *response = cJSON_CreateObject();
    cJSON *failures = cJSON_AddArrayToObject(response, "batchItemFailures");
    const cJSON *record;
    cJSON_ArrayForEach(record, cJSON_GetObjectItemCaseSensitive(event, "Records"))
    {
        const char *failure = process(record);
        if (!failure)
            continue; // one bad order must not hold up the others
        fprintf(stderr, "%s failed: %s\n", text_member(record, "messageId"), failure);
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "itemIdentifier", text_member(record, "messageId"));
        cJSON_AddItemToArray(failures, item);
    }
    char *text = cJSON_PrintUnformatted(response);
    cJSON_Delete(response);
    return text;
}

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned int status, char *text)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
    MHD_add_response_header(response, "Content-Type", "application/json");
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

// libmicrohttpd calls this first without, then with each part of the body, and at last with none.
static enum MHD_Result request_part(void *context, struct MHD_Connection *connection,
                                    const char *url, const char *method, const char *version,
                                    const char *part, size_t *part_bytes, void **request)
{
    (void)context, (void)url, (void)version;
    struct body *body = *request;
    if (!body) {
        *request = calloc(1, sizeof(*body));
        return *request ? MHD_YES : MHD_NO;
    }
    if (*part_bytes > 0) {
        char *bytes = realloc(body->bytes, body->length + *part_bytes);
        if (!bytes)
            return MHD_NO;
        memcpy(bytes + body->length, part, *part_bytes);
        body->bytes = bytes;
        body->length += *part_bytes;
        *part_bytes = 0;
        return MHD_YES;
    }
    if (strcmp(method, "POST") != 0)
        return answer(connection, MHD_HTTP_METHOD_NOT_ALLOWED, strdup("\"POST an event\""));
    cJSON *event = cJSON_ParseWithLength(body->bytes, body->length);
    char *text = handle(event);
    cJSON_Delete(event);
    return answer(connection, MHD_HTTP_OK, text);
}

static void request_completed(void *context, struct MHD_Connection *connection, void **request,
                              enum MHD_RequestTerminationCode code)
{
    (void)context, (void)connection, (void)code;
    struct body *body = *request;
    if (body)
        free(body->bytes);
    free(body);
}

// Until whoever started us hangs up, or for ever.
static void wait_for_the_end(void)
{
    struct stat status;
    char byte;
    if (fstat(STDIN_FILENO, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)))
        while (read(STDIN_FILENO, &byte, 1) > 0)
            ;
    else
        pause();
}

int main(int argument_count, char **arguments)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    unsigned long port = argument_count > 1 ? strtoul(arguments[1], NULL, 10) : 0;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_EPOLL, 0, NULL, NULL,
                         request_part, NULL, MHD_OPTION_SOCK_ADDR, &address,
                         MHD_OPTION_NOTIFY_COMPLETED, request_completed, NULL, MHD_OPTION_END);
    if (!daemon) {
        fprintf(stderr, "orders: port %lu of 127.0.0.1 cannot be used\n", port);
        return EXIT_FAILURE;
    }
    printf("listening on http://127.0.0.1:%u/\n",
           (unsigned)MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    fflush(stdout);
    wait_for_the_end();
    MHD_stop_daemon(daemon);
    return EXIT_SUCCESS;
}
