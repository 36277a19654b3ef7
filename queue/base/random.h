// random -- every number that nobody can foresee, from one seed. Equal seeds give equal worlds.
//
// xoshiro256** seeded through splitmix64: fast (a few ns), 256 bits of state; not for secrets.
// libuuid cannot be seeded and costs 2 us an id, so identifiers are made here and only written in
// libuuid's form.
#ifndef QUEUE_BASE_RANDOM_H
#define QUEUE_BASE_RANDOM_H

#include "queue/base/text.h"

struct random {
    uint64_t state[4];
};

#define UUID_BYTES 16
#define UUID_TEXT_BYTES 36

void random_init(struct random *random, uint64_t seed);
// A seed that differs from run to run, from libuuid.
uint64_t random_seed_from_system(void);
uint64_t random_next(struct random *random);
// Uniform in [0, bound); bound at least 1.
uint64_t random_below(struct random *random, uint64_t bound);
// A version 4 UUID.
void random_uuid(struct random *random, uint8_t ret_uuid[UUID_BYTES]);
// Lower case with hyphens, 36 bytes, not terminated.
void uuid_format(const uint8_t uuid[UUID_BYTES], char ret_text[UUID_TEXT_BYTES]);
// False when text is not a UUID in that form (either case). libuuid owns the name uuid_parse.
bool uuid_from_text(struct text text, uint8_t ret_uuid[UUID_BYTES]);

#endif
