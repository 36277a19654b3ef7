// fuzz_world -- a whole world without listener and database, which fuzz targets send requests to.
// Its clock is manual, its random numbers are always the same: equal inputs give equal runs.
#ifndef TESTS_FUZZ_FUZZ_WORLD_H
#define TESTS_FUZZ_FUZZ_WORLD_H

#include "emulator/options.h"
#include "emulator/request.h"
#include "emulator/world.h"

// The input's requests are parted by this byte, which UTF-8 does not have.
#define FUZZ_SEPARATOR '\xfe'
#define FUZZ_REQUESTS_MAX 16

struct fuzz_world {
    struct world world;
    struct options options;
    struct arena *arena;
    char receipt[RECEIPT_BYTES_MAX]; // the last that an answer showed
    size_t receipt_bytes;
};

// With the queues orders (three receives, then dead), dead and line.fifo, the function f, which is
// scripted, and a mapping from orders to f.
void fuzz_world_init(struct fuzz_world *world);
void fuzz_world_deinit(struct fuzz_world *world);
DEFINE_DEINIT_CLEANUP(fuzz_world_deinit, struct fuzz_world)

// Sends a request and settles; what parks hangs up after a virtual minute. @R in the body is the
// last receipt. Asserts that the answer is what it says to be: JSON that can be parsed, or
// well-formed XML. Returns the status, 0 if it was parked to its end.
int fuzz_request(struct fuzz_world *world, struct text head, struct text body);

#endif
