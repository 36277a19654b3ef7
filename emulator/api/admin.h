// admin -- what the files of the admin API share. The entry point itself stands in api.h.
#ifndef EMULATOR_API_ADMIN_H
#define EMULATOR_API_ADMIN_H

#include "emulator/request.h"
#include "emulator/wire/form.h"
#include "esm/json.h"

struct queue;
struct queue_key;

// The decoded value of a query parameter; the empty text if it is absent or malformed.
struct text admin_parameter(const struct request *request, struct text name);
// A whole number among the query parameters, clamped to the range; absent or malformed: fallback.
int64_t admin_parameter_integer(const struct request *request, struct text name, int64_t least,
                                int64_t most, int64_t fallback);
// Status 200 and the content type of JSON: the caller appends the body to the returned buffer and
// calls request_finish().
struct buffer *admin_begin(struct request *request);
// "at":"2026-01-01T00:00:00.000Z","atMs":1767225600000 for the name "at"; nothing for 0.
void admin_append_instant(struct buffer *buffer, struct text name, int64_t at_ms);

// The queue that a name or a queue's URL means: that of the request's own region first, else the
// first of this name anywhere. NULL if there is none.
struct queue *admin_find_queue(const struct request *request, struct text name_or_url);
// Finishes with 404: there is no such queue.
void admin_answer_no_queue(struct request *request, struct text name_or_url);

// Queues, mappings, undeclared functions and the trace go; the clock stays as it is.
void admin_reset(struct world *world);

// GET, admin_show.c
void admin_queues(struct request *request);
void admin_mappings(struct request *request);
void admin_functions(struct request *request);
void admin_messages(struct request *request);
void admin_metrics(struct request *request); // Prometheus text, or JSON by Accept or ?format=json
void admin_trace(struct request *request, struct text message_id); // empty: by query parameters
// admin_events.c
void admin_events(struct request *request);
// admin_faults.c
void admin_faults(struct request *request);
void admin_faults_command(struct request *request, const cJSON *command);
// admin_clock.c
void admin_clock(struct request *request);
void admin_clock_command(struct request *request, const cJSON *command);
void admin_wait(struct request *request, const cJSON *command);

#endif
