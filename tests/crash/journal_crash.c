// journal_crash -- kills a process that writes a journal, again and again, and looks at what is
// left.
//
//   parent                                child
//   fork ------------------------------>  open, operations ... commit, one byte into the pipe, ...
//   read some bytes, SIGKILL ---------->  x
//   open, dump, compare with the model after as many commits as bytes came
//
// A commit that happened just before the kill may lack its byte, so one commit more than
// acknowledged is right too; one less is a lost message, and anything else is damage. The file
// lives through all rounds.
//
// Usage: journal_crash [ROUNDS [SEED]]. Prints its seed; ends with 1 on the first difference.
#include "tests/crash/journal_operations.h"

#include "queue/base/own.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 100
#define ACKNOWLEDGEMENTS_MAX \
    500 // enough pages for the checkpointer to be at work at some of the kills

DEFINE_CLEANUP(journal_free, struct journal *)

static struct journal *open_journal(const char *path)
{
    cleanup(arena_free) struct arena *arena = arena_new();
    struct journal *journal = NULL;
    struct text reason = {0};
    if (!journal_sqlite_open(path, JOURNAL_SYNC_NORMAL, arena, &journal, &reason)) {
        printf("%.*s\n", TEXT_ARGUMENTS(reason));
        exit(EXIT_FAILURE);
    }
    return journal;
}

// The child: works until it is killed.
__attribute__((noreturn)) static void work(struct operations *operations, const char *path,
                                           int acknowledge)
{
    struct journal *journal = open_journal(path);
    for (;;) {
        operations_turn(operations, journal);
        if (write(acknowledge, "x", 1) != 1)
            _exit(EXIT_FAILURE);
        journal->maintain(journal);
    }
}

// Reads acknowledgements until at least wanted came, kills, and reads what was still in the pipe.
// The work between the last byte and the kill is of no fixed length.
static uint64_t kill_after(pid_t child, int acknowledged, uint64_t wanted, uint64_t spins)
{
    uint64_t count = 0;
    char bytes[256];
    while (count < wanted) {
        ssize_t length = read(acknowledged, bytes, 1);
        assert(length == 1);
        count++;
    }
    for (volatile uint64_t i = 0; i < spins; i++)
        ;
    kill(child, SIGKILL);
    for (ssize_t length = read(acknowledged, bytes, sizeof bytes); length > 0;
         length = read(acknowledged, bytes, sizeof bytes))
        count += (uint64_t)length;
    int status = 0;
    waitpid(child, &status, 0);
    assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    return count;
}

static bool equals_model(struct journal *model, const struct buffer *found)
{
    cleanup(buffer_deinit) struct buffer expected = {0};
    journal_dump(model, &expected);
    return text_equal(buffer_text(&expected), buffer_text(found));
}

// One child's life; false when what it left is not what it said.
static bool run_round(struct operations *operations, struct journal *model, struct random *random,
                      const char *path)
{
    int ends[2];
    if (pipe(ends) != 0)
        abort();
    pid_t child = fork();
    assert(child >= 0);
    if (child == 0) {
        close(ends[0]);
        work(operations, path, ends[1]);
    }
    close(ends[1]);
    uint64_t count = kill_after(child, ends[0], random_below(random, ACKNOWLEDGEMENTS_MAX),
                                random_below(random, 200000));
    close(ends[0]);
    cleanup(journal_free) struct journal *left = open_journal(path);
    cleanup(buffer_deinit) struct buffer found = {0};
    journal_dump(left, &found);
    for (uint64_t i = 0; i < count; i++)
        operations_turn(operations, model);
    if (equals_model(model, &found))
        return true;
    operations_turn(operations, model);
    return equals_model(model, &found);
}

int main(int argument_count, char **arguments)
{
    uint64_t rounds = argument_count > 1 ? strtoull(arguments[1], NULL, 10) : ROUNDS;
    uint64_t seed =
        argument_count > 2 ? strtoull(arguments[2], NULL, 10) : random_seed_from_system();
    printf("seed %llu, %llu rounds\n", (unsigned long long)seed, (unsigned long long)rounds);
    fflush(stdout);
    char directory[] = "/tmp/redrive-crash-XXXXXX";
    if (mkdtemp(directory) == NULL)
        abort();
    char path[64];
    snprintf(path, sizeof path, "%s/crash.db", directory);
    struct random random;
    random_init(&random, seed);
    struct operations operations;
    operations_init(&operations, random_next(&random), true);
    struct journal *model = journal_none_new();
    bool same = true;
    for (uint64_t i = 0; i < rounds && same; i++) {
        same = run_round(&operations, model, &random, path);
        if (!same)
            printf("round %llu: the file is not what was acknowledged; it stays at %s\n",
                   (unsigned long long)i, path);
    }
    journal_free(model);
    if (!same)
        return EXIT_FAILURE;
    static const char *const ends[] = {"", "-wal", "-shm", ".lock"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char name[80];
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
    rmdir(directory);
    printf("nothing acknowledged was lost, nothing deleted came back\n");
    return EXIT_SUCCESS;
}
