// random -- xoshiro256** (Blackman and Vigna), seeded through splitmix64.
//
// One of two files that may ask the system for something nobody can foresee, and it asks once: for
// the seed of a run that names none.
#include "queue/base/random.h"

#include <assert.h>
#include <string.h>
#include <uuid/uuid.h>

static uint64_t splitmix64(uint64_t *state)
{
    uint64_t mixed = *state += 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
    return mixed ^ mixed >> 31;
}

static uint64_t rotate_left(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

void random_init(struct random *random, uint64_t seed)
{
    for (size_t i = 0; i < 4; i++)
        random->state[i] = splitmix64(&seed);
}

uint64_t random_seed_from_system(void)
{
    uuid_t uuid;
    uuid_generate_random(uuid);
    uint64_t halves[2];
    memcpy(halves, uuid, sizeof(halves));
    // Version and variant occupy different bits of the two halves: no bit of the seed is constant.
    return halves[0] ^ rotate_left(halves[1], 32);
}

uint64_t random_next(struct random *random)
{
    uint64_t *state = random->state;
    uint64_t result = rotate_left(state[1] * 5, 7) * 9;
    uint64_t shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate_left(state[3], 45);
    return result;
}

uint64_t random_below(struct random *random, uint64_t bound)
{
    assert(bound > 0);
    // The lowest (2^64 mod bound) numbers are refused: what is left divides evenly.
    uint64_t refused = (0 - bound) % bound;
    uint64_t number;
    do {
        number = random_next(random);
    } while (number < refused);
    return number % bound;
}

void random_uuid(struct random *random, uint8_t ret_uuid[UUID_BYTES])
{
    uint64_t halves[2] = {random_next(random), random_next(random)};
    for (size_t i = 0; i < UUID_BYTES; i++)
        ret_uuid[i] = (uint8_t)(halves[i / 8] >> (56 - 8 * (i % 8)));
    ret_uuid[6] = (uint8_t)((ret_uuid[6] & 0x0f) | 0x40); // version 4
    ret_uuid[8] = (uint8_t)((ret_uuid[8] & 0x3f) | 0x80); // RFC 4122's variant
}

static bool is_hyphen_place(size_t place)
{
    return place == 8 || place == 13 || place == 18 || place == 23;
}

void uuid_format(const uint8_t uuid[UUID_BYTES], char ret_text[UUID_TEXT_BYTES])
{
    size_t place = 0;
    for (size_t i = 0; i < UUID_BYTES; i++) {
        if (is_hyphen_place(place))
            ret_text[place++] = '-';
        ret_text[place++] = "0123456789abcdef"[uuid[i] >> 4];
        ret_text[place++] = "0123456789abcdef"[uuid[i] & 0x0f];
    }
}

// The value of a hexadecimal digit, plus one; 0: it is none. A table, because digits and letters come
// by chance, and a processor that guesses which pays for every second guess.
static const uint8_t hex_values[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

bool uuid_from_text(struct text text, uint8_t ret_uuid[UUID_BYTES])
{
    if (text.length != UUID_TEXT_BYTES)
        return false;
    uint8_t uuid[UUID_BYTES];
    size_t count = 0;
    for (size_t place = 0; place < UUID_TEXT_BYTES;) {
        if (is_hyphen_place(place)) {
            if (text.bytes[place++] != '-')
                return false;
            continue;
        }
        unsigned high = hex_values[(unsigned char)text.bytes[place]];
        unsigned low = hex_values[(unsigned char)text.bytes[place + 1]];
        if (high == 0 || low == 0)
            return false;
        uuid[count++] = (uint8_t)((high - 1) << 4 | (low - 1));
        place += 2;
    }
    memcpy(ret_uuid, uuid, sizeof(uuid));
    return true;
}
