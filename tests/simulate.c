// simulate -- random worlds against the rules, by seed. Two kinds: queues alone against a second
// engine (simulate_engine.c), and the whole program without a listener against an observer of its
// trace (simulate_whole.c). A broken rule prints the seed, the world and the last trace points, and
// ends with status 1; equal seeds give equal traces, and the last line of each kind is their hash.
//
//     simulate [--seed N] [--worlds N] [--steps N] [--engine | --whole] [--trace FILE]
//
// --trace writes a whole world's points as JSON lines, and those of the same world once more to
// FILE.again.
// Without --engine or --whole it runs both. A world's own seed is --seed and its place in the row,
// so that what is printed can be run alone: simulate --whole --seed N.
#include "tests/simulate.h"

#include "queue/base/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENGINE_STEPS 250
#define WHOLE_STEPS 40

static bool option_given(int count, char **words, const char *name)
{
    for (int i = 1; i < count; i++) {
        if (strcmp(words[i], name) == 0)
            return true;
    }
    return false;
}

static const char *option_word(int count, char **words, const char *name)
{
    for (int i = 1; i + 1 < count; i++) {
        if (strcmp(words[i], name) == 0)
            return words[i + 1];
    }
    return NULL;
}

static uint64_t option_number(int count, char **words, const char *name, uint64_t otherwise)
{
    const char *word = option_word(count, words, name);
    int64_t value;
    if (word == NULL)
        return otherwise;
    if (!text_to_integer(text_of(word), &value) || value < 0) {
        fprintf(stderr, "simulate: %s takes a number\n", name);
        exit(2);
    }
    return (uint64_t)value;
}

// A directory for one world's database, and the database's path in it.
static void make_directory(char directory[static 32], char path[static 64])
{
    strcpy(directory, "/tmp/redrive-simulate-XXXXXX");
    if (mkdtemp(directory) == NULL) {
        perror("simulate: a temporary directory");
        exit(3);
    }
    snprintf(path, 64, "%s/world", directory);
}

static void remove_directory(const char *directory)
{
    static const char *const endings[] = {"", "-wal", "-shm", ".lock"};
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        char path[64];
        snprintf(path, sizeof(path), "%s/world%s", directory, endings[i]);
        unlink(path);
    }
    rmdir(directory);
}

static uint64_t engine_in_file(uint64_t seed, size_t steps)
{
    char directory[32];
    char path[64];
    make_directory(directory, path);
    uint64_t hash = simulate_engine(seed, steps, path);
    remove_directory(directory);
    return hash;
}

// Every 20th world lives in a database file, which is closed and opened again.
static void run_engines(uint64_t seed, uint64_t worlds, size_t steps)
{
    uint64_t hash = 0;
    for (uint64_t i = 0; i < worlds; i++) {
        bool in_file = (seed + i) % 20 == 0;
        uint64_t one =
            in_file ? engine_in_file(seed + i, steps) : simulate_engine(seed + i, steps, NULL);
        hash = (hash ^ one) * 0x100000001b3u;
    }
    printf("simulate: engine trace %016llx\n", (unsigned long long)hash);
}

// ---- whole worlds ----

static void whole_in_file(struct whole_run *run)
{
    char directory[32];
    char path[64];
    make_directory(directory, path);
    run->database = path;
    simulate_whole(run);
    run->database = NULL;
    remove_directory(directory);
}

static void require_same(const struct whole_run *first, const struct whole_run *second,
                         const char *what)
{
    if (first->hash == second->hash)
        return;
    fprintf(stderr, "simulate: seed %llu (--whole): %s gives another trace, %016llx and %016llx\n",
            (unsigned long long)first->seed, what, (unsigned long long)first->hash,
            (unsigned long long)second->hash);
    exit(1);
}

// Every 20th world once more, and every 10th that may with a leap at its end: the trace is the
// same.
static void run_again(const struct whole_run *first)
{
    char trace_file[4096];
    struct whole_run again = {.seed = first->seed, .steps = first->steps};
    if (first->trace_file != NULL) {
        snprintf(trace_file, sizeof(trace_file), "%s.again", first->trace_file);
        again.trace_file = trace_file;
    }
    if (first->comparable && first->seed % 20 == 1) {
        simulate_whole(&again);
        require_same(first, &again, "the same world again");
    }
    if (first->can_leap && first->seed % 10 == 2) {
        again.leaps = true;
        again.expected_points = first->points;
        simulate_whole(&again);
        require_same(first, &again, "leaping instead of running");
    }
}

// Every 20th world lives in a database file and is restarted.
static void run_wholes(uint64_t seed, uint64_t worlds, size_t steps, const char *trace_file)
{
    uint64_t hash = 0;
    for (uint64_t i = 0; i < worlds; i++) {
        struct whole_run run = {.seed = seed + i, .steps = steps, .trace_file = trace_file};
        if (run.seed % 20 == 0)
            whole_in_file(&run);
        else
            simulate_whole(&run);
        run_again(&run);
        if (run.comparable)
            hash = (hash ^ run.hash) * 0x100000001b3u;
    }
    printf("simulate: whole trace %016llx\n", (unsigned long long)hash);
}

int main(int count, char **words)
{
    uint64_t seed = option_number(count, words, "--seed", random_seed_from_system() % 1000000000);
    uint64_t worlds = option_number(count, words, "--worlds", 1);
    printf("simulate: seed %llu, %llu worlds\n", (unsigned long long)seed,
           (unsigned long long)worlds);
    fflush(stdout);
    if (!option_given(count, words, "--whole"))
        run_engines(seed, worlds, option_number(count, words, "--steps", ENGINE_STEPS));
    if (!option_given(count, words, "--engine"))
        run_wholes(seed, worlds, option_number(count, words, "--steps", WHOLE_STEPS),
                   option_word(count, words, "--trace"));
    return 0;
}
