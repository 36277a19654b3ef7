// client -- keep-alive connections of one thread, each with one request on its way at a time.
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include "tests/bench/histogram.h"
#include "tests/bench/workload.h"

#define CLIENT_CONNECTIONS_MAX 1024

struct slice {
    struct workload *workload;
    uint16_t port; // of 127.0.0.1
    size_t connections;
    int64_t duration_ns;       // then every connection stops where its workload may
    uint64_t requests_max;     // or when so many were sent; 0: no such limit
    struct histogram *latency; // of each request, from before it is sent until its reply was read
};

struct slice_result {
    uint64_t requests;
    uint64_t messages;
    uint64_t refused;     // replies that are not what they should be
    int64_t elapsed_ns;   // until the last reply
    int64_t processor_ns; // what this thread used of it
    char first_refusal[512];
};

// Connects, runs the slice, hangs up. Connecting is not part of the elapsed time. A server that
// hangs up or answers nothing for ten seconds ends the program.
void client_run(const struct slice *slice, struct slice_result *ret_result);
// One request, as bytes, to the end of its reply; appends the reply's body. Returns the status, or
// -1 without a server.
int client_ask(uint16_t port, struct text request, struct buffer *body);

int64_t client_now_ns(void);

#endif
